"""The audit of what stands in the reports' folder: read the ledger, attack it, say what was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cyclebook import handed_out, store
from cyclebook.errors import InputError
from cyclebook.privacy.audit import Leak, audit

if TYPE_CHECKING:
    from cyclebook.parameters import District


@dataclass(frozen=True)
class Audited:
    """What was attacked (pages, numbers, sets, the smallest group) and what gives a few persons away."""

    pages: int
    numbers: int
    sets: int
    smallest_group: int
    leaks: tuple[Leak, ...]


def reports(district: District, out: Path) -> Audited:
    """Attack what is published in ``out``, with the rules of today.

    Raises InputError where nothing is published there or the ledger cannot be read.
    """
    file = out / "published.parquet"
    if not file.is_file():
        raise InputError(f"{out}: no reports here (no published.parquet); make them with `cyclebook run`")
    try:
        published = pd.read_parquet(file)
        published = published[["page", "anchor", "statistic", "value", "n", "answered", "set"]]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{file}: cannot be read as the ledger of a run ({error}); make the reports again with `cyclebook run --force`") from None
    smallest, bundles = smallest_group(district), store.current(district.folder)
    renewed = store.renewed(bundles) if bundles else frozenset()
    try:
        leaks = audit(published, smallest, ends(district), handed_out.ledgers(district.folder), renewed)
    except ValueError as error:
        raise InputError(f"{file}: {error}; make the reports again with `cyclebook run --force`") from None
    return Audited(published["page"].nunique(), int(published["value"].notna().sum()), published["set"].nunique(), smallest, tuple(leaks))


def ends(district: District) -> dict[str, tuple[float, float]]:
    """The ends of each scale that has any."""
    return {scale.id: (scale.low, scale.high) for scale in district.scales.values() if scale.low is not None and scale.high is not None}


def smallest_group(district: District) -> int:
    """The smallest group in force for the district."""
    return int(district.settings(None)["smallest_group"].value)
