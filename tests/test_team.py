"""The team's numbers on small literal frames: what is shown, what stays hidden, and what follows by subtraction."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.privacy import audit, protect
from cyclebook.team import blocks, practices, replies, service, ties

DAY = date(2025, 11, 21)
COLUMNS = ["school_id", "date", "kind", "to", "member", "answered", "first_ask", "reason"]


def contacts(*rows: tuple) -> pd.DataFrame:
    """Rows of (school, days ago, kind, to, member, days to an answer or None, first ask, reason)."""
    table = []
    for school, ago, kind, to, member, after, first, reason in rows:
        asked = DAY - timedelta(days=ago)
        table.append([school, asked.isoformat(), kind, to, member, "" if after is None else (asked + timedelta(days=after)).isoformat(), first, reason])
    return pd.DataFrame(table, columns=COLUMNS, dtype="str")


def many(schools: int, members: int = 4, each: int = 4, **changes) -> pd.DataFrame:
    """So many contacts with each of so many schools, members in turn."""
    rows = []
    for place in range(schools):
        for turn in range(each):
            row = {"kind": ("email", "visit")[turn % 2], "to": "principal", "after": (place + turn) % 9, "first": "yes" if turn % 2 else "", "reason": ""} | changes
            rows.append((f"s{place:02d}", 80 + turn, row["kind"], row["to"], f"m{(place + turn) % members}", row["after"], row["first"], row["reason"]))
    return contacts(*rows)


def value(found: pd.DataFrame, statistic: str, item: str = "") -> float:
    here = found[(found["statistic"] == statistic) & (found["item"] == item)]
    assert len(here) == 1, (statistic, item, len(here))
    return float(here["value"].iloc[0])


# Contacts


def test_an_answer_that_comes_after_the_day_has_not_come_yet():
    found = replies.watched(contacts(("a", 10, "email", "principal", "m", 3, "", ""), ("a", 10, "email", "principal", "m", 11, "", ""),
                                     ("a", 4, "call", "principal", "m", None, "", ""), ("a", 365, "call", "principal", "m", 1, "", "")), DAY)  # fmt: skip
    assert found["came"].tolist() == [True, False, False] and found["days"].tolist() == [3, 10, 4]
    assert len(replies.watched(contacts(("a", -1, "email", "principal", "m", None, "", "")), DAY)) == 0


def test_the_numbers_of_all_contacts():
    found = replies.statistics(replies.watched(many(6, each=2, after=3), DAY), {}, 5)
    assert (value(found, "asked"), value(found, "schools"), value(found, "median")) == (12, 6, 3)
    assert value(found, "within_2") == 5 and value(found, "within_7") == 95, "all did the same, which is told of nobody"
    bounds = found.set_index(["item", "statistic"])["bound"]
    assert bounds["", "within_2"] == "less" and bounds["", "within_7"] == bounds["", "within_7_high"] == "more" and bounds["", "median"] == ""
    assert value(found, "first_ask", "first_ask") == 95


@pytest.mark.parametrize("schools, members", [(4, 4), (9, 2)])
def test_nothing_is_shown_of_few_schools_or_few_members(schools, members):
    assert len(replies.statistics(replies.watched(many(schools, members), DAY), {}, 5)) == 0


def test_nothing_is_shown_that_is_nearly_one_members_own():
    table = many(10)
    table["member"] = ["m0"] * 31 + ["m1", "m2"] * 4 + ["m1"]
    assert len(replies.statistics(replies.watched(table, DAY), {}, 5)) == 0
    table.loc[:10, "member"] = ["m3"] * 11
    assert len(replies.statistics(replies.watched(table, DAY), {}, 5)) > 0


def test_a_group_does_not_follow_from_the_others():
    table = replies.watched(many(14), DAY)
    level = {f"s{place:02d}": "elementary" if place < 6 else "middle" if place < 11 else "high" for place in range(14)}
    shown = {block.item for block in replies.shown_blocks(table, {"level": level}, 5)}
    assert "level=high" not in shown and "level=middle" not in shown, "middle and all would tell of three high schools"
    assert "level=elementary" in shown


def test_groups_of_one_kind_only_are_shown():
    table = replies.watched(many(20), DAY)
    halves = {f"s{place:02d}": "ab"[place % 2] for place in range(20)}
    thirds = {f"s{place:02d}": "xyz"[place % 3] for place in range(20)}
    items = {block.item for block in replies.shown_blocks(table, {"level": halves, "coach": thirds}, 5)}
    assert {item for item in items if item.startswith(("level", "coach"))} == {"coach=x", "coach=y", "coach=z"}


def test_a_reason_is_shown_when_enough_schools_gave_it():
    table = many(9, after=None)
    table["reason"] = ["testing"] * 24 + ["a private matter"] * 12
    found = replies.statistics(replies.watched(table, DAY), {}, 5)
    assert replies.open_reasons(found) == ["testing"] and math.isnan(value(found, "median"))
    assert "private" not in found.to_csv()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 5), st.sampled_from("abcd")), max_size=60), st.integers(2, 5))
def test_whatever_is_shown_and_whatever_is_left_are_of_enough_schools_and_members(rows, smallest):
    table = pd.DataFrame([(f"s{school}", f"m{member}", part) for school, member, part in rows], columns=["school_id", "member", "part"])
    if not blocks.clear(table, smallest):
        return
    shown = blocks.parts(table, "part", table["part"], smallest)
    rest = table[~table["part"].isin([block.item.removeprefix("part=") for block in shown])]
    for some in [*(block.contacts for block in shown), *([rest] if len(rest) else [])]:
        assert some["school_id"].nunique() >= smallest and some["member"].nunique() >= 3
        assert some["member"].value_counts().iloc[0] <= 0.75 * len(some)


def test_no_number_of_the_page_fails_the_audit():
    level = {f"s{place:02d}": "ab"[place % 2] for place in range(20)}
    table = replies.watched(many(20), DAY)
    found = protect(pd.concat([replies.statistics(table, {"level": level}, 5), ties.statistics(MAP, {}, 5)]), 5)
    ledger = pd.DataFrame(found.ledger("_district/06_district_team.html", "contacts"))
    assert len(ledger) > 80 and audit.audit(ledger, 5) == []


# Ties


def connections(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["school_id", "date", "member", "leader", "close"], dtype="str")


DRAWN = connections(
    *(("a", "2025-02-01", f"m{n}", "l1", "yes") for n in range(3)), ("a", "2025-10-01", "m0", "l1", "yes"), ("a", "2025-10-01", "m0", "l2", "yes"), ("a", "2025-10-01", "m1", "l1", "no"),
    ("b", "2025-02-01", "m0", "l3", "yes"), ("c", "2025-10-01", "m1", "l4", "yes"), ("c", "2025-10-01", "m2", "l4", "yes"), ("d", "2025-10-01", "m1", "l5", "no"),
    ("e", "2025-10-01", "m2", "l6", "yes"), ("f", "2025-12-01", "m2", "l7", "yes"), ("gone", "2025-10-01", "m2", "l8", "yes"),
)  # fmt: skip
MAP = ties.latest(DRAWN, ["a", "b", "c", "d", "e", "f"], DAY)


def test_the_latest_map_of_each_open_school():
    assert MAP.contacts.to_dict() == {"a": 1, "b": 1, "c": 2, "d": 0, "e": 1} and MAP.members == ["m0", "m1", "m2"] and MAP.leaders == 6
    assert ties.lost(MAP) == 2, "m0 is the only one close to a and to b"
    found = ties.statistics(MAP, {}, 5)
    assert [value(found, name) for name in ("on_map", "with_none", "with_one", "with_more", "lost")] == [5, 1, 3, 1, 2]
    shown = protect(found, 5)
    assert shown.cell("lost", item="").why and shown.cell("with_one", item="").value == 3, "three members are too few to tell of them"
    assert sum(value(found, "members", item) for item in ("0-0", "1-3", "4-7", "8-")) == 3


def test_what_ties_go_with():
    contacts_ = pd.Series(range(12), index=[f"s{n}" for n in range(12)])
    found, schools = ties.association(contacts_, contacts_ ** 2)
    assert found.observed == pytest.approx(1) and found.p < 0.01 and schools == 12
    assert ties.association(contacts_, contacts_ ** 2) == (found, schools), "seeded"
    few, schools = ties.association(contacts_.head(9), contacts_)
    assert math.isnan(few.p) and schools == 9
    by_hand, _ = ties.association(contacts_, pd.Series([3, 1, 2, 5, 4, 6, 9, 7, 8, 12, 10, 11], contacts_.index))
    assert by_hand.observed == pytest.approx(1 - 6 * (2**2 + 1 + 1 + 1 + 1 + 0 + 2**2 + 1 + 1 + 2**2 + 1 + 1) / (12 * 143))


def test_sharing_and_use_by_school():
    sessions = pd.DataFrame({"school_id": ["a", "a", "a", "b"], "date": ["2025-10-01", "2025-09-01", "2025-08-01", "2023-10-01"],
                             "kind": ["voluntary", "voluntary", "mandatory", "voluntary"], "attended": [2.0, 0.0, 5.0, 1.0]})  # fmt: skip
    assert ties.sharing(sessions, DAY).to_dict() == {"a": 0.5}
    uptake = pd.DataFrame({"school_id": ["a", "a", "b"], "date": ["2025-10-01"] * 3, "seen": [6.0, 4.0, 4.0], "using": [3.0, 4.0, 4.0]})
    assert ties.in_use(uptake, DAY, 5).to_dict() == {"a": 0.7}, "of four staff nothing is used"
    assert ties.sharing(sessions.head(0), DAY).empty and ties.in_use(uptake.head(0), DAY, 5).empty


# Service


def test_a_spread_by_size_is_told_from_one_that_is_not():
    staff = np.array([10, 20, 40, 80, 50])
    fair, unfair = service.spread(staff, staff), service.spread([60, 60, 20, 20, 40], staff)
    assert fair.dispersion == 0 and fair.p == 1 and unfair.p < 0.001
    assert unfair.dispersion == pytest.approx(sum((got - due) ** 2 / due for got, due in zip([60, 60, 20, 20, 40], staff, strict=True)) / 4)
    assert math.isnan(service.spread([1, 2, 3], [1, 1, 1]).p) and math.isnan(service.spread([90, 90], [1, 1]).p)
    with pytest.raises(ValueError, match="without staff"):
        service.spread([9, 9, 9], [1, 0, 1])


def test_about_five_in_a_hundred_spreads_by_chance_are_called_uneven():
    staff = np.array([10, 20, 30, 40, 50, 60])
    draws = np.random.default_rng(1).multinomial(60, staff / staff.sum(), size=200)
    assert sum(service.spread(draw, staff, draws=499).p < 0.05 for draw in draws) <= 20


def test_a_group_got_less_than_its_staff_call_for():
    made, staff = pd.Series([10, 10, 10, 30, 30, 30]), pd.Series([40.0] * 6)
    ratio, low, high = service.ratio(made, staff, pd.Series([True] * 3 + [False] * 3))
    assert ratio == 50 and low < 50 < high
    assert math.isnan(service.ratio(made, staff, pd.Series([True] * 6))[1])


def test_no_group_of_one_or_two_schools_follows():
    staff = pd.Series(range(20, 31), index=[f"s{n:02d}" for n in range(11)])
    need = {"s00": "below", "s01": "below", "s02": "below", "s03": "unheard", "s04": "unheard"}
    items = set(service.statistics(replies.watched(many(11, each=6), DAY), staff, need)["item"])
    assert {"size=small", "size=middle", "size=large", "need=below"} <= items and not items & {"need=unheard", "need=others"}
    assert len(service.statistics(replies.watched(many(11, members=2), DAY), staff, need)) == 0


# Practices


def sessions(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame([(school, (DAY - timedelta(days=ago)).isoformat(), "voluntary", came) for school, ago, came in rows], columns=["school_id", "date", "kind", "attended"])


def test_a_contact_is_followed_when_the_school_comes_within_sixty_days():
    asked = replies.watched(contacts(*(("a", ago, "call", "principal", "m", 1, "", "") for ago in (200, 130, 100, 59)), ("b", 100, "call", "principal", "m", 1, "", "")), DAY)
    found = practices.followed(asked, sessions(("a", 139, 1.0), ("a", 60, 0.0)), DAY)
    # 200 days ago: 61 days before the session, which is too late, and no other; 130: after it, the second within 70; 100: the second, not attended; 59: not over
    assert found["date"].tolist() == [(DAY - timedelta(days=100)).isoformat()] and found["followed"].tolist() == [False]
    found = practices.followed(asked, sessions(("a", 140, 1.0)), DAY)
    assert found["followed"].tolist() == [True] and found["usual"].tolist() == [1.0]


def test_kinds_with_few_contacts_and_districts_without_sessions_tell_nothing():
    asked = replies.watched(many(12), DAY)
    came = sessions(*((f"s{place:02d}", 40, place % 2) for place in range(12)))
    found = practices.statistics(asked, came, DAY, 5)
    assert set(found["item"]) == {"kind=email", "kind=visit"} and value(found, "followed", "kind=email") == value(found, "usual", "kind=email") == 50
    assert len(practices.statistics(asked, came.head(0), DAY, 5)) == 0
    assert len(practices.statistics(asked[asked["school_id"] < "s09"], came, DAY, 5)) == 0, "18 of a kind"
