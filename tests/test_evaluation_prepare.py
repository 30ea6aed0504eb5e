"""From a small district to the bundles of the evaluation step, and from the bundles to what its sections show."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import IPython.display
import pytest

from cyclebook import chart_style, privacy, spreadsheet
from cyclebook.evaluation import figures, sections
from cyclebook.evaluation.prepare import prepare
from cyclebook.evaluation.study import by_cycle, results
from cyclebook.parameters import load
from cyclebook.planning.frozen import digest
from cyclebook.privacy.sets import RespondentSet
from cyclebook.sources import read
from cyclebook.store import open_bundle
from tests import small_district

MEASURES = """
    measures:
      heard: {name: Ideas heard, about: staff whose ideas were heard, type: share, unit: percent, better: higher, people: true, definition: Asked on Fridays.}
      minutes: {name: Minutes, about: minutes of meetings, type: value, unit: minutes, better: lower, people: false, decimals: 0, definition: Timed.}
    """
SCHOOLS = "school_id,name,opened,closed,successor,aliases\n" + "".join(f"{name},School {name},,,,\n" for name in ("A1", "B2", "C3", "D4", "E5", "F6", "G7"))
SOURCES = """
    sources:
      weekly: {table: series, form: csv, path: data/raw/weekly.csv, school: School, date: Day, measure_column: Measure, numerator: Top,
               denominator: Bottom, value: Number}
    """
PLAN = {
    "title": "Peer visits", "schools": '["A1"]', "prediction": "{measure: heard, change: 10, words: More.}",
    "measures": "[{measure: minutes, kind: balancing}, {measure: heard, kind: outcome, target: 70}]",
    "baseline": "{from: 2025-03-03, to: 2025-08-29}", "start": "2025-09-01", "end": "2025-11-28", "checks": "[2025-10-10, 2025-11-21]",
    "rule": "{measure: heard, by: chart, worthwhile: 6, points: 6}",
}  # fmt: skip
WEEKS = [date(2025, 3, 3) + timedelta(7 * place) for place in range(12)] + [date(2025, 9, 1) + timedelta(7 * place) for place in range(12)]
STEADY = [10, 11, 9, 10, 12, 8, 10, 11, 9, 10, 11, 9]


def plan(**changes: str | None) -> str:
    return "".join(f"{key}: {value}\n" for key, value in (PLAN | changes).items() if value is not None)


def week(school: str, place: int, top: int | None, bottom: int = 20, minutes: int | None = None) -> str:
    rows = f"{school},{WEEKS[place]},heard,{top},{bottom},\n" if top is not None else ""
    return rows + (f"{school},{WEEKS[place]},minutes,,,{minutes}\n" if minutes is not None else "")


def weekly(**heard) -> str:
    """24 weeks of each school: (numerators, denominators); minutes go up and down."""
    rows = "School,Day,Measure,Top,Bottom,Number\n"
    for school, (tops, bottoms) in heard.items():
        rows += "".join(week(school, place, top, bottom, 80 + 5 * (place % 3)) for place, (top, bottom) in enumerate(zip(tops, bottoms, strict=True)))
    return rows


SHIFT = (STEADY + [top + 5 for top in STEADY], [20] * 24)
SAME = (STEADY + STEADY, [20] * 24)


def district(tmp_path, plans: dict[str, str] | None = None, series: str | None = None, as_of: str = "2025-11-24"):
    folder = small_district.write(tmp_path, {
        "parameters/district.yaml": f"district: {{id: tiny, name: Tiny District}}\nas_of: {as_of}\nwaves:\n- {{id: w1, label: Fall 2025, from: 2025-10-06, to: 2025-10-24}}\n",
        "parameters/schools.csv": SCHOOLS, "parameters/codebooks/staff.yaml": None, "data/raw/answers.csv": None,
        "parameters/sources.yaml": SOURCES, "parameters/measures.yaml": MEASURES,
        "data/raw/weekly.csv": weekly(A1=SHIFT) if series is None else series,
        **{f"parameters/cycles/{name}.yaml": text for name, text in ({"peer-visits": plan()} if plans is None else plans).items()},
    })  # fmt: skip
    for file in (folder / "parameters/cycles").glob("*.yaml"):
        cycle = load(folder).cycles[file.stem]
        if cycle.rule and "rule_hash" not in file.read_text(encoding="utf-8"):
            file.write_text(file.read_text(encoding="utf-8") + f'rule_hash: "{digest(cycle)}"\n', encoding="utf-8")
    return folder


def bundles(folder) -> dict[str, dict]:
    found = load(folder)
    return dict(prepare(found, read(found))[1])


def rows(bundle: dict, **where: str) -> list[dict]:
    return [row for row in bundle["statistics"] if all(row[key] == value for key, value in where.items())]


# Bundles


def test_a_shift_is_adopted_and_every_number_has_its_people(tmp_path):
    own = bundles(district(tmp_path))["A1"]
    (cycle,) = own["cycles"]
    assert (cycle["state"], cycle["verdict"]["decision"], cycle["verdict"]["look"]) == ("decided", "adopt", 2)
    points = rows(own, scale="heard", statistic="value")
    assert len(points) == 24 and points[0]["set"] == f"school_id=A1; source=heard; window={WEEKS[0]}" and points[0]["n"] == 20
    for row in rows(own, scale="heard"):
        windows = dict(RespondentSet.parse(row["set"]).pairs)["window"]
        assert row["n"] == 20 and (row["statistic"] == "value") == (len(windows) == 1)
    assert rows(own, item="peer-visits", statistic="look_change")[0]["value"] == 25
    assert all(row["set"] == "" and row["n"] == 0 for row in rows(own, scale="minutes"))


@pytest.mark.parametrize("few", [4, 9])
def test_a_week_with_too_few_people_is_blanked_and_enters_nothing(tmp_path, few):
    """A share of people needs twice the smallest group, which is 5."""
    tops, bottoms = [*STEADY, *STEADY], [20] * 24
    tops[3], bottoms[3] = 4, few
    own = bundles(district(tmp_path, series=weekly(A1=(tops, bottoms))))["A1"]
    (hidden,) = rows(own, scale="heard", statistic="value", wave=str(WEEKS[3]))
    assert (hidden["value"], hidden["n"], hidden["why"]) == (None, None, "few persons")
    measure = next(measure for measure in own["measures"] if measure["id"] == "heard")
    assert measure["chart"]["hidden"] == [str(WEEKS[3])] and measure["chart"]["baseline"] == 11
    assert not [row for row in rows(own, scale="heard") if row["value"] is not None and str(WEEKS[3]) in row["set"]]
    other = [*tops]
    other[3] = 0
    changed = bundles(district(tmp_path / "other", series=weekly(A1=(other, bottoms))))["A1"]
    assert changed == own, "what those hidden answered shows nowhere"
    tops, bottoms = [*STEADY, *STEADY], [20] * 24
    tops[3], bottoms[3] = 4, 10
    enough = bundles(district(tmp_path / "enough", series=weekly(A1=(tops, bottoms))))["A1"]
    assert rows(enough, scale="heard", statistic="value", wave=str(WEEKS[3]))[0]["value"] == 40


def test_what_comes_after_the_day_of_the_page_shows_nowhere(tmp_path):
    early = district(tmp_path, as_of="2025-10-12")
    before = bundles(early)["A1"]
    assert max(row["wave"] for row in rows(before, scale="heard", statistic="value")) == "2025-10-06"
    later = weekly(A1=(SHIFT[0][:18] + [1] * 6, SHIFT[1]))
    assert bundles(district(tmp_path / "other", series=later, as_of="2025-10-12"))["A1"] == before


@pytest.mark.parametrize(("changes", "state"), [
    ({"rule_hash": '"000000000000"'}, "rule_changed"),
    ({"rule_hash": ""}, "rule_open"),
    ({"rule": None}, "no_rule"),
    ({"start": "2025-12-01", "end": "2026-02-01", "checks": "[2026-01-10]"}, "planned"),
])  # fmt: skip
def test_without_a_frozen_rule_there_is_no_verdict(tmp_path, changes, state):
    (cycle,) = bundles(district(tmp_path, {"peer-visits": plan(**changes)}))["A1"]["cycles"]
    assert (cycle["state"], cycle["verdict"]) == (state, None)


COMPARED = plan(
    schools='["A1", "B2"]', comparison='["C3", "D4", "E5", "F6"]', rule="{measure: heard, by: comparison, worthwhile: 6, points: 6, probability: 0.9}"
)


def compared(tmp_path, **changes):
    calm = {name: (STEADY + [top + place % 2 for place, top in enumerate(STEADY)], [20] * 24) for name in ("C3", "D4")}
    series = {"A1": SHIFT, "B2": SHIFT, **calm, "E5": SAME, "F6": SAME} | changes
    return district(tmp_path, {"peer-visits": COMPARED}, weekly(**series))


def test_schools_are_compared_once_and_alike_on_each_page(tmp_path):
    folder = compared(tmp_path)
    found = bundles(folder)
    own, other, helping = found["A1"], found["B2"], found["C3"]
    assert rows(own, school_id="") == rows(other, school_id="") and rows(helping, school_id="") == []
    assert helping["helps"] == [{"title": "Peer visits", "name": "Ideas heard", "beside": []}] and helping["cycles"] == []
    (effect,) = rows(own, statistic="effect")
    assert 20 < effect["value"] < 30 and effect["n"] is None and effect["other_n"] == 80
    assert effect["set"].startswith("school_id=A1|B2; source=heard; window=2025-03-03|")
    district_ = load(folder)
    sizes, _ = prepare(district_, read(district_))
    ledger = privacy.from_bundle(own["statistics"]).ledger("A1/04.html", "x")
    assert all(entry["n"] for entry in privacy.complete(ledger, sizes) if entry["value"] is not None)
    one = by_cycle(results(district_, read(district_)))["peer-visits"]
    assert [result.school for result in one] == ["A1", "B2"] and one[0].verdict == one[1].verdict and one[0].verdict.decision == "adopt"


def test_a_district_without_plans_or_numbers_is_no_error(tmp_path):
    found = bundles(district(tmp_path, {}, "School,Day,Measure,Top,Bottom,Number\n"))
    assert {name: (page["cycles"], page["measures"], page["statistics"]) for name, page in found.items()} == {
        name: ([], [], []) for name in ("A1", "B2", "C3", "D4", "E5", "F6", "G7")
    }


# What the sections show

SECTIONS = (
    sections.in_short, sections.charts, sections.before_after, sections.comparison, sections.rules, sections.predictions, sections.provenance,
)  # fmt: skip
FILE = "application/vnd.cyclebook.file.v1+json"


@pytest.fixture
def page(monkeypatch):
    """What all sections show of a school: text, attached files, pictures."""

    def show(folder, school: str) -> tuple[str, list[dict], list[dict]]:
        parts: list[dict] = []
        monkeypatch.setattr(IPython.display, "display", lambda data, **more: parts.append(data))
        bundle = open_bundle(sections.STEP, sections.ROOM, school, folder)
        for section in SECTIONS:
            section(bundle)
        files = [part[FILE] for part in parts if FILE in part]
        return "\n".join(part["text/plain"] for part in parts), files, [part for part in parts if "image/png" in part]

    return show


def test_the_page_of_a_school_with_a_cycle(page, tmp_path):
    text, (file,), pictures = page(district(tmp_path), "A1")
    for said in ("“Peer visits”: the rule set beforehand says adopt. At that look there was a signal, and the middle value had moved from 50 to 75.",
                 "Ideas heard moved from 50 to 75 percent, for the better (12 points before, 12 during it).",
                 "No comparison schools are named for: Peer visits.", "This was look 2 of 2, on November 21, 2025.",
                 "you expected Ideas heard to go up by 10. What came: up by 25.", "Goal reached and kept: Ideas heard, target 70 percent. The middle of the latest six points is 75.",
                 "Ideas heard: a signal for the better, since September 1, 2025.", "To decide: what comes of “Peer visits”? The rule says adopt.",
                 "Where they do, wrong adopts are more frequent."):  # fmt: skip
        assert said in text, said
    assert text.index("Minutes moved" if "Minutes moved" in text else "Minutes:") < text.index("Ideas heard moved"), "in the order of the plan"
    assert len(pictures) == 2 and all(picture["text/plain"].startswith("Chart: ") for picture in pictures)
    log = list(csv.DictReader(io.StringIO(file["text"])))
    assert file["name"] == "04_rapid_cycle_evaluation.csv" and len(log) == 1
    assert list(log[0].values()) == ["A1", "peer-visits", "Peer visits", "2025-09-01", "heard", "percent", "10", "25", "the weeks before the start", "adopt", "", "", ""]


def test_every_section_has_its_place_for_notes(page, tmp_path):
    text, _, _ = page(district(tmp_path), "A1")
    for anchor in ("measure-heard", "measure-minutes", "before-peer-visits", "comparison", "rule-peer-visits", "predictions"):
        assert f"## {anchor} [" in text, anchor
    empty, _, _ = page(district(tmp_path / "other", {}, "School,Day,Measure,Top,Bottom,Number\n"), "A1")
    for anchor in ("charts", "before_after", "comparison", "rules", "predictions"):
        assert f"## {anchor} [-]" in empty, anchor


def test_a_school_with_nothing_is_told_what_to_begin_with(page, tmp_path):
    text, files, pictures = page(district(tmp_path), "G7")
    assert "Nothing has been counted from week to week at this school yet." in text and "To begin: pick one thing" in text
    assert "No cycle has been planned for this school yet." in text and not files and not pictures
    assert "signal" not in text


def test_a_chart_that_cannot_speak_yet_says_when_it_can(page, tmp_path):
    text, _, _ = page(district(tmp_path, {}, weekly(A1=(SHIFT[0][:24], [20] * 3 + [3] * 21)), as_of="2025-03-18"), "A1")
    assert "This chart cannot speak yet" in text and "It can first speak on about" in text
    assert not [word for word in ("points in a row", "points in turn", "a signal", "A signal is", "No chart shows") if word in text]


def test_the_page_of_schools_that_are_compared(page, tmp_path):
    text, _, _ = page(compared(tmp_path), "A1")
    assert "At the 2 schools that try it, Ideas heard went up by 25.0 on average." in text
    assert "That is the 90 percent or more that the rule asks for." in text and "in favour of the idea" in text
    helping, _, _ = page(tmp_path, "C3")
    assert "This school is a comparison school for: Peer visits." in helping and "At the 2 schools" not in helping


def test_another_cycle_with_the_same_measure_at_a_school_of_the_comparison_is_a_caution(page, tmp_path):
    other = plan(title="Lesson pairs", schools='["D4"]', prediction=None, measures="[{measure: heard, kind: balancing}]", start="2025-11-03", checks="[2025-11-21]", rule=None)
    later = plan(title="Much later", schools='["E5"]', prediction=None, start="2025-12-15", end="2026-03-01", checks="[2026-02-01]", rule=None)
    before = plan(title="Long ago", schools='["E5"]', prediction=None, baseline=None, start="2024-09-02", end="2024-12-13", checks="[2024-12-13]", rule=None)
    minutes = plan(title="Minutes only", schools='["F6"]', prediction=None, measures="[{measure: minutes, kind: outcome}]", rule=None)
    calm = {name: SAME for name in ("C3", "D4", "E5", "F6")}
    plans = {"peer-visits": COMPARED, "lesson-pairs": other, "much-later": later, "long-ago": before, "minutes-only": minutes}
    folder = district(tmp_path, plans, weekly(A1=SHIFT, B2=SHIFT, **calm))
    for school in ("A1", "C3"):
        text, _, _ = page(folder, school)
        assert "another cycle that names Ideas heard ran at School D4 (“Lesson pairs”). What that did may be in the gap, too." in text
    text, _, _ = page(folder, "F6")
    assert "ran at" in text and "“Minutes only”: in the same time" not in text


def test_a_look_that_cannot_decide_is_flagged_before_it_comes(page, tmp_path):
    text, _, _ = page(district(tmp_path, {"peer-visits": plan(checks="[2025-09-10, 2025-11-21]")}, as_of="2025-08-20"), "A1")
    assert text.count("cannot decide: too few points by then") == 1
    text, _, _ = page(district(tmp_path / "silent", {"peer-visits": plan()}), "A1")
    assert text.count("cannot decide: no signal can show by then") == text.count("cannot decide") == 1
    text, _, _ = page(district(tmp_path / "other", {"peer-visits": plan(checks="[2025-11-21]")}), "A1")
    assert "cannot decide" not in text


def test_the_file_says_the_verdict_in_the_words_of_the_page(page, tmp_path):
    _, (file,), _ = page(district(tmp_path, {"peer-visits": plan()}, as_of="2025-09-20"), "A1")
    assert "not enough data yet" in file["text"] and "not_enough" not in file["text"]


def test_a_closed_school_says_so_once_and_nothing_begins(page, tmp_path):
    folder = district(tmp_path, {}, weekly(A1=(STEADY + STEADY, [20] * 24)))
    (folder / "parameters/schools.csv").write_text(SCHOOLS.replace("School A1,,,", "School A1,,2025-11-20,"), encoding="utf-8")
    text, _, _ = page(folder, "A1")
    assert text.count("This school closed on November 20, 2025.") == 1
    assert not [word for word in ("To begin", "To ask", "has been planned", "can first speak", "cannot speak of a lasting shift yet") if word in text]
    assert text.count("Nothing was planned here before the school closed.") == 4


def test_a_balancing_measure_that_got_worse_is_asked_about_before_an_adopt(page, tmp_path):
    series = weekly(A1=SHIFT)
    for day in WEEKS[12:]:
        series = "\n".join(line.rsplit(",", 1)[0] + ",120" if line.startswith(f"A1,{day},minutes") else line for line in series.split("\n"))
    text, _, _ = page(district(tmp_path, series=series), "A1")
    assert "Before you adopt “Peer visits”, ask about Minutes: 85 minutes before the start, and 120 since. That may be luck." in text
    assert text.index("Before you adopt") < text.index("To decide: what comes of")


def test_a_school_that_was_left_out_of_the_comparison_is_told(page, tmp_path):
    text, _, _ = page(compared(tmp_path, B2=SHIFT), "B2")
    assert "left out" not in text
    few = (SHIFT[0][:12] + [2] * 12, [20] * 12 + [3] * 12)
    text, _, _ = page(compared(tmp_path / "other", B2=few), "B2")
    assert "One school is left out: it has too few points that may be shown. This school is among those left out." in text
    assert "At the one school that tries it, Ideas heard went up by 25.0." in text and "rests on how the other schools moved" in text


def test_a_changed_rule_is_shown_with_both_marks_and_no_verdict(page, tmp_path):
    text, _, _ = page(district(tmp_path, {"peer-visits": plan(rule_hash='"abcdefabcdef"')}), "A1")
    assert "is not the one that was fixed, so there is no verdict" in text and "it was fixed with abcdefabcdef" in text
    assert "says adopt" not in text and "says stop" not in text and "cycles like this" not in text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "|", "%"])
def test_no_cell_of_the_file_is_a_formula(start):
    (row,) = csv.reader(io.StringIO(spreadsheet.to_csv([[f"{start}1+1 cmd", "-1.5", "fine", "a, \"b\""]])))
    assert row[0] == f"'{start}1+1 cmd" and row[1:] == ["-1.5", "fine", 'a, "b"']


# The figure


def test_the_figure_draws_every_point_that_may_be_shown_and_leaves_gaps(tmp_path):
    tops, bottoms = [*SHIFT[0]], [20] * 24
    bottoms[3], tops[3] = 4, 4
    own = bundles(district(tmp_path, series=weekly(A1=(tops, bottoms))))["A1"]
    measure = next(measure for measure in own["measures"] if measure["id"] == "heard")
    table = privacy.from_bundle(own["statistics"]).rows(scale="heard")
    with chart_style.style():
        (panel,) = figures.chart(table, measure, "en").axes
    drawn = [len(line.get_xdata()) for line in panel.lines if line.get_marker() in ("o", "D") and line.get_linewidth() == 0]
    joined = [line for line in panel.lines if len(line.get_xdata()) == 2 and line.get_color() == chart_style.NEUTRAL]
    assert sum(drawn) == 23 and len(joined) == 24 - 1 - 1 - 2, "no line over the summer and over the hidden week"
    assert panel.get_title(loc="left") == "Ideas heard" and panel.get_ylabel() == "percent"
