"""What people decide, as plain objects: measures, agreements, cycles with their rule, how the district is set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

#: The four questions that a set of agreements is to answer.
QUESTIONS = ("among_staff", "with_communities", "modelling", "accountability")
#: The six groups of a leadership team.
TEAM_GROUPS = ("administrators", "educators", "families_and_learners", "community", "pupil_services", "school_board")
#: Days between two reviews, by the word that people write.
CADENCES = {"weekly": 7, "monthly": 30, "quarterly": 91, "twice_a_year": 182, "yearly": 365}


@dataclass(frozen=True)
class Measure:
    """Something that is counted or measured again and again.

    `type`: share (numerator of denominator), count, rate (numerator per denominator) or value. `about`: the same inside a
    sentence. A number is shown times `multiply` (a share in percent: 100), with `decimals`, in `unit`. `better`: higher, lower or
    neither. `people`: whether each number stands on people's answers or attributes, and so is protected. `every`: days between
    two points. `low`, `high`: the ends of its scale as shown.
    """

    id: str
    name: str
    about: str
    type: str
    unit: str
    better: str
    people: bool
    multiply: float
    decimals: int
    every: int
    low: float | None
    high: float | None
    definition: str


@dataclass(frozen=True)
class Agreement:
    """A norm that staff of one school have agreed on. Empty text, None: not stated. `cadence`: days between two reviews."""

    id: str
    school_id: str
    text: str
    question: str
    owner: str
    behaviour: str
    cadence: int | None
    last_review: date | None


@dataclass(frozen=True)
class Ask:
    """What a cycle asks of people, what will happen as a result, what it takes the place of, and the hours a week."""

    who: str
    what: str
    result: str
    displaces: str
    hours_per_week: float | None


@dataclass(frozen=True)
class PlannedMeasure:
    """A measure named before the start. `kind`: outcome, process or balancing. `target`: on its scale as shown."""

    measure: str
    kind: str
    target: float | None


@dataclass(frozen=True)
class Rule:
    """How a cycle is decided, fixed before its data come in.

    `by`: chart (the school's own) or comparison (with other schools). `worthwhile`: the smallest change worth having, above 0,
    as shown, in the better direction. `points`: fewest points since the start before anything is decided. `probability`: that
    the effect is at least worthwhile, for a comparison; None for a chart.
    """

    measure: str
    by: str
    worthwhile: float
    points: int
    probability: float | None


@dataclass(frozen=True)
class Prediction:
    """What the team expects: the change of a measure, with its sign, on its scale as shown."""

    measure: str
    change: float
    words: str


@dataclass(frozen=True)
class Decision:
    """What people decided: adopt, adapt or stop."""

    day: date
    word: str
    why: str


@dataclass(frozen=True)
class Cycle:
    """One test of a change (PDSA) at one or several schools. Empty text, None or (): not stated.

    `comparison`: schools that do not try it. `focus`: a scale's id or free text. `baseline`: first and last day. `checks`: days of
    the planned looks at the rule, in order. `split`: days on which charts begin anew. `rule_hash`: as recorded at the start.
    """

    id: str
    title: str
    schools: tuple[str, ...]
    comparison: tuple[str, ...] = ()
    focus: str = ""
    driver: str = ""
    idea: str = ""
    hypothesis: str = ""
    owner: str = ""
    for_whom: str = ""
    prediction: Prediction | None = None
    ask: Ask | None = None
    measures: tuple[PlannedMeasure, ...] = ()
    baseline: tuple[date, date] | None = None
    start: date | None = None
    end: date | None = None
    checks: tuple[date, ...] = ()
    split: tuple[date, ...] = ()
    rule: Rule | None = None
    rule_hash: str = ""
    decision: Decision | None = None


@dataclass(frozen=True)
class Structure:
    """How the district is set up for the work. `serves`: all_students, some_students or ''. Times a year; None: not recorded.

    `feedback`: whether the cabinet's answers come back (always, sometimes, never or ''). `day`: when this was last checked.
    """

    department: str
    serves: str
    meets_cabinet: int | None
    cabinet_discusses: int | None
    feedback: str
    day: date | None


@dataclass(frozen=True)
class Term:
    """A stretch of the school year, such as a semester."""

    id: str
    label: str
    start: date
    end: date


def window(day: str, terms: Sequence[Term] = ()) -> str:
    """The id of the term that holds an ISO day, else its calendar month, such as 2025-10."""
    when = date.fromisoformat(day)
    return next((term.id for term in terms if term.start <= when <= term.end), day[:7])
