"""Maps of spaces: every picture and caption is there, and what cannot be drawn is said in a sentence."""

import numpy as np
import pytest
from matplotlib.offsetbox import AnnotationBbox

from clipit.plots import plot_maps

POINTS, PICTURES = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 0.0]]), [np.zeros((8, 8, 3), np.uint8)] * 3


def test_each_picture_lies_at_its_point_in_each_map():
    figure = plot_maps("Two maps", {"one": (POINTS, -POINTS), "other": (-POINTS, POINTS)}, PICTURES)
    for axis, sign in zip(figure.axes, (1, -1), strict=True):
        placed = [child.xy for child in axis.get_children() if isinstance(child, AnnotationBbox)]
        np.testing.assert_array_equal(placed, sign * POINTS)
        np.testing.assert_array_equal(axis.lines[1].get_xydata(), -sign * POINTS)  # the captions


@pytest.mark.parametrize(
    ("maps", "pictures", "sentence"),
    [
        ({}, PICTURES, "has no map"),
        ({"one": (POINTS, POINTS)}, PICTURES[:2], "3 points of pictures, but 2 pictures"),
        ({"one": (POINTS, POINTS * np.nan)}, PICTURES, "not numbers"),
    ],
)
def test_what_cannot_be_drawn_is_said(maps, pictures, sentence):
    with pytest.raises(ValueError, match=sentence):
        plot_maps("Maps", maps, pictures)
