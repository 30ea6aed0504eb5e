"""How often the evaluation step is wrong: limits that are too narrow, false alarms, intervals, adoptions, goals.

    python -m tests.studies.evaluation [--replicates N] [--seed S]

Percent throughout. The Monte Carlo error of a share is at most 50/√N points. METHODS.md says what the tables mean.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from cyclebook.evaluation import decide, rates, study
from cyclebook.evaluation.comparison import school_means
from cyclebook.measures import runs

CUTS = (np.inf, 1.0, 1.2, 1.5)  #: of Laney's sigma of z, from which wider limits are taken
SIZE, SHARE, BEFORE, SINCE = 25, 0.6, 22, 13


def scatter(rng: np.random.Generator, replicates: int, sigma: float) -> list[float]:
    """Charts of shares with any point outside their limits, for each cut, when the true sigma of z is ``sigma`` (beta-binomial)."""
    within = (sigma**2 - 1) / (SIZE - 1)
    shape = (replicates, BEFORE + SINCE)
    a, b = (share * (1 - within) / within if within else 0.0 for share in (SHARE, 1 - SHARE))
    values = rng.binomial(SIZE, rng.beta(a, b, shape) if within else SHARE, shape) / SIZE
    middle, one = rates._limits("p", values, np.full(shape[1], float(SIZE)), BEFORE)
    found = rates._moving_range_sigma((values[:, :BEFORE] - middle[:, None]) / one[:, :BEFORE])
    shares = []
    for cut in CUTS:
        half = 3 * one * np.where(found > cut, found, 1)[:, None]
        high, low = np.minimum(middle[:, None] + half, 1), np.maximum(middle[:, None] - half, 0)
        shares.append(100 * float(((values > high + 1e-9) | (values < low - 1e-9)).any(axis=1).mean()))
    return shares


def leaning(rng: np.random.Generator, replicates: int, points: int, lean: float) -> np.ndarray:
    """Normal points with autocorrelation ``lean``, variance 1."""
    values = rng.normal(size=(replicates, points))
    for place in range(1, points):
        values[:, place] = lean * values[:, place - 1] + np.sqrt(1 - lean**2) * values[:, place]
    return values


def alarms(values: np.ndarray, base: int) -> list[float]:
    """Charts with a signal: of Anhøj's tests, outside the limits, either; the first ``base`` points set line and limits."""
    shift = runs.signals(runs.side_matrix(values, np.median(values[:, :base], axis=1)))
    middle, sigma = rates._limits("xmr", values, np.ones(values.shape[1]), base)
    far = (np.abs(values - middle[:, None]) > 3 * sigma).any(axis=1)
    return [100 * float(one.mean()) for one in (shift, far, shift | far)]


def interval(rng: np.random.Generator, replicates: int, tried: int, compared: int, spread: float, skewed: bool) -> list[float]:
    """How often the interval holds the effect, and an effect of exactly the threshold is called 90 % likely beyond it."""
    held = called = 0
    for _ in range(replicates):
        draw = rng.gamma(2, 2**-0.5, tried + compared) - 2**0.5 if skewed else rng.normal(size=tried + compared)
        draw[:tried] *= spread
        effect = school_means(np.zeros(len(draw)), draw, np.arange(len(draw)) < tried)
        held += effect.low <= 0 <= effect.high
        called += effect.beyond(0) >= 0.9
    return [100 * held / replicates, 100 * called / replicates]


def adoptions(values: np.ndarray, base: int, looks: tuple[int, ...], worthwhile: float) -> float:
    """How often a rule by chart adopts; the first ``base`` points are the baseline."""
    middle = np.median(values[:, :base], axis=1)
    side = runs.side_matrix(values, middle)
    stable = ~runs.signals(side[:, :base])
    adopted, stopped = np.zeros(len(values), bool), np.zeros(len(values), bool)
    for count in looks:
        gain = np.median(values[:, base : base + count], axis=1) - middle
        adopts, stops = decide.calls(runs.signals(side[:, : base + count]), stable, gain, worthwhile)
        adopted |= adopts & ~stopped
        stopped |= stops & ~adopted
    return 100 * float(adopted.mean())


def goals(rng: np.random.Generator, replicates: int, levels: np.ndarray) -> dict[str, float]:
    """The states of a goal whose target is 0, for points with these true levels."""
    found = Counter(study.goal_state(np.round(rng.normal(levels), 2).tolist(), 0.0, "higher") for _ in range(replicates))
    return {state: round(100 * count / replicates, 1) for state, count in found.most_common()}


def row(*cells: object) -> None:
    print("| " + " | ".join(f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng, count = np.random.default_rng(options.seed), options.replicates

    print("\nAny point outside, by true sigma of z: p always, cut 1.0, 1.2, 1.5")
    for sigma in (1.0, 1.25, 1.5, 2.0):
        row(f"{sigma:g}", *scatter(rng, count, sigma))
    print("\nAnhøj's tests about a chart's own median, exact")
    row(*(f"{points}: {100 * runs.false_alarm_rate(points):.1f}" for points in (12, 16, 20, 24, 30, 36, 60, 100)))
    print("\nFalse alarms by autocorrelation: Anhøj; outside; either, for 24 own points, 22 + 13, 12 + 12, 8 + 8")
    for lean in (0.0, 0.2, 0.4):
        for base, points in ((24, 24), (22, 35), (12, 24), (8, 16)):
            row(lean, f"{base} of {points}", *alarms(leaning(rng, count, points, lean), base))
    print("\nInterval of the effect: holds it; calls the threshold")
    for tried, compared in ((1, 4), (1, 6), (1, 12), (2, 3), (4, 6), (6, 6)):
        for spread, skewed in ((1.0, False), (1.5, False), (0.7, False), (1.0, True)):
            row(f"{tried} + {compared}", spread, "skewed" if skewed else "normal", *interval(rng, count, tried, compared, spread, skewed))
    print("\nAdopted by chart at a true change of 0, 1, 2, 3 times the worthwhile one")
    for base, looks in ((12, (8,)), (22, (7, 12))):
        for worthwhile in (0.5, 1.0):
            shares = (
                100 * rates.adoptions_by_chart(
                    worthwhile, 6, "higher", base, looks, 1.0, times * worthwhile, decimals=3, seed=options.seed, replicates=count
                )
                for times in (0, 1, 2, 3)
            )  # fmt: skip
            row(f"{base}; {looks}", worthwhile, *shares)
    for lean in (0.0, 0.2, 0.4):
        values = leaning(rng, count, 34, lean)
        row(f"no change, autocorrelation {lean}", *(adoptions(values, 22, (7, 12), worthwhile) for worthwhile in (0.5, 1.0)))
    print("\nAdopted by comparison at a true effect of 0, 1, 2, 3 (worthwhile 1)")
    for tried, compared in ((1, 6), (4, 6), (6, 12)):
        shares = (
            100 * rates.adoptions_by_comparison(
                1.0, 0.9, 6, tried, compared, 22, (7, 12), 2.0, 0.5, float(truth), seed=options.seed, replicates=count
            )
            for truth in (0, 1, 2, 3)
        )  # fmt: skip
        row(f"{tried} + {compared}", *shares)
    print("\nGoals by the true level above the target, 13 and 25 points; last: one above, then one below")
    for level in (-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0):
        row(f"{level:g}", *(goals(rng, count, np.full(points, level)) for points in (13, 25)))
    row("1, then −1", goals(rng, count, np.repeat([1.0, -1.0], [12, 13])))


if __name__ == "__main__":
    main()
