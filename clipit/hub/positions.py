"""Position embeddings for pictures of another size, as ``transformers`` makes them (``interpolate_pos_encoding``).

The places of the patches form a grid. It is enlarged or reduced like a picture, by the cubic interpolation of PyTorch
(Keys 1981, "Cubic convolution interpolation for digital image processing", with his a = -0.75). JAX's own, with
a = -0.5, would give slightly other numbers.

>>> cubic_matrix(2, 4).sum(axis=1)
array([1., 1., 1., 1.])
"""

import numpy as np
from jaxtyping import Float

SHARPNESS = -0.75


def cubic_weight(distance: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """How much a place counts at a distance from it; nothing from 2 on."""
    d, a = np.abs(distance), SHARPNESS
    near = (a + 2) * d**3 - (a + 3) * d**2 + 1
    far = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0))


def cubic_matrix(old: int, new: int) -> Float[np.ndarray, "new old"]:
    """The matrix that stretches a row of ``old`` places to ``new``: each is a mean of four around it."""
    centres = (np.arange(new) + 0.5) * old / new - 0.5  # where the new places lie among the old
    matrix = np.zeros((new, old))
    for step in (-1, 0, 1, 2):
        places = np.floor(centres) + step
        # Beyond the border stands what stands at the border.
        np.add.at(matrix, (np.arange(new), places.clip(0, old - 1).astype(int)), cubic_weight(centres - places))
    return matrix


def resize_positions(
    positions: Float[np.ndarray, "old_tokens width"], side: int
) -> Float[np.ndarray, "new_tokens width"]:
    """Position embeddings for a grid of ``side`` x ``side`` patches.

    Args:
        positions: the collecting token's, then those of a square grid, row by row.
        side: patches along a side of the new pictures.
    """
    old = round((len(positions) - 1) ** 0.5)
    if side == old:
        return positions
    stretch = cubic_matrix(old, side)
    grid = positions[1:].astype(np.float64).reshape(old, old, -1)
    resized = np.einsum("ai,bj,ijw->abw", stretch, stretch, grid).reshape(side * side, -1)
    return np.concatenate([positions[:1], resized.astype(positions.dtype)])
