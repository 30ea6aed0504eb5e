"""The face of this step: one function for each section of its notebook. Each shows table, figure, readings and notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from cyclebook import cells, provenance, spreadsheet, store
from cyclebook.climate import group_sections, measurement_sections, readings as climate
from cyclebook.climate import sections as survey
from cyclebook.evaluation.readings import plain
from cyclebook.overview import figures, probe_sections, readings
from cyclebook.overview.standing import STANDINGS
from cyclebook.privacy import NOTHING, door
from cyclebook.privacy.protect import Cell, Protected
from cyclebook.reading import Reading, number, phrase, shown

if TYPE_CHECKING:
    import pandas as pd

    from cyclebook.store import Bundle

STEP, ROOM = "05_district_overview", "overview"
#: A figure of more schools than this would be read by no one; then the table stands alone.
MOST_DRAWN = 60
#: Of the cycles' sentences, those of ideas that no rule has judged yet.
OPEN = ("o_standing_running", "o_standing_planned", "o_standing_no_verdict")
STEADIED = ("steadied", "steadied_low", "steadied_high")


def open_district(school_id: str, district: str | Path | None = None, as_of: str = "") -> Bundle:
    """The district's bundle for this step; school_id is ``_district``. See :func:`cyclebook.store.open_bundle`."""
    return store.open_bundle(STEP, ROOM, school_id, district or None, as_of)


# What every section reads from the bundle


def _survey(bundle: Bundle) -> Protected:
    return bundle.statistics.rows(wave=bundle.facts["focus"])


def _titles(bundle: Bundle) -> dict[str, str]:
    return {cycle["id"]: cycle["title"] for cycle in bundle.facts["cycles"]}


def _coverage(bundle: Bundle) -> Reading:
    facts = bundle.facts
    if not facts["focus"]:
        return Reading.of("o_no_survey")
    return readings.coverage(_survey(bundle), facts["schools"], facts["focus"], facts["focus_label"], bundle.language)


def _unheard(bundle: Bundle) -> list[str]:
    by_school = _survey(bundle).rows(statistic="mean").by("school_id")
    return [s["id"] for s in bundle.facts["schools"] if all(value is None for value in by_school.get(s["id"], NOTHING).values())]


def _movement(bundle: Bundle) -> list[list[Reading]]:
    """For each scale where the district stands, and whether that has changed."""
    facts, said = bundle.facts, []
    for scale in facts["scales"]:
        level = readings.level(bundle.district, scale, facts["focus"])
        if level is not None:
            change = [readings.change(bundle.district, scale, facts["focus"], facts["compared_label"])] if facts["compared_label"] else []
            said.append([level, *change])
    return said


def _results(bundle: Bundle) -> Protected:
    """The numbers that verdicts and goals rest on."""
    return bundle.statistics.rows(statistic=("baseline", "latest", "before", "after", "change"))


def _needs(bundle: Bundle) -> list[Reading]:
    return readings.needs(bundle.facts["needs"], _titles(bundle), bundle.facts["names"], bundle.language)


def _goals(bundle: Bundle) -> list[tuple[str, str]]:
    """What each goal is called, and where it stands."""
    facts = bundle.facts
    return [
        (_goal_name(bundle, goal["measure"], result["school"]), goal["state"])
        for cycle in facts["cycles"]
        for result in cycle["schools"]
        for goal in result["goals"]
    ]


def _goal_name(bundle: Bundle, measure: str, school_id: str) -> str:
    facts = bundle.facts
    return phrase("o_goal_name", bundle.language, measure=facts["measures"][measure]["name"], school=facts["names"][school_id])


# The sections


def cabinet(bundle: Bundle) -> None:
    """The cabinet's page: who was heard, what moved and what did not, the ideas under test, and what needs a decision."""
    facts = bundle.facts
    shown_rows = _survey(bundle).rows(statistic=("mean", "change_low", "change_high", "change_schools"))
    said = [_coverage(bundle), *_movement(bundle)]
    apart = climate.apart(bundle.district, facts["scales"], facts["focus"], float(bundle.setting("tell_apart")))
    apart = [reading for reading in apart if reading.template != "apart_well"]  # here it would invite ranks
    if apart:
        said.append(apart)
        shown_rows = shown_rows + bundle.district.rows(statistic=("schools", "icc2_reml", "icc_p"))
    found = readings.cycles(facts["cycles"], STANDINGS, bundle.language)
    opened = [reading for reading in found if reading.template in OPEN]
    said += [group for group in (found[:1], [r for r in found[1:] if r not in opened], opened) if group]
    if facts["cycles"]:
        shown_rows = shown_rows + _results(bundle)
        said.append(readings.goals(_goals(bundle), bundle.language)[:1])
        said += [[need] for need in _needs(bundle)]
    door.readings(bundle, "cabinet", said, of=shown_rows, kind="summary")
    door.people(bundle, "cabinet", of=shown_rows, declared=_declared(bundle))


def _declared(bundle: Bundle) -> list[object]:
    return [(cycle["id"], cycle["standing"], cycle["decision"]) for cycle in bundle.facts["cycles"]]


def schools(bundle: Bundle) -> None:
    """All schools at a glance, with honest uncertainty and without ranks, and where to begin."""
    facts, language, table = bundle.facts, bundle.language, _survey(bundle)
    kinds = ("mean", *STEADIED, "difference_low", "difference_high", "within_sd", "answers", "head_count")
    shown_rows = table.rows(statistic=kinds)
    if not facts["focus"]:
        door.readings(bundle, "schools", [Reading.of("o_no_survey")], of=NOTHING, kind="missing")
        door.people(bundle, "schools", of=NOTHING)
        return
    low: list[str] = []
    said: list[list[Reading]] = [[Reading.of("o_no_ranks")]]
    margin = float(bundle.setting("like_margin"))
    for scale in facts["scales"]:
        found, below = readings.positions(table, facts["schools"], scale, facts["focus"], margin, language)
        low += below
        if found:
            said.append(found)
    said.append(readings.support(facts["schools"], low, _unheard(bundle), facts["focus_label"], language))
    door.readings(bundle, "schools", said, of=shown_rows)
    steadied = "steadied" in table.unique("statistic")
    if steadied and len(facts["schools"]) <= MOST_DRAWN:
        for scale in facts["scales"]:
            drawn = shown_rows.rows(scale=scale["id"], statistic=("mean", *STEADIED))
            alt = [Reading.of("o_figure", name=scale["about"]), *(r for line in said for r in line if _about(r, scale))]
            door.figure(bundle, "schools", figures.schools, alt, facts["schools"], scale, facts["focus"], language, of=drawn)
    caption = phrase("o_caption_schools" if steadied else "o_caption_schools_plain", language, wave=facts["focus_label"])
    door.table(bundle, "schools", _school_table(bundle, table), caption, of=shown_rows)
    survey.flagged(bundle, "schools")
    _without_flagged(bundle)
    door.people(bundle, "schools", of=shown_rows)


def _without_flagged(bundle: Bundle) -> None:
    """The district's averages with and without flagged responses, where any were flagged."""
    facts, language = bundle.facts, bundle.language
    table = bundle.district.rows(wave=facts["focus"], item="", statistic=("mean", "mean_with", "mean_without"))
    for all_schools, caption in ((True, "caption_flagged"), (False, "caption_flagged_some")):
        rows, used = [], []
        for scale in facts["scales"]:
            own, without = (table.cell(name, scale=scale["id"]) for name in ("mean_with", "mean_without"))
            if without is not None and without.value is not None and (own is None) == all_schools:
                pair = ("mean" if all_schools else "mean_with", "mean_without")
                rows.append([scale["name"], *(cells.text(table.cell(name, scale=scale["id"]), language) for name in pair)])
                used.append(table.rows(scale=scale["id"], statistic=pair))
        if rows:
            frame = cells.frame(["word_scale", "word_average", "word_without"], rows, language)
            shown_rows = sum(used[1:], used[0])
            door.table(bundle, "schools", frame, phrase(caption, language, wave=facts["focus_label"]), of=shown_rows, folded=True)


def groups(bundle: Bundle) -> None:
    """The district's averages by group of staff."""
    group_sections.of_district(bundle)


def measurement(bundle: Bundle) -> None:
    """How well the survey measures: how questions hang together, how far staff of one school agree, whether schools can be told apart."""
    measurement_sections.of_district(bundle)


def probe(bundle: Bundle) -> None:
    """Gaps between groups of staff at the same schools, with the number of looks allowed for, and what to ask."""
    probe_sections.probe(bundle)


def _about(reading: Reading, scale: Mapping) -> bool:
    return dict(reading.facts).get("name") == scale["about"]


def _school_table(bundle: Bundle, table: Protected) -> pd.DataFrame:
    facts, language = bundle.facts, bundle.language
    rows, by_school = [], table.by("school_id")
    for school in facts["schools"]:
        own = by_school.get(school["id"], NOTHING)
        scores = [_score(own, {"scale": scale["id"]}, language) for scale in facts["scales"]]
        rows.append([school["name"], _answered(bundle, own), *scores])
    return cells.frame(["o_word_school", "o_word_answered"], rows, language, [scale["name"] for scale in facts["scales"]])


def _score(table: Protected, where: dict, language: str) -> str:
    """The steadied average with its range; where nothing was steadied the average, or why it is not shown."""
    if table.cell("steadied", **where) is None:
        return cells.text(table.cell("mean", **where), language)
    return cells.with_range(table, STEADIED, where, language)


def _answered(bundle: Bundle, own: Protected) -> str:
    language, parts = bundle.language, []
    for survey in bundle.facts["surveys"]:
        answers, heads = (own.cell(name, scale=survey["id"]) for name in ("answers", "head_count"))
        if answers is None:
            continue
        if answers.value is None:
            parts.append(phrase("o_answered_few", language, smallest_group=int(bundle.setting("smallest_group"))))
        elif heads is None or heads.value is None:
            parts.append(cells.text(answers, language))
        else:
            parts.append(phrase("o_answered", language, answers=int(answers.value), heads=int(heads.value)))
    return "; ".join(parts) or phrase("dash", language)


def cycles(bundle: Bundle) -> None:
    """Every cycle by where it stands, and what waits for a decision."""
    facts, language = bundle.facts, bundle.language
    found = facts["cycles"]
    said = [[reading] for reading in readings.cycles(found, STANDINGS, language)]
    if not found:
        door.readings(bundle, "cycles", said, of=NOTHING, kind="missing")
        door.people(bundle, "cycles", of=NOTHING)
        return
    shown_rows = _results(bundle)
    door.readings(bundle, "cycles", [*said, *([need] for need in _every_need(bundle))], of=shown_rows)
    order = [cycle for standing in STANDINGS for cycle in found if cycle["standing"] == standing]
    dash = phrase("dash", language)
    rows = [
        [
            cycle["title"],
            ", ".join(facts["names"][result["school"]] for result in cycle["schools"]),
            _standing(cycle, facts["names"], language),
            _day(cycle["next_look"], language) or dash,
            phrase(f"o_{cycle['decision']['word']}", language) if cycle["decision"] else dash,
            cycle["owner"] or dash,
        ]
        for cycle in order
    ]
    columns = ["o_word_idea", "o_word_schools", "o_word_standing", "o_word_look", "o_word_decided", "o_word_owner"]
    door.constants(cells.frame(columns, rows, language), phrase("o_caption_cycles", language), folded=False)
    door.people(bundle, "cycles", of=shown_rows, declared=_declared(bundle))


def _every_need(bundle: Bundle) -> list[Reading]:
    found = _needs(bundle)
    return found if found[0].template == "o_nothing_to_decide" else [
        reading
        for place in range(0, len(bundle.facts["needs"]), readings.DECISIONS)
        for reading in readings.needs(
            bundle.facts["needs"][place : place + readings.DECISIONS], _titles(bundle), bundle.facts["names"], bundle.language
        )
    ]  # fmt: skip


def _standing(cycle: Mapping, names: Mapping[str, str], language: str) -> str:
    if cycle["standing"] != "mixed":
        return phrase(f"o_{cycle['standing']}", language)
    return "; ".join(f"{names[r['school']]}: {phrase('o_' + r['standing'], language)}" for r in cycle["schools"])


def _day(text: str, language: str) -> str:
    from babel.dates import format_date

    return format_date(date.fromisoformat(text), "long", locale=language) if text else ""


def goals(bundle: Bundle) -> None:
    """Goals met, kept and lost."""
    facts, language, named = bundle.facts, bundle.language, _goals(bundle)
    shown_rows = bundle.statistics.rows(statistic=("baseline", "latest"))
    door.readings(bundle, "goals", [readings.goals(named, language)], of=shown_rows, kind="reading" if named else "missing")
    rows, by_school = [], shown_rows.by("school_id")
    for cycle in facts["cycles"]:
        for result in cycle["schools"]:
            for goal in result["goals"]:
                measure, own = facts["measures"][goal["measure"]], by_school.get(result["school"], NOTHING)
                where = {"wave": cycle["id"], "scale": goal["measure"]}
                rows.append([
                    cycle["title"],
                    facts["names"][result["school"]],
                    f"{measure['name']} ({measure['unit']})",
                    cells.text(own.cell("baseline", **where), language),
                    cells.text(own.cell("latest", **where), language),
                    number(plain(goal["target"]), language),
                    phrase(f"o_goal_{_goal_state(goal, own.cell('latest', **where), measure)}", language),
                ])  # fmt: skip
    columns = ["o_word_idea", "o_word_school", "o_word_measure", "o_word_before", "o_word_latest", "o_word_target", "o_word_goal"]
    if rows:
        caption = phrase("o_caption_goals", language)
        door.table(bundle, "goals", cells.frame(columns, rows, language), caption, of=shown_rows, folded=True)
    door.people(bundle, "goals", of=shown_rows, declared=[state for _, state in named])


def _goal_state(goal: Mapping, latest: Cell | None, measure: Mapping) -> str:
    """Where a goal stands; ``near`` where the latest level is at the target though the goal was not reached by its rule yet."""
    if goal["state"] != "not_yet" or latest is None or latest.value is None:
        return goal["state"]
    sign = 1 if measure["better"] == "higher" else -1
    against = latest.bound == ("less" if sign > 0 else "more")
    return "near" if sign * (latest.value - goal["target"]) >= 0 and not against else "not_yet"


def learnt(bundle: Bundle) -> None:
    """Predictions beside what came, over all schools, and the same as a file."""
    language = bundle.language
    shown_rows = bundle.statistics.rows(statistic=("before", "after", "change"))
    rows, lines, closed = [], [], 0
    for cycle, result, measure, predicted, came in _predictions(bundle, shown_rows):
        known = came is not None and came.value is not None
        result_now = shown(came.value, came.decimals) if known else None
        closed += known
        rows.append([
            cycle["title"],
            bundle.facts["names"][result["school"]],
            f"{measure['name']} ({measure['unit']})",
            _signed(predicted, language),
            _or(came, _signed(result_now, language), language) if known else cells.text(came, language),
            phrase(f"o_{result['standing']}", language),
        ])  # fmt: skip
        decided = cycle["decision"] or {"word": "", "day": ""}
        lines.append([
            result["school"], cycle["id"], cycle["title"], cycle["start"], measure["id"], measure["unit"], str(predicted),
            _or(came, str(result_now), language) if known else "", phrase(f"o_{result['standing']}", language), decided["word"], decided["day"],
        ])  # fmt: skip
    said = readings.predictions(closed, len(rows) - closed)
    door.readings(bundle, "learnt", [said], of=shown_rows, kind="reading" if rows else "missing")
    if rows:
        columns = ["o_word_idea", "o_word_school", "o_word_measure", "o_word_predicted", "o_word_came", "o_word_standing"]
        caption = phrase("o_caption_log", language)
        door.table(bundle, "learnt", cells.frame(columns, rows, language), caption, of=shown_rows, folded=True)
        heads = ("school", "id", "cycle", "start", "measure_id", "unit", "predicted", "came", "rule", "decision", "decided_on")
        file = spreadsheet.to_csv([[phrase(f"e_word_{head}", language) for head in heads], *lines])
        door.attach(bundle, "csv", file, phrase("o_log", language), of=shown_rows)
    door.people(bundle, "learnt", of=shown_rows, declared=[row[3] for row in rows])


def _predictions(bundle: Bundle, table: Protected) -> Iterator[tuple[Mapping, Mapping, Mapping, int | Decimal, Cell | None]]:
    """(cycle, result at one school, measure, predicted change, what came) of every prediction."""
    by_school = table.by("school_id")
    for cycle in bundle.facts["cycles"]:
        for result in cycle["schools"]:
            if result["prediction"]:
                name = result["prediction"]["measure"]
                came = by_school.get(result["school"], NOTHING).cell("change", wave=cycle["id"], scale=name)
                yield cycle, result, bundle.facts["measures"][name] | {"id": name}, plain(result["prediction"]["predicted"]), came


def _or(cell: Cell, text: str, language: str) -> str:
    """The number with "or more" or "or less" where it stands at an end of what is shown."""
    return phrase(f"or_{cell.bound}", language, value=text) if cell.bound else text


def _signed(value: int | Decimal, language: str) -> str:
    return f"+{number(value, language)}" if value > 0 else number(value, language)


def settings(bundle: Bundle) -> None:
    """The files behind the page, and each setting with the layer it came from."""
    provenance.show(bundle)
