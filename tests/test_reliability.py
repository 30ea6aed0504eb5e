"""Alpha, omega and item-rest correlations on tables that can be worked by hand; the real ones are among the reference cases."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.climate.reliability import alpha, feldt, one_factor, reliability

NAN = math.nan
# variances 1, covariance .5: the sum of both items has variance 3
TWO = pd.DataFrame({"a": [1.0, 1.0, 2.0, 3.0, 3.0], "b": [2.0, 1.0, 1.0, 2.0, 3.0]})


def table(loadings, uniques) -> pd.DataFrame:
    names = list("abcdefgh")[: len(loadings)]
    return pd.DataFrame(np.outer(loadings, loadings) + np.diag(uniques), names, names)


def test_alpha_by_hand():
    # var a = 1, var b = .7, cov = .5: 2/1 (1 - 1.7/2.7)
    assert reliability(TWO).alpha_listwise == pytest.approx(2 * (1 - 1.7 / 2.7))
    assert alpha(pd.DataFrame([[1.0, 0.5], [0.5, 1.0]])) == pytest.approx(2 / 3)


def test_answers_are_reversed_before_anything_else():
    turned = reliability(TWO.assign(b=4 - TWO["b"]), ["b"], 1, 3)
    assert turned.alpha_listwise == pytest.approx(reliability(TWO).alpha_listwise)
    assert turned.score_mean == pytest.approx(reliability(TWO).score_mean)
    assert reliability(TWO.assign(b=4 - TWO["b"])).alpha_listwise < 0  # not reversed: it stays negative and is not hidden


def test_pairwise_uses_every_pair_and_listwise_complete_rows_only():
    items = pd.concat([TWO, pd.DataFrame({"a": [NAN, 5.0, NAN], "b": [3.0, NAN, NAN]})], ignore_index=True)
    found = reliability(items, minimum_answered=1)
    assert found.n_listwise == 5 and found.n_scored == 7
    assert found.alpha_listwise == pytest.approx(reliability(TWO).alpha_listwise)
    a, b, both = items["a"].var(), items["b"].var(), 0.5
    assert found.alpha_pairwise == pytest.approx(2 * (1 - (a + b) / (a + b + 2 * both)))
    assert found.alpha_pairwise_feldt == pytest.approx(feldt(found.alpha_pairwise, 8, 2))  # n: all rows of the table
    assert found.alpha_listwise_feldt == pytest.approx(feldt(found.alpha_listwise, 5, 2))


def test_scores_need_the_minimum_answered():
    items = pd.DataFrame({"a": [1.0, 2.0, NAN], "b": [3.0, NAN, NAN], "c": [5.0, NAN, 4.0]})
    assert reliability(items).n_scored == 1  # more than half of three
    found = reliability(items, minimum_answered=1)
    assert (found.n_scored, found.score_mean, found.score_sd) == (3, 3.0, 1.0)


def test_feldt_widens_with_fewer_persons_and_holds_the_estimate():
    wide, narrow = feldt(0.8, 20, 5), feldt(0.8, 200, 5)
    assert wide[0] < narrow[0] < 0.8 < narrow[1] < wide[1] < 1
    assert feldt(0.0, 21, 2) == pytest.approx((1 - 2.4645, 1 - 1 / 2.4645), abs=1e-4)  # F(.975; 20, 20) = 2.4645


@given(st.lists(st.floats(0.3, 2.0), min_size=3, max_size=7), st.data())
def test_omega_of_covariances_that_one_factor_explains_is_theirs(loadings, data):
    uniques = data.draw(st.lists(st.floats(0.3, 3.0), min_size=len(loadings), max_size=len(loadings)))
    found = one_factor(table(loadings, uniques), 100)
    assert found.converged and not found.heywood
    assert found.omega == pytest.approx(sum(loadings) ** 2 / (sum(loadings) ** 2 + sum(uniques)), abs=1e-5)
    assert found.loadings.to_numpy() == pytest.approx(loadings, abs=1e-3)


@given(st.integers(0, 10**6))
def test_no_other_model_nearby_fits_better(seed):
    rng = np.random.default_rng(seed)
    items = pd.DataFrame(rng.normal(size=(60, 5)) + rng.normal(size=(60, 1))).rename(columns=str)
    covariance = items.cov()
    found = one_factor(covariance, 60)
    if not found.converged:
        return

    def misfit(loadings, uniques):
        model = np.outer(loadings, loadings) + np.diag(uniques)
        return np.linalg.slogdet(model)[1] + np.trace(covariance.to_numpy() @ np.linalg.inv(model))

    best = misfit(found.loadings, found.uniques)
    for _ in range(20):
        away = rng.normal(scale=0.02, size=(2, 5))
        assert misfit(found.loadings + away[0], found.uniques + away[1]) >= best - 1e-9


def test_a_heywood_case_is_named():
    # three items: loading a = sqrt(.7 x .6 / .3) = 1.18, so a's own share is 1 - 1.4
    items = pd.DataFrame([[1, 0.7, 0.6], [0.7, 1, 0.3], [0.6, 0.3, 1]], list("abc"), list("abc"))
    found = one_factor(items, 100)
    assert found.converged and found.heywood == ("a",)
    assert found.uniques["a"] == pytest.approx(-0.4, abs=1e-6)


def test_a_likelihood_without_an_end_gives_no_omega_and_names_the_item():
    rng = np.random.default_rng(1)
    endless = 0
    for _ in range(40):
        items = pd.DataFrame(rng.normal(size=(30, 4)), columns=list("abcd"))
        found = reliability(items)
        if not found.converged:
            endless += 1
            assert math.isnan(found.omega_total_cfa_listwise) and found.heywood
    assert endless


@pytest.mark.parametrize("items", [
    pd.DataFrame(),
    pd.DataFrame({"a": [NAN, NAN]}),
    pd.DataFrame({"a": [1.0, 2.0, 3.0]}),
    pd.DataFrame({"a": [1.0, NAN, 3.0], "b": [NAN, 2.0, 3.0], "c": [1.0, 2.0, NAN]}),
    pd.DataFrame({"a": [0.1] * 5, "b": [0.1] * 5, "c": [0.1] * 5}),
    pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, 1.0]}),
])  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_what_cannot_be_known_is_nan_and_nothing_breaks(items):
    found = reliability(items)
    assert all(math.isnan(number) for number in (found.alpha_listwise, *found.alpha_listwise_feldt, found.omega_total_cfa_listwise))
    assert not found.converged and set(found.item_rest_r_listwise) == set(items)


def test_an_item_that_all_answer_alike_is_named_and_left_out():
    found = reliability(TWO.assign(c=4.0))
    assert found.without_variance == ("c",)
    assert found.alpha_listwise == pytest.approx(reliability(TWO).alpha_listwise)
    assert math.isnan(found.item_rest_r_listwise["c"])
    assert found.item_rest_r_listwise["a"] == pytest.approx(TWO.corr().iloc[0, 1])


@given(st.integers(0, 10**6), st.floats(-3, 3), st.floats(0.1, 5))
def test_units_change_nothing(seed, shift, stretch):
    rng = np.random.default_rng(seed)
    items = pd.DataFrame(rng.normal(size=(40, 4)) + 1.5 * rng.normal(size=(40, 1)), columns=list("abcd"))
    one, other = reliability(items), reliability(shift + stretch * items)
    assert other.alpha_listwise == pytest.approx(one.alpha_listwise, abs=1e-9)
    assert other.omega_total_cfa_listwise == pytest.approx(one.omega_total_cfa_listwise, abs=1e-5, nan_ok=True)
    assert other.item_rest_r_listwise == pytest.approx(one.item_rest_r_listwise, abs=1e-9)


@pytest.mark.parametrize(("options", "says"), [
    ({"reverse": ["z"], "low": 1, "high": 5}, "z is not in the table"),
    ({"reverse": ["a"]}, "give low and high"),
    ({"minimum_answered": 3}, "from 1 to 2"),
])  # fmt: skip
def test_a_call_that_cannot_be_meant_says_so(options, says):
    with pytest.raises(ValueError, match=says):
        reliability(TWO, **options)


def test_an_item_that_stands_twice_is_an_error():
    with pytest.raises(ValueError, match="a stands twice"):
        reliability(pd.DataFrame([[1, 2], [2, 1]], columns=["a", "a"]))
