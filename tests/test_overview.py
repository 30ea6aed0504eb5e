"""Where cycles stand over their schools, what waits for a decision, and the one bundle of the district's page."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from cyclebook import sources, store
from cyclebook.climate import prepare as climate_prepare
from cyclebook.overview import prepare
from cyclebook.overview.standing import needs, of_school, standing
from cyclebook.parameters import load
from cyclebook.parameters.plan_model import Decision
from tests import small_district
from tests.test_batch import answers

DAY = date(2025, 11, 21)


def result(state, word="", decision=None, school="S01", lost=False):
    verdict = SimpleNamespace(decision=word) if word else None
    goals = (SimpleNamespace(kind="outcome", state="lost" if lost else "not_yet"),)
    return SimpleNamespace(state=state, verdict=verdict, school=school, decision=decision, goals=goals)


@pytest.mark.parametrize(
    ("state", "word", "where"),
    [("decided", "adopt", "adopt"), ("decided", "stop", "stop"), ("waiting", "", "running"), ("running", "not_enough", "running"),
     ("undecided", "not_enough", "undecided"), ("planned", "", "planned"), ("rule_open", "", "no_verdict"), ("no_rule", "", "no_verdict")],
)  # fmt: skip
def test_where_a_cycle_stands_at_one_school(state, word, where):
    assert of_school(result(state, word)) == where


def test_a_cycle_stands_where_all_its_schools_do_or_is_mixed():
    assert standing([result("decided", "adopt"), result("decided", "adopt")]) == "adopt"
    assert standing([result("decided", "adopt"), result("running", "not_enough")]) == "mixed"
    with pytest.raises(ValueError, match="nowhere"):
        standing([])


def test_what_waits_for_people_and_what_does_not():
    adopted, stopped = Decision(date(2025, 11, 1), "adopt", ""), Decision(date(2025, 11, 1), "stop", "")
    later = Decision(date(2025, 12, 1), "adopt", "")
    found = needs(
        {
            "waits": [result("decided", "adopt", school="A"), result("decided", "stop", school="B")],
            "done": [result("decided", "adopt", adopted)],
            "done otherwise": [result("decided", "adopt", stopped, lost=True)],
            "not yet known": [result("decided", "adopt", later)],
            "lost": [result("decided", "adopt", adopted, lost=True)],
            "runs": [result("running", "not_enough"), result("planned"), result("no_rule")],
            "changed": [result("rule_changed")],
        },
        DAY,
    )
    assert [(need.cycle, need.what, need.schools) for need in found] == [
        ("waits", "adopt", ("A",)), ("waits", "stop", ("B",)), ("not yet known", "adopt", ("S01",)), ("lost", "lost", ("S01",)),
        ("changed", "rule_changed", ("S01",)),
    ]  # fmt: skip


SCHOOLS = """
    school_id,name,level
    0101,Willow School,elementary
    0102,Alder School,elementary
    0103,Birch School,middle
    0104,Cedar School,elementary
    """


@pytest.fixture
def bundle(tmp_path):
    folder = small_district.write(
        tmp_path, {"parameters/schools.csv": SCHOOLS, "data/raw/answers.csv": answers(S0101=12, S0102=10, S0103=9, S0104=3)}
    )
    district = load(folder)
    sizes, made = prepare.prepare(district, sources.read(district))
    ((unit, facts),) = made
    return sizes, unit, facts


def test_the_district_has_one_bundle_with_every_school_in_order_of_level_and_name(bundle):
    _, unit, facts = bundle
    assert unit == facts["school"]["id"] == store.DISTRICT
    assert [school["name"] for school in facts["schools"]] == ["Alder School", "Cedar School", "Willow School", "Birch School"]


def test_a_school_below_the_smallest_group_has_no_number_in_it(bundle):
    _, _, facts = bundle
    rows = pd.DataFrame(facts["statistics"])
    small = rows[rows["school_id"] == "0104"]
    assert len(small) and small["value"].isna().all() and small["n"].isna().all()
    assert not rows["set"].str.contains("0104").any() or rows.loc[rows["set"].str.contains("0104"), "value"].isna().all()


def test_the_districts_change_is_the_mean_of_its_schools_changes(tmp_path):
    before = answers(S0101=12, S0102=10, S0103=9)
    after = before.replace(",Neither,", ",Agree,")
    files = {
        "parameters/schools.csv": SCHOOLS, "data/raw/answers.csv": after, "data/raw/before.csv": before,
        "parameters/sources.yaml": """
            surveys:
              staff: {title: Staff survey}
            sources:
              now: {table: responses, survey: staff, form: csv, path: data/raw/answers.csv, wave: 2025-fall, school: School,
                    person: Token, codebook: staff}
              then: {table: responses, survey: staff, form: csv, path: data/raw/before.csv, wave: 2024-fall, school: School,
                     person: Token, codebook: staff}
            """,
    }  # fmt: skip
    district = load(small_district.write(tmp_path, files))
    table = climate_prepare.protected(district, sources.read(district)).frame
    pooled = table[(table["school_id"] == "") & (table["wave"] == "2025-fall")].set_index("statistic")
    own = table[(table["statistic"] == "mean") & (table["school_id"] != "")].pivot(index="school_id", columns="wave", values="value")
    change = (own["2025-fall"] - own["2024-fall"]).mean()
    assert pooled.loc["change_low", "value"] <= change + 0.1 and change - 0.1 <= pooled.loc["change_high", "value"]
    assert pooled.loc["change_schools", "value"] == 3 and pooled.loc["change_low", "n"] == 31
    assert "wave=2024-fall" in pooled.loc["change_low", "other_set"] and "wave=2025-fall" in pooled.loc["change_low", "set"]
