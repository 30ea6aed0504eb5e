"""The audit of a run's reports: the command, the gate, and the demo district's own plan."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cyclebook import sources
from cyclebook.climate import prepare
from cyclebook.parameters import load
from cyclebook.privacy import plan
from cyclebook.privacy.audit import audit
from tests.calls import answered, cyclebook
from tests.test_privacy_audit import as_published, ledger, name, row


@pytest.fixture(scope="module")
def run(project_root, tmp_path_factory):
    """The demo's reports of two schools and the district, steps 01 and 05."""
    out = tmp_path_factory.mktemp("audited") / "reports"
    done = cyclebook("run", "--district", project_root, "--out", out, "--schools", "0103,0106,_district", "--steps", "01,05", "--workers", "2")
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(folder=project_root, out=out, ledger=pd.read_parquet(out / "published.parquet"))


def plant(run, *rows):
    pd.concat([run.ledger, ledger(*rows)], ignore_index=True).astype(run.ledger.dtypes).to_parquet(run.out / "published.parquet", index=False)


def a_school_and_a_few(run, few=3):
    """A row of a school's set with three persons more, as if a union with a small school had been shown."""
    own = run.ledger[run.ledger["set"].str.startswith("answered=trust; school_id=0106;") & run.ledger["set"].str.endswith("wave=2025-fall")].iloc[0]
    return row(own["set"].replace("school_id=0106", "school_id=0106|0199"), int(own["n"]) + few, page="0103/01_collect_climate.html", value=3.3)


def test_the_command_finds_nothing_in_a_run_and_says_what_it_looked_at(run):
    done = answered("audit", "--district", run.folder, "--out", run.out)
    assert done.returncode == 0 and "nothing follows about fewer than 5 people" in done.stdout
    assert "on 3 pages" in done.stdout or "on 4 pages" in done.stdout


def test_the_command_names_the_groups_that_leak_and_exits_with_1(run):
    try:
        plant(run, a_school_and_a_few(run))
        done = cyclebook("audit", "--district", run.folder, "--out", run.out)
    finally:
        run.ledger.to_parquet(run.out / "published.parquet", index=False)
    assert done.returncode == 1
    assert "3 persons by subtraction" in done.stderr and "school_id=0106|0199" in done.stderr and "0103/01_collect_climate.html" in done.stderr
    assert re.search(r"\b[1-9]\d* leaks?\. Do not hand", done.stderr)


def test_without_reports_or_with_another_file_in_their_place_the_call_is_refused(run, tmp_path):
    done = answered("audit", "--district", run.folder, "--out", tmp_path / "none")
    assert done.returncode == 2 and "cyclebook run" in done.stderr
    (tmp_path / "published.parquet").write_text("not a table")
    done = answered("audit", "--district", run.folder, "--out", tmp_path)
    assert done.returncode == 2 and "cannot be read" in done.stderr


def test_a_run_whose_pages_and_those_that_stay_give_a_few_away_publishes_nothing(run):
    """A page that is not made anew stays with its numbers of then; here one that leaks beside today's pages."""
    page = run.out / "0103" / "01_collect_climate.html"
    page.write_text(page.read_text(encoding="utf-8") + "\n", encoding="utf-8")  # no longer what its notebook made: of another day
    before = {path: path.stat().st_mtime_ns for path in run.out.rglob("*.html")}
    try:
        leaking = a_school_and_a_few(run)
        plant(run, leaking)
        done = cyclebook("run", "--district", run.folder, "--out", run.out, "--schools", "0106", "--steps", "01", "--force")
        after = pd.read_parquet(run.out / "published.parquet")
    finally:
        run.ledger.to_parquet(run.out / "published.parquet", index=False)
    assert done.returncode == 1 and "gives a few persons away" in done.stderr and "3 persons by subtraction" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in run.out.rglob("*.html")} == before
    assert leaking["set"] in set(after["set"])  # the old tree as it was
    done = cyclebook("run", "--district", run.folder, "--out", run.out, "--schools", "0106", "--steps", "01", "--force")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def demo_plan(project_root):
    """What the demo's plan decides over, and what it decides: all scales together, before anything else hides more."""
    asked = []

    def decide(bases, candidates, smallest_group, **options):
        decision = plan.decide(bases, candidates, smallest_group, **options)
        asked.append((bases, candidates, smallest_group, decision))
        return decision

    original = prepare.groups.choose
    prepare.groups.choose = lambda *arguments: original(*arguments[:-1], SimpleNamespace(decide=decide, Candidate=plan.Candidate, Scale=plan.Scale))
    try:
        district = load(project_root)
        prepare.by_group(district, sources.read(district))
    finally:
        prepare.groups.choose = original
    return max(asked, key=lambda one: len(one[0]))


def test_every_complementary_group_of_the_demo_is_needed(demo_plan):
    bases, candidates, smallest, decision = demo_plan
    assert decision.gap == 0
    tables = {scale: as_published(members, candidates, decision) for scale, members in bases.items()}
    assert all(audit(table, smallest, {"trust": (1, 5)}) == [] for table in tables.values())
    for keys in decision.complementary:
        found = []
        for scale, members in bases.items():
            n = int(np.logical_and.reduce([members[key].isin(values) for key, values in keys.items()]).sum())
            again = ledger(row(name(**keys), n, value=3.0, statistic="trust.group_mean"))
            table = tables[scale]
            found += audit(pd.concat([table[table["set"] != name(**keys)], again], ignore_index=True), smallest, {"trust": (1, 5)})
        assert found, keys
