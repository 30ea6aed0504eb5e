"""An export recognised by its content: form, header rows, evidence, how sure. Real files are held in the reference cases."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.errors import InputError
from cyclebook.sources.layout import LIKELY, SURE, UNSURE, import_id, layout
from cyclebook.sources.offer import lines
from cyclebook.sources.recognise import recognise
from tests import workbook

IDS = [json.dumps({"ImportId": name}) for name in ("startDate", "status", "QID1")]
OWN = ["Respondent ID", "Collector ID", "Start Date", "How far?", "", "Why?"]


def found(tmp_path, content: str | bytes, name: str = "export.txt"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return recognise(path)


@pytest.mark.parametrize(
    ("head", "form", "rows", "sure"),
    [
        ([["StartDate", "Status", "Q1"], ["Start Date", "Response Type", "How?"], IDS], "qualtrics", 3, SURE),
        ([["StartDate", "Status", "Q1"], ["x", "y", "z"], [repr(json.loads(cell)) for cell in IDS]], "qualtrics", 3, SURE),
        ([["StartDate", "Status", "Q1"], ["x", "y", "z"], [*IDS[:2], "QID1"]], "qualtrics", 3, LIKELY),
        ([["V1", "V2", "V8", "Q1"], ["ResponseID", "ResponseSet", "StartDate", "How?"], ["R_1", "x", "2025-10-06", "1"]], "qualtrics", 2, SURE),
        ([["StartDate", "Status", "ResponseId", "Q1"], ["Start Date", "Response Type", "Response ID", "How?"], ["2025-10-06", "0", "R_1", "1"]],
         "qualtrics", 2, SURE),
        ([["StartDate", "Status", "ResponseId", "Q1"], ["2025-10-06", "0", "R_1", "1"]], "table", 1, LIKELY),
        ([OWN, ["", "", "", "I am heard", "I belong", "Open-Ended Response"], ["1", "2", "10/06/2025", "3", "4", "x"]], "surveymonkey", 2, SURE),
        ([["Timestamp", "How? [I am heard]"], ["10/6/2025 9:00:00", "Agree"]], "google_forms", 1, SURE),
        ([["Timestamp", "How?"], ["10/6/2025 9:00:00", "Agree"]], "google_forms", 1, LIKELY),
        ([["Timestamp", "How?"], ["soon", "Agree"]], "google_forms", 1, UNSURE),
        ([["School", "Q1"], ["0101", "1"]], "table", 1, LIKELY),
        ([["All staff", "", ""], ["School", "Q1", "Q2"], ["0101", "1", "2"]], "table", 1, UNSURE),
        ([["", "Trust", "", "Age"], ["School", "Q1", "Q2", ""], ["0101", "1", "2", "3"]], "table", 2, UNSURE),
        ([["", "a", "b"], ["1", "2", "3"]], "table", 1, LIKELY),
        ([["School", "Q", ""], ["Alder", "Agree", "yes"], ["Birch", "Agree", "no"]], "table", 1, LIKELY),
        ([["School", "Mail", ""], ["", "", "a@b.org"], ["Birch", "Agree", "no"]], "table", 1, LIKELY),
        ([["School", "Trust", ""], ["", "Q1", "Q2"], ["Birch", "1", "2"]], "table", 2, UNSURE),
    ],
)  # fmt: skip
def test_the_first_rows_tell(head, form, rows, sure):
    seen = layout(head)
    assert (seen.form, seen.header_rows, seen.sure) == (form, rows, sure) and seen.evidence


@given(st.lists(st.lists(st.text(alphabet='ab ,"\'{}0123456789/:[]', max_size=12), max_size=5), max_size=4))
def test_any_rows_have_a_layout(head):
    seen = layout(head)
    assert 1 <= seen.header_rows <= 3 and seen.evidence and seen.sure in (SURE, LIKELY, UNSURE)


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=2))
def test_an_import_id_is_found_in_both_quotations_and_nowhere_else(cell):
    wanted = cell.get("ImportId")
    assert import_id(json.dumps(cell)) == wanted and import_id(repr(cell)) == wanted
    assert import_id("ImportId") is None and import_id("[1]") is None


def test_rows_are_records_and_blank_ones_do_not_count(tmp_path):
    seen = found(tmp_path, '"Line\nbreak",b,b,,\n1,"two\nlines",3,,\n\n,,,,\n2,3,4,,\n')
    assert (seen.header_rows, seen.data_rows, seen.columns, seen.duplicate_headers) == (1, 2, 5, ("b",))


def test_encoding_and_delimiter_are_found_and_doubt_is_said(tmp_path):
    seen = found(tmp_path, "School;Größe\nAño;1\nNuñez;2\n".encode("cp1252"))
    assert (seen.form, seen.encoding, seen.delimiter) == ("csv", "cp1252", ";") and seen.sure != SURE
    assert "not UTF-8 (line 1)" in seen.evidence[0] and "ö" in seen.evidence[0]
    assert found(tmp_path, "a\tb\n1\t2\n").form == "tsv"
    assert found(tmp_path, "\ufeffa,b\n1,2\n").encoding is None
    assert found(tmp_path, "a|b\n1|2\n").delimiter == "|"
    assert found(tmp_path, gzip.compress(b"a,b\n1,2\n")).data_rows == 1


def test_a_workbook_is_looked_into(tmp_path):
    workbook.save(tmp_path / "a.bin", [["Timestamp", "How? [I am heard]"], ["10/6/2025 9:00:00", "Agree"]], [["x"]])
    seen = recognise(tmp_path / "a.bin")
    assert (seen.form, seen.container, seen.sheet, seen.data_rows) == ("google_forms", "workbook", "a", 1)
    assert "2 sheets hold something (a, b)" in seen.evidence[1]
    assert recognise(tmp_path / "a.bin", sheet="b").form == "excel"


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", "the file is empty"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "of the old kind"), (b"PK\x03\x04zip", "cannot be read"),
     (b"\x1f\x8bbroken", "compressed file is broken"), (b"$FL2broken", "SPSS file cannot be read"), (b"a\x00,\x00", "null characters")],
)  # fmt: skip
def test_what_cannot_be_recognised_is_refused(tmp_path, content, expected):
    with pytest.raises(InputError, match=expected):
        found(tmp_path, content)
    with pytest.raises(InputError, match="no such file"):
        recognise(tmp_path / "nothing")


def test_what_an_export_offers_is_what_the_reader_finds(tmp_path):
    content = ",".join(OWN) + "\n,,,I am heard,I belong,Open-Ended Response\n1,2,10/06/2025,3,4,x\n"
    (tmp_path / "export.csv").write_text(content)
    told = list(lines(tmp_path / "export.csv"))
    assert told[0].endswith("surveymonkey, 2 header rows, 1 row, 6 columns. This is sure.")
    assert "    form: surveymonkey" in told and "    How far? [I am heard]  = I am heard" in told and any(line.startswith("    Why?") for line in told)


def test_columns_that_say_who_someone_is_are_marked(tmp_path):
    (tmp_path / "export.csv").write_text("Timestamp,E-mail address,What is your preferred name?,I answer e-mail from families quickly\n10/6/2025 9:00,a,b,c\n")
    marked = {line.strip().split("   (")[0]: line.split("   (")[-1] for line in lines(tmp_path / "export.csv") if "   (" in line}
    assert marked == {"E-mail address": "says who someone is: never read)", "What is your preferred name?": "seems to ask who someone is: leave it out)"}
