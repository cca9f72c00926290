"""A row of tables of numbers as colours, on one scale: the colours of a picture, maps of a ConvNet, similarities.

>>> figure = plot_heatmaps("Two maps", np.zeros((2, 4, 4)), ["first", "second"], "strength")
>>> [axis.get_title() for axis in figure.axes[:2]]
['first', 'second']
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipit.plots.galleries import Picture
from clipit.plots.style import LABEL, SMALL, TITLE

MOST_MAPS = 6
Tables = Float[np.ndarray, "maps height width"] | Int[np.ndarray, "maps height width"] | UInt8[np.ndarray, "maps h w"]


def plot_heatmaps(
    title: str,
    tables: Tables,
    names: Sequence[str],
    label: str,
    picture: Picture | None = None,
    xlabel: str = "",
    ylabel: str = "",
) -> Figure:
    """Tables of numbers side by side, and before them the picture that they come from, if there is one.

    Args:
        title: of the figure.
        tables: equally large.
        names: one for each table.
        label: what the colours mean.
        picture: shown first.
        xlabel: what the columns of a table are, where it is no picture.
        ylabel: what its rows are.

    Raises:
        ValueError: there are no tables or too many, no name for one, or values that are no numbers.
    """
    if not 1 <= len(tables) <= MOST_MAPS or len(tables) != len(names):
        raise ValueError(f"{title!r} shows 1 to {MOST_MAPS} tables with a name each: {len(tables)} and {len(names)}.")
    if not np.isfinite(tables).all():
        raise ValueError(f"Some values of {title!r} are not numbers.")
    panels = len(tables) + (picture is not None)
    figure = Figure(figsize=(2.5 * panels + 1.2, 3.4), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    if picture is not None:
        axes[0].imshow(picture, interpolation="nearest")
        axes[0].set_title("the picture", fontsize=LABEL)
    for axis, table, name in zip(axes[panels - len(tables) :], tables, names, strict=True):
        drawn = axis.imshow(table, cmap="viridis", vmin=tables.min(), vmax=tables.max(), interpolation="nearest")
        axis.set_title(name, fontsize=LABEL)
        axis.set_xlabel(xlabel, fontsize=SMALL)
    axes[panels - len(tables)].set_ylabel(ylabel, fontsize=SMALL)
    for axis in axes:
        bare(axis)
    figure.colorbar(drawn, ax=list(axes), shrink=0.8).set_label(label, fontsize=SMALL)
    figure.suptitle(title, fontsize=TITLE)
    return figure


def plot_patches(title: str, picture: Picture, size: int) -> Figure:
    """A picture, and beside it the same cut into squares of ``size`` pixels, with gaps between them.

    Raises:
        ValueError: the squares do not fill the picture.
    """
    height, width = picture.shape[:2]
    if size < 1 or height % size or width % size:
        raise ValueError(f"Squares of {size} pixels do not fill a picture of {height} x {width}.")
    gap = max(1, size // 6)
    rows, columns = height // size, width // size
    apart = np.full((rows * (size + gap) - gap, columns * (size + gap) - gap, 3), 255, np.uint8)
    for row, column in np.ndindex(rows, columns):
        square = picture[row * size : (row + 1) * size, column * size : (column + 1) * size]
        top, left = row * (size + gap), column * (size + gap)
        apart[top : top + size, left : left + size] = square
    figure = Figure(figsize=(8.6, 4.5), layout="constrained")
    axes = figure.subplots(1, 2)
    for axis, shown, name in zip(axes, (picture, apart), ("the picture", f"{rows * columns} patches"), strict=True):
        axis.imshow(shown, interpolation="nearest")
        axis.set_title(name, fontsize=LABEL)
        bare(axis)
    figure.suptitle(title, fontsize=TITLE)
    return figure


def bare(axis: Axes) -> None:
    """No numbers and no lines around what is a picture, or lies over one."""
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
