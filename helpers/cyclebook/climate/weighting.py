"""Weights that bring those who answered to known totals, what they cost, and standard errors of means that use them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


class Raked(NamedTuple):
    """Weights, whether every margin is met, the rounds that it took, and the largest gap between a total and its weights."""

    weights: pd.Series
    converged: bool
    rounds: int
    gap: float


def poststratify(cells: pd.Series, totals: Mapping[object, float], base: ArrayLike | None = None) -> pd.Series:
    """Weights that add up to the known total in each cell (Holt & Smith 1979), in proportion to the base weights within it.

    cells: the cell of each person. totals: persons in the population by cell. base: the weights to begin with (default: 1 each).
    Raises ValueError for a person without a cell, a cell without a total, a total that is not above 0, a base weight that is
    not above 0, and for a total in whose cell nobody stands: the weights cannot then stand for the population.
    """
    weights = _base(cells.index, base)
    _check(cells, totals)
    return weights * cells.map(dict(totals)).astype("float64") / weights.groupby(cells).transform("sum")


def rake(
    margins: pd.DataFrame,
    totals: Mapping[str, Mapping[object, float]],
    base: ArrayLike | None = None,
    tolerance: float = 1e-10,
    most_rounds: int = 500,
) -> Raked:
    """Weights that meet the known totals of several margins at once, by iterative proportional fitting (Deming & Stephan 1940).

    margins: persons by variables. totals: for each variable, persons in the population by category. base: the weights to begin with
    (default: 1 each). tolerance: largest gap of a total that counts as met, as a share of the population. Whether it was
    reached within most_rounds is said in ``converged`` and must be looked at: margins can be such that no weights meet them.
    Raises ValueError as :func:`poststratify` does, for a variable that only one side names, and where margins add up to different totals.
    """
    if set(margins.columns) != set(totals) or not len(totals):
        names = ", ".join(map(str, margins.columns)), ", ".join(map(str, totals))
        raise ValueError(f"margins are {names[0]}, totals are for {names[1]}: name the same variables")
    weights = _base(margins.index, base)
    sums = {name: sum(total.values()) for name, total in totals.items()}
    first, population = next(iter(sums.items()))
    for name, total in totals.items():
        _check(margins[name], total)
        if not math.isclose(sums[name], population, rel_tol=1e-6):
            raise ValueError(f"the totals of {name} add up to {sums[name]}, those of {first} to {population}: make them one population")
    wanted = {name: pd.Series(dict(total), dtype="float64") for name, total in totals.items()}
    gap, rounds = math.inf, 0
    while gap > tolerance * population and rounds < most_rounds:
        for name in wanted:
            weights = weights * margins[name].map(wanted[name]).astype("float64") / weights.groupby(margins[name]).transform("sum")
        gap = max(float((weights.groupby(margins[name]).sum() - wanted[name]).abs().max()) for name in wanted)
        rounds += 1
    return Raked(weights, gap <= tolerance * population, rounds, gap)


def _base(index: pd.Index, base: ArrayLike | None) -> pd.Series:
    weights = pd.Series(1.0, index) if base is None else pd.Series(np.asarray(base, dtype="float64"), index)
    if not (np.isfinite(weights) & (weights > 0)).all():
        raise ValueError("a base weight is missing or not above 0: give every person a weight above 0")
    return weights


def _check(cells: pd.Series, totals: Mapping[object, float]) -> None:
    if cells.isna().any():
        raise ValueError(f"{int(cells.isna().sum())} persons have no {cells.name or 'cell'}: place them or leave them out")
    for cell, total in totals.items():
        if not (math.isfinite(total) and total > 0):
            raise ValueError(f"the total of {cell!r} is {total}: give a number above 0, or leave out the cell")
    here = set(cells)
    without = sorted(map(str, here - set(totals)))
    if without:
        raise ValueError(f"there is no total for {without[0]!r}: add it, or put the cell together with another")
    empty = sorted(map(str, set(totals) - here))
    if empty:
        raise ValueError(f"nobody stands in {empty[0]!r}, which has a total: put the cell together with another")


def kish(weights: ArrayLike) -> tuple[float, float]:
    """Kish's (1965) design effect of unequal weights, n Σw²/(Σw)², and the effective number of persons, n over it; nan for none."""
    w = np.asarray(weights, dtype="float64")
    if not len(w) or w.sum() == 0:
        return math.nan, math.nan
    effective = w.sum() ** 2 / (w**2).sum()
    return float(len(w) / effective), float(effective)


def weighted_mean(values: ArrayLike, weights: ArrayLike) -> float:
    """Σwy/Σw over the persons whose value is known; nan where they have no weight."""
    y, w = np.asarray(values, dtype="float64"), np.asarray(weights, dtype="float64")
    known = ~np.isnan(y)
    return float(y[known] @ w[known] / w[known].sum()) if w[known].sum() > 0 else math.nan


def linearised_error(
    values: ArrayLike,
    weights: ArrayLike,
    *,
    base: ArrayLike | None = None,
    margins: pd.DataFrame | None = None,
    cluster: ArrayLike | None = None,
    population: float | None = None,
) -> float:
    """Standard error of a weighted mean by linearisation (Deville & Särndal 1992; Binder 1983).

    values, weights: of each person, none missing. base, margins: what the weights were made from; a mean that was raked or
    post-stratified varies only by what the margins leave unexplained, so the residuals of a regression on the margins, weighted by
    the base weights, take the place of the values. cluster: who was drawn together (default: each person alone), without strata.
    population: how many clusters there are, for the finite population correction (default: none). nan for fewer than two clusters.
    Raises ValueError for lengths that differ, missing values, or a population smaller than what was drawn.
    """
    y, w = np.asarray(values, dtype="float64"), np.asarray(weights, dtype="float64")
    if len(y) != len(w):
        raise ValueError(f"{len(y)} values and {len(w)} weights: give each value its weight")
    if np.isnan(y).any() or np.isnan(w).any():
        raise ValueError("a value or a weight is missing: leave that person out before weighting")
    names = pd.Series(np.arange(len(y)) if cluster is None else np.asarray(cluster))
    if names.isna().any():
        raise ValueError("a person has no cluster: every person was drawn in one")
    count = names.nunique()
    if population is not None and population < count:
        raise ValueError(f"{count} clusters were drawn of {population}: correct the population")
    if count < 2 or w.sum() == 0:
        return math.nan
    influence = (y - y @ w / w.sum()) / w.sum()
    if margins is not None:
        influence = _residuals(influence, margins, _base(margins.index, base).to_numpy())
    totals = pd.Series(w * influence).groupby(names).sum()
    left = 1.0 if population is None else 1 - count / population
    return math.sqrt(left * count / (count - 1) * float(((totals - totals.mean()) ** 2).sum()))


def _residuals(y: np.ndarray, margins: pd.DataFrame, base: np.ndarray) -> np.ndarray:
    """What is left of y after a least-squares regression, weighted by base, on the categories of all margins."""
    if len(margins) != len(y):
        raise ValueError(f"{len(y)} values and margins of {len(margins)} persons: give each value its margins")
    design = pd.get_dummies(margins.astype("str"), dtype="float64").to_numpy()
    root = np.sqrt(base)
    # the categories of each margin add up to one: lstsq takes the shortest of the equally good solutions
    slopes = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
    return y - design @ slopes


def replicate_error(
    values: ArrayLike, weights: ArrayLike, replicates: ArrayLike, scale: float | Sequence[float], centre: str = "estimate"
) -> float:
    """Standard error of a weighted mean from replicate weights: √Σ scale (mean by a replicate − centre)².

    values: may be missing. replicates: persons by replicates. scale: of each replicate, or one for all (:func:`fay_scale`,
    :func:`jackknife_scale`). centre: ``estimate``, deviations from the mean by the full weights, or ``replicates``, from the
    replicates' own mean (smaller; some programs' default). nan where any replicate has no weight behind a known value.
    """
    if centre not in ("estimate", "replicates"):
        raise ValueError(f"centre is {centre!r}: use 'estimate' or 'replicates'")
    y, table = np.asarray(values, dtype="float64"), np.asarray(replicates, dtype="float64")
    if table.ndim != 2 or len(table) != len(y):
        raise ValueError(f"replicates have the shape {table.shape}: give {len(y)} persons by replicates")
    means = np.array([weighted_mean(y, column) for column in table.T])
    middle = weighted_mean(y, weights) if centre == "estimate" else means.mean()
    return float(np.sqrt(np.sum(np.asarray(scale, dtype="float64") * (means - middle) ** 2)))


def fay_scale(replicates: int, rho: float) -> float:
    """1/(R(1 − ρ)²): balanced repeated replication as Fay changed it; rho 0 is the plain one (Judkins 1990)."""
    if replicates < 1 or not 0 <= rho < 1:
        raise ValueError(f"{replicates} replicates with rho {rho}: give at least one, and a rho from 0 to below 1")
    return 1 / (replicates * (1 - rho) ** 2)


def jackknife_scale(replicates: int) -> float:
    """(R − 1)/R, where each of R clusters of one stratum is left out once."""
    if replicates < 2:
        raise ValueError(f"{replicates} replicates: the jackknife leaves out one of at least two")
    return (replicates - 1) / replicates


def jackknife_weights(weights: ArrayLike, cluster: ArrayLike | None = None) -> np.ndarray:
    """Replicate weights, persons by clusters: each cluster is left out once, the others weigh R/(R − 1) as much.

    cluster: default each person alone. They redo no raking; where weights were raked, rake each column again before use.
    """
    w = np.asarray(weights, dtype="float64")
    codes = np.arange(len(w)) if cluster is None else pd.factorize(np.asarray(cluster))[0]
    count = int(codes.max()) + 1 if len(codes) else 0
    jackknife_scale(count)
    return w[:, None] * (codes[:, None] != np.arange(count)) * count / (count - 1)
