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
#: Excel's own number formats for percentages: 0% and 0.00%.
PERCENT = frozenset({"9", "10"})


def sheet_names(data: bytes, where: str) -> list[str]:
    """The sheets that hold any cell, in the workbook's order. Raises InputError when it is no workbook."""
    book = _open(data, where)
    return [name for name in book.sheet_names if _rows(book, name)]


def sheet_records(data: bytes, sheet: str | None, where: str) -> Iterator[Record]:
    """(row from 1, cells as text) of a sheet; without a name, of the only one that holds anything.

    Text stays as it is (000001), whole numbers have no point, days are 2025-10-06. A formula that was never computed is
    given as its text (`=B2*2`), an error as its mark (`#N/A`), a number that the sheet shows as a percentage as one (`85%`).
    Raises InputError for an unknown sheet, and where several hold cells and none is named.
    """
    book = _open(data, where)
    held = [name for name in book.sheet_names if _rows(book, name)]
    if sheet is None and len(held) != 1:
        found = f"{len(held)} sheets hold something: {', '.join(held)}" if held else "no sheet holds anything"
        raise InputError(f"{where}: {found}. Write the one that is meant as sheet: in parameters/sources.yaml.")
    if sheet is not None and sheet not in book.sheet_names:
        raise InputError(f'{where}: there is no sheet "{sheet}"; {suggest(sheet, book.sheet_names)}')
    name = sheet or held[0]
    rows, without = _rows(book, name), dict(_as_shown(data, name, where))
    width = max([len(cells) for cells in rows] + [column for _, column in without], default=0)
    for number, cells in enumerate(rows, start=1):
        texts = [cell_text(cell) for cell in cells] + [""] * (width - len(cells))
        for column in range(width):
            texts[column] = without.get((number, column + 1), texts[column])
        yield number, texts


def _open(data: bytes, where: str):
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            known = "xl/workbook.xml" in file.namelist()
        if not known:
            raise InputError(f"{where}: this is a spreadsheet or an archive, but no Excel workbook in its XML form. Save it as .xlsx.")
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{where}: this workbook cannot be read ({error}). Save it again as .xlsx, or the sheet as CSV UTF-8.") from None


def _rows(book, name: str) -> list[list[object]]:
    from python_calamine import CalamineError

    try:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError:  # a chart sheet holds no cells
        return []
    return rows if any(cell != "" for cells in rows for cell in cells) else []


def _as_shown(data: bytes, sheet: str, where: str) -> Iterator[tuple[tuple[int, int], str]]:
    """((row, column), text) of the cells that do not read as the sheet shows them: formulas without a value, errors, percentages.

    Raises InputError when the sheet cannot be found in the file.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        percent = _percent_styles(file)
        row = column = 0
        for event, element in ElementTree.iterparse(file.open(_part(file, sheet, where)), events=("start", "end")):
            name = _local(element)
            if event == "start":
                if name == "row":
                    row, column = int(element.get("r", row + 1)), 0
                elif name == "c":
                    row, column = _place(element.get("r")) if element.get("r") else (row, column + 1)
                continue
            if name == "c":
                text = _shown(element, percent)
                if text is not None:
                    yield (row, column), text
            if name == "row":
                element.clear()


def _shown(cell: ElementTree.Element, percent: set[int]) -> str | None:
    """The text of a cell that its value alone does not tell; None for all others."""
    parts = {_local(part): part for part in cell}
    value = (parts["v"].text or "") if "v" in parts else ""
    if cell.get("t") == "e":
        return value or "#N/A"
    if "f" in parts and not value and "is" not in parts and cell.get("t") != "str":
        return f"={parts['f'].text or ''}"
    if value and cell.get("t", "n") == "n" and int(cell.get("s", "0")) in percent:
        return f"{float(value) * 100:.10g}%"
    return None


def _percent_styles(file: zipfile.ZipFile) -> set[int]:
    """The numbers of the cell styles that show a number as a percentage."""
    if "xl/styles.xml" not in file.namelist():
        return set()
    styles = ElementTree.fromstring(file.read("xl/styles.xml"))
    codes = {one.get("numFmtId"): one.get("formatCode", "") for one in styles.iter() if _local(one) == "numFmt"}
    formats = next((part for part in styles if _local(part) == "cellXfs"), [])
    ids = [one.get("numFmtId", "0") for one in formats]
    return {number for number, name in enumerate(ids) if name in PERCENT or "%" in re.sub(r'"[^"]*"', "", codes.get(name, ""))}


def _part(file: zipfile.ZipFile, sheet: str, where: str) -> str:
    """The path in the workbook of the sheet of this name. Names are compared without their space: workbooks have two sets of them."""
    book = ElementTree.fromstring(file.read("xl/workbook.xml"))
    links = ElementTree.fromstring(file.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for one in book.iter():
        if _local(one) == "sheet" and one.get("name") == sheet:
            link = next((value for key, value in one.attrib.items() if key.rpartition("}")[2] == "id"), None)
            target = targets.get(link, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in file.namelist():
                return part
    raise InputError(f'{where}: the sheet "{sheet}" is not where the workbook says. Open it in Excel and save it again as .xlsx.')


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _place(name: str) -> tuple[int, int]:
    """(row, column) from 1 of a name such as AB12."""
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", name).groups()
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return int(digits), column
