"""Run charts and control charts: the peers' numbers point by point, and the habits of freezing, splitting and leaving out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.evaluation import charts
from tests import reference
from tests.test_measures_runs import case

COUNTS = st.lists(st.integers(0, 40), min_size=3, max_size=30)


def values(chart: charts.Chart, column: str) -> list:
    return chart.points[column].tolist()


@pytest.mark.parametrize(
    "name",
    ["c_cdi", "c_montgomery_7_3_trial26", "i_montgomery_6_5_freeze20", "i_rrk_breaches_screened", "mr_montgomery_6_5_freeze20",
     "p_montgomery_7_1_trial30", "p_nhs_accidents", "pprime_nhs_accidents", "u_cdi_freeze24_per10000", "u_gtt_month_per1000",
     "u_montgomery_7_4", "run_cdi_freeze24", "run_nhs_accidents", "funnel_u_hospital_infections_2016H2"],
)  # fmt: skip
def test_every_point_has_the_peers_centre_and_limits(shared, name):
    found = case(shared, name)
    inputs, table = found["inputs"], reference.read_table(shared / "cases" / found["data"])
    expected = reference.read_table(shared / "cases" / found["expected_file"][0])
    table[inputs["x"]] = reference.typed(table[inputs["x"]])
    columns = [inputs["x"], inputs["y"], *([inputs["n"]] if "n" in inputs else [])]
    options = {key: inputs[key] for key in ("freeze", "multiply") if key in inputs}
    groups = [rows for _, rows in table.groupby(inputs["facets"])] if "facets" in inputs else [table]
    drawn = []
    for rows in groups:
        data = [rows[column] for column in columns]
        chart = charts.run_chart(*data, **options) if found["function"] == "run_chart" else charts.control_chart(inputs["chart"], *data, **options)
        drawn.append(chart.points)
    drawn = pd.concat(drawn, ignore_index=True)
    names = {"y": "value", "cl": "centre", "lcl": "lower", "ucl": "upper", "lcl.95": "lower_inner", "ucl.95": "upper_inner"}
    assert len(drawn) == len(expected)
    for theirs, ours in names.items():
        wanted = pd.to_numeric(expected[theirs]).to_numpy(dtype=float)
        np.testing.assert_allclose(drawn[ours].to_numpy(dtype=float), wanted, rtol=1e-9, atol=1e-12)
    assert drawn["outside"].tolist() == (expected["sigma.signal"] == "TRUE").tolist()


def test_limits_are_those_of_the_nhs_in_python(shared):
    """Their factor 2.66 is 3 over 1.128, rounded."""
    for numbers, (mean, lower, upper, near_lower, near_upper) in case(shared, "nhspy_limits_vectors")["expected"].items():
        y = list(range(1, 11)) if numbers == "1..10" else [float(one) for one in numbers.split(",")]
        chart = charts.control_chart("xmr", range(len(y)), y, screen=False)
        sigma = 2.66 * charts.D2 / 3
        point = chart.points.iloc[0]
        assert point["centre"] == pytest.approx(mean, abs=1e-9)
        for ends, wanted in ((("lower", "upper"), (lower, upper)), (("lower_inner", "upper_inner"), (near_lower, near_upper))):
            got = [point["centre"] + (point[end] - point["centre"]) * sigma for end in ends]
            assert got == pytest.approx(wanted, abs=1e-9)


def test_rows_of_one_day_are_one_point():
    days = pd.to_datetime(["2025-01-13", "2025-01-06", "2025-01-13"])
    assert values(charts.control_chart("p", days, [1, 2, 3], [4, 8, 4]), "value") == [0.25, 0.5]
    assert values(charts.control_chart("c", days, [1, 2, 3]), "value") == [2, 4]
    assert values(charts.run_chart(days, [1, 2, 3]), "value") == [2, 2]


def test_a_row_without_a_place_in_time_is_no_point_and_one_without_a_value_is_one():
    chart = charts.control_chart("xmr", [1, 2, None, 3], [5, np.nan, 9, 7])
    assert values(chart, "x") == [1, 2, 3] and np.isnan(values(chart, "value")[1])
    assert chart.summary.loc[0, ["n_obs", "n_useful"]].tolist() == [3, 2]
    assert np.isnan(chart.summary.loc[0, "aUCL"])  # no two neighbours, so no moving range


def test_places_that_are_no_times_have_no_tests_of_runs():
    chart = charts.control_chart("p", list("abcdefghijkl"), [1] * 6 + [9] * 6, [10] * 12)
    assert chart.summary.loc[0, ["longest_run", "runs_signal"]].tolist() == [6, 0]


@given(COUNTS, st.integers(3, 30))
def test_a_frozen_chart_has_the_line_and_limits_of_its_baseline(counts, freeze):
    frozen = charts.control_chart("c", range(len(counts)), counts, freeze=freeze)
    baseline = charts.control_chart("c", range(len(counts[:freeze])), counts[:freeze])
    for column in ("centre", "lower", "upper"):
        assert values(frozen, column)[0] == values(baseline, column)[0] == values(frozen, column)[-1]
    assert frozen.summary.loc[0, "n_obs"] == len(counts)


@given(COUNTS, st.integers(1, 30))
def test_the_parts_of_a_split_chart_stand_alone(counts, end):
    chart = charts.run_chart(range(len(counts)), counts, split=[end])
    pieces = [piece for piece in (counts[:end], counts[end:]) if piece]
    alone = [charts.run_chart(range(len(piece)), piece).summary for piece in pieces]
    assert chart.summary["part"].tolist() == list(range(1, len(pieces) + 1))
    for place, wanted in enumerate(alone):
        got = chart.summary.iloc[[place]].reset_index(drop=True)
        pd.testing.assert_frame_equal(got.drop(columns="part"), wanted.drop(columns="part"))


def test_what_is_left_out_is_held_against_the_limits_and_counts_for_nothing_else():
    counts = [4, 5, 6, 5, 30, 4, 6, 5, 5, 4]
    chart = charts.control_chart("xmr", range(10), counts, exclude=[5])
    without = charts.control_chart("xmr", range(9), counts[:4] + counts[5:])
    for column in ("CL", "n_obs", "n_useful", "longest_run", "n_crossings", "aUCL"):
        assert chart.summary.loc[0, column] == without.summary.loc[0, column]
    assert chart.summary.loc[0, "sigma_signal"] == 1 and values(chart, "outside")[4] and not values(chart, "used")[4]


@given(COUNTS, st.sampled_from([1.0, 10.0, 100.0]))
def test_multiplying_changes_the_scale_and_nothing_else(counts, multiply):
    sizes = [one + 3 for one in counts]
    plain, more = (charts.control_chart("u", range(len(counts)), counts, sizes, multiply=by) for by in (1.0, multiply))
    np.testing.assert_allclose(more.points["value"], plain.points["value"] * multiply)
    np.testing.assert_allclose(more.points["upper"], plain.points["upper"] * multiply)
    assert more.summary["runs_signal"].tolist() == plain.summary["runs_signal"].tolist()


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(20, 30)), min_size=3, max_size=25), st.sampled_from(["p", "p'", "u", "u'"]))
def test_limits_of_shares_and_rates_stay_where_such_numbers_can_be(pairs, kind):
    counted, sizes = zip(*pairs, strict=True)
    points = charts.control_chart(kind, range(len(pairs)), counted, sizes).points
    assert not (points["lower"] < 0).any() and not (kind.startswith("p") and (points["upper"] > 1).any())
    assert (points["lower"].isna() | (points["lower"] <= points["upper"])).all()


def test_values_that_never_vary_have_no_limits():
    assert np.isnan(charts.control_chart("xmr", range(5), [7] * 5).summary.loc[0, "aUCL"])


def test_no_points_make_an_empty_chart():
    chart = charts.run_chart([], [])
    assert not len(chart.points) and not len(chart.summary)


@pytest.mark.parametrize(("kind", "arguments", "message"), [
    ("xbar", ([1], [2]), "not one of"),
    ("p", ([1], [2]), "needs a denominator"),
    ("c", ([1, 2], [2]), "same length"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_refused(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        charts.control_chart(kind, *arguments)
