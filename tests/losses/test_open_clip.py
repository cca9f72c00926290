"""Our losses against open_clip's, values and gradients.

Its file of losses is loaded by its path, because the package as a whole needs a torchvision that does not work beside
every build of PyTorch. Installing it takes no dependencies: `pip install --no-deps open_clip_torch`.
"""

import importlib.metadata
import importlib.util

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from clipit.losses import info_nce, sigmoid


@pytest.fixture(scope="module")
def open_clip():
    """The module open_clip.loss, without the rest of open_clip."""
    try:
        path = importlib.metadata.distribution("open_clip_torch").locate_file("open_clip/loss.py")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("open_clip is not installed (pip install --no-deps open_clip_torch)")
    spec = importlib.util.spec_from_file_location("open_clip_losses", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pairs(seed, batch=16, dim=6):
    rows = np.random.default_rng(seed).normal(size=(2, batch, dim)).astype(np.float32)
    return tuple(jnp.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True)))


def assert_equal(ours, theirs, *inputs):
    """The same value, and the same gradient with respect to every input."""
    import torch

    value, gradients = jax.value_and_grad(ours, argnums=tuple(range(len(inputs))))(*inputs)
    leaves = [torch.tensor(np.array(x), requires_grad=True) for x in inputs]
    loss = theirs(*leaves)
    loss.backward()
    assert float(value) == pytest.approx(loss.item(), rel=1e-5)
    for gradient, leaf in zip(gradients, leaves, strict=True):
        np.testing.assert_allclose(gradient, leaf.grad.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize("scale", [1.0, 14.3, 100.0])
def test_info_nce_equals_its_clip_loss(open_clip, scale):
    assert_equal(info_nce, open_clip.ClipLoss(), *pairs(0), jnp.float32(scale))


@pytest.mark.parity
@pytest.mark.parametrize("scale, bias", [(10.0, -10.0), (10.0, 0.0), (117.0, -12.9)])
def test_sigmoid_equals_its_siglip_loss(open_clip, scale, bias):
    assert_equal(sigmoid, open_clip.SigLipLoss(), *pairs(1), jnp.float32(scale), jnp.float32(bias))
