"""parameters/codebooks/<name>.yaml: questions, what each answer counts, and the scales they form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from cyclebook.parameters.forms import CodebookFile, ItemForm, ScaleForm, fill
from cyclebook.parameters.model import Choice, Codebook, Item, Scale, Version
from cyclebook.parameters.names import fold, id_fault, same_ignoring_case, show, suggest
from cyclebook.parameters.yaml_files import Document, Faults, Key, read_yaml

FOLDER = "parameters/codebooks"
#: Cells of a choice's column that say that it was not chosen, beside those of the codebook.
NOT_CHOSEN = frozenset({"0", "no", "false", "none", "not selected", "unchecked"})
AGREE = "Make the two the same, or give one another id."


def read_codebooks(folder: Path, faults: Faults) -> dict[str, Codebook]:
    """Every codebook of the district, by name. What is wrong is added to `faults`."""
    books, documents = {}, {}
    for file in yaml_files(folder, FOLDER, faults):
        document = read_yaml(folder, file, faults)
        form = fill(CodebookFile, document, faults) if document else None
        if form:
            name = Path(file).stem
            documents[name] = document
            books[name] = _codebook(name, form, document, faults)
    _check_between(books, documents, faults)
    return books


def check_waves(folder: Path, books: Mapping[str, Codebook], waves: Iterable[str], faults: Faults) -> None:
    """The waves that versions of items name must be the district's."""
    known = list(waves)
    for name, book in books.items():
        for item in book.items.values():
            for wave in [wave for version in item.versions for wave in version.waves if wave not in known]:
                where = f"{FOLDER}/{name}.yaml, items.{item.id}.versions"
                faults.add(where, f"parameters/district.yaml has no wave {show(wave)}; {suggest(wave, known)}")


def yaml_files(folder: Path, under: str, faults: Faults) -> list[str]:
    """The .yaml files of a folder, as `under/name.yaml` in order of name. A .yml would be passed over in silence: a fault."""
    names = sorted(path.name for path in (folder / under).glob("*") if path.is_file() and not path.name.startswith("."))
    for name in names:
        if name.lower().endswith((".yml", ".yaml")) and not name.endswith(".yaml"):
            faults.add(f"{under}/{name}", "only files that end in .yaml are read. Rename it.")
    return [f"{under}/{name}" for name in names if name.endswith(".yaml")]


def check_ids(names: Iterable[str], key: Key, document: Document, faults: Faults) -> None:
    """Keys that serve as ids: well formed, and unique ignoring case."""
    names = list(names)
    for name in names:
        fault = id_fault(name)
        if fault:
            document.fault(faults, (*key, name), f"{show(name)} cannot be an id: {fault}.")
    for first, later in same_ignoring_case(names):
        document.fault(faults, (*key, later), f"differs from {show(first)} only in case. Give it another id.")


def _codebook(name: str, form: CodebookFile, document: Document, faults: Faults) -> Codebook:
    answers = form.answers or {}
    not_applicable = tuple(form.not_applicable or ())
    for answer_set, numbers in answers.items():
        _check_labels(answer_set, numbers, not_applicable, document, faults)
    check_ids(form.items or {}, ("items",), document, faults)
    check_ids(form.scales or {}, ("scales",), document, faults)
    _check_columns(form.items or {}, document, faults)
    items = {key: _item(key, item, answers, form.not_selected or (), document, faults) for key, item in (form.items or {}).items()}
    scales = {key: _scale(key, scale, items, document, faults) for key, scale in (form.scales or {}).items()}
    return Codebook(name, answers, not_applicable, items, scales, tuple(form.not_selected or ()))


def _check_labels(
    name: str, numbers: Mapping[str, float], not_applicable: tuple[str, ...], document: Document, faults: Faults
) -> None:
    unanswered = {fold(label) for label in not_applicable}
    seen: dict[str, str] = {}
    for label, number in numbers.items():
        key = ("answers", name, label)
        first = seen.setdefault(fold(label), label)
        if not fold(label):
            document.fault(faults, key, "an empty label. An empty cell is never an answer: remove this line.")
        elif fold(label) in unanswered:
            document.fault(faults, key, f"{show(label)} is also under not_applicable. Keep it in one of the two.")
        elif numbers[first] != number:
            document.fault(
                faults,
                key,
                f"{show(label)} is {show(number)} here, and as {show(first)} it is {show(numbers[first])} "
                "(case and extra blanks do not matter). Keep one.",
            )


def _check_columns(items: Mapping[str, ItemForm], document: Document, faults: Faults) -> None:
    owner: dict[str, str] = {}
    for key, item in items.items():
        for index, column in enumerate(item.columns or []):
            first = owner.setdefault(fold(column), key)
            if first != key:
                document.fault(
                    faults,
                    ("items", key, "columns", index),
                    f"{show(column)} is also a column of the item {show(first)}. Keep one.",
                )


def _item(
    key: str, form: ItemForm, answers: Mapping[str, Mapping[str, float]], not_selected: Iterable[str], document: Document, faults: Faults
) -> Item:
    def fault(message: str, *where) -> None:
        document.fault(faults, ("items", key, *where), message)

    def known(name: str | None, *where) -> Mapping[str, float]:
        if name is not None and name not in answers:
            fault(f"answers has no set {show(name)}; {suggest(name, answers)}", *where)
        return answers.get(name or "", {})

    choices = {name: Choice(name, choice.label, tuple(choice.columns or ()), tuple(choice.chosen or ())) for name, choice in (form.choices or {}).items()}
    check_ids(choices, ("items", key, "choices"), document, faults)
    own = [bool(choice.columns) for choice in choices.values()]
    if sum((form.answers is not None, bool(choices), form.range is not None)) != 1:
        fault("write one of answers (one answer is chosen), choices (several may be) or range (a number is given).", "answers")
    low, high = form.range or (None, None)
    if low is not None and not low < high:
        fault(f"{low:g} is not below {high:g}. Write the lowest number first.", "range")
    if form.columns is None and not (choices and all(own)):
        fault("the key \"columns\" is missing. Add the names that the question has in the exports.", "columns")
    elif any(own) and not all(own):
        fault("some choices have columns and some have none. Give them to all, or to none.", "choices")
    for name, choice in choices.items():
        if choice.columns and not choice.chosen and fold(choice.label) in NOT_CHOSEN | set(map(fold, not_selected)):
            fault(f"the label {show(choice.label)} is also what a cell says where nothing was chosen. Write chosen: with the cells that mean this choice.",
                  "choices", name)  # fmt: skip
    for first, later in same_ignoring_case([choice.label for choice in choices.values()]):
        fault(f"the label {show(later)} stands twice (also as {show(first)}; case is ignored). Keep one.", "choices")
    found = known(form.answers, "answers")
    versions = []
    for place, version in enumerate(form.versions or []):
        given = [name for name in ("columns", "text", "answers") if getattr(version, name) is not None]
        if version.asked and not given:
            fault("nothing differs. Write columns, text or answers as they were, asked: false, or remove it.", "versions", place)
        if not version.asked and given:
            fault(f"asked: false and {given[0]} do not go together. Keep one.", "versions", place)
        if choices:
            fault("a question with choices has no versions. Make a second question of it.", "versions", place)
        versions.append(Version(
            tuple(version.waves), version.asked, tuple(version.columns or form.columns or ()), version.text or form.text,
            known(version.answers, "versions", place, "answers") if version.answers else found,
        ))  # fmt: skip
    twice = [wave for wave, count in Counter(wave for version in versions for wave in version.waves).items() if count > 1]
    if twice:
        fault(f"the wave {show(twice[0])} stands in two of them. Keep one.", "versions")
    return Item(key, tuple(form.columns or ()), form.text, found, choices, tuple(versions), low, high)


def _scale(key: str, form: ScaleForm, items: Mapping[str, Item], document: Document, faults: Faults) -> Scale:
    def fault(name: str, message: str, *more: int) -> None:
        document.fault(faults, ("scales", key, name, *more), message)

    chosen, reverse = form.items or [], form.reverse or []
    low, high = form.range or (None, None)
    if (form.items is None) == (form.column is None):
        fault("items", "write either items (scored here) or column (scored already in the source).")
    for index, item in enumerate(chosen):
        if item not in items:
            fault("items", f"there is no item {show(item)} under items; {suggest(item, items)}", index)
        elif items[item].choices:
            fault("items", f"{show(item)} allows several choices, which are no answer on a scale. Remove it here.", index)
        elif low is not None and items[item].low is not None and not low <= items[item].low < items[item].high <= high:
            fault("items", f"{show(item)} goes from {items[item].low:g} to {items[item].high:g}, the scale from {low:g} to {high:g}. Make them agree.", index)
        elif item in chosen[:index]:
            fault("items", f"{show(item)} stands twice. Remove one.", index)
    for index, item in enumerate(reverse):
        if item not in chosen:
            fault("reverse", f"{show(item)} is not among the scale's items; {suggest(item, chosen)}", index)
    if form.items is not None and form.range is None:
        fault("range", "the range is missing: lowest and highest answer, as in [1, 5]. Reverse items and readings need it.")
    if low is not None and not low < high:
        fault("range", f"{low:g} is not below {high:g}. Write the lowest value first.")
    if form.favourable is not None and low is None:
        fault("favourable", "without a range nothing is favourable. Add range: [lowest, highest], or remove this.")
    elif form.favourable is not None and not low < form.favourable <= high:
        fault("favourable", f"{form.favourable:g} is not above {low:g} and up to {high:g}. Correct it.")
    if form.column is not None and form.minimum_answered is not None:
        fault("minimum_answered", "a scale with a column was scored elsewhere, with its own rule. Remove this.")
    elif form.minimum_answered is not None and chosen and form.minimum_answered > len(chosen):
        fault("minimum_answered", f"{form.minimum_answered} is more than the {len(chosen)} items. Write a smaller number.")
    return Scale(
        key,
        form.name,
        form.about,
        tuple(chosen),
        frozenset(reverse),
        low,
        high,
        form.favourable,
        form.minimum_answered,
        form.mode,
        form.better,
        form.source,
        form.column,
        form.claim,
    )


def _check_between(books: Mapping[str, Codebook], documents: Mapping[str, Document], faults: Faults) -> None:
    """An id means one thing in all codebooks: a scale has one definition, an item one text."""
    scales: dict[str, tuple[str, Scale]] = {}
    items: dict[str, tuple[str, Item]] = {}
    for name, book in books.items():
        for key, scale in book.scales.items():
            first, other = scales.setdefault(key, (name, scale))
            if other != scale:
                documents[name].fault(faults, ("scales", key), f"defined otherwise in {FOLDER}/{first}.yaml. {AGREE}")
        for key, item in book.items.items():
            first, other = items.setdefault(key, (name, item))
            if other.text != item.text:
                documents[name].fault(faults, ("items", key, "text"), f"worded otherwise in {FOLDER}/{first}.yaml. {AGREE}")
