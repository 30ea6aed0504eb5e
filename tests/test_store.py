"""Bundles: made when missing, made anew when an input has changed, and never another school's."""

from __future__ import annotations

import json
import os
import stat

import pytest

from cyclebook import store
from cyclebook.errors import InputError
from tests import small_district
from tests.test_batch import SCHOOLS, answers

STEP, ROOM = "01_collect_climate", "climate"


@pytest.fixture
def folder(tmp_path):
    return small_district.write(tmp_path, {"parameters/schools.csv": SCHOOLS, "data/raw/answers.csv": answers(S0101=12, S0102=10, S0103=9)})


def opened(folder, school="0101", **options):
    return store.open_bundle(STEP, ROOM, school, folder, **options)


def apart(**persons) -> str:
    """Answers that are better in 0102 than elsewhere."""
    lines = answers(**persons).splitlines()
    return "\n".join(line.replace(",Neither,", ",Agree,") if line.startswith("0102") else line for line in lines) + "\n"


def current(folder):
    """The folder of the bundles in use."""
    return folder / store.FOLDER / json.loads((folder / store.FOLDER / "current.json").read_text())["bundles"]


def made(folder) -> int:
    return current(folder).stat().st_ino


def mean(bundle) -> float:
    return bundle.statistics.cell("mean", school_id=bundle.facts["school"]["id"], wave="2025-fall").value


def test_a_bundle_holds_its_own_school_and_the_district_alone(folder):
    bundle = opened(folder)
    assert set(bundle.statistics.unique("school_id")) == {"0101", ""}
    assert bundle.page == f"0101/{STEP}.html"


def test_it_is_found_from_any_folder_below(folder):
    assert opened(folder / "data" / "raw").facts["school"]["name"] == "Alder Creek School"


def test_nothing_is_made_again_while_nothing_changes(folder):
    opened(folder)
    before = made(folder)
    os.utime(folder / "data" / "raw" / "answers.csv")  # a new time, the same content
    opened(folder, "0102")
    assert made(folder) == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data/raw/answers.csv", answers(S0101=14, S0102=10, S0103=9)),
        ("parameters/schools/0101.yaml", "settings: {answer_gate_answers: 12}\n"),
        ("parameters/schools.csv", "school_id,name\n0101,Alder Creek School\n0102,Birch\n0103,Cedar\n"),
    ],
)
def test_a_changed_or_added_input_makes_them_anew(folder, name, content):
    opened(folder)
    before = made(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")
    opened(folder)
    assert made(folder) != before


def test_a_variable_in_a_path_makes_them_anew(folder, monkeypatch):
    sources = folder / "parameters" / "sources.yaml"
    sources.write_text(sources.read_text().replace("data/raw/answers.csv", "'${CYCLEBOOK_TEST_RAW:-data/raw}/answers.csv'"))
    first = mean(opened(folder))
    (folder / "other").mkdir()
    (folder / "other" / "answers.csv").write_text(answers(S0101=12, S0102=10, S0103=9).replace("Agree", "Disagree"))
    monkeypatch.setenv("CYCLEBOOK_TEST_RAW", "other")
    assert mean(opened(folder)) != first


def test_another_date_makes_them_anew_and_a_wrong_one_is_refused(folder):
    assert opened(folder, as_of="2025-12-01").facts["as_of"] == "2025-12-01"
    assert opened(folder).facts["as_of"] == "2025-10-24"
    with pytest.raises(InputError, match="as_of"):
        opened(folder, as_of="12/01/2025")


def test_one_more_answer_elsewhere_leaves_a_page_as_it_was(folder):
    raw = folder / "data" / "raw" / "answers.csv"
    raw.write_text(apart(S0101=90, S0102=60, S0103=303))
    opened(folder)
    step = store.steps(folder)[0]
    before = {school: store.digest(folder, current(folder), step, school) for school in ("0101", "0103")}
    raw.write_text(apart(S0101=90, S0102=60, S0103=304))
    opened(folder)
    after = {school: store.digest(folder, current(folder), step, school) for school in before}
    assert after["0101"] == before["0101"]  # no number shown there has moved, though one more person is in the district's
    assert after["0103"] != before["0103"]


@pytest.mark.parametrize("school", ["0104", "101", "../../x", "A/B", ""])
def test_an_unknown_school_is_refused(folder, school):
    with pytest.raises(InputError, match="schools.csv"):
        opened(folder, school)


@pytest.mark.parametrize("school", [101, 101.0, None, True])
def test_a_school_id_is_text(folder, school):
    with pytest.raises(InputError, match="not text"):
        opened(folder, school)


def test_bad_input_leaves_the_bundles_that_were(folder):
    opened(folder)
    before = made(folder)
    (folder / "parameters" / "district.yaml").write_text("district: {id: x, nmae: y}\n")
    with pytest.raises(InputError, match="nmae"):
        opened(folder)
    assert made(folder) == before
    assert [path.name for path in (folder / store.FOLDER).iterdir() if path.name.startswith("new.")] == []


def test_no_token_and_no_single_answer_is_in_a_bundle_and_the_folder_is_private(folder):
    opened(folder)
    text = "".join(path.read_text() for path in current(folder).glob("*.json"))
    assert "S01010" not in text and '"row"' not in text
    if os.name == "posix":
        assert stat.S_IMODE((folder / store.FOLDER).stat().st_mode) == 0o700
    assert json.loads((current(folder) / f"0101.{STEP}.json").read_text())["school"]["id"] == "0101"


def test_a_district_without_notebooks_uses_the_projects(folder):
    found = store.steps(folder)
    assert [step.name[:2] for step in found] == ["01", "02", "03", "04", "05", "06"]  # 00 is a template and makes no page
    assert {step.notebook.parent for step in found} == {store.NOTEBOOKS}
    assert [step.units(["0101", "0102"]) for step in (found[0], found[4])] == [["0101", "0102"], ["_district"]]


def test_a_pinned_run_keeps_its_bundles_whatever_is_edited_meanwhile(folder, monkeypatch):
    first = mean(opened(folder))
    monkeypatch.setenv(store.PINNED, str(current(folder)))
    (folder / "data" / "raw" / "answers.csv").write_text(answers(S0101=12, S0102=10, S0103=9).replace("Disagree", "Agree"))
    assert mean(opened(folder)) == first
    monkeypatch.delenv(store.PINNED)
    assert mean(opened(folder)) != first


def test_bundles_of_another_district_are_not_taken(folder, tmp_path_factory, monkeypatch):
    other = small_district.write(tmp_path_factory.mktemp("other"), {"parameters/schools.csv": SCHOOLS, "data/raw/answers.csv": answers(S0101=30)})
    opened(other)
    monkeypatch.setenv(store.PINNED, str(current(other)))
    assert opened(folder).statistics.cell("answers", school_id="0101").value == 12


def test_running_a_notebook_by_hand_makes_no_page_stale_and_editing_it_does(folder):
    opened(folder)
    (folder / "notebooks").mkdir()
    content = json.loads((store.NOTEBOOKS / f"{STEP}.ipynb").read_text())

    def digest(number):
        path = folder / "notebooks" / f"{STEP}.ipynb"
        path.write_text(json.dumps(content))
        os.utime(path, ns=(number, number))
        return store.digest(folder, current(folder), store.steps(folder)[0], "0101")

    first = digest(1)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=7)
    assert digest(2) == first
    content["cells"][0]["source"] = "# Another title"
    assert digest(3) != first


def test_a_copy_of_a_notebook_is_no_step_and_two_of_one_room_are_refused(folder):
    (folder / "notebooks").mkdir()
    content = (store.NOTEBOOKS / f"{STEP}.ipynb").read_bytes()
    for name in (f"{STEP}.ipynb", f"{STEP}-Copy1.ipynb", "scratch.ipynb"):
        (folder / "notebooks" / name).write_bytes(content)
    assert [step.name for step in store.steps(folder)] == [STEP]
    (folder / "notebooks" / "02_again.ipynb").write_bytes(content)
    with pytest.raises(InputError, match="same step"):
        store.steps(folder)


def test_a_school_without_answers_gets_no_other_schools_numbers(folder):
    (folder / "data" / "raw" / "answers.csv").write_text(answers(S0101=12, S0102=10))
    assert set(opened(folder, "0103").statistics.unique("school_id")) <= {"0103", ""}
    assert opened(folder, "0103").statistics.rows(school_id="0101").unique("statistic") == []


def test_a_wave_after_the_day_the_page_speaks_of_is_not_shown(folder):
    assert opened(folder, as_of="2025-01-31").facts["focus"] == ""


def test_a_page_is_stale_when_the_steps_that_it_leads_to_are_others(folder):
    opened(folder)
    step = store.steps(folder)[0]
    one, other = (store.digest(folder, current(folder), step, "0101", steps) for steps in ([step], store.steps(folder)))
    assert one != other


def test_a_unit_that_is_not_known_is_refused(folder):
    (folder / "notebooks").mkdir()
    content = json.loads((store.NOTEBOOKS / f"{STEP}.ipynb").read_text())
    content["metadata"]["cyclebook"]["unit"] = "District"
    (folder / "notebooks" / f"{STEP}.ipynb").write_text(json.dumps(content))
    with pytest.raises(InputError, match="'District' is not known"):
        store.steps(folder)
