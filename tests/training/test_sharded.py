"""Parameters that are cut over devices: the same training, less memory on each, and checkpoints that load anywhere."""

from dataclasses import replace
from functools import cache

import jax
import numpy as np
import pytest
from flax import nnx

from clipit.course.unfreezing import stop_before
from clipit.data.batches import batches
from clipit.hub.folder import new_model
from clipit.training import RECIPES, train
from clipit.training.checkpoints import Checkpoints
from clipit.training.loading import load_all
from clipit.training.mesh import cut, make_mesh, spread
from clipit.training.runs import RunFolder
from clipit.training.step import make_optimizer, place, train_step

TINY = replace(RECIPES["tiny"], train_size=64).with_phase(steps=3, warmup_steps=1, optimizer="adamw")


def start(devices, shards):
    """A model and its optimizer on so many devices; always the same numbers."""
    mesh = make_mesh(devices, shards)
    model = new_model(TINY.model, seed=0)
    optimizer = make_optimizer(model, TINY.phases[0])
    place(model, optimizer, mesh)
    return mesh, model, optimizer


@pytest.fixture(scope="module")
def few_batches(tmp_path_factory):
    _, pairs, _, _ = load_all(TINY, RunFolder(tmp_path_factory.mktemp("run")))
    found = []
    for _, batch in zip(range(3), batches(pairs, 32, seed=0), strict=False):
        batch.pop("rows")
        found.append(batch)
    return found


@pytest.fixture(scope="module")
def curve_of(few_batches):
    @cache
    def measured(devices, shards):
        mesh, model, optimizer = start(devices, shards)
        steps = [
            train_step(model, optimizer, jax.device_put(batch, spread(mesh)), model.preprocess) for batch in few_batches
        ]
        return [float(step["loss"]) for step in steps], nnx.state((model, optimizer))

    return measured


@pytest.mark.parametrize(("devices", "shards"), [(2, 2), (4, 2), (4, 4)])
def test_the_losses_do_not_depend_on_the_layout(devices, shards, curve_of):
    losses, state = curve_of(devices, shards)
    np.testing.assert_allclose(losses, curve_of(1, 1)[0], rtol=1e-5)
    mesh = make_mesh(devices, shards)
    for leaf in jax.tree.leaves(state):  # after the steps everything still lies where it was put
        assert leaf.sharding.is_equivalent_to(cut(mesh, leaf), leaf.ndim)


def bytes_of_one_device(state):
    return sum(leaf.addressable_shards[0].data.nbytes for leaf in jax.tree.leaves(state))


def test_each_device_holds_its_part():
    whole, halves, quarters = (bytes_of_one_device(nnx.state(start(4, shards)[1:])) for shards in (1, 2, 4))
    assert halves < 0.52 * whole and quarters < 0.27 * whole


def test_the_longest_axis_that_can_be_is_cut():
    mesh = make_mesh(4, 4)
    assert cut(mesh, np.zeros((8, 3, 16))).spec == jax.P(None, None, "model")
    assert cut(mesh, np.zeros((8, 3, 18))).spec == jax.P("model")
    for shape in ((), (3,), (6, 7)):
        assert cut(mesh, np.zeros(shape)).spec == jax.P()
    assert cut(make_mesh(4), np.zeros((8, 16))).spec == jax.P()


def test_a_checkpoint_of_one_layout_loads_on_another(tmp_path):
    _, *written = start(4, 4)
    _, *read = start(2, 1)
    nnx.update(tuple(read), jax.tree.map(lambda array: array * 0, nnx.state(tuple(read))))
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(1, nnx.state(tuple(written)))
        checkpoints.manager.wait_until_finished()
        restored = checkpoints.restore(1, nnx.state(tuple(read)))
    for leaf, original in zip(jax.tree.leaves(restored), jax.tree.leaves(nnx.state(tuple(written))), strict=True):
        np.testing.assert_array_equal(np.asarray(leaf), np.asarray(original))
        assert leaf.sharding.num_devices == 2


def test_a_run_goes_on_on_other_devices(tmp_path):
    recipe = replace(RECIPES["tiny"], checkpoint_every=2).with_phase(steps=4, warmup_steps=1, optimizer="adamw")
    stop_before(4, replace(recipe, devices=4, shards=2), tmp_path / "moved")
    moved = train(recipe, tmp_path / "moved", quiet=True)
    stayed = train(recipe, tmp_path / "stayed", quiet=True)
    losses = [[line["loss"] for line in run.metrics] for run in (moved, stayed)]
    assert len(losses[0]) == 4
    np.testing.assert_allclose(*losses, rtol=1e-4)
