"""Where each cycle stands at each of its schools: verdict, goals, prediction against result. Pure; the district overview
rests on it.

    for result in results(district, tables):
        result.cycle, result.school, result.state, result.verdict

Every number comes from points that may be shown, as they are shown, up to the day that the pages speak of.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from statistics import stdev
from typing import TYPE_CHECKING, Literal

from cyclebook import facts
from cyclebook.evaluation import evidence
from cyclebook.evaluation.decide import LEAST_BASELINE, Verdict, decide, exact, median
from cyclebook.measures.points import Found, Number, Point, all_points, bound_of, bound_of_change, number, of_measure
from cyclebook.planning import frozen

if TYPE_CHECKING:
    from cyclebook.parameters import Cycle, Decision, District, Measure
    from cyclebook.sources import Tables

#: Points in a row that make a stretch, and a long one; its level is their median.
STRETCH, LONG = 6, 12
#: A move of less than one of so many parts of what would be worthwhile is called hardly a move.
HARDLY = 5
#: Fewest points of which a latest level is given at all.
LEAST_LEVEL = 3

State = Literal["planned", "waiting", "running", "decided", "undecided", "no_rule", "rule_open", "rule_changed"]
GoalState = Literal["not_started", "cannot_tell", "at_end", "not_yet", "met", "kept", "lost"]


@dataclass(frozen=True)
class Goal:
    """One planned measure with a target, which stands on the measure's own scale as shown.

    baseline: median of the baseline's points; latest: of the latest ``STRETCH`` points since the start (fewer, from
    ``LEAST_LEVEL`` up, where there are no more). points: points since the start that may be shown. For state see
    ``goal_state``.
    """

    measure: str
    kind: str
    target: float
    baseline: Number | None
    latest: Number | None
    points: int
    state: GoalState


@dataclass(frozen=True)
class Outcome:
    """What the plan predicted, with its sign, and what came: medians before the start and since (to the cycle's end), and
    their difference.

    change: None under ``LEAST_BASELINE`` points before or since, and where both stand at the same end of what is shown.
    """

    measure: str
    predicted: float
    before: Number | None
    after: Number | None
    change: Number | None


@dataclass(frozen=True)
class Result:
    """One cycle at one of its schools.

    state: ``planned`` (not started); ``no_rule``, ``rule_open`` (never frozen), ``rule_changed`` (not the rule that was
    frozen): started, and without a verdict; ``waiting`` (no point of the rule's measure yet); ``running`` (looks left);
    ``decided``, ``undecided`` (looks used up). verdict: of the frozen rule; for a rule by comparison the same at all schools
    of the cycle. looks_reached: planned checks up to the day that the pages speak of; next_look: the first after it.
    speaks_on: first day on which the chart can give a signal. decision: what people decided, if they had by that day.
    """

    cycle: str
    school: str
    state: State
    verdict: Verdict | None
    looks_reached: int
    next_look: date | None
    speaks_on: date | None
    goals: tuple[Goal, ...]
    outcome: Outcome | None
    decision: Decision | None


@lru_cache(maxsize=1)
def results(district: District, tables: Tables) -> tuple[Result, ...]:
    """A result for each cycle and school of it, in the order of the cycles and of their schools."""
    as_of, found = facts.as_of(district, tables), all_points(district, tables)
    return tuple(result for cycle in district.cycles.values() for result in of_cycle(cycle, district.measures, found, as_of))


def of_cycle(cycle: Cycle, measures: Mapping[str, Measure], found: Found, as_of: date | None) -> list[Result]:
    """A result for each school of one cycle. A rule by comparison is judged once, whatever the number of schools."""
    together = cycle.rule is not None and cycle.rule.by == "comparison"
    once = _state(cycle, cycle.schools[0], measures, found, as_of) if together else None
    return [
        _result(cycle, school, measures, found, as_of, *(once or _state(cycle, school, measures, found, as_of)))
        for school in cycle.schools
    ]


def by_cycle(found: Iterable[Result]) -> dict[str, tuple[Result, ...]]:
    """The results of each cycle."""
    grouped: dict[str, list[Result]] = {}
    for result in found:
        grouped.setdefault(result.cycle, []).append(result)
    return {cycle: tuple(of) for cycle, of in grouped.items()}


def verdict(cycle: Cycle, school: str, measures: Mapping[str, Measure], found: Found, as_of: date) -> Verdict:
    """What the cycle's rule says. Only for a cycle with a rule."""
    measure = measures[cycle.rule.measure]
    if cycle.rule.by == "chart":
        return decide(cycle.rule, evidence.by_chart(cycle, measure, found.get((school, measure.id), ()), as_of))
    return decide(cycle.rule, evidence.by_comparison(cycle, measure, of_measure(found, measure.id), as_of)[0])


def _result(
    cycle: Cycle, school: str, measures: Mapping[str, Measure], found: Found, as_of: date | None, state: State, said: Verdict | None
) -> Result:
    speaks = None
    if as_of and cycle.rule and cycle.rule.by == "chart":
        own = found.get((school, cycle.rule.measure), ())
        speaks = evidence.first_signal(cycle, measures[cycle.rule.measure], own, as_of)
    targets = [planned for planned in cycle.measures if planned.target is not None]
    return Result(
        cycle=cycle.id,
        school=school,
        state=state,
        verdict=said,
        looks_reached=len(evidence.reached(cycle, as_of)),
        next_look=next((day for day in cycle.checks if as_of is None or day > as_of), None),
        speaks_on=speaks,
        goals=tuple(
            goal(cycle, measures[one.measure], one.kind, one.target, school, found.get((school, one.measure), ()), as_of)
            for one in targets
        ),
        outcome=cycle.prediction and outcome(cycle, measures, school, found, as_of),
        decision=cycle.decision if cycle.decision and as_of and cycle.decision.day <= as_of else None,
    )


def _state(
    cycle: Cycle, school: str, measures: Mapping[str, Measure], found: Found, as_of: date | None
) -> tuple[State, Verdict | None]:
    if cycle.start is None or as_of is None or cycle.start > as_of:
        return "planned", None
    if cycle.rule is None:
        return "no_rule", None
    frozen_state = frozen.state(cycle, as_of)
    if frozen_state != "frozen":
        return ("rule_changed" if frozen_state == "changed" else "rule_open"), None
    said = verdict(cycle, school, measures, found, as_of)
    asked = [school] if cycle.rule.by == "chart" else cycle.schools
    since = [evidence.spans(cycle, found.get((one, cycle.rule.measure), ()), as_of).since for one in asked]
    if not any(since):
        return "waiting", said
    if said.final:
        return "decided", said
    return ("undecided" if said.look == said.looks_planned else "running"), said


def last_day(cycle: Cycle, as_of: date | None) -> date | None:
    """The last day of a cycle that is described: its end, or the day that the pages speak of where that is earlier."""
    return min(filter(None, (cycle.end, as_of)), default=None)


def goal(
    cycle: Cycle, measure: Measure, kind: str, target: float, school: str, found: Sequence[Point], as_of: date | None
) -> Goal:
    """How a goal stands; points after the cycle's end count, too: whether what was reached is kept shows only later."""
    span = evidence.spans(cycle, found, as_of)
    latest = span.since[-STRETCH:] if len(span.since) >= LEAST_LEVEL else ()
    started = cycle.start is not None and as_of is not None and cycle.start <= as_of
    return Goal(
        measure.id, kind, target,
        level(measure, school, span.before), level(measure, school, latest), len(span.since),
        goal_state(evidence.values(span.since), target, measure.better, evidence.ends(span.since)) if started else "not_started",
    )  # fmt: skip


def goal_state(
    since: Sequence[float], target: float, better: str, ends: tuple[float | None, float | None] = (None, None)
) -> GoalState:  # fmt: skip
    """How a goal stands, from the values since the start, as shown and in order. Single points, lucky or not, decide nothing.

    ends: the value that stands for all below it, and the one for all above it; ``at_end`` where the state hangs on where those lie.

    A goal is reached when the median of the latest ``LONG`` points is at the target or beyond; of all points, ``STRETCH`` at
    least, while there are not so many: but what so few points reached and did not hold is no goal lost.
    ``kept``: it was reached, the latest ``LONG`` and the latest ``STRETCH`` points are both there now, and ``STRETCH`` points
    have come since. ``lost``: ``LONG`` points once reached it, and now neither the latest ``LONG`` nor the latest ``STRETCH``
    are there. ``met``: it was reached, and the rest cannot be said yet. ``not_yet``: it never was. ``cannot_tell``: under
    ``STRETCH`` points, or no better direction.
    """
    least, most = ends
    if least is not None or most is not None:
        low = [-math.inf if least is not None and value <= least else value for value in since]
        high = [math.inf if most is not None and value >= most else value for value in since]
        states = {goal_state(values, target, better) for values in (low, high)}
        return states.pop() if len(states) == 1 else "at_end"
    count = len(since)
    if count < STRETCH or better not in ("higher", "lower"):
        return "cannot_tell"
    sign = 1 if better == "higher" else -1

    def there(end: int, points: int) -> bool:
        return sign * (median(since[max(0, end - points) : end]) - exact(target)) >= 0

    reached = [end for end in range(STRETCH, count + 1) if there(end, LONG)]
    long, short = there(count, LONG), there(count, STRETCH)
    if not any(end >= LONG for end in reached):
        return "met" if long else "not_yet"
    if not long and not short:
        return "lost"
    return "kept" if long and short and count - reached[0] >= STRETCH else "met"


def outcome(cycle: Cycle, measures: Mapping[str, Measure], school: str, found: Found, as_of: date | None) -> Outcome:
    """The plan's prediction against the two medians. Only for a cycle that predicts something."""
    measure = measures[cycle.prediction.measure]
    span = evidence.spans(cycle, found.get((school, measure.id), ()), last_day(cycle, as_of))
    return Outcome(measure.id, cycle.prediction.change, *moved(measure, school, span))


def moved(measure: Measure, school: str, span: evidence.Spans) -> tuple[Number | None, Number | None, Number | None]:
    """Median before the start, median since, and their difference: None where there are too few points, and where it cannot be
    told from what is shown (both stand at the same end).
    """
    before, after = (level(measure, school, of) if len(of) >= LEAST_LEVEL else None for of in (span.before, span.since))
    if min(len(span.before), len(span.since)) < LEAST_BASELINE:
        return before, after, None
    bound = bound_of_change(before and before.bound, after and after.bound)
    if before is None or after is None or bound is None:
        return before, after, None
    difference = median(evidence.values(span.since)) - median(evidence.values(span.before))
    return before, after, number(difference, measure.decimals, measure, school, span.all, bound)


def hardly_moved(span: evidence.Spans, worthwhile: float | None) -> bool:
    """Whether the median moved by less than a fifth (``HARDLY``) of what the rule calls worthwhile; without such a rule (None),
    of the standard deviation of the points before the start.
    """
    if min(len(span.before), len(span.since)) < LEAST_BASELINE:
        return False
    before, since = evidence.values(span.before), evidence.values(span.since)
    if bound_of(span.before, median) or bound_of(span.since, median):  # how far it moved is not known
        return False
    size = stdev(before) if worthwhile is None else worthwhile
    return HARDLY * abs(median(since) - median(before)) < exact(size)


def level(measure: Measure, school: str, used: Sequence[Point]) -> Number | None:
    """The median of the points; None where there is none, or where it could lie on either side of what is shown."""
    bound = bound_of(used, median) if used else None
    return None if bound is None else number(median(evidence.values(used)), measure.decimals, measure, school, used, bound)
