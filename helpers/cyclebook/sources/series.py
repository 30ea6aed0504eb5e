"""One file of measures: a number for each school, measure and day. And one of leadership teams: seats by group."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cyclebook.parameters import District, Measure, Source, fold, nearest
from cyclebook.parameters.plan_model import TEAM_GROUPS
from cyclebook.sources.answers import _number
from cyclebook.sources.columns import Column, personal_names
from cyclebook.sources.dates import days_of, set_aside_far, set_aside_not_open
from cyclebook.sources.ledger import Ledger, Told, Values
from cyclebook.sources.opening import Reading, declared, open_file, start
from cyclebook.sources.places import schools_of

NUMBERS = ("numerator", "denominator", "value", "persons")
#: Which numbers a row of each type of measure must hold.
HELD = {"share": ("numerator", "denominator"), "rate": ("numerator", "denominator"), "count": ("value",), "value": ("value",)}
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
#: A number as large as this is no number of anything in a school.
ABSURD = 1e9


def read_series(district: District, source: Source) -> Reading:
    """Read one file of measures. Raises InputError when the file or a declared column is missing, or may not be read.

    Rows that cannot be read are set aside: an unknown school or measure, no day, a number that is missing or impossible for
    the measure's type.
    """
    file = open_file(source)
    uses = declared(source, file.columns, ("school", "date", "measure_column", *NUMBERS))
    ledger, cells, taken, positions = _take(source, file, uses)
    days = days_of(ledger, uses["date"], cells["date"])
    set_aside_far(district, ledger, uses["date"], days)
    schools = schools_of(district, ledger, uses.get("school"), cells.get("school"), np.full(len(ledger.rows), "", dtype=object))
    set_aside_not_open(district, ledger, uses["date"], schools, days)
    names = _measures(district, ledger, uses.get("measure_column"), cells.get("measure_column"))
    numbers = {name: _numbers(ledger, uses.get(name), cells.get(name)) for name in NUMBERS}
    _set_aside_impossible(district, ledger, names, numbers, {name: uses[name].label for name in NUMBERS if name in uses})
    frame = pd.DataFrame({"school_id": schools, "measure": names, "date": days, **numbers}, index=range(len(taken.rows)))
    return _reading(ledger, frame, uses, file, positions)


def read_teams(district: District, source: Source) -> Reading:
    """Read one file of leadership teams: how many seats each of the six groups holds in each school."""
    file = open_file(source)
    uses = declared(source, file.columns, ("school", "date", "group", "members"))
    ledger, cells, taken, positions = _take(source, file, uses)
    days = days_of(ledger, uses.get("date"), cells.get("date"))
    set_aside_far(district, ledger, uses.get("date"), days)
    schools = schools_of(district, ledger, uses.get("school"), cells.get("school"), np.full(len(ledger.rows), "", dtype=object))
    values = Values(cells["group"])
    known = {fold(group): group for group in TEAM_GROUPS} | {fold(group.replace("_", " ")): group for group in TEAM_GROUPS}
    groups = [known.get(fold(text)) for text in values.distinct]
    told = [None if group else ("unknown group", f"Write one of: {', '.join(TEAM_GROUPS)}.") for group in groups]
    ledger.set_aside_values(uses["group"].label, values, told)
    members = _numbers(ledger, uses["members"], cells["members"])
    wrong = np.isnan(members) | (members < 0) | (members != np.floor(members))
    texts = cells["members"].to_numpy(dtype=object)
    ledger.set_aside(wrong, uses["members"].label, texts, "not a whole number of seats", "Write the number of seats, 0 for none.")
    frame = pd.DataFrame(
        {"school_id": schools, "group": values.spread(groups, object), "members": np.nan_to_num(members), "date": days,
         "row": taken.rows},
        index=range(len(taken.rows)),
    )  # fmt: skip
    return _reading(ledger, frame, uses, file, positions)


def _take(source: Source, file, uses: dict[str, Column]):
    positions = list(dict.fromkeys(column.position for column in uses.values()))
    taken = file.take(positions, compare=False)
    ledger = start(source, taken)
    return ledger, {use: taken.frame[column.position] for use, column in uses.items()}, taken, positions


def _reading(ledger: Ledger, frame: pd.DataFrame, uses: dict[str, Column], file, positions: Sequence[int]) -> Reading:
    labels = {use: column.label for use, column in uses.items()}
    personal = personal_names(file.columns, list(uses.values()))
    return Reading(ledger, frame, labels, np.empty((len(frame), 0)), (), len(file.columns) - len(positions), personal)


def _measures(district: District, ledger: Ledger, column: Column | None, texts: pd.Series | None) -> np.ndarray:
    """The measure of each row, found by its id or name; rows of no known measure are set aside."""
    if column is None:
        return np.full(len(ledger.rows), ledger.source.measure, dtype=object)
    known = {fold(name): measure.id for measure in district.measures.values() for name in (measure.id, measure.name)}
    values = Values(texts)
    found = [known.get(fold(text)) for text in values.distinct]
    told: list[Told | None] = []
    for text, name in zip(values.distinct, found, strict=True):
        near = nearest(text, known) if name is None else None
        hint = f'The nearest known is "{near}". ' if near else ""
        remedy = f"{hint}Correct the cell, or add the measure to parameters/measures.yaml."
        told.append(None if name else ("unknown measure" if text.strip() else "no measure", remedy))
    ledger.set_aside_values(column.label, values, told)
    return values.spread(found, object)


def _numbers(ledger: Ledger, column: Column | None, texts: pd.Series | None) -> np.ndarray:
    """The number in each row, NaN where there is none; rows with something else there are set aside."""
    if column is None:
        return np.full(len(ledger.rows), np.nan)
    values = Values(texts)
    found = [math.nan if not text.strip() else number_in(text) for text in values.distinct]
    remedy = "Write a number such as 12, 3.5 or 1,024: a point before decimals, a comma only between thousands."
    told = [None if number is not None else ("not a number", remedy) for number in found]
    ledger.set_aside_values(column.label, values, told)
    return values.spread([math.nan if number is None else number for number in found], float)


def number_in(text: str) -> float | None:
    """The number in a cell; a comma stands between thousands only, so that 1,5 is not taken for 15."""
    text = text.strip()
    return _number(text.replace(",", "") if THOUSANDS.fullmatch(text) else text)


def _set_aside_impossible(
    district: District, ledger: Ledger, names: np.ndarray, numbers: dict[str, np.ndarray], labels: dict[str, str]
) -> None:
    for measure in district.measures.values():
        here = names == measure.id
        for reason, column, wrong in _faults(measure, numbers):
            texts = np.array(["" if math.isnan(number) else f"{number:g}" for number in numbers[column]], dtype=object)
            remedy = f"{measure.name} is a {measure.type}: {_REMEDIES[reason]}"
            ledger.set_aside(here & wrong, labels.get(column, column), texts, reason, remedy)


_REMEDIES = {
    "a number is missing": "fill in the columns that it needs.",
    "too large to be true": "no school has so many. Correct the cell.",
    "below zero": "a count cannot be below zero. Correct the cell.",
    "nothing to divide by": "leave the row out where there was nothing to count.",
    "more than the whole": "the numerator cannot be larger than the denominator. Correct one.",
    "not a whole number": "counts are whole numbers. Correct the cell.",
    "off the scale": "the number lies beyond the scale's ends in parameters/measures.yaml. Correct one of the two.",
    "no number of persons": "say how many people stand behind the number, or write people: false in parameters/measures.yaml.",
}


def _faults(measure: Measure, numbers: dict[str, np.ndarray]):
    """(reason, column, rows that are wrong), the first that applies to a row first."""
    held = HELD[measure.type]
    for name in NUMBERS:
        yield "too large to be true", name, np.abs(numbers[name]) * measure.multiply >= ABSURD
    for name in held:
        yield "a number is missing", name, np.isnan(numbers[name])
    if measure.type == "value":
        shown = numbers["value"] * measure.multiply
        low = -math.inf if measure.low is None else measure.low
        high = math.inf if measure.high is None else measure.high
        yield "off the scale", "value", (shown < low) | (shown > high)
        if measure.people:
            yield "no number of persons", "persons", np.isnan(numbers["persons"])
        return
    for name in held:
        yield "below zero", name, numbers[name] < 0
    if measure.type in ("share", "rate"):
        yield "nothing to divide by", "denominator", numbers["denominator"] == 0
    whole = held if measure.type == "share" else held[:1]
    for name in whole:
        yield "not a whole number", name, numbers[name] != np.floor(numbers[name])
    if measure.type == "share":
        yield "more than the whole", "numerator", numbers["numerator"] > numbers["denominator"]
    elif measure.people:
        yield "no number of persons", "persons", np.isnan(numbers["persons"])
