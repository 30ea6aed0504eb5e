"""The sentences of this step. Every claim is decided on the numbers as they are shown; no sentence puts schools in an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from cyclebook import cells
from cyclebook.climate import readings as climate
from cyclebook.privacy.protect import NOTHING, Protected
from cyclebook.reading import Reading, phrase, shown

#: Goal states in the order in which they are told.
GOALS = ("kept", "met", "lost", "not_yet", "at_end", "cannot_tell", "not_started")
NAMED = 8  #: a sentence names so many schools or ideas; more are counted
DECISIONS = 5  #: so many stand on the cabinet's page; more are counted


def few(names: Sequence[str], language: str) -> tuple[str, ...]:
    """The names, or the first of them and how many more there are."""
    if len(names) <= NAMED:
        return tuple(names)
    return (*names[: NAMED - 1], phrase("o_more_names", language, count=len(names) - NAMED + 1))


def coverage(table: Protected, schools: Sequence[Mapping], wave: str, label: str, language: str) -> Reading:
    """How many schools had enough answers for a score, and which had not. table: rows ``mean`` of the schools."""
    by_school = table.rows(wave=wave, statistic="mean").by("school_id")
    missing = [school["name"] for school in schools if not _has_score(by_school.get(school["id"]))]
    if not missing:
        return Reading.of("o_all_covered", schools=len(schools), wave=label)
    if len(missing) == len(schools):
        return Reading.of("o_none_covered", wave=label)
    covered = len(schools) - len(missing)
    return Reading.of(
        "o_covered", covered=covered, schools=len(schools), wave=label, missing=len(missing), names=few(missing, language)
    )


def _has_score(means: Protected | None) -> bool:
    return means is not None and any(value is not None for value in means.values())


def level(table: Protected, scale: Mapping, wave: str) -> Reading | None:
    """The district's average on a scale; None where there is none. table: the district's rows."""
    cell = table.cell("mean", scale=scale["id"], wave=wave)
    if cell is None or cell.value is None:
        return None
    mean = cells.fact(cell)
    if scale["low"] is None:
        return Reading.of("o_level_unbounded", name=scale["about"], mean=mean)
    return Reading.of("o_level", name=scale["about"], mean=mean, bottom=_plain(scale["low"]), top=_plain(scale["high"]))


def _plain(value: float) -> int | Decimal:
    return int(value) if float(value).is_integer() else Decimal(repr(value))


def change(table: Protected, scale: Mapping, wave: str, before_label: str) -> Reading:
    """Change of the district's schools since the wave of comparison: called where its range, as shown, leaves out zero.

    table: the district's rows ``change_low``, ``change_high``.
    """
    cells = [table.cell(name, scale=scale["id"], wave=wave) for name in ("change_low", "change_high")]
    if any(cell is None or cell.value is None for cell in cells):
        return Reading.of("o_no_change")
    low, high = (shown(cell.value, cell.decimals) for cell in cells)
    if low > 0:
        return Reading.of("o_rose", wave=before_label, least=low, most=high)
    if high < 0:
        return Reading.of("o_fell", wave=before_label, least=-high, most=-low)
    return Reading.of("o_uncalled", wave=before_label, down=abs(low), up=high)


def positions(
    table: Protected, schools: Sequence[Mapping], scale: Mapping, wave: str, margin: float, language: str
) -> tuple[list[Reading], list[str]]:
    """Which schools are likely above or below the district on a scale, how many cannot be told from it; and the ids of those below.

    table: the schools' rows ``difference*`` and the district's ``mean`` and ``within_sd``. Names stand in the order of ``schools``.
    """
    sides: dict[str, list[Mapping]] = {"above": [], "below": [], "rest": []}
    by_school = table.rows(scale=scale["id"], wave=wave).by("school_id")
    pooled = by_school.get("", NOTHING)
    for school in schools:
        reading = climate.position(by_school.get(school["id"], NOTHING) + pooled, scale, wave, margin)
        if reading is not None:
            sides[reading.template if reading.template in ("above", "below") else "rest"].append(school)
    said = [
        Reading.of(f"o_{side}", name=scale["about"], names=few([school["name"] for school in sides[side]], language))
        for side in ("above", "below")
        if sides[side]
    ]
    if sides["rest"]:
        said.append(Reading.of("o_rest", name=scale["about"], count=len(sides["rest"])))
    if scale["better"] == "lower" and (sides["above"] or sides["below"]):
        said.append(Reading.of("higher_is_worse", name=scale["about"]))
    worse = "below" if scale["better"] == "higher" else "above"
    return said, [school["id"] for school in sides[worse]]


def support(schools: Sequence[Mapping], low: Sequence[str], unheard: Sequence[str], wave_label: str, language: str) -> list[Reading]:
    """Where to begin: schools likely on the worse side of the district on any scale (low), and those not heard from; ids."""
    said = []
    first = [school["name"] for school in schools if school["id"] in low]
    silent = [school["name"] for school in schools if school["id"] in unheard]
    if first:
        said.append(Reading.of("o_first", names=few(first, language)))
    if silent:
        said.append(Reading.of("o_unheard", wave=wave_label, names=few(silent, language)))
    return said or [Reading.of("o_nobody_first")]


def cycles(found: Sequence[Mapping], order: Sequence[str], language: str) -> list[Reading]:
    """How many ideas there are, and which stands where; each is named once."""
    if not found:
        return [Reading.of("o_no_cycles")]
    said = [Reading.of("o_cycles", count=len(found))]
    for standing in order:
        names = [cycle["title"] for cycle in found if cycle["standing"] == standing]
        if names:
            said.append(Reading.of(f"o_standing_{standing}", names=few(names, language)))
    return said


def needs(found: Sequence[Mapping], titles: Mapping[str, str], names: Mapping[str, str], language: str) -> list[Reading]:
    """What waits for a decision, the first few in words."""
    said = [
        Reading.of(
            f"o_need_{need['what']}", title=titles[need["cycle"]], names=few([names[school] for school in need["schools"]], language)
        )
        for need in found[:DECISIONS]
    ]
    if len(found) > DECISIONS:
        said.append(Reading.of("o_need_more", count=len(found) - DECISIONS))
    return said or [Reading.of("o_nothing_to_decide")]


def goals(found: Sequence[tuple[str, str]], language: str) -> list[Reading]:
    """How many goals stand where, and which were reached, kept or lost. found: (what it is called, state) of each goal."""
    if not found:
        return [Reading.of("o_no_goals")]
    states = [state for _, state in found]
    parts = tuple(
        phrase("o_goal_count", language, count=states.count(state), state=phrase(f"o_goal_{state}", language))
        for state in GOALS
        if state in states
    )
    said = [Reading.of("o_goals", count=len(found), parts=parts)]
    reached = [name for name, state in found if state in ("kept", "met")]
    lost = [name for name, state in found if state == "lost"]
    if reached:
        said.append(Reading.of("o_celebrate", names=few(reached, language)))
    if lost:
        said.append(Reading.of("o_lost", names=few(lost, language)))
    return said


def predictions(closed: int, still_open: int) -> list[Reading]:
    """How many predictions can be held against a result, and for how many it is too early."""
    said = [Reading.of("o_predictions", count=closed)] if closed else []
    if still_open and closed:
        said.append(Reading.of("o_predictions_open", count=still_open))
    elif still_open:
        said.append(Reading.of("o_predictions_early", count=still_open))
    return said or [Reading.of("o_no_predictions")]
