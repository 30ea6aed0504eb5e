"""Who answered by role against the roster, averages weighted to it, and how far those not heard from could move an average.

What is shown of roles is one partition of a school's staff: each row of it holds nobody or at least ``smallest_group`` persons who
answered, and nobody or at least as many who have not been heard from. Whatever is added or subtracted of such rows is made of whole rows,
so no smaller group follows; weights use the very same rows. Roles too small for that are put together. All surveys of a school and wave
have one partition: two would hold head counts of the same staff, whose differences tell of the roles in between.

Not everyone who answered need be counted by role (those who skipped a scale are not, where averages are shown by group; those of no known
role never are), and how many they are follows from the school's own number of answers. Let there be r of them, and m of a part's head count that
are not counted: 0 to min(r, m) of the r can be of this part, and at least r less the m of the other parts. So where r is one to
smallest_group − 1, and each m is none or at least smallest_group, whoever adds and subtracts learns nothing of their roles exactly
where no part has an m of 0; of the same staff the few who were not heard from are protected by the same rule. With larger r the number in each
part is 0 or open up to smallest_group.

Where averages are shown by group (``climate.groups``), the groups and the partition fit into each other: a role with an average stands alone
in the partition, and no other role that anyone answered from does, so that both tell of the same sets. A weighted mean is one more equation
on the sums of the parts. It is then shown only where at most one of these sums does not follow from the averages on the page (the part of the
roles put together, or the persons of no known role): that one follows from the school's own average, and so the weighted mean from
what is shown anyway. Where one of the averages stands at an end ("4.5 or more"), the weighted mean is not shown at all. In waves that no groups were chosen for, nothing is weighted: an earlier page may show their groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from cyclebook.climate import weighting
from cyclebook.climate.coded import ranges
from cyclebook.climate.roles import NO_ROLE, TOGETHER
from cyclebook.privacy import RespondentSet, coding
from cyclebook.privacy.protect import BOUND, COLUMNS
from cyclebook.privacy.roles import PLACE, roles
from cyclebook.privacy.roles import staff as staff_of

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

class Heard(NamedTuple):
    """Who answered one survey at a school: how many are counted by role, how many are counted whose role is not known, and how many of those
    who answered are not counted (``groups.counted``)."""

    answers: Mapping[str, int]
    unplaced: int
    skipped: int = 0

    @property
    def total(self) -> int:
        return sum(self.answers.values()) + self.unplaced + self.skipped

    def few(self, staff: int, smallest_group: int) -> bool:
        """Whether those who answered and stand in no role's count, or those of the staff not heard from, are some and fewer than smallest_group."""
        return any(0 < number < smallest_group for number in (self.unplaced + self.skipped, staff - self.total))


HALF = 0.5  #: by how many within-school standard deviations those not heard from might differ


def statistics(
    levels: pd.DataFrame,
    respondents: pd.DataFrame,
    roster: pd.DataFrame,
    scores: pd.DataFrame,
    scales: Mapping[str, Scale],
    smallest_group: int,
    chosen: Mapping[tuple[str, str], list[tuple[str, ...]]] | None = None,
    counted: Collection[str] | None = None,
) -> pd.DataFrame:
    """Rows of statistics on those not heard from, rounded as shown and not yet protected (columns ``privacy.protect.COLUMNS`` and ``bound``).

    levels: the rows of ``estimate.statistics``. respondents, roster: tidy tables. scores: of ``scales.score``. chosen: where averages are
    shown by group, the partitions that go with them by (school, wave); None: they are not. counted: the rows of the respondents whom counts by
    role stand on (``groups.counted``); None: all. For each survey, wave and school with a head count:

    - ``role_answers``, ``role_head_count``: one row for each part of the partition, where there are at least two; ``scale`` is
      the survey, ``item`` the roles.
    - ``role_unknown``: 1 where some who are counted have a role that the roster does not tell, else 0; ``design_effect``, ``effective_n`` (Kish 1965) of
      the weights of all who answered.
    - for each scale with a mean: ``weighted`` (post-stratified to the partition), where every part of it has at least smallest_group
      scored persons on every scale, between the same ends as the mean (``privacy.coding``), only where the mean is shown exactly, and not where
      averages are shown by group; ``bound_low``, ``bound_high``, the mean of all on the roster had those who are not scored
      answered at the ends of the scale; ``half_shift``, how far it would move if they differed by HALF within-school standard deviations, from the spread
      as shown.

    A number that the answer gate hides on the school's page is hidden here for the same reason.
    """
    means = levels[(levels["statistic"] == "mean") & (levels["school_id"] != "")]
    means = means if BOUND in means else means.assign(**{BOUND: ""})
    own = [dict(RespondentSet.parse(text).pairs).get("school_id") == (school,) for text, school in zip(means["set"], means["school_id"], strict=True)]
    means = means[own]  # not what a school was before others joined it: the roster of then is of other schools
    if means.empty or roster.empty or respondents.empty:
        return pd.DataFrame(columns=[*COLUMNS, BOUND])
    placed = roles(respondents, roster)
    spread = levels[(levels["statistic"] == "within_sd") & (levels["school_id"] == "")].set_index(["wave", "scale"])
    survey_of = scores.drop_duplicates(["wave", "scale"]).set_index(["wave", "scale"])["survey"]
    ends = ranges(scales, scores)
    heads = staff_of(roster).groupby(["school_id", "wave", "role"])["head_count"].sum()
    persons = dict(tuple(scores.merge(placed, on=[*PLACE, "row"], how="left").groupby(["school_id", "wave", "scale"], sort=False)))
    answered = dict(tuple(placed.groupby(PLACE, sort=False)))
    by_place = dict(tuple(means.groupby(["school_id", "wave"], sort=False)))
    rows: list[dict] = []
    for (school_id, wave), count in heads.groupby(level=["school_id", "wave"], sort=False):
        count = {role: int(number) for (_, _, role), number in count.items() if number > 0}
        here, staff = by_place.get((school_id, wave)), sum(count.values())
        if here is None or staff == 0:
            continue
        surveys = []
        for survey, own in here.groupby(here["scale"].map(lambda scale, wave=wave: survey_of.get((wave, scale))), sort=False):
            who = answered.get((survey, school_id, wave))
            if who is not None and len(who) <= staff:  # more answers than staff: one of the two is off
                surveys.append((survey, own, who))
        parts = (chosen or {}).get((school_id, wave))
        if parts is None:
            parts = partition(count, [_heard(who, counted) for _, _, who in surveys], smallest_group)
        for survey, own, who in surveys:
            rows += _role_rows(school_id, wave, survey, parts, count, _counted(who, counted)["role"], smallest_group)
            found = [(mean, persons[school_id, wave, mean.scale]) for mean in own.itertuples()]
            weights = [_weights(scored["role"], parts, count, smallest_group) for _, scored in found]
            # of all scales or of none: one scale without would tell of the few who left out its questions what their role is
            # beside averages by group it would tell of those who were scored on this scale and are in no group
            weights = weights if chosen is None and all(one is not None for one in weights) else [None] * len(found)
            for (mean, scored), one in zip(found, weights, strict=True):
                rows += _scale_rows(mean, scored, one, staff, scales[mean.scale], ends.loc[mean.scale], spread, smallest_group)
    return pd.DataFrame(rows, columns=[*COLUMNS, BOUND])


def _counted(who: pd.DataFrame, counted: Collection[str] | None) -> pd.DataFrame:
    return who if counted is None else who[who["row"].isin(counted)]


def _heard(who: pd.DataFrame, counted: Collection[str] | None) -> Heard:
    """Who answered one survey at a school. who: their rows of :func:`roles`."""
    role = _counted(who, counted)["role"]
    return Heard(Counter(role.dropna()), int(role.isna().sum()), len(who) - len(role))


def staffing(
    placed: pd.DataFrame, roster: pd.DataFrame, wave: str, counted: Collection[str] | None = None
) -> dict[str, tuple[dict[str, int], dict[str, Heard]]]:
    """Of each school with a roster in this wave: head count by role, and for each survey who answered.

    placed: of :func:`roles`. counted: as in :func:`statistics`. Schools with more answers to a survey than staff are left out: one of the two numbers is off.
    """
    staff = staff_of(roster[roster["wave"] == wave])
    heads: dict[str, dict[str, int]] = {}
    for (school, role), count in staff.groupby(["school_id", "role"])["head_count"].sum().items():
        if count > 0:
            heads.setdefault(school, {})[role] = int(count)
    here = placed[placed["wave"] == wave]
    heard: dict[str, dict[str, Heard]] = {}
    for (school, survey), who in here.groupby(["school_id", "survey"], sort=False):
        heard.setdefault(school, {})[survey] = _heard(who, counted)
    found = {school: (count, heard.get(school, {})) for school, count in heads.items()}
    return {
        school: (count, surveys) for school, (count, surveys) in found.items()
        if all(one.total <= sum(count.values()) for one in surveys.values())
    }  # fmt: skip


def clear(
    part: Sequence[str], head_count: Mapping[str, int], surveys: Iterable[Heard], smallest_group: int
) -> bool:
    """Whether these roles together tell of no few, in any survey: neither of few who answered nor of few who did not, nor, where all of
    them are counted, of the few who are not (see the module). head_count: of the whole staff."""
    for one in surveys:
        heard = sum(int(one.answers.get(role, 0)) for role in part)
        missing = sum(int(head_count[role]) for role in part) - heard
        if 0 < heard < smallest_group or missing != 0 and missing - one.unplaced < smallest_group or len(part) > 1 and heard == 0:
            return False
        if missing == 0 and one.few(sum(head_count.values()), smallest_group):
            return False
    return True


def partition(
    head_count: Mapping[str, int],
    surveys: Sequence[Heard],
    smallest_group: int,
    apart: Collection[str] | None = None,
) -> list[tuple[str, ...]]:
    """Roles put together so that no part tells of a few in any survey: tuples of roles, those of the most staff first.

    head_count: persons on the roster by role. surveys: who answered each survey on that roster (roles without an answer may be
    missing). A role stands alone where, in every survey, it has no answer or at least smallest_group, and nobody not counted or
    at least smallest_group even if all answers of no known role were its own; nobody only where those who stand in no count, and those
    not heard from, are none or at least smallest_group as well.
    The others are put together; while that part has too few of either in one of them, the smallest role that stood alone
    joins it. A part of several roles always has answers, so that it never says of a small role that it gave none.
    apart: the only roles with answers that may stand alone; None: any may.
    """
    order = sorted(head_count, key=lambda role: (-head_count[role], role))

    def may(role: str) -> bool:
        return apart is None or role in apart or not any(one.answers.get(role, 0) for one in surveys)

    alone = [role for role in order if may(role) and clear([role], head_count, surveys, smallest_group)]
    rest = [role for role in order if role not in alone]
    while rest and alone and not (len(rest) > 1 and clear(rest, head_count, surveys, smallest_group)):
        rest.append(alone.pop())
    parts = [(role,) for role in alone] + ([tuple(sorted(rest, key=order.index))] if rest else [])
    return sorted(parts, key=lambda part: (-sum(head_count[role] for role in part), part))


def _set(school_id: str, wave: str, **more: object) -> str:
    return str(RespondentSet.of(source="roster", school_id=school_id, wave=wave, **more))


def _row(school_id: str, wave: str, scale: str, statistic: str, value: float, decimals: int, n: int, **more: object) -> dict:
    # a tie such as 3.75, computed as 3.7499999999999996, must not fall to the other side
    value = float(np.round(np.round(value, 9), decimals)) + 0.0
    row = {"school_id": school_id, "wave": wave, "scale": scale, "item": "", "statistic": statistic, "value": value, "decimals": decimals,
           "n": n, "answered": n, "set": "", "other_set": "", "other_n": 0, "why": "", BOUND: ""}  # fmt: skip
    return row | more


def _role_rows(
    school_id: str, wave: str, survey: str, parts: list[tuple[str, ...]], count: Mapping[str, int], role: pd.Series, smallest_group: int
) -> list[dict]:
    """Answers and head count of each part, those of no known role, and what the weights of all who answered would cost."""
    if len(parts) < 2:
        return []
    place, rows = (school_id, wave, survey), []
    for part in parts:
        size = sum(count[one] for one in part)
        own = {"item": TOGETHER.join(part), "set": _set(school_id, wave, role=list(part))}
        rows += [_row(*place, "role_answers", role.isin(part).sum(), 0, size, **own), _row(*place, "role_head_count", size, 0, size, **own)]
    everyone, staff = {"set": _set(school_id, wave)}, sum(count.values())
    rows.append(_row(*place, "role_unknown", int(role.isna().any()), 0, staff, **everyone))
    weights = _weights(role, parts, count, smallest_group)
    if weights is not None:
        effect, effective = weighting.kish(weights)
        rows.append(_row(*place, "design_effect", effect, 2, staff, **everyone))
        rows.append(_row(*place, "effective_n", effective, 0, staff, **everyone))
    return rows


def _weights(role: pd.Series, parts: list[tuple[str, ...]], count: Mapping[str, int], smallest_group: int) -> np.ndarray | None:
    """Weights, 1 on average, that bring these persons to the roster's parts; None where a part has too few of them, or there is one.

    Persons of no known role weigh 1: then nothing that is made from a weighted and a plain mean tells of them.
    """
    if len(parts) < 2:
        return None
    part_of = {one: number for number, part in enumerate(parts) for one in part}
    part = np.array([part_of.get(one, -1) for one in role])
    known = part >= 0
    sizes = np.bincount(part[known], minlength=len(parts))
    if (sizes < smallest_group).any():
        return None
    # what weighting.poststratify gives, without its tables: this runs for every school, wave and scale
    heads = np.array([sum(count[one] for one in group) for group in parts], dtype="float64")
    weights = heads / heads.sum() * known.sum() / sizes
    return np.where(known, weights[part], 1.0)


def _scale_rows(
    mean, scored: pd.DataFrame, weights: np.ndarray | None, staff: int, scale: Scale, ends: pd.Series, spread: pd.DataFrame, smallest_group: int
) -> list[dict]:
    """What those not heard from could do to one scale's mean in one school and wave. mean: its row of ``levels``; ends: its range."""
    place, n = (mean.school_id, mean.wave, mean.scale), len(scored)
    own = {"set": mean.set, "why": mean.why}
    with_roster = own | {"other_set": _set(mean.school_id, mean.wave), "other_n": staff}
    rows = []
    if weights is not None and not mean.bound and ends["high"] > ends["low"]:
        value = weighting.weighted_mean(scored["score"], weights)
        value, bound = coding.code(value, n, smallest_group, ends["low"], ends["high"], mean.decimals)
        rows.append(_row(*place, "weighted", float(value), mean.decimals, n, **with_roster, bound=str(bound)))
    missing = staff - n
    if missing <= 0:
        return rows
    if scale.low is not None and scale.high is not None:
        level = mean.value  # as it is shown: more digits of it would follow from the ends
        for name, end, open_to in (("bound_low", scale.low, "less"), ("bound_high", scale.high, "more")):
            value, bound = (n * level + missing * end) / staff, mean.bound if mean.bound == open_to else ""
            rows.append(_row(*place, name, value, mean.decimals, n, **with_roster, bound=bound))
    if (mean.wave, mean.scale) in spread.index:
        pooled = spread.loc[(mean.wave, mean.scale)]
        against = own | {"other_set": pooled["set"], "other_n": int(pooled["n"])}
        rows.append(_row(*place, "half_shift", HALF * pooled["value"] * missing / staff, mean.decimals, n, **against))
    return rows
