"""How often a change in how an agreement is lived would be called, where nothing changed and where one agreement did.

    python -m tests.studies.agreements [--replicates N] [--seed S]

A school has m agreements, n staff rate each of them in two months, the share of favourable ratings is p. Percent of schools with
any wrong call; with half of the raters keeping their answer ("stay"); and how often an agreement that moves up from .5 is called.
"""

from __future__ import annotations

import argparse

import numpy as np

from cyclebook.norms.ratings import call, newcombe

AGREEMENTS, RATERS, SHARES, MOVES = (1, 4, 8), (8, 10, 20, 40), (0.5, 0.7, 0.9), (0.2, 0.3, 0.4)


def called(now: np.ndarray, before: np.ndarray, n: int) -> np.ndarray:
    """What a page calls of m agreements, as shown: 1, -1 or 0. now, before: favourable ratings of n."""
    of = np.full(len(now), n)
    low, high = newcombe(now, of, before, of)
    seen = (np.round(100 * low) > 0) | (np.round(100 * high) < 0)
    return np.where(seen, call(now, of, before, of), 0)


def any_wrong(rng: np.random.Generator, replicates: int, m: int, n: int, p: float, stay: float = 0.0) -> float:
    """Percent of schools of which any agreement is called though none has changed; ``stay``: share of raters who keep their answer."""
    wrong = 0
    for _ in range(replicates):
        before = rng.random((m, n)) < p
        now = np.where(rng.random((m, n)) < stay, before, rng.random((m, n)) < p)
        wrong += called(now.sum(1), before.sum(1), n).any()
    return 100 * wrong / replicates


def found(rng: np.random.Generator, replicates: int, m: int, n: int, move: float) -> float:
    """Percent of schools of which the one agreement that moved up from .5 is called."""
    hits = 0
    for _ in range(replicates):
        before, now = rng.random((m, n)) < 0.5, rng.random((m, n)) < np.array([[0.5 + move], *[[0.5]] * (m - 1)])
        hits += called(now.sum(1), before.sum(1), n)[0] > 0
    return 100 * hits / replicates


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.studies.agreements", description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20251121)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print("| m | n |", *(f"p = {p} |" for p in SHARES), "stay |", *(f"moves by {move} |" for move in MOVES))
    for m in AGREEMENTS:
        for n in RATERS:
            cells = [any_wrong(rng, options.replicates, m, n, p) for p in SHARES]
            cells += [any_wrong(rng, options.replicates, m, n, 0.5, stay=0.5), *(found(rng, options.replicates, m, n, move) for move in MOVES)]
            print(f"| {m} | {n} |", *(f"{cell:.1f} |" for cell in cells))


if __name__ == "__main__":
    main()
