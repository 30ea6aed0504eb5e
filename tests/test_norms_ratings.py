"""Ratings counted: whose rating counts once, what is favourable, how many must stand behind it, which change is called."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.norms import ratings
from cyclebook.parameters import Term
from cyclebook.privacy import RespondentSet, protect

COLUMNS = ["survey", "school_id", "date", "row", "person", "item", "value", "centre", "between"]
TERMS = (Term("2025-fall", "Fall term", date(2025, 8, 11), date(2025, 12, 19)),)


def rated(*rows: tuple, school: str = "S01", survey: str = "lived_by") -> pd.DataFrame:
    """Ratings given as (date, person, item, value); a person of None stands for a rating without a token."""
    full = [
        (survey, school, day, f"f:{place}", person, item, float(value), 3.0, True)
        for place, (day, person, item, value) in enumerate(rows)
    ]
    return pd.DataFrame(full, columns=COLUMNS).astype({"person": "str"})


def voices(day: str, values: str, item: str = "a1", named: bool = True) -> list[tuple]:
    """One rating for each digit of ``values``."""
    return [(day, f"p{place}" if named else None, item, value) for place, value in enumerate(values)]


def cell(table: pd.DataFrame, statistic: str, **where):
    rows = table[(table["statistic"] == statistic) & np.logical_and.reduce([table[key] == value for key, value in where.items()])]
    assert len(rows) == 1
    return rows.iloc[0]


def value(table, statistic, **where):
    return cell(table, statistic, **where)["value"]


@pytest.mark.parametrize(
    ("answers", "favourable", "unfavourable"),
    [({1, 2, 3, 4, 5}, {4, 5}, {1, 2}), ({1, 2, 3, 4}, {3, 4}, {1, 2}), ({0, 1, 2}, {2}, {0}), ({0, 1}, {1}, {0}),
     ({1, 1.0, 2, 3, 4, 5}, {4, 5}, {1, 2})],
)  # fmt: skip
def test_favourable_is_above_the_middle_of_the_answers(answers, favourable, unfavourable):
    centre = ratings.centre(answers)
    assert {answer for answer in answers if answer > centre} == favourable
    assert {answer for answer in answers if answer < centre} == unfavourable


def test_a_window_is_the_term_that_holds_the_day_else_its_month():
    assert ratings.window("2025-08-11", TERMS) == ratings.window("2025-12-19", TERMS) == "2025-fall"
    assert ratings.window("2025-12-20", TERMS) == "2025-12"
    assert ratings.window("2025-10-09") == "2025-10"


def test_counts_shares_and_sets():
    table = ratings.lived_by(rated(*voices("2025-10-06", "5544322111")), 5)
    where = {"wave": "2025-10", "scale": "a1", "item": "", "school_id": "S01"}
    assert [value(table, name, **where) for name in ("favourable_count", "favourable", "unfavourable")] == [4, 40, 5]
    assert cell(table, "unfavourable", **where)["bound"] == "more" and "middle" not in set(table["statistic"])
    assert (value(table, "favourable_low", **where), value(table, "favourable_high", **where)) == (17, 69)
    row = cell(table, "favourable", **where)
    assert row["set"] == "answered=a1; school_id=S01; source=lived_by; window=2025-10"
    assert str(RespondentSet.parse(row["set"])) == row["set"]
    assert (row["n"], row["answered"]) == (10, 10)


def test_answers_without_a_middle_have_two_sides_and_one_count():
    table = ratings.lived_by(rated(*voices("2025-10-06", "4443211111")).assign(centre=2.5, between=False), 5)
    assert value(table, "favourable_count", wave="2025-10") == 4
    assert "unfavourable" not in set(table["statistic"])


SHARES = ("favourable_count", "favourable", "favourable_low", "favourable_high")


@pytest.mark.parametrize(
    ("count", "named", "shown"), [(9, True, False), (10, True, True), (29, False, False), (30, False, True)]
)
def test_without_a_middle_a_share_tells_the_spread_and_needs_as_many_as_the_spread(count, named, shown):
    rows = rated(*voices("2025-10-06", "1" * count, named=named)).assign(centre=2.5, between=False)
    table = protect(ratings.lived_by(rows, 5), 5)
    assert all((table.cell(name, scale="a1").value is not None) is shown for name in SHARES)
    assert ratings.needed(rows, 5) == {("S01", "a1"): 10 if named else 30}


def test_a_set_of_which_some_answers_have_no_middle_is_held_to_the_stricter_rule():
    rows = rated(*voices("2025-10-06", "554433221")).assign(between=[True] * 8 + [False])
    assert protect(ratings.lived_by(rows, 5), 5).cell("favourable", scale="a1").value is None


def test_no_change_is_computed_from_a_month_that_too_few_rated_without_a_middle():
    months = [*voices("2025-03-03", "1" * 9), *voices("2025-04-07", "1" * 10), *voices("2025-10-06", "4" * 10)]
    table = ratings.lived_by(rated(*months).assign(centre=2.5, between=False), 5)
    assert cell(table, "change_called")["other_set"].endswith("window=2025-04")


def test_raters_are_the_persons_who_rated_any_agreement_in_a_month():
    rows = [*voices("2025-10-06", "55555"), *voices("2025-10-20", "1234", "a2"), ("2025-10-21", "q", "a2", 5)]
    row = cell(ratings.lived_by(rated(*rows), 5), "raters")
    assert (row["value"], row["n"], row["wave"], row["scale"]) == (6, 6, "2025-10", "")
    assert row["set"] == "answered=a1|a2; school_id=S01; source=lived_by; window=2025-10"


def test_too_few_raters_are_blanked_and_who_stands_behind_a_rating_without_a_token_is_not_known():
    four = protect(ratings.lived_by(rated(*voices("2025-10-06", "5555"), *voices("2025-10-06", "55", "a2")), 5), 5)
    assert four.cell("raters").value is None
    named = voices("2025-10-06", "5" * 20)
    assert "raters" not in set(ratings.lived_by(rated(*named, ("2025-10-06", None, "a2", 5)), 5)["statistic"])


def test_a_person_counts_once_in_a_month_with_the_latest_rating():
    rows = [("2025-10-20", "p0", "a1", 5), ("2025-10-06", "p0", "a1", 1), ("2025-10-06", "p1", "a1", 5), ("2025-11-03", "p0", "a1", 1)]
    table = ratings.lived_by(rated(*rows), 1)
    october = {"wave": "2025-10"}
    assert (value(table, "favourable_count", **october), cell(table, "favourable", **october)["n"]) == (2, 2)
    assert (value(table, "favourable_count", wave="2025-11"), cell(table, "favourable", wave="2025-11")["n"]) == (0, 1)


def test_of_two_ratings_on_one_day_the_later_row_counts():
    table = ratings.lived_by(rated(("2025-10-06", "p0", "a1", 1), ("2025-10-06", "p0", "a1", 5)), 1)
    assert value(table, "favourable_count", wave="2025-10") == 1


def test_the_same_person_counts_in_each_agreement():
    table = ratings.lived_by(rated(("2025-10-06", "p0", "a1", 1), ("2025-10-06", "p0", "a2", 5)), 1)
    assert (value(table, "favourable_count", scale="a1"), value(table, "favourable_count", scale="a2")) == (0, 1)


def test_too_few_persons_are_blanked_and_their_spread_needs_twice_as_many():
    four = protect(ratings.lived_by(rated(*voices("2025-10-06", "5544")), 5), 5)
    assert all(value is None for value in four.values())
    nine = protect(ratings.lived_by(rated(*voices("2025-10-06", "554433221")), 5), 5)
    assert nine.cell("favourable", scale="a1").value == 44
    assert nine.cell("unfavourable", scale="a1").value is None
    ten = protect(ratings.lived_by(rated(*voices("2025-10-06", "5544332211")), 5), 5)
    assert (ten.cell("unfavourable", scale="a1").value, ten.cell("unfavourable", scale="a1").bound) == (4, "")


@pytest.mark.parametrize(("count", "share", "spread"), [(14, False, False), (15, True, False), (29, True, False), (30, True, True)])
def test_without_tokens_three_times_as_many_ratings_are_needed(count, share, spread):
    table = protect(ratings.lived_by(rated(*voices("2025-10-06", "5" * count, named=False)), 5), 5)
    assert (table.cell("favourable", scale="a1").value is not None) is share
    assert (table.cell("unfavourable", scale="a1").value is not None) is spread


def test_one_rating_without_a_token_is_enough_for_the_stricter_rule():
    rows = [*voices("2025-10-06", "5" * 9), ("2025-10-06", None, "a1", 5)]
    assert protect(ratings.lived_by(rated(*rows), 5), 5).cell("favourable", scale="a1").value is None


def test_only_the_latest_windows_of_a_school_are_kept():
    months = [f"20{year}-{month:02}-06" for year in (23, 24) for month in range(1, 13)]
    long = rated(*[row for day in months for row in voices(day, "5" * 5)])
    table = ratings.lived_by(pd.concat([long, rated(*voices("2023-01-09", "5" * 5), school="S02")]), 5)
    kept = sorted(table.loc[table["school_id"] == "S01", "wave"].unique())
    assert kept == [day[:7] for day in months[-ratings.WINDOWS :]]
    assert table.loc[table["school_id"] == "S02", "wave"].unique().tolist() == ["2023-01"]


def test_collaboration_is_counted_by_question_and_window():
    rows = [*voices("2025-09-08", "55511", "loop"), *voices("2025-11-03", "11111", "loop"), *voices("2026-01-12", "55555", "loop")]
    table = ratings.collaboration(rated(*rows, survey="review"), 5, TERMS)
    where = {"scale": "review", "item": "loop"}
    # the same five persons, later in the term
    assert cell(table, "favourable_count", wave="2025-fall", **where)[["value", "bound"]].tolist() == [1, "less"]
    assert cell(table, "favourable_count", wave="2026-01", **where)[["value", "bound"]].tolist() == [4, "more"]
    assert cell(table, "favourable", wave="2025-fall")["set"] == "answered=loop; school_id=S01; source=review; window=2025-fall"


def test_two_surveys_of_one_agreement_make_one_number():
    table = ratings.lived_by(pd.concat([rated(*voices("2025-10-06", "555")), rated(("2025-10-07", "q", "a1", 1), survey="pulse")]), 1)
    row = cell(table, "favourable_count")
    assert (row["value"], row["n"], row["set"]) == (3, 4, "answered=a1; school_id=S01; source=lived_by|pulse; window=2025-10")


@given(st.lists(st.tuples(st.sampled_from(["2025-09-01", "2025-09-15", "2025-10-06"]), st.none() | st.sampled_from("abcdefg"),
                          st.sampled_from(["a1", "a2"]), st.integers(1, 5)), min_size=1, max_size=60), st.integers(1, 6), st.booleans())  # fmt: skip
def test_every_number_has_one_base_and_none_is_shown_that_too_few_stand_behind(rows, smallest, middle):
    answers = rated(*rows) if middle else rated(*rows).assign(centre=2.5, between=False)
    table, needed = ratings.lived_by(answers, smallest), ratings.needed(answers, smallest)
    assert (table.groupby("set")["n"].nunique() == 1).all()
    shares = table[(table["other_set"] == "") & (table["statistic"] != "raters")]
    whole = shares.pivot_table(index=["set"], columns="statistic", values="value")
    if "unfavourable" in whole:
        counted = (whole["favourable_count"] + whole["unfavourable"]).dropna()
        assert (counted <= shares.groupby("set")["n"].first()[counted.index]).all()
    shown = protect(table, smallest).frame
    for row in shown[(shown["why"] == "") & (shown["other_set"] == "")].itertuples():
        behind = [r for r in rows if row.scale in (r[2], "") and r[0][:7] == row.wave]
        tokens = {r[1] for r in behind}
        least = smallest * (2 if row.statistic == "unfavourable" or not middle else 1)
        if row.statistic == "raters":
            assert None not in tokens and row.value == len(tokens) >= smallest
        elif None in tokens:
            assert len([r for r in behind if r[1] is None]) + len(tokens - {None}) >= 3 * least
        else:
            assert len(tokens) >= least
    for row in shown[(shown["why"] != "") & (shown["statistic"] == "favourable")].itertuples():
        assert len([r for r in rows if r[2] == row.scale and r[0][:7] == row.wave and r[1] is None]) < needed["S01", row.scale]
        assert len({r[1] for r in rows if r[2] == row.scale and r[0][:7] == row.wave}) < needed["S01", row.scale]


# Change


@pytest.mark.parametrize(
    ("numbers", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((6, 7, 2, 7), 0.0582, 0.8062),
     ((5, 56, 0, 29), -0.0381, 0.1926), ((0, 10, 0, 20), -0.1611, 0.2775), ((0, 10, 0, 10), -0.2775, 0.2775),
     ((10, 10, 0, 20), 0.6791, 1.0), ((10, 10, 0, 10), 0.6075, 1.0)],
)  # fmt: skip
def test_the_interval_of_a_difference_is_newcombes(numbers, low, high):
    """Newcombe (1998), table II, method 10."""
    found = ratings.newcombe(*([number] for number in numbers))
    assert [round(float(end[0]), 4) for end in found] == [low, high]


def touching(*numbers) -> float:
    """The error at which Newcombe's interval just leaves out zero: what a p-value is to it."""
    least, most = 0.0, 1.0
    for _ in range(40):
        error = (least + most) / 2
        low, high = ratings.newcombe(*numbers, confidence=1 - error)
        least, most = (least, error) if low[0] > 0 or high[0] < 0 else (error, most)
    return most


PAIR = st.integers(5, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(st.tuples(PAIR, PAIR), min_size=1, max_size=6))
def test_holm_calls_what_its_definition_calls(pairs):
    """Step down from the smallest p: each against 5 % shared among the changes that are left."""
    arrays = [np.array(column) for column in zip(*((*now, *then) for now, then in pairs), strict=True)]
    p = [touching(*(array[[place]] for array in arrays)) for place in range(len(pairs))]
    called = ratings.call(*arrays)
    rejected = np.zeros(len(pairs), dtype=bool)
    for step, place in enumerate(np.argsort(p, kind="stable")):
        if p[place] > 0.05 / (len(pairs) - step):
            break
        rejected[place] = True
    gap = np.sign(arrays[0] / arrays[1] - arrays[2] / arrays[3])
    assert (called == np.where(rejected, gap, 0)).all()


def test_the_first_cleared_month_is_held_against_the_latest():
    rows = [*voices("2025-03-03", "1111"), *voices("2025-04-07", "1" * 20), *voices("2025-06-02", "5" * 20), *voices("2025-10-06", "5" * 20)]
    table = ratings.lived_by(rated(*rows), 5)
    row = cell(table, "change_called", wave="2025-10", scale="a1")
    assert row["value"] == 1
    assert row["other_set"] == "answered=a1; school_id=S01; source=lived_by; window=2025-04"
    assert (row["n"], row["other_n"]) == (20, 20)
    assert value(table, "change_low", wave="2025-10") > 50


def test_one_cleared_month_makes_no_change():
    table = ratings.lived_by(rated(*voices("2025-03-03", "1111"), *voices("2025-04-07", "1" * 20)), 5)
    assert "change_called" not in set(table["statistic"])


def test_a_change_that_only_just_stands_out_is_not_called_among_many():
    alone = ratings.call([15], [20], [8], [20])
    among = ratings.call([15, 10, 10, 10, 10], [20] * 5, [8, 10, 10, 10, 10], [20] * 5)
    assert (alone.tolist(), among.tolist()) == ([1], [0, 0, 0, 0, 0])


# At the ends

VOTES = st.tuples(st.integers(0, 25), st.integers(0, 25), st.integers(0, 25)).filter(lambda votes: sum(votes) >= 5)


def coded(favourable: int, between: int, against: int, smallest: int = 5) -> tuple[tuple[int, str], tuple[int, str]]:
    """(count, bound) of both sides as they may be shown."""
    found = ratings._coded(*(pd.Series([number]) for number in (favourable, against, favourable + between + against)), smallest)
    return tuple((int(count[0]), str(bound[0])) for count, bound in found)


@given(VOTES, st.integers(3, 9))
def test_both_sides_as_shown_hold_of_the_answers(votes, smallest):
    n = sum(votes)
    if n < smallest:
        return
    for (count, bound), true in zip(coded(*votes, smallest), (votes[0], votes[2]), strict=True):
        assert {"": count == true, "more": true >= count, "less": true <= count}[bound]
        assert 0 <= count <= n


@pytest.mark.parametrize("smallest", [3, 5, 6, 10])
def test_no_side_shown_gives_away_that_next_to_no_one_is_on_any_side(smallest):
    """For every pair of counts that is shown: each of the three sides may hold no one only if it may hold so many as are kept."""
    few = ratings.kept(smallest)
    for n in (2 * smallest, 2 * smallest + 1, 2 * smallest + 7, 40):
        every = [(favourable, n - favourable - against, against) for favourable in range(n + 1) for against in range(n + 1 - favourable)]
        votes = pd.DataFrame(every, columns=["favourable", "between", "against"])
        (count, bound), (other, other_bound) = ratings._coded(votes["favourable"], votes["against"], pd.Series(n, votes.index), smallest)
        possible: dict[tuple, list[tuple[int, int, int]]] = {}
        for shown, one in zip(zip(count, bound, other, other_bound, strict=True), every, strict=True):
            possible.setdefault(shown, []).append(one)
        for both, found in possible.items():
            for side in range(3):
                held = {votes[side] for votes in found}
                assert not any(number <= few for number in held) or {0, few} <= held, (n, both, found)


def test_shares_and_intervals_are_made_from_the_counts_as_shown():
    table = ratings.lived_by(rated(*voices("2025-10-06", "5" * 20)), 5)
    low, high = ratings.wilson(19, 20)
    rows = {name: cell(table, name, scale="a1") for name in ("favourable_count", "favourable", "favourable_low", "favourable_high")}
    assert {name: (row["value"], row["bound"]) for name, row in rows.items()} == {
        "favourable_count": (19, "more"), "favourable": (95, "more"), "favourable_low": (round(100 * low), ""),
        "favourable_high": (round(100 * high), "more"),
    }  # fmt: skip
    assert cell(table, "unfavourable", scale="a1")[["value", "bound"]].tolist() == [1, "less"]


def test_two_months_at_the_same_end_have_no_change():
    table = ratings.lived_by(rated(*voices("2025-09-01", "5" * 12), *voices("2025-10-06", "5" * 30)), 5)
    assert not {"change_low", "change_high", "change_called"} & set(table["statistic"])


@given(st.lists(st.integers(10, 60).flatmap(lambda n: st.tuples(st.sampled_from([0, 1, n // 4, n // 2, n - 2, n - 1, n]), st.just(n))),
                min_size=2, max_size=2))  # fmt: skip
def test_the_interval_of_a_change_reaches_at_least_as_far_as_shown_where_it_says_so(pairs):
    rows = [row for place, (count, n) in enumerate(pairs, start=1) for row in voices(f"2025-{place:02}-03", "5" * count + "1" * (n - count))]
    table = ratings.lived_by(rated(*rows), 5)
    if "change_low" not in set(table["statistic"]):
        return
    (then, n_then), (now, n_now) = pairs
    true = [round(100 * float(end[0])) for end in ratings.newcombe([now], [n_now], [then], [n_then])]
    for name, end in zip(("change_low", "change_high"), true, strict=True):
        row = cell(table, name)
        assert {"": True, "more": end >= row["value"], "less": end <= row["value"]}[row["bound"]]
    called, low, high = (cell(table, name) for name in ("change_called", "change_low", "change_high"))
    assert called["value"] <= 0 or (low["value"] > 0 and not low["bound"] and now / n_now > then / n_then)
    assert called["value"] >= 0 or (high["value"] < 0 and not high["bound"] and now / n_now < then / n_then)


@given(st.lists(st.text("12345", min_size=5, max_size=12), min_size=2, max_size=4))
def test_a_called_change_is_one_in_the_numbers_shown(months):
    rows = [row for place, values in enumerate(months, start=1) for row in voices(f"2025-{place:02}-03", values)]
    table = protect(ratings.lived_by(rated(*rows), 5), 5)
    latest = {"scale": "a1", "wave": f"2025-{len(months):02}"}
    ends = [table.cell(name, **latest) for name in ("change_low", "change_high", "change_called")]
    if None in ends:  # both months at one end
        bounds = {table.cell("favourable_count", scale="a1", wave=f"2025-{month:02}").bound for month in (len(months), 1)}
        assert len(bounds) == 1 and bounds != {""}
        return
    low, high, called = (cell.value for cell in ends)
    assert -100 <= low <= high <= 100
    assert called != 1 or 0 < low
    assert called != -1 or high < 0
    now, then = (table.cell("favourable", scale="a1", wave=f"2025-{month:02}").value for month in (len(months), 1))
    assert not called or np.sign(now - then) == called
