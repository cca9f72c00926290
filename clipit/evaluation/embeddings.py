"""What all measures share: how embeddings are checked, and when two similarities count as equal.

>>> as_embeddings([[3, 4]], "queries")
array([[3., 4.]])
>>> as_embeddings([[float("nan"), 4]], "queries")
Traceback (most recent call last):
ValueError: queries: 1 of 1 embeddings hold NaN or infinite values
"""

from typing import Any

import numpy as np
from jaxtyping import Float

# Similarities nearer than this, for embeddings of length 1, are ties. The same vector met twice does not give the
# same float32 similarity to the last digit: that depends on its place in the batch and on the processor, and a model
# that maps everything to one point would be rewarded for rounding errors.
TIE = 1e-6


def as_embeddings(embeddings: Any, name: str, axes: int = 2) -> Float[np.ndarray, "*items dim"]:
    """The embeddings as a float64 array with so many axes.

    Args:
        embeddings: numbers [..., dim], anything that ``np.asarray`` takes.
        name: what they are, for messages.
        axes: how many axes there must be.

    Raises:
        ValueError: another number of axes, none at all, NaN or infinite values.
    """
    array = np.asarray(embeddings, dtype=np.float64)
    if array.ndim != axes or array.size == 0:
        raise ValueError(f"{name}: embeddings need {axes} axes and at least one item, these have shape {array.shape}")
    broken = ~np.isfinite(array).all(axis=-1)
    if broken.any():
        raise ValueError(f"{name}: {broken.sum()} of {broken.size} embeddings hold NaN or infinite values")
    return array


def tie_margin(
    queries: Float[np.ndarray, "queries dim"], candidates: Float[np.ndarray, "*candidates dim"]
) -> Float[np.ndarray, "queries 1"]:
    """How near two similarities of a query must be to tie: ``TIE``, scaled by the lengths of the embeddings."""
    longest = np.linalg.norm(candidates, axis=-1).max()
    return TIE * longest * np.linalg.norm(queries, axis=-1, keepdims=True)
