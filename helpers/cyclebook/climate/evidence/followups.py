"""What was heard in low-threat ways: anonymous surveys, talks one to one, exit interviews; themes only where enough people named them."""

from __future__ import annotations

import pandas as pd

from cyclebook.climate.rows import rows
from cyclebook.privacy import coding
from cyclebook.privacy.protect import FEW_PERSONS
from cyclebook.privacy.sets import RespondentSet

SCALE = "followups"
KINDS = ("anonymous_survey", "one_to_one", "exit_interview")
POOLED = "exit_interview"


def heard(records: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """One row for each school and kind: took_part, first and last day, rounds.

    records: the table ``followups``; several rows of one school, day and kind are themes of one round, in which the fewest that any of them gives took part. Of
    talks and anonymous surveys the latest round stands, for the same person may speak in two. People leave once: exit interviews are pooled from the first on
    until smallest_group took part, then a new pool begins, and the latest full pool stands (without one, the first). So a pool never changes once it is told.
    """
    rounds = records.groupby(["school_id", "kind", "date"], sort=True)["took_part"].min().reset_index()
    found = []
    for (school, kind), group in rounds.groupby(["school_id", "kind"], sort=True):
        used = _pool(group, smallest_group) if kind == POOLED else group.tail(1)
        found.append({"school_id": school, "kind": kind, "took_part": int(used["took_part"].sum()), "first": used["date"].min(), "last": used["date"].max(),
                      "rounds": len(used)})  # fmt: skip
    return pd.DataFrame(found, columns=["school_id", "kind", "took_part", "first", "last", "rounds"])


def _pool(rounds: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """The latest full pool of rounds in order of time; the one that is open where none is full."""
    full, begun, count = None, 0, 0
    for place, took_part in enumerate(rounds["took_part"]):
        count += took_part
        if count >= smallest_group:
            full, begun, count = rounds.iloc[begun : place + 1], place + 1, 0
    return rounds if full is None else full


def statistics(records: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Rows of ``took_part`` by kind (the ``item``), and of ``named``: how many spoke of a theme (item ``kind: theme``), not yet protected.

    A theme stands there only where more people named it than coding keeps at an end (``privacy.coding``), and at least smallest_group took part: a theme of one or two
    could point to them, also by its words. Counts of nearly all are brought to an end; a theme whose count is not known in every round is left out. How many were
    asked is not shown: it would tell how few said no.
    """
    pooled = heard(records, smallest_group)
    sets = [str(RespondentSet.of(source="followups", window=row.kind, school_id=row.school_id)) for row in pooled.itertuples()]
    keys = pooled.assign(wave="", scale=SCALE, n=pooled["took_part"].astype("int64"), set=pd.Series(sets, pooled.index, dtype="str"), why="")
    keys["why"] = keys["why"].mask(keys["n"] < smallest_group, FEW_PERSONS)
    tables = [rows(keys, "took_part", keys["took_part"], 0, item=keys["kind"])]
    themes = records[records["theme"] != ""].merge(keys, on=["school_id", "kind"], suffixes=("_round", ""))
    themes = themes[(themes["date"] >= themes["first"]) & (themes["date"] <= themes["last"])]
    if len(themes):
        named = themes.groupby(["school_id", "kind", "theme"], sort=False).agg(named=("named_by", lambda counts: counts.sum(skipna=False))).reset_index().merge(keys, on=["school_id", "kind"])
        least = max(coding.kept(smallest_group) + 1, 3)
        named = named[(named["named"] >= least) & (named["n"] >= smallest_group) & (named["named"] <= named["n"])].reset_index(drop=True)
        if len(named):
            count, at = coding.code_count(named["named"], named["n"], smallest_group)
            tables.append(rows(named, "named", count, 0, item=named["kind"] + ": " + named["theme"], bound=at))
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)
