"""Plain gradient accumulation, to compare GradCache with: the gradients of small batches, averaged.

For a loss that is a mean over examples it is the gradient of the large batch. The contrastive loss is none: what a pair
costs depends on the others it is compared with, and here each pair is compared with its own small batch only. So it is
the gradient of another loss, with fewer negatives, however many small batches are averaged.

>>> import jax.numpy as jnp
>>> model = nnx.Linear(3, 2, rngs=nnx.Rngs(0))
>>> batch = jnp.arange(12.0).reshape(4, 3)
>>> def spread(model, vectors):
...     return jnp.square(vectors - vectors.mean(axis=0)).mean()
>>> loss, _ = accumulated_gradients(model, batch, lambda model, part: model(part), spread, size=2)
>>> print(f"{loss / spread(model, model(batch)):.1f} of the spread of four, if each two are compared with each other")
0.2 of the spread of four, if each two are compared with each other
"""

from collections.abc import Callable
from typing import Any

import jax
from flax import nnx

from clipit.losses.large_batch.cached import Rows


def accumulated_gradients(
    model: nnx.Module,
    batch: Rows,
    encode: Callable[[Any, Rows], Rows],
    loss: Callable[[Any, Rows], jax.Array],
    size: int,
) -> tuple[jax.Array, Any]:
    """The mean of the losses of small batches, and of their gradients; arguments as for ``cached_gradients``.

    Args:
        model: what is trained.
        batch: arrays [batch, ...].
        encode: from the model and rows to vectors.
        loss: from the model and the vectors of one small batch to a scalar.
        size: of the small batches; the batch must be a multiple of it.

    Raises:
        ValueError: the batch is no multiple of the size.
    """
    rows = len(jax.tree.leaves(batch)[0])
    if size < 1 or rows % size:
        raise ValueError(f"a batch of {rows} cannot be cut into small batches of {size}")
    parts = jax.tree.map(lambda values: values.reshape(rows // size, size, *values.shape[1:]), batch)

    def mean_loss(model: Any) -> jax.Array:
        return jax.lax.map(jax.checkpoint(lambda part: loss(model, encode(model, part))), parts).mean()

    return nnx.value_and_grad(mean_loss)(model)
