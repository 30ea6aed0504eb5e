"""Shared agreements seen on a day: which of the four questions they answer, when each is due for review, what is not stated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cyclebook.parameters.plan_model import QUESTIONS

if TYPE_CHECKING:
    from cyclebook.parameters import Agreement

#: What an agreement may leave unsaid, in the order in which a page asks for it.
PARTS = ("question", "owner", "behaviour", "cadence", "review")


@dataclass(frozen=True)
class Review:
    """The reviews of one agreement, seen on a day.

    last: the last review up to that day; due: the next one. Both are None where they are not known. days: how many days the next
    review is overdue: 0 on the very day it is due, below 0 while there is time, None where no next review is known.
    """

    last: date | None
    due: date | None
    days: int | None


def review(agreement: Agreement, day: date | None) -> Review:
    """The last and the next review of an agreement. day: the day that the page speaks of; None: no day is known.

    The next review is due `cadence` days after the last one. A review written down for a later day than ``day`` has not
    taken place yet, so it does not count.
    """
    last = agreement.last_review
    if last and day and last > day:
        last = None
    due = last + timedelta(days=agreement.cadence) if last and agreement.cadence else None
    return Review(last, due, (day - due).days if due and day else None)


def unsaid(agreement: Agreement, day: date | None) -> tuple[str, ...]:
    """Which of ``PARTS`` are not stated: no known question, no owner, no behaviour that one could see, no cadence, no review."""
    stated = {
        "question": agreement.question in QUESTIONS,
        "owner": bool(agreement.owner.strip()),
        "behaviour": bool(agreement.behaviour.strip()),
        "cadence": agreement.cadence is not None,
        "review": review(agreement, day).last is not None,
    }
    return tuple(part for part in PARTS if not stated[part])


def coverage(agreements: Iterable[Agreement]) -> dict[str, tuple[str, ...]]:
    """The ids of the agreements that answer each of the four questions, in their order; none: an empty tuple."""
    agreements = list(agreements)
    return {question: tuple(each.id for each in agreements if each.question == question) for question in QUESTIONS}
