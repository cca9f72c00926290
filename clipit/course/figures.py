"""The pictures of lessons 01 to 03 in ``figures/``: two trainings that move, and what the two encoders do.

The points are moved by real gradient steps of the library's loss (`clipit.course.toy`).

>>> sorted(FIGURES)
['alignment.gif', 'image_encoder.png', 'similarity_matrix.gif', 'text_encoder.png']
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clipit.course.art import gloss, picture, word
from clipit.course.toy import History, Points, Toy, train_toy
from clipit.data.emoji.lexicon import concepts
from clipit.plots.encoders import plot_encoder
from clipit.plots.saving import FOLDER, save_all
from clipit.plots.space import draw_space
from clipit.plots.style import BLACK, LABEL, TITLE

TWO = ("cat", "dog")
TWO_PAIRS = Toy(pairs=2, logit_scale=2.0, learning_rate=0.3, steps=300)
TWO_STARTS = (20.0, 75.0), (100.0, 350.0)  # degrees, of the pictures and of the captions: each nearer to the wrong one
MANY_PAIRS = Toy(pairs=24)
SENTENCE = ("due gatti neri", ("[CLS]", "due", "gatti", "neri", "[SEP]"))


def similarity_matrix() -> Iterator[Figure]:
    """Two pairs in the plane, and beside it how similar each picture is to each caption."""
    start = [on_circle(degrees) for degrees in TWO_STARTS]
    history = train_toy(TWO_PAIRS, (start[0], start[1]))
    for frame in quick_then_slow(history, 34):
        images, texts, loss = history.image_points[frame], history.text_points[frame], history.losses[frame]
        figure = Figure(figsize=(9.8, 5))  # no layout engine: what stands still must not move with the captions
        plane, matrix = figure.subplots(1, 2, width_ratios=(1.2, 1))
        figure.subplots_adjust(left=0.08, right=0.98, bottom=0.12, top=0.92, wspace=0.3)
        names = [f"{word(concept)} ({gloss(concept)})" for concept in TWO]
        pictures, captions = [picture(concept) for concept in TWO], [word(concept) for concept in TWO]
        draw_space(plane, f"step {frame}, loss {loss:.2f}", images, texts, pictures, captions)
        draw_matrix(matrix, texts @ images.T, names)
        yield figure


def draw_matrix(axis: Axes, cosines: np.ndarray, names: Sequence[str]) -> None:
    """The cosines as colours and numbers; those of the pairs are framed."""
    axis.imshow(cosines, cmap="RdBu", vmin=-1.4, vmax=1.4)
    axis.set_title("similarity (cosine)", fontsize=TITLE)
    axis.set_xlabel("picture", fontsize=LABEL)
    axis.set_ylabel("caption", fontsize=LABEL)
    axis.set_xticks(range(len(names)), names, fontsize=LABEL)
    axis.set_yticks(range(len(names)), names, fontsize=LABEL, rotation=90, va="center")
    axis.spines[:].set_visible(False)
    for (row, column), cosine in np.ndenumerate(cosines):
        weight = "bold" if row == column else "normal"
        said = f"{cosine:.2f}".replace("-", "−")
        axis.text(column, row, said, ha="center", va="center", fontsize=TITLE + 4, fontweight=weight)
        if row == column:
            axis.add_patch(Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, fill=False, edgecolor=BLACK))


def alignment() -> Iterator[Figure]:
    """Twenty-four pairs on a circle: pictures and their captions meet, and the pairs spread evenly."""
    shown = [concept.name for concept in concepts()][: MANY_PAIRS.pairs]
    pictures, captions = [picture(name) for name in shown], [word(name) for name in shown]
    history = train_toy(MANY_PAIRS)
    for frame in quick_then_slow(history, 25):
        figure = Figure(figsize=(6.6, 6.4), layout="constrained")
        title = f"{MANY_PAIRS.pairs} pairs, step {frame}, loss {history.losses[frame]:.2f}"
        images, texts = history.image_points[frame], history.text_points[frame]
        draw_space(figure.subplots(), title, images, texts, pictures, captions)
        yield figure


def quick_then_slow(history: History, frames: int) -> list[int]:
    """Which frames to show: every step at first, when most happens, then ever fewer."""
    last = len(history.losses) - 1
    return sorted({int(round(last * share**2.5)) for share in np.linspace(0, 1, frames)})


def on_circle(degrees: Sequence[float]) -> Points:
    """The points at these angles, [pairs, 2]."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def image_encoder() -> Figure:
    """A picture, its patches, their vectors, and the one point that they become."""
    whole = picture("cat")  # [96, 96, 3]
    patches = [whole[row : row + 32, column : column + 32] for row in (0, 32, 64) for column in (0, 32, 64)]
    return plot_encoder("What the image encoder does", whole, patches, "patches")


def text_encoder() -> Figure:
    """A sentence, its tokens, their vectors, and the one point that they become."""
    return plot_encoder("What the text encoder does", *SENTENCE, "tokens")


FIGURES: dict[str, Callable[[], Figure | Iterator[Figure]]] = {
    "alignment.gif": alignment,
    "image_encoder.png": image_encoder,
    "similarity_matrix.gif": similarity_matrix,
    "text_encoder.png": text_encoder,
}


def draw_figures(folder: Path = FOLDER) -> list[Path]:
    """Draws every figure, in under a minute, and returns their paths."""
    return save_all(FIGURES, folder)
