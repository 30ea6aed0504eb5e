"""How well a survey measures: the numbers, whose they are, what is not shown, and every sentence true of them."""

from __future__ import annotations

import json
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook import sources
from cyclebook.climate import agreement, estimate, measurement, pooling
from cyclebook.climate import measurement_readings as readings
from cyclebook.climate import prepare as climate_prepare
from cyclebook.climate import sections as climate_sections
from cyclebook.climate.reliability import reliability
from cyclebook.climate.scales import item_answers
from cyclebook.overview import prepare as overview_prepare
from cyclebook.overview import sections as overview_sections
from cyclebook.parameters import load
from cyclebook.privacy import check_ledger, coding, complete, from_bundle, protect
from cyclebook.privacy.audit import audit
from cyclebook.privacy.door import LEDGER
from cyclebook.reading import Reading, sentence
from cyclebook.store import Bundle
from tests import small_district, voice
from tests.frames import protected, scale
from tests.test_estimate import SCALE, SETTINGS, roster

ITEMS = ("q1", "q2", "q3", "q4")
FOUR = SimpleNamespace(**{**vars(SCALE), "items": ITEMS})
FIVE = (1.0, 5)  # five answers, one unit apart


def say(reading: Reading) -> str:
    return sentence(reading, "en")


def persons(seed: int, apart=0.7, **schools: int) -> pd.DataFrame:
    """Answers 1 to 5 to four questions, that many persons in each school; one in seven leaves the last question out."""
    rng, rows = np.random.default_rng(seed), []
    for school, count in schools.items():
        level = 3.2 + 0.4 * rng.normal()
        for place in range(count):
            values = np.clip(np.round(level + apart * rng.normal() + 0.7 * rng.normal(size=4)), 1, 5)
            rows += [("staff", school, "w1", f"{school}{place}", None, item, value) for item, value in zip(ITEMS, values, strict=True)
                     if item != "q4" or place % 7]  # fmt: skip
    return pd.DataFrame(rows, columns=["survey", "school_id", "wave", "row", "person", "item", "value"])


def made(answers: pd.DataFrame, a_scale=FOUR, options=FIVE, smallest=5) -> pd.DataFrame:
    levels = estimate.statistics(answers, roster(), {"trust": a_scale}, {"w1": None}, lambda school: SETTINGS | {"smallest_group": smallest})
    own = measurement.statistics(levels, item_answers(answers, {"trust": a_scale}), {"trust": a_scale}, {"trust": options}, "w1", smallest)
    return pd.concat([levels, own], ignore_index=True)


def district(table: pd.DataFrame, statistic: str) -> pd.Series:
    (found,) = [row for _, row in table[(table["statistic"] == statistic) & (table["school_id"] == "")].iterrows()]
    return found


SCHOOLS = {"A": 24, "B": 18, "C": 12, "D": 12, "E": 7, "F": 4}  # E is under twice five, F under five


def test_numbers_of_the_district_are_those_of_its_cleared_schools():
    answers = persons(1, **SCHOOLS)
    table, wide = made(answers), answers.pivot(index=["school_id", "row"], columns="item", values="value")
    known = wide[wide.index.get_level_values("school_id") != "F"]
    found = reliability(known)
    assert district(table, "alpha")["value"] == round(found.alpha_listwise, 2)
    assert [district(table, f"alpha_{end}")["value"] for end in ("low", "high")] == [round(end, 2) for end in found.alpha_listwise_feldt]
    assert district(table, "omega")["value"] == round(found.omega_total_cfa_listwise, 2)
    row = district(table, "alpha")
    assert row["set"] == district(table, "schools")["set"] == "answered=trust; school_id=A|B|C|D|E; source=staff; wave=w1"
    assert (row["n"], row["answered"]) == (73, len(known.dropna()))

    large = known[known.index.get_level_values("school_id") != "E"].dropna()
    group = large.index.get_level_values("school_id")
    for variant in ("james", "lindell"):
        row = district(table, f"rwg_j_{variant}")
        assert row["value"] == round(agreement.rwg_j(group, large, 5, variant).mean, 2)
        assert (row["set"], row["n"], row["answered"]) == ("answered=trust; school_id=A|B|C|D; source=staff; wave=w1", 66, len(large))
    assert district(table, "average_deviation")["value"] == round(agreement.average_deviation(group, large).mean, 2)
    assert district(table, "agreement_schools")["value"] == 4
    even = district(table, "even_deviation")
    assert (even["value"], even["set"]) == (1.2, "")  # stands on nobody
    assert set(table.loc[table["statistic"].isin(measurement.OF_DISTRICT), "school_id"]) == {""}


def test_the_step_between_answers_changes_no_index_and_the_deviation_by_its_size():
    answers = persons(1, **SCHOOLS)
    tens = made(answers.assign(value=answers["value"] * 10), SimpleNamespace(**{**vars(FOUR), "low": 10.0, "high": 50.0}), (10.0, 5))
    ones = made(answers)
    for name in ("alpha", "omega", "rwg_j_james", "rwg_j_lindell"):
        assert district(tens, name)["value"] == district(ones, name)["value"]
    assert district(tens, "average_deviation")["value"] == pytest.approx(10 * district(ones, "average_deviation")["value"], abs=0.05)
    assert district(tens, "even_deviation")["value"] == 12


def test_few_schools_or_few_whole_answers_show_nothing():
    names = set(measurement.OF_DISTRICT)
    assert not names & set(made(persons(2, A=20, B=20))["statistic"])  # two schools cannot be compared
    few = made(persons(2, A=20, B=20, C=9, D=9))
    assert names & set(few["statistic"]) == {"alpha", "alpha_low", "alpha_high", "omega"}  # agreement needs three of ten
    answers = persons(2, A=8, B=8, C=8)
    left_out = answers[(answers["item"] != "q4") | answers["row"].isin(["A1", "A2", "B1", "B2", "C1"])]
    hidden = protect(made(left_out), 5).rows(statistic=("alpha", "alpha_low", "omega"), school_id="")
    assert hidden.values() == [None] * 3 and set(hidden.unique("why")) <= {"few persons", "no fit", "heywood"}
    assert made(answers.iloc[:0])["statistic"].tolist() == []


def test_without_evenly_spaced_answers_there_is_no_agreement_and_of_finished_scores_nothing():
    names = set(measurement.OF_DISTRICT)
    assert names & set(made(persons(3, **SCHOOLS), options=None)["statistic"]) == {"alpha", "alpha_low", "alpha_high", "omega"}
    scored = SimpleNamespace(**{**vars(FOUR), "items": (), "column": "q1"})
    answers = persons(3, **SCHOOLS)
    assert not names & set(made(answers[answers["item"] == "q1"].assign(item="trust"), scored)["statistic"])
    two = SimpleNamespace(**{**vars(FOUR), "items": ("q1", "q2")})
    assert names & set(made(persons(3, **SCHOOLS), two)["statistic"]) == names - {"omega"}


def test_steps_between_answers():
    def item(name, *numbers):
        return SimpleNamespace(id=name, answers={str(place): number for place, number in enumerate(numbers)})

    likert = [item(name, 1, 2, 3, 4, 5, 5) for name in ITEMS]
    assert measurement.steps(FOUR, likert) == (1.0, 5)
    assert measurement.steps(FOUR, [item(name, 1, 3, 5, 9) for name in ITEMS]) == (2.0, 3)  # 9 lies outside the scale
    assert measurement.steps(FOUR, [*likert[1:], item("q1", 1, 5)]) is None
    assert measurement.steps(FOUR, [item(name, 1, 2, 5) for name in ITEMS]) is None
    assert measurement.steps(FOUR, [item(name) for name in ITEMS]) is None  # a number is given
    assert measurement.steps(FOUR, [item("other", 1, 2)]) is None
    assert measurement.steps(SimpleNamespace(**{**vars(FOUR), "low": None, "high": None}), likert) is None


def test_a_heywood_case_is_named_and_has_no_number():
    answers = persons(4, **SCHOOLS)
    answers = answers[answers["item"] != "q4"].sort_values(["row", "item"], ignore_index=True)
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=(2, len(answers) // 3))
    answers["value"] = np.clip(np.round(3 + np.column_stack([one + two, 1.2 * one, 1.2 * two]).ravel()), 1, 5)  # q1 is all that q2 and q3 share
    three = SimpleNamespace(**{**vars(FOUR), "items": ITEMS[:3]})
    table = made(answers, three)
    row = district(table, "omega")
    assert row["why"] == "heywood" and np.isnan(row["value"])
    shown = protect(table, 5).rows(school_id="")
    facts = scale(items=[{"id": item} for item in ITEMS[:3]])
    said = readings.together(shown, [facts], "w1")
    assert [reading.template for reading in said][-1] == "m_no_fit" and shown.cell("omega").value is None


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from([0, 1, 3, 19]))
def test_agreement_never_tells_that_all_agree(seed, others):
    """However alike staff answer, a school counts as no closer than what may be shown of so many persons."""
    rng, rows = np.random.default_rng(seed), []
    for school, n in zip("ABC", rng.integers(10, 30, 3), strict=True):
        for place in range(n):
            level = 3 + (place < others)
            rows += [("staff", school, "w1", f"{school}{place}", None, item, float(level)) for item in ITEMS]
    answers = pd.DataFrame(rows, columns=["survey", "school_id", "wave", "row", "person", "item", "value"])
    sizes = answers.groupby("school_id")["row"].nunique().to_numpy()
    items = answers.pivot(index=["school_id", "row"], columns="item", values="value")
    whole = pd.DataFrame({"school_id": [""], "wave": "w1", "scale": "trust", "n": len(items), "set": "source=staff", "why": "", "answered": len(items)})
    table = pd.concat(measurement._agreed(items, whole, {"source": ("staff",)}, FOUR, FIVE, 5))
    least = 1 - (coding.least_spread(sizes, 5, 1, 5) ** 2).mean() / 2
    lindell, away = district(table, "rwg_j_lindell"), district(table, "average_deviation")
    assert lindell["value"] <= least + 0.005 and away["value"] >= (4 * 0.25 * 4 / sizes).mean() - 0.005
    exact = agreement.rwg_j(items.index.get_level_values("school_id"), items, 5, "lindell").mean
    assert (lindell["bound"] == "more") == (round(exact + 1e-9, 2) > lindell["value"])
    if others == 0:
        assert lindell["bound"] == "more" and away["bound"] == "less"


def test_an_average_deviation_leaves_the_average_of_a_few_open():
    """The floor: of n persons with this average deviation, r persons' average may lie on a stretch of a quarter of the range."""
    n, r = 12, 4
    floor = coding.OPEN * r / n * 4
    for side in (1, -1):  # r persons take all that deviates on one side, the others make up for it
        x = np.full(n, 3.0)
        x[:r] += side * n * floor / 2 / r
        x[r:] -= side * n * floor / 2 / (n - r)
        assert x.mean() == pytest.approx(3) and np.abs(x - x.mean()).mean() == pytest.approx(floor)
        assert abs(x[:r].mean() - 3) == pytest.approx(0.5)  # half a point to either side: one point of four in all


# The spread of a school's staff


def test_a_schools_spread_is_its_standard_error_as_shown_times_the_root_of_n():
    table = made(persons(5, A=30, B=25, C=22, D=12))
    errors = table[(table["statistic"] == "standard_error") & (table["other_set"] == "")].set_index("school_id")
    found = table[table["statistic"] == "spread"].set_index("school_id")
    assert list(found.index) == ["A", "B", "C"]  # D has the pooled one
    assert found["value"].to_numpy() == pytest.approx(np.round(errors["value"] * np.sqrt(errors["n"].astype(float)), 2).to_numpy(dtype=float))
    assert (found["set"] == errors["set"]).all() and (found["decimals"] == 2).all()
    low, high = (table[table["statistic"] == f"spread_{end}"].set_index("school_id")["value"] for end in ("low", "high"))
    assert (low < found["value"]).all() and (found["value"] < high).all()
    # by hand, for A: the chi-squared interval at 5 % shared among three schools, of .005 more and less than the error shown
    from scipy.stats import chi2

    n, error = 30, errors.loc["A", "value"]
    assert low["A"] == round((error - 0.005) * np.sqrt(n * 29 / chi2.ppf(1 - 0.025 / 3, 29)), 2)
    assert high["A"] == round((error + 0.005) * np.sqrt(n * 29 / chi2.ppf(0.025 / 3, 29)), 2)


def test_of_a_school_with_few_or_whose_page_shows_no_score_no_spread_is_shown():
    table = made(persons(5, A=30, B=25, C=22))
    small = table.assign(n=table["n"].where(table["school_id"] != "A", 9))
    assert protect(small, 5).cell("spread", school_id="A") is not None and protect(small, 5).cell("spread", school_id="A").value is None
    gated = table.assign(why=table["why"].mask((table["school_id"] == "B") & (table["statistic"] == "standard_error"), "low rate"))
    assert set(measurement.spreads(gated).set_index("school_id").loc["B", "why"]) == {"low rate"}


def test_schools_that_spread_alike_are_hardly_ever_called():
    rng, called = np.random.default_rng(9), 0
    for _ in range(25):  # districts of 20 schools
        n = rng.integers(20, 60, 20)
        scores = [np.clip(np.round(3.2 + 0.6 * rng.normal(size=(size, 1)) + 0.7 * rng.normal(size=(size, 4))), 1, 5).mean(axis=1) for size in n]
        within = pooling.within_sd(np.repeat(range(20), n), np.concatenate(scores))
        errors = pd.DataFrame({"school_id": [f"S{place}" for place in range(20)], "wave": "w1", "scale": "trust", "item": "", "statistic": "standard_error",
                               "value": [round(one.std(ddof=1) / np.sqrt(len(one)), 2) for one in scores], "decimals": 2, "n": n, "answered": n, "set": "x=y",
                               "other_set": "", "other_n": 0, "why": "", "bound": ""})  # fmt: skip
        found = measurement.spreads(errors)
        ends = found.pivot(index="school_id", columns="statistic", values="value")
        called += bool(((ends["spread_low"] > within) | (ends["spread_high"] < within)).any())
    assert called <= 4  # of 25 districts; 5 % would be one or two


ENDS = st.integers(0, 200).map(lambda number: number / 100)
BOUNDS = st.sampled_from(["", "less"])


@settings(max_examples=40)
@given(ENDS, ENDS, st.integers(20, 120), st.integers(10, 50), st.integers(10, 50), BOUNDS, st.sampled_from(["", "more"]))
def test_more_or_less_spread_is_said_only_where_the_range_leaves_the_usual_out(one, other, within, mean, middle, open_low, mean_bound):
    low, high = sorted((one, other))
    pooled = {"school_id": "", "set": "wave=w2", "n": 300}
    table = protected(
        {"statistic": "spread_low", "value": low, "decimals": 2, "bound": open_low}, {"statistic": "spread_high", "value": high, "decimals": 2, "bound": open_low},
        {"statistic": "mean", "value": mean / 10, "bound": mean_bound}, {"statistic": "mean", "value": middle / 10, **pooled},
        {"statistic": "within_sd", "value": within / 100, "decimals": 2, **pooled},
    )  # fmt: skip
    reading = readings.spread(table, scale(), "w2")
    room = min(mean / 10 - 1, 5 - mean / 10, middle / 10 - 1, 5 - middle / 10) - 1.5 * within / 100
    if abs(room) < 1e-9:
        return
    if room < 0 or mean_bound or low <= within / 100 <= high:
        assert reading is None
    elif low > within / 100:
        assert (reading is None) == bool(open_low) and (reading is None or "differ more" in say(reading))
    else:
        assert "closer to each other" in say(reading)


def test_of_a_scale_without_a_range_or_numbers_nothing_is_said_of_spread():
    assert readings.spread(protected({"statistic": "mean", "value": 3.0}), scale(), "w2") is None
    assert readings.spread(protected({"statistic": "mean", "value": 3.0}), scale(low=None, high=None), "w2") is None


# The sentences of the district's page

HUNDREDTHS = st.integers(-50, 100).map(lambda number: number / 100)
ABOUT = ("trust among staff", "community among staff", "collective efficacy")
QUESTIONS = [{"id": item, "text": item, "reversed": False} for item in ITEMS]


def pooled_rows(place: int, **numbers) -> list[dict]:
    """Rows of the district on one scale; a number may be (value, bound)."""
    rows = []
    for name, value in numbers.items():
        value, bound = value if isinstance(value, tuple) else (value, "")
        rows.append({"statistic": name, "scale": f"s{place}", "school_id": "", "set": f"answered=s{place}; wave=w2", "n": 300, "value": value, "bound": bound,
                     "decimals": 0 if name.endswith("schools") else 2})  # fmt: skip
    return rows


def scales(count: int, items=QUESTIONS) -> list[dict]:
    return [scale(id=f"s{place}", about=ABOUT[place], items=items) for place in range(count)]


@settings(max_examples=40)
@given(st.lists(st.tuples(HUNDREDTHS, HUNDREDTHS) | st.none(), min_size=1, max_size=3))
def test_questions_hang_together_where_the_whole_range_of_alpha_says_so(ranges):
    rows = []
    for place, ends in enumerate(ranges):
        rows += pooled_rows(place, schools=5)
        if ends is not None:
            rows += pooled_rows(place, alpha_low=min(ends), alpha_high=max(ends))
    said = {reading.template: reading for reading in readings.together(protected(*rows), scales(len(ranges)), "w2")}
    for place, ends in enumerate(ranges):
        named = [kind for kind, reading in said.items() if ABOUT[place] in reading["names"]]
        if ends is None:
            assert named == []
        else:
            assert named == ["m_holds" if min(ends) >= 0.7 else "m_loose" if max(ends) < 0.7 else "m_unsure"]
    assert all(name in say(reading) for reading in said.values() for name in reading["names"])
    assert [reading.template for reading in readings.cautions(list(said.values()))] == (["m_not_one_thing"] if said else [])


@settings(max_examples=40)
@given(st.lists(st.tuples(HUNDREDTHS, HUNDREDTHS, st.integers(3, 5), st.sampled_from(["", "more"])) | st.none(), min_size=1, max_size=3))
def test_agreement_is_called_only_where_both_ways_of_counting_allow_it(found):
    rows = []
    for place, one in enumerate(found):
        rows += pooled_rows(place, schools=5)
        if one is not None:
            james, lindell, schools, bound = max(one[:2]), min(one[:2]), *one[2:]
            rows += pooled_rows(place, rwg_j_james=(james, bound), rwg_j_lindell=(lindell, bound), agreement_schools=schools)
    said = readings.agree(protected(*rows), scales(len(found)), "w2", 5)
    for place, one in enumerate(found):
        (reading,) = [reading for reading in said if ABOUT[place] in reading["names"]]
        text = say(reading)
        if one is None:
            assert reading.template == "m_no_agreement" and "10 or more" in text
            continue
        james, lindell, schools, bound = max(one[:2]), min(one[:2]), *one[2:]
        assert ("close to each other" in text) == (lindell >= 0.7)
        assert ("agree in part" in text) == (0.5 <= lindell < 0.7)
        assert ("quite different" in text) == (james < 0.5 and not bound)
        assert ("cannot tell" in text) == (lindell < 0.5 and (james >= 0.5 or bool(bound)))
        if reading.template != "m_between":
            assert reading["schools"] == schools and f"{schools} schools" in text
    assert sum(len(reading["names"]) for reading in said) == len(found)


def test_finished_scores_and_scales_that_cannot_be_compared():
    table = protected(*pooled_rows(0, schools=5))
    assert [r.template for r in readings.together(table, scales(1, items=[]), "w2")] == ["m_scored"]
    assert readings.compared(table, scales(2), "w2") == scales(1)
    assert readings.together(protected(), scales(2), "w2") == readings.agree(protected(), scales(2), "w2", 5) == []


FACTS = {"names": ABOUT[:2], "name": ABOUT[0], "schools": 21, "persons": 10}


@pytest.mark.parametrize("name", voice.sentences("measurement"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)


# The pages


@pytest.fixture(scope="module")
def four_schools(tmp_path_factory):
    answers = persons(7, **{f"010{place}": count for place, count in ((1, 26), (2, 24), (3, 24), (4, 4))})
    wide = answers.pivot(index=["school_id", "row"], columns="item", values="value")
    lines = ["School,Token,Q1,Q2,Q3,Q4"] + [",".join([school, row, *("" if np.isnan(v) else str(int(v)) for v in values)]) for (school, row), *values in wide.itertuples()]
    book = "".join(f"  q{place}: {{columns: [Q{place}], text: Question {place}., answers: agree}}\n" for place in range(1, 5))
    folder = small_district.write(tmp_path_factory.mktemp("measured"), {
        "parameters/schools.csv": "school_id,name\n0101,Alder School\n0102,Birch School\n0103,Cedar School\n0104,Dogwood School\n",
        "parameters/codebooks/staff.yaml": f"answers:\n  agree: {{\"1\": 1, \"2\": 2, \"3\": 3, \"4\": 4, \"5\": 5}}\nitems:\n{book}scales:\n"
        "  trust: {name: Trust, about: trust among staff, items: [q1, q2, q3, q4], range: [1, 5], favourable: 4, source: Ours.}\n",
        "data/raw/answers.csv": "\n".join(lines),
    })  # fmt: skip
    loaded = load(folder)
    return SimpleNamespace(loaded=loaded, tables=sources.read(loaded))


def page(monkeypatch, district, prepare, section, unit) -> tuple[str, pd.DataFrame, dict]:
    sizes, bundles = prepare.prepare(district.loaded, district.tables)
    facts = json.loads(json.dumps(dict(bundles)[unit], sort_keys=True))
    statistics = facts.pop("statistics")
    shown: list[dict] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    section(Bundle("step", facts, from_bundle(statistics), ()))
    ledger = pd.DataFrame(complete([entry for data in shown for entry in data.get(LEDGER, [])], sizes))
    return "\n".join(data["text/plain"] for data in shown), ledger, statistics


def test_the_districts_page_says_it_and_what_it_publishes_passes_the_gate_and_the_audit(monkeypatch, four_schools):
    text, ledger, _ = page(monkeypatch, four_schools, overview_prepare, overview_sections.measurement, "_district")
    assert "well enough" in text and "trust among staff" in text and "High alpha".lower() in text.lower() and "r_wg(j), James" in text and "uniform null" in text
    assert "Heywood" not in text and "To add a note here: ## measurement" in text
    kinds = set(ledger["statistic"].str.split(".").str[-1])
    assert kinds == {*measurement.OF_DISTRICT, "schools", "icc1_mean_squares", "icc2_mean_squares", "icc1_reml", "icc2_reml", "icc_p"} - {"even_deviation"}
    assert set(ledger["n"]) == {74} and set(ledger["set"].str.contains("0104")) == {False}
    check_ledger(ledger, 5)
    own = page(monkeypatch, four_schools, climate_prepare, climate_sections.scales, "0101")
    assert audit(pd.concat([ledger, own[1]], ignore_index=True), 5, {"trust": (1, 5)}) == []


def test_a_schools_page_shows_the_spread_of_its_staff_and_nothing_of_the_district_here(monkeypatch, four_schools):
    text, ledger, statistics = page(monkeypatch, four_schools, climate_prepare, climate_sections.scales, "0101")
    assert "Spread of staff" in text
    assert {row["statistic"] for row in statistics} & set(measurement.OF_DISTRICT) == set()
    spread = ledger[ledger["statistic"] == "trust.spread"].iloc[0]
    error = ledger[ledger["statistic"] == "trust.standard_error"].iloc[0]
    assert Decimal(str(spread["value"])) == Decimal(str(round(error["value"] * np.sqrt(26), 2)))


def test_without_a_survey_or_with_few_schools_the_section_says_so(monkeypatch, four_schools, tmp_path):
    loaded = load(small_district.write(tmp_path))  # one answer
    few = SimpleNamespace(loaded=loaded, tables=sources.read(loaded))
    text, ledger, _ = page(monkeypatch, few, overview_prepare, overview_sections.measurement, "_district")
    assert text.startswith("Too few schools have enough answers to say how well the survey measures.") and ledger.empty
