"""From a cell to a number: labels and codes by the codebook, scored values as they stand. What cannot be read is flagged."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cyclebook.parameters import Codebook, Item, Scale, fold, nearest
from cyclebook.sources.choices import read_choices
from cyclebook.sources.columns import Column
from cyclebook.sources.irregular import holds_ranges, range_behind
from cyclebook.sources.ledger import Ledger, Told, Values
from cyclebook.sources.workbook import ERRORS

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
Range = tuple[float, float]
#: Among so many distinct cells of a column the nearest known label is looked for; more, and it is no column of answers.
SUGGESTIONS = 50
MANGLED = "looks like a range that a spreadsheet turned into a date"


def ranges(book: Codebook) -> dict[str, Range]:
    """The range of each item: that which all of its scales allow."""
    found: dict[str, Range] = {}
    for scale in book.scales.values():
        for item in scale.items:
            low, high = found.get(item, (-math.inf, math.inf))
            found[item] = (max(low, scale.low), min(high, scale.high))
    return found


def read_item(ledger: Ledger, column: Column, texts: pd.Series, item: Item, book: Codebook, span: Range) -> np.ndarray:
    """The number of each row's answer, NaN for none. Labels unknown to the codebook, and numbers out of `span`, are flagged."""
    tell_declared_missing(ledger, column, texts)
    tell_doubled(ledger, column, texts)
    if item.low is not None:
        return _read_number(ledger, column, texts, item, book)
    numbers = {fold(label): number for label, number in item.answers.items()}
    empty = {"", *map(fold, book.not_applicable), *map(fold, column.missing)}
    has_ranges = holds_ranges(item.answers)
    values = Values(texts)
    found: list[float] = []
    told: list[Told | None] = []
    for text in values.distinct:
        number = math.nan if fold(text) in empty else numbers.get(fold(text))
        behind = range_behind(text, whole_days=has_ranges) if number is None else None
        if text in column.unlabelled:
            told.append(("a code without a label", "Other codes of this column have labels. Write cells: codes in parameters/sources.yaml and the codes in the codebook."))
        elif number is None and trouble(text):
            told.append(trouble(text))
        elif behind:
            remedy = (f'It was probably "{behind}", and counts as no answer. Export again, and do not save the file with a spreadsheet; '
                      f"or write {behind} into the cell as text.")  # fmt: skip
            told.append((MANGLED, remedy))
        elif number is None:
            near = nearest(text, item.answers) if len(told) < SUGGESTIONS else None
            if near and (fold(text).endswith(fold(near)) or fold(near).endswith(fold(text))):
                near = None  # "Agree" is near to "Disagree" in letters alone
            known = f'The nearest known is "{near}". ' if near else ""
            remedy = f"{known}Correct the cell, or add the label to answers (or not_applicable) in {_file(book)}."
            told.append(("answer not in the codebook", remedy))
        elif number < span[0] or number > span[1]:
            remedy = f"It counts {number:g}; the scale goes from {span[0]:g} to {span[1]:g}. Correct {_file(book)}."
            told.append(("answer out of range", remedy))
        else:
            told.append(None)
        found.append(math.nan if told[-1] else number)
    ledger.flag_values(column.label, values, told)
    return values.spread(found, float)


def _read_number(ledger: Ledger, column: Column, texts: pd.Series, item: Item, book: Codebook) -> np.ndarray:
    """The number in each row, NaN for none; what is no number, and what cannot be, is flagged."""
    empty = {"", *map(fold, book.not_applicable), *map(fold, column.missing)}
    values = Values(texts)
    found: list[float] = []
    told: list[Told | None] = []
    for text in values.distinct:
        number = math.nan if fold(text) in empty else _number(text)
        behind = range_behind(text) if number is None else None
        if number is None and behind:
            told.append((MANGLED, f'It was probably "{behind}", and counts as no answer. Write a number into the cell.'))
        elif number is None:
            remedy = f"Write a number, or add the cell to not_applicable in {_file(book)} if it means no answer. It counts as no answer."
            told.append(trouble(text) or ("not a number", remedy))
        elif number < item.low or number > item.high:
            remedy = f"Possible is {item.low:g} to {item.high:g} (range in {_file(book)}). It counts as no answer."
            told.append(("impossible value", remedy))
        else:
            told.append(None)
        found.append(math.nan if told[-1] else number)
    ledger.flag_values(column.label, values, told)
    return values.spread(found, float)


def read_scored(ledger: Ledger, column: Column, cells: pd.Series, scale: Scale, book: Codebook) -> np.ndarray:
    """The scored value of each row, NaN for none. What is no number, and what is out of a declared range, is flagged."""
    tell_declared_missing(ledger, column, cells)
    empty = {"", *map(fold, book.not_applicable), *map(fold, column.missing)}
    shown = cells.astype("str").to_numpy(dtype=object)
    remedy = f"Correct the cell, or add it to not_applicable in {_file(book)} if it means no answer."
    if pd.api.types.is_float_dtype(cells.dtype):
        scores = cells.to_numpy(dtype="float64", copy=True)
        scores[np.isin(scores, [number for number in map(_number, empty) if number is not None])] = np.nan
        ledger.flag(np.isinf(scores), column.label, shown, "not a number", remedy)
        scores[np.isinf(scores)] = np.nan
    else:
        values = Values(cells)
        found = [math.nan if fold(text) in empty else _number(text) for text in values.distinct]
        told = [trouble(text) or ("not a number", remedy) if number is None else None for number, text in zip(found, values.distinct, strict=True)]
        ledger.flag_values(column.label, values, told)
        scores = values.spread([math.nan if number is None else number for number in found], float)
    if scale.low is not None:
        beyond = (scores < scale.low) | (scores > scale.high)
        remedy = f"The scale goes from {scale.low:g} to {scale.high:g}. Correct the cell, or range in {_file(book)}."
        ledger.flag(beyond, column.label, shown, "value out of range", remedy)
        scores[beyond] = np.nan
    return scores


def read_answers(
    ledger: Ledger, columns: Mapping[str, Column | Mapping[str, Column]], frame: pd.DataFrame, book: Codebook
) -> tuple[tuple[str, ...], np.ndarray]:
    """Names (items, choices as `item.choice`, or scales of a scored source) and answers: rows by names, NaN for none."""
    spans = ranges(book)
    names: list[str] = []
    parts: list[np.ndarray] = []
    for name, column in columns.items():
        if ledger.source.scored:
            found = read_scored(ledger, column, frame[column.position], book.scales[name], book)[:, None]
        elif book.items[name].choices:
            found = read_choices(ledger, column, frame, book.items[name], book)
            names += [f"{name}.{choice}" for choice in book.items[name].choices]
            parts.append(found)
            continue
        else:
            item = book.items[name].asked_in(ledger.source.wave)
            found = read_item(ledger, column, frame[column.position], item, book, spans.get(name, (-math.inf, math.inf)))[:, None]
        names.append(name)
        parts.append(found)
    return tuple(names), np.hstack([np.empty((len(frame), 0)), *parts])


def tell_declared_missing(ledger: Ledger, column: Column, texts: pd.Series) -> None:
    """Tell, at the first row of each, of cells that the file itself declares to be no answer."""
    for word in sorted(column.missing):
        here = (texts == word).to_numpy(dtype=bool)
        rows = np.flatnonzero(here & ledger.alive)
        if len(rows):
            remedy = f"So in {len(rows)} rows. The file declares it as missing, so it is no answer."
            ledger.flag(np.arange(len(here)) == rows[0], column.label, word, "declared as missing in the file", remedy)


def tell_doubled(ledger: Ledger, column: Column, texts: pd.Series) -> None:
    """Tell, at the first row of each, of labels that stand for several codes of the file."""
    for word in sorted(column.doubled):
        rows = np.flatnonzero((texts == word).to_numpy(dtype=bool) & ledger.alive)
        if len(rows):
            remedy = f"So in {len(rows)} rows, which cannot be told apart. Write cells: codes in parameters/sources.yaml and the codes in the codebook."
            ledger.flag(np.arange(len(texts)) == rows[0], column.label, word, "one label for several codes", remedy)


def trouble(text: str) -> Told | None:
    """What to tell of a cell that a spreadsheet left without a value."""
    if text.strip() in ERRORS:
        return "a formula that failed", "Mend the formula in the workbook, or write the value itself."
    if text.startswith("=") and len(text) > 1:
        return "a formula without a value", "The program that wrote it did not compute it: open the workbook in Excel, save it, and read it again."
    return None


def _number(text: str) -> float | None:
    return float(text) if NUMBER.fullmatch(text.strip()) and math.isfinite(float(text)) else None


def _file(book: Codebook) -> str:
    return f"parameters/codebooks/{book.name}.yaml"
