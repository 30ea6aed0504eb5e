"""One file of results that others computed and published: a row for each school (and measure), numbers, categories, shares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyclebook.parameters import District, Result, Source, fold
from cyclebook.sources.columns import Column, find, personal_names
from cyclebook.sources.ledger import Ledger, Values
from cyclebook.sources.opening import Reading, declared, open_file, start
from cyclebook.sources.places import schools_of, waves_of
from cyclebook.sources.series import number_in

NOT_A_SCHOOL = "row of a district or state, not of a school"
PARTS = ("column", "persons", "numerator", "denominator")
#: Columns of the results of one source, one line for each record and measure; `position`: of the record among the ledger's rows.
CELLS = ["position", "measure", "value", "numerator", "denominator", "persons", "status"]
FILE = "parameters/sources.yaml"


@dataclass(frozen=True)
class Results(Reading):
    """A source of results as read. `cells`: columns of CELLS."""

    cells: pd.DataFrame

    def results(self) -> pd.DataFrame:
        """The results of the rows that are kept, with school and wave; doubled ones left out."""
        cells = self.cells[self.ledger.alive[self.cells["position"].to_numpy(dtype="int64")] & (self.cells["status"] != "again")]
        places = self.people[["school_id", "wave"]].take(cells["position"].to_numpy(dtype="int64"))
        return cells.assign(source=self.ledger.source.name, **{name: places[name].to_numpy() for name in places})


def read_aggregates(district: District, source: Source) -> Results:
    """Read one file of results. Raises InputError when the file or a declared column is missing, or may not be read.

    Set aside: rows of a district or state (`skip_rows_where`), of an unknown school, wave or measure, with a share above the
    whole. Flagged: cells that are no result of their kind; the row's other results are used.
    """
    file = open_file(source)
    uses = declared(source, file.columns, ("school", "wave_column", "measure_column", "value"))
    skips = {name: find(source, file.columns, [name], "skip_rows_where") for name in source.skip_rows_where or {}}
    parts = {result.id: _columns(source, result, file.columns) for result in source.results.values()}
    columns = [*uses.values(), *skips.values(), *(column for found in parts.values() for column in found.values())]
    positions = list(dict.fromkeys(column.position for column in columns))
    taken = file.take(positions, compare=False)
    ledger = start(source, taken)
    texts = {position: taken.frame[position] for position in positions}

    for name, column in skips.items():
        skip(ledger, column, texts[column.position], source.skip_rows_where[name])
    waves = _waves(district, ledger, uses.get("wave_column"), texts)
    school = uses.get("school")
    schools = schools_of(district, ledger, school, texts[school.position] if school else None, waves)
    where = _measures(ledger, uses.get("measure_column"), texts, len(taken.rows))
    cells = [_read(ledger, result, parts[result.id], texts, where(result)) for result in source.results.values()]
    people = pd.DataFrame({"school_id": schools, "wave": waves, "row": taken.rows}, index=range(len(taken.rows)))
    labels = {use: column.label for use, column in uses.items()}
    labels |= {result: next(iter(found.values())).label for result, found in parts.items()}
    dropped = len(file.columns) - len(positions)
    nothing = np.empty((len(taken.rows), 0))
    return Results(ledger, people, labels, nothing, (), dropped, personal_names(file.columns, columns), pd.concat(cells))


def settle_aggregates(readings: Sequence[Results]) -> None:
    """Over all files, of several results for one school, wave and measure keep the first; tell of the others.

    A row of which nothing is left is set aside.
    """
    seen: dict[tuple, str] = {}
    for reading in readings:
        ledger, cells = reading.ledger, reading.cells
        alive = ledger.alive[cells["position"].to_numpy(dtype="int64")]
        position, status = cells["position"].to_numpy(dtype="int64"), cells["status"].to_numpy(dtype=object)
        schools, waves = (reading.people[name].to_numpy(dtype=object) for name in ("school_id", "wave"))
        again = np.zeros(len(cells), dtype=bool)
        left = np.bincount(position, minlength=len(ledger.rows))
        kept = np.full(len(ledger.rows), "", dtype=object)
        label = np.full(len(ledger.rows), "", dtype=object)
        order = np.argsort(position, kind="stable")  # rows of the file, not measures, come first
        for place in order[alive[order]]:
            at = position[place]
            key = (schools[at], waves[at], cells["measure"].iat[place])
            here = f"row {ledger.rows[at]} of {ledger.source.name}"
            first = seen.setdefault(key, here)
            if first != here:
                again[place], kept[at] = True, first
                label[at] = label[at] or reading.labels[key[2]]
                left[at] -= 1
        cells["status"] = np.where(again, "again", status)
        told = (label, "", "second result for the same school, wave and measure", "The one in " + kept + " is kept. Remove one of the two.")
        ledger.set_aside((kept != "") & (left == 0), *told)
        ledger.flag((kept != "") & (left > 0), *told)


def _columns(source: Source, result: Result, columns: Sequence[Column]) -> dict[str, Column]:
    names = {part: getattr(result, part) for part in PARTS}
    return {part: find(source, columns, [name], f"{part} of {result.id}") for part, name in names.items() if name is not None}


def skip(ledger: Ledger, column: Column, texts: pd.Series, words: Sequence[str]) -> None:
    """Set aside the rows that are of no school, as the source declares."""
    values, known = Values(texts), set(map(fold, words))
    remedy = f"Nothing to do: {FILE} says under skip_rows_where that such rows are left out."
    ledger.set_aside_values(column.label, values, [(NOT_A_SCHOOL, remedy) if fold(text) in known else None for text in values.distinct])


def _waves(district: District, ledger: Ledger, column: Column | None, texts: Mapping[int, pd.Series]) -> np.ndarray:
    if column is None:
        return waves_of(district, ledger, None, None)
    named = {fold(text): wave for text, wave in (ledger.source.wave_values or {}).items()}
    cells = texts[column.position]
    found = cells.map(lambda text: named.get(fold(text), text))
    known = {fold(wave.id) for wave in district.waves}
    values = Values(cells)
    remedy = f"Say which wave it is under wave_values in {FILE}, or add the wave to parameters/district.yaml."
    unknown = [named and named.get(fold(text)) is None and fold(text) not in known for text in values.distinct]
    ledger.set_aside_values(column.label, values, [("unknown wave", remedy) if wrong else None for wrong in unknown])
    return waves_of(district, ledger, column, found)


def _measures(ledger: Ledger, column: Column | None, texts: Mapping[int, pd.Series], count: int):
    """A function that gives the rows (boolean) of a result; in a file without measure_column all of them."""
    if column is None:
        return lambda result: np.ones(count, dtype=bool)
    known = {text: result.id for result in ledger.source.results.values() for text in result.called}
    values = Values(texts[column.position])
    found = [known.get(fold(text)) for text in values.distinct]
    remedy = f"Nothing to do, unless it is wanted: then add it to results in {FILE}, with called: as it stands here."
    ledger.set_aside_values(column.label, values, [None if name else ("measure not declared", remedy) for name in found])
    names = values.spread(found, object)
    return lambda result: names == result.id


def _read(
    ledger: Ledger, result: Result, columns: Mapping[str, Column], texts: Mapping[int, pd.Series], where: np.ndarray
) -> pd.DataFrame:
    """The cells of one result: columns of CELLS, for the rows `where`."""
    numbers = {part: np.full(len(where), np.nan) for part in PARTS}
    status = np.full(len(where), "", dtype=object)
    for part, column in columns.items():
        number, state = _parse(ledger, result, part, column, texts[column.position], where)
        numbers[part] = number
        if part == "persons":  # without it nobody can tell whether the result may be shown
            lost = where & (status == "") & (state == "missing")
            remedy = f"Say how many people stand behind {result.name}. Until then it is not shown."
            ledger.flag(lost, column.label, texts[column.position].to_numpy(dtype=object), "no number of persons", remedy)
            state = np.where(lost, "unread", state)
        for kind in ("missing", "unread", "suppressed"):  # the last one counts
            status[state == kind] = kind
    if result.kind == "share":
        top, whole = numbers["numerator"], numbers["denominator"]
        _set_aside_above(ledger, columns, texts, where & (status == "") & (top > whole))
        status[(status == "") & (whole == 0)] = "nobody"
        with np.errstate(divide="ignore", invalid="ignore"):
            value, persons = 100 * top / whole, whole
    else:
        value, persons = numbers["column"], numbers["persons"]
    held = status == ""
    frame = {
        "position": np.arange(len(where)),
        "measure": result.id,
        "value": np.where(held, value, np.nan),
        "numerator": np.where(held, numbers["numerator"], np.nan),
        "denominator": np.where(held | (status == "nobody"), numbers["denominator"], np.nan),
        "persons": np.where(held | (status == "nobody"), persons, np.nan),
        "status": status,
    }
    return pd.DataFrame(frame)[where]


def _set_aside_above(ledger: Ledger, columns: Mapping[str, Column], texts: Mapping[int, pd.Series], wrong: np.ndarray) -> None:
    """One of the two numbers is wrong, and nobody knows which."""
    top, whole = (columns[part] for part in ("numerator", "denominator"))
    pairs = texts[top.position].str.strip() + " of " + texts[whole.position].str.strip()
    remedy = f"{top.label} cannot be above {whole.label}. Ask the publisher which of the two is right."
    ledger.set_aside(wrong, f"{top.label}, {whole.label}", pairs.to_numpy(dtype=object), "more than the whole", remedy)


def _parse(
    ledger: Ledger, result: Result, part: str, column: Column, cells: pd.Series, where: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(number, "" or suppressed, missing, unread) of each row. Cells that are none of these are flagged."""
    source = ledger.source
    hidden, empty = ({fold(word) for word in words or ()} for words in (source.suppressed, source.missing))
    values = Values(cells)
    found, states, told = [], [], []
    for text in values.distinct:
        word = fold(text)
        if word in hidden or word in empty or not word:
            found.append(math.nan)
            states.append("suppressed" if word in hidden else "missing")
            told.append(None)
            continue
        number, wrong = _value(result, part, text)
        found.append(number)
        states.append("unread" if wrong else "")
        told.append(wrong)
    spread = (values.spread([entry and entry[i] for entry in told], object) for i in (0, 1))
    flagged = where & values.spread([entry is not None for entry in told], bool)
    ledger.flag(flagged, column.label, values.spread(values.distinct, object), *spread)
    return values.spread(found, float), values.spread(states, object)


def _value(result: Result, part: str, text: str) -> tuple[float, tuple[str, str] | None]:
    """The number in a cell, and what is wrong with it or None."""
    listed = f"Correct the cell, or list it under missing or suppressed in {FILE}."
    if part == "column" and result.kind == "category":
        places = {fold(word): float(place) for place, word in enumerate(result.order)}
        place = places.get(fold(text), math.nan)
        known = f"{result.name} is one of: {', '.join(result.order)}. {listed}"
        return place, ("unknown category", known) if math.isnan(place) else None
    number = number_in(text.strip().removesuffix("%") if result.kind == "percent" and part == "column" else text)
    if number is None:
        return math.nan, ("not a number", f"Write a number such as 12, 3.5 or 1,024. {listed}")
    if part == "column" and result.kind in ("number", "percent"):
        low = -math.inf if result.low is None else result.low
        high = math.inf if result.high is None else result.high
        if not low <= number <= high:
            return math.nan, ("off the scale", f"{result.name} goes from {low:g} to {high:g}. Correct the cell, or low and high in {FILE}.")
        return number, None
    if number < 0 or number != math.floor(number):
        return math.nan, ("not a whole number", f"This counts people or things: 0, 1, 2 ... {listed}")
    return number, None
