"""How much of the spread lies between schools, and school means steadied by the district's other schools.

Pure functions of columns and numbers. Rows without a group or a value are left out. Words: K groups (schools) with n persons
each, N persons in all; sigma2 is the variance of persons within a group, tau2 the variance of the groups' true means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, ndtr, ndtri, stdtrit

Floats = NDArray[np.float64]
GRID = 201


class ICC(NamedTuple):
    """Intraclass correlations: of one person (`icc1`) and of a mean of N/K persons (`icc2`); p is the upper tail of F."""

    icc1: float
    icc2: float
    F: float
    p: float
    k: int
    n: int


class Pooled(NamedTuple):
    """A one-way random-effects model by restricted maximum likelihood; the last three are Series by group, ascending."""

    mu: float
    mu_se: float
    tau2: float
    sigma2: float
    icc: float
    mean_reliability: float
    shrunken: pd.Series
    cond_sd: pd.Series
    n: pd.Series


class Steadied(NamedTuple):
    """`schools`: one row per school; `mu`: the district's mean, on the scale of the estimates."""

    schools: pd.DataFrame
    mu: float


class _Groups(NamedTuple):
    """What the one-way model needs to know of the data (its sufficient statistics)."""

    names: pd.Index
    n: Floats
    mean: Floats
    within_ss: float
    level: float  # the grand mean, already taken off `mean`

    @property
    def persons(self) -> int:
        return int(self.n.sum())

    @property
    def within_df(self) -> int:
        return self.persons - len(self.n)

    @property
    def between_ss(self) -> float:
        return float(self.n @ self.mean**2)


def _groups(group: Any, value: Any, fewest: int = 2) -> _Groups:
    """Count, centre and sum by group; squares that are rounding error alone become an exact 0."""
    group, value = pd.Series(np.asarray(group)), pd.Series(np.asarray(value))
    if len(group) != len(value):
        raise ValueError(f"group has {len(group)} rows and value {len(value)}: give one group for each value")
    value = value.astype("float64")
    kept = (group.notna() & value.notna()).to_numpy()
    code, names = pd.factorize(group[kept], sort=True)
    y = value[kept].to_numpy()
    if len(names) < fewest:
        kind = "between" if fewest > 1 else "within"
        raise ValueError(f"spread {kind} groups needs at least {fewest} with values, not {len(names)}")
    if not np.isfinite(y).all():
        raise ValueError("a value is infinite: set it aside before pooling")
    n = np.bincount(code).astype("float64")
    if len(y) == len(n):
        raise ValueError(f"every group ({len(n)}) has one value: spread within groups needs a group of at least 2")
    rounding = len(y) * (8 * np.finfo(float).eps * np.abs(y).max()) ** 2
    level = float(y.mean())
    y = y - level
    mean = np.bincount(code, y) / n
    within_ss = float(((y - mean[code]) ** 2).sum())
    if float(n @ mean**2) <= rounding:
        mean = np.zeros_like(mean)
    return _Groups(pd.Index(names), n, mean, within_ss if within_ss > rounding else 0.0, level)


def within_sd(group: Sequence[Any] | pd.Series, value: Sequence[float] | pd.Series) -> float:
    """Pooled standard deviation of persons within groups, the square root of the mean square within (N - K degrees of freedom).

    Of one group: its own. Raises ValueError when no group has 2 values.
    """
    data = _groups(group, value, fewest=1)
    return float(np.sqrt(data.within_ss / data.within_df))


def within_df(group: Sequence[Any] | pd.Series, value: Sequence[float] | pd.Series) -> int:
    """Degrees of freedom of `within_sd`: persons less groups. Raises ValueError as `within_sd` does."""
    return _groups(group, value, fewest=1).within_df


def mean_interval(
    mean: ArrayLike, standard_error: ArrayLike, df: ArrayLike, confidence: float = 0.95
) -> tuple[Any, Any]:
    """Student's t interval of a plain mean, in the mean's units: mean -/+ t(df) * standard_error.

    `df` belongs to the standard deviation that the standard error was made from: n - 1 for a school's own, N - K
    (`within_df`) for the pooled one. Numbers or arrays of one shape; without a degree of freedom (df < 1) both ends are nan.
    Raises ValueError for a confidence that is not between 0 and 1.
    """
    _check_confidence(confidence)
    df = np.asarray(df, dtype="float64")
    t = stdtrit(np.where(df >= 1, df, np.nan), 0.5 + confidence / 2)
    half = t * np.asarray(standard_error, dtype="float64")
    low, high = np.asarray(mean) - half, np.asarray(mean) + half
    return (float(low), float(high)) if low.ndim == 0 else (low, high)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}: give a share between 0 and 1, for example 0.95")


def icc(
    group: Sequence[Any] | pd.Series,
    value: Sequence[float] | pd.Series,
    estimator: Literal["anova", "reml"] = "anova",
) -> ICC:
    """ICC(1) and ICC(2) of a one-way layout; the two estimators differ where groups differ in size.

    `anova`: from mean squares with k = N/K, ICC(1) = (MSB - MSW)/(MSB + (k - 1) MSW), ICC(2) = (MSB - MSW)/MSB, as in Bliese
    (2000) and Shrout & Fleiss (1979); a negative estimate is reported as it is. `reml`: ICC(1) = tau2/(tau2 + sigma2),
    ICC(2) by Spearman-Brown at k = N/K; never negative; F and p are nan. Where no value differs from any other all are nan.

    Raises ValueError for another estimator, fewer than 2 groups, or no group with 2 values.
    """
    return _icc(_groups(group, value), estimator)


def icc_of_means(n: ArrayLike, mean: ArrayLike, within_sd: float, estimator: Literal["anova", "reml"] = "anova") -> ICC:
    """As `icc`, from each group's n (persons) and mean and the pooled standard deviation within groups (as of `within_sd`).

    Raises ValueError for another estimator, fewer than 2 groups, or no group with 2 persons.
    """
    n, mean = np.asarray(n, dtype="float64"), np.asarray(mean, dtype="float64")
    if len(n) < 2 or n.max() < 2:
        raise ValueError(f"spread between groups needs at least 2 groups, one of them of at least 2 persons, not {len(n)}")
    level = float(n @ mean / n.sum())
    apart = mean - level
    if float(n @ apart**2) <= n.sum() * (8 * np.finfo(float).eps * np.abs(mean).max()) ** 2:
        apart = np.zeros_like(apart)
    return _icc(_Groups(pd.RangeIndex(len(n)), n, apart, within_sd**2 * float(n.sum() - len(n)), level), estimator)


def _icc(data: _Groups, estimator: str) -> ICC:
    groups, persons = len(data.n), data.persons
    k = persons / groups
    if estimator == "reml":
        tau2, sigma2 = _reml(data)
        icc1 = tau2 / (tau2 + sigma2) if tau2 + sigma2 > 0 else np.nan
        return ICC(icc1, k * icc1 / (1 + (k - 1) * icc1), np.nan, np.nan, groups, persons)
    if estimator != "anova":
        raise ValueError(f"estimator is {estimator!r}: use 'anova' or 'reml'")
    msb, msw = data.between_ss / (groups - 1), data.within_ss / data.within_df
    with np.errstate(divide="ignore", invalid="ignore"):
        icc1 = np.divide(msb - msw, msb + (k - 1) * msw)
        icc2, f = np.divide(msb - msw, msb), np.divide(msb, msw)
    return ICC(float(icc1), float(icc2), float(f), float(fdtrc(groups - 1, data.within_df, f)), groups, persons)


def _reml(data: _Groups) -> tuple[float, float]:
    """tau2 and sigma2 at the maximum of the restricted likelihood, profiled over the one ratio r = tau2/sigma2 >= 0."""
    n, within_ss, persons = data.n, data.within_ss, data.persons
    if within_ss == 0:  # nobody differs from their group: the means are the data
        return float(np.var(data.mean, ddof=1)), 0.0

    def pieces(r: Floats) -> tuple[Floats, Floats, Floats]:
        w = n / (1 + n * r[:, None])
        error = data.mean - (w @ data.mean / w.sum(axis=1))[:, None]
        return w, error, within_ss + (w * error**2).sum(axis=1)

    def deviance(r: Floats) -> Floats:
        w, _, q = pieces(r)
        return (persons - 1) * np.log(q) + np.log1p(n * r[:, None]).sum(axis=1) + np.log(w.sum(axis=1))

    def slope(r: float) -> float:  # of the log likelihood, times 2
        w, error, q = pieces(np.array([r]))
        return float((persons - 1) * ((w * error) ** 2).sum() / q[0] - w.sum() + (w**2).sum() / w.sum())

    top = 100 * (1 + (data.mean**2).sum() * data.within_df / within_ss)
    grid = np.concatenate([[0.0], np.geomspace(1e-4 / n.max(), top, 300)])
    best = int(np.argmin(deviance(grid)))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if best == 0 and slope(0.0) <= 1e-12 * persons:  # at most rounding error
        ratio = 0.0
    else:
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if slope(middle) > 0 else (low, middle)
        ratio = (low + high) / 2
    sigma2 = float(pieces(np.array([ratio]))[2][0] / (persons - 1))
    return float(ratio * sigma2), sigma2


def pooled_means(group: Sequence[Any] | pd.Series, value: Sequence[float] | pd.Series) -> Pooled:
    """Group means pooled by a one-way random-effects model, by restricted maximum likelihood (Morris 1983).

    With reliability l = tau2/(tau2 + sigma2/n): `shrunken` = mu + l (mean - mu), `cond_sd` = sqrt(tau2 (1 - l)), which takes mu
    and tau2 as known and is not by itself an honest interval (`steady` has one). `mean_reliability` is the plain mean of l.
    Where no value differs from any other, `icc` and `mean_reliability` are nan.

    Raises ValueError when there are fewer than 2 groups, or no group has 2 values.
    """
    data = _groups(group, value)
    tau2, sigma2 = _reml(data)
    variance = tau2 + sigma2 / data.n
    if tau2 + sigma2 > 0:
        reliability, weight = tau2 / variance, 1 / variance
        mu_se, total = float(weight.sum() ** -0.5), float(tau2 / (tau2 + sigma2))
    else:
        reliability, weight = np.full(len(data.n), np.nan), np.ones(len(data.n))
        mu_se, total = 0.0, np.nan
    centre = float(weight @ data.mean / weight.sum())
    pull = np.nan_to_num(reliability)
    conditional = pull * sigma2 / data.n  # tau2 (1 - l), without the loss of digits near l = 1

    def by_group(values: Floats) -> pd.Series:
        return pd.Series(values, index=data.names)

    return Pooled(
        mu=data.level + centre,
        mu_se=mu_se,
        tau2=tau2,
        sigma2=sigma2,
        icc=total,
        mean_reliability=float(reliability.mean()),
        shrunken=by_group(data.level + centre + pull * (data.mean - centre)),
        cond_sd=by_group(np.sqrt(conditional)),
        n=by_group(data.n.astype("int64")),
    )


def steady(estimate: pd.Series, variance: pd.Series) -> Steadied:
    """School means steadied by the district's other schools, with 95 % intervals that own up to not knowing tau.

    `estimate`: one plain mean (or change) per school; `variance`: its squared standard error; one index. The model is
    estimate ~ N(theta, variance), theta ~ N(mu, tau^2), flat in mu and tau (Gelman 2006); mu is integrated exactly, tau over
    201 points, and the ends are the 2.5 % and 97.5 % quantiles of the resulting mixture of normals.

    `schools` has the index of `estimate` and columns `steadied`, `low`, `high` (theta) and `difference`, `difference_low`,
    `difference_high` (theta - mu, with an interval of its own). All in the units of `estimate`.

    Raises ValueError for fewer than 3 schools (tau cannot be integrated), unequal indexes, missing values or a negative variance.
    """
    y, v = _checked(estimate, variance)
    level = float(y.mean())
    y = y - level
    size = float(max(v.max(), y.var()))
    if size <= (8 * np.finfo(float).eps * max(abs(level), 1e-300)) ** 2:  # neither spread nor error: nothing to steady
        flat = np.column_stack([y + level] * 3 + [y] * 3)
        return Steadied(pd.DataFrame(flat, index=estimate.index, columns=_COLUMNS), level)
    v = np.maximum(v, 1e-10 * size)  # an exact 0 would be an infinite weight
    tau, weight = _tau_grid(y, v)
    t2 = tau[:, None] ** 2
    precision = 1 / (t2 + v)
    mu_variance = 1 / precision.sum(axis=1, keepdims=True)
    mu = (precision @ y)[:, None] * mu_variance
    pull = t2 * precision
    own = pull * v
    theta, theta_sd = mu + pull * (y - mu), np.sqrt(own + (v * precision) ** 2 * mu_variance)
    apart, apart_sd = pull * (y - mu), np.sqrt(own + pull**2 * mu_variance)
    centre = float(weight @ mu[:, 0])
    columns = [
        weight @ theta + level,
        _mixture_quantile(0.025, theta, theta_sd, weight) + level,
        _mixture_quantile(0.975, theta, theta_sd, weight) + level,
        weight @ apart,
        _mixture_quantile(0.025, apart, apart_sd, weight),
        _mixture_quantile(0.975, apart, apart_sd, weight),
    ]
    table = pd.DataFrame(np.column_stack(columns), index=estimate.index, columns=_COLUMNS)
    return Steadied(table, centre + level)


_COLUMNS = ["steadied", "low", "high", "difference", "difference_low", "difference_high"]


def _checked(estimate: pd.Series, variance: pd.Series) -> tuple[Floats, Floats]:
    if not estimate.index.equals(variance.index):
        raise ValueError("estimate and variance must have the same index, in the same order")
    y, v = estimate.to_numpy(dtype="float64", na_value=np.nan), variance.to_numpy(dtype="float64", na_value=np.nan)
    bad = ~np.isfinite(y) | ~np.isfinite(v) | (v < 0)
    if bad.any():
        names = ", ".join(str(name) for name in estimate.index[bad][:5])
        raise ValueError(f"estimate or variance is missing, infinite or negative for {names}: leave such schools out")
    if len(y) < 3:
        raise ValueError(f"steadying needs at least 3 schools, and there are {len(y)}: show the plain means alone")
    return y, v


def _tau_grid(y: Floats, v: Floats) -> tuple[Floats, Floats]:
    """201 values of tau and their posterior weights (flat prior, so the restricted likelihood), summing to 1.

    tau = s u/(1 - u) maps all of tau >= 0 on 0 <= u < 1. The likelihood falls as tau^-(K - 1), so with the Jacobian the
    integrand stays finite up to u = 1 even for the heavy tail of K = 3: nothing has to be capped. A first pass finds where the
    integrand exceeds e^-20 of its maximum; 201 midpoints of that range are the grid.
    """
    scale = np.sqrt(v.mean()) + y.std()

    def log_integrand(u: Floats) -> Floats:
        total = v + (scale * u / (1 - u))[:, None] ** 2
        w = 1 / total
        mu = w @ y / w.sum(axis=1)
        squares = (w * (y - mu[:, None]) ** 2).sum(axis=1)
        return -0.5 * (np.log(total).sum(axis=1) + np.log(w.sum(axis=1)) + squares) - 2 * np.log1p(-u)

    low, high = 0.0, 1.0
    for _ in range(2):
        step = (high - low) / GRID
        u = low + step * (np.arange(GRID) + 0.5)
        log_density = log_integrand(u)
        inside = np.flatnonzero(log_density > log_density.max() - 20)
        low, high = max(u[inside[0]] - 1.5 * step, 0.0), min(u[inside[-1]] + 1.5 * step, 1.0)
    step = (high - low) / GRID
    u = low + step * (np.arange(GRID) + 0.5)
    log_density = log_integrand(u)
    weight = np.exp(log_density - log_density.max())
    return scale * u / (1 - u), weight / weight.sum()


def _mixture_quantile(p: float, mean: Floats, sd: Floats, weight: Floats) -> Floats:
    """The p quantile of each column's mixture of normals: rows are components, `weight` belongs to rows.

    Newton's method held inside a bracket: the quantile lies between the least and the greatest quantile of the components.
    """
    components = mean + ndtri(p) * sd
    low, high = components.min(axis=0), components.max(axis=0)
    x = weight @ components
    for _ in range(200):
        z = (x - mean) / sd
        excess = weight @ ndtr(z) - p
        low, high = np.where(excess < 0, x, low), np.where(excess < 0, high, x)
        density = weight @ (np.exp(-0.5 * z**2) / sd) / np.sqrt(2 * np.pi)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            new = x - excess / density
        new = np.where((new >= low) & (new <= high), new, (low + high) / 2)
        done = np.abs(new - x) <= 1e-10 * (np.abs(x) + sd.min(axis=0))
        x = new
        if done.all():
            break
    return x
