"""How often the 95 % intervals of `steady` hold what they are meant to hold, and how often the page would call wrongly.

    python -m tests.studies.coverage [--replicates N] [--seed S]

As used in practice: 8 to 60 staff in a school (each number as likely as any other), persons' standard deviation 1 within
schools, its estimate pooled over the district, variance of a school's mean = that estimate squared/n. Shares are in percent,
with the Monte Carlo error (one standard error, districts being the independent units) in brackets.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pandas as pd

from cyclebook.climate.change import call
from cyclebook.climate.pooling import mean_interval, steady

SCHOOLS = (6, 24, 60)
ICCS = (0.02, 0.05, 0.15)


def wave(rng: np.random.Generator, theta: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, float]:
    """One wave's plain school means and the pooled within-school variance, drawn as they come about (within SD 1)."""
    df = n.sum() - len(n)
    return theta + rng.normal(size=len(n)) / np.sqrt(n), rng.chisquare(df) / df


def within(value: Any, low: Any, high: Any) -> np.ndarray:
    return (np.asarray(low) <= value) & (value <= np.asarray(high))


def beyond(low: Any, high: Any) -> np.ndarray:
    """1 where an interval lies above 0, -1 where below, 0 where it holds it."""
    return (np.asarray(low) > 0).astype(int) - (np.asarray(high) < 0)


def coverage(rng: np.random.Generator, schools: int, icc: float) -> dict[str, float]:
    """One district: the share of intervals that hold the truth, over schools and for the school with the lowest plain mean."""
    n = rng.integers(8, 61, schools)
    theta = rng.normal(0, np.sqrt(icc / (1 - icc)), schools)
    mean, variance = wave(rng, theta, n)
    table = steady(pd.Series(mean), pd.Series(variance / n)).schools
    held = within(theta, table["low"], table["high"])
    held_difference = within(theta, table["difference_low"], table["difference_high"])  # mu is 0
    plain = within(theta, *mean_interval(mean, np.sqrt(variance / n), n.sum() - schools))
    lowest = int(np.argmin(mean))
    return {
        "theta": held.mean(),
        "theta - mu": held_difference.mean(),
        "lowest: theta": held[lowest],
        "lowest: theta - mu": held_difference[lowest],
        "lowest: plain": plain[lowest],
    }


def equal_schools(rng: np.random.Generator, schools: int) -> dict[str, float]:
    """One district of schools that are all the same: calls of "above" or "below the district"."""
    n = rng.integers(8, 61, schools)
    mean, variance = wave(rng, np.zeros(schools), n)
    table = steady(pd.Series(mean), pd.Series(variance / n)).schools
    called = beyond(table["difference_low"], table["difference_high"]) != 0
    return {"a school": called.mean(), "any in the district": called.any()}


def change(rng: np.random.Generator, schools: int, first: float, others: float) -> dict[str, float]:
    """Two independent waves. The first school changes by `first`, each other one by `others` (in within-school SDs)."""
    n, theta = rng.integers(8, 61, (2, schools)), rng.normal(0, 1 / 3, schools)
    moved = np.where(np.arange(schools) == 0, first, others)
    (before, before_variance), (after, after_variance) = wave(rng, theta, n[0]), wave(rng, theta + moved, n[1])
    error = np.sqrt(before_variance / n[0] + after_variance / n[1])
    difference, df = pd.Series(after - before), pd.Series(float(n.sum() - 2 * schools), index=range(schools))
    plain = beyond(*mean_interval(difference, error, df)) != 0
    called = call(difference, pd.Series(error), df).to_numpy() != 0
    still = moved == 0
    return {
        "plain, the first": plain[0],
        "called, the first": called[0],
        "called, any unchanged school": called[still].any() if still.any() else np.nan,
    }


def rates(study: Any, rng: np.random.Generator, replicates: int, **settings: Any) -> dict[str, str]:
    """Means over replicates in percent, each with its Monte Carlo error."""
    draws = pd.DataFrame([study(rng, **settings) for _ in range(replicates)]).astype(float) * 100
    error = draws.std() / np.sqrt(replicates)
    return {name: f"{draws[name].mean():.1f} ({error[name]:.1f})" for name in draws}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.studies.coverage", description="Simulate coverage of `steady`.")
    parser.add_argument("--replicates", type=int, default=1000, help="districts in each row (default 1000)")
    parser.add_argument("--seed", type=int, default=20251121)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)

    def show(title: str, study: Any, cells: list[dict[str, Any]]) -> None:
        rows = [{**cell, **rates(study, rng, options.replicates, **cell)} for cell in cells]
        print(f"\n{title}\n{pd.DataFrame(rows).to_string(index=False)}", flush=True)

    print(f"{options.replicates} districts in each row; percent, Monte Carlo error in brackets")
    show(
        "Coverage of 95 % intervals",
        coverage,
        [{"schools": schools, "icc": icc} for schools in SCHOOLS for icc in ICCS],
    )
    show('False calls of "above" or "below the district", all schools equal', equal_schools, [{"schools": k} for k in SCHOOLS])
    show(
        'Calls of "changed" for the first school, by what it and the others changed by (within-school SDs)',
        change,
        [
            {"schools": schools, "first": first, "others": others}
            for schools in SCHOOLS
            for first, others in ((0.0, 0.0), (0.0, 0.3), (0.5, 0.0), (0.8, 0.0))
        ],
    )


if __name__ == "__main__":
    main()
