"""Whom the district's team serves: its own contacts and requests for visits, given how many staff a school has and what it may need (C14).

Only what the team did is counted here, not whether anyone replied: it says nothing of a leader, and what a survey found is never joined with replies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cyclebook.climate.rows import rows
from cyclebook.privacy.protect import BOUND, COLUMNS
from cyclebook.team import blocks
from cyclebook.team.names import BELOW, OTHERS, SERVICE, SIZES, UNHEARD

#: Fewer schools are no group: their number would be that of one or two.
FEWEST_SCHOOLS = 3
#: Fewer contacts could not tell a spread from chance.
FEWEST_CONTACTS = 20
SEED, DRAWS = 20251121, 9999


class Spread(NamedTuple):
    """How contacts are spread over schools: chi-square over its degrees of freedom (1 by chance), and how often chance alone spreads them as far."""

    dispersion: float
    p: float


def spread(made: Sequence[int] | pd.Series, staff: Sequence[float] | pd.Series, seed: int = SEED, draws: int = DRAWS) -> Spread:
    """Whether contacts are spread over schools by more than chance where each contact goes to a school in proportion to its staff.

    Pearson's chi-square, and p = (1 + b)/(1 + draws), b of the seeded draws from that multinomial at least as far (Hope 1968). nan for fewer
    than ``FEWEST_SCHOOLS`` schools, or fewer than ``FEWEST_CONTACTS`` contacts. Raises ValueError for a school without staff.
    """
    counts, sizes = np.asarray(made, dtype=float), np.asarray(staff, dtype=float)
    if not (sizes > 0).all():
        raise ValueError("a school without staff has no share of the team's work")
    total = int(counts.sum())
    if len(counts) < FEWEST_SCHOOLS or total < FEWEST_CONTACTS:
        return Spread(np.nan, np.nan)
    shares = sizes / sizes.sum()
    expected = total * shares
    observed = float(((counts - expected) ** 2 / expected).sum())
    drawn = np.random.default_rng(seed).multinomial(total, shares, size=draws)
    by_chance = ((drawn - expected) ** 2 / expected).sum(axis=1)
    return Spread(observed / (len(counts) - 1), float((1 + (by_chance >= observed - 1e-9).sum()) / (1 + draws)))


def thirds(staff: pd.Series) -> pd.Series:
    """Small, middle or large: the third of the schools by staff, ties together in the lower; "" for all where there are fewer than nine schools."""
    if len(staff) < FEWEST_SCHOOLS**2:
        return pd.Series("", staff.index, dtype="object")
    place = (staff.rank(method="min") - 1) / len(staff) * len(SIZES)
    return place.astype("int64").map(dict(enumerate(SIZES)))


def ratio(made: pd.Series, staff: pd.Series, here: pd.Series) -> tuple[float, float, float]:
    """What some schools got over what is due to them by staff, in percent, with the ends of a 95 % interval.

    here: which schools (bool). Contacts come in runs, so that the interval is that of a quasi-Poisson count: the log ratio's variance is the
    dispersion, at least 1, over the contacts, less their own part in the total (McCullagh & Nelder 1989). nan where they got none, or all.
    """
    due = staff / staff.sum() * made.sum()
    got, own = float(made[here].sum()), float(due[here].sum())
    dispersion = max(1.0, float((((made - due) ** 2) / due).sum()) / max(len(made) - 1, 1))
    part = own / float(made.sum())
    if got == 0 or part >= 1:
        return 100 * got / own, np.nan, np.nan
    from scipy import stats

    wide = float(stats.t.ppf(0.975, max(len(made) - 1, 1))) * np.sqrt(dispersion * (1 - part) / got)
    return 100 * got / own, 100 * got / own * float(np.exp(-wide)), 100 * got / own * float(np.exp(wide))


def statistics(contacts: pd.DataFrame, staff: pd.Series, need: Mapping[str, str]) -> pd.DataFrame:
    """Rows that stand on nobody. contacts: of the year, rows of the table; staff: of each school; need: below, unheard or others, by school.

    Item "" : ``made`` contacts, ``schools`` whose staff is known, ``dispersion`` and ``p``, ``per_ten_low`` and ``per_ten_high``, the contacts for each ten
    staff between which the middle half of the schools lie. Items ``size=…`` and ``need=…``: ``schools``, ``made`` and ``ratio`` with its ends, of at least
    ``FEWEST_SCHOOLS`` schools to which no member made most of the contacts. Item ``visits``: the same as "" for requests for a visit.
    """
    tables = []
    known = staff[staff > 0].astype("float64")
    here = contacts[contacts["school_id"].isin(known.index)]
    if len(known) < FEWEST_SCHOOLS or not blocks.clear(here, FEWEST_SCHOOLS):
        return pd.DataFrame(columns=[*COLUMNS, BOUND])
    for item, some in (("", here), ("visits", here[here["kind"] == "visit"])):
        made = some["school_id"].value_counts().reindex(known.index, fill_value=0)
        found = spread(made, known)
        per_ten = 10 * made / known
        tables += [_row(item, "schools", len(known)), _row(item, "made", len(some))]
        if np.isfinite(found.p):
            tables += [_row(item, "dispersion", found.dispersion, 1), _row(item, "p", found.p, 3)]
            tables += [_row(item, f"per_ten_{end}", per_ten.quantile(at), 1) for end, at in (("low", 0.25), ("high", 0.75))]
    made = here["school_id"].value_counts().reindex(known.index, fill_value=0)
    groups = {"size": (thirds(known), SIZES), "need": (pd.Series(need, dtype="object").reindex(known.index).fillna(OTHERS), (BELOW, UNHEARD, OTHERS))}
    for by, (of, order) in groups.items():
        for label in _shown(of, order, here):
            some = of == label
            told = ratio(made, known, some)
            item = f"{by}={label}"
            tables += [_row(item, "schools", int(some.sum())), _row(item, "made", int(made[some].sum()))]
            tables += [_row(item, name, value) for name, value in zip(("ratio", "ratio_low", "ratio_high"), told, strict=True) if np.isfinite(value)]
    return pd.concat(tables, ignore_index=True)


def _shown(of: pd.Series, order: Sequence[str], contacts: pd.DataFrame) -> list[str]:
    """The groups that are shown, in order: of enough schools, and made by enough members; the last is left out while what remains is one or two schools."""
    found = []
    for label in order:
        own = contacts[contacts["school_id"].isin(of.index[of == label])]
        if FEWEST_SCHOOLS <= (of == label).sum() < len(of) and (own.empty or blocks.clear(own, 1)):
            found.append(label)
    while found and 0 < (~of.isin(found)).sum() < FEWEST_SCHOOLS:
        found.pop()
    return found


def _row(item: str, name: str, value: float, decimals: int = 0) -> pd.DataFrame:
    where = pd.DataFrame({"school_id": [""], "wave": "", "scale": SERVICE, "n": 0, "set": "", "why": ""})
    return rows(where, name, [value], decimals, item=item)
