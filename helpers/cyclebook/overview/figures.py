"""The figure of this step: every school on one scale, by level and name, never by a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cyclebook.chart_style import DISTRICT, INK, NEUTRAL, SCHOOL, legend, panels
from cyclebook.privacy.protect import NOTHING, Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW = 0.27  #: inches for a school
WRAP = 26  #: letters of a school's name on one line


def schools(table: Protected, order: Sequence[Mapping], scale: Mapping, wave: str, language: str) -> Figure:
    """A row for each school: its steadied average with the likely range; the district's average as a dashed line.

    table: rows ``steadied*`` of the schools and ``mean`` of the district; schools without a result keep their row, empty.
    """
    figure, (panel,) = panels(1, ROW * len(order), 0.85)
    by_school = table.rows(scale=scale["id"], wave=wave).by("school_id")
    for place, school in enumerate(order):
        own = by_school.get(school["id"], NOTHING)
        cells = [own.cell(name) for name in ("steadied_low", "steadied", "steadied_high")]
        if any(cell is None or cell.value is None for cell in cells):
            continue
        low, middle, high = (cell.value for cell in cells)
        panel.plot([low, high], [-place, -place], color=SCHOOL, linewidth=2.6, solid_capstyle="butt")
        panel.plot(middle, -place, "s", color=SCHOOL, markersize=5, markeredgecolor="white")
    pooled = table.cell("mean", school_id="", scale=scale["id"], wave=wave)
    if pooled is not None and pooled.value is not None:
        panel.axvline(pooled.value, color=DISTRICT, linewidth=1.6, linestyle=(0, (4, 2)), zorder=0.9)
    if scale["low"] is not None:
        panel.set_xlim(scale["low"], scale["high"])
    panel.set_yticks(
        [-place for place in range(len(order))],
        [_short(school["short"]) for school in order],
        fontsize=8,
    )
    for before, place in zip(order, range(1, len(order)), strict=False):
        if before["level"] != order[place]["level"]:
            panel.axhline(0.5 - place, color=NEUTRAL, linewidth=0.8)
    panel.set_ylim(0.7 - len(order), 0.7)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    panel.set_title(scale["name"])
    _legend(figure, language)
    return figure


def _short(name: str) -> str:
    return name if len(name) <= WRAP else name[: WRAP - 1].rstrip() + "…"


def _legend(figure: Figure, language: str) -> None:
    from matplotlib.lines import Line2D

    legend(
        figure,
        [
            Line2D([], [], color=SCHOOL, marker="s", linewidth=2.6, label=phrase("legend_steadied", language)),
            Line2D([], [], color=DISTRICT, linestyle=(0, (4, 2)), linewidth=2, label=phrase("word_district", language)),
        ],
        ncols=2,
        fontsize=8.5,
        labelcolor=INK,
    )
