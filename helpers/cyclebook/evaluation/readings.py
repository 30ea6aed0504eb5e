"""The sentences of this step: each takes protected numbers and declared facts, and says only what the shown numbers bear.

Nothing is said of a signal on a chart that cannot show one yet, and silence is called by its name: nothing to call yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from cyclebook import cells
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Bounded, Fact, Reading, shown

#: Fewest points on either side for a comparison of middle values (``evaluation.decide.LEAST_BASELINE``).
LEAST = 6
#: How the ids of sentences about a signal begin.
SIGNALS = ("e_run_", "e_crossings", "e_outside")
#: Fewest schools for a likely range (``evaluation.comparison.LEAST_DF`` and two).
LEAST_SCHOOLS = 5

Facts = Mapping


def number_of(table: Protected, statistic: str, **where: str) -> Decimal | None:
    """The number as shown, None where there is none or it is hidden."""
    return _shown(table.cell(statistic, **where))


def _shown(cell: Cell | None) -> Decimal | None:
    return None if cell is None or cell.value is None else shown(cell.value, cell.decimals)


def cell_of(table: Protected, statistic: str, **where: str) -> Cell | None:
    """The number that may be shown, with what stands beside it; None where there is none or it is hidden."""
    cell = table.cell(statistic, **where)
    return None if cell is None or cell.value is None else cell


def way(before: Cell, after: Cell) -> int | None:
    """1 where it moved up, -1 down, 0 where not at all; None where numbers at an end leave that open."""
    move = _shown(after) - _shown(before)
    up = after.bound == "more" or before.bound == "less"
    down = after.bound == "less" or before.bound == "more"
    if not up and not down:
        return (move > 0) - (move < 0)
    return 1 if move > 0 and not down else -1 if move < 0 and not up else None


def size(cell: Cell) -> Fact:
    """How far a number lies from 0, which it does on a known side: 5, or "5 or more"."""
    return Bounded(abs(_shown(cell)), "or_more") if cell.bound else abs(_shown(cell))


def plain(value: float) -> int | Decimal:
    """A number from a plan, with the digits that it was written with."""
    return int(value) if float(value).is_integer() else Decimal(repr(float(value)))


def day(text: str) -> date:
    return date.fromisoformat(text)


def sign(measure: Facts) -> int:
    """1 where higher is better, -1 where lower is, 0 where neither."""
    return {"higher": 1, "lower": -1}.get(measure["better"], 0)


# A chart


def chart(own: Protected, measure: Facts) -> list[list[Reading]]:
    """What the chart of a measure says, in paragraphs: what it holds, what it can show yet, what it shows.

    own: the school's rows of the measure. measure: its facts, with those of its chart.
    """
    drawn = measure["chart"]
    if not drawn:
        if measure["days"]:
            kind = "e_all_hidden_share" if measure["type"] == "share" else "e_all_hidden"
            return [[Reading.of(kind, about=measure["about"], fewest=measure["fewest"])]]
        return [[Reading.of("e_no_points", about=measure["about"])]]
    shows = signals(own, measure)
    ask = [Reading.of("e_ask")] if signalled(own, measure) else []
    groups = [_holds(own, measure), _can_speak(measure), shows, [*ask, *_false_alarms(own, measure)]]
    hidden = len(drawn["hidden"])
    kind = "e_hidden_share" if measure["type"] == "share" else "e_hidden"
    rest = [Reading.of(kind, count=hidden, fewest=measure["fewest"])] if hidden else []
    rest += [Reading.of("e_ends", count=drawn["ends"])] if drawn["ends"] else []
    rest += [Reading.of("e_split", date=day(part["first"])) for part in drawn["parts"][1:]]
    return [group for group in [*groups, rest] if group]


def _holds(own: Protected, measure: Facts) -> list[Reading]:
    drawn = measure["chart"]
    cell = cell_of(own, "median", scale=measure["id"], item=drawn["focus"])
    median, said = cell and cells.fact(cell), []
    if median is not None and drawn["baseline"]:
        since = {"title": drawn["title"], "start": day(drawn["start"]), "baseline": drawn["baseline"], "since": drawn["since"]}
        said.append(Reading.of("e_level_frozen", name=measure["name"], median=median, unit=measure["unit"], **since))
    elif median is not None:
        ends = {"count": len(drawn["used"]), "first": day(drawn["used"][0]), "last": day(drawn["used"][-1])}
        said.append(Reading.of("e_level", name=measure["name"], median=median, unit=measure["unit"], **ends))
    if drawn["target"] is not None:
        said.append(Reading.of("e_target", target=plain(drawn["target"]), unit=measure["unit"]))
    if measure["better"] != "higher":
        said.append(Reading.of("e_lower_is_better" if measure["better"] == "lower" else "e_neither_is_better"))
    return said


def can_speak(measure: Facts) -> bool:
    """Whether any signal could show on this chart by now."""
    drawn = measure["chart"]
    return bool(drawn) and (drawn["shift"] or drawn["far"])


def _can_speak(measure: Facts) -> list[Reading]:
    drawn = measure["chart"]
    when = {"date": day(drawn["speaks_on"])} if drawn["speaks_on"] else {}
    if drawn["shift"]:
        said = [Reading.of("e_can_both" if drawn["far"] else "e_can_shift")]
    elif drawn["at_end"]:
        said = [Reading.of("e_far_only_end" if drawn["far"] else "e_cannot_end")]
    else:
        said = [Reading.of(("e_far_only" if drawn["far"] else "e_cannot") + ("" if when else "_open"), **when)]
    if drawn["trial"]:
        said.append(Reading.of("e_trial", count=drawn["baseline"] or len(drawn["used"])))
    if drawn["limits"] and drawn["kind"] != drawn["fitting"]:
        said.append(Reading.of("e_wider"))
    return said


def signals(own: Protected, measure: Facts) -> list[Reading]:
    """The signals that the chart shows, or that there is nothing to call; nothing at all where none could show yet."""
    drawn, better = measure["chart"], sign(measure)
    where = {"scale": measure["id"], "item": drawn["focus"]}
    if not can_speak(measure):
        return []
    if not drawn["stable"]:
        return [Reading.of("e_unstable", title=drawn["title"])]
    said = []
    if drawn["shift"]:
        longest, most = number_of(own, "longest_run", **where), number_of(own, "longest_run_max", **where)
        if longest is not None and most is not None and longest > most:
            side = drawn["run"]["side"]
            kind = ("above" if side > 0 else "below") + {1: "_better", -1: "_worse", 0: ""}[side * better]
            ends = {"first": day(drawn["run"]["first"]), "last": day(drawn["run"]["last"])}
            kind += "_turn" if drawn["run"]["on_line"] else ""
            said.append(Reading.of(f"e_run_{kind}", longest=longest, most=most, **ends))
        crossings, least = number_of(own, "crossings", **where), number_of(own, "crossings_min", **where)
        if crossings is not None and least is not None and crossings < least:
            said.append(Reading.of("e_crossings", crossings=int(crossings), least=least))
    return [*said, *_outside(own, measure)] or [Reading.of("e_nothing")]


def _outside(own: Protected, measure: Facts) -> list[Reading]:
    drawn = measure["chart"]
    if not drawn["far"] or not drawn["outside"]:
        return []
    latest = drawn["outside"][-1]
    cell = cell_of(own, "value", scale=measure["id"], wave=latest)
    value = _shown(cell)
    lower, upper = (number_of(own, end, scale=measure["id"], wave=latest) for end in ("lower", "upper"))
    if value is None or lower is None or upper is None:
        return []
    side = {1: "_better", -1: "_worse", 0: ""}[sign(measure) * (1 if value > upper else -1)]
    return [Reading.of(f"e_outside{side}", count=len(drawn["outside"]), value=cells.fact(cell), unit=measure["unit"], date=day(latest))]


def signalled(own: Protected, measure: Facts) -> bool:
    """Whether the chart shows a signal that is spoken of."""
    return bool(measure["chart"]) and any(reading.template.startswith(SIGNALS) for reading in signals(own, measure))


def false_alarm_rate(own: Protected, measure: Facts) -> Decimal | None:
    """In how many of 100 charts like this chance shows a signal; None where none can show."""
    if not can_speak(measure):
        return None
    return number_of(own, "false_alarms", scale=measure["id"], item=measure["chart"]["focus"])


def _false_alarms(own: Protected, measure: Facts) -> list[Reading]:
    rate = false_alarm_rate(own, measure)
    if rate is None:
        return []
    kind = "e_false_alarms" if signalled(own, measure) else "e_false_alarms_nothing"
    return [Reading.of(kind, rate=rate) if rate >= 1 else Reading.of(f"{kind}_few")]


# Before and after


def before_after(own: Protected, measure: Facts, cycle: Facts) -> Reading:
    """The middle value before a cycle's start and since, side by side."""
    span = cycle["spans"][measure["id"]]
    before, after = (cell_of(own, name, scale=measure["id"], item=cycle["id"]) for name in ("before", "after"))
    named = {"name": measure["name"], "earlier": span["before"], "since": span["since"]}
    few = min(span["before"], span["since"]) < LEAST
    if before is None or after is None or few:
        return Reading.of("e_moved_few" if few or not span["ends"] else "e_moved_open", **named)
    moved = {"before": cells.fact(before), "after": cells.fact(after), "unit": measure["unit"], **named}
    side = way(before, after)
    if side is None:
        return Reading.of("e_moved_end", **moved)
    if side == 0:
        return Reading.of("e_moved_same", after=moved["after"], unit=measure["unit"], **named)
    if span["hardly"]:
        return Reading.of("e_moved_hardly", **moved)
    return Reading.of("e_moved" + {1: "_better", -1: "_worse", 0: ""}[sign(measure) * side], **moved)


# Comparison schools


def comparison(district: Protected, measure: Facts, cycle: Facts) -> list[Reading]:
    """How the schools that try an idea moved against the others, with the likely range and what it rests on.

    district: the pooled rows of the cycle. measure: facts of the measure that is compared. cycle: one that has comparison
    schools.
    """
    compared, title = cycle["compared"], cycle["title"]
    if compared is None:
        first = next(iter(cycle["checks"]), "")
        if first:
            return [Reading.of("e_no_look_comparison", title=title, date=day(first))]
        return [Reading.of("e_nobody_left", title=title)]
    effect = _effect(district, cycle, measure)
    if effect is None:
        return [Reading.of("e_nobody_left", title=title)]
    ours, theirs, gap, low, high = effect
    said = [
        *ends(cycle),
        _group("ours", ours, "treated", compared["treated"], name=measure["name"]),
        _group("theirs", theirs, "comparison", compared["comparison"]),
        Reading.of("e_gap_for" if gap > 0 else "e_gap_against", gap=abs(gap)) if gap else Reading.of("e_gap_none"),
    ]
    if low is None or high is None:
        said.append(Reading.of("e_no_range", schools=compared["treated"] + compared["comparison"], needed=LEAST_SCHOOLS))
    else:
        said.append(_range(low, high))
    said += [reading for reading in [chance(district, cycle)] if reading and low is not None]
    said.append(Reading.of("e_rests_one" if compared["treated"] == 1 and low is not None else "e_rests"))
    if compared["left_out"]:
        said.append(Reading.of("e_left_out", count=compared["left_out"]))
    if compared["own_left_out"]:
        said.append(Reading.of("e_own_left_out"))
    return said


def ends(cycle: Facts) -> list[Reading]:
    """That some numbers behind a comparison stand at an end of what is shown, so that all of it goes by the numbers as shown."""
    return [Reading.of("e_compared_ends")] if cycle["compared"] and cycle["compared"]["ends"] else []


def beside(title: str, name: str, schools: Sequence[str]) -> list[Reading]:
    """That some schools of a comparison had another cycle with the same measure in that time. schools: each with that cycle."""
    return [Reading.of("e_beside", title=title, name=name, names=tuple(schools))] if schools else []


Moved = tuple[Decimal, Decimal, Decimal, Decimal | None, Decimal | None]


def _effect(district: Protected, cycle: Facts, measure: Facts) -> Moved | None:
    """Both changes as they are; gap and its range turned so that a positive one favours the idea."""
    where = {"scale": cycle["id"], "item": ""}
    names = ("ours", "theirs", "effect", "effect_low", "effect_high")
    ours, theirs, gap, low, high = (number_of(district, name, **where) for name in names)
    if ours is None or theirs is None or gap is None:
        return None
    if sign(measure) < 0:
        low, high = (None, None) if low is None or high is None else (-high, -low)
        gap = -gap
    return ours, theirs, gap, low, high


def _group(kind: str, change: Decimal, counted: str, count: int, **facts: str) -> Reading:
    way = "up" if change > 0 else "down" if change < 0 else "same"
    moved = {"change": abs(change)} if change else {}
    if count == 1:
        return Reading.of(f"e_{kind}_one_{way}", **facts, **moved)
    return Reading.of(f"e_{kind}_{way}", **{counted: count}, **facts, **moved)


def _range(low: Decimal, high: Decimal) -> Reading:
    if low >= 0:
        return Reading.of("e_range_for", low=low, high=high)
    if high <= 0:
        return Reading.of("e_range_against", low=-high, high=-low)
    return Reading.of("e_range_both", against=-low, favour=high)


def chance(district: Protected, cycle: Facts) -> Reading | None:
    """How likely the effect is worthwhile; None where the rule does not ask for it or it cannot be said."""
    likely = number_of(district, "chance_worthwhile", scale=cycle["id"], item="")
    if likely is None or not cycle["rule"]:
        return None
    worthwhile = plain(cycle["rule"]["worthwhile"])
    if likely >= 100 or likely <= 0:
        return Reading.of("e_chance_high" if likely >= 100 else "e_chance_low", worthwhile=worthwhile)
    return Reading.of("e_chance", chance=likely, worthwhile=worthwhile)


# In short


def charts_in_short(own: Protected, measures: Sequence[Facts]) -> list[Reading]:
    """Which charts show a signal, and how many would by chance; which cannot speak of a lasting shift yet."""
    drawn = [measure for measure in measures if measure["chart"]]
    if not drawn:
        return []
    speaking = [measure for measure in drawn if can_speak(measure)]
    said = [news(own, measure) for measure in speaking if signalled(own, measure)]
    if said:
        rates = [rate for measure in speaking if (rate := false_alarm_rate(own, measure)) is not None]
        quiet = Decimal(1)
        for rate in rates:
            quiet *= 1 - rate / 100
        if len(rates) > 1:
            said.append(Reading.of("e_signals_chance", count=len(rates), rate=shown(float(100 * (1 - quiet)), 0)))
    elif speaking:
        said.append(Reading.of("e_signals_none"))
    waiting = tuple(measure["name"] for measure in drawn if not measure["chart"]["shift"])
    return [*said, *([Reading.of("e_far_off", names=waiting)] if waiting else [])]


def news(own: Protected, measure: Facts) -> Reading:
    """Where a signal points and since when; only of a chart that shows one.

    A long run comes first, then a point outside the limits; of crossings alone, the middle value since the cycle's start says
    where the points went.
    """
    drawn, name = measure["chart"], measure["name"]
    said = {reading.template.split("_")[1]: reading for reading in signals(own, measure)}
    if "run" in said:
        ends = {"first": said["run"]["first"]} | ({} if drawn["run"]["goes_on"] else {"last": said["run"]["last"]})
        kind = "since" if drawn["run"]["goes_on"] else "from"
        return Reading.of(f"e_news_{kind}{_way(measure, drawn['run']['side'])}", name=name, **ends)
    latest = drawn["outside"][-1] if "outside" in said else ""
    if latest:
        up = number_of(own, "value", scale=measure["id"], wave=latest) > number_of(own, "upper", scale=measure["id"], wave=latest)
        return Reading.of(f"e_news_outside{_way(measure, 1 if up else -1)}", name=name, date=day(latest))
    before, after = (cell_of(own, one, scale=measure["id"], item=drawn["cycle"]) for one in ("before", "after"))
    side = way(before, after) if drawn["baseline"] and before and after else 0
    if not side:
        return Reading.of("e_news_crossings", name=name)
    return Reading.of(f"e_news_middle{_way(measure, side)}", name=name, start=day(drawn["start"]))


def _way(measure: Facts, side: int) -> str:
    """The end of a sentence's id: better or worse, or up or down where neither is."""
    return {1: "_better", -1: "_worse"}.get(sign(measure) * side, "_up" if side > 0 else "_down")


def closed(on: str, successors: Sequence[str]) -> Reading:
    """That the school closed, and who carries on."""
    if successors:
        return Reading.of("e_closed_successor", date=day(on), successor=tuple(successors), count=len(successors))
    return Reading.of("e_closed", date=day(on))
