"""Tables of what others report, in words: the latest results beside the middle of the schools, and all waves side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate import reported_readings as readings
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import number, phrase

if TYPE_CHECKING:
    import pandas as pd


def latest(own: Protected, district: Protected, measures: list[Mapping], language: str) -> pd.DataFrame | None:
    """A row for each measure: its latest wave, the school's result or why there is none, the middle and number of schools, persons.

    None where the school has no row at all; columns that hold nothing are left out.
    """
    dash, rows = phrase("dash", language), []
    for measure in measures:
        found = readings.placed(own, measure)
        if not found:
            continue
        wave, cell = found[-1]
        where = {"item": measure["id"], "wave": wave["id"]}
        schools = district.cell("schools", **where)
        rows.append([
            measure["name"],
            wave["label"],
            _value(own, measure, wave["id"], cell, language),
            _text(measure, district.cell("median", **where), language),
            cells.text(schools, language),
            number(cell.n, language) if cell.n else dash,
        ])  # fmt: skip
    if not rows:
        return None
    columns = ["r_word_result", "r_word_when", "r_word_school", "r_word_middle", "r_word_schools", "r_word_people"]
    frame = cells.frame(columns, rows, language)
    return frame.loc[:, [column for column in frame if (frame[column] != dash).any()]]


def waves(own: Protected, measures: list[Mapping], language: str) -> pd.DataFrame | None:
    """The school's results in all waves, a column for each; None where there is one wave only."""
    known = {wave["id"]: wave["label"] for measure in measures for wave, _ in readings.placed(own, measure)}
    rows = [
        [measure["name"], *(_text(measure, readings.cell(own, measure["id"], wave), language) for wave in known)]
        for measure in measures
        if len(measure["waves"]) > 1 and readings.placed(own, measure)
    ]
    return cells.frame(["r_word_result"], rows, language, list(known.values())) if rows and len(known) > 1 else None


def _value(own: Protected, measure: Mapping, wave: str, cell: Cell, language: str) -> str:
    """Such as "11 of 61 (18 %)" for a share."""
    count = own.cell("reported_count", item=measure["id"], wave=wave)
    text = _text(measure, cell, language)
    if cell.value is None or count is None or count.value is None:
        return text
    return phrase("r_share_cell", language, count=cells.count_of(count, language), value=text)


def _text(measure: Mapping, cell: Cell | None, language: str) -> str:
    if cell is None or cell.value is None:
        return cells.text(cell, language)
    if measure["kind"] == "category":
        if cell.value == int(cell.value):
            return readings.word(measure, cell.value)
        low, high = (readings.word(measure, cell.value + half) for half in (-0.5, 0.5))
        return phrase("range", language, low=low, high=high)
    return cells.percent(cell, language) if measure["kind"] in ("percent", "share") else cells.text(cell, language)
