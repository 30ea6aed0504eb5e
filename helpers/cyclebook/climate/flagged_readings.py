"""The sentences on flagged responses: what can be seen in how the district answered, and what leaving them out would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cyclebook import cells
from cyclebook.privacy import RespondentSet
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, shown


def flagged(table: Protected, surveys: Sequence[Mapping], scales: Sequence[Mapping], wave: str) -> list[Reading]:
    """How many responses were flagged, survey by survey, and for each scale whether the district's average would move without them.

    table: the district's rows `responses`, `flagged`, `mean`, `mean_with`, `mean_without`. A scale with `mean_with` is compared
    over fewer schools than the district's mean has, and the sentence says so. Nothing where no response was flagged.
    """
    said, few = [], False
    for survey in surveys:
        some, everyone = (table.cell(name, scale=survey["id"], wave=wave) for name in ("flagged", "responses"))
        if some is None and everyone is None:
            continue
        if some is None or some.value is None or everyone is None or everyone.value is None:
            few = True  # also where every flagged response is a repeat: of how many persons nobody knows
        else:
            (text,) = table.rows(statistic="responses", scale=survey["id"], wave=wave).unique("set")
            of_some = "school_id" in dict(RespondentSet.parse(text).pairs)
            said.append(Reading.of("flagged_part" if of_some else "flagged", survey=survey["title"], flagged=int(some.value), responses=int(everyone.value)))
    if few:
        said.append(Reading.of("flagged_few"))
    same, same_some, hidden = [], [], []
    for scale in scales:
        own, mean, without = (table.cell(name, scale=scale["id"], wave=wave) for name in ("mean_with", "mean", "mean_without"))
        if without is None or mean is None or mean.value is None:
            continue
        pair = (own or mean, without)
        if any(cell.value is None for cell in pair):
            hidden.append(scale["about"])
            continue
        with_all, fewer = (shown(cell.value, cell.decimals) for cell in pair)
        if with_all == fewer:
            (same if own is None else same_some).append(scale["about"])
        else:
            said.append(Reading.of("flagged_moved" if own is None else "flagged_moved_some", name=scale["about"], mean=cells.fact(pair[0]), without=fewer))
    for names, template in ((same, "flagged_same"), (same_some, "flagged_same_some")):
        if names:
            said.append(Reading.of(template, names=tuple(names)))
    if hidden and not few:
        said.append(Reading.of("flagged_hidden", names=tuple(hidden)))
    return said
