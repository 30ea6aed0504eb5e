"""What the demonstration district records beside its surveys: one file for each table, each with a generator of its own."""
from __future__ import annotations

import csv
import io

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


def files(people: pd.DataFrame) -> tuple[dict[str, bytes], dict[str, dict], dict]:
    """Files by path, the receipt of each source, and what is true of them, by table."""
    tables = {"staffing": staffing(people), **{name: perception(name) for name in PERCEPTION}}
    mess: dict[str, list[dict]] = {}
    for name, make in (("contacts", demo_team.contacts), ("connections", demo_team.connections)):
        rows, mess[name], about = make()
        tables[name] = (rows, about)
    written, receipts, told = {}, {}, {}
    for name, (rows, about) in tables.items():
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        written[f"data/raw/{name}.csv"] = out.getvalue().encode("utf-8")
        receipts[SOURCE.get(name, name)] = receipt(f"data/raw/{name}.csv", mess.get(name) or [{"mess": []} for _ in rows[1:]], 1)
        told[name] = about
    return written, receipts, told
