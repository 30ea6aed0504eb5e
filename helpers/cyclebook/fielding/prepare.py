"""From parameters and tidy tables to what is said of a survey in the field: who answered is counted, no answer is used."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import facts
from cyclebook.climate.participation import head_counts
from cyclebook.climate.prepare import open_in
from cyclebook.errors import InputError
from cyclebook.fielding.counts import Fielding, Standing, by_day, days_left, opens_at, phase
from cyclebook.parameters import suggest
from cyclebook.parameters.names import show
from cyclebook.sources import Tables, read
from cyclebook.sources.qualtrics import NOT_STAFF

if TYPE_CHECKING:
    from cyclebook.parameters import District, Source, Wave


def today(district: District, tables: Tables) -> date | None:
    """The day to speak of: as configured, else the latest in the data; None without either. Never a clock.

    As :func:`cyclebook.facts.as_of`; but a wave whose answers carry days is known to the latest of them in its window, not to its end.
    """
    if district.as_of:
        return district.as_of
    days = []
    for wave in district.waves:
        dated = tables.respondents.loc[tables.respondents["wave"] == wave.id, "day"]
        within = dated[(dated >= wave.start.isoformat()) & (dated <= wave.end.isoformat())]
        if len(dated):
            days.append(date.fromisoformat(within.max()) if len(within) else wave.end)
    others = replace(tables, responses=tables.responses.iloc[:0])
    rest = facts.as_of(district, others)
    return max([*days, *([rest] if rest else [])], default=None)


def surveys_of(district: District, wave: Wave, asked: str | None) -> list[str]:
    """The surveys to speak of: the one asked for, else those with a file of answers for the wave, else all with files of answers.

    Raises InputError for a survey that is not known, or of which no file of answers is declared.
    """
    sources = [source for source in district.sources.values() if source.table == "responses"]
    known = list(dict.fromkeys(source.survey for source in sources))
    if asked is not None and asked not in known:
        if asked in district.surveys:
            raise InputError(f"--survey: no file of answers (table: responses) is declared for {show(asked)}; {suggest(asked, known)}")
        raise InputError(f"parameters/sources.yaml has no survey {show(asked)}; {suggest(asked, known)}")
    if not known:
        raise InputError("parameters/sources.yaml declares no file of answers (table: responses). Declare the survey's export there first.")
    return [asked] if asked else list(dict.fromkeys(s.survey for s in sources if _may_hold(s, wave))) or known


def tables_for(district: District, wave: Wave, surveys: Collection[str]) -> Tables:
    """Read what is needed and nothing else: the surveys' answers and the rosters of the wave.

    All files of a survey are read, of other waves too, because one response may stand in two of them and counts once.
    """

    def wanted(source: Source) -> bool:
        return source.survey in surveys if source.table == "responses" else source.table == "roster" and _may_hold(source, wave)

    return read(replace(district, sources={name: source for name, source in district.sources.items() if wanted(source)}))


def fieldings(district: District, tables: Tables, wave: Wave, surveys: Collection[str], day: date) -> list[Fielding]:
    """What is said of each survey. One that has files of many waves, and nothing for this one, is left out beside another that has."""
    found = [_fielding(district, tables, wave, survey, day) for survey in surveys]
    sure = {source.survey for source in district.sources.values() if source.table == "responses" and source.wave == wave.id}
    held = [one for one in found if one.survey in sure or one.later or any(school.answered for school in one.schools)]
    return held or found


def _fielding(district: District, tables: Tables, wave: Wave, survey: str, day: date) -> Fielding:
    people = tables.respondents
    people = people[(people["survey"] == survey) & (people["wave"] == wave.id)]
    later = (people["day"] > day.isoformat()).fillna(False).to_numpy(dtype=bool)
    counted = people[~later]
    heads = head_counts(tables.roster[tables.roster["wave"] == wave.id]).set_index("school_id")["head_count"].to_dict()
    answers = counted["school_id"].value_counts().to_dict()
    asked = [school for school in district.schools.values() if open_in(school, wave)]
    away = [school for school in district.schools.values() if not open_in(school, wave)]
    about = district.surveys[survey]
    promised = about.promise.smallest_group if about.promise else None
    smallest = max(int(facts.values(district, "")["smallest_group"]), promised or 0)
    here = [source for source in district.sources.values() if _may_hold(source, wave)]
    files = [source.name for source in here if source.table == "responses" and source.survey == survey]
    rosters = [source.name for source in here if source.table == "roster"]
    aside = _aside(tables, files)
    staff = tuple((reason, rows) for reason, rows in aside if reason not in NOT_STAFF.values())
    days = counted["day"].dropna()
    return Fielding(
        survey, about.title, about.minutes, about.promise, wave, day, phase(wave, day), smallest,
        tuple(
            Standing(school.school_id, school.name, int(answers.get(school.school_id, 0)), int(heads.get(school.school_id, 0)) or None,
                     _total(district, school.school_id, int(heads.get(school.school_id, 0)), smallest), days_left(wave, school.closed, day))
            for school in asked
        ),
        tuple((s.name, s.closed, "closed") if s.closed and s.closed < wave.start else (s.name, s.opened, "opened") for s in away),
        bool(files), staff, _aside(tables, rosters), sum(rows for _, rows in aside) - sum(rows for _, rows in staff),
        int(later.sum()), by_day(days), len(counted) - len(days) if len(days) else 0,
    )  # fmt: skip


def _total(district: District, school_id: str, head_count: int, smallest: int) -> int:
    """The answers that a school needs: what opens its gate, and never fewer than the smallest group that is shown."""
    settings = facts.values(district, school_id)
    return opens_at(head_count or None, float(settings["answer_gate_rate"]), max(int(settings["answer_gate_answers"]), smallest))


def _may_hold(source: Source, wave: Wave) -> bool:
    """Whether a file of answers or a roster holds, or may hold, rows of the wave."""
    return source.table in ("responses", "roster") and (source.wave == wave.id or source.wave_column is not None)


def _aside(tables: Tables, sources: Collection[str]) -> tuple[tuple[str, int], ...]:
    """(reason, rows) set aside in these sources, the most frequent first."""
    problems = tables.problems
    rows: pd.Series = problems[problems["source"].isin(list(sources)) & (problems["action"] == "set aside")]["reason"]
    return tuple((str(reason), int(count)) for reason, count in sorted(rows.value_counts().items(), key=lambda pair: (-pair[1], pair[0])))
