"""Where cycles stand: evidence cut at planned looks, splits, goals from few points, states of rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.evaluation import evidence, measure_charts, study
from cyclebook.measures.points import Number, Point, between, number, points, respondents
from cyclebook.parameters.plan_model import Cycle, Measure, PlannedMeasure, Prediction, Rule
from cyclebook.planning.frozen import digest

HEARD = Measure("heard", "Ideas heard", "staff who felt heard", "share", "percent", "higher", True, 100.0, 0, 7, 0.0, 100.0, "Asked.")
MINUTES = Measure("minutes", "Minutes", "minutes of meetings", "value", "minutes", "lower", False, 1.0, 0, 7, 0.0, None, "Timed.")
VISITS = replace(MINUTES, id="visits", name="Visits", type="count", better="higher")
START = date(2025, 9, 1)
RULE = Rule("heard", "chart", 6.0, 8, None)
CYCLE = Cycle(
    "visits", "Peer visits", ("S1",), measures=(PlannedMeasure("heard", "outcome", 65.0),), prediction=Prediction("heard", 8.0, ""),
    baseline=(date(2025, 1, 1), date(2025, 8, 31)), start=START, checks=(date(2025, 10, 10), date(2025, 11, 28)), rule=RULE,
)  # fmt: skip


def frozen(cycle: Cycle) -> Cycle:
    return replace(cycle, rule_hash=digest(cycle))


def series(values, first=START, every=7, n=20, clear=True) -> tuple[Point, ...]:
    return tuple(Point(first + timedelta(every * place), float(value), value * n / 100, float(n), n, clear) for place, value in enumerate(values))


BEFORE = series([50, 55, 45, 60, 50, 55, 45, 50, 60, 40], first=date(2025, 3, 3))
ALL = BEFORE + series([60, 70, 65, 75, 60, 70, 65, 80, 70, 60, 75, 70])


# Points


def test_a_point_is_as_it_is_shown_and_a_share_of_people_is_clear_from_twice_the_smallest_group_up():
    import pandas as pd

    rows = [("2025-09-08", 6, 9), ("2025-09-01", 5, 10), ("2025-09-15", 4, 4)]
    table = pd.DataFrame([{"date": day, "numerator": one, "denominator": whole, "value": float("nan"), "persons": float("nan")} for day, one, whole in rows])
    found = points(table, HEARD, 5)
    assert [(point.day.day, point.value, point.n, point.clear) for point in found] == [(1, 50.0, 10, True), (8, 67.0, 9, False), (15, 100.0, 4, False)]
    assert points(table, HEARD, 5, until=date(2025, 9, 1)) == found[:1]
    assert [point.clear for point in points(table, replace(HEARD, people=False), 5)] == [True] * 3


def test_a_number_of_people_that_is_not_known_is_too_small():
    import pandas as pd

    table = pd.DataFrame([{"date": "2025-09-01", "numerator": None, "denominator": None, "value": 7.0, "persons": float("nan")}])
    assert [point.clear for point in points(table, replace(MINUTES, people=True), 5)] == [False]
    assert [point.clear for point in points(table, MINUTES, 5)] == [True]


def test_those_behind_a_number_are_the_union_of_its_days_and_as_many_as_on_the_largest():
    two = {"S2": series([1, 2], n=9), "S1": series([1, 2, 3], n=7)}
    n, group = respondents(HEARD, two)
    assert (n, group) == (16, "school_id=S1|S2; source=heard; window=2025-09-01|2025-09-08|2025-09-15")
    assert respondents(HEARD, {"S1": [*two["S1"], two["S1"][0]]}) == (7, "school_id=S1; source=heard; window=2025-09-01|2025-09-08|2025-09-15")
    assert respondents(MINUTES, two) == (0, "") == respondents(HEARD, {"S1": ()})


def test_a_median_between_two_keeps_its_digit():
    level = study.level(HEARD, "S1", series([60, 63]))
    assert (level.value, level.decimals) == (61.5, 1)
    assert number(61.49, 0, HEARD, "S1", series([60])) == Number(61.0, 0, 20, "school_id=S1; source=heard; window=2025-09-01")


def test_days_are_both_included():
    assert [point.value for point in between(series([1, 2, 3]), START, START + timedelta(7))] == [1, 2]


# Evidence


def test_before_and_since_are_cut_where_the_plan_says():
    span = evidence.spans(CYCLE, ALL, date(2025, 9, 20))
    assert span.before == BEFORE and [point.value for point in span.since] == [60, 70, 65]
    assert evidence.spans(replace(CYCLE, start=None), ALL, None) == evidence.Spans((), ())
    assert evidence.spans(replace(CYCLE, baseline=None), ALL, None).before == BEFORE


def test_points_that_may_not_be_shown_count_for_nothing():
    hidden = series([99, 99], first=START + timedelta(1), clear=False)
    assert evidence.spans(CYCLE, (*ALL, *hidden), None) == evidence.spans(CYCLE, ALL, None)


def test_what_lies_beyond_a_split_is_not_compared():
    split = replace(CYCLE, split=(date(2025, 3, 24), date(2025, 9, 22)))
    span = evidence.spans(split, ALL, None)
    assert span.before == BEFORE[3:] and [point.value for point in span.since] == [60, 70, 65]
    assert evidence.spans(replace(CYCLE, split=(START,)), ALL, None).before == ()


def test_only_planned_looks_that_have_been_reached_are_evidence():
    assert evidence.by_chart(CYCLE, HEARD, ALL, date(2025, 10, 9)).looks == ()
    made = evidence.by_chart(CYCLE, HEARD, ALL, date(2025, 11, 27))
    assert [(one.day, len(one.after)) for one in made.looks] == [(date(2025, 10, 10), 6)] and made.looks_planned == 2


@given(st.lists(st.integers(0, 100), max_size=20))
def test_what_comes_after_a_look_does_not_reach_it(later):
    more = ALL + series(later, first=date(2025, 12, 1))
    assert evidence.by_chart(CYCLE, HEARD, more, date(2026, 6, 1)) == evidence.by_chart(CYCLE, HEARD, ALL, date(2026, 6, 1))


COMPARED = replace(CYCLE, schools=("S1", "S2"), comparison=("S3", "S4", "S5"), rule=Rule("heard", "comparison", 5.0, 6, 0.9))


def test_schools_count_once_and_those_with_too_few_points_are_left_out():
    found = {"S1": ALL, "S2": BEFORE[:5] + ALL[10:], "S3": ALL, "S4": BEFORE + ALL[10:13], "S5": ALL}
    compared = evidence.compare(COMPARED, found, date(2025, 11, 28), 6)
    assert (list(compared.treated), list(compared.comparison), compared.left_out) == (["S1"], ["S3", "S5"], ("S2", "S4"))
    assert compared.look.effect.estimate == 0 and compared.look.points == 12
    assert evidence.compare(COMPARED, {"S1": ALL}, date(2025, 11, 28), 6).look.effect is None
    assert evidence.compare(COMPARED, {}, date(2025, 11, 28), 6).look.points == 0


def test_the_chart_can_first_signal_when_enough_points_can_lie_on_the_better_side():
    steady = series([50, 60] * 6, first=date(2025, 3, 3))
    day = evidence.first_signal(CYCLE, HEARD, steady, START + timedelta(1))
    assert day > START
    good = steady + series([70] * 12)
    assert evidence.first_signal(CYCLE, HEARD, good, date(2025, 12, 1)) in [point.day for point in good[12:]]
    assert evidence.first_signal(CYCLE, HEARD, good[:14], date(2025, 9, 8)) == evidence.first_signal(CYCLE, HEARD, good, date(2025, 12, 1))
    for cycle, measure, found in ((replace(CYCLE, start=None), HEARD, good), (CYCLE, replace(HEARD, better="neither"), good), (CYCLE, HEARD, steady[:5])):
        assert evidence.first_signal(cycle, measure, found, date(2025, 12, 1)) is None


def test_looks_ahead_hold_as_many_points_as_there_is_time_for():
    since = ALL[10:16]
    assert evidence.look_counts(CYCLE, since, 7, date(2025, 10, 10)) == (6, 13)
    assert evidence.look_counts(CYCLE, (), 7, date(2025, 8, 1)) == (6, 13)


# Goals


@pytest.mark.parametrize(("since", "state"), [
    ([70] * 5, "cannot_tell"),
    ([60] * 6, "not_yet"),
    ([65] * 6, "met"),
    ([65] * 12, "kept"),
    ([50] * 12 + [70] * 13, "kept"),
    ([50] * 12 + [70] * 12, "met"),
    ([50] * 12 + [70] * 6, "not_yet"),
    ([50] * 12 + [70] * 7, "met"),
    ([70] * 12 + [50] * 7, "lost"),
    ([70] * 12 + [50] * 2, "kept"),
    ([70] * 12 + [50] * 5, "met"),
    ([70] * 12 + [50] * 6, "lost"),
    ([50] * 6 + [90] + [50] * 6, "not_yet"),
    ([50, 90] * 8, "kept"),
    ([70] * 6 + [50] * 6, "not_yet"),
    ([70] * 6 + [50] * 30, "not_yet"),
    ([70] * 8 + [50] * 8, "lost"),
])  # fmt: skip
def test_a_goal_stands_on_stretches_and_not_on_single_points(since, state):
    assert study.goal_state(since, 65, "higher") == state
    assert study.goal_state([100 - value for value in since], 35, "lower") == state


@given(st.lists(st.integers(0, 100), max_size=40), st.integers(1, 99))
def test_goal_states_follow_from_the_medians(since, target):
    state = study.goal_state(since, target, "higher")
    medians = [float(study.median(since[max(0, end - 12) : end])) for end in range(6, len(since) + 1)]
    assert (state == "cannot_tell") == (len(since) < 6)
    if medians:
        assert state != "not_yet" or max([*medians[6:], medians[-1]]) < target
        assert state in ("not_yet", "cannot_tell") or max(medians) >= target
        if state == "kept":
            assert medians[-1] >= target and study.median(since[-6:]) >= target
        if state == "lost":
            assert medians[-1] < target and study.median(since[-6:]) < target
    assert study.goal_state(since, target, "neither") == "cannot_tell"


def test_a_goal_that_has_not_begun_says_so():
    goal = study.goal(CYCLE, HEARD, "outcome", 65.0, "S1", BEFORE, date(2025, 8, 1))
    assert (goal.state, goal.points, goal.latest) == ("not_started", 0, None) and goal.baseline.value == 50


# States


FOUND = {("S1", "heard"): ALL}


@pytest.mark.parametrize(("cycle", "day", "state", "decision"), [
    (CYCLE, date(2025, 8, 1), "planned", None),
    (replace(CYCLE, start=None), date(2025, 12, 1), "planned", None),
    (CYCLE, None, "planned", None),
    (CYCLE, date(2025, 12, 1), "rule_open", None),
    (replace(CYCLE, rule=None), date(2025, 12, 1), "no_rule", None),
    (replace(frozen(CYCLE), rule=replace(RULE, worthwhile=1.0)), date(2025, 12, 1), "rule_changed", None),
    (frozen(CYCLE), date(2025, 9, 10), "running", "not_enough"),
    (frozen(CYCLE), date(2025, 12, 1), "decided", "adopt"),
    (frozen(replace(CYCLE, rule=replace(RULE, points=30))), date(2025, 12, 1), "undecided", "not_enough"),
])  # fmt: skip
def test_a_verdict_is_given_only_by_a_frozen_rule(cycle, day, state, decision):
    result = study.of_cycle(cycle, {"heard": HEARD}, FOUND, day)[0]
    assert result.state == state and (result.verdict and result.verdict.decision) == decision
    assert result.looks_reached == sum(day is not None and check <= day for check in cycle.checks)


def test_a_cycle_without_a_point_since_its_start_waits():
    result = study.of_cycle(frozen(CYCLE), {"heard": HEARD}, {("S1", "heard"): BEFORE}, date(2025, 12, 1))[0]
    assert result.state == "waiting" and result.verdict.decision == "not_enough"


def test_prediction_and_result_are_of_the_medians_up_to_the_end():
    ended = replace(CYCLE, end=date(2025, 10, 10))
    found = study.outcome(ended, {"heard": HEARD}, "S1", FOUND, date(2025, 12, 1))
    assert (found.predicted, found.before.value, found.after.value, found.change.value) == (8.0, 50.0, 67.5, 17.5)
    few = study.outcome(replace(CYCLE, end=date(2025, 9, 22)), {"heard": HEARD}, "S1", FOUND, date(2025, 12, 1))
    assert few.after.value == 67.5 and few.change is None


# Charts


def test_the_chart_fits_the_type_of_the_measure():
    kinds = {"share": "p", "rate": "u", "count": "c", "value": "xmr"}
    for kind, control in kinds.items():
        drawn = measure_charts.chart(replace(HEARD, type=kind), ALL[:10], [], date(2025, 12, 1))
        assert drawn.part.kind in (control, measure_charts.FITTING[kind][1])


def test_points_that_scatter_far_more_than_counts_can_get_wider_limits():
    wild = series([10, 90] * 8, n=40)
    calm = series([48, 52] * 8, n=40)
    assert measure_charts.chart(HEARD, wild, [], date(2026, 1, 1)).part.kind == "p'"
    assert measure_charts.chart(HEARD, calm, [], date(2026, 1, 1)).part.kind == "p"


def test_the_baseline_of_the_cycle_freezes_the_chart():
    part = measure_charts.chart(HEARD, ALL, [CYCLE], date(2025, 12, 1)).part
    assert (part.baseline, part.median, len(part.used)) == (10, 50.0, 22) and part.shift and part.runs.long_run
    assert part.run == (START, ALL[-1].day, 1)
    before = measure_charts.chart(HEARD, BEFORE, [CYCLE], date(2025, 8, 30))
    assert before.part.baseline == 0 and before.cycle is None
    short = measure_charts.chart(HEARD, ALL[6:], [CYCLE], date(2025, 12, 1))
    assert short.part.baseline == 0 and short.cycle is CYCLE


def test_points_outside_the_baseline_and_the_cycle_are_judged_by_nothing():
    late = replace(CYCLE, baseline=(date(2025, 3, 17), date(2025, 4, 28)))
    part = measure_charts.chart(HEARD, ALL, [late], date(2025, 12, 1)).part
    assert part.baseline == 7 and [band.used for band in part.bands[:2]] == [False, False] and not part.bands[9].used


def test_a_split_begins_the_chart_anew():
    drawn = measure_charts.chart(HEARD, ALL, [replace(CYCLE, split=(date(2025, 10, 13),))], date(2025, 12, 1))
    assert len(drawn.parts) == 2 and drawn.focus == 0 and len(drawn.parts[1].used) == 6
    assert drawn.parts[1].median == 70.0


def test_limits_take_points_and_silence_takes_more():
    few = measure_charts.chart(MINUTES, series([50, 60, 40, 55, 45, 65, 52]), [], date(2025, 12, 1))
    assert not few.part.limits and not few.part.shift and few.part.false_alarms == 0
    assert few.speaks_on > few.part.bands[-1].point.day
    assert measure_charts.chart(MINUTES, series([50, 60, 40, 55, 45, 65, 52, 61]), [], date(2025, 12, 1)).part.limits
    assert measure_charts.chart(HEARD, series([50] * 9, clear=False), [], date(2025, 12, 1)) is None


def test_limits_that_reach_over_the_whole_scale_cannot_be_crossed():
    wide = measure_charts.chart(HEARD, series([40, 60, 20, 80, 60, 40, 60, 80, 60, 20], n=5), [], date(2025, 12, 1)).part
    assert wide.limits and not wide.far and wide.false_alarms == pytest.approx(0.01, abs=0.01)
    assert {(band.lower, band.upper) for band in wide.bands} == {(0.0, 100.0)}
    calm = measure_charts.chart(HEARD, series([48, 52, 50, 48, 54, 50, 52, 46, 50, 52], n=50), [], date(2025, 12, 1)).part
    assert calm.limits and calm.far


def test_a_point_is_outside_only_where_it_is_so_as_shown():
    found = series([50, 52, 49, 51, 50, 48, 51, 50, 49, 90], n=400)
    part = measure_charts.chart(HEARD, found, [], date(2026, 1, 1)).part
    assert [point.value for point in part.outside] == [90]
    for band in part.bands:
        assert band.outside == (not band.lower <= band.point.value <= band.upper)


def test_the_cycle_of_a_chart_is_the_one_under_way_whose_outcome_it_is():
    over = replace(CYCLE, id="over", end=date(2025, 9, 30), start=date(2025, 9, 10))
    side = replace(CYCLE, id="side", start=date(2025, 10, 1), measures=(PlannedMeasure("heard", "balancing", None),), prediction=None)
    ahead = replace(CYCLE, id="ahead", start=date(2026, 1, 1))
    none = replace(CYCLE, id="none", measures=(), prediction=None)
    pick = lambda *cycles: (found := measure_charts.cycle_of(HEARD, cycles, date(2025, 12, 1))) and found.id  # noqa: E731
    assert pick(over, CYCLE, side, ahead, none) == "visits" and pick(over, side) == "over" and pick(side, none) == "side"
    assert pick(ahead, none) is None
    later = replace(side, id="later", end=date(2025, 10, 30), start=date(2025, 10, 8))
    assert pick(later, side) == "side" and pick(replace(later, end=None), side) == "later"


def test_a_cycle_whose_frozen_rule_is_on_the_measure_comes_first():
    """So the chart is the one that the verdict speaks of (two cycles of one school name the same measure)."""
    other = replace(CYCLE, id="other", rule=Rule("visits", "chart", 2.0, 8, None), start=date(2025, 10, 1))
    ruled = frozen(replace(CYCLE, measures=(PlannedMeasure("heard", "balancing", None),), prediction=None, end=date(2025, 10, 30)))

    def pick(*cycles):
        return measure_charts.cycle_of(HEARD, cycles, date(2025, 12, 1)).id

    assert pick(other, ruled) == pick(ruled, frozen(other)) == "visits"
    assert pick(other, replace(ruled, rule_hash="")) == pick(other, replace(ruled, rule=replace(RULE, points=9))) == "other"


def test_a_planned_look_that_cannot_decide_is_known_beforehand():
    def cannot(points_asked, found, as_of, measure=HEARD, by="chart"):
        cycle = replace(CYCLE, rule=Rule("heard", by, 6.0, points_asked, 0.9 if by == "comparison" else None))
        return [evidence.cannot(cycle, measure, found, "S1", day, as_of) for day in CYCLE.checks]

    assert cannot(8, {}, date(2025, 8, 1)) == cannot(8, {}, date(2025, 8, 1), by="comparison") == ["few", ""]
    assert cannot(14, {("S1", "heard"): ALL}, date(2025, 9, 20)) == ["few", "few"]
    steady = series([50, 60] * 6, first=date(2025, 3, 3))
    assert cannot(3, {("S1", "heard"): steady + series([70] * 6)}, date(2025, 10, 10)) == ["silent", ""]
    assert cannot(3, {("S1", "heard"): steady + series([55] * 13)}, date(2025, 12, 1)) == ["silent", "silent"]
    assert cannot(3, {("S1", "heard"): steady}, date(2025, 8, 1), replace(HEARD, better="neither")) == ["", ""]


@given(st.lists(st.sampled_from([20, 50, 80]), max_size=8), st.integers(1, 8))
def test_a_look_that_is_flagged_decides_nothing_whatever_the_points_are(since, asked):
    rule, day = Rule("heard", "chart", 1.0, asked, None), date(2025, 12, 1)
    cycle, found = replace(CYCLE, rule=rule, checks=(day,)), BEFORE + series(since)
    verdict = study.decide(rule, evidence.by_chart(cycle, HEARD, found, day))
    flag = evidence.cannot(cycle, HEARD, {("S1", "heard"): found}, "S1", day, day)
    assert (flag == "few") == (verdict.why == "few_points") and not (flag and verdict.final)
    assert flag != "silent" or verdict.why == "cannot_speak"


@pytest.mark.parametrize(("since", "worthwhile", "hardly"), [
    ([51] * 6, 6.0, True), ([52] * 6, 6.0, False), ([51] * 6, 5.0, False), ([50] * 6, 6.0, True), ([51] * 6, None, True), ([52] * 6, None, False),
    ([51] * 5, 6.0, False),
])  # fmt: skip
def test_less_than_a_fifth_of_the_worthwhile_is_hardly_a_move(since, worthwhile, hardly):
    """Without a rule on the measure: of the standard deviation before the start, which is 6.2 here."""
    assert study.hardly_moved(evidence.Spans(BEFORE, series(since)), worthwhile) == hardly
