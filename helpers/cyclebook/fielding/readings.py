"""What is said of a survey in the field, on the screen and in the message; each sentence is true of the counts beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cyclebook.fielding.counts import AHEAD, OPEN, OVER, Fielding, Standing
from cyclebook.reading import Reading, phrase, shown

#: Where the day comes from that is spoken of.
ASKED, CONFIGURED, DATA = "asked", "configured", "data"


def spoken_of(day: date, where: str) -> Reading:
    return Reading.of(f"f_day_{where}", day=day)


def window(found: Fielding) -> Reading:
    """Whether the survey is open, and for how long."""
    wave = found.wave
    if found.phase == AHEAD:
        return Reading.of("f_ahead", start=wave.start, days=(wave.start - found.day).days)
    if found.phase == OVER:
        return Reading.of("f_over", end=wave.end)
    days = (wave.end - found.day).days
    return Reading.of("f_open", end=wave.end, days=days) if days else Reading.of("f_open_last", end=wave.end)


def totals(found: Fielding) -> list[Reading]:
    """All answers against all staff, where they can be held against each other, and how many schools have enough."""
    if not found.declared:
        return [Reading.of("f_no_source", wave=found.wave.label)]
    if not found.schools or (found.phase == AHEAD and not any(school.answered for school in found.schools)):
        return []
    return [_total(found), _enough(found)]


def _total(found: Fielding) -> Reading:
    everyone = sum(school.answered for school in found.schools)
    fit = found.with_share
    if not fit:
        return Reading.of("f_total_none", all=everyone)
    answered, heads = sum(school.answered for school in fit), sum(school.head_count for school in fit)
    facts = {"answered": answered, "head_count": heads, "percent": shown(100 * answered / heads, 1)}
    if len(fit) == len(found.schools):
        return Reading.of("f_total", **facts)
    return Reading.of("f_total_some", **facts, schools=len(fit), all=everyone)


def _enough(found: Fielding) -> Reading:
    count = sum(school.needed == 0 for school in found.schools)
    if count == 0:
        return Reading.of("f_enough_none_over" if found.phase == OVER else "f_enough_none")
    if count == len(found.schools):
        return Reading.of("f_enough_all")
    return Reading.of("f_enough", count=count, schools=len(found.schools))


def schools(found: Fielding) -> list[Reading]:
    """What the analyst should know of single schools, in the order of schools.csv."""
    said = []
    silent = tuple(school.name for school in found.schools if school.answered == 0)
    if silent and found.declared and found.phase != AHEAD:
        said.append(Reading.of("f_no_answer_over" if found.phase == OVER else "f_no_answer", names=silent))
    unlisted = tuple(school.name for school in found.schools if school.head_count is None)
    if unlisted:
        said.append(Reading.of("f_no_roster", names=unlisted))
    for school in found.schools:
        facts = {"name": school.name, "head_count": school.head_count}
        if school.off:
            said.append(Reading.of("f_off", **facts, answered=school.answered))
        elif school.beyond:
            said.append(Reading.of("f_beyond", **facts, total=school.total))
    return said + [Reading.of(f"f_{what}", name=name, day=day) for name, day, what in found.left_out]


def not_counted(found: Fielding, language: str) -> list[Reading]:
    """What the files hold and the counts do not."""
    said = []
    for name, aside in (("f_aside_answers", found.aside_answers), ("f_aside_rosters", found.aside_rosters)):
        if aside:
            reasons = tuple(phrase("f_reason", language, reason=reason, count=rows) for reason, rows in aside)
            said.append(Reading.of(name, count=sum(rows for _, rows in aside), reasons=reasons))
    if said:
        said.append(Reading.of("f_check"))
    if found.not_staff:
        said.append(Reading.of("f_not_staff", count=found.not_staff))
    if found.later:
        said.append(Reading.of("f_later", count=found.later, day=found.day))
    return said


def before_sending(found: Fielding) -> list[Reading]:
    """What the person who sends the message should do first."""
    said = [Reading.of("f_before_sending")]
    if found.phase != OVER and found.minutes is None:
        said.append(Reading.of("f_no_minutes"))
    if found.promise is None:
        said.append(Reading.of("f_no_promise"))
    return said


def message(found: Fielding) -> list[list[Reading]]:
    """The text to all staff, in paragraphs. It holds no number of answers: those are each school's own."""
    until = Reading.of(f"f_until_{found.phase}", start=found.wave.start, end=found.wave.end)
    why = [Reading.of("f_why_over" if found.phase == OVER else "f_why")]
    when = [until]
    if found.minutes is not None and found.phase != OVER:
        when.append(Reading.of("f_minutes", minutes=found.minutes))
    told = []
    if found.promise is not None:
        told.append(Reading.of(f"f_promise_{found.promise.kind}", smallest_group=found.smallest_group, seen_by=found.promise.seen_by))
    last = [Reading.of("f_voluntary_over" if found.phase == OVER else "f_voluntary")] + ([Reading.of("f_everyone")] if found.phase == OPEN else [])
    parts = [when, why, told, last] if found.phase == OVER else [why, when, told, last]
    return [part for part in parts if part]


def line(school: Standing, found: Fielding) -> Reading:
    """What one school is told of its own number. No number stands on fewer people than the smallest group that is shown."""
    over = "_over" if found.phase == OVER else ""
    heads, facts = school.head_count, {"total": school.total}
    if heads is not None and heads < found.smallest_group:
        return Reading.of("f_line_small")
    if found.phase == AHEAD or not found.declared:
        if heads is None:
            return Reading.of("f_line_ahead_no_roster", **facts)
        return Reading.of("f_line_ahead_beyond" if school.total > heads else "f_line_ahead", **facts, head_count=heads)
    if heads is None:
        if school.answered < found.smallest_group:
            return Reading.of(f"f_line_few_no_roster{over}", **facts, smallest_group=found.smallest_group)
        kind = "needed" if school.needed else "enough"
        return Reading.of(f"f_line_{kind}_no_roster{over}", **facts, answered=school.answered, needed=school.needed)
    facts |= {"answered": school.answered, "head_count": heads, "needed": school.needed}
    return Reading.of(_line(school) + ("" if school.off else over), **facts)


def _line(school: Standing) -> str:
    if school.off:
        return "f_line_off"
    if school.beyond:
        return "f_line_beyond"
    if school.answered == 0:
        return "f_line_none"
    if school.needed:
        return "f_line_needed"
    return "f_line_all" if school.answered == school.head_count else "f_line_enough"


def undated(found: Fielding) -> list[Reading]:
    return [Reading.of("f_undated", count=found.undated)] if found.undated else []


def also_open(others: Sequence[str]) -> list[Reading]:
    return [Reading.of("f_also_open", names=tuple(others))] if others else []
