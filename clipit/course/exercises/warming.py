"""The checks of lesson 5: what trains, why "frozen" weights moved, and when the warm-up is over.

>>> shrunk(lambda rate, decay, steps: (1 - rate * decay) ** steps)
Exercise 5.2: correct.
>>> shrunk(lambda rate, decay, steps: 1 - rate * decay * steps)
Exercise 5.2: not yet: every step takes its share of what is left, not of what there was: multiply, step by step.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

TRAINS = ("visual_projection.kernel", "text_projection.kernel", "log_logit_scale")
FROZEN = ("vision.convolutions.0.kernel", "vision.head.bias", "text.blocks.0.mlp.hidden.kernel",
          "text.word_embedding.embedding", "text.embedding_norm.scale")  # fmt: skip
LOOKS = [4.0, 3.0, 2.5, 2.6, 2.4, 2.5, 2.4, 2.45, 2.5, 2.3]


@exercise("5.1")
def trains(answer: Callable[..., Any]) -> str | None:
    """Whether a parameter of this name moves in the warm-up."""
    said = {name: bool(answer(name)) for name in (*TRAINS, *FROZEN)}
    if all(said.values()):
        return "this lets everything move: nothing is frozen"
    if not any(said.values()):
        return "this freezes everything: what should learn, then"
    if not any(said[name] for name in TRAINS) and all(said[name] for name in FROZEN):
        return "it is the other way round: True is for what moves"
    for name in FROZEN:
        if said[name]:
            return f"{name} belongs to an encoder and would move"
    for name in TRAINS[:2]:
        if not said[name]:
            return f"{name} is new and random, and would stay so"
    if not said["log_logit_scale"]:
        return "the logit scale learns too: without it the loss would keep its first scale, 14.3"
    if answer("text_projector.old.kernel"):
        return (
            "text_projector.old.kernel is no projection of this model: compare with the dot, as in 'text_projection.'"
        )
    return None


@exercise("5.2")
def shrunk(answer: Callable[..., Any]) -> str | None:
    """What weight decay leaves of a parameter that never gets a gradient."""
    value = answer(0.1, 0.5, 10)
    right = 0.95**10
    mistakes = {
        "every step takes its share of what is left, not of what there was: multiply, step by step": [0.5],
        "this is what is lost: what is left is one minus that": [1 - right],
        "the decay is multiplied with the learning rate": [0.5**10],
        "the learning rate is multiplied with the decay": [0.9**10],
        "this is one step only": [0.95],
        "it grows: the decay is subtracted": [1.05**10],
    }
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"with a rate of 0.1, a decay of 0.5 and 10 steps it is {right:.3f}, yours is {value}"
    if not close(answer(0.1, 0.0, 10), 1.0):
        return "without decay nothing is lost"
    return None


@exercise("5.3")
def over(answer: Callable[..., Any]) -> str | None:
    """After which look a phase with patience ends."""
    value = answer(LOOKS, 3)
    mistakes = {
        "looks are counted from 1, as steps are: add one": [7],
        "it ends when the patience is used up, not one look later": [9],
        "the first look that is no better ends nothing yet: it takes `patience` of them": [4],
        "this is the look with the lowest loss: the phase ends `patience` looks after it": [5],
    }
    if value is None:
        return "it does end: the 2.4 of look 7 is not lower than that of look 5, and only a lower loss is news"
    found = recognised(value, mistakes)
    if found or value != 8:
        return found or f"for {LOOKS} and a patience of 3 it is look 8, yours is {value}"
    if answer(LOOKS, 1) != 4:
        return f"with a patience of 1 it ends at look 4, the first that is no better; yours is {answer(LOOKS, 1)}"
    if answer([3.0, 2.0, 1.0], 2) is not None:
        return "a loss that falls and falls ends nothing: return None"
    return None


def first_over(losses: list[float], patience: int) -> int | None:
    """The right answer to 5.3, as the library finds it."""
    for look in range(1, len(losses) + 1):
        best = int(np.argmin(losses[:look])) + 1
        if look - best >= patience:
            return look
    return None
