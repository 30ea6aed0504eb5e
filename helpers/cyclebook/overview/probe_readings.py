"""The sentences on patterns to look into: which gaps and trends are called, out of how many looks, and what to ask about conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cyclebook import cells
from cyclebook.climate.group_readings import label
from cyclebook.climate.roles import group_of
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase

GAP, TREND = "group_gap", "group_trend"
#: Of fewer looks than this no whole one is expected to stand out by luck.
FEW_LOOKS = 15


def triple(kind: str) -> tuple[str, str, str]:
    """The statistics of an effect and of its range."""
    return kind, f"{kind}_low", f"{kind}_high"


def counted(table: Protected) -> tuple[int, int]:
    """How many looks were taken, and of how many nothing can be told. table: rows of one wave."""
    values = table.rows(statistic=(GAP, TREND)).values()
    return sum(value is not None for value in values), sum(value is None for value in values)


def name_of(item: str, attributes: Sequence[Mapping], language: str) -> str:
    """A group with what it is a group of: “Role: Teacher”."""
    kind, group = group_of(item)
    found = next(attribute for attribute in attributes if attribute["id"] == kind)
    return phrase("o_probe_group", language, label=label(found, language), group=group)


def called(table: Protected, kind: str, scale: str, item: str) -> int:
    """1 or -1 for an effect that is called on that side, and whose range as shown lies there; else 0."""
    side, low, high = (table.cell(name, scale=scale, item=item) for name in (f"{kind}_called", f"{kind}_low", f"{kind}_high"))
    if side is None or side.value is None or low is None or high is None or low.value is None or high.value is None:
        return 0
    return int(side.value) if (side.value > 0 and low.value > 0) or (side.value < 0 and high.value < 0) else 0


def patterns(table: Protected, scales: Sequence[Mapping], attributes: Sequence[Mapping], language: str) -> list[list[Reading]]:
    """What was looked at, and each gap or trend that is called; where none is, that. table: rows of the district in one wave."""
    looks, untold = counted(table)
    if not looks:
        return [[Reading.of("o_probe_nothing")]]
    luck = round(0.05 * looks)
    first = [Reading.of("o_probe_what"), Reading.of("o_probe_looks", looks=looks)]
    first.append(Reading.of("o_probe_luck", count=luck) if looks >= FEW_LOOKS else Reading.of("o_probe_luck_few"))
    named: list[list[Reading]] = []
    for scale in scales:
        said = []
        for item in table.rows(scale=scale["id"]).unique("item"):
            group = name_of(item, attributes, language)
            for kind, template in ((GAP, "o_probe_gap"), (TREND, "o_probe_trend")):
                side = called(table, kind, scale["id"], item)
                if side:
                    ends = [abs(cells.fact(table.cell(name, scale=scale["id"], item=item))) for name in triple(kind)]
                    facts = {"gap": ends[0], "low": min(ends[1:]), "high": max(ends[1:])} if kind == GAP else {}
                    said.append(Reading.of(f"{template}_{'above' if side > 0 else 'below'}", name=scale["about"], group=group, **facts))
        if said and scale["better"] == "lower":
            said.append(Reading.of("higher_is_worse", name=scale["about"]))
        named += [said] if said else []
    last = [Reading.of("o_probe_untold", count=untold)] if untold else []
    if not named:
        return [first, [Reading.of("o_probe_none"), *last]]
    if any(reading.template.startswith("o_probe_gap") for said in named for reading in said):
        named[0].append(Reading.of("o_probe_spread"))
    return [first, *named, *([last] if last else [])]


def ask(table: Protected, scales: Sequence[Mapping], attributes: Sequence[Mapping], language: str) -> list[Reading]:
    """What to ask about conditions where something is called, and what a gap is no reason for."""
    found: dict[str, list[str]] = {GAP: [], TREND: []}
    for kind, groups in found.items():
        for scale in scales:
            for item in table.rows(scale=scale["id"]).unique("item"):
                if called(table, kind, scale["id"], item):
                    groups.append(name_of(item, attributes, language))
    said = [Reading.of(f"o_probe_ask_{kind}", names=tuple(dict.fromkeys(groups))) for kind, groups in (("gap", found[GAP]), ("trend", found[TREND])) if groups]
    return [*said, Reading.of("o_probe_caution")] if said else []
