"""The overlay shows the class token's attention where the patches lie, and the matrix who looks at whom."""

import numpy as np
import pytest

from clipit.plots import plot_attention, plot_token_attention

PICTURE = np.zeros((12, 12, 3), np.uint8)


def random_maps(maps, tokens, seed=0):
    values = np.random.default_rng(seed).random((maps, tokens, tokens))
    return values / values.sum(-1, keepdims=True)


def test_the_class_tokens_row_lies_over_the_patches_row_by_row():
    attention = random_maps(2, 10)
    figure = plot_attention("Two heads", PICTURE, attention, ["head 1", "head 2"])
    picture, *heads = figure.axes[:3]
    assert figure.get_suptitle() == "Two heads" and figure.axes[3].get_ylabel() == "share of the attention"
    assert len(picture.images) == 1
    for axis, one in zip(heads, attention, strict=True):
        under, over = axis.images
        np.testing.assert_allclose(over.get_array(), [one[0, 1:4], one[0, 4:7], one[0, 7:10]])
        assert list(over.get_extent()) == list(under.get_extent()) == [-0.5, 11.5, 11.5, -0.5]
        assert over.get_clim() == (0, attention[:, 0, 1:].max())  # one scale, so that heads can be compared


def test_the_matrix_has_the_one_who_looks_in_the_rows():
    attention = random_maps(1, 3)
    axis = plot_token_attention("A sentence", ["due", "gatti", "neri"], attention, ["head 1"]).axes[0]
    np.testing.assert_allclose(axis.images[0].get_array(), attention[0])
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_title()) == ("looked at", "who looks", "head 1")
    assert [label.get_text() for label in axis.get_xticklabels()] == ["due", "gatti", "neri"]


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: plot_attention("A", PICTURE, random_maps(0, 10), []), "'A' shows 1 to 6 maps"),
        (lambda: plot_attention("A", PICTURE, random_maps(7, 10), ["h"] * 7), "1 to 6 maps"),
        (lambda: plot_attention("A", PICTURE, random_maps(2, 10), ["h"]), "2 and 1"),
        (lambda: plot_attention("A", PICTURE, random_maps(1, 11), ["h"]), "11 tokens are not one class token"),
        (lambda: plot_attention("A", PICTURE, random_maps(1, 1), ["h"]), "1 tokens are not one class token"),
        (lambda: plot_attention("A", PICTURE, random_maps(1, 10) * np.nan, ["h"]), "not all shares between 0 and 1"),
        (lambda: plot_attention("A", PICTURE, random_maps(1, 10) * 90, ["h"]), "not all shares between 0 and 1"),
        (lambda: plot_token_attention("A", ["a"], random_maps(1, 2), ["h"]), "1 tokens and maps of 2"),
        (lambda: plot_token_attention("A", ["a"] * 500, random_maps(1, 500), ["h"]), "at most 20"),
        (lambda: plot_token_attention("A", ["a"], random_maps(1, 1) * np.nan, ["h"]), "not all shares"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(draw, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        draw()
    assert str(raised.value).endswith(".")
