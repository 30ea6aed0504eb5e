"""Points before the start, the load, and the parts of a plan that are there or missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.parameters.plan_model import Ask, Cycle, Decision, PlannedMeasure, Prediction, Rule, Term
from cyclebook.planning import goals, load, smart
from cyclebook.reading import shown

# Baseline


@given(st.lists(st.integers(0, 100), max_size=30))
def test_the_baseline_is_the_median_and_the_mean_of_what_is_shown(values):
    found = goals.baseline(values, 0)
    assert found.points == len(values)
    if not values:
        assert (found.median, found.mean, found.sd) == (None, None, None)
        return
    ordered = pd.Series(values, dtype=float)
    assert found.median == float(ordered.median()) and found.digits == (0 if float(ordered.median()).is_integer() else 1)
    assert found.mean == float(shown(float(ordered.mean()), 0))
    assert (found.sd is None) == (len(values) < goals.FEWEST)
    assert found.sd is None or found.sd == pytest.approx(float(ordered.std()))


@pytest.mark.parametrize(("last", "every", "count"), [
    ("2025-08-25", 7, 1), ("2025-08-31", 7, 1), ("2025-11-14", 7, 12), ("2025-11-14", 30, 3), ("2025-08-24", 7, None), (None, 7, None),
])  # fmt: skip
def test_how_many_points_a_plan_allows_for(last, every, count):
    assert goals.planned_points(date(2025, 8, 25), last and date.fromisoformat(last), every) == count
    assert goals.planned_points(None, date(2025, 11, 14), every) is None


# Load


def cycle(name: str, hours: float | None, start: str, end: str | None, decision: tuple | None = None, **more) -> Cycle:
    return Cycle(
        name, name.title(), ("0103",), ask=Ask("teachers", "visit", "", "", hours), start=date.fromisoformat(start),
        end=end and date.fromisoformat(end), decision=decision and Decision(date.fromisoformat(decision[0]), decision[1], ""), **more,
    )  # fmt: skip


AS_OF = date(2025, 11, 21)


def ends(decision, end="2025-11-14"):
    return load.spells([cycle("a", 1.0, "2025-08-25", end, decision)], "0103", AS_OF)[0].last


def test_how_long_a_cycle_asks():
    assert ends(None) == date(2025, 11, 14)
    assert ends(("2025-11-18", "adopt")) is None
    assert ends(("2025-11-18", "stop")) == date(2025, 11, 14)
    assert ends(("2025-10-10", "stop")) == ends(("2025-10-10", "stop"), None) == date(2025, 10, 10)
    assert ends(("2025-10-10", "adapt")) == date(2025, 10, 10)
    assert ends(("2025-11-22", "adopt")) == date(2025, 11, 14), "not decided yet on that day"
    assert load.spells([cycle("a", 1.0, "2025-08-25", None)], "0104", AS_OF) == []
    assert load.spells([Cycle("a", "A", ("0103",), start=AS_OF)], "0103", AS_OF) == []


DAY = st.integers(0, 60).map(lambda number: date(2025, 9, 1) + timedelta(number))
SPELL = st.tuples(st.none() | st.sampled_from([0.25, 0.5, 1.5]), DAY, st.none() | DAY).map(
    lambda parts: load.Spell("c", "C", parts[0], parts[1], parts[2] and max(parts[1:]))
)


@given(st.lists(SPELL, max_size=4), DAY, DAY)
def test_the_stretches_cover_every_day_with_the_load_of_that_day(asked, a, b):
    first, last = min(a, b), max(a, b)
    stretches = load.spans(asked, first, last)
    days = [span.first + timedelta(n) for span in stretches for n in range((span.last - span.first).days + 1)]
    assert days == [first + timedelta(n) for n in range((last - first).days + 1)]
    for span in stretches:
        for day in (span.first, span.last):
            assert span.hours == load.hours_on(day, asked) == sum(s.hours or 0 for s in asked if s.on(day))
            assert len(span.cycles) == sum(s.on(day) for s in asked)
    heavy = load.heaviest(stretches)
    assert heavy.hours == max(load.hours_on(first + timedelta(n), asked) for n in range((last - first).days + 1))


def test_the_load_by_term():
    terms = [Term("s", "Spring", date(2025, 1, 6), date(2025, 6, 6)), Term("f", "Fall", date(2025, 8, 18), date(2025, 12, 19))]
    asked = load.spells([cycle("a", 0.5, "2025-08-25", "2025-11-14"), cycle("b", 0.75, "2025-10-01", "2025-10-31")], "0103", AS_OF)
    ((term, span),) = load.by_term(asked, terms)
    assert (term.id, span.hours, span.cycles, span.first, span.last) == ("f", 1.25, ("a", "b"), date(2025, 10, 1), date(2025, 10, 31))
    assert load.by_term([], terms) == [] and load.spans(asked, AS_OF, date(2025, 1, 1)) == []
    unknown = load.spells([cycle("a", None, "2025-08-25", "2025-11-14")], "0103", AS_OF)
    assert [(term.id, span.hours) for term, span in load.by_term(unknown, terms)] == [("f", 0.0)]


# The five parts


WHOLE = Cycle(
    id="peer-visits", title="Peer visits", schools=("0103",), focus="trust", driver="Why.", idea="What.", hypothesis="If.", owner="Coach",
    for_whom="all teachers", prediction=Prediction("heard", 8, ""), ask=Ask("teachers", "visits", "more", "a meeting", 0.5),
    measures=(PlannedMeasure("heard", "outcome", 75), PlannedMeasure("visits", "process", 6), PlannedMeasure("minutes", "balancing", None)),
    baseline=(date(2025, 1, 13), date(2025, 5, 30)), start=date(2025, 8, 25), end=date(2025, 11, 14), checks=(date(2025, 10, 10),),
    rule=Rule("heard", "chart", 6, 8, None),
)  # fmt: skip


def numbers(baseline=64, target=75, detectable=9, better="higher", low=0, high=100) -> smart.Numbers:
    return smart.Numbers(better, *(None if number is None else Decimal(number) for number in (low, high, baseline, target, detectable)))


def found(cycle: Cycle, known: smart.Numbers | None) -> dict[str, tuple[str, ...]]:
    return {part.id: part.missing for part in smart.parts(cycle, known)}


def test_a_whole_plan_meets_every_part():
    parts = smart.parts(WHOLE, numbers())
    assert [part.id for part in parts] == list(smart.PARTS) and all(part.met and part.evidence for part in parts)
    assert smart.missing_kinds(WHOLE) == smart.missing_test(WHOLE) == ()


def test_an_empty_plan_meets_none_and_says_what_is_missing():
    bare = Cycle("bare", "Bare", ("0103",))
    assert found(bare, None) == {
        "specific": ("idea", "for_whom"),
        "measurable": ("outcome", "baseline_window", "target"),
        "achievable": ("distance",),
        "relevant": ("focus", "driver", "hypothesis"),
        "time_bound": ("start", "end", "checks"),
    }
    assert smart.missing_kinds(bare) == smart.KINDS
    assert smart.missing_test(bare) == ("prediction", "rule", "ask", "owner")


@pytest.mark.parametrize(("field", "part", "missing"), [
    ("idea", "specific", "idea"), ("for_whom", "specific", "for_whom"), ("focus", "relevant", "focus"), ("driver", "relevant", "driver"),
    ("hypothesis", "relevant", "hypothesis"),
])  # fmt: skip
def test_a_text_that_is_not_stated_is_missing_in_its_part_only(field, part, missing):
    assert {k: v for k, v in found(replace(WHOLE, **{field: ""}), numbers()).items() if v} == {part: (missing,)}


def test_dates_measures_and_the_parts_of_the_ask():
    assert found(replace(WHOLE, end=None), numbers())["time_bound"] == ("end",)
    assert found(replace(WHOLE, checks=()), numbers())["time_bound"] == ("checks",)
    assert found(replace(WHOLE, checks=(date(2025, 12, 1),)), numbers())["time_bound"] == ("checks_after_end",)
    no_target = replace(WHOLE, measures=(PlannedMeasure("heard", "outcome", None),))
    lacking = {"measurable": ("target",), "achievable": ("distance",)}
    assert found(no_target, numbers(target=None)) == dict.fromkeys(smart.PARTS, ()) | lacking
    assert found(WHOLE, numbers(baseline=None))["measurable"] == ("baseline_points",)
    assert smart.missing_kinds(no_target) == ("process", "balancing")
    assert smart.missing_test(replace(WHOLE, ask=Ask("", "visits", "", "", None))) == ("hours", "displaces", "result")


def test_a_chart_that_will_stay_mute_is_named():
    known = replace(numbers(detectable=None), mute=True)
    assert found(WHOLE, known)["achievable"] == ("too_few_points",)
    assert found(WHOLE, replace(known, target=Decimal(50)))["achievable"] == ("no_step",)


def test_a_goal_that_a_rule_by_comparison_would_not_adopt_is_named_as_such():
    known = replace(numbers(), by_rule=True)
    assert {part.id: part.evidence for part in smart.parts(WHOLE, known)}["achievable"] == ("within_scale", "step", "for_rule")
    assert found(WHOLE, replace(known, detectable=Decimal(12)))["achievable"] == ("too_small_for_rule",)


NUMBER = st.integers(-10, 110)


@given(NUMBER, NUMBER, st.none() | st.integers(0, 30), st.sampled_from(["higher", "lower", "neither"]), st.booleans())
def test_achievable_is_decided_by_the_step_the_scale_and_what_can_be_seen(baseline, target, detectable, better, bounded):
    ends = {"low": 0, "high": 100} if bounded else {"low": None, "high": None}
    missing = found(WHOLE, numbers(baseline, target, detectable, better, **ends))["achievable"]
    step = {"higher": target - baseline, "lower": baseline - target, "neither": abs(target - baseline)}[better]
    if bounded and not 0 <= target <= 100:
        assert missing == ("beyond_scale",)
    elif step <= 0:
        assert missing == ("no_step",)
    elif detectable is None:
        assert missing == ("detectable",)
    else:
        assert missing == (("too_small_to_see",) if step < detectable else ())


def test_the_main_outcome_is_the_one_that_the_rule_looks_at():
    two = replace(WHOLE, measures=(PlannedMeasure("other", "outcome", 1), *WHOLE.measures))
    assert smart.main_outcome(two).measure == "heard"
    assert smart.main_outcome(replace(two, rule=None)).measure == "other"
    assert smart.main_outcome(replace(two, measures=two.measures[2:])) is None


@given(st.sampled_from(["higher", "lower", "neither"]), st.integers(5, 95), st.integers(0, 100), st.none() | st.integers(1, 30),
       st.sampled_from(["more", "less"]), st.integers(0, 60))  # fmt: skip
def test_of_a_baseline_at_an_end_only_what_holds_wherever_it_lies_is_said(better, baseline, target, detectable, bound, beyond):
    true = baseline + (beyond if bound == "more" else -beyond)

    def said(before: int, beside: str = "") -> tuple[str, ...]:
        given = {"baseline": Decimal(before), "target": Decimal(target), "detectable": None if detectable is None else Decimal(detectable)}
        return smart._achievable(smart.Numbers(better, Decimal(0), Decimal(100), **given, bound=beside))[1]

    missing = said(baseline, bound)
    assert missing == ("at_end",) or missing == said(true)
