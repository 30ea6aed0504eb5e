"""From the answers of a block to numbers: only where the order is known, by words, by numbers, or because a person said so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from cyclebook.init.blocks import Block
from cyclebook.init.export import Export
from cyclebook.init.ladders import YES_NO, Fit
from cyclebook.init.look import ANSWERS, LABELS, NUMBERS
from cyclebook.parameters import fold

#: A lowest and a highest number, as people type them.
RANGE = re.compile(r"\s*(\d{1,2})\s*(?:-|–|to|\s)\s*(\d{1,2})\s*")
#: With so many cells an answer that nobody chose in the middle of a ladder is a sign of another ladder.
PLENTY = 100
#: Fewer rows than this do not show that numbers are steps from less to more.
FEW_ROWS = 30
#: Labels in the review and the questions are shown when they stand in at least so many cells: what stands once may be typed.
SHOWN_FROM = 2


@dataclass(frozen=True)
class Question:
    """What is not known of an export, for a person to answer, now or later.

    id: the key of its answer. ask, why: the question and the evidence. file, key: where the answer belongs. kind: yes_no (True or
    False), pick (the place of an option from 0), order (the places of all options, from the lowest), choose (places of some options),
    range (as 1-5), id or text. options: what there is to choose from. default: the answer when nobody answers.
    """

    id: str
    ask: str
    why: str
    file: str
    key: str
    kind: str
    options: tuple[str, ...] = ()
    default: object = None


@dataclass(frozen=True)
class AnswerSet:
    """Labels and their numbers. `low`, `high`: the range. `fine`: how it was recognised, in words."""

    name: str
    numbers: Mapping[str, float]
    low: float
    high: float
    fine: str


@dataclass(frozen=True)
class Resolved:
    """The answer set of a block, None where its order is not known, and what to ask and to tell."""

    answers: AnswerSet | None
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = field(default=())


def whole_fits(found: Iterable[Block]) -> dict[str, list[Fit]]:
    """The ladders of which an export shows every rung somewhere, by family."""
    seen: dict[str, list[Fit]] = {}
    for block in found:
        if block.fit is not None and block.fit.whole and block.fit not in seen.setdefault(block.fit.family, []):
            seen[block.fit.family].append(block.fit)
    return seen


def resolve(
    block: Block, key: str, title: str, export: Export, whole: Mapping[str, list[Fit]], decided: Mapping[str, object], file: str
) -> Resolved:
    """The answer set of one block. key: the block's own in `decided`. title: how a question names it."""
    if block.kind == ANSWERS and block.order:
        return _by_own_numbers(block)
    if block.kind == ANSWERS:
        return _by_words(block, key, title, whole, decided, file)
    if block.kind == NUMBERS:
        return _by_numbers(block, key, title, len(export.cells), decided, file)
    if block.kind == LABELS:
        return _by_order(block, key, title, export.codes.get(block.looks[0].column.position, {}), decided, file)
    return Resolved(None)


def values(export: Export, block: Block, answers: AnswerSet) -> np.ndarray:
    """The numbers of the block's answers: rows by columns, NaN where a cell holds none of the set."""
    known = {fold(label): number for label, number in answers.numbers.items()}
    columns = [export.cells[look.column.position].map(lambda text: known.get(fold(text), np.nan)) for look in block.looks]
    return np.column_stack([column.to_numpy(dtype=float) for column in columns])


def shown(labels: Mapping[str, tuple[str, int]]) -> tuple[str, ...]:
    """Labels that may be shown: those in two cells or more, in the order in which they were found."""
    return tuple(first for first, n in labels.values() if n >= SHOWN_FROM)


def _by_own_numbers(block: Block) -> Resolved:
    labels = {first: float(block.order[label]) for label, (first, _) in block.labels.items()}
    low, high = block.span
    return Resolved(AnswerSet(f"numbered_{low}_to_{high}", labels, low, high, "each label carries its number"))


def _by_words(block: Block, key: str, title: str, whole: Mapping[str, list[Fit]], decided: Mapping[str, object], file: str) -> Resolved:
    possible = list(block.possible)
    chosen = _chosen(block, possible, whole)
    said = decided.get(f"steps:{key}")
    found = [fit for fit in possible if fit.name != "found"] + [_only_found(possible[0])]
    if isinstance(said, int) and 0 <= said < len(found):
        chosen = found[said]
    if chosen is None:
        options = tuple(f"{len(fit.steps)} answers: {', '.join(fit.steps)}" for fit in found)
        labels = ", ".join(shown(block.labels)) or "a few labels"
        ask = f"{title}: which answers could people choose from?"
        why = f"found: {labels}; several sets hold these, and each gives them other numbers"
        return Resolved(None, (Question(f"steps:{key}", ask, why, file, "answers, items, scales", "pick", options),))
    labels = block.labels
    numbers = {first: float(chosen.numbers[label]) for label, (first, _) in labels.items() if label in chosen.numbers}
    unseen = [step for place, step in enumerate(chosen.steps, start=1) if place not in chosen.numbers.values()]
    numbers |= {step: float(chosen.steps.index(step) + 1) for step in unseen}
    notes = []
    if unseen and chosen.name != "found":
        notes.append(f"{title}: nobody chose {_listed(unseen)}; taken from the usual set of {len(chosen.steps)} answers. Check it against the survey.")
    other = sum(n for label, (_, n) in labels.items() if label not in chosen.numbers)
    if other:
        notes.append(f"{title}: {other} cell{'' if other == 1 else 's'} hold other texts than its answers. `cyclebook check` lists them.")
    name = chosen.name if chosen.name != "found" else f"found_{_key(chosen.steps[0])}"
    return Resolved(AnswerSet(name, numbers, 1, len(chosen.steps), "its words are known"), (), tuple(notes))


def _chosen(block: Block, possible: list[Fit], whole: Mapping[str, list[Fit]]) -> Fit | None:
    """The one ladder that is meant: a whole one, else one that the export shows whole elsewhere, else the only one there is."""
    if len(possible) == 1 and possible[0].whole:
        return possible[0]
    elsewhere = [fit for fit in possible if any(fit.name == one.name for one in whole.get(fit.family, []))]
    if len(elsewhere) == 1:
        return elsewhere[0]
    if len(possible) != 1:
        return None
    rungs = sorted(set(possible[0].numbers.values()))
    gap = rungs != list(range(rungs[0], rungs[-1] + 1))
    plenty = sum(n for _, n in block.labels.values()) >= PLENTY
    return None if gap and plenty else possible[0]


def _only_found(fit: Fit) -> Fit:
    """The rungs that were found and no others: their order is known, and perhaps there were no others."""
    rungs = sorted(set(fit.numbers.values()))
    place = {rung: number for number, rung in enumerate(rungs, start=1)}
    return Fit("found", fit.family, tuple(fit.steps[rung - 1] for rung in rungs), {label: place[rung] for label, rung in fit.numbers.items()}, True)


def _by_numbers(block: Block, key: str, title: str, rows: int, decided: Mapping[str, object], file: str) -> Resolved:
    low, high = block.span
    said = decided.get(f"range:{key}")
    found = RANGE.fullmatch(said) if isinstance(said, str) else None
    if found and int(found[1]) < int(found[2]):
        low, high = int(found[1]), int(found[2])
    elif low > 1 or rows < FEW_ROWS:
        why = f"the lowest number found is {low}" if low > 1 else f"{rows} rows are too few to see it"
        ask = f"{title}: are these numbers steps from less to more? Then write the lowest and the highest, as in 1-5."
        return Resolved(None, (Question(f"range:{key}", ask, f"found: {low} to {high}; {why}", file, "answers, items, scales", "range"),))
    numbers = {str(number): float(number) for number in range(low, high + 1)}
    other = sum(n for label, (_, n) in block.labels.items() if label not in numbers)
    notes = [f"{title}: its answers are numbers only. Is {high} the most, and not a code in another order?"]
    if other:
        notes.append(f"{title}: {other} cell{'' if other == 1 else 's'} are not {low} to {high}: slips, it seems. `cyclebook check` lists them.")
    return Resolved(AnswerSet(f"numbers_{low}_to_{high}", numbers, low, high, "small whole numbers"), (), tuple(notes))


def _by_order(block: Block, key: str, title: str, coded: Mapping[str, float], decided: Mapping[str, object], file: str) -> Resolved:
    options = shown(block.labels)
    by_code = all(label in coded for label in options) and bool(coded)
    if by_code:
        options = tuple(sorted(options, key=coded.__getitem__))
    codes = all(label.isdigit() for label in block.labels)
    if len(options) < (3 if codes else 2) or set(block.labels) <= YES_NO or len(options) > 9:
        return Resolved(None)
    if block.by == "name" and len(block.looks) < 3 and any(set(look.labels) != set(block.labels) for look in block.looks):
        return Resolved(None)  # two columns of like names that do not even share their labels
    said = decided.get(f"order:{key}")
    if isinstance(said, (tuple, list)) and sorted(said) == list(range(len(options))):
        numbers = {options[place]: float(number) for number, place in enumerate(said, start=1)}
        name = f"order_{_key(options[said[0]])}_{len(options)}"
        return Resolved(AnswerSet(name, numbers, 1, len(options), "in the order that you gave"), (), (
            f"{title}: an answer that nobody chose is missing in its set. Add it, and count again, if there was one.",))  # fmt: skip
    ask = f"{title}: is there an order in these answers, from less to more?"
    why = ("codes" if codes else "labels") + f" of no known order: {', '.join(options)}"
    why += " (so the file numbers them, which may be an order or not)" if by_code else ""
    return Resolved(None, (Question(f"order:{key}", ask, why, file, "answers, items, scales", "order", options),))


def _listed(words: list[str]) -> str:
    return " or ".join(f"“{word}”" for word in words)


def _key(text: str) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", fold(text)))[:20] or "labels"
