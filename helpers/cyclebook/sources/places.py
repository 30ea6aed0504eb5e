"""The school and the wave of each row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cyclebook.parameters import District, School, Wave, fold, nearest
from cyclebook.sources.columns import Column
from cyclebook.sources.ledger import Ledger

SCHOOLS = "parameters/schools.csv"
CORRECT = "Correct the cell, or"


def waves_of(district: District, ledger: Ledger, column: Column | None, texts: pd.Series | None) -> np.ndarray:
    """The wave id of each row (object array), from the source or its wave column. Rows of no known wave are set aside."""
    if column is None:
        return np.full(len(ledger.rows), ledger.source.wave, dtype=object)
    known = {fold(wave.id): wave.id for wave in district.waves}
    codes, found = pd.factorize(texts)
    ids = [known.get(fold(text)) for text in found]
    for code, text in enumerate(found):
        if ids[code] is None:
            reason = "unknown wave" if text.strip() else "no wave"
            remedy = _remedy(text, known.values(), f"{CORRECT} add the wave to parameters/district.yaml.")
            ledger.set_aside(codes == code, column.label, text, reason, remedy)
    return _pick(ids, codes)


def schools_of(district: District, ledger: Ledger, column: Column, texts: pd.Series, waves: np.ndarray) -> np.ndarray:
    """The school_id of each row (object array). Rows of no known school, or of one not open in the wave, are set aside."""
    names = {name: school for school in district.schools.values() for name in (school.school_id, school.name, *school.aliases)}
    codes, found = pd.factorize(texts)
    schools = [district.school_of(text) for text in found]
    for code, text in enumerate(found):
        if schools[code] is None:
            reason = "unknown school" if text.strip() else "no school"
            remedy = _remedy(text, names, f"{CORRECT} add the name to aliases in {SCHOOLS}.")
            ledger.set_aside(codes == code, column.label, text, reason, remedy)
    _check_open(district, ledger, column, texts, _pick(schools, codes), waves)
    return _pick([school.school_id if school else None for school in schools], codes)


def _check_open(
    district: District, ledger: Ledger, column: Column, texts: pd.Series, schools: np.ndarray, waves: np.ndarray
) -> None:
    dated = {id(school): school for school in schools if school is not None and (school.opened or school.closed)}
    for school in dated.values():
        here = np.array([found is school for found in schools])
        for wave in district.waves:
            why = _not_open(district, school, wave)
            if why:
                ledger.set_aside(here & (waves == wave.id), column.label, texts.to_numpy(dtype=object), *why)


def _not_open(district: District, school: School, wave: Wave) -> tuple[str, str] | None:
    """(reason, remedy) when the school was not open on any day of the wave."""
    if school.closed and school.closed < wave.start:
        after = district.schools.get(school.successor or "")
        at = f" (the school that follows it is {after.name})" if after else ""
        return "school closed", f"It closed on {school.closed}, before the wave{at}. {CORRECT} closed in {SCHOOLS}."
    if school.opened and school.opened > wave.end:
        return "school not yet open", f"It opened on {school.opened}, after the wave. {CORRECT} opened in {SCHOOLS}."
    return None


def _remedy(text: str, known, what: str) -> str:
    if not text.strip():
        return "Fill in the cell."
    near = nearest(text, known)
    return f'The nearest known is "{near}". {what}' if near else what


def _pick(values: list, codes: np.ndarray) -> np.ndarray:
    """`values[code]` for each code, as an object array."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array[codes] if len(values) else np.empty(len(codes), dtype=object)
