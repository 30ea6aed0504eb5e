"""The figure of where people gather: the share in the fullest place, look by look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cyclebook.chart_style import DISTRICT, INK, NEUTRAL, PLAIN, SCHOOL, legend, panels
from cyclebook.climate.evidence.gatherings import SCALE
from cyclebook.privacy.protect import Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOOK = ((SCHOOL, "s"), (DISTRICT, "D"), (PLAIN, "o"), (NEUTRAL, "^"), (INK, "v"))


def fullest_place(table: Protected, looks: Sequence[dict], language: str) -> Figure:
    """The share of those seen who were in the fullest place: a point for each look, by day, a mark for each time of the day.

    table: rows ``fullest``. looks: id, date and time of each that is drawn, in order of time.
    """
    from matplotlib.lines import Line2D

    figure, (panel,) = panels(1, 1.9, 0.5)
    days = list(dict.fromkeys(look["date"] for look in looks))
    times = list(dict.fromkeys(look["time"] for look in looks))
    for look in looks:
        cell = table.cell("fullest", scale=SCALE, wave=look["id"])
        colour, marker = LOOK[times.index(look["time"]) % len(LOOK)]
        panel.plot(days.index(look["date"]), cell.value, marker=marker, color=colour, markersize=6, linestyle="none")
    panel.set_ylim(0, 100)
    panel.set_xlim(-0.5, len(days) - 0.5)
    panel.set_xticks(range(len(days)), days, rotation=45, ha="right", fontsize=8)
    panel.yaxis.set_major_formatter(lambda value, _: phrase("percent", language, value=round(value)))
    panel.grid(axis="x", visible=False)
    marks = [Line2D([], [], color=colour, marker=marker, linestyle="none", label=time) for time, (colour, marker) in zip(times, LOOK, strict=False)]
    legend(figure, marks, ncols=2)
    return figure
