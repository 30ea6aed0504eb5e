"""Whom people turn to, of those who agreed to be on the map: a network in numbers, never a picture and never a person."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cyclebook.climate.evidence import networks
from cyclebook.climate.evidence.gatherings import OTHERS, put_together
from cyclebook.climate.evidence.lines import Line, stacked
from cyclebook.privacy import coding
from cyclebook.privacy.protect import FEW_PERSONS
from cyclebook.privacy.sets import RespondentSet

SCALE = "network"
SEED, PERMUTATIONS = 19880101, 1999  #: of the labels that are dealt out anew
#: How many times the smallest group must be on a map: each number of a network is about pairs of people.
NEEDED = 2


def latest(people: pd.DataFrame, ties: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables cut to the latest map of each school: the round whose label comes last in either table."""
    labels = pd.concat([people[["school_id", "round"]], ties[["school_id", "round"]]])
    last = labels.groupby("school_id")["round"].max()
    return tuple(table[table["round"] == table["school_id"].map(last)] for table in (people, ties))


def of_school(people: pd.DataFrame, ties: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """The ties among those who agreed to be on the map of one school, and whether others were named, whose ties are left out.

    people, ties: rows of the tables ``network_people`` and ``ties`` of the school. Ties to oneself are none.
    """
    known = set(people["person"])
    inside = ties["source"].isin(known) & ties["target"].isin(known)
    return ties[inside & (ties["source"] != ties["target"])], bool((~inside).any())


def grouped(people: pd.DataFrame, smallest_group: int) -> pd.Series:
    """The group of each person (by row), groups with fewer than smallest_group people put together as ``OTHERS``; missing where none is known.

    All missing where fewer than two groups are left (:func:`gatherings.put_together`).
    """
    known = people["group"][people["group"] != ""]
    parts = put_together(known.value_counts().to_dict(), smallest_group)
    of = {group: part.item for part in parts for group in part.places} if len(parts) > 1 else {}
    return people["group"].map(of)


def statistics(people: pd.DataFrame, ties: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Rows of each school's network, not yet protected; of maps of fewer than ``NEEDED`` times smallest_group people nothing is shown.

    people, ties: the tables ``network_people`` and ``ties``, one map for each school (:func:`latest`); its label is the ``wave``.
    ``completed``: how many filled in the form; ``density`` and ``returned`` (reciprocity), in percent, ``named``,
    ties a person, and ``isolates``, people without a tie either way, each with ``_low`` and ``_high``: what the forms that are missing could make of it
    (:func:`networks.bounds`). ``across``: of the ties between people whose group is known, the percentage between groups; ``ei``: the E-I index; each with
    ``_chance_low`` and ``_chance_high``, where groups are dealt out at random (:func:`networks.ei_by_chance`). Everything is coded by the number of people.
    """
    lines: list[Line] = []
    few: set[str] = set()
    for school, here in people.groupby("school_id", sort=True):
        inside, _ = of_school(here, ties[ties["school_id"] == school])
        lines += _numbers(str(school), here, inside, smallest_group)
        if len(here) < NEEDED * smallest_group:
            few.add(str(school))
    found = stacked(SCALE, lines)
    found["why"] = found["why"].mask(found["school_id"].isin(few), FEW_PERSONS)
    return found


def _numbers(school: str, people: pd.DataFrame, ties: pd.DataFrame, smallest_group: int) -> list[Line]:
    n, done = len(people), (people["completed"] == "yes").to_numpy()
    name = str(RespondentSet.of(source="network_people", window=_window(people), school_id=school))
    if n < NEEDED * smallest_group:
        return [Line(school, _round(people), "", "completed", float(done.sum()), 0, n, name)]
    ends = networks.bounds(people["person"], ties["source"], ties["target"], done)
    count, at = coding.code_count(done.sum(), n, smallest_group)
    lines = [Line(school, _round(people), "", "completed", float(count), 0, n, name, str(at))]

    def share(statistic: str, value: float, decimals: int = 0) -> Line:
        coded, side = coding.code(100 * value, n, smallest_group, 0, 100, decimals)
        return Line(school, _round(people), "", statistic, float(coded), decimals, n, name, str(side))

    for side, place in (("low", 0), ("high", 1)):
        density = share(f"density_{side}", ends.density[place], 1)
        lines += [density, density._replace(statistic=f"named_{side}", value=density.value * (n - 1) / 100)]
        if np.isfinite(ends.reciprocity_edge[place]):
            lines.append(share(f"returned_{side}", ends.reciprocity_edge[place]))
        alone, at = coding.code_count(ends.isolates[place], n, smallest_group)
        lines.append(Line(school, _round(people), "", f"isolates_{side}", float(alone), 0, n, name, str(at)))
    return lines + _mixing(school, people, ties, smallest_group)


def _round(people: pd.DataFrame) -> str:
    return str(people["round"].iloc[0])


def _window(people: pd.DataFrame) -> str:
    return _round(people) or "all"


def _mixing(school: str, people: pd.DataFrame, ties: pd.DataFrame, smallest_group: int) -> list[Line]:
    groups = grouped(people, smallest_group)
    n = int(groups.notna().sum())
    if n < NEEDED * smallest_group:
        return []
    found = networks.ei_by_chance(people["person"], ties["source"], ties["target"], groups, SEED, PERMUTATIONS)
    if not np.isfinite(found.observed):
        return []
    name = str(RespondentSet.of(source="network_people", window=_window(people), school_id=school, answered="group"))
    lines = []
    for statistic, value in {"": found.observed, "_chance_low": found.low, "_chance_high": found.high}.items():
        across, at = coding.code(50 * (value + 1), n, smallest_group, 0, 100, 0)
        if statistic:  # what chance gives is known from the numbers of people and ties
            across, at = 50 * (value + 1), coding.EXACT
        lines.append(Line(school, _round(people), "", f"across{statistic}", float(across), 0, n, name, str(at)))
        lines.append(Line(school, _round(people), "", f"ei{statistic}", float(across) / 50 - 1, 2, n, name, str(at)))
    return lines


def listed(people: pd.DataFrame, ties: pd.DataFrame, smallest_group: int) -> dict[str, dict]:
    """Facts of each school: its map's label, whether people who are not on the map were named, and whether groups are put together.

    ``agreed`` is False where ties are recorded and nobody's agreement is.
    """
    found: dict[str, dict] = {}
    for school in sorted({*people["school_id"], *ties["school_id"]}):
        here = people[people["school_id"] == school]
        groups = grouped(here, smallest_group).unique() if len(here) >= NEEDED * smallest_group else []
        found[school] = {
            "agreed": len(here) > 0,
            "round": _round(here) if len(here) else "",
            "outside": of_school(here, ties[ties["school_id"] == school])[1],
            "pooled": OTHERS in list(groups),
        }
    return found
