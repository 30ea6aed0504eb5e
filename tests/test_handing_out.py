"""`cyclebook release` from the export to the pages: what was handed out stays what it was until enough has changed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from cyclebook import handed_out
from cyclebook.batch import release as handing_out
from cyclebook.errors import InputError
from cyclebook.parameters import load
from tests import small_district
from tests.calls import answered, cyclebook

STEP = "01_collect_climate"
SCHOOLS = """
    school_id,name,level
    0101,Alder Creek School,elementary
    0103,Cedar School,middle
    """
LATE = "0103,late{place},Agree,Neither\n"


def answers(**persons: int) -> str:
    rows = ["School,Token,Q1,Q2"]
    for school, count in persons.items():
        rows += [f"{school[1:]},{school}{place},{'Agree' if place % 3 else 'Neither'},{'Disagree' if place % 2 else 'Neither'}" for place in range(count)]
    return "\n".join(rows) + "\n"


def export(folder: Path) -> Path:
    return folder / "data" / "raw" / "answers.csv"


def published(folder: Path, school: str = "0103") -> list[tuple]:
    table = pd.read_parquet(folder / "reports" / "published.parquet")
    table = table[table["page"] == f"{school}/{STEP}.html"]
    return [tuple(None if value != value else value for value in row) for row in table.astype(object).where(table.notna(), None).itertuples(index=False)]


@pytest.fixture(scope="module")
def source_notebook(project_root) -> Path:
    return project_root / "notebooks" / f"{STEP}.ipynb"


@pytest.fixture(scope="module")
def once(tmp_path_factory, source_notebook) -> Path:
    """A district whose reports were made and released once. Not to be changed: see `released`."""
    folder = tmp_path_factory.mktemp("district") / "tiny"
    small_district.write(folder, {"parameters/schools.csv": SCHOOLS, "data/raw/answers.csv": answers(S0101=14, S0103=12)})
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / source_notebook.name).write_bytes(source_notebook.read_bytes())
    run = cyclebook("run", "--district", folder, "--workers", 1)
    assert run.returncode == 0, run.stderr + run.stdout
    done = cyclebook("release", "--district", folder, "--note", "handed to the principals")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def released(once, tmp_path) -> Path:
    """A copy of that district, with the reports of then."""
    folder = tmp_path / "tiny"
    shutil.copytree(once, folder, symlinks=True)
    shutil.rmtree(folder / ".cyclebook")
    return folder


def only(folder: Path) -> Path:
    [path] = handed_out.folders(folder)
    return path


def test_a_release_holds_what_was_published_and_no_answer(once):
    path = only(once)
    assert path.name == "1-2025-10-24" and {file.name for file in path.iterdir()} == {"published.parquet", "bases.parquet", "release.json"}
    assert (path / "published.parquet").read_bytes() == (once / "reports" / "published.parquet").read_bytes()
    said = handed_out.about(path)
    assert (said["number"], said["as_of"], said["note"], said["correction"], said["changed"]) == (1, "2025-10-24", "handed to the principals", "", [])
    bases = pd.read_parquet(path / "bases.parquet")
    assert list(bases.columns) == ["table", "survey", "period", "school_id", "part", "digest"]
    assert bases[bases["part"] == ""].groupby("school_id").size().to_dict() == {"0101": 14, "0103": 12}
    if os.name == "posix":
        modes = {file.relative_to(once / "data" / "releases").as_posix(): file.stat().st_mode & 0o777 for file in (once / "data" / "releases").rglob("*")}
        assert modes.pop(".gitignore") and modes.pop(path.name) == 0o700 and set(modes.values()) == {0o600}
        assert (once / "data" / "releases").stat().st_mode & 0o777 == 0o700
    assert (once / "data" / "releases" / ".gitignore").read_text() == "*\n"
    assert handed_out.ledgers(once)["release"].unique().tolist() == [1]


def test_the_same_reports_are_not_released_twice(released):
    again = answered("release", "--district", released)
    assert again.returncode == 0 and "nothing is written" in again.stdout
    assert len(handed_out.folders(released)) == 1


def test_a_late_answer_waits_until_there_are_enough(released):
    before = published(released)
    with export(released).open("a") as file:
        file.write(LATE.format(place=0))
    checked = answered("check", "--district", released)
    assert "1 answer of 0103 in 2025-fall (Staff survey) came after release 1 (2025-10-24) and is held back until there are 5" in checked.stdout
    run = cyclebook("run", "--district", released, "--workers", 1)
    assert run.returncode == 0 and "1 group is held back or not published beside what was handed out" in run.stdout
    assert published(released) == before  # no number of that school has changed
    assert "nothing is written" in answered("release", "--district", released).stdout
    with export(released).open("a") as file:
        file.writelines(LATE.format(place=place) for place in range(1, 5))
    assert "held back" not in answered("check", "--district", released).stdout
    refused = answered("release", "--district", released)
    assert refused.returncode == 2 and "run `cyclebook run`, then release" in refused.stderr
    assert cyclebook("run", "--district", released, "--workers", 1).returncode == 0
    assert published(released) != before
    second = answered("release", "--district", released)
    assert second.returncode == 0, second.stderr
    assert [path.name for path in handed_out.folders(released)] == ["1-2025-10-24", "2-2025-10-24"]
    assert handed_out.about(handed_out.folders(released)[1])["changed"] == [["responses", "staff", "2025-fall", "0103"]]


def test_a_corrected_answer_hides_the_school_and_a_declared_correction_brings_it_back_only_when_it_concerns_enough(released):
    text = export(released).read_text()
    export(released).write_text(text.replace("0103,S01030,Neither", "0103,S01030,Disagree"))
    checked = answered("check", "--district", released)
    assert "the answers of 0103 in 2025-fall (Staff survey) are others than those of release 1 (2025-10-24)" in checked.stdout
    assert cyclebook("run", "--district", released, "--workers", 1).returncode == 0
    own = [row for row in published(released) if "school_id=0103" in row[6] and "answered=help" in row[6]]
    assert own and all(row[3] is None and row[4] is None for row in own)
    district = [row for school in ("0101", "0103") for row in published(released, school) if "school_id" not in row[6] and row[3] is not None]
    assert district == []  # what is left of the district is named by the schools in it
    corrections = released / "parameters" / "corrections.yaml"
    corrections.write_text("corrections:\n- {of: staff, period: 2025-fall, schools: ['0103'], release: 1, reason: The file was of another school}\n")
    assert "are others than those" in answered("check", "--district", released).stdout  # one answer is not another file
    export(released).write_text("".join(line for line in text.splitlines(True) if not line.startswith("0103")) + "".join(
        f"0103,o{place},{'Disagree' if place % 4 else 'Agree'},Agree\n" for place in range(11)))  # fmt: skip
    assert "are others than those" not in answered("check", "--district", released).stdout
    assert cyclebook("run", "--district", released, "--workers", 1).returncode == 0
    assert answered("release", "--district", released).returncode == 0
    said = handed_out.about(handed_out.folders(released)[1])
    assert said["changed"] == [["responses", "staff", "2025-fall", "0103"]] and said["corrections"][0]["reason"] == "The file was of another school"


def test_five_withdrawn_answers_leave_and_the_release_wants_to_know_why(released):
    lines = export(released).read_text().splitlines(True)
    export(released).write_text("".join(lines[:-5]))
    assert cyclebook("run", "--district", released, "--workers", 1).returncode == 0
    refused = answered("release", "--district", released)
    assert refused.returncode == 2 and "--correct" in refused.stderr and "0103 in 2025-fall" in refused.stderr
    dry = answered("release", "--district", released, "--correct", "five took their answers back", "--dry-run")
    assert dry.returncode == 0 and "Nothing was written" in dry.stdout and len(handed_out.folders(released)) == 1
    assert answered("release", "--district", released, "--correct", "five took their answers back").returncode == 0
    assert handed_out.about(handed_out.folders(released)[1])["correction"] == "five took their answers back"
    refused = answered("release", "--district", released, "--correct", "nothing")
    assert "nothing is written" in refused.stdout


def release(folder: Path, **options) -> Path | None:
    return handing_out.release(folder, folder / "reports", **({"note": "", "reason": "", "dry_run": False, "say": lambda text: None} | options))


def test_without_reports_or_with_changed_ones_nothing_is_released(released):
    with pytest.raises(InputError, match="no reports here"):
        handing_out.release(released, released / "elsewhere", "", "", False, print)
    page = released / "reports" / "0103" / f"{STEP}.html"
    page.unlink()
    with pytest.raises(InputError, match="0103 01_collect_climate: .* is gone.*run `cyclebook run`"):
        release(released)
    page.write_text("mine")
    with pytest.raises(InputError, match="changed by hand"):
        release(released)


@pytest.mark.parametrize("name", ["published.parquet", "index.html"])
def test_a_ledger_or_an_index_changed_by_hand_is_not_released(released, name):
    file = released / "reports" / name
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content + b" ")
    with pytest.raises(InputError, match=f"{name} was changed by hand"):
        release(released)


def test_without_its_key_or_with_another_nothing_is_read(released):
    key = released / "data" / "releases" / "key"
    kept = key.read_bytes()
    key.unlink()
    run = answered("run", "--district", released)
    assert run.returncode == 2 and "data/releases/key: missing or not readable" in run.stderr and "Restore it from a backup" in run.stderr
    assert answered("check", "--district", released).returncode == 2
    key.write_text("00" * 32)
    with pytest.raises(InputError, match="not the key of 1-2025-10-24"):
        handed_out.tables(load(released))
    key.write_bytes(kept)
    assert handed_out.tables(load(released))[1].empty


@pytest.mark.parametrize("name", ["bases.parquet", "published.parquet", "release.json"])
def test_a_release_that_was_changed_or_lost_is_refused(released, name):
    path = only(released) / name
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1", b"2", 1) if name == "release.json" else content + b" ")
    with pytest.raises(InputError, match="not as it was written"):
        handed_out.read(released)
    path.unlink()
    with pytest.raises(InputError, match="not as it was written"):
        handed_out.tables(load(released))


def test_a_release_that_is_missing_is_missed(released):
    path = only(released)
    path.rename(path.with_name("2-2025-10-24"))
    with pytest.raises(InputError, match="release 1 is missing"):
        handed_out.read(released)


def test_a_release_that_was_killed_leaves_nothing_behind_and_the_next_one_clears_up(released, monkeypatch):
    shutil.rmtree(only(released))
    killed = released / "data" / "releases" / ".new-killed"
    killed.mkdir()
    (killed / "bases.parquet").write_bytes(b"half")
    assert handed_out.read(released) == [] and handed_out.files(released) == [released / "data" / "releases" / "key"]
    before = (released / "data" / "releases" / "key").read_bytes()

    def fail(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(KeyboardInterrupt):
            release(released)
    assert handed_out.folders(released) == []
    assert release(released).name == "1-2025-10-24"
    assert not list((released / "data" / "releases").glob(".new-*"))
    assert (released / "data" / "releases" / "key").read_bytes() == before  # one secret for all releases


def test_the_bundles_know_when_something_was_handed_out(released):
    from cyclebook import store

    rooms = {STEP: "climate"}
    first = store.prepare(released, rooms)
    assert store.prepare(released, rooms) == first
    digest = store.inputs_digest(first)
    shutil.rmtree(only(released))
    assert store.prepare(released, rooms) != first
    assert store.inputs_digest(store.prepare(released, rooms)) == digest


@pytest.mark.parametrize("entry, told", [
    ("{of: staf, period: all, schools: all, release: 1, reason: r}", "is no survey, measure or result; did you mean \"staff\"?"),
    ("{of: staff, period: 2025-13, schools: all, release: 1, reason: r}", "is no wave or term"),
    ("{of: staff, period: all, schools: ['0109'], release: 1, reason: r}", "no school_id \"0109\""),
    ("{of: staff, period: all, schools: all, release: 0, reason: r}", "release"),
    ("{of: staff, period: all, schools: all, release: 1}", "reason"),
    ("{of: staff, period: all, schools: all, release: 2, reason: r}", "there is no release 2 to be corrected; the last one is 1"),
])  # fmt: skip
def test_a_correction_is_checked_strictly(released, entry, told):
    (released / "parameters" / "corrections.yaml").write_text(f"corrections:\n- {entry}\n")
    with pytest.raises(InputError, match="corrections.yaml") as error:
        handed_out.tables(load(released))
    assert told in str(error.value)


def test_an_id_under_which_numbers_were_handed_out_stays(released):
    file = released / "parameters" / "district.yaml"
    file.write_text(file.read_text().replace("2025-fall", "2025-autumn"))
    sources = released / "parameters" / "sources.yaml"
    sources.write_text(sources.read_text().replace("2025-fall", "2025-autumn"))
    with pytest.raises(InputError, match="no wave or term '2025-fall', of which release 1 handed out numbers. Give it back its id"):
        handed_out.tables(load(released))


def test_release_json_is_plain_and_has_no_clock(once):
    said = json.loads((only(once) / "release.json").read_text())
    assert set(said) == {"format", "number", "as_of", "district_id", "program", "note", "correction", "corrections", "changed", "smallest_group",
                         "form", "key", "files", "seal"}  # fmt: skip
