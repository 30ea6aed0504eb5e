"""Shares of people at schools, each beside the district's: the form in which most evidence beside surveys is shown.

A share is a count over a number of persons ("six of 40 staff left"). Each school's is steadied by the others' before the two are compared,
so that luck at a small school is not taken for news (``pooling.steady``), and an estimate stands beside it for as many schools as allow one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cyclebook.climate import participation, pooling
from cyclebook.climate.coded import bound
from cyclebook.climate.rows import rows
from cyclebook.privacy import coding
from cyclebook.privacy.protect import FEW_PERSONS
from cyclebook.privacy.sets import RespondentSet

FEWEST_SCHOOLS = 3  #: to steady at all
#: Statistics of a share, as rows name them. part: the count; share: percent, with its range; gap: the school's steadied share less the district's, percentage points.
PART, SHARE, LOW, HIGH, GAP_LOW, GAP_HIGH, SCHOOLS = "part", "share", "share_low", "share_high", "gap_low", "gap_high", "schools"
OWN = (PART, SHARE, LOW, HIGH, GAP_LOW, GAP_HIGH)


def shares(found: pd.DataFrame, indicator: str, source: str, smallest_group: int, *, coded: bool, fewest: int | None = None) -> pd.DataFrame:
    """Rows of statistics (``privacy.protect.COLUMNS``) of one kind of share, not yet protected.

    found: columns school_id, period, item ("" or what it is a share on), part and whole (whole numbers; part persons of whole), one row for
    each school, period and item. indicator: the ``scale`` of the rows; source: the key of the respondent sets. coded: whether a count of
    nearly none or nearly all is brought to an end (``privacy.coding``), which is so wherever what a person did is not known to everyone.
    fewest: the persons from whom on a school is shown, smallest_group where not given.

    Of these schools: part, share (percent) with Wilson's 95 % interval, and where three schools or more stand,
    gap_low and gap_high, the ends of the 95 % interval of the steadied share less the district's. The district's share is the mean over
    these schools. The variance of a share is that of the district's share with the school's own number of persons: that of none
    out of few is not nothing.
    """
    tables = []
    for (period, item), group in found.groupby(["period", "item"], sort=False):
        tables += _of_one(group.reset_index(drop=True), indicator, source, str(period), str(item), smallest_group, coded, fewest or smallest_group)
    return pd.concat(tables, ignore_index=True) if tables else rows(_keys(found.head(0).assign(n=0), indicator, source, "", ""), PART, [], 0)


def _keys(group: pd.DataFrame, indicator: str, source: str, period: str, item: str) -> pd.DataFrame:
    base = {"answered": item} if item else {}
    sets = [str(RespondentSet.of(source=source, window=period or "all", school_id=school, **base)) for school in group["school_id"]]
    return group.assign(wave=period, scale=indicator, item=item, set=pd.Series(sets, group.index, dtype="str"), why="")


def _of_one(group: pd.DataFrame, indicator: str, source: str, period: str, item: str, smallest_group: int, coded: bool, fewest: int) -> list[pd.DataFrame]:
    group = group[group["whole"] > 0].assign(n=lambda table: table["whole"].astype("int64"))
    keys = _keys(group, indicator, source, period, item)
    clear = (keys["n"] >= fewest).to_numpy()
    keys["why"] = keys["why"].mask(~clear, FEW_PERSONS)
    count, at = keys["part"].to_numpy(dtype="float64"), np.full(len(keys), "", dtype=object)
    if coded:
        count, at = coding.code_count(count, keys["n"], smallest_group)
    low, high = (100 * end for end in participation.wilson(np.nan_to_num(count), keys["n"].to_numpy()))
    more, less = at == coding.OR_MORE, at == coding.OR_LESS
    columns = {"item": item}
    tables = [
        rows(keys, PART, count, 0, bound=at, **columns),
        rows(keys, SHARE, 100 * count / keys["n"], 0, bound=at, **columns),
        rows(keys, LOW, low, 0, bound=np.where(less & (np.round(low) > 0), coding.OR_LESS, ""), **columns),
        rows(keys, HIGH, high, 0, bound=np.where(more & (np.round(high) < 100), coding.OR_MORE, ""), **columns),
    ]
    if clear.sum() < FEWEST_SCHOOLS:
        return tables
    known = keys[clear].assign(share=100 * count[clear] / keys["n"][clear], up=more[clear], down=less[clear])
    middle = float(np.clip(count[clear].sum() / known["n"].sum(), 0.5 / known["n"].sum(), 1 - 0.5 / known["n"].sum()))
    variance = 100**2 * middle * (1 - middle) / known["n"]
    found = pooling.steady(known["share"], variance)
    union = {} if clear.all() else {"school_id": list(known["school_id"])}
    base = {"answered": item} if item else {}
    whole = str(RespondentSet.of(source=source, window=period or "all", **union, **base))
    against = {"other_set": whole, "other_n": int(known["n"].sum()), **columns}
    # a steadied share lies between none and all
    low, high = np.maximum(found.schools["difference_low"], -found.mu), np.minimum(found.schools["difference_high"], 100 - found.mu)
    up, down = known["up"].to_numpy(dtype=bool), known["down"].to_numpy(dtype=bool)
    district = known.head(1).assign(school_id="", set=whole, n=int(known["n"].sum()), why="")
    # what is left open at the ends is told of the district's share where it may move it by half a percent
    loose = [float((side * coding.kept(smallest_group) * 100 / known["n"]).sum() / len(known)) >= 0.5 for side in (up, down)]
    return [
        *tables,
        rows(known, GAP_LOW, low, 1, bound=bound(False & up, down), **against),
        rows(known, GAP_HIGH, high, 1, bound=bound(up, False & down), **against),
        rows(district, SHARE, [found.mu], 0, bound=bound(*(np.array([side]) for side in loose)), **columns),
        rows(district, SCHOOLS, [len(known)], 0, **columns),
    ]


def counts(found: pd.DataFrame, indicator: str, statistic: str, *, decimals: int = 0) -> pd.DataFrame:
    """Rows of a number that stands on nobody's answers and tells nothing of persons: columns school_id, period, item, value."""
    keys = found.rename(columns={"period": "wave"}).assign(scale=indicator, n=0, set="", why="")
    return rows(keys, statistic, keys["value"], decimals, item=keys["item"])


def latest(periods: Sequence[str], known: set[str]) -> str:
    """The latest of the periods in their order that is among the known ones; "" without any."""
    return next((period for period in reversed(periods) if period in known), "")
