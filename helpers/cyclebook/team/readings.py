"""What the sentences of this page share: which numbers are shown, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Reading


def shown(table: Protected, statistic: str, **where: str) -> Cell | None:
    """The number, where it is shown."""
    cell = table.cell(statistic, **where)
    return None if cell is None or cell.value is None else cell


def onward(drawn: Mapping[str, Sequence[str]] | None, no_visit: Sequence[str]) -> Reading:
    """One next step: toward schools without a close contact, else without a visit, else a question to ask.

    drawn: ids of schools by how many close contacts they have (``none``), where that may be shown.
    """
    if drawn and drawn["none"]:
        return Reading.of("t_next_tie")
    return Reading.of("t_next_visit") if no_visit else Reading.of("t_next")
