"""Results that others publish, as their files come: every row is kept or set aside, every cell has a number or says why not."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import pytest

from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.sources import Tables, read
from tests.small_district import problems, receipt, write

SOURCES = """
    sources:
      report: {table: aggregates, form: csv, path: data/raw/report.csv, school: School, wave_column: Year, published_by: the state,
               wave_values: {"20242025": 2024-fall}, missing: [N/A, "*"], suppressed: ["*", "< 10"],
               skip_rows_where: {School: [All Schools]}, %s
               results: {
                 trust: {name: Trust, kind: number, column: Trust Score, low: 1, high: 5},
                 support: {name: Support, kind: category, column: Support, order: [weak, neutral, strong]},
                 response: {name: Response, kind: percent, column: Response},
                 staff: {name: Staff, kind: count, column: Staff, persons: Staff},
                 left: {name: Left, kind: share, numerator: Left, denominator: Staff}}}
    """
HEADER = 'School,Year,"Trust\nScore",Support,Response,Staff,Left\n'
LONG = """
    sources:
      report: {table: aggregates, form: csv, path: data/raw/report.csv, school: School, wave: 2025-fall, published_by: the state,
               measure_column: Measure, value: Value,
               results: {trust: {name: Trust, kind: number, called: School Trust}, safety: {name: Safety, kind: percent}}}
    """


def report(folder: Path, content: str | bytes, sources: str = SOURCES, more: str = "") -> Tables:
    sources = sources % more if "%s" in sources else sources
    return read(load(write(folder, {"parameters/sources.yaml": sources, "data/raw/report.csv": content})))


def with_second(sources: str, *changes: tuple[str, str]) -> str:
    """The source declared again as `again`, of again.csv, with some texts changed; it stands after the first."""
    again = sources.split("sources:\n")[1].replace("report:", "again:").replace("report.csv", "again.csv")
    for old, new in changes:
        again = again.replace(old, new)
    return sources.rstrip(" ") + again


def cells(tables: Tables, *columns: str) -> dict[str, tuple]:
    """(value, status) of each measure, or the columns named, of a table with one school and wave."""
    rows = tables.aggregates.set_index("measure")[list(columns or ("value", "status"))]
    return {name: tuple(row) for name, row in zip(rows.index, rows.itertuples(index=False, name=None), strict=True)}


def test_each_kind_is_read_as_a_number_that_the_page_can_show(tmp_path):
    tables = report(tmp_path, HEADER + 'Alder,20242025,3.9, STRONG,"87.5%","1,024",256\n')
    assert receipt(tables) == (1, 1, 0, 0) and set(tables.aggregates["wave"]) == {"2024-fall"}
    assert tables.receipts["wave"][0] == "2024-fall"
    assert cells(tables) == {"trust": (3.9, ""), "support": (2, ""), "response": (87.5, ""), "staff": (1024, ""), "left": (25, "")}
    assert cells(tables, "numerator", "denominator", "persons")["left"] == (256, 1024, 1024)
    assert cells(tables, "persons")["staff"] == (1024,) and math.isnan(cells(tables, "persons")["trust"][0])


def test_hidden_is_never_zero_and_none_is_not_hidden(tmp_path):
    tables = report(tmp_path, HEADER + "0101,2025-fall,*,n/a,,< 10,*\n")
    states = {name: status for name, (value, status) in cells(tables).items() if math.isnan(value)}
    assert states == {"trust": "suppressed", "support": "missing", "response": "missing", "staff": "suppressed", "left": "suppressed"}
    assert receipt(tables) == (1, 1, 0, 0)


def test_a_share_of_no_one_is_no_number(tmp_path):
    found = cells(report(tmp_path, HEADER + "0101,2025-fall,3,weak,5,0,0\n"))
    assert found["staff"] == (0, "") and found["left"][1] == "nobody" and math.isnan(found["left"][0])


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("Nowhere,2025-fall,3,weak,5,9,1", "School", "Nowhere", "unknown school"),
        ("0101,2023,3,weak,5,9,1", "Year", "2023", "unknown wave"),
        ("0103,20242025,3,weak,5,9,1", "School", "0103", "school not yet open"),
        ("All Schools,2025-fall,3,weak,5,9,1", "School", "All Schools", "row of a district or state, not of a school"),
        ("0101,2025-fall,3,weak,5,6,7", "Left, Staff", "7 of 6", "more than the whole"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_with_its_reason(tmp_path, row, column, value, reason):
    tables = report(tmp_path, HEADER + row + "\n0101,2024-fall,3,weak,5,9,1\n")
    assert problems(tables) == [(2, column, value, reason, "set aside")]
    assert receipt(tables) == (2, 1, 1, 0) and set(tables.aggregates["wave"]) == {"2024-fall"}


@pytest.mark.parametrize(
    ("row", "column", "value", "reason", "measure"),
    [
        ("0101,2025-fall,5.1,weak,5,9,1", "Trust Score", "5.1", "off the scale", "trust"),
        ("0101,2025-fall,three,weak,5,9,1", "Trust Score", "three", "not a number", "trust"),
        ("0101,2025-fall,3,meek,5,9,1", "Support", "meek", "unknown category", "support"),
        ("0101,2025-fall,3,weak,101,9,1", "Response", "101", "off the scale", "response"),
        ("0101,2025-fall,3,weak,5,9,1.5", "Left", "1.5", "not a whole number", "left"),
        ("0101,2025-fall,3,weak,5,9,-1", "Left", "-1", "not a whole number", "left"),
    ],
)
def test_a_cell_that_is_no_result_is_flagged_and_the_others_are_used(tmp_path, row, column, value, reason, measure):
    tables = report(tmp_path, HEADER + row + "\n")
    assert problems(tables) == [(2, column, value, reason, "flagged")] and receipt(tables) == (1, 1, 0, 1)
    assert [name for name, (_, status) in cells(tables).items() if status] == [measure]
    assert cells(tables)[measure][1] == "unread"


def test_persons_that_should_be_there_are_asked_for(tmp_path):
    sources = SOURCES.replace("column: Trust Score,", "column: Trust Score, persons: Left,")
    tables = report(tmp_path, HEADER + "0101,2025-fall,3,weak,5,9,\n", sources)
    assert problems(tables) == [(2, "Left", "", "no number of persons", "flagged")]
    assert cells(tables)["trust"][1] == "unread"


def test_the_first_of_two_results_is_kept_over_all_files(tmp_path):
    files = {"parameters/sources.yaml": with_second(SOURCES % ""),
             "data/raw/report.csv": HEADER + "0101,2025-fall,3,weak,5,9,1\n0101,2025-fall,4,weak,5,9,1\n",
             "data/raw/again.csv": HEADER + "0101,2024-fall,2,weak,5,9,1\nAlder,2025-fall,5,weak,5,9,1\n"}  # fmt: skip
    tables = read(load(write(tmp_path, files)))
    found = tables.aggregates[tables.aggregates["measure"] == "trust"]
    assert list(zip(found["wave"], found["value"], strict=True)) == [("2025-fall", 3), ("2024-fall", 2)]
    twice = "second result for the same school, wave and measure"
    assert problems(tables) == [(3, "Trust Score", "", twice, "set aside")] * 2
    assert all("row 2 of report is kept" in remedy for remedy in tables.problems["remedy"])


def test_a_doubled_result_of_a_row_that_holds_others_is_flagged(tmp_path):
    files = {"parameters/sources.yaml": with_second(SOURCES % "", ("trust: {", "faith: {"), ("name: Trust,", "name: Faith,")),
             "data/raw/report.csv": HEADER + "0101,2025-fall,3,weak,5,9,1\n",
             "data/raw/again.csv": HEADER + "0101,2025-fall,4,strong,6,9,2\n"}  # fmt: skip
    tables = read(load(write(tmp_path, files)))
    assert [cells(tables)[name][0] for name in ("trust", "faith", "support", "response")] == [3, 4, 0, 5]
    assert problems(tables) == [(2, "Support", "", "second result for the same school, wave and measure", "flagged")]


def test_measures_named_row_by_row(tmp_path):
    rows = "School,Measure,Value\n0101,School Trust,3.5\n0101,safety,80%\n0101,Attendance,95\n"
    tables = report(tmp_path, rows, LONG)
    assert cells(tables) == {"trust": (3.5, ""), "safety": (80, "")}
    assert problems(tables) == [(4, "Measure", "Attendance", "measure not declared", "set aside")]


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: content], ids=["gz", "plain"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_packed_and_encoded_as_publishers_do(tmp_path, pack, encoding):
    rows = HEADER + "Nuevo Año School,2025-fall,3,weak,5,9,1\n"
    more = f"encoding: {encoding}," if encoding == "cp1252" else ""
    assert cells(report(tmp_path, pack(rows.encode(encoding)), more=more))["trust"] == (3, "")


def test_a_packed_file_that_is_cut_off_is_refused(tmp_path):
    with pytest.raises(InputError, match="compressed file is broken"):
        report(tmp_path, gzip.compress(HEADER.encode())[:-9])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("published_by: the state,", "", "results: no|Add published_by, or persons"),
        ("kind: number, column: Trust Score", "kind: number", "Add column"),
        ("order: [weak, neutral, strong]", "low: 1", "needs the order of its words"),
        ("numerator: Left, ", "", "Add numerator"),
        ("low: 1, high: 5", "low: 5, high: 1", "is not below high"),
        ("2024-fall}", "2024-fal}", "has no wave"),
        ("kind: count", "kind: counts", "Write one of: "),
        ("kind: percent,", "kind: percent, colum: x,", "did you mean"),
        ("missing: [N/A", "survey: staff, missing: [N/A", "belongs to a source with table"),
        ("school: School", "value: Trust, school: School", "goes with measure_column"),
    ],
)
def test_what_is_declared_must_be_usable(tmp_path, old, new, told):
    with pytest.raises(InputError, match=told):
        report(tmp_path, HEADER, (SOURCES % "").replace(old, new, 1))


def test_a_result_of_one_id_is_one_thing_in_all_sources(tmp_path):
    sources = with_second(SOURCES % "", ("high: 5", "high: 10"))
    with pytest.raises(InputError, match=r"again\.results\.trust.*high is not the same as in the source .report."):
        load(write(tmp_path, {"parameters/sources.yaml": sources}))
