"""Whose staff a school's past is: what is said of ids is true of people who move as the file says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.parameters import School, Wave
from cyclebook.parameters.lineage import CONTINUED, MERGED, NEW, SAME, SPLIT, Lineage, Past, first_seen

DAY = date(2024, 1, 1)


def day(number: int) -> date:
    return DAY + timedelta(number)


def wave(name: str, first: int, last: int) -> Wave:
    return Wave(name, name, day(first), day(last), None)


def school(name: str, opened: int | None = None, closed: int | None = None, *successors: str) -> School:
    opened, closed = (None if number is None else day(number) for number in (opened, closed))
    return School(name, f"School {name}", "", {}, opened, closed, tuple(successors), ())


def listed(*schools: School) -> dict[str, School]:
    return {each.school_id: each for each in schools}


THEN, NOW = wave("then", 10, 20), wave("now", 100, 110)

KNOWN = {
    "nothing happened": ([school("A")], "A", Past(SAME, ("A",))),
    "not open then": ([school("A", 50)], "A", Past(NEW)),
    "renumbered": ([school("A", None, 40, "B"), school("B", 50)], "B", Past(CONTINUED, ("A",))),
    "renumbered twice": ([school("A", None, 30, "B"), school("B", 31, 60, "C"), school("C", 61)], "C", Past(CONTINUED, ("A",))),
    "merged into one that was there": ([school("A", None, 40, "B"), school("B")], "B", Past(MERGED, ("A", "B"))),
    "merged into a new one": ([school("A", None, 40, "C"), school("B", None, 45, "C"), school("C", 46)], "C", Past(MERGED, ("A", "B"))),
    "a merger of a merger": (
        [school("A", None, 30, "B"), school("B", None, 60, "C"), school("C")], "C", Past(MERGED, ("A", "B", "C")),
    ),
    "split": ([school("A", None, 40, "B", "C"), school("B", 41), school("C", 41)], "B", Past(SPLIT, (), ("A",))),
    "a part that joins another": ([school("A", None, 40, "B", "C"), school("B"), school("C", 41)], "B", Past(SPLIT, (), ("A",))),
    "the heir parts": (
        [school("A", None, 30, "B"), school("B", 31, 60, "C", "D"), school("C", 61), school("D", 61)], "C", Past(SPLIT, (), ("B",)),
    ),
    "parted and together again": (
        [school("A", None, 30, "B", "C"), school("B", 31, 60, "D"), school("C", 31), school("D", 61)], "C", Past(SPLIT, (), ("A",)),
    ),
    "all parts together again": (
        [school("A", None, 30, "B", "C"), school("B", 31, 60, "C"), school("C", 31)], "C", Past(CONTINUED, ("A",)),
    ),
    "merged before then": ([school("A", None, 5, "B"), school("B")], "B", Past(SAME, ("B",))),
    "parted before then": ([school("A", None, 5, "B", "C"), school("B", 6), school("C", 6)], "B", Past(SAME, ("B",))),
    "closed while the survey ran": ([school("A", None, 15, "B"), school("B", 16)], "B", Past(MERGED, ("A", "B"))),
    "not yet closed now": ([school("A", None, 100, "B"), school("B")], "B", Past(SAME, ("B",))),
    "closed for good": ([school("A", None, 40), school("B")], "B", Past(SAME, ("B",))),
}  # fmt: skip


@pytest.mark.parametrize("case", KNOWN)
def test_a_past_is_whole_or_said_to_be_broken(case):
    schools, asked, expected = KNOWN[case]
    assert Lineage(listed(*schools)).past(asked, THEN, NOW) == expected


@st.composite
def districts(draw) -> dict[str, School]:
    """Up to six schools; each may close on a day of its own and hand over to any of those after it, which close later."""
    names = "ABCDEF"[: draw(st.integers(2, 6))]
    days = sorted(draw(st.lists(st.integers(1, 130), min_size=len(names), max_size=len(names), unique=True)))
    schools = []
    for place, name in enumerate(names):
        after = draw(st.lists(st.sampled_from(names[place + 1 :]), max_size=3, unique=True)) if name != names[-1] else []
        closes = bool(after) or draw(st.booleans())
        opened = draw(st.none() | st.integers(0, days[place]))
        schools.append(school(name, opened, days[place] if closes else None, *after))
    return listed(*schools)


def moved(schools: dict[str, School]) -> dict[str, set[tuple[str, int]]]:
    """Where 243 persons of each school open then are now, each of them moved on at every closing: school to persons."""
    at = {(name, number): name for name, each in schools.items() for number in range(243)
          if (each.closed is None or each.closed >= THEN.start) and (each.opened is None or each.opened <= THEN.end)}  # fmt: skip
    hops = dict.fromkeys(at, 0)
    for name, each in sorted(schools.items(), key=lambda pair: pair[1].closed or date.max):
        if not (each.closed and each.closed < NOW.start and each.successors):
            continue
        for person in [person for person, where in at.items() if where == name]:
            at[person] = each.successors[person[1] // 3 ** hops[person] % len(each.successors)]
            hops[person] += 1
    found: dict[str, set] = {}
    for person, where in at.items():
        found.setdefault(where, set()).add(person)
    return found


@given(districts())
def test_a_past_holds_the_same_people_as_the_school(schools):
    here, lineage = moved(schools), Lineage(schools)
    taken = []
    for name in schools:
        found, people = lineage.past(name, THEN, NOW), here.get(name, set())
        whole = {person[0] for person in people}
        complete = all({(origin, number) for number in range(243)} <= people for origin in whole)
        if found.kind == SPLIT:
            assert people and not complete and not found.schools
            assert found.parted and all(len(schools[parted].successors) > 1 for parted in found.parted)
        else:
            assert complete and set(found.schools) == whole
            assert (found.kind == NEW) == (not people) and (found.kind == SAME) == (whole == {name})
            assert (found.kind == CONTINUED) == (len(whole) == 1 and whole != {name}) and not found.parted
            assert (found.kind == MERGED) == (len(whole) > 1)
            taken += found.schools
        for on, names in lineage.closures(name, found, NOW):
            assert all(schools[gone].closed == on < NOW.start and gone != name for gone in names)
    assert len(taken) == len(set(taken))  # nobody stands in two pasts


def test_a_number_that_no_file_knew_before_was_given_when_the_old_one_closed():
    schools = listed(school("A", None, 40, "B"), school("B"), school("C"))
    seen = {"A": day(10), "B": day(100), "C": day(100)}
    assert Lineage(schools).past("B", THEN, NOW).kind == MERGED
    known = first_seen(schools, seen)
    assert Lineage(known).past("B", THEN, NOW) == Past(CONTINUED, ("A",))
    assert known["C"].opened is None  # nobody went before it: its silence says nothing
    assert Lineage(first_seen(schools, seen | {"B": day(10)})).past("B", THEN, NOW).kind == MERGED


def test_closings_are_told_in_order():
    schools = listed(school("A", None, 30, "B"), school("B", None, 60, "D"), school("C", None, 60, "D"), school("D", 61))
    lineage = Lineage(schools)
    assert lineage.closures("D", lineage.past("D", THEN, NOW), NOW) == ((day(30), ("A",)), (day(60), ("B", "C")))


@pytest.mark.parametrize(
    ("schools", "expected"),
    [
        ([school("A", None, 40, "B"), school("B", 41)], {"A": "B"}),
        ([school("A", None, 40, "B"), school("B", 41, 60, "C"), school("C", 61)], {"A": "B", "B": "C"}),
        ([school("A", None, 40, "B"), school("B", 40)], {}),
        ([school("A", None, 40, "B"), school("B")], {}),
        ([school("A", None, 40, "C"), school("B", None, 40, "C"), school("C", 41)], {}),
        ([school("A", None, 40, "B", "C"), school("B", 41), school("C", 41)], {}),
    ],
)
def test_only_a_school_under_a_new_number_goes_on_as_one_series(schools, expected):
    assert Lineage(listed(*schools)).continued() == expected
