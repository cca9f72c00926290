"""GradCache: chunk by chunk, the gradient of the whole batch; plain accumulation has another one."""

import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from clipit.losses import cached_gradients, info_nce
from clipit.losses.large_batch import accumulated_gradients, in_chunks, memory_of

BATCH = 11


class Towers(nnx.Module):
    """Two encoders of two layers and a logit scale; nothing of clipit.models is needed to know what a gradient is."""

    def __init__(self, rngs, width=16):
        self.vision = nnx.Sequential(nnx.Linear(5, width, rngs=rngs), jnp.tanh, nnx.Linear(width, 3, rngs=rngs))
        self.text = nnx.Sequential(nnx.Linear(4, width, rngs=rngs), jnp.tanh, nnx.Linear(width, 3, rngs=rngs))
        self.logarithm = nnx.Param(jnp.float32(2))


def encode(model, part):
    pairs = model.vision(part["pixels"]), model.text(part["words"])
    return tuple(rows / jnp.linalg.norm(rows, axis=-1, keepdims=True) for rows in pairs)


def loss(model, vectors):
    return info_nce(*vectors, jnp.exp(model.logarithm[...]))


@pytest.fixture(scope="module")
def model():
    return Towers(nnx.Rngs(0))


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    return {name: jnp.asarray(rng.normal(size=(BATCH, n)), jnp.float32) for name, n in (("pixels", 5), ("words", 4))}


@pytest.fixture(scope="module")
def whole(model, batch):
    """Value and gradient of the batch at once."""
    return nnx.jit(nnx.value_and_grad(lambda model, batch: loss(model, encode(model, batch))))(model, batch)


def difference(ours, right):
    """Of all gradients together: norm of the difference over norm."""
    ours, right = (np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(each)]) for each in (ours, right))
    return np.linalg.norm(ours - right) / np.linalg.norm(right)


def cached(model, batch, chunk, **settings):
    run = partial(cached_gradients, encode=encode, loss=loss, chunk=chunk, **settings)
    return nnx.jit(lambda model, batch: run(model, batch))(model, batch)


@pytest.mark.parametrize("chunk", [1, 4, 100])
def test_the_gradient_is_that_of_the_whole_batch(model, batch, whole, chunk):
    """Four do not divide eleven, and a hundred are more than there are."""
    value, gradients = cached(model, batch, chunk)
    assert float(value) == pytest.approx(float(whole[0]), rel=1e-6)
    for ours, right in zip(jax.tree.leaves(gradients), jax.tree.leaves(whole[1]), strict=True):
        assert difference(ours, right) <= 1e-5


def test_only_what_trains_has_a_gradient(model, batch, whole):
    head = nnx.All(nnx.Param, nnx.PathContains("text"))
    _, gradients = cached(model, batch, 4, wrt=head)
    assert set(gradients) == {"text"}
    assert difference(gradients, {"text": whole[1]["text"]}) <= 1e-5


def test_accumulating_gradients_of_small_batches_is_not_the_same(model, batch):
    """Each small batch has fewer negatives: another loss, another direction, not only another length."""
    eight = jax.tree.map(lambda rows: rows[:8], batch)
    value, right = cached(model, eight, 4)
    small = nnx.jit(lambda model, batch: accumulated_gradients(model, batch, encode, loss, size=4))
    accumulated_value, accumulated = small(model, eight)
    assert float(accumulated_value) < float(value)
    assert difference(accumulated, right) > 0.1
    flat = [np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(each)]) for each in (accumulated, right)]
    assert flat[0] @ flat[1] / np.linalg.norm(flat[0]) / np.linalg.norm(flat[1]) < 0.98


def test_accumulating_is_the_same_where_examples_do_not_meet(model, batch):
    """A mean over examples is a mean of means."""
    eight = jax.tree.map(lambda rows: rows[:8], batch)

    def each_alone(model, vectors):
        return jnp.square(vectors[0] - vectors[1]).mean()

    _, right = nnx.jit(nnx.value_and_grad(lambda model: each_alone(model, encode(model, eight))))(model)
    _, ours = nnx.jit(lambda model: accumulated_gradients(model, eight, encode, each_alone, size=4))(model)
    wanted = [{name: gradients[name] for name in ("vision", "text")} for gradients in (ours, right)]
    assert difference(*wanted) <= 1e-5


def test_small_batches_of_another_size_are_refused(model, batch):
    with pytest.raises(ValueError, match="a batch of 11 cannot be cut into small batches of 4"):
        accumulated_gradients(model, batch, encode, loss, size=4)


def test_memory_is_that_of_a_chunk():
    """A wide layer on a long batch: what it keeps for the backward pass is nearly all of the memory."""
    graph, state = nnx.split(Towers(nnx.Rngs(0), width=64))
    shapes = {name: jax.ShapeDtypeStruct((4096, n), jnp.float32) for name, n in (("pixels", 5), ("words", 4))}

    def gradients(chunk, state, batch):
        spread_out = lambda model, vectors: sum(jnp.square(rows - rows.mean(axis=0)).sum() for rows in vectors)  # noqa: E731
        return cached_gradients(nnx.merge(graph, state), batch, encode, spread_out, chunk)

    at_once, in_parts = (memory_of(partial(gradients, chunk), state, shapes) for chunk in (4096, 256))
    assert in_parts < at_once / 3


def test_every_row_comes_back_in_its_place(batch):
    doubled = in_chunks(lambda rows: {"twice": 2 * rows["pixels"]}, batch, 3)["twice"]
    np.testing.assert_array_equal(doubled, 2 * batch["pixels"])


def test_a_batch_spread_over_devices_is_encoded_where_it_is():
    """Every device works at every chunk, and none asks another for rows."""
    mesh = jax.make_mesh((4,), ("data",), axis_types=(AxisType.Auto,))
    spread = NamedSharding(mesh, PartitionSpec("data"))
    rows = jax.ShapeDtypeStruct((32, 5), jnp.float32, sharding=spread)
    program = jax.jit(lambda rows: in_chunks(jnp.sin, rows, 8)).lower(rows).compile()
    assert program.output_shardings.is_equivalent_to(spread, 2)
    assert not re.findall("all-gather|all-to-all|collective-permute", program.as_text())


def test_no_chunk_and_no_batch_are_refused(batch):
    with pytest.raises(ValueError, match="chunk must be at least 1, not 0"):
        in_chunks(lambda rows: rows, batch, 0)
    with pytest.raises(ValueError, match="this one is empty"):
        in_chunks(lambda rows: rows, jnp.zeros((0, 3)), 4)
