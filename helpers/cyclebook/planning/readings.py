"""The sentences of this step: each takes protected numbers and what people decided, and says only what the shown numbers bear.

``cycle`` and ``measure`` are what bundles hold of them (see ``prepare``); a measure also has ``step_unit``, the unit of a change
in words. Every claim (enough to show, over the limit …) is decided on numbers as they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from cyclebook import cells
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, shown

#: The word for the time between two points; anything else is a "point".
PERIODS = {1: "day", 7: "week", 28: "month", 30: "month", 31: "month"}
HOUR_DIGITS = 2
#: A month can be as short as this.
SHORTEST = {30: 28, 31: 28}


def value(table: Protected, statistic: str, cycle: str, measure: str) -> Decimal | None:
    """One number of a cycle's measure as shown, or None where it is missing or hidden."""
    cell = table.cell(statistic, wave=cycle, scale=measure)
    return None if cell is None or cell.value is None else shown(cell.value, cell.decimals)


def stated(number: float, decimals: int) -> Decimal:
    """A number that people wrote down, with all its own digits and at least ``decimals``."""
    exact = Decimal(repr(float(number)))
    own = max(0, -exact.normalize().as_tuple().exponent)
    return shown(number, max(own, decimals))


def hours(number: float) -> int | Decimal:
    """Hours with as many digits as they need."""
    exact = shown(number, HOUR_DIGITS).normalize()
    return int(exact) if exact == exact.to_integral_value() else exact


def day(text: str) -> date:
    return date.fromisoformat(text)


# The plans


def aim(table: Protected, cycle: Mapping, measures: Mapping[str, Mapping]) -> Reading:
    """What the cycle is to move, from where to where, by when; as far as the plan says so.

    table: the school's rows ``baseline_median``.
    """
    title = cycle["title"]
    if not cycle["outcome"]:
        return Reading.of("p_aim_none", title=title)
    measure = measures[cycle["outcome"]]
    if cycle["target"] is None:
        return Reading.of("p_aim_open", title=title, about=measure["about"])
    target = stated(cycle["target"], measure["decimals"])
    facts = {"title": title, "about": measure["about"], "target": target, "unit": measure["unit"]}
    before = table.cell("baseline_median", wave=cycle["id"], scale=measure["id"])
    known = before is not None and before.value is not None
    holds = known and not before.bound and shown(before.value, before.decimals) == target
    kind = "p_aim_hold" if holds else "p_aim" if known else "p_aim_no_baseline"
    if kind == "p_aim":
        facts["baseline"] = cells.fact(before)
    if cycle["end"]:
        return Reading.of(kind, **facts, date=day(cycle["end"]))
    return Reading.of(f"{kind}_undated", **facts)


def for_whom(cycle: Mapping) -> Reading | None:
    return Reading.of("p_for_whom", for_whom=cycle["for_whom"]) if cycle["for_whom"] else None


def phase(cycle: Mapping) -> Reading:
    """Where the cycle stands in its own time. A decision is told as such."""
    if cycle["decision"]:
        return decided(cycle)
    kind = cycle["phase"]
    if kind == "undated":
        return Reading.of("p_phase_undated")
    if kind == "over":
        return Reading.of("p_phase_over", date=day(cycle["end"]))
    return Reading.of(f"p_phase_{kind}", date=day(cycle["start"]))


def decided(cycle: Mapping) -> Reading:
    """What the team decided, and when."""
    decision = cycle["decision"]
    return Reading.of(f"p_decided_{decision['word']}", title=cycle["title"], date=day(decision["day"]))


def parts(cycle: Mapping, words: Mapping[str, str]) -> list[Reading]:
    """How many of the five parts are in place, and a kind request for what is missing. words: by id of what may be missing."""
    met = sum(not part["missing"] for part in cycle["parts"])
    if met == len(cycle["parts"]):
        return [Reading.of(f"p_parts_all{past(cycle)}", title=cycle["title"])]
    said = [_parts(cycle, met)]
    wanted = [name for part in cycle["parts"] for name in part["missing"] if name in words]
    if wanted and not cycle["past"]:
        said.append(Reading.of("p_parts_please", missing=tuple(words[name] for name in dict.fromkeys(wanted))))
    return said


def _parts(cycle: Mapping, met: int) -> Reading:
    kind, title = ("p_parts" if met else "p_parts_none") + past(cycle), cycle["title"]
    return Reading.of(kind, title=title, met=met) if met else Reading.of(kind, title=title)


def past(cycle: Mapping) -> str:
    """The end of a template's id: nothing is asked of a plan that is over, and it is spoken of as past."""
    return "_past" if cycle["past"] else ""


def cautions(table: Protected, cycle: Mapping, measures: Mapping[str, Mapping]) -> list[Reading]:
    """What does not fit together in the goal and its dates."""
    found = {name for part in cycle["parts"] for name in part["missing"]}
    said = []
    if cycle["outcome"] and cycle["target"] is not None:
        measure = measures[cycle["outcome"]]
        target = stated(cycle["target"], measure["decimals"])
        before = table.cell("baseline_median", wave=cycle["id"], scale=measure["id"])
        if "beyond_scale" in found:
            said.append(Reading.of("p_beyond_scale", target=target))
        if "no_step" in found and before is not None and before.value is not None:
            said.append(Reading.of("p_no_step", target=target, baseline=cells.fact(before)))
    if "checks_after_end" in found and not cycle["past"]:
        said.append(Reading.of("p_checks_after_end", date=day(cycle["end"])))
    return said


# What is asked, and how much


def ask_missing(cycle: Mapping, words: Mapping[str, str]) -> Reading | None:
    """A kind request for what the plan does not say of the work it brings; None where all is said, or where the plan is over.

    words: by id, in order.
    """
    wanted = () if cycle["past"] else tuple(words[name] for name in words if name in cycle["missing"])
    return Reading.of("p_ask_missing", title=cycle["title"], missing=wanted) if wanted else None


def load(facts: Mapping, as_of: date, limit: float) -> list[Reading]:
    """Hours a week that all cycles of the school ask now and at most, held against the limit. facts: the bundle's ``load``."""
    now, peak = hours(facts["now"]), facts["peak"]
    most, top = hours(peak["hours"]), hours(limit)
    said = [Reading.of("p_load_now", date=as_of, hours=now) if now else Reading.of("p_load_none", date=as_of)]
    if most > now:
        first, last = day(peak["first"]), day(peak["last"])
        said.append(Reading.of("p_load_peak", hours=most, first=first, last=last, names=tuple(peak["cycles"])))
    if most > top:
        said.append(Reading.of("p_load_over", over=hours(float(Decimal(most) - Decimal(top))), limit=top))
    elif most:
        said.append(Reading.of("p_load_within", limit=top))
    if facts["unknown"]:
        said.append(Reading.of("p_load_unknown", names=tuple(facts["unknown"])))
    return said


# Measures, rule, prediction


def kinds(cycle: Mapping) -> list[Reading]:
    """Whether measures of all three kinds are named; a question for each that is not."""
    if not cycle["missing_kinds"]:
        return [Reading.of("p_kinds_all", title=cycle["title"])]
    return [Reading.of(f"p_kind_{kind}{past(cycle)}", title=cycle["title"]) for kind in cycle["missing_kinds"]]


def rule(cycle: Mapping, measures: Mapping[str, Mapping]) -> list[Reading]:
    """The rule in words and when it is looked at; that there is none."""
    title, found, checks = cycle["title"], cycle["rule"], cycle["checks"]
    if found is None:
        return [Reading.of(f"p_rule_none{past(cycle)}", title=title)]
    measure = measures[found["measure"]]
    facts = {
        "title": title, "about": measure["about"], "points": found["points"], "unit": measure["step_unit"],
        "worthwhile": stated(found["worthwhile"], measure["decimals"]),
    }  # fmt: skip
    said = [Reading.of(f"p_rule_{found['by']}", **facts)]
    if found["probability"] is not None:
        said.append(Reading.of("p_rule_sure", percent=hundredfold(found["probability"])))
    if checks:
        ends = {"first": day(checks[0])} if len(checks) == 1 else {"first": day(checks[0]), "last": day(checks[-1])}
        said.append(Reading.of("p_looks", count=len(checks), **ends))
    return said + _short_looks(cycle, measure)


def most_points(start: date, until: date, every: int) -> int:
    """The most points that can be in by a day, the first of them on the day of the start. Months may be short ones."""
    return max(0, (until - start).days // SHORTEST.get(every, every) + 1)


def _short_looks(cycle: Mapping, measure: Mapping) -> list[Reading]:
    """That a planned look comes before there can be as many points as the rule asks for; nothing of a plan that is over."""
    if cycle["past"] or not cycle["start"]:
        return []
    start, points = day(cycle["start"]), cycle["rule"]["points"]
    short = [(check, most) for check in map(day, cycle["checks"]) if (most := most_points(start, check, measure["every"])) < points]
    if not short:
        return []
    check, most = short[-1]
    kind = "all" if len(short) == len(cycle["checks"]) else "first" if len(short) == 1 else "later"
    facts = {"date": check, "count": most, "points": points}
    said = [Reading.of(f"p_look_short_{kind}", **facts, **({"place": len(short)} if kind == "later" else {}))]
    if cycle["phase"] == "planned":
        said.append(Reading.of("p_look_short_help"))
    return said


def hundredfold(share: float) -> int | Decimal:
    """A share in percent, with the digits that it needs."""
    exact = (100 * Decimal(repr(float(share)))).normalize()
    return int(exact) if exact == exact.to_integral_value() else exact


def state(cycle: Mapping, as_of: date | None) -> Reading | None:
    """Whether the rule was fixed before the start, and the line to add to the plan where that can still be done."""
    kind, mark, start = cycle["state"], cycle["mark"], cycle["start"]
    if kind == "no_rule":
        return None
    begun = bool(start) and as_of is not None and day(start) <= as_of
    if kind == "frozen":
        return Reading.of("p_state_frozen", mark=mark)
    if kind == "open":
        return Reading.of("p_state_open", date=day(start))
    if kind == "changed":
        old = cycle["rule_hash"]
        return Reading.of("p_state_changed", old=old, mark=mark) if begun else Reading.of("p_state_renew", old=old, mark=mark)
    return Reading.of("p_state_line", mark=mark, date=day(start)) if start else Reading.of("p_state_undated", mark=mark)


def prediction(cycle: Mapping, measures: Mapping[str, Mapping]) -> Reading:
    """What the team expects to happen, up or down and by how much; a question where it does not say."""
    expected = cycle["prediction"]
    if expected is None:
        return Reading.of(f"p_prediction_none{past(cycle)}", title=cycle["title"])
    measure = measures[expected["measure"]]
    change = stated(expected["change"], measure["decimals"])
    facts = {"title": cycle["title"], "about": measure["about"]}
    if change == 0:
        return Reading.of("p_prediction_same", **facts)
    kind = "p_prediction_up" if change > 0 else "p_prediction_down"
    return Reading.of(kind, **facts, change=abs(change), unit=measure["step_unit"])


# Calendar


def may_have_spoken(place: int, state: str) -> bool:
    """Whether a rule may have said adopt or stop before a look that is ahead, so that the look changes nothing any more."""
    return place > 1 and state == "frozen"


def dates(events: Sequence[Mapping], as_of: date | None, undated: int, waiting: int = 0, limit: int = 0) -> list[Reading]:
    """The next date, reviews that are overdue, and agreements without a date.

    events: the bundle's, in order of time. waiting: how many reviews are overdue for more than ``limit`` days, and not among them.
    """
    said = []
    ahead = [event for event in events if as_of is not None and day(event["day"]) >= as_of]
    late = [event for event in events if as_of is not None and day(event["day"]) < as_of]
    if late or waiting:
        said.append(Reading.of("p_overdue", count=len(late) + waiting))
    if waiting:
        said.append(Reading.of("p_overdue_long", count=waiting, limit=limit))
    if ahead:
        event = ahead[0]
        facts = {"date": day(event["day"]), "about": event["about"].rstrip(" ."), "place": event["place"]}
        said.append(Reading.of(f"p_next_{event['kind']}", **facts))
    if not events and not waiting:
        said.append(Reading.of("p_no_dates"))
    if undated:
        said.append(Reading.of("p_undated", count=undated))
    return said


# In short


def line(cycle: Mapping, as_of: date | None) -> Reading:
    """One cycle in one sentence: where it stands, and what comes next."""
    title, kind = cycle["title"], cycle["phase"]
    if cycle["decision"]:
        return decided(cycle)
    if kind == "running":
        facts, looks = {"title": title, "date": day(cycle["start"])}, [day(check) for check in cycle["checks"]]
        ahead = [look for look in looks if as_of is not None and look > as_of]
        if ahead:
            place = len(looks) - len(ahead) + 1
            unless = "_unless" if may_have_spoken(place, cycle["state"]) else ""
            return Reading.of(f"p_line_running_check{unless}", **facts, place=place, check=ahead[0])
        return Reading.of("p_line_running_looked", **facts, check=looks[-1]) if looks else Reading.of("p_line_running", **facts)
    if kind == "planned":
        return Reading.of("p_line_planned", title=title, date=day(cycle["start"]))
    if kind == "over":
        return Reading.of("p_line_over", title=title, date=day(cycle["end"]))
    return Reading.of("p_line_undated", title=title)


def unfinished(cycles: Sequence[Mapping], states: Sequence[str] = ("no_rule", "not_started", "changed")) -> list[Reading]:
    """Of plans that have not begun: parts still open, and rules that can still be fixed."""
    said = []
    for cycle in cycles:
        if cycle["phase"] not in ("planned", "undated") or not cycle["told"]:
            continue
        met = sum(not part["missing"] for part in cycle["parts"])
        if met < len(cycle["parts"]):
            said.append(_parts(cycle, met))
        if cycle["state"] in states:
            said.append(Reading.of("p_fix_rule", title=cycle["title"]))
    return said


def closed(on: date, successors: Sequence[str]) -> Reading:
    if successors:
        return Reading.of("p_closed_successor", date=on, successor=tuple(successors), count=len(successors))
    return Reading.of("p_closed", date=on)
