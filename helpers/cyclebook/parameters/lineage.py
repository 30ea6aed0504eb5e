"""Which schools' staff are a school's past: renumbered, merged and split schools over time. Pure: schools and days in, ids out.

`parameters/schools.csv` says that a school closed and which schools carry on its work. From the day after it closed its staff
are taken to be theirs. Two groups of staff are the same in this sense, and may be set against each other, only where whole
schools moved: a school that went to several schools has no heir that all of its staff are in, nobody knows who went where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


def open_in(school: School, wave: Wave) -> bool:
    """Whether the school was open on any day of the wave."""
    return not (school.closed and school.closed < wave.start) and not (school.opened and school.opened > wave.end)


def handed_over(school: School, wave: Wave) -> bool:
    """Whether the school had closed before the wave began, and named who carries on."""
    return bool(school.successors and school.closed and school.closed < wave.start)


class Lineage:
    """Who came before whom among the schools of a district, by id in the order of the file. No school leads back to itself."""

    def __init__(self, schools: Mapping[str, School]):
        self.schools = schools
        self._order = {name: place for place, name in enumerate(schools)}
        self._before: dict[str, list[str]] = {}
        for school in schools.values():
            for after in school.successors:
                self._before.setdefault(after, []).append(school.school_id)

    def past(self, school_id: str, earlier: Wave, now: Wave) -> Past:
        """What a school that is open in the wave `now` was in the wave `earlier`.

        A school hands over when it closed before `now` began; one that closed during `earlier` is still itself in it. Its staff end
        up in the schools that are left when every school that has handed over is replaced by those that carry on its work, again
        and again. The past of a school are those open in `earlier` whose staff end up in it; all of them must end up in it alone.
        """
        mine = [name for name in self._ancestors(school_id) if open_in(self.schools[name], earlier) and school_id in self._ends(name, now)]
        forks = {fork for name in mine if self._ends(name, now) != {school_id} for fork in self._forks(name, now)}
        if forks:  # named is the school that parted, which may be an heir of the one that was open then
            return Past(SPLIT, parted=self._sorted(forks))
        if not mine:
            return Past(NEW)
        if mine == [school_id]:
            return Past(SAME, (school_id,))
        return Past(CONTINUED if len(mine) == 1 else MERGED, self._sorted(mine))

    def closures(self, school_id: str, of: Past, now: Wave) -> tuple[tuple[date, tuple[str, ...]], ...]:
        """The days on which schools of its past closed and others took over, with their ids, in order of time; of a split, only
        those that parted.
        """
        gone = set(of.parted) if of.kind == SPLIT else set().union(*(self._way(name, now) for name in of.schools)) - {school_id}
        days = sorted({self.schools[name].closed for name in gone})
        return tuple((day, self._sorted(name for name in gone if self.schools[name].closed == day)) for day in days)

    def continued(self) -> dict[str, str]:
        """Old id to new id of every school that went on whole under another id, which nobody else took part in.

        The new id has no other predecessor and was not open while the old one was (its opening is stated, and later than the day
        on which the old one closed). Chains are not followed: each pair stands for itself.
        """
        found = {}
        for new, old in self._before.items():
            before, after = self.schools[old[0]], self.schools[new]
            if len(old) == len(before.successors) == 1 and after.opened and before.closed and after.opened > before.closed:
                found[old[0]] = new
        return found

    def _sorted(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(names, key=self._order.__getitem__))

    def _ancestors(self, school_id: str) -> set[str]:
        """The school and all that may have led to it."""
        return {school_id}.union(*(self._ancestors(name) for name in self._before.get(school_id, ())))

    def _after(self, school_id: str, now: Wave) -> tuple[str, ...]:
        return self.schools[school_id].successors if handed_over(self.schools[school_id], now) else ()

    def _ends(self, school_id: str, now: Wave) -> set[str]:
        """Where the staff of a school are in the wave `now`: its own id, or those of the schools that carry on."""
        after = self._after(school_id, now)
        return set().union(*(self._ends(name, now) for name in after)) if after else {school_id}

    def _way(self, school_id: str, now: Wave) -> set[str]:
        """The school and all that its staff went through until the wave `now`."""
        return {school_id}.union(*(self._way(name, now) for name in self._after(school_id, now)))

    def _forks(self, school_id: str, now: Wave) -> set[str]:
        """The schools on the way that named several to carry on, whose staff are in more than one of those left in the wave `now`."""
        return {name for name in self._way(school_id, now) if len(self._after(name, now)) > 1 and len(self._ends(name, now)) > 1}


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
