"""The memory wall: the numbers that came in, on axes where a square is twice as steep, and limits that are named."""

import io

import pytest

from clipit.plots import plot_memory

WAYS = {"whole matrix": ([1024, 4096], [3e7, 4.8e8]), "tiles": ([1024, 4096], [2e7, 7e7])}


def test_lines_and_limits_are_the_numbers_that_came_in():
    figure = plot_memory(WAYS, {"this machine": 24e9})
    (axis,) = figure.axes
    assert axis.get_xscale() == axis.get_yscale() == "log"
    drawn = {line.get_label(): list(line.get_ydata()) for line in axis.lines}
    assert drawn == {"whole matrix": [3e7, 4.8e8], "tiles": [2e7, 7e7], "this machine": [24e9, 24e9]}
    figure.savefig(io.BytesIO(), format="png", dpi=50)  # a warning on the way would be an error
    labels = {text.get_text() for text in axis.get_xticklabels()}
    assert {"1,024", "4,096"} <= labels
    assert any(text.get_text().endswith("GB") for text in axis.get_yticklabels())


@pytest.mark.parametrize("ways", [{}, {"a": ([1], [])}, {"a": ([1], [0])}, {"a": ([], [])}])
def test_what_cannot_be_drawn_is_refused(ways):
    with pytest.raises(ValueError, match="can show 1 to 4 ways|needs a positive number of bytes"):
        plot_memory(ways)
