"""Comparison schools: difference in differences, on panels (two-way fixed effects) and on each school's change of means.

Both rest on one assumption that no number here can check: without the change idea, the treated schools would have moved as
the others did. Spread is taken between units, the schools that a change was assigned to; never between points or persons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

#: Fewest degrees of freedom for an interval. With one or two, the spread between schools is guessed from two or three
#: changes: it is easily a quarter or twice of what it is in truth, and Student's factor (12.7, 4.3) holds only if changes are
#: exactly normal.
LEAST_DF = 3


@dataclass(frozen=True)
class Panel:
    """Effect by two-way fixed effects: estimate, cluster-robust standard error, t, p (two-sided, units less 1 degrees of
    freedom).

    With one treated unit the standard error rests on that unit alone and is far too small; there ``placebo`` holds the
    estimates with every unit in turn in its place (the treated unit's first), ``placebo_p`` the share of them at least as far
    from 0, and ``smallest_p`` the smallest value that share can take. With several treated units the three are empty or nan.
    """

    estimate: float
    standard_error: float
    df: int
    p: float
    n: int
    units: int
    treated_units: int
    placebo: tuple[float, ...] = ()
    placebo_p: float = math.nan
    smallest_p: float = math.nan


def two_way_fixed_effects(unit: ArrayLike, time: ArrayLike, outcome: ArrayLike, treated: ArrayLike) -> Panel:
    """Difference in differences on a panel, complete or not: outcome = unit + time + effect × treated.

    unit, time: labels; outcome: numbers; treated: 1 where the unit has the change idea at that time, else 0. A row each.
    Least squares; sandwich variance by unit with the factor G/(G − 1) · (N − 1)/(N − K), where K counts the effect and the
    times, not the units, which lie within the clusters (CRV1; Cameron & Miller 2015). With starts at different times the
    estimate mixes comparisons with units that were treated before: then use it for a common start only (Goodman-Bacon 2021).

    Raises ValueError for columns of different length, missing numbers, fewer than two units, or an effect that units and
    times explain wholly (nobody is treated, or all at once).
    """
    unit, time = _codes(unit), _codes(time)
    outcome, treated = np.asarray(outcome, dtype=float), np.asarray(treated, dtype=float)
    if not len(unit) == len(time) == len(outcome) == len(treated):
        raise ValueError("comparison: unit, time, outcome and treated must have the same length")
    if not (np.isfinite(outcome).all() and np.isfinite(treated).all()):
        raise ValueError("comparison: outcome and treated must be numbers; leave rows without one out")
    units, times, count = int(unit.max(initial=-1)) + 1, int(time.max(initial=-1)) + 1, len(outcome)
    if units < 2:
        raise ValueError("comparison: two units at least are needed")
    design = np.column_stack([np.eye(units)[unit], np.eye(times)[time][:, 1:]])
    project = _Within(design)
    effect = project.outcome(outcome, treated)
    if effect is None:
        raise ValueError("comparison: the effect cannot be told from units and times (is anybody treated, and not all at once?)")
    estimate, rest, residual = effect
    scores = np.bincount(unit, weights=rest * residual, minlength=units)
    factor = units / (units - 1) * (count - 1) / (count - times)
    error = math.sqrt(factor * float(scores @ scores)) / float(rest @ rest)
    p = float(2 * stdtr(units - 1, -abs(estimate) / error)) if error else math.nan
    ever = np.unique(unit[treated > 0])
    panel = Panel(estimate, error, units - 1, p, count, units, len(ever))
    if len(ever) != 1:
        return panel
    path = dict(zip(time[unit == ever[0]], treated[unit == ever[0]], strict=True))
    placebo = [estimate]
    for other in range(units):
        if other != ever[0]:
            turn = np.where(unit == other, [path.get(when, 0.0) for when in time], 0.0)
            found = project.outcome(outcome, turn)
            placebo += [] if found is None else [found[0]]
    far = np.abs(placebo) >= abs(estimate) * (1 - 1e-9)
    return Panel(estimate, error, units - 1, p, count, units, 1, tuple(placebo), float(far.mean()), 1 / len(placebo))


class _Within:
    """What units and times leave of a column."""

    def __init__(self, design: np.ndarray) -> None:
        left, size, _ = np.linalg.svd(design, full_matrices=False)
        self._basis = left[:, size > size[0] * 1e-10]

    def rest(self, column: np.ndarray) -> np.ndarray:
        return column - self._basis @ (self._basis.T @ column)

    def outcome(self, outcome: np.ndarray, treated: np.ndarray) -> tuple[float, np.ndarray, np.ndarray] | None:
        """Effect, what is left of the treatment, and the residuals; None where nothing is left of the treatment."""
        rest, left = self.rest(treated), self.rest(outcome)
        size = float(rest @ rest)
        if size <= 1e-10 * max(1.0, float(treated @ treated)):
            return None
        estimate = float(rest @ left) / size
        return estimate, rest, left - estimate * rest


def _codes(labels: ArrayLike) -> np.ndarray:
    return np.unique(np.asarray(labels), return_inverse=True)[1].reshape(-1)


@dataclass(frozen=True)
class Effect:
    """Effect on school means: mean change of the treated schools less that of the comparison schools.

    estimate; standard_error (nan where df is 0); df; low, high: its 95 % interval, nan below ``LEAST_DF`` degrees of freedom.
    treated_change, comparison_change: the two means; treated, comparison: how many schools stand behind each.
    """

    estimate: float
    standard_error: float
    df: int
    low: float
    high: float
    treated_change: float
    comparison_change: float
    treated: int
    comparison: int

    @property
    def rests(self) -> bool:
        """Whether there are schools enough for an interval and for probabilities."""
        return self.df >= LEAST_DF and self.standard_error > 0

    def beyond(self, threshold: float) -> float:
        """Probability that the effect is at least ``threshold``: Student's t about the estimate.

        It is the posterior probability under a flat prior on the effect (and on the logarithm of the spread): no effect is
        held more likely than another before the data. nan where the effect does not rest on enough schools.
        """
        if not self.rests:
            return math.nan
        return float(stdtr(self.df, (self.estimate - threshold) / self.standard_error))


def school_means(
    before: Sequence[float], after: Sequence[float], treated: Sequence[bool], confidence: float = 0.95
) -> Effect:
    """Difference in differences of school means: each school counts once, whatever its size.

    before, after: mean of each school's points before the start and since; treated: whether the school tried the change idea.
    The spread of changes is pooled over both groups (schools − 2 degrees of freedom): with one treated school it is the
    comparison schools' spread alone, and the assumption that a treated school's change varies as theirs do cannot be checked.

    Raises ValueError for sequences of different length, missing numbers, or a group without a school.
    """
    change = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    mark = np.asarray(treated, dtype=bool)
    if len(change) != len(mark):
        raise ValueError("comparison: before, after and treated must have the same length")
    if not np.isfinite(change).all():
        raise ValueError("comparison: every school needs a mean before and after; leave out the others")
    ours, theirs = change[mark], change[~mark]
    if not len(ours) or not len(theirs):
        raise ValueError("comparison: one treated and one comparison school at least are needed")
    estimate, df = float(ours.mean() - theirs.mean()), len(change) - 2
    squares = float(((ours - ours.mean()) ** 2).sum() + ((theirs - theirs.mean()) ** 2).sum())
    error = math.sqrt(squares / df * (1 / len(ours) + 1 / len(theirs))) if df else math.nan
    half = float(stdtrit(df, 0.5 + confidence / 2)) * error if df >= LEAST_DF else math.nan
    return Effect(
        estimate, error, df, estimate - half, estimate + half, float(ours.mean()), float(theirs.mean()), len(ours), len(theirs)
    )
