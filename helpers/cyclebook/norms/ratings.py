"""Ratings counted: how far agreements are lived, month by month, and how people work together, question by question.

A rating is favourable above the middle of its answers and unfavourable below it: with four answers the upper two and the
lower two, with five the same and one in the middle, with three the highest and the lowest. Where no answer lies in the
middle, what is not favourable is unfavourable: then the two have no rows of their own, and the favourable share, which tells
how all answers spread, needs as many persons as a count of spread does.

Counts are top and bottom coded by the number of persons (``privacy.coding``), and shares, intervals and changes are made from the coded
counts. How many answered in the middle has no row, and two sides are never shown so that it could be seen that next to no one did.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook.climate.participation import wilson
from cyclebook.parameters.plan_model import window
from cyclebook.privacy import RULES, RespondentSet
from cyclebook.privacy.coding import EXACT, OR_LESS, OR_MORE, code_count, kept
from cyclebook.privacy.protect import BOUND, COLUMNS, FEW_PERSONS

if TYPE_CHECKING:
    from cyclebook.parameters import Term

WINDOWS = 12  #: how many windows a page looks back over, the latest ones that hold ratings of a school
ERROR = 0.05  #: chance, were nothing to change, that any change at all is called among the agreements of a school
#: Without tokens one person may stand behind several ratings of a window: so many times the smallest group are then needed.
UNNAMED = 3


def centre(answers: Iterable[float]) -> float:
    """The middle of an answer set: the median of its different numbers. Favourable is above it, unfavourable below."""
    return float(median(set(answers)))


def lived_by(ratings: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Shares of each school, agreement and calendar month, and the change from the first month to the latest.

    ratings: columns survey, school_id, date (ISO), row, person (token, or missing), item (agreement), value, and of the
    answers that could be given centre (:func:`centre`) and between (whether one of them lies there). Returns
    ``privacy.protect.COLUMNS`` and `bound`: `wave` is the month, `scale` the agreement; values in persons, in percent or in percentage
    points, rounded to whole ones. `raters`, without a scale, are the persons who rated any agreement in a month.
    """
    counted = count(ratings.assign(window=ratings["date"].str[:7]), smallest_group)
    who = _raters(ratings, counted)
    counted = counted.assign(scale=counted["item"], item="")
    return pd.concat([_shares(counted), _changes(counted), who], ignore_index=True)


def collaboration(ratings: pd.DataFrame, smallest_group: int, terms: Sequence[Term] = ()) -> pd.DataFrame:
    """Shares of each school, question and window (a term that holds the day, else its calendar month).

    ratings: as for :func:`lived_by`, `item` being the question. In the result `scale` is the survey (several: joined by +).
    """
    days = {day: window(day, terms) for day in ratings["date"].unique()}
    counted = count(ratings.assign(window=ratings["date"].map(days)), smallest_group)
    return _shares(counted.assign(scale=counted["surveys"].str.join("+")))


def count(ratings: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """A row for each school, item and window, in order of time: n, favourable and unfavourable as they may be shown, surveys, set.

    ratings: as for :func:`lived_by`, and a column window. n: persons; of one person's ratings of an item in a window the
    latest counts. Where a rating has no token, n are ratings instead. few: fewer stand behind the row than a share needs
    (:func:`needed`), so that no change is computed from it either; scarce: fewer than a count of spread needs; both are True
    where the column withheld is True of a rating. Both counts are coded,
    with what stands beside them in favourable_bound and unfavourable_bound, and missing where few or scarce. Only a
    school's latest ``WINDOWS`` windows are kept. The set names the ids under which the ratings were given (column origin, by
    default school_id).
    """
    if "origin" not in ratings:
        ratings = ratings.assign(origin=ratings["school_id"])
    base = ["school_id", "item", "window"]
    named = ratings["person"].notna()
    who = ("person " + ratings["person"].astype("str")).where(named, "row " + ratings["row"].astype("str"))
    ordered = ratings.assign(who=who, named=named).sort_values("date", kind="stable")
    last = ordered.drop_duplicates([*base, "who"], keep="last")
    found = (
        last.assign(favourable=last["value"] > last["centre"], unfavourable=last["value"] < last["centre"])
        .groupby(base, sort=False)
        .agg(
            n=("who", "size"), favourable=("favourable", "sum"), unfavourable=("unfavourable", "sum"),
            between=("between", "any"), middled=("between", "all"), named=("named", "all"), day=("date", "min"),
        )
        .reset_index()
    )  # fmt: skip
    surveys = last.drop_duplicates([*base, "survey"]).sort_values("survey").groupby(base)["survey"].agg(tuple)
    origins = last.drop_duplicates([*base, "origin"]).sort_values("origin").groupby(base)["origin"].agg(tuple)
    found = found.merge(surveys.rename("surveys").reset_index(), on=base).merge(origins.rename("origins").reset_index(), on=base)
    found["day"] = found.groupby(["school_id", "window"])["day"].transform("min")
    found = found[found.groupby("school_id")["day"].rank(method="dense", ascending=False) <= WINDOWS]
    found = found.sort_values(["school_id", "item", "day"], kind="stable", ignore_index=True)
    hidden = last.groupby(base)["withheld"].any() if "withheld" in last else pd.Series(dtype=bool)
    hidden = pd.MultiIndex.from_frame(found[base]).isin(hidden[hidden].index) if len(hidden) else False
    found["few"] = (found["n"] < _needed(found["middled"], found["named"], smallest_group)) | hidden
    found["scarce"] = (found["n"] < _needed(False, found["named"], smallest_group)) | hidden
    found["set"] = [
        str(RespondentSet.of(answered=row.item, school_id=row.origins, source=row.surveys, window=row.window))
        for row in found.itertuples()
    ]
    sides = _coded(found["favourable"], found["unfavourable"], found["n"], smallest_group)
    for name, (counts, bounds), hidden in zip(("favourable", "unfavourable"), sides, ("few", "scarce"), strict=True):
        found[name] = np.where(found[hidden], np.nan, counts)
        found[f"{name}_bound"] = np.where(found[hidden], EXACT, bounds)
    return found


def _coded(favourable, unfavourable, n, smallest_group: int):
    """Both sides as they may be shown: ((counts, bounds) of favourable, (counts, bounds) of unfavourable).

    Where the two leave no more in the middle than ``coding.kept``, the unfavourable count stands so much below what is left beside the
    favourable one, as "at least", whether the middle is empty or not. Where hardly anyone is left at all, "at most" what is left.
    """
    counted, bound = code_count(favourable, n, smallest_group)
    against, against_bound = code_count(unfavourable, n, smallest_group)
    few, rest = kept(smallest_group), n - counted
    empty, scant = rest - unfavourable <= few, rest <= 2 * few
    against = np.where(scant, rest, np.where(empty, rest - few, against))
    against_bound = np.where(scant, OR_LESS, np.where(empty, OR_MORE, against_bound))
    return (counted, bound), (against, against_bound)


def needed(ratings: pd.DataFrame, smallest_group: int) -> dict[tuple[str, str], int]:
    """How many must have rated an agreement in a month for its share to be shown, at most, by (school_id, item).

    Without a middle the favourable share tells how all answers spread: it needs ``RULES`` times the smallest group, as counts
    of spread do. Where a rating has no token, ``UNNAMED`` times as many. ratings: as for :func:`lived_by`.
    """
    flags = ratings.assign(named=ratings["person"].notna()).groupby(["school_id", "item"])[["between", "named"]].all()
    return {(str(school_id), str(item)): int(_needed(*row, smallest_group)) for (school_id, item), *row in flags.itertuples()}


def _needed(middled, named, smallest_group: int):
    return smallest_group * np.where(middled, 1, RULES["unfavourable"]) * np.where(named, 1, UNNAMED)


def newcombe(count: Sequence[int], n: Sequence[int], before: Sequence[int], n_before: Sequence[int], confidence: float = 0.95):
    """The interval of a difference of two shares of separate groups, count/n less before/n_before, as arrays (low, high).

    Newcombe (1998), Statistics in Medicine 17: 873-890, method 10: the hybrid of two score intervals.
    Raises ValueError for a count outside 0..n.
    """
    now, then = np.asarray(count) / np.asarray(n), np.asarray(before) / np.asarray(n_before)
    (low, high), (low_before, high_before) = wilson(count, n, confidence), wilson(before, n_before, confidence)
    gap = now - then
    return gap - np.hypot(now - low, high_before - then), gap + np.hypot(high - now, then - low_before)


def call(count: Sequence[int], n: Sequence[int], before: Sequence[int], n_before: Sequence[int], error: float = ERROR) -> np.ndarray:
    """1 for a rise that is called, -1 for a drop, 0 for what is not called, among the changes given together.

    Holm's (1979) step-down procedure over :func:`newcombe`: at each step an interval for the changes that are left, at
    ``error`` shared equally among them, calls those that leave out zero, until it calls none.
    """
    arrays = [np.asarray(numbers) for numbers in (count, n, before, n_before)]
    called = np.zeros(len(arrays[0]), dtype=int)
    while not called.all():
        left = np.flatnonzero(called == 0)
        low, high = newcombe(*(numbers[left] for numbers in arrays), confidence=1 - error / len(left))
        new = (low > 0).astype(int) - (high < 0).astype(int)
        if not new.any():
            break
        called[left] = new
    return called


def _rows(keys: pd.DataFrame, statistic: str, value, few: str, bound="", **columns) -> pd.DataFrame:
    """Rows of one statistic, rounded to whole numbers; few: the column that is True where too few stand behind it."""
    table = pd.DataFrame({"school_id": keys["school_id"], "wave": keys["window"], "scale": keys["scale"], "item": keys["item"]})
    table["statistic"] = statistic
    # a tie such as 62.5, computed as 62.49999999999999, must not fall to the other side
    table["value"] = np.round(np.round(np.asarray(value, dtype=float), 9)) + 0.0
    table["decimals"] = 0
    table["n"] = table["answered"] = keys["n"]
    table["set"] = keys["set"]
    table["other_set"] = columns.get("other_set", "")
    table["other_n"] = columns.get("other_n", 0)
    table["why"] = np.where(keys[few], FEW_PERSONS, "")
    table[BOUND] = bound
    return table[[*COLUMNS, BOUND]]


def _shares(counted: pd.DataFrame) -> pd.DataFrame:
    """Counts and shares of those favourable, with Wilson's interval of the coded count, and counts of those unfavourable.

    At an end the interval reaches as far beyond on that side as any count that stands at the end lets it.
    """
    low, high = wilson(counted["favourable"], counted["n"])
    spread, bound = counted[counted["between"]], counted["favourable_bound"]
    return pd.concat([
        _rows(counted, "favourable_count", counted["favourable"], "few", bound),
        _rows(counted, "favourable", 100 * counted["favourable"] / counted["n"], "few", bound),
        _rows(counted, "favourable_low", 100 * low, "few", bound.where(bound == OR_LESS, EXACT)),
        _rows(counted, "favourable_high", 100 * high, "few", bound.where(bound == OR_MORE, EXACT)),
        _rows(spread, "unfavourable", spread["unfavourable"], "scarce", spread["unfavourable_bound"]),
    ], ignore_index=True)  # fmt: skip


def _raters(ratings: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """Persons who rated any agreement in a month. None where a rating has no token: who stands behind it is not known."""
    base = ["school_id", "window"]
    if "origin" not in ratings:
        ratings = ratings.assign(origin=ratings["school_id"])
    kept = ratings.assign(window=ratings["date"].str[:7]).merge(counted[base].drop_duplicates(), on=base)
    known = kept[kept["person"].notna().groupby([kept[name] for name in base]).transform("all").astype(bool)]
    found = known.groupby(base).agg(n=("person", "nunique"), items=("item", set), surveys=("survey", set), origins=("origin", set)).reset_index()
    sets = [
        str(RespondentSet.of(answered=row.items, school_id=row.origins, source=row.surveys, window=row.window))
        for row in found.itertuples()
    ]
    return _rows(found.assign(scale="", item="", few=False, set=sets), "raters", found["n"], "few")


def _changes(counted: pd.DataFrame) -> pd.DataFrame:
    """From an agreement's first cleared month to its latest: the interval, and whether the change is called in its school.

    From the coded counts. Two that stand at the same end have no change: which way it went cannot be seen.
    """
    place = ["school_id", "scale"]
    cleared = counted[~counted["few"]]
    first = cleared.drop_duplicates(place)
    latest = cleared.drop_duplicates(place, keep="last")
    both = latest.merge(first, on=place, suffixes=("", "_before"))
    now, then = both["favourable_bound"], both["favourable_bound_before"]
    both = both[(both["window"] != both["window_before"]) & ((now == EXACT) | (now != then))].reset_index(drop=True)
    if both.empty:
        return pd.DataFrame(columns=[*COLUMNS, BOUND])
    numbers = [both[name].to_numpy() for name in ("favourable", "n", "favourable_before", "n_before")]
    low, high = (np.round(np.round(100 * limit, 9)) for limit in newcombe(*numbers))
    more = (both["favourable_bound"] == OR_MORE) | (both["favourable_bound_before"] == OR_LESS)
    less = (both["favourable_bound"] == OR_LESS) | (both["favourable_bound_before"] == OR_MORE)
    called = np.zeros(len(both), dtype=int)
    for places in both.groupby("school_id", sort=False).indices.values():
        called[places] = call(*(array[places] for array in numbers))
    # what is called on the coded counts is the more true of the counts themselves; else it is not called
    called = np.where(((called > 0) & (low > 0) & ~less) | ((called < 0) & (high < 0) & ~more), called, 0)
    against = {"other_set": both["set_before"], "other_n": both["n_before"]}
    return pd.concat([
        _rows(both, "change_low", low, "few", np.where(less, OR_LESS, EXACT), **against),
        _rows(both, "change_high", high, "few", np.where(more, OR_MORE, EXACT), **against),
        _rows(both, "change_called", called, "few", **against),
    ], ignore_index=True)  # fmt: skip
