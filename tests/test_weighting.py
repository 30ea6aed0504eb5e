"""Weights and their standard errors: by hand, by property, and against R's survey package and Rrepest."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cyclebook.climate.weighting import (
    fay_scale, jackknife_scale, jackknife_weights, kish, linearised_error, poststratify, rake, replicate_error, weighted_mean,
)  # fmt: skip

ROLE = pd.Series(["t", "t", "t", "p"], name="role")
TYPE, WIDE = {"E": 4421, "H": 755, "M": 1018}, {"No": 1072, "Yes": 5122}


def expected(shared, name: str) -> dict:
    cases = YAML(typ="safe", pure=True).load((shared / "cases" / "climate.yaml").read_text(encoding="utf-8"))["cases"]
    return next(case["expected"] for case in cases if case["id"] == name)


def test_poststratified_weights_add_up_to_the_totals():
    weights = poststratify(ROLE, {"t": 30, "p": 20})
    assert list(weights) == [10, 10, 10, 20]
    # base weights decide within a cell
    assert list(poststratify(ROLE, {"t": 30, "p": 20}, [1, 1, 2, 5])) == [7.5, 7.5, 15, 20]


CELLS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), min_size=1, max_size=40).map(
    lambda rows: [*rows, *((one, two) for one in "ab" for two in "xyz")]
)


@given(CELLS, st.integers(1, 99), st.tuples(st.integers(1, 50), st.integers(1, 50)))
def test_raking_meets_every_margin_and_keeps_what_is_odd_about_the_cells(rows, a, xy):
    margins = pd.DataFrame(rows, columns=["one", "two"])
    totals = {"one": {"a": a, "b": 101 - a}, "two": {"x": xy[0], "y": xy[1], "z": 101 - sum(xy)}}
    if totals["two"]["z"] < 1:
        return
    found = rake(margins, totals)
    assert found.converged and found.gap < 1e-7 and (found.weights > 0).all()
    for name in totals:
        assert found.weights.groupby(margins[name]).sum().to_dict() == pytest.approx(totals[name], abs=1e-6)
    # iterative proportional fitting changes no odds ratio: of weights per person, all are 1
    cell = found.weights.groupby([margins["one"], margins["two"]]).first()
    assert cell["a", "x"] * cell["b", "y"] == pytest.approx(cell["a", "y"] * cell["b", "x"], rel=1e-6)


def test_margins_that_no_weights_can_meet_are_said_not_to_be_met():
    # everyone in a is in x and everyone in b in y: a's total must be x's
    margins = pd.DataFrame({"one": ["a", "b"], "two": ["x", "y"]})
    found = rake(margins, {"one": {"a": 5, "b": 5}, "two": {"x": 4, "y": 6}}, most_rounds=20)
    assert not found.converged and found.rounds == 20 and found.gap == pytest.approx(1)


@pytest.mark.parametrize(("cells", "totals", "base", "says"), [
    (ROLE, {"t": 30}, None, "no total for 'p'"),
    (ROLE, {"t": 30, "p": 20, "c": 5}, None, "nobody stands in 'c'"),
    (ROLE, {"t": 30, "p": 0}, None, "total of 'p' is 0"),
    (ROLE, {"t": 30, "p": math.nan}, None, "total of 'p' is nan"),
    (ROLE.where(ROLE != "p"), {"t": 30}, None, "1 persons have no role"),
    (ROLE, {"t": 30, "p": 20}, [1, 1, 0, 1], "not above 0"),
])  # fmt: skip
def test_what_cannot_be_weighted_is_an_error_that_names_it(cells, totals, base, says):
    with pytest.raises(ValueError, match=says):
        poststratify(cells, totals, base)
    with pytest.raises(ValueError, match=says):
        rake(cells.to_frame("role"), {"role": totals}, base)


def test_margins_of_two_populations_are_an_error():
    margins = pd.DataFrame({"one": ["a", "b"], "two": ["x", "y"]})
    with pytest.raises(ValueError, match="make them one population"):
        rake(margins, {"one": {"a": 5, "b": 5}, "two": {"x": 4, "y": 7}})
    with pytest.raises(ValueError, match="name the same variables"):
        rake(margins, {"one": {"a": 5, "b": 5}})


def test_kish_by_hand():
    assert kish([2, 2, 2]) == (1, 3)
    assert kish([1, 3]) == pytest.approx((2 * 10 / 16, 1.6))
    assert all(math.isnan(number) for number in kish([]))


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=30))
def test_kish_never_gains_persons(weights):
    effect, effective = kish(weights)
    assert 1 - 1e-9 <= effect and effective <= len(weights) + 1e-9
    assert effect * effective == pytest.approx(len(weights))


@given(st.lists(st.integers(1, 5), min_size=2, max_size=30))
def test_with_equal_weights_the_error_is_that_of_a_plain_mean(values):
    plain = np.std(values, ddof=1) / math.sqrt(len(values))
    assert linearised_error(values, np.ones(len(values))) == pytest.approx(plain)
    # each person left out once comes to the same, and all of a population have no error
    jackknife = replicate_error(values, np.ones(len(values)), jackknife_weights(np.ones(len(values))), jackknife_scale(len(values)))
    assert jackknife == pytest.approx(plain)
    assert linearised_error(values, np.ones(len(values)), population=len(values)) == 0


@given(st.integers(0, 10**6))
def test_poststratified_error_is_that_of_a_stratified_mean(seed):
    """With one cell variable the residuals are the deviations from the cell's mean, so the variance is that within cells."""
    rng = np.random.default_rng(seed)
    cells = pd.Series(["a"] * 6 + ["b"] * 9, name="cell")
    y = rng.normal(size=15) + 3 * (cells == "a")
    weights = poststratify(cells, {"a": 40, "b": 20})
    within = sum((share**2 * ((y[cells == name] - y[cells == name].mean()) ** 2).sum() / size**2)
                 for name, share, size in (("a", 2 / 3, 6), ("b", 1 / 3, 9)))  # fmt: skip
    found = linearised_error(y, weights, margins=cells.to_frame())
    assert found == pytest.approx(math.sqrt(within * 15 / 14))


def test_the_error_cannot_be_known_from_one_cluster_and_wrong_calls_say_so():
    assert math.isnan(linearised_error([1, 2], [1, 1], cluster=["a", "a"]))
    with pytest.raises(ValueError, match="2 clusters were drawn of 1"):
        linearised_error([1, 2], [1, 1], population=1)
    with pytest.raises(ValueError, match="missing"):
        linearised_error([1, math.nan], [1, 1])
    with pytest.raises(ValueError, match="2 values and 1 weights"):
        linearised_error([1, 2], [1])


def test_replicates_by_hand():
    values, replicates = [1.0, 3.0], [[1.5, 0.5], [0.5, 1.5]]
    # means 1.5 and 2.5 about 2, scale 1/(2 x .25): variance 2 x .5
    assert replicate_error(values, [1, 1], replicates, fay_scale(2, 0.5)) == pytest.approx(1)
    assert replicate_error(values, [3, 1], replicates, fay_scale(2, 0.5)) == pytest.approx(math.sqrt(2))
    assert replicate_error(values, [3, 1], replicates, fay_scale(2, 0.5), centre="replicates") == pytest.approx(1)
    with pytest.raises(ValueError, match="use 'estimate' or 'replicates'"):
        replicate_error(values, [1, 1], replicates, 1, centre="median")
    with pytest.raises(ValueError, match="rho"):
        fay_scale(2, 1)


@pytest.fixture(scope="module")
def schools(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "survey" / "apiclus1.csv")


def test_plain_and_poststratified_cluster_sample_as_r_survey_has_it(shared, schools):
    wanted = expected(shared, "apiclus1_raking")
    y, base = schools["api00"], schools["pw"]
    drawn = {"cluster": schools["dnum"], "population": 757}
    assert weighted_mean(y, base) == pytest.approx(wanted["unraked_mean"], abs=1e-6)
    assert linearised_error(y, base, **drawn) == pytest.approx(wanted["unraked_se"], abs=1e-6)
    weights = poststratify(schools["stype"], TYPE, base)
    assert weighted_mean(y, weights) == pytest.approx(wanted["poststrat_mean"], abs=1e-6)
    found = linearised_error(y, weights, base=base, margins=schools[["stype"]], **drawn)
    assert found == pytest.approx(wanted["poststrat_se"], abs=1e-6)


def test_raked_cluster_sample_as_r_survey_has_it(shared, schools):
    """R stops as soon as no cell of the table moves by a school, here after four rounds; we go on until the margins are met."""
    wanted = expected(shared, "apiclus1_raking")
    y, base, margins = schools["api00"], schools["pw"], schools[["stype", "sch.wide"]]
    totals, drawn = {"stype": TYPE, "sch.wide": WIDE}, {"cluster": schools["dnum"], "population": 757}
    early = rake(margins, totals, base, most_rounds=4)
    assert not early.converged and early.gap < 0.05
    assert weighted_mean(y, early.weights) == pytest.approx(wanted["raked_mean"], abs=1e-6)
    assert early.weights.sum() == pytest.approx(wanted["sum_w"], abs=1e-6)
    assert kish(early.weights)[0] == pytest.approx(wanted["kish_deff"], abs=1e-6)
    assert (early.weights.min(), early.weights.max()) == pytest.approx((wanted["w_min"], wanted["w_max"]), abs=1e-6)
    found = linearised_error(y, early.weights, base=base, margins=margins, **drawn)
    assert found == pytest.approx(wanted["raked_se"], rel=1e-6)

    full = rake(margins, totals, base)
    assert full.converged
    assert weighted_mean(y, full.weights) == pytest.approx(wanted["raked_mean"], rel=1e-6)
    assert linearised_error(y, full.weights, base=base, margins=margins, **drawn) == pytest.approx(wanted["raked_se"], rel=1e-5)


def test_fays_replicates_as_rrepest_has_them(shared):
    wanted = expected(shared, "talis_rrepest_age_fay")
    teachers = pd.read_csv(shared / "data" / "talis" / "talis2018_rrepest_fra_ita_mex.csv.gz")
    age = teachers["tt3g02"].where(teachers["tt3g02"] <= 100)
    replicates = teachers[[f"trwgt{place}" for place in range(1, 101)]]
    for country, rows in teachers.groupby("cntry").groups.items():
        y, weights = age[rows], teachers.loc[rows, "tchwgt"]
        assert weighted_mean(y, weights) == pytest.approx(wanted["mean"][country], abs=1e-6)
        found = replicate_error(y, weights, replicates.loc[rows], fay_scale(100, 0.5))
        assert found == pytest.approx(wanted["se"][country], abs=1e-6)
