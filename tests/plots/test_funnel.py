"""The funnel: a bar for what each rule drops, and what is left beside it."""

import pytest

from clipit.plots.funnel import plot_funnel
from clipit.plots.style import SMALL


def test_bars_are_what_was_dropped_and_their_labels_say_what_is_left():
    figure = plot_funnel("From 1,200", 1200, ["length", "language", "repeated"], [10, 5, 0])
    axis = figure.axes[0]
    (bars,) = axis.containers
    assert [bar.get_width() for bar in bars] == [10, 5, 0]
    assert [text.get_text() for text in axis.texts] == [
        "10 dropped, 1,190 left",
        "5 dropped, 1,185 left",
        "0 dropped, 1,185 left",
    ]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["length", "language", "repeated"]
    assert min(text.get_fontsize() for text in axis.texts) >= SMALL
    assert axis.get_xlabel() == "captions dropped, of 1,200" and axis.get_title() == "From 1,200"


def test_the_writing_beside_the_longest_bar_lies_inside_the_axes():
    figure = plot_funnel("From 10,000", 10_000, ["length", "proper nouns"], [2000, 1000])
    figure.canvas.draw()
    axis = figure.axes[0]
    assert all(text.get_window_extent().x1 <= axis.bbox.x1 for text in axis.texts)


@pytest.mark.parametrize(("rules", "dropped"), [(["length"], [0]), ([], [])])
def test_rules_that_drop_nothing_and_no_rules_at_all_are_drawn_too(rules, dropped):
    figure = plot_funnel("From 3", 3, rules, dropped)
    figure.canvas.draw()
    assert figure.axes[0].get_xlim() == (0, 1.6)


@pytest.mark.parametrize(("came", "dropped"), [(0, [0, 0]), (10, [11, 0]), (10, [1]), (10, [-1, 0])])
def test_numbers_that_make_no_funnel_are_refused(came, dropped):
    with pytest.raises(ValueError, match="needs something that came in"):
        plot_funnel("a funnel", came, ["length", "language"], dropped)
