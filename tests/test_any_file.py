"""Whatever stands in a file, under whatever form it is declared: it is read row by row, or refused in words. Never a traceback."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cyclebook.errors import InputError
from cyclebook.parameters.forms import FORMS
from cyclebook.sources.recognise import recognise
from tests.small_district import answers

WORDS = st.sampled_from([
    "", " ", "School", "Q1", "Q2", "0101", "Alder", "Agree", "1", "2", "-99", "Timestamp", "V1", "V2", "V3", "ResponseID", "ResponseSet", "Status", "StartDate",
    "Finished", "Respondent ID", "Response", '{"ImportId": "QID1"}', "{'ImportId': 'status'}", "10/6/2025 9:00", "=1+1", "#N/A", "25-Jun", 'a "quoted" one', "x,y", "Q1 (2)",
])  # fmt: skip
TABLES = st.lists(st.lists(WORDS, max_size=6), max_size=8)


def text_of(rows: list[list[str]], delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def check(content: bytes, form: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            tables = answers(Path(folder), content, form=form)
        except InputError as error:
            assert "answers" in str(error) and str(error).endswith((".", ")"))
        else:
            receipt = tables.receipts.iloc[0]
            assert receipt["read"] == receipt["kept"] + receipt["set_aside"]
            assert len(tables.respondents) == receipt["kept"]
            assert len(tables.aside.get("answers", ([], []))[1]) == receipt["set_aside"]
        try:
            found = recognise(Path(folder) / "data" / "raw" / "answers.csv")
        except InputError:
            return
        assert found.data_rows >= 0 and found.evidence


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=TABLES, delimiter=st.sampled_from([",", ";", "\t"]))
def test_any_table_is_read_or_refused(form, rows, delimiter):
    check(text_of(rows, delimiter), form)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(head=st.sampled_from([b"", b"PK\x03\x04", b"$FL2", b"PAR1", b"\x1f\x8b", b"\xff\xfe", b"\xef\xbb\xbf"]), rest=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(form, head, rest):
    check(head + rest, form)
