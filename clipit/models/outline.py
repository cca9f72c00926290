"""A model without its numbers, to be filled with those of a file: to draw random ones first would take seconds.

>>> from clipit.models.config import ViTConfig
>>> from clipit.models.vision import ViT
>>> outline(ViT, ViTConfig()).patch_embedding.kernel.shape
(192, 128)
"""

from collections.abc import Callable
from typing import Any, TypeVar

import jax
from flax import nnx

Module = TypeVar("Module", bound=nnx.Module)


class CountedKeys(nnx.Rngs):
    """The same keys as ``nnx.Rngs(key)`` gives to parameters, counted by Python instead of by JAX.

    While JAX traces a large model, counting in arrays takes six times as long as all the rest.
    """

    def __init__(self, key: jax.Array):
        self.key, self.count = key, 0

    def params(self) -> jax.Array:
        """The next key."""
        self.count += 1
        return jax.random.fold_in(self.key, self.count - 1)


def outline(kind: Callable[..., Module], config: Any) -> Module:
    """``kind(config, rngs)`` with shapes and types in place of arrays; nothing is allocated."""
    return nnx.eval_shape(lambda: kind(config, CountedKeys(jax.random.key(0))))
