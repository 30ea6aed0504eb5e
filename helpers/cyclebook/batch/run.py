"""One command, every school: plan, execute in parallel, publish in one exchange."""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from cyclebook import __version__, privacy, store
from cyclebook.batch import publish
from cyclebook.batch.around import page_of
from cyclebook.batch.plan import Item, choose, manifest, plan
from cyclebook.batch.worker import Outcome, Task, execute, ledger
from cyclebook.errors import CyclebookError, InputError
from cyclebook.reading import phrase
from cyclebook.store import Step

LEDGER_COLUMNS = {"page": "str", "anchor": "str", "statistic": "str", "value": "float64", "n": "Int64",
                  "answered": "Int64", "set": "str"}  # fmt: skip


def prepare(
    folder: Path, schools: str, steps: str, as_of: date | None, say: Callable[[str], None]
) -> tuple[list[str], list[Step], list[str]]:
    """Read, score and protect for the whole district; the schools and steps that were asked for, and all schools.

    Raises InputError before anything is written where the call or the parameters are wrong.
    """
    from cyclebook.parameters import load

    every = list(load(folder, as_of).schools)
    chosen = choose(schools, every, "schools")
    known = store.steps(folder)
    names = choose(steps, [step.name for step in known], "steps")
    store.prepare(folder, {step.name: step.room for step in known}, as_of, say)
    return chosen, [step for step in known if step.name in names], every


def run(
    folder: Path,
    out: Path,
    chosen: Sequence[str],
    steps: Sequence[Step],
    every: Sequence[str],
    as_of: date | None,
    workers: int,
    force: bool,
    started: Callable[[int], None],
    finished: Callable[[Outcome], None],
) -> list[Outcome]:
    """Execute what is not fresh, publish all, and return the outcomes of what was executed.

    started: told how many pages will be executed; finished: told each as it ends.
    Raises CyclebookError when another run is at work, or when what would be published breaks the primary rule.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / store.FOLDER / "run.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError("another run is at work in this district; wait until it has ended") from None
    with lock:
        everything = [step for step in store.steps(folder)]
        new = publish.begin(out)
        try:
            items = plan(folder, out, every, everything)
            asked = {(school, step.name) for school in chosen for step in steps}
            todo = [i for i in items if (i.school_id, i.step.name) in asked and (force or i.state != "fresh")]
            started(len(todo))
            outcomes = {}
            for outcome in _execute([_task(folder, item, as_of, new, everything) for item in todo], workers):
                outcomes[outcome.school_id, outcome.step] = outcome
                finished(outcome)
            before = {(page["school_id"], page["step"]): page for page in manifest(out).get("pages", [])}
            pages = [_page(folder, out, new, item, outcomes, before, everything) for item in items]
            pages = [page for page in pages if page]
            current = {(i.school_id, i.step.name) for i in items if i.state == "fresh"} | set(outcomes)
            _finish(folder, out, new, every, everything, pages, current, as_of)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    return list(outcomes.values())


def _task(folder: Path, item: Item, as_of: date | None, new: Path, steps: Sequence[Step]) -> Task:
    bundle = store.bundle(folder, item.step, item.school_id)
    text = as_of.isoformat() if as_of else ""
    return Task(folder, item.school_id, item.step.name, item.step.notebook, text, page_of(bundle, item.step, steps), new)


def _execute(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
    """The outcomes as they come. When a worker process is killed, its tasks are tried once more, one at a time."""
    left = {(task.school_id, task.step): task for task in tasks}
    try:
        yield from _in_pool(left, min(workers, len(tasks)))
    except BrokenProcessPool:
        for key, task in list(left.items()):
            try:
                yield from _in_pool({key: task}, 1)
            except BrokenProcessPool:
                yield Outcome(*key, "the worker process was killed (often: out of memory); try fewer workers", 0, 0, 0)


def _in_pool(left: dict[tuple[str, str], Task], workers: int) -> Iterator[Outcome]:
    if not left:
        return
    pool = ProcessPoolExecutor(max(1, workers), mp_context=multiprocessing.get_context("spawn"))
    try:
        for future in as_completed([pool.submit(execute, task) for task in left.values()]):
            outcome = future.result()
            left.pop((outcome.school_id, outcome.step))
            yield outcome
    finally:
        pool.shutdown(cancel_futures=True)


def _page(
    folder: Path, out: Path, new: Path, item: Item, outcomes: dict, before: dict, steps: Sequence[Step]
) -> dict | None:
    """The manifest's entry of one page, its files brought into the new tree; None where there never was one.

    outcomes: what was executed now; before: the old manifest's entries; both by school and step.
    """
    key = item.school_id, item.step.name
    outcome, old = outcomes.get(key), before.get(key)
    whole = old is not None and bool(old["files"]) and all((out / path).is_file() for path in old["files"])
    if outcome is None:
        if not whole:
            return None
        for path in old["files"]:
            publish.take(out / path, new / path)
        return old
    entry = asdict(outcome) | {"state": "failed" if outcome.error else "ready", "input_digest": item.digest, "kept": False}
    if outcome.error and whole:
        entry |= {"kept": True, "files": _keep(folder, out, new, item, steps)}
    return entry


def _keep(folder: Path, out: Path, new: Path, item: Item, steps: Sequence[Step]) -> dict[str, str]:
    """The last good report once more, marked as old."""
    import nbformat

    from cyclebook.batch.worker import publish as write

    bundle = store.bundle(folder, item.step, item.school_id)
    notebook = nbformat.read(out / item.school_id / "executed" / f"{item.step.name}.ipynb", as_version=4)
    page = replace(page_of(bundle, item.step, steps), old=phrase("old_report", bundle.language))
    return write(notebook, page, new, item.school_id, item.step.name)


def _finish(
    folder: Path, out: Path, new: Path, every: Sequence[str], steps: Sequence[Step], pages: list[dict],
    current: set[tuple[str, str]], as_of: date | None,
) -> None:  # fmt: skip
    """Ledger, index and manifest, then the exchange. current: the pages made from the data as they are now."""
    import nbformat

    from cyclebook.batch.front import index

    bundles = {school_id: store.bundle(folder, steps[0], school_id) for school_id in every}
    html, published = index(bundles, pages, steps)
    (new / "index.html").write_text(html, encoding="utf-8")
    old = out / "published.parquet"
    before = pd.read_parquet(old) if old.is_file() else pd.DataFrame(columns=list(LEDGER_COLUMNS))
    for page in pages:
        if (page["school_id"], page["step"]) in current and not page["kept"]:
            for path in page["files"]:
                if path.endswith(".ipynb"):
                    published += ledger(nbformat.read(new / path, as_version=4))
        else:  # numbers of earlier data, as they were published
            rows = before[before["page"] == f"{page['school_id']}/{page['step']}.html"].astype(object)
            published += rows.where(rows.notna(), None).to_dict("records")
    published = privacy.complete(published, store.sizes(folder))
    table = pd.DataFrame(published, columns=list(LEDGER_COLUMNS)).astype(LEDGER_COLUMNS)
    table = table.drop_duplicates().sort_values(list(LEDGER_COLUMNS), ignore_index=True)
    smallest = int(next(iter(bundles.values())).setting("smallest_group")) if bundles else 0
    privacy.check_ledger(table, smallest)
    table.to_parquet(new / "published.parquet", index=False)
    first = next(iter(bundles.values()))
    content = {
        "format": 1,
        "district": first.facts["district"]["name"],
        "as_of": max(bundle.facts["as_of"] for bundle in bundles.values()),
        "as_of_option": as_of.isoformat() if as_of else "",
        "program": {"cyclebook": __version__, "python": platform.python_version(), **{name: version(name) for name in store.SHAPING}},
        "pages": sorted(pages, key=lambda page: (page["school_id"], page["step"])),
    }  # fmt: skip
    (new / "manifest.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    publish.exchange(new, out)


def default_workers() -> int:
    """As many workers as there are processors for this process."""
    affinity = getattr(os, "sched_getaffinity", None)
    return max(1, len(affinity(0)) if affinity else os.cpu_count() or 1)
