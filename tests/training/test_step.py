"""One step: what decays, what moves how far, and what the loss is at the start."""

import math
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from clipit.data.batches import batches, load_pairs
from clipit.data.emoji.world import make_world
from clipit.hub import new_model
from clipit.hub.folder import parameters
from clipit.inputs.tokenizer import train_tokenizer
from clipit.losses import info_nce
from clipit.models import BertConfig, BlockConfig, DualConfig, ViTConfig
from clipit.training import RECIPES
from clipit.training.step import batch_loss, is_in_block, learning_rate_schedule, make_optimizer

TOKENS = ("input_ids", "attention_mask")
BLOCK = BlockConfig(width=16, heads=2)
# Without warm-up the first step already has the full learning rate.
RECIPE = replace(
    RECIPES["tiny"],
    warmup_steps=0,
    learning_rate=0.01,
    weight_decay=0.5,
    block_learning_rate=0.1,
    model=DualConfig(ViTConfig(16, 8, 1, BLOCK), BertConfig(60, 8, 1, BLOCK), 12),
)


compiled_loss = nnx.jit(batch_loss, static_argnames="preprocess")


@pytest.fixture
def model():
    return new_model(RECIPE.model, seed=0)


def after_one_step(model, recipe, gradient):
    """Parameters before and after a step whose gradient is the same number everywhere."""
    optimizer = make_optimizer(model, recipe)
    before = parameters(model)
    optimizer.update(model, jax.tree.map(lambda value: jnp.full_like(value, gradient), nnx.state(model, nnx.Param)))
    return before, parameters(model)


def test_with_no_gradient_only_matrices_shrink(model):
    """Not the scales and biases of norms, not other biases, not the logit scale, and blocks ten times less."""
    before, after = after_one_step(model, RECIPE, 0.0)
    shrunk = {name for name in before if not np.array_equal(before[name], after[name])}
    assert shrunk == {name for name in before if before[name].ndim > 1 and before[name].any()}
    assert not any(name.endswith(("bias", "scale")) for name in shrunk)
    assert "log_logit_scale" not in shrunk and "text_projection.kernel" in shrunk
    for name in shrunk:
        kept = 1 - 0.01 * 0.5 * (0.1 if "blocks" in name else 1)
        np.testing.assert_allclose(after[name], kept * before[name], rtol=1e-5, err_msg=name)


def test_adam_moves_everything_by_the_learning_rate_and_blocks_by_their_share(model):
    before, after = after_one_step(model, replace(RECIPE, weight_decay=0.0), 3.0)
    for name in before:
        moved = before[name] - after[name]
        np.testing.assert_allclose(moved, 0.01 * (0.1 if ".blocks." in name else 1), rtol=2e-3, err_msg=name)


def test_blocks_are_found_by_their_name(model):
    marked = nnx.to_flat_state(is_in_block(nnx.state(model, nnx.Param)))
    names = {".".join(map(str, path)): bool(value.get_value()) for path, value in marked}
    assert {name for name, inside in names.items() if inside} == {name for name in names if ".blocks." in name}
    assert any(names.values()) and not all(names.values())


def test_a_long_gradient_is_shortened():
    """Adam does not see the length, so the second moment is looked at: it is made of the shortened gradient."""
    model = new_model(RECIPE.model, seed=0)
    optimizer = make_optimizer(model, replace(RECIPE, gradient_norm=1.0))
    optimizer.update(model, jax.tree.map(lambda value: jnp.full_like(value, 50.0), nnx.state(model, nnx.Param)))
    first_moments = [leaf for leaf in jax.tree.leaves(nnx.state(optimizer)) if leaf.ndim > 0 and float(leaf.min()) > 0]
    first = math.sqrt(sum(float((leaf**2).sum()) for leaf in first_moments if float(leaf.max()) > 1e-5))
    assert first == pytest.approx(0.1, rel=0.02)  # (1 - b1) times a gradient of length 1


@pytest.mark.parametrize("step", [0, 1, 25, 50, 51, 200, 449, 450])
def test_the_learning_rate_rises_in_a_line_and_falls_as_a_cosine(step):
    recipe = replace(RECIPES["quick"], steps=450, warmup_steps=50, learning_rate=4e-3)
    fallen = 0.5 * (1 + math.cos(math.pi * (step - 50) / 400))
    by_hand = 4e-3 * (step / 50 if step < 50 else fallen)
    assert float(learning_rate_schedule(recipe)(step)) == pytest.approx(by_hand, abs=1e-8)


@pytest.fixture(scope="module")
def batch():
    world = make_world("test", 32)
    tokenizer = train_tokenizer(world["caption"][:], 60, max_tokens=8)
    return next(batches(load_pairs(world, tokenizer, 16), 32, seed=0))


def test_the_loss_of_a_fresh_model_is_near_ln_of_the_batch(batch):
    """When similarities are not yet multiplied, every caption is about as likely as the others."""
    model = new_model(replace(RECIPE.model, initial_logit_scale=1.0), seed=0)
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
