"""What each column of an export is, looked at alone: by its header, by the tool that wrote it, by what its cells hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from cyclebook.init.ladders import NO_ANSWER_CODES, NOT_SELECTED, YES_NO, fits, is_no_answer, numbered, numbers
from cyclebook.parameters import fold
from cyclebook.sources.columns import Column, is_personal, may_be_personal
from cyclebook.sources.dates import moment_of
from cyclebook.sources.layout import LIKELY, SURE, UNSURE

#: Uses of a column. `never`: it says who someone is. `text`: what people typed. `tool`: the survey tool's own. `answers`: labels of a
#: known ladder. `numbers`: small whole numbers. `labels`: a few labels of no known order. `tick`: one label, or nothing.
#: `several`: all that was chosen, in one cell. `amount`: other numbers.
NEVER, TEXT, TOOL, EMPTY = "never", "text", "tool", "empty"
STARTED, ENDED, DATE, DURATION = "started", "ended", "date", "duration"
RESPONSE_ID, PERSON, WEIGHT, SCHOOL, ROLE = "response_id", "person", "weight", "school", "role"
ANSWERS, NUMBERS, LABELS, TICK, SEVERAL, AMOUNT = "answers", "numbers", "labels", "tick", "several", "amount"
#: Uses that may be a question with answers to choose from.
CHOSEN = (ANSWERS, NUMBERS, LABELS, TICK)

#: So many different labels can still be the answers of one question.
MOST_LABELS = 12
#: A text of this many characters is no label.
LONG = 120

QUALTRICS_OWN = {
    "startDate": STARTED, "endDate": ENDED, "recordedDate": DATE, "status": TOOL, "progress": TOOL, "duration": DURATION, "finished": TOOL,
    "_recordId": RESPONSE_ID, "distributionChannel": TOOL, "userLanguage": TOOL, "responseSetId": TOOL, "responseSet": TOOL,
    "Location-LocationAccuracy": NEVER, "externalDataReference": PERSON, "Location-LocationLatitude": NEVER, "Location-LocationLongitude": NEVER,
}  # fmt: skip
OWN = {
    "startdate": STARTED, "starttime": STARTED, "started": STARTED, "enddate": ENDED, "endtime": ENDED, "completiontime": ENDED,
    "timestamp": ENDED, "submitted": ENDED, "submittedat": ENDED, "datesubmitted": ENDED, "marcatemporal": ENDED, "date": DATE,
    "datemodified": TOOL, "datecreated": DATE, "collectorid": TOOL, "responseset": TOOL, "locationaccuracy": NEVER, "language": TOOL,
    "progress": TOOL, "finished": TOOL, "status": TOOL, "respondentid": RESPONSE_ID, "responseid": RESPONSE_ID, "recordid": RESPONSE_ID,
    "record": RESPONSE_ID, "submissionid": RESPONSE_ID, "duration(inseconds)": DURATION, "durationinseconds": DURATION,
    "externalreference": PERSON, "externaldatareference": PERSON, "token": PERSON, "stafftoken": PERSON, "respondenttoken": PERSON,
    "persontoken": PERSON, "participanttoken": PERSON, "uniquetoken": PERSON, "idteach": PERSON, "teacherid": PERSON, "staffid": PERSON,
    "participantid": PERSON, "personid": PERSON, "employeeid": PERSON, "weight": WEIGHT, "weights": WEIGHT, "wt": WEIGHT,
}  # fmt: skip

#: Headers that ask who someone is; "name" not where it is a school's.
WHO = re.compile(
    r"e-?mail|correo|\bphone|tel[eé]fono|\bcell(phone| number)|\bssn\b|social security|birth|nacimiento|\bdob\b|\bip[ _-]?address|home address"
    r"|street address|\bsignature|\bfirma\b|\binitials\b|\bnickname\b|\busername\b|\bpassword\b|gps|latitude|longitude|\bfirst[ _]?name|\blast[ _]?name"
)
NAME = re.compile(r"\b(your|preferred|full|what|first|last|teacher'?s?|staff|employee|respondent|student'?s?|whose|my)\b.*\bnames?\b|^names?\b|\bnombre\b|\bapellido")
NOT_A_PERSON = re.compile(r"school|building|site|campus|district|team|course|program|escuela|plantel|department")
CELL_OF_WHO = re.compile(r"\S+@\S+\.\S+|(\d{1,3}\.){3}\d{1,3}|\+?1?[ -.]?\(?\d{3}\)?[ -.]\d{3}[ -.]\d{4}")
BORN = re.compile(r"birth|nacimiento|\bdob\b|\bssn\b|social security")
AMOUNTS = re.compile(r"[+-]?\$?\d[\d,]*(\.\d+)?%?")
#: Headers of questions that people answer in their own words.
ASKS_FOR_TEXT = re.compile(r"\bcomments?\b|anything else|explain|describe|in your own words|please specify|suggestions?\b|comentarios?|alg[uú]n otro|explique")
MANY = re.compile(r"(check|select|choose|mark) all|all that apply|(marque|seleccione) tod|more than one|select (up to|your top)")


@dataclass(frozen=True, eq=False)
class Look:
    """One column as it was found. labels: (as first written, how many cells) by folded text, without empty cells and no-answers.
    unanswered: labels found that mean no answer. marks: labels found that say that an option was not chosen. filled: cells with anything.
    """

    column: Column
    use: str
    sure: str
    why: str
    labels: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    unanswered: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    filled: int = 0
    rows: int = 0

    @property
    def header(self) -> str:
        """The header without line breaks."""
        return self.column.label


def look(column: Column, cells: pd.Series | None, form: str) -> Look:
    """What one column is. `cells`: None where the header says who someone is."""
    if cells is None or is_personal(column):
        return Look(column, NEVER, SURE, "the header says who someone is")
    texts = cells.str.strip()
    counts = Counter(text for text in texts if text)
    filled, rows = sum(counts.values()), len(texts)

    def found(use: str, sure: str, why: str, **more) -> Look:
        return Look(column, use, sure, why, filled=filled, rows=rows, **more)

    header = fold(" ".join([column.name, *column.others]))
    if filled and sum(n for text, n in counts.items() if CELL_OF_WHO.fullmatch(text)) >= max(1, 0.2 * filled):
        return found(NEVER, SURE, "its cells hold e-mail or IP addresses, or telephone numbers")
    if _asks_who(column, header, counts):
        return found(NEVER, LIKELY, "the header asks who someone is")
    own = _own(column, form)
    if not filled:
        return found(EMPTY, SURE, "every cell is empty")
    if own is not None:
        told = _own_use(own, counts, filled, rows)
        if told is not None:
            return found(*told)
    if form == "qualtrics" and re.search(r"[_-]TEXT\b", f"{column.import_id or column.name}"):
        return found(TEXT, SURE, "a text entry, by its ImportId" if column.import_id else "a text entry, by its name")
    if not column.name.strip() and not column.import_id and _one_to_n(counts):
        return found(TOOL, SURE, "the rows' numbers")
    when = sum(n for text, n in counts.items() if day(text))
    if when >= 0.9 * filled and not all(map(str.isdigit, counts)):
        return found(DATE, LIKELY, "its cells are days")
    return _answers(found, column, counts, filled, header)


def _asks_who(column: Column, header: str, counts: Counter) -> bool:
    """Whether a header asks who someone is. A statement with `e-mail` or `phone` in it, answered by agreeing, does not."""
    asks = may_be_personal(column) or WHO.search(header) or (NAME.search(header) and not NOT_A_PERSON.search(header))
    if not asks:
        return False
    labels = {fold(text): (text, n) for text, n in counts.items() if not is_no_answer(text)}
    chosen = bool(labels) and (_ladder_share(labels) >= 0.9 or (numbers({label: n for label, (_, n) in labels.items()}) is not None and len(header.split()) > 4))
    return not chosen or bool(BORN.search(header))


def day(text: str):
    """The moment or day in a text, also with a year of two digits, else None."""
    from cyclebook.sources.dates import day_of

    short = re.fullmatch(r"(\d{1,2}/\d{1,2}/)(\d{2})( .*)?", text.strip())
    return day_of(f"{short[1]}20{short[2]}{short[3] or ''}" if short else text)


def _own(column: Column, form: str) -> str | None:
    if form == "qualtrics" and column.import_id in QUALTRICS_OWN:
        return QUALTRICS_OWN[column.import_id]
    for text in (column.name, *(column.others if form == "qualtrics" else ())):
        use = OWN.get("".join(fold(text).replace("_", "").replace("-", "").split()))
        if use is not None:
            return use
    return None


def _own_use(own: str, counts: Counter, filled: int, rows: int) -> tuple[str, str, str] | None:
    """(use, sure, why) of a column that is named as a tool's own, where its cells bear it."""
    by_name = "by its name"
    if own in (STARTED, ENDED):
        if sum(n for text, n in counts.items() if moment_of(text)) >= 0.95 * filled:
            return own, SURE, f"{by_name}, and its cells are times"
        own = DATE
    if own == DATE:
        return (DATE, LIKELY, f"{by_name}, and its cells are days") if sum(n for text, n in counts.items() if day(text)) >= 0.9 * filled else None
    if own == WEIGHT:
        return (WEIGHT, LIKELY, f"{by_name}, and its cells are numbers above 0") if all(map(_positive, counts)) else None
    if own == DURATION:
        return (DURATION, SURE, f"{by_name}, in seconds") if all(map(_positive_or_zero, counts)) else None
    if own == RESPONSE_ID and (len(counts) < 0.5 * filled or max(counts.values()) > 3):
        return None  # so few different ones are groups, not responses
    if own == PERSON:
        if any("@" in text for text in counts):
            return NEVER, SURE, "some of its cells are e-mail addresses"
        if len(counts) <= min(MOST_LABELS, filled - 1):
            return None
        return PERSON, LIKELY if len(counts) >= 0.5 * filled >= 0.25 * rows else UNSURE, f"{by_name}; {len(counts)} different in {filled} rows"
    return own, SURE, by_name


def _answers(found, column: Column, counts: Counter, filled: int, header: str) -> Look:
    labels: dict[str, tuple[str, int]] = {}
    for text, n in counts.items():
        first, before = labels.get(fold(text), (" ".join(text.split()), 0))
        labels[fold(text)] = (first, before + n)
    declared = set(map(fold, column.missing))
    small = [label for label in labels if re.fullmatch(r"\d", label)]
    codes = {label for label in labels if label in NO_ANSWER_CODES and len(small) >= 2 and label not in small}
    none = {label for label in labels if is_no_answer(label)} | codes | declared & set(labels)
    marks = {label for label in labels if label in NOT_SELECTED and not (label == "0" and len(labels) > 2)}
    left = {label: value for label, value in labels.items() if label not in none | marks}
    more = {"labels": left, "unanswered": tuple(sorted(labels[label][0] for label in none)),
            "marks": tuple(sorted(labels[label][0] for label in marks))}  # fmt: skip
    if not left:
        return found(EMPTY, SURE, "no cell holds an answer", **more)
    typed = sum(n for _, n in left.values())
    ladder = _ladder_share(left)
    if ladder >= 0.9:
        return found(ANSWERS, SURE if ladder == 1 else LIKELY, "its labels are a known set of answers", **more)
    if numbered(left):
        return found(ANSWERS, SURE, "each of its labels begins or ends with its number", **more)
    if numbers({label: n for label, (_, n) in left.items()}):
        return found(NUMBERS, LIKELY, "small whole numbers", **more)
    longest = max(len(first) for first, _ in left.values())
    if len(left) == 1 and longest <= LONG * 2:
        return found(TICK, LIKELY, "one label, or nothing", **more)
    every = all(AMOUNTS.fullmatch(first) for first, _ in left.values())
    if every and (len(left) > 3 or any("." in first for first, _ in left.values())):
        return found(AMOUNT, LIKELY, "numbers", **more)
    if len(left) <= MOST_LABELS and longest <= LONG and (typed >= 2 * len(left) or set(left) <= YES_NO):
        if not (MANY.search(header) and any(", " in first or ";" in first for first, _ in left.values())):
            return found(LABELS, UNSURE, f"{len(left)} labels whose order is not known", **more)
    if ASKS_FOR_TEXT.search(header) or sum(n for first, n in left.values() if first[-1] in ".!?") > 0.3 * typed:
        return found(TEXT, LIKELY, "texts, as people type them")
    options, share, _ = split_options({first: n for first, n in left.values()})
    hinted = bool(MANY.search(header))
    if options and (share >= 0.15 or hinted) and len(options) <= 40:
        return found(SEVERAL, LIKELY if hinted else UNSURE, f"{len(options)} options, several in one cell", **more)
    if len(left) > 0.3 * typed or longest > LONG:
        return found(TEXT, LIKELY, "many different texts, as people type them")
    return found(LABELS, UNSURE, f"{len(left)} different labels", **more)


def split_options(cells: Mapping[str, int]) -> tuple[dict[str, int], float, list[tuple[str, str]]]:
    """(options with how often each was chosen, share of cells with several, pairs that always stand together) of cells in which
    all that was chosen stands with commas or semicolons between.

    An option may hold a comma itself: two pieces that never stand without one another, and of which the second begins in lower
    case, are one option. Two that never stand apart and begin as options do are left two, and told. {} where too many pieces stand
    once, as in what people type.
    """
    mark = ";" if sum(n for text, n in cells.items() if ";" in text) > sum(n for text, n in cells.items() if ", " in text) else ", "
    split = [([piece.strip() for piece in text.split(mark) if piece.strip()], n) for text, n in cells.items()]
    alone = Counter(piece for pieces, _ in split for piece in set(pieces))
    after = Counter(pair for pieces, _ in split for pair in set(zip(pieces, pieces[1:], strict=False)))
    split = [(_joined(pieces, alone, after), n) for pieces, n in split]
    counts: Counter = Counter()
    for pieces, n in split:
        for piece in dict.fromkeys(pieces):
            counts[piece] += n
    total = sum(n for _, n in split)
    if not total or sum(n for n in counts.values() if n == 1) > 0.15 * sum(counts.values()) or max(map(len, counts), default=0) > LONG:
        return {}, 0.0, []
    kept = {piece: n for piece, n in counts.items() if n > 1}
    beside: Counter = Counter()
    for pieces, n in split:
        for pair in set(zip(pieces, pieces[1:], strict=False)):
            beside[pair] += n
    pairs = [pair for pair, n in beside.items() if n == kept.get(pair[0]) == kept.get(pair[1])]
    return kept, sum(n for pieces, n in split if len(pieces) > 1) / total, pairs


def _joined(pieces: list[str], alone: Counter, after: Counter) -> list[str]:
    """The pieces of a cell, those that are one option joined. `alone`, `after`: in how many cells a piece, and a pair, stands."""
    joined = pieces[:1]
    for before, piece in zip(pieces, pieces[1:], strict=False):
        if piece[0].islower() and after[before, piece] == alone[before] == alone[piece]:
            joined[-1] += f", {piece}"
        else:
            joined.append(piece)
    return joined


def _ladder_share(labels: Mapping[str, tuple[str, int]]) -> float:
    """The share of cells whose label belongs to the one ladder that knows most of them; labels that stand once may be typed."""
    if fits(labels):
        return 1.0
    often = [label for label, (_, n) in labels.items() if n > 1]
    if len(labels) > 2 * MOST_LABELS or not fits(often):
        return 0.0
    return sum(labels[label][1] for label in often) / sum(n for _, n in labels.values())


def _one_to_n(counts: Counter) -> bool:
    return max(counts.values()) == 1 and all(map(str.isdigit, counts))


def _positive(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(\.\d*)?|\.\d+", text)) and float(text) > 0


def _positive_or_zero(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(\.\d*)?|\.\d+", text))
