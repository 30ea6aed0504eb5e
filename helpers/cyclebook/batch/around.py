"""What stands around a report: names, what staff were promised, the way to the other pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cyclebook.reading import phrase
from cyclebook.report.html import Page
from cyclebook.store import Bundle, Step


def page_of(bundle: Bundle, step: Step, steps: Sequence[Step]) -> Page:
    """The frame of one school's page of one step."""
    facts, language = bundle.facts, bundle.language
    footer = [phrase("internal", language)]
    if facts["as_of"]:
        footer.append(phrase("as_of", language, date=date.fromisoformat(facts["as_of"])))
    return Page(
        title=step.title,
        school=facts["school"]["name"],
        district=facts["district"]["name"],
        synthetic=facts["district"]["synthetic"],
        banner=banner(bundle),
        links=tuple((other.title, f"{other.name}.html") for other in steps if other.name != step.name),
        footer=tuple(footer),
        language=language,
    )


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
