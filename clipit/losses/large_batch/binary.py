"""SigLIP's loss without the N x N matrix: each pair is a question by itself, so one pass over the tiles is enough.

Where InfoNCE must see all candidates before it knows any slope, here a tile's logits give its part of the value and of
the gradient at once. Both are computed together, three products of the size N x N x dim as without tiles, and the
gradient, N x dim, is kept until it is asked for.
Zhai et al. 2023, "Sigmoid Loss for Language Image Pre-Training", arXiv 2303.15343, section 3.3.

>>> from clipit.losses.sigmoid import sigmoid
>>> images, texts = jax.random.normal(jax.random.key(0), (2, 100, 8))
>>> print(f"{sigmoid(images, texts, 1.0, -1.0):.3f} {tiled_sigmoid(images, texts, 1.0, -1.0, tile=32):.3f}")
87.932 87.932
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Bool, Float, Int

from clipit.losses.contrastive import check_pairs
from clipit.losses.large_batch.ring import Ring, check_shares, spread
from clipit.losses.large_batch.tiles import Tiles, check_rows, check_tile


def tiled_sigmoid(
    image_embeddings: Float[Array, "batch dim"],
    text_embeddings: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""] | float | int,
    logit_bias: Float[Array, ""] | float | int,
    tile: int = 1024,
    counted: Bool[Array, "batch"] | None = None,
) -> Float[Array, ""]:
    """``sigmoid`` in memory linear in the batch: the same value and the same gradients.

    Args:
        image_embeddings: one row for each picture, of length 1 (L2-normalised), any floating type.
        text_embeddings: row i is the caption of picture i, of length 1, any floating type.
        logit_scale: what cosines are multiplied by; positive.
        logit_bias: added to every logit; negative, because most pairs do not belong together.
        tile: at most so many pictures meet so many texts at once.
        counted: which pairs count; the others are as if they were not in the batch. By default all do.

    Returns:
        A float32 scalar, in nats; 0 if no pair counts. Works under ``jit`` and ``grad``.

    Raises:
        ValueError: there is no pair, the shapes are not as above, or the tile is not positive.
    """
    check_pairs(image_embeddings, text_embeddings)
    check_tile(tile)
    rows = number(image_embeddings, text_embeddings, counted)
    return _scaled(Tiles(tile), logit_scale, logit_bias, *rows)


def sharded_sigmoid(
    image_embeddings: Float[Array, "batch dim"],
    text_embeddings: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""] | float | int,
    logit_bias: Float[Array, ""] | float | int,
    mesh: Mesh,
    axis: str = "data",
    tile: int = 1024,
    counted: Bool[Array, "batch"] | None = None,
) -> Float[Array, ""]:
    """``sigmoid`` of a batch spread over devices; the texts travel in a ring, as in SigLIP.

    Args:
        image_embeddings: the whole batch's, as for ``tiled_sigmoid``, spread over the axis.
        text_embeddings: the same.
        logit_scale: as for ``tiled_sigmoid``.
        logit_bias: as for ``tiled_sigmoid``.
        mesh: the devices, as for ``sharded_info_nce``.
        axis: the mesh axis over which the batch is spread; its devices must share it evenly.
        tile: as for ``tiled_sigmoid``.
        counted: as for ``tiled_sigmoid``.

    Returns:
        The loss of the whole batch. Works under ``jit`` and ``grad``; gradients are spread as the embeddings are.

    Raises:
        ValueError: as for ``tiled_sigmoid``, or the mesh has no such axis, or its devices cannot share the batch.
    """
    check_pairs(image_embeddings, text_embeddings)
    check_tile(tile)
    check_shares(len(image_embeddings), mesh, axis)
    rows = number(image_embeddings, text_embeddings, counted)
    return _scaled(Ring(mesh, axis, tile), logit_scale, logit_bias, *spread(rows, mesh, axis))


class Askers(NamedTuple):
    """The pictures of a tile, or its texts."""

    vectors: Float[Array, "n dim"]
    numbers: Int[Array, "n"]  # a picture and a text with the same number are a pair
    counted: Bool[Array, "n"]


def number(images: Array, texts: Array, counted: Array | None) -> tuple[Any, ...]:
    """The same three with the pairs numbered, and all counted where nothing is said."""
    batch = len(images)
    check_rows(batch, counted=counted)
    return images, texts, np.arange(batch), np.ones(batch, bool) if counted is None else counted


@partial(jax.jit, static_argnums=0)
def _scaled(
    meet: Tiles | Ring, scale: Array, bias: Array, images: Array, texts: Array, numbers: Array, counted: Array
) -> Array:
    """The loss of the embeddings in float32; the scale is multiplied into the pictures."""
    images, texts = (jnp.where(counted[:, None], rows.astype(jnp.float32), 0) for rows in (images, texts))
    # A coordinate more, the bias for pictures and 1 for texts, makes every product the whole logit.
    images = jnp.concatenate([jnp.float32(scale) * images, jnp.full_like(images[:, :1], bias)], axis=1)
    texts = jnp.concatenate([texts, jnp.ones_like(texts[:, :1])], axis=1)  # [batch, dim + 1]
    return _loss(meet, images, texts, numbers, counted)


def ask(images: Askers, texts: Askers) -> tuple[Float[Array, "n m"], Float[Array, "n m"]]:
    """Whether each picture of a tile and each text belong together: -log of the right answer, and its slope."""
    logits = jnp.matmul(images.vectors, texts.vectors.T, precision="highest")  # [n, m]
    counted = images.counted[:, None] & texts.counted[None, :]  # [n, m]
    sign = jnp.where(images.numbers[:, None] == texts.numbers[None, :], 1.0, -1.0)  # [n, m]
    losses = jnp.where(counted, jax.nn.softplus(-sign * logits), 0)  # [n, m]: -log sigmoid(sign * logits)
    slopes = jnp.where(counted, -sign * jax.nn.sigmoid(-sign * logits), 0)  # [n, m]
    return losses, slopes


def value(images: Askers, texts: Askers, of_images: Array, of_texts: Array) -> tuple[Array, Array]:
    """The loss of each picture, with these texts' part added."""
    losses, _ = ask(images, texts)
    return of_images + losses.sum(axis=1), of_texts


def value_and_gradient(
    images: Askers, texts: Askers, of_images: tuple[Array, Array], of_texts: Array
) -> tuple[tuple[Array, Array], Array]:
    """The loss of each picture and the gradient with respect to it, and to each text, with this tile's part added."""
    losses, slopes = ask(images, texts)
    by_images = jnp.matmul(slopes, texts.vectors, precision="highest")  # [n, dim]
    by_texts = jnp.matmul(slopes.T, images.vectors, precision="highest")  # [m, dim]
    return (of_images[0] + losses.sum(axis=1), of_images[1] + by_images), of_texts + by_texts


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _loss(meet: Tiles | Ring, images: Array, texts: Array, numbers: Array, counted: Array) -> Array:
    """SigLIP's loss for logits that are the plain products of the vectors; JAX derives what comes before."""
    nothing = jnp.zeros_like(images[:, 0])  # [batch]
    losses, _ = meet(value, Askers(images, numbers, counted), Askers(texts, numbers, counted), nothing, nothing)
    return losses.sum() / jnp.maximum(counted.sum(), 1)


def _forward(
    meet: Tiles | Ring, images: Array, texts: Array, numbers: Array, counted: Array
) -> tuple[Array, tuple[Array, Array]]:
    """The value and, because it is to be differentiated, the gradient in the same pass."""
    image, text = Askers(images, numbers, counted), Askers(texts, numbers, counted)
    nothing = jnp.zeros_like(images)
    (losses, of_images), of_texts = meet(value_and_gradient, image, text, (nothing[:, 0], nothing), nothing)
    pairs = jnp.maximum(counted.sum(), 1)
    return losses.sum() / pairs, (of_images / pairs, of_texts / pairs)


def _backward(meet: Tiles | Ring, gradients: tuple[Array, Array], slope: Array) -> tuple[Array | None, ...]:
    """What was kept."""
    of_images, of_texts = gradients
    return slope * of_images, slope * of_texts, None, None


_loss.defvjp(_forward, _backward)
