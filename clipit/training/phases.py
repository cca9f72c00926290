"""When a phase of a run ends, and which encoders stand still in it.

>>> from clipit.training.recipe import Phase
>>> phase = Phase(steps=100, patience=2)
>>> over(phase, [{"validation.loss": loss} for loss in (2.0, 1.5, 1.6, 1.5)])
True
>>> over(phase, [{"validation.loss": loss} for loss in (2.0, 1.5, 1.6, 1.4)])
False
"""

from collections.abc import Iterable
from typing import Any

from clipit.training.recipe import Phase

LOSS = "validation.loss"


def over(phase: Phase, lines: list[dict[str, Any]]) -> bool:
    """Whether a phase with these metrics, one dictionary for each of its steps, is at its end.

    It is after its last step, or when the lowest validation loss is as many looks ago as the phase has patience.
    """
    if len(lines) >= phase.steps:
        return True
    losses = [line[LOSS] for line in lines if LOSS in line]
    return bool(phase.patience and losses and len(losses) - 1 - losses.index(min(losses)) >= phase.patience)


def lowest_so_far(lines: list[dict[str, Any]]) -> bool:
    """Whether the last step was looked at, and no look of the phase before it found a lower validation loss."""
    losses = [line[LOSS] for line in lines if LOSS in line]
    return LOSS in lines[-1] and losses[-1] < min(losses[:-1], default=float("inf"))


def frozen_encoders(phase: Phase, parameters: Iterable[str]) -> set[str]:
    """Which of "vision" and "text" have no parameter that trains."""
    moving = {name.split(".")[0] for name in parameters if phase.moves(name)}
    return {"vision", "text"} - moving
