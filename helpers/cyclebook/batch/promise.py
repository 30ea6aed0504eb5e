"""The page for staff beside the index: what happens with their answers, in words and with the rules that are in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclebook.batch.around import approval
from cyclebook.parameters.settings import STAFF
from cyclebook.reading import phrase
from cyclebook.report.site import Part, statement

if TYPE_CHECKING:
    from cyclebook.parameters import District, Survey

PAGE = "promise.html"
TITLE = "told_title"
#: The parts that say the same in every district: heading, lead (empty: none) and points, as ids of the catalogue.
PARTS = (
    ("told_secret", "told_secret_lead", ("told_secret_answers", "told_secret_attributes", "told_secret_ties", "told_secret_silent")),
    ("told_open", "", ("told_open_staff", "told_open_answered", "told_open_hidden")),
    ("told_how", "", ("told_how_ends", "told_how_subtract", "told_how_comments", "told_how_leaders", "told_how_records")),
    ("told_limits", "told_limits_lead", ("told_limits_guess", "told_limits_inside", "told_limits_elsewhere")),
)  # fmt: skip


def page(district: District) -> str:
    """The page as HTML. It holds names of surveys, of the district and of who sees answers, and the smallest group: no number of anyone."""
    settings = {name: setting.value for name, setting in district.settings().items()}
    language, smallest = str(settings["language"]), int(settings["smallest_group"])

    def say(name: str) -> str:
        return phrase(name, language, smallest_group=smallest) if name else ""

    told = [_told(survey, language) for survey in district.surveys.values() if survey.who == "staff"] or [say("told_no_survey")]
    promised = Part(say("told_promises"), "", (*told, say("told_stricter")))
    parts = [Part(say(title), say(lead), tuple(say(line) for line in lines)) for title, lead, lines in PARTS]
    ask = Part(say("told_ask"), "", (phrase("told_ask_district", language, district=district.name),))
    said, internal = approval(district.approved, district.audience, "internal_page", language)
    opening = (say("told_short"), say("told_for_staff" if district.audience == STAFF else "told_for_public"), say("not_evaluation"))
    return statement(
        say(TITLE), opening, [promised, *parts, ask], district=district.name, synthetic=district.synthetic, approval=said,
        internal=internal, language=language,
    )  # fmt: skip


def _told(survey: Survey, language: str) -> str:
    """What staff were told before they answered this survey, as the district wrote it down."""
    if survey.promise is None:
        return phrase("told_unknown", language, title=survey.title)
    told = phrase(f"told_{survey.promise.kind}", language, title=survey.title, seen_by=survey.promise.seen_by)
    least = survey.promise.smallest_group
    return told if least is None else f"{told} {phrase('told_with_group', language, smallest_group=least)}"
