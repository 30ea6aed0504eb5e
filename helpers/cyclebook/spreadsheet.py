"""Writing a table that a person opens in a spreadsheet: safe from formulas that someone typed into a survey, and for its owner only."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

#: What spreadsheet programs take for the beginning of a formula (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")


def safe(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would compute it. A plain number such as -5 stays as it is."""
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV in UTF-8 with the mark by which Excel knows it; every cell made `safe`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for cells in (header, *rows):
        writer.writerow([safe("" if cell is None else str(cell)) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole, readable by its owner only (where the system knows owners): never half a file, never open for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb") as file:
        file.write(content)
    os.replace(new, path)
