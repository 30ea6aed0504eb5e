"""The sentences on how well a survey measures: of the district's scales, and of how staff of one school spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, shown

#: Alpha from which the questions of a scale are said to hang together well enough for groups (Nunnally 1978), and r*_wg(j) from which
#: answers are said to be close together (LeBreton & Senter 2008); under LITTLE they are said to be far apart.
ENOUGH, LITTLE = Decimal("0.70"), Decimal("0.50")
#: Nearer than so many within-school standard deviations to an end of the scale, staff are close together because answers end there.
ROOM = Decimal("1.5")
#: Why an omega is not shown that the questions would be enough for (``measurement``).
UNFIT = ("heywood", "no fit")


def _numbers(table: Protected, names: Sequence[str], **where: str) -> list[Decimal] | None:
    cells = [table.cell(name, **where) for name in names]
    if any(cell is None or cell.value is None for cell in cells):
        return None
    return [shown(cell.value, cell.decimals) for cell in cells]


def compared(table: Protected, scales: Sequence[Mapping], wave: str) -> list[Mapping]:
    """The scales of which enough schools can be compared; only of these this module speaks. table: the district's rows."""
    return [scale for scale in scales if _numbers(table, ["schools"], scale=scale["id"], wave=wave) is not None]


def together(table: Protected, scales: Sequence[Mapping], wave: str) -> list[Reading]:
    """Whether the questions of each scale hang together, by the range of alpha as shown; where omega's model does not fit; scales without questions.

    table: the district's rows ``schools``, ``alpha*``, ``omega``. Nothing is said of a scale whose alpha is not shown.
    """
    names: dict[str, list[str]] = {}
    for scale in compared(table, scales, wave):
        where = {"scale": scale["id"], "wave": wave}
        found = _numbers(table, ["alpha_low", "alpha_high"], **where)
        if not scale["items"]:
            names.setdefault("m_scored", []).append(scale["about"])
        elif found is not None:
            kind = "m_holds" if found[0] >= ENOUGH else "m_loose" if found[1] < ENOUGH else "m_unsure"
            names.setdefault(kind, []).append(scale["about"])
        omega = table.cell("omega", **where)
        if omega is not None and omega.why in UNFIT:
            names.setdefault("m_no_fit", []).append(scale["about"])
    return [Reading.of(kind, names=tuple(names[kind])) for kind in ("m_holds", "m_loose", "m_unsure", "m_no_fit", "m_scored") if kind in names]


def agree(table: Protected, scales: Sequence[Mapping], wave: str, smallest_group: int) -> list[Reading]:
    """How far staff of one school agree, on average over schools: called only where both ways of counting allow it.

    table: the district's rows ``schools``, ``agreement_schools``, ``rwg_j_*``. James's index is never the smaller one, so answers are called
    close together where Lindell's is ENOUGH, alike in part where it is between LITTLE and that, and far apart where James's is under LITTLE and not open upward.
    """
    names: dict[tuple[str, int], list[str]] = {}
    for scale in compared(table, scales, wave):
        where = {"scale": scale["id"], "wave": wave}
        found = _numbers(table, ["agreement_schools", "rwg_j_james", "rwg_j_lindell"], **where)
        if found is None:
            names.setdefault(("m_no_agreement", 0), []).append(scale["about"])
            continue
        schools, james, lindell = found
        far = james < LITTLE and not table.cell("rwg_j_james", **where).bound
        kind = "m_close" if lindell >= ENOUGH else "m_part" if lindell >= LITTLE else "m_apart" if far else "m_between"
        names.setdefault((kind, int(schools)), []).append(scale["about"])
    order = ("m_close", "m_part", "m_apart", "m_between", "m_no_agreement")
    said = []
    for (kind, schools), about in sorted(names.items(), key=lambda group: order.index(group[0][0])):
        facts = {"m_no_agreement": {"persons": 2 * smallest_group}, "m_between": {}}.get(kind, {"schools": schools})
        said.append(Reading.of(kind, names=tuple(about), **facts))
    return said


def cautions(said: Sequence[Reading]) -> list[Reading]:
    """What must not be read into what was said of questions and of agreement."""
    kinds = {reading.template for reading in said}
    found = []
    if kinds & {"m_holds", "m_loose", "m_unsure"}:
        found.append(Reading.of("m_not_one_thing"))
    if kinds & {"m_close", "m_part", "m_apart", "m_between"}:
        found.append(Reading.of("m_yardstick"))
    return found


def spread(table: Protected, scale: Mapping, wave: str) -> Reading | None:
    """Whether staff of the school differ more, or less, than staff within the district's schools do; None where that cannot be said.

    table: the school's rows ``mean`` and ``spread*``, the district's ``mean`` and ``within_sd``. Said only where the range of the spread, as shown,
    leaves out the district's, and where neither average is near an end of the scale, for there answers have no room to spread.
    """
    where = {"scale": scale["id"], "wave": wave}
    own, district = (table.rows(school_id=[name for name in table.unique("school_id") if bool(name) == of_school]) for of_school in (True, False))
    found, usual = _numbers(own, ["spread_low", "spread_high", "mean"], **where), _numbers(district, ["within_sd", "mean"], **where)
    if found is None or usual is None or scale["low"] is None or own.cell("mean", **where).bound or district.cell("mean", **where).bound:
        return None
    (low, high, mean), (within, middle) = found, usual
    ends = Decimal(repr(scale["low"])), Decimal(repr(scale["high"]))
    if any(abs(average - end) < ROOM * within for average in (mean, middle) for end in ends):
        return None
    if low > within and not own.cell("spread_low", **where).bound:
        return Reading.of("m_spread_more", name=scale["about"])
    return Reading.of("m_spread_less", name=scale["about"]) if high < within else None
