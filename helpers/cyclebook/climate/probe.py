"""Where to look for root causes: gaps between groups of staff within schools, and, kept apart, whether schools with more of a group score otherwise.

Only of the district, never of a school. A gap within schools compares a group with its colleagues at the same school (school fixed effects), so that
how schools differ is not in it: a school where all are of the group, or none, says nothing. That schools with a larger share of a group average
higher or lower is another question and another number (Mundlak 1978; Bell & Jones 2015), and says nothing about persons (Robinson 1950).

The numerator of the gap is the sum of the group's scores less what the averages of those compared at their schools would give them. So beside averages
of schools it is one more look at the same sum as the group's average in the district, with a digit more; that is why it stands only where what it
leaves of the group, when all schools that show it are taken away, is of many persons too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from cyclebook.climate import groups, pooling
from cyclebook.climate.change import call
from cyclebook.climate.coded import ranges
from cyclebook.climate.roles import of_group
from cyclebook.climate.rows import rounded
from cyclebook.privacy import RespondentSet
from cyclebook.privacy.coding import code
from cyclebook.privacy.protect import BOUND, COLUMNS

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

#: Both the group and others stand in so many schools at least, or nothing is said of the gap; so many schools have a share, for the trend.
FEWEST_SCHOOLS, FEWEST_SHARES = 6, 10
#: So many persons of the group, and of the others, stand in these schools at least (and twice the smallest group). As many of the group, or none,
#: stand in the schools whose pages do not show its average.
FEWEST_PERSONS = 20
#: No school's weight may be larger: what is said would be said of this school.
LARGEST_WEIGHT = 0.5
#: Below so many degrees of freedom Satterthwaite's approximation does not hold (Tipton 2015).
FEWEST_FREEDOM = 4.0
#: Digits of effect sizes.
DECIMALS = 2
CANNOT_TELL = "cannot tell"
GAP, TREND = "group_gap", "group_trend"


class Effect(NamedTuple):
    """An estimate, its standard error and degrees of freedom, how many schools it stands on, and the largest weight of one of them."""

    estimate: float
    error: float
    df: float
    schools: int
    largest: float


NONE = Effect(np.nan, np.nan, np.nan, 0, np.nan)


def within(school: pd.Series, inside: pd.Series, score: pd.Series) -> Effect:
    """The gap of a group to its colleagues at the same school, in the units of the scores.

    school, inside (bool: whether of the group), score: a row for each person. The estimate is least squares with a constant for each school: the
    mean of the schools' gaps with weights n1 n2 / (n1 + n2). Its error is cluster-robust by school, CR2 (Bell & McCaffrey 2002) with
    Satterthwaite's degrees of freedom under independent errors (Pustejovsky & Tipton 2018). ``NONE`` where no school has both.
    """
    n, share, mean, products = _by_school(school, inside, score)
    weight = n * share * (1 - share)
    cross = products - n * share * mean  # of a school: the sum of (x - mean x) (y - mean y)
    cross, weight = cross[weight > 1e-9], weight[weight > 1e-9]
    if len(weight) < 2:
        return NONE
    total, leverage = weight.sum(), weight / weight.sum()
    estimate = float(cross.sum() / total)
    meat = (cross - estimate * weight) ** 2 / (1 - leverage)
    gram = np.diag(leverage) - np.outer(leverage, leverage)
    adjust = 1 / np.sqrt(1 - leverage)
    gram *= np.outer(adjust, adjust)
    df = float(np.trace(gram) ** 2 / (gram**2).sum())
    return Effect(estimate, float(np.sqrt(meat.sum()) / total), df, len(weight), float(leverage.max()))


def between(school: pd.Series, inside: pd.Series, score: pd.Series) -> Effect:
    """How much higher the average of a school is whose share of the group is one standard deviation (over schools) larger, in units of the scores.

    A line through the schools' averages, each school counted once; error HC2 with Bell and McCaffrey's degrees of freedom (Imbens & Kolesár
    2016), which is CR2 with one row a cluster. ``NONE`` with fewer than 3 schools, or where all have the same share.
    """
    _, share, mean, _ = _by_school(school, inside, score)
    x, y = share - share.mean(), mean - mean.mean()
    spread = float(x.std(ddof=1)) if len(x) > 2 else 0.0
    if not spread > 1e-9:
        return NONE
    x = x / spread
    squares = float((x**2).sum())
    estimate = float(x @ y / squares)
    hat = 1 / len(x) + np.outer(x, x) / squares
    room = 1 - np.diag(hat)
    if not (room > 1e-9).all():
        return NONE
    residual = y - estimate * x
    error = float(np.sqrt((x**2 * residual**2 / room).sum()) / squares)
    part = x / np.sqrt(room)
    gram = (np.eye(len(x)) - hat) * np.outer(part, part)
    df = float(np.trace(gram) ** 2 / (gram**2).sum())
    return Effect(estimate, error, df, len(x), float((x**2).max() / squares))


def _by_school(school: pd.Series, inside: pd.Series, score: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Persons, share of the group, average score, and the sum of the group's scores (from the middle of all), of each school."""
    place, names = pd.factorize(school.to_numpy())
    x, y = inside.to_numpy(dtype=float), score.to_numpy(dtype=float)
    y = y - y.mean()
    n, first, total, products = (np.bincount(place, weights, minlength=len(names)) for weights in (np.ones(len(x)), x, y, x * y))
    return n, first / n, total / n, products


def statistics(
    scores: pd.DataFrame,
    respondents: pd.DataFrame,
    roster: pd.DataFrame,
    levels: pd.DataFrame,
    scales: Mapping[str, Scale],
    cleared: groups.Groups,
    smallest_group: int,
) -> pd.DataFrame:
    """Gaps and trends of the whole district, one number a row, rounded as shown and not yet protected (columns ``COLUMNS`` and ``bound``).

    Arguments as of ``groups.statistics``; cleared: which groups of the district may be shown (``probe_plan.choose``). ``group_gap``: the gap of a
    group (``item``) to all other cleared groups of its kind at the same school, over the pooled standard deviation within schools;
    ``group_trend``: the same measure, for one standard deviation more of the group's share of its school. Each has ``_low`` and ``_high`` (95 %) and
    ``_called``: 1 or -1 where Benjamini and Hochberg's (1995) procedure over all looks of this table (scales, groups, gaps and trends)
    calls it and its range, as shown, leaves out zero; else 0. Of two cleared groups one is looked at, the smaller: the other's gap is the
    same with the other sign. What cannot be told (too few persons or schools, one school that weighs too much, averages that stand at an end
    of what is shown, a group that is not cleared) has rows without a number, for whichever reason.
    """
    found = list(_looks(scores, respondents, roster, levels, scales, cleared, smallest_group))
    looks = [look for look in found if look["effect"] is not None]
    estimate, error, df = (pd.Series([getattr(look["effect"], name) for look in looks], dtype=float) for name in ("estimate", "error", "df"))
    called = call(estimate, error, df)
    rows = []
    for look in found:
        row = {"school_id": "", "wave": cleared.wave, "scale": look["scale"], "item": look["item"], "set": look["set"], "other_set": look["other_set"],
               BOUND: ""}  # fmt: skip
        effect = look["effect"]
        if effect is None:
            hidden = row | {"value": np.nan, "n": smallest_group, "answered": smallest_group, "other_n": smallest_group, "why": CANNOT_TELL}
            rows += [hidden | {"statistic": name, "decimals": digits} for name, digits in _names(look["kind"])]
            continue
        low, high = pooling.mean_interval(effect.estimate, effect.error, effect.df)
        middle, low, high = (float(rounded(value / look["sd"], DECIMALS)) for value in (effect.estimate, low, high))
        side = int(called.iloc[looks.index(look)])
        side = side if (side > 0 and low > 0) or (side < 0 and high < 0) else 0
        row |= {"n": look["n"], "answered": look["n"], "other_n": look["other_n"], "why": ""}
        values = (middle, low, high, float(side))
        rows += [row | {"statistic": name, "decimals": digits, "value": value} for (name, digits), value in zip(_names(look["kind"]), values, strict=True)]
    return pd.DataFrame(rows, columns=[*COLUMNS, BOUND])


def _names(kind: str) -> list[tuple[str, int]]:
    return [(kind, DECIMALS), (f"{kind}_low", DECIMALS), (f"{kind}_high", DECIMALS), (f"{kind}_called", 0)]


def _looks(
    scores: pd.DataFrame, respondents: pd.DataFrame, roster: pd.DataFrame, levels: pd.DataFrame, scales: Mapping[str, Scale],
    cleared: groups.Groups, smallest_group: int,
) -> Iterator[dict]:  # fmt: skip
    """Each gap and trend that there could be; its ``effect`` is None where nothing can be told."""
    span = ranges(scales, scores)
    for scale, base, whole in groups.of_district(scores, respondents, roster, levels, scales, cleared, smallest_group):
        known = base[base[groups.BASE].notna()].reset_index(drop=True)
        sd = pooling.within_sd(known["school_id"], known["score"]) if known["school_id"].duplicated().any() else 0.0
        low, high, decimals = (float(span.loc[scale, name]) for name in ("low", "high", "decimals"))

        def at_end(persons: pd.Series, low=low, high=high, decimals=decimals) -> bool:
            return not high > low or code(float(persons.mean()), len(persons), smallest_group, low, high, int(decimals))[1] != ""

        for name, by_school in cleared.listed.items():
            listed = by_school.get("", ())
            shown = [value for value in listed if (name, "", value) in cleared.published]
            here = known[known[name].isin(shown)]
            size = here[name].value_counts()
            if len(shown) == 2:
                shown = [min(shown, key=lambda value: (size.get(value, 0), shown.index(value)))]
            for value in listed:
                others = [other for other in listed if other != value and (name, "", other) in cleared.published]
                if not (value in shown and others) and (name, "", value) in cleared.published and len(others) == 1:
                    continue
                inside = here[name] == value
                told = {"scale": scale, "item": of_group(name, value), "set": str(RespondentSet.of(**whole, **{name: value})), "sd": sd,
                        "other_set": str(RespondentSet.of(**whole, **{name: others})) if others else "", "n": int(inside.sum()),
                        "other_n": int((~inside).sum())}  # fmt: skip
                fewest = max(FEWEST_PERSONS, 2 * smallest_group)
                unseen = sum((name, school, value) not in cleared.published for school in here.loc[inside, "school_id"])
                open_to_look = value in shown and bool(others) and sd > 0 and (unseen == 0 or unseen >= fewest)
                for kind, effect in ((GAP, within), (TREND, between)):
                    look = told | {"kind": kind, "effect": None}
                    if open_to_look and _enough(here, inside, kind, fewest, at_end):
                        made = effect(here["school_id"], inside, here["score"])
                        look["effect"] = made if _holds(made, kind, sd) else None
                    yield look


def _holds(made: Effect, kind: str, sd: float) -> bool:
    """Whether an effect stands on enough schools, none of which weighs too much, and its error can be trusted."""
    enough = made.schools >= (FEWEST_SCHOOLS if kind == GAP else FEWEST_SHARES) and made.largest <= LARGEST_WEIGHT
    return enough and made.df >= FEWEST_FREEDOM and made.error > 1e-9 * sd


def _enough(here: pd.DataFrame, inside: pd.Series, kind: str, fewest: int, at_end) -> bool:
    """Whether at least ``fewest`` persons stand on both sides: for a gap in the schools that have both; and neither average is at an end of what is shown."""
    if kind == GAP:
        both = inside.groupby(here["school_id"]).transform("nunique") > 1
        here, inside = here[both], inside[both]
    sides = here.loc[inside, "score"], here.loc[~inside, "score"]
    return all(len(side) >= fewest and not at_end(side) for side in sides)
