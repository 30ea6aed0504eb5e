"""From parameters and tidy tables to the bundles of this step: count ratings, protect them, then cut by school."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import facts, privacy
from cyclebook.norms import agreements, ratings
from cyclebook.norms.team import Team, teams
from cyclebook.privacy import Protected, protect

if TYPE_CHECKING:
    from cyclebook.parameters import Agreement, District, School
    from cyclebook.sources import Tables


def prepare(district: District, tables: Tables) -> tuple[dict[str, dict], Iterator[tuple[str, dict]]]:
    """The sizes of the district's own sets (this step has none), and for each school (school_id, bundle)."""
    found = protected(district, tables)
    return privacy.sizes(found), _bundles(district, tables, found.frame)


def protected(district: District, tables: Tables) -> Protected:
    """What was rated, school by school, up to the day that the pages speak of; numbers too few stand behind are blanked."""
    smallest, rated = _smallest(district), _rated(district, tables)
    lived = ratings.lived_by(rated[rated["rates"] == "agreements"], smallest)
    together = ratings.collaboration(rated[rated["rates"] == "collaboration"], smallest, district.terms)
    return protect(pd.concat([lived, together], ignore_index=True), smallest)


def _smallest(district: District) -> int:
    return int(facts.values(district, "")["smallest_group"])


def _rated(district: District, tables: Tables) -> pd.DataFrame:
    of_norms = tables.ratings[tables.ratings["rates"].isin(["agreements", "collaboration"])]  # the feedback link stands in another step
    rated = _placed(_until(of_norms, facts.as_of(district, tables)), district)
    return _carried(rated.assign(withheld=_withheld(rated, district, tables)), district, tables)


def _withheld(rated: pd.DataFrame, district: District, tables: Tables) -> list[bool]:
    """Which ratings no number may be published of beside what was handed out (``privacy.releases``)."""
    terms = {"agreements": (), "collaboration": district.terms}
    return [
        ("ratings", rates, ratings.window(day, terms[rates]), school) in tables.withheld
        for rates, day, school in zip(rated["rates"], rated["date"], rated["school_id"], strict=True)
    ]


def _carried(rated: pd.DataFrame, district: District, tables: Tables) -> pd.DataFrame:
    """The ratings with the column origin (the id under which they were given), and once more for a school under a new id.

    Of the old id only the windows before the first in which the new one has ratings are carried, so that no window mixes both;
    of agreements only those that stand under both ids in the same words.
    """
    rated = rated.assign(origin=rated["school_id"])
    texts = {(each.school_id, each.id): each.text for each in district.agreements}
    more = []
    for new, before in facts.went_on(district, tables).items():
        for kind, terms in (("agreements", ()), ("collaboration", district.terms)):
            of = rated[rated["rates"] == kind]
            first = of.loc[of["school_id"] == new, "date"].min()
            for old in reversed(before):
                here = of[of["school_id"] == old]
                if kind == "agreements":
                    same = [item for item in here["item"].unique() if texts.get((new, item)) == texts.get((old, item), "")]
                    here = here[here["item"].isin(same)]
                if isinstance(first, str):
                    begun = ratings.window(first, terms)
                    here = here[(here["date"] < first) & (here["date"].map(lambda day: ratings.window(day, terms)) != begun)]
                if len(here):
                    more.append(here.assign(school_id=new))
                    first = here["date"].min()
    return pd.concat([rated, *more], ignore_index=True)


def _until(table: pd.DataFrame, day: date | None) -> pd.DataFrame:
    """The rows dated up to a day (None: all)."""
    return table if day is None else table[table["date"] <= day.isoformat()]


def _placed(rated: pd.DataFrame, district: District) -> pd.DataFrame:
    """The ratings with the middle of the answers that could be given, and whether an answer lies there."""
    pairs = list(zip(_source(rated), rated["item"], strict=True))
    sets = {pair: _answers(district, *pair) for pair in set(pairs)}
    centres = {pair: ratings.centre(answers) for pair, answers in sets.items()}
    between = {pair: centres[pair] in answers for pair, answers in sets.items()}
    return rated.assign(
        centre=pd.Series([centres[pair] for pair in pairs], index=rated.index, dtype="float64"),
        between=pd.Series([between[pair] for pair in pairs], index=rated.index, dtype="bool"),
    )


def _source(rated: pd.DataFrame) -> pd.Series:
    """The source of each rating: its row is named `source:record`."""
    return rated["row"].str.split(":", n=1).str[0]


def _answers(district: District, source: str, item: str) -> set[float]:
    """The numbers of the answers that could be given to an item of a source; agreements share the codebook's one answer set."""
    declared = district.sources[source]
    book = district.codebooks[declared.codebook]
    answers = next(iter(book.answers.values())) if declared.rates == "agreements" else book.items[item].answers
    return set(answers.values())


def _bundles(district: District, tables: Tables, statistics: pd.DataFrame) -> Iterator[tuple[str, dict]]:
    day = facts.as_of(district, tables)
    by_school = dict(tuple(statistics.groupby("school_id", sort=False)))
    rated, smallest = _rated(district, tables), _smallest(district)
    of_agreements = rated[rated["rates"] == "agreements"]
    needed, heads = ratings.needed(of_agreements, smallest), _heads(district, tables, day)
    behind = _source(rated).groupby(rated["school_id"]).agg(set)
    listed = teams(tables.teams, day)
    for school in district.schools.values():
        own = by_school.get(school.school_id, statistics.iloc[:0])
        team = listed.get(school.school_id)
        names = behind.get(school.school_id, set())
        wave, count = heads.get(school.school_id, ("", None)) if (own["statistic"] == "raters").any() else ("", None)
        sources = [
            s
            for s in district.sources.values()
            if s.name in names
            or (s.table == "teams" and team)
            or (s.table == "roster" and wave and (s.wave == wave or s.wave_column))
        ]
        own_facts = _own(district, school, own, team, day) | {"head_count": count}
        for agreement in own_facts["agreements"]:
            agreement["needed"] = needed.get((school.school_id, agreement["id"]), smallest)
        yield school.school_id, facts.about(district, tables, school, own, sources) | own_facts


def _heads(district: District, tables: Tables, day: date | None) -> dict[str, tuple[str, int]]:
    """For each school the latest wave, begun by the day (None: any), in which a roster counts its staff, and how many they are.

    A person who is listed twice in a school and wave counts once.
    """
    place, found = ["school_id", "wave"], {}
    persons = tables.roster[tables.roster["person"].notna()].drop_duplicates([*place, "person"])
    counts = pd.concat([persons, tables.roster[tables.roster["person"].isna()]]).groupby(place)["head_count"].sum()
    begun = sorted((wave.start, wave.id) for wave in district.waves if day is None or wave.start <= day)
    for _, wave in begun:
        found |= {school: (wave, int(count)) for (school, of), count in counts.items() if of == wave and count > 0}
    return found


def _own(district: District, school: School, statistics: pd.DataFrame, team: Team | None, day: date | None) -> dict:
    gone = bool(school.closed and day and school.closed <= day)
    asked = set(statistics.loc[statistics["item"] != "", "item"])
    items = {item.id: item.text for book in district.codebooks.values() for item in book.items.values()}
    structure = asdict(district.structure) | {"day": facts.iso(district.structure.day)} if district.structure else None
    return {
        "closed": gone,
        "agreements": [_agreement(each, day, gone) for each in district.agreements if each.school_id == school.school_id],
        "windows": _windows(district, set(statistics.loc[statistics["item"] != "", "wave"])),
        "questions": [{"id": item, "text": text} for item, text in items.items() if item in asked],
        "team": {"day": facts.iso(team.day), "members": [list(seat) for seat in team.members.items()]} if team else None,
        "structure": structure,
    }


def _agreement(agreement: Agreement, day: date | None, gone: bool) -> dict:
    """An agreement and where its reviews stand. Of a closed school no review is due any more."""
    found = agreements.review(agreement, day)
    return {
        "id": agreement.id,
        "text": agreement.text,
        "question": agreement.question,
        "owner": agreement.owner,
        "behaviour": agreement.behaviour,
        "last": facts.iso(found.last),
        "due": "" if gone else facts.iso(found.due),
        "days": None if gone else found.days,
        "unsaid": list(agreements.unsaid(agreement, day)),
    }


def _windows(district: District, ids: set[str]) -> list[dict]:
    """The windows in which people were asked how they work together, in order of time; a calendar month has no label."""
    terms = {term.id: term for term in district.terms}
    starts = {name: terms[name].start.isoformat() if name in terms else f"{name}-01" for name in ids}
    return [{"id": name, "label": terms[name].label if name in terms else ""} for name in sorted(ids, key=starts.__getitem__)]
