"""An export of which nothing is declared yet, opened by the same reader that will read it later."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import Source
from cyclebook.sources.columns import Column, find, is_personal
from cyclebook.sources.opening import open_file
from cyclebook.sources.recognise import Recognition, recognise


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
    """Recognise and open an export. Raises InputError when it is not there or cannot be read."""
    found = recognise(path, sheet)
    source = _source(Path(path), found)
    file = open_file(source)
    columns = tuple(file.columns)
    wanted = [column.position for column in columns if not is_personal(column)]
    taken = file.take(wanted, compare=False)
    if taken.frame.empty:
        raise InputError(f"{path}: there is no row of answers under the headers. Export it again.")
    codes = file.codes() if hasattr(file, "codes") else {}
    return Export(Path(path), found, source, columns, taken.frame, len(taken.broken), codes, _names(source, columns))


def renamed(source: Source, name: str, written: str) -> Source:
    """The source under its own name, with its path as it will be written."""
    return replace(source, name=name, path_as_written=written)


def _source(path: Path, found: Recognition) -> Source:
    plain = found.form in ("csv", "tsv", "excel")
    known = {
        "name": path.name, "table": "responses", "form": found.form, "path": path, "path_as_written": str(path), "scored": False,
        "encoding": found.encoding, "delimiter": found.delimiter, "sheet": found.sheet,
        "header_rows": found.header_rows if plain and found.header_rows > 1 else None,
        "skip_rows": found.skip_rows or None if plain else None,
    }  # fmt: skip
    return Source(**{field.name: known.get(field.name) for field in fields(Source)})


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
