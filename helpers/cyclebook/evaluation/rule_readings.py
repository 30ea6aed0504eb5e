"""The sentences about rules, verdicts, goals and predictions. Like ``readings``: true of the numbers as shown, and of nothing
else.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cyclebook import cells
from cyclebook.evaluation.readings import LEAST, Facts, cell_of, chance, day, ends, number_of, plain, sign, size, way
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Reading

#: A move of less than one of so many parts of what is worthwhile is hardly one (``evaluation.study.HARDLY``).
HARDLY = 5


def rule(measure: Facts, cycle: Facts) -> Reading:
    """The rule in words."""
    found = cycle["rule"]
    facts = {"name": measure["name"], "worthwhile": plain(found["worthwhile"]), "points": found["points"]}
    if found["by"] == "comparison":
        facts["needed"] = needed(cycle)
    return Reading.of(f"e_rule_{found['by']}_{'up' if sign(measure) > 0 else 'down'}", **facts)


def mark(cycle: Facts) -> Reading:
    """The mark of the rule: that it is the one of the start, or that what is shown is the rule as it stands now."""
    if cycle["verdict"]:
        return Reading.of("e_frozen", mark=cycle["mark"])
    if cycle["mark"] and cycle["mark"] != cycle["mark_now"]:
        return Reading.of("e_rule_now_differs", now=cycle["mark_now"], mark=cycle["mark"])
    return Reading.of("e_rule_now", now=cycle["mark_now"])


def needed(cycle: Facts) -> int | Decimal:
    """The rule's probability in percent."""
    return plain(float(100 * Decimal(repr(cycle["rule"]["probability"]))))


def standing(cycle: Facts) -> Reading:
    """Where a cycle stands, in a sentence."""
    title, state = cycle["title"], cycle["state"]
    if state == "planned":
        if cycle["start"]:
            return Reading.of("e_planned", title=title, date=day(cycle["start"]))
        return Reading.of("e_planned_open", title=title)
    if state in ("no_rule", "rule_open", "rule_changed"):
        return Reading.of(f"e_{state}", title=title)
    if state == "waiting":
        return Reading.of("e_waiting", title=title, date=day(cycle["start"]))
    if state == "undecided":
        return Reading.of("e_says_undecided", title=title)
    return Reading.of(f"e_says_{cycle['verdict']['decision']}", title=title)


def why(own: Protected, district: Protected, measure: Facts, cycle: Facts) -> list[Reading]:
    """Why the rule says what it says. own: the school's rows; district: the pooled rows; measure: facts of the rule's measure."""
    verdict, found = cycle["verdict"], cycle["rule"]
    kind, where = verdict["why"], {"scale": measure["id"], "item": cycle["id"]}
    if kind == "no_look":
        return [Reading.of("e_why_no_look", date=day(cycle["checks"][0]))]
    if kind == "few_points" and found["by"] == "comparison":
        return [Reading.of("e_why_few_points_schools", look=verdict["look"], points=found["points"])]
    if kind == "few_points":
        people = "_people" if measure["people"] else ""
        return [Reading.of(f"e_why_few_points{people}", look=verdict["look"], since=verdict["since"], points=found["points"])]
    if kind == "few_baseline":
        return [Reading.of("e_why_few_baseline", before=verdict["before"], needed=LEAST)]
    if kind in ("cannot_speak", "no_signal"):
        return [Reading.of(f"e_why_{kind}", look=verdict["look"])]
    if kind in ("unstable", "few_schools"):
        return [Reading.of(f"e_why_{kind}")]
    if found["by"] == "comparison":
        return [*ends(cycle), *_why_likely(district, cycle)]
    before, after = (cell_of(own, name, **where) for name in ("look_before", "look_after"))
    if before is None or after is None:
        return [Reading.of("e_why_at_end_open")] if kind == "at_end" else []
    worthwhile = {"worthwhile": plain(found["worthwhile"])} if kind in ("small", "worthwhile") else {}
    values, side = {"before": cells.fact(before), "after": cells.fact(after)}, way(before, after)
    if side == 0 and kind != "at_end":
        return [Reading.of(f"e_why_{kind}_same", after=values["after"], **worthwhile)]
    little = kind in ("some_better", "no_better") and not before.bound and not after.bound
    little = little and hardly(values["after"] - values["before"], found["worthwhile"])
    return [Reading.of(f"e_why_{kind}" + ("_hardly" if little else ""), **values, **worthwhile)]


def hardly(change: Decimal, worthwhile: float) -> bool:
    """Whether a change is less than a fifth of what the rule calls worthwhile (``evaluation.study.HARDLY``)."""
    return HARDLY * abs(change) < Decimal(repr(float(worthwhile)))


def _why_likely(district: Protected, cycle: Facts) -> list[Reading]:
    kind, asked = cycle["verdict"]["why"], needed(cycle)
    said = [reading for reading in [chance(district, cycle)] if reading]
    if kind == "likely_no_better":
        nothing = number_of(district, "chance_nothing", scale=cycle["id"], item="")
        if nothing is None:
            return []
        if nothing >= 100:
            return [Reading.of("e_why_likely_no_better_high", needed=asked)]
        return [Reading.of("e_why_likely_no_better", nothing=nothing, needed=asked)]
    if kind == "unlikely_worthwhile":
        return [*said, Reading.of("e_why_unlikely_worthwhile", limit=100 - asked)]
    return [*said, Reading.of(f"e_why_{kind}", needed=asked)]


def looks(cycle: Facts) -> list[Reading]:
    """Which look it was, of how many, when the next one comes, and whether that one cannot decide."""
    verdict, said = cycle["verdict"], []
    if verdict["look"]:
        facts = {"look": verdict["look"], "planned": verdict["looks_planned"], "date": day(verdict["day"])}
        early = verdict["decision"] in ("adopt", "stop") and verdict["look"] < verdict["looks_planned"]
        said.append(Reading.of("e_look_first" if early else "e_look", **facts))
    if cycle["next_look"] and not verdict["final"] and verdict["look"]:
        cannot = cycle["cannot"][cycle["checks"].index(cycle["next_look"])]
        said.append(Reading.of(f"e_next_look_{cannot}" if cannot else "e_next_look", date=day(cycle["next_look"])))
    return said


def adoptions(table: Protected, measure: Facts, cycle: Facts) -> Reading | None:
    """How often the rule adopts by chance, and how often where the idea does what is worthwhile; None where it cannot be said."""
    if cycle["rule"]["by"] == "comparison":
        where = {"scale": cycle["id"], "item": ""}
    else:
        where = {"scale": measure["id"], "item": cycle["id"]}
    nothing, something = (number_of(table, f"adopt_at_{truth}", **where) for truth in ("nothing", "worthwhile"))
    if nothing is None or something is None:
        return None
    worthwhile = plain(cycle["rule"]["worthwhile"])
    if nothing >= 1:
        return Reading.of("e_adoptions", nothing=nothing, something=something, worthwhile=worthwhile)
    if something >= 1:
        return Reading.of("e_adoptions_few", something=something, worthwhile=worthwhile)
    return Reading.of("e_adoptions_none", worthwhile=worthwhile)


def leaning(cycle: Facts) -> list[Reading]:
    """What the rate of wrong adopts rests on, for a rule by chart. (A rule by comparison takes its range from how differently
    whole schools moved, so weeks that lean on one another do not make it bolder.)
    """
    return [Reading.of("e_adoptions_lean")] if cycle["rule"]["by"] == "chart" else []


def speaks(cycle: Facts, as_of: str) -> Reading | None:
    """When the chart of a cycle's rule can first show a signal, where that day is still to come."""
    when = cycle["speaks_on"]
    return Reading.of("e_speaks_on", date=day(when)) if when and when > as_of and cycle["state"] == "running" else None


def decided(cycle: Facts, word: str) -> Reading | None:
    """What people decided, and whether the rule says otherwise. word: their decision as it is called on the page."""
    found, verdict = cycle["decision"], cycle["verdict"]
    if not found:
        return None
    otherwise = verdict is not None and verdict["final"] and verdict["decision"] != found["word"]
    return Reading.of("e_decided_otherwise" if otherwise else "e_decided", date=day(found["day"]), word=word)


# What to do next


def to_decide(cycle: Facts, word: str) -> Reading | None:
    """The decision that is due: all is said that the rule can say, and nobody has decided. word: what the rule says, as it is
    called on the page.
    """
    state, verdict = cycle["state"], cycle["verdict"]
    if cycle["decision"] or state in ("planned", "waiting", "running"):
        return None
    if state == "decided":
        return Reading.of("e_to_decide", title=cycle["title"], word=word) if verdict["final"] else None
    if state == "undecided" or not cycle["next_look"]:
        return Reading.of("e_to_decide_open", title=cycle["title"])
    return None


def adopts(cycle: Facts) -> bool:
    """Whether the cycle is adopted: by people, or, where they have not decided yet, by its rule."""
    if cycle["decision"]:
        return cycle["decision"]["word"] == "adopt"
    return cycle["state"] == "decided" and cycle["verdict"]["decision"] == "adopt"


def balancing(own: Protected, measure: Facts, cycle: Facts) -> Reading | None:
    """A balancing measure that moved for the worse beside an adopt; None where it did not, hardly moved, or has too few points."""
    span = cycle["spans"].get(measure["id"])
    before, after = (cell_of(own, name, scale=measure["id"], item=cycle["id"]) for name in ("before", "after"))
    if not adopts(cycle) or before is None or after is None or span["hardly"] or min(span["before"], span["since"]) < LEAST:
        return None
    if sign(measure) * (way(before, after) or 0) >= 0:
        return None
    facts = {"name": measure["name"], "before": cells.fact(before), "after": cells.fact(after), "unit": measure["unit"]}
    return Reading.of("e_ask_beside" if cycle["decision"] else "e_ask_before", title=cycle["title"], **facts)


def lost_after_adopt(own: Protected, measure: Facts, cycle: Facts, found: Facts) -> Reading | None:
    """That the goal of what people adopted was reached and is not held since."""
    latest = cell_of(own, f"latest_{found['kind']}", scale=measure["id"], item=cycle["id"])
    if found["state"] != "lost" or latest is None or not cycle["decision"] or cycle["decision"]["word"] != "adopt":
        return None
    facts = {"name": measure["name"], "latest": cells.fact(latest), "unit": measure["unit"], "target": plain(found["target"])}
    return Reading.of("e_lost_after_adopt", title=cycle["title"], **facts)


def question(signal: bool, cycles: Sequence[Facts]) -> Reading:
    """What to ask next, where there is nothing to decide."""
    if signal:
        return Reading.of("e_question_signal")
    running = [cycle["title"] for cycle in cycles if cycle["state"] in ("waiting", "running")]
    if running:
        return Reading.of("e_question_running", names=tuple(running))
    return Reading.of("e_question")


# Goals and predictions


def goal(own: Protected, measure: Facts, cycle: Facts, found: Facts) -> Reading | None:
    """How a goal stands; None before the start."""
    if found["state"] == "not_started":
        return None
    latest = cell_of(own, f"latest_{found['kind']}", scale=measure["id"], item=cycle["id"])
    if found["state"] == "cannot_tell" or (latest is None and found["points"] < LEAST):
        return Reading.of("e_goal_cannot_tell", name=measure["name"], needed=LEAST)
    if latest is None:
        return Reading.of("e_goal_open", name=measure["name"])
    target, state, better = plain(found["target"]), found["state"], sign(measure)
    against = latest.bound == ("less" if better > 0 else "more")
    if state == "not_yet" and better * (Decimal(repr(latest.value)) - target) >= 0 and not against:
        state = "near"
    return Reading.of(f"e_goal_{state}", name=measure["name"], latest=cells.fact(latest), unit=measure["unit"], target=target)


def by_gap(cycle: Facts) -> bool:
    """Whether the prediction is held against comparison schools, as the cycle's rule is."""
    found, asked = cycle["prediction"], cycle["rule"]
    return bool(found and asked) and asked["by"] == "comparison" and asked["measure"] == found["measure"]


def prediction(own: Protected, district: Protected, measure: Facts | None, cycle: Facts) -> list[Reading]:
    """What was predicted, and what came: since the start, or, where the rule is by comparison, against comparison schools.

    own: the school's rows; district: the pooled rows. measure: facts of the predicted measure.
    """
    found = cycle["prediction"]
    if not found or measure is None:
        return [Reading.of("e_no_prediction", title=cycle["title"])]
    predicted = plain(abs(found["change"]))
    way = "up" if found["change"] > 0 else "down" if found["change"] < 0 else "same"
    facts = {"title": cycle["title"], "name": measure["name"]}
    said = [Reading.of(f"e_predicted_{way}", **facts, **({"predicted": predicted} if found["change"] else {}))]
    if not cycle["spans"]:
        return said
    where = {"scale": measure["id"], "item": cycle["id"]}
    change, span = cell_of(own, "change", **where), cycle["spans"].get(measure["id"])
    at_end = change is None and span and span["ends"] and min(span["before"], span["since"]) >= LEAST
    if not by_gap(cycle):
        return [*said, _came("e_came", change, at_end)]
    gap = cell_of(district, "effect", scale=cycle["id"], item="")
    return [*said, *(ends(cycle) if gap else []), _came("e_came_gap", gap), _came("e_came_here", change, at_end)]


def _came(kind: str, change: Cell | None, at_end: bool = False) -> Reading:
    """What came; at_end: that it cannot be seen is for the numbers stand at an end of what is shown."""
    if change is None:
        return Reading.of(f"{kind}_end" if at_end else f"{kind}_unknown")
    if change.bound and change.value * {"more": 1, "less": -1}[change.bound] <= 0:
        return Reading.of(f"{kind}_end")
    way = "up" if change.value > 0 else "down" if change.value < 0 else "same"
    return Reading.of(f"{kind}_{way}", **({"change": size(change)} if change.value else {}))
