"""The checks of lesson 11: a sum over tiles, small batches that are no large one, and the hours of a run.

>>> hours(lambda pairs, operations, peak, share, devices: pairs * operations / (peak * share * devices))
Exercise 11.3: not yet: these are seconds: divide by 3600.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

LOGITS = np.array([
    [3.0, 1.0, 0.0, 2.0, -1.0],
    [0.0, 5.0, 5.0, 1.0, 0.5],
    [1_000.0, 2.0, 0.0, 999.0, 1.0],
])  # fmt: skip
SQUARE = np.array([
    [2.0, 0.0, 1.0, 0.5],
    [0.5, 3.0, 0.0, 2.0],
    [1.0, 0.5, 1.5, 1.0],
    [0.0, 2.0, 0.5, 2.5],
])  # fmt: skip
RUN = (2_000_000, 5e10, 1e14, 0.4, 8)  # pairs, operations for each, peak, share of it, devices


@exercise("11.1")
def tile_loop(answer: Callable[..., Any]) -> str | None:
    """The logarithm of the sum of exponentials, a tile of columns at a time."""
    asked: list[tuple[int, int]] = []

    def logits(start: int, stop: int) -> np.ndarray:
        asked.append((int(start), int(stop)))
        return LOGITS[:, start:stop].copy()

    with np.errstate(all="ignore"):
        value = np.asarray(answer(logits, LOGITS.shape[1], 2), float)
    largest = LOGITS.max(axis=1)
    right = largest + np.log(np.exp(LOGITS - largest[:, None]).sum(axis=1))
    if any(stop - start > 2 for start, stop in asked):
        return "this asks for more than `tile` columns at once: that is the memory which we do not have"
    if max((stop for _, stop in asked), default=0) < LOGITS.shape[1]:
        return "the last columns are never looked at: five columns in tiles of two are three tiles, the last one short"
    if value.shape == right.shape and not np.isfinite(value).all():
        return "right for small logits, but np.exp overflows for large ones: subtract the largest logit so far"
    with np.errstate(all="ignore"):
        sums = np.exp(LOGITS - largest[:, None])
        per_tile = np.stack([LOGITS[:, at : at + 2].max(axis=1) for at in (0, 2, 4)])
        unscaled = sum(np.exp(LOGITS[:, at : at + 2] - per_tile[i][:, None]).sum(1) for i, at in enumerate((0, 2, 4)))
    mistakes: dict[str, list[Any]] = {
        "this is the sum without its logarithm": [sums.sum(axis=1)],
        "this is the largest logit alone: add the logarithm of the sum": [largest],
        "this is the logarithm of the sum, but the largest logit that was subtracted is not added again": [
            np.log(sums.sum(axis=1))
        ],
        "when a larger logit turns up, what was summed before has to be multiplied by exp(old largest - new largest)": [
            largest + np.log(unscaled)
        ],
        "this is one number: give one for each row": [right.sum(), right.mean()],
    }
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for the example it is {right.round(3).tolist()}, yours is {np.round(value, 3).tolist()}"
    return None


@exercise("11.2")
def accumulated(answer: Callable[..., Any]) -> str | None:
    """The mean of the losses of small batches, cut out of the logits of a large one."""
    value = np.asarray(answer(SQUARE, 2), float)
    right = small_batches(SQUARE, 2)
    sums = np.log(np.exp(SQUARE).sum(axis=1)) - SQUARE.diagonal()
    mistakes: dict[str, list[Any]] = {
        "this is the loss of the whole batch: a small batch knows its own pictures and captions only": [sums.mean()],
        "this is the first small batch alone: take the mean over all": [small_batches(SQUARE[:2, :2], 2)],
        "this adds the losses up: take their mean": [2 * right, 4 * right],
        "these are the losses one by one: take their mean": [per_pair(SQUARE, 2)],
        "the sign is turned around: a loss is minus the logarithm of a share": [-right],
    }
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for the example it is {right:.3f}, yours is {value!r}"
    if not close(np.asarray(answer(SQUARE, 4), float), sums.mean()):
        return "with small batches as large as the batch it should be the whole batch's loss: use `size` for 2"
    return None


def per_pair(logits: np.ndarray, size: int) -> np.ndarray:
    """The loss of each picture among the captions of its own small batch."""
    blocks = [logits[at : at + size, at : at + size] for at in range(0, len(logits), size)]
    return np.concatenate([np.log(np.exp(block).sum(axis=1)) - block.diagonal() for block in blocks])


def small_batches(logits: np.ndarray, size: int) -> float:
    """The right answer to 11.2."""
    return float(per_pair(logits, size).mean())


@exercise("11.3")
def hours(answer: Callable[..., Any]) -> str | None:
    """How long a run takes."""
    pairs, operations, peak, share, devices = RUN
    value = np.asarray(answer(*RUN), float)
    seconds = pairs * operations / (peak * share * devices)
    right = seconds / 3600
    mistakes: dict[str, list[Any]] = {
        "these are seconds: divide by 3600": [seconds],
        "these are minutes: divide by 60 once more": [seconds / 60],
        "no device reaches its peak: multiply it by the share that is reached": [right * share],
        "the share goes the other way: what is reached is the peak *times* the share": [right * share**2],
        "several devices share the work: divide by how many they are": [right * devices],
        "more devices make it shorter, not longer": [right * devices**2],
    }
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for the example it is {right:.4f}, yours is {value!r}"
    return None
