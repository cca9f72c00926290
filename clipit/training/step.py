"""One step: embed both sides of a batch, compare all with all, move the parameters.

>>> import jax.numpy as jnp
>>> bool(is_matrix(jnp.ones((2, 2)))), bool(is_matrix(jnp.ones(2)))
(True, False)
"""

from dataclasses import replace
from functools import cache
from typing import Any

import jax
import optax
from flax import nnx
from jaxtyping import Array, Float

from clipit.inputs.pictures import Preprocess
from clipit.losses import info_nce
from clipit.models import DualEncoder
from clipit.training.recipe import Recipe


def is_matrix(parameter: Array) -> bool:
    """Whether weight decay applies: to matrices, never to biases, norms and the logit scale."""
    return parameter.ndim > 1


def is_in_block(parameters: Any) -> Any:
    """For each parameter, whether it belongs to a transformer block."""
    return jax.tree_util.tree_map_with_path(lambda path, _: "blocks" in jax.tree_util.keystr(path), parameters)


def learning_rate_schedule(recipe: Recipe) -> optax.Schedule:
    """Linear rise, then a cosine down to zero."""
    return optax.warmup_cosine_decay_schedule(0.0, recipe.learning_rate, recipe.warmup_steps, recipe.steps)


@cache  # one object for all seeds of a recipe: for another one JAX would compile the step once more
def make_rule(recipe: Recipe) -> optax.GradientTransformation:
    """AdamW with the recipe's schedule and clipped gradients (Loshchilov and Hutter 2017, arXiv 1711.05101)."""
    adamw = optax.adamw(
        learning_rate_schedule(recipe),
        b2=0.98,
        weight_decay=recipe.weight_decay,
        mask=lambda parameters: jax.tree.map(is_matrix, parameters),
    )
    slower_blocks = optax.masked(optax.scale(recipe.block_learning_rate), is_in_block)
    clipped = optax.clip_by_global_norm(recipe.gradient_norm)
    return optax.chain(clipped, adamw, slower_blocks)


def make_optimizer(model: DualEncoder, recipe: Recipe) -> nnx.Optimizer:
    """The recipe's rule, and what it remembers about every parameter."""
    return nnx.Optimizer(model, make_rule(replace(recipe, name="", seed=0)), wrt=nnx.Param)


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
    """Moves the parameters once; returns the loss before the move, the gradient's length and the logit scale."""
    loss, gradients = nnx.value_and_grad(batch_loss)(model, batch, preprocess)
    measured = {"loss": loss, "gradient_norm": optax.tree.norm(gradients), "logit_scale": model.logit_scale()}
    optimizer.update(model, gradients)
    return measured
