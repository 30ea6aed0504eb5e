"""From tables of records to statistics and facts of each kind of evidence, protected for the whole district."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import facts
from cyclebook.climate.evidence import gatherings, meetings, staffing, ties
from cyclebook.privacy import Protected, protect

if TYPE_CHECKING:
    from datetime import date

    from cyclebook.parameters import District, Source
    from cyclebook.sources import Tables


@dataclass(frozen=True)
class Asked:
    """What each kind of evidence is made from: the district, its tables, the page's day, and the smallest group that is shown."""

    district: District
    tables: Tables
    day: date | None
    smallest_group: int

    def records(self, name: str) -> pd.DataFrame:
        """A table of records up to the page's day."""
        table = self.tables.records[name]
        return table if self.day is None or "date" not in table else table[table["date"] <= self.day.isoformat()]


@dataclass(frozen=True)
class Found:
    """What one kind of evidence gives to pages. statistics: rows, not yet protected; shared: facts of every page; of: facts of one school's."""

    statistics: pd.DataFrame
    shared: Mapping[str, object] = field(default_factory=dict)
    of: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def _staffing(asked: Asked) -> Found:
    table = asked.records("staffing")
    years = sorted(table["year"].unique())
    return Found(staffing.statistics(table, years, asked.smallest_group), {"years": years})


def _meetings(asked: Asked) -> Found:
    observed = meetings.observe(asked.records("meetings"), asked.tables.records["turns"])
    of = meetings.listed(observed, asked.tables.records["turns"], asked.tables.records["meetings"])
    return Found(meetings.statistics(observed, asked.smallest_group), of=of)


def _gatherings(asked: Asked) -> Found:
    records = asked.records("gatherings")
    return Found(gatherings.statistics(records, asked.smallest_group), of=gatherings.listed(records))


def _network(asked: Asked) -> Found:
    people, named = ties.latest(asked.records("network_people"), asked.records("ties"))
    return Found(ties.statistics(people, named, asked.smallest_group), of=ties.listed(people, named, asked.smallest_group))


#: Each kind of evidence: the tables that it stands on, and how it is made. The order is that of the page.
KINDS: Mapping[str, tuple[tuple[str, ...], Callable[[Asked], Found]]] = {
    "staffing": (("staffing",), _staffing),
    "meetings": (("meetings", "turns"), _meetings),
    "gatherings": (("gatherings",), _gatherings),
    "network": (("network_people", "ties"), _network),
}


@lru_cache(maxsize=1)
def evidence(district: District, tables: Tables) -> tuple[Protected, dict[str, Found]]:
    """The statistics of all kinds of evidence, protected, and what each found; kinds without a record are not among them."""
    asked = Asked(district, tables, facts.as_of(district, tables), int(facts.values(district, "")["smallest_group"]))
    found = {name: make(asked) for name, (needed, make) in KINDS.items() if any(len(tables.records[table]) for table in needed)}
    rows = [one.statistics for one in found.values() if len(one.statistics)]
    return protect(pd.concat(rows, ignore_index=True), asked.smallest_group) if rows else _nothing(), found


def _nothing() -> Protected:
    from cyclebook.privacy import NOTHING

    return NOTHING


def about(found: Mapping[str, Found], school_id: str) -> dict[str, dict]:
    """The facts of each kind of evidence for one school's page; of the kinds of which nothing is recorded in the district, none."""
    return {name: {**one.shared, **one.of.get(school_id, {})} for name, one in found.items()}


def behind(district: District, tables: Tables) -> list[Source]:
    """The sources of the tables of records that hold anything."""
    return [source for source in district.sources.values() if source.table in tables.records and len(tables.records[source.table])]
