"""What the plan of the whole district is asked about groups of staff: which sets stand fixed, which may be hidden, on which bases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cyclebook.climate.coded import ranges
from cyclebook.climate.roles import ROLE
from cyclebook.privacy import PrivacyError
from cyclebook.privacy.sets import EVERY_SCALE

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

#: For the plan: whether a person who was scored on a scale is counted in groups.
BASE = "base"
#: Roles whose names hold one of these lead a school.
LEADING = ("principal", "administrator")
#: How much more the district's average of a group is worth than one school's, per person: one of them serves all pages.
OF_DISTRICT = 10.0


def leads(role: str, leaders: Iterable[str] = ()) -> bool:
    """Whether people of this role lead a school: one of `leaders` (case and blanks at the ends do not matter), or by its name."""
    folded = role.strip().casefold()
    return folded in {name.strip().casefold() for name in leaders} or any(word in folded for word in LEADING)


def passes(
    bases: Mapping[str, pd.DataFrame], scales: Mapping[str, Scale], scores: pd.DataFrame, breakdowns: Iterable[str], leaders: Sequence[str],
    smallest_group: int, plan: Any,
) -> list[tuple[Mapping[str, pd.DataFrame], Mapping]]:  # fmt: skip
    """(scale → its persons, scale → ``plan.Scale`` where averages are protected as values): what :func:`planned` is asked, one after the other.

    All scales together first. Then, of what is left, those by themselves where not every school has enough persons (together, such a school's
    average counts as hidden, which on the other scales it is not), and those with many leaders at a school.
    """
    span = ranges(scales, scores)
    ranged = [name for name in bases if span.loc[name, "high"] > span.loc[name, "low"]]
    ends = {name: plan.Scale(float(span.loc[name, "low"]), float(span.loc[name, "high"]), int(span.loc[name, "decimals"])) for name in ranged}
    schools = {school for base in bases.values() for school in base["school_id"]}
    few = {scale: few_leaders(base, breakdowns, leaders, smallest_group) for scale, base in bases.items()}
    found = [(bases, ends)]
    found += [({scale: base}, {scale: ends[scale]} if scale in ends else {}) for scale, base in bases.items() if base["school_id"].nunique() < len(schools)]
    return found + [({scale: few[scale]}, {}) for scale, base in bases.items() if len(few[scale]) < len(base)]


def planned(
    bases: Mapping[str, pd.DataFrame], asked: Sequence[tuple[str, str, str, int]], ends: Mapping, staff: Mapping, smallest_group: int, plan: Any,
    shown: Iterable[tuple[str, str, str]] = (),
) -> set[tuple[str, str, str]]:  # fmt: skip
    """The groups that the plan lets through, where the schools' and the district's own averages are published in any case, and those of the
    groups ``shown``, on which it was decided before.

    None where those alone would say too much already: what is added to them could only say more.
    """
    schools = sorted({school for base in bases.values() for school in base["school_id"]})
    fixed = [{}, *({"school_id": (school,)} for school in schools), *(keys_of(*group) for group in shown)]
    candidates = [
        *(plan.Candidate(keys, 0.0, True) for keys in fixed),
        *(plan.Candidate(keys_of(*group), persons * (1.0 if group[1] else OF_DISTRICT), False) for *group, persons in asked),
    ]
    known = {
        len(fixed) + place: float(staff[school][0][value])
        for place, (name, school, value, _) in enumerate(asked) if name == ROLE and school in staff
    }  # fmt: skip
    try:
        decision = plan.decide(bases, candidates, smallest_group, scales=ends, known=known)
    except PrivacyError:
        return set()
    return {(name, school, value) for name, school, value, _ in asked if decision.published(keys_of(name, school, value))}


def keys_of(name: str, school: str, value: str) -> dict[str, tuple[str, ...]]:
    return {name: (value,), BASE: (EVERY_SCALE,)} | ({"school_id": (school,)} if school else {})


def few_leaders(base: pd.DataFrame, breakdowns: Iterable[str], leaders: Sequence[str], smallest_group: int) -> pd.DataFrame:
    """The persons for the plan: of those who lead a school fewer than the smallest group, even where there are more.

    So the plan hides what it must so that a school's leaders never follow by subtraction. It only knows sets as sums of
    such groups; how many persons are in one decides nothing but whether it is small.
    """
    if ROLE not in breakdowns:
        return base
    leading = base[ROLE].isin([role for role in base[ROLE].dropna().unique() if leads(role, leaders)])
    turn = base[leading].groupby(["school_id", ROLE]).cumcount().sort_values(kind="stable")  # so that one of each role stays
    place = base.loc[turn.index].groupby("school_id").cumcount().reindex(base.index, fill_value=-1)
    others = (~leading).groupby(base["school_id"]).transform("sum")
    # the school's own number of persons stays one that may be shown
    few = np.maximum(smallest_group - 1, smallest_group - others)
    return base[place < few].reset_index(drop=True)
