"""From tidy tables and plans to the bundles of this step: points, charts, verdicts, comparisons, protected, cut by school."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cyclebook import facts, privacy
from cyclebook.evaluation import evidence, measure_charts, rates, study
from cyclebook.evaluation.comparison import Effect
from cyclebook.evaluation.decide import LEAST_BASELINE, chances
from cyclebook.evaluation.measure_charts import MeasureChart
from cyclebook.evaluation.study import Found, Result
from cyclebook.measures.points import Number, Point, all_points, fewest, number, of_measure, respondents
from cyclebook.planning import frozen
from cyclebook.privacy import protect
from cyclebook.privacy.protect import BOUND, COLUMNS, FEW_PERSONS
from cyclebook.reading import shown

if TYPE_CHECKING:
    from cyclebook.parameters import Cycle, District, Measure, School
    from cyclebook.sources import Tables

Row = dict[str, object]


def prepare(district: District, tables: Tables) -> tuple[dict[str, dict], Iterator[tuple[str, dict]]]:
    """The sizes of the district's own sets, and for each school (school_id, bundle): all that its page is made from."""
    as_of, found = facts.as_of(district, tables), all_points(district, tables)
    pooled = {cycle.id: _compared(cycle, district.measures, found, as_of) for cycle in district.cycles.values()}
    results = {(result.cycle, result.school): result for result in study.results(district, tables)}
    pages, rows = {}, [row for _, of in pooled.values() for row in of]
    for school in district.schools.values():
        pages[school.school_id], own = _page(district, school, found, results, pooled, as_of)
        rows += own
    smallest = int(facts.values(district, "")["smallest_group"])
    protected = protect(pd.DataFrame(rows, columns=[*COLUMNS, BOUND]), smallest)
    return privacy.sizes(protected), _bundles(district, tables, pages, protected.frame)


def _bundles(district: District, tables: Tables, pages: Mapping[str, dict], statistics: pd.DataFrame) -> Iterator[tuple[str, dict]]:
    sources = [source for source in district.sources.values() if source.table == "series"]
    by_school = dict(tuple(statistics.groupby("school_id", sort=False)))
    pooled = by_school.get("", statistics.iloc[:0])
    for school in district.schools.values():
        page = pages[school.school_id]
        own = by_school.get(school.school_id, statistics.iloc[:0])
        shared = pooled[pooled["scale"].isin([cycle["id"] for cycle in page["cycles"]])]
        yield school.school_id, facts.about(district, tables, school, pd.concat([own, shared]), sources) | page


def _page(
    district: District, school: School, found: Found, results: Mapping[tuple[str, str], Result], pooled: Mapping, as_of: date | None
) -> tuple[dict, list[Row]]:
    """The facts of one school, and the rows of its numbers."""
    cycles = sorted(
        (cycle for cycle in district.cycles.values() if school.school_id in cycle.schools),
        key=lambda cycle: (cycle.start or date.max, cycle.id),
    )
    named = {planned.measure for cycle in cycles for planned in cycle.measures}
    measures, said, rows = [], [], []
    closed = bool(school.closed and as_of and school.closed <= as_of)
    smallest = int(facts.values(district, "")["smallest_group"])
    for measure in district.measures.values():
        own = found.get((school.school_id, measure.id), ())
        if own or measure.id in named:
            drawn = measure_charts.chart(measure, own, cycles, as_of) if own and as_of else None
            measures.append(_measure_facts(measure, own, drawn, cycles, closed) | {"fewest": fewest(measure, smallest)})
            rows += _chart_rows(measure, school.school_id, own, drawn)
    for cycle in cycles:
        result = results[(cycle.id, school.school_id)]
        compared, _ = pooled[cycle.id]
        said.append(
            _cycle_facts(cycle, result, district.measures, found, as_of)
            | {"compared": _compared_facts(compared, school.school_id)}
            | {"compared_measure": _compared_measure(cycle, district.measures)}
            | {"beside": beside(district, cycle, as_of)}
        )
        rows += _cycle_rows(cycle, result, district.measures, found, as_of)
    helped = [cycle for cycle in district.cycles.values() if school.school_id in cycle.comparison and _started(cycle, as_of)]
    helps = [
        {"title": cycle.title, "name": _compared_name(cycle, district), "beside": beside(district, cycle, as_of)} for cycle in helped
    ]
    return {"measures": measures, "cycles": said, "helps": helps}, rows


def _started(cycle: Cycle, as_of: date | None) -> bool:
    return cycle.start is not None and as_of is not None and cycle.start <= as_of


# Charts


def _measure_facts(measure: Measure, own: tuple[Point, ...], drawn: MeasureChart | None, cycles: list[Cycle], closed: bool) -> dict:
    """closed: the school is; then no day lies ahead on which a chart could speak."""
    chart = drawn and _chart_facts(measure, drawn)
    return asdict(measure) | {
        "days": [facts.iso(point.day) for point in own],
        "chart": chart | {"speaks_on": ""} if chart and closed else chart,
        "named": [cycle.id for cycle in cycles if measure.id in {planned.measure for planned in cycle.measures}],
    }


def _chart_facts(measure: Measure, drawn: MeasureChart) -> dict:
    part, cycle = drawn.part, drawn.cycle
    target = next((planned.target for planned in cycle.measures if planned.measure == measure.id), None) if cycle else None
    run = part.run and {
        "first": facts.iso(part.run[0]),
        "last": facts.iso(part.run[1]),
        "side": part.run[2],
        "on_line": sum(part.run[0] < point.day < part.run[1] and point.value == part.median for point in part.used),
        "goes_on": all(point.value == part.median for point in part.used if point.day > part.run[1]),
    }
    return {
        "kind": part.kind,
        "fitting": measure_charts.FITTING[measure.type][0],
        "parts": [
            {"id": _part_id(place), "first": facts.iso(one.bands[0].point.day), "last": facts.iso(one.bands[-1].point.day)}
            for place, one in enumerate(drawn.parts)
        ],
        "focus": _part_id(drawn.focus),
        "used": [facts.iso(point.day) for point in part.used],
        "baseline": part.baseline,
        "since": len(part.used) - part.baseline if part.baseline else 0,
        "useful": part.runs.useful,
        "shift": part.shift,
        "far": part.far,
        "limits": part.limits,
        "at_end": part.at_end,
        "ends": sum(bool(band.point.bound) for one in drawn.parts for band in one.bands),
        "trial": part.limits and len(part.base) < measure_charts.TRIAL,
        "stable": part.stable,
        "long_run": part.runs.long_run,
        "few_crossings": part.runs.few_crossings,
        "run": run,
        "outside": [facts.iso(point.day) for point in part.outside],
        "speaks_on": facts.iso(drawn.speaks_on),
        "hidden": [facts.iso(day) for day in drawn.hidden],
        "cycle": cycle.id if cycle else "",
        "title": cycle.title if cycle else "",
        "start": facts.iso(cycle.start) if cycle else "",
        "target": target,
    }


def _part_id(place: int) -> str:
    return f"part{place + 1}"


def _chart_rows(measure: Measure, school: str, own: tuple[Point, ...], drawn: MeasureChart | None) -> list[Row]:
    rows, drawn_points = [], {band.point.day: band.point for part in drawn.parts for band in part.bands} if drawn else {}
    for point in (drawn_points.get(point.day, point) for point in own):
        one = Number(point.value, measure.decimals, *respondents(measure, {school: [point]}), point.bound)
        made = one.row(school, facts.iso(point.day), measure.id, "", "value")
        rows.append(made if point.clear else made | {"why": FEW_PERSONS})
    for place, part in enumerate(drawn.parts if drawn else ()):
        name, base = _part_id(place), part.base
        for band in part.bands:
            for end, value in (("lower", band.lower), ("upper", band.upper)):
                if value is not None:
                    made = number(value, measure.decimals, measure, school, (*base, band.point))
                    rows.append(made.row(school, facts.iso(band.point.day), measure.id, name, end))
        middle = study.level(measure, school, base)
        rows += [middle.row(school, "", measure.id, name, "median")] if middle else []
        counts = {"longest_run": part.runs.longest, "longest_run_max": part.runs.longest_max, "crossings": part.runs.crossings,
                  "crossings_min": part.runs.crossings_min, "outside": len(part.outside) if part.limits else None,
                  "false_alarms": 100 * part.false_alarms}  # fmt: skip
        for statistic, value in counts.items():
            if value is not None:
                rows.append(number(value, 0, measure, school, part.used).row(school, "", measure.id, name, statistic))
    return rows


# Cycles


def _cycle_facts(cycle: Cycle, result: Result, measures: Mapping[str, Measure], found: Found, as_of: date | None) -> dict:
    rule, said = cycle.rule, result.verdict
    looked = cycle.checks[said.look - 1] if said and said.look else None
    own = found.get((result.school, rule.measure), ()) if rule else ()
    at_look = evidence.spans(cycle, own, looked) if looked else evidence.Spans((), ())
    return {
        "id": cycle.id,
        "title": cycle.title,
        "measures": [asdict(planned) for planned in cycle.measures],
        "start": facts.iso(cycle.start),
        "comparison": len(cycle.comparison),
        "checks": [facts.iso(day) for day in cycle.checks],
        "cannot": [evidence.cannot(cycle, measures[rule.measure], found, result.school, day, as_of) for day in cycle.checks]
        if rule and as_of and cycle.start else ["" for _ in cycle.checks],
        "rule": rule and asdict(rule),
        "mark": cycle.rule_hash,
        "mark_now": frozen.digest(cycle) if rule else "",
        "state": result.state,
        "verdict": said and asdict(said) | {"final": said.final, "day": facts.iso(looked)} | _span_counts(at_look),
        "looks_reached": result.looks_reached,
        "next_look": facts.iso(result.next_look),
        "speaks_on": facts.iso(result.speaks_on),
        "goals": [{name: getattr(goal, name) for name in ("measure", "kind", "target", "points", "state")} for goal in result.goals],
        "prediction": cycle.prediction and asdict(cycle.prediction),
        "spans": {
            name: _span_facts(cycle, name, evidence.spans(cycle, found.get((result.school, name), ()), study.last_day(cycle, as_of)))
            for name in _named(cycle)
        } if _started(cycle, as_of) else {},
        "decision": result.decision and asdict(result.decision) | {"day": facts.iso(result.decision.day)},
    }  # fmt: skip


def _named(cycle: Cycle) -> list[str]:
    """The measures that a cycle names, in the order in which it does."""
    predicted = [cycle.prediction.measure] if cycle.prediction else []
    return list(dict.fromkeys([*(planned.measure for planned in cycle.measures), *predicted]))


def _span_counts(span: evidence.Spans) -> dict:
    return {"before": len(span.before), "since": len(span.since)}


def _span_facts(cycle: Cycle, name: str, span: evidence.Spans) -> dict:
    """How many points there are before and since, and whether their middle value hardly moved."""
    worthwhile = cycle.rule.worthwhile if cycle.rule and cycle.rule.measure == name else None
    return _span_counts(span) | {"hardly": study.hardly_moved(span, worthwhile), "ends": any(point.bound for point in span.all)}


def _cycle_rows(cycle: Cycle, result: Result, measures: Mapping[str, Measure], found: Found, as_of: date | None) -> list[Row]:
    """Medians before and since of every measure of a cycle, those at the look of its verdict, its goals, how often its rule
    adopts.
    """
    if not _started(cycle, as_of):
        return []
    school, rows = result.school, []
    for name in _named(cycle):
        span = evidence.spans(cycle, found.get((school, name), ()), study.last_day(cycle, as_of))
        numbers = dict(zip(("before", "after", "change"), study.moved(measures[name], school, span), strict=True))
        rows += [made.row(school, "", name, cycle.id, statistic) for statistic, made in numbers.items() if made]
    rows += [goal.latest.row(school, "", goal.measure, cycle.id, f"latest_{goal.kind}") for goal in result.goals if goal.latest]
    if cycle.rule is None:
        return rows
    measure = measures[cycle.rule.measure]
    own = found.get((school, measure.id), ())
    if cycle.rule.by == "chart" and result.verdict and result.verdict.look:
        span = evidence.spans(cycle, own, cycle.checks[result.verdict.look - 1])
        numbers = dict(zip(("look_before", "look_after", "look_change"), study.moved(measure, school, span), strict=True))
        rows += [made.row(school, "", measure.id, cycle.id, statistic) for statistic, made in numbers.items() if made]
    return rows + (_adoptions_by_chart(cycle, measure, school, own, as_of) if cycle.rule.by == "chart" else [])


def _truths(cycle: Cycle) -> tuple[tuple[str, float], ...]:
    """For which true changes it is told in how many of 100 cycles like this the rule adopts."""
    return (("adopt_at_nothing", 0.0), ("adopt_at_worthwhile", cycle.rule.worthwhile))


def _adoptions_by_chart(cycle: Cycle, measure: Measure, school: str, own: tuple[Point, ...], as_of: date) -> list[Row]:
    rule, span, rows = cycle.rule, evidence.spans(cycle, own, as_of), []
    if len(span.before) < LEAST_BASELINE:
        return []
    values, looks = evidence.values(span.before), evidence.look_counts(cycle, span.since, measure.every, as_of)
    for statistic, truth in _truths(cycle):
        rate = rates.adoptions_by_chart(
            rule.worthwhile, rule.points, measure.better, len(values), looks, float(np.std(values, ddof=1)), truth,
            centre=float(np.mean(values)), decimals=measure.decimals, least=measure.low, whole=measure.type == "count",
        )  # fmt: skip
        rows.append(number(100 * rate, 0, measure, school, span.before).row(school, "", measure.id, cycle.id, statistic))
    return rows


def _adoptions_by_comparison(cycle: Cycle, measure: Measure, found: Found, as_of: date, compared: evidence.Compared) -> list[Row]:
    """With as many points at each look as the school has that has the fewest."""
    rule, rows = cycle.rule, []
    entered = compared.treated | compared.comparison
    counts = [
        evidence.look_counts(cycle, evidence.spans(cycle, found[(school, measure.id)], as_of).since, measure.every, as_of)
        for school in entered
    ]
    for statistic, truth in _truths(cycle):
        rate = rates.adoptions_by_comparison(
            rule.worthwhile, rule.probability, rule.points, len(compared.treated), len(compared.comparison), compared.baseline,
            tuple(map(min, zip(*counts, strict=True))), compared.spread, compared.between, truth,
        )  # fmt: skip
        made = Number(float(shown(100 * rate, 0)), 0, *respondents(measure, entered))
        rows.append(made.row("", "", cycle.id, "", statistic))
    return rows


# Comparison schools


def _compared(
    cycle: Cycle, measures: Mapping[str, Measure], found: Found, as_of: date | None
) -> tuple[evidence.Compared | None, list[Row]]:
    """The latest look that counts, and the district's rows of it; None without comparison schools or before the first look.

    A rule by comparison that stands fixed is looked at on the day of its verdict; any other cycle's comparison schools at its
    last planned look, and without what a rule would make of it: else whoever edits a rule would choose the look.
    """
    judged = cycle.rule is not None and cycle.rule.by == "comparison" and frozen.state(cycle, as_of) == "frozen"
    name = _compared_measure(cycle, measures)
    looks = evidence.reached(cycle, as_of)
    if not cycle.comparison or not name or not looks:
        return None, []
    measure, day, fewest = measures[name], looks[-1], LEAST_BASELINE
    of = of_measure(found, name)
    if judged:
        said = study.verdict(cycle, cycle.schools[0], measures, found, as_of)
        day, fewest = cycle.checks[max(said.look, 1) - 1], cycle.rule.points
    made = evidence.compare(cycle, of, day, fewest)
    rows = _effect_rows(cycle, measure, made, judged) if made.look.effect else []
    if made.look.effect and made.look.effect.rests and judged:
        rows += _adoptions_by_comparison(cycle, measure, found, as_of, made)
    return made, rows


def _compared_measure(cycle: Cycle, measures: Mapping[str, Measure]) -> str:
    """The measure on which comparison schools are held against those that try the idea: the rule's, else the first outcome
    that has a better direction; empty where there is none.
    """
    if cycle.rule:
        return cycle.rule.measure
    outcomes = [planned.measure for planned in cycle.measures if planned.kind == "outcome"]
    return next((name for name in outcomes if measures[name].better != "neither"), "")


def _compared_name(cycle: Cycle, district: District) -> str:
    name = _compared_measure(cycle, district.measures)
    return district.measures[name].name if name else ""


def beside(district: District, cycle: Cycle, as_of: date | None) -> list[str]:
    """Schools of a comparison, on either side, where another cycle that names the same measure ran in the same time: the
    school's name and that cycle's title.

    The same time: from the first day of the baseline (else the start) to the end (else the last look), up to ``as_of``.
    """
    name = _compared_measure(cycle, district.measures)
    if not cycle.comparison or not name or not _started(cycle, as_of):
        return []

    def time(one: Cycle, first: date) -> tuple[date, date]:
        return first, min(one.end or max(one.checks, default=as_of), as_of)

    first, last = time(cycle, cycle.baseline[0] if cycle.baseline else cycle.start)
    others = [
        one for one in district.cycles.values()
        if one.id != cycle.id and _started(one, as_of) and name in {*_named(one), *([one.rule.measure] if one.rule else [])}
        and one.start <= last and time(one, one.start)[1] >= first
    ]  # fmt: skip
    return [
        f"{district.schools[school].name} (“{one.title}”)"
        for school in (*cycle.schools, *cycle.comparison)
        for one in others
        if school in one.schools
    ]


def _effect_rows(cycle: Cycle, measure: Measure, compared: evidence.Compared, judged: bool) -> list[Row]:
    effect: Effect = compared.look.effect
    n, ours = respondents(measure, compared.treated)
    other_n, theirs = respondents(measure, compared.comparison)
    digits = measure.decimals + 1
    changes = {"ours": effect.treated_change, "theirs": effect.comparison_change, "effect": effect.estimate}
    ends = {"effect_low": effect.low, "effect_high": effect.high} if effect.rests else {}
    values = {name: (value, digits) for name, value in (changes | ends).items()}
    if effect.rests and judged:
        worthwhile, nothing = chances(effect, cycle.rule.worthwhile, 1 if measure.better == "higher" else -1)
        values |= {"chance_worthwhile": (float(worthwhile), 0), "chance_nothing": (float(nothing), 0)}
    rows = []
    for statistic, (value, decimals) in values.items():
        row = Number(float(shown(value, decimals)), decimals, n, ours).row("", "", cycle.id, "", statistic)
        rows.append(row | {"other_set": theirs, "other_n": other_n})
    return rows


def _compared_facts(compared: evidence.Compared | None, school: str) -> dict | None:
    if compared is None:
        return None
    return {
        "day": facts.iso(compared.look.day),
        "ends": any(point.bound for of in (compared.treated, compared.comparison) for points in of.values() for point in points),
        "treated": len(compared.treated),
        "comparison": len(compared.comparison),
        "left_out": len(compared.left_out),
        "own_left_out": school in compared.left_out,
        "rests": bool(compared.look.effect and compared.look.effect.rests),
        "effect": compared.look.effect is not None,
    }
