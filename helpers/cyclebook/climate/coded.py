"""How high and how low averages and spreads of a staff survey are shown (``privacy.coding``), right after they are computed.

All later numbers (intervals, steadied averages, changes, averages of the district) are made from what is left then, so that none of them
tells more than the page of the school does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cyclebook.climate.rows import rounded
from cyclebook.privacy import coding

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

#: Of a scale of which fewer different scores occur, nothing is shown that one school's own spread goes into: beside an average, a
#: spread leaves of 20 to 40 persons who can give only a few answers often one single way in which they can have answered. From a dozen
#: scores on (three questions with five answers have 13) there are many.
FEWEST_SCORES = 12


def ranges(scales: Mapping[str, Scale], scores: pd.DataFrame) -> pd.DataFrame:
    """The range of each scale that was scored, in its units, and the digits that are shown: low, high, decimals by scale id.

    The range is what the codebook declares; for a scale that came as finished scores of unknown range, that of all scores of the
    district over all waves, widened outward (:func:`widened`): the ends of what is shown would tell the lowest and the highest score.
    A scale of which all scores are alike has no range then (low equals high) and shows no average.
    """
    found = scores.groupby("scale")["score"].agg(low="min", high="max")
    for scale in found.index:
        if scales[scale].low is not None and scales[scale].high is not None:
            found.loc[scale, ["low", "high"]] = scales[scale].low, scales[scale].high
        else:
            found.loc[scale, ["low", "high"]] = widened(*found.loc[scale, ["low", "high"]])
    found["decimals"] = [decimals(scales[scale], scores) for scale in found.index]
    return found


def widened(low: float, high: float) -> tuple[float, float]:
    """Both moved outward to multiples of the power of ten in high - low: 1.17 and 4.0 to 1 and 4. As they are where they are equal."""
    if not high > low:
        return low, high
    power = math.floor(math.log10(high - low))
    unit = 10.0**power
    # what is left of a division must not push an end to the next step
    return round(math.floor(round(low / unit, 9)) * unit, max(0, -power)), round(math.ceil(round(high / unit, 9)) * unit, max(0, -power))


def several_scores(scales: Mapping[str, Scale], scores: pd.DataFrame, answers: pd.DataFrame) -> pd.Series:
    """Whether at least ``FEWEST_SCORES`` different scores occur in the district, over all waves (bool by scale id).

    scores, answers: of ``scales.score`` and ``scales.item_answers``. Where the answers are known, counted are the plain means of persons who
    answered as many questions as anyone did: what others left out makes more different means, but not of the many.
    """
    persons = answers.groupby(["scale", "survey", "school_id", "wave", "row"], sort=False)["value"].agg(["mean", "size"])
    whole = persons["size"] == persons.groupby(level="scale")["size"].transform("max")
    asked = persons.loc[whole, "mean"].round(9).groupby(level="scale").nunique()
    given = scores["score"].round(9).groupby(scores["scale"]).nunique()
    return pd.Series({scale: asked.get(scale, count) if scales[scale].column is None else count for scale, count in given.items()}) >= FEWEST_SCORES


def decimals(scale: Scale, scores: pd.DataFrame) -> int:
    """Digits after the point that are worth showing: tenths on a 1 to 5 scale."""
    if scale.low is not None:
        width = scale.high - scale.low
    else:
        width = 4 * scores.loc[scores["scale"] == scale.id, "score"].std()
    return max(0, 1 - math.floor(math.log10(width / 2))) if width > 0 else 1


def code_means(means: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Levels with the average between its ends, where it stands at one, and the least standard deviation that may be shown as a school's own.

    means: columns n, mean, sd, low, high, decimals (of ``ranges``), each row one school (or union), wave and scale. Adds `up` and `down`:
    whether the average before coding may lie above or below the one that is left; and `least_sd`. `sd` stays as it is, for the pooled one.
    The average is rounded to the digits in which it is shown: what is computed from more digits (differences, steadied averages) gives
    them away, as everybody can compute the same.
    `mean` and `least_sd` are nan for fewer than smallest_group persons, and where the scale has no range.
    """
    found = means.assign(up=False, down=False)
    found[["mean", "least_sd"]] = np.nan
    for (low, high, places), here in means.groupby(["low", "high", "decimals"]):
        if not high > low:
            continue
        value, bound = coding.code(here["mean"], here["n"], smallest_group, low, high, int(places))
        found.loc[here.index, "mean"] = rounded(value, int(places))
        found.loc[here.index, "up"], found.loc[here.index, "down"] = bound == coding.OR_MORE, bound == coding.OR_LESS
        found.loc[here.index, "least_sd"] = coding.least_spread(here["n"], smallest_group, low, high)
    return found


def with_rounding(standard_error: ArrayLike, places: ArrayLike) -> np.ndarray:
    """The standard error of an average that was rounded to so many digits: its own, and that of a number spread evenly over one step.

    The variance of the latter is step²/12, as in Sheppard's correction.
    """
    return np.hypot(np.asarray(standard_error, dtype=float), 10.0 ** -np.asarray(places, dtype=float) / math.sqrt(12))


def hidden(levels: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """How far the average before coding may lie above and below the one that is left, at most, in the scale's units; 0 where it is exact."""
    return (levels["high"] - levels["mean"]).where(levels["up"], 0.0), (levels["mean"] - levels["low"]).where(levels["down"], 0.0)


def bound(up: ArrayLike, down: ArrayLike) -> np.ndarray:
    """The column ``bound`` of numbers that may be larger (up) or smaller (down) than shown; empty where both or neither may be."""
    up, down = np.asarray(up, dtype=bool), np.asarray(down, dtype=bool)
    return np.where(up & ~down, coding.OR_MORE, np.where(down & ~up, coding.OR_LESS, coding.EXACT))
