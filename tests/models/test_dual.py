"""Two encoders in one space: lengths, types, the logit scale, and what is shown on the way."""

import dataclasses
import math

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from clipit.models import BagOfWordsConfig, BertConfig, BlockConfig, ConvNetConfig, DualConfig, DualEncoder, ViTConfig

BLOCK = BlockConfig(width=16, heads=2)
CONFIGS = {
    "ConvNet and bag of words": DualConfig(ConvNetConfig(16, (8,)), BagOfWordsConfig(30, 8), 12),
    "ViT and BERT": DualConfig(ViTConfig(16, 8, 1, BLOCK), BertConfig(30, 16, 1, BLOCK), 12),
}
PIXELS = jnp.asarray(np.random.default_rng(0).normal(size=(3, 16, 16, 3)), jnp.float32)
TOKENS = {
    "input_ids": np.array([[2, 5, 3, 0], [2, 6, 7, 3]], np.int32),
    "attention_mask": np.array([[1, 1, 1, 0], [1] * 4]),
}


@pytest.fixture(params=CONFIGS)
def model(request):
    return DualEncoder(CONFIGS[request.param], nnx.Rngs(0))


def in_bfloat16(model):
    state = nnx.state(model, nnx.Param)
    for _, value in nnx.to_flat_state(state):
        value.set_value(value[...].astype(jnp.bfloat16))
    nnx.update(model, state)
    return model


def test_embeddings_have_length_one(model):
    for embeddings, rows in ((model.encode_image(PIXELS), 3), (model.encode_text(TOKENS), 2)):
        assert embeddings.shape == (rows, 12) and embeddings.dtype == jnp.float32
        np.testing.assert_allclose(jnp.linalg.norm(embeddings, axis=-1), 1, atol=1e-5)


def test_embeddings_are_float32_also_from_bfloat16_parameters(model):
    exact = model.encode_image(PIXELS)
    rough = in_bfloat16(model)
    for embeddings in (rough.encode_image(PIXELS), rough.encode_text(TOKENS)):
        assert embeddings.dtype == jnp.float32
        np.testing.assert_allclose(jnp.linalg.norm(embeddings, axis=-1), 1, atol=1e-5)
    assert rough.logit_scale().dtype == jnp.bfloat16 or rough.logit_scale().dtype == jnp.float32
    assert float((exact * rough.encode_image(PIXELS)).sum(-1).min()) > 0.98


def test_a_picture_without_features_has_no_direction_and_no_nan():
    model = DualEncoder(CONFIGS["ConvNet and bag of words"], nnx.Rngs(0))
    model.visual_projection.kernel.set_value(jnp.zeros_like(model.visual_projection.kernel[...]))
    np.testing.assert_array_equal(model.encode_image(PIXELS), 0)


def test_intermediates_come_with_the_features(model):
    for embeddings, (again, seen) in (
        (model.encode_image(PIXELS), model.encode_image(PIXELS, intermediates=True)),
        (model.encode_text(TOKENS), model.encode_text(TOKENS, intermediates=True)),
    ):
        np.testing.assert_array_equal(embeddings, again)
        assert "features" in seen and len(seen) >= 2
        assert seen["features"].shape[0] == len(embeddings)


def test_the_embedding_is_the_projected_feature(model):
    embeddings, seen = model.encode_text(TOKENS, intermediates=True)
    projected = np.asarray(seen["features"]) @ np.asarray(model.text_projection.kernel[...])
    np.testing.assert_allclose(embeddings, projected / np.linalg.norm(projected, axis=1, keepdims=True), atol=1e-5)


def test_the_logit_scale_starts_where_the_config_says_and_stops_at_100(model):
    assert float(model.logit_scale()) == pytest.approx(1 / 0.07, rel=1e-5)
    model.log_logit_scale.set_value(jnp.float32(math.log(50)))
    assert float(model.logit_scale()) == pytest.approx(50, rel=1e-5)
    model.log_logit_scale.set_value(jnp.float32(math.log(1000)))
    assert float(model.logit_scale()) == 100


def test_a_constant_logit_scale_is_no_parameter():
    config = dataclasses.replace(
        CONFIGS["ConvNet and bag of words"], initial_logit_scale=20.0, constant_logit_scale=True
    )
    model = DualEncoder(config, nnx.Rngs(0))
    assert float(model.logit_scale()) == 20
    paths = {path[0] for path, _ in nnx.to_flat_state(nnx.state(model, nnx.Param))}
    assert paths == {"vision", "text", "visual_projection", "text_projection"}


def test_same_seed_same_embeddings():
    config = CONFIGS["ViT and BERT"]
    first, second = (DualEncoder(config, nnx.Rngs(5)).encode_image(PIXELS) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, DualEncoder(config, nnx.Rngs(6)).encode_image(PIXELS))
