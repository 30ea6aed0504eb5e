"""What may be said of meetings that were watched: how talk was spread beyond what equal chances give, and what was settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from cyclebook import cells
from cyclebook.climate.evidence.meetings import SCALE
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Reading


def term(own: Protected, terms: Sequence[str]) -> list[Reading]:
    """The latest term that has two or more meetings to speak of; [] without one. terms: in order of time."""
    for each in reversed(terms):
        if (found := _of(own, each, "")).get("meetings"):
            break
    else:
        return []
    half, year = each.partition("-")[2], int(each[:4])
    meetings = int(found["meetings"].value)
    said = [Reading.of(f"meetings_term_{half}", year=str(year), meetings=meetings, share=cells.fact(found["most_share"]))]
    if "quiet_share" in found:
        said.append(Reading.of("meetings_term_quiet", share=cells.fact(found["quiet_share"])))
    judged, uneven = int(found["judged"].value), int(found["uneven"].value)
    if judged:
        said.append(Reading.of("meetings_term_uneven" if uneven else "meetings_term_even", count=uneven, judged=judged))
    if "led_share" in found:
        said.append(Reading.of("meetings_term_led", share=cells.fact(found["led_share"]), equal=cells.fact(found["led_equal"])))
    if "planned" in found:
        said.append(Reading.of("meetings_term_settled", settled=int(found["settled"].value), planned=int(found["planned"].value)))
    return said


def meeting(own: Protected, known: Mapping) -> list[Reading]:
    """One meeting: who talked in numbers, beside what equal chances would give, empty chairs, what was settled; [] where nothing is shown."""
    found = _of(own, known["term"], known["meeting"])
    said = []
    if "most" in found:
        people, facts = found["most"].n, {"meeting": known["meeting"], "day": date.fromisoformat(known["date"]), "most": cells.count_fact(found["most"])}
        if "quiet" in found:
            said.append(Reading.of("meetings_meeting", **facts, people=people, quiet=cells.count_fact(found["quiet"])))
        else:
            said.append(Reading.of("meetings_meeting_spoken", **facts, people=people))
        said += _beside_chance(found)
    if "invited" in found and found["invited"].value > found["invited"].n:
        said.append(Reading.of("meetings_empty", count=int(found["invited"].value) - found["invited"].n, invited=int(found["invited"].value)))
    if "planned" in found and "settled" in found and found["planned"].value:
        said.append(Reading.of("meetings_settled", settled=int(found["settled"].value), planned=int(found["planned"].value)))
    return said


def _beside_chance(found: Mapping[str, Cell]) -> list[Reading]:
    turns = int(found["turns"].value)
    if "gini" not in found or "gini_high" not in found:
        return [Reading.of("meetings_untold", turns=turns)]
    said = [Reading.of("meetings_equal", most=int(found["most_equal"].value))]
    if "quiet" in found:
        said = [Reading.of("meetings_equal_quiet", most=int(found["most_equal"].value), quiet=int(found["quiet_equal"].value))]
    gini, high = found["gini"], found["gini_high"]
    if gini.value <= high.value and gini.bound:  # it may lie beyond what is shown
        return said
    kind = "meetings_beyond" if gini.value > high.value else "meetings_within"
    return [*said, Reading.of(kind, turns=turns, gini=cells.fact(gini), high=cells.fact(high))]


def left_out(own: Protected, known: Mapping, smallest_group: int) -> list[Reading]:
    """How many meetings are not shown, and why."""
    hidden = sum(1 for each in known["meetings"] if not _of(own, each["term"], each["meeting"]))
    counts = {"meetings_few": hidden, "meetings_over": known["over"], "meetings_uncounted": known["uncounted"], "meetings_unlisted": known["unlisted"]}
    return [Reading.of(name, count=count, smallest_group=smallest_group) for name, count in counts.items() if count]


def _of(own: Protected, term_id: str, item: str) -> dict[str, Cell]:
    """The numbers that are shown of a meeting (or a term), by statistic."""
    rows = own.rows(scale=SCALE, wave=term_id, item=item)
    found = {name: rows.cell(name) for name in rows.unique("statistic")}
    return {name: cell for name, cell in found.items() if cell is not None and cell.value is not None}
