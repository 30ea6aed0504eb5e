"""The demonstration district's raw files, as messy as real exports, and where each mess was planted.

A file is a list of rows; a row is a dict of what was answered plus `mess`, the list of what was done to it. Rows that spoil
a count (a second answer, an unknown school) are added to the good ones, so the number of good answers stays the planned one.
Row numbers are physical records from 1, header rows and blank lines included; a quoted line break does not end a record.
"""
from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from demo_model import ITEMS, OLD_NAME, SCHOOLS, SPECIAL, WAVES, rng

REMARKS = [
    "More time to plan together, please.", "Thank you for asking.", "The copier on the second floor, again.",
    'We call it "team time", but it is mostly announcements.', "Good year so far; busy, but good.",
    "I would like to hear what becomes of this survey.", "Hallway duty, lunch duty, bus duty.",
    "New staff were welcomed well, I think.", "Two things:\n1. schedule\n2. heating", "Meetings could end on time, at least once.",
    "No comment", "The questions are fine, the Friday meeting is not.",
]
ONE_LINE = [r for r in REMARKS if "\n" not in r]
SET_ASIDE, FLAGGED, KEPT, SKIPPED = "set aside", "flagged", "kept", "not a row"
ACTION = {  # what is to become of each planted mess
    "preview": SET_ASIDE, "nothing_answered": SET_ASIDE, "duplicate_response_id": SET_ASIDE, "duplicate_person": SET_ASIDE,
    "unknown_school": SET_ASIDE, "no_school": SET_ASIDE, "closed_school": SET_ASIDE, "ragged_row": SET_ASIDE,
    "started_twice": SET_ASIDE, "duplicate_roster_row": SET_ASIDE, "unmapped_label": FLAGGED, "out_of_range": FLAGGED,
    "unfinished": FLAGGED, "two_schools": FLAGGED, "no_roster_token": FLAGGED, "stopped_early": KEPT, "no_token": KEPT,
    "blank_line": SKIPPED,
    # ratings, teams and weekly numbers
    "bad_date": SET_ASIDE, "unknown_agreement": SET_ASIDE, "unknown_label": SET_ASIDE, "duplicate_rating": SET_ASIDE,
    "unknown_group": SET_ASIDE, "unknown_measure": SET_ASIDE, "not_a_number": SET_ASIDE, "more_than_all": SET_ASIDE,
    "below_zero": SET_ASIDE, "no_number": SET_ASIDE, "duplicate_point": SET_ASIDE, "early_answer": SET_ASIDE,
}
PLANTED = {  # file -> mess -> how many (or the values themselves)
    "staff_2024_spring": {
        "out_of_range": ["7", "0", "55", "6", "-1"], "unmapped_label": ["x", "3 or 4"], "unknown_school": ["0199", "101", "Central Office"],
        "duplicate_response_id": 2, "duplicate_person": 2, "nothing_answered": 3, "ragged_row": 2, "no_token": 2, "blank_line": 3},
    "staff_2024_fall": {
        "unmapped_label": ["Agre", "6", "agree!", "Dont know", "Strongly  agreed", "Agree, mostly"],
        "unknown_school": ["Central Office", "Yarow Bluff", "Juniper Point Hihg School", "central office", "two schools"],
        "no_school": 2, "duplicate_response_id": 1, "duplicate_person": 4, "nothing_answered": 2, "ragged_row": 1, "no_token": 6,
        "blank_line": 4},
    "staff_2025_spring": {
        "unmapped_label": ["Agre", "6", "Click to write Choice 6"], "unknown_school": ["Central Office", "Penstemmon Hollow Elementary"],
        "no_school": 1, "preview": 3, "duplicate_response_id": 2, "duplicate_person": 3, "started_twice": 1, "nothing_answered": 5,
        "no_token": 4, "blank_line": 1},
    "staff_2025_fall": {
        "unmapped_label": ["Agre", "6", "Agree / Disagree", "9"],
        "unknown_school": ["Central Office", "Central Office", "Horsetail Sping Elementary School"], "closed_school": 2,
        "preview": 4, "duplicate_response_id": 1, "duplicate_person": 3, "started_twice": 2, "nothing_answered": 6,
        "no_token": 3, "blank_line": 2},
}


def _time(draw: np.random.Generator, wave: dict) -> datetime:
    days = (wave["to"] - wave["from"]).days
    start = datetime.combine(wave["from"], datetime.min.time())
    return start + timedelta(days=int(draw.integers(days + 1)), seconds=int(draw.integers(7 * 3600, 21 * 3600)))


def _person(draw: np.random.Generator, wave: dict, person: dict, number: int, remarks: list[str], canaries: list[str]) -> dict:
    """One good row: the raw answers and everything else an export carries. A few remarks hold a string to look for later."""
    remark = ""
    if draw.random() < .16:
        remark = str(draw.choice(remarks))
        if draw.random() < .12:
            canaries.append(f"CANARY-{wave['id']}-{number:04d}")
            remark += f" {canaries[-1]}, as I said."
    octet = int(draw.integers(1, 255))
    return {"school": person["school_id"], "token": person["token"], "role": person["role"], "years": person["years"], "remark": remark, "mess": [],
            "start": _time(draw, wave), "seconds": int(draw.integers(140, 900)), "ip": f"{draw.choice(['192.0.2', '198.51.100'])}.{octet}",
            "id": "R_" + "".join(draw.choice(list("abcdefghkmnpqrstuvwxyzABCDEFGHKMNPQRSTUVWXYZ123456789"), 15)),
            "place": (round(float(draw.random()) / 10, 4), round(float(draw.random()) / 10, 4)),
            **{item: str(person[item]) for item in ITEMS}}


def mark_two_schools(rows: list[dict], school: str | int, token: str | int) -> None:
    """Note on the later row of a person with rows at two schools that it is one; both are good."""
    first: dict[str, str] = {}
    for row in rows:
        cells = row.get("cells", row)
        if all(ACTION[kind] not in (SET_ASIDE, SKIPPED) for kind, _, _ in row["mess"]) and cells[token]:
            if first.setdefault(cells[token], cells[school]) != cells[school]:
                row["mess"].append(("two_schools", "token", cells[token]))


def rows_of(name: str, wave: dict, answered: pd.DataFrame, everyone: pd.DataFrame) -> tuple[list[dict], list[str]]:
    """The rows of one survey export with its messes planted, in the order in which they were recorded; and its canaries."""
    draw, planted, canaries = rng(f"export {name}"), PLANTED[name], []
    remarks = ONE_LINE if name == "staff_2024_spring" else REMARKS
    rows = [_person(draw, wave, person, i, remarks, canaries) for i, person in enumerate(answered.to_dict("records"))]
    for row, early in zip(rows, answered.first_page):
        if early:
            row["mess"].append(("unfinished" if wave["id"].startswith("2025") else "stopped_early", None, None))
    itinerant = set(everyone.token[everyone.token.duplicated()])
    plain = [r for r in rows if not r["mess"] and r["token"] not in itinerant]
    silent = everyone[~everyone.token.isin(answered.token) & ~everyone.token.isin(itinerant)].to_dict("records")
    picks = iter(draw.permutation(len(plain)))
    strangers = iter(draw.permutation(len(silent)))

    for kind in ("unmapped_label", "out_of_range"):
        for value in planted.get(kind, ()):
            row = plain[next(picks)]
            item = str(draw.choice([i for i in ITEMS if row[i] in "12345" and row[i]]))
            row[item] = value
            row["mess"].append((kind, item, value))
    for _ in range(planted["no_token"]):
        row = plain[next(picks)]
        row["token"] = ""
        row["mess"].append(("no_token", "token", ""))

    added: list[dict] = []

    def stranger(kind: str, column: str | None = None, value: str | None = None) -> dict:
        row = _person(draw, wave, silent[next(strangers)], 9000 + len(added), remarks, canaries)
        row["mess"].append((kind, column, value))
        if column:
            row[column] = value
        added.append(row)
        return row

    for value in planted["unknown_school"]:
        stranger("unknown_school", "school", value)
    for _ in range(planted.get("no_school", 0)):
        stranger("no_school", "school", "")
    for _ in range(planted.get("closed_school", 0)):
        stranger("closed_school", "school", SPECIAL["closed"])
    for _ in range(planted.get("preview", 0)):
        stranger("preview")["token"] = ""
    for _ in range(planted.get("ragged_row", 0)):
        stranger("ragged_row")
    for _ in range(planted["nothing_answered"]):
        stranger("nothing_answered").update({item: "" for item in ITEMS}, remark="")
    for kind in ("duplicate_response_id", "duplicate_person"):
        for _ in range(planted[kind]):
            first = plain[next(picks)]
            again = {**first, "mess": [(kind, "id" if kind == "duplicate_response_id" else "token", None)],
                     "start": first["start"] + timedelta(minutes=int(draw.integers(20, 90)))}
            if kind == "duplicate_person":
                again["id"] = again["id"][:2] + "".join(draw.choice(list("23456789"), 5)) + again["id"][7:]
                again[next(i for i in ITEMS if again[i])] = str(draw.integers(1, 6))
            added.append(again)
    for _ in range(planted.get("started_twice", 0)):       # gave up after the first page, came back later
        first = plain[next(picks)]
        added.append({**first, **{i: "" for i in ITEMS if not i.startswith("trust")}, "id": "R_" + first["id"][:1:-1], "remark": "",
                      "start": first["start"] - timedelta(minutes=45), "mess": [("started_twice", "token", None)]})
    rows = sorted(rows + added, key=lambda r: (r["start"], r["id"]))
    mark_two_schools(rows, "school", "token")
    for place in sorted(draw.choice(np.arange(1, len(rows)), planted["blank_line"], replace=False), reverse=True):
        rows.insert(int(place), {"mess": [("blank_line", None, None)]})
    return rows, canaries


class Codebook:
    """What the exports need of the codebook: an item's column in a file and an answer's label."""

    def __init__(self, book: dict):
        self.columns = {item: [str(c) for c in spec["columns"]] for item, spec in book["items"].items()}
        self.text = {item: str(spec["text"]) for item, spec in book["items"].items()}
        self.labels: dict[str, str] = {}
        for label, number in book["answers"]["agree5"].items():
            self.labels.setdefault(str(number), str(label))
        self.labels["-99"] = str(book["not_applicable"][0])


def _text(table: list[list[str] | None], **how) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=how.pop("end", "\n"), **how)
    for cells in table:
        writer.writerow(cells or [])
    return out.getvalue()


def tsv(rows: list[dict], book: Codebook) -> bytes:
    """The old survey tool: tab-separated, codes, schools by id, byte order mark, Windows line ends, no quotes at all."""
    table: list = [["Record", "Submitted", "IP Address", "School ID", "Token", "Role", *(book.columns[i][1] for i in ITEMS), "Comments"]]
    long = True
    for row in rows:
        if "id" not in row:
            table.append(None)
            continue
        cells = [row["id"][2:10], f"{row['start']:%m/%d/%Y %H:%M}", row["ip"], row["school"], row["token"], row["role"],
                 *(row[i] for i in ITEMS), row["remark"].replace('"', "'")]
        if row["mess"] and row["mess"][0][0] == "ragged_row":       # a tab typed into a comment; a line cut off
            cells = cells[:-1] + ["see", "above"] if long else cells[:9]
            long = False
        table.append(cells)
    text = "".join("\t".join(cells or []) + "\r\n" for cells in table)
    return text.encode("utf-8-sig")


def semicolons(rows: list[dict], book: Codebook) -> bytes:
    """The web form: item texts as column names, labels and school names as typed, semicolons, Windows code page."""
    draw = rng("typing of staff_2024_fall")
    names = {}
    for school in SCHOOLS.itertuples():
        names[school.school_id] = [school.name, *school.aliases.split("|"), school.school_id]
    names[SPECIAL["renamed"]] = [OLD_NAME, OLD_NAME, "Basin Rim"]

    def odd(text: str, chance: float) -> str:
        if draw.random() >= chance or not text:
            return text
        return [text.lower(), text.upper(), f" {text} ", text.replace(" ", "  ")][int(draw.integers(4))]

    table: list = [["Timestamp", "Record", "E-mail", "Which school do you work at?", "Token", "Your role",
                    *(book.text[i] for i in ITEMS), "Anything else you’d like to say?"]]
    for number, row in enumerate(rows):
        if "id" not in row:
            table.append(None)
            continue
        known = row["school"] in names
        school = odd(str(draw.choice(names[row["school"]])), .2) if known else row["school"]
        cells = [f"{row['start']:%Y-%m-%d %H:%M:%S}", row["id"][2:10], f"canary-mail-{number:04d}@example.org", school, row["token"],
                 row["role"], *(odd(book.labels.get(row[i], row[i]), .1 if row[i] in book.labels else 0) for i in ITEMS),
                 row["remark"].replace("'", "’")]
        if row["mess"] and row["mess"][0][0] == "ragged_row":       # a semicolon in an unquoted comment
            cells = cells[:-1] + ["ask me", "not the office"]
        table.append(cells)
    return _text(table, delimiter=";").encode("cp1252")


def qualtrics(rows: list[dict], book: Codebook, order: list[str]) -> bytes:
    """Qualtrics, choice text: names, question texts, ImportIds, then the rows; quoted line breaks; items in `order`."""
    def about(key: str, **more: str) -> str:
        return json.dumps({"ImportId": key, **more}, separators=(",", ":"))

    zone = {"timeZone": "America/Denver"}
    head = [("StartDate", "Start Date", about("startDate", **zone)), ("EndDate", "End Date", about("endDate", **zone)),
            ("Status", "Response Type", about("status")), ("IPAddress", "IP Address", about("ipAddress")),
            ("Progress", "Progress", about("progress")), ("Duration (in seconds)", "Duration (in seconds)", about("duration")),
            ("Finished", "Finished", about("finished")), ("RecordedDate", "Recorded Date", about("recordedDate", **zone)),
            ("ResponseId", "Response ID", about("_recordId")), ("RecipientLastName", "Recipient Last Name", about("recipientLastName")),
            ("RecipientFirstName", "Recipient First Name", about("recipientFirstName")),
            ("RecipientEmail", "Recipient Email", about("recipientEmail")),
            ("ExternalReference", "External Data Reference", about("externalDataReference")),
            ("LocationLatitude", "Location Latitude", about("locationLatitude")),
            ("LocationLongitude", "Location Longitude", about("locationLongitude")),
            ("DistributionChannel", "Distribution Channel", about("distributionChannel")),
            ("UserLanguage", "User Language", about("userLanguage")),
            ("Q2", "At which school do you work?", about("QID2")), ("Q3", "Which of these is closest to your work?", about("QID3"))]
    head += [(book.columns[i][0].replace("QID", "Q"), f"How far do you agree?\nThink of this school, this term. - {book.text[i]}",
              about(book.columns[i][0])) for i in order]
    years = ["years"] if any(row.get("years") for row in rows) else []      # asked in fall 2025 for the first time
    head += [("Q8", "How many years have you worked at this school?", about("QID8"))] * len(years)
    head.append(("Q9", "Is there anything else you would like to say?", about("QID9_TEXT")))
    name_of = dict(zip(SCHOOLS.school_id, SCHOOLS.name))
    table: list = [list(level) for level in zip(*head)]
    for number, row in enumerate(rows):
        if "id" not in row:
            table.append(None)
            continue
        kinds = {kind for kind, _, _ in row["mess"]}
        part = "45" if kinds & {"unfinished", "started_twice"} else "8" if "nothing_answered" in kinds else "100"
        done, end = part == "100", row["start"] + timedelta(seconds=row["seconds"])
        school = row.get("shown") or name_of.get(row["school"], row["school"])
        table.append([f"{row['start']}", f"{end}", "Survey Preview" if "preview" in kinds else "IP Address", row["ip"], part,
                      str(row["seconds"]), str(done), f"{end if done else end + timedelta(days=3)}", row["id"],
                      f"CANARY-NAME-{number:04d}", "Sample",
                      f"canary-mail-{number:04d}@example.org", row["token"], *(f"{p:.4f}" for p in row["place"]),
                      "preview" if "preview" in kinds else "email", "EN", school, row["role"],
                      *(book.labels.get(row[i], row[i]) for i in order),
                      *(row[name] for name in years), row["remark"]])
    return _text(table).encode("utf-8")


def roster(people: pd.DataFrame, wave: str) -> tuple[bytes, list[dict]]:
    """One roster: a row per person and school; fall 2024 with names, the others with ids. Planted: the central office,
    a row that stands twice, a new colleague without a token, a blank line."""
    draw = rng(f"roster {wave}")
    names = dict(zip(SCHOOLS.school_id, SCHOOLS.name)) | {SPECIAL["renamed"]: OLD_NAME}
    rows = [{"cells": [names[p.school_id] if wave == "2024-fall" else p.school_id, p.token, p.role], "mess": []}
            for p in people.itertuples()]
    for _ in range(5):
        rows.append({"cells": ["Central Office", f"D{draw.integers(10_000, 99_999)}", "Central staff"],
                     "mess": [("unknown_school", "School", "Central Office")]})
    twice = int(draw.integers(20, 200))
    cells = list(rows[twice]["cells"])
    rows.insert(twice + 1, {"cells": cells, "mess": [("duplicate_roster_row", "Staff Token", cells[1])]})
    if wave == "2025-fall":
        last = max(i for i, row in enumerate(rows) if row["cells"][0] == "0301")
        rows[last]["cells"][1] = ""
        rows[last]["mess"].append(("no_roster_token", "Staff Token", ""))
    mark_two_schools(rows, 0, 1)
    rows.insert(int(draw.integers(300, 600)), {"cells": [], "mess": [("blank_line", None, None)]})
    return _text([["School", "Staff Token", "Role"], *(row["cells"] for row in rows)]).encode("utf-8"), rows


def receipt(path: str, rows: list[dict], headers: int) -> dict:
    """What reading one file is to give: rows read, kept, set aside, flagged cells, and each mess with its record numbers."""
    messes: dict[str, dict] = {}
    for number, row in enumerate(rows, start=headers + 1):
        for kind, column, value in row["mess"]:
            entry = messes.setdefault(kind, {"action": ACTION[kind], "count": 0, "rows": [], "values": []})
            entry["count"] += 1
            entry["rows"].append(number)
            if value is not None:
                entry["values"].append(value)
    for entry in messes.values():
        if not entry["values"]:
            del entry["values"]

    def total(action: str) -> int:
        return sum(entry["count"] for entry in messes.values() if entry["action"] == action)

    read = len(rows) - total(SKIPPED)
    return {"path": path, "read": read, "kept": read - total(SET_ASIDE), "set_aside": total(SET_ASIDE), "flagged": total(FLAGGED),
            "messes": dict(sorted(messes.items()))}


def all_files(people: pd.DataFrame, everyone: pd.DataFrame, answered: pd.DataFrame, waves: dict[str, dict],
              book: dict) -> tuple[dict[str, bytes], dict[str, dict], list[str]]:
    """Every file of data/raw by its path, the receipt each is to give by its source, and the strings never to be seen again."""
    codebook, files, receipts, canaries = Codebook(book), {}, {}, []
    by_block = [i for scale in ("trust", "efficacy", "community") for i in ITEMS if i.startswith(scale)]
    for wave in WAVES:
        name = "staff_" + wave.replace("-", "_")
        rows, found = rows_of(name, waves[wave], answered[answered.wave == wave], everyone[everyone.wave == wave])
        canaries += found
        if wave == "2024-spring":
            path, content, headers = f"data/raw/{name}.tsv", tsv(rows, codebook), 1
        elif wave == "2024-fall":
            path, content, headers = f"data/raw/{name}.csv", semicolons(rows, codebook), 1
        else:
            if wave == "2025-spring":
                for row in rows:
                    row["shown"] = OLD_NAME if row.get("school") == SPECIAL["renamed"] else ""
            path, headers = f"data/raw/{name}_qualtrics.csv", 3
            content = qualtrics(rows, codebook, ITEMS if wave == "2025-spring" else by_block)
        files[path], receipts[name] = content, receipt(path, rows, headers)
        name = "roster_" + wave.replace("-", "_")
        path = f"data/raw/{name}.csv"
        files[path], rows = roster(people[people.wave == wave], wave)
        receipts[name] = receipt(path, rows, 1)
    return files, receipts, canaries
