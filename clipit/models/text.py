"""From words to one vector: a bag of words, BERT (Devlin et al. 2018, arXiv 1810.04805), and the text encoder of CLIP.

>>> encoder = Bert(BertConfig(vocabulary_size=20, layers=1), rngs=nnx.Rngs(0))
>>> encoder(jnp.ones((2, 6), int), jnp.ones((2, 6), int)).shape
(2, 128)
"""

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from clipit.models.config import BagOfWordsConfig, BertConfig, CausalTextConfig
from clipit.models.layers import Block, through_blocks


def mean_of_tokens(
    tokens: Float[Array, "batch tokens width"], attention_mask: Int[Array, "batch tokens"]
) -> Float[Array, "batch width"]:
    """Mean over the tokens that are not padding."""
    weights = attention_mask[..., None].astype(tokens.dtype)  # [batch, tokens, 1]
    return (tokens * weights).sum(1) / jnp.maximum(weights.sum(1), 1)


class BagOfWords(nnx.Module):
    """The mean of the words' vectors: it knows which words there are, and nothing about their order."""

    def __init__(self, config: BagOfWordsConfig, rngs: nnx.Rngs):
        self.config = config
        self.word_embedding = nnx.Embed(config.vocabulary_size, config.width, rngs=rngs)

    def __call__(
        self,
        input_ids: Int[Array, "batch tokens"],
        attention_mask: Int[Array, "batch tokens"],
        intermediates: dict[str, Array] | None = None,
    ) -> Float[Array, "batch features"]:
        """Encodes token numbers; ``intermediates`` receives the words' vectors."""
        words = self.word_embedding(input_ids)  # [batch, tokens, width]
        if intermediates is not None:
            intermediates["words"] = words
        return mean_of_tokens(words, attention_mask)


class Bert(nnx.Module):
    """Words and positions become vectors, transformer blocks mix them, pooling makes one of them."""

    def __init__(self, config: BertConfig, rngs: nnx.Rngs):
        self.config = config
        width, small = config.block.width, jax.nn.initializers.normal(0.02)
        self.word_embedding = nnx.Embed(config.vocabulary_size, width, rngs=rngs)
        self.position_embedding = nnx.Embed(config.max_tokens, width, embedding_init=small, rngs=rngs)
        if config.token_types:
            self.token_type_embedding = nnx.Embed(config.token_types, width, embedding_init=small, rngs=rngs)
        self.embedding_norm = nnx.LayerNorm(width, epsilon=config.block.norm_epsilon, rngs=rngs)
        self.blocks = nnx.List([Block(config.block, rngs) for _ in range(config.layers)])
        for block in self.blocks if config.quiet_start else ():
            for kernel in (block.attention.output.kernel, block.mlp.output.kernel):
                kernel.set_value(jnp.zeros_like(kernel[...]))
        if config.pooling == "pooler":
            self.pooler = nnx.Linear(width, width, rngs=rngs)

    def __call__(
        self,
        input_ids: Int[Array, "batch tokens"],
        attention_mask: Int[Array, "batch tokens"],
        intermediates: dict[str, Array] | None = None,
    ) -> Float[Array, "batch features"]:
        """Encodes token numbers; ``intermediates`` receives what ``through_blocks`` gives, and the last tokens."""
        batch, length = input_ids.shape
        words = self.word_embedding(input_ids) + self.position_embedding(jnp.arange(length))  # [batch, tokens, width]
        if self.config.token_types:
            words += self.token_type_embedding.embedding[...][0]
        words = words.astype(self.position_embedding.embedding[...].dtype)  # from here on in the parameters' precision
        flat = self.embedding_norm(words).reshape(batch * length, -1)  # [batch * tokens, width]
        flat = through_blocks(self.blocks, flat, batch, attention_mask > 0, intermediates)
        tokens = flat.reshape(batch, length, -1)  # [batch, tokens, width]
        if intermediates is not None:
            intermediates["tokens"] = tokens
        if self.config.pooling == "mean":
            return mean_of_tokens(tokens, attention_mask)
        return jnp.tanh(self.pooler(tokens[:, 0])) if self.config.pooling == "pooler" else tokens[:, 0]


class CausalText(nnx.Module):
    """CLIP's own text encoder (Radford et al. 2021): no token sees a later one, so the last has read the sentence."""

    def __init__(self, config: CausalTextConfig, rngs: nnx.Rngs):
        self.config = config
        width, small = config.block.width, jax.nn.initializers.normal(0.02)
        self.word_embedding = nnx.Embed(config.vocabulary_size, width, embedding_init=small, rngs=rngs)
        self.position_embedding = nnx.Embed(config.max_tokens, width, embedding_init=small, rngs=rngs)
        self.blocks = nnx.List([Block(config.block, rngs, causal=True) for _ in range(config.layers)])
        self.norm = nnx.LayerNorm(width, epsilon=config.block.norm_epsilon, rngs=rngs)

    def __call__(
        self,
        input_ids: Int[Array, "batch tokens"],
        attention_mask: Int[Array, "batch tokens"],
        intermediates: dict[str, Array] | None = None,
    ) -> Float[Array, "batch features"]:
        """Encodes token numbers; ``intermediates`` receives what ``through_blocks`` gives, and the last tokens.

        The result is the vector of the first ``end_of_text_id``; of the first token where there is none.
        """
        batch, length = input_ids.shape
        words = self.word_embedding(input_ids) + self.position_embedding(jnp.arange(length))  # [batch, tokens, width]
        words = words.astype(self.position_embedding.embedding[...].dtype)  # from here on in the parameters' precision
        flat = words.reshape(batch * length, -1)  # [batch * tokens, width]
        flat = through_blocks(self.blocks, flat, batch, attention_mask > 0, intermediates)
        tokens = self.norm(flat).reshape(batch, length, -1)  # [batch, tokens, width]
        if intermediates is not None:
            intermediates["tokens"] = tokens
        end = self.config.end_of_text_id
        ends = (input_ids if end is None else input_ids == end).argmax(axis=1)  # [batch]
        return jnp.take_along_axis(tokens, ends[:, None, None], axis=1)[:, 0]  # [batch, width]
