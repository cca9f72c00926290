"""Every layer is a box, and what trains looks different without colours too."""

import pytest
from matplotlib.patches import Rectangle

from clipit.plots import plot_layers

TOWERS = {"image": [("head", 10, False), ("projection", 2, True)], "text": [("projection", 3, True)]}


def test_every_layer_is_a_box_with_its_name_and_size():
    axis = plot_layers("What trains", TOWERS).axes[0]
    boxes = [patch for patch in axis.patches if isinstance(patch, Rectangle)]
    assert [box.get_hatch() for box in boxes] == [None, "///", "///"]
    assert [text.get_text() for text in axis.texts] == ["head: 10", "projection: 2", "image", "projection: 3", "text"]


@pytest.mark.parametrize("towers", [{}, {"image": []}])
def test_nothing_to_draw_is_said(towers):
    with pytest.raises(ValueError, match="at least one tower"):
        plot_layers("What trains", towers)
