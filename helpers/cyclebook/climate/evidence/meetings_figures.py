"""The figure of meetings: how many people did most of the talking, spoke less, or did not speak."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from cyclebook.chart_style import NEUTRAL, PLAIN, SCHOOL, legend, panels
from cyclebook.climate.evidence.meetings import SCALE
from cyclebook.privacy.protect import Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def shares_of_talk(table: Protected, meetings: Sequence[tuple[str, str, str]], language: str) -> Figure:
    """A bar for each meeting: people who did 80 percent of the talking, the others who spoke, and those who did not.

    table: rows ``most`` and, where it is known, ``quiet``. meetings: term, name and label, in order of time. Counts at an end are drawn at it.
    """
    from matplotlib.patches import Patch

    figure, (panel,) = panels(1, 0.36 * len(meetings) + 0.5, 0.5)
    for place, (term, name, _) in enumerate(meetings):
        rows = table.rows(scale=SCALE, wave=term, item=name)
        most, quiet = rows.cell("most"), rows.cell("quiet")
        still = 0.0 if quiet is None or quiet.value is None else quiet.value
        few = min(most.value, most.n - still)
        left = 0.0
        for width, colour, hatch in ((few, SCHOOL, ""), (most.n - still - few, PLAIN, ""), (still, "white", "////")):
            panel.barh(place, width, left=left, height=0.6, color=colour, hatch=hatch, edgecolor=NEUTRAL, linewidth=0.6)
            left += width
    panel.set_yticks(range(len(meetings)), ["\n".join(wrap(label, 26)) for *_, label in meetings], fontsize=8)
    panel.set_ylim(len(meetings) - 0.5, -0.5)
    panel.set_xlabel(phrase("meetings_axis", language))
    panel.xaxis.get_major_locator().set_params(integer=True)
    panel.grid(axis="y", visible=False)
    legend(figure, [
        Patch(facecolor=SCHOOL, edgecolor=NEUTRAL, label=phrase("meetings_legend_most", language)),
        Patch(facecolor=PLAIN, edgecolor=NEUTRAL, label=phrase("meetings_legend_rest", language)),
        Patch(facecolor="white", hatch="////", edgecolor=NEUTRAL, label=phrase("meetings_legend_quiet", language)),
    ], ncols=1)  # fmt: skip
    return figure
