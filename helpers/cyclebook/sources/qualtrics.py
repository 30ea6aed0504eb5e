"""Qualtrics exports: three header rows, of which the third names each column for good (ImportId), or the older two.

Rows: 1 column name (can be edited), 2 question text, 3 JSON as {"ImportId": "QID5_1"} (in single quotation marks in exports of the
Insights platform); answers begin in row 4. The older exporter has no third row: names are V1, V2 … with what they are beneath, or the
names again. Columns of Qualtrics' own are known by ImportId, or by that text. Source: Qualtrics support, "Understanding Your Data
Set"; codes of `status` as in its own value labels: 0 IP Address, 1 Survey Preview, 2 Survey Test, 4 Imported, 8 Spam, 16 Offline,
32 EX, and sums of these (9 Survey Preview Spam, 12 Imported Spam, 17 Offline Survey Preview, 40 EX Spam), 132 Reimported, 256 Synthetic.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import fold
from cyclebook.sources.columns import Column, find_import_id
from cyclebook.sources.grid import GridFile
from cyclebook.sources.layout import QUALTRICS, SURE, Layout, import_id, layout
from cyclebook.sources.ledger import Ledger, Values

RECORD_ID = "_recordId"
PREVIEW, TEST, SPAM, SYNTHETIC = 1, 2, 8, 256
NOT_STAFF = {PREVIEW: "survey preview", TEST: "survey test", SPAM: "marked as spam", SYNTHETIC: "synthetic response"}
STATUS_LABELS = {
    "ip address": 0,
    "survey preview": 1,
    "survey test": 2,
    "imported": 4,
    "spam": 8,
    "survey preview spam": 9,
    "imported spam": 12,
    "offline": 16,
    "offline survey preview": 17,
    "offline spam": 24,
    "ex": 32,
    "ex spam": 40,
    "ex offline": 48,
    "reimported imported": 132,
    "synthetic": 256,
}
FINISHED = {"true": True, "1": True, "false": False, "0": False, "": True}


#: What the exports call Qualtrics' own columns, without blanks and case, and the ImportId that each has today.
OWN = {
    "responseid": RECORD_ID,
    "status": "status",
    "finished": "finished",
    "startdate": "startDate",
    "enddate": "endDate",
    "ipaddress": "ipAddress",
    "duration(inseconds)": "duration",
    "externaldatareference": "externalDataReference",
    "externalreference": "externalDataReference",
    "recipientemail": "recipientEmail",
    "recipientfirstname": "recipientFirstName",
    "recipientlastname": "recipientLastName",
    "emailaddress": "recipientEmail",
    "name": "recipientName",
    "locationlatitude": "locationLatitude",
    "locationlongitude": "locationLongitude",
}


class QualtricsFile(GridFile):
    """An export of answers. Raises InputError for a table that has neither ImportIds nor Qualtrics' own columns."""

    def header_rows(self) -> int:
        found = layout(self.head)
        if found.form != QUALTRICS or found.sure != SURE:
            raise InputError(self._refusal(found))
        return found.header_rows

    def name_columns(self) -> list[Column]:
        """Names of row 1, texts of row 2, ImportIds; where there is no row 3, ImportIds for Qualtrics' own columns only."""
        names, texts = self.header[:2]
        texts = [*texts, *[""] * (len(names) - len(texts))]
        if len(self.header) == 3:
            ids = [_today(import_id(cell)) for cell in self.header[2]]
        else:
            squeezed = [["".join(fold(text).split()) for text in row] for row in (texts, names)]
            ids = [OWN.get(below) or OWN.get(name) for below, name in zip(*squeezed, strict=True)]
        return [
            Column(place, name, found, (text,) if text.strip() else ())
            for place, (name, text, found) in enumerate(zip(names, texts, ids, strict=True))
        ]

    def _refusal(self, found: Layout) -> str:
        if found.form == QUALTRICS:
            return (
                f"{self._where}: declared as form: qualtrics, and it was one, but its header rows are damaged: {'; '.join(found.evidence)}. "
                "Export again under Data & Analysis and do not edit the first three rows, or write form: csv with header_rows."
            )
        return (
            f"{self._where}: declared as form: qualtrics (three header rows, the third of ImportIds, or the older two), but not a "
            f"Qualtrics export: it looks like {found.form}, for {'; '.join(found.evidence)}. "
            'Correct form, or export again under Data & Analysis; write delimiter: "\\t" for a TSV export.'
        )

    def own_columns(self) -> dict[str, Column]:
        """The columns that Qualtrics adds and we use: status, finished, duration and, as response_id, _recordId; those that are there."""
        wanted = {"status": "status", "finished": "finished", "response_id": RECORD_ID, "duration": "duration"}
        found = {use: find_import_id(self.columns, import_id) for use, import_id in wanted.items()}
        return {use: column for use, column in found.items() if column is not None}


def _today(import_id: str | None) -> str | None:
    """The ImportId of one of Qualtrics' own columns as it is today: responseId and panel-RecipientEmail are older names."""
    return import_id and OWN.get(fold(import_id).removeprefix("panel-"), import_id)


def set_aside_not_staff(ledger: Ledger, column: Column, texts: pd.Series) -> None:
    """Set previews, tests, spam and synthetic responses aside, by the column `status`; tell of a status that is not known."""
    values = Values(texts)
    codes = [_status(text) for text in values.distinct]
    told = []
    for code in codes:
        reasons = [reason for bit, reason in NOT_STAFF.items() if code is not None and code & bit]
        told.append((reasons[0], "Nothing to do, unless it is a real answer.") if reasons else None)
    ledger.set_aside_values(column.label, values, told)
    _tell_unknown(ledger, column, values, [code is None for code in codes], "status not known")


def flag_unfinished(ledger: Ledger, column: Column, texts: pd.Series) -> None:
    """Tell of responses that were not submitted but hold answers; they are kept."""
    values = Values(texts)
    finished = [FINISHED.get(fold(text)) for text in values.distinct]
    unfinished = ("unfinished response", "Nothing to do: the answers given are kept.")
    ledger.flag_values(column.label, values, [unfinished if state is False else None for state in finished])
    _tell_unknown(ledger, column, values, [state is None for state in finished], "not known whether finished")


def _status(text: str) -> int | None:
    """The code of a status; 0 where there is none, None where it is not known."""
    text = fold(text)
    return int(text) if text.isdecimal() else STATUS_LABELS.get(text) if text else 0


def _tell_unknown(ledger: Ledger, column: Column, values: Values, unknown: list[bool], reason: str) -> None:
    """Tell, at the first such row only, of values that are not understood: a file may be full of them."""
    rows = np.flatnonzero(values.spread(unknown, bool) & ledger.alive)
    if len(rows):
        first = np.arange(len(ledger.rows)) == rows[0]
        remedy = f"So in {len(rows)} rows, all kept. Export in English, or with numeric values, so that it is understood."
        ledger.flag(first, column.label, values.spread(values.distinct, object), reason, remedy)
