"""Every figure says what it shows, and what cannot be drawn is refused with a sentence."""

import io

import numpy as np
import pytest
from PIL import Image

from clipit.plots import plot_curves, plot_filmstrip, plot_gallery
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


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: plot_curves([]), "There is no step to draw"),
        (lambda: plot_gallery("due gatti", [], []), "There are no pictures to show for 'due gatti'"),
        (lambda: plot_gallery("due gatti", PICTURES, [True]), "4 pictures and 1 "),
        (lambda: plot_filmstrip("due gatti", []), "There is no moment to show for 'due gatti'"),
        (lambda: plot_filmstrip("due gatti", [("step 1", [], [])]), "no pictures"),
    ],
)
def test_nothing_to_draw_is_a_sentence(draw, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        draw()
    assert str(raised.value).endswith(".")
