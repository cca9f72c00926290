"""One step: what decays, what moves how far, and what the loss is at the start."""

import math
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from optax.contrib import MuonDimensionNumbers

from clipit.data.batches import batches, load_pairs
from clipit.data.emoji.world import make_world
from clipit.hub import new_model
from clipit.hub.folder import parameters
from clipit.inputs.tokenizer import train_tokenizer
from clipit.losses import info_nce
from clipit.models import BertConfig, BlockConfig, ConvNetConfig, DualConfig, ViTConfig
from clipit.training.recipe import Phase
from clipit.training.step import batch_loss, make_optimizer, mapping_axes, schedule

TOKENS = ("input_ids", "attention_mask")
BLOCK = BlockConfig(width=16, heads=2)
# Without warm-up the first step already has the full learning rate.
PHASE = Phase(steps=12, warmup_steps=0, learning_rate=0.01, kernel_learning_rate=0.02, weight_decay=0.5)
MODEL = DualConfig(ViTConfig(16, 8, 1, BLOCK), BertConfig(60, 8, 1, BLOCK), 12)


compiled_loss = nnx.jit(batch_loss, static_argnames="preprocess")


@pytest.fixture
def model():
    return new_model(MODEL, seed=0)


def after_one_step(model, phase, gradient):
    """Parameters before and after a step whose gradient is the same number everywhere."""
    optimizer = make_optimizer(model, phase)
    before = parameters(model)
    optimizer.update(model, jax.tree.map(lambda value: jnp.full_like(value, gradient), nnx.state(model, nnx.Param)))
    return before, parameters(model)


def test_with_no_gradient_only_kernels_shrink(model):
    """Not the scales and biases of norms, not other biases, not embeddings, not the logit scale."""
    before, after = after_one_step(model, PHASE, 0.0)
    shrunk = {name for name in before if not np.array_equal(before[name], after[name])}
    assert shrunk == {name for name in before if name.endswith("kernel")}
    assert "text_projection.kernel" in shrunk and "vision.patch_embedding.kernel" in shrunk
    for name in shrunk:
        np.testing.assert_allclose(after[name], (1 - 0.02 * 0.5) * before[name], rtol=1e-5, err_msg=name)


def test_what_is_no_kernel_moves_as_adam_with_nesterov_momentum_moves_it(model):
    before, after = after_one_step(model, replace(PHASE, weight_decay=0.0), 3.0)
    nadam, one = optax.nadam(0.01, b2=0.98), jnp.asarray(1.0)
    moved = -float(nadam.update(one, nadam.init(one))[0])  # Adam does not see how long a gradient is
    for name in {name for name in before if not name.endswith("kernel")}:
        np.testing.assert_allclose(before[name] - after[name], moved, rtol=2e-3, err_msg=name)


def test_a_step_of_a_kernel_is_orthogonal_whatever_the_gradient():
    """All singular values of the step are about alike, though the gradient's are a thousandfold apart."""
    model = new_model(MODEL, seed=0)
    optimizer = make_optimizer(model, replace(PHASE, weight_decay=0.0))
    rng, before = np.random.default_rng(0), parameters(model)["text_projection.kernel"]
    rows, columns = before.shape  # [16, 12]
    left, right = (np.linalg.qr(rng.normal(size=(side, side)))[0][:, :columns] for side in (rows, columns))
    gradient = (left * np.geomspace(1, 1e-3, columns)) @ right.T
    gradients = jax.tree.map(jnp.zeros_like, nnx.state(model, nnx.Param))
    gradients["text_projection"]["kernel"].set_value(jnp.asarray(gradient, jnp.float32))
    optimizer.update(model, gradients)
    moved = np.linalg.svd(before - parameters(model)["text_projection.kernel"], compute_uv=False)
    orthogonal = 0.02 * 0.2 * max(rows, columns) ** 0.5
    # Five Newton-Schulz iterations bring singular values between 0.7 and 1.2, the very smallest excepted.
    assert moved.max() < 1.3 * orthogonal and np.median(moved) > 0.6 * orthogonal
    assert moved.max() / moved.min() < 20


def test_kernels_are_found_by_their_name_and_flattened_to_inputs_and_outputs():
    model = new_model(replace(MODEL, vision=ConvNetConfig(16, (8,))), seed=0)
    axes = mapping_axes(nnx.to_pure_dict(nnx.state(model, nnx.Param)))
    assert axes["vision"]["convolutions"][0]["kernel"] == MuonDimensionNumbers((0, 1, 2), (3,))
    assert axes["text_projection"]["kernel"] == MuonDimensionNumbers((0,), (1,))
    assert axes["text"]["word_embedding"]["embedding"] is None and axes["log_logit_scale"] is None


def test_a_long_gradient_is_shortened():
    """Adam does not see the length, so its first moment is looked at: it is made of the shortened gradient."""
    model = new_model(MODEL, seed=0)
    optimizer = make_optimizer(model, replace(PHASE, gradient_norm=1.0))
    gradients = jax.tree.map(jnp.zeros_like, nnx.state(model, nnx.Param))
    gradients["log_logit_scale"].set_value(jnp.asarray(50.0))
    optimizer.update(model, gradients)
    moments = [float(leaf) for leaf in jax.tree.leaves(nnx.state(optimizer)) if leaf.ndim == 0 and 0 < float(leaf) < 1]
    assert pytest.approx(max(moments), rel=1e-4) == 0.1  # (1 - b1) times a gradient of length 1


@pytest.mark.parametrize("step", [0, 1, 25, 50, 51, 200, 449, 450])
def test_the_learning_rate_rises_in_a_line_and_falls_as_a_cosine(step):
    phase = Phase(steps=450, warmup_steps=50)
    fallen = 0.5 * (1 + math.cos(math.pi * (step - 50) / 400))
    by_hand = 4e-3 * (step / 50 if step < 50 else fallen)
    assert float(schedule(phase, 4e-3)(step)) == pytest.approx(by_hand, abs=1e-8)


@pytest.fixture(scope="module")
def batch():
    world = make_world("test", 32)
    tokenizer = train_tokenizer(world["caption"][:], 60, max_tokens=8)
    return next(batches(load_pairs(world, tokenizer, 16), 32, seed=0))


def test_the_loss_of_a_fresh_model_is_near_ln_of_the_batch(batch):
    """When similarities are not yet multiplied, every caption is about as likely as the others."""
    model = new_model(replace(MODEL, initial_logit_scale=1.0), seed=0)
    given = {name: jnp.asarray(values) for name, values in batch.items() if name != "rows"}
    assert float(compiled_loss(model, given, model.preprocess)) == pytest.approx(math.log(32), abs=0.1)


def test_the_loss_compares_what_the_model_encodes(batch, model):
    given = {name: jnp.asarray(values) for name, values in batch.items() if name != "rows"}
    images = model.encode_image(model.preprocess(batch["pixels"]))
    texts = model.encode_text({name: batch[name] for name in TOKENS})
    by_parts = info_nce(images, texts, model.logit_scale(), given["positives"])
    assert float(compiled_loss(model, given, model.preprocess)) == pytest.approx(float(by_parts), rel=1e-5)
    diagonal = info_nce(images, texts, model.logit_scale())
    assert batch["positives"].sum() == 32 or float(by_parts) != float(diagonal)
