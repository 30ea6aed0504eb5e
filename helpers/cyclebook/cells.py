"""The cells of tables in words: numbers with their digits, ranges, and why something is not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import number, phrase, shown

if TYPE_CHECKING:
    import pandas as pd


def frame(columns: Sequence[str], rows: Sequence[Sequence[str]], language: str, more: Sequence[str] = ()) -> pd.DataFrame:
    """A table of texts with columns named by phrases, then by the texts of ``more``."""
    import pandas as pd

    return pd.DataFrame(rows, columns=[*(phrase(column, language) for column in columns), *more])


def text(cell: Cell | None, language: str) -> str:
    """The number as shown, or why it is not; a dash where there is none."""
    if cell is None:
        return phrase("dash", language)
    if cell.value is None:
        return phrase(f"hidden_{cell.why.replace(' ', '_')}", language)
    return number(shown(cell.value, cell.decimals), language)


def chance(cell: Cell, language: str) -> str:
    """A probability; one that would be printed as nothing is given as under the smallest one printed."""
    if cell.value == 0:
        return phrase("less_than", language, value=Decimal(1).scaleb(-cell.decimals))
    return text(cell, language)


def interval(table: Protected, names: tuple[str, str], where: Mapping, language: str) -> str:
    """Such as "3.7 to 4.1"; why it is not shown where it is not."""
    low, high = (table.cell(name, **where) for name in names)
    if low is None or low.value is None:
        return text(low, language)
    return phrase("range", language, low=text(low, language), high=text(high, language))


def percent(cell: Cell | None, language: str) -> str:
    """The number with its percent sign."""
    number_text = text(cell, language)
    return number_text if cell is None or cell.value is None else phrase("percent", language, value=number_text)


def with_range(
    table: Protected, names: tuple[str, str, str], where: Mapping, language: str, share: bool = False
) -> str:
    """Such as "3.9 (3.7 to 4.1)" or, a share, "46 % (31 to 62)"; the number alone where it has no range, or why it is not shown."""
    cells = [table.cell(name, **where) for name in names]
    texts = [text(cell, language) for cell in cells]
    if cells[0] is None or cells[0].value is None:
        return texts[0]
    value = phrase("percent", language, value=texts[0]) if share else texts[0]
    if any(cell is None or cell.value is None for cell in cells[1:]):
        return value
    return phrase("with_range", language, value=value, low=texts[1], high=texts[2])
