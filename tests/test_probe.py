"""Patterns to look into: gaps within schools and trends between them, what may be compared, and sentences that are true of their numbers."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cyclebook import sources
from cyclebook.climate import groups, pooling, prepare, probe, probe_plan
from cyclebook.climate.change import call
from cyclebook.climate.scales import score
from cyclebook.errors import InputError
from cyclebook.overview import probe_readings as readings
from cyclebook.parameters import load
from cyclebook.privacy import plan, protect
from cyclebook.reading import sentence
from tests import test_breakdowns as small
from tests.frames import protected, scale
from tests.small_district import FILES, write
from tests.test_climate_readings import d, numbers



def persons(draw: np.random.Generator, schools: int, share: float, gap: float, varies: float = 0.2, trend: float = 0.0):
    """school, whether of the group, score: unequal schools and shares, more spread in the group, gaps that vary over schools."""
    n, p = draw.integers(8, 60, schools), np.clip(draw.beta(2, 2 / share - 2, schools), 0.02, 0.98)
    school = np.repeat(np.arange(schools), n)
    inside = draw.random(n.sum()) < p[school]
    own = pd.Series(inside).groupby(school).mean().to_numpy()
    gaps = gap + varies * draw.normal(size=schools)
    level = 0.3 * draw.normal(size=schools) + trend * (own - own.mean()) / own.std(ddof=1)
    values = level[school] + gaps[school] * (inside - own[school]) + draw.normal(size=n.sum()) * np.where(inside, 1.3, 0.9)
    return pd.Series(school), pd.Series(inside), pd.Series(values)


def covers(effect: probe.Effect, truth: float) -> bool:
    low, high = pooling.mean_interval(effect.estimate, effect.error, effect.df)
    return low <= truth <= high


@pytest.mark.parametrize(("schools", "share", "varies"), [(10, 0.3, 0.3), (24, 0.1, 0.0), (24, 0.5, 0.3)])
def test_ranges_hold_the_true_gap_and_the_true_trend_about_as_often_as_they_say(schools, share, varies):
    draw = np.random.default_rng(5)
    held = {"gap": [], "trend": []}
    for _ in range(200):
        made = persons(draw, schools, share, 0.3, varies, trend=-0.2)
        held["gap"].append(covers(probe.within(*made), 0.3))
        held["trend"].append(covers(probe.between(*made), -0.2))
    assert all(0.91 <= np.mean(one) <= 0.985 for one in held.values()), {name: np.mean(one) for name, one in held.items()}


def test_where_nothing_is_there_rarely_anything_is_called():
    draw = np.random.default_rng(7)
    wrong = 0
    for _ in range(100):
        found = []
        for _ in range(2):
            school, _, values = persons(draw, 20, 0.3, 0.0)
            group = draw.integers(0, 4, len(school))
            found += [effect(school, pd.Series(group == one), values) for one in range(4) for effect in (probe.within, probe.between)]
        table = pd.DataFrame(found)
        wrong += bool((call(table["estimate"], table["error"], table["df"]) != 0).any())
    assert wrong / 100 <= 0.1


def test_the_gap_is_that_of_a_constant_for_each_school_and_knows_nothing_of_levels():
    """Against least squares with dummies, CR2 by its own definition (Bell & McCaffrey 2002) and Satterthwaite's degrees of freedom, in matrices."""
    draw = np.random.default_rng(3)
    school, inside, values = persons(draw, 7, 0.4, 0.5)
    design = np.column_stack([inside.astype(float), pd.get_dummies(school).astype(float)])
    bread = np.linalg.inv(design.T @ design)
    hat = design @ bread @ design.T
    beta = bread @ design.T @ values
    residual = values.to_numpy() - design @ beta
    meat, rows = 0.0, []
    for one in school.unique():
        here = (school == one).to_numpy()
        size, vectors = np.linalg.eigh(np.eye(here.sum()) - hat[np.ix_(here, here)])
        root = vectors @ np.diag(np.where(size > 1e-9, 1 / np.sqrt(np.clip(size, 1e-12, None)), 0)) @ vectors.T
        score_ = bread[0] @ design[here].T @ root
        meat += float(score_ @ residual[here]) ** 2
        rows.append((np.eye(len(school)) - hat)[:, here] @ score_)
    gram = np.array(rows) @ np.array(rows).T
    found = probe.within(school, inside, values)
    assert found.estimate == pytest.approx(beta[0]) and found.error == pytest.approx(np.sqrt(meat))
    assert found.df == pytest.approx(np.trace(gram) ** 2 / (gram**2).sum())
    raised = probe.within(school, inside, values + 10 * school)
    assert raised.estimate == pytest.approx(found.estimate) and raised.error == pytest.approx(found.error)


def test_schools_where_all_or_none_are_of_the_group_tell_nothing():
    school, inside, values = persons(np.random.default_rng(4), 8, 0.4, 0.5)
    extra = pd.Series([90, 90, 91, 91]), pd.Series([True, True, False, False]), pd.Series([50.0, 60, -3, 2])
    both = [pd.concat(pair, ignore_index=True) for pair in zip((school, inside, values), extra, strict=True)]
    alone, more = probe.within(school, inside, values), probe.within(*both)
    assert more[:3] == pytest.approx(alone[:3]) and more.schools == alone.schools
    assert np.isnan(probe.within(*extra).estimate) and np.isnan(probe.between(*extra).estimate)


# What may be compared, and what stands in the table

VALUES = ("new", "some", "long")


def district(draw, sizes, schools=12, gap=0.6):
    """Places of a district in which the first group's answers are lower; sizes: persons of each group at each school."""
    places = []
    for number in range(schools):
        for value, size in zip(VALUES, sizes, strict=True):
            middle = 3.2 - (gap if value == VALUES[0] else 0)
            answers = np.clip(np.rint(middle + draw.normal(size=size)), 1, 5).astype(int)
            places.append(small.place(f"S{number:02d}", None, list(answers), years=value))
    return places


def compared(places, smallest=small.K):
    responses, respondents, roster = small.tables(*places)
    scores = groups.additive(score(responses, small.SCALES), small.SCALES)
    chosen = probe_plan.choose(None, scores, respondents, roster, {"years": VALUES}, (), small.SCALES, "w1", smallest, plan)
    table = probe.statistics(scores, respondents, roster, small.means(scores), small.SCALES, chosen, smallest)
    return chosen, protect(table, smallest)


def test_a_gap_that_is_there_is_called_and_no_row_is_of_a_school():
    chosen, table = compared(district(np.random.default_rng(1), (6, 7, 8)))
    assert chosen.published == {("years", "", value) for value in VALUES}
    assert table.unique("school_id") == [""] and set(table.unique("item")) == {f"years:{value}" for value in VALUES}
    one = small.SCALES and table.unique("scale")[0]
    cells = [table.cell(name, scale=one, item="years:new") for name in ("group_gap_low", "group_gap", "group_gap_high", "group_gap_called")]
    assert cells[2].value < 0 and cells[3].value == -1 and cells[0].value < cells[1].value < cells[2].value
    assert cells[0].n == 72 and table.frame["other_n"].max() == 180
    sets = set(table.frame["other_set"])
    assert all("years=" in one and "|" in one for one in sets)


@pytest.mark.parametrize(("sizes", "schools"), [((6, 7, 8), 5), ((1, 7, 8), 12)])
def test_few_schools_or_few_people_and_nothing_can_be_told(sizes, schools):
    _, table = compared(district(np.random.default_rng(2), sizes, schools))
    cell = table.cell("group_gap", scale=table.unique("scale")[0], item="years:new")
    assert cell.value is None and cell.why == probe.CANNOT_TELL and cell.n is None


def test_of_two_groups_one_is_looked_at():
    _, table = compared(district(np.random.default_rng(3), (6, 9, 0)))
    frame = table.rows(scale=table.unique("scale")[0], statistic="group_gap").frame
    assert list(frame["item"]) == ["years:new", "years:long"] and list(frame["why"]) == ["", probe.CANNOT_TELL]


def test_a_school_that_weighs_more_than_all_others_is_not_spoken_of():
    draw = np.random.default_rng(6)
    places = district(draw, (2, 7, 8), 8)
    places += [small.place("BIG", None, list(draw.integers(1, 6, 90)), years=value) for value in VALUES]
    _, table = compared(places)
    assert table.cell("group_gap", scale=table.unique("scale")[0], item="years:new").why == probe.CANNOT_TELL


def test_averages_at_an_end_of_what_is_shown_are_not_compared():
    draw = np.random.default_rng(6)
    places = [one if one["years"] != "new" else one | {"values": [5] * len(one["values"])} for one in district(draw, (6, 7, 8))]
    _, table = compared(places)
    assert table.cell("group_gap", scale="trust", item="years:new").why == probe.CANNOT_TELL


def test_a_group_of_few_and_what_gives_it_away_is_hidden():
    draw = np.random.default_rng(8)
    places = district(draw, (6, 7, 0))
    places[2] = small.place("S00", None, [3, 2], years="long")
    chosen, table = compared(places)
    assert len(chosen.published) <= 1 and all(value is None for value in table.values())


@pytest.mark.parametrize(("line", "message"), [
    ("probe: [role]", "does not belong here"), ("probe: [years]", 'there is no attribute "years" of respondents'),
])  # fmt: skip
def test_what_cannot_be_looked_at_is_told(tmp_path, line, message):
    with pytest.raises(InputError, match=message):
        load(write(tmp_path, {"parameters/district.yaml": FILES["parameters/district.yaml"].rstrip() + f"\n        {line}\n"}))


def test_the_demo_district_shows_the_truth_and_no_school_has_a_row_of_it(project_root):
    truth = YAML(typ="safe").load(project_root / "tests/demo_truth.yaml")["years_gaps"]
    made = load(project_root)
    tables = sources.read(made)
    compared_ = prepare.by_probe(made, tables)
    chosen = prepare.by_group(made, tables)
    assert set(chosen.listed) == {"role"} and not any(name == "years" for name, _, _ in chosen.published)
    scores = groups.additive(score(tables.responses, made.scales), made.scales)
    levels = small.means(scores[scores["wave"] == compared_.wave])
    found = protect(probe.statistics(scores, tables.respondents, tables.roster, levels, made.scales, compared_, 5), 5)
    held = 0
    for name, bands in truth.items():
        for band, gap in bands.items():
            low, high = (found.cell(f"group_gap{end}", scale=name, item=f"years:{band}").value for end in ("_low", "_high"))
            held += low <= gap <= high
    called = {(row.scale, row.item) for row in found.rows(statistic=("group_gap_called", "group_trend_called")).frame.itertuples() if row.value in (-1, 1)}
    assert held >= 8 and {("trust", "years:0-3 years"), ("trust", "years:10 or more years")} <= called
    assert all(abs(truth[name][item.partition(":")[2]]) > 0.15 for name, item in called)


# The sentences

LABELS = [{"id": "years", "label": "Years here"}]
HUNDREDTHS = st.integers(-150, 150)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.lists(HUNDREDTHS, min_size=3, max_size=3), st.sampled_from([-1, 0, 1]), st.booleans(), st.booleans()), min_size=1, max_size=24))
def test_what_is_said_of_gaps_is_true(effects):
    rows, named, told = [], [], 0
    for place, (ends, side, hidden, trend) in enumerate(effects):
        kind, (low, middle, high) = (readings.TREND if trend else readings.GAP), sorted(value / 100 for value in ends)
        where = {"item": f"years:group {'ABCDEFGHIJKLMNOPQRSTUVWX'[place]}", "school_id": "", "other_set": "x=y", "other_n": 40, "why": "cannot tell" if hidden else ""}
        values = ((kind, middle), (f"{kind}_low", low), (f"{kind}_high", high), (f"{kind}_called", float(side)))
        rows += [where | {"statistic": name, "value": value, "decimals": 0 if name.endswith("called") else 2} for name, value in values]
        told += not hidden
        if not hidden and ((side > 0 and low > 0) or (side < 0 and high < 0)):
            named.append((where["item"].partition(":")[2], kind, side, [abs(d(value)) for value in (middle, low, high)]))
    table = protected(*rows)
    said = [one for line in readings.patterns(table, [scale()], LABELS, "en") for one in line]
    texts = [sentence(one, "en") for one in said]
    if not told:
        assert [one.template for one in said] == ["o_probe_nothing"] and not readings.ask(table, [scale()], LABELS, "en")
        return
    looks = next(text for text in texts if text.startswith("We took"))
    assert numbers(looks) == ([told] if told > 1 else [])
    luck = [text for text in texts if "luck alone" in text]
    assert bool(luck) == (told >= readings.FEW_LOOKS) and (not luck or abs(Decimal(told) / 20 - (numbers(luck[0]) or [1])[0]) <= 1)
    untold = [one["count"] for one in said if one.template == "o_probe_untold"]
    assert untold == ([len(effects) - told] if told < len(effects) else [])
    spoken = [text for one, text in zip(said, texts, strict=True) if one.template.startswith(("o_probe_gap", "o_probe_trend"))]
    assert len(spoken) == len(named) and any("No pattern" in text for text in texts) == (not named)
    asked = [sentence(one, "en") for one in readings.ask(table, [scale()], LABELS, "en")]
    assert bool(asked) == bool(named) and all("never at a person" in line for line in asked[-1:])
    for name, kind, side, (middle, *ends) in named:
        text = next(text for text in spoken if name in text and ("Schools where" in text) == (kind == readings.TREND))
        if kind == readings.GAP:
            assert (" above its colleagues" in text) == (side > 0) and numbers(text) == [middle, min(ends), max(ends)]
        else:
            assert (" average higher " in text) == (side > 0) and numbers(text) == []
        assert any(name in line for line in asked)
