"""The district's statistics: what stands behind each number, who is left out, and what is not shown."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.climate import coded, estimate, pooling, shares
from cyclebook.climate.participation import wilson
from cyclebook.climate.rows import rounded
from cyclebook.climate.scales import item_answers, score
from cyclebook.errors import InputError
from cyclebook.privacy import coding, protect

SCALE = SimpleNamespace(
    id="trust", name="Trust", about="trust", items=("q1", "q2"), reverse=frozenset(), low=1.0, high=5.0, favourable=4.0,
    minimum_answered=1, mode="person_mean", better="higher", source="", column=None,
)  # fmt: skip
SETTINGS = {
    "smallest_group": 5, "answer_gate_rate": 0.5, "answer_gate_answers": 8, "small_school": 20,
}  # fmt: skip


def responses(wave="w1", survey="staff", **schools) -> pd.DataFrame:
    """Answers to q1 by school, one person each; q2 is answered alike."""
    rows = [
        (survey, school, wave, f"{survey}{wave}{school}{place}", None, item, float(value))
        for school, values in schools.items() for place, value in enumerate(values) for item in ("q1", "q2")
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["survey", "school_id", "wave", "row", "person", "item", "value"])


def roster(wave="w1", **heads) -> pd.DataFrame:
    rows = [(school, wave, None, None, count) for school, count in heads.items()]
    return pd.DataFrame(rows, columns=["school_id", "wave", "person", "role", "head_count"])


def made(answers, staff=None, compare=None, **settings) -> pd.DataFrame:
    staff = roster() if staff is None else staff
    values = SETTINGS | settings
    return estimate.statistics(answers, staff, {"trust": SCALE}, compare or {"w1": None}, lambda school: values)


def value(table, statistic, school="A", wave="w1", item=""):
    found = table[(table["statistic"] == statistic) & (table["school_id"] == school) & (table["wave"] == wave) & (table["item"] == item)]
    return found["value"].item()


MANY = {"A": [5, 4, 4, 3, 5, 4, 4, 4, 3, 5], "B": [2, 3, 3, 2, 4, 3, 3, 2], "C": [3, 4, 3, 5, 4, 3, 4, 3, 4], "D": [1, 2, 5, 1]}


def test_means_are_rounded_as_shown_and_stand_on_their_set():
    table = made(responses(**MANY))
    row = table[(table["statistic"] == "mean") & (table["school_id"] == "A")].iloc[0]
    assert (row["value"], row["n"], row["decimals"]) == (4.1, 10, 1)
    assert row["set"] == "answered=trust; school_id=A; source=staff; wave=w1"


def test_a_school_below_the_smallest_group_enters_no_district_number():
    with_d, without = made(responses(**MANY)), made(responses(**{school: MANY[school] for school in "ABC"}))
    for statistic in ("mean", "within_sd", "icc1_reml", "icc2_mean_squares", "schools", "favourable"):
        assert value(with_d, statistic, school="") == value(without, statistic, school="")
    assert value(with_d, "steadied") == value(without, "steadied")
    row = with_d[(with_d["statistic"] == "mean") & (with_d["school_id"] == "")].iloc[0]
    assert row["set"] == "answered=trust; school_id=A|B|C; source=staff; wave=w1" and row["n"] == 27
    protected = protect(with_d, 5)
    assert protected.cell("mean", school_id="D", wave="w1").value is None


#: As MANY, with a dozen different scores: then a school's own spread may be used.
FINE = {
    school: [value + (-1) ** place * ((place + turn) % 5) / 10 if 1 < value < 5 else value for place, value in enumerate(MANY[school])]
    for turn, school in enumerate("ABC")
}  # fmt: skip


def test_small_schools_borrow_the_spread_of_all_and_large_ones_use_their_own():
    answers = responses(**FINE)
    sd = pooling.within_sd([s for s in "ABC" for _ in FINE[s]], [v for s in "ABC" for v in FINE[s]])
    assert value(made(answers), "standard_error") == pytest.approx(sd / np.sqrt(10), abs=0.005)
    own = np.std(FINE["A"], ddof=1) / np.sqrt(10)
    assert round(own, 2) != round(sd / np.sqrt(10), 2)  # the two can be told apart
    assert value(made(answers, small_school=10), "standard_error") == pytest.approx(own, abs=0.005)
    # an own spread below twice the smallest group would be told
    assert value(made(answers, small_school=1, smallest_group=8), "standard_error") == pytest.approx(sd / np.sqrt(10), abs=0.005)


def test_of_a_scale_with_few_different_scores_no_school_shows_a_spread_of_its_own():
    answers = responses(A=[1, 5] * 15, B=[2, 4] * 15, C=[3, 4] * 15)
    errors = made(answers, small_school=10)
    errors = errors[errors["statistic"] == "standard_error"]
    assert errors["value"].nunique() == 1 and set(errors["other_n"]) == {90}
    two = protect(made(responses(A=[1, 5] * 15, B=[2, 4] * 15)), 5)  # less the one, it would be the other's
    one = protect(made(responses(A=[1, 5] * 15)), 5)
    for table in (one, two):
        assert table.cell("mean", school_id="A", wave="w1").value == 3
        assert {table.cell(name, school_id="A", wave="w1").why for name in ("standard_error", "mean_low", "mean_high")} == {"few persons"}


def test_scores_are_counted_over_persons_who_left_nothing_out():
    scale = SimpleNamespace(**vars(SCALE) | {"items": ("q1", "q2", "q3"), "minimum_answered": 2})
    given_all = np.random.default_rng(1).integers(1, 5, size=(160, 3))
    rows = [("staff", "A", "w1", f"r{place}", None, f"q{n + 1}", float(one)) for place, some in enumerate(given_all) for n, one in enumerate(some)]
    answers = pd.DataFrame(rows, columns=["survey", "school_id", "wave", "row", "person", "item", "value"])

    def several(answers, mode="person_mean"):
        scales = {"trust": SimpleNamespace(**vars(scale) | {"mode": mode})}
        scores = score(answers, scales)
        return scores["score"].round(9).nunique(), bool(coded.several_scores(scales, scores, item_answers(answers, scales))["trust"])

    gaps = answers[~((answers["item"] == "q3") & answers["row"].str.endswith(("1", "2", "3")))]
    for mode in ("person_mean", "item_means_first"):
        count, enough = several(gaps, mode)
        assert count >= coded.FEWEST_SCORES and not enough  # ten with four answers to three questions
    assert several(answers.assign(value=answers["value"] + answers["row"].str.endswith("5") * 0.1))[1]


def test_everything_that_is_computed_from_a_schools_average_follows_from_what_is_shown():
    """An attacker who inverts it gets the average as shown: made again from the rows of the table, every number is the very same."""
    rng = np.random.default_rng(3)
    for turn in range(8):
        sizes = rng.integers(5, 40, size=6)
        table = made(responses(**{school: rng.choice([1, 2, 3, 4, 5], size=n, p=rng.dirichlet([1] * 5)) for school, n in zip("ABCDEF", sizes, strict=True)}))
        own = table[(table["scale"] == "trust") & (table["item"] == "") & (table["school_id"] != "")]
        shown = own.pivot(index="school_id", columns="statistic", values="value")
        n = own[own["statistic"] == "mean"].set_index("school_id")["n"].astype(float)
        within, one = value(table, "within_sd", school=""), coded.with_rounding
        assert np.array_equal(shown["standard_error"], rounded(within / np.sqrt(n), 2)), turn
        again = pooling.steady(shown["mean"], pd.Series(one(within / np.sqrt(n), 1) ** 2, n.index))
        for name, column, digits in (("steadied", "steadied", 1), ("steadied_low", "low", 1), ("steadied_high", "high", 1),
                                     ("difference_low", "difference_low", 2), ("difference_high", "difference_high", 2)):  # fmt: skip
            assert np.array_equal(shown[name], rounded(again.schools[column], digits)), (turn, name)
        assert value(table, "mean", school="") == rounded(again.mu, 1)
        freedom = int(n.sum()) - len(n)
        for name, end in zip(("mean_low", "mean_high"), pooling.mean_interval(shown["mean"], one(within / np.sqrt(n), 1), freedom), strict=True):
            assert np.array_equal(shown[name], rounded(end, 1)), (turn, name)
        for estimator, name in (("anova", "icc1_mean_squares"), ("reml", "icc1_reml")):
            assert value(table, name, school="") == rounded(pooling.icc_of_means(n, shown["mean"], within, estimator).icc1, 2)


def test_a_change_follows_from_the_averages_as_shown():
    rng = np.random.default_rng(4)
    both = [responses(wave, **{school: rng.choice([2, 3, 4, 5], size=rng.integers(10, 30)) for school in "ABCD"}) for wave in ("w1", "w2")]
    table = made(pd.concat(both), compare={"w1": None, "w2": "w1"})
    for school in "ABCD":
        (means, errors), n = ([value(table, name, school, wave) for wave in ("w2", "w1")] for name in ("mean", "standard_error")), [
            int(table.loc[(table["statistic"] == "mean") & (table["school_id"] == school) & (table["wave"] == wave), "n"].item()) for wave in ("w2", "w1")
        ]  # fmt: skip
        spread = [value(table, "within_sd", "", wave) / np.sqrt(k) for wave, k in zip(("w2", "w1"), n, strict=True)]
        assert np.allclose(spread, errors, atol=0.005)
        error = np.hypot(*(coded.with_rounding(one, 1) for one in spread))
        freedom = [table.loc[(table["statistic"] == "mean") & (table["school_id"] != "") & (table["wave"] == wave), "n"].sum() - 4 for wave in ("w2", "w1")]
        df = error**4 / sum(coded.with_rounding(one, 1) ** 4 / f for one, f in zip(spread, freedom, strict=True))
        low, high = pooling.mean_interval(means[0] - means[1], error, df)
        assert (value(table, "change_low", school, "w2"), value(table, "change_high", school, "w2")) == (rounded(low, 1), rounded(high, 1))


@given(low=st.floats(-100, 100), width=st.floats(0.01, 1000))
def test_an_unknown_range_is_widened_to_round_numbers_and_holds_all_scores(low, width):
    high = low + width
    ends = coded.widened(low, high)
    slack = 1e-7 * max(1, abs(low), abs(high))
    assert ends[0] <= low + slack and ends[1] >= high - slack
    unit = 10.0 ** np.floor(np.log10(high - low))
    for end, given_one in zip(ends, (low, high), strict=True):
        assert abs(end - given_one) <= unit + slack and abs(end / unit - round(end / unit)) < 1e-6


def test_the_ends_of_an_unknown_range_do_not_say_what_was_the_lowest_and_the_highest():
    assert coded.widened(1.17, 4.0) == coded.widened(1.02, 3.1) == (1.0, 4.0)
    assert coded.widened(0.3, 0.7) == (0.3, 0.7) and coded.widened(50, 50) == (50, 50) and coded.widened(3, 98) == (0, 100)


def test_counts_of_a_whole_scale_and_of_few_different_scores_need_twice_the_smallest_group():
    """Eight persons who average 3.6, at least seven favourable: one gave 1, and seven gave 4."""
    few = {"A": [1] + [4] * 7, "B": MANY["A"], "C": MANY["A"]}
    table = protect(made(responses(**few)), 5)
    assert table.cell("mean", school_id="A", wave="w1").value == 3.6
    for name in ("favourable_count", "favourable", "favourable_low", "favourable_high"):
        for item in ("", "q1"):
            assert table.cell(name, school_id="A", wave="w1", item=item).why == "few persons"
            assert table.cell(name, school_id="B", wave="w1", item=item).value is not None
            if name == "favourable":  # less the two others, it would give the eight's
                assert table.cell(name, school_id="", wave="w1", item=item).value is None
    assert protect(made(responses(**{"B": MANY["A"], "C": MANY["A"]})), 5).cell("favourable", school_id="", wave="w1", item="").value == 80
    fine = protect(made(responses(**FINE)), 5)  # single questions of a scale with many scores say little of the average
    assert fine.cell("favourable_count", school_id="B", wave="w1", item="q1").value is not None
    assert fine.cell("favourable_count", school_id="B", wave="w1", item="").value is None
    two = protect(made(responses(A=MANY["A"], B=MANY["B"], C=MANY["C"])), 5)  # 8 and 9 together are enough
    assert two.cell("favourable", school_id="", wave="w1", item="").value is not None


def test_no_spread_of_a_few_follows_from_the_pooled_one_and_the_own_ones_of_the_others():
    answers = responses(A=[1, 5] * 15, B=[2, 2.1, 2.2, 2.3, 2.4, 2.6, 2.7, 2.8, 3.1, 4] * 3, C=[3, 3, 3, 5, 5, 1, 2])
    table = made(answers)
    errors = table[(table["statistic"] == "standard_error") & (table["school_id"] != "")]
    assert (errors["other_set"] != "").all()  # 7 persons alone would be left
    more = made(pd.concat([answers, responses(D=[3, 4, 2, 5])]))  # of a school that is not cleared nothing is made
    assert value(more, "within_sd", school="") == value(table, "within_sd", school="")
    enough = made(pd.concat([answers, responses(D=[3, 4, 2, 5, 1])]))
    assert value(enough, "standard_error") == round(np.std([1, 5] * 15, ddof=1) / np.sqrt(30), 2)


def test_the_pooled_spread_holds_no_less_of_a_school_than_its_own_shows():
    alike, nearly = (made(responses(A=[5] * 29 + [last], B=[2, 4] * 15, C=[1, 1.1, 1.2, 1.3, 1.4, 1.6, 4.1, 4.2, 4.3, 4.7] * 3)) for last in (5, 4))
    assert value(alike, "within_sd", school="") == value(nearly, "within_sd", school="")
    pd.testing.assert_frame_equal(alike, nearly)  # whether 30 or 29 of 30 agree is seen nowhere


def test_the_gate_hides_the_scores_of_the_page_and_not_the_number_of_answers():
    table = protect(made(responses(**MANY), roster(A=30, B=16, C=9)), 5)
    assert table.cell("mean", school_id="A", wave="w1").why == "low rate"
    assert table.cell("mean", school_id="B", wave="w1").value == 2.8
    assert table.cell("answers", school_id="A", wave="w1").value == 10
    assert table.cell("response_rate", school_id="A", wave="w1").value == 33


def test_few_answers_to_a_scale_hide_it_where_the_survey_has_enough():
    answers = responses(**MANY)
    answers = answers[~((answers["school_id"] == "B") & (answers["row"].str[-1].isin(["6", "7"])))]
    table = protect(made(answers), 5)
    assert table.cell("mean", school_id="B", wave="w1").why == "few answers"


def test_more_answers_than_heads_give_no_rate():
    table = made(responses(A=[4] * 12), roster(A=10))
    assert value(table, "answers") == 12
    assert table[table["statistic"] == "response_rate"].empty


def test_favourable_counts_persons_and_wilson_gives_the_range():
    table = made(responses(**MANY))
    low, high = wilson(8, 10)
    assert value(table, "favourable_count") == 8 and value(table, "favourable") == 80
    assert value(table, "favourable_low") == round(100 * low) and value(table, "favourable_high") == round(100 * high)


def bound(table, statistic, school="A", wave="w1", item=""):
    found = table[(table["statistic"] == statistic) & (table["school_id"] == school) & (table["wave"] == wave) & (table["item"] == item)]
    return found["bound"].item()


def test_items_are_counted_on_two_sides_and_the_district_beside():
    table = made(responses(**MANY))
    assert "middle" not in set(table["statistic"])
    assert (value(table, "favourable_count", item="q1"), value(table, "unfavourable", item="q1"), bound(table, "unfavourable", item="q1")) == (8, 2, "less")
    assert value(table, "favourable", school="", item="q1") == round(100 * (8 + 1 + 5) / 27)


def test_where_all_agree_the_mean_the_counts_and_the_spread_do_not_say_so():
    alike, nearly = made(responses(A=[5] * 12, B=MANY["B"], C=MANY["C"])), made(responses(A=[5] * 11 + [4], B=MANY["B"], C=MANY["C"]))
    own = [table[table["school_id"] == "A"].reset_index(drop=True) for table in (alike, nearly)]
    own = [table[table["other_set"] == ""] for table in own]  # what a number of all schools is made of differs a little
    same = ["answers", "mean", "favourable_count", "favourable", "favourable_low", "favourable_high", "unfavourable"]
    own = [table[table["statistic"].isin(same)][["statistic", "item", "value", "bound"]].reset_index(drop=True) for table in own]
    pd.testing.assert_frame_equal(*own)
    assert (value(alike, "mean"), bound(alike, "mean")) == (4.6, "more")  # of 12 persons: 5 less a third, rounded inward
    assert (value(alike, "favourable_count"), value(alike, "favourable"), bound(alike, "favourable")) == (11, 92, "more")
    assert value(alike, "favourable_low") == round(100 * wilson(11, 12)[0]) and bound(alike, "favourable_low") == ""
    assert bound(alike, "steadied") == bound(alike, "difference_high") == "more" and bound(alike, "difference_low") == ""
    own_spread = made(responses(A=[5] * 12, B=[2, 2.1, 2.2, 2.3, 2.4, 2.6, 2.7, 2.8] * 2, C=[3, 3.1, 3.2, 3.3, 3.4] * 2), small_school=10)
    least = float(coding.least_spread(12, 5, 1, 5)) / np.sqrt(12)
    assert value(own_spread, "standard_error") == round(least, 2) > 0 and bound(own_spread, "standard_error") == "less"


def test_what_a_school_shows_of_its_answers_is_true_and_tells_no_two_ends_apart():
    """Whatever is answered, each number is right of the true one, and none, one or two at an end (of 12) look alike."""
    rng = np.random.default_rng(5)
    for _ in range(10):
        answered = rng.choice([1, 2, 3, 4, 5], size=12, p=rng.dirichlet([0.3] * 5)).astype(int)
        table = made(responses(A=list(answered), B=MANY["B"], C=MANY["C"]))
        truth = {"mean": answered.mean(), "favourable_count": (answered >= 4).sum(), "favourable": 100 * (answered >= 4).mean()}
        for name, true in truth.items():
            shown, at = value(table, name), bound(table, name)
            slack = 0 if name == "favourable_count" else {"mean": 0.05, "favourable": 0.5}[name] + 1e-9
            assert {"": abs(shown - true) <= slack, "more": true >= shown - slack, "less": true <= shown + slack}[at]
        against = (answered <= 2).sum()
        shown, at = value(table, "unfavourable", item="q1"), bound(table, "unfavourable", item="q1")
        assert {"": shown == against, "more": against >= shown, "less": against <= shown}[at]


@given(n=st.integers(10, 40), k=st.integers(3, 5))
def test_no_counts_that_are_shown_tell_that_a_side_or_the_middle_is_empty(n, k):
    """Over all ways in which n may answer: among those that look alike, each of the three sides may hold somebody, and not all."""
    alike: dict[tuple, list[tuple[int, int, int]]] = {}
    for favourable in range(n + 1):
        for against in range(n + 1 - favourable):
            count, at = coding.code_count(favourable, n, k)
            rest, other = shares.of_the_rest([against], [n - count], k)
            alike.setdefault((float(count), str(at), float(rest[0]), str(other[0])), []).append((favourable, against, n - favourable - against))
    for same in alike.values():
        for side in zip(*same, strict=True):
            assert max(side) >= coding.kept(k) and min(side) <= n - coding.kept(k)
        assert all(max(side) > min(side) for side in zip(*same, strict=True) if 0 in side or n in side)


def test_a_district_share_is_made_of_the_counts_as_shown_and_is_open_where_that_shows():
    table = made(responses(A=[5] * 8, B=[5] * 8, C=[5] * 8))
    assert (value(table, "favourable", school=""), bound(table, "favourable", school="")) == (88, "more")
    assert (value(table, "mean", school=""), bound(table, "mean", school="")) == (4.5, "more")
    mixed = made(responses(A=[5] * 8, B=[1] * 8, C=MANY["C"]))
    assert bound(mixed, "favourable", school="") == ""


def test_finished_scores_of_unknown_range_are_held_to_the_range_of_the_district():
    scale = SimpleNamespace(**vars(SCALE) | {"column": "trust", "items": (), "low": None, "high": None, "favourable": None})
    answers = responses(A=[100] * 8, B=[0, 50, 60, 40, 50, 30, 20, 70], C=[10, 40, 60, 50, 50, 30, 80, 30])
    answers = answers[answers["item"] == "q1"].assign(item="trust")
    table = estimate.statistics(answers, roster(), {"trust": scale}, {"w1": None}, lambda school: SETTINGS)
    assert bound(table, "mean") == "more" and 80 <= value(table, "mean") <= 87.5
    flat = estimate.statistics(answers.assign(value=50.0), roster(), {"trust": scale}, {"w1": None}, lambda school: SETTINGS)
    assert protect(flat, 5).cell("mean", school_id="A", wave="w1").value is None  # all alike, and nothing that could hide it


def test_a_change_from_or_to_an_end_is_open_to_that_side_and_called_only_on_the_other():
    now = responses("w2", A=[5] * 12, B=[2] * 12, C=[4, 5] * 20, E=MANY["C"])
    before = responses("w1", A=[2, 3] * 6, B=[5] * 12, C=[5] * 8, E=MANY["C"])
    table = made(pd.concat([before, now]), compare={"w1": None, "w2": "w1"})
    assert [bound(table, f"change_{end}", wave="w2") for end in ("low", "high")] == ["", "more"] and value(table, "change_called", wave="w2") == 1
    assert [bound(table, f"change_{end}", "B", "w2") for end in ("low", "high")] == ["less", ""] and value(table, "change_called", "B", "w2") == -1
    assert bound(table, "change_low", "C", "w2") == "less" and value(table, "change_called", "C", "w2") != 1
    low, high = value(table, "change_low", "", "w2"), value(table, "change_high", "", "w2")
    true = [5 - 2.5, 2 - 5, 4.5 - 5, 0]
    assert low <= np.mean(true) <= high


def test_fewer_than_three_schools_are_not_steadied_or_compared():
    table = made(responses(A=MANY["A"], B=MANY["B"]))
    assert not table["statistic"].isin(["steadied", "difference_low", "icc1_reml"]).any()
    assert value(table, "mean") == 4.1


def test_change_stands_on_both_waves_and_is_called_only_where_its_range_leaves_out_zero():
    now = responses("w2", A=[5] * 9 + [4], B=MANY["B"], C=MANY["C"])
    before = responses("w1", A=[2] * 9 + [3], B=MANY["B"], C=MANY["C"])
    table = made(pd.concat([before, now]), compare={"w1": None, "w2": "w1"})
    low, high = value(table, "change_low", wave="w2"), value(table, "change_high", wave="w2")
    assert low < 2.8 < high and value(table, "change_called", wave="w2") == 1
    assert value(table, "change_called", school="B", wave="w2") == 0
    row = table[(table["statistic"] == "change_low") & (table["school_id"] == "A")].iloc[0]
    assert (row["n"], row["other_n"]) == (10, 10)
    assert (row["set"], row["other_set"]) == tuple(f"answered=trust; school_id=A; source=staff; wave={w}" for w in ("w2", "w1"))


def test_a_school_hidden_in_either_wave_has_no_change():
    both = pd.concat([responses("w1", A=MANY["A"], B=MANY["B"], D=MANY["D"]), responses("w2", A=MANY["A"], B=MANY["B"], D=MANY["B"])])
    table = made(both, compare={"w1": None, "w2": "w1"})
    assert not ((table["statistic"] == "change_low") & (table["school_id"] == "D")).any()


def test_no_answers_make_no_statistics():
    assert made(responses()).empty


def test_one_scale_from_two_surveys_in_one_wave_is_refused():
    both = pd.concat([responses(A=MANY["A"]), responses(survey="families", A=MANY["B"])])
    with pytest.raises(InputError, match="trust.*two surveys"):
        made(both)


def test_one_more_answer_elsewhere_moves_no_rounded_number_by_much():
    one, more = made(responses(**MANY)), made(responses(**(MANY | {"C": [*MANY["C"], 4]})))
    own = [table[(table["school_id"] == "A") & (table["other_set"] == "")][["statistic", "value"]].reset_index(drop=True) for table in (one, more)]
    own = [table[~table["statistic"].str.contains("_low|_high|error")] for table in own]
    pd.testing.assert_frame_equal(*own)
