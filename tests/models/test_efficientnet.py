"""EfficientNet-Lite against a forward pass in PyTorch that keeps the batch norms, and its pieces against JAX's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from clipit.hub.efficientnet import NORM_EPSILON, convert
from clipit.hub.folder import set_parameters
from clipit.models.config import EfficientNetConfig, encoder_from_dict, encoder_to_dict
from clipit.models.efficientnet import Depthwise, EfficientNet, convolve_channels
from clipit.models.outline import outline

TINY = EfficientNetConfig(33, 4, ((1, 3, 1, 1, 4), (2, 5, 2, 2, 6)), 10)


def theirs(config, seed=0):
    """Random tensors under the names of the package, statistics included."""
    rng, tensors = np.random.default_rng(seed), {}

    def add(convolution, norm, after, before, kernel):
        scale = (before * kernel * kernel) ** -0.5
        tensors[f"{convolution}.weight"] = (2 * scale * rng.normal(size=(after, before, kernel, kernel))).astype("f4")
        for name, low, high in (("weight", 0.5, 2), ("bias", 0, 2), ("running_mean", -1, 1), ("running_var", 0.2, 3)):
            tensors[f"{norm}.{name}"] = rng.uniform(low, high, after).astype("f4")

    add("_conv_stem", "_bn0", config.first_width, 3, 3)
    index, width = 0, config.first_width
    for repeats, kernel, _, expansion, after in config.stages:
        for _ in range(repeats):
            name, inner = f"_blocks.{index}", width * expansion
            if expansion > 1:
                add(f"{name}._expand_conv", f"{name}._bn0", inner, width, 1)
            add(f"{name}._depthwise_conv", f"{name}._bn1", inner, 1, kernel)
            add(f"{name}._project_conv", f"{name}._bn2", after, inner, 1)
            index, width = index + 1, after
    add("_conv_head", "_bn1", config.features, width, 1)
    return tensors


def torch_forward(tensors, config, pixels):
    """The architecture as published: convolutions without bias, batch norms with fixed statistics, ReLU6."""
    import torch
    from torch.nn import functional

    t = {name: torch.tensor(value) for name, value in tensors.items()}

    def same(x, kernel, stride, convolution, norm, groups=1):
        total = [max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in x.shape[2:]]
        (top, left), (bottom, right) = [n // 2 for n in total], [n - n // 2 for n in total]
        x = functional.pad(x, (left, right, top, bottom))
        x = functional.conv2d(x, t[f"{convolution}.weight"], None, stride, groups=groups)
        statistics = (t[f"{norm}.running_mean"], t[f"{norm}.running_var"])
        return functional.batch_norm(x, *statistics, t[f"{norm}.weight"], t[f"{norm}.bias"], eps=NORM_EPSILON)

    x = functional.relu6(same(pixels.permute(0, 3, 1, 2), 3, 2, "_conv_stem", "_bn0"))
    index, maps = 0, []
    for repeats, kernel, stride, expansion, after in config.stages:
        for repeat in range(repeats):
            name, y, step = f"_blocks.{index}", x, stride if repeat == 0 else 1
            if expansion > 1:
                y = functional.relu6(same(y, 1, 1, f"{name}._expand_conv", f"{name}._bn0"))
            y = functional.relu6(same(y, kernel, step, f"{name}._depthwise_conv", f"{name}._bn1", y.shape[1]))
            y = same(y, 1, 1, f"{name}._project_conv", f"{name}._bn2")
            x = x + y if step == 1 and x.shape[1] == after else y
            index += 1
            maps.append(x)
    return functional.relu6(same(x, 1, 1, "_conv_head", "_bn1")).mean((2, 3)), maps


def ours(tensors, config):
    encoder = EfficientNet(config, nnx.Rngs(0))
    set_parameters(encoder, convert(tensors, config), "the test")
    return encoder


@pytest.mark.parity
def test_equals_pytorch_with_batch_norms():
    import torch

    tensors = theirs(TINY)
    encoder = ours(tensors, TINY)
    pixels = np.random.default_rng(1).normal(size=(2, 33, 26, 3)).astype("f4")

    @nnx.jit
    def both(encoder, pixels):
        def value(pixels):
            maps = {}
            features = encoder(pixels, maps)
            return (features**2).sum(), (features, maps)

        return jax.grad(value, has_aux=True)(pixels)

    gradient, (features, seen) = both(encoder, jnp.asarray(pixels))
    wanted_pixels = torch.tensor(pixels, requires_grad=True)
    wanted, wanted_maps = torch_forward(tensors, TINY, wanted_pixels)
    wanted.square().sum().backward()
    np.testing.assert_allclose(features, wanted.detach(), atol=1e-5)
    np.testing.assert_allclose(gradient, wanted_pixels.grad, rtol=1e-3, atol=1e-4)
    assert len(seen) == len(wanted_maps) == 3
    for index, maps in enumerate(wanted_maps):
        np.testing.assert_allclose(seen[f"map_{index}"], maps.detach().permute(0, 2, 3, 1), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kernel, stride, shape", [(3, 1, (5, 4)), (5, 2, (7, 8))])
def test_depthwise_equals_a_convolution_in_groups(kernel, stride, shape):
    layer = Depthwise(6, kernel, stride, nnx.Rngs(0))
    layer.bias.set_value(jnp.arange(6.0))
    maps = jax.random.normal(jax.random.key(1), (2, *shape, 6))
    axes = ("NHWC", "HWIO", "NHWC")
    grouped = jax.lax.conv_general_dilated(
        maps, layer.kernel[...][:, :, None], (stride, stride), "SAME", dimension_numbers=axes, feature_group_count=6
    )
    np.testing.assert_allclose(layer(maps), grouped + jnp.arange(6.0), atol=1e-5)


def test_defaults_are_lite0_of_the_paper():
    encoder = outline(EfficientNet, EfficientNetConfig())
    parameters = sum(np.prod(value.shape) for value in jax.tree.leaves(nnx.state(encoder, nnx.Param)))
    assert len(encoder.blocks) == 16
    # 4.65 million with the classifier (1,281,000) and two numbers for each channel's norm where we keep one
    assert parameters + 1_281_000 == pytest.approx(4.65e6, rel=0.01)


def test_its_config_survives_json():
    assert encoder_from_dict(encoder_to_dict(TINY)) == TINY


@pytest.mark.parametrize(("side", "kernel", "stride"), [(7, 3, 1), (8, 3, 2), (9, 5, 2), (2, 5, 1), (3, 5, 2)])
def test_gradients_are_those_of_jaxs_own_convolution(side, kernel, stride):
    rng = np.random.default_rng(side)
    maps, kernels = rng.normal(size=(2, side, side + 1, 4)), rng.normal(size=(kernel, kernel, 4))
    shape = (2, -(-side // stride), -(-(side + 1) // stride), 4)
    maps, kernels, weight = (jnp.asarray(array, "float32") for array in (maps, kernels, rng.normal(size=shape)))

    def jaxs_own(maps, kernels, stride):
        order = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(
            maps, kernels[:, :, None], (stride, stride), "SAME", dimension_numbers=order, feature_group_count=4
        )

    ours, theirs = (
        jax.grad(lambda m, k, convolve=convolve: (convolve(m, k, stride) * weight).sum(), (0, 1))(maps, kernels)
        for convolve in (convolve_channels, jaxs_own)
    )
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our, their, rtol=1e-4, atol=1e-5)
