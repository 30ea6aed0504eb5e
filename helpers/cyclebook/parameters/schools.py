"""parameters/schools.csv: who the schools are, under which names they appear in the exports, when they were open."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from cyclebook.parameters.model import School, names_of
from cyclebook.parameters.names import fold, id_fault, nearest, same_ignoring_case, show, suggest
from cyclebook.parameters.yaml_files import Faults

FILE = "parameters/schools.csv"
GROUPS = ("coach", "supervisor", "cohort")
COLUMNS = ("school_id", "name", "level", *GROUPS, "opened", "closed", "successor", "aliases")


def read_schools(folder: Path, faults: Faults) -> dict[str, School]:
    """The schools by id, in the order of the file. What is wrong is added to `faults`; every value is text, as it stands."""
    found: list[tuple[int, School]] = []
    before = len(faults.found)
    for row, cells in _rows(folder, faults):
        fault = id_fault(cells["school_id"])
        if fault:
            _fault(faults, row, "school_id", f"{show(cells['school_id'])} cannot be an id: {fault}.")
        if not cells["name"]:
            _fault(faults, row, "name", "this is empty. Write the school's name.")
        found.append((row, _school(cells, row, faults)))
    if len(faults.found) == before:  # else a row that could not be read would be missed as a successor
        _check_names(found, faults)
        _check_successors(found, faults)
    return {school.school_id: school for _, school in found}


def _fault(faults: Faults, row: int, column: str, message: str) -> None:
    faults.add(f"{FILE}, row {row}, column {column}", message)


def _rows(folder: Path, faults: Faults) -> list[tuple[int, dict[str, str]]]:
    """(row in the file from 1, headers included; cells by column, trimmed, with empty text for columns that are not there)."""
    path = folder / FILE
    if not path.is_file():
        faults.add(FILE, "there is no such file. Write one with at least the columns school_id and name.")
        return []
    try:
        text = path.read_bytes().decode("utf-8-sig")
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError as error:
        faults.add(FILE, f"byte {error.start + 1} is not UTF-8. Save the file as CSV UTF-8.")
        return []
    except csv.Error as error:
        faults.add(FILE, f"the quotation marks do not match ({error}). Look for a mark that is not closed.")
        return []
    header = [name.strip() for name in records[0]] if records else []
    if not _check_header(header, faults):
        return []
    rows = []
    for row, cells in enumerate(records[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            faults.add(f"{FILE}, row {row}", f"{len(cells)} cells under {len(header)} headers. Quote text that holds a comma.")
            continue
        rows.append((row, dict.fromkeys(COLUMNS, "") | {name: cell.strip() for name, cell in zip(header, cells, strict=True)}))
    if not rows and not faults.found:
        faults.add(FILE, "there is no school. Add a row for each.")
    return rows


def _check_header(header: list[str], faults: Faults) -> bool:
    before = len(faults.found)
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        faults.add(f"{FILE}, row 1", "the columns are not separated by commas. Save the file as comma separated CSV.")
        return False
    for name in header:
        if name not in COLUMNS:
            near = nearest(name, COLUMNS)
            hint = f"did you mean {show(near)}?" if near else f"known columns: {', '.join(COLUMNS)}."
            faults.add(f"{FILE}, row 1", f"unknown column {show(name)}; {hint}")
    for name in ("school_id", "name"):
        if name not in header:
            faults.add(f"{FILE}, row 1", f"the column {show(name)} is missing. Add it.")
    for name in sorted({name for name in header if header.count(name) > 1}):
        faults.add(f"{FILE}, row 1", f"the column {show(name)} stands twice. Remove one.")
    return len(faults.found) == before


def _school(cells: dict[str, str], row: int, faults: Faults) -> School:
    opened, closed = (_day(cells[name], row, name, faults) for name in ("opened", "closed"))
    if opened and closed and closed < opened:
        _fault(faults, row, "closed", f"{show(cells['closed'])} is before it opened ({cells['opened']}). Correct one.")
    return School(
        school_id=cells["school_id"],
        name=cells["name"],
        level=cells["level"],
        groups={name: cells[name] for name in GROUPS if cells[name]},
        opened=opened,
        closed=closed,
        successor=cells["successor"] or None,
        aliases=tuple(alias.strip() for alias in cells["aliases"].split("|") if alias.strip()),
    )


def _day(text: str, row: int, column: str, faults: Faults) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        _fault(faults, row, column, f"{show(text)} is not a day. Write it as in 2025-06-13, or leave it empty.")
        return None


def _check_names(found: list[tuple[int, School]], faults: Faults) -> None:
    """Every id, name and alias must mean one school."""
    ids = [school.school_id for _, school in found]
    for first, later in same_ignoring_case(ids):
        faults.add(FILE, f"the school_id {show(later)} stands twice (also as {show(first)}; case is ignored). Rename one.")
    owner: dict[str, tuple[int, School]] = {}
    for row, school in found:
        for name in names_of(school):
            first_row, first = owner.setdefault(fold(name), (row, school))
            if first is not school and first.school_id.casefold() != school.school_id.casefold():
                faults.add(
                    f"{FILE}, row {row}",
                    f"{show(name)} (id, name or alias) means school {show(school.school_id)} here "
                    f"and school {show(first.school_id)} in row {first_row}. Keep it for one of them.",
                )


def _check_successors(found: list[tuple[int, School]], faults: Faults) -> None:
    after = {school.school_id: school.successor for _, school in found}
    for row, school in found:
        if school.successor is None:
            continue
        if school.successor not in after:
            _fault(faults, row, "successor", f"no school_id {show(school.successor)}; {suggest(school.successor, after)}")
            continue
        seen, step = {school.school_id}, school.successor
        while step is not None and step in after and step not in seen:
            seen.add(step)
            step = after[step]
        if step == school.school_id:
            _fault(
                faults, row, "successor", f"{show(school.successor)} leads back to {show(school.school_id)}. Leave one empty."
            )
