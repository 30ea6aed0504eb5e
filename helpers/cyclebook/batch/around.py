"""What stands around a report: names, what staff were promised, the way to the other pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cyclebook.parameters import Approval, District
from cyclebook.parameters.names import DISTRICT
from cyclebook.reading import phrase
from cyclebook.report.html import Page
from cyclebook.store import Bundle, Step, shared

INTERNAL = "internal_team"  #: what a page says that is never handed out


def page_of(bundle: Bundle, step: Step, steps: Sequence[Step]) -> Page:
    """The frame of one unit's page of one step."""
    facts, language = bundle.facts, bundle.language
    footer = (phrase("as_of", language, date=date.fromisoformat(facts["as_of"])),) if facts["as_of"] else ()
    said, internal = (phrase(INTERNAL, language), True) if step.internal else approval_of(bundle, _internal(bundle.unit))
    return Page(
        title=step.title,
        school=facts["school"]["name"],
        district=facts["district"]["name"],
        synthetic=facts["district"]["synthetic"],
        approval=said,
        internal=internal,
        banner=banner(bundle),
        links=_links(step, steps),
        onward=_onward(step, steps, language),
        footer=footer,
        language=language,
    )


def _links(step: Step, steps: Sequence[Step]) -> tuple[tuple[str, str], ...]:
    """Every step in order: text and link, which is empty for the page itself; a school's page leads to the district's too.

    Only pages that are internal themselves lead to internal ones: all others may be handed out, and the way would lead nowhere.
    """
    found = []
    for other in steps if step.internal else shared(steps):
        if other.unit == step.unit:
            found.append((other.title, "" if other.name == step.name else f"{other.name}.html"))
        elif other.unit == "district":
            found.append((other.title, f"../{DISTRICT}/{other.name}.html"))
    return tuple(found)


def _onward(step: Step, steps: Sequence[Step], language: str) -> tuple[str, str] | None:
    """The way to the school's next step; None after the last."""
    names = [other for other in (steps if step.internal else shared(steps)) if other.unit == step.unit]
    after = names[names.index(step) + 1 :]
    return (phrase("onward", language, title=after[0].title), f"{after[0].name}.html") if after else None


def approval(approved: Approval | None, audience: str, internal: str, language: str) -> tuple[str, bool]:
    """Who approved a page for handing out, on which day and for whom; else the phrase ``internal``. And whether the page is internal."""
    if approved is None:
        return phrase(internal, language), True
    return phrase(f"approved_{audience}", language, by=approved.by, date=approved.date), False


def approval_for(district: District, unit: str, step: Step) -> str:
    """What a step's page of a school, or of the district, says of its approval now, whatever it was made from."""
    language = str(district.settings(None if unit == DISTRICT else unit)["language"].value)
    if step.internal:
        return phrase(INTERNAL, language)
    return approval(district.approved, district.audience, _internal(unit), language)[0]


def _internal(unit: str) -> str:
    return "internal_district" if unit == DISTRICT else "internal"


def approval_of(bundle: Bundle, internal: str) -> tuple[str, bool]:
    """The same, as a bundle says it."""
    district = bundle.facts["district"]
    approved = district["approved"] and Approval(district["approved"]["by"], date.fromisoformat(district["approved"]["date"]))
    return approval(approved, district["audience"], internal, bundle.language)


def banner(bundle: Bundle) -> tuple[str, ...]:
    """What those who answered were promised, survey by survey, and what these results are not for."""
    language, lines = bundle.language, []
    smallest = int(bundle.setting("smallest_group"))
    for survey in bundle.facts["surveys"]:
        promise, who = survey["promise"], phrase(f"who_{survey['who']}", language)
        if promise is None:
            lines.append(phrase("promise_unknown", language, who=who, smallest_group=smallest))
        else:
            group = max(smallest, promise["smallest_group"] or 0)
            lines.append(phrase(f"promise_{promise['kind']}", language, who=who[:1].upper() + who[1:], smallest_group=group, seen_by=promise["seen_by"]))
    return (*dict.fromkeys(lines), phrase("not_evaluation", language))
