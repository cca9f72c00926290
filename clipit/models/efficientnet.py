"""EfficientNet-Lite (Tan and Le 2019, arXiv 1905.11946; the Lite variants are of 2020): a ConvNet for small machines.

Its blocks widen the channels, look at each channel's neighbourhood alone ("depthwise"), and narrow again. The Lite
variants leave out what phones compute slowly: activations are clipped between 0 and 6, and no channel is reweighted.

The batch norms of training are not here. With their statistics fixed, a norm multiplies and adds, and so does the
convolution before it: both are one convolution with a bias (``clipit.hub.efficientnet`` folds them).

>>> tiny = EfficientNetConfig(image_size=16, first_width=4, stages=((1, 3, 2, 2, 8),), features=12)
>>> EfficientNet(tiny, rngs=nnx.Rngs(0))(jnp.ones((2, 16, 16, 3))).shape
(2, 12)
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax
from jaxtyping import Array, Float

from clipit.models.config import EfficientNetConfig


def padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after a side, as TensorFlow and JAX add them: the odd one, if any, comes after."""
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


def pad_same(maps: Float[Array, "batch height width channels"], kernel: int, stride: int) -> Array:
    """Zeros around the maps, so that every ``stride``-th place has a whole neighbourhood."""
    return jnp.pad(maps, ((0, 0), *(padding(side, kernel, stride) for side in maps.shape[1:3]), (0, 0)))


def sum_shifted(
    padded: Float[Array, "batch height width channels"],
    kernel: Float[Array, "size size channels"],
    stride: int,
    shape: tuple[int, ...],
) -> Float[Array, "batch rows columns channels"]:
    """Each channel under its own kernel at every ``stride``-th place, for maps of the given rows and columns."""
    total: Any = 0.0
    for row in range(len(kernel)):
        for column in range(len(kernel)):
            down, right = (slice(at, at + n * stride, stride) for at, n in zip((row, column), shape, strict=True))
            total = total + padded[:, down, right] * kernel[row, column]
    return total


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def convolve_channels(
    maps: Float[Array, "batch height width channels"], kernel: Float[Array, "size size channels"], stride: int
) -> Float[Array, "batch rows columns channels"]:
    """A convolution of each channel with a kernel of its own ("depthwise").

    Written as a sum of shifted maps, which the compiler joins into one loop: on a CPU this is several times as quick
    as the same thing asked for as a convolution with as many groups as channels. The gradient that JAX derives from it
    is far slower than the sum itself, so it is written out below.
    """
    shape = tuple(-(-side // stride) for side in maps.shape[1:3])
    return sum_shifted(pad_same(maps, len(kernel), stride), kernel, stride, shape)


def convolve_forward(maps: Array, kernel: Array, stride: int) -> tuple[Array, tuple[Array, Array]]:
    """The convolution, and what its gradient needs."""
    return convolve_channels(maps, kernel, stride), (maps, kernel)


def convolve_backward(stride: int, kept: tuple[Array, Array], out: Array) -> tuple[Array, Array]:
    """From the gradient of the result to those of maps and kernel."""
    maps, kernel = kept
    return maps_gradient(out, kernel, stride, maps.shape[1:3]), kernel_gradient(maps, out, len(kernel), stride)


def maps_gradient(
    out: Float[Array, "batch rows columns channels"], kernel: Array, stride: int, shape: tuple[int, ...]
) -> Float[Array, "batch height width channels"]:
    """The same sum of shifted maps, with the kernel turned around and zeros between the strides."""
    size, around = len(kernel), []
    for side, places in zip(shape, out.shape[1:3], strict=True):
        before = size - 1 - padding(side, size, stride)[0]
        around.append((before, side + size - 1 - before - (places - 1) * stride - 1, stride - 1))
    spread = lax.pad(out, jnp.zeros((), out.dtype), ((0, 0, 0), *around, (0, 0, 0)))
    return sum_shifted(spread, kernel[::-1, ::-1], 1, shape)


def kernel_gradient(
    maps: Array, out: Float[Array, "batch rows columns channels"], size: int, stride: int
) -> Float[Array, "size size channels"]:
    """For each place of the kernel the product of result and shifted map, summed row by row of the maps."""
    padded, columns = pad_same(maps, size, stride), out.shape[2]
    places = [(row, column) for row in range(size) for column in range(size)]

    def add_row(row: Array, sums: tuple[Array, ...]) -> tuple[Array, ...]:
        above = lax.dynamic_slice_in_dim(padded, row * stride, size, axis=1)  # [batch, size, width, channels]
        here = lax.dynamic_index_in_dim(out, row, axis=1, keepdims=False)  # [batch, columns, channels]
        return tuple(
            total + above[:, down, right : right + columns * stride : stride] * here
            for total, (down, right) in zip(sums, places, strict=True)
        )

    start = tuple(jnp.zeros_like(out[:, 0]) for _ in places)
    sums = lax.fori_loop(0, out.shape[1], add_row, start)
    return jnp.stack([total.sum((0, 1)) for total in sums]).reshape(size, size, -1)


convolve_channels.defvjp(convolve_forward, convolve_backward)


class Depthwise(nnx.Module):
    """A convolution of each channel with a kernel of its own, and a bias."""

    def __init__(self, channels: int, kernel: int, stride: int, rngs: nnx.Rngs):
        self.stride = stride
        self.kernel = nnx.Param(nnx.initializers.he_normal()(rngs.params(), (kernel, kernel, channels)))
        self.bias = nnx.Param(jnp.zeros(channels))

    def __call__(
        self, maps: Float[Array, "batch height width channels"]
    ) -> Float[Array, "batch rows columns channels"]:
        """Every ``stride``-th place of the convolved maps."""
        return convolve_channels(maps, self.kernel[...], self.stride) + self.bias[...]


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
