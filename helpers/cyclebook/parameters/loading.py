"""From the files of `parameters/` to one checked `District`."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from cyclebook.parameters.codebooks import check_ids, read_codebooks, yaml_files
from cyclebook.parameters.forms import DistrictFile, SchoolFile, SourceForm, SourcesFile, fill
from cyclebook.parameters.model import Codebook, District, Promise, School, Source, Survey, Wave
from cyclebook.parameters.names import id_fault, same_ignoring_case, show, suggest
from cyclebook.parameters.schools import read_schools
from cyclebook.parameters.settings import DISTRICT, SETTINGS, STRICTER
from cyclebook.parameters.yaml_files import Document, Faults, read_yaml

DISTRICT_FILE = "parameters/district.yaml"
SOURCES_FILE = "parameters/sources.yaml"
SCHOOLS_FOLDER = "parameters/schools"
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")

#: Keys of a source that mean something only in one kind of table or file.
ONLY_FOR_TABLE = {
    "survey": "responses",
    "codebook": "responses",
    "response_id": "responses",
    "scored": "responses",
    "head_count": "roster",
    "role": "roster",
}
ONLY_FOR_FORMS = {"encoding": ("qualtrics", "csv", "tsv"), "delimiter": ("qualtrics", "csv")}


def read_district(folder: Path, as_of: date | None) -> District:
    """See `cyclebook.parameters.load`."""
    folder = Path(os.path.abspath(folder))
    faults = Faults()
    document = read_yaml(folder, DISTRICT_FILE, faults)
    form = fill(DistrictFile, document, faults) if document else None
    waves = _waves(form, document, faults) if form else []
    schools = read_schools(folder, faults)
    books = read_codebooks(folder, faults)
    faults.raise_any()
    if id_fault(form.district.id):
        document.fault(faults, ("district", "id"), f"{show(form.district.id)} cannot be an id: {id_fault(form.district.id)}.")
    settings = form.settings.model_dump(exclude_none=True) if form.settings else {}
    school_settings = _school_settings(folder, schools, settings, faults)
    surveys, sources = _sources(folder, [wave.id for wave in waves], books, faults)
    faults.raise_any()
    return District(
        folder=folder,
        id=form.district.id,
        name=form.district.name,
        synthetic=form.district.synthetic,
        as_of=as_of or form.as_of,
        waves=waves,
        schools=schools,
        surveys=surveys,
        sources=sources,
        codebooks=books,
        district_settings=settings,
        school_settings=school_settings,
    )


def _waves(form: DistrictFile, document: Document, faults: Faults) -> list[Wave]:
    waves: list[Wave] = []
    ids = [wave.id for wave in form.waves]
    for first, later in same_ignoring_case(ids):
        document.fault(
            faults, ("waves",), f"the wave {show(later)} stands twice (also as {show(first)}; case is ignored). Rename one."
        )
    for index, wave in enumerate(form.waves):
        if id_fault(wave.id):
            document.fault(faults, ("waves", index, "id"), f"{show(wave.id)} cannot be an id: {id_fault(wave.id)}.")
        if wave.end < wave.start:
            document.fault(faults, ("waves", index, "to"), f"{wave.end} is before the wave began ({wave.start}). Correct one.")
        if index and wave.start < form.waves[index - 1].start:
            earlier = form.waves[index - 1]
            document.fault(
                faults,
                ("waves", index, "from"),
                f"{wave.start} is before the wave {show(earlier.id)} listed above it began ({earlier.start}). "
                "List the waves in the order of time, or correct the date.",
            )
        if wave.compare_with is not None and wave.compare_with not in ids[:index]:
            later = wave.compare_with in ids
            what = "is not earlier in the list" if later else f"is no wave; {suggest(wave.compare_with, ids[:index])}"
            document.fault(
                faults,
                ("waves", index, "compare_with"),
                f"{show(wave.compare_with)} {what}" + (". Name an earlier wave." if later else ""),
            )
        before = ids[index - 1] if index else None
        waves.append(Wave(wave.id, wave.label, wave.start, wave.end, wave.compare_with or before))
    return waves


def _school_settings(folder: Path, schools: Mapping[str, School], district: Mapping, faults: Faults) -> dict[str, dict]:
    found = {}
    for file in yaml_files(folder, SCHOOLS_FOLDER, faults):
        school_id = Path(file).stem
        if school_id not in schools:
            faults.add(
                file, f"there is no school_id {show(school_id)}; {suggest(school_id, schools)} Rename or remove the file."
            )
            continue
        document = read_yaml(folder, file, faults)
        form = fill(SchoolFile, document, faults) if document else None
        if form is None or form.settings is None:
            continue
        found[school_id] = form.settings.model_dump(exclude_none=True)
        for name, value in found[school_id].items():
            rule, asked = SETTINGS[name], district.get(name, SETTINGS[name].default)
            if rule.set_by == DISTRICT:
                document.fault(faults, ("settings", name), f"set for the whole district only. Move it to {DISTRICT_FILE}.")
            elif rule.set_by == STRICTER and value < asked:
                document.fault(
                    faults,
                    ("settings", name),
                    f"{show(value)} is less strict than the district's {show(asked)}. Ask for more, or remove it.",
                )
    return found


def _sources(
    folder: Path, waves: list[str], books: Mapping[str, Codebook], faults: Faults
) -> tuple[dict[str, Survey], dict[str, Source]]:
    if not (folder / SOURCES_FILE).is_file():
        return {}, {}
    document = read_yaml(folder, SOURCES_FILE, faults)
    form = fill(SourcesFile, document, faults) if document else None
    if form is None:
        return {}, {}
    check_ids(form.surveys or {}, ("surveys",), document, faults)
    check_ids(form.sources or {}, ("sources",), document, faults)
    surveys = {
        name: Survey(survey.title, Promise(**survey.promise.model_dump()) if survey.promise else None)
        for name, survey in (form.surveys or {}).items()
    }
    sources = {}
    for name, source in (form.sources or {}).items():
        _check_source(name, source, waves, surveys, books, document, faults)
        path = _expand(source.path, ("sources", name, "path"), document, faults)
        fields = source.model_dump() | {
            "path": Path(os.path.abspath(folder / path)),
            "path_as_written": source.path,
            "scored": bool(source.scored),
        }
        sources[name] = Source(name=name, **fields)
    return surveys, sources


def _check_source(
    name: str,
    source: SourceForm,
    waves: list[str],
    surveys: Mapping[str, Survey],
    books: Mapping[str, Codebook],
    document: Document,
    faults: Faults,
) -> None:
    def fault(key: str, message: str) -> None:
        document.fault(faults, ("sources", name, key), message)

    for key, table in ONLY_FOR_TABLE.items():
        if getattr(source, key) is not None and source.table != table:
            fault(key, f"this key belongs to a source with table: {table}. Remove it.")
    for key, forms in ONLY_FOR_FORMS.items():
        if getattr(source, key) is not None and source.form not in forms:
            fault(key, f"this key has no meaning with form: {source.form}. Remove it.")
    if (source.wave is None) == (source.wave_column is None):
        fault("wave", "write either wave (one for the whole file) or wave_column (the column that holds each row's wave).")
    elif source.wave is not None and source.wave not in waves:
        fault("wave", f"{DISTRICT_FILE} has no wave {show(source.wave)}; {suggest(source.wave, waves)}")
    if source.encoding is not None and not _known_encoding(source.encoding):
        fault("encoding", f"{show(source.encoding)} is no encoding. Write one of: utf-8, cp1252, utf-16.")
    if source.table == "roster":
        if source.form == "qualtrics":
            fault("form", "a roster is not a Qualtrics export. Write one of: csv, tsv, parquet.")
        if (source.person is None) == (source.head_count is None):
            fault("person", "write either person (one row for each person) or head_count (number of staff).")
        return
    for key, known, where in (("survey", surveys, "under surveys"), ("codebook", books, "in parameters/codebooks")):
        value = getattr(source, key)
        if value is None:
            fault(key, f"the key {show(key)} is missing. Add it.")
        elif value not in known:
            fault(key, f"there is no {show(value)} {where}; {suggest(value, known)}")
    _check_person(source, surveys, fault)
    if source.codebook in books:
        _check_scored(source, books[source.codebook], fault)


def _check_person(source: SourceForm, surveys: Mapping[str, Survey], fault) -> None:
    survey = surveys.get(source.survey or "")
    if source.person is not None and survey and survey.promise and survey.promise.kind == "anonymous":
        fault("person", "staff were promised that this survey is anonymous: no column may say who answered. Remove it.")


def _check_scored(source: SourceForm, book: Codebook, fault) -> None:
    for scale in book.scales.values():
        if source.scored and scale.column is None:
            fault("codebook", f"the scale {show(scale.id)} of this codebook has no column. Add one, or write scored: false.")
        if not source.scored and scale.column is not None:
            fault("codebook", f"the scale {show(scale.id)} of this codebook has a column. Write scored: true, or use items.")


def _known_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False


def _expand(text: str, key: tuple, document: Document, faults: Faults) -> str:
    """Put the values of environment variables in place of ${NAME} and ${NAME:-default}."""

    def value(match: re.Match) -> str:
        name, default = match.groups()
        found = os.environ.get(name) or default
        if found is None:
            document.fault(faults, key, f"the environment variable {name} is not set. Set it, or write ${{{name}:-default}}.")
            return ""
        return found

    return VARIABLE.sub(value, text)
