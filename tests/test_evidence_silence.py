"""Silence as data: each count is what its own section shows, sentences are true of it, and nothing is read into it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cyclebook.climate.evidence import silence_readings
from cyclebook.climate.evidence.silence_readings import Silence
from cyclebook.reading import catalogue, sentence
from tests import voice
from tests.frames import protected


def meeting(name: str, quiet: float, invited: float, n: int, **more) -> list[dict]:
    where = {"scale": "meetings", "item": name, "wave": "fall", "decimals": 0, "n": n}
    return [{**where, "statistic": "quiet", "value": quiet, **more}, {**where, "statistic": "invited", "value": invited}]


def test_who_did_not_answer_is_the_head_count_less_the_answers():
    rows = [{"scale": "staff", "statistic": name, "value": value, "n": 43, "decimals": 0} for name, value in (("answers", 31), ("head_count", 43))]
    assert silence_readings.of_survey(protected(*rows), ["staff", "other"], "w2", "Fall") == [Silence("unanswered", 12, 43, "Fall")]
    over = [{**rows[0], "value": 50}, rows[1]]
    assert silence_readings.of_survey(protected(*over), ["staff"], "w2", "Fall") == []


def test_the_latest_meeting_that_is_shown_counts():
    table = protected(*meeting("May", 6, 14, 11), *meeting("June", 1, 6, 4))  # four people: nothing is shown of June
    listed = [{"meeting": name, "date": day, "term": "fall"} for name, day in (("May", "2025-05-02"), ("June", "2025-06-02"))]
    assert silence_readings.of_meetings(table, listed) == [Silence("chairs", 3, 14, "May"), Silence("unspoken", 6, 11, "May")]
    assert silence_readings.of_meetings(protected(), listed) == [] == silence_readings.of_meetings(table, [])


def test_sessions_missed_are_those_held_to_which_nobody_was_sent():
    rows = [{"scale": "learning", "item": "voluntary", "statistic": name, "value": value, "n": 0, "set": "", "decimals": 0}
            for name, value in (("held", 6), ("unsent", 4))]  # fmt: skip
    assert silence_readings.of_sessions(protected(*rows), "w2", "Fall") == [Silence("sessions", 4, 6, "Fall")]
    assert silence_readings.of_sessions(protected(), "w2", "Fall") == []


KINDS = ("unanswered", "chairs", "unspoken", "sessions")


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 40), st.integers(1, 60), st.sampled_from(["", "more", "less"])), max_size=4, unique_by=lambda each: each[0]))
def test_what_is_said_is_true(found):
    known = [Silence(kind, min(count, whole), whole, "now", bound) for kind, count, whole, bound in found]
    said = silence_readings.said(known)
    assert bool(said) == (len(known) > 1)
    if not said:
        return
    lines = [sentence(reading, "en") for reading in said[0]]
    for each, text in zip(known, lines, strict=True):
        assert str(each.whole) in text and "now" in text
        if each.count == 0 and not each.bound:
            assert text.startswith("All") or "each of the" in text
        else:
            words = {"": str(each.count), "more": f"at least {each.count}", "less": f"at most {each.count}"}[each.bound]
            assert f"{words} of {each.whole}" in text
        assert 0 <= each.percent <= 100
    caution = sentence(said[1][0], "en")
    assert "content" in caution and "fault" in caution


def test_every_kind_has_its_words():
    assert all(f"s_{kind}{end}" in catalogue("en") for kind in KINDS for end in ("", "_none")) and all(f"s_name_{kind}" in catalogue("en") for kind in KINDS)


FACTS = {"count": 12, "whole": 43, "when": "Fall 2025"}


@pytest.mark.parametrize("name", voice.sentences("evidence_silence"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)
