"""The primary rule, and the only type that figures, tables and readings accept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cyclebook.errors import CyclebookError

#: Columns of a table of statistics, one number a row: where it belongs, the number, and who stands behind it.
#: ``value`` is rounded to what is shown; ``n`` persons in ``set``; ``answered`` of them behind this number;
#: ``other_set`` and ``other_n`` the second set of a comparison (empty otherwise); ``why`` it is not shown. A table may also have the
#: column ``bound``: "more" or "less" where the value stands at an end of what is shown (``privacy.coding``).
COLUMNS = (
    "school_id", "wave", "scale", "item", "statistic", "value", "decimals", "n", "answered", "set",
    "other_set", "other_n", "why",
)  # fmt: skip
BOUND = "bound"
TEXT = ("school_id", "wave", "scale", "item", "statistic", "set", "other_set", "why")

#: How many times the smallest group must stand behind a statistic that shows how persons spread.
RULES = {"middle": 2, "unfavourable": 2, "reported_share": 2, "reported_count": 2, "spread": 2, "spread_low": 2, "spread_high": 2,
         "alpha": 2, "alpha_low": 2, "alpha_high": 2, "omega": 2, "rwg_j_james": 2, "rwg_j_lindell": 2, "average_deviation": 2}  # fmt: skip

FEW_PERSONS = "few persons"


@dataclass(frozen=True)
class Cell:
    """One number as shown, or why it is not: ``value`` is None exactly when ``why`` is not empty.

    ``bound``: "more" where it stands for itself and all above it, "less" where for all below, else empty (``privacy.coding``).
    """

    value: float | None
    decimals: int
    n: int | None
    answered: int | None
    why: str
    bound: str = ""


class PrivacyError(CyclebookError):
    """What would be published breaks a rule of protection; nothing was published."""


class Protected:
    """A table of statistics whose respondent sets were cleared or blanked.

    Made by :func:`protect` only (and by the store from a bundle that it wrote itself).
    """

    __slots__ = ("_frame", "_records")

    def __init__(
        self, frame: pd.DataFrame | None = None, *, records: list[dict] | None = None, key: object = None
    ) -> None:
        if key is not _KEY:
            raise TypeError("a protected table is made by cyclebook.privacy.protect, not by hand")
        self._frame, self._records = frame, records

    @property
    def frame(self) -> pd.DataFrame:
        """A copy of the table (columns of ``COLUMNS``, and ``bound``)."""
        return _typed(self._records) if self._frame is None else self._frame.copy()

    @property
    def _rows(self) -> list[dict]:
        # a page asks for hundreds of single numbers: plain records answer fifty times faster than a frame
        if self._records is None:
            self._records = self._frame.to_dict("records")
        return self._records

    def __len__(self) -> int:
        return len(self._rows if self._frame is None else self._frame)

    def rows(self, **where: str | Iterable[str]) -> Protected:
        """The rows where every named column equals the value, or is one of the values."""
        return Protected(records=self._matching(where), key=_KEY)

    def by(self, column: str) -> dict[str, Protected]:
        """The rows by the values of a column, in one pass: for a page that asks for the numbers of many schools."""
        groups: dict[str, list[dict]] = {}
        for row in self._rows:
            groups.setdefault(row[column], []).append(row)
        return {value: Protected(records=rows, key=_KEY) for value, rows in groups.items()}

    def _matching(self, where: dict[str, str | Iterable[str]]) -> list[dict]:
        wanted = [(column, {value} if isinstance(value, str) else set(value)) for column, value in where.items()]
        return [row for row in self._rows if all(row[column] in values for column, values in wanted)]

    def __add__(self, other: Protected) -> Protected:
        """Both tables' rows, each once."""
        here = {tuple(row[column] for column in TEXT) for row in self._rows}
        more = [row for row in other._rows if tuple(row[column] for column in TEXT) not in here]
        return Protected(records=[*self._rows, *more], key=_KEY)

    def cell(self, statistic: str, **where: str) -> Cell | None:
        """The one number of this statistic; None where the table has none. Raises KeyError if there are several."""
        found = self._matching({"statistic": statistic, **where})
        if len(found) > 1:
            raise KeyError(f"{statistic} {where}: {len(found)} rows where one was meant")
        if not found:
            return None
        row = found[0]
        shown = not row["why"]
        return Cell(
            value=float(row["value"]) if shown else None,
            decimals=int(row["decimals"]),
            n=_whole(row["n"]),
            answered=_whole(row["answered"]),
            why=row["why"],
            bound=row.get(BOUND) or "" if shown else "",
        )

    def values(self) -> list[float | None]:
        """The numbers, None where one is not shown."""
        return [None if row["why"] else float(row["value"]) for row in self._rows]

    def unique(self, column: str) -> list[str]:
        """The values of a column in the order in which they stand."""
        return list(dict.fromkeys(row[column] for row in self._rows))

    def ledger(self, page: str, anchor: str) -> list[dict[str, object]]:
        """What is published when this table is shown: one entry for each number and set, values as shown.

        The sizes of the district's own sets are left open (None beside a value), see :func:`complete`.
        """
        entries = []
        for row in self._rows:
            for respondents, n, answered in (
                (row["set"], row["n"], row["answered"]),
                (row["other_set"], row["other_n"], row["other_n"]),
            ):
                if respondents:
                    shown = not row["why"]
                    entries.append({
                        "page": page,
                        "anchor": anchor,
                        "statistic": _name(row),
                        "value": float(row["value"]) if shown else None,
                        "n": _whole(n) if shown else None,
                        "answered": _whole(answered) if shown else None,
                        "set": respondents,
                    })  # fmt: skip
        return entries


def _name(row: Mapping[str, object]) -> str:
    return ".".join(part for part in (row["scale"], row["item"], row["statistic"]) if part)


def _whole(number: object) -> int | None:
    return None if number is None or number != number else int(number)


_KEY = object()


def protect(statistics: pd.DataFrame, smallest_group: int) -> Protected:
    """Blank every number that fewer than ``smallest_group`` persons stand behind.

    statistics: columns of ``COLUMNS``, one number a row; ``why`` may already say why a number is not
    shown (for example the answer gate). A number needs ``smallest_group`` persons in its set and behind its
    own answers (times ``RULES`` for statistics of spread), in both sets of a comparison. A set that no one
    stands in has no row. Blanked rows keep neither value nor counts.
    A row without a set (``set`` is empty) stands on nobody's answers or attributes: a count of visits, the target of
    a plan. It passes as it stands and has no entry in the ledger.

    Primary suppression by a minimum frequency: Hundepool et al. (2012), Statistical Disclosure Control, ch. 4.
    Raises ValueError for missing or unknown columns.
    """
    if set(statistics.columns) - {BOUND} != set(COLUMNS):
        raise ValueError(f"a table of statistics has columns {COLUMNS}, not {tuple(statistics.columns)}")
    bound = statistics[BOUND].fillna("") if BOUND in statistics else ""
    statistics = statistics.assign(**{BOUND: bound})
    personal = statistics["set"] != ""
    table = statistics.loc[(statistics["n"] > 0) | ~personal, [*COLUMNS, BOUND]].reset_index(drop=True)
    needed = smallest_group * table["statistic"].map(lambda name: RULES.get(name, 1)).astype(int)
    behind = table[["n", "answered"]].min(axis=1)
    small = (behind < needed) | ((table["other_set"] != "") & (table["other_n"] < smallest_group))
    small &= table["set"] != ""
    table["why"] = table["why"].mask(small, FEW_PERSONS)
    table["why"] = table["why"].mask((table["why"] == "") & ~np.isfinite(table["value"].astype(float)), "not defined")
    hidden = table["why"] != ""
    table[["value", "n", "answered", "other_n"]] = (
        table[["value", "n", "answered", "other_n"]].astype(float).mask(hidden, np.nan)
    )
    table[BOUND] = table[BOUND].mask(hidden, "")
    return Protected(table, key=_KEY)


#: The table without a row: for what people decided and wrote down, which stands on nobody's answers.
NOTHING = Protected(pd.DataFrame(columns=[*COLUMNS, BOUND]), key=_KEY)


def sizes(table: Protected) -> dict[str, dict[str, list[int]]]:
    """Set → number → [n, answered] of the district's own rows. They are kept apart from what pages are made from.

    One answer more in one school changes them, and must not make every page stale on which no shown value changes.
    """
    found: dict[str, dict[str, list[int]]] = {}
    for row in table.rows(school_id="")._rows:
        if not row["why"] and row["set"]:
            found.setdefault(row["set"], {})[_name(row)] = [int(row["n"]), int(row["answered"])]
    return found


def records(statistics: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of a protected table for a bundle, the sizes of the district's own sets left open."""
    # plain records, not a frame of objects: this is done for every school and step
    rows = [{name: None if value != value else value for name, value in row.items() if name != BOUND or value} for row in statistics.to_dict("records")]
    district = {row["set"] for row in rows if row["school_id"] == "" and row["set"]}
    for row in rows:
        if row["school_id"] == "" and row["set"]:
            row["n"] = row["answered"] = None
        if row["other_set"] in district:
            row["other_n"] = None
    return rows


def complete(entries: Iterable[dict], known: Mapping[str, Mapping[str, Sequence[int]]]) -> list[dict]:
    """Ledger entries with the sizes that were left open filled in from ``sizes``. Raises KeyError for an unknown set."""
    filled = []
    for entry in entries:
        if entry["value"] is not None and entry["n"] is None:
            numbers = known[entry["set"]]
            n, answered = numbers.get(entry["statistic"], [next(iter(numbers.values()))[0]] * 2)
            entry = entry | {"n": n, "answered": answered}
        filled.append(entry)
    return filled


def check_ledger(published: pd.DataFrame, smallest_group: int) -> None:
    """The gate of every run: no number of a set below ``smallest_group`` persons is published, no set under two counts on one page.

    published: columns page, anchor, statistic, value, n, answered, set. Raises PrivacyError naming the sets, not the numbers.
    """
    shown = published[published["value"].notna() | published["n"].notna() | published["answered"].notna()]
    small = shown[(shown["n"].isna()) | (shown["n"] < smallest_group) | (shown["answered"] < smallest_group)]
    if len(small):
        sets = ", ".join(f"{row.set} ({row.page})" for row in small.drop_duplicates("set").head(3).itertuples())
        raise PrivacyError(f"{small['set'].nunique()} groups below {smallest_group} persons would be published: {sets}")
    sizes = shown.groupby(["page", "set"])["n"].nunique()
    if (sizes > 1).any():
        page, name = sizes[sizes > 1].index[0]
        raise PrivacyError(f"{page}: {name} is published with two different numbers of persons")


def from_bundle(rows: Sequence[dict[str, object]]) -> Protected:
    """The protected table that the store wrote into a bundle as records, as it was.

    Raises TypeError when a number that is not to be shown is in it after all.
    """
    if any(row["why"] and not (row["value"] is row["n"] is row["answered"] is None) for row in rows):
        raise TypeError("the bundle holds numbers that are marked as not to be shown")
    return Protected(records=list(rows), key=_KEY)


def _typed(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame.from_records(list(rows), columns=[*COLUMNS, BOUND])
    frame[BOUND] = frame[BOUND].astype("str").where(frame[BOUND].notna(), "")
    kinds = dict.fromkeys((*TEXT, BOUND), "str") | dict.fromkeys(("value", "n", "answered", "other_n"), float) | {"decimals": int}
    return frame.astype(kinds)
