"""How often chance alone does what a page would call: false alarms of a chart, false adoptions of a rule. Simulated, with a seed.

Points are independent of one another. Where weeks lean on the week before, false alarms are more frequent: the page says so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from scipy.special import stdtr

from cyclebook.evaluation import charts, decide
from cyclebook.measures import runs

REPLICATES = 2000
SEED = 20140113  #: any number would do; it makes the same page from the same data


@lru_cache(maxsize=4096)
def false_alarms(
    kind: str, sizes: tuple[float, ...], centre: float, freeze: int | None = None, *, limits: bool = True,
    multiply: float = 1.0, decimals: int = 1, spread: float = 1.0, seed: int = SEED, replicates: int = REPLICATES,
) -> float:  # fmt: skip
    """The share of charts on which pure chance gives a signal: either of Anhøj's tests about the median, or a point outside
    its limits.

    kind: the control chart beside the run chart, one of ``charts.KINDS`` but ``mr``. sizes: the denominator of each point (1
    where there is none). centre: the true level, as counted. freeze: the first so many points set median and limits; None:
    all. limits: False where no limits are drawn. multiply, decimals: values and limits are rounded as shown, with the ties
    that this makes. spread: the standard deviation of values (xmr), or of z (p', u').

    Shares are binomial, counts and rates Poisson; where their spread is more than that (p', u'), and for values, normal.
    """
    rng = np.random.default_rng(seed)
    n, base = np.asarray(sizes, dtype=float), freeze or len(sizes)
    if len(n) < 2:
        return 0.0
    values = _draw(rng, kind, n, centre, spread, replicates)
    line = np.round(values * multiply, decimals)
    alarm = runs.signals(runs.side_matrix(line, np.median(line[:, :base], axis=1)))
    if limits:
        middle, sigma = _limits(kind, values, n, base)
        with np.errstate(invalid="ignore"):
            high, low = middle[:, None] + 3 * sigma, middle[:, None] - 3 * sigma
            if kind != "xmr":
                low = np.maximum(low, 0)
            if kind.startswith("p"):
                high = np.minimum(high, 1)
            outside = (line > np.round(high * multiply, decimals)) | (line < np.round(low * multiply, decimals))
        alarm |= outside.any(axis=1)
    return float(alarm.mean())


def _draw(rng: np.random.Generator, kind: str, n: np.ndarray, centre: float, spread: float, replicates: int) -> np.ndarray:
    shape = (replicates, len(n))
    if kind == "p":
        return rng.binomial(n.astype(int), min(max(centre, 0.0), 1.0), shape) / n
    if kind == "u":
        return rng.poisson(n * centre, shape) / n
    if kind == "c":
        return rng.poisson(centre, shape).astype(float)
    if kind == "xmr":
        return rng.normal(centre, spread, shape)
    plain = np.sqrt((centre * (1 - centre) if kind == "p'" else centre) / n)
    return np.clip(rng.normal(centre, spread * plain, shape), 0, 1 if kind == "p'" else None)


def _limits(kind: str, values: np.ndarray, n: np.ndarray, base: int) -> tuple[np.ndarray, np.ndarray]:
    """Centre of each replicate and one sigma of each of its points, from the first ``base`` points."""
    own = values[:, :base]
    if kind == "xmr":
        return own.mean(axis=1), _moving_range_sigma(own)[:, None]
    if kind == "c":
        middle = own.mean(axis=1)
        return middle, np.sqrt(middle)[:, None]
    middle = (own * n[:base]).sum(axis=1) / n[:base].sum()
    variance = middle * (1 - middle) if kind.startswith("p") else middle
    sigma = np.sqrt(np.maximum(variance, 0)[:, None] / n)
    if kind.endswith("'"):
        with np.errstate(invalid="ignore", divide="ignore"):
            z = (own - middle[:, None]) / sigma[:, :base]
        sigma = sigma * _moving_range_sigma(z)[:, None]
    return middle, sigma


def _moving_range_sigma(values: np.ndarray) -> np.ndarray:
    """``charts.moving_range_sigma`` with screening, row by row."""
    ranges = np.abs(np.diff(values, axis=1))
    kept = ranges < charts.D4 * ranges.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.where(kept, ranges, 0).sum(axis=1) / kept.sum(axis=1) / charts.D2


@lru_cache(maxsize=4096)
def adoptions_by_chart(
    worthwhile: float, points: int, better: Literal["higher", "lower"], baseline: int, looks: tuple[int, ...], spread: float,
    truth: float = 0.0, *, centre: float = 0.0, decimals: int = 1, least: float | None = None, whole: bool = False, seed: int = SEED,
    replicates: int = REPLICATES,
) -> float:  # fmt: skip
    """How often a rule by chart adopts, at any of its planned looks, when the true change is ``truth`` (as shown, positive
    where better).

    worthwhile, points: the rule's. baseline: points before the start; looks: points since the start at each planned look.
    spread: standard deviation between the baseline's points, as shown; centre their level. least: values are never below it;
    whole: counts. Points are normal and rounded as shown.
    """
    rng, sign = np.random.default_rng(seed), 1 if better == "higher" else -1
    total = max(looks, default=0)
    if baseline < decide.LEAST_BASELINE or not total:
        return 0.0
    values = rng.normal(centre, spread, (replicates, baseline + total))
    values[:, baseline:] += sign * truth
    if least is not None:
        values = np.maximum(values, least)
    values = np.round(values, 0 if whole else decimals)
    middle = np.median(values[:, :baseline], axis=1)
    side = runs.side_matrix(values, middle)
    stable = ~runs.signals(side[:, :baseline])
    adopted, stopped = np.zeros(replicates, bool), np.zeros(replicates, bool)
    for count in looks:
        if count < max(points, 1):
            continue
        after = np.median(values[:, baseline : baseline + count], axis=1)
        gain = np.round(sign * (after - middle), decimals + 1)
        adopts, stops = decide.calls(runs.signals(side[:, : baseline + count]), stable, gain, worthwhile)
        adopted |= adopts & ~stopped
        stopped |= stops & ~adopted
    return float(adopted.mean())


@lru_cache(maxsize=4096)
def adoptions_by_comparison(
    worthwhile: float, probability: float, points: int, treated: int, comparison: int, baseline: int, looks: tuple[int, ...],
    spread: float, between: float, truth: float = 0.0, *, seed: int = SEED, replicates: int = REPLICATES,
) -> float:  # fmt: skip
    """How often a rule by comparison schools adopts, at any of its planned looks, when the true effect is ``truth`` (positive
    where better).

    treated, comparison: schools. baseline: points of each before the start; looks: points since the start at each planned
    look. spread: standard deviation of a school's points about its own mean; between: of the schools' true changes about
    their common one.
    """
    rng, schools, df = np.random.default_rng(seed), treated + comparison, treated + comparison - 2
    if df < 1 or not looks or not baseline:
        return 0.0
    own = rng.normal(0, between, (replicates, schools)) - rng.normal(0, spread / np.sqrt(baseline), (replicates, schools))
    own[:, :treated] += truth
    later = rng.normal(0, spread, (replicates, schools, max(looks)))
    adopted, stopped = np.zeros(replicates, bool), np.zeros(replicates, bool)
    for count in looks:
        if count < max(points, 1):
            continue
        moved = own + later[:, :, :count].mean(axis=2)
        ours, theirs = moved[:, :treated], moved[:, treated:]
        effect = ours.mean(axis=1) - theirs.mean(axis=1)
        squares = ours.var(axis=1) * treated + theirs.var(axis=1) * comparison
        error = np.sqrt(squares / df * (1 / treated + 1 / comparison))
        needed = np.round(100 * probability)
        adopts = np.round(100 * stdtr(df, (effect - worthwhile) / error)) >= needed
        stops = np.round(100 * stdtr(df, -effect / error)) >= needed
        adopted |= adopts & ~stopped
        stopped |= stops & ~adopted
    return float(adopted.mean())

