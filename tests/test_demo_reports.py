"""The demo district's reports: seen in Chromium, held against the truth they were made from, and searched for what must not leave."""

from __future__ import annotations

import re
import subprocess
import sys

import nbformat
import pandas as pd
import pytest
from ruamel.yaml import YAML

from cyclebook import facts, sources, store
from cyclebook.climate import estimate, prepare as climate
from cyclebook.evaluation import study
from cyclebook.measures.points import all_points
from cyclebook.norms import prepare as norms
from cyclebook.parameters import load
from tests.browser import browser  # noqa: F401
from tests.test_batch import shown

STEP = "01_collect_climate"
STEPS = (STEP, "02_review_norms", "03_plan_cycles", "04_rapid_cycle_evaluation")
OVERVIEW = "_district/05_district_overview.html"
TEAM = "_district/06_district_team.html"
SCHOOLS = {
    "0103": "the notebooks' school", "0108": "called", "0302": "below the gate", "0111": "closed", "0205": "nothing but a survey",
    "0114": "nine staff",
}  # fmt: skip
#: Pages that a browser opens: each step at the school where it has most to show and where it has least.
SEEN = [
    *(f"{school}/{STEP}.html" for school in ("0108", "0302", "0111")), *(f"0103/{step}.html" for step in STEPS[1:]),
    *(f"0205/{step}.html" for step in STEPS[1:]), f"0302/{STEPS[3]}.html", OVERVIEW, TEAM, "index.html", "promise.html",
]  # fmt: skip


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
    staff = facts.of_staff(district, tables)
    return estimate.statistics(staff.responses, tables.roster, district.scales, compare, values.__getitem__)


@pytest.fixture(scope="module")
def reports(project_root, tmp_path_factory):
    """Some schools' reports of every step, the district's page, and the index."""
    out = tmp_path_factory.mktemp("demo") / "reports"
    command = [sys.executable, "-m", "cyclebook.cli", "run", "--district", project_root, "--out", out, "--schools", ",".join([*SCHOOLS, "_district"])]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return out


def page(reports, school):
    return reports / school / f"{STEP}.html"


# In the browser


@pytest.mark.browser
@pytest.mark.parametrize("name", SEEN)
def test_nothing_stands_in_a_readers_way(reports, browser, name):  # noqa: F811
    path = reports / name
    assert browser.axe(path) == [] and browser.axe(path, 360) == []
    assert browser.requests(path) == []
    assert not browser.overflow(path, 360)


def test_every_page_says_that_it_is_synthetic_and_what_it_is_not_for(reports):
    pages = sorted(reports.rglob("*.html"))
    assert len(pages) == len(SCHOOLS) * len(STEPS) + 4
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert "Synthetic demonstration data" in text and "not used to evaluate anyone" in text, path
        internal = "This page is never handed out" if path.match(TEAM) else "approved this page for handing out"
        assert internal in text or "approved these pages for handing out" in text, path


@pytest.mark.parametrize("name", [f"0103/{STEP}.html", f"0103/{STEPS[1]}.html", OVERVIEW, "index.html"])
def test_a_page_with_peoples_answers_says_what_they_were_promised(reports, name):
    assert "answers are confidential" in (reports / name).read_text(encoding="utf-8")


def test_a_schools_pages_lead_from_one_to_the_next_and_no_link_is_broken(reports):
    for path in sorted(reports.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for href in re.findall(r'<a [^>]*href="([^"#]+)"', text):
            assert (path.parent / href).resolve().is_file(), (path, href)
    for now, after in zip(STEPS, STEPS[1:], strict=False):
        text = (reports / "0103" / f"{now}.html").read_text(encoding="utf-8")
        assert f'href="{after}.html"' in text.split("</main>")[0].split("<main")[1]


def test_the_calendar_is_published_beside_the_plan(reports):
    content = (reports / "0103" / "03_plan_cycles.ics").read_bytes()
    assert content.startswith(b"BEGIN:VCALENDAR\r\n") and b"BEGIN:VEVENT" in content


def test_the_cabinets_page_is_one_sheet_of_paper(reports, browser):  # noqa: F811
    with browser.opened(reports / OVERVIEW) as page:
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 695, "height": 980})  # US Letter and A4 less their margins, at 96 to the inch
        bottom = page.evaluate("document.querySelector('section.sheet').getBoundingClientRect().bottom + window.scrollY")
    assert bottom < 920


@pytest.mark.parametrize("page", [*(f"0103/{step}" for step in STEPS), OVERVIEW.removesuffix(".html"), TEAM.removesuffix(".html")])
def test_the_batch_shows_what_the_notebook_shows_by_hand(reports, project_root, page):
    """The stored outputs were made by plain papermill, and the notebooks' own tests run them by hand and compare strictly."""
    unit, step = page.split("/")
    stored = nbformat.read(project_root / "notebooks" / f"{step}.ipynb", as_version=4)
    batch = nbformat.read(reports / unit / "executed" / f"{step}.ipynb", as_version=4)
    assert shown(batch) == shown(stored)


# One school with nothing but a survey


def test_with_nothing_but_a_survey_every_page_helps(reports):
    texts = {step: (reports / "0205" / f"{step}.html").read_text(encoding="utf-8") for step in STEPS}
    assert all("worksheet" in texts[step] for step in STEPS[1:3])
    assert not any("To decide" in text or "adopt." in text for text in texts.values())


# The cycles, against the truth


@pytest.fixture(scope="module")
def results(project_root, tables):
    return study.by_cycle(study.results(load(project_root), tables))


def test_no_rating_and_no_weekly_share_of_the_demo_says_what_nearly_everyone_answered(project_root, tables):
    district = load(project_root)
    rated = norms.protected(district, tables).frame.query("why == '' and statistic in ('favourable_count', 'unfavourable', 'favourable')")
    most = rated["n"].where(rated["statistic"] != "favourable", 100)
    assert len(rated) > 100 and ((rated["value"] > 0) & (rated["value"] < most)).all() and {"more", "less"} <= set(rated["bound"])
    people = [measure.id for measure in district.measures.values() if measure.people and measure.type == "share"]
    weekly = [point for (_, name), found in all_points(district, tables).items() if name in people for point in found if point.clear]
    assert len(weekly) > 100 and all(1 <= point.counted <= point.size - 1 for point in weekly)


VERDICTS = {
    "peer-visits": {"adopt"}, "worry-box": {"adapt"}, "open-agenda": {"stop", "adapt"}, "answer-board": {"adopt"}, "monday-mail": {"stop", "adapt"},
    "evening-quiet": {"adopt"}, "shorter-meetings": {"adopt"},
}  # fmt: skip
STATES = {"welcome-hour": "waiting running", "buddy-hour": "waiting running", "lesson-pairs": "rule_open", "two-page-agenda": "rule_changed", "greeting-at-the-door": "planned"}


@pytest.mark.parametrize("cycle", VERDICTS)
def test_the_rule_says_what_is_true_of_the_idea(results, truth, cycle):
    found, true = results[cycle], truth["cycles"][cycle]
    assert {result.state for result in found} == {"decided"}
    assert {result.verdict.decision for result in found} <= VERDICTS[cycle]
    adopted = {result.verdict.decision for result in found} == {"adopt"}
    assert adopted == (abs(true["effect"]) >= 5)  # every effect of the demo is none, or far above what is worthwhile
    assert {result.looks_reached for result in found} == {true["looks_reached"]}


@pytest.mark.parametrize("cycle", STATES)
def test_where_there_is_no_verdict_the_state_says_why(results, cycle):
    assert {result.state for result in results[cycle]} <= set(STATES[cycle].split())
    assert not any(result.verdict and result.verdict.decision in ("adopt", "stop") for result in results[cycle])


def test_goals_are_met_kept_and_lost_as_in_the_truth(results, truth):
    of = {(r.cycle, r.school): {g.measure: g.state for g in r.goals} for found in results.values() for r in found}
    assert of["peer-visits", "0103"]["heard"] in ("met", "kept")
    assert of["evening-quiet", "0106"]["heard"] == "lost" and truth["cycles"]["evening-quiet"]["goal"]["0106"] == "met, then lost"
    for (cycle, school), goals in of.items():
        true = truth["cycles"][cycle].get("goal", {}).get(school)
        state = goals.get(truth["cycles"][cycle].get("measure"))
        if true == "not met":
            assert state not in ("met", "kept"), (cycle, school)


def test_a_prediction_stands_beside_what_came_and_near_the_truth(results, truth):
    for cycle in ("peer-visits", "answer-board", "shorter-meetings"):
        for result in results[cycle]:
            change = truth["cycles"][cycle]["true"][result.outcome.measure][result.school]["change"]
            assert result.outcome.change.value * change > 0 and abs(result.outcome.change.value - change) < 8


def test_the_pages_say_what_the_rule_said(reports):
    text = (reports / "0103" / f"{STEPS[3]}.html").read_text(encoding="utf-8")
    assert "the rule set beforehand says adopt" in text
    overview = (reports / OVERVIEW).read_text(encoding="utf-8")
    assert "Met the rule set beforehand: " in overview and "Peer visits" in overview
    assert "Quiet evenings and a morning round" in overview and "its goal has been lost since" in overview


def test_no_code_and_no_local_path_is_on_a_page(reports, project_root):
    for path in reports.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not [piece for piece in ("from cyclebook", "climate.", str(project_root), "<script") if piece in re.sub(r"[0-9a-z_]+\.html", "", text)]


def test_a_school_below_the_gate_has_a_page_that_helps_and_no_score(reports):
    text = page(reports, "0302").read_text(encoding="utf-8")
    assert "26 of 94 staff answered. We report scores when at least 50 percent do." in text
    assert "no score in Fall 2025 for trust among staff" in text
    assert "Average in each survey" in text  # earlier surveys had enough answers and are still shown
    assert "Silence is not contentment." in text and "ask what would make answering feel safe" in text
    ledger = pd.read_parquet(reports / "published.parquet")
    own = ledger[(ledger["page"] == f"0302/{STEP}.html") & ledger["set"].str.contains("school_id=0302; source=staff_survey") & ledger["set"].str.contains("2025-fall")]
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
    tokens = set().union(*(table["person"].dropna() for table in (tables.roster, tables.responses, tables.ratings)))
    assert len(tokens) > 1000 and {len(token) for token in tokens} == {6}
    files = [*(project_root / store.FOLDER).glob("bundles-*/*.json"), *reports.rglob("*")]
    for path in (path for path in files if path.suffix in (".json", ".ipynb", ".html", ".csv", ".ics")):
        text = path.read_text(encoding="utf-8")
        standing = set(re.findall(r"(?<![\w.+/])[0-9]{6}(?![\w+/])", text))  # not within a longer number, a hash or a picture
        assert standing & tokens == set(), path


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


def test_a_school_that_another_joined_is_held_against_the_staff_of_both(project_root, tables, truth):
    district = load(project_root)
    joined, closed = truth["special"]["successor"], truth["special"]["closed"]
    bundle = dict(climate.prepare(district, tables)[1])[joined]
    heads = {row["wave"]: row["value"] for row in bundle["statistics"] if row["school_id"] == joined and row["statistic"] == "head_count"}
    *earlier, now = [wave.id for wave in district.waves]
    of = truth["head_count"]
    assert heads == {now: of[joined][now]} | {wave: of[joined][wave] + of[closed][wave] for wave in earlier}
    changes = [row for row in bundle["statistics"] if row["school_id"] == joined and row["wave"] == now and row["statistic"] == "change_low"]
    assert len(changes) == 3 and all(f"school_id={joined}|{closed}; " in row["other_set"] for row in changes)
    assert bundle["lineage"]["closed"] == [{"day": "2025-06-13", "names": [district.schools[closed].name]}]
