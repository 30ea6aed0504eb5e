"""The section on staff who left and days that staff were absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.evidence import figures, staffing_readings
from cyclebook.climate.evidence.staffing import ABSENT, LEFT
from cyclebook.privacy import door
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle


def staffing(bundle: Bundle) -> None:
    """How many of the staff left, year by year, and on what share of work days staff were absent; nothing where nothing is recorded."""
    known = bundle.facts["evidence"].get("staffing")
    if known is None or not len(bundle.own.rows(scale=(LEFT, ABSENT))):
        return
    language, years = bundle.language, [period["id"] for period in known["periods"]]
    shown = (bundle.own + bundle.district).rows(scale=(LEFT, ABSENT))
    own, district = bundle.own, bundle.district
    left, absent = staffing_readings.left(own, district, years), staffing_readings.absent(own, district, years)
    said = [lines for lines in (left, absent) if lines]
    door.readings(bundle, "staffing", said or [Reading.of("e_few_staff")], of=shown, kind="reading" if said else "missing")
    if left and sum(cell.value is not None for year in years if (cell := own.cell("share", scale=LEFT, wave=year)) is not None) > 1:
        alt = [Reading.of("e_figure_left"), *left]
        drawn = shown.rows(scale=LEFT, statistic=("share", "share_low", "share_high"))
        door.figure(bundle, "staffing", figures.shares_over_time, alt, LEFT, [(year, year) for year in years], language, of=drawn)
    rows = []
    for year in years:
        part, rate = (own.cell(name, scale=scale, wave=year) for name, scale in (("part", LEFT), ("rate", ABSENT)))
        if part is None and rate is None:
            continue
        there = [district.cell(name, scale=scale, wave=year) for name, scale in (("share", LEFT), ("rate", ABSENT))]
        rows.append([
            year,
            cells.count_of(part, language),
            cells.with_range(own, ("share", "share_low", "share_high"), {"scale": LEFT, "wave": year}, language, share=True),
            cells.percent(there[0], language),
            cells.percent(rate, language),
            cells.percent(there[1], language),
        ])  # fmt: skip
    columns = ["e_word_year", "e_word_left", "e_word_left_share", "e_word_left_district", "e_word_absent", "e_word_absent_district"]
    door.table(bundle, "staffing", cells.filled(cells.frame(columns, rows, language), language), phrase("e_caption_staffing", language), of=shown)
    door.people(bundle, "staffing", of=shown)
