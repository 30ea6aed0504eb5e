"""One sheet of an Excel workbook (.xlsx, .xlsm) as records of text. What has no value is named, never read as an empty cell."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from cyclebook.errors import InputError
from cyclebook.parameters import suggest
from cyclebook.parameters.sheets import cell_text
from cyclebook.sources.files import Record

#: The marks that Excel writes where a formula failed.
ERRORS = frozenset({"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!"})
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def sheet_names(data: bytes, where: str) -> list[str]:
    """The sheets that hold any cell, in the workbook's order. Raises InputError when it is no workbook."""
    book = _open(data, where)
    return [name for name in book.sheet_names if _rows(book, name)]


def sheet_records(data: bytes, sheet: str | None, where: str) -> Iterator[Record]:
    """(row from 1, cells as text) of a sheet; without a name, of the only one that holds anything.

    Text stays as it is (000001), whole numbers have no point, days are 2025-10-06. A formula that was never computed is
    given as its text (`=B2*2`), an error as its mark (`#N/A`). Raises InputError for an unknown sheet, and where several hold
    cells and none is named.
    """
    book = _open(data, where)
    held = [name for name in book.sheet_names if _rows(book, name)]
    if sheet is None and len(held) != 1:
        found = f"{len(held)} sheets hold something: {', '.join(held)}" if held else "no sheet holds anything"
        raise InputError(f"{where}: {found}. Write the one that is meant as sheet: in parameters/sources.yaml.")
    if sheet is not None and sheet not in book.sheet_names:
        raise InputError(f'{where}: there is no sheet "{sheet}"; {suggest(sheet, book.sheet_names)}')
    name = sheet or held[0]
    rows, without = _rows(book, name), dict(_without_value(data, name))
    width = max([len(cells) for cells in rows] + [column for _, column in without], default=0)
    for number, cells in enumerate(rows, start=1):
        texts = [cell_text(cell) for cell in cells] + [""] * (width - len(cells))
        for column in range(width):
            texts[column] = without.get((number, column + 1), texts[column])
        yield number, texts


def _open(data: bytes, where: str):
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(f"{where}: this workbook cannot be read ({error}). Save it again as .xlsx, or the sheet as CSV UTF-8.") from None


def _rows(book, name: str) -> list[list[object]]:
    from python_calamine import CalamineError

    try:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError:  # a chart sheet holds no cells
        return []
    return rows if any(cell != "" for cells in rows for cell in cells) else []


def _without_value(data: bytes, sheet: str) -> Iterator[tuple[tuple[int, int], str]]:
    """((row, column), text) of the cells whose formula has no value or failed."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        part = _part(file, sheet)
        if part is None:
            return
        for _, element in ElementTree.iterparse(file.open(part)):
            if element.tag != MAIN + "c":
                continue
            formula, value = element.find(MAIN + "f"), element.find(MAIN + "v")
            text = (value.text or "") if value is not None else ""
            if element.get("t") == "e":
                yield _place(element.get("r", "A1")), text or "#N/A"
            elif formula is not None and not text and element.find(MAIN + "is") is None and element.get("t") != "str":
                yield _place(element.get("r", "A1")), f"={formula.text or ''}"
            element.clear()


def _part(file: zipfile.ZipFile, sheet: str) -> str | None:
    """The path in the workbook of the sheet of this name."""
    book = ElementTree.fromstring(file.read("xl/workbook.xml"))
    found = next((one for one in book.iter(MAIN + "sheet") if one.get("name") == sheet), None)
    if found is None:
        return None
    links = ElementTree.fromstring(file.read("xl/_rels/workbook.xml.rels"))
    target = next((link.get("Target", "") for link in links if link.get("Id") == found.get(OFFICE + "id")), "")
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in file.namelist() else None


def _place(name: str) -> tuple[int, int]:
    """(row, column) from 1 of a name such as AB12."""
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", name).groups()
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return int(digits), column
