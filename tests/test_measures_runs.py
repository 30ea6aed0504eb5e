"""Anhøj's tests: their bounds, how points are counted, what they can show at all, how often chance sets them off."""

from __future__ import annotations

import csv
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from scipy import stats

from cyclebook.measures import runs

SIDES = st.lists(st.sampled_from([1, -1]), max_size=40)


def case(shared, name: str) -> dict:
    text = (shared / "cases" / "evaluation.yaml").read_text(encoding="utf-8")
    return next(one for one in YAML(typ="safe", pure=True).load(text)["cases"] if one["id"] == name)


def test_the_bounds_are_those_of_the_published_table(shared):
    published = case(shared, "anhoej_critical_values")
    for useful, (longest, crossings) in published["expected"].items():
        assert (runs.longest_run_max(int(useful)), runs.crossings_min(int(useful))) == (longest, crossings)
    with (shared / "cases" / published["expected_file"][0]).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 91
    for row in rows:
        useful = int(row["n_useful"])
        assert runs.longest_run_max(useful) == int(row["longest_run_max"])
        assert runs.crossings_min(useful) == int(row["crossings_min"])


@given(st.integers(1, 300))
def test_the_least_crossings_are_the_binomial_quantile(useful):
    least = runs.crossings_min(useful)
    assert stats.binom.cdf(least, useful - 1, 0.5) >= 0.05 - 1e-12
    assert least == 0 or stats.binom.cdf(least - 1, useful - 1, 0.5) < 0.05


def test_bounds_of_nothing_are_refused():
    for bound in (runs.longest_run_max, runs.crossings_min):
        with pytest.raises(ValueError, match="needs one"):
            bound(0)


def test_points_on_the_line_neither_break_nor_lengthen_a_run():
    found = runs.runs([5, 6, 3, 7, np.nan, 3, 8, 1, 3, 2], 3)
    assert (found.useful, found.longest, found.crossings) == (6, 4, 1)


def test_a_rest_of_a_division_is_not_a_side():
    assert runs.runs([0.1 + 0.2, 0.3, 1.0], 0.3).useful == 1


def test_no_useful_point_is_no_signal():
    found = runs.runs([3, 3, np.nan], 3)
    assert found == runs.Runs(0) and not found.signal and found.longest is None


def test_a_run_and_too_few_crossings_are_told_apart():
    shift = runs.of_sides([-1, 1] * 6 + [-1] * 8)
    assert shift.long_run and not shift.few_crossings
    slow = runs.of_sides([1] * 6 + [-1] * 6 + [1] * 6 + [-1] * 6)
    assert slow.few_crossings and not slow.long_run


@given(SIDES)
def test_both_sides_are_treated_alike(side):
    assert runs.of_sides(side) == runs.of_sides([-one for one in side])
    assert runs.of_sides(side) == runs.of_sides(side[::-1])


# What can show


@pytest.mark.parametrize("points", range(1, 13))
def test_what_can_signal_is_what_some_order_signals(points):
    """Every order of a chart about its own median, by brute force; odd numbers of useful points come from ties."""
    found = [runs.of_sides(side) for side in product([1, -1], repeat=points) if sum(side) in (0, 1, -1)]
    can = runs.attainable(points)
    assert can.long_run == any(one.long_run for one in found)
    assert can.few_crossings == any(one.few_crossings for one in found)


@pytest.mark.parametrize(("baseline", "after"), [(6, 3), (6, 5), (8, 4), (4, 6)])
def test_with_a_baseline_what_can_signal_is_what_some_order_signals(baseline, after):
    orders = product((b for b in product([1, -1], repeat=baseline) if sum(b) == 0), product([1, -1], repeat=after))
    found = [runs.of_sides(before + later) for before, later in orders]
    can = runs.attainable(baseline, after)
    assert can.long_run == any(one.long_run for one in found)
    assert can.few_crossings == any(one.few_crossings for one in found)


def test_silence_of_a_short_chart_says_nothing():
    assert not any(runs.attainable(points).any for points in range(9))
    assert runs.attainable(9).few_crossings and runs.points_needed() == 9 and runs.points_needed(7) == 2
    assert not any(runs.attainable(points).long_run for points in range(16)) and runs.attainable(16).long_run


@given(SIDES.filter(len), st.sampled_from([1, -1]))
def test_points_to_speak_is_the_first_number_that_signals(baseline, side):
    needed = runs.points_to_speak(baseline, side)
    assert runs.of_sides(baseline + [side] * needed).signal
    assert not any(runs.of_sides(baseline + [side] * fewer).signal for fewer in range(1, needed))
    if not runs.of_sides(baseline).signal:  # a baseline's own long run is one no longer when the chart grows
        assert all(runs.of_sides(baseline + [side] * more).signal for more in range(needed, needed + 12))


def test_without_a_baseline_nothing_can_be_waited_for():
    assert runs.points_to_speak([], 1) is None


# False alarms


@pytest.mark.parametrize("points", [2, 5, 8, 9, 10, 11, 12, 14])
def test_the_rate_of_false_alarms_is_exact(points):
    orders = [
        [1 if place in above else -1 for place in range(points)] for above in map(set, combinations(range(points), points // 2))
    ]
    share = np.mean([runs.of_sides(side).signal for side in orders])
    assert runs.false_alarm_rate(points) == pytest.approx(share, abs=1e-12)


def test_the_rate_at_24_points_is_the_measured_one():
    assert runs.false_alarm_rate(24) == pytest.approx(0.03, abs=0.005)
    assert runs.false_alarm_rate(0) == runs.false_alarm_rate(1) == 0


@given(st.integers(2, 120))
def test_where_nothing_can_show_there_are_no_false_alarms(points):
    assert 0 <= runs.false_alarm_rate(points) < 0.08
    assert (runs.false_alarm_rate(points) > 0) == runs.attainable(points).any
