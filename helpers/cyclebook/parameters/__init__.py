"""The district's parameters: files in layers, merged and checked.

    district = load(find_district(Path.cwd()))
    district.settings("0101")["answer_gate_answers"]    # Setting(name="answer_gate_answers", value=10, layer="school")

Importing this is cheap; pydantic and ruamel.yaml are imported when `load` is called.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cyclebook.errors import InputError
from cyclebook.parameters.model import Approval, Attribute, Codebook, District, Item, Promise, Result, Scale, School, Source, Survey, Wave
from cyclebook.parameters.names import fold, nearest, suggest
from cyclebook.parameters.plan_model import (
    Agreement, Ask, Cycle, Decision, Measure, PlannedMeasure, Prediction, Rule as DecisionRule, Structure, Term,
)  # fmt: skip
from cyclebook.parameters.settings import SETTINGS, Rule, Setting

__all__ = [
    "SETTINGS",
    "Agreement",
    "Approval",
    "Ask",
    "Attribute",
    "Codebook",
    "Cycle",
    "Decision",
    "DecisionRule",
    "District",
    "Item",
    "Measure",
    "PlannedMeasure",
    "Prediction",
    "Promise",
    "Result",
    "Rule",
    "Scale",
    "School",
    "Setting",
    "Source",
    "Structure",
    "Survey",
    "Term",
    "Wave",
    "find_district",
    "fold",
    "load",
    "nearest",
    "suggest",
]

MARK = Path("parameters", "district.yaml")


def find_district(start: Path) -> Path:
    """The nearest folder, at or above `start`, that holds parameters/district.yaml. Raises InputError when there is none."""
    start = Path(start).absolute()
    for folder in (start, *start.parents):
        if (folder / MARK).is_file():
            return folder
    raise InputError(
        f"{start} is not in a district folder: neither it nor a folder above it holds {MARK.as_posix()}. "
        "Go to the district's folder, name it with --district, or make one with `cyclebook init`."
    )


def load(district_dir: Path, as_of: date | None = None) -> District:
    """Read and check everything in `district_dir`/parameters.

    `as_of`, where given, stands for the one in district.yaml. Raises InputError that tells everything found wrong, one line
    each: file (relative to the district folder), line, key, value and remedy.
    """
    district_dir = Path(district_dir)
    if not (district_dir / MARK).is_file():
        raise InputError(f"{district_dir} holds no {MARK.as_posix()}. Name another folder, or make one with `cyclebook init`.")
    from cyclebook.parameters.loading import read_district

    return read_district(district_dir, as_of)
