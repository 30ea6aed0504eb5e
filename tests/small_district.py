"""A district folder small enough to read at a glance, and how its tables are looked at; a test says only how its own differs."""

from __future__ import annotations

import textwrap
from pathlib import Path

from cyclebook.parameters import load
from cyclebook.sources import Tables, read

FILES = {
    "parameters/district.yaml": """
        district: {id: tiny, name: Tiny District}
        waves:
        - {id: 2024-fall, label: Fall 2024, from: 2024-10-07, to: 2024-10-25}
        - {id: 2025-fall, label: Fall 2025, from: 2025-10-06, to: 2025-10-24}
        """,
    "parameters/schools.csv": """
        school_id,name,opened,closed,successor,aliases
        0101,Alder Creek School,,,,Alder Creek|Alder
        0102,Birch Lane School,,2025-06-13,0103,
        0103,Cedar School,2025-08-01,,,
        NA,Nuevo Año School,,,,
        """,
    "parameters/sources.yaml": """
        surveys:
          staff: {title: Staff survey, promise: {kind: confidential, smallest_group: 5, seen_by: the office}}
        sources:
          answers: {table: responses, survey: staff, form: csv, path: data/raw/answers.csv, wave: 2025-fall, school: School,
                    person: Token, codebook: staff}
        """,
    "parameters/codebooks/staff.yaml": """
        answers:
          agree: {Disagree: 1, Neither: 2, Agree: 3, "1": 1, "2": 2, "3": 3, "9": 9}
        not_applicable: [Does not apply, "-99"]
        items:
          q1: {columns: [QID1, Q1], text: First., answers: agree}
          q2: {columns: [QID2, Q2], text: Second., answers: agree}
        scales:
          help: {name: Help, about: help among staff, items: [q1, q2], reverse: [q2], range: [1, 3], source: Ours.}
        """,
    "data/raw/answers.csv": """
        School,Token,Q1,Q2
        0101,a,Agree,Disagree
        """,
}


def write(folder: Path, changes: dict[str, str | bytes | None] | None = None) -> Path:
    """Write the small district with some files changed, added or (None) left out. Common indents are taken away."""
    for name, content in (FILES | (changes or {})).items():
        if content is None:
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = textwrap.dedent(content).lstrip("\n").encode()
        path.write_bytes(content)
    return folder


def answers(folder: Path, content: str | bytes, files: dict | None = None, **changes: str | None) -> Tables:
    """What is read when data/raw/answers.csv holds `content` and its declaration has some keys changed, added or (None) gone."""
    keys = {"table": "responses", "survey": "staff", "form": "csv", "path": "data/raw/answers.csv", "wave": "2025-fall",
            "school": "School", "codebook": "staff"} | changes  # fmt: skip
    lines = "".join(f"    {key}: {value}\n" for key, value in keys.items() if value is not None)
    sources = f"surveys:\n  staff: {{title: Staff survey}}\nsources:\n  answers:\n{lines}"
    return read(load(write(folder, {"parameters/sources.yaml": sources, "data/raw/answers.csv": content} | (files or {}))))


def roster(folder: Path, content: str | bytes, **changes: str | None) -> Tables:
    """The same for a roster."""
    return answers(folder, content, **({"table": "roster", "survey": None, "codebook": None} | changes))


def problems(tables: Tables) -> list[tuple]:
    """(row, column, value, reason, action) of each problem, in order."""
    return list(tables.problems[["row", "column", "value", "reason", "action"]].itertuples(index=False, name=None))


def receipt(tables: Tables) -> tuple[int, int, int, int]:
    """Rows read, kept, set aside, and flags, of the first source."""
    return tuple(int(tables.receipts[name][0]) for name in ("read", "kept", "set_aside", "flagged"))


def values(tables: Tables) -> list[tuple]:
    """(school_id, row, item, value) of each answer, in order."""
    return list(tables.responses[["school_id", "row", "item", "value"]].itertuples(index=False, name=None))


def rows(tables: Tables) -> list[int]:
    """The record numbers of the responses that are kept, in order."""
    return [int(row.split(":")[1]) for row in tables.responses["row"].unique()]
