"""The faces of fielding: the lines on the screen, the table for a spreadsheet, the message, the calendar. All are returned as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from cyclebook import spreadsheet
from cyclebook.fielding import readings, reminders
from cyclebook.fielding.counts import OVER, Fielding, Standing
from cyclebook.planning.calendar import to_ics
from cyclebook.reading import number, phrase, sentence, sentences

COLUMNS = ("school", "answered", "head_count", "percent", "needed", "days_left")
#: Machine-readable heads of the file; they stay the same in every language.
FILE_COLUMNS = ("survey", "wave", "as_of", "school_id", "school", "answered", "head_count", "percent", "needed", "enough", "days_left")


def screen(found: Fielding, language: str) -> Iterator[str]:
    """Lines for a terminal."""
    yield phrase("f_heading", language, title=found.title, wave=found.wave.label)
    yield sentence(readings.window(found), language)
    yield ""
    yield from _aligned([[phrase(f"f_word_{name}", language) for name in COLUMNS], *_rows(found, language)])
    for part in (readings.totals(found), readings.schools(found), readings.not_counted(found, language)):
        if part:
            yield ""
            yield from sentences(part, language)
    if found.by_day:
        yield ""
        yield phrase("f_word_by_day", language)
        yield from (f"  {phrase('f_by_day', language, day=day, count=count)}" for day, count in found.by_day)
        yield from sentences(readings.undated(found), language)


def _rows(found: Fielding, language: str) -> list[list[str]]:
    rows = [[f"{school.school_id}  {school.name}", *_cells(school, found, language)] for school in found.schools]
    whole = found.with_share == found.schools
    answered = sum(school.answered for school in found.schools)
    heads = sum(school.head_count or 0 for school in found.schools) or None
    everyone = Standing("", "", answered, heads if whole else None, 0)
    return [*rows, [phrase("f_word_all", language), *_cells(everyone, found, language)[:3], "", ""]] if len(rows) > 1 else rows


def _cells(school: Standing, found: Fielding, language: str) -> list[str]:
    dash = phrase("dash", language)
    texts = [dash if one is None else number(one, language) for one in _numbers(school, found)]
    return [*texts[:3], texts[3] if school.needed else phrase("f_word_enough", language), texts[4]]


def _numbers(school: Standing, found: Fielding) -> tuple[int | Decimal | None, ...]:
    """answered, head_count, percent, needed, days_left; None where there is none. Without a file of answers nothing was counted."""
    counted = (school.answered, school.head_count, school.percent) if found.declared else (None, school.head_count, None)
    return (*counted, school.needed, school.days_left)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as lines of equal columns: the first to the left, numbers to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join([row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]).rstrip()


def for_spreadsheet(all_found: Sequence[Fielding]) -> str:
    """A row for each survey and school; numbers as programs read them, an empty cell where there is none."""
    rows: list[Sequence[str]] = [FILE_COLUMNS]
    for found in all_found:
        for school in found.schools:
            *texts, days = ["" if one is None else str(one) for one in _numbers(school, found)]
            first = (found.survey, found.wave.id, found.day.isoformat(), school.school_id, school.name)
            rows.append([*first, *texts, "no" if school.needed else "yes", days])
    return spreadsheet.to_csv(rows)


def message(all_found: Sequence[Fielding], language: str) -> str:
    """The text to all staff, and below it a line for each school, to be sent to that school only."""
    return "\n\n\n".join("\n\n".join(_message(found, language)) for found in all_found) + "\n"


def _message(found: Fielding, language: str) -> Iterator[str]:
    title, wave = found.title, found.wave
    yield phrase(f"f_subject_{found.phase}", language, title=title, wave=wave.label, start=wave.start, end=wave.end)
    yield phrase("f_greeting", language)
    for part in readings.message(found):
        yield " ".join(sentences(part, language))
    if found.schools and (found.declared or found.phase != OVER):
        yield "-" * 40
        yield phrase("f_for_each", language)
        for school in found.schools:
            yield f"{school.name}\n{sentence(readings.line(school, found), language)}"


def calendar(all_found: Sequence[Fielding], district_id: str, language: str) -> str:
    """The reminders as an iCalendar file; DTSTAMP is the day spoken of."""
    made = []
    for found in all_found:
        for event in reminders.events(district_id, found.survey, found.title, found.wave):
            summary = phrase(f"f_event_{event.kind}", language, title=found.title, wave=found.wave.label)
            made.append(replace(event, summary=summary, description=phrase("f_event_about", language)))
    return to_ics(made, all_found[0].day, reminders.PRODUCT)
