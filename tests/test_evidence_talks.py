"""Professional learning, talks and the feedback link: counts by hand, what is never told, the demo's truth, and sentences that are true."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.climate.evidence import followups, followups_readings, learning, learning_readings, pulse, pulse_readings, terms
from cyclebook.parameters import load
from cyclebook.privacy import protect
from cyclebook.privacy.protect import Cell
from cyclebook.reading import sentence
from cyclebook.sources import read
from tests import voice
from tests.conftest import ROOT
from tests.frames import SMALLEST, protected
from tests.test_demo import TRUTH


@pytest.fixture(scope="module")
def tables():
    return read(load(ROOT))


# Professional learning


def sessions(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["school_id", "date", "session", "kind", "attended", "invited", "reason"])


HELD = sessions(
    ("S01", "2025-09-01", "a", "voluntary", 0.0, float("nan"), "no cover"), ("S01", "2025-10-01", "b", "voluntary", 2.0, float("nan"), ""),
    ("S01", "2025-10-02", "c", "mandatory", 1.0, float("nan"), ""), ("S02", "2025-09-01", "a", "voluntary", 5.0, float("nan"), ""),
    ("S02", "2025-11-01", "d", "voluntary", 0.0, float("nan"), ""), ("S01", "2025-03-01", "e", "voluntary", 1.0, float("nan"), ""))  # fmt: skip


def test_sessions_are_counted_and_not_people():
    found = protect(learning.statistics(HELD), SMALLEST)
    where = {"scale": "learning", "item": "voluntary", "wave": "2025-fall", "school_id": "S01"}
    assert [found.cell(name, **where).value for name in ("held", "offered", "sent", "unsent")] == [2, 3, 1, 1]
    assert set(found.frame["set"]) == {""} and set(found.unique("statistic")) == {"held", "offered", "sent", "unsent"}  # two schools have no middle
    assert learning.reasons(HELD) == {"S01": {"2025-fall": ["no cover"]}}


@settings(max_examples=40)
@given(st.integers(0, 8), st.integers(0, 8), st.integers(0, 3), st.lists(st.sampled_from(["no cover", "too far"]), unique=True))
def test_what_is_said_of_sessions_is_true(sent, unsent, unrecorded, reasons):
    held = sent + unsent
    numbers = {"held": held, "sent": sent, "unsent": unsent, "offered": held + unrecorded}
    own = protected(*({"scale": "learning", "item": "voluntary", "wave": "t", "statistic": name, "value": value, "n": 0, "set": "", "decimals": 0} for name, value in numbers.items()))
    said = learning_readings.said(own, protected(), "t", "fall 2025", reasons)
    text = " ".join(sentence(reading, "en") for lines in said for reading in lines)
    assert bool(said) == (held > 0)
    if not held:
        return
    assert (f"to {sent} of {held} voluntary" in text) == (0 < sent < held)
    assert ("no one of the school came" in text) == (sent == 0) and ("each of the" in text) == (sent == held)
    assert ("not recorded" in text) == (unrecorded > 0)
    assert ("Reasons given" in text) == (unsent > 0 and bool(reasons)) and ("No reason was noted" in text) == (unsent > 0 and not reasons)
    assert ("not to be against it" in text) == (unsent > 0)


def test_the_demo_tells_where_someone_was_sent(tables):
    found = protect(learning.statistics(tables.records["sessions"]), SMALLEST)
    for school, held in TRUTH["records"]["sessions"].items():
        for kind in learning.KINDS:
            here = [came for name, (of, came) in held.items() if of == kind and terms.term_of(name) == "2025-fall"]
            cell = found.cell("sent", scale="learning", item=kind, wave="2025-fall", school_id=school)
            assert (cell is None and not here) or cell.value == sum(here)


# Talks


def talks(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["school_id", "date", "kind", "invited", "took_part", "theme", "named_by"])
    return frame.astype({"invited": float, "took_part": float, "named_by": float})


def told(*rows: tuple):
    return protect(followups.statistics(talks(*rows), SMALLEST), SMALLEST)


def test_a_theme_of_one_or_two_is_nowhere_not_even_by_name():
    found = told(("S01", "2025-10-01", "one_to_one", 12, 9, "late word", 6), ("S01", "2025-10-01", "one_to_one", 12, 9, "the move", 2), ("S01", "2025-10-01", "one_to_one", 12, 9, "mine", 1))
    assert found.rows(statistic="named").unique("item") == ["one_to_one: late word"]
    assert found.cell("took_part", item="one_to_one").value == 9


def test_talks_on_leaving_are_put_together_and_a_full_pool_never_changes():
    rounds = [("S01", f"{year}-06-01", "exit_interview", 4, 3, "no time", 2) for year in (2023, 2024, 2025, 2026)]
    for count, expected in ((1, (3, "2023-06-01")), (2, (6, "2023-06-01")), (3, (6, "2023-06-01")), (4, (6, "2025-06-01"))):
        found = followups.heard(talks(*rounds[:count]), SMALLEST)
        assert tuple(found[["took_part", "first"]].iloc[0]) == expected
    assert told(*rounds).cell("named", item="exit_interview: no time").value == 4
    alone = told(rounds[2])
    assert alone.cell("took_part", item="exit_interview").value is None and len(alone.rows(statistic="named")) == 0
    unknown = [*rounds[:1], (*rounds[1][:6], float("nan"))]
    assert len(told(*unknown).rows(statistic="named")) == 0  # how many named it is not known in one round


def test_of_talks_the_latest_round_stands_for_the_same_person_may_speak_in_two():
    rounds = [("S01", "2025-03-01", "one_to_one", 12, 9, "late word", 6), ("S01", "2025-10-01", "one_to_one", 12, 7, "late word", 3)]
    found = told(*rounds)
    assert found.cell("took_part", item="one_to_one").value == 7 and found.cell("named", item="one_to_one: late word").value == 3


def test_a_theme_that_nearly_all_named_stands_at_an_end():
    cell = told(("S01", "2025-10-01", "one_to_one", 12, 9, "late word", 9)).cell("named", item="one_to_one: late word")
    assert (cell.value, cell.bound) == (8, "more")


@settings(max_examples=40)
@given(st.integers(1, 20), st.integers(0, 10), st.integers(0, 20))
def test_what_is_said_of_talks_is_true(took_part, more, named):
    named = min(named, took_part)
    own = told(("S01", "2025-10-01", "one_to_one", took_part + more, took_part, "late word", named))
    text = " ".join(sentence(reading, "en") for lines in followups_readings.said(own, "en") for reading in lines)
    if took_part < SMALLEST:
        assert "Too few staff were heard" in text and "late word" not in text
        return
    assert f"{took_part} staff were heard in talks one to one" in text and "asked" not in text
    assert ("late word" in text) == (named >= 3)
    if named >= 3:
        assert (f"{named} of {took_part} spoke" in text.lower()) or "at least" in text.lower()


def test_the_demos_theme_of_one_person_is_on_no_page(tables):
    found = protect(followups.statistics(tables.records["followups"], SMALLEST), SMALLEST)
    assert not any("grade 4" in item for item in found.unique("item")) and found.cell("took_part", item="one_to_one", school_id="0114").value is None
    for school, kinds in TRUTH["records"]["followups"].items():
        for kind, count in kinds.items():
            cell = found.cell("took_part", item=kind, school_id=school)
            assert cell.value in (None, count)


# The feedback link


def link(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["school_id", "date", "person", "value"])
    frame["person"] = frame["person"].astype("str").where(frame["person"].notna())
    return frame.assign(survey="link", rates="pulse", item="q", centre=2.5, row=[f"link:{place:04d}" for place in range(len(frame))])


def test_within_a_month_each_person_counts_once_with_the_latest_answer_and_no_click_without_a_token():
    rows = [("S01", "2025-10-03", "a", 1.0), ("S01", "2025-10-20", "a", 4.0), ("S01", "2025-11-03", "a", 1.0), ("S01", "2025-10-05", None, 4.0)]
    found = pulse.persons(link(*rows))
    assert found[["period", "person", "value"]].values.tolist() == [["2025-10", "a", 4.0], ["2025-11", "a", 1.0]]


def test_a_month_of_few_persons_shows_nothing_however_many_answers_came():
    rows = [("S01", f"2025-10-{day:02d}", f"p{person}", 4.0) for person in range(9) for day in (2, 9, 16, 23)]
    found = protect(pulse.statistics(link(*rows), SMALLEST), SMALLEST)
    assert all(value is None for value in found.values()) and len(found)  # 36 answers of nine persons, ten are needed
    held = link(*rows, ("S01", "2025-10-02", "p9", 1.0)).assign(withheld=False)
    assert protect(pulse.statistics(held, SMALLEST), SMALLEST).cell("part", item="q", wave="2025-10").n == 10
    assert len(pulse.statistics(held.assign(withheld=True), SMALLEST)) == 0


@settings(max_examples=60)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=16))
def test_what_is_said_of_the_months_is_true(counts):
    from statistics import median

    from cyclebook.measures.runs import attainable, runs

    reading = pulse_readings.over_time([Cell(float(count), 0, 20, 20, "") for count in counts])
    shares = [5 * count for count in counts]
    tests = runs(shares, median(shares))
    text = sentence(reading, "en")
    assert str(len(counts)) in text
    if not attainable(tests.useful).any:
        assert "too few" in text
    elif not (tests.long_run or tests.crossings < tests.crossings_min):
        assert "luck alone would" in text
    else:
        half = len(shares) // 2
        assert ("risen" in text) == (median(shares[-half:]) > median(shares[:half])) and ("dropped" in text) == (median(shares[-half:]) < median(shares[:half]))


def test_the_demos_months_are_those_of_its_people(tables):
    ratings = tables.ratings[tables.ratings["rates"] == "pulse"].assign(centre=2.5)
    found = protect(pulse.statistics(ratings, SMALLEST), SMALLEST)
    for school, months in TRUTH["records"]["feedback_link"].items():
        for month, (up, persons) in months.items():
            cell = found.cell("part", item="heard_lately", wave=month, school_id=school)
            assert cell.n == persons and (cell.value == up or cell.bound)
    rising = [found.cell("part", item="heard_lately", wave=month, school_id="0103") for month in TRUTH["records"]["feedback_link"]["0103"]]
    assert pulse_readings.over_time(rising).template == "pu_up"


def test_the_feedback_link_is_no_rating_of_agreements(tables):
    from cyclebook.norms import prepare as norms

    assert not (norms._rated(load(ROOT), tables)["rates"] == "pulse").any()


FACTS = {"when": "fall 2025", "sent": 2, "held": 5, "count": 6, "middle": 60, "reasons": ("no one to cover classes",), "of": 9, "theme": "decisions come late",
         "text": "My voice counted here", "persons": 17}  # fmt: skip


@pytest.mark.parametrize("name", [*voice.sentences("evidence_learning"), *voice.sentences("evidence_followups"), *voice.sentences("evidence_pulse")])
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)
