"""Where people sit and gather: counts without names, by place and time, how much they are in one place, and what changed from term to term."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from cyclebook.climate.evidence.lines import Line, stacked
from cyclebook.climate.evidence.terms import order, term_of
from cyclebook.privacy import coding
from cyclebook.privacy.sets import RespondentSet

SCALE = "gatherings"
OTHERS = ""  #: the item of the row for places with few people, put together; no place is without a name


class Part(NamedTuple):
    """People in one place, or in several that are put together: ``item`` is the place's name or ``OTHERS``."""

    item: str
    people: int
    places: tuple[str, ...]


def put_together(counts: Mapping[str, int], smallest_group: int) -> list[Part]:
    """The people of one look by place, so that no part holds fewer than smallest_group; [] where all together are fewer. Places without people are left out.

    Places with fewer stand together as ``OTHERS``, with the next larger ones until they are enough. So neither a part nor what is left of the
    whole without some parts is a small group (minimum frequency with recoding: Hundepool et al. 2012, ch. 4). Largest first, ``OTHERS`` last.
    """
    filled = sorted(((place, int(people)) for place, people in counts.items() if people > 0), key=lambda one: (one[1], one[0]))
    if sum(people for _, people in filled) < smallest_group:
        return []
    pooled: list[tuple[str, int]] = []
    while filled and (filled[0][1] < smallest_group or 0 < sum(people for _, people in pooled) < smallest_group):
        pooled.append(filled.pop(0))
    found = [Part(place, people, (place,)) for place, people in reversed(filled)]
    if pooled:
        found.append(Part(OTHERS, sum(people for _, people in pooled), tuple(sorted(place for place, _ in pooled))))
    return found


def look_id(date: str, time: str) -> str:
    """The id of one look: its day and its time of the day."""
    return f"{date} {time}"


def statistics(records: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Rows of each look (day and time), and of each time of the day over the looks of a term, not yet protected.

    records: the table ``gatherings``. Of a look (``wave``): ``people`` by place (``item``; ``OTHERS``: places with few people); ``seen``; ``fullest``, the percentage
    in the fullest place, where that stands by itself; ``spread``, 1 over the sum of squared shares: in how many places people would be if each held as
    many (Laakso & Taagepera 1979), "or more" where places are put together. Of a term (``item`` the time): ``looks``, ``fullest_low`` and ``fullest_high``, the
    least and the most of its looks. Its set is the people of its looks, of whom it is only known that they are as many as in the fullest look. The set of a part names
    its places under ``answered``; that nothing follows from several parts is what :func:`put_together` sees to.
    """
    lines: list[Line] = []
    of_terms: dict[tuple[str, str, str], list[tuple[str, int, int]]] = {}
    for (school, date, time), look in records.groupby(["school_id", "date", "time"], sort=True):
        counts = {place: int(people) for place, people in zip(look["place"], look["people"], strict=True)}
        wave, seen = look_id(date, time), sum(counts.values())
        whole = str(RespondentSet.of(source=SCALE, window=wave, school_id=school))
        parts = put_together(counts, smallest_group)
        lines.append(Line(school, wave, "", "seen", seen, 0, seen, whole))
        if not parts:
            continue
        for part in parts:
            name = str(RespondentSet.of(source=SCALE, window=wave, school_id=school, answered=part.places))
            lines.append(Line(school, wave, part.item, "people", part.people, 0, part.people, name))
        lines += [Line(school, wave, place, "people", 0, 0, 0, "") for place, people in counts.items() if people == 0]
        several = any(len(part.places) > 1 for part in parts)
        spread = 1 / sum((part.people / seen) ** 2 for part in parts)
        lines.append(Line(school, wave, "", "spread", spread, 1, seen, whole, coding.OR_MORE if several else coding.EXACT))
        named = [part.people for part in parts if part.item != OTHERS]
        if named:
            share = round(100 * max(named) / seen)
            lines.append(Line(school, wave, "", "fullest", share, 0, seen, whole))
            of_terms.setdefault((str(school), term_of(date), str(time)), []).append((wave, seen, share))
    for (school, term, time), looks in of_terms.items():
        waves, seen, shares = zip(*looks, strict=True)
        name = str(RespondentSet.of(source=SCALE, window=waves, school_id=school))
        numbers = {"looks": len(looks), "fullest_low": min(shares), "fullest_high": max(shares)}
        lines += [Line(school, term, time, statistic, value, 0, max(seen), name) for statistic, value in numbers.items()]
    return stacked(SCALE, lines)


def listed(records: pd.DataFrame) -> dict[str, dict]:
    """Facts of each school: its looks in order of time, its terms, the times of the day and the places."""
    found: dict[str, dict] = {}
    for school, here in records.sort_values(["date", "time"], kind="stable").groupby("school_id", sort=True):
        looks = here[["date", "time"]].drop_duplicates()
        found[str(school)] = {
            "looks": [{"id": look_id(date, time), "date": date, "time": time, "term": term_of(date)} for date, time in looks.itertuples(index=False)],
            "terms": sorted({term_of(date) for date in looks["date"]}, key=order),
            "times": sorted(looks["time"].unique()),
            "places": sorted(here["place"].unique()),
        }
    return found
