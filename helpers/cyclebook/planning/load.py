"""What a school's cycles ask of people, week by week: hours, beside what they take the place of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclebook.parameters import Cycle, Term


@dataclass(frozen=True)
class Spell:
    """The days on which one cycle asks something. ``hours``: a week, None where not stated. ``last``: None while it goes on."""

    cycle: str
    title: str
    hours: float | None
    first: date
    last: date | None

    def on(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Span:
    """A stretch of days on which the same cycles ask the same: hours a week known of, and the cycles, those without hours too."""

    first: date
    last: date
    hours: float
    cycles: tuple[str, ...]


def spells(cycles: Iterable[Cycle], school_id: str, as_of: date | None) -> list[Spell]:
    """The spells at one school, in the order of their first days. Cycles that ask nothing or have no start have none.

    An idea that was adopted goes on being asked after its cycle; one that was adapted or stopped ends on the day of that decision
    if it had not ended before. Decisions after ``as_of`` are not known yet.
    """
    found = []
    for cycle in cycles:
        if school_id not in cycle.schools or cycle.start is None or cycle.ask is None:
            continue
        last, decision = cycle.end, cycle.decision
        if decision and (as_of is None or decision.day <= as_of):
            if decision.word == "adopt":
                last = None
            elif last is None or decision.day < last:
                last = max(decision.day, cycle.start)
        found.append(Spell(cycle.id, cycle.title, cycle.ask.hours_per_week, cycle.start, last))
    return sorted(found, key=lambda spell: (spell.first, spell.cycle))


def hours_on(day: date, asked: Sequence[Spell]) -> float:
    """Hours a week that all cycles together ask on a day, as far as they are stated."""
    return round(sum(spell.hours or 0.0 for spell in asked if spell.on(day)), 9)


def spans(asked: Sequence[Spell], first: date, last: date) -> list[Span]:
    """The stretches between ``first`` and ``last``, in order and without gaps; the load changes only from one to the next."""
    if last < first:
        return []
    cuts = {first, *(spell.first for spell in asked), *(spell.last + timedelta(1) for spell in asked if spell.last)}
    starts = sorted(day for day in cuts if first <= day <= last)
    ends = [*(day - timedelta(1) for day in starts[1:]), last]
    return [
        Span(start, end, hours_on(start, asked), tuple(spell.cycle for spell in asked if spell.on(start)))
        for start, end in zip(starts, ends, strict=True)
    ]


def heaviest(stretches: Sequence[Span]) -> Span | None:
    """The stretch with most hours, the earliest of like ones; None without any."""
    return max(stretches, key=lambda span: span.hours, default=None)


def by_term(asked: Sequence[Spell], terms: Sequence[Term]) -> list[tuple[Term, Span]]:
    """Each term in which something is asked, with its heaviest stretch."""
    found = []
    for term in terms:
        heavy = heaviest(spans(asked, term.start, term.end))
        if heavy and any(spell.first <= term.end and (spell.last is None or spell.last >= term.start) for spell in asked):
            found.append((term, heavy))
    return found
