"""Calls of change hold the false discovery rate over the district's schools."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cyclebook.climate.change import call


def called(changes, errors, df=1e9):
    index = [f"S{place}" for place in range(len(changes))]
    return call(pd.Series(changes, index), pd.Series(errors, index), pd.Series([float(df)] * len(changes), index)).tolist()


def test_one_school_alone_is_called_as_by_a_plain_interval():
    assert called([2.0], [1.0]) == [1] and called([1.9], [1.0]) == [0] and called([-2.0], [1.0]) == [-1]


def test_the_same_change_among_many_still_schools_is_not_called():
    assert called([2.0, 0.1, -0.2, 0.3, 0.0], [1.0] * 5) == [0] * 5
    assert called([4.0, 0.1, -0.2, 0.3, 0.0], [1.0] * 5) == [1, 0, 0, 0, 0]


def test_few_degrees_of_freedom_call_less():
    assert called([2.5], [1.0], df=100) == [1] and called([2.5], [1.0], df=3) == [0]


def test_nothing_is_called_without_an_error_or_a_degree_of_freedom():
    assert called([5.0, np.nan, 5.0], [0.0, 1.0, 1.0], df=0) == [0, 0, 0]
    assert called([], []) == []


@given(st.lists(st.floats(-6, 6), min_size=1, max_size=30))
def test_it_agrees_with_scipys_procedure(changes):
    p = stats.false_discovery_control(2 * stats.norm.sf(np.abs(changes)), method="bh")
    expected = np.where(p <= 0.05, np.sign(changes), 0).astype(int).tolist()
    near = np.abs(p - 0.05) < 1e-6
    assert [a for a, skip in zip(called(changes, [1.0] * len(changes)), near, strict=True) if not skip] == [
        b for b, skip in zip(expected, near, strict=True) if not skip
    ]


def test_unequal_indexes_are_refused():
    with pytest.raises(ValueError, match="index"):
        call(pd.Series([1.0], ["a"]), pd.Series([1.0], ["b"]), pd.Series([9.0], ["a"]))
