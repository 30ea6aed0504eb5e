"""What others report: what is computed from it, who is protected, and that every sentence is true of the numbers shown."""

from __future__ import annotations

import re
from decimal import Decimal
from statistics import median

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.climate import reported_frames as frames
from cyclebook.climate import reported_readings as readings
from cyclebook.climate.reported import statistics
from cyclebook.parameters import Result
from cyclebook.privacy import Protected, protect
from cyclebook.reading import Reading, sentence
from tests import voice

SMALLEST = 5
ORDER = ("weak", "neutral", "strong")
WAVES = [{"id": f"w{n}", "label": f"20{n}-{n + 1}", "start": f"20{n}-07-01"} for n in (21, 22, 23)]
KINDS = ("number", "percent", "count", "share", "category")


def result(kind: str, name: str = "m", persons: str | None = None, **more) -> Result:
    share = kind == "share"
    facts = {"low": None, "high": None, "order": ORDER if kind == "category" else ()} | more
    column = None if share else "V"
    return Result(name, name.title(), kind, column, (), persons, "N" if share else None, "D" if share else None, **facts)


def row(school: str, value: float, measure: str = "m", wave: str = "w23", **more) -> dict:
    nan = float("nan")
    return {"source": "report", "school_id": school, "wave": wave, "measure": measure, "value": value, "numerator": nan, "denominator": nan,
            "persons": nan, "status": "", **more}  # fmt: skip


def share(school: str, count: float, whole: float, **more) -> dict:
    return row(school, 100 * count / whole, numerator=count, denominator=whole, persons=whole, **more)


def tables(rows: list[dict], *results: Result, schools: dict | None = None) -> Protected:
    found = pd.DataFrame(rows)
    schools = schools or {wave: sorted(set(found["school_id"])) for wave in set(found["wave"])}
    return protect(statistics(found, {one.id: one for one in results}, schools, SMALLEST), SMALLEST)


def fact(one: Result, waves: list[dict] = WAVES[-1:], publishers: dict | None = None) -> dict:
    return {"id": one.id, "name": one.name, "kind": one.kind, "order": list(one.order), "low": one.low, "high": one.high, "waves": waves,
            "publishers": publishers or {wave["id"]: "the state" for wave in waves}}  # fmt: skip


def own(table: Protected, school: str = "A") -> Protected:
    return table.rows(school_id=school)


def say(reading: Reading) -> str:
    return sentence(reading, "en")


def numbers(text: str) -> list[Decimal]:
    return [Decimal(found.replace(",", "")) for found in re.findall(r"(?<![\w-])\d[\d,]*(?:\.\d+)?(?![\w-])", text)]


# What is computed


def test_a_share_is_the_one_count_over_the_other_and_needs_twice_the_smallest_group():
    table = tables([share("A", 2, 10), share("B", 1, 9), share("C", 0, 12), share("D", 12, 12)], result("share"))
    cells = {school: own(table, school).cell("reported_share", item="m") for school in "ABCD"}
    assert {school: cell.value for school, cell in cells.items()} == {"A": 20, "B": None, "C": 8, "D": 92}
    assert [cells[school].bound for school in "ACD"] == ["", "less", "more"]
    assert cells["B"].why == "few persons" and cells["B"].n is None
    assert own(table, "B").cell("reported_count", item="m").value is None
    district = table.rows(school_id="")
    assert (district.cell("median", item="m").value, district.cell("schools", item="m").value) == (20, 3)
    assert district.cell("median", item="m").n == 34
    assert district.rows(statistic="median").unique("set") == ["answered=m; school_id=A|C|D; source=report; wave=w23"]


def test_a_count_of_people_needs_the_smallest_group_and_one_that_others_protected_does_not():
    rows = [row(school, n, persons=n) for school, n in zip("ABCD", (4, 5, 0, 40), strict=True)]
    table = tables(rows, result("count", persons="V"))
    assert own(table, "A").cell("reported", item="m").why == "few persons" and own(table, "B").cell("reported", item="m").value == 5
    assert own(table, "C").cell("reported", item="m") is None  # a set that no one stands in has no row
    open_table = tables([row("A", 2), row("B", 3), row("C", 4)], result("number"))
    assert own(open_table).cell("reported", item="m").value == 2 and own(open_table).unique("set") == [""]
    assert open_table.ledger("page", "anchor") == []


def test_a_percentage_with_persons_is_a_share_of_two_sides():
    rows = [row("A", 90.0, persons=9), row("B", 90.0, persons=10)]
    table = tables(rows, result("percent", persons="P"))
    assert own(table, "A").cell("reported_share", item="m").why == "few persons"
    assert own(table, "B").cell("reported_share", item="m").value == 90


def test_hidden_missing_and_not_listed_are_said_and_never_numbers():
    rows = [row("A", float("nan"), status=status, measure=status) for status in ("suppressed", "missing", "unread", "nobody")]
    rows += [row("B", 3, measure=status) for status in ("suppressed", "missing", "unread", "nobody")]
    rows += [row("B", 3, measure="other")]
    measures = [result("number", name) for name in ("suppressed", "missing", "unread", "nobody", "other")]
    table = tables(rows, *measures)
    said = [say(reading) for reading in readings.hidden(own(table), [fact(one) for one in measures])]
    assert said == [
        "The publisher does not show in 2023-24: Suppressed.",
        "No result was given in 2023-24 on: Missing and Other.",
        "What the file says for 2023-24 cannot be read: Unread.",
        "There was no one to count in 2023-24: Nobody.",
    ]
    shown = frames.latest(own(table), table.rows(school_id=""), [fact(one) for one in measures], "en")
    assert list(shown["This school"]) == ["hidden by its publisher", "no result given", "cannot be read", "no one to count", "no result given"]


def test_no_middle_of_fewer_than_three_schools():
    assert tables([row("A", 2), row("B", 3)], result("number")).rows(school_id="").cell("median", item="m") is None


def test_a_school_that_was_not_open_has_no_row():
    table = tables([row("A", 2), row("B", 3)], result("number"), schools={"w23": ["A", "B", "C"]})
    assert own(table, "C").cell("reported", item="m").why == "no result" and len(own(table, "D")) == 0
    assert len(tables([row("A", 2)], result("number"), schools={"w22": ["A"]})) == 0  # a wave that is not to be shown


@given(st.lists(st.integers(0, 400), min_size=3, max_size=9))
def test_digits_are_those_of_the_publisher_and_the_middle_is_the_median_of_what_is_shown(tenths):
    values = [number / 100 for number in tenths]
    table = tables([row(f"S{n}", value) for n, value in enumerate(values)], result("number"))
    cells = [own(table, f"S{n}").cell("reported", item="m") for n in range(len(values))]
    assert [cell.value for cell in cells] == values and len({cell.decimals for cell in cells}) == 1
    district = table.rows(school_id="")
    middle = district.cell("median", item="m")
    assert abs(middle.value - median(values)) <= 0.5 * 10**-middle.decimals + 1e-9 and district.cell("schools", item="m").value == len(values)


# Sentences


@given(st.integers(0, 300), st.integers(1, 300), st.sampled_from(KINDS), st.booleans())
def test_the_latest_result_is_told_as_it_is(count, whole, kind, scaled):
    count = min(count, whole)
    ends = {"low": 0.0, "high": 5.0} if scaled and kind == "number" else {}
    one = result(kind, **ends)
    values = {"share": share("A", count, whole), "category": row("A", count % 3), "number": row("A", count / 10)}
    table = own(tables([values.get(kind, row("A", count))], one))
    reading, words = readings.level(table, fact(one)), readings.rated(table, [fact(one)])
    if kind == "category":
        assert reading is None and [say(r) for r in words] == [f"Rated {ORDER[count % 3]} in 2023-24: M."]
    elif kind == "share" and whole < 10:
        assert reading is None and say(readings.hidden(table, [fact(one)])[0]) == "These results in 2023-24 could tell about a few people, so they are not shown: M."
    else:
        stated, cell = numbers(say(reading)), readings.cell(table, "m", "w23")
        kept = min(max(count, 1), whole - 1)
        expected = {"share": [kept, whole, int(cell.value)], "number": [Decimal(count) / 10, *([0, 5] if scaled else [])]}
        assert stated == expected.get(kind, [count]) and words == []
        if kind == "share":
            assert ("at least" in say(reading)) == ("or more" in say(reading)) == (count >= whole - 1)
            assert ("at most" in say(reading)) == ("or less" in say(reading)) == (count <= 1)
        assert ("percent" in say(reading)) == (kind in ("percent", "share")) and "2023-24" in say(reading)


@given(st.lists(st.none() | st.integers(0, 2), min_size=3, max_size=3), st.sampled_from(["number", "percent", "category"]))
def test_from_what_to_what_it_went_and_never_whether_that_is_good(values, kind):
    rows = [row("A", float("nan") if v is None else v, wave=w["id"], status="missing" if v is None else "") for w, v in zip(WAVES, values, strict=True)]
    one = result(kind)
    measure, table = fact(one, WAVES), own(tables(rows, one))
    given_ones = [(wave["label"], value) for wave, value in zip(WAVES, values, strict=True) if value is not None]
    moved, went = readings.moved(table, measure), readings.went(table, [measure])
    if len(given_ones) < 2:
        assert moved is None and went == []
        return
    (earlier, before), (_, now) = given_ones[-2:]
    texts = [say(went[0]), *([say(moved)] if moved else [])]
    assert (moved is None) == (kind == "category") and len(went) == 1
    assert all(earlier in text for text in texts)
    for text in texts:
        assert not re.search(r"better|worse|rose|fell|gain|improv|drop|up\b|down\b", text)
        if before == now:
            assert "same" in text and "went" not in text
        else:
            ends = (ORDER[before], ORDER[now]) if kind == "category" else (str(before), str(now))
            assert text.index(f"from {ends[0]}") < text.index(f"to {ends[1]}")


@given(st.lists(st.integers(10, 50), min_size=2, max_size=4), st.lists(st.sampled_from(["w22", "w23"]), min_size=4, max_size=4))
def test_several_results_on_one_scale_are_told_together_each_with_its_own_number(values, waves):
    ones = [result("number", name, low=1.0, high=5.0) for name, _ in zip("abcd", values, strict=False)]
    rows = [row("A", value / 10, measure=one.id, wave=wave) for one, value, wave in zip(ones, values, waves, strict=False)]
    rows += [row("B", 1.1, measure=one.id, wave=wave) for one, wave in zip(ones, waves, strict=False)]
    table = tables(rows, *ones)
    measures = [fact(one, [w for w in WAVES if w["id"] == wave]) for one, wave in zip(ones, waves, strict=False)]
    text = " ".join(say(r) for part in readings.said(own(table), table.rows(school_id=""), measures, "en") for r in part)
    for one, value, wave in zip(ones, values, waves, strict=False):
        label = next(w["label"] for w in WAVES if w["id"] == wave)
        pair = rf"{one.name}:? {value / 10}"
        assert re.search(rf"{pair} in {label}, on a scale from 1 to 5|In {label}, on a scale from 1 to 5:[^:]*{pair}", text), text
    assert [r.template for r in readings.in_short(own(table), measures, "en")].count("r_together") == sum(waves[: len(ones)].count(w) > 1 for w in ("w22", "w23"))


EITHER = st.sampled_from(["share", "percent", "number"])
RESULT = st.integers(5, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def given_result(kind: str, count: int, n: int, **more) -> dict:
    if kind == "share":
        return share("A", count, n, **more)
    return row("A", round(100 * count / n) if kind == "percent" else round(1 + 4 * count / n, 1), persons=n, **more)


@given(st.lists(RESULT, min_size=1, max_size=3), EITHER)
def test_no_result_of_persons_says_what_nearly_all_of_them_have_in_common_and_each_sentence_holds(results, kind):
    low, high = (1.0, 5.0) if kind == "number" else (0.0, 100.0)
    one = result(kind, persons=None if kind == "share" else "P", **({} if kind == "share" else {"low": low, "high": high}))
    rows = [given_result(kind, *found, wave=wave["id"]) for found, wave in zip(results, WAVES, strict=False)]
    measure, table = fact(one, WAVES), own(tables(rows, one))
    truth = {wave["id"]: given["value"] for wave, given in zip(WAVES, rows, strict=False)}
    for (wave, cell), (_, n) in zip(readings.placed(table, measure), results, strict=True):
        if cell.value is None:
            assert n < (5 if kind == "number" else 10)
            continue
        true = round(truth[wave["id"]], cell.decimals)
        assert low < cell.value < high
        assert {"": cell.value == true, "more": true >= cell.value, "less": true <= cell.value}[cell.bound]
        count = table.cell("reported_count", item="m", wave=wave["id"])
        assert count is None or 1 <= count.value <= n - 1
    shown = [pair for pair in readings.placed(table, measure) if pair[1].value is not None]
    moved = readings.moved(table, measure)
    if len(shown) < 2:
        assert moved is None
        return
    (_, before), (_, now) = shown[-2:]
    text = say(moved)
    assert ("same in" in text) == (not before.bound and not now.bound and before.value == now.value)
    assert ("cannot be seen" in text) == (before.bound == now.bound != "")
    assert text.count("or more") == ("went" in text) * [before.bound, now.bound].count("more")


@given(st.lists(RESULT.filter(lambda found: found[1] >= 10), min_size=3, max_size=7))
def test_the_middle_of_schools_is_said_as_it_truly_lies(results):
    table = tables([share(f"S{place}", *found) for place, found in enumerate(results)], result("share"))
    cell = table.rows(school_id="").cell("median", item="m")
    true = median(round(100 * count / n) for count, n in results)
    if cell.value is None:
        assert cell.why == "not defined"
    else:
        assert {"": abs(cell.value - true) <= 0.5, "more": true >= cell.value - 0.5, "less": true <= cell.value + 0.5}[cell.bound]


@given(st.lists(st.sampled_from(["the state", "the city", ""]), min_size=1, max_size=4))
def test_who_published_what(publishers):
    measures = [fact(result("number", f"m{n}"), publishers={"w23": publisher}) for n, publisher in enumerate(publishers)]
    said = [say(reading) for reading in readings.published(measures)]
    assert "without a margin of error" in said[-1]
    if len(set(publishers)) == 1:
        assert len(said) == 2 and ("is not recorded" in said[0]) == (publishers[0] == "")
    else:
        for measure, publisher in zip(measures, publishers, strict=True):
            line = next(text for text in said if text.startswith(publisher.capitalize() if publisher else "Who published"))
            assert measure["name"] in line


def test_the_middle_names_its_schools_and_its_number():
    table = tables([share("A", 2, 10), share("B", 4, 10), share("C", 0, 12)], result("share"))
    reading = readings.middle(own(table), table.rows(school_id=""), fact(result("share")))
    assert say(reading) == "The middle of the 3 schools whose result is shown is 20 percent."


FACTS = {"publisher": "the State", "names": ("Trust", "Safety"), "name": "Trust", "count": 11, "persons": 61, "value": Decimal("18.0"), "wave": "2023-24",
         "low": 1, "high": 5, "word": "strong", "schools": 30, "median": Decimal("3.5"), "before": 3, "earlier": "2022-23", "results": ("Trust 3", "Safety 4")}  # fmt: skip


@pytest.mark.parametrize("name", voice.sentences("reported"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)
