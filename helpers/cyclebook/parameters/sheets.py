"""Reading a small table that people keep in a spreadsheet: CSV, or the first sheet of an Excel workbook. Every cell is text.

An apostrophe that `spreadsheet.safe` put before a cell of a CSV file, so that a spreadsheet does not compute it, is taken off again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from cyclebook.parameters.names import nearest, show
from cyclebook.parameters.yaml_files import Faults
from cyclebook.spreadsheet import plain

Row = tuple[int, dict[str, str]]


def read_sheet(folder: Path, file: str, columns: Sequence[str], required: Sequence[str], faults: Faults) -> list[Row]:
    """(row in the file from 1, headers included; cells by column) of every row that is not blank.

    Cells are trimmed; columns that are not there are empty text. What is wrong is added to `faults`.
    """
    records = _workbook(folder, file, faults) if file.endswith(".xlsx") else _csv(folder, file, faults)
    if records is None:
        return []
    header = [name.strip() for name in records[0]] if records else []
    if not _check_header(file, header, columns, required, faults):
        return []
    rows = []
    for row, cells in enumerate(records[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            faults.add(f"{file}, row {row}", f"{len(cells)} cells under {len(header)} headers. Quote text that holds a comma.")
            continue
        named = zip(header, cells, strict=True)
        rows.append((row, dict.fromkeys(columns, "") | {name: cell.strip() for name, cell in named if name}))
    return rows


def _csv(folder: Path, file: str, faults: Faults) -> list[list[str]] | None:
    try:
        text = (folder / file).read_bytes().decode("utf-8-sig")
        return [[plain(cell) for cell in cells] for cells in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except UnicodeDecodeError as error:
        faults.add(file, f"byte {error.start + 1} is not UTF-8. Save the file as CSV UTF-8.")
    except csv.Error as error:
        faults.add(file, f"the quotation marks do not match ({error}). Look for a mark that is not closed.")
    return None


def _workbook(folder: Path, file: str, faults: Faults) -> list[list[str]] | None:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        cells = CalamineWorkbook.from_path(str(folder / file)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError) as error:
        faults.add(file, f"this workbook cannot be read ({error}). Save the sheet as CSV UTF-8.")
        return None
    return [[cell_text(cell) for cell in row] for row in cells]


def cell_text(cell: object) -> str:
    """The cell as it would be typed into a text file: whole numbers without a point, days as 2025-10-24."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _check_header(file: str, header: list[str], columns: Sequence[str], required: Sequence[str], faults: Faults) -> bool:
    before = len(faults.found)
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        faults.add(f"{file}, row 1", "the columns are not separated by commas. Save the file as comma separated CSV.")
        return False
    for name in filter(None, header):
        if name not in columns:
            near = nearest(name, columns)
            hint = f"did you mean {show(near)}?" if near else f"known columns: {', '.join(columns)}."
            faults.add(f"{file}, row 1", f"unknown column {show(name)}; {hint}")
    for name in required:
        if name not in header:
            faults.add(f"{file}, row 1", f"the column {show(name)} is missing. Add it.")
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        faults.add(f"{file}, row 1", f"the column {show(name)} stands twice. Remove one.")
    return len(faults.found) == before
