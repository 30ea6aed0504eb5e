"""The bundle of one school and step: made once for the district, kept in ``.cyclebook/``, the only input of a notebook.

``.cyclebook/`` is private to the district's folder and never holds respondents' answers: only what ``privacy`` has
cleared or blanked. It is made when missing, made anew when an input has changed, and replaced whole.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook import notes
from cyclebook.errors import CyclebookError, InputError
from cyclebook.parameters import find_district, load, suggest
from cyclebook.privacy import Protected, from_bundle

if TYPE_CHECKING:
    from cyclebook.parameters import District

FOLDER = ".cyclebook"
#: The project's own notebooks, beside the package.
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
#: Libraries whose version changes what a page shows.
SHAPING = ("pandas", "numpy", "matplotlib", "papermill", "nbconvert")


@dataclass(frozen=True)
class Step:
    """One notebook of the workbook: ``01_collect_climate`` and the room of code behind it."""

    name: str
    room: str
    title: str
    notebook: Path


@dataclass(frozen=True)
class Bundle:
    """All that one school's page of one step is made from."""

    step: str
    facts: Mapping[str, object]
    statistics: Protected
    notes: tuple[notes.Note, ...]

    @property
    def page(self) -> str:
        """The page's path in the reports, as the ledger names it."""
        return f"{self.facts['school']['id']}/{self.step}.html"

    def setting(self, name: str) -> object:
        """The value of a setting for this school."""
        return next(setting["value"] for setting in self.facts["settings"] if setting["name"] == name)

    @property
    def language(self) -> str:
        return str(self.setting("language"))


def steps(folder: Path) -> list[Step]:
    """The district's notebooks that make reports (metadata ``cyclebook.room``), in the order of their names.

    A district without notebooks of its own uses the project's.

    Raises InputError when there are none, or when one has no parameters cell (papermill would then run
    the notebook's own school, whatever was asked for).
    """
    found = []
    own_notebooks = folder / "notebooks"
    for notebook in sorted((own_notebooks if own_notebooks.is_dir() else NOTEBOOKS).glob("[0-9][0-9]_*.ipynb")):
        try:
            content = json.loads(notebook.read_text(encoding="utf-8"))
            own = content["metadata"].get("cyclebook")
        except (json.JSONDecodeError, KeyError) as error:
            raise InputError(f"notebooks/{notebook.name}: not a notebook ({error}); restore it") from None
        if not own:
            continue
        if not any("parameters" in cell["metadata"].get("tags", []) for cell in content["cells"]):
            raise InputError(
                f"notebooks/{notebook.name}: no cell is tagged `parameters`, so every school would get the same page; "
                "tag the first code cell in JupyterLab (property inspector, gear icon)"
            )
        found.append(Step(notebook.stem, own["room"], own["title"], notebook))
    if not found:
        raise InputError("notebooks/: no notebook of the workbook here; copy them with `cyclebook init`")
    return found


def open_bundle(
    step: str, room: str, school_id: object, district: str | Path | None = None, as_of: str = ""
) -> Bundle:
    """The bundle of a school and step, made or refreshed when it is missing or stale.

    district: a folder at or above which the district's folder lies; the working directory when not given.
    as_of: an ISO date that takes the place of the configured one; empty for the configured one.
    Raises InputError for a school id that is not text or not in ``parameters/schools.csv``, and for input
    that cannot be read.
    """
    if not isinstance(school_id, str):
        raise InputError(
            f"school_id: {school_id!r} is not text; with papermill use `-r school_id {school_id}` (-p would turn 007 into 7)"
        )
    folder = find_district(Path(district) if district else Path.cwd())
    prepare(folder, {known.name: known.room for known in steps(folder)} | {step: room}, iso_date(as_of))
    return _open(folder, step, school_id)


def iso_date(text: str) -> date | None:
    """The date in a text such as 2025-11-21; None for an empty text. Raises InputError for anything else."""
    try:
        return date.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        raise InputError(f"as_of: {text!r} is not a date; write it as 2025-11-21") from None


def prepare(
    folder: Path, rooms: Mapping[str, str], as_of: date | None = None, say: Callable[[str], None] = lambda text: None
) -> None:
    """Make the bundles of these steps (name: room) for every school where they are missing or stale.

    as_of takes the place of the configured date. ``say`` is told what happens, in words.
    Raises InputError when parameters or sources cannot be read; what was there before then stays.
    """
    from filelock import FileLock

    rooms = dict(sorted(rooms.items()))
    as_of_text = as_of.isoformat() if as_of else ""
    store = folder / FOLDER
    if _fresh(store, rooms, as_of_text):
        return
    _private(store)
    with FileLock(store / "lock", mode=0o600):
        if _fresh(store, rooms, as_of_text):
            return
        say("Reading parameters and sources")
        district = load(folder, as_of)
        from cyclebook import sources

        inputs = _inputs(folder, district)
        tables = sources.read(district)
        new, sizes = Path(tempfile.mkdtemp(prefix="bundles.", dir=store)), {}
        try:
            for step, room in rooms.items():
                say(f"Scoring and protecting: {step}")
                known, made = importlib.import_module(f"cyclebook.{room}.prepare").prepare(district, tables)
                sizes |= known
                for school_id, facts in made:
                    _write(new / f"{school_id}.{step}.json", facts)
            _write(new / "sizes.json", sizes)
            key = {
                "rooms": rooms, "as_of": as_of_text, "code": code_digest(), "inputs": inputs,
                "environment": _environment(folder),
            }  # fmt: skip
            _write(new / "key.json", key)
            _replace(new, store / "bundles")
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise


def digest(folder: Path, step: Step, school_id: str) -> str:
    """What a page depends on, as one hash: bundle, notes, notebook, code and the libraries that shape it."""
    parts = [
        (folder / FOLDER / "bundles" / f"{school_id}.{step.name}.json").read_bytes(),
        _bytes(_notes_file(folder, step.name, school_id)),
        step.notebook.read_bytes(),
        code_digest().encode(),
        *(f"{name} {version(name)}".encode() for name in SHAPING),
        f"python {sys.version_info.major}.{sys.version_info.minor}".encode(),
    ]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def bundle(folder: Path, step: Step, school_id: str) -> Bundle:
    """The bundle as it was prepared, without looking whether it is stale."""
    return _open(folder, step.name, school_id)


def sizes(folder: Path) -> dict:
    """How many persons stand in each of the district's own sets (see ``privacy.complete``)."""
    return json.loads((folder / FOLDER / "bundles" / "sizes.json").read_text(encoding="utf-8"))


@lru_cache
def code_digest() -> str:
    """A hash of the program's own files."""
    package = Path(__file__).parent
    suffixes = {".py", ".yaml", ".j2", ".css", ".json"}
    total = hashlib.sha256()
    for file in sorted(path for path in package.rglob("*") if path.suffix in suffixes):
        total.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def _open(folder: Path, step: str, school_id: str) -> Bundle:
    bundles = folder / FOLDER / "bundles"
    file = bundles / f"{school_id}.{step}.json"
    facts = None
    if re.fullmatch(r"[A-Za-z0-9._-]{1,40}", school_id) and file.is_file():
        facts = json.loads(file.read_text(encoding="utf-8"))
    if facts is None or facts["school"]["id"] != school_id:  # file systems that ignore case find another school's
        known = sorted(path.name.removesuffix(f".{step}.json") for path in bundles.glob(f"*.{step}.json"))
        raise InputError(f"school_id: {school_id!r} is not in parameters/schools.csv; {suggest(school_id, known)}")
    statistics = from_bundle(facts.pop("statistics"))
    return Bundle(step, facts, statistics, tuple(notes.read(_notes_file(folder, step, school_id))))


def _notes_file(folder: Path, step: str, school_id: str) -> Path:
    return folder / "data" / "notes" / school_id / f"{step}.md"


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def _inputs(folder: Path, district: District) -> dict[str, list]:
    """Every file that the bundles are made from, with its time, size and hash."""
    files = [path for path in (folder / "parameters").rglob("*") if path.is_file()]
    files += [source.path for source in district.sources.values() if source.path.is_file()]
    return {str(path): _state(path) for path in sorted(files)}


def _state(path: Path) -> list:
    stat = path.stat()
    return [stat.st_mtime_ns, stat.st_size, hashlib.sha256(path.read_bytes()).hexdigest()]


def _fresh(store: Path, rooms: Mapping[str, str], as_of: str) -> bool:
    """Whether the bundles were made by this code from these inputs. An unchanged time and size is believed."""
    try:
        key = json.loads((store / "bundles" / "key.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    folder = store.parent
    if (key["as_of"], key["code"], key["environment"]) != (as_of, code_digest(), _environment(folder)):
        return False
    if not rooms.items() <= key["rooms"].items():
        return False
    now = {str(path) for path in (folder / "parameters").rglob("*") if path.is_file()}
    if not now <= key["inputs"].keys():
        return False
    for name, (time, size, content) in key["inputs"].items():
        try:
            stat = os.stat(name)
        except OSError:
            return False
        if (stat.st_mtime_ns, stat.st_size) != (time, size) and _state(Path(name))[2] != content:
            return False
    return True


def _environment(folder: Path) -> str:
    """The values of variables that ``sources.yaml`` expands in paths, hashed."""
    text = _bytes(folder / "parameters" / "sources.yaml").decode("utf-8", "replace")
    names = sorted(set(re.findall(r"\$\{([A-Za-z_][A-Za-z0-9_]*)", text)))
    return hashlib.sha256(repr([(name, os.environ.get(name)) for name in names]).encode()).hexdigest()


def _private(folder: Path) -> None:
    """Make the folder for its owner only, and keep it out of version control."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise CyclebookError(f"{folder}: cannot be written ({error.strerror}); allow writing there") from None


def _write(file: Path, content: dict) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True), encoding="utf-8")


def _replace(new: Path, old: Path) -> None:
    """Put ``new`` in the place of ``old``; a reader that comes between finds nothing and makes it again."""
    aside = old.with_name(f"{new.name}.old")
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)
