"""What lesson 11 looks at: the memory of a loss, eight devices on any computer, small batches added up, costs on paper.

>>> meetings(devices_in_a_ring(1)).tolist()
[[1]]
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.extend
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.sharding import AxisType, Mesh
from jaxtyping import Array, Float, Int

from clipit.data.batches import load_pairs
from clipit.data.emoji.world import make_world
from clipit.hub import load
from clipit.losses import cached_gradients, info_nce, tiled_info_nce
from clipit.losses.large_batch import accumulated_gradients, memory_of_loss
from clipit.losses.large_batch.ring import Ring, spread
from clipit.models import DualEncoder
from clipit.training import RECIPES
from clipit.training.dry_run import Machine, plan_run
from clipit.training.features import image_features
from clipit.training.step import embed_batch

H100 = Machine()  # at the share of its peak, and the price, that are assumed where nothing else is said
LOSSES: dict[str, Callable[..., Array]] = {"whole matrix": info_nce, "in tiles": tiled_info_nce}


def memory_wall(sizes: Sequence[int]) -> dict[str, tuple[list[int], list[int]]]:
    """Pairs in a batch, and the bytes that the loss and its gradient take with vectors of 512 numbers; nothing runs."""
    return {name: (list(sizes), [memory_of_loss(loss, size) for size in sizes]) for name, loss in LOSSES.items()}


def simulate(devices: int) -> None:
    """Lets JAX begin anew with so many devices that share this computer's processor; arrays made before are lost."""
    jax.extend.backend.clear_backends()
    jax.config.update("jax_num_cpu_devices", devices)


def devices_in_a_ring(devices: int) -> Mesh:
    """A mesh of one axis, "data", over so many of the processor's devices."""
    return Mesh(np.array(jax.devices("cpu")[:devices]), ("data",), axis_types=(AxisType.Auto,))


def shares(array: Array) -> list[tuple[int, int, int]]:
    """Which rows of an array lie on which device: its number, the first row, and the row after the last."""
    found = []
    for shard in array.addressable_shards:
        rows = shard.index[0].indices(len(array))
        found.append((shard.device.id, rows[0], rows[1]))
    return sorted(found)


def meetings(mesh: Mesh) -> Int[np.ndarray, "devices devices"]:
    """At which stop of the library's ring, from 1, each device (row) meets the texts of each device (column).

    Each device has one picture and one text, which carries its number and how often it has stopped.
    """
    devices = mesh.size

    def note(_: Any, number: Array, seen: Array, stops: Array) -> tuple[Array, Array]:
        return seen.at[:, number[0]].set(stops[0] + 1), stops + 1

    numbers = jnp.arange(devices)
    rows = spread((numbers, numbers, jnp.zeros((devices, devices), int), jnp.zeros(devices, int)), mesh, "data")
    return np.asarray(Ring(mesh, "data", tile=1)(note, *rows)[0])


def gradient_of(how: str, pairs: int, small: int) -> tuple[float, Float[np.ndarray, " numbers"]]:
    """The loss of a batch and its gradient, as one long vector, for a trained model whose image encoder is locked.

    Args:
        how: "whole" for all pairs at once, "cached" for the encoders chunk by chunk, "accumulated" for the mean of the
            losses of small batches.
        pairs: in the batch.
        small: pairs in a chunk, or in a small batch.
    """
    model, tokenizer = load("quick")
    world = make_world("test", pairs)
    rows = load_pairs(world, tokenizer, model.config.vision.image_size)
    features = image_features(model, rows.pixels)
    batch = {"image_features": features, "input_ids": rows.input_ids[:, 0], "attention_mask": rows.attention_mask[:, 0]}

    def encode(model: DualEncoder, part: dict[str, Array]) -> Any:
        return embed_batch(model, part, model.preprocess)

    def loss(model: DualEncoder, vectors: Any) -> Array:
        images, texts = vectors
        return info_nce(images, texts, model.logit_scale())

    @nnx.jit
    def run(model: DualEncoder, batch: dict[str, Array]) -> Any:
        if how == "accumulated":
            return accumulated_gradients(model, batch, encode, loss, small)
        return cached_gradients(model, batch, encode, loss, small if how == "cached" else pairs)

    value, gradient = run(model, jax.tree.map(jnp.asarray, batch))
    return float(value), np.concatenate([np.ravel(part) for part in jax.tree.leaves(gradient)])


def off_by(vector: Float[np.ndarray, " numbers"], right: Float[np.ndarray, " numbers"]) -> float:
    """The length of the difference over the length of the right vector."""
    return float(np.linalg.norm(vector - right) / np.linalg.norm(right))


@dataclass(frozen=True)
class Cost:
    """What to look once at some pairs costs.

    Attributes:
        pairs: how many.
        operations: floating-point operations.
        hours: of one device.
        price: of these hours.
    """

    pairs: int
    operations: float
    hours: float
    price: float


def operations_of_a_pair(recipe: str = "clip-italian") -> float:
    """Floating-point operations of training on one pair when everything trains, as the compiler counts them."""
    last = replace(RECIPES[recipe], devices=1, phases=RECIPES[recipe].phases[-1:])
    plan = plan_run(last, Machine()).phases[0]
    return plan.operations / plan.steps / RECIPES[recipe].batch_size


def cost_of(pairs: int, operations: float, machine: Machine = H100, peak: float = 989.0) -> Cost:
    """The cost of looking once at so many pairs; ``peak`` is in 10^12 operations a second, an H100's in bfloat16."""
    hours = pairs * operations / (peak * 1e12 * machine.share) / 3600
    return Cost(pairs, pairs * operations, hours, hours * machine.price)


def travels(way: str, batch: int, devices: int, width: int = 512) -> tuple[float, float]:
    """Bytes that one device receives for a step's loss and gradient, and bytes that it holds of others at once.

    Gathered: pictures and texts of all come in, their gradients go back; all of them are there at once. In the ring:
    texts come by on the way there, on the way back texts and the gradients that they collect; there is one share of
    them at a time. Softmax sums, some numbers for each row, are left out.
    """
    share = 4 * width * batch / devices
    if way == "gathered":
        return 4 * share * (devices - 1), 2 * share * (devices - 1)
    return 3 * share * devices, 2 * share


def sharded_bytes(devices: int, shards: int) -> tuple[int, int]:
    """Bytes of the model ``quick`` and of what AdamW remembers about it: as a whole, and on one of the devices."""
    from clipit.training.mesh import make_mesh
    from clipit.training.step import make_optimizer, place

    model, _ = load("quick")
    optimizer = make_optimizer(model, replace(RECIPES["quick"].phases[0], optimizer="adamw"))
    place(model, optimizer, make_mesh(devices, shards))
    leaves = jax.tree.leaves(nnx.state((model, optimizer)))
    return sum(leaf.nbytes for leaf in leaves), sum(leaf.addressable_shards[0].data.nbytes for leaf in leaves)


def cosine(first: Float[np.ndarray, " numbers"], other: Float[np.ndarray, " numbers"]) -> float:
    """Of the angle between two gradients."""
    return float(first @ other / np.linalg.norm(first) / np.linalg.norm(other))
