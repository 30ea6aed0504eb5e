"""Between two releases no few persons of a role, or of another group, come, go or change: nor those of no group."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook import handed_out as handing, tables as contracts
from cyclebook.climate import prepare
from cyclebook.parameters import load
from cyclebook.parameters.model import Correction, Scale
from cyclebook.privacy.bases import GROUP, bases
from cyclebook.privacy.releases import HELD, HIDDEN, Release, changed, hold
from cyclebook.sources import Tables, read
from tests.small_district import FILES, write
from tests.test_releases import K, KEY, SCALE, USE, WAVE, frame, handed_out, held, persons, tables

PEACE = Scale(**{**SCALE.__dict__, "id": "peace", "items": ("q3",)})
BY_ROLE = replace(USE, scales={"help": SCALE, "peace": PEACE}, breakdowns=("role",))


def staffed(people: list[dict], ratings=(), **heads: int) -> Tables:
    """`tables` with a roster of head counts by role."""
    rows = [("0101", WAVE, None, role, count) for role, count in (heads or {"teacher": 40, "aide": 40, "cook": 40}).items()]
    return replace(tables(people, ratings), roster=frame(contracts.ROSTER, rows))


def some(count: int, role: str | None = None, **answers: float) -> list[dict]:
    """Persons of a role, who answered alike where `answers` says so."""
    return [{"q1": 1.0 + place % 5, "q2": 1.0 + place % 3, "q3": 1.0 + place % 4, **({"role": role} if role else {}), **answers} for place in range(count)]


FIRST = some(20, "teacher") + some(12, "aide") + some(3, "cook")


@pytest.mark.parametrize("use", [BY_ROLE, replace(BY_ROLE, breakdowns=())])
@pytest.mark.parametrize(("late", "waits"), [
    ({"teacher": 5, "aide": 1}, True), ({"teacher": 5, None: 1}, True), ({"teacher": 4, "cook": 2}, True), ({"teacher": 5, "aide": 6, None: 5}, False),
])  # fmt: skip
def test_late_answers_wait_until_there_are_enough_of_every_role_that_they_are_of(use, late, waits):
    release = handed_out(staffed(FIRST), use=use)
    now = staffed(FIRST + [person for role, count in late.items() for person in some(count, role)])
    found, told = held(now, release, use=use)
    assert told == ([("0101", HELD, sum(late.values()))] if waits else [])
    assert len(persons(found)) == len(FIRST) + (0 if waits else sum(late.values()))
    assert held(replace(now, roster=frame(contracts.ROSTER)), release, use=replace(use, breakdowns=()))[1] == []  # no number is shown by role


def test_one_of_the_late_who_skipped_a_scale_waits_with_the_others():
    """The school's average of the other scale holds all six, the groups only five: the difference is what one person answered."""
    late = some(5, "teacher") + [{"q1": 5.0, "q2": 5.0, "role": "teacher"}]
    assert held(staffed(FIRST + late), handed_out(staffed(FIRST), use=BY_ROLE), use=BY_ROLE)[1] == [("0101", HELD, 6)]
    without = replace(BY_ROLE, breakdowns=())
    assert held(tables(FIRST + late), handed_out(tables(FIRST), use=without), use=without)[1] == []


def test_another_attribute_counts_where_averages_are_shown_by_it():
    def of(years: list[str]) -> Tables:
        found = tables(some(len(years)))
        return replace(found, respondents=found.respondents.assign(attributes=[f"years={one}" if one else "" for one in years]))

    by_years = replace(BY_ROLE, breakdowns=("years",))
    before, now = ["0-3"] * 10 + ["4+"] * 10, ["0-3"] * 10 + ["4+"] * 10 + ["0-3"] * 6 + ["4+"]
    assert held(of(now), handed_out(of(before), use=by_years), use=by_years)[1] == [("0101", HELD, 7)]
    plain = replace(by_years, breakdowns=())
    assert held(of(now[:-1]), handed_out(of(before), use=by_years), use=by_years)[1] == held(of(now), handed_out(of(before), use=plain), use=plain)[1] == []


def test_a_few_that_leave_a_role_hide_the_school():
    gone = FIRST[5:20] + FIRST[21:]  # five teachers and an aide
    assert held(staffed(gone), handed_out(staffed(FIRST), use=BY_ROLE), use=BY_ROLE)[1] == [("0101", HIDDEN, 6)]
    assert held(staffed(FIRST[5:]), handed_out(staffed(FIRST), use=BY_ROLE), use=BY_ROLE)[1] == []


def test_a_question_that_is_read_otherwise_now_hides_no_small_role_but_a_corrected_answer_does():
    otherwise = [person | {"q3": person["q3"] + 10} for person in FIRST]
    release = handed_out(staffed(FIRST), use=BY_ROLE)
    assert held(staffed(otherwise), release, use=BY_ROLE)[1] == []
    assert held(staffed(otherwise + some(5, "teacher", q3=11.0) + some(1, "cook", q3=11.0)), release, use=BY_ROLE)[1][0][1] == HIDDEN
    five = [person | {"q1": 5.0, "q2": 5.0, "q3": 4.0} if place in (0, 1, 2, 3, 34) else person for place, person in enumerate(FIRST)]
    assert held(staffed(five), release, use=BY_ROLE)[1][0][1] == HIDDEN


def test_a_declared_correction_does_not_cover_a_few_of_a_role():
    others = some(20, "teacher", q1=1.5, q2=2.5, q3=3.5) + some(12, "aide", q1=1.5, q2=2.5, q3=3.5) + some(3, "cook", q1=1.5, q2=2.5, q3=3.5)
    release, declared = handed_out(staffed(FIRST), use=BY_ROLE), [Correction("staff", WAVE, ("0101",), 1, "the file of another school")]
    assert held(staffed(others), release, use=BY_ROLE, corrections=declared)[1] == []
    assert held(staffed(others[1:]), release, use=BY_ROLE, corrections=declared)[1][0][1] == HIDDEN


def test_the_rosters_role_of_a_token_decides_and_a_role_that_nobody_shows_does_not():
    people = some(11)
    now = tables(people + some(6))
    tokens = [f"t{place}" for place in range(17)]
    roster = frame(contracts.ROSTER, [("0101", WAVE, token, "aide" if place in (3, 4, 5, 6, 7, 16) else "teacher", 1) for place, token in enumerate(tokens)])
    now = replace(now, roster=roster, respondents=now.respondents.assign(person=tokens))
    first = replace(tables(people), roster=roster)
    first = replace(first, respondents=first.respondents.assign(person=tokens[:11]))
    assert held(now, handed_out(first, use=BY_ROLE), use=BY_ROLE)[1] == [("0101", HELD, 6)]
    elsewhere = replace(now, roster=roster.assign(school_id="0102"))
    assert held(elsewhere, handed_out(replace(first, roster=elsewhere.roster), use=BY_ROLE), use=BY_ROLE)[1] == []


def test_no_group_is_named_in_what_is_remembered():
    found = bases(staffed(FIRST), KEY, BY_ROLE, K)
    of_groups = found[found["part"].str.startswith(GROUP)]
    assert sorted(of_groups[~of_groups["part"].str.contains("/")].groupby("part").size()) == [3, 12, 20]
    assert not found["part"].str.contains("teacher|aide|cook").any()
    assert not set(of_groups["part"]) & set(bases(staffed(FIRST), bytes(32), BY_ROLE, K)["part"])
    assert changed(found[~found["part"].str.startswith(GROUP)], found).empty


def unrecorded(release: Release) -> Release:
    """The release as it was written before groups were recorded."""
    return Release(release.number, release.as_of, release.form.removeprefix("groups-"), release.bases[~release.bases["part"].str.startswith(GROUP)])


def test_a_release_from_before_groups_were_recorded_is_taken_at_its_strictest():
    old, late = unrecorded(handed_out(staffed(FIRST), use=BY_ROLE)), some(6, "teacher")
    assert held(staffed(FIRST), old, use=BY_ROLE)[1] == []
    assert held(staffed(FIRST + late), old, use=BY_ROLE)[1] == [("0101", HELD, 6)]
    assert held(staffed(FIRST[6:]), old, use=BY_ROLE)[1] == [("0101", HIDDEN, 6)]
    plain = replace(BY_ROLE, breakdowns=())
    assert held(tables(FIRST + late), old, use=plain)[1] == []  # nothing is shown by group
    of_all = handed_out(staffed(FIRST), use=plain)  # counted were all who answered, not those scored on every scale
    assert held(staffed(FIRST + late), of_all, use=BY_ROLE)[1] == [("0101", HELD, 6)]
    again = handed_out(staffed(FIRST), 2, BY_ROLE)  # from here on it is known who stood in each group
    assert held(staffed(FIRST + late), old, again, use=BY_ROLE)[1] == []
    assert held(staffed(FIRST + late + some(1, "aide")), old, again, use=BY_ROLE)[1] == [("0101", HELD, 7)]


DISTRICT = {
    "parameters/district.yaml": FILES["parameters/district.yaml"].rstrip() + "\n        breakdowns: [role]\n",
    "parameters/schools.csv": "school_id,name\n0101,Alder Creek School\n0103,Cedar School\n",
    "parameters/sources.yaml": FILES["parameters/sources.yaml"].replace("person: Token,", "person: Token, role: Role,").rstrip() + """
          staff_list: {table: roster, form: csv, path: data/raw/roster.csv, wave: 2025-fall, school: School, role: Role, head_count: Count}
        """,
    "data/raw/roster.csv": "School,Role,Count\n" + "".join(f"{school},{role},24\n" for school in ("0101", "0103") for role in ("Teacher", "Aide")),
}


def sheet(**counts: int) -> str:
    """counts: answers by school and role, as ``S0103_Aide``."""
    given = [(name, place) for name, count in counts.items() for place in range(count)]
    lines = [f"{name[1:5]},{name}{place},{name[6:]},{'Agree' if place % 3 else 'Neither'},{'Disagree' if place % 2 else 'Neither'}" for name, place in given]
    return "\n".join(["School,Token,Role,Q1,Q2", *lines]) + "\n"


def test_five_teachers_and_one_aide_who_come_late_do_not_tell_what_the_aide_answered(tmp_path):
    """Six are enough for the school; but the aides' averages of then and of now would differ by one person."""
    counts = {"S0101_Teacher": 14, "S0101_Aide": 10, "S0103_Teacher": 12, "S0103_Aide": 12}
    folder = write(tmp_path, DISTRICT | {"data/raw/answers.csv": sheet(**counts)})
    district = load(folder)
    use, first = handing.use(district), read(district)
    release = Release(1, "2025-10-24", use.form, bases(first, KEY, use, K))

    def aides(tables: Tables) -> tuple:
        frame = prepare.protected(district, tables).frame
        means = frame[(frame["statistic"] == "group_mean") & (frame["item"] == "role:Aide") & (frame["why"] == "")]
        counts_of = frame[(frame["statistic"] == "role_answers") & (frame["item"] == "Aide")]
        return dict(zip(means["school_id"], means["n"], strict=True)), dict(zip(counts_of["school_id"], counts_of["value"], strict=True))

    assert aides(first) == ({"0101": 10, "0103": 12, "": 22}, {"0101": 10, "0103": 12})
    (folder / "data/raw/answers.csv").write_text(sheet(**counts | {"S0103_Teacher": 17, "S0103_Aide": 13}))
    found, told = hold(read(district), [release], KEY, K, use)
    assert told[["school_id", "state", "persons"]].values.tolist() == [["0103", HELD, 6]] and aides(found) == aides(first)
    (folder / "data/raw/answers.csv").write_text(sheet(**counts | {"S0103_Teacher": 17, "S0103_Aide": 17}))
    found, told = hold(read(district), [release], KEY, K, use)
    assert told.empty and aides(found) == ({"0101": 10, "0103": 17, "": 27}, {"0101": 10, "0103": 17})


ANSWER = st.sampled_from([1.0, 2.0, 5.0])
PERSON = st.fixed_dictionaries({"q1": ANSWER, "q2": ANSWER}, optional={"q3": ANSWER, "role": st.sampled_from(["teacher", "aide"])})
LATE = st.tuples(PERSON, st.integers(1, 7)).map(lambda pair: [pair[0]] * pair[1])
STEP = st.tuples(st.lists(LATE, max_size=3).map(lambda groups: [one for group in groups for one in group]), st.sampled_from([0, 0, 5, 6]))


@settings(max_examples=8, deadline=None)
@given(st.lists(LATE, min_size=2, max_size=4), st.lists(STEP, min_size=1, max_size=2))
def test_whatever_comes_and_goes_no_few_of_a_group_or_of_what_is_left_can_be_had(people, steps):
    """Who stands behind each release is known here: of each role those who were scored on all scales, and all others of the school."""
    now, releases, handed = [one for group in people for one in group], [], []
    for late, gone in [([], 0), *steps]:
        now = now[gone:] + late
        found, _ = hold(staffed(now), releases, KEY, K, BY_ROLE)
        wide = found.responses.pivot(index="row", columns="item", values="value").reindex(columns=["q1", "q2", "q3"])
        if found.withheld or len(wide) < K:
            releases.append(handed_out(found, len(releases) + 1, BY_ROLE))
            continue
        role = found.respondents.set_index("row")["role"].reindex(wide.index).fillna("")
        # where no one was scored on peace, help is every scale
        complete = wide["q3"].notna() | wide["q3"].isna().all()
        handed.append({name: Counter(zip(rows["q1"], rows["q2"], strict=True)) for name, rows in wide.groupby(role.where(complete, "-"))})
        releases.append(handed_out(found, len(releases) + 1, BY_ROLE))
    for name in {name for one in handed for name in one}:
        sums = [one.get(name, Counter()) for one in handed]
        for place, one in enumerate(sums):
            for other in sums[:place]:
                assert one == other or all(size == 0 or size >= K for size in (sum((one - other).values()), sum((other - one).values())))
