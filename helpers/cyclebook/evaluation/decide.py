"""The verdict: adopt, adapt, stop or not enough data yet, as a function of the frozen rule and the data at the planned looks.

Nobody's hope enters, and no look that was not planned. The first ``adopt`` or ``stop`` stands: later looks do not change it.

By chart. The yardstick is the median of the baseline; the signal is Anhøj's tests on baseline and later points together.
1. Fewer points since the start than the rule wants, or fewer than ``LEAST_BASELINE`` before it: not enough.
2. A signal, and the median since the start better than the baseline's by what the rule calls worthwhile: adopt. A signal, and
   the median worse: stop. Neither, where the baseline shows a signal by itself: what was already moving cannot be put down to
   the idea.
3. Nothing is read into silence that had to be: where even points that all lie on the better side would give no signal: not
   enough.
4. At a look before the last: not enough. At the last: no better than the baseline: stop. Better, but not clearly or not
   enough: adapt.
Values at an end of what is shown about so few people (``privacy.coding``) stand for all beyond it. What a rule says must hold wherever
they lie: where it does not, it is not enough.

By comparison. P is the probability under a flat prior, from Student's t on the schools' changes
(``comparison.Effect.beyond``).
1. Too few schools for an interval, or fewer points than the rule wants: not enough.
2. P(effect at least worthwhile) at least the rule's probability: adopt. P(effect at most 0) at least that probability: stop.
3. At a look before the last: not enough. At the last: P(effect at least worthwhile) at most 1 less that probability: stop.
   Else adapt.

Numbers are taken as shown (values and percentages rounded as on the page), so that a reader can check the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import numpy as np

from cyclebook.evaluation.comparison import Effect
from cyclebook.measures import runs
from cyclebook.reading import shown

if TYPE_CHECKING:
    from cyclebook.parameters import Rule

#: Fewest points that make a baseline: half on either side of the median still are three.
LEAST_BASELINE = 6

Decision = Literal["adopt", "adapt", "stop", "not_enough"]
#: Why a verdict is what it is, as the page words it.
WHY = (
    "no_look", "few_points", "few_baseline", "cannot_speak", "no_signal", "small", "unstable", "worthwhile", "worse", "no_better",
    "some_better", "at_end", "few_schools", "undecided", "likely_worthwhile", "likely_no_better", "unlikely_worthwhile",
)  # fmt: skip


@dataclass(frozen=True)
class ChartLook:
    """What was counted by the day of one look: values as shown, in order of time, before the start and since.

    ends: the value that stands for all below it, and the one for all above it; None where there is none.
    """

    day: date
    baseline: tuple[float, ...]
    after: tuple[float, ...]
    ends: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True)
class ComparisonLook:
    """What schools' means gave by the day of one look. points: the fewest since the start of any school in it.

    effect: in the measure's own direction, as shown; None where a group has no school with enough points.
    """

    day: date
    effect: Effect | None
    points: int


@dataclass(frozen=True)
class Evidence:
    """What a rule is held against: the looks that have been reached, in order, of so many that were planned.

    better: which way the measure should go, ``higher`` or ``lower``.
    """

    better: Literal["higher", "lower"]
    looks_planned: int
    looks: tuple[ChartLook | ComparisonLook, ...]

    @property
    def sign(self) -> Literal[1, -1]:
        return 1 if self.better == "higher" else -1


@dataclass(frozen=True)
class Verdict:
    """decision: what the rule says; look: the look at which it fell, else the last one reached (0: none yet); why: one of
    ``WHY``.
    """

    decision: Decision
    look: int
    looks_planned: int
    why: str

    @property
    def final(self) -> bool:
        """Whether no later look can change it."""
        return self.decision in ("adopt", "stop") or (self.look == self.looks_planned and self.decision == "adapt")


def decide(rule: Rule, evidence: Evidence) -> Verdict:
    """What the rule says of the evidence.

    Raises ValueError for more looks than were planned, looks that are out of order or of another kind than the rule, and a
    measure without a better direction.
    """
    if evidence.better not in ("higher", "lower"):
        raise ValueError("rule: its measure has no better direction, so that nothing can be called better")
    if len(evidence.looks) > evidence.looks_planned:
        raise ValueError(f"rule: {len(evidence.looks)} looks where {evidence.looks_planned} were planned")
    if any(one.day >= other.day for one, other in zip(evidence.looks, evidence.looks[1:], strict=False)):
        raise ValueError("rule: looks must be in order of their days")
    kind = ChartLook if rule.by == "chart" else ComparisonLook
    verdict = Verdict("not_enough", 0, evidence.looks_planned, "no_look")
    for number, look in enumerate(evidence.looks, start=1):
        if not isinstance(look, kind):
            raise ValueError(f"rule: by {rule.by}, and a look of another kind")
        judge = _by_chart if rule.by == "chart" else _by_comparison
        decision, why = judge(rule, look, evidence.sign, number == evidence.looks_planned)
        verdict = Verdict(decision, number, evidence.looks_planned, why)
        if decision in ("adopt", "stop"):
            break
    return verdict


def exact(value: float) -> Decimal:
    """A number that was rounded as shown, as the decimal number that is printed."""
    return Decimal(repr(float(value)))


def median(values: Sequence[float]) -> Decimal:
    """The median of values as shown, exact. Raises ValueError where there is none."""
    if not values:
        raise ValueError("median of nothing")
    ordered = sorted(map(exact, values))
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def change(look: ChartLook, sign: Literal[1, -1]) -> Decimal:
    """Median since the start less median of the baseline, positive where better."""
    return sign * (median(look.after) - median(look.baseline))


def changes(look: ChartLook, sign: Literal[1, -1]) -> tuple[Decimal, Decimal]:
    """The least and the most that :func:`change` may be, wherever the values at an end lie."""
    least, most = look.ends

    def low(values: Sequence[float]) -> Decimal:
        return median([-math.inf if least is not None and value <= least else value for value in values])

    def high(values: Sequence[float]) -> Decimal:
        return median([math.inf if most is not None and value >= most else value for value in values])

    ends = low(look.after) - high(look.baseline), high(look.after) - low(look.baseline)
    return ends if sign > 0 else (-ends[1], -ends[0])


def speaks(baseline: Sequence[float], count: int, sign: Literal[1, -1]) -> bool:
    """Whether a signal would show if so many points since the start all lay on the better side."""
    before = runs.sides(baseline, float(median(baseline)))
    return runs.of_sides([*before, *[sign] * count]).signal


def calls(signal: np.ndarray, stable: np.ndarray, change: np.ndarray, worthwhile: float | Decimal) -> tuple[np.ndarray, np.ndarray]:
    """Whether a look adopts, and whether it stops, because of a signal (numbers or arrays; change positive where better)."""
    called = signal & stable
    return called & (change >= worthwhile), called & (change < 0)


def _by_chart(rule: Rule, look: ChartLook, sign: Literal[1, -1], last: bool) -> tuple[Decision, str]:
    if len(look.after) < max(rule.points, 1):
        return "not_enough", "few_points"
    if len(look.baseline) < LEAST_BASELINE:
        return "not_enough", "few_baseline"
    centre, (least, most) = float(median(look.baseline)), changes(look, sign)
    stable = not runs.runs(look.baseline, centre).signal
    signal = runs.runs([*look.baseline, *look.after], centre).signal
    if calls(signal, stable, least, exact(rule.worthwhile))[0]:
        return "adopt", "worthwhile"
    if calls(signal, stable, most, exact(rule.worthwhile))[1]:
        return "stop", "worse"
    if not speaks(look.baseline, len(runs.sides(look.after, centre)), sign):
        return "not_enough", "cannot_speak"
    why = "unstable" if not stable else "small" if signal else "no_signal"
    if why == "small" and not most < exact(rule.worthwhile):
        return "not_enough", "at_end"
    if not last:
        return "not_enough", why
    if most <= 0:
        return "stop", "no_better"
    if least <= 0:
        return "not_enough", "at_end"
    return "adapt", "some_better" if why == "no_signal" else why


def _by_comparison(rule: Rule, look: ComparisonLook, sign: Literal[1, -1], last: bool) -> tuple[Decision, str]:
    if look.points < max(rule.points, 1):
        return "not_enough", "few_points"
    if look.effect is None or not look.effect.rests:
        return "not_enough", "few_schools"
    worthwhile, nothing = chances(look.effect, rule.worthwhile, sign)
    needed = 100 * exact(rule.probability)
    if worthwhile >= needed:
        return "adopt", "likely_worthwhile"
    if nothing >= needed:
        return "stop", "likely_no_better"
    if not last:
        return "not_enough", "undecided"
    if worthwhile <= 100 - needed:
        return "stop", "unlikely_worthwhile"
    return "adapt", "undecided"


def chances(effect: Effect, worthwhile: float, sign: Literal[1, -1]) -> tuple[Decimal, Decimal]:
    """In percent as shown: how likely the effect is worthwhile at least, and how likely it is nothing or the wrong way."""
    if sign > 0:
        least, nothing = effect.beyond(worthwhile), 1 - effect.beyond(0)
    else:
        least, nothing = 1 - effect.beyond(-worthwhile), effect.beyond(0)
    return shown(100 * least, 0), shown(100 * nothing, 0)
