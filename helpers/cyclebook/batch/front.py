"""The front page: how the batch went, and every school with its reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cyclebook.batch import promise
from cyclebook.batch.around import approval_of, banner
from cyclebook.parameters.names import DISTRICT
from cyclebook.reading import number, phrase
from cyclebook.report.site import IndexRow
from cyclebook.report.site import index as to_html

if TYPE_CHECKING:
    from cyclebook.store import Bundle, Step

PAGE, ANCHOR = "index.html", "schools"


def index(
    bundles: Mapping[str, Bundle], pages: Sequence[dict], steps: Sequence[Step], current: set[tuple[str, str]]
) -> tuple[str, list[dict]]:
    """The index of all schools as HTML, and the ledger of the numbers on it (who answered, school by school).

    bundles: by school id, of the first step; pages: the manifest's entries; current: school and step of the pages that
    were made from the data as they are now.
    """
    made = {(page["school_id"], page["step"]): page for page in pages}
    all_steps, steps = steps, [step for step in steps if step.unit == "school"]
    rows, published, counts = [], [], {"ready": 0, "earlier": 0, "kept": 0, "failed": 0, "missing": 0}
    first = next(iter(bundles.values()))
    language = first.language
    for school_id, bundle in bundles.items():
        facts = bundle.facts
        shown = bundle.statistics.rows(
            school_id=school_id, wave=facts.get("focus", ""), statistic=("answers", "head_count")
        )
        published += shown.ledger(PAGE, ANCHOR)
        entries = [made.get((school_id, step.name)) for step in steps]
        state = _state(entries, all((school_id, step.name) in current for step in steps))
        counts[state] += 1
        details = [entry["error"] for entry in entries if entry and entry["error"]] or _details(bundle)
        links = tuple(
            (step.title, f"{school_id}/{step.name}.html")
            for step, entry in zip(steps, entries, strict=True)
            if entry and entry["files"]
        )
        rows.append(IndexRow(
            school_id=school_id, name=facts["school"]["name"], level=facts["school"]["level"], links=links,
            district=facts["school"]["groups"].get("district", ""),
            answered=_answered(bundle, shown), state=phrase(f"state_{state}", language), detail=" ".join(details),
        ))  # fmt: skip
    failed = [page["error"] for page in pages if page["school_id"] == DISTRICT and page["error"]]
    summary = [phrase("index_ready", language, count=counts["ready"], schools=len(bundles))]
    summary += [phrase(f"index_{s}", language, count=counts[s]) for s in ("earlier", "kept", "failed", "missing") if counts[s]]
    summary += [phrase("index_district_failed", language, error=error) for error in failed]
    district = first.facts["district"]
    approved, internal = approval_of(first, "internal_index")
    whole = tuple(
        (step.title, f"{DISTRICT}/{step.name}.html")
        for step in all_steps
        if step.unit == "district" and (internal or not step.internal) and (made.get((DISTRICT, step.name)) or {}).get("files")
    )
    whole += ((phrase(promise.TITLE, language), promise.PAGE),)
    html = to_html(district["name"], district["synthetic"], summary, rows, (), banner(first), language, whole, approved, internal)
    return html, published


def _state(entries: Sequence[dict | None], current: bool) -> str:
    if any(entry is None for entry in entries):
        return "missing"
    if any(entry["error"] and not entry["kept"] for entry in entries):
        return "failed"
    if any(entry["error"] for entry in entries):
        return "kept"
    return "ready" if current else "earlier"


def _details(bundle: Bundle) -> list[str]:
    """What a reader should know of a page before opening it: closed, or too few answers for scores."""
    facts, details = bundle.facts, []
    if facts["school"]["closed"] and facts["school"]["closed"] <= facts["as_of"]:
        details.append("detail_closed")
    own = bundle.statistics.rows(school_id=facts["school"]["id"], wave=facts.get("focus", ""), statistic="mean")
    if facts.get("focus") and all(row is None for row in own.values()):
        details.append("detail_few")
    return [phrase(detail, bundle.language) for detail in details]


def _answered(bundle: Bundle, shown) -> str:
    """Such as "38 of 52, Fall 2025"."""
    language, parts = bundle.language, []
    wave = next((w["label"] for w in bundle.facts.get("waves", ()) if w["id"] == bundle.facts["focus"]), "")
    for survey in bundle.facts["surveys"]:
        answers = shown.cell("answers", scale=survey["id"])
        heads = shown.cell("head_count", scale=survey["id"])
        if answers is None:
            continue
        if answers.value is None:
            parts.append(phrase("index_few", language, smallest_group=int(bundle.setting("smallest_group")), wave=wave))
        elif heads is None or heads.value is None:
            parts.append(phrase("index_answers", language, answers=int(answers.value), wave=wave))
        else:
            parts.append(phrase("index_answered", language, answers=number(int(answers.value), language), heads=int(heads.value), wave=wave))
    return "; ".join(parts) or phrase("index_reported" if bundle.facts.get("reported") else "index_none", language)
