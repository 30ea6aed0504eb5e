"""How well a survey measures: how the questions of a scale hang together, how far staff of one school agree, and how they spread.

Of the district: reliability over all persons in its cleared schools, agreement as a mean over schools. A school's own index of agreement
stands nowhere. Of a school: the spread of its staff's scores, worked out from the standard error as it is shown, so that it tells nothing more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook.climate import agreement
from cyclebook.climate.estimate import FEWEST_SCHOOLS
from cyclebook.climate.reliability import FEWEST_FACTOR_ITEMS, reliability
from cyclebook.climate.rows import rounded, rows
from cyclebook.privacy import RespondentSet, coding
from cyclebook.privacy.protect import BOUND, COLUMNS

if TYPE_CHECKING:
    from cyclebook.parameters import Item, Scale

#: The district's statistics of this module; they stand on its own page only. The null of agreement is the uniform one.
OF_DISTRICT = ("alpha", "alpha_low", "alpha_high", "omega", "agreement_schools", "rwg_j_james", "rwg_j_lindell", "average_deviation", "even_deviation")
#: Why no omega is shown though there are questions enough: a unique variance at or below zero, or a likelihood without a maximum.
HEYWOOD, NO_FIT = "heywood", "no fit"
CONFIDENCE = 0.95
DIGITS = 2


def steps(scale: Scale, items: Collection[Item]) -> tuple[float, int] | None:
    """The step from one answer to the next and the number of answers of a scale's questions as they were put, within its range.

    None where it has no questions or no range, where questions have different answers or are answered by a number, and where the
    answers are not evenly spaced: then no distribution of answers is there to hold agreement against.
    """
    own = [item for item in items if item.id in scale.items]
    if not own or scale.low is None or scale.high is None:
        return None
    kinds = {tuple(sorted({number for number in item.answers.values() if scale.low <= number <= scale.high})) for item in own}
    numbers = np.array(next(iter(kinds)))
    if len(kinds) > 1 or len(numbers) < 2:
        return None
    gaps = np.diff(numbers)
    return (float(gaps[0]), len(numbers)) if np.allclose(gaps, gaps[0]) else None


def statistics(
    levels: pd.DataFrame, answers: pd.DataFrame, scales: Mapping[str, Scale], options: Mapping[str, tuple[float, int] | None], wave: str, smallest_group: int
) -> pd.DataFrame:
    """The district's rows on how each scale measures in one wave, and the spread in schools in all of them, rounded and not yet protected.

    levels: the rows of ``estimate.statistics``. answers: of ``scales.item_answers``. options: of `steps`, by scale. For each scale of which schools could be
    compared, over the same persons as that comparison:

    - ``alpha``, ``alpha_low``, ``alpha_high``: Cronbach's coefficient and Feldt's 95 % interval, of persons who answered every question;
      nothing with fewer than two questions that vary. ``omega``: of one factor by maximum likelihood, with three questions or more; where the
      model does not fit, a row without a number that says why.
    - ``rwg_j_james``, ``rwg_j_lindell``, ``average_deviation``: means over the schools with at least twice smallest_group such persons
      (``agreement_schools``), where there are FEWEST_SCHOOLS; ``even_deviation`` is what answers spread evenly would have, and stands on
      nobody. A school's variances and deviation are taken as no less than the least that may be shown of so many persons (``privacy.coding``); where
      that can be seen in the mean, it is open on that side.

    ``answered`` is the number of persons who answered every question. See also `spreads`.
    """
    compared = levels[(levels["statistic"] == "schools") & (levels["school_id"] == "") & (levels["wave"] == wave)]
    found = [spreads(levels)]
    for row in compared.itertuples():
        keys = dict(RespondentSet.parse(row.set).pairs)
        own = answers[(answers["scale"] == row.scale) & (answers["wave"] == wave) & (answers["survey"] == keys["source"][0])]
        if "school_id" in keys:
            own = own[own["school_id"].isin(keys["school_id"])]
        if own.empty:
            continue
        asked = [item for item in scales[row.scale].items if (own["item"] == item).any()]
        items = own.pivot(index=["school_id", "row"], columns="item", values="value")[asked]
        whole = pd.DataFrame({"school_id": [""], "wave": wave, "scale": row.scale, "n": row.n, "set": row.set, "why": "", "answered": len(items.dropna())})
        found += [*_together(items, whole), *_agreed(items, whole, keys, scales[row.scale], options.get(row.scale), smallest_group)]
    return pd.concat([table for table in found if len(table)] or [found[0]], ignore_index=True)


def _together(items: pd.DataFrame, whole: pd.DataFrame) -> list[pd.DataFrame]:
    """Alpha with its interval, and omega."""
    found, behind = reliability(items), {"answered": whole["answered"]}
    if np.isnan(found.alpha_listwise):
        return []
    low, high = found.alpha_listwise_feldt
    tables = [rows(whole, name, [value], DIGITS, **behind) for name, value in (("alpha", found.alpha_listwise), ("alpha_low", low), ("alpha_high", high))]
    if items.shape[1] - len(found.without_variance) >= FEWEST_FACTOR_ITEMS:
        why = HEYWOOD if found.heywood else "" if found.converged else NO_FIT
        tables.append(rows(whole, "omega", [np.nan if why else found.omega_total_cfa_listwise], DIGITS, why=why, **behind))
    return tables


def _agreed(
    items: pd.DataFrame, whole: pd.DataFrame, keys: Mapping, scale: Scale, options: tuple[float, int] | None, smallest_group: int
) -> list[pd.DataFrame]:
    """Means over schools of three indexes of agreement."""
    complete = items.dropna()
    count = complete.groupby("school_id").size()
    count = count[count >= 2 * smallest_group]
    if options is None or len(count) < FEWEST_SCHOOLS:
        return []
    step, number = options
    complete = complete[complete.index.get_level_values("school_id").isin(count.index)]
    by_school = complete.groupby("school_id")
    n = count.to_numpy(dtype=float)
    variances = by_school.var(ddof=1).loc[count.index] / step**2
    least = (coding.least_spread(n, smallest_group, scale.low, scale.high) / step) ** 2
    deviations = agreement.average_deviation(complete.index.get_level_values("school_id"), complete).by_group[count.index]
    # of n persons with the average deviation a, the mean of r can lie anywhere on a stretch of a n / r at most
    floor = coding.OPEN * (smallest_group - 1) / n * (scale.high - scale.low)
    kept = variances.clip(lower=least, axis=0)
    pairs = [
        (f"rwg_j_{variant}", *(agreement.rwg_j_of_variances(table, number, variant).mean for table in (kept, variances)), coding.OR_MORE)
        for variant in ("james", "lindell")
    ]
    pairs.append(("average_deviation", float(np.maximum(deviations, floor).mean()), float(deviations.mean()), coding.OR_LESS))
    persons = items.index.get_level_values("school_id").isin(count.index)
    union = {"school_id": list(count.index)} if (~persons).any() else {}
    these = whole.assign(set=str(RespondentSet.of(**{**keys, **union})), n=int(persons.sum()), answered=len(complete))
    behind = {"answered": these["answered"]}
    even = step * agreement.uniform_deviation(number)
    return [
        rows(these, "agreement_schools", [len(count)], 0, **behind),
        *(
            rows(these, name, [shown], DIGITS, bound=side if rounded(shown, DIGITS) != rounded(exact, DIGITS) else coding.EXACT, **behind)
            for name, shown, exact, side in pairs
        ),
        rows(these, "even_deviation", [even], DIGITS, set="", n=0, answered=0),
    ]


def spreads(levels: pd.DataFrame) -> pd.DataFrame:
    """The standard deviation of the scores of a school's staff, where its standard error is made from its own: ``spread`` with its ends.

    levels: the rows of ``estimate.statistics``. It is the standard error as shown times √n: who has the page can work out the same. ``spread_low``,
    ``spread_high``: the chi-squared interval of a standard deviation, of the two ends that rounding leaves; CONFIDENCE holds for all schools of one scale and wave
    together (Bonferroni). Where the standard error stands at its least, so does the spread, and the low end is open.
    """
    from scipy.special import chdtri

    errors = levels[(levels["statistic"] == "standard_error") & (levels["school_id"] != "") & (levels["other_set"] == "") & levels["value"].notna()]
    if errors.empty:
        return pd.DataFrame(columns=[*COLUMNS, BOUND])
    n, at_least = errors["n"].to_numpy(dtype=float), errors[BOUND].to_numpy() == coding.OR_LESS
    value, half = errors["value"].to_numpy(), 0.5 * 10.0 ** -errors["decimals"].to_numpy(dtype=float)
    schools = errors.groupby(["wave", "scale"])["value"].transform("size").to_numpy()
    tail = (1 - CONFIDENCE) / 2 / schools
    low = np.maximum(value - half, 0) * np.sqrt(n * (n - 1) / chdtri(n - 1, tail))
    high = (value + half) * np.sqrt(n * (n - 1) / chdtri(n - 1, 1 - tail))
    found = []
    for name, numbers, side in (("spread", value * np.sqrt(n), at_least), ("spread_low", low, at_least), ("spread_high", high, at_least)):
        for digits, places in errors.groupby("decimals").indices.items():
            bound = np.where(side[places], coding.OR_LESS, coding.EXACT)
            found.append(rows(errors.iloc[places], name, numbers[places], int(digits), bound=bound, n=errors["n"].iloc[places]))
    return pd.concat(found, ignore_index=True)
