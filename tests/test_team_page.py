"""The team's page is internal: what it is made from stands in no other bundle, and it is not handed out, not linked from what is, and not for the public."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module

import nbformat
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from cyclebook import sources, store
from cyclebook.batch import front
from cyclebook.batch import run as batch
from cyclebook.batch.around import approval_for, page_of
from cyclebook.cli import main
from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.store import Step
from cyclebook.team import prepare, sections
from tests import small_district
from tests.test_batch import answers, cyclebook

TEAM, OVERVIEW, FIRST = "06_district_team", "05_district_overview", "02_review_norms"
PAGE = f"_district/{TEAM}"
SCHOOLS = [f"s{place}" for place in range(1, 7)]
SECRET = ("canary-member", "canary-leader", "canary-reason", "canary-testing")


def contacts() -> str:
    rows = ["School,Day,How,To,Member,Answer,First,Reason"]
    for place, school in enumerate(SCHOOLS):
        for turn in range(8):
            asked = date(2025, 3, 3) + timedelta(days=20 * turn + place)
            late = (place + turn) % 5
            answered = (asked + timedelta(days=2 * late)).isoformat() if late else ""
            reason = "" if late else "canary-reason" if place == 0 else "canary-testing"
            rows.append(f"{school},{asked},{('email', 'visit')[turn % 2]},{('principal', 'sel_lead')[turn % 3 % 2]},canary-member-{(place + 2 * turn) % 5},{answered},{'yes' if turn % 2 else ''},{reason}")
    return "\n".join(rows) + "\n"


def connections() -> str:
    return "School,Day,Member,Leader,Close\n" + "".join(
        f"{school},2025-09-01,canary-member-{member},canary-leader-{place},{'yes' if place and member == place % 3 else 'no'}\n"
        for place, school in enumerate(SCHOOLS) for member in range(5)
    )  # fmt: skip


SOURCES = """
  contacts: {table: contacts, form: csv, path: data/raw/contacts.csv,
             columns: {school_id: School, date: Day, kind: How, to: To, member: Member, answered: Answer, first_ask: First, reason: Reason}}
  connections: {table: connections, form: csv, path: data/raw/connections.csv, columns: {school_id: School, date: Day, member: Member, leader: Leader, close: Close}}
"""


def write(folder, project_root, notebooks=(), schools=SCHOOLS, privacy=""):
    """Six schools that answered a survey, the team's contacts and ties, and some of the project's notebooks."""
    declared = small_district.FILES["parameters/sources.yaml"].rstrip() + "\n" + "".join(f"        {line}\n" for line in SOURCES.strip("\n").splitlines())
    numbers = {school: 12 + place for place, school in enumerate(schools)}
    survey = answers(**{f"S{school}": count for school, count in numbers.items()})
    terms = "        terms: [{id: fall, label: Fall 2025, from: 2025-07-01, to: 2025-12-19}]\n        as_of: 2025-11-21\n"
    small_district.write(folder, {
        "parameters/schools.csv": "school_id,name,level\n" + "".join(f"{school},School {school},elementary\n" for school in schools),
        "parameters/district.yaml": small_district.FILES["parameters/district.yaml"].rstrip() + "\n" + terms + (f"        {privacy}\n" if privacy else ""),
        "parameters/sources.yaml": declared, "data/raw/answers.csv": survey, "data/raw/contacts.csv": contacts(), "data/raw/connections.csv": connections(),
    })  # fmt: skip
    (folder / "notebooks").mkdir(exist_ok=True)
    for name in notebooks:
        (folder / "notebooks" / f"{name}.ipynb").write_bytes((project_root / "notebooks" / f"{name}.ipynb").read_bytes())
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory, project_root):
    folder = write(tmp_path_factory.mktemp("team"), project_root, (FIRST, OVERVIEW, TEAM))
    district = load(folder)
    return district, sources.read(district)


def bundles(district, tables, room: str) -> dict[str, str]:
    _, made = import_module(f"cyclebook.{room}.prepare").prepare(district, tables)
    return {unit: json.dumps(facts, sort_keys=True) for unit, facts in made}


@pytest.mark.parametrize("room", ["climate", "norms", "planning", "evaluation", "overview"])
def test_no_other_page_holds_anything_of_contacts_or_ties(small, room):
    """The bundles of all other steps are the same, letter for letter, where nobody was ever asked and no map was drawn."""
    district, tables = small
    assert len(tables.records["contacts"]) == 48 and len(tables.records["connections"]) == 30
    without = replace(tables, records={**tables.records, **{name: tables.records[name].head(0) for name in ("contacts", "connections")}})
    found = bundles(district, tables, room)
    assert found == bundles(district, without, room) and not [word for word in SECRET if word in "".join(found.values())]
    assert not re.search(r"contacts\.csv|connections\.csv", "".join(found.values()))


def test_the_teams_own_bundle_holds_numbers_and_never_who(small):
    district, tables = small
    text = bundles(district, tables, "team")["_district"]
    facts = json.loads(text)
    assert facts["map"] == {"none": ["s1"], "one": SCHOOLS[1:], "missing": []} and facts["reasons"] == ["canary-testing"]
    assert not [word for word in SECRET[:3] if word in text], "a reason of one school, and tokens, stay where they are"
    assert {row["school_id"] for row in facts["statistics"]} == {""}, "no number is a school's"
    items = {row["item"] for row in facts["statistics"] if row["scale"] == "contacts"}
    assert items <= {"", "first_ask", "kind=email", "kind=visit", "to=principal", "to=sel_lead"} and "kind=visit" in items


def test_it_says_what_to_collect_where_nothing_is_recorded(small):
    district, tables = small
    facts = prepare._bundle(district, replace(tables, records={name: table.head(0) for name, table in tables.records.items()}))[0]
    assert facts["statistics"] == [] and facts["map"] is None and facts["no_visit"] == [] and not any(facts["recorded"].values())


# Who sees it


def steps(small) -> dict[str, Step]:
    return {step.name: step for step in store.steps(small[0].folder)}


def test_its_notebook_says_that_it_is_internal(small):
    assert {name: step.internal for name, step in steps(small).items()} == {FIRST: False, OVERVIEW: False, TEAM: True}


def test_an_audience_that_is_not_known_is_refused(tmp_path, project_root):
    folder = write(tmp_path, project_root, (TEAM,))
    path = folder / "notebooks" / f"{TEAM}.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace('"audience": "internal"', '"audience": "intern"'), encoding="utf-8")
    with pytest.raises(InputError, match="not a notebook of the workbook"):
        store.steps(folder)


@pytest.fixture(scope="module")
def approved(tmp_path_factory, project_root):
    """One school and the team, of a district that approved its pages for handing out: made in one run."""
    folder = write(tmp_path_factory.mktemp("approved"), project_root, (FIRST, TEAM), ["s1"], "privacy: {approved: {by: the cabinet, date: 2025-11-20}}")
    return folder, cyclebook("run", "--district", folder)


def test_what_is_approved_is_handed_out_and_the_teams_page_never_is(approved):
    folder, done = approved
    assert done.returncode == 0, done.stderr
    team, school, index = ((folder / "reports" / name).read_text(encoding="utf-8") for name in (f"{PAGE}.html", f"s1/{FIRST}.html", "index.html"))
    assert "never handed out, whatever else is approved" in team and '@bottom-right { content: "Internal' in team and "Approved by" not in team
    assert TEAM in {page["step"] for page in json.loads((folder / "reports" / "manifest.json").read_text(encoding="utf-8"))["pages"]}
    for text in (school, index):
        assert "Approved by the cabinet" in text and TEAM not in text
    said = CliRunner().invoke(main, ["release", "--district", str(folder), "--dry-run"])
    assert said.exit_code == 0 and "Release 1: 1 pages of" in said.output and f"not to be handed out: {PAGE}.html is internal" in said.output


def test_the_way_to_it_begins_at_internal_pages_only(small, approved):
    district, _ = small
    every = steps(small)
    folder, _ = approved
    job = batch.prepare(folder, folder / "reports", "all", "all", None, lambda text: None)
    bundle = job.bundle("s1", job.steps[0])
    for step in (every[FIRST], every[OVERVIEW]):
        page = page_of(bundle, step, list(every.values()))
        assert not [link for _, link in page.links if TEAM in link] and not (page.onward and TEAM in page.onward[1])
    assert f"{OVERVIEW}.html" in [link for _, link in page_of(bundle, every[TEAM], list(every.values())).links]
    assert approval_for(job.district, "_district", every[TEAM]) != approval_for(job.district, "_district", every[OVERVIEW])
    pages = json.loads((folder / "reports" / "manifest.json").read_text(encoding="utf-8"))["pages"]
    for given, linked in ((bundle.facts["district"]["approved"], False), (None, True)):
        seen = replace(bundle, facts={**bundle.facts, "district": {**bundle.facts["district"], "approved": given}})
        assert (PAGE in front.index({"s1": seen}, pages, job.steps, set())[0]) == linked


def test_a_school_page_is_as_fresh_with_the_teams_notebook_as_without_it(approved):
    folder, _ = approved
    job = batch.prepare(folder, folder / "reports", "all", "all", None, lambda text: None)
    first, team = job.steps
    assert store.digest(folder, job.bundles, first, "s1", [first, team]) == store.digest(folder, job.bundles, first, "s1", [first])
    assert store.digest(folder, job.bundles, team, "_district", [first, team]) != store.digest(folder, job.bundles, team, "_district", [team])


def test_a_district_that_makes_pages_for_the_public_does_not_make_it(tmp_path, project_root):
    folder = write(tmp_path, project_root, (FIRST, TEAM), ["s1"], "privacy: {audience: public}")
    asked = CliRunner().invoke(main, ["run", "--district", str(folder), "--steps", "06"])
    assert asked.exit_code == 2 and "06_district_team is internal" in asked.output and "audience" in asked.output and not (folder / "reports").exists()
    everything = CliRunner().invoke(main, ["run", "--district", str(folder), "--dry-run"])
    assert everything.exit_code == 0 and f"left out: {TEAM}" in everything.output and "1 of 1 page would be executed" in everything.output
    assert not list((folder / ".cyclebook").rglob(f"*{TEAM}*"))
    (folder / "notebooks" / f"{FIRST}.ipynb").unlink()
    none = CliRunner().invoke(main, ["run", "--district", str(folder), "--dry-run"])
    assert none.exit_code == 2 and "all steps are internal" in none.output
    with pytest.raises(InputError, match="makes pages for the public"):
        sections.open_team("_district", folder)


# The demonstration district


@pytest.fixture(scope="module")
def truth(project_root):
    return YAML(typ="safe", pure=True).load(project_root / "tests" / "demo_truth.yaml")["records"]


@pytest.fixture(scope="module")
def demo(project_root):
    """What the stored or made bundle of the demonstration district's team says."""
    district = load(project_root)
    read = sources.read(replace(district, sources={name: source for name, source in district.sources.items() if source.table in ("contacts", "connections")}))
    return district, read


def test_the_demonstration_districts_contacts_are_what_was_planted(demo, truth):
    from cyclebook.team import replies, ties

    district, tables = demo
    told, day = truth["contacts"], district.as_of
    receipt = tables.receipts.set_index("source").loc["contacts"]
    assert (receipt["kept"], receipt["set_aside"]) == (told["asked"], told["set_aside"])
    watched = replies.watched(tables.records["contacts"], day)
    found = replies.statistics(watched, {}, 5)
    cells = {(row.item, row.statistic): row for row in found.itertuples()}
    assert cells["", "asked"].value == told["asked"] and watched["came"].sum() == told["answered"]
    for kind, (asked, answered) in told["by_kind"].items():
        assert cells[f"kind={kind}", "asked"].value == asked
        # contacts still open count, so that the share by day 30 is near what was answered in the end, and no higher than all of it
        assert abs(cells[f"kind={kind}", "within_30"].value - 100 * answered / asked) < 10
    yes, visits = told["first_ask"]
    assert cells["first_ask", "first_ask"].value == round(100 * yes / visits) and told["rare_reason"] not in replies.open_reasons(found)
    drawn = ties.latest(tables.records["connections"], [school for school in district.schools if school != "0111"], day)
    assert drawn.contacts.to_dict() == truth["connections"]["contacts"] and {"0113", "0206", "0304"} <= set(drawn.contacts.index[drawn.contacts == 0])
    assert set(drawn.members) == set(told["members"])


def test_its_notebook_is_thin_and_stands_under_its_own_name(project_root):
    notebook = nbformat.read(project_root / "notebooks" / f"{TEAM}.ipynb", as_version=4)
    assert dict(notebook.metadata.cyclebook) == {"audience": "internal", "room": "team", "title": "The district's team", "unit": "district"}
