"""What students and families say: apart from staff, under their own smallest group, and as it was."""

from __future__ import annotations

import json

import pytest

from cyclebook import facts
from cyclebook.climate import prepare as climate_prepare
from cyclebook.climate.evidence.perception import KEPT
from cyclebook.parameters import load
from cyclebook.privacy.protect import from_bundle
from cyclebook.sources import read
from cyclebook.store import Bundle
from tests import voice
from tests.conftest import ROOT
from tests.test_demo import TRUTH


@pytest.fixture(scope="module")
def demo():
    district = load(ROOT)
    tables = read(district)
    return district, tables, dict(climate_prepare.prepare(district, tables)[1])


def test_students_and_families_are_in_no_number_of_staff(demo):
    district, tables, bundles = demo
    staff = facts.of_staff(district, tables)
    assert set(staff.responses["survey"]) == {"staff_survey"} and len(staff.responses) < len(tables.responses)
    assert facts.of_staff(district, staff) is staff
    answers = [row for row in bundles["0106"]["statistics"] if row["statistic"] == "answers" and row["wave"] == "2025-fall"]
    assert [row["value"] for row in answers] == [TRUTH["answered"]["0106"]["2025-fall"]]
    assert {scale["id"] for scale in bundles["0106"]["scales"]} == {"trust", "community", "efficacy"}


def test_their_own_smallest_group_holds_and_the_staffs_does_not_change(demo):
    district, _, bundles = demo
    assert district.smallest_group_of("family_survey") == 10 and district.smallest_group_of("staff_survey") == 5
    assert district.settings()["smallest_group"].value == 5
    few = [row for row in bundles["0114"]["statistics"] if row["scale"] == "welcome" and row["school_id"]]
    assert TRUTH["records"]["family_survey"]["0114"][0] == 6  # enough for staff, too few for what families were promised
    assert few and all(row["value"] is None and row["why"] == "few persons" for row in few)
    assert any(row["value"] is not None for row in bundles["0114"]["statistics"] if row["scale"] == "belonging" and row["school_id"])


@pytest.mark.parametrize(("survey", "scale"), [("student_survey", "belonging"), ("family_survey", "welcome")])
def test_the_averages_are_those_of_the_answers(demo, survey, scale):
    for school, (count, mean) in TRUTH["records"][survey].items():
        facts_of = json.loads(json.dumps(demo[2][school]))
        own = Bundle("step", facts_of, from_bundle(facts_of.pop("statistics")), ()).own
        cell = own.cell("mean", scale=scale, wave="2025-fall")
        assert set(own.rows(scale=scale).unique("statistic")) <= set(KEPT)
        if count < 10:
            assert cell.value is None
        else:
            assert cell.n == count and (abs(cell.value - mean) <= 0.051 or cell.bound)


def test_their_promises_stand_on_the_page_with_who_was_told(demo):
    from cyclebook.batch.around import banner

    facts_of = json.loads(json.dumps(demo[2]["0106"]))
    lines = banner(Bundle("step", facts_of, from_bundle(facts_of.pop("statistics")), ()))
    assert any(line.startswith("Students were told: answers are anonymous, no result about a group of fewer than 10") for line in lines)
    assert any(line.startswith("Staff were told: answers are confidential, no result about a group of fewer than 5") for line in lines)


FACTS = {"wave": "Fall 2025", "count": 54, "smallest_group": 10, "title": "Student survey"}


@pytest.mark.parametrize("name", voice.sentences("evidence_perception"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)
