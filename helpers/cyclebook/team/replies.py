"""How the team's contacts are answered: time to a reply with what is still awaited, visits found at the first ask, and reasons given (C3).

Never of one school, one leader or one member of the team: see ``blocks``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from cyclebook.climate.rows import rows
from cyclebook.privacy.protect import BOUND, COLUMNS
from cyclebook.privacy.sets import RespondentSet
from cyclebook.team import blocks
from cyclebook.team.blocks import Block
from cyclebook.team.names import CONTACTS, DRAWN, MONTH, REASONS, WEEK, YEAR
from cyclebook.team.waiting import Ends, share, waiting

#: A share beyond these ends (percent) is shown as "95 or more" or "5 or less": that all of a group did the same is told of nobody.
LEAST, MOST = 5.0, 95.0


def watched(contacts: pd.DataFrame, day: date) -> pd.DataFrame:
    """The contacts (the table) of the year up to the day, as they stood then: with ``days`` watched and ``came``, whether there was an answer by then.

    An answer after the day has not come yet.
    """
    since = (day - timedelta(days=YEAR)).isoformat()
    here = contacts[(contacts["date"] > since) & (contacts["date"] <= day.isoformat())].reset_index(drop=True)
    came = (here["answered"] != "") & (here["answered"] <= day.isoformat())
    until = pd.to_datetime(here["answered"].where(came, day.isoformat()))
    return here.assign(came=came, days=(until - pd.to_datetime(here["date"])).dt.days.astype("float64"))


def shown_blocks(found: pd.DataFrame, groups: Mapping[str, Mapping[str, str]], smallest_group: int) -> list[Block]:
    """All contacts, and the parts of them by kind, by whose answer was asked for, and by groups of schools; none where all are not clear.

    found: as :func:`watched` gives it. groups: for each kind of group (level, coach) the group of each school. Of these kinds only the one with most groups to
    show is taken: beside each other, two would tell of the few schools that are in one group of each.
    """
    if not blocks.clear(found, smallest_group):
        return []
    by_school = [
        [block for block in blocks.parts(found, by, found["school_id"].map(dict(of)), smallest_group) if len(block.contacts) < len(found)]
        for by, of in groups.items()
    ]
    return [
        Block("", found),
        *(block for by in ("kind", "to") for block in blocks.parts(found, by, found[by], smallest_group)),
        *max(by_school, key=len, default=[]),
    ]


def statistics(found: pd.DataFrame, groups: Mapping[str, Mapping[str, str]], smallest_group: int) -> pd.DataFrame:
    """Rows (``privacy.protect.COLUMNS``), not yet protected. Who stands behind a number are the schools whose leaders were asked.

    Of each block: ``asked`` contacts, ``schools`` that they went to; ``median`` days to an answer with its ends (not defined where not reached); ``within_7`` and ``within_30``, percent with their
    ends, and ``within_<days>`` for the curve; of visits, ``first_ask``: for how many percent a day was found at the first ask. Under ``reasons``: how many
    contacts have a reason that was given at smallest_group schools or more.
    """
    tables = []
    for block in shown_blocks(found, groups, smallest_group):
        tables += _of_block(block)
    visits = found[(found["kind"] == "visit") & (found["first_ask"] != "")]
    if tables and blocks.clear(visits, smallest_group):
        held = share(visits["first_ask"] == "yes", visits["school_id"])
        tables += [row("first_ask", visits, "asked", len(visits), 0), *percents("first_ask", visits, "first_ask", held)]
    if tables:
        tables += _reasons(found, smallest_group)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*COLUMNS, BOUND])


def _of_block(block: Block) -> list[pd.DataFrame]:
    found = block.contacts
    curve = waiting(found["days"], found["came"], found["school_id"])
    half = curve.median()
    tables = [row(block.item, found, "asked", len(found), 0), row(block.item, found, "schools", found["school_id"].nunique(), 0)]
    tables += [row(block.item, found, name, value, 0) for name, value in zip(("median", "median_low", "median_high"), half, strict=True)]
    for days in DRAWN:
        ends = curve.within(days)
        tables += percents(block.item, found, f"within_{days}", ends if days in (WEEK, MONTH) else Ends(ends.value, np.nan, np.nan))
    return tables


def percents(item: str, found: pd.DataFrame, name: str, ends: Ends, scale: str = CONTACTS) -> list[pd.DataFrame]:
    """Rows of a share in percent and, where it has them, its ends; none where it cannot be said. Beyond LEAST and MOST only that is told."""
    told = [(label, 100 * value) for label, value in zip((name, f"{name}_low", f"{name}_high"), ends, strict=True) if np.isfinite(value)]
    return [row(item, found, label, value, 0, scale) for label, value in told]


def row(item: str, found: pd.DataFrame, name: str, value: float, decimals: int, scale: str = CONTACTS) -> pd.DataFrame:
    bound = ""
    if name.startswith(("within", "first_ask", "followed")):
        value, bound = ended(value)
    by, _, label = item.partition("=")
    # parts by kind are different questions asked of the same schools; groups of schools are parts of them
    split = by in ("level", "coach")
    keys = {by: label} if split else {}
    source = "contacts" if split or not item else f"contacts {label or item}"
    respondents = str(RespondentSet.of(source=source if scale == CONTACTS else f"{scale} {label or item}", window="year", **keys))
    where = pd.DataFrame({"school_id": [""], "wave": "", "scale": scale, "n": found["school_id"].nunique(), "set": respondents, "why": ""})
    return rows(where, name, [value], decimals, item=item, bound=bound)


def ended(percent: float) -> tuple[float, str]:
    """A share as it may be told: at an end where it lies beyond it, with which side is left open."""
    if percent > MOST:
        return MOST, "more"
    return (LEAST, "less") if percent < LEAST else (percent, "")


def _reasons(found: pd.DataFrame, smallest_group: int) -> list[pd.DataFrame]:
    given = found[found["reason"] != ""]
    tables = []
    for reason, named in given.groupby("reason", sort=True):
        if blocks.clear(named, smallest_group):
            tables.append(row(str(reason), named, "given", len(named), 0, REASONS))
    return tables


def open_reasons(statistics: pd.DataFrame) -> Sequence[str]:
    """The reasons that are shown, the most often given first."""
    given = statistics[statistics["scale"] == REASONS].sort_values(["value", "item"], ascending=[False, True], kind="stable")
    return given["item"].tolist()
