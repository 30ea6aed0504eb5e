"""Tables that a person opens in a spreadsheet: safe from formulas that someone typed into a survey, and for their owner only."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

#: What spreadsheet programs take for the beginning of a formula (OWASP, "CSV Injection"), also behind blanks and in full width.
FORMULA = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
#: What may stand before it unseen: blanks, also of no width, and the mark of an encoding.
UNSEEN = re.compile("[\\s\\x00\\u200b-\\u200d\\u2060\\ufeff]*")
NUMBER = re.compile(r"-?\d+([.,]\d+)*")


def safe(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would compute it. A plain number such as -5 stays as it is."""
    if NUMBER.fullmatch(text):
        return text
    return f"'{text}" if text.startswith(FORMULA, UNSEEN.match(text).end()) or text[:1] in ("\t", "\r", "\n") else text


def plain(text: str) -> str:
    """What `safe` was given: the text without the apostrophe that it put there."""
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text


def is_safe(content: str) -> bool:
    """Whether no cell of a CSV text would be computed by a spreadsheet."""
    return all(safe(cell) == cell for cells in csv.reader(io.StringIO(content, newline="")) for cell in cells)


def to_csv(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV (RFC 4180) for people and programs, every cell made `safe`, None as an empty one.

    Encode it as utf-8-sig where Excel is to know the encoding.
    """
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["" if cell is None else safe(str(cell)) for cell in cells] for cells in rows])
    return out.getvalue()


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole, for its owner only (where the system knows owners): never half a file, never open for a moment.

    The folder must be there. Raises OSError.
    """
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # only its owner may read it
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(aside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(aside)
        raise
