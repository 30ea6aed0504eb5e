"""Which schools' staff are a school's past: renumbered, merged and split schools over time. Pure: schools and days in, ids out.

`parameters/schools.csv` says that a school closed and which schools carry on its work. From the day after it closed its staff
are taken to be theirs. Two groups of staff are the same in this sense, and may be set against each other, only where whole
schools moved: a school that went to several schools has no heir that all of its staff are in, nobody knows who went where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from cyclebook.parameters.model import School, Wave

#: No answers in the earlier wave, by anyone who is part of the school now.
NEW = "new"
#: The school itself, and nobody else.
SAME = "same"
#: One other school, which this one took over from whole: it goes on under another id.
CONTINUED = "continued"
#: Several schools together, all of whose staff are here now.
MERGED = "merged"
#: At least one school, part of whose staff are here now and part elsewhere: a break.
SPLIT = "split"


@dataclass(frozen=True)
class Past:
    """What a school was in an earlier wave. `schools`: the ids whose staff then are its past, in the order of the file.

    Empty where nothing may be set against it (`new`, `split`). `parted`: the schools that went to several; empty but for a split.
    """

    kind: str
    schools: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()


def past(schools: Mapping[str, School], school_id: str, earlier: Wave, now: Wave) -> Past:
    """What a school that is open in the wave `now` was in the wave `earlier`.

    A school hands over when it closed before `now` began; one that closed during `earlier` is still itself in it. Its staff end up
    in the schools that are left when every school that has handed over is replaced by those that carry on its work, again and
    again. The past of a school are those open in `earlier` whose staff end up in it; all of them must end up in it alone.
    """
    ends = {other: _ends(schools, other, now) for other in schools if open_in(schools[other], earlier)}
    mine = tuple(other for other, found in ends.items() if school_id in found)
    parted = tuple(other for other in mine if ends[other] != {school_id})
    if parted:
        # named is the school that parted, which may be an heir of the one that was open then
        at = {fork for other in parted for fork in _forks(schools, other, now)}
        return Past(SPLIT, parted=tuple(other for other in schools if other in at))
    if not mine:
        return Past(NEW)
    if mine == (school_id,):
        return Past(SAME, mine)
    return Past(CONTINUED if len(mine) == 1 else MERGED, mine)


def open_in(school: School, wave: Wave) -> bool:
    """Whether the school was open on any day of the wave."""
    return not (school.closed and school.closed < wave.start) and not (school.opened and school.opened > wave.end)


def handed_over(school: School, wave: Wave) -> bool:
    """Whether the school had closed before the wave began, and named who carries on."""
    return bool(school.successors and school.closed and school.closed < wave.start)


def _ends(schools: Mapping[str, School], school_id: str, now: Wave) -> set[str]:
    """Where the staff of a school are in the wave `now`: its own id, or those of the schools that carry on."""
    if not handed_over(schools[school_id], now):
        return {school_id}
    return set().union(*(_ends(schools, after, now) for after in schools[school_id].successors))


def _way(schools: Mapping[str, School], school_id: str, now: Wave) -> set[str]:
    """The school and all that its staff went through until the wave `now`."""
    after = schools[school_id].successors if handed_over(schools[school_id], now) else ()
    return {school_id}.union(*(_way(schools, other, now) for other in after))


def _forks(schools: Mapping[str, School], school_id: str, now: Wave) -> set[str]:
    """The schools on the way that named several to carry on, whose staff are in more than one of those left in the wave `now`."""
    return {
        other for other in _way(schools, school_id, now)
        if len(schools[other].successors) > 1 and len(_ends(schools, other, now)) > 1
    }  # fmt: skip


def closures(schools: Mapping[str, School], school_id: str, of: Past, now: Wave) -> tuple[tuple[date, tuple[str, ...]], ...]:
    """The days on which schools of its past closed and this one, or one before it, took over, with their ids; in order of time.

    Of a split, only the schools that parted.
    """
    if of.kind == SPLIT:
        gone = set(of.parted)
    else:
        gone = set().union(*(_way(schools, other, now) for other in of.schools)) - {school_id}
    days = sorted({schools[other].closed for other in gone})
    return tuple((day, tuple(other for other in schools if other in gone and schools[other].closed == day)) for day in days)


def first_seen(schools: Mapping[str, School], seen: Mapping[str, date]) -> dict[str, School]:
    """The schools, those that took over from others and for which no opening is stated with the day on which data first name them.

    seen: school_id to the first day of the first wave in which a roster or an answer names it. A number that no file knew before
    another school closed was given on that occasion. One that no file names at all keeps what is stated.
    """
    heirs = {after for school in schools.values() for after in school.successors}
    return {
        name: replace(school, opened=seen[name]) if name in heirs and school.opened is None and name in seen else school
        for name, school in schools.items()
    }


def continued(schools: Mapping[str, School]) -> dict[str, str]:
    """Old id to new id of every school that went on whole under another id, which nobody else took part in.

    The new id has no other predecessor and was not open while the old one was (its opening is stated, and later than the day on
    which the old one closed). Chains are not followed: each pair stands for itself.
    """
    before: dict[str, list[str]] = {}
    for school in schools.values():
        for after in school.successors:
            before.setdefault(after, []).append(school.school_id)
    found = {}
    for new, old in before.items():
        opened, closed = schools[new].opened, schools[old[0]].closed
        if len(old) == 1 and len(schools[old[0]].successors) == 1 and opened and closed and opened > closed:
            found[old[0]] = new
    return found
