"""The figures of this step: each draws a protected table and returns the figure, one panel or row for each scale or question."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cyclebook.chart_style import DISTRICT, INK, NEUTRAL, PLAIN, SCHOOL, legend, panels
from cyclebook.privacy.protect import Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WRAP = 46  #: letters of a question on one line


def _value(table: Protected, statistic: str, **where: str) -> float | None:
    cell = table.cell(statistic, **where)
    return None if cell is None else cell.value


def _limits(table: Protected, scale: Mapping, values: Sequence[float]) -> tuple[float, float]:
    """The whole scale where its ends are known; else the district's average and two spreads to either side."""
    if scale["low"] is not None:
        pad = 0.02 * (scale["high"] - scale["low"])
        return scale["low"] - pad, scale["high"] + pad
    district = table.rows(school_id="", scale=scale["id"])
    centres = [value for wave in district.unique("wave") if (value := _value(district, "mean", wave=wave)) is not None]
    spreads = [value for wave in district.unique("wave") if (value := _value(district, "within_sd", wave=wave)) is not None]
    spread = 2 * max(spreads, default=0.0)
    ends = [centre + sign * spread for centre in centres for sign in (-1, 1)]
    low, high = min([*values, *ends]), max([*values, *ends])
    pad = 0.05 * (high - low) or 1.0
    return low - pad, high + pad


def _whole(axis, scale: Mapping) -> None:
    """Ticks at the answers of a short scale (1, 2, 3 …)."""
    low, high = scale["low"], scale["high"]
    if low is not None and float(low).is_integer() and float(high).is_integer() and high - low <= 10:
        axis.set_ticks(range(int(low), int(high) + 1))


def scales(table: Protected, shown: Sequence[Mapping], wave: str, language: str) -> Figure:
    """A panel for each scale: the plain average, the steadied one with its range, and the district's average.

    table: rows of the school and of the district in ``wave``; shown: the scales to draw, each on its whole range.
    """
    figure, axes = panels(len(shown), 0.95, 0.55)
    own = table.rows(school_id=[school for school in table.unique("school_id") if school])
    for panel, scale in zip(axes, shown, strict=True):
        where = {"scale": scale["id"], "wave": wave}
        values = []
        for place, (centre, low, high, look) in enumerate((
            ("mean", "mean_low", "mean_high", {"color": PLAIN, "marker": "o"}),
            ("steadied", "steadied_low", "steadied_high", {"color": SCHOOL, "marker": "s"}),
        )):  # fmt: skip
            found = [_value(own, statistic, **where) for statistic in (centre, low, high)]
            if None not in found[1:]:
                panel.plot(found[1:], [-place, -place], color=look["color"], linewidth=3, solid_capstyle="butt")
            if found[0] is not None:
                panel.plot(found[0], -place, markersize=8, markeredgecolor="white", **look)
            values += [value for value in found if value is not None]
        district = _value(table.rows(school_id=""), "mean", **where)
        if district is not None:
            panel.axvline(district, color=DISTRICT, linewidth=1.6, linestyle=(0, (4, 2)), zorder=0.9)
        panel.set_xlim(*_limits(table, scale, values))
        _whole(panel.xaxis, scale)
        panel.set_ylim(-1.7, 0.7)
        panel.set_yticks([])
        panel.spines["left"].set_visible(False)
        panel.set_title(scale["name"])
    _legend(figure, language)
    return figure


def _legend(figure: Figure, language: str) -> None:
    from matplotlib.lines import Line2D

    legend(
        figure,
        [
            Line2D([], [], color=PLAIN, marker="o", markersize=8, linewidth=0, label=phrase("legend_plain", language)),
            Line2D([], [], color=SCHOOL, marker="s", linewidth=3, label=phrase("legend_steadied", language)),
            Line2D([], [], color=DISTRICT, linestyle=(0, (4, 2)), linewidth=2, label=phrase("word_district", language)),
        ],
        ncols=3,
        fontsize=8.5,
        columnspacing=0.8,
        handlelength=1.6,
        handletextpad=0.5,
    )


def waves(table: Protected, shown: Sequence[Mapping], order: Sequence[Mapping], language: str) -> Figure:
    """A panel for each scale: the school's average with its range in each wave, on the whole scale.

    Waves without a result keep their place and stay empty; points are joined only between neighbours behind which the same staff
    stand (``joined``).
    """
    figure, axes = panels(len(shown), 1.7, 0.1)
    own = table.rows(school_id=[school for school in table.unique("school_id") if school])
    for panel, scale in zip(axes, shown, strict=True):
        points, values = {}, []
        for place, wave in enumerate(order):
            where = {"scale": scale["id"], "wave": wave["id"]}
            found = [_value(own, name, **where) for name in ("mean", "mean_low", "mean_high")]
            if None not in found:
                points[place] = found[0]
                values += found
                panel.plot([place, place], found[1:], color=SCHOOL, linewidth=1.6, marker="_", markersize=7)
        for place in points:
            if place + 1 in points and order[place + 1]["joined"]:
                panel.plot([place, place + 1], [points[place], points[place + 1]], color=NEUTRAL, linewidth=1.2)
        panel.plot(list(points), list(points.values()), "s", color=SCHOOL, markersize=4)
        panel.set_ylim(*_limits(table, scale, values or [0.0, 1.0]))
        _whole(panel.yaxis, scale)
        panel.set_xlim(-0.4, len(order) - 0.6)
        panel.set_xticks(range(len(order)), [textwrap.fill(wave["label"], 10) for wave in order])
        panel.set_title(_title(own, scale, order[-1]["id"], language))
    return figure


def _title(table: Protected, scale: Mapping, wave: str, language: str) -> str:
    """The scale's name, and whether its change is called."""
    called = _value(table, "change_called", scale=scale["id"], wave=wave)
    if not called:
        return scale["name"]
    return phrase("title_rose" if called > 0 else "title_fell", language, name=scale["name"])


def items(table: Protected, texts: Mapping[str, str], wave: str, language: str) -> Figure:
    """A row for each question: the favourable share with its range, and the district's share as a diamond."""
    own = table.rows(school_id=[school for school in table.unique("school_id") if school])
    order = [item for item in texts if _value(own, "favourable", item=item, wave=wave) is not None]
    labels = [textwrap.fill(texts[item], WRAP) for item in order]
    depths = [0.42 + 0.17 * (label.count("\n") + 1) for label in labels]
    figure, (panel,) = panels(1, sum(depths), 0.75)
    y = 0.0
    for item, label, depth in zip(order, labels, depths, strict=True):
        y -= depth
        share, low, high = (
            _value(own, name, item=item, wave=wave) for name in ("favourable", "favourable_low", "favourable_high")
        )
        panel.plot([low, high], [y, y], color=SCHOOL, linewidth=3, solid_capstyle="butt")
        panel.plot(share, y, "s", color=SCHOOL, markersize=7, markeredgecolor="white")
        district = _value(table.rows(school_id=""), "favourable", item=item, wave=wave)
        if district is not None:
            panel.plot(district, y, "D", color=DISTRICT, markersize=6, markeredgecolor="white")
        panel.text(0, y + 0.16, label, fontsize=9, color=INK, va="bottom", linespacing=1.1)
    panel.set_ylim(y - 0.25, 0.05)
    panel.set_xlim(-2, 102)
    panel.set_xticks([0, 25, 50, 75, 100], [phrase("percent", language, value=v) for v in (0, 25, 50, 75, 100)])
    panel.set_xlabel(phrase("axis_favourable", language))
    panel.set_yticks([])
    panel.spines["left"].set_visible(False)
    panel.grid(axis="y", visible=False)
    from matplotlib.lines import Line2D

    legend(
        figure,
        [
            Line2D([], [], color=SCHOOL, marker="s", linewidth=3, label=phrase("legend_school", language)),
            Line2D([], [], color=DISTRICT, marker="D", linewidth=0, label=phrase("word_district", language)),
        ],
        ncols=2,
    )
    return figure
