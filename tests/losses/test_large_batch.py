"""Losses in tiles and over devices: value and every gradient are those of NumPy in float64, and of the dense loss."""

import os
import subprocess
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from clipit.losses import (
    gathered_info_nce,
    gathered_sigmoid,
    info_nce,
    sharded_info_nce,
    sharded_sigmoid,
    sigmoid,
    tiled_info_nce,
    tiled_sigmoid,
)
from clipit.losses.large_batch import memory_of

PROPERTY = settings(max_examples=20, deadline=None, derandomize=True, database=None)
EXACT = 1e-5  # norm of the difference over norm, float32
SCALE, BIAS = np.float32(14.0), np.float32(-4.0)


def pairs(seed, batch, dim=6, alike=0.0):
    """Random unit vectors; the more alike, the nearer each text is to its picture."""
    rows = np.random.default_rng(seed).normal(size=(2, batch, dim))
    rows[1] += alike * rows[0]
    return tuple((rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32))


def some(seed, batch):
    """Groups in which pairs describe each other, and which pairs count: at least one."""
    rng = np.random.default_rng(seed)
    counted = rng.random(batch) < rng.uniform(0.2, 1)
    counted[rng.integers(batch)] = True
    return rng.integers(-5, 5, batch), counted


# The oracles: the whole matrix, in float64, with the gradients worked out by hand


def numpy_info_nce(images, texts, scale, groups=None, counted=None):
    images, texts = images.astype(np.float64), texts.astype(np.float64)
    groups = np.arange(len(images)) if groups is None else np.asarray(groups)
    counted = np.ones(len(images), bool) if counted is None else np.asarray(counted)
    positives = (groups[:, None] == groups[None, :])[counted][:, counted]
    cosines = images[counted] @ texts[counted].T
    loss, slopes = 0.0, np.zeros_like(cosines)
    for axis in (0, 1):
        shifted = scale * cosines - (scale * cosines).max(axis, keepdims=True)
        log_softmax = shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))
        target = positives / positives.sum(axis, keepdims=True)
        loss -= (target * log_softmax).sum() / len(cosines) / 2
        slopes += (np.exp(log_softmax) - target) / len(cosines) / 2
    return loss, (*spread_out(images, texts, scale, slopes, counted), (slopes * cosines).sum())


def numpy_sigmoid(images, texts, scale, bias, counted=None):
    images, texts = images.astype(np.float64), texts.astype(np.float64)
    counted = np.ones(len(images), bool) if counted is None else np.asarray(counted)
    cosines = images[counted] @ texts[counted].T
    sign = 2 * np.eye(len(cosines)) - 1
    wrong = 1 / (1 + np.exp(sign * (scale * cosines + bias)))
    slopes = -sign * wrong / len(cosines)
    gradients = spread_out(images, texts, scale, slopes, counted)
    return -np.log1p(-wrong).sum() / len(cosines), (*gradients, (slopes * cosines).sum(), slopes.sum())


def spread_out(images, texts, scale, slopes, counted):
    """From slopes with respect to logits to gradients of the embeddings; nothing for pairs that do not count."""
    of_images, of_texts = np.zeros_like(images), np.zeros_like(texts)
    of_images[counted], of_texts[counted] = scale * slopes @ texts[counted], scale * slopes.T @ images[counted]
    return of_images, of_texts


def error(ours, right, least=0.0):
    """Norm of the difference over norm; of a number that is nothing by chance, over ``least``."""
    return float(np.linalg.norm(np.asarray(ours, np.float64) - right) / max(np.linalg.norm(right), least))


def assert_exact(ours, right, tolerance=EXACT):
    """Value and every gradient."""
    (value, gradients), (right_value, right_gradients) = ours, right
    assert error(value, right_value) <= tolerance
    errors = [
        error(gradient, wanted, least=0.0 if np.ndim(wanted) else 0.01 * right_value)
        for gradient, wanted in zip(gradients, right_gradients, strict=True)
    ]
    assert max(errors) <= tolerance, errors


def with_gradients(loss, *inputs):
    return jax.value_and_grad(loss, argnums=tuple(range(len(inputs))))(*map(jnp.asarray, inputs))


def infonce(loss, batch, seed=0, masked=True, **settings):
    """A form of InfoNCE against the oracle."""
    groups, counted = some(seed, batch) if masked else (None, None)
    given = {"groups": groups, "counted": counted} if masked else {}
    given = {name: jnp.asarray(value) for name, value in given.items()}
    ours = with_gradients(partial(loss, **given, **settings), *pairs(seed, batch), SCALE)
    assert_exact(ours, numpy_info_nce(*pairs(seed, batch), SCALE, groups, counted))


def siglip(loss, batch, seed=0, masked=True, **settings):
    """A form of SigLIP's loss against the oracle."""
    counted = some(seed, batch)[1] if masked else None
    given = {"counted": jnp.asarray(counted)} if masked else {}
    ours = with_gradients(partial(loss, **given, **settings), *pairs(seed, batch), SCALE, BIAS)
    assert_exact(ours, numpy_sigmoid(*pairs(seed, batch), SCALE, BIAS, counted))


# The oracles themselves


def test_the_oracle_of_info_nce_is_the_dense_loss():
    groups, _ = some(0, 9)
    positives = jnp.asarray(groups[:, None] == groups[None, :])
    dense = with_gradients(partial(info_nce, positives=positives), *pairs(0, 9), SCALE)
    assert_exact(dense, numpy_info_nce(*pairs(0, 9), SCALE, groups))


def test_the_oracle_of_sigmoid_is_the_dense_loss():
    assert_exact(with_gradients(sigmoid, *pairs(0, 9), SCALE, BIAS), numpy_sigmoid(*pairs(0, 9), SCALE, BIAS))


def test_the_oracles_leave_out_what_does_not_count():
    images, texts = pairs(1, 8)
    groups, counted = some(1, 8)
    assert not counted.all()
    part = images[counted], texts[counted], SCALE
    assert numpy_info_nce(images, texts, SCALE, groups, counted)[0] == numpy_info_nce(*part, groups[counted])[0]
    assert numpy_sigmoid(images, texts, SCALE, BIAS, counted)[0] == numpy_sigmoid(*part, BIAS)[0]


# In tiles


@pytest.mark.parametrize("batch, tile", [(2, 1), (7, 3), (12, 4), (5, 100)])
def test_info_nce_in_tiles(batch, tile):
    infonce(tiled_info_nce, batch, masked=False, tile=tile)


@pytest.mark.parametrize("batch, tile", [(1, 4), (7, 3), (12, 4)])
def test_sigmoid_in_tiles(batch, tile):
    siglip(tiled_sigmoid, batch, masked=False, tile=tile)


@PROPERTY
@given(st.integers(0, 2**16))
def test_any_groups_and_any_pairs_that_do_not_count(seed):
    infonce(tiled_info_nce, 11, seed, tile=4)
    siglip(tiled_sigmoid, 11, seed, tile=4)


@pytest.mark.parametrize("scale", [0.0, 100.0])
def test_a_scale_of_nothing_and_the_largest_scale(scale):
    ours = with_gradients(partial(tiled_info_nce, tile=4), *pairs(2, 11), np.float32(scale))
    right = numpy_info_nce(*pairs(2, 11), scale)
    assert_exact(ours, right) if scale else assert_exact((ours[0], ours[1][2:]), (right[0], right[1][2:]))


def test_nothing_cancels_when_nearly_all_is_learned():
    """At scale 100 the logits are near 100, where float32 is 8e-6 wide, and the loss is far below that."""
    images, texts = pairs(3, 16, dim=32, alike=0.7)
    ours, right = with_gradients(tiled_info_nce, images, texts, np.float32(100)), numpy_info_nce(images, texts, 100)
    dense = with_gradients(info_nce, images, texts, np.float32(100))
    assert 0 < right[0] < 1e-3
    # The rounding of the products themselves, 1e-7 of 100, is all that is left: the dense loss has it too.
    for value, gradients in (ours, dense):
        assert_exact((value, gradients[:2]), (right[0], right[1][:2]), tolerance=5e-5)
        # That of the scale is the small rest of terms that cancel: here the processor's order of adding shows.
        assert error(gradients[2], right[1][2]) <= 2e-4


def test_one_pair_alone_costs_nothing():
    value, gradients = with_gradients(tiled_info_nce, *pairs(4, 1), SCALE)
    assert float(value) == 0
    assert all(not np.asarray(gradient).any() for gradient in gradients)


def test_duplicates_in_one_group_are_the_positives_of_the_dense_loss():
    images, texts = (np.repeat(rows, 3, axis=0) for rows in pairs(5, 4))
    groups = np.repeat(np.arange(4), 3)
    positives = jnp.asarray(groups[:, None] == groups[None, :])
    dense = with_gradients(partial(info_nce, positives=positives), images, texts, SCALE)
    tiled = with_gradients(partial(tiled_info_nce, groups=jnp.asarray(groups), tile=5), images, texts, SCALE)
    assert_exact(tiled, dense)


def test_what_does_not_count_may_be_anything():
    """Not even NaN spoils the rest."""
    images, texts = pairs(6, 9)
    counted = np.arange(9) % 3 > 0
    broken = np.where(counted[:, None], images, np.nan), np.where(counted[:, None], texts, np.inf)
    ours = with_gradients(partial(tiled_info_nce, tile=4, counted=jnp.asarray(counted)), *broken, SCALE)
    assert_exact(ours, numpy_info_nce(images, texts, SCALE, counted=counted))
    ours = with_gradients(partial(tiled_sigmoid, tile=4, counted=jnp.asarray(counted)), *broken, SCALE, BIAS)
    assert_exact(ours, numpy_sigmoid(images, texts, SCALE, BIAS, counted))


def test_when_no_pair_counts_there_is_no_loss():
    nobody = jnp.zeros(5, bool)
    for loss, scalars in ((tiled_info_nce, (SCALE,)), (tiled_sigmoid, (SCALE, BIAS))):
        value, gradients = with_gradients(partial(loss, counted=nobody), *pairs(7, 5), *scalars)
        assert float(value) == 0
        assert all(not np.asarray(gradient).any() for gradient in gradients)


def test_nan_embeddings_are_not_passed_over_in_silence():
    images, texts = map(jnp.asarray, pairs(8, 5))
    assert np.isnan(tiled_info_nce(images.at[3, 1].set(jnp.nan), texts, 10.0))


def test_half_precision_embeddings_lose_nothing_further():
    halves = [jnp.asarray(rows, jnp.bfloat16) for rows in pairs(9, 12)]
    loss, gradient = jax.value_and_grad(tiled_info_nce)(*halves, 50.0)
    right, gradients = numpy_info_nce(*(np.asarray(rows, np.float32) for rows in halves), 50.0)
    assert loss.dtype == jnp.float32 and error(loss, right) <= EXACT
    assert gradient.dtype == jnp.bfloat16 and error(gradient, gradients[0]) <= 0.01


def test_it_is_differentiated_as_part_of_something_larger():
    """The slope that comes from outside is taken into account."""
    images, texts = map(jnp.asarray, pairs(10, 7))
    squared = jax.grad(lambda images: tiled_info_nce(images, texts, 5.0, tile=3) ** 2)(images)
    value, gradients = numpy_info_nce(*pairs(10, 7), 5.0)
    assert error(squared, 2 * value * gradients[0]) <= EXACT


def test_accelerators_are_asked_for_full_precision():
    images, texts = map(jnp.asarray, pairs(11, 4))
    for loss in (partial(tiled_info_nce, logit_scale=1.0), partial(tiled_sigmoid, logit_scale=1.0, logit_bias=0.0)):
        program = str(jax.make_jaxpr(jax.grad(loss))(images, texts))
        assert program.count("dot_general") == program.count("precision=(Precision.HIGHEST, Precision.HIGHEST)") > 2


# Over devices


def mesh_of(devices, kind=AxisType.Auto):
    return jax.make_mesh((devices,), ("data",), axis_types=(kind,), devices=jax.devices()[:devices])


@pytest.mark.parametrize("devices", [1, 2, 4])
def test_the_ring(devices):
    """Shares of 12, 6 and 3 pairs; tiles of 2 divide only some of them."""
    infonce(sharded_info_nce, 12, mesh=mesh_of(devices), tile=2)
    siglip(sharded_sigmoid, 12, mesh=mesh_of(devices), tile=2)


def test_the_gather():
    infonce(gathered_info_nce, 12, masked=False, mesh=mesh_of(4))
    siglip(gathered_sigmoid, 12, masked=False, mesh=mesh_of(4))


def test_gradients_stay_where_the_embeddings_are():
    mesh = mesh_of(4)
    spread = NamedSharding(mesh, PartitionSpec("data"))
    images, texts = jax.device_put(pairs(0, 12), spread)
    gradient = jax.jit(jax.grad(partial(sharded_info_nce, mesh=mesh, tile=2)))(images, texts, 1.0)
    assert gradient.sharding.is_equivalent_to(spread, 2)


def test_a_mesh_with_a_second_axis_and_a_mesh_of_explicit_axes():
    both = jax.make_mesh((2, 2), ("data", "model"), axis_types=(AxisType.Auto,) * 2)
    infonce(sharded_info_nce, 12, mesh=both, tile=2)
    explicit = mesh_of(2, AxisType.Explicit)
    with jax.set_mesh(explicit):
        infonce(sharded_info_nce, 12, mesh=explicit, tile=2)
        siglip(sharded_sigmoid, 12, mesh=explicit, tile=2)


def test_memory_of_a_device_does_not_grow_with_their_number_in_the_ring():
    """The same share of 128 pairs on each device; gathered, a device of four would hold four shares and more."""

    def memory(loss, devices, **settings):
        mesh = mesh_of(devices)
        spread = NamedSharding(mesh, PartitionSpec("data"))
        rows = jax.ShapeDtypeStruct((128 * devices, 32), jnp.float32, sharding=spread)
        return memory_of(jax.grad(partial(loss, logit_scale=1.0, mesh=mesh, **settings), argnums=(0, 1)), rows, rows)

    of_two, of_four = (memory(sharded_info_nce, devices, tile=64) for devices in (2, 4))
    assert of_four <= 1.01 * of_two
    assert memory(gathered_info_nce, 4) > 2 * of_four


@pytest.mark.slow
def test_eight_devices():
    code = f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from test_large_batch import *
assert len(jax.devices()) == 8
infonce(sharded_info_nce, 40, mesh=mesh_of(8), tile=2)
siglip(sharded_sigmoid, 40, mesh=mesh_of(8), tile=2)
infonce(gathered_info_nce, 40, masked=False, mesh=mesh_of(8))
"""
    environment = {**os.environ, "JAX_NUM_CPU_DEVICES": "8"}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr


# What is refused


def unchecked(function):
    return getattr(function, "__wrapped__", function)  # the test run's own shape check would come first


def test_shapes_and_tiles_that_do_not_fit_are_refused():
    images, texts = map(jnp.asarray, pairs(12, 8))
    with pytest.raises(ValueError, match=r"same shape \[batch, dim\]"):
        unchecked(tiled_info_nce)(images, texts[:7], 1.0)
    with pytest.raises(ValueError, match="at least one pair"):
        unchecked(tiled_sigmoid)(images[:0], texts[:0], 1.0, 0.0)
    for loss in (tiled_info_nce, partial(tiled_sigmoid, logit_bias=0.0)):
        with pytest.raises(ValueError, match="tile must be at least 1, not 0"):
            loss(images, texts, 1.0, tile=0)
    for wrong in ({"groups": jnp.arange(7)}, {"counted": jnp.ones(7, bool)}):
        with pytest.raises(ValueError, match=r"need the shape \(8,\), these have \(7,\)"):
            unchecked(tiled_info_nce)(images, texts, 1.0, **wrong)


@pytest.mark.parametrize("loss", [sharded_info_nce, gathered_info_nce])
def test_devices_that_cannot_share_the_batch_are_refused(loss):
    images, texts = map(jnp.asarray, pairs(13, 6))
    with pytest.raises(ValueError, match="4 devices cannot share 6 pairs evenly: fill the batch up"):
        loss(images, texts, 1.0, mesh_of(4))
    with pytest.raises(ValueError, match="no axis 'model', only 'data'"):
        loss(images, texts, 1.0, mesh_of(2), axis="model")
