"""What the sections of this step say, put together from a bundle: each a reading, or the readings of one question."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from cyclebook.climate import readings
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle


def wave_label(bundle: Bundle, wave: str) -> str:
    """The name of a wave as people know it."""
    return next((w["label"] for w in bundle.facts["waves"] if w["id"] == wave), wave)


def shown_scales(bundle: Bundle) -> list[Mapping]:
    """The scales that have a result on this page now."""
    own, focus = bundle.own, bundle.facts["focus"]
    return [scale for scale in bundle.facts["scales"] if has_mean(own, scale["id"], focus)]


def scale_names(bundle: Bundle) -> list[str]:
    """What the scales of the page are about."""
    return [scale["about"] for scale in bundle.facts["scales"]]


def texts(bundle: Bundle) -> dict[str, str]:
    """The wording of each item without its full stop, saying where disagreeing is the favourable answer."""
    return {
        item["id"]: phrase(
            "item_reversed" if item["reversed"] else "item", bundle.language, text=item["text"].rstrip(" .")
        )
        for scale in bundle.facts["scales"]
        if scale["favourable"] is not None
        for item in scale["items"]
    }


def participation(bundle: Bundle) -> list[Reading]:
    """Who answered now, survey by survey, and that the school has closed."""
    facts, focus = bundle.facts, bundle.facts["focus"]
    said = []
    if is_closed(bundle) and focus:
        closed = date.fromisoformat(facts["school"]["closed"])
        said.append(readings.closed(closed, facts["school"]["successors"], wave_label(bundle, focus)))
    surveys = [s["id"] for s in facts["surveys"] if bundle.own.cell("answers", scale=s["id"], wave=focus) is not None]
    if not surveys:
        return [*said, *(Reading.of(template) for template in ("no_wave", "no_wave_why", "no_wave_how"))]
    gate = float(bundle.setting("answer_gate_rate")), int(bundle.setting("answer_gate_answers"))
    smallest = int(bundle.setting("smallest_group"))
    return said + [readings.participation(bundle.own, survey, focus, *gate, smallest) for survey in surveys]


def is_closed(bundle: Bundle) -> bool:
    """Whether the school had closed by the day that the page speaks of."""
    closed = bundle.facts["school"]["closed"]
    return bool(closed) and closed <= bundle.facts["as_of"]


def lineage(bundle: Bundle) -> list[Reading]:
    """Whose numbers stand under this school's name for earlier surveys."""
    return readings.lineage(bundle.facts["lineage"])


def before(bundle: Bundle) -> list[Reading]:
    """How many answered in the wave of comparison, survey by survey."""
    before = bundle.facts["compared"]
    found = [
        readings.participation_before(bundle.own, survey["id"], before, wave_label(bundle, before))
        for survey in bundle.facts["surveys"]
    ]
    return [reading for reading in found if reading is not None]


def changes(bundle: Bundle) -> list[Reading]:
    """What moved since the wave of comparison, scale by scale, or why nothing can be said of it."""
    focus, before = bundle.facts["focus"], bundle.facts["compared"]
    if bundle.facts["parted"]:
        return [reading for reading in lineage(bundle) if reading.template in ("parted", "parted_waves")]
    if not before:
        return [Reading.of("first_wave")]
    own, label = bundle.own.rows(item=""), wave_label(bundle, before)
    said = [readings.change(own, scale, focus, before, label) for scale in shown_scales(bundle)]
    return readings.together(said)


def reworded(bundle: Bundle) -> list[Reading]:
    """Which of the questions behind a change that is spoken of were put otherwise in the wave of comparison."""
    label = wave_label(bundle, bundle.facts["compared"])
    return [
        Reading.of("reworded", name=scale["about"], count=len(scale["reworded"]), text=scale["reworded"][0].rstrip(" ."), wave=label)
        for scale in shown_scales(bundle)
        if scale.get("reworded") and not scale["other_questions"]
    ]


def positions(bundle: Bundle) -> list[Reading]:
    """Where the school stands next to the district, scale by scale, where that can be judged."""
    table = bundle.statistics.rows(item="")
    found = [
        readings.position(table, scale, bundle.facts["focus"], float(bundle.setting("like_margin")))
        for scale in shown_scales(bundle)
    ]
    return [reading for reading in found if reading is not None]


def places(bundle: Bundle) -> dict[str, str]:
    """Where the school stands beside the district ("above", "below", "like", "cannot_tell"), by scale, of those that can be judged."""
    return readings.places(bundle.statistics.rows(item=""), shown_scales(bundle), bundle.facts["focus"], float(bundle.setting("like_margin")))


def has_mean(own: Protected, scale: str, wave: str) -> bool:
    """Whether an average is shown."""
    cell = own.cell("mean", scale=scale, wave=wave)
    return cell is not None and cell.value is not None
