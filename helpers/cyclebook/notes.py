"""Notes that people write: read from ``data/notes/<school>/<step>.md``, placed under the evidence they speak of.

A note stands under a heading ``## anchor [mark]``. The mark is a short hash of the school's own numbers shown there
when the note was written; it is printed beside the evidence. The program never writes, moves or deletes a note.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cyclebook.errors import InputError

_HEADING = re.compile(r"##[ \t]+([A-Za-z0-9_-]+)[ \t]*(?:\[([^\]\n]*)\])?[ \t]*")
_ALLOWED = {"p", "em", "strong", "ul", "ol", "li", "br", "blockquote"}


@dataclass(frozen=True)
class Note:
    """One note: the anchor of its evidence, the mark it was written for (empty: none given), its Markdown."""

    anchor: str
    mark: str
    text: str

    def fits(self, mark: str) -> bool:
        """Whether the note speaks of the numbers that have this mark ('': there were none); without a mark, of any."""
        return self.mark in ("", mark or "-")


def anchor(kind: str, name: str) -> str:
    """The anchor of one of several like pieces of evidence: its kind and the id that people gave it."""
    return f"{kind}-" + re.sub(r"[^A-Za-z0-9_-]", "-", name)


def read(file: Path) -> list[Note]:
    """The notes of a file in their order; none where there is no file. Text before the first heading is a note too.

    Raises InputError when the file is not UTF-8 text.
    """
    if not file.is_file():
        return []
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        name = "/".join(file.parts[-4:])
        raise InputError(f"{name}: not UTF-8 text at byte {error.start}; save the note as UTF-8") from None
    return parse(text)


def parse(text: str) -> list[Note]:
    """The notes in a text; headings inside a fenced block are text."""
    notes, anchor, mark, lines, fenced = [], "", "", [], False

    def close() -> None:
        body = "\n".join(lines).strip()
        if body:
            notes.append(Note(anchor, mark, body))

    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        heading = None if fenced else _HEADING.fullmatch(line)
        if heading:
            close()
            anchor, mark, lines = heading[1], (heading[2] or "").strip(), []
        else:
            lines.append(line)
    close()
    return notes


def mark(numbers: Sequence[tuple]) -> str:
    """The mark of a school's own numbers, given as (what, value, n): eight hexadecimal digits, '' for no numbers."""
    if not numbers:
        return ""
    return hashlib.sha256(json.dumps(sorted(map(str, numbers))).encode()).hexdigest()[:8]


def to_html(note: Note) -> str:
    """The note's Markdown as safe HTML: paragraphs, lists and emphasis; any other markup is shown as text."""
    import mistune
    import nh3

    return nh3.clean(mistune.create_markdown(escape=True)(note.text), tags=_ALLOWED, attributes={})
