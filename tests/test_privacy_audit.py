"""The audit: clean where the plan was followed, and every kind of leak that is planted is found."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.privacy import PrivacyError, RespondentSet, coding
from cyclebook.privacy.audit import audit, check
from cyclebook.privacy.plan import Candidate, Scale, decide

K = 5
SCALES = {"trust": (1.0, 5.0)}
COLUMNS = ["page", "anchor", "statistic", "value", "n", "answered", "set"]


def name(wave="2025-fall", answered="trust", **keys):
    return str(RespondentSet.of(source="staff", wave=wave, answered=answered, **keys))


def row(text, n, value=3.2, statistic="trust.mean", page="0101/01.html"):
    shown = n is not None
    return dict(zip(COLUMNS, (page, "levels", statistic, value if shown else None, n, n, text), strict=True))


def ledger(*rows):
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": "float64", "n": "Int64", "answered": "Int64", "set": "str"})


def school(number, n, **more):
    return row(name(school_id=f"S{number}"), n, **more)


def kinds(leaks):
    return {leak.kind for leak in leaks}


GOOD = (school(1, 20), school(2, 14), school(3, None), row(name(school_id=["S1", "S2"]), 34, page="_district/05.html"))


def test_pages_that_give_nobody_away_are_clean():
    assert audit(ledger(*GOOD), K, SCALES) == []
    check(ledger(*GOOD), K, SCALES)


def test_planted_subtraction_the_districts_number_less_its_schools():
    leaks = audit(ledger(*GOOD[:3], row(name(), 37, page="_district/05.html")), K, SCALES)
    assert kinds(leaks) == {"subtraction"}
    assert "3 persons" in leaks[0].text and name() in leaks[0].sets and "_district/05.html" in leaks[0].pages
    with pytest.raises(PrivacyError, match="3 persons by subtraction"):
        check(ledger(*GOOD[:3], row(name(), 37)), K, SCALES)


def test_planted_union_of_a_school_and_a_small_one():
    leaks = audit(ledger(school(1, 20), school(3, None), row(name(school_id=["S1", "S3"]), 24, page="S1/01.html")), K, SCALES)
    assert kinds(leaks) == {"subtraction"} and "4 persons" in leaks[0].text


def test_planted_second_base_gives_the_one_who_skipped_a_question_away():
    other = row(name(answered="trust_all_items", school_id="S1"), 19, value=3.3)
    leaks = audit(ledger(*GOOD, other), K, SCALES)
    assert kinds(leaks) == {"two bases"}


def test_planted_numbers_of_a_group_that_differ_by_who_skipped_a_question():
    everyone = row(name(answered="every_scale", role="Teacher", school_id="S1"), 15, statistic="trust.group_mean")
    roster = str(RespondentSet.of(source="roster", wave="2025-fall", role="Teacher", school_id="S1"))

    def answered(count):
        return row(roster, 18, statistic="staff.Teacher.role_answers", value=count)

    assert audit(ledger(*GOOD, everyone, answered(15)), K, SCALES) == []
    assert kinds(audit(ledger(*GOOD, everyone, answered(16)), K, SCALES)) == {"skipped"}
    efficacy = row(name(answered="efficacy", role="Teacher", school_id="S1"), 14, statistic="efficacy.group_mean")
    assert kinds(audit(ledger(*GOOD, everyone, efficacy), K, SCALES)) == {"skipped"}


def by_role(answers, staff, page="S1/01.html", school_id="S1", **parts):
    """The counts of a page: all answers, all staff, and (counted, head count) of each role."""
    def text(**keys):
        return str(RespondentSet.of(source="roster", wave="2025-fall", school_id=school_id, **keys))

    rows = [row(text(), staff, statistic="staff.answers", value=answers, page=page), row(text(), staff, statistic="staff.head_count", value=staff, page=page)]
    for role, (counted, heads) in parts.items():
        rows.append(row(text(role=role), heads, statistic=f"staff.{role}.role_answers", value=counted, page=page))
        rows.append(row(text(role=role), heads, statistic=f"staff.{role}.role_head_count", value=heads, page=page))
    return rows


@pytest.mark.parametrize(("answers", "teachers", "others", "leaks"), [
    (39, (21, 30), (16, 16), True),  # two who answered are not counted: they are teachers
    (37, (21, 30), (16, 16), False),  # nobody is
    (42, (21, 30), (16, 16), True),  # five are, and of the nine teachers who are not counted four were not heard from
    (34, (21, 30), (10, 16), False),  # three may be of either
    (36, (21, 30), (13, 16), True),  # three of the others are not counted
    (44, (21, 30), (13, 16), True),
])  # fmt: skip
def test_planted_counts_by_role_that_say_what_a_few_are(answers, teachers, others, leaks):
    found = audit(ledger(*GOOD, *by_role(answers, 46, Teacher=teachers, Other=others)), K, SCALES)
    assert kinds(found) == ({"skipped"} if leaks else set())
    if answers == 39:
        assert "of the 2 who answered and are in no role's count no more than 0 are of this group" in found[0].text and "S1/01.html" in found[0].pages


def test_a_group_that_changed_by_few_is_found_also_where_its_school_has_changed_by_enough():
    """Five teachers and one aide came: of the school that is enough, of its aides it is one."""
    def aides(n, **keys):
        return row(name(answered="every_scale", role="Aide", **keys), n, statistic="trust.group_mean")

    renewed = {("staff", "2025-fall", "S1")}
    then = ledger(school(1, 40, value=3.3), aides(12, school_id="S1")).assign(release="001")
    now = [school(1, 46), school(2, 14)]
    assert audit(ledger(*now), K, SCALES, then, renewed) == []
    assert kinds(audit(ledger(*now, aides(13, school_id="S1")), K, SCALES, then, renewed)) == {"changed by few"}
    assert audit(ledger(*now, aides(17, school_id="S1")), K, SCALES, then, renewed) == []
    counts = [ledger(*by_role(answers, 80, Aide=(aides_, 30), Teacher=(28, 50))) for answers, aides_ in ((40, 12), (46, 13), (46, 18))]
    assert [kinds(audit(table, K, SCALES, counts[0].assign(release="001"), renewed)) for table in counts] == [set(), {"changed by few"}, set()]
    # of two schools what came to one may have left the other
    of_both = ledger(aides(30, school_id=["S1", "S2"])).assign(release="001")
    assert kinds(audit(ledger(*now, aides(31, school_id=["S1", "S2"])), K, SCALES, of_both, renewed)) == {"changed by few"}
    assert audit(ledger(*now, aides(31, school_id=["S1", "S2"])), K, SCALES, of_both, renewed | {("staff", "2025-fall", "S2")}) == []


def test_planted_leaver_and_late_answer_between_two_releases():
    released = ledger(school(1, 21, value=3.3)).assign(release="001")
    assert kinds(audit(ledger(*GOOD), K, SCALES, released)) == {"changed by few"}
    assert audit(ledger(*GOOD), K, SCALES, ledger(school(1, 20)).assign(release="001")) == []
    assert audit(ledger(*GOOD), K, SCALES, ledger(school(1, 12, value=3.3)).assign(release="001")) == []  # eight came: not few


def test_a_changed_answer_on_a_page_that_is_still_of_the_day_before_is_found():
    old_page = row(name(school_id="S1"), 20, value=3.3, page="S1/05.html")
    assert kinds(audit(ledger(*GOOD, old_page), K, SCALES)) == {"changed by few"}


def test_a_school_that_is_known_to_have_changed_by_enough_may_differ_by_few():
    """Five left and six came: nothing follows about one of them, though one more is counted. Only who read the answers can know."""
    released = ledger(school(1, 19, value=3.3)).assign(release="001")
    assert kinds(audit(ledger(*GOOD), K, SCALES, released)) == {"changed by few"}
    assert audit(ledger(*GOOD), K, SCALES, released, {("staff", "2025-fall", "S1")}) == []
    assert kinds(audit(ledger(*GOOD), K, SCALES, released, {("staff", "2025-fall", "S2"), ("other", "2025-fall", "S1")})) == {"changed by few"}


def test_what_was_handed_out_helps_to_work_out_what_is_hidden_now():
    """The district's number of then holds the small school, whose number today's does not: nobody else has changed."""
    released = ledger(*GOOD[:2], row(name(school_id=["S1", "S2", "S3"]), 38)).assign(release="001")
    assert kinds(audit(ledger(*GOOD), K, SCALES, released)) == {"subtraction"}
    # where all schools have changed by many, what was handed out says nothing of today's
    other = ledger(school(1, 32), school(2, 24), row(name(school_id=["S1", "S2"]), 56)).assign(release="001")
    assert audit(ledger(*GOOD), K, SCALES, other) == []


def test_planted_average_of_a_hidden_school_within_the_pooled_one():
    pooled = row(name(school_id=["S1", "S2", "S3"]), 36, statistic="trust.group_mean", page="_district/05.html")
    assert kinds(audit(ledger(*GOOD, pooled), K, SCALES)) == {"subtraction"}


def test_a_number_about_few_is_found_and_named():
    leaks = audit(ledger(school(1, 4), school(2, 14)), K, SCALES)
    assert kinds(leaks) == {"few persons"} and "S1" in leaks[0].text
    spread = row(name(school_id="S1"), 9, statistic="trust.trust_1.unfavourable", value=3)
    assert kinds(audit(ledger(spread), K, SCALES)) == {"few persons"}  # how answers spread needs twice as many


@pytest.mark.parametrize("statistic, value", [("trust.mean", 4.9), ("trust.mean", 1.1), ("trust.trust_1.favourable_count", 12), ("trust.trust_1.favourable_count", 0),
                                              ("trust.trust_1.favourable", 100), ("trust.trust_1.favourable", 0)])  # fmt: skip
def test_what_nearly_everyone_answered_is_found(statistic, value):
    assert kinds(audit(ledger(school(1, 12, statistic=statistic, value=value)), K, SCALES)) == {"unanimous"}


def test_a_hidden_groups_number_that_cannot_be_large_is_found():
    """a + b + c = 8, b + d = 6 and c + d = 10: no sum of few follows, but a + 2 b = 4, so a holds four persons at the most."""
    unions = [row(name(role=list(roles)), n) for roles, n in (("abc", 8), ("bd", 6), ("cd", 10))]
    hidden = [row(name(role=role), None) for role in "abcd"]
    assert "count" in kinds(audit(ledger(*unions, *hidden), K, SCALES))
    unions[0] = row(name(role=list("abc")), 14)
    assert audit(ledger(*unions, *hidden), K, SCALES) == []


def test_groups_over_schools_give_a_hidden_group_away_though_no_school_does():
    """Teachers and aides of two schools: one school hides its three aides and, to protect them, its teachers; the district's aides tell."""
    def group(role, n, number=None):
        return row(name(role=role, school_id=f"S{number}") if number else name(role=role, school_id=["S1", "S2"]), n)

    here = [school(1, 30), school(2, 20), group("Teacher", 22, 1), group("Aide", 8, 1), group("Teacher", None, 2), group("Aide", None, 2)]
    assert audit(ledger(*here), K, SCALES) == []
    assert "subtraction" in kinds(audit(ledger(*here, group("Aide", 11)), K, SCALES))
    assert "subtraction" in kinds(audit(ledger(*here, group("Teacher", 39)), K, SCALES))


def test_what_is_left_of_a_school_may_not_tell_what_everyone_in_it_answered():
    """Of 15 with an average of 4.3 the ten teachers have 3.9: the five others have nearly 5, each of them, though no page says so."""
    teachers = row(name(school_id="S1", role="Teacher"), 10, value=3.9, statistic="trust.group_mean")
    aides = row(name(school_id="S1", role="Aide"), None, statistic="trust.group_mean")
    assert kinds(audit(ledger(school(1, 15, value=4.3), teachers, aides), K, SCALES)) == {"worked out"}
    assert audit(ledger(school(1, 15, value=4.0), teachers, aides), K, SCALES) == []


def test_other_waves_and_other_questions_are_other_variables():
    then = school(1, 21, page="S1/01.html") | {"set": name(wave="2024-fall", school_id="S1")}
    other = row(name(answered="efficacy", school_id="S1"), 19, statistic="efficacy.mean")
    assert audit(ledger(*GOOD, then, other), K, SCALES) == []


def as_published(members, candidates, plan):
    """The ledger of a district whose pages show what the plan allows: averages by school, group, and over the district."""
    rows = []
    for one in candidates:
        here = members
        for key, values in one.keys.items():
            here = here[here[key].isin(values)]
        if here.empty:
            continue
        text = name(**one.keys)
        if plan.published(one.keys):
            value, _ = coding.code(here["score"].mean(), len(here), K, 1, 5, 1)
            rows.append(row(text, len(here), value=float(np.round(value, 1)), statistic="trust.group_mean"))
        else:
            rows.append(row(text, None, statistic="trust.group_mean"))
    return ledger(*rows)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), schools=st.integers(2, 8), kinds_of=st.sampled_from([("role",), ("role", "years")]))
def test_what_the_plan_allows_is_clean_and_showing_any_other_group_is_a_leak(seed, schools, kinds_of):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(schools * 8, schools * 30))
    members = pd.DataFrame({
        "school_id": rng.choice([f"S{i}" for i in range(schools)], n), "score": rng.integers(1, 6, n).astype("float64"),
        "role": rng.choice(["Teacher", "Aide", "Office"], n, p=[0.7, 0.2, 0.1]), "years": rng.choice(["0-3", "4-9", "10+"], n),
    })  # fmt: skip
    big = members["school_id"].value_counts()
    members = members[members["school_id"].isin(big.index[big >= K])]
    found = [Candidate({}, 1e6, True), *(Candidate({"school_id": (s,)}, 1e6, True) for s in members["school_id"].unique())]
    for kind in kinds_of:
        found += [Candidate({kind: (value,)}, 1000.0) for value in members[kind].unique()]
        found += [Candidate({"school_id": (s,), kind: (v,)}, float(m)) for s, v, m in members.value_counts(["school_id", kind]).reset_index().itertuples(index=False)]
    plan = decide({"trust": members}, found, K, scales={"trust": Scale(1, 5, 1)})
    table = as_published(members, found, plan)
    assert audit(table, K, SCALES) == []
    if len(kinds_of) == 1:  # of one breakdown the ledger alone tells everything that the plan knew of sums and counts
        plan = decide({"trust": members}, found, K)
        table = as_published(members, found, plan)
        for keys in plan.complementary:
            again = [row(name(**keys), len(members[np.logical_and.reduce([members[key].isin(values) for key, values in keys.items()])]), value=3.0, statistic="trust.group_mean")]
            shown = pd.concat([table[table["set"] != name(**keys)], ledger(*again)], ignore_index=True)
            assert audit(shown, K, SCALES)
