"""Between two releases no few persons come, go or change: the rule, and the tables that it lets pass."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from cyclebook import tables as contracts
from cyclebook.parameters.model import Correction, Scale
from cyclebook.privacy.bases import BASE, Use, bases
from cyclebook.privacy.releases import HELD, HIDDEN, MOST_CLASSES, Release, changed, hold, safe
from cyclebook.sources import Tables

KEY, WAVE, K = bytes(range(32)), "2025-fall", 5
SCALE = Scale("help", "Help", "help", ("q1", "q2"), frozenset(), 1, 5, None, None, "person_mean", "higher", "Ours.", None)
USE = Use(frozenset({WAVE}), scales={"help": SCALE}, personal=frozenset({"felt"}))


def frame(contract, rows=()) -> pd.DataFrame:
    kinds = contracts.kinds(contract)
    return pd.DataFrame(list(rows), columns=list(kinds)).astype(kinds)


def tables(people: list[dict], ratings=(), series=(), aggregates=(), school="0101") -> Tables:
    """The tables of one school's answers: of each person the items by name, and `role`."""
    answers, known = [], []
    for place, person in enumerate(people):
        row = f"answers:{place + 2}"
        known.append(("staff", school, WAVE, row, None, person.get("role"), None, None, "", None, ""))
        answers += [("staff", school, WAVE, row, None, item, value) for item, value in person.items() if item != "role"]
    empty = {name: frame(getattr(contracts, name.upper())) for name in ("roster", "teams", "problems", "receipts")}
    return Tables(responses=frame(contracts.RESPONSES, answers), respondents=frame(contracts.RESPONDENTS, known),
                  ratings=frame(contracts.RATINGS, ratings), series=frame(contracts.SERIES, series),
                  aggregates=frame(contracts.AGGREGATES, aggregates), aside={}, **empty)  # fmt: skip


def handed_out(found: Tables, number: int = 1, use: Use = USE, as_of: str = "2025-11-21") -> Release:
    return Release(number, as_of, use.form, bases(found, KEY, use, K, found.withheld))


def held(now: Tables, *releases: Release, use: Use = USE, corrections=()) -> tuple[Tables, list[tuple]]:
    found, told = hold(now, list(releases), KEY, K, use, corrections)
    return found, list(told[["school_id", "state", "persons"]].itertuples(index=False, name=None))


def persons(found: Tables) -> list[str]:
    return list(found.respondents["row"])


TEN = [{"q1": 1.0 + place % 5, "q2": 1.0 + place // 2 % 5, "role": "teacher"} for place in range(10)]


def test_without_a_release_nothing_is_touched():
    now = tables(TEN)
    found, told = hold(now, [], KEY, K, USE)
    assert found is now and told.empty


def test_unchanged_answers_in_another_order_and_with_other_row_numbers_pass():
    found, told = held(tables(TEN[::-1]), handed_out(tables(TEN)))
    assert told == [] and len(persons(found)) == 10


@pytest.mark.parametrize("late", [1, 4])
def test_fewer_late_answers_than_the_smallest_group_are_held_back(late):
    now = tables(TEN[:6] + [{"q1": 5.0, "q2": 5.0, "role": "teacher"}] * late + TEN[6:])
    found, told = held(now, handed_out(tables(TEN)))
    assert told == [("0101", HELD, late)] and found.withheld == frozenset()
    assert bases(found, KEY, USE, K).equals(handed_out(tables(TEN)).bases)
    assert set(found.responses["row"]) == set(persons(found)) and len(persons(found)) == 10


def test_as_many_late_answers_as_the_smallest_group_enter():
    found, told = held(tables(TEN + [{"q1": 5.0, "q2": 5.0, "role": "teacher"}] * 5), handed_out(tables(TEN)))
    assert told == [] and len(persons(found)) == 15


def test_late_answers_are_counted_for_each_question():
    late = [{"q1": 5.0, "q2": 5.0, "role": "teacher"}] * 4 + [{"q1": 5.0, "role": "teacher"}]
    found, told = held(tables(TEN + late), handed_out(tables(TEN)))
    assert told == [("0101", HELD, 5)]  # the fifth left q2 out: it would tell of four
    found, told = held(tables(TEN + late + late[:1]), handed_out(tables(TEN)))
    assert told == [] and len(persons(found)) == 16  # five at q2 and on the scale, six at q1


def test_a_role_of_few_is_not_told_by_late_answers():
    late = [{"q1": 5.0, "q2": 5.0, "role": "teacher"}] * 4 + [{"q1": 5.0, "q2": 5.0}]
    assert held(tables(TEN + late), handed_out(tables(TEN)))[1] == [("0101", HELD, 5)]


@pytest.mark.parametrize("gone, state", [(1, HIDDEN), (4, HIDDEN), (5, None)])
def test_withdrawn_answers_hide_the_school_until_they_are_enough(gone, state):
    found, told = held(tables(TEN[gone:]), handed_out(tables(TEN)))
    assert told == ([("0101", state, gone)] if state else [])
    assert found.withheld == (frozenset({("responses", "staff", WAVE, "0101")}) if state else frozenset())
    assert len(persons(found)) == 10 - gone  # how many answered is no secret


def test_the_order_of_the_rows_does_not_matter():
    release, now = handed_out(tables(TEN)), [*TEN[:3], {"q1": 5.0, "q2": 1.0, "role": "aide"}, *TEN[3:]]
    one, other = (held(tables(people), release)[0] for people in (now, now[::-1]))
    assert bases(one, KEY, USE, K).equals(bases(other, KEY, USE, K)) and len(persons(one)) == 10


def test_so_few_that_nothing_is_published_of_them_are_not_compared():
    few = tables(TEN[:4])
    assert handed_out(few).bases.empty
    found, told = held(tables(TEN[:5]), handed_out(few))
    assert told == [] and len(persons(found)) == 5
    assert held(tables(TEN[:4]), handed_out(tables(TEN)))[1] == []  # four are left, and hidden as all groups of four


def test_one_corrected_answer_hides_the_school():
    found, told = held(tables([TEN[0] | {"q1": 5.0}] + TEN[1:]), handed_out(tables(TEN)))
    assert told == [("0101", HIDDEN, 1)] and found.withheld


def test_a_corrected_role_alone_hides_the_school():
    assert held(tables([TEN[0] | {"role": "aide"}] + TEN[1:]), handed_out(tables(TEN)))[1][0][1] == HIDDEN


def test_a_changed_codebook_does_not_cover_a_late_answer():
    """All answers to q1 are read otherwise now, and one person came: q2 would tell what that person answered."""
    turned = [person | {"q1": 6.0 - person["q1"]} for person in TEN]
    assert held(tables(turned), handed_out(tables(TEN)))[1] == []  # 1 for 5 and 2 for 4: of ten persons the same answers in all
    shifted = [person | {"q1": person["q1"] + 10} for person in TEN]
    assert held(tables(shifted), handed_out(tables(TEN)))[1] == []
    assert held(tables(shifted + [{"q1": 11.0, "q2": 1.0, "role": "teacher"}]), handed_out(tables(TEN)))[1][0][1] == HIDDEN


def test_a_new_question_does_not_keep_a_late_answer_from_being_held_back():
    more = [person | {"q3": 2.0} for person in TEN]
    assert held(tables(more), handed_out(tables(TEN)))[1] == []
    found, told = held(tables(more + [{"q1": 1.0, "q2": 1.0, "q3": 1.0, "role": "teacher"}]), handed_out(tables(TEN)))
    assert told == [("0101", HELD, 1)]
    assert found.responses.groupby("item").size().to_dict() == {"q1": 10, "q2": 10, "q3": 10}


def test_a_scale_scored_otherwise_does_not_tell_of_those_who_enter_it():
    one_less = TEN[:-1] + [{"q1": 3.0, "role": "teacher"}]
    looser = Use(USE.waves, scales={"help": Scale(**{**SCALE.__dict__, "minimum_answered": 1})}, personal=USE.personal)
    assert held(tables(one_less), handed_out(tables(one_less)), use=looser)[1] == [("0101", HIDDEN, 0)]


def test_every_release_counts_and_the_latest_that_can_be_rebuilt_is_kept():
    five = [{"q1": 4.0, "q2": 4.0, "role": "teacher"}] * 5
    first, second = handed_out(tables(TEN)), handed_out(tables(TEN + five), 2)
    assert held(tables(TEN + five), first, second)[1] == []
    found, told = held(tables(TEN + five[1:]), first, second)  # one of the five is withdrawn: the first ten stay
    assert told == [("0101", HELD, 4)] and bases(found, KEY, USE, K).equals(first.bases)
    assert held(tables(TEN[1:] + five), first, second)[1] == [("0101", HIDDEN, 1)]
    assert held(tables(TEN[1:] + five), second)[1] == [("0101", HIDDEN, 1)]
    # nine of the ten, and ten others: one is gone of the first release, whatever the last one was
    assert held(tables(TEN[1:] + 2 * five), first, handed_out(tables(TEN[1:] + five), 2))[1][0][1] in (HELD, HIDDEN)


def test_a_declared_correction_lets_other_answers_as_a_whole_pass_and_nothing_less():
    others = [{"q1": 1.0 + place % 3, "q2": 6.0, "role": "teacher"} for place in range(9)]
    release = handed_out(tables(TEN))
    declared = Correction("staff", WAVE, ("0101",), 1, "the file of another school")
    assert held(tables(others), release)[1] == [("0101", HIDDEN, 10)]
    assert held(tables(others), release, corrections=[declared])[1] == []
    for other in (Correction("staff", "2024-fall", None, 1, "-"), Correction("staff", None, ("0102",), 1, "-"), Correction("other", None, None, 1, "-")):
        assert held(tables(others), release, corrections=[other])[1] == [("0101", HIDDEN, 10)]
    assert held(tables(others), release, handed_out(tables(TEN), 2), corrections=[declared])[1] == [("0101", HIDDEN, 10)]  # of release 1 alone
    one = [TEN[0] | {"q1": 5.0}] + TEN[1:]
    assert held(tables(one), release, corrections=[declared])[1] == [("0101", HIDDEN, 1)]


def rating(row: int, day: str, value: float, person=None, item="a1") -> tuple:
    return ("lived", "agreements", "0101", day, f"pulse:{row}", person, item, value)


def test_ratings_of_a_window_are_held_and_a_person_who_rates_again_waits():
    before = [rating(place, "2025-10-06", 1.0 + place % 4, f"p{place}") for place in range(8)]
    release = handed_out(tables([], before), as_of="2025-10-10")
    late = [*before, rating(90, "2025-10-20", 4.0, "new"), rating(91, "2025-10-20", 2.0, "p0")]
    found, told = held(tables([], late), release)
    assert told == [("0101", HELD, 2)] and len(found.ratings) == 8 and bases(found, KEY, USE, K).equals(release.bases)
    again = [*before, rating(91, "2025-10-20", 2.0, "p0")]  # and nobody new
    found, told = held(tables([], again), release)
    assert told == [("0101", HELD, 1)] and bases(found, KEY, USE, K).equals(release.bases)
    november = [rating(100 + place, "2025-11-03", 2.0, f"p{place}") for place in range(2)]
    assert held(tables([], [*before, *november]), release)[1] == []
    assert held(tables([], before[1:]), release)[0].withheld == frozenset({("ratings", "agreements", "2025-10", "0101")})
    more = [*late[:8], *(rating(200 + place, "2025-10-21", 1.0, f"q{place}") for place in range(5))]
    assert held(tables([], more), release)[1] == []


def week(yes: float, of: float, measure="felt", day="2025-10-06") -> tuple:
    return ("0101", measure, day, yes, of, None, None)


def test_a_weekly_number_stays_as_handed_out_or_is_not_shown():
    release = handed_out(tables([], series=[week(6, 20), week(3, 10, "visits"), week(2, 4, day="2025-10-13")]))
    same, told = held(tables([], series=[week(6, 20), week(9, 30, day="2025-10-20")]), release)
    assert told == [] and same.series["persons"].isna().all()
    for now in (week(7, 20), week(7, 21), week(18, 20)):
        found, told = held(tables([], series=[now]), release)
        assert told == [("0101", HIDDEN, 0)] and found.series["persons"].tolist() == [1.0]
    assert held(tables([], series=[week(5, 10, "visits"), week(4, 12, day="2025-10-13")]), release)[1] == []  # nobody's answers; never shown
    assert held(tables([], series=[week(7, 20)]), release, corrections=[Correction("felt", "2025-10-06", None, 1, "another class")])[1] == []


def test_results_of_others_on_persons_are_held_likewise():
    def result(yes, of, persons=None):
        return ("state", "0101", WAVE, "present", 100 * yes / of, yes, of, of if persons is None else persons, "")

    release = handed_out(tables([], aggregates=[result(80, 100)]))
    assert held(tables([], aggregates=[result(80, 100)]), release)[1] == []
    found, told = held(tables([], aggregates=[result(81, 101)]), release)
    assert told == [("0101", HIDDEN, 0)] and found.aggregates["persons"].tolist() == [1.0]
    free = handed_out(tables([], aggregates=[result(80, 100, float("nan"))]))
    assert held(tables([], aggregates=[result(81, 101, float("nan"))]), free)[1] == []


def test_digests_say_nothing_of_equal_answers_and_need_the_key():
    alike = tables([{"q1": 3.0, "q2": 3.0}] * 12)
    found = bases(alike, KEY, USE, K)
    assert found.groupby("part").size().to_dict() == {"": 12, "scale:help": 12, "scale:help/q1": 12, "scale:help/q2": 12}
    assert found["digest"].is_unique
    other = bases(alike, bytes(32), USE, K)
    assert not set(found["digest"]) & set(other["digest"])
    elsewhere = bases(tables([{"q1": 3.0, "q2": 3.0}] * 12, school="0102"), KEY, USE, K)
    assert not set(found["digest"]) & set(elsewhere["digest"])


def test_what_changed_between_two_releases_is_told_by_base():
    first = bases(tables(TEN), KEY, USE, K)
    assert changed(first, first).empty
    assert changed(first, bases(tables(TEN[5:]), KEY, USE, K))[["school_id", "added", "gone"]].values.tolist() == [["0101", 0, 5]]
    assert changed(first, bases(tables([person | {"q3": 1.0} for person in TEN]), KEY, USE, K)).empty
    assert changed(first, first.iloc[:0]).empty


def test_four_sums_that_are_apart_pair_by_pair_must_not_combine_to_a_few():
    """The third and the fourth together, less the first and the second, are the four persons of e."""
    groups = {name: frozenset(f"{name}{place}" for place in range(4 if name == "e" else 3)) for name in "abcdef"}

    def of(names: str) -> frozenset:
        return frozenset(f"r{place}" for place in range(10)).union(*(groups[name] for name in names))

    sets = [of("abcdef"), of("f"), of("cdef")]
    last = of("abef")
    assert all(len(one - last) in (0, 6, 7) and len(last - one) in (0, 6, 7, 10) for one in sets)
    assert all(safe(sets[:place], sets[place], 5) for place in range(1, 3)) and all(safe([one], last, 5) for one in sets)
    assert not safe(sets, last, 5) and safe(sets, last, 4)
    assert safe(sets, sets[1], 5) and safe(sets, frozenset(), 5) and safe([], last, 5)


def test_too_many_small_classes_count_as_not_safe():
    small = [frozenset(f"{name}{place}" for place in range(5)) for name in "abcdefghijklmnop"]
    last = frozenset(one for group in small for one in sorted(group)[:2])
    assert 2 * len(small) > MOST_CLASSES
    assert not safe([frozenset.union(*small[:place]) for place in range(1, 17)], last, 5)


# Random histories. Who stands behind each release is known here, and every combination of up to four sums with small weights is looked at.

ANSWER = st.sampled_from([1.0, 2.0, 5.0])
PERSON = st.fixed_dictionaries({"q1": ANSWER}, optional={"q2": ANSWER, "role": st.sampled_from(["teacher", "aide"])})
STEP = st.tuples(st.lists(PERSON, max_size=7), st.integers(0, 7), st.lists(st.tuples(st.integers(0, 40), PERSON), max_size=2), st.booleans())


def contents(found: Tables) -> dict[str, Counter]:
    """What stands behind each number: how many persons gave each answer, by set of persons."""
    wide = found.responses.pivot(index="row", columns="item", values="value").reindex(columns=["q1", "q2"])
    both = wide.dropna()
    roles = found.respondents["role"].dropna()
    sets = {"q1": wide["q1"].dropna(), "q2": wide["q2"].dropna(), "role": roles, "scale q1": both["q1"], "scale q2": both["q2"]}
    return {name: Counter(values) for name, values in sets.items()} | {"scale": Counter(zip(both["q1"], both["q2"], strict=True))}


def fewest(sums: list[Counter]) -> int:
    """The fewest persons, above none, in any combination of these sums with whole weights from -2 to 2."""
    values = {value for one in sums for value in one}
    least = 10**6
    for weights in product(range(-2, 3), repeat=len(sums)):
        size = 0
        for value in values:
            for place in range(max(one[value] for one in sums)):
                size += sum(weight for weight, one in zip(weights, sums, strict=True) if place < one[value]) != 0
        least = min(least, size or least)
    return least


@settings(max_examples=20)
@given(st.lists(PERSON, min_size=6, max_size=14), st.lists(STEP, min_size=2, max_size=4))
def test_whatever_comes_goes_and_is_corrected_no_few_persons_can_be_had_from_what_was_handed_out(people, steps):
    now, releases, handed = list(people), [], []
    for late, gone, corrected, release in [([], 0, [], True), *steps]:
        now = now[gone:] + late
        for place, person in corrected:
            if now:
                now[place % len(now)] = person
        found, _ = hold(tables(now), releases, KEY, K, USE)
        hidden = bool(found.withheld) or len(persons(found)) < K
        if release and len(releases) < 4:
            releases.append(handed_out(found, len(releases) + 1))
            if not hidden:
                handed.append(contents(found))
    for name in {name for one in handed for name in one}:
        sums = [one[name] for one in handed]
        for one in sums:
            for other in sums:
                assert sum((one - other).values()) == 0 or sum((one - other).values()) >= K
        different = list({frozenset(one.items()): one for one in sums if one}.values())[-4:]
        if different and min(sum(one.values()) for one in different) >= K:
            assert fewest(different) >= K
