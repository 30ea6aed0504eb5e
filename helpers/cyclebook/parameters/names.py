"""Names as people write them: when two spellings are the same name, which name was meant, and what may serve as an id."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Iterable

#: Ids become folder names, anchors and file names on every system.
ID_FORM = re.compile(r"[A-Za-z0-9._-]{1,40}")
#: Marks that no one sees: byte order mark, zero-width space, word joiner, marks of direction.
UNSEEN = re.compile("[\ufeff\u200b\u2060\u200e\u200f]")
DEVICES = frozenset(["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))])
#: The unit whose page speaks of the whole district; it stands where else a school's id stands.
DISTRICT = "_district"
#: What stands beside the schools' folders in the reports.
TAKEN = frozenset(["index.html", "manifest.json", "published.parquet"])


def fold(text: str) -> str:
    """The form in which labels, headers and school names are compared: trimmed, blanks collapsed, case ignored.

    Accents count, but not how they are encoded. Nothing else is forgiven: two texts that fold alike are the same name.
    """
    folded = unicodedata.normalize("NFD", UNSEEN.sub("", text)).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known name that `text` was most likely meant to be, or None when none is close."""
    by_fold = {fold(name): name for name in known}
    found = difflib.get_close_matches(fold(text), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def suggest(text: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest known one, else some of those that there are."""
    known = list(known)
    near = nearest(text, known)
    if near is not None:
        return f"did you mean {show(near)}?"
    if not known:
        return "there is none yet."
    return f"known: {', '.join(known[:12])}{' ...' if len(known) > 12 else ''}."


def show(value: object) -> str:
    """A value as it would be written in a parameter file: text in quotation marks, shortened when long."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    if isinstance(value, (int, float)):
        return str(value).removesuffix(".0")
    text = value if isinstance(value, str) else str(value)
    return json.dumps(text if len(text) <= 60 else text[:57] + "...", ensure_ascii=False)


def id_fault(text: str) -> str | None:
    """Why `text` cannot be an id, or None when it can."""
    if not ID_FORM.fullmatch(text):
        return "an id has 1 to 40 letters (A to Z, without accents), digits, dots, hyphens or underscores, and no blanks"
    if text[0] in "_." or text[-1] == ".":
        return "an id does not begin with an underscore or a dot, and does not end with a dot"
    if text.split(".")[0].casefold() in DEVICES:
        return "Windows keeps this name for a device, so no folder can have it"
    if text.casefold() in TAKEN:
        return "the reports have a file of this name"
    return None


def same_ignoring_case(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of names that differ at most in upper and lower case: (first seen, later one)."""
    seen: dict[str, str] = {}
    pairs = []
    for name in names:
        first = seen.setdefault(name.casefold(), name)
        if first is not name:
            pairs.append((first, name))
    return pairs
