"""What may be said of close ties between the team and school leaders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cyclebook.privacy.protect import Protected
from cyclebook.reading import Reading, phrase, shown as digits
from cyclebook.team.names import CHANCE, PARTICIPATION, TIES, UPTAKE
from cyclebook.team.readings import shown


def on_map(table: Protected, drawn: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> list[Reading]:
    """How many schools are on the map, which have no close contact yet, and which have one only.

    drawn: ids of schools: ``none``, ``one``, ``missing``. Where the numbers are not shown, the lists are not either.
    """
    schools = shown(table, "on_map", scale=TIES, item="")
    if schools is None:
        return [Reading.of("t_map_few")]
    said = [Reading.of("t_map", schools=int(schools.value))]
    none, one = list(drawn["none"]), list(drawn["one"])
    said.append(Reading.of("t_without", count=len(none), names=_names(none, names)) if none else Reading.of("t_none_without"))
    if one:
        said.append(Reading.of("t_single", count=len(one), names=_names(one, names)))
    if drawn["missing"]:
        said.append(Reading.of("t_not_drawn", names=_names(drawn["missing"], names)))
    return said


def lost(table: Protected) -> list[Reading]:
    """How many more schools would be without a close contact if one member left; [] where it is not shown."""
    cell = shown(table, "lost", scale=TIES, item="")
    if cell is None:
        return []
    return [Reading.of("t_lost", count=int(cell.value)) if cell.value else Reading.of("t_lost_none")]


def goes_with(table: Protected, recorded: Sequence[str], language: str) -> list[Reading]:
    """Whether close contacts go with each outcome that is recorded. Of several, each is called at a part of ``CHANCE`` (Bonferroni)."""
    looked = [name for name in (PARTICIPATION, UPTAKE) if name in recorded]
    told = [name for name in looked if shown(table, "p", scale=TIES, item=name) is not None]
    said = []
    for name in looked:
        what = phrase(f"t_what_{name}", language)
        r, p, schools = (shown(table, statistic, scale=TIES, item=name) for statistic in ("r", "p", "schools"))
        if r is None or p is None or schools is None:
            said.append(Reading.of("t_goes_few", what=what))
        elif p.value < CHANCE / len(told) and r.value != 0:
            template = "t_goes_more" if r.value > 0 else "t_goes_less"
            said.append(Reading.of(template, what=what, schools=int(schools.value), r=digits(r.value, r.decimals)))
        else:
            said.append(Reading.of("t_goes_cannot_tell", what=what, schools=int(schools.value)))
    return said


def _names(schools: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names[school] for school in schools)
