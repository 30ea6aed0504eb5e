"""From the survey's protected statistics and the cycles' results to the one bundle of the district's own page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import facts, privacy
from cyclebook.climate import measurement, prepare as climate_prepare
from cyclebook.climate.scales import scale_facts
from cyclebook.evaluation import study
from cyclebook.overview import standing
from cyclebook.parameters.names import DISTRICT
from cyclebook.privacy import protect
from cyclebook.privacy.protect import BOUND, COLUMNS

if TYPE_CHECKING:
    from cyclebook.evaluation.study import Number, Result
    from cyclebook.parameters import District, School, Wave
    from cyclebook.sources import Tables

#: The survey's statistics that the page shows, of a school and of the district.
OF_SCHOOL = ("answers", "head_count", "mean", "steadied", "steadied_low", "steadied_high", "difference_low", "difference_high")
OF_DISTRICT = ("mean", "within_sd", "schools", "icc1_mean_squares", "icc2_mean_squares", "icc1_reml", "icc2_reml", "icc_p", "change_low", "change_high",
               "change_schools", "responses", "flagged", "mean_with", "mean_without", *measurement.OF_DISTRICT)  # fmt: skip
OF_GROUPS = (
    "group_mean", "group_count", "group_gap", "group_gap_low", "group_gap_high", "group_gap_called",
    "group_trend", "group_trend_low", "group_trend_high", "group_trend_called",
)  # fmt: skip
#: States of a result in which a planned look can still say something.
LOOKING = ("planned", "waiting", "running")


def prepare(district: District, tables: Tables) -> tuple[dict[str, dict], Iterator[tuple[str, dict]]]:
    """The sizes of the district's own sets, and the bundle of the district's page."""
    found = climate_prepare.protected(district, tables)
    return privacy.sizes(found), iter([(DISTRICT, _bundle(district, tables, found.frame))])


def _bundle(district: District, tables: Tables, survey: pd.DataFrame) -> dict:
    waves = climate_prepare.fielded(district, tables)
    focus = waves[-1] if waves else None
    open_schools = [s for s in district.schools.values() if focus is None or climate_prepare.open_in(s, focus)]
    results = study.results(district, tables)
    by_cycle = study.by_cycle(results)
    shown = pd.concat([_survey_rows(survey, focus), _result_rows(district, results)], ignore_index=True)
    scales = [scale for scale in district.scales.values() if (shown["scale"] == scale.id).any()]
    kinds = ("responses", "roster", "series")
    sources = [
        s for s in district.sources.values()
        if s.table in kinds and facts.is_of_staff(district, s) and (s.table == "series" or focus and s.wave in (None, focus.id, focus.compare_with))
    ]  # fmt: skip
    labels = {wave.id: wave.label for wave in district.waves}
    day = facts.as_of(district, tables)
    return facts.about(district, tables, None, shown, sources) | {
        "schools": [_school(school) for school in _in_order(open_schools)],
        "names": {school.school_id: school.name for school in district.schools.values()},
        "focus": focus.id if focus else "",
        "focus_label": focus.label if focus else "",
        "compared_label": labels.get(focus.compare_with, "") if focus else "",
        "waves": [{"id": w.id, "label": w.label} for w in waves],
        "breakdowns": climate_prepare.breakdown_facts(district, climate_prepare.by_group(district, tables), focus),
        "scales": [scale_facts(scale, _items(district)) for scale in scales],
        "probe": climate_prepare.probe_facts(district, climate_prepare.by_probe(district, tables), focus),
        "measures": {m.id: {"name": m.name, "unit": m.unit, "decimals": m.decimals, "better": m.better} for m in district.measures.values()},
        "cycles": [_cycle(district, cycle, found) for cycle, found in by_cycle.items()],
        "needs": [{"what": n.what, "cycle": n.cycle, "schools": list(n.schools)} for n in standing.needs(by_cycle, day)],
    }


def _survey_rows(survey: pd.DataFrame, focus: Wave | None) -> pd.DataFrame:
    now = survey[survey["wave"] == (focus.id if focus else "")]
    whole = now["item"] == ""
    own = whole & (now["school_id"] != "") & now["statistic"].isin(OF_SCHOOL)
    pooled = whole & (now["school_id"] == "") & now["statistic"].isin(OF_DISTRICT)
    by_group = (now["school_id"] == "") & now["statistic"].isin(OF_GROUPS)
    return now[own | pooled | by_group]


def _result_rows(district: District, results: tuple[Result, ...]) -> pd.DataFrame:
    """The numbers of goals and predictions, through the same rule as all others."""
    rows = []
    for result in results:
        where = {"school_id": result.school, "wave": result.cycle, "item": ""}
        for goal in result.goals:
            rows += _rows(where | {"scale": goal.measure}, baseline=goal.baseline, latest=goal.latest)
        if result.outcome:
            outcome = result.outcome
            rows += _rows(where | {"scale": outcome.measure}, before=outcome.before, after=outcome.after, change=outcome.change)
    smallest = int(facts.values(district, "")["smallest_group"])
    return protect(pd.DataFrame(rows, columns=[*COLUMNS, BOUND]), smallest).frame


def _rows(where: dict, **numbers: Number | None) -> list[dict]:
    return [number.row(statistic=name, **where) for name, number in numbers.items() if number is not None]


def _in_order(schools: list[School]) -> list[School]:
    """By level in the order of first appearance, then by name: never by a result."""
    levels = list(dict.fromkeys(school.level for school in schools))
    return sorted(schools, key=lambda school: (levels.index(school.level), school.name.casefold(), school.school_id))


def _school(school: School) -> dict:
    """short: the shortest of its aliases that its name begins with; there is not much room in a chart."""
    short = min((alias for alias in school.aliases if school.name.startswith(alias)), key=len, default=school.name)
    return {"id": school.school_id, "name": school.name, "short": short, "level": school.level}


def _items(district: District) -> dict[str, str]:
    return {item.id: item.text for book in district.codebooks.values() for item in book.items.values()}


def _cycle(district: District, name: str, results: tuple[Result, ...]) -> dict:
    cycle = district.cycles[name]
    return {
        "id": name,
        "title": cycle.title,
        "owner": cycle.owner,
        "start": facts.iso(cycle.start),
        "standing": standing.standing(results),
        "next_look": min((facts.iso(r.next_look) for r in results if r.next_look and r.state in LOOKING), default=""),
        "decision": {"day": facts.iso(cycle.decision.day), "word": cycle.decision.word} if results[0].decision else None,
        "schools": [_result(result) for result in results],
    }


def _result(result: Result) -> dict:
    outcome = result.outcome
    return {
        "school": result.school,
        "state": result.state,
        "standing": standing.of_school(result),
        "goals": [{"measure": g.measure, "kind": g.kind, "target": g.target, "state": g.state} for g in result.goals],
        "prediction": {"measure": outcome.measure, "predicted": outcome.predicted} if outcome else None,
    }
