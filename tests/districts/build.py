"""Makes a folder of a real district: the committed parameters, and schools.csv from the data, which are not part of this project.

    python -m tests.districts.build kentucky FOLDER
"""

from __future__ import annotations

import csv
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
#: Of each district: its files in the shared folder, with the columns of the school's id and, where there is one, of its name.
#: The name in a later file counts. A column for the district where one folder holds many.
SCHOOLS = {
    "hlsm": [("networks/hlsm_nodes.csv", "school", None)],
    "talis_usa": [("talis/talis2018_usa_5items.csv", "school", None)],
    "kentucky": [("ky/KYRC24_OVW_Teacher_Turnover.csv", "NCES ID", "School Name")],
    "chicago": [("cps/cps_5e_progress_sy1516_sy1819.csv.gz", "School_ID", "Long_Name")],
    "new_york": [("nyc/nyc_2011_survey_all.parquet", "dbn", "schoolname"), ("nyc/nyc_2019_school_survey_scores.csv", "DBN", "School Name")],
}

DISTRICTS = {"kentucky": "District Name"}


def _meetings(shared: Path) -> dict[str, pd.DataFrame]:
    """Meetings of a committee and of four teams as a district: each committee or team is a unit. How many were there, and when, is not in the file."""
    rows = _rows(shared / "data" / "meetings/qmsum_turns.csv")
    unit = rows["meeting"].str.replace(r"_\d+$|(?<=\d)[a-d]$", "", regex=True)
    turns = pd.DataFrame({
        "school_id": unit, "meeting": rows["meeting"], "speaker": rows["speaker"], "words": rows["n_words"], "chair": rows["is_chair"],
    })  # fmt: skip
    meetings = turns[["school_id", "meeting"]].drop_duplicates().assign(date="2021-04-13", present="")  # the day of the paper
    schools = pd.DataFrame({"school_id": sorted(unit.unique()), "name": [f"Unit {name}" for name in sorted(unit.unique())]})
    return {"parameters/schools.csv": schools, "data/raw/meetings.csv": meetings, "data/raw/turns.csv": turns}


def _advice(shared: Path) -> dict[str, pd.DataFrame]:
    """Who turns to whom for advice. All teachers filled in the form; groups are made of the years they have taught."""
    nodes, rows = (_rows(shared / "data" / file) for file in ADVICE)
    years = pd.cut(nodes["yrs_teaching"].astype(float), [0, 4, 10, 100], right=False, labels=["0-3", "4-9", "10 or more"]).astype("str")
    people = pd.DataFrame({"school_id": nodes["school"], "person": nodes["school"] + "-" + nodes["node"], "completed": "yes", "group": years})
    ties = rows[rows["advice"] == "1"]
    ends = {name: ties["school"] + "-" + ties[column] for name, column in (("source", "sender"), ("target", "receiver"))}
    return {"data/raw/network_people.csv": people, "data/raw/ties.csv": pd.DataFrame({"school_id": ties["school"], **ends})}


ADVICE = ["networks/hlsm_nodes.csv", "networks/hlsm_dyads.csv.gz"]
#: Of districts with tables of records: a function that makes files of the folder, and the files in the shared folder that it reads.
MADE = {"qmsum": (_meetings, ["meetings/qmsum_turns.csv"]), "hlsm": (_advice, ADVICE)}


def files(name: str, shared: Path) -> list[Path]:
    """The files in the shared folder that a district is made from."""
    return [shared / "data" / file for file in [*(file for file, _, _ in SCHOOLS.get(name, [])), *MADE.get(name, (None, []))[1]]]


def build(name: str, shared: Path, folder: Path) -> Path:
    """Write the district's folder; gives it back. Rows without an id are none of a school."""
    shutil.copytree(HERE / name / "parameters", folder / "parameters")
    if name in MADE:
        for path, table in MADE[name][0](shared).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            table.to_csv(folder / path, index=False, lineterminator="\n")
    if name not in SCHOOLS:
        return folder
    names: dict[str, str] = {}
    of: dict[str, str] = {}
    for file, key, label in SCHOOLS[name]:
        rows = _rows(shared / "data" / file)
        texts = rows[label] if label else "School " + rows[key]
        if name in DISTRICTS:
            of |= dict(zip(rows[key], rows[DISTRICTS[name]], strict=True))
        names |= {school: " ".join(text.split()) for school, text in zip(rows[key], texts, strict=True) if school}
    same = Counter(text.casefold() for text in names.values())
    with (folder / "parameters" / "schools.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["school_id", "name", "district"])
        for school, text in sorted(names.items()):
            writer.writerow([school, f"{text} ({school})" if same[text.casefold()] > 1 else text, of.get(school, "")])
    return folder


def _rows(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path).astype("str")
    return pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")


if __name__ == "__main__":
    print(build(sys.argv[1], Path(os.environ["CYCLEBOOK_SHARED"]), Path(sys.argv[2])))
