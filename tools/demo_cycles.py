"""The demonstration district's cycles: what is true of each, and the mark of its rule as it was frozen.

The plans are written by hand (parameters/cycles/*.yaml). Only their line `rule_hash` is written by make_demo.py, so that a plan
can be mended without working the mark out by hand. One cycle's rule was changed after its start, and one was never frozen.
"""
from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from cyclebook.parameters import load
from cyclebook.planning.frozen import digest
from ruamel.yaml import YAML

import demo_series as series

EARLIER_WORTHWHILE = {"two-page-agenda": 10.0}      # what was frozen, before it was changed
NEVER_FROZEN = ("lesson-pairs",)
#: cycle -> its story, and what its rule ought to lead to on 2025-11-21 (none: there can be no verdict).
STORIES = {
    "peer-visits": ("A: a large and lasting rise", "adopt"),
    "worry-box": ("a change smaller than worthwhile, one look", "stop or adapt"),
    "open-agenda": ("B: an idea that changed nothing", "stop or adapt"),
    "welcome-hour": ("C: begun too lately for the chart to speak", "not enough data yet"),
    "answer-board": ("D: four schools and six others, a large effect", "adopt"),
    "monday-mail": ("D: four schools and six others, no effect; everywhere it falls by as much", "stop or adapt"),
    "evening-quiet": ("E: goal met, then lost", "adopt"),
    "two-page-agenda": ("F: the rule was changed after the start", "none"),
    "greeting-at-the-door": ("G: planned, with most of the plan open", "none"),
    "lesson-pairs": ("G and I: the rule was never frozen; the hours are over the limit at one school; no effect", "none"),
    "buddy-hour": ("H: so small that most weeks are hidden", "not enough data yet"),
    "shorter-meetings": ("J: lower is better, and it fell", "adopt"),
}
HOURS_LIMIT = 1.0
OVER_LIMIT = {"0202": 1.25}


def frozen(root: Path) -> dict[str, bytes]:
    """The files of the cycles by their path, each with the mark of its rule as it was when it began."""
    cycles, found = load(root).cycles, {}
    for path in sorted((root / "parameters/cycles").glob("*.yaml")):
        text, cycle = path.read_text(encoding="utf-8"), cycles[path.stem]
        if cycle.rule is not None and cycle.id not in NEVER_FROZEN:
            worthwhile = EARLIER_WORTHWHILE.get(cycle.id, cycle.rule.worthwhile)
            mark = digest(replace(cycle, rule=replace(cycle.rule, worthwhile=worthwhile)))
            text = re.sub(r"(?m)^rule_hash:.*\n", "", text)
            text = re.sub(r"(?m)^(rule: .*\n)", rf'\1rule_hash: "{mark}"' + "\n", text)
        found[f"parameters/cycles/{path.name}"] = text.encode()
    return found


def plans(root: Path) -> dict[str, dict]:
    """The cycles as they are written."""
    yaml = YAML(typ="safe")
    return {path.stem: yaml.load(path) for path in sorted((root / "parameters/cycles").glob("*.yaml"))}


def _mean(measure: str, schools: list[str], first: date, last: date) -> float | None:
    """The mean of the true levels over school weeks and then over schools; None where there is no week."""
    levels = series.true_levels()
    weeks = [week for week in series.WEEKS if first <= week <= last]
    means = [sum(series.level_at(levels[measure, school], week) for week in weeks) / len(weeks) for school in schools if weeks]
    return sum(means) / len(means) if means else None


def _span(plan: dict, measure: str, schools: list[str], as_of: date) -> dict:
    """What is true of one measure at some schools: before, since the start until the last look or today, after the last look."""
    end = min(max(plan.get("checks", [as_of])), as_of)
    before = _mean(measure, schools, plan["baseline"]["from"], plan["baseline"]["to"])
    since = _mean(measure, schools, plan["start"], end)
    found = {"before": round(before, 2), "since": round(since, 2), "change": round(since - before, 2) + 0.0}
    later = _mean(measure, schools, end + timedelta(days=1), as_of)
    return found | ({"later": round(later, 2)} if later is not None and max(plan["checks"]) < as_of else {})


def truth(root: Path, as_of: date) -> dict[str, dict]:
    """cycle -> story, what is meant, the true levels by measure and school, and the true effect of the rule's measure."""
    found = {}
    for name, plan in plans(root).items():
        story, meant = STORIES[name]
        entry: dict = {"story": story, "meant": meant, "schools": plan["schools"], "rule": _rule_state(name, plan)}
        if "baseline" in plan:
            entry["true"] = {one["measure"]: {school: _span(plan, one["measure"], [school], as_of) for school in plan["schools"]
                                              if (one["measure"], school) in series.true_levels()} for one in plan["measures"]}
        if "rule" in plan:
            measure, by = plan["rule"]["measure"], plan["rule"]["by"]
            effect = _span(plan, measure, plan["schools"], as_of)["change"]
            others = _span(plan, measure, plan["comparison"], as_of)["change"] if by == "comparison" else 0.0
            entry |= {"measure": measure, "effect": round(effect - others, 2) + 0.0}
            entry |= {"change_elsewhere": others} if by == "comparison" else {}
            entry |= {"looks_reached": sum(day <= as_of for day in plan["checks"]),
                      "next_look": next((day.isoformat() for day in plan["checks"] if day > as_of), None)}
            entry["goal"] = {school: _goal(plan, measure, entry["true"][measure][school]) for school in plan["schools"]}
        found[name] = entry
    return found


def _goal(plan: dict, measure: str, true: dict) -> str:
    """Whether the true level reached the target since the start, and whether it still does after the last look."""
    target = next(one["target"] for one in plan["measures"] if one["measure"] == measure)
    better = 1 if plan["prediction"]["change"] > 0 else -1
    met, still = (better * (true[key] - target) >= 0 if key in true else None for key in ("since", "later"))
    return "not met" if not met else "met, then lost" if still is False else "met and kept" if still else "met"


def _rule_state(name: str, plan: dict) -> str:
    if "rule" not in plan:
        return "no rule"
    return "never frozen" if name in NEVER_FROZEN else "changed" if name in EARLIER_WORTHWHILE else "frozen"
