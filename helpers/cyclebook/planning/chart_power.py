"""How large a change must be to show on a run chart: on Anhøj's two tests, which the evaluation page looks at.

A chart asks more of a change than a comparison of two averages does, because it uses only on which side of the line a point lies,
and because it seldom raises a false alarm. Simulated, with a seed: points are independent and normal, none lies on the line, and
the line is the median of the points before the start.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from cyclebook.measures import runs
from cyclebook.planning.detectable import POWER

REPLICATES = 2000
SEED = 19610520  #: any number would do; it makes the same page from the same data
#: A change of so many standard deviations puts every point on the better side.
ALL = 12.0
#: More points after a start than a plan would wait for.
MOST = 60


@lru_cache(maxsize=1024)
def _points(before: int, after: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points before and since, as distances from the median before, and where the baseline gives no signal by itself."""
    rng = np.random.default_rng((seed, before))
    early, late = rng.standard_normal((REPLICATES, before)), rng.standard_normal((REPLICATES, MOST))[:, :after]
    centre = np.median(early, axis=1, keepdims=True)
    return early - centre, late - centre, ~runs.signals(runs.side_matrix(early, centre[:, 0]))


def power(before: int, after: int, shift: float, seed: int = SEED) -> float:
    """The probability that a change for the better of ``shift`` standard deviations shows: a signal, and a better median since."""
    early, late, stable = _points(before, after, seed)
    moved = late + shift
    shows = runs.signals(np.sign(np.hstack([early, moved])).astype(np.int8)) & stable & (np.median(moved, axis=1) > 0)
    return float(shows.mean())


@lru_cache(maxsize=1024)
def change_on_chart(before: int, after: int, seed: int = SEED) -> float | None:
    """The smallest change, in standard deviations, that shows with probability ``POWER``; None where none does.

    before, after: points before the start and since. Raises ValueError for fewer than two before or none after.
    """
    if before < 2 or after < 1:
        raise ValueError(f"before, after: {before} and {after}; a chart needs two points before and one after")
    low, high = 0.0, ALL
    if power(before, after, high, seed) < POWER:
        return None
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (low, middle) if power(before, after, middle, seed) >= POWER else (middle, high)
    return high


@lru_cache(maxsize=256)
def fewest_after(before: int, seed: int = SEED) -> int | None:
    """With how many points after the start a large change would show; None where not even ``MOST`` are enough."""
    return next((after for after in range(1, MOST + 1) if power(before, after, ALL, seed) >= POWER), None)
