"""Readiness: what the calculation promises, and a small version of the study of how often it is wrong (``tests.studies.readiness``)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from cyclebook.climate import readiness
from cyclebook.climate.readiness import CANNOT_TELL, COMMUNITY, DRAWS, READY, Evidence, Fit, Rules, arrange, fit, judge, probability, weigh
from cyclebook.climate.readiness_study import AGAIN, _candidates, _foreseen, _values, could_show, next_evidence, rates
from cyclebook.parameters import SETTINGS
from tests.studies.readiness import district, study

RULES = Rules()


def some(schools: int = 12, seed: int = 1, sources: int = 2, **about) -> Evidence:
    return district(np.random.default_rng(seed), schools, [0.5] * sources, 0.4, **about)[1]


def table(evidence: Evidence) -> pd.DataFrame:
    rows = [
        (school, source, *(part[j, s] for part in (evidence.value, evidence.error, evidence.shift)))
        for j, school in enumerate(evidence.schools)
        for s, source in enumerate(evidence.sources)
        if np.isfinite(evidence.value[j, s])
    ]
    return pd.DataFrame(rows, columns=list(readiness.COLUMNS))


# The small version of the study


@pytest.mark.parametrize(("schools", "icc2", "correlation", "sources", "least"), [
    (8, 0.2, 0.5, 3, 0), (24, 0.2, 0.3, 2, 30), (24, 0.4, 0.5, 2, 40), (24, 0.6, 0.5, 3, 55), (60, 0.2, 0.5, 2, 30), (60, 0.6, 0.4, 2, 55),
])  # fmt: skip
def test_few_are_told_what_is_not_so_and_enough_are_told(schools, icc2, correlation, sources, least):
    rng = np.random.default_rng(20251121)
    found = study(rng, 3600 // schools, RULES, schools, reliabilities=[icc2] * sources, correlation=correlation)
    for kind in ("wrong community", "wrong ready"):
        share, error = found[kind]
        assert 0 < share <= 10 + 2 * error and error < 1
    share, error = found["decided"]
    assert share >= least - 2 * error and error < 1.6


def test_probabilities_are_what_they_say_where_the_model_holds():
    rng, told, true = np.random.default_rng(7), [], []
    for _ in range(200):
        truth, evidence = district(rng, 24, rng.uniform(0.05, 0.95) * np.ones(2), 0.5, validity=RULES.validity)
        told.append(judge(evidence, RULES).probability)
        true.append(truth >= RULES.cut)
    told, true = np.concatenate(told), np.concatenate(true)
    for low, high in ((0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1)):
        here = (told >= low) & (told < high)
        assert here.sum() > 300 and true[here].mean() == pytest.approx(told[here].mean(), abs=0.05)


# What the calculation promises


def test_the_rules_are_those_of_the_settings():
    assert Rules.of({name: rule.default for name, rule in SETTINGS.items()}) == RULES
    assert all(rule.set_by == "district only" for name, rule in SETTINGS.items() if name.startswith("readiness_"))
    assert Rules(prevalence=0.25).cut == pytest.approx(0.6745, abs=1e-4)
    with pytest.raises(ValueError, match="must be below"):
        Rules(ready_at=0.4, community_at=0.4)


@pytest.mark.parametrize(("change", "words"), [
    ({"error": 0.0}, "above 0"), ({"shift": -0.1}, "negative"), ({"value": np.nan}, "missing"), ({"error": np.inf}, "infinite"),
])  # fmt: skip
def test_evidence_that_cannot_be_read_is_named(change, words):
    rows = table(some())
    wrong = rows.copy()
    for column, value in change.items():
        wrong.loc[5, column] = value
    with pytest.raises(ValueError, match=f"school 2, source source 1: .*{words}"):
        arrange(wrong)
    with pytest.raises(ValueError, match="twice"):
        arrange(pd.concat([rows, rows.tail(1)]))


def test_a_table_becomes_arrays_and_sources_of_few_schools_are_left_out():
    evidence = some(known=0.9)
    again = arrange(table(evidence))
    assert again.schools == evidence.schools and again.sources == evidence.sources
    np.testing.assert_array_equal(again.value, evidence.value)
    rows = table(evidence)
    few = rows[(rows["source"] == "source 0") | (rows["school_id"].astype(int) < 7)]
    assert arrange(few).sources == ("source 0",)
    nothing = arrange(rows[rows["school_id"].astype(int) < 7])
    assert nothing.sources == () and len(nothing.schools) == 7
    judged = judge(nothing, RULES)
    assert set(judged.verdict) == {CANNOT_TELL} and judged.probability == pytest.approx([0.5] * 7)
    assert np.isnan(rates(nothing, RULES, 1).decided) and next_evidence(nothing, RULES).empty
    assert set(could_show(nothing, RULES, 1)[0]) == {0}


def test_one_source_alone_gives_no_word_however_clear_it_is():
    clear = Evidence(tuple("abcdefghij"), ("survey",), np.linspace(-9, 9, 10)[:, None], np.full((10, 1), 0.01), np.zeros((10, 1)))
    judged = judge(clear, RULES)
    assert judged.probability[-1] > 0.9 and set(judged.verdict) == {CANNOT_TELL}
    both = Evidence(clear.schools, ("survey", "visits"), np.hstack([clear.value] * 2), np.hstack([clear.error] * 2), np.zeros((10, 2)))
    assert judge(both, RULES).verdict[[0, -1]].tolist() == [COMMUNITY, READY]
    assert set(judge(both, replace(RULES, sources=3)).verdict) == {CANNOT_TELL}


@settings(max_examples=30)
@given(st.integers(0, 99), st.integers(0, 11), st.integers(0, 1), st.floats(0, 3))
def test_a_higher_value_never_speaks_against_readiness(seed, school, source, more):
    evidence = some(seed=seed)
    fitted = fit(evidence.value, evidence.error)
    value = evidence.value.copy()
    value[school, source] += more
    before, after = judge(evidence, RULES, fitted), judge(evidence._replace(value=value), RULES, fitted)
    assert after.probability[school] >= before.probability[school] - 1e-12
    assert after.say[school, source] >= before.say[school, source] - 1e-12 and after.verdict[school] >= before.verdict[school]


@settings(max_examples=30)
@given(st.integers(0, 99), st.floats(0.01, 100), st.floats(-1000, 1000))
def test_units_and_order_do_not_matter(seed, scale, start):
    evidence = some(seed=seed, sources=3, known=0.8, missing=0.2)
    first = judge(evidence, RULES)
    units = np.array([scale, 1.0, 1.0])
    other = Evidence(
        evidence.schools[::-1], evidence.sources[::-1], (evidence.value * units + np.array([start, 0, 0]))[::-1, ::-1],
        (evidence.error * units)[::-1, ::-1], (evidence.shift * units)[::-1, ::-1],
    )  # fmt: skip
    second = judge(other, RULES)
    np.testing.assert_allclose(second.probability[::-1], first.probability, atol=1e-6)
    np.testing.assert_allclose(second.say[::-1, ::-1], first.say, atol=1e-5)


@settings(max_examples=30)
@given(st.integers(0, 99), st.floats(0, 1))
def test_what_is_told_survives_what_nonresponse_could_have_moved(seed, missing):
    evidence = some(seed=seed, missing=missing)
    judged = judge(evidence, RULES)
    assert (judged.low <= judged.probability + 1e-12).all() and (judged.probability <= judged.high + 1e-12).all()
    fitted = fit(evidence.value, evidence.error)
    for side in (-1, -0.3, 0.6, 1):
        moved = judge(evidence._replace(value=evidence.value + side * evidence.shift, shift=np.zeros_like(evidence.shift)), RULES, fitted)
        assert ((judged.verdict == CANNOT_TELL) | (moved.verdict == judged.verdict)).all()


def test_errors_that_go_together_and_a_lower_validity_make_less_sure():
    evidence = some(seed=3)
    fitted = fit(evidence.value, evidence.error)
    sure = [np.abs(judge(evidence, rules, fitted).probability - 0.5) for rules in
            (Rules(correlation=0.0, validity=1.0), Rules(correlation=0.5, validity=1.0), Rules(correlation=0.5, validity=0.9))]  # fmt: skip
    assert (sure[0] > sure[1]).all() and sure[1].mean() > sure[2].mean()


def test_a_probability_is_that_of_the_joint_normal_distribution():
    """One state, known centres: theta given the weighted sum of two values, worked out with whole covariance matrices."""
    rules, tau, error, value = Rules(prevalence=0.4), np.array([0.8, 1.5]), np.array([0.9, 0.7]), np.array([1.1, -0.2])
    fitted = Fit(np.zeros((1, 2)), np.zeros((1, 2)), tau[None])
    loading, apart = rules.validity * tau, np.diag((1 - rules.validity**2) * tau**2)
    noise = apart + np.outer(error, error) * (np.eye(2) + rules.correlation * (1 - np.eye(2)))
    weight = loading / (np.diag(apart) + error**2)
    whole = np.outer(loading, loading) + noise
    slope = weight @ loading / (weight @ whole @ weight)
    mean, sd = slope * (weight @ value), np.sqrt(1 - slope * (weight @ loading))
    found = probability(fitted, weigh(fitted, error[None], rules), value[None], rules)
    assert found == pytest.approx([ndtr((mean - rules.cut) / sd)])


def test_what_each_source_says_adds_up_to_the_expected_place_of_the_school():
    evidence = some(seed=5, sources=3, known=0.7)
    fitted = fit(evidence.value, evidence.error)
    weights = weigh(fitted, evidence.error, RULES)
    theta = np.einsum("mks,ks->mk", weights.pull, np.nan_to_num(evidence.value)) - np.einsum("mks,ms->mk", weights.pull, fitted.mu)
    said = judge(evidence, RULES)
    np.testing.assert_allclose(said.say.sum(axis=1), theta.mean(axis=0))
    assert (said.say[np.isnan(evidence.value)] == 0).all()


def test_spreads_are_found_and_own_up_to_what_few_schools_can_tell():
    rng = np.random.default_rng(2)
    widths = {}
    for schools in (8, 400):
        value, error = rng.normal(5, 2, (schools, 1)), np.full((schools, 1), 2.0)
        value += rng.normal(0, 2, (schools, 1))
        fitted = fit(value, error)
        low, middle, high = np.quantile(fitted.tau[:, 0] ** 2 / (fitted.tau[:, 0] ** 2 + 4), [0.05, 0.5, 0.95])
        widths[schools] = high - low
        assert low < 0.5 < high and fitted.mu.mean() == pytest.approx(value.mean(), abs=0.1)
    assert widths[8] > 0.5 and widths[400] < 0.2
    alike = fit(np.full((8, 1), 3.0), np.ones((8, 1)))
    assert np.isfinite(np.concatenate(alike)).all() and np.median(alike.tau) < 0.7


# What it is worth here, and what to find out next


def test_rates_come_from_a_seed_and_are_like_those_of_the_study(monkeypatch):
    monkeypatch.setattr("cyclebook.climate.readiness_study.SIMULATED", 2400)
    evidence = some(24, seed=8)
    found = rates(evidence, RULES, 3)
    assert found == rates(evidence, RULES, 3) != rates(evidence, RULES, 4)
    assert 0.02 < found.community_of_ready < 0.11 and 0.02 < found.ready_of_others < 0.11 and 0.35 < found.decided < 0.75
    told = found.decided / 2  # by symmetry about half are told each
    assert found.wrong_of_ready == pytest.approx(found.ready_of_others / 2 / told, abs=0.04)
    assert found.wrong_of_community == pytest.approx(found.community_of_ready / 2 / told, abs=0.04)


def test_shares_of_schools_and_of_those_told_belong_together(monkeypatch):
    monkeypatch.setattr("cyclebook.climate.readiness_study.SIMULATED", 2400)
    rules = replace(RULES, prevalence=0.3, ready_at=0.6, community_at=0.25)
    found = rates(some(24, seed=8), rules, 3)
    told_ready = found.ready_of_others * 0.7 / found.wrong_of_ready
    told_community = found.community_of_ready * 0.3 / found.wrong_of_community
    assert told_ready + told_community == pytest.approx(found.decided, abs=0.02) and told_community > told_ready + 0.1
    true = study(np.random.default_rng(1), 100, rules, 24, reliabilities=[0.5] * 2, correlation=0.5, validity=0.9)
    assert true["wrong community"][0] > true["wrong ready"][0] + 4 and found.community_of_ready > found.ready_of_others + 0.04


def test_districts_are_made_up_as_the_model_says():
    count, tau, error = 200_000, np.array([1.0, 2.0]), np.array([0.5, 1.5])
    rng = np.random.default_rng(1)
    theta = rng.normal(size=count)
    value = _values(rng, theta, tau, np.tile(error, (count, 1)), RULES)
    both = np.cov(np.column_stack([theta, value]).T)
    np.testing.assert_allclose(both[0, 1:], RULES.validity * tau, atol=0.02)
    np.testing.assert_allclose(np.diag(both)[1:], tau**2 + error**2, rtol=0.02)
    assert both[1, 2] == pytest.approx(RULES.validity**2 * 2 + RULES.correlation * 0.75, abs=0.03)


def test_asking_again_leaves_less_error():
    """The chance that a second value changes what is told, worked out anew for one school."""
    evidence = some(24, seed=12, sources=2)
    fitted, s = fit(evidence.value, evidence.error), 0
    now = judge(evidence, RULES, fitted).verdict
    (found,) = (chance for kind, place, chance in _candidates(evidence, RULES, fitted, now) if kind == AGAIN and place == s)
    mean, sd = _foreseen(evidence, fitted, RULES, s, evidence.error[:, s], True)
    rng, changed = np.random.default_rng(3), np.zeros(24)
    error = evidence.error.copy()
    error[:, s] /= np.sqrt(2)
    for state in rng.integers(DRAWS, size=400):
        value = evidence.value.copy()
        value[:, s] = (value[:, s] + rng.normal(mean[state], sd[state])) / 2
        changed += judge(evidence._replace(value=value, error=error), RULES, fitted).verdict != now
    assert found.max() > 0.2
    np.testing.assert_allclose(found, changed / 400, atol=0.1)
    assert abs((found - changed / 400).mean()) < 0.015


def test_little_evidence_could_show_little_and_much_could_show_much():
    evidence = some(24, seed=9)
    error = evidence.error.copy()
    error[0], error[1] = 20, 0.02
    shift = evidence.shift.copy()
    shift[2] = 50
    value = evidence.value.copy()
    value[3, 1] = np.nan
    up, down = could_show(Evidence(evidence.schools, evidence.sources, value, np.where(np.isfinite(value), error, np.nan), shift), RULES, 1)
    assert up[0] == down[0] == 0 and up[1] > 0.9 and down[1] > 0.9
    assert up[2] == down[2] == up[3] == down[3] == 0


def test_the_next_piece_of_evidence_is_the_one_that_helps():
    evidence = some(24, seed=10, sources=3)
    value, error, shift = (part.copy() for part in evidence[2:])
    value[0] = value.mean(axis=0)
    error[:, 2] = 0.05  # the third source is the clear one
    value[0, 2], error[0, 2], shift[0, 2] = np.nan, np.nan, np.nan
    value[1, 1:], error[1, 1:], shift[1, 1:] = np.nan, np.nan, np.nan
    found = next_evidence(Evidence(evidence.schools, evidence.sources, value, error, shift), RULES).set_index("school_id")
    assert found.loc["0", ["kind", "source"]].tolist() == ["add", "source 2"] and found.loc["0", "chance"] > 0.5
    assert found.loc["1", ["kind", "source"]].tolist() == ["add", "source 2"]  # one source: another may bring a word
    assert ((found["chance"] > 0) & (found["chance"] <= 1)).all()


def test_where_only_those_not_heard_from_stand_in_the_way_they_are_the_next_to_ask():
    evidence = some(24, seed=10)
    value, shift = evidence.value.copy(), evidence.shift.copy()
    value[2] = value.mean(axis=0) + 1.5
    assert judge(evidence._replace(value=value), RULES).verdict[2] == READY
    shift[2, 0] = 3.0
    open_ = evidence._replace(value=value, shift=shift)
    assert judge(open_, RULES).verdict[2] == CANNOT_TELL
    found = next_evidence(open_, RULES).set_index("school_id").loc["2"]
    assert found[["kind", "source"]].tolist() == ["hear", "source 0"] and found["chance"] > 0.4


@pytest.mark.parametrize("again", [False, True])
def test_new_values_are_foreseen_as_they_would_come_about(again):
    """One state: against draws of the whole model, regressed on what is known."""
    rng, count = np.random.default_rng(6), 200_000
    tau, error, new = np.array([1.0, 1.4, 0.8]), np.array([0.9, 0.6, 1.1]), 0.7
    fitted = Fit(np.zeros((1, 3)), np.zeros((1, 3)), tau[None])
    v, r = RULES.validity, RULES.correlation
    true = tau * (v * rng.normal(size=(count, 1)) + np.sqrt(1 - v**2) * rng.normal(size=(count, 3)))
    common = rng.normal(size=(count, 1))
    own = np.sqrt(r) * common + np.sqrt(1 - r) * rng.normal(size=(count, 3))
    s = 0 if again else 2
    seen = (true + error * own)[:, :2]
    coming = true[:, s] + new * (rng.normal(size=count) if again else own[:, s])
    value = np.array([[1.2, -0.5, np.nan]])
    evidence = Evidence(("a",), ("x", "y", "z"), value, np.where(np.isfinite(value), error, np.nan), np.zeros((1, 3)))
    mean, sd = _foreseen(evidence, fitted, RULES, s, np.array([new]), again)
    slope, *_ = np.linalg.lstsq(seen, coming, rcond=None)
    assert mean[0, 0] == pytest.approx(slope @ value[0, :2], abs=0.02)
    assert sd[0, 0] == pytest.approx((coming - seen @ slope).std(), abs=0.01)


def test_there_are_as_many_states_as_draws():
    assert fit(some().value, some().error).tau.shape == (DRAWS, 2)
