"""parameters/schools.csv: who the schools are, under which names they appear in the exports, when they were open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cyclebook.parameters.model import School, names_of
from cyclebook.parameters.names import fold, id_fault, show, suggest
from cyclebook.parameters.sheets import read_sheet
from cyclebook.parameters.yaml_files import Faults

FILE = "parameters/schools.csv"
GROUPS = ("coach", "supervisor", "cohort")
COLUMNS = ("school_id", "name", "level", *GROUPS, "opened", "closed", "successor", "aliases")


def read_schools(folder: Path, faults: Faults) -> dict[str, School]:
    """The schools by id, in the order of the file. What is wrong is added to `faults`; every value is text, as it stands."""
    found: list[tuple[int, School]] = []
    before = len(faults.found)
    if not (folder / FILE).is_file():
        faults.add(FILE, "there is no such file. Write one with at least the columns school_id and name.")
        return {}
    rows = read_sheet(folder, FILE, COLUMNS, ("school_id", "name"), faults)
    if not rows and len(faults.found) == before:
        faults.add(FILE, "there is no school. Add a row for each.")
    for row, cells in rows:
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
    rows: dict[str, int] = {}
    for row, school in found:
        before = rows.setdefault(school.school_id.casefold(), row)
        if before != row:
            _fault(faults, row, "school_id", f"{show(school.school_id)} stands in row {before} already (case is ignored). Rename one.")
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
