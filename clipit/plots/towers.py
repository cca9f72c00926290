"""What CLIP is in one picture: two towers, one for pictures and one for texts, that lead into one space.

>>> pictures = [np.zeros((8, 8, 3), np.uint8)]
>>> plot_two_towers(pictures, ["un gatto"], ["a cat"], np.array([[0.8]])).axes[0].get_title()
'Two encoders, one space'
"""

import textwrap
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Circle, Polygon

from clipit.plots.galleries import Picture
from clipit.plots.style import GREY, OF_PAIRS, PALE

CENTRE, RADIUS = (6.0, 2.5), 1.9


def plot_two_towers(
    pictures: Sequence[Picture],
    captions: Sequence[str],
    glosses: Sequence[str],
    similarities: Float[np.ndarray, "pairs pairs"],
) -> Figure:
    """Up to four pictures on the left, texts that fit them on the right, and in the middle the space where they meet.

    The points' places are a sketch: each caption stands beside its picture. The numbers at the pairs are given.

    Args:
        pictures: of a few pairs.
        captions: one for each picture.
        glosses: the captions in English.
        similarities: of picture i (row) and caption j (column).

    Raises:
        ValueError: there are no pairs, more than four, or parts of them are missing.
    """
    if not 1 <= len(pictures) <= len(OF_PAIRS) or {len(captions), len(glosses), len(similarities)} != {len(pictures)}:
        raise ValueError(
            f"Draw one to {len(OF_PAIRS)} pairs, each with a picture, a caption, a gloss and similarities."
        )
    figure = Figure(figsize=(12, 5), layout="constrained")
    axis = figure.subplots()
    axis.set(xlim=(0, 12), ylim=(0, 5), aspect="equal", title="Two encoders, one space")
    axis.title.set_fontsize(17)
    axis.set_axis_off()
    heights = np.linspace(4.25, 0.75, len(pictures)) if len(pictures) > 1 else [2.5]
    tower(axis, 1.75, 3.35, "image\nencoder", narrow_right=True)
    tower(axis, 8.65, 10.1, "text\nencoder", narrow_right=False)
    axis.add_patch(Circle(CENTRE, RADIUS, facecolor="#F5F5F5", edgecolor=GREY, linewidth=1.5))
    axis.text(CENTRE[0], 0.05, "the shared space: every point is a vector", ha="center", fontsize=13)
    for pair, height in enumerate(heights):
        draw_pair(axis, pair, float(height), pictures[pair], captions[pair], glosses[pair])
        place_pair(axis, pair, len(pictures), float(similarities[pair, pair]))
    return figure


def tower(axis: Axes, left: float, right: float, name: str, narrow_right: bool) -> None:
    """An encoder: wide where the input comes in, narrow where its vector comes out."""
    wide, narrow = (left, right) if narrow_right else (right, left)
    corners = [(wide, 0.3), (wide, 4.7), (narrow, 3.5), (narrow, 1.5)]
    axis.add_patch(Polygon(corners, closed=True, facecolor=PALE, edgecolor=GREY, linewidth=1.5))
    axis.text((left + right) / 2, 2.5, name, ha="center", va="center", fontsize=14)
    start = (narrow + (0.05 if narrow_right else -0.05), 2.5)
    end = (CENTRE[0] + (-RADIUS if narrow_right else RADIUS), 2.5)
    axis.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "linewidth": 2, "color": GREY})


def draw_pair(axis: Axes, pair: int, height: float, picture: Picture, caption: str, gloss: str) -> None:
    """A numbered picture on the left and its caption on the right."""
    frame = {"edgecolor": OF_PAIRS[pair], "linewidth": 3}
    axis.add_artist(AnnotationBbox(OffsetImage(picture, zoom=0.95), (0.95, height), pad=0.1, bboxprops=frame))
    axis.text(0.15, height, str(pair + 1), color=OF_PAIRS[pair], fontsize=16, fontweight="bold", va="center")
    axis.text(10.2, height, str(pair + 1), color=OF_PAIRS[pair], fontsize=16, fontweight="bold", va="center")
    axis.text(10.5, height + 0.02, textwrap.fill(caption, 18), fontsize=12, va="bottom")
    axis.text(10.5, height - 0.06, textwrap.fill(gloss, 18), fontsize=12, va="top", style="italic", color=GREY)


def place_pair(axis: Axes, pair: int, pairs: int, similarity: float) -> None:
    """A picture's point (round) and its caption's (square), side by side in the space, with their similarity."""
    angle = np.pi * (0.5 + 2 * pair / pairs)
    x, y = CENTRE[0] + 1.05 * np.cos(angle), CENTRE[1] + 1.05 * np.sin(angle)
    for side, marker in ((-0.27, "o"), (0.27, "s")):
        axis.plot(x + side, y, marker, color=OF_PAIRS[pair], markersize=21)
        axis.text(x + side, y - 0.015, str(pair + 1), color="white", ha="center", va="center", fontsize=13)
    axis.text(x, y - 0.33, f"similarity {similarity:.1f}", ha="center", va="top", fontsize=12)
