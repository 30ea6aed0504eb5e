"""How many answers are favourable and unfavourable, of whole scales and of single items, never shown as none or as all.

Counts are coded by the number of answers alone (``privacy.coding``), and shares and their intervals are made from the coded counts.
How many answers lie in the middle is no statistic, and cannot be computed where the number is small: what is not favourable is coded by
itself, so that an empty middle looks like one with ``coding.kept`` persons in it.

Of few persons, an average and a count of the same scores leave little open: eight persons who average 3.6, seven or more of them favourable,
gave one answer of 1 and seven of 4 (on one question). So shares of whole scales, and of single questions where the scale has
few different scores, are shown from twice the smallest group up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook.climate import participation
from cyclebook.climate.coded import bound
from cyclebook.climate.rows import KEYS, of_district, rows
from cyclebook.privacy import coding
from cyclebook.privacy.protect import FEW_PERSONS

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

SEEN = 0.5  #: percent: from so much on, what is left open of a district's share is seen in it


def of_scales(means: pd.DataFrame, answers: pd.DataFrame, scales: Mapping[str, Scale], smallest_group: int) -> list[pd.DataFrame]:
    """Share of persons whose own mean on the scale is favourable, with Wilson's interval."""
    cut = _cut(scales)
    answers = answers[answers["scale"].isin(cut.index)]
    if answers.empty:
        return []
    persons = answers.groupby([*KEYS, "row"], sort=False)["value"].mean().reset_index()
    persons["favourable"] = persons["value"] >= persons["scale"].map(cut) - 1e-9
    counts = persons.groupby(KEYS, sort=False)["favourable"].agg(count="sum", answered="size").reset_index()
    keys = means.merge(counts, on=KEYS)
    keys["few"] = keys["answered"] < 2 * smallest_group
    keys["count"], keys["at"] = coding.code_count(keys["count"], keys["answered"], smallest_group)
    return [*_of_schools(keys), *_of_district(means, keys, [], smallest_group)]


def of_items(means: pd.DataFrame, answers: pd.DataFrame, scales: Mapping[str, Scale], smallest_group: int) -> list[pd.DataFrame]:
    """Answers to each item, after reversing: favourable, unfavourable, and the district's share.

    means: with the column `several` of ``coded.several_scores``.
    """
    cut = _cut(scales)
    # the mirror of the favourable cut: on a 1 to 5 scale with 4 and 5 favourable, 1 and 2 are unfavourable
    mirror = pd.Series({scale: scales[scale].low + scales[scale].high - scales[scale].favourable for scale in cut.index})
    items = answers[answers["scale"].isin(cut.index)]
    if items.empty:
        return []
    favourable = items["value"] >= items["scale"].map(cut)
    unfavourable = (items["value"] <= items["scale"].map(mirror)) & ~favourable
    marked = items.assign(favourable=favourable, unfavourable=unfavourable)
    counts = (
        marked.groupby([*KEYS, "item"], sort=False)
        .agg(count=("favourable", "sum"), unfavourable=("unfavourable", "sum"), answered=("value", "size"))
        .reset_index()
    )
    keys = means.merge(counts, on=KEYS)
    keys["few"] = (keys["answered"] < 2 * smallest_group) & ~keys["several"].astype(bool)
    keys["count"], keys["at"] = coding.code_count(keys["count"], keys["answered"], smallest_group)
    against, at = of_the_rest(keys["unfavourable"], keys["answered"] - keys["count"], smallest_group)
    return [
        *_of_schools(keys, item=keys["item"]),
        rows(keys, "unfavourable", against, 0, item=keys["item"], answered=keys["answered"], bound=at),
        *_of_district(means, keys, ["item"], smallest_group),
    ]


def of_the_rest(count: pd.Series, rest: pd.Series, smallest_group: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of unfavourable answers brought between ends, and what stands beside each ("", "more" or "less").

    rest: the answers that are not among the favourable ones as shown; nan where nothing is shown. With r of them, the count is shown
    from ``kept`` to r - ``kept``; then neither it nor the rest of the rest, the middle, can be seen to be empty. Where r is
    too small for that, r itself is the most, which says no more than the favourable count.
    """
    few, rest = coding.kept(smallest_group), np.asarray(rest, dtype="float64")
    count = np.asarray(count, dtype="float64")
    narrow = rest <= 2 * few
    at = np.where(narrow | (count <= few), coding.OR_LESS, np.where(count >= rest - few, coding.OR_MORE, coding.EXACT))
    coded = np.where(narrow, rest, np.clip(count, few, np.maximum(rest - few, few)))
    clear = np.isfinite(rest)
    return np.where(clear, coded, np.nan), np.where(clear, at, coding.EXACT)


def _cut(scales: Mapping[str, Scale]) -> pd.Series:
    """The least favourable value of each scale that has one."""
    return pd.Series({scale.id: scale.favourable for scale in scales.values() if scale.favourable is not None}, dtype=float)


def _of_schools(keys: pd.DataFrame, **columns) -> list[pd.DataFrame]:
    """The coded count, its share and Wilson's interval, whose end on the side of what is not known is open, too. Not where `few`."""
    answered, more, less = keys["answered"], keys["at"] == coding.OR_MORE, keys["at"] == coding.OR_LESS
    low, high = (100 * end for end in participation.wilson(keys["count"].to_numpy(), answered.to_numpy()))
    columns |= {"answered": answered, "why": keys["why"].mask(keys["few"], FEW_PERSONS)}
    return [
        rows(keys, "favourable_count", keys["count"], 0, bound=keys["at"], **columns),
        rows(keys, "favourable", 100 * keys["count"] / answered, 0, bound=keys["at"], **columns),
        rows(keys, "favourable_low", low, 0, bound=np.where(less & (np.round(low) > 0), coding.OR_LESS, ""), **columns),
        rows(keys, "favourable_high", high, 0, bound=np.where(more & (np.round(high) < 100), coding.OR_MORE, ""), **columns),
    ]


def _of_district(means: pd.DataFrame, keys: pd.DataFrame, item: list[str], smallest_group: int) -> list[pd.DataFrame]:
    """The share over the cleared schools, from their counts as shown.

    It stands as "or more" ("or less") where what the counts of schools leave open may move it by half a percent or more, to that side alone.
    It is not shown where, less the counts of all others, it would give those of the few whose own are not: where these are fewer than
    twice smallest_group.
    """
    cleared = keys[keys["cleared"] & keys["count"].notna()]
    cleared = cleared.assign(more=cleared["at"] == coding.OR_MORE, less=cleared["at"] == coding.OR_LESS,
                             untold=cleared["answered"].where(cleared["few"], 0))  # fmt: skip
    by = ["survey", "wave", "scale", *item]
    total = cleared.groupby(by, sort=False).agg(
        count=("count", "sum"), answered=("answered", "sum"), more=("more", "sum"), less=("less", "sum"),
        untold=("untold", "sum"),
    )
    district = of_district(means[means["cleared"]]).merge(total.reset_index(), on=["survey", "wave", "scale"])
    loose = 100 * coding.kept(smallest_group) / district["answered"]
    at = bound(loose * district["more"] >= SEEN, loose * district["less"] >= SEEN)
    untold = district["untold"]
    follows = (untold > 0) & (untold < 2 * smallest_group)
    columns = {name: district[name] for name in item} | {"answered": district["answered"], "bound": at, "why": district["why"].mask(follows, FEW_PERSONS)}
    return [rows(district, "favourable", 100 * district["count"] / district["answered"], 0, **columns)]
