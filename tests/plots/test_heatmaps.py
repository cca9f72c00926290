"""Tables as colours on one scale, and a picture cut into squares."""

import numpy as np
import pytest

from clipit.plots import plot_heatmaps, plot_patches


def test_all_tables_share_one_scale():
    tables = np.array([[[0.0, 1.0]], [[2.0, 5.0]]])
    figure = plot_heatmaps("Two", tables, ["first", "second"], "strength")
    first, second, bar = figure.axes
    assert figure.get_suptitle() == "Two" and bar.get_ylabel() == "strength"
    assert first.images[0].get_clim() == second.images[0].get_clim() == (0, 5)
    np.testing.assert_array_equal(second.images[0].get_array(), tables[1])
    assert (first.get_title(), list(first.get_xticks())) == ("first", [])


def test_the_picture_comes_first_where_there_is_one():
    picture = np.full((2, 2, 3), 7, np.uint8)
    axes = plot_heatmaps("One", picture[None, ..., 0], ["red"], "0 to 255", picture, "x", "y").axes
    assert [axis.get_title() for axis in axes[:2]] == ["the picture", "red"]
    assert (axes[1].get_xlabel(), axes[1].get_ylabel(), axes[0].get_xlabel()) == ("x", "y", "")
    np.testing.assert_array_equal(axes[0].images[0].get_array(), picture)


def test_patches_are_what_the_picture_is_with_gaps_between():
    picture = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    whole, apart = (axis.images[0].get_array() for axis in plot_patches("Cut", picture, 2).axes)
    np.testing.assert_array_equal(whole, picture)
    assert apart.shape == (5, 8, 3)  # two rows and three columns of squares, one pixel between them
    np.testing.assert_array_equal(apart[0:2, 3:5], picture[0:2, 2:4])
    np.testing.assert_array_equal(apart[3:5, 6:8], picture[2:4, 4:6])
    assert (np.asarray(apart[2]) == 255).all()


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: plot_heatmaps("A", np.zeros((0, 2, 2)), [], "x"), "'A' shows 1 to 6 tables"),
        (lambda: plot_heatmaps("A", np.zeros((500, 2, 2)), ["a"] * 500, "x"), "1 to 6 tables"),
        (lambda: plot_heatmaps("A", np.zeros((2, 2, 2)), ["a"], "x"), "2 and 1"),
        (lambda: plot_heatmaps("A", np.full((1, 2, 2), np.nan), ["a"], "x"), "are not numbers"),
        (lambda: plot_patches("A", np.zeros((8, 8, 3), np.uint8), 3), "Squares of 3 pixels do not fill"),
        (lambda: plot_patches("A", np.zeros((8, 8, 3), np.uint8), 0), "Squares of 0 pixels do not fill"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(draw, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        draw()
    assert str(raised.value).endswith(".")
