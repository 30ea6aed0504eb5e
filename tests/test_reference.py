import os
from pathlib import Path

import pandas as pd
import pytest

from tests import reference

SHARED = Path(__file__).resolve().parents[1] / os.environ.get("CYCLEBOOK_SHARED", "../shared")
DATA = "school,other,score\n1,01,1\n1,01,3\n2,x,3\n2,x,5\n3,,5\n3,,7\n4,y,NA\n"
ICC = """
- id: {id}
  runner: {runner}
  function: {function}
  data: table.csv
  inputs: {{group: school, value: score, estimator: anova}}
  expected: {{icc1: {icc1}, icc2: 0.75, F: 4, k: 3, n: 6}}
  tolerance: {{rel: 1.0e-06}}
"""


def case(id="right", runner="true", function="icc", icc1="0.6"):
    return ICC.format(id=id, runner=runner, function=function, icc1=icc1)


def run(folder: Path, capsys, *cases: str, data: Path | None = None) -> tuple[int, list[str]]:
    (folder / "cases.yaml").write_text("version: 2\ncases:" + "".join(cases), encoding="utf-8")
    code = reference.main([str(folder / "cases.yaml"), *([] if data is None else ["--data", str(data)])])
    return code, capsys.readouterr().out.splitlines()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "table.csv").write_text(DATA, encoding="utf-8")
    return tmp_path


def test_shared_cases_match(capsys):
    cases = SHARED / "cases" / "climate.yaml"
    if not cases.is_file():
        pytest.skip(f"the reference cases are not there: {cases} (set CYCLEBOOK_SHARED to the folder that holds cases/ and data/)")
    assert reference.main([str(cases), "--data", str(SHARED / "data")]) == 0
    lines = capsys.readouterr().out.splitlines()
    matched, failed, _ = (int(part.split()[0]) for part in lines[-1].split(", "))
    assert failed == 0
    assert matched >= 19
    done = tuple(f"function {name}" for name in reference.FUNCTIONS)
    assert not [line for line in lines if line.endswith(done)]


def test_matched_cases_leave_only_the_count(folder, capsys):
    assert run(folder, capsys, case(), case(runner="false", function="never")) == (0, ["1 matched, 0 failed, 0 unsupported"])


def test_a_failed_case_is_named_with_what_differs_and_exits_1(folder, capsys):
    code, lines = run(folder, capsys, case(), case(id="wrong", icc1="0.61"))
    assert code == 1
    assert lines[0].startswith("failed wrong: icc1: expected 0.61, got 0.6")
    assert lines[1:] == ["1 matched, 1 failed, 0 unsupported"]


def test_an_unsupported_function_or_input_is_no_failure(folder, capsys):
    strange = case(id="strange").replace("estimator: anova", "weight: w")
    code, lines = run(folder, capsys, case(id="later", function="moonphase"), strange)
    assert code == 0
    assert lines == [
        "unsupported later: function moonphase",
        "unsupported strange: input weight",
        "0 matched, 0 failed, 2 unsupported",
    ]


def test_data_that_are_missing_or_unfit_fail_the_case(folder, capsys):
    code, lines = run(folder, capsys, case().replace("table.csv", "gone.csv"), case().replace("score", "other"))
    assert code == 1
    assert "gone.csv is not in" in lines[0]
    assert lines[1].startswith("failed right: ValueError")


def test_data_are_looked_for_under_the_data_folder_first(folder, capsys):
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    assert run(folder, capsys, case(), data=elsewhere)[0] == 0  # falls back to the YAML file's folder
    (elsewhere / "table.csv").write_text(DATA.replace("5,7", "5,8").replace("3,,7", "3,,8"), encoding="utf-8")
    assert run(folder, capsys, case(), data=elsewhere)[0] == 1


@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz", "table.parquet"])
def test_ids_are_the_same_text_from_any_file(folder, capsys, name):
    table = pd.DataFrame({"school": [1.0, 1, 2, 2, 3, 3, None], "score": [1.0, 3, 3, 5, 5, 7, 9]})
    if name.endswith("parquet"):
        table.to_parquet(folder / name)
    else:
        table.to_csv(folder / name, index=False)
    pooled = f"""
- id: pooled
  runner: true
  function: pooled_means
  data: {name}
  inputs: {{group: school, value: score}}
  expected: {{mu: 4, tau2: 3, shrunken: {{'1': 2.5, 3: 5.5}}, n: {{'2': 2}}}}
  tolerance: 1.0e-9
"""
    assert run(folder, capsys, pooled) == (0, ["1 matched, 0 failed, 0 unsupported"])
    assert run(folder, capsys, pooled.replace("3: 5.5", "4: 5.5"))[1][0] == "failed pooled: shrunken.4: missing"


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), (1.0, "1"), ("1.0", "1"), ("1", "1"), ("0101", "0101"), ("A-1", "A-1"), (" b ", "b")]
)
def test_id_text(value, text):
    assert reference.id_text(value) == text


def test_tables_in_other_encodings_are_read(tmp_path):
    (tmp_path / "a.csv").write_bytes("\ufeffschool\nÉcole\n".encode())
    (tmp_path / "b.csv").write_bytes("school\nÉcole\n".encode("cp1252"))
    for name in ("a.csv", "b.csv"):
        assert reference.read_table(tmp_path / name)["school"].tolist() == ["École"]


MIXED = {"counts": "exact", "limits_rel": 1e-3}


@pytest.mark.parametrize(
    ("expected", "actual", "tolerance", "verdict"),
    [
        (1.0, 1.009, 0.01, True),
        (1.0, 1.011, 0.01, False),
        (100, 100.9, {"rel": 0.01}, True),
        (100, 101.1, {"rel": 0.01}, False),
        (-100, -101.1, {"rel": 0.01}, False),
        (1e-42, 1.1e-42, {"rel": 0.01}, False),
        (0, 1e-10, {"rel": 0.01}, True),
        (0, 1e-8, {"rel": 0.01}, False),
        (3, 3, "exact", True),
        (3.0, 3.0000001, "exact", False),
        (1000, 1001, MIXED, False),
        (1000, 1000.9, MIXED, True),
        (2.5, 2.502, MIXED, True),
        (2.5, 2.503, MIXED, False),
        ("above", "above", MIXED, True),
        ("above", "below", MIXED, False),
        (None, None, MIXED, True),
        (None, float("nan"), MIXED, True),
        (None, 0.0, MIXED, False),
        (0.0, None, MIXED, False),
        (1.0, float("nan"), 0.1, False),
        (1.0, "1.0", 0.1, False),
    ],
)
def test_tolerances(expected, actual, tolerance, verdict):
    assert reference.same(expected, actual, tolerance) is verdict


def test_lists_are_compared_in_order_and_length():
    assert list(reference.differences({"first5": [1, 2]}, {"first5": [1.0, 2.0], "more": 3}, 1e-6)) == []
    assert list(reference.differences({"first5": [1, 2]}, {"first5": [1, 3]}, 1e-6)) == ["first5[1]: expected 2, got 3"]
    assert len(list(reference.differences({"first5": [1, 2]}, {"first5": [1]}, 1e-6))) == 1
