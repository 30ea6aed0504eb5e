"""The day of each row, and whether its school was open then."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import District
from cyclebook.sources.columns import Column
from cyclebook.sources.ledger import Ledger, Told, Values
from cyclebook.sources.places import CORRECT, SCHOOLS

#: 2025-10-06, 2025/10/06 or, with the month or the day first, 10/6/2025; a time of day after it is left out.
ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ].*)?")
SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")
#: 2025-10-06 14:05, 2025-10-06T14:05:33+01:00, 10/6/2025 2:05 PM, 2025/10/06 2:05:33 PM GMT-5: a day, then a time of day.
MOMENT = re.compile(r"(?P<day>[\d/-]+)[T ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?\s*(?P<half>[AaPp][Mm])?.*")
REMEDY = "Write it as 2025-10-06 (or month/day/year, 10/6/2025; with dates: day_first in the source day/month/year)."


def day_of(text: str, day_first: bool = False) -> date | None:
    """The day in a text, or None where it is none of the calendar. day_first: whether 10/6/2025 is the 10th of June."""
    iso, slashed = ISO.fullmatch(text.strip()), SLASHED.fullmatch(text.strip())
    if not iso and not slashed:
        return None
    year, month, day = map(int, iso.groups() if iso else (slashed[3], slashed[1], slashed[2]))
    if slashed and day_first:
        month, day = day, month
    try:
        return date(year, month, day)
    except ValueError:
        return None


def moment_of(text: str, day_first: bool = False) -> datetime | None:
    """The moment in a text, without its time zone, or None where it is none."""
    match = MOMENT.fullmatch(text.strip())
    day = day_of(match["day"], day_first) if match else None
    if day is None:
        return None
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    try:
        return datetime.combine(day, time(hour, int(match["minute"]), int(match["second"] or 0)))
    except ValueError:
        return None


def is_day_first(ledger: Ledger, column: Column, texts: pd.Series) -> bool:
    """Whether the days of a column are written day/month/year: as the source declares, else month/day/year.

    Raises InputError where nothing is declared, a cell can only be day/month/year, and none can only be month/day/year: the
    others would be read as days that they are not.
    """
    if ledger.source.dates is not None:
        return ledger.source.dates == "day_first"
    matches = [(place, text, SLASHED.fullmatch(str(text).strip())) for place, text in enumerate(texts)]
    day = next(((place, text) for place, text, match in matches if match and int(match[1]) > 12 >= int(match[2])), None)
    if day is not None and not any(match and int(match[2]) > 12 >= int(match[1]) for _, _, match in matches):
        raise InputError(
            f'{ledger.source.path_as_written} (source {ledger.source.name}), row {ledger.rows[day[0]]}, column "{column.label}": {day[1]!r} has '
            "the day first, and no cell shows that the month stands first. Write dates: day_first in parameters/sources.yaml, or "
            "dates: month_first if it is a slip in this cell."
        )
    return False


def days_of(ledger: Ledger, column: Column | None, texts: pd.Series | None) -> np.ndarray:
    """The ISO day of each row (object array of text, "" where there is no column). Rows without a readable day are set aside.

    Raises InputError as `is_day_first` does.
    """
    if column is None:
        return np.full(len(ledger.rows), "", dtype=object)
    values, first = Values(texts), is_day_first(ledger, column, texts)
    days = [day_of(text, first) for text in values.distinct]
    told: list[Told | None] = [
        None if day else ("not a day of the calendar" if text.strip() else "no day", REMEDY)
        for day, text in zip(days, values.distinct, strict=True)
    ]
    ledger.set_aside_values(column.label, values, told)
    return values.spread([day.isoformat() if day else "" for day in days], object)


def set_aside_far(district: District, ledger: Ledger, column: Column | None, days: np.ndarray) -> None:
    """Set aside rows dated more than a year after all that the district knows of: the year was mistyped.

    Known are the configured day, the waves and the terms. A single such row would move the day that all pages speak of.
    """
    known = [*(wave.end for wave in district.waves), *(term.end for term in district.terms)]
    last = district.as_of or max(known, default=None)
    if column is None or last is None:
        return
    limit = (last + timedelta(366)).isoformat()
    remedy = f"More than a year after {last}. Correct the year, or add the wave or term to parameters/district.yaml."
    ledger.set_aside(days > limit, column.label, days, "a day far ahead", remedy)


def set_aside_not_open(district: District, ledger: Ledger, column: Column, schools: np.ndarray, days: np.ndarray) -> None:
    """Set aside rows of a school that was closed, or not yet open, on the row's day."""
    for school in district.schools.values():
        if not (school.closed or school.opened):
            continue
        here = (schools == school.school_id) & (days != "")
        if school.closed:
            remedy = f"It closed on {school.closed}. {CORRECT} closed in {SCHOOLS}."
            ledger.set_aside(here & (days > school.closed.isoformat()), column.label, days, "school closed", remedy)
        if school.opened:
            remedy = f"It opened on {school.opened}. {CORRECT} opened in {SCHOOLS}."
            ledger.set_aside(here & (days < school.opened.isoformat()), column.label, days, "school not yet open", remedy)
