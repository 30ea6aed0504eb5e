"""What may be said of several sources side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cyclebook import cells
from cyclebook.climate.evidence import readings
from cyclebook.climate.evidence.claims import AGREE, ALONE, CLASH, ONE, SILENT, Indicator, Weighed, turned
from cyclebook.parameters.model import CLAIMS
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase

__all__ = ["CLAIMS", "LOOKED", "Looked", "built_on", "of_records", "of_survey", "said"]
#: Percentage points apart that still count as alike.
NEAR = 5.0


@dataclass(frozen=True)
class Looked:
    """A number of the evidence that speaks for a claim: the rows' scale and item ("*": every item, named as it stands), the source, and whether higher
    or lower speaks for it."""

    scale: str
    item: str
    source: str
    claim: str
    better: str


#: The phrase ``c_name_<scale>`` (with ``_<item>``) says what was looked at.
LOOKED = (
    Looked("staffing", "", "staffing", "connected", "lower"),
    Looked("opportunities", "occasion", "opportunities", "connected", "higher"),
    Looked("uptake", "*", "uptake", "effective", "higher"),
    Looked("pulse", "*", "pulse", "heard", "higher"),
    Looked("opportunities", "team", "opportunities", "taking_part", "higher"),
)  # fmt: skip


def of_survey(source: str, own: Protected, scales: Sequence[Mapping], positions: Mapping[str, str], wave: str, label: str, language: str) -> list[Indicator]:
    """The scales of a survey. positions: by scale where the school stands beside the district ("above" …), of those that can be judged."""
    found = []
    for scale in scales:
        cell = own.cell("mean", scale=scale["id"], wave=wave)
        if scale["id"] in positions and cell is not None and cell.value is not None:
            says = turned(positions[scale["id"]], scale["better"])
            found.append(Indicator(scale["claim"], source, scale["about"], cells.text(cell, language), cell.n, label, says))
    return found


def of_records(own: Protected, facts: Mapping[str, Mapping], language: str) -> list[Indicator]:
    """The latest share of each kind of evidence that can be held beside the district's. facts: the bundle's, by kind, with ``periods``."""
    found = []
    for look in LOOKED:
        labels = {str(period["id"]): period["label"] for period in facts.get(look.source, {}).get("periods", ())}
        items = own.rows(scale=look.scale, statistic="share").unique("item") if look.item == "*" else [look.item]
        for item in items:
            named = facts.get(look.source, {}).get("names", {}).get(item, item)
            indicator = _latest(own, look, item, named, labels, language)
            found += [indicator] if indicator else []
    return found


def _latest(own: Protected, look: Looked, item: str, named: str, labels: Mapping[str, str], language: str) -> Indicator | None:
    """The latest share that is shown, where it can be held beside the district's. named: the item in words, where all items are looked at; labels: of the
    periods, in order of time."""
    for period in reversed(labels):
        share = own.cell("share", scale=look.scale, item=item, wave=period)
        if share is None or share.value is None:
            continue
        says = turned(readings.place(own, look.scale, period, item, NEAR), look.better)
        if not says:
            return None
        name = named if look.item == "*" else phrase("_".join(filter(None, ("c_name", look.scale, item))), language)
        return Indicator(look.claim, look.source, name, cells.percent(share, language), share.n, labels[period], says)
    return None


def said(weighed: Sequence[Weighed], language: str) -> list[Reading]:
    """A sentence for each claim, the clashes first: they are what is most worth a talk."""
    order = (CLASH, AGREE, ONE, SILENT, ALONE)
    return [_one(each, language) for kind in order for each in weighed if each.kind == kind]


def _one(each: Weighed, language: str) -> Reading:
    claim = phrase(f"c_claim_{each.claim}", language)
    if each.kind == CLASH:
        return Reading.of("c_clash", claim=claim, up=each.up, down=each.down)
    if each.kind == AGREE:
        return Reading.of("c_agree_up" if each.up else "c_agree_down", claim=claim, names=each.up or each.down, count=len(each.up or each.down))
    if each.kind == ONE:
        return Reading.of("c_one_up" if each.up else "c_one_down", claim=claim, names=each.up or each.down, count=len(each.up or each.down), silent=each.silent)
    if each.kind == SILENT:
        return Reading.of("c_silent", claim=claim, names=each.silent)
    return Reading.of("c_alone", claim=claim, names=(*each.up, *each.down, *each.silent))


def built_on(sources: Sequence[str], missing: Sequence[str], language: str) -> list[Reading]:
    """On how many sources the page is built, and what to add next: one line, however many are missing."""
    names = tuple(phrase(f"c_source_{source}", language) for source in sources)
    found = [Reading.of("c_built_on", count=len(names), names=names)] if names else []
    if missing:
        found.append(Reading.of(f"c_next_{missing[0]}"))
    return found
