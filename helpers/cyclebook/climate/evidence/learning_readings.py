"""What may be said of who was sent to professional learning: sessions are counted, reasons are told as they were given, and nothing is read into absence."""

from __future__ import annotations

from collections.abc import Sequence

from cyclebook import cells
from cyclebook.climate.evidence.learning import KINDS, SCALE
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading


def said(own: Protected, district: Protected, term: str, label: str, reasons: Sequence[str]) -> list[list[Reading]]:
    """Each kind of session in the term, the middle of the schools beside it, and the reasons given for those to which nobody was sent."""
    found, missed = [], 0
    for kind in KINDS:
        held, sent, offered = (_count(own, name, kind, term) for name in ("held", "sent", "offered"))
        if not held:
            continue
        missed += held - sent
        template = f"l_{kind}" + ("_none" if sent == 0 else "_all" if sent == held else "")
        lines = [Reading.of(template, when=label, sent=sent, held=held)]
        if offered > held:
            lines.append(Reading.of("l_unrecorded", count=offered - held))
        middle = district.cell("middle", scale=SCALE, item=kind, wave=term)
        if middle is not None and middle.value is not None:
            lines.append(Reading.of("l_middle", middle=cells.fact(middle)))
        found.append(lines)
    if not found:
        return []
    if missed:
        found.append([Reading.of("l_reasons", reasons=tuple(reasons)) if reasons else Reading.of("l_no_reasons"), Reading.of("l_caution")])
    return found


def _count(own: Protected, statistic: str, kind: str, term: str) -> int:
    cell = own.cell(statistic, scale=SCALE, item=kind, wave=term)
    return 0 if cell is None or cell.value is None else int(cell.value)
