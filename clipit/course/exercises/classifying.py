"""The checks of lesson 7: several sentences for a class, what a list of names allows, and an honest test of a prompt.

>>> ceiling(lambda names: len(set(names)) / len(names))
Exercise 7.3: correct.
>>> ceiling(lambda names: len(set(names)))
Exercise 7.3: not yet: this counts the different names: divide by how many classes there are.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

# Two classes of two sentences each, in the plane: the mean of the first is short.
SENTENCES = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.6, 0.8], [0.8, 0.6]], [[0.0, -1.0], [0.6, -0.8]]])
NAMES = ["gru", "topo", "gru", "cane", "gru", "topo", "ape", "riccio", "rana"]
# Whether each prompt (rows) is right about each picture: the second is lucky on the first half.
RIGHT = np.array([[1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1], [1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0],
                  [1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]], bool)  # fmt: skip


@exercise("7.1")
def average(answer: Callable[..., Any]) -> str | None:
    """One vector of length one for each class, from several sentences."""
    value = np.asarray(answer(SENTENCES), float)
    means = SENTENCES.mean(axis=1)  # [3, 2]
    right = means / np.linalg.norm(means, axis=1, keepdims=True)
    mistakes: dict[str, list[Any]] = {
        "the means are shorter than one: divide each by its length": [means],
        "this adds the sentences up: bring the result back to length one": [SENTENCES.sum(axis=1)],
        "this averages over the classes: the mean over the sentences of each class is wanted, axis 1": [
            SENTENCES.mean(axis=0),
            unit(SENTENCES.mean(axis=0)),
        ],
        "this divides by the length of all together: each class has its own, use axis=1 and keepdims=True": [
            means / np.linalg.norm(means)
        ],
        "this is the first sentence of each class: average over all of them": [SENTENCES[:, 0]],
        "this averages over the numbers of a vector, which is axis 2: average over the sentences, axis 1": [
            SENTENCES.mean(axis=2)
        ],
    }
    found = recognised(value, mistakes)
    if found:
        return found
    if value.shape != right.shape:
        return f"three classes in the plane give an array of the shape (3, 2), yours has {value.shape}"
    if not close(value, right):
        return f"for the example it is {right.round(2).tolist()}, yours is {value.round(2).tolist()}"
    return None


@exercise("7.3")
def ceiling(answer: Callable[..., Any]) -> str | None:
    """The highest accuracy that a list of names allows."""
    value = answer(NAMES)
    different, classes = len(set(NAMES)), len(NAMES)
    alone = sum(NAMES.count(name) == 1 for name in NAMES)
    mistakes: dict[str, list[Any]] = {
        "this counts the different names: divide by how many classes there are": [different],
        "these are the classes whose name is theirs alone: of the classes that share one, a classifier can still get "
        "one right": [alone / classes, alone],
        "this is the share that is lost: take it from one": [1 - different / classes, 1 - alone / classes],
        "a share lies between 0 and 1: leave out the factor 100": [100 * different / classes],
        "this counts the repetitions: what is left without them": [classes - different],
    }
    found = recognised(value, mistakes)
    if found or not close(value, different / classes):
        return found or f"for {', '.join(NAMES)} it is {different / classes:.3f}, yours is {value!r}"
    if not close(answer(["ape", "riccio"]), 1.0):
        return "where no name comes twice the ceiling is 1: is a number of classes built in"
    return None


@exercise("7.2")
def honest(answer: Callable[..., Any]) -> str | None:
    """Choosing a prompt on one half of the pictures, and reporting its gain on the other."""
    value = np.asarray(answer(RIGHT), float)
    half = RIGHT.shape[1] // 2
    first, second = RIGHT[:, :half].mean(axis=1), RIGHT[:, half:].mean(axis=1)
    right = best, _ = choose_and_report(RIGHT)
    everywhere = RIGHT.mean(axis=1)
    mistakes: dict[str, list[Any]] = {
        "this reports the gain on the half on which the prompt was chosen, where it looks better than it is": [
            (best, first[best] - first[0])
        ],
        "this chooses by looking at all pictures, also at those on which it then reports: choose on the first half": [
            (everywhere.argmax(), everywhere.max() - everywhere[0]),
            (everywhere.argmax(), second[everywhere.argmax()] - second[0]),
        ],
        "this chooses on the second half and reports on it: choose on the first half": [
            (second.argmax(), second.max() - second[0])
        ],
        "this chooses on the second half: choose on the first, and report on the second": [
            (second.argmax(), first[second.argmax()] - first[0])
        ],
        "this is the accuracy, not the gain: take away that of prompt 0": [(best, second[best])],
        "this is prompt 0 minus the chosen one: turn it around": [(best, second[0] - second[best])],
        "this counts pictures: divide by how many there are in the second half": [
            (best, (RIGHT[best, half:].sum() - RIGHT[0, half:].sum()))
        ],
    }
    if value.shape != (2,):
        return "return two numbers: the row of the chosen prompt, and its gain over prompt 0 on the second half"
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for the example it is prompt {best} with a gain of {right[1]:+.2f}, yours is {value.tolist()}"
    return None


def choose_and_report(right: np.ndarray) -> tuple[int, float]:
    """The right answer to 7.2: the best row on the first half of the columns, and its gain over row 0 on the second."""
    half = right.shape[1] // 2
    best = int(right[:, :half].mean(axis=1).argmax())
    return best, float(right[best, half:].mean() - right[0, half:].mean())


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length one."""
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)
