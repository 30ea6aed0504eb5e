"""Networks by hand and by brute force; real ones are among the reference cases."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.climate.evidence.networks import association, bounds, ei_by_chance, network, ties_in

NAN = math.nan
NODES = ["a", "b", "c", "d"]
# a and b turn to each other, c to a, nobody to or from d
SOURCE, TARGET = ["a", "b", "c"], ["b", "a", "a"]


def test_a_network_by_hand():
    found = network(NODES, SOURCE, TARGET)
    assert (found.n, found.m, found.density, found.reciprocity_edge) == (4, 3, 0.25, pytest.approx(2 / 3))
    assert (found.isolates, found.in_isolates, found.weak_components, found.largest_weak) == (1, 2, 2, 3)
    assert found.centralization_in == pytest.approx((0 + 1 + 2 + 2) / 9)  # in-degrees 2, 1, 0, 0
    assert found.centralization_out == pytest.approx((0 + 0 + 0 + 1) / 9)
    assert found.transitivity == 0.0  # b - a - c is one triple, and no triangle
    assert all(math.isnan(number) for number in found[11:])  # not asked for
    assert network(NODES, [*SOURCE, "c"], [*TARGET, "b"]).transitivity == 1.0
    assert ties_in(NODES, SOURCE, TARGET).to_dict() == {"a": 2, "b": 1, "c": 0, "d": 0}


def test_self_ties_repeated_ties_and_missing_ends_are_no_further_ties():
    again = network(NODES, [*SOURCE, "a", "c", None, "d"], [*TARGET, "b", "c", "a", NAN])
    assert again == pytest.approx(network(NODES, SOURCE, TARGET), nan_ok=True)


def test_rows_may_be_all_dyads_with_a_column_that_says_which_are_ties():
    rows = pd.DataFrame(list(itertools.permutations(NODES, 2)), columns=["from", "to"])
    given_ties = set(zip(SOURCE, TARGET, strict=True))
    rows["tie"] = [float(pair in given_ties) for pair in rows[["from", "to"]].itertuples(index=False, name=None)]
    rows["same"] = (rows["from"].isin(["a", "b"]) & rows["to"].isin(["a", "b"])).astype(float)
    found = network(NODES, rows["from"], rows["to"], rows["tie"], rows["same"])
    assert found[:11] == pytest.approx(network(NODES, SOURCE, TARGET)[:11])
    assert (found.same_tie_share, found.same_dyad_share) == (pytest.approx(2 / 3), pytest.approx(2 / 12))
    rows.loc[rows["tie"] == 0, "same"] = NAN  # of a row without `same` nothing is known there
    assert network(NODES, rows["from"], rows["to"], rows["tie"], rows["same"]).same_dyad_share == pytest.approx(2 / 3)
    rows["tie"] = rows["tie"].where(rows["from"] != "c")  # nor whether it is a tie
    assert network(NODES, rows["from"], rows["to"], rows["tie"]).m == 2


def test_attribute_and_in_degree():
    assert network(NODES, SOURCE, TARGET, attribute=[4.0, 2.0, 0.0, 0.0]).attribute_indegree_r == pytest.approx(1)
    # without d: in-degrees 2, 1, 0 with 1, 2, NaN leaves two nodes
    assert network(NODES, SOURCE, TARGET, attribute=[1.0, 2.0, NAN, None]).attribute_indegree_r == pytest.approx(-1)
    assert math.isnan(network(NODES, SOURCE, TARGET, attribute=[3.0] * 4).attribute_indegree_r)


def test_categories_by_hand():
    found = network(NODES, SOURCE, TARGET, nominal=["x", "x", "y", "y"])
    assert (found.internal, found.external, found.ei_index) == (2, 1, pytest.approx(-1 / 3))
    assert found.ei_expected_random == pytest.approx(2 * (1 - 4 / 12) - 1)
    # shares: xx 2/3, yx 1/3; ends of ties in x: 2/3 out, all in
    assert found.assortativity_nominal == pytest.approx((2 / 3 - 2 / 3) / (1 - 2 / 3))
    unknown = network(NODES, SOURCE, TARGET, nominal=pd.Series(["x", "x", None, "y"], dtype="category").cat.add_categories("z"))
    assert (unknown.internal, unknown.external, unknown.n, unknown.m) == (2, 0, 4, 3)
    assert unknown.ei_expected_random == pytest.approx(2 * (1 - 2 / 6) - 1)
    assert math.isnan(network(NODES, SOURCE, TARGET, nominal=["x"] * 4).assortativity_nominal)
    nobody = network(NODES, SOURCE, TARGET, nominal=[None] * 4)
    assert (nobody.internal, nobody.external) == (0, 0) and math.isnan(nobody.ei_index) and math.isnan(nobody.ei_expected_random)


def test_networks_without_ties_or_people():
    still = network(NODES, [], [], nominal=["x", "x", "y", "y"], same=[])
    assert (still.m, still.density, still.isolates, still.weak_components, still.largest_weak) == (0, 0.0, 4, 4, 1)
    assert all(math.isnan(number) for number in (still.reciprocity_edge, still.transitivity, still.ei_index, still.same_tie_share))
    one, nobody = network([7], [7], [7]), network([], [], [])
    assert (one.n, one.m, one.isolates) == (1, 0, 1) and math.isnan(one.density) and math.isnan(one.centralization_in)
    assert (nobody.n, nobody.weak_components, nobody.largest_weak) == (0, 0, 0) and math.isnan(nobody.centralization_out)


@pytest.mark.parametrize(("call", "says"), [
    (lambda: network(["a", "a"], [], []), "a stands twice"),
    (lambda: network(["a", None], [], []), "no id"),
    (lambda: network(["a", "b"], ["a"], ["z"]), "z has a tie and is not among the nodes"),
    (lambda: network(["a", "b"], ["a"], []), "different lengths"),
    (lambda: network(["a", "b"], [], [], attribute=[1.0]), "one for each node"),
    (lambda: bounds(["a", "b"], [], [], [True]), "for each of the 2 nodes"),
    (lambda: bounds(["a", "b"], [], [], [True, None]), "for each of the 2 nodes"),
    (lambda: ei_by_chance(["a", "b"], [], [], ["x", "y"], 1, 0), "at least 1"),
    (lambda: association([1.0], [1.0, 2.0], 1), "one row for each"),
])  # fmt: skip
def test_what_cannot_be_meant_says_so(call, says):
    with pytest.raises(ValueError, match=says):
        call()


PAIRS = list(itertools.permutations(range(3), 2))


@settings(max_examples=20)
@given(st.sets(st.sampled_from(PAIRS)), st.lists(st.booleans(), min_size=3, max_size=3))
def test_bounds_are_reached_and_nothing_lies_beyond_them(ties, completed):
    """All ways to fill in the forms of three people who did not, or did."""
    free = [pair for pair in PAIRS if not completed[pair[0]] and pair not in ties]
    every = []
    for filled in itertools.chain.from_iterable(itertools.combinations(free, count) for count in range(len(free) + 1)):
        whole = sorted(ties | set(filled))
        every.append(network(range(3), [pair[0] for pair in whole], [pair[1] for pair in whole]))
    given_ties = sorted(ties)
    found = bounds(range(3), [pair[0] for pair in given_ties], [pair[1] for pair in given_ties], completed)
    for name, ends in found._asdict().items():
        reached = [getattr(one, name) for one in every if not math.isnan(getattr(one, name))]
        assert ends == pytest.approx((min(reached, default=NAN), max(reached, default=NAN)), nan_ok=True), name


def test_bounds_where_all_completed_are_the_numbers():
    found, exact = bounds(NODES, SOURCE, TARGET, [True] * 4), network(NODES, SOURCE, TARGET)
    assert all(ends == (getattr(exact, name),) * 2 for name, ends in found._asdict().items())


def test_e_i_by_chance_against_every_relabelling():
    nodes, nominal = list(range(5)), ["x", "x", "x", "y", "y"]
    source, target = [0, 1, 0, 3, 4], [1, 0, 2, 4, 0]
    found = ei_by_chance(nodes, source, target, nominal, seed=3, permutations=4000)
    every = [network(nodes, source, target, nominal=list(dealt)).ei_index for dealt in set(itertools.permutations(nominal))]
    assert found.expected == pytest.approx(np.mean(every))
    assert found.observed == network(nodes, source, target, nominal=nominal).ei_index
    share = np.mean([abs(one - found.expected) >= abs(found.observed - found.expected) - 1e-12 for one in every])
    assert found.p == pytest.approx(share, abs=0.03) and found.low <= found.expected <= found.high
    assert found == ei_by_chance(nodes, source, target, nominal, seed=3, permutations=4000)
    least = ei_by_chance(nodes, source, target, nominal, seed=3, permutations=9)
    assert least.p >= 1 / 10


def test_e_i_by_chance_where_there_is_nothing_to_compare():
    without_ties, of_one_kind = ei_by_chance(NODES, [], [], list("xxyy"), 1, 99), ei_by_chance(NODES, SOURCE, TARGET, ["x"] * 4, 1, 99)
    assert all(math.isnan(number) for number in (*without_ties[:5], *of_one_kind[:5]))
    without_b = ei_by_chance(NODES, SOURCE, TARGET, ["x", None, "y", "y"], 1, 99)  # c to a is left
    assert (without_b.observed, without_b.permutations) == (1.0, 99) and without_b.expected == pytest.approx(2 * (1 - 2 / 6) - 1)


def test_association_over_schools_against_every_order():
    number, outcome = [0.1, 0.2, 0.3, 0.4, 0.5], [1.0, 3.0, 2.0, 5.0, 4.0]
    found = association(number, outcome, seed=1, permutations=4000)
    assert found.observed == pytest.approx(np.corrcoef(number, outcome)[0, 1]) and found.expected == 0
    every = [np.corrcoef(number, dealt)[0, 1] for dealt in itertools.permutations(outcome)]
    assert found.p == pytest.approx(np.mean(np.abs(every) >= found.observed - 1e-12), abs=0.03)
    assert found == association(number, outcome, seed=1, permutations=4000)
    assert association(number, [*outcome[:4], NAN], seed=1, permutations=99).observed == pytest.approx(np.corrcoef(number[:4], outcome[:4])[0, 1])


def test_association_within_schools_leaves_differences_between_them_out():
    number, outcome, school = [0, 1, 2, 10, 11, 12], [5.0, 6.0, 7.0, 1.0, 2.0, 3.0], list("aaabbb")
    assert association(number, outcome, 1, permutations=200).observed < 0
    within = association(number, outcome, 1, school, permutations=3000)
    assert within.observed == pytest.approx(1)
    # of the 6 x 6 orders within the schools, two are as far: all rising, all falling
    assert within.p == pytest.approx(2 / 36, abs=0.02)
    mixed = association(number, outcome, 1, list("ababab"), permutations=50)  # rows of a school need not stand together
    assert -1 <= mixed.low <= mixed.high <= 1


def test_association_of_what_does_not_vary_is_no_number():
    for found in (association([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], 1), association([1.0, 2.0], [1.0, 2.0], 1), association([], [], 1)):
        assert all(math.isnan(number) for number in found[:5])


def test_chance_alone_is_called_rarely():
    rng = np.random.default_rng(11)
    low = [association(rng.normal(size=12), rng.normal(size=12), seed, permutations=199).p <= 0.05 for seed in range(200)]
    assert np.mean(low) < 0.1
