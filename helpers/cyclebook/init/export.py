"""An export of which nothing is declared yet, opened by the same reader that will read it later."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import Source, fold
from cyclebook.sources.columns import Column, find, is_personal
from cyclebook.sources.grid import Taken
from cyclebook.sources.layout import QUALTRICS, SURE, SURVEYMONKEY_WORDS, UNSURE
from cyclebook.sources.offer import source_of
from cyclebook.sources.opening import open_file
from cyclebook.sources.recognise import Recognition, recognise

#: E-mail and IP addresses and telephone numbers, and days with a time: no header is one.
NO_HEADER = re.compile(
    r"\S+@\S+\.\S+|(\d{1,3}\.){3}\d{1,3}|\+?1?[ -.]?\(?\d{3}\)?[ -.]\d{3}[ -.]\d{4}|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}[ T]\d{1,2}:\d{2}.*"
)
#: With fewer rows it cannot be seen whether a second row is of names or of answers.
ENOUGH_ROWS = 10


@dataclass(frozen=True, eq=False)
class Export:
    """One file. `source`: what would be declared to open it. `cells`: text by the column's position, without the columns whose header
    says who someone is: they are not even opened. `broken`: records that cannot be read. `codes`: by position, the numbers that an
    SPSS file gives to its labels. `names`: by position, the name under which each column is found; no entry where none is its alone.
    """

    path: Path
    found: Recognition
    source: Source
    columns: tuple[Column, ...]
    cells: pd.DataFrame
    broken: int
    codes: Mapping[int, Mapping[str, float]]
    names: Mapping[int, str]


def open_export(path: str | os.PathLike, sheet: str | None = None) -> Export:
    """Recognise and open an export. Raises InputError when it is not there, cannot be read, or begins with answers instead of names.

    What someone answered must not become the name of a column, which is shown and written: rows of names that are not sure are
    held against the rows below them, and a second one that could be answers is read as such.
    """
    path = Path(path)
    found = recognise(path, sheet)
    source, file, taken = _opened(found, path)
    if found.container in ("text", "workbook") and found.form != QUALTRICS:
        if len(found.headers) == 2 and found.sure != SURE and _may_be_answers(found.headers[1], taken.frame):
            told = (*found.evidence, "row 2 may hold answers, so it is not taken for names (header_rows: 2, if it is)")
            form = "excel" if found.container == "workbook" else "csv"
            found = replace(found, form=form, header_rows=1, headers=found.headers[:1], data_rows=found.data_rows + 1, evidence=told, sure=UNSURE)
            source, file, taken = _opened(found, path)
        if _are_answers(found.headers[0], taken.frame):
            raise InputError(
                f"{path}: row {found.skip_rows + 1} seems to hold answers, and not the names of the columns. "
                "Put a row with the names above it, or export the file again with its headers."
            )
    if taken.frame.empty:
        raise InputError(f"{path}: there is no row of answers under the headers. Export it again.")
    columns = tuple(file.columns)
    codes = file.codes() if hasattr(file, "codes") else {}
    return Export(path, found, source, columns, taken.frame, len(taken.broken), codes, _names(source, columns))


def _opened(found: Recognition, path: Path) -> tuple[Source, object, Taken]:
    source = source_of(found, path)
    file = open_file(source)
    return source, file, file.take([column.position for column in file.columns if not is_personal(column)], compare=False)


def _may_be_answers(row: Sequence[str], below: pd.DataFrame) -> bool:
    """Whether a second row of names could be answers: few rows lie below it, or one of its cells stands among other ones there."""
    if any(fold(cell) in SURVEYMONKEY_WORDS for cell in row):
        return False
    return len(below) < ENOUGH_ROWS or any(map(NO_HEADER.fullmatch, map(str.strip, row))) or bool(_again(row, below))


def _are_answers(row: Sequence[str], below: pd.DataFrame) -> bool:
    """Whether the row of names is one of answers: a third of its cells stand again below it, or one is no name at all."""
    cells = [cell.strip() for cell in row if cell.strip()]
    return any(map(NO_HEADER.fullmatch, cells)) or len(_again(row, below)) * 3 >= max(len(cells), 3)


def _again(row: Sequence[str], below: pd.DataFrame) -> list[int]:
    """The columns in which a row's cell stands again further down, among other cells: a column of ticks holds nothing but its name."""
    found = []
    for position, cell in enumerate(row):
        if cell.strip() and position in below:
            texts = set(map(fold, below[position])) - {""}
            if fold(cell) in texts and len(texts) > 1:
                found.append(position)
    return found


def _names(source: Source, columns: tuple[Column, ...]) -> dict[int, str]:
    found = {}
    for column in columns:
        if is_personal(column):
            continue
        # an ImportId stays when people edit a name; a question's text is the last resort
        tries = [column.import_id, " ".join(column.name.split()), *(" ".join(text.split()) for text in column.others)]
        name = next((text for text in filter(None, tries) if _is(source, columns, text, column)), None)
        if name is None and column.name.strip():
            same = (f"{' '.join(column.name.split())} ({place})" for place in range(2, 1 + sum(other.name == column.name for other in columns)))
            name = next((text for text in same if _is(source, columns, text, column)), None)
        if name is not None:
            found[column.position] = name
    return found


def _is(source: Source, columns: tuple[Column, ...], name: str, column: Column) -> bool:
    try:
        return find(source, columns, [name], "a column").position == column.position
    except InputError:
        return False
