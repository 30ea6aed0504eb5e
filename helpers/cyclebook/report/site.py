"""The index of all reports: one page, tables only, as good for three schools as for ten thousand; and what is said beside it in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader

from cyclebook.report import ReportError
from cyclebook.report.html import TEMPLATES
from cyclebook.report.sanitise import is_local
from cyclebook.report.words import words

#: A table is split after so many schools, and a list to jump from is put on top.
LONG = 100


@dataclass(frozen=True, kw_only=True)
class IndexRow:
    """One school. ``district``: where one folder holds several. ``links``: text and relative link of each of its pages; ``answered``, ``state`` and ``detail`` are
    text as shown, ``detail`` possibly empty."""

    school_id: str
    name: str
    level: str = ""
    district: str = ""
    links: tuple[tuple[str, str], ...] = ()
    answered: str
    state: str
    detail: str = ""


@dataclass(frozen=True)
class _Group:
    id: str
    title: str
    count: str
    rows: list[IndexRow]


@dataclass(frozen=True)
class Part:
    """What a statement says under one heading: a sentence that leads in (empty: none), and its points."""

    title: str
    lead: str
    lines: tuple[str, ...]


def statement(
    title: str, opening: Sequence[str], parts: Sequence[Part], *, district: str, synthetic: bool, approval: str, internal: bool,
    language: str = "en", home: str = "index.html",
) -> str:  # fmt: skip
    """A page of plain sentences that stands beside the index: what is said to everyone, whatever the numbers.

    ``opening``: the sentences that it begins with; ``home``: relative link to the index; the rest as on a report. Raises ReportError
    for a link that leaves the reports.
    """
    if not is_local(home):
        raise ReportError(f"the link {home!r} leaves the reports: give a relative path")
    return _template("statement_page.html.j2").render(
        title=title, opening=opening, parts=parts, district=district, synthetic=synthetic, approval=approval, internal=internal,
        language=language, home=home, words=words(language),
    )  # fmt: skip


def index(
    district: str,
    synthetic: bool,
    summary: Sequence[str],
    rows: Sequence[IndexRow],
    footer: Sequence[str],
    banner: Sequence[str] = (),
    language: str = "en",
    whole: Sequence[tuple[str, str]] = (),
    approval: str = "",
    internal: bool = False,
) -> str:
    """The page that lists every school, by level in the order of first appearance, then by name; by district instead where there are several.

    ``whole``: text and link of the pages that speak of the whole district. ``summary`` is what the batch has to say in sentences; ``banner``, ``approval`` and ``internal`` as on a report. Raises ReportError for no row at
    all, or a link that leaves the reports.
    """
    if not rows:
        raise ReportError("the index has no school: name at least one in parameters/schools.csv")
    for row in rows:
        for _, href in (*row.links, *whole):
            if not is_local(href):
                raise ReportError(f"school {row.school_id}: the link {href!r} leaves the reports: give a relative path")
    terms = words(language)
    groups = _groups(rows, terms)
    return _template("index_page.html.j2").render(
        district=district, synthetic=synthetic, summary=summary, banner=banner, footer=footer, language=language,
        words=terms, groups=groups, whole=whole, approval=approval, internal=internal, jump=len(rows) > LONG and len(groups) > 1,
    )  # fmt: skip


def _groups(rows: Sequence[IndexRow], terms: dict[str, str]) -> list[_Group]:
    several = len({row.district.strip() for row in rows} - {""}) > 1
    parts: dict[str, list[IndexRow]] = {}
    for row in rows:
        parts.setdefault((row.district if several else row.level).strip(), []).append(row)
    unnamed = parts.pop("", [])
    rest = terms["no_district" if several else "no_level"] if parts else terms["schools"]
    named = [*parts.items(), *([(rest, unnamed)] if unnamed else [])]
    groups = []
    for part_name, members in named:
        members = sorted(members, key=lambda row: (row.name.casefold(), row.school_id))
        for start in range(0, len(members), LONG):
            part = members[start : start + LONG]
            title = part_name
            if len(members) > LONG:
                title = f"{part_name}: {terms['run'].format(first=part[0].name, last=part[-1].name)}"
            count = terms["one_school"] if len(part) == 1 else terms["many_schools"].format(count=len(part))
            groups.append(_Group(f"group-{len(groups) + 1}", title, count, part))
    return groups


@cache
def _template(name: str):
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES, TEMPLATES / "cyclebook"]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
