"""Is it a goal that could be met and a test that could teach? Each part of a plan is looked for in its fields."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclebook.parameters import Cycle, PlannedMeasure

KINDS = ("outcome", "process", "balancing")
PARTS = ("specific", "measurable", "achievable", "relevant", "time_bound")


@dataclass(frozen=True)
class Numbers:
    """What is known of the main outcome at one school, as shown; None: not known, or not to be shown.

    better: higher, lower or neither. low, high: the ends of the scale. detectable: the smallest change that would likely show to
    what judges the plan. mute: no change can show on the chart that judges it, for there will be too few points. by_rule:
    ``detectable`` is the change that a rule by comparison would likely adopt. bound: "more" or "less" where the baseline stands for all
    beyond it; then only what holds wherever it lies is said of the step.
    """

    better: str
    low: Decimal | None = None
    high: Decimal | None = None
    baseline: Decimal | None = None
    target: Decimal | None = None
    detectable: Decimal | None = None
    mute: bool = False
    by_rule: bool = False
    bound: str = ""


@dataclass(frozen=True)
class Part:
    """One part of SMART: the fields that speak for it, and the ids of what is missing or does not fit. Met when nothing is."""

    id: str
    evidence: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def met(self) -> bool:
        return not self.missing


def main_outcome(cycle: Cycle) -> PlannedMeasure | None:
    """The outcome that the rule looks at; without a rule the first one named."""
    outcomes = [measure for measure in cycle.measures if measure.kind == "outcome"]
    named = [measure for measure in outcomes if cycle.rule and measure.measure == cycle.rule.measure]
    return next(iter([*named, *outcomes]), None)


def parts(cycle: Cycle, numbers: Numbers | None) -> tuple[Part, ...]:
    """The five parts, in order. numbers: of the main outcome; None where the plan names none."""
    outcome = main_outcome(cycle)
    stated = {
        "idea": cycle.idea, "for_whom": cycle.for_whom, "outcome": outcome, "target": outcome and outcome.target is not None,
        "baseline_window": cycle.baseline, "focus": cycle.focus, "driver": cycle.driver, "hypothesis": cycle.hypothesis,
        "start": cycle.start, "end": cycle.end, "checks": cycle.checks,
    }  # fmt: skip

    def part(name: str, *fields: str, more: tuple[str, ...] = ()) -> Part:
        there = tuple(field for field in fields if stated[field])
        return Part(name, there, (*(field for field in fields if field not in there), *more))

    counted = numbers is not None and numbers.baseline is not None
    measured = ("baseline_points",) if cycle.baseline and outcome and not counted else ()
    return (
        part("specific", "idea", "for_whom"),
        part("measurable", "outcome", "baseline_window", "target", more=measured),
        Part("achievable", *_achievable(numbers)),
        part("relevant", "focus", "driver", "hypothesis"),
        part("time_bound", "start", "end", "checks", more=_dates(cycle)),
    )


def _achievable(numbers: Numbers | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Evidence, and what stands against it: a target past the scale's end, no step forward, a step too small to be seen."""
    if numbers is None or numbers.baseline is None or numbers.target is None:
        return (), ("distance",)
    if not _within(numbers.target, numbers.low, numbers.high):
        return (), ("beyond_scale",)
    step = numbers.target - numbers.baseline
    if numbers.better == "lower":
        step = -step
    at_most = numbers.bound == ("less" if numbers.better == "lower" else "more")  # the true step is no larger
    if numbers.bound and (numbers.better == "neither" or (step > 0) == at_most):
        return ("within_scale",), ("at_end",)
    if (numbers.better == "neither" and step == 0) or (numbers.better != "neither" and step <= 0):
        return (), ("no_step",)
    if numbers.mute:
        return ("within_scale", "step"), ("too_few_points",)
    if numbers.detectable is None:
        return ("within_scale", "step"), ("detectable",)
    if numbers.bound and abs(step) < numbers.detectable:
        return ("within_scale", "step"), ("at_end",)
    if abs(step) < numbers.detectable:
        return ("within_scale", "step"), ("too_small_for_rule" if numbers.by_rule else "too_small_to_see",)
    return ("within_scale", "step", "for_rule" if numbers.by_rule else "detectable"), ()


def _within(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is None or low <= value) and (high is None or value <= high)


def _dates(cycle: Cycle) -> tuple[str, ...]:
    """Checks after the end of the cycle."""
    return ("checks_after_end",) if cycle.end and any(day > cycle.end for day in cycle.checks) else ()


def missing_kinds(cycle: Cycle) -> tuple[str, ...]:
    """The kinds of measures that the plan does not name."""
    named = {measure.kind for measure in cycle.measures}
    return tuple(kind for kind in KINDS if kind not in named)


def missing_test(cycle: Cycle) -> tuple[str, ...]:
    """What the plan lacks for a test that could teach: prediction, rule, the ask with its hours and what it displaces, owner."""
    ask = cycle.ask
    lacks = {
        "prediction": cycle.prediction is None,
        "rule": cycle.rule is None,
        "ask": ask is None or not ask.what,
        "hours": ask is not None and ask.hours_per_week is None,
        "displaces": ask is not None and not ask.displaces,
        "result": ask is not None and not ask.result,
        "owner": not cycle.owner,
    }
    return tuple(name for name, lacking in lacks.items() if lacking)
