"""From bytes to records of cells as text: compression, encodings, delimiters, quoted line breaks."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import zlib
from collections.abc import Iterator
from pathlib import Path

from cyclebook.errors import InputError
from cyclebook.parameters import Source, suggest

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What a file is by its first bytes; anything else is text.
KINDS = (
    (b"PK\x03\x04", "workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old workbook"),
    (b"$FL2", "spss"),
    (b"$FL3", "spss"),
    (b"PAR1", "parquet"),
)
GZIP = b"\x1f\x8b"
#: After so many records with broken quotation marks the file, not the row, is wrong.
BROKEN_LIMIT = 100

#: (record number from 1, cells); no cells where the quotation marks of a record are broken.
Record = tuple[int, list[str] | None]


def content(path: Path, where: str) -> bytes:
    """The bytes of a file, unpacked where it is gzip. Raises InputError when they cannot be."""
    data = Path(path).read_bytes()
    if not data.startswith(GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{where}: the compressed file is broken ({error}). Copy or export it again.") from None


def kind(data: bytes) -> str:
    """What the bytes are: workbook, old workbook, spss, parquet or text."""
    return next((name for mark, name in KINDS if data.startswith(mark)), "text")


def marked_encoding(data: bytes) -> str | None:
    """The encoding that a byte order mark at the head names."""
    return next((encoding for mark, encoding in BYTE_ORDER_MARKS if data.startswith(mark)), None)


def decode(data: bytes, encoding: str | None, where: str) -> str:
    """The text. A byte order mark wins over `encoding`; without both it is UTF-8. Raises InputError when it is not that."""
    encoding = marked_encoding(data) or encoding or "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        line = data.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise InputError(
            f"{where}: line {line} is not {encoding}. Write the file's encoding in parameters/sources.yaml "
            "(exports from Excel on Windows: encoding: cp1252), or save it as CSV UTF-8."
        ) from None
    if not text.strip():
        raise InputError(f"{where}: the file is empty. Export it again.")
    if "\x00" in text:
        raise InputError(f"{where}: the file holds null characters. Write encoding: utf-16 in parameters/sources.yaml.")
    return text


def records(text: str, delimiter: str, where: str) -> Iterator[Record]:
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
