"""Reading what people decide: measures.yaml, agreements and cycles (YAML or a spreadsheet), structure.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cyclebook.parameters.codebooks import check_ids, yaml_files
from cyclebook.parameters.forms import Form, fill
from cyclebook.parameters.model import School
from cyclebook.parameters.names import id_fault, same_ignoring_case, show, suggest
from cyclebook.parameters.plan_forms import AgreementForm, AgreementsFile, CycleForm, MeasureForm, MeasuresFile, StructureFile
from cyclebook.parameters.plan_model import (
    Agreement, Ask, Cycle, Decision, Measure, PlannedMeasure, Prediction, Rule, Structure,
)  # fmt: skip
from cyclebook.parameters.sheets import read_sheet
from cyclebook.parameters.yaml_files import Document, Faults, Key, read_yaml

MEASURES_FILE = "parameters/measures.yaml"
STRUCTURE_FILE = "parameters/structure.yaml"
AGREEMENTS = "parameters/agreements"
CYCLES = "parameters/cycles"
SHEETS = (".csv", ".xlsx")
AGREEMENT_COLUMNS = tuple(AgreementForm.model_fields)
KINDS = ("outcome", "process", "balancing")
PROBABILITY = 0.9  #: of a rule by comparison that names none

#: The files that are read, by folder. One of another name would be passed over in silence, so it is a fault.
FILES = {
    "parameters": (
        "district.yaml", "schools.csv", "groups.csv", "sources.yaml", "measures.yaml", "structure.yaml", "agreements.yaml",
        "agreements.csv", "agreements.xlsx", "cycles.csv", "cycles.xlsx", "corrections.yaml",
    ),
    CYCLES: (),
}  # fmt: skip

#: Key in the YAML form of a cycle → column of the spreadsheet form.
CYCLE_COLUMNS: dict[Key, str] = {
    **{(name,): name for name in ("id", "title", "schools", "comparison", "focus", "driver", "idea", "hypothesis", "owner", "for_whom")},
    **{("prediction", name): f"prediction_{name}" for name in ("measure", "change", "words")},
    **{("ask", name): f"ask_{name}" for name in ("who", "what", "result", "displaces", "hours_per_week")},
    **{("measures", kind): kind for kind in KINDS},
    **{("measures", kind, "target"): f"{kind}_target" for kind in KINDS},
    ("baseline", "from"): "baseline_from", ("baseline", "to"): "baseline_to",
    **{(name,): name for name in ("start", "end", "checks", "split")},
    **{("rule", name): f"rule_{name}" for name in ("measure", "by", "worthwhile", "points", "probability")},
    ("rule_hash",): "rule_hash",
    **{("decision", name): f"decision_{name}" for name in ("day", "word", "why")},
}  # fmt: skip
LISTS = ("schools", "comparison", "checks", "split")
NUMBERS = {("prediction", "change"), ("ask", "hours_per_week"), ("rule", "worthwhile"), ("rule", "probability")}
WHOLE = {("rule", "points"), ("cadence",)}


@dataclass(frozen=True)
class SheetRow:
    """One row of a spreadsheet in the form of a document, so that it is checked by the same form as YAML."""

    file: str
    row: int
    content: dict

    def fault(self, faults: Faults, key: Key, message: str) -> None:
        column = self._column(tuple(key))
        faults.add(f"{self.file}, row {self.row}" + (f", column {column}" if column else ""), message)

    def _column(self, key: Key) -> str:
        if key[:1] == ("measures",) and len(key) > 1 and isinstance(key[1], int):
            kind = self.content["measures"][key[1]]["kind"]
            return f"{kind}_target" if key[2:] == ("target",) else kind
        return CYCLE_COLUMNS.get(key) or CYCLE_COLUMNS.get(key[:1]) or (str(key[0]) if key else "")


def check_names(folder: Path, faults: Faults) -> None:
    """Tell of tables and YAML files in parameters/ and parameters/cycles that no one reads. Templates begin with _."""
    for under, known in FILES.items():
        for path in sorted((folder / under).glob("*")):
            if path.suffix.lower() not in (".csv", ".xlsx", ".yaml", ".yml") or path.name[0] in "_.~" or path.name in known:
                continue
            if known:
                faults.add(f"{under}/{path.name}", f"no file of this name is read; {suggest(path.name, known)} Rename or move it.")
            elif path.suffix.lower() in SHEETS:
                faults.add(f"{under}/{path.name}", f"a spreadsheet of cycles is read as {CYCLES}{path.suffix.lower()}. Rename or move it.")


def read_measures(folder: Path, faults: Faults) -> dict[str, Measure]:
    """The measures by id; none where there is no file. What is wrong is added to `faults`."""
    if not (folder / MEASURES_FILE).is_file():
        return {}
    document = read_yaml(folder, MEASURES_FILE, faults)
    form = fill(MeasuresFile, document, faults) if document else None
    if form is None:
        return {}
    check_ids(form.measures, ("measures",), document, faults)
    return {name: _measure(name, measure, document, faults) for name, measure in form.measures.items()}


def _measure(name: str, form: MeasureForm, document: Document, faults: Faults) -> Measure:
    share = form.type == "share"
    multiply = form.multiply or (100.0 if share else 1.0)
    low, high = form.low, form.high
    if share:
        low, high = 0.0 if low is None else low, multiply if high is None else high
    if low is not None and high is not None and not low < high:
        document.fault(faults, ("measures", name, "high"), f"{high:g} is not above the lowest value, {low:g}. Correct one.")
    decimals = form.decimals if form.decimals is not None else (0 if form.type in ("share", "count") else 1)
    return Measure(
        name, form.name, form.about, form.type, form.unit, form.better, form.people, multiply, decimals, form.every, low, high,
        form.definition,
    )  # fmt: skip


def read_structure(folder: Path, faults: Faults) -> Structure | None:
    """How the district is set up; None where there is no file."""
    if not (folder / STRUCTURE_FILE).is_file():
        return None
    document = read_yaml(folder, STRUCTURE_FILE, faults)
    form = fill(StructureFile, document, faults) if document else None
    if form is None or form.structure is None:
        return None
    found = form.structure
    return Structure(
        found.department or "", found.serves or "", found.meets_cabinet, found.cabinet_discusses, found.feedback or "", found.day
    )


def read_agreements(folder: Path, schools: Mapping[str, School], faults: Faults) -> tuple[Agreement, ...]:
    """The agreements of all schools, in the order of the files. What is wrong is added to `faults`."""
    found: list[Agreement] = []
    seen: dict[tuple[str, str], str] = {}
    for where, form in _agreement_forms(folder, faults):
        for name in ("id", "school_id"):
            value = getattr(form, name)
            if name == "id" and id_fault(value):
                where.fault(faults, ("id",), f"{show(value)} cannot be an id: {id_fault(value)}.")
            if name == "school_id" and value not in schools:
                where.fault(faults, ("school_id",), f"there is no school_id {show(value)}; {suggest(value, schools)}")
        key = form.school_id, form.id.casefold()
        if key in seen:
            where.fault(faults, ("id",), f"school {form.school_id} has an agreement {show(seen[key])} already. Give this one another id.")
        seen.setdefault(key, form.id)
        found.append(Agreement(
            form.id, form.school_id, form.text, form.question or "", form.owner or "", form.behaviour or "", form.cadence,
            form.last_review,
        ))  # fmt: skip
    return tuple(found)


def _agreement_forms(folder: Path, faults: Faults) -> Iterator[tuple[SheetRow | _Entry, AgreementForm]]:
    file = f"{AGREEMENTS}.yaml"
    if (folder / file).is_file():
        document = read_yaml(folder, file, faults)
        form = fill(AgreementsFile, document, faults) if document else None
        for place, agreement in enumerate((form and form.agreements) or ()):
            yield _Entry(document, ("agreements", place)), agreement
    for row in _sheets(folder, AGREEMENTS, AGREEMENT_COLUMNS, ("id", "school_id", "text"), faults):
        content = {name: text for name, text in row.content.items() if text}
        if content.get("cadence", "").isdecimal():
            content["cadence"] = int(content["cadence"])
        filled = SheetRow(row.file, row.row, content)
        form = fill(AgreementForm, filled, faults)
        if form:
            yield filled, form


@dataclass(frozen=True)
class _Entry:
    """One entry of a YAML file, whose keys are counted from it."""

    document: Document
    place: Key

    def fault(self, faults: Faults, key: Key, message: str) -> None:
        self.document.fault(faults, (*self.place, *key), message)


def _sheets(folder: Path, stem: str, columns: tuple[str, ...], required: tuple[str, ...], faults: Faults) -> Iterator[SheetRow]:
    """The rows of `stem`.csv and `stem`.xlsx, of those that there are."""
    for suffix in SHEETS:
        file = stem + suffix
        if (folder / file).is_file():
            for row, cells in read_sheet(folder, file, columns, required, faults):
                yield SheetRow(file, row, cells)


def read_cycles(
    folder: Path, schools: Mapping[str, School], measures: Mapping[str, Measure], faults: Faults
) -> dict[str, Cycle]:
    """The cycles by id: a file each in parameters/cycles (names that begin with _ are templates), a row each in a spreadsheet."""
    found: dict[str, Cycle] = {}
    for name, where, form in _cycle_forms(folder, faults):
        if id_fault(name):
            where.fault(faults, ("id",), f"{show(name)} cannot be an id: {id_fault(name)}.")
        for first, _ in same_ignoring_case([*found, name]):
            where.fault(faults, ("id",), f"there is a cycle {show(first)} already. Give this one another id.")
        _check_cycle(form, schools, measures, where, faults)
        found[name] = _cycle(name, form, schools)
    return found


def _cycle_forms(folder: Path, faults: Faults) -> Iterator[tuple[str, Document | SheetRow, CycleForm]]:
    for file in yaml_files(folder, CYCLES, faults):
        if Path(file).name.startswith("_"):
            continue
        document = read_yaml(folder, file, faults)
        form = fill(CycleForm, document, faults) if document else None
        if form:
            yield Path(file).stem, document, form
    columns = tuple(CYCLE_COLUMNS.values())
    for row in _sheets(folder, CYCLES, columns, ("id", "title", "schools"), faults):
        name, nested = row.content["id"], SheetRow(row.file, row.row, {})
        nested.content.update(_nested(row, faults))
        form = fill(CycleForm, nested, faults)
        if form:
            yield name, nested, form


def _nested(row: SheetRow, faults: Faults) -> dict:
    """A spreadsheet's row in the form of a cycle's YAML: empty cells left out, `|` between several values of a cell."""
    content: dict = {}
    for key, column in CYCLE_COLUMNS.items():
        text = row.content[column]
        if not text or key == ("id",) or key[0] == "measures":
            continue
        value: object = _split(text) if key[0] in LISTS else text
        if key in NUMBERS or key in WHOLE:
            value = _number(text, key in WHOLE, row, column, faults)
        place = content.setdefault(key[0], {}) if len(key) == 2 else content
        place[key[-1]] = value
    measures = []
    for kind in KINDS:
        names, column = _split(row.content[kind]), f"{kind}_target"
        targets = [part.strip() for part in row.content[column].split("|")] if row.content[column] else []
        if len(targets) > len(names):
            faults.add(f"{row.file}, row {row.row}, column {column}", f"{len(targets)} targets for {len(names)} measures. Correct one.")
        for place, name in enumerate(names):
            target = targets[place] if place < len(targets) else ""
            entry = {"measure": name, "kind": kind}
            measures.append(entry | ({"target": _number(target, False, row, column, faults)} if target else {}))
    return content | ({"measures": measures} if measures else {})


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]


def _number(text: str, whole: bool, row: SheetRow, column: str, faults: Faults) -> float | int | None:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        what = "a whole number" if whole else "a number"
        faults.add(f"{row.file}, row {row.row}, column {column}", f"{show(text)} is not {what}. Write one such as 8.")
        return 1


def _check_cycle(
    form: CycleForm, schools: Mapping[str, School], measures: Mapping[str, Measure], where: Document | SheetRow, faults: Faults
) -> None:
    def fault(key: Key, message: str) -> None:
        where.fault(faults, key, message)

    trying = list(schools) if form.schools == ["all"] else form.schools
    for name, listed in (("schools", trying), ("comparison", form.comparison or [])):
        for place, school_id in enumerate(listed):
            if school_id not in schools:
                fault((name, place), f"there is no school_id {show(school_id)}; {suggest(school_id, schools)}")
            elif school_id in listed[:place]:
                fault((name, place), f"{show(school_id)} stands twice. Remove one.")
            elif name == "comparison" and school_id in trying:
                fault((name, place), f"{show(school_id)} tries the idea itself. Remove it from one of the two.")
    planned = [(("measures", place, "measure"), entry.measure) for place, entry in enumerate(form.measures or [])]
    if form.prediction:
        planned.append((("prediction", "measure"), form.prediction.measure))
    for key, name in planned:
        if name not in measures:
            fault(key, f"{MEASURES_FILE} has no measure {show(name)}; {suggest(name, measures)}")
    for place, entry in enumerate(form.measures or []):
        measure = measures.get(entry.measure)
        if measure and entry.target is not None and _beyond(entry.target, measure):
            fault(("measures", place, "target"), f"{entry.target:g} lies beyond the ends of {show(measure.name)} in {MEASURES_FILE}.")
    _check_days(form, fault)
    _check_rule(form, measures, fault)


def _beyond(number: float, measure: Measure) -> bool:
    return (measure.low is not None and number < measure.low) or (measure.high is not None and number > measure.high)


def _check_days(form: CycleForm, fault) -> None:
    if form.baseline and form.baseline.end < form.baseline.start:
        fault(("baseline", "to"), f"{form.baseline.end} is before {form.baseline.start}. Correct one.")
    if form.baseline and form.start and form.baseline.end >= form.start:
        fault(("baseline", "to"), f"the baseline must end before the start ({form.start}). Correct one.")
    if form.start and form.end and form.end < form.start:
        fault(("end",), f"{form.end} is before the start ({form.start}). Correct one.")
    days = [("start", form.start), *(("check", day) for day in form.checks or [])]
    for place, ((what, before), (_, day)) in enumerate(zip(days, days[1:], strict=False)):
        if before and day <= before:
            fault(("checks", place), f"{day} is not after the {what} before it ({before}). List the checks in the order of time.")


def _check_rule(form: CycleForm, measures: Mapping[str, Measure], fault) -> None:
    rule = form.rule
    if rule is None:
        return
    outcomes = [entry.measure for entry in form.measures or [] if entry.kind == "outcome"]
    if rule.measure not in outcomes:
        fault(("rule", "measure"), f"{show(rule.measure)} is not an outcome measure of this cycle; {suggest(rule.measure, outcomes)}")
    elif rule.measure in measures and measures[rule.measure].better == "neither":
        fault(("rule", "measure"), f"for {show(rule.measure)} neither higher nor lower is better, so no rule can judge it. Name another.")
    if rule.by == "comparison" and not form.comparison:
        fault(("rule", "by"), "a rule by comparison needs comparison schools. List them under comparison, or write by: chart.")
    if rule.by == "chart" and rule.probability is not None:
        fault(("rule", "probability"), "a rule by chart has no probability. Remove it.")
    if not form.checks:
        fault(("checks",), "a rule needs the days on which it will be looked at. Add at least one.")
    if not form.start or not form.baseline:
        fault(("start",), "a rule needs a start and a baseline before it. Add them.")


def _cycle(name: str, form: CycleForm, schools: Mapping[str, School]) -> Cycle:
    def text(part: Form, key: str) -> str:
        return getattr(part, key) or ""

    ask, prediction, rule, decision = form.ask, form.prediction, form.rule, form.decision
    probability = rule and (rule.probability or PROBABILITY if rule.by == "comparison" else None)
    days: tuple[date, ...] = tuple(form.checks or ())
    return Cycle(
        id=name,
        title=form.title,
        schools=tuple(schools) if form.schools == ["all"] else tuple(form.schools),
        comparison=tuple(form.comparison or ()),
        **{key: text(form, key) for key in ("focus", "driver", "idea", "hypothesis", "owner", "for_whom", "rule_hash")},
        prediction=Prediction(prediction.measure, prediction.change, text(prediction, "words")) if prediction else None,
        ask=Ask(*(text(ask, key) for key in ("who", "what", "result", "displaces")), ask.hours_per_week) if ask else None,
        measures=tuple(PlannedMeasure(entry.measure, entry.kind, entry.target) for entry in form.measures or ()),
        baseline=(form.baseline.start, form.baseline.end) if form.baseline else None,
        start=form.start,
        end=form.end,
        checks=days,
        split=tuple(form.split or ()),
        rule=Rule(rule.measure, rule.by, rule.worthwhile, rule.points, probability) if rule else None,
        decision=Decision(decision.day, decision.word, text(decision, "why")) if decision else None,
    )
