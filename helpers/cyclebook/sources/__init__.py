"""From raw exports to tidy tables. Nothing is guessed in silence: every row read is kept or set aside, and the receipt says so.

    tables = read(district)
    tables.problems       # file, row, column, value, reason and remedy of everything set aside or flagged

Only declared columns are taken from a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pandera.pandas as pa

from cyclebook import tables
from cyclebook.parameters import District
from cyclebook.parameters.records import RECORDS
from cyclebook.sources.aggregates import read_aggregates, settle_aggregates
from cyclebook.sources.opening import Reading
from cyclebook.sources.ratings import read_ratings
from cyclebook.sources.records import read_records, settle_records
from cyclebook.sources.repeats import settle_dated, settle_ratings, settle_responses, settle_rosters, settle_teams
from cyclebook.sources.responses import read_responses
from cyclebook.sources.rosters import read_roster
from cyclebook.sources.series import read_series, read_teams

__all__ = ["Tables", "read"]


#: How each kind of table is read.
READERS = {"responses": read_responses, "roster": read_roster, "ratings": read_ratings, "series": read_series, "teams": read_teams,
           "aggregates": read_aggregates} | dict.fromkeys(RECORDS, read_records)  # fmt: skip


def no_records() -> dict[str, pd.DataFrame]:
    """Tables of records without a row."""
    return {name: _table([], contract) for name, contract in tables.RECORD_TABLES.items()}


@dataclass(frozen=True, eq=False)
class Tables:
    """The district's tidy tables. Their columns are described in `cyclebook.tables`.

    `records`: the tables of `parameters.records` by name, each with no row where no source is declared.
    `aside`: by source, where rows were set aside, (header, rows) of these with their declared cells, for the analyst's eyes only.
    `withheld`: (table, survey or what is rated, wave or window, school) of whose answers nothing is published, beside what was
    handed out before; `renewed`: of whose answers others are published than were handed out (``privacy.releases``). None as read.
    """

    roster: pd.DataFrame
    responses: pd.DataFrame
    respondents: pd.DataFrame
    ratings: pd.DataFrame
    series: pd.DataFrame
    teams: pd.DataFrame
    aggregates: pd.DataFrame
    problems: pd.DataFrame
    receipts: pd.DataFrame
    aside: Mapping[str, tuple[list[str], list[list]]]
    withheld: frozenset[tuple[str, str, str, str]] = frozenset()
    renewed: frozenset[tuple[str, str, str, str]] = frozenset()
    records: Mapping[str, pd.DataFrame] = field(default_factory=no_records)


def read(district: District) -> Tables:
    """Read every source that the district declares.

    Raises InputError when a file is missing or cannot be decoded, when a declared column is missing, stands twice or says who
    someone is. Bad rows and cells do not raise: they are set aside or flagged in `problems`, and counted in `receipts`.
    """
    sources = district.sources.values()
    readings = {source.name: READERS[source.table](district, source) for source in sources}
    by_table: dict[str, list[Reading]] = {table: [] for table in READERS}
    for reading in readings.values():
        by_table[reading.ledger.source.table].append(reading)
    settle_responses(by_table["responses"])
    settle_rosters(by_table["roster"])
    settle_dated(by_table["series"], ["school_id", "measure", "date"])
    settle_ratings(by_table["ratings"])
    settle_teams(by_table["teams"])
    settle_aggregates(by_table["aggregates"])
    for name in RECORDS:
        settle_records(by_table[name])
    problems, receipts = [], []
    for source in sources:
        reading = readings[source.name]
        problems.append(reading.ledger.problems())
        receipts.append(reading.ledger.receipt(problems[-1], _waves(district, reading), reading.dropped, reading.personal))
    return Tables(
        roster=_table(map(_staff, by_table["roster"]), tables.ROSTER),
        responses=_table(map(_answers, by_table["responses"]), tables.RESPONSES),
        respondents=_table(map(_respondents, by_table["responses"]), tables.RESPONDENTS),
        ratings=_table(map(_ratings, by_table["ratings"]), tables.RATINGS),
        series=_table(map(_kept, by_table["series"]), tables.SERIES),
        teams=_table(map(_seats, by_table["teams"]), tables.TEAMS),
        aggregates=_table((reading.results() for reading in by_table["aggregates"]), tables.AGGREGATES),
        records={name: _table(map(_kept, by_table[name]), contract) for name, contract in tables.RECORD_TABLES.items()},
        problems=_table(problems, tables.PROBLEMS),
        receipts=_table([pd.DataFrame(receipts)] if receipts else [], tables.RECEIPTS),
        aside={receipt["source"]: readings[receipt["source"]].ledger.set_aside_rows() for receipt in receipts if receipt["set_aside"]},
    )


def _waves(district: District, reading: Reading) -> str:
    """The wave that the source is declared for, or those of its kept rows, in the district's order."""
    if reading.ledger.source.wave is not None:
        return reading.ledger.source.wave
    if "wave" not in reading.people:
        return ""
    found = set(reading.people["wave"][reading.ledger.alive])
    return ", ".join(wave.id for wave in district.waves if wave.id in found)


def _staff(reading: Reading) -> pd.DataFrame:
    """The rows of a roster that are kept."""
    return _missing(reading.people[reading.ledger.alive], "person", "role")


def _answers(reading: Reading) -> pd.DataFrame:
    """The answers that are kept, one in a row: responses in the order of the file, items in the order of the codebook."""
    source = reading.ledger.source
    people = _missing(reading.people[reading.ledger.alive], "person")
    people = people.assign(survey=source.survey, row=source.name + ":" + people["row"].astype("str"))
    values = reading.values[reading.ledger.alive]
    row, item = np.nonzero(~np.isnan(values))
    names = pd.Series(reading.names, dtype="str").take(item).to_numpy()
    return people[["survey", "school_id", "wave", "row", "person"]].take(row).assign(item=names, value=values[row, item])


def _respondents(reading: Reading) -> pd.DataFrame:
    """What is known of who stands behind each kept response."""
    source = reading.ledger.source
    people = _missing(reading.people[reading.ledger.alive], "person", "role", "day")
    return people.assign(survey=source.survey, row=source.name + ":" + people["row"].astype("str"))


def _kept(reading: Reading) -> pd.DataFrame:
    """The rows of a dated table that are kept."""
    return reading.people[reading.ledger.alive]


def _seats(reading: Reading) -> pd.DataFrame:
    """The seats of each school, group and day, several lines added up."""
    return _kept(reading).groupby(["school_id", "group", "date"], sort=False, as_index=False)["members"].sum()


def _ratings(reading: Reading) -> pd.DataFrame:
    """The ratings that are kept, one in a row."""
    source = reading.ledger.source
    people = _missing(_kept(reading), "person")
    people = people.assign(survey=source.survey, rates=source.rates, row=source.name + ":" + people["row"].astype("str"))
    values = reading.values[reading.ledger.alive]
    row, place = np.nonzero(~np.isnan(values))
    names = people["item"].take(row).to_numpy() if source.rates == "agreements" else np.array(reading.names, dtype=object)[place]
    return people.take(row).assign(item=names, value=values[row, place])


def _missing(people: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Empty text as a missing value."""
    return people.assign(**{name: people[name].astype("str").where(people[name] != "") for name in columns})


def _table(parts: Iterable[pd.DataFrame], contract: pa.DataFrameSchema) -> pd.DataFrame:
    """The parts under one another, with the columns and types of the contract, and held to it."""
    kinds = tables.kinds(contract)
    parts = [part[list(kinds)].astype(kinds) for part in parts] or [pd.DataFrame(columns=list(kinds)).astype(kinds)]
    return tables.check(pd.concat(parts, ignore_index=True), contract)
