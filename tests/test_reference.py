from pathlib import Path

import pandas as pd
import pytest

from tests import reference

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


def run_shared(shared: Path, name: str, data: Path, capsys) -> tuple[int, list[str]]:
    """How many of the shared cases matched, and the lines about the others. None may fail."""
    assert reference.main([str(shared / "cases" / name), "--data", str(data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    matched, failed, _ = (int(part.split()[0]) for part in lines[-1].split(", "))
    assert failed == 0
    return matched, lines


def test_shared_climate_cases_match(shared, capsys):
    matched, lines = run_shared(shared, "climate.yaml", shared / "data", capsys)
    assert matched >= 44
    assert lines == [f"{matched} matched, 0 failed, 0 unsupported"]


def test_shared_evaluation_cases_match(shared, capsys):
    """Every run chart, and every control chart of a kind that there is; what else is asked for is named as unsupported."""
    matched, lines = run_shared(shared, "evaluation.yaml", shared / "cases", capsys)
    cases = reference.YAML(typ="safe", pure=True).load((shared / "cases" / "evaluation.yaml").read_text(encoding="utf-8"))["cases"]
    ours = [case["id"] for case in cases if case.get("runner") and drawn(case)]
    assert matched == len(ours) >= 14
    assert not [line for line in lines for name in ours if f" {name}:" in line]


def drawn(case: dict) -> bool:
    """Whether a case asks for a chart that there is."""
    return case["function"] == "run_chart" or (case["function"] == "control_chart" and case["inputs"]["chart"] in reference.charts.KINDS)


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


# Networks and meetings

TIES = "site,from,to,tie,same\n1,a,b,1,1\n1,b,a,0,1\n1,b,c,1,0\n1,c,,1,0\n2,a,b,1,1\n"
PEOPLE = "site,who,score,kind\n1.0,a,1,x\n1,b,3,x\n1,c,NA,\n2,a,2,y\n2,b,2,y\n"
TURNS = "site,who,words,chair\n1,a,10,1\n1,b,30,0\n1,a,NA,0\n1,,5,0\nx y,c,7,0\n"
SMALL = """
- id: small
  runner: true
  function: {function}
  data: turns.csv
  inputs: {{{inputs}}}
  expected: {{{expected}}}
  tolerance: 1.0e-9
"""
NETWORK = "edges: ties.csv, nodes: people.csv, source: from, target: to, node: who, tie: tie"


@pytest.mark.parametrize(("function", "inputs", "expected"), [
    ("network", NETWORK + ", where: {site: 1}, same: same, attribute: score, nominal: kind",
     "n: 3, m: 2, density: 0.33333333333, same_grade_tie_share: 0.5, same_grade_dyad_share: 0.66666666667, cor_trust_indegree: 1, "
     "internal: 1, external: 0, isolates: 0"),
    ("network", NETWORK + ", where: {site: '2'}", "n: 2, m: 1, reciprocity_edge: 0, ei_index: null, cor_trust_indegree: null"),
    ("equity_of_voice", "where: {site: 1}, speaker: who, words: words, chair: chair", "turns: 2, speakers: 2, words: 40, chair_turn_share: 0.5, top_share_words: 0.75"),
    ("equity_of_voice", "where: {site: x y}, speaker: who, words: words", "turns: 1, words: 7, norm_entropy_words: null"),
    ("equity_of_voice", "where: {site: [1, x y]}, speaker: who, words: words", "turns: 3, words: 47"),
    ("average_deviation", "group: site, value: words", "mean: 5"),  # one site alone is 0, as R's multilevel has it
    ("rwg", "group: site, value: words, options: 100", "n_groups: 1, range: [5, 30], first5: {'1': 0.78997899790, x y: null}"),
    ("rwg_j", "group: site, items: [words, chair], options: 5, variant: lindell", "n_groups: 1, mean: -42.83333333333"),
])  # fmt: skip
def test_rows_are_filtered_by_numbers_and_texts_and_groups_of_one_have_no_index(folder, capsys, function, inputs, expected):
    for name, text in (("ties.csv", TIES), ("people.csv", PEOPLE), ("turns.csv", TURNS)):
        (folder / name).write_text(text, encoding="utf-8")
    assert run(folder, capsys, SMALL.format(function=function, inputs=inputs, expected=expected)) == (0, ["1 matched, 0 failed, 0 unsupported"])


def test_a_column_that_only_the_people_have_says_whose_ties_count(folder, capsys):
    (folder / "people.csv").write_text("who,site\na,1\nb,1\nc,2\n", encoding="utf-8")
    (folder / "ties.csv").write_text("from,to\na,b\na,c\n", encoding="utf-8")
    inputs = "edges: ties.csv, nodes: people.csv, source: from, target: to, node: who, where: {site: 1}"
    assert run(folder, capsys, SMALL.format(function="network", inputs=inputs, expected="n: 2, m: 1"))[0] == 0
    nowhere = inputs.replace("site: 1", "place: 1")
    assert run(folder, capsys, SMALL.format(function="network", inputs=nowhere, expected="n: 2"))[1][0].startswith("failed small: KeyError")


# Charts

CHART = """
- id: {id}
  runner: true
  function: control_chart
  data: chart.csv
  inputs: {inputs}
  expected: {expected}
  tolerance: {{counts: exact, limits_rel: 1.0e-09}}
"""
WEEKS = "site,day,events,size\n" + "".join(f"{site},2025-01-{day:02},{day % 4},10\n" for site in ("b", "a") for day in range(1, 13))


def chart(folder: Path, capsys, inputs: str, expected: str) -> list[str]:
    (folder / "chart.csv").write_text(WEEKS, encoding="utf-8")
    return run(folder, capsys, CHART.format(id="chart", inputs=inputs, expected=expected))[1]


def test_charts_are_drawn_for_each_facet_and_phase_in_order(folder, capsys):
    groups = ", ".join(f"{{facet1: {site}, part: {part}, n_obs: 6}}" for site in "ab" for part in (1, 2))
    inputs = "{chart: u, x: day, y: events, n: size, facets: [site], split: 6}"
    assert chart(folder, capsys, inputs, f"{{n_groups: 4, groups: [{groups}]}}") == ["1 matched, 0 failed, 0 unsupported"]


def test_totals_are_counted_over_all_groups(folder, capsys):
    inputs = "{chart: c, x: day, y: events, facets: [site]}"
    assert chart(folder, capsys, inputs, "{n_groups: 2, total_runs_signals: 0, total_sigma_signals: 0}")[-1].startswith("1 matched")
    assert chart(folder, capsys, inputs, "{total_sigma_signals: 1}")[0].startswith("failed chart: total_sigma_signals: expected 1, got 0")


@pytest.mark.parametrize("inputs", ["{chart: t, x: day, y: events}", "{chart: c, x: day, y: events, target: 3}"])
def test_a_chart_that_is_not_there_is_no_failure(folder, capsys, inputs):
    assert chart(folder, capsys, inputs, "{n_groups: 1}")[-1] == "0 matched, 0 failed, 1 unsupported"


@pytest.mark.parametrize(
    ("texts", "kind"), [(["1", "2.5", None], "f"), (["2025-01-06", "2025-02-01"], "M"), (["a", "1"], "U"), (["2025-01-06", "later"], "U")]
)
def test_a_column_is_numbers_dates_or_texts_as_a_whole(texts, kind):
    column = reference.typed(pd.Series(texts, dtype="str"))
    assert (getattr(column.dtype, "kind", "U") == kind) or (kind == "U" and pd.api.types.is_string_dtype(column))
