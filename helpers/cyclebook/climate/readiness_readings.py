"""The sentences on readiness: one of three answers, how often it is wrong, what could have been shown, each source's say, and what to find out next.

"Cannot tell yet" leads to a visit and never to lower priority; one source alone leads to no word on readiness.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, shown

READY, COMMUNITY, CANNOT_TELL = 1, -1, 0
ANSWERS = {READY: "rd_ready", COMMUNITY: "rd_community", CANNOT_TELL: "rd_cannot"}


def _number(table: Protected, statistic: str, **where: str) -> Decimal | None:
    """The number as shown; None where there is none or it is hidden."""
    cell = table.cell(f"readiness_{statistic}", **where)
    return None if cell is None or cell.value is None else shown(cell.value, cell.decimals)


def verdict(table: Protected) -> int | None:
    """What is told of the school: ``READY``, ``COMMUNITY``, ``CANNOT_TELL``; None where there is no word on readiness. table: its rows."""
    found = _number(table, "verdict")
    return None if found is None else int(found)


def answer(table: Protected, names: Mapping[str, str], needed: int) -> list[Reading]:
    """The answer; or, with too few sources for one, which to add next.

    table: the school's rows. names: what each source is about, by id. needed: the least number of sources.
    """
    count, told = _number(table, "sources"), verdict(table)
    if told is not None and count is not None:
        return [Reading.of(ANSWERS[told], count=int(count)), *([Reading.of("rd_visit")] if told == CANNOT_TELL else [])]
    if not count:
        return [Reading.of("rd_none"), Reading.of("rd_visit")]
    few = Reading.of("rd_one") if count == 1 else Reading.of("rd_some", count=int(count), needed=needed)
    kind, source = _next(table)
    if kind == "add" and source in names:
        return [few, Reading.of("rd_add", source=names[source])]
    return [few, Reading.of("rd_add_any")]


def certainty(table: Protected, rules: Mapping[str, float]) -> list[Reading]:
    """The probability, the limits, and whether the answer would survive what non-response could have moved; nothing without an answer.

    rules: the settings ``readiness_prevalence``, ``readiness_ready_at``, ``readiness_community_at`` by name.
    """
    chance, low, high, told = (_number(table, name) for name in ("chance", "chance_low", "chance_high", "verdict"))
    if chance is None or told is None:
        return []
    said = [
        Reading.of("rd_meaning", share=_percent(rules["readiness_prevalence"])),
        _tenths("rd_chance", chance),
        Reading.of("rd_limits", ready=_percent(rules["readiness_ready_at"]), community=_percent(rules["readiness_community_at"])),
    ]
    if low is None or high is None:
        return said
    if low == high:
        return [*said, Reading.of("rd_shift_same")]
    said.append(Reading.of("rd_shift", low=int(10 * low), high=int(10 * high)))
    ready, community = (Decimal(repr(float(rules[f"readiness_{name}_at"]))) for name in ("ready", "community"))
    if told:
        said.append(Reading.of("rd_shift_stays"))
    elif chance <= community or chance >= ready:
        said.append(Reading.of("rd_shift_open"))
    return said


def wrong(table: Protected, district: Protected) -> list[Reading]:
    """How often what is told is wrong in districts like this one; nothing without an answer. table, district: the rows of each."""
    told, said = verdict(table), []
    if told is None:
        return []
    if told:
        kind = "ready" if told == READY else "community"
        share = _number(district, f"wrong_of_{kind}")
        if share is None:
            said.append(Reading.of("rd_wrong_unknown"))
        else:
            said.append(Reading.of(f"rd_wrong_{kind}", wrong=int(share)) if share else Reading.of(f"rd_wrong_{kind}_none"))
    shares = [_number(district, name) for name in ("decided", "community_of_ready", "ready_of_others")]
    if None not in shares:
        said.append(Reading.of("rd_rates", **dict(zip(("decided", "community", "ready"), map(int, shares), strict=True))))
    return said


def could_show(table: Protected) -> Reading | None:
    """What a school with this one's evidence could have shown; None without an answer."""
    up, down, told = (_number(table, name) for name in ("could_ready", "could_community", "verdict"))
    if up is None or down is None or told is None:
        return None
    if told == CANNOT_TELL and max(up, down) <= Decimal("0.1"):
        return Reading.of("rd_could_neither")
    return Reading.of("rd_could", up=int(10 * up), down=int(10 * down))


def say(table: Protected, source: str) -> str | None:
    """What a source speaks for: ``ready``, ``community`` or ``neither``; None where it is not known or hidden."""
    number = _number(table, "say", item=source)
    return None if number is None else "ready" if number > 0 else "community" if number < 0 else "neither"


def parts(table: Protected, names: Mapping[str, str]) -> list[Reading]:
    """What each source speaks for, those of one side in one sentence."""
    groups: dict[str, list[str]] = {"ready": [], "community": [], "neither": []}
    for source, name in names.items():
        side = say(table, source)
        if side is not None:
            groups[side].append(name)
    return [Reading.of(f"rd_for_{side}", names=tuple(found)) for side, found in groups.items() if found]


def following(table: Protected, names: Mapping[str, str]) -> list[Reading]:
    """The one piece of evidence most likely to change the answer, and how likely; nothing without an answer."""
    if verdict(table) is None:
        return []
    kind, source = _next(table)
    if not kind:
        return [Reading.of("rd_next_never")]
    chance = _number(table, "next")
    if chance is None or source not in names:
        return []
    return [Reading.of(f"rd_next_{kind}", source=names[source]), _tenths("rd_next_chance", chance)]


def said(table: Protected, district: Protected, names: Mapping[str, str], rules: Mapping[str, float]) -> list[list[Reading]]:
    """Everything that is said, each part its own paragraph. rules: the settings ``readiness_*`` by name."""
    could = could_show(table)
    found = [
        answer(table, names, int(rules["readiness_sources"])), certainty(table, rules), wrong(table, district), [could] if could else [],
        parts(table, names), following(table, names),
    ]  # fmt: skip
    return [part for part in found if part]


def _next(table: Protected) -> tuple[str, str]:
    """Kind and source of the next piece of evidence; empty where there is none."""
    items = table.rows(statistic="readiness_next").unique("item")
    kind, _, source = items[0].partition(":") if items else ("", "", "")
    return kind, source


def _tenths(template: str, chance: Decimal) -> Reading:
    """A chance in tenths; none and all of ten are said as what they can be at most and at least."""
    count = int(10 * chance)
    if count in (0, 10):
        return Reading.of(f"{template}_high" if count else f"{template}_low")
    return Reading.of(template, chance=count)


def _percent(share: float) -> int | Decimal:
    number = 100 * Decimal(repr(float(share)))
    return int(number) if number == int(number) else number.normalize()
