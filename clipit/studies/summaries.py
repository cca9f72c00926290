"""What a study's table says: an arm's mean and interval over seeds, and the difference of two arms.

>>> rows = [{"kind": "result", "tea": "green", "seed": str(seed), "degrees": str(80 + seed)} for seed in range(3)]
>>> told(values(rows, "degrees", tea="green").values())
'81.00 (78.52 to 83.48)'
"""

from collections.abc import Iterable, Mapping, Sequence

from clipit.evaluation import seed_interval
from clipit.studies.table import Row


def values(rows: Sequence[Row], measure: str, **wanted: str) -> dict[str, float]:
    """A measure of the rows of the kind "result" with the wanted values, by seed."""
    results = [row for row in rows if row["kind"] == "result"]
    return {row["seed"]: float(row[measure]) for row in results if all(row[key] == wanted[key] for key in wanted)}


def difference(first: Mapping[str, float], second: Mapping[str, float]) -> list[float]:
    """First minus second, seed by seed.

    Raises:
        ValueError: one of them has a seed that the other lacks.
    """
    if first.keys() != second.keys():
        raise ValueError(f"Both need the same seeds; these have {sorted(first)} and {sorted(second)}.")
    return [first[seed] - second[seed] for seed in first]


def told(numbers: Iterable[float]) -> str:
    """Mean and 95 % interval over seeds: "0.35 (0.33 to 0.37)"."""
    interval = seed_interval(list(numbers))
    return f"{interval['mean']:.2f} ({interval['low']:.2f} to {interval['high']:.2f})"
