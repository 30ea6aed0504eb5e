"""False alarms and false adoptions: the fast simulation does what the single calls do, and comes out where theory says."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.evaluation import charts, rates
from cyclebook.evaluation.comparison import school_means
from cyclebook.evaluation.decide import ChartLook, ComparisonLook, Evidence, decide
from cyclebook.measures import runs
from cyclebook.parameters.plan_model import Rule


@given(st.lists(st.lists(st.sampled_from([1, 0, -1]), min_size=12, max_size=12), min_size=1, max_size=20))
def test_rows_are_judged_as_single_series_are(rows):
    side = np.array(rows, dtype=np.int8)
    assert runs.signals(side).tolist() == [runs.of_sides(row[row != 0]).signal for row in side]


@pytest.mark.parametrize("points", [12, 20, 24, 36])
def test_without_ties_and_limits_the_rate_is_the_exact_one(points):
    rate = rates.false_alarms("xmr", (1.0,) * points, 0.0, limits=False, decimals=9, replicates=20000)
    assert rate == pytest.approx(runs.false_alarm_rate(points), abs=0.005)


@pytest.mark.parametrize("kind", ["xmr", "p", "u", "c", "p'", "u'"])
@pytest.mark.parametrize("freeze", [None, 12])
def test_limits_are_those_of_the_chart(kind, freeze):
    """The limits of each simulated chart are those that the chart's own function gives."""
    n = np.array([20.0 + place % 5 for place in range(20)])
    values = rates._draw(np.random.default_rng(1), kind, n, 0.4, 0.3, 30)
    middle, sigma = rates._limits(kind, values, n, freeze or 20)
    sigma = np.broadcast_to(sigma, values.shape)
    for row, centre, one in zip(values, middle, sigma, strict=True):
        ratio = kind in charts.NEED_SIZES
        chart = charts.control_chart(kind, range(20), row * n if ratio else row, n if ratio else None, freeze=freeze)
        points = chart.points
        assert points["centre"][0] == pytest.approx(centre)
        inside = (points["lower"] > 0) | (kind == "xmr")
        np.testing.assert_allclose((points["centre"] - points["lower"])[inside], 3 * one[inside], rtol=1e-9)


def test_the_measured_rates_of_noise_at_24_points():
    assert rates.false_alarms("xmr", (1.0,) * 24, 0.0, decimals=9) == pytest.approx(0.10, abs=0.02)
    assert rates.false_alarms("xmr", (1.0,) * 24, 0.0, limits=False, decimals=9) == pytest.approx(0.03, abs=0.01)


def test_the_same_seed_gives_the_same_rate_and_another_one_nearly_the_same():
    sizes = (25.0,) * 30
    first = rates.false_alarms("p", sizes, 0.6, 20, multiply=100, decimals=0)
    rates.false_alarms.cache_clear()
    assert rates.false_alarms("p", sizes, 0.6, 20, multiply=100, decimals=0) == first
    assert rates.false_alarms("p", sizes, 0.6, 20, multiply=100, decimals=0, seed=5) == pytest.approx(first, abs=0.03)


def test_where_nothing_can_show_there_are_no_false_alarms():
    assert rates.false_alarms("xmr", (1.0,) * 8, 0.0, limits=False, decimals=9) == 0
    assert rates.false_alarms("p", (20.0,), 0.5) == 0


# Adoptions

RULE = Rule("heard", "chart", 1.0, 6, None)


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("truth", [0.0, 1.0])
def test_the_rule_is_played_through_as_it_is(better, truth):
    """The same draws, judged one by one by ``decide``, give exactly the same share."""
    baseline, looks, replicates, sign = 10, (5, 8, 12), 300, 1 if better == "higher" else -1
    rate = rates.adoptions_by_chart(1.0, 6, better, baseline, looks, 1.0, truth, seed=7, replicates=replicates)
    values = np.random.default_rng(7).normal(0.0, 1.0, (replicates, baseline + 12))
    values[:, baseline:] += sign * truth
    values = np.round(values, 1) + 0.0
    adopted = 0
    for row in values.tolist():
        days = (ChartLook(date(2025, 9, 1) + timedelta(n), tuple(row[:baseline]), tuple(row[baseline : baseline + n])) for n in looks)
        adopted += decide(RULE, Evidence(better, 3, tuple(days))).decision == "adopt"
    assert rate == adopted / replicates


def test_the_rule_by_comparison_is_played_through_as_it_is():
    rule, looks, replicates = Rule("heard", "comparison", 2.0, 4, 0.8), (3, 5, 9), 300
    rate = rates.adoptions_by_comparison(2.0, 0.8, 4, 2, 5, 10, looks, 3.0, 1.0, 2.0, seed=7, replicates=replicates)
    rng = np.random.default_rng(7)
    own = rng.normal(0, 1.0, (replicates, 7)) - rng.normal(0, 3.0 / np.sqrt(10), (replicates, 7))
    own[:, :2] += 2.0
    later = rng.normal(0, 3.0, (replicates, 7, 9))
    adopted = 0
    for row, points in zip(own, later, strict=True):
        evidence = []
        for count in looks:
            moved = row + points[:, :count].mean(axis=1)
            effect = school_means([0.0] * 7, moved, [True] * 2 + [False] * 5)
            evidence.append(ComparisonLook(date(2025, 9, 1) + timedelta(count), effect, count))
        adopted += decide(rule, Evidence("higher", 3, tuple(evidence))).decision == "adopt"
    assert rate == adopted / replicates


def test_more_change_is_adopted_more_often_and_nothing_seldom():
    shares = [rates.adoptions_by_chart(1.0, 6, "higher", 20, (8, 12), 1.0, truth) for truth in (-1.0, 0.0, 1.0, 2.0, 4.0)]
    assert shares == sorted(shares) and shares[1] < 0.02 and shares[-1] > 0.8
    shares = [rates.adoptions_by_comparison(2.0, 0.9, 4, 4, 6, 20, (5, 9), 4.0, 1.0, truth) for truth in (-2.0, 0.0, 2.0, 4.0, 9.0)]
    assert shares == sorted(shares) and shares[1] < 0.02 and shares[-1] > 0.95


def test_what_cannot_be_decided_is_never_adopted():
    assert rates.adoptions_by_chart(1.0, 6, "higher", 5, (12,), 1.0, 9.0) == 0
    assert rates.adoptions_by_chart(1.0, 6, "higher", 20, (), 1.0, 9.0) == 0
    assert rates.adoptions_by_chart(1.0, 13, "higher", 20, (12,), 1.0, 9.0) == 0
    assert rates.adoptions_by_comparison(1.0, 0.9, 4, 1, 1, 20, (9,), 1.0, 1.0, 9.0) == 0
