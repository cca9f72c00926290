"""EfficientNet-Lite (Tan and Le 2019, arXiv 1905.11946; the Lite variants are of 2020): a ConvNet for small machines.

Its blocks widen the channels, look at each channel's neighbourhood alone ("depthwise"), and narrow again. The Lite
variants leave out what phones compute slowly: activations are clipped between 0 and 6, and no channel is reweighted.

The batch norms of training are not here. With their statistics fixed, a norm multiplies and adds, and so does the
convolution before it: both are one convolution with a bias (``clipit.hub.efficientnet`` folds them).

>>> tiny = EfficientNetConfig(image_size=16, first_width=4, stages=((1, 3, 2, 2, 8),), features=12)
>>> EfficientNet(tiny, rngs=nnx.Rngs(0))(jnp.ones((2, 16, 16, 3))).shape
(2, 12)
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from clipit.models.config import EfficientNetConfig


def pad_same(maps: Float[Array, "batch height width channels"], kernel: int, stride: int) -> Array:
    """Zeros around the maps, as TensorFlow and JAX add them: the odd one, if any, comes after."""
    sides = [max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in maps.shape[1:3]]
    return jnp.pad(maps, ((0, 0), *((total // 2, total - total // 2) for total in sides), (0, 0)))


class Depthwise(nnx.Module):
    """A convolution of each channel with a kernel of its own.

    Written as a sum of shifted maps, which the compiler joins into one loop: on a CPU this is several times as quick
    as the same thing asked for as a convolution with as many groups as channels.
    """

    def __init__(self, channels: int, kernel: int, stride: int, rngs: nnx.Rngs):
        self.stride = stride
        self.kernel = nnx.Param(nnx.initializers.he_normal()(rngs.params(), (kernel, kernel, channels)))
        self.bias = nnx.Param(jnp.zeros(channels))

    def __call__(
        self, maps: Float[Array, "batch height width channels"]
    ) -> Float[Array, "batch rows columns channels"]:
        """Every ``stride``-th place of the convolved maps."""
        size, stride = len(self.kernel[...]), self.stride
        rows, columns = (-(-side // stride) for side in maps.shape[1:3])
        padded = pad_same(maps, size, stride)
        total = self.bias[...]
        for row in range(size):
            for column in range(size):
                down, right = slice(row, row + rows * stride, stride), slice(column, column + columns * stride, stride)
                total = total + padded[:, down, right] * self.kernel[...][row, column]
        return total


class InvertedBlock(nnx.Module):
    """Widens, looks around, narrows; added to what came in where both have the same shape."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, expansion: int, rngs: nnx.Rngs):
        inner = before * expansion
        self.adds = stride == 1 and before == after
        self.widen = nnx.Linear(before, inner, rngs=rngs) if expansion > 1 else None
        self.look = Depthwise(inner, kernel, stride, rngs)
        self.narrow = nnx.Linear(inner, after, rngs=rngs)

    def __call__(self, maps: Float[Array, "batch height width before"]) -> Float[Array, "batch rows columns after"]:
        """A convolution of one place is a linear layer on the channels."""
        inner = maps if self.widen is None else jax.nn.relu6(self.widen(maps))
        narrow = self.narrow(jax.nn.relu6(self.look(inner)))
        return maps + narrow if self.adds else narrow


class EfficientNet(nnx.Module):
    """A first convolution, stages of blocks, one more linear layer; the mean over all places is the result."""

    def __init__(self, config: EfficientNetConfig, rngs: nnx.Rngs):
        self.config = config
        self.preprocess: Any = None  # from pictures to pixels; whoever loads weights knows it
        self.first = nnx.Conv(3, config.first_width, (3, 3), strides=2, rngs=rngs)
        blocks, width = [], config.first_width
        for repeats, kernel, stride, expansion, after in config.stages:
            for index in range(repeats):
                step = stride if index == 0 else 1
                blocks.append(InvertedBlock(width, after, kernel, step, expansion, rngs))
                width = after
        self.blocks = nnx.List(blocks)
        self.last = nnx.Linear(width, config.features, rngs=rngs)

    def __call__(
        self, pixels: Float[Array, "batch height width 3"], intermediates: dict[str, Array] | None = None
    ) -> Float[Array, "batch features"]:
        """Encodes normalised pixels of any size; ``intermediates`` receives the map after each block."""
        maps = jax.nn.relu6(self.first(pixels))  # [batch, height / 2, width / 2, channels]
        for index, block in enumerate(self.blocks):
            maps = block(maps)
            if intermediates is not None:
                intermediates[f"map_{index}"] = maps
        return jax.nn.relu6(self.last(maps)).mean(axis=(1, 2))  # [batch, features]
