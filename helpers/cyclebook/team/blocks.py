"""Which parts of the team's contacts may be looked at: of enough schools, by enough members, and none that follows by subtraction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

#: Fewer members of the team than this could work out one another's numbers; so could one who made more than MOST_OF_ONE of the contacts.
FEWEST_MEMBERS, MOST_OF_ONE = 3, 0.75


class Block(NamedTuple):
    """A part of the contacts. item: what it is a part by, as rows name it (``kind=email``; "" for all)."""

    item: str
    contacts: pd.DataFrame


def clear(contacts: pd.DataFrame, smallest_group: int) -> bool:
    """Whether contacts (columns school_id, member) are of at least smallest_group schools and nobody's own.

    That is: made by at least ``FEWEST_MEMBERS`` members of the team, none of whom made more than ``MOST_OF_ONE`` of them.
    """
    if contacts["school_id"].nunique() < max(smallest_group, 1):
        return False
    made = contacts["member"].value_counts()
    return len(made) >= FEWEST_MEMBERS and int(made.iloc[0]) <= MOST_OF_ONE * len(contacts)


def parts(contacts: pd.DataFrame, by: str, labels: pd.Series | Mapping[str, str], smallest_group: int) -> list[Block]:
    """The parts of the contacts that may be shown beside the whole, in the order of their labels.

    by: what they are parts by; labels: the part of each contact (by its index), "" for none. What is left when all that is shown is taken from the
    whole is clear itself, or nothing is left: else the smallest of those shown stays hidden, too (complementary suppression: Hundepool et al. 2012).
    """
    of = pd.Series(labels, dtype="object").reindex(contacts.index).fillna("")
    found = [Block(f"{by}={label}", contacts[of == label]) for label in sorted(set(of) - {""})]
    shown = [block for block in found if clear(block.contacts, smallest_group)]
    while shown:
        rest = contacts[~contacts.index.isin(_rows(shown))]
        if rest.empty or clear(rest, smallest_group):
            break
        shown.remove(min(shown, key=lambda block: (block.contacts["school_id"].nunique(), len(block.contacts), block.item)))
    return shown


def _rows(blocks: Iterable[Block]) -> set:
    return {row for block in blocks for row in block.contacts.index}
