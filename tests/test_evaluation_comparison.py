"""Difference in differences: published numbers, coverage by simulation, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cyclebook.evaluation.comparison import LEAST_DF, school_means, two_way_fixed_effects
from tests.test_measures_runs import case

CHANGES = st.lists(st.integers(-200, 200).map(lambda n: n / 10), min_size=2, max_size=8)


def effect(ours, theirs, **options):
    changes = [*ours, *theirs]
    return school_means([50.0] * len(changes), [50 + change for change in changes], [True] * len(ours) + [False] * len(theirs), **options)


# Panels


def donations(shared) -> pd.DataFrame:
    table = pd.read_csv(shared / "cases" / "data" / "organ_donations.csv")
    return table.assign(treated=((table["State"] == "California") & (table["Quarter_Num"] > 3)).astype(int))


def test_organ_donations_give_the_published_effect(shared):
    found, published, table = case(shared, "did_organ_donations_twfe"), {}, donations(shared)
    published, tolerance = found["expected"], found["tolerance"]
    panel = two_way_fixed_effects(table["State"], table["Quarter"], table["Rate"], table["treated"])
    assert panel.estimate == pytest.approx(published["att"], abs=tolerance["att_abs"])
    assert panel.standard_error == pytest.approx(published["se_crv1"], rel=tolerance["se_rel"])
    assert panel.p == pytest.approx(published["p"], rel=0.15)
    assert (panel.units, panel.treated_units, panel.df, panel.n) == (27, 1, 26, 162)


def test_with_one_treated_unit_the_rank_among_placebos_is_far_more_modest(shared):
    table = donations(shared)
    panel = two_way_fixed_effects(table["State"], table["Quarter"], table["Rate"], table["treated"])
    assert panel.placebo_p == pytest.approx(0.185, abs=0.001) and panel.smallest_p == pytest.approx(1 / 27)
    assert len(panel.placebo) == 27 and panel.placebo[0] == panel.estimate


def test_a_panel_with_holes_gives_the_effect_that_least_squares_gives():
    rng = np.random.default_rng(3)
    unit, time = np.repeat(np.arange(8), 6), np.tile(np.arange(6), 8)
    treated = ((unit < 3) & (time >= 3)).astype(float)
    outcome = unit * 1.3 - time * 0.4 + 2.0 * treated + rng.normal(0, 0.5, 48)
    keep = rng.random(48) > 0.25
    unit, time, treated, outcome = unit[keep], time[keep], treated[keep], outcome[keep]
    design = np.column_stack([np.eye(8)[unit], np.eye(6)[time][:, 1:], treated])
    assert two_way_fixed_effects(unit, time, outcome, treated).estimate == pytest.approx(np.linalg.lstsq(design, outcome, rcond=None)[0][-1])


def test_two_units_and_times_give_the_difference_of_differences():
    panel = two_way_fixed_effects(["a", "a", "b", "b"], [0, 1, 0, 1], [1.0, 5.0, 2.0, 3.0], [0, 1, 0, 0])
    assert panel.estimate == pytest.approx((5 - 1) - (3 - 2))


@pytest.mark.parametrize(("changes", "message"), [
    ({"treated": [0, 0, 0, 0]}, "cannot be told"),
    ({"treated": [0, 1, 0, 1]}, "cannot be told"),
    ({"treated": [1, 1, 0, 0]}, "cannot be told"),
    ({"outcome": [1.0, math.nan, 2.0, 3.0]}, "must be numbers"),
    ({"time": [0, 1, 0]}, "same length"),
    ({"unit": ["a", "a", "a", "a"]}, "two units"),
])  # fmt: skip
def test_panels_that_hold_no_comparison_are_refused(changes, message):
    columns = {"unit": ["a", "a", "b", "b"], "time": [0, 1, 0, 1], "outcome": [1.0, 5.0, 2.0, 3.0], "treated": [0, 1, 0, 0]} | changes
    with pytest.raises(ValueError, match=message):
        two_way_fixed_effects(**columns)


# School means


@given(CHANGES, CHANGES)
def test_it_is_the_pooled_two_sample_t(ours, theirs):
    found = effect(ours, theirs)
    assert found.estimate == pytest.approx(np.mean(ours) - np.mean(theirs), abs=1e-9)
    assert (found.df, found.treated, found.comparison) == (len(ours) + len(theirs) - 2, len(ours), len(theirs))
    if found.rests and found.standard_error > 1e-6:
        peer = stats.ttest_ind(ours, theirs)
        low, high = peer.confidence_interval()
        assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6, abs=1e-6)
        assert found.beyond(0) == pytest.approx(stats.t.cdf(peer.statistic, found.df), abs=1e-6)


@given(CHANGES, CHANGES, st.floats(-10, 10), st.floats(0, 5))
def test_probabilities_fall_with_the_threshold_and_turn_with_the_sign(ours, theirs, threshold, more):
    found, turned = effect(ours, theirs), effect([-one for one in ours], [-one for one in theirs])
    if found.rests and found.standard_error > 1e-6:
        assert found.beyond(threshold) >= found.beyond(threshold + more) - 1e-12
        assert turned.beyond(-threshold) == pytest.approx(1 - found.beyond(threshold), abs=1e-9)


def test_with_too_few_schools_there_is_no_range_and_no_probability():
    for theirs in ([1.0], [1.0, 2.0], [1.0, 2.0, 3.0]):
        found = effect([4.0], theirs)
        assert found.df < LEAST_DF and not found.rests
        assert math.isnan(found.low) and math.isnan(found.high) and math.isnan(found.beyond(0))
        assert found.estimate == pytest.approx(4.0 - np.mean(theirs))
    assert effect([4.0], [1.0, 2.0, 3.0, 4.0]).rests


def test_schools_that_all_move_alike_have_no_probability():
    assert not effect([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]).rests


@pytest.mark.parametrize(("treated", "comparison"), [(1, 4), (1, 8), (3, 3), (4, 6)])
def test_the_interval_holds_the_truth_as_often_as_it_says(treated, comparison):
    """Normal changes of one spread; 2,000 districts, so within about 1.5 points."""
    rng = np.random.default_rng(20)
    held, wrong = 0, 0
    for _ in range(2000):
        found = effect(rng.normal(3, 2, treated), rng.normal(0, 2, comparison))
        held += found.low <= 3 <= found.high
        wrong += found.beyond(3) >= 0.9
    assert 0.935 <= held / 2000 <= 0.965
    assert wrong / 2000 == pytest.approx(0.1, abs=0.025)


@pytest.mark.parametrize(("before", "after", "treated", "message"), [
    ([1.0, 2.0], [1.0, 2.0], [True, True], "one comparison school"),
    ([1.0, 2.0], [1.0, 2.0], [False, False], "one treated"),
    ([1.0, math.nan], [1.0, 2.0], [True, False], "before and after"),
    ([1.0, 2.0], [1.0, 2.0], [True], "same length"),
])  # fmt: skip
def test_groups_that_cannot_be_compared_are_refused(before, after, treated, message):
    with pytest.raises(ValueError, match=message):
        school_means(before, after, treated)
