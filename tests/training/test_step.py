"""One step: what decays, what moves how far, and what the loss is at the start."""

import math
import re
from dataclasses import replace
from functools import partial

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
from clipit.inputs.pictures import Preprocess
from clipit.inputs.tokenizer import train_tokenizer
from clipit.losses import info_nce
from clipit.models import BertConfig, BlockConfig, CausalTextConfig, ConvNetConfig, DualConfig, ViTConfig
from clipit.training.mesh import everywhere, make_mesh, spread
from clipit.training.recipe import Phase
from clipit.training.step import (
    Computing,
    batch_loss,
    compiled_step,
    embed_batch,
    make_optimizer,
    make_rule,
    mapping_axes,
    place,
    schedule,
    train_step,
)

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


def test_adabelief_is_the_published_chain():
    """As run_hybrid_clip.py of CLIP-Italian built it; ours without shortening and decay."""
    phase = Phase(
        steps=20, warmup_steps=2, optimizer="adabelief", learning_rate=0.01, weight_decay=0.0, gradient_norm=0.0
    )
    rates = optax.join_schedules(
        [optax.linear_schedule(0.0, 0.01, 2), optax.cosine_decay_schedule(0.01, 18)], boundaries=[2]
    )
    published = optax.chain(
        optax.adaptive_grad_clip(0.01, eps=1e-3),
        optax.scale_by_belief(),
        optax.scale_by_schedule(rates),
        optax.scale(-1.0),
    )
    rng = np.random.default_rng(0)
    one = other = {"kernel": jnp.asarray(rng.normal(size=(4, 3)), jnp.float32), "bias": jnp.zeros(3)}
    ours = make_rule(phase)
    memory, theirs = ours.init(one), published.init(other)
    for _ in range(4):
        gradient = jax.tree.map(lambda value: jnp.asarray(rng.normal(size=value.shape), jnp.float32), one)
        updates, memory = ours.update(gradient, memory, one)
        one = optax.apply_updates(one, updates)
        updates, theirs = published.update(gradient, theirs, other)
        other = optax.apply_updates(other, updates)
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-6)
        assert (other[name] != 0).all()


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


# Groups, and another precision


@pytest.fixture(scope="module")
def spread_batch(batch):
    return jax.device_put({name: values for name, values in batch.items() if name != "rows"}, spread(make_mesh(4)))


def loss_and_gradients(**settings):
    """A compiled function from a model and a batch."""
    given = partial(batch_loss, preprocess=Preprocess(16), how=Computing(**settings))
    return nnx.jit(lambda model, batch: nnx.value_and_grad(given)(model, batch))


def on_mesh(model):
    nnx.update(model, jax.device_put(nnx.state(model), everywhere(make_mesh(4))))
    return model


def test_in_groups_each_device_compares_its_own_share(spread_batch, model):
    """Four devices, eight pairs each: the mean of four losses that were computed apart, and of their gradients."""
    loss, gradients = loss_and_gradients(group_size=8)(on_mesh(model), spread_batch)
    alone, losses, found = loss_and_gradients(), [], []
    for share in range(4):
        part = slice(8 * share, 8 * share + 8)
        own = {name: np.asarray(values)[part] for name, values in spread_batch.items()}
        value, gradient = alone(model, own | {"positives": own["positives"][:, part]})
        losses.append(float(value))
        found.append(gradient)
    assert float(loss) == pytest.approx(np.mean(losses), rel=1e-5)
    mean = jax.tree.map(lambda *several: sum(several) / 4, *found)
    for one, other in zip(jax.tree.leaves(gradients), jax.tree.leaves(mean), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-6)


def test_groups_exchange_no_embeddings_between_devices(spread_batch, model):
    """The whole batch does: each device needs all captions, a matrix of floats."""
    gathered = {}
    for size in (0, 8):
        compiled = loss_and_gradients(group_size=size).lower(on_mesh(model), spread_batch).compile()
        gathered[size] = bool(re.search(r"= f32\S* all-gather\(", compiled.as_text()))
    assert gathered == {0: True, 8: False}


def assert_same_gradients(first, second, tolerance=1e-5):
    """Up to rounding, measured as the norm of the difference over the norm."""
    assert float(first[0]) == pytest.approx(float(second[0]), rel=tolerance)
    one, other = (np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(found[1])]) for found in (first, second))
    assert np.linalg.norm(one) > 0 and np.linalg.norm(one - other) < tolerance * np.linalg.norm(other)


def test_in_chunks_the_gradients_are_those_of_the_whole_batch(spread_batch, model):
    model = on_mesh(model)
    assert_same_gradients(loss_and_gradients(chunk=8)(model, spread_batch), loss_and_gradients()(model, spread_batch))


def test_computed_once_more_the_gradients_are_the_same_and_less_is_kept(batch, model):
    """Only what goes into a block, and not what its MLP widened it to."""
    model = on_mesh(new_model(MODEL, seed=0))
    given = {name: jnp.asarray(values) for name, values in batch.items() if name != "rows"}
    assert_same_gradients(loss_and_gradients(remat=True)(model, given), loss_and_gradients()(model, given))
    graph, moving, rest = nnx.split(model, nnx.Param, ...)

    def kept(how):
        def loss(moving):
            return batch_loss(nnx.merge(graph, moving, rest), given, model.preprocess, how)

        return [
            value.shape for value in jax.tree.leaves(jax.eval_shape(lambda moving: jax.vjp(loss, moving)[1], moving))
        ]

    wide = {shape for shape in kept(Computing()) if shape and shape[-1] == 4 * BLOCK.width and len(shape) == 2}
    assert any(shape[0] > BLOCK.width for shape in wide)
    assert not any(shape[0] > BLOCK.width for shape in kept(Computing(remat=True)) if shape in wide)


@pytest.mark.parametrize("devices", [1, 4])
def test_what_is_frozen_is_handed_through_and_not_copied(devices, batch, model):
    mesh = make_mesh(devices)
    optimizer = make_optimizer(model, replace(PHASE, trains=("text_projection.",)))
    place(model, optimizer, mesh)

    def places():
        arrays = {name: kernel[...] for name, kernel in (("frozen", model.visual_projection.kernel),
                                                         ("moving", model.text_projection.kernel))}  # fmt: skip
        return {name: array.addressable_shards[0].data.unsafe_buffer_pointer() for name, array in arrays.items()}

    before = places()
    given = {name: values for name, values in batch.items() if name != "rows"}
    train_step(model, optimizer, jax.device_put(given, spread(mesh)), model.preprocess)
    assert places()["frozen"] == before["frozen"] and places()["moving"] != before["moving"]


@pytest.fixture
def as_on_an_accelerator(monkeypatch):
    """What only a CPU does otherwise is done; the device stays what it is."""
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    compiled_step.cache_clear()
    yield
    compiled_step.cache_clear()


def test_a_step_writes_over_its_own_parameters_and_over_nobody_elses(batch, model, as_on_an_accelerator):
    """A model that shares its parameters keeps them; the step's own old ones have given their memory to the new."""
    sharing = nnx.clone(model)
    before = parameters(sharing)
    optimizer = make_optimizer(model, PHASE)
    place(model, optimizer, make_mesh(1))
    own = jax.tree.leaves(nnx.state(model, nnx.Param))
    given = {name: jnp.asarray(values) for name, values in batch.items() if name != "rows"}
    train_step(model, optimizer, given, model.preprocess)
    assert all(array.is_deleted() for array in own)
    after = parameters(sharing)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert not np.array_equal(parameters(model)["text_projection.kernel"], after["text_projection.kernel"])


def test_in_tiles_the_gradients_are_those_of_the_whole_matrix(batch, model):
    """Four devices, each with a tile smaller than its share; some captions are equal."""
    mesh, groups = make_mesh(4), np.arange(32, dtype=np.int32) // 2
    given = {name: values for name, values in batch.items() if name not in ("rows", "positives")}
    dense = jax.device_put(given | {"positives": groups[:, None] == groups}, spread(mesh))
    tiled = jax.device_put(given | {"groups": groups}, spread(mesh))
    model = on_mesh(model)
    assert_same_gradients(loss_and_gradients(tile=3, mesh=mesh)(model, tiled), loss_and_gradients()(model, dense))


def test_half_the_precision_gives_nearly_the_same_and_whole_gradients(batch, model):
    """8 bits of a number are kept, so that about 1 % of a gradient may be off."""
    given = {name: jnp.asarray(values) for name, values in batch.items() if name != "rows"}
    results = {}
    for dtype in ("float32", "bfloat16"):
        loss, gradients = loss_and_gradients(dtype=dtype)(model, given)
        assert {leaf.dtype for leaf in jax.tree.leaves(gradients)} == {np.dtype("float32")}
        flat = np.concatenate([np.asarray(leaf).ravel() for leaf in jax.tree.leaves(gradients)])
        results[dtype] = float(loss), flat
    (whole, exact), (half, rough) = results.values()
    assert 0 < abs(whole - half) < 0.02 * whole
    assert 0 < np.linalg.norm(rough - exact) < 0.03 * np.linalg.norm(exact)


SMALL_CONVNET = ConvNetConfig(16, (8,), place_channels=8, features=8)


@pytest.mark.parametrize(
    "config",
    [MODEL, replace(MODEL, vision=SMALL_CONVNET, text=CausalTextConfig(60, 8, 1, BLOCK))],
    ids=["ViT and BERT", "ConvNet and CLIP's text"],
)
def test_in_half_the_precision_every_product_is_in_it(config, batch):
    """On an accelerator this is where the time goes; only the softmax is whole."""
    given = {name: jnp.asarray(values) for name, values in batch.items() if name != "rows"}
    model = new_model(config, seed=0)
    program = str(jax.make_jaxpr(lambda: embed_batch(model, given, model.preprocess, Computing(dtype="bfloat16")))())
    results = re.findall(r"\w+:(\w+)\[[\d,]*\] = (?:dot_general|conv_general)", program)
    assert len(results) > 10 and set(results) == {"bf16"}
