"""Every sentence of the norms step is true of what was written down and of the numbers shown, whatever they are."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.norms import ratings, readings
from cyclebook.norms.agreements import PARTS, QUESTIONS
from cyclebook.norms.team import GROUPS
from cyclebook.privacy import Cell, Protected
from cyclebook.reading import Reading, catalogue, phrase, sentence
from tests import voice
from tests.frames import SMALLEST, protected

DAY = date(2025, 11, 21)
NAMES = {question: phrase(f"n_{question}", "en") for question in QUESTIONS}


def say(reading: Reading) -> str:
    return sentence(reading, "en")


def said(found: list[Reading]) -> str:
    return " ".join(map(say, found))


def numbers(text: str) -> list[int]:
    """The whole numbers in a text, years and days of dates aside."""
    text = re.sub(r"(January|February|March|April|May|June|July|August|September|October|November|December)( \d+,)? \d{4}", "", text)
    return [int(number) for number in re.findall(r"\d+", text)]


def readings_date(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


# Agreements


def agreement(name: str, question: str = "among_staff", days: int | None = None, unsaid: tuple[str, ...] = ()) -> dict:
    """An agreement as bundles hold it; days: how long its review is overdue on DAY."""
    due = "" if days is None else (DAY - timedelta(days)).isoformat()
    return {"id": name, "text": f"Agreement {name}.", "question": question, "days": days, "due": due, "unsaid": list(unsaid), "needed": 5,
            "owner": "Principal"}  # fmt: skip


LISTS = st.lists(
    st.tuples(st.sampled_from([*QUESTIONS, ""]), st.none() | st.integers(-40, 40), st.sets(st.sampled_from(PARTS[1:]))), max_size=8
).map(
    lambda rows: [
        agreement("ABCDEFGH"[place], question, days, tuple(p for p in PARTS if p in unsaid or (p == "question" and not question)))
        for place, (question, days, unsaid) in enumerate(rows)
    ]
)


@given(LISTS)
def test_coverage_names_exactly_the_questions_without_an_agreement(agreed):
    text = said(readings.coverage(agreed, NAMES))
    if not agreed:
        assert text == "No shared agreements are on record for this school yet."
        return
    first = "One shared agreement is on record." if len(agreed) == 1 else f"{len(agreed)} shared agreements are on record."
    assert text.startswith(first)
    answered = {each["question"] for each in agreed} - {""}
    assert ("all four questions" in text) == (len(answered) == 4)
    if answered:
        assert [question for question in QUESTIONS if NAMES[question] in text] == [q for q in QUESTIONS if q not in answered]
        if 1 < 4 - len(answered):
            assert f"{4 - len(answered)} have no agreement" in text
    else:
        assert "which of the four questions it answers" in text or "which of the four questions they" in text


@given(LISTS)
def test_an_overdue_review_is_named_with_its_day_and_no_other_is(agreed):
    found = readings.reviews(agreed)
    text = said(found)
    late = {each["text"].rstrip("."): each["days"] for each in agreed if (each["days"] or 0) > 0}
    named = {str(reading["text"]): (DAY - reading["date"]).days for reading in found if reading.template == "n_overdue"}
    assert "days" not in text and "Principal" not in text
    assert all(f"was due on {readings_date(reading['date'])}. It is not" in say(reading) for reading in found if reading.template == "n_overdue")
    assert named.items() <= late.items() and len(named) == min(len(late), readings.LISTED)
    assert not named or min(named.values()) >= max([late[name] for name in late if name not in named], default=0)
    more = next((reading["count"] for reading in found if reading.template == "n_overdue_more"), 0)
    assert len(named) + more == len(late)
    assert ("No review is overdue" in text or "none is overdue" in text) == (not late and any(each["days"] is not None for each in agreed))
    assert "No review is overdue" not in text or all(each["days"] is not None for each in agreed)
    for reading in found:
        if reading.template == "n_due":
            assert reading["date"] == DAY
        if reading.template == "n_next":
            assert reading["date"] > DAY and not late
    today = [each for each in agreed if each["days"] == 0]
    assert sum(reading.template == "n_due" for reading in found) == len(today)


def test_a_review_that_is_due_on_the_very_day_is_not_called_overdue():
    assert said(readings.reviews([agreement("A", days=0)])) == (
        "No review is overdue. The review of “Agreement A” is due on November 21, 2025. That is the day of this page."
    )
    assert said(readings.reviews([agreement("A", days=1)])) == "The review of “Agreement A” was due on November 20, 2025. It is not on record yet."


@given(LISTS)
def test_what_is_not_written_down_is_counted_or_named(agreed):
    found = readings.unsaid(agreed)
    for part in PARTS:
        lacking = [each for each in agreed if part in each["unsaid"]]
        about = [reading for reading in found if reading.template in (f"n_no_{part}", f"n_no_{part}_all")]
        if part == "question" and len(lacking) == len(agreed):
            assert not about
            continue
        assert len(about) == bool(lacking)
        if not lacking:
            continue
        text = say(about[0])
        if about[0].template.endswith("_all"):
            assert 1 < len(lacking) == len(agreed) and not numbers(text)
        elif len(lacking) == 1:
            assert lacking[0]["text"].rstrip(".") in text
        else:
            assert numbers(text) == [len(lacking), len(agreed)]


@given(LISTS, st.booleans(), st.booleans())
def test_there_is_one_thing_to_begin_with_and_it_is_so(agreed, divided, kept_least):
    asked = [Reading.of("fewest", text="Q1"), *([Reading.of("split", text="Q2")] if divided else [])]
    least = Reading.of("n_start_least", text="Agreement Z") if kept_least else None
    text = say(readings.start(agreed, asked, least, NAMES))
    assert "Principal" not in text
    late = [each for each in agreed if (each["days"] or 0) > 0]
    if not agreed:
        assert "worksheet" in text
    elif late:
        longest = max(each["days"] for each in late)
        assert any(each["text"].rstrip(".") in text and each["days"] == longest for each in late)
    elif divided:
        assert "“Q2”" in text
    elif kept_least:
        assert "“Agreement Z”" in text
    else:
        open_questions = [NAMES[question] for question in QUESTIONS if question not in {each["question"] for each in agreed}]
        assert (open_questions[0] in text) if open_questions else "thanks" in text


# Are they lived

MONTHS = ("2025-08", "2025-09", "2025-10", "2025-11")


def coded(favourable: int, between: int, against: int, middle: bool = True) -> dict[str, tuple[float, str]]:
    """Both counts as they may be shown, each with its bound."""
    sides = ratings._coded(*(pd.Series([number]) for number in (favourable, against, favourable + between + against)), SMALLEST)
    names = ("favourable_count", "unfavourable") if middle else ("favourable_count",)
    return {name: (float(count[0]), str(bound[0])) for name, (count, bound) in zip(names, sides, strict=False)}


def shown_counts(favourable: int, between: int, against: int, middle: bool = True) -> tuple[Cell, Cell]:
    """Favourable and unfavourable as cells; without a middle the unfavourable are all the others."""
    n, found = favourable + between + against, coded(favourable, between, against, middle)
    if not middle:
        value, bound = found["favourable_count"]
        found["unfavourable"] = (n - value, {"more": "less", "less": "more", "": ""}[bound])
    return tuple(Cell(value, 0, n, n, "", bound) for value, bound in found.values())


def phrased(cell: Cell) -> str:
    return {"": "", "more": "at least ", "less": "at most "}[cell.bound] + str(int(cell.value))


def holds(cell: Cell, true: int) -> bool:
    return {"": true == cell.value, "more": true >= cell.value, "less": true <= cell.value}[cell.bound]


def months(*counts: tuple[int, int, int] | None, name: str = "a1", middle: bool = True) -> list[dict]:
    """Rows of an agreement for each month: (favourable, middle, unfavourable), or None where no one rated."""
    rows = []
    for window, numbers_ in zip(MONTHS, counts, strict=False):
        if numbers_ is None:
            continue
        favourable, between, against = numbers_
        n = favourable + between + against
        plain = {"scale": name, "wave": window, "decimals": 0, "n": n, "set": f"answered={name}; school_id=S01; source=p; window={window}"}
        values = coded(favourable, between, against, middle) if n >= SMALLEST else {"favourable_count": (1, "")}
        share, bound = 100 * int(values["favourable_count"][0]) // n, values["favourable_count"][1]
        values |= {"favourable": (share, bound), "favourable_low": (max(0, share - 9), ""), "favourable_high": (min(100, share + 9), "")}
        rows += [{"statistic": statistic, "value": value, "bound": bound, **plain} for statistic, (value, bound) in values.items()]
    return rows


def change(low: int, high: int, called: int, window: str, name: str = "a1") -> list[dict]:
    plain = {"scale": name, "wave": window, "decimals": 0, "other_set": "source=p", "other_n": 20}
    values = {"change_low": low, "change_high": high, "change_called": called}
    return [{"statistic": statistic, "value": value, **plain} for statistic, value in values.items()]


def month(window: str) -> str:
    return readings.month(window, "en")


COUNT = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12)).filter(any)
ENDS = st.tuples(st.integers(-100, 100), st.integers(-100, 100)).map(sorted)


@given(st.lists(st.none() | COUNT, min_size=1, max_size=4), ENDS, st.booleans(), st.booleans())
def test_what_is_said_of_ratings_is_true_of_them(counts, ends, passed, middle):
    low, high = ends
    shown = [window for window, numbers_ in zip(MONTHS, counts, strict=False) if numbers_ and sum(numbers_) >= 5]
    called = passed and ((low > 0) - (high < 0))
    rows = months(*counts, middle=middle) + (change(low, high, called, shown[-1]) if len(shown) > 1 else [])
    table = protected(*rows) if rows else protected({"statistic": "x", "scale": "other", "value": 1})
    agreed = agreement("a1")
    found = readings.lived(table, agreed, month, 0.3)
    without = readings.unrated(table, [agreed], ["“Agreement a1”"])
    few = without == [Reading.of("n_lived_few", needed=5, names=("“Agreement a1”",))]
    none = without == [Reading.of("n_lived_unrated", names=("“Agreement a1”",))]
    assert (none, few) == (not any(counts), bool(any(counts) and not shown))
    if not shown:
        assert found == []
        return
    by_month = dict(zip(MONTHS, counts, strict=False))
    n = sum(by_month[shown[-1]])
    favourable, against = shown_counts(*by_month[shown[-1]], middle)
    assert holds(favourable, by_month[shown[-1]][0])
    level = table.cell("favourable_low", scale="a1", wave=shown[-1]), table.cell("favourable_high", scale="a1", wave=shown[-1])
    likely = {
        "": f"between {level[0].value:.0f} and {level[1].value:.0f} percent",
        "more": f"{level[0].value:.0f} percent or more", "less": f"{level[1].value:.0f} percent or less",
    }[favourable.bound]  # fmt: skip
    assert say(found[0]) == (
        f"In {month(shown[-1])}, {phrased(favourable)} of {n} ratings of “Agreement a1” were favourable. The share is likely {likely}."
    )
    split = [say(reading) for reading in found if reading.template == "n_lived_split"]
    counted = favourable.value, against.value
    assert bool(split) == (middle and n >= 10 and min(counted) >= Decimal("0.3") * n and "less" not in (favourable.bound, against.bound))
    assert not split or (numbers(split[0]) == [counted[0], n, counted[1]] and holds(against, by_month[shown[-1]][2]))
    since = any(window > shown[-1] for window, numbers_ in by_month.items() if numbers_)
    assert ("Since then no result" in said(found)) == since
    moved = next(reading for reading in found if reading.template not in ("n_lived", "n_lived_more", "n_lived_less", "n_lived_split", "n_lived_since"))
    text = say(moved)
    if len(shown) == 1:
        assert text == "There is no earlier month to hold it against."
        return
    first = shown_counts(*by_month[shown[0]], middle)[0]
    assert text.startswith(f"In {month(shown[0])} it was {phrased(first)} of {sum(by_month[shown[0]])}.")
    stated = numbers(text)[2:]
    if low > 0:
        assert stated == [low, high] and ("has likely risen" if called else "not enough to call") in text
    elif high < 0:
        assert stated == [-high, -low] and ("has likely dropped" if called else "not enough to call") in text
    else:
        assert stated == [-low, high] and "cannot be told apart" in text
    assert ("likely risen" in text or "likely dropped" in text) == bool(called)


def near(counts: dict[str, tuple[int, int]]) -> set[str]:
    """Who may be named as lowest, by its definition: all within one answer of the lowest and what lies between, unless over half."""
    if not counts:
        return set()
    ordered = sorted(counts, key=lambda key: (Fraction(*counts[key]), counts[key][1]))
    least = ordered[0]
    reach = 0
    for place, key in enumerate(ordered):
        gap = Fraction(*counts[key]) - Fraction(*counts[least])
        if not all(gap > Fraction(1, counts[each][1]) for each in (least, key)):
            reach = place
    while reach + 1 < len(ordered) and Fraction(*counts[ordered[reach + 1]]) == Fraction(*counts[ordered[reach]]):
        reach += 1
    return set(ordered[: reach + 1]) if 2 * (reach + 1) <= len(ordered) else set()


def exactly(counts: dict[str, tuple[int, int]]) -> dict[str, Cell]:
    return {key: Cell(count, 0, n, n, "", "") for key, (count, n) in counts.items()}


RESULTS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=8
)


@given(RESULTS)
def test_one_is_named_as_lowest_only_when_the_next_is_more_than_one_answer_away(counts):
    named = readings.lowest(exactly(counts))
    assert set(named) == near(counts) and 2 * len(named) <= len(counts)
    shares = {key: Fraction(*numbers_) for key, numbers_ in counts.items()}
    others = [key for key in counts if key not in named]
    assert all(shares[other] > shares[key] for other in others for key in named)
    if len(named) == 1:
        for other in others:
            gap = shares[other] - shares[named[0]]
            assert gap > Fraction(1, counts[other][1]) and gap > Fraction(1, counts[named[0]][1])


@pytest.mark.parametrize(
    ("counts", "named"),
    [({"a": (8, 17), "b": (8, 16), "c": (15, 16), "d": (16, 17)}, ["a", "b"]), ({"a": (12, 22), "b": (12, 22), "c": (20, 22)}, []),
     ({"a": (8, 17), "b": (10, 17)}, ["a"]), ({"a": (8, 17), "b": (9, 17)}, []), ({"a": (8, 17)}, []), ({}, [])],
)  # fmt: skip
def test_one_answer_more_or_less_is_no_news(counts, named):
    assert readings.lowest(exactly(counts)) == named


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(5, 40).flatmap(
    lambda n: st.tuples(st.sampled_from([0, 1, 2, n // 2, n - 1, n]), st.just(n))), max_size=8))  # fmt: skip
def test_whom_counts_at_an_end_name_as_lowest_truly_lies_lowest(counts):
    named = readings.lowest({key: shown_counts(count, 0, n - count)[0] for key, (count, n) in counts.items()})
    true = {key: Fraction(*pair) for key, pair in counts.items()}
    assert all(true[key] < true[other] for key in named for other in counts if other not in named)


@given(st.lists(COUNT, min_size=0, max_size=6))
def test_the_least_kept_agreements_are_those_that_can_be_named(counts):
    rows = [row for place, numbers_ in enumerate(counts) for row in months(numbers_, name="abcdef"[place])]
    table = protected(*rows) if rows else protected({"statistic": "x", "scale": "other", "value": 1})
    agreed = [agreement("abcdef"[place]) for place in range(len(counts))]
    seen = {"abcdef"[place]: shown_counts(*c)[0] for place, c in enumerate(counts) if sum(c) >= 5}
    least = [each["id"] for each in readings.least_lived(table, agreed)]
    assert least == readings.lowest(seen)
    under = all(Decimal(seen[name].value) < Decimal("0.8") * seen[name].answered for name in least)
    assert [each["id"] for each in readings.least_lived(table, agreed, 0.8)] == (least if under else [])


def test_agreements_are_held_against_each_other_in_one_month_alone():
    table = protected(*months((0, 0, 20), name="a1"), *months(None, (10, 0, 10), name="b2"), *months(None, (20, 0, 0), name="c3"))
    agreed = [agreement(name) for name in ("a1", "b2", "c3")]
    assert [each["id"] for each in readings.least_lived(table, agreed)] == ["b2"]


# Who rated


@given(st.none() | st.integers(1, 60), st.none() | st.integers(0, 60), st.sampled_from([0.0, 0.335, 0.5, 0.666, 1.0]))
def test_who_rated_is_said_as_it_is_and_few_are_called_few(count, heads, gate):
    rows = months((5, 0, 5)) + ([{"statistic": "raters", "scale": "", "wave": "2025-08", "value": count, "n": count, "decimals": 0}] if count else [])
    table = protected(*rows)
    found = readings.raters(table, [agreement("a1")], month, heads, gate)
    text, stated = said(found), numbers(said(found))
    few = "speak for those who rated only" in text
    assert few == any(reading.template == "n_raters_low" for reading in found)
    assert few == bool(count and count >= 5 and heads and count < Decimal(repr(gate)) * heads)
    if count is None:
        assert "cannot say how many staff rated" in text and not stated
    elif count < 5:
        assert text == "How many rated in August 2025 is not shown: it could tell about a few people."
    elif not heads:
        assert stated == [count] and "No head count was given" in text
    elif count > heads:
        assert stated == [count, heads] and "One of the two numbers is off" in text
    elif count == heads:
        assert text == f"All {count} staff rated in August 2025."
    else:
        missing = [heads - count] if heads - count > 1 else []
        assert stated[: 2 + len(missing)] == [count, heads, *missing] and text.startswith(f"{count} of {heads} staff rated in August 2025.")
        assert not few or 100 * count < stated[-1] * heads


def test_the_page_speaks_of_the_latest_month_with_a_result_else_of_the_latest_with_ratings():
    agreed = [agreement("a1"), agreement("b2")]
    assert readings.heard(protected(*months((5, 0, 5), (1, 0, 1))), agreed) == "2025-08"
    assert readings.heard(protected(*months((1, 0, 1), (1, 0, 1))), agreed) == "2025-09"
    assert readings.heard(protected({"statistic": "x", "scale": "a1", "value": 1}).rows(scale="none"), agreed) == ""
    assert readings.raters(protected(*months((5, 0, 5))), [], month, 10, 0.5) == []


@given(st.lists(st.sampled_from(["n_lived_up", "n_lived_down", "n_lived_same", "n_lived_up_luck", "n_lived_once"]), max_size=5))
def test_the_movement_names_each_called_change_once_and_on_its_side(kinds):
    changes = [(f"“{'ABCDE'[place]}”", [Reading.of("n_lived"), Reading.of(kind)]) for place, kind in enumerate(kinds)]
    texts = [say(reading) for reading in readings.movement(changes)]
    for kind, beginning in (("n_lived_up", "Likely rated higher"), ("n_lived_down", "Likely rated lower")):
        line = next((text for text in texts if text.startswith(beginning)), "")
        assert {text for text, _ in changes if text in line} == {text for text, said_ in changes if said_[1].template == kind}
    compared = [kind for kind in kinds if kind != "n_lived_once"]
    quiet = bool(compared) and not {"n_lived_up", "n_lived_down"} & set(kinds)
    assert any("No change in the ratings" in text for text in texts) == quiet


# How we work together


def questions(counts: list[tuple[int, int, int]], middle: bool = True) -> tuple[Protected, dict[str, str]]:
    rows, texts = [], {}
    for place, (favourable, between, against) in enumerate(counts):
        n = favourable + between + against
        plain = {"scale": "review", "item": f"q{place}", "decimals": 0, "n": n, "set": f"answered=q{place}; school_id=S01"}
        values = (coded(favourable, between, against, middle) if n >= SMALLEST else {"favourable_count": (1, "")}) | {"favourable": (0, "")}
        rows += [{"statistic": statistic, "value": value, "bound": bound, **plain} for statistic, (value, bound) in values.items()]
        texts[f"q{place}"] = f"Question {'abcdef'[place]}"
    return protected(*rows), texts


@given(st.lists(COUNT, min_size=1, max_size=6), st.integers(1, 3), st.booleans())
def test_working_together_is_said_as_the_counts_are(counts, listed, middle):
    table, texts = questions(counts, middle)
    found = readings.together(table, texts, "w2", 0.8, 0.3, listed, "“{}”".format)
    least = 10 if middle else 5
    visible = {f"Question {'abcdef'[i]}": c if middle else (c[0], 0, c[1] + c[2]) for i, c in enumerate(counts) if sum(c) >= least}
    cells = {name: shown_counts(*c, middle) for name, c in visible.items()}
    fewest = set(readings.lowest({name: both[0] for name, both in cells.items()}))
    split_on = {reading["text"] for reading in found if reading.template == "split"}
    named = [list(reading["names"]) if reading.template == "n_fewest" else [f"“{reading['text']}”"] for reading in found
             if reading.template in ("n_fewest", "fewest")]  # fmt: skip
    told = fewest and not fewest <= split_on and all(cells[name][0].bound != "more" for name in fewest)
    assert {name for names in named for name in names} == ({f"“{name}”" for name in fewest} if told else set())
    for reading in found:
        if reading.template == "n_fewest":
            assert not numbers(say(reading)) and all(name in say(reading) for name in reading["names"])
            continue
        (favourable, between, against), both = visible[reading["text"]], cells[reading["text"]]
        n, stated = favourable + between + against, numbers(say(reading))
        assert holds(both[0], favourable) and holds(both[1], against)
        if reading.template in ("split", "fewest"):
            assert f"{phrased(both[0])} of {n}" in say(reading) and f" {phrased(both[1])} unfavourable" in say(reading)
        if reading.template == "split":
            assert middle and min(favourable, against) >= Decimal("0.3") * n > 0
        elif reading.template == "fewest":
            assert Decimal(favourable) / n == min(Decimal(f) / (f + m + u) for f, m, u in visible.values())
        elif reading.template == "agreed_favourable":
            assert stated == [both[0].value, n] and favourable >= Decimal("0.8") * n
        else:
            assert stated == [both[1].value, n] and against >= Decimal("0.8") * n
    surely = [both for both in cells.values() if all(readings._at_least(side, 0.3) for side in both)] if middle else []
    assert sum(reading.template == "split" for reading in found) == min(listed, len(surely))
    texts_said = [reading["text"] for reading in found if reading.template != "n_fewest"]
    assert not {f"“{r['text']}”" for r in found if r.template.startswith("agreed")} & {name for names in named for name in names}
    assert len(texts_said) == len(set(texts_said))


# Who is at the table, and how the district is set up

GROUP_NAMES = {group: phrase(f"n_{group}", "en") for group in GROUPS}


@given(st.lists(st.integers(0, 9), min_size=6, max_size=6), st.booleans())
def test_the_groups_without_a_seat_are_named_and_no_other(counts, dated):
    members = dict(zip(GROUPS, counts, strict=True))
    text = said(readings.team(members, "2025-09-15" if dated else "", GROUP_NAMES))
    missing = [group for group in GROUPS if members[group] == 0]
    if not sum(counts):
        assert "no seat at all" in text
    else:
        assert [group for group in GROUPS if GROUP_NAMES[group] in text] == missing
        assert ("All six groups" in text) == (not missing)
        stated = numbers(text)
        assert stated == [*([len(missing)] if len(missing) > 1 else []), *([sum(counts)] if sum(counts) > 1 else [])]
    assert ("September 15, 2025" in text) == dated and ("cannot say how old" in text) == (not dated)


UNSAID = {part: phrase(f"n_unsaid_{part}", "en") for part in readings.STRUCTURE}


@given(
    st.sampled_from(["", "Teaching"]), st.sampled_from(["", "all_students", "some_students"]), st.none() | st.integers(0, 12),
    st.none() | st.integers(0, 12), st.sampled_from(["", "always", "sometimes", "never"]), st.sampled_from(["", "2025-09-30"]),
)  # fmt: skip
def test_the_set_up_is_told_part_by_part_and_what_is_not_written_down_is_asked_for(department, serves, meets, discusses, feedback, day):
    facts = {"department": department, "serves": serves, "meets_cabinet": meets, "cabinet_discusses": discusses, "feedback": feedback, "day": day}
    text = said(readings.structure(facts, UNSAID))
    for part in readings.STRUCTURE:
        assert (UNSAID[part] in text) == (facts[part] in ("", None))
    assert ("serves all students" in text) == (serves == "all_students")
    assert ("serves some students" in text) == (serves == "some_students")
    assert ("does not meet" in text) == (meets == 0) and ("does not talk" in text) == (discusses == 0)
    assert numbers(text) == [times for times in (meets, discusses) if times and times > 1]
    assert ("not come back" in text) == (feedback == "never")
    known = [part for part in readings.STRUCTURE if facts[part] not in ("", None)]
    assert ("September 30, 2025" in text) == bool(known and day)


def test_a_closed_school_says_when_and_who_carries_on():
    assert "closed on June 13, 2025; Alder Creek carries on" in say(readings.closed(date(2025, 6, 13), ["Alder Creek"]))
    assert "2025; Alder Creek and Birch Lane carry on" in say(readings.closed(date(2025, 6, 13), ["Alder Creek", "Birch Lane"]))
    assert say(readings.closed(date(2025, 6, 13), [])).startswith("This school closed on June 13, 2025; the page")
    assert all(say(readings.closed(date(2025, 6, 13), names)).count(".") == 1 for names in ([], ["Alder Creek"]))


# The voice

TEXT = "When a worry is raised, we say within a week what came of it"
FACTS = {
    "count": 4, "total": 5, "missing": 2, "names": ("how staff treat one another",), "name": "how staff treat one another", "text": TEXT,
    "days": 20, "date": date(2025, 11, 1), "month": "October 2025", "before": "January 2025", "favourable": 14, "answered": 20,
    "unfavourable": 6, "low": 48, "high": 85, "earlier": 9, "rated": 19, "least": 3, "most": 40, "down": 12, "up": 30, "last": "Fall 2025",
    "window": "Fall 2025", "seats": 8, "department": "Teaching and Learning", "times": 4, "successor": ("Alder Creek",),
    "head_count": 94, "percent": 50, "needed": 10,
}  # fmt: skip
ONE = FACTS | {"count": 1, "missing": 1, "days": 1, "seats": 1, "times": 1}
SENTENCES = voice.sentences("norms")


def test_there_are_sentences_to_read():
    assert len(SENTENCES) > 70


@pytest.mark.parametrize("facts", [FACTS, ONE], ids=["several", "one"])
@pytest.mark.parametrize("name", SENTENCES)
def test_a_principal_understands_it_and_no_word_hurts_or_boasts(name, facts):
    voice.check(name, facts)


def test_every_sentence_of_the_catalogue_belongs_to_this_step():
    names = [name for name in catalogue("en") if name.startswith("n_")]
    assert set(SENTENCES) <= set(names)
