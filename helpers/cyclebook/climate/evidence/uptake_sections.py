"""The section on what is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.evidence import figures, uptake_readings
from cyclebook.climate.evidence.uptake import FIDELITY, SCALE
from cyclebook.privacy import NOTHING, door
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

SHARE = ("share", "share_low", "share_high")


def uptake(bundle: Bundle) -> None:
    """How far each initiative is in use: reach and fidelity apart, beside the district and the round before; nothing where no one looks."""
    known = bundle.facts["evidence"].get("uptake")
    if known is None:
        return
    language, own = bundle.language, bundle.own
    shown = (own + bundle.district).rows(scale=(SCALE, FIDELITY))
    here = [name for name in known["initiatives"] if len(own.rows(scale=SCALE, item=name))]
    if not here:
        door.readings(bundle, "uptake", [[Reading.of("u_none"), Reading.of("u_how")]], of=NOTHING, kind="missing")
        door.people(bundle, "uptake", of=NOTHING)
        return
    periods = [(period["id"], period["label"]) for period in known["periods"]]
    told = {name: lines for name in here if (lines := uptake_readings.said(own, bundle.district, name, periods))}
    said = [*told.values(), [Reading.of("u_caution")]] if told else [[Reading.of("u_few")]]
    door.readings(bundle, "uptake", said, of=shown, kind="reading" if told else "missing")
    if told:
        alt = [Reading.of("u_figure"), *(lines[0] for lines in told.values())]
        panels = [(name, name) for name in told]
        door.figure(bundle, "uptake", figures.shares_by_item, alt, SCALE, panels, periods, language, of=shown.rows(scale=SCALE, statistic=SHARE))
    rows = []
    for name in here:
        for period, label in periods:
            where = {"item": name, "wave": period}
            part, meant = own.cell("part", scale=SCALE, **where), own.cell("part", scale=FIDELITY, item=f"{name}, in use", wave=period)
            if part is not None:
                rows.append([
                    name, label, cells.text(own.cell("expected", scale=SCALE, **where), language), cells.count_of(part, language),
                    cells.with_range(own, SHARE, {"scale": SCALE, **where}, language, share=True),
                    cells.percent(bundle.district.cell("share", scale=SCALE, **where), language), cells.count_of(meant, language),
                ])  # fmt: skip
    columns = ["u_word_name", "c_word_when", "u_word_expected", "u_word_using", "op_word_share", "word_district", "u_word_meant"]
    door.table(bundle, "uptake", cells.filled(cells.frame(columns, rows, language), language), phrase("u_caption", language), of=shown, folded=True)
    door.people(bundle, "uptake", of=shown)
