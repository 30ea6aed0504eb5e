"""Impossible values, ranges that became dates, rows that repeat; on a real form's export, row by row as others counted."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cyclebook.sources.irregular import MONTHS, date_mangled, distinct_texts, impossible, range_behind, repeated


def test_osmi_quality(shared):
    found = YAML(typ="safe").load((shared / "cases" / "climate.yaml").read_text(encoding="utf-8"))
    (case,) = [case for case in (found["cases"] if isinstance(found, dict) else found) if case["id"] == "osmi_quality"]
    table, expected = pd.read_csv(shared / "data" / case["data"], dtype="str", keep_default_na=False), case["expected"]
    assert len(table) == expected["rows"]
    ages = impossible(table["Age"], 16, 100)
    assert len(ages) == expected["impossible_age_lt16_or_gt100"] and set(ages["reason"]) == {"out of range"}
    assert sorted(ages["value"].astype(float)) == expected["ages"]
    mangled = date_mangled(table["no_employees"])
    assert dict(zip(mangled["value"], mangled["rows"], strict=True)) == expected["excel_date_mangled_no_employees"]
    assert list(mangled["probably"]) == ["6-25", "1-5"]
    assert len(distinct_texts(table["Gender"])) == expected["distinct_gender_strings"]
    assert repeated(table).sum() == expected["exact_duplicate_rows"]
    assert repeated(table, ["Timestamp"]).sum() == expected["dup_ignoring_timestamp"]
    for column in table.columns.drop("no_employees"):
        assert len(date_mangled(table[column])) == 0, column


@pytest.mark.parametrize(
    ("text", "behind"),
    [("25-Jun", "6-25"), ("5-Jan", "1-5"), (" 25-jun ", "6-25"), ("Jun-25", "6-25"), ("1-Dec", "1-12"), ("Jan-50", "1-50"),
     ("5-May", None), ("Jun-05", None), ("32-Jun", None), ("25-Juni", None), ("6-25", None), ("26-100", None), ("", None),
     ("Agree", None), ("25-Xyz", None), ("2025-06-25", None), ("6/25/2025", None)],
)  # fmt: skip
def test_what_was_probably_meant(text, behind):
    assert range_behind(text) == behind


@pytest.mark.parametrize(
    ("text", "behind"),
    [("2025-06-25", "6-25"), ("2025-06-25 00:00:00", "6-25"), ("2025-01-05T00:00", "1-5"), ("6/25/2025", "6-25"), ("1950-01-01", "1-50"),
     ("2025-01-01", None), ("2025-13-25", None), ("2025-06-25 14:10", None), ("25-Jun", "6-25")],
)  # fmt: skip
def test_whole_days_are_ranges_only_where_asked(text, behind):
    assert range_behind(text, whole_days=True) == behind


@given(st.integers(1, 12), st.integers(1, 31))
def test_a_range_that_excel_took_for_a_day_is_found_again(low, high):
    month = [name for name, number in MONTHS.items() if number == low][0].capitalize()
    assert range_behind(f"{high}-{month}") == (None if low == high else f"{min(low, high)}-{max(low, high)}")


def test_a_column_of_days_is_left_alone():
    assert date_mangled(pd.Series(["25-Jun", "26-Jun", "Jun-25"])).empty
    assert list(date_mangled(pd.Series(["25-Jun", "26-100", "2025-01-05", ""]))["probably"]) == ["6-25", "1-5"]


def test_impossible_values_and_what_is_no_number():
    found = impossible(pd.Series(["16", "100", " 101", "", "forty", "inf", "15.9", "-1"]), 16, 100)
    assert list(found.index) == [2, 4, 5, 6, 7]
    assert list(found["reason"]) == ["out of range", "not a number", "not a number", "out of range", "out of range"]
    assert list(impossible(pd.Series([20.0, float("nan"), 7.0]), 16, 100)["value"]) == ["7.0"]


def test_rows_repeat_in_every_cell_or_but_for_the_time():
    table = pd.DataFrame({"time": ["1", "1", "2", "3"], "answer": ["a", "a", "a", "b"]})
    assert list(repeated(table)) == [False, True, False, False]
    assert list(repeated(table, ["time"])) == [False, True, True, False]


def test_what_people_typed_is_counted_as_it_stands():
    found = distinct_texts(pd.Series(["Teacher", "teacher ", "Teacher", "", " ", None, "Aide"]))
    assert list(found.itertuples(index=False, name=None)) == [("Teacher", 2, "teacher"), ("teacher ", 1, "teacher"), ("Aide", 1, "aide")]
