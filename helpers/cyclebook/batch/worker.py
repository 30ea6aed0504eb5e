"""One notebook for one school: executed by Papermill in a kernel of its own, cleaned, turned into a page."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing.connection
import os
import re
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook import spreadsheet
from cyclebook.privacy.door import FILE, LEDGER
from cyclebook.report import ReportError
from cyclebook.store import PINNED

if TYPE_CHECKING:
    import nbformat

    from cyclebook.report.html import Page

SECONDS_ALLOWED = 600  #: for one cell; a page takes a few


@dataclass(frozen=True)
class Task:
    """What is to be executed: a step's notebook for one school, and the page that it becomes."""

    folder: Path
    school_id: str
    step: str
    notebook: Path
    as_of: str
    page: Page
    bundles: Path  #: what the notebook is to read, whatever is edited meanwhile
    into: Path  #: the new tree


@dataclass(frozen=True)
class Outcome:
    """How it went. ``error`` is the first line of what went wrong and never a value from the data."""

    school_id: str
    step: str
    error: str
    seconds: float
    cpu_seconds: float
    memory_mb: float
    files: dict[str, str] = field(default_factory=dict)  #: path in the reports → sha256


def start() -> None:
    """In each worker process: leave Ctrl-C to the run, end when the run is killed, one thread for each kernel."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def end_with_parent() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    if parent is not None:
        threading.Thread(target=end_with_parent, daemon=True).start()
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


def execute(task: Task) -> Outcome:
    """Execute, clean, check and write one page into the new tree; a failure of any kind becomes an outcome."""
    watch, scratch = _Watch(), None
    try:
        scratch = Path(tempfile.mkdtemp(prefix="cyclebook."))
        notebook = run_notebook(task, scratch / "executed.ipynb")
        error, files = "", publish(notebook, task.page, task.into, task.school_id, task.step)
    except Exception as failure:  # whatever a notebook, a kernel or a library raises: the batch goes on
        error, files = explain(failure), {}
        for path in paths(task.school_id, task.step):
            (task.into / path).unlink(missing_ok=True)
        for left in (task.into / task.school_id).glob(f"{task.step}.*"):
            left.unlink()
    finally:
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
    seconds, cpu, memory = watch.stop()
    return Outcome(task.school_id, task.step, error, seconds, cpu, memory, files)


def paths(school_id: str, step: str) -> tuple[str, str]:
    """Where a page and its executed notebook stand in the reports."""
    return f"{school_id}/{step}.html", f"{school_id}/executed/{step}.ipynb"


def run_notebook(task: Task, output: Path) -> nbformat.NotebookNode:
    """The notebook as Papermill executed it, with the school as its parameter."""
    import papermill

    logging.getLogger("papermill").setLevel(logging.ERROR)
    os.environ[PINNED] = str(task.bundles)
    # all of them, so that no value that someone saved in the notebook takes the place of what was asked for
    parameters = {"school_id": task.school_id, "district": "", "as_of": task.as_of}
    return papermill.execute_notebook(
        str(task.notebook),
        str(output),
        parameters=parameters,
        kernel_name="python3",
        cwd=str(task.folder),
        progress_bar=False,
        request_save_on_cell_execute=False,
        execution_timeout=SECONDS_ALLOWED,
        extra_arguments=["--log-level=CRITICAL"],
    )


def publish(notebook: nbformat.NotebookNode, page: Page, into: Path, school_id: str, step: str) -> dict[str, str]:
    """Write the page, its executed notebook and what it attaches below ``into``; returns each file's hash by its path there."""
    import nbformat

    from cyclebook.report.html import to_html

    check(notebook, f"{school_id}/{step}.html")
    clean(notebook)
    texts = to_html(notebook, page), nbformat.writes(notebook) + "\n"
    written = dict(zip(paths(school_id, step), texts, strict=True)) | attached(notebook, school_id, step)
    hashes = {}
    for path, text in written.items():
        file = into / path
        file.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode("utf-8-sig" if file.suffix == ".csv" else "utf-8")  # spreadsheet programs look for the mark
        file.write_bytes(content)
        hashes[path] = hashlib.sha256(content).hexdigest()
    return hashes


def check(notebook: nbformat.NotebookNode, page: str) -> None:
    """Refuse a notebook that shows what did not pass the door, or that speaks of another page than ``page``."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type in ("display_data", "execute_result") and LEDGER not in output.data:
                raise ReportError(f"cell {cell.execution_count} shows something that did not pass the door; take it out")
    pages = {entry["page"] for entry in ledger(notebook)}
    if pages - {page}:
        raise ReportError(f"the notebook made {', '.join(sorted(pages))} where {page} was asked for; look at its parameters")


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Take out of an executed notebook, in place, what differs from run to run: times, paths, versions, and all that was printed."""
    import nbformat

    keep = notebook.metadata.get("cyclebook")
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    })  # fmt: skip
    if keep is not None:
        notebook.metadata["cyclebook"] = keep
    for place, cell in enumerate(notebook.cells):
        cell.metadata = nbformat.from_dict({"tags": list(cell.metadata.tags)} if cell.metadata.get("tags") else {})
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"injected-{place}"
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.output_type != "stream"]
            for output in cell.outputs:
                output.pop("transient", None)
    return notebook


def ledger(notebook: nbformat.NotebookNode) -> list[dict]:
    """Every number that the executed notebook publishes, as the door recorded it."""
    return [
        entry
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        for entry in output.get("data", {}).get(LEDGER, [])
    ]


def attached(notebook: nbformat.NotebookNode, school_id: str, step: str) -> dict[str, str]:
    """The texts of the files that the notebook attaches, by path. Raises ReportError for a name that is not the step's, and for
    a table with a cell that a spreadsheet would take for a formula.
    """
    files = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            file = output.get("data", {}).get(FILE)
            if file is None:
                continue
            if not re.fullmatch(rf"{re.escape(step)}\.(ics|csv)", file["name"]):
                raise ReportError(f"cell {cell.execution_count} attaches {file['name']!r}; a page attaches {step}.ics or {step}.csv")
            if file["name"].endswith(".csv") and not spreadsheet.is_safe(file["text"]):
                raise ReportError(f"cell {cell.execution_count} attaches a table that a spreadsheet would compute; make it with spreadsheet.to_csv")
            files[f"{school_id}/{file['name']}"] = file["text"]
    return files


def explain(failure: Exception) -> str:
    """The first line of an error for the index. Only our own errors speak; of others no more than their kind is told."""
    from cyclebook.errors import CyclebookError

    name = getattr(failure, "ename", None)
    if name is not None:  # an error raised in a cell, as Papermill reports it
        text = str(failure.evalue).splitlines()[0] if str(failure.evalue) else ""
        ours = {"CyclebookError", "InputError", "ReportError"}
        return text if name in ours and text else f"{name} in cell {failure.exec_count}; run the notebook by hand to see it"
    if isinstance(failure, CyclebookError):
        return str(failure).splitlines()[0]
    kind = type(failure).__name__
    known = {
        "DeadKernelError": "the kernel died (often: out of memory); try fewer workers",
        "CellTimeoutError": f"a cell took longer than {SECONDS_ALLOWED} seconds",
        "NoSuchKernel": "there is no Python kernel; install ipykernel in this environment",
    }
    return known.get(kind, f"{kind} while the page was made")


class _Watch:
    """Wall time, CPU time and the largest memory of this process's kernels, sampled while they live."""

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._start = time.perf_counter()
        self._own = sum(self._process.cpu_times()[:2])
        self._kernels: dict[int, float] = {}
        self._memory = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        import psutil

        while not self._done.wait(0.1):
            try:
                for child in self._process.children(recursive=True):
                    with child.oneshot():
                        self._kernels[child.pid] = sum(child.cpu_times()[:2])
                        self._memory = max(self._memory, child.memory_info().rss / 2**20)
            except psutil.Error:
                continue

    def stop(self) -> tuple[float, float, float]:
        self._done.set()
        self._thread.join()
        cpu = sum(self._process.cpu_times()[:2]) - self._own + sum(self._kernels.values())
        return round(time.perf_counter() - self._start, 2), round(cpu, 2), round(self._memory)
