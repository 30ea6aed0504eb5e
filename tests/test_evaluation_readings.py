"""Every sentence of the evaluation step is true of its numbers, whatever the numbers are, and none speaks too early."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.evaluation import decide, readings, rule_readings, study
from cyclebook.evaluation.comparison import LEAST_DF
from cyclebook.measures import runs
from cyclebook.privacy import NOTHING
from cyclebook.reading import Reading, sentence
from tests import voice
from tests.frames import protected

DAYS = [(date(2025, 3, 3) + timedelta(7 * place)).isoformat() for place in range(40)]
VALUES = st.integers(0, 200).map(lambda number: number / 10)
BETTER = st.sampled_from(["higher", "lower", "neither"])
WHERE = {"school_id": "S01", "wave": "", "scale": "heard", "n": 0, "set": ""}


def say(reading: Reading) -> str:
    return sentence(reading, "en")


def numbers(text: str) -> list[Decimal]:
    """The numbers in a sentence in the order in which they are read; the days and years of dates are left out."""
    text = re.sub(r"[A-Z][a-z]+ \d{1,2}, \d{4}", "", text)
    return [Decimal(number.replace("−", "-").replace(",", "")) for number in re.findall(r"(?<![\w])−?\d[\d,]*(?:\.\d+)?", text)]


def d(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def row(statistic: str, value: float, **more) -> dict:
    return WHERE | {"statistic": statistic, "value": value} | more


def measure(**facts) -> dict:
    return {
        "id": "heard", "name": "Ideas heard", "about": "staff who felt heard", "unit": "percent", "better": "higher", "people": False, "decimals": 1,
        "type": "value", "fewest": 5,
        "days": DAYS[:20], "chart": None, **facts,
    }  # fmt: skip


def drawn(**facts) -> dict:
    return {
        "kind": "p", "fitting": "p", "parts": [{"id": "part1", "first": DAYS[0], "last": DAYS[19]}], "focus": "part1", "used": DAYS[:20],
        "baseline": 0, "since": 0, "useful": 20, "shift": True, "far": True, "limits": True, "trial": False, "stable": True, "long_run": False,
        "few_crossings": False, "run": {"first": DAYS[3], "last": DAYS[11], "side": 1, "on_line": 0, "goes_on": False}, "outside": [], "speaks_on": "", "hidden": [],
        "cycle": "", "title": "", "start": "", "target": None, "at_end": False, "ends": 0, **facts,
    }  # fmt: skip


def cycle(**facts) -> dict:
    return {
        "id": "visits", "title": "Peer visits", "start": "2025-08-25", "comparison": 3, "checks": ["2025-10-10", "2025-11-14"], "cannot": ["", ""], "mark": "aa", "mark_now": "aa",
        "rule": {"measure": "heard", "by": "chart", "worthwhile": 6.0, "points": 8, "probability": None}, "state": "running", "looks_reached": 1,
        "next_look": "2025-11-14", "speaks_on": "", "verdict": None, "spans": {"heard": {"before": 12, "since": 12, "hardly": False, "ends": False}}, "decision": None, "prediction": None,
        "compared": {"day": "2025-10-10", "treated": 4, "comparison": 6, "left_out": 0, "own_left_out": False, "rests": True, "effect": True, "ends": False}, **facts,
    }  # fmt: skip


SIGNAL = ("points in a row", "points in turn", "crosses the middle", "outside the limits", "A signal", "shows no signal", "such a signal")

# A chart


@st.composite
def charts(draw):
    """Facts and rows of any chart, also of such as could not be."""
    longest, most, crossings, least = (draw(st.integers(0, 20)) for _ in range(4))
    outside = sorted(draw(st.sets(st.sampled_from(DAYS[:20]), max_size=3)))
    facts = drawn(
        shift=draw(st.booleans()), far=draw(st.booleans()), trial=draw(st.booleans()), stable=draw(st.booleans()), baseline=draw(st.sampled_from([0, 8])),
        run={"first": DAYS[3], "last": DAYS[11], "side": draw(st.sampled_from([1, -1])), "on_line": draw(st.integers(0, 2)), "goes_on": draw(st.booleans())},
        outside=outside, cycle="visits",
        speaks_on=draw(st.sampled_from(["", "2025-12-22"])), title="Peer visits", start="2025-08-25", hidden=draw(st.sampled_from([[], DAYS[:2]])),
        kind=draw(st.sampled_from(["p", "p'"])), target=draw(st.sampled_from([None, 65.0])),
    )  # fmt: skip
    facts |= {"long_run": longest > most, "few_crossings": crossings < least}
    made = measure(better=draw(BETTER), chart=facts)
    values = {day: draw(VALUES) for day in DAYS[:20]}
    rate = draw(st.integers(0, 60))
    rows = [row("value", value, wave=day) for day, value in values.items()]
    rows += [row(end, 9.0 if end == "lower" else 11.0, wave=day, item="part1") for day in DAYS[:20] for end in ("lower", "upper")]
    counts = {"median": 10.0, "longest_run": longest, "longest_run_max": most, "crossings": crossings, "crossings_min": least, "false_alarms": rate}
    rows += [row(name, value, item="part1", decimals=0) for name, value in counts.items()]
    return made, protected(*rows), values, counts


@given(charts())
def test_a_chart_that_cannot_speak_yet_is_silent(found):
    made, table, _, _ = found
    text = " ".join(say(reading) for group in readings.chart(table, made) for reading in group)
    chart = made["chart"]
    if not chart["shift"] and not chart["far"]:
        assert "cannot speak yet" in text and not [word for word in SIGNAL if word in text]
        assert not readings.signalled(table, made) and readings.false_alarm_rate(table, made) is None
    if not chart["shift"]:
        assert "points in a row" not in text and "points in turn" not in text and "crosses the middle" not in text
        assert "cannot show" in text or "cannot speak" in text
    if not chart["far"]:
        assert "outside" not in text and "far from the rest" not in text
    assert "no change" not in text.lower() and "stable" not in text


@given(charts())
def test_signals_are_named_as_they_are(found):
    made, table, values, counts = found
    chart, better = made["chart"], {"higher": 1, "lower": -1, "neither": 0}[made["better"]]
    said = {reading.template: say(reading) for reading in readings.signals(table, made)}
    text = " ".join(said.values())
    speaks = chart["shift"] or chart["far"]
    loud = speaks and chart["stable"]
    row_words = "points in turn" if chart["run"]["on_line"] else "points in a row"
    assert "points in turn" not in text or "not counted" in text
    assert (row_words in text) == ("middle line" in text) == (loud and chart["shift"] and counts["longest_run"] > counts["longest_run_max"])
    assert ("crosses the middle" in text) == (loud and chart["shift"] and counts["crossings"] < counts["crossings_min"])
    assert ("outside" in text) == (loud and chart["far"] and bool(chart["outside"]))
    assert ("The chart shows no signal" in text) == (loud and not readings.signalled(table, made))
    assert ("no line to hold the later points against" in text) == (speaks and not chart["stable"])
    for name, one in said.items():
        side = chart["run"]["side"]
        if name.startswith("e_run_"):
            assert numbers(one) == [counts["longest_run"], counts["longest_run_max"]]
            assert ("above" in one, "below" in one) == (side > 0, side < 0)
            assert ("the better side" in one, "the worse side" in one) == (side * better > 0, side * better < 0)
        if name == "e_crossings":
            assert numbers(one)[-1] == counts["crossings_min"] and (counts["crossings"] == 1 or numbers(one)[0] == counts["crossings"])
        if name.startswith("e_outside"):
            latest = values[chart["outside"][-1]]
            assert d(latest) in numbers(one) and (len(chart["outside"]) == 1 or numbers(one)[0] == len(chart["outside"]))
            way = 1 if latest > 11 else -1
            assert ("the better side" in one, "the worse side" in one) == (way * better > 0, way * better < 0)


@given(charts())
def test_the_rate_of_false_alarms_is_said_of_every_chart_that_can_speak(found):
    made, table, _, counts = found
    said = [say(reading) for group in readings.chart(table, made) for reading in group if reading.template.startswith("e_false_alarms")]
    if not readings.can_speak(made):
        assert said == []
    else:
        assert len(said) == 1 and ("such a signal" in said[0]) == readings.signalled(table, made)
        assert numbers(said[0]) == ([counts["false_alarms"], 100] if counts["false_alarms"] else [1, 100])


def test_what_is_missing_or_hidden_is_said():
    assert [say(one) for group in readings.chart(NOTHING, measure(days=[])) for one in group] == ["Nothing has been counted here for staff who felt heard yet."]
    (hidden,) = (one for group in readings.chart(NOTHING, measure()) for one in group)
    assert numbers(say(hidden)) == [5]
    table = protected(row("median", 50.0, item="part1"))
    text = " ".join(say(one) for group in readings.chart(table, measure(chart=drawn(hidden=DAYS[:1], shift=False, far=False))) for one in group)
    assert "One point is not shown" in text
    later = drawn(parts=[{"id": "part1", "first": DAYS[0], "last": DAYS[9]}, {"id": "part2", "first": DAYS[10], "last": DAYS[19]}])
    assert "begins anew on May 12, 2025" in " ".join(say(one) for group in readings.chart(table, measure(chart=later)) for one in group)


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.booleans()), min_size=1, max_size=5))
def test_in_short_names_each_chart_that_shows_a_signal_and_no_other(kinds):
    rows, made = [], []
    for place, (rate, signal, shift) in enumerate(kinds):
        name = f"m{place}"
        made.append(measure(id=name, name=f"Measure {'abcde'[place]}", chart=drawn(shift=shift, far=False)))
        counts = {"longest_run": 12 if signal else 3, "longest_run_max": 8, "crossings": 9, "crossings_min": 5, "false_alarms": rate}
        rows += [row(key, value, scale=name, item="part1", decimals=0) for key, value in counts.items()]
    table = protected(*rows)
    said = {reading.template: say(reading) for reading in readings.charts_in_short(table, made)}
    loud = {f"Measure {'abcde'[place]}" for place, (_, signal, shift) in enumerate(kinds) if signal and shift}
    told = [reading for reading in readings.charts_in_short(table, made) if reading.template.startswith("e_news")]
    assert {reading["name"] for reading in told} == loud and len(told) == len(loud)
    assert ("e_signals_none" in said) == (not loud and any(shift for _, _, shift in kinds))
    waiting = {f"Measure {'abcde'[place]}" for place, (_, _, shift) in enumerate(kinds) if not shift}
    assert ("e_far_off" in said) == bool(waiting) and all(name in said["e_far_off"] for name in waiting)
    if "e_signals_chance" in said:
        rates = [rate / 100 for rate, _, shift in kinds if shift]
        quiet = 1.0
        for rate in rates:
            quiet *= 1 - rate
        count, share, of = numbers(said["e_signals_chance"])
        assert (count, of) == (len(rates), 100) and abs(float(share) - 100 * (1 - quiet)) <= 0.51


@given(charts(), VALUES, VALUES)
def test_a_signal_in_short_has_its_direction_and_its_days(found, before, after):
    made, table, values, counts = found
    if not readings.signalled(table, made):
        return
    table = table + protected(row("before", before, item="visits"), row("after", after, item="visits"))
    chart, text = made["chart"], say(readings.news(table, made))
    better = {"higher": 1, "lower": -1, "neither": 0}[made["better"]]
    run = chart["shift"] and counts["longest_run"] > counts["longest_run_max"]
    outside = chart["far"] and chart["outside"]
    if run:
        side = chart["run"]["side"]
        assert ("March 24, 2025" in text) and ("to May 19, 2025" in text) == (not chart["run"]["goes_on"])
    elif outside:
        latest = chart["outside"][-1]
        side = 1 if values[latest] > 11 else -1
        assert readings.news(table, made)["date"] == date.fromisoformat(latest)
    else:
        side = (after > before) - (after < before) if chart["baseline"] else 0
        assert ("without a clear direction" in text) == (side == 0)
    way = side * better
    assert ("better" in text, "worse" in text) == (way > 0, way < 0)
    if not better and side:
        assert any(word in text for word in (("upward", "above", "higher") if side > 0 else ("downward", "below", "lower")))


# What to do next


def test_a_verdict_without_a_decision_is_to_be_decided_and_no_other():
    decision = {"day": "2025-11-18", "word": "adopt", "why": ""}
    for state in STATES:
        for more in ("", "2025-12-01"):
            made = cycle(state=state, verdict=verdict("adapt", look=2) if state in ("decided", "running", "undecided") else None, next_look=more)
            said = rule_readings.to_decide(made, "adapt")
            due = state in ("decided", "undecided") or (state in ("no_rule", "rule_open", "rule_changed") and not more)
            assert (said is not None) == due
            assert not said or ("The rule says adapt" in say(said)) == (state == "decided")
            assert rule_readings.to_decide(made | {"decision": decision}, "adapt") is None


@given(VALUES, VALUES, BETTER, st.integers(0, 12), st.booleans(), st.sampled_from(["adopt", "adapt", "stop"]), st.sampled_from([None, "adopt", "stop"]))
def test_what_moved_for_the_worse_beside_an_adopt_is_asked_about(before, after, better, since, hardly, word, decided):
    table = protected(row("before", before, item="visits"), row("after", after, item="visits"))
    decision = decided and {"day": "2025-11-18", "word": decided, "why": ""}
    made = cycle(state="decided", verdict=verdict(word), decision=decision, spans={"heard": {"before": 12, "since": since, "hardly": hardly, "ends": False}})
    said = rule_readings.balancing(table, measure(better=better), made)
    worse = {"higher": after < before, "lower": after > before, "neither": False}[better]
    assert (said is not None) == (worse and since >= 6 and not hardly and (decided or word) == "adopt")
    if said:
        assert numbers(say(said)) == [d(before), d(after)] and say(said).startswith("Beside" if decided else "Before you adopt")
        assert "That may be luck" in say(said)


@given(VALUES, VALUES, st.sampled_from(["met", "kept", "lost", "not_yet"]), st.sampled_from([None, "adopt", "adapt"]))
def test_what_was_adopted_and_is_not_held_leads(latest, target, state, decided):
    table = protected(row("latest_outcome", latest, item="visits"))
    made = cycle(decision=decided and {"day": "2025-11-18", "word": decided, "why": ""})
    found = {"measure": "heard", "kind": "outcome", "target": target, "points": 12, "state": state}
    said = rule_readings.lost_after_adopt(table, measure(), made, found)
    assert (said is not None) == (state == "lost" and decided == "adopt")
    assert not said or (numbers(say(said)) == [d(target), d(latest)] and "What would bring it back?" in say(said))


def test_where_there_is_nothing_to_decide_a_question_is_asked():
    running = [cycle(state="running"), cycle(state="decided", title="Other")]
    asked = [say(rule_readings.question(signal, cycles)) for signal, cycles in ((True, running), (False, running), (False, []))]
    assert len(set(asked)) == 3 and all("?" in text and text.startswith("To ask") for text in asked)
    assert "Peer visits" in asked[1] and "Other" not in asked[1]


def test_another_cycle_with_the_same_measure_is_named():
    assert readings.beside("Answer board", "Ideas heard", []) == []
    (said,) = readings.beside("Answer board", "Ideas heard", ["Alder Creek (“Lesson pairs”)"])
    assert "ran at Alder Creek (“Lesson pairs”)" in say(said) and "may be in the gap" in say(said)


def test_weeks_that_lean_are_spoken_of_where_the_rule_rests_on_them():
    assert "more frequent" in say(rule_readings.leaning(cycle())[0])
    assert rule_readings.leaning(cycle(rule={"measure": "heard", "by": "comparison"})) == []


@given(st.none() | st.integers(-100, 100).map(lambda n: n / 10), st.none() | st.integers(-100, 100).map(lambda n: n / 10))
def test_a_rule_by_comparison_holds_the_prediction_against_the_gap(gap, own):
    made = cycle(
        prediction={"measure": "heard", "change": 8.0, "words": ""},
        rule={"measure": "heard", "by": "comparison", "worthwhile": 6.0, "points": 8, "probability": 0.9},
    )
    district = protected(row("effect", gap, school_id="", scale="visits", item="")) if gap is not None else NOTHING
    table = protected(row("change", own, item="visits")) if own is not None else NOTHING
    _, against, alone = [say(reading) for reading in rule_readings.prediction(table, district, measure(), made)]
    assert "against the comparison schools" in against and "This school alone" in alone
    for text, value in ((against, gap), (alone, own)):
        assert numbers(text) == ([abs(d(value))] if value else [])
        assert ("up by" in text, "down by" in text, "not enough points" in text) == (bool(value and value > 0), bool(value and value < 0), value is None)


# Before and after, prediction and result


@given(VALUES, VALUES, st.integers(0, 20), st.integers(0, 20), BETTER, st.booleans())
def test_before_and_after_are_two_numbers_and_their_direction(before, after, earlier, since, better, hardly):
    table = protected(row("before", before, item="visits"), row("after", after, item="visits"))
    reading = readings.before_after(table, measure(better=better), cycle(spans={"heard": {"before": earlier, "since": since, "hardly": hardly, "ends": False}}))
    text = say(reading)
    assert numbers(text)[-2:] == [earlier, since]
    if min(earlier, since) < readings.LEAST:
        assert "too few" in text and numbers(text) == [earlier, since]
    elif before == after:
        assert numbers(text)[:-2] == [d(after)] and "same" in text
    else:
        assert numbers(text)[:-2] == [d(before), d(after)]
        good = (after > before) == (better == "higher")
        assert ("for the better" in text, "for the worse" in text) == ((good, not good) if better != "neither" and not hardly else (False, False))
        assert ("hardly moved" in text) == hardly
    assert "because" not in text and "thanks to" not in text


@given(st.none() | st.integers(-100, 100).map(lambda n: n / 10), st.integers(-30, 30))
def test_prediction_and_result_stand_side_by_side(came, predicted):
    table = protected(row("change", came, item="visits")) if came is not None else NOTHING
    made = cycle(prediction={"measure": "heard", "change": predicted / 2, "words": ""})
    said = [say(reading) for reading in rule_readings.prediction(table, NOTHING, measure(), made)]
    ways = {1: "up", -1: "down", 0: "not to move"}
    assert ways[(predicted > 0) - (predicted < 0)] in said[0] and numbers(said[0]) == ([abs(d(predicted) / 2)] if predicted else [])
    if came is None:
        assert "not enough points" in said[1]
    else:
        assert numbers(said[1]) == ([abs(d(came))] if came else [])
        assert {1: "up", -1: "down", 0: "no move"}[(came > 0) - (came < 0)] in said[1]


def test_no_prediction_is_said():
    assert "no prediction" in say(rule_readings.prediction(NOTHING, NOTHING, None, cycle())[0])


# Comparison schools

CHANGE = st.integers(-150, 150).map(lambda n: n / 10)


@given(CHANGE, CHANGE, st.integers(0, 90).map(lambda n: n / 10), st.booleans(), st.integers(0, 100), st.sampled_from(["higher", "lower"]), st.integers(1, 3))
def test_the_comparison_says_who_moved_how_and_what_it_rests_on(ours, theirs, half, rests, likely, better, treated):
    gap = round(ours - theirs, 1)
    low, high = round(gap - half, 1), round(gap + half, 1)
    district = WHERE | {"school_id": "", "scale": "visits", "item": ""}
    rows = [district | {"statistic": name, "value": value} for name, value in (("ours", ours), ("theirs", theirs), ("effect", gap))]
    if rests:
        rows += [district | {"statistic": name, "value": value} for name, value in (("effect_low", low), ("effect_high", high))]
        rows.append(district | {"statistic": "chance_worthwhile", "value": likely, "decimals": 0})
    compared = {"day": "2025-10-10", "treated": treated, "comparison": 2, "left_out": 1, "own_left_out": True, "ends": False}
    said = readings.comparison(protected(*rows), measure(better=better), cycle(compared=compared))
    texts = [say(reading) for reading in said]
    for text, change, count in ((texts[0], ours, treated), (texts[1], theirs, 2)):
        assert ("went up" in text or ": up by" in text, "went down" in text or ": down by" in text, "not move" in text or "no move" in text) == (change > 0, change < 0, change == 0)
        assert numbers(text) == ([count] if count > 1 else []) + ([abs(d(change))] if change else [])
    favour = gap if better == "higher" else -gap
    assert ("in favour" in texts[2], "against the idea" in texts[2], "no gap" in texts[2]) == (favour > 0, favour < 0, gap == 0)
    text = " ".join(texts)
    assert "would have moved" in text and "No number here can check that" in text
    assert "left out" in text and "This school is among" in text
    if not rests:
        assert "too few for a likely range" in text and "likely that" not in text and numbers(texts[3]) == [treated + 2, LEAST_DF + 2]
        return
    ends = (low, high) if better == "higher" else (-high, -low)
    assert ("so we cannot tell" in texts[3]) == (ends[0] < 0 < ends[1])
    assert numbers(texts[3]) == sorted(abs(d(end)) for end in ends) or ends[0] < 0
    if ends[0] < 0 < ends[1]:
        assert numbers(texts[3]) == [-d(ends[0]), d(ends[1])]
    assert ("percent likely" in texts[4]) and (likely in (0, 100) or numbers(texts[4]) == [likely, 6])
    assert not any(word in text for word in ("caused", "proved", "thanks to"))


def test_a_comparison_with_numbers_at_an_end_says_that_it_goes_by_the_numbers_as_shown():
    district = WHERE | {"school_id": "", "scale": "visits", "item": ""}
    table = protected(*(district | {"statistic": name, "value": value} for name, value in (("ours", 5), ("theirs", 2), ("effect", 3))))
    compared = {"day": "2025-10-10", "treated": 2, "comparison": 2, "left_out": 0, "own_left_out": False}
    for ends in (True, False):
        said = readings.comparison(table, measure(), cycle(compared=compared | {"ends": ends}))
        assert ("worked out from the numbers as shown" in say(said[0])) is ends


def test_before_the_first_look_schools_are_not_held_side_by_side():
    (early,) = readings.comparison(NOTHING, measure(), cycle(compared=None))
    assert "first planned look" in say(early) and early["date"] == date(2025, 10, 10)
    (none,) = readings.comparison(NOTHING, measure(), cycle(compared=None, checks=[]))
    (empty,) = readings.comparison(NOTHING, measure(), cycle())
    assert none.template == empty.template == "e_nobody_left"


# The rule

STATES = ("planned", "waiting", "running", "decided", "undecided", "no_rule", "rule_open", "rule_changed")
DECISIONS = ("adopt", "adapt", "stop", "not_enough")


def verdict(decision="adopt", why="worthwhile", look=1, planned=2, **more) -> dict:
    final = decision in ("adopt", "stop") or (decision == "adapt" and look == planned)
    return {"decision": decision, "look": look, "looks_planned": planned, "why": why, "final": final, "day": "2025-10-10" if look else "", "before": 12, "since": 7} | more


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("decision", DECISIONS)
def test_only_a_frozen_rule_speaks(state, decision):
    text = say(rule_readings.standing(cycle(state=state, verdict=verdict(decision))))
    speaks = state in ("running", "decided")
    assert ("the rule set beforehand says" in text) == speaks
    assert ("no verdict" in text) == (state in ("no_rule", "rule_open", "rule_changed"))
    if speaks:
        assert f"says {decision.replace('not_enough', 'not enough data yet')}" in text
    assert "Peer visits" in text


@given(VALUES, VALUES, st.sampled_from([why for why in decide.WHY if why not in ("no_look",)]), st.integers(0, 100), st.integers(0, 100))
def test_the_reason_is_told_in_the_numbers_that_decided(before, after, why, worthwhile, nothing):
    by = "comparison" if why in ("few_schools", "undecided", "likely_worthwhile", "likely_no_better", "unlikely_worthwhile") else "chart"
    made = cycle(verdict=verdict(why=why), rule={"measure": "heard", "by": by, "worthwhile": 77.0, "points": 8, "probability": 0.9})
    own = protected(row("look_before", before, item="visits"), row("look_after", after, item="visits"))
    pooled = WHERE | {"school_id": "", "scale": "visits", "item": "", "decimals": 0}
    district = protected(
        pooled | {"statistic": "chance_worthwhile", "value": worthwhile}, pooled | {"statistic": "chance_nothing", "value": nothing}
    )
    if why in ("small", "worse", "no_better", "some_better", "worthwhile") and before == after and why not in ("small", "no_better"):
        return  # such a verdict cannot be
    said = [say(reading) for reading in rule_readings.why(own, district, measure(), made)]
    assert said
    text = " ".join(said)
    if why in ("small", "worse", "no_better", "some_better", "worthwhile"):
        assert numbers(text)[: 1 if before == after else 2] == ([d(after)] if before == after else [d(before), d(after)])
        little = why in ("some_better", "no_better") and before != after and 5 * abs(d(after) - d(before)) < 77
        assert ("hardly moved" in text) == little and not (little and "for the better" in text)
        assert (77 in numbers(text)[-1:]) == (why in ("small", "worthwhile"))
    if why in ("likely_worthwhile", "undecided", "unlikely_worthwhile"):
        assert (worthwhile in (0, 100)) or numbers(said[0]) == [worthwhile, 77]
        assert numbers(said[-1]) == [10 if why == "unlikely_worthwhile" else 90]
    if why == "likely_no_better":
        assert numbers(text)[-1] == 90 and (nothing == 100 or numbers(text)[0] == nothing)
    if why == "few_points":
        assert numbers(text) == [1, 7, 8]


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("by", ["chart", "comparison"])
def test_the_rule_is_told_with_its_numbers_and_its_direction(better, by):
    made = cycle(rule={"measure": "heard", "by": by, "worthwhile": 6.5, "points": 8, "probability": 0.9 if by == "comparison" else None})
    text = say(rule_readings.rule(measure(better=better), made))
    assert numbers(text) == ([90] if by == "comparison" else []) + [d(6.5), 8]
    assert ("up by" in text or "raised" in text) == (better == "higher") and ("down by" in text or "lowered" in text) == (better == "lower")


@given(st.sampled_from(DECISIONS), st.integers(0, 3), st.integers(0, 2), st.sampled_from(["", "few", "silent"]))
def test_looks_are_counted(decision, look, more, cannot):
    planned = look + more
    made = cycle(verdict=verdict(decision, look=look, planned=planned), next_look="2025-11-14" if more else "", cannot=["few", cannot])
    texts = [say(reading) for reading in rule_readings.looks(made)]
    if look:
        assert numbers(texts[0]) == [look, planned]
        assert ("Later looks do not change it" in texts[0]) == (decision in ("adopt", "stop") and more > 0)
    to_come = bool(look) and more > 0 and decision not in ("adopt", "stop")
    assert any("next look" in text for text in texts) == to_come
    assert any("cannot decide" in text for text in texts) == (to_come and bool(cannot))
    assert any("too few points" in text for text in texts) == (to_come and cannot == "few")
    assert any("no signal can show" in text for text in texts) == (to_come and cannot == "silent")


@given(st.integers(0, 100), st.integers(0, 100), st.sampled_from(["chart", "comparison"]))
def test_how_often_the_rule_errs_is_told_for_nothing_and_for_the_worthwhile(nothing, something, by):
    where = row("", 0, item="visits", decimals=0) if by == "chart" else WHERE | {"school_id": "", "scale": "visits", "item": "", "decimals": 0}
    table = protected(*(where | {"statistic": f"adopt_at_{name}", "value": value} for name, value in (("nothing", nothing), ("worthwhile", something))))
    made = cycle(rule={"measure": "heard", "by": by, "worthwhile": 6.0, "points": 8, "probability": 0.9})
    stated = numbers(say(rule_readings.adoptions(table, measure(), made)))
    assert stated == ([nothing, 100, 6, something] if nothing else [1, 100, 6, something] if something else [1, 100, 6])
    assert rule_readings.adoptions(NOTHING, measure(), made) is None


def test_the_mark_says_whether_the_rule_is_the_one_that_was_frozen():
    assert "same as at the start" in say(rule_readings.mark(cycle(verdict=verdict(), mark="ab12", mark_now="ab12")))
    assert "it was fixed with ab12" in say(rule_readings.mark(cycle(mark="ab12", mark_now="cd34")))
    assert "as it stands now" in say(rule_readings.mark(cycle(mark="", mark_now="cd34")))


@pytest.mark.parametrize(("decision", "word", "otherwise"), [("adopt", "adopt", False), ("stop", "adopt", True), ("not_enough", "stop", False)])
def test_what_people_decided_stands_beside_the_rule(decision, word, otherwise):
    made = cycle(verdict=verdict(decision), decision={"day": "2025-11-18", "word": word, "why": ""})
    text = say(rule_readings.decided(made, word))
    assert word in text and ("The rule says otherwise" in text) == otherwise
    assert rule_readings.decided(cycle(), "") is None


def test_the_day_on_which_a_chart_can_first_speak_is_told_while_it_lies_ahead():
    ahead = cycle(speaks_on="2025-12-22")
    assert rule_readings.speaks(ahead, "2025-11-21")["date"] == date(2025, 12, 22)
    assert rule_readings.speaks(ahead, "2025-12-22") is None and rule_readings.speaks(cycle(), "2025-11-21") is None
    assert rule_readings.speaks(ahead | {"state": "decided"}, "2025-11-21") is None


@given(VALUES, VALUES, st.sampled_from(["not_started", "cannot_tell", "not_yet", "met", "kept", "lost"]), st.sampled_from(["higher", "lower"]))
def test_goals_are_told_as_they_stand(latest, target, state, better):
    table = protected(row("latest_outcome", latest, item="visits"))
    found = {"measure": "heard", "kind": "outcome", "target": target, "points": 12, "state": state}
    reading = rule_readings.goal(table, measure(better=better), cycle(), found)
    if state == "not_started":
        assert reading is None
        return
    text = say(reading)
    if state == "cannot_tell":
        assert numbers(text) == [readings.LEAST]
        return
    assert numbers(text) == [d(target), d(latest)] and "middle of the latest six points" in text
    assert ("but not kept" in text) == (state == "lost") and ("reached and kept" in text) == (state == "kept")
    there = latest >= target if better == "higher" else latest <= target
    assert ("Goal near" in text, "not reached by now" in text) == ((there, not there) if state == "not_yet" else (False, False))


def test_the_numbers_that_sentences_name_are_those_that_decide():
    assert rule_readings.HARDLY == study.HARDLY
    assert study.STRETCH == 6, "the page speaks of the latest six points"
    assert readings.LEAST == decide.LEAST_BASELINE and readings.LEAST_SCHOOLS == LEAST_DF + 2
    assert runs.points_needed() <= 10, "the page says that ten weeks make a chart that can speak"


def test_a_closed_school_says_so():
    assert say(readings.closed("2025-06-13", [])) == "This school closed on June 13, 2025. The page shows what was counted until then."
    assert "Horsetail Spring carries on its work" in say(readings.closed("2025-06-13", ["Horsetail Spring"]))
    assert "Horsetail Spring and Alder Creek carry on its work" in say(readings.closed("2025-06-13", ["Horsetail Spring", "Alder Creek"]))


# The voice

FACTS = {
    "date": date(2025, 6, 13), "successor": ("Alder Creek", "Birch Lane"), "about": "staff whose ideas were heard", "fewest": 10, "count": 3, "name": "Ideas heard",
    "first": date(2025, 8, 25), "last": date(2025, 11, 17), "median": Decimal("56.5"), "unit": "percent", "baseline": 22, "since": 13, "title": "Peer visits",
    "start": date(2025, 8, 25), "target": 70, "longest": 13, "most": 8, "crossings": 4, "least": 11, "value": 92, "rate": 12, "before": 56, "after": 71,
    "earlier": 22, "treated": 4, "comparison": 6, "change": Decimal("12.3"), "gap": Decimal("14.0"), "low": Decimal("7.8"), "high": Decimal("20.2"),
    "against": Decimal("1.2"), "favour": Decimal("8.0"), "chance": 93, "worthwhile": 6, "schools": 4, "needed": 90, "names": ("Ideas heard", "Peer visits"),
    "points": 8, "look": 1, "planned": 2, "nothing": 4, "something": 62, "mark": "3f9a01bc22d0", "now": "0be101bc22d0", "word": "adopt", "limit": 10,
    "latest": Decimal("72.5"), "predicted": 10,
}  # fmt: skip


@pytest.mark.parametrize("name", voice.sentences("evaluation"))
def test_a_principal_understands_it_and_no_word_hurts(name):
    voice.check(name, FACTS)
