"""One command, every school: plan, execute in parallel, publish in one exchange."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import __version__, handed_out, privacy, store
from cyclebook.batch import promise, publish
from cyclebook.batch.around import approval_for, page_of
from cyclebook.batch.attack import ends
from cyclebook.batch.front import index
from cyclebook.batch.choice import Choice
from cyclebook.batch.plan import Item, choose, manifest, plan
from cyclebook.batch.worker import Outcome, Task, execute, ledger, paths, start
from cyclebook.batch.worker import publish as publish_page
from cyclebook.errors import InputError
from cyclebook.parameters.names import DISTRICT
from cyclebook.parameters.settings import PUBLIC
from cyclebook.privacy import audit
from cyclebook.reading import phrase
from cyclebook.store import Bundle, Step

if TYPE_CHECKING:
    from cyclebook.parameters import District
    from cyclebook.report.html import Page

LEDGER_COLUMNS = {"page": "str", "anchor": "str", "statistic": "str", "value": "float64", "n": "Int64",
                  "answered": "Int64", "set": "str"}  # fmt: skip


@dataclass(frozen=True)
class Job:
    """What a run works on: the district's folder and its bundles, all schools and steps, those asked for, and its parameters."""

    folder: Path
    bundles: Path
    out: Path
    as_of: date | None
    every: tuple[str, ...]
    steps: tuple[Step, ...]
    asked: frozenset[tuple[str, str]]
    scales: Mapping[str, tuple[float, float]]  #: the ends of each scale
    district: District

    def bundle(self, school_id: str, step: Step) -> Bundle:
        return store.bundle(self.bundles, step.name, school_id)

    def plan(self) -> list[Item]:
        return plan(self.folder, self.bundles, self.out, self.every, self.steps)


def prepare(
    folder: Path, out: Path, schools: str, steps: str, as_of: date | None, say: Callable[[str], None]
) -> Job:
    """Read, score and protect for the whole district, whatever schools and steps are asked for.

    Raises InputError before anything is published where the call or the parameters are wrong.
    """
    from cyclebook.parameters import load

    folder = folder.resolve()
    district = load(folder, as_of)
    other = manifest(out).get("district_id", district.id)
    if other != district.id:
        raise InputError(f"--out: {out} holds the reports of the district {other!r}; choose another folder")
    every = list(district.schools)
    choice = Choice.of(schools, district, [*every, DISTRICT])
    known = store.steps(folder)
    names = choose(steps, [step.name for step in known], "steps")
    known = _for_audience(known, names if steps.strip() != "all" else [], district, say)
    bundles = store.prepare(folder, {step.name: step.room for step in known}, as_of, say)
    unit = known[0].units(every)[0]
    day = store.bundle(bundles, known[0].name, unit).facts["as_of"]
    chosen = choice.schools(store.iso_date(day))
    for note in stray_notes(folder, every, known):
        say(f"  not read: {note} (no such school or step; see data/notes/README.md)")
    asked = frozenset(
        (unit, step.name) for step in known if step.name in names for unit in step.units(every) if unit in chosen
    )
    if not asked:
        raise InputError(f"--schools, --steps: no page is both of {schools} and of {steps}; the district's own page is of {DISTRICT}")
    return Job(folder, bundles, out, as_of, tuple(every), tuple(known), asked, ends(district), district)


def _for_audience(steps: Sequence[Step], named: Sequence[str], district: District, say: Callable[[str], None]) -> list[Step]:
    """The steps that a district's audience may see: of the public, none that is internal.

    named: those asked for by name. Raises InputError where one of them is internal, and where no step is left.
    """
    left_out = [step for step in steps if step.internal and district.audience == PUBLIC]
    if not left_out:
        return list(steps)
    asked = [step.name for step in left_out if step.name in named]
    why = "it is for the district's own team, and parameters/district.yaml makes pages for the public (privacy: audience)"
    if asked:
        raise InputError(f"--steps: {asked[0]} is internal: {why}; leave it out, or make it with `audience: staff` and hand it to nobody")
    for step in left_out:
        say(f"  left out: {step.name} ({why})")
    kept = [step for step in steps if step not in left_out]
    if not kept:
        raise InputError("notebooks/: all steps are internal, and pages for the public show none of these")
    return kept


def stray_notes(folder: Path, schools: Sequence[str], steps: Sequence[Step]) -> list[str]:
    """Files of notes that belong to no page, so that no note is overlooked in silence."""
    notes = folder / "data" / "notes"
    known = {(unit, f"{step.name}.md") for step in steps for unit in step.units(schools)}
    found = (path.relative_to(notes) for path in sorted(notes.rglob("*.md"))) if notes.is_dir() else ()
    return [f"data/notes/{path.as_posix()}" for path in found if path.parts not in known and path.name != "README.md"]


def run(
    job: Job, workers: int, force: bool, started: Callable[[int], None], finished: Callable[[Outcome], None]
) -> list[Outcome]:
    """Execute what is not fresh, publish all, and return the outcomes of what was executed.

    started: told how many pages will be executed; finished: told each as it ends.
    Raises InputError when another run is at work, PrivacyError when what would be published breaks the primary rule.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(job.folder / store.FOLDER / "run.lock", mode=0o600)
    try:
        held = lock.acquire(timeout=0)
    except Timeout:
        raise InputError("another run is at work in this district; wait until it has ended") from None
    with held:
        new = publish.begin(job.out)
        try:
            items = job.plan()
            todo = [i for i in items if (i.school_id, i.step.name) in job.asked and (force or i.state != "fresh")]
            started(len(todo))
            outcomes = {}
            for outcome in _execute([_task(job, item, new) for item in todo], workers):
                outcomes[outcome.school_id, outcome.step] = outcome
                finished(outcome)
            before = {(page["school_id"], page["step"]): page for page in manifest(job.out).get("pages", [])}
            pages = [_page(job, new, item, outcomes, before) for item in items]
            current = {(i.school_id, i.step.name) for i in items if i.state == "fresh"} | set(outcomes)
            _finish(job, new, [page for page in pages if page], current)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    return list(outcomes.values())


def _task(job: Job, item: Item, new: Path) -> Task:
    page = _page_of(job, item)
    as_of = job.as_of.isoformat() if job.as_of else ""
    return Task(job.folder, item.school_id, item.step.name, item.step.notebook, as_of, page, job.bundles, new)


def _page_of(job: Job, item: Item) -> Page:
    return page_of(job.bundle(item.school_id, item.step), item.step, job.steps)


def _execute(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
    """The outcomes as they come. When a worker process is killed, what is left is tried again, at last one by one."""
    left = {(task.school_id, task.step): task for task in tasks}
    for _ in range(3):
        try:
            yield from _in_pool(left, min(workers, len(left)))
            return
        except BrokenProcessPool:
            continue
    for key, task in list(left.items()):
        try:
            yield from _in_pool({key: task}, 1)
        except BrokenProcessPool:
            yield Outcome(*key, "the worker process was killed (often: out of memory); try fewer workers", 0, 0, 0)


def _in_pool(left: dict[tuple[str, str], Task], workers: int) -> Iterator[Outcome]:
    if not left:
        return
    pool = ProcessPoolExecutor(max(1, workers), mp_context=multiprocessing.get_context("spawn"), initializer=start)
    try:
        for future in as_completed([pool.submit(execute, task) for task in left.values()]):
            outcome = future.result()
            left.pop((outcome.school_id, outcome.step))
            yield outcome
    finally:
        pool.shutdown(cancel_futures=True)


def _page(job: Job, new: Path, item: Item, outcomes: dict, before: dict) -> dict | None:
    """The manifest's entry of one page, its files brought into the new tree; None where there never was one.

    outcomes: what was executed now; before: the old manifest's entries; both by school and step.
    """
    key = item.school_id, item.step.name
    outcome, old = outcomes.get(key), before.get(key)
    whole = old is not None and bool(old["files"]) and all((job.out / path).is_file() for path in old["files"])
    if outcome is None:
        if old is not None and not old["files"]:
            return old  # failed before, and not asked for now
        if not whole:
            return None
        approval = approval_for(job.district, item.school_id, item.step)
        if old.get("approval") != approval:  # given or withdrawn, it holds for all pages at once
            return old | {"files": _frame(job, new, item, old["kept"]), "approval": approval}
        for path in old["files"]:
            publish.take(job.out / path, new / path)
        return old
    entry = asdict(outcome) | {"state": "failed" if outcome.error else "ready", "input_digest": item.digest, "kept": False}
    entry["approval"] = approval_for(job.district, item.school_id, item.step)
    if outcome.error and whole:
        entry |= {"kept": True, "files": _frame(job, new, item, old=True)}
    return entry


def _frame(job: Job, new: Path, item: Item, old: bool) -> dict[str, str]:
    """The last good report in a frame of today, ``old``: marked as kept because it could not be made anew."""
    import nbformat

    notebook = nbformat.read(job.out / paths(item.school_id, item.step.name)[1], as_version=4)
    page = _page_of(job, item)
    page = replace(page, old=phrase("old_report", page.language) if old else None)
    return publish_page(notebook, page, new, item.school_id, item.step.name)


def _finish(job: Job, new: Path, pages: list[dict], current: set[tuple[str, str]]) -> None:
    """Ledger, index and manifest, then the exchange. current: the pages made from the data as they are now."""
    import nbformat

    school_steps = [step for step in job.steps if step.unit == "school"]
    bundles = {school_id: job.bundle(school_id, school_steps[0]) for school_id in job.every}
    first = next(iter(bundles.values()))
    smallest = int(first.setting("smallest_group"))
    old = job.out / "published.parquet"
    before = pd.read_parquet(old) if old.is_file() else pd.DataFrame(columns=list(LEDGER_COLUMNS))
    earlier = {name: rows for name, rows in before.groupby("page")}
    published, kept = [], []
    for page in pages:
        html, executed = paths(page["school_id"], page["step"])
        if not page["files"]:
            rows = []
        elif (page["school_id"], page["step"]) in current and not page["kept"]:
            rows = privacy.complete(ledger(nbformat.read(new / executed, as_version=4)), store.sizes(job.bundles))
        else:  # numbers of earlier data, as they were published; what breaks the rule of today does not stay
            found = earlier.get(html, before.iloc[:0])
            try:
                privacy.check_ledger(found, smallest)
            except privacy.PrivacyError:
                for path in page["files"]:
                    (new / path).unlink()
                if (page["school_id"], page["step"]) not in current:
                    continue
                page = page | {"kept": False, "files": {}}
            rows = found.astype(object).where(found.notna(), None).to_dict("records") if page["files"] else []
        kept.append(page)
        published += rows
    html, rows = index(bundles, kept, job.steps, current)
    front = {"index.html": html, promise.PAGE: promise.page(job.district)}
    for name, text in front.items():
        (new / name).write_bytes(text.encode("utf-8"))
    (new / ".gitignore").write_text("*\n", encoding="utf-8")  # wherever --out puts it, git leaves it there
    published += privacy.complete(rows, store.sizes(job.bundles))
    table = pd.DataFrame(published, columns=list(LEDGER_COLUMNS)).astype(LEDGER_COLUMNS)
    table = table.drop_duplicates().sort_values(list(LEDGER_COLUMNS), ignore_index=True)
    privacy.check_ledger(table, smallest)
    audit.check(table, smallest, job.scales, handed_out.ledgers(job.folder), store.renewed(job.bundles))
    table.to_parquet(new / "published.parquet", index=False)
    content = {
        "format": 1,
        "district": first.facts["district"]["name"],
        "district_id": first.facts["district"]["id"],
        "as_of": max(bundle.facts["as_of"] for bundle in bundles.values()),
        "as_of_option": job.as_of.isoformat() if job.as_of else "",
        "inputs": store.inputs_digest(job.bundles),
        "whole": {name: hashlib.sha256((new / name).read_bytes()).hexdigest() for name in ("index.html", "published.parquet")},
        "program": {"cyclebook": __version__, "python": platform.python_version(), **{name: version(name) for name in store.SHAPING}},
        "front": {name: hashlib.sha256(text.encode("utf-8")).hexdigest() for name, text in front.items()},
        "pages": sorted(kept, key=lambda page: (page["school_id"], page["step"])),
    }  # fmt: skip
    (new / "manifest.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    publish.exchange(new, job.out)


def default_workers() -> int:
    """As many workers as there are processors for this process."""
    affinity = getattr(os, "sched_getaffinity", None)
    return max(1, len(affinity(0)) if affinity else os.cpu_count() or 1)
