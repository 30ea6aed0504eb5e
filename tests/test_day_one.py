"""Day one: a school list, head counts and one survey make a page worth reading, with one line on what to add next and no empty box."""

from __future__ import annotations

import json

import pytest

from cyclebook.climate import prepare as climate_prepare, sections as climate
from cyclebook.parameters import load
from cyclebook.privacy.protect import from_bundle
from cyclebook.sources import read
from cyclebook.store import Bundle
from tests.small_district import FILES, write
from tests.test_coded_pages import CODEBOOK

ANSWERS = {"0101": [(2, 4), (3, 5), (4, 1), (4, 2), (3, 5), (2, 1), (5, 5), (3, 1), (4, 4), (3, 2), (2, 5)],
           "0103": [(4, 4), (5, 4), (4, 3), (3, 4), (4, 5), (5, 2), (4, 4), (3, 4), (4, 5), (2, 4)],
           "NA": [(3, 3), (4, 2), (4, 4), (5, 3), (3, 4), (2, 3), (3, 5), (4, 4), (1, 3), (4, 2), (5, 4)]}  # fmt: skip
HEADS = {"0101": 15, "0103": 14, "NA": 12}


@pytest.fixture
def page(tmp_path, monkeypatch):
    rows = [f"{school},{school}{place},{first},{second}" for school, values in ANSWERS.items() for place, (first, second) in enumerate(values)]
    sources = FILES["parameters/sources.yaml"].rstrip() + """
          heads: {table: roster, form: csv, path: data/raw/heads.csv, wave: 2025-fall, school: School, head_count: Staff}
        """
    folder = write(tmp_path, {
        "parameters/codebooks/staff.yaml": CODEBOOK, "parameters/sources.yaml": sources,
        "data/raw/answers.csv": "School,Token,Q1,Q2\n" + "\n".join(rows) + "\n",
        "data/raw/heads.csv": "School,Staff\n" + "".join(f"{school},{count}\n" for school, count in HEADS.items()),
    })  # fmt: skip
    district = load(folder)
    facts = json.loads(json.dumps(dict(climate_prepare.prepare(district, read(district))[1])["0101"]))
    bundle = Bundle("step", facts, from_bundle(facts.pop("statistics")), ())
    shown: list[dict] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    found = {}
    for name in climate.__all__:
        if name != "open_school":
            shown.clear()
            getattr(climate, name)(*((bundle, "participation") if name == "flagged" else (bundle,)))
            found[name] = "\n".join(data.get("text/plain", "") for data in shown)
    return found


def test_who_answered_scales_with_ranges_divided_items_and_a_question(page):
    assert "11 of 15 staff answered" in page["in_short"] and "To start:" in page["in_short"]
    assert "likely" in page["scales"]
    assert "15" in page["participation"]
    assert page["items"] and page["nonresponse"]
    assert "about the climate of the school" in page["scales"]


def test_what_is_not_there_is_one_line_and_not_a_box(page):
    assert page["staffing"] == ""  # a section that shows nothing does not appear on the page
    line = "This page is built on one source: the survey. Add next: how many staff left."
    assert line in page["side_by_side"] and line in page["in_short"]
    assert sum(text.count("Add next") for name, text in page.items() if name != "in_short") == 1
    assert "one source alone speaks of it here" in page["side_by_side"]
