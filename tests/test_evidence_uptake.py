"""What is in use, and teams and occasions: counts by hand, coding, the demo's truth, and sentences that are true of their numbers."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.climate.evidence import opportunities, opportunities_readings, uptake, uptake_readings
from cyclebook.parameters import load
from cyclebook.privacy import protect
from cyclebook.reading import sentence
from cyclebook.sources import read
from tests import voice
from tests.conftest import ROOT
from tests.frames import SMALLEST, protected
from tests.test_demo import TRUTH

PERIODS = [("2025-04", "April 2025"), ("2025-10", "October 2025")]


def visits(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["school_id", "date", "initiative", "expected", "seen", "using", "as_intended"]).astype(
        {"expected": float, "seen": float, "using": float, "as_intended": float})  # fmt: skip


def found(*rows: tuple):
    return protect(uptake.statistics(visits(*rows), SMALLEST), SMALLEST)


def test_reach_and_fidelity_are_apart():
    table = found(("S01", "2025-10-02", "Circles", 30, 20, 12, 6))
    assert table.cell("part", scale="uptake", item="Circles", wave="2025-10").value == 12
    assert table.cell("share", scale="uptake", item="Circles", wave="2025-10").value == 60
    assert table.cell("expected", scale="uptake", item="Circles", wave="2025-10").value == 30
    meant = table.cell("part", scale="fidelity", item="Circles, in use", wave="2025-10")
    assert (meant.value, meant.n) == (6, 12)


def test_few_seen_show_nothing_and_nearly_all_stands_at_an_end():
    few = found(("S01", "2025-10-02", "Circles", 30, 4, 2, 1))
    assert all(value is None for value in few.values())
    table = found(("S01", "2025-10-02", "Circles", 30, 20, 20, 12))
    part = table.cell("part", scale="uptake", item="Circles", wave="2025-10")
    assert (part.value, part.bound) == (19, "more")
    assert len(table.rows(scale="fidelity")) == 0  # of how many used it at least 19 is known, so nothing is said of a part of these


@pytest.mark.parametrize("counts", [(0, 1), (19, 20)])
def test_fidelity_does_not_tell_what_the_end_leaves_open(counts):
    tables = [found(("S01", "2025-10-02", "Circles", 30, 20, using, using // 2)).frame for using in counts]
    pd.testing.assert_frame_equal(*tables)


def test_no_round_is_called_the_one_before_where_one_between_is_not_shown():
    own = found(("S01", "2025-04-02", "Circles", 30, 20, 5, 2), ("S01", "2025-06-02", "Circles", 30, 3, 1, 1), ("S01", "2025-10-02", "Circles", 30, 20, 15, 6))
    lines = [sentence(reading, "en") for reading in uptake_readings.said(own, protected(), "Circles", [PERIODS[0], ("2025-06", "June 2025"), PERIODS[1]])]
    assert lines[-1].startswith("When last shown before (April 2025), it was 5 of 20: likely a rise")


def test_the_later_of_two_rounds_in_a_month_stands():
    table = found(("S01", "2025-10-02", "Circles", 30, 20, 5, 2), ("S01", "2025-10-20", "Circles", 30, 20, 11, 2))
    assert table.cell("part", scale="uptake", item="Circles", wave="2025-10").value == 11


def test_the_interval_of_a_change_is_newcombes():
    low, high = uptake.change((48, 80), (56, 70))  # Newcombe (1998), table II: 56/70 less 48/80, method 10: 0.0524 to 0.3339
    assert (round(low, 2), round(high, 2)) == (5.24, 33.39)


@settings(max_examples=50)
@given(st.integers(0, 30), st.integers(8, 30), st.integers(0, 30), st.integers(8, 30), st.integers(0, 20))
def test_what_is_said_of_an_initiative_is_true(before, seen_before, now, seen_now, unseen):
    before, now = min(before, seen_before), min(now, seen_now)
    own = found(("S01", "2025-04-02", "Circles", seen_before, seen_before, before, float("nan")),
                ("S01", "2025-10-02", "Circles", seen_now + unseen, seen_now, now, float("nan")))  # fmt: skip
    lines = [sentence(reading, "en") for reading in uptake_readings.said(own, protected(), "Circles", PERIODS)]
    text = " ".join(lines)
    assert f"of {seen_now} staff who were visited or asked" in lines[0] and "October 2025" in lines[0]
    assert ("not seen" in text) == (unseen > 0)
    cells = [own.cell("part", scale="uptake", item="Circles", wave=period) for period, _ in PERIODS]
    if any(cell.bound for cell in cells):
        assert "cannot say if it moved" in text
        return
    low, high = uptake.change((before, seen_before), (now, seen_now))
    assert ("likely a rise" in text) == (round(low) > 0) and ("likely a drop" in text) == (round(high) < 0)
    assert ("not enough to call" in text) == (round(low) <= 0 <= round(high))
    if "likely a" in text:
        least, most = map(int, re.search(r"by (\d+) to (\d+) points", text).groups())
        assert least <= most and {least, most} == {abs(round(low)), abs(round(high))}


@settings(max_examples=30)
@given(st.integers(0, 40), st.integers(8, 40))
def test_what_is_said_of_who_joins_is_true(joined, staff):
    joined = min(joined, staff)
    records = pd.DataFrame([("S01", "2025-11-04", kind, float(staff), float(joined)) for kind in opportunities.KINDS],
                           columns=["school_id", "date", "kind", "staff", "joined"])  # fmt: skip
    own = protect(opportunities.statistics(records, SMALLEST), SMALLEST)
    said = opportunities_readings.said(own, protected(), [("2025-11", "November 2025")])
    assert len(said) == 2
    for lines, kind in zip(said, opportunities.KINDS, strict=True):
        cell, text = own.cell("part", scale="opportunities", item=kind, wave="2025-11"), sentence(lines[0], "en")
        count = {"": "", "more": "at least ", "less": "at most "}[cell.bound] + str(int(cell.value))
        assert text.startswith("November 2025") and f"{count} of {staff} staff" in text


def test_the_demo_tells_what_is_in_use_and_who_joins():
    tables = read(load(ROOT)).records
    used = protect(uptake.statistics(tables["uptake"], SMALLEST), SMALLEST)
    joined = protect(opportunities.statistics(tables["opportunities"], SMALLEST), SMALLEST)
    for school, initiatives in TRUTH["records"]["uptake"].items():
        for initiative, days in initiatives.items():
            for day, (using, seen, _, expected) in days.items():
                cell = used.cell("part", scale="uptake", item=initiative, wave=day[:7], school_id=school)
                assert cell.value is None if seen < SMALLEST else (cell.n == seen and (cell.value == using or cell.bound))
    for school, kinds in TRUTH["records"]["opportunities"].items():
        for kind, days in kinds.items():
            for day, (count, staff) in days.items():
                cell = joined.cell("part", scale="opportunities", item=kind, wave=day[:7], school_id=school)
                assert cell.n == staff and (cell.value == count or cell.bound)


FACTS = {"name": "Morning circles", "when": "October 2025", "seen": 21, "count": 8, "expected": 30, "using": 8, "least": 3, "most": 20, "staff": 43}


@pytest.mark.parametrize("name", voice.sentences("evidence_uptake"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)
