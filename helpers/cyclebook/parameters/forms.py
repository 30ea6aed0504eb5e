"""The form of each parameter file (pydantic, strict, no unknown keys) and what to tell a person whose file has another."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, create_model

from cyclebook.parameters.attribute_forms import AttributeForm
from cyclebook.parameters.model import CLAIMS, WHO
from cyclebook.parameters.names import nearest, show
from cyclebook.parameters.records import RECORDS
from cyclebook.parameters.result_forms import ResultForm
from cyclebook.parameters.settings import AUDIENCES, SETTINGS, STAFF
from cyclebook.parameters.yaml_files import Document, Faults


class Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


F = TypeVar("F", bound=Form)


def _day(value: object) -> object:
    """A date may be written bare or as text, always as 2025-10-24."""
    if isinstance(value, datetime):
        raise ValueError("write a day without a time, as in 2025-10-24")
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("write a day as in 2025-10-24") from None
    return value


def _delimiter(value: object) -> object:
    if isinstance(value, str) and value not in (",", ";", "\t", "|"):
        raise ValueError('write one of "," ";" "|" "\\t", in double quotation marks')
    return value


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Day = Annotated[date, BeforeValidator(_day)]


class DistrictForm(Form):
    id: Text
    name: Text
    synthetic: bool = False


class WaveForm(Form):
    id: Text
    label: Text
    start: Day = Field(alias="from")
    end: Day = Field(alias="to")
    compare_with: Text | None = None


class TermForm(Form):
    id: Text
    label: Text
    start: Day = Field(alias="from")
    end: Day = Field(alias="to")


def _setting(rule) -> tuple[Any, Any]:
    kind = Literal[rule.choices] if rule.choices else Annotated[rule.kind, Field(ge=rule.low, le=rule.high)]
    return (kind | None, None)


class ApprovedForm(Form):
    by: Text
    date: Day


class PrivacyForm(Form):
    audience: Literal[tuple(AUDIENCES)] = STAFF
    approved: ApprovedForm | None = None


SettingsForm = create_model("SettingsForm", __base__=Form, **{name: _setting(rule) for name, rule in SETTINGS.items()})


class DistrictFile(Form):
    district: DistrictForm
    as_of: Day | None = None
    waves: Annotated[list[WaveForm], Field(min_length=1)]
    terms: list[TermForm] | None = None
    privacy: PrivacyForm | None = None
    breakdowns: Annotated[list[Text], Field(min_length=1)] | None = None
    leaders: Annotated[list[Text], Field(min_length=1)] | None = None
    probe: Annotated[list[Text], Field(min_length=1)] | None = None
    settings: SettingsForm | None = None


class SchoolFile(Form):
    settings: SettingsForm | None = None


class PromiseForm(Form):
    kind: Literal["anonymous", "confidential"]
    smallest_group: Annotated[int, Field(ge=1)] | None = None
    seen_by: Text


class SurveyForm(Form):
    title: Text
    who: Literal[WHO] = WHO[0]
    minutes: Annotated[int, Field(ge=1, le=240)] | None = None
    promise: PromiseForm | None = None


#: The forms in which exports come.
FORMS = ("qualtrics", "surveymonkey", "google_forms", "csv", "tsv", "excel", "spss", "parquet")


class SourceForm(Form):
    table: Literal["responses", "roster", "ratings", "series", "teams", "aggregates", *RECORDS]
    survey: Text | None = None
    form: Literal[FORMS]
    path: Text
    wave: Text | None = None
    wave_column: Text | None = None
    date: Text | None = None
    rates: Literal["agreements", "collaboration", "pulse"] | None = None
    item: Text | None = None
    value: Text | None = None
    measure: Text | None = None
    measure_column: Text | None = None
    numerator: Text | None = None
    denominator: Text | None = None
    persons: Text | None = None
    group: Text | None = None
    members: Text | None = None
    school: Text | None = None
    school_id: Text | None = None
    person: Text | None = None
    response_id: Text | None = None
    head_count: Text | None = None
    role: Text | None = None
    duration: Text | None = None
    started: Text | None = None
    ended: Text | None = None
    weight: Text | None = None
    answered_on: Text | None = None
    codebook: Text | None = None
    scored: bool | None = None
    columns: Annotated[dict[str, Text], Field(min_length=1)] | None = None
    published_by: Text | None = None
    results: Annotated[dict[str, ResultForm], Field(min_length=1)] | None = None
    attributes: Annotated[dict[str, AttributeForm], Field(min_length=1)] | None = None
    wave_values: dict[str, Text] | None = None
    missing: list[Text] | None = None
    suppressed: list[Text] | None = None
    skip_rows_where: dict[str, Annotated[list[Text], Field(min_length=1)]] | None = None
    encoding: Text | None = None
    delimiter: Annotated[str, BeforeValidator(_delimiter)] | None = None
    sheet: Text | None = None
    header_rows: Annotated[int, Field(ge=1, le=4)] | None = None
    skip_rows: Annotated[int, Field(ge=1)] | None = None
    cells: Literal["labels", "codes"] | None = None
    dates: Literal["day_first", "month_first"] | None = None


class SourcesFile(Form):
    surveys: dict[str, SurveyForm] | None = None
    sources: dict[str, SourceForm] | None = None


class ChoiceForm(Form):
    label: Text
    columns: Annotated[list[Text], Field(min_length=1)] | None = None
    chosen: Annotated[list[Text], Field(min_length=1)] | None = None


class VersionForm(Form):
    waves: Annotated[list[Text], Field(min_length=1)]
    asked: bool = True
    columns: Annotated[list[Text], Field(min_length=1)] | None = None
    text: Text | None = None
    answers: Text | None = None


class ItemForm(Form):
    columns: Annotated[list[Text], Field(min_length=1)] | None = None
    text: Text
    answers: Text | None = None
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    choices: dict[str, ChoiceForm] | None = None
    versions: Annotated[list[VersionForm], Field(min_length=1)] | None = None


class ScaleForm(Form):
    name: Text
    about: Text
    items: Annotated[list[Text], Field(min_length=1)] | None = None
    column: Text | None = None
    reverse: list[Text] | None = None
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    favourable: float | None = None
    minimum_answered: Annotated[int, Field(ge=1)] | None = None
    mode: Literal["person_mean", "item_means_first"] = "person_mean"
    better: Literal["higher", "lower"] = "higher"
    claim: Literal[CLAIMS] = CLAIMS[0]
    source: Text


class CodebookFile(Form):
    answers: dict[str, dict[str, float]] | None = None
    not_applicable: list[Text] | None = None
    not_selected: list[Text] | None = None
    items: dict[str, ItemForm] | None = None
    scales: dict[str, ScaleForm] | None = None


def fill(form: type[F], document: Document, faults: Faults) -> F | None:
    """The document as `form`, or None with what is wrong added to `faults`."""
    try:
        return form.model_validate(document.content)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=True):
            key = tuple(part for part in detail["loc"] if part != "[key]")
            document.fault(faults, key, _explain(form, key, detail))
        return None


def _explain(form: type[Form], key: tuple, detail: dict) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    name = key[-1] if key else ""
    if kind == "extra_forbidden":
        known = _keys(form, key[:-1])
        near = nearest(str(name), known)
        return f"unknown key {show(name)}; " + (f"did you mean {show(near)}?" if near else f"known keys: {', '.join(known)}.")
    if kind == "missing":
        return f"the key {show(name)} is missing. Add it."
    if value is None:
        return "there is no value. Write one, or remove the key."
    if name in SETTINGS and "settings" in key:
        return f"{show(value)} cannot be used: {SETTINGS[name].remedy()} ({SETTINGS[name].meaning})."
    if kind == "string_type" and not isinstance(value, (dict, list)):
        bare = show(value).strip('"')
        return f'{bare} is not text. Quote it: "{bare}" (as it should read, with any leading zeros).'
    if kind in ("string_too_short", "too_short"):
        return "this is empty. Write at least one." if kind == "too_short" else "this is empty. Write a text."
    if kind == "literal_error":
        return f"{show(value)} is not known here. Write one of: {context['expected'].replace(chr(39), '')}."
    if kind in ("int_type", "int_from_float", "int_parsing"):
        return f"{show(value)} is not a whole number. Write one, without quotation marks."
    if kind in ("float_type", "finite_number"):
        return f"{show(value)} is not a number. Write one, without quotation marks."
    if kind == "bool_type":
        return f"{show(value)} is neither true nor false. Write one of these, without quotation marks."
    if kind == "date_type":
        return f"{show(value)} is not a day. Write it as in 2025-10-24."
    if kind == "value_error":
        return f"{show(value)}: {context['error']}."
    if kind in ("list_type", "dict_type", "model_type"):
        return {
            "list_type": "a list is needed here: [one, two].",
            "dict_type": "keys are needed here: `name: value`.",
            "model_type": f"keys are needed here: {', '.join(_keys(form, key))}.",
        }[kind]
    return f"{show(value)}: {detail['msg'][0].lower()}{detail['msg'][1:]}."


def _keys(form: type[Form], key: tuple) -> list[str]:
    """The keys that are known at a place in the form."""
    kind: Any = form
    for part in key:
        if isinstance(kind, type) and issubclass(kind, Form):
            kind = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}[part]
        else:
            kind = get_args(kind)[-1]
        kind = _inner(kind)
    return [field.alias or name for name, field in kind.model_fields.items()] if isinstance(kind, type) else []


def _inner(kind: Any) -> Any:
    """`X` of `X | None` and of `Annotated[X, ...]`."""
    if get_origin(kind) is Annotated:
        return _inner(get_args(kind)[0])
    alternatives = [argument for argument in get_args(kind) if argument is not type(None)]
    return _inner(alternatives[0]) if type(None) in get_args(kind) else kind
