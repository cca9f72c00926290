"""Checkpoints as ``transformers`` writes them, tiny and made on the spot, without PyTorch."""

import json

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from safetensors.numpy import save_file

from clipit.hub.configs import write_config
from clipit.hub.names import to_transformers
from clipit.inputs.tokenizer import train_tokenizer
from clipit.models import BertConfig, BlockConfig, CausalTextConfig, DualConfig, ViTConfig
from clipit.models.dual import ENCODERS, DualEncoder
from clipit.models.outline import outline

WORDS, CLIP_BLOCK = 60, BlockConfig(16, 2, 2.0, "quick_gelu")
BERT_BLOCK = BlockConfig(16, 2, 2.0, "gelu", "after", 1e-12)
VISION = ViTConfig(32, 16, 2, CLIP_BLOCK, norm_first=True, patch_bias=False, norm_epsilon=1e-5)
BERT = BertConfig(WORDS, 20, 2, BERT_BLOCK, "pooler", token_types=2)
CAUSAL = CausalTextConfig(WORDS, 20, 2, CLIP_BLOCK, 3)
CONFIGS = {
    "vision": VISION,
    "bert": BERT,
    "causal": CAUSAL,
    "clip": DualConfig(VISION, CAUSAL, 12),
    "dual": DualConfig(VISION, BERT, 12),
}
TYPES = {"clip": "clip", "dual": "vision-text-dual-encoder"}


def config_json(config, kind):
    if not isinstance(config, DualConfig):
        return write_config(config)
    towers = {"vision_config": write_config(config.vision), "text_config": write_config(config.text)}
    return {"model_type": TYPES[kind], "projection_dim": config.projection_dim} | towers


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A function from a kind of model to (a folder that is only read, the same model here)."""
    made = {}

    def make(kind):
        if kind not in made:
            config, folder = CONFIGS[kind], tmp_path_factory.mktemp(kind)
            kind_of_model = DualEncoder if isinstance(config, DualConfig) else ENCODERS[type(config)]
            model = outline(kind_of_model, config)
            state, generator = nnx.state(model, nnx.Param), np.random.default_rng(0)
            for _, value in nnx.to_flat_state(state):  # fresh biases are zero and would not be missed
                value.set_value(jnp.asarray(0.3 * generator.normal(size=value.shape), jnp.float32))
            nnx.update(model, state)
            save_file(to_transformers(model), folder / "model.safetensors", {"format": "pt"})
            (folder / "config.json").write_text(json.dumps(config_json(config, kind)))
            train_tokenizer(["due gatti neri", "un cane"], WORDS, max_tokens=20).save(folder)
            made[kind] = folder, model
        return made[kind]

    return make
