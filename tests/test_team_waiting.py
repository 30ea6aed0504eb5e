"""Time to an answer with what is still awaited, and shares of contacts: by hand, against scipy, and for any numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cyclebook.climate import participation
from cyclebook.team.waiting import share, waiting

CONTACTS = st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 6)), min_size=1, max_size=40)


def test_what_is_awaited_counts_for_as_long_as_it_was_watched():
    # 5 contacts: answers on days 1 and 3, still open after 2, 3 and 9 days. S(1) = 4/5; on day 3 three are watched: S(3) = 4/5 x 2/3.
    found = waiting([1, 3, 2, 3, 9], [True, True, False, False, False], list("abcde"))
    assert found.days.tolist() == [1, 3] and found.without.tolist() == pytest.approx([0.8, 0.8 * 2 / 3])
    assert found.within(0).value == 0 and found.within(2).value == pytest.approx(0.2) and found.within(9).value == pytest.approx(1 - 1.6 / 3)
    assert math.isnan(found.within(10).value), "nothing was watched for ten days"
    assert math.isnan(found.median().value)


def test_leaving_out_what_is_open_would_flatter():
    days, came = [1, 2, 3, 30, 30, 30], [True, True, True, False, False, False]
    assert waiting(days, came, range(6)).median().value == 3
    assert waiting(days[:3], came[:3], range(3)).median().value == 2


def test_where_each_contact_is_of_another_school_it_is_scipys():
    draw = np.random.default_rng(4)
    days, came = draw.integers(0, 25, 400), draw.random(400) < 0.7
    found, theirs = waiting(days, came, range(400)), stats.ecdf(stats.CensoredData.right_censored(days, ~came)).sf
    assert found.without == pytest.approx(theirs.evaluate(found.days))
    # independent contacts: the variance is Greenwood's but for 400/399, and Student's t is near the normal
    ends = theirs.confidence_interval(method="log-log")
    inner = found.without > 0
    assert found.low[inner] == pytest.approx(ends.low.evaluate(found.days)[inner], abs=0.004)
    assert found.high[inner] == pytest.approx(ends.high.evaluate(found.days)[inner], abs=0.004)


def test_contacts_of_one_school_are_not_worth_as_many_as_of_many_schools():
    days, came = [1] * 10 + [20] * 10, [True] * 10 + [False] * 10
    many, two = waiting(days, came, range(20)).within(7), waiting(days, came, [0] * 10 + [1] * 10).within(7)
    assert many.value == two.value == 0.5 and two.high - two.low > many.high - many.low
    flags = [True] * 10 + [False] * 10
    assert share(flags, [0] * 10 + [1] * 10).low < share(flags, range(20)).low < 0.5


@settings(max_examples=40, deadline=None)
@given(CONTACTS)
def test_ends_hold_the_number_and_shares_only_grow(contacts):
    found = waiting(*zip(*contacts, strict=True))
    shares = [found.within(day) for day in range(41)]
    known = [ends for ends in shares if not math.isnan(ends.value)]
    assert all(-1e-9 <= ends.low <= ends.value + 1e-9 and ends.value <= ends.high + 1e-9 <= 1 + 2e-9 for ends in known)
    assert all(one.value <= other.value + 1e-9 for one, other in zip(known, known[1:], strict=False))
    half = found.median()
    if not math.isnan(half.value):
        assert half.low <= half.value and (math.isnan(half.high) or half.value <= half.high)
        assert found.within(half.value).value >= 0.5 - 1e-9 and (half.value == 0 or found.within(half.value - 1).value < 0.5 - 1e-12)
    else:
        assert 2 * sum(came for _, came, _ in contacts) < len(contacts), "not reached: fewer than half have an answer"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=40))
def test_a_share_lies_within_its_ends(rows):
    flags, schools = zip(*rows, strict=True)
    found = share(flags, schools)
    assert found.value == sum(flags) / len(flags) and 0 <= found.low <= found.value <= found.high <= 1


def test_a_share_of_independent_contacts_is_wilsons_but_for_students_t():
    flags = [True] * 60 + [False] * 140
    low, high = (float(end[0]) for end in participation.wilson(np.array([60.0]), np.array([200])))
    found = share(flags, range(200))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.003)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="one row for each"):
        waiting([1, 2], [True], [0, 1])
    with pytest.raises(ValueError, match="fewer than no days"):
        waiting([-1], [True], [0])
    assert math.isnan(share([], []).value) and len(waiting([], [], []).days) == 0
