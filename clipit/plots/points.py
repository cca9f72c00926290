"""What every drawing of pairs in the plane asks of its points, and where a caption finds room beside its point.

>>> check_pairs("Cats", np.zeros((1, 2)), np.zeros((2, 2)))
Traceback (most recent call last):
ValueError: 'Cats' needs as many captions as pictures, not 1 pictures and 2 captions.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

MOST = 1000  # points that can still be told apart
MOST_NAMED = 32  # pairs whose pictures and captions can still be read


def check_pairs(
    title: str,
    image_points: Float[np.ndarray, "... images two"],
    text_points: Float[np.ndarray, "... texts two"],
    *names: Sequence | None,
) -> None:
    """Raises a ValueError with one sentence when the points, or what is to stand at them, cannot be drawn."""
    images, texts = image_points.shape[-2], text_points.shape[-2]
    if images != texts:
        raise ValueError(f"{title!r} needs as many captions as pictures, not {images} pictures and {texts} captions.")
    if image_points.shape[-1] != 2 or text_points.shape[-1] != 2:
        raise ValueError(f"{title!r} draws a plane: each point needs two numbers, not {image_points.shape[-1]}.")
    if not 1 <= images <= MOST:
        raise ValueError(f"{title!r} shows 1 to {MOST} pairs, not {images}.")
    if not (np.isfinite(image_points).all() and np.isfinite(text_points).all()):
        raise ValueError(f"{title!r} has points that are not numbers: look at the embeddings.")
    for several in names:
        if several is not None and images > MOST_NAMED:
            raise ValueError(f"{title!r} can show names and pictures of {MOST_NAMED} pairs at most, not of {images}.")
        if several is not None and len(several) != images:
            raise ValueError(f"{title!r} has {images} pairs, but {len(several)} pictures or captions to show at them.")


def outward(points: Float[np.ndarray, "pairs 2"]) -> Float[np.ndarray, "pairs 2"]:
    """From each point the direction away from the middle, of length one; to the right from the middle itself."""
    lengths = np.linalg.norm(points, axis=1, keepdims=True)  # [pairs, 1]
    return np.where(lengths > 1e-9, points / np.maximum(lengths, 1e-9), [[1.0, 0.0]])
