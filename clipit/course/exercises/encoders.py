"""The checks of lesson 1: a step downhill, patches, the mean of real tokens, and the way into the shared space.

>>> patches(lambda picture, size: picture.reshape(-1, size * size * 3))
Exercise 1.2: not yet: these are pieces of rows, not squares: a patch takes `size` pixels of each of `size` rows.
>>> pool(lambda tokens, mask: (tokens * mask[..., None]).sum(1) / mask.sum(1, keepdims=True))
Exercise 1.3: correct.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

POINT = np.array([1.0, 5.0], np.float32)
PICTURE = np.arange(4 * 6 * 3, dtype=np.float32).reshape(4, 6, 3)
TOKENS = np.array([[[1.0, 0.0], [3.0, 4.0], [9.0, 9.0]], [[2.0, 2.0], [4.0, 0.0], [6.0, 1.0]]])
MASK = np.array([[1, 1, 0], [1, 1, 1]])
FEATURES = np.array([[1.0, 2.0, 2.0], [0.0, 3.0, 1.0]])
MATRIX = np.array([[1.0, 0.0], [1.0, 2.0], [0.0, 0.0]])


@exercise("1.1")
def step(answer: Callable[..., Any]) -> str | None:
    """One step of gradient descent, with jax.grad."""
    import jax.numpy as jnp

    def loss(point: Any) -> Any:
        return (point[0] - 3) ** 2 + 2 * (point[1] - 3) ** 2

    point, gradient = jnp.asarray(POINT), np.array([-4.0, 8.0])
    value = np.asarray(answer(loss, point, 0.1))
    mistakes = {
        "this goes uphill: subtract the gradient instead of adding it": [POINT + 0.1 * gradient],
        "the rate is not used: multiply the gradient by it": [POINT - gradient],
        "this is the gradient: the new point is the old one minus rate times gradient": [gradient, 0.1 * gradient],
        "the point has not moved: return the new one (an array of JAX cannot be changed in place)": [POINT],
        "this subtracts the loss itself: take its gradient, jax.grad(loss)(point)": [POINT - 0.1 * 12, POINT - 12],
        "this divides by the rate: multiply the gradient by it": [POINT - gradient / 0.1],
    }
    right = POINT - 0.1 * gradient
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for the example the new point is {right.round(2).tolist()}, yours is {told(value)}"
    if not close(answer(lambda point: jnp.sin(point).sum(), point, 0.5), POINT - 0.5 * np.cos(POINT)):
        return "right for the example, but not for another loss: use `loss` and `rate` as they are given"
    return None


@exercise("1.2")
def patches(answer: Callable[..., Any]) -> str | None:
    """Cutting a picture into flattened patches, row by row."""
    value = np.asarray(answer(PICTURE, 2))
    grid = PICTURE.reshape(2, 2, 3, 2, 3)  # [rows, inside, columns, inside, colours]
    squares = grid.transpose(0, 2, 1, 3, 4)  # [rows, columns, inside, inside, colours]
    mistakes = {
        "these are pieces of rows, not squares: a patch takes `size` pixels of each of `size` rows": [
            PICTURE.reshape(-1, 12),
            grid.reshape(-1, 12),
        ],
        "the right squares, but column by column: the second patch is the one to the right of the first": [
            squares.transpose(1, 0, 2, 3, 4).reshape(-1, 12)
        ],
        "the right squares, not yet flattened: each patch becomes one row of size * size * 3 numbers": [
            squares,
            squares.reshape(-1, 2, 2, 3),
            squares.reshape(2, 3, 12),
        ],
        "each patch lists all its red numbers first: keep the three colours of a pixel together": [
            squares.transpose(0, 1, 4, 2, 3).reshape(-1, 12)
        ],
        "this is a single row: make one row for each patch": [squares.ravel(), PICTURE.ravel()],
        "inside each patch, columns come before rows: go through its pixels row by row": [
            squares.transpose(0, 1, 3, 2, 4).reshape(-1, 12)
        ],
    }
    right = squares.reshape(-1, 12)
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or (
            f"a picture of 4 x 6 pixels has 6 patches of 2 x 2, each of 12 numbers: the result has the shape (6, 12), "
            f"yours {value.shape}, and its first patch begins with {right[0, :8].astype(int).tolist()}"
        )
    if np.shape(answer(np.tile(PICTURE[:3], (2, 1, 1)), 3)) != (4, 27):
        return "right for patches of 2 x 2, but not of 3 x 3: use `size` where you wrote a number"
    return None


@exercise("1.3")
def pool(answer: Callable[..., Any]) -> str | None:
    """The mean of the tokens that are not padding."""
    value = np.asarray(answer(TOKENS, MASK))
    masked = TOKENS * MASK[..., None]
    right = masked.sum(1) / MASK.sum(1, keepdims=True)  # [[2, 2], [4, 1]]
    mistakes = {
        "the padding is counted as if it were words: use the mask": [TOKENS.mean(1)],
        "the padding is left out of the sum, but still counted: divide by how many real tokens there are": [
            masked.mean(1)
        ],
        "this is the sum: divide it by how many real tokens there are": [masked.sum(1)],
        "this divides by the real tokens of all sentences together: count them for each sentence": [
            masked.sum(1) / MASK.sum()
        ],
        "this is the mean over the wrong axis: the tokens of a sentence are axis 1": [
            TOKENS.mean(0),
            masked.mean(0),
            TOKENS.mean(2),
            masked.mean(2),
        ],
        "this is the last token alone: take the mean of all that are not padding": [TOKENS[:, -1]],
        "this is the first token alone: take the mean of all that are not padding": [TOKENS[:, 0]],
        "this is one vector for all sentences: keep the first axis, one row for each": [
            TOKENS[MASK > 0].mean(0),
            TOKENS.mean((0, 1)),
        ],
    }
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for the example it is {right.tolist()}, yours is {value.round(2).tolist()}"
    return None


@exercise("1.4")
def project(answer: Callable[..., Any]) -> str | None:
    """Features times a matrix, then to length one."""
    value = np.asarray(answer(FEATURES, MATRIX))
    product = FEATURES @ MATRIX  # [[3, 4], [3, 6]]
    lengths = np.linalg.norm(product, axis=1, keepdims=True)
    unit = FEATURES / np.linalg.norm(FEATURES, axis=1, keepdims=True)
    mistakes = {
        "the product is right; now divide each row by its length": [product],
        "this makes the features length one before the product: after it they have another length again": [
            unit @ MATRIX
        ],
        "this divides everything by one number: each row has a length of its own, with axis=1": [
            product / np.linalg.norm(product)
        ],
        "this makes the columns length one: each row is a vector, so take axis=1": [
            product / np.linalg.norm(product, axis=0)
        ],
        "this divides by squared lengths: the length is the root of the sum of squares": [product / lengths**2],
        "this divides by the sum of the numbers: length is the root of the sum of squares": [
            product / product.sum(1, keepdims=True)
        ],
        "the length is right, the product is missing: multiply by the matrix first": [unit],
        "these are the lengths: divide the product by them": [lengths, lengths[:, 0]],
    }
    found = recognised(value, mistakes)
    if found or not close(value, product / lengths):
        return (
            found
            or f"for the example it is {(product / lengths).round(2).tolist()}, yours is {value.round(2).tolist()}"
        )
    return None


def told(value: np.ndarray) -> list[float]:
    """Numbers for a message, rounded where a float32 shows more digits than it has."""
    return [float(f"{number:.4g}") for number in value.ravel()]
