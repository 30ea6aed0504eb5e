"""Turns and words by speaker, by hand; real meetings are among the reference cases."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.climate.evidence.voice import equity_of_voice, gini, normed_entropy

NAN = math.nan


def test_a_meeting_by_hand():
    found = equity_of_voice(["a", "b", "a", "c", "a"], [10, 20, 30, 0, 40], [1, 0, 0, 0, 0])
    assert (found.turns, found.speakers, found.words) == (5, 3, 100)
    assert found.gini_turns == pytest.approx((-2 * 1 + 0 + 2 * 3) / (3 * 5))
    assert found.gini_words == pytest.approx((-2 * 0 + 0 + 2 * 80) / (3 * 100))
    assert found.norm_entropy_words == pytest.approx(-(0.8 * math.log(0.8) + 0.2 * math.log(0.2)) / math.log(3))
    assert (found.top_share_turns, found.top_share_words, found.chair_turn_share) == (0.6, 0.8, 0.2)
    assert (found.n_for_80pct_turns, found.n_for_80pct_words) == (2, 1)  # 3 + 1 of 5 turns; exactly 80 of 100 words


def test_one_speaker_no_words_nobody():
    alone = equity_of_voice(["a", "a"], [3, 4])
    assert (alone.gini_words, alone.n_for_80pct_words, alone.top_share_words) == (0.0, 1, 1.0)
    assert math.isnan(alone.norm_entropy_words) and math.isnan(alone.chair_turn_share)
    silent = equity_of_voice(["a", "b"], [0, 0], [False, True])
    assert (silent.words, silent.n_for_80pct_words, silent.gini_turns, silent.chair_turn_share) == (0, 0, 0.0, 0.5)
    assert math.isnan(silent.gini_words) and math.isnan(silent.top_share_words) and silent.norm_entropy_turns == pytest.approx(1)
    nobody = equity_of_voice([], [], [])
    assert (nobody.turns, nobody.speakers, nobody.words, nobody.n_for_80pct_turns) == (0, 0, 0, 0)
    assert math.isnan(nobody.chair_turn_share)


def test_turns_in_which_something_is_missing_are_left_out():
    found = equity_of_voice(["a", None, "b", "b"], [1, 5, NAN, 2], [0, 0, 0, NAN])
    assert (found.turns, found.speakers, found.words) == (1, 1, 1)
    nullable = pd.DataFrame({"who": ["a", "b", "b"], "words": [1, None, 3]}).convert_dtypes()
    assert equity_of_voice(nullable["who"], nullable["words"]).words == 4


def test_speaking_time_may_be_fractions_and_ids_numbers():
    assert equity_of_voice([1, 2, 2], [0.5, 0.25, 0.5]).words == 1.25


@pytest.mark.parametrize(("arguments", "says"), [
    ((["a"], [1, 2]), "different lengths"), ((["a"], [-1]), "fewer than no words"), ((["a"], [math.inf]), "endlessly"), ((["a"], [1], [2]), "chair must be"),
])  # fmt: skip
def test_what_cannot_be_meant_says_so(arguments, says):
    with pytest.raises(ValueError, match=says):
        equity_of_voice(*arguments)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 30)), min_size=1, max_size=15))
def test_indexes_are_what_they_are_defined_as(turns):
    found = equity_of_voice(*zip(*turns, strict=True))
    words = pd.DataFrame(turns, columns=["who", "words"]).groupby("who")["words"].sum().to_numpy(dtype=float)
    if words.sum() == 0:
        return
    differences = np.abs(words[:, None] - words[None, :]).mean() / (2 * words.mean())  # Gini's own definition
    assert found.gini_words == pytest.approx(differences, abs=1e-12) and 0 <= found.gini_words <= (len(words) - 1) / len(words)
    largest = np.sort(words)[::-1]
    few = next(count for count in range(1, len(words) + 1) if 5 * largest[:count].sum() >= 4 * words.sum())
    assert found.n_for_80pct_words == few
    assert math.isnan(found.norm_entropy_words) == (len(words) == 1)
    if len(words) > 1:
        assert -1e-12 <= found.norm_entropy_words <= 1 + 1e-12


def test_equal_shares_are_even_by_both_measures_and_one_who_has_all_by_neither():
    assert gini(np.full(7, 0.1)) == pytest.approx(0, abs=1e-12) and normed_entropy(np.full(7, 0.1)) == pytest.approx(1)
    assert gini(np.array([0, 0, 0, 5.0])) == pytest.approx(0.75) and normed_entropy(np.array([0, 0, 0, 5.0])) == 0
