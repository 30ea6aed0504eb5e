"""What is flagged about single responses: all answers alike, very fast, the same as another. Flagged and kept, never dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook.parameters import fold
from cyclebook.sources.answers import MANGLED
from cyclebook.sources.quality import FEWEST_ITEMS, LEAST_SECONDS, alike, speeding
from cyclebook.tables import DATE_CELL, DOUBTS

if TYPE_CHECKING:
    from cyclebook.sources.columns import Column
    from cyclebook.parameters import Codebook
    from cyclebook.sources.grid import Taken
    from cyclebook.sources.ledger import Ledger

KEPT = "Nothing to do: the response is kept, and results are given with and without it."
#: Two people who answer alike by chance do so with few distinct answers; a repeat is told of from this many.
DISTINCT_ANSWERS = 3


def doubts(
    ledger: Ledger, book: Codebook, items: Mapping[str, Column], values: np.ndarray, seconds: np.ndarray, uses: Mapping[str, Column],
    taken: Taken, stamped: bool,
) -> np.ndarray:  # fmt: skip
    """The flags of each row (kinds of `tables.DOUBTS` and DATE_CELL joined by `|`, "" for none), which are entered into the ledger, too.

    items: the columns of `values` (rows by items that take one answer, as the codebook counts it, NaN for none; none of a scored source).
    seconds: time taken, NaN where not known. stamped: whether the file holds the time of day of each response; without it two rows that
    are the same may be two people, and are told of here only where the answers are many and varied. Of finished scores only
    exact duplicates can be told.
    """
    found = dict.fromkeys([*DOUBTS, DATE_CELL], np.zeros(len(ledger.rows), dtype=bool))
    found["duplicate"] = (taken.twins > 0) & (stamped or _varied(values))  # the ledger hears of these when all sources are read
    if not ledger.source.scored and len(ledger.rows):
        found["alike"] = _alike(ledger, book, items, values, taken)
        found["fast"] = _fast(ledger, values, seconds, uses)
        found["duplicate_but_time"] = _repeats(ledger, values, taken) & ~found["duplicate"]
        found[DATE_CELL] = ledger.flagged(MANGLED)
    flags = np.full(len(ledger.rows), "", dtype=object)
    for kind, where in found.items():
        flags[where] = [f"{text}|{kind}" if text else kind for text in flags[where]]
    return flags


def _alike(ledger: Ledger, book: Codebook, items: Mapping[str, Column], values: np.ndarray, taken: Taken) -> np.ndarray:
    """Who gave one answer, as it stands in the cells, within any set of questions that belong together: those with the same answers to
    choose from, those of one scale. What the answers count does not matter: one label may count differently in two questions.
    """
    order = sorted(items, key=lambda item: items[item].position)
    cells = [taken.frame[items[item].position].map(fold).to_numpy(dtype=object) for item in order]
    codes = pd.factorize(np.concatenate(cells))[0].reshape(len(order), -1).T.astype("float64") if order else np.empty((len(values), 0))
    codes[np.isnan(values[:, [list(items).index(item) for item in order]])] = np.nan
    answers = pd.DataFrame(codes, columns=order)
    asked = {item: (book.items[item].asked_in(ledger.source.wave) or book.items[item]).answers for item in order}
    offered: dict[frozenset, list[str]] = {}
    for item in order:
        offered.setdefault(frozenset(map(fold, asked[item])), []).append(item)
    reverse = pd.Series([any(item in scale.reverse for scale in book.scales.values()) for item in order], index=order, dtype=bool)
    for some in offered.values():
        usual = Counter(_counts(asked[item]) for item in some).most_common(1)[0][0]
        mirrored = np.array([_counts(asked[item]) != usual and _counts(asked[item]) == _mirrored(usual) for item in some])
        reverse[some] = reverse[some].to_numpy() ^ mirrored
    sets = [*offered.values(), *([item for item in order if item in scale.items] for scale in book.scales.values())]
    found = np.zeros(len(answers), dtype=bool)
    for some in {tuple(some) for some in sets if len(some) >= FEWEST_ITEMS}:
        found |= alike(answers[list(some)], reverse[list(some)]).to_numpy()
    ledger.flag(found, "", "", "the same answer to a whole set of questions", KEPT)
    return found


def _counts(answers: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """What each label counts, in one order."""
    return tuple(sorted((fold(label), number) for label, number in answers.items()))


def _mirrored(counts: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    """The same labels, counted from the other end."""
    ends = [number for _, number in counts] or [0.0]
    return tuple((label, min(ends) + max(ends) - number) for label, number in counts)


def _fast(ledger: Ledger, values: np.ndarray, seconds: np.ndarray, uses: Mapping[str, Column]) -> np.ndarray:
    """Who answered faster than the questions can be read.

    A time of 0 is that of no person (an import, a form filled in by a program) and counts as not known. Where all times of a
    file are whole minutes, up to a minute more may have been taken, and is allowed for.
    """
    known = pd.Series(seconds).where(lambda taken: taken > 0)
    minutes = known.dropna()
    if len(minutes) and (minutes % 60 == 0).all():
        known = known.mask(pd.Series(seconds) == 0, 0) + 60
    answered = pd.Series((~np.isnan(values)).sum(axis=1))
    speed = speeding(known, answered)
    label = next((uses[use].label for use in ("duration", "ended") if use in uses), "")
    shown = [f"{time:g} seconds for {count} questions" for time, count in zip(seconds, answered, strict=True)]
    remedy = f"Under {LEAST_SECONDS:g} seconds a question; half of the responses took {speed['per_item'].median():.1f} seconds a question or more. {KEPT}"
    ledger.flag(speed["fast"].to_numpy(), label, np.array(shown, dtype=object), "answered very fast", remedy)
    return speed["fast"].to_numpy()


def _repeats(ledger: Ledger, values: np.ndarray, taken: Taken) -> np.ndarray:
    """Rows that are the same as an earlier one but for time and number, with enough and varied enough answers not to be chance."""
    if taken.likes is None:
        return np.zeros(len(values), dtype=bool)
    found = (taken.likes > 0) & _varied(values)
    remedy = "But for the time (and number) the same as row " + pd.Series(taken.likes).astype("str") + ", which may be chance. " + KEPT
    ledger.flag(found & (taken.twins == 0), "", "", "possible duplicate, sent again", remedy)
    return found


def _varied(values: np.ndarray) -> np.ndarray:
    """Which rows hold so many and so different answers that another's being the same is hardly chance."""
    ordered = np.sort(values, axis=1)  # missing ones last
    distinct = (~np.isnan(ordered)).any(axis=1) + (np.diff(ordered, axis=1) > 0).sum(axis=1)
    return (distinct >= DISTINCT_ANSWERS) & ((~np.isnan(values)).sum(axis=1) >= FEWEST_ITEMS)
