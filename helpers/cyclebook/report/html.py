"""One report: the executed notebook through nbconvert, with a template of our own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import BlockParser, InlineParser, IPythonRenderer, MarkdownWithMath

from cyclebook.report import ReportError
from cyclebook.report.parts import Section, sections
from cyclebook.report.sanitise import is_local
from cyclebook.report.words import words

__all__ = ["Page", "ReportError", "to_html"]

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a page says around its notebook.

    title      of the step, "Climate"; it stands under the name of the school.
    language   ISO 639-1; there must be `words` for it.
    synthetic  puts the line about demonstration data on top.
    approval   the line under the title that says who approved the page for handing out, or that it is internal; with
               internal, every sheet of paper says so, too.
    banner     lines under that: what staff were promised, "not used to evaluate anyone".
    home       relative link to the index; links: text and relative link of the unit's pages in order, the link of this
               page itself empty; onward: text and link of the next one.
    footer     lines at the end.
    old        why this is an earlier report that was kept; None for a current one.
    """

    title: str
    school: str
    district: str
    synthetic: bool
    approval: str = ""
    internal: bool = False
    banner: tuple[str, ...] = ()
    home: str = "../index.html"
    links: tuple[tuple[str, str], ...] = ()
    onward: tuple[str, str] | None = None
    footer: tuple[str, ...] = ()
    old: str | None = None
    language: str = "en"


def to_html(notebook, page: Page) -> str:
    """The page of an executed notebook (nbformat 4): one file, no code, no script, no request to any host.

    Raises ReportError: an error output, a figure without alt text or not PNG, a link that leaves the reports, a
    language without words, nothing to show.
    """
    for _, href in (("", page.home), *page.links, *([page.onward] if page.onward else [])):
        if href and not is_local(href):
            raise ReportError(f"the link {href!r} leaves the reports: give a relative path")
    resources = {"page": page, "words": words(page.language)}
    return _exporter().from_notebook_node(notebook, resources=resources)[0]


class _Exporter(HTMLExporter):
    """nbconvert's exporter with our template only: no folder of the user or of the environment is looked into."""

    def __init__(self) -> None:
        super().__init__(template_name="cyclebook", template_paths=[str(TEMPLATES / "cyclebook")])

    def _create_environment(self):
        environment = super()._create_environment()
        environment.autoescape = True
        environment.trim_blocks = environment.lstrip_blocks = True
        environment.filters["sections"] = self._sections
        return environment

    def _sections(self, notebook, details_word: str) -> list[Section]:
        found = sections(notebook, _markdown, details_word)
        if not found:
            raise ReportError("the notebook has nothing to show: run it first")
        return found

    def from_notebook_node(self, nb, resources=None, **kw):
        # HTMLExporter parses the finished page once more, to invent alt text; here a figure without it is an error.
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **kw)


def _markdown(source: str) -> str:
    """Markdown without mathematics, because "$200 now and $300 later" is not a formula."""
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return MarkdownWithMath(renderer, block=BlockParser(), inline=InlineParser()).render(source)


@cache
def _exporter() -> _Exporter:
    return _Exporter()
