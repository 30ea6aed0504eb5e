"""Parameters: what the files say arrives as written, in layers; what is wrong is told with file, line, key, value and remedy."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.errors import InputError
from cyclebook.parameters import SETTINGS, Approval, Wave, find_district, fold, load, nearest
from cyclebook.parameters.names import id_fault
from tests.small_district import FILES, write

DISTRICT, SCHOOLS, SOURCES, CODEBOOK = list(FILES)[:4]


def edit(file: str, old: str, new: str) -> dict[str, str]:
    """The small district's `file` with one text put in place of another that stands in it once."""
    assert FILES[file].count(old) == 1, f"{old!r} stands {FILES[file].count(old)} times in {file}"
    return {file: FILES[file].replace(old, new)}


def fault(folder: Path, changes: dict) -> str:
    """The one thing that is found wrong with the small district so changed."""
    with pytest.raises(InputError) as caught:
        load(write(folder, changes))
    assert len(str(caught.value).splitlines()) == 1, str(caught.value)
    return str(caught.value)


def test_everything_arrives_as_written(tmp_path):
    district = load(write(tmp_path))
    assert (district.id, district.name, district.synthetic, district.as_of) == ("tiny", "Tiny District", False, None)
    assert district.waves[1] == Wave("2025-fall", "Fall 2025", date(2025, 10, 6), date(2025, 10, 24), "2024-fall")
    assert list(district.schools) == ["0101", "0102", "0103", "NA"]
    school = district.schools["0102"]
    assert (school.closed, school.successors, school.opened, school.level, school.groups) == (
        date(2025, 6, 13),
        ("0103",),
        None,
        "",
        {},
    )
    assert district.surveys["staff"].promise.kind == "confidential"
    source = district.sources["answers"]
    assert (source.path, source.path_as_written) == (tmp_path / "data/raw/answers.csv", "data/raw/answers.csv")
    assert (source.wave, source.wave_column, source.head_count, source.scored) == ("2025-fall", None, None, False)
    book = district.codebooks["staff"]
    assert book.items["q1"].columns == ("QID1", "Q1")
    assert book.items["q1"].answers["Agree"] == 3
    assert book.not_applicable == ("Does not apply", "-99")
    scale = district.scales["help"]
    assert (scale.low, scale.high, scale.favourable, scale.minimum_answered, scale.column) == (1, 3, None, None, None)
    assert (scale.items, scale.reverse, scale.mode, scale.better) == (("q1", "q2"), frozenset({"q2"}), "person_mean", "higher")


def test_schools_are_found_by_id_name_and_alias_and_by_nothing_else(tmp_path):
    district = load(write(tmp_path))
    for text in ("0101", " alder  CREEK\u00a0school ", "Alder", "ALDER CREEK"):
        assert district.school_of(text).school_id == "0101"
    assert district.school_of("nuevo an\u0303o school").school_id == "NA"  # n and a combining tilde
    for text in ("101", "Alder Crek", "", "Alder Creek School "[:-3]):
        assert district.school_of(text) is None


def test_waves_are_found_by_id_in_the_order_of_the_list(tmp_path):
    district = load(write(tmp_path))
    assert district.wave_index("2025-fall") == 1
    assert district.wave("2024-fall").compare_with is None
    with pytest.raises(InputError, match='no wave "2025-fal"; did you mean "2025-fall"'):
        district.wave("2025-fal")


def test_a_wave_may_be_compared_with_an_earlier_one(tmp_path):
    more = "to: 2025-10-24}\n        - {id: 2026-fall, label: F, from: 2026-10-06, to: 2026-10-24, compare_with: 2024-fall}"
    assert load(write(tmp_path, edit(DISTRICT, "to: 2025-10-24}", more))).waves[2].compare_with == "2024-fall"


def test_as_of_comes_from_the_call_else_from_the_file(tmp_path):
    folder = write(tmp_path, {DISTRICT: "as_of: 2025-11-21" + FILES[DISTRICT].replace("\n        ", "\n")})
    assert load(folder).as_of == date(2025, 11, 21)
    assert load(folder, as_of=date(2026, 1, 2)).as_of == date(2026, 1, 2)


def test_settings_lie_in_layers(tmp_path):
    changes = {
        DISTRICT: FILES[DISTRICT] + "settings: {answer_gate_rate: 0.6, near_top: 0.8}\n        ",
        "parameters/schools/0101.yaml": "settings: {answer_gate_answers: 12, near_top: 0.95}",
    }
    changes[DISTRICT] = changes[DISTRICT].replace("\n        ", "\n")
    district = load(write(tmp_path, changes))
    found = {name: (setting.value, setting.layer) for name, setting in district.settings("0101").items()}
    assert list(found) == list(SETTINGS)
    assert found["answer_gate_rate"] == (0.6, "district")
    assert found["answer_gate_answers"] == (12, "school")
    assert found["near_top"] == (0.95, "school")
    assert found["small_school"] == (20, "default")
    assert district.settings()["answer_gate_answers"].value == 8
    assert district.settings("NA")["near_top"].value == 0.8
    with pytest.raises(InputError, match='no school_id "0111"; did you mean "0101"'):
        district.settings("0111")


@pytest.mark.parametrize(("promised", "expected"), [(10, (10, "promise")), (5, (5, "default")), (3, (5, "default"))])
def test_a_stricter_promise_raises_the_smallest_group(tmp_path, promised, expected):
    district = load(write(tmp_path, edit(SOURCES, "smallest_group: 5", f"smallest_group: {promised}")))
    for school in (None, "0101"):
        setting = district.settings(school)["smallest_group"]
        assert (setting.value, setting.layer) == expected


@pytest.mark.parametrize(
    ("own", "promised", "audience", "expected"),
    [
        (None, 5, "staff", (5, "default")), (None, 5, "public", (10, "public")), (7, 8, "public", (10, "public")), (12, 5, "public", (12, "district")),
        (None, 10, "public", (10, "promise")), (None, 15, "public", (15, "promise")), (12, 11, "staff", (12, "district")),
    ],
)  # fmt: skip
def test_the_strictest_of_setting_promise_and_audience_holds(tmp_path, own, promised, audience, expected):
    settings = f"settings: {{smallest_group: {own}}}\n" if own else ""
    changes = {DISTRICT: f"privacy: {{audience: {audience}}}\n{settings}" + FILES[DISTRICT].replace("\n        ", "\n")}
    district = load(write(tmp_path, changes | edit(SOURCES, "smallest_group: 5", f"smallest_group: {promised}")))
    for school in (None, "0101"):
        setting = district.settings(school)["smallest_group"]
        assert (setting.value, setting.layer) == expected


def test_pages_are_for_staff_and_not_approved_until_someone_says_so(tmp_path):
    district = load(write(tmp_path))
    assert (district.audience, district.approved) == ("staff", None)
    approved = "privacy: {approved: {by: the cabinet, date: 2030-12-01}}"  # a day after all data: no clock is asked
    district = load(write(tmp_path, {DISTRICT: f"{approved}\n" + FILES[DISTRICT].replace("\n        ", "\n")}))
    assert (district.audience, district.approved) == ("staff", Approval("the cabinet", date(2030, 12, 1)))


@pytest.mark.parametrize(
    ("written", "key", "said"),
    [
        ("{audience: everyone}", "audience", "Write one of: staff"), ("{audiences: staff}", "audiences", 'did you mean "audience"'),
        ("{audience: true}", "audience", "public"), ("{approved: true}", "approved", "by, date"), ("{approved: {by: us}}", "approved.date", "is missing"),
        ("{approved: {date: 2025-12-01}}", "approved.by", "is missing"), ('{approved: {by: "", date: 2025-12-01}}', "approved.by", "Write a text"),
        ("{approved: {by: us, date: soon}}", "approved.date", "2025-10-24"), ('{approved: {by: us, date: "2025-02-30"}}', "approved.date", "2025-10-24"),
        ("{approved: {by: us, date: 2025-12-01, on: x}}", "approved.on", "known keys: by, date"),
    ],
)  # fmt: skip
def test_an_audience_or_approval_that_is_not_one_is_told(tmp_path, written, key, said):
    text = fault(tmp_path, {DISTRICT: f"privacy: {written}\n" + FILES[DISTRICT].replace("\n        ", "\n")})
    assert text.startswith("parameters/district.yaml") and f"privacy.{key}" in text and said in text


def test_paths_take_environment_variables(tmp_path, monkeypatch):
    path = "path: '${EXPORTS_OF_TEST:-data/raw}/answers.csv'"
    folder = write(tmp_path, edit(SOURCES, "path: data/raw/answers.csv", path))
    monkeypatch.delenv("EXPORTS_OF_TEST", raising=False)
    assert load(folder).sources["answers"].path == tmp_path / "data/raw/answers.csv"
    monkeypatch.setenv("EXPORTS_OF_TEST", str(tmp_path / "elsewhere"))
    source = load(folder).sources["answers"]
    assert source.path == tmp_path / "elsewhere/answers.csv"
    assert source.path_as_written == "${EXPORTS_OF_TEST:-data/raw}/answers.csv"
    monkeypatch.delenv("EXPORTS_OF_TEST")
    text = fault(tmp_path, edit(SOURCES, "path: data/raw/answers.csv", "path: '${EXPORTS_OF_TEST}/answers.csv'"))
    assert "sources.answers.path: the environment variable EXPORTS_OF_TEST is not set" in text


def test_the_district_folder_is_the_nearest_at_or_above(tmp_path):
    folder = write(tmp_path / "a")
    assert find_district(folder / "data" / "raw") == folder
    assert find_district(folder) == folder
    with pytest.raises(InputError, match="cyclebook init"):
        find_district(tmp_path)
    with pytest.raises(InputError, match=r"holds no parameters/district\.yaml"):
        load(tmp_path)


def test_a_district_may_have_declared_nothing_yet(tmp_path):
    district = load(write(tmp_path, {SOURCES: "# nothing yet", CODEBOOK: None}))
    assert (district.sources, district.surveys, district.scales) == ({}, {}, {})
    assert district.settings()["smallest_group"].value == 5
    assert load(write(tmp_path / "b", {SOURCES: None})).sources == {}


SCALE = "range: [1, 3]"
WRONG = {
    "unknown key": (DISTRICT, "name: Tiny District", "nmae: x, name: T", ["line 1, district.nmae", 'did you mean "name"']),
    "missing key": (DISTRICT, ", name: Tiny District", "", ["line 1, district.name", "missing"]),
    "number for text": (DISTRICT, "id: tiny", "id: 007", ["line 1, district.id", "7 is not text. Quote it"]),
    "date for text": (DISTRICT, "{id: 2024-fall", "{id: 2024-10-07", ["line 3, waves[1].id", "Quote it"]),
    "id with a blank": (DISTRICT, "id: tiny", "id: my district", ["district.id", '"my district" cannot be an id']),
    "duplicate key": (DISTRICT, "{id: tiny,", "{id: tiny, id: two,", ["line 1", 'duplicate key "id"', "Remove one"]),
    "tab": (DISTRICT, "- {id: 2024-fall", "\t- {id: 2024-fall", ["line 3", "tab"]),
    "bracket": (DISTRICT, "Tiny District}", "Tiny District", ["not valid YAML"]),
    "no date": (DISTRICT, "from: 2024-10-07", "from: 7 October", ["waves[1].from", '"7 October"', "as in 2025-10-24"]),
    "not a day of the calendar": (DISTRICT, "2024-10-07", "2024-13-07", ["line 3", "not a day of the calendar", "month"]),
    "wave ends before it begins": (DISTRICT, "to: 2024-10-25", "to: 2024-10-01", ["waves[1].to", "2024-10-01 is before"]),
    "same wave twice": (DISTRICT, "id: 2025-fall", "id: 2024-FALL", ["waves", '"2024-FALL" stands twice']),
    "later wave": (DISTRICT, "to: 2024-10-25}", "to: 2024-10-25, compare_with: 2025-fall}", ["waves[1].compare_with", "earlier"]),
    "no such wave": (DISTRICT, "to: 2025-10-24}", "to: 2025-10-24, compare_with: 2024fall}", ['did you mean "2024-fall"']),
    "no school": (SCHOOLS, FILES[SCHOOLS].split("aliases")[1], "\n", ["there is no school"]),
    "device": (SCHOOLS, "NA,", "Con.x,", ["row 5, column school_id", '"Con.x"', "Windows"]),
    "reserved": (SCHOOLS, "NA,", "_all,", ["row 5, column school_id", "underscore"]),
    "trailing dot": (SCHOOLS, "NA,", "NA.,", ["row 5", "end with a dot"]),
    "taken": (SCHOOLS, "NA,", "index.html,", ["row 5", "the reports have a file"]),
    "same id": (SCHOOLS, "NA,Nuevo Año School,,,,", "x,X,,,,\n        X,Y,,,,", ['row 6, column school_id: "X" stands in row 5 already']),
    "same alias": (SCHOOLS, "NA,Nuevo Año School,,,,", "NA,Nuevo,,,,ALDER  creek", ["row 5", '"ALDER  creek"', '"0101" in row 2']),
    "no name": (SCHOOLS, "Nuevo Año School", "", ["row 5, column name", "empty"]),
    "unknown column": (SCHOOLS, "aliases", "alias", ["row 1", '"alias"', 'did you mean "aliases"']),
    "no id column": (SCHOOLS, "school_id,", "level,", ["row 1", '"school_id" is missing']),
    "semicolons": (SCHOOLS, FILES[SCHOOLS], "school_id;name\n1;One\n", ["not separated by commas"]),
    "extra cell": (SCHOOLS, "Cedar School", "Cedar, School", ["row 4", "7 cells under 6 headers"]),
    "closed first": (SCHOOLS, "0103,Cedar School,2025-08-01,,", "0103,Cedar School,2025-08-01,2025-07-01,",
                     ["row 4, column closed", "2025-07-01", "before it opened"]),
    "bad day": (SCHOOLS, "2025-08-01", "8/1/2025", ["row 4, column opened", '"8/1/2025"', "2025-06-13"]),
    "unknown successor": (SCHOOLS, "2025-06-13,0103", "2025-06-13,0130", ["row 3, column successor", '"0130"', 'did you mean']),
    "unknown part": (SCHOOLS, "2025-06-13,0103", "2025-06-13,0103|010", ["row 3, column successor", 'no school_id "010"', "did you mean"]),
    "successor twice": (SCHOOLS, "2025-06-13,0103", "2025-06-13,0103 | 0103", ["row 3, column successor", '"0103" stands here 2 times']),
    "successor closed": (SCHOOLS, "0103,Cedar School,2025-08-01,,", "0103,Cedar School,2020-08-01,2025-06-13,",
                         ["row 3, column successor", '"0103" had closed', "2025-06-13", "correct a day"]),
    "successor of an open school": (SCHOOLS, "2025-06-13,0103", ",0103", ["row 3, column closed", '"0103" is to carry on', "Write the day"]),
    "own successor": (SCHOOLS, "2025-06-13,0103", "2025-06-13,0102", ["row 3, column successor", "leads back"]),
    "unknown wave": (SOURCES, "wave: 2025-fall", "wave: 2025-fal", ["sources.answers.wave", 'did you mean "2025-fall"']),
    "two waves": (SOURCES, "wave: 2025-fall", "wave: 2025-fall, wave_column: W", ["sources.answers.wave", "either"]),
    "unknown survey": (SOURCES, "survey: staff", "survey: stafff", ["sources.answers.survey", 'did you mean "staff"']),
    "unknown codebook": (SOURCES, "codebook: staff", "codebook: staf", ["sources.answers.codebook", 'did you mean "staff"']),
    "misspelt key of a source": (SOURCES, "school: School", "school: S, pesron: T", ["sources.answers.pesron", 'mean "person"']),
    "unknown form": (SOURCES, "form: csv", "form: word", ["sources.answers.form", '"word"', "qualtrics, surveymonkey, google_forms, csv"]),
    "key of a roster": (SOURCES, "form: csv", "form: csv, head_count: N", ["sources.answers.head_count", "table: roster"]),
    "delimiter of parquet": (SOURCES, "form: csv", "form: parquet, delimiter: ','", ["sources.answers.delimiter", "no meaning"]),
    "delimiter of two": (SOURCES, "form: csv", "form: csv, delimiter: '\\t'", ["sources.answers.delimiter", "write one of"]),
    "unknown encoding": (SOURCES, "form: csv", "form: csv, encoding: utf-80", ["sources.answers.encoding", '"utf-80"']),
    "neither roster": (SOURCES, "codebook: staff}", "codebook: staff}\n"
                       "          r: {table: roster, form: csv, path: r.csv, wave: 2025-fall, school: S}",
                       ["sources.r.person", "head_count"]),
    "anonymous with tokens": (SOURCES, "kind: confidential", "kind: anonymous", ["sources.answers.person", "anonymous"]),
    "promise kind": (SOURCES, "kind: confidential", "kind: secret", ["promise.kind", '"secret"', "anonymous or confidential"]),
    "scored without column": (SOURCES, "form: csv", "form: csv, scored: true", ["sources.answers.codebook", '"help"', "no column"]),
    "text for true": (SOURCES, "form: csv", "form: csv, scored: 'yes'", ["sources.answers.scored", "true nor false"]),
    "unknown answer set": (CODEBOOK, "First., answers: agree", "First., answers: agre", ["items.q1.answers", 'mean "agree"']),
    "code not quoted": (CODEBOOK, '"9": 9', "9: 9", ["answers.agree", "the key 9 is not text", 'Quote it: "9"']),
    "text for a number": (CODEBOOK, '"9": 9', '"9": nine', ["answers.agree.9", '"nine" is not a number']),
    "label with two numbers": (CODEBOOK, "Agree: 3", "Agree: 3, ' AGREE ': 2", ['" AGREE "', '"Agree" it is 3']),
    "label and no answer": (CODEBOOK, "[Does not apply,", "[neither,", ["answers.agree.Neither", "not_applicable"]),
    "unquoted no answer": (CODEBOOK, '"-99"]', "-99]", ["not_applicable[2]", "Quote it"]),
    "unknown item": (CODEBOOK, "items: [q1, q2]", "items: [q1, q2, q22]", ["scales.help.items[3]", 'did you mean "q2"']),
    "item twice": (CODEBOOK, "items: [q1, q2]", "items: [q1, q2, q1]", ["scales.help.items[3]", "twice"]),
    "reverse of another": (CODEBOOK, "reverse: [q2]", "reverse: [q3]", ["scales.help.reverse[1]", '"q3"', "not among"]),
    "no range": (CODEBOOK, f", {SCALE}", "", ["scales.help.range", "missing"]),
    "range upside down": (CODEBOOK, SCALE, "range: [3, 1]", ["scales.help.range", "3 is not below 1"]),
    "favourable beyond": (CODEBOOK, SCALE, f"{SCALE}, favourable: 4", ["scales.help.favourable", "4"]),
    "too many needed": (CODEBOOK, SCALE, f"{SCALE}, minimum_answered: 3", ["scales.help.minimum_answered", "2 items"]),
    "unknown mode": (CODEBOOK, SCALE, f"{SCALE}, mode: mean", ["scales.help.mode", '"mean"', "item_means_first"]),
    "unknown key of a scale": (CODEBOOK, SCALE, f"{SCALE}, step: 1", ["scales.help.step", "known keys", "minimum_answered"]),
    "items and column": (CODEBOOK, SCALE, f"{SCALE}, column: C", ["scales.help.items", "either"]),
    "a column of two items": (CODEBOOK, "[QID2, Q2]", "[QID2, q1 ]", ["items.q2.columns[2]", '"q1" is also']),
    "empty value": (CODEBOOK, "text: First.", "text: ", ["items.q1.text", "no value"]),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told(tmp_path, case):
    file, old, new, expected = WRONG[case]
    text = fault(tmp_path, edit(file, old, new))
    assert text.startswith(file)
    for part in expected:
        assert part in text


def test_schools_that_follow_one_another_in_a_circle_are_told(tmp_path):
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, {SCHOOLS: "school_id,name,successor\na,A,b\nb,B,c\nc,C,a\n"}))
    assert str(caught.value).splitlines() == [
        f'{SCHOOLS}, row {row}, column successor: "{after}" leads back to "{school}". Leave one empty.'
        for row, school, after in ((2, "a", "b"), (3, "b", "c"), (4, "c", "a"))
    ]


def test_a_circle_through_one_part_of_a_split_is_told(tmp_path):
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, {SCHOOLS: "school_id,name,closed,successor\na,A,2024-06-01,d|b\nb,B,2025-06-01,a\nd,D,,\n"}))
    assert f'{SCHOOLS}, row 2, column successor: "b" leads back to "a". Leave one empty.' in str(caught.value)


def test_a_school_may_be_split(tmp_path):
    district = load(write(tmp_path, edit(SCHOOLS, "2025-06-13,0103", "2025-06-13,0103|NA")))
    assert district.schools["0102"].successors == ("0103", "NA")


@pytest.mark.parametrize(("written", "expected"), [('"\\t"', "\t"), ("'|'", "|")])
def test_delimiters(tmp_path, written, expected):
    folder = write(tmp_path, edit(SOURCES, "form: csv", f"form: csv, delimiter: {written}"))
    assert load(folder).sources["answers"].delimiter == expected


SCORED = "scales: {stress: {name: S, about: stress, column: S, source: x%s}}"


@pytest.mark.parametrize(("more", "key"), [(", favourable: 4", "favourable"), (", minimum_answered: 1", "minimum_answered"),
                                           (", reverse: [q1]", "reverse")])  # fmt: skip
def test_a_scored_scale_has_no_rules_for_items(tmp_path, more, key):
    assert f"scales.stress.{key}" in fault(tmp_path, {"parameters/codebooks/vendor.yaml": SCORED % more})


def test_codebooks_agree_on_what_an_id_means(tmp_path):
    same = FILES[CODEBOOK]
    assert list(load(write(tmp_path / "a", {"parameters/codebooks/other.yaml": same})).scales) == ["help"]
    for old, new, key in (("name: Help", "name: Aid", "scales.help"), ("text: First.", "text: 1st.", "items.q1.text")):
        text = fault(tmp_path / key, {"parameters/codebooks/other.yaml": same.replace(old, new)})
        assert text.startswith("parameters/codebooks/staff.yaml") and key in text and "other.yaml" in text


WRONG_SCHOOL = {
    "less strict": (
        "0101.yaml",
        "settings: {answer_gate_answers: 5}",
        ["line 1, settings.answer_gate_answers", "5 is less strict"],
    ),
    "less strict rate": ("0101.yaml", "settings: {answer_gate_rate: 0.4}", ["settings.answer_gate_rate", "district's 0.5"]),
    "for the district only": (
        "0101.yaml",
        "settings: {smallest_group: 9}",
        ["settings.smallest_group", "parameters/district.yaml"],
    ),
    "unknown setting": ("0101.yaml", "settings:\n  near_topp: 1", ["line 2, settings.near_topp", 'did you mean "near_top"']),
    "unknown school": ("0110.yaml", "", ['no school_id "0110"', "Rename"]),
    "not .yaml": ("0101.yml", "", ["end in .yaml"]),
}


@pytest.mark.parametrize("case", WRONG_SCHOOL)
def test_what_a_school_may_not_set_is_told(tmp_path, case):
    name, content, expected = WRONG_SCHOOL[case]
    text = fault(tmp_path, {f"parameters/schools/{name}": content})
    assert text.startswith(f"parameters/schools/{name}")
    for part in expected:
        assert part in text


@pytest.mark.parametrize(
    ("setting", "value"),
    [("smallest_group", "2"), ("smallest_group", "51"), ("smallest_group", "5.5"), ("smallest_group", "true"), ("near_top", "1.1"),
     ("answer_gate_rate", "-0.1"), ("answer_gate_rate", ".nan"), ("divided_items", "0"), ("answer_gate_answers", "'8'"),
     ("language", "klingon")],
)  # fmt: skip
def test_settings_out_of_bounds_are_refused(tmp_path, setting, value):
    content = FILES[DISTRICT].replace("\n        ", "\n") + f"settings: {{{setting}: {value}}}\n"
    text = fault(tmp_path, {DISTRICT: content})
    assert f"line 5, settings.{setting}" in text
    assert "write " in text and SETTINGS[setting].meaning in text


def test_all_faults_are_told_at_once(tmp_path):
    changes = (
        edit(DISTRICT, "id: tiny", "id: 7") | edit(SCHOOLS, "NA,", "_x,") | edit(CODEBOOK, "reverse: [q2]", "reverse: [q3]")
    )
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, changes))
    assert [line.split(",")[0] for line in str(caught.value).splitlines()] == [DISTRICT, SCHOOLS, CODEBOOK]


def test_files_that_are_not_utf_8_are_refused(tmp_path):
    text = fault(tmp_path, {SCHOOLS: "school_id,name\n1,Año\n".encode("cp1252")})
    assert text.startswith(SCHOOLS) and "not UTF-8" in text
    text = fault(tmp_path, {DISTRICT: "district: {id: a, name: Año}".encode("cp1252")})
    assert text.startswith(DISTRICT) and "not UTF-8" in text


def test_a_byte_order_mark_is_no_fault(tmp_path):
    changes = {
        name: b"\xef\xbb\xbf" + FILES[name].replace("\n        ", "\n").lstrip().encode() for name in (DISTRICT, SCHOOLS)
    }
    assert list(load(write(tmp_path, changes)).schools) == ["0101", "0102", "0103", "NA"]


def test_importing_is_light():
    code = "import sys, cyclebook.parameters; print(*sorted({'pydantic', 'ruamel.yaml', 'pandas', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_demonstration_district_loads(project_root):
    district = load(project_root)
    assert district.synthetic
    assert len(district.schools) == 24
    assert all(len(school_id) == 4 for school_id in district.schools)
    rosters = [source for source in district.sources.values() if source.table == "roster"]
    assert {source.wave for source in rosters} == {wave.id for wave in district.waves}


@given(st.text())
def test_folding_is_stable_and_forgives_blanks_and_case(text):
    assert fold(fold(text)) == fold(text)
    assert fold(f"  {text}\t") == fold(text)
    assert fold(text.replace(" ", "   ")) == fold(text)


@given(st.text(alphabet="abc0-._ ", max_size=45))
def test_ids_are_safe_folder_names(text):
    if id_fault(text) is None:
        assert 0 < len(text) <= 40 and " " not in text and text[0] not in "._" and text[-1] != "."


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_name_is_nearest_to_itself(names):
    assert fold(nearest(names[0], names)) == fold(names[0]) or not fold(names[0])
