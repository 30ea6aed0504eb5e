"""A network in numbers: nobody who did not agree, nothing of few people, coded ends, and sentences that are true of the ties."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cyclebook.climate.evidence import networks, ties, ties_figures, ties_readings
from cyclebook.climate.evidence.gatherings import OTHERS
from cyclebook.privacy import protect
from cyclebook.privacy.audit import audit
from cyclebook.reading import Bounded, sentence
from tests import voice


def tables(count: int, named: list[tuple[int, int]], missing: int = 0, groups: str = "", school: str = "0101") -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables ``network_people`` and ``ties``. missing: how many, the last ones, did not fill in the form; groups: a letter for each person."""
    people = [[school, f"p{number}", "yes" if number < count - missing else "no", groups[number] if groups else ""] for number in range(count)]
    rows = [[school, f"p{start}", f"p{end}"] for start, end in named]
    everyone = pd.DataFrame(people, columns=["school_id", "person", "completed", "group"]).assign(round="")
    return everyone, pd.DataFrame(rows, columns=["school_id", "source", "target"]).assign(round="")


def shown(people: pd.DataFrame, named: pd.DataFrame, smallest: int = 5):
    return protect(ties.statistics(people, named, smallest), smallest)


def text(cell) -> str:
    return "" if cell is None or cell.value is None else (f"{cell.bound} " if cell.bound else "") + f"{cell.value:g}"


RING = [(place, (place + 1) % 12) for place in range(12)]


def test_a_network_by_hand():
    table = shown(*tables(14, [*RING, (1, 0), (0, 0), (0, 99)]))
    numbers = {name: text(table.cell(name)) for name in table.unique("statistic")}
    # 13 ties of 14 x 13; 2 of them returned; the last two people have none
    assert (numbers["density_low"], numbers["density_high"], numbers["named_low"]) == ("less 7.2", "less 7.2", "less 0.9")
    assert (numbers["returned_low"], numbers["isolates_low"], numbers["isolates_high"]) == ("15", "2", "2")
    assert numbers["completed"] == "more 13" and "across" not in numbers
    facts = ties.listed(*tables(14, [(0, 99)]), 5)["0101"]
    assert facts == {"agreed": True, "round": "", "outside": True, "pooled": False}


def test_maps_of_fewer_than_twice_the_smallest_group_show_nothing():
    people, named = tables(9, RING[:8], groups="aaaaabbbb")
    table = shown(people, named)
    assert table.values() == [None] and ties_readings.network(table) == []
    (few,) = ties_readings.left_out(table, ties.listed(people, named, 5)["0101"], 5)
    assert few.template == "net_few" and few["needed"] == 10


def test_the_latest_map_of_each_school_is_shown_and_stands_for_itself():
    first, second, other = tables(12, RING), tables(11, RING[:10]), tables(12, RING, school="0102")
    maps = [(one.assign(round=label), two.assign(round=label)) for (one, two), label in ((first, "2024-fall"), (second, "2025-fall"), (other, "2024-fall"))]
    people, named = ties.latest(*(pd.concat(part) for part in zip(*maps, strict=True)))
    assert people.groupby("school_id")["person"].count().to_dict() == {"0101": 11, "0102": 12} and len(named) == 22
    rows = ties.statistics(people, named, 5)
    assert set(rows["set"]) == {"school_id=0101; source=network_people; window=2025-fall", "school_id=0102; source=network_people; window=2024-fall"}
    assert set(rows.loc[rows["school_id"] == "0101", "wave"]) == {"2025-fall"}


def test_ties_without_anyones_agreement_are_not_used():
    people, named = tables(0, [(1, 2), (2, 3)])
    facts = ties.listed(people, named, 5)["0101"]
    assert not facts["agreed"] and len(ties.statistics(people, named, 5)) == 0
    assert [one.template for one in ties_readings.left_out(shown(*tables(9, [])), facts, 5)] == ["net_nobody"]


def test_groups_with_few_people_are_counted_together_or_not_at_all():
    def groups(letters: str) -> list:
        return sorted(ties.grouped(tables(len(letters), [], groups=letters)[0], 5).dropna())

    assert groups("a" * 6 + "b" * 5) == ["a"] * 6 + ["b"] * 5
    assert groups("a" * 6 + "b" * 3 + "c" * 2) == [OTHERS] * 5 + ["a"] * 6
    assert groups("a" * 8 + "b" * 2) == [] == groups("a" * 12)


def test_mixing_is_held_against_chance():
    letters = "a" * 10 + "b" * 10
    within = [(start, end) for start, end in itertools.permutations(range(20), 2) if (start < 10) == (end < 10) and (start + end) % 3 == 0]
    people, named = tables(20, within + [(0, 15), (3, 12), (16, 4), (7, 19)], groups=letters)
    table = shown(people, named)
    exact = networks.network(people["person"], named["source"], named["target"], nominal=people["group"])
    assert table.cell("across").value == round(100 * exact.external / (exact.internal + exact.external))
    assert table.cell("ei").value == pytest.approx(exact.ei_index, abs=0.0051)
    assert [one.template for one in ties_readings.mixing(table, {"pooled": True})] == ["net_across", "net_within", "net_pooled"]
    across = [(start, end) for start in range(10) for end in range(10, 20) if (start + end) % 3]
    other = shown(*tables(20, across, groups=letters))
    assert text(other.cell("across")) == "more 95"  # all of them do
    assert [one.template for one in ties_readings.mixing(other, {"pooled": False})] == ["net_across", "net_beyond"]
    (panel,) = ties_figures.across_groups(table, "en").axes
    assert panel.lines[0].get_xdata()[0] == table.cell("across").value


NAMED = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 13)), max_size=40)


@settings(max_examples=30)
@given(NAMED, st.integers(0, 4), st.text("ab", min_size=12, max_size=12))
def test_sentences_are_true_of_the_ties(pairs, missing, groups):
    pairs = [(start, end) for start, end in pairs if start < 12 - missing]
    people, named = tables(12, pairs, missing, groups)
    table, known = shown(people, named), ties.listed(people, named, 5)["0101"]
    inside, outside = ties.of_school(people, named)
    assert known["outside"] == outside == any(end > 11 for _, end in pairs)
    low, high = (networks.bounds(people["person"], inside["source"], inside["target"], people["completed"] == "yes")._asdict() for _ in range(2))
    said = {one.template: one for one in [*ties_readings.network(table), *ties_readings.mixing(table, known), *ties_readings.left_out(table, known, 5)]}
    _holds(said["net_people"]["completed"], 12 - missing, 0)
    for name, key, scale in (("net_named", "share", 11), ("net_named", "density", 100), ("net_returned", "share", 100)):
        of = "reciprocity_edge" if name == "net_returned" else "density"
        ends = [scale * low[of][0], scale * high[of][1]]
        if name in said:
            assert all(_holds(said[name][key], end, 0.51 if scale == 100 else 0.06) for end in ends)
        elif f"{name}_between" in said:
            reading = said[f"{name}_between"]
            assert all(_holds(reading[f"{key}_{side}"], end, 0.51 if scale == 100 else 0.06) for side, end in zip(("low", "high"), ends, strict=True))
    if "net_isolates" in said:
        assert all(_holds(said["net_isolates"]["count"], end, 0) for end in low["isolates"])
    if "net_isolates_most" in said:
        assert low["isolates"][1] <= said["net_isolates_most"]["most"]
    if "net_across" in said:
        assert sum(groups.count(letter) >= 5 for letter in "ab") == 2
        exact = networks.network(people["person"], inside["source"], inside["target"], nominal=people["group"])
        share, reading = 100 * exact.external / (exact.external + exact.internal), said["net_across"]
        assert _holds(reading["share"], share, 0.51)
        assert ("net_within" not in said) or share < reading["low"] + 0.51
        assert ("net_beyond" not in said) or share > reading["high"] - 0.51
    assert all("{" not in sentence(one, "en") for one in said.values())
    assert audit(pd.DataFrame(table.ledger("0101/01.html", "network")), 5) == []


def _holds(fact, truth: float, near: float) -> bool:
    """A fact is the number itself, or an end beyond which it lies."""
    if not isinstance(fact, Bounded):
        assert abs(float(fact) - truth) <= near
    elif fact.words in ("at_most", "or_less"):
        assert truth <= float(fact.value) + near
    else:
        assert truth >= float(fact.value) - near
    return True


FACTS = {
    "people": 30, "completed": 26, "share": 12, "density": 9, "share_low": 8, "share_high": 20, "density_low": 7, "density_high": 12, "count": 2, "most": 3, "low": 40,
    "high": 61, "needed": 10,
}  # fmt: skip


@pytest.mark.parametrize("name", voice.sentences("evidence_network"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)


def test_the_demo_has_the_maps_that_it_tells_of(project_root):
    people, named = (pd.read_csv(project_root / f"data/raw/{name}.csv", dtype="str") for name in ("network_people", "ties"))
    people = people.set_axis(["school_id", "person", "completed", "group", "round"], axis=1)
    named = named.set_axis(["school_id", "source", "target", "round"], axis=1)
    truth = YAML(typ="safe").load(project_root / "tests/demo_truth.yaml")["records"]
    table, known = shown(people, named), ties.listed(people, named, 5)
    for school, (count, filled) in truth["network_people"].items():
        done = table.rows(school_id=school).cell("completed")
        assert done.value is None if count < 10 else (done.n, done.value) == (count, min(filled, count - 1))
    kinds = {school: [one.template for one in ties_readings.mixing(table.rows(school_id=school), known[school])][1:2] for school in known}
    assert kinds == {"0103": ["net_chance"], "0106": ["net_within"], "0114": [], "0202": ["net_within"]}
    _, across = truth["ties"]["0106"]
    assert across / truth["ties"]["0106"][0] < 0.4
