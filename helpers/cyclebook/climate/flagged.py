"""The district's averages with and without the responses that were flagged as given alike throughout, very fast or twice.

Nobody is left out of any other number. For a school nothing of the kind is made: of its few flagged persons a second average
would tell too much, by subtraction from the first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook.climate.coded import code_means, ranges, several_scores
from cyclebook.climate.estimate import FEWEST_SCHOOLS, _levels, _means, _of as _of_places
from cyclebook.climate.rows import of_district, rows as _rows
from cyclebook.climate.scales import item_answers, score
from cyclebook.privacy import RespondentSet
from cyclebook.privacy.protect import COLUMNS, FEW_PERSONS
from cyclebook.tables import DOUBTS

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

PLACE = ["survey", "school_id", "wave"]
#: Kinds that say that a person may stand behind two responses.
REPEATS = ("duplicate", "duplicate_but_time")


def having(respondents: pd.DataFrame, kinds: tuple[str, ...] = tuple(DOUBTS)) -> pd.Series:
    """Which responses carry a flag of any of these kinds (bool, as `respondents`)."""
    wanted = set(kinds)
    return respondents["flags"].map(lambda text: not wanted.isdisjoint(text.split("|"))).astype(bool)


def compare(
    responses: pd.DataFrame, respondents: pd.DataFrame, scales: Mapping[str, Scale], smallest_group: int, published: bool = False,
    withheld: Collection[tuple[str, str, str]] = (),
) -> pd.DataFrame:
    """The average of each survey, wave and scale with all and without the flagged responses, where any is flagged.

    responses, respondents: tidy tables. Only schools with at least `smallest_group` scored persons enter, as in all numbers of the
    district, and the same ones on both sides. Gives survey, wave, scale, decimals, scored, flagged (responses of them), persons
    (of the flagged: at least so many, repeats not counted), mean, without (means of schools as `pooling.steady` has them,
    themselves not rounded; NaN with fewer than three schools), mean_persons, without_persons (plain means over persons), set, whole (whether
    these are all schools of the district's own mean).
    published: for what others see. Then averages of schools are brought between the ends of what is shown and rounded as shown (``coded``), and a school enters only as `_clear` says, and both means are NaN, the counts those of
    everyone, where fewer than three schools or too few persons are left or none of them is flagged, or where the counts of
    the other schools would follow from `statistics` and are of few.
    """
    columns = ["survey", "wave", "scale", "decimals", "scored", "flagged", "persons", "mean", "without", "mean_persons", "without_persons",
               "set", "whole"]  # fmt: skip
    marked = having(respondents)
    doubtful = respondents.loc[marked, "row"]
    if doubtful.empty:
        return pd.DataFrame(columns=columns)
    repeats = set(respondents.loc[having(respondents, REPEATS), "row"])
    touched = respondents.loc[respondents["row"].isin(doubtful), ["survey", "wave"]].drop_duplicates()
    answers = responses.merge(touched, on=["survey", "wave"])
    scores = score(answers, scales)
    fewer = score(answers[~answers["row"].isin(doubtful)], scales)
    several = several_scores(scales, score(responses, scales), item_answers(responses, scales))
    found_ranges = ranges(scales, scores).assign(several=several)
    means = _means(scores, scores[PLACE].drop_duplicates().assign(gate=""), smallest_group, withheld).join(found_ranges, on="scale")
    means = code_means(means, smallest_group) if published else means.assign(up=False, down=False, least_sd=0.0)
    sides = _sides_of_schools(respondents.assign(flagged=marked, repeat=respondents["row"].isin(repeats)))
    sides = sides[~_of_places(sides, withheld)]
    found = []
    for (survey, wave, scale), group in means.groupby(["survey", "wave", "scale"], sort=False):
        cleared = group[group["cleared"]].assign(why="")
        own = _of(scores, survey, wave, scale, cleared)
        rest = _of(fewer, survey, wave, scale, cleared)
        flagged = own.loc[own["row"].isin(doubtful), "row"]
        if flagged.empty or rest.empty and not published:
            continue
        base, text, hidden = cleared, of_district(cleared)["set"].iloc[0], False
        if published:
            by_school = _sides_of_schools(own.assign(flagged=own["row"].isin(doubtful), repeat=own["row"].isin(repeats)))
            clear = by_school[_clear(by_school, smallest_group)]
            base = cleared[cleared["school_id"].isin(clear["school_id"])]
            others = sides[(sides["survey"] == survey) & (sides["wave"] == wave) & ~sides["school_id"].isin(base["school_id"])]
            others = others[others["responses"] >= smallest_group]  # of the rest `statistics` counts nobody
            hidden = len(base) < FEWEST_SCHOOLS or clear["persons"].sum() < smallest_group
            hidden |= bool(others["flagged"].any() and others["persons"].sum() < smallest_group)
            hidden |= 0 < others["unflagged"].sum() < smallest_group
            if not hidden:
                own, rest = (table[table["school_id"].isin(base["school_id"])] for table in (own, rest))
                flagged = own.loc[own["row"].isin(doubtful), "row"]
                union = {} if len(base) == len(group) else {"school_id": list(base["school_id"])}
                text = str(RespondentSet.of(source=survey, wave=wave, answered=scale, **union))
        left = rest.groupby("school_id", sort=False)["score"].agg(n="size", mean="mean", sd="std").reset_index().assign(cleared=True)
        left = left.assign(**found_ranges.loc[scale], up=False, down=False, least_sd=0.0)
        left = code_means(left, smallest_group) if published else left
        levels = (np.nan, np.nan) if hidden else (_level(base, smallest_group), _level(left, smallest_group))
        plain = (np.nan, np.nan) if hidden else (own["score"].mean(), rest["score"].mean())
        found.append((
            survey, wave, scale, int(found_ranges.loc[scale, "decimals"]), len(own), len(flagged), int((~flagged.isin(repeats)).sum()),
            *levels, *plain, text, len(base) == len(cleared),
        ))  # fmt: skip
    return pd.DataFrame(found, columns=columns)


def _sides_of_schools(rows: pd.DataFrame) -> pd.DataFrame:
    """By survey, wave and school: responses, flagged, persons (of the flagged, repeats not counted), unflagged.

    rows: one a response, with the columns `flagged` and `repeat` (bool).
    """
    flagged = rows["flagged"]
    counted = rows[PLACE].assign(responses=1, flagged=flagged.astype(int), persons=(flagged & ~rows["repeat"]).astype(int), unflagged=(~flagged).astype(int))
    return counted.groupby(PLACE, sort=False).sum().reset_index()


def _clear(sides: pd.DataFrame, smallest_group: int) -> pd.Series:
    """In which schools neither the flagged nor the others are few: with few, the pair of means would give them away by subtraction."""
    return (sides["unflagged"] >= smallest_group) & ((sides["flagged"] == 0) | (sides["persons"] >= smallest_group))


def _of(scores: pd.DataFrame, survey: str, wave: str, scale: str, schools: pd.DataFrame) -> pd.DataFrame:
    here = (scores["survey"] == survey) & (scores["wave"] == wave) & (scores["scale"] == scale)
    return scores[here & scores["school_id"].isin(schools["school_id"])]


def _level(schools: pd.DataFrame, smallest_group: int) -> float:
    """The district's average as its pages have it."""
    return float(_levels(schools, 0, smallest_group)["mu"].iloc[0]) if len(schools) else np.nan


def statistics(
    responses: pd.DataFrame, respondents: pd.DataFrame, scales: Mapping[str, Scale], smallest_group: int,
    withheld: Collection[tuple[str, str, str]] = (),
) -> pd.DataFrame:
    """The district's rows on flagged responses, one number a row, rounded as shown and not yet protected; none where none is flagged.

    `responses` and `flagged`: how many responses there are and how many of them are flagged, by survey (its id stands as
    `scale`), in schools with at least `smallest_group` of them. `flagged` and `mean_without` of a scale: of the persons scored, over
    the schools of ``compare(published=True)``; `mean_with`, the mean of all in them, only where they are not the schools of the district's
    own `mean`. Of the places in `withheld` (survey, wave, school) nobody is counted. Each stands against the other side, flagged against not flagged, so that neither is shown where the other is
    too small.
    """
    rows = []
    known = (respondents.groupby(PLACE)["row"].transform("size") >= smallest_group) & ~_of_places(respondents, withheld)
    doubtful, repeats = having(respondents), having(respondents, REPEATS)
    for (survey, wave), here in respondents.groupby(["survey", "wave"], sort=False):
        heard = known[here.index]
        some = doubtful[here.index] & heard
        if not some.any():
            continue
        schools = {} if heard.all() else {"school_id": list(here.loc[heard, "school_id"])}
        keys = {"source": survey, "wave": wave, **schools}
        persons = int((some & ~repeats[here.index]).sum())
        rows += _sides(wave, survey, keys, int(heard.sum()), int(some.sum()), persons)
        everyone = pd.DataFrame({"school_id": [""], "wave": wave, "scale": survey, "n": int(heard.sum()), "set": str(RespondentSet.of(**keys)), "why": ""})
        rows.append(_rows(everyone, "responses", everyone["n"], 0))
    for found in compare(responses, respondents, scales, smallest_group, published=True, withheld=withheld).itertuples():
        keys = dict(RespondentSet.parse(found.set).pairs)
        if not (np.isfinite(found.mean) and np.isfinite(found.without)):
            # a row without a number, so that the page can say that there is none
            rows.append(_rows(_side(found.wave, found.scale, keys, "no", found.scored), "mean_without", [np.nan], found.decimals, why=FEW_PERSONS))
            continue
        rows += _sides(found.wave, found.scale, keys, found.scored, found.flagged, found.persons)
        rest = _side(found.wave, found.scale, keys, "no", found.scored - found.flagged)
        against = {"other_set": _named(keys, "yes"), "other_n": found.persons}
        rows.append(_rows(rest, "mean_without", [found.without], found.decimals, **against))
        if not found.whole:
            everyone = rest.assign(set=found.set, n=found.scored)
            rows.append(_rows(everyone, "mean_with", [found.mean], found.decimals))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(COLUMNS))


def _sides(wave: str, scale: str, keys: Mapping, everyone: int, flagged: int, persons: int) -> list[pd.DataFrame]:
    """How many are flagged and how many are not: each is shown only where both sides are large enough."""
    yes, no = _side(wave, scale, keys, "yes", persons), _side(wave, scale, keys, "no", everyone - flagged)
    return [
        _rows(yes, "flagged", [flagged], 0, other_set=no["set"], other_n=no["n"]),
        _rows(no, "not_flagged", [everyone - flagged], 0, other_set=yes["set"], other_n=yes["n"]),
    ]


def _side(wave: str, scale: str, keys: Mapping, flagged: str, n: int) -> pd.DataFrame:
    return pd.DataFrame({"school_id": [""], "wave": wave, "scale": scale, "n": n, "set": _named(keys, flagged), "why": ""})


def _named(keys: Mapping, flagged: str) -> str:
    return str(RespondentSet.of(**keys, flagged=flagged))
