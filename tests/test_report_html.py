"""A page is safe, whole and silent about how it was made: sanitising, alt text, details, the index."""

from __future__ import annotations

import os
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.errors import CyclebookError
from cyclebook.report import ReportError
from cyclebook.report.html import TEMPLATES, to_html
from cyclebook.report.sanitise import CLASSES, clean, is_local
from cyclebook.report.site import LONG, IndexRow, index
from cyclebook.report.words import WORDS
from tests.sample_report import PAGE, Balance, code, figure, html, markdown, notebook, parsed, png, python, sample, shown

ATTACKS = {
    "script": "<script>alert('HACK')</script>",
    "script in svg": "<svg onload=\"alert('HACK')\"><script>alert('HACK')</script></svg>",
    "handler": "<p onclick=\"alert('HACK')\">x</p><img src=x onerror=\"alert('HACK')\">",
    "javascript link": '<a href="javascript:alert(`HACK`)">x</a>',
    "hidden javascript link": '<a href="&#106;ava&#10;script:alert(`HACK`)">x</a>',
    "data link": '<a href="data:text/html,HACK">x</a>',
    "other host": '<a href="//HACK.example/x">x</a><a href="https://HACK.example">x</a><a href="/\\HACK">x</a>',
    "style block": "<style>body { background: url(https://HACK.example) }</style>",
    "style attribute": '<p style="background: url(https://HACK.example)">x</p>',
    "comment": "<!-- HACK --><!--[if IE]>HACK<![endif]-->",
    "frame": '<iframe srcdoc="HACK"></iframe><object data="HACK"></object><embed src="HACK">',
    "form": '<form action="https://HACK.example"><input name="HACK"></form>',
    "base and meta": '<base href="https://HACK.example"><meta http-equiv="refresh" content="0;url=HACK">',
    "image": '<img src="https://HACK.example/x.png" alt="HACK">',
    "broken script": "<scr<script>ipt>alert('HACK')</script>",
    "mutation": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=HACK&gt;">',
    "class and id": '<div class="HACK">x</div><h3 id="HACK HACK">x</h3>',
}


def page(*cells, **changes) -> str:
    return to_html(notebook(*cells), replace(PAGE, **changes))


# --- what may stand on a page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("way", ["markdown", "html", "markdown output"])
def test_nothing_that_acts_survives(attack, way):
    cell = {
        "markdown": markdown(f"before\n\n{attack}\n\nafter"),
        "html": code(html(f"<p>before</p>{attack}<p>after</p>")),
        "markdown output": code(shown({"text/markdown": f"before\n\n{attack}\n\nafter"})),
    }[way]
    # What stands beside the prose and is not part of it has no effect as plain text: only mark-up counts.
    marked_up = re.findall(r"<[^>]*>", page(cell))
    assert not [tag for tag in marked_up if "HACK" in tag]
    assert not [tag for tag in marked_up if re.match(r"<(script|svg|iframe|form|object|embed|base|img)", tag)]
    assert "<!--" not in page(cell)


def test_the_body_of_a_script_is_not_printed():
    text = page(markdown("## Trust\n\nbefore <script>alert('HACK')</script> after <style>p { color: HACK }</style>"))
    assert "HACK" not in text and "before" in text and "after" in text


def test_what_a_section_needs_stays():
    text = (
        '<div class="reading"><p>One</p></div><aside class="note stale"><p class="by">A, <time datetime="2025-04-11">then'
        '</time></p></aside><h3 id="trust">Trust</h3><a href="../index.html#x">y</a><a href="#trust">z</a>'
        "<details><summary>s</summary><p>d</p></details>"
        '<table class="wide"><caption>c</caption><thead><tr><th scope="col">h</th></tr></thead><tbody><tr>'
        '<th scope="row">r</th><td data-label="h" class="number">1</td></tr></tbody></table>'
    )
    found = parsed(clean(text))
    assert found.select_one("aside.note.stale p.by time")["datetime"] == "2025-04-11"
    assert [a["href"] for a in found.find_all("a")] == ["../index.html#x", "#trust"]
    assert found.select_one("h3#trust") and found.select_one("div.reading > p") and found.select_one("details > summary")
    assert found.select_one("table.wide td.number")["data-label"] == "h"
    assert [th["scope"] for th in found.find_all("th")] == ["col", "row"]


@given(st.text(alphabet="<>&'\"/=!-ahpdiv script\n", max_size=60))
def test_any_text_is_made_well_formed(text):
    Balance(clean(text))


@pytest.mark.parametrize("href", ["../index.html", "01_collect_climate.html", "#trust", "0101/01.html#trust", "é.html"])
def test_links_inside_the_reports(href):
    assert is_local(href)


@pytest.mark.parametrize(
    "href", ["", "/etc/passwd", "//host/x", "\\\\host\\x", "/\\host", "javascript:x", "https://x", "a b", "x?y=1", "\tx:y"]
)
def test_links_out_of_the_reports(href):
    assert not is_local(href)


def test_every_class_has_a_look():
    style = (TEMPLATES / "cyclebook" / "style.css").read_text(encoding="utf-8")
    assert not [name for name in CLASSES if not re.search(rf"\.{name}\b", style)]


# --- the page ----------------------------------------------------------------------------------------------------


def test_the_page_around_the_notebook():
    found = parsed(to_html(sample(), PAGE))
    policy = found.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
    assert found.html["lang"] == "en"
    assert found.find("meta", attrs={"name": "viewport"})["content"] == "width=device-width, initial-scale=1"
    assert found.select_one("a.skip")["href"] == "#" + found.main["id"]
    assert found.title.text == "Alder Creek Elementary: Climate: what staff told us · Juniper Basin Unified School District"
    assert [line.text for line in found.select("header .promise")] == list(PAGE.banner)
    assert [a["href"] for a in found.select("nav a")] == ["../index.html", "02_review_norms.html", "03_plan_cycles.html"]
    assert [line.text for line in found.select("footer p")] == list(PAGE.footer)
    assert len(found.find_all("h1")) == 1 and not found.find_all("script")


def test_synthetic_data_are_said_to_be_synthetic():
    sentence = "Synthetic demonstration data: no real school, no real person."
    assert sentence in page(markdown("text"), synthetic=True)
    assert sentence not in page(markdown("text"), synthetic=False)


def test_an_old_report_says_so():
    found = parsed(page(markdown("text"), old="A declared file <is> missing."))
    assert found.select_one("main .old").text.split() == "This is an earlier report. A declared file <is> missing.".split()
    assert not parsed(page(markdown("text"))).select(".old")


def test_every_word_around_the_notebook_is_escaped():
    evil = "</title><script>HACK</script>&\""
    text = page(
        markdown("text"), title=evil, school=evil, district=evil + "x", banner=(evil,), footer=(evil,), old=evil,
        links=((evil, "x.html"), (evil, "")), onward=(evil, "y.html"),
    )  # fmt: skip
    assert "<script" not in text and text.count("&lt;script&gt;HACK") == 12
    assert parsed(text).select_one("h1 .step").text == evil


def test_a_link_out_of_the_reports_is_refused():
    with pytest.raises(ReportError, match="leaves the reports"):
        page(markdown("text"), home="https://example.org")
    with pytest.raises(ReportError, match="leaves the reports"):
        page(markdown("text"), links=(("Norms", "javascript:x"),))


def test_a_language_without_words_is_refused():
    with pytest.raises(ReportError, match="'xx'.*en"):
        page(markdown("text"), language="xx")
    assert all(set(words) == set(WORDS["en"]) for words in WORDS.values())


def test_the_same_notebook_gives_the_same_page_and_is_not_changed():
    made = sample()
    before = repr(made)
    assert to_html(made, PAGE) == to_html(made, PAGE)
    assert repr(made) == before


# --- cells and outputs -------------------------------------------------------------------------------------------


def test_neither_code_nor_prompts_nor_streams_nor_parameters():
    import nbformat.v4 as nb

    text = page(
        markdown("## Trust"),
        code(html("<p>shown</p>"), nb.new_output("stream", name="stderr", text="WARNING_LINE"),
             nb.new_output("stream", name="stdout", text="PRINTED_LINE"), source="secret_call()"),
        code(html("<p>SETTING</p>"), tags=("parameters",)),
        code(html("<p>INJECTED</p>"), tags=("injected-parameters",)),
        nb.new_raw_cell("RAW_CELL"),
        code(shown({"text/plain": "ONLY_TEXT"})),
    )  # fmt: skip
    assert "shown" in text
    for unseen in ("secret_call", "WARNING_LINE", "PRINTED_LINE", "SETTING", "INJECTED", "RAW_CELL", "ONLY_TEXT", "In [", "Out["):
        assert unseen not in text


def test_data_of_our_own_type_travel_unseen():
    ledger = {"application/vnd.cyclebook.ledger+json": {"value": "LEDGER_VALUE"}}
    text = page(code(shown({**ledger, "text/html": "<p>table</p>"})), code(shown(ledger)))
    assert "table" in text and "LEDGER_VALUE" not in text and "vnd.cyclebook" not in text


def test_a_figure_carries_its_alt_text_and_size():
    image = parsed(page(code(figure('Trust "rose" from <3.4> to\n3.9.')))).select_one("figure > img")
    assert image["alt"] == 'Trust "rose" from <3.4> to 3.9.'
    assert (image["width"], image["height"]) == ("840", "480")
    assert image["src"] == "data:image/png;base64," + png()


@pytest.mark.parametrize("alt", [None, "", "  \n", 3])
def test_a_figure_without_alt_text_is_never_published(alt):
    output = figure(None)
    output.metadata = {"image/png": {"alt": alt}}
    with pytest.raises(ReportError, match="cell 2 .*alt text"):
        page(markdown("## Trust"), code(output))


def test_a_figure_must_be_png():
    with pytest.raises(ReportError, match="not a PNG"):
        page(code(figure("A chart", data="aGVsbG8=")))
    with pytest.raises(ReportError, match="not a PNG"):
        page(code(figure("A chart", data='"><script>')))
    with pytest.raises(ReportError, match="image/svg"):
        page(code(shown({"image/svg+xml": "<svg></svg>", "text/plain": "x"})))


def test_an_error_is_never_published_and_its_text_is_not_repeated():
    import nbformat.v4 as nb

    error = nb.new_output("error", ename="KeyError", evalue="ANSWER_OF_A_PERSON", traceback=[])
    with pytest.raises(ReportError, match="cell 1 .*KeyError") as caught:
        page(code(error), markdown("text"))
    assert "ANSWER_OF_A_PERSON" not in str(caught.value) and isinstance(caught.value, CyclebookError)


def test_a_section_whose_code_shows_nothing_is_left_out_with_its_questions():
    text = page(
        markdown("## Plans"), code(), markdown('<div class="ask">What would you ask?</div>'), markdown("### How", tags=("details",)),
        markdown("## Dates"), code(html("<p>Soon.</p>")), markdown('<div class="ask">And then?</div>'),
    )  # fmt: skip
    assert "Plans" not in text and "What would you ask?" not in text
    assert "Dates" in text and "And then?" in text


def test_nothing_to_show_is_an_error_not_an_empty_page():
    with pytest.raises(ReportError, match="nothing to show"):
        page(markdown("# Title\n\n## Trust"), code())


def test_sections_are_named_by_their_headings():
    found = parsed(page(
        markdown("# The title\n\nBefore."),
        markdown("## Trust & *care*\n\nOne.\n\n### Below\n\nTwo."),
        code(html('<h2>Loud</h2><h3 id="content-2">Quiet</h3>')),
        markdown("## Content"), code(html("<p>Three.</p>")),
        markdown("## Content\n\nFour."),
        markdown("## Nothing under it"), code(shown({"text/plain": "x"})),
    ))  # fmt: skip
    assert [s.h2.text for s in found.select("main section")] == ["Trust & care", "Content", "Content"]
    ids = [s.h2["id"] for s in found.select("main section")]
    assert ids == [s["aria-labelledby"] for s in found.select("main section")] == ["trust-care", "content-3", "content-4"]
    assert found.select_one(".opening").text.strip() == "Before." and "The title" not in found.main.text
    assert [h.text for h in found.select("main h3")] == ["Below", "Loud", "Quiet"]


def test_money_is_not_mathematics():
    text = page(markdown("Set aside $200 for *time* and $300 for <b>food</b>; 2 < 3."))
    assert "$200 for <em>time</em> and $300 for food; 2 &lt; 3." in text


def test_details_take_their_first_heading_as_summary():
    found = parsed(page(
        markdown("## How it was done"),
        markdown("### Method <one>\n\nMeans.", tags=("details",)),
        code(html("<p>continued</p>"), tags=("details",)),
        code(html("<h3>Settings</h3><h4>Layers</h4><p>table</p>"), tags=("details",)),
        markdown("After."),
        code(html("<p>no heading</p>"), tags=("details",)),
        markdown("### Empty", tags=("details",)),
    ))  # fmt: skip
    shown_details = [(d.summary.text, d.get_text(" ", strip=True)) for d in found.find_all("details")]
    assert shown_details == [
        ("Method", "Method Means. continued"),
        ("Settings", "Settings Layers table"),
        ("Details", "Details no heading"),
    ]
    assert found.find("h4").text == "Layers" and not found.select("details[open]")
    assert len(found.select("main section")) == 1


def test_the_page_is_well_formed():
    Balance(to_html(sample(), PAGE).removeprefix("<!DOCTYPE html>"))


def test_the_users_own_templates_are_not_looked_into(tmp_path):
    """nbconvert looks into the working directory and into the user's Jupyter folders; a page must not depend on them."""
    for folder in ("cyclebook", "nbconvert/templates/cyclebook"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "index.html.j2").write_text("HACK")
    (tmp_path / "index.html.j2").write_text("HACK")
    program = (
        "from tests.sample_report import PAGE, markdown, notebook; from cyclebook.report.html import to_html;"
        " print(to_html(notebook(markdown('text')), PAGE))"
    )
    root = TEMPLATES.parents[3]
    printed = python(program, tmp_path, PYTHONPATH=f"{root}{os.pathsep}{root / 'helpers'}", JUPYTER_PATH=str(tmp_path))
    assert "HACK" not in printed and "<p>text</p>" in printed


# --- the index ---------------------------------------------------------------------------------------------------


def row(number: int, level: str = "Elementary", **changes) -> IndexRow:
    made = IndexRow(
        school_id=f"{number:05}", name=f"School {number:05}", level=level, links=(("Climate", f"{number:05}/01.html"),),
        answered="38 of 52", state="ready",
    )  # fmt: skip
    return replace(made, **changes)


def test_the_index_groups_by_level_and_sorts_by_name():
    rows = [
        row(3, name="beta"), row(1, "High", state="failed", detail="<no> reason", links=()),
        row(2, name="Alpha", links=(("Climate", "2/01.html"), ("Norms", "2/02.html"))), row(4, ""),
    ]  # fmt: skip
    found = parsed(index("Juniper & Basin", True, ["Three of 4 are ready."], rows, ["The end."]))
    assert [h.text for h in found.find_all("h2")] == ["Elementary", "High", "Level not stated"]
    assert [c.text for c in found.find_all("caption")] == [
        "Elementary: 2 schools", "High: 1 school", "Level not stated: 1 school",
    ]  # fmt: skip
    names = [th.get_text() for th in found.select("tbody th[scope=row]")]
    assert names == ["Alpha Climate, Alpha Norms, Alpha", "beta", "School 00001", "School 00004"]
    assert [a["href"] for a in found.select("tbody a")] == ["2/01.html", "2/02.html", "00003/01.html", "00004/01.html"]
    failed = found.find("th", string="School 00001").parent
    assert [td.get_text(" ") for td in failed.find_all("td")] == ["38 of 52", "failed <no> reason"]
    assert "Three of 4 are ready." in found.select_one(".reading").text and "no real school" in found.header.text
    assert not found.select("nav.jump")


def test_the_index_of_several_districts_groups_by_district_and_keeps_the_plain_list_for_one():
    rows = [row(3, district="Barren County"), row(2, "High", district="Adair County"), row(1, district="Barren County"), row(4)]
    found = parsed(index("Region", False, [], rows, []))
    assert [h.text for h in found.find_all("h2")] == ["Barren County", "Adair County", "District not stated"]
    assert [th.get_text() for th in found.select("tbody th[scope=row]")] == ["School 00001", "School 00003", "School 00002", "School 00004"]
    one = [replace(each, district="Barren County" if each.district else "") for each in rows]
    assert [h.text for h in parsed(index("Region", False, [], one, [])).find_all("h2")] == ["Elementary", "High"]


@pytest.mark.parametrize("count", [191, 10_000])
def test_the_index_of_many_schools_has_every_school_once_and_a_list_to_jump_from(count):
    text = index("Region", False, [], [row(n, "") for n in range(count)], [])
    assert re.findall(r'href="(\d{5})/01\.html"', text) == [f"{n:05}" for n in range(count)]
    ids = re.findall(r'<h2 id="([^"]+)"', text)
    assert re.findall(r'href="#([^"]+)"', text) == ["content", *ids] and len(ids) == -(-count // LONG)
    assert "Schools: School 00000 to School 00099" in text and "no real school" not in text


def test_the_index_refuses_a_link_out_of_the_reports_and_an_empty_list():
    with pytest.raises(ReportError, match="00007.*leaves the reports"):
        index("D", False, [], [row(7, links=(("x", "//host"),))], [])
    with pytest.raises(ReportError, match="no school"):
        index("D", False, [], [], [])
