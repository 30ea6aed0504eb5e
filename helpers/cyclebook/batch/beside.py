"""Files that a command leaves beside the reports, where it is told to: replaced whole, and for their owner only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cyclebook.errors import InputError
from cyclebook.spreadsheet import write_private

#: Folders of a district in which nothing is written but by people, or by a run.
KEPT = ("parameters", "data", "reports", ".cyclebook")


def allowed(district: Path, out: Path) -> Path:
    """The folder as an absolute path. Raises InputError when it lies in a folder of the district that is not to be written to."""
    out = out.resolve()
    for name in KEPT:
        kept = (district / name).resolve()
        for folder in (out, *out.parents):
            if folder == kept or (folder.exists() and kept.exists() and folder.samefile(kept)):
                raise InputError(f"--out: {out} lies in {name}/ of the district, which this command does not write to. Name another folder.")
    if out.exists() and not out.is_dir():
        raise InputError(f"--out: {out} is a file. Name a folder.")
    return out


def write(out: Path, files: Mapping[str, bytes]) -> None:
    """Write each file whole under another name, then give it its own. A new folder is for its owner only."""
    if not out.is_dir():
        out.parent.mkdir(parents=True, exist_ok=True)
        out.mkdir(mode=0o700)
    for name, content in files.items():
        write_private(out / name, content)
