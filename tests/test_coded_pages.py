"""The pages of a school where all agree: nothing on them says so, and one answer more or less changes no sentence."""

from __future__ import annotations

import json
import re

import pytest

from cyclebook.climate import prepare as climate_prepare, sections as climate
from cyclebook.overview import prepare as overview_prepare, sections as overview
from cyclebook.parameters import load
from cyclebook.planning import prepare as planning_prepare, sections as planning
from cyclebook.privacy.protect import from_bundle
from cyclebook.sources import read
from cyclebook.store import Bundle
from tests.small_district import write

CODEBOOK = """
    answers:
      agree: {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
    items:
      q1: {columns: [Q1], text: We help each other., answers: agree}
      q2: {columns: [Q2], text: We plan together., answers: agree}
    scales:
      help: {name: Help, about: help among staff, items: [q1, q2], range: [1, 5], favourable: 4, source: Ours.}
    """
OTHERS = {"0101": [2, 3, 4, 4, 3, 2, 5, 3, 4, 3, 2], "NA": [3, 4, 4, 5, 3, 2, 3, 4, 1, 4, 5]}
CLIMATE = ("in_short", "participation", "nonresponse", "scales", "change", "items", "apart", "provenance")


def pages(tmp_path, monkeypatch, given: list[int]) -> dict[str, str]:
    """What each section says, as text, where the staff of Cedar School answer so."""
    rows = [f"{school},{school}{place},{value},{value}" for school, values in ({"0103": given} | OTHERS).items() for place, value in enumerate(values)]
    folder = write(tmp_path, {"parameters/codebooks/staff.yaml": CODEBOOK, "data/raw/answers.csv": "School,Token,Q1,Q2\n" + "\n".join(rows) + "\n"})
    district = load(folder)
    tables = read(district)
    found: dict[str, str] = {}
    shown: list[dict] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    for prepare, room, names, unit in (
        (climate_prepare, climate, CLIMATE, "0103"), (planning_prepare, planning, ("detect",), "0103"), (overview_prepare, overview, ("cabinet", "schools"), "_district"),
    ):  # fmt: skip
        facts = json.loads(json.dumps(dict(prepare.prepare(district, tables)[1])[unit]))
        bundle = Bundle("step", facts, from_bundle(facts.pop("statistics")), ())
        for name in names:
            shown.clear()
            getattr(room, name)(bundle)
            found[f"{room.__name__.split('.')[-2]} {name}"] = "\n".join(data.get("text/plain", "") for data in shown)
    return found


@pytest.mark.parametrize(("given", "word"), [([5] * 12, "more"), ([1] * 12, "less")])
def test_no_page_says_that_all_agree(tmp_path, monkeypatch, given, word):
    found = pages(tmp_path, monkeypatch, given)
    end = {"more": "4.6 or more", "less": "1.4 or less"}[word]
    for name in ("climate in_short", "climate apart"):
        assert found[name], name
    assert f"averages {end} on a scale from 1 to 5" in found["climate scales"]
    assert "at least 11 of 12" in found["climate items"] if word == "more" else "at most 1 of 12" in found["climate items"]
    for name, text in found.items():
        assert not re.search(r"\b12 of 12\b|\b0 of 12\b|\b100 %|\b0 %(?! or)|\b5\.0\b", text.replace("\xa0", " ")), (name, text)
        if name not in ("climate participation", "climate provenance"):
            assert not re.search(r"\b(nobody|everyone|everybody)\b", text, re.IGNORECASE), (name, text)
    assert end in found["planning detect"]
    assert not re.search(r"(5\.\d|[^\d.]0\.\d) or (more|less) ?\)", found["climate scales"])  # no range is open beyond its scale
    assert f"or {word}" in found["overview schools"]
    assert "no one can see that all agreed" in found["climate provenance"]


def test_one_answer_less_changes_no_word_on_single_questions(tmp_path, monkeypatch):
    alike, nearly = (pages(tmp_path / str(place), monkeypatch, [5] * 11 + [last]) for place, last in enumerate((5, 3)))
    for name in ("climate participation", "climate items"):
        assert alike[name] == nearly[name] and alike[name]
    both = [re.search(r"Help among staff averages .*? on a scale", text["climate scales"])[0] for text in (alike, nearly)]
    assert both[0] == both[1]


def test_of_nine_who_answered_few_questions_no_page_counts_who_is_favourable(tmp_path, monkeypatch):
    found = pages(tmp_path, monkeypatch, [1, 4, 4, 4, 4, 4, 4, 4, 4])
    assert "averages 3.7 on a scale from 1 to 5" in found["climate scales"] and "not shown (few people)" in found["climate scales"]
    assert "There are not enough answers to show single questions." in found["climate items"]
    for name, text in found.items():
        assert not re.search(r"\b\d of 9\b", text.replace("\xa0", " ")), (name, text)
