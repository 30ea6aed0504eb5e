"""The page for staff: it says what is in force, in plain words, on one sheet of paper, and is reached from the index."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.batch import promise
from cyclebook.parameters import Promise, Survey, load
from cyclebook.reading import catalogue
from tests import readability, voice
from tests.browser import DESK, PHONE, browser  # noqa: F401  (browser is a fixture)
from tests.small_district import FILES, write

SURVEYS = """
    surveys:
      staff: {title: Staff survey, promise: {kind: confidential, smallest_group: 5, seen_by: "the district's research office"}}
      pulse: {title: Pulse, promise: {kind: anonymous, seen_by: the two coaches}}
      old: {title: Old survey}
    """
FACTS = {
    "smallest_group": 10, "title": "Staff survey", "seen_by": "the district's research office", "district": "Juniper Basin Unified School District",
}  # fmt: skip
IDS = sorted(name for name in catalogue("en") if name.startswith("told_"))


def district(folder, privacy="", sources=SURVEYS, settings=""):
    text = FILES["parameters/district.yaml"].replace("\n        ", "\n")
    head = f"privacy: {privacy}\n" * bool(privacy) + f"settings: {settings}\n" * bool(settings)
    return load(write(folder, {"parameters/district.yaml": head + text, "parameters/sources.yaml": sources}))


def text_of(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


@pytest.mark.parametrize(
    ("privacy", "settings", "smallest"), [("", "", 5), ("{audience: public}", "", 10), ("{audience: public}", "{smallest_group: 12}", 12), ("", "{smallest_group: 7}", 7)]
)  # fmt: skip
def test_it_states_the_smallest_group_in_force_and_no_other(tmp_path, privacy, settings, smallest):
    text = text_of(promise.page(district(tmp_path, privacy, settings=settings)))
    told = text.replace("No result about fewer than 5 people was to be shown.", "")  # what one survey said
    assert set(re.findall(r"\d+", told.split("What happens with your answers", 2)[-1])) == {str(smallest)}
    assert f"No page shows a result about fewer than {smallest} people." in text
    assert ("for everyone to read" in text) == ("public" in privacy) and ("for staff and coaches" in text) != ("public" in privacy)


def test_a_larger_group_that_a_survey_promised_is_the_one_in_force(tmp_path):
    text = text_of(promise.page(district(tmp_path, sources=SURVEYS.replace("smallest_group: 5", "smallest_group: 15"))))
    assert "No page shows a result about fewer than 15 people." in text and "That is now 15 people." in text


def test_it_says_what_each_survey_said_and_whom_to_ask(tmp_path):
    text = text_of(promise.page(district(tmp_path)))
    assert "Staff survey: your answers are confidential. Only the district's research office can see what one person said. No result about fewer than 5 people" in text
    assert "Pulse: your answers are anonymous." in text and "Only the two coaches can see it. Old survey: what you were told is not on record." in text
    assert "Ask Tiny District," in text and "not used to evaluate anyone" in text
    assert "no survey on record" in text_of(promise.page(district(tmp_path / "none", sources="# none")))


def test_every_sentence_of_the_catalogue_is_on_some_page(tmp_path):
    texts = [text_of(promise.page(district(tmp_path / name, privacy, sources)))
             for name, privacy, sources in (("a", "", SURVEYS), ("b", "{audience: public}", "# none"))]  # fmt: skip
    for name in IDS:
        start = re.split(r"\{\w+\}", catalogue("en")[name])
        assert any(all(part.strip() in text for part in start) for text in texts), name


@pytest.mark.parametrize("name", voice.sentences("promise"))
def test_it_is_understood_at_grade_8(name):
    voice.check(name, FACTS)
    said = catalogue("en")[name].format(**FACTS)
    if name not in ("told_confidential", "told_with_group"):  # names of offices are the district's; these count with the page as a whole
        assert readability.grade(said) <= 8, (round(readability.grade(said), 1), said)


def test_as_a_whole_it_is_understood_at_grade_8(tmp_path):
    lines = BeautifulSoup(promise.page(district(tmp_path)), "html.parser").select("main p, main li")
    assert len(lines) > 20 and all(line.get_text().rstrip().endswith((".", ":")) for line in lines)
    assert readability.grade(" ".join(line.get_text() for line in lines)) <= 6


@pytest.mark.parametrize("privacy", ["", "{approved: {by: the cabinet, date: 2025-12-01}}"])
def test_it_says_whether_it_may_be_handed_out(tmp_path, privacy):
    html = promise.page(district(tmp_path, privacy))
    assert ("The district has not approved this page" in html or "the district has not approved this page" in html) == (not privacy)
    assert ("Approved by the cabinet on December 1, 2025, for staff and coaches." in html) == bool(privacy)
    assert ("@bottom-right" in html) == (not privacy)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return district(tmp_path_factory.mktemp("small"))


@given(name=st.text(min_size=1, max_size=30).filter(str.strip))
def test_what_a_district_writes_is_text_and_nothing_else(small, name):
    empty = re.findall(r"<[a-z1-9]+", promise.page(replace(small, name="x", surveys={"s": Survey("x", Promise("confidential", None, "x"))})))
    html = promise.page(replace(small, name=name, surveys={"s": Survey(name, Promise("confidential", None, name))}))
    assert re.findall(r"<[a-z1-9]+", html) == empty


@pytest.mark.browser
@pytest.mark.parametrize("privacy", ["", "{audience: public, approved: {by: the cabinet, date: 2025-12-01}}"])
def test_it_is_good_in_a_browser_and_fits_on_one_sheet(tmp_path, browser, privacy):  # noqa: F811
    path = tmp_path / "promise.html"
    path.write_text(promise.page(district(tmp_path / "d", privacy)), encoding="utf-8")
    (tmp_path / "index.html").write_text("<title>x</title>", encoding="utf-8")
    for width in (DESK, PHONE):
        assert browser.axe(path, width) == []
    assert browser.requests(path) == [] and not browser.overflow(path, PHONE)
    for paper in ("A4", "Letter"):
        browser.pdf(path, tmp_path / "promise.pdf", paper)
        assert len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "promise.pdf").read_bytes())) == 1, paper
