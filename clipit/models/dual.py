"""Two encoders, two projections, one logit scale: CLIP (Radford et al. 2021, arXiv 2103.00020).

>>> config = DualConfig(vision=ConvNetConfig(image_size=16, widths=(8,)), text=BagOfWordsConfig(50))
>>> model = DualEncoder(config, rngs=nnx.Rngs(0))
>>> model.encode_image(jnp.zeros((2, 16, 16, 3))).shape
(2, 256)
"""

import math
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int

from clipit.models.config import (
    BagOfWordsConfig,
    BertConfig,
    CausalTextConfig,
    ConvNetConfig,
    DualConfig,
    EfficientNetConfig,
    ViTConfig,
)
from clipit.models.efficientnet import EfficientNet
from clipit.models.text import BagOfWords, Bert, CausalText
from clipit.models.vision import ConvNet, ViT

ENCODERS: dict[type, type] = {
    ConvNetConfig: ConvNet,
    ViTConfig: ViT,
    EfficientNetConfig: EfficientNet,
    BagOfWordsConfig: BagOfWords,
    BertConfig: Bert,
    CausalTextConfig: CausalText,
}
LARGEST_LOGIT_SCALE = 100.0  # CLIP's limit: beyond it training becomes unstable


def normalise(vectors: Float[Array, "batch dim"]) -> Float[Array, "batch dim"]:
    """Vectors of length one, in float32."""
    vectors = vectors.astype(jnp.float32)
    return vectors / jnp.maximum(jnp.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


class DualEncoder(nnx.Module):
    """Brings pictures and captions into one space."""

    def __init__(self, config: DualConfig, rngs: nnx.Rngs, preprocess: Any = None):
        """Random parameters.

        Args:
            config: sizes.
            rngs: where random numbers come from.
            preprocess: from a list of pictures to the encoder's pixels; kept as ``model.preprocess``.
        """
        self.config = config
        self.preprocess = preprocess
        self.vision = ENCODERS[type(config.vision)](config.vision, rngs)
        self.text = ENCODERS[type(config.text)](config.text, rngs)
        self.visual_projection = nnx.Linear(config.vision.features, config.projection_dim, use_bias=False, rngs=rngs)
        self.text_projection = nnx.Linear(config.text.features, config.projection_dim, use_bias=False, rngs=rngs)
        self.start_logits()

    def start_logits(self) -> None:
        """The numbers that turn similarities into logits, as the config says that they start."""
        if not self.config.constant_logit_scale:
            self.log_logit_scale = nnx.Param(jnp.asarray(math.log(self.config.initial_logit_scale), jnp.float32))
        if self.config.initial_logit_bias:
            self.logit_bias = nnx.Param(jnp.asarray(self.config.initial_logit_bias, jnp.float32))

    def encode_image(
        self, pixels: Float[Array | np.ndarray, "batch height width 3"], intermediates: bool = False
    ) -> Any:
        """Pictures to vectors of length one.

        Args:
            pixels: what ``preprocess`` returns.
            intermediates: also return a dictionary of what happens on the way.

        Returns:
            float32 [batch, projection_dim]; with ``intermediates`` a pair of this and the dictionary.
        """
        on_the_way: dict[str, Array] = {}
        features = self.vision(jnp.asarray(pixels), on_the_way if intermediates else None)  # [batch, features]
        embeddings = self.project_image(features)  # [batch, projection_dim]
        return (embeddings, {**on_the_way, "features": features}) if intermediates else embeddings

    def encode_text(
        self, tokens: Mapping[str, Int[Array | np.ndarray, "batch tokens"]], intermediates: bool = False
    ) -> Any:
        """Captions to vectors of length one; ``tokens`` is what the tokenizer returns, the rest as above."""
        on_the_way: dict[str, Array] = {}
        input_ids, mask = jnp.asarray(tokens["input_ids"]), jnp.asarray(tokens["attention_mask"])
        features = self.text(input_ids, mask, on_the_way if intermediates else None)  # [batch, features]
        embeddings = self.project_text(features)  # [batch, projection_dim]
        return (embeddings, {**on_the_way, "features": features}) if intermediates else embeddings

    def project_image(self, features: Float[Array, "batch features"]) -> Float[Array, "batch projection_dim"]:
        """The image encoder's features to vectors of length one."""
        return normalise(self.visual_projection(features))

    def project_text(self, features: Float[Array, "batch features"]) -> Float[Array, "batch projection_dim"]:
        """The text encoder's features to vectors of length one."""
        return normalise(self.text_projection(features))

    def logit_scale(self) -> Float[Array, ""]:
        """The positive number that similarities are multiplied with, at most 100; learned through its logarithm."""
        if self.config.constant_logit_scale:
            return jnp.asarray(self.config.initial_logit_scale, jnp.float32)
        return jnp.minimum(jnp.exp(self.log_logit_scale[...]), LARGEST_LOGIT_SCALE)
