"""Time to an answer, where some are still awaited; and shares of contacts. Both allow for contacts with one school being alike.

Pure functions of columns. A contact has the days that were watched: until its answer, or until the page's day where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVEL = 0.95


class Ends(NamedTuple):
    """A number with the ends of its 95 % interval; nan where it cannot be said."""

    value: float
    low: float
    high: float


NONE = Ends(float("nan"), float("nan"), float("nan"))


class Waiting(NamedTuple):
    """What :func:`waiting` gives: shares without an answer after each day on which one came (0..1), with their ends, and the longest watch in days."""

    days: Floats
    without: Floats
    low: Floats
    high: Floats
    longest: float
    clusters: int

    def within(self, days: float) -> Ends:
        """The share answered within so many days; nan where no contact was watched for so long and some are still without an answer."""
        everyone = len(self.without) > 0 and self.without[-1] <= 1e-12
        if not (self.longest >= days or everyone):
            return NONE
        place = int(np.searchsorted(self.days, days, side="right")) - 1
        if place < 0:
            return Ends(0.0, 0.0, 1 - _one_side(self.clusters))
        return Ends(1 - float(self.without[place]), 1 - float(self.high[place]), 1 - float(self.low[place]))

    def median(self) -> Ends:
        """The first day by which half were answered, and the ends of its interval; nan for what is not reached.

        The interval holds the days on which a half is within the share's own interval (Brookmeyer & Crowley 1982).
        """
        return Ends(*(self._half(curve) for curve in (self.without, self.low, self.high)))

    def _half(self, curve: Floats) -> float:
        reached = np.flatnonzero(curve <= 0.5 + 1e-12)
        return float(self.days[reached[0]]) if len(reached) else float("nan")


def waiting(days: Sequence[float] | pd.Series, answered: Sequence[bool] | pd.Series, cluster: Sequence[object] | pd.Series) -> Waiting:
    """The share of contacts without an answer, day by day: Kaplan & Meier (1958), contacts without an answer being censored.

    days: whole or not, 0 or more, watched. answered: whether an answer came on the last of them. cluster: the school of each, for contacts with
    one school are alike. The variance of the log share is the sum of squares of the schools' influences on it, times G/(G - 1) for G schools
    (Williams 1995), and never less than Greenwood's, which takes contacts for independent; the interval is that of log(-log share) (Kalbfleisch
    & Prentice 1980), with Student's t of G - 1 degrees of freedom. Raises ValueError for columns of unequal length, and days below 0.
    """
    watched, came = np.asarray(days, dtype=float), np.asarray(answered, dtype=bool)
    group, names = pd.factorize(pd.Series(np.asarray(cluster, dtype=object)))
    if not len(watched) == len(came) == len(group):
        raise ValueError("days, answered and cluster must have one row for each contact")
    if not (watched >= 0).all():
        raise ValueError("a contact was watched for fewer than no days")
    times, count = np.unique(watched[came]), len(names)
    none = np.empty(0)
    longest = float(watched.max()) if len(watched) else float("nan")
    if not len(times):
        return Waiting(none, none, none, none, longest, count)
    risk, events = np.zeros((count, len(times))), np.zeros((count, len(times)))
    np.add.at(events, (group[came], np.searchsorted(times, watched[came])), 1)
    for school in range(count):
        own = np.sort(watched[group == school])
        risk[school] = len(own) - np.searchsorted(own, times, side="left")
    at_risk, answers = risk.sum(axis=0), events.sum(axis=0)
    without = np.cumprod(1 - answers / at_risk)
    left = at_risk - answers
    known = left > 0
    step = np.where(known, left, 1)
    influence = np.cumsum(np.where(known, (events - risk * answers / at_risk) / step, 0), axis=1)
    spread = (influence**2).sum(axis=0) * count / max(count - 1, 1)
    greenwood = np.cumsum(np.where(known, answers / (at_risk * step), 0))
    low, high = _ends(without, np.maximum(spread, greenwood), count)
    return Waiting(times, without, low, high, longest, count)


def _ends(without: Floats, variance: Floats, clusters: int) -> tuple[Floats, Floats]:
    inner = (without > 1e-12) & (without < 1 - 1e-12)
    log = np.log(np.where(inner, without, 0.5))
    wide = _quantile(clusters) * np.sqrt(variance) / -log
    low = np.where(inner, np.exp(log * np.exp(wide)), 0.0)
    high = np.where(inner, np.exp(log * np.exp(-wide)), np.where(without > 0.5, 1.0, 1 - _one_side(clusters)))
    return low, high


def _quantile(clusters: int) -> float:
    from scipy import stats

    return float(stats.t.ppf(0.5 + LEVEL / 2, max(clusters - 1, 1)))


def _one_side(clusters: int) -> float:
    """The least chance that all of so many schools may have had, at 2.5 %, when all did the same (Clopper & Pearson 1934)."""
    return float(((1 - LEVEL) / 2) ** (1 / max(clusters, 1)))


def share(flags: Sequence[bool] | pd.Series, cluster: Sequence[object] | pd.Series) -> Ends:
    """The share of contacts of which something holds (0..1), with Wilson's interval at the number of contacts that they are worth.

    They are worth n over the design effect, the variance of the share over schools as clusters to that of independent contacts, at least 1
    (Kish 1965; Korn & Graubard 1998); Student's t of G - 1 degrees of freedom, G schools. Where all are alike, G schools count as G contacts. nan without a contact.
    """
    held = np.asarray(flags, dtype=float)
    if not len(held):
        return NONE
    group, names = pd.factorize(pd.Series(np.asarray(cluster, dtype=object)))
    count, n, p = len(names), len(held), float(held.mean())
    if 0 < p < 1:
        off = np.bincount(group, held - p, minlength=count)
        design = max(1.0, float(off @ off) * count / max(count - 1, 1) / (n * p * (1 - p)))
        worth = n / design
    else:
        worth = float(count)
    z = _quantile(count)
    middle, half = (p + z * z / (2 * worth)), z * np.sqrt(p * (1 - p) / worth + z * z / (4 * worth**2))
    low, high = ((middle + sign * half) / (1 + z * z / worth) for sign in (-1, 1))
    return Ends(p, max(0.0, float(min(low, p))), min(1.0, float(max(high, p))))
