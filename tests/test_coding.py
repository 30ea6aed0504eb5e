"""Top and bottom coding: by n alone, and what it leaves open is a quarter of the range for every group too small."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.privacy import coding


@given(n=st.integers(3, 200), k=st.integers(3, 20), decimals=st.integers(1, 2), scale=st.sampled_from([(1, 5), (1, 6), (0, 100), (1, 4), (0, 1)]))
def test_what_is_shown_leaves_every_small_group_a_quarter_of_the_range(n, k, decimals, scale):
    low, high = scale
    least, most = coding.ends(n, k, low, high, decimals)
    if n < k:
        assert math.isnan(least) and math.isnan(most)
        return
    assert low < least < most < high
    for few in range(1, min(k - 1, int(n / 1.25)) + 1):  # the rest may all have answered at the end: what is left for the few
        for shown in (least, most):
            total = shown * n
            lowest = max(low, (total - (n - few) * high) / few)
            highest = min(high, (total - (n - few) * low) / few)
            assert highest - lowest >= (high - low) / 4 - 1e-9


@given(n=st.integers(1, 80), k=st.integers(3, 15), data=st.data())
def test_counts_keep_as_many_persons_at_each_end_whatever_was_answered(n, k, data):
    count = data.draw(st.integers(0, n))
    coded, bound = coding.code_count(count, n, k)
    if n < k:
        assert np.isnan(coded)
        return
    few = coding.kept(k)
    assert few <= coded <= n - few
    assert (bound == "more") == (count >= n - few)
    assert bound == "" or (coded <= count if bound == "more" else coded >= count)
    if few < count < n - few:
        assert coded == count and bound == ""


def test_an_average_at_an_end_is_shown_as_the_end_and_one_between_as_it_is():
    coded, bound = coding.code([5.0, 4.4, 4.46, 1.0, 3.2, 4.9], [8, 8, 8, 8, 8, 40], 5, 1, 5, 1)
    assert coded.tolist() == [4.5, 4.4, 4.5, 1.5, 3.2, 4.9]
    assert bound.tolist() == ["more", "", "more", "less", "", "more"]


def test_the_same_n_gives_the_same_ends_whatever_the_answers_are():
    for n in range(5, 60):
        seen = {float(coding.code(value, n, 5, 1, 5, 1)[0]) for value in np.linspace(4.9, 5, 11) if n < 40}
        assert len(seen) <= 1


@given(n=st.integers(10, 60), k=st.integers(3, 5), data=st.data())
def test_a_spread_at_its_least_leaves_a_small_group_open(n, k, data):
    few = data.draw(st.integers(1, k - 1))
    spread = float(coding.least_spread(n, k, 1, 5))
    reach = spread * math.sqrt((n - 1) * (n - few) / (few * n))
    assert 2 * reach >= 1 - 1e-9


def test_a_scale_without_a_range_and_a_count_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="no range"):
        coding.ends(10, 5, 3, 3, 1)
    with pytest.raises(ValueError, match="between 0"):
        coding.code_count(6, 5, 5)
