"""From tidy tables to the bundles of this step: score, estimate, protect for the whole district, then cut by school."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import privacy
from cyclebook.climate import estimate
from cyclebook.privacy import protect

if TYPE_CHECKING:
    from cyclebook.parameters import District, School, Wave
    from cyclebook.sources import Tables


def prepare(district: District, tables: Tables) -> tuple[dict[str, dict], Iterator[tuple[str, dict]]]:
    """The sizes of the district's own sets, and for each school (school_id, bundle): all that its page is made from."""
    values = {school_id: _values(district, school_id) for school_id in ["", *district.schools]}
    raw = estimate.statistics(
        tables.responses,
        tables.roster,
        district.scales,
        {wave.id: wave.compare_with for wave in district.waves},
        values.__getitem__,
    )
    protected = protect(raw, int(values[""]["smallest_group"]))
    return privacy.sizes(protected), _bundles(district, set(tables.responses["wave"]), protected.frame)


def _settings(district: District, school_id: str) -> list[dict]:
    """The settings in force with their layers. An own spread is never shown below twice the smallest group."""
    settings = [asdict(setting) for setting in district.settings(school_id or None).values()]
    values = {setting["name"]: setting["value"] for setting in settings}
    for setting in settings:
        if setting["name"] == "small_school":
            setting["value"] = max(setting["value"], 2 * values["smallest_group"])
    return settings


def _values(district: District, school_id: str) -> dict:
    return {setting["name"]: setting["value"] for setting in _settings(district, school_id)}


def _bundles(district: District, answered: set[str], statistics: pd.DataFrame) -> Iterator[tuple[str, dict]]:
    fielded = [w for w in district.waves if w.id in answered and not (district.as_of and w.start > district.as_of)]
    by_school = dict(tuple(statistics.groupby("school_id", sort=False)))
    for school in district.schools.values():
        frames = [by_school[key] for key in (school.school_id, "") if key in by_school]
        own = pd.concat(frames) if frames else statistics.iloc[:0]
        yield school.school_id, _bundle(district, school, own, fielded)


def _open_in(school: School, wave: Wave) -> bool:
    """Whether the school was open on any day of the wave."""
    return not (school.closed and school.closed < wave.start) and not (school.opened and school.opened > wave.end)


def _bundle(district: District, school: School, statistics: pd.DataFrame, fielded: list[Wave]) -> dict:
    """fielded: the waves with answers that began by the day the page speaks of."""
    waves = [wave for wave in fielded if _open_in(school, wave)]
    focus = waves[-1] if waves else None
    earlier = {wave.id for wave in waves}
    compared = focus.compare_with if focus and focus.compare_with in earlier else None
    shown = statistics[statistics["wave"].isin(earlier)]
    shown = shown[(shown["item"] == "") | (shown["wave"] == (focus.id if focus else ""))]
    scales = [scale for scale in district.scales.values() if (shown["scale"] == scale.id).any()]
    sources = [s for s in district.sources.values() if s.wave in earlier or s.wave_column]
    items = {item.id: item.text for book in district.codebooks.values() for item in book.items.values()}
    successor = district.schools.get(school.successor) if school.successor else None
    return {
        "school": {
            "id": school.school_id,
            "name": school.name,
            "level": school.level,
            "opened": _iso(school.opened),
            "closed": _iso(school.closed),
            "successor": successor.name if successor else "",
        },
        "district": {"id": district.id, "name": district.name, "synthetic": district.synthetic},
        "as_of": _iso(district.as_of or max((w.end for w in fielded), default=None)),
        "waves": [{"id": w.id, "label": w.label, "start": _iso(w.start), "end": _iso(w.end)} for w in waves],
        "focus": focus.id if focus else "",
        "compared": compared or "",
        "surveys": [_survey(name, district) for name in sorted({s.survey for s in sources if s.table == "responses"})],
        "scales": [_scale(scale, items) for scale in scales],
        "settings": _settings(district, school.school_id),
        "sources": [
            {"name": s.name, "table": s.table, "file": s.path.name, "form": s.form, "wave": s.wave or ""}
            for s in sources
        ],
        "statistics": privacy.records(shown),
    }


def _iso(day) -> str:
    return day.isoformat() if day else ""


def _survey(name: str, district: District) -> dict:
    survey = district.surveys[name]
    promise = survey.promise
    return {"id": name, "title": survey.title, "promise": asdict(promise) if promise else None}


def _scale(scale, items: dict[str, str]) -> dict:
    return {
        "id": scale.id,
        "name": scale.name,
        "about": scale.about,
        "low": scale.low,
        "high": scale.high,
        "favourable": scale.favourable,
        "better": scale.better,
        "mode": scale.mode,
        "minimum_answered": scale.minimum_answered,
        "source": scale.source,
        "items": [{"id": item, "text": items[item], "reversed": item in scale.reverse} for item in scale.items],
    }
