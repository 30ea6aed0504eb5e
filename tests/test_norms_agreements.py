"""Agreements and the leadership team as seen on a day: what is due, what is not stated, who has no seat."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.norms import agreements, team
from cyclebook.norms.agreements import PARTS, Review
from cyclebook.parameters import Agreement

DAY = date(2025, 11, 21)
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))


def agreement(**facts) -> Agreement:
    plain = {"id": "a1", "school_id": "S01", "text": "We start on time.", "question": "among_staff", "owner": "Ms Fir",
             "behaviour": "The door closes at eight.", "cadence": 30, "last_review": date(2025, 10, 1)}  # fmt: skip
    return Agreement(**(plain | facts))


def test_the_next_review_is_due_a_cadence_after_the_last_one():
    assert agreements.review(agreement(), DAY) == Review(date(2025, 10, 1), date(2025, 10, 31), 21)


def test_on_the_very_day_nothing_is_overdue_and_a_day_later_it_is_by_one():
    due = date(2025, 10, 31)
    assert agreements.review(agreement(), due).days == 0
    assert agreements.review(agreement(), due + timedelta(1)).days == 1
    assert agreements.review(agreement(), due - timedelta(1)).days == -1


def test_without_a_cadence_a_review_or_a_day_nothing_can_be_overdue():
    assert agreements.review(agreement(cadence=None), DAY) == Review(date(2025, 10, 1), None, None)
    assert agreements.review(agreement(last_review=None), DAY) == Review(None, None, None)
    assert agreements.review(agreement(), None) == Review(date(2025, 10, 1), date(2025, 10, 31), None)


def test_a_review_that_has_not_taken_place_yet_does_not_count():
    assert agreements.review(agreement(last_review=date(2025, 12, 1)), DAY) == Review(None, None, None)
    assert "review" in agreements.unsaid(agreement(last_review=date(2025, 12, 1)), DAY)
    assert agreements.review(agreement(last_review=DAY), DAY).days == -30


@given(DAYS, DAYS, st.integers(1, 400))
def test_overdue_is_counted_from_the_day_it_was_due(last, day, cadence):
    found = agreements.review(agreement(last_review=last, cadence=cadence), day)
    if last > day:
        assert found == Review(None, None, None)
    else:
        assert found.days == (day - last).days - cadence


def test_what_is_not_stated_is_listed_in_a_fixed_order():
    assert agreements.unsaid(agreement(), DAY) == ()
    bare = agreement(question="", owner=" ", behaviour="", cadence=None, last_review=None)
    assert agreements.unsaid(bare, DAY) == PARTS
    assert agreements.unsaid(agreement(owner=""), DAY) == ("owner",)


def test_coverage_holds_the_agreements_against_the_four_questions():
    found = agreements.coverage([agreement(id="a"), agreement(id="b", question="modelling"), agreement(id="c"), agreement(id="d", question="")])
    assert found == {"among_staff": ("a", "c"), "with_communities": (), "modelling": ("b",), "accountability": ()}
    assert not any(agreements.coverage([]).values())


# The leadership team


def listed(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["school_id", "group", "members", "date"])


def test_the_latest_list_counts_and_groups_that_it_does_not_name_have_no_seat():
    table = listed(
        ("S01", "community", 4, "2024-09-01"),
        ("S01", "administrators", 1, "2025-09-01"),
        ("S01", "educators", 2, "2025-09-01"),
        ("S01", "educators", 3, "2025-09-01"),
        ("S02", "school_board", 1, ""),
    )
    found = team.teams(table, DAY)
    assert found["S01"].day == date(2025, 9, 1)
    assert found["S01"].members["educators"] == 5 and found["S01"].seats == 6
    assert found["S01"].missing == ("families_and_learners", "community", "pupil_services", "school_board")
    assert found["S02"].day is None and found["S02"].seats == 1


def test_a_list_of_a_later_day_is_not_used_and_one_without_a_date_only_where_there_is_no_other():
    table = listed(("S01", "educators", 2, "2025-12-01"), ("S01", "educators", 3, ""), ("S02", "educators", 9, "2025-12-01"))
    found = team.teams(table, DAY)
    assert (found["S01"].day, found["S01"].seats) == (None, 3) and "S02" not in found
    assert team.teams(table, None)["S01"].seats == 2


def test_a_group_with_no_member_has_no_seat():
    found = team.teams(listed(*(("S01", group, int(group != "community"), "2025-09-01") for group in team.GROUPS)), DAY)
    assert found["S01"].missing == ("community",) and found["S01"].seats == 5
