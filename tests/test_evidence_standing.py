"""Shares of people beside the district's, and who left: numbers by hand, privacy, and sentences that are true of them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.climate import participation
from cyclebook.climate.evidence import readings, staffing, staffing_readings, standing
from cyclebook.parameters import load
from cyclebook.privacy import protect
from cyclebook.reading import sentence
from cyclebook.sources import read
from tests import voice
from tests.conftest import ROOT
from tests.frames import SMALLEST, protected
from tests.test_demo import TRUTH


def counted(parts: list[int], wholes: list[int], item: str = "") -> pd.DataFrame:
    return pd.DataFrame({"school_id": [f"S{place}" for place in range(len(parts))], "period": "p", "item": item, "part": parts, "whole": wholes})


def shares(parts: list[int], wholes: list[int], **how) -> pd.DataFrame:
    rows = standing.shares(counted(parts, wholes), "kind", "records", SMALLEST, **{"coded": False, **how})
    return protect(rows, SMALLEST).frame


def test_a_share_is_the_count_over_the_persons_with_wilsons_interval():
    found = shares([6, 2], [40, 30]).set_index(["school_id", "statistic"])["value"]
    low, high = participation.wilson(6, 40)
    assert (found["S0", "part"], found["S0", "share"]) == (6, 15)
    assert (found["S0", "share_low"], found["S0", "share_high"]) == (round(100 * low), round(100 * high))
    assert not set(found.index.get_level_values("statistic")) & {"gap_low", "gap_high", "schools"}  # two schools steady nothing


def test_few_persons_show_nothing_and_do_not_enter_the_districts_share():
    table = shares([1, 10, 10, 10], [4, 40, 40, 40])
    few = table[table["school_id"] == "S0"]
    assert few["value"].isna().all() and set(few["why"]) == {"few persons"}
    district = table[(table["school_id"] == "") & (table["statistic"] == "share")].iloc[0]
    assert district["value"] == 25 and district["n"] == 120 and district["set"] == "school_id=S1|S2|S3; source=records; window=p"
    assert table[table["statistic"] == "schools"]["value"].tolist() == [3]


def test_what_nearly_all_did_is_brought_to_an_end_where_it_is_coded():
    table = shares([40, 39, 20, 0], [40, 40, 40, 40], coded=True)
    part = table[table["statistic"] == "part"].set_index("school_id")
    assert part["value"].tolist() == [39, 39, 20, 1] and part["bound"].tolist() == ["more", "more", "", "less"]
    gap = table[table["statistic"] == "gap_high"].set_index("school_id")
    assert gap["bound"].tolist() == ["more", "more", "", ""]


@given(st.lists(st.integers(0, 40), min_size=4, max_size=8), st.integers(5, 60))
def test_luck_alone_is_no_news_and_shares_stay_within_the_whole(parts, whole):
    wholes = [max(whole, part) for part in parts]
    table = shares(parts, wholes, coded=True)
    value = table[table["statistic"].isin(["share", "share_low", "share_high"])]["value"].dropna()
    assert ((value >= 0) & (value <= 100)).all()
    if len(set(parts)) == 1 and len(set(wholes)) == 1:
        low, high = (table[table["statistic"] == name]["value"] for name in ("gap_low", "gap_high"))
        assert (low <= 0).all() and (high >= 0).all()


ENDS = st.tuples(st.integers(-300, 300), st.integers(-300, 300)).map(lambda pair: tuple(number / 10 for number in sorted(pair)))


@given(ENDS, st.sampled_from(["", "less"]), st.sampled_from(["", "more"]), st.integers(0, 100))
def test_where_a_share_lies_beside_the_district_is_true(ends, less, more, district):
    own = protected(
        {"scale": "k", "statistic": "gap_low", "value": ends[0], "bound": less}, {"scale": "k", "statistic": "gap_high", "value": ends[1], "bound": more})
    whole = protected({"scale": "k", "school_id": "", "statistic": "share", "decimals": 0, "value": district, "set": "wave=w2"})
    place = readings.place(own, "k", "w2", "", 5.0)
    reading = readings.beside(own, whole, "k", "w2", "", 5.0)
    if place in ("like", "cannot_tell"):
        assert (reading is None) == (ends[1] - ends[0] > 50)  # it would leave out next to nothing
    else:
        assert (place is None) == (reading is None)
    if place is not None and reading is None:
        return
    if place is None:
        assert (ends[0] > 0 and less) or (ends[1] < 0 and more)
        return
    text = sentence(reading, "en")
    assert f"{district} percent" in text
    if place == "above":
        assert ends[0] > 0 and not less and "above" in text and f"{ends[0]:.1f}" in text and f"{ends[1]:.1f}" in text and ("or more" in text) == bool(more)
    elif place == "below":
        assert ends[1] < 0 and not more and "below" in text and f"{-ends[1]:.1f}" in text and f"{-ends[0]:.1f}" in text
    else:
        assert ends[0] <= 0 <= ends[1]
        assert (place == "like") == (max(-ends[0], ends[1]) <= 5 and not less and not more)


@given(st.integers(0, 30), st.integers(10, 60), st.none() | st.integers(0, 30))
def test_what_is_said_of_those_who_left_is_true(count, staff, before):
    staff = max(staff, count, before or 0)
    rows = [{"scale": "staffing", "wave": "2024-25", "statistic": "part", "decimals": 0, "value": count, "n": staff},
            {"scale": "staffing", "wave": "2024-25", "statistic": "share", "decimals": 0, "value": round(100 * count / staff), "n": staff}]  # fmt: skip
    if before is not None:
        rows.append({"scale": "staffing", "wave": "2023-24", "statistic": "part", "decimals": 0, "value": before, "n": staff})
    said = [sentence(reading, "en") for reading in staffing_readings.left(protected(*rows), protected(), ["2023-24", "2024-25"])]
    assert said[0].startswith("In 2024-25") and f"{staff} staff left" in said[0]
    assert f"{'none' if count == 0 else 'one' if count == 1 else count} of {staff}" in said[0]
    assert len(said) == (1 if before is None else 2)
    if before is not None:
        assert said[1] == f"In 2023-24 it was {'one' if before == 1 else before} of {staff}."


def test_nothing_is_said_of_years_that_are_not_shown():
    assert staffing_readings.left(protected(), protected(), ["2024-25"]) == [] == staffing_readings.absent(protected(), protected(), ["2024-25"])


def test_the_demo_tells_who_left_as_it_was():
    district = load(ROOT)
    table = read(district).records["staffing"]
    found = protect(staffing.statistics(table, sorted(table["year"].unique()), SMALLEST), SMALLEST)
    told = TRUTH["records"]["staffing"]
    for school, years in told.items():
        for year, (left, staff, absent) in years.items():
            part, rate = (found.cell(name, scale=scale, wave=year, school_id=school) for name, scale in (("part", "staffing"), ("rate", "absence")))
            assert [part.value, part.n, rate.value] == ([left, staff, absent] if staff >= 10 else [None, None, None])
    assert "0114" in told and readings.place(found.rows(school_id="0101"), "staffing", "2024-25", "", 5.0) in ("like", "cannot_tell")


FACTS = {"district": 13, "least": 2, "most": 9, "down": 3, "up": 4, "year": "2024-25", "count": 6, "staff": 40, "share": 15, "rate": 5}


@pytest.mark.parametrize("name", voice.sentences("evidence"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)
