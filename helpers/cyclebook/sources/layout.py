"""Which survey tool wrote a table, told by its first rows: header rows, evidence, and how sure.

What the tools write: Qualtrics, "Understanding Your Data Set" (three header rows; the older exporter two, with V1, V2 … or the
names again); SurveyMonkey, "Export Results" (a row of questions over a row of answer options); Google Forms, a sheet that
begins with Timestamp and puts a grid's rows in brackets.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cyclebook.parameters import fold
from cyclebook.sources.dates import day_of

QUALTRICS, SURVEYMONKEY, GOOGLE_FORMS, PLAIN = "qualtrics", "surveymonkey", "google_forms", "table"
SURE, LIKELY, UNSURE = "sure", "likely", "unsure"

#: Columns that Qualtrics adds to the questions, as it names them in any of its exports, without blanks and case.
QUALTRICS_OWN = frozenset(
    """
    startdate enddate status ipaddress progress duration(inseconds) finished recordeddate responseid responseset
    recipientlastname recipientfirstname recipientemail externalreference externaldatareference locationlatitude
    locationlongitude distributionchannel userlanguage
    """.split()
)
#: Columns that SurveyMonkey puts before the questions.
SURVEYMONKEY_OWN = frozenset(
    "respondentid collectorid startdate enddate ipaddress emailaddress firstname lastname customdata1 customdata".split()
)
#: What only SurveyMonkey writes in its second header row.
SURVEYMONKEY_WORDS = frozenset({"response", "open-ended response", "other (please specify)"})
V_NAME = re.compile(r"V\d+")
GRID = re.compile(r"(?P<question>.*\S)\s*\[(?P<row>[^\[\]]+)\]\s*", re.DOTALL)


@dataclass(frozen=True)
class Layout:
    """form: qualtrics, surveymonkey, google_forms or table. `skip_rows`: title rows before the headers. `sure`: sure, likely, unsure."""

    form: str
    skip_rows: int
    header_rows: int
    evidence: tuple[str, ...]
    sure: str


def import_id(cell: str) -> str | None:
    """The ImportId in a cell of Qualtrics' third header row: {"ImportId":"QID1"}, or {'ImportId': 'QID1'} as Insights has it."""
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(cell)["ImportId"]
        except (ValueError, KeyError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        return str(found)
    return None


def layout(head: Sequence[Sequence[str]]) -> Layout:
    """What the first records (cells as text, at least three where there are so many) tell."""
    rows = [[cell.strip() for cell in cells] for cells in head]
    return _qualtrics(rows) or _surveymonkey(rows) or _google_forms(rows) or _plain(rows)


def _qualtrics(rows: list[list[str]]) -> Layout | None:
    if len(rows) >= 3:
        ids = [import_id(cell) for cell in rows[2]]
        if any(ids):
            told = [f"row 3 holds ImportIds ({rows[2][0][:40]} …)"]
            whole = all(found or not cell for found, cell in zip(ids, rows[2], strict=True)) and len(rows[2]) == len(rows[0])
            if not whole:
                told.append("but not in every column")
            return Layout(QUALTRICS, 0, 3, tuple(told), SURE if whole else LIKELY)
    if len(rows) < 2:
        return None
    names = [name for name in rows[0] if name]
    own = [cell for cell in rows[1] if _squeeze(cell) in QUALTRICS_OWN]
    if len(own) >= 3 and sum(map(bool, map(V_NAME.fullmatch, names))) >= 3:
        return Layout(QUALTRICS, 0, 2, (f"row 1 holds V-names ({names[0]} …)", f"row 2 says what they are ({', '.join(own[:3])} …)"), SURE)
    named = [(place, cell) for place, cell in enumerate(rows[0]) if _squeeze(cell) in QUALTRICS_OWN]
    if len(named) < 3 or sum(_squeeze(cell) not in SURVEYMONKEY_OWN for _, cell in named) < 2:
        return None
    told = [f"row 1 holds the columns that Qualtrics adds ({', '.join(cell for _, cell in named[:3])} …)"]
    starts = [place for place, cell in named if _squeeze(cell) in ("startdate", "enddate", "recordeddate")]
    below = [rows[1][place] for place in starts if place < len(rows[1])]
    if len(rows) >= 3 and any(cell.startswith("{") for cell in rows[2]):
        return Layout(QUALTRICS, 0, 3, (*told, "row 3 looks like ImportIds and cannot be read"), UNSURE)
    if below and not any(_is_day(text) for text in below):
        return Layout(QUALTRICS, 0, 2, (*told, f'row 2 holds texts and no dates under them ("{below[0]}")'), SURE)
    return Layout(PLAIN, 0, 1, (*told, "but row 2 holds answers already: header rows were removed"), LIKELY)


def _surveymonkey(rows: list[list[str]]) -> Layout | None:
    if len(rows) < 2 or len(rows[0]) != len(rows[1]):
        return None
    own = [cell for cell in rows[0] if _squeeze(cell) in SURVEYMONKEY_OWN]
    blank_below = all(not below for cell, below in zip(rows[0], rows[1], strict=True) if _squeeze(cell) in SURVEYMONKEY_OWN)
    words = [cell for cell in rows[1] if fold(cell) in SURVEYMONKEY_WORDS]
    told = []
    if own:
        told.append(f"row 1 begins with what SurveyMonkey adds ({', '.join(own[:3])})")
    if words:
        told.append(f'row 2 holds "{words[0]}" in {len(words)} column{"" if len(words) == 1 else "s"}')
    blocks = _filled_blanks(rows)
    if blocks:
        told.append(f"row 2 names the columns that row 1 leaves blank ({blocks} of them)")
    if own and blank_below and (words or blocks):
        sure = SURE if "respondentid" in map(_squeeze, own) else LIKELY
        return Layout(SURVEYMONKEY, 0, 2, (*told, "row 2 is blank under its own columns"), sure)
    return None


def _google_forms(rows: list[list[str]]) -> Layout | None:
    if not rows or not rows[0] or fold(rows[0][0]) != "timestamp":
        return None
    told = ['the first column is "Timestamp"']
    dated = len(rows) > 1 and bool(rows[1]) and _is_day(rows[1][0])
    if dated:
        told.append(f'with a time under it ("{rows[1][0]}")')
    grids = sum(map(bool, map(GRID.fullmatch, rows[0])))
    if grids:
        told.append(f"{grids} headers end in [row], as grids do")
    return Layout(GOOGLE_FORMS, 0, 1, tuple(told), SURE if dated and grids else LIKELY if dated else UNSURE)


def _plain(rows: list[list[str]]) -> Layout:
    skip = 0
    widths = [sum(map(bool, cells)) for cells in rows]
    while skip < len(rows) - 2 and widths[skip] <= 1 < widths[skip + 1]:
        skip += 1
    told = [f"{skip} row{'' if skip == 1 else 's'} before the headers hold a title"] if skip else []
    body = rows[skip:]
    if len(body) >= 2 and len(body[0]) == len(body[1]):
        blocks = _filled_blanks(body)
        if blocks and _is_header(body):
            told.append(f"row {skip + 2} names the columns that row {skip + 1} leaves blank ({blocks} of them)")
            return Layout(PLAIN, skip, 2, tuple(told), UNSURE)
    told.append("one header row, and nothing that a survey tool would add")
    return Layout(PLAIN, skip, 1, tuple(told), UNSURE if skip else LIKELY)


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the second row of a plain table can be headers under merged ones: no numbers, days or addresses, nothing that stands
    again below, and either several columns of a block or a column whose one header stands above.
    """
    above, below, *others = rows
    if any(_is_number(cell) or _is_day(cell) or "@" in cell for cell in below if cell):
        return False
    if any(cell and any(place < len(row) and row[place] == cell for row in others) for place, cell in enumerate(below)):
        return False
    return _filled_blanks(rows) > 1 or any(cell and not under for cell, under in zip(above, below, strict=True))


def _filled_blanks(rows: list[list[str]]) -> int:
    """How many columns after the first named one have no name in row 1 and one in row 2."""
    named = [place for place, cell in enumerate(rows[0]) if cell]
    first = named[0] if named else 0
    return sum(not above and bool(below) for above, below in list(zip(rows[0], rows[1], strict=True))[first:])


def _is_day(text: str) -> bool:
    return day_of(text) is not None or bool(re.match(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b", text))


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[\d,]*\.?\d+%?", text))


def _squeeze(text: str) -> str:
    return "".join(fold(text).replace("_", "").split())
