"""Groups of staff: attributes that an export gives of each respondent (`attributes` of a source), and which of them results are broken down by.

Free text never becomes a group: a cell is one of the values that are listed, or a number in one of the bands, or it is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cyclebook.parameters.model import ROLE, Attribute
from cyclebook.parameters.names import fold, id_fault, same_ignoring_case, show, suggest

if TYPE_CHECKING:
    from cyclebook.parameters.forms import DistrictFile, SourceForm
    from cyclebook.parameters.model import Source
    from cyclebook.parameters.yaml_files import Document, Faults

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
#: What names a set of respondents elsewhere cannot be the name of an attribute.
RESERVED = (ROLE, "school_id", "school", "source", "wave", "survey", "answered", "flagged", "window", "person", "item", "scale")
#: How values are written beside one another.
MARKS = "|=;%"


class AttributeForm(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    label: Text | None = None
    column: Text
    values: Annotated[list[Text], Field(min_length=1)] | None = None
    bands: Annotated[dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]], Field(min_length=1)] | None = None


def attributes(source: SourceForm) -> dict[str, Attribute]:
    """The attributes that a source declares, by name."""
    found = {}
    for name, form in (source.attributes or {}).items():
        values = tuple(form.values or form.bands or ())
        bands = tuple((low, high) for low, high in (form.bands or {}).values())
        found[name] = Attribute(name, form.label or name.replace("_", " ").capitalize(), form.column, values, bands)
    return found


def check(name: str, source: SourceForm, document: Document, faults: Faults) -> None:
    """Add to `faults` what is wrong with the attributes of one source."""
    own = source.attributes or {}
    place = ("sources", name, "attributes")
    for attribute in own:
        fault = id_fault(attribute) or ("this name is taken" if attribute.casefold() in RESERVED else None)
        if fault:
            document.fault(faults, (*place, attribute), f"{show(attribute)} cannot be the name of an attribute: {fault}. Give it another.")
    for first, later in same_ignoring_case(own):
        document.fault(faults, (*place, later), f"differs from {show(first)} only in case. Give it another name.")
    for attribute, form in own.items():
        if (form.values is None) == (form.bands is None):
            document.fault(faults, (*place, attribute), "write either values (the list of answers) or bands (a name and two numbers for each).")
            continue
        key = (*place, attribute, "values" if form.values else "bands")
        _check_names(form.values or list(form.bands or {}), key, document, faults)
        _check_bands(form.bands or {}, key, document, faults)


def _check_names(names: Sequence[str], key: tuple, document: Document, faults: Faults) -> None:
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(fold(name), name)
        if not fold(name):
            document.fault(faults, key, "an empty name. An empty cell is never a group: remove it.")
        elif first is not name:
            document.fault(faults, key, f"{show(name)} is the same as {show(first)} (case and extra blanks do not matter). Keep one.")
        if set(name) & set(MARKS):
            document.fault(faults, key, f"{show(name)} holds one of the marks {' '.join(MARKS)}. Write it without.")


def _check_bands(bands: Mapping[str, Sequence[float]], key: tuple, document: Document, faults: Faults) -> None:
    for name, (low, high) in bands.items():
        if low > high:
            document.fault(faults, (*key, name), f"from {show(low)} to {show(high)} is no range. Write the lower number first.")
    ordered = sorted(bands.items(), key=lambda band: band[1])
    for (first, (_, high)), (later, (low, _)) in zip(ordered, ordered[1:], strict=False):
        if low <= high:
            document.fault(faults, (*key, later), f"{show(low)} also belongs to {show(first)}, which ends at {show(high)}. A number is in one band.")


def check_alike(sources: Mapping[str, Source], document: Document, faults: Faults) -> None:
    """An attribute is the same in every source: one label, the same groups."""
    first: dict[str, tuple[str, Attribute]] = {}
    for source in sources.values():
        for name, own in source.attributes.items():
            where, known = first.setdefault(name, (source.name, own))
            if (known.label, known.values, known.bands) != (own.label, own.values, own.bands):
                document.fault(
                    faults, ("sources", source.name, "attributes", name),
                    f"this attribute has another label or other groups in the source {show(where)}. Write the same in both.",
                )  # fmt: skip


def check_breakdowns(form: DistrictFile, sources: Iterable[Source], document: Document, faults: Faults) -> None:
    """Each breakdown is `role`, where a roster has roles, or an attribute that a source declares; none stands twice."""
    sources = list(sources)
    known = [ROLE, *dict.fromkeys(name for source in sources for name in source.attributes)]
    wanted = form.breakdowns or []
    for place, name in enumerate(wanted):
        key = ("breakdowns", place)
        if name not in known:
            told = f"there is no attribute {show(name)} of respondents; {suggest(name, known)}"
            document.fault(faults, key, f"{told} Others are declared under attributes in parameters/sources.yaml.")
        elif name in wanted[:place]:
            document.fault(faults, key, f"{show(name)} stands twice. Keep one.")
        elif name == ROLE and not any(source.table == "roster" and source.role for source in sources):
            told = "no roster names roles, and who has which role is taken from there"
            document.fault(faults, key, f"{told}. Add role: (its column) to a source with table: roster, or remove this.")


def check_probe(form: DistrictFile, sources: Iterable[Source], document: Document, faults: Faults) -> None:
    """Each further attribute to look at is declared by a source, is no breakdown (these are looked at in any case) and stands once."""
    known = list(dict.fromkeys(name for source in sources for name in source.attributes))
    wanted = form.probe or []
    for place, name in enumerate(wanted):
        key = ("probe", place)
        if name == ROLE or name in (form.breakdowns or []):
            told = "whatever stands under breakdowns is looked at in any case, and the role only from there"
            document.fault(faults, key, f"{show(name)} does not belong here: {told}. Move it there, or remove it.")
        elif name not in known:
            told = f"there is no attribute {show(name)} of respondents; {suggest(name, known)}"
            document.fault(faults, key, f"{told} Others are declared under attributes in parameters/sources.yaml.")
        elif name in wanted[:place]:
            document.fault(faults, key, f"{show(name)} stands twice. Keep one.")
