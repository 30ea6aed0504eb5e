"""The figure of mixing across groups. A network is never drawn: whoever stands alone in it could be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook.chart_style import NEUTRAL, SCHOOL, legend, panels
from cyclebook.climate.evidence.ties import SCALE
from cyclebook.privacy.protect import Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def across_groups(table: Protected, language: str) -> Figure:
    """The share of ties between groups (``across``) on a line from 0 to 100 percent, and the stretch that chance gives."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    value, low, high = (table.cell(name, scale=SCALE).value for name in ("across", "across_chance_low", "across_chance_high"))
    figure, (panel,) = panels(1, 0.7, 0.5)
    panel.axvspan(low, high, color=NEUTRAL, alpha=0.35, linewidth=0)
    panel.plot([value], [0], marker="s", color=SCHOOL, markersize=8, linestyle="none")
    panel.set_xlim(0, 100)
    panel.set_ylim(-1, 1)
    panel.set_yticks([])
    panel.xaxis.set_major_formatter(lambda place, _: phrase("percent", language, value=round(place)))
    panel.spines["left"].set_visible(False)
    legend(figure, [
        Line2D([], [], color=SCHOOL, marker="s", linestyle="none", label=phrase("net_legend_across", language)),
        Patch(color=NEUTRAL, alpha=0.35, label=phrase("net_legend_chance", language)),
    ], ncols=1)  # fmt: skip
    return figure
