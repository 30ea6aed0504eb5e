"""The numbers of this step, one a row and not yet protected: where each goal starts, and the smallest change that would show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from cyclebook.measures.points import Found, Point, between, bound_of, clear, levelled, of_measure, respondents
from cyclebook.planning import chart_power, detectable, goals
from cyclebook.privacy.protect import BOUND, COLUMNS

if TYPE_CHECKING:
    from cyclebook.parameters import Cycle, Measure
    from cyclebook.planning.goals import Baseline


#: With fewer schools on both sides together the evaluation gives no interval (``evaluation.comparison.LEAST_DF``).
FEWEST_BESIDE = 5


class _Start(NamedTuple):
    """Where one school stands before a cycle: its baseline, and the points that it is made from."""

    baseline: Baseline
    points: tuple[Point, ...]


def goal_statistics(
    cycles: Iterable[Cycle], measures: Mapping[str, Measure], found: Found
) -> pd.DataFrame:
    """Baselines and smallest changes of every cycle, school and measure that the cycle names; columns ``COLUMNS``.

    found: the points of every school and measure up to the day that the pages speak of; only cleared ones are used.
    ``wave`` is the cycle's id, ``scale`` the measure's. Statistics: ``baseline_median``, ``baseline_mean``, ``baseline_points``
    and, where the cycle has an end and the baseline at least ``goals.FEWEST`` points, ``detectable`` (the averages before and after
    compared) and ``on_chart`` (or, where no change can show there, ``chart_needs``: the fewest points after the start). Rows
    without a school: ``together``, the averages of the cycle's schools at once, where two or more have such a baseline, less the
    comparison schools, where there are any; ``together_schools`` and ``together_others`` count them. ``to_adopt``, of the measure
    that a rule by comparison looks at: the change at which the rule would adopt four times in five.
    """
    rows: list[dict] = []
    for cycle in cycles:
        for name in dict.fromkeys(planned.measure for planned in cycle.measures):
            measure = measures[name]
            starts = _starts(cycle, of_measure(found, name), measure)
            after = goals.planned_points(cycle.start, last_day(cycle), measure.every)
            for school in filter(starts.__contains__, cycle.schools):
                rows += _own(cycle, measure, school, starts[school], after)
            rows += _together(cycle, measure, starts, after)
    return pd.DataFrame(rows, columns=[*COLUMNS, BOUND])


def last_day(cycle: Cycle) -> date | None:
    """The end of the cycle, else its last check; None without either."""
    return cycle.end or max(cycle.checks, default=None)


def _starts(cycle: Cycle, found: Mapping[str, Sequence[Point]], measure: Measure) -> dict[str, _Start]:
    """By school that has a cleared point in the cycle's baseline."""
    starts = {}
    for school in (*cycle.schools, *cycle.comparison) if cycle.baseline else ():
        inside = levelled(between(clear(found.get(school, ())), *cycle.baseline))
        if inside:
            starts[school] = _Start(goals.baseline([point.value for point in inside], measure.decimals), inside)
    return starts


def _rows(
    cycle: Cycle, measure: Measure, school: str, behind: Mapping[str, _Start], numbers: Mapping[str, tuple[float, int]]
) -> list[dict]:
    """One row for each number (value, decimals) by statistic. behind: the schools whose points stand behind it."""
    persons, standing = respondents(measure, {school: start.points for school, start in behind.items()})
    shared = {
        "school_id": school, "wave": cycle.id, "scale": measure.id, "item": "", "n": persons, "answered": persons, "set": standing,
        "other_set": "", "other_n": 0, "why": "",
    }  # fmt: skip
    return [
        shared | {"statistic": name, "value": round(round(value, 9), decimals) + 0.0, "decimals": decimals, BOUND: bound}
        for name, (value, decimals, bound) in ((name, (*number, "")[:3]) for name, number in numbers.items())
    ]


def _own(cycle: Cycle, measure: Measure, school: str, start: _Start, after: int | None) -> list[dict]:
    baseline = start.baseline
    values = {"baseline_median": (baseline.median, baseline.digits, median), "baseline_mean": (baseline.mean, measure.decimals, fmean)}
    numbers: dict[str, tuple] = {"baseline_points": (baseline.points, 0)}
    for name, (value, places, statistic) in values.items():
        bound = bound_of(start.points, statistic)
        if bound is not None:
            numbers[name] = (value, places, bound)
    if baseline.sd and after:
        change = detectable.change_of_means(baseline.points, after, baseline.sd)
        numbers["detectable"] = (change, digits(change, measure.decimals))
        shift = chart_power.change_on_chart(baseline.points, after)
        needed = chart_power.fewest_after(baseline.points)
        if shift is not None:
            numbers["on_chart"] = (shift * baseline.sd, digits(shift * baseline.sd, measure.decimals))
        elif needed is not None:
            numbers["chart_needs"] = (needed, 0)
    return _rows(cycle, measure, school, {school: start}, numbers)


def _together(cycle: Cycle, measure: Measure, starts: Mapping[str, _Start], after: int | None) -> list[dict]:
    """Rows without a school: they belong to the cycle's schools together."""
    trying, others = (
        {school: starts[school] for school in schools if school in starts and starts[school].baseline.sd is not None}
        for schools in (cycle.schools, cycle.comparison)
    )
    behind = trying | others
    if len(trying) < 2 or not after or (others and len(behind) < FEWEST_BESIDE):
        return []
    errors = [start.baseline.sd * math.sqrt(1 / start.baseline.points + 1 / after) for start in behind.values()]
    df = len(behind) - 2 if others else sum(start.baseline.points + after - 2 for start in behind.values())
    change = detectable.change_of_schools(errors[: len(trying)], df, errors[len(trying) :])
    if not change:
        return []
    numbers = {
        "together": (change, digits(change, measure.decimals)),
        "together_schools": (len(trying), 0),
        "together_others": (len(others), 0),
    }
    rule = cycle.rule
    if others and rule and rule.by == "comparison" and rule.measure == measure.id:
        sides = errors[: len(trying)], df, errors[len(trying) :]
        adopted = detectable.change_to_adopt(*sides, rule.worthwhile, rule.probability)
        numbers["to_adopt"] = (adopted, digits(adopted, measure.decimals))
    return _rows(cycle, measure, "", behind, numbers)


def digits(value: float, decimals: int) -> int:
    """As many decimals as asked for, or more (four at most), until the number is at least two of its last digit."""
    while decimals < 4 and round(value, decimals) < 2 * 10.0**-decimals:
        decimals += 1
    return decimals


def survey_statistics(survey: pd.DataFrame) -> pd.DataFrame:
    """The smallest change that two surveys like this one could show: ``detectable`` beside each school's standard error.

    survey: protected rows of the climate statistics. The standard error says how much one survey's average varies by luck; two
    surveys of the same size, with no person followed from one to the next, vary by the square root of two of it.
    """
    errors = survey[(survey["statistic"] == "standard_error") & (survey["school_id"] != "")].copy()
    shown = errors["why"] == ""
    errors["statistic"], errors["decimals"] = "detectable", errors["decimals"] - 1
    errors.loc[shown, "value"] = [
        round(detectable.multiplier(2 * (row.answered - 1)) * math.sqrt(2) * row.value, row.decimals)
        for row in errors[shown].itertuples()
    ]
    return errors[list(COLUMNS)]
