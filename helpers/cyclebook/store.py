"""The bundle of one unit (a school, or the district) and step: made once for the district, kept in ``.cyclebook/``, the only input of a notebook.

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
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook import notes, spreadsheet
from cyclebook.errors import CyclebookError, InputError
from cyclebook.parameters import find_district, load, suggest
from cyclebook.parameters.names import DISTRICT
from cyclebook.privacy import Protected, from_bundle

if TYPE_CHECKING:
    from cyclebook.sources import Tables

FOLDER = ".cyclebook"
#: Where rows that were set aside are kept for the analyst: beside the exports, for they are cells of these.
ASIDE = Path("data", "set_aside")
#: The project's own notebooks, beside the package.
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
#: Libraries whose version changes what a page shows.
SHAPING = ("babel", "icalendar", "ipython", "jinja2", "matplotlib", "mistune", "nbconvert", "nh3", "numpy", "pandas", "papermill",
           "pyarrow", "scipy")  # fmt: skip
#: Names the bundles that a run works with, so that its kernels use them whatever is edited meanwhile.
PINNED = "CYCLEBOOK_BUNDLES"


@dataclass(frozen=True)
class Step:
    """One notebook of the workbook: ``01_collect_climate`` and the room of code behind it.

    unit: what a page of it speaks of, ``school`` (a page for every school) or ``district`` (one page). internal: whether its pages are never
    handed out, whoever approved the others (metadata ``audience: internal``).
    """

    name: str
    room: str
    title: str
    notebook: Path
    unit: str = "school"
    internal: bool = False

    def units(self, schools: Sequence[str]) -> list[str]:
        """The units that get a page of this step."""
        return [DISTRICT] if self.unit == "district" else list(schools)


@dataclass(frozen=True)
class Bundle:
    """All that one unit's page of one step is made from. placed: the anchors under which notes were shown so far."""

    step: str
    facts: Mapping[str, object]
    statistics: Protected
    notes: tuple[notes.Note, ...]
    placed: set[str] = field(default_factory=set, compare=False)

    @property
    def unit(self) -> str:
        """The school's id; ``_district`` for the district's page."""
        return str(self.facts["school"]["id"])

    @property
    def is_district(self) -> bool:
        return self.unit == DISTRICT

    @property
    def page(self) -> str:
        """The page's path in the reports, as the ledger names it."""
        return f"{self.unit}/{self.step}.html"

    @property
    def own(self) -> Protected:
        """The school's own rows."""
        return self.statistics.rows(school_id=self.unit)

    @property
    def district(self) -> Protected:
        """The rows of the district as a whole."""
        return self.statistics.rows(school_id="")

    def setting(self, name: str) -> object:
        """The value of a setting for this school."""
        return next(setting["value"] for setting in self.facts["settings"] if setting["name"] == name)

    @property
    def language(self) -> str:
        return str(self.setting("language"))


def steps(folder: Path) -> list[Step]:
    """The district's notebooks that make reports (metadata ``cyclebook.room``), in the order of their names; no template.

    A district without notebooks of its own uses the project's.

    Raises InputError when there are none, or when one has no parameters cell (papermill would then run
    the notebook's own school, whatever was asked for).
    """
    found: list[Step] = []
    own_notebooks = folder / "notebooks"
    for notebook in sorted((own_notebooks if own_notebooks.is_dir() else NOTEBOOKS).glob("*.ipynb")):
        if not re.fullmatch(r"[0-9]{2}_[a-z0-9_]+", notebook.stem):  # a copy, such as JupyterLab's Duplicate makes
            continue
        try:
            content = json.loads(notebook.read_text(encoding="utf-8"))
            own = content["metadata"].get("cyclebook")
            step = own and not own.get("template") and Step(notebook.stem, own["room"], own["title"], notebook, own.get("unit", "school"), _is_internal(own))
            tagged = any("parameters" in cell["metadata"].get("tags", []) for cell in content["cells"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(f"notebooks/{notebook.name}: not a notebook of the workbook; restore it") from None
        if not step:
            continue
        if step.unit not in ("school", "district"):
            raise InputError(f"notebooks/{notebook.name}: the unit {step.unit!r} is not known; write school or district in its metadata")
        if not tagged:
            raise InputError(
                f"notebooks/{notebook.name}: no cell is tagged `parameters`, so every school would get the same page; "
                "tag the first code cell in JupyterLab (property inspector, gear icon)"
            )
        same = next((other for other in found if other.room == step.room), None)
        if same:
            raise InputError(f"notebooks/{notebook.name}: the same step as {same.notebook.name}; move one of them away")
        found.append(step)
    if not found:
        raise InputError("notebooks/: no notebook of the workbook here; copy them with `cyclebook init`")
    return found


def _is_internal(own: Mapping[str, object]) -> bool:
    """Whether a notebook's pages are internal. Raises ValueError for an audience that is not known: a slip must not hand a page out."""
    if own.get("audience", "internal") != "internal":
        raise ValueError(own["audience"])
    return "audience" in own


def shared(steps: Sequence[Step]) -> list[Step]:
    """The steps whose pages may be handed out."""
    return [step for step in steps if not step.internal]


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
    folder = find_district(Path(district) if district else Path.cwd()).resolve()
    rooms = {known.name: known.room for known in steps(folder)} | {step: room}
    pinned = Path(os.environ.get(PINNED, ""))
    bundles = pinned if pinned.parent == folder / FOLDER else prepare(folder, rooms, iso_date(as_of))
    found = bundle(bundles, step, school_id)
    return replace(found, notes=tuple(notes.read(_notes_file(folder, step, school_id))))


def iso_date(text: str) -> date | None:
    """The date in a text such as 2025-11-21; None for an empty text. Raises InputError for anything else."""
    try:
        return date.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        raise InputError(f"as_of: {text!r} is not a date; write it as 2025-11-21") from None


def prepare(
    folder: Path, rooms: Mapping[str, str], as_of: date | None = None, say: Callable[[str], None] = lambda text: None
) -> Path:
    """The folder of the bundles of these steps (name: room) for every school, made where it is missing or stale.

    The folder is made aside, gets its name in one step, and is never changed after. as_of takes the place of the
    configured date. ``say`` is told what happens, in words.
    Raises InputError when parameters or sources cannot be read; what was there before then stays.
    """
    from filelock import FileLock

    folder = folder.resolve()
    store, wanted = folder / FOLDER, {"rooms": dict(sorted(rooms.items())), "as_of": as_of.isoformat() if as_of else ""}
    found = _fresh(store, wanted)
    if found:
        return found
    _private(store)
    with FileLock(store / "lock", mode=0o600):
        found = _fresh(store, wanted)
        if found:
            return found
        for left in store.glob("new.*"):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        new = Path(tempfile.mkdtemp(prefix="new.", dir=store))
        try:
            name = _make(folder, new, wanted, as_of, say)
            if (store / name).exists():
                shutil.rmtree(new)
            else:
                new.rename(store / name)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        _write(store / "current.new", {"bundles": name})
        os.replace(store / "current.new", store / "current.json")
        _sweep(store, name)
    return store / name


def _make(folder: Path, new: Path, wanted: dict, as_of: date | None, say: Callable[[str], None]) -> str:
    """Write all bundles into ``new``; the name that the folder is to have."""
    from cyclebook import handed_out

    say("Reading parameters and sources")
    inputs = _inputs([*(path for path in (folder / "parameters").rglob("*") if path.is_file()), *handed_out.files(folder)])
    district = load(folder, as_of)
    inputs |= _inputs([source.path for source in district.sources.values() if source.path.is_file()])
    tables, held = handed_out.tables(district)
    receipts = tables.receipts
    if len(receipts):
        rows = receipts[["read", "set_aside", "flagged"]].sum()
        say(f"  {rows['read']:,} rows read, {rows['set_aside']:,} set aside, {rows['flagged']:,} flagged: `cyclebook check` lists them")
    if len(held):
        groups = "1 group is" if len(held) == 1 else f"{len(held)} groups are"
        say(f"  {groups} held back or not published beside what was handed out: `cyclebook check` says why")
    _write_aside(folder / ASIDE, tables.aside, say)
    known: dict = {}
    for step, room in wanted["rooms"].items():
        say(f"Scoring and protecting: {step}")
        sizes, made = importlib.import_module(f"cyclebook.{room}.prepare").prepare(district, tables)
        for respondents, numbers in sizes.items():
            known.setdefault(respondents, {}).update(numbers)
        for unit, facts in made:
            _write(new / f"{unit}.{step}.json", facts)
    _write(new / "sizes.json", known)
    _write(new / "renewed.json", _renewed(tables))
    key = wanted | {"code": code_digest(), "inputs": inputs, "environment": _environment(folder)}
    _write(new / "key.json", key)
    return "bundles-" + hashlib.sha256((new / "key.json").read_bytes()).hexdigest()[:16]


def _renewed(tables: Tables) -> list[tuple[str, str, str]]:
    """The bases of ``tables.renewed`` as sets name them: source, wave or window, school. What is rated stands under the surveys that ask it."""
    surveys = tables.ratings.groupby("rates")["survey"].unique().to_dict()
    found = {(name, period, school) for table, survey, period, school in tables.renewed
             for name in (surveys.get(survey, ()) if table == "ratings" else (survey,))}  # fmt: skip
    return sorted(found)


def _write_aside(folder: Path, aside: Mapping[str, tuple[list[str], list[list]]], say: Callable[[str], None]) -> None:
    """The rows that were set aside, a file for each source; files of an earlier reading go."""
    wanted = {f"{source}.csv": spreadsheet.to_csv([header, *rows]).encode("utf-8-sig") for source, (header, rows) in aside.items()}
    try:
        if wanted:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        for old in set(folder.glob("*.csv")) - {folder / name for name in wanted}:
            old.unlink()
        for name, content in wanted.items():
            if _bytes(folder / name) != content:
                spreadsheet.write_private(folder / name, content)
    except OSError as error:
        say(f"  the rows set aside could not be written to {folder} ({error.strerror}); `cyclebook check --all` lists them")
        return
    if wanted:
        say(f"  the rows set aside are in {folder}, a file for each source")


def _sweep(store: Path, current: str) -> None:
    """Take away bundles that no run can be working with any more: not the current ones, and a day old."""
    for old in store.glob("bundles-*"):
        if old.name != current and time.time() - old.stat().st_mtime > 86400:
            shutil.rmtree(old, ignore_errors=True)


def digest(folder: Path, bundles: Path, step: Step, school_id: str, steps: Sequence[Step] = ()) -> str:
    """What a page depends on, as one hash: bundle, notes, notebook, the steps that it leads to, code and the libraries that shape it."""
    parts = [
        (bundles / f"{school_id}.{step.name}.json").read_bytes(),
        _bytes(_notes_file(folder, step.name, school_id)),
        _cells(step.notebook, step.notebook.stat().st_mtime_ns),
        repr([(other.name, other.title, other.unit) for other in (steps if step.internal else shared(steps))]).encode(),
        code_digest().encode(),
    ]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def bundle(bundles: Path, step: str, school_id: str) -> Bundle:
    """The bundle in a folder of bundles, without notes. Raises InputError for a school that is not there."""
    file = bundles / f"{school_id}.{step}.json"
    facts = None
    if re.fullmatch(r"[A-Za-z0-9._-]{1,40}", school_id) and file.is_file():
        facts = json.loads(file.read_text(encoding="utf-8"))
    if facts is None or facts["school"]["id"] != school_id:  # file systems that ignore case find another school's
        known = sorted(path.name.removesuffix(f".{step}.json") for path in bundles.glob(f"*.{step}.json"))
        if known == [DISTRICT]:
            raise InputError(f"school_id: {step} speaks of the whole district; write {DISTRICT!r} for {school_id!r}")
        raise InputError(f"school_id: {school_id!r} is not in parameters/schools.csv; {suggest(school_id, known)}")
    statistics = from_bundle(facts.pop("statistics"))
    return Bundle(step, facts, statistics, ())


@lru_cache
def _cells(notebook: Path, changed: int) -> bytes:
    """What a notebook does: cells without outputs and counts, so that running it by hand changes nothing."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cells = [[cell["cell_type"], cell["source"], cell["metadata"].get("tags", [])] for cell in content["cells"]]
    return json.dumps([cells, content["metadata"].get("cyclebook")]).encode()


def inputs_digest(bundles: Path) -> str:
    """What the bundles were made from, as one hash: parameters, sources and program, wherever the folder lies and whatever was handed out."""
    key, folder = json.loads((bundles / "key.json").read_text(encoding="utf-8")), bundles.parents[1]
    inputs = {os.path.relpath(name, folder): content for name, (_, _, content) in key["inputs"].items()}
    released = os.path.join("data", "releases", "")
    kept = sorted((name, content) for name, content in inputs.items() if not name.startswith(released))
    return hashlib.sha256(repr([kept, key["as_of"], key["code"]]).encode()).hexdigest()


def sizes(bundles: Path) -> dict:
    """How many persons stand in each of the district's own sets (see ``privacy.complete``)."""
    return json.loads((bundles / "sizes.json").read_text(encoding="utf-8"))


def renewed(bundles: Path) -> frozenset[tuple[str, str, str]]:
    """(survey or measure, wave or window, school) of which other answers are published than were handed out, in keeping with the rule for it."""
    return frozenset(map(tuple, json.loads((bundles / "renewed.json").read_text(encoding="utf-8"))))


def current(folder: Path) -> Path | None:
    """The bundles that were made last, fresh or not; None where there are none."""
    try:
        found = folder / FOLDER / json.loads((folder / FOLDER / "current.json").read_text(encoding="utf-8"))["bundles"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if (found / "renewed.json").is_file() else None


@lru_cache
def code_digest() -> str:
    """A hash of the program's own files and of the versions of what shapes its pages."""
    package = Path(__file__).parent
    suffixes = {".py", ".yaml", ".j2", ".css", ".json"}
    versions = [f"{name} {version(name)}" for name in SHAPING]
    total = hashlib.sha256(repr([*versions, sys.version_info[:2]]).encode())
    for file in sorted(path for path in package.rglob("*") if path.suffix in suffixes):
        total.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def _notes_file(folder: Path, step: str, school_id: str) -> Path:
    return folder / "data" / "notes" / school_id / f"{step}.md"


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def _inputs(files: list[Path]) -> dict[str, list]:
    """Each file with its time, size and hash."""
    return {str(path): _state(path) for path in sorted(files)}


def _state(path: Path) -> list:
    stat = path.stat()
    return [stat.st_mtime_ns, stat.st_size, hashlib.sha256(path.read_bytes()).hexdigest()]


def _fresh(store: Path, wanted: dict) -> Path | None:
    """The current bundles if this code made them from these inputs. An unchanged time and size is believed."""
    try:
        bundles = store / json.loads((store / "current.json").read_text(encoding="utf-8"))["bundles"]
        key = json.loads((bundles / "key.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    from cyclebook import handed_out

    folder = store.parent
    now = {"as_of": wanted["as_of"], "code": code_digest(), "environment": _environment(folder)}
    if any(key.get(name) != value for name, value in now.items()):
        return None
    if not wanted["rooms"].items() <= key.get("rooms", {}).items():
        return None
    parameters = {str(path) for path in (folder / "parameters").rglob("*") if path.is_file()}
    released = {str(path) for path in handed_out.files(folder)}
    if not parameters | released <= key["inputs"].keys():
        return None
    for name, (changed, size, content) in key["inputs"].items():
        try:
            stat = os.stat(name)
            if (stat.st_mtime_ns, stat.st_size) != (changed, size) and _state(Path(name))[2] != content:
                return None
        except OSError:
            return None
    return bundles


def _environment(folder: Path) -> str:
    """The values of variables that ``sources.yaml`` expands in paths, hashed."""
    text = _bytes(folder / "parameters" / "sources.yaml").decode("utf-8", "replace")
    names = sorted(set(re.findall(r"\$\{([A-Za-z_][A-Za-z0-9_]*)", text)))
    return hashlib.sha256(repr([(name, os.environ.get(name)) for name in names]).encode()).hexdigest()


def _private(folder: Path) -> None:
    """Make the folder for its owner only, and keep it out of version control."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise CyclebookError(f"{folder}: cannot be written ({error.strerror}); allow writing there") from None


def _write(file: Path, content: dict | list) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True), encoding="utf-8")
