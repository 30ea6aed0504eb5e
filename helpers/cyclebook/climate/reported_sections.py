"""The section on what others report, and what it means for a page without a survey of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cyclebook.climate import reported_frames as frames
from cyclebook.climate import reported_readings as readings
from cyclebook.privacy import NOTHING, door
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle


def unsurveyed(bundle: Bundle) -> bool:
    """Whether the district has no survey at all, and others' reports instead: sections on a survey then show nothing."""
    return bool(bundle.facts["reported"]) and not bundle.facts["surveyed"]


def _others(bundle: Bundle) -> tuple[Protected, Protected, list[Mapping]]:
    """What others report: the school's rows, the district's, and the measures that are told of, the latest first.

    A measure that is no longer reported, and that the school never had a result on, is not among them.
    """
    own, district = (table.rows(scale="reported") for table in (bundle.own, bundle.district))
    measures = [measure for measure in bundle.facts["reported"] if readings.placed(own, measure)]
    latest = max((readings.placed(own, measure)[-1][0]["start"] for measure in measures), default="")
    told = [m for m in measures if readings.known(own, m) or readings.placed(own, m)[-1][0]["start"] == latest]
    return own, district, readings.newest_first(own, told)


def also_reported(bundle: Bundle) -> Reading | None:
    """That there is more than the survey; None where nothing of it is shown."""
    own, _, measures = _others(bundle)
    names = tuple(measure["name"] for measure in measures if readings.known(own, measure))
    return Reading.of("r_also", names=names) if names else None


def reported_in_short(bundle: Bundle) -> None:
    """The head of a page that has nothing but what others report."""
    own, _, measures = _others(bundle)
    results = readings.in_short(own, measures, bundle.language)
    said = [readings.published(measures)[:-1], *results] if results else readings.hidden(own, measures) or [Reading.of("r_nothing")]
    said += [Reading.of("r_no_survey"), *([Reading.of("start_general")] if results else [])]
    door.readings(bundle, "in_short", said, of=own, kind="summary")


def reported(bundle: Bundle) -> None:
    """What others report about the school: who published it, each result, the middle of the schools, and the waves side by side."""
    own, district, measures = _others(bundle)
    if not measures:
        closed = bundle.facts["school"]["closed"]
        missing = ["r_nothing"] if bundle.facts["reported"] else ["r_none"] if closed and closed <= bundle.facts["as_of"] else ["r_none", "r_none_how"]
        door.readings(bundle, "reported", [[Reading.of(template) for template in missing]], of=NOTHING, kind="missing")
        door.people(bundle, "reported", of=NOTHING)
        return
    language, shown = bundle.language, own + district
    said = [readings.published(measures), *readings.said(own, district, measures, language)]
    door.readings(bundle, "reported", said, of=shown)
    door.table(bundle, "reported", frames.latest(own, district, measures, language), phrase("r_caption_latest", language), of=shown)
    years = frames.waves(own, measures, language)
    if years is not None:
        door.table(bundle, "reported", years, phrase("r_caption_waves", language), of=own, folded=True)
    door.people(bundle, "reported", of=own)
