"""The sentences on what a plan could see: the smallest change that would show, and whether the goal is as large.

Arguments are as in :mod:`cyclebook.planning.readings`. Every claim is decided on numbers as they are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from cyclebook import cells
from cyclebook.planning.readings import PERIODS, hundredfold, past, stated, value
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, shown

FEWEST = 6  #: as ``goals.FEWEST``, which a notebook does not load


def _shows(by: str, known: Collection[str]) -> str:
    """The statistic that says which change would show: on its rule's chart, to its schools together, else to two averages.

    by: chart, comparison or '' (no rule). known: the statistics that are; a comparison without ``together`` falls back on one
    school.
    """
    if by == "chart":
        return "on_chart"
    return "together" if by == "comparison" and "together" in known else "detectable"


def judge(by: str, known: Collection[str]) -> str:
    """The statistic that a goal is held against: what a rule by comparison would adopt, else what would show."""
    return "to_adopt" if by == "comparison" and "to_adopt" in known else _shows(by, known)


def _by(cycle: Mapping) -> str:
    return cycle["rule"]["by"] if cycle["rule"] else ""


def _seen(table: Protected, cycle: Mapping, measure: Mapping) -> dict[str, Decimal]:
    """The smallest changes that are known of one measure, by statistic."""
    found = {name: value(table, name, cycle["id"], measure["id"]) for name in ("detectable", "on_chart", "together", "to_adopt")}
    return {name: number for name, number in found.items() if number is not None}


def least(table: Protected, cycle: Mapping, measure: Mapping) -> Decimal | None:
    """The smallest change that would likely show; None where that is not known.

    table: the school's rows and those of the plan's schools together.
    """
    seen = _seen(table, cycle, measure)
    return seen.get(_shows(_by(cycle), seen))


def detectable(table: Protected, cycle: Mapping, measure: Mapping) -> list[Reading]:
    """The smallest change of one measure that would likely show at this school in the planned time, or why that cannot be said.

    table: the school's rows ``baseline_points``, ``baseline_median``, ``detectable``, ``on_chart``, ``chart_needs``. The chart is left out where the
    rule compares schools.
    """
    points = value(table, "baseline_points", cycle["id"], measure["id"])
    facts = {"about": measure["about"]}
    if not cycle["baseline"]:
        return [Reading.of("p_see_no_window", **facts)]
    if points is None:
        return [Reading.of(f"p_see_none{past(cycle)}", **facts)]
    if points < FEWEST:
        return [Reading.of("p_see_few", **facts, points=int(points), fewest=FEWEST)]
    after = cycle["planned"][measure["id"]]
    if after is None:
        return [Reading.of("p_see_no_end", **facts)]
    change, on_chart, needed = (
        value(table, name, cycle["id"], measure["id"]) for name in ("detectable", "on_chart", "chart_needs")
    )
    if change is None:
        before = table.cell("baseline_median", wave=cycle["id"], scale=measure["id"])
        return [Reading.of("p_see_flat_end" if before is not None and before.bound else "p_see_flat", **facts)]
    period = PERIODS.get(measure["every"], "point")
    said = [
        Reading.of(f"p_counted_{period}", **facts, before=int(points), after=after),
        Reading.of("p_see_averages", change=change, unit=measure["step_unit"]),
    ]
    if _by(cycle) == "comparison":
        return said
    if on_chart is not None:
        said.append(Reading.of("p_see_chart", change=on_chart, unit=measure["step_unit"]))
    elif needed is not None:
        said.append(Reading.of("p_see_mute", after=after, needed=int(needed)))
    return said


def together(table: Protected, cycle: Mapping, measure: Mapping) -> Reading | None:
    """The averages of all schools of the plan, beside the comparison schools where there are any; None for one school.

    table: the rows ``together``, ``together_schools``, ``together_others``.
    """
    numbers = [value(table, name, cycle["id"], measure["id"]) for name in ("together", "together_schools", "together_others")]
    if None in numbers:
        return None
    change, schools, others = numbers
    facts = {"schools": int(schools), "change": change, "unit": measure["step_unit"]}
    return Reading.of("p_together_beside", **facts, others=int(others)) if others else Reading.of("p_together", **facts)


def goal_in_sight(table: Protected, cycle: Mapping, measure: Mapping, target: float | None) -> list[Reading]:
    """What a rule by comparison would adopt, and whether the goal is large enough for what judges the plan.

    table: the school's rows and those of the plan's schools together. Nothing is said where nothing is known to hold the goal
    against, nor of a goal that is no step forward.
    """
    seen, before = _seen(table, cycle, measure), value(table, "baseline_median", cycle["id"], measure["id"])
    kind = judge(_by(cycle), seen)
    if kind not in seen:
        return []
    said = _to_adopt(cycle, measure, seen)
    # how far a goal lies from a baseline at an end of what is shown is not known
    if before is None or target is None or table.cell("baseline_median", wave=cycle["id"], scale=measure["id"]).bound:
        return said
    step = stated(target, measure["decimals"]) - before
    step = -step if measure["better"] == "lower" else abs(step) if measure["better"] == "neither" else step
    if step <= 0:
        return said
    facts, size = {"step": step, "unit": measure["step_unit"]}, "enough" if step >= seen[kind] else "small"
    if cycle["past"]:
        return [*said, Reading.of(f"p_goal_{size}_past", **facts)]
    if kind == "to_adopt":
        worthwhile = stated(cycle["rule"]["worthwhile"], measure["decimals"])
        if step < worthwhile:
            return [*said, Reading.of("p_goal_under", **facts, worthwhile=worthwhile)]
    return [*said, Reading.of(f"p_goal_{size}_{kind}", **facts)]


def _to_adopt(cycle: Mapping, measure: Mapping, seen: Mapping[str, Decimal]) -> list[Reading]:
    """The change that a rule by comparison would adopt four times in five, or that it is not known; else nothing."""
    rule = cycle["rule"]
    if _by(cycle) != "comparison" or rule["measure"] != measure["id"]:
        return []
    if "to_adopt" not in seen:
        return [Reading.of("p_rule_adopts_unknown")]
    worthwhile = stated(rule["worthwhile"], measure["decimals"])
    facts = {"percent": hundredfold(rule["probability"]), "worthwhile": worthwhile, "unit": measure["step_unit"]}
    return [Reading.of("p_rule_adopts", **facts, change=seen["to_adopt"])]


def drawn(table: Protected, cycle: Mapping, measure: Mapping, target: float | None) -> Reading:
    """What the figure shows of one goal, in words. table: as for :func:`least`, a ``baseline_median`` among the rows."""
    facts = {
        "title": cycle["title"], "about": measure["about"], "unit": measure["unit"],
        "baseline": cells.fact(table.cell("baseline_median", wave=cycle["id"], scale=measure["id"])),
    }  # fmt: skip
    if target is not None:
        facts["target"] = stated(target, measure["decimals"])
    change = least(table, cycle, measure)
    kind = "p_drawn" + ("" if target is None else "_target")
    if change is None:
        return Reading.of(kind, **facts)
    return Reading.of(f"{kind}_band{'_chart' if _by(cycle) == 'chart' else ''}", **facts, change=change)


def survey_change(table: Protected, scale: Mapping, wave: str) -> Reading | None:
    """The smallest change that two surveys like the latest could show on a scale; None where it is not shown."""
    cell = table.cell("detectable", wave=wave, scale=scale["id"])
    if cell is None or cell.value is None:
        return None
    return Reading.of("p_survey_see", about=scale["about"], change=shown(cell.value, cell.decimals))
