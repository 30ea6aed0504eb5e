"""The school and the wave of each row."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cyclebook.parameters import District, School, Wave, fold, nearest
from cyclebook.sources.columns import Column
from cyclebook.sources.ledger import Ledger, Told, Values

SCHOOLS = "parameters/schools.csv"
CORRECT = "Correct the cell, or"
#: For so many unknown names of a column the nearest known one is looked for; more, and the column is the wrong one.
SUGGESTIONS = 50


def waves_of(district: District, ledger: Ledger, column: Column | None, texts: pd.Series | None) -> np.ndarray:
    """The wave id of each row (object array), from the source or its wave column. Rows of no known wave are set aside."""
    if column is None:
        return np.full(len(ledger.rows), ledger.source.wave, dtype=object)
    known = {fold(wave.id): wave.id for wave in district.waves}
    values = Values(texts)
    ids = [known.get(fold(text)) for text in values.distinct]
    told = _unknown("wave", values.distinct, ids, known.values(), f"{CORRECT} add the wave to parameters/district.yaml.")
    ledger.set_aside_values(column.label, values, told)
    return values.spread(ids, object)


def schools_of(
    district: District, ledger: Ledger, column: Column | None, texts: pd.Series | None, waves: np.ndarray
) -> np.ndarray:
    """The school_id of each row (object array), from its column, else the one of the whole file.

    Rows of no known school, or of one not open in the wave, are set aside.
    """
    if column is None:
        texts = pd.Series([ledger.source.school_id] * len(ledger.rows), dtype="str")
    label = column.label if column else ""
    names = [name for school in district.schools.values() for name in (school.school_id, school.name, *school.aliases)]
    values = Values(texts)
    schools = [district.school_of(text) for text in values.distinct]
    told = _unknown("school", values.distinct, schools, names, f"{CORRECT} add the name to aliases in {SCHOOLS}.")
    ledger.set_aside_values(label, values, told)
    ids = values.spread([school and school.school_id for school in schools], object)
    for school in filter(None, schools):
        for wave in district.waves:
            why = _not_open(district, school, wave)
            if why:
                here = (ids == school.school_id) & (waves == wave.id)
                ledger.set_aside(here, label, values.spread(values.distinct, object), *why)
    return ids


def _unknown(what: str, texts: list[str], found: list, known: Iterable[str], remedy: str) -> list[Told | None]:
    """Of each distinct text, where nothing was found for it, what to tell."""
    told: list[Told | None] = []
    known = list(known)
    looked = 0
    for text, one in zip(texts, found, strict=True):
        if one is not None:
            told.append(None)
        elif not text.strip():
            told.append((f"no {what}", "Fill in the cell."))
        else:
            near = (nearest(text, known) or _in_words(text, known)) if looked < SUGGESTIONS else None
            looked += 1
            told.append((f"unknown {what}", f'The nearest known is "{near}". {remedy}' if near else remedy))
    return told


def _in_words(text: str, known: Iterable[str]) -> str | None:
    """The one known name all of whose words stand in the text, or in which all words of the text stand."""
    words = set(fold(text).split())
    found = [name for name in known if words and ((theirs := set(fold(name).split())) <= words or words <= theirs)]
    return found[0] if len(found) == 1 else None


def _not_open(district: District, school: School, wave: Wave) -> Told | None:
    """What to tell when the school was not open on any day of the wave."""
    if school.closed and school.closed < wave.start:
        after = " and ".join(district.schools[name].name for name in school.successors)
        at = f" ({after} carried on its work)" if after else ""
        return "school closed", f"It closed on {school.closed}, before the wave{at}. {CORRECT} closed in {SCHOOLS}."
    if school.opened and school.opened > wave.end:
        return "school not yet open", f"It opened on {school.opened}, after the wave. {CORRECT} opened in {SCHOOLS}."
    return None
