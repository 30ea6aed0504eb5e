"""Averages by group of staff (role, years …): which groups are shown in the whole district, and their averages.

Which groups are shown is decided once, for all schools, scales and the district together, before any page is made (``privacy.plan``): a group
too small is hidden, and with it as many others as it takes that no small one can be worked out by subtraction. A group is shown on
every scale or on none. Leaders of a school are a group of the district only; for the plan they are few at every school, however many they are,
so that their average cannot be worked out there either.

A group's averages are those of the persons who were scored on every scale of their survey at their school (``EVERY_SCALE``), and so is the count
of who answered by role: if a group's number changed from scale to scale, or from those who answered to those who were scored, the difference would tell the
role of the one who skipped a question. The school's own averages stay on all who were scored on the scale; for the plan the two are
sets of the same persons.

How many of a role answered, beside the roster, tells how many did not. So a role is shown at a school only where it stands alone in the
partition of ``climate.nonresponse``, and for the district only where neither those not heard from in all schools, nor those in the schools
that do not show the role, are a few; nor where it is counted in full while a school has few whom no role's count holds. Hiding more than the
plan asks for takes equations away and can give nothing away.

A scale that is scored as the mean of its questions' means has no averages by group: such scores add up over whole schools only.

What a row of a hidden group says is the same whatever the reason, also where no one of it answered: that, too, would tell who did not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cyclebook.climate import nonresponse
from cyclebook.climate.coded import ranges
from cyclebook.climate.group_plan import BASE, leads, passes, planned
from cyclebook.climate.roles import EVERYONE, HIDDEN, NO_ROLE, ROLE, of_group
from cyclebook.privacy import RespondentSet
from cyclebook.privacy.coding import code
from cyclebook.privacy.protect import BOUND, COLUMNS
from cyclebook.privacy.roles import PLACE
from cyclebook.privacy.sets import EVERY_SCALE
from cyclebook.tables import attribute

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

def members(respondents: pd.DataFrame, roster: pd.DataFrame, breakdowns: Iterable[str], wave: str) -> pd.DataFrame:
    """Who answered in one wave: survey, school_id, wave, row, and the group by each breakdown, missing where it is not known.

    The role is the roster's (``nonresponse.roles``); all else is as the source declares it.
    """
    here = respondents[respondents["wave"] == wave]
    found = here[["survey", "school_id", "wave", "row"]].copy()
    for name in breakdowns:
        if name == ROLE:
            role = nonresponse.roles(here, roster).set_index("row")["role"].reindex(here["row"]).to_numpy()
            found[name] = pd.Series(role, found.index).where(role != NO_ROLE)
        else:
            found[name] = attribute(here, name)
    return found


def additive(scores: pd.DataFrame, scales: Mapping[str, Scale]) -> pd.DataFrame:
    """The scores of scales whose average over a group is that group's own score (see ``scales.score``)."""
    return scores[scores["scale"].isin([scale.id for scale in scales.values() if scale.column is not None or scale.mode == "person_mean"])]


@dataclass(frozen=True)
class Groups:
    """Which groups are shown in one wave.

    listed: breakdown → school → the groups that its page names, whether they are shown or not; of the district under "". published:
    (breakdown, school or "", group) of those that are shown. parts: school → the partition of its roster's roles that goes with them. counted: the
    rows of the respondents, of all waves, whom groups and counts by role stand on.
    """

    wave: str
    listed: Mapping[str, Mapping[str, tuple[str, ...]]]
    published: frozenset[tuple[str, str, str]]
    parts: Mapping[str, list[tuple[str, ...]]]
    counted: frozenset[str] = frozenset()


def counted(scores: pd.DataFrame, respondents: pd.DataFrame) -> frozenset[str]:
    """The rows of those who were scored on every scale on which anyone of their school was, in the same survey and wave.

    scores: of :func:`additive` scales. Where nobody was scored on any, no average is shown by group: everyone who answered is counted.
    """
    asked = scores.groupby(PLACE)["scale"].transform("nunique")
    of_all = scores.loc[scores.groupby([*PLACE, "row"])["scale"].transform("nunique") == asked, "row"]
    places = scores[PLACE].drop_duplicates().assign(scored=True)
    others = respondents[[*PLACE, "row"]].merge(places, on=PLACE, how="left")
    return frozenset(of_all) | frozenset(others.loc[others["scored"].isna(), "row"])


def choose(
    scores: pd.DataFrame,
    respondents: pd.DataFrame,
    roster: pd.DataFrame,
    breakdowns: Mapping[str, Sequence[str]],
    leaders: Sequence[str],
    scales: Mapping[str, Scale],
    wave: str,
    smallest_group: int,
    plan: Any,
) -> Groups:
    """Decide which groups are shown in one wave, for the whole district.

    scores: of ``scales.score``, :func:`additive` ones. respondents, roster: tidy tables. breakdowns: attribute → its groups in order (of
    ``role`` the roster says which there are). leaders: roles that are shown for the district only, beside those of ``LEADING``. plan:
    ``cyclebook.privacy.plan``.
    """
    of_all = counted(scores, respondents)
    who = members(respondents, roster, breakdowns, wave)
    cleared = _cleared(scores[scores["wave"] == wave], smallest_group)
    bases = dict(_bases(cleared, who, breakdowns, of_all))
    staff = nonresponse.staffing(nonresponse.roles(respondents[respondents["wave"] == wave], roster), roster, wave, of_all)
    listed = {name: _listed(name, values, staff, scores, leaders, wave) for name, values in breakdowns.items()}
    if not bases:
        return Groups(wave, listed, frozenset(), {}, of_all)
    most = _most(bases, breakdowns)
    survey_of = dict(cleared.drop_duplicates("scale").set_index("scale")["survey"])
    there = {scale: (survey_of[scale], [school for school in sorted(set(base["school_id"])) if school in staff]) for scale, base in bases.items()}
    asked = [
        (name, school, value, persons)
        for name, by_school in listed.items()
        for school, values in by_school.items()
        for value in values
        if (persons := most.get((name, school, value), 0))
        and (name != ROLE or persons < smallest_group or _clear(value, school, staff, there, smallest_group))
    ]
    published = {one[:3] for one in asked}
    for some, ends in passes(bases, scales, scores, breakdowns, leaders, smallest_group, plan):
        published = planned(some, [one for one in asked if one[:3] in published], ends, staff, smallest_group, plan)
    parts: dict[str, list[tuple[str, ...]]] = {}
    if ROLE in breakdowns:
        published, parts = _settle(published, staff, there, most, smallest_group)
    return Groups(wave, listed, frozenset(published), parts, of_all)


def _cleared(scores: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """The scores of schools with enough persons on the scale: whom the district's numbers stand on."""
    return scores[scores.groupby(["scale", "school_id"])["score"].transform("size") >= smallest_group]


def _bases(
    cleared: pd.DataFrame, who: pd.DataFrame, breakdowns: Iterable[str], of_all: frozenset[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """(scale, its scored persons with their groups and whether they are counted in these), for each scale."""
    known = cleared.merge(who[["row", *breakdowns]], on="row", how="left", validate="many_to_one")
    known[BASE] = pd.Series(EVERY_SCALE, known.index, dtype="str").where(known["row"].isin(of_all))
    for scale, base in known.groupby("scale", sort=False):
        yield scale, base[["school_id", "score", *breakdowns, BASE]].reset_index(drop=True)


def _listed(name: str, values: Sequence[str], staff: Mapping, scores: pd.DataFrame, leaders: Sequence[str], wave: str) -> dict[str, tuple[str, ...]]:
    """The groups of each school's page, and of the district's: what the roster or the declaration names, whoever answered."""
    schools = sorted(set(scores.loc[scores["wave"] == wave, "school_id"]))
    if name != ROLE:
        return dict.fromkeys(["", *schools], tuple(values))
    heads: dict[str, int] = {}
    found = {}
    for school in schools:
        roles = {role: count for role, count in staff.get(school, ({}, {}))[0].items() if role != NO_ROLE}
        found[school] = tuple(sorted(role for role in roles if not leads(role, leaders)))
        for role, count in roles.items():
            heads[role] = heads.get(role, 0) + count
    return {"": tuple(sorted(heads)), **found}


def _most(bases: Mapping[str, pd.DataFrame], breakdowns: Iterable[str]) -> dict[tuple[str, str, str], int]:
    """(breakdown, school or "", group) → its persons on the scale that has the most of them."""
    found: dict[tuple[str, str, str], int] = {}
    for base in bases.values():
        for name in breakdowns:
            for (school, value), persons in _persons(base, name).items():
                found[name, school, value] = max(found.get((name, school, value), 0), len(persons))
    return found


def _persons(base: pd.DataFrame, name: str) -> dict[tuple[str, str], pd.Series]:
    """The scores of each group by (school or "", group)."""
    base = base[base[BASE].notna()]
    by_school = dict(tuple(base.groupby(["school_id", name])["score"]))
    return by_school | {("", value): persons for value, persons in base.groupby(name)["score"]}


def _clear(role: str, school: str, staff: Mapping, there: Mapping, smallest_group: int) -> bool:
    """Whether a role's answers and those it did not give are each of none or of enough, by themselves: of a school, or of the district."""
    if school:
        return school in staff and nonresponse.clear([role], staff[school][0], staff[school][1].values(), smallest_group)
    return not any(_few_missing([role], schools, survey, staff, smallest_group) for survey, schools in there.values())


def _few_missing(roles: Iterable[str], schools: Sequence[str], survey: str, staff: Mapping, smallest_group: int) -> bool:
    """Whether a few of these roles in these schools are not counted, even if all answers of no known role were theirs; or nobody is, and so
    it is told of few others at one of these schools, who skipped a question or were not heard from, that they are of other roles."""
    missing = unplaced = 0
    few = False
    for school in schools:
        heads, surveys = staff[school]
        one = surveys.get(survey, nonresponse.Heard({}, 0))
        missing += sum(heads.get(role, 0) - one.answers.get(role, 0) for role in roles)
        unplaced += one.unplaced
        few |= any(heads.get(role) for role in roles) and one.few(sum(heads.values()), smallest_group)
    return few if missing == 0 else missing - unplaced < smallest_group


def _settle(
    published: set[tuple[str, str, str]],
    staff: Mapping[str, tuple],
    there: Mapping[str, tuple[str, list[str]]],
    sizes: Mapping[tuple[str, str, str], int],
    smallest_group: int,
) -> tuple[set[tuple[str, str, str]], dict[str, list[tuple[str, ...]]]]:
    """The groups left, and each school's partition, once no few who did not answer follow from the roster and the roles shown.

    staff: of ``nonresponse.staffing``. there: scale → its survey and its schools with a roster. sizes: persons of each group. Roles are
    taken back, the smallest first, until in each school those shown stand alone in its partition, and the district's are as the module says.
    """
    published = set(published)
    parts: dict[str, list[tuple[str, ...]]] = {}
    while True:
        before = len(published)
        for school, (heads, surveys) in staff.items():
            apart = {value for name, where, value in published if (name, where) == (ROLE, school)}
            parts[school] = nonresponse.partition(heads, list(surveys.values()), smallest_group, apart)
            published -= {(ROLE, school, role) for role in apart if (role,) not in parts[school]}
        if len(published) == before:
            taken = _taken_back(published, staff, there, sizes, smallest_group)
            if taken is None:
                return published, parts
            published.discard(taken)


def _taken_back(published: set, staff: Mapping, there: Mapping, sizes: Mapping, smallest_group: int) -> tuple[str, str, str] | None:
    """A role that must be hidden so that the district's totals tell of no few who did not answer; None when all is well."""
    district = sorted(value for name, where, value in published if (name, where) == (ROLE, ""))
    for survey, schools in there.values():
        for role in district:
            shown = [school for school in schools if (ROLE, school, role) in published]
            rest = [school for school in schools if school not in shown]
            if _few_missing([role], rest, survey, staff, smallest_group):
                return (ROLE, min(shown, key=lambda school: (sizes[ROLE, school, role], school), default=""), role)
        hidden = sorted({role for school in schools for role in staff[school][0]} - set(district))
        if district and _few_missing(hidden, schools, survey, staff, smallest_group):
            return (ROLE, "", min(district, key=lambda role: (sizes[ROLE, "", role], role)))
    return None


def statistics(
    scores: pd.DataFrame,
    respondents: pd.DataFrame,
    roster: pd.DataFrame,
    levels: pd.DataFrame,
    scales: Mapping[str, Scale],
    groups: Groups,
    smallest_group: int,
) -> pd.DataFrame:
    """Averages by group, one number a row, rounded and coded as shown, not yet protected (columns ``COLUMNS`` and ``bound``).

    levels: the rows of ``estimate.statistics``, for which schools there are and what the answer gate hides of them. groups: of :func:`choose`.
    ``group_mean``: the mean over the group's persons, ``item`` the breakdown and the group (``role:Teacher``); of a school where it has a
    mean of its own, and of the district (empty ``school_id``) over the schools with enough persons on the scale, there also of all
    of them together, where any group is shown beside it (``item`` ``all``). ``group_count``: the district's persons. Means are brought
    between the ends that n alone decides, where the scale has a range. A hidden group's row has neither a number nor a count, and exists even
    if no one stands in it.
    """
    columns = [*COLUMNS, BOUND]
    own = levels[(levels["statistic"] == "mean") & (levels["wave"] == groups.wave) & (levels["school_id"] != "")]
    span = ranges(scales, scores)
    rows: list[dict] = []
    for scale, base, whole in of_district(scores, respondents, roster, levels, scales, groups, smallest_group):
        inside = set(base["school_id"])
        low, high, decimals = (float(span.loc[scale, name]) for name in ("low", "high", "decimals"))
        row = _Rows(scale, groups.wave, low, high, int(decimals), smallest_group)
        some = any(not school for _, school, _ in groups.published)
        rows += row.district(EVERYONE, base["score"] if some else None, RespondentSet.of(**whole | {"answered": scale}))
        for name, by_school in groups.listed.items():
            found = _persons(base, name)
            for value in by_school.get("", ()):
                persons = found.get(("", value)) if (name, "", value) in groups.published else None
                rows += row.district(of_group(name, value), persons, RespondentSet.of(**whole, **{name: value}))
            for school, why in own.loc[own["scale"] == scale, ["school_id", "why"]].itertuples(index=False):
                for value in by_school.get(school, ()):
                    shown = (name, school, value) in groups.published and school in inside and not why
                    persons = found.get((school, value)) if shown else None
                    rows.append(row.of(school, of_group(name, value), persons, RespondentSet.of(**whole | {"school_id": school, name: value}), why))
    return pd.DataFrame(rows, columns=columns)


def of_district(
    scores: pd.DataFrame,
    respondents: pd.DataFrame,
    roster: pd.DataFrame,
    levels: pd.DataFrame,
    scales: Mapping[str, Scale],
    groups: Groups,
    smallest_group: int,
) -> Iterator[tuple[str, pd.DataFrame, dict[str, str | list[str]]]]:
    """Of each scale (its id, the persons whom the district's numbers stand on, the keys of those counted in groups, without the group's).

    Arguments as of :func:`statistics`. The persons have columns school_id, score, ``BASE`` and one for each breakdown.
    """
    now = additive(scores[scores["wave"] == groups.wave], scales)
    who = members(respondents, roster, groups.listed, groups.wave)
    bases = dict(_bases(_cleared(now, smallest_group), who, groups.listed, groups.counted))
    own = levels[(levels["statistic"] == "mean") & (levels["wave"] == groups.wave) & (levels["school_id"] != "")]
    for scale, survey in now.drop_duplicates("scale")[["scale", "survey"]].itertuples(index=False):
        if scale in bases:
            all_schools, inside = set(own.loc[own["scale"] == scale, "school_id"]), sorted(set(bases[scale]["school_id"]))
            union = {} if len(inside) == len(all_schools) else {"school_id": inside}
            yield scale, bases[scale], {"source": survey, "wave": groups.wave, "answered": EVERY_SCALE} | union


@dataclass(frozen=True)
class _Rows:
    """The rows of one scale."""

    scale: str
    wave: str
    low: float
    high: float
    decimals: int
    smallest_group: int

    def of(self, school: str, item: str, persons: pd.Series | None, own: RespondentSet, why: str = "") -> dict:
        """The row of one group; persons: their scores, None where it is hidden (then the row is the same whoever they are)."""
        row = {"school_id": school, "wave": self.wave, "scale": self.scale, "item": item, "statistic": "group_mean", "decimals": self.decimals,
               "set": str(own), "other_set": "", "other_n": 0}  # fmt: skip
        if persons is None:
            return row | {"value": np.nan, "n": self.smallest_group, "answered": self.smallest_group, "why": why or HIDDEN, BOUND: ""}
        n = len(persons)
        if not self.high > self.low:  # all scores of the district are alike: an average would say so
            return row | {"value": np.nan, "n": n, "answered": n, "why": why or HIDDEN, BOUND: ""}
        coded, beside = code(float(persons.mean()), n, self.smallest_group, self.low, self.high, self.decimals)
        value, bound = float(coded), str(beside)
        # a tie such as 3.75, computed as 3.7499999999999996, must not fall to the other side
        value = float(np.round(np.round(value, 9), self.decimals)) + 0.0
        return row | {"value": value, "n": n, "answered": n, "why": why, BOUND: bound}

    def district(self, item: str, persons: pd.Series | None, own: RespondentSet) -> list[dict]:
        mean = self.of("", item, persons, own)
        value = np.nan if persons is None else float(len(persons))
        return [mean, mean | {"statistic": "group_count", "value": value, "decimals": 0, BOUND: ""}]
