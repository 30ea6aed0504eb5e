"""Parquet files: ids become text as they stand, scored values stay numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cyclebook.errors import InputError
from cyclebook.parameters import Source
from cyclebook.sources.columns import Column
from cyclebook.sources.files import present
from cyclebook.sources.grid import Taken, labels


class ParquetFile:
    """A Parquet file of flat columns."""

    def __init__(self, source: Source):
        present(source)
        try:
            self._file = pq.ParquetFile(source.path)
        except (pa.ArrowException, OSError) as error:
            message = f"{source.path_as_written} (source {source.name}): not a Parquet file. Correct form or path."
            raise InputError(message) from error
        self.columns = [Column(position, name) for position, name in enumerate(self._file.schema_arrow.names)]

    def own_columns(self) -> dict[str, Column]:
        """No survey tool stands behind such a file."""
        return {}

    def take(
        self, positions: Sequence[int], *, compare: bool, numbers: Collection[int] = (), apart_from: Collection[int] = ()
    ) -> Taken:
        """The cells of some columns; those of `numbers` stay float64 where the file has numbers. `compare`: look for twins.

        `apart_from`: columns without which rows are compared a second time. Other columns are opened only to compare rows, and are
        not kept. Record numbers count from 1: there is no header.
        """
        names = [self.columns[position].name for position in positions]
        table = self._file.read(columns=None if compare or apart_from else list(dict.fromkeys(names)))
        rows = np.arange(1, table.num_rows + 1)
        frame = {
            position: _as_number(table[name]) if position in numbers and _is_number(table[name].type) else as_text(table[name])
            for position, name in zip(positions, names, strict=True)
        }
        rest = table.drop_columns([self.columns[position].name for position in apart_from]) if apart_from else None
        twins, likes = _twins(table, rows) if compare else np.zeros_like(rows), None if rest is None else _twins(rest, rows)
        return Taken(pd.DataFrame(frame, index=range(len(rows))), rows, twins, labels=labels(self.columns, positions), likes=likes)


def as_text(column: pa.ChunkedArray) -> pd.Series:
    """A column as text, "" where missing. Whole numbers have no decimals, also where missing values made them floats."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column.cast(pa.float64()))
        if pc.all(pc.equal(pc.floor(column), column)).as_py() is not False and (pc.max(pc.abs(column)).as_py() or 0) < 2**53:
            column = column.cast(pa.int64())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        column = pa.chunked_array([[None if value is None else str(value) for value in column.to_pylist()]], pa.string())
    return pc.fill_null(column.cast(pa.string()), "").to_pandas().astype("str")


def _as_number(column: pa.ChunkedArray) -> pd.Series:
    return column.cast(pa.float64()).to_pandas()


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _twins(table: pa.Table, rows: np.ndarray) -> np.ndarray:
    """For each row the number of the first row that is the same in every column, 0 where it is the first."""
    if not table.num_columns or not len(rows):
        return np.zeros_like(rows)
    hashes = pd.util.hash_pandas_object(pd.DataFrame(dict(enumerate(map(as_text, table.columns)))), index=False)
    first = pd.Series(rows).groupby(hashes.to_numpy()).transform("first").to_numpy()
    return np.where(first < rows, first, 0)
