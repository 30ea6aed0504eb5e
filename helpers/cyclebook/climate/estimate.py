"""The district's statistics of a staff survey, once for all pages: who answered, levels, changes, items, schools apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook.climate import participation, pooling, unions
from cyclebook.climate.change import call
from cyclebook.climate.scales import item_answers, score
from cyclebook.errors import InputError
from cyclebook.privacy import RespondentSet
from cyclebook.privacy.protect import COLUMNS, FEW_PERSONS

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

KEYS = ["survey", "school_id", "wave", "scale"]
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

    responses, roster: tidy tables (``cyclebook.tables``). scales: by id. compare_with: for each wave the wave
    that it is compared with, or None. settings: the settings of a school by id ("" for the district's).
    past: whose answers a school's change is held against. shown: (school, wave) to the ids whose answers stand on its page for
    that wave, where that is not the school alone; its own rows of the wave are left out. comparable: whether a
    scale was asked with the same questions in two waves; without that there is no change. withheld: (survey, wave, school) of which
    no number is published (``privacy.releases``); they are treated as schools with fewer than ``smallest_group`` persons.
    Returns columns ``privacy.protect.COLUMNS``; rows of the district have an empty ``school_id``.
    District values (means of schools, spreads, steadied means) use only schools with at least
    ``smallest_group`` persons behind the scale.
    Raises InputError when two surveys hold one scale in one wave.
    """
    if responses.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    district = settings("")
    scores = score(responses, scales)
    answers = item_answers(responses, scales)
    response = participation.response(responses, roster)
    response["gate"] = [_gate(row, settings(row.school_id)) for row in response.itertuples()]
    means = _means(scores, response, district["smallest_group"], withheld)
    _one_survey_a_scale(means)
    means["why"] = [_why(row, settings(row.school_id)) for row in means.itertuples()]
    means["why"] = means["why"].mask(_of(means, withheld), FEW_PERSONS)
    decimals = {scale: _decimals(scales[scale], scores) for scale in means["scale"].unique()}

    earlier: dict[str, dict[str, tuple[str, ...]]] = {}
    for (school, wave), ids in (shown or {}).items():
        earlier.setdefault(wave, {})[school] = ids
    everyone = response.assign(parts=[(school,) for school in response["school_id"]], why="")
    tables = [_participation(everyone), *_favourable(means, answers, scales), *_items(means, answers, scales)]
    estimated = {}
    for (survey, wave, scale), group in means.groupby(["survey", "wave", "scale"], sort=False):
        cleared = scores.merge(group.loc[group["cleared"], KEYS], on=KEYS)
        estimated[survey, wave, scale] = found = _levels(group, cleared, max(district["small_school"], 2 * district["smallest_group"]))
        tables += _level_rows(found, decimals[scale])
        tables += _apart_rows(found, cleared)
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


def _decimals(scale: Scale, scores: pd.DataFrame) -> int:
    """Digits after the point that are worth showing: tenths on a 1 to 5 scale."""
    if scale.low is not None:
        width = scale.high - scale.low
    else:
        width = 4 * scores.loc[scores["scale"] == scale.id, "score"].std()
    return max(0, 1 - math.floor(math.log10(width / 2))) if width > 0 else 1


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


def _rows(keys: pd.DataFrame, statistic: str, value, decimals: int, **columns) -> pd.DataFrame:
    """Rows of one statistic, rounded as shown; columns not named are taken from ``keys`` or empty."""
    table = pd.DataFrame({"school_id": keys["school_id"], "wave": keys["wave"], "scale": keys["scale"]})
    table["item"] = columns.get("item", "")
    table["statistic"] = statistic
    # a tie such as 3.75, computed as 3.7499999999999996, must not fall to the other side
    table["value"] = np.round(np.round(np.asarray(value, dtype=float), 9), decimals) + 0.0
    table["decimals"] = decimals
    table["n"] = columns.get("n", keys["n"])
    table["answered"] = columns.get("answered", table["n"])
    table["set"] = columns.get("set", keys["set"])
    table["other_set"] = columns.get("other_set", "")
    table["other_n"] = columns.get("other_n", 0)
    table["why"] = columns.get("why", keys["why"])
    return table[list(COLUMNS)]


def _district(means: pd.DataFrame) -> pd.DataFrame:
    """The district's own row for each survey, wave and scale."""
    one = means.drop_duplicates(["survey", "wave", "scale"]).copy()
    return one.assign(school_id="", set=one["district_set"], n=one["district_n"], why="")


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
        _rows(known, "answers", known["answered"], 0, answered=known["n"]),
        _rows(unknown, "answers", unknown["answered"], 0),
        _rows(known, "head_count", known["n"], 0),
        _rows(rated, "response_rate", 100 * rated["answered"] / rated["n"], 0),
    ], ignore_index=True)  # fmt: skip


def _levels(group: pd.DataFrame, cleared: pd.DataFrame, small_school: float) -> pd.DataFrame:
    """Standard errors and steadied means of one wave and scale, a row for each school."""
    found = group.set_index("school_id", drop=False)
    own_sd = found["sd"].to_numpy(dtype=float)
    n = found["n"].to_numpy(dtype=float)
    freedom = len(cleared) - cleared["school_id"].nunique()
    within = pooling.within_sd(cleared["school_id"], cleared["score"]) if freedom > 0 else math.nan
    pooled = (n < small_school) & np.isfinite(within)
    found["pooled_spread"] = pooled
    found["within"], found["within_freedom"] = within, freedom
    found["standard_error"] = np.where(pooled, within, own_sd) / np.sqrt(n)
    found["freedom"] = np.where(pooled, freedom, n - 1)
    found["error_variance"] = within**2 / n
    steady = ["steadied", "steadied_low", "steadied_high", "difference_low", "difference_high"]
    found[steady] = math.nan
    found["mu"] = math.nan
    ready = found["cleared"] & (found["error_variance"] > 0)
    if ready.sum() >= FEWEST_SCHOOLS:
        result = pooling.steady(found.loc[ready, "mean"], found.loc[ready, "error_variance"])
        table = result.schools.rename(columns={"low": "steadied_low", "high": "steadied_high"})
        found.loc[ready, steady] = table[steady]
        found["mu"] = result.mu
    return found.reset_index(drop=True)


def _mean_rows(levels: pd.DataFrame, decimals: int) -> list[pd.DataFrame]:
    low, high = pooling.mean_interval(levels["mean"], levels["standard_error"], levels["freedom"])
    values = {"mean": levels["mean"], "mean_low": low, "mean_high": high}
    return [_rows(levels, statistic, value, decimals) for statistic, value in values.items()]


def _level_rows(levels: pd.DataFrame, decimals: int) -> list[pd.DataFrame]:
    own = [
        *_mean_rows(levels, decimals),
        _rows(
            levels, "standard_error", levels["standard_error"], decimals + 1,
            other_set=np.where(levels["pooled_spread"], levels["district_set"], ""),
            other_n=np.where(levels["pooled_spread"], levels["district_n"], 0),
        ),
    ]  # fmt: skip
    steadied = levels[levels["steadied"].notna()]
    against = {"other_set": steadied["district_set"], "other_n": steadied["district_n"]}
    for statistic in ("steadied", "steadied_low", "steadied_high"):
        own.append(_rows(steadied, statistic, steadied[statistic], decimals, **against))
    for statistic in ("difference_low", "difference_high"):  # decides a claim: one digit more
        own.append(_rows(steadied, statistic, steadied[statistic], decimals + 1, **against))
    district = _district(levels[levels["mu"].notna()])
    return [*own, _rows(district, "mean", district["mu"], decimals)]


def _apart_rows(levels: pd.DataFrame, cleared: pd.DataFrame) -> list[pd.DataFrame]:
    """Can schools be told apart on this scale: the district's intraclass correlations by both estimators."""
    if levels["mu"].isna().all():
        return []
    keys = _district(levels)
    squares = pooling.icc(cleared["school_id"], cleared["score"], estimator="anova")
    restricted = pooling.icc(cleared["school_id"], cleared["score"], estimator="reml")
    within = pooling.within_sd(cleared["school_id"], cleared["score"])
    return [
        _rows(keys, "schools", [squares.k], 0),
        _rows(keys, "icc1_mean_squares", [squares.icc1], 2),
        _rows(keys, "icc2_mean_squares", [squares.icc2], 2),
        _rows(keys, "icc1_reml", [restricted.icc1], 2),
        _rows(keys, "icc2_reml", [restricted.icc2], 2),
        _rows(keys, "icc_p", [squares.p], 3),
        _rows(keys, "within_sd", [within], 2),
    ]


def _change_rows(now: pd.DataFrame, before: pd.DataFrame, decimals: int) -> list[pd.DataFrame]:
    """Change of each school that stands in both waves. before: levels by the ids of the present schools (``unions.levels``).

    ``change_called`` is 1 or -1 where :func:`cyclebook.climate.change.call` calls it over the district's cleared
    schools and the interval, as shown, lies on that side of zero; else 0.
    """
    both = now.merge(before, on="school_id", suffixes=("", "_before"))
    both = both[both["cleared"] & both["cleared_before"]].reset_index(drop=True)
    if both.empty:
        return []
    change = both["mean"] - both["mean_before"]
    error = np.hypot(both["standard_error"], both["standard_error_before"])
    # Welch and Satterthwaite: the degrees of freedom of a difference of two means with their own errors
    freedom = error**4 / (
        both["standard_error"] ** 4 / both["freedom"] + both["standard_error_before"] ** 4 / both["freedom_before"]
    )
    low, high = (np.round(limit, decimals) for limit in pooling.mean_interval(change, error, freedom))
    called = call(change, error, freedom)
    called = called.where(((called > 0) & (low > 0)) | ((called < 0) & (high < 0)), 0)
    why = both["why"].where(both["why"] != "", both["why_before"])
    against = {"other_set": both["set_before"], "other_n": both["n_before"], "why": why}
    return [
        _rows(both, "change_low", low, decimals, **against),
        _rows(both, "change_high", high, decimals, **against),
        _rows(both, "change_called", called, 0, **against),
    ]


def _district_change(now: pd.DataFrame, before: pd.DataFrame, held: pd.DataFrame, decimals: int) -> list[pd.DataFrame]:
    """Change of the district: the mean of its schools' changes, each school counted once, with Student's interval over schools.

    Only schools cleared in both waves enter. before: levels of the schools as they were then; held: by the ids of the present ones.
    """
    both = now[now["cleared"]].merge(held[held["cleared"]], on="school_id", suffixes=("", "_before"))
    if len(both) < FEWEST_SCHOOLS:
        return []
    change = both["mean"] - both["mean_before"]
    interval = pooling.mean_interval(change.mean(), change.std() / math.sqrt(len(both)), len(both) - 1)
    low, high = (float(np.round(limit, decimals + 1)) for limit in interval)
    keys = both.head(1).assign(
        school_id="", why="", n=int(both["n"].sum()), set=_union(now, both, "set"),
        set_before=_union(before, both, "set_before"), n_before=int(both["n_before"].sum()),
    )  # fmt: skip
    against = {"other_set": keys["set_before"], "other_n": keys["n_before"]}
    return [
        _rows(keys, "change_schools", [len(both)], 0, **against),
        _rows(keys, "change_low", [low], decimals + 1, **against),
        _rows(keys, "change_high", [high], decimals + 1, **against),
    ]


def _union(wave: pd.DataFrame, both: pd.DataFrame, column: str) -> str:
    """The set of these schools' persons in one wave; the district's own set where they are all that are cleared then."""
    sets = [dict(RespondentSet.parse(text).pairs) for text in both[column]]
    schools = {school for keys in sets for school in keys["school_id"]}
    if len(schools) == wave["cleared"].sum():
        return wave["district_set"].iloc[0]
    return str(RespondentSet.of(**sets[0] | {"school_id": schools}))


def _favourable(means: pd.DataFrame, answers: pd.DataFrame, scales: Mapping[str, Scale]) -> list[pd.DataFrame]:
    """Share of persons whose own mean on the scale is favourable, with Wilson's interval."""
    cut = _cut(scales)
    answers = answers[answers["scale"].isin(cut.index)]
    if answers.empty:
        return []
    persons = answers.groupby([*KEYS, "row"], sort=False)["value"].mean().reset_index()
    persons["favourable"] = persons["value"] >= persons["scale"].map(cut) - 1e-9
    counts = persons.groupby(KEYS, sort=False)["favourable"].agg(count="sum", scored="size").reset_index()
    keys = means.merge(counts, on=KEYS)
    rows = _share_rows(keys, keys["count"], keys["scored"])
    cleared = keys[keys["cleared"]]
    total = cleared.groupby(["survey", "wave", "scale"], sort=False)[["count", "scored"]].sum().reset_index()
    district = _district(means[means["cleared"]]).merge(total, on=["survey", "wave", "scale"])
    return [*rows, _rows(district, "favourable", 100 * district["count"] / district["scored"], 0)]


def _cut(scales: Mapping[str, Scale]) -> pd.Series:
    """The least favourable value of each scale that has one."""
    return pd.Series({scale.id: scale.favourable for scale in scales.values() if scale.favourable is not None}, dtype=float)


def _share_rows(keys: pd.DataFrame, count: pd.Series, scored: pd.Series, **columns) -> list[pd.DataFrame]:
    low, high = participation.wilson(count.to_numpy(), scored.to_numpy())
    return [
        _rows(keys, "favourable_count", count, 0, answered=scored, **columns),
        _rows(keys, "favourable", 100 * count / scored, 0, answered=scored, **columns),
        _rows(keys, "favourable_low", 100 * low, 0, answered=scored, **columns),
        _rows(keys, "favourable_high", 100 * high, 0, answered=scored, **columns),
    ]


def _items(means: pd.DataFrame, answers: pd.DataFrame, scales: Mapping[str, Scale]) -> list[pd.DataFrame]:
    """Answers to each item, after reversing: favourable, in the middle, unfavourable, and the district's share."""
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
        .agg(favourable=("favourable", "sum"), unfavourable=("unfavourable", "sum"), answered=("value", "size"))
        .reset_index()
    )
    keys = means.merge(counts, on=KEYS)
    answered = {"item": keys["item"], "answered": keys["answered"]}
    middle = keys["answered"] - keys["favourable"] - keys["unfavourable"]
    cleared = keys[keys["cleared"]]
    total = cleared.groupby(["survey", "wave", "scale", "item"], sort=False)[["favourable", "answered"]].sum()
    district = _district(means[means["cleared"]]).merge(total.reset_index(), on=["survey", "wave", "scale"])
    return [
        *_share_rows(keys, keys["favourable"], keys["answered"], item=keys["item"]),
        _rows(keys, "middle", middle, 0, **answered),
        _rows(keys, "unfavourable", keys["unfavourable"], 0, **answered),
        _rows(
            district, "favourable", 100 * district["favourable"] / district["answered"], 0,
            item=district["item"], answered=district["answered"],
        ),
    ]  # fmt: skip
