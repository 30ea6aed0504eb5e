"""The section on where people sit and gather."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.evidence import gatherings_figures, gatherings_readings
from cyclebook.climate.evidence.gatherings import OTHERS, SCALE
from cyclebook.climate.evidence.gatherings_readings import cell
from cyclebook.privacy import door
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

LAST = 12  #: looks in the figure and in the first table, the latest ones
BY_PLACE = 4  #: looks in the table of places


def gatherings(bundle: Bundle) -> None:
    """How many were seen where, how much people are in one place, and whether that moved; nothing where nothing was counted."""
    known = bundle.facts["evidence"].get("gatherings")
    if known is None:
        return
    own, language = bundle.own.rows(scale=SCALE), bundle.language
    if "looks" not in known:
        door.readings(bundle, "gatherings", [Reading.of("gather_none")], of=own, kind="missing")
        door.people(bundle, "gatherings", of=own)
        return
    latest, change = gatherings_readings.latest(own, known), gatherings_readings.change(own, known)
    door.readings(bundle, "gatherings", [lines for lines in (latest, change) if lines], of=own)
    door.readings(bundle, "gatherings", gatherings_readings.hidden(own, known, int(bundle.setting("smallest_group"))), of=own, kind="missing")
    if latest:
        door.readings(bundle, "gatherings", [Reading.of("gather_caution")], of=own, kind="caution")
    drawn = [look for look in known["looks"] if cell(own, "fullest", look["id"])][-LAST:]
    if len(drawn) > 1:
        alt = [Reading.of("gather_figure", count=len(drawn)), *change]
        door.figure(bundle, "gatherings", gatherings_figures.fullest_place, alt, drawn, language, of=own.rows(statistic="fullest"))
    shown = [look for look in known["looks"] if cell(own, "seen", look["id"])][-LAST:]
    if shown:
        rows = [[_day(look, language), look["time"], cells.text(cell(own, "seen", look["id"]), language),
                 cells.percent(cell(own, "fullest", look["id"]), language), cells.text(cell(own, "spread", look["id"]), language)] for look in shown]  # fmt: skip
        columns = ["gather_word_day", "gather_word_time", "gather_word_seen", "gather_word_fullest", "gather_word_spread"]
        door.table(bundle, "gatherings", cells.frame(columns, rows, language), phrase("gather_caption", language), of=own, folded=True)
        _by_place(bundle, known, shown[-BY_PLACE:])
    door.people(bundle, "gatherings", of=own)


def _by_place(bundle: Bundle, known: dict, looks: list[dict]) -> None:
    own, language = bundle.own.rows(scale=SCALE), bundle.language
    rows = []
    for place in [*known["places"], OTHERS]:
        name = phrase("gather_others", language) if place == OTHERS else place
        counts = [cell(own, "people", look["id"], place) for look in looks]
        if any(count is not None for count in counts):
            rows.append([name, *(cells.text(count, language) for count in counts)])
    columns = [f"{_day(look, language)}, {look['time']}" for look in looks]
    frame = cells.frame(["gather_word_place"], rows, language, columns)
    door.table(bundle, "gatherings", frame, phrase("gather_caption_places", language), of=own, folded=True)


def _day(look: dict, language: str) -> str:
    return phrase("gather_day", language, day=date.fromisoformat(look["date"]))
