"""parameters/corrections.yaml: which numbers that were handed out were made of other answers than they should have been."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cyclebook.parameters.forms import Form, Text, fill
from cyclebook.parameters.model import Correction, School
from cyclebook.parameters.names import show, suggest
from cyclebook.parameters.yaml_files import Faults, read_yaml

FILE = "parameters/corrections.yaml"
EVERY = "all"


class CorrectionForm(Form):
    of: Text
    period: Text
    schools: Literal["all"] | Annotated[list[Text], Field(min_length=1)]
    release: Annotated[int, Field(ge=1)]
    reason: Text


class CorrectionsFile(Form):
    corrections: list[CorrectionForm] | None = None


def read_corrections(
    folder: Path, schools: Mapping[str, School], known: Collection[str], periods: Collection[str], faults: Faults
) -> tuple[Correction, ...]:
    """The corrections in the order of the file, which need not be there. What is wrong is added to `faults`.

    known: what a correction may be of. periods: ids of waves and terms; a month (2025-10) or a day (2025-10-06) is known, too.
    """
    if not (folder / FILE).is_file():
        return ()
    document = read_yaml(folder, FILE, faults)
    form = fill(CorrectionsFile, document, faults) if document else None
    found = []
    for index, one in enumerate((form and form.corrections) or []):
        key = ("corrections", index)
        if one.of not in known:
            document.fault(faults, (*key, "of"), f"{show(one.of)} is no survey, measure or result; {suggest(one.of, known)}")
        if one.period not in (EVERY, *periods) and not _day_or_month(one.period):
            near = suggest(one.period, [*periods, EVERY])
            document.fault(faults, (*key, "period"), f"{show(one.period)} is no wave or term, and no month or day such as 2025-10-06; {near}")
        for school in [] if one.schools == EVERY else one.schools:
            if school not in schools:
                document.fault(faults, (*key, "schools"), f"parameters/schools.csv has no school_id {show(school)}; {suggest(school, schools)}")
        ids = None if one.schools == EVERY else tuple(one.schools)
        found.append(Correction(one.of, None if one.period == EVERY else one.period, ids, one.release, one.reason))
    return tuple(found)


def _day_or_month(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text):
        return False
    try:
        date.fromisoformat(text if len(text) == 10 else f"{text}-01")
    except ValueError:
        return False
    return True
