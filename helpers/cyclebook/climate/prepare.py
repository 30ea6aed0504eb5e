"""From tidy tables to the bundles of this step: score, estimate, protect for the whole district, then cut by school."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import facts, privacy
from cyclebook.climate import estimate, flagged, groups, measurement, nonresponse, probe, probe_plan, readiness_rows, readiness_sources, reported
from cyclebook.climate.evidence.claims import ORDER
from cyclebook.climate.evidence.prepare import Found, about, behind, evidence
from cyclebook.climate.scales import item_answers, scale_facts, score
from cyclebook.errors import InputError
from cyclebook.parameters.lineage import CONTINUED, MERGED, NEW, SAME, SPLIT, Lineage, Past, open_in
from cyclebook.parameters.names import fold, show, suggest
from cyclebook.privacy import Protected, protect
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from cyclebook.parameters import District, Scale, School, Source, Wave
    from cyclebook.sources import Tables


def prepare(district: District, tables: Tables) -> tuple[dict[str, dict], Iterator[tuple[str, dict]]]:
    """The sizes of the district's own sets, and for each school (school_id, bundle): all that its page is made from."""
    found, others = protected(district, tables), reported_by_others(district, tables)
    beside, kinds = evidence(district, tables)
    ready, sources = readiness(district, tables)
    recorded = pd.concat([part for part in (beside.frame, ready.frame) if len(part)] or [beside.frame], ignore_index=True)
    known: dict[str, dict] = {}
    for table in (found, others, beside, ready):
        for respondents, numbers in privacy.sizes(table).items():
            known.setdefault(respondents, {}).update(numbers)
    return known, _bundles(district, tables, found.frame, others.frame, recorded, kinds, sources)


@lru_cache(maxsize=1)
def readiness(district: District, tables: Tables) -> tuple[Protected, list[str]]:
    """Readiness of each school in the latest wave, from the numbers that pages show, protected; and the sources that it is told from.

    Only what adults say and do counts: what students and families say is held beside it, and is no measure of the adult community.
    """
    waves, settings = fielded(district, tables), facts.values(district, "")
    if not waves:
        return privacy.NOTHING, []
    wave, (beside, kinds) = waves[-1].id, evidence(district, tables)
    parts = [readiness_sources.of_survey(protected(district, tables).frame, district.scales, wave, "survey")]
    latest = {scale: kind.shared["periods"][-1]["id"] for kind in kinds.values() if kind.shared.get("periods") for scale in kind.shared.get("scales", ())}
    parts.append(readiness_sources.of_shares(beside.frame, latest, wave))
    found = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    if found.empty:
        return privacy.NOTHING, []
    rows = readiness_rows.statistics(found, settings)
    return protect(rows, int(settings["smallest_group"])), readiness_sources.named(found["source"], ORDER)


@lru_cache(maxsize=1)
def protected(district: District, tables: Tables) -> Protected:
    """The survey's statistics of the whole district, protected; other steps that speak of the survey take them from here."""
    tables = facts.of_staff(district, tables)
    values = {school_id: facts.values(district, school_id) for school_id in ["", *district.schools]}
    before = facts.lineage(district, tables)
    waves = {wave.id: wave for wave in district.waves}
    withheld = _withheld(tables)
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
        lambda scale, wave, before: district.comparable(district.scales[scale], wave, before),
        withheld,
    )
    smallest = int(values[""]["smallest_group"])
    scores = score(tables.responses, district.scales)
    heard = tables.respondents[~estimate._of(tables.respondents, withheld)]
    chosen = by_group(district, tables)
    parts = {(school, chosen.wave): found for school, found in chosen.parts.items()} if chosen else None
    more = [
        nonresponse.statistics(raw, heard, tables.roster, scores, district.scales, smallest, parts, chosen.counted if chosen else None),
        flagged.statistics(tables.responses, tables.respondents, district.scales, smallest, withheld),
    ]
    if waves_heard := fielded(district, tables):
        more.append(_measurement(district, tables, raw, waves_heard[-1], smallest))
    known = scores[~estimate._of(scores, withheld)]
    if chosen:
        more.append(groups.statistics(known, heard, tables.roster, raw, district.scales, chosen, smallest))
    compared = by_probe(district, tables)
    if compared:
        more.append(probe.statistics(known, heard, tables.roster, raw, district.scales, compared, smallest))
    return protect(pd.concat([part for part in (raw, *more) if len(part)] or [raw], ignore_index=True), smallest)


def _measurement(district: District, tables: Tables, levels: pd.DataFrame, wave: Wave, smallest_group: int) -> pd.DataFrame:
    """How the scales measure in a wave, by the questions as they were put then, and how staff of each school spread."""
    asked = [now for book in district.codebooks.values() for item in book.items.values() if (now := item.asked_in(wave.id)) is not None]
    answers = item_answers(tables.responses[tables.responses["wave"] == wave.id], district.scales)
    options = {scale.id: measurement.steps(scale, asked) for scale in district.scales.values()}
    return measurement.statistics(levels, answers, district.scales, options, wave.id, smallest_group)


def _withheld(tables: Tables) -> list[tuple[str, str, str]]:
    """(survey, wave, school) of which no number is published, because of what was handed out before."""
    return [(survey, wave, school) for table, survey, wave, school in tables.withheld if table == "responses"]


def by_group(district: District, tables: Tables) -> groups.Groups | None:
    """Which groups of staff are shown of the latest wave; None where the district asks for none.

    Raises InputError for a leading role that no roster has: with a slip of the pen the group would be shown at every school.
    """
    return _by_group(district, facts.of_staff(district, tables))


@lru_cache(maxsize=1)
def _by_group(district: District, tables: Tables) -> groups.Groups | None:
    waves = fielded(district, tables)
    if not district.breakdowns or not waves:
        return None
    known = {fold(role): role for role in tables.roster["role"].dropna().unique()}
    for name in district.leaders:
        if fold(name) not in known:
            near = suggest(name, known.values())
            raise InputError(f"parameters/district.yaml: leaders: no roster has a role {show(name)}; {near} Correct or remove it.")
    from cyclebook.privacy import plan

    scores = groups.additive(score(tables.responses, district.scales), district.scales)
    withheld = _withheld(tables)
    return groups.choose(
        scores[~estimate._of(scores, withheld)], tables.respondents[~estimate._of(tables.respondents, withheld)], tables.roster,
        {name: district.attributes[name].values if name in district.attributes else () for name in district.breakdowns},
        district.leaders, district.scales, waves[-1].id, int(facts.values(district, "")["smallest_group"]), plan,
    )  # fmt: skip


def by_probe(district: District, tables: Tables) -> groups.Groups | None:
    """Which groups of staff may be compared in the whole district, in the latest wave; None where the district asks for none."""
    return _by_probe(district, facts.of_staff(district, tables))


@lru_cache(maxsize=1)
def _by_probe(district: District, tables: Tables) -> groups.Groups | None:
    waves = fielded(district, tables)
    if not (district.breakdowns or district.probe) or not waves:
        return None
    from cyclebook.privacy import plan

    scores = groups.additive(score(tables.responses, district.scales), district.scales)
    withheld = _withheld(tables)
    return probe_plan.choose(
        by_group(district, tables), scores[~estimate._of(scores, withheld)], tables.respondents[~estimate._of(tables.respondents, withheld)],
        tables.roster, {name: district.attributes[name].values for name in district.probe}, district.leaders, district.scales, waves[-1].id,
        int(facts.values(district, "")["smallest_group"]), plan,
    )  # fmt: skip


def breakdown_facts(district: District, chosen: groups.Groups | None, wave: Wave | None) -> list[dict[str, str]]:
    """The breakdowns whose averages stand on a page about this wave: id and label ("" for the role, which pages name themselves)."""
    return _labelled(district, district.breakdowns, chosen, wave)


def probe_facts(district: District, compared: groups.Groups | None, wave: Wave | None) -> list[dict[str, str]]:
    """The kinds of groups that are compared on the district's page, as :func:`breakdown_facts`."""
    return _labelled(district, (*district.breakdowns, *district.probe), compared, wave)


def _labelled(district: District, names: Iterable[str], found: groups.Groups | None, wave: Wave | None) -> list[dict[str, str]]:
    if found is None or wave is None or found.wave != wave.id:
        return []
    labels = {name: attribute.label for name, attribute in district.attributes.items()}
    return [{"id": name, "label": labels.get(name, "")} for name in names]


@lru_cache(maxsize=1)
def reported_by_others(district: District, tables: Tables) -> Protected:
    """What others report about the schools, of waves that began by the day the pages speak of, protected."""
    given, day = set(tables.aggregates["wave"]), facts.as_of(district, tables)
    waves = [w for w in district.waves if w.id in given and not (day and w.start > day)]
    schools = {w.id: [s.school_id for s in district.schools.values() if open_in(s, w)] for w in waves}
    smallest = int(facts.values(district, "")["smallest_group"])
    return protect(reported.statistics(tables.aggregates, district.results, schools, smallest), smallest)


def fielded(district: District, tables: Tables) -> tuple[Wave, ...]:
    """The waves with answers of staff that began by the day the pages speak of, in order."""
    return _fielded(district, facts.of_staff(district, tables))


@lru_cache(maxsize=1)
def _fielded(district: District, tables: Tables) -> tuple[Wave, ...]:
    answered, day = set(tables.responses["wave"]), facts.as_of(district, tables)
    return tuple(w for w in district.waves if w.id in answered and not (day and w.start > day))


def _open(district: District, tables: Tables, school: School) -> list[Wave]:
    """The waves with answers in which the school was open, in order."""
    return [wave for wave in fielded(district, tables) if open_in(school, wave)]


def _bundles(
    district: District, tables: Tables, statistics: pd.DataFrame, others: pd.DataFrame, beside: pd.DataFrame, kinds: Mapping[str, Found],
    sources: list[str],
) -> Iterator[tuple[str, dict]]:
    parts = [(table, dict(tuple(table.groupby("school_id", sort=False)))) for table in (statistics, others, beside)]
    measures, records = _reported(district, tables, others), behind(district, tables)
    for school in district.schools.values():
        own, reports, recorded = (_of_page(table, by_school, school.school_id) for table, by_school in parts)
        bundle = _bundle(district, tables, school, own, reports, recorded, measures, records)
        yield school.school_id, bundle | {"evidence": about(kinds, school.school_id), "readiness_sources": _named(district, school.school_id, sources)}


def _named(district: District, school_id: str, sources: Iterable[str]) -> list[dict[str, str]]:
    """The sources of readiness, as the school's page calls them."""
    language = str(facts.values(district, school_id)["language"])
    return [{"id": source, "about": phrase(f"c_source_{source}", language)} for source in sources]


def _of_page(table: pd.DataFrame, by_school: Mapping[str, pd.DataFrame], school_id: str) -> pd.DataFrame:
    """The rows of a school and of the district."""
    found = [by_school[key] for key in (school_id, "") if key in by_school]
    return pd.concat(found) if found else table.iloc[:0]


def _reported(district: District, tables: Tables, others: pd.DataFrame) -> list[dict]:
    """What sentences need to know of each measure that others report: its waves in order, and who published it in each."""
    pairs = others[["wave", "item"]].drop_duplicates()
    given = tables.aggregates.drop_duplicates(["measure", "wave"]).set_index(["measure", "wave"])["source"]
    found = []
    for result in district.results.values():
        waves = [w for w in district.waves if ((pairs["item"] == result.id) & (pairs["wave"] == w.id)).any()]
        publishers = {w.id: district.sources[given[result.id, w.id]].published_by or "" for w in waves}
        if waves:
            found.append({"id": result.id, "name": result.name, "kind": result.kind, "order": list(result.order), "low": result.low,
                          "high": result.high, "publishers": publishers,
                          "waves": [{"id": w.id, "label": w.label, "start": facts.iso(w.start)} for w in waves]})  # fmt: skip
    return found


def _bundle(
    district: District, tables: Tables, school: School, statistics: pd.DataFrame, others: pd.DataFrame, beside: pd.DataFrame,
    measures: list[dict], records: list[Source],
) -> dict:  # fmt: skip
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
    of_its_own = shown["statistic"].str.startswith(("change_", "group_")) | shown["statistic"].isin(measurement.OF_DISTRICT)  # stands on its own page
    shown = shown[(shown["school_id"] != "") | ~of_its_own]
    scales = [scale for scale in district.scales.values() if (shown["scale"] == scale.id).any()]
    sources = [
        s for s in district.sources.values()
        if s.table in ("responses", "roster") and facts.is_of_staff(district, s) and (s.wave in earlier or s.wave_column)
    ]  # fmt: skip
    items = texts(district, focus.id if focus else None)
    sources += [s for s in district.sources.values() if s.table == "aggregates" and len(others)]
    sources += records
    shown = pd.concat([part for part in (shown, others, beside) if len(part)]) if len(others) + len(beside) else shown
    return facts.about(district, tables, school, shown, sources) | {
        "surveyed": len(facts.of_staff(district, tables).responses) > 0,
        "reported": measures,
        "waves": [
            {"id": w.id, "label": w.label, "start": facts.iso(w.start), "end": facts.iso(w.end), "joined": joined}
            for w, joined in zip(waves, _joined(facts.lineage(district, tables), school, waves, pasts), strict=True)
        ],
        "focus": focus.id if focus else "",
        "compared": compared or "",
        "parted": parted,
        "lineage": _lineage(facts.lineage(district, tables), school, focus, {w: pasts[w.id] for w in fielded(district, tables) if w.id in pasts}),
        "scale_surveys": _surveys(shown, focus),
        "breakdowns": breakdown_facts(district, by_group(district, tables), focus),
        "on_every_scale": by_group(district, tables) is not None,
        "weights_given": [survey for survey, wave in _weighted(tables) if focus and wave == focus.id],
        "roles_on_roster": _roles_known(tables.roster, school, focus),
        "scales": [
            scale_facts(scale, items) | _other_questions(district, scale, focus.id, compared, items) for scale in scales
        ],
    }


@lru_cache(maxsize=1)
def _weighted(tables: Tables) -> tuple[tuple[str, str], ...]:
    """The surveys and waves in whose exports a response has a weight."""
    given = tables.respondents.loc[tables.respondents["weight"].notna(), ["survey", "wave"]].drop_duplicates()
    return tuple(sorted(given.itertuples(index=False, name=None)))


def texts(district: District, wave: str | None) -> dict[str, str]:
    """The wording of each item as it was put in a wave; of one that was not asked then, as the codebook has it."""
    items = [item for book in district.codebooks.values() for item in book.items.values()]
    return {item.id: (item.asked_in(wave) or item).text for item in items}


def _other_questions(district: District, scale: Scale, wave: str, before: str | None, items: dict[str, str]) -> dict:
    """Whether a scale had other questions in the wave of comparison, and which were put otherwise then."""
    if before is None:
        return {}
    reworded = [items[item] for item in district.reworded(scale, wave, before)]
    return {"other_questions": not district.comparable(scale, wave, before), "reworded": reworded}


def _surveys(shown: pd.DataFrame, focus: Wave | None) -> dict[str, str]:
    """The survey that each scale with an average comes from in this wave."""
    means = shown[(shown["wave"] == (focus.id if focus else "")) & (shown["statistic"] == "mean") & (shown["school_id"] != "")]
    sets = zip(means["scale"], map(privacy.RespondentSet.parse, means["set"]), strict=True)
    return {scale: dict(own.pairs)["source"][0] for scale, own in sets}


def _roles_known(roster: pd.DataFrame, school: School, wave: Wave | None) -> bool:
    """Whether the roster of the school in this wave gives anyone a role."""
    here = (roster["school_id"] == school.school_id) & (roster["wave"] == (wave.id if wave else ""))
    return bool(roster.loc[here, "role"].notna().any())


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
