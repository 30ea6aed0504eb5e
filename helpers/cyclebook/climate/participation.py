"""How many answered, out of how many, and whether that is enough to show a score."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

_TYPES = {
    "survey": "str",
    "school_id": "str",
    "wave": "str",
    "answered": "int64",
    "head_count": "Int64",
    "rate": "Float64",
}


def wilson(count: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> tuple[Any, Any]:
    """Wilson's (1927) score interval of a share, count of n, as (low, high) in 0..1; nan where n is 0.

    Numbers or arrays of one shape. Raises ValueError for a count outside 0..n or a confidence that is not between 0 and 1.
    """
    count, n = np.asarray(count, dtype="float64"), np.asarray(n, dtype="float64")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}: give a share between 0 and 1, for example 0.95")
    if np.any(count < 0) or np.any(count > n):
        raise ValueError("a count must lie between 0 and its n")
    z2 = ndtri(0.5 + confidence / 2) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (count + z2 / 2) / (n + z2)
        half = np.sqrt(z2 * (count * (n - count) / n + z2 / 4)) / (n + z2)
    low = np.where(count == 0, np.where(n > 0, 0.0, np.nan), centre - half)  # exact ends, free of rounding
    high = np.where(count == n, np.where(n > 0, 1.0, np.nan), centre + half)
    return (float(low), float(high)) if low.ndim == 0 else (low, high)


def response(responses: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Response rate of each survey in each school and wave: survey, school_id, wave, answered, head_count, rate.

    `answered`: persons (rows) with at least one answer, in schools that nobody answered from 0. `head_count` (Int64): from the
    roster, missing where it has nothing; a person listed twice in a school counts once there, one listed in two schools in
    both. `rate` (Float64): answered/head_count, missing without a head count, above 1 where more answered than are listed.
    A row for every school that answered or is on the roster, in the waves in which the survey was answered by anyone.
    Ordered by survey, school_id, wave.
    """
    place = ["school_id", "wave"]
    answered = responses.groupby(["survey", *place])["row"].nunique().rename("answered").reset_index()
    heads = head_counts(roster)
    held = answered[["survey", "wave"]].drop_duplicates()
    expected = held.merge(heads, on="wave")
    table = answered.merge(expected, on=["survey", *place], how="outer")
    table["answered"] = table["answered"].fillna(0)
    table["head_count"] = table["head_count"].astype("Int64")
    known = table["head_count"].where(table["head_count"] > 0)
    table["rate"] = table["answered"] / known
    return table[list(_TYPES)].astype(_TYPES).sort_values(["survey", *place], ignore_index=True)


def head_counts(roster: pd.DataFrame) -> pd.DataFrame:
    """The persons on the roster of each school and wave: school_id, wave, head_count. Listed twice in a school counts once there."""
    place = ["school_id", "wave"]
    named = roster["person"].notna()
    persons = roster[named].drop_duplicates([*place, "person"])
    return pd.concat([persons, roster[~named]]).groupby(place)["head_count"].sum().reset_index()


def gate(answered: int, head_count: int | None, rate_needed: float, answers_needed: int) -> str:
    """Whether a school's scores may be shown: "open", or why not, "few answers" or "low rate".

    Both are needed: `answers_needed` answers, and `rate_needed` (0..1) of the head count. Without a head count (None, missing
    or 0) the number of answers decides alone.
    """
    if answered < answers_needed:
        return "few answers"
    if head_count is None or pd.isna(head_count) or head_count == 0:
        return "open"
    # in decimals: .55 of 100 staff are 55 answers, not 55.000000000000007
    return "open" if answered >= Decimal(repr(rate_needed)) * int(head_count) else "low rate"
