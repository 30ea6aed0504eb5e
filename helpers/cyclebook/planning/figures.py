"""The figure of this step: where each goal starts, where it is to go, and which changes would often be missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cyclebook.chart_style import DISTRICT, NEUTRAL, SCHOOL, legend, panels
from cyclebook.planning.readings import value
from cyclebook.planning.seen_readings import least
from cyclebook.privacy.protect import Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What is drawn: (cycle, its measure, the target or None).
Goal = tuple[Mapping, Mapping, float | None]


def goals(table: Protected, drawn: Sequence[Goal], language: str) -> Figure:
    """A panel for each goal: the median before the start, a band of changes around it that would often be missed, and the target.

    table: as for :func:`cyclebook.planning.seen_readings.least`; a goal without a baseline cannot be drawn.
    """
    figure, axes = panels(len(drawn), 0.95, 0.6)
    several = len({cycle["id"] for cycle, _, _ in drawn}) > 1
    for panel, (cycle, measure, target) in zip(axes, drawn, strict=True):
        before = float(value(table, "baseline_median", cycle["id"], measure["id"]))
        change = least(table, cycle, measure)
        marks = [before]
        if change is not None:
            band = [before - float(change), before + float(change)]
            panel.axvspan(*band, color=NEUTRAL, alpha=0.25, linewidth=0)
            marks += band
        if target is not None:
            panel.plot(target, 0, "D", color=DISTRICT, markersize=8, markeredgecolor="white")
            marks.append(target)
        panel.plot(before, 0, "o", color=SCHOOL, markersize=9, markeredgecolor="white")
        panel.set_xlim(*_limits(measure, marks))
        panel.set_ylim(-1, 1)
        panel.set_yticks([])
        panel.spines["left"].set_visible(False)
        panel.grid(axis="y", visible=False)
        title = phrase("p_axis", language, name=measure["name"], unit=measure["unit"])
        panel.set_title(phrase("p_title", language, title=cycle["title"], measure=title) if several else title)
    _legend(figure, language)
    return figure


def _limits(measure: Mapping, marks: Sequence[float]) -> tuple[float, float]:
    """The whole scale where both its ends are known; else what is drawn with room around it, hardly past an end that is known."""
    low, high = measure["low"], measure["high"]
    if low is not None and high is not None:
        pad = 0.02 * (high - low)
        return low - pad, high + pad
    pad = 0.2 * (max(marks) - min(marks)) or 1.0
    left, right = min(marks) - pad, max(marks) + pad
    return (left if low is None else max(left, low - 0.1 * pad)), (right if high is None else min(right, high + 0.1 * pad))


def _legend(figure: Figure, language: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    legend(
        figure,
        [
            Line2D([], [], color=SCHOOL, marker="o", markersize=8, linewidth=0, label=phrase("p_legend_before", language)),
            Line2D([], [], color=DISTRICT, marker="D", markersize=7, linewidth=0, label=phrase("p_legend_target", language)),
            Patch(color=NEUTRAL, alpha=0.25, linewidth=0, label=phrase("p_legend_band", language)),
        ],
        ncols=2,
        fontsize=8.5,
        columnspacing=0.8,
        handletextpad=0.5,
    )
