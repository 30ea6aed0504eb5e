"""parameters/groups.csv: which coach, supervisor, cohort or district a school belonged to, and from when to when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from cyclebook.parameters.model import Membership, School
from cyclebook.parameters.names import show, suggest
from cyclebook.parameters.schools import FILE as SCHOOLS, GROUPS, day
from cyclebook.parameters.sheets import read_sheet
from cyclebook.parameters.yaml_files import Faults

FILE = "parameters/groups.csv"
COLUMNS = ("school_id", "kind", "name", "from", "to")


def read_groups(folder: Path, schools: Mapping[str, School], faults: Faults) -> tuple[Membership, ...]:
    """The memberships in the order of the file, which need not be there. What is wrong is added to `faults`.

    A school is in one group of a kind at a time: no two of its periods may share a day, and a kind that stands here for a school
    does not stand in schools.csv as well, which would not say for when.
    """
    if not (folder / FILE).is_file():
        return ()
    found: list[tuple[int, Membership]] = []
    for row, cells in read_sheet(folder, FILE, COLUMNS, ("school_id", "kind", "name"), faults):
        before = len(faults.found)
        member = _membership(cells, row, schools, faults)
        if len(faults.found) == before:
            _check_others(member, row, found, faults)
            found.append((row, member))
    return tuple(member for _, member in found)


def _membership(cells: dict[str, str], row: int, schools: Mapping[str, School], faults: Faults) -> Membership:
    def fault(column: str, message: str) -> None:
        faults.add(f"{FILE}, row {row}, column {column}", message)

    school, kind = cells["school_id"], cells["kind"]
    if school not in schools:
        fault("school_id", f"{SCHOOLS} has no school_id {show(school)}; {suggest(school, schools)}")
    if kind not in GROUPS:
        fault("kind", f"{show(kind)} is no kind of group; {suggest(kind, GROUPS)}")
    elif school in schools and kind in schools[school].groups:
        stated = show(schools[school].groups[kind])
        fault("kind", f"{SCHOOLS} names a {kind} for school {show(school)} too ({stated}), without saying when. Clear that cell.")
    if not cells["name"]:
        fault("name", "this is empty. Write the group's name.")
    first, last = (day(cells[name], f"{FILE}, row {row}, column {name}", faults) for name in ("from", "to"))
    if first and last and last < first:
        fault("to", f"{show(cells['to'])} is before the first day ({cells['from']}). Correct one.")
    return Membership(school, kind, cells["name"], first, last)


def _check_others(member: Membership, row: int, found: list[tuple[int, Membership]], faults: Faults) -> None:
    for other_row, other in found:
        same = (other.school_id, other.kind) == (member.school_id, member.kind)
        if same and (other.first or date.min) <= (member.last or date.max) and (member.first or date.min) <= (other.last or date.max):
            faults.add(
                f"{FILE}, row {row}, column from",
                f"school {show(member.school_id)} has a {member.kind} in row {other_row} already for some of these days "
                f"({show(other.name)}: {_period(other)}; here {show(member.name)}: {_period(member)}). Let one period end before the other begins.",
            )
            return


def _period(member: Membership) -> str:
    return f"{member.first or 'ever'} to {member.last or 'now'}"
