"""What became of every row of one source: read = kept + set aside, and why, for the analyst to mend the file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cyclebook.parameters import Source

COLUMNS = ["source", "file", "row", "column", "value", "reason", "remedy", "action"]
SET_ASIDE, FLAGGED = "set aside", "flagged"


class Values:
    """A column of text, looked at once for each distinct value.

    `distinct`: the distinct values. `codes`: for each row the place of its value among them. `spread` puts what was found for each of them back into the rows.
    """

    def __init__(self, texts: pd.Series):
        self.codes, found = pd.factorize(texts)
        self.distinct = list(found)

    def spread(self, of_distinct: Sequence, kind: type) -> np.ndarray:
        """For each row what was found for its value, as an array of `kind`."""
        array = np.empty(len(of_distinct), dtype=kind)
        array[:] = of_distinct
        return array[self.codes] if len(array) else np.empty(len(self.codes), dtype=kind)


#: Reason and remedy of what is wrong with a value.
Told = tuple[str, str]


class Ledger:
    """The rows of one source and what is wrong with them.

    `rows`: the record numbers in the file, in order; `cells` and `labels`: their declared cells, and the headers of these. `alive`: which of them are still kept (boolean, same length). A row is set
    aside once, for the first reason found; flags of a row that is set aside later are dropped with it.
    """

    def __init__(self, source: Source, rows: np.ndarray, cells: pd.DataFrame | None = None, labels: Sequence[str] = ()):
        self.source = source
        self.rows = rows
        self._cells, self._labels = cells, labels
        self.alive = np.ones(len(rows), dtype=bool)
        self.unreadable = 0
        self._aside: list[pd.DataFrame] = []
        self._flags: list[pd.DataFrame] = []

    def could_not_read(self, row: int, reason: str, remedy: str) -> None:
        """A record that is not among `rows`, because its cells could not be told apart."""
        self.unreadable += 1
        self._aside.append(pd.DataFrame([[-1, row, "", "", reason, remedy]], columns=["position", *COLUMNS[2:7]]))

    def set_aside(self, where: np.ndarray, column, value, reason, remedy) -> None:
        """Set the rows `where` (boolean) aside. Each of the four texts is one text, or an array over all rows."""
        where = where & self.alive
        if where.any():
            self._aside.append(self._entries(where, column, value, reason, remedy))
            self.alive &= ~where

    def flag(self, where: np.ndarray, column, value, reason, remedy) -> None:
        """Keep the rows `where` (boolean) but tell of them."""
        where = where & self.alive
        if where.any():
            self._flags.append(self._entries(where, column, value, reason, remedy))

    def first_flags(self) -> pd.DataFrame:
        """The first flag of each row: column, value, reason, remedy, indexed by position in `rows`."""
        if not self._flags:
            return pd.DataFrame(columns=COLUMNS[3:7])
        flags = pd.concat(self._flags).drop_duplicates("position").set_index("position")
        return flags[COLUMNS[3:7]]

    def flagged(self, reason: str) -> np.ndarray:
        """Which rows were flagged for this reason (boolean, all rows)."""
        found = np.zeros(len(self.rows), dtype=bool)
        for part in self._flags:
            found[part.loc[part["reason"] == reason, "position"].to_numpy(dtype="int64")] = True
        return found

    def problems(self) -> pd.DataFrame:
        """The table `problems` for this source, ordered by row."""
        aside = [part.assign(action=SET_ASIDE) for part in self._aside]
        flags = [part[self.alive[part["position"].to_numpy()]].assign(action=FLAGGED) for part in self._flags]
        found = pd.concat([pd.DataFrame(columns=["position", *COLUMNS]), *aside, *flags], ignore_index=True)
        found = found.sort_values("row", kind="stable")
        return found.assign(source=self.source.name, file=self.source.path_as_written)[COLUMNS]

    def set_aside_rows(self) -> tuple[list[str], list[list]]:
        """Header and rows of what was set aside: row in the file, why, what to do, and all of the row's declared cells."""
        header = ["row", "reason", "column", "value", "remedy", *(f"in the file: {label}" for label in self._labels)]
        found = []
        for part in self._aside:
            for entry in part.itertuples(index=False):
                cells = [] if entry.position < 0 or self._cells is None else self._cells.iloc[entry.position].tolist()
                found.append([entry.row, entry.reason, entry.column, entry.value, entry.remedy, *cells])
        return header, sorted(found, key=lambda line: line[0])

    def receipt(self, problems: pd.DataFrame, waves: str, dropped: int, personal: list[str]) -> dict:
        """The line of the table `receipts` for this source."""
        kept = int(self.alive.sum())
        read = len(self.rows) + self.unreadable
        return {
            "source": self.source.name,
            "file": self.source.path_as_written,
            "form": self.source.form,
            "wave": waves,
            "read": read,
            "kept": kept,
            "set_aside": read - kept,
            "flagged": int((problems["action"] == FLAGGED).sum()),
            "dropped_columns": dropped,
            "personal_columns": ", ".join(personal),
        }

    def set_aside_values(self, column: str, values: Values, told: Sequence[Told | None]) -> None:
        """Set the rows aside whose value is wrong. `told`: of each distinct value what is wrong, or None."""
        self.set_aside(*self._spread(column, values, told))

    def flag_values(self, column: str, values: Values, told: Sequence[Told | None]) -> None:
        """Keep, but tell of the rows whose value is wrong. `told`: of each distinct value what is wrong, or None."""
        self.flag(*self._spread(column, values, told))

    def _spread(self, column: str, values: Values, told: Sequence[Told | None]) -> tuple:
        where = values.spread([what is not None for what in told], bool)
        texts = values.spread(values.distinct, object)
        return where, column, texts, *(values.spread([what and what[i] for what in told], object) for i in (0, 1))

    def _entries(self, where: np.ndarray, column, value, reason, remedy) -> pd.DataFrame:
        texts = zip(COLUMNS[3:7], (column, value, reason, remedy), strict=True)
        position = np.flatnonzero(where)
        cells = {name: text if isinstance(text, str) else np.asarray(text, dtype=object)[position] for name, text in texts}
        return pd.DataFrame({"position": position, "row": self.rows[position]} | cells)
