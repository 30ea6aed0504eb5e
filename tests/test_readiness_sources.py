"""What readiness is told from: values and errors of shown numbers, each source in the direction that speaks for readiness."""

from __future__ import annotations

import pandas as pd
import pytest

from cyclebook.climate import readiness_sources
from cyclebook.parameters import load
from cyclebook.sources import read
from tests.conftest import ROOT
from tests.frames import protected


class Scale:
    def __init__(self, better: str):
        self.better = better


def of(rows: list[dict], scales: dict) -> pd.DataFrame:
    return readiness_sources.of_survey(protected(*rows).frame, scales, "w2", "survey").set_index("school_id")


def rows(scale: str, mean: float, district: float, **more) -> list[dict]:
    own = [{"scale": scale, "statistic": "mean", "value": mean}, {"scale": scale, "statistic": "standard_error", "value": 0.1, "decimals": 2}]
    own += [{"scale": scale, "statistic": name, "value": value} for name, value in more.items()]
    whole = {"scale": scale, "school_id": "", "set": f"answered={scale}; wave=w2", "n": 200}
    return [*own, {**whole, "statistic": "mean", "value": district}, {**whole, "statistic": "within_sd", "value": 0.5}]


def test_a_value_is_the_gap_in_spreads_averaged_over_the_scales_as_they_point():
    found = of([*rows("trust", 3.9, 3.7, half_shift=0.05), *rows("strain", 3.0, 3.2, half_shift=0.1)], {"trust": Scale("higher"), "strain": Scale("lower")})
    assert found.loc["S01", "value"] == pytest.approx((0.2 / 0.5 + 0.2 / 0.5) / 2)
    assert found.loc["S01", "error"] == pytest.approx(0.1 / 0.5) and found.loc["S01", "shift"] == pytest.approx((0.05 + 0.1) / 2 / 0.5)
    assert found.loc["S01", "n"] == 20 and found.loc["S01", "district_n"] == 200


def test_without_a_head_count_half_are_taken_not_to_have_answered():
    assert of(rows("trust", 3.9, 3.7), {"trust": Scale("higher")}).loc["S01", "shift"] == 0.25


def test_a_scale_that_is_not_shown_gives_nothing():
    hidden = [{**row, "why": "few answers"} if row.get("school_id", "S01") == "S01" else row for row in rows("trust", 3.9, 3.7)]
    assert of(hidden, {"trust": Scale("higher")}).empty


def test_a_share_counts_in_its_direction_with_the_error_of_its_number_of_persons():
    table = protected(*({"scale": "staffing", "statistic": "share", "decimals": 0, **row} for row in (
        {"school_id": "S01", "value": 30, "n": 40, "set": "school_id=S01"}, {"school_id": "", "value": 20, "n": 400, "set": "source=staffing"},
        {"school_id": "S02", "value": 10, "n": 100, "set": "school_id=S02"})))  # fmt: skip
    found = readiness_sources.of_shares(table.frame, {"staffing": "w2"}, "now").set_index("school_id")
    assert found["value"].to_dict() == {"S01": -10, "S02": 10} and found["error"].round(6).to_dict() == {"S01": 6.324555, "S02": 4.0}
    assert set(found["wave"]) == {"now"} and set(found["district_set"]) == {"source=staffing"}
    assert readiness_sources.of_shares(table.frame, {"staffing": "w1"}, "now").empty


def test_the_demos_schools_are_told_from_what_adults_say_and_do():
    from cyclebook.climate.prepare import readiness

    district = load(ROOT)
    found, sources = readiness(district, read(district))
    assert sources[:2] == ["survey", "staffing"] and not {"students", "families"} & set(sources)
    verdicts = {row: value for row, value in zip(found.rows(statistic="readiness_verdict").frame["school_id"], found.rows(statistic="readiness_verdict").values(), strict=True)}
    assert set(verdicts.values()) <= {-1.0, 0.0, 1.0} and len(set(verdicts.values())) > 1
    # few answered the survey at 0302, so that it is told from the other sources alone
    own = found.rows(school_id="0302", statistic="readiness_say").unique("item")
    assert "survey" not in own and len(own) == found.cell("readiness_sources", school_id="0302").value
