"""``clipit train RECIPE --dry-run``: what a run would need, told without reading, fetching or allocating anything.

Numbers of parameters, bytes and operations are those of the program that would run: JAX traces it with shapes alone.
How long that takes follows from what a device can do at its best and from the share of it that training reaches, and
is no better than these two.

>>> from clipit.training.recipe import RECIPES
>>> plan = plan_run(RECIPES["tiny"], Machine())
>>> plan.parts["vision"]
14664
"""

from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from clipit.hub.names import parameters_of
from clipit.inputs.pictures import Preprocess
from clipit.models import DualConfig, DualEncoder
from clipit.models.layers import Block
from clipit.models.outline import outline
from clipit.training.mesh import cut_axis
from clipit.training.phases import frozen_encoders
from clipit.training.recipe import Phase, Recipe
from clipit.training.sizes import count_pictures, full_sizes, place_of
from clipit.training.step import Computing, Moving, batch_loss, make_optimizer

PEAKS = {"float32": 494.0, "bfloat16": 989.0}  # of an H100; its products of float32 are rounded to 19 bits, as by JAX
WORDS_IN_A_CAPTION = 32  # tokens, where neither the recipe nor the encoder cuts captions shorter
NEEDS = ("parameters", "gradients", "optimizer", "activations")
E5, E5_CUT = "multilingual-e5-small", " (of its words only those that the captions use; here all are counted)"
Shapes = dict[str, jax.ShapeDtypeStruct]


@dataclass(frozen=True)
class Machine:
    """What a run is thought to run on.

    Attributes:
        peak: floating-point operations a second of a device at its best, in 10^12; 0 is an H100's.
        share: the part of it that training reaches.
        price: of a device for an hour, in any currency.
        memory: of a device, in 10^9 bytes.
    """

    peak: float = 0.0
    share: float = 0.3
    price: float = 2.5
    memory: float = 80.0

    def __post_init__(self) -> None:
        if not self.peak >= 0 or not 0 < self.share <= 1 or not self.price >= 0 or not self.memory > 0:
            raise ValueError("peak, price and memory must be positive, and share between 0 and 1.")


@dataclass(frozen=True)
class PhasePlan:
    """What a phase would need.

    Attributes:
        name: of the phase.
        steps: at most.
        trainable: parameters that move.
        parameters, gradients, optimizer, activations: bytes on each device. Where parameters are cut, these are its
            parts; that some are whole for a moment comes on top. Activations are what the traced step keeps for the way
            back, of one chunk where it works in chunks, at most: a compiler that computes cheap parts twice keeps less.
        operations: floating-point operations of all steps, and of running once the encoders that stand still.
        seconds: with all devices.
        cost: of all devices.
    """

    name: str
    steps: int
    trainable: int
    parameters: int
    gradients: int
    optimizer: int
    activations: int
    operations: float
    seconds: float
    cost: float

    @property
    def memory(self) -> int:
        """Bytes on each device."""
        return sum(getattr(self, need) for need in NEEDS)

    def pairs_that_fit(self, recipe: Recipe, memory: float) -> int:
        """How many pairs at once would fit into so many bytes of each device; activations grow in proportion."""
        room = max(memory - (self.memory - self.activations), 0)
        return int(room / self.activations * (recipe.chunk or recipe.batch_size)) // recipe.devices * recipe.devices


@dataclass(frozen=True)
class Plan:
    """What a run would need.

    Attributes:
        recipe: its name.
        devices: over how many a batch is spread.
        parameters: of the whole model.
        parts: the parameters of each part.
        tokens: in a caption.
        pictures: to train on, with the variations of each; at most.
        decoded: bytes of all of them.
        reads: what would be read, and where it lies.
        phases: one after the other.
    """

    recipe: str
    devices: int
    parameters: int
    parts: dict[str, int]
    tokens: int
    pictures: int
    decoded: int
    reads: tuple[str, ...]
    phases: tuple[PhasePlan, ...]


def plan_run(recipe: Recipe, machine: Machine) -> Plan:
    """What a run of the recipe would need on a machine; raises ModelError if an encoder's sizes are not known here."""
    config = full_sizes(recipe)
    model = outline(DualEncoder, config)
    parts = parts_of(model)
    pictures = count_pictures(recipe) * (1 + recipe.variations)
    tokens = caption_length(recipe, config)
    return Plan(
        recipe=recipe.name,
        devices=recipe.devices,
        parameters=sum(parts.values()),
        parts=parts,
        tokens=tokens,
        pictures=pictures,
        decoded=pictures * config.vision.image_size**2 * 3,
        reads=(*(where(name) for name in (recipe.vision_from, recipe.text_from) if name), pictures_of(recipe)),
        phases=tuple(plan_phase(model, recipe, phase, tokens, pictures, machine) for phase in recipe.phases),
    )


def parts_of(model: DualEncoder) -> dict[str, int]:
    """The number of parameters of each part."""
    parts: dict[str, int] = {}
    for name, value in parameters_of(model).items():
        part = name.split(".")[0]
        parts[part] = parts.get(part, 0) + prod(value.shape)
    return parts


def caption_length(recipe: Recipe, config: DualConfig) -> int:
    """Tokens of a caption: as many as are read of it, and where the recipe does not cut it those of a long sentence."""
    read = getattr(config.text, "max_tokens", 0)
    return min(filter(None, (recipe.max_tokens or WORDS_IN_A_CAPTION, read)))


def plan_phase(
    model: DualEncoder, recipe: Recipe, phase: Phase, tokens: int, pictures: int, machine: Machine
) -> PhasePlan:
    """What one phase would need."""
    config, named, shards = model.config, parameters_of(model), recipe.shards
    moving = [value for name, value in named.items() if phase.moves(name)]
    optimizer = nnx.eval_shape(lambda model: make_optimizer(model, phase), model)
    frozen = frozen_encoders(phase, named)
    of_step, activations = trace_step(
        model, recipe, phase, abstract_batch(config, recipe.batch_size // recipe.devices, tokens, frozen)
    )
    if recipe.chunk:  # every chunk goes through the encoders once more
        pairs = max(recipe.chunk // recipe.devices, 1)
        chunk = abstract_batch(config, pairs, tokens, frozen)
        once, activations = trace_step(model, recipe, phase, chunk)
        of_step += (
            (trace_step(model, recipe, phase, chunk, pairs)[0] - once) * recipe.batch_size / recipe.devices / pairs
        )
    of_features = sum(trace_encoder(model, config, tower, tokens) for tower in frozen) * pictures
    operations = of_step * recipe.devices * phase.steps + of_features
    peak = (machine.peak or PEAKS[recipe.dtype]) * 1e12 * machine.share * recipe.devices
    seconds = operations / peak
    return PhasePlan(
        name=phase.name,
        steps=phase.steps,
        trainable=sum(prod(value.shape) for value in moving),
        parameters=bytes_of(nnx.state(model, nnx.Param), shards),
        gradients=bytes_of(moving, shards),
        optimizer=bytes_of(nnx.state(optimizer), shards),
        activations=activations,
        operations=operations,
        seconds=seconds,
        cost=seconds / 3600 * recipe.devices * machine.price,
    )


def abstract_batch(config: DualConfig, pairs: int, tokens: int, frozen: set[str]) -> Shapes:
    """The shapes of a batch of so many pairs; in place of what frozen encoders read, what they make of it."""
    side = config.vision.image_size
    shape = jax.ShapeDtypeStruct
    batch = {
        "pixels": shape((pairs, side, side, 3), np.uint8),
        "input_ids": shape((pairs, tokens), np.int32),
        "attention_mask": shape((pairs, tokens), np.int32),
        "positives": shape((pairs, pairs), bool),
    }
    if "vision" in frozen:
        batch["image_features"] = shape((pairs, config.vision.features), np.float32)
        del batch["pixels"]
    if "text" in frozen:
        batch["text_features"] = shape((pairs, config.text.features), np.float32)
        del batch["input_ids"], batch["attention_mask"]
    return batch


def trace_step(model: DualEncoder, recipe: Recipe, phase: Phase, batch: Shapes, chunk: int = 0) -> tuple[float, int]:
    """Operations of a step on one device, and the bytes that it keeps between the way there and the way back."""
    graph, *states = nnx.split(model, nnx.All(nnx.Param, Moving(phase.trains)), ...)
    moving, rest = states
    preprocess = Preprocess(model.config.vision.image_size)

    def loss(how: Computing, moving: Any, rest: Any, batch: Any) -> Any:
        return batch_loss(nnx.merge(graph, moving, rest), batch, preprocess, how)

    def kept(how: Computing) -> int:
        def way_back(moving: Any, rest: Any, batch: Any) -> Any:
            return jax.vjp(lambda moving: loss(how, moving, rest, batch), moving)[1]

        return bytes_beside((moving, rest), jax.eval_shape(way_back, moving, rest, batch))

    how = Computing(dtype=recipe.dtype, remat=recipe.remat, chunk=chunk)
    operations = jax.jit(jax.value_and_grad(partial(loss, how))).lower(moving, rest, batch).cost_analysis()
    held = kept(how)
    if how.remat:  # and all of one block, while the way back is in it
        blocks = sum(isinstance(module, Block) for _, module in nnx.iter_modules(model))
        held += (kept(replace(how, remat=False)) - held) // max(blocks, 1)
    return float((operations or {}).get("flops", 0.0)), held


def bytes_beside(there: Any, found: Any) -> int:
    """Bytes of the arrays that are found, but for those whose shapes are those of arrays that are there anyway."""
    known = [(value.shape, value.dtype) for value in jax.tree.leaves(there)]
    total = 0
    for value in jax.tree.leaves(found):
        if (value.shape, value.dtype) in known:
            known.remove((value.shape, value.dtype))
        else:
            total += prod(value.shape) * value.dtype.itemsize
    return total


def trace_encoder(model: DualEncoder, config: DualConfig, tower: str, tokens: int) -> float:
    """Operations of running a frozen encoder on one picture or caption."""
    graph, state = nnx.split(getattr(model, tower))
    side = config.vision.image_size
    ids = jax.ShapeDtypeStruct((1, tokens), np.int32)
    given: Any = (jax.ShapeDtypeStruct((1, side, side, 3), np.float32),) if tower == "vision" else (ids, ids)
    lowered = jax.jit(lambda state, given: nnx.merge(graph, state)(*given)).lower(state, given)
    return float((lowered.cost_analysis() or {}).get("flops", 0.0))


def bytes_of(state: Any, shards: int) -> int:
    """Bytes of all arrays on each device, of those that are cut its part."""
    total = 0
    for value in jax.tree.leaves(state):
        parts = 1 if cut_axis(value.shape, shards) is None else shards
        total += prod(value.shape) * jnp.dtype(value.dtype).itemsize // parts
    return total


def where(name: str) -> str:
    """An encoder's weights, and where they would come from."""
    folder = place_of(name)
    if folder is not None:
        return f"weights of {name}: {folder}"
    if "/" in name:
        return f"weights of {name}: fetched from the hub"
    return f"weights of {name}: from their package" + (E5_CUT if name == E5 else "")


def pictures_of(recipe: Recipe) -> str:
    """The pictures and captions to train on."""
    source = recipe.data or f"the small world, drawn here (seed {recipe.seed}, {recipe.language})"
    return f"at most {count_pictures(recipe):,} captioned pictures: {source}"
