"""What can be wrong with the cells and rows of a raw table: impossible values, ranges that became dates, rows that repeat.

Pure functions of plain frames of text. They recognise and say what a cell probably was; nothing is repaired.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import pandas as pd

from cyclebook.parameters import fold

MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
#: 25-Jun and Jun-25, as spreadsheets in English show what they took for a day, or for a month and a year.
DAY_MONTH = re.compile(r"(\d{1,2})[- ]([a-z]{3})", re.IGNORECASE)
MONTH_YEAR = re.compile(r"([a-z]{3})[- ](\d{2})", re.IGNORECASE)
#: The whole day behind it: 2025-06-25 (with or without midnight), 6/25/2025.
ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
US_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
#: 26-100, 1 – 5, 6 to 25.
RANGE = re.compile(r"\d+\s*(?:[-\u2010-\u2015]|to)\s*\d+")
#: From this two-digit year on, a spreadsheet cannot have taken the number for a day of the month.
NO_DAY = 32


def impossible(cells: pd.Series, low: float, high: float) -> pd.DataFrame:
    """Cells that cannot be: `value` as it stands and `reason` ("not a number", "out of range"), indexed as `cells`.

    cells: text or numbers. low, high: the declared range, both ends possible, such as ages 16 to 100. Empty cells are no values.
    """
    texts = cells.astype("str").where(cells.notna(), "").str.strip()
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    given = texts != ""
    unreadable = given & ~np.isfinite(numbers)
    beyond = given & ~unreadable & ((numbers < low) | (numbers > high))
    reason = pd.Series(np.where(unreadable, "not a number", "out of range"), index=cells.index)
    found = unreadable | beyond
    return pd.DataFrame({"value": texts[found], "reason": reason[found]})


def holds_ranges(texts: Collection[str]) -> bool:
    """Whether any of the texts is a range of numbers, such as 26-100."""
    return any(RANGE.fullmatch(text.strip()) for text in texts)


def range_behind(text: str, whole_days: bool = False) -> str | None:
    """The range that a spreadsheet probably took for a date, or None: "25-Jun" was 6-25, "5-Jan" 1-5, "Jun-25" 6-25.

    A range goes up: "1-Dec" was 1-12, typed where the day is written first. whole_days: whether 2025-06-25 and 6/25/2025 may
    be meant, too, which elsewhere are what they seem.
    """
    text = text.strip()
    if match := DAY_MONTH.fullmatch(text):
        return _rising(int(match[1]), MONTHS.get(match[2].lower()))
    if match := MONTH_YEAR.fullmatch(text):
        month, year = MONTHS.get(match[1].lower()), int(match[2])
        return f"{month}-{year}" if month and month < year else None
    if whole_days and (match := ISO_DAY.fullmatch(text) or US_DAY.fullmatch(text)):
        year, month, day = (int(part) for part in (match.groups() if match.re is ISO_DAY else (match[3], match[1], match[2])))
        if day == 1 and year % 100 >= NO_DAY and month <= 12:
            return f"{month}-{year % 100}"
        return _rising(day, month if month <= 12 else None)
    return None


def _rising(day: int, month: int | None) -> str | None:
    if month is None or not 1 <= day <= 31 or day == month:
        return None
    return f"{min(day, month)}-{max(day, month)}"


def date_mangled(cells: pd.Series) -> pd.DataFrame:
    """Ranges that a spreadsheet turned into dates: `value`, `rows` (how many hold it), `probably`, most frequent first.

    cells: text. Only where the column otherwise holds ranges of numbers: a column of dates is left alone.
    """
    counts = cells.value_counts()
    if not holds_ranges([str(text) for text in counts.index]):
        return pd.DataFrame({"value": pd.Series(dtype="str"), "rows": pd.Series(dtype="int64"), "probably": pd.Series(dtype="str")})
    found = [(text, int(rows), range_behind(str(text), whole_days=True)) for text, rows in counts.items()]
    return pd.DataFrame([row for row in found if row[2]], columns=["value", "rows", "probably"])


def repeated(table: pd.DataFrame, apart_from: Collection[str] = ()) -> pd.Series:
    """Whether an earlier row is the same in every cell (bool for each row); apart_from: but for these columns, such as a time stamp."""
    return table.drop(columns=list(apart_from)).duplicated()


def distinct_texts(cells: pd.Series) -> pd.DataFrame:
    """What people typed: `text` as it stands, `rows` (how many hold it), and `folded`, the same for texts that differ only in
    case and blanks. Most frequent first; empty cells are left out.
    """
    texts = cells[cells.notna()].astype("str")
    counts = texts[texts.str.strip() != ""].value_counts()
    return pd.DataFrame({"text": counts.index, "rows": counts.to_numpy(), "folded": [fold(text) for text in counts.index]})
