"""The records that districts keep beside surveys: what each kind of table holds, and how its cells are read.

A source with one of these tables names its columns under `columns:` in parameters/sources.yaml. Everything else follows from here: the
reader (`sources.records`), the contract and the data dictionary (`tables`), and what is said when a column is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: Kinds of cells: an id of a school; a day; a token of a person; a short label; a whole number of 0 or more; a number of 0 or more; one of
#: some words; yes or no.
SCHOOL, DAY, TOKEN, LABEL, COUNT, AMOUNT, CHOICE, YES_NO = "school", "day", "token", "label", "count", "amount", "choice", "yes_no"


@dataclass(frozen=True)
class RecordColumn:
    """A column: the kind of its cells, what they mean, whether it must be declared, and the words that a choice is made of.

    empty: whether a cell may be empty where the column is declared (a day that has not come yet, a reason that nobody gave).
    """

    kind: str
    about: str
    needed: bool = True
    choices: tuple[str, ...] = ()
    empty: bool = False


@dataclass(frozen=True)
class Record:
    """A kind of table. keys: the columns that may not be the same in two rows; none where rows may repeat.

    parts: pairs of columns of which the first can be no larger than the second.
    """

    about: str
    columns: Mapping[str, RecordColumn]
    keys: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()


def _optional(kind: str, about: str, choices: tuple[str, ...] = (), empty: bool = True) -> RecordColumn:
    return RecordColumn(kind, about, False, choices, empty)


_SCHOOL = RecordColumn(SCHOOL, "School, an id of `parameters/schools.csv`. Text: leading zeros count.")
_DAY = RecordColumn(DAY, "Day, as 2025-10-06.")

RECORDS: Mapping[str, Record] = MappingProxyType({
    "contacts": Record(
        "Whom the district's team tried to reach, and whether they were answered: one row for each e-mail, call or request. Shown on the team's own page only.",
        {
            "school_id": _SCHOOL,
            "date": RecordColumn(DAY, "Day on which the team asked, as 2025-10-06."),
            "kind": RecordColumn(CHOICE, "How.", choices=("email", "call", "text", "visit")),
            "to": RecordColumn(CHOICE, "Whose answer was asked for.", choices=("principal", "sel_lead", "other")),
            "member": RecordColumn(TOKEN, "Token of the member of the team who asked."),
            "answered": RecordColumn(DAY, "Day of the answer; empty while there is none.", empty=True),
            "first_ask": _optional(YES_NO, "Of visits: whether a day was found at the first ask."),
            "reason": _optional(LABEL, "Why there was no answer or no day, where a reason was given: a few words, never a name."),
        },
    ),
    "sessions": Record(
        "Professional learning: one row for each session and school, with how many came.",
        {
            "school_id": _SCHOOL,
            "date": _DAY,
            "session": RecordColumn(LABEL, "Name of the session, the same for all schools."),
            "kind": RecordColumn(CHOICE, "Whether schools were free not to come.", choices=("voluntary", "mandatory")),
            "attended": RecordColumn(COUNT, "How many of the school came; 0 for none."),
            "invited": _optional(COUNT, "How many of the school were asked to come."),
            "reason": _optional(LABEL, "Why nobody or few came, where a reason was given: a few words, never a name."),
        },
        keys=("school_id", "date", "session"),
        parts=(("attended", "invited"),),
    ),
    "connections": Record(
        "Ties between the district's team and school leaders: one row for each member, leader and day on which the map was drawn. For the team's own page.",
        {
            "school_id": _SCHOOL,
            "date": RecordColumn(DAY, "Day on which the map was drawn, as 2025-10-06."),
            "member": RecordColumn(TOKEN, "Token of the member of the team."),
            "leader": RecordColumn(TOKEN, "Token of the leader of the school."),
            "close": RecordColumn(YES_NO, "Whether the two know each other well enough to pick up the phone."),
        },
        keys=("school_id", "date", "member", "leader"),
    ),
    "staffing": Record(
        "Staff who left, and days that staff were absent: one row for each school and year.",
        {
            "school_id": _SCHOOL,
            "year": RecordColumn(LABEL, "Year, as 2024-25; years stand in the order of their labels."),
            "staff": RecordColumn(COUNT, "Staff at the start of the year."),
            "left": _optional(COUNT, "Of these, how many had left by the start of the next year."),
            "absent_days": _optional(AMOUNT, "Days on which staff were absent, over all staff; days of professional learning not counted."),
            "work_days": _optional(AMOUNT, "Days that staff were to work, over all staff."),
        },
        keys=("school_id", "year"),
        parts=(("left", "staff"), ("absent_days", "work_days")),
    ),
    "uptake": Record(
        "How far what a school took on is in use: one row for each initiative and round of looking.",
        {
            "school_id": _SCHOOL,
            "date": _DAY,
            "initiative": RecordColumn(LABEL, "Name of the initiative, the same for all schools."),
            "expected": RecordColumn(COUNT, "How many staff were to use it."),
            "seen": RecordColumn(COUNT, "How many of these were visited or asked."),
            "using": RecordColumn(COUNT, "Of those seen, how many used it."),
            "as_intended": _optional(COUNT, "Of those using it, how many used it as it is meant."),
        },
        keys=("school_id", "date", "initiative"),
        parts=(("seen", "expected"), ("using", "seen"), ("as_intended", "using")),
    ),
    "opportunities": Record(
        "Staff in teams beyond their contract, and in what brings people together: one row for each school, day and kind.",
        {
            "school_id": _SCHOOL,
            "date": RecordColumn(DAY, "Day on which it was counted, as 2025-10-06."),
            "kind": RecordColumn(CHOICE, "Teams beyond contract, or occasions to work together and meet.", choices=("team", "occasion")),
            "staff": RecordColumn(COUNT, "Staff who could join."),
            "joined": RecordColumn(COUNT, "How many different people did; someone in two teams counts once."),
        },
        keys=("school_id", "date", "kind"),
        parts=(("joined", "staff"),),
    ),
    "meetings": Record(
        "Meetings that were watched: one row for each.",
        {
            "school_id": _SCHOOL,
            "date": _DAY,
            "meeting": RecordColumn(LABEL, "Name of the meeting, as in `turns`: what it was, never who."),
            "invited": _optional(COUNT, "How many were to be there."),
            "present": RecordColumn(COUNT, "How many were there; empty where nobody counted.", empty=True),
            "planned": _optional(COUNT, "How many things were on the agenda."),
            "settled": _optional(COUNT, "How many of them were settled: decided, or given to someone with a day."),
        },
        keys=("school_id", "meeting"),
        parts=(("present", "invited"), ("settled", "planned")),
    ),
    "turns": Record(
        "Who spoke in a meeting that was watched: one row for each turn.",
        {
            "school_id": _SCHOOL,
            "meeting": RecordColumn(LABEL, "Name of the meeting, as in `meetings`."),
            "speaker": RecordColumn(TOKEN, "Token of the speaker, good for this one meeting."),
            "words": _optional(AMOUNT, "Words of the turn.", empty=False),
            "seconds": _optional(AMOUNT, "Seconds of the turn.", empty=False),
            "chair": _optional(YES_NO, "Whether the speaker led the meeting."),
        },
    ),
    "gatherings": Record(
        "Where people sit and gather: counts without names, one row for each place and time.",
        {
            "school_id": _SCHOOL,
            "date": _DAY,
            "time": RecordColumn(LABEL, "Time of the day, such as lunch."),
            "place": RecordColumn(LABEL, "Place, such as library."),
            "people": RecordColumn(COUNT, "How many were there."),
        },
        keys=("school_id", "date", "time", "place"),
    ),
    "network_people": Record(
        "Who was asked whom they turn to: one row for each person who agreed to be on the map.",
        {
            "school_id": _SCHOOL,
            "person": RecordColumn(TOKEN, "Token of the person."),
            "completed": RecordColumn(YES_NO, "Whether the person filled in the form."),
            "group": _optional(LABEL, "Group of the person, such as the grade band."),
            "round": _optional(LABEL, "Which map, where there are several, as 2025-fall: pages show the one whose label comes last."),
        },
        keys=("school_id", "person", "round"),
    ),
    "ties": Record(
        "Whom people turn to: one row for each tie that someone named.",
        {
            "school_id": _SCHOOL,
            "source": RecordColumn(TOKEN, "Token of the person who named the tie."),
            "target": RecordColumn(TOKEN, "Token of the person who was named."),
            "round": _optional(LABEL, "Which map, as in `network_people`."),
        },
        keys=("school_id", "source", "target", "round"),
    ),
    "followups": Record(
        "What was heard in low-threat ways: one row for each round of talks, or for each theme of it.",
        {
            "school_id": _SCHOOL,
            "date": _DAY,
            "kind": RecordColumn(CHOICE, "How people were heard.", choices=("anonymous_survey", "one_to_one", "exit_interview")),
            "invited": _optional(COUNT, "How many were asked."),
            "took_part": RecordColumn(COUNT, "How many took part."),
            "theme": _optional(LABEL, "A theme that came up: a few words, never a name."),
            "named_by": _optional(COUNT, "How many of those who took part spoke of it."),
        },
        keys=("school_id", "date", "kind", "theme"),
        parts=(("took_part", "invited"), ("named_by", "took_part")),
    ),
})  # fmt: skip
