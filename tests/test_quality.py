"""What can be seen in answers: runs, spread, distance, speed; against R's careless on its own data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cyclebook.sources.quality import FEWEST_ITEMS, alike, intra_individual_variability, longest_string, mahalanobis, speeding


@pytest.fixture(scope="module")
def cases(shared) -> dict[str, dict]:
    found = YAML(typ="safe").load((shared / "cases" / "climate.yaml").read_text(encoding="utf-8"))
    return {case["id"]: case for case in (found["cases"] if isinstance(found, dict) else found)}


def test_careless_simulated_1(cases, shared):
    case = cases["careless1_longstring"]
    answers, expected, near = pd.read_csv(shared / "data" / case["data"]), case["expected"], case["tolerance"]
    runs, irv = longest_string(answers), intra_individual_variability(answers)
    assert runs.mean() == pytest.approx(expected["mean"], abs=near)
    assert (runs.max(), (runs >= 10).sum()) == (expected["max"], expected["n_ge_10"])
    assert irv.mean() == pytest.approx(expected["irv_mean"], abs=near)
    assert (irv == 0).sum() == expected["irv_n_zero"]
    assert mahalanobis(answers, 0.99)["flagged"].sum() == expected["mahad_n_flag99"]


def test_careless_simulated_2(cases, shared):
    case = cases["careless2_longstring"]
    answers, expected, near = pd.read_csv(shared / "data" / case["data"]), case["expected"], case["tolerance"]
    runs, irv = longest_string(answers), intra_individual_variability(answers)
    assert runs.mean() == pytest.approx(expected["mean"], abs=near)
    assert (runs.max(), (runs >= 20).sum(), (runs >= 10).sum()) == (expected["max"], expected["n_ge_20"], expected["n_ge_10"])
    assert list(runs[:5]) == expected["first5"]
    assert irv.mean() == pytest.approx(expected["irv_mean"], abs=near)
    assert list(irv[:5]) == pytest.approx(expected["irv_first5"], abs=near)


def test_an_unanswered_question_ends_a_run():
    numbers = pd.DataFrame([[3, 3, np.nan, 3], [np.nan] * 4, [1, 2, 2, 2], [np.nan, np.nan, 5, 1]], dtype=float)
    assert list(longest_string(numbers)) == [2, 0, 3, 1]
    words = pd.DataFrame([["Agree", "Agree", "", "Agree"], ["", "", "", ""], ["No", "Agree", "Agree", "Agree"]])
    assert list(longest_string(words)) == [2, 0, 3]
    assert list(longest_string(numbers[[]])) == [0, 0, 0, 0]


@given(st.lists(st.lists(st.sampled_from([1.0, 2.0, 3.0, np.nan]), min_size=6, max_size=6), min_size=1, max_size=6))
def test_the_longest_run_is_the_longest(rows):
    for row, found in zip(rows, longest_string(pd.DataFrame(rows)), strict=True):
        runs = [j - i for i in range(6) for j in range(i + 1, 7) if len(set(row[i:j])) == 1 and not np.isnan(row[i:j]).any()]
        assert found == max(runs, default=0)


def test_spread_needs_two_answers():
    irv = intra_individual_variability(pd.DataFrame([[1, 5, np.nan], [4, np.nan, np.nan], [2, 2, 2]], dtype=float))
    assert irv[0] == pytest.approx(8**0.5) and np.isnan(irv[1]) and irv[2] == 0


def test_distance_leaves_incomplete_responses_open_and_refuses_too_few():
    answers = pd.DataFrame({"a": [1.0, 2, 3, 4, np.nan], "b": [2.0, 1, 4, 3, 3]})
    found = mahalanobis(answers)
    assert np.isnan(found["distance"][4]) and not found["flagged"][4]
    assert found["distance"][:4].sum() == pytest.approx(2 * 3)  # p (n - 1)
    twice = mahalanobis(answers.assign(c=answers["a"]))  # a question asked twice adds nothing
    assert list(twice["distance"][:4]) == pytest.approx(list(found["distance"][:4]))
    with pytest.raises(ValueError, match="2 complete responses to 2 questions"):
        mahalanobis(answers[:2])
    with pytest.raises(ValueError, match="between 0 and 1"):
        mahalanobis(answers, 99)


def reverse(*items: bool) -> pd.Series:
    return pd.Series(items, index=range(len(items)))


def test_a_short_scale_answered_alike_is_not_told_of():
    mixed = [False] * 6 + [True]
    assert not alike(pd.DataFrame([[4.0] * 7]), reverse(*mixed))[0]
    assert alike(pd.DataFrame([[4.0] * 8]), reverse(False, *mixed))[0]
    assert not alike(pd.DataFrame([[4.0] * 8]), reverse(*[False] * 8))[0]  # all point one way: a clear opinion
    assert not alike(pd.DataFrame([[4.0] * 19]), reverse(*[False] * 19))[0]
    assert alike(pd.DataFrame([[4.0] * 20]), reverse(*[False] * 20))[0]
    assert not alike(pd.DataFrame([[1.0, 2.0] * 11 + [4.0] * 20]), reverse(*[False] * 42))[0]  # under half of the questions


def test_the_question_worded_the_other_way_must_have_been_answered():
    answers = pd.DataFrame([[4.0] * 8 + [np.nan], [4.0] * 7 + [np.nan, 4.0], [4.0] * 8 + [2.0]])
    assert list(alike(answers, reverse(*[False] * 8, True))) == [False, True, False]


@given(st.lists(st.sampled_from([1.0, 2.0, np.nan]), min_size=1, max_size=12), st.integers(0, 12))
def test_who_is_told_of_answered_alike_and_enough(row, place):
    worded = pd.Series([i == place for i in range(len(row))])
    found = alike(pd.DataFrame([row]), worded)[0]
    given_ = [value for value in row if not np.isnan(value)]
    ways = {i == place for i, value in enumerate(row) if not np.isnan(value)}
    assert found == (len(given_) >= FEWEST_ITEMS and len(set(given_)) == 1 and len(ways) == 2)


def test_speed_is_told_of_in_seconds_and_the_median_flags_no_one():
    found = speeding(pd.Series([19.0, 20.0, 80.0, np.nan, 5.0]), pd.Series([10, 10, 10, 10, 0]))
    assert list(found["fast"]) == [True, False, False, False, False]
    assert list(found["per_item"].dropna()) == [1.9, 2.0, 8.0]
    assert list(found["relative"].dropna()) == [0.95, 1.0, 4.0]
