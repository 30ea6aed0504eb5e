"""What may be said of how the team's contacts are answered, and of which kinds go with answers and with taking part."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cyclebook import cells
from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase
from cyclebook.team.names import AFTER, CONTACTS, FEWEST, KINDS, PRACTICES, REASONS
from cyclebook.team.readings import shown


def asked(table: Protected, day: date) -> list[Reading]:
    """How often the team asked, and at how many schools; [] where nothing is shown."""
    count, schools = (shown(table, name, scale=CONTACTS, item="") for name in ("asked", "schools"))
    return [] if count is None or schools is None else [Reading.of("t_asked", day=day, asked=int(count.value), schools=int(schools.value))]


def median(table: Protected, item: str = "") -> list[Reading]:
    """In how many days half are answered, with the likely range; or that this is not known yet. [] where nothing is shown."""
    where = {"scale": CONTACTS, "item": item}
    if shown(table, "asked", **where) is None:
        return []
    half, low, high = (shown(table, name, **where) for name in ("median", "median_low", "median_high"))
    if half is None:
        return [Reading.of("t_median_not_reached")]
    days = int(half.value)
    said = [Reading.of("t_median", days=days) if days else Reading.of("t_median_same_day")]
    if low is not None and high is not None and low.value < high.value:
        said.append(Reading.of("t_median_range", low=int(low.value), high=int(high.value)))
    elif low is not None and high is None:
        said.append(Reading.of("t_median_from", low=int(low.value)))
    return said


def within(table: Protected, item: str = "") -> list[Reading]:
    """What share is answered within a week, and within 30 days."""
    said = []
    for template, name in (("t_week", "within_7"), ("t_month", "within_30")):
        found = _range(table, name, CONTACTS, item)
        if found:
            said.append(Reading.of(template, **found))
    return said


def first_ask(table: Protected) -> list[Reading]:
    """For what share of visits a day was found at the first ask."""
    found, count = _range(table, "first_ask", CONTACTS, "first_ask"), shown(table, "asked", scale=CONTACTS, item="first_ask")
    return [Reading.of("t_first_ask", asked=int(count.value), **found)] if found and count else []


def _range(table: Protected, name: str, scale: str, item: str) -> dict:
    parts = [shown(table, label, scale=scale, item=item) for label in (name, f"{name}_low", f"{name}_high")]
    if any(part is None for part in parts):
        return {}
    return dict(zip(("share", "low", "high"), map(cells.fact, parts), strict=True))


def reasons(table: Protected, order: Sequence[str], smallest_group: int, language: str) -> Reading:
    """The reasons that were given at enough schools, each with how often."""
    counts = [(reason, shown(table, "given", scale=REASONS, item=reason)) for reason in order]
    names = tuple(phrase("t_reason", language, reason=reason, count=int(count.value)) for reason, count in counts if count is not None)
    if not names:
        return Reading.of("t_no_reasons", smallest_group=smallest_group)
    return Reading.of("t_reasons", smallest_group=smallest_group, names=names)


def answered(table: Protected, language: str) -> list[Reading]:
    """Which kinds of contact are answered more often than which others, decided on ranges that do not overlap."""
    ends = {}
    for kind in KINDS:
        count = shown(table, "asked", scale=CONTACTS, item=f"kind={kind}")
        low, high = (shown(table, f"within_30_{end}", scale=CONTACTS, item=f"kind={kind}") for end in ("low", "high"))
        if count is not None and count.value >= FEWEST and low is not None and high is not None:
            ends[kind] = low, high
    said = []
    few = [kind for kind in KINDS if kind not in ends]
    above: dict[tuple[str, ...], list[str]] = {}
    for kind, (low, _) in ends.items():
        less = tuple(other for other, (_, high) in ends.items() if low.value > high.value and low.bound != "less" and high.bound != "more")
        if less:
            above.setdefault(less, []).append(kind)
    for less, more in above.items():
        one, others = (tuple(_kind(kind, language) for kind in kinds) for kinds in (more, less))
        said.append(Reading.of("t_answered_more", one=one, others=others))
    if not said:
        said.append(Reading.of("t_answered_alike" if len(ends) > 1 else "t_no_practices"))
    if few and ends:
        said.append(Reading.of("t_kinds_few", fewest=FEWEST, names=tuple(_kind(kind, language) for kind in few)))
    return said


def followed(table: Protected, language: str) -> list[list[Reading]]:
    """For each kind, how often the school took part in a session afterwards, beside how often it did after any day."""
    said = []
    for kind in KINDS:
        where = {"scale": PRACTICES, "item": f"kind={kind}"}
        found, usual, count = _range(table, "followed", PRACTICES, f"kind={kind}"), shown(table, "usual", **where), shown(table, "could", **where)
        if not found or usual is None or count is None:
            continue
        low, high = (shown(table, f"followed_{end}", **where) for end in ("low", "high"))
        more = low.value > usual.value and low.bound != "less"
        less = high.value < usual.value and high.bound != "more"
        verdict = "t_followed_more" if more else "t_followed_less" if less else "t_followed_cannot_tell"
        name = _kind(kind, language)
        facts = {"kind": name, "count": int(count.value), "days": AFTER, "usual": cells.fact(usual)}
        said.append([Reading.of("t_followed", **found, **facts), Reading.of(verdict, kind=name)])
    return said or [[Reading.of("t_no_followed", days=AFTER)]]


def _kind(kind: str, language: str) -> str:
    return phrase(f"t_kind_{kind}", language)
