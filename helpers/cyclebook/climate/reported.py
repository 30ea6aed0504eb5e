"""What others report about the schools: each result as it is shown, and the middle of the schools that show it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook.privacy import RULES, RespondentSet
from cyclebook.privacy.coding import EXACT, OR_LESS, OR_MORE, code, code_count
from cyclebook.privacy.protect import BOUND, COLUMNS

if TYPE_CHECKING:
    from cyclebook.parameters import Result

#: Stands where else a scale's id stands; the measure stands where else an item does.
REPORTED = "reported"
FEWEST_SCHOOLS = 3  #: a middle of fewer schools says little, and nearly says what each of them has
#: Why there is no value, by status of the tidy table.
WHY = {"suppressed": "by publisher", "missing": "no result", "unread": "not readable", "nobody": "no one"}
#: A percentage and a share have two sides: the rest follows.
TWO_SIDED = ("percent", "share")


def statistics(
    aggregates: pd.DataFrame, results: Mapping[str, Result], open_schools: Mapping[str, Collection[str]], smallest_group: int
) -> pd.DataFrame:
    """Every reported number that pages can show, rounded as shown and not yet protected: ``privacy.protect.COLUMNS`` and `bound`.

    aggregates: the tidy table. results: by id. open_schools: for each wave that may be shown the schools that were open in it;
    one of them without a row for a measure that others have gets one that says so.
    Statistics: ``reported`` (of percentages and shares ``reported_share``), of shares ``reported_count`` too; of the district
    (empty ``school_id``) ``median`` over the schools whose number is shown, at least FEWEST_SCHOOLS of them, and ``schools``, their number.
    A result with persons is a statistic of them; one without has no set: whoever published it protected it. A share of persons is coded
    by its count, a percentage and a number on a declared scale as an average of persons (``privacy.coding``). How many persons there
    are is no answer of theirs: a count of people stays as it is, and so does a category, which is not made from persons' answers alone.
    """
    found = aggregates[aggregates["wave"].isin(set(open_schools))]
    parts = []
    for (wave, measure), given in found.groupby(["wave", "measure"], sort=False):
        parts.append(_one(_all_schools(given, open_schools[wave]), results[measure], _decimals(found, results[measure]), smallest_group))
    return pd.concat([pd.DataFrame(columns=[*COLUMNS, BOUND]), *parts], ignore_index=True) if parts else pd.DataFrame(columns=[*COLUMNS, BOUND])


def _all_schools(given: pd.DataFrame, schools: Collection[str]) -> pd.DataFrame:
    known = set(given["school_id"])
    more = pd.DataFrame({"school_id": [school for school in schools if school not in known]}, dtype="str")
    more = more.assign(source="", status="missing", wave=given["wave"].iat[0], measure=given["measure"].iat[0])
    return pd.concat([given, more], ignore_index=True)


def _decimals(found: pd.DataFrame, result: Result) -> int:
    """The digits that the publisher gives, at most two, so that a measure has the same in every wave; none for what we divide."""
    if result.kind in ("share", "count", "category"):
        return 0
    values = found.loc[found["measure"] == result.id, "value"].dropna()
    return next((digits for digits in (0, 1) if np.allclose(values, values.round(digits), rtol=0, atol=1e-9)), 2)


def _one(given: pd.DataFrame, result: Result, decimals: int, smallest_group: int) -> pd.DataFrame:
    """The rows of one measure in one wave."""
    has = result.kind == "share" or result.persons is not None
    personal = given["persons"].notna() & (given["status"] == "") if has else pd.Series(False, index=given.index)
    statistic = "reported_share" if result.kind in TWO_SIDED and (has or result.kind == "share") else "reported"
    persons = given["persons"].where(personal, 0).fillna(0)
    values, counts, bound = _coded(given, result, personal & (persons >= smallest_group), decimals, smallest_group)
    own = _rows(given, result, statistic, _rounded(values, decimals), decimals).assign(**{BOUND: bound})
    own["n"] = own["answered"] = persons
    own["set"] = [
        str(RespondentSet.of(source=row.source, wave=row.wave, school_id=row.school_id, answered=result.id)) if own_set else ""
        for row, own_set in zip(given.itertuples(), personal, strict=True)
    ]
    own["why"] = given["status"].map(lambda status: WHY.get(status, "")).to_numpy()
    parts = [own]
    if result.kind == "share":
        counted = own.assign(statistic="reported_count", value=counts, decimals=0)
        parts.append(counted[own["why"] == ""])
    cleared = (own["why"] == "") & (~personal | (own["n"] >= smallest_group * RULES.get(statistic, 1)))
    return pd.concat([*parts, *_middle(given[cleared], own[cleared], result, len(own), decimals)], ignore_index=True)


def _coded(given: pd.DataFrame, result: Result, clear: pd.Series, decimals: int, smallest_group: int):
    """Values, counts (of a share) and what stands beside them, brought between the ends where persons stand behind them (clear)."""
    values, bound = given["value"].to_numpy(dtype=float).copy(), np.full(len(given), EXACT, dtype=object)
    counts = given["numerator"].to_numpy(dtype=float).copy() if result.kind == "share" else None
    rows = clear.to_numpy() & np.isfinite(values)
    persons = given["persons"].to_numpy(dtype=float)[rows]
    if result.kind == "share":
        counts[rows], bound[rows] = code_count(counts[rows], persons, smallest_group)
        coded = rows & (bound != EXACT)
        values[coded] = 100 * counts[coded] / given["persons"].to_numpy(dtype=float)[coded]
    elif result.kind in ("percent", "number") and result.low is not None and result.high is not None:
        values[rows], bound[rows] = code(values[rows], persons, smallest_group, result.low, result.high, decimals)
    return values, counts, bound


def _beside(values: np.ndarray, bound: np.ndarray) -> str | None:
    """What stands beside the median of these values; None where it could lie on either side of what is shown."""
    middle = np.median(values)
    up = np.median(np.where(bound == OR_MORE, np.inf, values)) != middle
    down = np.median(np.where(bound == OR_LESS, -np.inf, values)) != middle
    return (None if down else OR_MORE) if up else (OR_LESS if down else EXACT)


def _middle(given: pd.DataFrame, shown: pd.DataFrame, result: Result, schools: int, decimals: int) -> list[pd.DataFrame]:
    if len(shown) < FEWEST_SCHOOLS:
        return []
    places = 1 if result.kind == "category" else decimals  # between two words is said as such
    beside = _beside(shown["value"].to_numpy(dtype=float), shown[BOUND].to_numpy(dtype=object))
    value = shown["value"].median() if beside is not None else np.nan
    one = _rows(given.iloc[[0]].assign(school_id=""), result, "median", _rounded([value], places), places).assign(**{BOUND: beside or EXACT})
    people = shown["set"] != ""
    if people.any():
        union = {} if len(shown) == schools else {"school_id": list(given["school_id"])}
        of = RespondentSet.of(source=list(given["source"].unique()), wave=given["wave"].iat[0], answered=result.id, **union)
        one["n"] = one["answered"] = shown["n"].sum()
        one["set"] = str(of)
    count = _rows(given.iloc[[0]].assign(school_id=""), result, "schools", [len(shown)], 0)
    return [one, count]


def _rows(given: pd.DataFrame, result: Result, statistic: str, value, decimals: int) -> pd.DataFrame:
    """Rows of one statistic that stand on nobody."""
    table = pd.DataFrame({"school_id": given["school_id"].to_numpy(), "wave": given["wave"].to_numpy()})
    table = table.assign(scale=REPORTED, item=result.id, statistic=statistic, value=np.asarray(value, dtype=float), decimals=decimals)
    return table.assign(n=0.0, answered=0.0, set="", other_set="", other_n=0.0, why="", **{BOUND: EXACT})[[*COLUMNS, BOUND]]


def _rounded(values, decimals: int) -> np.ndarray:
    """As shown; a tie such as 3.75, computed as 3.7499999999999996, must not fall to the other side."""
    return np.round(np.round(np.asarray(values, dtype=float), 9), decimals) + 0.0
