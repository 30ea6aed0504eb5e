"""Small protected tables for tests, written as literal rows."""

from __future__ import annotations

import pandas as pd

from cyclebook.privacy import Protected, protect
from cyclebook.privacy.protect import BOUND, COLUMNS

SMALLEST = 5


def raw(*rows: dict) -> pd.DataFrame:
    """A table of statistics: what a row does not say is school S01, wave w2, scale trust, 20 persons, one decimal."""
    frame = []
    for row in rows:
        full = {
            "school_id": "S01", "wave": "w2", "scale": "trust", "item": "", "decimals": 1, "n": 20, "other_set": "",
            "other_n": 0, "why": "", BOUND: "", **row,
        }  # fmt: skip
        full.setdefault("answered", full["n"])
        full.setdefault("set", f"answered={full['scale']}; school_id={full['school_id']}; wave={full['wave']}")
        frame.append(full)
    return pd.DataFrame(frame, columns=[*COLUMNS, BOUND])


def protected(*rows: dict, smallest: int = SMALLEST) -> Protected:
    return protect(raw(*rows), smallest)


def scale(**facts) -> dict:
    """A scale as bundles hold it."""
    return {
        "id": "trust", "name": "Trust", "about": "trust among staff", "low": 1.0, "high": 5.0, "favourable": 4.0,
        "better": "higher", "claim": "connected", "mode": "person_mean", "minimum_answered": 3, "source": "", "items": [], **facts,
    }  # fmt: skip
