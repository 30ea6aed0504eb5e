"""Where a goal starts from: what the points of a measure before the start come to, and how many a plan allows for after it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from cyclebook.reading import shown

FEWEST = 6  #: with fewer points before the start nothing is said about how much they go up and down


@dataclass(frozen=True)
class Baseline:
    """The points of one school before the start: how many, their median and mean, and their standard deviation.

    ``mean`` is rounded as the points are shown; ``median`` has one digit more (``digits``) where it lies between two of them.
    ``sd`` is None below ``FEWEST`` points; everything is None for no point.
    """

    points: int
    median: float | None
    digits: int
    mean: float | None
    sd: float | None


def baseline(values: Sequence[float], decimals: int) -> Baseline:
    """What the values of the points before the start, as shown with ``decimals`` digits, come to."""
    found = np.asarray(values, dtype=float)
    if not len(found):
        return Baseline(0, None, decimals, None, None)
    median = round(float(np.median(found)), decimals + 1)
    digits = decimals if round(median, decimals) == median else decimals + 1
    sd = float(found.std(ddof=1)) if len(found) >= FEWEST else None
    return Baseline(len(found), median, digits, float(shown(float(found.mean()), decimals)), sd)


def planned_points(start: date | None, last: date | None, every: int) -> int | None:
    """How many points the plan allows for from ``start`` to ``last``, both days counted; None where a day is missing.

    A part of an interval of half its length or more counts as one.
    """
    if start is None or last is None or last < start:
        return None
    return max(1, math.floor(((last - start).days + 1) / every + 0.5))
