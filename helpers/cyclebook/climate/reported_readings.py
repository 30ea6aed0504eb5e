"""The sentences on what others report: what it is, who published it, and from what to what it went; never whether that is good news.

No margin of error comes with such results. So no sentence calls a gap or a change, and none says better or worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from cyclebook import cells
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Fact, Reading, phrase, shown

#: Sentences on results that cannot be shown, by the reason.
HIDDEN = {"few persons": "r_few", "by publisher": "r_hidden", "no result": "r_missing", "not readable": "r_unread", "no one": "r_no_one"}


def cell(table: Protected, measure: str, wave: str) -> Cell | None:
    """The school's result on a measure in a wave, shown or not; None where there is none. table: the school's rows."""
    where = {"item": measure, "wave": wave}
    return table.cell("reported", **where) or table.cell("reported_share", **where)


def placed(table: Protected, measure: Mapping) -> list[tuple[Mapping, Cell]]:
    """The waves in which the school has a row on a measure, in order of time, each with the result."""
    found = [(wave, cell(table, measure["id"], wave["id"])) for wave in measure["waves"]]
    return [(wave, result) for wave, result in found if result is not None]


def known(table: Protected, measure: Mapping) -> list[tuple[Mapping, Decimal]]:
    """The waves with a result that is shown, each with the number as shown."""
    return [(wave, shown(c.value, c.decimals)) for wave, c in placed(table, measure) if c.value is not None]


def latest(table: Protected, measure: Mapping) -> Cell:
    """The latest result that is shown, as a number with what stands beside it; only where there is one (:func:`known`)."""
    return [result for _, result in placed(table, measure) if result.value is not None][-1]


def _two(table: Protected, measure: Mapping) -> tuple[Mapping, Cell, Cell]:
    """The wave before the latest result that is shown, and the results of both; only where there are two."""
    (earlier, before), (_, now) = [pair for pair in placed(table, measure) if pair[1].value is not None][-2:]
    return earlier, before, now


def _same(before: Cell, now: Cell) -> bool:
    """Whether two results are the same as shown, and both exact."""
    return not before.bound and not now.bound and shown(before.value, before.decimals) == shown(now.value, now.decimals)


def _both_at_end(before: Cell, now: Cell) -> bool:
    """Whether two results stand at the same end of what is shown: whether they moved cannot be seen."""
    return bool(now.bound) and before.bound == now.bound


def word(measure: Mapping, place: Decimal | float) -> str:
    """A category in the words of its publisher."""
    return measure["order"][int(place)]


def published(measures: Sequence[Mapping]) -> list[Reading]:
    """Who published what, and that no margin of error came with it."""
    by: dict[str, list[str]] = {}
    for measure in measures:
        for publisher in dict.fromkeys(measure["publishers"].values()):
            by.setdefault(publisher, []).append(measure["name"])
    if list(by) == [""]:
        said = [Reading.of("r_published_unknown")]
    elif len(by) == 1:
        said = [Reading.of("r_published", publisher=next(iter(by)))]
    else:
        said = [
            Reading.of("r_published_what", publisher=publisher, names=tuple(names)) if publisher else Reading.of("r_published_rest", names=tuple(names))
            for publisher, names in sorted(by.items(), key=lambda pair: pair[0] == "")
        ]
    return [*said, Reading.of("r_uncertain")]


def level(table: Protected, measure: Mapping) -> Reading | None:
    """The latest result that is shown; None without one, and for categories (see :func:`rated`). table: the school's rows."""
    found = known(table, measure)
    if not found or measure["kind"] == "category":
        return None
    (wave, value), result = found[-1], latest(table, measure)
    facts = {"name": measure["name"], "value": value, "wave": wave["label"]}
    if measure["kind"] == "share":
        count = table.cell("reported_count", item=measure["id"], wave=wave["id"])
        return Reading.of(f"r_share{_or(result)}", **facts, count=cells.count_fact(count), persons=count.answered)
    if measure["kind"] == "percent":
        return Reading.of(f"r_percent{_or(result)}", **facts)
    facts["value"] = cells.fact(result)
    if measure["low"] is not None and measure["high"] is not None:
        return Reading.of("r_number_scale", **facts, low=_plain(measure["low"]), high=_plain(measure["high"]))
    return Reading.of("r_number", **facts)


def _or(result: Cell) -> str:
    """The end of a sentence's id for a percentage at an end of what is shown."""
    return f"_{result.bound}" if result.bound else ""


def _plain(value: float) -> int | Decimal:
    return int(value) if float(value).is_integer() else Decimal(repr(value))


def middle(table: Protected, district: Protected, measure: Mapping) -> Reading | None:
    """The median over the schools whose result is shown, in the wave of :func:`level`; None for categories and for few schools."""
    found = known(table, measure)
    if not found or measure["kind"] == "category":
        return None
    where = {"item": measure["id"], "wave": found[-1][0]["id"]}
    median, schools = (district.cell(name, **where) for name in ("median", "schools"))
    if median is None or median.value is None:
        return None
    kind = "r_middle_percent" if measure["kind"] in ("percent", "share") else "r_middle"
    return Reading.of(kind + (_or(median) if kind == "r_middle_percent" else ""), median=_fact(median, kind), schools=int(schools.value))


def _fact(result: Cell, kind: str) -> Fact:
    """The number for a sentence; of a percentage alone, where the sentence itself says "or more"."""
    return shown(result.value, result.decimals) if kind.endswith("_percent") else cells.fact(result)


def moved(table: Protected, measure: Mapping) -> Reading | None:
    """From what to what the number went between the two latest waves that are shown; None for categories, and with one wave."""
    found = known(table, measure)
    if len(found) < 2 or measure["kind"] == "category":
        return None
    earlier, before, now = _two(table, measure)
    if _same(before, now):
        return Reading.of("r_same", earlier=earlier["label"])
    if _both_at_end(before, now):
        return Reading.of("r_end", earlier=earlier["label"])
    percent = "_percent" if measure["kind"] in ("percent", "share") else ""
    return Reading.of(f"r_moved{percent}", before=cells.fact(before), earlier=earlier["label"], value=cells.fact(now))


def rated(table: Protected, measures: Sequence[Mapping]) -> list[Reading]:
    """The categories: what is rated with each word in each latest wave, from the far end of the order."""
    groups: dict[tuple, list[str]] = {}
    for measure in measures:
        found = known(table, measure)
        if found and measure["kind"] == "category":
            wave, place = found[-1]
            groups.setdefault((wave["label"], -place, word(measure, place)), []).append(measure["name"])
    order = list(dict.fromkeys(wave for wave, _, _ in groups))
    ordered = sorted(groups.items(), key=lambda group: (order.index(group[0][0]), group[0][1]))
    return [Reading.of("r_rated", word=text, wave=wave, names=tuple(names)) for (wave, _, text), names in ordered]


def together(table: Protected, measures: Sequence[Mapping], language: str) -> list[Reading]:
    """The latest results of several numbers on one scale, in one sentence for each wave and scale."""
    groups: dict[tuple, list[str]] = {}
    for measure in measures:
        wave, _ = known(table, measure)[-1]
        pair = phrase("r_pair", language, name=measure["name"], value=cells.text(latest(table, measure), language))
        groups.setdefault((wave["label"], _plain(measure["low"]), _plain(measure["high"])), []).append(pair)
    return [Reading.of("r_together", wave=wave, low=low, high=high, results=tuple(pairs)) for (wave, low, high), pairs in groups.items()]


def went(table: Protected, measures: Sequence[Mapping]) -> list[Reading]:
    """Of results that are told together: what is another than in the wave before, from what to what; the rest in one sentence."""
    told, same, at_end = [], {}, {}
    for measure in measures:
        found = known(table, measure)
        if len(found) < 2:
            continue
        earlier, before, now = _two(table, measure)
        if _same(before, now):
            same.setdefault(earlier["label"], []).append(measure["name"])
        elif _both_at_end(before, now):
            at_end.setdefault(earlier["label"], []).append(measure["name"])
        else:
            ends = [word(measure, end.value) if measure["kind"] == "category" else cells.fact(end) for end in (before, now)]
            told.append(Reading.of("r_went", name=measure["name"], earlier=earlier["label"], before=ends[0], value=ends[1]))
    told += [Reading.of("r_went_same", earlier=earlier, names=tuple(names)) for earlier, names in same.items()]
    return told + [Reading.of("r_went_end", earlier=earlier, names=tuple(names)) for earlier, names in at_end.items()]


def hidden(table: Protected, measures: Sequence[Mapping]) -> list[Reading]:
    """What has no result in its latest wave, reason by reason."""
    groups: dict[tuple[str, str], list[str]] = {}
    for measure in measures:
        found = placed(table, measure)
        if found and found[-1][1].why:
            groups.setdefault((found[-1][1].why, found[-1][0]["label"]), []).append(measure["name"])
    return [Reading.of(HIDDEN[why], wave=wave, names=tuple(names)) for (why, wave), names in groups.items()]


def newest_first(table: Protected, measures: Sequence[Mapping]) -> list[Mapping]:
    """The measures, those with a later result first, else in their order."""
    return sorted(measures, key=lambda m: [wave["start"] for wave, _ in known(table, m)][-1:], reverse=True)


def _sorted_out(table: Protected, measures: Sequence[Mapping]) -> tuple[list[Mapping], list[list[Mapping]], list[Mapping]]:
    """Of the measures with a result: those told one by one, those told together by wave and scale, and categories."""
    shown_ones = [measure for measure in newest_first(table, measures) if known(table, measure)]
    scaled: dict[tuple, list[Mapping]] = {}
    for measure in shown_ones:
        if measure["kind"] == "number" and None not in (measure["low"], measure["high"]):
            wave = known(table, measure)[-1][0]["id"]
            scaled.setdefault((wave, measure["low"], measure["high"]), []).append(measure)
    groups = [group for group in scaled.values() if len(group) > 1]
    grouped = {measure["id"] for group in groups for measure in group}
    alone = [measure for measure in shown_ones if measure["id"] not in grouped and measure["kind"] != "category"]
    return alone, groups, [measure for measure in shown_ones if measure["kind"] == "category"]


def said(table: Protected, district: Protected, measures: Sequence[Mapping], language: str) -> list[list[Reading]]:
    """Everything that is said of the results, each part its own paragraph. table, district: the rows of each."""
    alone, groups, words = _sorted_out(table, measures)
    parts = [[level(table, m), moved(table, m), middle(table, district, m)] for m in alone]
    parts += [[*together(table, group, language), *went(table, group)] for group in groups]
    parts += [rated(table, words), went(table, words), hidden(table, measures)]
    return [kept for part in parts if (kept := [reading for reading in part if reading])]


def in_short(table: Protected, measures: Sequence[Mapping], language: str) -> list[Reading]:
    """The results alone, for the head of a page that has nothing else."""
    alone, groups, words = _sorted_out(table, measures)
    found = [*(level(table, measure) for measure in alone), *(r for group in groups for r in together(table, group, language))]
    return [*(reading for reading in found if reading), *rated(table, words)]
