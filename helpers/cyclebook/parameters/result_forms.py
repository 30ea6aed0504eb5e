"""Results that others publish about schools (table: aggregates): the form of each in sources.yaml, and what makes it usable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cyclebook.parameters.model import Result
from cyclebook.parameters.names import fold, id_fault, same_ignoring_case, show, suggest

if TYPE_CHECKING:
    from cyclebook.parameters.forms import SourceForm
    from cyclebook.parameters.yaml_files import Document, Faults

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
#: Keys of a result that only some kinds can have.
ONLY_FOR_KINDS = {
    "low": ("number", "percent"),
    "high": ("number", "percent"),
    "order": ("category",),
    "numerator": ("share",),
    "denominator": ("share",),
    "column": ("number", "percent", "category", "count"),
    "persons": ("number", "percent", "category", "count"),
}


class ResultForm(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    name: Text
    kind: Literal["number", "percent", "category", "count", "share"]
    column: Text | None = None
    called: Text | None = None
    persons: Text | None = None
    numerator: Text | None = None
    denominator: Text | None = None
    low: float | None = None
    high: float | None = None
    order: Annotated[list[Text], Field(min_length=2)] | None = None


def results(source: SourceForm) -> dict[str, Result]:
    """The results that a source declares, by id; columns that it names once for all of them put in their places."""
    found = {}
    for name, form in (source.results or {}).items():
        share = form.kind == "share"
        found[name] = Result(
            id=name,
            name=form.name,
            kind=form.kind,
            column=None if share else source.value if source.measure_column else form.column,
            called=tuple(fold(text) for text in (form.called or form.name, name)) if source.measure_column else (),
            persons=None if share else form.persons or source.persons,
            numerator=(form.numerator or source.numerator) if share else None,
            denominator=(form.denominator or source.denominator) if share else None,
            low=0.0 if form.kind == "percent" and form.low is None else form.low,
            high=100.0 if form.kind == "percent" and form.high is None else form.high,
            order=tuple(form.order or ()),
        )
    return found


def check(name: str, source: SourceForm, waves: list[str], document: Document, faults: Faults) -> None:
    """Add to `faults` what is wrong with a source of results."""
    where = ("sources", name)

    def fault(key: tuple, message: str) -> None:
        document.fault(faults, (*where, *key), message)

    for result, form in (source.results or {}).items():
        if id_fault(result):
            fault(("results", result), f"{show(result)} cannot be an id: {id_fault(result)}.")
        _check_result(form, source, lambda key, message, result=result: fault(("results", result, key), message))
    for first, later in same_ignoring_case(list(source.results or {})):
        fault(("results", later), f"differs from {show(first)} only in case. Give it another id.")
    _check_called(source, fault)
    for text, wave in (source.wave_values or {}).items():
        if wave not in waves:
            fault(("wave_values", text), f"parameters/district.yaml has no wave {show(wave)}; {suggest(wave, waves)}")
    if source.wave_values and source.wave_column is None:
        fault(("wave_values",), "these are values of wave_column, which is missing. Add it.")
    if source.value is not None and source.measure_column is None:
        fault(("value",), "this goes with measure_column, which is missing. Add it, or name a column in each result.")
    open_results = [result for result in results(source).values() if result.kind != "share" and result.persons is None]
    if open_results and source.published_by is None:
        fault(
            ("published_by",),
            f"no number of persons comes with {show(open_results[0].name)}, so who published it, and protected it, must be said. "
            "Add published_by, or persons.",
        )


def _check_result(form: ResultForm, source: SourceForm, fault) -> None:
    for key, kinds in ONLY_FOR_KINDS.items():
        if getattr(form, key) is not None and form.kind not in kinds:
            fault(key, f"this key has no meaning with kind: {form.kind}. Remove it.")
    if form.kind == "category" and form.order is None:
        fault("order", "a category needs the order of its words, from one end to the other. Add order: [weak, neutral, strong].")
    for first, later in same_ignoring_case(form.order or []):
        fault("order", f"{show(later)} stands twice (also as {show(first)}; case is ignored). Remove one.")
    if form.kind == "share":
        for key in ("numerator", "denominator"):
            if getattr(form, key) is None and getattr(source, key) is None:
                fault(key, f"a share needs the columns numerator and denominator. Add {key}.")
    elif source.measure_column is None and form.column is None:
        fault("column", "name the column that holds the result. Add column.")
    elif source.measure_column is not None and form.column is not None:
        fault("column", "the numbers stand in the column value of the source. Remove it; write called: for the measure's name in the file.")
    elif source.measure_column is not None and source.value is None:
        fault("kind", "the source has no column value to read this from. Add value to the source.")
    if form.called is not None and source.measure_column is None:
        fault("called", "this is a name in measure_column, which the source does not have. Remove it.")
    if form.low is not None and form.high is not None and form.low >= form.high:
        fault("low", f"{form.low:g} is not below high ({form.high:g}). Correct one.")


def _check_called(source: SourceForm, fault) -> None:
    """In a file that names each row's measure, a name must mean one result."""
    owner: dict[str, str] = {}
    for name, result in results(source).items():
        for text in result.called:
            if owner.setdefault(text, name) != name:
                fault(("results", name), f"{show(text)} means {show(owner[text])} already. Write called: with another name.")


def check_alike(sources: Mapping[str, Mapping[str, Result]], document: Document, faults: Faults) -> None:
    """A result of one id is one thing in all sources: the same name, kind, ends and order, so that waves can stand side by side."""
    first: dict[str, tuple[str, Result]] = {}
    for source, found in sources.items():
        for name, result in found.items():
            owner, known = first.setdefault(name, (source, result))
            for key in ("name", "kind", "low", "high", "order"):
                if getattr(known, key) != getattr(result, key):
                    message = f"{key} is not the same as in the source {show(owner)}. Make them equal, or give one another id."
                    document.fault(faults, ("sources", source, "results", name, key), message)
                    break
