"""How often readiness is told wrongly, and of how many schools it is told at all.

    python -m tests.studies.readiness [--replicates N] [--seed S]

Districts of 8, 24 and 60 schools. Each source has the same true spread between schools; its error is such that a school of the
average number of persons (34) has the reliability that is stated, ICC(2); schools have 8 to 60 persons behind each source, each number
as likely as any other. What the program is given are values and their errors; spreads and centres it estimates. Percent, each with its
Monte Carlo error (one standard error, districts being the independent units) in brackets:

- wrong community: told "start with community" of those that are ready,
- wrong ready: told "ready now" of those that are not,
- decided: told one of the two, of all.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtri

from cyclebook.climate.readiness import COMMUNITY, READY, Evidence, Rules, judge

SCHOOLS, ICC2, CORRELATIONS = (8, 24, 60), (0.2, 0.4, 0.6), (0.3, 0.4, 0.5)
PERSONS = (8, 60)
TYPICAL = 34.0


def theta(rng: np.random.Generator, schools: int, shape: str) -> np.ndarray:
    """True readiness, mean 0 and variance 1: normal, skewed to the right (gamma 2), or of two kinds of schools."""
    if shape == "skewed":
        return rng.gamma(2, 2**-0.5, schools) - 2**0.5
    if shape == "two kinds":
        return np.where(rng.random(schools) < 0.5, 0.8, -0.8) + rng.normal(0, 0.6, schools)
    return rng.normal(size=schools)


def district(
    rng: np.random.Generator, schools: int, reliabilities: Sequence[float], correlation: float, validity: float = 1.0, shape: str = "normal",
    missing: float = 0.0, heavy: bool = False, leaning: float = 0.0, known: float = 1.0,
) -> tuple[np.ndarray, Evidence]:  # fmt: skip
    """One district: true readiness and what the sources show. The first source is the survey.

    missing: share of staff not heard from in the survey; its shift is then half of a within-school standard deviation times that share.
    leaning: where they truly differ by, in the same unit, up or down school by school. heavy: errors of Student's t with 4 degrees of freedom.
    known: the chance that a source other than the survey is known of a school.
    """
    size = (schools, len(reliabilities))
    persons = rng.integers(PERSONS[0], PERSONS[1] + 1, size)
    share = np.asarray(reliabilities)
    error = np.sqrt((1 - share) / share * TYPICAL / persons)
    draw = np.sqrt(correlation) * rng.normal(size=(schools, 1)) + np.sqrt(1 - correlation) * rng.normal(size=size)
    if heavy:
        draw *= np.sqrt(2 / rng.chisquare(4, (schools, 1)))  # variance 1
    truth = theta(rng, schools, shape)
    value = validity * truth[:, None] + np.sqrt(1 - validity**2) * rng.normal(size=size) + error * draw
    shift = np.zeros(size)
    shift[:, 0] = error[:, 0] * np.sqrt(persons[:, 0]) * missing / 2
    value[:, 0] += 2 * shift[:, 0] * leaning * rng.choice([-1, 1], schools)
    lost = rng.random(size) >= known
    lost[:, 0] = False
    value, error, shift = (np.where(lost, np.nan, table) for table in (value, error, shift))
    return truth, Evidence(tuple(map(str, range(schools))), tuple(f"source {s}" for s in range(size[1])), value, error, shift)


def study(rng: np.random.Generator, replicates: int, rules: Rules, schools: int, prevalence: float | None = None, **about) -> dict[str, tuple[float, float]]:
    """Each share in percent with its Monte Carlo error. prevalence: the true one, where it is another than the rules say."""
    cut = rules.cut if prevalence is None else float(ndtri(1 - prevalence))
    counts = np.zeros((replicates, 5))
    for row in counts:
        truth, evidence = district(rng, schools, **about)
        verdict, ready = judge(evidence, rules).verdict, truth >= cut
        row[:] = (ready & (verdict == COMMUNITY)).sum(), ready.sum(), (~ready & (verdict == READY)).sum(), (~ready).sum(), (verdict != 0).sum()
    of_ready, of_others = (_ratio(counts[:, part], counts[:, whole]) for part, whole in ((0, 1), (2, 3)))
    return {"wrong community": of_ready, "wrong ready": of_others, "decided": _ratio(counts[:, 4], np.full(replicates, float(schools)))}


def _ratio(part: np.ndarray, whole: np.ndarray) -> tuple[float, float]:
    """A share over all districts in percent, with the standard error of a ratio of sums."""
    share = part.sum() / whole.sum()
    error = np.sqrt(((part - share * whole) ** 2).sum()) / whole.sum()
    return 100 * float(share), 100 * float(error)


#: What else is asked: whether it holds where the model does not.
HARDER: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("a quarter not heard from", {"missing": 0.25}),
    ("a tenth not heard from", {"missing": 0.1}),
    ("a quarter, who differ by half a spread", {"missing": 0.25, "leaning": 0.5}),
    ("a quarter, who differ by a whole spread", {"missing": 0.25, "leaning": 1.0}),
    ("40 percent are ready", {"prevalence": 0.4}),
    ("60 percent are ready", {"prevalence": 0.6}),
    ("readiness is skewed", {"shape": "skewed"}),
    ("two kinds of schools", {"shape": "two kinds"}),
    ("errors have heavy tails", {"heavy": True}),
    ("validity .9", {"validity": 0.9}),
    ("validity .7", {"validity": 0.7}),
    ("errors correlated by .7", {"correlation": 0.7}),
    ("other sources known of 70 percent", {"known": 0.7}),
)


def line(*cells: object) -> None:
    print("| " + " | ".join(f"{cell[0]:.1f} ({cell[1]:.1f})" if isinstance(cell, tuple) else str(cell) for cell in cells) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.studies.readiness", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=4000, help="districts of 8 schools in each cell; of larger ones so many fewer (default 4000)")
    parser.add_argument("--seed", type=int, default=20251121)
    options = parser.parse_args()
    rules = Rules()
    print(rules)
    for sources in (2, 3):
        print(f"\n{sources} sources of the same reliability: schools, ICC(2), correlation, wrong community, wrong ready, decided")
        for schools in SCHOOLS:
            for icc2 in ICC2:
                for correlation in CORRELATIONS:
                    rng = np.random.default_rng([options.seed, sources, schools, int(100 * icc2), int(100 * correlation)])
                    found = study(rng, 8 * options.replicates // schools, rules, schools, reliabilities=[icc2] * sources, correlation=correlation)
                    line(schools, icc2, correlation, *found.values())
    print("\nThe survey's ICC(2), then the others': correlation .5")
    for schools in SCHOOLS:
        for reliabilities in ((0.2, 0.6), (0.4, 0.2), (0.6, 0.2), (0.6, 0.6, 0.2), (0.2, 0.2, 0.2, 0.2, 0.2), (0.05, 0.05), (0.9, 0.9)):
            rng = np.random.default_rng([options.seed, schools, *(int(100 * one) for one in reliabilities)])
            found = study(rng, 8 * options.replicates // schools, rules, schools, reliabilities=reliabilities, correlation=0.5)
            line(schools, " + ".join(map(str, reliabilities)), *found.values())
    print("\nTwo sources, correlation .4 unless it says otherwise, where the model does not hold")
    for number, (name, about) in enumerate(HARDER):
        for schools in SCHOOLS:
            for icc2 in ICC2:
                rng = np.random.default_rng([options.seed, number, schools, int(100 * icc2)])
                given = {"correlation": 0.4} | dict(about)
                line(name, schools, icc2, *study(rng, 4 * options.replicates // schools, rules, schools, reliabilities=[icc2] * 2, **given).values())


if __name__ == "__main__":
    main()
