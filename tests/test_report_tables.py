"""Tables: captioned, scoped, escaped, readable on a phone, and refused where they could not be read aloud."""

from __future__ import annotations

import re

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.report.html import TEMPLATES
from cyclebook.report.sanitise import clean
from cyclebook.html_table import table
from tests.sample_report import Balance, parsed, python


def test_a_table_has_a_caption_and_scoped_headers():
    frame = pandas.DataFrame({"Scale": ["Trust", "Voice"], "n": [38, 1064], "Mean": ["3.9", "not shown"]})
    text = table(frame, "Scales <2025>", units={"Mean": "1 to 5"}, suppressed=("not shown",))
    assert clean(text) == text
    found = parsed(text)
    assert found.caption.text == "Scales <2025>"
    assert [(th["scope"], th.text, th.get("class")) for th in found.find_all("th")] == [
        ("col", "Scale", None), ("col", "n", ["number"]), ("col", "Mean (1 to 5)", ["number"]),
        ("row", "Trust", None), ("row", "Voice", None),
    ]  # fmt: skip
    assert [(td["data-label"], td.text) for td in found.find_all("td")] == [
        ("n", "38"), ("Mean (1 to 5)", "3.9"), ("n", "1064"), ("Mean (1 to 5)", "not shown"),
    ]  # fmt: skip
    assert found.select_one("span.suppressed").text == "not shown"
    assert "class" not in found.table.attrs


@pytest.mark.parametrize(
    ("cells", "wide"),
    [(["a", "b", "c"], False), (["a", "b", "c", "d"], True), (["a", "a sentence of more words than a phone has room"], True)],
)
def test_a_wide_table_becomes_cards_on_a_phone(cells, wide):
    frame = pandas.DataFrame([cells], columns=list("wxyz")[: len(cells)])
    assert bool(parsed(table(frame, "c")).select("table.wide")) == wide


def test_names_of_files_and_settings_may_break_in_a_narrow_column():
    text = table(pandas.DataFrame({"File": ["data/raw/staff_2025.csv", "and/or </b>"]}), "c")
    assert '<th scope="row">data/<wbr>raw/<wbr>staff_<wbr>2025.csv</th>' in text and "and/<wbr>or &lt;/b&gt;" in text
    assert clean(text) == text and parsed(text).select("tbody th")[0].text == "data/raw/staff_2025.csv"


def test_the_row_header_comes_first_and_formats_are_applied():
    frame = pandas.DataFrame({"Mean": [3.94, 2.0], "Scale": ["<b>Trust</b>", "Voice"]})
    found = parsed(table(frame, "c", row_header="Scale", formats={"Mean": lambda value: f"{value:.1f}"}))
    assert [[cell.text for cell in row.find_all(["th", "td"])] for row in found.find_all("tr")] == [
        ["Scale", "Mean"], ["<b>Trust</b>", "3.9"], ["Voice", "2.0"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["3.9", "3.7 to 4.1", "−0.1"], ["number"]),
        (["38 of 52", "12 (34 %)", "71 %", "1,024"], ["number"]),
        (["fewer than 5", "7"], ["number"]),
        (["2025-fall", "2024-spring"], None),
        (["not shown", "no source"], None),
    ],
)
def test_columns_of_numbers_are_told_from_columns_of_words(texts, kind):
    frame = pandas.DataFrame({"a": [f"row {n}" for n in range(len(texts))], "b": texts})
    assert parsed(table(frame, "c")).find("td").get("class") == kind
    assert parsed(table(frame, "c", align={"b": "text"})).find("td").get("class") is None


@pytest.mark.parametrize(
    ("frame", "arguments", "says"),
    [
        (pandas.DataFrame({"a": []}), {}, "no rows"),
        (pandas.DataFrame({"a": ["x"]}), {"caption": " "}, "caption"),
        (pandas.DataFrame({"": ["x"]}), {}, "column name"),
        (pandas.DataFrame([["x", "y"]], columns=["a", "a"]), {}, "column name"),
        (pandas.DataFrame({"a": ["x", None]}), {}, "missing value"),
        (pandas.DataFrame({"a": ["x"], "b": [3.89999]}), {}, "'b' holds a float"),
        (pandas.DataFrame({"a": ["x"], "b": [True]}), {}, "'b' holds a bool"),
        (pandas.DataFrame({"a": [" "]}), {}, "names the rows"),
        (pandas.DataFrame({"a": ["x"]}), {"units": {"z": "%"}}, "no column"),
        (pandas.DataFrame({"a": ["x"]}), {"row_header": "z"}, "no column"),
        (pandas.DataFrame({"a": ["x"]}), {"align": {"a": "left"}}, "align"),
    ],
)
def test_a_table_that_cannot_be_read_aloud_is_refused(frame, arguments, says):
    with pytest.raises(ValueError, match=says):
        table(frame, **{"caption": "c", **arguments})


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4), st.text(min_size=1, max_size=20).filter(str.strip))
def test_whatever_stands_in_a_table_is_text(values, name):
    frame = pandas.DataFrame({"row": [str(n) for n in range(len(values))], name + " ": values}, dtype=object)
    text = table(frame, name)
    Balance(text)
    assert set(re.findall(r"<(\w+)", text)) - {"wbr"} == {"table", "caption", "thead", "tbody", "tr", "th", "td"}


def test_tables_load_nothing_heavy(tmp_path):
    program = (
        "import sys; from cyclebook import html_table as tables;"
        " print([m for m in ('nbconvert', 'jinja2', 'nh3', 'bs4', 'pandas') if m in sys.modules])"
    )
    assert python(program, tmp_path, PYTHONPATH=str(TEMPLATES.parents[2])).strip() == "[]"
