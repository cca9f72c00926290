"""Rows of pictures, with captions or with right and wrong marked, and the filmstrip of a training.

>>> figure = plot_gallery("due gatti neri", [np.zeros((8, 8, 3), np.uint8)], [True])
>>> figure.axes[0].get_title()
'1: right'
"""

import textwrap
from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clipit.plots.style import GREY, RIGHT, WRONG

CAPTION_WIDTH = 21  # letters in a line under a picture
Picture = UInt8[np.ndarray, "height width 3"]


def show(axis: Axes, picture: Picture, right: bool | None) -> None:
    """One picture in a frame: blue and whole when it is right, orange and dashed when it is wrong."""
    axis.imshow(picture, interpolation="nearest")  # as the model sees it; and flat areas make small files
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set_capstyle("butt")  # else the ends of the dashes fill the gaps
        spine.set(color=RIGHT if right else WRONG, linewidth=4, linestyle="-" if right else (0, (2, 1)))
        spine.set_visible(right is not None)


def check(title: str, pictures: Sequence[Picture], right: Sequence[bool | str | None]) -> None:
    """Raises a ValueError when there are no pictures, or not one verdict (or caption) for each."""
    if len(pictures) == 0:
        raise ValueError(f"There are no pictures to show for {title!r}.")
    if len(pictures) != len(right):
        raise ValueError(f"There are {len(pictures)} pictures and {len(right)} verdicts for {title!r}.")


def plot_gallery(title: str, pictures: Sequence[Picture], right: Sequence[bool]) -> Figure:
    """The pictures that a search found, best first.

    Raises:
        ValueError: there are no pictures, or not as many verdicts as pictures.
    """
    check(title, pictures, right)
    figure = Figure(figsize=(1.7 * len(pictures), 2.4), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(pictures)))
    for place, (axis, picture, good) in enumerate(zip(axes, pictures, right, strict=True), start=1):
        show(axis, picture, good)
        axis.set_title(f"{place}: {'right' if good else 'wrong'}", fontsize=11)
    figure.suptitle(title, fontsize=14)
    return figure


def wrap(text: str) -> list[str]:
    """The lines of a text under a picture."""
    return textwrap.wrap(text, CAPTION_WIDTH)


def write_below(axis: Axes, caption: str, gloss: str) -> None:
    """A caption, and under it what it means."""
    axis.set_xlabel("\n".join(wrap(caption)), fontsize=11)
    axis.annotate(
        "\n".join(wrap(gloss)),
        (0.5, 0),
        xycoords=axis.xaxis.label,
        xytext=(0, -3),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=11,
        style="italic",
        color=GREY,
    )


def plot_captioned(
    title: str,
    pictures: Sequence[Picture],
    captions: Sequence[str],
    glosses: Sequence[str],
    right: Sequence[bool] | None = None,
    headings: Sequence[str] | None = None,
    columns: int = 6,
) -> Figure:
    """Pictures with their captions and, in grey italics, what the captions mean.

    Args:
        title: of the figure.
        pictures: from left to right, then from top to bottom.
        captions: one for each picture.
        glosses: the captions in English.
        right: whether each picture is right, to be marked; None where there is nothing to be right about.
        headings: what stands above each picture instead of its place and verdict.
        columns: how many pictures stand in a row at most.

    Raises:
        ValueError: there are no pictures, or not one verdict, caption and gloss for each.
    """
    verdicts = [None] * len(pictures) if right is None else list(right)
    for several in (verdicts, captions, glosses, headings or captions):
        check(title, pictures, several)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    lines = max(len(wrap(caption)) + len(wrap(gloss)) for caption, gloss in zip(captions, glosses, strict=True))
    figure = Figure(figsize=(1.9 * columns, (2.3 + 0.2 * lines) * rows + 0.5), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for place, (axis, picture, verdict) in enumerate(zip(axes, pictures, verdicts, strict=False)):
        show(axis, picture, verdict)
        axis.set_anchor("N")  # what room is left over lies under the texts, where notebooks cut it off
        said = "" if verdict is None else f"{place + 1}: {'right' if verdict else 'wrong'}"
        axis.set_title(headings[place] if headings else said, fontsize=12)
        write_below(axis, captions[place], glosses[place])
    for axis in axes[len(pictures) :]:
        axis.set_axis_off()
    figure.suptitle(title, fontsize=15)
    return figure


def plot_filmstrip(title: str, frames: Sequence[tuple[str, Sequence[Picture], Sequence[bool]]]) -> Figure:
    """The best pictures for one query at several moments of training, one row for each moment.

    Args:
        title: of the figure.
        frames: for each moment its label, the pictures and whether each is right.

    Raises:
        ValueError: there are no moments, no pictures, or not as many verdicts as pictures.
    """
    if not frames:
        raise ValueError(f"There is no moment to show for {title!r}.")
    for _, pictures, right in frames:
        check(title, pictures, right)
    columns = max(len(pictures) for _, pictures, _ in frames)
    figure = Figure(figsize=(1.3 * columns + 1.6, 1.25 * len(frames) + 0.5), layout="constrained")
    grid = figure.subplots(len(frames), columns, squeeze=False)
    for row, (label, pictures, right) in zip(grid, frames, strict=True):
        for axis, picture, good in zip(row, pictures, right, strict=True):
            show(axis, picture, good)
        row[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=11)
    figure.suptitle(title, fontsize=14)
    return figure
