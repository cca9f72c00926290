"""One step: embed both sides of a batch, compare all with all, move the parameters.

>>> mapping_axes({"kernel": jnp.ones((3, 3, 8, 16)), "bias": jnp.ones(16)})["bias"] is None
True
"""

from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import optax
import optax.contrib
from flax import nnx
from jax.sharding import Mesh
from jaxtyping import Array, Bool, Float
from optax.contrib import MuonDimensionNumbers

from clipit.inputs.pictures import Preprocess
from clipit.losses import counting, info_nce, sigmoid
from clipit.losses.large_batch import in_chunks, sharded_info_nce
from clipit.models import DualEncoder
from clipit.models.layers import Block
from clipit.training.mesh import cut
from clipit.training.recipe import Phase, Recipe


def mapping_axes(parameters: Any) -> Any:
    """For each kernel, which maps vectors to vectors, the axes that go in and out; None for other parameters."""

    def axes(path: Any, parameter: Array) -> MuonDimensionNumbers | None:
        inputs = tuple(range(parameter.ndim - 1))
        return MuonDimensionNumbers(inputs, (parameter.ndim - 1,)) if "kernel" in jax.tree_util.keystr(path) else None

    return jax.tree_util.tree_map_with_path(axes, parameters)


def schedule(phase: Phase, highest: float) -> optax.Schedule:
    """Linear rise to the highest learning rate, then a cosine down to zero."""
    return optax.warmup_cosine_decay_schedule(0.0, highest, phase.warmup_steps, phase.steps)


def muon(phase: Phase) -> optax.GradientTransformation:
    """Muon for kernels, Adam for everything else.

    Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks") makes the step of a kernel
    orthogonal, so that it moves all directions alike and not mostly the few that already dominate. Its steps are scaled
    to the size of Adam's (Liu et al. 2025, arXiv 2502.16982).
    """
    return optax.contrib.muon(
        schedule(phase, phase.kernel_learning_rate),
        weight_decay=phase.weight_decay,
        consistent_rms=0.2,
        adam_learning_rate=schedule(phase, phase.learning_rate),
        adam_b2=0.98,
        muon_weight_dimension_numbers=mapping_axes,
    )


def adamw(phase: Phase) -> optax.GradientTransformation:
    """AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101)."""
    rate = schedule(phase, phase.learning_rate)
    return optax.adamw(rate, b2=0.98, weight_decay=phase.weight_decay, mask=are_kernels)


def adabelief(phase: Phase) -> optax.GradientTransformation:
    """AdaBelief (Zhuang et al. 2020, arXiv 2010.07468) behind adaptive gradient clipping, as CLIP-Italian used it."""
    rate = schedule(phase, phase.learning_rate)
    return optax.chain(
        optax.adaptive_grad_clip(0.01, eps=1e-3),
        optax.scale_by_belief(),
        optax.add_decayed_weights(phase.weight_decay, mask=are_kernels),
        optax.scale_by_learning_rate(rate),
    )


def are_kernels(parameters: Any) -> Any:
    """True for each kernel: weight decay is not for biases, norms, embeddings or the logit scale."""
    return jax.tree_util.tree_map_with_path(lambda path, _: "kernel" in jax.tree_util.keystr(path), parameters)


RULES = {"muon": muon, "adamw": adamw, "adabelief": adabelief}


@cache  # one object for all seeds of a recipe: for another one JAX would compile the step once more
def make_rule(phase: Phase) -> optax.GradientTransformation:
    """The phase's optimizer with its schedule; long gradients are shortened first, slower parameters slowed last."""

    def slow_down(updates: Any, _: Any) -> Any:
        def slower(path: Any, update: Array) -> Array:
            return update * phase.pace(jax.tree_util.keystr(path, simple=True, separator="."))

        return jax.tree_util.tree_map_with_path(slower, updates)

    shorten = [optax.clip_by_global_norm(phase.gradient_norm)] if phase.gradient_norm else []
    slow = [optax.stateless(slow_down)] if phase.slower else []
    return optax.chain(*shorten, RULES[phase.optimizer](phase), *slow)


def make_optimizer(model: nnx.Module, phase: Phase) -> nnx.Optimizer:
    """The phase's rule, and what it remembers about every parameter that the phase trains."""
    return nnx.Optimizer(model, make_rule(replace(phase, name="")), wrt=nnx.All(nnx.Param, Moving(phase.trains)))


@dataclass(frozen=True)
class Moving:
    """Tells nnx which parameters train, by the beginnings of their names; equal ones are one filter for its caches."""

    trains: tuple[str, ...]

    def __call__(self, path: tuple[Any, ...], _: Any) -> bool:
        """Whether the parameter at this path trains."""
        return ".".join(map(str, path)).startswith(self.trains)


def place(model: nnx.Module, optimizer: nnx.Optimizer, mesh: Mesh) -> None:
    """Puts the parameters, and what the optimizer remembers, on the devices of the mesh: whole, or cut.

    They are copies: a step may write over them, and a model that shares its parameters with this one keeps its own.
    """
    state = nnx.state((model, optimizer))
    where = jax.tree.map(lambda array: cut(mesh, array), state)
    nnx.update((model, optimizer), jax.device_put(state, where, may_alias=False))


@dataclass(frozen=True)
class Computing:
    """How the loss of a batch is computed.

    Attributes:
        loss, group_size, dtype, chunk, remat, tile, counting: as a ``Recipe`` says it.
        mesh: the devices over which the batch is spread; needed with ``tile``.
    """

    loss: str = "info_nce"
    group_size: int = 0
    dtype: str = "float32"
    chunk: int = 0
    remat: bool = False
    tile: int = 0
    counting: float = 0.0
    mesh: Mesh | None = None


def computing(recipe: Recipe, mesh: Mesh) -> Computing:
    """How a recipe's losses are computed on these devices."""
    same = {field.name: getattr(recipe, field.name) for field in fields(Computing) if field.name != "mesh"}
    return Computing(**same, mesh=mesh if recipe.tile else None)


def rounded(model: DualEncoder, dtype: str) -> DualEncoder:
    """The same model to compute with in another precision; the parameters themselves, and their gradients, keep theirs.

    The logit scale's logarithm is not rounded: at a scale of 100 that would be seen.
    """
    graph, state = nnx.split(model)
    return nnx.merge(graph, jax.tree.map(lambda value: value.astype(dtype) if value.ndim else value, state))


def keeping_less(model: DualEncoder) -> DualEncoder:
    """The same model, whose transformer blocks keep only what goes into them for the way back."""
    same = nnx.merge(*nnx.split(model))
    for _, module in nnx.iter_modules(same):
        if isinstance(module, Block):
            module.remat = True
    return same


def embed_batch(
    model: DualEncoder, batch: dict[str, Array], preprocess: Preprocess, how: Computing = Computing()
) -> tuple[Float[Array, "batch dim"], Float[Array, "batch dim"]]:
    """The embeddings of a batch's pictures and of its captions, in float32, computed in ``how.dtype``.

    A batch holds pixels, or the image encoder's features where these were computed beforehand; the same for texts.
    With ``how.chunk`` so many pairs at a time, and once more on the way back: the same gradients from less memory.
    """
    given = {name: values for name, values in batch.items() if name not in ("positives", "groups", "other_ids")}
    if how.chunk:
        return in_chunks(lambda rows: embed_batch(model, rows, preprocess, replace(how, chunk=0)), given, how.chunk)
    if how.dtype != "float32":
        model = rounded(model, how.dtype)
    if how.remat:
        model = keeping_less(model)
    if "image_features" in given:
        images = model.project_image(given["image_features"])  # [batch, projection_dim]
    else:
        images = model.encode_image(preprocess.normalise(given["pixels"]).astype(how.dtype))  # [batch, projection_dim]
    if "text_features" in given:
        return images, model.project_text(given["text_features"])  # [batch, projection_dim]
    return images, model.encode_text({name: given[name] for name in ("input_ids", "attention_mask")})


def group_loss(
    images: Float[Array, "batch dim"],
    texts: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""],
    positives: Bool[Array, "batch batch"],
    size: int,
) -> Float[Array, ""]:
    """The mean of the contrastive losses of groups of ``size`` pairs, each compared with itself only.

    So the original training script did it: every device had its share of the batch and took the loss of that share;
    only the gradients were averaged. A picture was told from 127 captions of others, not from the batch's 1,023.
    """
    groups = len(images) // size
    own = jnp.arange(groups)
    pairs_of = positives.reshape(groups, size, groups, size)[own, :, own]  # [groups, size, size]
    images, texts = (vectors.reshape(groups, size, -1) for vectors in (images, texts))  # [groups, size, dim]
    return jax.vmap(info_nce, in_axes=(0, 0, None, 0))(images, texts, logit_scale, pairs_of).mean()


def batch_loss(
    model: DualEncoder, batch: dict[str, Array], preprocess: Preprocess, how: Computing = Computing()
) -> Float[Array, ""]:
    """The loss of a batch as ``clipit.data.batches`` gives it: contrastive, and that of counting if it is asked for."""
    images, texts = embed_batch(model, batch, preprocess, how)
    if how.loss == "sigmoid":
        loss = sigmoid(images, texts, model.logit_scale(), model.logit_bias[...], batch["positives"])
    else:
        loss = contrastive_loss(images, texts, model.logit_scale(), batch, how)
    if how.counting and "other_ids" in batch:  # not where the text encoder is frozen: there is nothing to learn
        tokens = {"input_ids": batch["other_ids"], "attention_mask": batch["attention_mask"]}
        loss += how.counting * counting(images, texts, model.encode_text(tokens), model.logit_scale())
    return loss


def contrastive_loss(
    images: Float[Array, "batch dim"],
    texts: Float[Array, "batch dim"],
    scale: Float[Array, ""],
    batch: dict[str, Array],
    how: Computing,
) -> Float[Array, ""]:
    """Each picture told from the captions of others: of the whole batch, or of its group."""
    if how.group_size:
        return group_loss(images, texts, scale, batch["positives"], how.group_size)
    if how.tile:
        assert how.mesh is not None
        return sharded_info_nce(images, texts, scale, how.mesh, tile=how.tile, groups=batch["groups"])
    return info_nce(images, texts, scale, batch["positives"])


def train_step(
    model: DualEncoder,
    optimizer: nnx.Optimizer,
    batch: dict[str, Any],
    preprocess: Preprocess,
    how: Computing = Computing(),
) -> dict[str, Any]:
    """Moves the parameters once, those of them that the optimizer was made for.

    On an accelerator the old ones, and what the optimizer remembered, give their memory to the new: who needs them
    copies them before.

    Returns the loss, the gradient's length and the logit scale before the move, and after it the length of what moved.
    """
    arrays, compiled_for = for_pure_step(model, optimizer, batch, preprocess, how=how)
    moved, new_optimizer, measured = compiled_step()(*arrays, **compiled_for)
    nnx.update(model, moved)
    for own, new in zip(variables(optimizer), variables(new_optimizer), strict=True):
        own.set_raw_value(new.get_raw_value())
    return measured


def for_pure_step(
    model: DualEncoder, optimizer: nnx.Optimizer, batch: dict[str, Any], preprocess: Preprocess, **how: Any
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What ``pure_step`` is called with: arrays, and what it is compiled for."""
    graph, *states = nnx.split(model, optimizer.wrt, ...)
    return (*states, optimizer, batch), {"graph": graph, "preprocess": preprocess, **how}


def variables(optimizer: nnx.Optimizer) -> list[nnx.Variable]:
    """All that an optimizer remembers, in one order; much quicker than ``nnx.state``, which names them."""
    return jax.tree.leaves(optimizer, is_leaf=lambda part: isinstance(part, nnx.Variable))


@cache
def compiled_step() -> Any:
    """``pure_step`` under ``jax.jit``, the old parameters' memory given to the new ("donated").

    Not on a CPU, where that makes a step slower: of ViT-B/32 with BERT-base by an eighth.
    """
    given_away = () if jax.default_backend() == "cpu" else ("moving", "optimizer")
    return jax.jit(pure_step, static_argnames=("graph", "preprocess", "how"), donate_argnames=given_away)


def pure_step(
    moving: Any, frozen: Any, optimizer: nnx.Optimizer, batch: dict[str, Array], graph: Any, **how: Any
) -> tuple[Any, nnx.Optimizer, dict[str, Any]]:
    """The step as a function of trees of arrays, as which ``jax.jit`` takes the optimizer too.

    What is frozen goes in and is not copied out again.
    """

    def loss_of(moving: Any) -> Float[Array, ""]:
        return batch_loss(nnx.merge(graph, moving, frozen), batch, **how)

    loss, gradients = jax.value_and_grad(loss_of)(moving)
    model = nnx.merge(graph, moving, frozen)
    measured = {"loss": loss, "gradient_norm": optax.tree.norm(gradients), "logit_scale": model.logit_scale()}
    optimizer.update(model, gradients)
    moved = nnx.state(model, optimizer.wrt)
    return moved, optimizer, {**measured, "parameter_norm": optax.tree.norm(moved)}
