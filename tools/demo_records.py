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


def files(people: pd.DataFrame) -> tuple[dict[str, bytes], dict[str, dict], dict]:
    """Files by path, the receipt of each source, and what is true of them, by table."""
    tables = {"staffing": staffing(people)}
    mess: dict[str, list[dict]] = {}
    for name, make in (("contacts", demo_team.contacts), ("connections", demo_team.connections)):
        rows, mess[name], about = make()
        tables[name] = (rows, about)
    written, receipts, told = {}, {}, {}
    for name, (rows, about) in tables.items():
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        written[f"data/raw/{name}.csv"] = out.getvalue().encode("utf-8")
        receipts[name] = receipt(f"data/raw/{name}.csv", mess.get(name) or [{"mess": []} for _ in rows[1:]], 1)
        told[name] = about
    return written, receipts, told
