"""What a proposal says to people: on the screen, and in REVIEW.md, in the order in which it is best looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cyclebook.init.propose import Planned, Proposal
from cyclebook.init.resolve import Question

#: In which order of files the review goes.
FILES = ("parameters/schools.csv", "parameters/sources.yaml", "parameters/district.yaml", "parameters/codebooks")
#: So many schools are listed on the screen.
SCREEN_SCHOOLS = 12


def recognised(plan: Planned) -> list[str]:
    """What the file is, by what evidence and how sure; with what it is read."""
    export = plan.study.export
    found = export.found
    kind = {"roster": "a list of who could have answered", "responses": "answers to a survey", None: "answers, of which no scale can be made yet"}[plan.table]
    size = f"{len(export.cells):,} row{'' if len(export.cells) == 1 else 's'}, {len(export.columns)} columns"
    lines = [f"{export.path.name}: {found.form}, {size} ({found.sure}); {kind}"]
    lines += [f"  {text}" for text in found.evidence]
    if found.sure != "sure":
        lines.append("  If this is not so, correct form (and encoding, delimiter, header_rows) in parameters/sources.yaml.")
    if export.broken:
        lines.append(f"  {export.broken} row{'' if export.broken == 1 else 's'} cannot be read; `cyclebook check` says which.")
    return lines


def columns_by_use(plan: Planned) -> list[str]:
    """A line for each use with the columns that have it, for the screen."""
    by_use: dict[str, list[str]] = {}
    for header, use, _, why in plan.columns:
        by_use.setdefault(use if use not in ("not used", "not read") else f"not used ({_group(why)})", []).append(header)
    order = ("school", "person", "head_count", "role", "response_id", "duration", "started", "ended", "answered_on", "weight", "time", "question")
    rank = {use: place for place, use in enumerate(order)}
    lines = []
    for use in sorted(by_use, key=lambda use: (rank.get(use, 50 + (use == "never read")), use)):
        names = [_cut(name) for name in by_use[use]]
        most = 3 if use == "question" else 6
        shown = ", ".join(names[:most]) + (f" … ({len(names)} in all)" if len(names) > most else "")
        lines.append(f"  {use}: {shown}")
    return lines


def scales(proposal: Proposal) -> list[str]:
    """A line for each proposed scale."""
    lines = []
    for book in proposal.books.values():
        for scale in book.scales.values():
            first = book.items[scale["items"][0]]
            labels = [label for label, _ in sorted(book.answers[str(first["answers"])].items(), key=lambda pair: pair[1])]
            low, high = scale["range"]
            ends = ("", "") if labels[0] == f"{low:g}" else (f" ({_cut(labels[0], 24)})", f" ({_cut(labels[-1], 24)})")
            lines.append(f"  {scale['name']}: {len(scale['items'])} questions, {low:g}{ends[0]} to {high:g}{ends[1]}")
    return lines


def schools(proposal: Proposal, most: int | None = SCREEN_SCHOOLS) -> list[str]:
    """A line for each school, with how many rows name it."""
    found = sorted(proposal.schools, key=lambda school: (-school.count, school.school_id))
    lines = []
    for school in found[:most]:
        aliases = f", also {' and '.join(school.aliases)}" if school.aliases else ""
        lines.append(f"  {school.school_id}: {school.name}{aliases} ({school.count:,} row{'' if school.count == 1 else 's'})")
    if most is not None and len(found) > most:
        lines.append(f"  … and {len(found) - most} more, in parameters/schools.csv")
    return lines


def review_md(proposal: Proposal, read: Sequence[str]) -> str:
    """REVIEW.md. `read`: what reading by the proposal gave, as lines."""
    lines = [
        "# To look at before you rely on it",
        "",
        "`cyclebook init --from` proposed these files from what it found in the exports. It guessed no order of answers, reversed no statement,",
        "and put no two spellings of a school together unless you said so. Go through the points below, change the files named, and run",
        "`cyclebook check`. Then delete this file. It holds numbers on single schools: it is for you, not for sharing.",
    ]
    points = [(question.file, *_asked(question)) for question in sorted(proposal.questions, key=lambda one: one.id.startswith(("district", "wave")))
              if not question.id.startswith("scale:")]  # fmt: skip
    points += [(file, text, "", "", "") for file, text in proposal.notes]
    points.append(("parameters/sources.yaml", "What were staff told about who sees their answers? Write it as promise of each survey.", "", "", "surveys"))
    number = 0
    for file in dict.fromkeys((*FILES[:3], *(file for file, *_ in points))):
        own = [point for point in points if point[0] == file]
        if own:
            lines += ["", f"## {file}", ""]
        for _, text, why, now, key in own:
            number += 1
            more = [f"Seen: {_md(why)}." if why else "", f"Now: {_md(now)}." if now else "", f"Key: `{key}`." if key else ""]
            lines.append("  \n   ".join([f"{number}. {_md(text)}", *filter(None, more)]))
    lines += ["", "## The exports", ""]
    for plan in proposal.plans:
        lines += [_md(line) if place == 0 else f"- {_md(line.strip())}" for place, line in enumerate(recognised(plan))]
        if plan.why_not:
            lines += ["", f"**Not declared yet.** {_md(plan.why_not[0].upper() + plan.why_not[1:])}."]
        lines += ["", "| column | use | how sure | why |", "| --- | --- | --- | --- |"]
        lines += [f"| {_cell(header)} | {use} | {sure} | {_cell(why)} |" for header, use, sure, why in plan.columns]
        lines.append("")
    if any(plan.table for plan in proposal.plans):
        lines += ["## As read by this proposal", "", *(f"    {line}" for line in read), ""]
    lines += ["## Schools", "", *(f"- {_md(line.strip())}" for line in schools(proposal, None))]
    return "\n".join(lines) + "\n"


def unsure(proposal: Proposal) -> list[Question]:
    """The questions whose answer the file does not show; those with a default that stands in the file are left to REVIEW.md."""
    first = ("school", "same", "person", "steps", "range", "order", "own", "reverse", "several", "pair")
    return [question for question in proposal.questions if question.id.split(":")[0] in first]


def summary(proposal: Proposal) -> str:
    """How many things are open, by kind."""
    words = {"same": "spellings of schools", "steps": "sets of answers", "range": "sets of numbers", "order": "answers without a known order",
             "reverse": "statements that may be the other way round", "own": "questions without a scale", "school": "the school's column",
             "person": "the person's column", "several": "questions with several answers", "pair": "options with a comma"}  # fmt: skip
    counts = Counter(question.id.split(":")[0] for question in unsure(proposal))
    return ", ".join(f"{words[kind]} ({count})" for kind, count in counts.items())


def _asked(question: Question) -> tuple[str, str, str, str]:
    """(question, evidence, what stands in the file now, key)."""
    text = question.ask
    if question.kind in ("pick", "choose") and question.options:
        text += f" ({'; '.join(question.options)})"
    now = "left out"
    if question.kind == "yes_no":
        now = "yes" if question.default else "no"
    elif question.kind == "pick" and isinstance(question.default, int):
        now = question.options[question.default]
    elif question.kind in ("text", "id") and question.default:
        now = str(question.default)
    return text, question.why, now, question.key


def _group(why: str) -> str:
    return "empty" if "empty" in why or "no cell" in why else "the tool's own" if why == "by its name" or "rows' numbers" in why else (
        "typed texts" if "text" in why and "typ" in why or "text entry" in why else "numbers" if why == "numbers" else
        "order not known" if "order is not known" in why or "labels" in why else why)  # fmt: skip


def _cut(text: str, most: int = 44) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else "…" + text[-most + 1 :] if "[" in text else text[: most - 1] + "…"


def _md(text: str) -> str:
    """A text that cannot be HTML, a link or a heading in Markdown."""
    for mark in "\\`*_<>[]#|":
        text = text.replace(mark, "\\" + mark) if mark not in "<>" else text.replace(mark, "&lt;" if mark == "<" else "&gt;")
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _md(_cut(text, 90))
