"""The plane of embeddings: each picture and its caption, with a thin line between the two.

Unit vectors of two numbers lie on the circle; longer unit vectors, projected to two numbers, lie inside it.

>>> images, texts = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.8, 0.6], [-0.6, 0.8]])
>>> plot_space("Two pairs", images, texts, captions=["un gatto", "un cane"]).axes[0].get_title()
'Two pairs'
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Circle

from clipit.plots.points import check_pairs, outward
from clipit.plots.style import BLUE, GREY, LABEL, ORANGE, PALE, SMALL, TITLE

Picture = UInt8[np.ndarray, "height width 3"]
Points = Float[np.ndarray, "pairs 2"]
UPRIGHT = 12  # with more captions than these around the circle, they are turned like the hours of a clock


def plot_space(
    title: str,
    image_points: Float[np.ndarray, "pictures numbers"],
    text_points: Float[np.ndarray, "captions numbers"],
    pictures: Sequence[Picture] | None = None,
    captions: Sequence[str] | None = None,
) -> Figure:
    """Pairs in the plane: a round point for each picture, a square one for its caption, a line between the two.

    Args:
        title: of the figure.
        image_points: of the pictures, [pairs, 2]; at most 1000 pairs, or 32 where pictures or captions are given.
        text_points: of the captions, [pairs, 2], row i the caption of picture i.
        pictures: small pictures to draw instead of the round points.
        captions: short texts to write beside the captions' points.

    Raises:
        ValueError: there are no pairs or too many, parts of them are missing, or points are not numbers.
    """
    figure = Figure(figsize=(7.6, 7.2), layout="constrained")
    draw_space(figure.subplots(), title, image_points, text_points, pictures, captions)
    return figure


def draw_space(
    axis: Axes,
    title: str,
    image_points: Float[np.ndarray, "pictures numbers"],
    text_points: Float[np.ndarray, "captions numbers"],
    pictures: Sequence[Picture] | None = None,
    captions: Sequence[str] | None = None,
) -> None:
    """The same on axes that there are already, beside something else."""
    check_pairs(title, image_points, text_points, pictures, captions)
    axis.add_patch(Circle((0, 0), 1, fill=False, edgecolor=PALE, linewidth=1.5))
    lines = LineCollection(list(np.stack([image_points, text_points], axis=1)), colors=GREY, linewidths=1)
    axis.add_collection(lines)
    size = 9 if len(image_points) <= 2 * UPRIGHT else 5
    side = max(26.0, 44 - 0.7 * len(image_points))  # of a picture, points; many are drawn smaller than few
    axis.plot(*image_points.T, "o", color=BLUE, markersize=size, label="picture")
    for point, picture in zip(image_points, [] if pictures is None else pictures, strict=False):
        box = OffsetImage(picture, zoom=side / max(picture.shape[:2]))
        axis.add_artist(AnnotationBbox(box, tuple(point), pad=0.1, bboxprops={"edgecolor": BLUE, "linewidth": 1.5}))
    above = 2 if pictures is None else 5  # a caption's point stays visible where it has reached its picture
    axis.plot(
        *text_points.T, "s", color=ORANGE, markeredgecolor="white", markersize=size, zorder=above, label="caption"
    )
    if captions is not None:
        write_captions(axis, text_points, captions, gap=8.0 if pictures is None else side / 2 + 4)
    finish(axis, title, image_points, text_points, named=captions is not None)


def write_captions(axis: Axes, points: Points, captions: Sequence[str], gap: float) -> None:
    """Each caption outside of its point, a gap in points of print away; turned along the radius where many are."""
    turned = len(captions) > UPRIGHT
    for point, (right, up), caption in zip(points, outward(points), captions, strict=True):
        beside = turned or abs(right) >= abs(up)
        away = gap if turned else gap / max(abs(right), abs(up))  # on the edge of a square around the mark
        angle = float(np.degrees(np.arctan2(up, right))) + (0 if right >= 0 else 180)
        axis.annotate(
            caption,
            tuple(point),
            xytext=(away * right, away * up),
            textcoords="offset points",
            fontsize=SMALL,
            ha=("left" if right >= 0 else "right") if beside else "center",
            va="center" if beside else ("bottom" if up > 0 else "top"),
            rotation=angle if turned else 0,
            rotation_mode="anchor",
            zorder=6,
        )


def finish(axis: Axes, title: str, image_points: Points, text_points: Points, named: bool) -> None:
    """Title, axes of equal scale with room for what stands outside the circle, and the legend."""
    reach = max(1.0, float(np.abs(image_points).max()), float(np.abs(text_points).max())) * (1.55 if named else 1.15)
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="first number", ylabel="second number")
    axis.set_title(title, fontsize=TITLE)
    for label in (axis.xaxis.label, axis.yaxis.label):
        label.set_fontsize(LABEL)
    axis.tick_params(labelsize=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="upper right", fontsize=SMALL)
