"""Every sentence of the climate step is true of its numbers, whatever the numbers are."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cyclebook.climate import item_readings, readings, shares
from cyclebook.privacy import coding, protect
from cyclebook.reading import Bounded, Reading, sentence
from tests import voice
from tests.frames import SMALLEST, protected, scale
from tests.readability import grade

TENTHS = st.integers(-60, 60).map(lambda number: number / 10)
COUNTS = st.integers(0, 60)
N = st.integers(1, 60)


def say(reading: Reading) -> str:
    return sentence(reading, "en")


def numbers(text: str) -> list[Decimal]:
    """The numbers in a sentence in the order in which they are read, the minus sign included."""
    found = re.findall(r"(?<![\w])−?\d[\d,]*(?:\.\d+)?", text)
    return [Decimal(number.replace("−", "-").replace(",", "")) for number in found]


def d(value: float) -> Decimal:
    return Decimal(repr(value))


# Who answered


@given(st.integers(0, 60), st.none() | st.integers(1, 60), st.sampled_from([0.3, 0.5, 0.7]), st.integers(1, 12))
def test_participation_is_true(answered, heads, rate, needed):
    rows = [{"statistic": "answers", "scale": "survey", "decimals": 0, "value": answered,
             "n": answered if heads is None else heads, "answered": answered if heads is None else heads}]  # fmt: skip
    if heads is not None:
        rows.append({"statistic": "head_count", "scale": "survey", "decimals": 0, "value": heads, "n": heads})
    reading = readings.participation(protected(*rows), "survey", "w2", rate, needed, 5)
    text, kind = say(reading), reading.template
    stated = numbers(text)
    base = answered if heads is None else heads
    if base == 0:
        assert kind == "no_wave"
    elif base < 5:
        assert kind == "answered_fewer_than" and stated == [5, needed]
    elif heads is None:
        assert stated[0] == answered
        assert (kind == "answered_no_roster") == (answered >= needed)
        assert "enough" not in text
    elif answered > heads:
        assert kind == "answered_over" and stated == [answered, heads]
    elif answered == 0:
        assert stated == [heads]
    elif answered < needed:
        enough = next(count for count in range(heads + needed + 1) if count >= needed and count >= d(rate) * heads)
        assert stated[-2:] == [heads, enough] and "enough" not in text
        assert answered == 1 or stated[0] == answered
    elif answered < d(rate) * heads:
        assert stated == [answered, heads, round(100 * rate)] and "enough" not in text
    elif answered == heads:
        assert stated == [heads] and text.startswith("All ")
    else:
        assert stated[:2] == [answered, heads]
        assert ("one person" in text) == (heads - answered == 1)
        assert heads - answered == 1 or stated[2] == heads - answered
        assert "enough to report" in text


# Level


@given(TENTHS, TENTHS, TENTHS, N, st.booleans(), st.booleans())
def test_level_is_true(mean, a, b, n, bounded, steadied):
    low, high = sorted((a, b))
    rows = [{"statistic": "mean", "value": mean, "n": n}]
    rows += [{"statistic": f"mean_{end}", "value": 9.9, "n": n} for end in ("low", "high") if steadied]
    kind = "steadied" if steadied else "mean"
    rows += [{"statistic": f"{kind}_low", "value": low, "n": n}, {"statistic": f"{kind}_high", "value": high, "n": n}]
    reading = readings.level(protected(*rows), scale() if bounded else scale(low=None, high=None), "w2")
    if n < 5:
        assert reading.template == "scale_hidden" and numbers(say(reading)) == []
    else:
        ends = [1, 5] if bounded else []
        if low <= mean <= high:
            assert numbers(say(reading)) == [d(mean), *ends, d(low), d(high)]
        else:
            assert numbers(say(reading)) == [n, d(mean), *ends, d(low), d(high)] and "more likely" in say(reading)


@given(TENTHS, TENTHS, TENTHS, st.sampled_from([0.0, 0.2, 0.5]), st.sampled_from([0.5, 1.0, 2.0]))
def test_position_is_true(a, b, district, margin, spread):
    low, high = sorted((a, b))
    table = protected(
        {"statistic": "difference_low", "value": low},
        {"statistic": "difference_high", "value": high},
        {"statistic": "mean", "value": district, "school_id": "", "set": "wave=w2"},
        {"statistic": "within_sd", "value": spread, "decimals": 2, "school_id": "", "set": "wave=w2"},
    )
    reading = readings.position(table, scale(), "w2", margin)
    text, stated = say(reading), numbers(say(reading))
    assert stated[0] == d(district)
    assert ("likely above" in text) == (low > 0)
    assert ("likely below" in text) == (high < 0)
    if low > 0:
        assert stated[1:] == [d(low), d(high)]
    elif high < 0:
        assert stated[1:] == [-d(high), -d(low)]
    else:
        assert stated[1:] == [-d(low), d(high)]
        assert ("close to" in text) == (max(abs(low), abs(high)) <= margin * spread + 1e-12)
        assert ("cannot tell them apart" in text) != ("close to" in text)


def test_position_says_nothing_where_a_number_is_hidden():
    shown = {"statistic": "mean", "value": 3.7, "school_id": "", "set": "wave=w2"}
    assert readings.position(protected(shown), scale(), "w2", 0.2) is None
    hidden = [{"statistic": f"difference_{end}", "value": 0.3, "n": 4} for end in ("low", "high")]
    spread = {"statistic": "within_sd", "value": 0.8, "school_id": "", "set": "wave=w2"}
    assert readings.position(protected(shown, spread, *hidden), scale(), "w2", 0.2) is None


@given(TENTHS, TENTHS, st.integers(5, 60))
def test_steadied_is_said_only_where_it_differs(mean, steadied, n):
    table = protected(
        {"statistic": "mean", "value": mean, "n": n}, {"statistic": "steadied", "value": steadied, "n": n}
    )
    reading = readings.steadied(table, scale(), "w2")
    if mean == steadied:
        assert reading is None
    else:
        assert numbers(say(reading)) == [n, d(steadied)]
        assert numbers(say(readings.steadied(table, scale(), "w2", again=True))) == [d(steadied)]


@given(st.integers(10, 50).map(lambda number: number / 10), st.sampled_from(["higher", "lower"]))
def test_near_the_best_end_is_said_where_the_mean_is_there(mean, better):
    reading = readings.ceiling(protected({"statistic": "mean", "value": mean}), scale(better=better), "w2", 0.9)
    assert (reading is not None) == (mean >= 4.6 if better == "higher" else mean <= 1.4)
    if reading is not None:
        assert ("near the top" in say(reading)) == (better == "higher")


def test_a_scale_without_ends_has_no_top():
    unbounded = scale(low=None, high=None)
    assert readings.ceiling(protected({"statistic": "mean", "value": 99.0}), unbounded, "w2", 0.9) is None


# Change


def change_table(before, after, low, high, called, n=20, n_before=20):
    old = {"other_set": "school_id=S01; wave=w1", "other_n": n_before}
    return protected(
        {"statistic": "mean", "value": after, "n": n},
        {"statistic": "mean", "value": before, "n": n_before, "wave": "w1"},
        {"statistic": "change_low", "value": low, "n": n, **old},
        {"statistic": "change_high", "value": high, "n": n, **old},
        {"statistic": "change_called", "value": called, "n": n, "decimals": 0, **old},
    )


@given(TENTHS, TENTHS, TENTHS, TENTHS, st.booleans())
def test_change_is_true(before, after, a, b, agrees):
    low, high = sorted((a, b))
    side = 1 if low > 0 else -1 if high < 0 else 0
    called = side if agrees else 0
    reading = readings.change(change_table(before, after, low, high, called), scale(), "w2", "w1", "Fall")
    text, stated = say(reading), numbers(say(reading))
    moved = (after > before) - (after < before)
    assert ("likely between" in text) == (called != 0 and called == moved)
    assert ("The rise" in text) <= (after > before) and ("The drop" in text) <= (after < before)
    assert d(after) in stated and (d(before) in stated or after == before)
    if reading.template in ("rose", "fell"):
        assert stated[2:] == ([d(low), d(high)] if moved > 0 else [-d(high), -d(low)])
        assert all(number > 0 for number in stated[2:])
    elif "down to" in text:
        assert low < 0 < high and stated[-2:] == [-d(low), d(high)]
    elif reading.template != "no_call_flat":
        ends = [d(low), d(high)] if moved > 0 else [-d(high), -d(low)]
        assert stated[2:] == (ends if ends[0] else ends[1:]) and ("nothing at all" in text) == (ends[0] == 0)
        assert all(number > 0 for number in stated[2:]) and "call" in text


def test_a_change_that_a_hidden_wave_is_part_of_is_not_spoken_of():
    reading = readings.change(change_table(3.0, 4.0, 0.5, 1.5, 1, n_before=4), scale(), "w2", "w1", "Fall")
    assert reading.template == "not_comparable" and numbers(say(reading)) == []
    reading = readings.change(change_table(3.0, 4.0, 0.5, 1.5, 1, n=4), scale(), "w2", "w1", "Fall")
    assert reading.template == "scale_hidden" and numbers(say(reading)) == []


# At an end of what is shown


def coded(value: float, n: int) -> dict:
    shown, at = coding.code(value, n, SMALLEST, 1, 5, 1)
    return {"value": round(float(shown), 1), "bound": str(at)}


ANSWERS = st.lists(st.integers(1, 5), min_size=8, max_size=40) | st.integers(8, 40).flatmap(lambda n: st.sampled_from([[1] * n, [5] * n, [5] * (n - 1) + [4]]))


def holds(fact, true: float) -> bool:
    """Whether a number of a sentence is right of the true one, as far as its digits go."""
    if not isinstance(fact, Bounded):
        return abs(float(fact) - true) <= 0.05 + 1e-9
    return true >= float(fact.value) - 0.05 - 1e-9 if fact.words == "or_more" else true <= float(fact.value) + 0.05 + 1e-9


@given(ANSWERS, ANSWERS, st.integers(1, 12).map(lambda tenth: tenth / 10))
def test_what_is_said_of_averages_at_an_end_is_true_of_the_true_ones(then, now, half):
    """Means, their moves and the ends of their ranges; from averages as shown, as `estimate` makes them."""
    before, after = sum(then) / len(then), sum(now) / len(now)
    old, new = coded(before, len(then)), coded(after, len(now))
    up, down = new["bound"] == "more" or old["bound"] == "less", new["bound"] == "less" or old["bound"] == "more"
    low, high = round(new["value"] - old["value"] - half, 1), round(new["value"] - old["value"] + half, 1)
    called = 1 if low > 0 and not down else -1 if high < 0 and not up else 0
    against = {"other_set": "school_id=S01; wave=w1", "other_n": len(then), "n": len(now)}
    table = protected(
        {"statistic": "mean", "n": len(now), **new},
        {"statistic": "mean", "n": len(then), "wave": "w1", **old},
        {"statistic": "mean_low", "n": len(now), "value": new["value"] - half, "bound": "less" if new["bound"] == "less" else ""},
        {"statistic": "mean_high", "n": len(now), "value": new["value"] + half, "bound": "more" if new["bound"] == "more" else ""},
        {"statistic": "change_low", "value": low, "bound": "less" if down else "", **against},
        {"statistic": "change_high", "value": high, "bound": "more" if up else "", **against},
        {"statistic": "change_called", "value": called, "decimals": 0, **against},
    )
    level = readings.level(table, scale(), "w2")
    assert holds(level["mean"], after)
    if new["bound"]:
        assert f"averages {new['value']} or {new['bound']}" in say(level)
    for end, side in (("low", "or_less"), ("high", "or_more")):
        fact = level[end]
        assert isinstance(fact, Bounded) == (new["bound"] == side.removeprefix("or_")) and (not isinstance(fact, Bounded) or fact.words == side)
    change = readings.change(table, scale(), "w2", "w1", "Fall")
    assert holds(change["before"], before) and holds(change["after"], after)
    moved = after - before
    if change.template == "rose":
        assert moved > -0.1 and not down
    elif change.template == "fell":
        assert moved < 0.1 and not up
    elif change.template in ("no_call", "no_call_up", "no_call_down", "no_call_up_nothing", "no_call_down_nothing", "no_call_flat"):
        assert (new["value"] - old["value"]) * moved > -0.1  # the direction that the two numbers show is the true one, or there is none
    for name, open_end in (("down", down), ("up", up)):
        if name in dict(change.facts):
            assert isinstance(change[name], Bounded) == open_end
    assert "open" not in change.template or new["bound"] or old["bound"]


def test_where_an_end_hides_the_direction_no_move_is_told():
    table = change_table(4.5, 4.8, 0.1, 0.5, 0).frame
    table.loc[(table["statistic"] == "mean") & (table["wave"] == "w1"), "bound"] = "more"
    table.loc[table["statistic"] == "change_low", "bound"] = "less"
    text = say(readings.change(protect(table, SMALLEST), scale(), "w2", "w1", "Fall"))
    assert text.startswith("Trust among staff stands at 4.8. In Fall it stood at 4.5 or more.") and "moved from" not in text


@given(TENTHS, TENTHS, st.sampled_from(["", "more"]), st.sampled_from(["", "less"]))
def test_next_to_the_district_an_open_end_is_never_called_close_or_held_to_the_other_side(a, b, more, less):
    low, high = sorted((a, b))
    table = protected(
        {"statistic": "difference_low", "value": low, "bound": less},
        {"statistic": "difference_high", "value": high, "bound": more},
        {"statistic": "mean", "value": 3.7, "school_id": "", "set": "wave=w2"},
        {"statistic": "within_sd", "value": 2.0, "decimals": 2, "school_id": "", "set": "wave=w2"},
    )
    reading = readings.position(table, scale(), "w2", 2.0)
    if low > 0 and less or high < 0 and more:
        assert reading is None
        return
    text = say(reading)
    assert ("likely above" in text) == (low > 0) and ("likely below" in text) == (high < 0)
    assert "close to" not in text or not (more or less)
    if low > 0:
        assert text.endswith(f"to {d(high)}{' or more' if more else ''}.")
    elif high < 0:
        assert text.endswith(f"to {d(-low)}{' or more' if less else ''}.")
    else:
        assert (f"{d(abs(high))} or more" in text) >= bool(more) and (f"{d(abs(low))} or more" in text) >= bool(less)


# Questions


def questions(counts: list[tuple[int, int, int]]):
    """The rows of questions answered so (favourable, in the middle, unfavourable), as they are shown, and their texts."""
    rows, texts = [], {}
    for place, (favourable, middle, unfavourable) in enumerate(counts):
        answered = favourable + middle + unfavourable
        texts[f"q{place}"] = f"Question {'abcdef'[place]}"
        count, at = coding.code_count(favourable, answered, SMALLEST)
        rest, other = shares.of_the_rest([unfavourable], [answered - count], SMALLEST)
        for statistic, value, bound in (("favourable_count", count, at), ("unfavourable", rest[0], other[0])):
            rows.append({"statistic": statistic, "value": float(value), "item": f"q{place}", "n": 90, "answered": answered, "decimals": 0, "bound": str(bound)})
    return protected(*rows), texts


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=6),
    st.integers(1, 4),
)
@example(counts=[(34, 0, 0), (0, 0, 34), (30, 2, 2)], listed=3)
@example(counts=[(0, 0, 10), (1, 0, 30), (1, 29, 1)], listed=3)
@example(counts=[(8, 2, 2), (8, 3, 1)], listed=3)
def test_questions_are_divided_few_or_alike_as_counted_and_never_all_or_none(counts, listed):
    """What is said of the counts as shown is true of the true ones."""
    table, texts = questions(counts)
    said = item_readings.items(table, texts, "w2", 0.8, 0.3, listed)
    visible = {f"Question {'abcdef'[i]}": c for i, c in enumerate(counts) if sum(c) >= 10}
    for reading in said:
        favourable, middle, unfavourable = visible[reading["text"]]
        answered, text = favourable + middle + unfavourable, say(reading)
        for side, true in (("favourable", favourable), ("unfavourable", unfavourable)):
            if side in dict(reading.facts):
                fact = reading[side]
                if isinstance(fact, Bounded):
                    assert true >= fact.value if fact.words == "at_least" else true <= fact.value
                    assert f"{'at least' if fact.words == 'at_least' else 'at most'} {fact.value}" in text.replace("At", "at")
                else:
                    assert true == fact
                value = fact.value if isinstance(fact, Bounded) else fact
                assert 0 < value <= answered and (value < answered or fact.words == "at_most")
                # every number is named as what it is: nothing is left over that a reader could take for the rest
                named = f"{value} of {answered}" if f"{value} of {answered}" in text else f"{value} unfavourable"
                assert named in text
        if reading.template == "split":
            assert min(favourable, unfavourable) >= 0.3 * answered > 0
        elif reading.template == "divided":
            assert min(favourable, unfavourable) >= 0.15 * answered > 0
        elif reading.template == "most_divided":
            least = [min(f, u) / (f + m + u) for f, m, u in visible.values()]
            assert min(favourable, unfavourable) / answered == max(least) > 0
        elif reading.template == "fewest":
            assert favourable / answered == min(f / (f + m + u) for f, m, u in visible.values())
        elif reading.template == "fewest_among":
            fewer = [sum(other) for other in visible.values() if other[0] / sum(other) < favourable / answered]
            assert favourable / answered - min(f / (f + m + u) for f, m, u in visible.values()) <= 1 / min(answered, *fewer, 90) + 1e-9
        elif reading.template == "agreed_favourable":
            assert favourable >= 0.8 * answered
        elif reading.template == "agreed_unfavourable":
            assert unfavourable >= 0.8 * answered
        assert not re.search(r"\b(nobody|no one|none|all|everyone|everybody)\b", text, re.IGNORECASE)
    split = [c for c in visible.values() if min(c[0], c[2]) >= 0.3 * sum(c)]
    assert sum(reading.template == "split" for reading in said) <= min(listed, len(split))
    start = item_readings.start(said)
    if start.template == "start_divided":
        assert start["text"] in visible
    else:
        assert not any(reading.template in ("split", "most_divided", "divided") for reading in said)


def test_an_exact_count_is_said_exactly():
    table, texts = questions([(20, 4, 10), (12, 10, 12), (31, 1, 2)])
    said = [say(reading) for reading in item_readings.items(table, texts, "w2", 0.8, 0.3, 2)]
    assert said == [
        "Staff are split on “Question b”: 12 of 34 answers are favourable and 12 unfavourable.",
        "Staff largely answer alike on “Question c”: 31 of 34 answers are favourable.",
    ]


# Schools apart


RELIABILITY = st.tuples(st.integers(-20, 100), st.integers(0, 1000))


@given(st.integers(3, 60), st.dictionaries(st.sampled_from(["trust", "community", "efficacy"]), RELIABILITY, min_size=1))
def test_schools_are_told_apart_as_far_as_the_numbers_bear(schools, scales):
    rows = []
    for name, (reliability, chance) in scales.items():
        district = {"school_id": "", "set": "wave=w2", "n": 900, "scale": name}
        rows += [
            {"statistic": "schools", "value": schools, "decimals": 0, **district},
            {"statistic": "icc2_reml", "value": reliability / 100, "decimals": 2, **district},
            {"statistic": "icc_p", "value": chance / 1000, "decimals": 3, **district},
        ]
    shown = [scale(id=name, about=name) for name in scales]
    texts = [say(reading) for reading in readings.apart(protected(*rows), shown, "w2", 0.7)]
    for name, (reliability, chance) in scales.items():
        (text,) = [text for text in texts if name in text]
        blind = chance >= 50 or reliability <= 0
        assert ("cannot be told apart" in text) == blind
        assert ("Only schools that lie far apart" in text) == (not blind and reliability < 70)
        assert "do not differ" not in text
        assert "Do not rank" not in text or numbers(text) == [schools]


# In short


NAMES = st.lists(st.sampled_from(["trust", "community", "stress", "efficacy"]), unique=True)


@given(NAMES, st.lists(st.sampled_from(["above", "below", "like", "cannot_tell"]), min_size=4, max_size=4))
def test_the_overview_names_each_scale_once_and_on_its_side(names, kinds):
    facts = {"district": Decimal("3.7"), "least": Decimal("0.1"), "most": Decimal("0.3")}
    sides = dict(zip(names, kinds, strict=False))
    positions = [Reading.of(kind, name=name, **facts) for name, kind in sides.items()]
    texts = [say(reading) for reading in readings.overview(positions, worse=["stress"])]
    lines = {"above": "Likely above", "below": "Likely below", "like": "Close to", "cannot_tell": "We cannot tell this school"}
    if len(names) > 1 and set(sides.values()) == {"cannot_tell"}:
        assert texts == [f"On all {len(names)} scales, we cannot tell this school from the district."]
        return
    for kind, beginning in lines.items():
        line = next((text for text in texts if text.startswith(beginning)), "")
        assert {name for name in sides if name in line} == {name for name in sides if sides[name] == kind}
    assert any("stress, a higher number is worse" in text for text in texts) == (sides.get("stress") in ("above", "below"))


@given(st.lists(st.sampled_from(["rose", "fell", "no_call", "first_wave", "not_comparable"]), max_size=5))
def test_the_movement_is_called_only_where_a_change_was(kinds):
    changes = [Reading.of(kind, name=f"scale {place}", names=(f"scale {place}",), wave="Fall") for place, kind in enumerate(kinds)]
    changes = readings.together(changes)
    assert sum(reading.template == "not_comparable" for reading in changes) <= 1
    assert sum(len(reading["names"]) for reading in changes if reading.template == "not_comparable") == kinds.count("not_comparable")
    texts = [say(reading) for reading in readings.movement(changes, "Fall")]
    assert any(text.startswith("Likely up") for text in texts) == ("rose" in kinds)
    assert any(text.startswith("Likely down") for text in texts) == ("fell" in kinds)
    quiet = "no_call" in kinds and "rose" not in kinds and "fell" not in kinds
    assert any("no change is large enough" in text for text in texts) == quiet


def test_an_earlier_survey_is_told_where_it_is_known():
    rows = [{"statistic": name, "scale": "survey", "decimals": 0, "value": value, "n": 50, "wave": "w1"} for name, value in (("answers", 30), ("head_count", 50))]
    assert say(readings.participation_before(protected(*rows), "survey", "w1", "Fall")) == "In Fall it was 30 of 50."
    assert readings.participation_before(protected(rows[0]), "survey", "w1", "Fall") is None


def test_a_closed_school_says_when_and_who_carries_on():
    assert say(readings.closed(date(2025, 6, 13), ["Horsetail Spring"], "Spring 2025")) == (
        "This school closed on June 13, 2025; Horsetail Spring carries on its work. "
        "The page shows its last survey, Spring 2025."
    )
    assert "2025; A and B carry on its work. The" in say(readings.closed(date(2025, 6, 13), ["A", "B"], "Spring 2025"))


TIMES = st.lists(st.sampled_from(["Fall 2023", "Spring 2024", "Fall 2024"]), min_size=1, max_size=3, unique=True)
SOME = st.lists(st.sampled_from(["Alder", "Birch", "Cedar", "Dogwood"]), min_size=1, max_size=3, unique=True)
CLOSED = st.fixed_dictionaries({"day": st.dates(date(2020, 1, 1), date(2025, 12, 31)).map(date.isoformat), "names": SOME})
WHOSE = st.fixed_dictionaries({"names": SOME, "waves": TIMES})


@given(st.lists(CLOSED, max_size=2), st.lists(WHOSE, max_size=2), st.lists(st.tuples(CLOSED, TIMES), max_size=2))
def test_a_school_of_several_says_whose_numbers_stand_for_when(closed, whose, parted):
    told = {"closed": closed, "waves": whose, "parted": [each | {"waves": waves} for each, waves in parted]}
    texts = [say(reading) for reading in readings.lineage(told)]
    assert len(texts) == len(closed) + len(whose) + 2 * len(parted)

    def holds(text, of, known):
        return {name for name in known if name in text} == set(of)

    schools, surveys = ("Alder", "Birch", "Cedar", "Dogwood"), ("Fall 2023", "Spring 2024", "Fall 2024")
    for each, text in zip(closed, texts, strict=False):
        day = date.fromisoformat(each["day"])
        assert holds(text, each["names"], schools) and f"{day:%B} {day.day}, {day.year}" in text
        assert ("its work" in text) == (len(each["names"]) == 1)
    for each, text in zip(whose, texts[len(closed) :], strict=False):
        assert holds(text, each["names"], schools) and holds(text, each["waves"], surveys)
        assert ("together" in text) == (len(each["names"]) > 1)
    for (each, waves), gone, so in zip(parted, texts[len(closed) + len(whose) :: 2], texts[len(closed) + len(whose) + 1 :: 2], strict=True):
        day = date.fromisoformat(each["day"])
        assert holds(gone, each["names"], schools) and f"{day:%B} {day.day}, {day.year}" in gone and "several schools" in gone
        assert ("its staff" in gone) == (len(each["names"]) == 1)
        assert holds(so, waves, surveys) and "do not compare" in so


# The voice


FACTS = {
    "answered": 38, "head_count": 52, "missing": 14, "needed": 8, "smallest_group": 5, "names": ("trust among staff",),
    "date": date(2025, 6, 13), "successor": ("Alder Creek", "Birch Lane"), "wave": "Fall 2024", "name": "trust among staff",
    "mean": Decimal("3.9"), "low": Decimal("3.7"), "high": Decimal("4.1"), "bottom": 1, "top": 5, "district": Decimal("3.7"),
    "least": Decimal("0.1"), "most": Decimal("0.4"), "steadied": Decimal("3.8"), "n": 12, "count": 20,
    "before": Decimal("3.4"), "after": Decimal("3.7"), "down": Decimal("0.1"), "up": Decimal("0.7"), "text": "We help each other",
    "survey": "Staff survey", "flagged": 7, "responses": 1203, "without": Decimal("3.8"),
    "waves": ("Fall 2024", "Spring 2025"), "favourable": 14, "unfavourable": 12, "schools": 24, "mark": "3f9a01bc", "seen_by": "the research office",
    "answered_most": 12, "count_most": 14, "answered_least": 6, "count_least": 11, "role": "Teacher", "weighted": Decimal("3.8"),
    "effective": 36, "effect": Decimal("1.05"), "shift": Decimal("0.1"), "label": "Role", "groups": 5, "shown": 3,
    "by": "the school board", "who": "Staff",
}  # fmt: skip
SENTENCES = [*voice.sentences("climate"), *voice.sentences("common", "as_of", "note_unplaced")]


def test_there_are_sentences_to_read():
    assert len(SENTENCES) > 50


@pytest.mark.parametrize("name", SENTENCES)
def test_a_principal_understands_it_and_no_word_hurts_or_boasts(name):
    voice.check(name, FACTS)


def test_known_grades():
    assert grade("The cat sat on the mat.") < 1
    assert grade("Institutional accountability necessitates comprehensive organisational deliberation.") > 20
