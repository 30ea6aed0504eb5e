"""What may be said of where people gather: how many were seen, how much they were in one place, and whether that moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from cyclebook import cells
from cyclebook.climate.evidence.gatherings import SCALE
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Reading

#: Looks in each of two terms before they are held against each other: with the same days in another order, all of one
#: term lie above all of the other in 2 of 70 orders.
LOOKS = 4


def latest(own: Protected, known: Mapping) -> list[Reading]:
    """The latest look that is shown: how many were seen, in how many places, and how many in the fullest; [] without one."""
    for look in reversed(known["looks"]):
        seen = cell(own, "seen", look["id"])
        if seen is None:
            continue
        spread, fullest = cell(own, "spread", look["id"]), cell(own, "fullest", look["id"])
        said = [Reading.of("gather_seen", day=date.fromisoformat(look["date"]), time=look["time"], seen=int(seen.value), spread=cells.fact(spread))]
        return said + ([Reading.of("gather_fullest", share=int(fullest.value))] if fullest else [])
    return []


def change(own: Protected, known: Mapping) -> list[Reading]:
    """For each time of the day the share in the fullest place in the latest term and the one before it that was looked at, and whether it moved."""
    said = []
    for time in known["times"]:
        terms = [term for term in known["terms"] if cell(own, "looks", term, time) is not None]
        if not terms:
            continue
        now = _of(own, terms[-1], time)
        if len(terms) < 2:
            if now["looks"] > 1:
                said.append(Reading.of("gather_term", time=time, **_named("now", terms[-1]), **now))
            continue
        then = _of(own, terms[-2], time)
        facts = {"time": time, **_named("now", terms[-1]), **_named("then", terms[-2]), **now, **{f"{name}_then": value for name, value in then.items()}}
        if min(now["looks"], then["looks"]) < LOOKS:
            kind = "gather_few_looks"
        elif now["low"] > then["high"]:
            kind = "gather_up"
        else:
            kind = "gather_down" if now["high"] < then["low"] else "gather_alike"
        said.append(Reading.of(kind, **facts, needed=LOOKS))
    return said


def hidden(own: Protected, known: Mapping, smallest_group: int) -> list[Reading]:
    """How many looks saw so few people that nothing is shown; [] for none."""
    count = sum(cell(own, "seen", look["id"]) is None for look in known["looks"])
    return [Reading.of("gather_few", count=count, smallest_group=smallest_group)] if count else []


def _of(own: Protected, term: str, time: str) -> dict[str, int]:
    names = {"looks": "looks", "low": "fullest_low", "high": "fullest_high"}
    return {name: int(cell(own, statistic, term, time).value) for name, statistic in names.items()}


def _named(name: str, term: str) -> dict[str, str]:
    """A term in words of a sentence, such as fall and 2025."""
    year, _, half = term.partition("-")
    return {f"{name}_half": half, f"{name}_year": year}


def cell(own: Protected, statistic: str, wave: str, item: str = "") -> Cell | None:
    """The number where it is shown, else None."""
    found = own.cell(statistic, scale=SCALE, wave=wave, item=item)
    return None if found is None or found.value is None else found
