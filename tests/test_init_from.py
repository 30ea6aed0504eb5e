"""`cyclebook init --from`: what is proposed from an export of which nothing is declared, what is asked, and what is never taken."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import stat
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.cli import main
from cyclebook.errors import InputError
from cyclebook.init import from_exports, ladders, school_names
from cyclebook.init.ask import ask, parse
from cyclebook.init.blocks import against
from cyclebook.init.book import favourable
from cyclebook.init.export import open_export
from cyclebook.init.look import split_options
from cyclebook.init.propose import EVERYONE, propose
from cyclebook.init.resolve import Question
from cyclebook.init.study import study
from cyclebook.init.write import quoted
from cyclebook.parameters import load
from cyclebook.sources import read
from tests import workbook

AGREE = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
SCHOOLS = ("Alder Elementary", "Birch Middle School", "Cedar High School")
STATEMENTS = ("I trust my colleagues.", "We share what works.", "I can admit a mistake.")


def table(path: Path, *rows) -> Path:
    """A CSV file of some rows."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def answered(number: int, *, seed: int = 1, labels=AGREE, statements: int = 3) -> list[list[str]]:
    """Rows of a made-up survey: a time, an e-mail, a school, answers that go together, and words of one's own."""
    rng = random.Random(seed)
    rows = []
    for row in range(number):
        mood = rng.randrange(len(labels))
        picks = [labels[min(max(mood + rng.choice((-1, 0, 1)), 0), len(labels) - 1)] for _ in range(statements)]
        day = date(2025, 10, 6) + timedelta(days=row % 12)
        words = f"CANARY {row}: what I want to say of this school this year is long."
        rows.append([f"{day} 08:{row % 60:02}:00", f"canary{row}@example.org", SCHOOLS[row % 3], *picks, words])
    return rows


def google(path: Path, rows=None, extra: tuple[str, ...] = ()) -> Path:
    head = ["Timestamp", "Email Address", "Which school do you work at?", *(f"How far do you agree? [{text}]" for text in STATEMENTS), "Anything else?"]
    return table(path, [*head, *extra], *(rows or answered(60)))


def qualtrics(path: Path, rows=None) -> Path:
    names = ["StartDate", "RecipientEmail", "Q1", "Q5_1", "Q5_2", "Q5_3", "Q9"]
    texts = ["Start Date", "Recipient Email", "At which school do you work?", *(f"How far do you agree? - {text}" for text in STATEMENTS), "Anything else?"]
    ids = ["startDate", "recipientEmail", "QID1", "QID5_1", "QID5_2", "QID5_3", "QID9_TEXT"]
    return table(path, names, texts, [json.dumps({"ImportId": one}) for one in ids], *(rows or answered(60)))


def surveymonkey(path: Path, rows=None) -> Path:
    first = ["Respondent ID", "Email Address", "Which school do you work at?", "How far do you agree?", "", "", "Anything else?"]
    second = ["", "", "Response", *STATEMENTS, "Open-Ended Response"]
    return table(path, first, second, *([str(7000 + number), *row[1:]] for number, row in enumerate(rows or answered(60))))


def excel(path: Path, rows=None) -> Path:
    head = ["Submitted", "Email Address", "School", *STATEMENTS, "Comments"]
    return workbook.save(path.with_suffix(".xlsx"), [head, *(rows or answered(60))])


def spss(path: Path, rows=None) -> Path:
    import pyreadstat

    rows = rows or answered(60)
    frame = pd.DataFrame({f"help_{number}": [float(AGREE.index(row[2 + number]) + 1) for row in rows] for number in (1, 2, 3)})
    frame.insert(0, "school", [row[2] for row in rows])
    frame["comment"] = [row[-1] for row in rows]
    labels = {f"help_{number}": {place: label for place, label in enumerate(AGREE, start=1)} for number in (1, 2, 3)}
    words = ["School", *STATEMENTS, "Comment"]
    target = path.with_suffix(".sav")
    pyreadstat.write_sav(frame, str(target), variable_value_labels=labels, column_labels=words)
    return target


def proposed(*paths: Path, **decided):
    return propose([study(open_export(path)) for path in paths], {key.replace("__", ":"): value for key, value in decided.items()})


def made(folder: Path, *paths: Path, answer=None):
    """The folder as written, loaded; and what was said on the screen."""
    said: list[str] = []
    ready = from_exports.prepare(folder, list(paths), answer, said.append)
    from_exports.make(folder, ready)
    return load(folder), "\n".join(said), ready.proposal


def questions(proposal, kind: str) -> list[Question]:
    return [question for question in proposal.questions if question.id.split(":")[0] == kind]


@pytest.mark.parametrize(("form", "make"), [("google_forms", google), ("qualtrics", qualtrics), ("surveymonkey", surveymonkey), ("excel", excel), ("spss", spss)])
def test_an_export_of_each_form_becomes_a_folder_that_is_read(tmp_path, form, make):
    path = make(tmp_path / "staff.csv")
    district, said, proposal = made(tmp_path / "new", path)
    source = next(iter(district.sources.values()))
    assert source.form == form and source.path == tmp_path / "new" / "data" / "raw" / path.name and source.path.read_bytes() == path.read_bytes()
    assert [school.name for school in district.schools.values()] == list(SCHOOLS)
    assert [school.level for school in district.schools.values()] == ["elementary", "middle", "high"]
    scale = next(iter(district.scales.values()))
    book = district.codebooks[source.codebook]
    assert [book.items[item].text for item in scale.items] == list(STATEMENTS)
    assert dict(book.items[scale.items[0]].answers) == {label: number for number, label in enumerate(AGREE, start=1)}
    assert (scale.low, scale.high, scale.favourable, scale.reverse) == (1, 5, 4, frozenset())
    assert scale.source.startswith("To be stated")
    tables = read(district)
    assert tables.receipts["kept"].tolist() == [60] and len(tables.responses) == 180 and not len(tables.problems)
    assert "(sure)" in said or "(likely)" in said


@pytest.mark.parametrize("make", [google, qualtrics, surveymonkey, excel, spss])
def test_who_someone_is_and_what_they_wrote_is_nowhere_but_in_the_copy(tmp_path, make):
    folder = tmp_path / "new"
    _, said, proposal = made(folder, make(tmp_path / "staff.csv"))
    texts = [file.read_text(encoding="utf-8") for file in folder.rglob("*") if file.is_file() and file.parent.name != "raw"]
    assert len(texts) > 10
    assert not [text for text in (said, *texts) if "canary" in text.lower()]
    uses = {header: use for plan in proposal.plans for header, use, *_ in plan.columns}
    assert all(use == "never read" for header, use in uses.items() if "mail" in header.lower())
    sources = (folder / "parameters" / "sources.yaml").read_text(encoding="utf-8").split("# ---")[0]
    assert "mail" not in sources.lower()


PERSONAL = ["What is your preferred name?", "Your name", "School e-mail", "Phone number", "Home address", "Date of birth", "IP Address", "Last name",
            "Nombre y apellido", "Correo electrónico", "What name do students call you?"]  # fmt: skip


@pytest.mark.parametrize("header", PERSONAL)
def test_headers_that_ask_who_someone_is_are_never_proposed(tmp_path, header):
    rows = [[*row, "Teacher" if number % 2 else "Sam"] for number, row in enumerate(answered(40))]
    proposal = proposed(google(tmp_path / "a.csv", rows, (header,)))
    assert [use for name, use, *_ in proposal.plans[0].columns if name == header] == ["never read"]
    assert header not in json.dumps([dict(plan.keys) for plan in proposal.plans]) and header not in json.dumps([dict(book.items) for book in proposal.books.values()])


@pytest.mark.parametrize("header", ["E-mail reaches me in time.", "My phone number is known to the office.", "Our school's name stands for something."])
def test_a_statement_that_speaks_of_mail_or_names_is_a_question_all_the_same(tmp_path, header):
    rows = [[*row, row[3]] for row in answered(40)]
    proposal = proposed(google(tmp_path / "a.csv", rows, (header,)))
    assert [use for name, use, *_ in proposal.plans[0].columns if name == header] == ["question"]


def test_a_column_of_mixed_addresses_is_known_by_its_cells(tmp_path):
    rows = [[*row, row[1] if number % 3 else ""] for number, row in enumerate(answered(40))]
    proposal = proposed(google(tmp_path / "a.csv", rows, ("Q77",)))
    assert [use for name, use, *_ in proposal.plans[0].columns if name == "Q77"] == ["never read"]
    rows = [["Token", "School", "q1", "q2"], *([f"t{number}" if number else "a@b.org", "Alder", "Agree", "Disagree"] for number in range(30))]
    assert "person" not in proposed(table(tmp_path / "b.csv", *rows)).plans[0].keys


TYPED = [*["Williams"] * 8, *["williams "] * 2, *["Williams Elem"] * 4, "Wiliams Elementary School", *["Heaton"] * 5]


def typed(path: Path) -> Path:
    return google(path, [[row[0], row[1], TYPED[number % len(TYPED)], *row[3:]] for number, row in enumerate(answered(40))])


def test_a_school_typed_four_ways_is_offered_as_one_and_not_taken(tmp_path):
    district, said, proposal = made(tmp_path / "new", typed(tmp_path / "a.csv"))
    # blanks and case are the same name by the rule of the whole program; nothing else is
    assert {school.name: school.aliases for school in district.schools.values()} == {
        "Heaton": (), "Williams": (), "Williams Elem": (), "Wiliams Elementary School": ()}  # fmt: skip
    offered = questions(proposal, "same")
    assert len(offered) == 1 and "“Williams” (20)" in offered[0].ask and "Heaton" not in offered[0].ask and offered[0].default is False
    review = (tmp_path / "new" / "REVIEW.md").read_text(encoding="utf-8")
    assert "“Williams Elem” (8)" in review and "aliases" in review
    assert read(district).receipts["kept"].tolist() == [40]


def test_a_school_typed_four_ways_is_one_when_a_person_says_so(tmp_path):
    path = typed(tmp_path / "a.csv")
    key = questions(proposed(path), "same")[0].id
    answers = iter(["", "", "y"])
    district, _, proposal = made(tmp_path / "new", path, answer=lambda prompt: next(answers, "stop"))
    assert key not in {question.id for question in proposal.questions}
    names = {school.name: set(school.aliases) for school in district.schools.values()}
    assert names == {"Heaton": set(), "Wiliams Elementary School": {"Williams", "Williams Elem"}}
    tables = read(district)
    assert tables.receipts["kept"].tolist() == [40] and tables.respondents["school_id"].nunique() == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [("PS 12", "PS 13"), ("Williams Elementary", "Williams Middle School"), ("Alder", "Cedar"), ("School 1", "School 2"), ("North High", "South High"),
     ("0101", "0102"), ("Washington", "Jefferson")],
)  # fmt: skip
def test_other_schools_are_not_even_offered_as_one(one, other):
    assert school_names.same_schools({one: 5, other: 6}) == []
    assert len({school.school_id for school in school_names.schools({one: 5, other: 6})}) == 2


def test_a_short_name_of_two_levels_belongs_to_neither():
    counts = {"Williams": 3, "Williams Elementary": 5, "Williams Middle": 6}
    assert school_names.two_levels(counts) == [("Williams", ("Williams Elementary", "Williams Middle"))]
    assert all(not {"Williams Elementary", "Williams Middle"} <= set(same.spellings) for same in school_names.same_schools(counts))


def test_codes_stay_as_they_are_written(tmp_path):
    rows = [[row[0], row[1], f"00{number % 4 + 1}", *row[3:]] for number, row in enumerate(answered(40))]
    district, *_ = made(tmp_path / "new", google(tmp_path / "a.csv", rows))
    assert list(district.schools) == ["001", "002", "003", "004"]


@given(st.dictionaries(st.text(min_size=1, max_size=60).map(lambda text: " ".join(text.split())).filter(bool), st.integers(1, 50), min_size=1, max_size=12))
def test_any_names_give_ids_that_the_list_of_schools_bears(spellings):
    by_fold = {}
    for text, count in spellings.items():
        by_fold.setdefault(school_names.fold(text), (text, count))
    found = school_names.schools(dict(by_fold.values()), school_names.same_schools(dict(by_fold.values())))
    names = [school_names.fold(text) for school in found for text in {school_names.fold(one) for one in (school.school_id, school.name, *school.aliases)}]
    assert len(names) == len(set(names)) and sum(school.count for school in found) == sum(count for _, count in by_fold.values())
    assert all(school_names.id_fault(school.school_id) is None for school in found)


@pytest.mark.parametrize(
    ("labels", "name", "numbers"),
    [(AGREE, "agree_5", [1, 2, 3, 4, 5]), (("Agree", "Disagree", "Strongly agree", "Strongly disagree"), "agree_4", [3, 2, 4, 1]),
     (("De acuerdo", "En desacuerdo", "Muy de acuerdo", "Muy en desacuerdo", "Ni de acuerdo ni en desacuerdo"), "agree_5", [4, 2, 5, 1, 3]),
     (("Siempre", "Nunca", "A veces", "Rara vez", "A menudo"), "often_5", [5, 1, 3, 2, 4]), (("Poor", "Fair", "Good", "Excellent"), "quality_4", [1, 2, 3, 4]),
     (("Very satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very dissatisfied"), "satisfied_5", [5, 4, 3, 2, 1]),
     (("Not at all confident", "Slightly confident", "Somewhat confident", "Quite confident", "Extremely confident"), "degree_5_confident", [1, 2, 3, 4, 5])],
)  # fmt: skip
def test_known_ladders_are_known_by_their_words(labels, name, numbers):
    fit = ladders.fits(labels)[0]
    assert fit.name == name and fit.whole and [fit.numbers[ladders.fold(label)] for label in labels] == numbers


@pytest.mark.parametrize("name", list(ladders.LADDERS))
def test_every_ladder_knows_its_own_rungs_in_order(name):
    for language in (0, 1):
        parts = [rung.partition(" = ")[0 if language == 0 else 2].split(" / ")[0].replace("*", "useful") for rung in ladders.LADDERS[name]]
        if all(parts) and len(set(parts)) == len(parts):
            fit = next(fit for fit in ladders.fits(parts) if fit.whole)
            assert [fit.numbers[ladders.fold(part)] for part in parts] == list(range(1, len(parts) + 1))


@pytest.mark.parametrize("labels", [("Red", "Green", "Blue"), ("Agree", "Disagree", "Often"), ("Never", "Weekly", "Daily"), ("Agree",), ("Neutral", "Undecided", "Agree"), ()])
def test_other_labels_are_no_ladder(labels):
    assert ladders.fits(labels) == []


def test_labels_of_no_known_order_are_left_out_and_asked(tmp_path):
    rows = [[*row[:3], *("Some of it", "Most of it", "All of it")[number % 3 :], *("Some of it", "Most of it", "All of it")[: number % 3], row[-1]]
            for number, row in enumerate(answered(60))]  # fmt: skip
    path = google(tmp_path / "a.csv", rows)
    proposal = proposed(path)
    asked = questions(proposal, "order")
    assert len(asked) == 1 and set(asked[0].options) == {"Some of it", "Most of it", "All of it"} and proposal.plans[0].table is None
    district, said, _ = made(tmp_path / "new", path)
    assert not district.sources and "not declared yet" in said
    assert "# sources:" in (tmp_path / "new" / "parameters" / "sources.yaml").read_text(encoding="utf-8")
    order = [asked[0].options.index(label) for label in ("Some of it", "Most of it", "All of it")]
    decided = propose([study(open_export(path))], {asked[0].id: tuple(order)})
    scale = next(iter(decided.books["a"].scales.values()))
    assert decided.plans[0].table == "responses" and scale["range"] == [1, 3]
    assert dict(next(iter(decided.books["a"].answers.values()))) == {"Some of it": 1, "Most of it": 2, "All of it": 3}


def test_the_numbers_of_an_spss_file_are_shown_and_not_taken_for_an_order(tmp_path):
    import pyreadstat

    frame = pd.DataFrame({"school": SCHOOLS * 20, **{f"way_{number}": [1.0, 2.0, 3.0] * 20 for number in (1, 2)}})
    labels = {f"way_{number}": {1: "By bus", 2: "On foot", 3: "By car"} for number in (1, 2)}
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), variable_value_labels=labels)
    proposal = proposed(tmp_path / "a.sav")
    asked = questions(proposal, "order")
    assert asked[0].options == ("By bus", "On foot", "By car") and "may be an order or not" in asked[0].why and proposal.plans[0].table is None


def test_a_set_that_could_be_several_is_asked_for_and_not_guessed(tmp_path):
    path = google(tmp_path / "a.csv", answered(60, labels=("Disagree", "Agree", "Strongly agree")))
    proposal = proposed(path)
    asked = questions(proposal, "steps")
    assert len(asked) == 1 and asked[0].default is None and proposal.plans[0].table is None
    assert any("Neither agree nor disagree" in option for option in asked[0].options)
    place = next(place for place, option in enumerate(asked[0].options) if option.startswith("5 answers: Strongly disagree, Disagree"))
    book = propose([study(open_export(path))], {asked[0].id: place}).books["a"]
    assert dict(next(iter(book.answers.values()))) == {label: number for number, label in enumerate(AGREE, start=1)}


def test_a_set_that_is_whole_elsewhere_in_the_export_is_taken_with_a_word_to_check(tmp_path):
    few = answered(60, seed=2, labels=("Disagree", "Agree", "Strongly agree"))
    rows = [[*row, *other[3:5]] for row, other in zip(answered(60), few, strict=True)]
    extra = ("And here? [We meet.]", "And here? [We listen.]")
    proposal = proposed(google(tmp_path / "a.csv", rows, extra))
    assert [scale["range"] for scale in proposal.books["a"].scales.values()] == [[1, 5], [1, 5]]
    assert any("nobody chose" in note and "Strongly disagree" in note for _, note in proposal.notes)


def test_no_answers_and_slips_are_told_apart_from_answers(tmp_path):
    rows = answered(80)
    rows[0][3], rows[1][3], rows[2][4], rows[3][5] = "Does not apply", "Prefer not to say", "Don't know", "agreee"
    proposal = proposed(google(tmp_path / "a.csv", rows))
    book = proposal.books["a"]
    assert {"Does not apply", "Prefer not to say", "Don't know"} == set(book.not_applicable)
    assert "agreee" not in json.dumps([dict(numbers) for numbers in book.answers.values()])
    assert any("1 cell hold other texts" in note for _, note in proposal.notes)


def test_numbers_are_a_scale_where_enough_rows_show_them(tmp_path):
    rows = [["School", "trust1", "trust2", "trust3"]]
    rows += [[SCHOOLS[number % 3], *(str(1 + (number * step) % 5) for step in (1, 2, 3))] for number in range(60)]
    rows[5][1] = "-99"
    proposal = proposed(table(tmp_path / "a.csv", *rows))
    scale = proposal.books["a"].scales["trust"]
    assert scale["name"] == "Trust" and scale["range"] == [1, 5] and scale["favourable"] == 4 and proposal.books["a"].not_applicable == ("-99",)
    few = proposed(table(tmp_path / "b.csv", *rows[:12]))
    assert not few.books.get("b") or not few.books["b"].scales
    assert questions(few, "range")


def test_ranks_and_codes_of_two_are_no_scale(tmp_path):
    rng = random.Random(3)
    rows = [["School", "Rank [A]", "Rank [B]", "Rank [C]", "sex1", "sex2"]]
    for number in range(60):
        ranks = ["1", "2", "3"]
        rng.shuffle(ranks)
        rows.append([SCHOOLS[number % 3], *ranks, str(1 + number % 2), str(2 - number % 2)])
    proposal = proposed(table(tmp_path / "a.csv", *rows))
    assert proposal.plans[0].table is None and not questions(proposal, "order")
    assert {use for header, use, *_ in proposal.plans[0].columns if header.startswith(("Rank", "sex"))} == {"not used"}


def test_a_statement_the_other_way_round_is_a_question_never_a_guess(tmp_path):
    rows = [[*row[:5], AGREE[4 - AGREE.index(row[4])], row[-1]] for row in answered(80)]
    path = google(tmp_path / "a.csv", rows)
    proposal = proposed(path)
    scale = next(iter(proposal.books["a"].scales.values()))
    asked = questions(proposal, "reverse")
    assert "reverse" not in scale and len(asked) == 1 and STATEMENTS[2] in asked[0].ask and asked[0].default is False
    decided = propose([study(open_export(path))], {asked[0].id: True})
    assert next(iter(decided.books["a"].scales.values()))["reverse"] == [scale["items"][2]]


def test_no_hint_of_reversal_from_few_or_from_statements_that_go_together():
    import numpy as np

    rng = np.random.default_rng(1)
    common = rng.normal(size=(200, 1))
    together = common + rng.normal(size=(200, 4))
    assert against(together) == []
    together[:, 2] *= -1
    assert [place for place, _, _ in against(together)] == [2]
    assert against(together[:15]) == []


@given(st.integers(0, 2), st.integers(3, 11))
def test_favourable_is_above_the_middle_and_within_the_range(low, high):
    found = favourable(low, high)
    assert low < (low + high) / 2 < found <= high and found - 1 <= (low + high) / 2


def test_options_of_one_cell_are_found_with_commas_in_them():
    cells = {"Math, Art": 5, "Math": 4, "Art, Never, but open to it": 3, "Never, but open to it": 6, "Art": 2}
    options, share, pairs = split_options(cells)
    assert set(options) == {"Math", "Art", "Never, but open to it"} and options["Never, but open to it"] == 9 and share == pytest.approx(8 / 20) and not pairs
    assert split_options({f"I said, {number}, and then left": 1 for number in range(30)})[0] == {}


def test_check_all_columns_and_cells_become_choices(tmp_path):
    extra = ("Which do you teach? [Math]", "Which do you teach? [Art]", "Which grades (check all that apply)?")
    rows = [[*row, "Math" if number % 2 else "", "" if number % 3 else "Art", ("K, 1", "K", "1, 2", "2")[number % 4]] for number, row in enumerate(answered(60))]
    district, *_ = made(tmp_path / "new", google(tmp_path / "a.csv", rows, extra))
    choices = {item.text: [choice.label for choice in item.choices.values()] for item in district.codebooks["a"].items.values() if item.choices}
    assert choices == {"Which do you teach?": ["Math", "Art"], "Which grades (check all that apply)?": ["K", "1", "2"]}
    assert not len(read(district).problems)


def test_statements_one_after_another_are_a_scale_that_is_asked_about(tmp_path):
    rows = [["Token", "School", *STATEMENTS], *([f"t{number:03}", row[2], *row[3:6]] for number, row in enumerate(answered(60)))]
    proposal = proposed(table(tmp_path / "a.csv", *rows))
    asked = questions(proposal, "scale")
    assert len(asked) == 1 and "one after another" in asked[0].why and proposal.plans[0].keys["person"] == "Token"
    assert not propose([study(open_export(tmp_path / "a.csv"))], {asked[0].id: "-"}).books.get("a")


def test_without_a_column_of_schools_there_is_one_unit_and_a_word_about_it(tmp_path):
    rows = [["When", *STATEMENTS], *([row[0], *row[3:6]] for row in answered(60))]
    district, _, proposal = made(tmp_path / "new", table(tmp_path / "a.csv", *rows))
    assert list(district.schools) == [EVERYONE[0]] and next(iter(district.sources.values())).school_id == EVERYONE[0]
    assert any("no column holds the school" in note for _, note in proposal.notes)
    assert [(str(wave.start), str(wave.end), wave.id) for wave in district.waves] == [("2025-10-06", "2025-10-17", "2025-fall")]


def test_several_exports_share_schools_codebook_and_waves(tmp_path):
    spring = [["2026-03-0" + str(1 + number % 9) + row[0][10:], *row[1:]] for number, row in enumerate(answered(45, seed=4))]
    roster = [["School", "Staff Token", "Role"], *([SCHOOLS[number % 3], f"p{number:03}", "Teacher"] for number in range(90))]
    paths = qualtrics(tmp_path / "fall.csv"), google(tmp_path / "spring.csv", spring), table(tmp_path / "roster.csv", *roster)
    district, _, proposal = made(tmp_path / "new", *paths)
    assert [wave.id for wave in district.waves] == ["2025-fall", "2026-spring"] and list(district.surveys) == ["fall"]
    assert {source.name: (source.table, source.codebook, source.wave) for source in district.sources.values()} == {
        "fall": ("responses", "fall", "2025-fall"), "spring": ("responses", "fall", "2026-spring"), "roster": ("roster", None, "2026-spring")}  # fmt: skip
    assert read(district).receipts["kept"].tolist() == [60, 45, 90]
    assert "roster" in (tmp_path / "new" / "REVIEW.md").read_text(encoding="utf-8")


def test_a_table_that_is_no_survey_is_said_to_be_one(tmp_path):
    rows = [["School", "Week", "Measure", "Numerator", "Denominator"], *([SCHOOLS[number % 3], "2025-10-06", "heard", str(number), "40"] for number in range(40))]
    plan = proposed(table(tmp_path / "a.csv", *rows)).plans[0]
    assert plan.table is None and "table: series" in plan.why_not
    rows = [["school", "node", "trust"], *([str(number % 15), str(number), f"{1 + number % 3}.{number}"] for number in range(60))]
    assert "scored: true" in proposed(table(tmp_path / "b.csv", *rows)).plans[0].why_not


def test_a_row_of_answers_never_becomes_names(tmp_path):
    rows = answered(40)
    with pytest.raises(InputError, match="row 1 seems to hold answers"):
        open_export(table(tmp_path / "bare.csv", *rows))
    # names for some columns only: the first person's answers could be taken for a second row of names
    head = ["Submitted", "", "School", "How far?", "", "", ""]
    export = open_export(table(tmp_path / "blank.csv", head, *rows))
    assert export.found.header_rows == 1 and len(export.cells) == 40
    late = [["Zed School", "Agree", "Often", "CANARY words"], *([f"School {number}", "Disagree", "Never", ""] for number in range(9)),
            ["Zed School", "Agree", "Often", ""]]  # fmt: skip
    export = open_export(table(tmp_path / "late.csv", ["School", "How far?", "", ""], *late))  # only rows far below give it away
    assert export.found.header_rows == 1 and export.found.sure == "unsure" and len(export.cells) == 11
    _, said, _ = made(tmp_path / "new", tmp_path / "blank.csv")
    assert "canary" not in said.lower() and "canary" not in (tmp_path / "new" / "REVIEW.md").read_text(encoding="utf-8").lower()
    two = ["", "", "", *STATEMENTS, ""]
    real = open_export(table(tmp_path / "two.csv", ["Submitted", "E-mail", "School", "How far?", "", "", "Words"], two, *rows))
    assert real.found.header_rows == 2 and [column.name for column in real.columns][4] == f"How far? [{STATEMENTS[1]}]"


def test_the_day_of_each_answer_is_declared(tmp_path):
    for form in (google, excel):
        path = form(tmp_path / f"{form.__name__}.csv")
        district, *_ = made(tmp_path / form.__name__, path)
        days = read(district).respondents["day"]
        assert (days.min(), days.max()) == ("2025-10-06", "2025-10-17")


def test_what_is_typed_is_understood_or_asked_again():
    order = Question("order:a", "", "", "", "", "order", ("a", "b", "c"))
    assert parse(order, "3 1 2") == (2, 0, 1) and parse(order, "3,1,2") == (2, 0, 1)
    assert [parse(order, text) for text in ("1 2", "1 1 2", "1 2 4", "abc", "0 1 2")] == [None] * 5
    assert parse(Question("range:a", "", "", "", "", "range"), "1 - 5") == "1 - 5" and parse(Question("range:a", "", "", "", "", "range"), "5-1") is None
    assert parse(Question("wave:0", "", "", "", "", "id"), "Fall 2025") is None and parse(Question("wave:0", "", "", "", "", "id"), "2025-fall") == "2025-fall"
    assert [parse(Question("same:a", "", "", "", "", "yes_no"), text) for text in ("y", "Sí", "NO", "perhaps")] == [True, True, False, None]


def test_asking_ends_and_an_answer_that_means_nothing_is_asked_again(tmp_path):
    studies = [study(open_export(typed(tmp_path / "a.csv")))]
    prompts, said = [], []
    typed_in = iter(["Alder Valley", "", "what?", "y", *[""] * 50])

    def answer(prompt):
        prompts.append(prompt)
        return next(typed_in)

    decided = ask(lambda found: propose(studies, found), answer, said.append)
    assert decided["district"] == "Alder Valley" and any("is not understood" in line for line in said)
    assert propose(studies, decided).questions == () and len(prompts) < 20


@given(st.text(max_size=80))
def test_any_text_is_the_same_after_yaml(text):
    from ruamel.yaml import YAML

    assert YAML(typ="rt").load(f"key: {quoted(text)}\n")["key"] == text


HEADERS = st.sampled_from([
    "School", "Which school do you work at?", "Name", "Your e-mail", "Token", "Record", "Timestamp", "Comments", "", "Role", "weight", "Date",
    "How far? [A]", "How far? [B]", "How far? [B]", "trust1", "trust2", "q1", "q2", "Which? [x]", "Which? [y]", "QID5_1", "#", "yes: no", "- a", "{b}",
    "Staff count", 'say "so"', "Año\u2028nuevo", "=1+1",
])  # fmt: skip
CELLS = st.sampled_from(["", "Agree", "Disagree", "Strongly agree", "1", "2", "3", "4", "5", "Alder", "alder ", "Alder Elementary", "NA", "N/A", "x", "yes",
                         "a@b.org", "2025-10-06", "10/7/2025", "Math, Art", "Art", "null", "true", "0101", "[a]", "a|b", "-99", "3.5", "# no", "CON",
                         "Often", "Never", "Zoë, says: \"hi\""])  # fmt: skip


@settings(max_examples=60)
@given(st.lists(HEADERS, min_size=1, max_size=9), st.integers(1, 30), st.data())
def test_whatever_the_export_the_folder_loads_or_nothing_is_written(tmp_path_factory, headers, rows, data):
    folder = tmp_path_factory.mktemp("any")
    columns = [data.draw(st.lists(CELLS, min_size=1, max_size=4)) for _ in headers]
    rng = random.Random(data.draw(st.integers(0, 99)))
    path = table(folder / "any.csv", headers, *([rng.choice(column) for column in columns] for _ in range(rows)))
    try:
        district, said, proposal = made(folder / "new", path)
    except InputError:
        assert not (folder / "new").exists()
        return
    read(district)
    assert "a@b.org" not in said and (folder / "new" / "REVIEW.md").is_file()
    named = json.dumps([dict(plan.keys) for plan in proposal.plans] + [dict(book.items) for book in proposal.books.values()])
    assert "Your e-mail" not in named and '"Name"' not in named


def test_an_address_in_the_schools_column_is_no_school_and_is_not_repeated(tmp_path):
    rows = [[school, ("Agree", "Disagree")[place % 2]] for place, school in enumerate(["Alder", "Birch", "a@b.org", *["Alder", "Birch"] * 4])]
    path = table(tmp_path / "any.csv", ["School", "q1"], *rows)
    _, said, proposal = made(tmp_path / "new", path)
    assert "a@b.org" not in said and [one.name for one in proposal.schools] == ["Alder", "Birch"]
    assert "1 cells of the school's column" in (tmp_path / "new" / "REVIEW.md").read_text(encoding="utf-8").replace("\n", " ")
    assert "a@b.org" not in (tmp_path / "new" / "parameters" / "schools.csv").read_text(encoding="utf-8")


def test_the_command_asks_nothing_without_a_terminal_and_says_what_is_left(tmp_path):
    result = CliRunner().invoke(main, ["init", str(tmp_path / "new"), "--from", str(typed(tmp_path / "a.csv"))])
    assert result.exit_code == 0, result.output
    assert "No terminal: nothing was asked" in result.output and "Are these one school?" in result.output and "REVIEW.md" in result.output
    checked = CliRunner().invoke(main, ["check", "--district", str(tmp_path / "new")])
    assert checked.exit_code == 0 and "read 40, kept 40" in checked.output
    again = CliRunner().invoke(main, ["init", str(tmp_path / "new"), "--from", str(tmp_path / "a.csv"), "--yes"])
    assert again.exit_code == 2 and "a district folder already" in again.output


@pytest.mark.parametrize("content", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old workbook", b"PK\x03\x04 broken", b"School,Q1\n", None])
def test_what_cannot_be_read_ends_the_command_with_nothing_written(tmp_path, content):
    path = tmp_path / "a.csv"
    if content is not None:
        path.write_bytes(content)
    result = CliRunner().invoke(main, ["init", str(tmp_path / "new"), "--from", str(path), "--yes"])
    assert result.exit_code == 2 and result.output.startswith("cyclebook: ") and not (tmp_path / "new").exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions of files are POSIX's")
def test_the_copy_and_the_review_are_the_owners_only(tmp_path):
    made(tmp_path / "new", google(tmp_path / "a.csv"))
    for name in ("data/raw/a.csv", "REVIEW.md"):
        assert stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) == 0o600
    for name in ("data", "data/raw", "data/notes", "notebooks"):
        assert stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) == 0o700
    assert {"/data/*", "/REVIEW.md"} <= set((tmp_path / "new" / ".gitignore").read_text(encoding="utf-8").splitlines())


def test_a_huge_export_stays_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(from_exports, "LARGE", 10)
    district, *_ = made(tmp_path / "new", google(tmp_path / "a.csv"))
    assert next(iter(district.sources.values())).path == tmp_path / "a.csv" and not list((tmp_path / "new" / "data" / "raw").iterdir())


REAL = [
    ("exports/googleforms_g2g_teacher_pre_survey_scrubbed.csv", "google_forms", 2, 7),
    ("exports/googleforms_osmi2014.csv", "google_forms", 0, 1),
    ("exports/surveymonkey_starwars_raw.csv", "surveymonkey", 1, 1),
    ("exports/surveymonkey_masculinity_weighted_raw.csv.gz", "csv", 0, 1),
    ("exports/qualtrics_ropensci_sample.csv", "qualtrics", 0, 1),
    ("exports/qualtrics_ropensci_sample_legacy.csv", "qualtrics", 0, 1),
    ("exports/qualtricstools/Many_Different_Question_Types.csv", "qualtrics", 0, 1),
    ("exports/qualtricstools/SidebySide_Questions_Insights.csv", "qualtrics", 0, 1),
    ("exports/qualtricstools/SidebySide_Questions_Legacy.csv", "qualtrics", 0, 1),
    ("exports/qualtricstools/Multiple_Answer_Matrix_Questions.csv", "qualtrics", 0, 1),
    ("exports/qualtricstools/Matrix_Single_Answer_Survey.csv", "qualtrics", 0, 1),
    ("exports/qualtricstools/Better_Sample_Survey.csv", "qualtrics", 0, 1),
    ("talis/talis2018_usa_5items.csv", "csv", 2, 165),
    ("talis/BCGITAT3_principal_ITA.sav", "spss", 11, 192),
    ("networks/hlsm_nodes.csv", "csv", 0, 15),
]


@pytest.mark.parametrize(("name", "form", "scales", "schools"), REAL)
def test_real_exports(shared, tmp_path, name, form, scales, schools):
    district, _, proposal = made(tmp_path / "new", shared / "data" / name)
    plan = proposal.plans[0]
    assert plan.study.export.found.form == form
    assert sum(len(book.scales) for book in proposal.books.values()) == scales and len(district.schools) == schools
    assert (plan.table == "responses") == (scales > 0) == bool(district.sources)
    tables = read(district)
    if scales:
        assert len(tables.responses) > 100 and tables.receipts["kept"].iloc[0] > 0


def test_the_real_school_that_was_typed_four_ways(shared):
    proposal = proposed(shared / "data" / "exports" / "googleforms_g2g_teacher_pre_survey_scrubbed.csv")
    assert [len(same.spellings) for same in proposal.same] == [3, 3]
    assert {"Williams Elementary School", "Williams Elementary", "Williams"} in [set(same.spellings) for same in proposal.same]
    assert [use for header, use, *_ in proposal.plans[0].columns if "name" in header or "email" in header] == ["never read"] * 3


def test_the_real_check_all_columns(shared):
    proposal = proposed(shared / "data" / "exports" / "surveymonkey_masculinity_weighted_raw.csv.gz")
    book = next(iter(proposal.books.values()))
    assert book.not_selected == () and "NA" in book.not_applicable  # "Not selected" is known without being declared
    asked = next(item for item in book.items.values() if item["text"] == "q0004")
    assert [choice["label"] for choice in asked["choices"].values()][:2] == ["Father or father figure(s)", "Mother or mother figure(s)"]
    assert proposal.plans[0].keys["weight"] == "weight" and str(proposal.waves[0].start) == "2018-05-10"


def test_the_demo_of_four_surveys_and_a_roster(project_root, tmp_path):
    raw = project_root / "data" / "raw"
    names = ("staff_2025_fall_qualtrics.csv", "staff_2025_spring_qualtrics.csv", "staff_2024_fall.csv", "staff_2024_spring.tsv", "roster_2025_fall.csv")
    district, _, proposal = made(tmp_path / "new", *(raw / name for name in names))
    assert [wave.id for wave in district.waves] == ["2024-spring", "2024-fall", "2025-spring", "2025-fall"]
    assert {source.codebook for source in district.sources.values()} == {"staff_2025_fall_qualtrics", "staff_2024_spring", None}
    asked = [question.ask.split("“")[-1].split("”")[0] for question in questions(proposal, "reverse")]
    assert asked == ["Staff here keep worries to themselves.", "When our first plan does not work, we run out of ideas.", "trust4", "efficacy4"]
    assert min(read(district).receipts["kept"]) > 700
