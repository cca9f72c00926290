"""A BERT that fills in hidden words, as it is pretrained (Devlin et al. 2018, arXiv 1810.04805).

>>> model = MaskedWords(BertConfig(vocabulary_size=20, layers=1), rngs=nnx.Rngs(0))
>>> model(jnp.ones((2, 6), int), jnp.ones((2, 6), int)).shape
(2, 6, 20)
"""

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from clipit.models.config import BertConfig
from clipit.models.text import Bert


class MaskedWords(nnx.Module):
    """BERT with a small head that gives every word of the vocabulary a score at every place.

    The head compares with the same word vectors that go into BERT, so it adds few parameters. It is left behind when
    the encoder becomes one of CLIP's two.
    """

    def __init__(self, config: BertConfig, rngs: nnx.Rngs):
        width = config.block.width
        self.config = config
        self.text = Bert(config, rngs)
        self.transform = nnx.Linear(width, width, rngs=rngs)
        self.transform_norm = nnx.LayerNorm(width, epsilon=config.block.norm_epsilon, rngs=rngs)
        self.word_bias = nnx.Param(jnp.zeros(config.vocabulary_size))

    def __call__(
        self, input_ids: Int[Array, "batch tokens"], attention_mask: Int[Array, "batch tokens"]
    ) -> Float[Array, "batch tokens vocabulary"]:
        """Scores of all words at all places of sentences in which some tokens are [MASK]."""
        on_the_way: dict[str, Array] = {}
        self.text(input_ids, attention_mask, on_the_way)
        tokens = jax.nn.gelu(self.transform(on_the_way["tokens"]))  # [batch, tokens, width]
        return self.text.word_embedding.attend(self.transform_norm(tokens)) + self.word_bias[...]
