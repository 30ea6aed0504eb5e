"""Which schools a run is to make pages for: named by id, or by a group that they belong to on the day of the pages."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cyclebook.batch.plan import choose
from cyclebook.errors import InputError
from cyclebook.parameters import District, fold, suggest
from cyclebook.parameters.names import show
from cyclebook.parameters.schools import GROUPS


@dataclass(frozen=True)
class Choice:
    """What ``--schools`` asks for: units by id, and groups (kind, name) whose schools are known once the day is."""

    district: District
    known: tuple[str, ...]
    units: tuple[str, ...]
    groups: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, wanted: str, district: District, known: Sequence[str]) -> Choice:
        """From a text such as ``0101,coach=Rivera`` or ``all``; a name that holds a comma stands in double quotation marks.

        known: all units. Raises InputError for an id, a kind or a group that is not known.
        """
        if "=" not in wanted:
            return cls(district, tuple(known), tuple(choose(wanted, known, "schools")), ())
        units, groups = [], []
        for part in _parts(wanted):
            kind, equals, name = (piece.strip() for piece in part.partition("="))
            if not equals:
                units.append(part)
            elif fold(kind) not in GROUPS:
                raise InputError(f"--schools: {show(kind)} is no kind of group; {suggest(kind, GROUPS)}")
            else:
                groups.append((fold(kind), _group(district, fold(kind), name)))
        return cls(district, tuple(known), tuple(choose(",".join(units), known, "schools")) if units else (), tuple(groups))

    def schools(self, day: date | None) -> list[str]:
        """The units asked for, in the order in which they are known. Raises InputError for a group without a school on that day."""
        found = set(self.units)
        for kind, name in self.groups:
            members = {school for school in self.district.schools if self.district.groups_on(school, day).get(kind) == name}
            if not members:
                when = f"on {day}" if day else "now"
                raise InputError(f"--schools: no school has the {kind} {show(name)} {when}; parameters/groups.csv says when each had one")
            found |= members
        return [unit for unit in self.known if unit in found]


def _parts(wanted: str) -> list[str]:
    words = shlex.shlex(wanted, posix=True)
    words.whitespace, words.quotes, words.escape, words.commenters, words.whitespace_split = ",", '"', "", "", True
    try:
        return [part.strip() for part in words if part.strip()]
    except ValueError:
        raise InputError(f"--schools: a quotation mark in {show(wanted)} is not closed; close it") from None


def _group(district: District, kind: str, name: str) -> str:
    """The group as the files write it (case and extra blanks do not matter)."""
    names = district.groups(kind)
    if not name:
        raise InputError(f"--schools: no name after {kind}=; known: {', '.join(names[:12]) or 'none'}")
    found = next((known for known in names if fold(known) == fold(name)), None)
    if found is None:
        raise InputError(f"--schools: no school has the {kind} {show(name)}; {suggest(name, names)}")
    return found
