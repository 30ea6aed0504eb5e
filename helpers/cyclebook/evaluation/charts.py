"""Run charts and control charts: centre line, limits, runs and the points outside, for each phase of a series.

The conventions are those of qicharts2 (Anhøj 2018), so that its numbers come out; formulas are in Montgomery (2009), Nelson
(1982, screening of moving ranges) and Laney (2002, p′ and u′). Everything is computed on the values as counted and multiplied
last.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cyclebook.measures import runs as tests

#: Control charts that exist, by the name of their kind.
KINDS = ("xmr", "mr", "p", "p'", "u", "u'", "c")
NEED_SIZES = ("p", "p'", "u", "u'")
#: Mean moving range of independent normal values in standard deviations, and the factor of its own upper limit.
D2, D4 = 1.128, 3.267

POINTS = ("part", "x", "value", "n", "centre", "lower", "upper", "lower_inner", "upper_inner", "outside", "used")
SUMMARY = (
    "part", "CL", "n_obs", "n_useful", "longest_run", "longest_run_max", "n_crossings", "n_crossings_min", "runs_signal",
    "aLCL", "aUCL", "aLCL_95", "aUCL_95", "sigma_signal",
)  # fmt: skip
_COUNTED = [name for name in SUMMARY if name != "CL" and not name.startswith(("aLCL", "aUCL"))]


@dataclass(frozen=True)
class Chart:
    """A chart as numbers.

    points: one row a point, columns of ``POINTS``: its phase from 1, x, value (nan where nothing was counted), denominator or
    number of rows, centre line, limits at three and (inner) at two sigma, whether it lies outside its own limits, whether it
    counts for centre, limits and runs. summary: one row a phase, columns of ``SUMMARY``: the centre, both tests of runs, the
    means of the limits over the phase's points, and how many points lie outside. Counts are whole numbers or missing (Int64).
    """

    kind: str
    points: pd.DataFrame
    summary: pd.DataFrame


def run_chart(
    x: ArrayLike, y: ArrayLike, n: ArrayLike | None = None, *, freeze: int | None = None, split: Sequence[int] = (),
    exclude: Iterable[int] = (), multiply: float = 1.0,
) -> Chart:  # fmt: skip
    """A run chart about the median; arguments as in ``control_chart``. It has no limits."""
    return _chart("run", x, y, n, freeze, split, exclude, multiply, screen=True)


def control_chart(
    kind: str, x: ArrayLike, y: ArrayLike, n: ArrayLike | None = None, *, freeze: int | None = None, split: Sequence[int] = (),
    exclude: Iterable[int] = (), multiply: float = 1.0, screen: bool = True,
) -> Chart:  # fmt: skip
    """A control chart of one of the ``KINDS``.

    x: numbers, dates or (sites rather than times: no tests of runs) texts; rows with the same x are one point, rows without x
    none. y: values, or counts. n: denominators; needed for shares (p, p') and rates (u, u'). freeze: the first so many points
    set centre and limits (ignored where ``split`` is given). split: a phase ends after each of these points. exclude: these
    points count for neither centre, limits nor runs, but are held against the limits. Points are counted from 1. multiply:
    all values and limits are given so many times over. screen: drop moving ranges over their own limit, once.

    Raises ValueError for a kind that is not there, a missing denominator, or columns of different length.
    """
    if kind not in KINDS:
        raise ValueError(f"chart: {kind!r} is not one of {', '.join(KINDS)}")
    if kind in NEED_SIZES and n is None:
        raise ValueError(f"chart: {kind} needs a denominator for each point")
    return _chart(kind, x, y, n, freeze, split, exclude, multiply, screen)


def _chart(kind, x, y, n, freeze, split, exclude, multiply, screen) -> Chart:
    points = _points(kind, x, y, n)
    count = len(points)
    ends = sorted({end for end in split if 0 < end < count})
    number = np.arange(1, count + 1)
    points["part"] = 1 + np.searchsorted(ends, number, side="left")
    points["used"] = ~np.isin(number, list(exclude))
    points["base"] = points["used"] & (number <= (freeze if freeze and not ends else count))
    sites = pd.api.types.is_string_dtype(points["x"])
    lines, summaries = [], []
    for _, phase in points.groupby("part", sort=True):
        line = _lines(kind, phase, sites, screen)
        found = tests.runs(line.loc[line["used"], "value"], line.loc[line["used"], "centre"])
        line[_SCALED] *= multiply
        outside = (line["value"] > line["upper"]) | (line["value"] < line["lower"])
        lines.append(line.assign(outside=outside))
        summaries.append(_summary(lines[-1], found, signals=not sites and kind != "mr"))
    if not lines:
        return Chart(kind, points.reindex(columns=list(POINTS)), pd.DataFrame(columns=list(SUMMARY)))
    summary = pd.DataFrame(summaries, columns=list(SUMMARY)).astype(dict.fromkeys(_COUNTED, "Int64"))
    return Chart(kind, pd.concat(lines, ignore_index=True)[list(POINTS)], summary)


def _points(kind: str, x: ArrayLike, y: ArrayLike, n: ArrayLike | None) -> pd.DataFrame:
    """x, value, n and total of each point, ordered by x. Without denominators n is the number of values in the point."""
    values = pd.to_numeric(pd.Series(np.asarray(y)), errors="raise").astype(float)
    sizes = None if n is None else pd.to_numeric(pd.Series(np.asarray(n)), errors="raise").astype(float)
    table = pd.DataFrame({"x": pd.Series(x).reset_index(drop=True), "y": values})
    if len(table) != len(values) or (sizes is not None and len(sizes) != len(values)):
        raise ValueError("chart: x, y and n must have the same length")
    if sizes is not None:
        table["n"] = sizes.where(values.notna())
        table["y"] = values.where(sizes.notna())
    found = []
    for place, rows in table.dropna(subset="x").groupby("x", sort=True):
        known = rows.dropna()
        total = math.fsum(known["y"]) if len(known) else math.nan
        size = math.fsum(known["n"]) if sizes is not None else float(len(known))
        if kind == "c" or not len(known):
            value = total
        else:
            value = total / size if size else math.nan
        found.append((place, value, size, total))
    return pd.DataFrame(found, columns=["x", "value", "n", "total"])


_SCALED = ["value", "centre", "lower", "upper", "lower_inner", "upper_inner"]


def _lines(kind: str, phase: pd.DataFrame, sites: bool, screen: bool) -> pd.DataFrame:
    """Centre line and limits of one phase, a value each point."""
    phase = phase.copy()
    if kind == "mr":
        phase["value"] = phase["value"].diff().abs()
    base = phase[phase["base"]]
    centre = _centre(kind, base)
    phase["centre"] = centre
    if kind == "run":
        phase[_SCALED[2:]] = np.nan
        return phase
    if kind == "mr":
        limits = {name: sigmas / 3 * D4 * centre for name, sigmas in (("upper", 3), ("upper_inner", 2))}
        return phase.assign(**limits, lower=0.0, lower_inner=0.0)
    sigma = _sigma(kind, phase, centre, sites, screen)
    floor = -np.inf if kind == "xmr" else 0.0
    ceiling = 1.0 if kind.startswith("p") else np.inf
    for suffix, sigmas in (("", 3), ("_inner", 2)):
        phase[f"lower{suffix}"] = (centre - sigmas * sigma).clip(lower=floor)
        phase[f"upper{suffix}"] = (centre + sigmas * sigma).clip(upper=ceiling)
    return phase


def _centre(kind: str, base: pd.DataFrame) -> float:
    known = base[base["value"].notna()]
    if not len(known):
        return math.nan
    if kind == "run":
        return float(known["value"].median())
    if kind in NEED_SIZES:
        return math.fsum(known["total"]) / math.fsum(known["n"])
    return math.fsum(known["value"]) / len(known)


def _sigma(kind: str, phase: pd.DataFrame, centre: float, sites: bool, screen: bool) -> pd.Series:
    """One standard deviation of each point; nan where the point has no denominator."""
    base = phase.loc[phase["base"], "value"]
    if kind == "xmr":
        return pd.Series(moving_range_sigma(base, screen), index=phase.index)
    sizes = phase["n"].where(phase["n"] > 0)
    if kind == "c":
        return pd.Series(math.sqrt(centre), index=phase.index)
    plain = np.sqrt((centre * (1 - centre) if kind.startswith("p") else centre) / sizes)
    if not kind.endswith("'"):
        return plain
    z = ((phase["value"] - centre) / plain)[phase["base"]]
    return plain * (z.std(ddof=1) if sites else moving_range_sigma(z, screen))


def moving_range_sigma(values: ArrayLike, screen: bool = True) -> float:
    """Standard deviation from the mean moving range over 1.128; nan where no two neighbours have a value.

    screen: moving ranges not below 3.267 times their mean are dropped, once (Nelson 1982); values that are all the same then
    have no standard deviation (nan): there is nothing to judge the next one by.
    """
    ranges = np.abs(np.diff(np.asarray(values, dtype=float)))
    ranges = ranges[np.isfinite(ranges)]
    if not len(ranges):
        return math.nan
    if screen:
        ranges = ranges[ranges < D4 * math.fsum(ranges) / len(ranges)]
    return math.fsum(ranges) / len(ranges) / D2 if len(ranges) else math.nan


def _summary(line: pd.DataFrame, found: tests.Runs, signals: bool) -> dict[str, object]:
    limits = line[_SCALED[2:]].replace([np.inf, -np.inf], np.nan).mean()
    return {
        "part": int(line["part"].iloc[0]),
        "CL": float(line["centre"].iloc[0]),
        "n_obs": int(line["used"].sum()),
        "n_useful": found.useful,
        "longest_run": found.longest,
        "longest_run_max": found.longest_max,
        "n_crossings": found.crossings,
        "n_crossings_min": found.crossings_min,
        "runs_signal": int(found.signal and signals),
        "aLCL": float(limits["lower"]),
        "aUCL": float(limits["upper"]),
        "aLCL_95": float(limits["lower_inner"]),
        "aUCL_95": float(limits["upper_inner"]),
        "sigma_signal": int(line["outside"].sum()),
    }
