"""The face of this step: one function for each section of its notebook. Each shows readings, figure, table and notes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook import cells, store
from cyclebook.climate import readings as climate
from cyclebook.evaluation import figures, frames, readings, rule_readings
from cyclebook.notes import anchor as anchor_of
from cyclebook.privacy import NOTHING, door
from cyclebook.privacy.protect import Protected
from cyclebook.provenance import show as show_provenance
from cyclebook.reading import Reading, number, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

STEP, ROOM = "04_rapid_cycle_evaluation", "evaluation"
#: What the page says of goals first: those that need a word.
GOALS_IN_SHORT = ("e_goal_kept", "e_goal_met", "e_goal_lost")
#: Numbers of a cycle that the first section rests on.
CYCLE_IN_SHORT = ("before", "after", "look_before", "look_after", "latest_outcome")
#: Numbers of a chart that its readings, figure and table rest on.
CHART = ("value", "lower", "upper", "median", "longest_run", "longest_run_max", "crossings", "crossings_min", "outside", "false_alarms")
EFFECT = ("ours", "theirs", "effect", "effect_low", "effect_high", "chance_worthwhile", "chance_nothing")


def open_school(school_id: str, district: str | Path | None = None, as_of: str = "") -> Bundle:
    """The school's bundle for this step; see :func:`cyclebook.store.open_bundle`."""
    return store.open_bundle(STEP, ROOM, school_id, district or None, as_of)


# What every section reads from the bundle


def _closed(bundle: Bundle) -> list[Reading]:
    school = bundle.facts["school"]
    on = school["closed"]
    return [readings.closed(on, school["successors"])] if on and on <= bundle.facts["as_of"] else []


def _missing(bundle: Bundle, anchor: str, *templates: str) -> None:
    """Say kindly what is missing and how to begin, which a closed school does no more; leave a place for notes."""
    templates = ("e_closed_nothing",) if _closed(bundle) else templates
    door.readings(bundle, anchor, [[Reading.of(template) for template in templates]], of=NOTHING, kind="missing")
    door.people(bundle, anchor, of=NOTHING)


def _plan(cycle: Mapping) -> tuple[object, ...]:
    """What people decided about a cycle and can decide otherwise: a note on the verdict was written for this plan."""
    decision = cycle["verdict"] and cycle["verdict"]["decision"]
    return (cycle["start"], cycle["rule"], cycle["mark"], cycle["state"], decision, cycle["goals"])


# Sections


def in_short(bundle: Bundle) -> None:
    """The state of each cycle, the goals, which charts show a signal: a few sentences."""
    facts, closed = bundle.facts, _closed(bundle)
    lost = _lost(bundle)
    said = [*closed, *lost.values()]
    for cycle in facts["cycles"]:
        standing = [rule_readings.standing(cycle)]
        if cycle["verdict"] and cycle["state"] != "waiting":
            standing += rule_readings.why(bundle.own, bundle.district, frames.measure_of(bundle, cycle["rule"]["measure"]), cycle)
        speaks = rule_readings.speaks(cycle, facts["as_of"])
        said.append([*standing, *([speaks] if speaks else [])])
    for cycle in facts["cycles"]:
        outcomes = [goal for goal in cycle["goals"] if goal["kind"] == "outcome" and (cycle["id"], goal["measure"]) not in lost]
        goals = [rule_readings.goal(bundle.own, frames.measure_of(bundle, goal["measure"]), cycle, goal) for goal in outcomes]
        said += [goal for goal in goals if goal and goal.template in GOALS_IN_SHORT]
    charts = readings.charts_in_short(bundle.own, facts["measures"])
    charts = [reading for reading in charts if not (closed and reading.template == "e_far_off")]
    said += [charts] if charts else []
    if not facts["cycles"] and not closed:
        said.append(Reading.of("e_no_cycles"))
    if not any(measure["chart"] for measure in facts["measures"]) and not closed:
        said.append(Reading.of("e_no_measures"))
    said += [] if closed else _next(bundle)
    shown = bundle.own.rows(statistic=(*CHART, *CYCLE_IN_SHORT)) + bundle.district.rows(statistic=EFFECT)
    door.readings(bundle, "in_short", said, of=shown, kind="summary")


def _lost(bundle: Bundle) -> dict[tuple[str, str], Reading]:
    """What was adopted and whose goal is not held since, by cycle and measure."""
    found = {}
    for cycle in bundle.facts["cycles"]:
        for goal in cycle["goals"]:
            measure = frames.measure_of(bundle, goal["measure"])
            said = rule_readings.lost_after_adopt(bundle.own, measure, cycle, goal) if goal["kind"] == "outcome" else None
            found |= {(cycle["id"], goal["measure"]): said} if said else {}
    return found


def _next(bundle: Bundle) -> list[Reading]:
    """What to do next: ask about what moved for the worse beside an adopt, decide what is to be decided; else a question."""
    facts, said = bundle.facts, []
    for cycle in facts["cycles"]:
        beside = [planned["measure"] for planned in cycle["measures"] if planned["kind"] == "balancing"]
        said += [one for name in beside if (one := rule_readings.balancing(bundle.own, frames.measure_of(bundle, name), cycle))]
        word = phrase(f"e_word_{cycle['verdict']['decision']}", bundle.language) if cycle["verdict"] else ""
        due = rule_readings.to_decide(cycle, word)
        said += [due] if due else []
    if said:
        return said
    signal = any(readings.signalled(bundle.own, measure) for measure in facts["measures"])
    return [rule_readings.question(signal, facts["cycles"])]


def charts(bundle: Bundle) -> None:
    """The chart of every measure of the school."""
    measures = bundle.facts["measures"]
    if not measures:
        _missing(bundle, "charts", "e_no_measures", "e_no_measures_why", "e_no_measures_how", "e_no_measures_tells")
        return
    taken = climate.took_over(bundle.facts["took_over"], "series_stands")
    door.readings(bundle, "charts", [taken] if taken else [], of=NOTHING)
    for measure in measures:
        door.heading(measure["name"])
        _chart(bundle, measure)


def _chart(bundle: Bundle, measure: Mapping) -> None:
    anchor, language = anchor_of("measure", measure["id"]), bundle.language
    shown = bundle.own.rows(scale=measure["id"], statistic=CHART)
    said = readings.chart(shown, measure)
    drawn = measure["chart"]
    door.readings(bundle, anchor, said, of=shown, kind="reading" if drawn else "missing")
    if drawn:
        first = Reading.of("e_figure_limits" if drawn["limits"] else "e_figure", name=measure["name"])
        alt = [first, *(reading for group in said for reading in group)]
        door.figure(bundle, anchor, figures.chart, alt, measure, language, of=shown)
        caption = phrase("e_caption_points", language, name=measure["name"])
        door.table(bundle, anchor, _points(shown, measure, language), caption, of=shown, folded=True, paper=False)
    door.people(bundle, anchor, of=shown, declared=(drawn["target"], drawn["start"]) if drawn else ())


def _points(table: Protected, measure: Mapping, language: str):
    """Every point with its limits and what is said of it."""
    drawn, rows = measure["chart"], []
    run = drawn["run"] if readings.signalled(table, measure) and drawn["long_run"] else None
    for day in measure["days"]:
        where = {"scale": measure["id"], "wave": day}
        part = next((part["id"] for part in drawn["parts"] if part["first"] <= day <= part["last"]), "")
        words = [phrase("e_outside_word", language)] if day in drawn["outside"] else []
        value, middle = table.cell("value", **where), table.cell("median", scale=measure["id"], item=part)
        on_line = value is None or middle is None or value.value == middle.value
        if run and run["first"] <= day <= run["last"] and day in drawn["used"] and not on_line:
            words.append(phrase("e_run_word", language))
        rows.append([
            frames.day(day, language),
            phrase("hidden_few_persons", language) if value is None else cells.text(value, language),
            cells.interval(table, ("lower", "upper"), where | {"item": part}, language),
            cells.text(middle, language),
            "; ".join(words) or phrase("dash", language),
        ])  # fmt: skip
    frame = cells.frame(["e_word_day", "word_value", "e_word_limits", "e_word_middle", "e_word_note"], rows, language)
    return frame.loc[:, [column for column in frame if (frame[column] != phrase("dash", language)).any()]]


def before_after(bundle: Bundle) -> None:
    """The middle values before each cycle and since: a description."""
    cycles = bundle.facts["cycles"]
    if not cycles:
        _missing(bundle, "before_after", "e_no_cycles", "e_no_cycles_why", "e_no_cycles_how")
        return
    if any(cycle["spans"] for cycle in cycles):
        door.readings(bundle, "before_after", [Reading.of("e_describes")], of=NOTHING, kind="caution")
    for cycle in cycles:
        door.heading(cycle["title"])
        _before_after(bundle, cycle)


def _named(cycle: Mapping) -> list[str]:
    """The measures that a cycle names, in the order in which it does, then the one that it makes a prediction of."""
    predicted = [cycle["prediction"]["measure"]] if cycle["prediction"] else []
    return list(dict.fromkeys([*(planned["measure"] for planned in cycle["measures"]), *predicted]))


def _before_after(bundle: Bundle, cycle: Mapping) -> None:
    anchor, language = anchor_of("before", cycle["id"]), bundle.language
    shown = bundle.own.rows(item=cycle["id"], statistic=("before", "after", "change"))
    measures = [measure for name in _named(cycle) if name in cycle["spans"] and (measure := frames.measure_of(bundle, name))]
    if not measures:
        said = [Reading.of("e_no_named" if cycle["state"] != "planned" else "e_not_started", title=cycle["title"])]
        door.readings(bundle, anchor, said, of=shown, kind="missing")
        door.people(bundle, anchor, of=shown)
        return
    first = Reading.of("e_for_cycle", title=cycle["title"], start=readings.day(cycle["start"]))
    door.readings(bundle, anchor, [[first, *(readings.before_after(shown, measure, cycle) for measure in measures)]], of=shown)
    rows = []
    for measure in measures:
        where, span = {"scale": measure["id"], "item": cycle["id"]}, cycle["spans"][measure["id"]]
        planned = next((one for one in cycle["measures"] if one["measure"] == measure["id"]), None)
        target = planned["target"] if planned else None
        rows.append([
            measure["name"],
            phrase(f"e_kind_{planned['kind']}", language) if planned else phrase("dash", language),
            *(
                phrase("e_with_points", language, value=cells.text(shown.cell(name, **where), language), count=span[side])
                for name, side in (("before", "before"), ("after", "since"))
            ),
            cells.text(shown.cell("change", **where), language),
            phrase("dash", language) if target is None else number(readings.plain(target), language),
        ])  # fmt: skip
    columns = ["e_word_measure", "e_word_kind", "e_word_before", "e_word_since", "e_word_moved", "e_word_target"]
    caption = phrase("e_caption_before", language, title=cycle["title"])
    door.table(bundle, anchor, cells.frame(columns, rows, language), caption, of=shown)
    door.people(bundle, anchor, of=shown, declared=[planned["target"] for planned in cycle["measures"]])


def comparison(bundle: Bundle) -> None:
    """How the schools that try an idea moved against schools that do not."""
    facts = bundle.facts
    if facts["helps"]:
        said = [Reading.of("e_helps", names=tuple(helped["title"] for helped in facts["helps"]))]
        door.readings(bundle, "comparison", said, of=NOTHING)
        cautions = [one for helped in facts["helps"] for one in readings.beside(helped["title"], helped["name"], helped["beside"])]
        if cautions:
            door.readings(bundle, "comparison", cautions, of=NOTHING, kind="caution")
    if not facts["cycles"] and not facts["helps"]:
        _missing(bundle, "comparison", "e_no_cycles", "e_no_cycles_comparison")
        return
    alone = tuple(cycle["title"] for cycle in facts["cycles"] if not _compares(bundle, cycle))
    if alone:
        said = [[Reading.of("e_no_comparison", names=alone), Reading.of("e_no_comparison_how")]]
        door.readings(bundle, "comparison", said, of=NOTHING, kind="missing")
    if alone or facts["helps"]:
        door.people(bundle, "comparison", of=NOTHING, declared=facts["helps"])
    for cycle in facts["cycles"]:
        if _compares(bundle, cycle):
            door.heading(cycle["title"])
            _comparison(bundle, cycle)


def _compares(bundle: Bundle, cycle: Mapping) -> bool:
    return bool(cycle["comparison"]) and frames.measure_of(bundle, cycle["compared_measure"]) is not None


def _comparison(bundle: Bundle, cycle: Mapping) -> None:
    anchor, language, compared = anchor_of("comparison", cycle["id"]), bundle.language, cycle["compared"]
    shown = bundle.district.rows(scale=cycle["id"], item="", statistic=EFFECT)
    measure = frames.measure_of(bundle, cycle["compared_measure"])
    door.readings(bundle, anchor, [readings.comparison(shown, measure, cycle)], of=shown, kind="reading" if len(shown) else "missing")
    cautions = readings.beside(cycle["title"], measure["name"], cycle["beside"])
    if cautions:
        door.readings(bundle, anchor, cautions, of=NOTHING, kind="caution")
    if compared and len(shown):
        where, rows = {"scale": cycle["id"], "item": ""}, []
        for group, count in (("ours", compared["treated"]), ("theirs", compared["comparison"])):
            rows.append([phrase(f"e_group_{group}", language), number(count, language), cells.text(shown.cell(group, **where), language),
                         phrase("dash", language)])  # fmt: skip
        rows[0][-1] = cells.with_range(shown, ("effect", "effect_low", "effect_high"), where, language)
        columns = ["e_word_group", "e_word_count", "e_word_change", "e_word_gap"]
        facts = {"title": cycle["title"], "date": frames.day(compared["day"], language), "name": measure["name"], "unit": measure["unit"]}
        door.table(bundle, anchor, cells.frame(columns, rows, language), phrase("e_caption_comparison", language, **facts), of=shown)
    door.people(bundle, anchor, of=shown, declared=_plan(cycle))


def rules(bundle: Bundle) -> None:
    """What the rule of each cycle says, at which look, and how often such a rule is wrong."""
    cycles = bundle.facts["cycles"]
    if not cycles:
        _missing(bundle, "rules", "e_no_cycles", "e_no_cycles_rule")
        return
    for cycle in cycles:
        door.heading(cycle["title"])
        _rule(bundle, cycle)


def _rule(bundle: Bundle, cycle: Mapping) -> None:
    anchor, language, found = anchor_of("rule", cycle["id"]), bundle.language, cycle["rule"]
    measure = frames.measure_of(bundle, found["measure"]) if found else None
    names = ("look_before", "look_after", "look_change", "adopt_at_nothing", "adopt_at_worthwhile", "latest_outcome", "latest_process")
    shown = bundle.own.rows(item=cycle["id"], statistic=names)
    shown = shown + bundle.district.rows(scale=cycle["id"], statistic=(*EFFECT, "adopt_at_nothing", "adopt_at_worthwhile"))
    said = [[rule_readings.standing(cycle)]]
    if measure and cycle["verdict"] and cycle["state"] != "planned":
        said[0] += [*rule_readings.why(bundle.own, bundle.district, measure, cycle), *rule_readings.looks(cycle)]
        speaks = rule_readings.speaks(cycle, bundle.facts["as_of"])
        said[0] += [speaks] if speaks else []
        said.append([rule_readings.rule(measure, cycle), rule_readings.mark(cycle)])
        rate = rule_readings.adoptions(shown, measure, cycle)
        said += [[rate, *rule_readings.leaning(cycle)]] if rate else []
    elif measure:
        said.append([rule_readings.mark(cycle), rule_readings.rule(measure, cycle)])
    goals = [rule_readings.goal(bundle.own, frames.measure_of(bundle, goal["measure"]), cycle, goal) for goal in cycle["goals"]]
    said += [[goal] for goal in goals if goal]
    word = phrase(f"e_word_{cycle['decision']['word']}", language) if cycle["decision"] else ""
    decided = rule_readings.decided(cycle, word)
    said += [[decided]] if decided else []
    door.readings(bundle, anchor, said, of=shown)
    if cycle["checks"]:
        door.constants(_looks(cycle, language), phrase("e_caption_looks", language, title=cycle["title"]))
    door.people(bundle, anchor, of=shown, declared=_plan(cycle))


def _looks(cycle: Mapping, language: str):
    """The planned looks: reached or ahead, at which the verdict fell, and which could decide nothing."""
    verdict, rows = cycle["verdict"], []
    for place, day in enumerate(cycle["checks"], start=1):
        state = "reached" if place <= cycle["looks_reached"] else "ahead"
        if verdict and verdict["final"] and place == verdict["look"]:
            state = "used"
        cannot = cycle["cannot"][place - 1]
        note = phrase(f"e_look_{cannot}", language) if cannot else phrase("dash", language)
        rows.append([number(place, language), frames.day(day, language), phrase(f"e_look_{state}", language), note])
    frame = cells.frame(["e_word_look", "e_word_planned", "e_word_state", "e_word_note"], rows, language)
    return frame if any(cycle["cannot"]) else frame.iloc[:, :-1]


def predictions(bundle: Bundle) -> None:
    """What each cycle predicted and what came, as a log that stays; with the same as a file."""
    cycles, language = bundle.facts["cycles"], bundle.language
    if not cycles:
        _missing(bundle, "predictions", "e_no_cycles", "e_log_how")
        return
    names = [cycle["id"] for cycle in cycles]
    shown = bundle.own.rows(item=names, statistic="change") + bundle.district.rows(scale=names, statistic="effect")
    said = []
    for cycle in cycles:
        measure = frames.measure_of(bundle, cycle["prediction"]["measure"]) if cycle["prediction"] else None
        said.append(rule_readings.prediction(bundle.own, bundle.district, measure, cycle))
    if not any(cycle["prediction"] for cycle in cycles):
        said.append([Reading.of("e_log_how")])
    door.readings(bundle, "predictions", said, of=shown)
    columns = ["e_word_cycle", "e_word_start", "e_word_measure", "e_word_predicted", "e_word_came", "e_word_rule", "e_word_decision",
               "e_word_reason"]  # fmt: skip
    frame = cells.frame(columns, [frames.row(bundle, cycle, shown) for cycle in cycles], language)
    door.table(bundle, "predictions", frame, phrase("e_caption_log", language), of=shown)
    door.attach(bundle, "csv", frames.file(bundle, shown), phrase("e_log_file", language), of=shown)
    door.people(bundle, "predictions", of=shown, declared=[(cycle["prediction"], cycle["decision"]) for cycle in cycles])


def provenance(bundle: Bundle) -> None:
    """How each measure is counted and charted, the marks of the rules, files, settings, and notes without a place."""
    names = {
        measure["id"]: f"e_chart_{measure['chart']['kind']}" if measure["chart"] else "dash" for measure in bundle.facts["measures"]
    }
    measures = [
        [measure["name"], measure["definition"], phrase(names[measure["id"]], bundle.language)]
        for measure in bundle.facts["measures"]
    ]
    show_provenance(bundle, ("e_caption_measures", ["e_word_measure", "e_word_definition", "e_word_chart"], measures))
