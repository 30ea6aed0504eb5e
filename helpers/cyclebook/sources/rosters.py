"""One staff roster: a row for each person, or a head count for each school (and role)."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from cyclebook.parameters import District, Source
from cyclebook.sources.columns import Column, personal_names
from cyclebook.sources.ledger import Ledger, Values
from cyclebook.sources.opening import Reading, declared, open_file, start, tokens
from cyclebook.sources.places import schools_of, waves_of

#: 38, 1,024 or 38.0; nothing else is a number of people.
HEAD_COUNT = re.compile(r"(\d{1,3}(,\d{3})+|\d{1,7})(\.0+)?")


def read_roster(district: District, source: Source) -> Reading:
    """Read one roster. Raises InputError when the file or a declared column is missing, or may not be read."""
    file = open_file(source)
    uses = declared(source, file.columns, ("school", "wave_column", "person", "head_count", "role"))
    positions = list(dict.fromkeys(column.position for column in uses.values()))
    taken = file.take(positions, compare="person" not in uses)

    ledger = start(source, taken)
    cells = {use: taken.frame[column.position] for use, column in uses.items()}
    waves = waves_of(district, ledger, uses.get("wave_column"), cells.get("wave_column"))
    schools = schools_of(district, ledger, uses.get("school"), cells.get("school"), waves)
    counts = np.ones(len(taken.rows), dtype="int64")
    person = tokens(source, uses.get("person"), taken)
    if "head_count" in uses:
        counts = _head_counts(ledger, uses["head_count"], cells["head_count"])
    else:
        remedy = "The person is counted. Add the token, so that answers over waves can be told to be theirs."
        ledger.flag(person == "", uses["person"].label, "", "no token", remedy)
    role = cells["role"].str.strip().to_numpy(dtype=object) if "role" in uses else ""
    frame = {
        "school_id": schools,
        "wave": waves,
        "person": person,
        "role": role,
        "head_count": counts,
        "row": taken.rows,
        "twin": taken.twins,
    }
    return Reading(
        ledger, pd.DataFrame(frame, index=range(len(taken.rows))), {use: column.label for use, column in uses.items()},
        np.empty((len(taken.rows), 0)), (), len(file.columns) - len(positions), personal_names(file.columns, list(uses.values())),
    )  # fmt: skip


def _head_counts(ledger: Ledger, column: Column, texts: pd.Series) -> np.ndarray:
    """The number of persons behind each row; rows without one are set aside."""
    values = Values(texts)
    found = [HEAD_COUNT.fullmatch(text.strip()) for text in values.distinct]
    remedy = "Write the number of staff, as in 38."
    wrong = ("head count is not a whole number of people", remedy)
    told = [
        None if match else wrong if text.strip() else ("no head count", remedy)
        for text, match in zip(values.distinct, found, strict=True)
    ]
    ledger.set_aside_values(column.label, values, told)
    return values.spread([int(match[1].replace(",", "")) if match else 0 for match in found], int)
