"""What the parameter files say, as plain objects: the district, its schools, waves, surveys, sources, codebooks and scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from cyclebook.errors import InputError
from cyclebook.parameters.names import fold, show, suggest
from cyclebook.parameters.plan_model import Agreement, Cycle, Measure, Structure, Term
from cyclebook.parameters.settings import STAFF, Setting, resolve


@dataclass(frozen=True)
class Wave:
    """One time at which surveys were given. `compare_with`: an earlier wave's id, by default the one before; None: the first."""

    id: str
    label: str
    start: date
    end: date
    compare_with: str | None


@dataclass(frozen=True)
class School:
    """One unit that gets reports. `groups`: coach, supervisor, cohort, district where given. Empty text: not stated.

    `successors`: ids of the schools that carried on its work when it closed; several: its staff went to several (a split).
    """

    school_id: str
    name: str
    level: str
    groups: Mapping[str, str]
    opened: date | None
    closed: date | None
    successors: tuple[str, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Membership:
    """That a school belonged to a group of a kind (coach, supervisor, cohort, district). `first`, `last`: days; None: no end."""

    school_id: str
    kind: str
    name: str
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Correction:
    """That what was handed out, up to a release, was made of other answers than it should have been.

    `of`: a survey, what is rated (agreements, collaboration), a measure or a result of others; `period`: a wave, a term, a month or a day, None:
    all; `schools`: ids, None: all.
    """

    of: str
    period: str | None
    schools: tuple[str, ...] | None
    release: int
    reason: str


@dataclass(frozen=True)
class Promise:
    """What staff were told: `kind` (anonymous or confidential), the smallest group shown (persons), who sees single answers."""

    kind: str
    smallest_group: int | None
    seen_by: str


@dataclass(frozen=True)
class Approval:
    """That the district has approved its pages for handing out: by whom, and on which day."""

    by: str
    date: date


#: Who answers a survey. Students and families are sources of their own, beside what staff say.
WHO = ("staff", "students", "families")


@dataclass(frozen=True)
class Survey:
    """`minutes`: how long answering takes, as people are told; None: not stated. `who`: of ``WHO``."""

    title: str
    promise: Promise | None
    minutes: int | None = None
    who: str = WHO[0]


@dataclass(frozen=True)
class Result:
    """One result that others publish about schools. `kind`: number, percent, category, count or share.

    `column`, `persons`, `numerator`, `denominator`: names of columns, None where not declared. `called`: in a file that names
    each row's measure, the names that mean this one, folded. `low`, `high`: ends of its scale. `order`: a category's words.
    """

    id: str
    name: str
    kind: str
    column: str | None
    called: tuple[str, ...]
    persons: str | None
    numerator: str | None
    denominator: str | None
    low: float | None
    high: float | None
    order: tuple[str, ...]


#: The attribute of persons that rosters have.
ROLE = "role"


@dataclass(frozen=True)
class Attribute:
    """What an export says of each respondent beside the answers, such as years at the school. `values`: the groups, in order;
    `bands`: the least and the most of each, both within, where the cells are numbers (else empty). `label`: as pages name it.
    """

    name: str
    label: str
    column: str
    values: tuple[str, ...]
    bands: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Source:
    """One export file and what its columns are. Column names are as in parameters/sources.yaml; None: not declared."""

    name: str
    table: str
    survey: str | None
    form: str
    path: Path
    path_as_written: str
    wave: str | None
    wave_column: str | None
    school: str | None
    person: str | None
    response_id: str | None
    head_count: str | None
    role: str | None
    codebook: str | None
    scored: bool
    encoding: str | None
    delimiter: str | None
    date: str | None = None
    rates: str | None = None
    item: str | None = None
    value: str | None = None
    measure: str | None = None
    measure_column: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    persons: str | None = None
    group: str | None = None
    members: str | None = None
    duration: str | None = None
    started: str | None = None
    ended: str | None = None
    weight: str | None = None
    answered_on: str | None = None
    sheet: str | None = None
    header_rows: int | None = None
    skip_rows: int | None = None
    cells: str | None = None
    dates: str | None = None
    school_id: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    published_by: str | None = None
    results: Mapping[str, Result] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    wave_values: Mapping[str, str] | None = None
    missing: list[str] | None = None
    suppressed: list[str] | None = None
    skip_rows_where: Mapping[str, list[str]] | None = None


@dataclass(frozen=True)
class Choice:
    """One option of a question that allows several. `columns`: its own, where each option has one; `chosen`: the cells that mean
    that it was chosen, where they are other than usual.
    """

    id: str
    label: str
    columns: tuple[str, ...]
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Version:
    """How a question was put in some waves, where that differs: `asked` at all, under which columns, in which words and answers."""

    waves: tuple[str, ...]
    asked: bool
    columns: tuple[str, ...]
    text: str
    answers: Mapping[str, float]


@dataclass(frozen=True)
class Item:
    """One question. `columns`: its names in the exports; `answers`: label or code to number.

    `choices`: the options of a question that allows several; it then has no `answers` and is part of no scale. `low`, `high`: the
    range of a question that is answered by a number (years, a mark from 0 to 10) and has no `answers`; None for all others.
    """

    id: str
    columns: tuple[str, ...]
    text: str
    answers: Mapping[str, float]
    choices: Mapping[str, Choice] = field(default_factory=dict)
    versions: tuple[Version, ...] = ()
    low: float | None = None
    high: float | None = None

    def version(self, wave: str | None) -> Version | None:
        """How it was put in a wave, where that differs from what the codebook says of all others."""
        return next((version for version in self.versions if wave in version.waves), None)

    def asked_in(self, wave: str | None) -> Item | None:
        """The question as it was put in a wave; None where it was not asked."""
        version = self.version(wave)
        if version is None:
            return self
        return replace(self, columns=version.columns, text=version.text, answers=version.answers) if version.asked else None


#: What evidence speaks for or against: that staff are connected and trust each other, that together they reach students, that all are
#: heard, that staff take part.
CLAIMS = ("connected", "effective", "heard", "taking_part")


@dataclass(frozen=True)
class Scale:
    """One construct. Either `items` (scored here) or `column` (scored already, in a source with `scored: true`).

    `low`, `high`: the range of an answer, and of the score. `favourable`: the least value, after reversing, that counts as
    favourable. `minimum_answered`: persons with fewer answered items are not scored; None: more than half are needed.
    `mode`: person_mean or item_means_first. `better`: higher or lower. `claim`: which of ``CLAIMS`` a better score speaks for.
    """

    id: str
    name: str
    about: str
    items: tuple[str, ...]
    reverse: frozenset[str]
    low: float | None
    high: float | None
    favourable: float | None
    minimum_answered: int | None
    mode: str
    better: str
    source: str
    column: str | None
    claim: str = CLAIMS[0]


@dataclass(frozen=True)
class Codebook:
    """One file of parameters/codebooks. `answers`: named answer sets; `not_applicable`: labels that mean no answer;
    `not_selected`: cells that say that an option was not chosen, beside an empty one.
    """

    name: str
    answers: Mapping[str, Mapping[str, float]]
    not_applicable: tuple[str, ...]
    items: Mapping[str, Item]
    scales: Mapping[str, Scale]
    not_selected: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class District:
    """All that the parameter files of one district folder say, checked. `audience`: for whom the pages are made, staff or public;
    `approved`: that they may be handed out to these, None as long as nobody has said so.

    `breakdowns`: attributes of staff by which averages are shown (`role`, or names of `attributes`). `leaders`: roles whose averages
    are shown for the whole district only, beside those that the program knows by their names. `probe`: further attributes, by which gaps are
    looked for in the whole district (those of `breakdowns` are looked at in any case).
    """

    folder: Path
    id: str
    name: str
    synthetic: bool
    as_of: date | None
    waves: list[Wave]
    schools: dict[str, School]
    surveys: dict[str, Survey]
    sources: dict[str, Source]
    codebooks: dict[str, Codebook]
    district_settings: Mapping[str, object] = field(default_factory=dict)
    school_settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    agreements: tuple[Agreement, ...] = ()
    cycles: Mapping[str, Cycle] = field(default_factory=dict)
    structure: Structure | None = None
    memberships: tuple[Membership, ...] = ()
    audience: str = STAFF
    approved: Approval | None = None
    corrections: tuple[Correction, ...] = ()
    breakdowns: tuple[str, ...] = ()
    leaders: tuple[str, ...] = ()
    probe: tuple[str, ...] = ()
    _by_name: dict[str, School] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        by_name = {fold(name): school for school in self.schools.values() for name in names_of(school)}
        object.__setattr__(self, "_by_name", by_name)

    @property
    def results(self) -> dict[str, Result]:
        """What others publish about the schools, of all sources, by id. (A result of one id is the same in every source.)"""
        return {result.id: result for source in self.sources.values() for result in source.results.values()}

    @property
    def attributes(self) -> dict[str, Attribute]:
        """What is declared of respondents, of all sources, by name. (An attribute of one name is the same in every source.)"""
        return {name: attribute for source in self.sources.values() for name, attribute in source.attributes.items()}

    @property
    def scales(self) -> dict[str, Scale]:
        """The scales of all codebooks, by id. (A scale of one id is the same in every codebook: `load` saw to it.)"""
        return {scale.id: scale for book in self.codebooks.values() for scale in book.scales.values()}

    def settings(self, school_id: str | None = None) -> dict[str, Setting]:
        """The settings in force for one school, or for the district (None), each with its layer. Raises InputError."""
        if school_id and school_id not in self.schools:
            raise InputError(f"parameters/schools.csv has no school_id {show(school_id)}; {suggest(school_id, self.schools)}")
        groups = [survey.promise.smallest_group for survey in self.surveys.values() if survey.promise and survey.who == WHO[0]]
        promised = max((group for group in groups if group is not None), default=None)
        return resolve(self.district_settings, self.school_settings.get(school_id or "", {}), promised, self.audience)

    def smallest_group_of(self, survey: str) -> int:
        """The smallest group of which a result of a survey is shown: the district's, or what those who answered it were promised, if more."""
        promise = self.surveys[survey].promise
        return max(int(self.settings()["smallest_group"].value), (promise.smallest_group if promise else None) or 0)

    def reworded(self, scale: Scale, wave: str, other: str) -> list[str]:
        """The items of a scale that were put in other words, or with other answers, in one of two waves than in the other."""
        return [item.id for item in self._items(scale) if _put(item, wave) != _put(item, other) and _put(item, wave) and _put(item, other)]

    def comparable(self, scale: Scale, wave: str, other: str) -> bool:
        """Whether all items of a scale were asked in both waves, or the same ones left out: else its scores are of two things."""
        return all(bool(_put(item, wave)) == bool(_put(item, other)) for item in self._items(scale))

    def _items(self, scale: Scale) -> list[Item]:
        return [book.items[item] for book in self.codebooks.values() if book.scales.get(scale.id) is not None for item in scale.items]

    def school_of(self, text: str) -> School | None:
        """The school whose id, name or alias `text` is (case and extra blanks do not matter), or None."""
        return self._by_name.get(fold(text))

    def groups_on(self, school_id: str, day: date | None) -> dict[str, str]:
        """The groups that a school belongs to on a day, by kind (coach, supervisor, cohort, district); None: those without an end."""
        found = dict(self.schools[school_id].groups)
        for member in self.memberships:
            begun = member.first is None or day is None or member.first <= day
            over = member.last is not None and (day is None or member.last < day)
            if member.school_id == school_id and begun and not over:
                found[member.kind] = member.name
        return found

    def groups(self, kind: str) -> list[str]:
        """The names of all groups of a kind that any school ever belonged to, in the order of the files."""
        stated = [school.groups[kind] for school in self.schools.values() if kind in school.groups]
        return list(dict.fromkeys([*stated, *(member.name for member in self.memberships if member.kind == kind)]))

    def wave(self, wave_id: str) -> Wave:
        """The wave of this id. Raises InputError."""
        return self.waves[self.wave_index(wave_id)]

    def wave_index(self, wave_id: str) -> int:
        """The place of a wave in the district's order, from 0. Raises InputError."""
        ids = [wave.id for wave in self.waves]
        if wave_id not in ids:
            raise InputError(f"parameters/district.yaml has no wave {show(wave_id)}; {suggest(wave_id, ids)}")
        return ids.index(wave_id)


def _put(item: Item, wave: str) -> tuple | None:
    """The words of a question and of its answers in a wave; None where it was not asked."""
    asked = item.asked_in(wave)
    return asked and (asked.text, *sorted(asked.answers.items()))


def names_of(school: School) -> list[str]:
    """Everything that a school may be called in a file: id, name, aliases."""
    return [school.school_id, school.name, *school.aliases]
