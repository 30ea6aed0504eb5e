"""Those not heard from: no few are told of, weights are the roster's, and every sentence is true of its numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.climate import estimate, nonresponse, nonresponse_readings, weighting
from cyclebook.climate.nonresponse import Heard
from cyclebook.climate.roles import NO_ROLE, TOGETHER
from cyclebook.climate.rows import rounded
from cyclebook.climate.scales import score
from cyclebook.privacy import coding, protect
from cyclebook.reading import Reading, sentence
from tests.frames import protected, scale

K = 5
SCALE = SimpleNamespace(
    id="trust", name="Trust", about="trust", items=("q1",), reverse=frozenset(), low=1.0, high=5.0, favourable=4.0,
    minimum_answered=1, mode="person_mean", better="higher", source="", column=None,
)  # fmt: skip
SETTINGS = {"smallest_group": K, "answer_gate_rate": 0.0, "answer_gate_answers": 1, "small_school": 20}


# Which roles are shown apart

STAFF = st.dictionaries(st.sampled_from("abcdefg"), st.tuples(st.integers(1, 30), st.floats(0, 1)), min_size=1)


def parted(staff: dict[str, tuple[int, float]], unplaced: int = 0) -> tuple[list[tuple[str, ...]], dict, dict]:
    heads = {role: size for role, (size, _) in staff.items()}
    heard = {role: round(size * share) for role, (size, share) in staff.items()}
    return nonresponse.partition(heads, [Heard(heard, unplaced)], K), heads, heard


@given(STAFF, st.integers(0, 8))
def test_whatever_is_added_or_subtracted_no_few_are_told_of(staff, unplaced):
    parts, heads, heard = parted(staff, unplaced)
    assert sorted(role for part in parts for role in part) == sorted(staff)
    if len(parts) < 2:
        return
    for size in range(1, len(parts) + 1):
        for some in combinations(parts, size):
            answered = sum(heard[role] for part in some for role in part)
            missing = sum(heads[role] for part in some for role in part) - answered
            assert answered == 0 or answered >= K
            # even if all who gave no role were of these
            assert missing == 0 or missing - unplaced >= K
    for part in parts:  # none of several roles is said to have given no answer: one of them may be one person
        assert len(part) == 1 or sum(heard[role] for role in part) >= K


def test_large_roles_stand_alone_and_small_ones_together():
    parts, *_ = parted({"teacher": (30, 20 / 30), "aide": (12, 6 / 12), "office": (4, 0.5), "principal": (1, 1), "nurse": (6, 0.5)})
    assert parts == [("teacher",), ("aide",), ("nurse", "office", "principal")]


@pytest.mark.parametrize(("staff", "parts"), [
    ({"t": (30, 0.5), "p": (1, 0.0)}, 1),  # one person did not answer
    ({"t": (30, 28 / 30), "a": (12, 0.5)}, 1),  # two of the teachers did not
    ({"t": (30, 0.5), "a": (12, 0.0)}, 2),  # nobody of a large role did: that is said
    ({"t": (30, 0.5), "a": (4, 0.0), "b": (3, 0.0)}, 1),  # nobody of two small ones: that is not
    ({"t": (30, 0.5), "a": (6, 1.0)}, 2),  # everyone of a role did
])  # fmt: skip
def test_who_did_not_answer_is_told_of_no_few(staff, parts):
    assert len(parted(staff)[0]) == parts


@pytest.mark.parametrize(("skipped", "unplaced", "parts"), [(0, 0, 3), (2, 0, 1), (0, 1, 1), (4, 0, 1), (5, 0, 3), (14, 0, 3), (13, 0, 1)])
def test_no_role_is_counted_in_full_beside_a_few_who_are_not(skipped, unplaced, parts):
    """All specialists and all aides are counted: so the few who skipped a scale, or were not heard from, are teachers."""
    heads, heard = {"Teacher": 35, "Specialist": 6, "Aide": 10}, {"Teacher": 21, "Specialist": 6, "Aide": 10}
    assert len(nonresponse.partition(heads, [Heard(heard, unplaced, skipped)], K)) == parts


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from("abcde"), st.tuples(st.integers(5, 14), st.integers(0, 9)), min_size=2), st.integers(0, 6), st.integers(0, 2))
def test_who_skipped_and_who_was_not_heard_from_is_told_of_no_part(staff, skipped, unplaced):
    """All ways in which the few can be spread over the parts of the table: of each part, and of all others, it may be none of them or all."""
    heads, heard = {role: count + more for role, (count, more) in staff.items()}, {role: count for role, (count, _) in staff.items()}
    missing = sum(heads.values()) - sum(heard.values())
    skipped = min(skipped, max(missing - unplaced, 0))
    one = Heard(heard, min(unplaced, missing), skipped)
    parts = nonresponse.partition(heads, [one], K)
    room = [sum(heads[role] - heard[role] for role in part) for part in parts]
    for few in (one.unplaced + one.skipped, sum(heads.values()) - one.total) if len(parts) > 1 else ():
        if 0 < few < K:
            ways = [way for way in product(*(range(min(few, most) + 1) for most in room)) if sum(way) == few]
            assert all({0, few} <= {way[place] for way in ways} for place in range(len(parts)))
        elif few:
            assert all(min(few, most) == 0 or min(few, most) >= K for most in room)


@given(STAFF, STAFF, st.integers(0, 8))
def test_one_partition_is_clear_for_every_survey(staff, other, unplaced):
    _, heads, heard = parted(staff, 0)
    second = {role: round(other.get(role, (0, 0.5))[1] * count) for role, count in heads.items()}
    parts = nonresponse.partition(heads, [Heard(heard, unplaced), Heard(second, 0)], K)
    assert sorted(role for part in parts for role in part) == sorted(heads)
    for answers, unknown in ((heard, unplaced), (second, 0)) if len(parts) > 1 else ():
        for part in parts:
            answered = sum(answers[role] for role in part)
            missing = sum(heads[role] for role in part) - answered
            assert answered >= K or answered == 0 and len(part) == 1
            assert missing == 0 or missing - unknown >= K


def test_two_surveys_on_one_roster_publish_the_same_head_counts():
    """By itself the first survey would show cooks and office together, 13, and the second cooks, 10: an office of 3."""
    heads = {"Teacher": 40, "Aide": 20, "Cook": 10, "Office": 3}
    heard = {"staff": {"Teacher": 20, "Aide": 10, "Cook": 4, "Office": 2}, "school": {"Teacher": 20, "Aide": 4, "Cook": 5, "Office": 2}}
    rows, people = [], []
    for survey, by_role in heard.items():
        for role, count in by_role.items():
            for place in range(count):
                row = f"{survey}{role}{place}"
                rows.append((survey, "A", "w1", row, None, f"{survey}1", float(2 + place % 3)))
                people.append((survey, "A", "w1", row, None, role))
    responses = pd.DataFrame(rows, columns=["survey", "school_id", "wave", "row", "person", "item", "value"])
    respondents = pd.DataFrame(people, columns=["survey", "school_id", "wave", "row", "person", "role"])
    roster = listed(*(("A", "w1", None, role, count) for role, count in heads.items()))
    scales = {f"of_{survey}": SimpleNamespace(**vars(SCALE) | {"id": f"of_{survey}", "items": (f"{survey}1",)}) for survey in heard}
    levels = estimate.statistics(responses, roster, scales, {"w1": None}, lambda school: SETTINGS)
    table = nonresponse.statistics(levels, respondents, roster, score(responses, scales), scales, K)
    shown = table[table["statistic"] == "role_head_count"].groupby("scale")[["item", "value"]].agg(list)
    assert set(shown.index) == set(heard) and shown.loc["staff"].tolist() == shown.loc["school"].tolist()
    assert len(shown.loc["staff", "item"]) > 1
    alone = [nonresponse.partition(heads, [Heard(by_role, 0)], K) for by_role in heard.values()]
    assert ("Cook", "Office") in alone[0] and ("Cook",) in alone[1]


# Roles of those who answered


def listed(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["school_id", "wave", "person", "role", "head_count"])


def came(*rows) -> pd.DataFrame:
    frame = [("staff", "A", "w1", f"r{place}", person, role) for place, (person, role) in enumerate(rows)]
    return pd.DataFrame(frame, columns=["survey", "school_id", "wave", "row", "person", "role"])


def test_the_rosters_role_comes_first_and_one_that_it_does_not_know_is_none():
    roster = listed(("A", "w1", "1", "Teacher", 1), ("A", "w1", "2", None, 1), ("A", "w1", "3", "Aide", 1), ("A", "w1", "1", "Aide", 1))
    found = nonresponse.roles(came(("1", "Aide"), ("2", "Aide"), ("9", " aide "), (None, "Cook"), (None, None), ("3", None)), roster)
    assert found["role"].where(found["role"].notna(), "?").tolist() == ["Teacher", NO_ROLE, "Aide", "?", "?", "Aide"]


def test_a_roster_of_head_counts_knows_roles_by_name():
    roster = listed(("A", "w1", None, "Teacher", 30), ("A", "w1", None, "Aide", 6), ("B", "w1", None, "Cook", 6))
    assert nonresponse.roles(came((None, "teacher"), (None, "Cook")), roster)["role"].fillna("?").tolist() == ["Teacher", "?"]


# The numbers


def numbers(answers: dict[str, list[float]], heads: dict[str, int], **settings) -> pd.DataFrame:
    """answers: values of one question by role ("?": role not known); heads: of one school A, beside two others without roles."""
    rows, people = [], []
    others = {"B": {"?": [1.0, 2, 3, 4, 5, 4]}, "C": {"?": [2.0, 3, 3, 4, 5, 2]}}
    for school, of_role in ({"A": answers} | others).items():
        for role, values in of_role.items():
            for place, one in enumerate(values):
                row = f"{school}{role}{place}"
                rows.append(("staff", school, "w1", row, None, "q1", float(one)))
                people.append(("staff", school, "w1", row, None, None if role == "?" else role))
    responses = pd.DataFrame(rows, columns=["survey", "school_id", "wave", "row", "person", "item", "value"])
    respondents = pd.DataFrame(people, columns=["survey", "school_id", "wave", "row", "person", "role"])
    roster = listed(*(("A", "w1", None, role, count) for role, count in heads.items()))
    levels = estimate.statistics(responses, roster, {"trust": SCALE}, {"w1": None}, lambda school: SETTINGS | settings)
    more = nonresponse.statistics(levels, respondents, roster, score(responses, {"trust": SCALE}), {"trust": SCALE}, K)
    return pd.concat([levels, more], ignore_index=True)


def value(table: pd.DataFrame, statistic: str, item: str = "") -> float | None:
    found = protect(table, K).cell(statistic, school_id="A", item=item)
    return None if found is None else found.value


TEACHERS, AIDES = [2.0] * 10, [4.0] * 10


def test_a_weighted_mean_counts_roles_as_the_roster_does():
    table = numbers({"Teacher": TEACHERS, "Aide": AIDES}, {"Teacher": 30, "Aide": 15})
    assert value(table, "mean") == 3.0
    assert value(table, "weighted") == 2.7  # (30 x 2 + 15 x 4)/45
    assert (value(table, "role_answers", "Aide"), value(table, "role_head_count", "Aide")) == (10, 15)
    # weights 4/3 and 2/3: 20 (10 x 16/9 + 10 x 4/9)/20^2
    assert value(table, "design_effect") == 1.11 and value(table, "effective_n") == 18


@given(st.lists(st.sampled_from("abc"), min_size=15, max_size=40), st.tuples(*[st.integers(1, 60)] * 3))
def test_weights_are_those_of_poststratification(roles, heads):
    roles = pd.Series([*roles, *"aaaaabbbbbccccc"])
    found = nonresponse._weights(roles, [("a",), ("b",), ("c",)], dict(zip("abc", heads, strict=True)), K)
    wanted = weighting.poststratify(roles, dict(zip("abc", heads, strict=True)))
    assert found == pytest.approx(wanted.to_numpy() * len(roles) / sum(heads))


def test_bounds_put_everyone_else_at_an_end_and_a_shift_half_a_spread_away():
    table = numbers({"Teacher": TEACHERS, "Aide": AIDES}, {"Teacher": 30, "Aide": 15})
    assert (value(table, "bound_low"), value(table, "bound_high")) == (1.9, 4.1)  # (20 x 3 + 25 x 1)/45, (60 + 25 x 5)/45
    spread = table.loc[table["statistic"] == "within_sd", "value"].item()
    assert value(table, "half_shift") == pytest.approx(round(0.5 * spread * 25 / 45, 1))


def test_a_role_without_answers_is_named_and_nothing_is_weighted():
    table = numbers({"Teacher": TEACHERS}, {"Teacher": 30, "Aide": 15})
    assert value(table, "role_answers", "Aide") == 0 and value(table, "weighted") is None and value(table, "bound_low") is not None


def test_people_without_a_role_weigh_as_the_average_person_does():
    known = numbers({"Teacher": TEACHERS, "Aide": AIDES, "?": [5.0] * 4}, {"Teacher": 30, "Aide": 30})
    assert value(known, "role_unknown") == 1
    assert value(known, "weighted") == value(known, "mean") == 3.3  # (60 + 20)/24: the roles answered alike
    uneven = numbers({"Teacher": TEACHERS, "Aide": AIDES, "?": [5.0] * 4}, {"Teacher": 40, "Aide": 20})
    assert value(uneven, "weighted") == 3.1  # (20 x 8/3 + 20)/24


def test_a_gate_that_hides_the_mean_hides_what_is_made_of_it():
    table = numbers({"Teacher": TEACHERS, "Aide": AIDES}, {"Teacher": 30, "Aide": 15}, answer_gate_answers=50)
    for statistic in ("mean", "weighted", "bound_low", "bound_high", "half_shift"):
        assert value(table, statistic) is None
    assert value(table, "role_answers", "Teacher") == 10


def test_with_more_answers_than_staff_or_without_a_roster_nothing_is_said():
    table = numbers({"Teacher": TEACHERS, "Aide": AIDES}, {"Teacher": 9, "Aide": 9})
    assert not table["statistic"].isin(["role_answers", "weighted", "bound_low", "half_shift"]).any()
    table = numbers({"Teacher": TEACHERS}, {})
    assert value(table, "mean") == 2.0 and value(table, "half_shift") is None


def test_every_number_names_who_stands_behind_it():
    table = numbers({"Teacher": TEACHERS, "Aide": [4.0] * 7, "Cook": [1.0] * 2}, {"Teacher": 30, "Aide": 15, "Cook": 3})
    sets = table[table["school_id"] == "A"].groupby("statistic")["set"].unique()
    assert list(sets["role_answers"]) == ["role=Teacher; school_id=A; source=roster; wave=w1", "role=Aide|Cook; school_id=A; source=roster; wave=w1"]
    weighted = table[table["statistic"] == "weighted"].iloc[0]
    assert (weighted["set"], weighted["n"]) == ("answered=trust; school_id=A; source=staff; wave=w1", 19)
    assert (weighted["other_set"], weighted["other_n"]) == ("school_id=A; source=roster; wave=w1", 48)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=15), st.lists(st.integers(1, 5), min_size=1, max_size=15), st.integers(0, 30), st.integers(0, 30))
def test_averages_lie_within_their_bounds_and_need_enough_of_every_role(teachers, aides, more, others):
    table = numbers({"Teacher": teachers, "Aide": aides}, {"Teacher": len(teachers) + more, "Aide": len(aides) + others})
    low, mean, high, weighted = (value(table, name) for name in ("bound_low", "mean", "bound_high", "weighted"))
    def bound(statistic):
        return table.loc[(table["statistic"] == statistic) & (table["school_id"] == "A"), "bound"].item()

    given_all = teachers + aides
    if None not in (low, high, mean):
        assert 1 <= low <= mean <= high <= 5
        staff, true = len(given_all) + more + others, sum(given_all)
        for name, number, end in (("bound_low", low, 1), ("bound_high", high, 5)):
            exact = (true + (more + others) * end) / staff
            slack = 0.051 + 0.05 * len(given_all) / staff  # of the average as it is shown
            assert {"": abs(number - exact) <= slack or bound("mean"), "more": exact >= number - slack, "less": exact <= number + slack}[bound(name)]
            assert number == rounded((len(given_all) * mean + (more + others) * end) / staff, 1)  # more digits of it do not follow
        if bound("mean") == "more":  # what the sentence says: still so much or more
            assert (true + more + others) / staff >= low - 0.051
        if bound("mean") == "less":
            assert (true + 5 * (more + others)) / staff <= high + 0.051
    shown = min(len(teachers), len(aides)) >= K and all(number == 0 or number >= K for number in (more, others))
    assert (weighted is not None) == (shown and bound("mean") == "")
    if weighted is not None:  # it stands between the same ends as the mean
        least, most = coding.ends(len(given_all), K, 1, 5, 1)
        assert least <= weighted <= most and (bound("weighted") != "") == (weighted in (least, most))


def test_an_average_at_an_end_is_not_weighted_and_its_bounds_say_on_which_side_they_hold():
    table = numbers({"Teacher": [5.0] * 10, "Aide": [5.0] * 7}, {"Teacher": 30, "Aide": 15})
    assert value(table, "mean") == 4.7 and value(table, "weighted") is None
    ends = table[table["statistic"].isin(["bound_low", "bound_high"])].set_index("statistic")
    assert ends["bound"].to_dict() == {"bound_low": "", "bound_high": "more"}
    facts = scale()
    shown = protect(table, K).rows(school_id="A").frame.assign(wave="w2", school_id="S01")
    said = nonresponse_readings.could_move(protect(shown, K), "staff", [facts], "w2")
    assert "The average would then still be 2.4 or more." in [say(reading) for reading in said if reading.template == "bounds_more"][0]
    assert nonresponse_readings.weighted(protect(shown, K), "staff", [facts], "w2") == []


def test_of_averages_that_are_not_weighted_nothing_is_said():
    rows = [{"statistic": name, "scale": "staff", "decimals": 0, "value": number, "n": 50} for name, number in (("answers", 40), ("head_count", 50))]
    rows += [{"statistic": name, "scale": "a", "value": 3.1} for name in ("mean", "weighted")]
    rows.append({"statistic": "mean", "scale": "b", "value": 4.5, "bound": "more"})
    facts = [scale(id=name, about=f"scale {name}") for name in "ab"]
    said = [say(reading) for reading in nonresponse_readings.weighted(protected(*rows), "staff", facts, "w2")]
    assert said == ["If each role counted as it does on the roster, these averages would stay as shown: scale a."]


# The sentences


def say(reading: Reading) -> str:
    return sentence(reading, "en")


COUNTS = st.integers(0, 40)
PARTS = st.lists(st.tuples(COUNTS, st.integers(5, 40)).map(lambda pair: (min(pair), max(pair[1], pair[0]))), max_size=4)


def table(parts, answers, heads, unknown=0, **means):
    rows = [{"statistic": "answers", "scale": "staff", "decimals": 0, "value": answers, "n": heads},
            {"statistic": "head_count", "scale": "staff", "decimals": 0, "value": heads, "n": heads},
            {"statistic": "role_unknown", "scale": "staff", "decimals": 0, "value": int(unknown > 0), "n": heads}]  # fmt: skip
    for place, (heard, count) in enumerate(parts):
        for statistic, number in (("role_answers", heard), ("role_head_count", count)):
            rows.append({"statistic": statistic, "scale": "staff", "item": f"role {place}", "decimals": 0, "value": number, "n": count})
    rows += [{"statistic": name, "value": number, "n": answers} for name, number in means.items() if number is not None]
    return protected(*rows)


@given(PARTS, st.integers(0, 3), st.booleans())
def test_what_is_said_by_role_is_true(parts, unknown, given_roles):
    heard, heads = sum(one for one, _ in parts) + unknown, sum(count for _, count in parts) + 5 + unknown
    said = nonresponse_readings.by_role(table(parts, heard, heads, unknown), "staff", "w2", "en", given_roles)
    kinds = [reading.template for reading in said]
    if heard == 0:
        assert said == []
        return
    if not parts:
        assert kinds == ["roles_hidden" if given_roles else "roles_not_given"]
        return
    shares = [Fraction(one, count) for one, count in parts]
    placed = "_placed" if unknown else ""  # an answer of no known role may have come from any of them
    if kinds[0] == "roles_alike" + placed:
        assert len(set(shares)) == 1
    else:
        most, least = ((f"role {place}", *parts[place]) for place in (shares.index(max(shares)), shares.index(min(shares))))
        assert f"{most[0]}, {most[1]} of {most[2]}." in say(said[0]) and f"{least[0]}, {least[1]} of {least[2]}." in say(said[0])
        assert max(shares) > min(shares)
    assert ("as far as we can place the answers" in say(said[0])) == (unknown > 0)
    none = [say(reading) for reading in said if reading.template.startswith("role_none")]
    assert none == [f"No answer{' that we can place' if unknown else ''} came from this group: role {place}. The roster holds {count} of them." for place, (one, count) in enumerate(parts) if not one]
    assert ("roles_unknown" in kinds) == (unknown > 0)


def test_without_a_head_count_or_with_everyone_heard_it_says_so():
    assert nonresponse_readings.by_role(protected(), "staff", "w2", "en", True) == [Reading.of("missing_unknown")]
    everyone = table([], 20, 20, mean=3.0)
    assert nonresponse_readings.by_role(everyone, "staff", "w2", "en", True) == []
    assert nonresponse_readings.weighted(everyone, "staff", [scale()], "w2") == []
    assert nonresponse_readings.could_move(everyone, "staff", [scale()], "w2") == [Reading.of("missing_none")]


SCORES = st.integers(10, 50).map(lambda number: number / 10)


@given(st.none() | SCORES, SCORES, PARTS, st.integers(5, 40), st.integers(100, 300))
def test_weights_are_said_to_move_an_average_only_where_they_do(weighted, mean, parts, effective, effect):
    whole = table(parts, 40, 200, mean=mean, weighted=weighted)
    cost = protected({"statistic": "effective_n", "scale": "staff", "decimals": 0, "value": effective, "n": 200},
                     {"statistic": "design_effect", "scale": "staff", "decimals": 2, "value": effect / 100, "n": 200})  # fmt: skip
    said = nonresponse_readings.weighted(whole + cost, "staff", [scale()], "w2")
    kinds = [reading.template for reading in said]
    if weighted is None:
        assert kinds == ["no_weights_empty" if any(heard == 0 for heard, _ in parts) else "no_weights"]
        return
    assert kinds[0] == ("weighted_same" if weighted == mean else "weighted_moved")
    if weighted != mean:
        assert f"would average {weighted} and not {mean}." in say(said[0])
    assert ("weights_cost" in kinds) == (effective < 40)
    if effective < 40:
        assert "a little" not in say(said[-1])  # it may be much
        assert f"40 answers then tell as much as {effective} (design effect {effect / 100:.2f})" in say(said[-1])


@given(st.lists(st.tuples(SCORES, st.integers(0, 20), st.integers(0, 20), st.integers(0, 5), st.booleans()), min_size=1, max_size=4))
def test_how_far_an_average_could_move_is_true(scales):
    rows = [{"statistic": name, "scale": "staff", "decimals": 0, "value": number, "n": 50} for name, number in (("answers", 40), ("head_count", 50))]
    for place, (mean, down, up, shift, weighted) in enumerate(scales):
        own = {"mean": mean, "bound_low": mean - down / 10, "bound_high": mean + up / 10, "half_shift": shift / 10}
        own |= {"weighted": mean} if weighted else {}
        rows += [{"statistic": name, "scale": f"s{place}", "value": round(number, 1), "n": 38} for name, number in own.items()]
    facts = [scale(id=f"s{place}", about=f"scale {place}") for place in range(len(scales))]
    said = nonresponse_readings.could_move(protected(*rows), "staff", facts, "w2")
    by_kind = {reading.template: reading for reading in said}
    assert ("bounds" in by_kind) == any(not one[4] for one in scales)
    if "bounds" in by_kind:
        place = int(str(by_kind["bounds"]["name"]).split()[1])
        mean, down, up, _, weighted = scales[place]
        assert not weighted and by_kind["bounds"]["missing"] == 12
        assert (by_kind["bounds"]["low"], by_kind["bounds"]["high"]) == (Decimal(str(round(mean - down / 10, 1))), Decimal(str(round(mean + up / 10, 1))))
        assert down + up == max(one[1] + one[2] for one in scales if not one[4])
    most = max(one[3] for one in scales)
    if most:
        assert say(by_kind["half_shift"]).endswith(f"no average would move by more than {most / 10}.")
    else:
        assert "half_shift_none" in by_kind


@given(st.lists(st.tuples(st.sampled_from(["shift", "no shift", "everyone", "hidden"]), st.integers(0, 5)), min_size=1, max_size=4))
def test_only_averages_with_a_shift_are_said_to_move_by_no_more(scales):
    rows = [{"statistic": name, "scale": "staff", "decimals": 0, "value": number, "n": 50} for name, number in (("answers", 50), ("head_count", 50 + 10))]
    for place, (kind, shift) in enumerate(scales):
        n = {"everyone": 60, "hidden": 4}.get(kind, 50)
        rows.append({"statistic": "mean", "scale": f"s{place}", "value": 3.0, "n": n})
        if kind == "shift":
            rows.append({"statistic": "half_shift", "scale": f"s{place}", "value": shift / 10, "n": n})
    facts = [scale(id=f"s{place}", about=f"scale {place}") for place in range(len(scales))]
    said = nonresponse_readings.could_move(protected(*rows), "staff", facts, "w2")
    kinds, shifts = [kind for kind, _ in scales], [shift for kind, shift in scales if kind == "shift"]
    if not shifts:
        assert [reading.template for reading in said] == (["missing_none"] if "no shift" not in kinds and "everyone" in kinds else [])
        return
    (text,) = [say(reading) for reading in said]
    assert (f"by more than {max(shifts) / 10}" if max(shifts) else "by more than we show") in text
    if "no shift" in kinds:
        assert "no average" not in text
        assert [f"scale {place}" in text for place in range(len(scales))] == [kind == "shift" for kind in kinds]
    else:
        assert "no average" in text


def test_roles_are_named_in_words():
    assert nonresponse_readings.role_name(TOGETHER.join(["Aide", "Cook", NO_ROLE]), "en") == "Aide, Cook, and no role given"
