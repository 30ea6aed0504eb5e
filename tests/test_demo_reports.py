"""The demo district's reports: seen in Chromium, held against the truth they were made from, and searched for what must not leave."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest
from ruamel.yaml import YAML

from cyclebook import sources, store
from cyclebook.climate import estimate
from cyclebook.parameters import load
from tests.browser import browser  # noqa: F401

STEP = "01_collect_climate"
SCHOOLS = {"0108": "called", "0302": "below the gate", "0111": "closed"}


@pytest.fixture(scope="module")
def truth(project_root):
    return YAML(typ="safe", pure=True).load(project_root / "tests" / "demo_truth.yaml")


@pytest.fixture(scope="module")
def tables(project_root):
    return sources.read(load(project_root))


@pytest.fixture(scope="module")
def numbers(project_root, tables):
    """Every number of the district before protection, one a row."""
    district = load(project_root)
    values = {name: {key: s.value for key, s in district.settings(name or None).items()} for name in ["", *district.schools]}
    compare = {wave.id: wave.compare_with for wave in district.waves}
    return estimate.statistics(tables.responses, tables.roster, district.scales, compare, values.__getitem__)


@pytest.fixture(scope="module")
def reports(project_root, tmp_path_factory):
    """Three schools' reports and the index."""
    out = tmp_path_factory.mktemp("demo") / "reports"
    command = [sys.executable, "-m", "cyclebook.cli", "run", "--district", project_root, "--out", out, "--schools", ",".join(SCHOOLS)]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return out


def page(reports, school):
    return reports / school / f"{STEP}.html"


# In the browser


@pytest.mark.browser
@pytest.mark.parametrize("name", [*(f"{school}/{STEP}.html" for school in SCHOOLS), "index.html"])
def test_nothing_stands_in_a_readers_way(reports, browser, name):  # noqa: F811
    path = reports / name
    assert browser.axe(path) == [] and browser.axe(path, 360) == []
    assert browser.requests(path) == []
    assert not browser.overflow(path, 360)


@pytest.mark.parametrize("name", [*(f"{school}/{STEP}.html" for school in SCHOOLS), "index.html"])
def test_every_page_says_that_it_is_synthetic_what_was_promised_and_what_it_is_not_for(reports, name):
    text = (reports / name).read_text(encoding="utf-8")
    assert "Synthetic demonstration data" in text
    assert "answers are confidential" in text and "not used to evaluate anyone" in text


def test_no_code_and_no_local_path_is_on_a_page(reports, project_root):
    for path in reports.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not [piece for piece in ("from cyclebook", "climate.", str(project_root), "<script") if piece in text.replace(f"{STEP}.html", "")]


def test_a_school_below_the_gate_has_a_page_that_helps_and_no_score(reports):
    text = page(reports, "0302").read_text(encoding="utf-8")
    assert "26 of 94 staff answered. We report scores when at least 50 percent do." in text
    assert "no score in Fall 2025 for trust among staff" in text
    assert "Average in each survey" in text  # earlier surveys had enough answers and are still shown
    assert "Silence is not contentment." in text and "ask what would make answering feel safe" in text
    ledger = pd.read_parquet(reports / "published.parquet")
    own = ledger[(ledger["page"] == f"0302/{STEP}.html") & ledger["set"].str.contains("school_id=0302;") & ledger["set"].str.contains("2025-fall")]
    assert not own.loc[own["statistic"].str.contains("mean|favourable|steadied"), "value"].notna().any()


def test_a_closed_school_says_so(reports):
    assert "This school closed on June 13, 2025" in page(reports, "0111").read_text(encoding="utf-8")


def test_a_called_change_is_told_with_its_size(reports):
    assert "Silence is not contentment" not in page(reports, "0108").read_text(encoding="utf-8")
    assert "Community among staff moved from" in page(reports, "0108").read_text(encoding="utf-8")
    assert "The rise is likely between" in page(reports, "0108").read_text(encoding="utf-8")


# What must not leave


def test_no_canary_reaches_a_table_a_bundle_or_a_page(project_root, reports, tables, truth):
    kept = tables.responses.to_csv() + tables.roster.to_csv()
    bundles = "".join(path.read_text(encoding="utf-8") for path in (project_root / store.FOLDER).glob("bundles-*/*.json"))
    pages = "".join(path.read_text(encoding="utf-8") for path in reports.rglob("*") if path.suffix in (".html", ".ipynb", ".json"))
    pages += pd.read_parquet(reports / "published.parquet").to_csv()
    for text in (kept, bundles, pages):
        assert [fragment for fragment in [*truth["canaries"]["fragments"], *truth["canaries"]["listed"]] if fragment in text] == []


def test_no_token_reaches_a_bundle_or_a_page(project_root, reports, tables):
    tokens = sorted(set(tables.roster["person"].dropna()) | set(tables.responses["person"].dropna()))
    assert len(tokens) > 1000
    bundles = "".join(path.read_text(encoding="utf-8") for path in (project_root / store.FOLDER).glob("bundles-*/*.json"))
    pages = "".join(path.read_text(encoding="utf-8") for path in reports.rglob("*.ipynb"))
    assert [token for token in tokens if token in bundles or token in pages] == []


# Against the truth


def wide(numbers, *statistics):
    own = numbers[(numbers["school_id"] != "") & (numbers["item"] == "") & numbers["statistic"].isin(statistics)]
    return own.pivot(index=["scale", "school_id", "wave"], columns="statistic", values="value")


def test_ranges_hold_the_true_means(numbers, truth):
    table = wide(numbers, "mean_low", "mean_high", "steadied_low", "steadied_high")
    true = pd.Series([truth["true_mean"][scale][school][wave] for scale, school, wave in table.index], table.index)
    half = 0.05  # the ends are rounded to tenths
    for low, high in (("mean_low", "mean_high"), ("steadied_low", "steadied_high")):
        shown = table[low].notna()
        held = (true >= table[low] - half) & (true <= table[high] + half)
        assert shown.sum() > 200 and held[shown].mean() > 0.93


def test_every_called_change_is_a_true_one_and_in_its_direction(numbers, truth):
    called = wide(numbers, "change_called")["change_called"]
    called = called[(called != 0) & (called.index.get_level_values("wave") == "2025-fall")]
    assert {1.0, -1.0} == set(called)
    for (scale, school, _), direction in called.items():
        falls = truth["true_mean"][scale][school]
        assert (falls["2025-fall"] - falls["2024-fall"]) * direction > 0.2


def test_answers_and_head_counts_are_those_of_the_truth(numbers, truth):
    counts = numbers[numbers["statistic"].isin(["answers", "head_count"])].pivot(index=["school_id", "wave"], columns="statistic", values="value")
    for (school, wave), row in counts.iterrows():
        assert row["head_count"] == truth["head_count"][school][wave]
        assert row["answers"] == truth["answered"][school][wave]
