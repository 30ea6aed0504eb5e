"""What may be said of how far something is in use: who was seen, who uses it, who uses it as it is meant, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence

from cyclebook import cells
from cyclebook.climate.evidence import readings
from cyclebook.climate.evidence.uptake import FIDELITY, SCALE, change
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Reading, shown

NEAR = 5.0  #: percentage points apart that still count as alike


def said(own: Protected, district: Protected, initiative: str, periods: Sequence[tuple[str, str]]) -> list[Reading]:
    """One initiative at the school: reach, where it lies beside the district, fidelity, and change since the round before. [] where nothing is shown."""
    known = [(period, label, part) for period, label in periods if (part := _part(own, SCALE, initiative, period)) is not None]
    if not known:
        return []
    period, label, part = known[-1]
    expected = own.cell("expected", scale=SCALE, item=initiative, wave=period)
    found = [Reading.of("u_reach", name=initiative, when=label, count=cells.count_fact(part), seen=part.n)]
    if expected is not None and expected.value is not None and expected.value > part.n:
        found.append(Reading.of("u_unseen", count=int(expected.value) - part.n, expected=int(expected.value)))
    beside = readings.beside(own, district, SCALE, period, initiative, NEAR)
    found += [beside] if beside else []
    meant = _part(own, FIDELITY, f"{initiative}, in use", period)
    if meant is not None:
        found.append(Reading.of("u_meant", count=cells.count_fact(meant), using=meant.n))
    if len(known) > 1:
        found.append(_moved(known[-2][1], known[-2][2], part))
    return found


def _moved(label: str, before: Cell, now: Cell) -> Reading:
    """Up, down, or not enough to call, since the round before, by an interval that leaves out zero; with counts at an end no call is made."""
    facts = {"when": label, "count": cells.count_fact(before), "seen": before.n}
    if before.bound or now.bound:
        return Reading.of("u_moved_open", **facts)
    low, high = (shown(end, 0) for end in change((int(before.value), before.n), (int(now.value), now.n)))
    if low > 0:
        return Reading.of("u_up", **facts, least=low, most=high)
    if high < 0:
        return Reading.of("u_down", **facts, least=-high, most=-low)
    return Reading.of("u_same", **facts)


def _part(own: Protected, scale: str, item: str, period: str) -> Cell | None:
    cell = own.cell("part", scale=scale, item=item, wave=period)
    return None if cell is None or cell.value is None else cell
