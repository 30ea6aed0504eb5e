"""Silence as data: who did not answer, did not come and did not speak, side by side; never read as contentment, never as fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cyclebook import cells
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Fact, Reading


@dataclass(frozen=True)
class Silence:
    """One kind of silence: the phrase ``s_<kind>`` names it; count of whole; when: a label; bound: "more" or "less" where the count stands at an end."""

    kind: str
    count: int
    whole: int
    when: str
    bound: str = ""

    @property
    def fact(self) -> Fact:
        return cells.count_fact(Cell(float(self.count), 0, self.whole, self.whole, "", self.bound))

    @property
    def percent(self) -> float:
        """Of the whole, as drawn."""
        return 100 * self.count / self.whole


def of_survey(own: Protected, surveys: Iterable[str], wave: str, label: str) -> list[Silence]:
    """Who did not answer each survey of staff that has a head count."""
    found = []
    for survey in surveys:
        answers, heads = (own.cell(name, scale=survey, wave=wave) for name in ("answers", "head_count"))
        if answers is None or heads is None or answers.value is None or heads.value is None or answers.value > heads.value:
            continue
        found.append(Silence("unanswered", int(heads.value - answers.value), int(heads.value), label))
    return found


def of_meetings(own: Protected, listed: Sequence[Mapping]) -> list[Silence]:
    """Empty chairs, and who said nothing, in the latest meeting that numbers are shown of. listed: meeting, date and term of each."""
    for meeting in sorted(listed, key=lambda each: (each["date"], each["meeting"]), reverse=True):
        where = {"scale": "meetings", "item": meeting["meeting"], "wave": meeting["term"]}
        quiet, invited = (own.cell(name, **where) for name in ("quiet", "invited"))
        found = []
        if invited is not None and invited.value is not None and invited.n is not None and invited.value >= invited.n:
            found.append(Silence("chairs", int(invited.value) - invited.n, int(invited.value), meeting["meeting"]))
        if quiet is not None and quiet.value is not None:
            found.append(Silence("unspoken", int(quiet.value), quiet.n, meeting["meeting"], quiet.bound))
        if found:
            return found
    return []


def of_sessions(own: Protected, period: str, label: str) -> list[Silence]:
    """Sessions of professional learning that were open to all and to which the school sent no one."""
    held, unsent = (own.cell(name, scale="learning", item="voluntary", wave=period) for name in ("held", "unsent"))
    if held is None or unsent is None or not held.value or unsent.value is None:
        return []
    return [Silence("sessions", int(unsent.value), int(held.value), label)]


def said(found: Sequence[Silence]) -> list[list[Reading]]:
    """Each kind in a sentence, then what may not be read into it; nothing for fewer than two kinds, which say no more than their own sections do."""
    if len({each.kind for each in found}) < 2:
        return []
    lines = [Reading.of(f"s_{each.kind}" if each.count or each.bound else f"s_{each.kind}_none", count=each.fact, whole=each.whole, when=each.when) for each in found]
    return [lines, [Reading.of("s_caution")]]
