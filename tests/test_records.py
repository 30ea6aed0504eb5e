"""Tables of records: every column read by its kind, every row kept or set aside with a reason, and the declaration checked."""

from __future__ import annotations

import re

import pytest

from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.parameters.records import RECORDS
from cyclebook.sources import no_records, read
from tests.small_district import FILES, write

SOURCE = """
  records: {{table: {table}, form: csv, path: data/raw/records.csv, columns: {columns}}}
"""
GOOD = {
    "contacts": "school_id,date,kind,to,member,answered,first_ask\n0101,2025-10-06,E-mail,principal,m1,,\nAlder,10/7/2025,visit,sel lead,m1,2025-10-09,Yes\n",
    "staffing": "school_id,year,staff,left,absent_days\n0101,2024-25,40,6,\n0103,2024-25,\"1,024\",0,12.5\n",
    "turns": "school_id,meeting,speaker,words\n0101,May,a,12\n0101,May,a,12\n",
}


def district(tmp_path, table: str, text: str, columns: str | None = None):
    names = columns or "{" + ", ".join(f"{name}: {name}" for name in text.splitlines()[0].split(",")) + "}"
    sources = FILES["parameters/sources.yaml"].rstrip() + "\n" + " " * 10 + SOURCE.format(table=table, columns=names).strip() + "\n"
    return load(write(tmp_path, {"parameters/sources.yaml": sources, "data/raw/records.csv": text.replace("E-mail", "email")}))


@pytest.mark.parametrize("table", GOOD)
def test_good_rows_are_kept_as_their_contract_says(tmp_path, table):
    found = read(district(tmp_path, table, GOOD[table]))
    assert len(found.records[table]) == 2 and set(found.records[table]["school_id"]) <= {"0101", "0103"}
    assert list(found.records[table].columns) == list(RECORDS[table].columns)
    receipt = found.receipts.set_index("source").loc["records"]
    assert (receipt["read"], receipt["kept"], receipt["set_aside"]) == (2, 2, 0)


def test_words_days_and_numbers_are_read_by_their_kind(tmp_path):
    contacts = read(district(tmp_path / "a", "contacts", GOOD["contacts"])).records["contacts"]
    assert contacts[["kind", "to", "date", "answered", "first_ask"]].values.tolist() == [
        ["email", "principal", "2025-10-06", "", ""], ["visit", "sel_lead", "2025-10-07", "2025-10-09", "yes"]]  # fmt: skip
    staffing = read(district(tmp_path / "b", "staffing", GOOD["staffing"])).records["staffing"]
    assert staffing["staff"].tolist() == [40, 1024] and staffing["absent_days"].isna().tolist() == [True, False]


WRONG = {
    "unknown school": ("staffing", "school_id,year,staff\nNowhere,2024-25,4\n", "unknown school"),
    "a number that is none": ("staffing", "school_id,year,staff\n0101,2024-25,many\n", "not a number"),
    "half a person": ("staffing", "school_id,year,staff\n0101,2024-25,3.5\n", "not a whole number"),
    "below zero": ("staffing", "school_id,year,staff\n0101,2024-25,-3\n", "below zero"),
    "no number": ("staffing", "school_id,year,staff\n0101,2024-25,\n", "a number is missing"),
    "more than the whole": ("staffing", "school_id,year,staff,left\n0101,2024-25,4,5\n", "more than the whole"),
    "twice": ("staffing", "school_id,year,staff\n0101,2024-25,4\nAlder,2024-25,5\n", "second row for the same school_id and year"),
    "an empty label": ("staffing", "school_id,year,staff\n0101, ,4\n", "an empty cell"),
    "a sentence": ("staffing", f"school_id,year,staff\n0101,{'word ' * 20},4\n", "more than a label"),
    "an address": ("staffing", "school_id,year,staff\n0101,ann@school.org,4\n", "an e-mail address"),
    "an unknown word": ("contacts", "school_id,date,kind,to,member,answered\n0101,2025-10-06,pigeon,principal,m,\n", "unknown word"),
    "a day that is none": ("contacts", "school_id,date,kind,to,member,answered\n0101,2025-10-06,call,principal,m,soon\n", "not a day of the calendar"),
    "answered before": ("contacts", "school_id,date,kind,to,member,answered\n0101,2025-10-06,call,principal,m,2025-10-01\n", "answered before it was asked"),
    "no token": ("contacts", "school_id,date,kind,to,member,answered\n0101,2025-10-06,call,principal,,\n", "no token"),
    "neither yes nor no": ("connections", "school_id,date,member,leader,close\n0101,2025-10-06,m,l,perhaps\n", "neither yes nor no"),
    "before it opened": ("gatherings", "school_id,date,time,place,people\n0103,2025-01-06,noon,hall,4\n", "school not yet open"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_bad_row_is_set_aside_with_its_place_and_a_remedy(tmp_path, name):
    table, text, reason = WRONG[name]
    found = read(district(tmp_path, table, text))
    problem = found.problems.iloc[-1]
    assert (problem["source"], problem["reason"], problem["action"]) == ("records", reason, "set aside")
    assert problem["row"] == len(text.splitlines()) and problem["remedy"] and problem["file"] == "data/raw/records.csv"
    assert len(found.records[table]) == len(text.splitlines()) - 2 and "records" in found.aside


@pytest.mark.parametrize(("columns", "said"), [
    ("{school_id: School, year: Year}", 'needs the columns "staff"'),
    ("{school_id: School, year: Year, staff: Staff, lefts: Left}", 'no column "lefts"; did you mean "left"'),
    ("{year: Year, staff: Staff}", "write either school_id under columns"),
])  # fmt: skip
def test_a_declaration_that_cannot_be_read_says_what_to_do(tmp_path, columns, said):
    with pytest.raises(InputError, match=re.escape(said)):
        district(tmp_path, "staffing", "School,Year,Staff\n0101,2024-25,4\n", columns)


def test_a_column_that_is_not_in_the_file_is_named(tmp_path):
    with pytest.raises(InputError, match='no column "Staff" for staff'):
        read(district(tmp_path, "staffing", "School,Year\n0101,2024-25\n", "{school_id: School, year: Year, staff: Staff}"))


def test_addresses_in_the_place_of_tokens_stop_the_reading(tmp_path):
    with pytest.raises(InputError, match="holds e-mail addresses"):
        read(district(tmp_path, "ties", "school_id,source,target\n0101,ann@school.org,b\n"))


def test_without_a_source_every_table_is_there_and_empty():
    assert set(no_records()) == set(RECORDS) and not any(len(table) for table in no_records().values())
