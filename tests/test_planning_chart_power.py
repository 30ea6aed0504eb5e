"""What it takes to show on a run chart: the same tests as the evaluation's, and four changes of that size in five are found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.measures import runs
from cyclebook.planning import chart_power
from cyclebook.planning.detectable import change_of_means


@pytest.mark.parametrize(("before", "after"), [(22, 12), (10, 10), (16, 24)])
def test_a_change_of_that_size_shows_four_times_in_five(before, after):
    """By other numbers than those from which the size was found, and by the evaluation's own code, row by row."""
    change = chart_power.change_on_chart(before, after)
    rng = np.random.default_rng(7)
    shown = 0
    for _ in range(2000):
        points = rng.standard_normal(before + after) + change * (np.arange(before + after) >= before)
        centre = float(np.median(points[:before]))
        signal = runs.runs(points, centre).signal and not runs.runs(points[:before], centre).signal
        shown += signal and np.median(points[before:]) > centre
    assert shown / 2000 == pytest.approx(0.8, abs=0.035)


def test_a_chart_asks_for_more_than_averages_do():
    for before, after in ((22, 12), (10, 10), (30, 16)):
        assert chart_power.change_on_chart(before, after) > 1.2 * change_of_means(before, after, 1.0)


def test_with_few_points_no_change_shows():
    assert chart_power.change_on_chart(22, 4) is None
    needed = chart_power.fewest_after(22)
    assert chart_power.change_on_chart(22, needed - 1) is None and chart_power.change_on_chart(22, needed) is not None
    assert chart_power.power(22, 12, 0.0) < 0.06, "with no change at all a signal for the better is rare"


@given(st.integers(6, 30), st.integers(1, 40), st.floats(0, 3), st.floats(0, 3))
def test_a_larger_change_shows_more_often(before, after, one, other):
    low, high = sorted((one, other))
    assert chart_power.power(before, after, low) <= chart_power.power(before, after, high) + 0.02


def test_the_same_call_gives_the_same_number():
    chart_power.change_on_chart.cache_clear()
    first = chart_power.change_on_chart(22, 12)
    chart_power.change_on_chart.cache_clear()
    assert chart_power.change_on_chart(22, 12) == first


@pytest.mark.parametrize(("before", "after"), [(1, 5), (8, 0)])
def test_too_few_points_say_so(before, after):
    with pytest.raises(ValueError, match=f"{before} and {after}"):
        chart_power.change_on_chart(before, after)
