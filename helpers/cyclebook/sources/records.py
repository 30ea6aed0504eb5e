"""One file of records (contacts, sessions, staffing …), read as `parameters.records` describes its table."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cyclebook.parameters import District, Source, fold, nearest
from cyclebook.parameters.records import AMOUNT, CHOICE, COUNT, DAY, RECORDS, SCHOOL, TOKEN, YES_NO, RecordColumn
from cyclebook.sources.aggregates import skip
from cyclebook.sources.columns import Column, find, personal_names
from cyclebook.sources.dates import days_of, is_day_first, day_of, set_aside_far, set_aside_not_open, REMEDY
from cyclebook.sources.ledger import Ledger, Told, Values
from cyclebook.sources.opening import Reading, open_file, start, tokens
from cyclebook.sources.places import schools_of
from cyclebook.sources.series import number_in

YES, NO = ("yes", "y", "true", "1", "x"), ("no", "n", "false", "0")
#: A label of more letters than this is a sentence, and may say who someone is.
LONGEST = 80
WHOLE = "Write a whole number, 0 for none."
PLAIN = "Write a number such as 12, 3.5 or 1,024: a point before decimals, a comma only between thousands."


def read_records(district: District, source: Source) -> Reading:
    """Read one file of records. Raises InputError when the file or a declared column is missing, or may not be read.

    Rows with a cell that cannot be read are set aside, and so are rows in which a part is larger than its whole. Repeats are looked for
    later, over all files of the table.
    """
    record, file = RECORDS[source.table], open_file(source)
    uses = {use: find(source, file.columns, [name], use) for use, name in source.columns.items()}
    skips = {name: find(source, file.columns, [name], "skip_rows_where") for name in source.skip_rows_where or {}}
    positions = list(dict.fromkeys(column.position for column in (*uses.values(), *skips.values())))
    taken = file.take(positions, compare=False)
    ledger = start(source, taken)
    for name, column in skips.items():
        skip(ledger, column, taken.frame[column.position], source.skip_rows_where[name])
    cells = {use: taken.frame[column.position] for use, column in uses.items()}
    if source.wave_values and "year" in cells:
        named = {fold(text): year for text, year in source.wave_values.items()}
        cells["year"] = cells["year"].map(lambda text: named.get(fold(text), text))
    none = np.full(len(ledger.rows), "", dtype=object)
    frame: dict[str, np.ndarray] = {}
    for use, column in record.columns.items():
        if column.kind == SCHOOL:
            frame[use] = schools_of(district, ledger, uses.get(use), cells.get(use), none)
        elif use not in uses:
            frame[use] = np.full(len(ledger.rows), math.nan) if column.kind in (COUNT, AMOUNT) else none
        elif column.kind == DAY and not column.empty:
            frame[use] = days_of(ledger, uses[use], cells[use])
        elif column.kind == TOKEN:
            frame[use] = _tokens(ledger, source, uses[use], taken)
        else:
            frame[use] = _READ[column.kind](ledger, uses[use], cells[use], column)
    if "date" in uses:
        set_aside_far(district, ledger, uses["date"], frame["date"])
        set_aside_not_open(district, ledger, uses["date"], frame["school_id"], frame["date"])
    for part, whole in record.parts:
        _set_aside_more(ledger, uses, part, whole, frame)
    if "answered" in uses and "date" in uses:
        early = (frame["answered"] != "") & (frame["answered"] < frame["date"])
        ledger.set_aside(early, uses["answered"].label, frame["answered"], "answered before it was asked", "Correct one of the two days.")
    labels = {use: column.label for use, column in uses.items()}
    people = pd.DataFrame(frame | {"row": taken.rows}, index=range(len(taken.rows)))
    personal = personal_names(file.columns, [*uses.values(), *skips.values()])
    return Reading(ledger, people, labels, np.empty((len(people), 0)), (), len(file.columns) - len(positions), personal)


def settle_records(readings: Sequence[Reading]) -> None:
    """Set aside, over all files of a table, the later row with the same keys."""
    seen: dict[tuple, str] = {}
    for reading in readings:
        keys = list(RECORDS[reading.ledger.source.table].keys)
        if not keys:
            continue
        known = reading.people[reading.ledger.alive]
        again, remedy = np.zeros(len(reading.people), dtype=bool), np.full(len(reading.people), "", dtype=object)
        for position, key in zip(known.index, known[keys].itertuples(index=False, name=None), strict=True):
            row = f"row {reading.ledger.rows[position]} of {reading.ledger.source.name}"
            first = seen.setdefault(tuple(fold(str(part)) for part in key), row)
            again[position], remedy[position] = first != row, f"{first[:1].upper()}{first[1:]} is kept. Remove one of the two."
        last = reading.labels.get(keys[-1], reading.labels.get(keys[0], ""))
        texts = reading.people[keys[-1]].astype("str").to_numpy(dtype=object)
        reading.ledger.set_aside(again, last, texts, f"second row for the same {' and '.join(keys)}", remedy)


def _tokens(ledger: Ledger, source: Source, column: Column, taken) -> np.ndarray:
    found = tokens(source, column, taken)
    ledger.set_aside(found == "", column.label, "", "no token", "Write a token for the person: the same one wherever the person stands.")
    return found


def _days(ledger: Ledger, column: Column, texts: pd.Series, of: RecordColumn) -> np.ndarray:
    values, first = Values(texts), is_day_first(ledger, column, texts)
    days = [day_of(text, first) for text in values.distinct]
    told: list[Told | None] = [
        None if day or not text.strip() else ("not a day of the calendar", REMEDY) for day, text in zip(days, values.distinct, strict=True)
    ]
    ledger.set_aside_values(column.label, values, told)
    return values.spread([day.isoformat() if day else "" for day in days], object)


def _numbers(ledger: Ledger, column: Column, texts: pd.Series, of: RecordColumn) -> np.ndarray:
    values = Values(texts)
    found = [number_in(text) if text.strip() else None for text in values.distinct]
    told = [_number_fault(text, number, of) for text, number in zip(values.distinct, found, strict=True)]
    ledger.set_aside_values(column.label, values, told)
    return values.spread([math.nan if number is None else number for number in found], float)


def _number_fault(text: str, number: float | None, of: RecordColumn) -> Told | None:
    if not text.strip():
        return None if of.empty else ("a number is missing", WHOLE if of.kind == COUNT else PLAIN)
    if number is None:
        return "not a number", WHOLE if of.kind == COUNT else PLAIN
    if number < 0:
        return "below zero", "Nothing can be counted below zero. Correct the cell."
    if of.kind == COUNT and number != math.floor(number):
        return "not a whole number", WHOLE
    return None


def _labels(ledger: Ledger, column: Column, texts: pd.Series, of: RecordColumn) -> np.ndarray:
    """Labels, blanks squeezed; spelt alike ignoring case, they are one, written as it stands first in the file."""
    values = Values(texts)
    first: dict[str, str] = {}
    found = [first.setdefault(fold(text), " ".join(text.split())) for text in values.distinct]
    told: list[Told | None] = []
    for text in found:
        if not text:
            told.append(None if of.empty else ("an empty cell", "Fill in the cell."))
        elif len(text) > LONGEST:
            told.append(("more than a label", f"Write a few words (at most {LONGEST} letters), and no name."))
        elif "@" in text:
            told.append(("an e-mail address", "Write a few words that say what it is, never who."))
        else:
            told.append(None)
    ledger.set_aside_values(column.label, values, told)
    return values.spread(found, object)


def _choices(ledger: Ledger, column: Column, texts: pd.Series, of: RecordColumn) -> np.ndarray:
    known = {fold(word): name for name in of.choices for word in (name, name.replace("_", " "), name.replace("_", "-"))}
    values = Values(texts)
    found = [known.get(fold(text), "") for text in values.distinct]
    told: list[Told | None] = []
    for text, name in zip(values.distinct, found, strict=True):
        near = nearest(text, of.choices)
        hint = f'The nearest known is "{near}". ' if near else ""
        missing = not text.strip()
        wrong = ("an empty cell" if missing else "unknown word", f"{hint}Write one of: {', '.join(of.choices)}.")
        told.append(None if name or (missing and of.empty) else wrong)
    ledger.set_aside_values(column.label, values, told)
    return values.spread(found, object)


def _yes_no(ledger: Ledger, column: Column, texts: pd.Series, of: RecordColumn) -> np.ndarray:
    """"yes", "no", or "" where the cell is empty and may be."""
    values = Values(texts)
    found = ["yes" if fold(text) in YES else "no" if fold(text) in NO else "" for text in values.distinct]
    told = [
        None if word or (of.empty and not text.strip()) else ("neither yes nor no", "Write yes or no.")
        for text, word in zip(values.distinct, found, strict=True)
    ]
    ledger.set_aside_values(column.label, values, told)
    return values.spread(found, object)


_READ = {DAY: _days, COUNT: _numbers, AMOUNT: _numbers, CHOICE: _choices, YES_NO: _yes_no, "label": _labels}


def _set_aside_more(ledger: Ledger, uses: dict[str, Column], part: str, whole: str, frame: dict[str, np.ndarray]) -> None:
    if part not in uses or whole not in uses:
        return
    texts = np.array(["" if math.isnan(number) else f"{number:g}" for number in frame[part]], dtype=object)
    remedy = f'It cannot be larger than "{uses[whole].label}" beside it. Correct one of the two.'
    ledger.set_aside(frame[part] > frame[whole], uses[part].label, texts, "more than the whole", remedy)
