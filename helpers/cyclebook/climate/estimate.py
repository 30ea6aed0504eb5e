"""The district's statistics of a staff survey, once for all pages: who answered, levels, changes, items, schools apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook.climate import participation, pooling, shares, unions
from cyclebook.climate.change import call
from cyclebook.climate.coded import bound, code_means, hidden, ranges, several_scores, with_rounding
from cyclebook.climate.rows import KEYS, of_district, rounded, rows
from cyclebook.climate.scales import item_answers, score
from cyclebook.errors import InputError
from cyclebook.privacy import RespondentSet, coding
from cyclebook.privacy.protect import BOUND, COLUMNS, FEW_PERSONS

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

HIDING = ["mean", "low", "high", "up", "down"]  #: what ``coded.hidden`` looks at
BEFORE = [f"{name}_before" for name in HIDING]
FEWEST_SCHOOLS = 3  #: below this many schools nothing is steadied: the spread between schools cannot be learnt


def statistics(
    responses: pd.DataFrame,
    roster: pd.DataFrame,
    scales: Mapping[str, Scale],
    compare_with: Mapping[str, str | None],
    settings: Callable[[str], Mapping[str, float]],
    past: unions.Past = unions.alone,
    shown: Mapping[tuple[str, str], tuple[str, ...]] | None = None,
    comparable: Callable[[str, str, str], bool] = lambda scale, wave, before: True,
    withheld: Collection[tuple[str, str, str]] = (),
) -> pd.DataFrame:
    """Every number that pages of this step can show, one a row, rounded as shown and not yet protected.

    Averages, spreads, counts and shares of schools are brought between the ends of what is shown of so many persons as soon as they are
    computed (``climate.coded``, ``climate.shares``); everything else is made from them, and says in ``bound`` on which side that leaves it open.

    responses, roster: tidy tables (``cyclebook.tables``). scales: by id. compare_with: for each wave the wave
    that it is compared with, or None. settings: the settings of a school by id ("" for the district's).
    past: whose answers a school's change is held against. shown: (school, wave) to the ids whose answers stand on its page for
    that wave, where that is not the school alone; its own rows of the wave are left out. comparable: whether a
    scale was asked with the same questions in two waves; without that there is no change. withheld: (survey, wave, school) of which
    no number is published (``privacy.releases``); they are treated as schools with fewer than ``smallest_group`` persons.
    Returns columns ``privacy.protect.COLUMNS`` and ``bound``; rows of the district have an empty ``school_id``.
    District values (means of schools, spreads, steadied means) use only schools with at least
    ``smallest_group`` persons behind the scale.
    Raises InputError when two surveys hold one scale in one wave.
    """
    if responses.empty:
        return pd.DataFrame(columns=[*COLUMNS, BOUND])
    district = settings("")
    smallest = int(district["smallest_group"])
    scores = score(responses, scales)
    answers = item_answers(responses, scales)
    response = participation.response(responses, roster)
    response["gate"] = [_gate(row, settings(row.school_id)) for row in response.itertuples()]
    found = ranges(scales, scores).assign(several=several_scores(scales, scores, answers))
    decimals = found["decimals"].to_dict()
    means = code_means(_means(scores, response, smallest, withheld).join(found, on="scale"), smallest)
    _one_survey_a_scale(means)
    means["why"] = [_why(row, settings(row.school_id)) for row in means.itertuples()]
    means["why"] = means["why"].mask(_of(means, withheld), FEW_PERSONS)

    earlier: dict[str, dict[str, tuple[str, ...]]] = {}
    for (school, wave), ids in (shown or {}).items():
        earlier.setdefault(wave, {})[school] = ids
    everyone = response.assign(parts=[(school,) for school in response["school_id"]], why="")
    tables = [_participation(everyone), *shares.of_scales(means, answers, scales, smallest), *shares.of_items(means, answers, scales, smallest)]
    estimated = {}
    for (survey, wave, scale), group in means.groupby(["survey", "wave", "scale"], sort=False):
        estimated[survey, wave, scale] = found = _levels(group, district["small_school"], smallest)
        tables += _level_rows(found, decimals[scale])
        tables += _apart_rows(found)
    for (survey, wave, scale), now in estimated.items():
        before = estimated.get((survey, compare_with.get(wave), scale))
        if before is not None and comparable(scale, wave, compare_with[wave]):
            parts = {school: past(school, compare_with[wave], wave) for school in now["school_id"]}
            held = unions.levels(before, parts, response[response["wave"] == compare_with[wave]], settings)
            tables += _change_rows(now, held, decimals[scale])
            tables += _district_change(now, before, held, decimals[scale])
    found = pd.concat([table for table in tables if len(table)], ignore_index=True)
    return _earlier(found, earlier, estimated, response, decimals, settings)


def _earlier(
    found: pd.DataFrame,
    earlier: Mapping[str, Mapping[str, tuple[str, ...]]],
    estimated: Mapping[tuple[str, str, str], pd.DataFrame],
    response: pd.DataFrame,
    decimals: Mapping[str, int],
    settings: Callable[[str], Mapping[str, float]],
) -> pd.DataFrame:
    """The table with what stands on the page of a school that was not itself alone in an earlier wave, in place of its own rows."""
    tables = []
    for wave, parts in earlier.items():
        then = response[response["wave"] == wave]
        tables.append(_participation(unions.responses(then, parts, settings("")["smallest_group"])))
        for (_, of, scale), levels in estimated.items():
            if of == wave:
                held = unions.levels(levels, parts, then, settings)
                tables += _mean_rows(held, decimals[scale])
    if not tables:
        return found
    replaced = pd.MultiIndex.from_frame(found[["school_id", "wave"]]).isin([(s, w) for w, parts in earlier.items() for s in parts])
    return pd.concat([found[~replaced], *(table for table in tables if len(table))], ignore_index=True)


def _gate(row, settings: Mapping[str, float]) -> str:
    head_count = None if pd.isna(row.head_count) else int(row.head_count)
    gate = participation.gate(
        int(row.answered), head_count, settings["answer_gate_rate"], int(settings["answer_gate_answers"])
    )
    return "" if gate == "open" else gate


def _why(row, settings: Mapping[str, float]) -> str:
    return row.gate or ("few answers" if row.n < settings["answer_gate_answers"] else "")


def _one_survey_a_scale(means: pd.DataFrame) -> None:
    surveys = means.groupby(["wave", "scale"])["survey"].nunique()
    if (surveys > 1).any():
        wave, scale = surveys[surveys > 1].index[0]
        raise InputError(
            f"codebooks: scale {scale!r} comes from two surveys in wave {wave!r}; "
            "give the scale of one of them another id"
        )


def _of(table: pd.DataFrame, places: Collection[tuple[str, str, str]]) -> np.ndarray:
    """Which rows are of one of these (survey, wave, school)."""
    chosen = set(places)
    return np.array([place in chosen for place in zip(table["survey"], table["wave"], table["school_id"], strict=True)], dtype=bool)


def _means(
    scores: pd.DataFrame, response: pd.DataFrame, smallest_group: float, withheld: Collection[tuple[str, str, str]] = ()
) -> pd.DataFrame:
    """Level of each school, wave and scale: n, mean, sd, whether cleared, its sets; n = 0 where no one was scored."""
    found = scores.groupby(KEYS, sort=False)["score"].agg(n="size", mean="mean", sd="std").reset_index()
    found = found.merge(response[["survey", "school_id", "wave", "gate"]], on=["survey", "school_id", "wave"])
    found["cleared"] = (found["n"] >= smallest_group) & ~_of(found, withheld)
    found["set"] = [
        str(RespondentSet.of(source=row.survey, wave=row.wave, school_id=row.school_id, answered=row.scale))
        for row in found.itertuples()
    ]
    district = {}
    for (survey, wave, scale), group in found.groupby(["survey", "wave", "scale"], sort=False):
        cleared = group.loc[group["cleared"], "school_id"]
        union = {} if len(cleared) == len(group) or cleared.empty else {"school_id": list(cleared)}
        text = str(RespondentSet.of(source=survey, wave=wave, answered=scale, **union))
        district[survey, wave, scale] = text, int(group.loc[group["cleared"], "n"].sum())
    keys = list(zip(found["survey"], found["wave"], found["scale"], strict=True))
    found["district_set"] = [district[key][0] for key in keys]
    found["district_n"] = [district[key][1] for key in keys]
    return found


def _participation(response: pd.DataFrame) -> pd.DataFrame:
    """Answers, head count and rate. Where there is a roster they are statistics of all who stand on it.

    response: with the columns `parts`, the ids that the numbers stand on, and `why` they are not shown.
    """
    keys = response.rename(columns={"survey": "scale"})
    known = keys[keys["head_count"].notna()].copy()
    known["n"] = known["head_count"].astype(int)
    known["set"] = [
        str(RespondentSet.of(source="roster", school_id=row.parts, wave=row.wave)) for row in known.itertuples()
    ]
    unknown = keys[keys["head_count"].isna()].copy()
    unknown["n"] = unknown["answered"]
    unknown["set"] = [
        str(RespondentSet.of(source=row.scale, school_id=row.parts, wave=row.wave)) for row in unknown.itertuples()
    ]
    rated = known[known["answered"] <= known["n"]]
    return pd.concat([
        rows(known, "answers", known["answered"], 0, answered=known["n"]),
        rows(unknown, "answers", unknown["answered"], 0),
        rows(known, "head_count", known["n"], 0),
        rows(rated, "response_rate", 100 * rated["answered"] / rated["n"], 0),
    ], ignore_index=True)  # fmt: skip


def _levels(group: pd.DataFrame, small_school: float, smallest_group: int) -> pd.DataFrame:
    """Standard errors and steadied means of one wave and scale, a row for each school.

    group: levels with low, high, decimals, up, down, least_sd and several (``coded``). A school's own spread is used from small_school
    persons up, never below twice smallest_group, and only on scales with several different scores; it is not below its least. The pooled
    one is of the cleared schools, at least as many persons; of those that use their own it takes that, and what the others have together
    is held to the least of so many persons. Where these are too few, all schools use the pooled one: it, less the others' own, would give
    theirs. Without several different scores, it is of FEWEST_SCHOOLS schools or none: that of one school is its own.

    Spreads are rounded as they are shown, as averages are, so that all that is computed from both tells nothing more. `error` is the standard
    error with that of the rounding of the average.
    """
    fewest = 2 * smallest_group
    found = group.set_index("school_id", drop=False)
    n, cleared = found["n"].to_numpy(dtype=float), found["cleared"].to_numpy(dtype=bool)
    own_sd = np.fmax(found["sd"], found["least_sd"]).to_numpy(dtype=float)
    several, digits = bool(found["several"].iloc[0]), int(found["decimals"].iloc[0]) + 1
    pooled = (n < max(small_school, fewest)) | (not several)
    pooled |= 0 < n[pooled & cleared].sum() < fewest
    rest, sd = cleared & pooled, found["sd"].fillna(0.0).to_numpy(dtype=float)
    squares = float(((n - 1) * sd**2)[rest].sum())
    if n[rest].sum() >= fewest:
        least = float(coding.least_spread(n[rest].sum(), smallest_group, *found[["low", "high"]].iloc[0]))
        squares = max(squares, least**2 * float((n - 1)[rest].sum()))
    squares += float(((n - 1) * own_sd**2)[cleared & ~pooled].sum())
    freedom = int((n - 1)[cleared].sum())
    enough = n[cleared].sum() >= fewest and (several or cleared.sum() >= FEWEST_SCHOOLS)
    within = float(rounded(math.sqrt(squares / freedom), max(2, digits))) if freedom > 0 and enough else math.nan
    found["pooled_spread"] = pooled
    found["within"], found["within_freedom"] = within, freedom
    found["standard_error"] = np.where(pooled, within / np.sqrt(n), rounded(own_sd / np.sqrt(n), digits))
    found["error"] = with_rounding(found["standard_error"], found["decimals"])
    found["freedom"] = np.where(pooled, freedom, n - 1)
    found["error_variance"] = with_rounding(within / np.sqrt(n), found["decimals"]) ** 2 if within > 0 else within
    steady = ["steadied", "steadied_low", "steadied_high", "difference_low", "difference_high"]
    found[steady] = math.nan
    found["mu"] = math.nan
    found["mu_bound"] = ""
    ready = found["cleared"] & (found["error_variance"] > 0) & found["mean"].notna()
    if ready.sum() >= FEWEST_SCHOOLS:
        result = pooling.steady(found.loc[ready, "mean"], found.loc[ready, "error_variance"])
        table = result.schools.rename(columns={"low": "steadied_low", "high": "steadied_high"})
        found.loc[ready, steady] = table[steady]
        found["mu"] = result.mu
        # what the averages of schools leave open is said of the district's only where it would be seen there
        seen = 0.5 * 10.0 ** -found["decimals"].iloc[0]
        found["mu_bound"] = str(bound(*(side.mean() >= seen for side in hidden(found[ready]))))
    return found.reset_index(drop=True)


def _mean_rows(levels: pd.DataFrame, decimals: int) -> list[pd.DataFrame]:
    """The mean and Student's interval about it; where the mean stands at an end, so does the interval's end on that side, within the scale."""
    low, high = pooling.mean_interval(levels["mean"], levels["error"], levels["freedom"])
    less, more = _open_ends(levels, low, high, decimals)
    return [
        rows(levels, "mean", levels["mean"], decimals, bound=bound(levels["up"], levels["down"])),
        rows(levels, "mean_low", low, decimals, bound=less, why=_why_no_error(levels)),
        rows(levels, "mean_high", high, decimals, bound=more, why=_why_no_error(levels)),
    ]


def _why_no_error(levels: pd.DataFrame) -> pd.Series:
    """Why an error is not shown: where there is none, because the spread would be that of too few persons, or of one school alone."""
    return levels["why"].mask((levels["why"] == "") & levels["standard_error"].isna(), FEW_PERSONS)


def _open_ends(levels: pd.DataFrame, low, high, decimals: int) -> tuple[np.ndarray, np.ndarray]:
    """What stands beside the two ends of a range about a mean: it is open on the side to which the mean is, if not beyond the scale there."""
    down, up = levels["down"] & (rounded(low, decimals) > levels["low"]), levels["up"] & (rounded(high, decimals) < levels["high"])
    return bound(False & down, down), bound(up, False & up)


def _level_rows(levels: pd.DataFrame, decimals: int) -> list[pd.DataFrame]:
    error, least = (rounded(number, decimals + 1) for number in (levels["standard_error"], levels["least_sd"] / np.sqrt(levels["n"])))
    own = [
        *_mean_rows(levels, decimals),
        rows(
            levels, "standard_error", levels["standard_error"], decimals + 1, bound=bound(False & levels["up"], ~levels["pooled_spread"] & (error <= least)),
            other_set=np.where(levels["pooled_spread"], levels["district_set"], ""),
            other_n=np.where(levels["pooled_spread"], levels["district_n"], 0), why=_why_no_error(levels),
        ),
    ]  # fmt: skip
    steadied = levels[levels["steadied"].notna()]
    against = {"other_set": steadied["district_set"], "other_n": steadied["district_n"]}
    up, down = steadied["up"], steadied["down"]
    less, more = _open_ends(steadied, steadied["steadied_low"], steadied["steadied_high"], decimals)
    for statistic, at in (("steadied", bound(up, down)), ("steadied_low", less), ("steadied_high", more)):
        own.append(rows(steadied, statistic, steadied[statistic], decimals, bound=at, **against))
    for statistic, at in (("difference_low", bound(False & up, down)), ("difference_high", bound(up, False & down))):
        own.append(rows(steadied, statistic, steadied[statistic], decimals + 1, bound=at, **against))  # decides a claim: one digit more
    district = of_district(levels[levels["mu"].notna()])
    return [*own, rows(district, "mean", district["mu"], decimals, bound=district["mu_bound"])]


def _apart_rows(levels: pd.DataFrame) -> list[pd.DataFrame]:
    """Can schools be told apart on this scale: the district's intraclass correlations by both estimators, from the levels as shown."""
    if levels["mu"].isna().all():
        return []
    keys, cleared = of_district(levels), levels[levels["cleared"] & levels["mean"].notna()]
    within = float(levels["within"].iloc[0])
    squares, restricted = (pooling.icc_of_means(cleared["n"], cleared["mean"], within, estimator) for estimator in ("anova", "reml"))
    return [
        rows(keys, "schools", [squares.k], 0),
        rows(keys, "icc1_mean_squares", [squares.icc1], 2),
        rows(keys, "icc2_mean_squares", [squares.icc2], 2),
        rows(keys, "icc1_reml", [restricted.icc1], 2),
        rows(keys, "icc2_reml", [restricted.icc2], 2),
        rows(keys, "icc_p", [squares.p], 3),
        rows(keys, "within_sd", [within], max(2, int(levels["decimals"].iloc[0]) + 1)),
    ]


def _change_rows(now: pd.DataFrame, before: pd.DataFrame, decimals: int) -> list[pd.DataFrame]:
    """Change of each school that stands in both waves. before: levels by the ids of the present schools (``unions.levels``).

    Where a mean stands at an end, the change is open on the side to which that mean is. ``change_called`` is 1 or -1 where
    :func:`cyclebook.climate.change.call` calls it over the district's cleared schools and the interval, as shown, lies on that side
    of zero and is not open towards it; else 0.
    """
    both = now.merge(before, on="school_id", suffixes=("", "_before"))
    both = both[both["cleared"] & both["cleared_before"]].reset_index(drop=True)
    if both.empty:
        return []
    change = both["mean"] - both["mean_before"]
    error = np.hypot(both["error"], both["error_before"])
    # Welch and Satterthwaite: the degrees of freedom of a difference of two means with their own errors
    freedom = error**4 / (
        both["standard_error"] ** 4 / both["freedom"] + both["standard_error_before"] ** 4 / both["freedom_before"]
    )
    low, high = (np.round(limit, decimals) for limit in pooling.mean_interval(change, error, freedom))
    up, down = both["up"] | both["down_before"], both["down"] | both["up_before"]
    called = call(change, error, freedom)
    called = called.where(((called > 0) & (low > 0) & ~down) | ((called < 0) & (high < 0) & ~up), 0)
    why = both["why"].where(both["why"] != "", both["why_before"])
    against = {"other_set": both["set_before"], "other_n": both["n_before"], "why": why}
    return [
        rows(both, "change_low", low, decimals, bound=bound(False & down, down), **against),
        rows(both, "change_high", high, decimals, bound=bound(up, False & up), **against),
        rows(both, "change_called", called, 0, **against),
    ]


def _district_change(now: pd.DataFrame, before: pd.DataFrame, held: pd.DataFrame, decimals: int) -> list[pd.DataFrame]:
    """Change of the district: the mean of its schools' changes, each school counted once, with Student's interval over schools.

    Only schools cleared in both waves enter. Where means of schools stand at an end, the interval reaches as much further to that side
    as they, if known, could move the mean change (bounds for what is not known: Manski 2003). before: levels of the schools as they were
    then; held: by the ids of the present ones.
    """
    now_known, held_known = (levels[levels["cleared"] & levels["mean"].notna()] for levels in (now, held))
    both = now_known.merge(held_known, on="school_id", suffixes=("", "_before"))
    if len(both) < FEWEST_SCHOOLS:
        return []
    change = both["mean"] - both["mean_before"]
    low, high = pooling.mean_interval(change.mean(), change.std() / math.sqrt(len(both)), len(both) - 1)
    (up, down), (up_before, down_before) = (hidden(both), hidden(both[BEFORE].set_axis(HIDING, axis=1)))
    low, high = low - (down + up_before).mean(), high + (up + down_before).mean()
    low, high = (float(np.round(limit, decimals + 1)) for limit in (low, high))
    keys = both.head(1).assign(
        school_id="", why="", n=int(both["n"].sum()), set=_union(now, both, "set"),
        set_before=_union(before, both, "set_before"), n_before=int(both["n_before"].sum()),
    )  # fmt: skip
    against = {"other_set": keys["set_before"], "other_n": keys["n_before"]}
    return [
        rows(keys, "change_schools", [len(both)], 0, **against),
        rows(keys, "change_low", [low], decimals + 1, **against),
        rows(keys, "change_high", [high], decimals + 1, **against),
    ]


def _union(wave: pd.DataFrame, both: pd.DataFrame, column: str) -> str:
    """The set of these schools' persons in one wave; the district's own set where they are all that are cleared then."""
    sets = [dict(RespondentSet.parse(text).pairs) for text in both[column]]
    schools = {school for keys in sets for school in keys["school_id"]}
    if len(schools) == wave["cleared"].sum():
        return wave["district_set"].iloc[0]
    return str(RespondentSet.of(**sets[0] | {"school_id": schools}))
