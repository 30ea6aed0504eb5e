"""The figures of this step: each draws a protected table and returns the figure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from cyclebook.chart_style import INK, NEUTRAL, SCHOOL, legend, panels
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WRAP, BOLD = 48, 38  #: letters on one line of a question, and of an agreement as the title of its panel
AGAINST, BETWEEN = "#E69F00", "#DDDDDD"  #: Okabe and Ito's orange, and a pale grey; each part also holds its count
LABELS = 4  #: months named under a chart: the first, the last and some between


def _value(table: Protected, statistic: str, **where: str) -> float | None:
    cell = table.cell(statistic, **where)
    return None if cell is None else cell.value


def _months(windows: Sequence[str]) -> dict[str, int]:
    """The place of each calendar month, counted from the first, so that a month without ratings leaves a gap."""
    counted = {window: 12 * int(window[:4]) + int(window[5:]) for window in windows}
    return {window: place - min(counted.values()) for window, place in counted.items()}


def _shown(places: Mapping[str, int]) -> list[str]:
    """The months that are named: spread evenly, the first and the last among them, with room between two."""
    windows = list(places)
    if len(windows) < 2:
        return windows
    apart = places[windows[-1]] / (LABELS - 1)
    kept = [windows[0]]
    for window in windows[1:-1]:
        if places[window] - places[kept[-1]] >= apart and places[windows[-1]] - places[window] >= apart:
            kept.append(window)
    return [*kept, windows[-1]]


def _name(window: str, language: str) -> str:
    """A month on two lines, as under a chart."""
    from babel.dates import format_date

    return format_date(date.fromisoformat(f"{window}-01"), "MMM\ny", locale=language)


def lived(table: Protected, agreed: Sequence[Mapping], language: str) -> Figure:
    """A panel for each agreement: the share of favourable ratings with its range in each month, from 0 to 100 percent.

    table: the school's rows. Points are joined over months in which no one was asked, but not over a result that is not shown.
    """
    titles = [textwrap.fill(agreement["text"].rstrip(" ."), BOLD) for agreement in agreed]
    lines = max(title.count("\n") for title in titles) + 1
    figure, axes = panels(len(agreed), 1.05 + 0.19 * lines, 0.35)
    places = _months(sorted(table.rows(scale=[agreement["id"] for agreement in agreed]).unique("wave")))
    for panel, agreement, title in zip(axes, agreed, titles, strict=True):
        points = []
        for window, place in places.items():
            where = {"scale": agreement["id"], "item": "", "wave": window}
            share, low, high = (_value(table, name, **where) for name in ("favourable", "favourable_low", "favourable_high"))
            points.append((place, share))
            if share is not None:
                panel.plot([place, place], [low, high], color=SCHOOL, linewidth=1.6, marker="_", markersize=6)
        for (place, share), (after, later) in zip(points, points[1:], strict=False):
            if share is not None and later is not None:
                panel.plot([place, after], [share, later], color=NEUTRAL, linewidth=1.2)
        seen = [point for point in points if point[1] is not None]
        panel.plot([place for place, _ in seen], [share for _, share in seen], "s", color=SCHOOL, markersize=4)
        panel.set_ylim(-7, 107)
        panel.set_yticks([0, 50, 100], [phrase("percent", language, value=value) for value in (0, 50, 100)])
        panel.set_xlim(-0.6, max(places.values()) + 0.6)
        ticks = _shown(places)
        panel.set_xticks([places[window] for window in ticks], [_name(window, language) for window in ticks])
        panel.grid(axis="x", visible=False)
        panel.set_title(title, fontsize=9.5)
    from matplotlib.lines import Line2D

    label = phrase("n_legend_ratings", language)
    handle = Line2D([], [], color=SCHOOL, marker="s", markersize=4, linewidth=1.6, label=label)
    legend(figure, [handle], handlelength=1.4)
    return figure


def together(table: Protected, texts: Mapping[str, str], window: str, language: str) -> Figure:
    """A bar for each question, side by side at the middle: unfavourable to the left, favourable to the right, as shares.

    table: the school's rows; a bar holds its two counts, a count at an end of what is shown with the sign for it. Between them is what
    neither count holds. Heiberger and Robbins (2014), Journal of Statistical Software 57(5).
    """
    labels = [textwrap.fill(text, WRAP) for text in texts.values()]
    depths = [0.44 + 0.17 * (label.count("\n") + 1) for label in labels]
    figure, (panel,) = panels(1, sum(depths), 0.45)
    y = 0.0
    for item, label, depth in zip(texts, labels, depths, strict=True):
        y -= depth
        where = {"item": item, "wave": window}
        favourable = table.cell("favourable_count", **where)
        against = table.cell("unfavourable", **where)
        parts = (int(against.value), favourable.answered - int(against.value) - int(favourable.value), int(favourable.value))
        texts_of = (_count(against), "", _count(favourable))
        left = -100 * (parts[0] + parts[1] / 2) / favourable.answered
        panel.plot([0, 0], [y - 0.19, y + 0.19], color=NEUTRAL, linewidth=1)
        for count, label_of, colour, ink in zip(parts, texts_of, (AGAINST, BETWEEN, SCHOOL), (INK, INK, "white"), strict=True):
            width = 100 * count / favourable.answered
            panel.barh(y, width, left=left, height=0.26, color=colour, zorder=2)
            if count:
                panel.text(left + width / 2, y - 0.01, label_of, color=ink, fontsize=9, ha="center", va="center_baseline")
            left += width
        panel.text(-100, y + 0.19, label, fontsize=9, color=INK, va="bottom", linespacing=1.1)
    panel.set_ylim(y - 0.25, -0.1)
    panel.set_xlim(-100, 100)
    panel.set_xticks([])
    panel.set_yticks([])
    for side in ("left", "bottom"):
        panel.spines[side].set_visible(False)
    _legend(figure, language)
    return figure


def _count(cell: Cell) -> str:
    return {"more": "≥", "less": "≤", "": ""}[cell.bound] + str(int(cell.value))


def _legend(figure: Figure, language: str) -> None:
    from matplotlib.patches import Patch

    names = (("unfavourable", AGAINST), ("middle", BETWEEN), ("favourable", SCHOOL))
    handles = [Patch(color=colour, label=phrase(f"n_legend_{name}", language)) for name, colour in names]
    look = {"columnspacing": 1.2, "handlelength": 1.2, "handletextpad": 0.5}
    legend(figure, handles, ncols=3, **look)
