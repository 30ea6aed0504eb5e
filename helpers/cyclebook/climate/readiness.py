"""Readiness: how likely a school is at or beyond a stated cut, from several sources that each measure it with error.

The model. Readiness theta is standard normal over schools like the district's own, and a school is *ready* where theta lies at or
above the cut that leaves the stated share of schools (the prevalence) above it. A source s shows of school j

    y_js = mu_s + tau_s (v theta_j + sqrt(1 - v^2) u_js) + e_js,    e_js ~ N(0, error_js^2),    corr(e_js, e_jt) = rho,

with u, what the source measures besides readiness, standard normal and independent: v is the source's validity. Each source's tau is
estimated from the spread of the district's own schools, under a uniform prior on its reliability tau^2/(tau^2 + error^2)
(Daniels 1999), and averaged over, as is mu (flat). Sources are weighed as if their errors were independent, so that a higher value never
speaks against readiness; the probability then allows for errors correlated by rho, the upper end of what is thought possible, which
for such weights is always the less favourable one.

Pure functions of tables and numbers: no clock, no file, no random number (``readiness_study`` simulates, with a seed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]
COLUMNS = ("school_id", "source", "value", "error", "shift")
READY, CANNOT_TELL, COMMUNITY = 1, 0, -1
LEAST_SCHOOLS = 8  #: schools that a source must be known of for its spread to be estimated: the fewest that were simulated
GRID = 60  #: points of a source's reliability
DRAWS = 89  #: states that stand for what is not known of the sources


@dataclass(frozen=True)
class Rules:
    """The frozen rules, of the settings ``readiness_*``.

    prevalence: share of ready schools. ready_at, community_at: told ready from this probability up, community first from this one
    down. correlation: of errors between sources. validity: correlation of what a source measures with readiness. sources: the least
    number of sources for a word on readiness. Raises ValueError where community_at is not below ready_at.
    """

    prevalence: float = 0.5
    ready_at: float = 0.68
    community_at: float = 0.32
    correlation: float = 0.5
    validity: float = 0.9
    sources: int = 2

    def __post_init__(self) -> None:
        if not self.community_at < self.ready_at:
            raise ValueError(f"readiness_community_at ({self.community_at:g}) must be below readiness_ready_at ({self.ready_at:g})")

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> Rules:
        """The rules in these settings, by name."""
        return cls(*(float(settings[f"readiness_{name}"]) for name in ("prevalence", "ready_at", "community_at", "error_correlation", "validity")),
                   sources=int(settings["readiness_sources"]))  # fmt: skip

    @property
    def cut(self) -> float:
        """The least theta of a ready school."""
        return float(ndtri(1 - self.prevalence))


class Evidence(NamedTuple):
    """What sources show of schools: arrays schools x sources, nan where a source is not known of a school."""

    schools: tuple[str, ...]
    sources: tuple[str, ...]
    value: Floats
    error: Floats
    shift: Floats


class Fit(NamedTuple):
    """Equally likely states of what must be estimated, arrays states x sources: centres, the error of each, spreads."""

    mu: Floats
    mu_error: Floats
    tau: Floats


class Judgement(NamedTuple):
    """For each school: probability of being ready, the same if non-response had pushed all its values up or down, verdict
    (``READY``, ``COMMUNITY``, ``CANNOT_TELL``), and, schools x sources, what each source adds to the expected theta (0 where not known).
    """

    probability: Floats
    low: Floats
    high: Floats
    verdict: NDArray[np.int64]
    say: Floats


def arrange(evidence: pd.DataFrame) -> Evidence:
    """The table as arrays, schools and sources in the order in which they stand; sources known of too few schools are left out.

    evidence: one row for each school and source, columns of ``COLUMNS``; value: higher is better; error: its standard error, in the
    same units; shift: how far non-response could have moved the value to either side.

    Raises ValueError for a pair given twice, a missing or infinite number, an error that is not positive or a negative shift.
    """
    table = evidence[list(COLUMNS)]
    numbers = table[["value", "error", "shift"]].to_numpy(dtype="float64")
    for bad, what in (
        (table.duplicated(["school_id", "source"]).to_numpy(), "stands there twice"),
        (~np.isfinite(numbers).all(axis=1), "a number is missing or infinite"),
        (numbers[:, 1] <= 0, "the error must be above 0"),
        (numbers[:, 2] < 0, "the shift must not be negative"),
    ):
        if bad.any():
            row = table[bad].iloc[0]
            raise ValueError(f"evidence of school {row['school_id']}, source {row['source']}: {what}")
    known = table.groupby("source", sort=False)["school_id"].nunique()
    sources = tuple(str(source) for source, count in known.items() if count >= LEAST_SCHOOLS)
    schools = tuple(dict.fromkeys(table["school_id"].astype("str")))
    wide = table.set_index(["school_id", "source"])

    def grid(column: str) -> Floats:
        if not sources:
            return np.empty((len(schools), 0))
        return wide[column].unstack().reindex(index=list(schools), columns=list(sources)).to_numpy(dtype="float64")

    return Evidence(schools, sources, grid("value"), grid("error"), grid("shift"))


def fit(value: Floats, error: Floats) -> Fit:
    """Centre and spread of each source from all schools at once; arrays schools x sources, nan where not known.

    The reliability of a source has a uniform prior (Daniels 1999), its centre a flat one, which is integrated exactly (as in
    ``pooling.steady``). ``DRAWS`` equally likely states stand for the posterior: quantiles of each source's reliability, all sources' taken as
    low or high together. So they do not average out, which is the less favourable end again.
    """
    reliability = (np.arange(GRID) + 0.5) / GRID
    ratio = reliability / (1 - reliability)
    points = (np.arange(DRAWS) + 0.5) / DRAWS
    mu, mu_error, tau = (np.empty((DRAWS, value.shape[1])) for _ in range(3))
    for s in range(value.shape[1]):
        here = np.isfinite(value[:, s])
        y, variance = value[here, s], error[here, s] ** 2
        tau2 = ratio / np.mean(1 / variance)  # the typical error is that of the mean precision
        precision = 1 / (tau2[:, None] + variance)
        total = precision.sum(axis=1)
        centre = precision @ y / total
        density = 0.5 * (np.log(precision).sum(axis=1) - np.log(total) - (precision * (y - centre[:, None]) ** 2).sum(axis=1))
        reached = np.cumsum(np.exp(density - density.max()))
        chosen = np.searchsorted(reached / reached[-1], points).clip(max=GRID - 1)
        mu[:, s], mu_error[:, s], tau[:, s] = centre[chosen], total[chosen] ** -0.5, np.sqrt(tau2[chosen])
    return Fit(mu, mu_error, tau)


class Weights(NamedTuple):
    """How a fit weighs sources: arrays states x schools (x sources): theta's posterior mean is the sum of pull (y - mu), sd its
    standard deviation."""

    pull: Floats
    sd: Floats


def weigh(fitted: Fit, error: Floats, rules: Rules) -> Weights:
    """The weights of each source for schools with these errors (schools x sources, nan where a source is not known)."""
    loading, apart = rules.validity * fitted.tau[:, None, :], (1 - rules.validity**2) * fitted.tau[:, None, :] ** 2
    known = np.isfinite(error)
    error = np.where(known, error, 1.0)
    noise = apart + error**2
    weight = np.where(known, loading / noise, 0.0)
    signal = (weight * loading).sum(axis=2)
    own = ((weight * error) ** 2).sum(axis=2)
    variance = (weight**2 * noise).sum(axis=2) + rules.correlation * ((weight * error).sum(axis=2) ** 2 - own)
    whole = signal**2 + variance
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(whole > 0, signal / whole, 0.0)
        left = np.where(whole > 0, variance / whole, 1.0)
    # the centres' errors are taken as wholly correlated: the less favourable end
    of_centres = scale * (weight * fitted.mu_error[:, None, :]).sum(axis=2)
    return Weights(scale[:, :, None] * weight, np.sqrt(left + of_centres**2))


def probability(fitted: Fit, weights: Weights, value: Floats, rules: Rules) -> Floats:
    """The probability of being ready, for values of the shape (…, schools, sources) that ``weights`` was made for."""
    pulled = np.einsum("mks,...ks->...mk", weights.pull, np.nan_to_num(value))
    pulled -= np.einsum("mks,ms->mk", weights.pull, fitted.mu)
    return ndtr((pulled - rules.cut) / weights.sd).mean(axis=-2)


def verdicts(low: Floats, high: Floats, enough: NDArray[np.bool_] | bool, rules: Rules) -> NDArray[np.int64]:
    """What is told, from the probabilities at both ends of what non-response could have moved."""
    told = np.where(low >= rules.ready_at, READY, np.where(high <= rules.community_at, COMMUNITY, CANNOT_TELL))
    return np.where(enough, told, CANNOT_TELL)


def judge(evidence: Evidence, rules: Rules, fitted: Fit | None = None) -> Judgement:
    """Each school judged beside the district's others. A probability is given for every school; the verdict of a school with
    fewer sources than the rules ask for is ``CANNOT_TELL``. fitted: the district's centres and spreads, where they are known already.
    """
    value, shift = evidence.value, np.nan_to_num(evidence.shift)
    fitted = fit(value, evidence.error) if fitted is None else fitted
    weights = weigh(fitted, evidence.error, rules)
    middle, low, high = probability(fitted, weights, np.stack([value, value - shift, value + shift]), rules)
    enough = np.isfinite(value).sum(axis=1) >= rules.sources
    say = (weights.pull * (np.nan_to_num(value) - fitted.mu[:, None, :])).mean(axis=0)
    return Judgement(middle, low, high, verdicts(low, high, enough, rules), say)
