"""Coaches, supervisors, cohorts and districts: who a school belonged to on which day, and runs for one of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook import facts
from cyclebook.batch.choice import Choice
from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.parameters.groups import FILE, read_groups
from cyclebook.parameters.yaml_files import Faults
from cyclebook.sources import read
from tests.small_district import write

SCHOOLS = "parameters/schools.csv"
STATED = """
    school_id,name,coach,district
    0101,Alder Creek School,Rivera,Adair County
    0102,Birch Lane School,,"Basin, North"
    0103,Cedar School,Lopez,Adair County
    """
OVER_TIME = """
    school_id,kind,name,from,to
    0102,coach,Rivera,,2025-06-30
    0102,coach,Osei,2025-08-01,
    0101,cohort,Cohort 1,,
    """


def made(folder, groups=OVER_TIME, schools=STATED, **files):
    return load(write(folder, {SCHOOLS: schools, FILE: groups} | files))


def test_a_coach_who_left_is_named_for_the_days_until_then(tmp_path):
    district = made(tmp_path)
    coaches = [district.groups_on("0102", day).get("coach") for day in (date(2025, 6, 30), date(2025, 7, 15), date(2025, 8, 1), None)]
    assert coaches == ["Rivera", None, "Osei", "Osei"]
    assert district.groups_on("0101", date(2000, 1, 1)) == {"coach": "Rivera", "district": "Adair County", "cohort": "Cohort 1"}
    assert district.groups("coach") == ["Rivera", "Lopez", "Osei"] and district.groups("supervisor") == []


def test_the_page_knows_the_groups_of_its_day(tmp_path):
    district = made(tmp_path)
    tables, school = read(district), district.schools["0102"]
    about = facts.about(district, tables, school, tables.responses.iloc[:0], [])
    assert about["as_of"] == "2025-10-24"
    assert about["school"]["groups"] == {"coach": "Osei", "district": "Basin, North"}


def test_without_the_file_what_schools_csv_says_holds_on_every_day(tmp_path):
    district = made(tmp_path, groups=None)
    assert district.memberships == () and district.groups_on("0103", None)["coach"] == "Lopez"


WRONG = {
    "school": ("0102,coach,Rivera", "0105,coach,Rivera", ["row 2, column school_id", '"0105"', "did you mean"]),
    "kind": ("0102,coach,Rivera", "0102,couch,Rivera", ["row 2, column kind", '"couch"', 'did you mean "coach"']),
    "name": ("0102,coach,Rivera", "0102,coach,", ["row 2, column name", "empty"]),
    "day": ("2025-06-30", "6/30/2025", ["row 2, column to", '"6/30/2025" is not a day']),
    "order": ("2025-08-01,", "2025-08-01,2025-07-15", ["row 3, column to", "before the first day"]),
    "overlap": ("2025-08-01", "2025-06-30", ["row 3, column from", "row 2", '"Rivera": ever to 2025-06-30', "Let one period end"]),
    "both files": ("0102,coach,Rivera", "0103,coach,Rivera", ["row 2, column kind", "schools.csv names a coach", '"Lopez"', "Clear that cell"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told(tmp_path, case):
    old, new, expected = WRONG[case]
    assert OVER_TIME.count(old) == 1
    with pytest.raises(InputError) as caught:
        made(tmp_path, OVER_TIME.replace(old, new))
    text = str(caught.value)
    assert text.startswith(FILE) and len(text.splitlines()) == 1
    for part in expected:
        assert part in text


START = date(2025, 1, 1)
PERIODS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.booleans(), st.booleans()), max_size=4)


@given(PERIODS)
def test_periods_that_share_a_day_are_refused_and_else_each_day_has_its_own(tmp_path_factory, periods):
    rows = ["school_id,kind,name,from,to"]
    spans = []
    for place, (first, length, open_start, open_end) in enumerate(periods):
        low, high = (-99 if open_start else first), (99 if open_end else first + length)
        spans.append((low, high))
        rows.append(f"0101,cohort,G{place},{'' if open_start else START + timedelta(first)},{'' if open_end else START + timedelta(first + length)}")
    folder = tmp_path_factory.mktemp("periods")
    district = made(folder, groups=None)
    (folder / FILE).write_text("\n".join(rows) + "\n", encoding="utf-8")
    faults = Faults()
    read_groups(folder, district.schools, faults)
    shared = any(a[0] <= b[1] and b[0] <= a[1] for place, a in enumerate(spans) for b in spans[:place])
    assert bool(faults.found) == shared
    if not shared:
        district = load(folder)
        for number in range(-5, 70):
            named = [f"G{place}" for place, (low, high) in enumerate(spans) if low <= number <= high]
            assert district.groups_on("0101", START + timedelta(number)).get("cohort") == (named[0] if named else None)


@pytest.mark.parametrize(
    ("wanted", "day", "expected"),
    [
        ("coach=Rivera", date(2025, 6, 1), ["0101", "0102"]),
        ("coach=rivera", date(2025, 10, 1), ["0101"]),
        ('district="Basin, North", 0103', date(2025, 10, 1), ["0102", "0103"]),
        ("district=Adair County,_district", date(2025, 10, 1), ["0101", "0103", "_district"]),
        ("Coach = Osei,coach=Lopez", date(2025, 10, 1), ["0102", "0103"]),
        ("0101", None, ["0101"]),
        ("all", None, ["0101", "0102", "0103", "_district"]),
    ],
)
def test_a_run_may_be_for_a_group(tmp_path, wanted, day, expected):
    district = made(tmp_path)
    assert Choice.of(wanted, district, [*district.schools, "_district"]).schools(day) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("coach=Riviera", 'no school has the coach "Riviera"; did you mean "Rivera"?'),
        ("couch=Rivera", '"couch" is no kind of group; did you mean "coach"?'),
        ("coach=", "no name after coach=; known: Rivera, Lopez, Osei"),
        ("supervisor=Rivera", "there is none yet"),
        ("coach=Rivera,0110", "'0110' is not known"),
        ('district="Basin', "not closed"),
    ],
)
def test_a_group_that_is_not_known_is_told(tmp_path, wanted, expected):
    district = made(tmp_path)
    with pytest.raises(InputError, match="--schools") as caught:
        Choice.of(wanted, district, list(district.schools))
    assert expected in str(caught.value)


def test_a_group_that_nobody_is_in_on_the_day_is_told(tmp_path):
    district = made(tmp_path)
    choice = Choice.of("coach=Osei", district, list(district.schools))
    with pytest.raises(InputError, match='the coach "Osei" on 2025-07-01'):
        choice.schools(date(2025, 7, 1))
