"""The figures of the norms step draw the numbers of their table, and nothing over a result that is not shown."""

from __future__ import annotations

import pytest

from cyclebook import chart_style
from cyclebook.norms import figures
from tests.test_norms_readings import agreement, months, questions
from tests.frames import protected


def joins(panel) -> list[list[float]]:
    """The values at both ends of each line between two months."""
    return [list(line.get_ydata()) for line in panel.lines if line.get_color() == chart_style.NEUTRAL]


def test_points_are_joined_over_a_month_without_ratings_but_not_over_a_hidden_one():
    asked = protected(*months((8, 0, 2), None, (6, 0, 4), (5, 0, 5)))
    (panel,) = figures.lived(asked, [agreement("a1")], "en").axes
    assert joins(panel) == [[80, 60], [60, 50]]
    hidden = protected(*months((8, 0, 2), (1, 0, 2), (6, 0, 4), (5, 0, 5)))
    (panel,) = figures.lived(hidden, [agreement("a1")], "en").axes
    assert joins(panel) == [[60, 50]]


def test_months_stand_where_the_calendar_has_them_and_the_first_and_last_are_named():
    table = protected(*months((8, 0, 2), None, (6, 0, 4), (5, 0, 5)))
    (panel,) = figures.lived(table, [agreement("a1")], "en").axes
    squares = next(line for line in panel.lines if line.get_marker() == "s")
    assert list(squares.get_xdata()) == [0, 2, 3]
    names = [label.get_text() for label in panel.get_xticklabels()]
    assert (names[0], names[-1]) == ("Aug\n2025", "Nov\n2025")


def test_every_agreement_has_its_panel():
    table = protected(*months((8, 0, 2), (6, 0, 4)), *months(None, (6, 0, 4), name="b2"))
    with chart_style.style():
        panels = figures.lived(table, [agreement("a1"), agreement("b2")], "en").axes
    assert [panel.get_title(loc="left") for panel in panels] == ["Agreement a1", "Agreement b2"]


LONG = "We bring a worry to the person whom it is about, within a week, and before we speak of it with anyone else at school."


def test_no_words_are_cut_off_at_the_edge():
    ratings, (answers, texts) = protected(*months((8, 0, 2), (6, 0, 4))), questions([(7, 2, 3)])
    with chart_style.style():
        drawn = [
            figures.lived(ratings, [agreement("a1") | {"text": LONG}], "en"),
            figures.together(answers, dict.fromkeys(texts, LONG), "w2", "en"),
        ]
        for figure in drawn:
            figure.draw_without_rendering()
            (panel,) = figure.axes
            words = [panel.title, panel._left_title, *panel.texts, *figure.legends[0].get_texts()]
            assert all(text.get_window_extent().x1 <= figure.bbox.x1 for text in words)
            assert any(text.get_text().replace("\n", " ") == LONG.rstrip(".") or text.get_text().replace("\n", " ") == LONG for text in words)


@pytest.mark.parametrize(
    ("counts", "written"), [((7, 2, 3), ["3", "7"]), ((10, 0, 0), ["≤1", "≥9"]), ((5, 0, 5), ["≥4", "5"]), ((5, 1, 4), ["≥4", "5"])]
)
def test_a_bar_holds_its_counts_as_they_may_be_shown_and_lies_about_the_middle(counts, written):
    table, texts = questions([counts])
    (panel,) = figures.together(table, texts, "w2", "en").axes
    assert [text.get_text() for text in panel.texts if text.get_text().lstrip("≥≤").isdigit()] == written
    against, favourable = (100 * int(text.lstrip("≥≤")) / sum(counts) for text in written)
    between = 100 - favourable - against
    bars = panel.patches
    assert bars[0].get_x() == pytest.approx(-against - between / 2)
    assert bars[2].get_x() + bars[2].get_width() == pytest.approx(favourable + between / 2)
