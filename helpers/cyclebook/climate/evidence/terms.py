"""Terms of the school year: fall from August to December, spring from January to July."""

from __future__ import annotations


def term_of(day: str) -> str:
    """The term of a day, as ``2025-fall``; its ids stand in the order of time except that fall follows spring of one year (:func:`order`)."""
    return f"{day[:4]}-{'fall' if int(day[5:7]) >= 8 else 'spring'}"


def order(term: str) -> tuple[str, bool]:
    """What to sort terms by."""
    year, _, half = term.partition("-")
    return year, half == "fall"
