"""How many labelled examples is it worth? A linear classifier on a model's vectors, trained on a few of each class.

Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision", section 3.1.5 and its
figure 6: the encoder stays as it is, and logistic regression learns one direction for each class.

>>> vectors = np.array([[1.0, 0.1], [0.9, -0.1], [-1.0, 0.2], [-0.8, 0.0]])
>>> weights, bias = linear_probe(vectors, [0, 0, 1, 1], classes=2)
>>> (vectors @ weights + bias).argmax(axis=1).tolist()
[0, 0, 1, 1]
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Num, Shaped
from scipy.optimize import minimize

from clipit.evaluation.calibration import softmax


def linear_probe(
    embeddings: Num[Any, "examples dim"],
    labels: Sequence | Shaped[Any, " _examples"],
    classes: int,
    strength: float = 1.0,
) -> tuple[Float[np.ndarray, "dim classes"], Float[np.ndarray, " classes"]]:
    """Multinomial logistic regression, solved by L-BFGS.

    Args:
        embeddings: one row for each labelled example.
        labels: for each example the index of its class.
        classes: how many there are.
        strength: how little the weights are held back: the sum of the losses times this, plus half their squared
            length, is made small (scikit-learn calls it C). Choose it on other examples than those you report.

    Returns:
        Weights and bias; ``embeddings @ weights + bias`` is highest for the class it takes a picture for.

    Raises:
        ValueError: there is no example, not one label for each, a label without a class, or a strength that is not
            positive.
    """
    rows, truth = np.asarray(embeddings, float), np.asarray(labels)
    if rows.ndim != 2 or not len(rows) or truth.shape != rows.shape[:1]:
        raise ValueError(f"There are embeddings {rows.shape} and labels {truth.shape}: one row and label an example.")
    if truth.dtype.kind not in "iu" or truth.min() < 0 or truth.max() >= classes:
        raise ValueError(f"Labels are whole numbers from 0 to {classes - 1}.")
    if not strength > 0:
        raise ValueError(f"strength must be positive, not {strength}.")
    dim, wanted = rows.shape[1], np.eye(classes)[truth]  # [examples, classes]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = flat[: dim * classes].reshape(dim, classes), flat[dim * classes :]
        shares = softmax(rows @ weights + bias)  # [examples, classes]
        value = -np.log(np.maximum(shares[np.arange(len(rows)), truth], 1e-300)).sum()
        apart = strength * (shares - wanted)  # [examples, classes]
        gradient = np.concatenate([(rows.T @ apart + weights).ravel(), apart.sum(axis=0)])
        return strength * value + np.square(weights).sum() / 2, gradient

    found = minimize(loss, np.zeros((dim + 1) * classes), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return found[: dim * classes].reshape(dim, classes), found[dim * classes :]
