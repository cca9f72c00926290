"""One step: embed both sides of a batch, compare all with all, move the parameters.

>>> import jax.numpy as jnp
>>> mapping_axes({"kernel": jnp.ones((3, 3, 8, 16)), "bias": jnp.ones(16)})["bias"] is None
True
"""

from dataclasses import replace
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
from clipit.training.recipe import Recipe


def mapping_axes(parameters: Any) -> Any:
    """For each kernel, which maps vectors to vectors, the axes that go in and out; None for other parameters."""

    def axes(path: Any, parameter: Array) -> MuonDimensionNumbers | None:
        inputs = tuple(range(parameter.ndim - 1))
        return MuonDimensionNumbers(inputs, (parameter.ndim - 1,)) if "kernel" in jax.tree_util.keystr(path) else None

    return jax.tree_util.tree_map_with_path(axes, parameters)


def schedule(recipe: Recipe, highest: float) -> optax.Schedule:
    """Linear rise to the highest learning rate, then a cosine down to zero."""
    return optax.warmup_cosine_decay_schedule(0.0, highest, recipe.warmup_steps, recipe.steps)


@cache  # one object for all seeds of a recipe: for another one JAX would compile the step once more
def make_rule(recipe: Recipe) -> optax.GradientTransformation:
    """Muon for kernels, Adam for everything else, both with the recipe's schedule; long gradients are shortened.

    Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks") makes the step of a kernel
    orthogonal, so that it moves all directions alike and not mostly the few that already dominate. Its steps are scaled
    to the size of Adam's (Liu et al. 2025, arXiv 2502.16982). Weight decay is for kernels only: not for biases, norms,
    embeddings or the logit scale.
    """
    muon = optax.contrib.muon(
        schedule(recipe, recipe.kernel_learning_rate),
        weight_decay=recipe.weight_decay,
        consistent_rms=0.2,
        adam_learning_rate=schedule(recipe, recipe.learning_rate),
        adam_b2=0.98,
        muon_weight_dimension_numbers=mapping_axes,
    )
    return optax.chain(optax.clip_by_global_norm(recipe.gradient_norm), muon)


def make_optimizer(model: DualEncoder, recipe: Recipe) -> nnx.Optimizer:
    """The recipe's rule, and what it remembers about every parameter."""
    return nnx.Optimizer(model, make_rule(replace(recipe, name="", seed=0)), wrt=nnx.Param)


def place(model: DualEncoder, optimizer: nnx.Optimizer, mesh: Mesh) -> None:
    """Puts the parameters, and what the optimizer remembers, on every device of the mesh."""
    nnx.update((model, optimizer), jax.device_put(nnx.state((model, optimizer)), everywhere(mesh)))


def batch_loss(model: DualEncoder, batch: dict[str, Array], preprocess: Preprocess) -> Float[Array, ""]:
    """The contrastive loss of a batch as ``clipit.data.batches`` gives it."""
    image_embeddings = model.encode_image(preprocess.normalise(batch["pixels"]))  # [batch, projection_dim]
    tokens = {name: batch[name] for name in ("input_ids", "attention_mask")}
    text_embeddings = model.encode_text(tokens)  # [batch, projection_dim]
    return info_nce(image_embeddings, text_embeddings, model.logit_scale(), batch["positives"])


@nnx.jit(static_argnames="preprocess")
def train_step(
    model: DualEncoder, optimizer: nnx.Optimizer, batch: dict[str, Array], preprocess: Preprocess
) -> dict[str, Any]:
    """Moves the parameters once.

    Returns the loss, the gradient's length and the logit scale before the move, and the parameters' length after it.
    """
    loss, gradients = nnx.value_and_grad(batch_loss)(model, batch, preprocess)
    measured = {"loss": loss, "gradient_norm": optax.tree.norm(gradients), "logit_scale": model.logit_scale()}
    optimizer.update(model, gradients)
    return {**measured, "parameter_norm": optax.tree.norm(nnx.state(model, nnx.Param))}
