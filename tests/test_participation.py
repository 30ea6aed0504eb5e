import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.climate.participation import gate, response, wilson


def responses(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["survey", "school_id", "wave", "row"], dtype="str").assign(item="a", value=1.0)


def roster(*rows: tuple[str, str, str | None, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["school_id", "wave", "person", "head_count"])
    return frame.astype({"school_id": "str", "wave": "str", "person": "str", "head_count": "int64"}).assign(role=None)


def test_wilson_of_published_examples():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe (1998), table I, method 3
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_wilson_at_the_ends_and_of_nobody():
    assert wilson(0, 20) == (0.0, pytest.approx(0.1611, abs=5e-5))
    assert wilson(20, 20) == (pytest.approx(0.8389, abs=5e-5), 1.0)
    assert np.isnan(wilson(0, 0)).all()


def test_wilson_takes_columns():
    low, high = wilson(pd.Series([0, 81]), pd.Series([20, 263]))
    assert low == pytest.approx([0, 0.2553], abs=5e-5)
    assert high == pytest.approx([0.1611, 0.3662], abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_holds_the_share_and_mirrors(drawn, confidence):
    count, n = drawn
    low, high = wilson(count, n, confidence)
    assert 0 <= low <= count / n <= high <= 1
    assert wilson(n - count, n, confidence) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(("count", "n"), [(-1, 5), (6, 5)])
def test_wilson_refuses_impossible_counts(count, n):
    with pytest.raises(ValueError, match="between 0 and its n"):
        wilson(count, n)


def test_wilson_refuses_percent_as_confidence():
    with pytest.raises(ValueError, match=r"0\.95"):
        wilson(1, 5, confidence=95)


def test_response_counts_persons_against_the_roster():
    table = response(
        responses(("staff", "0101", "w1", "x:1"), ("staff", "0101", "w1", "x:1"), ("staff", "0101", "w1", "x:2")),
        roster(("0101", "w1", "p1", 1), ("0101", "w1", "p2", 1), ("0101", "w1", "p3", 1), ("0102", "w1", None, 41)),
    )
    assert table.values.tolist() == [["staff", "0101", "w1", 2, 3, pytest.approx(2 / 3)], ["staff", "0102", "w1", 0, 41, 0.0]]
    assert table.dtypes.astype(str).tolist() == ["str", "str", "str", "int64", "Int64", "Float64"]


def test_a_person_on_a_schools_roster_twice_counts_once_and_in_two_schools_in_both():
    table = response(
        responses(("staff", "0101", "w1", "x:1")),
        roster(("0101", "w1", "p1", 1), ("0101", "w1", "p1", 1), ("0102", "w1", "p1", 1)),
    )
    assert table["head_count"].tolist() == [1, 1]


def test_without_a_head_count_there_is_no_rate():
    table = response(responses(("staff", "0101", "w1", "x:1")), roster())
    assert table["answered"].tolist() == [1]
    assert table[["head_count", "rate"]].isna().all(axis=None)
    empty = response(responses(("staff", "0101", "w1", "x:1")), roster(("0101", "w1", None, 0)))
    assert empty["head_count"].tolist() == [0]
    assert empty["rate"].isna().all()


def test_waves_in_which_a_survey_was_not_held_have_no_row():
    both = roster(("0101", "w1", None, 10), ("0101", "w2", None, 10))
    table = response(responses(("staff", "0101", "w1", "x:1"), ("pulse", "0101", "w2", "y:1")), both)
    assert table[["survey", "wave"]].values.tolist() == [["pulse", "w2"], ["staff", "w1"]]
    assert response(responses(), both).empty


def test_more_answers_than_staff_show():
    table = response(responses(("s", "0101", "w1", "x:1"), ("s", "0101", "w1", "x:2")), roster(("0101", "w1", None, 1)))
    assert table["rate"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("answered", "head_count", "verdict"),
    [
        (8, 16, "open"),
        (8, 17, "low rate"),
        (7, 7, "few answers"),
        (7, 100, "few answers"),
        (8, None, "open"),
        (8, pd.NA, "open"),
        (8, 0, "open"),
        (7, None, "few answers"),
    ],
)
def test_gate(answered, head_count, verdict):
    assert gate(answered, head_count, rate_needed=0.5, answers_needed=8) == verdict
