"""Pages in a real browser: accessible, silent on the network, good on a phone and on paper."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cyclebook.report.html import to_html
from cyclebook.report.site import IndexRow, index
from tests.browser import DESK, PHONE, browser  # noqa: F401  (browser is a fixture)
from tests.sample_report import PAGE, code, html, markdown, notebook, sample

pytestmark = pytest.mark.browser

WIDTHS = (DESK, PHONE)


def _index(count: int) -> str:
    rows = [
        IndexRow(
            school_id=str(n), name=f"School of the very long name number {n}", level=("Elementary", "High", "")[n % 3],
            links=(("Climate", f"{n}/01.html"), ("Norms", f"{n}/02.html"))[: n % 3], answered="38 of 52",
            state=("ready", "old report kept")[n % 2],
            detail=("", "codebooks/staff_survey_of_the_district.yaml: unknown key")[n % 2],
        )
        for n in range(count)
    ]  # fmt: skip
    summary, banner = ["Most schools cannot be told apart."], ["Not used to evaluate anyone."]
    return index("Juniper Basin", True, summary, rows, ["The end."], banner)


PAGES = {
    "report": lambda: to_html(sample(), PAGE),
    "old report": lambda: to_html(sample(), replace(PAGE, old="A declared file is missing.", synthetic=False)),
    "index": lambda: _index(24),
    "long index": lambda: _index(320),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, make in PAGES.items():
        (folder / f"{name}.html").write_text(make(), encoding="utf-8")
    return folder


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_no_accessibility_violation(browser, pages, name, width):  # noqa: F811
    assert browser.axe(pages / f"{name}.html", width) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_request_leaves_the_page(browser, pages, name):  # noqa: F811
    assert browser.requests(pages / f"{name}.html") == []


@pytest.mark.parametrize("width", (320, PHONE, 700, DESK))
@pytest.mark.parametrize("name", PAGES)
def test_no_sideways_scrolling(browser, pages, name, width):  # noqa: F811
    assert not browser.overflow(pages / f"{name}.html", width)


def test_details_are_closed_on_the_screen_and_open_on_paper(browser, pages):  # noqa: F811
    shown = "[...document.querySelectorAll('details > :not(summary)')].map(e => e.checkVisibility({contentVisibilityAuto: true}))"
    with browser.opened(pages / "report.html") as page:
        on_screen = page.evaluate(shown)
        page.emulate_media(media="print")
        assert len(on_screen) >= 4 and not any(on_screen)
        page.wait_for_function(f"{shown}.every(Boolean)", timeout=10_000)  # content is laid out a frame later
        assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_text_is_large_enough_and_lines_are_short_enough(browser, pages):  # noqa: F811
    with browser.opened(pages / "report.html") as page:
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 17
        assert page.evaluate("document.querySelector('main p').getBoundingClientRect().width") <= 704
    with browser.opened(pages / "report.html", PHONE) as page:
        labels = page.evaluate("getComputedStyle(document.querySelector('table.wide td.number'), '::before').content")
        assert labels == '"Answered"'


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_page_prints(browser, pages, tmp_path, paper):  # noqa: F811
    browser.pdf(pages / "report.html", tmp_path / "report.pdf", paper)
    printed = (tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF") and b"/Page" in printed
    browser.screenshot(pages / "report.html", PHONE, tmp_path / "report.png")
    assert (tmp_path / "report.png").read_bytes()[16:20] == PHONE.to_bytes(4, "big")


def test_scripts_do_not_run_even_where_one_came_through(browser, tmp_path):  # noqa: F811
    attack = "<script>window.hacked = 1</script>"
    image = "<img src=x onerror='window.hacked = 1'>"
    safe = to_html(notebook(markdown(f"text {attack}"), code(html(f"<p>x</p>{attack}{image}"))), PAGE)
    (tmp_path / "safe.html").write_text(safe, encoding="utf-8")
    (tmp_path / "leak.html").write_text(safe.replace("</main>", f"{attack}</main>"), encoding="utf-8")
    for name in ("safe.html", "leak.html"):
        with browser.opened(tmp_path / name) as page:
            assert page.evaluate("window.hacked") is None
    assert browser.requests(tmp_path / "safe.html") == []
    assert browser.requests(tmp_path / "leak.html")  # the policy reports what it stopped


def test_the_browser_checks_can_fail(browser, tmp_path):  # noqa: F811
    bad = tmp_path / "bad.html"
    bad.write_text("<!DOCTYPE html><title>x</title><img src='other.png'><div style='width: 2000px'>wide</div>")
    rules = {line.split(":")[0] for line in browser.axe(bad)}
    assert {"image-alt", "html-has-lang"} <= rules
    assert any("other.png" in address for address in browser.requests(bad))
    assert browser.overflow(bad)
