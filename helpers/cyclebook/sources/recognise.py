"""What an export is, before anything is declared: its form, by what evidence, how sure, and how many rows and columns it has."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cyclebook.errors import InputError
from cyclebook.sources.files import Record, content, decode, kind, marked_encoding, records
from cyclebook.sources.grid import HEAD
from cyclebook.sources.layout import LIKELY, SURE, layout
from cyclebook.sources.workbook import sheet_names, sheet_records

DELIMITERS = (",", ";", "\t", "|")
#: So many records tell the delimiter.
SAMPLE = 20
#: Looked at in this order where a text is not UTF-8; in cp1252 five bytes mean nothing, in mac_roman all mean something.
FALLBACKS = ("cp1252", "mac_roman")


@dataclass(frozen=True)
class Recognition:
    """An export as it was found.

    container: text, workbook, spss or parquet. form: as parameters/sources.yaml has it. header_rows, data_rows (records, blank
    ones not counted), columns (cells of the first header row). duplicate_headers: names that stand more than once there, each
    once. evidence: what was seen, in words. sure: sure, likely or unsure. headers: the header records. encoding, delimiter,
    sheet, skip_rows: what to declare; None and 0 where there is nothing to declare.
    """

    form: str
    container: str
    header_rows: int
    data_rows: int
    columns: int
    duplicate_headers: tuple[str, ...]
    evidence: tuple[str, ...]
    sure: str
    headers: tuple[tuple[str, ...], ...]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    skip_rows: int = 0


def recognise(path: str | os.PathLike, sheet: str | None = None) -> Recognition:
    """Recognise an export by its content; its name does not count. `sheet`: of a workbook, else the first that holds anything.

    Raises InputError for a file that is not there, is empty or cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    data = content(path, str(path))
    container = kind(data)
    if container == "old workbook":
        raise InputError(f"{path}: an Excel workbook of the old kind (.xls). Save it as .xlsx.")
    if container in ("spss", "parquet"):
        return _columns_known(path, container)
    if container == "workbook":
        return _workbook(data, sheet, str(path))
    return _text(data, str(path))


def _columns_known(path: Path, container: str) -> Recognition:
    """Files that name their columns themselves."""
    if container == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{path}: this Parquet file cannot be read ({error}). Copy or export it again.") from None
        names, rows = file.schema_arrow.names, file.metadata.num_rows
    else:
        from cyclebook.sources.spss import read_file

        frame, _ = read_file(path, str(path))
        names, rows = list(frame.columns), len(frame)
    told = (f"the file begins as {'SPSS' if container == 'spss' else 'Parquet'} files do",)
    return Recognition(container, container, 0, rows, len(names), _twice(names), told, SURE, (tuple(names),))


def _workbook(data: bytes, sheet: str | None, where: str) -> Recognition:
    held = sheet_names(data, where)
    if not held:
        raise InputError(f"{where}: no sheet of this workbook holds anything.")
    told = ["an Excel workbook"]
    if len(held) > 1:
        told.append(f"{len(held)} sheets hold something ({', '.join(held)}); this is {sheet or held[0]}")
    found = _grid(sheet_records(data, sheet or held[0], where), told)
    form = "excel" if found.form == "csv" else found.form
    named = (sheet or held[0]) if len(held) > 1 else None
    return Recognition(**{**found.__dict__, "form": form, "container": "workbook", "sheet": named})


def _text(data: bytes, where: str) -> Recognition:
    told, encoding = [], marked_encoding(data)
    if encoding is None:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            encoding = next(name for name in FALLBACKS if _decodes(data, name))
            bad = data[error.start : error.start + 1]
            line = data.count(b"\n", 0, error.start) + 1
            told.append(f"not UTF-8 (line {line}); as {encoding} the first such character reads {bad.decode(encoding)!r}: check it")
    text = decode(data, encoding, where)
    delimiter = _delimiter(text, where)
    found = _grid(records(text, delimiter, where), told)
    form = "tsv" if found.form == "csv" and delimiter == "\t" else found.form
    sure = LIKELY if encoding in FALLBACKS and found.sure == SURE else found.sure
    marked = marked_encoding(data) is not None
    return Recognition(**{
        **found.__dict__, "form": form, "sure": sure, "encoding": None if marked else encoding,
        "delimiter": None if delimiter == "," or form == "tsv" else delimiter,
    })  # fmt: skip


def _grid(rows: Iterator[Record], told: Sequence[str]) -> Recognition:
    head = list(itertools.islice(rows, HEAD))
    found = layout([cells or [] for _, cells in head])
    body = itertools.chain(head[found.skip_rows + found.header_rows :], rows)
    count = sum(cells is None or any(map(str.strip, cells)) for _, cells in body)
    headers = [tuple(cells or ()) for _, cells in head[found.skip_rows : found.skip_rows + found.header_rows]]
    names = headers[0] if headers else ()
    evidence = (*told, *found.evidence)
    form = "csv" if found.form == "table" else found.form
    return Recognition(form, "text", found.header_rows, count, len(names), _twice(names), evidence, found.sure, tuple(headers),
                       skip_rows=found.skip_rows)  # fmt: skip


def _delimiter(text: str, where: str) -> str:
    """The delimiter under which the first records have the most cells, most of them the same number."""
    best, most = ",", 0
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(cells) for _, cells in itertools.islice(records(text, delimiter, where), SAMPLE) if cells)
        except InputError:
            continue
        width, often = widths.most_common(1)[0] if widths else (1, 0)
        if (width - 1) * often > most:
            best, most = delimiter, (width - 1) * often
    return best


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _twice(names: Sequence[str]) -> tuple[str, ...]:
    """Names that stand more than once, each once, in the order in which they first stand; empty ones do not count."""
    counts = Counter(names)
    return tuple(name for name, count in counts.items() if name.strip() and count > 1)
