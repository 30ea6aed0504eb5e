"""Staff who left and days that staff were absent, by school and year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cyclebook.climate.evidence import standing
from cyclebook.climate.rows import rows
from cyclebook.privacy.protect import FEW_PERSONS
from cyclebook.privacy.sets import RespondentSet

LEFT, ABSENT = "staffing", "absence"


def statistics(records: pd.DataFrame, years: list[str], smallest_group: int) -> pd.DataFrame:
    """Rows on who left (indicator ``staffing``) and on absence (``absence``) for these years, not yet protected.

    records: the table ``staffing``. Leaving is counted out of the staff at the start of the year and shown as counted, for who left a school is
    known there. Absence is the ``rate`` of days in percent of those that all staff were to work. Both are shown of schools with twice smallest_group staff
    and more, as shares with two sides are elsewhere.
    """
    fewest = 2 * smallest_group
    here = records[records["year"].isin(years) & (records["staff"] > 0)]
    left = here[here["left"].notna()]
    found = pd.DataFrame({"school_id": left["school_id"], "period": left["year"], "item": "", "part": left["left"], "whole": left["staff"]})
    absent = here[here["absent_days"].notna() & (here["work_days"] > 0)]
    return pd.concat([standing.shares(found, LEFT, "staffing", smallest_group, coded=False, fewest=fewest), _absence(absent, fewest)], ignore_index=True)


def _absence(records: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """The share of work days on which staff were absent, in percent, of schools with so many staff; the district's is the mean over them."""
    tables = []
    for year, group in records.groupby("year", sort=False):
        sets = [str(RespondentSet.of(source="staffing", window=str(year), school_id=school)) for school in group["school_id"]]
        keys = group.assign(wave=year, scale=ABSENT, item="", n=group["staff"].astype("int64"), set=sets)
        keys["why"] = np.where(keys["n"] < fewest, FEW_PERSONS, "")
        tables.append(rows(keys, "rate", 100 * keys["absent_days"] / keys["work_days"], 1))
        clear = keys[keys["n"] >= fewest]
        if len(clear) >= standing.FEWEST_SCHOOLS:
            union = {} if len(clear) == len(keys) else {"school_id": list(clear["school_id"])}
            whole = str(RespondentSet.of(source="staffing", window=str(year), **union))
            district = clear.head(1).assign(school_id="", set=whole, n=int(clear["n"].sum()))
            tables.append(rows(district, "rate", [(100 * clear["absent_days"] / clear["work_days"]).mean()], 1))
    return pd.concat(tables, ignore_index=True) if tables else standing.counts(pd.DataFrame(columns=["school_id", "period", "item", "value"]), ABSENT, "rate")
