"""Top and bottom coding: how high and how low a number about n persons is shown, decided by n alone.

An average that lies close to an end of its scale says what nearly everyone answered: an average of 5 says it of everyone. So there is a
most and a least that is shown, and beyond it the number stands as "4.5 or more". Both ends depend on the number of persons only.
Would they depend on the answers, the coding itself would announce that all agreed.

The share ``(smallest_group - 1) / (4 n)`` of the range is kept at each end. Then the average of any ``smallest_group - 1`` of the n persons
may still lie anywhere on a stretch of at least a quarter of the range (one point on a scale from 1 to 5), as far as the others leave it open (from
a quarter more persons up); so may the answer of any one of them. Counts keep as many persons at each end.

Top and bottom coding: Hundepool et al. (2012), Statistical Disclosure Control, ch. 3. The thresholds are ours (METHODS.md).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

#: The part of its range over which a small group's average must stay open: one point of a scale from 1 to 5.
OPEN = 0.25

#: What a number that stands at an end says beside it (the column ``bound`` of a table of statistics).
EXACT, OR_MORE, OR_LESS = "", "more", "less"


def kept(smallest_group: int) -> int:
    """How many persons are kept at each end of a count: a count of n persons is shown from this many to n minus this many."""
    return math.ceil(OPEN * (smallest_group - 1))


def ends(n: ArrayLike, smallest_group: int, low: float, high: float, decimals: int) -> tuple[np.ndarray, np.ndarray]:
    """The least and the most that is shown of an average over n persons on a scale from low to high, with so many decimals.

    Rounded inward, so that a number shown at an end still leaves what ``OPEN`` says. nan where n is below smallest_group
    (nothing is shown then). Raises ValueError for a scale without a range.
    """
    if not high > low:
        raise ValueError(f"a scale from {low} to {high} has no range")
    n = np.asarray(n, dtype="float64")
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = np.where(n >= smallest_group, OPEN * (smallest_group - 1) / n, np.nan) * (high - low)
    unit = 10.0**decimals
    # what is left of a division must not push a threshold to the next step
    least = np.ceil(np.round((low + margin) * unit, 6)) / unit
    most = np.floor(np.round((high - margin) * unit, 6)) / unit
    return least, most


def code(value: ArrayLike, n: ArrayLike, smallest_group: int, low: float, high: float, decimals: int) -> tuple[Any, Any]:
    """Averages over n persons brought between the ends, and for each what stands beside it ("", "more" or "less").

    A number between the ends stays as it is, not rounded. One that rounds to an end stands at it and counts as coded, as does one
    beyond: nobody can tell the two apart. Where nothing may be shown (n too small) the value is nan.
    """
    value = np.asarray(value, dtype="float64")
    least, most = ends(n, smallest_group, low, high, decimals)
    shown = np.round(np.round(value, 9), decimals)
    coded = np.where(shown >= most, most, np.where(shown <= least, least, np.where(np.isfinite(most), value, np.nan)))
    bound = np.where(shown >= most, OR_MORE, np.where(shown <= least, OR_LESS, EXACT))
    return coded, bound


def code_count(count: ArrayLike, n: ArrayLike, smallest_group: int) -> tuple[Any, Any]:
    """Counts out of n persons (who said yes, who is favourable) brought between the ends, and what stands beside each.

    nan where n is below smallest_group. Shares are to be made from the coded count. Raises ValueError for a count outside 0..n.
    """
    count, n = np.broadcast_arrays(np.asarray(count, dtype="float64"), np.asarray(n, dtype="float64"))
    if np.any((count < 0) | (count > n)):
        raise ValueError("a count must lie between 0 and its n")
    few = kept(smallest_group)
    clear = n >= smallest_group
    coded = np.where(clear, np.clip(count, few, np.maximum(n - few, few)), np.nan)
    bound = np.where(clear & (count >= n - few), OR_MORE, np.where(clear & (count <= few), OR_LESS, EXACT))
    return coded, bound


def least_spread(n: ArrayLike, smallest_group: int, low: float, high: float) -> np.ndarray:
    """The least standard deviation (n − 1 beneath) that is shown of n persons on this scale; a smaller one stands at it.

    With an average m and a standard deviation s of n persons, the average of r of them lies within s √((n − 1)(n − r)/(r n)) of m.
    For r = smallest_group − 1, twice that is at least ``OPEN`` of the range when s is at least this. nan where n is below smallest_group.
    """
    n = np.asarray(n, dtype="float64")
    few = smallest_group - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.sqrt((n - 1) * (n - few) / (few * n))
        return np.where(n >= smallest_group, OPEN * (high - low) / 2 / reach, np.nan)
