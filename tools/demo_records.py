"""What the demonstration district records beside its surveys: one file for each table, each with a generator of its own."""
from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd

import demo_model as model
import demo_team
from demo_exports import receipt

YEARS = (("2023-24", "2024-spring", "2024-fall"), ("2024-25", "2024-fall", "2025-fall"))
WORK_DAYS = 182
ABSENT = {"0106": 0.093, "0104": 0.034}      # the story: share of work days on which staff were absent, instead of the drawn one
SOURCE = {"student_survey": "student_2025_fall", "family_survey": "family_2025_fall"}  #: the source of a file, where it has another name
CLOSED = model.SPECIAL["closed"]


def staffing(people: pd.DataFrame) -> tuple[list[list], dict]:
    """Rows of staffing.csv, and what is true of them. Who left is counted from the rosters."""
    draw = model.rng("staffing")
    rows, told = [], {}
    for year, before, after in YEARS:
        then = people[people.wave == before].groupby("school_id").token.agg(set)
        now = people[people.wave == after].groupby("school_id").token.agg(set)
        for school in model.SCHOOLS.school_id:
            rate = float(draw.beta(12, 200))
            if school not in then.index or school not in now.index:
                continue
            left, staff = len(then[school] - now[school]), len(then[school])
            days = staff * WORK_DAYS
            absent = int(round(ABSENT.get(school, rate) * days))
            rows.append([school, year, staff, left, absent, days])
            told.setdefault(school, {})[year] = [left, staff, round(100 * absent / days, 1)]
    return [["School", "Year", "Staff", "Left", "Days absent", "Days to work"], *rows], told


#: Students and families: how many are asked by level, how many of them answer, the school effects that are not drawn, items and difficulties.
ASKED = {"elementary": 70, "middle": 130, "high": 170}
PERCEPTION = {
    "student_survey": (0.78, 0.25, {"0203": 0.05, "0106": -0.75, "0103": 0.45}, ("Q1", "Q2", "Q3", "Q4"), (0.2, 0.0, -0.1, 0.3)),
    "family_survey": (0.22, 0.20, {"0302": -0.6, "0110": 0.5}, ("Q1", "Q2", "Q3"), (0.3, 0.1, 0.0)),
}
NINE_FAMILIES = "0114"                        # so few families answer there that nothing is shown


def perception(name: str) -> tuple[list[list], dict]:
    """Answers of 1 to 5 to one survey of students or families in fall 2025, and by school how many answered and the mean of their means."""
    rate, spread, effects, items, levels = PERCEPTION[name]
    draw = model.rng(name)
    rows, told = [], {}
    for school in model.SCHOOLS.itertuples():
        effect = float(draw.normal(0, spread))
        count = int(draw.binomial(ASKED[school.level], rate))
        people = draw.normal(0, 0.6, size=count) + effects.get(school.school_id, effect)
        answers = draw.normal(0, 0.8, size=(count, len(items))) + people[:, None] + 3.6 + list(levels)
        if school.school_id == CLOSED:
            continue
        answers = answers.round().clip(1, 5).astype(int)[: 6 if (name, school.school_id) == ("family_survey", NINE_FAMILIES) else None]
        rows += [[f"{place:05d}", school.name, *map(int, row)] for place, row in enumerate(answers, start=len(rows) + 1)]
        told[school.school_id] = [len(answers), round(float(answers.mean()), 3)]
    return [["Response", "School", *items], *rows], told


#: Meetings by school: name, day, invited, present, planned, settled, turns, how unevenly people speak (0: all alike), how many say nothing.
MEETINGS = {
    "0103": (("Staff meeting, February", "2025-02-11", 38, 31, 8, 3, 96, 1.5, 17), ("Staff meeting, April", "2025-04-08", 38, 33, 7, 4, 104, 1.2, 14),
             ("Staff meeting, September", "2025-09-09", 40, 35, 6, 5, 132, 0.8, 7), ("Staff meeting, November", "2025-11-04", 40, 36, 6, 6, 141, 0.6, 4)),
    "0106": (("Leadership team, September", "2025-09-16", 14, 12, 7, 2, 118, 1.9, 5), ("Leadership team, October", "2025-10-14", 14, 11, 8, 2, 109, 1.8, 5)),
    "0110": (("Team leads, October", "2025-10-02", 10, 10, 5, 5, 12, 0.0, 0),),
    "0113": (("Core team, October", "2025-10-09", 5, 4, 4, 3, 48, 0.6, 0),),
    "0114": (("All staff, September", "2025-09-18", 9, 8, 5, 4, 74, 0.9, 1),),
    "0201": (("Department heads, September", "2025-09-23", 12, 12, 6, 4, 130, 0.7, 1), ("Department heads, October", "2025-10-21", 12, 10, 6, 3, 121, 0.8, 1)),
}  # fmt: skip


def meetings() -> tuple[list[list], dict, list[list], dict]:
    """Rows of meetings.csv and turns.csv, and what is true of each: how many were there, spoke, and took four fifths of the turns."""
    draw = model.rng("meetings")
    listed, turns, told, counted = [], [], {}, {}
    for school, each in MEETINGS.items():
        for name, day, invited, present, planned, settled, count, uneven, still in each:
            weight = np.exp(uneven * draw.normal(size=present - still))
            weight = -np.sort(-weight)  # whoever speaks most led
            said = draw.choice(len(weight), size=count, p=weight / weight.sum())
            tokens = [f"s{number:02d}" for number in draw.permutation(present)]
            words = np.maximum(2, draw.lognormal(2.6 + 0.3 * uneven * (said == 0), 0.8, count)).astype(int)
            listed.append([school, day, name, invited, present, planned, settled])
            turns += [[school, name, tokens[who], length, "yes" if who == 0 else "no"] for who, length in zip(said, words)]
            taken = np.sort(np.bincount(said, words, minlength=present))[::-1].cumsum()
            spoke = len(set(said.tolist()))
            told.setdefault(school, {})[name] = [present, present - spoke, int((5 * taken < 4 * taken[-1]).sum()) + 1]
            counted.setdefault(school, {})[name] = [count, int(words.sum())]
    return (
        [["School", "Date", "Meeting", "Invited", "Present", "Planned", "Settled"], *listed], told,
        [["School", "Meeting", "Speaker", "Words", "Chair"], *turns], counted,
    )  # fmt: skip


PLACES = ("Staff room", "Library", "Courtyard", "Copy room", "Main office")
#: How people of a school are spread over the places at lunch, in the spring and in the fall of 2025, and how many of its staff are seen.
GATHER = {
    "0103": ((.74, .08, .10, .05, .03), (.28, .25, .25, .12, .10), 26), "0106": ((.46, .20, .14, .12, .08), (.44, .18, .20, .10, .08), 24),
    "0114": ((.50, .20, .20, .10, .00), (.50, .20, .20, .10, .00), 4), "0201": ((.40, .22, .22, .10, .06), (.40, .22, .22, .10, .06), 38),
}  # fmt: skip
LOOKED = (("2025-03-04", "2025-03-13", "2025-04-08", "2025-04-24", "2025-05-07"), ("2025-09-10", "2025-09-25", "2025-10-07", "2025-10-30", "2025-11-12"))


def gatherings() -> tuple[list[list], dict]:
    """Rows of gatherings.csv, and how many of those seen were in the fullest place, by school and day."""
    draw = model.rng("gatherings")
    rows, told = [], {}
    for school, (*terms, typical) in GATHER.items():
        for shares, days in zip(terms, LOOKED):
            for day in days:
                seen = typical + int(draw.integers(-2, 3)) if typical > 5 else typical
                counts = draw.multinomial(seen, shares)
                rows += [[school, day, "Lunch", place, int(people)] for place, people in zip(PLACES, counts)]
                told.setdefault(school, {})[day] = [int(counts.max()), seen]
    return [["School", "Date", "Time", "Place", "People"], *rows], told


#: Networks: people on the map, how many of them filled in the form, and how much likelier a tie is within a grade band than between two.
MAPS = {"0103": (34, 34, 1.3), "0106": (32, 25, 5.0), "0114": (8, 8, 1.5), "0202": (40, 40, 3.5)}
BANDS = ("Lower grades", "Upper grades", "Specialists")


def network() -> tuple[list[list], dict, list[list], dict]:
    """Rows of network_people.csv and ties.csv, and what is true of each: people and forms; ties, and those between groups."""
    draw = model.rng("network")
    people, ties, told, counted = [], [], {}, {}
    for school, (count, filled, within) in MAPS.items():
        tokens = [f"n{number:05d}" for number in draw.choice(100_000, count, replace=False)]
        band = [BANDS[int(place)] for place in draw.choice(3, count, p=(.45, .4, .15))]
        people += [[school, token, "yes" if place < filled else "no", group, "2025-fall"] for place, (token, group) in enumerate(zip(tokens, band))]
        named = []
        for start in range(filled):
            odds = np.array([0.0 if end == start else within if band[end] == band[start] else 1.0 for end in range(count)])
            named += [(start, int(end)) for end in draw.choice(count, int(draw.integers(2, 5)), replace=False, p=odds / odds.sum())]
        ties += [[school, tokens[start], tokens[end], "2025-fall"] for start, end in named]
        told[school] = [count, filled]
        counted[school] = [len(named), sum(band[start] != band[end] for start, end in named)]
    return [["School", "Person", "Completed", "Group", "Round"], *people], told, [["School", "From", "To", "Round"], *ties], counted


#: Share of staff in teams and of staff who join occasions, where the story says so; else drawn. Three counts over the year.
JOINED = {"0106": (.18, .30), "0103": (.46, .78), "0302": (.15, .26), "0201": (.52, .74)}
COUNTED = ("2024-11-12", "2025-04-15", "2025-11-11")


def opportunities(people: pd.DataFrame) -> tuple[list[list], dict]:
    """Rows of opportunities.csv: of the staff of a school, how many are in a team, and how many joined an occasion."""
    draw = model.rng("opportunities")
    heads = people.groupby(["wave", "school_id"]).size()
    rows, told = [], {}
    for school in model.SCHOOLS.school_id:
        shares = JOINED.get(school, (float(draw.beta(12, 26)), float(draw.beta(18, 16))))
        for day, wave in zip(COUNTED, model.WAVES[1:]):
            for kind, share in zip(("team", "occasion"), shares):
                staff = int(heads.get((wave, school), 0))
                joined = int(draw.binomial(staff, share)) if staff else 0
                if staff:
                    rows.append([school, day, kind, staff, joined])
                    told.setdefault(school, {}).setdefault(kind, {})[day] = [joined, staff]
    return [["School", "Counted on", "What", "Staff", "Joined"], *rows], told


#: What schools took on: of those seen, the share who use it in spring and in fall 2025, and of these the share who use it as it is meant.
USED = {"0103": (.35, .80, .75), "0106": (.55, .30, .40), "0108": (.50, .72, .60), "0201": (.70, .74, .80), "0302": (.30, .28, .5), "0110": (.95, .97, .9)}
INITIATIVES = ("Morning circles", "Peer visits")
VISITED = ("2025-04-22", "2025-10-28")


def uptake(people: pd.DataFrame) -> tuple[list[list], dict]:
    """Rows of uptake.csv: for each school, initiative and round, who was to use it, who was seen, who used it, who used it as it is meant."""
    draw = model.rng("uptake")
    heads = people.groupby(["wave", "school_id"]).size()
    rows, told = [], {}
    for school in model.SCHOOLS.school_id:
        drawn = float(draw.beta(14, 12))
        for place, initiative in enumerate(INITIATIVES):
            for number, (day, wave) in enumerate(zip(VISITED, model.WAVES[2:])):
                share, meant = (USED[school][number], USED[school][2]) if school in USED and place == 0 else (drawn, .6)
                expected = int(heads.get((wave, school), 0) * .7)
                seen = int(round(expected * .7))
                using = int(draw.binomial(seen, share))
                intended = int(draw.binomial(using, meant))
                if expected:
                    rows.append([school, day, initiative, expected, seen, using, intended])
                    told.setdefault(school, {}).setdefault(initiative, {})[day] = [using, seen, intended, expected]
    return [["School", "Day", "Initiative", "To use it", "Seen", "Using", "As meant"], *rows], told


#: Professional learning: kind, name, day; how likely a school sends someone to a voluntary one, where the story says so.
SESSIONS = (
    ("mandatory", "Opening day for leads", "2025-08-20"), ("voluntary", "Circles, first steps", "2025-09-11"), ("voluntary", "Peer visits, how to", "2025-10-02"),
    ("mandatory", "Fall check-in", "2025-10-16"), ("voluntary", "Circles, clinic", "2025-11-06"), ("voluntary", "Hard talks", "2025-11-13"),
    ("mandatory", "Spring check-in", "2025-03-27"), ("voluntary", "Circles, a taste", "2025-04-10"), ("voluntary", "Listening well", "2025-05-08"))  # fmt: skip
SENDS = {"0106": .0, "0103": .95, "0302": .2, "0201": .9, "0114": .5}
WHY = ("no one to cover classes", "clash with exams", "did not hear of it", "too far in the evening", "")


def sessions() -> tuple[list[list], dict]:
    """Rows of sessions.csv: for each session and school how many came; and by school and session whether anyone did."""
    draw = model.rng("sessions")
    rows, told = [], {}
    for school in model.SCHOOLS.school_id:
        likely = SENDS.get(school, float(draw.beta(5, 3)))
        for kind, name, day in SESSIONS:
            came, count, why = draw.random(), 1 + int(draw.integers(0, 5)), WHY[int(draw.integers(0, len(WHY)))]
            recorded = draw.random() > .03 and not (school == CLOSED and day > "2025-06-13")
            attended = count if came < (likely if kind == "voluntary" else .96) else 0
            if recorded:
                rows.append([school, day, name, kind, attended, "" if attended else why])
                told.setdefault(school, {})[f"{day} {name}"] = [kind, bool(attended)]
    return [["School", "Day", "Session", "Kind", "Came", "Reason"], *rows], told


#: Talks: school, day, kind, asked, took part, themes and how many named each. One theme of one person, which no page may tell.
TALKS = (
    ("0106", "2025-10-09", "one to one", 12, 9, (("decisions come late", 6), ("no time to plan together", 5), ("the move of grade 4", 1))),
    ("0106", "2025-06-10", "exit interview", 4, 3, (("no time to plan together", 2),)),
    ("0106", "2024-06-12", "exit interview", 4, 3, (("no time to plan together", 2), ("a longer way to work", 2))),
    ("0203", "2025-10-21", "anonymous survey", 52, 31, (("new schedule splits teams", 19), ("meetings run over", 11))),
    ("0103", "2025-10-14", "one to one", 10, 10, (("time together helps", 8), ("more rooms are needed", 3))),
    ("0114", "2025-10-15", "one to one", 4, 4, (("the boiler", 3),)))  # fmt: skip


def followups() -> tuple[list[list], dict]:
    """Rows of followups.csv, and by school and kind how many took part in all."""
    rows = [[school, day, kind, asked, part, theme, named] for school, day, kind, asked, part, themes in TALKS for theme, named in themes]
    told: dict[str, dict[str, int]] = {}
    for school, _, kind, _, part, _ in TALKS:
        told.setdefault(school, {}).setdefault(kind.replace(" ", "_"), 0)
        told[school][kind.replace(" ", "_")] += part
    return [["School", "Day", "How", "Asked", "Took part", "Theme", "Named by"], *rows], told


#: The feedback link: share of answers above the middle in the first and in the last months, where the story says so; months from January to November 2025.
LINK = {"0103": (.35, .78), "0106": (.55, .30), "0201": (.62, .64), "0203": (.58, .55)}


def pulse(people: pd.DataFrame) -> tuple[list[list], dict]:
    """Rows of feedback_link.csv: answers 1 to 4 to one question under e-mails; some people answer several times in a month, and some links carry no token."""
    draw = model.rng("feedback_link")
    staff = people[people.wave == "2025-spring"].groupby("school_id").token.agg(list)
    rows, told = [], {}
    for school, (first, last) in LINK.items():
        for month in range(1, 12):
            share = first if month < 6 else last
            here = draw.choice(staff[school], size=int(len(staff[school]) * .4), replace=False)
            count = 0
            for person in here:
                answers = [int(draw.integers(3, 5)) if draw.random() < share else int(draw.integers(1, 3)) for _ in range(1 + (draw.random() < .15))]
                days = sorted(draw.choice(27, size=len(answers), replace=False) + 1)
                rows += [[school, f"2025-{month:02d}-{day:02d}", person, value] for day, value in zip(days, answers)]
                count += answers[-1] >= 3
            told.setdefault(school, {})[f"2025-{month:02d}"] = [count, len(here)]
    rows = [row for row in rows if row[1] <= "2025-11-21"]
    for school in told:
        told[school].pop("2025-11")  # cut off by the page's day
    return [["School", "Date", "Token", "Answer"], *rows], told


def files(people: pd.DataFrame) -> tuple[dict[str, bytes], dict[str, dict], dict]:
    """Files by path, the receipt of each source, and what is true of them, by table."""
    tables = {"staffing": staffing(people), **{name: perception(name) for name in PERCEPTION}}
    mess: dict[str, list[dict]] = {}
    for name, make in (("contacts", demo_team.contacts), ("connections", demo_team.connections)):
        rows, mess[name], about = make()
        tables[name] = (rows, about)
    listed, about_meetings, turns, about_turns = meetings()
    tables |= {"meetings": (listed, about_meetings), "turns": (turns, about_turns), "gatherings": gatherings()}
    tables |= {"opportunities": opportunities(people), "uptake": uptake(people), "sessions": sessions(), "followups": followups(), "feedback_link": pulse(people)}
    on_map, about_map, ties, about_ties = network()
    tables |= {"network_people": (on_map, about_map), "ties": (ties, about_ties)}
    written, receipts, told = {}, {}, {}
    for name, (rows, about) in tables.items():
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        written[f"data/raw/{name}.csv"] = out.getvalue().encode("utf-8")
        receipts[SOURCE.get(name, name)] = receipt(f"data/raw/{name}.csv", mess.get(name) or [{"mess": []} for _ in rows[1:]], 1)
        told[name] = about
    return written, receipts, told
