"""What was heard in low-threat ways: anonymous surveys, talks one to one, exit interviews; themes only where enough people named them."""

from __future__ import annotations

import pandas as pd

from cyclebook.climate.rows import rows
from cyclebook.privacy import coding
from cyclebook.privacy.protect import FEW_PERSONS
from cyclebook.privacy.sets import RespondentSet

SCALE = "followups"
KINDS = ("anonymous_survey", "one_to_one", "exit_interview")


def heard(records: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """One row for each school and kind: took_part, invited (nan where not known of each round), first and last day, rounds.

    records: the table ``followups``; several rows of one school, day and kind are themes of one round. A kind's rounds are pooled over all days, the latest
    first, until enough took part: exit interviews come one by one. People of several rounds are taken to be different people.
    """
    rounds = records.groupby(["school_id", "kind", "date"], sort=True).agg(took_part=("took_part", "max"), invited=("invited", "max")).reset_index()
    found = []
    for (school, kind), group in rounds.groupby(["school_id", "kind"], sort=True):
        group = group.sort_values("date", ascending=False, kind="stable")
        enough = (group["took_part"].cumsum() >= smallest_group).to_numpy()
        used = group.iloc[: int(enough.argmax()) + 1] if enough.any() else group
        invited = used["invited"].sum() if used["invited"].notna().all() else float("nan")
        found.append({"school_id": school, "kind": kind, "took_part": int(used["took_part"].sum()), "invited": invited, "first": used["date"].min(),
                      "last": used["date"].max(), "rounds": len(used)})  # fmt: skip
    return pd.DataFrame(found, columns=["school_id", "kind", "took_part", "invited", "first", "last", "rounds"])


def statistics(records: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Rows of ``took_part`` by kind (the ``item``), and of ``named``: how many spoke of a theme (item ``kind: theme``), not yet protected.

    A theme stands there only where more people named it than coding keeps at an end (``privacy.coding``), and at least smallest_group took part: a theme of one or two
    could point to them, also by its words. Counts of nearly all are brought to an end.
    """
    pooled = heard(records, smallest_group)
    sets = [str(RespondentSet.of(source="followups", window=row.kind, school_id=row.school_id)) for row in pooled.itertuples()]
    keys = pooled.assign(wave="", scale=SCALE, n=pooled["took_part"].astype("int64"), set=pd.Series(sets, pooled.index, dtype="str"), why="")
    keys["why"] = keys["why"].mask(keys["n"] < smallest_group, FEW_PERSONS)
    tables = [rows(keys, "took_part", keys["took_part"], 0, item=keys["kind"])]
    asked = keys[keys["invited"].notna()]
    tables.append(rows(asked, "invited", asked["invited"], 0, item=asked["kind"]))
    themes = records[(records["theme"] != "") & records["named_by"].notna()].merge(keys, on=["school_id", "kind"], suffixes=("_round", ""))
    themes = themes[(themes["date"] >= themes["first"]) & (themes["date"] <= themes["last"])]
    if len(themes):
        named = themes.groupby(["school_id", "kind", "theme"], sort=False).agg(named=("named_by", "sum")).reset_index().merge(keys, on=["school_id", "kind"])
        least = max(coding.kept(smallest_group) + 1, 3)
        named = named[(named["named"] >= least) & (named["n"] >= smallest_group) & (named["named"] <= named["n"])].reset_index(drop=True)
        if len(named):
            count, at = coding.code_count(named["named"], named["n"], smallest_group)
            tables.append(rows(named, "named", count, 0, item=named["kind"] + ": " + named["theme"], bound=at))
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)
