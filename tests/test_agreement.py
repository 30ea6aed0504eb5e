"""r_wg, r_wg(j) and the average deviation, by hand; R's multilevel on real data is among the reference cases."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.climate.agreement import average_deviation, rwg, rwg_j, uniform_deviation, uniform_variance

NAN = math.nan
GROUP = ["a", "a", "a", "b", "b", "c"]
VALUE = [3.0, 4.0, 5.0, 1.0, 5.0, 2.0]  # variances 1 and 8; c is one person


def test_the_uniform_null_is_named_and_counted():
    assert [uniform_variance(options) for options in (2, 5, 7)] == [0.25, 2.0, 4.0]
    for options in range(2, 12):
        spread = np.arange(options)
        assert uniform_variance(options) == pytest.approx(spread.var())
        assert uniform_deviation(options) == pytest.approx(np.abs(spread - spread.mean()).mean())
    found = rwg(GROUP, VALUE, 5)
    assert (found.null, found.null_value) == ("uniform", 2.0)


def test_rwg_by_hand():
    found = rwg(GROUP, VALUE, 5)
    assert found.by_group.to_dict() == pytest.approx({"a": 0.5, "b": 0.0, "c": NAN}, nan_ok=True)  # 1 - 8/2 is set to 0
    assert (found.mean, found.median, found.n_groups) == (0.25, 0.25, 2)
    assert rwg(GROUP, VALUE, 7).by_group["a"] == pytest.approx(0.75)  # another number of options, another null


def test_rwg_of_people_who_all_agree_is_one_and_rows_without_a_value_are_left_out():
    found = rwg([1, 1, 1, 2, 2, None, 10], [4.0, 4.0, NAN, NAN, 3.0, 3.0, 3.0], 5)
    assert found.by_group.to_dict() == pytest.approx({1: 1.0, 2: NAN, 10: NAN}, nan_ok=True)
    assert list(found.by_group.index) == [1, 2, 10]
    nullable = pd.DataFrame({"g": [1, 1, 2, 2], "v": [4, 4, None, 3]}).convert_dtypes()
    assert rwg(nullable["g"], nullable["v"], 5).by_group.to_dict() == pytest.approx({1: 1.0, 2: NAN}, nan_ok=True)


def test_nobody_in_a_group_of_two_is_no_number():
    for found in (rwg([], [], 5), rwg(["a", "b"], [1.0, 2.0], 5), rwg_j(["a", "b"], pd.DataFrame({"x": [1, 2]}), 5),
                  average_deviation(["a", "b"], [1.0, 2.0])):  # fmt: skip
        assert found.n_groups == 0 and math.isnan(found.mean) and math.isnan(found.median)


def test_rwg_j_by_hand():
    # variances 1 and .5 in a, so q = .75/2; in b 8 and 8, so q = 4
    items = pd.DataFrame({"x": [3.0, 4, 5, 1, 5, 2], "y": [4.0, 4, 4 + math.sqrt(1.5), 1, 5, 2]})
    q = 0.375
    james, lindell = (rwg_j(GROUP, items, 5, variant).by_group for variant in ("james", "lindell"))
    assert james.to_dict() == pytest.approx({"a": 2 * (1 - q) / (2 * (1 - q) + q), "b": 0.0, "c": NAN}, nan_ok=True)
    assert lindell.to_dict() == pytest.approx({"a": 1 - q, "b": -3.0, "c": NAN}, nan_ok=True)  # it is not capped


def test_the_same_agreement_looks_like_more_with_more_items_by_james_and_not_by_lindell():
    # r_wg(j) is Spearman-Brown's formula of r_wg (James, Demaree & Wolf 1984): q = .5 gives .5, .75 and .9 for J = 1, 3 and 9
    for count, expected in ((1, 0.5), (3, 0.75), (9, 0.9)):
        items = pd.DataFrame({place: [2.0, 3.0, 4.0] for place in range(count)})  # variance 1, null 2
        assert rwg_j(["a"] * 3, items, 5).mean == pytest.approx(expected)
        assert rwg_j(["a"] * 3, items, 5, "lindell").mean == pytest.approx(0.5)


def test_rwg_j_uses_complete_rows_and_of_one_item_is_rwg():
    items = pd.DataFrame({"x": [3.0, 4, 5, NAN], "y": [3.0, 4, 5, 1]})
    assert rwg_j(["a"] * 4, items, 5).by_group["a"] == pytest.approx(2 / 3)
    assert rwg_j(GROUP, pd.DataFrame({"x": VALUE}), 5).by_group.equals(rwg(GROUP, VALUE, 5).by_group)


def test_average_deviation_by_hand():
    found = average_deviation(GROUP, VALUE, 5)
    assert found.by_group.to_dict() == pytest.approx({"a": 2 / 3, "b": 2.0, "c": NAN}, nan_ok=True)
    assert (found.mean, found.n_groups, found.null_value) == (pytest.approx(4 / 3), 2, 1.2)
    assert average_deviation(GROUP, VALUE, fewest=1).mean == pytest.approx((2 / 3 + 2 + 0) / 3)
    assert math.isnan(average_deviation(GROUP, VALUE).null_value)
    items = pd.DataFrame({"x": [1.0, 3.0, 2.0], "y": [1.0, 1.0, NAN]})
    assert average_deviation(["a"] * 3, items).mean == pytest.approx(0.5)  # (1 + 0)/2, of the two who answered both


@pytest.mark.parametrize(("call", "says"), [
    (lambda: rwg(["a"], [1.0], 1), "at least 2"),
    (lambda: rwg(["a"], [1.0, 2.0], 5), "one group for each row"),
    (lambda: rwg_j(["a"], pd.DataFrame({"x": [1.0]}), 5, "kozlowski"), "'james' or 'lindell'"),
    (lambda: rwg_j(["a"], pd.DataFrame(index=[0]), 5), "at least one item"),
    (lambda: average_deviation(["a"], [1.0], fewest=0), "at least 1 person"),
    (lambda: average_deviation(["a"], [1.0], 2.5), "at least 2"),
])  # fmt: skip
def test_a_call_that_cannot_be_meant_says_so(call, says):
    with pytest.raises(ValueError, match=says):
        call()


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.integers(1, 5), min_size=3, max_size=3)), min_size=1, max_size=12)


@settings(max_examples=25)
@given(ROWS, st.randoms(use_true_random=False))
def test_order_and_place_on_the_scale_change_nothing_and_bounds_hold(rows, random):
    def all_of(rows):
        group, items = [row[0] for row in rows], pd.DataFrame([row[1] for row in rows], dtype=float)
        return [rwg(group, items[0], 5), rwg_j(group, items, 5), rwg_j(group, items, 5, "lindell"), average_deviation(group, items, 5)]

    here = all_of(rows)
    turned = [(group, [6 - answer for answer in answers]) for group, answers in rows]
    random.shuffle(turned)
    for one, other in zip(here, all_of(turned), strict=True):
        pd.testing.assert_series_equal(one.by_group, other.by_group)
    single, james, lindell, away = (found.by_group.dropna() for found in here)
    assert single.between(0, 1).all() and james.between(0, 1).all() and (lindell <= 1).all() and away.between(0, 2).all()
    assert (james >= lindell - 1e-12).all()  # of the two, James's can only be the more favourable one
    agreed = [name for name in james.index if len({tuple(answers) for group, answers in rows if group == name}) == 1]
    assert all(james[name] == lindell[name] == 1 and away[name] == 0 for name in agreed)
