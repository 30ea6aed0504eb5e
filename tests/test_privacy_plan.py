"""The plan and the attacks behind it, against brute force on tables small enough for it, and against published suppression patterns."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from scipy.optimize import linprog

from cyclebook.privacy import PrivacyError, attack, coding
from cyclebook.privacy.plan import Candidate, Scale, decide, suppress
from cyclebook.privacy.system import of_members, parts

K = 5
ROLES = ("Teacher", "Aide", "Office")


@st.composite
def districts(draw, schools=4, roles=3, most=9):
    """Persons of a few schools with a role and years each, and what pages would show of them."""
    rows = []
    for school in range(draw(st.integers(2, schools))):
        for role in ROLES[:roles]:
            for _ in range(draw(st.integers(0, most))):
                rows.append((f"S{school}", role))
    members = pd.DataFrame(rows, columns=["school_id", "role"])
    counts = members["school_id"].value_counts()
    members = members[members["school_id"].isin(counts[counts >= K].index)].reset_index(drop=True)
    return members.assign(score=draw(st.lists(st.integers(1, 5), min_size=len(members), max_size=len(members))))


def candidates(members):
    found = [Candidate({}, 1e6, True)]
    found += [Candidate({"school_id": (school,)}, 1e6, True) for school in members["school_id"].unique()]
    found += [Candidate({"role": (role,)}, 1000.0) for role in members["role"].unique()]
    cells = members.value_counts(["school_id", "role"], sort=False).reset_index()
    return found + [Candidate({"school_id": (school,), "role": (role,)}, float(n)) for school, role, n in cells.itertuples(index=False)]


def small_by_enumeration(rows, n, k=K):
    """Whether any 0/1 vector of the row space stands for 1 to k - 1 persons: every vector is tried, without integer programming."""
    table = np.asarray(rows)
    if not table.size:
        return False
    rank = np.linalg.matrix_rank(table)
    for vector in product((0.0, 1.0), repeat=table.shape[1]):
        if not any(vector) or np.linalg.matrix_rank(np.vstack([table, vector])) > rank:
            continue
        weights = np.linalg.lstsq(table.T, np.array(vector), rcond=None)[0]
        if 0.5 < weights @ n < k - 0.5:
            return True
    return False


def highest(system, shown, place):
    """The most persons that a hidden set may hold: one linear program over the whole table, nothing taken apart."""
    rows = system.rows.toarray()
    solved = linprog(-rows[place], A_eq=rows[shown], b_eq=system.n[shown], bounds=(0, None))
    return np.inf if solved.status == 3 else -solved.fun


@settings(max_examples=60, deadline=None)
@given(members=districts())
def test_after_the_plan_no_small_set_follows_and_no_hidden_count_is_known_to_be_small(members):
    if members.empty:
        return
    found = candidates(members)
    plan = decide({"trust": members}, found, K)
    sets = [one.keys for one in found]
    system, _ = of_members(members, sets)
    shown = np.array([plan.published(keys) for keys in sets])
    assert (system.n[shown] >= K).all()
    assert all(plan.published(one.keys) for one in found if one.fixed)
    assert not small_by_enumeration(system.rows.toarray()[shown], system.n[shown])
    for place in np.flatnonzero(~shown & (system.n > 0) & (system.n < K)):
        assert highest(system, shown, place) >= K - 1e-6


@settings(max_examples=25, deadline=None)
@given(members=districts(schools=3))
def test_the_plan_hides_no_more_than_it_must(members):
    if members.empty:
        return
    found = candidates(members)
    plan = decide({"trust": members}, found, K)
    assert plan.gap == 0
    sets = [one.keys for one in found]
    system, _ = of_members(members, sets)
    shown = np.array([plan.published(keys) for keys in sets])
    public = np.array([one.fixed for one in found])
    for keys in plan.complementary:  # any one of them shown again, and something follows
        more = shown | np.array([keys == other for other in sets])
        counts = [
            highest(system, more, place) < K - 1e-6
            for place in np.flatnonzero(~more & (system.n > 0) & (system.n < K))
        ]
        assert small_by_enumeration(system.rows.toarray()[more], system.n[more]) or any(counts)
    weight = np.array([one.weight for one in found])
    may = np.flatnonzero((system.n >= K) & ~public)
    if len(may) > 9:
        return
    least = np.inf
    for pattern in product((False, True), repeat=len(may)):
        tried = system.n >= K
        tried[may[np.array(pattern, dtype=bool)]] = False
        if weight[may[np.array(pattern, dtype=bool)]].sum() >= least or small_by_enumeration(system.rows.toarray()[tried], system.n[tried]):
            continue
        small = np.flatnonzero(~tried & (system.n > 0) & (system.n < K))
        if all(highest(system, tried, place) >= K - 1e-6 for place in small):
            least = weight[may[np.array(pattern, dtype=bool)]].sum()
    primary = (system.n > 0) & (system.n < K)
    assert plan.cost == pytest.approx(least + weight[primary].sum())


@settings(max_examples=40, deadline=None)
@given(members=districts(schools=3), data=st.data())
def test_no_average_of_a_hidden_group_and_no_answer_of_one_person_is_known_to_a_point(members, data):
    if members.empty:
        return
    extreme = data.draw(st.sampled_from([None, 5, 1]))
    members = members.assign(score=(members["score"] if extreme is None else extreme) * 1.0)
    found = candidates(members)
    plan = decide({"trust": members}, found, K, scales={"trust": Scale(1, 5, 1)})
    sets = [one.keys for one in found]
    system, sums = of_members(members, sets, "score")
    shown = np.array([plan.published(keys) for keys in sets])
    mean = sums[shown] / system.n[shown]
    value, bound = coding.code(mean, system.n[shown], K, 1, 5, 1)
    value = np.round(value, 1)
    low = np.where(bound == "less", 1, np.maximum(value - 0.05, 1))
    high = np.where(bound == "more", 5, np.minimum(value + 0.05, 5))
    assert (low <= mean + 1e-9).all() and (mean <= high + 1e-9).all()
    rows, n = system.rows.toarray(), system.n
    # one linear program for each hidden small group, over sums of atoms, nothing taken apart
    table = np.vstack([rows[shown], -rows[shown]])
    limits = np.concatenate([high * n[shown], -low * n[shown]])
    box = np.column_stack([system.sizes, 5 * system.sizes])
    for place in np.flatnonzero((n > 0) & (n < K)):
        least = linprog(rows[place] / n[place], A_ub=table, b_ub=limits, bounds=box).fun
        most = -linprog(-rows[place] / n[place], A_ub=table, b_ub=limits, bounds=box).fun
        assert most - least >= 1 - 1e-6


@settings(max_examples=40, deadline=None)
@given(members=districts(schools=3, most=4))
def test_taking_a_system_apart_changes_nothing_that_follows(members):
    if members.empty:
        return
    sets = [one.keys for one in candidates(members)]
    system, _ = of_members(members, sets)
    shown = np.flatnonzero(system.n >= K)
    taken = system.take(shown)
    assert any(True for _ in attack.small_sets(taken, K, 10)) == small_by_enumeration(taken.rows.toarray(), taken.n)
    for part in parts(taken):
        assert part.n == pytest.approx(part.rows @ part.sizes)


def test_sets_that_are_published_anyway_and_give_a_few_away_are_refused():
    members = pd.DataFrame({"school_id": ["A"] * 7 + ["B"] * 3})
    with pytest.raises(PrivacyError, match="in any case"):
        decide({"trust": members}, [Candidate({}, 1, True), Candidate({"school_id": ("A",)}, 1, True)], K)


def test_a_set_is_hidden_on_all_bases_or_on_none():
    one = pd.DataFrame({"school_id": ["A"] * 20, "role": ["Teacher"] * 14 + ["Aide"] * 6})
    other = one.iloc[:-2]  # two aides skipped the questions of the second scale: four are few
    found = [Candidate({"school_id": ("A",)}, 100, True), Candidate({"school_id": ("A",), "role": ("Teacher",)}, 14), Candidate({"school_id": ("A",), "role": ("Aide",)}, 6)]
    assert decide({"trust": one}, found, K).hidden == []
    both = decide({"trust": one, "efficacy": other}, found, K)
    assert [keys["role"] for keys in both.primary] == [("Aide",)]
    assert [keys["role"] for keys in both.complementary] == [("Teacher",)]


def test_the_same_persons_give_the_same_plan_in_any_order():
    rng = np.random.default_rng(4)
    members = pd.DataFrame({"school_id": rng.choice(list("ABCDEF"), 150), "role": rng.choice(ROLES, 150, p=[0.7, 0.2, 0.1])})
    found = candidates(members)
    plan = decide({"trust": members}, found, K)
    again = decide({"trust": members.sample(frac=1, random_state=1)}, found, K)
    assert plan == again and plan.complementary


def test_running_out_of_time_hides_more_and_says_so():
    rng = np.random.default_rng(5)
    members = pd.DataFrame({"school_id": rng.choice([f"S{i}" for i in range(30)], 700), "role": rng.choice(ROLES, 700, p=[0.75, 0.15, 0.1])})
    found = candidates(members)
    hasty, whole = decide({"trust": members}, found, K, seconds=0.0), decide({"trust": members}, found, K)
    assert hasty.cost >= whole.cost and whole.gap == 0
    sets = [one.keys for one in found]
    system, _ = of_members(members, sets)
    shown = np.flatnonzero([hasty.published(keys) for keys in sets])
    assert not list(attack.small_sets(system.take(shown), K, 30))


@pytest.fixture(scope="module")
def suppression_cases(shared):
    cases = YAML(typ="safe").load((shared / "cases/climate.yaml").read_text(encoding="utf-8"))
    return {case["id"]: case["expected"] for case in cases["cases"] if case["family"] == "suppression"}


def banded(shared):
    nodes = pd.read_csv(shared / "data/networks/hlsm_nodes.csv", dtype={"school": "str"})
    bands = pd.cut(nodes["yrs_teaching"], [-1, 3.999999, 9.999999, 19.999999, 99], labels=["0-3", "4-9", "10-19", "20+"])
    return nodes.assign(years=bands.astype("str")).rename(columns={"school": "school_id"})


def test_the_pattern_of_experience_over_schools_costs_what_the_optimum_costs(shared, suppression_cases):
    expected = suppression_cases["priv_hlsm_k10"]
    nodes = banded(shared)
    schools, bands = nodes["school_id"].unique(), nodes["years"].unique()
    sets = [{}, *({"school_id": (s,)} for s in schools), *({"years": (b,)} for b in bands)]
    sets += [{"school_id": (s,), "years": (b,)} for s in schools for b in bands]
    system, _ = of_members(nodes, sets)
    assert len(sets) == expected["cells"]
    small = (system.n > 0) & (system.n < 10)
    naive = attack.open_counts(system, ~small, np.full(len(sets), 10.0), floor=system.n - 1)
    exact = [span for span in naive.values() if span.high - span.low < 1e-6]
    assert len(exact) == expected["naive_exact"]
    assert sum(span.high < 10 for span in naive.values()) - len(exact) == expected["naive_below_k"]
    found = [Candidate(keys, max(n, 1.0)) for keys, n in zip(sets, system.n, strict=True)]
    counts = nodes.value_counts(["school_id", "years"]).rename("persons").reset_index()
    plan = suppress(counts, found, 10)
    assert (len(plan.primary), len(plan.complementary), plan.cost) == (expected["primary"], expected["secondary"], expected["cost"])
    assert len(sets) - len(plan.hidden) == expected["published"] and plan.gap == 0


def kentucky(shared):
    table = pd.read_csv(shared / "data/ky/KYRC24_OVW_Teacher_Turnover.csv", dtype="str", encoding="utf-8-sig")
    table = table.assign(persons=table["Teacher Count"].str.replace(",", "").astype("float64"), district=table["District Number"], school_id=table["School Code"])
    whole = table["School Name"] == "All Schools"
    return table[~whole & (table["persons"] > 0)], table[whole].set_index("district")["persons"]


def test_kentucky_gives_hidden_schools_away_by_one_subtraction_and_the_plan_does_not(shared, suppression_cases):
    expected = suppression_cases["priv_ky_naive"]
    schools, totals = kentucky(shared)
    small = schools["persons"] < expected["k"]
    assert small.sum() == expected["primary"]
    by_district = schools.assign(small=small).groupby("district").agg(hidden=("small", "sum"), total=("persons", "sum"))
    assert (by_district["hidden"] > 0).sum() == expected["districts_with_small"]
    exact = (by_district["hidden"] == 1) & (by_district["total"] == totals.reindex(by_district.index))
    assert exact.sum() == expected["districts_exact_by_subtraction"]
    # of the districts that hold ten teachers at all the totals are published in any case
    found = [Candidate({"district": (name,)}, 1e6, True) for name, total in by_district["total"].items() if total >= expected["k"]]
    members = schools[["district", "school_id", "persons"]]
    found += [Candidate({"district": (d,), "school_id": (s,)}, n) for d, s, n in members.itertuples(index=False)]
    system, _ = of_members(members, [one.keys for one in found])
    naive = np.flatnonzero(system.n >= expected["k"])
    given_away = {found[naive[place]].keys["district"] for one in attack.small_sets(system.take(naive), expected["k"], 30) for place in one.sets}
    assert len(given_away) >= exact.sum()
    plan = suppress(members, found, expected["k"])
    assert (len(plan.primary), len(plan.complementary), plan.gap) == (expected["primary"], expected["secondary_needed"], 0)
    averages = decide({"turnover": members}, found, expected["k"])
    shown = np.flatnonzero([averages.published(one.keys) for one in found])
    assert averages.gap == 0 and not list(attack.small_sets(system.take(shown), expected["k"], 30))
