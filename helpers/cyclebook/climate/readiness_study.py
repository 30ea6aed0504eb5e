"""What verdicts on readiness are worth in this district: how often they are wrong, what could have been shown, and what to find out next.

All of it follows from the same model as the verdicts (``readiness``), for the district's own schools, sources, errors and spreads as far as
they can be known. Random numbers come from a seed; the same inputs give the same numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cyclebook.climate.readiness import COMMUNITY, DRAWS, READY, Evidence, Fit, Floats, Rules, fit, judge, probability, verdicts, weigh

SIMULATED = 6000  #: schools that are simulated for the rates of error, in whole districts ...
LEAST_DISTRICTS = 20  #: ... and at least so many of these
LEAST_TOLD = 200  #: verdicts of one kind from which it is said how many of them are wrong
SHOWN = 178  #: draws for what a school could have shown
APART = 1.0  #: how far from the district's middle, in spreads, the school lies of which that is said
CHUNK = 20
STRIDE = 34  #: with 89 states, the generator of a lattice of Fibonacci numbers in two dimensions

ADD, AGAIN, HEAR = "add", "again", "hear"


class Rates(NamedTuple):
    """Shares of schools: told community first of the ready, told ready of the others, told either of all; and of those told ready (community
    first) those that are not so. nan where there are too few to say.
    """

    community_of_ready: float
    ready_of_others: float
    decided: float
    wrong_of_ready: float
    wrong_of_community: float


def _correlated(rng: np.random.Generator, shape: tuple[int, ...], correlation: float) -> Floats:
    """Standard normal draws, correlated along the last axis."""
    common = rng.normal(size=(*shape[:-1], 1))
    return np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rng.normal(size=shape)


def _values(rng: np.random.Generator, theta: Floats, tau: Floats, error: Floats, rules: Rules) -> Floats:
    """Values of sources with centre 0: theta (…, schools), tau (…, 1, sources), error (schools, sources)."""
    shape = (*theta.shape, error.shape[1])
    apart = np.sqrt(1 - rules.validity**2) * rng.normal(size=shape)
    return tau * (rules.validity * theta[..., None] + apart) + error * _correlated(rng, shape, rules.correlation)


def rates(evidence: Evidence, rules: Rules, seed: int) -> Rates:
    """How often verdicts are wrong in districts like this one.

    So many districts as give ``SIMULATED`` schools are drawn: the same schools with the same sources, errors and shifts; spreads from what is
    known of them here; readiness anew. Each is judged as this one is, its spreads estimated from its own values. All nan where fewer
    than two sources can be used.
    """
    schools, sources = evidence.value.shape
    if sources < 2:
        return Rates(*[np.nan] * 5)
    rng = np.random.default_rng(seed)
    fitted = fit(evidence.value, evidence.error)
    missing = np.where(np.isfinite(evidence.value), 0.0, np.nan)
    count = np.zeros(6)
    for _ in range(max(LEAST_DISTRICTS, SIMULATED // schools)):
        theta = rng.normal(size=schools)
        value = _values(rng, theta, fitted.tau[rng.integers(DRAWS)], np.nan_to_num(evidence.error), rules) + missing
        verdict, ready = judge(evidence._replace(value=value), rules).verdict, theta >= rules.cut
        told_ready, told_community = verdict == READY, verdict == COMMUNITY
        count += [ready.sum(), (~ready).sum(), (told_community & ready).sum(), (told_ready & ~ready).sum(), told_ready.sum(), told_community.sum()]
    ready, others, community_wrong, ready_wrong, told_ready, told_community = count

    def share(part: float, whole: float, least: int = 1) -> float:
        return float(part / whole) if whole >= least else np.nan

    return Rates(
        share(community_wrong, ready), share(ready_wrong, others), share(told_ready + told_community, ready + others),
        share(ready_wrong, told_ready, LEAST_TOLD), share(community_wrong, told_community, LEAST_TOLD),
    )  # fmt: skip


def could_show(evidence: Evidence, rules: Rules, seed: int) -> tuple[Floats, Floats]:
    """For each school, with its own sources, errors and shifts: how likely it would have been told ready, were it ``APART`` spreads above the
    district's middle, and community first, were it as far below.
    """
    rng = np.random.default_rng(seed)
    fitted = fit(evidence.value, evidence.error)
    weights = weigh(fitted, evidence.error, rules)
    known = np.isfinite(evidence.value)
    enough, shift = known.sum(axis=1) >= rules.sources, np.nan_to_num(evidence.shift)
    told = {READY: np.zeros(len(known)), COMMUNITY: np.zeros(len(known))}
    for start in range(0, SHOWN, CHUNK):
        state = np.arange(start, min(start + CHUNK, SHOWN)) % DRAWS
        for side in told:
            theta = np.full((len(state), len(known)), side * APART)
            value = fitted.mu[state][:, None] + _values(rng, theta, fitted.tau[state][:, None], np.nan_to_num(evidence.error), rules)
            low, high = (probability(fitted, weights, value + sign * shift, rules) for sign in (-1, 1))
            told[side] += (verdicts(low, high, enough, rules) == side).sum(axis=0)
    return told[READY] / SHOWN, told[COMMUNITY] / SHOWN


def next_evidence(evidence: Evidence, rules: Rules) -> pd.DataFrame:
    """The one piece of evidence most likely to change what a school is told: columns school_id, kind, source, chance.

    kind: ``ADD`` a source that is known of other schools, with the error that is typical of it; ``AGAIN`` ask for what a source shows once
    more, which leaves 1/sqrt(2) of its error; ``HEAR`` from those not heard from, which leaves no shift and may move the value by as
    much. What a new value would be is drawn from what is known so far (posterior predictive), ``DRAWS`` times on a lattice; ``chance`` is the
    share of draws with another verdict. Of equally likely ones the first in this order, and in that of the sources. Schools for which nothing
    would ever change it have no row.
    """
    fitted = fit(evidence.value, evidence.error)
    now = judge(evidence, rules, fitted).verdict
    best: dict[str, tuple[float, str, str]] = {}
    for kind, s, chance in _candidates(evidence, rules, fitted, now):
        for j in np.flatnonzero(chance > 0):
            school = evidence.schools[j]
            if school not in best or chance[j] > best[school][0] + 1e-12:
                best[school] = (float(chance[j]), kind, evidence.sources[s])
    rows = [(school, best[school][1], best[school][2], best[school][0]) for school in evidence.schools if school in best]
    return pd.DataFrame(rows, columns=["school_id", "kind", "source", "chance"])


def _candidates(evidence: Evidence, rules: Rules, fitted: Fit, now: np.ndarray):
    """(kind, source's place, for each school the share of draws with another verdict; 0 where the kind does not apply)."""
    value, error, shift = evidence.value, evidence.error, np.nan_to_num(evidence.shift)
    known = np.isfinite(value)
    uniform = (np.arange(DRAWS) * STRIDE % DRAWS + 0.5) / DRAWS  # in an order that has nothing to do with the states'

    def changed(new: Floats, new_error: Floats, new_shift: Floats) -> Floats:
        weights = weigh(fitted, new_error, rules)
        enough = np.isfinite(new_error).sum(axis=1) >= rules.sources
        other = np.zeros(len(now))
        for start in range(0, DRAWS, CHUNK):
            low, high = (probability(fitted, weights, new[start : start + CHUNK] + sign * new_shift, rules) for sign in (-1, 1))
            other += (verdicts(low, high, enough, rules) != now).sum(axis=0)
        return other / DRAWS

    for kind in (ADD, AGAIN, HEAR):
        for s in range(value.shape[1]):
            here = ~known[:, s] if kind == ADD else known[:, s] & (shift[:, s] > 0) if kind == HEAR else known[:, s]
            if not here.any():
                continue
            new = np.broadcast_to(value, (DRAWS, *value.shape)).copy()
            new_error, new_shift = error.copy(), shift.copy()
            if kind == HEAR:
                new[:, here, s] += (2 * uniform[:, None] - 1) * shift[here, s]
                new_shift[here, s] = 0.0
            else:
                one = np.where(known[:, s], error[:, s], np.mean(1 / error[known[:, s], s] ** 2) ** -0.5)
                mean, sd = _foreseen(evidence, fitted, rules, s, one, kind == AGAIN)
                drawn = mean + sd * ndtri(uniform)[:, None]
                new[:, here, s] = (value[here, s] + drawn[:, here]) / 2 if kind == AGAIN else drawn[:, here]
                new_error[here, s] = one[here] / np.sqrt(2) if kind == AGAIN else one[here]
                if kind == ADD:
                    new_shift[here, s] = np.median(shift[known[:, s], s])
            yield kind, s, np.where(here, changed(new, new_error, new_shift), 0.0)


def _foreseen(evidence: Evidence, fitted: Fit, rules: Rules, s: int, error: Floats, again: bool) -> tuple[Floats, Floats]:
    """Mean and standard deviation of a new value of source ``s``, given what is known of a school: arrays states x schools.

    error: that of the new value, by school. again: it is a second value of the same source, whose error has nothing to do with the earlier ones.
    """
    known = np.isfinite(evidence.value)
    old = np.where(known, evidence.error, 0.0)
    loading, tau = rules.validity * fitted.tau, fitted.tau
    same = np.eye(known.shape[1])
    between = loading[:, None, :, None] * loading[:, None, None, :] + rules.correlation * old[:, :, None] * old[:, None, :]
    own = (1 - rules.validity**2) * tau[:, None, :] ** 2 + (1 - rules.correlation) * old**2
    pair = (known[:, :, None] & known[:, None, :]).astype(float)
    covariance = (between + own[..., None] * same) * pair + same * ~known[:, :, None]
    with_new = loading[:, None, s, None] * loading[:, None, :] + (0 if again else rules.correlation * error[:, None] * old)
    with_new = np.broadcast_to(with_new, (len(tau), *known.shape)).copy()
    if again:
        with_new[:, :, s] = tau[:, None, s] ** 2
    with_new *= known
    apart = np.where(known, evidence.value, 0.0) - fitted.mu[:, None, :] * known
    solved = np.linalg.solve(covariance, np.stack([with_new, apart], axis=-1))
    mean = fitted.mu[:, None, s] + (with_new * solved[..., 1]).sum(axis=2)
    variance = tau[:, None, s] ** 2 + error**2 - (with_new * solved[..., 0]).sum(axis=2)
    return mean, np.sqrt(np.maximum(variance, 0.0))
