"""From tidy tables to the bundles of this step: score, estimate, protect for the whole district, then cut by school."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import facts, privacy
from cyclebook.climate import estimate
from cyclebook.parameters.lineage import open_in
from cyclebook.privacy import Protected, protect

if TYPE_CHECKING:
    from cyclebook.parameters import District, Scale, School, Wave
    from cyclebook.sources import Tables


def prepare(district: District, tables: Tables) -> tuple[dict[str, dict], Iterator[tuple[str, dict]]]:
    """The sizes of the district's own sets, and for each school (school_id, bundle): all that its page is made from."""
    found = protected(district, tables)
    return privacy.sizes(found), _bundles(district, tables, found.frame)


@lru_cache(maxsize=1)
def protected(district: District, tables: Tables) -> Protected:
    """The survey's statistics of the whole district, protected; other steps that speak of the survey take them from here."""
    values = {school_id: facts.values(district, school_id) for school_id in ["", *district.schools]}
    raw = estimate.statistics(
        tables.responses,
        tables.roster,
        district.scales,
        {wave.id: wave.compare_with for wave in district.waves},
        values.__getitem__,
    )
    return protect(raw, int(values[""]["smallest_group"]))


@lru_cache(maxsize=1)
def fielded(district: District, tables: Tables) -> tuple[Wave, ...]:
    """The waves with answers that began by the day the pages speak of, in order."""
    answered, day = set(tables.responses["wave"]), facts.as_of(district, tables)
    return tuple(w for w in district.waves if w.id in answered and not (day and w.start > day))


def _bundles(district: District, tables: Tables, statistics: pd.DataFrame) -> Iterator[tuple[str, dict]]:
    by_school = dict(tuple(statistics.groupby("school_id", sort=False)))
    for school in district.schools.values():
        frames = [by_school[key] for key in (school.school_id, "") if key in by_school]
        own = pd.concat(frames) if frames else statistics.iloc[:0]
        yield school.school_id, _bundle(district, tables, school, own)


def _bundle(district: District, tables: Tables, school: School, statistics: pd.DataFrame) -> dict:
    waves = [wave for wave in fielded(district, tables) if open_in(school, wave)]
    focus = waves[-1] if waves else None
    earlier = {wave.id for wave in waves}
    compared = focus.compare_with if focus and focus.compare_with in earlier else None
    shown = statistics[statistics["wave"].isin(earlier)]
    shown = shown[(shown["item"] == "") | (shown["wave"] == (focus.id if focus else ""))]
    shown = shown[(shown["school_id"] != "") | ~shown["statistic"].str.startswith("change_")]  # the district's stands on its own page
    scales = [scale for scale in district.scales.values() if (shown["scale"] == scale.id).any()]
    sources = [s for s in district.sources.values() if s.table in ("responses", "roster") and (s.wave in earlier or s.wave_column)]
    items = {item.id: item.text for book in district.codebooks.values() for item in book.items.values()}
    return facts.about(district, tables, school, shown, sources) | {
        "waves": [{"id": w.id, "label": w.label, "start": facts.iso(w.start), "end": facts.iso(w.end)} for w in waves],
        "focus": focus.id if focus else "",
        "compared": compared or "",
        "scales": [scale_facts(scale, items) for scale in scales],
    }


def scale_facts(scale: Scale, items: dict[str, str]) -> dict:
    """What sentences and figures need to know of a scale. items: the wording of each item by id."""
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
