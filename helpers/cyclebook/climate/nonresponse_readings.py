"""The sentences on those not heard from: by role, weighted averages, and how far an average could move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from cyclebook.climate.readings import _facts, _numbers
from cyclebook.climate.roles import NO_ROLE, TOGETHER
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase


def role_name(item: str, language: str) -> str:
    """The roles of a row in words."""
    names = [phrase("role_missing", language) if name == NO_ROLE else name for name in item.split(TOGETHER)]
    return phrase("role_list", language, names=tuple(names))


def _within(table: Protected, survey: str, wave: str) -> bool:
    """Whether there is a head count and no more answers than that; else one of the two is off, and elsewhere the page says so."""
    found = _numbers(table, ["answers", "head_count"], scale=survey, wave=wave)
    return found is not None and 0 < found[0] <= found[1]


def _all_answered(table: Protected, survey: str, wave: str) -> bool:
    answers, heads = _numbers(table, ["answers", "head_count"], scale=survey, wave=wave)
    return answers == heads


def by_role(
    table: Protected, survey: str, wave: str, language: str, roles_on_roster: bool, on_every_scale: bool = False
) -> list[Reading]:
    """From which roles the largest and the smallest share answered, and from which nobody did.

    table: the school's rows ``answers``, ``head_count``, ``role_answers``, ``role_head_count``, ``role_unknown``.
    roles_on_roster: whether the roster gives any role. on_every_scale: whether only those are counted who were scored on every scale; then
    nothing is said of roles from which nobody answered.
    """
    where = {"scale": survey, "wave": wave}
    if table.cell("head_count", **where) is None:
        return [Reading.of("missing_unknown")]
    if not _within(table, survey, wave) or _all_answered(table, survey, wave):
        return []
    own = table.rows(**where)
    shares = []
    for item in own.rows(statistic="role_answers").unique("item"):
        found = _numbers(own, ["role_answers", "role_head_count"], item=item)
        if found is not None:
            shares.append((Fraction(int(found[0]), int(found[1])), role_name(item, language), int(found[0]), int(found[1])))
    if not shares:
        return [Reading.of("roles_hidden" if roles_on_roster else "roles_not_given")]
    unknown = _numbers(own, ["role_unknown"], item="")
    # an answer of no known role may have come from any group
    placed = "_placed" if unknown is not None and unknown[0] > 0 else ""
    said = []
    most, least = max(shares, key=lambda share: share[0]), min(shares, key=lambda share: share[0])
    if most[0] == least[0]:
        said.append(Reading.of("roles_alike" + placed))
    else:
        said.append(Reading.of("roles_most_least" + placed, most=most[1], answered_most=most[2], count_most=most[3],
                               least=least[1], answered_least=least[2], count_least=least[3]))  # fmt: skip
    if on_every_scale:
        said.append(Reading.of("roles_counted"))
    else:
        said += [Reading.of("role_none" + placed, role=name, head_count=count) for _, name, answered, count in shares if answered == 0]
    if placed:
        said.append(Reading.of("roles_unknown"))
    return said


def weighted(table: Protected, survey: str, scales: Sequence[Mapping], wave: str) -> list[Reading]:
    """Whether counting roles as on the roster moves an average by more than is shown, and what it costs; why not where it is not done.

    table: the school's rows ``mean``, ``weighted``, ``answers``, ``head_count``, ``role_*``, ``effective_n``, ``design_effect``.
    scales: those with an average on the page.
    """
    where = {"scale": survey, "wave": wave}
    both = ("weighted", "mean")
    pairs = [(scale["about"], _numbers(table, both, scale=scale["id"], wave=wave) and _facts(table, both, scale=scale["id"], wave=wave)) for scale in scales]
    known = [(name, pair) for name, pair in pairs if pair is not None]
    if not _within(table, survey, wave) or _all_answered(table, survey, wave) or not pairs:
        return []
    if not known:
        if all(table.cell("mean", scale=scale["id"], wave=wave).bound for scale in scales if _numbers(table, ["mean"], scale=scale["id"], wave=wave)):
            return []
        empty = [row for row in table.rows(statistic="role_answers", **where).values() if row == 0]
        return [Reading.of("no_weights_empty" if empty else "no_weights")]
    moved = [(name, pair) for name, pair in known if pair[0] != pair[1]]
    same = tuple(name for name, pair in known if pair[0] == pair[1])
    said = [Reading.of("weighted_moved", name=name, weighted=pair[0], mean=pair[1]) for name, pair in moved]
    if same and len(known) < len(pairs):  # an average at an end of what is shown is not weighted: nothing is said of it
        said.append(Reading.of("weighted_same_some", names=same))
    elif same:
        said.append(Reading.of("weighted_others_same" if moved else "weighted_same"))
    cost = _numbers(table, ["answers", "effective_n", "design_effect"], **where)
    if cost is not None and cost[1] < cost[0]:
        said.append(Reading.of("weights_cost", answered=int(cost[0]), effective=int(cost[1]), effect=cost[2]))
    return said


def could_move(table: Protected, survey: str, scales: Sequence[Mapping], wave: str) -> list[Reading]:
    """How far those not heard from could move an average: by half a spread, and, where nothing is weighted, at the ends of a scale.

    table: the school's rows ``mean``, ``weighted``, ``bound_low``, ``bound_high``, ``half_shift``, ``answers``, ``head_count``.
    scales: those with an average on the page; one that is hidden there is passed over.
    """
    heads = _numbers(table, ["head_count"], scale=survey, wave=wave)
    means = [(scale, table.cell("mean", scale=scale["id"], wave=wave)) for scale in scales]
    means = [(scale, cell) for scale, cell in means if cell is not None and cell.value is not None]
    if heads is None or not means or not _within(table, survey, wave):
        return []
    missing = {scale["id"]: int(heads[0]) - cell.n for scale, cell in means}
    if all(number == 0 for number in missing.values()):
        return [Reading.of("missing_none")]
    said, shifts, shifted, widest = [], [], [], None
    for scale, _ in means:
        where = {"scale": scale["id"], "wave": wave}
        shift, ends = _numbers(table, ["half_shift"], **where), _numbers(table, ["bound_low", "bound_high"], **where)
        shifts += shift or []
        shifted += [scale["about"]] if shift else []
        if ends is None or _numbers(table, ["weighted"], **where) is not None:
            continue
        if widest is None or ends[1] - ends[0] > widest[1][1] - widest[1][0]:
            widest = scale, ends
    if widest is not None:
        scale, (low, high) = widest
        end = table.cell("mean", scale=scale["id"], wave=wave).bound
        facts = {"low": low} if end == "more" else {"high": high} if end == "less" else {"low": low, "high": high}
        said.append(Reading.of(f"bounds_{end}" if end else "bounds", missing=missing[scale["id"]], name=scale["about"], **facts))
    if shifts:
        template = "half_shift" if max(shifts) > 0 else "half_shift_none"
        facts = {"shift": max(shifts)} if max(shifts) > 0 else {}
        # an average of everyone on the roster cannot move; of another without a shift we do not know
        unsure = sum(number > 0 for number in missing.values()) > len(shifted)
        said.append(Reading.of(template + "_some", names=tuple(shifted), **facts) if unsure else Reading.of(template, **facts))
    return said
