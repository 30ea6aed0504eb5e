from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.climate.scales import item_answers, score

COLUMNS = ["survey", "school_id", "wave", "row", "item", "value"]


def scale(**changes):
    plain = {
        "items": ("a", "b", "c"), "reverse": frozenset(), "low": 1.0, "high": 5.0, "minimum_answered": None,
        "mode": "person_mean", "column": None,
    }  # fmt: skip
    return SimpleNamespace(**{**plain, **changes})


def answers(*persons: dict, school: str = "0101", wave: str = "w1") -> pd.DataFrame:
    """One dict of item to value for each person."""
    rows = [("staff", school, wave, f"x:{i}", item, float(value)) for i, one in enumerate(persons) for item, value in one.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_person_mean_takes_the_items_answered():
    scores = score(answers({"a": 1, "b": 2, "c": 4}, {"a": 2, "b": 3}), {"trust": scale()})
    assert scores.to_dict("records") == [
        {"survey": "staff", "school_id": "0101", "wave": "w1", "row": "x:0", "scale": "trust", "score": pytest.approx(7 / 3),
         "answered_items": 3},
        {"survey": "staff", "school_id": "0101", "wave": "w1", "row": "x:1", "scale": "trust", "score": 2.5, "answered_items": 2},
    ]  # fmt: skip


def test_by_default_more_than_half_must_be_answered():
    four = scale(items=("a", "b", "c", "d"))
    scores = score(answers({"a": 1, "b": 1}, {"a": 2, "b": 2, "c": 2}), {"trust": four})
    assert scores["row"].tolist() == ["x:1"]


def test_a_stated_minimum_takes_its_place():
    scores = score(answers({"a": 1}, {"a": 2, "b": 2, "c": 2}), {"trust": scale(minimum_answered=1)})
    assert scores["row"].tolist() == ["x:0", "x:1"]


def test_reverse_items_are_turned_within_the_range():
    scores = score(answers({"a": 5, "b": 1, "c": 2}), {"trust": scale(reverse=frozenset({"b", "c"}))})
    assert scores["score"].tolist() == [pytest.approx((5 + 5 + 4) / 3)]


def test_items_of_no_scale_and_missing_values_do_not_count():
    responses = answers({"a": 1, "b": "nan", "z": 5})
    assert score(responses, {"trust": scale()}).empty


def test_item_means_first_is_exactly_the_mean_of_item_means():
    responses = answers({"a": 1, "b": 2}, {"a": 3, "c": 5}, {"a": 2, "b": 4, "c": 4}, {"c": 1})
    scores = score(responses, {"trust": scale(mode="item_means_first")})
    assert len(scores) == 3  # the last person answered too few
    assert scores["score"].mean() == pytest.approx((6 / 3 + 6 / 2 + 9 / 2) / 3)


def test_item_means_first_leaves_out_an_item_that_nobody_answered():
    responses = answers({"a": 1, "b": 2}, {"a": 3, "b": 3})
    assert score(responses, {"trust": scale(mode="item_means_first")})["score"].tolist() == pytest.approx([1.5, 3.0])


@settings(deadline=None, max_examples=30)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(1, 5), min_size=1), min_size=1, max_size=8), st.booleans())
def test_item_means_first_holds_for_each_school_and_wave(persons, reversed_c):
    one = scale(mode="item_means_first", reverse=frozenset("c" if reversed_c else ""))
    responses = pd.concat(
        [answers(*persons), answers(*persons[::-1], school="0102").assign(row=lambda d: "y" + d["row"]),
         answers(*persons[:3], wave="w2").assign(row=lambda d: "z" + d["row"])]
    )  # fmt: skip
    scores, items = score(responses, {"trust": one}), item_answers(responses, {"trust": one})
    place = ["school_id", "wave"]
    expected = items.groupby([*place, "item"])["value"].mean().groupby(place).mean()
    found = scores.groupby(place)["score"].mean()
    assert found.to_dict() == pytest.approx(expected.to_dict())
    complete = scores[scores["answered_items"] == 3]
    if len(complete) == len(scores):
        plain = score(responses, {"trust": scale(reverse=one.reverse)})
        assert scores["score"].tolist() == pytest.approx(plain["score"].tolist())


def test_scales_scored_in_their_source_are_taken_as_they_are():
    responses = answers({"stress": 11.3}, {"stress": 9.1, "a": 1})
    scored = scale(items=(), column="T3WELS", low=None, high=None)
    scores = score(responses, {"stress": scored})
    assert scores[["score", "answered_items"]].values.tolist() == [[11.3, 1], [9.1, 1]]
    assert item_answers(responses, {"stress": scored}).empty


def test_item_answers_are_reversed_and_of_the_base_only():
    responses = answers({"a": 1, "b": 2}, {"c": 5})
    found = item_answers(responses, {"trust": scale(items=("b", "a", "c"), reverse=frozenset("a"))})
    assert found[["row", "scale", "item", "value"]].values.tolist() == [["x:0", "trust", "b", 2.0], ["x:0", "trust", "a", 5.0]]
    assert list(found.columns) == ["survey", "school_id", "wave", "row", "scale", "item", "value"]


def test_the_same_person_may_be_in_two_scales():
    scores = score(answers({"a": 1, "b": 3}), {"trust": scale(items=("a", "b")), "voice": scale(items=("b",))})
    assert scores[["scale", "score"]].values.tolist() == [["trust", 2.0], ["voice", 3.0]]


@pytest.mark.parametrize("responses", [answers(), answers({"z": 1})])
def test_nothing_to_score_gives_empty_tables_of_the_same_form(responses):
    full, full_items = (function(answers({"a": 1, "b": 1}), {"trust": scale()}) for function in (score, item_answers))
    assert score(responses, {"trust": scale()}).dtypes.equals(full.dtypes)
    assert score(responses, {}).dtypes.equals(full.dtypes)
    assert item_answers(responses, {"trust": scale()}).dtypes.equals(full_items.dtypes)


def test_an_item_answered_twice_in_one_row_is_refused():
    twice = pd.concat([answers({"a": 1, "b": 1}), answers({"a": 2})])
    with pytest.raises(ValueError, match="row x:0 answers item a twice"):
        score(twice, {"trust": scale()})


def test_reverse_items_need_a_range_and_modes_have_names():
    with pytest.raises(ValueError, match="trust has reverse items and no range"):
        score(answers({"a": 1}), {"trust": scale(reverse=frozenset("a"), low=None)})
    with pytest.raises(ValueError, match="item_means_first"):
        score(answers({"a": 1}), {"trust": scale(mode="sum")})
