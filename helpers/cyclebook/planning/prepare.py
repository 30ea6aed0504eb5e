"""From what people decided, and from tidy tables, to the bundles of this step: goals, load and dates of every school."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import facts, privacy
from cyclebook.climate import prepare as climate
from cyclebook.climate.scales import scale_facts
from cyclebook.measures.points import all_points
from cyclebook.planning import calendar, estimate, frozen, goals, load, readings, seen_readings, smart
from cyclebook.privacy import Protected, protect
from cyclebook.reading import shown

if TYPE_CHECKING:
    from cyclebook.parameters import Agreement, Cycle, Decision, District, School, Source, Wave
    from cyclebook.sources import Tables

#: A number as shown, by school, cycle, measure and statistic; and under the statistic "bound" what stands beside the baseline.
Numbers = dict[tuple[str, str, str, str], Decimal | str]

HORIZON = timedelta(180)  #: how far ahead the calendar looks
#: A cycle that was decided longer ago is told in one sentence, a review that is overdue for longer only counted.
RECENT = timedelta(120)
SURVEY = ("mean", "mean_low", "mean_high", "steadied", "steadied_low", "steadied_high", "standard_error")


def prepare(district: District, tables: Tables) -> tuple[dict[str, dict], Iterator[tuple[str, dict]]]:
    """The sizes of the district's own sets, and for each school (school_id, bundle): all that its page is made from."""
    day = facts.as_of(district, tables)
    smallest = int(facts.values(district, "")["smallest_group"])
    survey = climate.protected(district, tables).rows(item="", statistic=SURVEY).frame
    plans = estimate.goal_statistics(district.cycles.values(), district.measures, all_points(district, tables))
    found = protect(_together(estimate.survey_statistics(survey), plans), smallest)
    statistics = _together(survey, found.frame)
    sizes = privacy.sizes(climate.protected(district, tables)) | privacy.sizes(found)
    return sizes, _bundles(district, tables, statistics, _numbers(found), day)


def _together(*frames: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def _numbers(found: Protected) -> Numbers:
    """The numbers as shown, by school ('' for a plan's schools together), cycle, measure and statistic."""
    rows = [row for row in found.frame.itertuples() if not row.why]
    bounds = {(row.school_id, row.wave, row.scale, "bound"): row.bound for row in rows if row.statistic == "baseline_median"}
    return {(row.school_id, row.wave, row.scale, row.statistic): shown(row.value, row.decimals) for row in rows} | bounds


def _bundles(
    district: District, tables: Tables, statistics: pd.DataFrame, numbers: Numbers, day: date | None
) -> Iterator[tuple[str, dict]]:
    by_school = dict(tuple(statistics.groupby("school_id", sort=False)))
    fielded = climate.fielded(district, tables)
    for school in district.schools.values():
        waves = [wave for wave in fielded if climate.open_in(school, wave)]
        focus = waves[-1] if waves else None
        frames = [by_school[key] for key in (school.school_id, "") if key in by_school]
        own = pd.concat(frames, ignore_index=True) if frames else statistics.iloc[:0]
        own = own[own["wave"].isin({focus.id} if focus else set()) | own["wave"].isin(_cycles_of(district, school))]
        yield school.school_id, _bundle(district, tables, school, own, numbers, focus, day)


def _cycles_of(district: District, school: School) -> dict[str, Cycle]:
    return {name: cycle for name, cycle in district.cycles.items() if school.school_id in cycle.schools}


def _bundle(
    district: District,
    tables: Tables,
    school: School,
    statistics: pd.DataFrame,
    numbers: Numbers,
    focus: Wave | None,
    day: date | None,
) -> dict:
    cycles = sorted(_cycles_of(district, school).values(), key=lambda cycle: (cycle.start or date.min, cycle.id), reverse=True)
    named = {planned.measure for cycle in cycles for planned in cycle.measures}
    named |= {cycle.prediction.measure for cycle in cycles if cycle.prediction}
    scales = [scale for scale in district.scales.values() if (statistics["scale"] == scale.id).any()]
    texts = {item.id: item.text for book in district.codebooks.values() for item in book.items.values()}
    told = _told(cycles, day)
    events = _events(told, school, district, day)
    listed = [event for event in events if day is None or event.day + RECENT >= day]
    return facts.about(district, tables, school, statistics, _sources(district, focus, named)) | {
        "wave": {"id": focus.id, "label": focus.label} if focus else {"id": "", "label": ""},
        "scales": [scale_facts(scale, texts) for scale in scales],
        "measures": {name: asdict(district.measures[name]) for name in district.measures if name in named},
        "cycles": [_cycle(cycle, district, school, numbers, day, cycle in told) for cycle in cycles],
        "compared": [
            cycle.title for cycle in district.cycles.values()
            if school.school_id in cycle.comparison and _decision(cycle, day) is None
        ],
        "load": _load(cycles, school, district, day),
        "events": [asdict(event) | {"day": facts.iso(event.day)} for event in listed],
        "long_overdue": len(events) - len(listed),
        "long_overdue_days": RECENT.days,
        "undated": sum(_undated(agreement, day) for agreement in district.agreements if agreement.school_id == school.school_id),
    }


def _undated(agreement: Agreement, day: date | None) -> bool:
    """Whether no review follows: no cadence, or none that had taken place by the day that the page speaks of."""
    last = agreement.last_review
    return agreement.cadence is None or last is None or (day is not None and last > day)


def _sources(district: District, focus: Wave | None, named: set[str]) -> list[Source]:
    """The files behind the page: the latest survey with its roster, and what holds the measures of its plans."""
    kept = []
    for source in district.sources.values():
        survey = source.table in ("responses", "roster") and facts.is_of_staff(district, source) and focus and (source.wave == focus.id or source.wave_column)
        measured = source.table == "series" and named and (source.measure in named or source.measure_column)
        if survey or measured:
            kept.append(source)
    return kept


def _told(cycles: Iterable[Cycle], day: date | None) -> list[Cycle]:
    """The cycles that are told in full: not decided, or decided lately."""
    return [
        cycle for cycle in cycles
        if _decision(cycle, day) is None or day is None or cycle.decision.day + RECENT >= day
    ]  # fmt: skip


def _decision(cycle: Cycle, day: date | None) -> Decision | None:
    """What was decided, as far as it is known on the day that the page speaks of."""
    known = cycle.decision and (day is None or cycle.decision.day <= day)
    return cycle.decision if known else None


def phase(cycle: Cycle, day: date | None) -> str:
    """decided, undated (no start), planned (a start ahead, or no day to hold it against), running, or over (its end is past)."""
    if _decision(cycle, day):
        return "decided"
    if cycle.start is None:
        return "undated"
    if day is None or cycle.start > day:
        return "planned"
    return "over" if cycle.end and cycle.end < day else "running"


def past(cycle: Cycle, school: School, day: date | None) -> bool:
    """Whether nothing can be added to the cycle any more: decided, its end past, all its looks reached, or the school closed."""
    if phase(cycle, day) in ("decided", "over") or _closed(school, day):
        return True
    return phase(cycle, day) == "running" and bool(cycle.checks) and max(cycle.checks) <= day


def _closed(school: School, day: date | None) -> bool:
    return bool(school.closed and day and school.closed <= day)


def _cycle(cycle: Cycle, district: District, school: School, numbers: Numbers, day: date | None, told: bool) -> dict:
    """One cycle as JSON. told: in full; else only what one sentence needs."""
    decision = _decision(cycle, day)
    plan = {
        "id": cycle.id,
        "title": cycle.title,
        "phase": phase(cycle, day),
        "past": past(cycle, school, day),
        "told": told,
        "start": facts.iso(cycle.start),
        "end": facts.iso(cycle.end),
        "decision": {"day": facts.iso(decision.day), "word": decision.word, "why": decision.why} if decision else None,
    }
    if not told:
        return plan
    outcome = smart.main_outcome(cycle)
    scale = district.scales.get(cycle.focus)
    names = {school: district.schools[school].name for school in (*cycle.schools, *cycle.comparison)}
    return plan | {
        "schools": [names[school] for school in cycle.schools],
        "comparison": [names[school] for school in cycle.comparison],
        "focus": scale.about if scale else cycle.focus,
        "focus_scale": scale.id if scale else "",
        **{name: getattr(cycle, name) for name in ("driver", "idea", "hypothesis", "owner", "for_whom", "rule_hash")},
        "prediction": asdict(cycle.prediction) if cycle.prediction else None,
        "ask": asdict(cycle.ask) if cycle.ask else None,
        "measures": [asdict(measure) for measure in cycle.measures],
        "baseline": [facts.iso(end) for end in cycle.baseline] if cycle.baseline else [],
        "checks": [facts.iso(check) for check in cycle.checks],
        "rule": asdict(cycle.rule) if cycle.rule else None,
        "mark": frozen.digest(cycle),
        "state": frozen.state(cycle, day),
        "outcome": outcome.measure if outcome else "",
        "target": outcome.target if outcome else None,
        "parts": [asdict(part) for part in smart.parts(cycle, _outcome(cycle, district, school, numbers))],
        "missing_kinds": list(smart.missing_kinds(cycle)),
        "missing": list(smart.missing_test(cycle)),
        "planned": {
            planned.measure: goals.planned_points(cycle.start, estimate.last_day(cycle), district.measures[planned.measure].every)
            for planned in cycle.measures
        },
    }


def _outcome(cycle: Cycle, district: District, school: School, numbers: Numbers) -> smart.Numbers | None:
    """What is known of the main outcome at this school, and the smallest change that would show to what judges it."""
    outcome = smart.main_outcome(cycle)
    if outcome is None:
        return None
    measure = district.measures[outcome.measure]
    low, high, target = (
        None if value is None else readings.stated(value, measure.decimals)
        for value in (measure.low, measure.high, outcome.target)
    )
    found = {
        name: numbers.get((of, cycle.id, measure.id, name))
        for of, name in ((school.school_id, "baseline_median"), (school.school_id, "detectable"), (school.school_id, "on_chart"),
                         (school.school_id, "chart_needs"), ("", "together"), ("", "to_adopt"))
    }  # fmt: skip
    judge = seen_readings.judge(cycle.rule.by if cycle.rule else "", {name for name in found if found[name] is not None})
    mute = judge == "on_chart" and found["chart_needs"] is not None
    return smart.Numbers(
        measure.better, low, high, found["baseline_median"], target, found[judge], mute=mute, by_rule=judge == "to_adopt",
        bound=numbers.get((school.school_id, cycle.id, measure.id, "bound"), ""),
    )  # fmt: skip


def _load(cycles: list[Cycle], school: School, district: District, day: date | None) -> dict:
    """Hours a week: today's, the stretches from today on, and the heaviest of each term."""
    asked = load.spells(cycles, school.school_id, day)
    ahead = load.spans(asked, day, day + HORIZON) if day else []
    return {
        "now": load.hours_on(day, asked) if day else 0.0,
        "peak": _span(load.heaviest(ahead), asked),
        "unknown": [
            spell.title for spell in asked if spell.hours is None and (day is None or spell.last is None or spell.last >= day)
        ],
        "terms": [{"label": term.label} | _span(span, asked) for term, span in load.by_term(asked, district.terms)],
    }


def _span(span: load.Span | None, asked: list[load.Spell]) -> dict:
    if span is None:
        return {"hours": 0.0, "first": "", "last": "", "cycles": []}
    titles = {spell.cycle: spell.title for spell in asked}
    named = [titles[name] for name in span.cycles]
    return {"hours": span.hours, "first": facts.iso(span.first), "last": facts.iso(span.last), "cycles": named}


def _events(told: list[Cycle], school: School, district: District, day: date | None) -> list[calendar.Event]:
    """What lies ahead, and reviews that are overdue, in order of time; nothing of a school that has closed.

    Of a cycle that is decided, or whose end is past, nothing lies ahead; a look on the day itself has been reached.
    """
    if day is None or _closed(school, day):
        return []
    domain, horizon = f"{district.id}.cyclebook", day + HORIZON
    found = calendar.reviews(district.agreements, school.school_id, domain, day, horizon)
    for cycle in told:
        if phase(cycle, day) in ("decided", "over"):
            continue
        for event in calendar.steps([cycle], school.school_id, domain):
            look = event.kind == "check"
            if day <= event.day <= horizon and not (look and event.day == day):
                found.append(_look(event, cycle, day) if look else event)
    return sorted(found, key=lambda event: (event.day, event.uid))


def _look(event: calendar.Event, cycle: Cycle, day: date) -> calendar.Event:
    """A look that is still ahead: after the first one, a rule that was fixed may have spoken before it."""
    return replace(event, kind="check_unless") if readings.may_have_spoken(event.place, frozen.state(cycle, day)) else event


