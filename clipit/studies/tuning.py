"""Which value to try next: a grid, then on beyond its edge while the best value lies there.

>>> tried = {1.0: 0.2, 2.0: 0.3, 4.0: 0.5}
>>> next_trial(tried, grid=(1.0, 2.0, 4.0))
8.0
>>> next_trial({**tried, 8.0: 0.4}, grid=(1.0, 2.0, 4.0)) is None
True
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from clipit.studies.table import Row, Table

Cell = TypeVar("Cell")  # what a study tunes apart: an arm, or an arm and a number of pairs


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


def trials(rows: Sequence[Row], value: str, score: str, **wanted: str) -> dict[float, float]:
    """The scores so far, two columns of the rows of the kind "tuning"; the mean where a value has several rows.

    Args:
        rows: a study's table.
        value: name of the column of what was tried.
        score: name of the column of how good it is.
        wanted: what other columns hold, such as the arm.
    """
    found: dict[float, list[float]] = {}
    for row in rows:
        if row["kind"] == "tuning" and all(row[name] == text for name, text in wanted.items()):
            found.setdefault(float(row[value]), []).append(float(row[score]))
    return {tried: sum(scores) / len(scores) for tried, scores in found.items()}


def tune(
    table: Table,
    grid: Mapping[Cell, Sequence[float]],
    rows_for: Callable[[Cell, float], list[dict[str, Any]]],
    scores: Callable[[Cell], Mapping[float, float]],
    measure: Callable[..., dict[str, Any]],
) -> None:
    """Tries the grids of several arms, then goes on beyond the edge of those whose best value lies there.

    Args:
        table: where the trials are kept.
        grid: for each arm the values that are all tried.
        rows_for: the rows of a trial, by what they are found by: one for each seed.
        scores: an arm's scores so far; more is better.
        measure: see ``Table.complete``.
    """
    first = [row for cell in grid for value in grid[cell] for row in rows_for(cell, value)]
    table.complete(sorted(first, key=lambda row: row["seed"]), measure)  # processes then compile different things
    while further := {cell: value for cell in grid if (value := next_trial(scores(cell), grid[cell])) is not None}:
        table.complete([row for cell, value in further.items() for row in rows_for(cell, value)], measure)
