"""How far what a school took on is in use: reach (who uses it, of those seen) and fidelity (who uses it as it is meant), apart."""

from __future__ import annotations

import math

import pandas as pd

from cyclebook.climate.evidence import standing
from cyclebook.climate.rows import rows
from cyclebook.privacy import coding
from cyclebook.privacy.sets import RespondentSet

SCALE, FIDELITY = "uptake", "fidelity"


def rounds(records: pd.DataFrame) -> pd.DataFrame:
    """The table ``uptake`` with the column period (month); of two rounds of one school, initiative and month the later one."""
    here = records[records["seen"] > 0].sort_values("date", kind="stable")
    return here.assign(period=here["date"].str[:7]).drop_duplicates(["school_id", "period", "initiative"], keep="last")


def statistics(records: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Rows on each initiative (the ``item``) by month, not yet protected. records: the table ``uptake``.

    Scale ``uptake``: using, of those seen (``standing.shares``), and ``expected``, how many were to use it. Scale ``fidelity``: using it as it is meant, of
    those using it, where that was noted. All counts are coded: who uses what is not known to everyone.
    """
    here = rounds(records)
    reach = pd.DataFrame({"school_id": here["school_id"], "period": here["period"], "item": here["initiative"], "part": here["using"], "whole": here["seen"]})
    meant = here[here["as_intended"].notna() & (here["using"] > 0)]
    # a count at an end must be told neither by how many were asked how they use it nor by whether they were: nothing is said of a part of these
    _, end = coding.code_count(meant["using"], meant["seen"], smallest_group)
    held = pd.DataFrame({"school_id": meant["school_id"], "period": meant["period"], "item": meant["initiative"], "part": meant["as_intended"], "whole": meant["using"]})
    held = held[end == coding.EXACT]
    sets = [str(RespondentSet.of(source="uptake", window=row.period, school_id=row.school_id, answered=row.initiative)) for row in here.itertuples()]
    keys = here.assign(wave=here["period"], scale=SCALE, n=here["seen"].astype("int64"), set=pd.Series(sets, here.index, dtype="str"), why="")
    tables = [standing.shares(reach, SCALE, "uptake", smallest_group, coded=True), standing.shares(_named(held), FIDELITY, "uptake", smallest_group, coded=True)]
    if len(keys):
        tables.append(rows(keys, "expected", keys["expected"], 0, item=keys["initiative"]))
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def _named(held: pd.DataFrame) -> pd.DataFrame:
    """Those who use it are another set than those who were seen: the item says so."""
    return held.assign(item=held["item"] + ", in use")


def change(before: tuple[int, int], now: tuple[int, int]) -> tuple[float, float]:
    """The 95 % interval of the difference of two shares (count, of how many), now less before, in percentage points (Newcombe 1998, method 10)."""
    from cyclebook.climate.participation import wilson

    (x1, n1), (x2, n2) = now, before
    p1, p2 = x1 / n1, x2 / n2
    (l1, u1), (l2, u2) = wilson(x1, n1), wilson(x2, n2)
    difference = p1 - p2
    low = difference - math.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    high = difference + math.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    return 100 * low, 100 * high
