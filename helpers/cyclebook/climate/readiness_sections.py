"""The section on readiness for a new practice, of a school's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate import readiness_figures as figures
from cyclebook.climate import readiness_readings as readings
from cyclebook.privacy import door
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    import pandas as pd

    from cyclebook.store import Bundle

RULES = ("prevalence", "ready_at", "community_at", "sources")


def readiness(bundle: Bundle) -> None:
    """Ready now, start with community, or cannot tell yet: how surely, how often wrong, from which sources, and what would help.

    Of the bundle it needs the rows ``readiness_*`` of the latest wave (``facts["focus"]``), and ``facts["readiness_sources"]``: each source's
    id and what it is about, in order. Nothing where the district has no such source.
    """
    names = {source["id"]: source["about"] for source in bundle.facts["readiness_sources"]}
    if not names:
        return
    own, district = (table.rows(scale="readiness", wave=bundle.facts["focus"]) for table in (bundle.own, bundle.district))
    rules = {f"readiness_{name}": float(bundle.setting(f"readiness_{name}")) for name in RULES}
    shown = own + district
    said = readings.said(own, district, names, rules)
    # a note fits as long as the answer is the same: the chance moves with other schools' answers, too
    told, noted = readings.verdict(own), own.rows(statistic="readiness_sources")
    if told is None:
        door.readings(bundle, "readiness", said, of=own, kind="missing")
        door.people(bundle, "readiness", of=noted)
        return
    door.readings(bundle, "readiness", said, of=shown)
    drawn = own.rows(statistic=("readiness_chance", "readiness_chance_low", "readiness_chance_high", "readiness_say"))
    alt = [Reading.of("rd_figure"), *readings.certainty(own, rules), *readings.parts(own, names)]
    door.figure(bundle, "readiness", figures.readiness, alt, names, rules, bundle.language, of=drawn)
    parts = own.rows(statistic="readiness_say")
    door.table(bundle, "readiness", _table(parts, names, bundle.language), phrase("rd_caption", bundle.language), of=parts, folded=True)
    door.people(bundle, "readiness", of=noted, declared=[told])


def _table(parts: Protected, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """A row for each source: what it speaks for, and how strongly."""
    rows = []
    for source, name in names.items():
        cell = parts.cell("readiness_say", item=source)
        if cell is not None:
            side = readings.say(parts, source)
            rows.append([name, phrase("dash" if side is None else f"rd_word_{side}", language), cells.text(cell, language)])
    return cells.frame(["rd_word_source", "rd_word_for", "rd_word_say"], rows, language)
