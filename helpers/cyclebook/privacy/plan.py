"""Which sets may be published, decided once for the whole district: primary suppression, then complementary by integer programming.

A set of few persons is hidden (primary). Then the attacks of :mod:`cyclebook.privacy.attack` are made on what is left: each finding is a list
of published sets that together give a few persons away, so one of them must be hidden as well. Which, is the integer program: the least
weight of hidden sets such that every such list loses one (a hitting set). Attacks and program take turns until the attacks find nothing, so
the pattern is one of least weight (Benders 1962; Fischetti & Salazar-González 2001, *Solving the cell suppression problem*).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from cyclebook.privacy import attack, coding
from cyclebook.privacy.protect import PrivacyError
from cyclebook.privacy.system import Keys, System, of_members


#: A gap as small as this is none.
SAME = 1e-9


@dataclass(frozen=True)
class Candidate:
    """A set that pages would show. keys: as in ``system.Keys``, without source, wave and base; weight: what is lost when it is hidden;
    fixed: it is published in any case (by other pages), so that it cannot be hidden to save another."""

    keys: Keys
    weight: float = 1.0
    fixed: bool = False


@dataclass(frozen=True)
class Scale:
    """How averages on a base are shown: the ends of the scale and the digits."""

    low: float
    high: float
    decimals: int


@dataclass(frozen=True)
class Decision:
    """What may be published. primary, complementary: the hidden sets by reason, for those who answer for the plan; no page tells them apart.

    gap: by how much at most the weight of what is hidden lies above the least possible, as a share of it (0: it is the least; more
    where time ran out).
    """

    primary: tuple[Keys, ...]
    complementary: tuple[Keys, ...]
    cost: float
    gap: float
    _shown: frozenset

    def published(self, keys: Keys) -> bool:
        """Whether the set may be shown, for all bases or for none. False for a set that was no candidate."""
        return _name(keys) in self._shown

    @property
    def hidden(self) -> list[Keys]:
        return [*self.primary, *self.complementary]


def _name(keys: Keys) -> tuple:
    return tuple((key, tuple(sorted(keys[key]))) for key in sorted(keys))


def decide(
    bases: Mapping[str, pd.DataFrame],
    candidates: Sequence[Candidate],
    smallest_group: int,
    *,
    scales: Mapping[str, Scale] | None = None,
    known: Mapping[int, float] | None = None,
    seconds: float = 60.0,
) -> Decision:
    """The sets to publish so that of no base anything follows about fewer than smallest_group persons.

    bases: name → its persons, one row each, with the columns that the candidates name (and, where averages are to be protected
    as values, ``score``). A set is hidden in all bases or in none. scales: of the bases whose averages are published; then (ii) holds as well.
    known: how many persons of a candidate (its place) stand on a roster: more than that nobody expects. seconds: after that what is hidden
    already stays hidden, whether or not less would do.
    Raises PrivacyError where sets that are published in any case give a few persons away.
    """
    oracles = [_Averages(members, candidates, smallest_group, (scales or {}).get(name), known or {}, seconds) for name, members in bases.items()]
    return _decide(oracles, candidates, smallest_group, seconds)


def suppress(counts: pd.DataFrame, candidates: Sequence[Candidate], smallest_group: int, *, seconds: float = 60.0) -> Decision:
    """The counts to publish of a table with totals so that no count of fewer than smallest_group persons can be worked out.

    counts: one row a cell of the table: a column for each key, and ``persons``. candidates: cells and totals. Each hidden small count must be
    open upwards to smallest_group, and downwards by one at least, for someone who knows all counts that are published and that
    no count is below nothing. Counts of nobody are published. This is cell suppression as in Fischetti & Salazar-González (2001).
    Raises PrivacyError as ``decide``.
    """
    return _decide([_Counts(counts, candidates, smallest_group)], candidates, smallest_group, seconds)


def _decide(oracles: Sequence[_Averages | _Counts], candidates: Sequence[Candidate], smallest_group: int, seconds: float) -> Decision:
    numbers = np.array([oracle.system.n for oracle in oracles]).reshape(len(oracles), len(candidates))
    empty = (numbers == 0).all(axis=0)
    primary = (numbers < smallest_group).any(axis=0) & ~empty
    weight = np.array([candidate.weight for candidate in candidates], dtype="float64")
    may = np.array([not candidate.fixed for candidate in candidates], dtype=bool) & ~primary & ~empty
    shown, gap = _search(oracles, ~primary & ~empty, may, weight, candidates, time.monotonic() + seconds)
    also = ~shown & ~primary & ~empty
    return Decision(
        tuple(candidates[place].keys for place in np.flatnonzero(primary)),
        tuple(candidates[place].keys for place in np.flatnonzero(also)),
        float(weight[primary | also].sum()), gap,
        frozenset(_name(candidates[place].keys) for place in np.flatnonzero(shown)),
    )  # fmt: skip


def _search(
    oracles: Sequence[_Averages | _Counts], start: np.ndarray, may: np.ndarray, weight: np.ndarray, candidates: Sequence[Candidate], until: float
) -> tuple[np.ndarray, float]:
    """What is shown in the end, and the gap. start: what the primary rule leaves."""
    cuts: list[np.ndarray] = []
    best: np.ndarray | None = None
    shown, bound = start.copy(), 0.0

    def gap() -> float:
        """Of the best so far."""
        cost = weight[~best & start].sum()
        return float(max(0.0, cost - bound) / cost) if cost else 0.0

    while True:
        safe, found = shown.copy(), False
        for behind in _findings(oracles, safe):
            choice = behind[may[behind]]
            if not len(choice):
                sets = "; ".join(str(dict(candidates[place].keys)) for place in behind[:4])
                raise PrivacyError(f"sets that are published in any case give a few persons away: {sets}")
            cuts.append(choice)
            found = True
            safe[choice[np.argmin(weight[choice])]] = False
        if not found:
            return shown, 0.0
        if best is None or weight[~safe].sum() < weight[~best].sum():
            best = safe
        if time.monotonic() > until:
            return best, gap()
        hidden, least = _least(cuts, weight, len(start), max(1.0, until - time.monotonic()))
        bound = max(bound, least)
        if hidden is None or gap() <= SAME:
            return best, gap()
        shown = start & ~hidden


def _findings(oracles: Sequence[_Averages | _Counts], shown: np.ndarray) -> Iterator[np.ndarray]:
    """The lists of sets that give a few away, until none is left; ``shown`` is changed meanwhile by whoever reads them."""
    quiet = 0
    while quiet < len(oracles):
        for oracle in oracles:
            before = shown.copy()
            yield from oracle.findings(shown)
            quiet = quiet + 1 if (before == shown).all() else 1
            if quiet >= len(oracles):
                return


def _least(cuts: Sequence[np.ndarray], weight: np.ndarray, count: int, seconds: float) -> tuple[np.ndarray | None, float]:
    """The lightest sets to hide such that every list loses one, and the proven least weight."""
    rows = np.concatenate([np.full(len(cut), place) for place, cut in enumerate(cuts)])
    table = csr_matrix((np.ones(len(rows)), (rows, np.concatenate(cuts))), shape=(len(cuts), count))
    solved = milp(
        weight, constraints=LinearConstraint(table, 1, np.inf), bounds=Bounds(0, 1), integrality=np.ones(count),
        options={"time_limit": seconds, "mip_rel_gap": 1e-9},
    )  # fmt: skip
    if solved.x is None or solved.status != 0:
        return None, 0.0
    return np.round(solved.x).astype(bool), float(solved.mip_dual_bound)


class _Averages:
    """The attacks on one base, from the cheapest to the dearest."""

    def __init__(
        self, members: pd.DataFrame, candidates: Sequence[Candidate], smallest_group: int, scale: Scale | None,
        known: Mapping[int, float], seconds: float,
    ) -> None:  # fmt: skip
        sets = [candidate.keys for candidate in candidates]
        self.system, sums = of_members(members, sets, "score" if scale else "")
        self.smallest, self.seconds = smallest_group, seconds
        self.reach = np.array([min(smallest_group, known.get(place, smallest_group)) for place in range(len(sets))], dtype="float64")
        fixed = np.array([candidate.fixed for candidate in candidates], dtype=bool)
        self.may = ~fixed  #: which sets may be hidden at all
        self.frames = _frames(self.system)
        self.clean: set = set()
        self.values = _as_shown(self.system, sums, scale, smallest_group) if scale else None
        self.scale = scale

    def findings(self, shown: np.ndarray) -> Iterator[np.ndarray]:
        """Places of published sets that together give a few persons away, one list after the other, as ``shown`` shrinks."""
        for inside in self.frames:
            yield from self._small(inside, shown)
        yield from self._small(np.arange(len(shown)), shown)
        while spans := attack.open_counts(self.system, shown, self.reach, clean=self.clean):
            yield from _standing(spans, shown)
        while self.values is not None:
            low, high = (np.where(shown, limit, np.nan) for limit in self.values)
            enough = coding.OPEN * (self.scale.high - self.scale.low)
            sets, persons = attack.open_values(self.system, low, high, self.scale.low, self.scale.high, self.smallest, enough)
            if not sets and not persons:
                return
            yield from _standing(sets, shown)
            yield from _standing(persons, shown)

    def _small(self, among: np.ndarray, shown: np.ndarray) -> Iterator[np.ndarray]:
        while True:
            here = among[shown[among]]
            key = here.tobytes()
            if key in self.clean:
                return
            found = list(attack.small_sets(self.system.take(here), self.smallest, self.seconds, self.clean)) if len(here) > 1 else []
            if not found:
                self.clean.add(key)
                return
            for one in found:
                sets = here[one.sets]
                if np.isnan(one.persons) and self.may[sets].any():  # not searched to the end: what runs across the most goes, and it falls apart
                    wide = sets[self.may[sets]]
                    sets = wide[[np.argmax(np.diff(self.system.rows.indptr)[wide])]]
                yield sets


class _Counts:
    """The attack on a table of counts."""

    def __init__(self, counts: pd.DataFrame, candidates: Sequence[Candidate], smallest_group: int) -> None:
        self.system, _ = of_members(counts[counts["persons"] > 0], [candidate.keys for candidate in candidates])
        n = self.system.n
        self.small, self.reach, self.floor = (n > 0) & (n < smallest_group), np.full(len(n), float(smallest_group)), n - 1
        self.clean: set = set()

    def findings(self, shown: np.ndarray) -> Iterator[np.ndarray]:
        while spans := attack.open_counts(self.system, shown, self.reach, floor=self.floor, of=self.small, clean=self.clean):
            yield from _standing(spans, shown)


def _standing(spans: Mapping[int, attack.Range], shown: np.ndarray) -> Iterator[np.ndarray]:
    for span in spans.values():
        if shown[span.sets].all():
            yield span.sets


def _frames(system: System) -> list[np.ndarray]:
    """For each set the sets inside it, itself among them, where there are some: what most often gives a few away is a set less its parts."""
    width = np.diff(system.rows.indptr)
    overlap = (system.rows @ system.rows.T).tocsr()
    found = []
    for place in np.argsort(width, kind="stable"):
        touched = overlap.indices[overlap.indptr[place] : overlap.indptr[place + 1]]
        shared = overlap.data[overlap.indptr[place] : overlap.indptr[place + 1]]
        inside = np.sort(touched[shared == width[touched]])
        if 1 < len(inside) < len(width):
            found.append(inside)
    return found


def _as_shown(system: System, sums: np.ndarray, scale: Scale, smallest_group: int) -> tuple[np.ndarray, np.ndarray]:
    """The bounds that a published average leaves: half a unit of its last digit, or to the end of the scale where it is coded."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(system.n > 0, sums / system.n, np.nan)
    value, bound = coding.code(mean, system.n, smallest_group, scale.low, scale.high, scale.decimals)
    value = np.round(np.round(value, 9), scale.decimals)
    half = 0.5 * 10.0**-scale.decimals
    low = np.where(bound == coding.OR_LESS, scale.low, np.maximum(value - half, scale.low))
    return low, np.where(bound == coding.OR_MORE, scale.high, np.minimum(value + half, scale.high))
