"""Maps of spaces with many numbers, side by side: small pictures where pictures lie, squares where captions lie.

>>> points, cat = np.array([[1.0, 0.0], [0.0, 1.0]]), np.zeros((8, 8, 3), np.uint8)
>>> figure = plot_maps("Two pairs", {"apart": (points, -points)}, [cat, cat])
>>> [axis.get_title() for axis in figure.axes]
['apart']
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from clipit.plots.points import check_pairs
from clipit.plots.style import BLUE, GREY, LABEL, ORANGE, SMALL, TITLE

Points = Float[np.ndarray, "pairs 2"]
SIDE = 15.0  # of a picture, in points of print


def plot_maps(
    title: str, maps: Mapping[str, tuple[Points, Points]], pictures: Sequence[UInt8[np.ndarray, "height width 3"]]
) -> Figure:
    """A map for each name; distances on it have no unit, so its axes have no numbers.

    Args:
        title: of the figure.
        maps: the pictures' and the captions' points under the name of each map, row i of both a pair.
        pictures: row i of every map's first points.

    Raises:
        ValueError: there is nothing to draw, points are not numbers, or there are more or fewer pictures than points.
    """
    if not maps:
        raise ValueError(f"{title!r} has no map to show.")
    figure = Figure(figsize=(5.6 * len(maps), 5.9), layout="constrained")
    for axis, (name, (images, texts)) in zip(np.atleast_1d(figure.subplots(1, len(maps))), maps.items(), strict=True):
        check_pairs(title, images, texts)
        if len(pictures) != len(images):
            raise ValueError(f"{title!r} has {len(images)} points of pictures, but {len(pictures)} pictures.")
        axis.add_collection(LineCollection(list(np.stack([images, texts], axis=1)), colors=GREY, linewidths=0.5))
        axis.plot(*images.T, "o", color=BLUE, markersize=5, label="picture, drawn small")
        axis.plot(*texts.T, "s", color=ORANGE, markeredgecolor="white", markersize=6, label="caption")
        for point, picture in zip(images, pictures, strict=True):
            box = OffsetImage(picture, zoom=SIDE / max(picture.shape[:2]))
            axis.add_artist(AnnotationBbox(box, tuple(point), pad=0.05, bboxprops={"edgecolor": BLUE}))
        axis.margins(0.06)
        axis.set(xticks=[], yticks=[], xlabel="no unit: only who is near whom")
        axis.xaxis.label.set_size(SMALL)
        axis.set_title(name, fontsize=LABEL)
    figure.suptitle(title, fontsize=TITLE)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=SMALL)
    return figure
