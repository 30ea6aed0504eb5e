"""What may be said of a share at a school: its size, and where it lies beside the district's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from cyclebook import cells
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Bounded, Fact, Reading, shown

#: Percentage points: of a gap whose range is wider nothing is said, for it leaves out next to nothing.
WIDEST = 50.0
#: Where a school may stand beside the district.
ABOVE, BELOW, LIKE, UNTOLD = "above", "below", "like", "cannot_tell"


def place(table: Protected, indicator: str, period: str, item: str, like: float) -> str | None:
    """Above or below the district, like it, or not to be told apart from it; None where it cannot be judged.

    table: the school's rows ``gap_low`` and ``gap_high``. like: how many percentage points apart still count as alike. It is decided on the
    numbers as they are shown, and an end that is open decides nothing on its side.
    """
    low, high = gap(table, indicator, period, item)
    if low is None or high is None:
        return None
    if low.value > 0 and low.bound != "less":
        return ABOVE
    if high.value < 0 and high.bound != "more":
        return BELOW
    if low.value > 0 or high.value < 0:
        return None
    return LIKE if max(-low.value, high.value) <= like and not (low.bound or high.bound) else UNTOLD


def gap(table: Protected, indicator: str, period: str, item: str) -> tuple[Cell | None, Cell | None]:
    """The two ends of the school's steadied share less the district's, as shown; None for one that is not."""
    where = {"scale": indicator, "wave": period, "item": item}
    own = table.rows(statistic=("gap_low", "gap_high"), **where)
    found = [own.cell(name) for name in ("gap_low", "gap_high")]
    return tuple(None if cell is None or cell.value is None else cell for cell in found)


def beside(table: Protected, district: Protected, indicator: str, period: str, item: str, like: float, **facts: Fact) -> Reading | None:
    """A sentence on where the school stands beside the district (``e_above``, ``e_below``, ``e_like``, ``e_cannot_tell``); None where nothing can be said that is worth saying.

    Facts: name (what is counted, as it stands within a sentence), district (percent), least and most or down and up (points).
    """
    found, share = place(table, indicator, period, item, like), district.cell("share", scale=indicator, wave=period, item=item)
    if found is None or share is None or share.value is None:
        return None
    low, high = gap(table, indicator, period, item)
    facts = {**facts, "district": Bounded(int(share.value), f"e_percent_{share.bound}" if share.bound else "e_percent")}
    if found == ABOVE:
        return Reading.of("e_above", **facts, least=_size(low), most=_size(high))
    if found == BELOW:
        return Reading.of("e_below", **facts, least=_size(high), most=_size(low))
    if high.value - low.value > WIDEST:
        return None
    return Reading.of(f"e_{found}", **facts, down=_size(low), up=_size(high))


def _size(cell: Cell) -> Fact:
    """An end of the gap as a distance, "or more" where it may lie further out."""
    return cells.fact(replace(cell, value=abs(cell.value), bound="more" if cell.bound else ""))


def whole(cell: Cell | None) -> Decimal | None:
    """The number of a cell with its digits; None where it is not shown, or stands at an end."""
    return None if cell is None or cell.value is None or cell.bound else shown(cell.value, cell.decimals)
