"""What people decide, read from YAML and from spreadsheets: the same cycle either way, and faults that say where and what."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.parameters.plan_files import CYCLE_COLUMNS
from cyclebook.parameters.plan_model import Ask, Decision, PlannedMeasure, Prediction, Rule
from cyclebook.parameters.sheets import cell_text
from tests.small_district import write
from tests.workbook import save

MEASURES = """
    measures:
      heard:
        {name: Ideas heard, about: staff who feel heard, type: share, unit: percent, better: higher, people: true, definition: Pulse.}
      visits: {name: Peer visits, about: peer visits, type: count, unit: visits, better: higher, people: false, definition: Log.}
      minutes: {name: Minutes, about: meetings, type: value, unit: minutes, better: lower, people: false, low: 0, definition: Log.}
      mood: {name: Mood, about: mood, type: value, unit: points, better: neither, people: false, low: 1, high: 5, definition: Log.}
    """
CYCLE = """
    title: Peer visits
    schools: ["0101"]
    comparison: ["0103"]
    focus: help
    driver: Staff rarely see one another teach.
    idea: Two visits a month.
    hypothesis: ""
    owner: Coach
    for_whom: all teachers
    prediction: {measure: heard, change: 8, words: More are heard.}
    ask: {who: teachers, what: Two visits, result: Notes, displaces: A meeting, hours_per_week: 0.5}
    measures:
    - {measure: heard, kind: outcome, target: 75}
    - {measure: visits, kind: process, target: 6}
    - {measure: minutes, kind: balancing}
    baseline: {from: 2024-10-07, to: 2025-05-30}
    start: 2025-08-25
    end: 2025-11-14
    checks: [2025-10-10, 2025-11-14]
    rule: {measure: heard, by: chart, worthwhile: 6, points: 8}
    rule_hash: "0123456789ab"
    decision: {day: 2025-11-18, word: adopt, why: It helped.}
    """
ROW = {
    "id": "visits-1", "title": "Peer visits", "schools": "0101", "comparison": "0103", "focus": "help",
    "driver": "Staff rarely see one another teach.", "idea": "Two visits a month.", "owner": "Coach", "for_whom": "all teachers",
    "prediction_measure": "heard", "prediction_change": "8", "prediction_words": "More are heard.", "ask_who": "teachers",
    "ask_what": "Two visits", "ask_result": "Notes", "ask_displaces": "A meeting", "ask_hours_per_week": "0.5", "outcome": "heard",
    "outcome_target": "75", "process": "visits", "process_target": "6", "balancing": "minutes", "baseline_from": "2024-10-07",
    "baseline_to": "2025-05-30", "start": "2025-08-25", "end": "2025-11-14", "checks": "2025-10-10|2025-11-14",
    "rule_measure": "heard", "rule_by": "chart", "rule_worthwhile": "6", "rule_points": "8", "rule_hash": "0123456789ab",
    "decision_day": "2025-11-18", "decision_word": "adopt", "decision_why": "It helped.",
}  # fmt: skip


def sheet(*rows: dict) -> str:
    columns = list(CYCLE_COLUMNS.values())
    lines = [",".join(columns), *(",".join(row.get(column, "") for column in columns) for row in rows)]
    return "\n".join(lines) + "\n"


def district(folder: Path, **files):
    return load(write(folder, {"parameters/measures.yaml": MEASURES} | files))


def fault(folder: Path, **files) -> str:
    with pytest.raises(InputError) as caught:
        district(folder, **files)
    return str(caught.value)


def cycle_fault(folder: Path, old: str, new: str) -> str:
    assert old in CYCLE
    return fault(folder, **{"parameters/cycles/visits-1.yaml": CYCLE.replace(old, new)})


def test_a_cycle_is_the_same_from_yaml_and_from_a_spreadsheet(tmp_path):
    from_yaml = district(tmp_path / "a", **{"parameters/cycles/visits-1.yaml": CYCLE}).cycles
    from_sheet = district(tmp_path / "b", **{"parameters/cycles.csv": sheet(ROW)}).cycles
    assert from_yaml == from_sheet
    cycle = from_yaml["visits-1"]
    assert cycle.rule == Rule("heard", "chart", 6.0, 8, None)
    assert cycle.prediction == Prediction("heard", 8.0, "More are heard.")
    assert cycle.ask == Ask("teachers", "Two visits", "Notes", "A meeting", 0.5)
    assert cycle.measures[0] == PlannedMeasure("heard", "outcome", 75.0) and cycle.measures[2].target is None
    assert cycle.checks == (date(2025, 10, 10), date(2025, 11, 14)) and cycle.decision == Decision(date(2025, 11, 18), "adopt", "It helped.")
    assert cycle.baseline == (date(2024, 10, 7), date(2025, 5, 30))


def test_a_workbook_reads_as_the_csv_does(tmp_path):
    folder = write(tmp_path / "a", {"parameters/measures.yaml": MEASURES})
    columns = list(CYCLE_COLUMNS.values())
    typed = ROW | {"outcome_target": 75, "ask_hours_per_week": 0.5, "start": date(2025, 8, 25)}
    save(folder / "parameters" / "cycles.xlsx", [columns, [typed.get(column) for column in columns]])
    from_sheet = district(tmp_path / "b", **{"parameters/cycles.csv": sheet(ROW)}).cycles
    assert load(folder).cycles == from_sheet


def test_cells_of_a_workbook_become_the_text_that_one_would_type():
    cells = [75.0, 0.5, "0101", True, date(2025, 8, 25), datetime(2025, 8, 25), datetime(2025, 8, 25, 7, 30), ""]
    assert [cell_text(cell) for cell in cells] == ["75", "0.5", "0101", "true", "2025-08-25", "2025-08-25", "2025-08-25 07:30:00", ""]


def test_only_a_title_and_schools_are_needed_and_all_means_all(tmp_path):
    loaded = district(tmp_path, **{"parameters/cycles/a.yaml": "title: A\nschools: [all]\n", "parameters/cycles/_template.yaml": "x: y\n"})
    assert list(loaded.cycles) == ["a"] and loaded.cycles["a"].schools == tuple(loaded.schools)
    assert loaded.cycles["a"].rule is None and loaded.cycles["a"].measures == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('schools: ["0101"]', 'schools: ["0110"]', 'line 2, schools[1]: there is no school_id "0110"; did you mean'),
        ('comparison: ["0103"]', 'comparison: ["0101"]', "tries the idea itself"),
        ("measure: heard, kind", "measure: herd, kind", 'no measure "herd"; did you mean "heard"?'),
        ("target: 75", "target: 750", 'beyond the ends of "Ideas heard"'),
        ("to: 2025-05-30", "to: 2025-09-30", "the baseline must end before the start"),
        ("end: 2025-11-14", "end: 2025-08-01", "is before the start"),
        ("[2025-10-10, 2025-11-14]", "[2025-11-14, 2025-10-10]", "in the order of time"),
        ("[2025-10-10, 2025-11-14]", "[2025-08-25]", "not after the start"),
        ("rule: {measure: heard", "rule: {measure: visits", "not an outcome measure of this cycle"),
        ("worthwhile: 6", "worthwhile: 0", "worthwhile"),
        ("worthwhile: 6", "worthwile: 6", 'did you mean "worthwhile"?'),
        ("points: 8}", "points: 8, probability: 0.8}", "a rule by chart has no probability"),
        ("word: adopt", "word: abandon", "adopt"),
        ('"0123456789ab"', "123456789012", "not text. Quote it"),
    ],
)
def test_a_fault_in_a_cycle_says_where_and_what(tmp_path, old, new, said):
    text = cycle_fault(tmp_path, old, new)
    assert said in text and "parameters/cycles/visits-1.yaml, line" in text


def test_a_rule_needs_what_it_is_looked_at_by(tmp_path):
    text = cycle_fault(tmp_path, "    checks: [2025-10-10, 2025-11-14]\n", "")
    assert "a rule needs the days" in text
    loaded = district(tmp_path / "c", **{"parameters/cycles/a.yaml": CYCLE.replace("by: chart", "by: comparison")})
    assert loaded.cycles["a"].rule.probability == 0.9
    text = fault(tmp_path / "d", **{"parameters/cycles/a.yaml": CYCLE.replace("by: chart", "by: comparison").replace('comparison: ["0103"]\n', "\n")})
    assert "needs comparison schools" in text


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("schools", "0110", "row 2, column schools: there is no school_id"),
        ("rule_points", "eight", 'row 2, column rule_points: "eight" is not a whole number'),
        ("outcome_target", "75|3", "row 2, column outcome_target: 2 targets for 1 measures"),
        ("outcome_target", "750", "row 2, column outcome_target: 750 lies beyond"),
        ("start", "August", "row 2, column start"),
        ("decision_word", "abandon", "row 2, column decision_word"),
        ("id", "a b", "row 2, column id"),
        ("title", "", 'row 2, column title: the key "title" is missing'),
    ],
)
def test_a_fault_in_a_spreadsheet_names_row_and_column(tmp_path, column, value, said):
    assert f"parameters/cycles.csv, {said}" in fault(tmp_path, **{"parameters/cycles.csv": sheet(ROW | {column: value})})


def test_one_id_means_one_cycle(tmp_path):
    text = fault(tmp_path, **{"parameters/cycles.csv": sheet(ROW), "parameters/cycles/Visits-1.yaml": CYCLE})
    assert 'there is a cycle "Visits-1" already' in text


AGREEMENTS = "id,school_id,text,question,owner,behaviour,cadence,last_review\n"


def test_agreements_come_from_a_spreadsheet_or_yaml(tmp_path):
    row = 'a1,0101,"We begin with what was raised, and answer it.",accountability,Team,An agenda point,quarterly,2025-09-12\n'
    yaml = """
        agreements:
        - {id: a2, school_id: "0101", text: We say it first to each other., cadence: 60}
        """
    found = district(tmp_path, **{"parameters/agreements.csv": AGREEMENTS + row, "parameters/agreements.yaml": yaml}).agreements
    assert [(a.id, a.question, a.cadence, a.last_review) for a in found] == [
        ("a2", "", 60, None), ("a1", "accountability", 91, date(2025, 9, 12)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a1,0110,Text,,,,,", "row 2, column school_id: there is no school_id"),
        ("a1,0101,,,,,,", 'row 2, column text: the key "text" is missing'),
        ("a1,0101,Text,who,,,,", "row 2, column question"),
        ("a1,0101,Text,,,,often,", "row 2, column cadence: \"often\": write one of weekly"),
        ("a1,0101,Text,,,,,yesterday", "row 2, column last_review"),
        ("a1,0101,Text,,,,,\nA1,0101,Text,,,,,", "row 3, column id: school 0101 has an agreement"),
        ("a1,0101,Text,,,,,\na1,0101,Other,,,,,", "row 3, column id: school 0101 has an agreement"),
        ("a1,0101,Text,,,,99999999,", "row 2, column cadence"),
    ],
)
def test_a_fault_in_an_agreement_names_row_and_column(tmp_path, row, said):
    assert f"parameters/agreements.csv, {said}" in fault(tmp_path, **{"parameters/agreements.csv": AGREEMENTS + row + "\n"})


def test_how_the_district_is_set_up(tmp_path):
    text = "structure: {department: Teaching, serves: all_students, meets_cabinet: 4, feedback: sometimes, day: 2025-09-01}\n"
    found = district(tmp_path, **{"parameters/structure.yaml": text}).structure
    assert (found.department, found.meets_cabinet, found.cabinet_discusses) == ("Teaching", 4, None)
    assert "structure.feedback" in fault(tmp_path / "b", **{"parameters/structure.yaml": "structure: {feedback: rarely}\n"})


def test_terms_stand_in_order_and_do_not_overlap(tmp_path):
    from tests.small_district import FILES

    base = FILES["parameters/district.yaml"].rstrip() + """
        terms:
        - {id: fall, label: Fall, from: 2025-08-18, to: 2025-12-19}
        - {id: spring, label: Spring, from: 2026-01-05, to: 2026-05-29}
        """
    assert [term.id for term in district(tmp_path, **{"parameters/district.yaml": base}).terms] == ["fall", "spring"]
    assert "without overlap" in fault(tmp_path / "b", **{"parameters/district.yaml": base.replace("2026-01-05", "2025-12-19")})
    assert "before the term began" in fault(tmp_path / "c", **{"parameters/district.yaml": base.replace("to: 2026-05-29", "to: 2026-01-01")})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("parameters/agreement.csv", 'did you mean "agreements.csv"?'),
        ("parameters/cycles/plans.xlsx", "read as parameters/cycles.xlsx"),
        ("parameters/measures.yml", 'did you mean "measures.yaml"?'),
    ],
)
def test_a_file_that_no_one_reads_is_told_of(tmp_path, name, said):
    assert said in fault(tmp_path, **{name: "x"})


def test_notes_templates_and_what_programs_leave_are_no_fault(tmp_path):
    quiet = ("parameters/README.md", "parameters/~$agreements.xlsx", "parameters/.~lock.cycles.csv#", "parameters/cycles/_mine.csv")
    assert district(tmp_path, **dict.fromkeys(quiet, "x")).cycles == {}
