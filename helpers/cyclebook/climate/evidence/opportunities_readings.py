"""What may be said of staff in teams and of staff who join in."""

from __future__ import annotations

from collections.abc import Sequence

from cyclebook import cells
from cyclebook.climate.evidence import readings
from cyclebook.climate.evidence.opportunities import KINDS, SCALE
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading

NEAR = 5.0  #: percentage points apart that still count as alike


def said(own: Protected, district: Protected, periods: Sequence[tuple[str, str]]) -> list[list[Reading]]:
    """Of each kind, the latest count that is shown and where it lies beside the district. periods: id and label, in order of time."""
    found = []
    for kind in KINDS:
        for period, label in reversed(periods):
            part = own.cell("part", scale=SCALE, item=kind, wave=period)
            if part is None or part.value is None:
                continue
            lines = [Reading.of(f"op_{kind}", when=label, count=cells.count_fact(part), staff=part.n)]
            beside = readings.beside(own, district, SCALE, period, kind, NEAR)
            found.append([*lines, *([beside] if beside else [])])
            break
    return found
