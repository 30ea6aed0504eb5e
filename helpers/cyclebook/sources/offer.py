"""What an export offers, in lines for the analyst: what it is, what to declare, and the names under which its columns are found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cyclebook.parameters import Source
from cyclebook.sources.columns import Column, is_personal, may_be_personal
from cyclebook.sources.opening import open_file
from cyclebook.sources.recognise import Recognition, recognise

SURE = {"sure": "This is sure.", "likely": "This is likely.", "unsure": "This is not sure: look at the first rows yourself."}


def source_of(found: Recognition, path: Path) -> Source:
    """A source by which the file can be opened as it was recognised."""
    options = {"encoding": found.encoding, "delimiter": found.delimiter, "sheet": found.sheet, "skip_rows": found.skip_rows or None}
    rows = found.header_rows if found.form in ("csv", "tsv", "excel") and found.header_rows > 1 else None
    return Source(
        name=path.stem, table="responses", survey=None, form=found.form, path=path, path_as_written=str(path), wave=None, wave_column=None,
        school=None, person=None, response_id=None, head_count=None, role=None, codebook=None, scored=False, header_rows=rows, **options,
    )  # fmt: skip


def declaration(found: Recognition) -> dict[str, object]:
    """The keys of parameters/sources.yaml that say how the file is to be read."""
    keys = {"form": found.form, "encoding": found.encoding, "delimiter": found.delimiter, "sheet": found.sheet}
    keys |= {"skip_rows": found.skip_rows or None}
    if found.form in ("csv", "tsv", "excel") and found.header_rows > 1:
        keys["header_rows"] = found.header_rows
    return {key: value for key, value in keys.items() if value is not None}


def lines(path: Path, sheet: str | None = None) -> Iterator[str]:
    """What the file is and offers. Raises InputError when it cannot be read."""
    found = recognise(path, sheet)
    rows = f"{found.header_rows} header row{'' if found.header_rows == 1 else 's'}, " if found.header_rows else ""
    yield f"{path}: {found.form}, {rows}{found.data_rows:,} row{'' if found.data_rows == 1 else 's'}, {found.columns} columns. {SURE[found.sure]}"
    yield from (f"  {told}" for told in found.evidence)
    if found.duplicate_headers:
        yield f"  names that stand more than once: {', '.join(found.duplicate_headers)}. `name (2)` is the second of them."
    yield ""
    yield "To declare it in parameters/sources.yaml:"
    for key, value in declaration(found).items():
        text = str(value).replace("\t", "\\t")
        yield f"    {key}: " + (f'"{text}"' if key in ("delimiter", "sheet") else text)
    yield ""
    yield "Its columns (ImportId where there is one, then the name):"
    for column in open_file(source_of(found, path)).columns:
        name = " ".join(column.name.split()) or "(no name)"
        known = f"{column.import_id}  {name}" if column.import_id and column.import_id != name else name
        more = f"  = {' '.join(column.others[0].split())[:80]}" if column.others and column.others[0].strip() != column.name.strip() else ""
        yield f"    {known}{more}" + _personal(column)


def _personal(column: Column) -> str:
    if is_personal(column):
        return "   (says who someone is: never read)"
    return "   (seems to ask who someone is: leave it out)" if may_be_personal(column) else ""
