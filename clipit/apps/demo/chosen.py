"""Successes and failures that a rule chooses, so that nobody's taste does.

Each caption of the gallery is a query. The successes find their own picture first, by the largest margin over the best
picture of which the caption is not true; the failures place their own picture lowest.

>>> similarities = np.eye(3, dtype=np.float32)
>>> found = chosen(similarities, similarities, np.eye(3, dtype=bool), 2)
>>> [one["picture"] for one in found["successes"]], [one["rank"] for one in found["failures"]]
([0, 1], [])
"""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float


def chosen(
    captions: Float[np.ndarray, "n dim"],
    pictures: Float[np.ndarray, "n dim"],
    true: Bool[np.ndarray, "n n"],
    number: int,
) -> dict[str, Any]:
    """The clearest successes and the worst failures.

    Args:
        captions: their vectors, caption i belongs to picture i.
        pictures: their vectors.
        true: of which pictures each caption is true: those are no mistakes.
        number: of each kind, at most.
    """
    similarities = captions @ pictures.T  # [n, n]
    own = np.diagonal(similarities)  # [n]
    others = np.where(true, -np.inf, similarities)  # [n, n]
    margins = own - others.max(axis=1)  # [n]
    ranks = 1 + (others >= own[:, None]).sum(axis=1)  # [n]
    best = [row for row in np.argsort(-margins, kind="stable").tolist() if ranks[row] == 1][:number]
    worst = [row for row in np.argsort(-ranks, kind="stable").tolist() if ranks[row] > 1][:number]

    def told(row: int) -> dict[str, Any]:
        wrong = int(others[row].argmax())
        return {"picture": row, "rank": int(ranks[row]), "margin": round(float(margins[row]), 3), "wrong": wrong}

    return {
        "successes": [told(row) for row in best],
        "failures": [told(row) for row in worst],
        "first": int((ranks == 1).sum()),
        "queries": len(ranks),
    }
