"""The points of one measure at one school: what was counted, as it is shown, and how many people stand behind it.

Whatever is computed further on (medians, limits, tests, verdicts) takes the values as shown, of points that may be shown. So
a reader can check every sentence against the table, and nothing about a group that is too small can be inferred from a line
or a verdict. Numbers on people are top and bottom coded before they become points (``privacy.coding``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from cyclebook import facts
from cyclebook.privacy import coding
from cyclebook.privacy.coding import EXACT, OR_LESS, OR_MORE
from cyclebook.privacy.protect import BOUND
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
    ``school``: the id that the school had then; empty: the present one. ``bound``: "more" or "less" where value and counted stand at an
    end of what is shown about so many people, for all beyond it; else empty.
    """

    day: date
    value: float
    counted: float
    size: float
    n: int
    clear: bool
    school: str = ""
    bound: str = EXACT


#: The points of every school and measure.
Found = Mapping[tuple[str, str], tuple["Point", ...]]


@dataclass(frozen=True)
class Number:
    """A number as shown, and who stands behind it: ``n`` persons in ``set`` (0 and empty: nobody's answers). bound: as of a ``Point``."""

    value: float
    decimals: int
    n: int
    set: str
    bound: str = EXACT

    def row(self, school_id: str, wave: str, scale: str, item: str, statistic: str) -> dict[str, object]:
        """The number as a row of ``privacy.protect.COLUMNS``, and its bound."""
        return {
            "school_id": school_id, "wave": wave, "scale": scale, "item": item, "statistic": statistic, "value": self.value,
            "decimals": self.decimals, "n": self.n, "answered": self.n, "set": self.set, "other_set": "", "other_n": 0, "why": "",
            BOUND: self.bound,
        }  # fmt: skip


def points(series: pd.DataFrame, measure: Measure, smallest_group: int, until: date | None = None) -> tuple[Point, ...]:
    """The points of one school, in order of time, none of them after ``until``.

    series: rows of one school and measure of the tidy table. A measure on people's answers has as many persons as its
    denominator (a share), or as the column ``persons`` says, the smaller of the two where both are known (a share of lessons that
    few people taught); where that is not known, or under ``fewest``, the point is not
    clear. What is clear and stands on people is coded (:func:`_coded`).
    """
    found, least = [], fewest(measure, smallest_group)
    for row in series.sort_values("date", kind="stable").itertuples(index=False):
        day = date.fromisoformat(row.date)
        ratio = measure.type in ("share", "rate")
        counted, size = (row.numerator, row.denominator) if ratio else (row.value, 1.0)
        if (until and day > until) or not (math.isfinite(counted) and size > 0):
            continue
        n = _persons(row.denominator, row.persons, measure)
        bound = EXACT
        if measure.people and n >= least:
            counted, bound = _coded(measure, float(counted), float(size), n, smallest_group)
        found.append(Point(day, _value(measure, counted, size), float(counted), float(size), n, n >= least, bound=bound))
    return tuple(found)


def _value(measure: Measure, counted: float, size: float) -> float:
    return float(shown(counted / size * measure.multiply, measure.decimals))


def _coded(measure: Measure, counted: float, size: float, n: int, smallest_group: int) -> tuple[float, str]:
    """What was counted, brought between the ends that n people allow for, and what stands beside it.

    A share of people by the count of those who said yes; a share of something else (lessons) and a value on a declared scale as an
    average over that range. A rate, and a count of events, has a low end only: that hardly anything befell anyone. A value without
    both ends declared has no range, and stays as it is.
    """
    if measure.type == "share" and n == size:
        count, bound = coding.code_count(counted, size, smallest_group)
        return float(count), str(bound)
    if measure.type == "count":
        few = float(coding.kept(smallest_group))
        return (few, OR_LESS) if counted <= few else (counted, EXACT)
    low, high = (0.0, measure.multiply) if measure.type in ("share", "rate") else (measure.low, measure.high)
    if low is None or high is None or not high > low:
        return counted, EXACT
    value, bound = coding.code(counted / size * measure.multiply, n, smallest_group, low, high, _digits(n, smallest_group, low, high, measure))
    if bound == EXACT or (measure.type == "rate" and bound == OR_MORE):
        return counted, EXACT
    return float(value) / measure.multiply * size, str(bound)


def _digits(n: int, smallest_group: int, low: float, high: float, measure: Measure) -> int:
    """The measure's decimals; more where these are too few to leave anything between the two ends."""
    for decimals in range(measure.decimals, measure.decimals + 4):
        least, most = coding.ends(n, smallest_group, low, high, decimals)
        if least < most:
            break
    return decimals


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


def levelled(found: Sequence[Point]) -> tuple[Point, ...]:
    """The points with one end for all: where some stand at an end, the most restrictive of these ends holds for every one.

    What is shown of few people has narrower ends than what is shown of many. Held side by side as they are, points that all
    stand at their ends would rise and fall with the number who answered. Of points that are clear; only what is shown of them is used.
    """
    tops, bottoms = ([point for point in found if point.bound == bound] for bound in (OR_MORE, OR_LESS))
    if tops:
        end = min(tops, key=_ratio)
        found = [_at(point, end, min) if point.value >= end.value else point for point in found]
    if bottoms:
        end = max(bottoms, key=_ratio)
        found = [_at(point, end, max) if point.value <= end.value else point for point in found]
    return tuple(found)


def _ratio(point: Point) -> float:
    return point.counted / point.size


def _at(point: Point, end: Point, nearer: Callable[[float, float], float]) -> Point:
    """The point, as shown at the end at which another one stands."""
    return replace(point, value=end.value, counted=nearer(point.counted, _ratio(end) * point.size), bound=end.bound)


def bound_of(used: Sequence[Point], statistic: Callable[[Sequence[float]], float | Decimal]) -> str | None:
    """What stands beside a number made from the values of points, such as their median: rising with each of them.

    None where it could lie on either side of what is shown.
    """
    values = [point.value for point in used]
    up = statistic([math.inf if point.bound == OR_MORE else point.value for point in used]) != statistic(values)
    down = statistic([-math.inf if point.bound == OR_LESS else point.value for point in used]) != statistic(values)
    return (None if down else OR_MORE) if up else (OR_LESS if down else EXACT)


def bound_of_change(before: str | None, after: str | None) -> str | None:
    """What stands beside the difference of two numbers, after less before; None where it could lie on either side."""
    if before is None or after is None or (before == after != EXACT):
        return None
    return after or {OR_MORE: OR_LESS, OR_LESS: OR_MORE, EXACT: EXACT}[before]


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


def number(
    value: float | Decimal, decimals: int, measure: Measure, school: str, used: Sequence[Point], bound: str = EXACT
) -> Number:  # fmt: skip
    """A number made from points of one school. A ``Decimal`` keeps the digits that it has beyond ``decimals`` (a median
    between two).
    """
    if isinstance(value, Decimal):
        digits = max(decimals, -value.normalize().as_tuple().exponent)
        return Number(float(value), digits, *respondents(measure, {school: used}), bound)
    return Number(float(shown(value, decimals)), decimals, *respondents(measure, {school: used}), bound)
