"""How a space of embeddings is shaped: do both kinds share one place, and how many directions do they use?

The modality gap is that of Liang et al. 2022, "Mind the Gap: Understanding the Modality Gap in Multi-modal Contrastive
Representation Learning", arXiv 2203.02053; the effective rank that of Roy and Vetterli 2007, "The effective rank: a
measure of effective dimensionality".

>>> images, texts = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[-1.0, 0.0], [0.0, 1.0]])
>>> modality_gap(images, texts), round(effective_rank(images), 2)
(1.0, 2.0)
>>> round(effective_rank(np.array([[0.6, 0.8], [0.6, 0.8], [0.6, 0.8]])), 2)  # all on one point
1.0
"""

from typing import Any

import numpy as np
from jaxtyping import Num

from clipit.evaluation.embeddings import as_embeddings


def modality_gap(image_embeddings: Num[Any, "images dim"], text_embeddings: Num[Any, "texts _dim"]) -> float:
    """How far the middle of the pictures lies from the middle of the captions.

    A gap of zero does not mean that pairs lie together: it compares the two middles only.

    Args:
        image_embeddings: one row for each picture, of length 1.
        text_embeddings: one row for each caption, of length 1, as wide as those of the pictures; there may be more or
            fewer captions than pictures.

    Returns:
        The length of the difference of the two means, 0 to 2.

    Raises:
        ValueError: there are none of one kind, NaN or infinite values, or different widths.
    """
    images, texts = as_embeddings(image_embeddings, "pictures"), as_embeddings(text_embeddings, "captions")
    if images.shape[1] != texts.shape[1]:
        raise ValueError(f"pictures are {images.shape[1]} wide and captions {texts.shape[1]}: not the same space")
    return float(np.linalg.norm(images.mean(axis=0) - texts.mean(axis=0)))


def effective_rank(embeddings: Num[Any, "items dim"]) -> float:
    """How many directions the embeddings use, as if they used so many of them equally: a number with a fraction.

    The exponential of the entropy of the singular values, divided by their sum. The mean is not taken away first, so
    embeddings that have all collapsed onto one point have the effective rank 1.

    Args:
        embeddings: one row for each item.

    Returns:
        From 1 (all on one line through the origin) to the smaller of the number of rows and their width.

    Raises:
        ValueError: there are no embeddings, NaN or infinite values, or nothing but zeros.
    """
    singular_values = np.linalg.svd(as_embeddings(embeddings, "embeddings"), compute_uv=False)
    if not singular_values.any():
        raise ValueError("embeddings: all of them are zero, which uses no direction")
    shares = singular_values / singular_values.sum()
    shares = shares[shares > 0]  # a share of zero adds nothing to the entropy
    return float(np.exp(-(shares * np.log(shares)).sum()))
