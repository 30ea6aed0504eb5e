"""While a survey is in the field: counts against the roster, reminders, and texts that are true of the counts and single nobody out."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from cyclebook.cli import main
from cyclebook.climate.participation import gate, response
from cyclebook.errors import InputError
from cyclebook.fielding import prepare, readings, reminders, sections
from cyclebook.fielding.counts import AHEAD, OPEN, OVER, Fielding, Standing, choose, days_left, opens_at, phase
from cyclebook.parameters import Promise, Wave, load
from cyclebook.reading import catalogue, sentence, sentences
from cyclebook.sources import read
from tests import small_district, voice

START, END = date(2025, 10, 6), date(2025, 10, 24)
WAVE = Wave("2025-fall", "Fall 2025", START, END, None)
PROMISE = Promise("confidential", 5, "the office")
DAYS = {AHEAD: START - timedelta(9), OPEN: END - timedelta(9), OVER: END + timedelta(9)}


def numbers(text: str) -> list[Decimal]:
    """The numbers in a text in the order in which they are read, without days."""
    text = re.sub(r"[A-Z][a-z]+ \d{1,2}, \d{4}|Fall 2025|One of the two", "", text)
    return [Decimal(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text.replace(" one ", " 1 ").replace("One ", "1 "))]


def days(text: str) -> list[str]:
    return re.findall(r"[A-Z][a-z]+ \d{1,2}, \d{4}", text)


def long(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def fielding(*schools: Standing, at: str = OPEN, **facts) -> Fielding:
    told = {"minutes": 10, "promise": PROMISE, "day": DAYS[at], "phase": at, "smallest_group": 5} | facts
    return Fielding("staff", "Staff survey", wave=WAVE, schools=schools, **told)


def school(answered: int = 0, head_count: int | None = 40, total: int | None = None, place: int = 1) -> Standing:
    total = opens_at(head_count, 0.5, 8) if total is None else total
    return Standing(f"010{place}", f"School {'ABCDEFGH'[place - 1]}", answered, head_count, total, 9)


HEADS = st.none() | st.integers(1, 120)
RATES = st.floats(0, 1) | st.integers(0, 20).map(lambda number: number / 20)
SCHOOLS = st.lists(st.tuples(st.integers(0, 130), HEADS), min_size=1, max_size=6).map(
    lambda pairs: tuple(school(answered, heads, place=place) for place, (answered, heads) in enumerate(pairs, start=1))
)
PHASES = st.sampled_from([AHEAD, OPEN, OVER])


# Counting


@given(HEADS | st.just(0), RATES, st.integers(1, 60))
def test_what_is_needed_is_the_least_number_that_opens_the_gate(head_count, rate, answers):
    total = opens_at(head_count, rate, answers)
    assert gate(total, head_count, rate, answers) == "open"
    assert all(gate(fewer, head_count, rate, answers) != "open" for fewer in range(total))


@given(st.integers(0, 130), HEADS, RATES, st.integers(1, 60))
def test_still_needed_is_what_the_gate_lacks(answered, head_count, rate, answers):
    one = school(answered, head_count, opens_at(head_count, rate, answers))
    assert (one.needed == 0) == (gate(answered, head_count, rate, answers) == "open")
    assert one.needed == 0 or gate(answered + one.needed - 1, head_count, rate, answers) != "open"
    assert gate(answered + one.needed, head_count, rate, answers) == "open"
    assert one.off == (head_count is not None and answered > head_count)
    assert (one.percent is None) == (head_count is None or one.off)
    if one.percent is not None:
        assert abs(one.percent - Decimal(100 * answered) / head_count) <= Decimal("0.05")
    if one.beyond:  # even if everyone answered
        assert gate(head_count, head_count, rate, answers) != "open"


def test_the_wave_is_the_open_one_else_the_next_else_none():
    spring, fall, late = (Wave(name, name, start, start + timedelta(18), None) for name, start in
                          (("spring", date(2025, 3, 3)), ("fall", START), ("late", START + timedelta(10))))  # fmt: skip
    waves = [spring, fall, late]
    assert choose(waves, date(2025, 3, 3)) == choose(waves, date(2025, 3, 21)) == choose(waves, date(2025, 1, 1)) == spring
    assert choose(waves, date(2025, 3, 22)) == choose(waves, START) == fall
    assert choose(waves, START + timedelta(10)) == late  # both are open: the later one
    assert choose(waves, late.end + timedelta(1)) is None


@given(st.dates(START - timedelta(40), END + timedelta(40)), st.none() | st.dates(START, END + timedelta(40)))
def test_days_are_counted_to_the_schools_own_last_day(day, closed):
    left = days_left(WAVE, closed, day)
    assert (left is None) == (phase(WAVE, day) != OPEN) == (not START <= day <= END)
    if left is not None:
        last = min(END, closed) if closed else END
        assert left == 0 if day >= last else day + timedelta(left) == last


# Reminders


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 60))
def test_reminders_stand_in_the_window_in_order_and_end_with_the_last_day(start, length):
    wave = Wave("w", "W", start, start + timedelta(length), None)
    found = reminders.days(wave)
    marked = [day for _, day in found]
    assert found[-1] == (reminders.LAST, wave.end)
    assert marked == sorted(set(marked)) and all(start < day <= wave.end for day in marked[:-1])
    kinds = dict(found)
    assert kinds.get(reminders.SOON, wave.end - timedelta(2)) == wave.end - timedelta(2)
    assert (reminders.SOON in kinds) == (length > 2) and (reminders.MIDDLE in kinds) == (length > 5 or length == 5 > 4)
    if reminders.MIDDLE in kinds:
        assert abs((kinds[reminders.MIDDLE] - start) - (wave.end - kinds[reminders.MIDDLE])) <= timedelta(1)


def test_a_window_that_moves_keeps_its_uids_and_nothing_else_shares_them():
    def uids(district="tiny", survey="staff", wave=WAVE):
        return [event.uid for event in reminders.events(district, survey, "Staff survey", wave)]

    moved = Wave(WAVE.id, "Autumn", START + timedelta(7), END + timedelta(9), None)
    assert uids() == uids(wave=moved) and len(set(uids())) == 3
    others = [uids("tiny.x"), uids(survey="staff.x"), uids(wave=Wave("x", "Fall 2025", START, END, None)), uids(survey="staff.2025-fall")]
    assert len({uid for some in [uids(), *others] for uid in some}) == 15


def test_the_calendar_opens_and_depends_on_the_day_spoken_of_alone():
    found = [fielding(school(3))]
    text = sections.calendar(found, "tiny", "en")
    assert text == sections.calendar(found, "tiny", "en")
    events = Calendar.from_ical(text).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [date(2025, 10, 15), date(2025, 10, 22), END]
    assert {str(event["transp"]) for event in events} == {"TRANSPARENT"} and {event.decoded("dtstamp").date() for event in events} == {DAYS[OPEN]}
    later = Calendar.from_ical(sections.calendar([fielding(school(9), day=DAYS[OPEN] + timedelta(1))], "tiny", "en")).walk("VEVENT")
    assert [event["uid"] for event in events] == [event["uid"] for event in later]
    assert all(int(one["sequence"]) < int(other["sequence"]) for one, other in zip(events, later, strict=True))
    assert not any(numbers(str(event["description"])) for event in events)


# What is said


@given(st.dates(START - timedelta(40), END + timedelta(40)))
def test_the_window_is_told_with_its_days(day):
    text = sentence(readings.window(fielding(at=phase(WAVE, day), day=day)), "en")
    if day < START:
        assert days(text) == [long(START)] and numbers(text.replace("one day", "1 day")) == [(START - day).days]
    else:
        assert days(text) == [long(END)]
        assert numbers(text.replace("one day", "1 day")) == ([(END - day).days] if START <= day < END else [])
        assert ("closed" in text) == (day > END) and ("last day" in text) == (day == END)


@given(SCHOOLS, PHASES)
def test_the_totals_are_those_of_the_table(schools, at):
    found = fielding(*schools, at=at)
    said = [sentence(reading, "en") for reading in readings.totals(found)]
    if at == AHEAD and not any(one.answered for one in schools):
        assert said == []
        return
    fit = [one for one in schools if one.head_count is not None and one.answered <= one.head_count]
    everyone = sum(one.answered for one in schools)
    answered, heads = sum(one.answered for one in fit), sum(one.head_count for one in fit)
    if not fit:
        assert numbers(said[0]) == [everyone]
    else:
        percent = Decimal(100 * answered) / heads
        told = numbers(said[0].replace("one school", "1 school"))
        if len(fit) < len(schools):
            assert told.pop(0) == len(fit) and told.pop() == everyone
        assert told[:2] == [answered, heads] and abs(told[2] - percent) <= Decimal("0.05")
    enough = sum(one.needed == 0 for one in schools)
    assert said[1].startswith("No school") == (enough == 0) and said[1].startswith("Every school") == (enough == len(schools))
    assert 0 < enough < len(schools) or numbers(said[1]) == []
    assert not 0 < enough < len(schools) or numbers(said[1]) == [enough, len(schools)]


@given(SCHOOLS, PHASES)
def test_the_analyst_is_told_of_each_school_that_needs_a_look(schools, at):
    said = [sentence(reading, "en") for reading in readings.schools(fielding(*schools, at=at))]

    def told(words: str) -> set[str]:
        return {name for text in said if words in text for name in re.findall(r"School [A-H]", text)}

    assert told("No answer") == {one.name for one in schools if one.answered == 0 and at != AHEAD}
    assert told("no head count for") == {one.name for one in schools if one.head_count is None}
    assert told("is off") == {one.name for one in schools if one.head_count is not None and one.answered > one.head_count}
    for one in schools:
        lines = [text for text in said if text.startswith(f"{one.name}: ")]
        if one.off:
            assert [numbers(text) for text in lines] == [[one.answered, one.head_count]]
        elif one.head_count is not None and one.head_count < one.total:
            assert [numbers(text) for text in lines] == [[one.total, one.head_count]]
        else:
            assert lines == []


@given(st.integers(0, 130), HEADS, st.sampled_from([3, 5, 12]), PHASES, RATES, st.integers(1, 20))
def test_a_schools_own_line_is_true_of_its_numbers(answered, heads, smallest, at, rate, answers):
    one = school(answered, heads, opens_at(heads, rate, max(answers, smallest)))
    text = sentence(readings.line(one, fielding(one, at=at, smallest_group=smallest)), "en")
    told = numbers(text)
    if heads is not None and heads < smallest:
        assert told == [] and "no number" in text
        return
    if at == AHEAD:
        assert told == ([] if heads is None else [heads]) + [one.total] and ("none" in text) == (heads is not None and heads < one.total)
        return
    if heads is None and answered < smallest:
        assert told == [smallest, one.total]
        return
    opened = gate(answered, heads, rate, max(answers, smallest)) == "open"
    if one.off:
        assert told == [answered, heads] and "is off" in text
        return
    assert ("enough to report" in text or text.startswith("All ")) == opened
    if heads is not None and answered == heads and opened:
        assert told == [heads] and text.startswith("All ")
    elif answered == 0 and not one.beyond and heads is not None:
        assert told[0] == heads and told[1:] == ([one.total] if at == OPEN else []) and text.startswith("No answer")
    else:
        assert told[0] == answered and (heads is None or told[1] == heads)
        rest = told[1 if heads is None else 2 :]
        more = "needed" in text
        assert more == (at == OPEN and not opened and not one.beyond)
        assert rest == ([] if opened else [one.total, one.needed] if more else [one.total])
        assert opened or more or "none" in text


@given(SCHOOLS, PHASES)
def test_a_message_to_one_school_speaks_of_no_other_and_the_message_to_all_of_none(schools, at):
    found = fielding(*schools, at=at)
    text = sections.message([found], "en")
    to_all, _, own = text.partition("-" * 40)
    assert not re.search(r"School [A-H]", to_all) and numbers(to_all) == ([5] if at == OVER else [10, 5])
    blocks = own.strip().split("\n\n")[1:]
    assert [block.split("\n")[0] for block in blocks] == [one.name for one in schools]
    assert all(len(re.findall(r"School [A-H]", block)) == 1 and block.count("\n") == 1 for block in blocks)


@pytest.mark.parametrize("kind", ["anonymous", "confidential"])
@given(st.integers(1, 240), st.integers(3, 40), PHASES)
def test_the_message_says_what_was_promised_until_when_and_that_it_is_voluntary(kind, minutes, smallest, at):
    found = fielding(at=at, minutes=minutes, smallest_group=smallest, promise=Promise(kind, smallest, "the office"))
    text = sections.message([found], "en")
    assert f"answers are {kind}" in text and f"fewer than {smallest} people" in text and "seen only by the office" in text
    assert "voluntary" in text and "nobody’s fault" in text and "do not rank" in text
    assert ("minute" in text) == (at != OVER) and (at == OVER or (f"{minutes} minutes" if minutes > 1 else "one minute") in text)
    assert set(days(text)) == {long(day) for day in ((START, END) if at == AHEAD else (END,))}
    bare = sections.message([fielding(at=at, minutes=None, promise=None)], "en")
    assert "minute" not in bare and "told" not in bare
    warned = " ".join(sentences(readings.before_sending(fielding(at=at, minutes=None, promise=None)), "en"))
    assert ("how long" in warned) == (at != OVER) and "promised" in warned
    assert readings.before_sending(found) == readings.before_sending(fielding(at=at))


def test_what_is_not_counted_is_counted_here():
    found = fielding(aside_answers=(("unknown school", 3), ("no answers", 1)), aside_rosters=(("no school", 1),), not_staff=4, later=2, undated=1)
    said = sentences(readings.not_counted(found, "en"), "en")
    assert [numbers(text) for text in said] == [[4, 3, 1], [1, 1], [], [4], [2]]
    assert "cyclebook check" in said[2] and days(said[4]) == [long(DAYS[OPEN])]
    assert readings.not_counted(fielding(), "en") == []


def test_no_line_is_never_said():
    space = [
        (fielding(school(answered, heads), at=at), school(answered, heads))
        for at in (AHEAD, OPEN, OVER) for answered in (0, 1, 7, 8, 20, 40, 41) for heads in (None, 3, 6, 40)
    ]  # fmt: skip
    assert {readings.line(one, found).template for found, one in space} == {name for name in catalogue("en") if name.startswith("f_line_")}


FACTS = {
    "title": "Staff survey", "wave": "Fall 2025", "day": START, "start": START, "end": END, "days": 3, "id": "2025-fall", "names": ("Alder Creek School",),
    "name": "Alder Creek School", "schools": 20, "answered": 404, "head_count": 1135, "percent": Decimal("35.6"), "all": 420, "count": 4,
    "total": 23, "needed": 2, "smallest_group": 5, "seen_by": "the research office", "minutes": 10, "reasons": ("no answers (6)", "unknown school (3)"),
    "reason": "no answers", "files": ("message.txt",),
}  # fmt: skip


@pytest.mark.parametrize("name", voice.sentences("fielding"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)


# From files


SURVEY = "staff: {title: Staff survey, minutes: 10, promise: {kind: confidential, smallest_group: 5, seen_by: the office}}"


def sources(extra: str = "", wave: str = "wave: 2025-fall", roster: bool = True, survey: str = SURVEY) -> str:
    heads = "  roster: {table: roster, form: csv, path: data/raw/roster.csv, wave: 2025-fall, school: School, head_count: Staff}\n" if roster else ""
    return (
        f"surveys:\n  {survey}\nsources:\n  answers: {{table: responses, survey: staff, form: csv, path: data/raw/answers.csv, {wave}, "
        f"school: School, person: Token, codebook: staff{extra}}}\n{heads}"
    )


def rows(*lines: str, head: str = "School,Token,Q1,Q2") -> str:
    return "\n".join([head, *lines]) + "\n"


def tokens(school_id: str, count: int, rest: str = "Agree,Disagree") -> list[str]:
    return [f"{school_id},secret-{school_id}-{place},{rest}" for place in range(count)]


@pytest.fixture
def folder(tmp_path) -> Path:
    """0101 has 9 of 20, 0103 6 of 5 (off), NA nobody of no roster; 0102 closed before. Four rows are set aside."""
    answers = rows(*tokens("0101", 9), *tokens("0103", 6), "0101,secret-0101-0,Agree,Agree", "0102,x,Agree,Agree", "0199,y,Agree,Agree", "0101,z,,")
    return small_district.write(
        tmp_path,
        {"parameters/sources.yaml": sources(), "data/raw/answers.csv": answers, "data/raw/roster.csv": "School,Staff\n0101,20\n0103,5\n0999,4\n"},
    )


def found_in(folder: Path, day: date = date(2025, 10, 15), survey: str | None = None, wave: str = "2025-fall") -> list[Fielding]:
    district = load(folder, day)
    surveys = prepare.surveys_of(district, district.wave(wave), survey)
    return prepare.fieldings(district, prepare.tables_for(district, district.wave(wave), surveys), district.wave(wave), surveys, day)


def by_school(found: Fielding) -> dict[str, tuple]:
    return {one.school_id: (one.answered, one.head_count, one.needed, one.days_left) for one in found.schools}


def test_each_school_is_counted_in_the_order_of_the_list(folder):
    (found,) = found_in(folder)
    assert list(by_school(found).items()) == [("0101", (9, 20, 1, 9)), ("0103", (6, 5, 2, 9)), ("NA", (0, None, 8, 9))]
    assert found.left_out == (("Birch Lane School", date(2025, 6, 13), "closed"),)
    assert dict(found.aside_answers) == {"same person twice": 1, "school closed": 1, "unknown school": 1, "no answers": 1}
    assert found.aside_rosters == (("unknown school", 1),) and (found.later, found.not_staff, found.by_day, found.undated) == (0, 0, (), 0)
    (before,) = found_in(folder, wave="2024-fall")
    assert [(name, what) for name, _, what in before.left_out] == [("Cedar School", "opened")] and not before.declared


def test_a_school_that_asks_for_more_answers_needs_more(folder):
    small_district.write(folder, {"parameters/schools/0101.yaml": "settings: {answer_gate_rate: 0.75, answer_gate_answers: 16}\n",
                                  "data/raw/answers.csv": rows(*tokens("0101", 9)), "parameters/sources.yaml": sources()})  # fmt: skip
    assert by_school(found_in(folder)[0])["0101"] == (9, 20, 7, 9)


def test_no_score_is_promised_below_the_smallest_group_that_staff_were_told(folder):
    survey = SURVEY.replace("smallest_group: 5", "smallest_group: 12")
    small_district.write(folder, {"parameters/sources.yaml": sources(survey=survey), "data/raw/answers.csv": rows(*tokens("0101", 10))})
    (found,) = found_in(folder)
    assert by_school(found)["0101"] == (10, 20, 2, 9) and found.smallest_group == 12


def test_a_wave_column_gives_each_row_its_wave(folder):
    content = rows(*(f"{line},2025-fall" for line in tokens("0101", 4)), *(f"{line},2024-fall" for line in tokens("0101", 7)),
                   head="School,Token,Q1,Q2,Wave")  # fmt: skip
    small_district.write(folder, {"parameters/sources.yaml": sources(wave="wave_column: Wave"), "data/raw/answers.csv": content})
    assert by_school(found_in(folder)[0])["0101"][:2] == (4, 20)
    assert by_school(found_in(folder, wave="2024-fall")[0])["0101"][:2] == (7, None)


DATED = [*tokens("0101", 3, "Agree,Agree,2025-10-07 08:30"), "0101,d,Agree,Agree,10/8/2025 9:15", "0101,e,Agree,Agree,2025-10-20",
         "0101,f,Agree,Agree,", "0101,g,Agree,Agree,yesterday"]  # fmt: skip


def dated(folder: Path, *lines: str) -> Path:
    return small_district.write(
        folder, {"parameters/sources.yaml": sources(", answered_on: When"), "data/raw/answers.csv": rows(*lines, head="School,Token,Q1,Q2,When")}
    )


def test_answers_with_a_day_are_counted_by_day_and_up_to_the_day_spoken_of(folder):
    (found,) = found_in(dated(folder, *DATED))
    assert found.by_day == ((date(2025, 10, 7), 3), (date(2025, 10, 8), 1)) and (found.later, found.undated) == (1, 2)
    assert by_school(found)["0101"][0] == 6 == sum(count for _, count in found.by_day) + found.undated
    tables = read(load(folder))
    assert [entry for entry in small_district.problems(tables) if entry[1] == "When"] == [(8, "When", "yesterday", "not a day of the calendar", "flagged")]


def test_the_day_is_the_latest_answer_in_the_window_where_answers_have_days(folder):
    district = load(dated(folder, *DATED))
    assert prepare.today(district, read(district)) == date(2025, 10, 20)
    district = load(dated(folder, *DATED, "0101,h,Agree,Agree,2052-10-07"))  # mistyped
    assert prepare.today(district, read(district)) == date(2025, 10, 20)
    district = load(dated(folder, *tokens("0101", 3, "Agree,Agree,")))
    assert prepare.today(district, read(district)) == END
    assert prepare.today(load(folder, date(2025, 10, 9)), read(district)) == date(2025, 10, 9)
    district = load(dated(folder))
    assert prepare.today(district, read(district)) is None


def test_counts_are_those_of_the_reports(project_root):
    district = load(project_root)
    tables, wave = read(district), district.wave("2025-fall")
    found, *others = found_in(project_root, date(2025, 11, 21))
    assert len(others) == 2  # students and families
    rates = response(tables.responses, tables.roster)
    wanted = rates[(rates["survey"] == "staff_survey") & (rates["wave"] == wave.id)]
    assert {one.school_id: (one.answered, one.head_count) for one in found.schools} == {
        row.school_id: (row.answered, row.head_count) for row in wanted.itertuples()
    }
    assert found == prepare.fieldings(district, tables, wave, ["staff_survey"], date(2025, 11, 21))[0]
    assert found.not_staff == 4 and found.phase == OVER


# The command


def run(*arguments: object):
    return CliRunner().invoke(main, ["fielding", *map(str, arguments)])


@pytest.fixture
def no_scores(monkeypatch):
    def refuse(*arguments, **more):
        raise AssertionError("a score was computed")

    monkeypatch.setattr("cyclebook.climate.estimate.score", refuse)
    monkeypatch.setattr("cyclebook.climate.estimate.statistics", refuse)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_screen_alone_writes_nothing_and_names_no_one(folder, no_scores):
    before = snapshot(folder)
    done = run("--district", folder, "--as-of", "2025-10-15")
    assert done.exit_code == 0, done.output
    assert snapshot(folder) == before
    lines = done.output.splitlines()
    assert lines[0] == "This speaks of October 15, 2025, as asked." and lines[2:4] == ["Staff survey, Fall 2025", "The survey is open until October 24, 2025: 9 days are left."]
    assert [line.split() for line in lines if line.startswith("010")] == [
        ["0101", "Alder", "Creek", "School", "9", "20", "45.0", "1", "9"], ["0103", "Cedar", "School", "6", "5", "–", "2", "9"],
    ]  # fmt: skip
    assert any(line.split() == ["All", "schools", "15", "–", "–"] for line in lines)
    assert "secret" not in done.output and "Cedar School: 6 answers came in for a head count of 5." in done.output


def test_the_files_are_whole_private_and_the_same_again(folder, tmp_path, no_scores):
    out = tmp_path / "to send" / "now"
    call = ("--district", folder, "--as-of", "2025-10-15", "--out", out)
    assert run(*call).exit_code == 0
    first = snapshot(out)
    assert sorted(first) == ["fielding.csv", "message.txt", "reminder.ics"] and not any(b"secret" in content for content in first.values())
    (out / "message.txt").write_text("old " * 5000, encoding="utf-8")
    (out / "mine.txt").write_text("kept", encoding="utf-8")
    assert run(*call).exit_code == 0
    assert snapshot(out) == first | {"mine.txt": b"kept"}
    if os.name == "posix":
        assert {path.stat().st_mode & 0o777 for path in out.iterdir() if path.name in first} == {0o600} and out.stat().st_mode & 0o777 == 0o700
    assert first["fielding.csv"].startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(first["fielding.csv"].decode("utf-8-sig"))))
    assert [(row["school_id"], row["answered"], row["head_count"], row["percent"], row["needed"], row["enough"]) for row in table] == [
        ("0101", "9", "20", "45.0", "1", "no"), ("0103", "6", "5", "", "2", "no"), ("NA", "0", "", "", "8", "no"),
    ]  # fmt: skip
    assert len(Calendar.from_ical(first["reminder.ics"].decode()).walk("VEVENT")) == 3


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t=", " ="])
def test_a_name_is_no_formula(mark):
    one = Standing("0101", f"{mark}1+1", 9, 20, 10, 9)
    cell = list(csv.reader(io.StringIO(sections.for_spreadsheet([fielding(one)]))))[1][4]
    assert cell == f"'{mark}1+1"


@pytest.mark.parametrize("name", ["parameters", "data", "reports", "data/raw/new", ".cyclebook"])
def test_nothing_is_written_among_what_people_and_runs_write(folder, name):
    (folder / "reports").mkdir()
    before = snapshot(folder)
    done = run("--district", folder, "--as-of", "2025-10-15", "--out", folder / name)
    assert done.exit_code == 2 and "--out" in done.output and snapshot(folder) == before


def test_a_link_into_the_data_or_a_file_is_refused_too(folder, tmp_path):
    if os.name == "posix":
        (tmp_path / "link").symlink_to(folder / "data")
        assert run("--district", folder, "--as-of", "2025-10-15", "--out", tmp_path / "link" / "raw").exit_code == 2
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert run("--district", folder, "--as-of", "2025-10-15", "--out", tmp_path / "file").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--wave", "2025-fal"), 'did you mean "2025-fall"?'),
        (("--wave", ""), 'no wave ""'),
        (("--survey", "stafff"), 'did you mean "staff"?'),
        (("--as-of", "soon"), "2025-11-21"),
    ],
)
def test_a_wrong_call_says_what_was_meant(folder, arguments, said):
    done = run("--district", folder, *arguments)
    assert done.exit_code == 2 and said in done.output


def test_when_all_windows_are_over_the_last_is_named_and_can_be_asked_for(folder, tmp_path):
    done = run("--district", folder, "--as-of", "2026-01-10", "--out", tmp_path / "none")
    assert done.exit_code == 0 and "--wave 2025-fall" in done.output and not (tmp_path / "none").exists()
    assert "The survey closed on October 24, 2025." in run("--district", folder, "--as-of", "2026-01-10", "--wave", "2025-fall").output


def test_before_the_window_the_next_one_is_spoken_of(folder):
    done = run("--district", folder, "--as-of", "2025-09-30")
    assert done.exit_code == 0 and "This is the next one." in done.output and "opens on October 6, 2025, in 6 days." in done.output


def test_without_a_day_the_command_asks_for_one(folder):
    small_district.write(folder, {"parameters/sources.yaml": sources(), "data/raw/answers.csv": rows()})
    done = run("--district", folder)
    assert done.exit_code == 2 and "--as-of" in done.output


def test_on_the_first_day_an_empty_export_is_no_answer_yet(folder):
    small_district.write(folder, {"parameters/sources.yaml": sources(), "data/raw/answers.csv": rows()})
    done = run("--district", folder, "--as-of", "2025-10-06")
    assert done.exit_code == 0 and "No answer has come in yet from: Alder Creek School, Cedar School, and Nuevo Año School." in done.output


def test_a_survey_without_a_file_of_answers_is_not_counted_as_nobody(folder, tmp_path):
    small_district.write(folder, {"parameters/sources.yaml": sources(wave="wave: 2024-fall"), "data/raw/answers.csv": rows(*tokens("0101", 2))})
    done = run("--district", folder, "--as-of", "2025-10-15", "--out", tmp_path / "out")
    assert done.exit_code == 0 and "No file of answers is declared for Fall 2025" in done.output and "No answer has come in" not in done.output
    assert "0101  Alder Creek School        –     20" in done.output
    assert "so far" not in (tmp_path / "out" / "message.txt").read_text(encoding="utf-8")


def test_a_survey_that_is_not_one_of_answers_is_refused(folder):
    small_district.write(folder, {"parameters/sources.yaml": sources(survey=f"{SURVEY}\n  pulse: {{title: Pulse}}")})
    with pytest.raises(InputError, match="no file of answers"):
        found_in(folder, survey="pulse")


def test_the_demo_works_in_and_after_its_window(project_root, tmp_path, no_scores):
    after = run("--district", project_root, "--wave", "2025-fall", "--out", tmp_path / "out")
    assert after.exit_code == 0 and "773 of 1,135 staff, 68.1 percent" in after.output and "21 of 23 schools" in after.output
    copy = tmp_path / "demo"
    for name in ("parameters", "data"):
        shutil.copytree(project_root / name, copy / name)
    for name, old, new in (
        ("district.yaml", "as_of: 2025-11-21", "as_of: 2025-10-15"),
        ("sources.yaml", "    path: data/raw/staff_2025_fall_qualtrics.csv\n", "    path: data/raw/staff_2025_fall_qualtrics.csv\n    answered_on: recordedDate\n"),
    ):
        file = copy / "parameters" / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
    inside = run("--district", copy)
    assert inside.exit_code == 0 and "9 days are left." in inside.output
    counted, later = (int(re.search(pattern, inside.output)[1]) for pattern in (r"Answers in all: (\d+) of", r"(\d+) answers are dated after"))
    assert counted + later == 773 and later > 0
    assert sum(int(count) for count in re.findall(r"^  October \d+, 2025: (\d+)$", inside.output, re.M)) == counted
