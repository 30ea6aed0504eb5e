"""Staff in teams beyond their contract, and staff who join what brings people together."""

from __future__ import annotations

import pandas as pd

from cyclebook.climate.evidence import standing

SCALE = "opportunities"
KINDS = ("team", "occasion")


def statistics(records: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Rows on who joined, by month and kind (the ``item``), not yet protected. records: the table ``opportunities``.

    A person in two teams counts once, as the table asks. Counts of nearly none or nearly all are brought to an end: who joins in is not known to all.
    Two counts of one school, month and kind: the later day stands.
    """
    here = records[records["staff"] > 0].sort_values("date", kind="stable")
    here = here.assign(period=here["date"].str[:7]).drop_duplicates(["school_id", "period", "kind"], keep="last")
    found = pd.DataFrame({"school_id": here["school_id"], "period": here["period"], "item": here["kind"], "part": here["joined"], "whole": here["staff"]})
    return standing.shares(found, SCALE, "opportunities", smallest_group, coded=True)
