"""From a tiny district's files to the norms page: what is shown, what is blanked, and what is said where something is missing."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace
from datetime import date

import pytest

from cyclebook.norms import sections
from cyclebook.norms.prepare import prepare
from cyclebook.parameters import load
from cyclebook.privacy import check_ledger, from_bundle
from cyclebook.privacy.door import LEDGER
from cyclebook.sources import read
from cyclebook.store import Bundle
from tests import small_district

SECTIONS = (sections.in_short, sections.agreements, sections.lived, sections.together, sections.team, sections.structure,
            sections.worksheet, sections.provenance)  # fmt: skip
DISTRICT = """
    district: {id: tiny, name: Tiny District}
    as_of: 2025-11-21
    waves:
    - {id: 2025-fall, label: Fall 2025, from: 2025-10-06, to: 2025-10-24}
    terms:
    - {id: fall, label: Fall term, from: 2025-08-11, to: 2025-12-19}
    """
AGREEMENTS = """
    id,school_id,text,question,owner,behaviour,cadence,last_review
    a1,0101,We start on time.,among_staff,Ms Fir,The door closes at eight.,30,2025-10-22
    a2,0101,We greet every family.,with_communities,,,,
    a1,0102,We say goodbye well.,among_staff,Ms Elm,An hour in each class.,30,2025-03-01
    """
SOURCES = """
    surveys:
      pulse: {title: Pulse, promise: {kind: confidential, smallest_group: 5, seen_by: the office}}
      review: {title: Review}
    sources:
      pulse_2025: {table: ratings, rates: agreements, survey: pulse, form: csv, path: data/raw/pulse.csv, school: School, date: Day,
                   person: Token, item: Agreement, value: Answer, codebook: pulse}
      review_2025: {table: ratings, rates: collaboration, survey: review, form: csv, path: data/raw/review.csv, school: School,
                    date: Day, person: Token, codebook: review}
      seats: {table: teams, form: csv, path: data/raw/seats.csv, school: School, group: Group, members: Seats, date: Day}
    """
PULSE = "answers:\n  kept: {Never: 1, Seldom: 2, Half: 3, Mostly: 4, Always: 5}\n"
REVIEW = """
    answers: {agree: {Disagree: 1, Neither: 2, Agree: 3}}
    items:
      loop: {columns: [Loop], text: We kept one another informed., answers: agree}
      voice: {columns: [Voice], text: All could speak., answers: agree}
    """
SEATS = "School,Group,Seats,Day\n0101,administrators,1,2025-09-01\n0101,educators,4,2025-09-01\n0101,community,9,2025-12-01\n"
STRUCTURE = "structure:\n  department: Teaching\n  meets_cabinet: 4\n"


def pulse(*months: tuple[str, str], token: bool = True, item: str = "a1", school: str = "0101") -> str:
    """Rows of the pulse: for each day a rating for each letter (N, S, H, M, A)."""
    words = {"N": "Never", "S": "Seldom", "H": "Half", "M": "Mostly", "A": "Always"}
    rows = [f"{school},{day},{f'p{place}' if token else ''},{item},{words[letter]}" for day, letters in months for place, letter in enumerate(letters)]
    return "School,Day,Token,Agreement,Answer\n" + "\n".join(rows) + "\n"


def review(*answers: str, day: str = "2025-10-06") -> str:
    """Rows of the review: for each person the two answers as letters (D, N, A)."""
    words = {"D": "Disagree", "N": "Neither", "A": "Agree"}
    rows = [f"0101,{day},p{place},{words[two[0]]},{words[two[1]]}" for place, two in enumerate(answers)]
    return "School,Day,Token,Loop,Voice\n" + "\n".join(rows) + "\n"


FILES = {
    "parameters/district.yaml": DISTRICT,
    "parameters/agreements.csv": AGREEMENTS,
    "parameters/sources.yaml": SOURCES,
    "parameters/codebooks/pulse.yaml": PULSE,
    "parameters/codebooks/review.yaml": REVIEW,
    "parameters/structure.yaml": STRUCTURE,
    "data/raw/pulse.csv": pulse(("2025-10-06", "AAAAAMMMNN")),
    "data/raw/review.csv": review(*["AA"] * 6, *["AD"] * 6),
    "data/raw/seats.csv": SEATS,
}
BARE = dict.fromkeys(FILES) | {"parameters/sources.yaml": "sources: {}", "parameters/district.yaml": DISTRICT}


@pytest.fixture
def page(tmp_path, monkeypatch):
    """page(changes, school) → (bundle, what each section shows as text, the ledger)."""

    def make(changes: dict | None = None, school: str = "0101") -> tuple[Bundle, dict[str, str], list[dict]]:
        district = load(small_district.write(tmp_path, FILES | (changes or {})))
        sizes, bundles = prepare(district, read(district))
        assert sizes == {}
        facts = json.loads(json.dumps(dict(bundles)[school], sort_keys=True))
        bundle = Bundle(sections.STEP, facts, from_bundle(facts.pop("statistics")), ())
        shown: list[dict] = []
        monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
        texts, ledger = {}, []
        for section in SECTIONS:
            shown.clear()
            section(bundle)
            texts[section.__name__] = "\n".join(data["text/plain"] for data in shown)
            ledger += [entry for data in shown for entry in data[LEDGER]]
        return bundle, texts, ledger

    return make


def test_the_page_shows_what_was_written_down_and_rated(page):
    bundle, texts, ledger = page()
    assert "2 shared agreements are on record. Of the four questions, 2 have no agreement yet" in texts["agreements"]
    assert "No one is named yet who looks after “We greet every family”." in texts["agreements"]
    assert "In October 2025, 8 of 10 ratings of “We start on time” were favourable." in texts["lived"]
    assert "Not rated yet: “We greet every family”." in texts["lived"]
    assert "Staff are split on “All could speak”: 6 of 12 answers are favourable and at least 5 unfavourable." in texts["together"]
    assert "Of the six groups, 4 have no seat" in texts["team"] and "There are 5 seats in all. The list is from September 1, 2025." in texts["team"]
    assert "sits in Teaching. The team meets the superintendent’s cabinet 4 times a year." in texts["structure"]
    assert "Not written down yet: whom that office serves" in texts["structure"]
    assert "How do we want to treat one another" in texts["worksheet"]
    assert [source["name"] for source in bundle.facts["sources"]] == ["pulse_2025", "review_2025", "seats"]
    assert [survey["id"] for survey in bundle.facts["surveys"]] == ["pulse", "review"]
    assert {entry["set"] for entry in ledger} == {
        "answered=a1; school_id=0101; source=pulse; window=2025-10",
        "answered=loop; school_id=0101; source=review; window=fall",
        "answered=voice; school_id=0101; source=review; window=fall",
    }


def test_each_section_has_its_mark_once_and_every_number_passes_the_gate(page):
    import pandas as pd

    bundle, texts, ledger = page()
    anchors = ("agreements", "lived", "together", "team", "structure", "worksheet")
    assert [name for name, text in texts.items() if f"## {name} [" in text] == list(anchors)
    assert bundle.placed == set(anchors)
    check_ledger(pd.DataFrame(ledger), 5)


def test_an_earlier_review_stands_beside_the_latest_one(page):
    _, texts, _ = page({"data/raw/review.csv": review(*["DA"] * 12, day="2025-03-03") + review(*["AA"] * 12).split("\n", 1)[1]})
    assert "March 2025" in texts["together"] and "Fall term" in texts["together"]
    assert "Staff largely answer alike on “We kept one another informed”: at least 11 of 12 answers are favourable." in texts["together"]


def test_where_the_latest_review_is_hidden_an_earlier_one_is_shown_and_said_to_be_earlier(page):
    _, texts, _ = page({"data/raw/review.csv": review(*["AA"] * 6, day="2025-03-03") + review(*["DD"] * 4).split("\n", 1)[1]})
    assert "last asked in Fall term; that result could tell about a few people" in texts["together"] and "from March 2025." in texts["together"]
    assert "favourable share alone" in texts["together"] and "not shown (few people)" in texts["together"]


def test_on_the_very_day_a_review_is_due_and_not_overdue(page):
    _, texts, _ = page()
    assert "“We start on time” is due on November 21, 2025. That is the day" in texts["agreements"] and "was due" not in texts["in_short"]
    _, texts, _ = page({"parameters/district.yaml": DISTRICT.replace("2025-11-21", "2025-11-22")})
    assert "The review of “We start on time” was due on November 21, 2025. It is not on record yet." in texts["agreements"]
    assert "The review of “We start on time” was due on November 21, 2025." in texts["in_short"]
    assert "take ten minutes to review" in texts["in_short"]
    assert not any("Ms Fir" in line and ("not on record" in line or "To start" in line) for line in "\n".join(texts.values()).split("\n"))


def test_fewer_raters_than_the_smallest_group_leave_no_number(page):
    bundle, texts, ledger = page({"data/raw/pulse.csv": pulse(("2025-10-06", "AAAA")), "data/raw/review.csv": review(*["AA"] * 4)})
    assert all(entry["value"] is entry["n"] is None for entry in ledger) and ledger
    assert "How many rated in October 2025 is not shown" in texts["lived"] and "How many rated in October 2025 is not shown" in texts["in_short"]
    assert "No month’s result on “We start on time” can be shown: it could tell about a few people. It takes 5 who rated." in texts["lived"]
    assert "No result can be shown for Fall term: it could tell about a few people." in texts["together"]
    assert "How staff see their work together cannot be summed up here" in texts["in_short"]
    assert bundle.statistics.frame[["value", "n", "answered"]].isna().all(axis=None)


@pytest.mark.parametrize(("count", "shown"), [(14, False), (15, True)])
def test_without_tokens_three_times_as_many_ratings_are_needed(page, count, shown):
    _, texts, _ = page({"data/raw/pulse.csv": pulse(("2025-10-06", "A" * count), token=False)})
    assert (f"at least {count - 1} of {count} ratings" in texts["lived"]) is shown


FOUR = "answers:\n  kept: {Never: 1, Seldom: 2, Mostly: 3, Always: 4}\n"


@pytest.mark.parametrize(("count", "shown"), [(9, False), (10, True)])
def test_without_a_middle_twice_the_smallest_group_is_needed_and_the_page_says_so(page, count, shown):
    files = {"parameters/codebooks/pulse.yaml": FOUR, "data/raw/pulse.csv": pulse(("2025-10-06", "N" * count))}
    _, texts, _ = page(files)
    assert (f"at most 1 of {count} ratings" in texts["lived"]) is (f"1 of {count}" in texts["lived"]) is shown
    assert ("No month’s result on “We start on time” can be shown: it could tell about a few people. It takes 10 who rated." in texts["lived"]) is not shown
    assert f"{count} staff rated in October 2025." in texts["lived"]


def with_roster(*heads: tuple[str, int], others: dict | None = None) -> dict:
    """Files with a head count of the school in some waves."""
    waves = "waves:\n" + "".join(f"- {{id: {name}, label: {name}, from: {day}, to: {day}}}\n" for name, day in
                                 (("w1", "2025-02-03"), ("w2", "2025-10-06"), ("w3", "2026-02-02")))  # fmt: skip
    start, end = DISTRICT.split("    waves:\n")
    district = start + textwrap.indent(waves, "    ") + end[end.index("    terms:") :]
    source = "      staff: {table: roster, form: csv, path: data/raw/staff.csv, school: School, wave_column: Wave, head_count: Heads}\n"
    rows = "School,Wave,Heads\n" + "".join(f"0101,{wave},{count}\n" for wave, count in heads)
    return {"parameters/district.yaml": district, "parameters/sources.yaml": SOURCES.rstrip() + "\n" + source, "data/raw/staff.csv": rows} | (others or {})


def test_who_rated_is_held_against_the_latest_head_count_up_to_the_day(page):
    bundle, texts, _ = page(with_roster(("w1", 40), ("w2", 12), ("w3", 99)))
    assert "10 of 12 staff rated in October 2025. We have not heard from 2." in texts["lived"]
    assert "10 of 12 staff rated in October 2025." in texts["in_short"] and "speak for those who rated only" not in texts["lived"]
    assert "staff" in [source["name"] for source in bundle.facts["sources"]]
    _, texts, _ = page()
    assert "10 staff rated in October 2025. No head count was given" in texts["lived"]


def test_where_few_rated_the_page_says_so_and_heads_with_no_lowest_agreement(page):
    raw = pulse(("2025-10-06", "AAAAAAAAAA")) + pulse(("2025-10-06", "NNNNNNNNNN"), item="a2").split("\n", 1)[1]
    later = {"data/raw/pulse.csv": raw, "data/raw/review.csv": review(*["AA"] * 4)}
    _, many, _ = page(with_roster(("w2", 20), others=later))
    assert "“We greet every family” has the smallest share" in many["in_short"] and "easier to keep" in many["in_short"]
    _, few, _ = page(with_roster(("w2", 21), others=later))
    assert "10 of 21 staff rated" in few["in_short"] and "less than 50 percent of staff, so ratings speak for those who rated only" in few["in_short"]
    assert "smallest share" not in few["in_short"] and "easier to keep" not in few["in_short"]
    assert "at most 1 of 10 ratings of “We greet every family” were favourable" in few["lived"]


def test_nothing_of_a_later_day_is_used(page):
    _, texts, _ = page({"data/raw/pulse.csv": pulse(("2025-10-06", "AAAAA"), ("2025-12-01", "NNNNN"))})
    assert "In October 2025, at least 4 of 5 ratings" in texts["lived"] and "December" not in texts["lived"]


def test_a_change_is_called_with_both_months_named(page):
    _, texts, _ = page({"data/raw/pulse.csv": pulse(("2025-03-03", "N" * 20), ("2025-10-06", "A" * 20))})
    assert "In March 2025 it was at most 1 of 20. The share has likely risen, by" in texts["lived"]
    assert "Likely rated higher than when the ratings shown here began: “We start on time”." in texts["in_short"]
    assert "Chart: the share of favourable ratings month by month" in texts["lived"]


def test_with_nothing_but_a_school_the_page_is_a_worksheet_and_says_how_to_begin(page):
    bundle, texts, ledger = page(BARE)
    assert ledger == [] and bundle.facts["surveys"] == []
    assert "print the worksheet" in texts["in_short"] and "No answers have been read yet" in texts["in_short"]
    assert "last_review" in texts["agreements"] and "parameters/agreements.csv" in texts["agreements"]
    assert "Once there are agreements" in texts["lived"]
    assert "has not been written down yet" in texts["structure"]
    assert "How do we want to treat one another" in texts["worksheet"]
    assert "smallest_group" in texts["provenance"]


def test_agreements_without_ratings_say_how_to_ask(page):
    _, texts, _ = page(BARE | {"parameters/agreements.csv": AGREEMENTS})
    assert "No ratings have been read yet" in texts["lived"] and "lived_by.yaml" in texts["lived"]


def test_without_any_day_nothing_is_overdue(page):
    _, texts, _ = page(BARE | {"parameters/agreements.csv": AGREEMENTS, "parameters/district.yaml": DISTRICT.replace("as_of: 2025-11-21", "")})
    assert "was due" not in texts["agreements"] and "November 21, 2025" in texts["agreements"]


def test_a_closed_school_says_so_and_has_no_review_due_and_no_worksheet(page):
    _, texts, _ = page(school="0102")
    assert texts["in_short"].startswith("This school closed on June 13, 2025; Cedar School carries on its work, and this page")
    assert "was due" not in "".join(texts.values()) and "To start" not in texts["in_short"]
    assert "no worksheet" in texts["worksheet"]


def test_a_closed_school_says_each_thing_once(page):
    none = AGREEMENTS.replace("    a1,0102,We say goodbye well.,among_staff,Ms Elm,An hour in each class.,30,2025-03-01\n", "")
    for changes in ({}, {"parameters/agreements.csv": none}, BARE):
        _, texts, _ = page(changes, school="0102")
        words = "\n".join(text for name, text in texts.items() if name != "provenance")
        assert words.count("closed on") == 1 and "has closed" not in words and " yet who " not in words and "written down yet what" not in words
        said = [line for line in words.split("\n") if line.endswith(".")]
        assert len(said) == len(set(said))
        assert "parameters/agreements.csv" not in words and "parameters/sources.yaml" not in words


def test_two_agreements_in_the_same_words_get_a_column_each(page):
    twice = AGREEMENTS.replace("We greet every family.", "We start on time.")
    raw = pulse(("2025-10-06", "AAAAA")) + pulse(("2025-10-06", "NNNNN"), item="a2").split("\n", 1)[1]
    _, texts, _ = page({"parameters/agreements.csv": twice, "data/raw/pulse.csv": raw})
    assert "We start on time [a1]" in texts["lived"] and "We start on time [a2]" in texts["lived"]


def test_a_rating_changes_the_mark_of_its_own_section_alone(page):
    _, before, _ = page()
    _, after, _ = page({"data/raw/pulse.csv": pulse(("2025-10-06", "AAAAAMMMMN"))})

    def marks(texts):
        return {name: text.rsplit("[", 1)[1] for name, text in texts.items() if "To add a note" in text}

    assert {name for name in marks(before) if marks(before)[name] != marks(after)[name]} == {"lived"}


def test_the_day_of_the_page_does_not_change_a_mark(page):
    _, before, _ = page()
    _, after, _ = page({"parameters/district.yaml": DISTRICT.replace("2025-11-21", "2025-11-25")})
    assert before["agreements"].rsplit("[", 1)[1] == after["agreements"].rsplit("[", 1)[1]


def test_answers_with_and_without_a_middle_stand_side_by_side(page):
    book = REVIEW.replace("answers: {agree:", "answers: {four: {No: 1, Rather no: 2, Rather yes: 3, 'Yes': 4}, agree:").replace(
        "text: All could speak., answers: agree", "text: All could speak., answers: four")
    raw = review(*["AA"] * 12).replace("Agree,Agree", "Agree,Rather no").replace("p0,Agree,Rather no", "p0,Agree,Yes")
    _, texts, _ = page({"parameters/codebooks/review.yaml": book, "data/raw/review.csv": raw})
    assert "on “All could speak”: at most 1 of 12, and at least 11 unfavourable." in texts["together"]


def test_a_page_at_another_day_still_has_its_agreements(tmp_path):
    district = load(small_district.write(tmp_path, FILES), date(2025, 9, 1))
    _, bundles = prepare(replace(district), read(district))
    facts = dict(bundles)["0101"]
    assert [each["last"] for each in facts["agreements"]] == ["", ""]
    assert facts["statistics"] == []
