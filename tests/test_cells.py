"""Cells of tables: the number as shown, or why it is not."""

from decimal import Decimal

import pytest

from cyclebook import cells, spreadsheet
from cyclebook.reading import Bounded, Reading, sentence
from tests.frames import protected

WHERE = {"scale": "trust", "wave": "w2"}


def test_a_number_a_hidden_one_and_none():
    table = protected({"statistic": "mean", "value": 3.94}, {"statistic": "mean", "value": 1.0, "n": 4, "wave": "w1"})
    assert cells.text(table.cell("mean", wave="w2"), "en") == "3.9"
    assert cells.text(table.cell("mean", wave="w1"), "en") == "not shown (few people)"
    assert cells.text(table.cell("mean", wave="w0"), "en") == "–"
    gated = protected({"statistic": "mean", "value": 3.9, "why": "low rate"})
    assert cells.text(gated.cell("mean"), "en") == "not enough answers"


def test_ranges_and_shares():
    names = ("favourable", "favourable_low", "favourable_high")
    rows = [{"statistic": name, "value": value, "decimals": 0} for name, value in zip(names, (46, 31, 62), strict=True)]
    assert cells.with_range(protected(*rows), names, WHERE, "en", share=True) == "46 % (31\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}62)"
    assert cells.with_range(protected(*rows), names, WHERE, "en") == "46 (31\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}62)"
    assert cells.with_range(protected(rows[0]), names, WHERE, "en", share=True) == "46 %"
    assert cells.interval(protected(*rows), names[1:], WHERE, "en") == "31\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}62"
    assert cells.percent(protected(*rows).cell("favourable"), "en") == "46 %"


def test_a_chance_is_never_printed_as_nothing():
    table = protected({"statistic": "icc_p", "value": 0.0, "decimals": 3}, {"statistic": "icc_p", "value": 0.2, "decimals": 3, "wave": "w1"})
    assert cells.chance(table.cell("icc_p", wave="w2"), "en") == "under 0.001"
    assert cells.chance(table.cell("icc_p", wave="w1"), "en") == "0.200"


def test_a_spreadsheet_takes_nothing_for_a_formula_and_reads_numbers():
    rows = [["=1+1", "-2.5", "-a"], ["@x", "+8", " =x"], ["plain, with comma", "3.5", "\tx"]]
    lines = spreadsheet.to_csv(rows).split("\r\n")
    assert lines[:3] == ["'=1+1,-2.5,'-a", "'@x,'+8,' =x", "\"plain, with comma\",3.5,'\tx"]


def test_a_number_at_an_end_says_so_wherever_it_stands():
    space = "\N{NO-BREAK SPACE}"
    names = ("mean", "mean_low", "mean_high")
    rows = [{"statistic": name, "value": value, "bound": bound} for name, value, bound in zip(names, (4.5, 4.1, 4.8), ("more", "", "more"), strict=True)]
    table = protected(*rows)
    assert cells.text(table.cell("mean"), "en") == "4.5 or more"
    assert cells.text(protected({"statistic": "mean", "value": 1.5, "bound": "less"}).cell("mean"), "en") == "1.5 or less"
    assert cells.with_range(table, names, WHERE, "en") == f"4.5 or more (4.1{space}to{space}4.8 or more)"
    assert cells.interval(table, names[1:], WHERE, "en") == f"4.1{space}to{space}4.8 or more"
    share = protected({"statistic": "favourable", "value": 97, "decimals": 0, "bound": "more"})
    assert cells.percent(share.cell("favourable"), "en") == "97 % or more"
    assert cells.with_range(share, ("favourable", "favourable_low", "favourable_high"), WHERE, "en", share=True) == "97 % or more"


def test_a_count_at_an_end_is_at_least_or_at_most_so_many():
    def cell(value, bound):
        return protected({"statistic": "favourable_count", "value": value, "decimals": 0, "n": 34, "bound": bound}).cell("favourable_count")

    assert [cells.count_of(cell(*one), "en") for one in ((33, "more"), (1, "less"), (30, ""))] == ["at least 33 of 34", "at most 1 of 34", "30 of 34"]
    assert [cells.count(cell(*one), "en") for one in ((33, "more"), (1, "less"), (30, ""))] == ["at least 33", "at most 1", "30"]
    small = protected({"statistic": "favourable_count", "value": 3, "decimals": 0, "n": 4, "bound": "more"}).cell("favourable_count")
    assert cells.count_of(small, "en") == cells.count(small, "en") == "not shown (few people)"
    said = Reading.of("split", text="Ideas", favourable=cells.count_fact(cell(33, "more")), answered=34, unfavourable=cells.count_fact(cell(1, "less")))
    assert "at least 33 of 34 answers are favourable and at most 1 unfavourable" in sentence(said, "en")


def test_a_number_at_an_end_is_no_number_to_calculate_with():
    exact, coded = (cells.fact(protected({"statistic": "mean", "value": 4.5, "bound": bound}).cell("mean")) for bound in ("", "more"))
    assert exact == Decimal("4.5") and coded != exact
    with pytest.raises(TypeError):
        coded > exact  # noqa: B015


def test_a_form_for_one_alone_is_not_taken_for_one_or_less():
    assert sentence(Reading.of("answered", answered=9, head_count=10, missing=1), "en").endswith("one person.")
    assert sentence(Reading.of("answered", answered=9, head_count=10, missing=Bounded(1, "at_most")), "en").endswith("from at most 1.")
