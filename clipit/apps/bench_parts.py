"""``clipit bench parts``: which parts of a training step hold it back, forward and backward, here and in PyTorch.

The parts are those of the small models of ``clipit bench train-step``, at the sizes that they have there. As in
training, JAX's batch is spread over two devices of a CPU; PyTorch uses as many threads as it likes.

>>> [part.name for part in parts()][:2]
['convolution 1, 8x8', 'convolution 2, 3x3']
"""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np
from flax import nnx

from clipit.apps import torch_twin as twin
from clipit.apps.timing import in_turn
from clipit.hub.folder import parameters
from clipit.models.config import ViTConfig
from clipit.models.layers import Block
from clipit.models.vision import ConvNet
from clipit.training.in_memory import devices_here
from clipit.training.mesh import everywhere, make_mesh, spread
from clipit.training.recipe import RECIPES

Row = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One part of a step, in both libraries.

    Attributes:
        name: in the table.
        module: holds the parameters.
        shape: of the input; its first axis is spread over the devices.
        ours: the part, from the module and its input.
        theirs: the same from PyTorch's tensors.
        after_others: whether the input's gradient is needed too; pixels need none.
    """

    name: str
    module: nnx.Module
    shape: tuple[int, ...]
    ours: Callable[[Any, Any], Any]
    theirs: Callable[[Any, Any], Any]
    after_others: bool = True


def measured_parts() -> list[Row]:
    """Milliseconds of every part and its gradients; ``jax_times_as_quick`` is empty without PyTorch."""
    there = importlib.util.find_spec("torch") is not None
    if not there:
        print("PyTorch is not installed (the extra `parity`): only JAX is measured.", file=sys.stderr)
    devices_here(RECIPES["quick"].devices)  # before a parameter starts JAX with one
    return [row_of(part, there) for part in parts()]


def row_of(part: Part, with_torch: bool) -> Row:
    """The row of one part."""
    inputs = np.random.default_rng(0).normal(size=part.shape).astype(np.float32)
    actions = {"jax": in_jax(part, inputs)} | ({"pytorch": in_torch(part, inputs)} if with_torch else {})
    took = in_turn(actions)
    ratio = round(took["pytorch"] / took["jax"], 2) if with_torch else ""
    milliseconds = {f"{library}_ms": round(1000 * seconds, 1) for library, seconds in took.items()}
    return {"part": part.name, **milliseconds, "jax_times_as_quick": ratio}


def parts() -> list[Part]:
    """The parts of the ConvNet of the recipe "quick", and of a block of the small ViT."""
    recipe = RECIPES["quick"]
    return [*of_convnet(recipe.model.vision, recipe.batch_size), *of_block(ViTConfig(), recipe.batch_size)]


def of_convnet(config: Any, batch: int) -> list[Part]:
    """Every convolution, and what follows the first one."""
    model, side, channels, found = ConvNet(config, nnx.Rngs(0)), config.image_size, 3, []
    for index, width in enumerate(config.widths):
        convolution, stride = model.convolutions[index], config.first_stride if index == 0 else 2
        found.append(
            Part(
                f"convolution {index + 1}, {convolution.kernel_size[0]}x{convolution.kernel_size[1]}",
                convolution,
                (batch, side, side, channels),
                lambda module, maps: module(maps),
                partial(convolution_in_torch, stride=stride),
                after_others=index > 0,
            )
        )
        side, channels = -(-side // stride), width
    side = config.image_size // config.first_stride
    norm = Part(
        "group norm and GELU",
        model.norms[0],
        (batch, side, side, config.widths[0]),
        lambda module, maps: jax.nn.gelu(module(maps)),
        lambda own, maps: twin.norm_and_gelu(own, config.groups, maps.permute(0, 3, 1, 2)),
    )
    return [*found, norm]


def convolution_in_torch(own: Any, maps: Any, stride: int) -> Any:
    """Channels are last in memory, and named second, as PyTorch wants it."""
    return twin.convolution(own, maps.permute(0, 3, 1, 2), stride)


def of_block(config: ViTConfig, batch: int) -> list[Part]:
    """Attention, MLP and layer norm of one block; tokens are flat here, and [batch, tokens, width] in PyTorch."""
    block, width = Block(config.block, nnx.Rngs(0)), config.block.width
    tokens = (config.image_size // config.patch_size) ** 2 + 1

    def attention(module: Any, x: Any) -> Any:
        return module(x.reshape(-1, width), x.shape[0])[0]

    def flat(module: Any, x: Any) -> Any:
        return module(x.reshape(-1, width))

    shape = (batch, tokens, width)
    return [
        Part("attention", block.attention, shape, attention, lambda own, x: twin.attention(own, config.block, x)),
        Part("MLP", block.mlp, shape, flat, lambda own, x: twin.mlp(own, config.block, x)),
        Part("layer norm", block.mlp_norm, shape, flat, lambda own, x: twin.layer_norm(own, x)),
    ]


def in_jax(part: Part, inputs: np.ndarray) -> Callable[[], Any]:
    """Runs the part and its gradients, with the batch over two devices."""
    mesh = make_mesh(devices_here(RECIPES["quick"].devices))
    graph, state = nnx.split(part.module)
    state, placed = jax.device_put(state, everywhere(mesh)), jax.device_put(inputs, spread(mesh))
    wanted = (0, 1) if part.after_others else 0
    gradients = jax.jit(jax.grad(lambda state, x: (part.ours(nnx.merge(graph, state), x) ** 2).mean(), argnums=wanted))
    return lambda: jax.block_until_ready(gradients(state, placed))


def in_torch(part: Part, inputs: np.ndarray) -> Callable[[], Any]:
    """The same in PyTorch."""
    import torch

    tensors = twin.to_torch(parameters(part.module))
    given = torch.tensor(inputs, requires_grad=part.after_others)
    wanted = (*tensors.values(), given) if part.after_others else tuple(tensors.values())
    return lambda: torch.autograd.grad((part.theirs(tensors, given) ** 2).mean(), wanted)
