"""Reading exports: what is kept, what is set aside and why; nothing guessed, no good row lost, nothing personal read."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.sources import read
from tests.small_district import answers, problems, receipt, roster, rows, values, write


def test_answers_become_a_long_table(tmp_path):
    tables = answers(tmp_path, "School,Token,Q1,Q2,Comment\n0101,007,Agree, disAGREE ,\nNA,,2,,\n", person="Token")
    assert values(tables) == [("0101", "answers:2", "q1", 3), ("0101", "answers:2", "q2", 1), ("NA", "answers:3", "q1", 2)]
    assert list(tables.responses["person"].fillna("-")) == ["007", "007", "-"]
    assert set(tables.responses["survey"]) == {"staff"} and set(tables.responses["wave"]) == {"2025-fall"}
    assert receipt(tables) == (2, 2, 0, 0)
    assert list(tables.receipts[["form", "wave", "dropped_columns", "personal_columns"]].iloc[0]) == ["csv", "2025-fall", 1, ""]


def test_labels_codes_and_what_means_no_answer(tmp_path):
    content = "School,Q1,Q2\n0101,3,Agree\n0101,does  not apply,3\n0101,-99,1\n0101,Agreee,3.0\n0101,9,1\n0101,1,\n"
    tables = answers(tmp_path, content)
    assert [value for _, _, item, value in values(tables) if item == "q1"] == [3, 1]
    assert problems(tables) == [
        (5, "Q1", "Agreee", "no answer that can be read", "set aside"),
        (6, "Q1", "9", "answer out of range", "flagged"),
    ]
    assert 'nearest known is "Agree"' in tables.problems["remedy"][0] and "staff.yaml" in tables.problems["remedy"][0]


def test_a_cell_that_cannot_be_read_is_no_answer_and_the_row_is_kept(tmp_path):
    tables = answers(tmp_path, "School,Q1,Q2\n0101,Agreed,3\n")
    assert values(tables) == [("0101", "answers:2", "q2", 3)]
    assert problems(tables) == [(2, "Q1", "Agreed", "answer not in the codebook", "flagged")]


def test_rows_without_answers_are_set_aside(tmp_path):
    tables = answers(tmp_path, "School,Q1,Q2\n0101,,\n,N/A,\n0101,-99, \n")
    assert [(row, reason) for row, _, _, reason, _ in problems(tables)] == [
        (2, "no answers"), (3, "no answer that can be read"), (4, "no answers")]  # fmt: skip
    assert receipt(tables) == (3, 0, 3, 0)
    assert tables.responses.empty


def test_schools_that_are_not_known_or_not_open_are_set_aside(tmp_path):
    content = "School,Q1,Q2\nAldr Creek,1,1\n,1,1\nBirch Lane School,1,1\n alder  CREEK ,1,1\n101,1,1\n"
    tables = answers(tmp_path, content)
    assert problems(tables) == [
        (2, "School", "Aldr Creek", "unknown school", "set aside"),
        (3, "School", "", "no school", "set aside"),
        (4, "School", "Birch Lane School", "school closed", "set aside"),
        (6, "School", "101", "unknown school", "set aside"),
    ]
    remedies = list(tables.problems["remedy"])
    assert 'nearest known is "Alder Creek"' in remedies[0] and "aliases" in remedies[0]
    assert "2025-06-13" in remedies[2] and "Cedar School" in remedies[2]
    assert 'nearest known is "0101"' in remedies[3]
    assert rows(tables) == [5]


def test_a_school_that_opened_after_the_wave_is_set_aside(tmp_path):
    tables = answers(tmp_path, "School,Q1,Q2\n0103,1,1\n0102,1,1\n", wave="2024-fall")
    assert problems(tables) == [(2, "School", "0103", "school not yet open", "set aside")]


def test_a_school_that_closed_or_opened_during_the_wave_is_kept(tmp_path):
    schools = {"parameters/schools.csv": "school_id,name,opened,closed\na,A,,2025-10-06\nb,B,2025-10-24,\n"}
    assert rows(answers(tmp_path, "School,Q1,Q2\na,1,1\nb,1,1\n", schools)) == [2, 3]


def test_waves_may_stand_in_a_column(tmp_path):
    content = "School,When,Q1,Q2\n0101,2025-FALL,1,1\n0101,2024-fall,1,1\n0101,2023-fall,1,1\n0101,,1,1\n0103,2024-fall,1,1\n"
    tables = answers(tmp_path, content, wave=None, wave_column="When")
    assert list(tables.responses["wave"].unique()) == ["2025-fall", "2024-fall"]
    assert [problem[:4] for problem in problems(tables)] == [
        (4, "When", "2023-fall", "unknown wave"),
        (5, "When", "", "no wave"),
        (6, "School", "0103", "school not yet open"),
    ]
    assert tables.receipts["wave"][0] == "2024-fall, 2025-fall"


def test_the_later_of_two_responses_with_one_id_is_set_aside(tmp_path):
    content = "School,Id,Q1,Q2\nnowhere,r1,1,1\n0101,r1,1,1\n0101,r1,3,3\n0101,,1,1\n0101,,1,1\n"
    tables = answers(tmp_path, content, response_id="Id")
    assert rows(tables) == [3, 5, 6]
    assert problems(tables)[1] == (4, "Id", "r1", "same response id twice", "set aside")
    assert "row 3 of answers is kept" in tables.problems["remedy"][1]


def test_of_one_person_the_row_with_most_answers_is_kept(tmp_path):
    content = "School,Token,Q1,Q2\n0101,a,1,\n0101,a,2,2\n0101,a,3,3\n0101,b,1,\n0101,,1,\n0101,,1,\n"
    tables = answers(tmp_path, content, person="Token")
    assert rows(tables) == [3, 5, 6, 7]
    assert problems(tables) == [
        (2, "Token", "a", "same person twice", "set aside"),
        (4, "Token", "a", "same person twice", "set aside"),
    ]
    assert all("row 3 of answers is kept" in remedy for remedy in tables.problems["remedy"])


def test_a_person_is_looked_for_over_all_files_of_the_survey(tmp_path):
    one = "{table: responses, survey: %s, form: csv, path: data/raw/%s.csv, wave: 2025-fall, school: School, person: T, "
    one += "codebook: staff}\n"
    sources = "surveys: {staff: {title: S}, other: {title: O}}\nsources:\n" + "".join(
        f"  {name}: {one % (survey, name)}" for name, survey in (("web", "staff"), ("paper", "staff"), ("third", "other"))
    )
    content = "School,T,Q1,Q2\n0101,a,1,1\n"
    files = {"parameters/sources.yaml": sources, **{f"data/raw/{name}.csv": content for name in ("web", "paper", "third")}}
    tables = read(load(write(tmp_path, files)))
    assert list(tables.responses["row"].unique()) == ["web:2", "third:2"]
    assert list(tables.problems[["source", "row", "reason"]].iloc[0]) == ["paper", 2, "same person twice"]


def test_a_person_at_two_schools_is_kept_and_told(tmp_path):
    tables = answers(tmp_path, "School,Token,Q1,Q2\n0101,a,1,1\n0103,a,1,1\nNA,b,1,1\n", person="Token")
    assert rows(tables) == [2, 3, 4]
    assert problems(tables) == [(3, "Token", "a", "same person at two schools", "flagged")]
    assert "row 2 of answers" in tables.problems["remedy"][0]


def test_rows_that_are_the_same_in_every_cell_are_kept_and_told(tmp_path):
    content = "Time,School,Q1,Q2\n10:01,0101,1,1\n10:02,0101,1,1\n10:01,0101,1,1\n"
    tables = answers(tmp_path, content)
    assert rows(tables) == [2, 3, 4]
    assert problems(tables) == [(4, "", "", "possible duplicate", "flagged")]
    assert "row 2" in tables.problems["remedy"][0]
    assert problems(answers(tmp_path / "b", content.replace("Time", "Id"), response_id="Id"))[0][3] == "same response id twice"


def test_ragged_rows_are_set_aside_never_shifted(tmp_path):
    tables = answers(tmp_path, "School,Q1,Q2\n0101,1\n0101,1,2,3\n\n,,\n0101,3,3\n")
    assert [(row, reason) for row, _, _, reason, _ in problems(tables)] == [
        (2, "cells do not fit the headers"),
        (3, "cells do not fit the headers"),
    ]
    assert tables.problems["remedy"][0].startswith("2 cells under 3 headers")
    assert values(tables) == [("0101", "answers:6", "q1", 3), ("0101", "answers:6", "q2", 3)]
    assert receipt(tables) == (3, 1, 2, 0)


def test_quoted_line_breaks_are_one_row(tmp_path):
    content = 'School,"Why, so?",Q1,Q2\r\n0101,"one\r\ntwo, ""three""\r\n",1,1\r\n0101,x,2,2\r\n'
    tables = answers(tmp_path, content.encode())
    assert rows(tables) == [2, 3]
    assert receipt(tables) == (2, 2, 0, 0)


@pytest.mark.parametrize("bad", ['0101,"never closed,1,1', '0101,"closed"too late,1,1'])
def test_a_broken_quotation_mark_costs_its_row_only(tmp_path, bad):
    content = "School,Why,Q1,Q2\n0101,a,1,1\n" + bad + '\n0101,b,2,2\n0101,"c, d",3,3\n'
    tables = answers(tmp_path, content)
    assert [problem[0] for problem in problems(tables)] == [3]
    assert tables.problems["reason"][0] == "broken quotation marks"
    assert rows(tables) == [2, 4, 5]


def test_a_file_full_of_broken_quotation_marks_is_refused(tmp_path):
    with pytest.raises(InputError, match="quotation marks of more than 100 rows"):
        answers(tmp_path, "School,Q1,Q2\n" + '0101,"x"y,1\n' * 101)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_tell_the_encoding(tmp_path, encoding):
    tables = answers(tmp_path, "School,Q1,Q2\nNuevo Año School,1,1\n".encode(encoding))
    assert list(tables.responses["school_id"]) == ["NA", "NA"]


def test_another_encoding_is_declared(tmp_path):
    content = "School,Q1,Q2\n0101,1,1\nNuevo Año School,1,1\n".encode("cp1252")
    assert rows(answers(tmp_path, content, encoding="cp1252")) == [2, 3]
    with pytest.raises(InputError, match=r"data/raw/answers\.csv \(source answers\): line 3 is not utf-8.*cp1252"):
        answers(tmp_path / "b", content)
    assert rows(answers(tmp_path / "c", content.decode("cp1252").encode("utf-16-le"), encoding="utf-16-le")) == [2, 3]


def test_other_delimiters_are_declared(tmp_path):
    assert rows(answers(tmp_path, "School;Q1;Q2\n0101;1;1\n", delimiter='";"')) == [2]
    assert rows(answers(tmp_path / "b", "School\tQ1\tQ2\n0101\t1\t1\n", form="tsv")) == [2]
    with pytest.raises(InputError, match='Write delimiter: ";"'):
        answers(tmp_path / "c", "School;Q1;Q2\n0101;1;1\n")


def test_text_stays_text(tmp_path):
    tables = answers(
        tmp_path, "School,Token,Q1,Q2\nNA,007,1,1\nNA,1e3,1,1\nNA,NULL,1,1\nNA,nan,1,1\nNA,None,1,1\n", person="Token"
    )
    assert list(tables.responses["person"].unique()) == ["007", "1e3", "NULL", "nan", "None"]


REFUSED = {
    "empty file": ("", {}, "the file is empty"),
    "excel": (b"PK\x03\x04rest", {}, "Excel workbook"),
    "no bom": ("School,Q1,Q2\n0101,1,1\n".encode("utf-16-le"), {}, "null characters.*encoding: utf-16"),
    "no column": ("Schule,Q1,Q2\n0101,1,1\n", {}, 'no column "School" for school; did you mean "Schule"'),
    "no item": ("School,Q1\n0101,1\n", {}, 'no column "QID2" or "Q2" for the item q2'),
    "item twice": (
        "School,Q1,Q2,Q2\n0101,1,1,2\n",
        {},
        r'2 columns could be the item q2: "Q2" \(column 3\), "Q2" \(column 4\)',
    ),
    "both names": ("School,Q1,QID1,Q2\n0101,1,1,2\n", {}, "2 columns could be the item q1"),
    "e-mail column": (
        "School,Q1,Q2,E-mail Address\n0101,1,1,x\n",
        {"person": "E-mail Address"},
        "declared as person.*never read",
    ),
    "name column": ("School,Q1,Q2,Last Name\n0101,1,1,x\n", {"person": "Last name"}, "declared as person.*never read"),
    "e-mail in tokens": (
        "School,Q1,Q2,T\n0101,1,1,a\n0101,1,1,b@c.org\n",
        {"person": "T"},
        r'row 3, column "T".*e-mail addresses',
    ),
    "no file": ("", {"path": "data/raw/anwsers.csv"}, r'data/raw/anwsers\.csv.*no such file; did you mean "answers\.csv"'),
    "no folder": ("", {"path": "rwa/answers.csv"}, "its folder does not exist"),
    "no parquet": ("School", {"form": "parquet"}, "not a Parquet file"),
    "blank header": (",,\n0101,1,1\n", {}, "row 1 should hold headers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_row_can_mend_is_refused(tmp_path, case):
    content, changes, expected = REFUSED[case]
    with pytest.raises(InputError, match=expected) as caught:
        answers(tmp_path, content, **changes)
    assert str(tmp_path) not in str(caught.value) and "b@c.org" not in str(caught.value)


def test_undeclared_columns_may_stand_twice_and_have_no_name(tmp_path):
    assert rows(answers(tmp_path, "School,Q1,Q2,Why,Why,,\n0101,1,1,a,b,c,d\n")) == [2]


def test_personal_columns_are_counted_and_never_read(tmp_path):
    content = "IP Address,School,Q1,Q2,First Name,E-Mail,LocationLatitude,Comment\n10.0.0.1,0101,1,8,Ann,a@b.org,47.1,secret\n"
    tables = answers(tmp_path, content)
    found = tables.receipts.iloc[0]
    assert (found["dropped_columns"], found["personal_columns"]) == (5, "IP Address, First Name, E-Mail, LocationLatitude")
    everything = "\n".join(table.to_csv() for table in (tables.responses, tables.problems, tables.roster))
    assert not any(text in everything for text in ("10.0.0.1", "Ann", "a@b.org", "47.1", "secret"))


def test_a_list_of_schools_may_call_its_column_name(tmp_path):
    tables = roster(tmp_path, "Name,Staff\nAlder,9\n", school="Name", head_count="Staff")
    assert list(tables.roster["head_count"]) == [9]


def test_nothing_declared_gives_empty_tables(tmp_path):
    tables = read(load(write(tmp_path, {"parameters/sources.yaml": None})))
    for table in (tables.roster, tables.responses, tables.problems, tables.receipts):
        assert len(table) == 0 and len(table.columns) >= 5
    assert receipt(answers(tmp_path / "b", "School,Q1,Q2\n")) == (0, 0, 0, 0)


#: Each kind of row that a real export holds: its line in the file, and whether it is kept.
GOOD = '0101,{token},Agree,3,"fine, thanks"'
ROWS = {
    "good": (GOOD, True),
    "another school": ('NA,{token},1,Neither,"a\nb"', True),
    "partly answered": ("alder creek,{token},,1,", True),
    "anonymous": ("0101,,2,2,", True),
    "misspelt label": ("0101,{token},Agreee,1,", True),
    "out of range": ("0101,{token},9,1,", True),
    "at two schools": ("0103,t0,1,1,", True),
    "blank": ("", None),
    "only delimiters": (",,,,", None),
    "no answer": ("0101,{token},,N/A,", False),
    "not applicable": ("0101,{token},-99,Does not apply,", False),
    "unknown school": ("Aldr Creek,{token},1,1,", False),
    "no school": (",{token},1,1,", False),
    "closed school": ("0102,{token},1,1,", False),
    "too short": ("0101,{token},1", False),
    "too long": ("0101,{token},1,1,,,", False),
    "broken quotation mark": ('0101,{token},1,1,"x"y', False),
    "first person again": ("0101,t0,1,,", False),
}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(ROWS)), max_size=25))
def test_every_row_is_kept_or_set_aside_and_no_good_row_is_lost(tmp_path, kinds):
    """Whatever the mess, in whatever order: read = kept + set aside, and exactly the good rows are kept."""
    kinds = ["good", *kinds]
    lines = [ROWS[kind][0].format(token=f"t{number}") for number, kind in enumerate(kinds)]
    twos = [number for number, kind in enumerate(kinds) if kind == "at two schools"]
    tables = answers(tmp_path, "School,Token,Q1,Q2,Why\n" + "\n".join(lines) + "\n", person="Token")
    expected = [number + 2 for number, kind in enumerate(kinds) if ROWS[kind][1] and number not in twos[1:]]
    assert rows(tables) == expected
    counted = sum(ROWS[kind][1] is not None for kind in kinds)
    aside = int((tables.problems["action"] == "set aside").sum())
    flags = int((tables.problems["action"] == "flagged").sum())
    assert receipt(tables) == (counted, len(expected), counted - len(expected), flags)
    assert aside == counted - len(expected)
    assert not tables.problems[tables.problems["action"] == "set aside"]["row"].duplicated().any()
    assert set(tables.problems[tables.problems["action"] == "flagged"]["row"]) <= set(expected)
