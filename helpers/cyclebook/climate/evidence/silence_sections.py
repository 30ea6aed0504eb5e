"""The section that holds kinds of silence side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate import page_readings
from cyclebook.climate.evidence import figures, silence_readings
from cyclebook.privacy import door
from cyclebook.reading import Reading, number, phrase

if TYPE_CHECKING:
    from cyclebook.climate.evidence.silence_readings import Silence
    from cyclebook.store import Bundle


def silence(bundle: Bundle) -> None:
    """Who did not answer, did not come, did not speak and was not sent, side by side; nothing where only one of these is known."""
    language, found = bundle.language, _found(bundle)
    said = silence_readings.said(found)
    if not said:
        return
    surveys = [survey["id"] for survey in bundle.facts["surveys"]]
    shown = bundle.own.rows(scale=surveys, wave=bundle.facts["focus"], statistic=("answers", "head_count"))
    shown = shown + bundle.own.rows(scale="meetings", item=[each.when for each in found], statistic=("quiet", "invited"))
    shown = shown + bundle.own.rows(scale="learning", item="voluntary", statistic=("held", "unsent"))
    door.readings(bundle, "silence", said, of=shown)
    names = [phrase(f"s_name_{each.kind}", language) for each in found]
    bars = [(name, each.percent) for name, each in zip(names, found, strict=True)]
    door.figure(bundle, "silence", figures.bars, [Reading.of("s_figure"), *said[0]], bars, language, of=shown)
    rows = [
        [name, cells.phrase_count(each.fact, language), number(each.whole, language), each.when] for name, each in zip(names, found, strict=True)
    ]
    columns = ["s_word_kind", "s_word_count", "s_word_whole", "c_word_when"]
    door.table(bundle, "silence", cells.frame(columns, rows, language), phrase("s_caption", language), of=shown, folded=True)
    door.people(bundle, "silence", of=shown)


def _found(bundle: Bundle) -> list[Silence]:
    focus, evidence = bundle.facts["focus"], bundle.facts["evidence"]
    staff = [survey["id"] for survey in bundle.facts["surveys"] if survey["who"] == "staff"]
    found = silence_readings.of_survey(bundle.own, staff, focus, page_readings.wave_label(bundle, focus))
    found += silence_readings.of_meetings(bundle.own, evidence.get("meetings", {}).get("meetings", ()))
    periods = evidence.get("learning", {}).get("periods", ())
    return found + (silence_readings.of_sessions(bundle.own, periods[-1]["id"], periods[-1]["label"]) if periods else [])
