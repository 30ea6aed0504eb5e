"""Calls of the program, as a person makes them; and within this process, where no notebook is executed and a start would cost most of the time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from cyclebook.cli import main


def cyclebook(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess:
    """`cyclebook` with these arguments, in a process of its own."""
    command = [sys.executable, "-m", "cyclebook.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8")


def answered(*arguments: object) -> subprocess.CompletedProcess:
    """The same from the command line inward. What would end with a traceback raises here."""
    words = list(map(str, arguments))
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)
