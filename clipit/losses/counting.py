"""The loss that teaches counting: the right caption against the same caption with another number.

Paiss et al. 2023, "Teaching CLIP to Count to Ten", arXiv 2302.12066, section 3.2. In a batch hardly two captions differ
in their number alone, so InfoNCE can be content without looking at it. Here each picture chooses between "tre gatti"
(three cats) and a counterfactual, "cinque gatti" (five cats): a batch of two, in which only the number is different.

>>> import jax.numpy as jnp
>>> picture, three, five = jnp.eye(3)[:, None, :]
>>> print(f"{counting(picture, three, five, 10.0):.2f}")  # knowing nothing: one of two
0.69
>>> print(f"{counting(three, three, five, 10.0):.5f}")
0.00005
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from clipit.losses.contrastive import check_pairs


def counting(
    image_embeddings: Float[Array, "batch dim"],
    text_embeddings: Float[Array, "batch dim"],
    counterfactual_embeddings: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""] | float | int,
) -> Float[Array, ""]:
    """Mean of -log of the share that a softmax over the right and the counterfactual caption gives to the right one.

    Args:
        image_embeddings: one row for each picture whose caption has a number, of length 1 (L2-normalised).
        text_embeddings: row i is the caption of picture i, of length 1.
        counterfactual_embeddings: row i is that caption with another number, of length 1.
        logit_scale: what cosines are multiplied by; positive. The paper has none, which is a scale of 1.

    Returns:
        A float32 scalar, above 0; ln 2 = 0.69 where the picture is as near to both. Works under ``jit`` and ``grad``.

    Raises:
        ValueError: there is no picture, or the embeddings do not have the shapes above.
    """
    check_pairs(image_embeddings, text_embeddings)
    check_pairs(image_embeddings, counterfactual_embeddings)
    images, right, wrong = (
        rows.astype(jnp.float32) for rows in (image_embeddings, text_embeddings, counterfactual_embeddings)
    )
    nearer = (images * (right - wrong)).sum(axis=1)  # [batch], from -2 to 2
    return -jax.nn.log_sigmoid(jnp.asarray(logit_scale, jnp.float32) * nearer).mean()
