"""Figures that several kinds of evidence share: each draws a protected table and returns the figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cyclebook.chart_style import DISTRICT, SCHOOL, legend, panels
from cyclebook.privacy.protect import Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _value(table: Protected, statistic: str, **where: str) -> float | None:
    cell = table.cell(statistic, **where)
    return None if cell is None else cell.value




def shares_over_time(table: Protected, indicator: str, periods: Sequence[tuple[str, str]], language: str) -> Figure:
    """The school's share in each period with its range, and the district's beside it.

    table: rows ``share``, ``share_low``, ``share_high`` of the school and ``share`` of the district. periods: id and label, in order of time. Points are
    joined where nothing between them is missing.
    """
    figure, (panel,) = panels(1, 1.9, 0.5)
    own = table.rows(school_id=[school for school in table.unique("school_id") if school], scale=indicator)
    district = table.rows(school_id="", scale=indicator)
    top = 0.0
    for colour, marker, of, shift in ((SCHOOL, "s", own, -0.04), (DISTRICT, "D", district, 0.04)):
        line = []
        for place, (period, _) in enumerate(periods):
            share = _value(of, "share", wave=period)
            line.append(float("nan") if share is None else share)
            ends = [_value(of, name, wave=period) for name in ("share_low", "share_high")]
            if share is not None and None not in ends:
                panel.plot([place + shift] * 2, ends, color=colour, linewidth=2, solid_capstyle="butt")
            top = max([top, *(end for end in (share, *ends) if end is not None)])
        dashes = "-" if of is own else (0, (4, 2))
        panel.plot([place + shift for place in range(len(periods))], line, marker=marker, color=colour, linewidth=1.4, linestyle=dashes, markersize=5)
    panel.set_ylim(0, min(100, max(10, 1.15 * top)))
    panel.set_xlim(-0.5, len(periods) - 0.5)
    panel.set_xticks(range(len(periods)), [label for _, label in periods])
    panel.yaxis.set_major_formatter(lambda value, _: phrase("percent", language, value=round(value)))
    panel.grid(axis="x", visible=False)
    _legend(figure, language)
    return figure


def shares_by_item(table: Protected, indicator: str, items: Sequence[tuple[str, str]], periods: Sequence[tuple[str, str]], language: str) -> Figure:
    """A panel for each item: in each period the school's share with its range, and the district's, on the scale from 0 to 100 percent.

    table: rows ``share``, ``share_low``, ``share_high``. items, periods: id and label, in the order in which they stand.
    """
    import textwrap

    figure, axes = panels(len(items), 0.62 + 0.26 * len(periods), 0.45)
    own = table.rows(school_id=[school for school in table.unique("school_id") if school], scale=indicator)
    district = table.rows(school_id="", scale=indicator)
    for panel, (item, label) in zip(axes, items, strict=True):
        seen = [(period, name) for period, name in periods if _value(own, "share", item=item, wave=period) is not None]
        for place, (period, _) in enumerate(seen):
            share, low, high = (_value(own, name, item=item, wave=period) for name in ("share", "share_low", "share_high"))
            panel.plot([low, high], [place, place], color=SCHOOL, linewidth=3, solid_capstyle="butt")
            panel.plot(share, place, "s", color=SCHOOL, markersize=7, markeredgecolor="white")
            there = _value(district, "share", item=item, wave=period)
            if there is not None:
                panel.plot(there, place, "D", color=DISTRICT, markersize=6)
        panel.set_yticks(range(len(seen)), [name for _, name in seen])
        panel.set_ylim(len(seen) - 0.4, -0.6)
        panel.set_xlim(-2, 102)
        panel.xaxis.set_major_formatter(lambda value, _: phrase("percent", language, value=round(value)))
        panel.grid(axis="y", visible=False)
        panel.set_title(textwrap.fill(label, 32))
    _legend(figure, language)
    return figure


def bars(table: Protected, lengths: Sequence[tuple[str, float]], language: str) -> Figure:
    """A bar for each name, in percent from 0 to 100, the first on top. table: where the numbers come from."""
    import textwrap

    figure, (panel,) = panels(1, 0.42 * len(lengths) + 0.35, 0.15)
    places = range(len(lengths))
    panel.barh(places, [100] * len(lengths), color="#EDEDED", height=0.6)
    panel.barh(places, [length for _, length in lengths], color=SCHOOL, height=0.6)
    panel.set_yticks(places, [textwrap.fill(name, 24) for name, _ in lengths])
    panel.invert_yaxis()
    panel.set_xlim(0, 100)
    panel.xaxis.set_major_formatter(lambda value, _: phrase("percent", language, value=round(value)))
    panel.grid(axis="y", visible=False)
    panel.spines["left"].set_visible(False)
    return figure


def _legend(figure: Figure, language: str) -> None:
    from matplotlib.lines import Line2D

    legend(figure, [
        Line2D([], [], color=SCHOOL, marker="s", linewidth=1.6, label=phrase("e_legend_school", language)),
        Line2D([], [], color=DISTRICT, marker="D", linestyle=(0, (4, 2)), linewidth=1.6, label=phrase("word_district", language)),
    ], ncols=2)  # fmt: skip
