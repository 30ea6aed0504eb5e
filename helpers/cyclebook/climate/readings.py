"""The sentences of this step: each takes protected numbers and declared facts, and says only what the shown numbers bear.

Every claim (above, changed, split …) is decided on the numbers as they are shown, so that no reader can find the
sentence at odds with the table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cyclebook import cells
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Fact, Reading, shown

#: Probability, were all schools alike, above which schools cannot be told apart (F test of the mean squares).
CHANCE = 0.05


def _number(cell: Cell) -> Decimal:
    return shown(cell.value, cell.decimals)


def _numbers(table: Protected, names: Sequence[str], **where: str) -> list[Decimal] | None:
    """The numbers of these statistics as shown, or None when one of them is missing or hidden."""
    cells = [table.cell(name, **where) for name in names]
    if any(cell is None or cell.value is None for cell in cells):
        return None
    return [_number(cell) for cell in cells]


def _facts(table: Protected, names: Sequence[str], **where: str) -> list[Fact]:
    """The same numbers for a sentence: with "or more" or "or less" where one stands at an end of what is shown."""
    return [cells.fact(table.cell(name, **where)) for name in names]


def _open(table: Protected, name: str, side: str, **where: str) -> bool:
    """Whether the true number may lie further to this side ("more" or "less") than the one that is shown."""
    return table.cell(name, **where).bound == side


def participation(
    table: Protected, survey: str, wave: str, gate_rate: float, gate_answers: int, smallest_group: int
) -> Reading:
    """How many answered in a wave, of whom, and whether that is enough to report.

    table: the rows ``answers``, ``head_count`` of one school.
    """
    where = {"scale": survey, "wave": wave}
    answers = table.cell("answers", **where)
    heads = table.cell("head_count", **where)
    if answers is None:
        return Reading.of("no_wave")
    if answers.value is None:
        return Reading.of("answered_fewer_than", smallest_group=smallest_group, needed=gate_answers)
    answered = int(answers.value)
    if heads is None:
        enough = answered >= gate_answers
        facts = {"answered": answered} if enough else {"answered": answered, "needed": gate_answers}
        return Reading.of("answered_no_roster" if enough else "answered_no_roster_few", **facts)
    count = int(heads.value)
    if answered > count:
        return Reading.of("answered_over", answered=answered, head_count=count)
    facts = {"answered": answered, "head_count": count}
    if answered == 0:
        return Reading.of("answered_none", head_count=count)
    if answered < gate_answers:
        needed = max(gate_answers, math.ceil(Decimal(repr(gate_rate)) * count))
        return Reading.of("answered_few", **facts, needed=needed)
    if answered < Decimal(repr(gate_rate)) * count:
        return Reading.of("answered_low_rate", **facts, needed=round(100 * gate_rate))
    if answered == count:
        return Reading.of("all_answered", head_count=count)
    return Reading.of("answered", **facts, missing=count - answered)


def participation_before(table: Protected, survey: str, wave: str, label: str) -> Reading | None:
    """How many answered in an earlier wave, of whom; None where that is not known or not shown."""
    found = _numbers(table, ["answers", "head_count"], scale=survey, wave=wave)
    if found is None or found[0] > found[1]:
        return None
    return Reading.of("answered_before", wave=label, answered=int(found[0]), head_count=int(found[1]))


def few_answers(names: Sequence[str], wave_label: str) -> list[Reading]:
    """What a page without scores of the latest wave says instead; earlier waves may still be shown."""
    return [Reading.of("nothing_to_say", wave=wave_label, names=tuple(names)), Reading.of("invite")]


def closed(on: date, successors: Sequence[str], wave_label: str) -> Reading:
    if successors:
        return Reading.of("closed_successor", date=on, successor=tuple(successors), count=len(successors), wave=wave_label)
    return Reading.of("closed", date=on, wave=wave_label)


def lineage(told: Mapping[str, Sequence[Mapping]]) -> list[Reading]:
    """Which schools closed and are part of this one, whose numbers its earlier waves show, and what is not compared and why.

    told: ``closed`` (day, names), ``waves`` (names, labels of waves), ``parted`` (day, names, labels of waves).
    """
    said = [_closed_before("joined", each) for each in told["closed"]]
    for each in told["waves"]:
        template = "past_together" if len(each["names"]) > 1 else "past_one"
        said.append(Reading.of(template, names=tuple(each["names"]), waves=tuple(each["waves"])))
    for each in told["parted"]:
        said += [_closed_before("parted", each), Reading.of("parted_waves", waves=tuple(each["waves"]))]
    return said


def took_over(told: Sequence[Mapping], same: str) -> list[Reading]:
    """What a series has to do with the schools that this one took over from; nothing where there is none.

    told: ``facts.took_over``. same: the sentence for a school that is another one under a new id.
    """
    said = []
    for each in told:
        said.append(_closed_before("parted" if each["parted"] else "joined", each))
        said.append(Reading.of({"same": same, "own": "series_own"}.get(each["kind"], "series_anew")))
    return said


def _closed_before(template: str, each: Mapping) -> Reading:
    return Reading.of(template, names=tuple(each["names"]), count=len(each["names"]), date=date.fromisoformat(each["day"]))


def level(table: Protected, scale: Mapping, wave: str) -> Reading:
    """The school's own mean, and the range of its steadied mean (its own range where nothing could be steadied)."""
    where = {"scale": scale["id"], "wave": wave}
    mean = _numbers(table, ["mean"], **where)
    if mean is None:
        return Reading.of("scale_hidden", name=scale["about"])
    (said,) = _facts(table, ["mean"], **where)
    ends = next((ends for ends in (("steadied_low", "steadied_high"), ("mean_low", "mean_high")) if _numbers(table, ends, **where)), None)
    if ends is None:
        return Reading.of("level_no_interval", name=scale["about"], mean=said)
    (low, high), (from_, to) = _numbers(table, ends, **where), _facts(table, ends, **where)
    facts = {"name": scale["about"], "mean": said, "low": from_, "high": to}
    within = (low <= mean[0] or _open(table, ends[0], "less", **where)) and (mean[0] <= high or _open(table, ends[1], "more", **where))
    leaning = "" if within else "_leaning"
    if leaning:
        facts["n"] = table.cell("mean", **where).n
    if scale["low"] is None:
        return Reading.of(f"level{leaning}_unbounded", **facts)
    return Reading.of(f"level{leaning}", **facts, bottom=_plain(scale["low"]), top=_plain(scale["high"]))


def _plain(value: float) -> int | Decimal:
    return int(value) if float(value).is_integer() else Decimal(repr(value))


def position(table: Protected, scale: Mapping, wave: str, margin: float) -> Reading | None:
    """Above, below or like the district, or not to be told apart from it; None where it cannot be judged.

    table: the school's rows ``difference*`` (steadied mean less the district's), the district's ``mean`` and
    ``within_sd``. margin: how far apart still counts as alike, in within-school standard deviations.
    """
    where = {"scale": scale["id"], "wave": wave}
    district = table.rows(school_id="")
    apart = _numbers(table, ["difference_low", "difference_high"], **where)
    mean = _numbers(district, ["mean"], **where)
    spread = _numbers(district, ["within_sd"], **where)
    if apart is None or mean is None or spread is None:
        return None
    (low, high), own = apart, table.rows(statistic=("difference_low", "difference_high"), **where)
    less, more = _open(own, "difference_low", "less"), _open(own, "difference_high", "more")
    facts = {"name": scale["about"], "district": _facts(district, ["mean"], **where)[0]}
    if low > 0 and not less:
        return Reading.of("above", **facts, least=low, most=_side(own, "difference_high"))
    if high < 0 and not more:
        return Reading.of("below", **facts, least=-high, most=_side(own, "difference_low"))
    if low > 0 or high < 0:
        return None  # how far it may lie on the other side is not known
    like = max(-low, high) <= Decimal(repr(margin)) * spread[0] and not (less or more)
    down, up = _side(own, "difference_low"), _side(own, "difference_high")
    return Reading.of("like" if like else "cannot_tell", **facts, down=down, up=up)


def places(table: Protected, scales: Iterable[Mapping], wave: str, margin: float) -> dict[str, str]:
    """Where the school stands beside the district, by scale, of those that can be judged: the template's id of :func:`position`."""
    found = {scale["id"]: position(table, scale, wave, margin) for scale in scales}
    return {name: reading.template for name, reading in found.items() if reading is not None}


def _side(table: Protected, name: str, **where: str) -> Fact:
    """An end of a difference, or of a change, as a distance: a number without its sign, and "or more" where it may lie further out."""
    cell = table.cell(name, **where)
    return cells.fact(replace(cell, value=abs(cell.value), bound="more" if cell.bound else ""))


def steadied(table: Protected, scale: Mapping, wave: str, again: bool = False) -> Reading | None:
    """That the steadied mean differs from the plain one, and why (unless said before); None where both are shown as the same."""
    where = {"scale": scale["id"], "wave": wave}
    numbers = _numbers(table, ["steadied", "mean"], **where)
    if numbers is None or numbers[0] == numbers[1]:
        return None
    if again:
        return Reading.of("steadied_again", steadied=_facts(table, ["steadied"], **where)[0])
    return Reading.of("steadied", steadied=_facts(table, ["steadied"], **where)[0], n=table.cell("mean", **where).n)


def ceiling(table: Protected, scale: Mapping, wave: str, near_top: float) -> Reading | None:
    """That a scale is near its better end, so that getting better would be hard to see; None elsewhere."""
    mean = _numbers(table, ["mean"], scale=scale["id"], wave=wave)
    if mean is None or scale["low"] is None:
        return None
    low, high, share = (Decimal(repr(number)) for number in (scale["low"], scale["high"], near_top))
    if scale["better"] == "higher" and mean[0] - low >= share * (high - low):
        return Reading.of("near_best_top", name=scale["about"])
    if scale["better"] == "lower" and high - mean[0] >= share * (high - low):
        return Reading.of("near_best_bottom", name=scale["about"])
    return None


def direction(scale: Mapping) -> Reading | None:
    """A word of care where a higher number is worse."""
    return Reading.of("higher_is_worse", name=scale["about"]) if scale["better"] == "lower" else None


def change(table: Protected, scale: Mapping, wave: str, before: str, before_label: str) -> Reading:
    """Change since an earlier wave: called, not called, or not to be spoken of.

    table: the school's rows ``mean`` of both waves and ``change*`` of ``wave``.
    """
    name = scale["about"]
    now = _numbers(table, ["mean"], scale=scale["id"], wave=wave)
    if now is None:
        return Reading.of("scale_hidden", name=name)
    if scale.get("other_questions"):
        return Reading.of("other_questions", names=(name,), wave=before_label)
    then = _numbers(table, ["mean"], scale=scale["id"], wave=before)
    moved = _numbers(table, ["change_low", "change_high", "change_called"], scale=scale["id"], wave=wave)
    if then is None or moved is None:
        return Reading.of("not_comparable", names=(name,), wave=before_label)
    low, high, called = moved
    here = {"scale": scale["id"], "wave": wave}
    (after,), (then_,) = _facts(table, ["mean"], **here), _facts(table, ["mean"], scale=scale["id"], wave=before)
    facts = {"name": name, "before": then_, "after": after, "wave": before_label}
    down, up = (_side(table, f"change_{end}", **here) for end in ("low", "high"))
    if after == then_:
        if low < 0 < high:
            return Reading.of("no_call_same", **facts, down=down, up=up)
        return Reading.of("no_call_flat" if isinstance(after, Decimal) else "no_call_open", **facts)
    consistent = (now[0] > then[0]) - (now[0] < then[0])
    if _open(table, "change_low" if consistent > 0 else "change_high", "less" if consistent > 0 else "more", **here) or not consistent:
        return Reading.of("no_call_open", **facts)
    if called and called == consistent:
        return Reading.of("rose", **facts, least=low, most=up) if called > 0 else Reading.of("fell", **facts, least=-high, most=down)
    if low < 0 < high:
        return Reading.of("no_call", **facts, down=down, up=up)
    if low >= 0 and consistent > 0 and high > 0:
        return _uncalled("no_call_up", low, up, facts)
    if high <= 0 and consistent < 0 and low < 0:
        return _uncalled("no_call_down", -high, down, facts)
    return Reading.of("no_call_flat", **facts)


def _uncalled(template: str, least: Decimal, most: Fact, facts: Mapping) -> Reading:
    """A change whose range lies on one side of zero and that is not called all the same; its least end may be zero."""
    if least == 0:
        return Reading.of(f"{template}_nothing", **facts, most=most)
    return Reading.of(template, **facts, least=least, most=most)


def together(said: Sequence[Reading]) -> list[Reading]:
    """The same readings, those that cannot speak of change for the same reason as one, in the first one's place."""
    merged: dict[object, Reading] = {}
    for place, reading in enumerate(said):
        key = (reading.template, reading["wave"]) if reading.template in ("not_comparable", "other_questions") else place
        if key in merged:
            names = (*merged[key]["names"], *reading["names"])
            reading = Reading.of(reading.template, names=names, wave=reading["wave"])
        merged[key] = reading
    return list(merged.values())


def apart(table: Protected, scales: Sequence[Mapping], wave: str, tell_apart: float) -> list[Reading]:
    """Which scales can tell the district's schools apart; nothing of scales for which it could not be estimated.

    table: the district's rows. tell_apart: the ICC(2) from which schools are told apart.
    """
    names: dict[tuple[str, int], list[str]] = {}
    for scale in scales:
        found = _numbers(table, ["schools", "icc2_reml", "icc_p"], scale=scale["id"], wave=wave)
        if found is None:
            continue
        schools, reliability, chance = found
        if chance >= Decimal(repr(CHANCE)) or reliability <= 0:
            kind = "apart_not"
        else:
            kind = "apart_far" if reliability < Decimal(repr(tell_apart)) else "apart_well"
        names.setdefault((kind, int(schools)), []).append(scale["about"])
    order = ("apart_well", "apart_far", "apart_not")
    groups = sorted(names.items(), key=lambda group: order.index(group[0][0]))
    return [Reading.of(kind, names=tuple(said), schools=schools) for (kind, schools), said in groups]


def overview(positions: Sequence[Reading], worse: Sequence[str]) -> list[Reading]:
    """The positions of all scales in a few lines. worse: names of scales where a higher number is worse."""
    above = tuple(str(reading["name"]) for reading in positions if reading.template == "above")
    below = tuple(str(reading["name"]) for reading in positions if reading.template == "below")
    like = tuple(str(reading["name"]) for reading in positions if reading.template == "like")
    unknown = tuple(str(reading["name"]) for reading in positions if reading.template == "cannot_tell")
    said = []
    if above:
        said.append(Reading.of("overview_above", names=above))
    if below:
        said.append(Reading.of("overview_below", names=below))
    if like:
        said.append(Reading.of("overview_like", names=like))
    if unknown:
        alone = len(unknown) == len(positions) > 1
        said.append(Reading.of("overview_all", count=len(unknown)) if alone else Reading.of("overview_same", names=unknown))
    said += [Reading.of("higher_is_worse", name=name) for name in (*above, *below) if name in worse]
    return said


def movement(changes: Sequence[Reading], before_label: str) -> list[Reading]:
    """The called changes of all scales in a line or two."""
    up = tuple(str(reading["name"]) for reading in changes if reading.template == "rose")
    down = tuple(str(reading["name"]) for reading in changes if reading.template == "fell")
    compared = [r for r in changes if r.template.startswith("no_call") or r.template in ("rose", "fell")]
    said = []
    if up:
        said.append(Reading.of("moved_up", wave=before_label, names=up))
    if down:
        said.append(Reading.of("moved_down", wave=before_label, names=down))
    if compared and not said:
        said.append(Reading.of("moved_none", wave=before_label))
    return said
