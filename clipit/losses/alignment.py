"""What the contrastive loss wants, in two numbers: pairs close together, and everything else spread out evenly.

Wang and Isola 2020, "Understanding Contrastive Representation Learning through Alignment and Uniformity on the
Hypersphere", arXiv 2005.10242. They are measures of a space more than losses to train with, though both can be.

>>> import jax.numpy as jnp
>>> corners = jnp.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
>>> print(f"{alignment(corners, corners):.2f} {uniformity(corners):.2f}")  # perfect pairs, well spread
0.00 -4.40
>>> clump = corners.at[:].set(corners[0])
>>> print(f"{abs(alignment(clump, clump)):.2f} {abs(uniformity(clump)):.2f}")  # perfect pairs, all on one point
0.00 0.00
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from clipit.losses.contrastive import check_pairs


def alignment(
    image_embeddings: Float[Array, "batch dim"], text_embeddings: Float[Array, "batch dim"], power: float | int = 2
) -> Float[Array, ""]:
    """Mean distance between the two vectors of a pair, raised to a power: 0 at best.

    For vectors of length 1 and a power of 2 it is 2 - 2 cos, so 2 when they know nothing of each other, 4 at worst.

    Args:
        image_embeddings: one row for each picture, of length 1 (L2-normalised).
        text_embeddings: row i is the caption of picture i, of length 1.
        power: of the distance, positive; alpha in the paper.

    Returns:
        A float32 scalar. Works under ``jit`` and ``grad``.

    Raises:
        ValueError: there is no pair, the shapes differ, or the power is not positive.
    """
    check_pairs(image_embeddings, text_embeddings)
    if not power > 0:
        raise ValueError(f"power must be positive, not {power}")
    differences = image_embeddings.astype(jnp.float32) - text_embeddings.astype(jnp.float32)  # [batch, dim]
    squares = jnp.square(differences).sum(axis=1)  # [batch]
    # A power below 2 has no gradient where both vectors coincide: there the distance is held at nearly zero.
    return (jnp.maximum(squares, 1e-24) ** (power / 2)).mean()


def uniformity(embeddings: Float[Array, "batch dim"], t: float | int = 2) -> Float[Array, ""]:
    """Logarithm of the mean of exp(-t distance²) over all pairs of different rows: the lower, the more evenly spread.

    For vectors of length 1 it is 0 when all are the same, near -2t when they are spread over many dimensions, and
    never below -2t n/(n-1) for n rows.

    Args:
        embeddings: at least two rows of one kind, pictures or texts, of length 1.
        t: how fast a pair stops to count with its distance; positive.

    Returns:
        A float32 scalar. Works under ``jit`` and ``grad``.

    Raises:
        ValueError: there are fewer than two rows, or t is not positive.
    """
    if embeddings.ndim != 2 or len(embeddings) < 2:
        raise ValueError(f"uniformity needs the shape [batch, dim] with two rows or more, this is {embeddings.shape}")
    if not t > 0:
        raise ValueError(f"t must be positive, not {t}")
    rows = embeddings.astype(jnp.float32)
    products = jnp.matmul(rows, rows.T, precision="highest")  # [batch, batch]
    lengths = jnp.square(rows).sum(axis=1)  # [batch]
    squared_distances = lengths[:, None] + lengths[None, :] - 2 * products  # [batch, batch]
    first, second = jnp.triu_indices(len(rows), k=1)  # every pair once
    return jax.nn.logsumexp(-t * squared_distances[first, second]) - jnp.log(len(first))
