"""The sentences on flagged responses: what can be seen in how the district answered, and what leaving them out would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, shown


def flagged(table: Protected, surveys: Sequence[Mapping], scales: Sequence[Mapping], wave: str) -> list[Reading]:
    """How many responses were flagged, survey by survey, and for each scale whether the district's average would move without them.

    table: the district's rows `responses`, `flagged`, `mean`, `mean_without`. Nothing where no response was flagged.
    """
    said, few = [], False
    for survey in surveys:
        some, everyone = (table.cell(name, scale=survey["id"], wave=wave) for name in ("flagged", "responses"))
        if some is None:
            continue
        if some.value is None or everyone is None or everyone.value is None:
            few = True
        else:
            said.append(Reading.of("flagged", survey=survey["title"], flagged=int(some.value), responses=int(everyone.value)))
    if few:
        said.append(Reading.of("flagged_few"))
    same, hidden = [], []
    for scale in scales:
        cells = [table.cell(name, scale=scale["id"], wave=wave) for name in ("mean", "mean_without")]
        if cells[1] is None or cells[0] is None or cells[0].value is None:
            continue
        if cells[1].value is None:
            hidden.append(scale["about"])
            continue
        mean, without = (shown(cell.value, cell.decimals) for cell in cells)
        if mean == without:
            same.append(scale["about"])
        else:
            said.append(Reading.of("flagged_moved", name=scale["about"], mean=mean, without=without))
    if same:
        said.append(Reading.of("flagged_same", names=tuple(same)))
    if hidden and not few:
        said.append(Reading.of("flagged_hidden", names=tuple(hidden)))
    return said
