"""One instrument over the years: questions that were put otherwise, or not at all, in some waves."""

from __future__ import annotations

import pytest

from cyclebook.climate import prepare, readings
from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.reading import Reading, sentence
from cyclebook.sources import read
from tests.small_district import values, write

SOURCES = """
    surveys: {staff: {title: Staff survey}}
    sources:
      then: {table: responses, survey: staff, form: csv, path: data/raw/then.csv, wave: 2024-fall, school: School, codebook: staff}
      now: {table: responses, survey: staff, form: csv, path: data/raw/now.csv, wave: 2025-fall, school: School, codebook: staff}
    """
BOOK = """
    answers:
      agree: {Disagree: 1, Neither: 2, Agree: 3}
      yes: {"No": 1, "Yes": 3}
    items:
      q1: {columns: [Q1], text: First., answers: agree, versions: [VERSION]}
      q2: {columns: [Q2], text: Second., answers: agree}
      q3: {columns: [Q3], text: Third., answers: agree}
    scales:
      help: {name: Help, about: help among staff, items: [q1, q2, q3], range: [1, 3], source: Ours.}
    """


def files(version: str, head: str = "Q1") -> dict[str, str]:
    rows = {"then": ("Agree,Agree,Agree", "Neither,Agree,Agree"), "now": ("Agree,Agree,Agree", "Disagree,Neither,Agree")}
    if head == "Old":
        rows["then"] = ("Yes,Agree,Agree", "No,Agree,Agree")
    elif head == "":
        rows["then"] = ("Agree,Agree", "Agree,Neither")
    heads = {"then": ",".join(filter(None, ("School", head, "Q2", "Q3"))), "now": "School,Q1,Q2,Q3"}
    content = {
        f"data/raw/{name}.csv": "\n".join([heads[name], *(f"{school},{line}" for school in ("0101", "0102" if name == "then" else "0103", "NA") for line in rows[name] * 4)])
        for name in rows
    }
    return {"parameters/sources.yaml": SOURCES, "parameters/codebooks/staff.yaml": BOOK.replace("VERSION", version)} | content


def change(folder, version: str, head: str = "Q1"):
    district = load(write(folder, files(version, head)))
    tables = read(district)
    bundles = dict(prepare.prepare(district, tables)[1])
    return district, tables, bundles["0101"]


def test_other_words_are_said_beside_the_change(tmp_path):
    _, tables, bundle = change(tmp_path, "{waves: [2024-fall], text: The first., columns: [Old], answers: yes}", "Old")
    assert {value[3] for value in values(tables) if value[2] == "q1" and value[1].startswith("then")} == {1, 3}
    (scale,) = bundle["scales"]
    assert scale["reworded"] == ["First."] and not scale["other_questions"]
    assert [item["text"] for item in scale["items"]] == ["First.", "Second.", "Third."]
    assert "change_low" in {row["statistic"] for row in bundle["statistics"]}


def test_a_question_that_was_not_asked_then_breaks_the_comparison(tmp_path):
    district, tables, bundle = change(tmp_path, "{waves: [2024-fall], asked: false}", "")
    assert not any(value[2] == "q1" and value[1].startswith("then") for value in values(tables))
    (scale,) = bundle["scales"]
    assert scale["other_questions"] and scale["reworded"] == []
    assert not {row["statistic"] for row in bundle["statistics"]} & {"change_low", "change_high", "change_called"}
    table = prepare.protected(district, tables).rows(school_id="0101")
    said = readings.change(table, scale, "2025-fall", "2024-fall", "Fall 2024")
    assert sentence(said, "en") == "We cannot speak of change in help among staff: it was not asked with the same questions in Fall 2024."


def test_the_same_questions_in_both_waves_need_no_word(tmp_path):
    _, _, bundle = change(tmp_path, "{waves: [2024-fall, 2025-fall], text: The first.}")
    (scale,) = bundle["scales"]
    assert scale["reworded"] == [] and not scale["other_questions"]
    assert scale["items"][0]["text"] == "The first."


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("{waves: [2023-fall], text: Other.}", 'has no wave "2023-fall"; did you mean'),
        ("{waves: [2024-fall]}", "nothing differs"),
        ("{waves: [2024-fall], asked: false, text: Other.}", "asked: false and text do not go together"),
        ("{waves: [2024-fall], text: A.}, {waves: [2024-fall], text: B.}", 'the wave "2024-fall" stands in two of them'),
        ("{waves: [2024-fall], answers: agrees}", 'answers has no set "agrees"; did you mean "agree"'),
    ],
)
def test_what_is_wrong_with_a_version_is_told(tmp_path, version, expected):
    with pytest.raises(InputError, match=expected):
        load(write(tmp_path, files(version)))


def test_one_file_of_several_waves_cannot_hold_two_versions(tmp_path):
    changed = files("{waves: [2024-fall], text: Other.}")
    changed["parameters/sources.yaml"] = SOURCES.replace("wave: 2025-fall", "wave_column: School")
    with pytest.raises(InputError, match="this file holds several waves, and the item q1 was not the same in all"):
        read(load(write(tmp_path, changed)))


@pytest.mark.parametrize(("count", "start"), [(1, "One question on trust was put otherwise"), (2, "2 questions on trust were put otherwise")])
def test_how_many_questions_were_put_otherwise(count, start):
    said = Reading.of("reworded", name="trust", count=count, text="I am heard", wave="Fall 2024")
    assert sentence(said, "en").startswith(start) and "Fall 2024" in sentence(said, "en") and "“I am heard”" in sentence(said, "en")
