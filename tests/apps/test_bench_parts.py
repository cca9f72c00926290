"""The parts of a step that are timed: both libraries compute the same, and every part gets its row."""

import jax.numpy as jnp
import numpy as np
import pytest

from clipit.apps import bench_parts
from clipit.hub.folder import parameters
from clipit.models import BlockConfig, ConvNetConfig, ViTConfig

CONVNET = ConvNetConfig(32, (8, 16), features=12)
PARTS = [
    *bench_parts.of_convnet(CONVNET, 4),
    *bench_parts.of_block(ViTConfig(32, 8, 1, BlockConfig(width=16, heads=2)), 4),
]


@pytest.mark.parity
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_pytorch_computes_the_same(part):
    import torch

    from clipit.apps.torch_twin import to_torch

    inputs = np.random.default_rng(1).normal(size=part.shape).astype(np.float32)
    ours = np.asarray(part.ours(part.module, jnp.asarray(inputs)))
    theirs = part.theirs(to_torch(parameters(part.module)), torch.tensor(inputs)).detach()
    channels_last = theirs.permute(0, 2, 3, 1) if theirs.ndim == 4 else theirs
    np.testing.assert_allclose(ours, channels_last.reshape(ours.shape), rtol=1e-4, atol=1e-5)


@pytest.mark.parity
def test_a_row_says_which_library_is_the_quicker():
    row = bench_parts.row_of(PARTS[0], with_torch=True)
    assert row["part"] == "convolution 1, 8x8"
    assert row["jax_ms"] > 0 and row["pytorch_ms"] > 0 and row["jax_times_as_quick"] > 0


def test_without_pytorch_only_jax_is_measured():
    row = bench_parts.row_of(PARTS[-1], with_torch=False)
    assert row["part"] == "layer norm" and row["jax_ms"] > 0 and row["jax_times_as_quick"] == ""


def test_the_parts_are_those_of_the_recipe():
    assert [part.name for part in bench_parts.parts()] == [
        "convolution 1, 8x8",
        "convolution 2, 3x3",
        "convolution 3, 3x3",
        "group norm and GELU",
        "attention",
        "MLP",
        "layer norm",
    ]
