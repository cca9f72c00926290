"""The strip of tokens says which are read and which are padding."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from clipit.plots import plot_token_values, plot_tokens
from clipit.plots.style import BLUE, ORANGE, PALE

TOKENS = [["[CLS]", "gatti", "[SEP]"], ["[CLS]", "[SEP]", "[PAD]"]]
IDS, MASK = [[2, 90, 3], [2, 3, 0]], [[1, 1, 1], [1, 1, 0]]


def test_every_token_stands_over_its_number():
    axis = plot_tokens("Two sentences", TOKENS, IDS, MASK).axes[0]
    texts = [text.get_text() for text in axis.texts]
    assert axis.get_title() == "Two sentences"
    assert texts == ["[CLS]", "2", "gatti", "90", "[SEP]", "3", "[CLS]", "2", "[SEP]", "3", "[PAD]", "0"]
    heights = [text.get_position()[1] for text in axis.texts]
    assert all(above < below for above, below in zip(heights[::2], heights[1::2], strict=True))


def test_words_special_tokens_and_padding_look_different():
    frames = [patch.get_edgecolor() for patch in plot_tokens("Two", TOKENS, IDS, MASK).axes[0].patches]
    assert frames == [to_rgba(colour) for colour in (ORANGE, BLUE, ORANGE, ORANGE, ORANGE, PALE)]


def test_a_token_that_is_masked_is_grey_whatever_it_is():
    frames = plot_tokens("One", [["gatti"]], [[90]], [[0]]).axes[0].patches
    assert frames[0].get_edgecolor() == to_rgba(PALE)


@pytest.mark.parametrize(
    ("tokens", "ids", "mask", "sentence"),
    [
        ([], [], [], "Draw 1 to 8 sentences"),
        (TOKENS * 250, IDS * 250, MASK * 250, "Draw 1 to 8 sentences"),
        (TOKENS, IDS[:1], MASK, "as many rows of numbers and masks"),
        (TOKENS, IDS, [[1, 1], [1, 1]], "equally many tokens, numbers and masks"),
        ([[]], [[]], [[]], "1 to 16"),
        ([["a"] * 17], [[1] * 17], [[1] * 17], "1 to 16"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(tokens, ids, mask, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        plot_tokens("Two sentences", tokens, ids, mask)
    assert str(raised.value).endswith(".")


def test_values_are_written_where_they_belong():
    values = np.array([[0.0, 0.5], [0.25, 1.0]])
    axis = plot_token_values("Change", ["due", "gatti"], values, ["bag", "BERT"], "change").axes[0]
    assert [text.get_text() for text in axis.texts] == ["0.00", "0.50", "0.25", "1.00"]
    assert [text.get_position() for text in axis.texts] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["bag", "BERT"]


@pytest.mark.parametrize(
    ("values", "tokens", "names"),
    [
        (np.zeros((0, 2)), ["a", "b"], []),
        (np.zeros((1, 2)), ["a"], ["bag"]),
        (np.zeros((1, 500)), ["a"] * 500, ["bag"]),
        (np.full((1, 1), np.nan), ["a"], ["bag"]),
    ],
)
def test_values_that_cannot_be_drawn_are_a_sentence(values, tokens, names):
    with pytest.raises(ValueError, match=r"'Change' .*\.$"):
        plot_token_values("Change", tokens, values, names, "change")
