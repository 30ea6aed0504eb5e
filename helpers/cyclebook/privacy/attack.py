"""The attacks on what is published: which small set follows, how far a value or a count can be worked out.

Each attack gives, beside what it finds, the published sets that the finding stands on: hide one of them, and this finding is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_diag, csr_matrix, eye_array, hstack, vstack

from cyclebook.privacy.system import ZERO, Part, System, parts

#: No combination of sets that gives away a few persons needs larger weights than this.
MOST_WEIGHT = 64.0


@dataclass(frozen=True)
class Finding:
    """A set of few persons that follows from published ones.

    persons: how many, nan where the search ran out of time (which counts as a finding). sets: places of the sets that it
    follows from, weights: how often each is added. atoms: places of the atoms that it holds.
    """

    persons: float
    sets: np.ndarray
    weights: np.ndarray
    atoms: np.ndarray


def small_sets(system: System, smallest_group: int, seconds: float, clean: set | None = None) -> Iterator[Finding]:
    """Sets of 1 to smallest_group − 1 persons whose sum follows from the published sums, one at most for each part of the system.

    Value-free: every mean counts as an exact sum. A finding is a combination of rows that is 0 or 1 on every atom (mixed-integer
    programming, HiGHS). Running out of ``seconds`` in one part is a finding of that part's sets. clean: what was found
    clean before is kept here and not attacked again (of one system of candidates, whichever of them are taken).
    """
    for place in np.flatnonzero((system.n > 0.5) & (system.n < smallest_group)):
        yield Finding(float(system.n[place]), np.array([place]), np.ones(1), system.rows[[place]].indices)
    for part in parts(system):
        key = (part.rows.indices.tobytes(), part.rows.indptr.tobytes(), part.atoms.tobytes())
        if clean is not None and key in clean:
            continue
        found = _smallest(part, smallest_group, seconds)
        if found is not None:
            yield found
        elif clean is not None:
            clean.add(key)


def _smallest(part: Part, smallest_group: int, seconds: float) -> Finding | None:
    table = part.rows
    alone = np.diff(table.indptr) == 1
    shut = np.zeros(table.shape[1], dtype=bool)
    shut[table.indices[table.indptr[:-1][alone]][part.n[alone] >= smallest_group]] = True  # a set that is one atom, and not small
    shut |= part.sizes >= smallest_group
    free = np.flatnonzero(~shut)
    if not len(free):
        return None
    if alone.all():  # nothing is added up: the rows themselves
        small = np.flatnonzero((part.n > 0.5) & (part.n < smallest_group))
        return _finding(part, np.eye(len(alone))[small[0]], part.n[small[0]]) if len(small) else None
    sets, atoms = table.shape
    # weights of the sets, then whether each atom that can be in a small set is
    picks = csr_matrix((-np.ones(len(free)), (free, np.arange(len(free)))), shape=(atoms, len(free)))
    exact = LinearConstraint(hstack([table.T, picks], format="csr"), 0, 0)
    count = np.concatenate([part.n, np.zeros(len(free))])
    few = LinearConstraint(csr_matrix(count), 0.5, smallest_group - 0.5)
    known = np.isfinite(part.sizes[free]).all()
    also = [LinearConstraint(csr_matrix(np.concatenate([np.zeros(sets), part.sizes[free]])), 0.5, smallest_group - 0.5)] if known else []
    limits = Bounds(
        np.concatenate([np.full(sets, -MOST_WEIGHT), np.zeros(len(free))]), np.concatenate([np.full(sets, MOST_WEIGHT), np.ones(len(free))])
    )
    whole = np.concatenate([np.zeros(sets), np.ones(len(free))])
    solved = milp(count, constraints=[exact, few, *also], bounds=limits, integrality=whole, options={"time_limit": seconds, "mip_rel_gap": 1.0})
    if solved.x is None:
        return None if solved.status == 2 else _finding(part, np.ones(sets), float("nan"))
    chosen = np.zeros(atoms)
    chosen[free] = np.round(solved.x[sets:])
    return _finding(part, _sparsest(part, chosen), round(float(part.n @ solved.x[:sets])))


def _sparsest(part: Part, chosen: np.ndarray) -> np.ndarray:
    """Weights of few sets that make the chosen atoms: the least sum of absolute weights (linear programming)."""
    sets = part.rows.shape[0]
    table = hstack([part.rows.T, -part.rows.T], format="csr")
    solved = linprog(np.ones(2 * sets), A_eq=table, b_eq=chosen, bounds=(0, None))
    weights = solved.x[:sets] - solved.x[sets:]
    weights[np.abs(weights) < ZERO] = 0.0
    return weights


def _finding(part: Part, weights: np.ndarray, persons: float) -> Finding:
    made = weights @ part.rows
    behind = part.behind(weights)
    by_set = dict(zip(part.sets, weights, strict=True)) | dict(zip(part.closed_sets, -(weights @ part.closed), strict=True))
    return Finding(persons, behind, np.array([by_set[place] for place in behind]), part.atoms[np.abs(made) > ZERO])


@dataclass(frozen=True)
class Knowledge:
    """What an attacker can write down about unknown numbers x ≥ 0, one for each column: low ≤ table x ≤ high, and least ≤ x ≤ most.

    sets: the published set behind each row of the table (its place), −1 for what is known without any.
    """

    table: csr_matrix
    low: np.ndarray
    high: np.ndarray
    least: np.ndarray
    most: np.ndarray
    sets: np.ndarray


@dataclass(frozen=True)
class Range:
    """How far one number can be worked out, and the sets that say so."""

    low: float
    high: float
    sets: np.ndarray


@dataclass(frozen=True)
class Asked:
    """What is asked of sums of unknowns (rows of ``targets``), and when a sum is safe: its highest less its lowest possible value is at
    least ``enough``, its highest at least its ``reach``, its lowest at most its ``floor``."""

    targets: csr_matrix
    enough: float
    reach: np.ndarray
    floor: np.ndarray

    @classmethod
    def of(cls, targets: csr_matrix, enough: float = 0.0, reach: np.ndarray | None = None, floor: np.ndarray | None = None) -> Asked:
        count = targets.shape[0]
        return cls(targets, enough, np.full(count, -np.inf) if reach is None else reach, np.full(count, np.inf) if floor is None else floor)

    def safe(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        return (high - low >= self.enough - ZERO) & (high >= self.reach - ZERO) & (low <= self.floor + ZERO)

    def only(self, place: int) -> Asked:
        return Asked(self.targets[[place]], self.enough, self.reach[[place]], self.floor[[place]])


def ranges(known: Knowledge, asked: Asked, seed: int = 1) -> dict[int, Range]:
    """The targets that can be worked out too closely: place → what is left of it.

    First many targets are pushed apart at once (``_unsure``); those without a witness are then worked out one by one (linear
    programming, HiGHS). Raises ValueError where nothing at all agrees with what is published.
    """
    found = {}
    for place in _unsure(known, asked, seed):
        span = _worked_out(known, asked.only(place))
        if span is not None:
            found[int(place)] = span
    return found


#: So often are targets pushed in random directions before they are looked at one by one.
ROUNDS = 12


def _unsure(known: Knowledge, asked: Asked, seed: int) -> np.ndarray:
    """Targets that no witness shows to be safe. In each round all that are left are pushed up or down at random (``seed``), then the other
    way: what they reach in a solution that agrees with everything published they may reach."""
    solve, targets = _solver(known), asked.targets
    low, high = np.full(targets.shape[0], np.inf), np.full(targets.shape[0], -np.inf)
    rng = np.random.default_rng(seed)
    left = np.arange(targets.shape[0])
    for _ in range(ROUNDS):
        if not len(left):
            break
        signs = rng.choice([-1.0, 1.0], len(left)) * rng.uniform(0.5, 1.5, len(left))
        for direction in (signs, -signs):
            at = targets @ solve(targets[left].T @ direction).x
            low, high = np.minimum(low, at), np.maximum(high, at)
        left = np.flatnonzero(~asked.safe(low, high))
    return left


def _worked_out(known: Knowledge, asked: Asked) -> Range | None:
    """How far the one target can be worked out; None when it is safe."""
    solve, goal = _solver(known), asked.targets.toarray().ravel()
    lowest, highest = solve(goal), solve(-goal)
    low, high = float(lowest.fun), float(-highest.fun)
    if asked.safe(np.array([low]), np.array([high]))[0]:
        return None
    return Range(low, high, _behind(known, lowest, highest))


def _solver(known: Knowledge):
    exact = known.low == known.high
    below, above = ~exact & np.isfinite(known.high), ~exact & np.isfinite(known.low)
    bounded = vstack([known.table[below], -known.table[above]], format="csr")
    limits = np.concatenate([known.high[below], -known.low[above]])

    def solve(goal: np.ndarray):
        solved = linprog(
            goal, A_ub=bounded if bounded.shape[0] else None, b_ub=limits if bounded.shape[0] else None,
            A_eq=known.table[exact] if exact.any() else None, b_eq=known.low[exact] if exact.any() else None,
            bounds=np.column_stack([known.least, known.most]), method="highs",
        )  # fmt: skip
        if solved.status == 3:  # without an end: as far as anyone asks
            capped = np.where(np.isfinite(known.most), known.most, FAR)
            solved = linprog(
                goal, A_ub=bounded if bounded.shape[0] else None, b_ub=limits if bounded.shape[0] else None,
                A_eq=known.table[exact] if exact.any() else None, b_eq=known.low[exact] if exact.any() else None,
                bounds=np.column_stack([known.least, capped]), method="highs",
            )  # fmt: skip
        if solved.x is None:
            raise ValueError("no numbers agree with what is published")
        return solved

    return solve


#: So far up is far enough for any count.
FAR = 1e6


def _behind(known: Knowledge, *solved) -> np.ndarray:
    """The published sets whose equations hold the solution where it is."""
    exact = known.low == known.high
    below, above = ~exact & np.isfinite(known.high), ~exact & np.isfinite(known.low)
    places = np.concatenate([known.sets[exact], known.sets[below], known.sets[above]])
    weight = sum(np.abs(np.concatenate([one.eqlin.marginals, one.ineqlin.marginals])) for one in solved)
    return np.unique(places[(weight > ZERO) & (places >= 0)])


def open_counts(
    system: System, shown: np.ndarray, reach: np.ndarray, *, floor: np.ndarray | None = None, of: np.ndarray | None = None,
    clean: set | None = None, seed: int = 1,
) -> dict[int, Range]:  # fmt: skip
    """Hidden sets whose number of persons can be worked out to be small.

    shown: which sets are published, with their n. No atom holds less than nobody; a hidden set may hold nobody, for pages list groups whether
    or not anyone of them answered. A hidden set is safe when its number may be as high as ``reach`` and as low as ``floor`` (of each set). of:
    the sets to look at (a mask); all hidden ones where it is not given. clean: as in ``small_sets``.
    """
    held = system.n > 0
    wanted = (held if of is None else of & held) & ~shown
    if not wanted.any():
        return {}
    places = np.flatnonzero(held)
    pieces = []
    for part in parts(system.take(places), shown[places]):
        sets = places[part.sets]
        mine = np.flatnonzero(wanted[sets])
        firm, rows = shown[sets], part.rows
        key = (sets.tobytes(), firm.tobytes(), rows.indices.tobytes(), part.atoms.tobytes())
        if not len(mine) or clean is not None and key in clean:
            continue
        taken = system.n[sets] - part.n  # of what was taken out the numbers are known
        known = Knowledge(
            rows, np.where(firm, part.n, 0.0), np.where(firm, part.n, np.inf),
            np.zeros(rows.shape[1]), np.full(rows.shape[1], np.inf), np.where(firm, np.arange(len(sets)), -1),
        )  # fmt: skip
        asked = Asked.of(csr_matrix(rows[mine]), 0.0, (reach[sets] - taken)[mine], None if floor is None else (floor[sets] - taken)[mine])
        pieces.append((part, sets, mine, taken, known, asked, key))
    if not pieces:
        return {}
    # witnesses are looked for in all pieces at once: one large program is far quicker than thousands of small ones
    together = Knowledge(
        block_diag([piece[4].table for piece in pieces], format="csr"),
        *(np.concatenate([getattr(piece[4], name) for piece in pieces]) for name in ("low", "high", "least", "most", "sets")),
    )
    everything = Asked(
        block_diag([piece[5].targets for piece in pieces], format="csr"), 0.0, np.concatenate([piece[5].reach for piece in pieces]),
        np.concatenate([piece[5].floor for piece in pieces]),
    )  # fmt: skip
    unsure = _unsure(together, everything, seed)
    found: dict[int, Range] = {}
    first = 0
    for part, sets, mine, taken, known, asked, key in pieces:
        here = unsure[(unsure >= first) & (unsure < first + len(mine))] - first
        first += len(mine)
        spans = {place: span for place in here if (span := _worked_out(known, asked.only(place))) is not None}
        if not spans and clean is not None:
            clean.add(key)
        for place, span in spans.items():
            weights = np.zeros(len(sets))
            weights[span.sets] = 1.0
            weights[mine[place]] = 1.0
            behind = places[part.behind(weights)]
            more = taken[mine[place]]
            found[int(sets[mine[place]])] = Range(span.low + more, span.high + more, behind[shown[behind]])
    return found


def open_values(
    system: System, low: np.ndarray, high: np.ndarray, least: float, most: float, smallest_group: int, enough: float, seed: int = 1
) -> tuple[dict[int, Range], dict[int, Range]]:
    """Sets of few persons, and single persons, whose average can be worked out to within less than ``enough``.

    low, high: bounds on the average of each set as published (rounding, top and bottom coding; nan: not published). Atoms have known
    sizes; every answer lies from ``least`` to ``most``. Gives the small sets by their place among the sets, and by atom one person of it.
    """
    shown = np.isfinite(low)
    atoms, sizes = system.rows.shape[1], system.sizes
    # of each atom one person apart from the others
    rows = hstack([system.rows, system.rows], format="csr")
    n = system.rows @ sizes
    known = Knowledge(
        rows[shown], (low * n)[shown], (high * n)[shown],
        np.concatenate([np.full(atoms, least), (sizes - 1) * least]), np.concatenate([np.full(atoms, most), (sizes - 1) * most]),
        np.flatnonzero(shown),
    )  # fmt: skip
    few = np.flatnonzero((n > 0) & (n < smallest_group))
    small = csr_matrix(rows[few].multiply(1 / n[few][:, None])) if len(few) else csr_matrix((0, 2 * atoms))
    single = hstack([eye_array(atoms), csr_matrix((atoms, atoms))], format="csr")
    targets = vstack([small, single], format="csr")
    found = ranges(known, Asked.of(targets, enough), seed)
    sets = {int(few[place]): span for place, span in found.items() if place < len(few)}
    return sets, {place - len(few): span for place, span in found.items() if place >= len(few)}
