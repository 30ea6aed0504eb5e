"""Who stands on a roster, and the role of everyone who answered: the one place where both are decided.

What pages show by role (``climate``) and what is compared between releases (``privacy.bases``) must stand on the same persons.
"""

from __future__ import annotations

import pandas as pd

NO_ROLE = "-"  #: the role of persons for whom the roster gives none
PLACE = ["survey", "school_id", "wave"]


def staff(roster: pd.DataFrame) -> pd.DataFrame:
    """The roster with a role in every row, and everyone who has a token once in each school and wave."""
    named = roster["person"].notna()
    persons = roster[named].drop_duplicates(["school_id", "wave", "person"])
    found = pd.concat([persons, roster[~named]])
    role = found["role"].astype("str").where(found["role"].notna(), NO_ROLE).str.strip()
    return found.assign(role=role.where(role != "", NO_ROLE))


def roles(respondents: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """The role of everyone who answered, in the roster's words: survey, school_id, wave, row, role; missing where not known.

    The roster's own entry for a token comes first, because the totals are counted by it; without one, the role in the answers,
    if the roster of that school and wave has a role of that name (upper and lower case alike).
    """
    known = staff(roster)
    listed = known[known["person"].notna()][["school_id", "wave", "person", "role"]]
    found = respondents[[*PLACE, "row", "person", "role"]].rename(columns={"role": "said"})
    found = found.merge(listed, on=["school_id", "wave", "person"], how="left")
    named = known.assign(folded=known["role"].str.casefold()).drop_duplicates(["school_id", "wave", "folded"])
    found["folded"] = found["said"].astype("str").str.strip().str.casefold().where(found["said"].notna())
    found = found.merge(
        named[["school_id", "wave", "folded", "role"]].rename(columns={"role": "by_name"}), on=["school_id", "wave", "folded"], how="left"
    )
    found["role"] = found["role"].where(found["role"].notna(), found["by_name"])
    return found[[*PLACE, "row", "role"]]
