"""What may be said of whom the team serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase, shown as digits
from cyclebook.team.names import CHANCE, SERVED, SERVICE
from cyclebook.team.readings import shown


def spread(table: Protected, day: date, language: str) -> list[Reading]:
    """How many contacts the team made, for how many staff, and whether they are spread by more than chance; the same of requests for a visit."""
    made, schools = (shown(table, name, scale=SERVICE, item="") for name in ("made", "schools"))
    if made is None or schools is None:
        return [Reading.of("t_service_few")]
    said = [Reading.of("t_made", day=day, made=int(made.value), schools=int(schools.value))]
    low, high = (shown(table, f"per_ten_{end}", scale=SERVICE, item="") for end in ("low", "high"))
    if low is not None and high is not None:
        said.append(Reading.of("t_per_ten", low=digits(low.value, low.decimals), high=digits(high.value, high.decimals)))
    for item, what in (("", "t_what_contacts"), ("visits", "t_what_visits")):
        p = shown(table, "p", scale=SERVICE, item=item)
        template = "t_spread_few" if p is None else "t_uneven" if p.value < CHANCE / 2 else "t_even"
        said.append(Reading.of(template, what=phrase(what, language)))
    return said


def served(table: Protected, language: str) -> list[Reading]:
    """Which groups of schools likely got less or more than their staff call for, decided on the range as shown; and which cannot be told."""
    said, untold = [], []
    for item in SERVED:
        cells = [shown(table, name, scale=SERVICE, item=item) for name in ("ratio", "ratio_low", "ratio_high")]
        if shown(table, "made", scale=SERVICE, item=item) is None:
            continue
        name = group(item, language)
        if any(cell is None for cell in cells) or cells[1].value <= 100 <= cells[2].value:
            untold.append(name)
            continue
        ratio, low, high = (int(cell.value) for cell in cells)
        said.append(Reading.of("t_served_less" if high < 100 else "t_served_more", names=name, ratio=ratio, low=low, high=high))
    return [*said, *([Reading.of("t_served_cannot_tell", names=tuple(untold))] if untold else [])]


def group(item: str, language: str) -> str:
    """A group of schools in words: ``size=small`` is "small schools"."""
    return phrase(f"t_group_{item.replace('=', '_')}", language)


def no_visit(schools: Sequence[str], names: Mapping[str, str], term: str) -> list[Reading]:
    """At which open schools the team has not asked for a visit in this term; [] between terms."""
    if not term:
        return []
    if not schools:
        return [Reading.of("t_all_visits", term=term)]
    return [Reading.of("t_no_visit", term=term, names=tuple(names[school] for school in schools))]
