"""The section on meetings that were watched."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.evidence import meetings_figures, meetings_readings
from cyclebook.climate.evidence.meetings import SCALE
from cyclebook.privacy import door
from cyclebook.reading import Reading, number, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

DRAWN = 8  #: meetings in the figure, the latest ones


def meetings(bundle: Bundle) -> None:
    """How talk was spread in meetings that were watched, how many did not speak, and what was settled; nothing where none was watched."""
    known = bundle.facts["evidence"].get("meetings")
    if known is None:
        return
    own, language = bundle.own.rows(scale=SCALE), bundle.language
    if "meetings" not in known:
        door.readings(bundle, "meetings", [Reading.of("meetings_none")], of=own, kind="missing")
        door.people(bundle, "meetings", of=own)
        return
    every = known["meetings"]
    shown = [each for each in every if meetings_readings.meeting(own, each)]
    talked = [each for each in shown if _cell(own, each, "most") is not None]
    terms = list(dict.fromkeys(each["term"] for each in every))
    said = [meetings_readings.term(own, terms), meetings_readings.meeting(own, shown[-1]) if shown else []]
    if talked:
        said.append([Reading.of("meetings_silence")])
    door.readings(bundle, "meetings", [lines for lines in said if lines], of=own)
    door.readings(bundle, "meetings", meetings_readings.left_out(own, known, int(bundle.setting("smallest_group"))), of=own, kind="missing")
    if talked:
        last = talked[-DRAWN:]
        alt = [Reading.of("meetings_figure", count=len(last)), *(meetings_readings.meeting(own, each)[0] for each in last)]
        named = [(each["term"], each["meeting"], each["meeting"]) for each in last]
        drawn = own.rows(statistic=("most", "quiet"), item=[each["meeting"] for each in last])
        door.figure(bundle, "meetings", meetings_figures.shares_of_talk, alt, named, language, of=drawn)
    if shown:
        _tables(bundle, shown)
    door.people(bundle, "meetings", of=own)


def _tables(bundle: Bundle, shown: list[dict]) -> None:
    own, language = bundle.own.rows(scale=SCALE), bundle.language
    plain, numbers = [], []
    for each in shown:
        cell = {name: _cell(own, each, name) for name in ("turns", "most", "most_equal", "quiet", "quiet_equal", "invited", "planned", "settled")}
        people = next(one.n for one in cell.values() if one is not None)
        name = [phrase("meetings_day", language, day=date.fromisoformat(each["date"])), each["meeting"]]
        plain.append([
            *name, number(people, language), cells.text(cell["invited"], language), cells.text(cell["turns"], language),
            _beside(cell["most"], cell["most_equal"], language), _beside(cell["quiet"], cell["quiet_equal"], language), _settled(cell, language),
        ])  # fmt: skip
        found = {name: _cell(own, each, name) for name in ("gini_turns", "gini_turns_high", "evenness_turns", "gini", "gini_high", "evenness")}
        numbers.append([*name, *(cells.text(one, language) for one in found.values()), phrase(f"meetings_by_{each['by']}", language)])
    columns = [f"meetings_word_{name}" for name in ("day", "meeting", "people", "invited", "turns", "most", "quiet", "settled")]
    door.table(bundle, "meetings", cells.frame(columns, plain, language), phrase("meetings_caption", language), of=own)
    columns = [f"meetings_word_{name}" for name in
               ("day", "meeting", "gini_turns", "high", "evenness", "gini", "high_talk", "evenness_talk", "by")]  # fmt: skip
    door.table(bundle, "meetings", cells.frame(columns, numbers, language), phrase("meetings_caption_numbers", language), of=own, folded=True)


def _cell(own, each: dict, statistic: str):
    cell = own.cell(statistic, wave=each["term"], item=each["meeting"])
    return None if cell is None or cell.value is None else cell


def _beside(cell, equal, language: str) -> str:
    """A count, and in brackets what equal chances would give."""
    if cell is None or equal is None:
        return cells.count(cell, language)
    return phrase("meetings_with_equal", language, value=cells.count(cell, language), equal=int(equal.value))


def _settled(cell: dict, language: str) -> str:
    if cell["planned"] is None or cell["settled"] is None:
        return phrase("dash", language)
    return phrase("count_of", language, count=int(cell["settled"].value), answered=int(cell["planned"].value))
