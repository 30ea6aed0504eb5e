"""Numbers at an end of what is shown: what charts, verdicts, goals and sentences say holds wherever the true ones lie."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.evaluation import evidence, measure_charts, prepare, readings, rule_readings, study
from cyclebook.evaluation.decide import decide
from cyclebook.measures.points import points
from cyclebook.parameters.plan_model import Cycle, Measure, PlannedMeasure, Prediction, Rule
from cyclebook.reading import sentence
from tests.frames import protected

HEARD = Measure("heard", "Ideas heard", "staff whose ideas were heard", "share", "percent", "higher", True, 100.0, 0, 7, 0.0, 100.0, "How.")
FIRST = date(2025, 1, 6)
NAN = float("nan")
BEFORE = 8
EXTREME = st.integers(10, 40).flatmap(lambda n: st.tuples(st.sampled_from([0, 1, 2, n // 2, n - 2, n - 1, n]), st.just(n)))
HIGH = st.integers(10, 40).flatmap(lambda n: st.tuples(st.integers(n - 1, n), st.just(n)))


def made(shares: list[tuple[int, int]]):
    rows = [("0103", "heard", (FIRST + timedelta(7 * place)).isoformat(), *share, NAN, NAN) for place, share in enumerate(shares)]
    columns = ["school_id", "measure", "date", "numerator", "denominator", "value", "persons"]
    return points(pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[3:], float)), HEARD, 5)


def cycle(last: date, target: float = 95.0, worthwhile: float = 5.0) -> Cycle:
    start = FIRST + timedelta(7 * BEFORE)
    facts = {
        "id": "visits", "title": "Peer visits", "schools": ("0103",), "comparison": (), "start": start, "end": last, "split": (),
        "baseline": (FIRST, start - timedelta(1)), "checks": (last,), "measures": (PlannedMeasure("outcome", "heard", target),),
        "prediction": Prediction("heard", 5.0, ""), "rule": Rule("heard", "chart", worthwhile, 6, None), "rule_hash": "", "decision": None,
    }  # fmt: skip
    return Cycle(**{name: facts.get(name, "" if kind in ("str",) else None) for name, kind in Cycle.__annotations__.items()})


def table(found, planned, last):
    """The rows of the cycle's medians, as the page has them."""
    span = evidence.spans(planned, found, last)
    numbers = dict(zip(("before", "after", "change"), study.moved(HEARD, "0103", span), strict=True))
    rows = [number.row("S01", "", "heard", "visits", name) for name, number in numbers.items() if number]
    goal = study.goal(planned, HEARD, "outcome", 95.0, "0103", found, last)
    rows += [goal.latest.row("S01", "", "heard", "visits", "latest_outcome")] if goal.latest else []
    facts = {"spans": {"heard": prepare._span_facts(planned, "heard", span)}, "id": "visits", "title": "Peer visits", "rule": None}
    facts["prediction"] = {"measure": "heard", "change": 5.0}
    return protected(*rows), facts, goal


MEASURE = {"id": "heard", "name": "Ideas heard", "unit": "percent", "better": "higher"}


@given(st.lists(EXTREME, min_size=BEFORE, max_size=BEFORE), st.lists(EXTREME, min_size=6, max_size=12))
def test_what_is_said_of_before_and_after_the_goal_and_the_rule_holds_of_the_true_shares(before, since):
    found = made(before + since)
    last = found[-1].day
    planned = cycle(last)
    own, facts, goal = table(found, planned, last)
    true = [median(round(100 * count / n) for count, n in shares) for shares in (before, since)]
    move = true[1] - true[0]
    text = sentence(readings.before_after(own, MEASURE, facts), "en")
    came = sentence(rule_readings.prediction(own, own, MEASURE, facts)[1], "en")
    if "for the better" in text or "up by" in came:
        assert move > 0
    if "for the worse" in text or "down by" in came:
        assert move < 0
    if "the same as before" in text or "no move" in came:
        assert move == 0
    assert "too few" not in text and "not enough points" not in came
    change = own.cell("change", item="visits")
    if change and change.value is not None:
        assert {"": abs(move - change.value) <= 1, "more": move >= change.value - 1, "less": move <= change.value + 1}[change.bound]
    exact = study.goal_state([round(100 * count / n) for count, n in since], 95.0, "higher")
    assert goal.state in (exact, "at_end")
    said = sentence(rule_readings.goal(own, MEASURE, facts, {"measure": "heard", "kind": "outcome", "target": 95.0, "points": len(since), "state": goal.state}), "en")
    assert not ("Goal reached" in said and exact not in ("met", "kept", "lost"))
    verdict = decide(planned.rule, evidence.by_chart(planned, HEARD, found, last))
    assert verdict.why != "worthwhile" or move >= 5
    assert verdict.why != "worse" or move < 0
    assert verdict.why != "no_better" or move <= 0
    assert verdict.why not in ("some_better",) or move > 0
    assert verdict.why != "small" or move < 5


@given(st.lists(HIGH, min_size=BEFORE, max_size=BEFORE), st.lists(HIGH, min_size=8, max_size=16))
def test_a_chart_whose_points_all_stand_at_the_end_calls_nothing_and_says_why(before, since):
    found = made(before + since)
    last = found[-1].day
    drawn = measure_charts.chart(HEARD, found, [cycle(last)], last)
    assert drawn.part.runs.useful == 0 and not drawn.part.runs.signal and drawn.part.at_end and not drawn.part.outside
    facts = {**MEASURE, "type": "share", "days": [point.day.isoformat() for point in found], "fewest": 10,
             "chart": prepare._chart_facts(HEARD, drawn), "decimals": 0, "about": "", "people": True}  # fmt: skip
    rows = [row | {"school_id": "S01"} for row in prepare._chart_rows(HEARD, "0103", found, drawn)]
    own = protected(*rows)
    text = " ".join(sentence(reading, "en") for group in readings.chart(own, facts) for reading in group)
    assert "too many points lie on the middle line" in text and "with so few points" not in text
    assert "or more percent" in text and f"{len(found)} points lie close to an end" in text
    assert not any(word in text for word in ("in a row", "in turn", "crosses", "100 percent"))
    assert {own.cell("value", wave=day).bound for day in facts["days"]} == {"more"}
    verdict = decide(cycle(last).rule, evidence.by_chart(cycle(last), HEARD, found, last))
    assert verdict.decision == "not_enough"
