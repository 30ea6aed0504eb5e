"""The section on what was heard in low-threat ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.evidence import followups_readings
from cyclebook.climate.evidence.followups import KINDS, SCALE
from cyclebook.privacy import NOTHING, door
from cyclebook.reading import Reading, number, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle


def followups(bundle: Bundle) -> None:
    """How many were heard in which way, and the themes that enough of them named; nothing where no talk is recorded in the district."""
    if bundle.facts["evidence"].get("followups") is None:
        return
    language, own = bundle.language, bundle.own.rows(scale=SCALE)
    if not len(own):
        door.readings(bundle, "followups", [[Reading.of("f_none"), Reading.of("f_how")]], of=NOTHING, kind="missing")
        door.people(bundle, "followups", of=NOTHING)
        return
    door.readings(bundle, "followups", followups_readings.said(own, language), of=own)
    rows = [
        [followups_readings.name(kind, language), theme, cells.count(cell, language), number(cell.n, language)]
        for kind in KINDS
        for theme, cell in followups_readings.themes_of(own, kind)
    ]
    if rows:
        columns = ["f_word_kind", "f_word_theme", "f_word_named", "f_word_heard"]
        door.table(bundle, "followups", cells.frame(columns, rows, language), phrase("f_caption", language), of=own)
    door.people(bundle, "followups", of=own)
