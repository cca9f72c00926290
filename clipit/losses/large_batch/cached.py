"""The exact gradient of a batch whose activations do not fit: the encoders run chunk by chunk, twice.

A backward pass needs what the encoders computed on their way, for every picture of the batch, because the loss compares
all with all: the gradients of a small batch, averaged over many, are those of another loss, with fewer negatives.
GradCache (Gao et al. 2021, arXiv 2101.06983) needs only the activations of one chunk at a time:

1. encode the batch chunk by chunk, and keep only the vectors;
2. take the loss of all vectors, and its gradient with respect to each of them;
3. encode each chunk again, and send its vectors' gradients back through the encoders; add up what arrives.

In JAX this is one line: a loop over chunks, ``jax.lax.map``, of an encoder that is not to keep its activations,
``jax.checkpoint``. The gradient of that line is steps 2 and 3. It costs one forward pass more.

>>> model = nnx.Linear(3, 2, rngs=nnx.Rngs(0))
>>> batch = jnp.arange(12.0).reshape(4, 3)
>>> def spread(model, vectors):
...     return jnp.square(vectors - vectors.mean(axis=0)).sum()  # compares all with all, as the contrastive loss does
>>> loss, gradient = cached_gradients(model, batch, lambda model, chunk: model(chunk), spread, chunk=2)
>>> whole = nnx.grad(lambda model: spread(model, model(batch)))(model)
>>> bool(jnp.allclose(gradient["kernel"][...], whole["kernel"][...], rtol=1e-5))
True
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

Rows = Any  # an array, or a dictionary or tuple of arrays, whose first axis is the batch


def cached_gradients(
    model: nnx.Module,
    batch: Rows,
    encode: Callable[[Any, Rows], Rows],
    loss: Callable[[Any, Rows], jax.Array],
    chunk: int,
    wrt: Any = nnx.Param,
) -> tuple[jax.Array, Any]:
    """The loss of a whole batch and its exact gradient, with the activations of one chunk at a time.

    Args:
        model: what is trained. Its encoders may not change it while they run (no dropout, no running averages).
        batch: arrays [batch, ...].
        encode: from the model and a part of the batch [n, ...] to vectors [n, ...], each of them from its own row only.
        loss: from the model (for its logit scale, say) and the vectors of the whole batch to a scalar.
        chunk: encode at most so many rows at a time.
        wrt: which parameters the gradient is taken for, a filter of nnx.

    Returns:
        The loss, and the gradient as ``nnx.value_and_grad`` gives it. Works under ``nnx.jit``; use it there.

    Raises:
        ValueError: the chunk is not positive, or the batch is empty.
    """

    def loss_of_all(model: Any) -> jax.Array:
        return loss(model, in_chunks(lambda rows: encode(model, rows), batch, chunk))

    return nnx.value_and_grad(loss_of_all, argnums=nnx.DiffState(0, wrt))(model)


def in_chunks(encode: Callable[[Rows], Rows], batch: Rows, chunk: int) -> Rows:
    """``encode(batch)``, at most ``chunk`` rows at a time; a gradient through it encodes each chunk once more.

    Args:
        encode: from rows [n, ...] to vectors [n, ...], each of them from its own row only.
        batch: arrays [batch, ...]. Of these the last row is repeated to fill up the last chunk.
        chunk: at most so many rows at a time.

    Returns:
        What ``encode(batch)`` would be.

    Raises:
        ValueError: the chunk is not positive, or the batch is empty.
    """
    if chunk < 1:
        raise ValueError(f"chunk must be at least 1, not {chunk}")
    rows = len(jax.tree.leaves(batch)[0])
    if rows == 0:
        raise ValueError("a batch needs at least one row, this one is empty")
    chunks = -(-rows // chunk)
    size = -(-rows // chunks)

    def cut(values: jax.Array) -> jax.Array:
        missing = [(0, size * chunks - rows)] + [(0, 0)] * (values.ndim - 1)
        # A chunk's rows come from all over the batch: where it is spread over devices, all of them work at each chunk.
        return jnp.pad(values, missing, "edge").reshape(size, chunks, *values.shape[1:]).swapaxes(0, 1)

    def join(vectors: jax.Array) -> jax.Array:
        return vectors.swapaxes(0, 1).reshape(-1, *vectors.shape[2:])[:rows]

    return jax.tree.map(join, jax.lax.map(jax.checkpoint(encode), jax.tree.map(cut, batch)))
