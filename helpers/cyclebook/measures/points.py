"""The points of one measure at one school: what was counted, as it is shown, and how many people stand behind it.

Whatever is computed further on (medians, limits, tests, verdicts) takes the values as shown, of points that may be shown. So
a reader can check every sentence against the table, and nothing about a group that is too small can be inferred from a line
or a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from cyclebook import facts
from cyclebook.privacy.sets import RespondentSet
from cyclebook.reading import shown

if TYPE_CHECKING:
    import pandas as pd

    from cyclebook.parameters import District, Measure
    from cyclebook.sources import Tables


@dataclass(frozen=True)
class Point:
    """One number of a series. ``value``: as shown; ``counted``: what was counted, or the number itself; ``size``: the
    denominator, else 1.

    ``n``: the people behind it; 0 for a measure that stands on nobody's answers. ``clear``: whether it may be shown (see ``fewest``).
    ``school``: the id that the school had then; empty: the present one.
    """

    day: date
    value: float
    counted: float
    size: float
    n: int
    clear: bool
    school: str = ""


#: The points of every school and measure.
Found = Mapping[tuple[str, str], tuple["Point", ...]]


@dataclass(frozen=True)
class Number:
    """A number as shown, and who stands behind it: ``n`` persons in ``set`` (0 and empty: nobody's answers)."""

    value: float
    decimals: int
    n: int
    set: str

    def row(self, school_id: str, wave: str, scale: str, item: str, statistic: str) -> dict[str, object]:
        """The number as a row of ``privacy.protect.COLUMNS``."""
        return {
            "school_id": school_id, "wave": wave, "scale": scale, "item": item, "statistic": statistic, "value": self.value,
            "decimals": self.decimals, "n": self.n, "answered": self.n, "set": self.set, "other_set": "", "other_n": 0, "why": "",
        }  # fmt: skip


def points(series: pd.DataFrame, measure: Measure, smallest_group: int, until: date | None = None) -> tuple[Point, ...]:
    """The points of one school, in order of time, none of them after ``until``.

    series: rows of one school and measure of the tidy table. A measure on people's answers has as many persons as its
    denominator (a share), or as the column ``persons`` says, the smaller of the two where both are known (a share of lessons that
    few people taught); where that is not known, or under ``fewest``, the point is not
    clear.
    """
    found, least = [], fewest(measure, smallest_group)
    for row in series.sort_values("date", kind="stable").itertuples(index=False):
        day = date.fromisoformat(row.date)
        ratio = measure.type in ("share", "rate")
        counted, size = (row.numerator, row.denominator) if ratio else (row.value, 1.0)
        if (until and day > until) or not (math.isfinite(counted) and size > 0):
            continue
        n = _persons(row.denominator, row.persons, measure)
        value = float(shown(counted / size * measure.multiply, measure.decimals))
        found.append(Point(day, value, float(counted), float(size), n, n >= least))
    return tuple(found)


def _persons(denominator: float, persons: float, measure: Measure) -> int:
    """How many people stand behind a number; 0 where that is nobody, or not known."""
    known = [number for number in (persons, denominator if measure.type == "share" else math.nan) if math.isfinite(number)]
    return int(min(known)) if measure.people and known else 0


def fewest(measure: Measure, smallest_group: int) -> int:
    """How many people must stand behind a point before it may be shown: 0 where it stands on nobody's answers.

    A share of people who said yes shows how the answers of all of them spread. So it needs twice the smallest group, as counts
    of how answers spread do (``privacy.protect.RULES``); every other measure on people needs the smallest group.
    """
    return (2 if measure.type == "share" else 1) * smallest_group if measure.people else 0


@lru_cache(maxsize=1)
def all_points(district: District, tables: Tables) -> Found:
    """The points of every (school, measure) of the tables, up to the day that the pages speak of.

    A school that is another one under a new id has the points of both; nothing is carried to a school that others joined.
    """
    smallest, as_of = int(facts.values(district, "")["smallest_group"]), facts.as_of(district, tables)
    groups = tables.series.groupby(["school_id", "measure"], sort=True)
    found = {
        (school, name): points(rows, district.measures[name], smallest, as_of)
        for (school, name), rows in groups
        if name in district.measures
    }
    own = dict(found)
    for school, before in facts.went_on(district, tables).items():
        for name in district.measures:
            days = {}
            for old in before:
                kept = between(own.get((old, name), ()), None, district.schools[old].closed)
                days |= {point.day: replace(point, school=old) for point in kept}
            days |= {point.day: point for point in own.get((school, name), ())}
            if days:
                found[school, name] = tuple(days[day] for day in sorted(days))
    return found


def of_measure(found: Found, measure: str) -> dict[str, tuple[Point, ...]]:
    """The points of one measure, by school."""
    return {school: of for (school, name), of in found.items() if name == measure}


def clear(found: Iterable[Point]) -> tuple[Point, ...]:
    """Those that may be shown."""
    return tuple(point for point in found if point.clear)


def between(found: Iterable[Point], first: date | None, last: date | None) -> tuple[Point, ...]:
    """Those from ``first`` to ``last``, both days included; None: no end on that side."""
    return tuple(point for point in found if (first is None or point.day >= first) and (last is None or point.day <= last))


def respondents(measure: Measure, schools: dict[str, Sequence[Point]]) -> tuple[int, str]:
    """Who stands behind a number made from these points: how many at least, and their set. (0, "") where it is nobody's answers.

    schools: the points used, by school. The set is the union over schools and days; there are at least as many people in it as
    answered on the day on which most did.
    """
    used = {school: of for school, of in schools.items() if of}
    if not measure.people or not used:
        return 0, ""
    days: dict[date, int] = {}
    ids = set()
    for school, of in used.items():
        for point in dict.fromkeys(of):
            days[point.day] = days.get(point.day, 0) + point.n
            ids.add(point.school or school)
    windows = [day.isoformat() for day in sorted(days)]
    return max(days.values()), str(RespondentSet.of(school_id=sorted(ids), source=measure.id, window=windows))


def number(value: float | Decimal, decimals: int, measure: Measure, school: str, used: Sequence[Point]) -> Number:
    """A number made from points of one school. A ``Decimal`` keeps the digits that it has beyond ``decimals`` (a median
    between two).
    """
    if isinstance(value, Decimal):
        digits = max(decimals, -value.normalize().as_tuple().exponent)
        return Number(float(value), digits, *respondents(measure, {school: used}))
    return Number(float(shown(value, decimals)), decimals, *respondents(measure, {school: used}))
