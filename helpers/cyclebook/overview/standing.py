"""Where each cycle of the district stands, over its schools, and what people have to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclebook.evaluation.study import Result

#: Of one school: the state of its result, and for a decided one the word of the verdict.
NO_VERDICT = ("no_rule", "rule_open", "rule_changed")
#: Of a cycle, in the order in which people want to hear of them; `mixed`: its schools stand differently.
STANDINGS = ("adopt", "adapt", "stop", "mixed", "undecided", "running", "planned", "no_verdict")


#: What waits for people as long as they have decided nothing.
WAITING = ("adopt", "adapt", "stop", "undecided", "rule_open", "rule_changed")


@dataclass(frozen=True)
class Need:
    """Something that people have to decide: what (an id of the catalogue), about which cycle, at which schools."""

    what: str
    cycle: str
    schools: tuple[str, ...]


def standing(results: Sequence[Result]) -> str:
    """Where a cycle stands, by the results of its schools: one of ``STANDINGS``. Raises ValueError without any result."""
    if not results:
        raise ValueError("a cycle without a school stands nowhere")
    found = {of_school(result) for result in results}
    return found.pop() if len(found) == 1 else "mixed"


def of_school(result: Result) -> str:
    """Where the cycle stands at one school: one of ``STANDINGS`` but ``mixed``."""
    if result.state == "decided":
        return result.verdict.decision
    if result.state in NO_VERDICT:
        return "no_verdict"
    return "running" if result.state == "waiting" else result.state


def needs(by_cycle: Mapping[str, Sequence[Result]], as_of: date | None) -> list[Need]:
    """What waits for a decision, cycle by cycle in their order.

    A verdict of the rule that no one has acted on (``adopt``, ``adapt``, ``stop``); all looks used without a verdict
    (``undecided``); a rule that is not fixed though the cycle has begun (``rule_open``), or that was changed
    (``rule_changed``). Where people have decided already, nothing waits, unless what they adopted has lost its goal since
    (``lost``).
    """
    found = []
    for cycle, results in by_cycle.items():
        waiting: dict[str, list[str]] = {}
        for result in results:
            what = of_school(result) if result.state in ("decided", "undecided") else result.state
            decided = result.decision is not None and (as_of is None or result.decision.day <= as_of)
            if decided and result.decision.word == "adopt" and any(g.kind == "outcome" and g.state == "lost" for g in result.goals):
                waiting.setdefault("lost", []).append(result.school)
            elif not decided and what in WAITING:
                waiting.setdefault(what, []).append(result.school)
        found += [Need(what, cycle, tuple(schools)) for what, schools in waiting.items()]
    return found
