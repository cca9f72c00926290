"""The transformer block, as in Vaswani et al. 2017, "Attention is all you need".

Tokens are kept flat, [batch * tokens, width], through everything that treats each token alone (linear layers, norms);
only attention looks at [batch, tokens]. On a CPU this is markedly faster than carrying three axes along.

>>> block = Block(BlockConfig(width=8, heads=2), rngs=nnx.Rngs(0))
>>> block(jnp.ones((3 * 5, 8)), batch=3).shape
(15, 8)
"""

from collections.abc import Iterable

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from clipit.models.config import BlockConfig

ACTIVATION_FUNCTIONS = {
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "gelu_tanh": lambda x: jax.nn.gelu(x, approximate=True),
    "quick_gelu": lambda x: x * jax.nn.sigmoid(1.702 * x),
}


class Attention(nnx.Module):
    """Multi-head self-attention: every token looks at every token of the same picture or sentence.

    With ``causal`` it looks only at itself and at those before it.
    """

    def __init__(self, config: BlockConfig, rngs: nnx.Rngs, causal: bool = False):
        self.heads, self.causal = config.heads, causal
        self.query = nnx.Linear(config.width, config.width, rngs=rngs)
        self.key = nnx.Linear(config.width, config.width, rngs=rngs)
        self.value = nnx.Linear(config.width, config.width, rngs=rngs)
        self.output = nnx.Linear(config.width, config.width, rngs=rngs)

    def split_heads(self, flat: Float[Array, "rows width"], batch: int) -> Float[Array, "batch_heads tokens head"]:
        """Gives every head its share of the width, and makes heads part of the batch."""
        width = flat.shape[-1] // self.heads
        split = flat.reshape(batch, -1, self.heads, width)  # [batch, tokens, heads, head]
        return split.transpose(0, 2, 1, 3).reshape(batch * self.heads, -1, width)  # [batch * heads, tokens, head]

    def __call__(
        self, flat: Float[Array, "rows width"], batch: int, mask: Bool[Array, "batch tokens"] | None = None
    ) -> tuple[Float[Array, "rows width"], Float[Array, "batch heads tokens tokens"]]:
        """Mixes tokens.

        Args:
            flat: tokens of the whole batch, one after the other.
            batch: pictures or sentences in ``flat``.
            mask: False where a token is padding, which nobody looks at.

        Returns:
            The mixed tokens, and the attention maps: how much each token (row) looked at each other (column).
        """
        query, key, value = (self.split_heads(layer(flat), batch) for layer in (self.query, self.key, self.value))
        scores = (query @ key.swapaxes(1, 2)).astype(jnp.float32) * query.shape[-1] ** -0.5
        if mask is not None:
            scores += jnp.repeat(jnp.where(mask, 0.0, -1e9), self.heads, axis=0)[:, None, :]
        if self.causal:
            scores = jnp.where(jnp.tri(scores.shape[-1], dtype=bool), scores, -1e9)
        maps = jax.nn.softmax(scores, axis=-1).astype(value.dtype)  # [batch * heads, tokens, tokens]
        mixed = (maps @ value).reshape(batch, self.heads, -1, value.shape[-1])  # [batch, heads, tokens, head]
        joined = mixed.transpose(0, 2, 1, 3).reshape(flat.shape)  # [batch * tokens, width]
        return self.output(joined), maps.reshape(batch, self.heads, *maps.shape[1:])

    def fused(
        self, flat: Float[Array, "rows width"], batch: int, mask: Bool[Array, "batch tokens"] | None = None
    ) -> Float[Array, "rows width"]:
        """The same mixed tokens by JAX's fused attention, which on a GPU never writes the maps down."""
        query, key, value = (
            layer(flat).reshape(batch, -1, self.heads, flat.shape[-1] // self.heads)  # [batch, tokens, heads, head]
            for layer in (self.query, self.key, self.value)
        )
        seen = None if mask is None else mask[:, None, None, :]  # [batch, 1, 1, tokens]
        mixed = jax.nn.dot_product_attention(query, key, value, mask=seen, is_causal=self.causal)
        return self.output(mixed.reshape(flat.shape))  # [batch * tokens, width]


class MLP(nnx.Module):
    """Two linear layers with an activation between, applied to each token alone."""

    def __init__(self, config: BlockConfig, rngs: nnx.Rngs):
        hidden = round(config.width * config.mlp_ratio)
        self.activation = config.activation
        self.hidden = nnx.Linear(config.width, hidden, rngs=rngs)
        self.output = nnx.Linear(hidden, config.width, rngs=rngs)

    def __call__(self, flat: Float[Array, "rows width"]) -> Float[Array, "rows width"]:
        """Widens, bends, narrows."""
        return self.output(ACTIVATION_FUNCTIONS[self.activation](self.hidden(flat)))


class Block(nnx.Module):
    """Attention, then an MLP, each added to what came in.

    With ``remat`` set, a gradient keeps only what goes into the block, and computes the rest of it once more on the way
    back ("rematerialisation", Chen et al. 2016, arXiv 1604.06174).
    """

    remat = False

    def __init__(self, config: BlockConfig, rngs: nnx.Rngs, causal: bool = False):
        self.norm_before = config.norm == "before"
        self.attention = Attention(config, rngs, causal)
        self.mlp = MLP(config, rngs)
        self.attention_norm = nnx.LayerNorm(config.width, epsilon=config.norm_epsilon, rngs=rngs)
        self.mlp_norm = nnx.LayerNorm(config.width, epsilon=config.norm_epsilon, rngs=rngs)

    def __call__(
        self,
        flat: Float[Array, "rows width"],
        batch: int,
        mask: Bool[Array, "batch tokens"] | None = None,
        intermediates: dict[str, Array] | None = None,
    ) -> Float[Array, "rows width"]:
        """Arguments as in ``Attention``; a dictionary given as ``intermediates`` receives the attention maps."""
        if self.norm_before:
            flat = flat + self.attend(self.attention_norm(flat), batch, mask, intermediates)
            return flat + self.mlp(self.mlp_norm(flat))
        flat = self.attention_norm(flat + self.attend(flat, batch, mask, intermediates))
        return self.mlp_norm(flat + self.mlp(flat))

    def attend(
        self,
        flat: Float[Array, "rows width"],
        batch: int,
        mask: Bool[Array, "batch tokens"] | None,
        intermediates: dict[str, Array] | None,
    ) -> Float[Array, "rows width"]:
        """Mixes tokens; fused where nobody asks for the maps, but not on a CPU, where the plain way is the quicker."""
        if intermediates is None and jax.default_backend() != "cpu":
            return self.attention.fused(flat, batch, mask)
        mixed, maps = self.attention(flat, batch, mask)
        if intermediates is not None:
            intermediates["attention"] = maps
        return mixed


def once_more(
    block: Block, flat: Float[Array, "rows width"], batch: int, mask: Bool[Array, "batch tokens"] | None
) -> Float[Array, "rows width"]:
    """``block(flat, batch, mask)``; a gradient through it computes the block once more instead of keeping it."""
    graph, state = nnx.split(block)
    return jax.checkpoint(lambda state, flat: nnx.merge(graph, state)(flat, batch, mask))(state, flat)


def through_blocks(
    blocks: Iterable[Block],
    flat: Float[Array, "rows width"],
    batch: int,
    mask: Bool[Array, "batch tokens"] | None = None,
    intermediates: dict[str, Array] | None = None,
) -> Float[Array, "rows width"]:
    """One block after the other.

    A dictionary given as ``intermediates`` receives "hidden_0", the tokens before the first block, "hidden_1", those
    after it, and so on, [batch, tokens, width], and the attention maps of the first block as "attention_0".
    """
    for index, block in enumerate(blocks):
        if intermediates is None:
            flat = once_more(block, flat, batch, mask) if block.remat else block(flat, batch, mask)
            continue
        seen: dict[str, Array] = {}
        intermediates[f"hidden_{index}"] = flat.reshape(batch, -1, flat.shape[-1])
        flat = block(flat, batch, mask, seen)
        intermediates[f"attention_{index}"] = seen["attention"]
        intermediates[f"hidden_{index + 1}"] = flat.reshape(batch, -1, flat.shape[-1])
    return flat
