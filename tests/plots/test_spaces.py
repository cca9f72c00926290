"""Spaces side by side and lines: what is drawn is what was given, and what cannot be drawn is said in one sentence."""

import numpy as np
import pytest

from clipit.plots import plot_lines, plot_spaces

CORNERS = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])


def test_every_space_shows_its_points_and_its_name():
    figure = plot_spaces("Before and after", {"before": (CORNERS, -CORNERS), "after": (CORNERS, 3 * CORNERS)})
    assert [axis.get_title() for axis in figure.axes] == ["before", "after"]
    images, texts = figure.axes[1].get_lines()
    np.testing.assert_array_equal(np.transpose(images.get_data()), CORNERS)
    np.testing.assert_array_equal(np.transpose(texts.get_data()), 3 * CORNERS)
    assert figure.axes[1].get_xlim()[1] > 3  # all of them lie inside


@pytest.mark.parametrize(
    "spaces, sentence",
    [
        ({}, "1 to 4 spaces"),
        ({str(number): (CORNERS, CORNERS) for number in range(5)}, "1 to 4 spaces"),
        ({"a": (CORNERS, CORNERS[:2])}, "as many captions as pictures"),
        ({"a": (CORNERS, CORNERS * np.nan)}, "not numbers"),
        ({"a": (np.zeros((0, 2)), np.zeros((0, 2)))}, "pairs"),
    ],
)
def test_spaces_that_cannot_be_drawn_give_one_sentence(spaces, sentence):
    with pytest.raises(ValueError, match=sentence):
        plot_spaces("Spaces", spaces)


def test_lines_and_levels_stand_at_their_values():
    figure = plot_lines("Loss", {"found": ([2, 4, 8], [3.0, 2.0, 1.0])}, "width", "loss", {"bound": 0.5}, True)
    axis = figure.axes[0]
    assert axis.get_lines()[0].get_ydata().tolist() == [3.0, 2.0, 1.0]
    assert set(axis.get_lines()[1].get_ydata()) == {0.5}
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["2", "4", "8"]
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_title()) == ("width", "loss", "Loss")


@pytest.mark.parametrize(
    "lines, levels, sentence",
    [
        ({}, {}, "1 to 4 lines"),
        ({"a": ([1, 2], [1.0])}, {}, "one value, a number, for each place"),
        ({"a": ([1], [np.nan])}, {}, "one value, a number, for each place"),
        ({"a": ([], [])}, {}, "one value, a number, for each place"),
        ({"a": ([1], [1.0])}, {"b": 1.0, "c": 2.0, "d": 3.0}, "2 levels"),
    ],
)
def test_lines_that_cannot_be_drawn_give_one_sentence(lines, levels, sentence):
    with pytest.raises(ValueError, match=sentence):
        plot_lines("Lines", lines, "x", "y", levels)
