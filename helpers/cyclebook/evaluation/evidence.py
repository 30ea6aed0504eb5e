"""From the points of a cycle's schools to what its rule is held against: one look for each planned check that has been reached.

Only planned looks count, cut at their day. Points on the other side of a split are not compared with those on this side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median_low
from typing import TYPE_CHECKING

from cyclebook.evaluation import decide
from cyclebook.evaluation.comparison import school_means
from cyclebook.evaluation.decide import LEAST_BASELINE, ChartLook, ComparisonLook, Evidence
from cyclebook.measures import runs
from cyclebook.measures.points import Point, between, clear, levelled
from cyclebook.planning.goals import planned_points
from cyclebook.privacy.coding import OR_LESS, OR_MORE

if TYPE_CHECKING:
    from cyclebook.parameters import Cycle, Measure


@dataclass(frozen=True)
class Spans:
    """The clear points of one school before the start of a cycle and since, in order of time."""

    before: tuple[Point, ...]
    since: tuple[Point, ...]

    @property
    def all(self) -> tuple[Point, ...]:
        return self.before + self.since


def spans(cycle: Cycle, found: Sequence[Point], until: date | None) -> Spans:
    """The points of the baseline, and those from the start to ``until``, with one end for all (``points.levelled``).

    Without a baseline's dates, all points before the start. Of a series that is split only the stretch in which the cycle started
    counts: what comes before or after it was counted or done in another way. Without a start there are no points at all.
    """
    if cycle.start is None:
        return Spans((), ())
    day = timedelta(1)
    begins = max((split for split in cycle.split if split <= cycle.start), default=None)
    ends = min((split for split in cycle.split if split > cycle.start), default=None)
    first, last = cycle.baseline or (None, cycle.start - day)
    first = max(filter(None, (first, begins)), default=None)
    before = between(clear(found), first, min(last, cycle.start - day))
    close = min(filter(None, (until, ends and ends - day)), default=None)
    since = between(clear(found), cycle.start, close)
    level = levelled(before + since)
    return Spans(level[: len(before)], level[len(before) :])


def values(found: Sequence[Point]) -> tuple[float, ...]:
    return tuple(point.value for point in found)


def ends(found: Sequence[Point]) -> tuple[float | None, float | None]:
    """The values that stand for all below and for all above, of points with one end for all; None where there is no such end."""
    return tuple(next((point.value for point in found if point.bound == bound), None) for bound in (OR_LESS, OR_MORE))


def reached(cycle: Cycle, as_of: date | None) -> tuple[date, ...]:
    """The planned checks up to the day that the pages speak of."""
    return tuple(day for day in cycle.checks if as_of is not None and day <= as_of)


def by_chart(cycle: Cycle, measure: Measure, found: Sequence[Point], as_of: date | None) -> Evidence:
    """The evidence of one school for a rule by chart. found: the school's points of the rule's measure."""
    looks = []
    for day in reached(cycle, as_of):
        span = spans(cycle, found, day)
        looks.append(ChartLook(day, values(span.before), values(span.since), ends(span.all)))
    return Evidence(measure.better, len(cycle.checks), tuple(looks))


@dataclass(frozen=True)
class Compared:
    """One look at the schools of a comparison.

    treated, comparison: the points that were used, by school. left_out: schools with too few points before or since.
    baseline: points before the start, in the middle school. spread: standard deviation of a school's points about its own
    mean, before the start. between: of the schools' true changes, over and above that; 0 where the changes differ no more
    than their points let them.
    """

    look: ComparisonLook
    treated: dict[str, tuple[Point, ...]]
    comparison: dict[str, tuple[Point, ...]]
    left_out: tuple[str, ...]
    baseline: int
    spread: float
    between: float


def compare(cycle: Cycle, found: Mapping[str, Sequence[Point]], day: date, fewest: int) -> Compared:
    """The schools of a cycle and its comparison schools at one look. found: points of the measure, by school.

    A school enters with ``LEAST_BASELINE`` points before the start and ``fewest`` since, and counts once, by the change of
    its mean.
    """
    schools = [*cycle.schools, *cycle.comparison]
    spanned = {school: spans(cycle, found.get(school, ()), day) for school in schools}
    enough = {s: p for s, p in spanned.items() if len(p.before) >= LEAST_BASELINE and len(p.since) >= max(fewest, 1)}
    treated = {school: enough[school].all for school in cycle.schools if school in enough}
    comparison = {school: enough[school].all for school in cycle.comparison if school in enough}
    effect, spread, middle, extra = None, 0.0, 0, 0.0
    if treated and comparison:
        before = [fmean(values(span.before)) for span in enough.values()]
        after = [fmean(values(span.since)) for span in enough.values()]
        effect = school_means(before, after, [school in treated for school in enough])
        counts = [len(span.before) for span in enough.values()], [len(span.since) for span in enough.values()]
        middle = median_low(counts[0])
        squares = sum((value - mean) ** 2 for span, mean in zip(enough.values(), before, strict=True) for value in values(span.before))
        spread = (squares / (sum(counts[0]) - len(enough))) ** 0.5
        if effect.df:
            pooled = effect.standard_error**2 / (1 / len(treated) + 1 / len(comparison))
            noise = spread**2 * (fmean(1 / count for count in counts[0]) + fmean(1 / count for count in counts[1]))
            extra = max(0.0, pooled - noise) ** 0.5
    most = max((len(spanned[school].since) for school in cycle.schools), default=0)
    fewest_found = min((len(span.since) for span in enough.values()), default=0) if treated else most
    left_out = tuple(school for school in schools if school not in enough)
    return Compared(ComparisonLook(day, effect, fewest_found), treated, comparison, left_out, middle, spread, extra)


def by_comparison(
    cycle: Cycle, measure: Measure, found: Mapping[str, Sequence[Point]], as_of: date | None
) -> tuple[Evidence, tuple[Compared, ...]]:
    """The evidence for a rule by comparison, and what stands behind each look."""
    looks = tuple(compare(cycle, found, day, cycle.rule.points) for day in reached(cycle, as_of))
    return Evidence(measure.better, len(cycle.checks), tuple(compared.look for compared in looks)), looks


def look_counts(cycle: Cycle, since: Sequence[Point], every: int, as_of: date) -> tuple[int, ...]:
    """Points since the start at each planned look: as counted where it has been reached, else as many as there is time for."""
    counts = []
    for day in cycle.checks:
        counted = len(between(since, None, day))
        if day > as_of:
            last = since[-1].day if since else as_of
            more = (day - max(last, as_of - timedelta(every))).days // every
            counted = len(since) + max(0, more) if cycle.start <= as_of else planned_points(cycle.start, day, every) or 0
        counts.append(counted)
    return tuple(counts)


def cannot(
    cycle: Cycle, measure: Measure, found: Mapping[tuple[str, str], Sequence[Point]], school: str, day: date, as_of: date
) -> str:
    """Why a planned look cannot decide, however the points fall: ``few`` (fewer than the rule asks for by then), ``silent`` (no
    signal can show on the chart by then); empty where it can.

    found: points by school and measure. Of a look that lies ahead as many points are taken as there is time for.
    """
    place, asked = cycle.checks.index(day), [school] if cycle.rule.by == "chart" else cycle.schools
    spanned = [spans(cycle, found.get((one, measure.id), ()), as_of) for one in asked]
    count = max(look_counts(cycle, span.since, measure.every, as_of)[place] for span in spanned)
    if count < max(cycle.rule.points, 1):
        return "few"
    before = values(spanned[0].before)
    if cycle.rule.by == "comparison" or measure.better not in ("higher", "lower") or len(before) < LEAST_BASELINE:
        return ""
    if day <= as_of:
        count = len(runs.sides(values(between(spanned[0].since, None, day)), float(decide.median(before))))
    return "" if any(decide.speaks(before, count, side) for side in (1, -1)) else "silent"


def first_signal(cycle: Cycle, measure: Measure, found: Sequence[Point], as_of: date) -> date | None:
    """The first day on which the school's chart can give a signal, if all points since the start lie on the better side.

    Past where there have been points enough, else counted on from the latest one. None where there is no start, where the
    baseline is too short (or already gives a signal by itself), or where better has no side.
    """
    if cycle.start is None or measure.better not in ("higher", "lower"):
        return None
    span = spans(cycle, found, as_of)
    if len(span.before) < LEAST_BASELINE:
        return None
    centre = float(decide.median(values(span.before)))
    baseline = runs.sides(values(span.before), centre)
    needed = runs.points_to_speak(baseline, 1 if measure.better == "higher" else -1)
    if needed is None or runs.of_sides(baseline).signal:
        return None
    useful = [point for point in span.since if len(runs.sides([point.value], centre))]
    if len(useful) >= needed:
        return useful[needed - 1].day
    every, missing = timedelta(measure.every), needed - len(useful)
    if cycle.start > as_of:
        return cycle.start + (missing - 1) * every
    last = span.since[-1].day if span.since else as_of
    return max(last, as_of - every) + missing * every
