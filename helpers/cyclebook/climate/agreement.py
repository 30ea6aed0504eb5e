"""How far people of one group give the same answers: r_wg, r_wg(j) and the average deviation, each beside its null distribution.

Pure functions of columns and numbers. All of them compare the answers with people who answer at random, and say which random: here the
uniform (rectangular) null, in which each of the answer options is as likely as any other. Real answers lean to one side even where
people do not agree, so that against other nulls agreement looks less (LeBreton & Senter 2008): the number depends on the null, and a high one is no
proof that people agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

#: The name of the only null distribution that is used here.
UNIFORM = "uniform"


class Agreement(NamedTuple):
    """An index for each group and over groups. `by_group`: Series by group, ascending, nan where a group has none; the others leave those out.

    `null`: the name of the null distribution; `null_value`: what the index is held against, the variance (r_wg, r_wg(j)) or average
    deviation of answers that follow it.
    """

    by_group: pd.Series
    mean: float
    median: float
    n_groups: int
    null: str
    null_value: float


def uniform_variance(options: int) -> float:
    """Variance of answers spread evenly over so many options one unit apart: (options² - 1)/12. Raises ValueError under 2 options."""
    _check_options(options)
    return (options**2 - 1) / 12


def uniform_deviation(options: int) -> float:
    """Mean distance from their mean of answers spread evenly over the options: A/4 for an even number A, (A² - 1)/(4A) for an odd one.

    Raises ValueError under 2 options.
    """
    _check_options(options)
    return options / 4 if options % 2 == 0 else (options**2 - 1) / (4 * options)


def rwg(group: Sequence[Any] | pd.Series, value: Sequence[float] | pd.Series, options: int) -> Agreement:
    """r_wg of one question, 1 - s²/null variance, in each group (James, Demaree & Wolf 1984); below 0 it is set to 0.

    s² is the variance with n - 1; options: how many answers there were to choose from, one unit apart. Rows without a group or a value
    are left out; a group of one has no index. Raises ValueError under 2 options, and for columns of unequal length.
    """
    null = uniform_variance(options)
    answers = _answers(group, pd.DataFrame({"value": np.asarray(value)}))
    variance = answers.groupby("group")[0].var(ddof=1)
    return over_groups((1 - variance / null).clip(lower=0), null)


def rwg_j(
    group: Sequence[Any] | pd.Series, items: pd.DataFrame, options: int, variant: Literal["james", "lindell"] = "james"
) -> Agreement:
    """r_wg(j) of a scale of J questions in each group; q is the mean of the questions' variances over the null variance.

    `james`: J(1 - q)/(J(1 - q) + q) with q of at most 1 (James, Demaree & Wolf 1984); it grows with J however people agree. `lindell`: r*_wg(j) =
    1 - q, which does not, and falls below 0 where people are further apart than chance would have them (Lindell, Brandt & Whitney 1999).
    group: one for each row of items (persons by questions). Persons who left a question out are left out; a group of one has no index.
    Raises ValueError for another variant, no item, under 2 options, and for columns of unequal length.
    """
    count = items.shape[1]
    if not count:
        raise ValueError("agreement on a scale needs at least one item")
    return rwg_j_of_variances(_answers(group, items).groupby("group").var(ddof=1), options, variant)


def rwg_j_of_variances(variances: pd.DataFrame, options: int, variant: Literal["james", "lindell"] = "james") -> Agreement:
    """As `rwg_j`, from the variance of each question in each group (groups by questions; nan where a group has none).

    Variances are in units of the step from one option to the next, squared. Raises ValueError for another variant and under 2 options.
    """
    if variant not in ("james", "lindell"):
        raise ValueError(f"variant is {variant!r}: use 'james' or 'lindell'")
    null, count = uniform_variance(options), variances.shape[1]
    q = variances.mean(axis=1, skipna=False) / null
    if variant == "lindell":
        return over_groups(1 - q, null)
    q = q.clip(upper=1)
    return over_groups(count * (1 - q) / (count * (1 - q) + q), null)


def average_deviation(
    group: Sequence[Any] | pd.Series, value: Sequence[float] | pd.Series | pd.DataFrame, options: int | None = None, fewest: int = 2
) -> Agreement:
    """Average deviation around the mean in each group, in the answers' units (Burke, Finkelstein & Dusig 1999): mean of |x - group mean|.

    value: one question, or a table of several (persons by questions; persons who left one out are left out), whose average deviations
    are then averaged. A smaller number is more agreement. It is no share of a null, but `null_value` says what answers spread evenly over the
    `options` would have (nan where options is None). fewest: groups of fewer persons have no index. Raises ValueError under 2 options,
    for fewest under 1, and for columns of unequal length.
    """
    if fewest < 1:
        raise ValueError(f"fewest is {fewest}: give at least 1 person")
    null = float("nan") if options is None else uniform_deviation(options)
    table = value if isinstance(value, pd.DataFrame) else pd.DataFrame({"value": np.asarray(value)})
    answers = _answers(group, table)
    items = answers.columns.drop("group")
    away = (answers[items] - answers.groupby("group")[items].transform("mean")).abs()
    by_group = away.groupby(answers["group"]).mean().mean(axis=1, skipna=False)
    persons = answers.groupby("group").size()
    return over_groups(by_group.where(persons >= fewest), null)


def over_groups(by_group: pd.Series, null_value: float) -> Agreement:
    """An index of each group with its mean and median over the groups that have one."""
    known = by_group.dropna()
    return Agreement(by_group, float(known.mean()), float(known.median()), len(known), UNIFORM, null_value)


def _check_options(options: int) -> None:
    if options < 2 or int(options) != options:
        raise ValueError(f"options is {options}: give the number of answers to choose from, at least 2")


def _answers(group: Any, items: pd.DataFrame) -> pd.DataFrame:
    """Complete rows: the items as numbers, by place (0, 1, ...), and the column group."""
    group = pd.Series(np.asarray(group, dtype=object)).infer_objects()
    if len(group) != len(items):
        raise ValueError(f"group has {len(group)} rows and the answers {len(items)}: give one group for each row")
    table = pd.DataFrame({place: items.iloc[:, place].to_numpy(dtype="float64", na_value=np.nan) for place in range(items.shape[1])})
    return table.assign(group=group).dropna()
