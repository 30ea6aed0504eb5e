"""The demonstration district's weekly numbers: what is true of them, and the file they stand in.

A level is given as shown (percent, visits, per 10 raised, minutes, per 100 students) and changes only where STEPS or COMMON say
so. A share is drawn as that many yes of those who answered, a count and a rate as events of that mean, minutes around their mean:
so each level is the expectation of what the file holds.
"""
from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from demo_exports import receipt
from demo_model import SCHOOLS, SPECIAL, rng
from demo_ratings import NOTHING_BUT_A_SURVEY, text, typed

#: Mondays of school weeks: not the spring break, not the summer.
WEEKS = tuple(date(2025, 1, 6) + timedelta(weeks=week) for week in range(46)
              if week != 12 and not date(2025, 6, 2) < date(2025, 1, 6) + timedelta(weeks=week) < date(2025, 8, 18))
RANGE = {"heard": (50, 62), "peer_visits": (3, 6), "open_questions": (3.8, 4.6), "meeting_minutes": (74, 94),
         "office_referrals": (0.9, 1.6)}
MINUTES_SD, MISSING = 8.0, 0.04
ANSWERING = {"0103": .70, "0113": .28}              # share of staff who answer in a week, instead of the drawn one
NOT_KEPT = {("0114", "open_questions"), ("0206", "meeting_minutes")}
REFERRALS = ("0104", "0110", "0203", "0204")        # the only schools that count them

FIRST_LEVEL = {  # of the schools with a story, instead of the drawn one
    ("heard", "0101"): 57, ("heard", "0103"): 58, ("heard", "0106"): 52, ("heard", "0108"): 55, ("heard", "0113"): 58,
    ("heard", "0114"): 55, ("peer_visits", "0103"): 3, ("open_questions", "0103"): 4.4,
    ("meeting_minutes", "0201"): 95, ("meeting_minutes", "0301"): 92,
}
BOARD = ("0102", "0105", "0107", "0202")
STEPS = [  # measure, school, first week, change of the level
    ("heard", "0103", date(2025, 8, 25), 16), ("peer_visits", "0103", date(2025, 8, 25), 6.5),
    ("open_questions", "0103", date(2025, 3, 24), -0.5),
    ("heard", "0108", date(2025, 10, 27), 10),
    *(("heard", school, date(2025, 8, 25), 14) for school in BOARD),
    *(("open_questions", school, date(2025, 8, 25), -1.9) for school in BOARD),
    ("heard", "0106", date(2025, 3, 10), 22), ("heard", "0106", date(2025, 8, 18), -24),
    ("meeting_minutes", "0301", date(2025, 8, 25), -9), ("meeting_minutes", "0201", date(2025, 8, 25), -23),
    ("heard", "0113", date(2025, 8, 25), 12), ("heard", "0114", date(2025, 8, 25), 12),
]
COMMON = ("open_questions", date(2025, 8, 25), -1.0)    # the help desk: at every school, so no school's idea did it


def schools(measure: str) -> list[str]:
    """The schools that count a measure."""
    return [s for s in SCHOOLS.school_id if s != NOTHING_BUT_A_SURVEY and (s, measure) not in NOT_KEPT
            and (measure != "office_referrals" or s in REFERRALS)]


def weeks(school: str) -> list[date]:
    """The school weeks in which a school was open."""
    closed = SCHOOLS.set_index("school_id").closed[school]
    return [week for week in WEEKS if not closed or week < date.fromisoformat(closed)]


def true_levels() -> dict[tuple[str, str], list[tuple[date, float]]]:
    """(measure, school_id) -> the true level as shown from each day on."""
    found = {}
    for measure, (low, high) in RANGE.items():
        draw = rng(f"levels {measure}")
        drawn = dict(zip(SCHOOLS.school_id, draw.uniform(low, high, size=len(SCHOOLS)).round(1)))
        for school in schools(measure):
            changes = [(day, change) for name, where, day, change in STEPS if (name, where) == (measure, school)]
            changes += [COMMON[1:]] if measure == COMMON[0] else []
            level, path = float(FIRST_LEVEL.get((measure, school), drawn[school])), []
            for day, change in [(WEEKS[0], 0.0), *sorted(changes)]:
                level = round(level + change, 2)
                path.append((day, level))
            found[measure, school] = path
    return found


def level_at(path: list[tuple[date, float]], day: date) -> float:
    """The true level on a day."""
    return next(level for first, level in reversed(path) if first <= day)


def _numbers(draw: np.random.Generator, measure: str, level: float, staff: int, rate: float) -> dict[str, str] | None:
    """One point as it is written into the file; None where nobody answered or nothing was raised."""
    if measure == "heard":
        people = int(draw.binomial(staff, rate))
        yes = int(draw.binomial(people, level / 100))
        return {"numerator": str(yes), "denominator": str(people), "persons": str(people)} if people else None
    if measure == "peer_visits":
        return {"value": str(int(draw.poisson(level)))}
    if measure == "open_questions":
        raised = int(draw.poisson(5 + staff / 3))
        return {"numerator": str(int(draw.poisson(level * raised / 10))), "denominator": str(raised)} if raised else None
    if measure == "office_referrals":
        students = int(staff * 8 + draw.integers(-3, 4))
        sent = int(draw.poisson(level * students / 100))
        return {"numerator": str(sent), "denominator": str(students), "persons": str(students)}
    return {"value": str(max(0, round(float(draw.normal(level, MINUTES_SD)))))}


def points(people: pd.DataFrame) -> list[dict]:
    """One row for each school, week and measure that was counted, ordered by week."""
    heads, levels, rows = people.groupby(["school_id", "wave"]).size(), true_levels(), []
    for (measure, school), path in levels.items():
        draw = rng(f"series {measure} {school}")
        drawn = float(draw.uniform(.36, .56))
        rate = ANSWERING.get(school, drawn)
        for week in weeks(school):
            wave = "2025-spring" if week < date(2025, 7, 1) else "2025-fall"
            numbers = _numbers(draw, measure, level_at(path, week), int(heads[school, wave]), rate)
            if draw.random() >= MISSING and numbers is not None:
                written = week.isoformat() if draw.random() < .9 else f"{week.month}/{week.day}/{week.year}"
                rows.append({"id": school, "school": typed(draw, school, .15), "day": week, "week": written, "measure": measure,
                             **dict.fromkeys(("numerator", "denominator", "value", "persons"), ""), **numbers, "mess": []})
    return sorted(rows, key=lambda row: (row["day"], row["id"], row["measure"]))


def with_messes(rows: list[dict]) -> list[dict]:
    """The rows, and among them some that cannot be used: each stands beside the good row that it was made from."""
    draw, extra = rng("series messes"), []

    def spoil(kind: str, column: str, value: str | None, measure: str) -> None:
        """One row more: a copy of a good one with another value in `column`; None: the very same once more."""
        taken = {place for place, _ in extra}
        place = int(draw.choice([i for i, row in enumerate(rows) if row["measure"] == measure and i not in taken]))
        change = {} if value is None else {column: value}
        extra.append((place, {**rows[place], **change, "mess": [(kind, column, value)]}))

    for name in ("Central Office", "Yarow Bluff", "All schools"):
        spoil("unknown_school", "school", name, "heard")
    spoil("unknown_measure", "measure", "head", "heard")
    spoil("unknown_measure", "measure", "visits to peers", "peer_visits")
    spoil("bad_date", "week", "2025-02-31", "heard")
    spoil("bad_date", "week", "week 7", "meeting_minutes")
    spoil("not_a_number", "numerator", "twelve", "heard")
    spoil("not_a_number", "value", "90 min", "meeting_minutes")
    spoil("more_than_all", "numerator", "212", "heard")
    spoil("below_zero", "value", "-4", "peer_visits")
    spoil("no_number", "value", "", "meeting_minutes")
    for measure in ("heard", "peer_visits", "open_questions"):
        spoil("duplicate_point", "week", None, measure)
    closed = SPECIAL["closed"]
    place = next(i for i, row in enumerate(rows) if row["day"] > date(2025, 9, 1) and row["measure"] == "heard")
    extra.append((place, {**rows[place], "school": closed, "mess": [("closed_school", "school", closed)]}))
    for place, row in sorted(extra, key=lambda one: -one[0]):
        rows.insert(place + 1, row)
    return rows


def files(people: pd.DataFrame) -> tuple[dict[str, bytes], dict[str, dict], dict]:
    """The file of weekly numbers by its path, its receipt by its source, and what is true of it."""
    path, clean = "data/raw/measures_weekly.csv", points(people)
    few = [row["id"] for row in clean if row["measure"] == "heard" and int(row["persons"]) < 5]
    rows = with_messes(clean)
    keys = ("school", "week", "measure", "numerator", "denominator", "value", "persons")
    table = text([key.capitalize() for key in keys], [[row[key] for key in keys] for row in rows])
    levels: dict[str, dict] = {}
    for (measure, school), steps in true_levels().items():
        levels.setdefault(measure, {})[school] = {day.isoformat(): level for day, level in steps}
    truth = {"weeks": [week.isoformat() for week in WEEKS], "true_level": levels,
             "pure_noise": {measure: [s for s, steps in where.items() if len(steps) == 1] for measure, where in levels.items()},
             "heard_by_fewer_than_five": {school: few.count(school) for school in dict.fromkeys(sorted(few))},
             "common": {"measure": COMMON[0], "from": COMMON[1].isoformat(), "change": COMMON[2]}}
    return {path: table}, {"measures_weekly": receipt(path, rows, 1)}, truth
