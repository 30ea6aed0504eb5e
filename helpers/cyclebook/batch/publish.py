"""The tree of reports: built beside the old one, then the two change places; the old one is never written to."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from pathlib import Path

from cyclebook.errors import CyclebookError

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def begin(out: Path) -> Path:
    """A new empty tree beside ``out``; what an interrupted run left behind is finished or cleared away first.

    Raises CyclebookError for a folder that a run did not make.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = _aside(out)
    if aside.exists() and not out.exists():  # interrupted between the two renames: the old reports come back
        aside.rename(out)
    for left in [aside, *out.parent.glob(f".{out.name}.new-*")]:
        shutil.rmtree(left, ignore_errors=True)
    if out.exists() and any(out.iterdir()) and not (out / "manifest.json").is_file():
        raise CyclebookError(f"{out}: not empty and not made by a run; choose another folder with --out, or empty it")
    return Path(tempfile.mkdtemp(prefix=f".{out.name}.new-", dir=out.parent))


def take(old: Path, new: Path) -> None:
    """The old tree's file in the new tree: linked where the file system can, else copied; never opened for writing."""
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)


def exchange(new: Path, out: Path) -> None:
    """Put the new tree in the old one's place: in one step where the system can, else by two renames.

    Raises CyclebookError when the old reports cannot be moved (on Windows: one is open); they then stay.
    """
    if not out.exists():
        new.rename(out)  # for its owner only, until someone opens it to others
        return
    os.chmod(new, out.stat().st_mode & 0o777)
    if _exchange_at_once(new, out):
        shutil.rmtree(new, ignore_errors=True)
        return
    aside = _aside(out)
    try:
        out.rename(aside)
        new.rename(out)
    except OSError as error:
        if aside.exists() and not out.exists():
            aside.rename(out)
        raise CyclebookError(f"{out}: cannot be replaced ({error.strerror}); close reports that are open, then run again") from None
    shutil.rmtree(aside, ignore_errors=True)


def _aside(out: Path) -> Path:
    return out.with_name(f".{out.name}.old")


def _exchange_at_once(new: Path, out: Path) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    return renameat2(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(out), _RENAME_EXCHANGE) == 0
