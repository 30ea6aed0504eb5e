"""What leaves the building says so: a page that nobody approved is internal, and an approval given or withdrawn holds for all pages."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from cyclebook.batch import front
from cyclebook.report.html import to_html
from tests.browser import browser  # noqa: F401  (browser is a fixture)
from tests.calls import answered, cyclebook
from tests.sample_report import PAGE, sample
from tests.test_batch import STEP, district

PAGES = ("index.html", "promise.html", f"0101/{STEP}.html", f"0102/{STEP}.html", "_district/05_district_overview.html")
INTERNAL = r"Internal: [^<]*district has not approved (this page|these pages) for handing out\."


def texts(folder):
    return {name: (folder / "reports" / name).read_text(encoding="utf-8") for name in PAGES}


def privacy(folder, line):
    file = folder / "parameters" / "district.yaml"
    file.write_text(re.sub(r"(?m)^privacy: .*\n", "", file.read_text(encoding="utf-8")) + line, encoding="utf-8")


@pytest.fixture(scope="module")
def runs(tmp_path_factory, project_root):
    """Pages as they are without an approval, after one was given, and after it was withdrawn; later runs ask for one school only."""
    folder = district(tmp_path_factory.mktemp("district"), project_root / "notebooks" / f"{STEP}.ipynb", S0101=12, S0102=14, S0103=0)
    overview = project_root / "notebooks" / "05_district_overview.ipynb"
    (folder / "notebooks" / overview.name).write_bytes(overview.read_bytes())
    notebook = folder / "reports" / "0102" / "executed" / f"{STEP}.ipynb"
    found = []
    for line, asked in (("", "all"), ("privacy: {approved: {by: the <b>cabinet</b>, date: 2025-12-01}}\n", "0101"), ("", "0101")):
        privacy(folder, line)
        status = answered("status", "--district", folder).stdout if found else ""
        done = cyclebook("run", "--district", folder, "--schools", asked)
        assert done.returncode == 0, done.stderr
        found.append((status, texts(folder), notebook.read_bytes()))
    return folder, found


def test_without_an_approval_every_page_says_in_one_line_that_it_is_internal_and_why(runs):
    _, [(_, pages, _), *_] = runs
    for name, text in pages.items():
        assert len(re.findall(INTERNAL, text.split("<main")[0])) == 1, name
        assert '@bottom-right { content: "Internal: not approved for handing out"' in text and "Approved by" not in text


@pytest.mark.skipif(os.name != "posix", reason="folder permissions are POSIX's")
def test_what_a_run_made_is_its_makers_only_and_git_leaves_it_where_it_is(runs):
    folder, _ = runs
    for made in ("reports", ".cyclebook"):
        assert (folder / made).stat().st_mode & 0o777 == 0o700
        assert (folder / made / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_with_an_approval_every_page_says_who_and_when_also_those_that_were_not_asked_for(runs):
    _, [_, (status, pages, _), _] = runs
    assert re.findall("(?m)^stale", status) == ["stale"] * 4 and "4 stale" in status.replace("0 fresh, ", "")
    for name, text in pages.items():
        assert "Approved by the &lt;b&gt;cabinet&lt;/b&gt; on December 1, 2025, for staff and coaches." in text.split("<main")[0], name
        assert not re.search(INTERNAL, text) and "@bottom-right" not in text


def test_a_withdrawn_approval_is_gone_from_every_page(runs):
    folder, [(_, first, _), _, (_, pages, _)] = runs
    assert not [name for name, text in pages.items() if "Approved by" in text]
    assert pages["0102/" + STEP + ".html"] == first["0102/" + STEP + ".html"]
    assert "0 failed, 0 missing" in answered("status", "--district", folder).stdout
    for page in json.loads((folder / "reports" / "manifest.json").read_text(encoding="utf-8"))["pages"]:
        assert re.search(INTERNAL, page["approval"])


def test_the_mark_stands_around_the_notebook_and_never_in_it(runs):
    _, found = runs
    assert len({notebook for *_, notebook in found}) == 1
    assert not any(word in found[0][2].decode("utf-8") for word in ("Internal:", "handing out", "Approved by"))


def test_pages_for_the_public_hold_to_ten_people_and_say_why(runs, project_root, tmp_path):
    folder = district(tmp_path, project_root / "notebooks" / f"{STEP}.ipynb", S0101=12, S0102=9)
    privacy(folder, "privacy: {audience: public, approved: {by: the board, date: 2025-12-01}}\n")
    assert cyclebook("run", "--district", folder, "--schools", "0101,0102").returncode == 0
    large, small = ((folder / "reports" / school / f"{STEP}.html").read_text(encoding="utf-8") for school in ("0101", "0102"))
    assert "12 staff answered" in large and "Fewer than 10 staff answered" in small
    for text in (large, small):
        assert "Approved by the board on December 1, 2025, for everyone to read." in text
        rows = [[cell.get_text() for cell in row.select("th, td")] for row in BeautifulSoup(text, "html.parser").select("tr")]
        assert ["smallest_group", "10", "pages for the public"] in rows
        assert "no result about a group of fewer than 10 people" in text


@pytest.mark.browser
@pytest.mark.parametrize("internal", [True, False])
def test_every_sheet_of_paper_says_that_it_is_internal(tmp_path, browser, internal):  # noqa: F811
    page = replace(PAGE, approval="Internal: the district has not approved this page." if internal else "Approved by us.", internal=internal)
    path = tmp_path / "page.html"
    path.write_text(to_html(sample(), page), encoding="utf-8")
    assert browser.axe(path) == [] and browser.axe(path, 360) == []
    with browser.opened(path) as opened:
        opened.emulate_media(media="print")
        assert opened.evaluate("document.querySelector('.approval').checkVisibility()")
        margins = "[...document.styleSheets[0].cssRules].filter(r => r.constructor.name === 'CSSPageRule' && r.cssText.includes('not approved')).length"
        assert opened.evaluate(margins) == internal


def test_the_index_reaches_the_page_for_staff(runs):
    folder, _ = runs
    index = (folder / "reports" / front.PAGE).read_text(encoding="utf-8")
    assert re.search(r'<a href="promise\.html">What happens with your answers</a>', index)
    page = (folder / "reports" / "promise.html").read_text(encoding="utf-8")
    assert re.findall(r'href="([^"#]+)"', page.split("<body")[1]) == ["index.html"]
    front_files = json.loads((folder / "reports" / "manifest.json").read_text(encoding="utf-8"))["front"]
    assert set(front_files) == {"index.html", "promise.html"}
