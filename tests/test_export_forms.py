"""Exports as survey tools and people make them: each form read, real ones compared with the file, what lies refused or told."""

from __future__ import annotations

import json
import zipfile

import pandas as pd
import pytest

from cyclebook.batch.receipt import weighted_lines
from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.sources import read
from tests import workbook
from tests.small_district import answers, problems, receipt, values, write
from tests.workbook import Formula, Percent

QUESTIONS = """
    answers: {n: {"1": 1, "2": 2, "3": 3, "4": 4}}
    items: {ITEMS}
    scales: {one: {name: One, about: one, items: [a], range: [1, 4], source: x}}
    """
ONE_SCHOOL = {"parameters/schools.csv": "school_id,name\nx,X\n"}


def codebook(items: str, **sets: str) -> dict[str, str]:
    text = QUESTIONS.replace("{ITEMS}", items)
    for name, answer_set in sets.items():
        text = text.replace("answers: {", f"answers: {{{name}: {answer_set}, ", 1)
    return ONE_SCHOOL | {"parameters/codebooks/staff.yaml": text.rstrip() + "\n"}


def real(shared, name: str) -> str:
    path = shared / "data" / "exports" / name
    if not path.is_file():
        pytest.skip(f"no real export: there is no file {path}")
    return f"'{path}'"


def counts(tables) -> dict[str, tuple[int, float]]:
    """How many answered each item, and what their answers add up to."""
    found = tables.responses.groupby("item")["value"].agg(["size", "sum"])
    return {item: (int(row["size"]), float(row["sum"])) for item, row in found.iterrows()}


def set_aside(tables) -> dict[str, int]:
    found = tables.problems[tables.problems["action"] == "set aside"]["reason"].value_counts()
    return {str(reason): int(count) for reason, count in found.items()}


# Qualtrics, older and younger


def test_qualtrics_older_exports_of_two_header_rows(tmp_path, shared):
    """The one answer of the sample, a real answer: columns known by their text, Qualtrics' own by what stands under V1 to V10."""
    items = codebook("{a: {columns: [This is a multiple choice question.], text: One., answers: n}}")
    tables = answers(tmp_path, "", items, form="qualtrics", path=real(shared, "qualtrics_ropensci_sample_legacy.csv"), school=None, school_id="x")
    assert receipt(tables) == (1, 1, 0, 0)
    assert values(tables) == [("x", "answers:3", "a", 2)]
    assert tables.receipts["personal_columns"][0] == "V3, V5, V6, LocationLatitude, LocationLongitude"


@pytest.mark.parametrize(
    ("name", "header_rows", "rows"),
    [("Matrix_Single_Answer_Survey", 3, 5), ("Multiple_Answer_Matrix_Questions", 2, 5), ("Better_Sample_Survey", 3, 10),
     ("Many_Different_Question_Types", 2, 5), ("SidebySide_Questions_Insights", 3, 25), ("SidebySide_Questions_Legacy", 2, 25)],
)  # fmt: skip
def test_test_responses_are_told_apart_in_every_kind_of_qualtrics_export(tmp_path, shared, name, header_rows, rows):
    """All answers of these files have status 2, Survey Test, in column 7 or 11: none of them is a person's."""
    path = real(shared, f"qualtricstools/{name}.csv")
    raw = pd.read_csv(path.strip("'"), header=None, skiprows=header_rows, dtype=str, encoding="utf-8-sig")
    tables = answers(tmp_path, "", codebook("{a: {columns: [fruits, Q12_1, Q2_1_1, 'Q1#1_1', q2_favorite], text: One., answers: n}}"), form="qualtrics",
                     path=path, school=None, school_id="x")  # fmt: skip
    assert (raw[6 if header_rows == 2 else 10] == "2").all() and len(raw) == rows
    assert receipt(tables) == (rows, 0, rows, 0) and set_aside(tables) == {"survey test": rows}


def test_matrices_side_by_side_and_repeated_headers_as_a_person_would_see_them(tmp_path, shared):
    """The same files with their status made that of real answers; sums compared with the columns of the file."""
    for name, header_rows, items, expected in (
        ("Matrix_Single_Answer_Survey", 3, "{a: {columns: [QID1-1], text: A., answers: n}, b: {columns: [Q12_3], text: B., answers: n}}",
         {"a": (5, 14), "b": (5, 7)}),
        ("SidebySide_Questions_Insights", 3, "{a: {columns: [QID1#1-1], text: A., answers: n}, b: {columns: ['Q1#2_3'], text: B., answers: n}}",
         None),
        ("SidebySide_Questions_Legacy", 2, "{a: {columns: ['Q1#1_1'], text: A., answers: n}, b: {columns: ['Q1#2_3'], text: B., answers: n}}",
         None),
        ("Multiple_Answer_Matrix_Questions", 2, "{a: {columns: [Q2_1_1], text: A., answers: n}, b: {text: B., choices: "
         "{first: {label: One, columns: [question_one_1 (2)]}, second: {label: Two, columns: [question_one_2 (2)]}}}}",
         {"a": (2, 2), "b.first": (5, 4), "b.second": (5, 3)}),
    ):  # fmt: skip
        path = real(shared, f"qualtricstools/{name}.csv").strip("'")
        table = pd.read_csv(path, header=None, dtype=str, encoding="utf-8-sig", keep_default_na=False)
        place = 6 if header_rows == 2 else 10
        table.loc[header_rows:, place] = "0"
        content = table.to_csv(index=False, header=False)
        tables = answers(tmp_path / name, content, codebook(items), form="qualtrics", school=None, school_id="x")
        assert receipt(tables)[1] == receipt(tables)[0] - len(table[(table == "").all(axis=1)])
        if expected is None:  # both exports of one survey hold the same answers
            columns = [list(table.iloc[0]).index("Q1#1_1"), list(table.iloc[0]).index("Q1#2_3")]
            sums = [pd.to_numeric(table[column][header_rows:], errors="coerce") for column in columns]
            expected = {item: (int(number.count()), float(number.sum())) for item, number in zip("ab", sums, strict=True)}
        assert counts(tables) == expected


def test_a_repeated_header_in_the_middle_is_no_answer(tmp_path):
    content = "School,Q1,Q2\n0101,1,2\nSchool,Q1,Q2\n0101,2,2\n"
    tables = answers(tmp_path, content)
    assert receipt(tables) == (3, 2, 1, 0)
    assert problems(tables) == [(3, "", "", "the headers once more", "set aside")]


def test_columns_of_one_name_are_told_apart_by_their_place(tmp_path):
    content = "School,Q1,Q1,Q2\n0101,1,3,2\n"
    with pytest.raises(InputError, match=r'2 columns could be the item q1: .*Write "Q1 \(2\)"'):
        answers(tmp_path / "twice", content)
    book = {"parameters/codebooks/staff.yaml": """
        answers: {agree: {"1": 1, "2": 2, "3": 3}}
        items: {q1: {columns: [Q1 (2)], text: First., answers: agree}, q2: {columns: [Q2], text: Second., answers: agree}}
        scales: {help: {name: Help, about: help, items: [q1, q2], range: [1, 3], source: Ours.}}
        """}  # fmt: skip
    assert [value[3] for value in values(answers(tmp_path / "place", content, book))] == [3, 2]


# SurveyMonkey

SURVEYMONKEY = (
    "Respondent ID,Start Date,End Date,IP Address,How far do you agree?,,Which help you?,,Anything else?\n"
    ",,,,I am heard,I belong,Peers,\"Time, and space\",Open-Ended Response\n"
    "11,10/06/2025 09:00:00 AM,10/06/2025 09:05:30 AM,10.0.0.1,Agree,Disagree,Peers,,secret\n"
    "12,10/06/2025 09:00:00 AM,10/06/2025 09:01:00 AM,10.0.0.1,Disagree,,,,\n"
)
BLOCK = (
    "{a: {columns: ['How far do you agree? [I am heard]'], text: A., answers: ag}, b: {columns: [I belong], text: B., answers: ag}, "
    "h: {columns: [Which help you?], text: H., choices: {peers: {label: Peers}, time: {label: 'Time, and space'}}}}"
)


def test_surveymonkeys_two_rows_name_a_column_together(tmp_path):
    tables = answers(tmp_path, SURVEYMONKEY, codebook(BLOCK, ag="{Agree: 2, Disagree: 1}"), form="surveymonkey", school=None, school_id="x")
    assert counts(tables) == {"a": (2, 3), "b": (1, 1), "h.peers": (1, 1), "h.time": (1, 0)}
    assert list(tables.respondents["seconds"]) == [330, 60]
    assert tables.receipts["personal_columns"][0] == "IP Address" and receipt(tables) == (2, 2, 0, 0)


def test_a_real_surveymonkey_export(tmp_path, shared):
    """1,186 rows of which 829 answered one of the two questions; the sums are those of the file."""
    path = real(shared, "surveymonkey_starwars_raw.csv")
    labels = ("{Very favorably: 4, Somewhat favorably: 3, 'Neither favorably nor unfavorably (neutral)': 2, "
              "Somewhat unfavorably: 1, Very unfavorably: 1}")  # fmt: skip
    stem = "Please state whether you view the following characters favorably, unfavorably, or are unfamiliar with him/her."
    films = "Which of the following Star Wars films have you seen? Please select all that apply."
    items = (f"{{a: {{columns: ['{stem} [Han Solo]'], text: A., answers: fav}}, seen: {{columns: ['{films}'], text: S., choices: "
             "{one: {label: 'Star Wars: Episode I  The Phantom Menace'}, two: {label: 'Star Wars: Episode II  Attack of the Clones'}}}}")  # fmt: skip
    book = codebook(items, fav=labels)
    book["parameters/codebooks/staff.yaml"] += "    not_applicable: [Unfamiliar (N/A)]\n"
    with pytest.raises(InputError, match=r"line 1 is not utf-8. Write the file's encoding"):
        answers(tmp_path / "no", "", book, form="surveymonkey", path=path, school=None, school_id="x")
    tables = answers(tmp_path / "yes", "", book, form="surveymonkey", path=path, school=None, school_id="x", encoding="cp1252")
    raw = pd.read_csv(path.strip("'"), header=None, skiprows=2, encoding="cp1252", dtype=str)
    han, first, second = raw[15], raw[3], raw[4]
    known = han.notna() & (han != "Unfamiliar (N/A)")
    either = first.notna() | second.notna()
    assert len(raw) == 1186 and receipt(tables) == (1186, int((known | either).sum()), int((~(known | either)).sum()), 0)
    assert counts(tables)["a"][0] == known.sum() == 814
    assert counts(tables)["seen.one"] == (either.sum(), first.notna().sum()) and counts(tables)["seen.two"][1] == second.notna().sum()


def test_not_selected_is_no_answer_of_yes_and_never_asked_is_no_answer_at_all(tmp_path, shared):
    """In the processed export a row says "Not selected" where the question was put, and NA where it was not."""
    path = real(shared, "surveymonkey_masculinity_weighted_raw.csv.gz")
    items = ("{a: {columns: [q0001], text: A., answers: man}, w: {text: W., choices: {money: {label: "
             "'Men make more money', columns: [q0010_0001]}, serious: {label: Men are taken more seriously, columns: [q0010_0002]}}}}")  # fmt: skip
    man = "{Very masculine: 4, Somewhat masculine: 3, Not very masculine: 2, Not at all masculine: 1}"
    book = codebook(items, man=man)
    book["parameters/codebooks/staff.yaml"] += "    not_applicable: [NA, No answer]\n"
    tables = answers(tmp_path, "", book, path=path, school=None, school_id="x", weight="weight", started="StartDate", ended="EndDate")
    raw = pd.read_csv(path.strip("'"), dtype=str, keep_default_na=False)
    asked = (raw["q0010_0001"] != "NA") | (raw["q0010_0002"] != "NA")
    found = counts(tables)
    assert found["w.money"] == (int(asked.sum()), int(((raw["q0010_0001"] != "NA") & (raw["q0010_0001"] != "Not selected")).sum()))
    weights = tables.respondents["weight"]
    kept = asked | raw["q0001"].str.contains("masculine")
    assert weights.notna().all() and weights.sum() == pytest.approx(pd.to_numeric(raw.loc[kept, "weight"]).sum())
    assert receipt(tables)[:3] == (1615, int(kept.sum()), int((~kept).sum())) == (1615, 1608, 7)
    # the shares that were published of these answers, weighted
    level = tables.responses[tables.responses["item"] == "a"].merge(tables.respondents[["row", "weight"]], on="row")
    share = level.groupby("value")["weight"].sum() / pd.to_numeric(raw["weight"]).sum()
    published = pd.read_csv(real(shared, "surveymonkey_masculinity_published_toplines.csv").strip("'"), header=None, dtype=str).loc[3:6]
    words = {"Very masculine": 4, "Somewhat masculine": 3, "Not very masculine": 2, "Not at all masculine": 1}
    assert dict(zip(published[0].fillna(published[1]), published[2], strict=True)) == {
        word: f"{100 * share[number]:.0f}%" for word, number in words.items()
    }


# Google Forms


def test_a_real_google_form_with_grids_check_all_and_a_school_typed_four_ways(tmp_path, shared):
    path = real(shared, "googleforms_g2g_teacher_pre_survey_scrubbed.csv")
    raw = pd.read_csv(path.strip("'"), dtype=str)
    grid = next(name for name in raw if "observation and feedback" in name)
    school = "What school will you be teaching at for the 2022-23 school year?"
    typed = raw[school].str.strip().value_counts()
    assert {name: int(typed[name]) for name in typed.index if "illiams" in name} == {
        "Williams": 8, "Williams Elementary": 4, "Williams Elementary School": 1,
    }  # fmt: skip
    labels = sorted(raw[grid].dropna().unique())
    numbers = "{" + ", ".join(f'"{label}": {place % 4 + 1}' for place, label in enumerate(labels)) + "}"
    items = (f"{{a: {{columns: [{json.dumps(grid)}], text: A., answers: ag}}, subj: {{columns: ['What subjects do you teach this year "
             "(check all that apply)?'], text: S., choices: {math: {label: Math}, ela: {label: ELA}, sci: {label: Science}}}}")  # fmt: skip
    book = codebook(items, ag=numbers) | {"parameters/schools.csv": "school_id,name\nw,Williams\n"}
    tables = answers(tmp_path, "", book, form="google_forms", path=path, school=f"'{school}'")
    assert receipt(tables)[:3] == (17, 8, 9) and set_aside(tables) == {"unknown school": 9}
    told = tables.problems[tables.problems["reason"] == "unknown school"]
    offered = told["remedy"].str.contains('The nearest known is "Williams"', regex=False)  # offered, never taken
    assert set(told.loc[offered, "value"]) == {"Williams Elementary", "Williams Elementary School"}
    subjects = raw.loc[raw[school] == "Williams", "What subjects do you teach this year (check all that apply)?"]
    assert counts(tables)["subj.math"] == (8, int(subjects.str.contains("Math").sum()))
    assert "What is your school email address?" in tables.receipts["personal_columns"][0]


def test_options_that_hold_commas_and_what_was_typed_as_other(tmp_path):
    content = (
        'Timestamp,School,Q1,Which?\n10/6/2025 9:00:00,x,1,"Math, applied, Art"\n10/6/2025 9:00:00,x,2,"Art, Origami, folded"\n'
        "10/6/2025 9:00:00,x,2,math\n10/6/2025 9:00:00,x,2,\n"
    )
    items = "{a: {columns: [Q1], text: A., answers: n}, w: {columns: ['Which?'], text: W., choices: {m: {label: Math}, ma: {label: 'Math, applied'}, art: {label: Art}}}}"
    tables = answers(tmp_path, content, codebook(items), form="google_forms")
    assert counts(tables) == {"a": (4, 7), "w.m": (3, 1), "w.ma": (3, 1), "w.art": (3, 2)}
    assert problems(tables) == [(3, "Which?", "Art, Origami, folded", "not among the choices", "flagged")]


# Excel


def test_a_workbook_keeps_text_ids_and_names_what_has_no_value(tmp_path):
    rows = [["School", "Q1", "Q2"], ["007", 1, 2.0], ["007", Formula("B2+1"), 1], ["007", Formula("VLOOKUP(1,A1:A2,9)", error="#N/A"), 3],
            ["007", Formula("1+1", value=2), "Agree"]]  # fmt: skip
    workbook.save(tmp_path / "book.xlsx", rows)
    tables = answers(tmp_path / "d", "", {"parameters/schools.csv": "school_id,name\n007,Bond School\n"}, form="excel",
                     path=f"'{tmp_path / 'book.xlsx'}'")  # fmt: skip
    assert [value[2:] for value in values(tables)] == [("q1", 1), ("q2", 2), ("q2", 1), ("q2", 3), ("q1", 2), ("q2", 3)]
    assert problems(tables) == [
        (3, "Q1", "=B2+1", "a formula without a value", "flagged"),
        (4, "Q1", "#N/A", "a formula that failed", "flagged"),
    ]


def test_a_sheet_is_chosen_and_never_guessed(tmp_path):
    workbook.save(tmp_path / "book.xlsx", [["School", "Q1", "Q2"], ["0101", 1, 2]], [["notes"]])
    where = {"form": "excel", "path": f"'{tmp_path / 'book.xlsx'}'"}
    with pytest.raises(InputError, match="2 sheets hold something: a, b. Write the one that is meant as sheet"):
        answers(tmp_path / "d", "", **where)
    with pytest.raises(InputError, match='there is no sheet "c"'):
        answers(tmp_path / "e", "", **where, sheet="c")
    assert receipt(answers(tmp_path / "f", "", **where, sheet="a")) == (1, 1, 0, 0)


def test_merged_headers_and_title_rows(tmp_path):
    rows = [["Climate survey 2025"], [None, "Help", None], ["School", "Q1", "Q2"], ["0101", 1, 2]]
    workbook.save(tmp_path / "book.xlsx", rows)
    book = {"parameters/codebooks/staff.yaml": """
        answers: {agree: {"1": 1, "2": 2, "3": 3}}
        items: {q1: {columns: ['Help [Q1]'], text: First., answers: agree}, q2: {columns: [Q2], text: Second., answers: agree}}
        scales: {help: {name: Help, about: help, items: [q1, q2], range: [1, 3], source: Ours.}}
        """}  # fmt: skip
    tables = answers(tmp_path / "d", "", book, form="excel", path=f"'{tmp_path / 'book.xlsx'}'", skip_rows="1", header_rows="2")
    assert values(tables) == [("0101", "answers:4", "q1", 1), ("0101", "answers:4", "q2", 2)]


def test_a_tools_export_saved_as_a_workbook_is_read_by_its_form(tmp_path):
    rows = [line.split("|") for line in ("Respondent ID|Start Date|How far?||Other", "||I am heard|I belong|Response", "1|10/06/2025|2|3|x")]
    workbook.save(tmp_path / "book.xlsx", rows)
    items = "{a: {columns: [I am heard], text: A., answers: n}, b: {columns: ['How far? [I belong]'], text: B., answers: n}}"
    tables = answers(tmp_path / "d", "", codebook(items), form="surveymonkey", path=f"'{tmp_path / 'book.xlsx'}'", school=None, school_id="x")
    assert [value[2:] for value in values(tables)] == [("a", 2), ("b", 3)]


# SPSS


def test_spss_labels_and_user_missing_codes(tmp_path):
    import pyreadstat

    frame = pd.DataFrame({"sch": ["007", "007", "007"], "q1": [1.0, 9.0, 3.0], "q2": [2.0, 8.0, None]})
    pyreadstat.write_sav(
        frame, str(tmp_path / "a.sav"), column_labels={"q1": "I am heard", "q2": "I belong", "sch": "School"},
        variable_value_labels={"q1": {1: "Disagree", 3: "Agree", 9: "Omitted"}}, missing_ranges={"q1": [9], "q2": [{"lo": 7, "hi": 8}]},
    )  # fmt: skip
    book = {"parameters/schools.csv": "school_id,name\n007,Bond School\n", "parameters/codebooks/staff.yaml": """
        answers: {agree: {Disagree: 1, Agree: 3, "1": 1, "2": 2, "3": 3}}
        items: {q1: {columns: [I am heard], text: First., answers: agree}, q2: {columns: [q2], text: Second., answers: agree}}
        scales: {help: {name: Help, about: help, items: [q1, q2], range: [1, 3], source: Ours.}}
        """}  # fmt: skip
    for cells, word in (("labels", "Omitted"), ("codes", "9")):
        tables = answers(tmp_path / cells, "", book, form="spss", path=f"'{tmp_path / 'a.sav'}'", school="sch", cells=cells)
        assert values(tables) == [("007", "answers:1", "q1", 1), ("007", "answers:1", "q2", 2), ("007", "answers:3", "q1", 3)]
        assert set_aside(tables) == {"no answer that can be read": 1}
        assert tables.problems.loc[0, ["row", "column", "value"]].tolist() == [2, "q1", word]


def test_a_real_spss_file(tmp_path, shared):
    """192 principals; TC3G21 and others declare 9 as missing. Sums are those of the codes in the file."""
    path = shared / "data" / "talis" / "BCGITAT3_principal_ITA.sav"
    if not path.is_file():
        pytest.skip(f"no real SPSS file: there is no file {path}")
    import pyreadstat

    codes, meta = pyreadstat.read_sav(str(path), user_missing=True, apply_value_formats=False)
    name = next(column for column in codes if set(meta.variable_value_labels.get(column, {})) >= {1, 2, 3, 4, 9} and (codes[column] == 9).any())
    low = [one["lo"] for one in meta.missing_ranges[name]]
    book = codebook(f"{{a: {{columns: [{name}], text: A., answers: n}}}}")
    tables = answers(tmp_path, "", book, form="spss", path=f"'{path}'", school=None, school_id="x", cells="codes")
    held = codes[name][~codes[name].isin(low)].dropna()
    assert 9 in low and counts(tables) == {"a": (len(held), held.sum())}
    assert receipt(tables)[:3] == (192, len(held), 192 - len(held))


# A declared form that is not the file's


@pytest.mark.parametrize(
    ("form", "content", "expected"),
    [
        ("csv", SURVEYMONKEY, "declared as form: csv .one header row., but it looks like a surveymonkey export with 2 header rows"),
        ("surveymonkey", "School,Q1,Q2\n0101,1,2\n", "declared as form: surveymonkey .* looks like a plain table with 1 header row"),
        ("google_forms", SURVEYMONKEY, "declared as form: google_forms .* but it looks like a surveymonkey export"),
        ("excel", "School,Q1,Q2\n0101,1,2\n", "declared as form: excel, but it is text"),
        ("qualtrics", SURVEYMONKEY, "declared as form: qualtrics .* it looks like surveymonkey, for row 1 begins"),
        ("spss", "School,Q1,Q2\n0101,1,2\n", "this SPSS file cannot be read"),
    ],
)
def test_a_declared_form_that_does_not_match_is_refused_with_both_sides(tmp_path, form, content, expected):
    with pytest.raises(InputError, match=expected):
        answers(tmp_path, content, form=form)


def test_one_school_for_the_whole_file(tmp_path):
    assert values(answers(tmp_path / "one", "Q1,Q2\n1,2\n", school=None, school_id="'0101'"))[0][0] == "0101"
    sources = "surveys: {staff: {title: S}}\nsources: {a: {table: responses, survey: staff, form: csv, path: x, wave: 2025-fall, codebook: staff%s}}\n"
    for number, (more, expected) in enumerate((("", "write either school"), (", school_id: '0109'", "has no school_id"))):
        with pytest.raises(InputError, match=expected):
            load(write(tmp_path / str(number), {"parameters/sources.yaml": sources % more}))


def test_roles_times_and_weights_of_respondents(tmp_path):
    content = "School,Q1,Q2,Job,Began,Ended,W\n0101,1,2,Teacher,2025-10-06 09:00,2025-10-06 09:02:05,1.5\n0101,1,2,,2025-10-06 09:00,2025-10-06 08:00,0\n0101,1,2,Aide,soon,,x\n"
    tables = answers(tmp_path, content, role="Job", started="Began", ended="Ended", weight="W")
    found = tables.respondents
    assert found["role"].fillna("").tolist() == ["Teacher", "", "Aide"]
    assert found["seconds"].fillna(-1).tolist() == [125, -1, -1] and found["weight"].fillna(-1).tolist() == [1.5, -1, -1]
    assert [problem[3] for problem in problems(tables)] == ["ended before it began", "a weight of 0", "not a time", "not a weight"]


def test_read_writes_nothing(tmp_path):
    answers(tmp_path, "School,Q1,Q2\n0101,1,2\nnowhere,1,1\n")
    assert not (tmp_path / "data" / "set_aside").exists()
    assert read(load(tmp_path)).aside["answers"][1][0][:4] == [3, "unknown school", "School", "nowhere"]


def test_check_says_what_an_exports_weights_would_change_and_pages_use_none(tmp_path):
    content = "School,Q1,Q2,W\n0101,1,3,1\n0101,3,1,3\n"
    tables = answers(tmp_path, content, weight="W")
    told = list(weighted_lines(load(tmp_path), tables))
    assert told[0] == "Staff survey, 2025-fall: 2 of 2 responses have a weight (design effect 1.25); no page uses it:"
    assert told[1] == "  help: 2.000 without, 2.500 with weights (mean of persons)"  # scores 1 and 3, the second person three times
    assert list(weighted_lines(load(tmp_path), answers(tmp_path / "none", "School,Q1,Q2\n0101,1,2\n"))) == []


# Questions that are answered by a number


def test_impossible_numbers_are_flagged_and_kept_out(tmp_path):
    content = "School,Q1,Years\n0101,1,12\n0101,2,-1726\n0101,2,25-Jun\n0101,3,about ten\n0101,1,\n0101,1,100\n"
    items = "{a: {columns: [Q1], text: A., answers: n}, years: {columns: [Years], text: Years here., range: [0, 60]}}"
    tables = answers(tmp_path, content, codebook(items) | {"parameters/schools.csv": "school_id,name\n0101,X\n"})
    assert counts(tables)["years"] == (1, 12) and counts(tables)["a"] == (6, 10)
    assert [problem[:4] for problem in problems(tables)] == [
        (3, "Years", "-1726", "impossible value"),
        (4, "Years", "25-Jun", "looks like a range that a spreadsheet turned into a date"),
        (5, "Years", "about ten", "not a number"),
        (7, "Years", "100", "impossible value"),
    ]


def test_real_ages_that_no_one_has(tmp_path, shared):
    """1,259 answers, eight of them with ages of -1726 to 99999999999."""
    path = real(shared, "googleforms_osmi2014.csv")
    items = "{a: {columns: [coworkers], text: A., answers: yn}, age: {columns: [Age], text: Age., range: [16, 100]}}"
    tables = answers(tmp_path, "", codebook(items, yn="{'Yes': 1, 'No': 2, Some of them: 3}"), form="google_forms", path=path, school=None, school_id="x")
    told = tables.problems[tables.problems["reason"] == "impossible value"]
    assert sorted(float(value) for value in told["value"]) == [-1726, -29, -1, 5, 8, 11, 329, 99999999999]
    assert receipt(tables)[:3] == (1259, 1259, 0) and counts(tables)["age"][0] == 1259 - 8


def test_a_number_beyond_its_scale_is_refused(tmp_path):
    items = "{a: {columns: [Q1], text: A., range: [0, 10]}}"
    with pytest.raises(InputError, match='"a" goes from 0 to 10, the scale from 1 to 4'):
        load(write(tmp_path, codebook(items)))


@pytest.mark.parametrize(
    ("item", "expected"),
    [("range: [60, 0]", "60 is not below 0"), ("range: [0, 60], answers: n", "write one of answers"), ("", "write one of answers")],
)
def test_what_is_wrong_with_a_question_is_told(tmp_path, item, expected):
    items = f"{{a: {{columns: [Q1], text: A., answers: n}}, years: {{columns: [Years], text: Years here., {item}}}}}"
    with pytest.raises(InputError, match=expected):
        load(write(tmp_path, codebook(items.replace("here., }", "here.}"))))


# Found by looking for what is read wrongly in silence


@pytest.mark.parametrize("day", ["Oct 6, 2025 10:00 AM", "6 Oct 2025 10:00", "45936.58", ""])
def test_the_first_answer_is_never_taken_for_a_header_row(tmp_path, day):
    """Three answers under Qualtrics' names whose other header rows were removed: three are read as csv, and none as qualtrics."""
    line = f'"{day}","{day}",IP Address,R_%d,True,0101,1,2\n'
    content = "StartDate,EndDate,Status,ResponseId,Finished,School,Q1,Q2\n" + "".join(line % number for number in (1, 2, 3))
    assert receipt(answers(tmp_path / "csv", content))[:3] == (3, 3, 0)
    with pytest.raises(InputError, match="not a Qualtrics export"):
        answers(tmp_path / "qualtrics", content, form="qualtrics")


def test_a_percentage_of_a_workbook_is_no_fraction(tmp_path):
    workbook.save(tmp_path / "book.xlsx", [["School", "Q1", "Q2"], ["0101", Percent(0.85), 2], ["0101", 0.85, 1]])
    tables = answers(tmp_path / "d", "", form="excel", path=f"'{tmp_path / 'book.xlsx'}'")
    assert [problem[:3] for problem in problems(tables)] == [(2, "Q1", "85%"), (3, "Q1", "0.85")]


def test_a_workbook_of_the_strict_kind_is_looked_into_as_well(tmp_path):
    workbook.save(tmp_path / "book.xlsx", [["School", "Q1", "Q2"], ["0101", Formula("1+1"), 2], ["0101", Formula("x", error="#N/A"), 2]])
    with zipfile.ZipFile(tmp_path / "book.xlsx") as file:
        parts = {name: file.read(name).decode() for name in file.namelist()}
    strict = {"schemas.openxmlformats.org/spreadsheetml/2006/main": "purl.oclc.org/ooxml/spreadsheetml/main",
              "schemas.openxmlformats.org/officeDocument/2006/relationships": "purl.oclc.org/ooxml/officeDocument/relationships"}  # fmt: skip
    with zipfile.ZipFile(tmp_path / "strict.xlsx", "w") as file:
        for name, text in parts.items():
            for old, new in strict.items():
                text = text.replace(old, new)
            file.writestr(name, text)
    tables = answers(tmp_path / "d", "", form="excel", path=f"'{tmp_path / 'strict.xlsx'}'")
    assert [problem[:3] for problem in problems(tables)] == [(2, "Q1", "=1+1"), (3, "Q1", "#N/A")]


def test_an_archive_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as file:
        file.writestr("content.xml", "<a/>")
    with pytest.raises(InputError, match="no Excel workbook in its XML form. Save it as .xlsx"):
        answers(tmp_path / "d", "", form="excel", path=f"'{tmp_path / 'a.ods'}'")


def test_days_written_day_first_are_declared_and_never_taken_for_others(tmp_path):
    content = "School,Q1,Q2,When\n0101,1,2,13/10/2025\n0101,1,2,06/10/2025\n"
    with pytest.raises(InputError, match=r"row 2, column \"When\": '13/10/2025' has the day first.*dates: day_first"):
        answers(tmp_path / "doubt", content, answered_on="When")
    assert list(answers(tmp_path / "first", content, answered_on="When", dates="day_first").respondents["day"]) == ["2025-10-13", "2025-10-06"]
    slip = answers(tmp_path / "slip", content, answered_on="When", dates="month_first")
    assert list(slip.respondents["day"]) == ["", "2025-06-10"] or slip.respondents["day"].isna().tolist() == [True, False]
    both = "School,Q1,Q2,When\n0101,1,2,13/10/2025\n0101,1,2,10/14/2025\n"
    assert receipt(answers(tmp_path / "both", both, answered_on="When"))[:3] == (2, 2, 0)


def test_the_time_stamp_that_google_forms_downloads(tmp_path):
    content = "Timestamp,School,Q1,Q2\n2025/10/06 2:05:33 PM GMT-5,0101,1,2\n"
    tables = answers(tmp_path, content, form="google_forms", answered_on="Timestamp")
    assert list(tables.respondents["day"]) == ["2025-10-06"] and receipt(tables) == (1, 1, 0, 0)


def test_two_exports_with_columns_in_another_order_are_refused(tmp_path):
    with pytest.raises(InputError, match="row 3 holds the headers in another order"):
        answers(tmp_path, "School,Q1,Q2\n0101,1,2\nSchool,Q2,Q1\n0101,2,1\n")


def test_unseen_marks_do_not_make_another_school(tmp_path):
    assert values(answers(tmp_path, "\ufeffSchool,Q1,Q2\n\u200b0101\u2060,1,2\n"))[0][:2] == ("0101", "answers:2")


def test_a_damaged_qualtrics_export_is_no_plain_table(tmp_path):
    content = 'School,Q1,Q2\nSchool?,First?,Second?\n{"ImportId": "QID1"},QID2,{"ImportId": "QID3"}\n0101,1,2\n'
    for form, words in (("csv", "looks like a qualtrics export with 3 header rows"), ("qualtrics", "its header rows are damaged: .*not in every column")):
        with pytest.raises(InputError, match=words):
            answers(tmp_path / form, content.replace('{"ImportId": "QID1"}', '"{""ImportId"": ""QID1""}"').replace('{"ImportId": "QID3"}', '"{""ImportId"": ""QID3""}"'), form=form)


def choices(tmp_path, cells: list[str], options: str = "m: {label: Math, columns: [M]}, a: {label: Art, columns: [A]}"):
    content = "Q1,M,A\n" + "".join(f"1,{line}\n" for line in cells)
    items = f"{{a: {{columns: [Q1], text: A., answers: n}}, w: {{text: W., choices: {{{options}}}}}}}"
    return answers(tmp_path, content, codebook(items), school=None, school_id="x")


def test_an_unknown_cell_of_a_choice_is_no_answer_and_not_a_no(tmp_path):
    tables = choices(tmp_path, ["1,✓", ",1", "0,0"])
    assert counts(tables)["w.m"] == (3, 1) and counts(tables)["w.a"] == (2, 1)
    assert problems(tables) == [(2, "A", "✓", "neither chosen nor not", "flagged")]


def test_a_choice_called_no_needs_its_cells_named(tmp_path):
    options = "n: {label: 'No', columns: [M]}, y: {label: Art, columns: [A]}"
    with pytest.raises(InputError, match='the label "No" is also what a cell says where nothing was chosen. Write chosen:'):
        choices(tmp_path / "a", ["Yes,1"], options)
    tables = choices(tmp_path / "b", ["No,", "Yes,", ",1"], options.replace("label: 'No',", "label: 'No', chosen: ['No'],"))
    assert counts(tables)["w.n"] == (2, 1)


def test_a_column_of_a_block_called_no_is_chosen_by_no_alone(tmp_path):
    content = "Respondent ID,Start Date,Which?,,Why?\n,,No,Art,Open-Ended Response\n1,10/06/2025,No,,x\n2,10/06/2025,Yes,Art,x\n3,10/06/2025,,Art,x\n"
    items = "{a: {columns: [Why?], text: A., answers: why}, w: {columns: ['Which?'], text: W., choices: {n: {label: 'No'}, art: {label: Art}}}}"
    tables = answers(tmp_path, content, codebook(items, why="{x: 1}"), form="surveymonkey", school=None, school_id="x")
    assert counts(tables)["w.n"] == (2, 1) and counts(tables)["w.art"] == (3, 2)
    assert [problem[2:4] for problem in problems(tables)] == [("Yes", "neither chosen nor not")]


def test_codes_in_one_cell_are_no_choices(tmp_path):
    items = "{a: {columns: [Q1], text: A., answers: n}, w: {columns: [W], text: W., choices: {m: {label: Math}, b: {label: Art}}}}"
    tables = answers(tmp_path, 'Q1,W\n1,"1,3"\n1,Math\n1,"Other: not Art, Math"\n', codebook(items), school=None, school_id="x")
    assert counts(tables)["w.m"] == (2, 2)
    assert [problem[3] for problem in problems(tables)] == ["codes, and no known choice", "not among the choices"]
    assert "After it counted: Math." in tables.problems["remedy"][1]


@pytest.mark.parametrize("cells", ["labels", "codes"])
def test_spss_codes_are_never_mixed_with_labels(tmp_path, cells):
    import pyreadstat

    frame = pd.DataFrame({"q1": [1.0, 2.0, 5.0], "q2": [2.0, 9.0, 1.0], "q3": [1.0, 2.0, 2.0], "sch": ["x", "x", "x"]})
    pyreadstat.write_sav(
        frame, str(tmp_path / "a.sav"), missing_ranges={"q2": [9]},
        variable_value_labels={"q1": {1: "Strongly agree", 5: "Strongly disagree"}, "q2": {1: "Agree", 2: "Neither", 9: "Neither"}, "q3": {1: "Agree", 2: "Agree"}},
    )  # fmt: skip
    ladder = "{Strongly agree: 4, Strongly disagree: 1, Agree: 3, Neither: 2, '1': 1, '2': 2, '5': 4}"
    items = "{a: {columns: [q1], text: A., answers: s}, b: {columns: [q2], text: B., answers: s}, c: {columns: [q3], text: C., answers: s}}"
    tables = answers(tmp_path / "d", "", codebook(items, s=ladder), form="spss", path=f"'{tmp_path / 'a.sav'}'", school="sch", cells=cells)
    reasons = [problem[1:4] for problem in problems(tables)]
    if cells == "codes":
        assert counts(tables) == {"a": (3, 7), "b": (2, 3), "c": (3, 5)}
        assert reasons == [("q2", "9", "declared as missing in the file")]
    else:
        assert counts(tables) == {"a": (2, 5), "b": (2, 5), "c": (3, 9)}
        assert sorted(reasons) == [
            ("q1", "2", "a code without a label"), ("q2", "Neither (9)", "declared as missing in the file"), ("q3", "Agree", "one label for several codes"),
        ]  # fmt: skip


# What was given, not what it counts, is alike

LADDER = {"Strongly disagree": 1, "Disagree": 2, "Agree": 3, "Strongly agree": 4}


def flags(tmp_path, cells: list[str], sets: tuple[str, str]):
    items = ", ".join(f"q{n}: {{columns: [Q{n}], text: T{n}., answers: {sets[n % 2]}}}" for n in range(10))
    mirrored = {label: 5 - number for label, number in LADDER.items()}
    collapsed = {label: 1 if number < 3 else 4 for label, number in LADDER.items()}
    text = f"answers: {json.dumps({'up': LADDER, 'down': mirrored, 'two': collapsed})}\nitems: {{{items}}}\nscales: {{one: {{name: One, about: one, items: [q0, q1], range: [1, 4], source: x}}}}\n"
    content = ",".join(f"Q{n}" for n in range(10)) + "\n" + ",".join(cells) + "\n"
    tables = answers(tmp_path, content, ONE_SCHOOL | {"parameters/codebooks/staff.yaml": text}, school=None, school_id="x")
    return list(tables.respondents["flags"])


def test_a_consistent_person_is_not_flagged_and_a_straight_liner_over_two_answer_sets_is(tmp_path):
    honest = ["Strongly agree", "Strongly disagree"] * 5  # the second question of each pair is worded the other way round
    assert flags(tmp_path / "honest", honest, ("up", "down")) == [""]
    assert flags(tmp_path / "alike", ["Agree"] * 10, ("up", "down")) == ["alike"]
    assert flags(tmp_path / "mixed", ["Agree", "Strongly agree"] * 5, ("two", "two")) == [""]


def test_two_people_with_the_same_few_answers_and_minutes_are_two_people(tmp_path):
    content = "School,Q1,Q2,Seconds,Day\n0101,1,2,300,2025-10-06\n0101,1,2,300,2025-10-06\n"
    tables = answers(tmp_path, content, duration="Seconds", answered_on="Day")
    assert list(tables.respondents["flags"]) == ["", ""] and receipt(tables)[:2] == (2, 2)
