"""The section on whom people turn to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate.evidence import ties_figures, ties_readings
from cyclebook.climate.evidence.ties import SCALE
from cyclebook.privacy import door
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.privacy.protect import Protected
    from cyclebook.store import Bundle


def network(bundle: Bundle) -> None:
    """A network in numbers, of those who agreed to be on the map: ties, returned ties, isolates, mixing across groups; nothing where none was made."""
    known = bundle.facts["evidence"].get("network")
    if known is None:
        return
    own, language = bundle.own.rows(scale=SCALE), bundle.language
    if "agreed" not in known:
        door.readings(bundle, "network", [Reading.of("net_none")], of=own, kind="missing")
        door.people(bundle, "network", of=own)
        return
    said, mixing = ties_readings.network(own), ties_readings.mixing(own, known)
    door.readings(bundle, "network", [lines for lines in (said, mixing) if lines], of=own)
    door.readings(bundle, "network", ties_readings.left_out(own, known, int(bundle.setting("smallest_group"))), of=own, kind="missing")
    if mixing:
        drawn = own.rows(statistic=("across", "across_chance_low", "across_chance_high"))
        door.figure(bundle, "network", ties_figures.across_groups, [Reading.of("net_figure"), *mixing], language, of=drawn)
    if said:
        door.table(bundle, "network", cells.frame(["net_word_number", "net_word_value", "net_word_chance"], _rows(own, language), language),
                   phrase("net_caption_round" if known["round"] else "net_caption", language, round=known["round"]), of=own)  # fmt: skip
        door.readings(bundle, "network", [Reading.of("net_caution")], of=own, kind="caution")
    door.people(bundle, "network", of=own)


def _rows(own: Protected, language: str) -> list[list[str]]:
    dash = phrase("dash", language)
    rows = [[phrase("net_row_completed", language), cells.count_of(own.cell("completed"), language), dash]]
    for name, write in (("named", cells.text), ("density", cells.percent), ("returned", cells.percent), ("isolates", cells.count)):
        low, high = own.cell(f"{name}_low"), own.cell(f"{name}_high")
        rows.append([phrase(f"net_row_{name}", language), _between(write(low, language), write(high, language), language), dash])
    for name, write in (("across", cells.percent), ("ei", cells.text)):
        if ties_readings.cell(own, name) is not None:
            ends = [write(own.cell(f"{name}_chance_{end}"), language) for end in ("low", "high")]
            rows.append([phrase(f"net_row_{name}", language), write(own.cell(name), language), _between(*ends, language)])
    return rows


def _between(low: str, high: str, language: str) -> str:
    return low if low == high else phrase("range", language, low=low, high=high)
