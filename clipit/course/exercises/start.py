"""The checks of lesson 0: how similar two vectors are, which pictures are nearest, and shares for labels.

>>> cosine(lambda a, b: a @ b)
Exercise 0.1: not yet: this is the dot product alone: divide it by the lengths of both vectors.
>>> cosine(lambda a, b: a @ b / np.linalg.norm(a) / np.linalg.norm(b))
Exercise 0.1: correct.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course.check import exercise

A, B = np.array([3.0, 4.0]), np.array([4.0, -2.0])
QUERY = np.array([1.0, 0.0])
ROWS = np.array([[0.0, 1.0], [0.6, 0.8], [1.0, 0.0], [0.8, -0.6], [-1.0, 0.0]])
SIMILARITIES = np.array([0.9, 0.5, 0.4])


@exercise("0.1")
def cosine(answer: Callable[..., Any]) -> str | None:
    """The cosine similarity of two vectors of any length."""
    value = answer(A, B)
    if np.ndim(value):
        return f"a similarity is one number, yours has the shape {np.shape(value)}: add the products up, as a @ b does"
    dot, lengths = A @ B, (np.linalg.norm(A), np.linalg.norm(B))
    right = dot / lengths[0] / lengths[1]
    mistakes = {
        "this is the dot product alone: divide it by the lengths of both vectors": [dot],
        "this divides by one of the two lengths: divide by the other one as well": [dot / length for length in lengths],
        "this divides by squared lengths: the length is the root of a @ a": [dot / lengths[0] ** 2 / lengths[1] ** 2],
        "this is how far apart the points are: similarity is about the angle; does yours change when one vector is "
        "made twice as long? It must not": [np.linalg.norm(A - B)],
        "this is one minus the similarity: leave the subtraction out": [1 - right],
        "this divides by the sum of the lengths: divide by their product": [dot / sum(lengths)],
    }
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for [3, 4] and [4, -2] it is {right:.3f}, yours is {float(value):.3f}"
    if not close(answer(-A, B), -right):
        return "vectors that point apart have a negative similarity: leave the sign as it is"
    return None


@exercise("0.2")
def nearest(answer: Callable[..., Any]) -> str | None:
    """The rows of the most similar vectors, best first."""
    value = np.asarray(answer(QUERY, ROWS, 3))
    similarities = ROWS @ QUERY  # [0, 0.6, 1, 0.8, -1]
    order = np.argsort(-similarities)  # [2, 3, 1, 0, 4]
    mistakes = {
        "the least similar come first: sort the negative similarities": [order[::-1][:3]],
        "the right rows, but the best comes last: turn them around": [order[:3][::-1]],
        "these look like similarities: return their places, with np.argsort": [
            similarities,
            similarities[:3],
            np.sort(similarities),
            np.sort(similarities)[::-1],
            np.sort(similarities)[::-1][:3],
        ],
        "all rows, in the right order: keep the first `count` of them": [order],
        "these are the places of the rows, not the rows in the order of their places: sort once, not twice": [
            np.argsort(order),
            np.argsort(order)[:3],
        ],
    }
    found = recognised(value, mistakes)
    if found or not close(value, order[:3]):
        return found or f"the best three of the example are the rows {order[:3].tolist()}, yours are {value.tolist()}"
    if np.shape(answer(QUERY, ROWS, 1)) != (1,):
        return "for a count of 1 it should be an array of one row: use `count` where you wrote 3"
    return None


@exercise("0.3")
def shares(answer: Callable[..., Any]) -> str | None:
    """Softmax over labels, with the logit scale."""
    scale = 5.0
    with np.errstate(all="ignore"):
        value = np.asarray(answer(SIMILARITIES, scale), float)
        large = np.asarray(answer(SIMILARITIES, 2_000.0), float)
    mistakes = {
        "the scale is not used: multiply the similarities by it first": [softmax(SIMILARITIES)],
        "this divides by the scale: multiply by it, which makes the differences larger": [
            softmax(SIMILARITIES / scale)
        ],
        "these are not shares yet: divide by their sum, so that they add up to one": [
            np.exp(scale * SIMILARITIES),
            np.exp(scale * (SIMILARITIES - SIMILARITIES.max())),
        ],
        "this divides the similarities by their sum: take np.exp of them first": [
            SIMILARITIES / SIMILARITIES.sum(),
        ],
        "the scale belongs inside np.exp": [scale * softmax(SIMILARITIES)],
    }
    right = softmax(scale * SIMILARITIES)
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for {SIMILARITIES.tolist()} and scale 5 it is {right.round(3)}, yours is {value.round(3)}"
    if not np.isfinite(large).all():
        return "right for small logits, but np.exp overflows for large ones: subtract the largest logit before np.exp"
    return None


def softmax(logits: np.ndarray) -> np.ndarray:
    """Positive shares that add up to one."""
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def close(value: Any, right: Any) -> bool:
    """Whether two arrays have the same shape and, up to rounding, the same values."""
    return np.shape(value) == np.shape(right) and bool(np.allclose(value, right, rtol=1e-4, atol=1e-6))


def recognised(value: Any, mistakes: dict[str, list[Any]]) -> str | None:
    """The sentence of the known mistake that gives this value, if one does."""
    return next((said for said, wrong in mistakes.items() if any(close(value, one) for one in wrong)), None)
