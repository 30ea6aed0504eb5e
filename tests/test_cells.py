"""Cells of tables: the number as shown, or why it is not."""

from cyclebook import cells, spreadsheet
from tests.frames import protected

WHERE = {"scale": "trust", "wave": "w2"}


def test_a_number_a_hidden_one_and_none():
    table = protected({"statistic": "mean", "value": 3.94}, {"statistic": "mean", "value": 1.0, "n": 4, "wave": "w1"})
    assert cells.text(table.cell("mean", wave="w2"), "en") == "3.9"
    assert cells.text(table.cell("mean", wave="w1"), "en") == "not shown (too few)"
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
