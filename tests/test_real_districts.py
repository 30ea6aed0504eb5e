"""Real districts in the forms that districts have: their receipts against the files, and pages that say what such data can bear."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from cyclebook.parameters import load
from cyclebook.sources import read
from tests.districts.build import build, files

STEP = "01_collect_climate"


class Made:
    """A district's folder, made from the shared data, with the pages of some of its schools."""

    def __init__(self, folder: Path, name: str, shared: Path):
        self.folder, self.out = build(name, shared, folder / name), folder / "reports"
        self.district = load(self.folder)
        self.tables = read(self.district)

    def run(self, *schools: str) -> None:
        command = [sys.executable, "-m", "cyclebook.cli", "run", "--district", self.folder, "--out", self.out, "--workers", "1",
                   "--schools", ",".join(schools)]  # fmt: skip
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr + done.stdout

    def page(self, school: str) -> str:
        """The text of the school's page, blanks collapsed."""
        soup = BeautifulSoup((self.out / school / f"{STEP}.html").read_text(encoding="utf-8"), "html.parser")
        return " ".join(soup.find("main").get_text(" ", strip=True).split())

    def receipt(self, source: str) -> tuple[int, int, int, int]:
        row = self.tables.receipts.set_index("source").loc[source]
        return tuple(int(row[name]) for name in ("read", "kept", "set_aside", "flagged"))

    def reasons(self, source: str) -> dict[str, int]:
        problems = self.tables.problems
        return problems[problems["source"] == source]["reason"].value_counts().to_dict()


@pytest.fixture(scope="module")
def made(shared, tmp_path_factory):
    """A function that makes a district (once), or skips the test loudly where its data are not there."""
    known: dict[str, Made] = {}

    def make(name: str) -> Made:
        missing = [path for path in files(name, shared) if not path.is_file()]
        if missing:
            pytest.skip(f"no data of {name}: {', '.join(map(str, missing))} not in the shared folder")
        if name not in known:
            known[name] = Made(tmp_path_factory.mktemp(name), name, shared)
        return known[name]

    return make


def test_hlsm_one_scored_scale(made):
    hlsm = made("hlsm")
    assert hlsm.receipt("nodes") == (433, 433, 0, 0) and len(hlsm.district.schools) == 15
    hlsm.run("1", "11")
    ledger = pd.read_parquet(hlsm.out / "published.parquet")
    found = ledger[ledger["statistic"].str.startswith("trust.") & ledger["value"].notna()].groupby("statistic")["value"].first()
    # cases/climate.yaml, hlsm_trust_icc: .144 and .829 by mean squares over all 433 teachers
    assert (found["trust.icc1_mean_squares"], found["trust.icc2_mean_squares"], found["trust.schools"]) == (0.14, 0.83, 15)
    text = hlsm.page("1")
    assert "30 staff answered. No head count was given" in text and "This survey came as finished scores" in text


def test_talis_usa_items_without_wording(made):
    usa = made("talis_usa")
    assert usa.receipt("teachers_2018") == (2560, 2528, 32, 0) and usa.reasons("teachers_2018") == {"no answers": 32}
    assert len(usa.district.schools) == 165
    stsf = usa.tables.responses[usa.tables.responses["item"] == "Stsf"]["value"]
    assert stsf.value_counts().to_dict() == {2.0: 1171, 3.0: 1021, 1.0: 187}
    usa.run("3001", "3050")
    text = usa.page("3050")
    assert "It is not known which answers of this survey are favourable" in text and "finished scores" not in text
    assert "favourable_count" not in set(pd.read_parquet(usa.out / "published.parquet")["statistic"].str.split(".").str[-1])
