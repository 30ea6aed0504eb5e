"""What may be said of the feedback link: the latest month, where it lies beside the district, and whether the months are more than luck."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from cyclebook import cells
from cyclebook.climate.evidence import readings
from cyclebook.climate.evidence.pulse import SCALE
from cyclebook.measures.runs import attainable, runs
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Reading

NEAR = 5.0  #: percentage points apart that still count as alike


def said(own: Protected, district: Protected, question: str, text: str, periods: Sequence[tuple[str, str]]) -> list[Reading]:
    """One question. periods: months with their names, in order of time. [] where no month is shown."""
    known = [(period, label, part) for period, label in periods if (part := _part(own, question, period)) is not None]
    if not known:
        return []
    period, label, part = known[-1]
    found = [Reading.of("pu_latest", text=text.rstrip(" ."), when=label, count=cells.count_fact(part), persons=part.n)]
    beside = readings.beside(own, district, SCALE, period, question, NEAR)
    found += [beside] if beside else []
    return [*found, over_time([cell for _, _, cell in known])]


def over_time(parts: Sequence[Cell]) -> Reading:
    """Whether the months, as they are shown, hold a run that chance would rarely make (Anhøj's two tests about their median)."""
    shares = [100 * cell.value / cell.n for cell in parts]
    tests = runs(shares, median(shares))
    if not attainable(tests.useful).any:
        return Reading.of("pu_too_few", count=len(parts))
    shifted = tests.long_run or tests.crossings < tests.crossings_min
    if not shifted:
        return Reading.of("pu_steady", count=len(parts))
    half = len(shares) // 2
    before, after = median(shares[:half]), median(shares[-half:])
    return Reading.of("pu_up" if after > before else "pu_down" if after < before else "pu_shift", count=len(parts))


def _part(own: Protected, question: str, period: str) -> Cell | None:
    cell = own.cell("part", scale=SCALE, item=question, wave=period)
    return None if cell is None or cell.value is None else cell
