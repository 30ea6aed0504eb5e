"""Write the demonstration district: parameters/schools.csv, data/raw and tests/demo_truth.yaml.

    python tools/make_demo.py            write the files, the same bytes each time
    python tools/make_demo.py --check    write nothing; exit 1 when a file differs from what would be written

All else in parameters/ is written by hand; item texts, labels, agreements, plans and dates are read from there. In the plans
(parameters/cycles) the line rule_hash is written, and nothing else.
"""
from __future__ import annotations

import argparse
import csv
import io
import sys
from datetime import date, timedelta
from pathlib import Path

from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).resolve().parent))

import demo_cycles  # noqa: E402  (the parts stand beside this file, which is run, not installed)
import demo_exports  # noqa: E402
import demo_model as model  # noqa: E402
import demo_ratings  # noqa: E402
import demo_records  # noqa: E402
import demo_series  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
DAYS = {"weekly": 7, "monthly": 30, "quarterly": 91, "twice_a_year": 182, "yearly": 365}


def truth(people, everyone, answered, receipts, canaries) -> dict:
    """What is true of the demonstration district and where each mess is, as plain values."""
    means = model.true_means()
    spread = {}
    for scale in model.SCALES:
        score = everyone[[i for i in model.ITEMS if i.startswith(scale)]].mean(axis=1)
        spread[scale] = float((score - score.groupby([everyone.wave, everyone.school_id]).transform("mean")).std())

    def by_wave(frame) -> dict:
        counts = frame.groupby(["school_id", "wave"]).size()
        return {s: {w: int(counts[s, w]) for w in model.WAVES if (s, w) in counts.index} for s in model.SCHOOLS.school_id}

    changes = []
    for school, scale in model.CHANGES:
        change = means[school, scale, "2025-fall"] - means[school, scale, "2024-fall"]
        changes.append({"school_id": school, "scale": scale, "from": "2024-fall", "to": "2025-fall", "change": round(change, 4),
                        "in_within_sds": round(change / spread[scale], 3)})
    two = people[people.duplicated(["wave", "token"], keep=False)]
    return {
        "seed": model.SEED,
        "special": {**model.SPECIAL, "old_name": model.OLD_NAME},
        "head_count": by_wave(people),
        "answered": by_wave(answered),
        "true_mean": {scale: {s: {w: round(means[s, scale, w], 4) for w in model.WAVES if s in model.OPEN[w]}
                              for s in model.SCHOOLS.school_id} for scale in model.SCALES},
        "true_changes": changes,
        "within_sd": {scale: round(sd, 4) for scale, sd in spread.items()},
        "icc1_of_everyone": {scale: {w: round(model.icc1(everyone[everyone.wave == w], scale), 4) for w in model.WAVES}
                             for scale in model.SCALES},
        "years_gaps": model.years_gaps(everyone),
        "divided_items": [{"school_id": s, "item": item} for s, item in model.DIVIDED],
        "itinerant": {token: sorted(set(group.school_id)) for token, group in two.groupby("token")},
        "files": receipts,
        "canaries": {"listed": canaries, "fragments": ["CANARY-", "canary-mail-", "@example.org", "192.0.2.", "198.51.100."]},
    }


def agreements_truth(agreements: list[dict], as_of: date) -> dict:
    """What is true of the agreements, as ids: which were to be reviewed by `as_of` and were not (the closed school's are left
    out), and what is not stated."""
    overdue = [a["id"] for a in agreements if a["cadence"] and a["last_review"] and a["school_id"] != model.SPECIAL["closed"]
               and date.fromisoformat(a["last_review"]) + timedelta(days=DAYS[a["cadence"]]) < as_of]
    asked = {school: {a["question"] for a in agreements if a["school_id"] == school} for school in model.SCHOOLS.school_id}
    questions = ("among_staff", "with_communities", "modelling", "accountability")
    return {
        "count": {school: sum(a["school_id"] == school for a in agreements) for school in model.SCHOOLS.school_id},
        "open_questions": {school: [q for q in questions if q not in found] for school, found in asked.items() if found},
        "overdue": overdue,
        "never_reviewed": [a["id"] for a in agreements if not a["last_review"]],
        "without": {key: [a["id"] for a in agreements if not a[key]] for key in ("owner", "behaviour", "cadence")},
    }


def build(root: Path) -> dict[str, bytes]:
    """Every generated file by its path in the project."""
    yaml = YAML(typ="safe")
    book = yaml.load(root / "parameters/codebooks/staff_survey.yaml")
    district = yaml.load(root / "parameters/district.yaml")
    waves = {wave["id"]: wave for wave in district["waves"]}
    with (root / "parameters/agreements.csv").open(encoding="utf-8", newline="") as file:
        agreements = list(csv.DictReader(file))
    people = model.staff()
    everyone = model.answers(people)
    everyone["years"] = model.years(everyone)
    answered = model.responses(everyone)
    files, receipts, canaries = demo_exports.all_files(people, everyone, answered, waves, book)
    review_book = yaml.load(root / "parameters/codebooks/collaboration_review.yaml")
    more, more_receipts, about_ratings, more_canaries = demo_ratings.files(people, agreements, review_book)
    weekly, weekly_receipts, about_weekly = demo_series.files(people)
    recorded, recorded_receipts, about_records = demo_records.files(people)
    files |= more | weekly | recorded | demo_cycles.frozen(root)
    receipts |= more_receipts | weekly_receipts | recorded_receipts
    told = truth(people, everyone, answered, receipts, canaries + more_canaries) | {
        "agreements": agreements_truth(agreements, district["as_of"]), **about_ratings, "series": about_weekly, "records": about_records,
        "cycles": demo_cycles.truth(root, district["as_of"]),
        "hours": {"limit": demo_cycles.HOURS_LIMIT, "over": demo_cycles.OVER_LIMIT}}

    out = io.StringIO()
    out.write("# Written by tools/make_demo.py: what is true of the demonstration district, for the tests. The product never reads it.\n")
    dump = YAML()
    dump.default_flow_style, dump.width = None, 120
    dump.dump(told, out)
    files["tests/demo_truth.yaml"] = out.getvalue().encode()
    files["parameters/schools.csv"] = model.SCHOOLS.drop(columns="staff").to_csv(index=False, lineterminator="\n").encode()
    return files


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when a file differs")
    check, files = parser.parse_args(arguments).check, build(root)
    stray = {p.relative_to(root).as_posix() for p in (root / "data/raw").glob("*")} - set(files)
    differing = [path for path, content in files.items() if not (root / path).is_file() or (root / path).read_bytes() != content]
    if check:
        for path in differing:
            print(f"{path}: differs from what tools/make_demo.py writes; run it again")
        for path in sorted(stray):
            print(f"{path}: not written by tools/make_demo.py; move it away")
        return 1 if differing or stray else 0
    for path in differing:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(files[path])
    print(f"{len(files)} files, {len(differing)} of them written anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
