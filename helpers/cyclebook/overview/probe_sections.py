"""The section of patterns to look into, on the district's own page and on no school's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.overview import figures, probe_readings as readings
from cyclebook.privacy import door
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    import pandas as pd

    from cyclebook.store import Bundle


def probe(bundle: Bundle) -> None:
    """Gaps between groups within schools, trends between schools, and what to ask; nothing where the district asks for no groups."""
    facts, language = bundle.facts, bundle.language
    attributes = facts["probe"]
    if not attributes:
        return
    kinds = [f"{kind}{end}" for kind in (readings.GAP, readings.TREND) for end in ("", "_low", "_high", "_called")]
    table = bundle.district.rows(wave=facts["focus"], statistic=kinds)
    scales = [scale for scale in facts["scales"] if any(value is not None for value in table.rows(scale=scale["id"]).values())]
    said = readings.patterns(table, scales, attributes, language)
    door.readings(bundle, "probe", said, of=table, kind="reading" if scales else "missing")
    if scales:
        door.readings(bundle, "probe", readings.ask(table, scales, attributes, language), of=table, kind="caution")
        names = {item: readings.name_of(item, attributes, language) for item in _items(table, readings.GAP)}
        if names:
            gaps = table.rows(statistic=[*readings.triple(readings.GAP), f"{readings.GAP}_called"])
            alt = [Reading.of("o_probe_figure", names=tuple(scale["about"] for scale in scales)), *(one for line in said for one in line)]
            door.figure(bundle, "probe", figures.gaps, alt, scales, names, language, of=gaps)
        for kind in (readings.GAP, readings.TREND):
            if _items(table, kind):
                shown = table.rows(statistic=[*readings.triple(kind), f"{kind}_called"])
                caption = phrase(f"o_caption_{kind}", language, wave=facts["focus_label"])
                door.table(bundle, "probe", _table(bundle, shown, kind, scales), caption, of=shown, folded=True)
    numbers = [f"{row.scale}.{row.item}.{row.statistic}={'' if row.why else row.value}" for row in table.frame.itertuples()]
    door.people(bundle, "probe", of=table, declared=numbers)


def _items(table: Protected, kind: str) -> list[str]:
    """The groups of which anything can be told, in order."""
    return [item for item, rows in table.rows(statistic=kind).by("item").items() if any(value is not None for value in rows.values())]


def _table(bundle: Bundle, table: Protected, kind: str, scales: list[Mapping]) -> pd.DataFrame:
    language, rows = bundle.language, []
    for item in table.unique("item"):
        row = [readings.name_of(item, bundle.facts["probe"], language)]
        for scale in scales:
            text = cells.with_range(table, readings.triple(kind), {"scale": scale["id"], "item": item}, language)
            row.append(phrase("o_probe_named", language, value=text) if readings.called(table, kind, scale["id"], item) else text)
        rows.append(row)
    return cells.frame(["o_word_group"], rows, language, [scale["name"] for scale in scales])
