"""The fixed words of a page, by language. A language is added by one more entry with the same keys."""

from __future__ import annotations

from cyclebook.report import ReportError

WORDS = {
    "en": {
        "skip": "Skip to the report",
        "synthetic": "Synthetic demonstration data: no real school, no real person.",
        "internal_sheet": "Internal: not approved for handing out",
        "home": "All schools",
        "reports": "Reports",
        "contents": "On this page",
        "old": "This is an earlier report.",
        "details": "Details",
        "index": "Reports by school",
        "schools": "Schools",
        "no_level": "Level not stated",
        "no_district": "District not stated",
        "one_school": "1 school",
        "many_schools": "{count} schools",
        "run": "{first} to {last}",
        "school": "School",
        "answered": "Answered",
        "state": "State of the report",
    },
}


def words(language: str) -> dict[str, str]:
    """The words of one language; ReportError if there are none, for a page half in another language misleads."""
    if language not in WORDS:
        raise ReportError(f"language {language!r}: pages speak {', '.join(sorted(WORDS))}; set `language` to one of these")
    return WORDS[language]
