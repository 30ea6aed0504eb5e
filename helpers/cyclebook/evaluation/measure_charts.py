"""The chart of one measure at one school: which kind, what it can show yet, what it shows, and how often chance would show
that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from cyclebook.evaluation import charts, decide, evidence, rates
from cyclebook.evaluation.decide import LEAST_BASELINE
from cyclebook.measures import runs
from cyclebook.measures.points import Point, clear, levelled
from cyclebook.planning import frozen
from cyclebook.reading import shown

if TYPE_CHECKING:
    from cyclebook.parameters import Cycle, Measure

#: The control chart that fits a type of measure, and the one that takes its place where points scatter more than it allows for.
FITTING = {"share": ("p", "p'"), "rate": ("u", "u'"), "count": ("c", "xmr"), "value": ("xmr", "xmr")}
#: Scatter between points (Laney's sigma of z) from which p, u and c limits are too narrow to be believed.
TOO_NARROW = 1.2
#: Fewest points for limits at all, and for limits that are not called trial limits.
LEAST_LIMITS, TRIAL = 8, 12


@dataclass(frozen=True)
class Band:
    """One point's place on the chart: limits as shown (None: none), and whether the point lies outside them. used: see
    ``Part``.
    """

    point: Point
    lower: float | None
    upper: float | None
    outside: bool
    used: bool


@dataclass(frozen=True)
class Part:
    """One stretch of a chart that is judged by itself.

    bands: its clear points in order, with one end for all (``points.levelled``). baseline: how many of the points used set median and
    limits; 0: all of them (nothing is frozen). Points that are not used (before the baseline's first day, or between its last and the start) are drawn and
    judged by nothing. runs: Anhøj's tests about the median, on values as shown. run: the longest run's first and last point
    and its side (1 above, -1 below). shift: whether those tests can signal (about what came since the start, where the
    baseline is frozen). far: whether a single point can, which it cannot where limits reach over the whole scale. stable: no
    signal in the baseline by itself. at_end: whether points at an end of what is shown lie on the median, and with them no test could
    signal that could with as many points off it. false_alarms: share of charts like this on which chance alone would signal, by any of
    the tests that can.
    """

    kind: str
    bands: tuple[Band, ...]
    baseline: int
    median: float | None
    centre: float | None
    runs: runs.Runs
    run: tuple[date, date, int] | None
    shift: bool
    far: bool
    stable: bool
    at_end: bool
    false_alarms: float

    @property
    def used(self) -> tuple[Point, ...]:
        return tuple(band.point for band in self.bands if band.used)

    @property
    def base(self) -> tuple[Point, ...]:
        return self.used[: self.baseline] if self.baseline else self.used

    @property
    def limits(self) -> bool:
        return any(band.upper is not None for band in self.bands)

    @property
    def outside(self) -> tuple[Point, ...]:
        return tuple(band.point for band in self.bands if band.outside)


@dataclass(frozen=True)
class MeasureChart:
    """The chart of one measure at one school.

    parts: in order of time, a new one from each split; focus: the place of the part that is spoken of. cycle: whose baseline
    is frozen, or which it would be with more points; None: no cycle of the school has measured this yet. hidden: points that
    may not be shown. speaks_on: first day on which the tests of runs can signal, past or (counted on from now) to come; None
    where they can and the day is of no interest, or where it cannot be said.
    """

    parts: tuple[Part, ...]
    focus: int
    cycle: Cycle | None
    hidden: tuple[date, ...]
    speaks_on: date | None

    @property
    def part(self) -> Part:
        return self.parts[self.focus]


def cycle_of(measure: Measure, cycles: Iterable[Cycle], as_of: date) -> Cycle | None:
    """The cycle whose baseline freezes the chart of this measure, of those that have started and name it; None: there is none.

    One whose rule is on the measure and stands frozen comes before others, so that the chart is the one that the verdict speaks
    of; then one whose outcome it is, one that has not ended, the latest start, the last in order.
    """

    def kinds(cycle: Cycle) -> set[str]:
        predicted = {"predicted"} if cycle.prediction and cycle.prediction.measure == measure.id else set()
        ruled = {"rule"} if cycle.rule and cycle.rule.measure == measure.id and frozen.state(cycle, as_of) == "frozen" else set()
        return predicted | ruled | {planned.kind for planned in cycle.measures if planned.measure == measure.id}

    naming = [cycle for cycle in cycles if cycle.start and cycle.start <= as_of and kinds(cycle)]
    order = [
        ("rule" in kinds(cycle), "outcome" in kinds(cycle), not cycle.end or cycle.end >= as_of, cycle.start, place)
        for place, cycle in enumerate(naming)
    ]
    return naming[max(order)[-1]] if naming else None


def chart(measure: Measure, found: Sequence[Point], cycles: Iterable[Cycle], as_of: date, seed: int = rates.SEED) -> MeasureChart | None:
    """The chart of a measure at a school; None where no point of it may be shown.

    found: the school's points up to ``as_of``; cycles: the school's own.
    """
    usable = clear(found)
    if not usable:
        return None
    cycle = cycle_of(measure, cycles, as_of)
    span = evidence.spans(cycle, found, as_of) if cycle else evidence.Spans((), ())
    set_before = len(span.before) >= LEAST_BASELINE and bool(span.since)
    splits = [day for day in cycle.split if day <= as_of] if cycle else []
    stretches: list[list[Point]] = [[] for _ in range(len(splits) + 1)]
    for point in usable:
        stretches[sum(point.day >= split for split in splits)].append(point)
    parts, focus = [], 0
    for stretch in filter(None, stretches):
        inside = set_before and span.since[0].day in {point.day for point in stretch}
        parts.append(_part(measure, levelled(stretch), span if inside else None, seed))
        focus = len(parts) - 1 if inside or not set_before else focus
    part = parts[focus]
    speaks = evidence.first_signal(cycle, measure, found, as_of) if set_before else None
    if not set_before and not part.shift:
        last, every = part.bands[-1].point.day, timedelta(measure.every)
        speaks = max(last, as_of - every) + runs.points_needed(part.runs.useful) * every
    return MeasureChart(tuple(parts), focus, cycle, tuple(point.day for point in found if not point.clear), speaks)


def _part(measure: Measure, stretch: tuple[Point, ...], span: evidence.Spans | None, seed: int) -> Part:
    spanned = {point.day for point in span.all} if span else set()
    used = [span is None or point.day in spanned for point in stretch]
    count = len(span.before) if span else 0
    freeze = [point.day for point in stretch].index(span.before[-1].day) + 1 if span else None
    exclude = [place for place, one in enumerate(used, start=1) if not one]
    days = np.array([point.day for point in stretch], dtype="datetime64[D]")
    shape = {"freeze": freeze, "exclude": exclude}
    values = [point.value for point in stretch]
    judged = [point.value for point, one in zip(stretch, used, strict=True) if one]
    base = judged[:count] if count else judged
    middle = float(decide.median(base))
    side = runs.sides(judged, middle)
    kind, control = _control(measure, stretch, days, shape)
    bands = _bands(measure, stretch, used, control if len(base) >= LEAST_LIMITS else None)
    limits = any(band.upper is not None for band in bands)
    tied = any(point.bound and point.value == middle for point, one in zip(stretch, used, strict=True) if one)
    shift = _can_shift(measure, base, judged[count:] if count else None, middle)
    far = any(_room(measure, band) for band in bands if band.used)
    return Part(
        kind=kind,
        bands=bands,
        baseline=count,
        median=middle,
        centre=float(control.summary["CL"].iloc[0]) if limits else None,
        runs=runs.of_sides(side),
        run=_longest(stretch, used, values, middle),
        shift=shift,
        far=far,
        stable=not runs.runs(base, middle).signal if count else True,
        at_end=tied and not shift and runs.attainable(len(base), len(judged) - len(base)).any,
        false_alarms=_false_alarms(measure, kind, stretch, used, count, far, control, seed),
    )


def _control(measure: Measure, stretch: Sequence[Point], days: np.ndarray, shape: dict) -> tuple[str, charts.Chart]:
    """The control chart that fits, or the one that takes its place: its kind and its numbers."""
    counted, sizes = [point.counted for point in stretch], [point.size for point in stretch]
    plain, instead = FITTING[measure.type]

    def drawn(kind: str) -> charts.Chart:
        n = sizes if kind in charts.NEED_SIZES else None
        return charts.control_chart(kind, days, counted, n, multiply=measure.multiply, **shape)

    found = drawn(plain)
    return (instead, drawn(instead)) if plain != instead and scatter(found, measure, shape["freeze"]) > TOO_NARROW else (plain, found)


def scatter(found: charts.Chart, measure: Measure, freeze: int | None) -> float:
    """Laney's (2002) sigma of z: how much the points that set the limits scatter, against what their kind allows for; nan
    where unknown.
    """
    table = found.points[found.points["used"]]
    table = table[table.index < freeze] if freeze else table
    sigma = _sigma(found.kind, table["centre"] / measure.multiply, table["n"])
    with np.errstate(invalid="ignore", divide="ignore"):
        return charts.moving_range_sigma((table["value"] - table["centre"]) / measure.multiply / sigma)


def _sigma(kind: str, centre, n):
    """One standard deviation as counted, from the centre alone: limits that were cut off at 0 or 100 percent do not show it."""
    return np.sqrt({"p": centre * (1 - centre) / n, "u": centre / n, "c": centre}[kind])


def _bands(measure: Measure, stretch: Sequence[Point], used: Sequence[bool], control: charts.Chart | None) -> tuple[Band, ...]:
    if control is None:
        return tuple(Band(point, None, None, False, one) for point, one in zip(stretch, used, strict=True))
    found = []
    for point, one, lower, upper in zip(stretch, used, control.points["lower"], control.points["upper"], strict=True):
        ends = [float(shown(end, measure.decimals)) if math.isfinite(end) else None for end in (lower, upper)]
        if ends[0] is not None and measure.low is not None:
            ends = [max(ends[0], measure.low), ends[1] if measure.high is None else min(ends[1], measure.high)]
        outside = one and ends[0] is not None and not ends[0] <= point.value <= ends[1]
        found.append(Band(point, *ends, outside, one))
    return tuple(found)


def _room(measure: Measure, band: Band) -> bool:
    """Whether a value could lie outside the point's limits at all."""
    if band.lower is None or band.upper is None:
        return False
    floor = 0.0 if measure.low is None and measure.type != "value" else measure.low
    return floor is None or band.lower > floor or measure.high is None or band.upper < measure.high


def _longest(stretch: Sequence[Point], used: Sequence[bool], values: Sequence[float], middle: float) -> tuple[date, date, int] | None:
    """First and last day and side of the longest run (of equal ones the latest)."""
    best: list[Point] = []
    here: list[Point] = []
    side = best_side = 0
    for point, one, value in zip(stretch, used, values, strict=True):
        found = runs.sides([value], middle)
        if not one or not len(found):
            continue
        here = [*here, point] if found[0] == side else [point]
        side = int(found[0])
        if len(here) >= len(best):
            best, best_side = here, side
    return (best[0].day, best[-1].day, best_side) if best else None


def _can_shift(measure: Measure, base: Sequence[float], later: Sequence[float] | None, middle: float) -> bool:
    """Whether the tests of runs can signal: on all points (later: None), or, with so many later points, on the better side."""
    if later is None:
        return runs.attainable(len(runs.sides(base, middle))).any
    count = len(runs.sides(later, middle))
    ways = {"higher": (1,), "lower": (-1,)}.get(measure.better, (1, -1))
    return any(decide.speaks(base, count, way) for way in ways)


def _false_alarms(
    measure: Measure, kind: str, stretch: Sequence[Point], used: Sequence[bool], count: int, far: bool, control: charts.Chart, seed: int
) -> float:
    points = [point for point, one in zip(stretch, used, strict=True) if one]
    sizes = tuple(point.size if kind in charts.NEED_SIZES else 1.0 for point in points)
    base = points[:count] if count else points
    centre = float(control.summary["CL"].iloc[0]) / measure.multiply
    if kind == "xmr":
        spread = charts.moving_range_sigma([point.counted for point in base])
    elif kind in ("p'", "u'"):
        raw = np.array([point.counted / point.size for point in base])
        spread = charts.moving_range_sigma((raw - centre) / _sigma(kind[0], centre, np.array([point.size for point in base])))
    else:
        spread = 1.0
    spread = spread if math.isfinite(spread) else 1.0
    return rates.false_alarms(
        kind, sizes, centre, count or None, limits=far, multiply=measure.multiply, decimals=measure.decimals, spread=spread, seed=seed
    )
