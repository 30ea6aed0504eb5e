"""The codebook that is proposed for one export: answer sets, items, and a scale for each block of questions with one set of answers."""

from __future__ import annotations

import html
import itertools
import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cyclebook.init.blocks import Block, against
from cyclebook.init.ladders import YES_NO
from cyclebook.init.ladders import Fit, fits, numbered
from cyclebook.init.look import ANSWERS, SEVERAL, TICK, Look, split_options
from cyclebook.init.resolve import AnswerSet, Question, resolve, values, whole_fits
from cyclebook.init.study import Study
from cyclebook.parameters import fold
from cyclebook.parameters.names import id_fault
from cyclebook.sources.choices import CHOSEN, NOT_CHOSEN
from cyclebook.sources.layout import LIKELY

#: What stands as the source of a scale until someone says who wrote it.
UNSTATED = "To be stated: who wrote these questions, and where they were published."
#: How questions begin before they say what they are about.
ASKS = re.compile(r"(please )?(indicate|rate|state|tell us|to what extent|how (far|much|strongly|often))\b.*?\bthe following( \w+)? (about|on|regarding) ", re.IGNORECASE)
#: A heading of more characters is cut.
HEADING = 70


@dataclass(frozen=True, eq=False)
class Book:
    """One file of parameters/codebooks, as it will be written. positions: the columns of the export that it reads. advice: what a
    person could do where there is no scale.
    """

    name: str
    answers: Mapping[str, Mapping[str, float]]
    not_applicable: tuple[str, ...]
    not_selected: tuple[str, ...]
    items: Mapping[str, Mapping[str, object]]
    scales: Mapping[str, Mapping[str, object]]
    questions: tuple[Question, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    positions: frozenset[int] = frozenset()
    advice: str = ""

    @property
    def ids(self) -> set[str]:
        """All ids of items and scales, which mean one thing in all codebooks."""
        return {*self.items, *self.scales}

    def same_questions(self, other: Book) -> bool:
        """Whether the scales of both are made of questions of the same words, each once, with the same range, and no label counts
        differently."""
        mine, theirs = _scaled(self), _scaled(other)
        if not mine or len(dict(mine)) != len(mine) or sorted(mine) != sorted(theirs):
            return False
        own, others = _by_text(self), _by_text(other)
        return all(_agree(_labels(self, own[text]), _labels(other, others[text])) for text, _ in mine)

    def joined(self, other: Book) -> Book:
        """This codebook, with the columns that the same questions have in another export, and its labels. Questions outside of scales
        that are not in both are left out, for each file must hold each question of its codebook.
        """
        others = _by_text(other)
        inside = {item for scale in self.scales.values() for item in scale["items"]}
        answers = {name: dict(numbers) for name, numbers in self.answers.items()}
        items = {}
        for key, item in self.items.items():
            same = others.get(fold(str(item["text"])))
            if key in inside or (same and "answers" in item and "answers" in same and _agree(_labels(self, item), _labels(other, same))):
                _add(answers[str(item["answers"])], other.answers[str(same["answers"])])
                items[key] = {**item, "columns": list(_once([*item["columns"], *same["columns"]]))}
        labels = {fold(label) for numbers in answers.values() for label in numbers}
        empty = tuple(one for one in _once([*self.not_applicable, *other.not_applicable]) if fold(one) not in labels)
        used = {str(item["answers"]) for item in items.values()}
        return replace(self, items=items, answers={name: answers[name] for name in answers if name in used}, not_applicable=empty)


def _scaled(book: Book) -> list[tuple[str, tuple]]:
    """(words, range) of each question of its scales."""
    return [(fold(str(book.items[item]["text"])), tuple(scale["range"])) for scale in book.scales.values() for item in scale["items"]]


def _by_text(book: Book) -> dict[str, Mapping[str, object]]:
    return {fold(str(item["text"])): item for item in book.items.values()}


def _labels(book: Book, item: Mapping[str, object]) -> dict[str, float]:
    return {fold(label): number for label, number in book.answers[str(item["answers"])].items()}


def _agree(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return all(other.get(label, number) == number for label, number in one.items())


@dataclass
class _Made:
    answers: dict[str, dict[str, float]] = field(default_factory=dict)
    items: dict[str, dict[str, object]] = field(default_factory=dict)
    scales: dict[str, dict[str, object]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    positions: set[int] = field(default_factory=set)


def make_book(study: Study, place: int, name: str, school: Look | None, decided: Mapping[str, object], taken: Collection[str]) -> Book:
    """The codebook of one export. `place`: of the export among all, for the ids of questions. `taken`: ids that others have."""
    file = f"parameters/codebooks/{name}.yaml"
    made = _Made()
    names = study.export.names
    used = {school.column.position} if school else set()
    whole = whole_fits(study.blocks)
    left: list[Look] = []
    for number, block in enumerate(study.blocks):
        block = replace(block, looks=tuple(look for look in block.looks if look.column.position in names))
        key = f"{place}:{block.key}:{number}"
        title = _title(block)
        if block.kind == TICK:
            _choices(made, block, names, file, {*taken, *made.items, *made.scales})
            continue
        found = resolve(block, key, title, study.export, whole, decided, file)
        made.questions += found.questions
        made.notes += [(file, note) for note in found.notes]
        if found.answers is None or len(block.looks) < 2:
            left += [look for look in block.looks if look.use == ANSWERS and found.answers is not None]
            continue
        _scale(made, study, block, key, title, found.answers, decided, file, taken)
    inside = {look.column.position for block in study.blocks for look in block.looks}
    for look in study.looks:
        if look.column.position in used | inside or look.column.position not in names:
            continue
        if look.use == SEVERAL:
            _several(made, look, place, names, decided, file, {*taken, *made.items, *made.scales})
        elif look.use == ANSWERS:
            left.append(look)
    single = _singles(made, study, left, place, names, decided, file, taken, whole)
    labels = {fold(label) for numbers in made.answers.values() for label in numbers}
    read = [look for look in study.looks if look.column.position in made.positions]
    empty = _once(label for look in read for label in look.unanswered if fold(label) not in labels)
    marks = _once(label for look in read for label in look.marks if fold(label) not in NOT_CHOSEN)
    return Book(name, made.answers, empty, marks, made.items, made.scales, tuple(made.questions), tuple(made.notes), frozenset(made.positions),
                _advice(made, single))  # fmt: skip


def _scale(made: _Made, study: Study, block: Block, key: str, title: str, answers: AnswerSet, decided, file: str, taken: Collection[str]) -> None:
    names = study.export.names
    heading = _heading(block, {str(scale["name"]) for scale in made.scales.values()})
    said = decided.get(f"scale:{key}")
    unsure = {"grid": "one question with a row for each", "name": "their names begin alike", "beside": "they only stand one after another"}[block.by]
    texts = "; ".join(_clean(text) for text in block.texts[:3]) + (" …" if len(block.texts) > 3 else "")
    ask = f"{title}: one scale? Its heading on the pages (- for no scale):"
    made.questions.append(Question(f"scale:{key}", ask, f"{unsure}: {texts}", file, "scales", "text", (), heading))
    if said == "-":
        return
    heading = " ".join(said.split())[:HEADING] if isinstance(said, str) and said.strip() else heading
    scale_id = _free(_id(heading), {*taken, *made.items, *made.scales})
    set_name = _answer_set(made, answers)
    items = []
    for number, (look, text) in enumerate(zip(block.looks, block.texts, strict=True), start=1):
        item = _free(f"{scale_id}_{number}", {*taken, *made.items, *made.scales, scale_id})
        made.items[item] = {"columns": [names[look.column.position]], "text": _clean(text) or look.header, "answers": set_name}
        made.positions.add(look.column.position)
        items.append(item)
    reverse = []
    for where, mean, persons in against(values(study.export, block, answers)):
        text = _clean(block.texts[where]) or block.looks[where].header
        why = f"its answers run against the others' (mean correlation {mean:.2f}, {persons} people or more)".replace("-", "−")
        ask = f"{title}: does agreeing with “{text}” mean less of it? It is then reversed."
        made.questions.append(Question(f"reverse:{key}:{where}", ask, why, file, f"scales.{scale_id}.reverse", "yes_no", (), False))
        if decided.get(f"reverse:{key}:{where}") is True:
            reverse.append(items[where])
    made.scales[scale_id] = {
        "name": heading, "about": f"the score on “{heading}”", "items": items, **({"reverse": reverse} if reverse else {}),
        "range": [answers.low, answers.high], "favourable": favourable(answers.low, answers.high), "source": UNSTATED,
    }  # fmt: skip
    more = f"favourable are {favourable(answers.low, answers.high):g} and more of {answers.low:g} to {answers.high:g}"
    made.notes.append((file, f"“{heading}”, {len(items)} questions ({unsure}): is this one thing? Who wrote it? Is any statement put the other way round "
                             f"(reverse)? Is more of it better (better: lower, if not)? And {more}."))  # fmt: skip


def favourable(low: float, high: float) -> float:
    """The least whole answer above the middle of the range: 4 of 1 to 5, 3 of 1 to 4, 6 of 0 to 10."""
    return float(math.floor((low + high) / 2) + 1)


def _singles(made: _Made, study: Study, looks: list[Look], place: int, names, decided, file: str, taken, whole) -> int:
    """Questions that stand for themselves, and the scale that a person makes of some of them. How many there are."""
    found = []
    for look in looks:
        text = " ".join((look.column.others[0] if look.column.others else look.header).split())
        block = Block(f"one-{look.column.position + 1}", "", (look,), (text,), "name", ANSWERS, None, _fits_of(look), _order_of(look), _span_of(look))
        answers = resolve(block, f"{place}:{block.key}", f"“{_short(text)}”", study.export, whole, decided, file)
        made.questions += answers.questions
        made.notes += [(file, note) for note in answers.notes]
        if answers.answers is not None:
            found.append((look, text, answers.answers))
    if len(found) >= 2:
        options = tuple(_short(text) for _, text, _ in found)
        ask = "Do some of these questions belong together as one scale? Their numbers, or Enter for none."
        made.questions.append(Question(f"own:{place}", ask, "each stands for itself in the export", file, "scales", "choose", options, ()))
    chosen = decided.get(f"own:{place}")
    chosen = [found[number] for number in chosen if 0 <= number < len(found)] if isinstance(chosen, (list, tuple)) else []
    if len(chosen) >= 2 and len({(answers.low, answers.high) for *_, answers in chosen}) == 1:
        block = Block("own", "", tuple(look for look, *_ in chosen), tuple(text for _, text, _ in chosen), "beside", ANSWERS)
        first = chosen[0][2]
        joined = AnswerSet(first.name, {label: number for *_, one in chosen for label, number in one.numbers.items()}, first.low, first.high, first.fine)
        _scale(made, study, block, f"{place}:own", "These questions", joined, decided, file, taken)
        found = [one for one in found if one not in chosen]
    for look, text, answers in found:
        item = _free(_id(text), {*taken, *made.items, *made.scales})
        made.items[item] = {"columns": [names[look.column.position]], "text": _clean(text), "answers": _answer_set(made, answers)}
        made.positions.add(look.column.position)
    return len(found)


def _fits_of(look: Look) -> tuple[Fit, ...]:
    return tuple(fits(look.labels) or fits([label for label, (_, n) in look.labels.items() if n > 1]))


def _order_of(look: Look) -> dict[str, int]:
    return numbered(look.labels) or {}


def _span_of(look: Look) -> tuple[int, int] | None:
    order = _order_of(look)
    return (min(order.values()), max(order.values())) if order else None


def _choices(made: _Made, block: Block, names: Mapping[int, str], file: str, taken: Collection[str]) -> None:
    """A question of which each option has its own column."""
    question = _clean(block.question) or _stem_of(block)
    item = _free(_id(question), taken)
    choices: dict[str, dict[str, object]] = {}
    for look, text in zip(block.looks, block.texts, strict=True):
        cell = next((first for first, _ in look.labels.values()), "")
        label = _clean(text) if block.question or not cell or fold(cell) in CHOSEN else cell
        label = label if fold(label) not in {fold(str(one["label"])) for one in choices.values()} else f"{label} ({look.header})"
        if any(fold(label) == fold(str(one["label"])) for one in choices.values()):
            continue  # two options of one name cannot be told apart
        option = {"label": label, "columns": [names[look.column.position]]}
        if cell and fold(cell) != fold(label) and fold(cell) not in CHOSEN:
            option["chosen"] = [cell]
        elif fold(label) in NOT_CHOSEN:
            option["chosen"] = [cell or label]  # only so is it clear what such a cell means
        choices[_free(_id(label), choices)] = option
        made.positions.add(look.column.position)
    if len(choices) > 1:
        made.items[item] = {"text": question, "choices": choices}
        return
    made.positions -= {look.column.position for look in block.looks}


def _several(made: _Made, look: Look, place: int, names: Mapping[int, str], decided, file: str, taken: Collection[str]) -> None:
    """A question whose cells hold all that was chosen."""
    options, share, pairs = split_options({first: n for first, n in look.labels.values()})
    key = f"{place}:{look.column.position}"
    sure = look.sure == LIKELY
    ask = f"“{_short(look.header)}”: could people choose several of these? {'; '.join(options)}"
    why = f"{share:.0%} of its cells hold several, with a comma or semicolon between" + ("; the header says so" if sure else "")
    made.questions.append(Question(f"several:{key}", ask, why, file, "items", "yes_no", (), sure))
    if decided.get(f"several:{key}", sure) is not True:
        return
    kept = list(options)
    for one, other in pairs:
        ask = f"“{_short(look.header)}”: are “{one}” and “{other}” one option with a comma in it?"
        made.questions.append(Question(f"pair:{key}:{fold(one)}", ask, "neither stands without the other", file, "items", "yes_no", (), False))
        if decided.get(f"pair:{key}:{fold(one)}") is True and one in kept and other in kept:
            kept[kept.index(one)] = f"{one}, {other}"
            kept.remove(other)
    labels = list({fold(label): label for label in kept}.values())
    item = _free(_id(look.header), taken)
    choices: dict[str, dict[str, object]] = {}
    for label in labels:
        choices[_free(_id(label), choices)] = {"label": label}
    made.items[item] = {"columns": [names[look.column.position]], "text": _clean(look.header), "choices": choices}
    made.positions.add(look.column.position)


def _answer_set(made: _Made, answers: AnswerSet) -> str:
    """The name of a set that holds these labels with these numbers, made or added to."""
    for name in (answers.name, *(f"{answers.name}_{number}" for number in range(2, 100))):
        known = made.answers.setdefault(name, {})
        by_fold = {fold(label): number for label, number in known.items()}
        if all(by_fold.get(fold(label), number) == number for label, number in answers.numbers.items()):
            _add(known, answers.numbers)
            made.answers[name] = dict(sorted(known.items(), key=lambda pair: pair[1]))
            return name
    raise AssertionError(answers.name)


def _add(known: dict[str, float], more: Mapping[str, float]) -> None:
    folds = set(map(fold, known))
    for label, number in more.items():
        if fold(label) not in folds:
            known[label] = number
            folds.add(fold(label))


def _advice(made: _Made, single: int) -> str:
    if made.questions and any(question.id.split(":")[0] in ("steps", "range", "order") for question in made.questions):
        return "answer the open questions on its answers, or write the scale by hand"
    if single >= 2:
        return f"say which of the {single} questions with known answers belong together"
    return "write items and a scale in the codebook, if there are such questions"


def _heading(block: Block, taken: Collection[str]) -> str:
    stem = _stem_of(block)
    words = _clean(block.question)
    first = re.split(r"(?<=[.?!:])\s", words)[0].rstrip(" .:?")
    about = ASKS.match(first)
    first = first[about.end() :].strip() if about and len(first[about.end() :].split()) > 1 else first
    first = first[:1].upper() + first[1:]
    if block.by == "name" and re.fullmatch(r"[A-Za-z]{3,}[a-z_]*", stem):
        heading = stem.replace("_", " ").capitalize()
    elif first or _shared_words(block.texts):
        first = first or _shared_words(block.texts)
        heading = _short(first, HEADING - 12)
    elif block.by == "beside":
        at = [look.column.position + 1 for look in block.looks]
        heading = f"Columns {at[0]} to {at[-1]}"
    else:
        heading = f"Questions {stem}"
    if heading in taken:
        heading = f"{heading} ({stem})"
    return heading if heading not in taken else _free(heading, taken, " ")


def _shared_words(texts: Sequence[str]) -> str:
    """The words that all texts begin with, where they are more than a word or two."""
    words = [word[0] for word in itertools.takewhile(lambda word: len(set(word)) == 1, zip(*(_clean(text).split() for text in texts), strict=False))]
    return " ".join(words).rstrip(" .,:-") if len(texts) > 1 and len(" ".join(words)) >= 8 else ""


def _stem_of(block: Block) -> str:
    """What the names of the columns begin with, else the first of them."""
    if block.by == "name" and len(block.looks) > 1:
        return block.key
    first, last = block.looks[0].column.name, block.looks[-1].column.name
    found = re.match(r"(.*?)[_\-.#: ]*\d*[A-Za-z]?$", " ".join(first.split()))
    stem = (found[1] if found else "").strip()
    return stem if stem and last.strip().startswith(stem) and len(stem) < len(first.strip()) else _short(" ".join(first.split()), 30)


def _title(block: Block) -> str:
    first, last = block.looks[0].header, block.looks[-1].header
    words = _clean(block.question)
    if words:
        return f"“{_short(words)}” ({len(block.looks)} questions, {_stem_of(block)})" if block.by != "grid" or len(_stem_of(block)) < 15 else (
            f"“{_short(words)}” ({len(block.looks)} questions)")  # fmt: skip
    return f"“{_short(first, 40)}” to “{_short(last, 40)}” ({len(block.looks)} questions)" if len(block.looks) > 1 else f"“{_short(first)}”"


def _clean(text: str) -> str:
    """A text without the marks of HTML and line breaks."""
    return " ".join(html.unescape(re.sub(r"</?[A-Za-z][^<>]*>", " ", text)).split())


def _short(text: str, most: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _id(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = ""
    for word in re.findall(r"[a-z0-9]+", plain):
        if len(slug) + len(word) > 28:
            break
        slug = f"{slug}_{word}".strip("_")
    slug = slug or (re.findall(r"[a-z0-9]+", plain) or ["item"])[0][:28]
    return slug if id_fault(slug) is None else f"q_{slug}"


def _free(text: str, taken: Collection[str], between: str = "_") -> str:
    known = {one.casefold() for one in taken}
    tries = (text, *(f"{text}{between}{number}" for number in range(2, 10_000)))
    return next(one for one in tries if one.casefold() not in known)


def _once(labels) -> tuple[str, ...]:
    return tuple({fold(label): label for label in reversed(list(labels))}.values())[::-1]
