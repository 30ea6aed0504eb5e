"""parameters/schools.csv: who the schools are, under which names they appear in the exports, when they were open."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from cyclebook.parameters.model import School, names_of
from cyclebook.parameters.names import fold, id_fault, show, suggest
from cyclebook.parameters.sheets import read_sheet
from cyclebook.parameters.yaml_files import Faults

FILE = "parameters/schools.csv"
GROUPS = ("coach", "supervisor", "cohort", "district")
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
    opened, closed = (day(cells[name], f"{FILE}, row {row}, column {name}", faults) for name in ("opened", "closed"))
    if opened and closed and closed < opened:
        _fault(faults, row, "closed", f"{show(cells['closed'])} is before it opened ({cells['opened']}). Correct one.")
    return School(
        school_id=cells["school_id"],
        name=cells["name"],
        level=cells["level"],
        groups={name: cells[name] for name in GROUPS if cells[name]},
        opened=opened,
        closed=closed,
        successors=_parts(cells["successor"]),
        aliases=_parts(cells["aliases"]),
    )


def _parts(cell: str) -> tuple[str, ...]:
    """What stands in a cell between bars."""
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def day(text: str, where: str, faults: Faults) -> date | None:
    """The day that a cell holds; None for an empty one."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.add(where, f"{show(text)} is not a day. Write it as in 2025-06-13, or leave it empty.")
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
    schools = {school.school_id: school for _, school in found}
    for row, school in found:
        before = len(faults.found)
        for after, times in Counter(school.successors).items():
            fault = _successor_fault(school, after, times, schools)
            if fault:
                _fault(faults, row, "successor", fault)
        if school.successors and school.closed is None and len(faults.found) == before:
            named = show("|".join(school.successors))
            _fault(
                faults, row, "closed", f"this is empty, and {named} is to carry on. Write the day on which this school closed, or clear successor."
            )


def _successor_fault(school: School, after: str, times: int, schools: dict[str, School]) -> str:
    """What is wrong with one of the schools that are to carry on; empty where nothing is."""
    if after not in schools:
        return f"no school_id {show(after)}; {suggest(after, schools)}"
    if times > 1:
        return f"{show(after)} stands here {times} times. Keep it once."
    if school.school_id in _reached(after, schools):
        return f"{show(after)} leads back to {show(school.school_id)}. Leave one empty."
    closed = schools[after].closed
    if closed and school.closed and closed <= school.closed:
        return (
            f"{show(after)} had closed when this school did ({closed}, this one {school.closed}). "
            "Name a school that carried on, or correct a day."
        )
    return ""


def _reached(start: str, schools: dict[str, School]) -> set[str]:
    """The school and all that followed it."""
    seen, ahead = set(), [start]
    while ahead:
        step = ahead.pop()
        if step not in seen:
            seen.add(step)
            ahead += [after for after in schools[step].successors if after in schools]
    return seen
