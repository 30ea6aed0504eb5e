"""Who turns to whom: a network of directed ties in numbers, what forms that were not filled in could change, and what chance alone does.

Pure functions of columns. A network is `nodes` (one id per person, each once) and ties from `source` to `target`. A tie to oneself is no
tie, and one that is given twice is one tie. Rows in which an end is missing are left out; an end that is not among the nodes is
an error. Words: n nodes, m ties, a dyad is an ordered pair of different nodes, of which there are n(n - 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Column = Sequence[Any] | pd.Series
CHUNK = 2000  #: permutations at once, so that they need little memory


class Network(NamedTuple):
    """What :func:`network` gives; a number that cannot be computed, or was not asked for, is nan. Shares lie in 0..1."""

    n: int
    m: int
    density: float
    reciprocity_edge: float
    isolates: int
    in_isolates: int
    centralization_in: float
    centralization_out: float
    transitivity: float
    weak_components: int
    largest_weak: int
    same_tie_share: float
    same_dyad_share: float
    attribute_indegree_r: float
    internal: float
    external: float
    ei_index: float
    ei_expected_random: float
    assortativity_nominal: float


class Bounds(NamedTuple):
    """The lowest and the highest that a number can be, whatever the forms that were not completed would say."""

    density: tuple[float, float]
    reciprocity_edge: tuple[float, float]
    isolates: tuple[int, int]
    in_isolates: tuple[int, int]


class ByChance(NamedTuple):
    """A number beside what it is where labels are dealt out at random: `low` and `high` hold the middle 95 % of that."""

    observed: float
    expected: float
    low: float
    high: float
    p: float
    permutations: int


def network(
    nodes: Column, source: Column, target: Column, tie: Column | None = None, same: Column | None = None,
    attribute: Column | None = None, nominal: Column | None = None,
) -> Network:  # fmt: skip
    """Density, reciprocity, isolates, centralization, transitivity, components, and how ties go with what people have in common.

    source, target: the ends of each row. tie: 1 where the row is a tie, so that rows may be all dyads; None: each row is a tie. same: for
    each row whether both are alike in something (1 or 0). attribute: a number for each node. nominal: a category for each node.

    - density m/(n(n - 1)). reciprocity_edge: share of ties that are returned. isolates: nodes without a tie either way; in_isolates:
      nodes that nobody turns to. centralization: sum of (largest degree - degree)/(n - 1)² (Freeman 1979), by ties in and out.
    - transitivity: 3 x triangles/connected triples, a tie in either direction being an edge (Wasserman & Faust 1994). Components: weak.
    - same_tie_share, same_dyad_share: mean of `same` over ties and over all rows that are given. attribute_indegree_r: Pearson's.
    - internal, external: ties within and between categories; ei_index (external - internal)/(external + internal) (Krackhardt & Stern 1988); its
      expectation 2p - 1 where labels are dealt out at random, p the share of dyads between categories; assortativity_nominal: Newman's (2003),
      of directed ties. Nodes without a category, and ties at them, are left out of these.

    Raises ValueError for a node that stands twice, an end that is not a node, and columns of unequal length.
    """
    names = _names(nodes)
    rows = _rows(names, source, target, tie=tie, same=same)
    is_tie = np.ones(len(rows), dtype=bool) if tie is None else (rows["tie"] == 1).to_numpy()
    ties = _matrix(len(names), rows[is_tie])
    n, m = len(names), int(ties.sum())
    into, out, near = ties.sum(axis=0), ties.sum(axis=1), ties | ties.T
    sizes = _components(near)
    found = Network(
        n=n,
        m=m,
        density=_ratio(m, n * (n - 1)),
        reciprocity_edge=_ratio((ties & ties.T).sum(), m),
        isolates=int((~near.any(axis=1)).sum()),
        in_isolates=int((into == 0).sum()),
        centralization_in=_centralization(into),
        centralization_out=_centralization(out),
        transitivity=_transitivity(near),
        weak_components=len(sizes),
        largest_weak=max(sizes, default=0),
        **dict.fromkeys(Network._fields[11:], np.nan),
    )
    if same is not None:
        alike = rows["same"].astype("float64")
        found = found._replace(same_tie_share=float(alike[is_tie].mean()), same_dyad_share=float(alike.mean()))
    if attribute is not None:
        found = found._replace(attribute_indegree_r=_pearson(_numbers(attribute, names), into.astype(float)))
    if nominal is not None:
        found = found._replace(**_mixing(ties, _codes(nominal, names)))
    return found


def ties_in(nodes: Column, source: Column, target: Column, tie: Column | None = None) -> pd.Series:
    """How many turn to each node (int64, by node in the order given): its in-degree. Arguments and errors as of :func:`network`."""
    names = _names(nodes)
    rows = _rows(names, source, target, tie=tie)
    ties = _matrix(len(names), rows if tie is None else rows[rows["tie"] == 1])
    return pd.Series(ties.sum(axis=0), index=names, name="ties_in", dtype="int64")


def bounds(nodes: Column, source: Column, target: Column, completed: Column) -> Bounds:
    """How low and how high density, reciprocity and isolates can be where some people did not complete the form.

    completed: for each node whether the form was completed (bool). Of those who did not, ties that are given stay, and each other tie from
    them may be there or not; ties to them are known from the others. Of those who did, all that is not given is known not to be. The ends are exact: each
    is reached by some way to fill the form in (bounds for what is not known: Manski 2003). Reciprocity is nan where there can be no tie.
    Raises ValueError as :func:`network` does, and for a node of which it is not said whether the form was completed.
    """
    names = _names(nodes)
    done = pd.Series(np.asarray(completed))
    if len(done) != len(names) or done.isna().any():
        raise ValueError(f"say for each of the {len(names)} nodes whether the form was completed")
    known = _matrix(len(names), _rows(names, source, target))
    count = len(names)
    free = ~known & ~done.to_numpy(dtype=bool)[:, None] & ~np.eye(count, dtype=bool)
    most = known | free
    m, returned = int(known.sum()), int((known & known.T).sum())
    answers = int((free & known.T).sum())  # each returns a tie that is known: two ties more are returned, for one more tie
    pairs = int((free & free.T).sum()) // 2  # both may be there (two more, both returned), or one (one more, not returned)
    alone = int((free & ~most.T).sum())  # the other is known not to return it
    low = _ratio(returned, m + alone + pairs)
    high = _ratio(returned + 2 * answers + 2 * pairs, m + answers + 2 * pairs)
    if m == 0 and np.isnan(high):  # whatever tie there is, nobody returns it
        high = low
    return Bounds(
        density=(_ratio(m, count * (count - 1)), _ratio(int(most.sum()), count * (count - 1))),
        reciprocity_edge=(low, high),
        isolates=(_untied(most | most.T), _untied(known | known.T)),
        in_isolates=(_untied(most.T), _untied(known.T)),
    )


def ei_by_chance(nodes: Column, source: Column, target: Column, nominal: Column, seed: int, permutations: int = 9999) -> ByChance:
    """The E-I index beside what it is where the categories are dealt out anew among the same people, with the ties as they are.

    `expected` is exact; `low`, `high`: 2.5 % and 97.5 % quantiles of the permutations; `p`: (1 + b)/(1 + permutations), b those at least as far from `expected`
    as the observed index, on either side (Krackhardt & Stern 1988; Phipson & Smyth 2010). Nodes without a category are left out. All nan
    where no tie is left, or all are of one category. Ties are not independent of each other, which the permutation respects and a formula would not.
    Raises ValueError as :func:`network` does, and for fewer than 1 permutation.
    """
    _check_permutations(permutations)
    names = _names(nodes)
    codes = _codes(nominal, names)
    ties = _matrix(len(names), _rows(names, source, target))
    kept = codes >= 0
    ties, codes = ties[np.ix_(kept, kept)], codes[kept]
    start, end = np.nonzero(ties)
    mixing = _mixing(ties, codes)
    if not len(start) or len(set(codes.tolist())) < 2:
        return ByChance(*[np.nan] * 5, permutations)
    rng, drawn = np.random.default_rng(seed), []
    for size in _chunks(permutations):
        dealt = rng.permuted(np.tile(codes, (size, 1)), axis=1)
        drawn.append(2 * (dealt[:, start] != dealt[:, end]).mean(axis=1) - 1)
    by_chance = np.concatenate(drawn)
    observed, expected = mixing["ei_index"], mixing["ei_expected_random"]
    further = int((np.abs(by_chance - expected) >= abs(observed - expected) - 1e-12).sum())
    low, high = np.quantile(by_chance, [0.025, 0.975])
    return ByChance(observed, expected, float(low), float(high), (1 + further) / (1 + permutations), permutations)


def association(
    number: Column, outcome: Column, seed: int, within: Column | None = None, permutations: int = 9999
) -> ByChance:
    """Pearson's correlation of a network's number with an outcome, over schools or over persons, tested by permutation of the outcomes.

    number, outcome: one for each school (say, density and an average) or each person (say, in-degree and an answer); rows in which one
    is missing are left out. within: the school of each person: outcomes are then dealt out anew within schools only, and both columns are
    taken as distances from their school's mean, so that differences between schools do not count. `expected` is 0; `low`, `high`: what chance
    alone gives in 95 of 100 draws; `p`: two-sided, (1 + b)/(1 + permutations) (Phipson & Smyth 2010). Persons of one network are not independent
    of each other, so a formula's p would be too small (Krackhardt 1988). It is an association: it does not say which comes first, or why.
    All nan with fewer than 3 rows, or where one of the columns does not vary. Raises ValueError for fewer than 1 permutation and columns of
    unequal length.
    """
    _check_permutations(permutations)
    columns = {"number": number, "outcome": outcome, "within": [0] * len(number) if within is None else within}
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError("number, outcome and within must have one row for each school or person")
    table = pd.DataFrame({name: np.asarray(column, dtype=object) for name, column in columns.items()}).dropna()
    blocks, _ = pd.factorize(table["within"])
    x, y = (_centred(table[name].to_numpy(dtype=float), blocks) for name in ("number", "outcome"))
    size = np.sqrt((x @ x) * (y @ y))
    if len(x) < 3 or not size > 1e-12:
        return ByChance(*[np.nan] * 5, permutations)
    rng, drawn = np.random.default_rng(seed), []
    order = np.argsort(blocks, kind="stable")
    for count in _chunks(permutations):
        shuffled = rng.random((count, len(x)))
        # by block first, by chance within: each block's places are filled with its own values in another order
        places = np.argsort(shuffled + blocks[None, :], axis=1, kind="stable")
        dealt = np.empty((count, len(x)))
        dealt[:, order] = y[places]
        drawn.append(dealt @ x / size)
    by_chance, observed = np.concatenate(drawn), float(x @ y / size)
    further = int((np.abs(by_chance) >= abs(observed) - 1e-12).sum())
    low, high = np.quantile(by_chance, [0.025, 0.975])
    return ByChance(observed, 0.0, float(low), float(high), (1 + further) / (1 + permutations), permutations)


def _names(nodes: Column) -> pd.Index:
    names = pd.Index(np.asarray(nodes, dtype=object))
    if names.isna().any():
        raise ValueError("a node has no id: give each person one")
    if names.has_duplicates:
        raise ValueError(f"node {names[names.duplicated()][0]} stands twice: give each person one row")
    return names


def _rows(names: pd.Index, source: Column, target: Column, **columns: Column | None) -> pd.DataFrame:
    """One row for each dyad that is given: start and end (places of the nodes) and the columns, the largest where a dyad stands twice."""
    given = {"start": source, "end": target} | {name: column for name, column in columns.items() if column is not None}
    lengths = {len(column) for column in given.values()}
    if len(lengths) > 1:
        raise ValueError(f"the ties' columns have different lengths: {', '.join(map(str, sorted(lengths)))}")
    rows = pd.DataFrame({name: pd.Series(np.asarray(column, dtype=object)) for name, column in given.items()})
    rows = rows.dropna(subset=[name for name in ("start", "end", "tie") if name in rows])
    places = rows[["start", "end"]].apply(lambda ends: pd.Series(names.get_indexer(ends), index=ends.index, dtype="int64"))
    unknown = (places < 0).any(axis=1)
    if unknown.any():
        first = rows[unknown].iloc[0]
        name = first["start"] if places.loc[first.name, "start"] < 0 else first["end"]
        raise ValueError(f"{name} has a tie and is not among the nodes: add the person, or leave the row out")
    numbers = rows.drop(columns=["start", "end"]).apply(pd.to_numeric)
    different = places["start"] != places["end"]
    rows = pd.concat([places, numbers], axis=1)[different]
    return rows.groupby(["start", "end"], as_index=False).max()


def _matrix(count: int, rows: pd.DataFrame) -> Flags:
    ties = np.zeros((count, count), dtype=bool)
    ties[rows["start"].to_numpy(dtype="int64"), rows["end"].to_numpy(dtype="int64")] = True
    return ties


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else np.nan


def _untied(ties: Flags) -> int:
    return int((~ties.any(axis=1)).sum())


def _centralization(degree: NDArray) -> float:
    return _ratio((degree.max() - degree).sum(), (len(degree) - 1) ** 2) if len(degree) else np.nan


def _transitivity(near: Flags) -> float:
    edges = near.astype(float)
    degree = edges.sum(axis=1)
    return _ratio(float(((edges @ edges) * edges).sum()), float((degree * (degree - 1)).sum()))


def _components(near: Flags) -> list[int]:
    """Sizes of the parts that hang together."""
    left, sizes = np.ones(len(near), dtype=bool), []
    while left.any():
        reached = np.zeros(len(near), dtype=bool)
        new = np.zeros(len(near), dtype=bool)
        new[int(np.argmax(left))] = True
        while new.any():
            reached |= new
            new = near[new].any(axis=0) & ~reached
        left &= ~reached
        sizes.append(int(reached.sum()))
    return sizes


def _numbers(column: Column, names: pd.Index) -> Floats:
    _one_each(column, names)
    return pd.to_numeric(pd.Series(np.asarray(column, dtype=object))).to_numpy(dtype=float, na_value=np.nan)


def _codes(nominal: Column, names: pd.Index) -> NDArray[np.int64]:
    """A number for each category, -1 where there is none."""
    _one_each(nominal, names)
    return pd.factorize(pd.Series(np.asarray(nominal, dtype=object)))[0]


def _one_each(column: Column, names: pd.Index) -> None:
    if len(column) != len(names):
        raise ValueError(f"there are {len(names)} nodes and {len(column)} values: give one for each node")


def _pearson(x: Floats, y: Floats) -> float:
    kept = np.isfinite(x) & np.isfinite(y)
    if kept.sum() < 2:
        return np.nan
    x, y = x[kept] - x[kept].mean(), y[kept] - y[kept].mean()
    size = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / size) if size > 1e-12 else np.nan


def _mixing(ties: Flags, codes: NDArray[np.int64]) -> dict[str, float]:
    """Ties within and between categories, the E-I index and its expectation, and Newman's assortativity."""
    kept = codes >= 0
    codes = codes[kept]
    start, end = np.nonzero(ties[np.ix_(kept, kept)])
    between, count = codes[start] != codes[end], len(codes)
    external, internal = int(between.sum()), int((~between).sum())
    sizes = np.bincount(codes, minlength=1).astype(float)
    within = _ratio(float((sizes * (sizes - 1)).sum()), count * (count - 1))
    share = np.zeros((len(sizes), len(sizes)))
    np.add.at(share, (codes[start], codes[end]), 1)
    share = share / max(len(start), 1)
    expected = float(share.sum(axis=1) @ share.sum(axis=0))
    alike = float(np.trace(share))
    return {
        "internal": internal,
        "external": external,
        "ei_index": _ratio(external - internal, external + internal),
        "ei_expected_random": 2 * (1 - within) - 1,
        "assortativity_nominal": _ratio(alike - expected, 1 - expected) if len(start) and 1 - expected > 1e-12 else np.nan,
    }


def _centred(values: Floats, blocks: NDArray) -> Floats:
    """Distances from the mean of each block; what is nothing but rounding counts as none."""
    away = values - (np.bincount(blocks, values) / np.bincount(blocks))[blocks] if len(values) else values
    return np.where(np.abs(away) <= 1e-12 * np.abs(values).max(initial=1.0), 0.0, away)


def _chunks(permutations: int) -> list[int]:
    whole, rest = divmod(permutations, CHUNK)
    return [CHUNK] * whole + [rest] * (rest > 0)


def _check_permutations(permutations: int) -> None:
    if permutations < 1:
        raise ValueError(f"permutations is {permutations}: give at least 1, for example 9999")
