"""From a small district to the bundles of the planning step, and from the bundles to what its sections show."""

from __future__ import annotations

import math
import re
import shutil
import statistics as plain
import textwrap
from datetime import date, timedelta

import IPython.display
import pytest
from scipy import stats

from cyclebook import init, privacy
from cyclebook.parameters import load
from cyclebook.planning import detectable, frozen, sections
from cyclebook.planning.prepare import prepare
from cyclebook.sources import read
from cyclebook.store import open_bundle
from tests import small_district

MEASURES = """
    measures:
      heard: {name: Ideas heard, about: staff whose ideas were heard, type: share, unit: percent, better: higher, people: true,
              definition: Asked on Fridays.}
      minutes: {name: Minutes, about: minutes of meetings, type: value, unit: minutes, better: lower, people: false, decimals: 1,
                definition: From the calendar.}
    """
#: With a dozen different scores: of fewer, one school alone shows no spread.
CODEBOOK = """
    answers:
      often: {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7}
    items:
      q1: {columns: [Q1], text: First., answers: often}
      q2: {columns: [Q2], text: Second., answers: often}
    scales:
      help: {name: Help, about: help among staff, items: [q1, q2], range: [1, 7], source: Ours.}
    """
PLAN = {
    "title": "Peer visits", "schools": '["0101", "NA"]', "focus": "help", "driver": "Why.", "idea": "Visit.",
    "hypothesis": "If.", "owner": "Coach",
    "for_whom": "all teachers", "prediction": "{measure: heard, change: 8, words: More.}",
    "ask": "{who: teachers, what: Two visits, result: More, displaces: A meeting, hours_per_week: 0.5}",
    "measures": "[{measure: heard, kind: outcome, target: 80}, {measure: minutes, kind: balancing}]",
    "baseline": "{from: 2025-06-02, to: 2025-08-15}", "start": "2025-09-01", "end": "2025-11-28", "checks": "[2025-10-10, 2025-11-28]",
    "rule": "{measure: heard, by: chart, worthwhile: 6, points: 4}",
}  # fmt: skip
AGREEMENTS = """
    id,school_id,text,question,owner,behaviour,cadence,last_review
    a,0101,We begin on time.,among_staff,,,30,2025-10-01
    b,0101,"We ask; then listen, always.",among_staff,,,,
    """
WEEKS = [date(2025, 6, 2) + timedelta(7 * number) for number in range(11)]
HEARD = {"0101": [(6, 10), (7, 10), (5, 10), (8, 10), (6, 10), (7, 12), (2, 4), (6, 10), (1, 3), (7, 10), (6, 10)], "NA": [(2, 4)] * 11}


def plan(**changes: str | None) -> str:
    return "".join(f"{key}: {value}\n" for key, value in (PLAN | changes).items() if value is not None)


#: The other school with enough answers each week.
ENOUGH = HEARD | {"NA": [(10 + number % 5, 20) for number in range(11)]}


def series(heard: dict = HEARD, extra: str = "") -> str:
    rows = ["School,Day,Measure,Top,Bottom,Number"]
    for school, weeks in heard.items():
        rows += [f"{school},{day},heard,{top},{bottom}," for day, (top, bottom) in zip(WEEKS, weeks, strict=True)]
        rows += [f"{school},{day},minutes,,,{90 + 3 * (number % 4) + len(school)}" for number, day in enumerate(WEEKS)]
    return "\n".join(rows) + "\n" + extra


SOURCES = """
    surveys:
      staff: {title: Staff survey, promise: {kind: confidential, smallest_group: 5, seen_by: the office}}
    sources:
      answers: {table: responses, survey: staff, form: csv, path: data/raw/answers.csv, wave: 2025-fall, school: School, person: Token,
                codebook: staff}
      weekly: {table: series, form: csv, path: data/raw/weekly.csv, school: School, date: Day, measure_column: Measure, numerator: Top,
               denominator: Bottom, value: Number}
    """


def district(tmp_path, plans: dict[str, str] | None = None, as_of: str = "2025-11-21", weekly: str | None = None):
    """A small district folder with a plan, weekly numbers, two agreements and a survey that one school answered."""
    answers = "".join(f"0101,t{n},{1 + n // 2},{1 + (n + 1) // 2}\n" for n in range(12)) + "NA,x,4,4\n"
    return small_district.write(tmp_path, {
        "parameters/district.yaml": f"\n        as_of: {as_of}" + small_district.FILES["parameters/district.yaml"],
        "parameters/measures.yaml": MEASURES,
        "parameters/agreements.csv": AGREEMENTS,
        "parameters/sources.yaml": SOURCES,
        "parameters/codebooks/staff.yaml": CODEBOOK,
        **{f"parameters/cycles/{name}.yaml": text for name, text in ({"peer-visits": plan()} if plans is None else plans).items()},
        "data/raw/weekly.csv": series() if weekly is None else weekly,
        "data/raw/answers.csv": "School,Token,Q1,Q2\n" + answers,
    })  # fmt: skip


def bundles(folder):
    found = load(folder)
    return dict(prepare(found, read(found))[1])


def number(bundle: dict, statistic: str, measure: str = "heard", school: str = "0101", cycle: str = "peer-visits"):
    wanted = {"school_id": school, "wave": cycle, "scale": measure, "statistic": statistic}
    rows = [row for row in bundle["statistics"] if wanted.items() <= row.items()]
    assert len(rows) <= 1
    return rows[0] if rows else None


# Bundles


def test_the_baseline_stands_on_weeks_with_enough_people_only(tmp_path):
    own = bundles(district(tmp_path))["0101"]
    shares = [round(100 * top / bottom) for top, bottom in HEARD["0101"] if bottom >= 5]
    median, points = number(own, "baseline_median"), number(own, "baseline_points")
    assert (median["value"], points["value"], number(own, "baseline_mean")["value"]) == (60.0, 9.0, float(round(plain.mean(shares))))
    assert median["n"] == 12 and median["set"] == points["set"]
    assert median["set"] == "school_id=0101; source=heard; window=" + "|".join(
        str(day) for day, (_, bottom) in zip(WEEKS, HEARD["0101"], strict=True) if bottom >= 5
    )
    after = 13  # weeks from September 1 to November 28
    change = detectable.change_of_means(9, after, plain.stdev(shares))
    assert number(own, "detectable")["value"] == round(change)


def test_a_number_about_nobody_needs_no_people_and_a_hidden_one_has_no_row(tmp_path):
    other = bundles(district(tmp_path))["NA"]
    minutes = number(other, "baseline_median", "minutes", "NA")
    assert minutes["set"] == "" and minutes["value"] == pytest.approx(plain.median(92 + 3 * (n % 4) for n in range(11)))
    assert number(other, "baseline_median", "heard", "NA") is None
    (cycle,) = other["cycles"]
    assert {part["id"]: part["missing"] for part in cycle["parts"]}["measurable"] == ("baseline_points",)


def test_schools_together_stand_once_on_both_pages(tmp_path):
    found = bundles(district(tmp_path))
    assert number(found["0101"], "together", school="") is None, "one school alone has a baseline"
    own, other = (number(found[school], "together", "minutes", "") for school in ("0101", "NA"))
    assert own == other and number(found["0101"], "together_schools", "minutes", "")["value"] == 2
    spread = plain.stdev([3 * (n % 4) for n in range(11)])
    error = spread * math.sqrt(1 / 11 + 1 / 13)
    assert own["value"] == round(detectable.multiplier(2 * 22) * error / math.sqrt(2), 1)


def test_a_rule_by_comparison_holds_the_goal_against_all_schools_together(tmp_path):
    weekly = series(ENOUGH, "".join(f"0102,{day},heard,{5 + n % 3},10,\n" for n, day in enumerate(WEEKS[:2])))
    compared = plan(comparison='["0102"]', rule="{measure: heard, by: comparison, worthwhile: 6, points: 4}")
    own = bundles(district(tmp_path, {"peer-visits": compared}, weekly=weekly))["0101"]
    alone, joint = number(own, "detectable")["value"], number(own, "together", school="")["value"]
    assert joint < alone
    sets = number(own, "together", school="")
    assert sets["set"].startswith("school_id=0101|NA; source=heard;") and number(own, "together_others", school="")["value"] == 0
    goal = own["cycles"][0]["target"] - number(own, "baseline_median")["value"]
    missing = {part["id"]: part["missing"] for part in own["cycles"][0]["parts"]}["achievable"]
    assert missing == (() if goal >= joint else ("too_small_to_see",))
    assert number(own, "to_adopt", school="") is None, "no school stands beside them"


BESIDE = """
    school_id,name,level
    0101,Alder School,elementary
    NA,Birch School,middle
    0102,Cedar School,middle
    0103,Dogwood School,middle
    0104,Elm School,middle
    """


def test_what_a_rule_by_comparison_would_adopt(tmp_path, page):
    """The worthwhile change, and (t of the probability + t of 0.8) standard errors more, at schools less 2."""
    weekly = series({school: [(10 + (number * step) % 6, 20) for number in range(11)] for school, step in (
        ("0101", 1), ("NA", 5), ("0102", 2), ("0103", 3), ("0104", 7))})  # fmt: skip
    compared = plan(comparison='["0102", "0103", "0104"]', rule="{measure: heard, by: comparison, worthwhile: 6, points: 4}")
    folder = district(tmp_path, {"peer-visits": compared}, weekly=weekly)
    (folder / "parameters/schools.csv").write_text(textwrap.dedent(BESIDE).lstrip(), encoding="utf-8")
    own = bundles(folder)["0101"]
    spreads = {
        school: plain.stdev([round(100 * (10 + (n * step) % 6) / 20) for n in range(11)])
        for school, step in (("0101", 1), ("NA", 5), ("0102", 2), ("0103", 3), ("0104", 7))
    }
    variance = {school: spread**2 * (1 / 11 + 1 / 13) for school, spread in spreads.items()}
    error = math.sqrt((variance["0101"] + variance["NA"]) / 4 + (variance["0102"] + variance["0103"] + variance["0104"]) / 9)
    expected = 6 + (stats.t.ppf(0.9, 3) + stats.t.ppf(0.8, 3)) * error
    found = number(own, "to_adopt", school="")
    assert found["value"] == round(expected) and number(own, "to_adopt", "minutes", "") is None
    text, _ = page(folder, "0101")
    assert f"it would adopt four times in five if the true change is about {found['value']:.0f}." in text
    goal = own["cycles"][0]["target"] - number(own, "baseline_median")["value"]
    assert goal >= found["value"] and "is large enough for that" in text and "large enough for the rule" in text


def test_nothing_after_the_day_of_the_page_is_used(tmp_path):
    decided = plan(decision="{day: 2025-11-28, word: adopt, why: It met the rule.}")
    early = bundles(district(tmp_path, {"peer-visits": decided}, as_of="2025-07-01"))["0101"]
    assert number(early, "baseline_points")["value"] == 5
    (cycle,) = early["cycles"]
    assert (cycle["phase"], cycle["decision"], cycle["state"]) == ("planned", None, "not_started")
    assert [event["kind"] for event in early["events"]] == ["start", "check", "check"]
    assert early["undated"] == 2, "the review of October has not taken place in July"
    assert early["load"]["now"] == 0 and early["load"]["peak"]["hours"] == 0.5


@pytest.mark.parametrize(("as_of", "changes", "past"), [
    ("2025-08-31", {}, False), ("2025-11-27", {}, False), ("2025-11-28", {}, True), ("2025-11-29", {}, True),
    ("2025-11-28", {"end": "2025-12-19"}, True), ("2025-11-28", {"checks": None, "rule": None}, False),
    ("2025-11-27", {"decision": "{day: 2025-11-20, word: stop, why: Nothing moved.}"}, True),
])  # fmt: skip
def test_a_plan_is_over_when_it_is_decided_or_its_looks_are_used(tmp_path, as_of, changes, past):
    (cycle,) = bundles(district(tmp_path, {"peer-visits": plan(**changes)}, as_of=as_of))["0101"]["cycles"]
    assert cycle["past"] == past


@pytest.mark.parametrize(("as_of", "kinds"), [
    ("2025-10-09", ["check", "check_unless"]), ("2025-10-10", ["check_unless"]), ("2025-11-28", []), ("2025-11-29", []),
])  # fmt: skip
def test_a_look_is_ahead_until_its_day_and_a_fixed_rule_may_speak_before_the_second(tmp_path, as_of, kinds):
    folder = district(tmp_path, as_of=as_of)
    mark = frozen.digest(load(folder).cycles["peer-visits"])
    (folder / "parameters/cycles/peer-visits.yaml").write_text(plan(rule_hash=f'"{mark}"'), encoding="utf-8")
    assert [event["kind"] for event in bundles(folder)["0101"]["events"] if event["kind"] != "review"] == kinds


def test_what_comes_after_the_end_of_a_cycle_is_not_listed(tmp_path):
    late = plan(checks="[2025-10-10, 2026-01-30]", end="2025-11-14")
    own = bundles(district(tmp_path, {"peer-visits": late}))["0101"]
    assert own["cycles"][0]["phase"] == "over" and {event["kind"] for event in own["events"]} == {"review"}


@pytest.mark.parametrize(("as_of", "long"), [("2026-02-28", 0), ("2026-03-01", 1)])
def test_a_review_that_has_long_been_overdue_is_counted_and_not_listed(tmp_path, as_of, long):
    """It was due on October 31."""
    own = bundles(district(tmp_path, {}, as_of=as_of))["0101"]
    assert own["long_overdue"] == long and any(event["day"] == "2025-10-31" for event in own["events"]) == (not long)


@pytest.mark.parametrize(("as_of", "phase", "told"), [
    ("2025-08-31", "planned", True), ("2025-09-01", "running", True), ("2025-11-28", "running", True), ("2025-11-29", "over", True),
    ("2025-12-02", "decided", True), ("2026-04-01", "decided", True), ("2026-04-02", "decided", False),
])  # fmt: skip
def test_where_a_cycle_stands_on_a_day(tmp_path, as_of, phase, told):
    decided = plan(decision="{day: 2025-12-02, word: stop, why: Nothing moved.}")
    (cycle,) = bundles(district(tmp_path, {"peer-visits": decided}, as_of=as_of))["0101"]["cycles"]
    assert (cycle["phase"], cycle["told"]) == (phase, told)
    assert ("measures" in cycle) == told


def test_a_school_under_the_gate_shows_no_number_of_the_survey(tmp_path):
    found = bundles(district(tmp_path))
    survey = [row for row in found["NA"]["statistics"] if row["wave"] == "2025-fall" and row["school_id"] == "NA"]
    assert survey and all(row["value"] is None and row["n"] is None and row["why"] for row in survey)
    own = [row for row in found["0101"]["statistics"] if row["wave"] == "2025-fall" and row["statistic"] == "detectable"]
    assert [row["why"] for row in own] == [""] and own[0]["value"] > 0
    assert not [row for row in found["0103"]["statistics"] if row["school_id"] == "0103"]


def test_the_files_behind_the_page_are_those_of_its_numbers(tmp_path):
    found = bundles(district(tmp_path))
    assert [source["name"] for source in found["0101"]["sources"]] == ["answers", "weekly"]
    assert [source["name"] for source in found["0103"]["sources"]] == ["answers"]


def test_the_sizes_of_what_belongs_to_the_district_are_kept(tmp_path):
    found = load(district(tmp_path, weekly=series(ENOUGH)))
    sizes, made = prepare(found, read(found))
    page = dict(made)["0101"]
    joint = number(page, "together", school="")
    assert joint["n"] is None and joint["value"] is not None
    assert sizes[joint["set"]]["heard.together"] == [12 + 20, 12 + 20]
    ledger = privacy.from_bundle(page["statistics"]).ledger("0101/03_plan_cycles.html", "detect")
    assert all(entry["n"] for entry in privacy.complete(ledger, sizes) if entry["value"] is not None)


# What the sections show


SECTIONS = (
    sections.in_short, sections.plans, sections.detect, sections.ask, sections.kinds, sections.rule, sections.calendar, sections.blank_plan,
    sections.provenance,
)  # fmt: skip


@pytest.fixture
def page(monkeypatch, tmp_path):
    """What all sections show of a school, in plain text, and the files that they attach."""

    def show(folder, school: str) -> tuple[str, list[dict]]:
        parts: list[dict] = []
        monkeypatch.setattr(IPython.display, "display", lambda data, **more: parts.append(data))
        bundle = open_bundle("03_plan_cycles", "planning", school, folder)
        for section in SECTIONS:
            section(bundle)
        files = [part["application/vnd.cyclebook.file.v1+json"] for part in parts if "application/vnd.cyclebook.file.v1+json" in part]
        return "\n".join(part["text/plain"] for part in parts), files

    return show


def test_a_school_with_a_plan(page, tmp_path):
    text, files = page(district(tmp_path), "0101")
    assert "The aim of “Peer visits”: to move staff whose ideas were heard from 60 to 80 percent by November 28, 2025." in text
    assert "All five parts of a SMART goal are in place" in text
    assert "For staff whose ideas were heard: 9 weeks counted before the start, and 13 planned after it." in text
    assert "names no process measure yet" in text
    assert "The cycle began on September 1, 2025 and the rule had not been fixed." in text
    assert "One review of an agreement is overdue." in text and "For one agreement the last review or how often is not on record" in text
    (file,) = files
    assert file["name"] == "03_plan_cycles.ics" and file["text"].count("BEGIN:VEVENT") == text.count("BEGIN:VEVENT") > 2
    entries = [line for line in file["text"].split("\r\n") if line.startswith("SUMMARY")]
    assert entries and all(line.startswith("SUMMARY:Alder Creek School: ") for line in entries)
    assert "UID:0101.review.a.1@tiny.cyclebook" in file["text"] and "DTSTAMP:20251121T000000Z" in file["text"]


def test_a_plan_whose_rule_is_fixed(page, tmp_path):
    folder = district(tmp_path)
    mark = frozen.digest(load(folder).cycles["peer-visits"])
    (folder / "parameters/cycles/peer-visits.yaml").write_text(plan(rule_hash=f'"{mark}"'), encoding="utf-8")
    text, _ = page(folder, "0101")
    assert f"The rule is fixed: its mark {mark} fits the plan." in text
    (folder / "parameters/cycles/peer-visits.yaml").write_text(plan(rule_hash=f'"{mark}"', start="2025-09-02"), encoding="utf-8")
    text, _ = page(folder, "0101")
    assert f"The mark in the plan, {mark}, does not fit the plan as it stands" in text


def test_a_bare_plan_meets_help_and_no_reproach(page, tmp_path):
    text, _ = page(district(tmp_path, {"bare": 'title: Be kind\nschools: ["NA"]\n'}), "NA")
    told = (
        "“Be kind” does not say what should get better.", "None of the five parts", "names no outcome measure yet", "has no rule yet",
        "has no prediction yet", "No start is set yet.", "Please add to “Be kind”: what people are asked to do and who keeps it going.",
    )  # fmt: skip
    assert [said for said in told if said not in text] == []


def test_a_school_whose_plans_are_all_decided_has_none_open(page, tmp_path):
    old = plan(
        start="2025-01-13", baseline="{from: 2024-10-07, to: 2024-12-20}", checks="[2025-03-28]", end="2025-03-28",
        decision="{day: 2025-04-04, word: adopt, why: Met.}",
    )  # fmt: skip
    text, _ = page(district(tmp_path, {"peer-visits": old}), "0101")
    assert "No plan is open here now." in text and "decided to adopt “Peer visits”" in text and "on record yet" not in text


def test_a_plan_that_is_over_is_asked_for_nothing(page, tmp_path):
    over = plan(
        hypothesis=None, decision="{day: 2025-11-18, word: stop, why: Nothing moved.}",
        measures="[{measure: heard, kind: outcome, target: 62}]",
    )  # fmt: skip
    text, _ = page(district(tmp_path, {"peer-visits": over}), "0101")
    assert "was smaller than that, so it could be met and still be missed" in text and "were in place" in text
    body = text.split("For the next idea")[0]
    assert "More weeks would help" not in text and "please" not in body.lower() and "not yet" not in body and "?" not in body


def test_a_school_with_nothing_but_a_survey(page, tmp_path):
    text, files = page(district(tmp_path, {}), "0101")
    assert "No plan for this school is on record yet." in text and "gives a first baseline for help among staff" in text
    assert "Two surveys of this size would likely show a change of about" in text and "What would make you adopt it?" in text
    empty, _ = page(district(tmp_path, {}), "NA")
    assert "No baseline from a survey can be shown" in empty and "first baseline" not in empty


def test_a_closed_school_is_asked_for_nothing(page, tmp_path):
    text, files = page(district(tmp_path, {}), "0102")
    assert "This school closed on June 13, 2025; Cedar School carries on its work." in text
    assert files == [] and "?" not in text and text.count("closed on") == 1 and "“" not in text
    assert [line for line in text.splitlines() if line.startswith("Note")] == []


# The templates


def test_the_commented_templates_are_plans_that_can_be_read(tmp_path):
    made = tmp_path / "new"
    init.make(made)
    parameters = made / "parameters"
    shutil.copy(parameters / "cycles" / "_template.yaml", parameters / "cycles" / "peer-visits.yaml")
    shutil.copy(parameters / "cycles" / "_template.csv", parameters / "cycles.csv")
    found = load(made).cycles
    assert list(found) == ["peer-visits", "example-peer-visits"]
    one, other = found.values()
    assert frozen.digest(one) == frozen.digest(other) and (one.title, one.ask, one.measures) == (other.title, other.ask, other.measures)
    assert list(load(made).measures) == ["heard", "peer_visits", "meeting_minutes"]
    text = (parameters / "measures.yaml").read_text(encoding="utf-8")
    shown = re.sub(r"(?m)^  # (open_questions| {10})", r"  \1", text)
    (parameters / "measures.yaml").write_text(shown, encoding="utf-8")
    assert load(made).measures["open_questions"].multiply == 10
