"""From a proposal to the texts of the parameter files. Text is always in quotation marks, so that nothing in it can be YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from cyclebook.init.book import UNSTATED, Book
from cyclebook.init.propose import Planned, Proposal
from cyclebook.parameters.schools import COLUMNS
from cyclebook.spreadsheet import to_csv

#: What YAML lets stand in a line of text; everything else is written as its number.
PRINTABLE = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
#: Keys whose values are plain words of ours, without quotation marks.
BARE = frozenset({"table", "form", "header_rows", "skip_rows", "favourable"})


def quoted(text: str) -> str:
    """A text in double quotation marks, for YAML."""
    return PRINTABLE.sub(_escape, json.dumps(text, ensure_ascii=False))


def sources_yaml(proposal: Proposal, paths: Mapping[str, str], examples: str) -> str:
    """parameters/sources.yaml. `paths`: by the source's name, as it is written. `examples`: the template, put at the end as comments."""
    lines = [
        "# Which files there are, and what their columns are, as `cyclebook init --from` found them. REVIEW.md lists what to look at.",
        "# Only the columns that are named here and in the codebook are read.",
        "",
    ]
    if proposal.surveys:
        lines.append("surveys:")
        for name, title in proposal.surveys.items():
            lines += [
                f"  {quoted(name)}:",
                f"    title: {quoted(title)}",
                "    # What were staff told before they answered? If that is stricter than the settings, it holds. Write it here:",
                "    # promise: {kind: confidential, smallest_group: 5, seen_by: \"the district's research office\"}",
            ]
        lines.append("")
    declared = [plan for plan in proposal.plans if plan.table]
    if declared:
        lines.append("sources:")
        for plan in declared:
            lines += _source(plan, paths[plan.name])
            lines.append("")
    for plan in (plan for plan in proposal.plans if not plan.table):
        lines.append(f"# {plan.file}: {plan.why_not}.")
        lines.append("# When the codebook has a scale, remove the # in front of these lines" + ("." if declared else ", and put `surveys:` and `sources:` above them."))
        head = [] if declared else ["surveys:", f"  {quoted(str(plan.keys['survey']))}: {{title: {quoted(plan.file)}}}", "sources:"]
        lines += [f"# {line}" for line in [*head, *_source(plan, paths[plan.name])]] + [""]
    rest = [line for line in examples.splitlines() if not line.startswith("# Your files, and") and not line.startswith("# Put the exports")]
    return "\n".join([*lines, "# " + "-" * 118, "# Examples of other sources, and of keys that may be of use above.", *rest]) + "\n"


def codebook_yaml(book: Book, file: str) -> str:
    """parameters/codebooks/<name>.yaml."""
    lines = [
        f"# The questions of {file.replace(chr(10), ' ')}, as `cyclebook init --from` found them: what each answer counts, which questions form a scale.",
        "# Check the order of the answers against the survey, and see REVIEW.md.",
        "",
    ]
    lines = [PRINTABLE.sub(" ", line) for line in lines]
    if book.answers:
        lines.append("answers:")
        for name, numbers in book.answers.items():
            lines.append(f"  {quoted(name)}:")
            lines += [f"    {quoted(label)}: {number:g}" for label, number in numbers.items()]
        lines.append("")
    if book.not_applicable:
        lines += ["# Labels that mean no answer.", f"not_applicable: {_list(book.not_applicable)}", ""]
    if book.not_selected:
        lines += ["# Cells that say that an option was not chosen.", f"not_selected: {_list(book.not_selected)}", ""]
    lines.append("items:")
    for key, item in book.items.items():
        lines.append(f"  {quoted(key)}:")
        if "columns" in item:
            lines.append(f"    columns: {_list(item['columns'])}")
        lines.append(f"    text: {quoted(str(item['text']))}")
        if "answers" in item:
            lines.append(f"    answers: {quoted(str(item['answers']))}")
        for name, choice in item.get("choices", {}).items():
            lines += ["    choices:"] if name == next(iter(item["choices"])) else []
            lines.append(f"      {quoted(name)}: {{{', '.join(f'{key}: {_list(value) if isinstance(value, list) else quoted(str(value))}' for key, value in choice.items())}}}")
    if book.scales:
        lines += ["", "scales:"]
    for key, scale in book.scales.items():
        low, high = scale["range"]
        lines += [f"  {quoted(key)}:", f"    name: {quoted(str(scale['name']))}", f"    about: {quoted(str(scale['about']))}",
                  f"    items: {_list(scale['items'])}", f"    reverse: {_list(scale.get('reverse', []))}",
                  f"    range: [{low:g}, {high:g}]", f"    favourable: {scale['favourable']:g}", f"    source: {quoted(UNSTATED)}"]  # fmt: skip
    return "\n".join(lines) + "\n"


def schools_csv(proposal: Proposal) -> str:
    """parameters/schools.csv."""
    rows = [
        {"school_id": school.school_id, "name": school.name, "level": school.level, "aliases": "|".join(school.aliases)}
        for school in proposal.schools
    ]
    return to_csv([COLUMNS, *([cells.get(column) for column in COLUMNS] for cells in rows)]).replace("\r\n", "\n")


def district_yaml(proposal: Proposal, template: str) -> str:
    """parameters/district.yaml: the template with the district's name and the waves."""
    waves = "".join(
        f"- {{id: {quoted(wave.id)}, label: {quoted(wave.label)}, from: {wave.start}, to: {wave.end}}}"
        + ("\n" if wave.dated else "   # these days are made up: write the first and the last\n")
        for wave in proposal.waves
    )
    text = re.sub(r"(?m)^waves:\n(- .*\n)+", lambda _: f"waves:\n{waves}", template, count=1)
    return re.sub(r"(?m)^  name: .*$", lambda _: f"  name: {quoted(proposal.name)}   # as it stands at the head of every page", text, count=1)


def _source(plan: Planned, path: str) -> list[str]:
    lines = [f"  {quoted(plan.name)}:"]
    for key, value in (plan.keys | {"path": path}).items():
        lines.append(f"    {key}: {value if key in BARE else quoted(str(value))}")
    return lines


def _list(texts: Iterable[object]) -> str:
    return f"[{', '.join(quoted(str(text)) for text in texts)}]"


def _escape(match: re.Match) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
