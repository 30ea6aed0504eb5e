"""The section on the standing feedback link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.evidence import figures, pulse_readings
from cyclebook.climate.evidence.pulse import SCALE
from cyclebook.privacy import NOTHING, door
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

SHARE = ("share", "share_low", "share_high")


def pulse(bundle: Bundle) -> None:
    """What came through the feedback link, month by month; nothing where the district has none."""
    known = bundle.facts["evidence"].get("pulse")
    if known is None:
        return
    language, own = bundle.language, bundle.own.rows(scale=SCALE)
    if not len(own):
        missing = ["pu_untold", "pu_untold_how"] if known["untold"] else ["pu_none"]
        door.readings(bundle, "pulse", [[Reading.of(name) for name in missing]], of=NOTHING, kind="missing")
        door.people(bundle, "pulse", of=NOTHING)
        return
    shown = own + bundle.district.rows(scale=SCALE)
    periods = [(period["id"], period["label"]) for period in known["periods"]]
    asked = [question for question in known["questions"] if len(own.rows(item=question["id"]))]
    told = {q["id"]: lines for q in asked if (lines := pulse_readings.said(own, bundle.district, q["id"], q["text"], periods))}
    said = [*told.values(), [Reading.of("pu_caution")]] if told else [[Reading.of("pu_few")]]
    door.readings(bundle, "pulse", said, of=shown, kind="reading" if told else "missing")
    if told:
        alt = [Reading.of("pu_figure"), *(line for lines in told.values() for line in lines)]
        panels = [(q["id"], q["text"]) for q in asked if q["id"] in told]
        door.figure(bundle, "pulse", figures.shares_by_item, alt, SCALE, panels, periods, language, of=shown.rows(statistic=SHARE))
    rows = []
    for question in asked:
        for period, label in periods:
            where = {"item": question["id"], "wave": period}
            if own.cell("part", **where) is not None:
                rows.append([label, cells.count_of(own.cell("part", **where), language), cells.with_range(own, SHARE, where, language, share=True),
                             cells.percent(bundle.district.cell("share", scale=SCALE, **where), language)])  # fmt: skip
    columns = ["c_word_when", "pu_word_up", "op_word_share", "word_district"]
    door.table(bundle, "pulse", cells.filled(cells.frame(columns, rows, language), language), phrase("pu_caption", language), of=shown, folded=True)
    door.people(bundle, "pulse", of=shown)
