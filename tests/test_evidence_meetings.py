"""Meetings that were watched: the numbers, what chance alone gives, what is hidden, and sentences that are true of them."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cyclebook.climate.evidence import meetings, meetings_readings, voice
from cyclebook.climate.evidence.terms import order, term_of
from cyclebook.privacy import NOTHING, protect
from cyclebook.privacy.audit import audit
from cyclebook.reading import Bounded, sentence
from tests import voice as plain


def tables(*each: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables ``meetings`` and ``turns``. each: spoke (turns of each speaker), words of every turn, present and what else is known."""
    listed, turns = [], []
    for place, one in enumerate(each):
        name = one.get("meeting", f"m{place}")
        listed.append({
            "school_id": one.get("school", "0101"), "date": one.get("date", f"2025-10-{place + 1:02d}"), "meeting": name,
            "invited": one.get("invited", math.nan), "present": one.get("present", math.nan), "planned": one.get("planned", math.nan),
            "settled": one.get("settled", math.nan),
        })  # fmt: skip
        for who, count in enumerate(one.get("spoke", ())):
            turns += [{"school_id": one.get("school", "0101"), "meeting": one.get("called", name), "speaker": f"s{who}", "words": one.get("words", math.nan),
                       "seconds": math.nan, "chair": "" if not one.get("led") else "yes" if who == 0 else "no"}] * count  # fmt: skip
    columns = ["school_id", "meeting", "speaker", "words", "seconds", "chair"]
    return pd.DataFrame(listed), pd.DataFrame(turns, columns=columns)


def shown(*each: dict, smallest: int = 5):
    return protect(meetings.statistics(meetings.observe(*tables(*each)), smallest), smallest)


def number(table, statistic: str, item: str = "m0", wave: str = "2025-fall"):
    cell = table.cell(statistic, wave=wave, item=item)
    return None if cell is None or cell.value is None else (f"{cell.bound} " if cell.bound else "") + f"{cell.value:g}"


def test_terms_stand_in_the_order_of_time():
    assert [term_of(day) for day in ("2025-08-01", "2025-12-31", "2025-01-01", "2025-07-31")] == ["2025-fall"] * 2 + ["2025-spring"] * 2
    assert sorted(["2025-fall", "2024-fall", "2025-spring"], key=order) == ["2024-fall", "2025-spring", "2025-fall"]


def test_a_meeting_by_hand():
    found = meetings.observe(*tables({"spoke": [12, 6, 4, 2, 1], "present": 12, "led": True})).iloc[0]
    assert (found["people"], found["turns"], found["quiet"], found["most"], found["by"], found["chair_turns"]) == (12, 25, 7, 3, "turns", 12)
    assert found["gini"] == pytest.approx(voice.gini([0] * 7 + [1, 2, 4, 6, 12])) and found["gini"] == found["gini_turns"]
    assert found["quiet_equal"] == pytest.approx(12 * (11 / 12) ** 25)
    assert found["evenness"] == pytest.approx(voice.normed_entropy([0] * 7 + [1, 2, 4, 6, 12]))
    alone = meetings.observe(*tables({"spoke": [12, 6, 4, 2, 1]})).iloc[0]  # nobody counted who was there
    assert (alone["people"], alone["most"]) == (5, 3) and math.isnan(alone["quiet"]) and alone["gini"] == pytest.approx(voice.gini([1, 2, 4, 6, 12]))
    assert math.isnan(alone["chair_turns"])


def test_words_count_where_every_turn_has_them():
    one, two = {"spoke": [1, 1, 1, 1, 1, 1]}, {"spoke": [3, 1, 1, 1, 1, 1], "words": 10}
    found = meetings.observe(*tables(one, two))
    assert found["by"].tolist() == ["turns", "words"]
    listed, turns = tables(two)
    turns.loc[0, "words"] = 1000
    mixed = meetings.observe(listed, turns).iloc[0]
    assert mixed["most"] == 1 and mixed["gini_turns"] < mixed["gini"]
    turns["words"], turns["seconds"] = math.nan, 2.5
    assert meetings.observe(listed, turns).iloc[0]["by"] == "seconds"


def test_what_cannot_be_used_is_counted_and_never_lost_in_silence():
    listed, turns = tables({"spoke": [4] * 6, "present": 5}, {}, {"spoke": [4] * 6, "called": "M  2 "}, {"spoke": [1] * 6, "called": "elsewhere", "present": 6})
    listed.loc[2, "meeting"] = "m 2"
    found = meetings.observe(listed, turns)
    assert found["over"].tolist() == [True, False, False, False] and found["turns"].fillna(0).tolist() == [0, 0, 24, 0]
    facts = meetings.listed(found, turns, listed)["0101"]
    assert [each["meeting"] for each in facts["meetings"]] == ["m 2", "m3"]  # of the last one it is known how many were there
    assert (facts["over"], facts["uncounted"], facts["unlisted"]) == (1, 1, 1)
    said = [sentence(one, "en") for one in meetings_readings.left_out(NOTHING, {**facts, "meetings": []}, 5)]
    assert len(said) == 3 and "more people spoke than were counted" in said[0]


def test_turns_without_any_list_of_meetings_are_told_of():
    listed, turns = tables({"spoke": [4] * 6})
    observed = meetings.observe(listed.head(0), turns)
    assert len(observed) == 0 and len(meetings.statistics(observed, 5)) == 0
    assert meetings.listed(observed, turns, listed.head(0)) == {"0101": {"meetings": [], "over": 0, "uncounted": 0, "unlisted": 1}}


def test_few_people_show_nothing_and_the_ends_are_coded():
    few = shown({"spoke": [9, 1, 1], "present": 4, "planned": 3, "settled": 2, "invited": 9})
    assert len(few) > 5 and set(few.values()) == {None}
    table = shown({"spoke": [30], "present": 12}, {"spoke": [4] * 12, "present": 12})
    assert (number(table, "most"), number(table, "quiet"), number(table, "quiet", "m1")) == ("less 2", "more 11", "less 1")
    # one person had all turns: no index tells that from two who shared them alike
    assert (number(table, "gini"), number(table, "evenness"), number(table, "gini", "m1")) == ("more 0.83", "less 0.28", "0")
    two = shown({"spoke": [15, 15], "present": 12})
    assert [number(two, name) for name in ("most", "gini", "evenness")] == ["less 2", "more 0.83", "less 0.28"]
    assert number(table, "quiet_share", "") == "50"  # 11 or more, and 1 or less, of 24: both ends open
    assert number(table, "most_share", "") == "less 50"
    assert audit(pd.DataFrame(table.ledger("0101/01.html", "meetings")), 5) == []


def test_no_one_persons_part_is_shown():
    one = shown({"spoke": [9, 3, 3, 3, 3], "present": 9, "led": True})
    assert not {"led_share", "chair_turns", "top_share"} & set(one.unique("statistic"))
    two = shown({"spoke": [9, 3, 3, 3, 3], "present": 9, "led": True}, {"spoke": [3, 3, 3], "present": 10, "led": True, "planned": 4, "settled": 1})
    assert (number(two, "led_share", ""), number(two, "led_equal", ""), number(two, "settled", "")) == ("40", "11", "1")
    assert two.cell("meetings", item="").n == 10


def test_a_short_meeting_is_uneven_by_luck_and_a_long_one_is_not():
    short, long = voice.equal_chances([1] * 12, 10, 1, all_spoke=False), voice.equal_chances([1] * 400, 10, 1, all_spoke=False)
    assert short.gini_turns > 0.35 > 0.15 > long.gini_turns and short.gini_turns_high > short.gini_turns
    exact = [voice.equal_chances([1, 1], 2, 3, all_spoke=False, draws=4000), voice.equal_chances([1, 1], 2, 3, all_spoke=True)]
    assert exact[0].gini_turns == pytest.approx(0.25, abs=0.02) and exact[1].gini_turns == 0  # two turns of two people: 0 or 1/2, each half the time
    assert exact[0].n_for_80pct_turns == pytest.approx(1.5, abs=0.04) and exact[0].silent == 0.5
    assert math.isnan(voice.equal_chances([1] * 10, 10, 1, all_spoke=True).gini_turns)  # all speak in 10!/10^10 of the draws
    assert math.isnan(voice.equal_chances([], 5, 1, all_spoke=False).silent) and math.isnan(voice.equal_chances([0, 0], 5, 1, all_spoke=False).gini_words)
    with pytest.raises(ValueError, match="at least 1"):
        voice.equal_chances([1], 2, 1, all_spoke=False, draws=0)
    with pytest.raises(ValueError, match="3 spoke and 2 were there"):
        voice.equity_of_voice(list("abc"), [1, 1, 1], present=2)


def test_luck_alone_is_called_uneven_in_no_more_than_a_few_of_a_hundred_meetings():
    draw, called = np.random.default_rng(5), 0
    for place in range(40):
        turns = np.bincount(draw.integers(0, 9, 40), minlength=9)
        found = meetings.observe(*tables({"spoke": turns[turns > 0], "present": 9, "meeting": str(place)})).iloc[0]
        called += round(found["gini"], 2) > round(found["gini_high"], 2)
    assert called <= 3


MEETINGS = st.lists(
    st.fixed_dictionaries({
        "spoke": st.lists(st.integers(1, 6), min_size=1, max_size=9), "still": st.none() | st.integers(0, 6), "more": st.integers(0, 3),
        "words": st.sampled_from([math.nan, 7.0]), "planned": st.sampled_from([math.nan, 5.0]), "led": st.booleans(),
    }),
    min_size=1, max_size=3,
)  # fmt: skip


@settings(max_examples=25)
@given(MEETINGS)
def test_sentences_are_true_of_the_meetings(found):
    for one in found:
        one["present"] = math.nan if one["still"] is None else len(one["spoke"]) + one["still"]
        one |= {"invited": one["present"] + one["more"], "settled": min(one["planned"], 2.0) if one["planned"] == 5 else math.nan}
    listed, turns = tables(*found)
    observed = meetings.observe(listed, turns)
    table = protect(meetings.statistics(observed, 5), 5)
    for known, one, truth in zip(meetings.listed(observed, turns, listed)["0101"]["meetings"], found, observed.itertuples(), strict=True):
        said = {reading.template: reading for reading in meetings_readings.meeting(table, known)}
        people = len(one["spoke"]) + (one["still"] or 0)
        if people < 5:
            assert not said
            continue
        first = said["meetings_meeting" if one["still"] is not None else "meetings_meeting_spoken"]
        assert first["people"] == people and first["day"] == date.fromisoformat(truth.date)
        _holds(first["most"], truth.most)
        if one["still"] is not None:
            _holds(first["quiet"], one["still"])
        beyond = "meetings_beyond" in said
        told = beyond + ("meetings_within" in said) + ("meetings_untold" in said)
        most = math.floor(100 * (people - 2) / people + 1e-6) / 100  # where two people share all talk alike
        assert told == (not (round(truth.gini, 2) >= most <= round(truth.gini_high, 2)))
        assert beyond == (truth.gini_high == truth.gini_high and min(round(truth.gini, 2), most) > round(truth.gini_high, 2))
        if beyond or "meetings_within" in said:
            _holds(said["meetings_beyond" if beyond else "meetings_within"]["gini"], truth.gini, 0.0051)
        if one["still"] is not None:
            assert ("meetings_empty" in said) == (one["more"] > 0) and (not one["more"] or said["meetings_empty"]["count"] == one["more"])
        assert ("meetings_settled" in said) == (one["planned"] == 5)
        assert all("{" not in sentence(reading, "en") for reading in said.values())
    _term_holds(table, observed)


def _term_holds(table, observed: pd.DataFrame) -> None:
    clear = observed[observed["people"] >= 5]
    said = {reading.template: reading for reading in meetings_readings.term(table, ["2025-fall"])}
    assert bool(said) == (len(clear) > 1)
    if not said:
        return
    assert said["meetings_term_fall"]["meetings"] == len(clear)
    _holds(said["meetings_term_fall"]["share"], 100 * clear["most"].sum() / clear["people"].sum(), 0.51)
    judged = clear[clear["gini_high"].notna()]
    most = (100 * (judged["people"] - 2) / judged["people"] + 1e-6).apply(math.floor) / 100
    uneven = int((judged["gini"].round(2).clip(upper=most) > judged["gini_high"].round(2)).sum())
    if len(judged):
        kind = said["meetings_term_uneven" if uneven else "meetings_term_even"]
        assert (kind["count"], kind["judged"]) == (uneven, len(judged))
    led = clear[clear["chair_turns"].notna()]
    assert ("meetings_term_led" in said) == (len(led) > 1)
    if len(led) > 1:
        assert abs(int(said["meetings_term_led"]["share"]) - 100 * led["chair_turns"].sum() / led["turns"].sum()) <= 0.51


def _holds(fact, truth: float, near: float = 0.0) -> None:
    """A fact is the number itself, or an end beyond which it lies."""
    if not isinstance(fact, Bounded):
        # where both ends of single meetings are open, the share of a term may lie a little to either side
        assert abs(float(fact) - truth) <= near
    elif fact.words in ("at_most", "or_less"):
        assert truth <= float(fact.value) + near
    else:
        assert truth >= float(fact.value) - near


FACTS = {
    "year": "2025", "meetings": 4, "share": 34, "count": 3, "judged": 4, "equal": 9, "planned": 12, "settled": 5, "meeting": "Staff meeting", "day": date(2025, 10, 6),
    "most": 3, "people": 12, "quiet": 5, "turns": 60, "gini": 1, "high": 1, "invited": 14, "smallest_group": 5,
}  # fmt: skip


@pytest.mark.parametrize("name", plain.sentences("evidence_meetings"))
def test_a_principal_understands_it(name):
    plain.check(name, FACTS)


def test_the_demo_has_the_meetings_that_it_tells_of(project_root):
    raw = {name: pd.read_csv(project_root / f"data/raw/{name}.csv", dtype={"School": "str"}) for name in ("meetings", "turns")}
    listed, turns = (table.rename(columns=lambda name: {"School": "school_id"}.get(name, name.lower())) for table in raw.values())
    observed = meetings.observe(listed, turns.assign(seconds=math.nan))
    truth = YAML(typ="safe").load(project_root / "tests/demo_truth.yaml")["records"]
    for row in observed.itertuples():
        assert [row.people, row.quiet, row.most] == truth["meetings"][row.school_id][row.meeting]
        assert row.turns == truth["turns"][row.school_id][row.meeting][0]
    called = observed.assign(beyond=observed["gini"] > observed["gini_high"]).set_index("meeting")
    assert called.loc["Leadership team, October", "beyond"] and not called.loc["Team leads, October", "beyond"]
