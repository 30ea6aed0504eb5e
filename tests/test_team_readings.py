"""What the team's page says is true of the numbers that it shows, and is said in plain and kind words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.privacy.protect import BOUND, COLUMNS, NOTHING, protect
from cyclebook.reading import Bounded, catalogue, sentences
from cyclebook.team import contact_readings, readings, service_readings, tie_readings
from cyclebook.team.names import AFTER, CONTACTS, FEWEST, KINDS, PRACTICES, SERVED, SERVICE, TIES
from cyclebook.team.replies import ended
from tests import voice

DAY = date(2025, 11, 21)
FACTS = {
    "asked": 496, "schools": 23, "day": DAY, "days": 5, "low": 3, "high": 6, "share": 59, "smallest_group": 5, "names": ("Alder Creek", "Birch Lane"), "count": 5, "what": "taking part",
    "r": Decimal("0.51"), "made": 492, "term": "Fall 2025", "ratio": 76, "one": ("calls", "texts"), "others": ("e-mails",), "fewest": FEWEST, "kind": "calls", "usual": 51,
}  # fmt: skip


@pytest.mark.parametrize("name", voice.sentences("team"))
def test_a_leader_understands_it(name):
    voice.check(name, FACTS)


def table(*rows: tuple) -> object:
    """Rows of (scale, item, statistic, value, decimals, bound), shown as they are."""
    frame = pd.DataFrame([("", "", scale, item, statistic, value, decimals, 0, 0, "", "", 0, "", bound) for scale, item, statistic, value, decimals, bound in rows], columns=[*COLUMNS, BOUND])
    return protect(frame, 5)


def percent(scale: str, item: str, name: str, share: int) -> tuple:
    value, bound = ended(share)
    return scale, item, name, value, 0, bound


SHARES = st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100)).map(sorted)


def most(cell) -> float:
    return 100 if cell.bound == "more" else cell.value


def least(cell) -> float:
    return 0 if cell.bound == "less" else cell.value


@settings(max_examples=30, deadline=None)
@given(st.one_of(st.none(), st.tuples(st.integers(0, 30), st.integers(0, 10), st.one_of(st.none(), st.integers(0, 20)))), SHARES)
def test_days_to_an_answer_are_those_that_are_shown(half, shares):
    rows = [(CONTACTS, "", "asked", 40, 0, ""), (CONTACTS, "", "schools", 9, 0, "")]
    low, days, high = (float("nan"),) * 3
    if half:
        days, low = half[0], max(half[0] - half[1], 0)
        high = float("nan") if half[2] is None else half[0] + half[2]
    rows += [(CONTACTS, "", name, value, 0, "") for name, value in (("median", days), ("median_low", low), ("median_high", high))]
    rows += [percent(CONTACTS, "", name, share) for name, share in zip(("within_7_low", "within_7", "within_7_high"), shares, strict=True)]
    shown = table(*rows)
    said = contact_readings.median(shown)
    first, rest = said[0], said[1:]
    assert (first.template == "t_median_not_reached") == (half is None)
    assert (first.template == "t_median_same_day") == (half is not None and days == 0)
    if first.template == "t_median":
        assert first["days"] == days
    for reading in rest:
        assert reading["low"] == low <= days
        assert reading.template == "t_median_from" if half[2] is None else reading["high"] == high > low
    (week,) = contact_readings.within(shown)
    for fact, cell in ((week[name], shown.cell(label)) for name, label in (("share", "within_7"), ("low", "within_7_low"), ("high", "within_7_high"))):
        assert isinstance(fact, Bounded) == bool(cell.bound) and 5 <= (fact.value if isinstance(fact, Bounded) else fact) <= 95
    asked = contact_readings.asked(shown, DAY)[0]
    assert (asked["asked"], asked["schools"]) == (40, 9)


def test_nothing_is_said_of_what_is_not_shown():
    none = NOTHING
    assert contact_readings.asked(none, DAY) == contact_readings.median(none) == contact_readings.within(none) == contact_readings.first_ask(none) == []
    assert contact_readings.reasons(none, ["a"], 5, "en").template == "t_no_reasons" and tie_readings.lost(none) == []
    assert service_readings.spread(none, DAY, "en")[0].template == "t_service_few" and service_readings.no_visit([], {}, "") == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.tuples(st.integers(1, 60), SHARES)), min_size=4, max_size=4))
def test_a_kind_is_answered_more_often_only_where_ranges_lie_apart(found):
    rows = []
    for kind, one in zip(KINDS, found, strict=True):
        if one:
            count, (low, middle, high) = one
            rows.append((CONTACTS, f"kind={kind}", "asked", count, 0, ""))
            rows += [percent(CONTACTS, f"kind={kind}", f"within_30{end}", share) for end, share in (("_low", low), ("", middle), ("_high", high))]
    shown = table(*rows)
    said = contact_readings.answered(shown, "en")
    words = {catalogue("en")[f"t_kind_{kind}"]: kind for kind in KINDS}
    told = {(words[one], words[other]) for reading in said if reading.template == "t_answered_more" for one in reading["one"] for other in reading["others"]}
    enough = [kind for kind, one in zip(KINDS, found, strict=True) if one and one[0] >= FEWEST]
    cells = {kind: [shown.cell(f"within_30_{end}", item=f"kind={kind}") for end in ("low", "high")] for kind in enough}
    assert told == {(one, other) for one in enough for other in enough if least(cells[one][0]) > most(cells[other][1])}
    few = [reading for reading in said if reading.template == "t_kinds_few"]
    assert [words[name] for reading in few for name in reading["names"]] == ([kind for kind in KINDS if kind not in enough] if enough else [])


@settings(max_examples=30, deadline=None)
@given(SHARES, st.integers(0, 100))
def test_contacts_go_with_more_taking_part_only_where_usual_is_below_the_range(shares, usual):
    low, middle, high = shares
    item = "kind=call"
    rows = [percent(PRACTICES, item, f"followed{end}", share) for end, share in (("_low", low), ("", middle), ("_high", high))]
    shown = table(*rows, (PRACTICES, item, "could", 31, 0, ""), (PRACTICES, item, "usual", usual, 0, ""))
    ((first, verdict),) = contact_readings.followed(shown, "en")
    assert (first["count"], first["days"], first["usual"]) == (31, AFTER, usual)
    lowest, highest = least(shown.cell("followed_low")), most(shown.cell("followed_high"))
    assert (verdict.template == "t_followed_more") == (lowest > usual) and (verdict.template == "t_followed_less") == (highest < usual)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["none", "one", "more", "missing"]), max_size=9), st.integers(0, 5))
def test_every_school_stands_in_the_sentence_of_its_own(where, lost):
    names = {f"s{place}": f"School {place}" for place in range(len(where))}
    drawn = {kind: [f"s{place}" for place, one in enumerate(where) if one == kind] for kind in ("none", "one", "missing")}
    on_map = sum(one != "missing" for one in where)
    shown = table((TIES, "", "on_map", on_map, 0, ""), (TIES, "", "lost", lost, 0, ""))
    said = {reading.template: reading for reading in tie_readings.on_map(shown, drawn, names)}
    assert said["t_map"]["schools"] == on_map
    for template, kind in (("t_without", "none"), ("t_single", "one"), ("t_not_drawn", "missing")):
        assert (template in said) == bool(drawn[kind])
        if drawn[kind]:
            assert said[template]["names"] == tuple(names[school] for school in drawn[kind])
            assert template == "t_not_drawn" or said[template]["count"] == len(drawn[kind])
    assert ("t_none_without" in said) == (not drawn["none"])
    (left,) = tie_readings.lost(shown)
    assert left.template == "t_lost_none" if lost == 0 else left["count"] == lost
    assert [reading.template for reading in tie_readings.on_map(NOTHING, drawn, names)] == ["t_map_few"]
    assert readings.onward(drawn, ["s0"]).template == ("t_next_tie" if drawn["none"] else "t_next_visit")
    assert readings.onward(None, []).template == "t_next"


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(["participation", "uptake"]), st.one_of(st.none(), st.tuples(st.integers(-100, 100), st.integers(0, 1000)))))
def test_ties_go_with_something_only_where_chance_would_seldom_do_it(outcomes):
    rows = []
    for name, found in outcomes.items():
        rows.append((TIES, name, "schools", 17 if found else 7, 0, ""))
        rows += [(TIES, name, "r", found[0] / 100, 2, ""), (TIES, name, "p", found[1] / 1000, 3, "")] if found else []
    said = tie_readings.goes_with(table(*rows), list(outcomes), "en")
    order = [name for name in ("participation", "uptake") if name in outcomes]
    assert [reading["what"] for reading in said] == [catalogue("en")[f"t_what_{name}"] for name in order]
    tests = sum(found is not None for found in outcomes.values())
    for name, reading in zip(order, said, strict=True):
        found = outcomes[name]
        if found is None:
            assert reading.template == "t_goes_few"
            continue
        called = found[1] / 1000 < 0.05 / tests and found[0] != 0
        assert reading.template == (("t_goes_more" if found[0] > 0 else "t_goes_less") if called else "t_goes_cannot_tell") and reading["schools"] == 17
        assert not called or float(reading["r"]) == found[0] / 100


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(SERVED), st.one_of(st.none(), st.lists(st.integers(1, 300), min_size=3, max_size=3).map(sorted))))
def test_a_group_got_less_or_more_only_where_the_range_says_so(groups):
    rows = []
    for item, found in groups.items():
        rows += [(SERVICE, item, "made", 9, 0, ""), (SERVICE, item, "ratio", found[1] if found else 0, 0, "")]
        rows += [(SERVICE, item, f"ratio_{end}", value, 0, "") for end, value in zip(("low", "high"), (found[0], found[2]), strict=True)] if found else []
    said = service_readings.served(table(*rows), "en")
    words = {service_readings.group(item, "en"): item for item in SERVED}
    told = {words[reading["names"]]: reading for reading in said if reading.template != "t_served_cannot_tell"}
    assert {item: reading.template for item, reading in told.items()} == {
        item: "t_served_less" if found[2] < 100 else "t_served_more" for item, found in groups.items() if found and not found[0] <= 100 <= found[2]}  # fmt: skip
    assert all((reading["low"], reading["ratio"], reading["high"]) == tuple(groups[item]) for item, reading in told.items())
    untold = [words[name] for reading in said if reading.template == "t_served_cannot_tell" for name in reading["names"]]
    assert set(untold) | set(told) == set(groups)


@settings(max_examples=30, deadline=None)
@given(st.one_of(st.none(), st.integers(0, 1000)), st.one_of(st.none(), st.integers(0, 1000)))
def test_a_spread_is_uneven_where_chance_would_seldom_do_it(contacts, visits):
    rows = [(SERVICE, "", "made", 90, 0, ""), (SERVICE, "", "schools", 9, 0, "")]
    rows += [(SERVICE, item, "p", p / 1000, 3, "") for item, p in (("", contacts), ("visits", visits)) if p is not None]
    said = service_readings.spread(table(*rows), DAY, "en")
    for reading, p in zip(said[-2:], (contacts, visits), strict=True):
        assert reading.template == ("t_spread_few" if p is None else "t_uneven" if p < 25 else "t_even")
    text = " ".join(sentences(said, "en"))
    assert "90 contacts with 9 schools" in text
    assert service_readings.no_visit(["a"], {"a": "Alder"}, "Fall")[0]["names"] == ("Alder",) and service_readings.no_visit([], {}, "Fall")[0].template == "t_all_visits"
