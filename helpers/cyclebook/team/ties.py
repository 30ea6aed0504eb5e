"""Close ties between the district's team and school leaders, and whether they go with taking part and with what is in use (C5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from cyclebook.climate.evidence import networks
from cyclebook.climate.rows import rows
from cyclebook.privacy.protect import BOUND, COLUMNS
from cyclebook.privacy.sets import RespondentSet
from cyclebook.team.blocks import FEWEST_MEMBERS
from cyclebook.team.names import CLASSES, TIES, YEAR, class_id

#: An association over fewer schools than this could hardly be told from chance.
FEWEST_SCHOOLS = 10
SEED = 20251121


class Map(NamedTuple):
    """The latest map. contacts: for each school how many members of the team are close to a leader of it; ties: rows school_id, member, leader that are close."""

    contacts: pd.Series
    ties: pd.DataFrame
    members: Sequence[str]
    leaders: int


def latest(connections: pd.DataFrame, schools: Sequence[str], day: date) -> Map:
    """The map of these schools as it was drawn last by the day, school by school: a school that was drawn later replaces its own rows only."""
    here = connections[(connections["date"] <= day.isoformat()) & connections["school_id"].isin(schools)]
    here = here[here["date"] == here.groupby("school_id")["date"].transform("max")]
    close = here[here["close"] == "yes"]
    drawn = [school for school in schools if school in set(here["school_id"])]
    counts = close.groupby("school_id")["member"].nunique().reindex(drawn, fill_value=0)
    leaders = len(here[["school_id", "leader"]].drop_duplicates())
    return Map(counts.astype("int64"), close[["school_id", "member", "leader"]], sorted(here["member"].unique()), leaders)


def lost(found: Map) -> int:
    """How many schools would be left without a close contact if one member left, at most: whoever that is."""
    only = found.ties[found.ties["school_id"].isin(found.contacts.index[found.contacts == 1])].drop_duplicates(["school_id", "member"])
    return int(only["member"].value_counts().max()) if len(only) else 0


def sharing(sessions: pd.DataFrame, day: date) -> pd.Series:
    """Of the voluntary sessions of the year up to the day, the share to which each school sent someone (0..1), by school."""
    since = (day - timedelta(days=YEAR)).isoformat()
    here = sessions[(sessions["kind"] == "voluntary") & (sessions["date"] > since) & (sessions["date"] <= day.isoformat())]
    return (here["attended"] > 0).groupby(here["school_id"]).mean()


def in_use(uptake: pd.DataFrame, day: date, smallest_group: int) -> pd.Series:
    """Of the staff who were seen in the year up to the day, the share who used what the school took on (0..1), by school with at least smallest_group seen."""
    since = (day - timedelta(days=YEAR)).isoformat()
    here = uptake[(uptake["date"] > since) & (uptake["date"] <= day.isoformat())]
    sums = here.groupby("school_id")[["using", "seen"]].sum()
    sums = sums[sums["seen"] >= max(smallest_group, 1)]
    return sums["using"] / sums["seen"]


def association(contacts: pd.Series, outcome: pd.Series, seed: int = SEED) -> tuple[networks.ByChance, int]:
    """Spearman's rank correlation over schools that have both, with a seeded permutation p (Spearman 1904; Phipson & Smyth 2010); and how many have both.

    nan for fewer than ``FEWEST_SCHOOLS`` schools, and where one of the two does not vary.
    """
    both = pd.concat({"contacts": contacts, "outcome": outcome}, axis=1, join="inner").dropna()
    if len(both) < FEWEST_SCHOOLS:
        return networks.ByChance(*[np.nan] * 5, 0), len(both)
    ranks = both.rank()
    return networks.association(ranks["contacts"], ranks["outcome"], seed), len(both)


def statistics(found: Map, outcomes: Mapping[str, pd.Series], smallest_group: int) -> pd.DataFrame:
    """Rows, not yet protected. The leaders on the map stand behind the schools' numbers, the members behind how ties are spread over them.

    ``on_map`` schools; ``with_none``, ``with_one``, ``with_more``: how many have that many members of the team close to them; item of a class of
    ``CLASSES``: ``members`` who hold so many close ties; ``lost`` as :func:`lost`. For each outcome: ``r`` and ``p`` and over how many ``schools``, where it can be said.
    """
    if found.contacts.empty:
        return pd.DataFrame(columns=[*COLUMNS, BOUND])
    counts = found.contacts
    leaders, members = (str(RespondentSet.of(source=f"connections {who}", window="latest")) for who in ("leaders", "members"))
    told = [
        _row("", "on_map", len(counts), leaders, found.leaders),
        *(_row("", name, int(held.sum()), leaders, found.leaders) for name, held in (
            ("with_none", counts == 0), ("with_one", counts == 1), ("with_more", counts > 1))),
    ]  # fmt: skip
    if len(found.members) >= FEWEST_MEMBERS:
        held = found.ties.groupby("member").size().reindex(found.members, fill_value=0)
        for low, high in CLASSES:
            count = int(held.between(low, np.inf if high is None else high).sum())
            told.append(_row(class_id(low, high), "members", count, members, len(held)))
        told.append(_row("", "lost", lost(found), members, len(held)))
    for name, outcome in outcomes.items():
        by_chance, schools = association(counts, outcome)
        behind = str(RespondentSet.of(source=f"connections {name}", window="year"))
        if schools >= max(smallest_group, 1):
            told.append(_row(name, "schools", schools, behind, schools))
            if np.isfinite(by_chance.observed):
                told += [_row(name, "r", by_chance.observed, behind, schools, 2), _row(name, "p", by_chance.p, behind, schools, 3)]
    return pd.concat(told, ignore_index=True)


def _row(item: str, name: str, value: float, respondents: str, persons: int, decimals: int = 0) -> pd.DataFrame:
    where = pd.DataFrame({"school_id": [""], "wave": "", "scale": TIES, "n": persons, "set": respondents, "why": ""})
    return rows(where, name, [value], decimals, item=item)
