"""Kentucky's published turnover: which rows are schools, what adds up over districts and what does not (case ky_hierarchy)."""

from __future__ import annotations

import pandas as pd
import pytest
from ruamel.yaml import YAML

from cyclebook.sources.recognise import recognise


@pytest.fixture(scope="module")
def case(shared):
    cases = YAML(typ="safe").load((shared / "cases" / "climate.yaml").read_text(encoding="utf-8"))["cases"]
    return next(case for case in cases if case["id"] == "ky_hierarchy")


@pytest.fixture(scope="module")
def table(shared, case):
    path = shared / "data" / case["data"]
    found = pd.read_csv(path, dtype="str", encoding="utf-8-sig", keep_default_na=False)
    assert recognise(path).data_rows == len(found)  # our reader counts the same rows
    for column in ("Teacher Count", "Teacher Turnover Count", "Turnover Percent"):
        found[column] = found[column].str.replace(",", "").astype("float64")
    return found.rename(columns={"Teacher Count": "count", "Teacher Turnover Count": "turnover", "Turnover Percent": "percent"})


def test_schools_districts_and_the_state(table, case):
    expected = case["expected"]
    whole, state = table["School Name"] == "All Schools", table["District Name"] == "All Districts"
    schools, districts = table[~whole], table[whole & ~state]
    assert (len(schools), len(districts)) == (expected["school_rows"], expected["district_rows"])
    assert table.loc[state, "turnover"].tolist() == expected["state_turn"]
    # small schools, as the privacy rules see them
    assert ((schools["count"] < 10).sum(), (schools["count"] < 5).sum()) == (expected["schools_lt10"], expected["schools_lt5"])
    assert (schools["count"].between(1, 9).sum(), (schools["count"] == 0).sum()) == (expected["schools_1to9"], expected["schools_zero"])
    assert schools["turnover"].between(1, 4).sum() == expected["turnover_1to4"]
    assert (schools["percent"] >= 100).sum() == expected["pct_100"]
    assert schools[["count", "turnover", "percent"]].isna().sum().sum() == expected["missing"]


def test_what_adds_up_over_districts(table, case):
    expected = case["expected"]
    whole, state = table["School Name"] == "All Schools", table["District Name"] == "All Districts"
    schools = table[~whole].groupby("District Number")[["count", "turnover"]].sum()
    both = table[whole & ~state].set_index("District Number")[["count", "turnover"]].join(schools.add_suffix("_schools"), how="inner")
    assert len(both) == expected["n_join"]
    for name, key in (("count", "count"), ("turnover", "turn")):
        gap = both[name] - both[f"{name}_schools"]
        assert ((gap == 0).sum(), gap.sum()) == (expected[f"district_sum_equal_{key}"], expected[f"diff_{key}"])
    assert table.loc[~whole, "turnover"].sum() == expected["sum_turn"]
    known = table[~whole & (table["count"] > 0)]
    assert ((100 * known["turnover"] / known["count"]).round(1) - known["percent"]).abs().le(0.05).sum() == expected["pct_recompute_ok"]
