"""What every bundle says of its unit, whatever the step: names, the district, the day, settings, surveys with promises, files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import privacy
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
    surveys = sorted({source.survey for source in sources if source.survey}) or sorted(district.surveys)
    return {
        "school": _unit(district, school, as_of(district, tables)),
        "district": {"id": district.id, "name": district.name, "synthetic": district.synthetic},
        "as_of": iso(as_of(district, tables)),
        "wave_labels": {wave.id: wave.label for wave in district.waves},
        "surveys": [_survey(name, district) for name in surveys],
        "settings": settings(district, school.school_id if school else ""),
        "sources": [
            {"name": s.name, "table": s.table, "file": s.path.name, "form": s.form, "wave": s.wave or ""} for s in sources
        ],
        "statistics": privacy.records(statistics),
    }


@lru_cache(maxsize=1)
def as_of(district: District, tables: Tables) -> date | None:
    """The day that the pages speak of: as configured, else the latest in the data; None without either. Never a clock."""
    if district.as_of:
        return district.as_of
    answered = set(tables.responses["wave"])
    days = [wave.end for wave in district.waves if wave.id in answered]
    dated = [table.loc[table["date"] != "", "date"] for table in (tables.ratings, tables.series, tables.teams)]
    days += [date.fromisoformat(column.max()) for column in dated if len(column)]
    return max(days, default=None)


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
    return {"id": name, "title": survey.title, "promise": asdict(promise) if promise else None}
