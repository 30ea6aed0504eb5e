"""The receipt in lines for a person: by source what was read, kept and set aside, and the first examples of each reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cyclebook.privacy.releases import HELD, HIDDEN

if TYPE_CHECKING:
    import pandas as pd

    from cyclebook.parameters import District
    from cyclebook.sources import Tables

EXAMPLES = 3  #: shown for each reason


def lines(tables: Tables, examples: int | None = EXAMPLES) -> Iterator[str]:
    """What was read, source by source; the examples name file, row, column and value, for the analyst's eyes only.

    examples: how many of each reason; None for all.
    """
    for source in tables.receipts.itertuples():
        yield ""
        yield f"{source.file} ({source.form}{', ' if source.wave else ''}{source.wave})"
        yield f"  read {source.read:,}, kept {source.kept:,}, set aside {source.set_aside:,}, flagged {source.flagged:,}"
        if source.dropped_columns:
            personal = f", among them {source.personal_columns}" if source.personal_columns else ""
            yield f"  not read: {source.dropped_columns} column{'' if source.dropped_columns == 1 else 's'} that no declaration names{personal}"
        problems = tables.problems[tables.problems["source"] == source.source]
        for (action, reason), group in problems.groupby(["action", "reason"], sort=False):
            shared = group["remedy"].nunique() == 1
            yield f"  {action}: {reason} ({len(group):,})." + (f" {group.iloc[0]['remedy']}" if shared else "")
            for problem in group.head(examples or len(group)).itertuples():
                column = f", column {problem.column}" if problem.column else ""
                value = f", value {problem.value!r}" if problem.value else ""
                yield f"    row {problem.row}{column}{value}" + ("" if shared else f". {problem.remedy}")
            if examples and len(group) > examples:
                yield f"    and {len(group) - examples:,} more: see them with --all"
        if source.set_aside:
            yield f"  `cyclebook run` keeps the rows set aside in data/set_aside/{source.source}.csv"


def held_lines(district: District, held: pd.DataFrame) -> Iterator[str]:
    """What is held back or not published beside what was handed out before, one base a line, and what to do about it; for the analyst's eyes only.

    held: as ``privacy.releases.hold`` gives it.
    """
    if held.empty:
        return
    smallest = int(district.settings()["smallest_group"].value)
    yield ""
    yield "Beside what was handed out (data/releases):"
    for row in held.itertuples():
        what = district.surveys[row.survey].title if row.survey in district.surveys else row.survey
        since = f"release {row.release} ({row.as_of})"
        base = f"{row.school_id} in {row.period} ({what})"
        if row.table in ("series", "aggregates"):
            yield (f"  the number of {base} is another one than that of {since}. It is not shown: nobody knows how few persons it changed with. "
                   "Put back the earlier one, or declare a correction.")  # fmt: skip
        elif row.state == HELD:
            answers = "1 answer" if row.persons == 1 else f"{row.persons:,} answers"
            came, held_back = ("came", "is") if row.persons == 1 else ("came", "are")
            yield (f"  {answers} of {base} {came} after {since} and {held_back} held back until there are {smallest}, "
                   f"and none or {smallest} for each question and each group of staff that numbers are shown by.")  # fmt: skip
        else:
            yield (f"  the answers of {base} are others than those of {since}, and too few persons' answers changed. Nothing of them is shown, and "
                   f"they enter no number of the district, until at least {smallest} have changed for each question, and in each group of staff that numbers are shown by, in which any has.")  # fmt: skip
    if (held["state"] == HIDDEN).any():
        yield "  Where what was handed out was of other answers as a whole (another file, another school), say so in parameters/corrections.yaml."


def group_lines(district: District, tables: Tables) -> Iterator[str]:
    """Which groups of staff pages will show, by breakdown; nothing where the district asks for none."""
    from cyclebook.climate.prepare import by_group

    chosen = by_group(district, tables)
    for name, by_school in (chosen.listed if chosen else {}).items():
        schools = [(school, group) for school, groups in by_school.items() for group in groups if school]
        shown = sum((name, school, group) in chosen.published for school, group in schools)
        whole = [group for group in by_school.get("", ()) if (name, "", group) in chosen.published]
        yield (f"by {name}, {chosen.wave}: {shown:,} of {len(schools):,} groups of schools are shown, and of the district {', '.join(whole) or 'none'}. The others are few, "
               "or a few could be worked out from them.")  # fmt: skip


def flagged_lines(district: District, tables: Tables) -> Iterator[str]:
    """How many responses are flagged, by survey, wave and kind, and the district's averages with and without them.

    For the analyst's eyes only: nothing is rounded away, and no group is too small to be counted.
    """
    from cyclebook import facts
    from cyclebook.climate import flagged
    from cyclebook.tables import DATE_CELL, DOUBTS

    people = tables.respondents
    smallest = int(facts.values(district, "")["smallest_group"])
    averages = flagged.compare(tables.responses, people, district.scales, smallest)
    order = {wave.id: place for place, wave in enumerate(district.waves)}
    for (survey, wave), here in sorted(people.groupby(["survey", "wave"]), key=lambda group: (group[0][0], order[group[0][1]])):
        kinds = {kind: int(flagged.having(here, (kind,)).sum()) for kind in (*DOUBTS, DATE_CELL)}
        if not any(kinds.values()):
            continue
        yield f"{district.surveys[survey].title}, {wave}: {len(here):,} responses kept; flagged, and kept like all others:"
        for kind, count in kinds.items():
            if count:
                meaning = DOUBTS.get(kind, "a cell held a date where a range of numbers was meant; it is no answer")
                yield f"  {kind}: {count:,} ({meaning})"
        for one in averages[(averages["survey"] == survey) & (averages["wave"] == wave)].itertuples():
            over = "mean of schools" if one.mean == one.mean and one.without == one.without else "mean of persons"
            pair = (one.mean, one.without) if over == "mean of schools" else (one.mean_persons, one.without_persons)
            with_all, without = (f"{number:.{one.decimals + 1}f}" for number in pair)
            yield f"  {one.scale}: {with_all} with all {one.scored:,} scored, {without} without the {one.flagged:,} flagged ({over})"


def weighted_lines(district: District, tables: Tables) -> Iterator[str]:
    """Where an export gives weights: the district's averages over persons without and with them, and what the weights cost.

    For the analyst's eyes only. Pages use no weights of an export: what they were made for is not known to us.
    """
    from cyclebook.climate.scales import score
    from cyclebook.climate.weighting import kish, weighted_mean

    given = tables.respondents[tables.respondents["weight"].notna()]
    if given.empty:
        return
    scores = score(tables.responses, district.scales).merge(given[["row", "weight"]], on="row")
    for (survey, wave), people in given.groupby(["survey", "wave"], sort=False):
        everyone = int(((tables.respondents["survey"] == survey) & (tables.respondents["wave"] == wave)).sum())
        cost, _ = kish(people["weight"])
        yield f"{district.surveys[survey].title}, {wave}: {len(people):,} of {everyone:,} responses have a weight (design effect {cost:.2f}); no page uses it:"
        for scale, here in scores[(scores["survey"] == survey) & (scores["wave"] == wave)].groupby("scale", sort=False):
            weighted = weighted_mean(here["score"], here["weight"])
            yield f"  {scale}: {here['score'].mean():.3f} without, {weighted:.3f} with weights (mean of persons)"
