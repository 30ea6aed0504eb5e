"""Rows of statistics of a staff survey, rounded as shown and not yet protected."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cyclebook.privacy.protect import BOUND, COLUMNS

KEYS = ["survey", "school_id", "wave", "scale"]


def rows(keys: pd.DataFrame, statistic: str, value, decimals: int, **columns) -> pd.DataFrame:
    """Rows of one statistic, rounded as shown; columns not named are taken from ``keys`` or empty."""
    table = pd.DataFrame({"school_id": keys["school_id"], "wave": keys["wave"], "scale": keys["scale"]})
    table["item"] = columns.get("item", "")
    table["statistic"] = statistic
    # a tie such as 3.75, computed as 3.7499999999999996, must not fall to the other side
    table["value"] = rounded(value, decimals)
    table["decimals"] = decimals
    table["n"] = columns.get("n", keys["n"])
    table["answered"] = columns.get("answered", table["n"])
    table["set"] = columns.get("set", keys["set"])
    table["other_set"] = columns.get("other_set", "")
    table["other_n"] = columns.get("other_n", 0)
    table["why"] = columns.get("why", keys["why"])
    table[BOUND] = columns.get(BOUND, "")
    return table[[*COLUMNS, BOUND]]


def rounded(value, decimals: int) -> np.ndarray:
    """Numbers as shown."""
    return np.round(np.round(np.asarray(value, dtype=float), 9), decimals) + 0.0


def of_district(means: pd.DataFrame) -> pd.DataFrame:
    """The district's own row for each survey, wave and scale."""
    one = means.drop_duplicates(["survey", "wave", "scale"]).copy()
    return one.assign(school_id="", set=one["district_set"], n=one["district_n"], why="")
