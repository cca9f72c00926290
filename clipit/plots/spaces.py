"""Several spaces side by side: before and after, or one for each setting.

>>> points = np.array([[1.0, 0.0], [0.0, 1.0]])
>>> figure = plot_spaces("Two pairs", {"apart": (points, -points), "together": (points, points)})
>>> [axis.get_title() for axis in figure.axes]
['apart', 'together']
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from clipit.plots.points import check_pairs
from clipit.plots.style import BLUE, GREY, LABEL, ORANGE, PALE, SMALL, TITLE

Points = Float[np.ndarray, "... 2"]
MOST = 4  # spaces that can be read beside each other
FEW = 100  # up to so many pairs, points are large


def plot_spaces(title: str, spaces: Mapping[str, tuple[Points, Points]]) -> Figure:
    """For each space a plane of pictures (round) and captions (square), with a thin line between the two of a pair.

    Args:
        title: of the figure.
        spaces: the pictures' and the captions' points under the name of each space, at most 4.

    Raises:
        ValueError: there is nothing to draw or too much, or points are not numbers.
    """
    if not 1 <= len(spaces) <= MOST:
        raise ValueError(f"{title!r} can show 1 to {MOST} spaces beside each other, not {len(spaces)}.")
    for images, texts in spaces.values():
        check_pairs(title, images, texts)
    figure = Figure(figsize=(3.5 * len(spaces), 4.7), layout="constrained")
    for axis, (name, (images, texts)) in zip(
        np.atleast_1d(figure.subplots(1, len(spaces))), spaces.items(), strict=True
    ):
        size = 9 if len(images) <= FEW else 3
        reach = 1.12 * max(1.0, float(np.abs(images).max()), float(np.abs(texts).max()))
        axis.add_patch(Circle((0, 0), 1, fill=False, edgecolor=PALE, linewidth=1.5))
        axis.add_collection(
            LineCollection(list(np.stack([images, texts], axis=1)), colors=GREY, linewidths=0.7, alpha=0.6)
        )
        axis.plot(*images.T, "o", color=BLUE, markersize=size, label="picture")
        edge = "white" if len(images) <= FEW else ORANGE  # around small marks it would be all that one sees
        axis.plot(*texts.T, "s", color=ORANGE, markersize=0.6 * size, markeredgecolor=edge, label="caption")
        axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xticks=(-1, 0, 1), yticks=(-1, 0, 1))
        axis.set_title(name, fontsize=LABEL)
        axis.set_xlabel("first number", fontsize=SMALL)
        axis.tick_params(labelsize=SMALL)
    figure.axes[0].set_ylabel("second number", fontsize=SMALL)
    figure.suptitle(title, fontsize=TITLE)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=SMALL)
    return figure
