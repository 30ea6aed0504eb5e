"""The standing feedback link, one question under each e-mail, read as a series of months: persons stand behind every number, not responses."""

from __future__ import annotations

import pandas as pd

from cyclebook.climate.evidence import standing

SCALE = "pulse"


def persons(ratings: pd.DataFrame) -> pd.DataFrame:
    """The latest answer of each person to each question in each school and calendar month; responses without a token are left out.

    ratings: rows of the table ``ratings`` with rates ``pulse`` and the column centre, the middle of the answers that could be given. Months do not overlap,
    so a person counts at most once in each of them.
    """
    known = ratings[ratings["person"].notna()].sort_values(["date", "row"], kind="stable")
    return known.assign(period=known["date"].str[:7]).drop_duplicates(["survey", "school_id", "item", "period", "person"], keep="last")


def statistics(ratings: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Rows on the share of persons whose answer lies above the middle of the answers, by month and question (the ``item``), not yet protected.

    Counts are brought to an end as those of every answer are, and shares are shown from twice smallest_group persons up, as elsewhere where an answer that is not
    favourable is unfavourable. Months of which nothing may be published beside what was handed out (column withheld) are not among them.
    """
    known = persons(ratings)
    known = known[~known["withheld"].astype(bool)] if "withheld" in known else known
    counted = known.assign(up=known["value"] > known["centre"]).groupby(["survey", "school_id", "period", "item"], sort=True)["up"].agg(part="sum", whole="size").reset_index()
    tables = [
        standing.shares(group, SCALE, str(survey), smallest_group, coded=True, fewest=2 * smallest_group)
        for survey, group in counted.groupby("survey", sort=True)
    ]
    return pd.concat(tables, ignore_index=True) if tables else standing.shares(counted.assign(item=""), SCALE, SCALE, smallest_group, coded=True)
