"""The face of this step: one function for each section of its notebook. Each shows table, figure, readings and notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook import cells, provenance, store
from cyclebook.errors import InputError
from cyclebook.parameters.settings import PUBLIC
from cyclebook.privacy import NOTHING, door
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase
from cyclebook.team import contact_readings, figures, readings, service_readings, tie_readings
from cyclebook.team.names import CLASSES, CONTACTS, KINDS, PRACTICES, REASONS, SERVED, SERVICE, TIES, WHOM, class_id

if TYPE_CHECKING:
    from cyclebook.store import Bundle

STEP, ROOM = "06_district_team", "team"


def open_team(school_id: str, district: str | Path | None = None, as_of: str = "") -> Bundle:
    """The team's bundle; school_id is ``_district``. See :func:`cyclebook.store.open_bundle`.

    Raises InputError where the district makes pages for the public: this page is for the team alone.
    """
    bundle = store.open_bundle(STEP, ROOM, school_id, district or None, as_of)
    if bundle.facts["district"]["audience"] == PUBLIC:
        raise InputError(f"{STEP} is for the district's own team, and parameters/district.yaml makes pages for the public (privacy: audience)")
    return bundle


def _day(bundle: Bundle) -> date:
    return date.fromisoformat(bundle.facts["as_of"])


def _rows(bundle: Bundle, *scales: str) -> Protected:
    return bundle.district.rows(scale=scales)


def _missing(bundle: Bundle, anchor: str, *ids: str) -> None:
    door.readings(bundle, anchor, [Reading.of(name) for name in ids], of=NOTHING, kind="missing")
    door.people(bundle, anchor, of=NOTHING)


def in_short(bundle: Bundle) -> None:
    """The first sheet: answers, ties and service in numbered sentences, and one next step."""
    facts, table = bundle.facts, _rows(bundle, CONTACTS, TIES, SERVICE)
    said: list[Sequence[Reading]] = []
    replied = contact_readings.asked(table, _day(bundle)) if facts["as_of"] else []
    if replied:
        said.append([*replied, *contact_readings.median(table)[:1], *contact_readings.within(table)[1:], Reading.of("t_caution")])
    mapped = facts["map"] is not None and readings.shown(table, "on_map", scale=TIES, item="") is not None
    if mapped:
        said.append(tie_readings.on_map(table, facts["map"], facts["names"])[:2])
        said += [lost] if (lost := tie_readings.lost(table)) else []
    if readings.shown(table, "made", scale=SERVICE, item="") is not None:
        said.append(service_readings.spread(table, _day(bundle), bundle.language)[-2:-1])
    if not said:
        _missing(bundle, "in_short", "t_nothing")
        return
    said.append([readings.onward(facts["map"] if mapped else None, facts["no_visit"])])
    door.readings(bundle, "in_short", said, of=table, kind="summary")
    door.people(bundle, "in_short", of=table, declared=_lists(bundle))


def _lists(bundle: Bundle) -> list[object]:
    return [bundle.facts["map"], bundle.facts["no_visit"]]


def contacts(bundle: Bundle) -> None:
    """How contacts are answered: days to an answer with what is still awaited, visits found at the first ask, reasons."""
    facts, language = bundle.facts, bundle.language
    if not facts["recorded"]["contacts"]:
        _missing(bundle, "contacts", "t_no_contacts", "t_why_contacts", "t_how_contacts")
        return
    table, smallest = _rows(bundle, CONTACTS, REASONS), int(bundle.setting("smallest_group"))
    asked = contact_readings.asked(table, _day(bundle))
    if not asked:
        _missing(bundle, "contacts", "t_few_contacts")
        return
    door.readings(bundle, "contacts", [Reading.of("t_caution")], of=table, kind="caution")
    said = [[*asked, *contact_readings.median(table), Reading.of("t_awaited")], contact_readings.within(table), contact_readings.first_ask(table)]
    said.append([contact_readings.reasons(table, facts["reasons"], smallest, language)])
    door.readings(bundle, "contacts", [line for line in said if line], of=table)
    curve = table.rows(scale=CONTACTS, item=[item for item, *_ in figures.CURVES])
    alt = [Reading.of("t_figure_replies"), *contact_readings.median(table), *contact_readings.within(table)]
    door.figure(bundle, "contacts", figures.replies, alt, language, of=curve)
    rows = []
    for item in _parts(table):
        where = {"scale": CONTACTS, "item": item}
        shares = [cells.with_range(table, (name, f"{name}_low", f"{name}_high"), where, language, share=True) for name in ("within_7", "within_30")]
        rows.append([_part(item, language), *(cells.text(table.cell(name, **where), language) for name in ("asked", "schools")), _median(table, where, language), *shares])
    columns = ["t_word_part", "t_word_asked", "t_word_schools", "t_word_median", "t_word_week", "t_word_month"]
    caption = phrase("t_caption_contacts", language, day=_day(bundle))
    door.table(bundle, "contacts", cells.frame(columns, rows, language), caption, of=table)
    door.readings(bundle, "contacts", [Reading.of("t_left_out", smallest_group=smallest)], of=NOTHING)
    door.people(bundle, "contacts", of=table)


def _parts(table: Protected) -> list[str]:
    """The parts that are shown: all, by kind, by whom, then groups of schools."""
    there = table.rows(scale=CONTACTS, statistic="within_7").unique("item")
    first = ["", *(f"kind={kind}" for kind in KINDS), *(f"to={whom}" for whom in WHOM)]
    return [*(item for item in first if item in there), *sorted(item for item in there if item not in first)]


def _part(item: str, language: str) -> str:
    by, _, name = item.partition("=")
    if not by:
        return phrase("t_all", language)
    return phrase(f"t_{by}_{name}", language) if by in ("kind", "to") else phrase(f"t_{by}", language, name=name)


def _median(table: Protected, where: dict, language: str) -> str:
    half, low, high = (readings.shown(table, name, **where) for name in ("median", "median_low", "median_high"))
    if half is None:
        return phrase("t_not_reached", language)
    if low is not None and high is None:
        span = phrase("t_days_or_more", language, low=int(low.value))
        return f"{cells.text(half, language)} ({span})"
    return cells.with_range(table, ("median", "median_low", "median_high"), where, language)


def ties(bundle: Bundle) -> None:
    """Which schools have close contacts in the team, how ties are spread over it, and what they go with."""
    facts, language, table = bundle.facts, bundle.language, _rows(bundle, TIES)
    if facts["map"] is None:
        _missing(bundle, "ties", "t_no_map", "t_why_map", "t_how_map")
        return
    said = [[reading] for reading in tie_readings.on_map(table, facts["map"], facts["names"])]
    mapped = readings.shown(table, "on_map", scale=TIES, item="") is not None
    if mapped:
        said.append(tie_readings.lost(table))
        recorded = [name for name, source in (("participation", "sessions"), ("uptake", "uptake")) if facts["recorded"][source]]
        said += [[reading] for reading in tie_readings.goes_with(table, recorded, language)]
    door.readings(bundle, "ties", [line for line in said if line], of=table, kind="reading" if mapped else "missing")
    if mapped:
        bars = table.rows(statistic=("with_none", "with_one", "with_more"))
        alt = [Reading.of("t_figure_ties"), *tie_readings.on_map(table, facts["map"], facts["names"])]
        door.figure(bundle, "ties", figures.ties, alt, language, of=bars)
        rows = [[phrase(label, language), cells.text(table.cell(name, item=""), language)]
                for name, label in (("with_none", "t_none_word"), ("with_one", "t_one_word"), ("with_more", "t_more_word"))]  # fmt: skip
        door.table(bundle, "ties", cells.frame(["t_word_contacts_close", "t_word_schools"], rows, language), phrase("t_caption_ties", language), of=bars)
    if readings.shown(table, "lost", item="") is not None:
        spread = table.rows(statistic="members")
        rows = [[_class(low, high, language), cells.text(spread.cell("members", item=class_id(low, high)), language)] for low, high in CLASSES]
        door.table(bundle, "ties", cells.frame(["t_word_ties", "t_word_members"], rows, language), phrase("t_caption_members", language), of=spread)
    door.people(bundle, "ties", of=table, declared=[facts["map"]])


def _class(low: int, high: int | None, language: str) -> str:
    if high == 0:
        return phrase("t_class_none", language)
    return phrase("t_class_from", language, low=low) if high is None else phrase("t_class", language, low=low, high=high)


def service(bundle: Bundle) -> None:
    """Whether schools are served alike, given how many staff they have and what they may need; and where no visit was asked for yet."""
    facts, language, table = bundle.facts, bundle.language, _rows(bundle, SERVICE)
    if not facts["recorded"]["contacts"]:
        _missing(bundle, "service", "t_no_contacts")
        return
    said = [[Reading.of("t_own_doing")], service_readings.spread(table, _day(bundle), language)]
    said += [[reading] for reading in service_readings.served(table, language)]
    said.append(service_readings.no_visit(facts["no_visit"], facts["names"], facts["term"]))
    door.readings(bundle, "service", [line for line in said if line], of=table)
    rows = [
        [
            service_readings.group(item, language),
            *(cells.text(table.cell(name, item=item), language) for name in ("schools", "made")),
            cells.with_range(table, ("ratio", "ratio_low", "ratio_high"), {"item": item}, language, share=True),
        ]
        for item in SERVED
        if readings.shown(table, "ratio", item=item) is not None
    ]
    if rows:
        columns = ["t_word_group", "t_word_schools", "t_word_made", "t_word_ratio"]
        door.table(bundle, "service", cells.frame(columns, rows, language), phrase("t_caption_service", language), of=table)
    door.people(bundle, "service", of=table, declared=[facts["no_visit"]])


def practices(bundle: Bundle) -> None:
    """Which kinds of contact are answered, and which go with taking part in sessions afterwards."""
    facts, language = bundle.facts, bundle.language
    if not facts["recorded"]["contacts"]:
        _missing(bundle, "practices", "t_no_contacts")
        return
    table = _rows(bundle, CONTACTS, PRACTICES)
    table = table.rows(item=[f"kind={kind}" for kind in KINDS])
    said = [contact_readings.answered(table, language), *contact_readings.followed(table, language)]
    door.readings(bundle, "practices", said, of=table)
    rows = []
    for kind in KINDS:
        there, after = {"scale": CONTACTS, "item": f"kind={kind}"}, {"scale": PRACTICES, "item": f"kind={kind}"}
        if readings.shown(table, "asked", **there) is None:
            continue
        rows.append([
            phrase(f"t_kind_{kind}", language),
            cells.text(table.cell("asked", **there), language),
            cells.with_range(table, ("within_30", "within_30_low", "within_30_high"), there, language, share=True),
            cells.text(table.cell("could", **after), language),
            cells.with_range(table, ("followed", "followed_low", "followed_high"), after, language, share=True),
            cells.percent(table.cell("usual", **after), language),
        ])  # fmt: skip
    if rows:
        columns = ["t_word_kind", "t_word_asked", "t_word_month", "t_word_could", "t_word_followed", "t_word_usual"]
        door.table(bundle, "practices", cells.frame(columns, rows, language), phrase("t_caption_practices", language), of=table)
    door.people(bundle, "practices", of=table)


def settings(bundle: Bundle) -> None:
    """The files behind the page, and each setting with the layer it came from."""
    provenance.show(bundle)
