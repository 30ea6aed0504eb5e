"""The dates that follow from what people decided, and the same as an iCalendar file that a calendar program keeps up to date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from cyclebook.parameters import Agreement, Cycle

#: SEQUENCE counts days from here: it grows with every later day that a calendar speaks of.
FIRST_DAY = date(2000, 1, 1)
PRODUCT = "-//cyclebook//planning//EN"


@dataclass(frozen=True)
class Event:
    """One date: what falls on it and whose it is.

    ``uid`` is made of ids and of the event's place in its series, never of its day: a date that moves keeps it, so that a
    calendar program moves the event and does not double it. ``kind``: review, start, check or end. ``about``: the text of the
    agreement or the title of the cycle. ``place``: from 1 within its series. ``summary``, ``description``: as people read them.
    """

    uid: str
    day: date
    kind: str
    about: str
    place: int
    summary: str = ""
    description: str = ""


def reviews(
    agreements: Iterable[Agreement], school_id: str, domain: str, as_of: date, horizon: date, most: int = 3
) -> list[Event]:
    """The next reviews of a school's agreements up to ``horizon``, at most ``most`` of each, in order of time.

    The first of each is due one cadence after the last review, and is named even where that day is past. Agreements without a
    cadence or a last review have no date.
    """
    found = []
    for agreement in agreements:
        if agreement.school_id != school_id or agreement.cadence is None or agreement.last_review is None:
            continue
        if agreement.last_review > as_of:  # not known yet on the day that the page speaks of
            continue
        place, listed = 1, 0
        while listed < most:
            day = agreement.last_review + timedelta(place * agreement.cadence)
            if day > horizon:
                break
            if place == 1 or day >= as_of:
                found.append(_event(domain, school_id, "review", agreement.id, place, day, agreement.text))
                listed += 1
            place += 1
    return sorted(found, key=lambda event: (event.day, event.uid))


def steps(cycles: Iterable[Cycle], school_id: str, domain: str) -> list[Event]:
    """The start, the checks and the end of each of a school's cycles, in order of time. An end on a check's day is not doubled."""
    found = []
    for cycle in cycles:
        if school_id not in cycle.schools:
            continue
        days = [("start", 1, cycle.start), *(("check", place, day) for place, day in enumerate(cycle.checks, start=1))]
        if cycle.end not in cycle.checks:
            days.append(("end", 1, cycle.end))
        found += [_event(domain, school_id, kind, cycle.id, place, day, cycle.title) for kind, place, day in days if day]
    return sorted(found, key=lambda event: (event.day, event.uid))


def _event(domain: str, school_id: str, kind: str, owner: str, place: int, day: date, about: str) -> Event:
    uid = ".".join(quote(part, safe="") for part in (school_id, kind, owner, str(place)))
    return Event(f"{uid}@{quote(domain, safe='.')}", day, kind, about, place)


def to_ics(events: Sequence[Event], as_of: date, product: str = PRODUCT) -> str:
    """The events as the text of an iCalendar file (RFC 5545): all-day events, lines ended by CRLF.

    as_of: the day that the calendar speaks of; it alone makes DTSTAMP and SEQUENCE, so that the same call gives the same text and
    a later calendar takes the place of an earlier one. product: what made the file (PRODID).
    Raises ValueError for a uid that stands twice and for an event without summary.
    """
    from icalendar import Calendar
    from icalendar import Event as Component

    uids = [event.uid for event in events]
    twice = sorted({uid for uid in uids if uids.count(uid) > 1})
    if twice:
        raise ValueError(f"events: {twice[0]} stands twice; a calendar program would keep one of the two")
    calendar = Calendar()
    calendar.add("prodid", product)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    stamp = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    for event in events:
        if not event.summary:
            raise ValueError(f"events: {event.uid} has no summary")
        component = Component()
        component.add("uid", event.uid)
        component.add("dtstamp", stamp)
        component.add("sequence", max(0, (as_of - FIRST_DAY).days))
        component.add("dtstart", event.day)
        component.add("dtend", event.day + timedelta(1))
        component.add("summary", event.summary)
        if event.description:
            component.add("description", event.description)
        component.add("transp", "TRANSPARENT")
        calendar.add_component(component)
    return calendar.to_ical().decode("utf-8")
