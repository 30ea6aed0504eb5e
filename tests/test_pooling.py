import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from cyclebook.climate.pooling import icc, mean_interval, pooled_means, steady, within_df, within_sd
from tests.studies import coverage

# three schools, two persons each: MSB = 8, MSW = 2
GROUP = ["a", "a", "b", "b", "c", "c"]
VALUE = [1.0, 3.0, 3.0, 5.0, 5.0, 7.0]

UNEQUAL = st.lists(
    st.lists(st.integers(1, 5).map(float), min_size=1, max_size=6), min_size=2, max_size=6
).filter(lambda groups: any(len(values) > 1 for values in groups))


def columns(groups: list[list[float]]) -> tuple[list[int], list[float]]:
    return [i for i, values in enumerate(groups) for _ in values], [value for values in groups for value in values]


def restricted_deviance(group: list[int], value: list[float], tau2: float, sigma2: float) -> float:
    """-2 log restricted likelihood from the full covariance matrix, as textbooks have it."""
    codes, y, one = np.asarray(group), np.asarray(value), np.ones((len(value), 1))
    v = sigma2 * np.eye(len(y)) + tau2 * (codes[:, None] == codes)
    inverse = np.linalg.inv(v)
    information = one.T @ inverse @ one
    residual = y - (np.linalg.inv(information) @ one.T @ inverse @ y).item()
    return float(np.linalg.slogdet(v)[1] + np.log(information.item()) + residual @ inverse @ residual)


def test_icc_by_mean_squares_by_hand():
    result = icc(GROUP, VALUE)
    assert result[:3] == pytest.approx((6 / 10, 6 / 8, 4.0))
    assert result.p == pytest.approx(0.14242, abs=1e-5)  # upper tail of F(2, 3) at 4: (1 + 2 * 4 / 3) ** -1.5
    assert (result.k, result.n) == (3, 6)


def test_icc_of_equal_groups_is_the_same_by_both_estimators():
    assert icc(GROUP, VALUE, "reml")[:2] == pytest.approx(icc(GROUP, VALUE)[:2], rel=1e-9)
    assert np.isnan(icc(GROUP, VALUE, "reml").F)


def test_negative_icc_stays_by_mean_squares_and_is_zero_by_reml():
    alike = [1.0, 5.0, 2.0, 5.0, 1.0, 4.0]
    assert icc(GROUP, alike).icc1 < 0
    assert icc(GROUP, alike).icc2 < 0
    assert icc(GROUP, alike, "reml")[:2] == (0.0, 0.0)


def test_icc_leaves_out_rows_without_group_or_value_and_keeps_groups_of_one():
    result = icc([*GROUP, "d", None, "e"], [*VALUE, 4.0, 4.0, np.nan])
    assert (result.k, result.n) == (4, 7)


def test_icc_reads_nullable_columns():
    frame = pd.DataFrame({"school": GROUP, "score": VALUE}).convert_dtypes()
    frame.loc[6] = ["c", pd.NA]
    assert icc(frame["school"], frame["score"]).n == 6


def test_icc_when_no_person_differs_from_their_school():
    result = icc(GROUP, [0.1 + 0.2, 0.3, 0.7, 0.7, 0.9, 0.9])
    assert result[:4] == (1.0, 1.0, np.inf, 0.0)
    assert icc(GROUP, [2.2, 2.2, 3.3, 3.3, 4.1, 4.1], "reml")[:2] == (1.0, 1.0)


def test_icc_when_no_value_differs_is_not_a_number():
    assert np.isnan(icc(GROUP, [3.3] * 6)[:4]).all()
    assert np.isnan(icc(GROUP, [3.3] * 6, "reml")[:2]).all()


@pytest.mark.parametrize("function", [icc, pooled_means])
def test_spread_between_schools_needs_two(function):
    with pytest.raises(ValueError, match="between groups needs at least 2"):
        function(["a", "a"], [1.0, 2.0])


@pytest.mark.parametrize("function", [icc, pooled_means, within_sd, within_df])
@pytest.mark.parametrize(
    ("group", "value", "says"),
    [
        ([], [], "needs at least"),
        (["a", "b"], [1.0, 2.0], r"every group \(2\) has one value"),
        (["a", "a", "b"], [1.0, 2.0, np.inf], "infinite"),
        (["a", "b"], [1.0], "group has 2 rows and value 1"),
    ],
)
def test_what_cannot_be_computed_says_why(function, group, value, says):
    with pytest.raises(ValueError, match=says):
        function(group, value)


def test_unknown_estimator_is_named():
    with pytest.raises(ValueError, match="'reml'"):
        icc(GROUP, VALUE, "ml")


def test_pooled_means_by_hand():
    pooled = pooled_means(GROUP, VALUE)  # equal sizes: tau2 = (MSB - MSW)/2
    assert pooled[:6] == pytest.approx((4.0, np.sqrt(4 / 3), 3.0, 2.0, 0.6, 0.75))
    assert pooled.shrunken.to_dict() == pytest.approx({"a": 2.5, "b": 4.0, "c": 5.5})
    assert pooled.cond_sd.to_dict() == pytest.approx(dict.fromkeys("abc", np.sqrt(0.75)))
    assert pooled.n.to_dict() == {"a": 2, "b": 2, "c": 2}


def test_pooled_means_without_spread_between_schools_are_all_the_mean():
    pooled = pooled_means(GROUP, [1.0, 5.0, 2.0, 5.0, 1.0, 4.0])
    assert (pooled.tau2, pooled.icc, pooled.mean_reliability) == (0.0, 0.0, 0.0)
    assert pooled.shrunken.tolist() == pytest.approx([3.0] * 3)
    assert pooled.cond_sd.tolist() == [0.0] * 3
    assert pooled.mu_se == pytest.approx(np.sqrt(pooled.sigma2 / 6))


def test_pooled_means_without_spread_within_schools_are_the_means():
    pooled = pooled_means(["a", "a", "b", "b", "c"], [1.0, 1.0, 2.0, 2.0, 6.0])
    assert pooled[:6] == pytest.approx((3.0, np.sqrt(7 / 3), 7.0, 0.0, 1.0, 1.0))
    assert pooled.shrunken.tolist() == [1.0, 2.0, 6.0]


def test_pooled_means_without_any_spread():
    pooled = pooled_means(GROUP, [3.3] * 6)
    assert (pooled.mu_se, pooled.tau2, pooled.sigma2) == (0.0, 0.0, 0.0)
    assert [pooled.mu, *pooled.shrunken] == pytest.approx([3.3] * 4)
    assert np.isnan(pooled.icc)


@settings(deadline=None)
@given(UNEQUAL)
def test_reml_is_at_the_top_of_the_restricted_likelihood(groups):
    group, value = columns(groups)
    pooled = pooled_means(group, value)
    if pooled.sigma2 == 0:
        assert all(len(set(values)) == 1 for values in groups)
        return
    best = restricted_deviance(group, value, pooled.tau2, pooled.sigma2)
    for tau2 in (0.0, *(np.array([0.5, 0.9, 0.999, 1.001, 1.1, 2.0]) * pooled.tau2), 0.01, 0.1, 1.0, 10.0):
        for factor in (0.5, 0.99, 1.0, 1.01, 2.0):
            assert restricted_deviance(group, value, tau2, factor * pooled.sigma2) >= best - 1e-8


@settings(deadline=None)
@given(UNEQUAL, st.floats(-1e3, 1e3), st.floats(0.01, 1e3))
def test_estimates_follow_a_change_of_units(groups, shift, unit):
    group, value = columns(groups)
    here, there = pooled_means(group, value), pooled_means(group, [shift + unit * one for one in value])
    assert there.mu == pytest.approx(shift + unit * here.mu, rel=1e-6, abs=1e-6 * unit)
    # where the likelihood is flat at 0, rounding decides how near to 0 its maximum is
    assert np.sqrt(there.tau2) == pytest.approx(unit * np.sqrt(here.tau2), rel=1e-4, abs=0.02 * unit)
    assert np.sqrt(there.sigma2) == pytest.approx(unit * np.sqrt(here.sigma2), rel=1e-6, abs=1e-6 * unit)


def test_within_sd_pools_over_schools():
    assert within_sd(["a", "a", "b", "b", "b", "c"], [1.0, 3.0, 2.0, 3.0, 4.0, 9.0]) == pytest.approx(np.sqrt(4 / 3))
    assert within_df(["a", "a", "b", "b", "b", "c"], [1.0, 3.0, 2.0, 3.0, 4.0, 9.0]) == 3


def test_within_sd_of_one_school_is_its_own():
    assert within_sd(["a", "a", None], [1.0, 3.0, 9.0]) == pytest.approx(np.sqrt(2))
    assert within_df(["a", "a", None], [1.0, 3.0, 9.0]) == 1


def test_tau2_on_the_very_edge_is_exactly_zero():
    assert pooled_means([0, 1, 1, 1], [3.0, 3.0, 9.0, 9.0]).tau2 == 0.0  # the likelihood is flat at 0


def test_mean_interval_is_students():
    assert mean_interval(4.0, 0.5, 7) == pytest.approx((4 - 0.5 * 2.364624, 4 + 0.5 * 2.364624), abs=1e-6)
    low, high = mean_interval(np.array([4.0, 4.0]), np.array([0.5, 0.5]), np.array([7, 0]), confidence=0.9)
    assert (low[0], high[0]) == pytest.approx((4 - 0.5 * 1.894579, 4 + 0.5 * 1.894579), abs=1e-6)
    assert np.isnan([low[1], high[1]]).all()
    with pytest.raises(ValueError, match="between 0 and 1"):
        mean_interval(4.0, 0.5, 7, confidence=95)


def brute_force(y: np.ndarray, v: np.ndarray, school: int, ends: pd.Series) -> list[float]:
    """The posterior probability below each of a school's four ends, from 40,001 values of tau spread evenly in its logarithm."""
    tau2 = np.geomspace(1e-6, 1e5, 40_001)[:, None] ** 2
    w = 1 / (tau2 + v)
    total = w.sum(axis=1)
    mu = w @ y / total
    log_density = 0.5 * (np.log(w).sum(axis=1) - np.log(total) - (w * (y - mu[:, None]) ** 2).sum(axis=1))
    log_density += 0.5 * np.log(tau2[:, 0])
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    pull = tau2[:, 0] * w[:, school]
    theta, theta_sd = mu + pull * (y[school] - mu), np.sqrt(pull * v[school] + (1 - pull) ** 2 / total)
    apart, apart_sd = pull * (y[school] - mu), np.sqrt(pull * v[school] + pull**2 / total)
    return [
        *(float(weight @ ndtr((ends[name] - theta) / theta_sd)) for name in ("low", "high")),
        *(float(weight @ ndtr((ends[f"difference_{name}"] - apart) / apart_sd)) for name in ("low", "high")),
    ]


@pytest.mark.parametrize("spread", [0.0, 0.2, 3.0])
@pytest.mark.parametrize("schools", [3, 6, 30])
def test_steadied_ends_are_quantiles_of_the_posterior(schools, spread):
    rng = np.random.default_rng(schools)
    v = 1 / rng.integers(3, 60, schools)
    y = rng.normal(0, spread, schools) + rng.normal(0, np.sqrt(v))
    table = steady(pd.Series(y), pd.Series(v)).schools
    for school in (0, 1, 2):
        found = brute_force(y, v, school, table.loc[school])
        assert found == pytest.approx([0.025, 0.975, 0.025, 0.975], abs=2e-5)


def test_steady_keeps_the_index_and_pulls_small_schools_more():
    names = pd.Index(["0101", "0102", "0103", "0104"], name="school_id")
    estimate = pd.Series([3.0, 3.0, 4.0, 4.0], index=names)
    schools, mu = steady(estimate, pd.Series([0.2, 0.02, 0.02, 0.2], index=names))
    assert schools.index.equals(names)
    pulled = (schools["steadied"] - estimate).abs()
    assert pulled["0101"] > pulled["0102"]
    assert pulled["0104"] > pulled["0103"]
    assert mu == pytest.approx(3.5)
    assert schools["difference"].tolist() == pytest.approx((schools["steadied"] - mu).tolist())


estimates = st.integers(3, 12).flatmap(
    lambda k: st.tuples(
        st.lists(st.floats(-5, 5), min_size=k, max_size=k), st.lists(st.floats(1e-4, 4), min_size=k, max_size=k)
    )
)


@settings(deadline=None)
@given(estimates, st.floats(-100, 100), st.floats(0.01, 100))
def test_steady_orders_its_numbers_and_follows_a_change_of_units(drawn, shift, unit):
    y, v = (pd.Series(values) for values in drawn)
    here, there = steady(y, v), steady(shift + unit * y, unit**2 * v)
    table = here.schools
    assert (table["low"] <= table["steadied"]).all()
    assert (table["steadied"] <= table["high"]).all()
    assert (table["difference_low"] <= table["difference_high"]).all()
    assert here.mu == pytest.approx(there.mu / unit - shift / unit, abs=1e-4)
    scaled = there.schools.copy() / unit
    scaled[["steadied", "low", "high"]] -= shift / unit
    np.testing.assert_allclose(scaled, table, rtol=1e-3, atol=1e-3)


@settings(deadline=None)
@given(estimates)
def test_with_equal_variances_steadied_means_lie_between_mean_and_district(drawn):
    y = pd.Series(drawn[0])
    table, mu = steady(y, pd.Series(np.full(len(y), 0.5)))
    assert mu == pytest.approx(y.mean(), abs=1e-9)
    assert ((table["steadied"] - mu).abs() <= (y - mu).abs() + 1e-9).all()


def test_steady_where_there_is_no_error_or_no_spread():
    sure = steady(pd.Series([1.0, 2.0, 4.0]), pd.Series([0.0, 0.0, 0.0])).schools
    assert sure[["steadied", "low", "high"]].to_numpy().ravel() == pytest.approx(np.repeat([1.0, 2.0, 4.0], 3), abs=1e-3)
    same = steady(pd.Series([3.3] * 4), pd.Series([0.0] * 4))
    assert same.schools[["low", "steadied", "high"]].to_numpy() == pytest.approx(3.3)
    assert same.mu == pytest.approx(3.3)
    one_sure = steady(pd.Series([3.0, 3.5, 4.0]), pd.Series([0.0, 0.1, 0.1])).schools
    assert one_sure.loc[0, ["low", "high"]].tolist() == pytest.approx([3.0, 3.0], abs=1e-3)
    assert np.isfinite(one_sure.to_numpy()).all()


@pytest.mark.parametrize(
    ("estimate", "variance", "says"),
    [
        ({"a": 1.0, "b": 2.0}, {"a": 0.1, "b": 0.1}, "at least 3 schools"),
        ({"a": 1.0, "b": 2.0, "c": np.nan}, {"a": 0.1, "b": 0.1, "c": 0.1}, "for c"),
        ({"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 0.1, "b": -0.1, "c": 0.1}, "for b"),
        ({"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 0.1, "c": 0.1, "b": 0.1}, "same index"),
    ],
)
def test_steady_says_what_it_cannot_take(estimate, variance, says):
    with pytest.raises(ValueError, match=says):
        steady(pd.Series(estimate), pd.Series(variance))


def test_steadied_intervals_cover_where_plain_ones_do_not():
    rng = np.random.default_rng(5)
    held = pd.DataFrame([coverage.coverage(rng, schools=24, icc=0.05) for _ in range(150)]).mean()
    assert held["theta"] > 0.92  # 150 districts: Monte Carlo error about half a point
    assert held["theta - mu"] > 0.92
    assert held["lowest: theta"] > 0.87  # Monte Carlo error about 2 points
    assert held["lowest: plain"] < 0.87


def test_calls_are_rarely_wrong_when_nothing_differs_or_changed():
    rng = np.random.default_rng(6)
    equal = pd.DataFrame([coverage.equal_schools(rng, schools=24) for _ in range(60)]).mean()
    still = pd.DataFrame([coverage.change(rng, schools=24, first=0.0, others=0.0) for _ in range(200)]).astype(float).mean()
    moved = pd.DataFrame([coverage.change(rng, schools=24, first=0.8, others=0.0) for _ in range(200)]).astype(float).mean()
    assert equal["a school"] < 0.02
    assert still["called, the first"] < 0.03 and still["called, any unchanged school"] < 0.12
    assert 0.3 < moved["called, the first"] < moved["plain, the first"]
