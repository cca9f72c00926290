"""Counting: of "un gatto", "due gatti", ... "sei gatti", which caption lies nearest to the picture?

Each picture has captions of its own that differ only in the number, as in Paiss et al. 2023, "Teaching CLIP to Count
to Ten". Why to look at each count alone: one to four are seen at a glance, more have to be counted
(Dehaene 1997, "The Number Sense", chapter 3), and they are also written about less.

>>> one, two = [1.0, 0.0], [0.0, 1.0]
>>> counting(np.array([one, two, two]), np.array([[one, two]] * 3), counts=[1, 2, 1])
{'accuracy': 0.75, 'accuracy.1': 0.5, 'accuracy.2': 1.0, 'mean_absolute_error': 0.3333333333333333}
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int, Num, Shaped

from clipit.evaluation.embeddings import as_embeddings, tie_margin


def counting(
    image_embeddings: Num[Any, "images dim"],
    count_embeddings: Num[Any, "_images numbers _dim"],
    counts: Sequence | Shaped[Any, " _images"],
) -> dict[str, float]:
    """Accuracy for each count, their mean, and how far off the answers are.

    Args:
        image_embeddings: one row for each picture, L2-normalised.
        count_embeddings: for each picture its captions with one, two, ... objects (six in this course), in this
            order, L2-normalised.
        counts: how many objects each picture shows, from 1.

    Returns:
        ``"accuracy"``: mean of the accuracies below, so that frequent counts do not outweigh rare ones; 0 to 1.
        ``"accuracy.1"`` ...: share of the pictures with that count that got it right; a count that no picture shows
        is left out.
        ``"mean_absolute_error"``: mean over all pictures of the distance between answer and count, in objects.

    Raises:
        ValueError: NaN, shapes that do not fit, or counts for which there is no caption.
    """
    table = confusion(image_embeddings, count_embeddings, counts)  # [numbers, numbers]
    pictures = table.sum(axis=1)  # [numbers]
    accuracies = {
        f"accuracy.{row + 1}": float(table[row, row] / pictures[row]) for row in range(len(table)) if pictures[row]
    }
    numbers = np.arange(len(table))
    distances = np.abs(numbers[:, None] - numbers)  # [numbers, numbers]
    return {
        "accuracy": float(np.mean(list(accuracies.values()))),
        **accuracies,
        "mean_absolute_error": float((table * distances).sum() / table.sum()),
    }


def confusion(
    image_embeddings: Num[Any, "images dim"],
    count_embeddings: Num[Any, "_images numbers _dim"],
    counts: Sequence | Shaped[Any, " _images"],
) -> Int[np.ndarray, "numbers numbers"]:
    """How many pictures with each count (rows, from 1) got which answer (columns, from 1).

    Arguments and errors are those of ``counting``.
    """
    predicted = predict_counts(image_embeddings, count_embeddings, counts)
    numbers = np.shape(count_embeddings)[1]
    table = np.zeros((numbers, numbers), dtype=np.int64)
    np.add.at(table, (np.asarray(counts) - 1, predicted - 1), 1)
    return table


def predict_counts(
    image_embeddings: Num[Any, "images dim"],
    count_embeddings: Num[Any, "_images numbers _dim"],
    counts: Sequence | Shaped[Any, " _images"],
) -> Int[np.ndarray, " images"]:
    """The model's answer for each picture, from 1.

    The counts are needed because ties go against the model: of equally similar captions (``embeddings.TIE``) the one
    farthest from the truth is its answer. Arguments and errors are those of ``counting``.
    """
    images = as_embeddings(image_embeddings, "pictures")
    captions = as_embeddings(count_embeddings, "count captions", axes=3)
    if (len(images), images.shape[1]) != (len(captions), captions.shape[2]):
        raise ValueError(f"pictures {images.shape} and their count captions {captions.shape} do not fit together")
    truth = _check_counts(counts, *captions.shape[:2])  # [images]
    similarities = np.einsum("id,ind->in", images, captions)  # [images, numbers]
    nearest = similarities >= similarities.max(axis=1, keepdims=True) - tie_margin(images, captions)
    distances = np.abs(np.arange(1, captions.shape[1] + 1) - truth[:, None])  # [images, numbers]
    return np.where(nearest, distances, -1).argmax(axis=1) + 1  # [images]


def _check_counts(counts: Sequence | Shaped[Any, " _images"], images: int, numbers: int) -> Int[np.ndarray, " images"]:
    """The counts as an array, if there is one for each picture and a caption for each."""
    array = np.asarray(counts)
    if array.shape != (images,):
        raise ValueError(f"there are {images} pictures, but counts have the shape {array.shape}")
    if array.dtype.kind not in "iu" or array.min() < 1 or array.max() > numbers:
        raise ValueError(f"counts must be whole numbers from 1 to {numbers}, the captions that there are")
    return array
