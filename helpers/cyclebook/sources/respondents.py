"""What an export says of each respondent beside the answers: role, time taken, weight, day, declared attributes."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cyclebook.parameters import Attribute, fold
from cyclebook.sources.columns import Column
from cyclebook.sources.dates import REMEDY, day_of, is_day_first, moment_of
from cyclebook.sources.ledger import Ledger, Values
from cyclebook.tables import write_attributes

#: The keys of parameters/sources.yaml for these.
USES = ("role", "duration", "started", "ended", "weight", "answered_on")


def attributes(ledger: Ledger, uses: Mapping[str, Column], cells: Mapping[str, pd.Series]) -> dict[str, object]:
    """role (text, "" where there is none), seconds and weight (float, NaN where there is none), ISO day (text, "" where there
    is none) of each row.

    A time, a weight or a day that cannot be read is flagged, and taken as not given.
    """
    return {
        "role": cells["role"].str.strip().to_numpy(dtype=object) if "role" in uses else "",
        "seconds": _seconds(ledger, uses, cells),
        "weight": _weights(ledger, uses.get("weight"), cells.get("weight")),
        "day": _days(ledger, uses.get("answered_on"), cells.get("answered_on")),
    }


def groups(ledger: Ledger, declared: Mapping[str, Attribute], columns: Mapping[str, Column], cells: Mapping[str, pd.Series]) -> np.ndarray:
    """The declared attributes of each row as one text (``tables.write_attributes``), by the names of their groups.

    A cell that is in none of the groups is flagged, and the attribute is taken as not given: what people typed is never a group.
    """
    known: list[dict[str, str]] = [{} for _ in ledger.rows]
    for name, attribute in declared.items():
        values = Values(cells[name])
        found = [_group(text, attribute) for text in values.distinct]
        what = "in none of the bands" if attribute.bands else "none of the values"
        kind = "bands" if attribute.bands else "values"
        wrong = f"{what} of the attribute {name}", f"Correct the cell, or add to the {kind} of {name}. The response is kept, without this attribute."
        told = [wrong if not group and text.strip() else None for group, text in zip(found, values.distinct, strict=True)]
        ledger.flag_values(columns[name].label, values, told)
        for place, group in enumerate(values.spread(found, object)):
            if group:
                known[place][name] = group
    texts = np.empty(len(known), dtype=object)
    texts[:] = [write_attributes(of_row) for of_row in known]
    return texts


def _group(text: str, attribute: Attribute) -> str:
    """The group that a cell means; empty where it means none."""
    if not attribute.bands:
        return next((value for value in attribute.values if fold(value) == fold(text)), "")
    number = _number(text)
    inside = (value for value, (low, high) in zip(attribute.values, attribute.bands, strict=True) if number is not None and low <= number <= high)
    return next(inside, "")


def _seconds(ledger: Ledger, uses: Mapping[str, Column], cells: Mapping[str, pd.Series]) -> np.ndarray:
    if "duration" in uses:
        remedy = "Write the seconds that the response took, as in 312."
        return _numbers(ledger, uses["duration"], cells["duration"], "not a time taken", remedy, 0)
    if "started" not in uses:
        return np.full(len(ledger.rows), np.nan)
    begin, end = (_moments(ledger, uses[use], cells[use]) for use in ("started", "ended"))
    seconds = (end - begin) / np.timedelta64(1, "s")
    backwards = seconds < 0
    remedy = "Nothing to do, if the clock was changed; the time taken counts as not known."
    ledger.flag(backwards, uses["ended"].label, cells["ended"].to_numpy(dtype=object), "ended before it began", remedy)
    return np.where(backwards, np.nan, seconds)


def _moments(ledger: Ledger, column: Column, texts: pd.Series) -> np.ndarray:
    values = Values(texts)
    first = is_day_first(ledger, column, texts)
    found = [moment_of(text, first) for text in values.distinct]
    remedy = "Write it as 2025-10-06 14:05 (or 10/6/2025 2:05 PM); the time taken counts as not known."
    told = [None if moment or not text.strip() else ("not a time", remedy) for moment, text in zip(found, values.distinct, strict=True)]
    ledger.flag_values(column.label, values, told)
    moments = np.array([np.datetime64(moment or "NaT", "s") for moment in found], dtype="datetime64[s]")
    return moments[values.codes] if len(moments) else np.full(len(texts), np.datetime64("NaT", "s"))


def _days(ledger: Ledger, column: Column | None, texts: pd.Series | None) -> np.ndarray:
    """The day on which each response was recorded. A response is kept without one: it only tells how the survey fills."""
    if column is None:
        return np.full(len(ledger.rows), "", dtype=object)
    values = Values(texts)
    first = is_day_first(ledger, column, texts)
    found = [day_of(text, first) for text in values.distinct]
    told = [
        None if day or not text.strip() else ("not a day of the calendar", f"{REMEDY} The response is kept, without a day.")
        for day, text in zip(found, values.distinct, strict=True)
    ]
    ledger.flag_values(column.label, values, told)
    return values.spread([day.isoformat() if day else "" for day in found], object)


def _weights(ledger: Ledger, column: Column | None, texts: pd.Series | None) -> np.ndarray:
    if column is None:
        return np.full(len(ledger.rows), np.nan)
    weights = _numbers(ledger, column, texts, "not a weight", "Weights are numbers above 0. Correct the cell.", 0)
    zero = weights == 0
    remedy = "A weight of 0 would drop the response in silence. Remove the row, or correct the weight."
    ledger.flag(zero, column.label, texts.to_numpy(dtype=object), "a weight of 0", remedy)
    return np.where(zero, np.nan, weights)


def _numbers(ledger: Ledger, column: Column, texts: pd.Series, reason: str, remedy: str, low: float) -> np.ndarray:
    values = Values(texts)
    found = [_number(text) for text in values.distinct]
    wrong = [number is None or number < low for number in found]
    ledger.flag_values(column.label, values, [(reason, remedy) if bad else None for bad in wrong])
    return values.spread([math.nan if bad else number for number, bad in zip(found, wrong, strict=True)], float)


def _number(text: str) -> float | None:
    """The number in a text, NaN where it is empty, None where it is none."""
    try:
        number = float(text) if text.strip() else math.nan
    except ValueError:
        return None
    return None if math.isinf(number) or (math.isnan(number) and text.strip()) else number
