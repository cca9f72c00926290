"""The plane of pairs: every point, line and caption is where it should be, and what cannot be drawn is refused."""

import io

import numpy as np
import pytest
from PIL import Image

from clipit.plots import plot_space
from clipit.plots.points import outward

RNG = np.random.default_rng(0)
PICTURE = np.full((8, 8, 3), 90, np.uint8)


def pairs(count):
    angles = RNG.uniform(0, 2 * np.pi, (2, count))
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def drawn(figure):
    file = io.BytesIO()
    figure.savefig(file)
    return Image.open(file)


def test_points_lines_and_captions_are_where_they_should_be():
    images, texts = pairs(5)
    captions = ["uno", "due", "tre", "quattro", "cinque"]
    axis = plot_space("Five pairs", images, texts, captions=captions).axes[0]
    assert axis.get_title() == "Five pairs" and axis.get_aspect() == 1
    points = {line.get_label(): np.array(line.get_data()).T for line in axis.lines}
    np.testing.assert_array_equal(points["picture"], images)
    np.testing.assert_array_equal(points["caption"], texts)
    segments = axis.collections[0].get_segments()
    np.testing.assert_allclose(segments, np.stack([images, texts], axis=1))
    assert [text.get_text() for text in axis.texts] == captions
    assert drawn(axis.figure).width > 300
    for text, point in zip(axis.texts, texts, strict=True):
        box = text.get_window_extent().transformed(axis.transData.inverted())
        centre = np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2
        assert np.linalg.norm(centre) > np.linalg.norm(point)  # outside of its point


def test_letters_are_large_enough_for_a_projector():
    figure = plot_space("Five pairs", *pairs(5), captions=list("abcde"))
    axis = figure.axes[0]
    texts = [axis.title, axis.xaxis.label, axis.yaxis.label, *axis.texts, *axis.get_xticklabels()]
    assert min(text.get_fontsize() for text in texts) >= 12


def test_pictures_stand_at_their_points():
    images, texts = pairs(3)
    axis = plot_space("Three", images, texts, pictures=[PICTURE] * 3).axes[0]
    boxes = [artist.xy for artist in axis.artists]
    np.testing.assert_allclose(boxes, images)


@pytest.mark.parametrize("count", [1, 12, 13, 32])
def test_captions_are_upright_and_where_many_turned_but_never_upside_down(count):
    axis = plot_space("Many", *pairs(count), captions=["gatto"] * count).axes[0]
    turns = np.array([(text.get_rotation() + 180) % 360 - 180 for text in axis.texts])
    assert (np.abs(turns) <= 90.001).all() and (turns == 0).all() == (count <= 12)


def test_captions_lie_inside_the_figure():
    figure = plot_space("Many", *pairs(24), captions=["scoiattolo"] * 24)
    drawn(figure)
    for text in figure.axes[0].texts:
        box, whole = text.get_window_extent(), figure.bbox
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1


def test_outward_is_away_from_the_middle_and_to_the_right_of_it():
    np.testing.assert_allclose(outward(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [1.0, 0.0]])


@pytest.mark.parametrize(
    ("images", "texts", "more", "sentence"),
    [
        (np.zeros((0, 2)), np.zeros((0, 2)), {}, "'T' shows 1 to 1000 pairs, not 0"),
        (np.zeros((1001, 2)), np.zeros((1001, 2)), {}, "not 1001"),
        (np.zeros((3, 2)), np.zeros((2, 2)), {}, "not 3 pictures and 2 captions"),
        (np.zeros((3, 5)), np.zeros((3, 5)), {}, "each point needs two numbers, not 5"),
        (np.full((3, 2), np.nan), np.zeros((3, 2)), {}, "not numbers: look at the embeddings"),
        (np.zeros((500, 2)), np.zeros((500, 2)), {"captions": ["gatto"] * 500}, "of 32 pairs at most, not of 500"),
        (np.zeros((3, 2)), np.zeros((3, 2)), {"captions": ["gatto"]}, "3 pairs, but 1 pictures or captions"),
        (np.zeros((3, 2)), np.zeros((3, 2)), {"pictures": [PICTURE] * 2}, "3 pairs, but 2 pictures or captions"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(images, texts, more, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        plot_space("T", images, texts, **more)
    assert str(raised.value).endswith((".", "embeddings."))
