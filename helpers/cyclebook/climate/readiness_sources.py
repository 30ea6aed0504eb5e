"""What readiness is told from: each source's value of each school with its error, taken from the numbers that pages show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from cyclebook.parameters import Scale

COLUMNS = ("school_id", "source", "value", "error", "shift", "wave", "set", "n", "district_set", "district_n")
#: Shares that speak for or against readiness: the rows' scale, item ("*": all, averaged) and sign.
SHARES = (("staffing", "", -1), ("opportunities", "occasion", 1), ("uptake", "*", 1))
#: How much of a school's staff is taken not to have answered where no head count says it, and by how many spreads they are taken to differ.
UNKNOWN, HALF = 0.5, 0.5
WIDTH = 3.92  #: a 95 % interval in standard errors


def of_survey(statistics: pd.DataFrame, scales: Mapping[str, Scale], wave: str, source: str) -> pd.DataFrame:
    """One value for each school from all scales of a survey: their averages in spreads within schools, less the district's, averaged over the scales shown.

    statistics: of a protected table. Its error is the mean of the scales' errors, as if these were the same (they are of the same people), and so is the
    shift, ``half_shift`` where it is known. Scales of which a lower number is better count the other way round.
    """
    here = statistics[(statistics["wave"] == wave) & (statistics["item"] == "") & (statistics["why"] == "") & statistics["scale"].isin(list(scales))]
    found = []
    for name, rows in here.groupby("scale", sort=False):
        district = rows[rows["school_id"] == ""].drop_duplicates("statistic").set_index("statistic")
        if not {"mean", "within_sd"} <= set(district.index):
            continue
        own = rows[rows["school_id"] != ""].pivot_table(index="school_id", columns="statistic", values="value", aggfunc="first")
        if "mean" not in own:
            continue
        spread, sign = float(district.loc["within_sd", "value"]), 1 if scales[name].better == "higher" else -1
        error = own["standard_error"] if "standard_error" in own else pd.Series(np.nan, own.index)
        if {"mean_low", "mean_high"} <= set(own):
            error = error.fillna((own["mean_high"] - own["mean_low"]) / WIDTH)
        shift = own["half_shift"] if "half_shift" in own else pd.Series(np.nan, own.index)
        means = rows[(rows["statistic"] == "mean") & (rows["school_id"] != "")].set_index("school_id")
        table = pd.DataFrame({
            "value": sign * (own["mean"] - float(district.loc["mean", "value"])) / spread, "error": error / spread,
            "shift": (shift / spread).fillna(HALF * UNKNOWN), "set": means["set"].reindex(own.index), "n": means["n"].reindex(own.index),
        })  # fmt: skip
        table = table[table["value"].notna() & (table["error"] > 0)]
        found.append(table.assign(district_set=district.loc["mean", "set"], district_n=district.loc["mean", "n"]).reset_index())
    if not found:
        return pd.DataFrame(columns=list(COLUMNS))
    every = pd.concat(found, ignore_index=True).sort_values("n", kind="stable")
    least = every.groupby("school_id", sort=True)[["set", "n", "district_set", "district_n"]].first()
    mean = every.groupby("school_id", sort=True)[["value", "error", "shift"]].mean()
    return mean.join(least).reset_index().assign(source=source, wave=wave)[list(COLUMNS)]


def of_shares(statistics: pd.DataFrame, latest: Mapping[str, str], wave: str) -> pd.DataFrame:
    """One value for each school from each kind of evidence in ``SHARES``: its share in percent, with the error of a share at the district's.

    latest: the latest period of each kind, by scale. Where a kind has several items, they are averaged, as if their errors were the same.
    """
    found = []
    for scale, item, sign in SHARES:
        here = statistics[(statistics["scale"] == scale) & (statistics["statistic"] == "share") & (statistics["why"] == "") & (statistics["wave"] == latest.get(scale, ""))]
        here = here if item == "*" else here[here["item"] == item]
        own, district = here[here["school_id"] != ""], here[here["school_id"] == ""].drop_duplicates("item").set_index("item")
        own = own[own["item"].isin(district.index)]
        if own.empty:
            continue
        share = (own["item"].map(district["value"]) / 100).clip(0.02, 0.98)
        table = own.assign(
            value=sign * (own["value"] - 100 * share), error=100 * np.sqrt(share * (1 - share) / own["n"]), shift=0.0,
            district_set=own["item"].map(district["set"]), district_n=own["item"].map(district["n"]),
        ).sort_values("n", kind="stable")  # fmt: skip
        least = table.groupby("school_id", sort=True)[["set", "n", "district_set", "district_n"]].first()
        mean = table.groupby("school_id", sort=True)[["value", "error", "shift"]].mean()
        found.append(mean.join(least).reset_index().assign(source=scale, wave=wave)[list(COLUMNS)])
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))


def named(evidence: Iterable[str], order: Sequence[str]) -> list[str]:
    """The sources in a fixed order."""
    known = set(evidence)
    return [source for source in order if source in known]
