"""Tables of averages by group as texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.group_readings import items, label
from cyclebook.climate.roles import group_of
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import phrase

if TYPE_CHECKING:
    import pandas as pd

#: (scale, item or "" for everyone) → the average and how many persons stand behind it.
Look = Callable[[str, str], tuple[Cell | None, int | None]]


def averages(table: Protected, breakdown: Mapping, scales: Sequence[Mapping], look: Look, language: str) -> pd.DataFrame:
    """A row for everyone together, one for each group that is shown, and one for all that are not; a column for each scale: the average and, in
    brackets, the number of staff."""
    rows = [[phrase("groups_everyone", language), *(_cell(*look(scale["id"], ""), language) for scale in scales)]]
    hidden: list[str] = []
    for item in items(table, breakdown["id"]):
        found = [look(scale["id"], item) for scale in scales]
        if any(mean is not None and mean.value is not None for mean, _ in found):
            rows.append([group_of(item)[1], *(_cell(*one, language) for one in found)])
        else:
            hidden.append(group_of(item)[1])
    if hidden:
        rows.append([", ".join(hidden), *([phrase("hidden_to_protect", language)] * len(scales))])
    return cells.frame([], rows, language, [label(breakdown, language), *(scale["name"] for scale in scales)])


def _cell(mean: Cell | None, n: int | None, language: str) -> str:
    text = cells.text(mean, language)
    if mean is None or mean.value is None or n is None:
        return text
    return phrase("average_of", language, value=text, n=n)
