"""Several sources side by side for each claim: where they agree, where they clash, which are silent, and what to add next.

A source speaks for a claim where the school stands above its district on it, against it where below, and is silent where it is like the
district or cannot be told apart. Comparing sources in this way, and not only within one, is triangulation (Denzin 1978, The Research Act, ch. 10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

#: What a source says of a claim.
FOR, AGAINST, LIKE, UNTOLD = "for", "against", "like", "cannot_tell"
#: How the sources of a claim stand to each other.
AGREE, CLASH, ONE, SILENT, ALONE = "agree", "clash", "one", "silent", "alone"
#: Sources in the order in which to add them: what a district has already comes first, what asks most of people last.
ORDER = ("survey", "staffing", "learning", "opportunities", "followups", "meetings", "uptake", "students", "families", "pulse", "gatherings",
         "network")  # fmt: skip


@dataclass(frozen=True)
class Indicator:
    """One claim's evidence from one source.

    claim: of ``parameters.model.CLAIMS``; source: of ``ORDER``; name: what was looked at, as it stands within a sentence; value: as the page shows
    it; n: persons behind it; period: its label; says: what it says of the claim (its direction already taken into account).
    """

    claim: str
    source: str
    name: str
    value: str
    n: int | None
    period: str
    says: str


@dataclass(frozen=True)
class Weighed:
    """How the sources of one claim stand to each other. up, down, silent: names of what speaks for it, against it, and not at all."""

    claim: str
    kind: str
    up: tuple[str, ...]
    down: tuple[str, ...]
    silent: tuple[str, ...]


def weigh(indicators: Iterable[Indicator], claims: Sequence[str]) -> list[Weighed]:
    """Each claim that has evidence, in the order given.

    ``alone``: all its evidence is of one source, which nothing can confirm; ``agree``: two sources or more speak, all the same way; ``clash``:
    they speak both ways; ``one``: a single source speaks, and others are silent; ``silent``: none speaks.
    """
    found, known = [], list(indicators)
    for claim in claims:
        here = [each for each in known if each.claim == claim]
        if not here:
            continue
        speaking = [each for each in here if each.says in (FOR, AGAINST)]
        sides, voices = {each.says for each in speaking}, {each.source for each in speaking}
        if len({each.source for each in here}) == 1:
            kind = ALONE
        elif not speaking:
            kind = SILENT
        elif len(sides) == 2:
            kind = CLASH
        else:
            kind = AGREE if len(voices) > 1 else ONE
        parts = (tuple(each.name for each in here if each.says in says) for says in ((FOR,), (AGAINST,), (LIKE, UNTOLD)))
        found.append(Weighed(claim, kind, *parts))
    return found


def missing(recorded: Iterable[str]) -> tuple[str, ...]:
    """The sources that nothing is recorded of, in the order in which to add them."""
    known = set(recorded)
    return tuple(source for source in ORDER if source not in known)


def turned(place: str | None, better: str) -> str | None:
    """What a place beside the district ("above", "below", "like", "cannot_tell") says of a claim that a higher or a lower number speaks for."""
    sides: Mapping[str, str] = {"above": FOR, "below": AGAINST} if better == "higher" else {"above": AGAINST, "below": FOR}
    return sides.get(place, place) if place else None
