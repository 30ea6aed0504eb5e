"""Averages by group of staff: no few are told of, whether they answered or not, hidden is hidden for every reason alike, and sentences are true."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook import facts
from cyclebook.climate import estimate, group_readings, group_sections, groups, nonresponse
from cyclebook.climate import prepare as climate_prepare
from cyclebook.batch.receipt import group_lines
from cyclebook.climate.roles import EVERYONE, HIDDEN, of_group
from cyclebook.climate.scales import score
from cyclebook.errors import InputError
from cyclebook.overview import prepare as overview_prepare, sections as overview_sections
from cyclebook.parameters import load
from cyclebook.privacy import RespondentSet, check_ledger, complete, from_bundle, protect
from cyclebook.privacy.coding import ends
from cyclebook.privacy.door import LEDGER
from cyclebook.reading import Reading, sentence
from cyclebook.sources import read
from cyclebook.store import Bundle
from cyclebook.tables import attribute
from tests.frames import protected, scale
from tests.small_district import FILES, answers, problems, write
from tests.test_climate_readings import numbers

K = 5
TRUST = SimpleNamespace(
    id="trust", name="Trust", about="trust", items=("q1",), reverse=frozenset(), low=1.0, high=5.0, favourable=4.0,
    minimum_answered=1, mode="person_mean", better="higher", source="", column=None,
)  # fmt: skip
PEACE = SimpleNamespace(**vars(TRUST) | {"id": "peace", "name": "Peace", "about": "peace", "items": ("q2",)})
SCALES = {"trust": TRUST, "peace": PEACE}
SETTINGS = {"smallest_group": K, "answer_gate_rate": 0.0, "answer_gate_answers": 1, "small_school": 20}


# A plan that only knows the primary rule: what the engine adds has tests of its own


class Primary:
    """Stands in for ``privacy.plan``: hides what is small on any scale, and notes what it was asked."""

    def __init__(self, hide: tuple = ()):
        self.asked, self.bases, self.hide = [], [], hide

    Scale = staticmethod(lambda low, high, decimals: (low, high, decimals))

    @staticmethod
    def Candidate(keys, weight, fixed):  # noqa: N802
        return SimpleNamespace(keys=keys, weight=weight, fixed=fixed)

    def decide(self, bases, candidates, smallest_group, *, scales=None, known=None):
        self.asked.append(candidates)
        self.bases.append(bases)

        def persons(base, keys):
            return sum(all(row[key] in values for key, values in keys.items()) for row in base.to_dict("records"))

        clear = [c.keys for c in candidates if all(persons(base, c.keys) >= smallest_group for base in bases.values())]
        return SimpleNamespace(published=lambda keys: keys in clear and keys not in self.hide)


def place(school: str, role: str | None, values: list, years: str = "", heads: int | None = None, skips: int = 0) -> dict:
    """Persons of one role at a school: their answers to q1 (q2 is one less), of whom the first ``skips`` leave out q2."""
    return {"school": school, "role": role, "values": values, "years": years, "heads": len(values) if heads is None else heads, "skips": skips}


def tables(*places: dict) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """responses, respondents, roster of one wave w1."""
    rows, people, staff = [], [], []
    for part, one in enumerate(places):
        for person, value in enumerate(one["values"]):
            row = f"staff:{part}-{person}"
            rows.append(("staff", one["school"], "w1", row, None, "q1", float(value)))
            if person >= one["skips"]:
                rows.append(("staff", one["school"], "w1", row, None, "q2", float(max(1, value - 1))))
            people.append(("staff", one["school"], "w1", row, None, one["role"], f"years={one['years']}" if one["years"] else ""))
        if one["role"]:
            staff.append((one["school"], "w1", None, one["role"], one["heads"]))
    responses = pd.DataFrame(rows, columns=["survey", "school_id", "wave", "row", "person", "item", "value"])
    respondents = pd.DataFrame(people, columns=["survey", "school_id", "wave", "row", "person", "role", "attributes"])
    return responses, respondents, pd.DataFrame(staff, columns=["school_id", "wave", "person", "role", "head_count"]).groupby(
        ["school_id", "wave", "role"], as_index=False, dropna=False)["head_count"].sum().assign(person=None)  # fmt: skip


def choose(*places: dict, plan=None, leaders=(), breakdowns=None) -> groups.Groups:
    responses, respondents, roster = tables(*places)
    scores = groups.additive(score(responses, SCALES), SCALES)
    return groups.choose(scores, respondents, roster, breakdowns or {"role": ()}, leaders, SCALES, "w1", K, plan or Primary())


def means(scores: pd.DataFrame) -> pd.DataFrame:
    """Of ``estimate.statistics`` the means of the schools alone: quick enough for hundreds of districts."""
    found = scores.groupby(["survey", "school_id", "wave", "scale"])["score"].agg(n="size", value="mean").reset_index()
    sets = [str(RespondentSet.of(source=r.survey, wave=r.wave, school_id=r.school_id, answered=r.scale)) for r in found.itertuples()]
    return found.assign(item="", statistic="mean", decimals=1, answered=found["n"], set=sets, other_set="", other_n=0, why="")


def made(*places: dict, quick=False, plan=None, leaders=(), breakdowns=None, **changes):
    """(groups, the table of levels and of groups and of those not heard from, raw)."""
    responses, respondents, roster = tables(*places)
    scores = score(responses, SCALES)
    chosen = choose(*places, plan=plan, leaders=leaders, breakdowns=breakdowns)
    levels = means(scores) if quick else estimate.statistics(responses, roster, SCALES, {"w1": None}, lambda school: SETTINGS | changes)
    rows = groups.statistics(scores, respondents, roster, levels, SCALES, chosen, K)
    parts = {(school, "w1"): found for school, found in chosen.parts.items()}
    more = nonresponse.statistics(levels, respondents, roster, scores, SCALES, K, parts, chosen.counted)
    return chosen, pd.concat([levels, rows, more], ignore_index=True)


def cell(table, statistic, school, item, scale="trust"):
    return protect(table, K).cell(statistic, school_id=school, item=item, scale=scale)


TEACHERS, AIDES = [2, 3, 4, 3, 2, 3, 4, 4], [4, 5, 4, 5, 4, 3, 4]
SCHOOL = (place("A", "Teacher", TEACHERS, heads=20), place("A", "Aide", AIDES, heads=12), place("A", "Principal", [5], heads=1))
OTHER = (place("B", "Teacher", TEACHERS, heads=20), place("B", "Aide", AIDES, heads=12), place("B", "Cook", [1, 2, 2, 3, 2, 1], heads=12))


def test_a_groups_average_is_the_mean_over_its_persons_and_stands_on_its_set():
    _, table = made(*OTHER)
    row = table[(table["statistic"] == "group_mean") & (table["item"] == "role:Aide") & (table["school_id"] == "B") & (table["scale"] == "trust")].iloc[0]
    assert (row["value"], row["n"], row["why"]) == (pytest.approx(round(np.mean(AIDES), 1)), 7, "")
    assert row["set"] == "answered=every_scale; role=Aide; school_id=B; source=staff; wave=w1"


def test_the_district_counts_the_persons_of_all_schools_with_enough_of_them():
    small = place("C", "Teacher", [1, 1, 1], heads=20)
    _, table = made(*SCHOOL, *OTHER, small)
    teachers = table[(table["statistic"] == "group_mean") & (table["item"] == "role:Teacher") & (table["school_id"] == "") & (table["scale"] == "trust")].iloc[0]
    assert (teachers["value"], teachers["n"]) == (pytest.approx(round(np.mean(TEACHERS), 1)), 16)
    assert teachers["set"] == "answered=every_scale; role=Teacher; school_id=A|B; source=staff; wave=w1"
    count, everyone = (cell(table, "group_count", "", item).value for item in ("role:Teacher", EVERYONE))
    assert (count, everyone) == (16, 16 + 15 + 6)


def test_leaders_are_a_group_of_the_district_only():
    others = [place("E", "Teacher", TEACHERS, heads=20), place("E", "Aide", AIDES, heads=12)]
    leading = [place(school, "Assistant principal", [3, 4, 5, 4, 3, 4], heads=12) for school in "ABE"]
    deans = [place(school, "Dean", [3, 4, 5, 4, 3, 4], heads=12) for school in "ABE"]
    chosen, table = made(*SCHOOL[:2], *OTHER, *others, *leading, *deans, leaders=["dean "])
    assert ("role", "", "Assistant principal") in chosen.published and ("role", "", "Dean") in chosen.published
    of_schools = {RespondentSet.parse(text) for text in table.loc[(table["statistic"] == "group_mean") & (table["school_id"] != ""), "set"]}
    assert not [one for one in of_schools if set(dict(one.pairs)["role"]) & {"Assistant principal", "Dean"}]
    assert cell(table, "group_mean", "", "role:Dean").value == pytest.approx(3.8)


def test_for_the_plan_leaders_are_few_at_every_school_and_no_candidate_there():
    plan = Primary()
    made(*OTHER, place("B", "Principal", [3] * 8, heads=16), place("D", "Principal", [3] * 6, heads=12), plan=plan)
    values, few, _ = plan.bases  # first everyone on all scales, then scale by scale with few leaders
    assert (values["trust"].query("school_id == 'B'")["role"] == "Principal").sum() == 8
    assert (few["trust"].query("school_id == 'B'")["role"] == "Principal").sum() == K - 1
    assert len(few["trust"].query("school_id == 'D'")) == K  # else the school's own average would be one of few
    assert not [c for asked in plan.asked for c in asked if "Principal" in c.keys.get("role", ()) and "school_id" in c.keys]
    fixed = [c.keys for c in plan.asked[0] if c.fixed]
    assert {} in fixed and {"school_id": ("B",)} in fixed


def test_whoever_has_no_role_is_in_no_group():
    others = [one | {"heads": 40} for one in OTHER]
    _, table = made(*others, place("B", None, [1] * 9))
    items = set(table.loc[table["statistic"] == "group_mean", "item"])
    assert items == {EVERYONE, "role:Teacher", "role:Aide", "role:Cook"}
    assert cell(table, "group_count", "", EVERYONE).value == 8 + 7 + 6 + 9


def test_no_role_is_made_of_what_people_typed():
    """A role that the roster does not know is no group, however many gave it."""
    responses, respondents, roster = tables(*OTHER)
    respondents["role"] = respondents["role"].replace("Cook", "Boss of Cedar")
    chosen = groups.choose(score(responses, SCALES), respondents, roster, {"role": ()}, (), SCALES, "w1", K, Primary())
    assert "Boss of Cedar" not in json.dumps({name: dict(by) for name, by in chosen.listed.items()})


def hidden_row(table, school="A", item="role:Cook", scale="trust") -> tuple:
    found = table[(table["statistic"] == "group_mean") & (table["school_id"] == school) & (table["item"] == item) & (table["scale"] == scale)]
    return tuple(protect(found, K).frame.astype("str").iloc[0])


def test_a_hidden_group_reads_the_same_for_every_reason_also_where_nobody_answered():
    few = made(*SCHOOL, *OTHER, place("A", "Cook", [2, 3], heads=12))[1]
    nobody = made(*SCHOOL, *OTHER, place("A", "Cook", [], heads=12))[1]
    by_plan = made(*SCHOOL, *OTHER, place("A", "Cook", [2] * 6, heads=12), plan=Primary(hide=({"role": ("Cook",), "school_id": ("A",)},)))[1]
    would_tell_who_did_not = made(*SCHOOL, *OTHER, place("A", "Cook", [2] * 6, heads=8))[1]
    rows = {hidden_row(table) for table in (few, nobody, by_plan, would_tell_who_did_not)}
    assert len(rows) == 1
    cells = {cell(table, "group_mean", "A", "role:Cook") for table in (few, nobody, by_plan)}
    (one,) = cells
    assert (one.value, one.n, one.why, one.bound) == (None, None, HIDDEN, "")


def test_the_answer_gate_hides_the_groups_with_the_schools_own_average():
    _, table = made(*SCHOOL, *OTHER, answer_gate_answers=18)
    assert cell(table, "group_mean", "A", "role:Teacher").why == "few answers"
    assert cell(table, "group_mean", "B", "role:Teacher").value is not None
    assert cell(table, "group_mean", "", "role:Teacher").value is not None


def test_a_group_is_shown_on_every_scale_or_on_none():
    _, table = made(*SCHOOL, *OTHER, place("A", "Cook", [2] * 6, heads=12, skips=2))
    assert {cell(table, "group_mean", "A", "role:Cook", scale=name).value for name in SCALES} == {None}


def test_a_scale_of_item_means_has_no_groups():
    other = {"trust": TRUST, "peace": SimpleNamespace(**vars(PEACE) | {"mode": "item_means_first"})}
    responses, respondents, roster = tables(*OTHER)
    scores = score(responses, other)
    chosen = groups.choose(groups.additive(scores, other), respondents, roster, {"role": ()}, (), other, "w1", K, Primary())
    levels = estimate.statistics(responses, roster, other, {"w1": None}, lambda school: SETTINGS)
    assert set(groups.statistics(scores, respondents, roster, levels, other, chosen, K)["scale"]) == {"trust"}


def test_an_average_at_an_end_is_coded_by_the_number_of_persons_alone():
    _, table = made(place("B", "Teacher", [5] * 8, heads=20), place("B", "Aide", [1] * 7, heads=12), place("B", "Cook", [3] * 6, heads=12))
    for role, n, bound in (("Teacher", 8, "more"), ("Aide", 7, "less"), ("Cook", 6, "")):
        found = cell(table, "group_mean", "B", of_group("role", role))
        least, most = ends(n, K, 1, 5, 1)
        assert (found.bound, found.value) == (bound, {"more": most, "less": least, "": 3.0}[bound])


ROLES = st.sampled_from(["Teacher", "Aide", "Cook", "Office", "Principal", None])
STAFF = st.lists(st.tuples(st.sampled_from("ABCD"), ROLES, st.integers(0, 14), st.integers(0, 14), st.integers(0, 3)), min_size=4, max_size=20,
                 unique_by=lambda one: one[:2])  # fmt: skip


def drawn(staff, seed: int) -> list[dict]:
    rng = np.random.default_rng(seed)
    return [place(school, role, list(rng.integers(1, 6, size=count)), heads=count + more, skips=min(skips, count)) for school, role, count, more, skips in staff if count or role]


def of_all(one: dict, places: list[dict]) -> list:
    """The answers to q1 of those who were scored on every scale on which anyone of their school was."""
    both = any(other["values"][other["skips"] :] for other in places if other["school"] == one["school"])
    return one["values"][one["skips"] :] if both else one["values"]


@settings(max_examples=30, deadline=None)
@given(STAFF, st.integers(0, 99))
def test_n_and_mean_are_those_of_the_persons(staff, seed):
    places = drawn(staff, seed)
    if not any(one["values"] for one in places):
        return
    _, table = made(*places, quick=True)
    for row in table[table["statistic"].isin(["group_mean"]) & (table["why"] == "")].itertuples():
        own = [one for one in places if row.school_id in ("", one["school"]) and row.item in (EVERYONE, of_group("role", one["role"] or ""))]
        shift = 0 if row.scale == "trust" else 1

        def scored(one, scale=row.scale):
            return one["values"] if scale == "trust" else one["values"][one["skips"] :]

        enough = {s for s in "ABCD" if sum(len(scored(one)) for one in places if one["school"] == s) >= K}
        values = [max(1, value - shift) for one in own if one["school"] in enough for value in (scored(one) if row.item == EVERYONE else of_all(one, places))]
        least, most = ends(len(values), K, 1, 5, 1)
        assert row.n == len(values) >= K
        assert row.value == pytest.approx(min(max(float(np.mean(values)), least), most), abs=0.0501)


@settings(max_examples=50, deadline=None)
@given(STAFF, st.integers(0, 99))
def test_no_few_who_did_not_answer_follow_from_the_groups_and_the_roster(staff, seed):
    """Whatever roles of a school are added up, or taken from the whole: none is missing, or at least K; the same for a role over schools."""
    places = [one for one in drawn(staff, seed) if one["role"]]
    if not any(one["values"] for one in places):
        return
    chosen = choose(*places)
    heads, heard = Counter(), Counter()
    for one in places:
        heads[one["school"], one["role"]] += one["heads"]
        heard[one["school"], one["role"]] += len(of_all(one, places))
    missing = {key: heads[key] - heard[key] for key in heads}
    for school in "ABCD":
        shown = [value for name, where, value in chosen.published if where == school]
        own = [role for where, role in heads if where == school]
        rest = [role for role in own if role not in shown and heard[school, role]]
        for size in range(1, len(shown) + 1):
            for some in combinations(shown, size):
                assert all(heard[school, role] >= K for role in some)
                total = sum(missing[school, role] for role in some)
                assert total == 0 or total >= K
        if shown and rest:
            silent = [role for role in own if not heard[school, role] and (role,) in chosen.parts[school]]
            left = sum(missing[school, role] for role in own if role not in shown and role not in silent)
            assert left == 0 or left >= K
    enough = {s for s in "ABCD" if sum(len(one["values"]) for one in places if one["school"] == s) >= K}
    for name, where, role in chosen.published:
        if where == "":
            for some in ([s for s in enough if ("role", s, role) not in chosen.published], enough):
                left = sum(missing.get((s, role), 0) for s in some)
                assert left == 0 or left >= K


@settings(max_examples=50, deadline=None)
@given(STAFF, st.integers(0, 99))
def test_groups_and_the_table_of_who_answered_fit_into_each_other(staff, seed):
    places = drawn(staff, seed)
    if not any(one["values"] for one in places):
        return
    chosen = choose(*places)
    heard = Counter()
    for one in places:
        heard[one["school"], one["role"]] += len(of_all(one, places))
    for school, parts in chosen.parts.items():
        shown = {value for name, where, value in chosen.published if where == school}
        alone = {part[0] for part in parts if len(part) == 1 and heard[school, part[0]]}
        assert shown <= alone
        assert alone == shown or len(parts) == 1  # one part is no table


def test_beside_averages_by_group_nothing_is_weighted_and_without_them_it_is():
    """A weighted average stands on those who were scored on the scale, groups on those who were scored on all: together they would tell of the rest."""
    places = (*OTHER, place("B", None, [3] * 6, years="0-3"))
    assert cell(made(*OTHER)[1], "weighted", "B", "") is None
    assert cell(made(*places, breakdowns={"years": ("0-3", "4 or more")})[1], "weighted", "B", "") is None
    responses, respondents, roster = tables(*OTHER)
    levels = estimate.statistics(responses, roster, SCALES, {"w1": None}, lambda school: SETTINGS)
    for chosen, shown in ((None, True), ({("B", "w0"): [("Teacher",), ("Aide",), ("Cook",)]}, False)):
        table = nonresponse.statistics(levels, respondents, roster, score(responses, SCALES), SCALES, K, chosen)
        assert (table["statistic"] == "weighted").any() == shown


@settings(max_examples=30, deadline=None)
@given(STAFF, st.integers(0, 99))
def test_nobody_who_skipped_a_question_is_told_by_role(staff, seed):
    """Of one role every count at a school is the same number: on each scale, and of those who answered."""
    places = drawn(staff, seed)
    if not any(one["values"] for one in places):
        return
    _, table = made(*places, quick=True)
    shown = table[(table["why"] == "") & (table["school_id"] != "")]
    for school, rows in shown.groupby("school_id"):
        groups_of = rows[rows["statistic"] == "group_mean"]
        assert (groups_of.groupby("item")["n"].nunique() == 1).all()
        counts = rows[rows["statistic"] == "role_answers"].set_index("item")["value"]
        for item, n in groups_of.drop_duplicates("item").set_index("item")["n"].items():
            role = item.removeprefix("role:")
            assert role not in counts.index or counts[role] == n, (school, role)


def test_another_attribute_has_the_groups_that_are_declared_whoever_answered():
    places = (place("A", "Teacher", [3, 4, 2, 3, 4, 5], years="0-3", heads=20), place("A", "Aide", [3, 4, 2, 3, 4], years="4 or more", heads=20), *OTHER)
    chosen, table = made(*places, breakdowns={"years": ("0-3", "4 or more", "20 or more")})
    assert chosen.listed["years"]["A"] == ("0-3", "4 or more", "20 or more") and chosen.parts == {}
    assert cell(table, "group_mean", "A", "years:0-3").value == pytest.approx(3.5)
    assert cell(table, "group_mean", "A", "years:20 or more").why == HIDDEN


# Attributes of respondents


YEARS = "{years: {label: Years here, column: Years, bands: {new: [0, 3], longer: [4, 60]}}, grades: {column: Grades, values: [K-2, 3-5]}}"
SHEET = """
    School,Token,Q1,Q2,Years,Grades
    0101,a,Agree,Agree,0,k-2
    0101,b,Agree,Agree, 4 ,3-5
    0101,c,Agree,Agree,3.5,The small ones
    0101,d,Agree,Agree,,
    0101,e,Agree,Agree,many,3-5
    """


def test_an_attribute_is_one_of_the_groups_declared_or_not_known(tmp_path):
    found = answers(tmp_path, SHEET, person="Token", attributes=YEARS)
    assert list(found.respondents["attributes"]) == ["years=new|grades=K-2", "years=longer|grades=3-5", "", "", "grades=3-5"]
    assert attribute(found.respondents, "years").fillna("?").tolist() == ["new", "longer", "?", "?", "?"]
    assert problems(found) == [
        (4, "Years", "3.5", "in none of the bands of the attribute years", "flagged"),
        (4, "Grades", "The small ones", "none of the values of the attribute grades", "flagged"),
        (6, "Years", "many", "in none of the bands of the attribute years", "flagged"),
    ]
    district = load(tmp_path)
    assert (district.attributes["years"].label, district.attributes["grades"].label) == ("Years here", "Grades")


@pytest.mark.parametrize(("attributes", "message"), [
    ("{years: {column: Years}}", "write either values"),
    ("{years: {column: Years, values: [new], bands: {new: [0, 3]}}}", "write either values"),
    ("{years: {column: Years, bands: {new: [0, 3], longer: [3, 60]}}}", "3 also belongs to"),
    ("{years: {column: Years, bands: {new: [3, 0]}}}", "Write the lower number first"),
    ("{years: {column: Years, values: [new, New]}}", "is the same as"),
    ("{years: {column: Years, values: ['a|b']}}", "holds one of the marks"),
    ("{role: {column: Years, values: [new]}}", "this name is taken"),
    ("{years: {column: Years, values: [new], free: true}}", "unknown key"),
])  # fmt: skip
def test_what_is_wrong_with_an_attribute_is_told_with_a_remedy(tmp_path, attributes, message):
    with pytest.raises(InputError, match=message):
        answers(tmp_path, SHEET, person="Token", attributes=attributes)


def test_an_attribute_whose_column_is_not_there_is_an_error(tmp_path):
    with pytest.raises(InputError, match='no column "Year" for the attribute years; did you mean "Years"'):
        answers(tmp_path, SHEET, person="Token", attributes="{years: {column: Year, values: [new]}}")


def test_an_attribute_is_the_same_in_every_source(tmp_path):
    one = "{table: responses, survey: staff, form: csv, path: data/raw/answers.csv, wave: 2025-fall, school: School, codebook: staff, attributes: "
    sources = f"surveys:\n  staff: {{title: Staff survey}}\nsources:\n  a: {one}{{years: {{column: Y, values: [x]}}}}}}\n  b: {one}{{years: {{column: Y, values: [z]}}}}}}\n"
    with pytest.raises(InputError, match="has another label or other groups in the source \"a\""):
        load(write(tmp_path, {"parameters/sources.yaml": sources}))


@pytest.mark.parametrize(("line", "message"), [
    ("breakdowns: [rolle]", 'there is no attribute "rolle" of respondents; did you mean "role"'),
    ("breakdowns: [role]", "no roster names roles"),
    ("breakdowns: [years]", 'there is no attribute "years"'),
])  # fmt: skip
def test_an_unknown_breakdown_is_an_error_with_a_remedy(tmp_path, line, message):
    with pytest.raises(InputError, match=message):
        load(write(tmp_path, {"parameters/district.yaml": FILES["parameters/district.yaml"].rstrip() + f"\n        {line}\n"}))


# The sentences


def say(reading: Reading) -> str:
    return sentence(reading, "en")


ROLE_ = {"id": "role", "label": ""}
ROWS = st.lists(st.tuples(st.integers(10, 50).map(lambda value: value / 10), st.booleans(), st.sampled_from(["", "", "", "more", "less"])), max_size=6)


def shown_table(rows, scales=("trust",), **more):
    made_of = [
        {"statistic": "group_mean", "scale": name, "item": f"role:r{number}", "value": value, "why": "" if shown else HIDDEN, **more}
        for name in scales for number, (value, shown, _) in enumerate(rows)
    ]  # fmt: skip
    from tests.frames import raw

    frame = raw(*made_of)
    frame["bound"] = [bound for _ in scales for _, _, bound in rows]
    return protect(frame, K)


@given(ROWS)
def test_how_many_groups_are_shown_is_true_and_of_hidden_ones_no_reason_is_given(rows):
    said = group_readings.at_school(shown_table(rows), [ROLE_], "en")
    count, kinds = sum(shown for _, shown, _ in rows), [reading.template for reading in said]
    stated = numbers(say(said[0]).replace("one of", "1 of"))
    if not rows:
        assert kinds[0] == "groups_unknown"
    elif count == len(rows):
        assert kinds[0] == "groups_all" and (stated == [count] or count == 1)
    elif count == 0:
        assert kinds[0] == "groups_none" and stated == []
    else:
        assert stated == [count, len(rows)]
    assert ("groups_why" in kinds) == (count < len(rows)) and kinds.count("groups_why") <= 1
    assert ("groups_chance" in kinds) == (count > 1)
    # no average of a school's group is in any sentence
    assert not [reading for reading in said for _, fact in reading.facts if isinstance(fact, Decimal)]


@given(ROWS)
def test_between_which_averages_the_districts_groups_lie_is_true(rows):
    said = group_readings.in_district(shown_table(rows, school_id=""), [ROLE_], [scale()], "en")
    spans = [reading for part in said for reading in part if reading.template in ("groups_span", "groups_alike")]
    values = [value for value, shown, _ in rows if shown]
    coded = any(shown and bound for _, shown, bound in rows)
    assert len(spans) == (len(values) > 1 and not coded)
    for reading in spans:
        low, high = Decimal(str(min(values))), Decimal(str(max(values)))
        assert (reading.template == "groups_alike") == (low == high)
        assert numbers(say(reading)) == ([low] if low == high else [low, high])
        assert [part[0].template for part in said][-1] == "groups_behind"


def test_two_breakdowns_say_why_once():
    years = {"id": "years", "label": "Years here"}
    said = group_readings.groups(shown_table([(3.0, True, ""), (4.0, False, "")]), [ROLE_, years], "en")
    assert [reading.template for reading in said] == ["groups_some", "groups_unknown", "groups_why"]
    assert say(said[0]).startswith("Role: one of 2 groups of staff is shown.") and say(said[1]).startswith("Years here: ")


# The pages


@pytest.fixture(scope="module")
def demo(project_root):
    district = load(project_root)
    return district, read(district)


def published(monkeypatch, room, section, district, tables, unit):
    sizes, bundles = room.prepare(district, tables)
    facts = json.loads(json.dumps(dict(bundles)[unit]))
    page = Bundle("step", facts, from_bundle(facts.pop("statistics")), ())
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    section(page)
    entries = [entry for part in shown for entry in part.get(LEDGER, [])]
    table = pd.DataFrame(complete(entries, sizes)) if entries else pd.DataFrame()
    return shown, table


def test_a_schools_page_and_the_districts_show_the_same_groups_hidden_the_same_way(monkeypatch, demo):
    district, tables = demo
    chosen = climate_prepare.by_group(district, tables)
    school = next(where for name, where, value in sorted(chosen.published) if where)
    for room, section, unit in ((climate_prepare, group_sections.groups, school), (overview_prepare, overview_sections.groups, "_district")):
        shown, table = published(monkeypatch, room, section, district, tables, unit)
        check_ledger(table, K)
        by_set = table[table["value"].notna()].groupby("set")["n"].nunique()
        assert (by_set == 1).all()
        text = "\n".join(part["text/plain"] for part in shown)
        assert "not shown" in text and "too few" not in text
        roles = {value for text in table["set"] for value in dict(RespondentSet.parse(text).pairs).get("role", ())}
        assert ("Administrator" in roles) == (unit == "_district")
    assert len({where for _, where, _ in chosen.published}) > 5


def test_the_demo_holds_its_own_against_subtraction(demo):
    """Each scale's published sums, solved for every role of every school: none of fewer than five persons follows."""
    district, tables = demo
    chosen = climate_prepare.by_group(district, tables)
    frame = climate_prepare.protected(district, tables).frame
    tables = facts.of_staff(district, tables)
    who = groups.members(tables.respondents, tables.roster, ["role"], chosen.wave)
    scores = score(tables.responses, district.scales)
    for name, own in scores[scores["wave"] == chosen.wave].groupby("scale"):
        base = own.merge(who[["row", "role"]], on="row", how="left")
        base["answered"] = np.where(base["row"].isin(chosen.counted), "every_scale", name)
        base = base[base.groupby("school_id")["score"].transform("size") >= K]
        atoms = base.fillna({"role": "?"}).groupby(["school_id", "role", "answered"]).size()
        shown = frame[(frame["statistic"].isin(["group_mean", "mean"])) & (frame["scale"] == name) & (frame["wave"] == chosen.wave) & (frame["value"].notna())]
        sets = [dict(RespondentSet.parse(text).pairs) for text in shown["set"].unique()]
        sets = [keys for keys in sets if set(keys) <= {"school_id", "role", "source", "wave", "answered"}]
        sets = [{key: values for key, values in keys.items() if key != "answered" or values == ("every_scale",)} for keys in sets]
        rows = np.array([[all(value in keys.get(key, (value,)) for key, value in zip(("school_id", "role", "answered"), atom, strict=True)) for atom in atoms.index] for keys in sets], float)
        _, strength, basis = np.linalg.svd(rows)
        basis = basis[: (strength > 1e-9).sum()]
        few = [atom for number, atom in enumerate(atoms.index) if atoms[atom] < K and np.isclose((basis[:, number] ** 2).sum(), 1)]
        assert few == []
        for school, (sizes, inside) in {s: (atoms[s], [i for i, a in enumerate(atoms.index) if a[0] == s]) for s in atoms.index.levels[0] if s in atoms.index.get_level_values(0)}.items():
            for count in range(2, min(4, len(inside)) + 1):
                for some in combinations(inside, count):
                    if sum(atoms.iloc[number] for number in some) < K:
                        target = np.zeros(len(atoms))
                        target[list(some)] = 1
                        assert np.linalg.norm(basis @ target) < np.linalg.norm(target) - 1e-9, (name, school, sizes)


def test_the_analyst_is_told_how_many_groups_are_shown(demo):
    district, tables = demo
    chosen = climate_prepare.by_group(district, tables)
    (line,) = group_lines(district, tables)
    listed = sum(len(groups_of) for school, groups_of in chosen.listed["role"].items() if school)
    shown = sum(1 for _, school, _ in chosen.published if school)
    assert line.startswith(f"by role, {chosen.wave}: {shown} of {listed} groups of schools are shown, and of the district ")
    assert all((role in line) == (("role", "", role) in chosen.published) for role in chosen.listed["role"][""])


def test_without_breakdowns_nothing_is_shown_by_group(monkeypatch, tmp_path):
    found = answers(tmp_path, SHEET, person="Token")
    assert list(group_lines(load(tmp_path), found)) == []
    shown, _ = published(monkeypatch, climate_prepare, group_sections.groups, load(tmp_path), found, "0101")
    assert shown == []


def test_leaders_that_no_roster_knows_are_an_error(tmp_path, project_root, demo):
    from dataclasses import replace

    district, tables = demo
    with pytest.raises(InputError, match='no roster has a role "Adminstrator"; did you mean "Administrator"'):
        climate_prepare.by_group(replace(district, leaders=("Adminstrator",)), tables)
