"""Questions that allow several answers: a column for each option, or all that were chosen in one cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cyclebook.parameters import Codebook, Item, Source, fold
from cyclebook.parameters.codebooks import NOT_CHOSEN
from cyclebook.sources.columns import Column, find
from cyclebook.sources.ledger import Ledger, Told, Values

#: Cells that say that an option was chosen, beside its own label.
CHOSEN = frozenset({"1", "x", "yes", "true", "selected", "checked"})
#: What stands between options in one cell.
BETWEEN = re.compile(r"\s*[,;|\n]\s*")


def choice_columns(source: Source, columns: Sequence[Column], item: Item) -> Column | dict[str, Column]:
    """The one column of a question, or one for each option: as declared, or `Question [option]` of a block.

    Raises InputError when they are not there.
    """
    use = f"the item {item.id}"
    if any(choice.columns for choice in item.choices.values()):
        return {name: find(source, columns, choice.columns, f"{use}, choice {name}") for name, choice in item.choices.items()}
    heads = {fold(column.name) for column in columns}
    blocks = {fold(f"{stem} [{choice.label}]") for stem in item.columns for choice in item.choices.values()}
    if heads & blocks:
        return {
            name: find(source, columns, [f"{stem} [{choice.label}]" for stem in item.columns], f"{use}, choice {name}")
            for name, choice in item.choices.items()
        }
    return find(source, columns, item.columns, use)


def read_choices(ledger: Ledger, columns: Column | Mapping[str, Column], frame: pd.DataFrame, item: Item, book: Codebook) -> np.ndarray:
    """Rows by choices: 1 chosen, 0 not chosen, NaN where the question was not answered.

    With a column for each option a row counts as answered when any option is chosen, or any cell says that one is not: a row
    of empty cells may be a person who chose nothing or who never saw the question. What is no known option is flagged, and no answer.
    """
    if isinstance(columns, Column):
        return _one_cell(ledger, columns, frame[columns.position], item, book)
    chosen = np.zeros((len(frame), len(item.choices)))
    told_not = np.zeros(len(frame), dtype=bool)
    nothing = {"", *map(fold, book.not_applicable)}
    for place, (name, column) in enumerate(columns.items()):
        values = Values(frame[column.position])
        option = item.choices[name]
        label = {fold(option.label)}
        yes = set(map(fold, option.chosen)) or (label if label <= NOT_CHOSEN else CHOSEN | label)  # of a choice called No only No is chosen
        no = (NOT_CHOSEN | set(map(fold, book.not_selected))) - yes
        words = [fold(text) for text in values.distinct]
        unknown = [word not in yes | no | nothing | set(map(fold, column.missing)) for word in words]
        remedy = f"Correct the cell, or add it to chosen of this choice, or to not_selected, in {_file(book)}."
        ledger.flag_values(column.label, values, [("neither chosen nor not", remedy) if bad else None for bad in unknown])
        chosen[:, place] = values.spread([np.nan if bad else float(word in yes) for word, bad in zip(words, unknown, strict=True)], float)
        told_not |= values.spread([word in no for word in words], bool)
    answered = told_not | (chosen == 1).any(axis=1)
    return np.where(answered[:, None], chosen, np.nan)


def _one_cell(ledger: Ledger, column: Column, texts: pd.Series, item: Item, book: Codebook) -> np.ndarray:
    nothing = {"", *map(fold, book.not_applicable), *map(fold, column.missing)}
    labels = [choice.label for choice in item.choices.values()]
    values = Values(texts)
    found: list[list[float]] = []
    told: list[Told | None] = []
    for text in values.distinct:
        if fold(text) in nothing:
            found.append([np.nan] * len(labels))
            told.append(None)
            continue
        chosen, other = split_choices(text, labels)
        if other and not chosen and all(part.isdecimal() for part in other):
            found.append([np.nan] * len(labels))
            told.append(("codes, and no known choice", f"It counts as no answer. Export labels, or write the codes as labels of choices in {_file(book)}."))
            continue
        found.append([float(label in chosen) for label in labels])
        heard = f" After it counted: {', '.join(chosen)}." if chosen else ""
        remedy = f'Not known: "{other[0]}".{heard} Nothing to do, if it was typed as "other"; else add it to choices in {_file(book)}.' if other else ""
        told.append(("not among the choices", remedy) if other else None)
    ledger.flag_values(column.label, values, told)
    return np.array(found, dtype=float).reshape(-1, len(labels))[values.codes]


def split_choices(text: str, labels: Sequence[str]) -> tuple[list[str], list[str]]:
    """(labels, other texts) in a cell that holds all that was chosen, with commas, semicolons, bars or line breaks between.

    A label may hold commas itself: at each place the longest label that fits is taken. Case and extra blanks do not matter.
    """
    longest = sorted(labels, key=lambda label: -len(label))
    patterns = [(label, re.compile(r"\s+".join(map(re.escape, label.split())) + r"(?=\s*(?:[,;|\n]|$))", re.IGNORECASE)) for label in longest]
    chosen, other, place, text = [], [], 0, text.strip()
    while place < len(text):
        fits = next(((label, match) for label, pattern in patterns if (match := pattern.match(text, place))), None)
        if fits:
            chosen.append(fits[0])
            end = fits[1].end()
        else:
            after = BETWEEN.search(text, place)
            end = after.start() if after else len(text)
            if text[place:end].strip():
                other.append(text[place:end].strip())
        gap = BETWEEN.match(text, end)
        place = gap.end() if gap else max(end, place + 1)
    return chosen, other


def _file(book: Codebook) -> str:
    return f"parameters/codebooks/{book.name}.yaml"
