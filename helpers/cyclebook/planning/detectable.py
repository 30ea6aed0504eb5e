"""The smallest change that a plan could see: by design, between two surveys, and between the points before and after a start.

Bloom (1995, Minimum detectable effects): a design's standard error times a multiplier M, the sum of two quantiles of Student's t,
gives the true effect that a two-sided test at ``ALPHA`` would find with probability ``POWER``. Effects are in standard deviations
of the outcome (see :func:`raw_units`); changes are in the units of the standard deviation given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import stdtrit

ALPHA, POWER = 0.05, 0.8
R2_TIME = 0.15  #: share of the outcome's variance that time and unit explain, where nothing better is known (Schochet 2008)


def multiplier(df: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """M: how many standard errors a true effect must measure to be found with probability ``power`` (two-sided test).

    Raises ValueError for no degree of freedom, and for an alpha or a power outside their ranges.
    """
    if not df > 0:
        raise ValueError(f"df: {df} degrees of freedom; more units are needed before an effect could be found")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha: {alpha} is not between 0 and 1")
    if not 0.5 <= power < 1:
        raise ValueError(f"power: {power} is not from 0.5 to below 1")
    return float(stdtrit(df, 1 - alpha / 2) + stdtrit(df, power))


def individual(people: int, *, treated: float = 0.5, r2: float = 0.0, alpha: float = ALPHA, power: float = POWER) -> float:
    """Smallest effect where each of ``people`` is assigned by itself.

    treated: share that is assigned to the idea. r2: share of the outcome's variance that what was known before explains.
    Raises ValueError for fewer than three people and for shares outside 0 to 1.
    """
    _check(treated, r2=r2)
    return multiplier(people - 2, alpha, power) * math.sqrt((1 - r2) / (treated * (1 - treated) * people))


def cluster(
    people: int, clusters: int, icc: float, *, treated: float = 0.5, alpha: float = ALPHA, power: float = POWER
) -> float:
    """Smallest effect where whole groups (schools) are assigned: ``people`` in all, in ``clusters`` groups of like size.

    icc: share of the outcome's variance that lies between groups.
    Raises ValueError for fewer than three groups, more groups than people, and shares outside 0 to 1.
    """
    _check(treated, icc=icc)
    if clusters > people:
        raise ValueError(f"clusters: {clusters} groups of {people} people; each needs at least one")
    spread = icc / clusters + (1 - icc) / people
    return multiplier(clusters - 2, alpha, power) * math.sqrt(spread / (treated * (1 - treated)))


def difference_in_differences(
    people: int, *, theta: float = 0.0, r2_time: float = R2_TIME, treated: float = 0.5, alpha: float = ALPHA, power: float = POWER
) -> float:
    """Smallest effect where each of ``people`` is measured before and after, beside others that do not try the idea.

    theta: correlation of a person's two values. r2_time: share of the treatment's variance that time and unit explain.
    Raises ValueError as :func:`individual` does.
    """
    _check(treated, theta=theta, r2_time=r2_time)
    return individual(people, treated=treated, alpha=alpha, power=power) * math.sqrt(2 * (1 - theta) / (1 - r2_time))


def matched_clusters(
    people: int,
    clusters: int,
    icc: float,
    *,
    r2_time: float = R2_TIME,
    treated: float = 0.5,
    alpha: float = ALPHA,
    power: float = POWER,
) -> float:
    """Smallest effect where groups that try the idea are compared with groups chosen to be like them.

    r2_time: share of the treatment's variance that what they were matched on explains.
    Raises ValueError as :func:`cluster` does.
    """
    _check(treated, r2_time=r2_time)
    return cluster(people, clusters, icc, treated=treated, alpha=alpha, power=power) / math.sqrt(1 - r2_time)


def raw_units(effect: float, *, sd: float | None = None, share: float | None = None) -> float:
    """An effect in standard deviations, in the outcome's own units: ``sd`` for a number, ``share`` (0 to 1) for a yes or no.

    Raises ValueError unless exactly one of the two is given, for a share outside 0 to 1, and for a negative sd.
    """
    if (sd is None) == (share is None):
        raise ValueError("give either sd (of a number) or share (of a yes or no)")
    if share is not None:
        if not 0 <= share <= 1:
            raise ValueError(f"share: {share} is not from 0 to 1")
        sd = math.sqrt(share * (1 - share))
    if sd < 0:
        raise ValueError(f"sd: {sd} is negative")
    return effect * sd


def change_of_means(before: int, after: int, sd: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """Smallest change of a mean: ``before`` and ``after`` people, or points, each with standard deviation ``sd``.

    All are taken as independent. People in two surveys that are not linked are; points in time, where good weeks follow good
    weeks, are less so, and then it takes more than this.
    Raises ValueError for fewer than three in all, none on one side, and a negative sd.
    """
    if before < 1 or after < 1:
        raise ValueError(f"before, after: {before} and {after}; a change needs at least one on each side")
    return raw_units(multiplier(before + after - 2, alpha, power) * math.sqrt(1 / before + 1 / after), sd=sd)


def change_of_schools(
    errors: Sequence[float], df: float, against: Sequence[float] = (), *, alpha: float = ALPHA, power: float = POWER
) -> float:
    """Smallest average change of several schools, all taken together: of these schools, at this time.

    errors: the standard error of each school's own change. against: those of comparison schools, whose average change is taken off.
    df: degrees of freedom of the test: where the spread is taken between schools, their number less 2.
    Raises ValueError for no school and for no degree of freedom.
    """
    if not errors:
        raise ValueError("errors: no school; a change needs one at least")
    variance = sum(sum(error**2 for error in side) / len(side) ** 2 for side in (errors, against) if side)
    return multiplier(df, alpha, power) * math.sqrt(variance)


def change_to_adopt(
    errors: Sequence[float], df: float, against: Sequence[float], worthwhile: float, probability: float, *, power: float = POWER
) -> float:
    """The true change at which a rule by comparison adopts with probability ``power``: one look, by Student's t.

    The rule adopts where a change of ``worthwhile`` or more is at least so likely (``probability``): where the estimate lies
    t_probability standard errors past it. For that to happen so often, the true change lies t_power of them further on.
    errors, against, df: as for :func:`change_of_schools`.
    Raises ValueError for no school on a side, no degree of freedom, and a probability outside 0.5 to 1.
    """
    if not errors or not against:
        raise ValueError("errors, against: a comparison needs a school at least on each side")
    if not df > 0:
        raise ValueError(f"df: {df} degrees of freedom; more schools are needed")
    if not 0.5 <= probability < 1:
        raise ValueError(f"probability: {probability} is not from 0.5 to below 1")
    variance = sum(sum(error**2 for error in side) / len(side) ** 2 for side in (errors, against))
    return worthwhile + float(stdtrit(df, probability) + stdtrit(df, power)) * math.sqrt(variance)


def _check(treated: float, **shares: float) -> None:
    if not 0 < treated < 1:
        raise ValueError(f"treated: {treated} is not between 0 and 1")
    for name, share in shares.items():
        if not 0 <= share < 1:
            raise ValueError(f"{name}: {share} is not from 0 to below 1")
