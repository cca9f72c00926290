"""Rows of pictures with right and wrong marked, and the filmstrip of a training.

>>> figure = plot_gallery("due gatti neri", [np.zeros((8, 8, 3), np.uint8)], [True])
>>> figure.axes[0].get_title()
'1: right'
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure

RIGHT, WRONG = "#0072B2", "#D55E00"
Picture = UInt8[np.ndarray, "height width 3"]


def show(axis: Axes, picture: Picture, right: bool | None) -> None:
    """One picture in a frame: blue and whole when it is right, orange and dashed when it is wrong."""
    axis.imshow(picture)
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(color=RIGHT if right else WRONG, linewidth=4, linestyle="-" if right else (0, (2, 1)))
        spine.set_visible(right is not None)


def plot_gallery(title: str, pictures: Sequence[Picture], right: Sequence[bool]) -> Figure:
    """The pictures that a search found, best first."""
    figure = Figure(figsize=(1.7 * len(pictures), 2.4), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(pictures)))
    for place, (axis, picture, good) in enumerate(zip(axes, pictures, right, strict=True), start=1):
        show(axis, picture, good)
        axis.set_title(f"{place}: {'right' if good else 'wrong'}", fontsize=11)
    figure.suptitle(title, fontsize=14)
    return figure


def plot_filmstrip(title: str, frames: Sequence[tuple[str, Sequence[Picture], Sequence[bool]]]) -> Figure:
    """The best pictures for one query at several moments of training, one row for each moment.

    Args:
        title: of the figure.
        frames: for each moment its label, the pictures and whether each is right.
    """
    columns = max(len(pictures) for _, pictures, _ in frames)
    figure = Figure(figsize=(1.3 * columns + 1.6, 1.25 * len(frames) + 0.5), layout="constrained")
    grid = figure.subplots(len(frames), columns, squeeze=False)
    for row, (label, pictures, right) in zip(grid, frames, strict=True):
        for axis, picture, good in zip(row, pictures, right, strict=True):
            show(axis, picture, good)
        row[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=11)
    figure.suptitle(title, fontsize=14)
    return figure
