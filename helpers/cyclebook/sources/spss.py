"""SPSS files (.sav, .zsav): value labels as cells, and the codes that the file declares as missing kept as what they are."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import Source
from cyclebook.sources.columns import Column
from cyclebook.sources.files import present
from cyclebook.sources.grid import Taken, where_of


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
        labels = meta.variable_value_labels if (source.cells or "labels") == "labels" else {}
        self._labels = {name: labels.get(name, {}) for name in self._frame}
        named = zip(self._frame, meta.column_labels, strict=True)
        self.columns = [
            Column(position, name, others=(label,) if label else (), missing=self._missing(name, meta))
            for position, (name, label) in enumerate(named)
        ]

    def take(self, positions: Sequence[int], *, compare: bool) -> Taken:
        """The cells of some columns as text. Record numbers count from 1: there is no header. `compare`: look for twins."""
        rows = np.arange(1, len(self._frame) + 1)
        frame = {position: self._texts(self._frame.columns[position]) for position in positions}
        twins = np.zeros_like(rows)
        if compare and len(rows):
            hashes = pd.util.hash_pandas_object(self._frame.astype("str"), index=False).to_numpy()
            first = pd.Series(rows).groupby(hashes).transform("first").to_numpy()
            twins = np.where(first < rows, first, 0)
        return Taken(pd.DataFrame(frame, index=range(len(rows))), rows, twins)

    def codes(self) -> dict[int, dict[str, float]]:
        """By position, the number that the file gives to each of a column's labels; columns without labels are left out."""
        return {
            position: {str(label): code for code, label in labels.items() if isinstance(code, (int, float))}
            for position, labels in enumerate(self._labels.values())
            if labels
        }

    def _texts(self, name: str) -> pd.Series:
        labels = self._labels[name]
        return pd.Series([_text(value, labels) for value in self._frame[name]], dtype="str")

    def _missing(self, name: str, meta) -> frozenset[str]:
        """The texts of the cells in this column that the file declares as missing."""
        ranges, labels = meta.missing_ranges.get(name, []), self._labels[name]
        values = self._frame[name].dropna().unique()
        return frozenset(_text(value, labels) for value in values if any(_within(value, one["lo"], one["hi"]) for one in ranges))


def _within(value: object, low: object, high: object) -> bool:
    if isinstance(value, str) or isinstance(low, str):
        return str(value).strip() == str(low).strip()
    return low <= value <= high


def _text(value: object, labels: dict) -> str:
    if value is None or value != value:
        return ""
    if value in labels:
        return str(labels[value])
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value.strip() if isinstance(value, str) else str(value)
