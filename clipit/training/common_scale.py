"""A validation loss that can be compared: each model gets the logit scale that suits it best.

The loss of two models at different logit scales says little: a softer scale bounds it from below, whatever the model
knows. Here the scale is fitted on one half of the pairs and the loss is read on the other.

>>> rng = np.random.default_rng(0)
>>> texts = np.linalg.qr(rng.normal(size=(8, 8)))[0]
>>> bool(loss_at_fitted_scale(texts, texts, np.eye(8, dtype=bool)) < 1e-3)
True
"""

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import minimize_scalar

from clipit.models.dual import LARGEST_LOGIT_SCALE


def loss_at_fitted_scale(
    images: Float[np.ndarray, "n dim"], texts: Float[np.ndarray, "n dim"], positives: Bool[np.ndarray, "n n"]
) -> float:
    """The contrastive loss of the second half of the pairs, at the scale that is best for the first half.

    Args:
        images: embeddings of length one.
        texts: embeddings of length one.
        positives: whether caption j describes picture i.
    """
    half = len(images) // 2
    similarities = images @ texts.T  # [n, n]
    fitted_on, read_on = (
        (similarities[part, part], positives[part, part]) for part in (slice(half), slice(half, None))
    )
    found = minimize_scalar(lambda log: contrastive(*fitted_on, np.exp(log)), bounds=(0, np.log(LARGEST_LOGIT_SCALE)))
    return contrastive(*read_on, np.exp(found.x))


def contrastive(similarities: Float[np.ndarray, "n n"], positives: Bool[np.ndarray, "n n"], scale: float) -> float:
    """``clipit.losses.info_nce`` in NumPy, where it is called again and again on small matrices of many sizes."""
    logits = scale * similarities.astype(np.float64)
    losses = []
    for axis in (0, 1):
        log_shares = logits - np.logaddexp.reduce(logits, axis=axis, keepdims=True)  # [n, n]
        losses.append(-(log_shares * positives).sum(axis) / positives.sum(axis))
    return float(np.mean(losses))
