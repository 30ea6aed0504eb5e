"""The demonstration district: its files are what tools/make_demo.py writes, and what is said of them in demo_truth.yaml holds.

The raw files are read here with the csv module alone; the last tests hold the product's own receipts against the truth.
"""
from __future__ import annotations

import csv
import importlib
import os
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from cyclebook import parameters, sources
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
TRUTH = YAML(typ="safe").load(ROOT / "tests/demo_truth.yaml")
WAVES = ["2024-spring", "2024-fall", "2025-spring", "2025-fall"]
SURVEYS = ["staff_" + wave.replace("-", "_") for wave in WAVES]
ROSTERS = ["roster_" + wave.replace("-", "_") for wave in WAVES]
SCALE_ITEMS = {"trust": 5, "community": 4, "efficacy": 6}
FORMS = {  # source -> header rows; columns of school, token, record id, first and last item; encoding; delimiter
    "staff_2024_spring": (1, (3, 4, 0, 6, 20), "utf-8-sig", "\t"),
    "staff_2024_fall": (1, (3, 4, 1, 6, 20), "cp1252", ";"),
    "staff_2025_spring": (3, (17, 12, 8, 19, 33), "utf-8", ","),
    "staff_2025_fall": (3, (17, 12, 8, 19, 33), "utf-8", ","),
    **dict.fromkeys(ROSTERS, (1, (0, 1, None, None, None), "utf-8", ",")),
}
SCHOOLS = {row["school_id"]: row for row in csv.DictReader((ROOT / "parameters/schools.csv").open(encoding="utf-8"))}
NAMES = {name.casefold(): s for s, row in SCHOOLS.items() for name in (s, row["name"], *row["aliases"].split("|"))}


def _tool(name: str):
    """A module of tools/: demo_model has the draws behind the district, before anything was written or spoilt."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "tools"))


@cache
def records(source: str) -> list[list[str]]:
    """Every physical record of a raw file, header rows and blank lines included."""
    _, _, encoding, delimiter = FORMS[source]
    with (ROOT / TRUTH["files"][source]["path"]).open(encoding=encoding, newline="") as file:
        quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
        return list(csv.reader(file, delimiter=delimiter, quoting=quoting))


def planted(source: str, kind: str) -> list[int]:
    """Numbers of the records where this mess was planted."""
    return TRUTH["files"][source]["messes"].get(kind, {}).get("rows", [])


def school_of(text: str) -> str | None:
    return NAMES.get(" ".join(text.split()).casefold())


def good(source: str) -> list[list[str]]:
    """The records that are to be kept."""
    headers, messes = FORMS[source][0], TRUTH["files"][source]["messes"]
    bad = {row for mess in messes.values() if mess["action"] in ("set aside", "not a row") for row in mess["rows"]}
    return [record for number, record in enumerate(records(source), 1) if number > headers and number not in bad]


def test_the_script_writes_these_very_files():
    run = subprocess.run([sys.executable, "tools/make_demo.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "")


def test_check_tells_of_a_file_that_differs(tmp_path, capsys):
    shutil.copytree(ROOT / "parameters", tmp_path / "parameters")
    main = _tool("make_demo").main
    assert main([], tmp_path) == 0
    cycles = [f"parameters/cycles/{path.name}" for path in (ROOT / "parameters/cycles").glob("*.yaml")]
    for path in ["tests/demo_truth.yaml", "parameters/schools.csv", *cycles, *(entry["path"] for entry in TRUTH["files"].values())]:
        assert (tmp_path / path).read_bytes() == (ROOT / path).read_bytes()
    capsys.readouterr()
    plan = tmp_path / "parameters/cycles/peer-visits.yaml"
    plan.write_text(plan.read_text("utf-8").replace("worthwhile: 6", "worthwhile: 1"), "utf-8")
    schools = (ROOT / "parameters/schools.csv").read_bytes().replace(b"Coach Basalt", b"Coach Chalk")
    (tmp_path / "parameters/schools.csv").write_bytes(schools)
    (tmp_path / "data/raw/real.csv").write_bytes(b"School\n")
    assert main(["--check"], tmp_path) == 1
    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told] == ["parameters/cycles/peer-visits.yaml", "parameters/schools.csv", "data/raw/real.csv"]


def test_a_table_has_a_generator_of_its_own():
    rng = _tool("demo_model").rng
    first = rng("staff").integers(10**9)
    assert first == rng("staff").integers(10**9) != rng("persons").integers(10**9)


def test_size_of_the_district():
    assert len(SCHOOLS) == 24 and all(len(s) == 4 and s.startswith("0") for s in SCHOOLS)
    assert Counter(row["level"] for row in SCHOOLS.values()) == {"elementary": 14, "middle": 6, "high": 4}
    assert len(NAMES) == sum(2 + len(row["aliases"].split("|")) for row in SCHOOLS.values())
    for wave, source in zip(WAVES, ROSTERS):
        people = {record[1] for record in good(source)}
        assert 1050 <= len(people) <= 1150
        sizes = [heads[wave] for heads in TRUTH["head_count"].values() if wave in heads]
        assert min(sizes) == 9 and 110 <= max(sizes) <= 125
    assert all((ROOT / entry["path"]).stat().st_size < 500_000 for entry in TRUTH["files"].values())


@pytest.mark.parametrize("source", SURVEYS + ROSTERS)
def test_counts_by_file(source):
    entry, headers = TRUTH["files"][source], FORMS[source][0]
    rows = records(source)[headers:]
    blank = [number for number, record in enumerate(records(source), 1) if not record]
    assert blank == planted(source, "blank_line")
    assert entry["read"] == len(rows) - len(blank) == entry["kept"] + entry["set_aside"]
    assert entry["kept"] == len(good(source))
    assert all(len(mess["rows"]) == mess["count"] for mess in entry["messes"].values())


@pytest.mark.parametrize("wave,roster,survey", list(zip(WAVES, ROSTERS, SURVEYS)))
def test_head_counts_and_answers_are_as_planned(wave, roster, survey):
    for source, told in ((roster, "head_count"), (survey, "answered")):
        column = FORMS[source][1][0]
        found = Counter(school_of(record[column]) for record in good(source))
        assert found == {s: counts[wave] for s, counts in TRUTH[told].items() if wave in counts}
    special = TRUTH["special"]
    rates = {s: TRUTH["answered"][s][wave] / heads[wave] for s, heads in TRUTH["head_count"].items() if wave in heads}
    for school, rate in rates.items():
        if wave == "2025-fall" and school in (special["below_gate"], special["four_answers"], special["nine_staff"]):
            continue
        assert .35 <= rate <= .955, school
    if wave == "2025-fall":
        assert .26 <= rates[special["below_gate"]] <= .29 and TRUTH["answered"][special["below_gate"]][wave] > 8
        assert TRUTH["answered"][special["four_answers"]][wave] == 4
        assert TRUTH["answered"][special["nine_staff"]][wave] == TRUTH["head_count"][special["nine_staff"]][wave] == 9
        assert [s for s in rates if rates[s] < .5] == sorted([special["below_gate"], special["four_answers"]])
    assert max(rates.values()) > .87


@pytest.mark.parametrize("source", SURVEYS)
def test_every_planted_mess_is_in_the_survey_file(source):
    headers, (school, token, record_id, first, last), _, _ = FORMS[source]
    rows, width = records(source), len(records(source)[0])
    at = lambda kind: [rows[number - 1] for number in planted(source, kind)]  # noqa: E731
    assert [n for n, record in enumerate(rows, 1) if record and len(record) != width] == planted(source, "ragged_row")
    assert all(school_of(record[school]) is None and record[school] for record in at("unknown_school"))
    unknown = [n for n, r in enumerate(rows, 1) if n > headers and r and school_of(r[school]) is None]
    assert unknown == sorted(planted(source, "unknown_school") + planted(source, "no_school"))
    assert all(record[school] == "" for record in at("no_school"))
    labels = {"strongly disagree", "disagree", "neither agree nor disagree", "agree", "strongly agree", "does not apply", ""}
    codes = {"1", "2", "3", "4", "5", "-99", ""}
    known = codes if source == "staff_2024_spring" else labels
    odd = {n for n, r in enumerate(rows, 1) if n > headers and len(r) == width
           and any(" ".join(cell.split()).casefold() not in known for cell in r[first:last + 1])}
    assert odd == set(planted(source, "unmapped_label") + planted(source, "out_of_range"))
    messes = TRUTH["files"][source]["messes"]
    for kind in {"unmapped_label", "out_of_range"} & set(messes):
        for number, value in zip(messes[kind]["rows"], messes[kind]["values"]):
            assert value in rows[number - 1][first:last + 1]
    silent = [n for n, r in enumerate(rows, 1) if n > headers and len(r) == width and not any(r[first:last + 1])]
    assert silent == planted(source, "nothing_answered")
    body = [(n, r) for n, r in enumerate(rows, 1) if n > headers and len(r) == width]
    by_id = Counter(r[record_id] for _, r in body)
    assert sum(count - 1 for count in by_id.values()) == len(planted(source, "duplicate_response_id"))
    assert all(by_id[r[record_id]] == 2 for r in at("duplicate_response_id"))
    twice = Counter((r[token], school_of(r[school])) for _, r in body if r[token])
    again = planted(source, "duplicate_response_id") + planted(source, "duplicate_person") + planted(source, "started_twice")
    assert sum(count - 1 for count in twice.values()) == len(again)
    assert all(twice[r[token], school_of(r[school])] == 2 and by_id[r[record_id]] == 1
               for r in at("duplicate_person") + at("started_twice"))
    seen: dict[str, set] = {}
    for number, record in enumerate(rows, 1):
        if number > headers and record in good(source) and record[token]:
            seen.setdefault(record[token], set()).add(school_of(record[school]))
    both = [token for token, schools in seen.items() if len(schools) == 2]
    assert sorted(both) == sorted(record[token] for record in at("two_schools")) != []
    assert all(sorted(seen[token]) == TRUTH["itinerant"][token] for token in both)
    assert [n for n, r in body if not r[token]] == sorted(planted(source, "no_token") + planted(source, "preview"))
    if headers == 3:
        assert [n for n, r in body if r[2] == "Survey Preview"] == planted(source, "preview") != []
        assert [n for n, r in body if r[6] == "False"] == sorted(planted(source, "unfinished") + planted(source, "started_twice") + silent)
        assert records(source)[2][17] == '{"ImportId":"QID2"}' and records(source)[0][19] == "Q5_1"
        assert any("\n" in record[-1] for record in good(source))


@pytest.mark.parametrize("source", SURVEYS)
def test_missing_answers_are_few(source):
    _, (_, _, _, first, last), _, _ = FORMS[source]
    early = {id(records(source)[n - 1]) for n in planted(source, "stopped_early") + planted(source, "unfinished")}
    rows = [record for record in good(source) if id(record) not in early]
    empty = sum(cell == "" for record in rows for cell in record[first:last + 1]) / (15 * len(rows))
    assert .02 <= empty <= .04
    assert .03 <= len(early) / len(good(source)) <= .06
    cells = [cell.strip().casefold() for record in rows for cell in record[first:last + 1]]
    assert any(cell in ("-99", "does not apply") for cell in cells)


def test_renamed_closed_and_opened_schools():
    special = TRUTH["special"]
    old, new = special["old_name"], SCHOOLS[special["renamed"]]["name"]
    assert old in SCHOOLS[special["renamed"]]["aliases"].split("|")
    text = {source: (ROOT / TRUTH["files"][source]["path"]).read_bytes().decode(FORMS[source][2]) for source in FORMS}
    for source in ("staff_2024_fall", "roster_2024_fall", "staff_2025_spring"):
        assert old in text[source] and new not in text[source]
    assert new in text["staff_2025_fall"] and old not in text["staff_2025_fall"]
    closed, opened = SCHOOLS[special["closed"]], SCHOOLS[special["opened"]]
    assert closed["closed"] == "2025-06-13" and closed["successor"] == special["successor"] in SCHOOLS
    for source in ("roster_2025_fall", "staff_2025_fall"):
        column = FORMS[source][1][0]
        here = [n for n, r in enumerate(records(source), 1) if r and school_of(r[column]) == special["closed"]]
        assert here == planted(source, "closed_school")
    assert len(planted("staff_2025_fall", "closed_school")) == 2
    before = {r[1] for r in good("roster_2025_spring") if r[0] == special["closed"]}
    after = {r[1] for r in good("roster_2025_fall") if r[0] == special["successor"]}
    assert len(before & after) > 10
    assert opened["opened"] == "2024-08-12" and "2024-spring" not in TRUTH["head_count"][special["opened"]]
    assert "2024-fall" in TRUTH["answered"][special["opened"]]


@pytest.mark.parametrize("source", ROSTERS)
def test_itinerant_staff_stand_on_two_rosters_with_one_token(source):
    seen: dict[str, set] = {}
    for record in good(source):
        if record[1]:
            seen.setdefault(record[1], set()).add(school_of(record[0]))
    two = {token: sorted(schools) for token, schools in seen.items() if len(schools) > 1}
    assert two == TRUTH["itinerant"] and len(two) == 12
    assert all(len(schools) == 2 for schools in two.values())
    assert sum(len(schools) for schools in seen.values()) + len(planted(source, "no_roster_token")) == len(good(source))


def test_canaries_are_in_the_raw_files():
    text = "".join((ROOT / entry["path"]).read_bytes().decode(FORMS[source][2] if source in FORMS else "utf-8")
                   for source, entry in TRUTH["files"].items())
    listed = TRUTH["canaries"]["listed"]
    assert len(listed) == len(set(listed)) > 40 and all(word in text for word in listed)
    assert all(fragment in text for fragment in TRUTH["canaries"]["fragments"])
    comments = [record[-1] for source in SURVEYS for record in good(source)]
    assert any('"' in comment for comment in comments) and any("," in comment for comment in comments)


@pytest.fixture(scope="module")
def everyone():
    model = _tool("demo_model")
    return model.answers(model.staff())


@pytest.mark.parametrize("scale", SCALE_ITEMS)
def test_icc_of_what_everyone_thinks(everyone, scale):
    for wave in WAVES:
        groups: dict[str, list[float]] = {}
        now = everyone[everyone.wave == wave]
        scores = sum(now[f"{scale}_{j + 1}"] for j in range(SCALE_ITEMS[scale])) / SCALE_ITEMS[scale]
        for school, score in zip(now.school_id, scores):
            groups.setdefault(school, []).append(float(score))
        n, k = len(now), len(groups)
        grand, means = sum(scores) / n, {s: sum(v) / len(v) for s, v in groups.items()}
        between = sum(len(v) * (means[s] - grand) ** 2 for s, v in groups.items()) / (k - 1)
        within = sum((x - means[s]) ** 2 for s, v in groups.items() for x in v) / (n - k)
        size = (n - sum(len(v) ** 2 for v in groups.values()) / n) / (k - 1)
        icc = (between - within) / (between + (size - 1) * within)
        assert .05 <= icc <= .15
        assert icc == pytest.approx(TRUTH["icc1_of_everyone"][scale][wave], abs=1e-4)


def test_true_means_are_what_many_such_persons_would_give(everyone):
    """Over all schools and waves the drawn means stand around the true ones as far as their standard errors say."""
    z = []
    for scale, items in SCALE_ITEMS.items():
        score = everyone[[f"{scale}_{j + 1}" for j in range(items)]].mean(axis=1)
        for (school, wave), values in score.groupby([everyone.school_id, everyone.wave]):
            z.append((values.mean() - TRUTH["true_mean"][scale][school][wave]) / (values.std() / len(values) ** .5))
    assert abs(sum(z) / len(z)) < .35 and .75 < (sum(v * v for v in z) / len(z)) ** .5 < 1.3


def test_true_changes():
    changes = {(c["school_id"], c["scale"]): c for c in TRUTH["true_changes"]}
    rises = [c for c in changes.values() if c["in_within_sds"] >= .5]
    assert len(rises) == 3 and sum(c["in_within_sds"] <= -.5 for c in changes.values()) == 2 == len(changes) - len(rises)
    for scale, schools in TRUTH["true_mean"].items():
        for school, means in schools.items():
            if "2024-fall" in means and "2025-fall" in means:
                told = changes.get((school, scale), {"change": 0.0})["change"]
                assert means["2025-fall"] - means["2024-fall"] == pytest.approx(told, abs=2e-4)
    assert TRUTH["true_mean"]["efficacy"][TRUTH["special"]["near_top"]]["2025-fall"] > 4.6


def test_divided_items_have_two_camps(everyone):
    for case in TRUTH["divided_items"]:
        values = everyone[everyone.school_id == case["school_id"]][case["item"]]
        assert (values <= 2).mean() > .28 and (values >= 4).mean() > .28 and (values == 3).mean() < .25


@pytest.fixture(scope="module")
def tables():
    return sources.read(parameters.load(ROOT))


@pytest.mark.parametrize("source", list(TRUTH["files"]))
def test_receipts_say_what_is_true_of_each_file(tables, source):
    entry, receipt = TRUTH["files"][source], tables.receipts.set_index("source").loc[source]
    assert receipt["file"] == entry["path"]
    assert {key: receipt[key] for key in ("read", "kept", "set_aside", "flagged")} == {
        key: entry[key] for key in ("read", "kept", "set_aside", "flagged")}
    told = tables.problems[tables.problems.source == source]
    found = Counter(zip(told.row, told.action))
    assert found == Counter((row, mess["action"]) for mess in entry["messes"].values() for row in mess["rows"]
                            if mess["action"] in ("set aside", "flagged"))
    for kind in {"unmapped_label", "out_of_range", "unknown_school", "unknown_label", "unknown_agreement", "unknown_group",
                 "unknown_measure", "bad_date", "not_a_number"} & set(entry["messes"]):
        for row, value in zip(entry["messes"][kind]["rows"], entry["messes"][kind]["values"]):
            assert value in set(told.value[told.row == row])


def test_the_tables_have_every_good_row_at_its_school(tables):
    staff = tables.responses[tables.responses["survey"] == "staff_survey"]
    for frame, told in ((tables.roster, "head_count"), (staff.drop_duplicates("row"), "answered")):
        counts = frame.groupby(["school_id", "wave"]).size()
        assert counts.to_dict() == {(s, w): n for s, waves in TRUTH[told].items() for w, n in waves.items()}
    assert tables.roster.head_count.eq(1).all()


def test_what_must_be_dropped_is_dropped(tables):
    everything = "".join(getattr(tables, name).astype("str").to_csv() for name in
                         ("roster", "responses", "series", "ratings", "teams", "problems", "receipts"))
    assert not [word for word in TRUTH["canaries"]["fragments"] + TRUTH["canaries"]["listed"] if word in everything]
    personal = tables.receipts.set_index("source").personal_columns
    assert personal["staff_2024_spring"] == "IP Address" and personal["staff_2024_fall"] == personal["lived_by_pulse"] == "E-mail"
    assert len(personal["staff_2025_fall"].split(", ")) == 6


def test_scored_means_stand_around_the_true_ones(tables):
    """What is read, by items and codebook, gives back the true means: a wrong label, item or reversal would move them."""
    book = parameters.load(ROOT).codebooks["staff_survey"].scales
    for name, scale in book.items():
        part = tables.responses[tables.responses.item.isin(scale.items)]
        value = part.value.where(~part.item.isin(list(scale.reverse)), 6 - part.value)
        for item, values in value.groupby(part.item):
            assert values.mean() == pytest.approx(sum(map(sum, (m.values() for m in TRUTH["true_mean"][name].values())))
                                                  / sum(map(len, TRUTH["true_mean"][name].values())), abs=.45), item
        count = part.groupby(["school_id", "wave"]).row.nunique()
        means = value.groupby([part.school_id, part.wave]).mean()
        z = [(means[key] - TRUTH["true_mean"][name][key[0]][key[1]]) / (TRUTH["within_sd"][name] / count[key] ** .5) for key in means.index]
        assert (sum(v * v for v in z) / len(z)) ** .5 < 1.4


def test_italian_district_is_read_as_it_stands(monkeypatch):
    monkeypatch.setenv("CYCLEBOOK_SHARED", str((ROOT / os.environ.get("CYCLEBOOK_SHARED", "../shared")).resolve()))
    district = parameters.load(ROOT / "tests/districts/talis_italy")
    (source,) = district.sources.values()
    if not source.path.is_file():
        pytest.skip(f"TALIS 2018 Italy is not here ({source.path.name}); set CYCLEBOOK_SHARED to the folder that holds data/talis")
    raw = pd.read_parquet(source.path)
    scales = ["T3COLES", "T3EXCH", "T3COOP", "T3JOBSA", "T3WELS", "T3SOCUT"]
    assert list(district.scales) == scales and len(district.schools) == 191 and not district.synthetic
    assert [s for s in scales if district.scales[s].better == "lower"] == ["T3WELS"]
    tables = sources.read(district)
    receipt = tables.receipts.iloc[0]
    empty = int(raw[scales].isna().all(axis=1).sum())
    assert (receipt["read"], receipt["kept"], receipt["set_aside"], receipt["flagged"]) == (3612, 3612 - empty, empty, 0)
    assert len(tables.responses) == int(raw[scales].notna().sum().sum()) and tables.roster.empty
    means = tables.responses.groupby(["item", "school_id"]).value.mean()
    wanted = raw.assign(school=raw.IDSCHOOL.astype("str")).groupby("school")[scales].mean()
    assert tables.responses.school_id.nunique() == len(wanted) == 191
    for scale in scales:
        pd.testing.assert_series_equal(means[scale], wanted[scale].dropna(), check_names=False)
