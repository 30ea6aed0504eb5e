"""The calendar: dates that follow from agreements and plans, and a file that a calendar program can keep up to date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from cyclebook.parameters.plan_model import Agreement, Cycle
from cyclebook.planning.calendar import Event, reviews, steps, to_ics

AS_OF = date(2025, 11, 21)
AGREEMENT = Agreement("a", "0103", "We begin on time.", "among_staff", "", "", 30, date(2025, 11, 1))
CYCLE = Cycle("peer-visits", "Peer visits", ("0103",), start=date(2025, 8, 25), end=date(2025, 12, 1), checks=(date(2025, 10, 10),))
DOMAIN = "tiny.cyclebook"


def review_days(last: date | None, cadence: int | None, horizon: date = date(2026, 2, 19), most: int = 3) -> list[date]:
    agreement = replace(AGREEMENT, last_review=last, cadence=cadence)
    return [event.day for event in reviews([agreement], "0103", DOMAIN, AS_OF, horizon, most)]


def test_reviews_come_one_cadence_after_the_last_and_after_each_other():
    assert review_days(date(2025, 11, 1), 30) == [date(2025, 12, 1), date(2025, 12, 31), date(2026, 1, 30)]
    assert review_days(date(2025, 11, 1), 30, most=1) == [date(2025, 12, 1)]
    assert review_days(date(2025, 11, 1), 365) == []


def test_a_review_that_was_missed_is_named_and_the_later_ones_that_are_past_are_not():
    assert review_days(date(2025, 8, 1), 30) == [date(2025, 8, 31), date(2025, 11, 29), date(2025, 12, 29)]


def test_without_a_cadence_or_a_last_review_there_is_no_date():
    assert review_days(None, 30) == review_days(date(2025, 11, 1), None) == []
    assert review_days(date(2025, 11, 22), 7) == []  # it has not happened yet on the day that the page speaks of
    assert reviews([AGREEMENT], "0104", DOMAIN, AS_OF, date(2026, 2, 19)) == []


def test_a_cycle_has_its_start_checks_and_end():
    found = steps([CYCLE], "0103", DOMAIN)
    assert [(event.kind, event.day, event.place) for event in found] == [
        ("start", date(2025, 8, 25), 1), ("check", date(2025, 10, 10), 1), ("end", date(2025, 12, 1), 1),
    ]  # fmt: skip
    assert [event.about for event in found] == ["Peer visits"] * 3
    assert steps([CYCLE], "0104", DOMAIN) == []
    assert [event.kind for event in steps([replace(CYCLE, checks=(date(2025, 12, 1),))], "0103", DOMAIN)] == ["start", "check"]
    assert steps([Cycle("bare", "Bare", ("0103",))], "0103", DOMAIN) == []


def test_a_date_that_moves_keeps_its_uid():
    moved = replace(CYCLE, start=date(2025, 9, 1), checks=(date(2025, 10, 24),), end=date(2025, 12, 12))
    before, after = steps([CYCLE], "0103", DOMAIN), steps([moved], "0103", DOMAIN)
    assert [event.uid for event in before] == [event.uid for event in after]
    assert [event.day for event in before] != [event.day for event in after]
    held = replace(AGREEMENT, last_review=date(2025, 11, 20))
    first, then = (reviews([agreement], "0103", DOMAIN, AS_OF, date(2026, 2, 19)) for agreement in (AGREEMENT, held))
    assert first[0].uid == then[0].uid and first[0].day != then[0].day


def test_uids_of_different_things_differ():
    others = [
        replace(CYCLE, id="peer"), replace(CYCLE, id="peer.visits"), replace(CYCLE, id="peer visits"), replace(CYCLE, id="peer%20visits"),
    ]  # fmt: skip
    events = [*steps([CYCLE, *others], "0103", DOMAIN), *reviews([AGREEMENT], "0103", DOMAIN, AS_OF, date(2026, 2, 19))]
    elsewhere = steps([replace(CYCLE, schools=("0104",))], "0104", DOMAIN)
    uids = [event.uid for event in (*events, *elsewhere)]
    assert len(uids) == len(set(uids))


TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=120).filter(lambda text: text.strip())
DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))


@given(st.lists(st.tuples(TEXT, TEXT, DAYS), min_size=1, max_size=4), DAYS)
def test_what_is_written_is_read_back(entries, as_of):
    events = [
        Event(f"0103.check.c.{place}@{DOMAIN}", day, "check", summary, place, summary, f"{description}\nSecond line; with, marks \\.")
        for place, (summary, description, day) in enumerate(entries)
    ]
    text = to_ics(events, as_of)
    assert text == to_ics(events, as_of)
    assert "\n" not in text.replace("\r\n", "") and text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    read = Calendar.from_ical(text).walk("VEVENT")
    assert [(str(e["summary"]), str(e["description"]), str(e["uid"])) for e in read] == [
        (event.summary, event.description, event.uid) for event in events
    ]
    for event, component in zip(events, read, strict=True):
        assert component.decoded("dtstart") == event.day and type(component.decoded("dtstart")) is date
        assert component.decoded("dtend") == event.day + timedelta(1)
        assert component.decoded("dtstamp") == datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)


@given(DAYS, DAYS)
def test_a_later_calendar_takes_the_place_of_an_earlier_one(one, other):
    event = replace(steps([CYCLE], "0103", DOMAIN)[0], summary="Start")
    numbers = [int(Calendar.from_ical(to_ics([event], day)).walk("VEVENT")[0]["sequence"]) for day in (one, other)]
    assert (numbers[0] < numbers[1]) == (one < other) and min(numbers) >= 0


def test_no_clock_is_read(monkeypatch):
    import time

    def stopped():
        raise AssertionError("the clock was read")

    monkeypatch.setattr(time, "time", stopped)
    assert "20251121T000000Z" in to_ics([replace(event, summary="x") for event in steps([CYCLE], "0103", DOMAIN)], AS_OF)


def test_what_a_calendar_program_could_not_keep_is_refused():
    events = [replace(event, summary="x") for event in steps([CYCLE], "0103", DOMAIN)]
    with pytest.raises(ValueError, match="stands twice"):
        to_ics([events[0], events[0]], AS_OF)
    with pytest.raises(ValueError, match="no summary"):
        to_ics(steps([CYCLE], "0103", DOMAIN), AS_OF)
