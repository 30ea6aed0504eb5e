"""One file of ratings: how far agreements are lived by (one rating a row), or the six questions of collaboration (one column each)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cyclebook.parameters import District, Item, Source, fold, nearest
from cyclebook.sources import qualtrics
from cyclebook.sources.answers import read_answers, read_item
from cyclebook.sources.columns import Column, personal_names
from cyclebook.sources.dates import days_of, set_aside_far, set_aside_not_open
from cyclebook.sources.ledger import Ledger, Told, Values
from cyclebook.sources.opening import Reading, declared, open_file, start, tokens
from cyclebook.sources.places import schools_of
from cyclebook.sources.responses import answer_columns, flat


def read_ratings(district: District, source: Source) -> Reading:
    """Read one file of ratings. Raises InputError when the file or a declared column is missing, or may not be read.

    Set aside: rows of an unknown school or agreement, without a day, without any answer that can be read. Repeats are looked
    for later, over all sources together.
    """
    book = district.codebooks[source.codebook]
    long = source.rates == "agreements"
    file = open_file(source)
    uses = declared(source, file.columns, ("school", "date", "person", "response_id", "item", "value"))
    own = {use: column for use, column in file.own_columns().items() if use in ("status", "response_id")}
    uses = own | uses
    answers = {} if long else answer_columns(source, file.columns, book)
    columns = [*uses.values(), *flat(answers)]
    positions = list(dict.fromkeys(column.position for column in columns))
    taken = file.take(positions, compare="person" not in uses and "response_id" not in uses)

    ledger = start(source, taken)
    cells = {use: taken.frame[column.position] for use, column in uses.items()}
    if long:
        pseudo = Item("rating", (), "", next(iter(book.answers.values())))
        span = (min(pseudo.answers.values()), max(pseudo.answers.values()))
        values = read_item(ledger, uses["value"], cells["value"], pseudo, book, span)[:, None]
        names = ("",)
    else:
        names, values = read_answers(ledger, answers, taken.frame, book)
    unread = ledger.first_flags()
    if "status" in uses:
        qualtrics.set_aside_not_staff(ledger, uses["status"], cells["status"])
    _set_aside_empty(ledger, values, unread)
    days = days_of(ledger, uses["date"], cells["date"])
    set_aside_far(district, ledger, uses["date"], days)
    schools = schools_of(district, ledger, uses.get("school"), cells.get("school"), np.full(len(ledger.rows), "", dtype=object))
    set_aside_not_open(district, ledger, uses["date"], schools, days)
    items = _agreements(district, ledger, uses["item"], cells["item"], schools) if long else np.full(len(days), "", dtype=object)
    ids = cells["response_id"].str.strip().to_numpy(dtype=object) if "response_id" in uses else ""
    frame = pd.DataFrame(
        {"school_id": schools, "date": days, "person": tokens(source, uses.get("person"), taken), "response_id": ids, "item": items,
         "row": taken.rows, "twin": taken.twins},
        index=range(len(taken.rows)),
    )  # fmt: skip
    labels = {use: column.label for use, column in uses.items()}
    dropped = len(file.columns) - len(positions)
    return Reading(ledger, frame, labels, values, names, dropped, personal_names(file.columns, columns))


def _set_aside_empty(ledger: Ledger, values: np.ndarray, unread: pd.DataFrame) -> None:
    empty = np.isnan(values).all(axis=1)
    tried = np.zeros(len(empty), dtype=bool)
    tried[unread.index.to_numpy(dtype="int64")] = True
    texts = unread.reindex(range(len(empty)))
    ledger.set_aside(empty & tried, texts["column"], texts["value"], "no answer that can be read", texts["remedy"])
    ledger.set_aside(empty, "", "", "no answers", "Nothing to do: the row holds no answer.")


def _agreements(district: District, ledger: Ledger, column: Column, texts: pd.Series, schools: np.ndarray) -> np.ndarray:
    """The agreement of each row; rows that name none of their school's agreements are set aside."""
    known: dict[str, dict[str, str]] = {}
    for agreement in district.agreements:
        known.setdefault(agreement.school_id, {})[fold(agreement.id)] = agreement.id
    values = Values(pd.Series([f"{school or ''}\x1f{text}" for school, text in zip(schools, texts, strict=True)], dtype="str"))
    found, told = [], []
    for pair in values.distinct:
        school, _, text = pair.partition("\x1f")
        name = known.get(school, {}).get(fold(text))
        near = None if name or not text.strip() else nearest(text, known.get(school, {}).values())
        hint = f'The nearest known is "{near}". ' if near else ""
        wrong: Told = ("unknown agreement" if text.strip() else "no agreement", f"{hint}Correct the cell, or add it to the agreements.")
        found.append(name)
        told.append(None if name else wrong)
    shown = Values(texts)
    ledger.set_aside(
        values.spread([what is not None for what in told], bool), column.label, shown.spread(shown.distinct, object),
        *(values.spread([what and what[i] for what in told], object) for i in (0, 1)),
    )  # fmt: skip
    return values.spread(found, object)
