"""What every bundle says of its unit, whatever the step: names, the district, the day, settings, surveys with promises, files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import privacy
from cyclebook.parameters.lineage import Lineage, first_seen
from cyclebook.parameters.model import WHO
from cyclebook.parameters.names import DISTRICT

if TYPE_CHECKING:
    from cyclebook.parameters import District, School, Source
    from cyclebook.sources import Tables


def about(
    district: District, tables: Tables, school: School | None, statistics: pd.DataFrame, sources: Iterable[Source]
) -> dict[str, object]:
    """The part of a bundle that all steps share.

    school: None for the district's own page. statistics: the rows of the protected table that the page may show.
    sources: those that stand behind it; the promises of their surveys stand at its head. A page that no survey stands
    behind repeats what staff were promised in all of the district's surveys.
    """
    sources = list(sources)
    surveys = sorted({source.survey for source in sources if source.survey}) or sorted(name for name, survey in district.surveys.items() if survey.who == WHO[0])
    return {
        "school": _unit(district, school, as_of(district, tables)),
        "district": {
            "id": district.id, "name": district.name, "synthetic": district.synthetic, "audience": district.audience,
            "approved": {"by": district.approved.by, "date": iso(district.approved.date)} if district.approved else None,
        },
        "took_over": took_over(district, tables, school.school_id) if school else [],
        "as_of": iso(as_of(district, tables)),
        "wave_labels": {wave.id: wave.label for wave in district.waves},
        "surveys": [_survey(name, district) for name in surveys],
        "settings": settings(district, school.school_id if school else ""),
        "sources": [
            {"name": s.name, "table": s.table, "file": s.path.name, "form": s.form, "wave": s.wave or ""} for s in sources
        ],
        "statistics": privacy.records(statistics),
    }


@lru_cache(maxsize=2)
def as_of(district: District, tables: Tables) -> date | None:
    """The day that the pages speak of: as configured, else the latest in the data; None without either. Never a clock."""
    if district.as_of:
        return district.as_of
    answered = set(tables.responses["wave"]) | set(tables.aggregates["wave"])
    days = [wave.end for wave in district.waves if wave.id in answered]
    records = (table for table in tables.records.values() if "date" in table)
    dated = [table.loc[table["date"] != "", "date"] for table in (tables.ratings, tables.series, tables.teams, *records)]
    days += [date.fromisoformat(column.max()) for column in dated if len(column)]
    return max(days, default=None)


def is_of_staff(district: District, source: Source) -> bool:
    """Whether a source holds no answers of students or families."""
    return source.survey is None or district.surveys[source.survey].who == WHO[0]


@lru_cache(maxsize=2)
def of_staff(district: District, tables: Tables) -> Tables:
    """The tables with what staff answered alone: students and families are sources of their own. The same object where only staff were asked."""
    others = [name for name, survey in district.surveys.items() if survey.who != WHO[0]]
    if not others or not tables.responses["survey"].isin(others).any():
        return tables
    kept = {name: getattr(tables, name)[~getattr(tables, name)["survey"].isin(others)].reset_index(drop=True) for name in ("responses", "respondents")}
    return replace(tables, **kept)


@lru_cache(maxsize=2)
def lineage(district: District, tables: Tables) -> Lineage:
    """Which schools' staff were a school's before; a number that files first name after another school closed is new then."""
    starts = {wave.id: wave.start for wave in district.waves}
    seen: dict[str, date] = {}
    for table in (tables.responses, tables.roster):
        for school, wave in table[["school_id", "wave"]].drop_duplicates().itertuples(index=False):
            seen[school] = min(seen.get(school, starts[wave]), starts[wave])
    for table in (tables.ratings, tables.series):
        for school, day in table.groupby("school_id")["date"].min().items():
            first = date.fromisoformat(day)
            seen[school] = min(seen.get(school, first), first)
    return Lineage(first_seen(district.schools, seen))


@lru_cache(maxsize=1)
def went_on(district: District, tables: Tables) -> dict[str, tuple[str, ...]]:
    """For each school that is another one under a new id, the ids before it, the oldest first: those that closed by the page's day."""
    day = as_of(district, tables)
    before = {new: old for old, new in lineage(district, tables).continued().items() if day is None or district.schools[old].closed <= day}
    found = {}
    for new in before:
        chain = [before[new]]
        while chain[0] in before:
            chain.insert(0, before[chain[0]])
        found[new] = tuple(chain)
    return found


def took_over(district: District, tables: Tables, school_id: str) -> list[dict]:
    """Which schools this one took over from by the page's day, in order of time: day, names, and how its series stand to theirs.

    kind: ``same``, it is that school under a new id; ``new``, it began then; ``own``, it was there before. parted: whether staff of
    that school went to others, too.
    """
    day, on, before = as_of(district, tables), went_on(district, tables), lineage(district, tables).schools
    found: dict[tuple[date, str, bool], list[str]] = {}
    for old in sorted(district.schools.values(), key=lambda school: school.closed or date.max):
        heir = school_id in old.successors or old.school_id in on.get(school_id, ())
        if not heir or (day and old.closed > day):
            continue
        opened = before[school_id].opened
        began = bool(opened and opened > old.closed)
        kind = "same" if old.school_id in on.get(school_id, ()) else "new" if began else "own"
        found.setdefault((old.closed, kind, len(old.successors) > 1), []).append(old.name)
    return [
        {"day": iso(closed), "kind": kind, "parted": parted, "names": names} for (closed, kind, parted), names in found.items()
    ]


def settings(district: District, school_id: str) -> list[dict]:
    """The settings in force with their layers. An own spread is never shown below twice the smallest group."""
    found = [asdict(setting) for setting in district.settings(school_id or None).values()]
    values = {setting["name"]: setting["value"] for setting in found}
    for setting in found:
        if setting["name"] == "small_school":
            setting["value"] = max(setting["value"], 2 * values["smallest_group"])
    return found


def values(district: District, school_id: str) -> dict:
    """The settings in force by name; of the district for an empty id."""
    return {setting["name"]: setting["value"] for setting in settings(district, school_id)}


def iso(day: date | None) -> str:
    """The day as text, empty for none."""
    return day.isoformat() if day else ""


def _unit(district: District, school: School | None, day: date | None) -> dict[str, object]:
    if school is None:
        return {"id": DISTRICT, "name": district.name, "level": "", "opened": "", "closed": "", "successors": [], "groups": {}}
    return {
        "id": school.school_id,
        "name": school.name,
        "level": school.level,
        "opened": iso(school.opened),
        "closed": iso(school.closed),
        "groups": district.groups_on(school.school_id, day),
        "successors": [district.schools[name].name for name in school.successors],
    }


def _survey(name: str, district: District) -> dict:
    survey = district.surveys[name]
    promise = survey.promise
    return {"id": name, "title": survey.title, "who": survey.who, "promise": asdict(promise) if promise else None}
