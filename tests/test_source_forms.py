"""The forms that exports come in: Qualtrics, Parquet, scores from elsewhere, rosters of persons and of head counts."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest

from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.sources import read
from tests.small_district import answers, problems, receipt, roster, rows, values, write

COLUMNS = {
    "StartDate": "startDate",
    "Status": "status",
    "IPAddress": "ipAddress",
    "Finished": "finished",
    "ResponseId": "_recordId",
    "RecipientEmail": "recipientEmail",
    "ExternalReference": "externalDataReference",
    "School": "QID9",
    "Q1": "QID1",
    "Q2": "QID2",
    "Q3": "QID3_TEXT",
}


def qualtrics(*records: str, ids: dict[str, str] = COLUMNS) -> str:
    """A Qualtrics export: names, question texts (one with a line break), ImportIds, answers."""
    table = pd.DataFrame(
        [[f"Text of\n{name}" for name in ids], [json.dumps({"ImportId": i}) for i in ids.values()]], columns=list(ids)
    )
    return table.to_csv(index=False) + "".join(record + "\n" for record in records)


def response(
    record: str = "R_1",
    school: str = "0101",
    q1: str = "1",
    q2: str = "2",
    status: str = "0",
    finished: str = "1",
    person: str = "",
) -> str:
    return f"2025-10-06,{status},10.0.0.1,{finished},{record},a@b.org,{person},{school},{q1},{q2},free text"


def read_qualtrics(folder, content, **changes):
    return answers(folder, content, **({"form": "qualtrics", "school": "QID9"} | changes))


def test_qualtrics_columns_are_found_by_import_id(tmp_path):
    tables = read_qualtrics(tmp_path, qualtrics(response(), response("R_2", "alder", "Agree", "")), person="ExternalReference")
    assert values(tables) == [("0101", "answers:4", "q1", 1), ("0101", "answers:4", "q2", 2), ("0101", "answers:5", "q1", 3)]
    assert receipt(tables) == (2, 2, 0, 0)
    assert tables.receipts["personal_columns"][0] == "IPAddress, RecipientEmail"
    assert tables.receipts["dropped_columns"][0] == 4  # those, StartDate and the free text
    assert tables.responses["person"].isna().all()


def test_qualtrics_columns_are_found_by_first_row_name_too(tmp_path):
    assert rows(read_qualtrics(tmp_path, qualtrics(response()), school="School")) == [4]
    swapped = COLUMNS | {"Q1": "QID2", "Q2": "QID1"}
    with pytest.raises(InputError, match="2 columns could be the item q1"):
        read_qualtrics(tmp_path / "b", qualtrics(response(), ids=swapped))


@pytest.mark.parametrize(
    ("status", "reason"),
    [("Survey Preview", "survey preview"), ("1", "survey preview"), ("Survey Test", "survey test"), ("2", "survey test"),
     ("Spam", "marked as spam"), ("8", "marked as spam"), ("12", "marked as spam"), ("17", "survey preview"),
     ("256", "synthetic response")],
)  # fmt: skip
def test_qualtrics_previews_tests_and_spam_are_set_aside(tmp_path, status, reason):
    tables = read_qualtrics(tmp_path, qualtrics(response(status=status), response("R_2")))
    assert problems(tables) == [(4, "Status", status, reason, "set aside")]
    assert rows(tables) == [5]


@pytest.mark.parametrize("status", ["IP Address", "0", "Imported", "4", "16", ""])
def test_other_qualtrics_statuses_are_kept(tmp_path, status):
    assert problems(read_qualtrics(tmp_path, qualtrics(response(status=status)))) == []


def test_a_qualtrics_status_that_is_not_known_is_told_once(tmp_path):
    tables = read_qualtrics(tmp_path, qualtrics(response(status="IP-Adresse"), response("R_2", status="IP-Adresse")))
    assert problems(tables) == [(4, "Status", "IP-Adresse", "status not known", "flagged")]
    assert "in 2 rows" in tables.problems["remedy"][0]
    assert rows(tables) == [4, 5]


def test_unfinished_responses_are_kept_and_told_if_they_hold_an_answer(tmp_path):
    records = [response(finished="False"), response("R_2", q1="", q2="", finished="0"), response("R_3", finished="True")]
    tables = read_qualtrics(tmp_path, qualtrics(*records))
    assert problems(tables) == [
        (4, "Finished", "False", "unfinished response", "flagged"),
        (5, "", "", "no answers", "set aside"),
    ]
    assert receipt(tables) == (3, 2, 1, 1)


def test_qualtrics_ids_are_looked_for_over_all_files(tmp_path):
    one = "{table: responses, survey: staff, form: qualtrics, path: %s.csv, wave: 2025-fall, school: QID9, codebook: staff}"
    sources = f"surveys: {{staff: {{title: S}}}}\nsources:\n  early: {one % 'early'}\n  late: {one % 'late'}\n"
    files = {"early.csv": qualtrics(response("R_1")), "late.csv": qualtrics(response("R_1"), response("R_2"))}
    tables = read(load(write(tmp_path, {"parameters/sources.yaml": sources} | files)))
    assert list(tables.responses["row"].unique()) == ["early:4", "late:5"]
    assert list(tables.problems[["source", "row", "reason"]].iloc[0]) == ["late", 4, "same response id twice"]
    assert "row 4 of early is kept" in tables.problems["remedy"][0]


def test_numbers_as_ids_are_looked_for_in_their_own_file(tmp_path):
    one = "{table: responses, survey: staff, form: csv, path: %s.csv, wave: 2025-fall, school: S, response_id: N, codebook: staff}"
    sources = f"surveys: {{staff: {{title: S}}}}\nsources:\n  a: {one % 'a'}\n  b: {one % 'b'}\n"
    files = {f"{name}.csv": "S,N,Q1,Q2\n0101,1,1,1\n" for name in "ab"}
    assert len(read(load(write(tmp_path, {"parameters/sources.yaml": sources} | files))).problems) == 0


def test_tables_that_are_no_qualtrics_export_are_refused_with_both_sides(tmp_path):
    for number, content in enumerate(("School,Q1,Q2\n0101,1,1\n0101,1,1\n", qualtrics().replace("ImportId", "Id"), "School,Q1,Q2\n0101,1,1\n")):
        with pytest.raises(InputError, match="declared as form: qualtrics.* (not a Qualtrics export: it looks like .*, for |its header rows are damaged)"):
            read_qualtrics(tmp_path / str(number), content)
    with pytest.raises(InputError, match="declared as person.*never read"):
        read_qualtrics(tmp_path / "mail", qualtrics(response()), person="RecipientEmail")
    with pytest.raises(InputError, match='column "ExternalReference": declared as person, but it holds e-mail'):
        read_qualtrics(tmp_path / "reference", qualtrics(response(person="a@b.org")), person="ExternalReference")


def test_a_real_qualtrics_export(tmp_path, shared):
    sample = shared / "data" / "exports" / "qualtrics_ropensci_sample.csv"
    if not sample.is_file():
        pytest.skip(f"no real Qualtrics export: there is no file {sample}")
    codebook = """
        answers: {choice: {"1": 1, "2": 2, "3": 3}}
        items: {q1: {columns: [QID1], text: One., answers: choice}}
        scales: {one: {name: One, about: one, items: [q1], range: [1, 3], source: x}}
        """
    schools = "school_id,name,aliases\nx,X,DE|EN\n"
    files = {"parameters/codebooks/staff.yaml": codebook, "parameters/schools.csv": schools}
    tables = answers(tmp_path, "", files, form="qualtrics", path=f"'{sample}'", school="UserLanguage")
    read_rows, kept, aside, _ = receipt(tables)
    assert read_rows == kept + aside > 0
    assert values(tables)[0] == ("x", "answers:4", "q1", 2)
    personal = tables.receipts["personal_columns"][0].split(", ")
    assert personal == [
        "IPAddress",
        "RecipientLastName",
        "RecipientFirstName",
        "RecipientEmail",
        "LocationLatitude",
        "LocationLongitude",
    ]


def parquet(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file)
    return file.getvalue()


def test_parquet_ids_and_codes_become_text_without_decimals(tmp_path):
    schools = {"parameters/schools.csv": "school_id,name\n3001,A\n250000123456,B\n"}
    frame = pd.DataFrame(
        {"School": [3001.0, 250000123456.0, None], "T": [2**60 + 1, 2, 3], "Q1": [1.0, 2.0, 2.0], "Q2": ["Agree", None, "1"]}
    )
    tables = answers(tmp_path, parquet(frame), schools, form="parquet", person="T")
    assert values(tables) == [
        ("3001", "answers:1", "q1", 1),
        ("3001", "answers:1", "q2", 3),
        ("250000123456", "answers:2", "q1", 2),
    ]
    assert list(tables.responses["person"]) == [str(2**60 + 1)] * 2 + ["2"]
    assert problems(tables) == [(3, "School", "", "no school", "set aside")]


def test_parquet_whole_numbers_with_gaps_keep_all_their_digits(tmp_path):
    frame = pd.DataFrame(
        {"School": ["0101", "0101"], "T": pd.array([2**60 + 1, None], dtype="Int64"), "Q1": [1, 2], "Q2": [1, 2]}
    )
    tables = answers(tmp_path, parquet(frame), form="parquet", person="T")
    assert list(tables.responses["person"].fillna("-")) == [str(2**60 + 1)] * 2 + ["-"] * 2


def test_parquet_rows_that_are_the_same_are_told(tmp_path):
    frame = pd.DataFrame({"School": ["0101"] * 3, "Q1": [1, 1, 1], "Q2": [1, 1, 1], "minutes": [3.5, 4.5, 3.5]})
    tables = answers(tmp_path, parquet(frame.assign(School=frame["School"].astype("category"))), form="parquet")
    assert problems(tables) == [(3, "", "", "possible duplicate", "flagged")]
    assert len(values(tables)) == 6


SCORED = {
    "parameters/codebooks/staff.yaml": """
        not_applicable: ["."]
        scales:
          calm: {name: Calm, about: calm, column: CALM, source: x}
          pace: {name: Pace, about: pace, column: PACE, range: [0, 10], source: x}
        """
}


def test_scores_are_taken_as_they_stand(tmp_path):
    content = 'School,CALM,PACE\n0101,1.25,10\n0101,-3e-1,10.5\n0101,.,0\n0101,high,3\n0101,"1,5",3\n0101,inf,\n'
    tables = answers(tmp_path, content, SCORED, scored="true")
    assert [(row, item, value) for _, row, item, value in values(tables)] == [
        ("answers:2", "calm", 1.25), ("answers:2", "pace", 10), ("answers:3", "calm", -0.3), ("answers:4", "pace", 0),
        ("answers:5", "pace", 3), ("answers:6", "pace", 3),
    ]  # fmt: skip
    assert problems(tables) == [
        (3, "PACE", "10.5", "value out of range", "flagged"),
        (5, "CALM", "high", "not a number", "flagged"),
        (6, "CALM", "1,5", "not a number", "flagged"),
        (7, "CALM", "inf", "no answer that can be read", "set aside"),
    ]


def test_scores_in_parquet_keep_every_digit(tmp_path):
    exact = [0.1 + 0.2, 1 / 3, np.inf]
    frame = pd.DataFrame({"School": ["0101"] * 3, "CALM": exact, "PACE": [1, 2, 11]})
    tables = answers(tmp_path, parquet(frame), SCORED, form="parquet", scored="true")
    assert [value for _, _, item, value in values(tables) if item == "calm"] == exact[:2]
    assert problems(tables) == [(3, "CALM", "inf", "no answer that can be read", "set aside")]


def test_a_roster_of_persons(tmp_path):
    content = "School,Token,Role\n0101,a,Teacher\n0101,a,Coach\n0103,a,Coach\nNowhere,b,Teacher\nAlder,,\n"
    tables = roster(tmp_path, content, person="Token", role="Role")
    found = tables.roster.fillna("-")
    assert list(found.itertuples(index=False, name=None)) == [
        ("0101", "2025-fall", "a", "Teacher", 1),
        ("0103", "2025-fall", "a", "Coach", 1),
        ("0101", "2025-fall", "-", "-", 1),
    ]
    assert problems(tables) == [
        (3, "Token", "a", "same person twice", "set aside"),
        (4, "Token", "a", "same person at two schools", "flagged"),
        (5, "School", "Nowhere", "unknown school", "set aside"),
        (6, "Token", "", "no token", "flagged"),
    ]
    assert receipt(tables) == (5, 3, 2, 2)


def test_a_roster_of_head_counts(tmp_path):
    content = 'School,Staff\n0101,"1,024"\n0103,38.0\nNA,0\n0101,-3\n0101,3.5\n0101,\n0101,"1,02"\n0101,many\n0102,3\n'
    tables = roster(tmp_path, content, head_count="Staff")
    assert list(tables.roster[["school_id", "head_count"]].itertuples(index=False, name=None)) == [
        ("0101", 1024),
        ("0103", 38),
        ("NA", 0),
    ]
    assert tables.roster["person"].isna().all()
    wrong = "head count is not a whole number of people"
    assert [problem[:4] for problem in problems(tables)] == [
        (5, "Staff", "-3", wrong), (6, "Staff", "3.5", wrong), (7, "Staff", "", "no head count"), (8, "Staff", "1,02", wrong),
        (9, "Staff", "many", wrong), (10, "School", "0102", "school closed")]  # fmt: skip


def test_a_second_head_count_for_a_school_is_added_and_told(tmp_path):
    content = "School,Role,Staff\n0101,Teacher,30\n0101,Aide,4\nAlder,Teacher,2\n0101,Aide,4\n"
    tables = roster(tmp_path, content, head_count="Staff", role="Role")
    assert tables.roster["head_count"].sum() == 40
    assert problems(tables) == [
        (4, "Staff", "2", "second head count for this school", "flagged"),
        (5, "", "", "possible duplicate", "flagged"),
    ]
