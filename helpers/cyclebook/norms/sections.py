"""The face of this step: one function for each section of its notebook. Each shows table, figure, readings and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook import cells, provenance as provenances, store
from cyclebook.climate.readings import took_over
from cyclebook.norms import figures, readings
from cyclebook.norms.agreements import QUESTIONS
from cyclebook.privacy import NOTHING, door
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, number, phrase

if TYPE_CHECKING:
    from cyclebook.store import Bundle

STEP, ROOM = "02_review_norms", "norms"
SHARE = ("favourable", "favourable_low", "favourable_high")
COLUMNS = ("id", "school_id", "text", "question", "owner", "behaviour", "cadence", "last_review")
REVIEWS = 5  #: windows in the table of reviews of working together, the latest ones


def open_school(school_id: str, district: str | Path | None = None, as_of: str = "") -> Bundle:
    """The school's bundle for this step; see :func:`cyclebook.store.open_bundle`."""
    return store.open_bundle(STEP, ROOM, school_id, district or None, as_of)


# What every section reads from the bundle


def _agreed(bundle: Bundle) -> list[Mapping]:
    return list(bundle.facts["agreements"])


def _names(bundle: Bundle, ids: Mapping | tuple[str, ...], form: str = "n_{}") -> dict[str, str]:
    """Ids and what the catalogue calls them."""
    return {name: phrase(form.format(name), bundle.language) for name in ids}


def _ratings(bundle: Bundle) -> Protected:
    """How far agreements are lived: the school's rows that belong to no question."""
    return bundle.own.rows(item="")


def _answers(bundle: Bundle) -> Protected:
    """How people work together: the school's rows of the six questions."""
    return bundle.own.rows(item=list(_texts(bundle)))


def _texts(bundle: Bundle) -> dict[str, str]:
    return {question["id"]: readings.plain(question["text"]) for question in bundle.facts["questions"]}


def _month(bundle: Bundle) -> Callable[[str], str]:
    return lambda window: readings.month(window, bundle.language)


def _window(bundle: Bundle, window: str) -> str:
    """A window of the review of working together in words: the term's label, else the month."""
    label = next(w["label"] for w in bundle.facts["windows"] if w["id"] == window)
    return label or readings.month(window, bundle.language)


def _latest(bundle: Bundle) -> str:
    """The latest window with an answer that may be shown; without one, the latest in which people were asked; or ''."""
    ids, answers = [window["id"] for window in bundle.facts["windows"]], _answers(bundle).rows(statistic="favourable")
    shown = [window for window in ids if any(value is not None for value in answers.rows(wave=window).values())]
    return (shown or ids or [""])[-1]


def _lived(bundle: Bundle) -> list[list[Reading]]:
    """What is said of the ratings of each agreement, in the order of the agreements."""
    share = float(bundle.setting("split_share"))
    return [readings.lived(_ratings(bundle), agreement, _month(bundle), share) for agreement in _agreed(bundle)]


def _together(bundle: Bundle) -> list[Reading]:
    shares = float(bundle.setting("agree_share")), float(bundle.setting("split_share"))
    listed = int(bundle.setting("divided_items"))
    return readings.together(_answers(bundle), _texts(bundle), _latest(bundle), *shares, listed, partial(_quote, bundle))


def _team(bundle: Bundle) -> list[Reading]:
    team = bundle.facts["team"]
    members = dict(team["members"]) if team else {}
    return readings.team(members, team["day"], _names(bundle, tuple(members))) if team else []


def _raters(bundle: Bundle) -> list[Reading]:
    """How many staff rated agreements in the month that the page speaks of, and of how many."""
    rate = float(bundle.setting("answer_gate_rate"))
    return readings.raters(_ratings(bundle), _agreed(bundle), _month(bundle), bundle.facts["head_count"], rate)


def _least(bundle: Bundle, below: float | None = None) -> list[Mapping]:
    """The agreements that can be named as kept least; none where few rated."""
    few = any(reading.template == "n_raters_low" for reading in _raters(bundle))
    return [] if few else readings.least_lived(_ratings(bundle), _agreed(bundle), below)


def _missing(bundle: Bundle, anchor: str, *templates: str) -> None:
    """What is not there, why it matters and how to collect it; of a closed school, the first alone."""
    templates = templates[:1] if bundle.facts["closed"] else templates
    door.readings(bundle, anchor, [Reading.of(template) for template in templates], of=NOTHING, kind="missing")
    door.people(bundle, anchor, of=NOTHING)


# The sections


def in_short(bundle: Bundle) -> None:
    """The page in a few sentences: agreements, reviews, ratings, working together, the team, and where to begin."""
    school, agreed, names = bundle.facts["school"], _agreed(bundle), _names(bundle, QUESTIONS)
    lived, together, late = _short_lived(bundle), _short_together(bundle), readings.overdue(agreed)
    said: list[Reading | list[Reading]] = [readings.coverage(agreed, names)]
    if bundle.facts["closed"]:
        said = [readings.closed(date.fromisoformat(school["closed"]), school["successors"])]
    if late:
        first = {"text": readings.plain(late[0]["text"]), "date": date.fromisoformat(late[0]["due"])}
        said.append(Reading.of("n_short_overdue", count=len(late), **first))
    said += [part for part in ([*_raters(bundle), *lived], together, _team(bundle)[:1]) if part]
    if not bundle.facts["closed"]:
        if not lived and not together:
            said.append(Reading.of("n_short_few" if len(bundle.own) else "n_short_unheard"))
        said.append(readings.start(agreed, _together(bundle), _start_least(bundle), names))
    changes = ("raters", "favourable_count", "change_low", "change_high", "change_called")
    asked = _answers(bundle).rows(wave=_latest(bundle), statistic=("favourable_count", "unfavourable"))
    door.readings(bundle, "in_short", said, of=_ratings(bundle).rows(statistic=changes) + asked, kind="summary")


def _short_lived(bundle: Bundle) -> list[Reading]:
    """The agreements with the smallest share of favourable ratings, where some can be named, and the changes that are called."""
    moved = readings.movement(zip(_quoted(bundle), _lived(bundle), strict=True))
    least = _least(bundle)
    if not least:
        return moved
    cell, window = readings.latest(_ratings(bundle), least[0]["id"])
    facts = {"month": _month(bundle)(window), "favourable": cells.count_fact(cell), "answered": cell.answered}
    facts |= {"text": readings.plain(least[0]["text"]), "names": _texts_of(bundle, least)}
    return [Reading.of("n_short_least_several" if len(least) > 1 else "n_short_least", **facts), *moved]


def _start_least(bundle: Bundle) -> Reading | None:
    """The question about what is kept least, where too few ratings of it are favourable to call staff at one."""
    least = _least(bundle, float(bundle.setting("agree_share")))
    if len(least) > 1:
        return Reading.of("n_start_least_several", names=_texts_of(bundle, least))
    return Reading.of("n_start_least", text=readings.plain(least[0]["text"])) if least else None


def _short_together(bundle: Bundle) -> list[Reading]:
    """One thing about working together: on which question staff are split, else those with the fewest favourable answers."""
    found = {reading.template: reading for reading in reversed(_together(bundle))}  # of each kind the first one said
    window = _window(bundle, _latest(bundle)) if found else ""
    for template, short in (("split", "n_short_split"), ("fewest", "n_short_fewest"), ("n_fewest", "n_short_fewest_several")):
        if template in found:
            return [Reading.of(short, window=window, **dict(found[template].facts))]
    return []


def agreements(bundle: Bundle) -> None:
    """What staff agreed on, held against the four questions; reviews that are due, and what is not written down yet."""
    language, agreed = bundle.language, _agreed(bundle)
    if not agreed:
        templates = ["n_none_closed"] if bundle.facts["closed"] else ["n_none", "n_none_why", "n_none_how"]
        door.readings(bundle, "agreements", [Reading.of(template) for template in templates], of=NOTHING, kind="missing")
        if not bundle.facts["closed"]:
            rows = [[column, phrase(f"n_column_{column}", language)] for column in COLUMNS]
            frame = cells.frame(["n_word_column", "n_word_write"], rows, language)
            door.constants(frame, phrase("n_caption_columns", language))
        door.people(bundle, "agreements", of=NOTHING)
        return
    names = _names(bundle, QUESTIONS)
    said = [readings.coverage(agreed, names), *([reading] for reading in readings.reviews(agreed))]
    if not bundle.facts["closed"]:
        said.append(readings.unsaid(agreed))
    door.readings(bundle, "agreements", [part for part in said if part], of=NOTHING)
    heads, dash = _names(bundle, QUESTIONS, "n_head_{}"), phrase("dash", language)
    rows = [
        [
            agreement["text"],
            heads.get(agreement["question"], dash),
            agreement["owner"] or dash,
            agreement["behaviour"] or dash,
            _due(agreement, language),
        ]
        for agreement in agreed
    ]
    columns = ["n_word_agreement", "n_word_speaks_to", "n_word_owner", "n_word_behaviour", "n_word_next"]
    door.constants(cells.frame(columns, rows, language), phrase("n_caption_agreements", language), folded=False)
    declared = [(each["id"], each["question"], each["last"], each["due"]) for each in agreed]
    door.people(bundle, "agreements", of=NOTHING, declared=declared)


def _due(agreement: Mapping, language: str) -> str:
    """The day of the next review. A day gone by is not marked: beside it stands who looks after the agreement."""
    if not agreement["due"]:
        return phrase("dash", language)
    return phrase("n_due_on", language, date=date.fromisoformat(agreement["due"]))


def lived(bundle: Bundle) -> None:
    """How far staff see each agreement lived: the latest ratings, what moved, and the ratings month by month."""
    language, agreed, rated = bundle.language, _agreed(bundle), _ratings(bundle)
    if not agreed:
        _missing(bundle, "lived", "n_lived_nothing" if bundle.facts["closed"] else "n_lived_wait")
        return
    if not len(rated):
        _missing(bundle, "lived", "n_lived_none", "n_lived_none_why", "n_lived_none_how")
        return
    said, quoted = _lived(bundle), _quoted(bundle)
    without = readings.unrated(rated, agreed, quoted)
    first, care = _raters(bundle), Reading.of("n_lived_care")
    door.readings(bundle, "lived", [*filter(None, [first, took_over(bundle.facts["took_over"], "series_rated"), *said]), *without, care], of=rated)
    months = [readings.rated(rated, agreement["id"]) for agreement in agreed]
    shown = [place for place, windows in enumerate(months) if windows]
    if any(len(windows) > 1 for windows in months):
        names = tuple(quoted[place] for place in shown)
        alt = [Reading.of("n_figure_lived", names=names), *chain(*(said[place] for place in shown))]
        drawn = rated.rows(statistic=SHARE)
        door.figure(bundle, "lived", figures.lived, alt, [agreed[place] for place in shown], language, of=drawn)
    if shown:
        _latest_table(bundle, rated, [agreed[place] for place in shown])
        _month_table(bundle, rated, [agreed[place] for place in shown])
    heads = bundle.facts["head_count"]
    door.people(bundle, "lived", of=rated, declared=[heads] if heads else [])


def _latest_table(bundle: Bundle, rated: Protected, agreed: list[Mapping]) -> None:
    """The latest ratings of each agreement, with how they spread."""
    language, rows = bundle.language, []
    for agreement in agreed:
        cell, window = readings.latest(rated, agreement["id"])
        where = {"scale": agreement["id"], "wave": window}
        rows.append([
            readings.plain(agreement["text"]),
            readings.month(window, language),
            cells.count_of(cell, language),
            cells.with_range(rated, SHARE, where, language, share=True),
            cells.count(rated.cell("unfavourable", **where), language),
        ])  # fmt: skip
    columns = ["n_word_agreement", "n_word_month", "n_word_ratings", "word_favourable", "word_unfavourable"]
    frame = _filled(cells.frame(columns, rows, language), language)
    door.table(bundle, "lived", frame, phrase("n_caption_lived", language), of=rated)


def _month_table(bundle: Bundle, rated: Protected, agreed: list[Mapping]) -> None:
    language, windows = bundle.language, sorted(rated.unique("wave"))
    rows = [
        [
            readings.month(window, language),
            *(cells.with_range(rated, SHARE, {"scale": each["id"], "wave": window}, language, share=True) for each in agreed),
        ]
        for window in windows
    ]
    frame = cells.frame(["n_word_month"], rows, language, _heads([(each["id"], readings.plain(each["text"])) for each in agreed]))
    door.table(bundle, "lived", frame, phrase("n_caption_months", language), of=rated.rows(statistic=SHARE), folded=True)


def together(bundle: Bundle) -> None:
    """How people see working together: six questions, level beside spread, in the latest window and before."""
    language, texts, window = bundle.language, _texts(bundle), _latest(bundle)
    answers = _answers(bundle)
    if not window:
        _missing(bundle, "together", "n_together_none", "n_together_none_why", "n_together_none_how")
        return
    asked, name = answers.rows(wave=window), _window(bundle, window)
    if not any(value is not None for value in asked.values()):
        door.readings(bundle, "together", [Reading.of("n_together_few", window=name)], of=asked, kind="missing")
        door.people(bundle, "together", of=asked)
        return
    last = bundle.facts["windows"][-1]["id"]
    first = Reading.of("n_together_asked", window=name)
    if last != window:
        first = Reading.of("n_together_older", last=_window(bundle, last), window=name)
    said = [first, *_together(bundle)]
    spread = {item: text for item, text in texts.items() if _shown(asked, "unfavourable", item)}
    blanked = [item for item in texts if not _shown(asked, "unfavourable", item) and asked.cell("unfavourable", item=item)]
    if blanked:
        said.append(Reading.of("n_together_shares"))
    door.readings(bundle, "together", [*said, *filter(None, [took_over(bundle.facts["took_over"], "series_answered")])], of=asked)
    if spread:
        alt = [Reading.of("n_figure_together", window=name), *said]
        counts = asked.rows(statistic=("favourable_count", "unfavourable"))
        door.figure(bundle, "together", figures.together, alt, spread, window, language, of=counts)
    rows = [
        [
            text,
            cells.count_of(asked.cell("favourable_count", item=item), language),
            cells.with_range(asked, SHARE, {"item": item}, language, share=True),
            cells.count(asked.cell("unfavourable", item=item), language),
        ]
        for item, text in texts.items()
    ]
    columns = ["word_question", "word_favourable_answers", "word_favourable", "word_unfavourable"]
    frame = _filled(cells.frame(columns, rows, language), language)
    door.table(bundle, "together", frame, phrase("n_caption_together", language, window=name), of=asked)
    _window_table(bundle, answers)
    door.people(bundle, "together", of=asked)


def _window_table(bundle: Bundle, answers: Protected) -> None:
    """The favourable shares of the latest windows side by side, where there is more than one."""
    language, windows = bundle.language, [window["id"] for window in bundle.facts["windows"]][-REVIEWS:]
    if len(windows) < 2:
        return
    rows = [
        [text, *(cells.with_range(answers, SHARE, {"item": item, "wave": window}, language, share=True) for window in windows)]
        for item, text in _texts(bundle).items()
    ]
    frame = cells.frame(["word_question"], rows, language, _heads([(window, _window(bundle, window)) for window in windows]))
    shown = answers.rows(wave=windows, statistic=SHARE)
    door.table(bundle, "together", frame, phrase("n_caption_windows", language), of=shown, folded=True)


def team(bundle: Bundle) -> None:
    """Who sits on the leadership team, by the six groups, and whose voice is missing."""
    language, facts = bundle.language, bundle.facts["team"]
    if not facts:
        _missing(bundle, "team", "n_team_none", "n_team_none_why", "n_team_none_how")
        return
    ask = [] if bundle.facts["closed"] else [[Reading.of("n_team_ask")]]
    door.readings(bundle, "team", [_team(bundle), *ask], of=NOTHING)
    members = dict(facts["members"])
    names = _names(bundle, tuple(members))
    rows = [[name[:1].upper() + name[1:], number(members[group], language)] for group, name in names.items()]
    frame = cells.frame(["n_word_group", "n_word_seats"], rows, language)
    door.constants(frame, phrase("n_caption_team", language), folded=False)
    door.people(bundle, "team", of=NOTHING, declared=[facts["day"], *members.values()])


def structure(bundle: Bundle) -> None:
    """Where the district's team sits, how often the cabinet hears from it, and what is not written down."""
    facts = bundle.facts["structure"]
    if not facts:
        _missing(bundle, "structure", "n_set_none", "n_set_none_why", "n_set_none_how")
        return
    said = readings.structure(facts, _names(bundle, readings.STRUCTURE, "n_unsaid_{}"))
    door.readings(bundle, "structure", [said], of=NOTHING)
    door.people(bundle, "structure", of=NOTHING, declared=[facts[part] for part in (*readings.STRUCTURE, "day")])


def worksheet(bundle: Bundle) -> None:
    """The four questions with lines to write on."""
    if bundle.facts["closed"]:
        _missing(bundle, "worksheet", "n_sheet_none")
        return
    door.readings(bundle, "worksheet", [Reading.of("n_sheet_how")], of=NOTHING)
    prompts = [(text, 3) for text in _names(bundle, QUESTIONS, "n_sheet_{}").values()]
    door.worksheet(bundle, [*prompts, (phrase("n_sheet_keep", bundle.language), 4)])
    door.people(bundle, "worksheet", of=NOTHING)


def provenance(bundle: Bundle) -> None:
    """The files behind the page, each setting with the layer it came from, and notes that name no evidence here."""
    provenances.show(bundle)


def _quoted(bundle: Bundle) -> list[str]:
    """The agreements in quotation marks."""
    return list(_texts_of(bundle, _agreed(bundle)))


def _texts_of(bundle: Bundle, agreed: list[Mapping]) -> tuple[str, ...]:
    return tuple(_quote(bundle, readings.plain(agreement["text"])) for agreement in agreed)


def _quote(bundle: Bundle, text: str) -> str:
    return phrase("n_quoted", bundle.language, text=text)


def _shown(table: Protected, statistic: str, item: str) -> bool:
    cell = table.cell(statistic, item=item)
    return cell is not None and cell.value is not None


def _heads(named: list[tuple[str, str]]) -> list[str]:
    """Names as heads of columns, with the id where two are the same."""
    names = [name for _, name in named]
    return [name if names.count(name) == 1 else f"{name} [{key}]" for key, name in named]


def _filled(frame, language: str):
    """The table without the columns in which nothing stands."""
    return frame.loc[:, [column for column in frame if (frame[column] != phrase("dash", language)).any()]]
