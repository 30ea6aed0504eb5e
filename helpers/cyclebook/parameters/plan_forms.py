"""The form of the files in which people write down what they decide: measures, agreements, cycles, structure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from cyclebook.parameters.forms import Day, Form, Text
from cyclebook.parameters.plan_model import CADENCES

Days = Annotated[int, Field(ge=1, le=3660)]
#: Text that may be left empty: the pages ask for what is missing.
Said = Annotated[str, StringConstraints(strip_whitespace=True)] | None


def _cadence(value: object) -> object:
    """A word such as quarterly, or a number of days."""
    if isinstance(value, str):
        if value.strip() not in CADENCES:
            raise ValueError(f"write one of {', '.join(CADENCES)}, or a number of days")
        return CADENCES[value.strip()]
    return value


class MeasureForm(Form):
    name: Text
    about: Text
    type: Literal["share", "count", "rate", "value"]
    unit: Text
    better: Literal["higher", "lower", "neither"]
    people: bool
    multiply: Annotated[float, Field(gt=0)] | None = None
    decimals: Annotated[int, Field(ge=0, le=4)] | None = None
    every: Days = 7
    low: float | None = None
    high: float | None = None
    definition: Text


class MeasuresFile(Form):
    measures: dict[str, MeasureForm]


class AgreementForm(Form):
    id: Text
    school_id: Text
    text: Text
    question: Literal["among_staff", "with_communities", "modelling", "accountability"] | None = None
    owner: Said = None
    behaviour: Said = None
    cadence: Annotated[int, BeforeValidator(_cadence), Field(ge=1, le=3660)] | None = None
    last_review: Day | None = None


class AgreementsFile(Form):
    agreements: list[AgreementForm] | None = None


class AskForm(Form):
    who: Said = None
    what: Said = None
    result: Said = None
    displaces: Said = None
    hours_per_week: Annotated[float, Field(ge=0, le=60)] | None = None


class PredictionForm(Form):
    measure: Text
    change: float
    words: Said = None


class PlannedMeasureForm(Form):
    measure: Text
    kind: Literal["outcome", "process", "balancing"]
    target: float | None = None


class SpanForm(Form):
    start: Day = Field(alias="from")
    end: Day = Field(alias="to")


class RuleForm(Form):
    measure: Text
    by: Literal["chart", "comparison"]
    worthwhile: Annotated[float, Field(gt=0)]
    points: Annotated[int, Field(ge=2)]
    probability: Annotated[float, Field(gt=0.5, lt=1)] | None = None


class DecisionForm(Form):
    day: Day
    word: Literal["adopt", "adapt", "stop"]
    why: Said = None


class CycleForm(Form):
    title: Text
    schools: Annotated[list[Text], Field(min_length=1)]
    comparison: list[Text] | None = None
    focus: Said = None
    driver: Said = None
    idea: Said = None
    hypothesis: Said = None
    owner: Said = None
    for_whom: Said = None
    prediction: PredictionForm | None = None
    ask: AskForm | None = None
    measures: list[PlannedMeasureForm] | None = None
    baseline: SpanForm | None = None
    start: Day | None = None
    end: Day | None = None
    checks: list[Day] | None = None
    split: list[Day] | None = None
    rule: RuleForm | None = None
    rule_hash: Said = None
    decision: DecisionForm | None = None


class StructureForm(Form):
    department: Said = None
    serves: Literal["all_students", "some_students"] | None = None
    meets_cabinet: Annotated[int, Field(ge=0, le=366)] | None = None
    cabinet_discusses: Annotated[int, Field(ge=0, le=366)] | None = None
    feedback: Literal["always", "sometimes", "never"] | None = None
    day: Day | None = None


class StructureFile(Form):
    structure: StructureForm | None = None
