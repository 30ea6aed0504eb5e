"""What reading a roster and reading answers have in common: opening the file, finding declared columns, tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import Source
from cyclebook.sources.columns import Column, find
from cyclebook.sources.grid import GridFile, Taken
from cyclebook.sources.ledger import Ledger
from cyclebook.sources.parquet import ParquetFile
from cyclebook.sources.qualtrics import QualtricsFile
from cyclebook.sources.spss import SpssFile
from cyclebook.sources.web_forms import GoogleFormsFile, PlainFile, SurveyMonkeyFile

#: How the file of each form of parameters/sources.yaml is opened.
OPENERS = {
    "qualtrics": QualtricsFile,
    "surveymonkey": SurveyMonkeyFile,
    "google_forms": GoogleFormsFile,
    "csv": PlainFile,
    "tsv": PlainFile,
    "excel": PlainFile,
    "spss": SpssFile,
    "parquet": ParquetFile,
}


@dataclass(frozen=True)
class Reading:
    """One source as read.

    `people`: a line for each record of the ledger, with school_id, wave, person, row, twin and more by kind of table.
    `labels`: the header of the column that was declared for each use. `values`: records by `names` (items or scales), NaN where
    there is no answer. `dropped`: how many columns were not read; `personal`: which of them say who someone is.
    """

    ledger: Ledger
    people: pd.DataFrame
    labels: dict[str, str]
    values: np.ndarray
    names: tuple[str, ...]
    dropped: int
    personal: list[str]


def open_file(source: Source) -> GridFile | ParquetFile | SpssFile:
    """The file of a source by its form. Raises InputError when it is not there or has another form."""
    return OPENERS[source.form](source)


def declared(source: Source, columns: Sequence[Column], uses: Sequence[str]) -> dict[str, Column]:
    """The columns that the source declares for some uses (keys of parameters/sources.yaml)."""
    names = {use: getattr(source, use) for use in uses}
    return {use: find(source, columns, [name], use) for use, name in names.items() if name is not None}


def start(source: Source, taken: Taken) -> Ledger:
    """A ledger of the file's records, those that could not be read set aside."""
    ledger = Ledger(source, taken.rows, taken.frame, taken.labels)
    for row, reason, remedy in taken.broken:
        ledger.could_not_read(row, reason, remedy)
    return ledger


def tokens(source: Source, column: Column | None, taken: Taken) -> np.ndarray:
    """The person tokens, trimmed, "" where there is none. Raises InputError when they are e-mail addresses."""
    if column is None:
        return np.full(len(taken.rows), "", dtype=object)
    texts = taken.frame[column.position].str.strip()
    mails = texts.str.contains("@", regex=False).to_numpy(dtype=bool)
    if mails.any():
        raise InputError(
            f'{source.path_as_written} (source {source.name}), row {taken.rows[mails][0]}, column "{column.label}": declared '
            "as person, but it holds e-mail addresses. Put tokens in their place before the file comes here, or remove the key."
        )
    return texts.to_numpy(dtype=object)
