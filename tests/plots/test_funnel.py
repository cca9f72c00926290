"""The funnel: bars that become shorter by what each rule drops."""

import pytest

from clipit.plots.funnel import plot_funnel
from clipit.plots.style import SMALL


def test_bars_are_what_is_left_and_what_was_dropped():
    figure = plot_funnel("From 100", 100, ["length", "language"], [10, 5])
    left, dropped = ([bar.get_width() for bar in bars] for bars in figure.axes[0].containers)
    assert left == [100, 90, 85] and dropped == [0, 10, 5]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()][1:] == [
        "length: 10 dropped",
        "language: 5 dropped",
    ]
    assert min(text.get_fontsize() for text in figure.axes[0].texts) >= SMALL
    assert figure.axes[0].get_xlabel() and figure.axes[0].get_title() == "From 100"


@pytest.mark.parametrize(("came", "dropped"), [(0, [0, 0]), (10, [11, 0]), (10, [1]), (10, [-1, 0])])
def test_numbers_that_make_no_funnel_are_refused(came, dropped):
    with pytest.raises(ValueError, match="needs something that came in"):
        plot_funnel("a funnel", came, ["length", "language"], dropped)
