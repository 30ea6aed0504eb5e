"""The points of a measure: as shown, with the people behind each, and cleared or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from statistics import median

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.measures.points import between, bound_of, clear, fewest, levelled, points, respondents
from cyclebook.parameters.plan_model import Measure

HEARD = Measure("heard", "Ideas heard", "staff whose ideas were heard", "share", "percent", "higher", True, 100.0, 0, 7, 0.0, 100.0, "How.")
NAN = float("nan")


def series(*rows: tuple) -> pd.DataFrame:
    columns = ["school_id", "measure", "date", "numerator", "denominator", "value", "persons"]
    return pd.DataFrame([("0103", "heard", *row) for row in rows], columns=columns).astype(dict.fromkeys(columns[3:], float))


def told(table: pd.DataFrame, measure: Measure, **options) -> list[tuple]:
    return [(point.day.isoformat(), point.value, point.n, point.clear) for point in points(table, measure, 5, **options)]


SHARES = series(("2025-01-13", 3, 4, NAN, NAN), ("2025-01-06", 10, 20, NAN, NAN), ("2025-01-20", 0, 0, NAN, NAN), ("2025-01-27", 1, 3, NAN, NAN))


def test_a_share_stands_on_its_denominator_in_order_of_time():
    assert told(SHARES, HEARD) == [("2025-01-06", 50, 20, True), ("2025-01-13", 75, 4, False), ("2025-01-27", 33, 3, False)]
    assert told(SHARES, HEARD, until=date(2025, 1, 12)) == [("2025-01-06", 50, 20, True)]


def test_a_share_of_people_needs_twice_the_smallest_group_and_other_measures_on_people_once():
    rows = series(("2025-01-06", 5, 9, NAN, 9), ("2025-01-13", 5, 10, NAN, 10))
    assert [point[3] for point in told(rows, HEARD)] == [False, True]
    assert [point[3] for point in told(rows, replace(HEARD, type="rate"))] == [True, True]
    assert [point[3] for point in told(rows, replace(HEARD, people=False))] == [True, True]
    assert [fewest(replace(HEARD, type=kind), 5) for kind in ("share", "rate", "value", "count")] == [10, 5, 5, 5]
    assert fewest(replace(HEARD, people=False), 5) == 0


def test_a_rate_and_a_value_on_people_need_the_persons_that_are_stated():
    rate = replace(HEARD, type="rate", multiply=10.0)
    rows = series(("2025-01-06", 3, 50, NAN, 7), ("2025-01-13", 4, 50, NAN, NAN), ("2025-01-20", 4, 0, NAN, 9))
    assert told(rows, rate) == [("2025-01-06", 2, 7, True), ("2025-01-13", 1, 0, False)]
    value = replace(HEARD, type="value", multiply=1.0)
    assert told(series(("2025-01-06", NAN, NAN, 65.5, 12)), value) == [("2025-01-06", 66, 12, True)]


def test_what_stands_on_nobodys_answers_is_always_clear():
    visits = replace(HEARD, type="count", multiply=1.0, people=False)
    assert told(series(("2025-01-06", NAN, NAN, 3, NAN)), visits) == [("2025-01-06", 3, 0, True)]
    assert respondents(visits, {"0103": points(series(("2025-01-06", NAN, NAN, 3, NAN)), visits, 5)}) == (0, "")


def test_a_number_made_from_several_days_stands_on_their_union_and_at_least_on_the_fullest_day():
    used = clear(points(SHARES, HEARD, 1))
    assert respondents(HEARD, {"0103": used}) == (20, "school_id=0103; source=heard; window=2025-01-06|2025-01-13|2025-01-27")
    assert respondents(HEARD, {"0103": used, "0104": used})[0] == 40
    assert [point.n for point in between(used, date(2025, 1, 7), None)] == [4, 3]


def test_a_share_of_lessons_stands_on_the_few_people_who_taught_them():
    rows = series(("2025-01-06", 12, 40, NAN, 2), ("2025-01-13", 12, 40, NAN, 30), ("2025-01-20", 12, 40, NAN, 90))
    assert [(n, clear) for _, _, n, clear in told(rows, HEARD)] == [(2, False), (30, True), (40, True)]


# The ends


def shown_of(rows: pd.DataFrame, measure: Measure) -> list[tuple]:
    return [(point.value, point.bound) for point in points(rows, measure, 5)]


def test_a_share_of_people_is_coded_by_its_count_and_a_share_of_lessons_as_an_average_of_those_who_taught_them():
    rows = series(("2025-01-06", 20, 20, NAN, NAN), ("2025-01-13", 0, 20, NAN, NAN), ("2025-01-20", 18, 20, NAN, NAN))
    assert shown_of(rows, HEARD) == [(95, "more"), (5, "less"), (90, "")]
    lessons = series(("2025-01-06", 40, 40, NAN, 10), ("2025-01-13", 35, 40, NAN, 10), ("2025-01-20", 0, 40, NAN, 10))
    assert shown_of(lessons, HEARD) == [(90, "more"), (88, ""), (10, "less")]
    assert shown_of(rows, replace(HEARD, people=False)) == [(100, ""), (0, ""), (90, "")]


def test_a_value_needs_both_ends_of_its_scale_a_rate_and_a_count_have_a_low_end_alone():
    rows = series(("2025-01-06", NAN, NAN, 5, 8), ("2025-01-13", NAN, NAN, 1, 8))
    scaled = replace(HEARD, type="value", multiply=1.0, decimals=1, low=1.0, high=5.0)
    assert shown_of(rows, scaled) == [(4.5, "more"), (1.5, "less")]
    assert shown_of(rows, replace(scaled, high=None)) == [(5, ""), (1, "")]
    rate = replace(HEARD, type="rate", decimals=1, high=None)
    assert shown_of(series(("2025-01-06", 300, 100, NAN, 100), ("2025-01-13", 0, 100, NAN, 100)), rate) == [(300, ""), (1, "less")]
    count = replace(HEARD, type="count", multiply=1.0, high=None)
    assert shown_of(series(("2025-01-06", NAN, NAN, 0, 9), ("2025-01-13", NAN, NAN, 9, 9)), count) == [(1, "less"), (9, "")]


SHARE = st.integers(10, 60).flatmap(lambda n: st.tuples(st.sampled_from([0, 1, 2, n // 2, n - 2, n - 1, n]), st.just(n)))


@given(st.lists(SHARE, min_size=1, max_size=14), st.sampled_from([1.0, 100.0]), st.integers(0, 2))
def test_what_is_shown_holds_of_the_true_shares_also_on_one_level_and_for_their_median(shares, multiply, decimals):
    rows = series(*((f"2025-{place + 1:02}-01" if place < 12 else f"2026-{place - 11:02}-01", *share, NAN, NAN) for place, share in enumerate(shares)))
    made = replace(HEARD, multiply=multiply, decimals=decimals)
    true = [round(multiply * count / n, decimals + 6) for count, n in shares]
    half = 0.5 * 10**-decimals + 1e-9
    for found in (points(rows, made, 5), levelled(points(rows, made, 5))):
        for point, value, (_, n) in zip(found, true, shares, strict=True):
            assert {"": abs(value - point.value) <= half, "more": value >= point.value - half, "less": value <= point.value + half}[point.bound]
            assert 1 / n - 1e-9 <= point.counted / point.size <= 1 - 1 / n + 1e-9
        shown, bound = median([point.value for point in found]), bound_of(found, median)
        ends = {"": abs(median(true) - shown) <= half, "more": median(true) >= shown - half, "less": median(true) <= shown + half}
        assert bound is None or ends[bound]
    for bound in ("more", "less"):
        assert len({point.value for point in found if point.bound == bound}) <= 1
    assert all(point.value <= end.value for end in found if end.bound == "more" for point in found)
