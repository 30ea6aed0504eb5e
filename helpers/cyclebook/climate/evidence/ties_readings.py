"""What may be said of a network of those who agreed to be on the map."""

from __future__ import annotations

from collections.abc import Mapping

from cyclebook import cells
from cyclebook.climate.evidence.ties import NEEDED, SCALE
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Reading


def network(own: Protected) -> list[Reading]:
    """How many are on the map, how many ties they have, how many are returned, and how many have none; [] where nothing is shown."""
    done = cell(own, "completed")
    if done is None:
        return []
    said = [Reading.of("net_people", people=done.n, completed=cells.count_fact(done))]
    named, density = (_ends(own, name) for name in ("named", "density"))
    said.append(_between("net_named", named, density=density))
    returned = _ends(own, "returned")
    if returned:
        said.append(_between("net_returned", returned))
    alone, most = _ends(own, "isolates")
    if (alone.value, alone.bound) == (most.value, most.bound):
        said.append(Reading.of("net_isolates", count=cells.count_fact(most), people=most.n))
    elif most.bound != "more":
        said.append(Reading.of("net_isolates_most", most=int(most.value), people=most.n))
    return said


def mixing(own: Protected, known: Mapping) -> list[Reading]:
    """The share of ties between groups beside what chance gives, and whether it lies outside of that; [] where it is not shown."""
    across = cell(own, "across")
    if across is None:
        return []
    low, high = (int(cell(own, f"across_chance_{end}").value) for end in ("low", "high"))
    said = [Reading.of("net_across", share=cells.fact(across), low=low, high=high)]
    if across.value < low and across.bound != "more":
        said.append(Reading.of("net_within"))
    elif across.value > high and across.bound != "less":
        said.append(Reading.of("net_beyond"))
    elif not across.bound:
        said.append(Reading.of("net_chance"))
    return said + ([Reading.of("net_pooled")] if known["pooled"] else [])


def left_out(own: Protected, known: Mapping, smallest_group: int) -> list[Reading]:
    """Why there is no number, and that ties of people who are not on the map are left out."""
    if not known["agreed"]:
        return [Reading.of("net_nobody")]
    said = [] if cell(own, "completed") else [Reading.of("net_few", needed=NEEDED * smallest_group)]
    return said + ([Reading.of("net_outside")] if known["outside"] else [])


def _between(name: str, ends: tuple[Cell, Cell], **more: tuple[Cell, Cell]) -> Reading:
    """One number where no form is missing (or none could change it), else from the lowest to the highest that it can be."""
    every = {"share": ends, **more}
    if all(low.value == high.value and low.bound == high.bound for low, high in every.values()):
        return Reading.of(name, **{key: cells.fact(low) for key, (low, _) in every.items()})
    return Reading.of(f"{name}_between", **{f"{key}_{end}": cells.fact(found) for key, both in every.items() for end, found in zip(("low", "high"), both, strict=True)})


def _ends(own: Protected, name: str) -> tuple[Cell, Cell] | None:
    low, high = (cell(own, f"{name}_{end}") for end in ("low", "high"))
    return None if low is None or high is None else (low, high)


def cell(own: Protected, statistic: str) -> Cell | None:
    """The number where it is shown, else None."""
    found = own.cell(statistic, scale=SCALE)
    return None if found is None or found.value is None else found
