"""The checks of lesson 3: one gradient step by hand, a space that has collapsed, and a batch that was drawn wrongly.

>>> collapsed(lambda pairs, width: (np.zeros((pairs, width)), np.zeros((pairs, width))))
Exercise 3.2: not yet: some vectors have the length 0: a vector of zeros points nowhere, make every length one.
>>> collapsed(lambda pairs, width: (np.eye(1, width).repeat(pairs, axis=0),) * 2)
Exercise 3.2: correct.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

IMAGES = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], np.float32)
TEXTS = np.array([[0.8, 0.6], [0.0, 1.0], [0.6, -0.8]], np.float32)
SCALE, RATE = 2.0, 0.5
PICTURES, CAPTIONS, SIZE, LOOKS = 60, 5, 40, 30


@exercise("3.1")
def step(answer: Callable[..., Any]) -> str | None:
    """The pictures' points after one step of gradient descent, at length one again."""
    value = np.asarray(answer(IMAGES.copy(), TEXTS.copy(), SCALE, RATE), float)  # it may work in place
    if value.shape != IMAGES.shape:
        return f"return the moved pictures, {IMAGES.shape}; yours have the shape {value.shape}"
    slopes = slopes_by_similarity(IMAGES, TEXTS, SCALE)
    right = unit(IMAGES - RATE * slopes @ TEXTS)
    found = recognised(value, _wrong_steps(slopes))
    if found or not close(value, right):
        return found or f"for the example it is {right.round(3).tolist()}, yours is {value.round(3).tolist()}"
    two = unit(IMAGES[:2] - 0.1 * slopes_by_similarity(IMAGES[:2], TEXTS[1:], 5.0) @ TEXTS[1:])
    if not close(answer(IMAGES[:2].copy(), TEXTS[1:].copy(), 5.0, 0.1), two):
        return "right for the example, but not for two pairs, a scale of 5 and a rate of 0.1: use all that is given"
    return None


@exercise("3.2")
def collapsed(answer: Callable[..., Any]) -> str | None:
    """A space in which the pull alone is perfectly content, and no search can find anything."""
    pairs, width = 7, 5
    value = answer(pairs, width)
    if not isinstance(value, tuple | list) or len(value) != 2:
        return "return two arrays, the pictures' vectors and the captions': return images, texts"
    images, texts = (np.asarray(vectors, float) for vectors in value)
    for vectors in (images, texts):
        if vectors.shape != (pairs, width):
            return f"for 7 pairs of width 5 both arrays have the shape (7, 5), one of yours has {vectors.shape}"
        lengths = np.linalg.norm(vectors, axis=1)
        if not np.allclose(lengths, 1, atol=1e-3):
            why = "a vector of zeros points nowhere, " if lengths.min() < 1e-6 else ""
            return (
                f"some vectors have the length {lengths[np.abs(lengths - 1).argmax()]:.3g}: {why}make every length one"
            )
    cosines = images @ texts.T  # [pairs, pairs]
    if np.diag(cosines).min() < 0.999:
        return (
            "the pull is not content: the cosine of a picture and its own caption should be 1, "
            f"one of yours is {np.diag(cosines).min():.2f}"
        )
    if cosines.min() < 0.999:
        return (
            "each caption lies on its picture, but pairs lie apart, so a search still works: "
            "this space has not collapsed. Nothing in the pull speaks against putting all of them on one point"
        )
    return None


@exercise("3.3")
def batch(answer: Callable[..., Any]) -> str | None:
    """Draws pictures, each with one of its own captions, no picture twice."""
    pixels = np.arange(PICTURES, dtype=np.float32)[:, None] * np.ones(3, np.float32)  # each holds its own number
    rows, places = np.meshgrid(np.arange(PICTURES), np.arange(CAPTIONS), indexing="ij")
    captions = np.stack([rows, places], axis=-1)  # [pictures, captions, 2]: whose caption it is, and which of the five
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(LOOKS):
        pictures, texts = answer(rng, pixels, captions, SIZE)
        if np.shape(pictures) != (SIZE, 3) or np.shape(texts) != (SIZE, 2):
            return (
                f"a batch of {SIZE} needs {SIZE} pictures and one caption for each; yours have the shapes "
                f"{np.shape(pictures)} and {np.shape(texts)} where {(SIZE, 3)} and {(SIZE, 2)} are right"
            )
        drawn.append((np.asarray(pictures)[:, 0].astype(int), *np.asarray(texts).T))
    return _mistake_in(*map(np.array, zip(*drawn, strict=True)))


def _mistake_in(pictures: np.ndarray, owners: np.ndarray, places: np.ndarray) -> str | None:
    """What is wrong with many batches, each array [batches, size]: pictures, whose captions, which of their five."""
    apart = pictures != owners
    if apart.any():
        first = tuple(np.argwhere(apart)[0])
        return (
            f"picture {pictures[first]} comes with a caption of picture {owners[first]}: pixels and captions need the "
            "same rows, in the same order"
        )
    if any(len(set(batch)) < len(batch) for batch in pictures):
        return (
            "a picture comes twice in a batch, so that each of its captions is pushed away from its own picture: "
            "draw rows without putting them back, as rng.permutation does"
        )
    if all(set(batch) == set(pictures[0]) for batch in pictures):
        return "every batch has the same pictures: draw them anew each time, with the generator rng that is given"
    if len(set(places.ravel())) == 1:
        return f"always caption {places[0, 0]} of a picture: draw one of its five, with rng.integers"
    missing = set(range(CAPTIONS)) - set(places.ravel())
    if missing:
        return (
            f"caption {min(missing)} of a picture, counted from 0, never comes: "
            "the upper end of rng.integers is not drawn itself"
        )
    if all(len(set(batch)) == 1 for batch in places):
        return "all pictures of a batch come with the same one of their five captions: draw one for each picture"
    return None


def _wrong_steps(slopes: Float[np.ndarray, "pairs pairs"]) -> dict[str, list[Any]]:
    """Where usual mistakes lead to, under the sentence that says so."""
    logits, wanted, pairs = SCALE * IMAGES @ TEXTS.T, np.eye(len(IMAGES)), len(IMAGES)
    rows, columns = softmax(logits), softmax(logits.T).T
    moved, uphill = (IMAGES - sign * RATE * slopes @ TEXTS for sign in (1, -1))
    directions = [SCALE * (shares - wanted) / pairs for shares in (rows, columns)]
    directions += [direction / 2 for direction in directions]
    return {
        "this goes uphill: subtract the gradient": [unit(uphill), uphill],
        "right, but the points have left the circle: divide each by its length": [moved],
        "each point is to have the length one: take the length of every row, axis=1 with keepdims=True": [
            moved / np.linalg.norm(moved),
            moved / np.linalg.norm(moved, axis=0),
        ],
        "the scale stands in front of the derivative too: a logit is scale times similarity": [
            unit(IMAGES - RATE * slopes / SCALE @ TEXTS)
        ],
        "this is one direction only: add the shares of the rows and of the columns": [
            unit(IMAGES - RATE * direction @ TEXTS) for direction in directions
        ],
        "the loss is a mean over the pairs and over two directions: divide by 2 times the number of pairs": [
            unit(IMAGES - RATE * factor * slopes @ TEXTS) for factor in (2, pairs, 2 * pairs, 2 * pairs / 4)
        ],
        "both directions want the diagonal: subtract 2 * np.eye(pairs)": [
            unit(IMAGES - RATE * (slopes + SCALE * wanted / (2 * pairs)) @ TEXTS)
        ],
        "row i of the table belongs to picture i: multiply the table itself by the captions, not its transpose": [
            unit(IMAGES - RATE * slopes.T @ TEXTS)
        ],
        "a similarity changes with a picture as fast as the caption is long and in its direction: multiply the table "
        "by the captions, not by the pictures": [unit(IMAGES - RATE * slopes @ IMAGES)],
        "this is the gradient: take the step, images minus rate times gradient, and bring it to length one": [
            slopes @ TEXTS,
        ],
    }


def slopes_by_similarity(
    images: Float[np.ndarray, "pairs width"], texts: Float[np.ndarray, "pairs width"], scale: float
) -> Float[np.ndarray, "pairs pairs"]:
    """The derivative of InfoNCE by each similarity: shares received minus shares wanted, in both directions."""
    logits, pairs = scale * images @ texts.T, len(images)
    return scale * (softmax(logits) + softmax(logits.T).T - 2 * np.eye(pairs)) / (2 * pairs)


def softmax(logits: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "rows columns"]:
    """Positive shares that add up to one in each row."""
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def unit(points: Float[np.ndarray, "pairs width"]) -> Float[np.ndarray, "pairs width"]:
    """The same directions, with length one."""
    return points / np.linalg.norm(points, axis=1, keepdims=True)
