"""Anhøj's two tests of a run chart, what they can show at all with so many points, and how often chance sets them off.

A run is an unbroken row of points on one side of the centre line. Points on the line are dropped: they neither break nor
lengthen a run; what is left are the *useful* points. A signal of a shift is a run that is longer, or a line that crosses the
centre less often, than chance would let it (Anhøj & Olesen 2014; the bounds are Schilling's 2012 and Chen's 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb, log2
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

#: A value so close to the centre line, relative to its size, lies on it: what is left of a division is not a side.
ON_LINE = 1e-12
#: More points than any chart would wait for: beyond them, points that all lie on one side are taken never to give a signal.
MOST = 400


@lru_cache(maxsize=None)
def longest_run_max(useful: int) -> int:
    """The longest run that chance lets pass among so many useful points (at least 1): round(log2 n) + 3."""
    if useful < 1:
        raise ValueError(f"useful points: {useful}; a bound needs one at least")
    return round(log2(useful)) + 3


@lru_cache(maxsize=None)
def crossings_min(useful: int) -> int:
    """The fewest crossings that chance lets pass: the 5 % quantile of Binomial(n - 1, ½), in whole numbers throughout."""
    if useful < 1:
        raise ValueError(f"useful points: {useful}; a bound needs one at least")
    trials, below, count = useful - 1, 0, 0
    while True:
        below += comb(trials, count)
        if 20 * below >= 2**trials:
            return count
        count += 1


@dataclass(frozen=True)
class Runs:
    """What the two tests found. Without a useful point every field but the first is None."""

    useful: int
    longest: int | None = None
    longest_max: int | None = None
    crossings: int | None = None
    crossings_min: int | None = None

    @property
    def long_run(self) -> bool:
        return self.useful > 0 and self.longest > self.longest_max

    @property
    def few_crossings(self) -> bool:
        return self.useful > 0 and self.crossings < self.crossings_min

    @property
    def signal(self) -> bool:
        return self.long_run or self.few_crossings


def sides(values: ArrayLike, centre: ArrayLike) -> np.ndarray:
    """1 above, -1 below the centre line for each useful point, in order; points on the line or without a value are left out."""
    values, centre = np.broadcast_arrays(np.asarray(values, dtype=float), np.asarray(centre, dtype=float))
    known = np.isfinite(values) & np.isfinite(centre)
    values, centre = values[known], centre[known]
    off = np.abs(values - centre) > ON_LINE * np.maximum(np.abs(values), np.abs(centre))
    return np.sign(values - centre)[off].astype(int)


def runs(values: ArrayLike, centre: ArrayLike) -> Runs:
    """Both tests on a row of values (nan where there is none) about a centre line (a number, or one for each value)."""
    return of_sides(sides(values, centre))


def of_sides(side: ArrayLike) -> Runs:
    """Both tests on useful points given as 1 and -1, in order."""
    side = np.asarray(side, dtype=int)
    if not len(side):
        return Runs(0)
    starts = np.flatnonzero(np.diff(side)) + 1
    lengths = np.diff([0, *starts, len(side)])
    return Runs(len(side), int(lengths.max()), longest_run_max(len(side)), len(starts), crossings_min(len(side)))


def side_matrix(values: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """1 above, -1 below, 0 on the centre line: values has a row for each replicate, centre a number for each row."""
    return np.sign(values - centre[:, None]).astype(np.int8)


def signals(side: np.ndarray) -> np.ndarray:
    """Whether Anhøj's tests signal, row by row; 0 stands for a point on the line."""
    rows, points = side.shape
    last, length = np.zeros(rows, np.int8), np.zeros(rows, int)
    longest, crossings, useful = np.zeros(rows, int), np.zeros(rows, int), np.zeros(rows, int)
    for column in side.T:
        off = column != 0
        same = off & (column == last)
        crossings += off & ~same & (last != 0)
        length = np.where(same, length + 1, np.where(off, 1, length))
        longest = np.maximum(longest, length)
        last = np.where(off, column, last)
        useful += off
    most = np.array([points, *(longest_run_max(count) for count in range(1, points + 1))])
    least = np.array([0, *(crossings_min(count) for count in range(1, points + 1))])
    return (longest > most[useful]) | (crossings < least[useful])


@dataclass(frozen=True)
class Attainable:
    """Which of the two tests can signal at all with so many points, however they fall."""

    long_run: bool
    few_crossings: bool

    @property
    def any(self) -> bool:
        return self.long_run or self.few_crossings


def attainable(baseline: int, after: int = 0) -> Attainable:
    """Which tests can signal with so many useful points, the centre being the median of the ``baseline`` ones.

    The median has half of its own points on either side. So the longest run has half of the baseline and all later points, and
    the line crosses the centre once at least (as soon as the baseline holds two points). Without later points a run can signal
    from 16 points up and the crossings from 9 (10, where no points are tied): below that, silence says nothing.
    """
    useful = baseline + after
    if useful < 1:
        return Attainable(False, False)
    return Attainable(
        long_run=baseline // 2 + after > longest_run_max(useful),
        few_crossings=int(baseline > 1) < crossings_min(useful),
    )


def points_needed(useful: int = 0) -> int:
    """How many more useful points it takes until either test can signal, the centre being the median of all of them."""
    total = useful
    while not attainable(total).any:
        total += 1
    return total - useful


def points_to_speak(baseline: Sequence[int], side: Literal[1, -1]) -> int | None:
    """How many points after a baseline it takes until a signal shows, if all of them lie on one side of its median.

    baseline: its useful points as 1 and -1, in order (see ``sides``). At least 1, also where the baseline shows a signal by
    itself; None where there is no baseline, or where no signal shows within ``MOST`` points.
    """
    before = [int(one) for one in baseline]
    if not before:
        return None
    for after in range(1, MOST + 1):
        if of_sides(before + [side] * after).signal:
            return after
    return None


@lru_cache(maxsize=None)
def _compositions(total: int, parts: int, most: int) -> int:
    """In how many ways a whole number is a sum of so many whole numbers from 1 to ``most``, in order."""
    if parts == 0:
        return int(total == 0)
    found = 0
    for over in range(parts + 1):
        left = total - over * most
        if left < parts:
            break
        found += (-1) ** over * comb(parts, over) * comb(left - 1, parts - 1)
    return found


@lru_cache(maxsize=None)
def false_alarm_rate(useful: int) -> float:
    """How often chance sets off either test on a chart about the median of its own points: exact.

    All orders of so many useful points are equally likely, half of them above the median (one less where the number is
    odd, which takes ties). Orders with r runs that no run of which is too long are counted as compositions of the two
    halves. Holds for independent points; points that lean on the one before set the tests off more often.
    """
    if useful < 2:
        return 0.0
    above, below = useful // 2, useful - useful // 2
    most, least = longest_run_max(useful), crossings_min(useful)
    quiet = 0
    for count in range(max(2, least + 1), useful + 1):
        small, large = count // 2, count - count // 2
        quiet += _compositions(above, large, most) * _compositions(below, small, most)
        quiet += _compositions(above, small, most) * _compositions(below, large, most)
    return float(1 - quiet / comb(useful, above))
