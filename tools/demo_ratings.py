"""The demonstration district's ratings: the pulse on agreements, the review of working together, the leadership teams.

As in `demo_model`, an answer is a level of the school plus the person plus noise, cut into steps, so that each true mean is an
expectation. The agreements themselves are written by hand (parameters/agreements.csv); nothing here changes them.
"""
from __future__ import annotations

import csv
import io
import math
from datetime import date, timedelta

import numpy as np
import pandas as pd

from demo_exports import receipt
from demo_model import SCHOOLS, expected, rng

NOTHING_BUT_A_SURVEY = "0205"
#: When the pulse was open: month -> first day, and the wave whose staff were asked. Open for five days.
PULSES = {
    "2025-01": (date(2025, 1, 13), "2024-fall"), "2025-02": (date(2025, 2, 10), "2025-spring"),
    "2025-03": (date(2025, 3, 10), "2025-spring"), "2025-04": (date(2025, 4, 14), "2025-spring"),
    "2025-05": (date(2025, 5, 12), "2025-spring"), "2025-06": (date(2025, 6, 2), "2025-spring"),
    "2025-09": (date(2025, 9, 15), "2025-fall"), "2025-10": (date(2025, 10, 13), "2025-fall"),
    "2025-11": (date(2025, 11, 10), "2025-fall"),
}
LABELS = ("Rarely", "Sometimes", "Mostly", "Nearly always")
PERSON_SD, NOISE_SD = 0.5, 0.6
SHIFTS = {"0103-b": 0.8, "0109-a": -0.9}        # latent, from September 2025: answers on Fridays; two staffs become one
LARGE = tuple(SCHOOLS.school_id[SCHOOLS.level == "high"])       # few of their many staff answer
CAMPS = {"0204-c": 1.5}                         # two camps, this far from the middle

#: When the reviews were open: review -> first day, wave whose staff were asked. Open for ten days.
REVIEWS = {"2024-11": (date(2024, 11, 4), "2024-fall"), "2025-05": (date(2025, 5, 5), "2025-spring"),
           "2025-11": (date(2025, 11, 3), "2025-fall")}
QUESTIONS = tuple(f"review_{number}" for number in range(1, 7))
DIFFICULTY = (0.15, -0.30, -0.05, 0.0, -0.20, 0.10)
AGREE = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
REVIEW_PERSON_SD, REVIEW_NOISE_SD = 0.6, 0.7
IMPROVING = {("0103", "2025-05"): 0.35, ("0103", "2025-11"): 0.7}      # latent, added to every question
REVIEW_CAMPS = {("0204", "review_4"): 1.8}     # around the middle of the scale
CLOSE = {"0110": 0.4}                           # answers of this school spread so much less

GROUPS = ("administrators", "educators", "families_and_learners", "community", "pupil_services", "school_board")
NO_TEAM_LIST = (NOTHING_BUT_A_SURVEY, "0206")
FAMILIES_CAME = "0103"                          # no seat for families in 2024, two in 2025


def typed(draw: np.random.Generator, school_id: str, by_name: float) -> str:
    """The school as a person types it: mostly the id, else its name or an alias, sometimes in odd case or with blanks."""
    if draw.random() >= by_name:
        return school_id
    school = SCHOOLS.set_index("school_id").loc[school_id]
    text = str(draw.choice([school["name"], *school.aliases.split("|")]))
    return [text, text, text, text.lower(), f" {text} "][int(draw.integers(5))]


def asked(people: pd.DataFrame, wave: str) -> dict[str, list[tuple[int, str]]]:
    """school_id -> the staff who are asked, as (person, token); staff of two schools are not."""
    now = people[(people.wave == wave) & ~people.token.isin(people.token[people[["wave", "token"]].duplicated()])]
    return {school: list(zip(group.person, group.token)) for school, group in now.groupby("school_id")}


def steps(latent: np.ndarray, count: int) -> np.ndarray:
    """Latent answers cut half way between the steps 1 to `count`."""
    return 1 + sum((latent > cut + .5).astype(int) for cut in range(1, count))


def levels(agreements: list[dict]) -> dict[tuple[str, str], float]:
    """(agreement, month) -> centre of the latent answers."""
    draw = rng("pulse levels")
    base = {entry["id"]: float(draw.normal(2.75, .35)) for entry in agreements}
    return {(agreement, month): level + (SHIFTS.get(agreement, 0.0) if month >= "2025-09" else 0.0)
            for agreement, level in base.items() for month in PULSES}


def true_pulse(agreements: list[dict]) -> dict[str, dict[str, dict[str, float]]]:
    """agreement -> first month of a stretch (2025-01 and 2025-09) -> the true mean (1 to 4) and the true share of Mostly and
    Nearly always, over all who might answer; the same in each month of the stretch."""
    sd, found = math.hypot(PERSON_SD, NOISE_SD), {}
    for (agreement, month), level in levels(agreements).items():
        if month not in ("2025-01", "2025-09"):
            continue
        centres = [level + side * CAMPS.get(agreement, 0.0) for side in (-1, 1)]
        mean = sum(expected(centre, sd, 4) for centre in centres) / 2
        often = sum(.5 * math.erfc((2.5 - centre) / sd / math.sqrt(2)) for centre in centres) / 2
        found.setdefault(agreement, {})[month] = {"mean": round(mean, 4), "often": round(often, 4)}
    return found


def pulse_schools(month: str) -> list[str]:
    """The schools that rate their agreements in a month: those of Cohort 3 began in September 2025."""
    late = set(SCHOOLS.school_id[SCHOOLS.cohort == "Cohort 3"]) if month < "2025-09" else set()
    return [s.school_id for s in SCHOOLS.itertuples()
            if s.school_id not in late | {NOTHING_BUT_A_SURVEY} and not (s.closed and s.closed < f"{month}-01")]


def pulse(people: pd.DataFrame, agreements: list[dict]) -> tuple[list[dict], dict, list[str]]:
    """The rows of the pulse with their messes; persons who rated, by school and month; the canaries."""
    habit = rng("pulse habits")
    keen, person_effect = habit.normal(size=(2, int(people.person.max()) + 1))
    rate = dict(zip(SCHOOLS.school_id, habit.uniform(.25, .40, size=len(SCHOOLS)))) | dict.fromkeys(LARGE, .26) | {"0103": .52}
    side = np.where(habit.random(len(keen)) < .5, -1, 1)
    level, rows, canaries = levels(agreements), [], []
    answered: dict[str, dict[str, int]] = {}
    for month, (first, wave) in PULSES.items():
        draw, staff = rng(f"pulse {month}"), asked(people, wave)
        for school in pulse_schools(month):
            share = min(max(rate[school] + draw.normal(0, .04), .25), .60)
            eager = sorted(staff[school], key=lambda one: -(keen[one[0]] + draw.normal()))
            chosen = eager[:max(2, round(share * len(eager)))]
            own = [entry["id"] for entry in agreements if entry["school_id"] == school]
            answered.setdefault(school, {})[month] = len(chosen)
            for person, token in chosen:
                at = (first + timedelta(days=int(draw.integers(5))), int(draw.integers(24 * 60)))
                name, given = typed(draw, school, .06), draw.random(len(own)) >= .05
                for number, agreement in enumerate(own):
                    latent = (level[agreement, month] + PERSON_SD * person_effect[person] + NOISE_SD * draw.normal()
                              + CAMPS.get(agreement, 0.0) * side[person])
                    if not given[number] and number:        # a question left out has no row
                        continue
                    rows.append({"at": at, "school": name, "token": token, "agreement": agreement, "mess": [], "remark": "",
                                 "mail": "", "label": LABELS[int(steps(np.array(latent), 4)) - 1], "month": month})
                if draw.random() < .02:
                    canaries.append(f"CANARY-pulse-{month}-{token}")
                    rows[-1]["remark"] = f"This month it was the schedule, {canaries[-1]}."
                if draw.random() < .03:
                    rows[-1]["mail"] = f"canary-mail-p{len(rows):05d}@example.org"
    return _pulse_messes(sorted(rows, key=lambda row: row["at"])), answered, canaries


def _pulse_messes(rows: list[dict]) -> list[dict]:
    """The rows with what a real export has besides: rows that cannot be used, and two persons whose rows stand twice."""
    draw = rng("pulse messes")
    spoilt = [("unknown_school", "school", "Central Office"), ("unknown_school", "school", "Penstemmon Hollow"),
              ("unknown_agreement", "agreement", "0103-z"), ("unknown_agreement", "agreement", "start on time"),
              ("bad_date", "at", "2025-02-30"), ("bad_date", "at", "last week"),
              ("unknown_label", "label", "Somtimes"), ("unknown_label", "label", "5"),
              ("unknown_label", "label", "Mostly / always")]
    for (kind, column, value), place in zip(spoilt, sorted(draw.choice(len(rows), len(spoilt), replace=False), reverse=True)):
        extra = {**rows[place], "remark": "", "mail": "", "mess": [(kind, column, value)], column: value}
        extra["token"] = f"{900_000 + int(draw.integers(99_999))}"          # of somebody who gave no other answer
        rows.insert(int(place) + 1, extra)
    for place in sorted(draw.choice([i for i, row in enumerate(rows) if not row["mess"]], 3, replace=False), reverse=True):
        rows.insert(int(place) + 1, {**rows[place], "remark": "", "mail": "", "mess": [("duplicate_rating", "token", None)]})
    return rows


def review_levels() -> dict[tuple[str, str, str], float]:
    """(school_id, review, question) -> centre of the latent answers."""
    draw, found = rng("review levels"), {}
    for school in SCHOOLS.school_id:
        base = float(draw.normal(3.45, .22))
        own = draw.normal(0, .12, size=len(QUESTIONS))
        for review in REVIEWS:
            for question, difficulty, extra in zip(QUESTIONS, DIFFICULTY, own):
                level = base + difficulty + float(extra) + IMPROVING.get((school, review), 0.0)
                found[school, review, question] = 3.0 if (school, question) in REVIEW_CAMPS else level
    return found


def review_schools(review: str) -> list[str]:
    """The schools that hold a review: those open, except the one with nothing but the staff survey."""
    first = REVIEWS[review][0].isoformat()
    return [s.school_id for s in SCHOOLS.itertuples()
            if s.school_id != NOTHING_BUT_A_SURVEY and not (s.closed and s.closed < first)]


def true_reviews() -> dict[str, dict[str, dict[str, float]]]:
    """school_id -> review -> question -> the true mean, 1 to 5."""
    level, found = review_levels(), {}
    for review in REVIEWS:
        for school in review_schools(review):
            sd = math.hypot(REVIEW_PERSON_SD, REVIEW_NOISE_SD) * CLOSE.get(school, 1.0)
            for question in QUESTIONS:
                apart = REVIEW_CAMPS.get((school, question), 0.0)
                mean = sum(expected(level[school, review, question] + sign * apart, sd) for sign in (-1, 1)) / 2
                found.setdefault(school, {}).setdefault(review, {})[question] = round(mean, 4)
    return found


def review(people: pd.DataFrame, name: str) -> tuple[list[dict], dict[str, int], list[str]]:
    """The rows of one review with their messes; persons who answered, by school; the canaries."""
    draw, (first, wave) = rng(f"review {name}"), REVIEWS[name]
    level, staff, rows, canaries, answered = review_levels(), asked(people, wave), [], [], {}
    for school in review_schools(name):
        share = float(draw.uniform(.38, .58))
        here = [staff[school][i] for i in draw.permutation(len(staff[school]))[:max(2, round(share * len(staff[school])))]]
        answered[school] = len(here)
        tight = CLOSE.get(school, 1.0)
        for number, (_, token) in enumerate(here):
            person, side = draw.normal(), 1 if number % 2 else -1
            cells = {}
            for question in QUESTIONS:
                latent = (level[school, name, question] + side * REVIEW_CAMPS.get((school, question), 0.0)
                          + tight * (REVIEW_PERSON_SD * person + REVIEW_NOISE_SD * draw.normal()))
                skipped = draw.random()
                text = AGREE[int(steps(np.array(latent), 5)) - 1]
                cells[question] = "" if skipped < .02 else "Does not apply" if skipped > .99 else text
            at = (first + timedelta(days=int(draw.integers(10))), int(draw.integers(24 * 60)))
            rows.append({"at": at, "mess": [], "remark": "",
                         "id": f"{int(draw.integers(10**7, 10**8))}", "school": typed(draw, school, .5), "token": token, **cells})
            if draw.random() < .03:
                canaries.append(f"CANARY-review-{name}-{len(rows):04d}")
                rows[-1]["remark"] = f"{canaries[-1]}, and thank you."
    return _review_messes(draw, sorted(rows, key=lambda row: row["at"])), answered, canaries


def _review_messes(draw: np.random.Generator, rows: list[dict]) -> list[dict]:
    """The rows with a label misspelt in one of them, and four rows more that cannot be used."""
    places = [int(i) for i in draw.choice(np.arange(5, len(rows) - 5), 5, replace=False)]
    typo = rows[places.pop()]
    typo["review_2"] = "Agre"
    typo["mess"].append(("unmapped_label", "review_2", "Agre"))
    spoilt = [{"mess": [("unknown_school", "school", "Central Office")], "school": "Central Office"},
              {"mess": [("nothing_answered", None, None)], **dict.fromkeys(QUESTIONS, "")},
              {"mess": [("bad_date", "at", "13/45/2025")], "at": "13/45/2025"}]
    extra = []
    for number, (place, change) in enumerate(zip(places, spoilt)):
        stranger = {"remark": "", "id": f"9{int(draw.integers(10**6, 10**7))}", "token": f"{950_000 + number}"}
        extra.append((place, {**rows[place], **stranger, **change}))
    extra.append((places[3], {**rows[places[3]], "remark": "", "mess": [("duplicate_response_id", "id", None)]}))
    for place, row in sorted(extra, key=lambda one: -one[0]):
        rows.insert(place + 1, row)
    return rows


def teams() -> tuple[list[dict], dict]:
    """The seats of the leadership teams with their messes; school_id -> date -> group -> members, as it is true."""
    draw, rows, seats = rng("teams"), [], {}
    for school in SCHOOLS.itertuples():
        if school.school_id in NO_TEAM_LIST:
            continue
        days = ["2024-09-16"] if school.closed or school.cohort == "Cohort 1" else []
        days += [] if school.closed else ["2025-09-15"]
        small = school.staff < 20
        team = {"administrators": 1 if small else int(draw.integers(1, 4)), "educators": 2 if small else int(draw.integers(3, 8)),
                "families_and_learners": int(draw.choice([0, 1, 2, 3], p=[.4, .25, .25, .1])),
                "community": int(draw.choice([0, 1, 2], p=[.6, .3, .1])),
                "pupil_services": int(draw.choice([0, 1, 2], p=[.2, .6, .2])),
                "school_board": int(draw.random() < .25)}
        for day in days:
            if school.school_id == FAMILIES_CAME:
                team["families_and_learners"] = 2 if day == days[-1] else 0
            seats.setdefault(school.school_id, {})[day] = dict(team)
            for group, members in team.items():
                if members or draw.random() < .5:       # some lists have a line with 0, some have no line
                    rows.append({"school": typed(draw, school.school_id, .3), "group": group, "members": str(members), "day": day,
                                 "mess": []})
    places = sorted((int(i) for i in draw.choice(np.arange(3, len(rows) - 3), 3, replace=False)), reverse=True)
    spoilt = (("unknown_school", "school", "Old Mill School"), ("unknown_group", "group", "boosters"),
              ("not_a_number", "members", "two or three"))
    for place, (kind, column, value) in zip(places, spoilt):
        rows.insert(place, {**rows[place], column: value, "mess": [(kind, column, value)]})
    return rows, seats


def text(head: list[str], table: list[list[str]]) -> bytes:
    """A comma-separated file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *table])
    return out.getvalue().encode("utf-8")


def _day(at: tuple[date, int] | str) -> str:
    return at if isinstance(at, str) else at[0].isoformat()


def files(people: pd.DataFrame, agreements: list[dict], book: dict) -> tuple[dict[str, bytes], dict[str, dict], dict, list[str]]:
    """Every file of ratings and teams by its path, the receipt of each source, what is true of them, and the canaries."""
    found, receipts = {}, {}

    def add(name: str, rows: list[dict], head: list[str], cells) -> None:
        found[f"data/raw/{name}.csv"] = text(head, [cells(row) for row in rows])
        receipts[name] = receipt(f"data/raw/{name}.csv", rows, 1)

    rows, rated, canaries = pulse(people, agreements)
    add("lived_by_pulse", rows, ["Date", "School", "Token", "Agreement", "How often", "Comment", "E-mail"],
        lambda row: [_day(row["at"]), row["school"], row["token"], row["agreement"], row["label"], row["remark"], row["mail"]])
    reviewed: dict[str, dict[str, int]] = {}
    for name in REVIEWS:
        rows, answered, more = review(people, name)
        canaries += more
        for school, count in answered.items():
            reviewed.setdefault(school, {})[name] = count
        add(f"collaboration_review_{name.replace('-', '_')}", rows,
            ["Record", "Date", "School", "Token", *(book["items"][question]["text"] for question in QUESTIONS), "Comments"],
            lambda row: [row["id"], _day(row["at"]), row["school"], row["token"], *(row[q] for q in QUESTIONS), row["remark"]])
    rows, seats = teams()
    add("leadership_teams", rows, ["School", "Group", "Members", "As of"],
        lambda row: [row["school"], row["group"], row["members"], row["day"]])
    latest = {school: by_day[max(by_day)] for school, by_day in seats.items()}
    truth = {
        "lived_by": {"persons": rated, "true": true_pulse(agreements), "shifts": sorted(SHIFTS), "two_camps": sorted(CAMPS)},
        "collaboration": {"persons": reviewed, "true_mean": true_reviews(), "improving": sorted({s for s, _ in IMPROVING}),
                          "two_camps": [{"school_id": s, "item": q} for s, q in REVIEW_CAMPS], "small_spread": sorted(CLOSE)},
        "teams": {"seats": seats, "no_list": list(NO_TEAM_LIST),
                  "missing": {school: [g for g in GROUPS if not team[g]] for school, team in latest.items()}},
    }
    return found, receipts, truth, canaries
