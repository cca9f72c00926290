"""From pixels to one vector: a ConvNet and a vision transformer (Dosovitskiy et al. 2020, arXiv 2010.11929).

>>> encoder = ConvNet(ConvNetConfig(image_size=32, widths=(8, 16), features=24), rngs=nnx.Rngs(0))
>>> encoder(jnp.zeros((2, 32, 32, 3))).shape
(2, 24)
"""

from itertools import pairwise, product

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from clipit.models.config import ConvNetConfig, ViTConfig
from clipit.models.layers import Block, through_blocks


def cut_into_cells(
    pixels: Float[Array, "batch height width channels"], size: int
) -> Float[Array, "batch rows columns cell"]:
    """Cuts pictures into squares of ``size`` pixels side by side, each flattened: [..., size * size * channels]."""
    batch, height, width, channels = pixels.shape
    cut = pixels.reshape(batch, height // size, size, width // size, size, channels).transpose(0, 1, 3, 2, 4, 5)
    return cut.reshape(batch, height // size, width // size, -1)


class SpaceToDepthConv(nnx.Conv):
    """The same as ``nnx.Conv``, as one product of matrices, for a kernel that is a whole number of strides wide.

    Pictures are cut into cells as wide as the stride; what the kernel sees at a place is then some whole cells. A
    library's convolutions are made for many channels, and a picture has three: on a CPU this takes half their time
    (``clipit bench parts``).
    """

    def __init__(self, channels: int, features: int, kernel: int, stride: int, rngs: nnx.Rngs):
        super().__init__(channels, features, (kernel, kernel), strides=stride, rngs=rngs)
        self.across, self.stride = kernel // stride, stride

    def __call__(  # type: ignore[override]  # nothing is said here about how the maps are spread over devices
        self, inputs: Float[Array, "batch height width channels"]
    ) -> Float[Array, "batch rows columns features"]:
        """As ``nnx.Conv`` with the padding "SAME"; the stride must divide the sides."""
        rows, columns = (side // self.stride for side in inputs.shape[1:3])
        spare = (self.across - 1) * self.stride
        margin = (spare // 2, spare - spare // 2)
        cells = cut_into_cells(jnp.pad(inputs, ((0, 0), margin, margin, (0, 0))), self.stride)
        offsets = product(range(self.across), repeat=2)
        seen = jnp.concatenate([cells[:, down : down + rows, right : right + columns] for down, right in offsets], -1)
        kernel = self.kernel[...].transpose(3, 0, 1, 2)  # [features, kernel, kernel, channels]
        weights = cut_into_cells(kernel, self.stride)  # [features, across, across, cell]
        flat = seen.reshape(-1, seen.shape[-1]) @ weights.reshape(self.out_features, -1).T  # [batch * places, features]
        assert self.bias is not None
        return flat.reshape(*seen.shape[:3], -1) + self.bias[...]


class ConvNet(nnx.Module):
    """A convolution with a wide view and a long stride, then some that halve the side.

    The first one looks at squares of 8 pixels, 4 apart: 3x3 convolutions at full size would take most of the time.
    The last map is read in two ways. Its maximum over all places says what there is, wherever it is. A narrow copy of
    it, flattened, says where: an average or a maximum alone could not tell left from right.
    """

    def __init__(self, config: ConvNetConfig, rngs: nnx.Rngs):
        self.config = config
        kernel, stride, widths = config.first_kernel, config.first_stride, config.widths
        if kernel % stride:
            first = nnx.Conv(3, widths[0], (kernel, kernel), strides=stride, rngs=rngs)
        else:
            first = SpaceToDepthConv(3, widths[0], kernel, stride, rngs)
        halving = [nnx.Conv(before, after, (3, 3), strides=2, rngs=rngs) for before, after in pairwise(widths)]
        self.convolutions = nnx.List([first, *halving])
        self.norms = nnx.List([nnx.GroupNorm(width, num_groups=config.groups, rngs=rngs) for width in config.widths])
        self.places = nnx.Linear(widths[-1], config.place_channels, rngs=rngs)
        side = config.image_size // config.shrinking
        read = side * side * config.place_channels + widths[-1]
        self.head_norm = nnx.LayerNorm(read, rngs=rngs)
        self.head = nnx.Linear(read, config.features, rngs=rngs)

    def __call__(
        self, pixels: Float[Array, "batch height width 3"], intermediates: dict[str, Array] | None = None
    ) -> Float[Array, "batch features"]:
        """Encodes normalised pixels; ``intermediates`` receives the map after each convolution."""
        maps = pixels
        for index, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            maps = jax.nn.gelu(norm(convolution(maps)))  # [batch, side, side, channels]
            if intermediates is not None:
                intermediates[f"map_{index}"] = maps
        what = maps.max(axis=(1, 2))  # [batch, channels]
        where = self.places(maps).reshape(maps.shape[0], -1)  # [batch, places * place_channels]
        return self.head(self.head_norm(jnp.concatenate([where, what], axis=1)))  # [batch, features]


class ViT(nnx.Module):
    """Patches as tokens, one more token that collects, transformer blocks; the collecting token is the result."""

    def __init__(self, config: ViTConfig, rngs: nnx.Rngs):
        self.config = config
        width, tokens = config.block.width, (config.image_size // config.patch_size) ** 2 + 1
        self.patch_embedding = nnx.Linear(3 * config.patch_size**2, width, use_bias=config.patch_bias, rngs=rngs)
        self.class_embedding = nnx.Param(0.02 * jax.random.normal(rngs.params(), (width,)))
        self.position_embedding = nnx.Param(0.02 * jax.random.normal(rngs.params(), (tokens, width)))
        self.blocks = nnx.List([Block(config.block, rngs) for _ in range(config.layers)])
        if config.norm_first:
            self.first_norm = nnx.LayerNorm(width, epsilon=config.norm_epsilon, rngs=rngs)
        self.norm = nnx.LayerNorm(width, epsilon=config.norm_epsilon, rngs=rngs)

    def patches(self, pixels: Float[Array, "batch height width 3"]) -> Float[Array, "rows patch"]:
        """Cuts pictures into patches, each flattened: [batch * patches, 3 * patch_size ** 2]."""
        return cut_into_cells(pixels, self.config.patch_size).reshape(-1, 3 * self.config.patch_size**2)

    def __call__(
        self, pixels: Float[Array, "batch height width 3"], intermediates: dict[str, Array] | None = None
    ) -> Float[Array, "batch features"]:
        """Encodes normalised pixels; ``intermediates`` receives what ``through_blocks`` gives."""
        batch, width = pixels.shape[0], self.config.block.width
        cut = self.patches(pixels.astype(self.class_embedding[...].dtype))  # from here on in the parameters' precision
        patches = self.patch_embedding(cut).reshape(batch, -1, width)
        first = jnp.broadcast_to(self.class_embedding[...], (batch, 1, width))
        tokens = jnp.concatenate([first, patches], axis=1) + self.position_embedding[...]  # [batch, tokens, width]
        flat = tokens.reshape(-1, tokens.shape[-1])  # [batch * tokens, width]
        if self.config.norm_first:
            flat = self.first_norm(flat)
        flat = through_blocks(self.blocks, flat, batch, intermediates=intermediates)
        collected = flat.reshape(tokens.shape)[:, 0]  # [batch, width]
        return self.norm(collected)
