"""Where in a picture is it? Cover a part of it, and see how much less the picture resembles the text.

Occlusion (Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2), as the demo of
CLIP-Italian does it: a grey window moves over the picture, and where the similarity falls most, there it is. The model
is only asked for similarities, so this works with any, and says nothing about how it found out.

>>> picture = np.zeros((8, 8, 3), np.uint8)
>>> picture[:4, 4:] = 200
>>> heat = occlusion_map(picture, lambda pictures: (pictures > 150).mean(axis=(1, 2, 3)), window=4, stride=2)
>>> pointing_game(heat, [(4, 0, 8, 4)]), bool(heat[0, 7] > heat[7, 0])
(True, True)
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8

Box = tuple[
    float | int, float | int, float | int, float | int
]  # left, top, right, bottom, in pixels; right and bottom are outside
Similarity = Callable[[Any], Any]  # from pictures uint8 [n, height, width, 3] to one number for each, [n]
GREY = 127


def occlusion_map(
    picture: UInt8[np.ndarray, "height width 3"], similarity: Similarity, window: int = 16, stride: int = 4
) -> Float[np.ndarray, "height width"]:
    """How much the similarity falls when a pixel is covered: the mean over all places of the window that cover it.

    Args:
        picture: of any size.
        similarity: takes all covered pictures at once, so that a model can work through them in batches.
        window: side of the grey window, in pixels; larger than the picture, it covers all.
        stride: how far the window moves, in pixels.

    Returns:
        Positive where covering makes the picture less like the text, in the unit of the similarity.

    Raises:
        ValueError: the window or the stride is not positive, or the stride is larger than the window, so that some
            pixels would never be covered.
    """
    if not 0 < stride <= window:
        raise ValueError(f"stride and window must be positive and stride at most window, not {stride} and {window}.")
    places = list(windows(picture.shape[0], picture.shape[1], window, stride))
    covered = np.repeat(picture[None], len(places) + 1, axis=0)  # [places + 1, height, width, 3], the last as it is
    for number, place in enumerate(places):
        covered[number][place] = GREY
    similarities = np.asarray(similarity(covered), np.float64)  # [places + 1]
    total, times = np.zeros(picture.shape[:2]), np.zeros(picture.shape[:2])
    for place, drop in zip(places, similarities[-1] - similarities[:-1], strict=True):
        total[place] += drop
        times[place] += 1
    return total / times


def windows(height: int, width: int, window: int, stride: int) -> Iterator[tuple[slice, slice]]:
    """Places of the window, row by row; the last of a row or column ends where the picture does."""
    for top in _starts(height, window, stride):
        for left in _starts(width, window, stride):
            yield slice(top, top + window), slice(left, left + window)


def _starts(length: int, window: int, stride: int) -> list[int]:
    last = max(length - window, 0)
    return [*range(0, last, stride), last]


def pointing_game(heat: Float[np.ndarray, "height width"], boxes: Sequence[Box]) -> bool:
    """Whether the hottest pixel lies in one of the boxes (Zhang et al. 2018, "Top-down Neural Attention").

    Of equally hot pixels the one nearest to the middle of all of them counts.

    Raises:
        ValueError: there are no boxes, or the heat is not a number somewhere.
    """
    _check(heat, boxes)
    hottest = np.argwhere(heat >= heat.max() - 1e-9)  # [n, 2]
    row, column = hottest[np.argmin(np.square(hottest - hottest.mean(axis=0)).sum(axis=1))]
    return bool(in_boxes(heat.shape, boxes)[row, column])


def intersection_over_union(heat: Float[np.ndarray, "height width"], boxes: Sequence[Box], share: float = 0.5) -> float:
    """Pixels that are hot and in a box, over pixels that are hot or in a box; 0 to 1.

    Args:
        heat: as ``occlusion_map`` gives it.
        boxes: where it really is.
        share: a pixel is hot if it has at least this share of the highest heat; nothing is hot if none is above 0.

    Raises:
        ValueError: as for ``pointing_game``.
    """
    _check(heat, boxes)
    hot: Bool[np.ndarray, "height width"] = (heat >= share * heat.max()) & (heat > 0)
    inside = in_boxes(heat.shape, boxes)
    return float((hot & inside).sum() / max((hot | inside).sum(), 1))


def in_boxes(shape: tuple[int, ...], boxes: Sequence[Box]) -> Bool[np.ndarray, "height width"]:
    """Which pixels have their middle in one of the boxes."""
    rows, columns = np.arange(shape[0])[:, None] + 0.5, np.arange(shape[1])[None] + 0.5
    inside = np.zeros(shape, bool)
    for left, top, right, bottom in boxes:
        inside |= (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
    return inside


def _check(heat: Float[np.ndarray, "height width"], boxes: Sequence[Box]) -> None:
    if not len(boxes):
        raise ValueError("There is no box: where is it really?")
    if not np.isfinite(heat).all():
        raise ValueError("The heat is not a number everywhere.")
