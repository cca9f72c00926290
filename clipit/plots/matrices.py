"""The similarity matrix of a batch, with its pictures and captions, and the confusion of counts.

>>> figure = plot_similarities(np.eye(2), [np.zeros((8, 8, 3), np.uint8)] * 2, ["un gatto", "un cane"])
>>> figure.axes[0].get_title()
'How similar is each caption to each picture?'
"""

import textwrap
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, UInt8
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

Picture = UInt8[np.ndarray, "height width 3"]
MOST, FEW = 24, 5  # pairs that can still be read, and pairs with room for numbers


def plot_similarities(
    similarities: Float[np.ndarray, "pictures captions"], pictures: Sequence[Picture], captions: Sequence[str]
) -> Figure:
    """Cosines as a coloured matrix; captions stand at the rows, pictures at the columns.

    Up to five pictures are drawn twice as large, with the cosines written into the squares.

    Raises:
        ValueError: there are no pairs, too many to be read, or values that are no numbers.
    """
    if not 1 <= len(pictures) <= MOST or similarities.shape != (len(pictures), len(captions)):
        raise ValueError(f"The matrix shows 1 to {MOST} pictures with as many captions, not {similarities.shape}.")
    if not np.isfinite(similarities).all():
        raise ValueError("Some similarities are not numbers: look at the embeddings.")
    few = len(pictures) <= FEW
    square = 0.9 if few else 0.45  # inches
    side = 1.5 + square * len(pictures)
    figure = Figure(figsize=(side + 5.5, side), layout="constrained")
    axes = figure.subplots()
    drawn = axes.imshow(similarities.T, cmap="viridis", vmin=min(0, similarities.min()), vmax=1)
    axes.set_title("How similar is each caption to each picture?", fontsize=14)
    axes.set(xlabel="picture", ylabel="caption", xticks=[], yticks=range(len(captions)))
    axes.set_yticklabels([textwrap.fill(caption, 44) for caption in captions], fontsize=12 if few else 11)
    axes.xaxis.labelpad = 80 * square
    for column, picture in enumerate(pictures):
        box = OffsetImage(picture, zoom=58 * square / max(picture.shape[:2]))
        under = (column, len(captions) - 0.5)
        axes.add_artist(AnnotationBbox(box, under, xybox=(0, -40 * square), boxcoords="offset points", frameon=False))
    for (column, row), cosine in np.ndenumerate(similarities) if few else ():
        color = "black" if cosine > 0.6 else "white"
        axes.text(
            column, row, f"{round(float(cosine), 1) + 0.0:.1f}", ha="center", va="center", color=color, fontsize=14
        )
    figure.colorbar(drawn, ax=axes, label="cosine", shrink=0.7)
    return figure


def plot_confusion(table: Int[np.ndarray, "numbers numbers"]) -> Figure:
    """How many pictures with each count (rows) got which answer (columns); shares of a row as colour."""
    figure = Figure(figsize=(6.2, 5.2), layout="constrained")
    axes = figure.subplots()
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    drawn = axes.imshow(shares, cmap="viridis", vmin=0, vmax=1)
    numbers = [str(number) for number in range(1, len(table) + 1)]
    axes.set_title("Counting: what is there, and what was answered", fontsize=14)
    axes.set(xlabel="answer", ylabel="objects in the picture")
    axes.set_xticks(range(len(table)), numbers)
    axes.set_yticks(range(len(table)), numbers)
    for (row, column), pictures in np.ndenumerate(table):
        color = "black" if shares[row, column] > 0.6 else "white"
        axes.text(column, row, str(pictures), ha="center", va="center", color=color, fontsize=12)
    figure.colorbar(drawn, ax=axes, label="share of the row")
    return figure
