"""What a loss and its gradient take, told by the compiler before anything runs: also for a batch that would not fit.

>>> from functools import partial
>>> from clipit.losses.contrastive import info_nce
>>> from clipit.losses.large_batch.contrastive import tiled_info_nce
>>> for loss in (info_nce, partial(tiled_info_nce, tile=64)):
...     small, large = (memory_of_loss(loss, batch, width=8) for batch in (512, 2048))
...     print(f"over ten times as much for four times the batch: {large > 10 * small}")
over ten times as much for four times the batch: True
over ten times as much for four times the batch: False
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def memory_of(program: Callable[..., Any], *inputs: Any) -> int:
    """Bytes of memory of a compiled function while it runs: what comes in, what goes out, and all in between.

    It is compiled, but not run. For inputs that are spread over devices it is the memory of one device.

    Args:
        program: any function that JAX can compile.
        inputs: arrays, or only their shapes (``jax.ShapeDtypeStruct``).

    Raises:
        ValueError: JAX cannot tell on this kind of device.
    """
    memory = jax.jit(program).lower(*inputs).compile().memory_analysis()
    if memory is None:
        raise ValueError(f"JAX does not tell how much memory a program takes on {jax.default_backend()!r}.")
    kinds = (memory.argument_size_in_bytes, memory.output_size_in_bytes, memory.temp_size_in_bytes)
    return sum(kinds) - memory.alias_size_in_bytes  # an output in an input's place is counted once


def memory_of_loss(loss: Callable[..., jax.Array], batch: int, width: int = 512) -> int:
    """Bytes that the value and the gradient of a loss of a batch take together, in float32.

    Args:
        loss: of image embeddings, text embeddings, both [batch, width], and a logit scale.
        batch: how many pairs.
        width: of the embeddings.
    """
    embeddings = jax.ShapeDtypeStruct((batch, width), jnp.float32)
    scale = jax.ShapeDtypeStruct((), jnp.float32)
    return memory_of(jax.value_and_grad(loss, argnums=(0, 1, 2)), embeddings, embeddings, scale)
