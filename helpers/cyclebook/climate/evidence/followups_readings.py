"""What may be said of what was heard in talks: how many, and what enough of them named."""

from __future__ import annotations

from cyclebook import cells
from cyclebook.climate.evidence.followups import KINDS, SCALE
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase


def said(own: Protected, language: str) -> list[list[Reading]]:
    """Each way in which people were heard, with the themes that enough of them named, the most often named first."""
    found = []
    for kind in KINDS:
        heard = own.cell("took_part", scale=SCALE, item=kind)
        if heard is None:
            continue
        if heard.value is None:
            found.append([Reading.of(f"f_{kind}_few")])
            continue
        lines = [Reading.of(f"f_{kind}", count=int(heard.value))]
        themes = themes_of(own, kind)
        lines += [Reading.of("f_theme", theme=theme, count=cells.count_fact(cell), of=cell.n) for theme, cell in themes]
        if not themes:
            lines.append(Reading.of("f_no_theme"))
        found.append(lines)
    return [*found, [Reading.of("f_caution")]] if found else []


def themes_of(own: Protected, kind: str):
    """(theme, cell) of a kind's themes that are shown, the most often named first."""
    named = own.rows(scale=SCALE, statistic="named")
    cells_of = [(item.removeprefix(f"{kind}: "), named.cell("named", item=item)) for item in named.unique("item") if item.startswith(f"{kind}: ")]
    return sorted(((theme, cell) for theme, cell in cells_of if cell.value is not None), key=lambda pair: (-pair[1].value, pair[0]))


def name(kind: str, language: str) -> str:
    """The kind in words."""
    return phrase(f"f_name_{kind}", language)
