"""What was handed out is remembered: a late, a withdrawn or a corrected answer between two releases reveals no one.

Whoever keeps the pages of two releases can subtract: 35 answers with their average, less the 34 of before with theirs, is one person's
answer. So the persons behind the numbers of a school, survey and wave (a base, and each of its parts: ``privacy.bases``) change
only in steps that are large enough. Let E be the persons of a part as they were handed out, in any earlier release, and Q those behind what
is to be published:

1. **each way none or enough**: the persons of Q that are not in E, and those of E that are not in Q, are none or at least k = the smallest group.
   The difference of the two sums is that of these two groups.
2. **all together**: no combination of sums, of Q and of any number of earlier releases, is one of fewer than k persons that could not
   be had without Q. (Two steps of enough persons each way can have a third as their difference that is of few.) Persons who
   stand in the same of these sets weigh the same in every combination, so it is enough to look at these classes of persons: a
   combination of few persons is a vector in the row space of the matrix sets × classes that is zero outside of classes with fewer than k
   persons in all, and there is one more of these with Q than without it exactly when the ranks say so.

A part that is exactly as in an earlier release adds nothing to what is known. Nothing was, or is, published of a base of fewer than k.

What is published of a base is the first of these that keeps the rule in all its parts: the answers as they are now; those of
the latest release, then of the one before, where all of them are still there (the others are held back); nothing, as of a school
with too few answers. So late answers enter k at a time, counted for each question, and withdrawn ones leave k at a time.

Parts other than everyone are compared by what was answered, not by who answered: a sum is known by its answers alone, and so a changed
codebook cannot hide that one person came. It is stricter than needed where a base was exchanged as a whole, by chance alone some
answers then are the same: for that the analyst declares that what was handed out was of other answers (`corrections`, until which
release), and everyone alone is compared. That no few persons may come, go or change stays as it is.

Of the parts of groups (by role, by other attributes) rule 1 holds for each as it does for everyone: a group of whom somebody was handed out, or is
published now, gets and loses none or at least k, counted, and scale by scale and question by question. So whatever is shown by group, and what is left of a
school beside it, changes by none or enough. Where nobody's answers to a scale or question are what they were, it is read otherwise, and of groups only
the numbers of persons are compared; these no declared correction relaxes. A release from before groups were recorded is taken at its strictest: beside it a base that is shown
by group stays as it was then, or is not published.

Numbers about persons that come without their rows (weekly shares, results of others) are as they were handed out, or are not shown:
of a changed number nobody knows how few persons it changed with. Here, too, a correction can be declared.

Differencing between releases of one table: Hundepool et al. (2012), Statistical Disclosure Control, ch. 5 (linked tables). The rule is ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from cyclebook.privacy import bases as of_bases
from cyclebook.privacy.bases import BASE, EVERYONE, GROUP, WITH_GROUPS, Use

if TYPE_CHECKING:
    from cyclebook.parameters.model import Correction

T = TypeVar("T")
Base = tuple[str, str, str, str]
#: What was asked together, in all schools.
ASKED = BASE[:3]

HELD, HIDDEN = "held back", "not published"
HELD_COLUMNS = {**dict.fromkeys([*BASE, "state"], "str"), "persons": "int64", "release": "int64", "as_of": "str"}
#: With more classes of few persons than this the combinations are not gone through: such a base counts as not safe.
MOST_CLASSES = 14
#: Stands for the persons behind a number that is not to be shown: fewer than any smallest group, and not nobody.
TOO_FEW = 1.0


@dataclass(frozen=True, eq=False)
class Release:
    """What was handed out once: the day its pages speak of, ``Use.form`` of then, and its bases (``bases.COLUMNS``)."""

    number: int
    as_of: str
    form: str
    bases: pd.DataFrame


def covers(correction: Correction, base: Base, release: int) -> bool:
    """Whether a declared correction takes back what a release handed out of this base."""
    _, of, period, school = base
    here = of == correction.of and correction.period in (None, period) and (correction.schools is None or school in correction.schools)
    return here and release <= correction.release


def safe(before: Collection[frozenset[T]], now: frozenset[T], smallest_group: int) -> bool:
    """Whether publishing a sum over `now` keeps rules 1 and 2 beside the sums over the sets of `before` (see the module)."""
    sets = list(dict.fromkeys(one for one in before if one))
    if not now or now in sets:
        return True
    if not all(_enough(old, now, smallest_group) for old in sets):
        return False
    return len(sets) < 2 or not _combined(sets, now, smallest_group)


def _combined(sets: Sequence[frozenset], now: frozenset, smallest_group: int) -> bool:
    """Whether a combination with `now` is one of fewer than smallest_group persons that was not to be had before."""
    classes = Counter(tuple(person in one for one in (*sets, now)) for person in frozenset.union(now, *sets))
    member = np.array(list(classes), dtype=float).T
    size = np.array(list(classes.values()))
    few = np.flatnonzero(size < smallest_group)
    if len(few) > MOST_CLASSES:
        return True

    def found(rows: np.ndarray, chosen: tuple[int, ...]) -> int:
        """How many independent combinations of these sums are of the chosen classes alone."""
        rest = np.delete(rows, chosen, axis=1)
        return np.linalg.matrix_rank(rows) - (np.linalg.matrix_rank(rest) if rest.size else 0)

    for count in range(1, min(len(few), smallest_group - 1) + 1):
        for chosen in combinations(few, count):
            if size[list(chosen)].sum() < smallest_group and found(member, chosen) > found(member[:-1], chosen):
                return True
    return False


def hold(
    tables: T, releases: Sequence[Release], key: bytes, smallest_group: int, use: Use, corrections: Sequence[Correction] = ()
) -> tuple[T, pd.DataFrame]:
    """The tables of which numbers may be made beside all that was handed out, and what is held back or not published because of that.

    tables: the tidy tables (``sources.Tables``) as read. releases: all of them, in order. The first result has rows left out where
    some are held back, and in `withheld` the bases (as ``bases.BASE``) of which nothing may be published; numbers that come without
    persons' rows and may not be shown stand on TOO_FEW persons in it; in `renewed` the bases that are published with other answers than were
    handed out, in keeping with the rule. held: columns HELD_COLUMNS, one base a row, in order:
    `persons` held back, or of whom something changed; `release` and `as_of` of the release that it is held at, or that it is held against.
    """
    if not releases:
        return tables, _table([])
    told: list[tuple] = []
    history = _History(releases, key, smallest_group, use, corrections)
    kept, withheld, renewed = _persons(tables, history, told)
    tables = _numbers(_without(tables, kept, use), history, told, renewed)
    return replace(tables, withheld=frozenset(withheld), renewed=frozenset(renewed)), _table(told)


def changed(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The bases of `before` and `now` of which other answers are published now than before: columns ``BASE``, added, gone (digests).

    Of a base with other questions than before, only the parts that both have are looked at. A base that only one of them has is not a change.
    """
    columns = [*BASE, "part"]
    before, now = (table[~table["part"].str.startswith(GROUP)] for table in (before, now))
    names = [{base: frozenset(rows) for base, rows in table[columns].drop_duplicates().groupby(BASE)["part"]} for table in (before, now)]
    other = {base for base, found in names[0].items() if names[1].get(base) != found}
    shared = before[columns].drop_duplicates().merge(now[columns].drop_duplicates(), on=columns)
    comparable = (part != EVERYONE or tuple(base) not in other for *base, part in shared.itertuples(index=False))
    shared = shared[np.fromiter(comparable, dtype=bool, count=len(shared))]
    sides = before.merge(shared, on=columns).merge(now.merge(shared, on=columns), on=[*columns, "digest"], how="outer", indicator=True)
    sides = sides.assign(added=(sides["_merge"] == "right_only").astype(int), gone=(sides["_merge"] == "left_only").astype(int))
    found = sides.groupby(columns)[["added", "gone"]].sum().groupby(BASE).max().reset_index()
    return found[(found["added"] > 0) | (found["gone"] > 0)].reset_index(drop=True)


class _History:
    """All releases, and what comparing with them needs."""

    def __init__(self, releases, key, smallest_group, use, corrections):
        self.releases, self.key, self.smallest_group, self.use = releases, key, smallest_group, use
        self.corrections = corrections
        known = pd.concat([release.bases.assign(number=release.number) for release in releases], ignore_index=True)
        self.known = known[known["table"].isin(["responses", "ratings"])]
        self.items: dict[tuple, set[str]] = {}
        for number, *asked, part in self.known[["number", *ASKED, "part"]].drop_duplicates().itertuples(index=False):
            item = of_bases.items_of(part)
            self.items.setdefault((number, *asked), set()).update([item] if item else [])
        everyone = self.known[self.known["part"] == EVERYONE].groupby(["number", *BASE], sort=False)["digest"]
        self.everyone = {key: frozenset(rows) for key, rows in everyone}

    def of(self, base: Base) -> list[Release]:
        """The releases in which a base was handed out."""
        return [release for release in self.releases if (release.number, *base) in self.everyone]

    def parts(self, base: Base) -> dict[str, list[frozenset[int]]]:
        """All sets of each part of a base that were handed out, but for those that a correction takes back and those of groups."""
        taken, here = self._taken(base), self._here(base)
        found: dict[str, list[frozenset[int]]] = {}
        for (number, part), rows in here[(here["part"] != EVERYONE) & ~here["part"].str.startswith(GROUP)].groupby(["number", "part"], sort=True)["digest"]:
            if number not in taken:
                found.setdefault(part, []).append(frozenset(rows))
        return found

    def groups(self, base: Base) -> dict[int, dict[str, frozenset[int]]]:
        """For each release of a base from when groups were recorded, all parts but everyone. Of one that a correction takes back only who was in each group."""
        taken, here = self._taken(base), self._here(base)
        found = {release.number: {} for release in self.of(base) if release.form.startswith(WITH_GROUPS)}
        for (number, part), rows in here[here["part"] != EVERYONE].groupby(["number", "part"], sort=True)["digest"]:
            if number in found and (number not in taken or part.startswith(GROUP) and not of_bases.inside(part)):
                found[number][part] = frozenset(rows)
        return found

    def _taken(self, base: Base) -> set[int]:
        return {r.number for r in self.releases if any(covers(one, base, r.number) for one in self.corrections)}

    def _here(self, base: Base) -> pd.DataFrame:
        return self.known[np.logical_and.reduce([self.known[name] == value for name, value in zip(BASE, base, strict=True)])]

    def whole(self, given: pd.DataFrame, asked: tuple, number: int) -> dict[str, dict[int, str]]:
        """By school the digests of everyone in these answers, as that release would have them, each with its unit."""
        items = self.items.get((number, *asked), set())
        if given.empty:
            return {}
        members = of_bases.everyone(given, {asked: frozenset(items)})
        members = members.assign(digest=of_bases.digests(members, self.key))
        return {school: dict(zip(rows["digest"], rows["unit"], strict=True)) for school, rows in members.groupby("school_id", sort=False)}


def _persons(tables, history: _History, told: list[tuple]) -> tuple[dict[Base, tuple[frozenset[str], str]], set[Base], set[Base]]:
    """Whose answers are kept of a base where some are held back, (units, day up to which; "": all), the bases of which nothing is published, and
    those of which other answers are published than were handed out."""
    kept: dict[Base, tuple[frozenset[str], str]] = {}
    withheld: set[Base] = set()
    renewed: set[Base] = set()
    for asked, given in of_bases.answers(tables, history.use).groupby(ASKED, sort=True):
        wholes: dict[frozenset, dict] = {}
        for school, rows in given.groupby("school_id", sort=True):
            base = (*asked, school)
            handed = history.of(base)
            now = {}
            for release in handed:
                items = frozenset(history.items[release.number, *asked])
                if items not in wholes:
                    wholes[items] = history.whole(given, asked, release.number)
                now[release.number] = frozenset(wholes[items].get(school, {}))
            if all(release.form == history.use.form and now[release.number] == history.everyone[release.number, *base] for release in handed):
                continue  # and nothing was handed out of it, or exactly this
            units, release = _choose(tables, rows, base, handed, now, history)
            if units is None:
                withheld.add(base)
                old, new = history.everyone[handed[-1].number, *base], now[handed[-1].number]
                told.append((*base, HIDDEN, max(len(new - old), len(old - new)), handed[-1].number, handed[-1].as_of))
            elif release is None:
                renewed.add(base)
            else:
                until = release.as_of if base[0] == "ratings" else ""
                kept[base] = frozenset(units), until
                waiting = set(rows["unit"]) - units | set(rows.loc[(rows["date"] > until) & (until != ""), "unit"])
                if waiting:
                    told.append((*base, HELD, len(waiting), release.number, release.as_of))
    return kept, withheld, renewed


def _choose(tables, rows: pd.DataFrame, base: Base, handed, now, history: _History) -> tuple[set[str] | None, Release | None]:
    """The persons of whom numbers of a base may be made, and the release that they are those of (None: as they are now). (None, None): of nobody."""
    parts = history.parts(base)
    if _keeps(rows, base, now, parts, history):
        return set(rows["unit"]), None
    for release in reversed(handed):
        then = rows if base[0] == "responses" else _until(tables, base, release.as_of, history.use)
        member = history.whole(then, base[:3], release.number).get(base[3], {})
        old = history.everyone[release.number, *base]
        if not old <= set(member):
            continue
        units = {member[digest] for digest in old}
        own = then[then["unit"].isin(units)]
        again = {other.number: frozenset(history.whole(own, base[:3], other.number).get(base[3], {})) for other in handed}
        if _keeps(own, base, again, parts, history):
            return units, release
    return None, None


def _keeps(rows: pd.DataFrame, base: Base, now: Mapping[int, frozenset], parts: Mapping[str, list], history: _History) -> bool:
    """Whether numbers of these answers of a base keep the rule beside everything that was handed out of it.

    now: everyone in them, as each release would have it.
    """
    k = history.smallest_group
    if rows["unit"].nunique() < k:
        return True  # nothing is published of so few, here or in a sum of the district
    # earlier sets of everyone can be compared with one another only where the same questions were looked at
    groups: dict[frozenset, list[frozenset]] = {}
    for number, one in now.items():
        groups.setdefault(one, []).append(history.everyone[number, *base])
    if not all(safe(sets, one, k) for one, sets in groups.items()):
        return False
    members = of_bases.parts(rows, history.use, history.key)
    of_groups = members["part"].str.startswith(GROUP)
    members = members[members["part"].isin(parts) | members["part"].isin({of_bases.inside(part) for part in members.loc[of_groups, "part"]}) | of_groups]
    found = members.assign(digest=of_bases.digests(members, history.key)).groupby("part")["digest"].agg(frozenset).to_dict()
    return all(safe(parts[part], one, k) for part, one in found.items() if part in parts) and _groups_keep(found, base, now, history)


def _groups_keep(found: Mapping[str, frozenset], base: Base, now: Mapping[int, frozenset], history: _History) -> bool:
    """Whether numbers by group of a base keep the rule. found: the parts as they are now; now: as in `_keeps`."""
    kinds, k = of_bases.kinds(found), history.smallest_group
    if not kinds:
        return True
    recorded = history.groups(base)
    # with groups of everyone who answered nothing can be compared that was of those scored on every scale, or the other way round
    recorded = {number: parts for number, parts in recorded.items() if not of_bases.kinds(parts) & {of_bases.other_kind(kind) for kind in kinds}}
    persons = {release.number: history.everyone[release.number, *base] for release in history.of(base)}
    unknown = {number for number, one in persons.items() if one not in {persons[other] for other in recorded}}
    if unknown and not any(now[number] == persons[number] for number in unknown):
        return False
    for kind in kinds:
        known = [parts for parts in recorded.values() if kind in of_bases.kinds(parts)]
        for part in {part for parts in (*known, found) for part in parts if of_bases.kind(part) == kind}:
            of, one = of_bases.inside(part), found.get(part, frozenset())
            before = [parts for parts in known if not of or of in parts]
            if of and not any(found.get(of, frozenset()) & parts[of] for parts in before):
                continue  # read otherwise now, or a correction takes back what was handed out of it
            sets = [parts.get(part, frozenset()) for parts in before]
            if one not in sets and not (all(_enough(old, one, k) for old in sets) and safe(sets, one, k)):
                return False
    return True


def _enough(one: frozenset, other: frozenset, smallest_group: int) -> bool:
    """Whether none or enough are in each of two sets and not in the other."""
    return not any(0 < len(a - b) < smallest_group for a, b in ((one, other), (other, one)))


def _until(tables, base: Base, day: str, use: Use) -> pd.DataFrame:
    """The ratings of a base up to a day, as `bases.answers` has them."""
    ratings = of_bases.rated(tables.ratings, replace(use, day=min(day, use.day) if use.day else day))
    here = np.logical_and.reduce([ratings[name] == value for name, value in zip(BASE, base, strict=True)])
    return of_bases.latest(ratings[here])


def _numbers(tables, history: _History, told: list[tuple], renewed: set[Base]):
    """The tables with numbers that come without persons' rows on TOO_FEW persons where they are not as they were handed out."""
    given = of_bases.counted(tables, history.use, 1).assign(part=EVERYONE)
    given = given.assign(digest=of_bases.digests(given, history.key))
    now = {tuple(base): (digest, position) for *base, digest, position in given[[*BASE, "digest", "position"]].itertuples(index=False)}
    last: dict[Base, Release] = {}
    for release in history.releases:
        known = release.bases[release.bases["table"].isin(["series", "aggregates"])]
        for *names, digest in known[[*BASE, "digest"]].itertuples(index=False):
            base = tuple(names)
            if base not in now or now[base][0] == digest:
                continue
            if any(covers(one, base, release.number) for one in history.corrections):
                renewed.add(base)
            else:
                last[base] = release
    found = {}
    for table in ("series", "aggregates"):
        found[table] = getattr(tables, table).copy()
        found[table].loc[[now[base][1] for base in last if base[0] == table], "persons"] = TOO_FEW
    told += [(*base, HIDDEN, 0, release.number, release.as_of) for base, release in sorted(last.items(), key=lambda pair: pair[0])]
    return replace(tables, **found)


def _without(tables, kept: Mapping[Base, tuple[frozenset[str], str]], use: Use):
    """The tables with only those answers of these bases."""
    if not kept:
        return tables

    def out(base: Base, unit: str, day: str) -> bool:
        units, until = kept.get(base, (None, ""))
        return units is not None and (unit not in units or bool(until) and day > until)

    people, ratings = tables.respondents, of_bases.rated(tables.ratings, use)
    places = zip(people["survey"], people["wave"], people["school_id"], people["row"], strict=True)
    gone = {row for *place, row in places if out(("responses", *place), row, "")}
    rows = zip(*(ratings[name] for name in [*BASE, "unit", "date"]), strict=True)
    dropped = ratings.index[np.fromiter((out(tuple(base), unit, day) for *base, unit, day in rows), dtype=bool, count=len(ratings))]
    return replace(
        tables,
        responses=tables.responses[~tables.responses["row"].isin(gone)].reset_index(drop=True),
        respondents=people[~people["row"].isin(gone)].reset_index(drop=True),
        ratings=tables.ratings.drop(index=dropped).reset_index(drop=True),
    )


def _table(told: Iterable[tuple]) -> pd.DataFrame:
    return pd.DataFrame(told, columns=list(HELD_COLUMNS)).astype(HELD_COLUMNS)
