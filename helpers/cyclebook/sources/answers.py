"""From a cell to a number: labels and codes by the codebook, scored values as they stand. What cannot be read is flagged."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cyclebook.parameters import Codebook, Item, Scale, fold, nearest
from cyclebook.sources.columns import Column
from cyclebook.sources.ledger import Ledger

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
Range = tuple[float, float]


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
    codes, found = pd.factorize(texts)
    values = np.full(len(found), np.nan)
    for code, text in enumerate(found):
        if fold(text) in empty:
            continue
        number = numbers.get(fold(text))
        if number is None:
            ledger.flag(codes == code, column.label, text, "answer not in the codebook", _unknown(text, item, book))
        elif not span[0] <= number <= span[1]:
            remedy = f"It counts {number:g}; the scale goes from {span[0]:g} to {span[1]:g}. Correct {_file(book)}."
            ledger.flag(codes == code, column.label, text, "answer out of range", remedy)
        else:
            values[code] = number
    return values[codes] if len(found) else np.full(len(codes), np.nan)


def read_scored(ledger: Ledger, column: Column, cells: pd.Series, scale: Scale, book: Codebook) -> np.ndarray:
    """The scored value of each row, NaN for none. What is no number, and what is out of a declared range, is flagged."""
    empty = {"", *map(fold, book.not_applicable)}
    if pd.api.types.is_float_dtype(cells.dtype):
        values = cells.to_numpy(dtype="float64", copy=True)
        values[np.isin(values, [number for number in map(_number, empty) if number is not None])] = np.nan
        wrong = np.isinf(values)
    else:
        codes, found = pd.factorize(cells)
        known = [None if fold(text) in empty else _number(text) for text in found]
        bad = [number is None and fold(text) not in empty for text, number in zip(found, known, strict=True)]
        values = np.array([math.nan if number is None else number for number in known], dtype="float64")[codes]
        wrong = np.array(bad, dtype=bool)[codes]
    remedy = f"Correct the cell, or add it to not_applicable in {_file(book)} if it means no answer."
    shown = cells.astype("str").to_numpy(dtype=object)
    ledger.flag(wrong, column.label, shown, "not a number", remedy)
    values[wrong] = np.nan
    if scale.low is not None:
        beyond = (values < scale.low) | (values > scale.high)
        remedy = f"The scale goes from {scale.low:g} to {scale.high:g}. Correct the cell, or range in {_file(book)}."
        ledger.flag(beyond, column.label, shown, "value out of range", remedy)
        values[beyond] = np.nan
    return values


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


def _unknown(text: str, item: Item, book: Codebook) -> str:
    near = nearest(text, item.answers)
    known = f'The nearest known is "{near}". ' if near else ""
    return f"{known}Correct the cell, or add the label to answers (or not_applicable) of {item.id} in {_file(book)}."
