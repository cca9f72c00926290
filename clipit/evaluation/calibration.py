"""Does a model that says "90 %" get nine of ten right? Shares, such as those of a softmax over labels, against truth.

Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2: answers are sorted into bins by their share, and
in each bin the mean share is compared with the share of right answers.

>>> shares = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
>>> found = calibration(shares, labels=[0, 0, 1, 1], bins=2)
>>> round(found["error"], 2), found["answers"]
(0.25, [0, 4])
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Num, Shaped


def calibration(
    shares: Num[Any, "pictures classes"], labels: Sequence | Shaped[Any, " _pictures"], bins: int = 10
) -> dict[str, Any]:
    """How far a model's belief in its answers is from how often they are right.

    Args:
        shares: for each picture the share of each class, 0 to 1; the highest is the answer.
        labels: for each picture the index of its class.
        bins: of equal width from 0 to 1; an answer on an edge counts in the lower one.

    Returns:
        ``"error"``: the expected calibration error: the mean over answers of the distance, in their bin, between mean
        share and share of right answers; 0 to 1. ``"believed"`` and ``"right"``: these two for each bin, NaN for one
        without answers. ``"answers"``: how many each bin holds.

    Raises:
        ValueError: shares that are none, or not one label for each picture.
    """
    table, truth = np.asarray(shares, float), np.asarray(labels)
    if table.ndim != 2 or not table.size or truth.shape != table.shape[:1]:
        raise ValueError(f"There are shares {table.shape} and labels {truth.shape}: one row and one label a picture.")
    if not ((table >= 0) & (table <= 1)).all():
        raise ValueError("Shares lie between 0 and 1: are these logits?")
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}.")
    belief, hits = table.max(axis=1), table.argmax(axis=1) == truth  # [pictures]
    places = np.clip(np.ceil(belief * bins).astype(int) - 1, 0, bins - 1)  # [pictures]
    answers = np.bincount(places, minlength=bins)  # [bins]
    with np.errstate(invalid="ignore"):
        believed = np.bincount(places, belief, bins) / answers  # [bins]
        right = np.bincount(places, hits, bins) / answers
    error = np.nansum(answers * np.abs(believed - right)) / len(belief)
    return {"error": float(error), "believed": believed.tolist(), "right": right.tolist(), "answers": answers.tolist()}


def softmax(logits: Float[Any, "pictures classes"]) -> Float[np.ndarray, "pictures classes"]:
    """Positive shares of each row that add up to one."""
    weights = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)
