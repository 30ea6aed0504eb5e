"""Imports between the rooms of the program run downward only, and within a room from the face to the calculations.

    python -m tests.test_structure      draws the imports between rooms, from the top down
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "helpers" / "cyclebook"
#: Rooms and modules from the top down; those of one line do not know each other.
FLOORS = (
    ("cli",), ("batch", "init"), ("overview", "team"), ("evaluation", "fielding"), ("norms", "planning"), ("climate",), ("provenance", "measures"),
    ("facts", "cells"), ("store",), ("handed_out",), ("privacy", "sources"), ("report", "notes", "tables"), ("parameters", "reading"),
    ("chart_style", "html_table", "spreadsheet", "errors"),
)  # fmt: skip
#: In the room of a step, from the face down: who may know whom. Calculations know none of them.
PARTS = ("sections|prepare", ".+_sections", "(.+_)?frames|figures", ".+_readings", "readings")
#: Statistics and drawing, which a notebook's kernel loads only where a section needs them.
HEAVY = ("scipy", "matplotlib", "networkx", "icalendar", "pydantic", "pandera", "nbconvert", "papermill")


def imports(file: Path) -> Iterator[tuple[str, bool]]:
    """(module, whether at the top of the file) of all that a file imports, but for what only type checkers read."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    hints = {id(node) for branch in tree.body if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test) for node in ast.walk(branch)}
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if id(node) in hints:
            continue
        if isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", id(node) in top) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)


def edges() -> set[tuple[str, str]]:
    """(room that imports, room that is imported)."""
    found = set()
    for file in PACKAGE.rglob("*.py"):
        room = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for module, _ in imports(file):
            parts = module.split(".")
            if parts[0] == "cyclebook" and len(parts) > 1 and (PACKAGE / parts[1]).exists() | (PACKAGE / f"{parts[1]}.py").exists():
                found.add((room, parts[1]))
    return {(one, other) for one, other in found if one != other and one != "__init__"}


def test_every_room_has_its_floor():
    rooms = {path.stem for path in PACKAGE.glob("*") if path.suffix == ".py" or (path / "__init__.py").is_file()} - {"__init__"}
    assert rooms == {room for floor in FLOORS for room in floor}


def test_imports_between_rooms_run_downward():
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    assert len(edges()) > 50
    assert [(one, other) for one, other in sorted(edges()) if floor[one] >= floor[other]] == []


def test_in_a_room_the_face_knows_the_calculations_and_never_the_other_way():
    def rank(part: str) -> int:
        return next((number for number, parts in enumerate(PARTS) if re.fullmatch(parts, part)), len(PARTS))

    wrong = []
    for file in [*PACKAGE.glob("*/*.py"), *PACKAGE.glob("*/*/*.py")]:
        room = ".".join(file.relative_to(PACKAGE).parts[:-1])
        for module, _ in imports(file):
            head, _, rest = module.partition(f"cyclebook.{room}.")
            part = rest.split(".")[0]
            if head == "" and part and rank(part) < len(PARTS) and rank(part) <= rank(file.stem):
                wrong.append((room, file.stem, part))
    assert wrong == []


def test_sections_and_readings_load_nothing_heavy():
    faces = [file for file in PACKAGE.rglob("*.py") if re.fullmatch("(.+_)?sections|frames|figures|(.+_)?readings", file.stem)]
    assert len(faces) > 12
    loaded = [(file.parent.name, file.stem, module) for file in faces for module, top in imports(file) if top and module.split(".")[0] in HEAVY]
    assert loaded == []


def main() -> None:
    found = edges()
    for rooms in FLOORS:
        for room in rooms:
            below = sorted(other for one, other in found if one == room)
            print(f"{room:12} → {', '.join(below) or '(nothing)'}")


if __name__ == "__main__":
    main()
