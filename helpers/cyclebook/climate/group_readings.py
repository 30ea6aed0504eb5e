"""The sentences on averages by group: how many groups are shown, why some are not, and what a gap does not say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cyclebook.climate.roles import EVERYONE, ROLE, group_of
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase, shown


def label(breakdown: Mapping, language: str) -> str:
    """What a breakdown is called."""
    return breakdown["label"] or phrase("word_role", language)


def items(table: Protected, breakdown: str) -> list[str]:
    """The items of a breakdown's groups, whether they are shown or not, in the order of the table."""
    found = table.rows(statistic="group_mean").unique("item")
    return [item for item in found if item != EVERYONE and group_of(item)[0] == breakdown]


def shown_items(table: Protected, breakdown: str) -> list[str]:
    """Those of them that are shown, on any scale."""
    by_item = table.rows(statistic="group_mean").by("item")
    return [item for item in items(table, breakdown) if any(value is not None for value in by_item[item].values())]


def groups(table: Protected, breakdowns: Sequence[Mapping], language: str) -> list[Reading]:
    """Of each breakdown how many groups are shown; once, why one may be hidden, and where the leaders' are.

    table: rows `group_mean` of one school, or of the district, in one wave. What is said of hidden groups is the same
    whatever the reason.
    """
    said, some_hidden = [], False
    for breakdown in breakdowns:
        found = items(table, breakdown["id"])
        count, name = len(shown_items(table, breakdown["id"])), label(breakdown, language)
        some_hidden |= count < len(found)
        if not found:
            said.append(Reading.of("groups_unknown", label=name))
        elif count == len(found):
            said.append(Reading.of("groups_all", label=name, groups=len(found)))
        elif count == 0:
            said.append(Reading.of("groups_none", label=name))
        else:
            said.append(Reading.of("groups_some", label=name, shown=count, groups=len(found)))
    if some_hidden:
        said.append(Reading.of("groups_why"))
    return said


def at_school(table: Protected, breakdowns: Sequence[Mapping], language: str) -> list[Reading]:
    """The sentences on a school's page; table: its own rows `group_mean`. No two groups of a school are compared."""
    said = groups(table, breakdowns, language)
    if any(len(shown_items(table, breakdown["id"])) > 1 for breakdown in breakdowns):
        said.append(Reading.of("groups_chance"))
    if any(breakdown["id"] == ROLE for breakdown in breakdowns):
        said.append(Reading.of("groups_leaders"))
    return said


def in_district(table: Protected, breakdowns: Sequence[Mapping], scales: Sequence[Mapping], language: str) -> list[list[Reading]]:
    """The sentences on the district's page: for each breakdown and scale between which averages the groups shown lie.

    Nothing is said of a scale where fewer than two groups are shown, or where the least or the most stands for all below or above it.
    """
    said = [groups(table, breakdowns, language)]
    spans = []
    for breakdown in breakdowns:
        for scale in scales:
            found = [table.cell("group_mean", item=item, scale=scale["id"]) for item in items(table, breakdown["id"])]
            cells = [cell for cell in found if cell is not None and cell.value is not None]
            if len(cells) < 2 or any(cell.bound for cell in cells):
                continue
            low, high = (shown(pick(cell.value for cell in cells), cells[0].decimals) for pick in (min, max))
            facts = {"label": label(breakdown, language), "name": scale["about"], "low": low}
            spans.append(Reading.of("groups_alike", **facts) if low == high else Reading.of("groups_span", **facts, high=high))
    if spans:
        said += [spans, [Reading.of("groups_behind")]]
    return said
