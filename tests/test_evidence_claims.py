"""Sources side by side: how they stand to each other, in every order, and sentences that name what they should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cyclebook.climate.evidence import claims, claims_readings
from cyclebook.climate.evidence.claims import AGREE, ALONE, CLASH, ONE, SILENT, Indicator
from cyclebook.parameters.model import CLAIMS
from cyclebook.reading import catalogue, sentence
from tests import voice
from tests.frames import protected, scale

SAYS = st.sampled_from(["for", "against", "like", "cannot_tell"])
EVIDENCE = st.lists(st.tuples(st.sampled_from(CLAIMS), st.sampled_from(claims.ORDER), SAYS), max_size=9)


def indicators(found: list[tuple[str, str, str]]) -> list[Indicator]:
    return [Indicator(claim, source, f"thing {place}", "1", 20, "now", says) for place, (claim, source, says) in enumerate(found)]


@given(EVIDENCE)
def test_agreement_and_clash_are_what_the_sources_say(found):
    known = indicators(found)
    for each in claims.weigh(known, CLAIMS):
        here = [one for one in known if one.claim == each.claim]
        up, down = ([one for one in here if one.says == side] for side in ("for", "against"))
        assert set(each.up) == {one.name for one in up} and set(each.down) == {one.name for one in down}
        assert len(each.up) + len(each.down) + len(each.silent) == len(here)
        sources = {one.source for one in here}
        speaking = {one.source for one in up + down}
        if each.kind == ALONE:
            assert len(sources) == 1
        else:
            assert len(sources) > 1
            assert (each.kind == SILENT) == (not speaking)
            assert (each.kind == CLASH) == bool(up and down)
            assert (each.kind == AGREE) == (len(speaking) > 1 and not (up and down))
            assert (each.kind == ONE) == (len(speaking) == 1 and not (up and down))
    assert [each.claim for each in claims.weigh(known, CLAIMS)] == [claim for claim in CLAIMS if any(one.claim == claim for one in known)]


@given(EVIDENCE)
def test_a_sentence_names_who_speaks_for_and_who_against(found):
    weighed = claims.weigh(indicators(found), CLAIMS)
    said = claims_readings.said(weighed, "en")
    assert len(said) == len(weighed)
    kinds = [reading.template.split("_")[1] for reading in said]
    assert kinds == sorted(kinds, key=["clash", "agree", "one", "silent", "alone"].index)
    for reading in said:
        text = sentence(reading, "en")
        each = next(one for one in weighed if text.startswith(catalogue("en")[f"c_claim_{one.claim}"]))
        assert all(name in text for name in (*each.up, *each.down)) and (each.kind in (AGREE, CLASH) or all(name in text for name in each.silent))
        assert ("clash" in text) == (each.kind == CLASH) and ("agree" in text) == (each.kind == AGREE)
        if each.kind in (AGREE, ONE):
            assert ("speak more" in text or "speaks more" in text) == bool(each.up)


@given(st.sets(st.sampled_from(claims.ORDER)))
def test_one_line_says_what_the_page_is_built_on_and_what_to_add_next(recorded):
    missing = claims.missing(recorded)
    assert set(missing) == set(claims.ORDER) - recorded and list(missing) == sorted(missing, key=claims.ORDER.index)
    said = claims_readings.built_on([source for source in claims.ORDER if source in recorded], missing, "en")
    assert len(said) == bool(recorded) + bool(missing)
    if missing:
        assert said[-1].template == f"c_next_{missing[0]}"


@pytest.mark.parametrize(("place", "better", "says"), [
    ("above", "higher", "for"), ("above", "lower", "against"), ("below", "higher", "against"), ("below", "lower", "for"),
    ("like", "lower", "like"), ("cannot_tell", "higher", "cannot_tell"), (None, "higher", None)])  # fmt: skip
def test_a_lower_number_can_be_the_better_one(place, better, says):
    assert claims.turned(place, better) == says


def test_a_scale_that_is_not_shown_says_nothing():
    own = protected({"statistic": "mean", "value": 3.9})
    scales = [scale(), scale(id="other", about="other things")]
    found = claims_readings.of_survey("survey", own, scales, {"trust": "below", "other": "above"}, "w2", "Fall", "en")
    assert [(each.claim, each.name, each.value, each.n, each.says) for each in found] == [("connected", "trust among staff", "3.9", 20, "against")]


def test_the_latest_share_that_is_shown_is_looked_at():
    own = protected(*({"scale": "staffing", "wave": wave, "statistic": name, "value": value, "why": why, "n": 40, "decimals": 0}
                      for wave, why in (("2023-24", ""), ("2024-25", "few persons"))
                      for name, value in (("share", 30), ("gap_low", 6.0), ("gap_high", 20.0))))  # fmt: skip
    periods = [{"id": "2023-24", "label": "2023-24"}, {"id": "2024-25", "label": "2024-25"}]
    found = claims_readings.of_records(own, {"staffing": {"periods": periods}}, "en")
    assert [(each.source, each.value, each.period, each.says) for each in found] == [("staffing", "30 %", "2023-24", "against")]
    assert claims_readings.of_records(own, {}, "en") == []


def test_every_source_and_every_number_has_its_words():
    words = catalogue("en")
    assert all(f"c_source_{source}" in words and f"c_next_{source}" in words for source in claims.ORDER)
    assert all((look.item == "*" or "_".join(filter(None, ("c_name", look.scale, look.item))) in words) and look.source in claims.ORDER and look.claim in CLAIMS
               for look in claims_readings.LOOKED)  # fmt: skip


FACTS = {"claim": "All are heard", "up": ("meetings",), "down": ("trust",), "names": ("trust", "meetings"), "silent": ("uptake",), "count": 2}


@pytest.mark.parametrize("name", voice.sentences("evidence_claims"))
def test_a_principal_understands_it(name):
    voice.check(name, FACTS)
