"""InfoNCE without the N x N matrix: its value and its gradient from one tile of logits at a time.

Each anchor (a picture, then a text) needs the sum of exp(logit) over all its candidates. The sum can be made piece by
piece, if what was summed is rescaled whenever a larger logit turns up: the online softmax (Milakov and Gimelshein 2018,
arXiv 1805.02867). That is the first pass. Once the sums are known, each tile's part of the gradient can be computed by
itself; so a second pass computes the logits again and forgets them again, as FlashAttention does (Dao et al. 2022,
arXiv 2205.14135) and Inf-CL for this loss on GPUs (Cheng et al. 2024, arXiv 2410.17243). That makes four products of
the size N x N x dim instead of three, and no N x N matrix that would have to be written and read.

>>> from clipit.losses.contrastive import info_nce
>>> images, texts = jax.random.normal(jax.random.key(0), (2, 100, 8))
>>> print(f"{info_nce(images, texts, 1.0):.4f} {tiled_info_nce(images, texts, 1.0, tile=32):.4f}")
8.2795 8.2795
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
from clipit.losses.large_batch.tiles import Rows, Tiles, check_rows, check_tile

NEVER = -1e30  # the logit of a pair that does not count: exp of it is 0, and unlike -inf it may be subtracted


def tiled_info_nce(
    image_embeddings: Float[Array, "batch dim"],
    text_embeddings: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""] | float | int,
    tile: int = 1024,
    groups: Int[Array, "batch"] | None = None,
    counted: Bool[Array, "batch"] | None = None,
) -> Float[Array, ""]:
    """``info_nce`` in memory linear in the batch: the same value and the same gradients.

    Args:
        image_embeddings: one row for each picture, of length 1 (L2-normalised), any floating type.
        text_embeddings: row i is the caption of picture i, of length 1, any floating type.
        logit_scale: what cosines are multiplied by, the inverse of the temperature; positive.
        tile: at most so many pictures meet so many texts at once; of little influence on the time from 256 up.
        groups: any integers; pairs with the same one describe each other, so that with ``positives`` for ``info_nce``
            ``positives[i, j] = groups[i] == groups[j]``. By default each pair is a group of its own.
        counted: which pairs count; the others are as if they were not in the batch. By default all do.

    Returns:
        A float32 scalar, in nats; 0 if no pair counts. Works under ``jit`` and ``grad``.

    Raises:
        ValueError: there is no pair, the shapes are not as above, or the tile is not positive.
    """
    check_pairs(image_embeddings, text_embeddings)
    check_tile(tile)
    rows = fill_in(image_embeddings, text_embeddings, groups, counted)
    return _scaled(Tiles(tile), logit_scale, *rows)


def sharded_info_nce(
    image_embeddings: Float[Array, "batch dim"],
    text_embeddings: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""] | float | int,
    mesh: Mesh,
    axis: str = "data",
    tile: int = 1024,
    groups: Int[Array, "batch"] | None = None,
    counted: Bool[Array, "batch"] | None = None,
) -> Float[Array, ""]:
    """``info_nce`` of a batch spread over devices, every device's texts being negatives for every other's pictures.

    The texts travel in a ring, so that the memory of a device depends on its own share only.

    Args:
        image_embeddings: the whole batch's, as for ``tiled_info_nce``, spread over the axis.
        text_embeddings: the same.
        logit_scale: as for ``tiled_info_nce``.
        mesh: the devices. One of explicit axes, as ``jax.make_mesh`` makes by default, has to be the current one
            (``with jax.set_mesh(mesh)``); one of ``AxisType.Auto`` need not.
        axis: the mesh axis over which the batch is spread; its devices must share it evenly.
        tile: as for ``tiled_info_nce``.
        groups: as for ``tiled_info_nce``; equal groups on different devices are found.
        counted: as for ``tiled_info_nce``.

    Returns:
        The loss of the whole batch. Works under ``jit`` and ``grad``; gradients are spread as the embeddings are.

    Raises:
        ValueError: as for ``tiled_info_nce``, or the mesh has no such axis, or its devices cannot share the batch.
    """
    check_pairs(image_embeddings, text_embeddings)
    check_tile(tile)
    check_shares(len(image_embeddings), mesh, axis)
    rows = fill_in(image_embeddings, text_embeddings, groups, counted)
    return _scaled(Ring(mesh, axis, tile), logit_scale, *spread(rows, mesh, axis))


def fill_in(images: Array, texts: Array, groups: Array | None, counted: Array | None) -> tuple[Any, ...]:
    """The same four, where nothing is said each pair a group of its own, and all counted."""
    check_rows(len(images), groups=groups, counted=counted)
    own = np.arange(len(images)) if groups is None else groups
    return images, texts, own, np.ones(len(images), bool) if counted is None else counted


@partial(jax.jit, static_argnums=0)
def _scaled(meet: Tiles | Ring, scale: Array, images: Array, texts: Array, groups: Array, counted: Array) -> Array:
    """The loss of the embeddings in float32, zeros where a pair does not count, the pictures' times the scale."""
    images, texts = (jnp.where(counted[:, None], rows.astype(jnp.float32), 0) for rows in (images, texts))
    return _loss(meet, jnp.float32(scale) * images, texts, groups, counted)


class Anchors(NamedTuple):
    """The pictures of a tile, or its texts."""

    vectors: Float[Array, "n dim"]
    groups: Int[Array, "n"]
    counted: Bool[Array, "n"]


class Softmax(NamedTuple):
    """What is known about each anchor after some of its candidates."""

    largest: Float[Array, "n"]  # logit
    total: Float[Array, "n"]  # of exp(logit - largest)
    positives: Float[Array, "n"]  # sum of the logits of candidates in the anchor's own group
    own: Int[Array, "n"]  # how many these are


class Slopes(NamedTuple):
    """What the gradient needs to know about each anchor: its softmax is exp(logit - largest) * share / weight."""

    largest: Float[Array, "n"]
    share: Float[Array, "n"]  # weight / total
    pull: Float[Array, "n"]  # weight / own


def logits_of(images: Anchors, texts: Anchors) -> tuple[Float[Array, "n m"], Bool[Array, "n m"]]:
    """A tile of logits, and which of its pairs are positives."""
    logits = jnp.matmul(images.vectors, texts.vectors.T, precision="highest")  # [n, m]
    counted = images.counted[:, None] & texts.counted[None, :]  # [n, m]
    positive = counted & (images.groups[:, None] == texts.groups[None, :])  # [n, m]
    return jnp.where(counted, logits, NEVER), positive


def look(images: Anchors, texts: Anchors, of_images: Softmax, of_texts: Softmax) -> tuple[Softmax, Softmax]:
    """First pass: the softmax of each picture over these texts too, and of each text over these pictures."""
    logits, positive = logits_of(images, texts)
    return see(of_images, logits, positive), see(of_texts, logits.T, positive.T)


def see(softmax: Softmax, logits: Float[Array, "n m"], positive: Bool[Array, "n m"]) -> Softmax:
    """The online softmax: what is known about n anchors after m candidates more."""
    largest = jnp.maximum(softmax.largest, logits.max(axis=1))  # [n]
    rescaled = softmax.total * jnp.exp(softmax.largest - largest)
    return Softmax(
        largest,
        rescaled + jnp.exp(logits - largest[:, None]).sum(axis=1),
        softmax.positives + jnp.where(positive, logits, 0).sum(axis=1),
        softmax.own + positive.sum(axis=1),
    )


def pull_and_push(
    images: tuple[Anchors, Slopes], texts: tuple[Anchors, Slopes], of_images: Array, of_texts: Array
) -> tuple[Array, Array]:
    """Second pass: the gradient with respect to each vector, as far as it comes from this tile.

    The slope of the loss with respect to a logit is the softmax, which pushes apart, minus one for a positive (shared
    by all positives of the anchor), which pulls together; once with the picture and once with the text as the anchor.
    """
    (image, by_image), (text, by_text) = images, texts
    logits, positive = logits_of(image, text)
    push_by_image = jnp.exp(logits - by_image.largest[:, None]) * by_image.share[:, None]  # [n, m]
    push_by_text = jnp.exp(logits - by_text.largest[None, :]) * by_text.share[None, :]  # [n, m]
    pull = jnp.where(positive, by_image.pull[:, None] + by_text.pull[None, :], 0)  # [n, m]
    slopes = push_by_image + push_by_text - pull  # [n, m]
    return (
        of_images + jnp.matmul(slopes, text.vectors, precision="highest"),
        of_texts + jnp.matmul(slopes.T, image.vectors, precision="highest"),
    )


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _loss(meet: Tiles | Ring, images: Array, texts: Array, groups: Array, counted: Array) -> Array:
    """InfoNCE for logits that are the plain products of the vectors; JAX derives what comes before, the scale too."""
    return _forward(meet, images, texts, groups, counted)[0]


def _forward(meet: Tiles | Ring, images: Array, texts: Array, groups: Array, counted: Array) -> tuple[Array, Rows]:
    """First pass: the value, and what the second pass needs."""
    image, text = Anchors(images, groups, counted), Anchors(texts, groups, counted)
    nothing = jnp.zeros_like(images[:, 0])  # [batch], on the devices where the pictures are
    unseen = Softmax(nothing + NEVER, nothing, nothing, jnp.zeros_like(groups))
    softmaxes = meet(look, image, text, unseen, unseen)
    weight = jnp.where(counted, 0.5 / counted.sum(), 0)  # [batch]: of each in the mean over pictures and texts
    loss, slopes = jnp.float32(0), []
    for softmax in softmaxes:
        own = jnp.maximum(softmax.own, 1)  # a pair that does not count has no positive
        # -log of the softmax at the positives; like this nothing cancels where the largest is the positive.
        loss += (weight * (jnp.log(softmax.total) + (softmax.largest - softmax.positives / own))).sum()
        slopes.append(Slopes(softmax.largest, weight / softmax.total, weight / own))
    return loss, ((image, slopes[0]), (text, slopes[1]))


def _backward(meet: Tiles | Ring, sides: Rows, slope: Array) -> tuple[Array | None, ...]:
    """Second pass."""
    images, texts = sides
    nothing = jnp.zeros_like(images[0].vectors)
    of_images, of_texts = meet(pull_and_push, images, texts, nothing, nothing)
    return slope * of_images, slope * of_texts, None, None


_loss.defvjp(_forward, _backward)
