"""Tables of this step as texts: answers by role, and what those not heard from could change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.nonresponse_readings import role_name
from cyclebook.privacy import Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    import pandas as pd


def roles(own: Protected, survey: str, wave: str, language: str) -> pd.DataFrame:
    """Answers and head count of each group of roles; own: the school's rows."""
    found = own.rows(scale=survey, wave=wave)
    rows = [
        [role_name(item, language), *(cells.text(found.cell(kind, item=item), language) for kind in ("role_answers", "role_head_count"))]
        for item in found.rows(statistic="role_answers").unique("item")
    ]
    return cells.frame(["word_role", "word_answers", "word_head_count"], rows, language)


def could_move(own: Protected, scales: Sequence[Mapping], wave: str, language: str) -> pd.DataFrame:
    """Each scale's average, weighted by role, and where those not heard from could take it; columns without a number are left out."""
    dash, rows = phrase("dash", language), []
    for scale in scales:
        where = {"scale": scale["id"], "wave": wave}
        shift = own.cell("half_shift", **where)
        rows.append([
            scale["name"],
            cells.text(own.cell("mean", **where), language),
            cells.text(own.cell("weighted", **where), language),
            dash if shift is None or shift.value is None else phrase("plus_minus", language, value=cells.text(shift, language)),
            cells.interval(own, ("bound_low", "bound_high"), where, language),
        ])  # fmt: skip
    columns = ["word_scale", "word_average", "word_weighted", "word_half_shift", "word_bounds"]
    frame = cells.frame(columns, rows, language)
    return frame.loc[:, [column for column in frame if (frame[column] != dash).any()]]
