"""The face of this step: one function for each section of its notebook. Each shows table, figure, readings and notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook import cells, store
from cyclebook.climate import figures, flagged_readings, frames, item_readings, measurement_readings, nonresponse_readings, page_readings, readings
from cyclebook.climate.evidence.claims_sections import built_on, side_by_side
from cyclebook.climate.evidence.followups_sections import followups
from cyclebook.climate.evidence.gatherings_sections import gatherings
from cyclebook.climate.evidence.learning_sections import learning
from cyclebook.climate.evidence.meetings_sections import meetings
from cyclebook.climate.evidence.opportunities_sections import opportunities
from cyclebook.climate.evidence.perception_sections import perception
from cyclebook.climate.evidence.pulse_sections import pulse
from cyclebook.climate.evidence.silence_sections import silence
from cyclebook.climate.evidence.staffing_sections import staffing
from cyclebook.climate.evidence.ties_sections import network
from cyclebook.climate.evidence.uptake_sections import uptake
from cyclebook.climate.group_sections import groups
from cyclebook.climate.readiness_sections import readiness
from cyclebook.climate.reported_sections import also_reported, reported, reported_in_short, unsurveyed
from cyclebook.privacy import door
from cyclebook.privacy.protect import Protected
from cyclebook.provenance import show as show_provenance
from cyclebook.reading import Reading, number, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

STEP, ROOM = "01_collect_climate", "climate"
__all__ = [
    "apart", "change", "flagged", "followups", "gatherings", "groups", "in_short", "items", "learning", "meetings", "network", "nonresponse", "open_school", "opportunities", "participation", "perception", "provenance", "pulse", "readiness", "reported", "scales",
    "side_by_side", "silence", "staffing", "uptake",
]  # fmt: skip
#: What the figure of the averages shows; its alternative text says no more than that.
DRAWN = ("level", "level_unbounded", "level_leaning", "level_leaning_unbounded", "level_no_interval", "steadied_again",
          "above", "below", "like", "cannot_tell")  # fmt: skip


def open_school(school_id: str, district: str | Path | None = None, as_of: str = "") -> Bundle:
    """The school's bundle for this step; see :func:`cyclebook.store.open_bundle`."""
    return store.open_bundle(STEP, ROOM, school_id, district or None, as_of)


def in_short(bundle: Bundle) -> None:
    """The page in a few sentences: who answered, where the school stands, what moved, and a question to begin with."""
    focus, found = bundle.facts["focus"], page_readings.shown_scales(bundle)
    if unsurveyed(bundle):
        reported_in_short(bundle)
        return
    said = [*page_readings.participation(bundle)]
    shown = bundle.own.rows(wave=focus, statistic=("answers", "head_count"))
    if found:
        worse = [scale["about"] for scale in bundle.facts["scales"] if scale["better"] == "lower"]
        position = readings.overview(page_readings.positions(bundle), worse)
        movement = readings.movement(page_readings.changes(bundle), page_readings.wave_label(bundle, bundle.facts["compared"]))
        if movement and any(page_readings.wave_label(bundle, bundle.facts["compared"]) in each["waves"] for each in bundle.facts["lineage"]["waves"]):
            movement = [*(reading for reading in page_readings.lineage(bundle) if reading.template == "joined"), *movement]
        said += [lines for lines in (position, movement) if lines]
        kinds = ("mean", "difference_low", "difference_high", "within_sd", "change_low", "change_high", "change_called")
        shown = shown + bundle.statistics.rows(wave=focus, statistic=kinds, item="")
    if found and not page_readings.is_closed(bundle):
        start = item_readings.start(_said_of_items(bundle))
        said += [also_reported(bundle) or (built_on(bundle) or [Reading.of("one_source")]), start]
        if start.template == "start_divided":
            shown = shown + bundle.own.rows(wave=focus, statistic=("favourable_count", "unfavourable"))
    if not found and focus:
        said += readings.few_answers(page_readings.scale_names(bundle), page_readings.wave_label(bundle, focus))
    door.readings(bundle, "in_short", said, of=shown, kind="summary")


def participation(bundle: Bundle) -> None:
    """How many answered in each wave, of whom."""
    if unsurveyed(bundle):
        return
    language, own = bundle.language, bundle.own
    shown = own.rows(statistic=("answers", "head_count", "response_rate"))
    said = [[*page_readings.participation(bundle), *page_readings.before(bundle)], page_readings.lineage(bundle)]
    said = [lines for lines in said if lines]
    door.readings(bundle, "participation", said, of=shown)
    surveys = [survey["id"] for survey in bundle.facts["surveys"]]
    rows = []
    for wave in bundle.facts["waves"]:
        for survey in surveys:
            where = {"scale": survey, "wave": wave["id"]}
            answers = shown.cell("answers", **where)
            if answers is None:
                continue
            heads, rate = shown.cell("head_count", **where), shown.cell("response_rate", **where)
            rows.append([
                wave["label"],
                cells.text(answers, language),
                cells.text(heads, language) if heads else phrase("no_head_count", language),
                cells.percent(rate, language) if rate else phrase("dash", language),
            ])  # fmt: skip
    if rows:
        columns = ["word_survey", "word_answers", "word_head_count", "word_rate"]
        door.table(bundle, "participation", cells.frame(columns, rows, language), phrase("caption_participation", language), of=shown)
    flagged(bundle, "participation")
    door.people(bundle, "participation", of=shown)


def nonresponse(bundle: Bundle) -> None:
    """From which roles staff answered, averages weighted to the roster's roles, and how far those not heard from could move them."""
    if unsurveyed(bundle):
        return
    language, focus, found = bundle.language, bundle.facts["focus"], page_readings.shown_scales(bundle)
    own = bundle.own.rows(wave=focus)
    surveys = [s["id"] for s in bundle.facts["surveys"] if (cell := own.cell("answers", scale=s["id"])) is not None and cell.value]
    kinds = ("answers", "head_count", "role_answers", "role_head_count", "role_unknown", "design_effect", "effective_n",
             "mean", "weighted", "bound_low", "bound_high", "half_shift")  # fmt: skip
    shown, wave = own.rows(statistic=kinds), page_readings.wave_label(bundle, focus)
    if not surveys:
        door.readings(bundle, "nonresponse", [Reading.of("nobody_answered")], of=shown, kind="missing")
    for survey in surveys:
        answered = [scale for scale in found if bundle.facts["scale_surveys"][scale["id"]] == survey]
        said = [
            nonresponse_readings.by_role(own, survey, focus, language, bundle.facts["roles_on_roster"], bundle.facts["on_every_scale"]),
            nonresponse_readings.weighted(own, survey, answered, focus),
            nonresponse_readings.could_move(own, survey, answered, focus),
            [Reading.of("weights_given")] if survey in bundle.facts["weights_given"] else [],
        ]
        door.readings(bundle, "nonresponse", [lines for lines in said if lines], of=shown)
        roles = frames.roles(own, survey, focus, language)
        if len(roles):
            door.table(bundle, "nonresponse", roles, phrase("caption_roles", language, wave=wave), of=shown)
        averages = frames.could_move(own, answered, focus, language)
        if len(averages) and averages.shape[1] > 2:
            door.table(bundle, "nonresponse", averages, phrase("caption_nonresponse", language, wave=wave), of=shown, folded=True)
    door.people(bundle, "nonresponse", of=shown)


def flagged(bundle: Bundle, anchor: str) -> None:
    """What can be seen in how the whole district answered, and what leaving it out would change; nothing where nothing was flagged."""
    focus = bundle.facts["focus"]
    district = bundle.district.rows(wave=focus, item="")
    said = flagged_readings.flagged(district, bundle.facts["surveys"], bundle.facts["scales"], focus)
    if said:
        counts = district.rows(statistic=("responses", "flagged"), scale=[survey["id"] for survey in bundle.facts["surveys"]])
        without = district.rows(statistic=("mean_with", "mean_without"))
        means = district.rows(statistic="mean", scale=without.unique("scale"))
        door.readings(bundle, anchor, [said], of=counts + without + means)


def scales(bundle: Bundle) -> None:
    """Where the school stands on each scale: its own average, the steadied one, and the district's."""
    if unsurveyed(bundle):
        return
    language, focus, found = bundle.language, bundle.facts["focus"], page_readings.shown_scales(bundle)
    own, district = bundle.own.rows(item=""), bundle.district.rows(item="")
    if not found:
        _not_enough(bundle, "scales")
        return
    said, explained = [], False
    for scale in bundle.facts["scales"]:
        if scale not in found:
            said.append([Reading.of("scale_hidden", name=scale["about"])])
            continue
        steadied = readings.steadied(own, scale, focus, again=explained)
        explained = explained or steadied is not None
        sentences = [
            readings.level(own, scale, focus),
            steadied,
            readings.position(own + district, scale, focus, float(bundle.setting("like_margin"))),
            readings.ceiling(own, scale, focus, float(bundle.setting("near_top"))),
            measurement_readings.spread(own + district, scale, focus),
            readings.direction(scale),
        ]
        said.append([reading for reading in sentences if reading is not None])
    said.append([Reading.of("about_climate")])
    plain = () if "steadied" in own.rows(wave=focus).unique("statistic") else ("mean_low", "mean_high")
    kinds = ("mean", *plain, "steadied", "steadied_low", "steadied_high", "difference_low",
             "difference_high", "within_sd", "favourable_count", "favourable", "favourable_low", "favourable_high",
             "standard_error")  # fmt: skip
    marked = (own + district).rows(wave=focus, statistic=kinds)
    # the spread follows from the standard error: it makes no note one of earlier numbers
    shown = marked + own.rows(wave=focus, statistic=("spread", "spread_low", "spread_high"))
    door.readings(bundle, "scales", said, of=shown)
    drawn = shown.rows(statistic=("mean", *plain, "steadied", "steadied_low", "steadied_high", "within_sd"))
    drawing = [reading for reading in chain(*said) if reading.template in DRAWN]
    alt = [Reading.of("figure_scales", names=tuple(scale["about"] for scale in found)), *drawing]
    door.figure(bundle, "scales", figures.scales, alt, found, focus, language, of=drawn)
    door.table(bundle, "scales", _scale_table(own, district, bundle), phrase("caption_scales", language, wave=page_readings.wave_label(bundle, focus)), of=shown)
    door.people(bundle, "scales", of=marked)


def _scale_table(own: Protected, district: Protected, bundle: Bundle):
    language, focus = bundle.language, bundle.facts["focus"]
    rows, steadied = [], "steadied" in own.rows(wave=focus).unique("statistic")
    for scale in bundle.facts["scales"]:
        where = {"scale": scale["id"], "wave": focus}
        mean = own.cell("mean", **where)
        if mean is None:
            continue
        rows.append([
            scale["name"],
            phrase("dash", language) if mean.n is None else number(mean.n, language),
            cells.text(mean, language) if steadied else cells.with_range(own, ("mean", "mean_low", "mean_high"), where, language),
            cells.with_range(own, ("steadied", "steadied_low", "steadied_high"), where, language),
            cells.text(district.cell("mean", **where), language),
            cells.interval(own, ("difference_low", "difference_high"), where, language),
            cells.with_range(own, ("favourable", "favourable_low", "favourable_high"), where, language, share=True),
            cells.text(own.cell("standard_error", **where), language),
            cells.with_range(own, ("spread", "spread_low", "spread_high"), where, language),
        ])  # fmt: skip
    columns = ["word_scale", "word_persons", "word_average" if steadied else "word_plain", "word_steadied", "word_district", "word_apart",
               "word_favourable_average", "word_error", "m_word_spread"]  # fmt: skip
    return cells.filled(cells.frame(columns, rows, language), language)


def change(bundle: Bundle) -> None:
    """What moved since the wave of comparison, and the average in each wave."""
    if unsurveyed(bundle):
        return
    language, waves = bundle.language, bundle.facts["waves"]
    own, found = bundle.own.rows(item=""), page_readings.shown_scales(bundle)
    said = [*page_readings.changes(bundle), *page_readings.reworded(bundle)] if found else [Reading.of("change_few" if bundle.facts["scales"] else "no_wave")]
    shown = own.rows(statistic=("mean", "mean_low", "mean_high", "change_low", "change_high", "change_called"))
    whose = [] if bundle.facts["parted"] or not found else page_readings.lineage(bundle)
    door.readings(bundle, "change", [*([whose] if whose else []), *said], of=shown, kind="reading" if found else "missing")
    drawn = [s for s in bundle.facts["scales"] if any(page_readings.has_mean(own, s["id"], wave["id"]) for wave in waves)]
    if len(waves) > 1 and drawn:
        alt = [Reading.of("figure_change", names=tuple(scale["about"] for scale in drawn)), *said]
        ends = bundle.district.rows(statistic=("mean", "within_sd"), item="")
        unbounded = any(scale["low"] is None for scale in drawn)
        door.figure(bundle, "change", figures.waves, alt, drawn, waves, language, of=shown + ends if unbounded else shown)
    if found and bundle.facts["compared"]:
        _change_table(bundle, own, found, shown)
    if len(waves) > 1 and drawn:
        names = ("mean", "mean_low", "mean_high")
        rows = [
            [
                wave["label"],
                *(cells.with_range(own, names, {"scale": scale["id"], "wave": wave["id"]}, language) for scale in drawn),
            ]
            for wave in waves
        ]
        frame = cells.frame(["word_survey"], rows, language, [scale["name"] for scale in drawn])
        door.table(bundle, "change", frame, phrase("caption_waves", language), of=shown.rows(statistic=names), folded=True)
    door.people(bundle, "change", of=shown)


def _change_table(bundle: Bundle, own: Protected, found: list[Mapping], shown: Protected) -> None:
    language, focus, before = bundle.language, bundle.facts["focus"], bundle.facts["compared"]
    rows = []
    for scale in found:
        where = {"scale": scale["id"]}
        called = own.cell("change_called", **where, wave=focus)
        word = "dash" if called is None or called.value is None else {1: "up", -1: "down", 0: "no"}[int(called.value)]
        rows.append([
            scale["name"],
            cells.text(own.cell("mean", **where, wave=before), language),
            cells.text(own.cell("mean", **where, wave=focus), language),
            cells.interval(own, ("change_low", "change_high"), {**where, "wave": focus}, language),
            phrase(word, language),
        ])  # fmt: skip
    columns = ["word_scale", "word_before", "word_now", "word_change", "word_called"]
    caption = phrase("caption_change", language, before=page_readings.wave_label(bundle, before), now=page_readings.wave_label(bundle, focus))
    door.table(bundle, "change", cells.frame(columns, rows, language), caption, of=shown)


def items(bundle: Bundle) -> None:
    """Each question: where staff are split, where they answer alike, and the favourable share."""
    if unsurveyed(bundle):
        return
    language, focus, texts = bundle.language, bundle.facts["focus"], page_readings.texts(bundle)
    own, district = bundle.own.rows(wave=focus), bundle.district.rows(wave=focus)
    if not page_readings.shown_scales(bundle):
        _not_enough(bundle, "items")
        return
    if not texts:
        kind = "no_favourable" if any(scale["items"] for scale in bundle.facts["scales"]) else "no_items"
        said = [Reading.of(kind), Reading.of(f"{kind}_remedy")]
        door.readings(bundle, "items", said, of=own.rows(item=list(texts)), kind="missing")
        door.people(bundle, "items", of=own.rows(item=list(texts)))
        return
    shown = (own + district).rows(item=list(texts))
    visible = {item: text for item, text in texts.items() if _value(own, item, focus) is not None}
    if not visible:
        door.readings(bundle, "items", [Reading.of("items_hidden")], of=shown, kind="missing")
        door.people(bundle, "items", of=shown)
        return
    said = _said_of_items(bundle)
    spreads = [own.cell("unfavourable", item=item, wave=focus) for item in visible]
    if any(cell is None or cell.value is None for cell in spreads):
        said.append(Reading.of("items_few"))
    door.readings(bundle, "items", said, of=shown)
    alt = [Reading.of("figure_items"), *said]
    drawn = shown.rows(statistic=("favourable", "favourable_low", "favourable_high"))
    door.figure(bundle, "items", figures.items, alt, visible, focus, language, of=drawn)
    rows = []
    for item, text in texts.items():
        where = {"item": item, "wave": focus}
        share = own.cell("favourable", **where)
        if share is None:
            continue
        count = own.cell("favourable_count", **where)
        rows.append([
            text,
            cells.count_of(count, language),
            cells.with_range(own, ("favourable", "favourable_low", "favourable_high"), where, language, share=True),
            cells.count(own.cell("unfavourable", **where), language),
            cells.percent(district.cell("favourable", **where), language),
        ])  # fmt: skip
    columns = ["word_question", "word_favourable_answers", "word_favourable", "word_unfavourable", "word_district"]
    caption = phrase("caption_items", language, wave=page_readings.wave_label(bundle, focus))
    door.table(bundle, "items", cells.frame(columns, rows, language), caption, of=shown, folded=True)
    door.people(bundle, "items", of=shown)


def _said_of_items(bundle: Bundle) -> list[Reading]:
    """Where staff are split, and where they answer alike."""
    shares = float(bundle.setting("agree_share")), float(bundle.setting("split_share"))
    return item_readings.items(bundle.own, page_readings.texts(bundle), bundle.facts["focus"], *shares, int(bundle.setting("divided_items")))


def _value(table: Protected, item: str, wave: str) -> float | None:
    cell = table.cell("favourable", item=item, wave=wave)
    return None if cell is None else cell.value


def apart(bundle: Bundle) -> None:
    """Whether this survey can tell the district's schools apart, scale by scale."""
    if unsurveyed(bundle):
        return
    language, focus = bundle.language, bundle.facts["focus"]
    district = bundle.district.rows(wave=focus, item="")
    limit = float(bundle.setting("tell_apart"))
    said = readings.apart(district, bundle.facts["scales"], focus, limit)
    kinds = ("schools", "icc1_mean_squares", "icc2_mean_squares", "icc1_reml", "icc2_reml", "icc_p", "within_sd")
    shown = district.rows(statistic=kinds)
    if not said:
        door.readings(bundle, "apart", [Reading.of("apart_too_few")], of=shown, kind="missing")
        door.people(bundle, "apart", of=shown)
        return
    door.readings(bundle, "apart", said, of=shown)
    rows = [
        [
            scale["name"],
            *((cells.chance if kind == "icc_p" else cells.text)(shown.cell(kind, scale=scale["id"]), language) for kind in kinds),
        ]
        for scale in bundle.facts["scales"]
        if shown.cell("schools", scale=scale["id"], wave=focus) is not None
    ]
    frame = cells.frame(["word_scale", *(f"word_{kind}" for kind in kinds)], rows, language)
    door.table(bundle, "apart", frame, phrase("caption_apart", language, wave=page_readings.wave_label(bundle, focus)), of=shown, folded=True)
    door.people(bundle, "apart", of=shown)


def provenance(bundle: Bundle) -> None:
    """How each scale is scored, the files behind the page, and each setting with the layer it came from."""
    language, dash = bundle.language, phrase("dash", bundle.language)
    measures = [
        [
            scale["name"],
            number(len(scale["items"]), language) if scale["items"] else dash,
            phrase(scale["mode"] if scale["items"] else "as_given", language),
            dash if scale["minimum_answered"] is None else number(scale["minimum_answered"], language),
            scale["source"],
        ]
        for scale in bundle.facts["scales"]
    ]
    columns = ["word_scale", "word_items", "word_how", "word_least", "word_source"]
    show_provenance(bundle, ("caption_measures", columns, measures))


def _not_enough(bundle: Bundle, anchor: str) -> None:
    said = [Reading.of("not_enough" if bundle.facts["scales"] else "no_wave")]
    shown = bundle.own.rows(wave=bundle.facts["focus"], statistic="mean")
    door.readings(bundle, anchor, said, of=shown, kind="missing")
    door.people(bundle, anchor, of=shown)
