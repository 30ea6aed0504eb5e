"""Numbers that are made one by one, as rows of statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from cyclebook.climate.rows import rows


class Line(NamedTuple):
    """One number: ``set`` names the n persons behind it (both empty where it tells of nobody), ``bound`` whether it stands at an end."""

    school_id: str
    wave: str
    item: str
    statistic: str
    value: float
    decimals: int
    n: int
    set: str
    bound: str = ""


def stacked(scale: str, lines: Sequence[Line]) -> pd.DataFrame:
    """The lines as rows of statistics (``privacy.protect.COLUMNS``), rounded as shown and not yet protected."""
    keys = pd.DataFrame(list(lines), columns=Line._fields).assign(scale=scale, why="").astype({"n": "int64"})
    keys["statistic"] = keys["statistic"].astype("str")
    tables = [
        rows(group, str(statistic), group["value"], int(decimals), item=group["item"], bound=group["bound"])
        for (statistic, decimals), group in keys.groupby(["statistic", "decimals"], sort=False)
    ]
    return pd.concat(tables, ignore_index=True) if tables else rows(keys, "", keys["value"], 0)
