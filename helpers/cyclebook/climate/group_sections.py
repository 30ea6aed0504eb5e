"""The section on averages by group, of a school's page and of the district's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cyclebook.climate import group_frames, group_readings, page_readings
from cyclebook.climate.roles import EVERYONE
from cyclebook.privacy import door
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cyclebook.store import Bundle


def groups(bundle: Bundle) -> None:
    """The school's averages by group beside its own; nothing where the district asks for none or the page is about an earlier wave."""
    breakdowns, focus = bundle.facts["breakdowns"], bundle.facts["focus"]
    if not breakdowns:
        return
    own = bundle.own.rows(wave=focus)
    table = own.rows(statistic="group_mean")
    shown = table + own.rows(statistic="mean", item="")
    found = [scale for scale in page_readings.shown_scales(bundle) if table.rows(scale=scale["id"]).unique("item")]
    if not page_readings.shown_scales(bundle):
        door.readings(bundle, "groups", [Reading.of("not_enough")], of=shown, kind="missing")
        door.people(bundle, "groups", of=shown)
        return

    def look(scale: str, item: str) -> tuple[Cell | None, int | None]:
        cell = table.cell("group_mean", scale=scale, item=item) if item else own.cell("mean", scale=scale, item="")
        return cell, None if cell is None else cell.n

    door.readings(bundle, "groups", [group_readings.at_school(table, breakdowns, bundle.language)], of=table)
    _tables(bundle, table, breakdowns, found, look, page_readings.wave_label(bundle, focus), shown)
    door.people(bundle, "groups", of=shown)


def of_district(bundle: Bundle) -> None:
    """The district's averages by group; nothing where it asks for none."""
    breakdowns, facts = bundle.facts["breakdowns"], bundle.facts
    if not breakdowns:
        return
    shown = bundle.district.rows(wave=facts["focus"], statistic=("group_mean", "group_count"))
    table = shown.rows(statistic="group_mean")
    found = [scale for scale in facts["scales"] if table.rows(scale=scale["id"]).unique("item")]

    def look(scale: str, item: str) -> tuple[Cell | None, int | None]:
        mean, count = (shown.cell(name, scale=scale, item=item or EVERYONE) for name in ("group_mean", "group_count"))
        return mean, None if count is None or count.value is None else int(count.value)

    door.readings(bundle, "groups", group_readings.in_district(table, breakdowns, found, bundle.language), of=table)
    _tables(bundle, table, breakdowns, found, look, facts["focus_label"], shown)
    door.people(bundle, "groups", of=shown)


def _tables(
    bundle: Bundle, table: Protected, breakdowns: Sequence[Mapping], scales: Sequence[Mapping], look: group_frames.Look, wave: str, shown: Protected
) -> None:
    for breakdown in breakdowns:
        if scales and group_readings.shown_items(table, breakdown["id"]):  # a table of blanks would say no more than the sentence
            frame = group_frames.averages(table, breakdown, scales, look, bundle.language)
            caption = phrase("caption_groups", bundle.language, label=group_readings.label(breakdown, bundle.language), wave=wave)
            door.table(bundle, "groups", frame, caption, of=shown)
