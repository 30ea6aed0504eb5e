"""The run, from a folder of exports to a site: what is made, what fails, what stays, and that three ways give the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from cyclebook.batch import publish
from cyclebook.batch.plan import choose
from cyclebook.batch.worker import attached, check, clean, explain, ledger
from cyclebook.batch.worker import publish as publish_page
from cyclebook.errors import CyclebookError, InputError
from cyclebook.privacy.door import FILE, LEDGER
from cyclebook.report import ReportError
from tests import small_district
from tests.calls import answered, cyclebook

STEP = "01_collect_climate"
SECRET = "4711-a-value-from-the-data"


def answers(**persons: int) -> str:
    """An export with so many answering persons in each school, by school id without its S."""
    rows = ["School,Token,Q1,Q2"]
    for school, count in persons.items():
        rows += [f"{school[1:]},{school}{place},{'Agree' if place % 3 else 'Neither'},{'Disagree' if place % 2 else 'Neither'}" for place in range(count)]
    return "\n".join(rows) + "\n"


SCHOOLS = """
    school_id,name,level
    0101,Alder Creek School,elementary
    0102,Birch Lane School,elementary
    0103,Cedar School,middle
    """


def district(folder: Path, notebook: Path, **persons: int) -> Path:
    """Three schools, one wave, a notebook folder of its own."""
    small_district.write(folder, {"parameters/schools.csv": SCHOOLS, "data/raw/answers.csv": answers(**persons)})
    (folder / "notebooks").mkdir(exist_ok=True)
    (folder / "notebooks" / notebook.name).write_bytes(notebook.read_bytes())
    return folder


def manifest(folder: Path) -> dict[str, dict]:
    pages = json.loads((folder / "reports" / "manifest.json").read_text(encoding="utf-8"))["pages"]
    return {page["school_id"]: page for page in pages}


def broken_for(notebook: Path, school_id: str) -> None:
    """Make the notebook raise, with a value from the data in its message, for one school."""
    content = nbformat.read(notebook, as_version=4)
    content.cells.append(nbformat.v4.new_code_cell(f"if school_id == '{school_id}':\n    raise ValueError('-'.join({SECRET.split('-')}))", id="broken"))
    nbformat.write(content, notebook)


@pytest.fixture(scope="module")
def source_notebook(project_root) -> Path:
    return project_root / "notebooks" / f"{STEP}.ipynb"


@pytest.fixture(scope="module")
def failing(tmp_path_factory, source_notebook):
    """A run in which 0102 fails among others that do not, after a good run in which it did not."""
    folder = district(tmp_path_factory.mktemp("district"), source_notebook, S0101=12, S0102=10, S0103=3)
    first = cyclebook("run", "--district", folder, "--schools", "0102,0103")
    good = (folder / "reports" / "0102" / f"{STEP}.html").read_text(encoding="utf-8")
    untouched = (folder / "reports" / "0103" / f"{STEP}.html").stat()
    broken_for(folder / "notebooks" / f"{STEP}.ipynb", "0102")
    second = cyclebook("run", "--district", folder, "--schools", "0101,0102")
    return folder, first, second, good, untouched


def test_a_run_makes_the_pages_that_were_asked_for_and_says_so_in_plain_lines(failing):
    folder, first, *_ = failing
    assert first.returncode == 0, first.stderr
    assert "2/2  made" in first.stdout and "2 pages made, 0 were up to date, 0 failed" in first.stdout
    assert "\r" not in first.stdout and "\x1b" not in first.stdout


def test_one_school_fails_and_the_others_go_on(failing):
    folder, _, second, *_ = failing
    assert second.returncode == 1
    assert manifest(folder)["0101"]["state"] == "ready"
    assert manifest(folder)["0102"]["state"] == "failed" and manifest(folder)["0102"]["kept"]
    assert (folder / "reports" / "0101" / f"{STEP}.html").is_file()


def test_the_error_tells_its_kind_and_never_a_value(failing):
    folder, _, second, *_ = failing
    assert manifest(folder)["0102"]["error"].startswith("ValueError in cell")
    everything = second.stdout + second.stderr + "".join(
        path.read_text(encoding="utf-8") for path in (folder / "reports").rglob("*") if path.suffix in (".html", ".json", ".ipynb")
    )
    assert SECRET not in everything


def test_the_last_good_report_stays_and_says_that_it_is_old(failing):
    folder, _, _, good, _ = failing
    page = (folder / "reports" / "0102" / f"{STEP}.html").read_text(encoding="utf-8")
    assert "could not make this page anew" in page and "could not make this page anew" not in good
    index = (folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert "earlier report kept" in index and "ValueError in cell" in index
    assert "made from earlier data" in index  # 0103, whose notebook has changed since


def test_the_index_says_which_pages_are_older_than_the_data(failing):
    folder, *_ = failing
    index = (folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert "1 of 3 schools have all their pages, up to date." in index and "Made from earlier data: 1." in index


def test_a_page_that_was_not_asked_for_is_linked_and_not_written_again(failing):
    folder, _, _, _, before = failing
    after = (folder / "reports" / "0103" / f"{STEP}.html").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_status_and_dry_run_say_the_same_and_publish_nothing(failing):
    folder, *_ = failing
    before = (folder / "reports" / "manifest.json").read_bytes()
    status, dry = cyclebook("status", "--district", folder), answered("run", "--district", folder, "--dry-run")
    assert [line.split()[:2] for line in status.stdout.splitlines()[:3]] == [["fresh", "0101"], ["failed", "0102"], ["stale", "0103"]]
    assert [line.split()[:2] for line in dry.stdout.splitlines()[-4:-1]] == [["keep", "0101"], ["run", "0102"], ["run", "0103"]]
    assert "2 of 3 pages would be executed" in dry.stdout
    assert (folder / "reports" / "manifest.json").read_bytes() == before


def test_the_ledger_is_what_the_executed_notebooks_and_the_index_show(failing):
    folder, *_ = failing
    table = pd.read_parquet(folder / "reports" / "published.parquet")
    assert list(table) == ["page", "anchor", "statistic", "value", "n", "answered", "set"]
    assert set(table["page"]) == {"index.html", *(f"{school}/{STEP}.html" for school in ("0101", "0102", "0103"))}
    notebook = nbformat.read(folder / "reports" / "0101" / "executed" / f"{STEP}.ipynb", as_version=4)
    own = pd.DataFrame(ledger(notebook)).drop_duplicates()
    assert len(own) == (table["page"] == f"0101/{STEP}.html").sum() > 5
    assert not (table["n"] < 5).any() and not (table["answered"] < 5).any()


def test_three_persons_are_nowhere_counted_or_shown(failing):
    folder, *_ = failing
    page = (folder / "reports" / "0103" / f"{STEP}.html").read_text(encoding="utf-8")
    assert "Fewer than 5 staff answered" in page
    table = pd.read_parquet(folder / "reports" / "published.parquet")
    own = table[table["set"].str.contains("school_id=0103") & ~table["set"].str.contains(r"\|", regex=True)]
    assert len(own) and own[["value", "n", "answered"]].isna().all(axis=None)


def test_published_copies_carry_no_path_no_time_and_no_version(failing):
    folder, *_ = failing
    for path in (folder / "reports").rglob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert str(folder) not in text and "papermill" not in json.loads(text)["metadata"]
        assert json.loads(text)["metadata"]["language_info"] == {"name": "python"}
        assert not any("execution" in cell["metadata"] for cell in json.loads(text)["cells"])


def test_the_next_run_makes_only_what_failed_or_is_stale(failing, source_notebook):
    folder, *_ = failing
    (folder / "notebooks" / f"{STEP}.ipynb").write_bytes(source_notebook.read_bytes())
    run = cyclebook("run", "--district", folder)
    assert run.returncode == 0 and manifest(folder)["0102"]["state"] == "ready"
    again = cyclebook("run", "--district", folder)
    assert "0 pages made, 3 were up to date, 0 failed" in again.stdout
    note = folder / "data" / "notes" / "0101" / f"{STEP}.md"
    note.parent.mkdir(parents=True)
    note.write_text("## participation\n\nWe will ask again in *May*.\n", encoding="utf-8")
    third = cyclebook("run", "--district", folder)
    assert "1 page made, 2 were up to date" in third.stdout
    page = (folder / "reports" / "0101" / f"{STEP}.html").read_text(encoding="utf-8")
    assert "We will ask again in <em>May</em>." in page
    assert note.read_text(encoding="utf-8") == "## participation\n\nWe will ask again in *May*.\n"


# Three ways of running a notebook


def shown(notebook: nbformat.NotebookNode) -> list:
    """Outputs, data and metadata of all cells but the injected one."""
    cells = [cell for cell in clean(notebook).cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    return [(c.cell_type, c.source, c.metadata, [(o.output_type, o.data, o.metadata) for o in c.get("outputs", [])]) for c in cells]


def test_by_hand_by_papermill_and_in_the_batch_the_result_is_the_same(tmp_path, source_notebook):
    folder = district(tmp_path / "district", source_notebook, S0101=12, S0102=10, S0103=9)
    assert cyclebook("run", "--district", folder, "--schools", "0102").returncode == 0
    batch = nbformat.read(folder / "reports" / "0102" / "executed" / f"{STEP}.ipynb", as_version=4)

    out = tmp_path / "out.ipynb"
    papermill = [sys.executable, "-m", "papermill", source_notebook, out, "-r", "school_id", "0102", "-p", "district", folder]
    subprocess.run(list(map(str, papermill)), check=True, capture_output=True, cwd=tmp_path)
    plain = nbformat.read(out, as_version=4)

    from nbclient import NotebookClient

    by_hand = nbformat.read(folder / "notebooks" / f"{STEP}.ipynb", as_version=4)
    cell = next(cell for cell in by_hand.cells if "parameters" in cell.metadata.get("tags", []))
    cell.source = cell.source.replace('school_id = "0103"', 'school_id = "0102"')
    NotebookClient(by_hand, kernel_name="python3", resources={"metadata": {"path": str(folder / "notebooks")}}).execute()
    cell.source = cell.source.replace('school_id = "0102"', 'school_id = "0103"')

    assert len(ledger(batch)) > 20
    assert shown(plain) == shown(batch)
    assert shown(by_hand) == shown(batch)


def test_a_school_id_that_papermill_turned_into_a_number_is_refused(tmp_path, source_notebook):
    folder = district(tmp_path / "district", source_notebook, S0101=12)
    command = [sys.executable, "-m", "papermill", source_notebook, tmp_path / "out.ipynb", "-p", "school_id", "101", "-p", "district", folder]
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert run.returncode != 0 and "is not text" in run.stderr


# Wrong calls end with 2 and write nothing


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--schools", "010"], 'did you mean "0103"?'),
        (["--steps", "09"], "09"),
        (["--as-of", "yesterday"], "2025-11-21"),
    ],
)
def test_a_wrong_call_writes_nothing(tmp_path, source_notebook, arguments, said):
    folder = district(tmp_path, source_notebook, S0101=12)
    run = answered("run", "--district", folder, *arguments)
    assert run.returncode == 2 and said in run.stderr
    assert not (folder / "reports").exists()


def test_a_missing_file_is_named_and_nothing_is_written(tmp_path, source_notebook):
    folder = district(tmp_path, source_notebook, S0101=12)
    (folder / "data" / "raw" / "answers.csv").unlink()
    run = cyclebook("run", "--district", folder)
    assert run.returncode == 2 and "answers.csv" in run.stderr and "Traceback" not in run.stderr and not (folder / "reports").exists()


def test_check_prints_the_receipt_and_writes_nothing(tmp_path, source_notebook):
    folder = district(tmp_path, source_notebook, S0101=6)
    with (folder / "data" / "raw" / "answers.csv").open("a") as file:
        file.write("Nowhere,x,Agree,Agree\n0101,y,Agre,Agree\n")
    before = sorted(folder.rglob("*"))
    run = cyclebook("check", cwd=folder / "data")
    assert run.returncode == 0
    assert "read 8, kept 7, set aside 1, flagged 1" in run.stdout
    assert "row 8, column School, value 'Nowhere'" in run.stdout and "value 'Agre'" in run.stdout
    assert sorted(folder.rglob("*")) == before


def test_check_refuses_what_a_run_would_refuse(tmp_path, source_notebook):
    folder = district(tmp_path, source_notebook, S0101=12)
    sources = folder / "parameters" / "sources.yaml"
    text = sources.read_text(encoding="utf-8").replace("surveys:\n", "surveys:\n  again: {title: Again}\n")
    text += """  twice: {table: responses, survey: again, form: csv, path: data/raw/answers.csv, wave: 2025-fall, school: School,
          codebook: staff}\n"""
    sources.write_text(text, encoding="utf-8")
    for command in ("check", "run"):
        done = answered(command, "--district", folder)
        assert done.returncode == 2 and "two surveys" in done.stderr
    assert not (folder / "reports").exists()


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path, source_notebook):
    folder = district(tmp_path, source_notebook, S0101=12)
    content = nbformat.read(source_notebook, as_version=4)
    for cell in content.cells:
        cell.metadata["tags"] = []
    nbformat.write(content, folder / "notebooks" / f"{STEP}.ipynb")
    run = answered("run", "--district", folder)
    assert run.returncode == 2 and "parameters" in run.stderr


def test_a_folder_that_a_run_did_not_make_is_not_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("precious")
    with pytest.raises(CyclebookError, match="not made by a run"):
        publish.begin(tmp_path / "out")
    assert (tmp_path / "out" / "thesis.docx").read_text() == "precious"


def test_a_kernel_that_dies_is_one_failed_page(tmp_path, source_notebook):
    folder = district(tmp_path, source_notebook, S0101=12, S0102=10)
    notebook = folder / "notebooks" / f"{STEP}.ipynb"
    content = nbformat.read(notebook, as_version=4)
    content.cells.append(nbformat.v4.new_code_cell("import os\nos._exit(9) if school_id == '0102' else None", id="dies"))
    nbformat.write(content, notebook)
    run = cyclebook("run", "--district", folder, "--schools", "0101,0102")
    assert run.returncode == 1 and "the kernel died" in manifest(folder)["0102"]["error"]
    assert manifest(folder)["0101"]["state"] == "ready" and manifest(folder)["0102"]["files"] == {}
    assert not list((folder / "reports").glob("0102/*.html"))
    assert cyclebook("run", "--district", folder, "--schools", "0101").returncode == 0
    assert "the kernel died" in manifest(folder)["0102"]["error"]  # still said, though it was not asked for
    assert "1 failed" in answered("status", "--district", folder).stdout


# What does not pass


def notebook_of(*outputs):
    cell = nbformat.v4.new_code_cell("x", outputs=list(outputs))
    return nbformat.v4.new_notebook(cells=[cell])


def test_what_did_not_pass_the_door_is_not_published_and_what_was_printed_is_dropped():
    raw = nbformat.v4.new_output("display_data", data={"text/html": "<table></table>", "text/plain": "raw"})
    with pytest.raises(ReportError, match="door"):
        check(notebook_of(raw), "0101/x.html")
    printed = nbformat.v4.new_output("stream", name="stdout", text=SECRET)
    assert SECRET not in nbformat.writes(clean(notebook_of(printed)))


def test_a_notebook_that_speaks_of_another_school_is_not_published():
    entry = {"page": "0102/x.html", "anchor": "a", "statistic": "s", "value": 1.0, "n": 9, "answered": 9, "set": "x"}
    shown = nbformat.v4.new_output("display_data", data={"text/html": "x", LEDGER: [entry]})
    check(notebook_of(shown), "0102/x.html")
    with pytest.raises(ReportError, match="0102/x.html where 0101/x.html"):
        check(notebook_of(shown), "0101/x.html")


def test_a_district_or_date_saved_in_the_notebook_does_not_win(tmp_path, source_notebook):
    other = district(tmp_path / "other", source_notebook, S0101=33)
    folder = district(tmp_path / "own", source_notebook, S0101=12)
    content = nbformat.read(source_notebook, as_version=4)
    cell = next(cell for cell in content.cells if "parameters" in cell.metadata.get("tags", []))
    cell.source = cell.source.replace('district = ""', f'district = "{other.as_posix()}"').replace('as_of = ""', 'as_of = "2031-01-01"')
    nbformat.write(content, folder / "notebooks" / source_notebook.name)
    assert cyclebook("run", "--district", folder, "--schools", "0101").returncode == 0
    page = (folder / "reports" / "0101" / f"{STEP}.html").read_text(encoding="utf-8")
    assert "12 staff answered" in page and "33 staff" not in page and "2031" not in page


def test_the_reports_of_another_district_are_not_mixed_with_ours(tmp_path, source_notebook):
    folder = district(tmp_path / "own", source_notebook, S0101=12)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text('{"district_id": "elsewhere", "pages": []}')
    run = answered("run", "--district", folder, "--out", tmp_path / "out")
    assert run.returncode == 2 and "elsewhere" in run.stderr


def test_a_note_that_cannot_be_read_fails_its_page_and_one_without_a_school_is_named(tmp_path, source_notebook):
    folder = district(tmp_path, source_notebook, S0101=12, S0102=10)
    for school, content in (("0102", "Gr\xfc\xdfe".encode("latin-1")), ("101", b"## scales\nx\n")):
        note = folder / "data" / "notes" / school / f"{STEP}.md"
        note.parent.mkdir(parents=True)
        note.write_bytes(content)
    run = cyclebook("run", "--district", folder, "--schools", "0101,0102")
    assert run.returncode == 1 and manifest(folder)["0101"]["state"] == "ready"
    assert "data/notes" not in manifest(folder)["0102"]["error"] or "0102" in manifest(folder)["0102"]["error"]
    assert "UTF-8" in manifest(folder)["0102"]["error"] and str(folder) not in manifest(folder)["0102"]["error"]
    assert f"not read: data/notes/101/{STEP}.md" in run.stdout


def test_a_stricter_rule_takes_away_old_pages_that_break_it(tmp_path, source_notebook):
    folder = district(tmp_path, source_notebook, S0101=12, S0102=9)
    assert cyclebook("run", "--district", folder, "--schools", "0101,0102").returncode == 0
    settings = folder / "parameters" / "district.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "settings: {smallest_group: 10}\n", encoding="utf-8")
    assert cyclebook("run", "--district", folder, "--schools", "0101").returncode == 0
    assert set(manifest(folder)) == {"0101"} and not (folder / "reports" / "0102").is_dir() or not any((folder / "reports" / "0102").rglob("*.html"))
    table = pd.read_parquet(folder / "reports" / "published.parquet")
    assert not (table["n"] < 10).any()


# The district's own page, and what hangs between pages


@pytest.fixture(scope="module")
def two_steps(tmp_path_factory, project_root, source_notebook):
    """A district with the first step and the district's own, run for everything."""
    folder = district(tmp_path_factory.mktemp("two"), source_notebook, S0101=12, S0102=10, S0103=9)
    overview = project_root / "notebooks" / "05_district_overview.ipynb"
    (folder / "notebooks" / overview.name).write_bytes(overview.read_bytes())
    return folder, cyclebook("run", "--district", folder)


OVERVIEW = "_district/05_district_overview"


def test_the_district_has_one_page_in_the_same_batch_and_every_page_leads_on(two_steps):
    folder, done = two_steps
    assert done.returncode == 0, done.stderr
    assert "4 pages made" in done.stdout
    reports = folder / "reports"
    page, whole = ((reports / name).read_text(encoding="utf-8") for name in (f"0101/{STEP}.html", f"{OVERVIEW}.html"))
    assert f'href="../{OVERVIEW}.html"' in page and 'href="../index.html"' in page and 'aria-current="page"' in page
    assert 'href="../index.html"' in whole and "0101/" not in whole.split("<main")[0]
    assert f'href="{OVERVIEW}.html"' in (reports / "index.html").read_text(encoding="utf-8")
    table = pd.read_parquet(reports / "published.parquet")
    assert f"{OVERVIEW}.html" in set(table["page"]) and not (table["n"] < 5).any()


def test_the_districts_page_is_made_when_it_is_asked_for(two_steps):
    folder, _ = two_steps
    assert "1 of 1 page would" in answered("run", "--district", folder, "--steps", "05", "--force", "--dry-run").stdout
    assert "1 of 1 page would" in answered("run", "--district", folder, "--schools", "_district", "--force", "--dry-run").stdout
    assert "1 of 1 page would" in answered("run", "--district", folder, "--schools", "0101", "--force", "--dry-run").stdout
    none = answered("run", "--district", folder, "--schools", "0101", "--steps", "05")
    assert none.returncode == 2 and "_district" in none.stderr
    assert "fresh   _district  05_district_overview" in answered("status", "--district", folder).stdout


def test_another_unit_than_the_steps_own_is_refused(two_steps):
    from cyclebook.store import open_bundle

    folder, _ = two_steps
    with pytest.raises(InputError, match="speaks of the whole district"):
        open_bundle("05_district_overview", "overview", "0101", folder)
    with pytest.raises(InputError, match="schools.csv"):
        open_bundle(STEP, "climate", "_district", folder)


def test_a_note_for_the_districts_page_is_read_and_one_for_no_page_is_named(two_steps):
    folder, _ = two_steps
    for name, text in ((OVERVIEW, "## cabinet\nTalked about in May.\n"), ("0101/05_district_overview", "## cabinet\nLost.\n")):
        note = folder / "data" / "notes" / f"{name}.md"
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(text, encoding="utf-8")
    again = cyclebook("run", "--district", folder)
    assert "1 page made, 3 were up to date" in again.stdout
    assert "not read: data/notes/0101/05_district_overview.md" in again.stdout
    assert "Talked about in May." in (folder / "reports" / f"{OVERVIEW}.html").read_text(encoding="utf-8")


def attaching(name: str):
    file = {"name": name, "text": "BEGIN:VCALENDAR\r\n"}
    return notebook_of(nbformat.v4.new_output("display_data", data={"text/html": "x", LEDGER: [], FILE: file}))


def test_what_a_page_attaches_is_published_beside_it(tmp_path):
    from cyclebook.report.html import Page

    page = Page(title="Plan", school="Alder Creek", district="Tiny", synthetic=False)
    files = publish_page(attaching("03_plan.ics"), page, tmp_path, "0101", "03_plan")
    assert set(files) == {"0101/03_plan.html", "0101/executed/03_plan.ipynb", "0101/03_plan.ics"}
    assert (tmp_path / "0101" / "03_plan.ics").read_bytes() == b"BEGIN:VCALENDAR\r\n"


@pytest.mark.parametrize("name", ["../03_plan.ics", "04_other.ics", "03_plan.exe", "03_plan.html"])
def test_a_page_attaches_under_its_own_name_only(name):
    with pytest.raises(ReportError, match="a page attaches 03_plan.ics"):
        attached(attaching(name), "0101", "03_plan")


# Choosing, publishing, explaining


def test_schools_and_steps_are_chosen_by_name_or_number():
    assert choose("all", ["0101", "0102"], "schools") == ["0101", "0102"]
    assert choose("0102, 0101", ["0101", "0102"], "schools") == ["0101", "0102"]
    assert choose("01", [STEP, "02_review_norms"], "steps") == [STEP]
    with pytest.raises(InputError, match="did you mean '?\"?0101"):
        choose("101", ["0101", "0102"], "schools")
    with pytest.raises(InputError):
        choose(" , ", ["0101"], "schools")


def tree(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(text)
    return folder


def test_trees_change_places(tmp_path):
    out = tree(tmp_path / "reports", "old")
    new = publish.begin(out)
    (new / "manifest.json").write_text("new")
    publish.exchange(new, out)
    assert (out / "manifest.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


@pytest.mark.skipif(os.name != "posix", reason="folder permissions are POSIX's")
def test_reports_are_their_makers_only_until_these_open_them(tmp_path):
    before = os.umask(0o002)  # a system that shares with a group
    try:
        out = tmp_path / "deep" / "reports"
        new = publish.begin(out)
        (new / "manifest.json").write_text("new")
        assert new.stat().st_mode & 0o777 == 0o700  # while it is made, too
        publish.exchange(new, out)
        assert out.stat().st_mode & 0o777 == 0o700
        out.chmod(0o750)
        new = publish.begin(out)
        assert new.stat().st_mode & 0o777 == 0o700
        publish.exchange(new, out)
        assert out.stat().st_mode & 0o777 == 0o750
    finally:
        os.umask(before)


def test_trees_change_places_by_two_renames_where_there_is_no_exchange(tmp_path, monkeypatch):
    monkeypatch.setattr(publish, "_exchange_at_once", lambda new, out: False)
    test_trees_change_places(tmp_path)


def test_a_run_that_was_cut_between_the_two_renames_is_mended_by_the_next(tmp_path):
    tree(tmp_path / ".reports.old", "old")
    tree(tmp_path / ".reports.new-x", "half")
    new = publish.begin(tmp_path / "reports")
    assert (tmp_path / "reports" / "manifest.json").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([new.name, "reports"])


def test_a_taken_file_is_the_same_file(tmp_path):
    (tmp_path / "a").write_text("x")
    publish.take(tmp_path / "a", tmp_path / "deep" / "b")
    assert os.path.samefile(tmp_path / "a", tmp_path / "deep" / "b")


def test_only_our_own_errors_speak():
    class Raised(Exception):
        ename, evalue, exec_count = "InputError", "school_id: '0100' is not in parameters/schools.csv\nmore", 3

    class Foreign(Exception):
        ename, evalue, exec_count = "KeyError", SECRET, 4

    assert explain(Raised()) == "school_id: '0100' is not in parameters/schools.csv"
    assert SECRET not in explain(Foreign()) and "KeyError" in explain(Foreign())
    assert SECRET not in explain(RuntimeError(SECRET))
    assert explain(InputError("as_of: wrong\nmore")) == "as_of: wrong"


def test_two_runs_at_once_do_not_mix(tmp_path, source_notebook):
    """The first run stays at its page until the second has been refused, however slow the machine."""
    folder, refused = district(tmp_path / "tiny", source_notebook, S0101=12), tmp_path / "refused"
    notebook = folder / "notebooks" / f"{STEP}.ipynb"
    content = nbformat.read(notebook, as_version=4)
    wait = f"import pathlib, time\nfor _ in range(3000):\n    if not pathlib.Path({str(refused)!r}).exists():\n        time.sleep(0.1)"
    content.cells.append(nbformat.v4.new_code_cell(wait, id="waits"))
    nbformat.write(content, notebook)
    run = ("run", "--district", str(folder), "--schools", "0101")
    first = subprocess.Popen([sys.executable, "-m", "cyclebook.cli", *run], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        for _ in range(600):
            if list(folder.glob(".reports.new-*")):
                break
            time.sleep(0.1)
        second = cyclebook(*run)
    finally:
        refused.touch()
        first.communicate()
    assert first.returncode == 0
    assert second.returncode == 2 and "another run is at work" in second.stderr
