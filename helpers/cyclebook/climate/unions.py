"""What a school was before: the answers of all whose staff are here now, put together; whole groups only, and none too small.

A union is published beside its parts (a school that closed keeps its page), so one subtraction gives the part that is left. It
stands only where every part could stand by itself, and its spread is its own only where that holds of every part's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from cyclebook.climate import participation
from cyclebook.climate.coded import code_means, with_rounding
from cyclebook.climate.rows import rounded
from cyclebook.privacy import RespondentSet
from cyclebook.privacy.protect import FEW_PERSONS

#: (school, earlier wave, later wave) -> the ids whose staff then are its own later; empty where nothing may be compared.
Past = Callable[[str, str, str], tuple[str, ...]]


def alone(school_id: str, earlier: str, now: str) -> tuple[str, ...]:
    """Every school is its own past."""
    return (school_id,)


def responses(response: pd.DataFrame, parts: Mapping[str, tuple[str, ...]], smallest_group: float) -> pd.DataFrame:
    """Who answered in each school's parts together: the columns of `participation.response`, `parts` and `why`, a row for each survey.

    response: one wave's rows. Someone who stands on the rosters of two parts counts in both, as in two schools. `why` is not empty
    where a part is missing or its numbers (head count, else answers) stand on fewer than `smallest_group` persons.
    """
    rows = []
    for survey, group in response.groupby("survey", sort=False):
        here = group.set_index("school_id")
        for school, ids in parts.items():
            known = here.loc[[name for name in ids if name in here.index]]
            if known.empty:
                continue
            heads = known["head_count"]
            behind = heads.fillna(known["answered"])
            whole = len(known) == len(ids) and (behind >= smallest_group).all()
            total = pd.NA if heads.isna().any() else heads.sum()
            rows.append({
                "survey": survey, "school_id": school, "wave": known["wave"].iloc[0], "answered": int(known["answered"].sum()),
                "head_count": total, "parts": ids, "why": "" if whole else FEW_PERSONS,
            })  # fmt: skip
    table = pd.DataFrame(rows, columns=["survey", "school_id", "wave", "answered", "head_count", "parts", "why"])
    return table.astype({"head_count": "Int64", "answered": "int64"})


def levels(
    found: pd.DataFrame,
    parts: Mapping[str, tuple[str, ...]],
    response: pd.DataFrame,
    settings: Callable[[str], Mapping[str, float]],
) -> pd.DataFrame:
    """The level of each school's past in one wave and scale: the rows of `found` by the present schools' ids.

    found: columns survey, wave, scale, school_id, n, mean, sd, least_sd, low, high, decimals, up, down, standard_error, error, freedom, within,
    within_freedom, pooled_spread, cleared, set, why, one row for each school. parts: present school to ids. response: as `participation.response`, same wave.
    The mean of a union is that over its persons, its standard deviation the one of all of them, both from the parts' as they are shown and
    then brought between the ends of its own n (``coded``); where a part's own spread is not used, neither is the union's, but the
    district's pooled one. A union is cleared only when every part is there and cleared. Where the mean of one part may lie above and that of another below what is shown, nobody knows to which side theirs together does:
    then it has none.
    """
    same = [school for school, ids in parts.items() if ids == (school,)]
    tables = [found[found["school_id"].isin(same)]]
    here = found.set_index("school_id", drop=False)
    for school, ids in parts.items():
        known = here.loc[[name for name in ids if name in here.index]]
        if ids != (school,) and len(known):
            tables.append(_union(school, ids, known, response, settings(school), int(settings("")["smallest_group"])))
    return pd.concat(tables, ignore_index=True)


def _union(
    school: str, ids: tuple[str, ...], known: pd.DataFrame, response: pd.DataFrame, settings: Mapping[str, float], smallest_group: int
) -> pd.DataFrame:
    n, means = known["n"].to_numpy(dtype=float), known["mean"].to_numpy(dtype=float)
    total, first = n.sum(), known.iloc[0]
    mean = (n * means).sum() / total
    squares = ((n - 1) * np.fmax(known["sd"], known["least_sd"]).fillna(0.0) ** 2).sum() + (n * (means - mean) ** 2).sum()
    own = np.sqrt(squares / (total - 1)) if total > 1 else np.nan
    pooled = bool(known["pooled_spread"].any())
    cleared = bool(len(known) == len(ids) and known["cleared"].all())
    base = {key: values for key, values in RespondentSet.parse(first["set"]).pairs}
    up, down = bool(known["up"].any()), bool(known["down"].any())
    whole = code_means(known.head(1).assign(school_id=school, n=int(total), mean=np.nan if up and down else mean, sd=own), smallest_group)
    own_error = rounded(np.fmax(whole["sd"], whole["least_sd"]) / np.sqrt(total), int(first["decimals"]) + 1)
    standard_error = first["within"] / np.sqrt(total) if pooled else own_error
    return whole.assign(
        up=whole["up"] | up, down=whole["down"] | down,
        standard_error=standard_error, error=with_rounding(standard_error, first["decimals"]),
        freedom=first["within_freedom"] if pooled else total - 1,
        pooled_spread=pooled, cleared=cleared, set=str(RespondentSet.of(**base | {"school_id": ids})),
        why=_why(ids, int(total), response[response["survey"] == first["survey"]], settings) if cleared else FEW_PERSONS,
    )  # fmt: skip


def _why(ids: tuple[str, ...], n: int, response: pd.DataFrame, settings: Mapping[str, float]) -> str:
    """The answer gate for all parts together."""
    here = response[response["school_id"].isin(ids)]
    heads = None if here["head_count"].isna().any() else int(here["head_count"].sum())
    needed = int(settings["answer_gate_answers"])
    gate = participation.gate(int(here["answered"].sum()), heads, settings["answer_gate_rate"], needed)
    return gate if gate != "open" else "few answers" if n < needed else ""
