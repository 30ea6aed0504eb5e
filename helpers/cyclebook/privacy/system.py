"""What is published of one variable, as equations: which persons stand in which set, set by set and atom by atom.

An *atom* is a group of persons that no published set tells apart: the common refinement of all of them. A mean and its number of persons
are an exact sum over a set's atoms, whatever rounding does. So what can be worked out without looking at a value is what lies in the row
space of the incidence matrix (rows: sets; columns: atoms).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

#: Less than this is what is left of a calculation.
ZERO = 1e-7

#: What a set is made of: key → the values that belong to it; a key that is not named means everyone.
Keys = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class System:
    """Sets over atoms. rows: (sets × atoms) incidence, 0 or 1; n: persons of each set; sizes: persons of each atom, nan where not known."""

    rows: csr_matrix
    n: np.ndarray
    sizes: np.ndarray

    def take(self, which: np.ndarray) -> System:
        """The sets at these places (or where a mask is True), over the same atoms."""
        return System(self.rows[which], self.n[which], self.sizes)


def of_members(members: pd.DataFrame, sets: Sequence[Keys], summed: str = "") -> tuple[System, np.ndarray]:
    """The system of sets of known persons, and of each set the sum of a column (empty where none is named).

    members: one row a person, or, with a column ``persons``, one row for so many of them; a column for every key that a set names; a missing
    value is in no set that names the key. Persons whom no set tells apart are one atom; those who are in no set are in no atom. Raises
    KeyError for a set with a key that is no column.
    """
    columns = sorted({key for keys in sets for key in keys})
    table = members[columns].assign(
        persons=members["persons"] if "persons" in members else 1.0, total=members[summed] if summed else 0.0
    )
    if columns:
        cells = table.groupby(columns, dropna=False, sort=False)[["persons", "total"]].sum().reset_index()
    else:
        cells = table[["persons", "total"]].sum().to_frame().T
    incidence = _incidence(cells, sets)
    order, atom = alike(incidence.T)
    kept = incidence.tocsc()[:, order]
    stands = np.diff(kept.indptr) > 0
    sizes = np.bincount(atom, weights=cells["persons"].to_numpy(dtype="float64"), minlength=len(order))[stands]
    kept = csr_matrix(kept[:, stands])
    return System(kept, kept @ sizes, sizes), incidence @ cells["total"].to_numpy(dtype="float64") if summed else np.array([])


def _incidence(cells: pd.DataFrame, sets: Sequence[Keys]) -> csr_matrix:
    """(sets × cells): whether a set holds a cell. cells: distinct values of the keys."""
    by_keys: dict[tuple[str, ...], list[int]] = {}
    for place, keys in enumerate(sets):
        by_keys.setdefault(tuple(sorted(keys)), []).append(place)
    found_sets, found_cells = [], []
    for names, places in by_keys.items():
        if not names:
            found_sets.append(np.repeat(places, len(cells)))
            found_cells.append(np.tile(np.arange(len(cells)), len(places)))
            continue
        wanted = pd.DataFrame(
            [(place, *values) for place in places for values in _products([sets[place][name] for name in names])],
            columns=["set", *names],
        )
        here = cells[list(names)].assign(cell=np.arange(len(cells))).dropna()
        both = wanted.merge(here, on=list(names))
        found_sets.append(both["set"].to_numpy())
        found_cells.append(both["cell"].to_numpy())
    places, columns = np.concatenate(found_sets), np.concatenate(found_cells)
    return csr_matrix((np.ones(len(places)), (places, columns)), shape=(len(sets), len(cells)))


def _products(values: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for options in values:
        found = [(*before, option) for before in found for option in options]
    return found


def alike(table: csr_matrix) -> tuple[list[int], np.ndarray]:
    """Rows of a 0/1 table that are the same: the first of each kind, and for every row its kind."""
    table = csr_matrix(table)
    table.sort_indices()
    kinds: dict[bytes, int] = {}
    first, kind = [], np.empty(table.shape[0], dtype=int)
    for row in range(table.shape[0]):
        key = table.indices[table.indptr[row] : table.indptr[row + 1]].tobytes()
        if key not in kinds:
            kinds[key] = len(first)
            first.append(row)
        kind[row] = kinds[key]
    return first, kind


@dataclass(frozen=True)
class Part:
    """A piece of a system in which every small set that follows from the whole follows from the piece alone.

    sets: places of its rows in the whole. rows: (sets × atoms). n: persons of each row, and sizes of each atom, nan where not known. atoms:
    their places in the whole. closed: (sets × closed) the published sets that are taken out of a row, and ``closed_sets`` their places.
    """

    sets: np.ndarray
    rows: csr_matrix
    n: np.ndarray
    sizes: np.ndarray
    atoms: np.ndarray
    closed: csr_matrix
    closed_sets: np.ndarray

    def behind(self, weights: np.ndarray) -> np.ndarray:
        """The places in the whole of all sets that a combination of the rows stands on, those taken out among them."""
        own = self.sets[np.abs(weights) > ZERO]
        return np.unique(np.concatenate([own, self.closed_sets[np.abs(weights @ self.closed) > ZERO]]))


def parts(system: System, firm: np.ndarray | None = None) -> list[Part]:
    """The system taken apart, exactly: by what is not connected, and at every set that no other set crosses.

    firm: the sets that may be taken out (a mask: those whose sum is published); all where it is not given.

    A set that each other set holds, is held by, or is disjoint from can be taken out of the sets around it, because subtracting it from
    any combination of sets leaves a combination on either side. Schools under a district are such sets as long as nothing
    (no group over all schools) runs across them. A firm set by itself, with nothing taken out, is no part: nothing follows from it. Of sets that are the same one appears, a firm one where there is any.
    """
    firm = np.ones(system.rows.shape[0], dtype=bool) if firm is None else firm
    order = np.concatenate([np.flatnonzero(firm), np.flatnonzero(~firm)])
    first, _ = alike(system.rows[order])
    places = order[np.array(first, dtype=int)]
    rows, n, firm = csr_matrix(system.rows[places]), system.n[places], firm[places]
    width = np.diff(rows.indptr)
    overlap = (rows @ rows.T).tocoo()
    crossed = np.zeros(len(places), dtype=bool)
    crossed[overlap.row[overlap.data < np.minimum(width[overlap.row], width[overlap.col])]] = True
    whole = np.flatnonzero(~crossed & (width > 0) & firm)
    whole = whole[np.argsort(width[whole], kind="stable")]
    columns = rows.tocsc()
    column = np.arange(rows.shape[1])  # of each atom: itself, or behind all atoms the set that was taken out with it
    left = width > 0
    found: list[Part] = []
    for place in whole:
        inside = rows.indices[rows.indptr[place] : rows.indptr[place + 1]]
        touching = np.unique(np.concatenate([columns.indices[columns.indptr[atom] : columns.indptr[atom + 1]] for atom in inside]))
        within = touching[left[touching] & (width[touching] <= width[place])]
        if len(within) > 1 or (column[inside] >= rows.shape[1]).any():
            found += _pieces(within, rows, n, system.sizes, column, places)
        left[within] = False
        column[inside] = rows.shape[1] + place
    rest = np.flatnonzero(left)
    return found + (_pieces(rest, rows, n, system.sizes, column, places) if len(rest) else [])


def _pieces(
    chosen: np.ndarray, rows: csr_matrix, n: np.ndarray, sizes: np.ndarray, column: np.ndarray, places: np.ndarray
) -> list[Part]:
    """The connected pieces of these rows, the sets that ``column`` names taken out."""
    table, atoms = rows[chosen].tocoo(), rows.shape[1]
    names, at = np.unique(column[table.col], return_inverse=True)
    whole = csr_matrix((np.ones(len(at)), (table.row, at)), shape=(len(chosen), len(names)))
    whole.data[:] = 1.0
    taken = names >= atoms
    closed, opened = csr_matrix(whole[:, taken]), csr_matrix(whole[:, ~taken])
    sets_taken = names[taken] - atoms
    remain = n[chosen] - closed @ n[sets_taken]
    names = names[~taken]
    count, label = connected_components(opened @ opened.T, directed=False)
    owner = np.full(len(names), -1)
    coordinates = opened.tocoo()
    owner[coordinates.col] = label[coordinates.row]
    found = []
    for one in range(count):
        which, own = np.flatnonzero(label == one), np.flatnonzero(owner == one)
        if len(own):
            found.append(Part(
                places[chosen[which]], csr_matrix(opened[which][:, own]), remain[which], sizes[names[own]], names[own],
                csr_matrix(closed[which]), places[sets_taken],
            ))  # fmt: skip
    return found
