"""What stands around a report: names, what staff were promised, the way to the other pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cyclebook.parameters.names import DISTRICT
from cyclebook.reading import phrase
from cyclebook.report.html import Page
from cyclebook.store import Bundle, Step


def page_of(bundle: Bundle, step: Step, steps: Sequence[Step]) -> Page:
    """The frame of one unit's page of one step."""
    facts, language = bundle.facts, bundle.language
    footer = [phrase("internal_district" if bundle.is_district else "internal", language)]
    if facts["as_of"]:
        footer.append(phrase("as_of", language, date=date.fromisoformat(facts["as_of"])))
    return Page(
        title=step.title,
        school=facts["school"]["name"],
        district=facts["district"]["name"],
        synthetic=facts["district"]["synthetic"],
        banner=banner(bundle),
        links=_links(step, steps),
        onward=_onward(step, steps, language),
        footer=tuple(footer),
        language=language,
    )


def _links(step: Step, steps: Sequence[Step]) -> tuple[tuple[str, str], ...]:
    """Every step in order: text and link, which is empty for the page itself; a school's page leads to the district's too."""
    found = []
    for other in steps:
        if other.unit == step.unit:
            found.append((other.title, "" if other.name == step.name else f"{other.name}.html"))
        elif other.unit == "district":
            found.append((other.title, f"../{DISTRICT}/{other.name}.html"))
    return tuple(found)


def _onward(step: Step, steps: Sequence[Step], language: str) -> tuple[str, str] | None:
    """The way to the school's next step; None after the last."""
    names = [other for other in steps if other.unit == step.unit]
    after = names[names.index(step) + 1 :]
    return (phrase("onward", language, title=after[0].title), f"{after[0].name}.html") if after else None


def banner(bundle: Bundle) -> tuple[str, ...]:
    """What staff were promised, survey by survey, and what these results are not for."""
    language, lines = bundle.language, []
    smallest = int(bundle.setting("smallest_group"))
    for survey in bundle.facts["surveys"]:
        promise = survey["promise"]
        if promise is None:
            lines.append(phrase("promise_unknown", language, smallest_group=smallest))
        else:
            group = max(smallest, promise["smallest_group"] or 0)
            lines.append(phrase(f"promise_{promise['kind']}", language, smallest_group=group, seen_by=promise["seen_by"]))
    return (*dict.fromkeys(lines), phrase("not_evaluation", language))
