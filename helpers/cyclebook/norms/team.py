"""The leadership team by the six groups: who holds a seat, and which groups have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

#: The six groups of a leadership team (Wisconsin's framework of equitable multi-level supports, strong shared leadership).
GROUPS = ("administrators", "educators", "families_and_learners", "community", "pupil_services", "school_board")


@dataclass(frozen=True)
class Team:
    """A list of role-holders. day: when it was drawn up (None: not stated); members: seats of each of the six groups."""

    day: date | None
    members: Mapping[str, int]

    @property
    def seats(self) -> int:
        """How many seats there are in all."""
        return sum(self.members.values())

    @property
    def missing(self) -> tuple[str, ...]:
        """The groups without a seat, in the order of ``GROUPS``."""
        return tuple(group for group in GROUPS if not self.members[group])


def teams(table: pd.DataFrame, day: date | None) -> dict[str, Team]:
    """The latest list of each school's team up to ``day`` (None: of all days).

    table: columns school_id, group, members (whole number), date (ISO or "": not stated); a group that stands twice on one
    list is added up, a group that a list does not name has no seat on it. Lists without a date are used only where a
    school has none with one. Only seats are counted, nothing about the persons in them.
    """
    known = table if day is None else table[table["date"] <= day.isoformat()]  # "" comes before every date
    found = {}
    for school_id, rows in known.groupby("school_id", sort=False):
        latest = rows["date"].max()
        counts = rows[rows["date"] == latest].groupby("group")["members"].sum()
        members = {group: int(counts.get(group, 0)) for group in GROUPS}
        found[str(school_id)] = Team(date.fromisoformat(latest) if latest else None, members)
    return found
