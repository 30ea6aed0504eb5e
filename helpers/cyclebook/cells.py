"""The cells of tables in words: numbers with their digits, ranges, and why something is not shown.

A number that stands at an end of what is shown (``privacy.coding``) says so wherever it stands: "4.5 or more", "at least 33 of 34".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Bounded, Fact, number, phrase, shown

if TYPE_CHECKING:
    import pandas as pd


def frame(columns: Sequence[str], rows: Sequence[Sequence[str]], language: str, more: Sequence[str] = ()) -> pd.DataFrame:
    """A table of texts with columns named by phrases, then by the texts of ``more``."""
    import pandas as pd

    return pd.DataFrame(rows, columns=[*(phrase(column, language) for column in columns), *more])


def filled(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """The table without the columns that hold nothing but dashes."""
    return frame.loc[:, [column for column in frame if (frame[column] != phrase("dash", language)).any()]]


def text(cell: Cell | None, language: str) -> str:
    """The number as shown, with "or more" or "or less" at an end; or why it is not; a dash where there is none."""
    return _or(cell, _bare(cell, language), language)


def _bare(cell: Cell | None, language: str) -> str:
    if cell is None:
        return phrase("dash", language)
    if cell.value is None:
        return phrase(f"hidden_{cell.why.replace(' ', '_')}", language)
    return number(shown(cell.value, cell.decimals), language)


def _or(cell: Cell | None, value: str, language: str) -> str:
    return phrase(f"or_{cell.bound}", language, value=value) if cell is not None and cell.bound else value


def fact(cell: Cell) -> Fact:
    """The number of a cell that is shown, for a sentence: with its digits, and with "or more" or "or less" at an end.

    At an end it is no number to calculate with: what a sentence decides, it decides on ``cell.value`` and ``cell.bound``.
    """
    value = shown(cell.value, cell.decimals)
    return Bounded(value, f"or_{cell.bound}") if cell.bound else value


def count_fact(cell: Cell) -> Fact:
    """A count of persons that is shown, for a sentence: 33, or "at least 33" or "at most 1" at an end."""
    value = int(cell.value)
    return Bounded(value, _OF_COUNTS[cell.bound]) if cell.bound else value


def phrase_count(fact: Fact, language: str) -> str:
    """A count as :func:`count_fact` gives it, in words: "33", "at least 33"."""
    return phrase(fact.words, language, value=fact.value) if isinstance(fact, Bounded) else number(fact, language)


def count(cell: Cell | None, language: str) -> str:
    """A count of persons: "33", "at least 33" or "at most 1" at an end; or why it is not shown."""
    bare = _bare(cell, language)
    return phrase(_OF_COUNTS[cell.bound], language, value=bare) if cell is not None and cell.bound else bare


def count_of(cell: Cell | None, language: str) -> str:
    """A count and how many answered: "30 of 34", "at least 33 of 34", "at most 1 of 34"; or why it is not shown."""
    if cell is None or cell.value is None:
        return text(cell, language)
    template = f"{_OF_COUNTS[cell.bound]}_of" if cell.bound else "count_of"
    return phrase(template, language, count=int(cell.value), answered=cell.answered)


#: What is said beside a count of persons at an end, by the cell's ``bound``.
_OF_COUNTS = {"more": "at_least", "less": "at_most"}


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
    """The number with its percent sign: "46 %", "97 % or more"."""
    if cell is None or cell.value is None:
        return text(cell, language)
    return _or(cell, phrase("percent", language, value=_bare(cell, language)), language)


def with_range(
    table: Protected, names: tuple[str, str, str], where: Mapping, language: str, share: bool = False
) -> str:
    """Such as "3.9 (3.7 to 4.1)" or, a share, "46 % (31 to 62)"; the number alone where it has no range, or why it is not shown."""
    cells = [table.cell(name, **where) for name in names]
    value = percent(cells[0], language) if share else text(cells[0], language)
    if cells[0] is None or any(cell is None or cell.value is None for cell in cells):
        return value
    return phrase("with_range", language, value=value, low=text(cells[1], language), high=text(cells[2], language))
