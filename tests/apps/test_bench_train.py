"""What the benchmark of a training step measures: on an accelerator the largest batch, and the same in PyTorch."""

from dataclasses import replace

import jax
import pytest

from clipit.apps import bench_train
from clipit.apps.bench_train import as_large_as_fits, jax_step, random_batch, real_recipe, torch_step
from clipit.models import BertConfig, BlockConfig, ConvNetConfig, DualConfig
from clipit.training import RECIPES

MODEL = DualConfig(ConvNetConfig(32, (8, 16), features=12), BertConfig(1000, 32, 1, BlockConfig(16, 2)), 12)
RECIPE = replace(RECIPES["tiny"], batch_size=8, train_size=8, devices=1, model=MODEL)


def with_room_for(pairs, monkeypatch):
    """A device that holds steps of so many pairs."""

    def step(recipe, batch):
        assert len(batch["pixels"]) == recipe.batch_size

        def run():
            if recipe.batch_size > pairs:
                raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 1 bytes.")

        return run, 1.0

    monkeypatch.setattr(bench_train, "jax_step", step)


def test_the_largest_batch_that_fits_is_found(monkeypatch):
    with_room_for(100, monkeypatch)
    assert as_large_as_fits(RECIPE).batch_size == 64
    with_room_for(1, monkeypatch)
    with pytest.raises(ValueError, match="Not even two pairs of tiny fit"):
        as_large_as_fits(RECIPE)


def test_another_error_is_no_sign_of_a_batch_too_large(monkeypatch):
    def step(*_):
        raise jax.errors.JaxRuntimeError("INTERNAL: something else")

    monkeypatch.setattr(bench_train, "jax_step", step)
    with pytest.raises(jax.errors.JaxRuntimeError, match="something else"):
        as_large_as_fits(RECIPE)


def test_on_a_cpu_the_real_model_has_a_few_pairs_in_full_precision():
    real = real_recipe()
    assert (real.batch_size, real.dtype, real.devices) == (8, "float32", 1)


@pytest.mark.parity
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_both_libraries_begin_at_the_same_loss(dtype):
    recipe = replace(RECIPE, dtype=dtype)
    batch = random_batch(recipe)
    ours, operations = jax_step(recipe, batch)
    assert float(ours()["loss"]) == pytest.approx(torch_step(recipe, batch, compiled=False)(), rel=0.02)
    assert operations > 1e6
