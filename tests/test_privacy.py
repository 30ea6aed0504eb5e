"""Respondent sets, the primary rule, and the door."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.climate import figures, readings
from cyclebook.privacy import (
    PrivacyError, Protected, RespondentSet, check_ledger, complete, door, from_bundle, protect, records, sizes,
)  # fmt: skip
from cyclebook.privacy.protect import RULES
from tests.frames import protected, raw, scale

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


def test_a_set_is_canonical_text_in_the_order_of_its_keys():
    text = str(RespondentSet.of(wave="2025-fall", source="staff_survey", school_id="S01", role="teacher"))
    assert text == "role=teacher; school_id=S01; source=staff_survey; wave=2025-fall"


def test_a_union_is_sorted_and_reserved_characters_are_encoded():
    assert str(RespondentSet.of(school_id=["S02", "S01"])) == "school_id=S01|S02"
    assert str(RespondentSet.of(role="a=b; c|d%")) == "role=a%3Db%3B c%7Cd%25"


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.lists(TEXT, min_size=1, max_size=3), min_size=1))
def test_what_is_written_is_read_back(keys):
    written = RespondentSet.of(**keys)
    assert RespondentSet.parse(str(written)) == written


def test_a_set_needs_text():
    with pytest.raises(TypeError):
        RespondentSet.of(school_id=[7])
    with pytest.raises(ValueError):
        RespondentSet.of(school_id=[])


def test_four_persons_are_blanked_and_five_are_shown():
    table = protected({"statistic": "mean", "value": 3.9, "n": 4}, {"statistic": "mean", "value": 3.1, "n": 5, "wave": "w1"})
    hidden, shown = table.cell("mean", wave="w2"), table.cell("mean", wave="w1")
    assert (hidden.value, hidden.n, hidden.answered, hidden.why) == (None, None, None, "few persons")
    assert (shown.value, shown.n, shown.why) == (3.1, 5, "")


def test_few_answers_to_one_item_hide_that_item_alone():
    table = protected(
        {"statistic": "favourable", "value": 50, "item": "a", "n": 9, "answered": 4},
        {"statistic": "favourable", "value": 50, "item": "b", "n": 9, "answered": 9},
    )
    assert table.cell("favourable", item="a").why == "few persons"
    assert table.cell("favourable", item="b").value == 50


def test_a_comparison_needs_enough_persons_in_both_sets():
    table = protected({"statistic": "change_low", "value": 0.1, "n": 20, "other_set": "wave=w1", "other_n": 4})
    assert table.cell("change_low").value is None
    assert [entry["value"] for entry in table.ledger("p", "a")] == [None, None]


def test_an_empty_set_has_no_row():
    assert len(protected({"statistic": "mean", "value": 0.0, "n": 0})) == 0


def test_what_shows_how_persons_spread_needs_twice_as_many():
    for statistic, factor in RULES.items():
        assert protected({"statistic": statistic, "value": 1, "n": factor * 5 - 1}).cell(statistic).value is None
        assert protected({"statistic": statistic, "value": 1, "n": factor * 5}).cell(statistic).value == 1


ROWS = st.lists(
    st.fixed_dictionaries({
        "statistic": st.sampled_from(["mean", "middle", "favourable", "change_low"]),
        "value": st.floats(-5, 5) | st.sampled_from([float("nan"), float("-inf")]),
        "n": st.integers(0, 12),
        "answered": st.integers(0, 12),
        "other_set": st.sampled_from(["", "wave=w1"]),
        "other_n": st.integers(0, 12),
        "why": st.sampled_from(["", "few answers"]),
    }),
    max_size=6,
)  # fmt: skip


@given(ROWS, st.integers(2, 8))
def test_nothing_of_a_small_set_leaves_in_any_column_or_in_the_ledger(rows, smallest):
    kept = [row for row in rows if row["n"] > 0]
    table = protect(raw(*rows), smallest)
    assert len(table) == len(kept)
    for row, out in zip(kept, table.frame.to_dict("records"), strict=True):
        small = min(row["n"], row["answered"]) < smallest * RULES.get(row["statistic"], 1)
        small |= row["other_set"] != "" and row["other_n"] < smallest
        if small or row["why"] or not math.isfinite(row["value"]):
            assert out["why"] and pd.isna([out["value"], out["n"], out["answered"], out["other_n"]]).all()
        else:
            assert out["value"] == row["value"] and out["n"] == row["n"] and not out["why"]
    for entry in table.ledger("p", "a"):
        assert entry["value"] is None or min(entry["n"], entry["answered"]) >= smallest


def test_the_ledger_has_a_row_for_each_set_of_a_comparison():
    table = protected({"statistic": "difference", "value": 0.3, "other_set": "wave=w2", "other_n": 90})
    assert [(e["statistic"], e["value"], e["n"], e["set"]) for e in table.ledger("S01/x.html", "scales")] == [
        ("trust.difference", 0.3, 20, "answered=trust; school_id=S01; wave=w2"),
        ("trust.difference", 0.3, 90, "wave=w2"),
    ]


def test_a_protected_table_is_not_made_by_hand():
    with pytest.raises(TypeError, match="protect"):
        Protected(raw({"statistic": "mean", "value": 1.0}))


def test_a_bundle_comes_back_as_it_was_and_a_forged_one_does_not():
    table = protected({"statistic": "mean", "value": 3.9, "n": 4}, {"statistic": "mean", "value": 3.1, "wave": "w1"})
    rows = table.frame.astype(object).where(table.frame.notna(), None).to_dict("records")
    pd.testing.assert_frame_equal(from_bundle(rows).frame, table.frame, check_dtype=False)
    with pytest.raises(TypeError):
        from_bundle([rows[0] | {"value": 3.9}])


@pytest.mark.parametrize("frame", [raw({"statistic": "mean", "value": 3.9}), [], None])
def test_nothing_but_a_protected_table_passes_the_door(frame):
    with pytest.raises(TypeError):
        door.readings(None, "scales", [], of=frame)
    with pytest.raises(TypeError):
        door.table(None, "scales", pd.DataFrame(), "x", of=frame)
    with pytest.raises(TypeError):
        door.figure(None, "scales", figures.scales, [], of=frame)
    with pytest.raises(TypeError):
        door.people(None, "scales", of=frame)


def test_readings_and_figures_take_no_plain_table():
    plain = raw({"statistic": "mean", "value": 3.9})
    with pytest.raises((TypeError, AttributeError)):
        readings.level(plain, scale(), "w2")
    with pytest.raises((TypeError, AttributeError)):
        figures.scales(plain, [scale()], "w2", "en")


def published(**row):
    full = {"page": "p", "anchor": "a", "statistic": "mean", "value": 3.0, "n": 9, "answered": 9, "set": "school_id=S01"}
    return full | row


def test_the_gate_of_a_run_refuses_a_small_set_and_names_it_without_its_number():
    with pytest.raises(PrivacyError) as refused:
        check_ledger(pd.DataFrame([published(value=4.321, n=3, answered=3)]), 5)
    assert "school_id=S01" in str(refused.value) and "4.321" not in str(refused.value)
    with pytest.raises(PrivacyError):
        check_ledger(pd.DataFrame([published(), published(statistic="favourable", n=8)]), 5)
    check_ledger(pd.DataFrame([published(), published(value=None, n=None, answered=None, set="school_id=S02")]), 5)


def test_the_sizes_of_the_districts_sets_are_left_open_in_bundles_and_filled_in_when_published():
    district = {"school_id": "", "set": "source=staff; wave=w2", "n": 90}
    table = protected(
        {"statistic": "difference_low", "value": 0.3, "other_set": district["set"], "other_n": 90},
        {"statistic": "mean", "value": 3.7, **district},
        {"statistic": "favourable", "item": "q1", "value": 60, "answered": 84, **district},
    )
    rows = records(table.frame)
    assert [(row["n"], row["other_n"]) for row in rows] == [(20, None), (None, 0), (None, 0)]
    published = complete(from_bundle(rows).ledger("p", "a"), sizes(table))
    assert [(e["statistic"], e["n"], e["answered"]) for e in published] == [
        ("trust.difference_low", 20, 20), ("trust.difference_low", 90, 90), ("trust.mean", 90, 90), ("trust.q1.favourable", 90, 84),
    ]  # fmt: skip
    with pytest.raises(KeyError):
        complete(from_bundle(rows).ledger("p", "a"), {})
