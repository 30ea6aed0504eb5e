"""The face of this step: one function for each section of its notebook. Each shows table, figure, readings and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook import store
from cyclebook.climate import readings as climate
from cyclebook.notes import anchor as anchor_of
from cyclebook.planning import figures, frames, readings, seen_readings
from cyclebook.planning.calendar import Event, to_ics
from cyclebook.planning.readings import day, value
from cyclebook.privacy import NOTHING, Protected, door
from cyclebook.provenance import show as show_provenance
from cyclebook.reading import Reading, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

STEP, ROOM = "03_plan_cycles", "planning"
#: What a plan may leave unsaid of the work that it brings.
ASKED = ("ask", "hours", "displaces", "result", "owner")
SURVEY = ("mean", "mean_low", "mean_high", "steadied", "steadied_low", "steadied_high", "detectable")
#: The prompts of the plan for paper, and the lines left blank for each.
WORKSHEET = {
    "aim": 2, "driver": 2, "idea": 3, "hypothesis": 2, "ask": 2, "outcome": 2, "process": 1, "balancing": 1, "prediction": 1,
    "rule": 3, "dates": 2, "owner": 1,
}  # fmt: skip


def open_school(school_id: str, district: str | Path | None = None, as_of: str = "") -> Bundle:
    """The school's bundle for this step; see :func:`cyclebook.store.open_bundle`."""
    return store.open_bundle(STEP, ROOM, school_id, district or None, as_of)


# What every section reads from the bundle


def _as_of(bundle: Bundle) -> date | None:
    text = bundle.facts["as_of"]
    return day(text) if text else None


def _closed(bundle: Bundle) -> bool:
    closed = bundle.facts["school"]["closed"]
    return bool(closed) and closed <= bundle.facts["as_of"]


def _told(bundle: Bundle) -> list[Mapping]:
    """The cycles that are told in full."""
    return [cycle for cycle in bundle.facts["cycles"] if cycle["told"]]


def _measures(bundle: Bundle) -> dict[str, Mapping]:
    """The measures by id, each with the unit of a change in words: shares change by percentage points."""
    points = phrase("p_points", bundle.language)
    return {
        name: measure | {"step_unit": points if measure["type"] == "share" and measure["multiply"] == 100 else measure["unit"]}
        for name, measure in bundle.facts["measures"].items()
    }


def _goals(bundle: Bundle, cycle: Mapping) -> Protected:
    """The numbers of one cycle: this school's, and those of the plan's schools together."""
    return bundle.statistics.rows(wave=cycle["id"], scale=list(frames.by_measure(cycle)))


def _survey(bundle: Bundle) -> tuple[Protected, list[Mapping]]:
    """The school's own numbers of its last survey, and the scales that have a result there."""
    wave = bundle.facts["wave"]["id"]
    shown = bundle.own.rows(wave=wave, statistic=SURVEY, scale=[scale["id"] for scale in bundle.facts["scales"]])
    return shown, [scale for scale in bundle.facts["scales"] if seen_readings.survey_change(shown, scale, wave)]


def _words(bundle: Bundle, names: Sequence[str]) -> dict[str, str]:
    """What may be missing, in words."""
    return {name: phrase(f"p_miss_{name}", bundle.language) for name in names}


def _declared(cycle: Mapping) -> list[object]:
    """What a plan fixes, for the mark of notes about it."""
    return [cycle["title"], cycle["mark"], cycle["end"]]


def _closing(bundle: Bundle) -> Reading:
    """That the school has closed, and when."""
    school = bundle.facts["school"]
    return readings.closed(day(school["closed"]), school["successors"])


def _nothing(bundle: Bundle, anchor: str, template: str) -> None:
    """A section without a plan: what is missing. Of a school that has closed nothing is missing, and nothing is shown."""
    if _closed(bundle):
        return
    door.readings(bundle, anchor, [Reading.of(template)], of=NOTHING, kind="missing")
    door.people(bundle, anchor, of=NOTHING)


# The sections


def in_short(bundle: Bundle) -> None:
    """The page in a few sentences: each plan, what is still open, the load, the next date."""
    as_of, facts = _as_of(bundle), bundle.facts
    if _closed(bundle):
        said: list = [_closing(bundle)]
    else:
        said = [readings.line(cycle, as_of) for cycle in _told(bundle)]
        if all(cycle["decision"] for cycle in facts["cycles"]):
            said += _no_plan(bundle)
        said += [lines for cycle in _told(bundle) if (lines := readings.unfinished([cycle]))]
        if facts["compared"]:
            said.append(Reading.of("p_compared", names=tuple(f"“{name}”" for name in facts["compared"])))
        if as_of and facts["load"]["peak"]["hours"]:
            said.append(readings.load(facts["load"], as_of, float(bundle.setting("load_hours"))))
        if facts["events"] or facts["long_overdue"]:
            said.append(_dates(bundle, 0))
    door.readings(bundle, "in_short", said, of=NOTHING, kind="summary")
    door.people(bundle, "in_short", of=NOTHING, declared=[cycle["title"] for cycle in facts["cycles"]])


def _no_plan(bundle: Bundle) -> list:
    """What a school without a plan may begin with."""
    _, scales = _survey(bundle)
    names = tuple(scale["about"] for scale in scales)
    first = [Reading.of("p_first_baseline", wave=bundle.facts["wave"]["label"], names=names)] if names else []
    none = "p_none_now" if bundle.facts["cycles"] else "p_none"
    return [[Reading.of(none), Reading.of("p_none_paper")], *first]


def _dates(bundle: Bundle, undated: int) -> list[Reading]:
    facts = bundle.facts
    return readings.dates(facts["events"], _as_of(bundle), undated, facts["long_overdue"], facts["long_overdue_days"])


def plans(bundle: Bundle) -> None:
    """Each plan: its aim, its own words, the five parts of a SMART goal, and a kind request for what is missing."""
    language, measures = bundle.language, _measures(bundle)
    if not bundle.facts["cycles"]:
        _nothing(bundle, "plans", "p_plans_missing")
        return
    for cycle in _told(bundle):
        anchor = anchor_of("cycle", cycle["id"])
        door.heading(cycle["title"])
        held = ("baseline_median", "detectable", "on_chart", "chart_needs", "together", "to_adopt")
        shown = _goals(bundle, cycle).rows(statistic=held)
        own = shown.rows(school_id=bundle.unit)
        first = [readings.aim(own, cycle, measures), readings.for_whom(cycle), readings.phase(cycle)]
        parts = [*readings.parts(cycle, _words(bundle, frames.ADDED)), *readings.cautions(own, cycle, measures)]
        door.readings(bundle, anchor, [[reading for reading in first if reading], parts], of=shown)
        words = frames.own_words(cycle, language)
        if words is not None:
            door.constants(words, phrase("p_caption_own_words", language, title=cycle["title"]), folded=False)
        caption = phrase("p_caption_smart", language, title=cycle["title"])
        door.table(bundle, anchor, frames.smart(cycle, language), caption, of=shown)
        door.people(bundle, anchor, of=shown, declared=_declared(cycle))
    earlier = [readings.decided(cycle) for cycle in bundle.facts["cycles"] if not cycle["told"]]
    door.readings(bundle, "plans", earlier, of=NOTHING)
    door.people(bundle, "plans", of=NOTHING, declared=[cycle["title"] for cycle in bundle.facts["cycles"]])


def detect(bundle: Bundle) -> None:
    """Where each measure stood before the start, and the smallest change that the plan, or two surveys, would likely show."""
    measures, language, cycles = _measures(bundle), bundle.language, _told(bundle)
    if _closed(bundle) and not cycles:
        return
    shown, drawn = NOTHING, []
    for cycle in cycles:
        numbers = _goals(bundle, cycle)
        shown = shown + numbers
        outcomes = [planned["measure"] for planned in cycle["measures"] if planned["kind"] == "outcome"]
        said = [_seen(bundle, numbers, cycle, measures[name]) for name in outcomes]
        door.readings(bundle, "detect", said, of=numbers)
        if cycle["measures"]:
            caption = phrase("p_caption_detect", language, title=cycle["title"])
            door.table(bundle, "detect", frames.detect(cycle, measures, numbers, language), caption, of=numbers)
        based = [name for name in outcomes if value(numbers, "baseline_median", cycle["id"], name) is not None]
        drawn += [(cycle, measures[name], frames.by_measure(cycle)[name]) for name in based]
    if drawn:
        alt = [Reading.of("p_figure_goals"), *(seen_readings.drawn(shown, *goal) for goal in drawn)]
        of = shown.rows(statistic=("baseline_median", "detectable", "on_chart", "together"))
        door.figure(bundle, "detect", figures.goals, alt, drawn, language, of=of)
    survey = NOTHING if _closed(bundle) else _survey_baseline(bundle)
    declared = [f"{cycle['mark']} {measure['id']} {target}" for cycle, measure, target in drawn]
    door.people(bundle, "detect", of=shown + survey, declared=declared)


def _seen(bundle: Bundle, numbers: Protected, cycle: Mapping, measure: Mapping) -> list[Reading]:
    """What could be seen of one measure: at this school, by the plan's schools together, and whether the goal is enough."""
    target = frames.by_measure(cycle)[measure["id"]]
    alone = seen_readings.detectable(numbers.rows(school_id=bundle.unit), cycle, measure)
    goal, joint = seen_readings.goal_in_sight(numbers, cycle, measure, target), seen_readings.together(numbers, cycle, measure)
    compares = cycle["rule"] and cycle["rule"]["by"] == "comparison"
    others = [joint] if joint else []
    return [*alone, *others, *goal] if compares else [*alone, *goal, *others]


def _survey_baseline(bundle: Bundle) -> Protected:
    """Show the survey's scales as a baseline, in words those that a plan has as its focus (else all); what was shown."""
    language, wave = bundle.language, bundle.facts["wave"]
    shown, scales = _survey(bundle)
    if not scales:
        door.readings(bundle, "detect", [Reading.of("p_no_survey")], of=shown, kind="missing")
        return shown
    focus = {cycle["focus_scale"] for cycle in _told(bundle)}
    told = [scale for scale in scales if scale["id"] in focus] or scales
    said = [[climate.level(shown, scale, wave["id"]), seen_readings.survey_change(shown, scale, wave["id"])] for scale in told]
    door.readings(bundle, "detect", [*said, Reading.of("p_survey_use")], of=shown)
    caption = phrase("p_caption_survey", language, wave=wave["label"])
    door.table(bundle, "detect", frames.survey(scales, shown, wave["id"], language), caption, of=shown)
    return shown


def ask(bundle: Bundle) -> None:
    """What each plan asks of people, what it takes the place of, and the load of the school against the limit."""
    language, as_of, limit = bundle.language, _as_of(bundle), float(bundle.setting("load_hours"))
    load, asking = bundle.facts["load"], [cycle for cycle in _told(bundle) if cycle["ask"]]
    if not bundle.facts["cycles"] or (_closed(bundle) and not asking):
        _nothing(bundle, "ask", "p_ask_none")
        return
    said: list = [reading for cycle in _told(bundle) if (reading := readings.ask_missing(cycle, _words(bundle, ASKED)))]
    if as_of and not _closed(bundle):
        said.insert(0, readings.load(load, as_of, limit))
    door.readings(bundle, "ask", said, of=NOTHING)
    if asking:
        door.constants(frames.asks(asking, language), phrase("p_caption_asks", language), folded=False)
    if load["terms"]:
        door.constants(frames.load(load["terms"], limit, language), phrase("p_caption_load", language), folded=False)
    door.people(bundle, "ask", of=NOTHING, declared=[limit, *(repr(cycle["ask"]) for cycle in asking), repr(load["terms"])])


def kinds(bundle: Bundle) -> None:
    """The measures of each plan by kind, how each is counted, and a question for a kind that is missing."""
    language, measures, cycles = bundle.language, _measures(bundle), _told(bundle)
    if not cycles:
        _nothing(bundle, "kinds", "p_kinds_none")
        return
    for cycle in cycles:
        door.readings(bundle, "kinds", [readings.kinds(cycle)], of=NOTHING)
        if cycle["measures"]:
            caption = phrase("p_caption_kinds", language, title=cycle["title"])
            door.constants(frames.kinds(cycle, measures, language), caption, folded=False)
    door.people(bundle, "kinds", of=NOTHING, declared=[repr(cycle["measures"]) for cycle in cycles])


def rule(bundle: Bundle) -> None:
    """The rule of each plan, what is expected, and whether the rule was fixed before the start."""
    language, as_of, measures, cycles = bundle.language, _as_of(bundle), _measures(bundle), _told(bundle)
    if not cycles:
        _nothing(bundle, "rule", "p_rules_none")
        return
    for cycle in cycles:
        fixed = readings.state(cycle, as_of)
        said = [readings.rule(cycle, measures), [readings.prediction(cycle, measures)], *([[fixed]] if fixed else [])]
        door.readings(bundle, "rule", said, of=NOTHING)
        if cycle["rule"]:
            caption = phrase("p_caption_rule", language, title=cycle["title"])
            door.constants(frames.rule(cycle, measures, language), caption, folded=False)
    door.people(bundle, "rule", of=NOTHING, declared=[f"{cycle['mark']} {cycle['state']}" for cycle in cycles])


def calendar(bundle: Bundle) -> None:
    """The next dates of plans and agreements, as a table and as a calendar file."""
    language, as_of, events = bundle.language, _as_of(bundle), bundle.facts["events"]
    if _closed(bundle):
        return
    door.readings(bundle, "calendar", [_dates(bundle, bundle.facts["undated"])], of=NOTHING)
    if events:
        door.constants(frames.dates(events, as_of, language), phrase("p_caption_dates", language), folded=False)
        school = bundle.facts["school"]["name"]
        from_school = phrase("p_event_description", language, school=school)
        made = [
            replace(
                Event(**(event | {"day": day(event["day"])})),
                summary=phrase("p_event_at", language, school=school, event=frames.event(event, language)),
                description=from_school,
            )
            for event in events
        ]
        door.attach(bundle, "ics", to_ics(made, as_of), phrase("p_calendar_link", language), of=NOTHING)
    door.people(bundle, "calendar", of=NOTHING, declared=[f"{event['uid']} {event['day']}" for event in events])


def blank_plan(bundle: Bundle) -> None:
    """The questions of a plan with room to write, for a meeting without a screen."""
    if _closed(bundle):
        return
    door.readings(bundle, "blank_plan", [Reading.of("p_blank_next" if bundle.facts["cycles"] else "p_blank")], of=NOTHING)
    door.worksheet(bundle, [(phrase(f"p_ws_{name}", bundle.language), lines) for name, lines in WORKSHEET.items()])
    door.people(bundle, "blank_plan", of=NOTHING)


def provenance(bundle: Bundle) -> None:
    """The files behind the page, and each setting with the layer it came from."""
    show_provenance(bundle)
