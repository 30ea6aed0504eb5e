"""The columns of an export: which one is meant by a declared name, and which are never read because they say who someone is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cyclebook.errors import InputError
from cyclebook.parameters import Source, fold, suggest

#: IP address, coordinates, names, e-mail, telephone: as headers or Qualtrics ImportIds, without blanks and marks.
PERSONAL = frozenset(
    """
    ip ipaddress
    lat latitude locationlatitude lng lon longitude locationlongitude coordinates geolocation gps
    name firstname lastname givenname familyname surname fullname yourname recipientname recipientfirstname recipientlastname
    participantname respondentname employeename staffname teachername
    email emailaddress youremail youremailaddress workemail recipientemail participantemail respondentemail username
    phone phonenumber telephone mobilephone cellphone recipientphone
    """.split()
)

#: When a response was given, and which one it is: what differs where one person sent the same answers twice.
TIMES = frozenset(
    """
    timestamp startdate enddate recordeddate duration durationinseconds starttime endtime completiontime lastmodifiedtime
    submitted submittedat submissiontime submissiondate datesubmitted datecreated datemodified started ended completed
    """.split()
)
IDS = frozenset("recordid responseid respondentid submissionid record id".split())

#: Questions such as "What is your school email address?" and "What is your preferred name?".
ASKS = re.compile(
    r"\b(e-?mail|phone|telephone|postal|home) (address|number)\b|\byour (e-?mail|phone|telephone)\b"
    r"|\b(your|first|last|full|preferred|legal|maiden|middle) name\b|\bname do \w+ call you\b|\b(social security|employee|badge) (number|id)\b",
    re.IGNORECASE,
)
#: `question_one_1 (2)`: the second column of this name.
NTH = re.compile(r"(?P<name>.+\S) \((?P<place>\d+)\)")


@dataclass(frozen=True)
class Column:
    """One column of an export: place from 0, header, and the ImportId where the form has one.

    `others`: further texts that name it where no header does (the question's text, the label of an answer). `missing`: cells that
    the file itself declares to be no answer. `unlabelled`: cells that are bare codes in a column whose other codes have labels;
    `doubled`: labels that stand for several codes.
    """

    position: int
    name: str
    import_id: str | None = None
    others: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    unlabelled: frozenset[str] = frozenset()
    doubled: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """What the analyst sees at the head of the column."""
        return " ".join(self.name.split()) or self.import_id or f"column {self.position + 1}"


def is_personal(column: Column) -> bool:
    """Whether the header or ImportId is that of an IP address, coordinate, name, e-mail or telephone column."""
    texts = [column.name, column.import_id or "", *(() if column.import_id else column.others)]
    return any(_squeeze(text.removeprefix("panel-").removeprefix("Location-")) in PERSONAL for text in texts)


def may_be_personal(column: Column) -> bool:
    """Whether a column is personal, or a question seems to ask for a name, an address or a number by which someone is reached.

    Wider than `is_personal`: for telling and proposing, never for refusing what someone declared on purpose.
    """
    return is_personal(column) or any(ASKS.search(text) for text in (column.name, *column.others))


def stamps(columns: Sequence[Column], times: Sequence[Column] = (), ids: Sequence[Column] = ()) -> list[Column]:
    """The columns with the time and the number of a response, where there is one with its time; else none.

    times, ids: those that are declared as such, whatever their names.
    """
    when = [column for column in columns if column in times or _is_one(column, TIMES)]
    which = [column for column in columns if column in ids or _is_one(column, IDS)]
    return list(dict.fromkeys([*when, *which])) if when else []


def _is_one(column: Column, names: frozenset[str]) -> bool:
    return any(_squeeze(text) in names for text in (column.name, column.import_id or ""))


def personal_names(columns: Sequence[Column], taken: Sequence[Column]) -> list[str]:
    """The headers of the personal columns among those that were not taken."""
    positions = {column.position for column in taken}
    return [column.label for column in columns if column.position not in positions and may_be_personal(column)]


def find(source: Source, columns: Sequence[Column], accepted: Sequence[str], use: str) -> Column:
    """The one column that has an accepted name (as ImportId, else as header, else as question text). `use`: what it is declared as, for messages.

    Raises InputError when there is none, more than one, or when it is a personal column.
    """
    found = _named(columns, accepted)
    where = f"{source.path_as_written} (source {source.name})"
    if not found:
        raise InputError(f"{where}: no column {_either(accepted)} for {use}; {_hint(accepted, columns)}")
    if len(found) > 1:
        names = ", ".join(f'"{column.label}" (column {column.position + 1})' for column in found.values())
        first, *others = found.values()
        same = all(fold(other.name) == fold(first.name) for other in others)
        remedy = f'Write "{first.label} (2)" for the second of them.' if same else "Keep the name of the one that is meant."
        raise InputError(f"{where}: {len(found)} columns could be {use}: {names}. {remedy}")
    column = next(iter(found.values()))
    school_list = use == "school" and _squeeze(column.name) == "name" and column.import_id is None
    if is_personal(column) and not school_list:
        raise InputError(
            f'{where}: the column "{column.label}" is declared as {use}, but it says who someone is (IP address, coordinates, '
            "name, e-mail or telephone). Such columns are never read: declare a column with a token instead, or remove the key."
        )
    return column


def find_import_id(columns: Sequence[Column], import_id: str) -> Column | None:
    """The column with this ImportId, or None when there is not exactly one."""
    found = [column for column in columns if column.import_id == import_id]
    return found[0] if len(found) == 1 else None


def _named(columns: Sequence[Column], accepted: Sequence[str]) -> dict[int, Column]:
    """By position, the columns of an accepted ImportId or header; only where there is none, those that another text names.

    `name (2)` is the second of the columns called name, unless a column is called just that.
    """
    levels = (lambda column: (column.import_id or "",), lambda column: (column.name,)), (lambda column: column.others,)
    for level in levels:
        found = {column.position: column for name in accepted for column in _first(columns, fold(name), level)}
        if found:
            return found
    for nth in filter(None, (NTH.fullmatch(name.strip()) for name in accepted)):
        same = list(_named(columns, [nth["name"]]).values())
        if 0 < int(nth["place"]) <= len(same):
            found = {same[int(nth["place"]) - 1].position: same[int(nth["place"]) - 1]}
            return found
    return {}


def _first(columns: Sequence[Column], wanted: str, texts_of: Sequence[Callable[[Column], tuple[str, ...]]]) -> list[Column]:
    """The columns that one kind of text names so; the first kind that names any decides."""
    found = ([column for column in columns if wanted in map(fold, texts(column))] for texts in texts_of)
    return next(filter(None, found), [])


def _squeeze(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())


def _either(names: Sequence[str]) -> str:
    return " or ".join(f'"{name}"' for name in names)


def _hint(accepted: Sequence[str], columns: Sequence[Column]) -> str:
    if len(columns) == 1:
        for mark, written in ((";", ";"), ("\t", "\\t"), (",", ","), ("|", "|")):
            if mark in columns[0].name:
                return f'the whole header is one column. Write delimiter: "{written}" in parameters/sources.yaml.'
    known = [text for column in columns for text in (column.name, column.import_id) if text]
    return suggest(accepted[0], known) + " Correct the name in the parameters, or export the column."
