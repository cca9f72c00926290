"""What an encoder does, as a drawing: an input is cut into pieces, each becomes a vector, and all end in one.

>>> plot_encoder("The text encoder", "due gatti", ["due", "gatti"], "words").axes[0].get_title()
'The text encoder'
"""

import textwrap
from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import FancyBboxPatch, Rectangle

from clipit.plots.style import BLUE, GREY, LABEL, ORANGE, PALE, SMALL, TITLE

Picture = UInt8[np.ndarray, "height width 3"]
MOST = 9  # pieces that can still be seen
MIDDLE = 2.6  # the height at which the parts are strung together
COLUMNS = {"whole": 1.0, "pieces": 3.2, "before": 4.9, "blocks": 6.9, "after": 8.8, "one": 10.4, "projected": 12.3}
NAMES = {"before": "a vector\nfor each", "after": "a new vector\nfor each", "one": "one vector\nof them all"}


def plot_encoder(title: str, whole: Picture | str, pieces: Sequence[Picture | str], kind: str) -> Figure:
    """From a picture or a sentence to one vector. The shades of the vectors are a sketch.

    Args:
        title: of the figure.
        whole: the input.
        pieces: what it is cut into, at most nine patches or tokens.
        kind: what the pieces are called.

    Raises:
        ValueError: there are no pieces, or too many to be seen.
    """
    if not 1 <= len(pieces) <= MOST:
        raise ValueError(f"{title!r} shows 1 to {MOST} pieces, not {len(pieces)}.")
    figure = Figure(figsize=(13, 5.2), layout="constrained")
    axis = figure.subplots()
    axis.set(xlim=(0, 13.2), ylim=(0, 5.3), aspect="equal")
    axis.set_title(title, fontsize=TITLE + 2)
    axis.set_axis_off()
    heights = np.linspace(4.6, 1.2, len(pieces)) if len(pieces) > 1 else np.array([MIDDLE + 0.3])
    show(axis, whole, COLUMNS["whole"], float(heights.mean()), size=80)
    for place, (piece, height) in enumerate(zip(pieces, heights, strict=True)):
        show(axis, piece, COLUMNS["pieces"], float(height), size=21)
        draw_vector(axis, COLUMNS["before"], float(height), seed=place, colour=BLUE)
        draw_vector(axis, COLUMNS["after"], float(height), seed=place + MOST, colour=BLUE)
    draw_vector(axis, COLUMNS["one"], float(heights.mean()), seed=2 * MOST, colour=BLUE)
    draw_vector(axis, COLUMNS["projected"], float(heights.mean()), seed=2 * MOST + 1, colour=ORANGE, numbers=3)
    draw_blocks(axis, float(heights.mean()))
    write_names(axis, {"whole": "the input", "pieces": kind, **NAMES, "projected": "a point of the\nshared space"})
    draw_arrows(axis, float(heights.mean()))
    return figure


def show(axis: Axes, part: Picture | str, x: float, y: float, size: int) -> None:
    """A picture so many points large, or words in a box."""
    if isinstance(part, str):
        frame = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": GREY}
        axis.text(x, y, textwrap.fill(part, 12), ha="center", va="center", fontsize=SMALL, bbox=frame)
        return
    box = OffsetImage(part, zoom=size / max(part.shape[:2]), interpolation="nearest")
    axis.add_artist(AnnotationBbox(box, (x, y), pad=0.1, bboxprops={"edgecolor": GREY, "linewidth": 1}))


def draw_vector(axis: Axes, x: float, y: float, seed: int, colour: str, numbers: int = 5) -> None:
    """A vector as a row of cells, each the darker the larger its number."""
    side = 0.17
    for place, shade in enumerate(np.random.default_rng(seed).uniform(0.15, 1, numbers)):
        corner = (x + side * (place - numbers / 2), y - side / 2)
        axis.add_patch(Rectangle(corner, side, side, facecolor=colour, alpha=shade, edgecolor=GREY, linewidth=0.8))


def draw_blocks(axis: Axes, y: float) -> None:
    """What happens between the vectors of the pieces, several times over."""
    x = COLUMNS["blocks"]
    for shift in (0.16, 0.08, 0.0):
        corner = (x - 0.85 + shift, 1.1 + shift)
        axis.add_patch(FancyBboxPatch(corner, 1.6, 3.4, boxstyle="round,pad=0.05", facecolor=PALE, edgecolor=GREY))
    axis.text(x - 0.05, y, "blocks:\nthe pieces\nlook at\neach other", ha="center", va="center", fontsize=LABEL)


def write_names(axis: Axes, names: dict[str, str]) -> None:
    """Under each part what it is."""
    for column, name in names.items():
        axis.text(COLUMNS[column], 0.75, name, ha="center", va="top", fontsize=SMALL)


def draw_arrows(axis: Axes, y: float) -> None:
    """From each part to the next; the last arrow is the projection."""
    style = {"arrowstyle": "-|>", "linewidth": 1.8, "color": GREY}
    for start, end in ((1.75, 2.45), (3.95, 4.35), (5.4, 5.9), (7.85, 8.25), (9.3, 9.9), (10.9, 11.95)):
        axis.annotate("", (end, y), (start, y), arrowprops=style)
    axis.text(11.4, y + 0.15, "projection", ha="center", va="bottom", fontsize=SMALL)
