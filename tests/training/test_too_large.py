"""A step that does not fit into the memory: one sentence says what would, and a run goes on in chunks."""

from dataclasses import replace

import jax
import pytest

from clipit.models import BertConfig, BlockConfig, ViTConfig
from clipit.training import RECIPES, loop, too_large, train
from clipit.training.runs import RunError
from clipit.training.too_large import memory_of_a_device, said_if_too_large

BLOCK = BlockConfig(width=64, heads=4)
TINY = RECIPES["tiny"]
RECIPE = replace(
    TINY,
    batch_size=64,
    devices=2,
    model=replace(TINY.model, vision=ViTConfig(32, 4, 2, BLOCK), text=BertConfig(60, 8, 1, BLOCK)),
)
FULL = "RESOURCE_EXHAUSTED: Out of memory allocating 78849024 bytes."  # as XLA says it
REST = "INTERNAL: something else"


def said(recipe, memory, monkeypatch, checkpoint=None):
    monkeypatch.setattr(too_large, "memory_of_a_device", lambda devices: memory)
    with pytest.raises(RunError) as raised, said_if_too_large(recipe.model, recipe, recipe.phases[0], checkpoint):
        raise jax.errors.JaxRuntimeError(FULL)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_it_says_what_is_needed_what_there_is_and_what_would_fit(monkeypatch):
    found = said(RECIPE, 4_000_000, monkeypatch, checkpoint=40)
    assert found.startswith("A step of 64 pairs does not fit into the memory: each device needs about ")
    assert "and has 4.0 MB at most; the checkpoint after step 40 is kept. Go on with chunk=" in found
    pairs = int(found.split("chunk=")[1].split(",")[0])
    assert 0 < pairs < 32 and pairs % 2 == 0
    assert f"or begin anew with batch_size={pairs}" in found


def test_never_more_than_half_of_what_did_not_fit(monkeypatch):
    """Even where the sums say that all of it should have fitted, or where nobody knows how much there is."""
    assert "chunk=32," in said(RECIPE, 10**12, monkeypatch)
    assert "chunk=8," in said(replace(RECIPE, chunk=16), 10**12, monkeypatch)
    unknown = said(RECIPE, None, monkeypatch)
    assert "chunk=32," in unknown and "at most" not in unknown and "there is no checkpoint yet" in unknown


def test_where_not_even_the_parameters_fit_smaller_batches_are_not_advised(monkeypatch):
    found = said(RECIPE, 1_000, monkeypatch)
    assert "Cut the parameters over more devices (shards), or choose a smaller model" in found and "chunk" not in found


def test_other_errors_are_none_of_its_business():
    with (
        pytest.raises(jax.errors.JaxRuntimeError, match="something else"),
        said_if_too_large(RECIPE.model, RECIPE, RECIPE.phases[0], None),
    ):
        raise jax.errors.JaxRuntimeError(REST)


def test_a_devices_memory_is_known():
    assert memory_of_a_device(1) > 10**9 and memory_of_a_device(2) == memory_of_a_device(1) // 2


def test_a_run_that_did_not_fit_goes_on_in_chunks(tmp_path, monkeypatch):
    def no_room(*_, **__):
        raise jax.errors.JaxRuntimeError(FULL)

    recipe = replace(TINY, train_size=64, test_size=16, batch_size=16).with_phase(steps=2, warmup_steps=1)
    with monkeypatch.context() as patched:
        patched.setattr(loop, "train_step", no_room)
        with pytest.raises(RunError, match="A step of 16 pairs does not fit"):
            train(recipe, tmp_path / "run", quiet=True)
    run = train(replace(recipe, chunk=8, remat=True), tmp_path / "run", quiet=True)
    assert len(run.metrics) == 2 and run.recipe.chunk == 8
