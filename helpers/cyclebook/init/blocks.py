"""Columns that belong together: the rows of a grid, the options of a question, statements one after another with the same answers."""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cyclebook.init.ladders import Fit, fits, numbered, numbers
from cyclebook.init.look import ANSWERS, CHOSEN, EMPTY, LABELS, NUMBERS, TICK, Look
from cyclebook.parameters import fold
from cyclebook.sources.layout import GRID

QID = re.compile(r"(?P<stem>QID\d+(?:#\d+)?(?:[_-]\d+)*?)[_-](?P<row>\d+)(?:_TEXT)?")
NAME = re.compile(r"(?P<stem>.*?[A-Za-z#:].*?|[A-Za-z])(?P<between>[_\-.#: ]*)(?P<row>\d+|(?<=\d)[A-Za-z])")
#: Stems that say nothing of what the columns share.
EMPTY_STEMS = frozenset("q question item v var p pregunta i a col column field".split())
#: So many answers must stand behind a hint that a statement runs against the others.
ENOUGH = 20
#: A mean correlation with the other statements below this is told.
AGAINST = -0.1


@dataclass(frozen=True)
class Block:
    """Columns that share a question. key: short and its own in the export. question: the words they share, "" where there are none.
    texts: the words of each column's own. by: grid, name or beside (they only stand one after another). kind: ANSWERS, NUMBERS, LABELS
    or TICK. fit: the ladder that all its labels fit; None where there is none or several are possible: `possible`. order: the number of
    each label, where a person or the labels themselves tell it. span: lowest and highest number.
    """

    key: str
    question: str
    looks: tuple[Look, ...]
    texts: tuple[str, ...]
    by: str
    kind: str
    fit: Fit | None = None
    possible: tuple[Fit, ...] = ()
    order: Mapping[str, float] = field(default_factory=dict)
    span: tuple[int, int] | None = None
    why: str = ""

    @property
    def labels(self) -> dict[str, tuple[str, int]]:
        """All labels of its columns, as first written, with how many cells hold each."""
        return union(self.looks)


def union(looks: Sequence[Look]) -> dict[str, tuple[str, int]]:
    """The labels of some columns together: (as first written, how many cells) by folded text."""
    found: dict[str, tuple[str, int]] = {}
    for look in looks:
        for label, (first, count) in look.labels.items():
            written, before = found.get(label, (first, 0))
            found[label] = (written, before + count)
    return found


def blocks(looks: Sequence[Look], form: str) -> list[Block]:
    """The blocks of an export, in its order. Columns in none of them are questions for themselves."""
    found: dict[tuple[str, str], list[tuple[Look, str, str, str]]] = {}
    for look in looks:
        if look.use in (*CHOSEN, EMPTY):
            stem, row, question, by = _stem(look, form)
            if stem:
                found.setdefault((stem, by), []).append((look, row, question, by))
    made: list[Block] = []
    inside: set[int] = set()
    for (stem, by), members in found.items():
        for run in _runs(members):
            if len(run) < 2:
                continue
            block = _block(stem, run, by, form)
            if block is not None:
                made.append(block)
                inside |= {look.column.position for look in block.looks}
    made += _beside([look for look in looks if look.column.position not in inside], looks)
    return sorted(made, key=lambda block: block.looks[0].column.position)


def is_ranking(block: Block, numbers: np.ndarray) -> bool:
    """Whether the columns are ranks: rows that are answered in full hold each number once. `numbers`: rows by columns, NaN for none."""
    whole = numbers[~np.isnan(numbers).any(axis=1)]
    if len(block.looks) < 3 or len(whole) < 2:
        return False
    different = np.array([len(set(row)) == len(row) for row in whole])
    return bool(different.mean() >= 0.95)


def against(numbers: np.ndarray) -> list[tuple[int, float, int]]:
    """(place, mean correlation with the others, persons) of the columns whose answers run against the others'.

    The mean of Pearson's correlations with each other column over the rows that answered both. A hint to ask, never a decision:
    a statement that is put the other way round does this, and so does one that is of something else.
    """
    found = []
    for place in range(numbers.shape[1]):
        values, fewest = [], np.inf
        for other in range(numbers.shape[1]):
            both = ~np.isnan(numbers[:, [place, other]]).any(axis=1)
            one, two = numbers[both, place], numbers[both, other]
            if other == place or both.sum() < ENOUGH or one.std() == 0 or two.std() == 0:
                continue
            values.append(float(np.corrcoef(one, two)[0, 1]))
            fewest = min(fewest, both.sum())
        if values and np.mean(values) < AGAINST:
            found.append((place, float(np.mean(values)), int(fewest)))
    return found


def _stem(look: Look, form: str) -> tuple[str, str, str, str]:
    """(what the columns of a block share, the column's own words, the question, grid or name); "" where it stands for itself."""
    column = look.column
    name = " ".join(column.name.split())
    grid = GRID.fullmatch(name) if form != "qualtrics" else None
    if grid:
        return fold(grid["question"]), grid["row"].strip(), grid["question"].strip(), "grid"
    text = " ".join(column.others[0].split()) if column.others else ""
    qid = QID.fullmatch(column.import_id or "")
    if qid:
        return qid["stem"], text or name, "", "grid"
    found = NAME.fullmatch(name)
    if found and len(name) <= 40 and " " not in found["stem"].strip():
        return found["stem"].strip("_-.#: "), text or name, "", "name"
    return "", "", "", ""


def _runs(members: list) -> list[list]:
    """The members in stretches of one kind whose labels fit together. Blank ones and free texts between them do not count."""
    runs: list[list] = []
    ticks = {member[0].use for member in members} <= {TICK, EMPTY}
    for member in members:
        look = member[0]
        if look.use == EMPTY and not ticks:
            continue  # an option that nobody chose is one; a statement that nobody answered tells nothing
        if runs and _together([one[0] for one in runs[-1]], look):
            runs[-1].append(member)
        else:
            runs.append([member])
    return runs


def _together(before: Sequence[Look], look: Look) -> bool:
    kinds = {one.use for one in before} | {look.use}
    labels = union([*before, look])
    if kinds <= {TICK, EMPTY}:
        return True
    often = {label for label, (_, n) in labels.items() if n > 1}
    if TICK in kinds and kinds != {TICK}:
        return bool(fits(labels)) or kinds <= {TICK, NUMBERS} or (kinds <= {TICK, LABELS} and _shared(before, look))
    if kinds == {NUMBERS}:
        return True
    if kinds <= {NUMBERS, LABELS} and all(re.fullmatch(r"\d", label) for label in labels):
        return True  # where one statement got two numbers only
    if numbered(labels):
        return True
    if fits(labels) or (kinds == {ANSWERS} and fits(often)):
        return True
    return kinds <= {ANSWERS, LABELS} and _shared(before, look)


def _shared(before: Sequence[Look], look: Look) -> bool:
    """Whether the labels of a column are, but for one, those of the columns before it."""
    known = union(before)
    new = set(look.labels) - set(known)
    return bool(look.labels) and len(new) <= 1 and len(set(look.labels) & set(known)) >= 1 and len(known) + len(new) <= 12


def _block(stem: str, run: list, by: str, form: str) -> Block | None:
    looks = tuple(member[0] for member in run)
    question, texts = run[0][2], [member[1] for member in run]
    if not question and len({text for text in texts if text}) > 1:
        question, texts = _split(texts)
    kinds = {look.use for look in looks}
    labels = union(looks)
    often = {label for label, (_, n) in labels.items() if n > 1}
    if TICK in kinds and kinds <= {TICK, EMPTY} and not fits(labels):
        some = any(look.marks or look.filled < look.rows for look in looks)
        words = {word for look in looks for word in look.labels}
        if not some or (len(words) == 1 and not words <= {"1", "x", "yes", "checked", "selected", "true"}):
            return None
        return Block(stem, question, looks, tuple(texts), by, TICK, why="one label, or nothing, in each column")
    if NUMBERS in kinds or all(re.fullmatch(r"\d{1,2}", label) for label in labels):
        span = numbers({label: n for label, (_, n) in labels.items()})
        if span is None:
            return Block(stem, question, looks, tuple(texts), by, LABELS, why="codes whose order is not known")
        return Block(stem, question, looks, tuple(texts), by, NUMBERS, span=span, why="numbers from one range")
    order = numbered(labels)
    if order:
        return Block(stem, question, looks, tuple(texts), by, ANSWERS, order=order, span=(min(order.values()), max(order.values())),
                     why="each label carries its number")  # fmt: skip
    possible = fits(labels) or (fits(often) if ANSWERS in kinds and kinds <= {ANSWERS, TICK} else [])
    if possible:
        one = possible[0] if len(possible) == 1 else None
        return Block(stem, question, looks, tuple(texts), by, ANSWERS, one, tuple(possible), why="their labels are one known set of answers")
    return Block(stem, question, looks, tuple(texts), by, LABELS, why="they share labels whose order is not known")


def _split(texts: list[str]) -> tuple[str, list[str]]:
    """The words that all texts begin with, up to a dash or colon, and the rest of each; nothing shared where a rest would be empty.

    A dash without blanks counts before a capital only: `side-by-side` is one word.
    """
    shared = len(os.path.commonprefix(texts))
    ends = [match.end() for match in re.finditer(r"\s+[-–—]\s+|[-–—](?=[^\sa-z])|:\s+", texts[0]) if match.end() <= shared]
    if not ends:
        return "", texts
    rests = [text[ends[-1] :].strip() for text in texts]
    return (texts[0][: ends[-1]].strip(" -–—:"), rests) if all(rests) else ("", texts)


def _beside(rest: Sequence[Look], looks: Sequence[Look]) -> list[Block]:
    """Statements one after another whose labels are one known set of answers."""
    place = {look.column.position: number for number, look in enumerate(looks)}
    runs: list[list[Look]] = []
    for look in (one for one in rest if one.use == ANSWERS):
        near = runs and place[look.column.position] - place[runs[-1][-1].column.position] == 1
        if near and _together(runs[-1], look):
            runs[-1].append(look)
        else:
            runs.append([look])
    made = []
    for run in runs:
        if len(run) > 1:
            texts = [look.column.others[0] if look.column.others else look.header for look in run]
            key = f"beside-{run[0].column.position + 1}"
            block = _block(key, [(look, " ".join(text.split()), "", "beside") for look, text in zip(run, texts, strict=True)], "beside", "")
            if block is not None and block.kind == ANSWERS:
                made.append(block)
    return made
