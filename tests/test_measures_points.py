"""The points of a measure: as shown, with the people behind each, and cleared or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from cyclebook.measures.points import between, clear, fewest, points, respondents
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
    assert told(rows, rate) == [("2025-01-06", 1, 7, True), ("2025-01-13", 1, 0, False)]
    value = replace(HEARD, type="value", multiply=1.0)
    assert told(series(("2025-01-06", NAN, NAN, 95.5, 12)), value) == [("2025-01-06", 96, 12, True)]


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
