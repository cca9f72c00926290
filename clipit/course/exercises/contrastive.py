"""The checks of lesson 2: the contrastive loss, its gradient for two pairs, and where a loss begins.

>>> loss_before(lambda pairs, devices: np.log(pairs))
Exercise 2.3: not yet: this counts the pairs of one device: each picture is compared with the captions of all of them.
>>> loss_before(lambda pairs, devices: np.log(pairs * devices))
Exercise 2.3: correct.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

IMAGES = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], np.float32)
TEXTS = np.array([[0.8, 0.6], [0.0, 1.0], [0.6, -0.8]], np.float32)
SIMILARITIES = np.array([[0.6, 0.1], [0.4, -0.2]], np.float32)
SCALE = 2.0


@exercise("2.1")
def info_nce(answer: Callable[..., Any]) -> str | None:
    """The symmetric contrastive loss of a batch of vectors of length one."""
    import jax.numpy as jnp

    images, texts = jnp.asarray(IMAGES), jnp.asarray(TEXTS)
    value = np.asarray(answer(images, texts, SCALE))
    if value.shape == (len(images),):
        return "there is one number for each pair: take the mean over the batch"
    if value.shape != ():
        return f"a loss is one number, yours has the shape {value.shape}: keep the diagonal and take its mean"
    right = symmetric(SCALE * IMAGES @ TEXTS.T)
    found = recognised(value, _wrong_losses(IMAGES @ TEXTS.T, SCALE))
    if found or not close(value, right):
        return found or f"for the example at scale {SCALE:.0f} it is {right:.3f}, yours is {float(value):.3f}"
    if not close(answer(images[:2], texts[:2], 3.0), symmetric(3 * IMAGES[:2] @ TEXTS[:2].T)):
        return "right for the example, but not for two pairs at scale 3: use the batch and the scale as they are given"
    with np.errstate(all="ignore"):
        large = float(answer(images, texts, 1_000.0))
    if not np.isfinite(large):
        return "right for a small scale, but exp overflows for a large one: take jax.nn.log_softmax, which takes care"
    return None


@exercise("2.2")
def gradient(answer: Callable[..., Any]) -> str | None:
    """How the loss of two pairs changes with each of the four similarities."""
    value = np.asarray(answer(SIMILARITIES, SCALE), float)
    if value.shape != (2, 2):
        return f"there is one number for each similarity, [2, 2]; yours has the shape {value.shape}"
    right = slopes(SIMILARITIES, SCALE)
    found = recognised(value, _wrong_gradients(SIMILARITIES, SCALE))
    if found or not close(value, right):
        return (
            found
            or f"for the example it is {right.round(3).tolist()}, yours is {value.round(3).tolist()} "
            "(rows are pictures, columns are captions)"
        )
    if not close(answer(SIMILARITIES.T, 5.0), slopes(SIMILARITIES.T, 5.0)):
        return "right for the example, but not for other similarities and scales: use both as they are given"
    return None


@exercise("2.3")
def loss_before(answer: Callable[..., Any]) -> str | None:
    """The loss before training, from the pairs on each device and how many devices there are."""
    pairs, devices = 16, 8
    value = float(answer(pairs, devices))
    batch = pairs * devices
    right = np.log(batch)
    mistakes = {
        "this counts the pairs of one device: each picture is compared with the captions of all of them": [
            np.log(pairs)
        ],
        "this multiplies the logarithm: multiply pairs by devices first, then take the logarithm": [
            np.log(pairs) * devices
        ],
        "this is the logarithm to the base two, in bits: take the natural one, np.log": [np.log2(batch)],
        "this is the logarithm to the base ten: take the natural one, np.log": [np.log10(batch)],
        "this is how many captions there are to choose from: the loss is the logarithm of it": [batch],
        "this is the share of each caption: the loss is minus the logarithm of it": [1 / batch],
        "the sign is wrong: a loss is minus the logarithm of a share, and so never negative": [-right],
        "the right caption is one of the choices as well: leave nothing out": [np.log(batch - 1)],
        "the two directions are averaged, not added": [2 * right],
        "averaging two directions that are alike changes nothing: do not halve": [right / 2],
    }
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for 16 pairs on each of 8 devices it is {right:.3f}, yours is {value:.3f}"
    if not close(answer(256, 1), np.log(256)):
        return f"right for 16 pairs on 8 devices, but for 256 pairs on one device it is {np.log(256):.3f}"
    return None


def _wrong_losses(similarities: np.ndarray, scale: float) -> dict[str, list[Any]]:
    """What usual mistakes in the loss come out as, under the sentence that says so."""
    logits, pairs = scale * similarities, len(similarities)
    rows, columns = one_direction(logits), one_direction(logits.T)
    right = (rows + columns) / 2
    shares = np.diag(softmax(logits)), np.diag(softmax(logits.T))
    both = (shares[0].mean() + shares[1].mean()) / 2
    flat = logits - np.log(np.exp(logits).sum())
    return {
        "this is the direction from pictures to captions alone: average it with the one from captions to pictures, "
        "which takes the softmax over the other axis (transposing and changing the axis gives the same one twice)": [
            rows
        ],
        "this is the direction from captions to pictures alone: average it with the one from pictures to captions, "
        "which takes the softmax over the other axis": [columns],
        "the two directions are added: their mean is asked for, so divide by two": [2 * right],
        "this adds the same direction up twice: transpose the logits, or change the axis, not both": [
            2 * rows,
            2 * columns,
        ],
        "this is the sum over the batch: take the mean, so that the loss does not grow with the batch": [
            pairs * right,
            2 * pairs * right,
            pairs * rows,
            pairs * columns,
        ],
        "the scale divides the similarities here: multiply by it": [symmetric(similarities / scale)],
        "the scale is not used: multiply the similarities by it before the softmax": [symmetric(similarities)],
        "this is the mean probability of the right caption: take the logarithm of each first, then the mean, "
        "and change the sign": [both, shares[0].mean(), shares[1].mean(), -both, 1 - both],
        "the logarithm comes before the mean: this takes the mean first": [-np.log(both)],
        "the sign is wrong: the logarithm of a probability is negative, so a loss is minus that": [-right],
        "this takes all pairs: the loss asks only for the right ones, on the diagonal": [
            -log_softmax(logits).mean(),
            -log_softmax(logits.T).mean(),
            (-log_softmax(logits).mean() - log_softmax(logits.T).mean()) / 2,
        ],
        "the softmax goes over the whole matrix: each row is a question of its own, and each column": [
            -np.diag(flat).mean()
        ],
        "this only pulls pairs together: without the softmax nothing pushes the others away": [
            -np.diag(logits).mean(),
            -np.diag(similarities).mean(),
        ],
        "this is the logarithm to the base two: take the natural one": [right / np.log(2)],
    }


def _wrong_gradients(similarities: np.ndarray, scale: float) -> dict[str, list[Any]]:
    """What usual mistakes in the gradient come out as, under the sentence that says so."""
    logits, wanted = scale * similarities, np.eye(2)
    rows, columns = softmax(logits), softmax(logits.T).T
    right = slopes(similarities, scale)
    unscaled = softmax(similarities) + softmax(similarities.T).T - 2 * wanted
    return {
        "the sign is wrong: this is the direction of a step, the gradient points uphill": [-right],
        "this is the direction from pictures to captions alone: add the one from captions to pictures, whose softmax "
        "goes over each column": [scale * (rows - wanted) / 4, scale * (rows - wanted) / 2],
        "this is the direction from captions to pictures alone: add the one from pictures to captions, whose softmax "
        "goes over each row": [scale * (columns - wanted) / 4, scale * (columns - wanted) / 2],
        "the scale is missing in front: a similarity moves its logit by scale times as much": [right / scale],
        "the scale divides here: multiply by it": [right / scale**2],
        "the loss is a mean over two pairs and over two directions: divide by four": [4 * right, 2 * right],
        "this lacks what is wanted: subtract one from both shares on the diagonal": [scale * (rows + columns) / 4],
        "subtract one on the diagonal for each of the two directions, so two in all": [
            scale * (rows + columns - wanted) / 4
        ],
        "the shares come from the logits: multiply the similarities by the scale before the softmax": [
            scale * unscaled / 4,
            unscaled / 4,
        ],
        "rows are pictures and columns are captions: yours is transposed": [right.T],
    }


def slopes(similarities: np.ndarray, scale: float) -> np.ndarray:
    """The derivative of the symmetric loss by each similarity: shares minus what is wanted."""
    logits, pairs = scale * np.asarray(similarities, float), len(similarities)
    return scale * (softmax(logits) + softmax(logits.T).T - 2 * np.eye(pairs)) / (2 * pairs)


def symmetric(logits: np.ndarray) -> float:
    """The mean of both directions."""
    return (one_direction(logits) + one_direction(logits.T)) / 2


def one_direction(logits: np.ndarray) -> float:
    """The mean of -log softmax on the diagonal, each row an anchor."""
    return float(-np.diag(log_softmax(logits)).mean())


def softmax(logits: np.ndarray) -> np.ndarray:
    """Shares that add up to one in each row."""
    return np.exp(log_softmax(logits))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Their logarithms."""
    shifted = np.asarray(logits, float) - np.max(logits, axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
