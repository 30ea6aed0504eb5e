"""The sections on what students and what families say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate import figures, readings
from cyclebook.privacy import door
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, number, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle


def perception(bundle: Bundle) -> None:
    """What students and families say, each survey's scales beside the district's; nothing where none was asked."""
    for survey in bundle.facts["evidence"].get("perception", {}).get("surveys", ()):
        _survey(bundle, survey)


def _survey(bundle: Bundle, survey: Mapping) -> None:
    language, wave, scales = bundle.language, survey["wave"], survey["scales"]
    ids = [scale["id"] for scale in scales]
    shown = (bundle.own + bundle.district).rows(scale=ids, item="")
    found = [scale for scale in scales if _mean(bundle.own, scale, wave) is not None]
    door.heading(survey["title"])
    anchor = f"perception_{survey['who']}"
    if not found:
        missing = [Reading.of(f"p_few_{survey['who']}", smallest_group=survey["smallest_group"])]
        door.readings(bundle, anchor, missing, of=bundle.own.rows(scale=ids), kind="missing")
        door.people(bundle, anchor, of=bundle.own.rows(scale=ids))
        return
    persons = [_mean(bundle.own, scale, wave).n for scale in found]
    heard = f"p_heard_{survey['who']}" + ("_most" if len(set(persons)) > 1 else "")
    said = [[Reading.of(heard, count=max(persons), wave=survey["label"])]]
    for scale in found:
        said.append(of_scale(bundle.own + bundle.district, scale, wave, survey["before"], survey["before_label"], float(bundle.setting("like_margin"))))
    now = shown.rows(wave=wave)
    door.readings(bundle, anchor, said, of=shown)
    drawn = now.rows(statistic=("mean", "mean_low", "mean_high", "steadied", "steadied_low", "steadied_high", "within_sd"))
    alt = [Reading.of("figure_scales", names=tuple(scale["about"] for scale in found)), *(lines[0] for lines in said[1:])]
    door.figure(bundle, anchor, figures.scales, alt, found, wave, language, of=drawn)
    rows = []
    for scale in found:
        where = {"scale": scale["id"], "wave": wave}
        rows.append([
            scale["name"],
            number(_mean(bundle.own, scale, wave).n, language),
            cells.text(_mean(bundle.own, scale, wave), language),
            cells.with_range(bundle.own, ("steadied", "steadied_low", "steadied_high"), where, language),
            cells.text(bundle.district.cell("mean", **where), language),
            cells.interval(bundle.own, ("difference_low", "difference_high"), where, language),
        ])  # fmt: skip
    columns = ["word_scale", f"p_word_{survey['who']}", "word_average", "word_steadied", "word_district", "word_apart"]
    caption = phrase("p_caption", language, title=survey["title"], wave=survey["label"])
    door.table(bundle, anchor, cells.filled(cells.frame(columns, rows, language), language), caption, of=now)
    door.people(bundle, anchor, of=shown)


def of_scale(table: Protected, scale: Mapping, wave: str, before: str, label: str, margin: float) -> list[Reading]:
    """What is said of one scale: its level, where it lies beside the district, and what moved."""
    own = table.rows(school_id=[school for school in table.unique("school_id") if school])
    said = [readings.level(own, scale, wave), readings.position(table, scale, wave, margin)]
    if before and own.cell("change_low", scale=scale["id"], wave=wave) is not None:
        said.append(readings.change(own, scale, wave, before, label))
    return [reading for reading in said if reading is not None]


def _mean(own: Protected, scale: Mapping, wave: str):
    cell = own.cell("mean", scale=scale["id"], wave=wave)
    return None if cell is None or cell.value is None else cell
