"""A training that takes a second: two encoders stay as they are, and only the two projections behind them learn.

What the encoders make of each picture and caption is computed once, so that a step costs next to nothing and a lesson
can train many times: with the right loss, and with broken ones, to see what each mistake looks like.

>>> rng = np.random.default_rng(0)
>>> common = rng.normal(size=(64, 8))  # a toy: both sides see the same eight numbers, each mixed in its own way
>>> features = Features(*((common @ rng.normal(size=(8, 16))).astype(np.float32) for _ in range(2)), learned=48)
>>> from clipit.losses import info_nce
>>> def loss(images, texts):
...     return info_nce(normalise(images), normalise(texts), 10.0)
>>> run = train_projections(features, loss, batch=16)
>>> bool(run.losses[0] > 2 * run.losses[-1])
True
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import datasets
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from clipit.data.batches import decode
from clipit.evaluation import retrieval
from clipit.models import DualEncoder
from clipit.models.dual import normalise
from clipit.training.features import image_features, text_features

Loss = Callable[[Array, Array], Array]
Draw = Callable[[np.random.Generator, int, int], tuple[np.ndarray, np.ndarray]]
WIDTH = 512  # of the common space, as in CLIP


@dataclass(frozen=True)
class Features:
    """What two frozen encoders say about pairs, before any projection.

    Attributes:
        images: one row for each picture.
        texts: row i belongs to the caption of picture i.
        learned: that many pairs, the first, are trained on; the others are new to the projections.
    """

    images: Float[np.ndarray, "pairs image_features"]
    texts: Float[np.ndarray, "pairs text_features"]
    learned: int


@dataclass(frozen=True)
class Run:
    """What came out of a training.

    Attributes:
        losses: one for each step, before the step was taken.
        recall: share of the new captions whose own picture is the most similar of all new pictures.
        images: vectors of the new pictures, of length one.
        texts: vectors of their captions, of length one.
        moved: how far the projections are from where they began, in parts of their length there.
    """

    losses: Float[np.ndarray, " steps"]
    recall: float
    images: Float[np.ndarray, "new width"]
    texts: Float[np.ndarray, "new width"]
    moved: float


def frozen_features(
    model: DualEncoder, tokenizer: Callable[..., Any], world: datasets.Dataset, learned: int
) -> Features:
    """What the two encoders of a model make of the pictures of a world and of their captions.

    Args:
        model: whose encoders are taken as they are; its projections are not used.
        tokenizer: of the model.
        world: with the columns of ``clipit.data.world``.
        learned: how many pairs, from the first on, are to be trained on.
    """
    images = image_features(model, decode(world, model.config.vision.image_size))  # [pairs, image_features]
    texts = text_features(model, **tokenizer(world["caption"][:]))  # [pairs, text_features]
    return Features(images, texts, learned)


def draw_pairs(rng: np.random.Generator, learned: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the pictures and of the captions in the next batch: the same ones."""
    chosen = rng.permutation(learned)[:batch]
    return chosen, chosen


def train_projections(
    features: Features,
    loss: Loss,
    draw: Draw = draw_pairs,
    batch: int = 128,
    steps: int = 100,
    learning_rate: float = 1e-3,
    seed: int = 0,
) -> Run:
    """Train two new projections with Adam, encoders frozen.

    Args:
        features: of pairs to learn, and of new ones.
        loss: of projected pictures and captions, each [batch, width] and of any length; returns a scalar.
        draw: from a random generator, how many pairs there are to learn, and the size of a batch, to the numbers of
            the pictures and of the captions in the batch.
        batch: pairs in a step.
        steps: how many.
        learning_rate: of Adam.
        seed: of the first projections and of the batches.
    """
    sizes = features.images.shape[1], features.texts.shape[1]
    keys = jax.random.split(jax.random.key(seed))
    start = [jax.random.normal(key, (size, WIDTH)) / size**0.5 for key, size in zip(keys, sizes, strict=True)]
    rng = np.random.default_rng(seed)
    chosen = np.array([draw(rng, features.learned, batch) for _ in range(steps)])  # [steps, 2, batch]
    end, losses = _descend(
        jnp.asarray(features.images), jnp.asarray(features.texts), loss, start, jnp.asarray(chosen), learning_rate
    )
    new = slice(features.learned, None)
    images, texts = (
        np.asarray(normalise(rows[new] @ projection))
        for rows, projection in zip((features.images, features.texts), end, strict=True)
    )
    recall = retrieval(texts, images, np.arange(len(texts)))["recall@1"]
    moved = optax.tree.norm(optax.tree.sub(end, start)) / optax.tree.norm(start)
    return Run(np.asarray(losses), recall, images, texts, float(moved))


@partial(jax.jit, static_argnames="loss")  # a loss is compiled once, however often it is trained with
def _descend(
    images: Float[Array, "pairs image_features"],
    texts: Float[Array, "pairs text_features"],
    loss: Loss,
    start: list[Float[Array, "_ width"]],
    chosen: Int[Array, "steps 2 batch"],
    learning_rate: Float[Array, ""] | float,
) -> tuple[list[Float[Array, "_ width"]], Float[Array, " steps"]]:
    """Adam, all steps in one program; returns the last projections and every loss."""
    adam = optax.adam(learning_rate)

    def step(state: tuple, rows: Array) -> tuple:
        projections, memory = state
        value, gradient = jax.value_and_grad(
            lambda pair: loss(images[rows[0]] @ pair[0], texts[rows[1]] @ pair[1])  # [batch, width] each
        )(projections)
        updates, memory = adam.update(gradient, memory)
        return (optax.apply_updates(projections, updates), memory), value

    losses: Array
    (end, _), losses = jax.lax.scan(step, (start, adam.init(start)), chosen)
    return end, losses
