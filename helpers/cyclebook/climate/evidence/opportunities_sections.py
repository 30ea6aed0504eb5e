"""The section on staff in teams and staff who join in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.evidence import figures, opportunities_readings
from cyclebook.climate.evidence.opportunities import KINDS, SCALE
from cyclebook.privacy import NOTHING, door
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

SHARE = ("share", "share_low", "share_high")


def opportunities(bundle: Bundle) -> None:
    """How many staff are in teams beyond their contract, and how many join what brings people together; nothing where no one counts it."""
    known = bundle.facts["evidence"].get("opportunities")
    if known is None:
        return
    language, shown = bundle.language, (bundle.own + bundle.district).rows(scale=SCALE)
    if not len(bundle.own.rows(scale=SCALE)):
        door.readings(bundle, "opportunities", [[Reading.of("op_none"), Reading.of("op_how")]], of=NOTHING, kind="missing")
        door.people(bundle, "opportunities", of=NOTHING)
        return
    periods = [(period["id"], period["label"]) for period in known["periods"]]
    said = opportunities_readings.said(bundle.own, bundle.district, periods)
    door.readings(bundle, "opportunities", said or [Reading.of("op_few")], of=shown, kind="reading" if said else "missing")
    if said:
        drawn = shown.rows(statistic=SHARE)
        panels = [(kind, phrase(f"op_name_{kind}", language)) for kind in KINDS]
        alt = [Reading.of("op_figure"), *(lines[0] for lines in said)]
        door.figure(bundle, "opportunities", figures.shares_by_item, alt, SCALE, panels, periods, language, of=drawn)
    rows = []
    for period, label in periods:
        for kind in KINDS:
            where = {"scale": SCALE, "item": kind, "wave": period}
            part = bundle.own.cell("part", **where)
            if part is not None:
                rows.append([label, phrase(f"op_name_{kind}", language), cells.count_of(part, language),
                             cells.with_range(bundle.own, SHARE, where, language, share=True), cells.percent(bundle.district.cell("share", **where), language)])  # fmt: skip
    columns = ["c_word_when", "op_word_kind", "op_word_joined", "op_word_share", "word_district"]
    door.table(bundle, "opportunities", cells.filled(cells.frame(columns, rows, language), language), phrase("op_caption", language), of=shown, folded=True)
    door.people(bundle, "opportunities", of=shown)
