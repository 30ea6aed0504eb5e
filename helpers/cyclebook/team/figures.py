"""Figures of this step: each draws a protected table and returns the figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook.chart_style import DISTRICT, NEUTRAL, SCHOOL, legend, panels
from cyclebook.privacy.protect import Protected
from cyclebook.reading import phrase
from cyclebook.team.names import CONTACTS, DRAWN, TIES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Item, phrase, colour, marker and line of each curve.
CURVES = (("", "t_legend_all", NEUTRAL, "o", (0, (1, 1.5))), ("to=principal", "t_to_principal", SCHOOL, "s", "-"), ("to=sel_lead", "t_to_sel_lead", DISTRICT, "D", (0, (4, 2))))


def replies(table: Protected, language: str) -> Figure:
    """The share of contacts that are answered by the days since they were made: all, those to principals and those to SEL leads.

    table: rows ``within_<days>``. Between the days that are marked nothing is drawn but a straight line.
    """
    from matplotlib.lines import Line2D

    figure, (panel,) = panels(1, 2.2, 0.55)
    handles = []
    for item, label, colour, marker, line in CURVES:
        cells = [table.cell(f"within_{days}", scale=CONTACTS, item=item) for days in DRAWN]
        points = [(days, cell.value) for days, cell in zip(DRAWN, cells, strict=True) if cell is not None and cell.value is not None]
        if points:
            panel.plot(*zip(*points, strict=True), marker=marker, color=colour, linestyle=line, linewidth=1.5, markersize=4)
            handles.append(Line2D([], [], color=colour, marker=marker, linestyle=line, linewidth=1.5, markersize=4, label=phrase(label, language)))
    panel.set_ylim(0, 100)
    panel.set_xlim(-0.7, DRAWN[-1] + 0.7)
    panel.set_xticks([0, 7, 14, 21, 30])
    panel.set_xlabel(phrase("t_axis_days", language))
    panel.yaxis.set_major_formatter(lambda value, _: phrase("percent", language, value=round(value)))
    legend(figure, handles, ncols=len(handles), fontsize=8.5)
    return figure


def ties(table: Protected, language: str) -> Figure:
    """How many schools have no close contact in the team, one, or more: three bars. table: rows ``with_none``, ``with_one``, ``with_more``."""
    figure, (panel,) = panels(1, 1.1, 0)
    names = ("with_none", "with_one", "with_more")
    counts = [int(table.cell(name, scale=TIES, item="").value) for name in names]
    panel.barh([-place for place in range(3)], counts, color=SCHOOL, height=0.6)
    for place, count in enumerate(counts):
        panel.text(count + max(counts) * 0.015, -place, str(count), va="center", fontsize=9)
    panel.set_yticks([-place for place in range(3)], [phrase(label, language) for label in ("t_none_word", "t_one_word", "t_more_word")])
    panel.set_xlim(0, 1.08 * max(counts))
    panel.xaxis.set_visible(False)
    panel.grid(visible=False)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    panel.spines["bottom"].set_visible(False)
    panel.set_title(phrase("t_word_contacts_close", language))
    return figure
