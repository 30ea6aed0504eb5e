"""The figure of this step: the points of a measure over time, with middle line, limits, start of the cycle and target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cyclebook.chart_style import DISTRICT, INK, NEUTRAL, SCHOOL, legend, panels
from cyclebook.privacy.protect import Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, HEAD = 2.35, 0.75  #: inches of the panel, and of the legend above it
TICKS = 6  #: most months that are named below the figure
BAND = "#DCE9F2"


def chart(table: Protected, measure: Mapping, language: str) -> Figure:
    """One measure of a school over time: points joined between neighbours, gaps where nothing was counted.

    table: the school's rows of the measure. measure: its facts, with those of its chart.
    """
    drawn, name = measure["chart"], measure["id"]
    figure, (panel,) = panels(1, HEIGHT, HEAD)
    points = {day: value for day in measure["days"] if (value := _value(table, "value", scale=name, wave=day)) is not None}
    ends: list[float] = list(points.values())
    for part in drawn["parts"]:
        ends += _part(panel, table, name, measure["every"], part, [day for day in points if part["first"] <= day <= part["last"]])
    _points(panel, points, drawn, measure["every"])
    if drawn["start"] and drawn["baseline"]:
        panel.axvline(date.fromisoformat(drawn["start"]), color=INK, linewidth=1.2, linestyle=(0, (1, 2)))
    if drawn["target"] is not None:
        panel.axhline(drawn["target"], color=DISTRICT, linewidth=1.4, linestyle=(0, (5, 2, 1, 2)))
        ends.append(drawn["target"])
    _axes(panel, ends, measure, list(points), language)
    _legend(figure, drawn, language)
    return figure


def _value(table: Protected, statistic: str, **where: str) -> float | None:
    cell = table.cell(statistic, **where)
    return None if cell is None else cell.value


def _part(panel: Axes, table: Protected, name: str, every: int, part: Mapping, days: Sequence[str]) -> list[float]:
    """Middle line and, around each point, limits of one stretch; the ends of the limits."""
    found = [[_value(table, end, scale=name, item=part["id"], wave=day) for end in ("lower", "upper")] for day in days]
    when = [date.fromisoformat(day) for day in days]
    middle = _value(table, "median", scale=name, item=part["id"])
    if middle is not None and when:
        panel.plot([when[0], when[-1]], [middle, middle], color=INK, linewidth=1.4)
    limits = [(one, *pair) for one, pair in zip(when, found, strict=True) if None not in pair]
    if limits:
        x, lower, upper = zip(*limits, strict=True)
        heights = [high - low for low, high in zip(lower, upper, strict=True)]
        panel.bar(x, heights, timedelta(every), lower, color=BAND, edgecolor=BAND, linewidth=0.4, zorder=0.5)
    return [end for pair in found for end in pair if end is not None]


def _points(panel: Axes, points: Mapping[str, float], drawn: Mapping, every: int) -> None:
    days = [date.fromisoformat(day) for day in points]
    values = list(points.values())
    for place in range(len(days) - 1):
        if days[place + 1] - days[place] <= timedelta(1.5 * every):
            panel.plot(days[place : place + 2], values[place : place + 2], color=NEUTRAL, linewidth=1)
    used, outside = set(drawn["used"]), set(drawn["outside"])
    for wanted, look in (
        ([day for day in points if day not in used], {"marker": "o", "color": "white", "markeredgecolor": NEUTRAL, "markersize": 4}),
        ([day for day in points if day in used - outside], {"marker": "o", "color": SCHOOL, "markersize": 4}),
        ([day for day in points if day in outside], {"marker": "D", "color": DISTRICT, "markersize": 5.5, "markeredgecolor": "white"}),
    ):
        panel.plot([date.fromisoformat(day) for day in wanted], [points[day] for day in wanted], linewidth=0, **look)


def _axes(panel: Axes, ends: Sequence[float], measure: Mapping, days: Sequence[str], language: str) -> None:
    low, high = min(ends), max(ends)
    pad = 0.07 * (high - low) or 1.0
    panel.set_ylim(low - pad, high + pad)
    panel.set_ylabel(measure["unit"])
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    room = max(timedelta(3), (last - first) / 40)
    panel.set_xlim(first - room, last + room)
    months = _months(first, last) or [first]
    panel.set_xticks(months, [_month(month, language) for month in months])
    panel.set_title(measure["name"])


def _months(first: date, last: date) -> list[date]:
    """First days of months between two days, every so many that there are few enough."""
    found = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    found = [day for day in found if first <= day <= last]
    step = -(-len(found) // TICKS) or 1
    return found[::step]


def _month(day: date, language: str) -> str:
    from babel.dates import format_date

    return format_date(day, "MMM\nyyyy", locale=language)


def _legend(figure: Figure, drawn: Mapping, language: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    found = [Line2D([], [], color=SCHOOL, marker="o", markersize=4, linewidth=0, label=phrase("e_legend_point", language))]
    if drawn["outside"]:
        look = {"color": DISTRICT, "marker": "D", "markersize": 5.5, "linewidth": 0}
        found.append(Line2D([], [], **look, label=phrase("e_legend_outside", language)))
    found.append(Line2D([], [], color=INK, linewidth=1.4, label=phrase("e_legend_middle", language)))
    if drawn["limits"]:
        found.append(Patch(color=BAND, label=phrase("e_legend_limits", language)))
    if drawn["start"] and drawn["baseline"]:
        found.append(Line2D([], [], color=INK, linewidth=1.2, linestyle=(0, (1, 2)), label=phrase("e_legend_start", language)))
    if drawn["target"] is not None:
        look = {"color": DISTRICT, "linewidth": 1.4, "linestyle": (0, (5, 2, 1, 2))}
        found.append(Line2D([], [], **look, label=phrase("e_legend_target", language)))
    legend(figure, found, ncols=3, fontsize=8.5, columnspacing=1, handlelength=1.8)
