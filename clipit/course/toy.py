"""The toy of lesson 03: pairs of points on a circle, moved by real gradient steps of the library's own loss.

There are no pictures, no words and no encoders: each picture and each caption *is* a vector of two numbers, and
gradient descent moves the vectors themselves. What is left of CLIP is the loss and the space.

>>> toy = Toy(pairs=8, steps=200)
>>> history = train_toy(toy)
>>> history.image_points.shape
(201, 8, 2)
>>> print(f"the loss falls from {history.losses[0]:.1f} to {history.losses[-1]:.2f}")
the loss falls from 6.4 to 0.10
"""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from clipit.losses import info_nce

CONE = 0.7  # radians to either side of a cone's middle
IMAGE_CONE, TEXT_CONE = 0.0, 1.5  # the middles of the two cones, radians
Points = Float[np.ndarray, "pairs 2"]
Parameters = dict[str, Float[Array, "..."]]


@dataclass(frozen=True)
class Toy:
    """What to train, and how.

    Attributes:
        pairs: how many pictures, each with one caption; at least 2.
        logit_scale: what similarities are multiplied by in the loss; positive.
        learning_rate: the length of a step is this times the gradient.
        steps: how many gradient steps.
        negatives: False keeps only the pull between the two of a pair, logit_scale times the mean of 1 - cosine.
        cones: pictures start in one narrow cone and captions in another, as in a CLIP before its training.
        shared: each picture's vector is its own plus one that all pictures share, and captions share another, as an
            encoder's weights serve all its inputs. Where vectors are only their own nothing ties one pair to another.
        seed: of the places where points start.
    """

    pairs: int = 24
    logit_scale: float = 10.0
    learning_rate: float = 0.3
    steps: int = 300
    negatives: bool = True
    cones: bool = False
    shared: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises a ValueError when a value is out of its range."""
        if self.pairs < 2:
            raise ValueError(f"The toy needs at least two pairs to tell apart, not {self.pairs}.")
        if self.steps < 1:
            raise ValueError(f"The toy needs at least one step, not {self.steps}.")
        for name in ("logit_scale", "learning_rate"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be a positive number, not {getattr(self, name)}.")


@dataclass(frozen=True)
class History:
    """Where the points were before the first step and after each, and the loss there.

    Attributes:
        image_points: [frames, pairs, 2], of length one.
        text_points: [frames, pairs, 2], of length one.
        losses: [frames], in nats.
    """

    image_points: Float[np.ndarray, "frames pairs 2"]
    text_points: Float[np.ndarray, "frames pairs 2"]
    losses: Float[np.ndarray, " frames"]

    def thin(self, frames: int = 60) -> "History":
        """At most so many frames, evenly spaced, the first and the last among them: enough for an animation."""
        if frames < 2:
            raise ValueError(f"Keep at least two frames, the first and the last, not {frames}.")
        chosen = np.unique(np.linspace(0, len(self.losses) - 1, frames).round().astype(int))
        return History(self.image_points[chosen], self.text_points[chosen], self.losses[chosen])


def start_points(toy: Toy) -> tuple[Points, Points]:
    """Where the pictures and the captions of a toy start: anywhere on the circle, or in two cones; [pairs, 2] each."""
    rng = np.random.default_rng(toy.seed)
    if toy.cones:
        angles = rng.uniform(-CONE, CONE, (2, toy.pairs)) + np.array([[IMAGE_CONE], [TEXT_CONE]])  # [2, pairs]
    else:
        angles = rng.uniform(0, 2 * np.pi, (2, toy.pairs))  # [2, pairs]
    images, texts = np.stack([np.cos(angles), np.sin(angles)], axis=-1).astype(np.float32)  # [pairs, 2] each
    return images, texts


def train_toy(
    toy: Toy, start: tuple[Float[np.ndarray, "pictures 2"], Float[np.ndarray, "captions 2"]] | None = None
) -> History:
    """Plain gradient descent on the points themselves, which are brought back to length one after each step.

    Args:
        toy: what to train, and how.
        start: pictures and captions, [pairs, 2] each, scaled to length one; by default `start_points`.

    Returns:
        The points and losses of ``toy.steps + 1`` frames.

    Raises:
        ValueError: the start does not have the toy's pairs, or some of its vectors have no direction.
    """
    images, texts = start_points(toy) if start is None else start
    for points in (images, texts):
        if np.shape(points) != (toy.pairs, 2):
            raise ValueError(f"The start needs the shape ({toy.pairs}, 2) for the toy's pairs, not {np.shape(points)}.")
        if not (np.isfinite(points).all() and np.linalg.norm(points, axis=1).all()):
            raise ValueError("Some vectors of the start have no direction: they are zero or not numbers.")
    zero = jnp.zeros(2)
    parameters = {
        "images": normalise(jnp.asarray(images, jnp.float32)),
        "texts": normalise(jnp.asarray(texts, jnp.float32)),
        "all_images": zero,
        "all_texts": zero,
    }
    frames = _descend(parameters, toy.logit_scale, toy.learning_rate, toy.steps, toy.negatives, toy.shared)
    return History(*map(np.asarray, frames))


def normalise(vectors: Float[Array, "pairs 2"]) -> Float[Array, "pairs 2"]:
    """The same directions, with length one."""
    return vectors / jnp.linalg.norm(vectors, axis=1, keepdims=True)


def _points(parameters: Parameters) -> tuple[Float[Array, "pairs 2"], Float[Array, "pairs 2"]]:
    """Where pictures and captions are: their own vector plus the one that their kind shares, at length one."""
    images = normalise(parameters["images"] + parameters["all_images"])  # [pairs, 2]
    texts = normalise(parameters["texts"] + parameters["all_texts"])  # [pairs, 2]
    return images, texts


def _loss(parameters: Parameters, logit_scale: Float[Array, ""] | float, negatives: bool) -> Float[Array, ""]:
    images, texts = _points(parameters)
    if negatives:
        return info_nce(images, texts, logit_scale)
    cosines = (images * texts).sum(axis=1)  # [pairs]
    return logit_scale * (1 - cosines).mean()


def _step(
    parameters: Parameters, gradients: Parameters, learning_rate: Float[Array, ""] | float, shared: bool
) -> Parameters:
    """One step downhill. What is shared stays zero where nothing is to be shared."""
    moved = jax.tree.map(lambda value, gradient: value - learning_rate * gradient, parameters, gradients)
    own = {"images": normalise(moved["images"]), "texts": normalise(moved["texts"])}
    return moved | own if shared else parameters | own


@partial(jax.jit, static_argnames=("steps", "negatives", "shared"))
def _descend(
    parameters: Parameters,
    logit_scale: Float[Array, ""] | float,
    learning_rate: Float[Array, ""] | float,
    steps: int,
    negatives: bool,
    shared: bool,
) -> tuple[Float[Array, "frames pairs 2"], Float[Array, "frames pairs 2"], Float[Array, " frames"]]:
    """The points and the loss before the first step and after each."""

    def frame(parameters: Parameters, _: None):
        loss, gradients = jax.value_and_grad(_loss)(parameters, logit_scale, negatives)
        return _step(parameters, gradients, learning_rate, shared), (*_points(parameters), loss)

    return jax.lax.scan(frame, parameters, length=steps + 1)[1]
