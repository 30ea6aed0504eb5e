"""The figure on readiness: the chance of being ready between its limits, and below it what each source says."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cyclebook.chart_style import DISTRICT, INK, NEUTRAL, PLAIN, SCHOOL, legend, panels
from cyclebook.privacy.protect import Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WRAP = 40  #: letters of a source's name on one line


def _value(table: Protected, statistic: str, **where: str) -> float | None:
    cell = table.cell(f"readiness_{statistic}", **where)
    return None if cell is None else cell.value


def readiness(table: Protected, names: Mapping[str, str], rules: Mapping[str, float], language: str) -> Figure:
    """A dot for the chance in tenths, a bar for what non-response could have moved, a line at each limit; a bar for each source's say.

    table: the school's rows ``readiness_*``, with a chance that is shown. names: what each source is about, by id. rules: the settings ``readiness_*``.
    """
    found = [(name, value) for source, name in names.items() if (value := _value(table, "say", item=source)) is not None]
    figure, (above, below) = panels(2, max(1.2, 0.5 * len(found) + 0.5), 0.7)
    chance, low, high = (_value(table, name) for name in ("chance", "chance_low", "chance_high"))
    if low is not None and high is not None:
        above.plot([10 * low, 10 * high], [0, 0], color=PLAIN, linewidth=5, solid_capstyle="butt")
    above.plot(10 * chance, 0, "s", color=SCHOOL, markersize=9, markeredgecolor="white")
    for limit in ("community", "ready"):
        above.axvline(10 * rules[f"readiness_{limit}_at"], color=DISTRICT, linewidth=1.6, linestyle=(0, (4, 2)), zorder=0.9)
    for place, word in ((0.1, "community_short"), (9.9, "ready")):
        above.text(place, 0.75, phrase(f"rd_word_{word}", language), ha="left" if place < 5 else "right", va="center", fontsize=9, color=INK)
    above.set_xlim(-0.3, 10.3)
    above.set_xticks(range(0, 11, 2))
    above.set_ylim(-1, 1.1)
    above.set_xlabel(phrase("rd_axis_chance", language))
    for place, (name, value) in enumerate(found):
        below.barh(-place, value, height=0.35, color=SCHOOL)
        if value == 0:
            below.plot(0, -place, "|", color=SCHOOL, markersize=10, markeredgewidth=2)
        below.text(0.0, 0.26 - place, textwrap.shorten(name, WRAP, placeholder="…"), transform=below.get_yaxis_transform(), fontsize=9, va="bottom", color=INK)
    reach = max([0.5, *(abs(value) for _, value in found)]) * 1.1
    below.axvline(0, color=NEUTRAL, linewidth=1)
    below.set_xlim(-reach, reach)
    below.set_ylim(0.4 - max(len(found), 1), 0.8)
    below.set_xlabel(phrase("rd_axis_say", language))
    for panel in (above, below):
        panel.set_yticks([])
        panel.spines["left"].set_visible(False)
        panel.grid(axis="y", visible=False)
    _legend(figure, language)
    return figure


def _legend(figure: Figure, language: str) -> None:
    from matplotlib.lines import Line2D

    legend(
        figure,
        [
            Line2D([], [], color=SCHOOL, marker="s", markersize=8, linewidth=0, label=phrase("rd_legend_chance", language)),
            Line2D([], [], color=PLAIN, linewidth=5, label=phrase("rd_legend_shift", language)),
            Line2D([], [], color=DISTRICT, linestyle=(0, (4, 2)), linewidth=2, label=phrase("rd_legend_limit", language)),
        ],
        ncols=2,
        fontsize=8.5,
    )
