"""With and without flagged responses: the numbers, who stands behind them, and every sentence true of them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook import privacy, sources
from cyclebook.batch.receipt import flagged_lines
from cyclebook.climate import estimate, flagged, flagged_readings, pooling
from cyclebook.climate import prepare as climate_prepare
from cyclebook.climate import sections as climate_sections
from cyclebook.overview import prepare as overview_prepare
from cyclebook.overview import sections as overview_sections
from cyclebook.parameters import load
from cyclebook.privacy import check_ledger, complete, from_bundle, protect
from cyclebook.privacy.door import LEDGER
from cyclebook.reading import Reading, sentence
from cyclebook.store import Bundle
from tests import small_district
from tests.frames import protected, scale
from tests.test_climate_readings import numbers
from tests.test_estimate import SCALE, SETTINGS, roster

SURVEYS = [{"id": "staff", "title": "Staff survey"}]


def tables(**schools) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers and respondents of one wave; a school's persons are (answer to both questions, flags)."""
    people, rows = [], []
    for school, persons in schools.items():
        for place, (value, flags) in enumerate(persons):
            row = f"staff:{school}{place}"
            people.append(("staff", school, "w1", row, flags))
            rows += [("staff", school, "w1", row, None, item, float(value)) for item in ("q1", "q2")]
    return (pd.DataFrame(rows, columns=["survey", "school_id", "wave", "row", "person", "item", "value"]),
            pd.DataFrame(people, columns=["survey", "school_id", "wave", "row", "flags"]))  # fmt: skip


def persons(values, flags="", marked=0) -> list[tuple[int, str]]:
    return [(value, flags if place < marked else "") for place, value in enumerate(values)]


def made(*found, smallest=5) -> privacy.Protected:
    """All of the district's rows, protected, as `prepare` puts them together."""
    answers, people = found
    raw = estimate.statistics(answers, roster(), {"trust": SCALE}, {"w1": None}, lambda school: SETTINGS | {"smallest_group": smallest})
    more = flagged.statistics(answers, people, {"trust": SCALE}, smallest)
    return protect(pd.concat([raw, more], ignore_index=True), smallest)


#: No school has few on one side.
SIDES = {"A": persons([5, 5, 5, 5, 5, 2, 3, 2, 3, 2, 3], "alike", 5), "B": persons([5, 5, 3, 3, 2, 3, 2, 4]), "C": persons([3, 4, 3, 2, 3, 4, 3])}
THREE = {"A": persons([5, 5, 5, 5, 2, 3, 2, 3, 2, 3], "alike", 4), "B": persons([5, 5, 3, 3, 2, 3, 2, 4], "fast|date_cell", 2), "C": persons([3, 4, 3, 2, 3, 4, 3])}


def test_the_average_without_is_that_of_the_others_in_the_same_schools():
    answers, people = tables(**THREE)
    (one,) = flagged.compare(answers, people, {"trust": SCALE}, 5).itertuples()
    assert (one.scored, one.flagged, one.persons) == (25, 6, 6)
    assert one.mean_persons == pytest.approx(np.mean([value for some in THREE.values() for value, _ in some]))
    assert one.without_persons == pytest.approx(np.mean([value for some in THREE.values() for value, flags in some if not flags]))
    left = answers[answers["row"].isin(people.loc[people["flags"] == "", "row"])]
    alone = estimate.statistics(left, roster(), {"trust": SCALE}, {"w1": None}, lambda school: SETTINGS)
    shown = alone[(alone["statistic"] == "mean") & (alone["school_id"] == "")]["value"].item()
    assert round(one.without, 1) == shown and one.without < one.mean


def test_the_numbers_stand_on_sets_of_their_own():
    table = made(*tables(**SIDES)).rows(school_id="")
    assert table.cell("flagged", scale="staff").value == 5 and table.cell("responses", scale="staff").value == 26
    assert table.cell("mean_with", scale="trust") is None  # these are the schools of the district's own mean
    frame = table.frame.set_index(["scale", "statistic"])
    assert frame.loc[("staff", "flagged"), "set"] == "flagged=yes; source=staff; wave=w1"
    row = frame.loc[("trust", "mean_without")]
    assert (row["set"], row["n"]) == ("answered=trust; flagged=no; source=staff; wave=w1", 21)
    assert (row["other_set"], row["other_n"]) == ("answered=trust; flagged=yes; source=staff; wave=w1", 5)


def published(*found) -> pd.DataFrame:
    return flagged.compare(*found, {"trust": SCALE}, 5, published=True)


def test_the_one_person_left_beside_the_flagged_moves_no_published_number():
    """Three schools with 20, 20 and 6 answers; in the school of 6 five came too fast. The sixth could be read off the pair."""
    shown = []
    for last in (1, 5):
        found = {"A": persons([3, 4, 2, 5] * 5), "B": persons([2, 3, 4, 3] * 5), "C": persons([5, 4, 5, 4, 5, last], "fast", 5)}
        table = made(*tables(**found)).rows(school_id="")
        assert table.cell("mean_without", scale="trust").value is None and table.cell("mean_with", scale="trust") is None
        assert table.cell("flagged", scale="staff").value == 5
        shown.append(table.rows(statistic=("flagged", "not_flagged", "mean_without", "mean_with", "responses")).frame)
    pd.testing.assert_frame_equal(*shown)


def test_a_published_pair_is_made_of_averages_as_they_would_be_shown():
    (one,) = published(*tables(**SIDES)).itertuples()
    for found, kept in ((one.mean, SIDES), (one.without, {name: [p for p in some if not p[1]] for name, some in SIDES.items()})):
        answered = {name: [float(value) for value, _ in some] for name, some in kept.items()}
        n = pd.Series({name: len(values) for name, values in answered.items()})
        means = pd.Series({name: round(np.mean(values), 1) for name, values in answered.items()})
        within = round(pooling.within_sd([name for name in answered for _ in answered[name]], [v for values in answered.values() for v in values]), 2)
        assert found == pytest.approx(pooling.steady(means, within**2 / n + 0.1**2 / 12).mu, rel=1e-9)


APART = {  # in D and E three each are flagged: they would be few on one side
    "A": persons([5] * 5 + [2, 3, 2, 3, 2], "alike", 5), "B": persons([3, 4, 3, 2, 3, 4]), "C": persons([4, 4, 3, 2, 3]),
    "D": persons([5, 5, 5, 2, 2, 3, 4, 3], "alike", 3), "E": persons([1, 1, 1, 2, 2, 3, 4, 3], "alike", 3),
}  # fmt: skip


def test_a_school_with_few_on_one_side_is_on_neither_and_the_pair_has_a_base_of_its_own():
    (one,) = published(*tables(**APART)).itertuples()
    kept = tables(**{school: APART[school] for school in "ABC"})
    (alone,) = published(*kept).itertuples()  # of averages as they are shown, as the pair
    assert (one.scored, one.flagged, one.persons, one.whole) == (21, 5, 5, False)
    assert (one.mean, one.without) == pytest.approx((alone.mean, alone.without))
    frame = made(*tables(**APART)).rows(school_id="", scale="trust").frame.set_index("statistic")
    assert (frame.loc["mean_with", "set"], frame.loc["mean_with", "n"]) == ("answered=trust; school_id=A|B|C; source=staff; wave=w1", 21)
    assert frame.loc["mean_without", "set"] == "answered=trust; flagged=no; school_id=A|B|C; source=staff; wave=w1"
    assert frame.loc["mean_with", "value"] != frame.loc["mean", "value"]


@pytest.mark.parametrize("change", [
    {"E": persons([1, 1, 1, 2, 2, 3, 4, 3])},  # three flagged outside: the count of all would give them away
    {"C": persons([4, 4, 3, 2, 3], "fast", 1)},  # two schools are left
    {"A": persons([5] * 5 + [2, 3, 2, 3, 2], "duplicate", 5)},  # nobody is known to be flagged
])  # fmt: skip
def test_where_too_little_is_left_the_pair_is_not_shown(change):
    found = tables(**APART | change)
    (one,) = published(*found).itertuples()
    assert np.isnan(one.mean) and np.isnan(one.without)
    table = made(*found).rows(school_id="", scale="trust")
    assert table.cell("mean_without").value is None and table.cell("mean_with") is None
    (full,) = flagged.compare(*found, {"trust": SCALE}, 5).itertuples()
    assert np.isfinite([full.mean, full.without]).all()  # the analyst's view


@given(st.lists(st.lists(st.sampled_from(["", "", "alike", "duplicate"]), min_size=5, max_size=14), min_size=3, max_size=5))
def test_a_published_pair_stands_on_no_school_with_few_on_one_side(schools):
    found = tables(**{f"S{place}": [(1 + turn % 5, flags) for turn, flags in enumerate(some)] for place, some in enumerate(schools)})
    for one in published(*found).itertuples():
        if np.isfinite(one.mean):
            names = dict(privacy.RespondentSet.parse(one.set).pairs).get("school_id", [f"S{place}" for place in range(len(schools))])
            inside = [schools[int(name[1:])] for name in names]
            assert len(inside) >= 3 and sum(map(len, inside)) == one.scored
            for some in inside:
                assert some.count("") >= 5 and (some.count("") == len(some) or some.count("alike") >= 5)
            outside = [flags for place, some in enumerate(schools) if f"S{place}" not in names for flags in some]
            assert outside.count("") == 0 or outside.count("") >= 5
            assert outside.count("") == len(outside) or outside.count("alike") >= 5


def test_no_number_of_a_school_is_made():
    answers, people = tables(**THREE)
    assert set(flagged.statistics(answers, people, {"trust": SCALE}, 5)["school_id"]) == {""}


@pytest.mark.parametrize(("sizes", "marked", "counts", "pair"), [
    ((20, 8, 8), 4, False, False), ((20, 8, 8), 5, True, True), ((20, 8, 8), 15, True, True),
    ((20, 8, 8), 16, True, False),  # four are left in that school
    ((24, 0, 0), 20, False, False), ((24, 0, 0), 24, False, False),  # four, nobody left in all
])  # fmt: skip
def test_fewer_than_the_smallest_group_on_either_side_hides_both(sizes, marked, counts, pair):
    """sizes: persons in A, B and C; marked: so many in A are flagged."""
    found = {school: [(2 + turn % 3, "alike" if school == "A" and turn < marked else "") for turn in range(size)] for school, size in zip("ABC", sizes, strict=True)}
    table = made(*tables(**found)).rows(school_id="")
    for name, of, shown in (("flagged", "staff", counts), ("mean_without", "trust", pair)):
        cell = table.cell(name, scale=of)
        assert (cell is not None and cell.value is not None) == shown, name


def test_repeats_may_be_one_person_and_count_for_none():
    again = THREE | {"A": persons([5, 5, 5, 5, 2, 3, 2, 3, 2, 3], "duplicate", 4)}
    table = made(*tables(**again)).rows(school_id="")
    assert table.cell("flagged", scale="staff").value is None and table.cell("mean_without", scale="trust").value is None
    more = again | {"C": persons([3, 4, 3, 2, 3, 4, 3], "alike", 3)}
    row = made(*tables(**more)).rows(school_id="", statistic="flagged", scale="staff").frame.iloc[0]
    assert (row["value"], row["n"]) == (9, 5)


def test_a_school_under_the_smallest_group_is_on_neither_side():
    small = THREE | {"D": persons([1, 1, 1, 1], "alike", 4)}
    answers, people = tables(**small)
    (one,) = flagged.compare(answers, people, {"trust": SCALE}, 5).itertuples()
    assert (one.scored, one.flagged) == (25, 6)
    table = made(answers, people).rows(school_id="", scale="staff")
    assert (table.cell("flagged").value, table.cell("responses").value) == (6, 25)
    assert table.rows(statistic="responses").unique("set") == ["school_id=A|B|C; source=staff; wave=w1"]


def test_nothing_flagged_and_nothing_is_said():
    answers, people = tables(A=persons([3, 4, 3, 4, 5]), B=persons([3, 2, 3, 2, 4], "date_cell", 5))
    assert flagged.statistics(answers, people, {"trust": SCALE}, 5).empty
    assert flagged.compare(answers, people, {"trust": SCALE}, 5).empty
    assert flagged_readings.flagged(protected(), SURVEYS, [scale()], "w1") == []


def say(reading: Reading) -> str:
    return sentence(reading, "en")


TENTHS = st.integers(10, 50).map(lambda number: number / 10)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 60), st.booleans(), st.lists(st.tuples(TENTHS, TENTHS, st.integers(0, 9), st.none() | TENTHS), max_size=4))
def test_every_sentence_is_true_of_what_is_shown(some, repeats, rest, whole, scales):
    district, persons_of, shown_scales = {"school_id": "", "wave": "w2"}, some, []
    rows = []
    if some + repeats:
        rows += [
            {**district, "statistic": "flagged", "scale": "staff", "decimals": 0, "value": some + repeats, "n": persons_of, "set": "f=y", "other_set": "f=n", "other_n": rest},
            {**district, "statistic": "responses", "scale": "staff", "decimals": 0, "value": some + repeats + rest, "n": some + repeats + rest, "set": "source=staff; wave=w2" if whole else "school_id=A|B; source=staff; wave=w2"},
        ]  # fmt: skip
        for place, (mean, without, behind, own) in enumerate(scales):
            name = f"scale {'abcd'[place]}"
            shown_scales.append(scale(id=name, about=name))
            rows += [{**district, "statistic": "mean", "scale": name, "value": mean, "n": 90},
                     {**district, "statistic": "mean_without", "scale": name, "value": without, "n": 80, "other_set": "f=y", "other_n": behind}]  # fmt: skip
            if own is not None:
                rows.append({**district, "statistic": "mean_with", "scale": name, "value": own, "n": 70, "set": "school_id=A|B"})
    texts = [say(reading) for reading in flagged_readings.flagged(protected(*rows), SURVEYS, shown_scales, "w2")]
    counted = [text for text in texts if text.startswith("Of ")]
    few = [text for text in texts if "too few people to say more" in text]
    if not some + repeats:
        assert counted == few == []
    elif persons_of >= 5 and rest >= 5:
        assert [numbers(text) for text in counted] == [[some + repeats + rest, some + repeats]] and few == []
        assert ("in the schools that we can show" in counted[0]) == (not whole)
    else:  # the flagged or the others
        assert counted == [] and len(few) == 1 and numbers(few[0]) == [] and "These, or all others," in few[0]
    for place, (mean, without, behind, own) in enumerate(scales if some + repeats else []):
        named = [text for text in texts if f"scale {'abcd'[place]}" in text]
        base = mean if own is None else own
        if behind < 5:
            assert all("We do not say" in text for text in named) and len(named) == (0 if few else 1)
            continue
        (text,) = named
        assert ("only in some schools" in text) == (own is not None)
        assert ("district’s average" in text) == (own is None)
        if base == without:
            assert "the same" in text and numbers(text) == []
        elif own is None:
            assert [float(number) for number in numbers(text)] == [without, mean] and "would be" in text
        else:
            assert f"averages {own} with them and {without} without them" in text
    assert not any("careless" in text.lower() for text in texts)


# From the export to what the analyst and the pages see

BOOK = {
    "parameters/codebooks/staff.yaml": "answers:\n  agree: {Disagree: 1, Neither: 2, Agree: 3}\nitems:\n"
    + "".join(f"  q{n}: {{columns: [q{n}], text: q{n}., answers: agree}}\n" for n in range(1, 9))
    + "scales:\n  help: {name: Help, about: help among staff, items: [q1, q2, q3, q4, q5, q6, q7, q8], reverse: [q8], range: [1, 3], source: Ours.}\n",
    "parameters/schools.csv": "school_id,name\n" + "".join(f"010{n},School {n}\n" for n in range(1, 5)),
}


@pytest.fixture(scope="module")
def district(tmp_path_factory):
    """Four schools of ten; in two of them five each answered everything alike, and in one five came fast."""
    lines = ["Comment,School,Seconds," + ",".join(f"q{n}" for n in range(1, 9))]
    for school in range(1, 5):
        for place in range(10):
            cells = ["Agree"] * 8 if school < 3 and place < 5 else [["Agree", "Neither", "Disagree"][(place + n + school) % 3] for n in range(8)]
            lines.append(",".join([f"{school}/{place}", f"010{school}", "9" if school == 4 and place > 4 else "200", *cells]))
    folder = small_district.write(tmp_path_factory.mktemp("flagged"), BOOK | {
        "data/raw/answers.csv": "\n".join(lines),
        "parameters/sources.yaml": "surveys:\n  staff: {title: Staff survey}\nsources:\n  answers: {table: responses, survey: staff, form: csv, "
        "path: data/raw/answers.csv, wave: 2025-fall, school: School, duration: Seconds, codebook: staff}\n",
    })  # fmt: skip
    loaded = load(folder)
    return SimpleNamespace(loaded=loaded, tables=sources.read(loaded))


def test_check_counts_by_kind_and_gives_both_averages(district):
    lines = list(flagged_lines(district.loaded, district.tables))
    assert lines[0] == "Staff survey, 2025-fall: 40 responses kept; flagged, and kept like all others:"
    assert [line.split(" (")[0] for line in lines[1:3]] == ["  alike: 10", "  fast: 5"]
    assert lines[3].startswith("  help: ") and "with all 40 scored" in lines[3] and "without the 15 flagged (mean of schools)" in lines[3]
    assert len(lines) == 4


def test_the_bundle_of_a_school_holds_the_districts_rows_and_none_of_its_own(district):
    _, made = climate_prepare.prepare(district.loaded, district.tables)
    for school_id, bundle in made:
        rows = [row for row in bundle["statistics"] if row["statistic"] in ("flagged", "not_flagged", "mean_without", "responses")]
        assert {row["school_id"] for row in rows} == {""} and len(rows) == 6, school_id
        assert all(row["n"] is None for row in rows)  # one answer more elsewhere makes no page stale


@pytest.mark.parametrize(
    ("prepare", "section", "unit"),
    [(climate_prepare, climate_sections.participation, "0101"), (overview_prepare, overview_sections.schools, "_district")],
)
def test_both_pages_say_it_and_pass_the_gate(district, monkeypatch, prepare, section, unit):
    sizes, made = prepare.prepare(district.loaded, district.tables)
    facts = json.loads(json.dumps(dict(made)[unit], sort_keys=True))
    bundle = Bundle("step", facts, from_bundle(facts.pop("statistics")), ())
    shown: list[dict] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    section(bundle)
    text = "\n".join(data["text/plain"] for data in shown)
    assert "Of 40 responses in the district (Staff survey), 15 gave one answer to a long set of questions" in text
    (one,) = flagged.compare(district.tables.responses, district.tables.respondents, district.loaded.scales, 5).itertuples()
    mean, without = (f"{number:.{one.decimals}f}" for number in (one.mean, one.without))
    said = f"of help among staff would be {without} and not {mean}" if mean != without else "the same as shown for: help among staff"
    assert said in text
    assert ("Without flagged responses" in text) == (unit == "_district")
    entries = complete([entry for data in shown for entry in data.get(LEDGER, [])], sizes)
    ledger = pd.DataFrame(entries)
    check_ledger(ledger, 5)
    marked = ledger[ledger["set"].str.contains("flagged=")]
    assert set(marked["set"].str.contains("school_id")) == {False} and set(marked["n"]) == {15, 25}
