"""The checks of lesson 9: how far off answers are, a caption set that breaks counting, and a loss that repairs it.

>>> bias(lambda counts, answers: np.array([(answers - counts)[counts == n].mean() for n in range(1, 7)]))
Exercise 9.1: correct.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

COUNTS = np.array([1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6])
ANSWERS = np.array([1, 1, 2, 3, 3, 3, 4, 3, 3, 4, 3, 5, 4, 6])
PICTURED = np.array([0.34, 0.20, 0.15, 0.12, 0.10, 0.09])
RIGHT, WRONG, SCALE = np.array([0.6, 0.3, 0.5]), np.array([0.2, 0.35, 0.5]), 10.0


@exercise("9.1")
def bias(answer: Callable[..., Any]) -> str | None:
    """The mean of answer minus count, for each count."""
    value = np.asarray(answer(COUNTS, ANSWERS), float)
    apart = ANSWERS - COUNTS
    right = np.array([apart[number == COUNTS].mean() for number in range(1, 7)])
    mistakes: dict[str, list[Any]] = {
        "this is the count minus the answer: turn it around": [-right],
        "this is one number for all counts together: give one for each count from 1 to 6": [apart.mean()],
        "this is the accuracy of each count: the distance with its sign is wanted": [
            np.array([(apart[number == COUNTS] == 0).mean() for number in range(1, 7)])
        ],
        "this loses the sign, which says whether too few or too many were seen": [
            np.array([np.abs(apart[number == COUNTS]).mean() for number in range(1, 7)])
        ],
        "this groups by the answer: group by what the pictures show": [
            np.array([apart[number == ANSWERS].mean() for number in range(1, 7)])
        ],
        "this adds up: divide by how many pictures show that count": [
            np.array([apart[number == COUNTS].sum() for number in range(1, 7)])
        ],
    }
    found = recognised(value, mistakes)
    if found:
        return found
    if value.shape != (6,):
        return f"give an array of six numbers, one for each count from 1 to 6; yours has the shape {value.shape}"
    if not close(value, right):
        return f"for the example it is {right.round(2).tolist()}, yours is {value.round(2).tolist()}"
    return None


@exercise("9.2")
def broken(answer: Callable[..., Any]) -> str | None:
    """How often each number has to be written so that five and six are never learned, and two to four equally well."""
    value = np.asarray(answer(PICTURED), float)
    right = caption_set(PICTURED)
    shares = right * PICTURED
    mistakes: dict[str, list[Any]] = {
        "two to four are written equally often for each picture, but two is pictured more often than four, so its word "
        "is read more often: divide by how often each is pictured": [np.array([1, 1, 1, 1, 0, 0])],
        "this is how often each word is read in the end: divide by how often each count is pictured": [shares],
        "the words are equally often read, but one could write them more often: four can be written always": [
            right * scale for scale in (0.5, 0.12, 0.1)
        ],
        "five and six are still written: make them 0": [PICTURED[5] / PICTURED, PICTURED[3] / PICTURED],
        "the singular always says that there is one: the first is 1": [
            np.concatenate([[other], right[1:]]) for other in (0.0, PICTURED[3] / PICTURED[0])
        ],
    }
    if value.shape != (6,):
        return f"give six probabilities, for one to six; yours has the shape {value.shape}"
    found = recognised(value, mistakes)
    if found:
        return found
    if value.min() < 0 or value.max() > 1 + 1e-9:
        return "a probability lies between 0 and 1: no caption can say its number more often than always"
    if not close(value, right):
        return f"for the example it is {right.round(2).tolist()}, yours is {value.round(2).tolist()}"
    if not close(answer(np.full(6, 1 / 6)), [1, 1, 1, 1, 0, 0]):
        return "where all counts are pictured equally often it is 1, 1, 1, 1, 0, 0: use the numbers that are given"
    return None


def caption_set(pictured: np.ndarray) -> np.ndarray:
    """The right answer to 9.2."""
    written = np.zeros(6)
    written[0] = 1.0
    written[1:4] = pictured[1:4].min() / pictured[1:4]
    return written


@exercise("9.3")
def loss(answer: Callable[..., Any]) -> str | None:
    """The counting loss from similarities."""
    value = np.asarray(answer(RIGHT, WRONG, SCALE), float)
    each = np.log1p(np.exp(-SCALE * (RIGHT - WRONG)))
    right = each.mean()
    mistakes: dict[str, list[Any]] = {
        "these are the losses of the pictures one by one: take their mean": [each],
        "this adds the pictures up: take the mean": [each.sum()],
        "the scale is missing: multiply the similarities by it first": [np.log1p(np.exp(-(RIGHT - WRONG))).mean()],
        "this is the loss of the wrong caption: the right one comes first": [
            np.log1p(np.exp(SCALE * (RIGHT - WRONG))).mean()
        ],
        "this is the share of the right caption: take minus its logarithm": [np.exp(-each).mean()],
        "a loss is positive: there is a minus missing": [-right],
        "this is the mean of the shares, and then the logarithm: take the logarithm of each picture first": [
            -np.log(np.exp(-each).mean())
        ],
        "the logarithm of the course has the base e: np.log": [np.log2(1 + np.exp(-SCALE * (RIGHT - WRONG))).mean()],
    }
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for the example it is {right:.3f}, yours is {value!r}"
    return None
