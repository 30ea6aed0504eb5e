"""The section on professional learning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.evidence import figures, learning_readings
from cyclebook.climate.evidence.learning import KINDS, SCALE
from cyclebook.privacy import NOTHING, door
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle


def learning(bundle: Bundle) -> None:
    """To how many sessions the school sent someone, voluntary and mandatory apart; nothing where no session is recorded in the district."""
    known = bundle.facts["evidence"].get("learning")
    if known is None:
        return
    language, own = bundle.language, bundle.own.rows(scale=SCALE)
    shown = own + bundle.district.rows(scale=SCALE)
    if not len(own):
        door.readings(bundle, "learning", [[Reading.of("l_none"), Reading.of("l_how")]], of=NOTHING, kind="missing")
        door.people(bundle, "learning", of=NOTHING)
        return
    periods = [(period["id"], period["label"]) for period in known["periods"] if len(own.rows(wave=period["id"]))]
    term, label = periods[-1]
    reasons = known["reasons"].get(term, ())
    said = learning_readings.said(own, bundle.district, term, label, reasons)
    door.readings(bundle, "learning", said, of=shown)
    sent, held = ({kind: own.cell(name, item=kind, wave=term) for kind in KINDS} for name in ("sent", "held"))
    bars = [(phrase(f"l_name_{kind}", language), 100 * sent[kind].value / held[kind].value) for kind in KINDS if held[kind] is not None and held[kind].value]
    door.figure(bundle, "learning", figures.bars, [Reading.of("l_figure"), *(lines[0] for lines in said[: len(bars)])], bars, language, of=own.rows(wave=term))
    rows = []
    for period, name in periods:
        for kind in KINDS:
            where = {"item": kind, "wave": period}
            if own.cell("held", **where) is not None:
                rows.append([name, phrase(f"l_name_{kind}", language), *(cells.text(own.cell(statistic, **where), language) for statistic in ("offered", "held", "sent")),
                             cells.percent(bundle.district.cell("middle", scale=SCALE, **where), language)])  # fmt: skip
    columns = ["c_word_when", "l_word_kind", "l_word_offered", "l_word_held", "l_word_sent", "l_word_middle"]
    door.table(bundle, "learning", cells.filled(cells.frame(columns, rows, language), language), phrase("l_caption", language), of=shown, folded=True)
    door.people(bundle, "learning", of=shown, declared=reasons)
