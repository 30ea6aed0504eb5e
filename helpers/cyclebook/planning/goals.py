"""Where a goal starts from: the points of a measure before the start, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook.reading import shown

if TYPE_CHECKING:
    from cyclebook.parameters import Measure

FEWEST = 6  #: with fewer points before the start nothing is said about how much they go up and down


@dataclass(frozen=True)
class Baseline:
    """The points of one school before the start: how many, their median and mean, and their standard deviation.

    ``mean`` is rounded as the points are shown; ``median`` has one digit more (``digits``) where it lies between two of them.
    ``sd`` is None below ``FEWEST`` points; everything is None for no point.
    """

    points: int
    median: float | None
    digits: int
    mean: float | None
    sd: float | None


def points(series: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """The points of one measure: school_id, date (ISO), value (as shown), n (persons; 0 where none are counted or known).

    series: the tidy table (``cyclebook.tables``). A share or a rate without a denominator above 0 is no point. A measure on
    people's answers has as many persons as its denominator (a share), or as the column ``persons`` says.
    """
    own = series[series["measure"] == measure.id]
    ratio = measure.type in ("share", "rate")
    value = own["numerator"] / own["denominator"].where(own["denominator"] > 0) if ratio else own["value"]
    persons = own["denominator"] if measure.type == "share" else own["persons"]
    n = persons.fillna(0) if measure.people else 0
    found = pd.DataFrame({"school_id": own["school_id"], "date": own["date"], "value": value * measure.multiply, "n": n})
    found = found[np.isfinite(found["value"])].astype({"n": int})
    found["value"] = [float(shown(number, measure.decimals)) for number in found["value"]]
    return found.sort_values(["school_id", "date"], kind="stable", ignore_index=True)


def baseline(values: Sequence[float], decimals: int) -> Baseline:
    """What the values of the points before the start, as shown with ``decimals`` digits, come to."""
    found = np.asarray(values, dtype=float)
    if not len(found):
        return Baseline(0, None, decimals, None, None)
    median = round(float(np.median(found)), decimals + 1)
    digits = decimals if round(median, decimals) == median else decimals + 1
    sd = float(found.std(ddof=1)) if len(found) >= FEWEST else None
    return Baseline(len(found), median, digits, float(shown(float(found.mean()), decimals)), sd)


def planned_points(start: date | None, last: date | None, every: int) -> int | None:
    """How many points the plan allows for from ``start`` to ``last``, both days counted; None where a day is missing.

    A part of an interval of half its length or more counts as one.
    """
    if start is None or last is None or last < start:
        return None
    return max(1, math.floor(((last - start).days + 1) / every + 0.5))
