"""What may be said of staff who left and of days that staff were absent."""

from __future__ import annotations

from collections.abc import Sequence

from cyclebook import cells
from cyclebook.climate.evidence import readings
from cyclebook.climate.evidence.staffing import ABSENT, LEFT
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading

NEAR = 5.0  #: percentage points apart that still count as alike


def left(own: Protected, district: Protected, years: Sequence[str]) -> list[Reading]:
    """How many left after the latest year that is known, beside the district and beside the year before; [] where nothing is shown."""
    known = [year for year in years if _shown(own, year)]
    if not known:
        return []
    year = known[-1]
    part = own.cell("part", scale=LEFT, wave=year)
    count = int(part.value)
    said = [Reading.of("e_left" if count else "e_left_none", year=year, count=count, staff=part.n, share=int(own.cell("share", scale=LEFT, wave=year).value))]
    beside = readings.beside(own, district, LEFT, year, "", NEAR)
    said += [beside] if beside else []
    if len(known) > 1:
        before = own.cell("part", scale=LEFT, wave=known[-2])
        said.append(Reading.of("e_left_before", year=known[-2], count=int(before.value), staff=before.n))
    return said


def absent(own: Protected, district: Protected, years: Sequence[str]) -> list[Reading]:
    """On how many of 100 days someone was absent in the latest year, and what it was over the district's schools; [] where nothing is shown."""
    known = [year for year in years if (cell := own.cell("rate", scale=ABSENT, wave=year)) is not None and cell.value is not None]
    if not known:
        return []
    here, there = (table.cell("rate", scale=ABSENT, wave=known[-1]) for table in (own, district))
    said = [Reading.of("e_absent", year=known[-1], rate=cells.fact(here))]
    if there is not None and there.value is not None:
        said.append(Reading.of("e_absent_district", district=cells.fact(there)))
    return said


def _shown(own: Protected, year: str) -> bool:
    cell = own.cell("part", scale=LEFT, wave=year)
    return cell is not None and cell.value is not None
