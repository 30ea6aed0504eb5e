"""The cells of an executed notebook, arranged into the sections of a page. No code, no prompt, no stream."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

from bs4 import BeautifulSoup, Tag
from markupsafe import Markup

from cyclebook.report import ReportError
from cyclebook.report.sanitise import clean

#: ``analyst``: for those who run the notebook, not for those who read the page.
UNSEEN = frozenset({"parameters", "injected-parameters", "analyst"})
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Section:
    """What stands under one heading of level 2; the first of a page may have no heading. sheet: on paper it fills pages of its own."""

    title: str = ""
    id: str = ""
    sheet: bool = False
    calls: int = 0
    silent: int = 0
    parts: list[str] = field(default_factory=list)

    @property
    def body(self) -> Markup:
        return Markup("\n".join(self.parts))


@dataclass
class _Details:
    summary: str
    parts: list[str]


def sections(notebook, markdown: Callable[[str], str], details_word: str = "Details") -> list[Section]:
    """The sections of a notebook (nbformat 4), in order.

    ``markdown`` turns Markdown into HTML, which is sanitised here. The first heading of level 1 is left out, because the
    head of the page holds the title; another one counts as level 2. Cells tagged ``details`` become a closed block under
    the text of their first heading; one without a heading continues the block before it. A heading in a cell tagged
    ``sheet`` begins a new sheet of paper, and so does what follows its section. Cells tagged ``parameters``,
    ``injected-parameters`` or ``analyst`` are not shown, nor is a heading with nothing under it, nor a section whose code
    shows nothing: questions about what is not there help no one.

    Raises ReportError for an error output, a figure without alt text, a figure that is not PNG.
    """
    found = [Section()]
    details: _Details | None = None
    titled = False
    for number, cell in enumerate(notebook.cells, start=1):
        html = _cell(cell, number, markdown)
        tags = set(cell.metadata.get("tags", ()))
        if cell.cell_type == "code" and not tags & UNSEEN:
            found[-1].calls += 1
            found[-1].silent += not html
        if not html or tags & UNSEEN:
            continue
        if "details" in tags:
            heading, rest = _take_heading(html)
            if heading or details is None:
                details = _Details(heading or details_word, [])
                found[-1].parts.append(details)
            details.parts.append(rest)
            continue
        details = None
        if cell.cell_type == "code":
            found[-1].parts.append(_demote(html))
            continue
        for level, title, rest in _split(html):
            if level == 1 and not titled:
                titled = True
            elif level:
                found.append(Section(title=title, sheet="sheet" in tags))
            if rest:
                found[-1].parts.append(rest)
    for section in found:
        section.parts = [text for part in section.parts if (text := _text(part))]
    shown = [section for section in found if section.parts and not (section.title and section.calls == section.silent > 0)]
    _name(shown)
    return shown


def _text(part: str | _Details) -> str:
    if isinstance(part, str):
        return part
    body = _demote("\n".join(filter(None, part.parts)))
    return f"<details><summary>{escape(part.summary)}</summary>\n{body}\n</details>" if body else ""


def _cell(cell, number: int, markdown: Callable[[str], str]) -> str:
    """The HTML of one cell, empty where a reader sees nothing."""
    if cell.cell_type == "markdown":
        return clean(markdown(cell.source)).strip()
    if cell.cell_type != "code":
        return ""
    return "\n".join(filter(None, (_output(output, number, markdown) for output in cell.outputs)))


def _output(output, number: int, markdown: Callable[[str], str]) -> str:
    if output.output_type == "error":
        raise ReportError(f"cell {number} ended in an error ({output.ename}): a page is made only of a whole run")
    if output.output_type == "stream":
        return ""
    data = output.data
    if "text/html" in data:
        return clean(data["text/html"]).strip()
    if "text/markdown" in data:
        return clean(markdown(data["text/markdown"])).strip()
    if "image/png" in data:
        return _figure(data["image/png"], output.metadata.get("image/png", {}).get("alt"), number)
    others = sorted(name for name in data if name.startswith("image/"))
    if others:
        raise ReportError(f"cell {number} shows a figure as {others[0]}: show it as PNG with alt text")
    return ""


def _figure(png: str, alt: object, number: int) -> str:
    if not isinstance(alt, str) or not alt.strip():
        raise ReportError(
            f"cell {number} shows a figure without alt text: say what it shows in metadata['image/png']['alt']"
        )
    try:
        data = base64.b64decode("".join(png.split()), validate=True)
    except binascii.Error:
        data = b""
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 24:
        raise ReportError(f"cell {number} shows a figure that is not a PNG: run the notebook again")
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    source = base64.b64encode(data).decode("ascii")
    return (
        f'<figure><img alt="{escape(" ".join(alt.split()))}" width="{width}" height="{height}"'
        f' src="data:image/png;base64,{source}"></figure>'
    )


def _soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def _split(html: str) -> list[tuple[int, str, str]]:
    """Pieces of a Markdown cell: level of the heading (0: none), its text, what follows it."""
    pieces: list[list] = [[0, "", []]]
    for node in _soup(html).contents:
        if isinstance(node, Tag) and node.name in ("h1", "h2"):
            pieces.append([int(node.name[1]), node.get_text(" ", strip=True), []])
        else:
            pieces[-1][2].append(str(node))
    return [(level, title, _demote("".join(rest).strip())) for level, title, rest in pieces]


def _take_heading(html: str) -> tuple[str, str]:
    """The text of the first heading, and the HTML without it."""
    soup = _soup(html)
    heading = soup.find(["h1", "h2", "h3", "h4", "h5"])
    if heading is None:
        return "", html
    heading.extract()
    return heading.get_text(" ", strip=True), str(soup).strip()


def _demote(html: str) -> str:
    """Inside a section, headings begin at level 3."""
    if "<h1" not in html and "<h2" not in html:
        return html
    soup = _soup(html)
    for heading in soup.find_all(["h1", "h2"]):
        heading.name = "h3"
    return str(soup)


def _name(shown: list[Section]) -> None:
    """Give each titled section an id of its own, made of its title."""
    used = {"content", *re.findall(r' id="([^"]+)"', "".join(str(section.body) for section in shown))}
    for section in shown:
        if not section.title:
            continue
        stem = "-".join(re.findall(r"\w+", section.title.lower())) or "section"
        name, count = stem, 1
        while name in used:
            count += 1
            name = f"{stem}-{count}"
        used.add(name)
        section.id = name
