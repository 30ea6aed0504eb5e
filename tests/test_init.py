"""A new district folder: valid as it stands, private where data will lie, and never over something that is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess

import pytest
from ruamel.yaml import YAML

from cyclebook import init
from cyclebook.errors import InputError
from cyclebook.parameters import load
from cyclebook.sources import read

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Año"]},
        {"cell_type": "code", "execution_count": 3, "metadata": {}, "outputs": [{"output_type": "stream"}], "source": ["1"]},
    ],
    "metadata": {"cyclebook": {"room": "climate"}}, "nbformat": 4, "nbformat_minor": 5,
}  # fmt: skip


@pytest.fixture(autouse=True)
def notebooks(tmp_path, monkeypatch):
    """A project with one notebook that was run."""
    folder = tmp_path / "project" / "notebooks"
    folder.mkdir(parents=True)
    (folder / "01_collect_climate.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    monkeypatch.setattr(init, "NOTEBOOKS", folder)
    return folder


def test_the_templates_are_valid_as_they_stand(tmp_path):
    made = init.make(tmp_path / "new")
    assert all(path.is_file() for path in made)
    assert {path for path in (tmp_path / "new").rglob("*") if path.is_file()} == set(made)
    district = load(tmp_path / "new")
    assert list(district.schools) == ["example-school"]
    assert "replace" in district.schools["example-school"].name
    assert (district.sources, district.synthetic, list(district.scales)) == ({}, False, ["help"])
    assert (district.agreements, district.cycles, district.structure) == ((), {}, None) and district.measures
    assert len(read(district).receipts) == 0
    assert (tmp_path / "new" / "data" / "raw").is_dir()


def test_what_the_templates_show_in_comments_is_valid_too(tmp_path):
    """With the # removed, the examples load: their sources miss only the waves, surveys and codebooks of another district."""
    folder = tmp_path / "new"
    init.make(folder)
    district = folder / "parameters" / "district.yaml"
    district.write_text(
        re.sub(r"(?m)^# ((settings:|terms:|privacy:|  \w+: |as_of|- \{id).*)$", r"\1", district.read_text(encoding="utf-8")), encoding="utf-8"
    )
    sources = folder / "parameters" / "sources.yaml"
    text = re.sub(r"(?m)^# ?((surveys:|sources:|  ).*)?$", lambda found: found[1] or "", sources.read_text(encoding="utf-8"))
    sources.write_text(text, encoding="utf-8")
    vendor = folder / "parameters" / "codebooks" / "vendor.yaml"
    book = (folder / "parameters" / "codebooks" / "staff_survey.yaml").read_text(encoding="utf-8")
    vendor.write_text(
        "scales:\n"
        + "\n".join(re.findall(r"(?m)^  #   (.*)$", book)).replace("stress:", "  stress:", 1).replace("\n  ", "\n    ")
    )
    loaded = load(folder)
    assert list(loaded.sources) == [
        "staff_2025_fall",
        "staff_2025_surveymonkey",
        "staff_2025_google",
        "staff_2025_excel",
        "staff_2025_spss",
        "staff_2025_other_tool",
        "vendor_2025",
        "roster_2025_fall",
        "head_counts_2025_fall",
        "lived_by_pulse",
        "collaboration_2025_11",
        "leadership_teams",
        "measures_weekly",
        "report_card",
        "conditions",
    ]
    assert [term.id for term in loaded.terms] == ["fall-2025", "spring-2026"]
    assert [wave.compare_with for wave in loaded.waves] == [None, "2025-fall", "2025-fall"]
    assert str(loaded.as_of) == "2025-11-21"
    assert loaded.audience == "staff" and str(loaded.approved.date) == "2025-12-01"
    assert {setting.layer for setting in loaded.settings().values()} == {"district"}
    assert loaded.scales["stress"].column == "STRESS_SCORE"


def test_the_templates_of_a_cycle_are_valid_once_they_are_copied(tmp_path):
    folder = tmp_path / "new"
    init.make(folder)
    parameters = folder / "parameters"
    text = (parameters / "cycles" / "_template.yaml").read_text(encoding="utf-8")
    optional = re.sub(r"(?m)^( *)# (comparison|split|rule_hash|decision): ", r"\1\2: ", text).replace('["0104", "0106"]', "[]")
    for name, content in (("bare", text), ("whole", optional)):
        (parameters / "cycles" / f"{name}.yaml").write_text(content, encoding="utf-8")
    (parameters / "cycles.csv").write_bytes((parameters / "cycles" / "_template.csv").read_bytes())
    cycles = load(folder).cycles
    assert len(cycles) == 3 and all(cycle.rule for name, cycle in cycles.items() if name in ("bare", "whole"))
    assert cycles["whole"].decision.word == "adopt" and cycles["whole"].split


def test_the_settings_in_the_template_are_the_defaults(tmp_path):
    from cyclebook.parameters import SETTINGS

    text = (init.TEMPLATES / "parameters" / "district.yaml").read_text(encoding="utf-8")
    shown = YAML(typ="safe").load("\n".join(re.findall(r"(?m)^#   (\w+: [^#\n]+)#", text)))
    assert shown == {name: rule.default for name, rule in SETTINGS.items()}


def test_notebooks_are_copied_without_what_they_showed(tmp_path):
    init.make(tmp_path / "new")
    copied = json.loads((tmp_path / "new" / "notebooks" / "01_collect_climate.ipynb").read_text(encoding="utf-8"))
    assert copied["cells"][1] == {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": ["1"]}
    assert copied["cells"][0] == NOTEBOOK["cells"][0] and copied["metadata"] == NOTEBOOK["metadata"]


@pytest.mark.skipif(os.name != "posix", reason="folder permissions are POSIX's")
def test_data_and_what_is_run_by_hand_are_the_owners_only(tmp_path):
    before = os.umask(0o002)  # a system that shares with a group
    try:
        init.make(tmp_path / "new")
    finally:
        os.umask(before)
    for name in ("data", "data/raw", "data/notes", "notebooks"):
        assert stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) == 0o700, name


#: What a district folder may come to hold that must not leave with git, and what may.
KEPT_BACK = (
    "data/raw/staff.csv", "data/raw/deep/staff.sav", "data/staff.xlsx", "data/notes/0101/01_collect_climate.md", "data/set_aside/answers.csv",
    "data/releases/2025-12-01.parquet", "reports/index.html", "reports/0101/executed/01_collect_climate.ipynb", ".reports.new-x/index.html",
    ".cyclebook/bundles-1/0101.01_collect_climate.json", ".cyclebook/0107.ipynb", "notebooks/01_collect_climate-Copy1.ipynb",
    "notebooks/.ipynb_checkpoints/01_collect_climate-checkpoint.ipynb", "notebooks/mine.ipynb", "out.ipynb", "REVIEW.md",
)  # fmt: skip
CARRIED = ("parameters/district.yaml", "data/README.md", "data/notes/README.md", "notebooks/01_collect_climate.ipynb", ".gitignore")


@pytest.mark.skipif(shutil.which("git") is None, reason="what git ignores is known to git only")
def test_git_carries_nothing_away_that_must_not_be_shared(tmp_path):
    folder = tmp_path / "new"
    init.make(folder)
    for name in KEPT_BACK:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x", encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=folder, check=True, env=clean)
    carried = subprocess.run(["git", "ls-files"], cwd=folder, check=True, env=clean, capture_output=True, text=True).stdout.split()
    assert set(CARRIED) <= set(carried) and set(carried) & set(KEPT_BACK) == set()
    assert not [name for name in carried if not name.startswith("parameters/") and name not in CARRIED]


@pytest.mark.skipif(shutil.which("git") is None, reason="what git ignores is known to git only")
def test_the_project_ignores_what_a_run_makes_in_the_demo_district(project_root):
    """Its data are invented and belong to the project: they are not ignored."""
    if not (project_root / ".git").exists():
        pytest.skip("not a git checkout")
    made = ["reports/index.html", "reports/0101/executed/x.ipynb", "data/set_aside/answers.csv", ".cyclebook/key.json", "notebooks/01_x-Copy1.ipynb"]
    done = subprocess.run(["git", "check-ignore", *made, "data/raw/roster_2025_fall.csv", "data/notes/0101/01_collect_climate.md"],
                          cwd=project_root, capture_output=True, text=True)  # fmt: skip
    assert done.stdout.split() == made


def test_a_gitignore_that_is_there_is_added_to(tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / ".gitignore").write_text("*.tmp\nreports/\n")
    init.make(tmp_path / "new")
    lines = (tmp_path / "new" / ".gitignore").read_text().splitlines()
    assert lines[:2] == ["*.tmp", "reports/"] and len(lines) == len(set(lines))
    assert {"/data/*", ".cyclebook/"} <= set(lines)


def test_nothing_is_written_over_what_is_there(tmp_path):
    folder = tmp_path / "new"
    init.make(folder)
    (folder / "parameters" / "district.yaml").write_text("mine")
    with pytest.raises(InputError, match="a district folder already"):
        init.make(folder)
    assert (folder / "parameters" / "district.yaml").read_text() == "mine"
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match=r"not empty \(it holds letter\.txt\)"):
        init.make(other)
    with pytest.raises(InputError, match="is a file"):
        init.make(other / "letter.txt")
    assert [path.name for path in other.iterdir()] == ["letter.txt"]


def test_without_notebooks_nothing_is_written(tmp_path, notebooks):
    next(notebooks.iterdir()).unlink()
    with pytest.raises(InputError, match="no notebooks in .*editable"):
        init.make(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_project_has_the_notebooks_where_init_looks(project_root, monkeypatch):
    monkeypatch.undo()
    assert init.NOTEBOOKS.samefile(project_root / "notebooks")
    assert list(init.NOTEBOOKS.glob("*.ipynb"))
