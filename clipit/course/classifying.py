"""A shorter list of answers for each picture: the right one and some others.

>>> few_answers(np.array([[0.1, 0.9, 0.3]]), np.array([1]), count=2, seed=0)[0, 0].item()
0.9
"""

import numpy as np
from jaxtyping import Float, Int


def few_answers(
    similarities: Float[np.ndarray, "pictures classes"], labels: Int[np.ndarray, " pictures"], count: int, seed: int
) -> Float[np.ndarray, "pictures count"]:
    """The similarity of each picture to the right class (first column) and to other classes, drawn for each picture.

    Raises:
        ValueError: there are not so many classes.
    """
    classes = similarities.shape[1]
    if not 2 <= count <= classes:
        raise ValueError(f"Of {classes} classes one can choose 2 to {classes}, not {count}.")
    order = np.random.default_rng(seed).random(similarities.shape)
    order[np.arange(len(labels)), labels] = -1  # the right one comes first
    chosen = np.argsort(order, axis=1)[:, :count]  # [pictures, count]
    return np.take_along_axis(similarities, chosen, axis=1)
