"""Every sentence on readiness is true of its numbers, and the section passes the door."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.climate import readiness_readings as readings
from cyclebook.climate import readiness_sections
from cyclebook.climate.readiness import Rules, arrange, judge
from cyclebook.climate.readiness_rows import statistics, tenths
from cyclebook.climate.readiness_study import rates
from cyclebook.parameters import SETTINGS
from cyclebook.privacy import check_ledger, complete, from_bundle, protect, records, sizes
from cyclebook.privacy.door import LEDGER
from cyclebook.privacy.protect import BOUND, COLUMNS
from cyclebook.reading import sentence
from cyclebook.store import Bundle
from tests import voice
from tests.frames import protected

NAMES = {"trust": "trust among staff", "visits": "what visits saw", "norms": "how teams work together"}
VALUES = {name: rule.default for name, rule in SETTINGS.items()}
RULES = {name: value for name, value in VALUES.items() if name.startswith("readiness_")}
FACTS = {"count": 2, "needed": 3, "source": "trust among staff", "share": 50, "chance": 6, "ready": 68, "community": 32, "low": 3, "high": 8, "wrong": 14,
         "decided": 55, "up": 6, "down": 5, "names": ("trust among staff", "what visits saw")}  # fmt: skip
TENTHS = st.integers(0, 10).map(lambda number: number / 10)


def text(said) -> str:
    return " ".join(sentence(reading, "en") for reading in said)


def numbers(said) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text(said))]


def rows(**values) -> list[dict]:
    """Rows of one school: readiness_<name>, or <name>.<item>."""
    found = []
    for name, value in values.items():
        statistic, _, item = name.partition("__")
        decimals = 0 if statistic in ("sources", "verdict") or "of" in statistic.split("_") or statistic == "decided" else 1
        found.append({"statistic": f"readiness_{statistic}", "item": item, "scale": "readiness", "value": value, "decimals": decimals})
    return found


def table(**values):
    return protected(*rows(**values))


@pytest.mark.parametrize("name", voice.sentences("readiness"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)


@settings(max_examples=50)
@given(st.integers(0, 5), st.sampled_from([None, 1, 0, -1]), st.sampled_from(["add:visits", "again:trust", ""]))
def test_the_answer_is_one_of_three_or_what_to_add(count, told, item):
    given_ = {"sources": count} | ({} if told is None else {"verdict": told}) | ({f"next__{item}": 0.4} if item else {})
    said = readings.answer(table(**given_), NAMES, 6)
    words = text(said)
    assert ("Ready now" in words) == (told == 1)
    assert words.startswith("Start with community") == (told == -1)
    assert words.startswith("Cannot tell yet; start with community") == (told == 0)
    assert ("visit, to see and to listen. It never means lower priority" in words) == (told == 0 or (told is None and count == 0))
    assert ("one source alone gives no word" in words) == (told is None and count == 1)
    if told is not None:
        assert numbers(said) == [count]
    elif count:
        assert "What to add next: " in words and ("What to add next: what visits saw." in words) == (item == "add:visits")


def test_one_survey_alone_gives_no_word_on_readiness_and_names_what_to_add():
    own = table(**{"sources": 1, "next__add:visits": 0.3})
    said = readings.said(own, protected(), NAMES, RULES)
    assert [text(part) for part in said] == [
        "There is one source only, and one source alone gives no word on readiness. What to add next: what visits saw."
    ]


@settings(max_examples=50)
@given(TENTHS, TENTHS, TENTHS)
def test_chances_and_their_reach_are_true(a, b, c):
    low, chance, high = sorted((a, b, c))
    told = 1 if low >= 0.68 else -1 if high <= 0.32 else 0
    said = readings.certainty(table(verdict=told, chance=chance, chance_low=low, chance_high=high), RULES)
    words = text(said)
    assert "upper 50 percent" in words and "from 68 in 100 up" in words and "from 32 in 100 down" in words
    count = round(10 * chance)
    assert (f"about {count} in 10." in words) == (0 < count < 10)
    assert ("less than 1 in 10" in words) == (count == 0) and ("more than 9 in 10" in words) == (count == 10)
    assert ("stay about the same" in words) == (low == high)
    if low < high:
        assert f"from {round(10 * low)} to {round(10 * high)} tenths" in words
        assert ("would be the same all the way." in words) == (told != 0)
        assert ("so we do not give one" in words) == (told == 0 and not 0.32 < chance < 0.68)


@settings(max_examples=50)
@given(st.integers(0, 1000).map(lambda n: n / 1000), st.sampled_from([(0.68, 0.32), (0.6, 0.4), (0.55, 0.45), (0.99, 0.01), (0.7, 0.3)]))
def test_tenths_lie_on_the_same_side_of_both_limits(chance, limits):
    ready, community = limits
    shown = tenths(chance, Rules(ready_at=ready, community_at=community))
    assert (shown >= ready) == (chance >= ready) and (shown <= community) == (chance <= community)
    assert abs(shown - chance) < 0.1 + 1e-9 and 0 <= shown <= 1 and round(shown, 1) == shown


@settings(max_examples=50)
@given(*[st.integers(0, 100) | st.none()] * 5, st.sampled_from([1, 0, -1]))
def test_how_often_it_is_wrong_is_true(of_ready, of_community, decided, community, ready, told):
    shares = {"wrong_of_ready": of_ready, "wrong_of_community": of_community, "decided": decided, "community_of_ready": community, "ready_of_others": ready}
    district = table(**{name: value for name, value in shares.items() if value is not None})
    said = readings.wrong(table(verdict=told), district)
    words = text(said)
    mine = {1: of_ready, -1: of_community}.get(told)
    assert ("cannot say how often it is wrong" in words) == (told != 0 and mine is None)
    if mine is not None:
        assert ("fewer than one" in words) == (mine == 0) and ("about one is" in words) == (mine == 1)
        assert (f"told this, about {mine} are" in words) == (mine > 1)
        assert ("ready after all" in words) == (told == -1)
    whole = None not in (decided, community, ready)
    assert ("made-up districts like ours" in words) == whole
    if whole:
        assert numbers(said[-1:]) == [100, decided, community, 100, ready, 100]


@settings(max_examples=50)
@given(TENTHS, TENTHS, st.sampled_from([1, 0, -1]))
def test_what_could_have_been_shown_is_true(up, down, told):
    said = readings.could_show(table(verdict=told, could_ready=up, could_community=down))
    seldom = told == 0 and up <= 0.1 and down <= 0.1
    assert ("seldom be told either" in text([said])) == seldom
    assert seldom or numbers([said]) == [round(10 * up), 10, round(10 * down), 10]


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(sorted(NAMES)), st.integers(-20, 20).map(lambda n: n / 10)))
def test_each_source_speaks_for_the_side_that_its_number_is_on(found):
    own = table(**{f"say__{source}": value for source, value in found.items()})
    words = {reading.template: reading["names"] for reading in readings.parts(own, NAMES)}
    for template, holds in (("ready", lambda v: v > 0), ("community", lambda v: v < 0), ("neither", lambda v: v == 0)):
        assert set(words.get(f"rd_for_{template}", ())) == {NAMES[source] for source, value in found.items() if holds(value)}


@settings(max_examples=50)
@given(st.sampled_from(["add:visits", "again:trust", "hear:trust", ""]), TENTHS)
def test_the_next_piece_of_evidence_is_the_one_in_the_row(item, chance):
    own = table(**{"verdict": 0} | ({f"next__{item}": chance} if item else {}))
    said = readings.following(own, NAMES)
    words = text(said)
    if not item:
        assert words.startswith("No single piece")
        return
    kind, source = item.split(":")
    assert {"add": "do not have of this school", "again": "ask once more", "hear": "have not answered"}[kind] in words and NAMES[source] in words
    assert Decimal(str(chance)) in (0, 1) or numbers(said) == [round(10 * chance), 10]


def test_a_hidden_number_says_nothing():
    hidden = protected(*({**row, "n": 4} for row in rows(**{"sources": 2, "verdict": 1, "chance": 0.9, "chance_low": 0.8, "chance_high": 0.9, "say__trust": 0.4,
                                                                   "could_ready": 0.5, "could_community": 0.5, "next__again:trust": 0.5})))  # fmt: skip
    said = readings.said(hidden, protected(), NAMES, RULES)
    assert [[reading.template for reading in part] for part in said] == [["rd_none", "rd_visit"]]


# From evidence to the page


def evidence(schools: int = 12, seed: int = 4) -> pd.DataFrame:
    """A survey of all schools, in one of which many were not heard from, visits to most of them, and ratings that few schools have."""
    rng = np.random.default_rng(seed)
    theta = np.linspace(-2, 2, schools)
    found = []
    for j in range(schools):
        school = f"S{j:02}"
        own = f"answered=trust; school_id={school}; source=staff; wave=w1"
        value = round(3.7 + 0.3 * theta[j] + rng.normal(0, 0.1), 1)
        found.append((school, "trust", value, 0.12, 0.3 if j == 6 else 0.05, own, 20, "answered=trust; source=staff; wave=w1", 20 * schools))
        if j % 4:
            found.append((school, "visits", 5 + theta[j] + rng.normal(0, 0.3), 0.4, 0.0, "", 0, "", 0))
        if j < 5:
            found.append((school, "norms", 2 + theta[j], 0.3, 0.0, f"school_id={school}; source=review; wave=w1", 9, "source=review; wave=w1", 45))
    return pd.DataFrame(found, columns=["school_id", "source", "value", "error", "shift", "set", "n", "district_set", "district_n"]).assign(wave="w1")


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return statistics(evidence(), VALUES)


def value(found: pd.DataFrame, school: str, statistic: str, item: str = "") -> float:
    (one,) = found.loc[(found["school_id"] == school) & (found["statistic"] == f"readiness_{statistic}") & (found["item"] == item), "value"]
    return one


def test_rows_are_what_the_calculation_gives_and_name_who_stands_behind_them(found):
    given_ = arrange(evidence())
    judged = judge(given_, Rules())
    assert given_.sources == ("trust", "visits")  # ratings of five schools say nothing about a district's spread
    assert value(found, "S11", "verdict") == judged.verdict[11] == 1 and value(found, "S01", "verdict") == judged.verdict[1] == -1
    assert value(found, "S11", "chance") == tenths(judged.probability[11], Rules())
    assert value(found, "S11", "say", "visits") == pytest.approx(judged.say[11, 1], abs=0.05)
    assert value(found, "S00", "sources") == 1 and not ((found["school_id"] == "S00") & (found["statistic"] == "readiness_verdict")).any()
    own = found[found["school_id"] == "S11"].set_index("statistic")
    assert set(own.loc[own["item"] != "visits", "set"]) == {"answered=trust; school_id=S11; source=staff; wave=w1"} and set(own.loc[own["item"] != "visits", "n"]) == {20}
    assert own.loc[own["item"] == "visits", "set"].tolist() == [""]
    district = found[found["school_id"] == ""]
    assert set(district["set"]) == {"answered=trust; source=staff; wave=w1"} and set(district["n"]) == {240}
    assert value(found, "", "decided") == round(100 * rates(given_, Rules(), 20251121).decided)


def test_the_same_evidence_gives_the_same_rows_in_any_order(found):
    pd.testing.assert_frame_equal(statistics(evidence(), VALUES), found)


def test_values_of_few_persons_enter_nothing(found):
    few = evidence()
    few.loc[(few["school_id"] == "S11") & (few["source"] == "trust"), "n"] = 4
    again = statistics(few, VALUES)
    assert value(again, "S11", "sources") == 1
    assert not again["set"].str.contains("school_id=S11").any()
    left_out = evidence()
    left_out = left_out[(left_out["school_id"] != "S11") | (left_out["source"] != "trust")]
    pd.testing.assert_frame_equal(again, statistics(left_out, VALUES))


def test_without_evidence_there_is_no_row_and_with_few_schools_no_word():
    nothing = statistics(evidence().head(0), VALUES)
    assert nothing.empty and list(nothing.columns) == [*COLUMNS, BOUND]
    few = evidence()
    few = statistics(few[few["school_id"] < "S06"], VALUES)
    assert set(few.loc[few["school_id"] != "", "statistic"]) == {"readiness_sources"} and set(few.loc[few["school_id"] != "", "value"]) == {0}
    own = protect(few, 5)
    assert readings.said(own.rows(school_id="S01"), own.rows(school_id=""), NAMES, RULES)[0][0].template == "rd_none" and len(own)


def bundle(found: pd.DataFrame, school: str) -> tuple[Bundle, dict]:
    table = protect(found, 5)
    rows_ = records(table.rows(school_id=(school, "")).frame)
    facts = {"school": {"id": school}, "focus": "w1", "settings": [{"name": name, "value": value} for name, value in VALUES.items()],
             "readiness_sources": [{"id": source, "about": about} for source, about in NAMES.items()]}  # fmt: skip
    return Bundle("01_collect_climate", json.loads(json.dumps(facts)), from_bundle(json.loads(json.dumps(rows_))), ()), sizes(table)


@pytest.mark.parametrize(
    ("school", "start"),
    [("S11", "Ready now."), ("S01", "Start with community."), ("S06", "Cannot tell yet; start with community."), ("S00", "There is one source only"),
     ("S99", "There is nothing yet")],
)
def test_the_section_says_it_and_passes_the_gate(found, monkeypatch, school, start):
    page, known = bundle(found, school)
    shown: list[dict] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    readiness_sections.readiness(page)
    words = "\n".join(data["text/plain"] for data in shown)
    assert words.startswith(start)
    told = school in ("S11", "S01", "S06")
    assert any("image/png" in data for data in shown) == told and ("What each source says on readiness" in words) == told
    assert "readiness [" in shown[-1]["text/plain"]  # notes have a place
    entries = complete([entry for data in shown for entry in data.get(LEDGER, [])], known)
    if school != "S99":
        check_ledger(pd.DataFrame(entries), 5)
        assert {entry["set"].split("; ")[1] for entry in entries} <= {f"school_id={school}", "source=staff"}


def test_a_note_fits_as_long_as_the_answer_is_the_same(found, monkeypatch):
    def mark(rows_: pd.DataFrame, school: str) -> str:
        shown: list[dict] = []
        monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
        readiness_sections.readiness(bundle(rows_, school)[0])
        return shown[-1]["text/plain"]

    moved, other = found.copy(), found.copy()
    moved.loc[moved["statistic"].isin(["readiness_chance", "readiness_say", "readiness_could_ready"]), "value"] -= 0.1
    other.loc[other["statistic"] == "readiness_verdict", "value"] = 0.0
    assert mark(found, "S11") == mark(moved, "S11") != mark(other, "S11")
    assert mark(found, "S00") == mark(moved, "S00")


def test_a_district_without_such_sources_has_no_such_section(found, monkeypatch):
    page, _ = bundle(found, "S11")
    page.facts["readiness_sources"].clear()
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: pytest.fail("something is shown"))
    readiness_sections.readiness(page)
