"""The tables of this step as texts: what plans say, the five parts, what could be seen, the load, measures, rules and dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from cyclebook import cells
from cyclebook.planning import readings
from cyclebook.planning.readings import day, stated, value
from cyclebook.privacy import Protected
from cyclebook.reading import number, phrase

if TYPE_CHECKING:
    import pandas as pd

#: What may be missing in a goal and can simply be added to the plan.
ADDED = (
    "idea", "for_whom", "outcome", "target", "baseline_window", "baseline_points", "focus", "driver", "hypothesis", "start", "end",
    "checks",
)  # fmt: skip


def _listed(names: Sequence[str], language: str) -> str:
    """Names in a row, with the words that the language puts between them; a dash for none."""
    return phrase("p_names", language, names=tuple(names)) if names else phrase("dash", language)


def _long(text: str, language: str) -> str:
    """A day in words."""
    return phrase("p_names", language, names=day(text))


def _target(planned: float | None, measure: Mapping, language: str) -> str:
    return phrase("dash", language) if planned is None else number(stated(planned, measure["decimals"]), language)


def by_measure(cycle: Mapping) -> dict[str, float | None]:
    """The planned measures by id, in order, each once with its target, if it has one."""
    found: dict[str, float | None] = {}
    for planned in cycle["measures"]:
        found[planned["measure"]] = found.get(planned["measure"]) if planned["target"] is None else planned["target"]
    return found


def own_words(cycle: Mapping, language: str) -> pd.DataFrame | None:
    """The texts of one plan; None where it has none."""
    texts = {
        **{name: cycle[name] for name in ("idea", "driver", "hypothesis", "focus", "for_whom", "owner")},
        "prediction": cycle["prediction"]["words"] if cycle["prediction"] else "",
        "schools": _listed(cycle["schools"], language) if len(cycle["schools"]) > 1 else "",
        "comparison": _listed(cycle["comparison"], language) if cycle["comparison"] else "",
        "baseline": _span(*(cycle["baseline"] or ("", "")), language),
        "dates": _span(cycle["start"], cycle["end"], language),
        "why": cycle["decision"]["why"] if cycle["decision"] else "",
    }
    rows = [[phrase(f"p_row_{name}", language), text] for name, text in texts.items() if text]
    return cells.frame(["p_word_part", "p_word_says"], rows, language) if rows else None


def _span(first: str, last: str, language: str) -> str:
    days = {name: day(text) for name, text in (("first", first), ("last", last)) if text}
    kind = "both" if len(days) == 2 else "from" if first else "to"
    return phrase(f"p_dates_{kind}", language, **days) if days else ""


def smart(cycle: Mapping, language: str) -> pd.DataFrame:
    """The five parts of a SMART goal: whether each is in place, by which fields, and what is still open."""
    rows = []
    for part in cycle["parts"]:
        there = [phrase(f"p_field_{name}", language) for name in part["evidence"]]
        lacking = [phrase(f"p_{'miss' if name in ADDED else 'open'}_{name}", language) for name in part["missing"]]
        whole = phrase("p_yes" if not lacking else "p_no" if cycle["past"] else "p_not_yet", language)
        rows.append([phrase(f"p_{part['id']}", language), whole, _listed(there, language), _listed(lacking, language)])
    tense = "_past" if cycle["past"] else ""
    columns = ["p_word_part_of_goal", f"p_word_there{tense}", f"p_word_stands{tense}", f"p_word_missing{tense}"]
    return cells.frame(columns, rows, language)


def detect(cycle: Mapping, measures: Mapping[str, Mapping], numbers: Protected, language: str) -> pd.DataFrame:
    """For each measure of one plan: where it stood, the target, how many numbers, the smallest change that would show.

    Averages compared, on the chart, for the plan's schools together, and for a rule by comparison to adopt; what is known for no
    measure has no column.
    """
    seen = [
        name for name in ("detectable", "on_chart", "together", "to_adopt")
        if name == "detectable" or any(value(numbers, name, cycle["id"], measure) is not None for measure in by_measure(cycle))
    ]  # fmt: skip
    rows = []
    for name, target in by_measure(cycle).items():
        measure, after = measures[name], cycle["planned"][name]
        texts = {
            statistic: cells.text(numbers.cell(statistic, wave=cycle["id"], scale=name), language)
            for statistic in ("baseline_median", "baseline_points", *seen)
        }
        rows.append([
            phrase("p_axis", language, name=measure["name"], unit=measure["unit"]),
            texts["baseline_median"],
            _target(target, measure, language),
            texts["baseline_points"],
            phrase("dash", language) if after is None else number(after, language),
            *(texts[statistic] for statistic in seen),
        ])  # fmt: skip
    columns = ["p_word_measure", "p_word_baseline", "p_word_target", "p_word_points", "p_word_after"]
    return cells.frame([*columns, *(f"p_word_{statistic}" for statistic in seen)], rows, language)


def survey(scales: Sequence[Mapping], shown: Protected, wave: str, language: str) -> pd.DataFrame:
    """For each scale: answers, average, steadied average (the plain one's range where nothing was steadied), smallest change."""
    steadied, rows = "steadied" in shown.unique("statistic"), []
    ranged = ("steadied", "steadied_low", "steadied_high") if steadied else ("mean", "mean_low", "mean_high")
    for scale in scales:
        where = {"wave": wave, "scale": scale["id"]}
        mean = shown.cell("mean", **where)
        rows.append([
            scale["name"],
            number(mean.n, language),
            *([cells.text(mean, language)] if steadied else []),
            cells.with_range(shown, ranged, where, language),
            cells.text(shown.cell("detectable", **where), language),
        ])  # fmt: skip
    averages = ["p_word_average", "p_word_steadied"] if steadied else ["p_word_plain"]
    return cells.frame(["word_scale", "p_word_answers", *averages, "p_word_smallest"], rows, language)


def asks(cycles: Sequence[Mapping], language: str) -> pd.DataFrame:
    """What each of these plans asks, what will come of it, what it takes the place of, hours a week."""
    rows = []
    for cycle in cycles:
        asked, unsaid = cycle["ask"], phrase("dash" if cycle["past"] else "p_not_yet", language)
        given = asked["hours_per_week"]
        texts = [asked[name] or unsaid for name in ("who", "what", "result", "displaces")]
        rows.append([cycle["title"], *texts, unsaid if given is None else number(readings.hours(given), language)])
    columns = ["p_word_cycle", "p_word_who", "p_word_what", "p_word_result", "p_word_displaces", "p_word_hours"]
    return cells.frame(columns, rows, language)


def load(terms: Sequence[Mapping], limit: float, language: str) -> pd.DataFrame:
    """The heaviest stretch of each term, held against the limit."""
    rows = []
    for term in terms:
        most = readings.hours(term["hours"])
        verdict = phrase("p_over" if most > readings.hours(limit) else "p_within", language)
        ends = [_long(term[end], language) for end in ("first", "last")]
        rows.append([term["label"], number(most, language), *ends, _listed(term["cycles"], language), verdict])
    columns = ["p_word_term", "p_word_most", "p_word_from", "p_word_to", "p_word_cycle", "p_word_limit"]
    return cells.frame(columns, rows, language)


def kinds(cycle: Mapping, measures: Mapping[str, Mapping], language: str) -> pd.DataFrame:
    """The measures of one plan by kind: how each is counted, how often, which way is better, and the target."""
    rows = []
    for planned in cycle["measures"]:
        measure = measures[planned["measure"]]
        period = readings.PERIODS.get(measure["every"], "point")
        rows.append([
            phrase(f"p_{planned['kind']}", language),
            phrase("p_axis", language, name=measure["name"], unit=measure["unit"]),
            measure["definition"],
            phrase(f"p_every_{period}", language, days=measure["every"]),
            phrase(f"p_better_{measure['better']}", language),
            _target(planned["target"], measure, language),
        ])  # fmt: skip
    columns = ["p_word_kind", "p_word_measure", "p_word_how", "p_word_every", "p_word_better", "p_word_target"]
    return cells.frame(columns, rows, language)


def rule(cycle: Mapping, measures: Mapping[str, Mapping], language: str) -> pd.DataFrame:
    """When the rule of one plan says to adopt, to adapt, to stop, or to wait."""
    found = cycle["rule"]
    measure, sure = measures[found["measure"]], found["probability"]
    worthwhile = stated(found["worthwhile"], measure["decimals"])
    facts = {"worthwhile": worthwhile, "unit": measure["step_unit"], "points": found["points"]}
    if sure is not None:
        facts |= {"percent": readings.hundredfold(sure), "rest": 100 - readings.hundredfold(sure)}
    rows = [
        [phrase(f"p_word_{word}", language), phrase(f"p_{found['by']}_{word}", language, **facts)]
        for word in ("adopt", "adapt", "stop", "wait")
    ]
    return cells.frame(["p_word_verdict", "p_word_when"], rows, language)


def event(found: Mapping, language: str) -> str:
    """One date of the calendar in words."""
    return phrase(f"p_event_{found['kind']}", language, about=found["about"].rstrip(" ."), place=found["place"])


def dates(events: Sequence[Mapping], as_of: date, language: str) -> pd.DataFrame:
    """The dates of the calendar; those that are past are overdue."""
    rows = []
    for found in events:
        text = event(found, language)
        late = day(found["day"]) < as_of
        rows.append([_long(found["day"], language), phrase("p_event_overdue", language, event=text) if late else text])
    return cells.frame(["p_word_date", "p_word_event"], rows, language)
