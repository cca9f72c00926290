"""Heaps of numbers: as high as each other, and refused where there is nothing to draw."""

import numpy as np
import pytest

from clipit.plots import plot_distributions


def test_every_group_reaches_the_same_height():
    figure = plot_distributions("t", {"many": np.linspace(0, 1, 1000), "few": [2.0, 2.0]}, "x", mark=0.5)
    (axis,) = figure.axes
    assert [patch.get_data().values.max() for patch in axis.patches] == [1, 1]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["many", "few", "0.5"]
    assert axis.lines[0].get_xdata()[0] == 0.5


@pytest.mark.parametrize("groups", [{}, {"a": []}, {"a": [np.nan, 1.0]}, dict.fromkeys("abcde", [1.0])])
def test_what_cannot_be_drawn_is_refused(groups):
    with pytest.raises(ValueError, match="'t'"):
        plot_distributions("t", groups, "x")
