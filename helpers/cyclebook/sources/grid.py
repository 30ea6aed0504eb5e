"""A table with header rows at its head: text, or a sheet of a workbook. Columns are named, cells picked, rows that lie told apart."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import Source
from cyclebook.sources.columns import Column
from cyclebook.sources.files import Record, content, decode, kind, present, records
from cyclebook.sources.workbook import sheet_records

#: So many records at the head tell what form a file has.
HEAD = 6
#: What SurveyMonkey writes under a question that has a single column.
SINGLE = frozenset({"response", "open-ended response"})


@dataclass(frozen=True)
class Taken:
    """The declared columns of a file.

    `frame`: one column for each position asked for (its name), text, "" where a cell is empty; scored columns of Parquet stay
    float64. `rows`: record numbers in the file, from 1, headers included. `twins`: for each row the number of an earlier record
    that is the same in every cell of the file, 0 where there is none or none was looked for. `broken`: (record number, reason,
    remedy) of records that are not in `frame`. `labels`: the header of each of its columns. `likes`: as `twins`, but for the cells
    of the columns asked to be left out; None where it was not asked.
    """

    frame: pd.DataFrame
    rows: np.ndarray
    twins: np.ndarray
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    labels: tuple[str, ...] = ()
    likes: np.ndarray | None = None


def where_of(source: Source) -> str:
    """How messages name the file of a source."""
    return f"{source.path_as_written} (source {source.name})"


def open_records(source: Source) -> Iterator[Record]:
    """The records of a text file or of a sheet. Raises InputError when the file is neither."""
    present(source)
    where = where_of(source)
    data = content(source.path, where)
    found = kind(data)
    if found == "workbook" and source.form in ("csv", "tsv"):
        raise InputError(f"{where}: declared as form: {source.form}, but it is an Excel workbook. Write form: excel, or save the sheet as CSV UTF-8.")
    if found == "text" and source.form == "excel":
        raise InputError(f"{where}: declared as form: excel, but it is text. Write form: csv (or tsv), or name the workbook in path.")
    if found == "workbook":
        if source.encoding or source.delimiter:
            raise InputError(f"{where}: an Excel workbook has no encoding and no delimiter. Remove these keys.")
        return sheet_records(data, source.sheet, where)
    if found != "text":
        known = {"old workbook": "an Excel workbook of the old kind (.xls); save it as .xlsx", "spss": "an SPSS file; write form: spss",
                 "parquet": "a Parquet file; write form: parquet"}  # fmt: skip
        raise InputError(f"{where}: declared as form: {source.form}, but it is {known[found]}.")
    if source.sheet:
        raise InputError(f"{where}: sheet belongs to an Excel workbook, and this is text. Remove the key, or correct path.")
    return records(decode(data, source.encoding, where), source.delimiter or ("\t" if source.form == "tsv" else ","), where)


def named(headers: Sequence[Sequence[str]]) -> list[Column]:
    """The columns under one or more header rows: `Question`, or `Question [row]` where a block of columns shares a question.

    An upper cell stands for the blank cells to its right, as merged cells and block headers have it. The lowest row's own
    text names a column too, where it is the only one.
    """
    width = max(map(len, headers))
    padded = [[*row, *[""] * (width - len(row))] for row in headers]
    upper = [""] * width
    for row in padded[:-1]:
        filled, last = [], ""
        for text in row:
            last = text.strip() or last
            filled.append(last)
        upper = [f"{above}: {text}" if above and text and above != text else above or text for above, text in zip(upper, filled, strict=True)]
    columns = []
    for position, below in enumerate(padded[-1]):
        own = any(row[position].strip() for row in padded[:-1])
        if len(headers) == 1:
            columns.append(Column(position, below))
        elif not below.strip() or below.strip().casefold() in SINGLE:
            columns.append(Column(position, upper[position] if own else ""))
        elif not upper[position]:
            columns.append(Column(position, below))
        else:
            columns.append(Column(position, f"{upper[position]} [{below.strip()}]", others=(below,)))
    return columns


def labels(columns: Sequence[Column], positions: Sequence[int]) -> tuple[str, ...]:
    """The headers of some columns."""
    return tuple(columns[position].label for position in positions)


class GridFile:
    """A table of cells. `header`: its header records; `columns`: what they name. Raises InputError where they cannot be read."""

    def __init__(self, source: Source, headers: int | None = None):
        self.source = source
        self._where = where_of(source)
        self._records = open_records(source)
        for _ in range(source.skip_rows or 0):
            next(self._records, None)
        head = list(itertools.islice(self._records, HEAD))
        self.head = [cells or [] for _, cells in head]
        count = self.header_rows() if headers is None else headers
        self.header = [self._header(head, place) for place in range(count)]
        self._records = itertools.chain(head[count:], self._records)
        self.columns = self.name_columns()

    def header_rows(self) -> int:
        """How many header rows there are: as declared, else one."""
        return self.source.header_rows or 1

    def name_columns(self) -> list[Column]:
        """The columns that the header rows name."""
        return named(self.header)

    def own_columns(self) -> dict[str, Column]:
        """The columns that the survey tool adds to the questions and we use, by use; those that are there."""
        return {}

    def _header(self, head: Sequence[Record], place: int) -> list[str]:
        row, cells = head[place] if place < len(head) else (place + 1 + (self.source.skip_rows or 0), None)
        if cells is None or not any(cell.strip() for cell in cells):
            raise InputError(f"{self._where}: row {row} should hold headers and cannot be read. Export the file again.")
        return cells

    def take(self, positions: Sequence[int], *, compare: bool, apart_from: Collection[int] = ()) -> Taken:
        """The cells of some columns, from every record that is not blank. Can be called once. `compare`: look for twins.

        `apart_from`: positions of columns, such as the time stamp, without which rows are compared a second time, for `likes`.
        """
        width = len(self.header[0])
        rest = [position for position in range(width) if position not in set(apart_from)] if apart_from else []
        likes, seen_rest = [], {}
        headers = {tuple(map(str.strip, cells)) for cells in self.header}
        rows, twins, picked, seen, broken = [], [], [], {}, []
        for row, cells in self._records:
            if cells is None:
                remedy = "Look in this row, and in those after it, for a quotation mark that is not closed."
                broken.append((row, "broken quotation marks", remedy))
            elif not any(map(str.strip, cells)):
                continue
            elif len(cells) != width:
                remedy = "Look for a missing or extra delimiter, or for text that holds one and is not in quotation marks."
                broken.append((row, "cells do not fit the headers", f"{len(cells)} cells under {width} headers. {remedy}"))
            elif tuple(map(str.strip, cells)) in headers:
                remedy = "Nothing to do, if two exports of one survey were put under one another."
                broken.append((row, "the headers once more", remedy))
            else:
                rows.append(row)
                twins.append(seen.setdefault(hash(tuple(cells)), row) if compare else row)
                likes.append(seen_rest.setdefault(hash(tuple([cells[position] for position in rest])), row) if rest else row)
                picked.append([cells[position] for position in positions])
        frame = pd.DataFrame(picked, columns=list(positions), dtype="str")
        rows, twins, likes = (np.array(numbers, dtype="int64") for numbers in (rows, twins, likes))
        likes = np.where(likes < rows, likes, 0) if rest else None
        return Taken(frame, rows, np.where(twins < rows, twins, 0), broken, labels(self.columns, positions), likes)
