"""Notes are placed under their evidence, marked when the numbers have changed, and never lost."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from cyclebook import notes
from cyclebook.privacy import door
from tests.frames import protected


def test_a_note_has_an_anchor_and_the_mark_it_was_written_for():
    found = notes.parse("## scales [3f9a01bc]\n\nAsk about *time*.\n\n## items\nMore.\n")
    assert [(n.anchor, n.mark, n.text) for n in found] == [("scales", "3f9a01bc", "Ask about *time*."), ("items", "", "More.")]


def test_text_before_any_heading_and_unknown_headings_are_kept():
    found = notes.parse("First words.\n## Not an anchor!\nStill the first.\n## scales\n### A smaller heading\nx")
    assert [(n.anchor, n.text) for n in found] == [
        ("", "First words.\n## Not an anchor!\nStill the first."),
        ("scales", "### A smaller heading\nx"),
    ]


@given(st.lists(st.tuples(st.sampled_from(["scales", "items", "change"]), st.from_regex(r"[a-z][a-z ]{0,20}[a-z]", fullmatch=True))))
def test_no_note_is_lost(written):
    text = "\n".join(f"## {anchor} [-]\n\n{body}\n" for anchor, body in written)
    assert [(n.anchor, n.text) for n in notes.parse(text)] == [(anchor, body.strip()) for anchor, body in written]


def test_a_note_without_a_mark_fits_any_numbers():
    assert notes.Note("scales", "", "x").fits("abc") and notes.Note("scales", "", "x").fits("")
    assert notes.Note("scales", "-", "x").fits("") and not notes.Note("scales", "-", "x").fits("abc")
    assert notes.Note("scales", "abc", "x").fits("abc") and not notes.Note("scales", "abc", "x").fits("abd")


def bundle():
    return SimpleNamespace(unit="S01", is_district=False)


def test_the_mark_changes_with_the_schools_own_numbers_alone():
    own = {"statistic": "mean", "value": 3.9}
    district = {"statistic": "mean", "value": 3.7, "school_id": "", "set": "wave=w2"}
    pooled = {"statistic": "steadied", "value": 3.8, "other_set": "wave=w2", "other_n": 90}
    mark = door.evidence_mark(bundle(), protected(own, district, pooled))
    assert len(mark) == 8
    assert mark == door.evidence_mark(bundle(), protected(pooled | {"value": 3.5}, district | {"value": 3.1}, own))
    assert mark != door.evidence_mark(bundle(), protected(own | {"value": 4.0}, district, pooled))
    assert mark != door.evidence_mark(bundle(), protected(own | {"n": 21}, district, pooled))


def test_where_the_school_has_no_number_there_is_no_mark():
    assert door.evidence_mark(bundle(), protected({"statistic": "mean", "value": 3.7, "school_id": "", "set": "w"})) == ""


def test_markup_in_a_note_is_shown_as_text():
    html = notes.to_html(notes.Note("a", "", "**bold** [x](javascript:alert(1)) ![y](http://x/y.png)\n\n<script>alert(1)</script>"))
    assert "<script" not in html and "<a" not in html and "<img" not in html and "<strong>bold</strong>" in html
