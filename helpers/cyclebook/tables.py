"""What each tidy table holds: contracts that data are held to, and the data dictionary made from them.

python -m cyclebook.tables > data/README.md
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pandera.pandas as pa

from cyclebook.errors import CyclebookError
from cyclebook.parameters.forms import FORMS
from cyclebook.parameters.plan_model import TEAM_GROUPS
from cyclebook.parameters.records import AMOUNT, COUNT, RECORDS, Record, RecordColumn


def _text(description: str, *, missing: bool = False, **checks) -> pa.Column:
    rules = [getattr(pa.Check, rule)(value) for rule, value in checks.items()]
    return pa.Column("str", rules, nullable=missing, description=description)


def _count(description: str, least: int = 0) -> pa.Column:
    return pa.Column("int64", pa.Check.ge(least), description=description)


def _table(name: str, description: str, columns: dict[str, pa.Column], **more) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, name=name, description=description, strict=True, ordered=True, **more)


SCHOOL = "School, an id of `parameters/schools.csv`. Text: leading zeros count."
WAVE = "Wave, an id of `parameters/district.yaml`."
PERSON = "Token of the person, the same over waves; missing where there is none. Never a name or an address."

ROSTER = _table(
    "roster",
    "Who could have answered: one row for each person, or one for each head count.",
    {
        "school_id": _text(SCHOOL),
        "wave": _text(WAVE),
        "person": _text(PERSON, missing=True),
        "role": _text("Role, as the roster has it; missing where it has none.", missing=True),
        "head_count": _count("Number of persons behind the row: 1 for a person."),
    },
)

RESPONSES = _table(
    "responses",
    "What staff answered: one row for each answered item of a kept response. In scored sources an item is a scale.",
    {
        "survey": _text("Survey, an id of `parameters/sources.yaml`."),
        "school_id": _text(SCHOOL),
        "wave": _text(WAVE),
        "row": _text("The response: source and record number, as `staff_2025_fall:17`. One text for each response."),
        "person": _text(PERSON, missing=True),
        "item": _text("Item, an id of the codebook; in scored sources the scale's id."),
        "value": pa.Column(
            "float64",
            pa.Check(lambda values: values.abs() < float("inf"), name="finite"),
            description="The answer as a number of the codebook, before reversing; in scored sources the score as it stands.",
        ),
    },
    unique=["row", "item"],
)

#: What is flagged about a response as a whole, by kind: results are given with and without these.
DOUBTS = {
    "alike": "one and the same answer to a whole set of questions, worded both ways, or to very many in a row",
    "fast": "faster than the questions can be read",
    "duplicate": "the same in every cell as an earlier row",
    "duplicate_but_time": "the same in every cell as an earlier row, but for time and number of the response",
}
#: What is flagged about a cell: it is no answer, and the response stands.
DATE_CELL = "date_cell"

RESPONDENTS = _table(
    "respondents",
    "Who stands behind the answers: one row for each kept response. Attributes of persons: never published one by one.",
    {
        "survey": _text("Survey, an id of `parameters/sources.yaml`."),
        "school_id": _text(SCHOOL),
        "wave": _text(WAVE),
        "row": _text("The response: source and record number, as in `responses`."),
        "person": _text(PERSON, missing=True),
        "role": _text("Role, as the export has it; missing where it has none.", missing=True),
        "seconds": pa.Column("float64", pa.Check.ge(0), nullable=True, description="Time taken, in seconds; missing where it is not known."),
        "weight": pa.Column("float64", pa.Check.gt(0), nullable=True, description="Weight given in the export; missing where it has none."),
        "attributes": _text(
            "What else is declared of the person, as `years=0-3`, joined by `|`: attributes and their groups as `parameters/sources.yaml` names "
            "them; empty where none is known."
        ),
        "day": _text("Day on which it was recorded, as 2025-10-06; missing where none is declared or can be read.", missing=True),
        "flags": _text(
            "What was flagged about the response, kinds joined by `|`; empty where nothing was. "
            + "; ".join(f"`{kind}`: {meaning}" for kind, meaning in DOUBTS.items())
            + f"; `{DATE_CELL}`: a cell held a date where a range of numbers was meant."
        ),
    },
    unique=["row"],
)



def write_attributes(known: Mapping[str, str]) -> str:
    """Attributes of a respondent as they stand in the column `attributes`. known: value by name."""
    return "|".join(f"{name}={value}" for name, value in known.items())


def attribute(respondents: pd.DataFrame, name: str) -> pd.Series:
    """One declared attribute of each respondent; missing where it is not known."""
    texts = respondents["attributes"]
    known = {text: dict(pair.split("=", 1) for pair in text.split("|") if pair).get(name, pd.NA) for text in texts.unique()}
    return texts.map(known).astype("str")


DAY = "Day, as 2025-10-06."

RATINGS = _table(
    "ratings",
    "How staff rate how agreements are lived, and how they work together, and what they answer to the standing feedback link: one row for each rating.",
    {
        "survey": _text("Survey, an id of `parameters/sources.yaml`."),
        "rates": _text("What is rated.", isin=["agreements", "collaboration", "pulse"]),
        "school_id": _text(SCHOOL),
        "date": _text(DAY),
        "row": _text("The response: source and record number."),
        "person": _text(PERSON, missing=True),
        "item": _text("Agreement, an id of `parameters/agreements`; or item, an id of the codebook."),
        "value": pa.Column("float64", description="The rating as a number of the codebook."),
    },
    unique=["row", "item"],
)


def _amount(description: str) -> pa.Column:
    return pa.Column("float64", nullable=True, description=description)


SERIES = _table(
    "series",
    "What is counted or measured again and again: one row for each school, measure and day.",
    {
        "school_id": _text(SCHOOL),
        "measure": _text("Measure, an id of `parameters/measures.yaml`."),
        "date": _text(DAY),
        "numerator": _amount("What was counted; missing where the measure is a value or a count."),
        "denominator": _amount("Out of how many, or per how much."),
        "value": _amount("The number itself, for a value or a count."),
        "persons": _amount("How many people stand behind it, where that is known and is not the denominator."),
    },
    unique=["school_id", "measure", "date"],
)

TEAMS = _table(
    "teams",
    "Leadership teams: how many seats each group of people holds. Records of seats, never of who sits on them.",
    {
        "school_id": _text(SCHOOL),
        "group": _text(
            "Group of people.",
            isin=list(TEAM_GROUPS),
        ),
        "members": _count("Seats held."),
        "date": _text("Day on which this was so, as 2025-10-06; empty where none is given."),
    },
    unique=["school_id", "group", "date"],
)

AGGREGATES = _table(
    "aggregates",
    "Results of whole schools that others computed and published: one row for each school, wave and measure.",
    {
        "source": _text("Source, an id of `parameters/sources.yaml`."),
        "school_id": _text(SCHOOL),
        "wave": _text(WAVE),
        "measure": _text("Measure, an id under `results` of the source."),
        "value": _amount("The number; of a share the percentage, not rounded; of a category its place in `order`, from 0."),
        "numerator": _amount("Persons counted, of a share; missing for other kinds."),
        "denominator": _amount("Out of how many persons, of a share; missing for other kinds."),
        "persons": _amount("Persons behind the number; of a share the denominator. Missing where the file does not say."),
        "status": _text(
            "Empty where there is a value. `suppressed`: hidden by its publisher, which is never zero; `missing`: none was given; "
            "`unread`: the cell cannot be read; `nobody`: a share of no one.",
            isin=["", "suppressed", "missing", "unread", "nobody"],
        ),
    },
    unique=["school_id", "wave", "measure"],
)

def _of_record(column: RecordColumn) -> pa.Column:
    """The contract of one column of a table of records: text, or a number that may be missing; an empty text says nothing."""
    words = f" One of {', '.join(f'`{name}`' for name in column.choices)}." if column.choices else ""
    if column.kind in (COUNT, AMOUNT):
        return pa.Column("float64", pa.Check.ge(0), nullable=column.empty or not column.needed, description=column.about)
    rules = [pa.Check.isin([*column.choices, ""] if column.empty else list(column.choices))] if column.choices else []
    return pa.Column("str", rules, description=column.about + words)


def _records(name: str, record: Record) -> pa.DataFrameSchema:
    columns = {column: _of_record(of) for column, of in record.columns.items()}
    return _table(name, record.about, columns, **({"unique": list(record.keys)} if record.keys else {}))


#: The tables of records that districts keep beside surveys (`parameters.records`), by name.
RECORD_TABLES = {name: _records(name, record) for name, record in RECORDS.items()}

PROBLEMS = _table(
    "problems",
    "What was wrong with the files, for the analyst who mends them. It holds cells of the files: it is never published.",
    {
        "source": _text("Source, an id of `parameters/sources.yaml`."),
        "file": _text("The file's path as written there."),
        "row": _count("Record in the file from 1, headers and blank rows included: the row that a spreadsheet shows.", 1),
        "column": _text("Header of the column; empty where the whole row is meant."),
        "value": _text("The cell as it stands; empty where the whole row is meant."),
        "reason": _text("What is wrong."),
        "remedy": _text("What to do about it."),
        "action": _text(
            "`set aside`: the row is not used. `flagged`: the row is used, a cell that cannot be read is no answer.",
            isin=["set aside", "flagged"],
        ),
    },
)

RECEIPTS = _table(
    "receipts",
    "One row for each source: how many rows were read and what became of them. Always `read` = `kept` + `set_aside`.",
    {
        "source": _text("Source, an id of `parameters/sources.yaml`."),
        "file": _text("The file's path as written there."),
        "form": _text("Form of the file.", isin=list(FORMS)),
        "wave": _text("Wave of the source; where a column holds it, the waves of the kept rows, joined by `, `."),
        "read": _count("Rows in the file, without headers and blank rows."),
        "kept": _count("Rows used."),
        "set_aside": _count("Rows not used; each has one line in `problems`."),
        "flagged": _count("Lines in `problems` about rows that are used."),
        "dropped_columns": _count("Columns that no declaration names, and that were not read."),
        "personal_columns": _text("Those of them with IP addresses, coordinates, names, e-mail or telephone, joined by `, `."),
    },
    checks=pa.Check(lambda table: table["read"] == table["kept"] + table["set_aside"], name="read = kept + set_aside"),
)

TABLES = (ROSTER, RESPONSES, RESPONDENTS, RATINGS, SERIES, TEAMS, AGGREGATES, *RECORD_TABLES.values(), PROBLEMS, RECEIPTS)
WORDS = {"str": "text", "int64": "whole number", "float64": "number"}


def kinds(contract: pa.DataFrameSchema) -> dict[str, str]:
    """The pandas type of each column, in order."""
    names = {name: str(column.dtype) for name, column in contract.columns.items()}
    return {name: "str" if kind.startswith("str") else kind for name, kind in names.items()}


def check(table: pd.DataFrame, contract: pa.DataFrameSchema) -> pd.DataFrame:
    """The table, if it keeps the contract. Raises CyclebookError that names the table, columns and rules, never a value."""
    try:
        return contract.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        broken = error.failure_cases[["column", "check"]].drop_duplicates().astype("str")
        rules = "; ".join(f"{column}: {rule}" for column, rule in broken.itertuples(index=False))
        message = f"the table {contract.name} breaks its contract ({rules}). This is a fault of the program: report it."
        raise CyclebookError(message) from None


def dictionary() -> str:
    """The data dictionary, as Markdown: every table with its columns, types and meaning."""
    lines = [
        "# Data",
        "",
        "- `raw/`: the exports as they came. `parameters/sources.yaml` says what each file is. Nothing changes them.",
        "- `notes/<school_id>/<step>.md`: what people write about the evidence; it appears in the reports.",
        "- `releases/`: what was handed out, kept by `cyclebook release`. It holds no answers; keep it, and its key, with your backups.",
        "",
        "Reading the exports gives the tables below. Every row that is read is kept or set aside, and `problems` says why.",
        "Only columns that are declared are read.",
        "",
        "<!-- Made by: python -m cyclebook.tables > data/README.md -->",
    ]
    for table in TABLES:
        lines += ["", f"## {table.name}", "", table.description, ""]
        lines += ["| column | type | may be missing | meaning |", "| --- | --- | --- | --- |"]
        for name, kind in kinds(table).items():
            column = table.columns[name]
            lines.append(f"| `{name}` | {WORDS[kind]} | {'yes' if column.nullable else 'no'} | {column.description} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(dictionary(), end="")
