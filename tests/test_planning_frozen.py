"""The mark of what a plan fixes: the same for the same plan, another for any change that could change the verdict."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from cyclebook.parameters.plan_model import Ask, Cycle, Decision, PlannedMeasure, Prediction, Rule
from cyclebook.planning.frozen import digest, state

RULE = Rule("heard", "chart", 6, 8, None)
CYCLE = Cycle(
    id="peer-visits",
    title="Peer visits",
    schools=("0103", "0107"),
    comparison=("0104",),
    prediction=Prediction("heard", 8, "We expect more."),
    measures=(PlannedMeasure("heard", "outcome", 75), PlannedMeasure("visits", "process", None)),
    baseline=(date(2025, 1, 13), date(2025, 5, 30)),
    start=date(2025, 8, 25),
    end=date(2025, 11, 14),
    checks=(date(2025, 10, 10), date(2025, 11, 14)),
    rule=RULE,
)
COMPARED = replace(CYCLE, rule=Rule("heard", "comparison", 6, 8, 0.9))


def test_it_is_the_beginning_of_the_hash_of_what_is_fixed():
    """Known once and for all: a mark that stands in a plan must not change when the program does."""
    text = (
        '{"baseline":["2025-01-13","2025-05-30"],"checks":["2025-10-10","2025-11-14"],"measures":[["outcome","heard",75.0],'
        '["process","visits",null]],"prediction":{"change":8.0,"measure":"heard","words":"We expect more."},"rule":{"by":"chart",'
        '"measure":"heard","points":8,"probability":null,"worthwhile":6.0},"sides":null,"split":[],"start":"2025-08-25"}'
    )
    assert digest(CYCLE) == hashlib.sha256(text.encode()).hexdigest()[:12] == "414f32f2f8fd"


@pytest.mark.parametrize("change", [
    {"rule": replace(RULE, worthwhile=5)},
    {"rule": replace(RULE, points=7)},
    {"rule": replace(RULE, measure="visits")},
    {"rule": replace(RULE, by="comparison")},
    {"rule": None},
    {"checks": (date(2025, 11, 14),)},
    {"split": (date(2025, 9, 1),)},
    {"baseline": (date(2025, 1, 14), date(2025, 5, 30))},
    {"baseline": None},
    {"start": date(2025, 8, 26)},
    {"measures": CYCLE.measures[:1]},
    {"measures": (replace(CYCLE.measures[0], target=74), CYCLE.measures[1])},
    {"measures": (replace(CYCLE.measures[0], kind="process"), CYCLE.measures[1])},
    {"prediction": replace(CYCLE.prediction, change=7)},
    {"prediction": replace(CYCLE.prediction, words="We expect less.")},
    {"prediction": None},
])  # fmt: skip
def test_what_decides_changes_it(change):
    assert digest(replace(CYCLE, **change)) != digest(CYCLE)


@pytest.mark.parametrize("change", [
    {"title": "Visits"},
    {"idea": "Another wording."},
    {"owner": "Coach"},
    {"ask": Ask("teachers", "visits", "", "", 1.0)},
    {"end": date(2025, 12, 1)},
    {"rule_hash": "123"},
    {"decision": Decision(date(2025, 11, 18), "adopt", "")},
    {"schools": ("0103",)},
    {"comparison": ()},
    {"measures": CYCLE.measures[::-1]},
    {"checks": CYCLE.checks[::-1]},
    {"prediction": replace(CYCLE.prediction, words="We  expect\nmore. ")},
    {"rule": replace(RULE, worthwhile=6.0)},
    {"prediction": replace(CYCLE.prediction, change=8.0)},
])  # fmt: skip
def test_what_does_not_decide_leaves_it(change):
    assert digest(replace(CYCLE, **change)) == digest(CYCLE)


def test_a_rule_by_comparison_fixes_the_schools_on_both_sides():
    assert digest(replace(COMPARED, comparison=("0104", "0105"))) != digest(COMPARED)
    assert digest(replace(COMPARED, schools=("0103",))) != digest(COMPARED)
    assert digest(replace(COMPARED, schools=("0107", "0103"))) == digest(COMPARED)
    assert digest(replace(COMPARED, rule=replace(COMPARED.rule, probability=0.8))) != digest(COMPARED)


def test_how_the_rule_stands():
    before, after = date(2025, 8, 24), date(2025, 8, 25)
    fits = replace(CYCLE, rule_hash=digest(CYCLE))
    assert state(replace(fits, rule=None), after) == "no_rule"
    assert [state(CYCLE, before), state(CYCLE, after), state(CYCLE, None)] == ["not_started", "open", "not_started"]
    assert state(replace(CYCLE, start=None), after) == "not_started"
    assert [state(fits, before), state(fits, after)] == ["frozen", "frozen"]
    assert state(replace(fits, rule_hash=f" {fits.rule_hash.upper()} "), after) == "frozen"
    moved = replace(fits, rule=replace(RULE, worthwhile=5))
    assert [state(moved, before), state(moved, after)] == ["changed", "changed"]
    assert state(replace(fits, title="Visits", end=None), after) == "frozen"
