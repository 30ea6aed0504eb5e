"""A school that others joined is held against all who are part of it now, never against a part, and gives no small part away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.climate import coded, estimate, figures, pooling, prepare
from cyclebook.climate.rows import rounded
from cyclebook.parameters import load
from cyclebook.privacy import coding, protect
from cyclebook.privacy.sets import RespondentSet
from cyclebook.sources import read
from tests.frames import protected, scale
from tests.small_district import write
from tests.test_estimate import MANY, SCALE, SETTINGS, responses, roster

COMPARE = {"w1": None, "w2": "w1"}
OTHERS = {"C": MANY["C"], "E": MANY["A"], "F": MANY["B"]}


def joined(before: dict, now: dict, parts=("A", "B"), staff=None, **changed) -> pd.DataFrame:
    """Statistics where, in wave w1, the ids of `parts` are the past of school A."""
    values = SETTINGS | changed
    return estimate.statistics(
        pd.concat([responses("w1", **before), responses("w2", **now)]), roster() if staff is None else staff, {"trust": SCALE}, COMPARE,
        lambda school: values, lambda school, then, later: tuple(parts) if school == "A" else (school,), {("A", "w1"): tuple(parts)},
    )  # fmt: skip


def cell(table, statistic, wave="w1", school="A"):
    return protect(table, 5).cell(statistic, school_id=school, wave=wave, item="", scale="trust")


ANSWERS = st.lists(st.integers(1, 5), min_size=1, max_size=30)


@settings(max_examples=40)
@given(st.lists(ANSWERS, min_size=2, max_size=3), ANSWERS)
def test_a_union_is_its_persons_and_stands_only_on_parts_that_stand_alone(groups, now):
    before = dict(zip("ABD", groups, strict=False))
    table = joined(before | OTHERS, {"A": now} | OTHERS, tuple(before))
    persons = [value for group in groups for value in group]
    shown, change = cell(table, "mean"), cell(table, "change_low", "w2")
    if min(map(len, groups)) < 5:
        assert shown.value is None and change is None
        assert all(found.value is None for found in (cell(table, f"mean_{end}") for end in ("low", "high")))
        return
    row = table[(table["school_id"] == "A") & (table["wave"] == "w1") & (table["statistic"] == "mean")].iloc[0]
    assert row["n"] == len(persons) and row["set"] == f"answered=trust; school_id={'|'.join(before)}; source=staff; wave=w1"
    # of the parts as they are shown, which each could subtract, and then by its own n
    parts = [(rounded(mean, 1), at) for mean, at in (coding.code(np.mean(group), len(group), 5, 1, 5, 1) for group in groups)]
    sides = {str(at) for _, at in parts} - {""}
    mean, at = coding.code(sum(len(group) * part for group, (part, _) in zip(groups, parts, strict=True)) / len(persons), len(persons), 5, 1, 5, 1)
    if len(sides) == 2:  # nobody knows to which side it may lie
        assert shown.value is None
        return
    assert row["value"] == rounded(mean, 1) and row["bound"] == (str(at) or "".join(sides))
    true = np.mean(persons)
    # each part is rounded, and then the whole
    assert {"": abs(row["value"] - true) <= 0.101, "more": true >= row["value"] - 0.101, "less": true <= row["value"] + 0.101}[row["bound"]]
    assert (shown.value is None) == (len(persons) < 8)
    if len(now) >= 5:
        other = table[(table["school_id"] == "A") & (table["statistic"] == "change_low")].iloc[0]
        assert (other["other_set"], other["other_n"]) == (row["set"], len(persons))
    own = 0 if sides or at else np.std(persons, ddof=1) / np.sqrt(len(persons))
    wide = row["value"] - cell(table, "mean_low").value if shown.value is not None else None
    if wide is not None and min(map(len, groups)) >= 20 and own:
        assert wide == pytest.approx(2.0 * own, abs=0.15)


def test_the_spread_of_a_union_does_not_give_that_of_a_small_part_away():
    # 30 and 7 persons: the union's own spread and the larger part's would give the seven's
    before = {"A": [3, 4] * 15, "B": [1, 5, 1, 5, 1, 5, 1]} | OTHERS
    table = joined(before, {"A": before["A"]} | OTHERS)
    persons = [(school, value) for school, values in before.items() for value in values]
    within = pooling.within_sd([school for school, _ in persons], [float(value) for _, value in persons])
    mean = rounded((30 * 3.5 + 7 * rounded(np.mean(before["B"]), 1)) / 37, 1)
    low, high = pooling.mean_interval(mean, coded.with_rounding(within / np.sqrt(37), 1), len(persons) - len(before))
    assert (cell(table, "mean_low").value, cell(table, "mean_high").value) == (round(low, 1), round(high, 1))


def test_head_counts_of_a_union_are_those_of_its_parts_and_none_of_them_small():
    staff = pd.concat([roster("w1", A=20, B=12, C=9, E=10, F=8), roster("w2", A=30, C=9, E=10, F=8)])
    table = protect(joined({"A": MANY["A"], "B": MANY["B"]} | OTHERS, {"A": MANY["A"] * 2} | OTHERS, staff=staff), 5)
    where = {"school_id": "A", "wave": "w1", "scale": "staff"}
    assert [table.cell(name, **where).value for name in ("answers", "head_count", "response_rate")] == [18, 32, 56]
    assert table.rows(**where).unique("set") == ["school_id=A|B; source=roster; wave=w1"]
    few = staff.assign(head_count=staff["head_count"].where(staff["school_id"] != "B", 4))
    hidden = protect(joined({"A": MANY["A"], "B": MANY["B"][:4]} | OTHERS, {"A": MANY["A"] * 2} | OTHERS, staff=few), 5)
    assert hidden.cell("head_count", **where).value is None and hidden.cell("answers", **where).value is None


def test_the_district_counts_each_person_once():
    before = {"A": [2] * 10, "B": [4] * 10} | OTHERS
    table = joined(before, {"A": [3] * 9 + [4]} | OTHERS)
    row = table[(table["school_id"] == "") & (table["statistic"] == "change_schools")].iloc[0]
    assert row["value"] == 4 and row["other_n"] == 20 + sum(map(len, OTHERS.values()))
    assert row["other_set"] == "answered=trust; source=staff; wave=w1"  # all that were cleared then
    low = table[(table["school_id"] == "") & (table["statistic"] == "change_low")].iloc[0]["value"]
    assert low < 0.03  # A moved from 3.0 to 3.1, not from 2.0


def test_a_school_that_parted_is_compared_with_nothing_and_keeps_what_it_was():
    table = joined(MANY, MANY, parts=())
    assert table[(table["school_id"] == "A") & table["statistic"].str.startswith("change")].empty
    assert not table[(table["school_id"] == "B") & table["statistic"].str.startswith("change")].empty


FILES = {
    "parameters/district.yaml": """
        district: {id: tiny, name: Tiny District}
        waves:
        - {id: w1, label: Spring 2024, from: 2024-04-01, to: 2024-04-20}
        - {id: w2, label: Fall 2024, from: 2024-10-01, to: 2024-10-20}
        - {id: w3, label: Spring 2025, from: 2025-04-01, to: 2025-04-20}
        """,
    "parameters/schools.csv": """
        school_id,name,opened,closed,successor
        old,Old Number School,,2024-06-30,new
        new,New Number School,,,
        one,One School,,2024-12-20,two
        two,Two School,,,
        all,Whole School,,2024-12-20,east|west
        east,East School,2025-01-01,,
        west,West School,,,
        """,
    "parameters/sources.yaml": """
        surveys: {staff: {title: Staff survey}}
        sources:
          answers: {table: responses, survey: staff, form: csv, path: data/raw/answers.csv, wave_column: W, school: School, codebook: staff}
        """,
}  # fmt: skip
ASKED = {"w1": ["old", "one", "two", "all", "west"], "w2": ["new", "one", "two", "all", "west"], "w3": ["new", "two", "east", "west"]}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    rows = [f"{school},{wave},{(n + len(school)) % 3 + 1},{n % 3 + 1}" for wave, here in ASKED.items() for school in here for n in range(12)]
    content = "\n".join(["School,W,Q1,Q2", *rows]) + "\n"
    district = load(write(tmp_path_factory.mktemp("lineage"), FILES | {"data/raw/answers.csv": content}))
    _, made = prepare.prepare(district, read(district))
    return dict(made)


def sets(bundle, wave, statistic="mean"):
    school = bundle["school"]["id"]
    rows = [row for row in bundle["statistics"] if (row["school_id"], row["wave"], row["statistic"]) == (school, wave, statistic)]
    return [(dict(RespondentSet.parse(row["set"]).pairs)["school_id"], row["n"]) for row in rows]


def test_a_renumbered_school_keeps_its_past_under_its_present_name(bundles):
    bundle = bundles["new"]
    assert [(w["id"], w["joined"]) for w in bundle["waves"]] == [("w1", False), ("w2", True), ("w3", True)]
    assert sets(bundle, "w1") == [(("old",), 12)] and sets(bundle, "w2") == [(("new",), 12)]
    assert bundle["lineage"]["closed"] == [{"day": "2024-06-30", "names": ["Old Number School"]}]
    assert bundle["lineage"]["waves"] == [{"names": ["Old Number School"], "waves": ["Spring 2024"]}]


def test_a_merged_school_shows_what_all_of_its_parts_answered(bundles):
    bundle = bundles["two"]
    assert sets(bundle, "w1") == sets(bundle, "w2") == [(("one", "two"), 24)] and sets(bundle, "w3") == [(("two",), 12)]
    (change,) = [r for r in bundle["statistics"] if r["statistic"] == "change_low" and r["wave"] == "w3" and r["school_id"]]
    assert change["other_set"] == "answered=help; school_id=one|two; source=staff; wave=w2" and change["other_n"] == 24
    assert bundle["compared"] == "w2" and not bundle["parted"]
    assert bundle["lineage"]["waves"] == [{"names": ["One School", "Two School"], "waves": ["Spring 2024", "Fall 2024"]}]


@pytest.mark.parametrize(("school", "waves"), [("east", [("w3", False)]), ("west", [("w1", False), ("w2", True), ("w3", False)])])
def test_a_part_of_a_school_says_why_nothing_is_compared(bundles, school, waves):
    bundle = bundles[school]
    assert [(w["id"], w["joined"]) for w in bundle["waves"]] == waves
    assert bundle["parted"] and bundle["compared"] == "" and sets(bundle, "w3", "change_low") == []
    assert bundle["lineage"]["parted"] == [{"day": "2024-12-20", "names": ["Whole School"], "waves": ["Spring 2024", "Fall 2024"]}]
    assert bundle["lineage"]["waves"] == bundle["lineage"]["closed"] == []


def test_a_closed_school_names_all_that_carry_on(bundles):
    assert bundles["all"]["school"]["successors"] == ["East School", "West School"]
    assert [w["id"] for w in bundles["all"]["waves"]] == ["w1", "w2"]


def test_no_line_is_drawn_across_a_break():
    rows = [{"statistic": name, "value": 3.0, "wave": wave} for wave in ("w1", "w2", "w3") for name in ("mean", "mean_low", "mean_high")]
    order = [{"id": "w1", "label": "1", "joined": False}, {"id": "w2", "label": "2", "joined": False}, {"id": "w3", "label": "3", "joined": True}]
    (panel,) = figures.waves(protected(*rows), [scale()], order, "en").axes
    across = [list(line.get_xdata()) for line in panel.lines if len(line.get_xdata()) == 2 and len(set(line.get_xdata())) == 2]
    assert across == [[1, 2]]
