"""The smallest change that could be seen: published values, exact power, and limits that explain themselves."""

from __future__ import annotations

import ast
import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cyclebook.evaluation import comparison
from cyclebook.planning import detectable

DESIGNS = {
    "MDES_RA": (detectable.individual, {"N": "people"}),
    "MDES_CL": (detectable.cluster, {"N": "people", "g": "clusters", "rho": "icc"}),
    "MDES_DID": (detectable.difference_in_differences, {"N": "people", "theta": "theta"}),
    "MDES_MCG_CL": (detectable.matched_clusters, {"N": "people", "g": "clusters", "rho": "icc", "R_sq_xt": "r2_time"}),
}
OUTCOMES = {"sigma_y": "sd", "mean_y": "share"}


def test_the_values_of_mathematicas_mdes_package(shared):
    with open(shared / "cases" / "expected" / "mdes_mathematica.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 14 and {row["call"].split("(")[0] for row in rows} == set(DESIGNS)
    for row in rows:
        call = ast.parse(row["call"], mode="eval").body
        given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
        design, names = DESIGNS[call.func.id]
        found = design(**{names[name]: value for name, value in given.items() if name in names})
        if row["id"] == "MDES_raw_units":
            found = detectable.raw_units(found, **{OUTCOMES[name]: value for name, value in given.items() if name in OUTCOMES})
        assert found == pytest.approx(float(row["value"]), rel=1e-5), row["call"]


@given(st.integers(3, 60), st.integers(3, 60), st.floats(0.1, 20))
def test_a_change_of_that_size_is_found_four_times_in_five(before, after, sd):
    """The power of the two-sided t test at that true change, by the noncentral t: about .8 from few points up."""
    change = detectable.change_of_means(before, after, sd)
    df = before + after - 2
    shift = change / (sd * math.sqrt(1 / before + 1 / after))
    limit = stats.t.ppf(0.975, df)
    assert stats.nct.sf(limit, df, shift) == pytest.approx(0.8, abs=0.015)


def test_two_surveys_of_one_size_are_a_test_of_two_groups():
    assert detectable.change_of_means(40, 40, 1.0) == pytest.approx(detectable.individual(80))
    assert detectable.change_of_means(20, 20, 0.8) == pytest.approx(0.8 * detectable.change_of_means(20, 20, 1.0))


@given(st.integers(4, 200), st.integers(1, 50))
def test_more_people_and_a_narrower_spread_show_smaller_changes(people, more):
    assert detectable.individual(people + more) < detectable.individual(people)
    assert detectable.individual(people, r2=0.5) < detectable.individual(people)
    assert detectable.individual(people, treated=0.2) > detectable.individual(people)
    assert detectable.cluster(people * 10, people, 0.0) >= detectable.individual(people * 10)
    assert detectable.cluster(people * 10, people, 0.2) > detectable.cluster(people * 10, people, 0.1)


def test_schools_together_are_seen_better_than_one():
    one = detectable.change_of_means(20, 10, 2.0)
    error = 2.0 * math.sqrt(1 / 20 + 1 / 10)
    assert detectable.change_of_schools([error], 28) == pytest.approx(one)
    assert detectable.change_of_schools([error] * 4, 112) == pytest.approx(detectable.multiplier(112) * error / 2)
    beside = detectable.change_of_schools([error] * 4, 6, [error] * 4)
    assert beside == pytest.approx(detectable.multiplier(6) * error / math.sqrt(2))


def test_by_simulation_schools_beside_others_as_the_verdict_compares_them():
    """Four schools and five others, 20 points before and 10 after, a true change of the size that is named; t with schools − 2."""
    rng = np.random.default_rng(20251121)
    sds, others, before, after, tries = [1.0, 2.0, 1.5, 2.0], [1.0, 2.0, 2.0, 1.0, 1.5], 20, 10, 4000
    errors = [sd * math.sqrt(1 / before + 1 / after) for sd in (*sds, *others)]
    true = detectable.change_of_schools(errors[:4], 7, errors[4:])
    changes = rng.normal(0, errors, (tries, 9)) + true * (np.arange(9) < 4)
    found = [comparison.school_means(np.zeros(9), row, np.arange(9) < 4) for row in changes]
    assert np.mean([effect.low > 0 or effect.high < 0 for effect in found]) == pytest.approx(0.8, abs=0.025)


@pytest.mark.parametrize(("worthwhile", "probability"), [(1.0, 0.9), (0.5, 0.8)])
def test_by_simulation_the_rule_adopts_such_a_change_four_times_in_five(worthwhile, probability):
    """One look at four schools and five others, by the evaluation's own comparison."""
    rng = np.random.default_rng(20251121)
    error, tries = 0.8, 4000
    true = detectable.change_to_adopt([error] * 4, 7, [error] * 5, worthwhile, probability)
    changes = rng.normal(0, error, (tries, 9)) + true * (np.arange(9) < 4)
    found = [comparison.school_means(np.zeros(9), row, np.arange(9) < 4) for row in changes]
    assert np.mean([effect.beyond(worthwhile) >= probability for effect in found]) == pytest.approx(0.8, abs=0.025)


@given(st.floats(0.1, 20), st.floats(0.1, 5), st.sampled_from([0.6, 0.8, 0.9, 0.95]))
def test_a_rule_asks_for_more_than_what_is_worth_having(worthwhile, error, probability):
    errors = [error] * 3
    change = detectable.change_to_adopt(errors, 4, errors, worthwhile, probability)
    spread = error * math.sqrt(2 / 3)
    assert change == pytest.approx(worthwhile + (stats.t.ppf(probability, 4) + stats.t.ppf(0.8, 4)) * spread)
    assert detectable.change_to_adopt(errors, 4, errors, worthwhile, 0.975) == pytest.approx(
        worthwhile + detectable.change_of_schools(errors, 4, errors)
    ), "as sure as a two-sided test at 5 % is of more than nothing"


@pytest.mark.parametrize(("call", "message"), [
    (lambda: detectable.change_to_adopt([1.0], 5, [], 1, 0.9), "on each side"),
    (lambda: detectable.change_to_adopt([1.0], 0, [1.0], 1, 0.9), "more schools"),
    (lambda: detectable.change_to_adopt([1.0], 5, [1.0], 1, 1.0), "probability: 1.0"),
    (lambda: detectable.multiplier(0), "degrees of freedom"),
    (lambda: detectable.multiplier(10, alpha=1.0), "alpha: 1.0"),
    (lambda: detectable.multiplier(10, power=0.4), "power: 0.4"),
    (lambda: detectable.individual(2), "more units are needed"),
    (lambda: detectable.individual(20, treated=1.0), "treated: 1.0"),
    (lambda: detectable.individual(20, r2=1.0), "r2: 1.0"),
    (lambda: detectable.cluster(20, 2, 0.1), "more units are needed"),
    (lambda: detectable.cluster(20, 30, 0.1), "30 groups of 20 people"),
    (lambda: detectable.cluster(200, 10, -0.1), "icc: -0.1"),
    (lambda: detectable.difference_in_differences(20, theta=1.0), "theta: 1.0"),
    (lambda: detectable.matched_clusters(200, 10, 0.1, r2_time=1.5), "r2_time: 1.5"),
    (lambda: detectable.raw_units(0.2), "either sd"),
    (lambda: detectable.raw_units(0.2, sd=1, share=0.5), "either sd"),
    (lambda: detectable.raw_units(0.2, share=1.2), "share: 1.2"),
    (lambda: detectable.raw_units(0.2, sd=-1), "negative"),
    (lambda: detectable.change_of_means(0, 5, 1), "at least one on each side"),
    (lambda: detectable.change_of_means(1, 1, 1), "more units are needed"),
    (lambda: detectable.change_of_schools([], 5), "no school"),
    (lambda: detectable.change_of_schools([1.0, 1.0], 0), "degrees of freedom"),
])  # fmt: skip
def test_what_cannot_be_answered_says_why(call, message):
    with pytest.raises(ValueError, match=message):
        call()
