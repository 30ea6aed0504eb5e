"""Where a goal starts from: the points of a measure before the start, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from cyclebook.parameters import Measure

FEWEST = 6  #: with fewer points before the start nothing is said about how much they go up and down


@dataclass(frozen=True)
class Baseline:
    """The points of one school before the start: how many, their median and mean (rounded as shown), and standard deviation.

    ``sd`` is None below ``FEWEST`` points. None and 0 for no point.
    """

    points: int
    median: float | None
    mean: float | None
    sd: float | None


def points(series: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """The points of one measure: school_id, date (ISO), value (as shown, not rounded), n (persons; 0 where none are counted).

    series: the tidy table (``cyclebook.tables``). A share or a rate without a denominator above 0 is no point. A measure on
    people's answers has as many persons as the column ``persons`` says, else as its denominator; none where neither is given.
    """
    own = series[series["measure"] == measure.id]
    value = own["numerator"] / own["denominator"].where(own["denominator"] > 0) if measure.type in ("share", "rate") else own["value"]
    n = own["persons"].fillna(own["denominator"]).fillna(0) if measure.people else 0
    found = pd.DataFrame({"school_id": own["school_id"], "date": own["date"], "value": value * measure.multiply, "n": n})
    found = found[np.isfinite(found["value"])].astype({"n": int})
    return found.sort_values(["school_id", "date"], kind="stable", ignore_index=True)


def baseline(values: Sequence[float], decimals: int) -> Baseline:
    """What the values of the points before the start come to; median and mean rounded to ``decimals``, half to even."""
    found = np.asarray(values, dtype=float)
    if not len(found):
        return Baseline(0, None, None, None)
    sd = float(found.std(ddof=1)) if len(found) >= FEWEST else None
    median, mean = (round(round(float(number), 9), decimals) + 0.0 for number in (np.median(found), found.mean()))
    return Baseline(len(found), median, mean, sd)


def planned_points(start: date | None, last: date | None, every: int) -> int | None:
    """How many points the plan allows for from ``start`` to ``last``, both days counted; None where a day is missing.

    A part of an interval of half its length or more counts as one.
    """
    if start is None or last is None or last < start:
        return None
    return max(1, math.floor(((last - start).days + 1) / every + 0.5))
