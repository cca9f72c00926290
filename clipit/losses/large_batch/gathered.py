"""The plain way over several devices, to compare the ring with: every device gathers the whole batch.

A device then compares its own pictures with all texts and its own texts with all pictures, as open_clip does with
``gather_with_grad`` and ``local_loss``. Nothing has to be derived by hand, because JAX knows the gradient of a gather:
each device's gradients are added up where the vector came from. The price is memory: besides all vectors, N x dim, a
device holds N/devices x N logits twice, which tiles and ring never do.

Where the gradient is taken inside ``shard_map`` this needs its check of varying values (``check_vma``, on by default):
without it the loss is right and the gradients are silently not.

>>> from clipit.losses.contrastive import info_nce
>>> mesh = jax.make_mesh((1,), ("data",))
>>> images, texts = jax.random.normal(jax.random.key(0), (2, 100, 8))
>>> print(f"{info_nce(images, texts, 1.0):.3f} {gathered_info_nce(images, texts, 1.0, mesh):.3f}")
8.280 8.280
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Float, Int

from clipit.losses.contrastive import check_pairs
from clipit.losses.large_batch.ring import check_shares, spread


@partial(jax.jit, static_argnames=("mesh", "axis"))
def gathered_info_nce(
    image_embeddings: Float[Array, "batch dim"],
    text_embeddings: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""] | float | int,
    mesh: Mesh,
    axis: str = "data",
) -> Float[Array, ""]:
    """``info_nce`` of a batch spread over devices, each of which gathers it; arguments as for ``sharded_info_nce``."""

    def of_own_share(images: Array, texts: Array, scale: Array) -> Array:
        own = places(images, axis)
        by_images = jax.nn.log_softmax(scale * products(images, gather(texts, axis)))  # [share, batch]
        by_texts = jax.nn.log_softmax(scale * products(texts, gather(images, axis)))  # [share, batch]
        each = jnp.arange(len(own))
        return -(by_images[each, own] + by_texts[each, own]).mean() / 2

    return _mean_over_shares(of_own_share, mesh, axis, image_embeddings, text_embeddings, logit_scale)


@partial(jax.jit, static_argnames=("mesh", "axis"))
def gathered_sigmoid(
    image_embeddings: Float[Array, "batch dim"],
    text_embeddings: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""] | float | int,
    logit_bias: Float[Array, ""] | float | int,
    mesh: Mesh,
    axis: str = "data",
) -> Float[Array, ""]:
    """``sigmoid`` of a batch spread over devices, each of which gathers it; arguments as for ``sharded_sigmoid``."""

    def of_own_share(images: Array, texts: Array, scale: Array, bias: Array) -> Array:
        logits = scale * products(images, gather(texts, axis)) + bias  # [share, batch]
        belong = places(images, axis)[:, None] == jnp.arange(logits.shape[1])  # [share, batch]
        return -jax.nn.log_sigmoid(jnp.where(belong, logits, -logits)).sum(axis=1).mean()

    return _mean_over_shares(of_own_share, mesh, axis, image_embeddings, text_embeddings, logit_scale, logit_bias)


def gather(share: Float[Array, "share dim"], axis: str) -> Float[Array, "batch dim"]:
    """Every device's share, in order, on every device."""
    return lax.all_gather(share, axis, tiled=True)


def places(share: Float[Array, "share dim"], axis: str) -> Int[Array, "share"]:
    """Where in the batch the rows of this device's share are."""
    return lax.axis_index(axis) * len(share) + jnp.arange(len(share))


def products(anchors: Float[Array, "share dim"], candidates: Float[Array, "batch dim"]) -> Float[Array, "share batch"]:
    """Similarity of every anchor with every candidate, float32."""
    return jnp.matmul(anchors, candidates.T, precision="highest", preferred_element_type=jnp.float32)


def _mean_over_shares(
    of_own_share: Callable[..., Array], mesh: Mesh, axis: str, images: Array, texts: Array, *scalars: Array | float
) -> Array:
    """The mean over the devices of what each computes from its share; all have equally many pairs."""
    check_pairs(images, texts)
    check_shares(len(images), mesh, axis)
    shares, whole = PartitionSpec(axis), PartitionSpec()
    mean = jax.shard_map(
        lambda *own: lax.pmean(of_own_share(*own), axis),
        mesh=mesh,
        in_specs=(shares, shares, *[whole] * len(scalars)),
        out_specs=whole,
    )
    return mean(*spread((images, texts), mesh, axis), *(jnp.float32(scalar) for scalar in scalars))
