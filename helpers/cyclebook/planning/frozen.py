"""What a plan fixes before its start, as one short mark: a later change shows, whoever made it and why."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclebook.parameters import Cycle

DIGITS = 12


def digest(cycle: Cycle) -> str:
    """The first hexadecimal digits of the SHA-256 of all that decides how the cycle will be judged.

    That is: rule, checks, splits, baseline, start, measures with their targets, prediction; for a rule by comparison the schools
    on both sides, too. The wording of the idea, the ask, the owner, the end and the decision may change freely. The order of
    measures, days and schools does not matter, nor do blanks in the words of the prediction, nor 6 for 6.0.
    """
    rule, prediction = cycle.rule, cycle.prediction
    sides = rule is not None and rule.by == "comparison"
    fixed = {
        "rule": rule
        and {
            "measure": rule.measure,
            "by": rule.by,
            "worthwhile": float(rule.worthwhile),
            "points": int(rule.points),
            "probability": _number(rule.probability),
        },
        "checks": [day.isoformat() for day in sorted(cycle.checks)],
        "split": [day.isoformat() for day in sorted(cycle.split)],
        "baseline": cycle.baseline and [day.isoformat() for day in cycle.baseline],
        "start": cycle.start and cycle.start.isoformat(),
        "measures": sorted(
            ([measure.kind, measure.measure, _number(measure.target)] for measure in cycle.measures), key=json.dumps
        ),
        "prediction": prediction
        and {
            "measure": prediction.measure,
            "change": float(prediction.change),
            "words": " ".join(prediction.words.split()),
        },
        "sides": [sorted(cycle.schools), sorted(cycle.comparison)] if sides else None,
    }
    text = json.dumps(fixed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def state(cycle: Cycle, as_of: date | None) -> str:
    """How the rule stands on a day.

    ``no_rule``: there is none. ``frozen``: its mark stands in the plan and fits. ``changed``: a mark stands there and does not
    fit. Without a mark: ``open`` once the cycle has started, else ``not_started``.
    """
    if cycle.rule is None:
        return "no_rule"
    if cycle.rule_hash:
        return "frozen" if cycle.rule_hash.strip().lower() == digest(cycle) else "changed"
    started = cycle.start is not None and as_of is not None and cycle.start <= as_of
    return "open" if started else "not_started"
