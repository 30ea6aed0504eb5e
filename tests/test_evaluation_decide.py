"""The verdict is a function of the frozen rule and the data alone, and does what the rule says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.evaluation import decide as decisions
from cyclebook.evaluation.comparison import Effect
from cyclebook.evaluation.decide import LEAST_BASELINE, ChartLook, ComparisonLook, Evidence, Verdict, decide
from cyclebook.measures import runs
from cyclebook.parameters.plan_model import Rule

RULE = Rule("heard", "chart", 6.0, 8, None)
COMPARISON = Rule("heard", "comparison", 5.0, 8, 0.9)
STEADY = (50.0, 54.0, 48.0, 56.0, 51.0, 47.0, 55.0, 49.0, 53.0, 46.0, 52.0, 57.0)
VALUES = st.integers(0, 100).map(float)


def look(number: int, after, baseline=STEADY) -> ChartLook:
    return ChartLook(date(2025, 9, 1) + timedelta(7 * number), tuple(baseline), tuple(after))


def by_chart(*after, planned=None, better="higher", baseline=STEADY, rule=RULE) -> Verdict:
    looks = tuple(look(number, one, baseline) for number, one in enumerate(after))
    return decide(rule, Evidence(better, planned or len(after), looks))


def schools(number: int, estimate: float, error: float = 2.0, df: int = 8, points: int = 10) -> ComparisonLook:
    effect = Effect(estimate, error, df, estimate - 9, estimate + 9, estimate, 0.0, 5, df - 3)
    return ComparisonLook(date(2025, 9, 1) + timedelta(7 * number), effect, points)


def by_comparison(*looks, planned=None, better="higher", rule=COMPARISON) -> Verdict:
    return decide(rule, Evidence(better, planned or len(looks), tuple(looks)))


# By chart


def test_a_shift_that_is_worthwhile_is_adopted():
    assert by_chart([62.0] * 10) == Verdict("adopt", 1, 1, "worthwhile")


def test_a_shift_the_wrong_way_is_stopped_at_any_look():
    assert by_chart([40.0] * 10, planned=3) == Verdict("stop", 1, 3, "worse")


def test_a_shift_that_is_too_small_waits_and_is_adapted_at_the_last_look():
    assert by_chart([56.0] * 10, planned=2) == Verdict("not_enough", 1, 2, "small")
    assert by_chart([56.0] * 10, [56.0] * 14) == Verdict("adapt", 2, 2, "small")


def test_ups_and_downs_wait_and_are_stopped_or_adapted_at_the_last_look():
    worse, better = [49.0, 55.0] * 6, [50.0, 56.0] * 6
    assert by_chart(worse, planned=2) == Verdict("not_enough", 1, 2, "no_signal")
    assert by_chart(worse[:10], [47.0, 55.0] * 6) == Verdict("stop", 2, 2, "no_better")
    assert by_chart(better).why == "some_better" and by_chart(better).decision == "adapt"


def test_too_few_points_decide_nothing_whatever_they_are():
    assert by_chart([90.0] * 7) == Verdict("not_enough", 1, 1, "few_points")
    assert by_chart([90.0] * 20, baseline=STEADY[:5]) == Verdict("not_enough", 1, 1, "few_baseline")
    assert decide(RULE, Evidence("higher", 2, ())) == Verdict("not_enough", 0, 2, "no_look")


def test_silence_that_had_to_be_is_not_read_as_no_effect():
    few = replace(RULE, points=2)
    assert by_chart([52.0, 49.0, 50.0], rule=few) == Verdict("not_enough", 1, 1, "cannot_speak")


def test_a_baseline_that_moved_already_is_no_yardstick():
    moving = tuple(40.0 + place for place in range(20))
    assert not by_chart([70.0] * 10, planned=2, baseline=moving).decision == "adopt"
    assert by_chart([70.0] * 10, baseline=moving) == Verdict("adapt", 1, 1, "unstable")
    assert by_chart([30.0] * 10, baseline=moving) == Verdict("stop", 1, 1, "no_better")


def test_the_first_adopt_or_stop_stands():
    assert by_chart([62.0] * 10, [40.0] * 14).decision == "adopt"
    assert by_chart([40.0] * 10, [62.0] * 14) == Verdict("stop", 1, 2, "worse")


AFTER = st.lists(VALUES, min_size=0, max_size=16)
BASELINE = st.lists(VALUES, min_size=0, max_size=16)


@st.composite
def grown(draw):
    """Looks of one growing series, as plans have them."""
    baseline, after = draw(BASELINE), draw(AFTER)
    ends = sorted(draw(st.lists(st.integers(0, len(after)), min_size=1, max_size=3)))
    planned = len(ends) + draw(st.integers(0, 2))
    return baseline, [after[:end] for end in ends], planned


RULES = st.builds(Rule, st.just("heard"), st.just("chart"), st.integers(1, 30).map(float), st.integers(2, 10), st.none())


@given(grown(), RULES, st.sampled_from(["higher", "lower"]))
def test_it_is_a_function_of_rule_and_data_alone(series, rule, better):
    baseline, after, planned = series
    first = by_chart(*after, planned=planned, baseline=baseline, rule=rule, better=better)
    assert first == by_chart(*after, planned=planned, baseline=baseline, rule=rule, better=better)
    assert first.why in decisions.WHY and 1 <= first.look <= len(after)
    renamed = by_chart(*after, planned=planned, baseline=baseline, rule=replace(rule, measure="other", probability=0.7), better=better)
    assert renamed == first


@given(grown(), RULES)
def test_what_is_better_turned_round_gives_the_same_verdict(series, rule):
    baseline, after, planned = series
    turned = [[100 - value for value in one] for one in after]
    assert by_chart(*after, planned=planned, baseline=baseline, rule=rule) == by_chart(
        *turned, planned=planned, baseline=[100 - value for value in baseline], rule=rule, better="lower"
    )


@given(grown(), RULES, st.sampled_from(["higher", "lower"]))
def test_nothing_is_decided_without_the_points_that_the_rule_asks_for(series, rule, better):
    baseline, after, planned = series
    verdict = by_chart(*after, planned=planned, baseline=baseline, rule=rule, better=better)
    used = after[verdict.look - 1]
    if len(used) < rule.points or len(baseline) < LEAST_BASELINE:
        assert verdict.decision == "not_enough"
    if verdict.decision in ("adopt", "stop") and verdict.why in ("worthwhile", "worse"):
        centre = float(decisions.median(baseline))
        assert runs.runs([*baseline, *used], centre).signal and not runs.runs(baseline, centre).signal
    if verdict.decision == "adopt":
        gain = decisions.median(used) - decisions.median(baseline)
        assert (gain if better == "higher" else -gain) >= Decimal(rule.worthwhile)
    if verdict.decision == "adapt":
        assert verdict.look == planned
    assert verdict.final == (verdict.decision in ("adopt", "stop", "adapt"))


@given(grown(), RULES)
def test_a_lower_bar_adopts_no_later(series, rule):
    baseline, after, planned = series
    if by_chart(*after, planned=planned, baseline=baseline, rule=rule).decision == "adopt":
        easier = replace(rule, worthwhile=rule.worthwhile / 2)
        lower = by_chart(*after, planned=planned, baseline=baseline, rule=easier)
        assert lower.decision == "adopt" and lower.look <= by_chart(*after, planned=planned, baseline=baseline, rule=rule).look


@given(grown(), RULES, st.lists(VALUES, min_size=1, max_size=6))
def test_a_later_look_does_not_change_what_was_decided(series, rule, more):
    baseline, after, planned = series
    before = by_chart(*after, planned=planned + 1, baseline=baseline, rule=rule)
    later = by_chart(*after, [*after[-1], *more], planned=planned + 1, baseline=baseline, rule=rule)
    if before.decision in ("adopt", "stop"):
        assert later == before
    else:
        assert later.look == len(after) + 1


# By comparison


def test_a_likely_effect_is_adopted_and_a_likely_nothing_stopped():
    assert by_comparison(schools(0, 12), planned=2) == Verdict("adopt", 1, 2, "likely_worthwhile")
    assert by_comparison(schools(0, -6), planned=2) == Verdict("stop", 1, 2, "likely_no_better")


def test_what_is_in_between_waits_for_the_last_look():
    assert by_comparison(schools(0, 5), planned=2) == Verdict("not_enough", 1, 2, "undecided")
    assert by_comparison(schools(0, 5), schools(1, 5)) == Verdict("adapt", 2, 2, "undecided")
    assert by_comparison(schools(0, 1.5), schools(1, 1.5)) == Verdict("stop", 2, 2, "unlikely_worthwhile")


def test_too_few_schools_or_points_decide_nothing():
    assert by_comparison(schools(0, 30, df=2)) == Verdict("not_enough", 1, 1, "few_schools")
    assert by_comparison(ComparisonLook(date(2025, 9, 1), None, 9)) == Verdict("not_enough", 1, 1, "few_schools")
    assert by_comparison(schools(0, 30, points=7)) == Verdict("not_enough", 1, 1, "few_points")


@given(st.floats(-30, 30), st.floats(0.5, 10), st.integers(3, 30), st.sampled_from([0.6, 0.8, 0.9, 0.95]))
def test_a_turned_effect_gives_the_same_verdict(estimate, error, df, probability):
    rule = replace(COMPARISON, probability=probability)
    up = by_comparison(schools(0, estimate, error, df), rule=rule)
    assert up == by_comparison(schools(0, -estimate, error, df), rule=rule, better="lower")


@given(st.floats(-30, 30), st.floats(0, 20), st.floats(0.5, 10), st.integers(3, 30))
def test_a_larger_effect_is_never_judged_lower(estimate, more, error, df):
    order = ["stop", "adapt", "adopt"]
    first, second = (by_comparison(schools(0, one, error, df)).decision for one in (estimate, estimate + more))
    assert order.index(first) <= order.index(second)


@given(st.floats(-30, 30), st.floats(0.5, 10), st.integers(3, 30))
def test_the_verdict_follows_from_the_percentages_as_shown(estimate, error, df):
    one = schools(0, estimate, error, df)
    worthwhile, nothing = decisions.chances(one.effect, 5.0, 1)
    decision = by_comparison(one, planned=2).decision
    assert (decision == "adopt") == (worthwhile >= 90) and (decision == "stop") == (worthwhile < 90 <= nothing)


# What is no evidence


@pytest.mark.parametrize(("evidence", "message"), [
    (Evidence("neither", 1, ()), "no better direction"),
    (Evidence("higher", 1, (look(0, []), look(1, []))), "1 were planned"),
    (Evidence("higher", 2, (look(1, []), look(0, []))), "in order"),
    (Evidence("higher", 1, (schools(0, 1.0),)), "another kind"),
])  # fmt: skip
def test_evidence_that_is_none_is_refused(evidence, message):
    with pytest.raises(ValueError, match=message):
        decide(RULE, evidence)


def test_medians_are_exact_and_need_a_value():
    assert decisions.median([0.1, 0.2]) == Decimal("0.15")
    with pytest.raises(ValueError, match="nothing"):
        decisions.median([])
