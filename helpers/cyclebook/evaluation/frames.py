"""The log of what each cycle of a school predicted and what came: rows of a table, and the same as a file for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cyclebook import cells, spreadsheet
from cyclebook.evaluation import readings, rule_readings
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import number, phrase
from cyclebook.reading import shown as shown_as

if TYPE_CHECKING:
    from cyclebook.store import Bundle


def measure_of(bundle: Bundle, name: str) -> Mapping | None:
    """The facts of a measure; None where the page has none of it."""
    return next((measure for measure in bundle.facts["measures"] if measure["id"] == name), None)


def day(text: str, language: str) -> str:
    """A day as tables show it."""
    from babel.dates import format_date

    return format_date(readings.day(text), "medium", locale=language) if text else phrase("dash", language)


def came_of(shown: Protected, measure: Mapping | None, cycle: Mapping) -> Cell | None:
    """What is held against the prediction: the change, or the gap to comparison schools where the rule is by comparison."""
    if measure is None:
        return None
    if rule_readings.by_gap(cycle):
        return shown.cell("effect", scale=cycle["id"], item="")
    return shown.cell("change", scale=measure["id"], item=cycle["id"])


def row(bundle: Bundle, cycle: Mapping, shown: Protected) -> list[str]:
    """One cycle as a row of the page's table."""
    language, predicted, decision = bundle.language, cycle["prediction"], cycle["decision"]
    dash = phrase("dash", language)
    measure = measure_of(bundle, predicted["measure"]) if predicted else None
    came = came_of(shown, measure, cycle)
    came_words = cells.text(came, language)
    if rule_readings.by_gap(cycle) and came and came.value is not None:
        came_words = phrase("e_came_beside", language, value=came_words)
    word = cycle["verdict"]["decision"] if cycle["verdict"] else "none"
    return [
        cycle["title"],
        day(cycle["start"], language),
        f"{measure['name']} ({measure['unit']})" if measure else dash,
        number(readings.plain(predicted["change"]), language) if predicted else dash,
        came_words,
        phrase(f"e_word_{word}", language),
        f"{phrase('e_word_' + decision['word'], language)} ({day(decision['day'], language)})" if decision else dash,
        (decision["why"] if decision else "") or dash,
    ]


def _plain(came: Cell, language: str) -> str:
    """A number for programs; one at an end of what is shown with "or more" or "or less"."""
    value = str(shown_as(came.value, came.decimals))
    return phrase(f"or_{came.bound}", language, value=value) if came.bound else value


def file(bundle: Bundle, shown: Protected) -> str:
    """The log for programs: ids, days as 2025-10-06, numbers with a point, one row a cycle."""
    heads = ["e_word_school", "e_word_id", "e_word_cycle", "e_word_start", "e_word_measure_id", "e_word_unit", "e_word_predicted",
             "e_word_came", "e_word_against", "e_word_rule", "e_word_decision", "e_word_decided_on", "e_word_reason"]  # fmt: skip
    rows = [[phrase(head, bundle.language) for head in heads]]
    for cycle in bundle.facts["cycles"]:
        predicted, decision, verdict = cycle["prediction"], cycle["decision"], cycle["verdict"]
        measure = measure_of(bundle, predicted["measure"]) if predicted else None
        came = came_of(shown, measure, cycle)
        known = came is not None and came.value is not None
        against = phrase(f"e_against_{'comparison' if rule_readings.by_gap(cycle) else 'before'}", bundle.language)
        rows.append([
            bundle.unit, cycle["id"], cycle["title"], cycle["start"],
            *((measure["id"], measure["unit"], str(readings.plain(predicted["change"]))) if measure else ("", "", "")),
            *((_plain(came, bundle.language), against) if known else ("", "")),
            phrase(f"e_word_{verdict['decision']}", bundle.language) if verdict else "",
            *((phrase(f"e_word_{decision['word']}", bundle.language), decision["day"], decision["why"]) if decision else ("", "", "")),
        ])  # fmt: skip
    return spreadsheet.to_csv(rows)
