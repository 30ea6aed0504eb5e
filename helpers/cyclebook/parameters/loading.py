"""From the files of `parameters/` to one checked `District`."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from cyclebook.parameters import attribute_forms, result_forms
from cyclebook.parameters.codebooks import check_ids, check_waves, read_codebooks, yaml_files
from cyclebook.parameters.corrections import read_corrections
from cyclebook.parameters.forms import DistrictFile, PrivacyForm, SchoolFile, SourceForm, SourcesFile, fill
from cyclebook.parameters.groups import read_groups
from cyclebook.parameters.model import Approval, Codebook, District, Promise, School, Source, Survey, Wave
from cyclebook.parameters.names import id_fault, same_ignoring_case, show, suggest
from cyclebook.parameters.plan_files import MEASURES_FILE, check_names, read_agreements, read_cycles, read_measures, read_structure
from cyclebook.parameters.plan_model import Measure, Term
from cyclebook.parameters.records import RECORDS, SCHOOL
from cyclebook.parameters.schools import read_schools
from cyclebook.parameters.settings import DISTRICT, SETTINGS, STRICTER
from cyclebook.parameters.yaml_files import Document, Faults, read_yaml

DISTRICT_FILE = "parameters/district.yaml"
SOURCES_FILE = "parameters/sources.yaml"
SCHOOLS_FOLDER = "parameters/schools"
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")

#: Keys of a source that mean something only in some kinds of table.
ONLY_FOR_TABLES = {
    "survey": ("responses", "ratings"),
    "codebook": ("responses", "ratings"),
    "response_id": ("responses", "ratings"),
    "scored": ("responses",),
    "head_count": ("roster",),
    "role": ("responses", "roster"),
    "duration": ("responses",),
    "started": ("responses",),
    "ended": ("responses",),
    "weight": ("responses",),
    "answered_on": ("responses",),
    "attributes": ("responses",),
    "wave": ("responses", "roster", "aggregates"),
    "wave_column": ("responses", "roster", "aggregates"),
    "person": ("responses", "roster", "ratings"),
    "rates": ("ratings",),
    "item": ("ratings",),
    "value": ("ratings", "series", "aggregates"),
    "date": ("ratings", "series", "teams"),
    "measure": ("series",),
    "measure_column": ("series", "aggregates"),
    "numerator": ("series", "aggregates"),
    "denominator": ("series", "aggregates"),
    "persons": ("series", "aggregates"),
    "group": ("teams",),
    "members": ("teams",),
    "published_by": ("aggregates",),
    "results": ("aggregates",),
    "wave_values": ("aggregates", "staffing"),
    "missing": ("aggregates",),
    "suppressed": ("aggregates",),
    "skip_rows_where": ("aggregates", *RECORDS),
    "columns": tuple(RECORDS),
}
#: Keys that a kind of table cannot do without.
NEEDED = {
    "responses": ("survey", "codebook"),
    "ratings": ("survey", "codebook", "rates", "date"),
    "series": ("date",),
    "teams": ("group", "members"),
    "aggregates": ("results",),
} | dict.fromkeys(RECORDS, ("columns",))
ONLY_FOR_FORMS = {
    "encoding": ("qualtrics", "surveymonkey", "google_forms", "csv", "tsv"),
    "delimiter": ("qualtrics", "surveymonkey", "google_forms", "csv"),
    "sheet": ("qualtrics", "surveymonkey", "google_forms", "excel"),
    "header_rows": ("csv", "tsv", "excel"),
    "skip_rows": ("csv", "tsv", "excel"),
    "cells": ("spss",),
}
#: Forms of survey tools, which hold answers and nothing else.
TOOLS = ("qualtrics", "surveymonkey")


def read_district(folder: Path, as_of: date | None) -> District:
    """See `cyclebook.parameters.load`."""
    folder = Path(os.path.abspath(folder))
    faults = Faults()
    document = read_yaml(folder, DISTRICT_FILE, faults)
    form = fill(DistrictFile, document, faults) if document else None
    waves = _waves(form, document, faults) if form else []
    terms = _terms(form, document, faults) if form else ()
    schools = read_schools(folder, faults)
    books = read_codebooks(folder, faults)
    measures = read_measures(folder, faults)
    structure = read_structure(folder, faults)
    check_names(folder, faults)
    faults.raise_any()
    check_waves(folder, books, [wave.id for wave in waves], faults)
    memberships = read_groups(folder, schools, faults)
    agreements = read_agreements(folder, schools, faults)
    cycles = read_cycles(folder, schools, measures, faults)
    if id_fault(form.district.id):
        document.fault(faults, ("district", "id"), f"{show(form.district.id)} cannot be an id: {id_fault(form.district.id)}.")
    privacy = form.privacy or PrivacyForm()
    settings = form.settings.model_dump(exclude_none=True) if form.settings else {}
    school_settings = _school_settings(folder, schools, settings, faults)
    surveys, sources = _sources(folder, [wave.id for wave in waves], schools, books, measures, faults)
    corrections = read_corrections(folder, schools, _answered(surveys, measures, sources), _periods(waves, terms), faults)
    attribute_forms.check_breakdowns(form, sources.values(), document, faults)
    attribute_forms.check_probe(form, sources.values(), document, faults)
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
        terms=terms,
        measures=measures,
        agreements=agreements,
        cycles=cycles,
        structure=structure,
        memberships=memberships,
        audience=privacy.audience,
        approved=Approval(privacy.approved.by, privacy.approved.date) if privacy.approved else None,
        corrections=corrections,
        breakdowns=tuple(form.breakdowns or ()),
        leaders=tuple(form.leaders or ()),
        probe=tuple(form.probe or ()),
    )


def _answered(surveys: Mapping[str, Survey], measures: Mapping[str, Measure], sources: Mapping[str, Source]) -> list[str]:
    """What numbers are handed out of: surveys, ratings, measures, results of others."""
    results = [result for source in sources.values() for result in source.results]
    return list(dict.fromkeys([*surveys, *(s.rates for s in sources.values() if s.rates), *measures, *results]))


def _periods(waves: list[Wave], terms: tuple[Term, ...]) -> list[str]:
    return [*(wave.id for wave in waves), *(term.id for term in terms)]


def _terms(form: DistrictFile, document: Document, faults: Faults) -> tuple[Term, ...]:
    terms: list[Term] = []
    for index, term in enumerate(form.terms or []):
        if id_fault(term.id):
            document.fault(faults, ("terms", index, "id"), f"{show(term.id)} cannot be an id: {id_fault(term.id)}.")
        if term.end < term.start:
            document.fault(faults, ("terms", index, "to"), f"{term.end} is before the term began ({term.start}). Correct one.")
        if terms and term.start <= terms[-1].end:
            document.fault(
                faults,
                ("terms", index, "from"),
                f"{term.start} is not after the end of the term {show(terms[-1].id)} above it ({terms[-1].end}). "
                "List the terms in the order of time, without overlap.",
            )
        terms.append(Term(term.id, term.label, term.start, term.end))
    for first, later in same_ignoring_case([term.id for term in terms]):
        document.fault(faults, ("terms",), f"the term {show(later)} stands twice (also as {show(first)}; case is ignored). Rename one.")
    return tuple(terms)


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
    folder: Path, waves: list[str], schools: Mapping[str, School], books: Mapping[str, Codebook], measures: Mapping[str, Measure], faults: Faults
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
        name: Survey(survey.title, Promise(**survey.promise.model_dump()) if survey.promise else None, survey.minutes, survey.who)
        for name, survey in (form.surveys or {}).items()
    }
    sources = {}
    for name, source in (form.sources or {}).items():
        _check_source(name, source, waves, schools, surveys, books, measures, document, faults)
        path = _expand(source.path, ("sources", name, "path"), document, faults)
        fields = source.model_dump() | {
            "path": Path(os.path.abspath(folder / path)),
            "path_as_written": source.path,
            "scored": bool(source.scored),
            "columns": source.columns or {},
            "results": result_forms.results(source) if source.table == "aggregates" else {},
            "attributes": attribute_forms.attributes(source),
        }
        sources[name] = Source(name=name, **fields)
    result_forms.check_alike({name: source.results for name, source in sources.items()}, document, faults)
    attribute_forms.check_alike(sources, document, faults)
    return surveys, sources


def _check_source(
    name: str,
    source: SourceForm,
    waves: list[str],
    schools: Mapping[str, School],
    surveys: Mapping[str, Survey],
    books: Mapping[str, Codebook],
    measures: Mapping[str, Measure],
    document: Document,
    faults: Faults,
) -> None:
    def fault(key: str, message: str) -> None:
        document.fault(faults, ("sources", name, key), message)

    for key, tables in ONLY_FOR_TABLES.items():
        if getattr(source, key) is not None and source.table not in tables:
            fault(key, f"this key belongs to a source with table: {' or '.join(tables)}. Remove it.")
    for key, forms in ONLY_FOR_FORMS.items():
        if getattr(source, key) is not None and source.form not in forms:
            fault(key, f"this key has no meaning with form: {source.form}. Remove it.")
    for key in NEEDED.get(source.table, ()):
        if getattr(source, key) is None:
            fault(key, f"the key {show(key)} is missing. Add it.")
    if source.table in RECORDS:
        _check_record(source, fault)
    elif (source.school is None) == (source.school_id is None):
        fault("school", "write either school (the column with each row's school) or school_id (the one school of the whole file).")
    if source.school_id is not None and source.school_id not in schools:
        fault("school_id", f"parameters/schools.csv has no school_id {show(source.school_id)}; {suggest(source.school_id, schools)}")
    if source.table not in ("responses", "roster", "aggregates"):
        pass  # dated row by row
    elif (source.wave is None) == (source.wave_column is None):
        fault("wave", "write either wave (one for the whole file) or wave_column (the column that holds each row's wave).")
    elif source.wave is not None and source.wave not in waves:
        fault("wave", f"{DISTRICT_FILE} has no wave {show(source.wave)}; {suggest(source.wave, waves)}")
    if source.encoding is not None and not _known_encoding(source.encoding):
        fault("encoding", f"{show(source.encoding)} is no encoding. Write one of: utf-8, cp1252, utf-16.")
    if source.form in TOOLS and source.table not in ("responses", "ratings"):
        fault("form", f"a {source.table} table is not an export of a survey tool. Write one of: csv, tsv, excel, google_forms, spss, parquet.")
    if source.table == "roster" and (source.person is None) == (source.head_count is None):
        fault("person", "write either person (one row for each person) or head_count (number of staff).")
    if source.table == "series":
        _check_series(source, measures, fault)
    if source.table == "aggregates":
        result_forms.check(name, source, waves, document, faults)
    attribute_forms.check(name, source, document, faults)
    if source.table in ("responses", "ratings"):
        _check_survey(source, surveys, books, fault)


def _check_record(source: SourceForm, fault) -> None:
    """The columns of a file of records: those that its table needs, and none that it does not know."""
    known, named = RECORDS[source.table].columns, source.columns or {}
    for name in named:
        if name not in known:
            fault("columns", f"a {source.table} table has no column {show(name)}; {suggest(name, known)}")
    if source.school is not None:
        fault("school", "name the column with each row's school under columns, as school_id. Move it there.")
    if (source.school_id is None) == ("school_id" not in named):
        fault("columns", "write either school_id under columns (the column with each row's school) or school_id beside them (the one school of the file).")
    missing = [name for name, column in known.items() if column.needed and column.kind != SCHOOL and name not in named]
    if missing and named:
        fault("columns", f"a {source.table} table needs the columns {', '.join(map(show, missing))}, too. Name the column of the file for each.")


def _check_series(source: SourceForm, measures: Mapping[str, Measure], fault) -> None:
    if (source.measure is None) == (source.measure_column is None):
        fault("measure", "write either measure (one for the whole file) or measure_column (the column that names each row's).")
    elif source.measure is not None and source.measure not in measures:
        fault("measure", f"{MEASURES_FILE} has no measure {show(source.measure)}; {suggest(source.measure, measures)}")
    if source.value is None and (source.numerator is None or source.denominator is None):
        fault("value", "write the columns with the numbers: value, or numerator and denominator, or all three.")


def _check_survey(source: SourceForm, surveys: Mapping[str, Survey], books: Mapping[str, Codebook], fault) -> None:
    for key, known, where in (("survey", surveys, "under surveys"), ("codebook", books, "in parameters/codebooks")):
        value = getattr(source, key)
        if value is not None and value not in known:
            fault(key, f"there is no {show(value)} {where}; {suggest(value, known)}")
    _check_person(source, surveys, fault)
    if (source.started is None) != (source.ended is None):
        fault("ended" if source.ended is None else "started", "started and ended go together: the time taken lies between them. Write both.")
    if source.duration is not None and source.started is not None:
        fault("duration", "the time taken is declared twice. Write either duration, or started and ended.")
    book = books.get(source.codebook or "")
    if book is None:
        return
    if source.table == "responses":
        if not book.scales:
            fault("codebook", "this codebook has no scales, so nothing could be scored. Add scales to it, or name another.")
        _check_scored(source, book, fault)
    elif source.rates == "agreements":
        if source.item is None or source.value is None:
            fault("item", "ratings of agreements need the columns item (the agreement's id) and value (the answer). Add both.")
        if len(book.answers) != 1:
            fault("codebook", f"ratings of agreements are read by one set of answers; this codebook has {len(book.answers)}.")
    elif not book.items:
        fault("codebook", "this codebook has no items, so no question could be read. Add items to it.")


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
