"""The file of rows that were set aside: complete, safe to open in a spreadsheet, for its owner only, and gone when there are none."""

from __future__ import annotations

import csv
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook import spreadsheet
from cyclebook.store import prepare
from tests.small_district import write

ROOMS = {"01_collect_climate": "climate"}


def kept_aside(folder) -> list[list[str]]:
    return list(csv.reader(io.StringIO((folder / "data" / "set_aside" / "answers.csv").read_text(encoding="utf-8-sig"), newline="")))


def test_every_row_set_aside_stands_in_the_file_with_its_cells(tmp_path):
    content = 'School,Token,Q1,Q2,Secret\n0101,a,Agree,Disagree,x\n=cmd|x,b,Agree,Agree,y\n0101,c,,,z\n0101,"torn\n'
    said = []
    prepare(write(tmp_path, {"data/raw/answers.csv": content}), ROOMS, say=said.append)
    header, *rows = kept_aside(tmp_path)
    assert header == ["row", "reason", "column", "value", "remedy", "in the file: School", "in the file: Token", "in the file: Q1", "in the file: Q2"]
    assert [row[:2] for row in rows] == [["3", "unknown school"], ["4", "no answers"], ["5", "broken quotation marks"]]
    assert rows[0][3] == "'=cmd|x" and rows[0][5:] == ["'=cmd|x", "b", "Agree", "Agree"]
    assert any("the rows set aside are in" in line for line in said)
    if os.name == "posix":
        folder = tmp_path / "data" / "set_aside"
        assert folder.stat().st_mode & 0o777 == 0o700 and (folder / "answers.csv").stat().st_mode & 0o777 == 0o600
    prepare(write(tmp_path, {"data/raw/answers.csv": "School,Token,Q1,Q2\n0101,a,Agree,Disagree\n"}), ROOMS)
    assert not (tmp_path / "data" / "set_aside" / "answers.csv").exists()


def test_a_district_without_such_rows_gets_no_folder(tmp_path):
    prepare(write(tmp_path), ROOMS)
    assert not (tmp_path / "data" / "set_aside").exists()


@given(st.lists(st.lists(st.text(), min_size=1, max_size=3), min_size=1, max_size=4))
def test_no_cell_is_a_formula_and_nothing_is_lost(rows):
    text = spreadsheet.to_csv(rows)
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert len(found) == len(rows)
    for cells, read in zip(rows, found, strict=True):
        for cell, shown in zip(cells, read, strict=True):
            assert shown in (cell, f"'{cell}")
            assert shown == "'" + cell or spreadsheet.NUMBER.fullmatch(shown) or shown.lstrip()[:1] not in "=+-@|%\t\r\n" or not shown.lstrip()


@pytest.mark.parametrize(("cell", "shown"), [("-5", "-5"), ("-1,024.5", "-1,024.5"), ("-x", "'-x"), (" =1", "' =1"), (None, ""), (3.5, "3.5")])
def test_numbers_stay_numbers(cell, shown):
    assert spreadsheet.to_csv([[cell, "end"]]).startswith(f'"{shown}",end' if "," in shown else f"{shown},end")
