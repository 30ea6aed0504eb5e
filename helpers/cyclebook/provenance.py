"""The last cell of every notebook: what stands behind the page, each setting with its layer, and notes without a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.privacy import NOTHING, door
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

#: A table of constants: caption and column names as ids of the catalogue, and its rows of text.
Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def show(bundle: Bundle, *tables: Table) -> None:
    """Show the step's own tables of constants, the files behind the page, the settings, then notes that name no evidence here."""
    language, facts = bundle.language, bundle.facts
    if any(bundle.statistics.unique("set")):  # numbers that people stand behind
        door.readings(bundle, "settings", [Reading.of("ends_not_shown")], of=NOTHING)
    dash = phrase("dash", language)
    files = [
        [source["file"], phrase(f"table_{source['table']}", language), source["form"], facts["wave_labels"].get(source["wave"]) or dash]
        for source in facts["sources"]
    ]
    settings = [[s["name"], str(s["value"]), phrase(f"layer_{s['layer']}", language)] for s in facts["settings"]]
    for caption, columns, rows in (
        *tables,
        ("caption_sources", ["word_file", "word_kind", "word_form", "word_survey"], files),
        ("caption_settings", ["word_setting", "word_value", "word_from"], settings),
    ):
        if rows:
            door.constants(cells.frame(columns, rows, language), phrase(caption, language))
    door.unplaced(bundle)
