"""The same response, person or row more than once: within a file and over all files of the district."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cyclebook.sources.ledger import Ledger
from cyclebook.sources.opening import Reading


def settle_responses(readings: Sequence[Reading]) -> None:
    """Set repeated responses aside, in the ledgers: the later of one response id, the one with fewer answers of one person.

    A response id is looked for within its file; Qualtrics' own ids, which are unique in the world, over all files of a survey.
    A person is looked for within survey, school and wave. Kept but flagged: one person at two schools in a wave, and rows
    without id and person that are the same in every cell.
    """
    if not readings:
        return
    people = _stack(readings)
    given = people[people["response_id"] != ""]
    given = given.assign(scope=given["source"].mask(given["over_files"].astype(bool), ""))
    later = _later(given, ["survey", "scope", "response_id"])
    remedy = "Nothing to do, if it is the same response; " + later["kept"] + " is kept."
    _enter(readings, later.assign(remedy=remedy), Ledger.set_aside, "response_id", "same response id twice")

    known = _with_token(readings, people).sort_values("answered", ascending=False, kind="stable")
    later = _later(known, ["survey", "school_id", "wave", "person"])
    remedy = "Nothing to do, if one person answered twice; " + later["kept"] + " is kept, which has as many answers or more."
    _enter(readings, later.assign(remedy=remedy), Ledger.set_aside, "person", "same person twice")

    _flag_two_schools(readings, people, ["survey", "wave", "person"])
    _flag_twins(readings)


def settle_rosters(readings: Sequence[Reading]) -> None:
    """Set aside the later row of one person at one school in one wave.

    Kept but flagged: one person at two schools in a wave, two head counts for one school, wave and role (they are added), and
    head count rows that are the same in every cell.
    """
    if not readings:
        return
    people = _stack(readings)
    later = _later(_with_token(readings, people), ["school_id", "wave", "person"])
    remedy = "Nothing to do, if it is one person; " + later["kept"] + " is kept."
    _enter(readings, later.assign(remedy=remedy), Ledger.set_aside, "person", "same person twice")

    _flag_two_schools(readings, people, ["wave", "person"])
    _flag_twins(readings)
    counts = _alive(readings, people)
    later = _later(counts[counts["counted"]], ["school_id", "wave", "role"])
    later = later[later["twin"] == 0]
    remedy = "It is added to that of " + later["kept"] + ". Remove one, if it is the same staff."
    later = later.assign(remedy=remedy, shown=later["head_count"].astype("str"))
    _enter(readings, later, Ledger.flag, "head_count", "second head count for this school", value="shown")


def settle_ratings(readings: Sequence[Reading]) -> None:
    """Set repeated ratings aside: the later of one response id (and item) within a file, and over the files of a survey where
    school and day are the same, too; the later of one person for the same school, item and day.

    Kept but flagged: rows without id and person that are the same in every cell.
    """
    if not readings:
        return
    for keys in (["source", "response_id", "item"], ["survey", "response_id", "item", "school_id", "date"]):
        people = _stack(readings)
        later = _later(people[people["response_id"] != ""], keys)
        remedy = "Nothing to do, if it is the same response; " + later["kept"] + " is kept."
        _enter(readings, later.assign(remedy=remedy), Ledger.set_aside, "response_id", "same response id twice")
    later = _later(_with_token(readings, _stack(readings)), ["survey", "school_id", "person", "item", "date"])
    remedy = "Nothing to do, if it is one person; " + later["kept"] + " is kept."
    _enter(readings, later.assign(remedy=remedy), Ledger.set_aside, "person", "same person twice")
    _flag_twins(readings)


def settle_teams(readings: Sequence[Reading]) -> None:
    """Flag further lines for the same school, group and day; their seats are added up."""
    people = _stack(readings) if readings else None
    if people is None or people.empty:
        return
    later = _later(people, ["school_id", "group", "date"])
    remedy = "Its seats are added to those of " + later["kept"] + ". Remove one, if it is the same list."
    _enter(readings, later.assign(remedy=remedy), Ledger.flag, "group", "second line for this group")


def settle_dated(readings: Sequence[Reading], keys: list[str]) -> None:
    """Set aside, over all files of a dated table, the later row with the same keys."""
    seen: dict[tuple, str] = {}
    for reading in readings:
        known = reading.people[reading.ledger.alive]
        again = np.zeros(len(reading.people), dtype=bool)
        remedy = np.full(len(reading.people), "", dtype=object)
        for position, key in zip(known.index, known[keys].itertuples(index=False, name=None), strict=True):
            row = f"row {reading.ledger.rows[position]} of {reading.ledger.source.name}"
            first = seen.setdefault(key, row)
            again[position], remedy[position] = first != row, f"The number in {first} is kept. Remove one of the two."
        days = reading.people["date"].to_numpy(dtype=object)
        reading.ledger.set_aside(again, reading.labels.get("date", ""), days, "second number for the same day", remedy)


def _stack(readings: Sequence[Reading]) -> pd.DataFrame:
    """The rows of all sources that are still kept: `people` with source, survey, reading and position in it."""
    parts = [
        reading.people.assign(
            source=reading.ledger.source.name,
            survey=reading.ledger.source.survey or "",
            counted=reading.ledger.source.head_count is not None,
            reading=number,
            position=np.arange(len(reading.people)),
        )
        for number, reading in enumerate(readings)
    ]
    return _alive(readings, pd.concat(parts, ignore_index=True))


def _alive(readings: Sequence[Reading], people: pd.DataFrame) -> pd.DataFrame:
    """Those of `people` that are still kept."""
    kept = np.zeros(len(people), dtype=bool)
    for number, reading in enumerate(readings):
        here = (people["reading"] == number).to_numpy()
        kept[here] = reading.ledger.alive[people["position"].to_numpy()[here]]
    return people[kept]


def _with_token(readings: Sequence[Reading], people: pd.DataFrame) -> pd.DataFrame:
    known = _alive(readings, people)
    return known[known["person"] != ""]


def _first(people: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """For each row the index of the first row, in the order given, with the same keys."""
    return pd.Series(people.index, index=people.index).groupby([people[key] for key in keys]).transform("first").to_numpy()


def _later(people: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The rows that are not the first with their keys; `kept`: which row is."""
    first = _first(people, keys)
    again = first != people.index.to_numpy()
    return people[again].assign(kept=_named(people.loc[first[again]]))


def _named(people: pd.DataFrame) -> np.ndarray:
    """`row 12 of staff_2025_fall` for each row."""
    return ("row " + people["row"].astype("str") + " of " + people["source"].astype("str")).to_numpy()


def _flag_two_schools(readings: Sequence[Reading], people: pd.DataFrame, keys: list[str]) -> None:
    known = _with_token(readings, people)
    first = known.loc[_first(known, keys)]
    other = known["school_id"].to_numpy() != first["school_id"].to_numpy()
    remedy = [f"Nothing to do, if this person works at both; also in {row}. Both are kept." for row in _named(first[other])]
    _enter(readings, known[other].assign(remedy=remedy), Ledger.flag, "person", "same person at two schools")


def _flag_twins(readings: Sequence[Reading]) -> None:
    for reading in readings:
        twins = reading.people["twin"].astype("str")
        remedy = "The same in every cell as row " + twins + ", which may be chance. Remove one, if it is one."
        reading.ledger.flag((reading.people["twin"] > 0).to_numpy(), "", "", "possible duplicate", remedy)


def _enter(readings: Sequence[Reading], rows: pd.DataFrame, enter, use: str, reason: str, value: str | None = None) -> None:
    """Enter `rows` (with remedy) into the ledgers of their sources, by Ledger.set_aside or Ledger.flag."""
    for number, some in rows.groupby("reading"):
        reading = readings[number]
        position = some["position"].to_numpy()
        where = np.zeros(len(reading.people), dtype=bool)
        where[position] = True
        texts = np.full((2, len(where)), "", dtype=object)
        texts[:, position] = some[value or use].to_numpy(dtype=object), some["remedy"].to_numpy(dtype=object)
        enter(reading.ledger, where, reading.labels.get(use, ""), texts[0], reason, texts[1])
