"""Which value to try next: a grid, then on beyond its edge while the best value lies there.

>>> tried = {1.0: 0.2, 2.0: 0.3, 4.0: 0.5}
>>> next_trial(tried, grid=(1.0, 2.0, 4.0))
8.0
>>> next_trial({**tried, 8.0: 0.4}, grid=(1.0, 2.0, 4.0)) is None
True
"""

import math
from collections.abc import Mapping, Sequence

from clipit.studies.table import Row


def next_trial(tried: Mapping[float, float], grid: Sequence[float], highest: float = math.inf) -> float | None:
    """The next value to try, or None when the best one has worse neighbours on both sides.

    Args:
        tried: the score of each value that was tried; more is better.
        grid: values that are all tried.
        highest: no value may lie above it, so the best one may lie there.
    """
    for value in grid:
        if value not in tried:
            return value
    best = best_trial(tried)
    if best == min(tried):
        return best / 2
    if best == max(tried) and best < highest:
        return min(best * 2, highest)
    return None


def best_trial(tried: Mapping[float, float]) -> float:
    """The value with the highest score; of equal ones the first that was tried."""
    return max(tried, key=tried.__getitem__)


def trials(rows: Sequence[Row], arm: str, value: str, score: str) -> dict[float, float]:
    """An arm's scores so far: two columns of its rows of the kind "tuning"."""
    return {float(row[value]): float(row[score]) for row in rows if row["kind"] == "tuning" and row["arm"] == arm}
