"""One export looked at as a whole: what each column is, which belong together, which is the school's, when people answered."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

from cyclebook.init.blocks import Block, blocks, is_ranking
from cyclebook.init.export import Export
from cyclebook.init.ladders import fits, is_no_answer
from cyclebook.init.look import AMOUNT, DATE, ENDED, LABELS, NEVER, NUMBERS, SEVERAL, STARTED, TEXT, TICK, Look, day, look
from cyclebook.init.resolve import AnswerSet, values
from cyclebook.init.school_names import looks_like_school
from cyclebook.parameters import fold
from cyclebook.sources.layout import SURE

SCHOOL_HEADERS = frozenset(
    "school schoolname schoolid schoolcode schoolnumber yourschool idschool building buildingname site sitename campus campusname "
    "escuela nombredelaescuela suescuela plantel idescuela schid".split()
)
SCHOOL = re.compile(
    r"\b(which|what) (\w+ )?(school|building|site|campus)\b|\b(name of|at|is) (your|the) (school|building|site|campus)\W*$"
    r"|\b(school|building|site|campus) (do|are|will) you|\b(qu[eé]|cu[aá]l|nombre de la|nombre de su) (\w+ )?(escuela|plantel)\b"
)
SCHOOL_HINT = re.compile(r"school|building|\bsite\b|campus|location|escuela|plantel")
ROLE = re.compile(r"\brole\b|\bposition\b|\bjob\b|closest to your work|\bcargo\b|\bpuesto\b|\bfunci[oó]n\b|what is your work")
RANK = re.compile(r"\brank\b|in order of (preference|importance)|ordene por")
HEADS = re.compile(r"^(staff|head ?count|number of staff|staff count|employees|enrollment|n ?staff|teachers)$")
#: So many different values can be the schools of one district.
MOST_SCHOOLS = 400
#: So many columns are offered where none is sure.
MOST_CANDIDATES = 12
#: So many of the answers in a much shorter time than all: the first or last day is told as a stray.
NEARLY_ALL = 0.95


@dataclass(frozen=True)
class Candidate:
    """A column that may hold the school of each row. score: 3 by its header, 2 by its values, 1 a hint only, 0 it has groups of rows."""

    look: Look
    score: int
    why: str
    spellings: dict[str, int]


@dataclass(frozen=True, eq=False)
class Study:
    """What was found. blocks: without ranks, which are in `rankings`. days: when people answered, sorted; `dated_by`: by which column."""

    export: Export
    looks: tuple[Look, ...]
    blocks: tuple[Block, ...]
    rankings: tuple[Block, ...]
    schools: tuple[Candidate, ...]
    role: Look | None
    heads: Look | None
    days: tuple[date, ...]
    dated_by: str

    @property
    def rows(self) -> int:
        return len(self.export.cells)

    def first(self, use: str) -> Look | None:
        """The first column of a use that can be declared."""
        return next((one for one in self.looks if one.use == use and one.column.position in self.export.names), None)


def study(export: Export) -> Study:
    """Look at every column, then at all of them together. Pure: no file is read here."""
    looks = [look(column, export.cells.get(column.position), export.source.form) for column in export.columns]
    looks = [Look(one.column, TEXT, SURE, "no name of its own in the file, so that it cannot be declared", filled=one.filled, rows=one.rows)
             if one.use != NEVER and one.column.position not in export.names else one for one in looks]  # fmt: skip
    schools = _schools(export, looks)
    taken = {one.look.column.position for one in schools if one.score >= 2}
    role = next((one for one in looks if _is_role(one) and one.column.position not in taken), None)
    taken |= {role.column.position} if role else set()
    heads = next((one for one in looks if one.use in (AMOUNT, NUMBERS) and HEADS.fullmatch(fold(one.header))), None)
    grouped = blocks([one for one in looks if one.column.position not in taken], export.source.form)
    rankings = [block for block in grouped if block.kind == NUMBERS and (
        RANK.search(fold(block.question)) or is_ranking(block, values(export, block, _ranks(block))))]  # fmt: skip
    by, days = _days(export, looks)
    return Study(export, tuple(looks), tuple(block for block in grouped if block not in rankings), tuple(rankings), tuple(schools), role,
                 heads, days, by)  # fmt: skip


def stray_days(days: tuple[date, ...]) -> tuple[date, date] | None:
    """The shorter time in which nearly all answers came, where it is less than half of the whole; else None."""
    if len(days) < 20:
        return None
    cut = int(len(days) * (1 - NEARLY_ALL) / 2)
    low, high = days[cut], days[-1 - cut]
    return (low, high) if (high - low).days * 2 < (days[-1] - days[0]).days else None


def longest_pause(days: tuple[date, ...]) -> tuple[date, date] | None:
    """The two days between which nobody answered for more than 45 days; the longest such time."""
    pairs = list(zip(days, days[1:], strict=False))
    best = max(pairs, key=lambda pair: pair[1] - pair[0], default=None)
    return best if best and (best[1] - best[0]).days > 45 else None


def _ranks(block: Block) -> AnswerSet:
    return AnswerSet("", {str(number): float(number) for number in range(11)}, *block.span, "")


def _schools(export: Export, looks: list[Look]) -> list[Candidate]:
    found = []
    for one in looks:
        if one.use not in (LABELS, TEXT, NUMBERS, AMOUNT, TICK, SEVERAL) or one.column.position not in export.names:
            continue
        texts = [one.column.name, *one.column.others]
        squeezed = {"".join(re.findall(r"\w+", fold(text).replace("_", ""))) for text in texts}
        named = bool(squeezed & SCHOOL_HEADERS) or any(SCHOOL.search(fold(" ".join(text.split()))) for text in texts)
        hinted = any(SCHOOL_HINT.search(fold(text)) for text in texts)
        if not (named or one.use in (LABELS, TICK, AMOUNT)):
            continue
        spellings = _spellings(export, one)
        total = sum(spellings.values())
        short = all(len(text) <= 100 for text in spellings)
        if not total or not short or fits(spellings) or len(spellings) > MOST_SCHOOLS or (len(spellings) > 0.5 * total > 20 and not named):
            continue
        share = sum(n for text, n in spellings.items() if looks_like_school(text)) / total
        if named:
            why = "the header asks for the school" + (", and the values read like schools" if share >= 0.3 else "")
            found.append(Candidate(one, 3, why, spellings))
        elif share >= 0.5:
            found.append(Candidate(one, 2, "the values read like names of schools", spellings))
        elif hinted and len(spellings) > 1:
            found.append(Candidate(one, 1, "the header has a word that is used for schools", spellings))
        elif 1 < len(spellings) <= total / 3 and not all("." in text for text in spellings):
            found.append(Candidate(one, 0, "its values are shared by several rows each", spellings))
    if any(candidate.score for candidate in found):
        found = [candidate for candidate in found if candidate.score]
    return sorted(found, key=lambda one: (-one.score, one.look.column.position))[:MOST_CANDIDATES]


def _spellings(export: Export, one: Look) -> dict[str, int]:
    """The values as first written and how often each stands, case and extra blanks aside; no-answers left out."""
    counts: dict[str, list] = {}
    for text, n in Counter(export.cells[one.column.position]).items():
        if text.strip() and not is_no_answer(text):
            counts.setdefault(fold(text), [" ".join(text.split()), 0])[1] += n
    return {first: n for first, n in counts.values()}


def _is_role(one: Look) -> bool:
    texts = [one.column.name, *one.column.others]
    return one.use in (LABELS, TICK) and len(one.labels) <= 20 and any(ROLE.search(fold(text)) for text in texts) and len(one.header.split()) <= 12


def _days(export: Export, looks: list[Look]) -> tuple[str, tuple[date, ...]]:
    for use in (ENDED, DATE, STARTED):
        for one in looks:
            if one.use == use:
                return one.header, tuple(sorted(filter(None, map(day, export.cells[one.column.position]))))
    return "", ()
