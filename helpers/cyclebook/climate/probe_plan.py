"""Which groups of staff may be compared in the whole district: those of the breakdowns that its page shows, and those of further attributes.

Attributes that are looked at by the probe alone never make a row on a school's page. Their groups are decided on after those of the breakdowns, whose
averages stand fixed then (``privacy.plan``): what pages show does not change with them, and they are hidden where they would tell too much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from cyclebook.climate import groups
from cyclebook.climate.group_plan import passes, planned

if TYPE_CHECKING:
    from cyclebook.parameters import Scale


def choose(
    chosen: groups.Groups | None,
    scores: pd.DataFrame,
    respondents: pd.DataFrame,
    roster: pd.DataFrame,
    attributes: Mapping[str, Sequence[str]],
    leaders: Sequence[str],
    scales: Mapping[str, Scale],
    wave: str,
    smallest_group: int,
    plan: Any,
) -> groups.Groups:
    """The groups of the whole district that may be compared in one wave; ``published`` also says which schools show a breakdown's group.

    chosen: of ``groups.choose`` for the breakdowns, None where there are none. attributes: further ones, to their groups in order. Else as there.
    """
    listed = {name: {"": by_school.get("", ())} for name, by_school in chosen.listed.items()} if chosen else {}
    shown = sorted(chosen.published) if chosen else []
    of_all, names = groups.counted(scores, respondents), [*listed, *attributes]
    listed |= {name: {"": tuple(values)} for name, values in attributes.items()}
    published = set(shown)
    who = groups.members(respondents, roster, names, wave)
    bases = dict(groups._bases(groups._cleared(scores[scores["wave"] == wave], smallest_group), who, names, of_all))
    if bases and attributes:
        persons = groups._most(bases, attributes)
        asked = [(name, "", value, persons.get((name, "", value), 0)) for name, values in attributes.items() for value in values]
        asked = [one for one in asked if one[3]]
        more = {one[:3] for one in asked}
        for some, ends in passes(bases, scales, scores, names, leaders, smallest_group, plan):
            more = planned(some, [one for one in asked if one[:3] in more], ends, {}, smallest_group, plan, shown)
        published |= more
    return groups.Groups(wave, listed, frozenset(published), {}, of_all)
