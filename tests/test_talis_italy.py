"""A real district of 191 schools, already scored, without a roster: its pages say what such data can bear."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

STEP = "01_collect_climate"


@pytest.fixture(scope="module")
def reports(shared, project_root, tmp_path_factory):
    if not (shared / "data" / "talis" / "talis2018_ita_teachers.parquet").is_file():
        pytest.skip("no TALIS data: data/talis/talis2018_ita_teachers.parquet is not in the shared folder")
    out = tmp_path_factory.mktemp("italy") / "reports"
    command = [sys.executable, "-m", "cyclebook.cli", "run", "--district", project_root / "tests" / "districts" / "talis_italy",
               "--out", out, "--schools", "3010,3150"]  # fmt: skip
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return out


@pytest.mark.parametrize("school", ["3010", "3150"])
def test_a_page_says_what_finished_scores_without_a_roster_can_bear(reports, school):
    text = (reports / school / f"{STEP}.html").read_text(encoding="utf-8")
    assert "No head count was given" in text and "This survey came as finished scores" in text
    assert "a higher number is worse" in text and "Synthetic" not in text
    assert "What staff were told about their answers is not recorded" in text
    assert "favourable average" not in text.split("How it was done")[0]


def test_all_schools_stand_behind_the_districts_numbers(reports):
    ledger = pd.read_parquet(reports / "published.parquet")
    schools = ledger[(ledger["statistic"] == "T3COOP.schools") & ledger["value"].notna()]
    assert set(schools["value"]) == {191.0} and (schools["n"] > 3000).all()
    assert not ledger["statistic"].str.contains("favourable").any()


def test_the_index_lists_every_school_and_says_which_are_not_made(reports):
    text = (reports / "index.html").read_text(encoding="utf-8")
    assert "2 of 191 schools have all their pages, up to date." in text and "Not made yet: 189." in text
