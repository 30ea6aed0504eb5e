"""What a run has to do: for each school and step, whether its page is fresh, and if not, why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cyclebook import store
from cyclebook.errors import InputError
from cyclebook.parameters import suggest
from cyclebook.parameters.names import DISTRICT
from cyclebook.store import Step


@dataclass(frozen=True)
class Item:
    """One page of a unit (``school_id``: a school, or ``_district``): ``state`` is fresh, stale, failed or missing; ``why`` in words; ``digest`` of what it depends on."""

    school_id: str
    step: Step
    state: str
    why: str
    digest: str


def plan(folder: Path, bundles: Path, out: Path, schools: Sequence[str], steps: Sequence[Step]) -> list[Item]:
    """The state of each page, made from these bundles, against what was published in ``out``: school by school, the district last."""
    made = {(page["school_id"], page["step"]): page for page in manifest(out).get("pages", [])}
    items = []
    for unit in [*schools, DISTRICT]:
        for step in steps:
            if unit in step.units(schools):
                digest = store.digest(folder, bundles, step, unit, steps)
                items.append(Item(unit, step, *_state(out, made.get((unit, step.name)), digest), digest))
    return items


def _state(out: Path, page: dict | None, digest: str) -> tuple[str, str]:
    if page is None:
        return "missing", "never made"
    if page["error"]:
        return "failed", page["error"]
    if page["input_digest"] != digest:
        return "stale", "its data, notes, settings or the program have changed"
    for path, expected in page["files"].items():
        if not (out / path).is_file():
            return "missing", f"{path} is gone"
        if hashlib.sha256((out / path).read_bytes()).hexdigest() != expected:
            return "stale", f"{path} was changed by hand"
    return "fresh", ""


def manifest(out: Path) -> dict:
    """The manifest of what was published in ``out``; empty when nothing was. Raises InputError when it is not ours."""
    file = out / "manifest.json"
    if not file.is_file():
        return {}
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"{file}: not readable ({error}); move {out} away and run again") from None


def choose(wanted: str, known: Sequence[str], what: str) -> list[str]:
    """The names in a text such as ``A,B`` or ``all``, in the order of ``known``. Raises InputError for an unknown one.

    A step may be named by its number alone (``01``).
    """
    if wanted.strip() == "all":
        return list(known)
    names = []
    for text in filter(None, (part.strip() for part in wanted.split(","))):
        found = [name for name in known if name == text or (what == "steps" and name.startswith(f"{text.zfill(2)}_"))]
        if not found:
            raise InputError(f"--{what}: {text!r} is not known; {suggest(text, known)}")
        names += found
    if not names:
        raise InputError(f"--{what}: nothing named; write `all` or names with commas between them")
    return [name for name in known if name in names]
