"""Every sentence of the planning step is true of its numbers, whatever the numbers are."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.planning import figures, readings, seen_readings
from cyclebook.planning.goals import FEWEST
from cyclebook.reading import Reading, sentence
from tests import voice
from tests.frames import protected

HEARD = {
    "id": "heard", "name": "Ideas heard", "about": "staff whose ideas were heard", "type": "share", "unit": "percent", "decimals": 0,
    "step_unit": "percentage points", "better": "higher", "every": 7, "low": 0.0, "high": 100.0,
}  # fmt: skip
AS_OF = date(2025, 11, 21)


def say(reading: Reading) -> str:
    return sentence(reading, "en")


def numbers(text: str) -> list[Decimal]:
    """The numbers in a sentence in the order in which they are read, without the parts of days."""
    text = re.sub(r"[A-Z][a-z]+ \d{1,2}, \d{4}", "", text)
    return [Decimal(number.replace(",", "")) for number in re.findall(r"(?<![\w])\d[\d,]*(?:\.\d+)?", text)]


def days(text: str) -> list[str]:
    return re.findall(r"[A-Z][a-z]+ \d{1,2}, \d{4}", text)


def long(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def cycle(**facts) -> dict:
    """A cycle as bundles hold it."""
    return {
        "id": "c", "title": "Peer visits", "phase": "running", "past": False, "told": True, "start": "2025-08-25", "end": "2025-11-14", "decision": None,
        "for_whom": "all teachers", "outcome": "heard", "target": 75.0, "rule": None, "checks": [], "parts": [], "missing": [],
        "missing_kinds": [], "planned": {"heard": 12}, "measures": [{"measure": "heard", "kind": "outcome", "target": 75.0}],
        "baseline": ["2025-01-06", "2025-08-22"], "mark": "0123456789ab", "state": "frozen", "rule_hash": "", "prediction": None, **facts,
    }  # fmt: skip


def goal(statistic: str, number: float, decimals: int = 0, **more) -> dict:
    return {"statistic": statistic, "value": number, "decimals": decimals, "wave": "c", "scale": "heard", **more}


def table(**found: float | None):
    known = {name: number for name, number in found.items() if number is not None}
    return protected(*(goal(name, number, 0 if name.startswith(("baseline", "together_")) else 1) for name, number in known.items()))


WHOLE = st.integers(0, 100)
TENTHS = st.integers(1, 300).map(lambda number: number / 10)


# Numbers that people wrote down


@given(st.integers(-10_000, 10_000), st.integers(0, 3))
def test_a_stated_number_keeps_its_digits(thousandths, decimals):
    found = readings.stated(thousandths / 1000, decimals)
    assert found == Decimal(thousandths) / 1000
    assert -found.as_tuple().exponent >= decimals


def test_hours_have_the_digits_that_they_need():
    assert [str(readings.hours(number)) for number in (1.0, 0.25, 0.5, 1.256, 0.0, 10.0)] == ["1", "0.25", "0.5", "1.26", "0", "10"]
    assert str(readings.hundredfold(0.9)) == "90" and str(readings.hundredfold(0.975)) == "97.5"


# The aim


@given(st.none() | WHOLE, st.none() | WHOLE, st.booleans(), st.integers(3, 30))
def test_the_aim_says_what_the_plan_says(baseline, target, dated, n):
    plan = cycle(target=target, end="2025-11-14" if dated else "")
    shown = protected(goal("baseline_median", baseline, n=n)) if baseline is not None else protected()
    text = say(readings.aim(shown, plan, {"heard": HEARD}))
    before = baseline if baseline is not None and n >= 5 else None
    if target is None:
        assert numbers(text) == [] and "is not said" in text
        return
    assert days(text) == (["November 14, 2025"] if dated else [])
    assert ("is not said" in text) == (not dated)
    if before is None:
        assert numbers(text) == [target] and "from" not in text
    elif before == target:
        assert numbers(text) == [target] and "hold" in text
    else:
        assert numbers(text) == [before, target] and f"from {before} to {target} percent" in text


def test_a_plan_without_an_outcome_says_so():
    assert "what should get better" in say(readings.aim(protected(), cycle(outcome="", target=None), {}))


def test_where_a_cycle_stands():
    stands = {phase: say(readings.phase(cycle(phase=phase))) for phase in ("undated", "planned", "running", "over")}
    assert stands["planned"] == "It is to start on August 25, 2025." and stands["running"] == "It has run since August 25, 2025."
    assert stands["over"].startswith("Its time was over on November 14, 2025.") and days(stands["undated"]) == []
    for word, said in (("adopt", "to adopt “Peer visits”"), ("adapt", "to adapt"), ("stop", "keep the lesson")):
        text = say(readings.phase(cycle(phase="decided", decision={"day": "2025-11-18", "word": word, "why": ""})))
        assert days(text) == ["November 18, 2025"] and said in text


@given(st.lists(st.lists(st.sampled_from(["idea", "target", "distance", "too_small_to_see"]), unique=True), min_size=5, max_size=5))
def test_the_parts_are_counted_and_what_is_missing_is_asked_for_once(missing):
    plan = cycle(parts=[{"id": "x", "missing": names} for names in missing])
    words = {"idea": "what will be tried", "target": "how far it should move"}
    texts = [say(reading) for reading in readings.parts(plan, words)]
    met = sum(not names for names in missing)
    assert ("All five" in texts[0]) == (met == 5)
    assert met in (0, 1, 5) or numbers(texts[0]) == [met]
    assert texts[0].startswith("None of the five") == (met == 0) and texts[0].startswith("One of the five") == (met == 1)
    for name, text in words.items():
        assert sum(part.count(text) for part in texts) == (any(name in names for names in missing))


def test_what_does_not_fit_together_is_said():
    plan = cycle(parts=[{"id": "achievable", "missing": ["no_step"]}, {"id": "time_bound", "missing": ["checks_after_end"]}], target=50.0)
    texts = [say(reading) for reading in readings.cautions(table(baseline_median=56), plan, {"heard": HEARD})]
    assert numbers(texts[0]) == [50, 56] and days(texts[1]) == ["November 14, 2025"]
    beyond = cycle(parts=[{"id": "achievable", "missing": ["beyond_scale"]}], target=120.0)
    assert numbers(say(readings.cautions(protected(), beyond, {"heard": HEARD})[0])) == [120]
    assert readings.cautions(protected(), cycle(parts=[]), {"heard": HEARD}) == []


# What could be seen


SEEN = st.tuples(st.none() | st.integers(1, 60), st.none() | st.integers(1, 40), st.none() | TENTHS, st.none() | TENTHS, st.booleans())
PERIODS = {1: "days", 7: "weeks", 14: "numbers", 30: "months"}


@given(SEEN, st.sampled_from(list(PERIODS)), st.integers(3, 30), st.sampled_from(["chart", "comparison", ""]))
def test_the_smallest_change_is_said_with_what_it_stands_on(seen, every, n, by):
    points, after, change, charted, mute = seen
    known = change is not None and after and points and points >= FEWEST
    rows = [goal("baseline_points", points, n=n)] if points else []
    rows += [goal("detectable", change, 1, n=n)] if known else []
    rows += [goal("on_chart", charted, 1, n=n)] if known and charted else [goal("chart_needs", 9, n=n)] if known and mute else []
    plan = cycle(planned={"heard": after}, rule={"by": by} if by else None)
    said = seen_readings.detectable(protected(*rows), plan, HEARD | {"every": every})
    texts = [say(reading) for reading in said]
    if points is None or n < 5:
        assert said[0].template == "p_see_none" and numbers(texts[0]) == []
    elif points < FEWEST:
        assert numbers(texts[0]) == ([FEWEST] if points == 1 else [points, FEWEST])
    elif after is None:
        assert numbers(texts[0]) == [] and "no start and end" in texts[0]
    elif change is None:
        assert said[0].template == "p_see_flat" and numbers(texts[0]) == []
    else:
        assert numbers(texts[0]) == [points, *([] if after == 1 else [after])] and PERIODS[every] in texts[0]
        assert numbers(texts[1]) == [Decimal(repr(change))] and "averages" in texts[1] and "percentage points" in texts[1]
        chart = [text for text in texts if "chart" in text]
        assert bool(chart) == (by != "comparison" and (charted is not None or mute))
        if chart and charted is not None:
            assert numbers(chart[0]) == [Decimal(repr(charted))]
        elif chart:
            assert numbers(chart[0])[-1] == 9 and "cannot show any change" in chart[0]


def test_without_a_time_before_the_start_there_is_no_baseline():
    (said,) = seen_readings.detectable(table(baseline_points=20, detectable=3), cycle(baseline=[]), HEARD)
    assert "does not say which weeks before the start" in say(said)


@given(TENTHS, st.integers(2, 9), st.integers(0, 9))
def test_schools_together(change, schools, others):
    reading = seen_readings.together(table(together=change, together_schools=schools, together_others=others), cycle(), HEARD)
    assert numbers(say(reading)) == [*([others] if others > 1 else []), schools, Decimal(repr(change))]
    assert ("Beside" in say(reading)) == (others > 0)
    assert seen_readings.together(table(detectable=change), cycle(), HEARD) is None


CHANGES = st.tuples(*[st.none() | TENTHS] * 4)


@given(WHOLE, WHOLE, CHANGES, st.sampled_from(["higher", "lower", "neither"]), st.sampled_from(["chart", "comparison", ""]), st.booleans())
def test_the_goal_is_held_against_what_judges_it(baseline, target, changes, better, by, past):
    own, charted, joint, adopted = changes
    rule = {"by": by, "measure": "heard", "worthwhile": 6.0, "probability": 0.9} if by else None
    plan, measure = cycle(rule=rule, past=past), HEARD | {"better": better}
    known = table(baseline_median=baseline, detectable=own, on_chart=charted, together=joint, to_adopt=adopted)
    texts = [say(reading) for reading in seen_readings.goal_in_sight(known, plan, measure, target)]
    compared = (number for number in (adopted, joint, own) if number is not None)
    judge = charted if by == "chart" else next(compared, None) if by == "comparison" else own
    step = {"higher": target - baseline, "lower": baseline - target, "neither": abs(target - baseline)}[better]
    if judge is None:
        assert texts == []
        return
    rules = [text for text in texts if "The rule asks to be" in text]
    assert [numbers(text) for text in rules] == ([] if by != "comparison" else [[]] if adopted is None else [[90, 6, Decimal(repr(adopted))]])
    goals_told = [text for text in texts if text.startswith("The goal")]
    if step <= 0:
        assert goals_told == []
        return
    (text,) = goals_told
    ruled = by == "comparison" and adopted is not None
    under = ruled and not past and step < 6
    assert numbers(text) == [step, *([6] if under else [])] and under == ("calls worth having" in text)
    reached = step >= Decimal(repr(judge))
    assert under or reached == ("large enough" in text or "at least as large" in text) != ("smaller than that" in text)
    assert ("help" in text) == (not under and not reached and not past), "more weeks are no help to a plan that is over"
    assert past or under or ("all these schools" in text) == (by == "comparison" and (joint is not None or adopted is not None))
    assert past == (" was " in text) and (by == "chart" or "chart" not in text)


def test_another_measure_of_a_plan_is_not_what_its_rule_by_comparison_asks_about():
    plan = cycle(rule={"by": "comparison", "measure": "other", "worthwhile": 6.0, "probability": 0.9})
    (only,) = seen_readings.goal_in_sight(table(baseline_median=50, together=3), plan, HEARD, 60)
    assert "The rule" not in say(only)


def test_without_a_target_or_a_baseline_nothing_is_said_of_the_goal():
    assert seen_readings.goal_in_sight(table(baseline_median=50, detectable=3), cycle(), HEARD, None) == []
    assert seen_readings.goal_in_sight(table(detectable=3), cycle(), HEARD, 60) == []


WORDS = ("yet", "please", "please add", "would help", "you begin")


@given(st.integers(0, 5), st.lists(st.sampled_from(["outcome", "process", "balancing"]), unique=True, min_size=1))
def test_nothing_is_asked_of_a_plan_that_is_over(met, kinds):
    parts = [{"id": "x", "missing": ["idea", "checks_after_end"] * (number >= met)} for number in range(5)]
    plan = cycle(past=True, parts=parts, missing_kinds=kinds, missing=["hours", "owner"], baseline=["2025-01-06", "2025-08-22"])
    said = [
        *readings.parts(plan, {"idea": "what will be tried"}), *readings.cautions(protected(), plan, {"heard": HEARD}),
        *readings.kinds(plan), *readings.rule(plan, {}), readings.prediction(plan, {}), *seen_readings.detectable(protected(), plan, HEARD),
        *seen_readings.goal_in_sight(table(baseline_median=64, detectable=30), plan, HEARD, 75),
    ]  # fmt: skip
    text = " ".join(map(say, said)).lower()
    assert readings.ask_missing(plan, {"hours": "the hours"}) is None
    assert "?" not in text and [word for word in WORDS if word in text] == []
    assert "was smaller than that" in text and ("were in place" in text or "was in place" in text or "was whole" in text)


@given(TENTHS, st.integers(3, 40))
def test_two_surveys(change, n):
    scale = {"id": "trust", "about": "trust among staff"}
    reading = seen_readings.survey_change(protected({"statistic": "detectable", "value": change, "n": n}), scale, "w2")
    assert (reading is None) == (n < 5)
    assert reading is None or numbers(say(reading)) == [Decimal(repr(change))]


@given(WHOLE, st.none() | TENTHS, st.none() | WHOLE)
def test_the_figure_in_words(baseline, change, target):
    text = say(seen_readings.drawn(table(baseline_median=baseline, on_chart=change, detectable=99), cycle(rule={"by": "chart"}), HEARD, target))
    assert ("in fewer than four of five such charts" in text) == (change is not None) and "too small to show" not in text
    assert numbers(text) == [baseline, *([] if target is None else [target]), *([] if change is None else [Decimal(repr(change))])]


@given(WHOLE, st.none() | TENTHS, st.none() | st.integers(0, 150), st.booleans())
@settings(max_examples=15)
def test_the_figure_shows_what_is_said(baseline, change, target, bounded):
    """The points lie where the numbers are, the band is as wide as said, and everything is inside the panel."""
    measure = HEARD if bounded and (target is None or target <= 100) else HEARD | {"low": None, "high": None}
    drawn = [(cycle(rule={"by": "chart"}), measure, target)]
    figure = figures.goals(table(baseline_median=baseline, on_chart=change), drawn, "en")
    (panel,) = figure.axes
    left, right = panel.get_xlim()
    points = [float(line.get_xdata()[0]) for line in panel.lines]
    assert points == [float(number) for number in (target, baseline) if number is not None]
    assert all(left < point < right for point in points)
    bands = [(band.get_x(), band.get_x() + band.get_width()) for band in panel.patches]
    assert bands == ([] if change is None else [pytest.approx((baseline - change, baseline + change))])
    assert "Ideas heard (percent)" in (panel.get_title(), panel.get_title(loc="left"))


# The load


HOURS = st.integers(0, 12).map(lambda quarters: quarters / 4)


@given(HOURS, HOURS, HOURS, st.booleans())
def test_the_load_is_held_against_the_limit(now, more, limit, unknown):
    peak = {"hours": now + more, "first": "2025-11-21", "last": "2025-12-12", "cycles": ["Peer visits", "Answer board"]}
    texts = [say(reading) for reading in readings.load({"now": now, "peak": peak, "unknown": ["Quiet hour"] * unknown}, AS_OF, limit)]
    assert days(texts[0]) == ["November 21, 2025"] and numbers(texts[0]) == ([now] if now else [])
    assert (" 1 hours" not in " ".join(texts)) and (" 1 hour " in texts[0]) == (now == 1)
    risen = [text for text in texts if text.startswith("At most")]
    assert bool(risen) == (more > 0)
    assert not risen or (numbers(risen[0]) == [now + more] and days(risen[0]) == ["November 21, 2025", "December 12, 2025"])
    over = [text for text in texts if "more than the limit" in text]
    assert bool(over) == (now + more > limit)
    assert not over or numbers(over[0]) == [Decimal(repr(now + more - limit)), Decimal(repr(limit))]
    assert any("within the limit" in text for text in texts) == (0 < now + more <= limit)
    assert any("Quiet hour" in text for text in texts) == unknown


def test_what_the_plan_does_not_say_of_the_work_is_asked_for():
    words = {name: f"<{name}>" for name in ("ask", "hours", "displaces", "result")}
    assert readings.ask_missing(cycle(missing=["rule", "prediction"]), words) is None
    text = say(readings.ask_missing(cycle(missing=["displaces", "hours", "rule"]), words))
    assert "<hours> and <displaces>" in text and "<ask>" not in text


# Measures, rule, prediction


@given(st.lists(st.sampled_from(["outcome", "process", "balancing"]), unique=True))
def test_a_question_for_each_kind_that_is_missing(missing):
    texts = [say(reading) for reading in readings.kinds(cycle(missing_kinds=missing))]
    if not missing:
        assert texts == ["“Peer visits” names measures of all three kinds."]
    else:
        assert [kind for kind in missing for text in texts if f"no {kind} measure" in text] == missing and len(texts) == len(missing)


CHECKS = st.lists(st.integers(0, 300), unique=True, max_size=4)


@given(st.sampled_from(["chart", "comparison"]), st.integers(1, 200), st.integers(2, 30), CHECKS)
def test_the_rule_says_its_numbers_and_days(by, tenths, points, checks):
    found = {"measure": "heard", "by": by, "worthwhile": tenths / 10, "points": points, "probability": 0.9 if by == "comparison" else None}
    planned = [date(2025, 9, 1) + timedelta(number) for number in sorted(checks)]
    texts = [say(reading) for reading in readings.rule(cycle(rule=found, checks=[day.isoformat() for day in planned]), {"heard": HEARD})]
    assert numbers(texts[0]) == [Decimal(tenths) / 10, points] and ("other schools" in texts[0]) == (by == "comparison")
    assert [numbers(text) for text in texts if "sure" in text] == ([[90]] if by == "comparison" else [])
    looks = [text for text in texts if text.startswith("The plan has")]
    assert len(looks) == bool(planned)
    if looks:
        assert days(looks[0]) == [long(planned[0]), *([long(planned[-1])] if len(planned) > 1 else [])]
        assert numbers(looks[0]) == ([len(planned)] if len(planned) > 1 else [])


@given(CHECKS.filter(len), st.sampled_from([1, 7, 14, 30]), st.integers(2, 30), st.sampled_from(["planned", "running"]), st.booleans())
def test_a_look_before_enough_points_can_be_in_is_named(checks, every, points, phase, past):
    start, rule = date(2025, 9, 1), {"measure": "heard", "by": "chart", "worthwhile": 6.0, "points": points, "probability": None}
    planned = [start + timedelta(number) for number in sorted(checks)]
    plan = cycle(rule=rule, start=start.isoformat(), checks=[day.isoformat() for day in planned], phase=phase, past=past)
    texts = [say(reading) for reading in readings.rule(plan, {"heard": HEARD | {"every": every}})]
    step = 28 if every == 30 else every
    fit = [len(range(0, (day - start).days + 1, step)) for day in planned]
    short = [number for number in fit if number < points]
    told = [text for text in texts if "cannot decide" in text]
    assert len(told) == (bool(short) and not past)
    if told:
        assert days(told[0]) == [long(planned[len(short) - 1])]
        middle = 1 < len(short) < len(planned)
        assert numbers(told[0]) == [*([len(short)] if middle else []), *([] if short[-1] == 1 else [short[-1]]), points]
        assert ("the last look" in told[0]) == (len(short) == len(planned))
    assert any("would help" in text for text in texts) == (bool(told) and phase == "planned")


@given(st.dates(date(2024, 1, 1), date(2026, 1, 1)), st.integers(0, 400), st.sampled_from([1, 7, 14, 28, 30]))
def test_no_more_points_can_be_in_than_are_planned_for_by_the_calendar(start, later, every):
    until = start + timedelta(later)
    assert readings.most_points(start, until, every) >= later // every + 1
    assert readings.most_points(start, start - timedelta(1), every) == 0
    months = [day for day in (start + timedelta(number) for number in range(later + 1)) if day.day == min(start.day, 28)]
    assert readings.most_points(start, until, 30) >= len(months)


def test_the_first_look_of_a_rule_for_eight_weeks():
    rule = {"measure": "heard", "by": "chart", "worthwhile": 6.0, "points": 8, "probability": None}
    texts = [say(reading) for reading in readings.rule(cycle(rule=rule, checks=["2025-10-10", "2025-11-14"]), {"heard": HEARD})]
    assert "At the first look, on October 10, 2025, at most 7 numbers can be in. The rule asks for 8, so it cannot decide then." in texts


def test_without_a_rule_the_team_is_asked_for_one():
    assert "has no rule yet" in say(readings.rule(cycle(), {})[0]) and readings.state(cycle(state="no_rule"), AS_OF) is None


@pytest.mark.parametrize(("state", "start", "said", "line"), [
    ("frozen", "2025-08-25", "fits the plan", False),
    ("frozen", "2026-01-12", "fits the plan", False),
    ("open", "2025-08-25", "gives no verdict", False),
    ("changed", "2025-08-25", "gives no verdict", False),
    ("changed", "2026-01-12", "has not begun", True),
    ("not_started", "2026-01-12", "before January 12, 2026", True),
    ("not_started", "", "set a start", True),
])  # fmt: skip
def test_how_the_rule_stands_and_the_line_only_where_it_still_helps(state, start, said, line):
    text = say(readings.state(cycle(state=state, start=start, rule_hash="ffffffffffff"), AS_OF))
    assert said in text
    assert ('rule_hash: "0123456789ab"' in text) == line
    assert ("ffffffffffff" in text) == (state == "changed")


@given(st.integers(-200, 200))
def test_the_prediction_goes_the_way_that_was_written_down(tenths):
    text = say(readings.prediction(cycle(prediction={"measure": "heard", "change": tenths / 10, "words": ""}), {"heard": HEARD}))
    assert ("go up" in text) == (tenths > 0) and ("go down" in text) == (tenths < 0) and ("stay the same" in text) == (tenths == 0)
    assert numbers(text) == ([abs(Decimal(tenths) / 10)] if tenths else [])


def test_a_prediction_that_is_missing_is_asked_for():
    assert "no prediction yet" in say(readings.prediction(cycle(), {}))


# Calendar and the page in short


EVENT = st.tuples(st.integers(-40, 40), st.sampled_from(["review", "start", "check", "check_unless", "end"]))


@given(st.lists(EVENT, max_size=5), st.integers(0, 3), st.integers(0, 3))
def test_the_next_date_is_the_next_and_the_overdue_are_counted(found, undated, waiting):
    found = sorted(found)
    events = [{"day": (AS_OF + timedelta(number)).isoformat(), "kind": kind, "about": "Be on time.", "place": 3} for number, kind in found]
    texts = [say(reading) for reading in readings.dates(events, AS_OF, undated, waiting, 120)]
    ahead = [number for number, _ in found if number >= 0]
    late = len(found) - len(ahead)
    following = [text for text in texts if text.startswith("The next date")]
    assert [days(text) for text in following] == ([[long(AS_OF + timedelta(ahead[0]))]] if ahead else [])
    overdue = [text for text in texts if "overdue" in text]
    assert len(overdue) == bool(late + waiting) and (late + waiting < 2 or numbers(overdue[0]) == [late + waiting])
    left = [text for text in texts if "left out of the calendar" in text]
    assert [numbers(text) for text in left] == ([[*([] if waiting == 1 else [waiting]), 120]] if waiting else [])
    assert not following or ("unless the rule has spoken" in following[0]) == (found[late][1] == "check_unless")
    assert any("No dates lie ahead" in text for text in texts) == (not found and not waiting)
    assert any("not on record" in text for text in texts) == bool(undated)


@given(
    st.sampled_from(["planned", "running", "over", "undated"]), st.lists(st.integers(-30, 30), unique=True, max_size=3),
    st.sampled_from(["frozen", "open", "changed", "no_rule"]),
)  # fmt: skip
def test_one_cycle_in_one_line(phase, checks, state):
    planned = [AS_OF + timedelta(number) for number in sorted(checks)]
    text = say(readings.line(cycle(phase=phase, checks=[day.isoformat() for day in planned], state=state), AS_OF))
    ahead = [day for day in planned if day > AS_OF]
    start, end = "August 25, 2025", "November 14, 2025"
    stated = {"planned": [start], "running": [start, *map(long, ahead[:1] or planned[-1:])], "over": [end], "undated": []}
    assert days(text) == stated[phase] and "Peer visits" in text
    place = len(planned) - len(ahead) + 1
    assert numbers(text) == ([place] if phase == "running" and ahead else [])
    assert ("unless the rule has spoken" in text) == (phase == "running" and bool(ahead) and place > 1 and state == "frozen")
    assert ("last planned look was" in text) == (phase == "running" and bool(planned) and not ahead)


PHASES, STATES = st.sampled_from(["planned", "running", "undated"]), st.sampled_from(["frozen", "not_started", "no_rule"])


@given(st.lists(st.tuples(PHASES, st.integers(0, 5), STATES, st.booleans()), max_size=3))
def test_what_is_unfinished_is_said_of_plans_that_have_not_begun(plans):
    cycles = [
        cycle(
            title=f"Plan {'abc'[place]}", phase=phase, state=state, told=told,
            parts=[{"missing": ["x"] * (number >= met)} for number in range(5)],
        )  # fmt: skip
        for place, (phase, met, state, told) in enumerate(plans)
    ]
    texts = [say(reading) for reading in readings.unfinished(cycles)]
    for plan, (phase, met, state, told) in zip(cycles, plans, strict=True):
        own = [text for text in texts if plan["title"] in text]
        ahead = told and phase != "running"
        assert any("SMART" in text for text in own) == (ahead and met < 5)
        assert any("not fixed" in text for text in own) == (ahead and state != "frozen")


def test_a_closed_school():
    assert days(say(readings.closed(date(2025, 6, 13), ["Horsetail Spring"]))) == ["June 13, 2025"]
    assert "A, B, and C carry on its work" in say(readings.closed(date(2025, 6, 13), ["A", "B", "C"]))
    assert say(readings.closed(date(2025, 6, 13), [])) == "This school closed on June 13, 2025."


# The voice


FACTS = {
    "title": "Peer visits", "about": "staff whose ideas were heard", "baseline": Decimal("64"), "target": Decimal("75"),
    "unit": "percent", "date": date(2025, 11, 14), "for_whom": "all teachers", "met": 4,
    "missing": ("what will be tried", "the day it ends"), "before": 22, "after": 12, "change": Decimal("9"), "points": 8,
    "fewest": 6, "schools": 4, "others": 6, "step": Decimal("11"), "names": ("trust among staff", "efficacy"),
    "hours": Decimal("1.25"), "limit": Decimal("1.5"), "over": Decimal("0.25"), "first": date(2025, 10, 10),
    "last": date(2025, 11, 14), "worthwhile": Decimal("6"), "needed": 9, "percent": 90, "count": 2, "mark": "3f9a01bc22d0",
    "old": "bc22d03f9a01", "check": date(2025, 10, 10), "wave": "Fall 2025", "successor": ("Alder Creek", "Birch Lane"),
    "school": "Alder Creek", "place": 2,
}  # fmt: skip


@pytest.mark.parametrize("name", voice.sentences("planning"))
def test_a_principal_understands_it_and_no_word_hurts_or_boasts(name):
    voice.check(name, FACTS)


def test_there_are_sentences_to_read():
    assert len(voice.sentences("planning")) > 80


# A baseline at an end of what is shown


@given(st.integers(1, 99), st.integers(0, 100), st.sampled_from(["more", "less"]), st.sampled_from(["", "chart"]), st.none() | st.integers(1, 20))
def test_of_a_baseline_at_an_end_no_step_is_called_enough_and_its_number_stands_as_what_it_is(baseline, target, bound, by, detectable):
    rows = [goal("baseline_median", baseline, bound=bound), goal("baseline_points", 8)]
    rows += [goal("detectable", detectable), goal("on_chart", detectable)] if detectable else []
    rule = {"measure": "heard", "by": by, "worthwhile": 5.0, "points": 6, "probability": None} if by else None
    shown, plan = protected(*rows), cycle(target=float(target), rule=rule)
    beside = f"{baseline} or {bound}"
    assert beside in say(readings.aim(shown, plan, {"heard": HEARD}))
    assert beside in say(seen_readings.drawn(shown, plan, HEARD, float(target)))
    assert seen_readings.goal_in_sight(shown, plan, HEARD, float(target)) == []
    text = " ".join(say(reading) for reading in seen_readings.detectable(shown, plan, HEARD))
    assert "all alike" not in text and ("cannot be seen" in text) == (detectable is None)
