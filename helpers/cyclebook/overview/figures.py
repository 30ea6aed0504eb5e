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


def gaps(table: Protected, scales: Sequence[Mapping], names: Mapping[str, str], language: str) -> Figure:
    """A panel for each scale, a row for each group: its gap within schools with the likely range, filled where it is called; no gap as a line.

    table: rows ``group_gap*``; names: what each group (item) is called, in order.
    """
    figure, panels_ = panels(len(scales), ROW * len(names) + 0.55, 0.45)
    for panel, scale in zip(panels_, scales, strict=True):
        by_item = table.rows(scale=scale["id"]).by("item")
        for place, item in enumerate(names):
            cells = [by_item.get(item, NOTHING).cell(f"group_gap{end}") for end in ("_low", "", "_high", "_called")]
            if any(cell is None or cell.value is None for cell in cells):
                continue
            low, middle, high, called = (cell.value for cell in cells)
            panel.plot([low, high], [-place, -place], color=SCHOOL, linewidth=2.6, solid_capstyle="butt")
            panel.plot(middle, -place, "s" if called else "o", color=SCHOOL, markersize=6, markerfacecolor=SCHOOL if called else "white")
        panel.axvline(0, color=DISTRICT, linewidth=1.6, linestyle=(0, (4, 2)), zorder=0.9)
        panel.set_yticks([-place for place in range(len(names))], [_short(name) for name in names.values()], fontsize=8)
        panel.set_ylim(0.7 - len(names), 0.7)
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
        panel.set_title(scale["name"])
    widest = max(abs(end) for panel in panels_ for end in panel.get_xlim())
    for panel in panels_:
        panel.set_xlim(-widest, widest)
    _legend_of_gaps(figure, language)
    return figure


def _legend_of_gaps(figure: Figure, language: str) -> None:
    from matplotlib.lines import Line2D

    look = {"color": SCHOOL, "linewidth": 2.6}
    legend(
        figure,
        [
            Line2D([], [], marker="s", label=phrase("o_legend_called", language), **look),
            Line2D([], [], marker="o", markerfacecolor="white", label=phrase("o_legend_uncalled", language), **look),
            Line2D([], [], color=DISTRICT, linestyle=(0, (4, 2)), linewidth=2, label=phrase("o_legend_no_gap", language)),
        ],
        ncols=3,
        fontsize=8.5,
        labelcolor=INK,
    )
