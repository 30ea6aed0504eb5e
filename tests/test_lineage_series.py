"""Series and ratings of schools that change: carried to the same school under a new id, joined to no other, and said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook import facts
from cyclebook.climate import readings
from cyclebook.measures.points import all_points, clear, respondents
from cyclebook.norms import prepare as norms
from cyclebook.parameters import load
from cyclebook.reading import sentence
from cyclebook.sources import read
from tests.small_district import write

FILES = {
    "parameters/schools.csv": """
        school_id,name,opened,closed,successor
        older,Older School,,2024-12-20,old
        old,Old School,2025-01-01,2025-06-13,new
        new,New School,2025-08-01,,
        one,One School,,2025-06-13,two
        two,Two School,,,
        all,Whole School,,2025-06-13,east|west
        east,East School,2025-08-01,,
        west,West School,,,
        """,
    "parameters/measures.yaml": """
        measures:
          heard: {name: Ideas heard, about: ideas heard, type: share, unit: percent, people: true, better: higher, multiply: 100,
                  decimals: 0, every: 7, low: 0, high: 100, definition: How.}
        """,
    "parameters/agreements.csv": """
        id,school_id,text,question,owner,behaviour,cadence,last_review
        a,old,We listen.,among_staff,Principal,Seen.,quarterly,2025-01-10
        b,old,We share.,among_staff,Principal,Seen.,quarterly,2025-01-10
        a,new,We listen.,among_staff,Principal,Seen.,quarterly,2025-01-10
        b,new,We share all.,among_staff,Principal,Seen.,quarterly,2025-01-10
        """,
    "parameters/codebooks/lived.yaml": "answers: {lived: {Never: 1, Seldom: 2, Often: 3, Always: 4}}\n",
    "parameters/sources.yaml": """
        surveys: {staff: {title: Staff survey}}
        sources:
          answers: {table: responses, survey: staff, form: csv, path: data/raw/answers.csv, wave: 2025-fall, school: School, codebook: staff}
          weekly: {table: series, form: csv, path: data/raw/weekly.csv, school: School, date: Day, measure: heard, numerator: Yes,
                   denominator: All}
          pulse: {table: ratings, survey: staff, form: csv, path: data/raw/pulse.csv, school: School, date: Day, rates: agreements,
                  item: Which, value: Answer, person: Token, codebook: lived}
        """,
    "data/raw/answers.csv": "School,Token,Q1,Q2\nnew,a,Agree,Disagree\n",
}  # fmt: skip
WEEKS = {"older": "2024-11-04", "old": "2025-03-03", "new": "2025-09-01", "one": "2025-03-03", "two": "2025-03-03", "all": "2025-03-03", "west": "2025-03-03"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    weekly = ["School,Day,Yes,All"]
    for school, first in WEEKS.items():
        weekly += [f"{school},{date.fromisoformat(first) + timedelta(7 * n)},{6 + n},20" for n in range(3)]
    pulse = ["School,Day,Which,Answer,Token"]
    for school, month in (("old", "2025-03"), ("old", "2025-05"), ("new", "2025-09")):
        pulse += [f"{school},{month}-{day:02},{which},Often,{school}{day}" for day in range(10, 22) for which in ("a", "b")]
    folder = write(tmp_path_factory.mktemp("series"), FILES | {"data/raw/weekly.csv": "\n".join(weekly) + "\n", "data/raw/pulse.csv": "\n".join(pulse) + "\n"})
    district = load(folder)
    return district, read(district)


def test_a_series_goes_on_under_the_new_id_and_names_who_stood_behind_it(made):
    district, tables = made
    assert facts.went_on(district, tables) == {"old": ("older",), "new": ("older", "old")}
    found = all_points(district, tables)
    assert [(point.day.isoformat()[:7], point.school) for point in found["new", "heard"]] == [
        *[("2024-11", "older")] * 3, *[("2025-03", "old")] * 3, *[("2025-09", "")] * 3,
    ]  # fmt: skip
    used = clear(found["new", "heard"])
    n, named = respondents(district.measures["heard"], {"new": used[2:4]})
    assert (n, named) == (20, "school_id=old|older; source=heard; window=2024-11-18|2025-03-03")
    assert [point.school for point in found["old", "heard"]] == ["older"] * 3 + [""] * 3


def test_a_series_is_joined_to_no_school_that_others_joined_or_that_parted(made):
    district, tables = made
    found = all_points(district, tables)
    assert len(found["two", "heard"]) == len(found["west", "heard"]) == 3 and ("east", "heard") not in found
    assert {point.school for school in ("two", "west") for point in found[school, "heard"]} == {""}


def test_before_a_school_closed_nothing_of_it_stands_elsewhere(made):
    district, tables = made
    early = load(district.folder, date(2025, 5, 1))
    assert facts.went_on(early, tables) == {"old": ("older",)}
    assert not all_points(early, tables).get(("new", "heard")) and facts.took_over(early, tables, "two") == []


def test_how_series_stand_to_the_schools_that_closed(made):
    district, tables = made
    told = {school: [(each["kind"], each["parted"], *each["names"]) for each in facts.took_over(district, tables, school)] for school in district.schools}
    assert told == {
        "older": [], "old": [("same", False, "Older School")], "new": [("same", False, "Older School"), ("same", False, "Old School")],
        "one": [], "two": [("own", False, "One School")], "all": [], "east": [("new", True, "Whole School")],
        "west": [("own", True, "Whole School")],
    }  # fmt: skip


def test_ratings_of_the_same_agreement_go_on_and_no_window_mixes_two_ids(made):
    district, tables = made
    shown = norms.protected(district, tables).rows(school_id="new", statistic="favourable_count")
    assert [(row.wave, row.scale, row.set.split("school_id=")[1].split(";")[0]) for row in shown.frame.itertuples()] == [
        ("2025-03", "a", "old"), ("2025-05", "a", "old"), ("2025-09", "a", "new"), ("2025-09", "b", "new"),
    ]  # fmt: skip


def test_a_month_in_which_both_ids_were_rated_keeps_the_new_one_only(made, tmp_path):
    district, _ = made
    text = (district.folder / "data/raw/pulse.csv").read_text().replace("new,2025-09", "new,2025-05")
    (district.folder / "data/raw/pulse.csv").write_text(text)
    schools = (district.folder / "parameters/schools.csv").read_text()
    (district.folder / "parameters/schools.csv").write_text(schools.replace("2025-06-13,new", "2025-05-09,new").replace("2025-08-01,,\none", "2025-05-10,,\none"))
    other = load(district.folder)
    rows = norms.protected(other, read(other)).rows(school_id="new", scale="a", statistic="favourable_count").frame
    assert list(rows["wave"]) == ["2025-03", "2025-05"] and ["school_id=new" in text for text in rows["set"]] == [False, True]


NAMES = st.lists(st.sampled_from(["Alder", "Birch", "Cedar"]), min_size=1, max_size=2, unique=True)
TOLD = st.fixed_dictionaries({"day": st.dates().map(date.isoformat), "kind": st.sampled_from(["same", "own", "new"]), "parted": st.booleans(), "names": NAMES})


@given(st.lists(TOLD, max_size=3), st.sampled_from(["series_stands", "series_rated", "series_answered"]))
def test_what_is_said_of_a_series_is_true_of_each_school_that_closed(told, same):
    texts = [sentence(reading, "en") for reading in readings.took_over(told, same)]
    assert len(texts) == 2 * len(told)
    for each, gone, so in zip(told, texts[::2], texts[1::2], strict=True):
        assert all((name in gone) == (name in each["names"]) for name in ("Alder", "Birch", "Cedar"))
        assert ("several schools" in gone) == each["parted"]
        assert ("stand here, too" in so or "stands here, too" in so) == (each["kind"] == "same")
        assert ("not joined" in so) == (each["kind"] != "same")
        assert ("only this school’s own" in so) == (each["kind"] == "new")
        assert ("has changed" in so) == (each["kind"] == "own")
