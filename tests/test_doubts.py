"""What is flagged about single responses when exports are read: told of, kept, and named in `respondents`."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.sources import Tables
from tests.small_district import answers, problems, receipt

ITEMS = [f"q{number}" for number in range(1, 10)]
BOOK = {
    "parameters/codebooks/staff.yaml": textwrap.dedent(
        """
        answers:
          agree: {Disagree: 1, Neither: 2, Agree: 3}
          size: {1-5: 1, 6-25: 2, 26-100: 3}
        items:
        """
    )
    + "".join(f'  {item}: {{columns: [{item}], text: "{item}.", answers: agree}}\n' for item in ITEMS)
    + "  team: {columns: [Team], text: Team., answers: size}\n"
    + "scales:\n  help: {name: Help, about: help among staff, items: [" + ", ".join(ITEMS) + "], reverse: [q9], range: [1, 3], source: Ours.}\n"
    + "  size: {name: Size, about: size of teams, items: [team], range: [1, 3], source: Ours.}\n"
}  # fmt: skip
HEAD = ",".join(["School", *ITEMS, "Team"])
ALL_AGREE = ["Agree"] * 9
MIXED = ["Agree", "Neither", "Agree", "Agree", "Disagree", "Agree", "Neither", "Agree", "Disagree"]


def line(cells: list[str], *before: str, team: str = "1-5", school: str = "0101") -> str:
    return ",".join([*before, school, *cells, team])


def flags(tables: Tables) -> dict[int, str]:
    return {int(row.row.split(":")[1]): row.flags for row in tables.respondents.itertuples() if row.flags}


def test_the_same_answer_to_questions_worded_both_ways_is_flagged_and_kept(tmp_path):
    lines = [HEAD, line(ALL_AGREE), line(MIXED), line(["Agree"] * 8 + [""]), line([""] + ["Agree"] * 8), line(["Agree"] * 7 + ["", ""])]
    tables = answers(tmp_path, "\n".join(lines), BOOK)
    assert flags(tables) == {2: "alike", 5: "alike"}
    assert receipt(tables) == (5, 5, 0, 2)
    assert problems(tables) == [(row, "", "", "the same answer to a whole set of questions", "flagged") for row in (2, 5)]
    assert "kept" in tables.problems["remedy"][0]


def test_the_columns_are_taken_in_the_order_of_the_file_and_a_short_scale_stays_out(tmp_path):
    short = {"parameters/codebooks/staff.yaml": BOOK["parameters/codebooks/staff.yaml"].replace("q1, q2, q3, ", "")}
    short["parameters/codebooks/staff.yaml"] = "\n".join(
        text for text in short["parameters/codebooks/staff.yaml"].splitlines() if not text.startswith(("  q1:", "  q2:", "  q3:"))
    )
    tables = answers(tmp_path, f"{HEAD}\n{line(ALL_AGREE)}", short)
    assert flags(tables) == {} and receipt(tables) == (1, 1, 0, 0)


def test_a_response_faster_than_reading_is_flagged_where_the_time_is_known(tmp_path):
    head = "Seconds," + HEAD
    lines = [head, line(MIXED, "19.9"), line(MIXED, "20"), line(MIXED, "", school="0103"), line(MIXED, "0", school="NA"), line(MIXED[::-1], "300")]
    tables = answers(tmp_path, "\n".join(lines), BOOK, duration="Seconds")
    assert flags(tables)[2] == "fast" and "fast" not in "".join(text for row, text in flags(tables).items() if row != 2)
    found = tables.problems[tables.problems["reason"] == "answered very fast"]
    assert list(found["value"]) == ["19.9 seconds for 10 questions"] and list(found["column"]) == ["Seconds"]
    assert "half of the responses took 2.0 seconds a question or more" in found["remedy"].iloc[0]


def test_times_in_whole_minutes_are_given_the_minute_that_they_may_lack(tmp_path):
    head = "Begun,Done," + HEAD
    same = ("2025-10-06 08:01", "2025-10-06 08:01")
    tables = answers(tmp_path, "\n".join([head, line(MIXED, *same), line(MIXED[::-1], same[0], "2025-10-06 08:06")]), BOOK, started="Begun", ended="Done")
    assert flags(tables) == {}
    seconds = ("2025-10-06 08:01:00", "2025-10-06 08:01:11")
    tables = answers(tmp_path, "\n".join([head, line(MIXED, *seconds), line(MIXED[::-1], same[0], "2025-10-06 08:06")]), BOOK, started="Begun", ended="Done")
    assert flags(tables) == {2: "fast"}


def test_a_response_sent_again_is_found_in_spite_of_its_time_and_number(tmp_path):
    head = "Timestamp,Response ID," + HEAD + ",Comment"
    first, again = ("10/6/2025 8:01", "R1"), ("10/6/2025 8:02", "R2")
    lines = [head, line(MIXED, *first) + ",More time", line(MIXED, *again) + ",More time", line(MIXED, "10/6/2025 8:03", "R3") + ",Less",
             line(ALL_AGREE, *first) + ",", line(ALL_AGREE, *again) + ","]  # fmt: skip
    tables = answers(tmp_path, "\n".join(lines), BOOK)
    assert flags(tables) == {3: "duplicate_but_time", 5: "alike", 6: "alike"}  # two who agree with everything may be two people
    found = tables.problems[tables.problems["reason"] == "possible duplicate, sent again"]
    assert list(found["row"]) == [3] and "same as row 2" in found["remedy"].iloc[0]
    assert len(tables.respondents) == 5  # nothing is dropped


def test_the_same_in_every_cell_is_one_kind_only(tmp_path):
    head = "Timestamp," + HEAD
    tables = answers(tmp_path, "\n".join([head, *[line(MIXED, "10/6/2025 8:01")] * 2]), BOOK)
    assert flags(tables) == {3: "duplicate"}
    assert problems(tables) == [(3, "", "", "possible duplicate", "flagged")]


def test_without_a_time_two_alike_may_be_two_people_unless_their_answers_are_many_and_varied(tmp_path):
    two = ["Agree", "Neither"] * 4 + ["Agree"]
    tables = answers(tmp_path, "\n".join([HEAD, *[line(two, team="6-25")] * 2, *[line(MIXED)] * 2]), BOOK)
    assert flags(tables) == {5: "duplicate"}
    assert [p[0] for p in problems(tables)] == [3, 5]  # the ledger names both


def test_tokens_tell_people_apart_and_without_a_time_stamp_nothing_is_left_out(tmp_path):
    lines = ["Timestamp,Token," + HEAD, line(MIXED, "8:01", "a"), line(MIXED, "8:02", "b")]
    assert flags(answers(tmp_path, "\n".join(lines), BOOK, person="Token")) == {}
    lines = ["Response ID," + HEAD, line(MIXED, "R1"), line(MIXED, "R2")]
    assert flags(answers(tmp_path, "\n".join(lines), BOOK, response_id="Response ID")) == {}


def test_a_parquet_file_is_compared_in_the_same_way(tmp_path):
    columns = dict(zip(["School", *ITEMS, "Team", "When"], ["0101", *MIXED, "1-5", "t1"], strict=True))
    table = pa.Table.from_pylist([columns, columns | {"When": "t2"}, columns | {"When": "t3", "q1": "Neither"}])
    path = tmp_path / "data/raw/answers.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(table.rename_columns(["Timestamp" if name == "When" else name for name in table.column_names]), path)
    assert flags(answers(tmp_path, "", BOOK, form="parquet", path="data/raw/answers.parquet")) == {2: "duplicate_but_time"}


def test_an_spss_file_is_compared_in_the_same_way(tmp_path):
    columns = dict(zip(["School", *ITEMS, "Team", "Timestamp"], ["0101", *MIXED, "1-5", "t1"], strict=True))
    path = tmp_path / "data/raw/answers.sav"
    path.parent.mkdir(parents=True)
    pyreadstat.write_sav(pd.DataFrame([columns, columns | {"Timestamp": "t2"}, columns | {"Timestamp": "t3", "q1": "Neither"}]), str(path))
    assert flags(answers(tmp_path, "", BOOK, form="spss", path="data/raw/answers.sav")) == {2: "duplicate_but_time"}


def test_a_range_that_became_a_date_is_named_and_no_answer(tmp_path):
    lines = [HEAD, line(MIXED, team="5-Jan"), line(MIXED[::-1], team="2025-06-25"), line(["5-Jan", *MIXED[1:]]), line(["2025-06-25", *MIXED[1:]], team="26-100")]
    tables = answers(tmp_path, "\n".join(lines), BOOK)
    reason = "looks like a range that a spreadsheet turned into a date"
    assert [p for p in problems(tables) if p[3] == reason] == [
        (2, "Team", "5-Jan", reason, "flagged"), (3, "Team", "2025-06-25", reason, "flagged"), (4, "q1", "5-Jan", reason, "flagged"),
    ]  # fmt: skip
    remedies = list(tables.problems.loc[tables.problems["reason"] == reason, "remedy"])
    assert [text.split('"')[1] for text in remedies] == ["1-5", "6-25", "1-5"]
    assert flags(tables) == {2: "date_cell", 3: "date_cell", 4: "date_cell"}
    assert problems(tables)[-1][3] == "answer not in the codebook"  # a day is a range only where ranges are offered
    team = tables.responses[tables.responses["item"] == "team"]
    assert list(team["row"]) == ["answers:4", "answers:5"]


@given(st.lists(st.lists(st.sampled_from(["Agree", "Neither", ""]), min_size=9, max_size=9), min_size=1, max_size=5), st.booleans())
def test_no_flag_ever_drops_a_response_or_changes_an_answer(tmp_path_factory, rows, fast):
    folder = tmp_path_factory.mktemp("d")
    lines = ["Seconds," + HEAD, *(line(row, "3" if fast else "300") for row in rows)]
    tables = answers(folder, "\n".join(lines), BOOK, duration="Seconds")
    assert len(tables.respondents) == len(rows) == tables.receipts["kept"][0]
    wanted = [{"Agree": 3.0, "Neither": 2.0, "": np.nan}[cell] for row in rows for cell in row]
    table = tables.responses.pivot(index="row", columns="item", values="value").reindex(
        [f"answers:{number}" for number in range(2, len(rows) + 2)], columns=ITEMS
    )
    assert pd.Series(wanted).equals(pd.Series(table.to_numpy().ravel()))
    assert all(("fast" in text) == fast for text in tables.respondents["flags"])


YES = {"Yes": 1, "No": 2, "Don't know": 3, "Maybe": 4, "Some of them": 5, "Not sure": 6}
#: Questions of the real form, with what they offer; the companies' sizes as they were offered, not as the spreadsheet left them.
OSMI = dict.fromkeys(["self_employed", "family_history", "treatment", "remote_work", "tech_company", "benefits", "care_options",
                      "wellness_program", "seek_help", "anonymity", "coworkers", "supervisor"], "yes") | {"no_employees": "size"}  # fmt: skip


def test_a_real_form_with_its_times_and_mangled_sizes(shared, tmp_path):
    path = shared / "data" / "exports" / "googleforms_osmi2014.csv"
    raw = pd.read_csv(path, dtype="str", keep_default_na=False)
    countries = list(raw["Country"].unique())
    offers = {"yes": YES, "size": {"1-5": 1, "6-25": 2, "26-100": 3, "100-500": 4, "500-1000": 5, "More than 1000": 6}}
    book = ["answers:"] + [f"  {name}: {{{', '.join(f'{label!r}: {n}' if chr(39) not in label else f'{chr(34)}{label}{chr(34)}: {n}' for label, n in offered.items())}}}" for name, offered in offers.items()]
    book += ["not_applicable: [NA]", "items:"] + [f"  {item}: {{columns: [{item}], text: {item}., answers: {offer}}}" for item, offer in OSMI.items()]
    book += ["scales:", f"  all: {{name: All, about: all questions, items: [{', '.join(OSMI)}], range: [1, 6], source: OSMI.}}"]
    schools = "school_id,name\n" + "\n".join(f"{number:03},\"{name}\"" for number, name in enumerate(countries))
    files = {"parameters/codebooks/staff.yaml": "\n".join(book), "parameters/schools.csv": schools}
    tables = answers(tmp_path, path.read_bytes(), files, school="Country", encoding="utf-8")
    assert receipt(tables)[:3] == (1259, 1259, 0)
    kinds = tables.respondents["flags"].str.split("|").explode().value_counts()
    assert kinds["date_cell"] == 290 + 162
    assert kinds["duplicate"] == 1
    # four rows repeat but for the time; one of them in the time, too
    assert kinds["duplicate_but_time"] == 3
    sizes = tables.problems[tables.problems["column"] == "no_employees"]
    assert sizes["value"].value_counts().to_dict() == {"25-Jun": 290, "5-Jan": 162}
    assert "fast" not in kinds  # no time taken is known
