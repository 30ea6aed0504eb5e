"""SPSS files (.sav, .zsav): value labels as cells, and the codes that the file declares as missing kept as what they are."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import Source
from cyclebook.sources.columns import Column
from cyclebook.sources.files import present
from cyclebook.sources.grid import Taken, labels, where_of


def read_file(path: str | os.PathLike, where: str):
    """(frame of codes, metadata) of an SPSS file, user-missing codes included. Raises InputError when it is none."""
    import pyreadstat

    try:
        return pyreadstat.read_sav(str(path), user_missing=True, apply_value_formats=False)
    except (pyreadstat.ReadstatError, OSError, ValueError) as error:
        raise InputError(f"{where}: this SPSS file cannot be read ({error}). Save it again as .sav, or export CSV UTF-8.") from None


class SpssFile:
    """An SPSS file. A column is known by its variable's name, else by its label.

    A cell reads as its value label where it has one (with `cells: codes` in sources.yaml as its code), else as its number; ""
    is system-missing. Cells that the file declares as user-missing read as all others do; the column's `missing` names them.
    """

    def __init__(self, source: Source):
        present(source)
        self._frame, meta = read_file(source.path, where_of(source))
        words = meta.variable_value_labels if (source.cells or "labels") == "labels" else {}
        self._labels = {name: words.get(name, {}) for name in self._frame}
        self._without = {name: self._missing_codes(name, meta) for name in self._frame}
        named = zip(self._frame, meta.column_labels, strict=True)
        self.columns = [self._column(position, name, label) for position, (name, label) in enumerate(named)]

    def own_columns(self) -> dict[str, Column]:
        """No survey tool stands behind such a file."""
        return {}

    def take(self, positions: Sequence[int], *, compare: bool, apart_from: Collection[int] = ()) -> Taken:
        """The cells of some columns as text. Record numbers count from 1: there is no header. `compare`: look for twins.

        `apart_from`: columns without which rows are compared a second time.
        """
        rows = np.arange(1, len(self._frame) + 1)
        frame = {position: self._texts(self._frame.columns[position]) for position in positions}
        twins = _twins(self._frame, rows) if compare else np.zeros_like(rows)
        rest = self._frame.drop(columns=[self._frame.columns[position] for position in apart_from])
        likes = _twins(rest, rows) if apart_from else None
        return Taken(pd.DataFrame(frame, index=range(len(rows))), rows, twins, labels=labels(self.columns, positions), likes=likes)

    def codes(self) -> dict[int, dict[str, float]]:
        """By position, the number that the file gives to each of a column's labels; columns without labels are left out."""
        return {
            position: {str(label): code for code, label in labels.items() if isinstance(code, (int, float))}
            for position, labels in enumerate(self._labels.values())
            if labels
        }

    def _texts(self, name: str) -> pd.Series:
        known = {value: self._text(name, value) for value in self._frame[name].dropna().unique()}
        return pd.Series([known.get(value, "") for value in self._frame[name]], dtype="str")

    def _text(self, name: str, value: object) -> str:
        """A cell as it reads; a code that the file declares as missing never reads as one that it does not."""
        words, without = self._labels[name], self._without[name]
        text = _text(value, words)
        if value in without and text in {str(label) for code, label in words.items() if code not in without}:
            return f"{text} ({_text(value, {})})"
        return text

    def _missing_codes(self, name: str, meta) -> frozenset:
        """The values in this column that the file declares as missing."""
        ranges = meta.missing_ranges.get(name, [])
        return frozenset(value for value in self._frame[name].dropna().unique() if any(_within(value, one["lo"], one["hi"]) for one in ranges))

    def _column(self, position: int, name: str, label: str | None) -> Column:
        words, without = self._labels[name], self._without[name]
        valid = [value for value in self._frame[name].dropna().unique() if value not in without]
        labelled = [value for value in valid if value in words]
        counts = Counter(str(words[value]) for value in labelled)
        return Column(
            position, name, others=(label,) if label else (), missing=frozenset(self._text(name, value) for value in without),
            unlabelled=frozenset(_text(value, words) for value in valid if value not in words) if labelled else frozenset(),
            doubled=frozenset(text for text, count in counts.items() if count > 1),
        )  # fmt: skip


def _twins(frame: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    """For each row the number of the first row that is the same in every column, 0 where it is the first."""
    if not len(rows) or not len(frame.columns):
        return np.zeros_like(rows)
    hashes = pd.util.hash_pandas_object(frame.astype("str"), index=False).to_numpy()
    first = pd.Series(rows).groupby(hashes).transform("first").to_numpy()
    return np.where(first < rows, first, 0)


def _within(value: object, low: object, high: object) -> bool:
    if isinstance(value, str) or isinstance(low, str):
        return str(value).strip() == str(low).strip()
    return low <= value <= high


def _text(value: object, words: dict) -> str:
    if value is None or value != value:
        return ""
    if value in words:
        return str(words[value])
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value.strip() if isinstance(value, str) else str(value)
