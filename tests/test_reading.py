"""Readings become sentences last; the numbers in them are those that are shown."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.errors import InputError
from cyclebook.reading import Reading, catalogue, number, sentence, shown


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(3.94, 1, "3.9"), (3.0, 1, "3.0"), (-0.04, 1, "0.0"), (-0.2, 1, "−0.2"), (1234.0, 0, "1,234"), (0.125, 2, "0.12")],
)
def test_a_number_is_printed_with_its_digits(value, decimals, text):
    assert number(shown(value, decimals), "en") == text


@given(st.floats(-1e6, 1e6), st.integers(0, 3))
def test_what_is_shown_lies_within_half_a_unit(value, decimals):
    assert abs(float(shown(value, decimals)) - value) <= 0.5 * 10**-decimals + 1e-9
    assert str(shown(value, decimals)) not in ("-0", "-0.0", "-0.00", "-0.000")


def test_plural_forms_follow_the_fact():
    facts = {"answered": 51, "head_count": 52}
    assert "one person" in sentence(Reading.of("answered", **facts, missing=1), "en")
    assert "not heard from 2." in sentence(Reading.of("answered", **facts, missing=2), "en")


def test_lists_and_dates_are_written_out():
    said = sentence(Reading.of("overview_above", names=("trust", "community", "efficacy")), "en")
    assert said == "Likely above the district: trust, community, and efficacy."
    assert "June 13, 2025" in sentence(Reading.of("closed", date=date(2025, 6, 13), wave="Spring"), "en")


def test_a_sentence_begins_with_a_capital():
    assert sentence(Reading.of("level_no_interval", name="trust", mean=Decimal("3.9")), "en") == "Trust averages 3.9."


def test_a_fact_is_never_a_float_and_never_missing():
    with pytest.raises(TypeError):
        sentence(Reading.of("level_no_interval", name="trust", mean=3.9), "en")
    with pytest.raises(KeyError):
        sentence(Reading.of("level_no_interval", name="trust"), "en")


def test_an_unknown_language_is_named():
    with pytest.raises(InputError, match="tlh.*en"):
        catalogue("tlh")
