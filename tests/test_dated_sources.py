"""Measures, ratings and leadership teams as people export them: every row is kept or set aside, with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.sources import Tables, read
from cyclebook.sources.dates import day_of
from tests.small_district import FILES, problems, receipt, write

MEASURES = """
    measures:
      heard: {name: Ideas heard, about: a, type: share, unit: percent, better: higher, people: true, definition: Pulse.}
      visits: {name: Peer visits, about: b, type: count, unit: visits, better: higher, people: false, definition: Log.}
      open: {name: Open questions, about: c, type: rate, unit: per 10, multiply: 10, better: lower, people: false, definition: Log.}
      mood: {name: Mood, about: d, type: value, unit: points, better: higher, people: true, low: 1, high: 5, definition: Log.}
    """
SERIES = """
    sources:
      weekly: {table: series, form: csv, path: data/raw/weekly.csv, school: School, date: Week, measure_column: What, numerator: Yes,
               denominator: Of, value: Value, persons: People}
    """
HEADER = "School,Week,What,Yes,Of,Value,People\n"


def series(folder: Path, rows: str, sources: str = SERIES) -> Tables:
    files = {"parameters/measures.yaml": MEASURES, "parameters/sources.yaml": sources, "data/raw/weekly.csv": HEADER + rows}
    return read(load(write(folder, files)))


def test_each_type_of_measure_is_read_from_its_columns(tmp_path):
    tables = series(tmp_path, "0101,2025-10-06,heard,12,20,,\nAlder,10/13/2025,Peer visits,,,7,\n0101,2025-10-06,open,3,11,,\n0101,2025-10-06,mood,,,3.5,9\n")
    found = tables.series.set_index("measure")
    assert receipt(tables) == (4, 4, 0, 0)
    assert list(found["school_id"]) == ["0101"] * 4
    assert tuple(found.loc["heard", ["date", "numerator", "denominator"]]) == ("2025-10-06", 12, 20)
    assert tuple(found.loc["visits", ["date", "value"]]) == ("2025-10-13", 7)
    assert found.loc["mood", "persons"] == 9


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("Nowhere,2025-10-06,visits,,,7,", "School", "Nowhere", "unknown school"),
        ("0101,Oct 6,visits,,,7,", "Week", "Oct 6", "not a day of the calendar"),
        ("0101,,visits,,,7,", "Week", "", "no day"),
        ("0101,2025-02-30,visits,,,7,", "Week", "2025-02-30", "not a day of the calendar"),
        ("0101,2025-10-06,visit log,,,7,", "What", "visit log", "unknown measure"),
        ("0101,2025-10-06,visits,,,seven,", "Value", "seven", "not a number"),
        ('0101,2025-10-06,mood,,,"1,5",9', "Value", "1,5", "not a number"),
        ('0101,2025-10-06,visits,,,"1.234,5",', "Value", "1.234,5", "not a number"),
        ("0101,2025-10-06,visits,,,1e30,", "Value", "1e+30", "too large to be true"),
        ("0101,2052-10-06,visits,,,7,", "Week", "2052-10-06", "a day far ahead"),
        ("0101,2025-10-06,visits,,,,", "Value", "", "a number is missing"),
        ("0101,2025-10-06,visits,,,-1,", "Value", "-1", "below zero"),
        ("0101,2025-10-06,visits,,,1.5,", "Value", "1.5", "not a whole number"),
        ("0101,2025-10-06,heard,21,20,,", "Yes", "21", "more than the whole"),
        ("0101,2025-10-06,heard,0,0,,", "Of", "0", "nothing to divide by"),
        ("0101,2025-10-06,mood,,,6,9", "Value", "6", "off the scale"),
        ("0101,2025-10-06,mood,,,3,", "People", "", "no number of persons"),
        ("0102,2025-10-06,visits,,,7,", "Week", "2025-10-06", "school closed"),
        ("0103,2025-05-06,visits,,,7,", "Week", "2025-05-06", "school not yet open"),
    ],
)
def test_a_row_that_cannot_be_right_is_set_aside_with_its_reason(tmp_path, row, column, value, reason):
    tables = series(tmp_path, f"0101,2025-09-01,visits,,,4,\n{row}\n")
    assert receipt(tables) == (2, 1, 1, 0)
    assert problems(tables) == [(3, column, value, reason, "set aside")]
    assert tables.problems["remedy"][0].endswith(".")


def test_the_second_number_for_one_day_is_set_aside_also_over_files(tmp_path):
    more = SERIES.rstrip() + "\n      again: {table: series, form: csv, path: data/raw/again.csv, school: School, date: Week, measure: visits, value: Value}\n"
    write(tmp_path, {"data/raw/again.csv": "School,Week,Value\n0101,2025-10-06,9\n0101,2025-10-13,9\n"})
    tables = series(tmp_path, "0101,2025-10-06,visits,,,7,\n0101,10/6/2025,visits,,,8,\n", more)
    assert sorted(tables.series["value"]) == [7, 9]
    assert [p[0::3] for p in problems(tables)] == [(3, "second number for the same day"), (2, "second number for the same day")]
    assert "row 2 of weekly" in tables.problems["remedy"][1]


def test_a_series_must_say_which_measure(tmp_path):
    with pytest.raises(InputError, match="write either measure"):
        series(tmp_path, "", SERIES.replace("measure_column: What, ", ""))
    with pytest.raises(InputError, match='no measure "vists"; did you mean "visits"'):
        series(tmp_path, "", SERIES.replace("measure_column: What", "measure: vists"))


@pytest.mark.parametrize(
    ("text", "day"),
    [("2025-10-06", "2025-10-06"), ("10/6/2025", "2025-10-06"), (" 2025-10-06 08:00:01 ", "2025-10-06"), ("10/6/2025 8:00", "2025-10-06"),
     ("6.10.2025", None), ("25-Jun", None), ("13/13/2025", None), ("45045", None), ("", None)],
)  # fmt: skip
def test_days(text, day):
    assert (day_of(text) and day_of(text).isoformat()) == day


# Ratings


SURVEYS = """
    surveys:
      lived: {title: Pulse, promise: {kind: confidential, smallest_group: 5, seen_by: the office}}
    sources:
    """
LONG = SURVEYS + """
      pulse: {table: ratings, rates: agreements, survey: lived, form: csv, path: data/raw/pulse.csv, school: School, date: Day,
              person: Token, item: Which, value: How, codebook: lived}
    """
BOOK = "answers: {lived: {Rarely: 1, Sometimes: 2, Mostly: 3, Always: 4}}\nnot_applicable: [Do not know]\n"
AGREEMENTS = "id,school_id,text\na,0101,We listen.\nb,0101,We answer.\na,0103,We begin on time.\n"


def pulse(folder: Path, rows: str) -> Tables:
    files = {"parameters/sources.yaml": LONG, "parameters/codebooks/lived.yaml": BOOK, "parameters/agreements.csv": AGREEMENTS}
    return read(load(write(folder, files | {"data/raw/pulse.csv": "School,Day,Token,Which,How,Name\n" + rows})))


def test_ratings_of_agreements_are_read_one_a_row(tmp_path):
    tables = pulse(tmp_path, "0101,2025-10-06,t1,a,Mostly,Ann\nAlder,2025-10-06,t1,b,rarely,Ann\n")
    assert list(tables.ratings["item"]) == ["a", "b"] and list(tables.ratings["value"]) == [3, 1]
    assert set(tables.ratings["person"]) == {"t1"} and set(tables.ratings["rates"]) == {"agreements"}
    assert "Ann" not in tables.ratings.to_csv()
    assert tables.receipts["personal_columns"][0] == "Name"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("0101,2025-10-06,t2,c,Mostly,", ("Which", "c", "unknown agreement")),
        ("0103,2025-10-06,t2,b,Mostly,", ("Which", "b", "unknown agreement")),
        ("0101,2025-10-06,t2,,Mostly,", ("Which", "", "no agreement")),
        ("0101,2025-10-06,t2,a,Often,", ("How", "Often", "no answer that can be read")),
        ("0101,2025-10-06,t2,a,Do not know,", ("", "", "no answers")),
        ("0101,2025-10-06,t1,a,Rarely,", ("Token", "t1", "same person twice")),
        ("0101,never,t2,a,Rarely,", ("Day", "never", "not a day of the calendar")),
    ],
)
def test_a_rating_that_cannot_be_used_is_set_aside(tmp_path, row, problem):
    tables = pulse(tmp_path, f"0101,2025-10-06,t1,a,Mostly,\n{row}\n")
    assert receipt(tables) == (2, 1, 1, 0)
    assert problems(tables) == [(3, *problem, "set aside")]


def test_the_questions_of_collaboration_are_read_one_a_column(tmp_path):
    sources = SURVEYS + """
      review: {table: ratings, rates: collaboration, survey: lived, form: csv, path: data/raw/review.csv, school: School, date: Day,
               codebook: review}
    """
    book = """
        answers: {agree: {Disagree: 1, Neither: 2, Agree: 3}}
        items:
          loop: {columns: [Loop], text: We are kept in the loop., answers: agree}
          voice: {columns: [Voice], text: All are heard., answers: agree}
        """
    files = {"parameters/sources.yaml": sources, "parameters/codebooks/review.yaml": book,
             "data/raw/review.csv": "School,Day,Loop,Voice\n0101,2025-11-03,Agree,Disagree\n0101,2025-11-03,Agree,\n0101,2025-11-03,,\n"}  # fmt: skip
    tables = read(load(write(tmp_path, files)))
    assert receipt(tables) == (3, 2, 1, 0)
    assert list(zip(tables.ratings["item"], tables.ratings["value"], strict=True)) == [("loop", 3), ("voice", 1), ("loop", 3)]
    assert tables.ratings["row"].nunique() == 2 and tables.ratings["person"].isna().all()


REVIEW_BOOK = """
    answers: {agree: {Disagree: 1, Neither: 2, Agree: 3}}
    items:
      loop: {columns: [Loop], text: We are kept in the loop., answers: agree}
    """


def reviews(folder: Path, keys: str, *files: str) -> Tables:
    """Exports of one review, read with these keys of the declaration."""
    sources = SURVEYS.rstrip()
    for place, _ in enumerate(files):
        sources += f"\n      r{place}: {{table: ratings, rates: collaboration, survey: lived, form: csv, path: data/raw/r{place}.csv, school: School,"
        sources += f" date: Day, codebook: review{keys}}}"
    written = {f"data/raw/r{place}.csv": "Id,School,Day,Loop\n" + text for place, text in enumerate(files)}
    return read(load(write(folder, {"parameters/sources.yaml": sources, "parameters/codebooks/review.yaml": REVIEW_BOOK} | written)))


def test_the_same_response_in_two_exports_counts_once(tmp_path):
    first, second = "1,0101,2025-11-03,Agree\n1,0101,2025-11-04,Agree\n", "1,0101,2025-11-03,Agree\n2,0101,2025-11-04,Agree\n"
    tables = reviews(tmp_path, ", response_id: Id", first, second)
    assert [p[3] for p in problems(tables)] == ["same response id twice"] * 2
    assert len(tables.ratings) == 2 and set(tables.ratings["date"]) == {"2025-11-03", "2025-11-04"}


def test_without_ids_rows_that_are_alike_are_flagged(tmp_path):
    tables = reviews(tmp_path, "", "1,0101,2025-11-03,Agree\n1,0101,2025-11-03,Agree\n")
    assert [p[3:] for p in problems(tables)] == [("possible duplicate", "flagged")] and len(tables.ratings) == 2


def test_an_anonymous_survey_of_ratings_has_no_tokens(tmp_path):
    with pytest.raises(InputError, match="anonymous"):
        files = {"parameters/sources.yaml": LONG.replace("confidential", "anonymous"), "parameters/codebooks/lived.yaml": BOOK}
        load(write(tmp_path, files))


# Teams


def test_seats_of_leadership_teams_are_read_by_group(tmp_path):
    sources = "sources:\n  teams: {table: teams, form: csv, path: data/raw/t.csv, school: School, group: Group, members: Seats}\n"
    rows = "School,Group,Seats\n0101,Administrators,2\n0101,Families and learners,0\n0101,Parents,1\n0101,community,two\n0101,educators,1.5\n"
    tables = read(load(write(tmp_path, {"parameters/sources.yaml": sources, "data/raw/t.csv": rows})))
    assert list(zip(tables.teams["group"], tables.teams["members"], strict=True)) == [("administrators", 2), ("families_and_learners", 0)]
    assert [p[3] for p in problems(tables)] == ["unknown group", "not a number", "not a whole number of seats"]


def test_a_team_listed_person_by_person_is_added_up_and_told(tmp_path):
    sources = "sources:\n  teams: {table: teams, form: csv, path: data/raw/t.csv, school: School, group: Group, members: Seats}\n"
    rows = "School,Group,Seats\n0101,educators,1\n0101,educators,1\n0101,educators,1\n"
    tables = read(load(write(tmp_path, {"parameters/sources.yaml": sources, "data/raw/t.csv": rows})))
    assert list(tables.teams["members"]) == [3] and receipt(tables) == (3, 3, 0, 2)
    assert "added to those of row 2 of teams" in tables.problems["remedy"][0]


def test_nothing_declared_gives_empty_tables(tmp_path):
    tables = read(load(write(tmp_path)))
    assert [len(table) for table in (tables.ratings, tables.series, tables.teams)] == [0, 0, 0]
    assert FILES
