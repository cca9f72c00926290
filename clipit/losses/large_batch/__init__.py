"""Exact losses and gradients of batches that do not fit: without the N x N matrix, and without N pictures' activations.

Two walls stand in the way of a large batch, and both fall to the same idea: compute again what is too large to keep.

- The similarities: N x N numbers, 4.3 GB in float32 for N = 32,768, and several times that with the gradient.
  ``tiled_info_nce`` and ``tiled_sigmoid`` look at one tile of them at a time; ``sharded_info_nce`` and
  ``sharded_sigmoid`` spread the tiles over devices, in a ring.
- The activations of the encoders, which a backward pass needs. ``cached_gradients`` recomputes them, chunk by chunk.

Nothing here is an approximation: value and gradients are those of ``info_nce`` and ``sigmoid`` but for rounding.

- ``tiles``: every picture meets every text, tile by tile; ``ring``: the same over devices. Neither knows a loss.
- ``contrastive`` and ``binary``: what the two losses do with one tile.
- ``gathered``: the plain way over devices, to compare with.
- ``cached``: the encoders, chunk by chunk; ``accumulated``: plain gradient accumulation, which is not the same.
- ``memory``: what a compiled loss takes, without running it.
"""

from clipit.losses.large_batch.accumulated import accumulated_gradients
from clipit.losses.large_batch.binary import sharded_sigmoid, tiled_sigmoid
from clipit.losses.large_batch.cached import cached_gradients, in_chunks
from clipit.losses.large_batch.contrastive import sharded_info_nce, tiled_info_nce
from clipit.losses.large_batch.gathered import gathered_info_nce, gathered_sigmoid
from clipit.losses.large_batch.memory import memory_of, memory_of_loss

__all__ = [
    "accumulated_gradients",
    "cached_gradients",
    "gathered_info_nce",
    "gathered_sigmoid",
    "in_chunks",
    "memory_of",
    "memory_of_loss",
    "sharded_info_nce",
    "sharded_sigmoid",
    "tiled_info_nce",
    "tiled_sigmoid",
]
