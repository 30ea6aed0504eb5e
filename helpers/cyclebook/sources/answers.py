"""From a cell to a number: labels and codes by the codebook, scored values as they stand. What cannot be read is flagged."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cyclebook.parameters import Codebook, Item, Scale, fold, nearest
from cyclebook.sources.columns import Column
from cyclebook.sources.irregular import holds_ranges, range_behind
from cyclebook.sources.ledger import Ledger, Told, Values

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
    numbers = {fold(label): number for label, number in item.answers.items()}
    empty = {"", *map(fold, book.not_applicable)}
    has_ranges = holds_ranges(item.answers)
    values = Values(texts)
    found: list[float] = []
    told: list[Told | None] = []
    for text in values.distinct:
        number = math.nan if fold(text) in empty else numbers.get(fold(text))
        behind = range_behind(text, whole_days=has_ranges) if number is None else None
        if behind:
            remedy = f'It was probably "{behind}", and counts as no answer. Export again, and do not save the file with a spreadsheet; or write {behind} into the cell as text.'
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


def read_scored(ledger: Ledger, column: Column, cells: pd.Series, scale: Scale, book: Codebook) -> np.ndarray:
    """The scored value of each row, NaN for none. What is no number, and what is out of a declared range, is flagged."""
    empty = {"", *map(fold, book.not_applicable)}
    if pd.api.types.is_float_dtype(cells.dtype):
        scores = cells.to_numpy(dtype="float64", copy=True)
        scores[np.isin(scores, [number for number in map(_number, empty) if number is not None])] = np.nan
        wrong = np.isinf(scores)
    else:
        values = Values(cells)
        found = [math.nan if fold(text) in empty else _number(text) for text in values.distinct]
        scores = values.spread([math.nan if number is None else number for number in found], float)
        wrong = values.spread([number is None for number in found], bool)
    shown = cells.astype("str").to_numpy(dtype=object)
    remedy = f"Correct the cell, or add it to not_applicable in {_file(book)} if it means no answer."
    ledger.flag(wrong, column.label, shown, "not a number", remedy)
    scores[wrong] = np.nan
    if scale.low is not None:
        beyond = (scores < scale.low) | (scores > scale.high)
        remedy = f"The scale goes from {scale.low:g} to {scale.high:g}. Correct the cell, or range in {_file(book)}."
        ledger.flag(beyond, column.label, shown, "value out of range", remedy)
        scores[beyond] = np.nan
    return scores


def read_answers(ledger: Ledger, columns: Mapping[str, Column], frame: pd.DataFrame, book: Codebook) -> np.ndarray:
    """All answers of a source: rows by items (or, for a scored source, scales) in the order of `columns`; NaN for none."""
    spans = ranges(book)
    values = np.full((len(frame), len(columns)), np.nan)
    for place, (name, column) in enumerate(columns.items()):
        cells = frame[column.position]
        if ledger.source.scored:
            values[:, place] = read_scored(ledger, column, cells, book.scales[name], book)
        else:
            span = spans.get(name, (-math.inf, math.inf))
            values[:, place] = read_item(ledger, column, cells, book.items[name], book, span)
    return values


def _number(text: str) -> float | None:
    return float(text) if NUMBER.fullmatch(text.strip()) and math.isfinite(float(text)) else None


def _file(book: Codebook) -> str:
    return f"parameters/codebooks/{book.name}.yaml"
