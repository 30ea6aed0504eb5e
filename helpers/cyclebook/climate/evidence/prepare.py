"""From tables of records to statistics and facts of each kind of evidence, protected for the whole district."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import facts
from cyclebook.climate.evidence import followups, gatherings, learning, meetings, opportunities, perception, pulse, staffing, terms, ties, uptake
from cyclebook.climate.scales import scale_facts
from cyclebook.privacy import Protected, protect
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from cyclebook.parameters import District, Source
    from cyclebook.sources import Tables


@dataclass(frozen=True)
class Asked:
    """What each kind of evidence is made from: the district, its tables, the page's day, and the smallest group that is shown."""

    district: District
    tables: Tables
    day: date | None
    smallest_group: int

    @property
    def language(self) -> str:
        return str(facts.values(self.district, "")["language"])

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
    return Found(staffing.statistics(table, years, asked.smallest_group), {"periods": [{"id": year, "label": year} for year in years], "scales": ["staffing", "absence"]})


def _months(periods: Iterable[str], language: str) -> list[dict[str, str]]:
    """Months in order of time, with their names."""
    from babel.dates import format_date

    return [{"id": month, "label": format_date(date.fromisoformat(f"{month}-01"), "MMMM y", locale=language)} for month in sorted(set(periods))]


def _uptake(asked: Asked) -> Found:
    table = uptake.rounds(asked.records("uptake"))
    shared = {"periods": _months(table["period"], asked.language), "scales": [uptake.SCALE], "initiatives": sorted(table["initiative"].unique())}
    return Found(uptake.statistics(table, asked.smallest_group), shared)


def _opportunities(asked: Asked) -> Found:
    table = asked.records("opportunities")
    return Found(opportunities.statistics(table, asked.smallest_group), {"periods": _months(table["date"].str[:7], asked.language), "scales": [opportunities.SCALE]})


def _learning(asked: Asked) -> Found:
    table = asked.records("sessions")
    found = sorted({terms.term_of(day) for day in table["date"]}, key=terms.order)
    labels = {term: phrase(f"l_term_{'fall' if terms.order(term)[1] else 'spring'}", asked.language, year=terms.order(term)[0]) for term in found}
    shared = {"periods": [{"id": term, "label": labels[term]} for term in found], "scales": [learning.SCALE], "reasons": {}}
    of = {school: {"reasons": reasons} for school, reasons in learning.reasons(table).items()}
    return Found(learning.statistics(table), shared, of)


def _followups(asked: Asked) -> Found:
    return Found(followups.statistics(asked.records("followups"), asked.smallest_group), {"scales": [followups.SCALE]})


def _pulse(asked: Asked) -> Found | None:
    rated = asked.tables.ratings[asked.tables.ratings["rates"] == "pulse"]
    rated = rated if asked.day is None else rated[rated["date"] <= asked.day.isoformat()]
    if rated.empty:
        return None
    books = [asked.district.codebooks[source.codebook] for source in asked.district.sources.values() if source.rates == "pulse"]
    items = {item.id: item for book in books for item in book.items.values()}
    centres = {name: median(set(item.answers.values())) for name, item in items.items()}
    held = [("ratings", "pulse", day[:7], school) in asked.tables.withheld for day, school in zip(rated["date"], rated["school_id"], strict=True)]
    rated = rated.assign(centre=rated["item"].map(centres).astype("float64"), withheld=held)
    untold = rated[rated["person"].isna()].groupby("school_id").size()
    shared = {
        "periods": _months(rated["date"].str[:7], asked.language), "scales": [pulse.SCALE],
        "questions": [{"id": name, "text": item.text} for name, item in items.items() if (rated["item"] == name).any()], "untold": 0,
        "names": {name: f"“{item.text.rstrip(' .')}”" for name, item in items.items()},
    }  # fmt: skip
    return Found(pulse.statistics(rated, asked.smallest_group), shared, {school: {"untold": int(count)} for school, count in untold.items()})


def _perception(asked: Asked) -> Found | None:
    district, tables, rows, surveys = asked.district, asked.tables, [], []
    compare = {wave.id: wave.compare_with for wave in district.waves}
    withheld = [(survey, wave, school) for table, survey, wave, school in tables.withheld if table == "responses"]
    items = {item.id: item.text for book in district.codebooks.values() for item in book.items.values()}
    for name, survey in district.surveys.items():
        given = tables.responses[(tables.responses["survey"] == name) & (survey.who != "staff")]
        waves = [wave for wave in district.waves if wave.id in set(given["wave"]) and not (asked.day and wave.start > asked.day)]
        if not waves:
            continue
        last, least = waves[-1], district.smallest_group_of(name)
        found = perception.statistics(given, district.scales, compare, facts.values(district, ""), least, withheld)
        found = found[found["wave"] == last.id]
        rows.append(found)
        before = next((wave for wave in waves if wave.id == last.compare_with), None)
        scales = [scale for scale in district.scales.values() if (found["scale"] == scale.id).any()]
        surveys.append({
            "id": name, "title": survey.title, "who": survey.who, "wave": last.id, "label": last.label, "smallest_group": least,
            "before": before.id if before else "", "before_label": before.label if before else "",
            "scales": [scale_facts(scale, items) for scale in scales],
        })  # fmt: skip
    return Found(pd.concat(rows, ignore_index=True), {"surveys": surveys}) if rows else None


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


#: Each kind of evidence: the tables of records that it stands on, and how it is made (None: there is nothing). The order is that of the page.
KINDS: Mapping[str, tuple[tuple[str, ...], Callable[[Asked], Found | None]]] = {
    "perception": ((), _perception),
    "staffing": (("staffing",), _staffing),
    "opportunities": (("opportunities",), _opportunities),
    "uptake": (("uptake",), _uptake),
    "learning": (("sessions",), _learning),
    "followups": (("followups",), _followups),
    "pulse": ((), _pulse),
    "meetings": (("meetings", "turns"), _meetings),
    "gatherings": (("gatherings",), _gatherings),
    "network": (("network_people", "ties"), _network),
}


@lru_cache(maxsize=1)
def evidence(district: District, tables: Tables) -> tuple[Protected, dict[str, Found]]:
    """The statistics of all kinds of evidence, protected, and what each found; kinds without a record are not among them."""
    asked = Asked(district, tables, facts.as_of(district, tables), int(facts.values(district, "")["smallest_group"]))
    recorded = {table for table, rows in tables.records.items() if len(rows)}
    made = {name: make(asked) for name, (needed, make) in KINDS.items() if not needed or recorded & set(needed)}
    found = {name: one for name, one in made.items() if one is not None}
    rows = [one.statistics for one in found.values() if len(one.statistics)]
    return protect(pd.concat(rows, ignore_index=True), asked.smallest_group) if rows else _nothing(), found


def _nothing() -> Protected:
    from cyclebook.privacy import NOTHING

    return NOTHING


def about(found: Mapping[str, Found], school_id: str) -> dict[str, dict]:
    """The facts of each kind of evidence for one school's page; of the kinds of which nothing is recorded in the district, none."""
    return {name: {**one.shared, **one.of.get(school_id, {})} for name, one in found.items()}


def behind(district: District, tables: Tables) -> list[Source]:
    """The sources of evidence beside the staff's survey that hold anything; those of the team's own page are not among them."""
    names, answered = {name for needed, _ in KINDS.values() for name in needed}, set(tables.responses["survey"].unique())
    records = [source for source in district.sources.values() if source.table in names and len(tables.records[source.table])]
    others = [s for s in district.sources.values() if s.table == "responses" and s.survey in answered and district.surveys[s.survey].who != "staff"]
    link = [source for source in district.sources.values() if source.rates == "pulse" and (tables.ratings["rates"] == "pulse").any()]
    return records + others + link
