"""From tables of records to the one bundle of the district team's own page. What it shows of contacts and ties is in no other bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import facts, privacy
from cyclebook.climate import prepare as climate_prepare
from cyclebook.climate import readings as climate
from cyclebook.parameters.names import DISTRICT
from cyclebook.privacy import NOTHING, protect
from cyclebook.team import practices, replies, service, ties
from cyclebook.team.names import BELOW, PARTICIPATION, UNHEARD, UPTAKE

if TYPE_CHECKING:
    from cyclebook.parameters import District, School, Term
    from cyclebook.sources import Tables

#: The tables of records that the page stands on.
TABLES = ("contacts", "connections", "sessions", "uptake")
GROUPS = ("level", "coach")


def prepare(district: District, tables: Tables) -> tuple[dict[str, dict], Iterator[tuple[str, dict]]]:
    """The sizes of the page's sets, and its bundle."""
    bundle, found = _bundle(district, tables)
    return privacy.sizes(found), iter([(DISTRICT, bundle)])


def _bundle(district: District, tables: Tables) -> tuple[dict, privacy.Protected]:
    day = facts.as_of(district, tables)
    smallest = int(facts.values(district, "")["smallest_group"])
    records = {name: tables.records[name] for name in TABLES}
    schools = [school for school in district.schools.values() if day and _is_open(school, day)]
    found, about = _found(district, tables, records, schools, day, smallest) if day else ([], _nothing())
    found = [one for one in found if len(one)]
    shown = protect(pd.concat(found, ignore_index=True), smallest) if found else NOTHING
    sources = [source for source in district.sources.values() if source.table in TABLES and len(records[source.table])]
    bundle = facts.about(district, tables, None, shown.frame, sources) | about | {
        "names": {school.school_id: school.name for school in district.schools.values()},
        "recorded": {name: bool(len(table)) for name, table in records.items()},
    }  # fmt: skip
    return bundle, shown


def _nothing() -> dict:
    return {"reasons": [], "term": "", "no_visit": [], "map": None}


def _found(
    district: District, tables: Tables, records: Mapping[str, pd.DataFrame], schools: list[School], day: date, smallest: int
) -> tuple[list[pd.DataFrame], dict]:
    ids = [school.school_id for school in schools]
    contacts = replies.watched(records["contacts"], day)
    answered = replies.statistics(contacts, _groups(district, day), smallest)
    drawn = ties.latest(records["connections"], ids, day)
    outcomes = {PARTICIPATION: ties.sharing(records["sessions"], day), UPTAKE: ties.in_use(records["uptake"], day, smallest)}
    own = contacts[contacts["school_id"].isin(ids)]
    staff, need = _staff(district, tables, ids), _need(district, tables, ids)
    found = [
        answered,
        ties.statistics(drawn, outcomes, smallest),
        service.statistics(own, staff, need),
        practices.statistics(contacts, records["sessions"], day, smallest),
    ]
    term = _term(district, day)
    visits = records["contacts"]
    visits = visits[(visits["kind"] == "visit") & (visits["date"] <= day.isoformat())]
    asked_here = set(visits.loc[visits["date"] >= term.start.isoformat(), "school_id"]) if term else set()
    return found, {
        "reasons": list(replies.open_reasons(answered)),
        "term": term.label if term and len(visits) else "",  # where visits are not recorded, none is missed
        "no_visit": [school for school in ids if school not in asked_here] if term and len(visits) else [],
        "map": {
            "none": [school for school, count in drawn.contacts.items() if count == 0],
            "one": [school for school, count in drawn.contacts.items() if count == 1],
            "missing": [school for school in ids if school not in drawn.contacts.index],
        } if len(drawn.contacts) else None,
    }  # fmt: skip


def _is_open(school: School, day: date) -> bool:
    return not (school.opened and school.opened > day) and not (school.closed and school.closed <= day)


def _term(district: District, day: date) -> Term | None:
    """The term that the day lies in; None between terms."""
    return next((term for term in district.terms if term.start <= day <= term.end), None)


def _groups(district: District, day: date) -> dict[str, dict[str, str]]:
    of = {school.school_id: {"level": school.level, **district.groups_on(school.school_id, day)} for school in district.schools.values()}
    return {by: {school: str(groups.get(by) or "") for school, groups in of.items()} for by in GROUPS}


def _staff(district: District, tables: Tables, schools: list[str]) -> pd.Series:
    """How many staff each school has, as its page shows it of the latest survey; of those of which nothing is shown, none."""
    waves = climate_prepare.fielded(district, tables)
    shown = climate_prepare.protected(district, tables).rows(wave=waves[-1].id, statistic="head_count", item="").frame if waves else NOTHING.frame
    shown = shown[(shown["why"] == "") & shown["school_id"].isin(schools)]
    return shown.groupby("school_id")["value"].max()


def _need(district: District, tables: Tables, schools: list[str]) -> dict[str, str]:
    """What a school may need, by the latest survey as its page shows it: likely on the worse side of the district on a scale, or too few answers for a score."""
    waves = climate_prepare.fielded(district, tables)
    if not waves:
        return {}
    wave, need = waves[-1].id, {}
    shown = climate_prepare.protected(district, tables).rows(wave=wave, item="")
    by_school = shown.by("school_id")
    margin = float(facts.values(district, "")["like_margin"])
    for school in schools:
        own = by_school.get(school, NOTHING)
        if all(value is None for value in own.rows(statistic="mean").values()):
            need[school] = UNHEARD
            continue
        for scale in district.scales.values():
            worse = "below" if scale.better == "higher" else "above"
            stands = climate.position(own + by_school.get("", NOTHING), {"id": scale.id, "about": scale.about}, wave, margin)
            if stands is not None and stands.template == worse:
                need[school] = BELOW
    return need
