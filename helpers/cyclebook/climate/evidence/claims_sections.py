"""The section that holds several sources side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.climate import page_readings, readings
from cyclebook.climate.evidence import claims, claims_readings
from cyclebook.privacy import door
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, number, phrase

if TYPE_CHECKING:
    from cyclebook.climate.evidence.claims import Indicator
    from cyclebook.store import Bundle


def indicators(bundle: Bundle) -> list[Indicator]:
    """All evidence of the page that can be held beside the district's, the survey first."""
    own, focus, language = bundle.own, bundle.facts["focus"], bundle.language
    places = page_readings.places(bundle)
    found = claims_readings.of_survey("survey", own, bundle.facts["scales"], places, focus, page_readings.wave_label(bundle, focus), language)
    margin = float(bundle.setting("like_margin"))
    for survey in _others(bundle):
        places = readings.places(bundle.statistics.rows(item=""), survey["scales"], survey["wave"], margin)
        found += claims_readings.of_survey(survey["who"], own, survey["scales"], places, survey["wave"], survey["label"], language)
    return found + claims_readings.of_records(own, bundle.facts["evidence"], language)


def _others(bundle: Bundle) -> list[Mapping]:
    """The surveys of students and families."""
    return list(bundle.facts["evidence"].get("perception", {}).get("surveys", ()))


def recorded(bundle: Bundle) -> list[str]:
    """The sources that stand behind the page, in the order of ``claims.ORDER``."""
    kinds = {name: facts.get("scales", [name]) for name, facts in bundle.facts["evidence"].items() if name != "perception"}
    known = {name for name, scales in kinds.items() if len(bundle.own.rows(scale=scales))}
    known |= {"survey"} if page_readings.shown_scales(bundle) else set()
    known |= {survey["who"] for survey in _others(bundle) if len(bundle.own.rows(scale=[scale["id"] for scale in survey["scales"]], statistic="mean"))}
    return [source for source in claims.ORDER if source in known]


def built_on(bundle: Bundle) -> list[Reading]:
    """On which sources the page stands and what to add next; of a closed school nothing."""
    if page_readings.is_closed(bundle):
        return []
    district = {*bundle.facts["evidence"], *(survey["who"] for survey in _others(bundle)), *({"survey"} if bundle.facts["surveyed"] else ())}
    return claims_readings.built_on(recorded(bundle), claims.missing(district), bundle.language)


def side_by_side(bundle: Bundle) -> None:
    """What each source says of each claim, where sources agree and where they clash, and what to add next."""
    language, found = bundle.language, indicators(bundle)
    shown = _shown(bundle, found)
    weighed = claims.weigh(found, claims_readings.CLAIMS)
    said = [[reading] for reading in claims_readings.said(weighed, language)]
    more = built_on(bundle)
    if not said and not more:
        return
    door.readings(bundle, "side_by_side", [*said, *([more] if more else [])], of=shown)
    if len({each.source for each in found}) > 1:
        rows = [
            [
                phrase(f"c_claim_{each.claim}", language),
                each.name,
                each.value,
                phrase(f"c_says_{each.says}", language),
                phrase("dash", language) if each.n is None else number(each.n, language),
                each.period,
            ]
            for claim in claims_readings.CLAIMS
            for each in found
            if each.claim == claim
        ]
        columns = ["c_word_claim", "c_word_evidence", "c_word_here", "c_word_says", "word_persons", "c_word_when"]
        door.table(bundle, "side_by_side", cells.frame(columns, rows, language), phrase("c_caption", language), of=shown, folded=True)
    door.people(bundle, "side_by_side", of=shown)


def _shown(bundle: Bundle, found: list[Indicator]) -> Protected:
    """The rows that the section's sentences and table are made of."""
    focus = bundle.facts["focus"]
    scales = [scale["id"] for scale in bundle.facts["scales"]]
    kept = ("mean", "difference_low", "difference_high")
    survey = bundle.own.rows(wave=focus, scale=scales, item="", statistic=kept)
    for other in _others(bundle):
        survey = survey + bundle.own.rows(wave=other["wave"], scale=[scale["id"] for scale in other["scales"]], item="", statistic=kept)
    kinds = [look.scale for look in claims_readings.LOOKED]
    periods = [period["id"] for kind in bundle.facts["evidence"].values() for period in kind.get("periods", ())]
    return survey + bundle.own.rows(scale=kinds, wave=periods, statistic=("share", "gap_low", "gap_high"))
