"""The days on which to remind staff of an open survey, as dates of a calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from cyclebook.planning.calendar import Event

if TYPE_CHECKING:
    from cyclebook.parameters import Wave

PRODUCT = "-//cyclebook//fielding//EN"
MIDDLE, SOON, LAST = "middle", "soon", "last"


def days(wave: Wave) -> list[tuple[str, date]]:
    """(kind, day): the middle of the window, two days before its end, its last day, in order.

    In a short window a day that is not after the window's first, or that another reminder holds already, is left out; the last
    day always stands.
    """
    middle, soon = wave.start + (wave.end - wave.start) // 2, wave.end - timedelta(2)
    found = [(MIDDLE, middle)] if wave.start < middle < soon else []
    found += [(SOON, soon)] if wave.start < soon else []
    return [*found, (LAST, wave.end)]


def events(district_id: str, survey: str, title: str, wave: Wave) -> list[Event]:
    """The reminders of one survey, without texts. The uid is made of ids and kind, never of the day: a window that moves moves them."""
    made = []
    for place, (kind, day) in enumerate(days(wave), start=1):
        uid = ".".join(quote(part, safe="") for part in ("fielding", survey, wave.id, kind))
        made.append(Event(f"{uid}@{quote(district_id, safe='')}.cyclebook", day, kind, title, place))
    return made
