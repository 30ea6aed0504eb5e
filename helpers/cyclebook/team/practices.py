"""Which kinds of contact are answered, and which are followed by taking part in professional learning (C15). What goes with what; not what works."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from cyclebook.privacy.protect import BOUND, COLUMNS
from cyclebook.team import blocks
from cyclebook.team.names import AFTER, FEWEST, PRACTICES
from cyclebook.team.replies import percents, row
from cyclebook.team.waiting import share



def followed(found: pd.DataFrame, sessions: pd.DataFrame, day: date) -> pd.DataFrame:
    """The contacts (as ``replies.watched`` gives them) whose 60 days are over and held a session that the school was asked to, with ``followed`` and ``usual``.

    followed: whether the school sent someone to one within 60 days after the day of the contact. usual: of all days of the year on which such 60 days could
    have begun at this school, the share that were followed so; what comes after any day at all.
    """
    ends = day - timedelta(days=AFTER)
    first = pd.to_datetime(found["date"].min()) if len(found) else None
    kept, was, usual = [], [], []
    by_school = {school: rows for school, rows in sessions[sessions["date"] <= day.isoformat()].groupby("school_id")}
    for school, own in found[found["date"] <= ends.isoformat()].groupby("school_id", sort=False):
        if school not in by_school:
            continue
        asked = np.sort(pd.to_datetime(by_school[school]["date"]).to_numpy(dtype="datetime64[D]"))
        came = by_school[school].loc[by_school[school]["attended"] > 0, "date"]
        came = np.sort(pd.to_datetime(came).to_numpy(dtype="datetime64[D]"))
        every = np.arange(first.to_datetime64().astype("datetime64[D]"), np.datetime64(ends) + 1)
        could = _within(asked, every)
        rate = float(_within(came, every)[could].mean()) if could.any() else np.nan
        begins = pd.to_datetime(own["date"]).to_numpy(dtype="datetime64[D]")
        able = _within(asked, begins)
        kept += own.index[able].tolist()
        was += _within(came, begins)[able].tolist()
        usual += [rate] * int(able.sum())
    return found.loc[kept].assign(followed=np.array(was, dtype=bool), usual=np.array(usual, dtype=float))


def _within(days: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """For each begin whether one of the sorted days lies 1 to 60 days after it."""
    return np.searchsorted(days, begins + AFTER, side="right") > np.searchsorted(days, begins, side="right")


def statistics(found: pd.DataFrame, sessions: pd.DataFrame, day: date, smallest_group: int) -> pd.DataFrame:
    """Rows, not yet protected, of the kinds with at least ``FEWEST`` contacts that may be shown (``blocks``): of those that ``followed`` tells of
    ``could``, ``followed`` with its ends and ``usual``, percent. Whether a kind is answered is told under ``contacts``.
    """
    tables = []
    if blocks.clear(found, smallest_group):
        after = followed(found, sessions, day)
        for block in blocks.parts(found, "kind", found["kind"], smallest_group):
            own = after[after["kind"] == block.item.removeprefix("kind=")]
            if len(own) < FEWEST or not blocks.clear(own, smallest_group):
                continue
            tables += [row(block.item, own, "could", len(own), 0, PRACTICES), *percents(block.item, own, "followed", share(own["followed"], own["school_id"]), PRACTICES)]
            tables.append(row(block.item, own, "usual", 100 * own["usual"].mean(), 0, PRACTICES))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*COLUMNS, BOUND])
