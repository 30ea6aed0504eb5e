"""What students and families say: surveys of their own, scored as staff's are, protected by what those who answered were promised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook.climate import estimate
from cyclebook.privacy.protect import FEW_PERSONS, RULES

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

#: Of all that a survey tells, what is shown: levels beside the district's, and change.
KEPT = ("mean", "mean_low", "mean_high", "steadied", "steadied_low", "steadied_high", "difference_low", "difference_high", "within_sd",
        "change_low", "change_high", "change_called")  # fmt: skip


def statistics(
    responses: pd.DataFrame, scales: Mapping[str, Scale], compare_with: Mapping[str, str | None], settings: Mapping[str, float],
    smallest_group: int, withheld: list[tuple[str, str, str]],
) -> pd.DataFrame:  # fmt: skip
    """Rows of one survey's scales, not yet protected; of no school or set with fewer than smallest_group persons.

    responses: those of the survey. There is no head count of students or families, so how many could have answered is not known and the gate is
    smallest_group alone. Everything else is as for staff (``estimate.statistics``), so that a score of four means the same wherever it stands.
    """
    empty = pd.DataFrame({"school_id": [], "wave": [], "person": [], "role": [], "head_count": []}).astype(
        {"school_id": "str", "wave": "str", "person": "str", "role": "str", "head_count": "int64"}
    )
    gate = {**settings, "smallest_group": smallest_group, "answer_gate_answers": smallest_group}
    asked = {name: scale for name, scale in scales.items() if name in _scales_of(responses, scales)}
    found = estimate.statistics(responses, empty, asked, compare_with, lambda school: gate, withheld=withheld)
    found = found[found["statistic"].isin(KEPT) & (found["item"] == "")].copy()
    needed = smallest_group * found["statistic"].map(lambda name: RULES.get(name, 1)).astype(int)
    few = (found["set"] != "") & ((found["n"] < needed) | ((found["other_set"] != "") & (found["other_n"] < smallest_group)))
    found["why"] = found["why"].mask(few, FEW_PERSONS)
    return found


def _scales_of(responses: pd.DataFrame, scales: Mapping[str, Scale]) -> set[str]:
    """The scales that the answered items belong to (in scored sources the items are the scales)."""
    items = set(responses["item"].unique())
    return {name for name, scale in scales.items() if name in items or items & set(scale.items)}
