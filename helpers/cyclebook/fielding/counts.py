"""How many answered against how many were asked, and how many more a school's page needs. No answer is looked at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from cyclebook.climate.participation import gate
from cyclebook.reading import shown

if TYPE_CHECKING:
    from cyclebook.parameters import Promise, Wave

AHEAD, OPEN, OVER = "ahead", "open", "over"


@dataclass(frozen=True)
class Standing:
    """One school in one survey and wave.

    ``answered``: responses kept. ``head_count``: persons on the roster; None where there is none, or none but 0.
    ``total``: the least number of answers with which scores can be shown. ``days_left``: whole days from the day spoken of to the
    last day on which the school can answer, 0 on that day; None while the survey is not open.
    """

    school_id: str
    name: str
    answered: int
    head_count: int | None
    total: int
    days_left: int | None = None

    @property
    def needed(self) -> int:
        """How many more answers are needed before scores can be shown."""
        return max(0, self.total - self.answered)

    @property
    def off(self) -> bool:
        """More answers than staff: one of the two numbers is wrong."""
        return self.head_count is not None and self.answered > self.head_count

    @property
    def beyond(self) -> bool:
        """Whether more answers are needed than people work there, so that no score can ever be shown."""
        return self.needed > 0 and not self.off and self.head_count is not None and self.total > self.head_count

    @property
    def percent(self) -> Decimal | None:
        """Answers in percent of the head count, one decimal; None where there is no head count or the two do not fit."""
        return None if self.head_count is None or self.off else shown(100 * self.answered / self.head_count, 1)


@dataclass(frozen=True)
class Fielding:
    """One survey in one wave on one day.

    ``phase``: ahead, open or over. ``declared``: whether any file of answers is declared for the wave. ``left_out``: schools that
    were not open in the wave: name, the day, and whether that is the day on which they "closed" or "opened". ``smallest_group``:
    the smallest group that is shown, settings and promise together. ``aside_answers``, ``aside_rosters``: (reason, rows) set
    aside in the files of the wave. ``not_staff``: previews, tests, spam. ``later``: answers dated after the day, not counted.
    ``by_day``: (day, answers), in order, of the answers counted; ``undated``: those of them without a day.
    """

    survey: str
    title: str
    minutes: int | None
    promise: Promise | None
    wave: Wave
    day: date
    phase: str
    smallest_group: int
    schools: tuple[Standing, ...]
    left_out: tuple[tuple[str, date, str], ...] = ()
    declared: bool = True
    aside_answers: tuple[tuple[str, int], ...] = ()
    aside_rosters: tuple[tuple[str, int], ...] = ()
    not_staff: int = 0
    later: int = 0
    by_day: tuple[tuple[date, int], ...] = ()
    undated: int = 0

    @property
    def with_share(self) -> tuple[Standing, ...]:
        """The schools whose answers and head count fit."""
        return tuple(school for school in self.schools if school.percent is not None)


def opens_at(head_count: int | None, rate_needed: float, answers_needed: int) -> int:
    """The least number of answers that opens the answer gate (:func:`cyclebook.climate.participation.gate`).

    head_count: persons, or None. rate_needed: 0..1. It may be more than the head count: then the gate stays shut.
    """
    total = answers_needed
    if head_count:
        total = max(total, math.floor(rate_needed * head_count))
    while gate(total, head_count, rate_needed, answers_needed) != "open":
        total += 1
    return total


def phase(wave: Wave, day: date) -> str:
    """Whether the wave's window lies ahead of the day, holds it (first and last day too), or is over."""
    return AHEAD if day < wave.start else OVER if day > wave.end else OPEN


def choose(waves: Sequence[Wave], day: date) -> Wave | None:
    """The wave to speak of: of those open on the day the last in the list, else the next to come, else None."""
    at = {AHEAD: [], OPEN: [], OVER: []}
    for wave in waves:
        at[phase(wave, day)].append(wave)
    return at[OPEN][-1] if at[OPEN] else min(at[AHEAD], key=lambda wave: wave.start, default=None)


def days_left(wave: Wave, closed: date | None, day: date) -> int | None:
    """Days until a school's last day in the wave, not below 0; None while the wave is not open. closed: its last day."""
    if phase(wave, day) != OPEN:
        return None
    return max(0, (min(wave.end, closed or wave.end) - day).days)


def by_day(days: Iterable[str]) -> tuple[tuple[date, int], ...]:
    """(day, how many) for ISO days, in order."""
    found: dict[str, int] = {}
    for day in days:
        found[day] = found.get(day, 0) + 1
    return tuple((date.fromisoformat(day), found[day]) for day in sorted(found))
