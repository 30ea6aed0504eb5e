"""The habits of every notebook of the workbook."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
HEADINGS = ("Purpose", "What you need", "Ask yourself", "How it was done")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_the_first_code_cell_holds_the_parameters_and_the_demo_school(notebook, project_root):
    first = code(notebook)[0]
    assert first.metadata.tags == ["parameters"]
    values = {target.id: ast.literal_eval(node.value) for node in ast.parse(first.source).body for target in node.targets}
    assert set(values) == {"school_id", "district", "as_of"}
    if notebook.metadata.cyclebook.get("unit") == "district":
        assert values["school_id"] == "_district"
    else:
        assert f"\n{values['school_id']}," in (project_root / "parameters" / "schools.csv").read_text(encoding="utf-8")
    assert values["district"] == values["as_of"] == ""


def test_it_has_the_headings_that_analysts_know(notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert [heading for heading in HEADINGS if heading not in text] == []


def test_it_knows_its_room_and_title(notebook):
    assert notebook.metadata.cyclebook.room and notebook.metadata.cyclebook.title


def test_it_is_thin(notebook):
    banned = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda, ast.ListComp, ast.If, ast.Try)
    for cell in code(notebook):
        tree = ast.parse(cell.source)
        assert not [node for node in ast.walk(tree) if isinstance(node, banned)], cell.source
        assert not cell.source.rstrip().endswith(";")


def test_each_section_is_one_call_under_its_heading(notebook):
    heading = None
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            heading, calls = cell.source.splitlines()[0], 0
        elif cell.cell_type == "code" and heading and "tags" not in cell.metadata and "import" not in cell.source:
            calls += 1
            statements = ast.parse(cell.source).body
            assert calls == 1 and len(statements) == 1 and isinstance(statements[0].value, ast.Call), heading


def test_it_stores_the_outputs_of_a_whole_run_in_order(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    shown = [output for cell in code(notebook) for output in cell.outputs]
    assert len(shown) > 5 and all(output.output_type == "display_data" for output in shown)


def test_it_carries_no_path_no_time_and_no_version(notebook, project_root):
    text = nbformat.writes(notebook)
    assert str(project_root) not in text
    assert set(notebook.metadata) == {"kernelspec", "language_info", "cyclebook"}
    assert dict(notebook.metadata.language_info) == {"name": "python"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)


def test_every_figure_says_the_same_in_words_that_are_compared(notebook):
    for cell in code(notebook):
        for output in cell.outputs:
            if "image/png" in output.data:
                assert output.metadata["image/png"]["alt"] == output.data["text/plain"]


def test_the_last_cell_shows_each_setting_and_its_layer(notebook):
    tables = "".join(output.data.get("text/plain", "") for output in code(notebook)[-1].outputs)
    assert "smallest_group" in tables and "built in" in tables
