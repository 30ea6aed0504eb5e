"""`cyclebook init`: a new district folder, with parameters to fill in and the notebooks."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from cyclebook.errors import InputError
from cyclebook.store import NOTEBOOKS

TEMPLATES = Path(__file__).parent / "templates"
EXAMPLE = "example-school"  #: the school in the template of schools.csv
IGNORED = ("/data/raw/", "/data/set_aside/", "/data/releases/", "/REVIEW.md", "/notebooks/*-Copy*.ipynb", "reports/", ".reports.*", ".cyclebook/", ".ipynb_checkpoints/")


def make(folder: Path) -> list[Path]:
    """Make a district folder and give back the files written, in order.

    `folder` may exist if it holds nothing but hidden files; a .gitignore in it is added to. The notebooks are copied without
    outputs. On POSIX only the owner can read data/. Raises InputError, before anything is written, when the folder holds
    something else, and when the notebooks are not found.
    """
    return files(folder, {})


def files(folder: Path, more: Mapping[Path, str], without: Collection[Path] = (), example: str = EXAMPLE) -> list[Path]:
    """Write the templates, but for some (`without`), and other texts, by their paths in the folder, which win. `example`: the school
    that the notebooks begin with. Gives back the files, in order. Raises InputError as `make`.
    """
    folder = Path(folder)
    check_free(folder)
    notebooks = sorted(NOTEBOOKS.glob("*.ipynb"))
    if not notebooks:
        raise InputError(
            f"no notebooks in {NOTEBOOKS}. They stand in the project, beside helpers/: install the package in editable form "
            "from there (`make report` does), then call init again."
        )
    for name in ("parameters", "data/raw", "data/notes", "notebooks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        (folder / "data").chmod(0o700)
    texts = {path.relative_to(TEMPLATES): path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.*")}
    texts |= {Path("notebooks", path.name): _without_outputs(path, example) for path in notebooks}
    texts |= {Path("data", "README.md"): _data_readme(), Path(".gitignore"): _ignore(folder / ".gitignore"), **more}
    texts = {name: text for name, text in texts.items() if name not in without or name in more}
    for name, text in sorted(texts.items()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in sorted(texts)]


def check_free(folder: Path) -> None:
    """Raise InputError when the folder holds anything but hidden files, or is none."""
    if (folder / "parameters" / "district.yaml").exists():
        raise InputError(f"{folder} is a district folder already (it holds parameters/district.yaml). Name another folder.")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file. Name a folder.")
    held = sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []
    if held:
        raise InputError(f"{folder} is not empty (it holds {', '.join(held[:3])}). Name a new or an empty folder.")


def _without_outputs(path: Path, example: str) -> str:
    """The notebook as it was before it was run, for the example's school: what it stored is another district's."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
        if "parameters" in cell["metadata"].get("tags", []):
            source = re.sub(r'school_id = "[^_"][^"]*"', lambda _: f'school_id = "{example}"', "".join(cell["source"]))
            cell["source"] = source.splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _data_readme() -> str:
    from cyclebook.tables import dictionary

    return dictionary()


def _ignore(path: Path) -> str:
    """The lines of a .gitignore that is there, and those of ours that it does not have."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return "\n".join([*lines, *(line for line in IGNORED if line not in lines)]) + "\n"
