"""An executed notebook with everything that a page may hold, every word of it invented, and what reads a page."""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
from html.parser import HTMLParser

import nbformat.v4 as nb
import pandas
from bs4 import BeautifulSoup

from cyclebook.report.html import Page
from cyclebook.html_table import table

PAGE = Page(
    title="Climate: what staff told us",
    school="Alder Creek Elementary",
    district="Juniper Basin Unified School District",
    synthetic=True,
    banner=(
        "Staff were promised: confidential, no group under 5 shown, answers seen by the district's research office only.",
        "Not used to evaluate anyone.",
    ),
    links=(("Norms", "02_review_norms.html"), ("Cycles", "03_plan_cycles.html")),
    footer=("Made from answers up to November 21, 2025.", "How it was done is written at the end of each section."),
)

SCALES = pandas.DataFrame(
    {
        "Scale": ["Trust", "Collective efficacy", "Voice in decisions", "Workload"],
        "Answered": ["38", "38", "37", "fewer than 5"],
        "Mean": ["3.9", "3.7", "3.1", "not shown"],
        "Likely between": ["3.7 to 4.1", "3.4 to 4.0", "2.9 to 3.4", "not shown"],
        "District": ["3.7", "3.7", "3.2", "2.9"],
        "Favourable": ["71 %", "64 %", "41 %", "not shown"],
        "Steadied": ["3.8", "3.7", "3.2", "not shown"],
    }
)
SETTINGS = pandas.DataFrame(
    {
        "Setting": ["smallest_group", "answer_gate_rate", "answer_gate_answers"],
        "Value": ["5", "0.5", "10"],
        "Set by": ["the rule", "the district", "this school"],
    }
)
RECEIPT = pandas.DataFrame(
    {
        "Source": ["staff_2025_fall", "roster_2025_fall"],
        "File": ["data/raw/staff_2025_fall_qualtrics_with_a_long_name.csv", "data/raw/roster_2025_fall.csv"],
        "Read": ["1,064", "1,121"],
        "Kept": ["1,059", "1,121"],
        "Set aside": ["5", "0"],
    }
)

SET_ASIDE = pandas.DataFrame(
    {
        "File": ["data/raw/staff_2025_fall_qualtrics_with_a_long_name.csv"] * 2,
        "Row": [17, 204],
        "Why": ["school 'Alder Crk' is not in parameters/schools.csv: add it as an alias", "the same response id as row 203"],
    }
)
WORDS = pandas.DataFrame({"Word": ["Schulgemeinschaftsgefühl"], "Staff": [12], "Share": ["31 %"]})


def png(width: float = 4.2, height: float = 2.4) -> str:
    """A small chart as base64 text."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.errorbar([3.2, 3.0, 3.4, 3.9], [0, 1, 2, 3], xerr=0.2, fmt="o", color="#0072B2", label="This school")
    axes.plot([3.5, 3.6, 3.6, 3.7], [0, 1, 2, 3], "D", color="#D55E00", label="District")
    axes.set_yticks([0, 1, 2, 3], ["Spring 2024", "Fall 2024", "Spring 2025", "Fall 2025"])
    axes.set_xlim(1, 5)
    axes.set_xlabel("Trust, 1 to 5")
    axes.legend(frameon=False, loc="lower left", fontsize=9)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=200)
    return base64.b64encode(out.getvalue()).decode("ascii")


def shown(data: dict, metadata: dict | None = None):
    return nb.new_output("display_data", data=data, metadata=metadata or {})


def html(text: str):
    return shown({"text/html": text, "text/plain": "the same as text"})


def figure(alt: str | None, data: str | None = None):
    metadata = {} if alt is None else {"image/png": {"alt": alt}}
    return shown({"image/png": data or png(), "text/plain": "<Figure>"}, metadata)


def code(*outputs, tags: tuple[str, ...] = (), source: str = "sections.show(bundle)"):
    return nb.new_code_cell(source, outputs=list(outputs), execution_count=1, metadata={"tags": list(tags)})


def markdown(source: str, tags: tuple[str, ...] = ()):
    return nb.new_markdown_cell(source, metadata={"tags": list(tags)})


def notebook(*cells):
    return nb.new_notebook(cells=list(cells))


def sample():
    """One school with enough answers, a note, a stale note, a missing source, a caution, details."""
    return notebook(
        markdown("# Collect climate"),
        code(source='school_id = "0101"', tags=("parameters",)),
        code(source='school_id = "0102"', tags=("injected-parameters",)),
        markdown("## In short"),
        code(
            html(
                '<div class="summary"><ol>'
                "<li>Thirty-eight of 52 staff answered, enough to report; we have not heard from 14.</li>"
                "<li>Trust averages 3.9 of 5; the true value is likely between 3.7 and 4.1, about the district's 3.7 or a"
                " little above.</li>"
                "<li>Thirty of 38 say colleagues help them; 15 say their ideas shape decisions.</li>"
                "<li>Only one survey stands behind this page; turnover could confirm or correct it.</li>"
                "<li>To start: which decisions could staff join, and who sets the agenda?</li></ol></div>"
            )
        ),
        markdown(
            "## Purpose\n\nTo see how the conditions for working together look to **the people who work here**, and to"
            " choose one thing to talk about. Ten minutes now cost less than $200 of guessing and $300 of repair."
        ),
        markdown("## Trust among staff"),
        code(
            html(
                '<div class="reading"><p>Trust averages 3.9 of 5; the true value is likely between 3.7 and 4.1.</p>'
                "<p>That is about the district's 3.7 or a little above.</p>"
                "<p>It is up from 3.4 in the spring: enough to say that it rose.</p></div>"
            ),
            figure(
                "Trust at Alder Creek in four waves: 3.2, 3.0, 3.4 and 3.9 of 5, each with a likely range of 0.2 either way;"
                " the district moved from 3.5 to 3.7."
            ),
            html(
                table(SCALES, "Scales in Fall 2025, from 38 of 52 staff", units={"Mean": "1 to 5"},
                      suppressed=("not shown", "fewer than 5"))
            ),
            html(
                '<div class="caution"><p>One survey alone cannot tell why. Two more sources would help: turnover and'
                " requests answered.</p></div>"
            ),
            html(
                '<aside class="note"><p class="by">Dana Reyes, coach, <time datetime="2025-12-02">December 2, 2025</time></p>'
                "<p>The team asked for a shared planning hour; we tried it in two grades.</p>"
                '<p class="mark">Written for the numbers marked 7f3a91.</p></aside>'
            ),
            html(
                '<aside class="note stale"><p class="by">Dana Reyes, coach, <time datetime="2025-04-11">April 11, 2025</time>'
                '</p><p class="mark">Written for earlier numbers (marked 22c0de).</p>'
                "<p>Trust dipped after the merger of the two teams.</p></aside>"
            ),
        ),
        markdown("## Ask yourself"),
        code(
            html(
                '<div class="ask"><ul><li>Which decisions could staff join before they are made?</li>'
                "<li>Whose voice is missing among the 14 we have not heard from?</li></ul></div>"
            )
        ),
        markdown("## What is not here yet"),
        code(
            html(
                '<div class="missing"><h3 id="turnover">Turnover</h3><p>No source is declared. Without it we cannot say'
                " whether people who were unhappy have left.</p><p>To collect it: one row for each person and wave, from"
                " the personnel office, takes an hour.</p></div>"
            )
        ),
        markdown("## How it was done"),
        markdown(
            "### Method\n\nMean of a person's answered items. Intervals integrate over the spread between schools.\n\n"
            "```\ntheta ~ normal(mu, tau)\n```",
            tags=("details",),
        ),
        code(html("<h3>Settings and where they come from</h3>" + table(SETTINGS, "Settings of this page")), tags=("details",)),
        markdown("### Provenance", tags=("details",)),
        code(
            html(table(RECEIPT, "What was read, kept and set aside")),
            html(table(WORDS, "A long word in a narrow table")),
            html(table(SET_ASIDE, "Rows that were set aside", units={"Row": "counted from the top of the file"})),
            tags=("details",),
        ),
    )


def parsed(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def python(program: str, folder, **environment: str) -> str:
    """What a fresh Python prints that runs ``program`` in ``folder``."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env={**os.environ, **environment, "PYTHONUTF8": "1"},
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


class Balance(HTMLParser):
    """Every tag that is opened is closed, in order."""

    VOID = {"img", "br", "hr", "meta", "link", "wbr"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in self.VOID

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
