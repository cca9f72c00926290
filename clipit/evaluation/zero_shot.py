"""Zero-shot classification: the class whose name, put into a sentence, lies nearest to the picture.

Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision", section 3.1; several
sentences for each class ("una foto di un gatto", "un disegno di un gatto") are averaged as in its section 3.1.4.

>>> cat, dog = [[1.0, 0.0], [0.8, 0.6]], [[0.0, 1.0], [0.6, 0.8]]
>>> classes = ensemble(np.array([cat, dog]))
>>> pictures = np.array([[1.0, 0.0], [0.8, 0.6]])
>>> zero_shot(pictures, classes, labels=[0, 1], ks=(1, 2))
{'top1': 0.5, 'top2': 1.0}
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Num, Shaped

from clipit.evaluation.embeddings import as_embeddings
from clipit.evaluation.retrieval import first_relevant_rank, recall_at


def zero_shot(
    image_embeddings: Num[Any, "images dim"],
    class_embeddings: Num[Any, "classes _dim"],
    labels: Sequence | Shaped[Any, "_images ..."],
    ks: Sequence[int] = (1, 5),
) -> dict[str, float]:
    """Share of pictures whose class is among the k nearest ones: retrieval with the classes as the gallery.

    Args:
        image_embeddings: one row for each picture, L2-normalised.
        class_embeddings: one row for each class, L2-normalised, see ``ensemble``.
        labels: for each picture the index of its class; for a picture of several things the set of its classes, of
            which finding one is enough.
        ks: how many guesses the model has.

    Returns:
        ``"topk"`` for each k, 0 to 1. A class as similar as the right one is placed before it: ties count against
        the model.

    Raises:
        ValueError: NaN or shapes that do not fit, a picture without a class, a label without a class, a k below 1.
    """
    ranks = first_relevant_rank(image_embeddings, class_embeddings, labels)
    return {f"top{k}": recall for k, recall in zip(ks, recall_at(ranks, ks), strict=True)}


def ensemble(prompt_embeddings: Num[Any, "classes prompts dim"]) -> Float[np.ndarray, "classes dim"]:
    """One embedding for each class: the mean over its prompts, brought back to length 1.

    Args:
        prompt_embeddings: for each class the same number of prompts, each L2-normalised.

    Raises:
        ValueError: not three axes, NaN, or prompts of a class that cancel out.
    """
    means = as_embeddings(prompt_embeddings, "prompts", axes=3).mean(axis=1)  # [classes, dim]
    lengths = np.linalg.norm(means, axis=1, keepdims=True)  # [classes, 1]
    if not lengths.all():
        raise ValueError(f"the prompts of class {np.flatnonzero(lengths == 0)[0]} cancel out: their mean is zero")
    return means / lengths
