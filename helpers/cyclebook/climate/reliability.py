"""How reliably a set of items measures one thing: coefficient alpha, omega of a one-factor model, item-rest correlations."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import f as f_distribution

FEWEST_FACTOR_ITEMS = 3  #: a one-factor model of two items has more unknowns than covariances
IMPROPER = 1e-6  #: a unique variance up to this share of its item's variance is none
ENDLESS = -50.0  #: a unique variance that falls this far below zero, in its item's variances, has no bottom


class Factor(NamedTuple):
    """A one-factor model: loadings and unique variances in the items' units, omega, and whether they can be what they are called."""

    omega: float
    loadings: pd.Series
    uniques: pd.Series
    heywood: tuple[str, ...]
    converged: bool


class Reliability(NamedTuple):
    """What :func:`reliability` gives; a number that cannot be computed is nan, an interval then (nan, nan)."""

    alpha_pairwise: float
    alpha_pairwise_feldt: tuple[float, float]
    alpha_listwise: float
    alpha_listwise_feldt: tuple[float, float]
    n_listwise: int
    omega_total_cfa_listwise: float
    score_mean: float
    score_sd: float
    n_scored: int
    item_rest_r_listwise: dict[str, float]
    without_variance: tuple[str, ...]
    heywood: tuple[str, ...]
    converged: bool


def reliability(
    items: pd.DataFrame,
    reverse: Collection[str] = (),
    low: float | None = None,
    high: float | None = None,
    minimum_answered: int | None = None,
) -> Reliability:
    """Reliability of the scale made of these items, for the persons in the table.

    items: persons by items, numbers, nan where not answered. reverse: items to be taken as low + high - answer. minimum_answered:
    fewest answered items with which a person has a score, the mean of the answered items (default: more than half of the items).

    - Alpha is the raw one, from sample covariances (Cronbach 1951), pairwise complete or of complete rows. Its 95 % interval is
      Feldt's (1965), with n the rows of the table (pairwise) or the complete rows (listwise); it takes items to be equally good
      measures with normal errors. Negative values stay.
    - Omega is that of a one-factor model fitted by maximum likelihood to the complete rows, (sum of loadings)^2 / ((sum of
      loadings)^2 + sum of unique variances) (McDonald 1999). A unique variance at or below zero (a Heywood case) makes the model
      improper: `heywood` names the items, and omega is then no reliability to rely on.
    - An item that nobody answers differently has no variance; it adds nothing to how persons differ. Alpha and omega are those
      of the other items, and `without_variance` names it (of the complete rows, where there are any).
    - Item-rest: correlation of an item with the sum of the others, after reversing, in complete rows.

    Raises ValueError for a reverse item that is not in the table or has no range, and for a minimum outside 1..items.
    """
    if items.columns.has_duplicates:
        raise ValueError(f"the item {items.columns[items.columns.duplicated()][0]} stands twice: give each item one column")
    missing = sorted(set(reverse) - set(items.columns))
    if missing:
        raise ValueError(f"the reverse item {missing[0]} is not in the table; it has {', '.join(map(str, items.columns))}")
    if reverse and (low is None or high is None):
        raise ValueError("reverse items need the range of the answers: give low and high, for example 1 and 5")
    count = items.shape[1]
    needed = count // 2 + 1 if minimum_answered is None else minimum_answered
    if count and not 1 <= needed <= count:
        raise ValueError(f"minimum_answered is {needed}: give a number from 1 to {count}")
    answers = items.astype("float64")
    for item in reverse:
        answers[item] = low + high - answers[item]
    complete = answers.dropna()
    scored = answers[answers.notna().sum(axis=1) >= needed].mean(axis=1) if count else pd.Series(dtype="float64")
    pairwise, listwise = _covariance(answers), _covariance(complete)
    alpha_pairwise, alpha_listwise = alpha(pairwise), alpha(listwise)
    factor = one_factor(listwise, len(complete))
    basis = complete if len(complete) > 1 else answers
    return Reliability(
        alpha_pairwise=alpha_pairwise,
        alpha_pairwise_feldt=feldt(alpha_pairwise, len(answers), len(_varying(pairwise))),
        alpha_listwise=alpha_listwise,
        alpha_listwise_feldt=feldt(alpha_listwise, len(complete), len(_varying(listwise))),
        n_listwise=len(complete) if count else 0,
        omega_total_cfa_listwise=factor.omega,
        score_mean=float(scored.mean()),
        score_sd=float(scored.std()),
        n_scored=len(scored),
        item_rest_r_listwise=item_rest(complete),
        without_variance=tuple(str(item) for item in basis if basis[item].nunique() == 1),
        heywood=factor.heywood,
        converged=factor.converged,
    )


def _covariance(answers: pd.DataFrame) -> pd.DataFrame:
    """Sample covariances, pairwise complete; all unknown where there are no two rows."""
    if len(answers) < 2:
        return pd.DataFrame(math.nan, index=answers.columns, columns=answers.columns)
    return answers.cov(min_periods=2)


def _varying(covariance: pd.DataFrame) -> pd.DataFrame:
    """The covariances of the items that vary. Variances that are nothing but rounding count as none."""
    variance = np.diag(covariance)
    keep = covariance.index[~(variance <= 1e-12 * max(np.nanmax(variance, initial=0.0), 1e-300))]
    return covariance.loc[keep, keep]


def alpha(covariance: pd.DataFrame) -> float:
    """Coefficient alpha from a covariance matrix: J/(J - 1) (1 - sum of variances / sum of all entries), over items that vary.

    nan with fewer than two such items, an unknown covariance, or a sum score that does not vary.
    """
    table = _varying(covariance).to_numpy(dtype=float)
    count, total = len(table), table.sum()
    if count < 2 or not total > 1e-12 * np.trace(table):
        return math.nan
    return float(count / (count - 1) * (1 - np.trace(table) / total))


def feldt(alpha: float, n: int, items: int, confidence: float = 0.95) -> tuple[float, float]:
    """Feldt's (1965) interval of alpha: 1 - (1 - alpha) F, F with n - 1 and (n - 1)(items - 1) degrees of freedom."""
    if math.isnan(alpha) or n < 2 or items < 2:
        return math.nan, math.nan
    tail = (1 - confidence) / 2
    high, low = f_distribution.ppf([tail, 1 - tail], n - 1, (n - 1) * (items - 1))
    return 1 - (1 - alpha) * float(low), 1 - (1 - alpha) * float(high)


def item_rest(complete: pd.DataFrame) -> dict[str, float]:
    """Correlation of each item with the sum of the other items; nan where either does not vary."""
    total = complete.sum(axis=1)
    found = {}
    for item in complete:
        pair = pd.DataFrame({"item": complete[item], "rest": total - complete[item]})
        varies = len(pair) > 1 and bool((np.ptp(pair.to_numpy(), axis=0) > 1e-9).all())
        found[str(item)] = float(pair.corr().iloc[0, 1]) if varies else math.nan
    return found


def one_factor(covariance: pd.DataFrame, n: int) -> Factor:
    """Maximum likelihood of one factor: covariance = loadings loadings' + diag(uniques), over the items that vary.

    n: persons behind the covariances. The likelihood does not depend on the items' units, so correlations are fitted and the result
    is put back into them. Unique variances are not held above zero: a Heywood case shows itself. Not fitted (omega nan, not converged)
    with fewer than three items that vary, or where the covariances are not positive definite, as with no more persons than items.
    Where the likelihood grows without end as a unique variance falls, there is no solution: not converged, and the item is named.
    """
    table = _varying(covariance)
    names = table.index
    values = table.to_numpy(dtype=float)
    unfit = Factor(math.nan, pd.Series(math.nan, names), pd.Series(math.nan, names), (), False)
    if len(names) < FEWEST_FACTOR_ITEMS or n <= len(names) or not np.isfinite(values).all():
        return unfit
    scale = np.sqrt(np.diag(values))
    correlations = values / np.outer(scale, scale)
    lowest, vectors = np.linalg.eigh(correlations)
    if lowest[0] < 1e-10:
        return unfit
    # start: the first principal component, shrunk so that every unique variance begins well inside
    first = np.clip(vectors[:, -1] * math.sqrt(lowest[-1]) * 0.9, -0.9, 0.9)
    start = np.concatenate([first, 1 - first**2])
    result = minimize(_misfit, start, args=(correlations,), jac=True, method="BFGS", callback=_stop_when_endless,
                      options={"gtol": 1e-9, "maxiter": 1000})  # fmt: skip
    loading, unique = np.split(result.x, 2)
    heywood = tuple(str(name) for name, value in zip(names, unique, strict=True) if value <= IMPROPER)
    if not (np.isfinite(result.fun) and np.abs(result.jac).max() < 1e-5):
        return unfit._replace(heywood=heywood)
    loading = loading * scale * (-1 if loading @ scale < 0 else 1)
    unique = unique * scale**2
    common = loading.sum() ** 2
    return Factor(float(common / (common + unique.sum())), pd.Series(loading, names), pd.Series(unique, names), heywood, True)


def _stop_when_endless(parameters: np.ndarray) -> None:
    if np.split(parameters, 2)[1].min() < ENDLESS:
        raise StopIteration


def _misfit(parameters: np.ndarray, correlations: np.ndarray) -> tuple[float, np.ndarray]:
    """log|S| + trace(R S^-1) of the model S, and its slope; infinite where S is not positive definite."""
    loading, unique = np.split(parameters, 2)
    model = np.outer(loading, loading) + np.diag(unique)
    try:
        root = np.linalg.cholesky(model)
    except np.linalg.LinAlgError:
        return math.inf, np.zeros_like(parameters)
    inverse = np.linalg.inv(model)
    slope = inverse @ (model - correlations) @ inverse
    value = 2 * np.log(np.diag(root)).sum() + float((correlations * inverse).sum())
    return value, np.concatenate([2 * slope @ loading, np.diag(slope)])
