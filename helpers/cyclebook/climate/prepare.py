"""From tidy tables to the bundles of this step: score, estimate, protect for the whole district, then cut by school."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import facts, privacy
from cyclebook.climate import estimate
from cyclebook.parameters.lineage import CONTINUED, MERGED, NEW, SAME, SPLIT, Lineage, Past, open_in
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
    before = facts.lineage(district, tables)
    waves = {wave.id: wave for wave in district.waves}
    shown = {}
    for school in district.schools.values():
        *earlier, focus = _open(district, tables, school) or [None]
        for wave in fielded(district, tables):
            if focus and wave.start < focus.start:
                found = before.past(school.school_id, wave, focus)
                shown |= {(school.school_id, wave.id): found.schools} if found.kind in (CONTINUED, MERGED) else {}
    raw = estimate.statistics(
        tables.responses,
        tables.roster,
        district.scales,
        {wave.id: wave.compare_with for wave in district.waves},
        values.__getitem__,
        lambda school, then, now: before.past(school, waves[then], waves[now]).schools,
        shown,
    )
    return protect(raw, int(values[""]["smallest_group"]))


@lru_cache(maxsize=1)
def fielded(district: District, tables: Tables) -> tuple[Wave, ...]:
    """The waves with answers that began by the day the pages speak of, in order."""
    answered, day = set(tables.responses["wave"]), facts.as_of(district, tables)
    return tuple(w for w in district.waves if w.id in answered and not (day and w.start > day))


def _open(district: District, tables: Tables, school: School) -> list[Wave]:
    """The waves with answers in which the school was open, in order."""
    return [wave for wave in fielded(district, tables) if open_in(school, wave)]


def _bundles(district: District, tables: Tables, statistics: pd.DataFrame) -> Iterator[tuple[str, dict]]:
    by_school = dict(tuple(statistics.groupby("school_id", sort=False)))
    for school in district.schools.values():
        frames = [by_school[key] for key in (school.school_id, "") if key in by_school]
        own = pd.concat(frames) if frames else statistics.iloc[:0]
        yield school.school_id, _bundle(district, tables, school, own)


def _bundle(district: District, tables: Tables, school: School, statistics: pd.DataFrame) -> dict:
    was_open = _open(district, tables, school)
    focus = was_open[-1] if was_open else None
    pasts = _pasts(district, tables, school, focus) if focus else {}
    waves = [w for w in fielded(district, tables) if w is focus or w in was_open or (w.id in pasts and pasts[w.id].schools)]
    waves = [w for w in waves if w is focus or pasts[w.id].kind != NEW]
    earlier = {wave.id for wave in waves}
    then = focus.compare_with if focus else None
    parted = then in pasts and pasts[then].kind == SPLIT
    compared = then if then in earlier and not parted else None
    shown = statistics[statistics["wave"].isin(earlier)]
    shown = shown[(shown["item"] == "") | (shown["wave"] == (focus.id if focus else ""))]
    shown = shown[(shown["school_id"] != "") | ~shown["statistic"].str.startswith("change_")]  # the district's stands on its own page
    scales = [scale for scale in district.scales.values() if (shown["scale"] == scale.id).any()]
    sources = [s for s in district.sources.values() if s.table in ("responses", "roster") and (s.wave in earlier or s.wave_column)]
    items = {item.id: item.text for book in district.codebooks.values() for item in book.items.values()}
    return facts.about(district, tables, school, shown, sources) | {
        "waves": [
            {"id": w.id, "label": w.label, "start": facts.iso(w.start), "end": facts.iso(w.end), "joined": joined}
            for w, joined in zip(waves, _joined(facts.lineage(district, tables), school, waves, pasts), strict=True)
        ],
        "focus": focus.id if focus else "",
        "compared": compared or "",
        "parted": parted,
        "lineage": _lineage(facts.lineage(district, tables), school, focus, {w: pasts[w.id] for w in fielded(district, tables) if w.id in pasts}),
        "scales": [scale_facts(scale, items) for scale in scales],
    }


def _pasts(district: District, tables: Tables, school: School, focus: Wave) -> dict[str, Past]:
    """What the school was in each wave before ``focus``, by the wave's id."""
    before = facts.lineage(district, tables)
    return {w.id: before.past(school.school_id, w, focus) for w in fielded(district, tables) if w.start < focus.start}


def _joined(before: Lineage, school: School, waves: list[Wave], pasts: dict[str, Past]) -> list[bool]:
    """For each wave whether the same staff stand behind it and the wave before it on the page: no school parted in between.

    Of a wave from before a parting the page shows the school as it was then, so two such waves are joined where it was the same.
    """
    found = [False]
    for then, now in zip(waves, waves[1:], strict=False):
        parted = [wave.id in pasts and pasts[wave.id].kind == SPLIT for wave in (then, now)]
        found.append(before.past(school.school_id, then, now).kind == SAME if all(parted) else not any(parted))
    return found[: len(waves)]


def _lineage(before: Lineage, school: School, focus: Wave | None, pasts: dict[Wave, Past]) -> dict[str, list[dict]]:
    """Which schools closed and are part of this one now, whose answers its earlier waves are, and which schools parted."""

    def named(ids: Iterable[str]) -> list[str]:
        return [before.schools[name].name for name in ids]

    told: dict[str, dict] = {"closed": {}, "waves": {}, "parted": {}}
    for wave, past in pasts.items():
        for day, gone in before.closures(school.school_id, past, focus):
            entry = {"day": facts.iso(day), "names": named(gone)}
            if past.kind == SPLIT:
                told["parted"].setdefault((day, gone), entry | {"waves": []})["waves"].append(wave.label)
            else:
                told["closed"].setdefault((day, gone), entry)
        if past.kind in (CONTINUED, MERGED):
            told["waves"].setdefault(past.schools, {"names": named(past.schools), "waves": []})["waves"].append(wave.label)
    return {kind: list(found.values()) for kind, found in told.items()}


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
