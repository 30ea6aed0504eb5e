"""What may stand on a page: a short list of tags, attributes and classes. Everything else is taken out."""

from __future__ import annotations

import re
from functools import cache

import nh3

#: Classes that sections, tables and notes may use; `templates/cyclebook/style.css` gives each its look.
CLASSES = frozenset(
    "reading summary caution ask note stale missing mark by suppressed number wide unit worksheet line screen".split()
)
_CLASSED = ("div", "section", "aside", "p", "ul", "ol", "li", "span", "table", "th", "td")
_TAGS = frozenset(
    "a abbr aside blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 hr kbd li ol p pre section"
    " span strong sub summary sup table tbody td th thead time tr ul wbr".split()
)
#: Taken out with everything inside, because what is inside is not prose.
_WHOLLY_REMOVED = frozenset("script style svg math iframe object template noscript textarea title".split())
_LINK = re.compile(r"(?=.)(\.\./)*([\w.~%-]+/)*([\w.~%-]*)(#[\w.~%-]+)?")
_ID = re.compile(r"[\w.-]+")


def is_local(href: str) -> bool:
    """Whether a link stays inside the reports: relative, without a scheme, a host, a query or a leading slash."""
    return _LINK.fullmatch(href) is not None


def clean(html: str) -> str:
    """``html`` with only what may stand on a page: no script, style, comment, image, form, handler or foreign link.

    Headings of levels 1 to 5, lists, tables and the classes in `CLASSES` stay. Links stay if `is_local`. The result is
    well-formed, and safe between any two tags of a page.
    """
    return _cleaner().clean(html)


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_WHOLLY_REMOVED,
        attributes={
            "a": {"href"},
            "abbr": {"title"},
            "details": {"open"},
            "td": {"data-label"},
            "time": {"datetime"},
            **{f"h{level}": {"id"} for level in range(1, 6)},
        },
        tag_attribute_values={"th": {"scope": {"row", "col"}}},
        allowed_classes={tag: set(CLASSES) for tag in _CLASSED},
        attribute_filter=_attribute,
        url_schemes=set(),
        link_rel=None,
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if is_local(value) else None
    if name == "id":
        return value if _ID.fullmatch(value) else None
    return value
