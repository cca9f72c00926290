"""How long things take, compared fairly: in turn, round after round in one run, and by medians.

On a machine that is shared, absolute times drift by a factor of two, and all that runs in the same minute drifts alike.

>>> sorted(in_turn({"one": lambda: None, "two": lambda: None}, rounds=2))
['one', 'two']
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 7


def seconds(action: Callable[[], Any]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def in_turn(actions: dict[str, Callable[[], Any]], rounds: int = ROUNDS, uncounted: int = 2) -> dict[str, float]:
    """The median seconds of each action; every round runs each once, after some rounds that are not counted."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(rounds + uncounted):
        for name, action in actions.items():
            took = seconds(action)
            if turn >= uncounted:
                taken[name].append(took)
    return {name: statistics.median(times) for name, times in taken.items()}
