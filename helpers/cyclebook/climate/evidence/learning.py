"""Professional learning: to how many of the sessions a school sent someone, voluntary and mandatory apart."""

from __future__ import annotations

import pandas as pd

from cyclebook.climate.evidence import standing
from cyclebook.climate.evidence.terms import term_of

SCALE = "learning"
KINDS = ("voluntary", "mandatory")
FEWEST_SCHOOLS = 3  #: for a middle of the schools


def attended(records: pd.DataFrame) -> pd.DataFrame:
    """Each school, term and kind of session: held (sessions recorded of the school), offered (sessions of that kind in the district), sent, unsent.

    records: the table ``sessions``. A session of which the school has no row is not recorded there, which is neither sent nor unsent.
    """
    here = records.assign(period=[term_of(day) for day in records["date"]], sent=records["attended"] > 0, session=records["date"] + " " + records["session"])
    offered = here.groupby(["period", "kind"])["session"].nunique().rename("offered")
    counts = here.groupby(["school_id", "period", "kind"], sort=True)["sent"].agg(held="size", sent="sum").reset_index()
    counts["unsent"] = counts["held"] - counts["sent"]
    return counts.join(offered, on=["period", "kind"])


def statistics(records: pd.DataFrame) -> pd.DataFrame:
    """Rows ``held``, ``offered``, ``sent``, ``unsent`` of each school, term and kind (the ``item``), and the ``middle`` of the schools: the median percentage
    of sessions to which someone was sent, where three schools are recorded.

    They count sessions and stand on nobody: how many came is nowhere, for one person who comes alone could be known by it.
    """
    counts = attended(records)
    keys = counts.rename(columns={"kind": "item"})[["school_id", "period", "item"]]
    tables = [standing.counts(keys.assign(value=counts[name]), SCALE, name) for name in ("held", "offered", "sent", "unsent")]
    shares = counts.assign(share=100 * counts["sent"] / counts["held"]).groupby(["period", "kind"])["share"].agg(["median", "size"]).reset_index()
    shares = shares[shares["size"] >= FEWEST_SCHOOLS]
    middle = pd.DataFrame({"school_id": "", "period": shares["period"], "item": shares["kind"], "value": shares["median"]})
    tables.append(standing.counts(middle, SCALE, "middle"))
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def reasons(records: pd.DataFrame) -> dict[str, dict[str, list[str]]]:
    """By school and term the reasons that were given for sessions to which nobody was sent, each once, in the order of the days."""
    here = records[(records["attended"] == 0) & (records["reason"] != "")].sort_values("date", kind="stable")
    found: dict[str, dict[str, list[str]]] = {}
    for row in here.itertuples():
        given = found.setdefault(row.school_id, {}).setdefault(term_of(row.date), [])
        if row.reason not in given:
            given.append(row.reason)
    return found
