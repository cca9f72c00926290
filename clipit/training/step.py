"""One step: embed both sides of a batch, compare all with all, move the parameters.

>>> import jax.numpy as jnp
>>> mapping_axes({"kernel": jnp.ones((3, 3, 8, 16)), "bias": jnp.ones(16)})["bias"] is None
True
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import jax
import optax
import optax.contrib
from flax import nnx
from jax.sharding import Mesh
from jaxtyping import Array, Float
from optax.contrib import MuonDimensionNumbers

from clipit.inputs.pictures import Preprocess
from clipit.losses import info_nce
from clipit.models import DualEncoder
from clipit.training.mesh import everywhere
from clipit.training.recipe import Phase


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

    rules = [optax.clip_by_global_norm(phase.gradient_norm), RULES[phase.optimizer](phase)]
    return optax.chain(*rules, *([optax.stateless(slow_down)] if phase.slower else []))


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
    """Puts the parameters, and what the optimizer remembers, on every device of the mesh."""
    nnx.update((model, optimizer), jax.device_put(nnx.state((model, optimizer)), everywhere(mesh)))


def batch_loss(model: DualEncoder, batch: dict[str, Array], preprocess: Preprocess) -> Float[Array, ""]:
    """The contrastive loss of a batch as ``clipit.data.batches`` gives it.

    A batch holds pixels, or the image encoder's features where these were computed beforehand; the same for texts.
    """
    if "image_features" in batch:
        image_embeddings = model.project_image(batch["image_features"])  # [batch, projection_dim]
    else:
        image_embeddings = model.encode_image(preprocess.normalise(batch["pixels"]))  # [batch, projection_dim]
    if "text_features" in batch:
        text_embeddings = model.project_text(batch["text_features"])  # [batch, projection_dim]
    else:
        tokens = {name: batch[name] for name in ("input_ids", "attention_mask")}
        text_embeddings = model.encode_text(tokens)  # [batch, projection_dim]
    return info_nce(image_embeddings, text_embeddings, model.logit_scale(), batch["positives"])


@nnx.jit(static_argnames="preprocess")
def train_step(
    model: DualEncoder, optimizer: nnx.Optimizer, batch: dict[str, Array], preprocess: Preprocess
) -> dict[str, Any]:
    """Moves the parameters once, those of them that the optimizer was made for.

    Returns the loss, the gradient's length and the logit scale before the move, and the parameters' length after it.
    """
    wanted = nnx.DiffState(0, optimizer.wrt)
    loss, gradients = nnx.value_and_grad(batch_loss, argnums=wanted)(model, batch, preprocess)
    measured = {"loss": loss, "gradient_norm": optax.tree.norm(gradients), "logit_scale": model.logit_scale()}
    optimizer.update(model, gradients)
    return {**measured, "parameter_norm": optax.tree.norm(nnx.state(model, nnx.Param))}
