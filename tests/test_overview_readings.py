"""Every sentence of the district's page is true of its numbers; no sentence puts schools in an order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.overview import readings
from cyclebook.overview.standing import STANDINGS
from cyclebook.reading import Reading, sentence
from tests import voice
from tests.frames import protected, scale
from tests.test_climate_readings import d, numbers

HUNDREDTHS = st.integers(-200, 200).map(lambda number: number / 100)
SCHOOLS = [{"id": f"S{n:02d}", "name": f"School {'ABCDEFGHIJKLMNOP'[n]}", "level": ""} for n in range(16)]


def say(reading: Reading) -> str:
    return sentence(reading, "en")


@given(st.lists(st.sampled_from(["shown", "few", "none"]), min_size=1, max_size=16))
def test_coverage_counts_and_names_who_is_missing(kinds):
    schools = SCHOOLS[: len(kinds)]
    rows = [
        {"statistic": "mean", "school_id": school["id"], "value": 3.5, "n": 20 if kind == "shown" else 3}
        for school, kind in zip(schools, kinds, strict=True)
        if kind != "none"
    ]
    text = say(readings.coverage(protected(*rows), schools, "w2", "Fall", "en"))
    covered, missing = kinds.count("shown"), [s["name"] for s, kind in zip(schools, kinds, strict=True) if kind != "shown"]
    if not missing:
        assert numbers(text) == ([len(kinds)] if len(kinds) > 1 else []) and text.startswith(("All ", "The district’s one school"))
    elif not covered:
        assert text.startswith("No school had enough") and numbers(text) == []
    else:
        assert numbers(text)[:2] == [covered, len(kinds)]
        assert [name for name in missing[:7] if name not in text] == []
        assert (f"{len(missing) - 7} more" in text) == (len(missing) > readings.NAMED)
        assert not [s["name"] for s in schools if s["name"] not in missing and s["name"] in text]


@given(HUNDREDTHS, HUNDREDTHS)
def test_the_districts_change_is_called_where_its_range_leaves_out_zero(a, b):
    low, high = sorted((a, b))
    pooled = {"school_id": "", "set": "wave=w2", "decimals": 2, "other_set": "wave=w1", "other_n": 90, "n": 90}
    table = protected({"statistic": "change_low", "value": low, **pooled}, {"statistic": "change_high", "value": high, **pooled})
    text = say(readings.change(table, scale(), "w2", "Fall"))
    assert ("likely rose" in text) == (low > 0) and ("likely fell" in text) == (high < 0)
    expected = [d(low), d(high)] if low > 0 else [-d(high), -d(low)] if high < 0 else [abs(d(low)), d(high)]
    assert numbers(text) == expected and all(number >= 0 for number in numbers(text))


def test_without_two_surveys_no_change_is_spoken_of():
    assert readings.change(protected({"statistic": "mean", "value": 3.0}), scale(), "w2", "Fall").template == "o_no_change"


@given(st.floats(1, 5).map(lambda value: round(value, 1)), st.booleans())
def test_the_districts_level(mean, bounded):
    table = protected({"statistic": "mean", "value": mean, "school_id": "", "set": "wave=w2"})
    text = say(readings.level(table, scale() if bounded else scale(low=None, high=None), "w2"))
    assert numbers(text) == [d(mean), *([1, 5] if bounded else [])]


@given(st.lists(st.tuples(HUNDREDTHS, HUNDREDTHS) | st.none(), min_size=1, max_size=16), st.sampled_from(["higher", "lower"]))
def test_schools_are_named_on_their_side_and_in_the_order_given(gaps, better):
    schools, rows = SCHOOLS[: len(gaps)], []
    for school, gap in zip(schools, gaps, strict=True):
        if gap is not None:
            rows += [
                {"statistic": f"difference_{end}", "value": value, "decimals": 2, "school_id": school["id"]}
                for end, value in zip(("low", "high"), sorted(gap), strict=True)
            ]
    pooled = {"school_id": "", "set": "wave=w2", "n": 300}
    rows += [{"statistic": "mean", "value": 3.6, **pooled}, {"statistic": "within_sd", "value": 0.8, "decimals": 2, **pooled}]
    said, worse = readings.positions(protected(*rows), schools, scale(better=better), "w2", 0.2, "en")
    known = [(school, sorted(gap)) for school, gap in zip(schools, gaps, strict=True) if gap is not None]
    above = [school for school, gap in known if gap[0] > 0]
    below = [school for school, gap in known if gap[1] < 0]
    for kind, side in (("o_above", above), ("o_below", below)):
        line = next((reading for reading in said if reading.template == kind), None)
        assert (line is not None) == bool(side)
        if line is not None and len(side) <= readings.NAMED:
            assert list(line["names"]) == [school["name"] for school in side]  # the order of schools, not of numbers
    rest = next((reading["count"] for reading in said if reading.template == "o_rest"), 0)
    assert rest == len(known) - len(above) - len(below)
    assert worse == [school["id"] for school in (below if better == "higher" else above)]
    assert any(reading.template == "higher_is_worse" for reading in said) == (better == "lower" and bool(above or below))


@given(st.lists(st.sampled_from([*STANDINGS]), max_size=12))
def test_each_idea_is_named_once_under_where_it_stands(kinds):
    found = [{"title": f"Idea {'ABCDEFGHIJKL'[n]}", "standing": kind} for n, kind in enumerate(kinds)]
    said = readings.cycles(found, STANDINGS, "en")
    if not found:
        assert said[0].template == "o_no_cycles"
        return
    assert said[0]["count"] == len(found)
    for standing in STANDINGS:
        names = [cycle["title"] for cycle in found if cycle["standing"] == standing]
        line = next((reading for reading in said if reading.template == f"o_standing_{standing}"), None)
        assert (line is not None) == bool(names)
        if line is not None and len(names) <= readings.NAMED:
            assert list(line["names"]) == names


@given(st.lists(st.sampled_from(readings.GOALS), max_size=20))
def test_goals_are_counted_by_where_they_stand(states):
    found = [(f"Goal {n}", state) for n, state in enumerate(states)]
    said = readings.goals(found, "en")
    if not found:
        assert said[0].template == "o_no_goals"
        return
    assert said[0]["count"] == len(states)
    assert sum(int(part.split()[0]) for part in said[0]["parts"]) == len(states)
    reached, lost = sum(state in ("met", "kept") for state in states), states.count("lost")
    assert any(reading.template == "o_celebrate" for reading in said) == bool(reached)
    assert any(reading.template == "o_lost" for reading in said) == bool(lost)


@given(st.integers(0, 12))
def test_the_cabinets_page_names_the_first_decisions_and_counts_the_rest(count):
    found = [{"what": "adopt", "cycle": f"c{n}", "schools": ["S01"]} for n in range(count)]
    said = readings.needs(found, {f"c{n}": f"Idea {n}" for n in range(count)}, {"S01": "School B"}, "en")
    if count == 0:
        assert [reading.template for reading in said] == ["o_nothing_to_decide"]
    else:
        more = [reading["count"] for reading in said if reading.template == "o_need_more"]
        assert sum(reading.template == "o_need_adopt" for reading in said) + sum(more) == count


@given(st.integers(0, 5), st.integers(0, 5))
def test_predictions_are_counted(closed, still_open):
    text = " ".join(say(reading) for reading in readings.predictions(closed, still_open))
    assert ("No plan has said" in text) == (closed == still_open == 0)
    assert [number for number in numbers(text)] == [Decimal(n) for n in (closed, still_open) if n > 1]


FACTS = {
    "schools": 24, "wave": "Fall 2025", "covered": 22, "missing": 2, "names": ("Alder Creek", "Birch Lane"), "name": "trust among staff",
    "mean": Decimal("3.7"), "bottom": 1, "top": 5, "least": Decimal("0.11"), "most": Decimal("0.30"), "down": Decimal("0.10"),
    "up": Decimal("0.06"), "count": 3, "title": "Peer visits", "parts": ("4 met", "1 kept"), "group": "“Role: Teacher”", "looks": 36,
    "gap": Decimal("0.25"), "low": Decimal("0.10"), "high": Decimal("0.40"),
}  # fmt: skip


@pytest.mark.parametrize("name", voice.sentences("overview"))
def test_a_principal_understands_it_and_no_word_hurts_or_boasts(name):
    voice.check(name, FACTS)
