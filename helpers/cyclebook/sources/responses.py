"""One export of answers: who answered where and when, and what. Repeats are looked for later, over all sources together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cyclebook.errors import InputError
from cyclebook.parameters import Codebook, District, Source
from cyclebook.sources import qualtrics
from cyclebook.sources.answers import read_answers
from cyclebook.sources.choices import choice_columns
from cyclebook.sources.columns import Column, find, personal_names, stamps
from cyclebook.sources.doubts import doubts
from cyclebook.sources.ledger import Ledger
from cyclebook.sources.opening import Reading, declared, open_file, start, tokens
from cyclebook.sources.places import schools_of, waves_of
from cyclebook.sources.respondents import USES, attributes, groups


#: From this share of different times on, two rows with one time are not chance.
NEARLY_ALL = 0.9


def read_responses(district: District, source: Source) -> Reading:
    """Read one export of answers. Raises InputError when the file or a declared column is missing, or may not be read."""
    book = district.codebooks[source.codebook]
    file = open_file(source)
    uses = declared(source, file.columns, ("school", "wave_column", "person", "response_id", *USES))
    uses = file.own_columns() | uses
    own = {name: find(source, file.columns, [one.column], f"the attribute {name}") for name, one in source.attributes.items()}
    answers = answer_columns(source, file.columns, book)
    columns = [*uses.values(), *own.values(), *flat(answers)]
    positions = list(dict.fromkeys(column.position for column in columns))
    options = {"compare": "person" not in uses and "response_id" not in uses}
    times = [column for use, column in uses.items() if use in ("started", "ended", "duration")]
    if "person" not in uses and not source.scored:
        day, own_id = ([uses[use]] if use in uses else [] for use in ("answered_on", "response_id"))
        options["apart_from"] = [column.position for column in stamps(file.columns, [*times, *day], own_id)]
    if source.form == "parquet" and source.scored:
        options["numbers"] = [column.position for column in answers.values()]
    taken = file.take(positions, **options)

    ledger = start(source, taken)
    cells = {use: taken.frame[column.position] for use, column in uses.items()}
    names, values = read_answers(ledger, answers, taken.frame, book)
    answered = (~np.isnan(values)).sum(axis=1)
    unread = ledger.first_flags()
    if "status" in uses:
        qualtrics.set_aside_not_staff(ledger, uses["status"], cells["status"])
    _set_aside_empty(ledger, answered == 0, unread)
    waves = waves_of(district, ledger, uses.get("wave_column"), cells.get("wave_column"))
    schools = schools_of(district, ledger, uses.get("school"), cells.get("school"), waves)
    if "finished" in uses:
        qualtrics.flag_unfinished(ledger, uses["finished"], cells["finished"])
    ids = cells["response_id"].str.strip().to_numpy(dtype=object) if "response_id" in uses else ""
    over_files = source.form == "qualtrics" and "response_id" in uses and uses["response_id"].import_id == qualtrics.RECORD_ID
    frame = {"school_id": schools, "wave": waves, "person": tokens(source, uses.get("person"), taken), "response_id": ids,
             "answered": answered, "row": taken.rows, "twin": taken.twins, "over_files": over_files,
             **attributes(ledger, uses, cells),
             "attributes": groups(ledger, source.attributes, own, {name: taken.frame[column.position] for name, column in own.items()})}  # fmt: skip
    single = {} if source.scored else {name: answers[name] for name in names if name in answers and not book.items[name].choices}
    given = values[:, [names.index(name) for name in single]]
    frame["flags"] = doubts(ledger, book, single, given, frame["seconds"], uses, taken, _stamped(uses, cells))
    return Reading(
        ledger, pd.DataFrame(frame, index=range(len(taken.rows))), {use: column.label for use, column in uses.items()},
        values, names, len(file.columns) - len(positions), personal_names(file.columns, columns),
    )  # fmt: skip


def _stamped(uses: Mapping[str, Column], cells: Mapping[str, pd.Series]) -> bool:
    """Whether a declared column holds a time of day for each response that hardly two people share."""
    for use in ("ended", "started", "answered_on"):
        if use in uses:
            texts = cells[use][cells[use].str.strip() != ""]
            if len(texts) and texts.map(lambda text: ":" in text).all() and texts.nunique() >= NEARLY_ALL * len(texts):
                return True
    return False


def answer_columns(source: Source, columns: list[Column], book: Codebook) -> dict[str, Column | dict[str, Column]]:
    """The column of each item that was asked in the source's wave (of each choice, where it has columns), or of each scale.

    Raises InputError where a column is missing or is meant twice, and where one file holds waves in which an item differs.
    """
    if source.scored:
        return {scale.id: find(source, columns, [scale.column], f"the scale {scale.id}") for scale in book.scales.values()}
    where = f"{source.path_as_written} (source {source.name})"
    found: dict[str, Column | dict[str, Column]] = {}
    for item in book.items.values():
        if item.versions and source.wave_column is not None:
            raise InputError(
                f"{where}: this file holds several waves, and the item {item.id} was not the same in all (versions in "
                f"parameters/codebooks/{book.name}.yaml). Make a file, and a source, of each wave."
            )
        asked = item.asked_in(source.wave)
        if asked is None:
            continue
        if asked.choices:
            found[item.id] = choice_columns(source, columns, asked)
        else:
            found[item.id] = find(source, columns, asked.columns, f"the item {item.id}")
    owner: dict[int, str] = {}
    for item, column in found.items():
        for one in flat({item: column}):
            first = owner.setdefault(one.position, item)
            if first != item:
                raise InputError(
                    f'{where}: the column "{one.label}" is both the item {first} and the item {item}. '
                    f"Correct columns in parameters/codebooks/{book.name}.yaml."
                )
    return found


def flat(columns: Mapping[str, Column | Mapping[str, Column]]) -> list[Column]:
    """All columns, those of choices among them."""
    return [one for column in columns.values() for one in (column.values() if isinstance(column, Mapping) else [column])]


def _set_aside_empty(ledger: Ledger, empty: np.ndarray, unread: pd.DataFrame) -> None:
    """Set aside rows without any answer; where there were answers that could not be read, say which was the first."""
    tried = np.zeros(len(empty), dtype=bool)
    tried[unread.index.to_numpy(dtype="int64")] = True
    texts = unread.reindex(range(len(empty)))
    ledger.set_aside(empty & tried, texts["column"], texts["value"], "no answer that can be read", texts["remedy"])
    ledger.set_aside(empty, "", "", "no answers", "Nothing to do: the row holds no answer.")
