"""From studied exports to a whole proposal: sources, codebooks, waves and schools, with what nobody can know from a file.

Pure: the same exports and the same answers give the same proposal. What a person decides comes in as `decided`, by the ids of the
questions that a proposal asks; what is not decided stays as the file shows it, and is asked in the review.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from cyclebook.init import school_names
from cyclebook.init.book import Book, make_book
from cyclebook.init.look import AMOUNT, CELL_OF_WHO, DATE, DURATION, ENDED, PERSON, RESPONSE_ID, STARTED, WEIGHT, Look
from cyclebook.init.resolve import Question
from cyclebook.init.school_names import Found
from cyclebook.init.study import Candidate, Study, longest_pause, stray_days
from cyclebook.parameters import fold
from cyclebook.parameters.names import id_fault
from cyclebook.sources.dates import day_of
from cyclebook.sources.layout import SURE, UNSURE

SOURCES, SCHOOLS, DISTRICT = "parameters/sources.yaml", "parameters/schools.csv", "parameters/district.yaml"
#: The one unit of an export that names no school.
EVERYONE = ("everyone", "All who answered")
#: The wave of an export without dates.
UNDATED = (date(2025, 10, 6), date(2025, 10, 24))
NOBODY = "(no column)"
#: Values in a column of schools that may be none.
ODD = re.compile(r"\b(other|otro|otra|none|test|district office|central office|home ?school|but|maybe|possibly|hopefully|sure|i|my)\b|[!?.]$|[.!?] ")


@dataclass(frozen=True)
class Wave:
    """One time of asking. `dated`: its days come from the answers."""

    id: str
    label: str
    start: date
    end: date
    dated: bool


@dataclass(frozen=True, eq=False)
class Planned:
    """What is proposed for one export. table: responses or roster; None where nothing can be declared yet: `why_not`. keys: of the
    source, in order. columns: (header, use, how sure, why) of every column. left_out: columns that a person may want after all.
    """

    study: Study
    name: str
    file: str
    table: str | None
    keys: Mapping[str, object]
    columns: tuple[tuple[str, str, str, str], ...]
    why_not: str = ""


@dataclass(frozen=True, eq=False)
class Proposal:
    """All that would be written. books: by name. questions: in the order in which they are asked; notes: (file, what to look at)."""

    name: str
    waves: tuple[Wave, ...]
    schools: tuple[Found, ...]
    plans: tuple[Planned, ...]
    books: Mapping[str, Book]
    surveys: Mapping[str, str]
    questions: tuple[Question, ...]
    notes: tuple[tuple[str, str], ...]
    same: tuple[school_names.Same, ...] = field(default=())


def propose(studies: Sequence[Study], decided: Mapping[str, object], taken: Collection[str] = ()) -> Proposal:
    """The proposal for some exports. `taken`: ids of items and scales that other codebooks of the folder have."""
    questions: list[Question] = []
    notes: list[tuple[str, str]] = []
    columns = [_school_column(place, one, decided, questions, notes) for place, one in enumerate(studies)]
    schools, same = _schools(studies, columns, decided, questions, notes)
    rosters = [_is_roster(one, column) for one, column in zip(studies, columns, strict=True)]
    waves = {place: _wave(place, one, decided, questions, notes) for place, one in enumerate(studies) if not rosters[place] or all(rosters)}
    merged = _merged(waves)
    newest = max(merged.values(), key=lambda wave: wave.start)
    books: dict[str, Book] = {}
    surveys: dict[str, str] = {}
    plans, names = [], set()
    for place, one in enumerate(studies):
        name = _free(_slug(_stem(one)) or "export", names)
        names.add(name)
        school = columns[place]
        if rosters[place]:
            plans.append(_roster(one, name, school, newest.id))
            if not all(rosters):
                notes.append((SOURCES, f"{_stem(one)} lists who could have answered; it is taken to be of the wave {newest.id}."))
            continue
        book = make_book(one, place, name, school.look if school else None, decided, {*taken, *(key for book in books.values() for key in book.ids)})
        like = next((other for other in books.values() if other.same_questions(book)), None)
        if like is not None:
            questions += [question for question in book.questions if question.id.split(":")[0] in ("steps", "range", "order", "own")]
            books[like.name] = like.joined(book)
            file = f"parameters/codebooks/{like.name}.yaml"
            notes.append((file, f"{_stem(one)} asks the questions of {like.name} in the same words, so both are read by this codebook."))
            gone = [str(item["text"]) for key, item in (*like.items.items(), *book.items.items())
                    if fold(str(item["text"])) not in {fold(str(kept["text"])) for kept in books[like.name].items.values()}]  # fmt: skip
            if gone:
                notes.append((file, f"{len(gone)} questions outside of its scales are left out, for they are not in both exports alike."))
            book = replace(books[like.name], positions=book.positions)
        else:
            questions += book.questions
            notes += book.notes
            if book.items:
                books[name] = book
            if book.scales:
                surveys[name] = _title(_stem(one))
        plans.append(_responses(place, one, name, school, merged[place].id, book, decided, questions, notes))
    said = decided.get("district")
    title = said.strip() if isinstance(said, str) and said.strip() else "My District (example)"
    questions.append(Question("district", "What is the district's name?", "it stands at the head of every page", DISTRICT, "district.name",
                              "text", (), "My District (example)"))  # fmt: skip
    ordered = tuple(sorted({wave.id: wave for wave in merged.values()}.values(), key=lambda wave: wave.start))
    answered = tuple(question for question in questions if question.id not in decided)
    return Proposal(title, ordered, schools, tuple(plans), books, surveys, answered, tuple(dict.fromkeys(notes)), same)


def _school_column(place: int, one: Study, decided: Mapping[str, object], questions: list, notes: list) -> Candidate | None:
    """The column of schools: by its header or values, or as a person said; None where there is none."""
    options = (*(candidate.look.header for candidate in one.schools), NOBODY)
    default = next((number for number, candidate in enumerate(one.schools) if candidate.score >= 2), len(options) - 1)
    said = decided.get(f"school:{place}")
    chosen = said if isinstance(said, int) and 0 <= said < len(options) else default
    if one.schools and sum(candidate.score == 3 for candidate in one.schools) != 1:
        why = "; ".join(f"“{candidate.look.header}”: {candidate.why}" for candidate in one.schools[:4] if candidate.score) or "no header asks for it"
        questions.append(Question(f"school:{place}", f"{_stem(one)}: which column holds the school of each row?", why, SOURCES, "school", "pick",
                                  options, default))  # fmt: skip
    if chosen == len(options) - 1:
        text = f"{_stem(one)}: no column holds the school, so all {one.rows} rows stand under one unit, “{EVERYONE[1]}”. "
        notes.append((SOURCES, text + "If the file is of one school, name it in parameters/schools.csv; if of several, export the school's column."))
        return None
    return one.schools[chosen]


def _schools(studies, columns, decided, questions: list, notes: list) -> tuple[tuple[Found, ...], tuple[school_names.Same, ...]]:
    spellings: dict[str, list] = {}
    for candidate in filter(None, columns):
        for text, n in candidate.spellings.items():
            spellings.setdefault(fold(text), [text, 0])[1] += n
    counts = {first: n for first, n in spellings.values() if not CELL_OF_WHO.fullmatch(first)}
    personal = sum(n for first, n in spellings.values() if first not in counts)
    if personal:
        notes.append((SCHOOLS, f"{personal} cells of the school's column hold an address or a number by which someone is reached. They are no school: their "
                               "rows will be set aside until the cells are corrected."))  # fmt: skip
    same = school_names.same_schools(counts)
    for group in same:
        listed = ", ".join(f"“{text}” ({n})" for text, n in zip(group.spellings, group.counts, strict=True))
        ask = f"Are these one school? {listed}"
        questions.append(Question(f"same:{fold(group.spellings[0])}", ask, group.why, SCHOOLS, "aliases", "yes_no", (), False))
    codes = [text for text in counts if school_names.is_code(text)]
    if codes and len(codes) < len(counts) and sum(counts[text] for text in codes) > 0.1 * sum(counts.values()):
        notes.append((SCHOOLS, f"{len(codes)} schools stand as codes (such as {codes[0]}) and {len(counts) - len(codes)} as names. Which code is which "
                               "name, no export says: write the names as aliases of the codes, and remove their rows."))  # fmt: skip
    for short, others in school_names.two_levels(counts):
        notes.append((SCHOOLS, f"“{short}” could be {' or '.join(f'“{other}”' for other in others)}: it stands as a school of its own."))
    merged = [group for group in same if decided.get(f"same:{fold(group.spellings[0])}") is True]
    found = school_names.schools(counts, merged)
    if any(candidate is None for candidate in columns):
        found.append(Found(*EVERYONE, "", (), sum(one.rows for one, candidate in zip(studies, columns, strict=True) if candidate is None)))
    odd = [text for text in counts if ODD.search(fold(text)) or len(text.split()) > 8]
    for text in odd:
        notes.append((SCHOOLS, f"“{text}” stands in the list. Is it a school or another unit that gets a page? If not, remove its row."))
    return tuple(found), tuple(same)


def _wave(place: int, one: Study, decided: Mapping[str, object], questions: list, notes: list) -> Wave:
    stem = _stem(one)
    said = decided.get(f"wave:{place}")
    said = said.strip() if isinstance(said, str) else ""
    if not one.days:
        wave = Wave(said if said and id_fault(said) is None else "2025-fall", "Fall 2025", *UNDATED, False)
        if wave.id != "2025-fall":
            wave = Wave(wave.id, wave.id, *UNDATED, False)
        why = "the export holds no column of days"
        questions.append(Question(f"wave:{place}", f"{stem}: when was it asked? A short name, as in 2025-fall.", why, DISTRICT, "waves", "id", (), wave.id))
        notes.append((DISTRICT, f"{stem} holds no days, so those of its wave ({wave.id}) are made up unless another export has them. Write them."))
        return wave
    middle, first, last = one.days[len(one.days) // 2], one.days[0], one.days[-1]
    season = "winter" if middle.month in (1, 2) else "spring" if middle.month <= 5 else "summer" if middle.month <= 7 else "fall"
    wave_id = said if said and id_fault(said) is None else f"{middle.year}-{season}"
    label = f"{season.capitalize()} {middle.year}" if wave_id == f"{middle.year}-{season}" else wave_id
    why = f"the answers came from {first} to {last}, by the column “{one.dated_by}”"
    questions.append(Question(f"wave:{place}", f"{stem}: the name of this time of asking?", why, DISTRICT, "waves", "id", (), wave_id))
    stray, pause = stray_days(one.days), longest_pause(one.days)
    if stray:
        notes.append((DISTRICT, f"{stem}: answers came from {first} to {last}, nearly all of them from {stray[0]} to {stray[1]}. Is the wave that long?"))
    elif pause:
        notes.append((DISTRICT, f"{stem}: nobody answered between {pause[0]} and {pause[1]}. Are there two waves in this file? Then make a file of each."))
    return Wave(wave_id, label, first, last, True)


def _merged(waves: Mapping[int, Wave]) -> dict[int, Wave]:
    """The wave of each export, those of one id from the first to the last of all their days; days that were made up give way."""
    found = {}
    for place, wave in waves.items():
        same = [other for other in waves.values() if fold(other.id) == fold(wave.id)]
        same = [other for other in same if other.dated] or same
        found[place] = Wave(same[0].id, same[0].label, min(other.start for other in same), max(other.end for other in same), same[0].dated)
    return found


def _is_roster(one: Study, school: Candidate | None) -> bool:
    """Whether nothing but school, person or head count, and role stands in the file."""
    asked = any(block.kind != "labels" or len(block.looks) > 1 for block in one.blocks) or any(
        look.use in ("answers", "numbers", "several", "text", "tick") for look in one.looks if look is not one.heads and look is not one.role)
    if school is None or asked or one.days or one.export.source.form in ("qualtrics", "surveymonkey"):
        return False
    known = {school.look.column.position, *(look.column.position for look in (one.role, one.heads, one.first(PERSON)) if look)}
    rest = [look for look in one.looks if look.column.position not in known and look.use not in ("never", "empty")]
    return (one.first(PERSON) is not None) != (one.heads is not None) and len(rest) <= 2


def _roster(one: Study, name: str, school: Candidate, wave: str) -> Planned:
    names = one.export.names
    keys = {"table": "roster", **_file_keys(one), "wave": wave, "school": names[school.look.column.position]}
    used = {school.look.column.position: "school"}
    person = one.first(PERSON)
    for key, look in (("head_count", one.heads), ("person", None if one.heads else person), ("role", one.role if person and not one.heads else None)):
        if look is not None:
            keys[key] = names[look.column.position]
            used[look.column.position] = key
    return Planned(one, name, _stem(one), "roster", keys, _columns(one, used, set()))


def _responses(place, one: Study, name, school, wave, book: Book, decided, questions: list, notes: list) -> Planned:
    names = one.export.names
    stem = _stem(one)
    keys: dict[str, object] = {"table": "responses", "survey": book.name, **_file_keys(one), "wave": wave}
    used: dict[int, str] = {}
    if school is None:
        keys["school_id"] = EVERYONE[0]
    else:
        keys["school"] = names[school.look.column.position]
        used[school.look.column.position] = "school"
    person = one.first(PERSON)
    if person is not None:
        default = person.sure != UNSURE
        if not default:
            ask = f"{stem}: does “{person.header}” hold a token of each person, the same in every wave?"
            questions.append(Question(f"person:{place}", ask, person.why, SOURCES, f"sources.{name}.person", "yes_no", (), False))
        if decided.get(f"person:{place}", default) is True:
            keys["person"] = names[person.column.position]
            used[person.column.position] = "person"
            notes.append((SOURCES, f"{stem}: “{person.header}” links a person's answers over time. Was staff promised an anonymous survey? Then remove person."))
        if person.filled and len(set(one.export.cells[person.column.position])) < 0.6 * person.filled:
            notes.append((SOURCES, f"{stem}: many of “{person.header}” stand in several rows. If there is a row for each answer, declare the file "
                                   "as table: ratings (see the examples in sources.yaml)."))  # fmt: skip
    wanted = {"response_id": RESPONSE_ID, "duration": DURATION, "started": STARTED, "ended": ENDED, "weight": WEIGHT}
    found = {key: look for key, use in wanted.items() if (look := one.first(use)) is not None}
    own = one.export.source.form == "qualtrics"  # its reader knows these by itself
    if "started" not in found or "ended" not in found or "duration" in found:
        found = {key: look for key, look in found.items() if key not in ("started", "ended")}
    for key, look in found.items():
        if not (own and key in ("response_id", "duration")):
            keys[key] = names[look.column.position]
        used[look.column.position] = key
    day = _answered_on(one)
    if day is not None:
        keys["answered_on"] = names[day.column.position]
        used.setdefault(day.column.position, "answered_on")
    if one.role is not None:
        keys["role"] = names[one.role.column.position]
        used[one.role.column.position] = "role"
    keys["codebook"] = book.name
    columns = _columns(one, used, book.positions)
    if not book.scales:
        why = "no two questions with answers from less to more belong together, and a survey needs one scale of two questions"
        return Planned(one, name, stem, None, keys, columns, f"{why}. What helps: {_other_table(one) or _scores(one) or book.advice}")
    return Planned(one, name, stem, "responses", keys, columns)


def _answered_on(one: Study) -> Look | None:
    """The column with the day of each response, where the reader can read nearly all of its cells."""
    for use in (ENDED, DATE):
        look = one.first(use)
        if look is not None:
            texts = [text for text in one.export.cells[look.column.position] if text.strip()]
            return look if sum(day_of(text) is not None for text in texts) >= 0.95 * len(texts) else None
    return None


def _other_table(one: Study) -> str | None:
    """What to do with an export that is no survey but another of the tables."""
    headers = {fold(look.header) for look in one.looks}
    for table, words in OTHER_TABLES.items():
        if len(headers & words) >= 2:
            return f"it looks like a table of another kind; see the example with table: {table} in parameters/sources.yaml"
    person = one.first(PERSON)
    if person is not None and person.sure == UNSURE and one.days:
        return "it looks like a row for each answer; see the example with table: ratings in parameters/sources.yaml"
    return None


def _scores(one: Study) -> str | None:
    """What to do with columns of decimals, which may be scores that were worked out elsewhere."""
    found = [look.header for look in one.looks if look.use == AMOUNT and any("." in first for first, _ in look.labels.values())]
    if not found:
        return None
    names = ", ".join(f"“{name}”" for name in found[:4]) + (" …" if len(found) > 4 else "")
    return f"if {names} are scores that were worked out elsewhere, declare the export with scored: true (example in parameters/sources.yaml)"


def _file_keys(one: Study) -> dict[str, object]:
    source = one.export.source
    return {"form": source.form, "path": ""} | {
        key: value for key in ("encoding", "delimiter", "sheet", "header_rows", "skip_rows") if (value := getattr(source, key)) is not None
    }


OTHER_TABLES = {
    "series": frozenset({"measure", "numerator", "denominator", "value", "persons", "week", "month"}),
    "teams": frozenset({"group", "members", "seats", "as of"}),
}
WORDS = {
    "never": "never read", "text": "not read", "tool": "not used", "empty": "not used", "started": "time", "ended": "time", "date": "time",
    "duration": "time", "response_id": "not used", "person": "not used", "weight": "not used", "answers": "not used", "numbers": "not used",
    "labels": "not used", "tick": "not used", "several": "not used", "amount": "not used",
}  # fmt: skip


def _columns(one: Study, used: Mapping[int, str], asked: Collection[int]) -> tuple[tuple[str, str, str, str], ...]:
    rows = []
    texts = {look.column.position: text for block in one.blocks for look, text in zip(block.looks, block.texts, strict=True)}
    for look in one.looks:
        position = look.column.position
        use = used.get(position) or ("question" if position in asked else WORDS[look.use])
        why = look.why
        if position in used and used[position] == "school":
            why = next(candidate.why for candidate in one.schools if candidate.look is look)
        elif any(look in block.looks for block in one.rankings):
            why = "ranks: each row holds each number once"
        rows.append((_header(look, texts.get(position, "")), use, SURE if use == "school" else look.sure, why))
    return tuple(rows)


def _header(look: Look, text: str) -> str:
    """The header, and the question's text (in a block the row's own) where the header is a mere tag."""
    text = text or (" ".join(look.column.others[0].split()) if look.column.others else "")
    return f"{look.header}: {text}" if text and len(look.header) <= 12 and fold(text) != fold(look.header) else look.header


def _stem(one: Study) -> str:
    return one.export.path.name.removesuffix(".gz").rsplit(".", 1)[0]


def _title(stem: str) -> str:
    return " ".join(re.split(r"[_\-\s]+", stem)).strip().capitalize() or "Survey"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = "_".join(re.findall(r"[a-z0-9]+", plain))[:34].strip("_")
    return slug if slug and id_fault(slug) is None else f"export_{slug}"[:34].strip("_")


def _free(text: str, taken: Collection[str]) -> str:
    tries = (text, *(f"{text}_{number}" for number in range(2, 1000)))
    return next(one for one in tries if one not in taken)
