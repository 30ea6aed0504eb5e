"""On every page of the workbook every note has its place: under its evidence, as written for earlier numbers, or as unplaced."""

from __future__ import annotations

import re
from pathlib import Path

import IPython.display
import nbformat
import pytest

from cyclebook import store
from cyclebook.notes import Note

ROOT = Path(__file__).resolve().parents[1]
STEPS = store.steps(ROOT)
#: The notebooks' school, one with nothing but a survey, one below the gate, one that closed.
PAGES = [(step, unit) for step in STEPS for unit in step.units(["0103", "0205", "0302", "0111"])]


def shown(step: store.Step, unit: str, notes: tuple[Note, ...], monkeypatch) -> str:
    """The plain text of all that the notebook shows of a unit when these notes are written."""
    found: list[str] = []
    monkeypatch.setattr(IPython.display, "display", lambda data, **_: found.append(data["text/plain"]))
    names: dict[str, object] = {}
    for cell in nbformat.read(step.notebook, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        source = re.sub(r'school_id = "[^"]*"', f'school_id = "{unit}"', cell.source)
        exec(source.replace('district = ""', f"district = {str(ROOT)!r}"), names)
        for value in names.values():
            if isinstance(value, store.Bundle):
                object.__setattr__(value, "notes", notes)
    return "\n".join(found)


@pytest.mark.parametrize(("step", "unit"), PAGES, ids=lambda value: getattr(value, "name", value))
def test_no_note_is_lost_whatever_it_is_written_under(step, unit, monkeypatch):
    first = shown(step, unit, (), monkeypatch)
    marks = re.findall(r"(?m)^To add a note here: ## ([A-Za-z0-9_-]+) \[([^\]]*)\]$", first)
    anchors = [anchor for anchor, _ in marks]
    assert anchors and len(set(anchors)) == len(anchors)  # each anchor is offered once
    notes = [Note(anchor, mark, f"Fits at {anchor}.") for anchor, mark in marks]
    notes += [Note(anchor, "00000000", f"Earlier at {anchor}.") for anchor in anchors]
    notes += [Note("gone", "", "Gone from here."), Note("", "", "Under no heading.")]
    text = shown(step, unit, tuple(notes), monkeypatch)
    for anchor in anchors:
        assert text.count(f"Note: Fits at {anchor}.") == 1
        assert text.count(f"Note, written for earlier numbers [00000000]: Earlier at {anchor}.") == 1
    assert text.count("nothing under “gone” now. Gone from here.") == 1
    assert text.count("nothing under “no heading” now. Under no heading.") == 1
    assert text.count("Unplaced note") == 2
    assert re.findall(r"(?m)^To add a note here: ## ([A-Za-z0-9_-]+) \[([^\]]*)\]$", text) == marks  # notes change no mark
