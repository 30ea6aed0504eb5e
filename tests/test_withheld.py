"""A group of which nothing may be published beside earlier releases is treated as one with too few persons, in every room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cyclebook import sources
from cyclebook.climate import prepare as climate
from cyclebook.norms import prepare as norms
from cyclebook.parameters import load
from cyclebook.privacy import RespondentSet
from tests import small_district
from tests import test_norms_page as page

SCHOOLS = ("0101", "0103", "0104", "0105")
SIZES = dict(zip(SCHOOLS, (12, 11, 13, 14), strict=True))


@pytest.fixture(scope="module")
def district(tmp_path_factory):
    rows = ["School,Token,Q1,Q2,Minutes"]
    for school, count in SIZES.items():
        rows += [f"{school},{school}{place},{'Agree' if place % 3 else 'Neither'},{('Disagree', 'Neither', 'Agree')[(place + int(school)) % 3]},4" for place in range(count)]
    folder = small_district.write(tmp_path_factory.mktemp("withheld"), {
        "parameters/schools.csv": "school_id,name\n" + "".join(f"{school},School {school}\n" for school in SCHOOLS),
        "data/raw/answers.csv": "\n".join(rows) + "\n",
    })  # fmt: skip
    return load(folder)


def shown(district, tables) -> dict[tuple, float]:
    frame = climate.protected(district, tables).frame
    frame = frame[frame["why"] == ""]
    return {(row.school_id, row.scale, row.item, row.statistic, row.set, row.other_set): row.value for row in frame.itertuples()}


def of_school(text: str, school: str) -> bool:
    return bool(text) and school in dict(RespondentSet.parse(text).pairs).get("school_id", ())


def test_a_withheld_school_has_no_number_and_is_in_none_of_the_district(district):
    tables = sources.read(district)
    place = ("responses", "staff", "2025-fall", "0104")
    before, after = shown(district, tables), shown(district, replace(tables, withheld=frozenset({place})))
    assert any(of_school(name[4], "0104") and name[3] == "mean" for name in before)
    left = {name[3] for name in after for text in name[4:6] if of_school(text, "0104")}
    assert left == {"answers"}  # how many answered is no secret
    gone = replace(tables, responses=tables.responses[tables.responses["school_id"] != "0104"].reset_index(drop=True),
                   respondents=tables.respondents[tables.respondents["school_id"] != "0104"].reset_index(drop=True))  # fmt: skip
    without = shown(district, gone)
    for name, value in without.items():
        if name[0] == "":  # the district's own, whatever their set is called
            [found] = [after[other] for other in after if other[:4] == name[:4]]
            assert found == value, name
    district_sets = {name[4] for name in after if name[0] == "" and name[3] == "mean"}
    assert district_sets == {str(RespondentSet.of(source="staff", wave="2025-fall", answered="help", school_id=["0101", "0103", "0105"]))}


def test_the_reason_is_the_one_of_too_few_persons(district):
    tables = replace(sources.read(district), withheld=frozenset({("responses", "staff", "2025-fall", "0104")}))
    frame = climate.protected(district, tables).frame
    own = frame[(frame["school_id"] == "0104") & (frame["scale"] == "help")]
    assert len(own) and set(own["why"]) == {"few persons"}


def test_a_withheld_window_of_ratings_has_no_number_and_no_change(tmp_path):
    rated = page.pulse(("2025-09-10", "NNNNSSHM"), ("2025-10-08", "SSHMMAAA"), ("2025-11-12", "MMMAAAAA"))
    loaded = load(small_district.write(tmp_path, page.FILES | {"data/raw/pulse.csv": rated}))
    tables = sources.read(loaded)
    before = norms.protected(loaded, tables).frame
    here = before[(before["why"] == "") & before["set"].map(lambda text: of_school(text, "0101")) & before["statistic"].isin(["favourable", "change_low"])]
    window = "2025-11"
    assert set(here["statistic"]) == {"favourable", "change_low"} and window in set(here["wave"])
    after = norms.protected(loaded, replace(tables, withheld=frozenset({("ratings", "agreements", window, "0101")}))).frame
    same = after[(after["school_id"] == "0101") & (after["wave"] == window) & (after["statistic"] != "raters")]
    assert len(same) and set(same["why"]) == {"few persons"}
    others = after[(after["wave"] != window) & ~after["statistic"].str.startswith("change")].reset_index(drop=True)
    assert others.equals(before[(before["wave"] != window) & ~before["statistic"].str.startswith("change")].reset_index(drop=True))
    changes = after[after["statistic"].str.startswith("change")]
    assert not (changes["wave"] == window).any()
