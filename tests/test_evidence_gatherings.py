"""Where people gather: no small group in any number or in what is left, and sentences that are true of the looks."""

from __future__ import annotations

import itertools
import math
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cyclebook.climate.evidence import gatherings, gatherings_figures, gatherings_readings
from cyclebook.climate.evidence.gatherings import OTHERS, Part, put_together
from cyclebook.privacy import protect
from cyclebook.privacy.audit import audit
from cyclebook.reading import Bounded, sentence
from tests import voice

COLUMNS = ["school_id", "date", "time", "place", "people"]


def looks(*each: tuple[str, dict[str, int]], school: str = "0101", time: str = "lunch") -> pd.DataFrame:
    """The table ``gatherings``. each: a day, and people by place."""
    rows = [[school, day, time, place, float(people)] for day, counts in each for place, people in counts.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def shown(records: pd.DataFrame, smallest: int = 5):
    return protect(gatherings.statistics(records, smallest), smallest)


def test_places_with_few_people_stand_together_until_they_are_enough():
    assert put_together({"hall": 12, "yard": 7, "office": 2, "shed": 0}, 5) == [Part("hall", 12, ("hall",)), Part(OTHERS, 9, ("office", "yard"))]
    assert put_together({"hall": 12, "yard": 7, "office": 3, "shed": 2}, 5)[-1] == Part(OTHERS, 5, ("office", "shed"))
    assert put_together({"hall": 6, "yard": 1}, 5) == [Part(OTHERS, 7, ("hall", "yard"))]
    assert put_together({"hall": 3, "yard": 1}, 5) == [] == put_together({}, 5)
    assert put_together({"hall": 5}, 5) == [Part("hall", 5, ("hall",))]


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 9)), st.integers(2, 6))
def test_no_sum_or_difference_of_what_is_shown_is_a_small_group(counts, smallest):
    parts, whole = put_together(counts, smallest), sum(counts.values())
    if not parts:
        assert whole < smallest
        return
    assert sorted(place for part in parts for place in part.places) == sorted(place for place, people in counts.items() if people)
    assert all(part.people == sum(counts[place] for place in part.places) for part in parts)
    for size in range(1, len(parts) + 1):
        for some in itertools.combinations(parts, size):
            people = sum(part.people for part in some)
            assert people >= smallest and (whole - people == 0 or whole - people >= smallest)


def test_a_look_by_hand():
    table = shown(looks(("2025-10-06", {"hall": 12, "yard": 6, "office": 2, "porch": 4, "shed": 0})))
    wave = "2025-10-06 lunch"
    assert table.rows(wave=wave, statistic="people").frame.set_index("item")["value"].to_dict() == {"hall": 12, "yard": 6, OTHERS: 6, "shed": 0}
    assert table.cell("seen", wave=wave).value == 24 and table.cell("fullest", wave=wave).value == 50
    spread = table.cell("spread", wave=wave)
    assert spread.value == pytest.approx(round(1 / (0.5**2 + 2 * 0.25**2), 1)) and spread.bound == "more"
    whole = shown(looks(("2025-10-06", {"hall": 8, "yard": 8}))).cell("spread", wave=wave)
    assert (whole.value, whole.bound) == (2.0, "")
    few = shown(looks(("2025-10-06", {"hall": 3, "yard": 1})))
    assert few.unique("statistic") == ["seen"] and few.values() == [None]


@settings(max_examples=15)
@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=2), min_size=1, max_size=3))
def test_the_audit_finds_no_small_group(every):
    records = pd.concat([looks((f"2025-10-{day + 1:02d}", counts), school=f"010{day % 2}") for day, counts in enumerate(every)])
    ledger = pd.DataFrame(shown(records).ledger("0101/01.html", "gatherings"))
    if len(ledger):
        assert audit(ledger, 5) == []


SHARES = st.lists(st.integers(5, 20), min_size=1, max_size=5)


@settings(max_examples=40)
@given(SHARES, SHARES)
def test_a_move_is_told_only_where_all_looks_of_one_term_lie_above_all_of_the_other(then, now):
    days = [(f"2025-03-{day + 1:02d}", {"hall": people, "yard": 5}) for day, people in enumerate(then)]
    days += [(f"2025-10-{day + 1:02d}", {"hall": people, "yard": 5}) for day, people in enumerate(now)]
    records = looks(*days)
    table, known = shown(records), gatherings.listed(records)["0101"]
    (said,) = gatherings_readings.change(table, known)
    before, after = ([round(100 * max(people, 5) / (people + 5)) for people in each] for each in (then, now))
    assert (said["low"], said["high"], said["looks"]) == (min(after), max(after), len(after))
    assert (said["low_then"], said["high_then"], said["looks_then"]) == (min(before), max(before), len(before))
    assert (said["now_half"], said["then_half"], said["now_year"]) == ("fall", "spring", "2025")
    enough = min(len(then), len(now)) >= 4
    assert (said.template == "gather_few_looks") == (not enough)
    assert (said.template == "gather_up") == (enough and min(after) > max(before))
    assert (said.template == "gather_down") == (enough and max(after) < min(before))
    assert "{" not in sentence(said, "en")
    (seen, fullest) = gatherings_readings.latest(table, known)
    assert (seen["seen"], seen["day"], fullest["share"]) == (now[-1] + 5, date(2025, 10, len(now)), after[-1])
    assert not isinstance(seen["spread"], Bounded)


def test_one_term_and_looks_with_few_people():
    records = looks(("2025-10-01", {"hall": 8, "yard": 6}), ("2025-10-02", {"hall": 3}), ("2025-10-03", {"hall": 9, "yard": 6}))
    table, known = shown(records), gatherings.listed(records)["0101"]
    assert [one.template for one in gatherings_readings.change(table, known)] == ["gather_term"]
    (few,) = gatherings_readings.hidden(table, known, 5)
    assert few["count"] == 1 and "not shown" in sentence(few, "en")
    assert known["terms"] == ["2025-fall"] and [look["date"] for look in known["looks"]] == ["2025-10-01", "2025-10-02", "2025-10-03"]
    drawn = [look for look in known["looks"] if gatherings_readings.cell(table, "fullest", look["id"])]
    (panel,) = gatherings_figures.fullest_place(table, drawn, "en").axes
    assert [line.get_ydata()[0] for line in panel.lines] == [57, 60]
    assert gatherings_readings.latest(shown(looks(("2025-10-02", {"hall": 3}))), gatherings.listed(records)["0101"]) == []


def test_nothing_recorded_makes_no_row():
    assert len(gatherings.statistics(looks(), 5)) == 0 and gatherings.listed(looks()) == {}


FACTS = {
    "day": date(2025, 10, 6), "time": "Lunch", "seen": 24, "spread": 3, "share": 40, "low": 30, "high": 41, "looks": 5, "low_then": 50, "high_then": 61,
    "looks_then": 4, "now_half": "fall", "now_year": "2025", "then_half": "spring", "then_year": "2025", "needed": 4, "count": 3, "smallest_group": 5,
}  # fmt: skip


@pytest.mark.parametrize("name", voice.sentences("evidence_gatherings"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)


def test_the_demo_has_the_looks_that_it_tells_of(project_root):
    raw = pd.read_csv(project_root / "data/raw/gatherings.csv", dtype={"School": "str"})
    records = raw.set_axis(COLUMNS, axis=1)
    table, known = shown(records), gatherings.listed(records)
    truth = YAML(typ="safe").load(project_root / "tests/demo_truth.yaml")["records"]["gatherings"]
    checked = 0
    for school, days in truth.items():
        own = table.rows(school_id=school)
        for day, (fullest, seen) in days.items():
            here = own.cell("fullest", wave=f"{day} Lunch")
            assert (here is None or math.isnan(here.value)) if seen < 5 else (here.value, here.n) == (round(100 * fullest / seen), seen)
            checked += here is not None
    assert checked == 30
    said = {school: [one.template for one in gatherings_readings.change(table.rows(school_id=school), each)] for school, each in known.items()}
    assert said == {"0103": ["gather_down"], "0106": ["gather_alike"], "0114": [], "0201": ["gather_alike"]}
