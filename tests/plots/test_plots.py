"""Every figure says what it shows, and what cannot be drawn is refused with a sentence."""

import io

import numpy as np
import pytest
from PIL import Image

from clipit.plots import (
    plot_bars,
    plot_captioned,
    plot_curves,
    plot_filmstrip,
    plot_gallery,
    plot_labels,
    plot_two_towers,
)
from clipit.plots.galleries import RIGHT, WRONG

PICTURES = [np.full((8, 8, 3), 60 * shade, np.uint8) for shade in range(4)]
METRICS = [
    {
        "step": 1,
        "loss": 4.1,
        "expected_start": 4.16,
        "floor": 0.5,
        "validation.recall@1": 0.01,
        "validation.mrr@10": 0.02,
    },
    {"step": 2, "loss": 3.0},
    {"step": 3, "loss": 2.0, "validation.recall@1": 0.3, "validation.mrr@10": 0.4},
]


def drawn(figure):
    """The figure as a picture: a warning on the way would be an error."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=50)
    return Image.open(file)


def test_curves_have_titles_and_labels_and_the_values_of_the_run():
    figure = plot_curves(METRICS)
    left, right = figure.axes
    assert all(axis.get_title() and axis.get_xlabel() and axis.get_ylabel() for axis in (left, right))
    lines = {line.get_label(): line.get_ydata() for line in left.lines}
    assert list(lines["loss"]) == [4.1, 3.0, 2.0]
    assert set(lines["knowing nothing: ln(batch)"]) == {4.16} and set(lines["least that captions allow"]) == {0.5}
    recall = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in right.lines}
    assert recall == {"recall@1": ([1, 3], [0.01, 0.3]), "MRR@10": ([1, 3], [0.02, 0.4])}
    assert drawn(figure).width > 100


def test_many_steps_are_smoothed_by_their_mean():
    losses = np.random.default_rng(0).random(90)
    metrics = [{**METRICS[0], "step": step + 1, "loss": loss} for step, loss in enumerate(losses)]
    smooth = plot_curves(metrics).axes[0].lines[1]
    assert list(smooth.get_xdata()) == list(range(3, 91))
    np.testing.assert_allclose(smooth.get_ydata(), [losses[end - 3 : end].mean() for end in range(3, 91)])


def test_a_fresh_run_can_be_drawn(tiny_run):
    assert len(plot_curves(tiny_run.metrics).axes) == 2


def test_a_gallery_says_what_was_asked_and_marks_right_and_wrong():
    figure = plot_gallery("due gatti neri", PICTURES, [True, False, True, False])
    assert figure.get_suptitle() == "due gatti neri"
    assert [axis.get_title() for axis in figure.axes] == ["1: right", "2: wrong", "3: right", "4: wrong"]
    frames = [axis.spines["left"] for axis in figure.axes]
    assert all(frame.get_visible() for frame in frames)
    styles = {(frame.get_edgecolor(), str(frame.get_linestyle())) for frame in frames}
    assert len(styles) == 2 and RIGHT != WRONG  # colour and dashes: one of them is seen by everybody
    assert drawn(figure).width > 100


def test_one_picture_is_a_gallery():
    assert len(plot_gallery("un gatto", PICTURES[:1], [True]).axes) == 1


def test_a_filmstrip_has_a_labelled_row_for_each_moment():
    frames = [("step 1", PICTURES[:2], [False, True]), ("step 9", PICTURES[2:], [True, True])]
    figure = plot_filmstrip("“due gatti neri”, while it learns", frames)
    assert figure.get_suptitle() == "“due gatti neri”, while it learns"
    assert [axis.get_ylabel() for axis in figure.axes] == ["step 1", "", "step 9", ""]
    assert drawn(figure).width > 100


def test_captions_stand_under_their_pictures_with_their_glosses():
    long = "nell'immagine si vedono due gatti neri su uno sfondo arancione"
    captions, glosses = [long, "un gatto", "tre mele"], ["two black cats", "a cat", "three apples"]
    figure = plot_captioned("Three", PICTURES[:3], captions, glosses, [True, False, True], columns=2)
    first, second, third, empty = figure.axes
    assert [axis.get_title() for axis in (first, second, third)] == ["1: right", "2: wrong", "3: right"]
    assert first.get_xlabel().replace("\n", " ") == long and first.texts[0].get_text().replace("\n", " ") == glosses[0]
    assert third.get_xlabel() == "tre mele" and not empty.axison
    assert drawn(figure).width > 100
    title = figure._suptitle.get_window_extent()
    assert title.y0 > max(axis.title.get_window_extent().y1 for axis in (first, second))


def test_a_caption_of_many_lines_pushes_nothing_out():
    words = "parola " * 30
    figure = plot_captioned("Long", PICTURES[:2], [words, "breve"], [words, "short"], headings=["one", "two"])
    drawn(figure)
    title, headings = figure._suptitle.get_window_extent(), [axis.title for axis in figure.axes]
    assert all(heading.get_window_extent().y1 < title.y0 for heading in headings)
    assert [heading.get_text() for heading in headings] == ["one", "two"]


def test_a_wrong_frame_is_really_dashed():
    # Ends that stick out would fill the gaps.
    axis = plot_gallery("due gatti", PICTURES[:1], [False]).axes[0]
    assert axis.spines["left"].get_capstyle() == "butt"


def test_two_towers_show_each_pair_and_its_similarity():
    similarities = np.array([[0.8, 0.1], [0.0, 0.6]])
    figure = plot_two_towers(PICTURES[:2], ["un gatto", "due mele"], ["a cat", "two apples"], similarities)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert {"un gatto", "a cat", "due mele", "two apples", "similarity 0.8", "similarity 0.6"} <= set(texts)
    assert sum(text == "2" for text in texts) == 4  # picture, caption, and the points of both
    assert drawn(figure).width > 100


def test_bars_have_titles_labels_and_the_line_of_guessing():
    axis = plot_bars("Counting", ["1", "2"], [0.9, 0.5], chance=0.25, xlabel="objects", ylabel="right").axes[0]
    assert (axis.get_title(), axis.get_xlabel(), axis.get_ylabel()) == ("Counting", "objects", "right")
    assert [bar.get_height() for bar in axis.patches] == [0.9, 0.5]
    assert axis.lines[0].get_label() == "guessing: 25 %" and set(axis.lines[0].get_ydata()) == {0.25}
    assert drawn(axis.figure).width > 100


@pytest.mark.parametrize("shares, verdict", [([0.7, 0.3], "answer: right"), ([0.3, 0.7], "answer: wrong")])
def test_labels_mark_the_right_one_and_say_whether_it_won(shares, verdict):
    picture, bars = plot_labels("one cat", PICTURES[0], ["un gatto", "un cane"], shares, right=0).axes
    assert picture.get_title() == verdict
    assert [label.get_text() for label in bars.get_yticklabels()] == ["un gatto (the right one)", "un cane"]
    assert bars.patches[0].get_facecolor() != bars.patches[1].get_facecolor()
    assert drawn(bars.figure).width > 100


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: plot_curves([]), "There is no step to draw"),
        (lambda: plot_gallery("due gatti", [], []), "There are no pictures to show for 'due gatti'"),
        (lambda: plot_gallery("due gatti", PICTURES, [True]), "4 pictures and 1 "),
        (lambda: plot_captioned("due gatti", [], [], []), "There are no pictures to show for 'due gatti'"),
        (lambda: plot_captioned("due gatti", PICTURES, ["a"], ["b"]), "4 pictures and 1 "),
        (lambda: plot_bars("due gatti", [], [], 0.5, "x", "y"), "0 labels and 0 shares to draw for 'due gatti'"),
        (lambda: plot_labels("due gatti", PICTURES[0], ["a"], [0.5, 0.5], 0), "1 labels and 2 shares"),
        (lambda: plot_two_towers(PICTURES[:2], ["a"], ["b"], np.eye(2)), "Draw one to 4 pairs"),
        (lambda: plot_filmstrip("due gatti", []), "There is no moment to show for 'due gatti'"),
        (lambda: plot_filmstrip("due gatti", [("step 1", [], [])]), "no pictures"),
    ],
)
def test_nothing_to_draw_is_a_sentence(draw, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        draw()
    assert str(raised.value).endswith(".")
