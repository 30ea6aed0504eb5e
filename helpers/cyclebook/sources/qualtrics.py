"""Qualtrics exports in their current form: three header rows, of which the third names each column for good (ImportId).

Rows: 1 column name (can be edited), 2 question text, 3 JSON as {"ImportId": "QID5_1"}; answers begin in row 4. Columns `status`
and `finished` are read by ImportId. Source: Qualtrics support, "Understanding Your Data Set"; codes of `status` as in its own
value labels: 0 IP Address, 1 Survey Preview, 2 Survey Test, 4 Imported, 8 Spam, 16 Offline, 32 EX, and sums of these (9 Survey
Preview Spam, 12 Imported Spam, 17 Offline Survey Preview, 40 EX Spam), 132 Reimported, 256 Synthetic.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import Source, fold
from cyclebook.sources.columns import Column, find_import_id
from cyclebook.sources.files import DelimitedFile
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


class QualtricsFile(DelimitedFile):
    """An export of answers in the current form. Raises InputError for any other."""

    def __init__(self, source: Source):
        super().__init__(source, headers=3)
        names, _, ids = self.header
        if len(ids) != len(names):
            raise InputError(self._refusal(f"row 3 has {len(ids)} cells, row 1 has {len(names)}"))
        self.columns = [Column(i, name, self._import_id(cell)) for i, (name, cell) in enumerate(zip(names, ids, strict=True))]

    def _import_id(self, cell: str) -> str:
        try:
            return str(json.loads(cell)["ImportId"])
        except (json.JSONDecodeError, KeyError, TypeError):
            raise InputError(self._refusal("row 3 does not hold ImportIds")) from None

    def _refusal(self, what: str) -> str:
        return (
            f"{self._where}: not a Qualtrics export in its current form: {what}. Export again under Data & Analysis, not with "
            'the legacy exporter; write delimiter: "\\t" for a TSV export, or form: csv for a file with one header row.'
        )

    def own_columns(self) -> dict[str, Column]:
        """The columns that Qualtrics adds and we use: status, finished, duration and, as response_id, _recordId; those that are there."""
        wanted = {"status": "status", "finished": "finished", "response_id": RECORD_ID, "duration": "duration"}
        found = {use: find_import_id(self.columns, import_id) for use, import_id in wanted.items()}
        return {use: column for use, column in found.items() if column is not None}


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
