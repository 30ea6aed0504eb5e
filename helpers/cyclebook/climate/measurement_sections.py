"""The section on how well the survey measures, on the district's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate import measurement_readings as readings
from cyclebook.climate.readings import apart
from cyclebook.privacy import NOTHING, door
from cyclebook.reading import Reading, number, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cyclebook.privacy.protect import Protected
    from cyclebook.store import Bundle

ALPHA = ("alpha", "alpha_low", "alpha_high")
OWN = (*ALPHA, "omega", "rwg_j_james", "rwg_j_lindell", "average_deviation", "even_deviation", "agreement_schools")
APART = ("schools", "icc1_mean_squares", "icc2_mean_squares", "icc1_reml", "icc2_reml", "icc_p")


def of_district(bundle: Bundle) -> None:
    """How the questions of each scale hang together, how far staff of one school agree, whether schools can be told apart."""
    facts, language = bundle.facts, bundle.language
    if not facts["focus"]:
        door.readings(bundle, "measurement", [Reading.of("o_no_survey")], of=NOTHING, kind="missing")
        door.people(bundle, "measurement", of=NOTHING)
        return
    shown = bundle.district.rows(wave=facts["focus"], item="", statistic=(*OWN, *APART))
    found = readings.compared(shown, facts["scales"], facts["focus"])
    if not found:
        door.readings(bundle, "measurement", [Reading.of("m_few")], of=shown, kind="missing")
        door.people(bundle, "measurement", of=shown)
        return
    said = [
        readings.together(shown, found, facts["focus"]),
        readings.agree(shown, found, facts["focus"], int(bundle.setting("smallest_group"))),
        apart(shown, found, facts["focus"], float(bundle.setting("tell_apart"))),
    ]
    door.readings(bundle, "measurement", [lines for lines in said if lines], of=shown)
    if cautions := readings.cautions([*said[0], *said[1]]):
        door.readings(bundle, "measurement", [cautions], of=shown, kind="caution")
    own, between = shown.rows(statistic=OWN), shown.rows(statistic=APART)
    door.table(bundle, "measurement", _own(own, found, language), phrase("m_caption", language, wave=facts["focus_label"]), of=own)
    caption = phrase("caption_apart", language, wave=facts["focus_label"])
    door.table(bundle, "measurement", _apart(between, found, language), caption, of=between, folded=True)
    door.people(bundle, "measurement", of=shown)


def _own(table: Protected, scales: Sequence[Mapping], language: str):
    """Questions, reliability and agreement of each scale."""
    rows = []
    for scale in scales:
        where = {"scale": scale["id"]}
        rows.append([
            scale["name"],
            number(len(scale["items"]), language) if scale["items"] else phrase("dash", language),
            cells.with_range(table, ALPHA, where, language),
            *(cells.text(table.cell(name, **where), language) for name in OWN[3:]),
        ])  # fmt: skip
    return cells.frame(["word_scale", "word_items", "m_word_alpha", *(f"m_word_{name}" for name in OWN[3:])], rows, language)


def _apart(table: Protected, scales: Sequence[Mapping], language: str):
    """Intraclass correlations by both estimators, as on each school's page."""
    rows = [
        [scale["name"], *((cells.chance if name == "icc_p" else cells.text)(table.cell(name, scale=scale["id"]), language) for name in APART)]
        for scale in scales
    ]
    return cells.frame(["word_scale", *(f"word_{name}" for name in APART)], rows, language)
