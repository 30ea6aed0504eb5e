"""The face of this step: one function for each section of its notebook. Each shows table, figure, readings and notes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook import cells, store
from cyclebook.climate import readings as climate
from cyclebook.planning import figures, readings
from cyclebook.planning.calendar import Event, to_ics
from cyclebook.planning.readings import day, stated, value
from cyclebook.privacy import NOTHING, Protected, door
from cyclebook.provenance import show as show_provenance
from cyclebook.reading import Reading, number, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

STEP, ROOM = "03_plan_cycles", "planning"
#: What may be missing in a goal and can simply be added to the plan.
ADDED = ("idea", "for_whom", "outcome", "target", "baseline_window", "baseline_points", "focus", "driver", "hypothesis", "start", "end", "checks")
ASKED = ("ask", "hours", "displaces", "result")
#: The prompts of the plan for paper, and the lines left blank for each.
WORKSHEET = {
    "aim": 2, "driver": 2, "idea": 3, "hypothesis": 2, "ask": 2, "outcome": 2, "process": 1, "balancing": 1, "prediction": 1, "rule": 3,
    "dates": 2, "owner": 1,
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


def _goals(bundle: Bundle, cycle: Mapping | None = None) -> Protected:
    """The numbers of this school's goals (of one cycle, or of all that are told), and of each plan's schools together."""
    names = [cycle["id"]] if cycle else [one["id"] for one in _told(bundle)]
    return bundle.statistics.rows(wave=names)


def _words(bundle: Bundle, names: Sequence[str]) -> dict[str, str]:
    return {name: phrase(f"p_miss_{name}", bundle.language) for name in names}


def _long(text: str, language: str) -> str:
    """A day in words."""
    return phrase("p_names", language, names=day(text))


def _planned(cycle: Mapping) -> dict[str, list[Mapping]]:
    """The planned measures by id, in order; one measure may serve two kinds."""
    found: dict[str, list[Mapping]] = {}
    for planned in cycle["measures"]:
        found.setdefault(planned["measure"], []).append(planned)
    return found


def _target(cycle: Mapping, name: str) -> float | None:
    return next((planned["target"] for planned in _planned(cycle)[name] if planned["target"] is not None), None)


def _declared(cycle: Mapping) -> list[object]:
    """What a plan fixes, for the mark of notes about it."""
    return [cycle["title"], cycle["mark"], cycle["end"], *(f"{planned['measure']}={planned['target']}" for planned in cycle["measures"])]


def _closing(bundle: Bundle) -> Reading:
    """That the school has closed, and when."""
    school = bundle.facts["school"]
    return readings.closed(day(school["closed"]), school["successor"])


def _nothing(bundle: Bundle, anchor: str, template: str) -> None:
    """A section without a plan: what is missing, or that the school has closed."""
    said = _closing(bundle) if _closed(bundle) else Reading.of(template)
    door.readings(bundle, anchor, [said], of=NOTHING, kind="missing")
    door.people(bundle, anchor, of=NOTHING)


# The sections


def in_short(bundle: Bundle) -> None:
    """The page in a few sentences: each plan, what is still open, the load, the next date."""
    as_of, cycles = _as_of(bundle), bundle.facts["cycles"]
    if _closed(bundle):
        said = [_closing(bundle)]
    else:
        said = [readings.line(cycle, as_of) for cycle in _told(bundle)]
        if not said:
            said = [[Reading.of("p_none"), Reading.of("p_none_paper")], *_first_baseline(bundle)]
        said += [lines for cycle in cycles if (lines := readings.unfinished([cycle]))]
        if bundle.facts["compared"]:
            said.append(Reading.of("p_compared", names=tuple(f"“{name}”" for name in bundle.facts["compared"])))
        if as_of and bundle.facts["load"]["peak"]["hours"]:
            said.append(readings.load(bundle.facts["load"], as_of, float(bundle.setting("load_hours"))))
        if bundle.facts["events"]:
            said.append(readings.dates(bundle.facts["events"], as_of, 0))
    door.readings(bundle, "in_short", said, of=NOTHING, kind="summary")
    door.people(bundle, "in_short", of=NOTHING, declared=[cycle["title"] for cycle in cycles])


def _first_baseline(bundle: Bundle) -> list[Reading]:
    """The scales of the last survey that can be shown, for a school without a plan."""
    wave = bundle.facts["wave"]
    names = [scale["about"] for scale in bundle.facts["scales"] if readings.survey_change(bundle.own, scale, wave["id"])]
    return [Reading.of("p_first_baseline", wave=wave["label"], names=tuple(names))] if names else []


def plans(bundle: Bundle) -> None:
    """Each plan: its aim, what it says in its own words, the five parts of a SMART goal with a kind request for what is missing."""
    measures = _measures(bundle)
    if not bundle.facts["cycles"]:
        _nothing(bundle, "plans", "p_plans_missing")
        return
    for cycle in _told(bundle):
        numbers = _goals(bundle, cycle)
        own = numbers.rows(school_id=bundle.unit)
        first = [readings.aim(own, cycle, measures), readings.for_whom(cycle), readings.phase(cycle)]
        said = [[reading for reading in first if reading]]
        said.append([*readings.parts(cycle, _words(bundle, ADDED)), *readings.cautions(own, cycle, measures)])
        shown = numbers.rows(statistic=("baseline_median", "detectable", "together"))
        door.readings(bundle, _anchor(cycle), said, of=shown)
        _own_words(bundle, cycle)
        _smart_table(bundle, cycle, shown)
        door.people(bundle, _anchor(cycle), of=shown, declared=_declared(cycle))
    earlier = [readings.decided(cycle) for cycle in bundle.facts["cycles"] if not cycle["told"]]
    door.readings(bundle, "plans", earlier, of=NOTHING)
    door.people(bundle, "plans", of=NOTHING, declared=[reading.facts for reading in earlier])


def _anchor(cycle: Mapping) -> str:
    return "cycle-" + re.sub(r"[^A-Za-z0-9_-]", "-", cycle["id"])


def _own_words(bundle: Bundle, cycle: Mapping) -> None:
    language = bundle.language
    span = {"first": cycle["start"], "last": cycle["end"]}
    prediction = cycle["prediction"] or {"words": ""}
    texts = {
        **{name: cycle[name] for name in ("idea", "driver", "hypothesis", "focus", "for_whom", "owner")},
        "prediction": prediction["words"],
        "schools": phrase("p_names", language, names=tuple(cycle["schools"])) if len(cycle["schools"]) > 1 else "",
        "comparison": phrase("p_names", language, names=tuple(cycle["comparison"])) if cycle["comparison"] else "",
        "baseline": _span(language, *(cycle["baseline"] or ["", ""])),
        "dates": _span(language, span["first"], span["last"]),
        "why": (cycle["decision"] or {"why": ""})["why"],
    }
    rows = [[phrase(f"p_row_{name}", language), text] for name, text in texts.items() if text]
    if rows:
        frame = cells.frame(["p_word_part", "p_word_says"], rows, language)
        door.constants(frame, phrase("p_caption_own_words", language, title=cycle["title"]), folded=False)


def _span(language: str, first: str, last: str) -> str:
    ends = {"first": day(first)} if first else {}
    ends |= {"last": day(last)} if last else {}
    kind = "both" if first and last else "from" if first else "to"
    return phrase(f"p_dates_{kind}", language, **ends) if ends else ""


def _smart_table(bundle: Bundle, cycle: Mapping, shown: Protected) -> None:
    language, dash = bundle.language, phrase("dash", bundle.language)
    rows = []
    for part in cycle["parts"]:
        there = [phrase(f"p_field_{name}", language) for name in part["evidence"]]
        lacking = [phrase(f"p_{'miss' if name in ADDED else 'open'}_{name}", language) for name in part["missing"]]
        rows.append([
            phrase(f"p_{part['id']}", language),
            phrase("p_not_yet" if lacking else "p_yes", language),
            phrase("p_names", language, names=tuple(there)) if there else dash,
            phrase("p_names", language, names=tuple(lacking)) if lacking else dash,
        ])  # fmt: skip
    frame = cells.frame(["p_word_part_of_goal", "p_word_there", "p_word_stands", "p_word_missing"], rows, language)
    door.table(bundle, _anchor(cycle), frame, phrase("p_caption_smart", language, title=cycle["title"]), of=shown)


def detect(bundle: Bundle) -> None:
    """Where each measure stood before the start, and the smallest change that the plan, or two surveys, would likely show."""
    measures, language = _measures(bundle), bundle.language
    shown, drawn = _goals(bundle), []
    if _closed(bundle) and not _told(bundle):
        _nothing(bundle, "detect", "p_closed")
        return
    for cycle in _told(bundle):
        numbers = _goals(bundle, cycle)
        own = numbers.rows(school_id=bundle.unit)
        outcomes = [planned for planned in cycle["measures"] if planned["kind"] == "outcome"]
        drawn += [
            (cycle["id"], measures[planned["measure"]], planned["target"])
            for planned in outcomes
            if value(own, "baseline_median", cycle["id"], planned["measure"]) is not None
        ]
        door.readings(bundle, "detect", [_seen(numbers, cycle, measures[planned["measure"]]) for planned in outcomes], of=numbers)
        if cycle["measures"]:
            caption = phrase("p_caption_detect", language, title=cycle["title"])
            door.table(bundle, "detect", _detect_table(bundle, cycle, measures, numbers), caption, of=numbers)
    if drawn:
        own = shown.rows(school_id=bundle.unit)
        cycles = {cycle["id"]: cycle for cycle in _told(bundle)}
        alt = [Reading.of("p_figure_goals"), *(readings.drawn(own, cycles[name], measure, target) for name, measure, target in drawn)]
        door.figure(bundle, "detect", figures.goals, alt, drawn, language, of=own.rows(statistic=("baseline_median", "detectable")))
    survey = _survey(bundle)
    door.people(bundle, "detect", of=shown + survey, declared=[f"{name} {measure['id']} {target}" for name, measure, target in drawn])


def _seen(numbers: Protected, cycle: Mapping, measure: Mapping) -> list[Reading]:
    """What could be seen of one measure: at this school, by the plan's schools together, and whether the goal is enough."""
    own = numbers.rows(school_id=[unit for unit in numbers.unique("school_id") if unit])
    found = [readings.detectable(own, cycle, measure), readings.together(numbers, cycle, measure)]
    found.append(readings.goal_in_sight(numbers, cycle, measure, _target(cycle, measure["id"])))
    return [reading for reading in found if reading]


def _detect_table(bundle: Bundle, cycle: Mapping, measures: Mapping, numbers: Protected):
    language, dash, rows = bundle.language, phrase("dash", bundle.language), []
    joint = any(value(numbers, "together", cycle["id"], name) is not None for name in _planned(cycle))
    for name in _planned(cycle):
        measure, target, after = measures[name], _target(cycle, name), cycle["planned"][name]
        where = {"wave": cycle["id"], "scale": name}
        texts = [cells.text(numbers.cell(statistic, **where), language) for statistic in ("baseline_median", "baseline_points", "detectable", "together")]
        rows.append([
            phrase("p_axis", language, name=measure["name"], unit=measure["unit"]),
            texts[0],
            dash if target is None else number(stated(target, measure["decimals"]), language),
            texts[1],
            dash if after is None else number(after, language),
            texts[2],
            *([texts[3]] if joint else []),
        ])  # fmt: skip
    columns = ["p_word_measure", "p_word_baseline", "p_word_target", "p_word_points", "p_word_after", "p_word_detectable"]
    return cells.frame([*columns, *(["p_word_together"] if joint else [])], rows, language)


def _survey(bundle: Bundle) -> Protected:
    """Show the survey's scales as a baseline: those that a plan has as its focus, else all; the rows that were shown."""
    language, wave = bundle.language, bundle.facts["wave"]
    kinds = ("mean", "mean_low", "mean_high", "steadied", "steadied_low", "steadied_high", "detectable")
    shown = bundle.own.rows(wave=wave["id"], statistic=kinds)
    seen = {scale["id"]: scale for scale in bundle.facts["scales"] if readings.survey_change(shown, scale, wave["id"])}
    if not seen:
        door.readings(bundle, "detect", [Reading.of("p_no_survey")], of=shown, kind="missing")
        return shown
    focus = {cycle["focus_scale"] for cycle in _told(bundle)} & set(seen)
    said = [
        [climate.level(shown, scale, wave["id"]), readings.survey_change(shown, scale, wave["id"])]
        for name, scale in seen.items()
        if name in (focus or seen)
    ]
    door.readings(bundle, "detect", [*said, Reading.of("p_survey_use")], of=shown)
    steadied = "steadied" in shown.unique("statistic")
    ranged = ("steadied", "steadied_low", "steadied_high") if steadied else ("mean", "mean_low", "mean_high")
    rows = []
    for name, scale in seen.items():
        where = {"wave": wave["id"], "scale": name}
        mean = shown.cell("mean", **where)
        rows.append([
            scale["name"],
            number(mean.n, language),
            *([cells.text(mean, language)] if steadied else []),
            cells.with_range(shown, ranged, where, language),
            cells.text(shown.cell("detectable", **where), language),
        ])  # fmt: skip
    columns = ["word_scale", "p_word_answers", *(["p_word_average", "p_word_steadied"] if steadied else ["p_word_plain"]), "p_word_detectable"]
    door.table(bundle, "detect", cells.frame(columns, rows, language), phrase("p_caption_survey", language, wave=wave["label"]), of=shown)
    return shown


def ask(bundle: Bundle) -> None:
    """What each plan asks of people, what it takes the place of, and the load of the school against the limit."""
    language, as_of, limit = bundle.language, _as_of(bundle), float(bundle.setting("load_hours"))
    asking = [cycle for cycle in _told(bundle) if cycle["ask"]]
    said: list = [reading for cycle in _told(bundle) if (reading := readings.ask_missing(cycle, _words(bundle, ASKED)))]
    if as_of and (asking or bundle.facts["load"]["peak"]["hours"]):
        said.insert(0, readings.load(bundle.facts["load"], as_of, limit))
    door.readings(bundle, "ask", said or [Reading.of("p_ask_none")], of=NOTHING)
    if asking:
        rows = [[cycle["title"], *_asked(cycle["ask"], language)] for cycle in asking]
        columns = ["p_word_cycle", "p_word_who", "p_word_what", "p_word_result", "p_word_displaces", "p_word_hours"]
        door.constants(cells.frame(columns, rows, language), phrase("p_caption_asks", language), folded=False)
    terms = bundle.facts["load"]["terms"]
    if terms:
        rows = [_term(term, limit, language) for term in terms]
        columns = ["p_word_term", "p_word_most", "p_word_from", "p_word_to", "p_word_cycle", "p_word_limit"]
        door.constants(cells.frame(columns, rows, language), phrase("p_caption_load", language), folded=False)
    door.people(bundle, "ask", of=NOTHING, declared=[limit, *(repr(cycle["ask"]) for cycle in asking), repr(terms)])


def _asked(asked: Mapping, language: str) -> list[str]:
    texts = [asked[name] or phrase("p_not_yet", language) for name in ("who", "what", "result", "displaces")]
    given = asked["hours_per_week"]
    return [*texts, phrase("p_not_yet", language) if given is None else number(readings.hours(given), language)]


def _term(term: Mapping, limit: float, language: str) -> list[str]:
    most = readings.hours(term["hours"])
    return [
        term["label"],
        number(most, language),
        _long(term["first"], language),
        _long(term["last"], language),
        phrase("p_names", language, names=tuple(term["cycles"])),
        phrase("p_over" if most > readings.hours(limit) else "p_within", language),
    ]


def kinds(bundle: Bundle) -> None:
    """The measures of each plan by kind: outcome, process, balancing; how each is counted, and a question for a kind that is missing."""
    language, dash, measures, cycles = bundle.language, phrase("dash", bundle.language), _measures(bundle), _told(bundle)
    if not cycles:
        _nothing(bundle, "kinds", "p_kinds_none")
        return
    for cycle in cycles:
        door.readings(bundle, "kinds", [readings.kinds(cycle)], of=NOTHING)
        rows = []
        for planned in cycle["measures"]:
            measure = measures[planned["measure"]]
            period = readings.PERIODS.get(measure["every"], "point")
            rows.append([
                phrase(f"p_{planned['kind']}", language),
                phrase("p_axis", language, name=measure["name"], unit=measure["unit"]),
                measure["definition"],
                phrase(f"p_every_{period}", language, days=measure["every"]),
                phrase(f"p_better_{measure['better']}", language),
                dash if planned["target"] is None else number(stated(planned["target"], measure["decimals"]), language),
            ])  # fmt: skip
        if rows:
            columns = ["p_word_kind", "p_word_measure", "p_word_how", "p_word_every", "p_word_better", "p_word_target"]
            door.constants(cells.frame(columns, rows, language), phrase("p_caption_kinds", language, title=cycle["title"]), folded=False)
    door.people(bundle, "kinds", of=NOTHING, declared=[repr(cycle["measures"]) for cycle in cycles])


def rule(bundle: Bundle) -> None:
    """The rule of each plan, what is expected, and whether the rule was fixed before the start."""
    language, as_of, measures, cycles = bundle.language, _as_of(bundle), _measures(bundle), _told(bundle)
    if not cycles:
        _nothing(bundle, "rule", "p_rules_none")
        return
    for cycle in cycles:
        fixed = readings.state(cycle, as_of)
        said = [readings.rule(cycle, measures), [readings.prediction(cycle, measures)], [fixed] if fixed else []]
        door.readings(bundle, "rule", [part for part in said if part], of=NOTHING)
        if cycle["rule"]:
            caption = phrase("p_caption_rule", language, title=cycle["title"])
            door.constants(_rule_table(cycle["rule"], measures, language), caption, folded=False)
    door.people(bundle, "rule", of=NOTHING, declared=[f"{cycle['mark']} {cycle['state']}" for cycle in cycles])


def _rule_table(found: Mapping, measures: Mapping, language: str):
    measure, sure = measures[found["measure"]], found["probability"]
    facts = {"worthwhile": stated(found["worthwhile"], measure["decimals"]), "unit": measure["step_unit"], "points": found["points"]}
    if sure is not None:
        facts |= {"percent": readings.hundredfold(sure), "rest": 100 - readings.hundredfold(sure)}
    rows = [
        [phrase(f"p_word_{word}", language), phrase(f"p_{found['by']}_{word}", language, **facts)]
        for word in ("adopt", "adapt", "stop", "wait")
    ]
    return cells.frame(["p_word_verdict", "p_word_when"], rows, language)


def calendar(bundle: Bundle) -> None:
    """The next dates of plans and agreements, as a table and as a calendar file."""
    language, as_of, events = bundle.language, _as_of(bundle), bundle.facts["events"]
    if _closed(bundle):
        _nothing(bundle, "calendar", "p_closed")
        return
    door.readings(bundle, "calendar", [readings.dates(events, as_of, bundle.facts["undated"])], of=NOTHING)
    if events:
        texts = [_event(event, language) for event in events]
        late = [day(event["day"]) < as_of for event in events]
        shown = [phrase("p_event_overdue", language, event=text) if past else text for text, past in zip(texts, late, strict=True)]
        rows = [[_long(event["day"], language), text] for event, text in zip(events, shown, strict=True)]
        door.constants(cells.frame(["p_word_date", "p_word_event"], rows, language), phrase("p_caption_dates", language), folded=False)
        from_school = phrase("p_event_description", language, school=bundle.facts["school"]["name"])
        made = [
            replace(Event(**(event | {"day": day(event["day"])})), summary=text, description=from_school)
            for event, text in zip(events, texts, strict=True)
        ]
        door.attach(bundle, "ics", to_ics(made, as_of), phrase("p_calendar_link", language), of=NOTHING)
    door.people(bundle, "calendar", of=NOTHING, declared=[f"{event['uid']} {event['day']}" for event in events])


def _event(event: Mapping, language: str) -> str:
    return phrase(f"p_event_{event['kind']}", language, about=event["about"].rstrip(" ."), place=event["place"])


def blank_plan(bundle: Bundle) -> None:
    """The questions of a plan with room to write, for a meeting without a screen."""
    if _closed(bundle):
        _nothing(bundle, "blank_plan", "p_closed")
        return
    door.readings(bundle, "blank_plan", [Reading.of("p_blank_next" if bundle.facts["cycles"] else "p_blank")], of=NOTHING)
    door.worksheet(bundle, [(phrase(f"p_ws_{name}", bundle.language), lines) for name, lines in WORKSHEET.items()])
    door.people(bundle, "blank_plan", of=NOTHING)


def provenance(bundle: Bundle) -> None:
    """The files behind the page, and each setting with the layer it came from."""
    show_provenance(bundle)
