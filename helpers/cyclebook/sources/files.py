"""From bytes to cells as text: encodings, delimiters, quoted line breaks, and rows whose cells cannot be told apart."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import Source, suggest
from cyclebook.sources.columns import Column

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: After so many records with broken quotation marks the file, not the row, is wrong.
BROKEN_LIMIT = 100


@dataclass(frozen=True)
class Taken:
    """The declared columns of a file.

    `frame`: one column for each position asked for (its name), text, "" where a cell is empty; scored columns of Parquet stay
    float64. `rows`: record numbers in the file, from 1, headers included. `twins`: for each row the number of an earlier record
    that is the same in every cell of the file, 0 where there is none or none was looked for. `broken`: (record number, reason,
    remedy) of records that are not in `frame`.
    """

    frame: pd.DataFrame
    rows: np.ndarray
    twins: np.ndarray
    broken: list[tuple[int, str, str]] = field(default_factory=list)


class DelimitedFile:
    """A CSV or TSV file; `headers` is the number of its header records."""

    def __init__(self, source: Source, headers: int = 1):
        self._where = f"{source.path_as_written} (source {source.name})"
        text = _decode(source, self._where)
        delimiter = source.delimiter or ("\t" if source.form == "tsv" else ",")
        self._records = records(text, delimiter, self._where)
        self.header = [self._header(number) for number in range(1, headers + 1)]
        self.columns = [Column(position, name) for position, name in enumerate(self.header[0])]

    def _header(self, number: int) -> list[str]:
        _, cells = next(self._records, (0, None))
        if cells is None or not any(cell.strip() for cell in cells):
            raise InputError(f"{self._where}: row {number} should hold headers and cannot be read. Export the file again.")
        return cells

    def take(self, positions: Sequence[int], *, compare: bool) -> Taken:
        """The cells of some columns, from every record that is not blank. Can be called once. `compare`: look for twins."""
        width = len(self.header[0])
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
            else:
                rows.append(row)
                twins.append(seen.setdefault(hash(tuple(cells)), row) if compare else row)
                picked.append([cells[position] for position in positions])
        frame = pd.DataFrame(picked, columns=list(positions), dtype="str")
        rows, twins = np.array(rows, dtype="int64"), np.array(twins, dtype="int64")
        return Taken(frame, rows, np.where(twins < rows, twins, 0), broken)


def records(text: str, delimiter: str, where: str) -> Iterator[tuple[int, list[str] | None]]:
    """(record number from 1, cells) of delimited text; cells None where the quotation marks of a record are broken.

    A record may go over several lines, inside quotation marks. After a broken one reading begins again at the next line,
    so that a mark that is never closed does not swallow the rows behind it. Raises InputError when too many are broken.
    """
    lines = io.StringIO(text, newline="").readlines()
    row = start = broken = 0
    while start < len(lines):
        reader = csv.reader(itertools.islice(lines, start, None), delimiter=delimiter, strict=True)
        while True:
            begin = start + reader.line_num
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                row, broken, start = row + 1, broken + 1, begin + 1
                if broken > BROKEN_LIMIT:
                    raise InputError(
                        f"{where}: the quotation marks of more than {BROKEN_LIMIT} rows are broken, the last in row {row}. "
                        "Check the delimiter, or export the file again."
                    ) from None
                yield row, None
                break
            row += 1
            yield row, cells


def present(source: Source) -> None:
    """Raise InputError when the source's file is not there."""
    if source.path.is_file():
        return
    folder = source.path.parent
    near = [path.name for path in sorted(folder.iterdir()) if path.is_file()] if folder.is_dir() else []
    hint = suggest(source.path.name, near) if folder.is_dir() else "its folder does not exist."
    stands_for = f" (it stands for {source.path})" if "${" in source.path_as_written else ""
    raise InputError(
        f"{source.path_as_written} (source {source.name}): no such file{stands_for}; {hint} "
        "Correct path in parameters/sources.yaml."
    )


def _unpack(content: bytes, where: str) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        raise InputError(f"{where}: the gzip file is cut off or damaged. Copy or export it again.") from None


def _decode(source: Source, where: str) -> str:
    present(source)
    content = Path(source.path).read_bytes()
    if content.startswith(b"\x1f\x8b"):
        content = _unpack(content, where)
    if content.startswith(b"PK\x03\x04"):
        raise InputError(f"{where}: this is an Excel workbook or a zip file, not text. Save the sheet as CSV UTF-8.")
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS if content.startswith(mark)), None)
    encoding = marked or source.encoding or "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        line = content.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise InputError(
            f"{where}: line {line} is not {encoding}. Write the file's encoding in parameters/sources.yaml "
            "(exports from Excel on Windows: encoding: cp1252), or save it as CSV UTF-8."
        ) from None
    if not text.strip():
        raise InputError(f"{where}: the file is empty. Export it again.")
    if "\x00" in text:
        raise InputError(f"{where}: the file holds null characters. Write encoding: utf-16 in parameters/sources.yaml.")
    return text
