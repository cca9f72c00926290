"""InfoNCE, the loss of CLIP: each picture picks its caption out of the batch, each caption its picture.

van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding", equation 4;
symmetric in pictures and texts as in Radford et al. 2021, "Learning Transferable Visual Models From Natural
Language Supervision", figure 3.

>>> import jax.numpy as jnp
>>> images = jnp.array([[1.0, 0.0], [0.0, 1.0]])
>>> matched, swapped = info_nce(images, images, 10.0), info_nce(images, images[::-1], 10.0)
>>> print(f"right captions {matched:.4f}, swapped captions {swapped:.4f}")
right captions 0.0000, swapped captions 10.0000
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def info_nce(
    image_embeddings: Float[Array, "batch dim"],
    text_embeddings: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""] | float | int,
    positives: Bool[Array, "batch batch"] | None = None,
) -> Float[Array, ""]:
    """Symmetric InfoNCE of a batch, in nats: ln(batch) when nothing is known, 0 at best.

    An anchor (a picture, then a text) gives every item of the other kind a probability, by a softmax over the whole
    batch. Its loss is the mean of ``-log(probability)`` over its positives; the result is the mean over all
    anchors, half of them pictures and half texts.
    With several positives the probability has to be shared: an anchor with p of them cannot fall below ln(p).

    Args:
        image_embeddings: one row for each picture, of length 1 (L2-normalised), any floating type.
        text_embeddings: row i is the caption of picture i, of length 1, any floating type.
        logit_scale: what cosines are multiplied by, the inverse of the temperature; positive, in CLIP 14 to 100.
        positives: ``positives[i, j]`` says that text j describes picture i; by default only its own caption does,
            the diagonal. Every row and every column needs one ``True``, else the loss is NaN.

    Returns:
        A float32 scalar. Works under ``jit`` and ``grad``, and with the batch sharded over a mesh whose axes are
        ``AxisType.Auto``.

    Raises:
        ValueError: there is no pair, or the embeddings or the positives do not have the shapes above.
    """
    check_pairs(image_embeddings, text_embeddings)
    batch = image_embeddings.shape[0]
    if positives is None:
        positives = jnp.eye(batch, dtype=bool)
    if positives.shape != (batch, batch):
        raise ValueError(f"positives need the shape {(batch, batch)}, these have {positives.shape}")
    logits = scaled_similarities(image_embeddings, text_embeddings, logit_scale)
    return (_one_direction(logits, positives) + _one_direction(logits.T, positives.T)) / 2


def check_pairs(image_embeddings: Array, text_embeddings: Array) -> None:
    """Raise a ValueError unless there is at least one pair, with vectors of one width on both sides."""
    if image_embeddings.ndim != 2 or image_embeddings.shape != text_embeddings.shape:
        raise ValueError(
            "picture and text embeddings need the same shape [batch, dim], "
            f"these are {image_embeddings.shape} and {text_embeddings.shape}"
        )
    if len(image_embeddings) == 0:
        raise ValueError("a batch needs at least one pair, this one is empty")


def scaled_similarities(
    image_embeddings: Float[Array, "batch dim"],
    text_embeddings: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""] | float | int,
) -> Float[Array, "batch batch"]:
    """Scaled similarity of every picture (rows) with every text (columns), float32."""
    # At a scale of 100 a cosine rounded to bfloat16 is off by up to .2 nats, and accelerators round like that
    # unless they are asked not to. The towers cost far more than this product, so exactness is nearly free.
    similarities = jnp.matmul(
        image_embeddings, text_embeddings.T, precision="highest", preferred_element_type=jnp.float32
    )  # [batch, batch]
    return jnp.asarray(logit_scale, jnp.float32) * similarities


def _one_direction(anchors: Float[Array, "batch batch"], positives: Bool[Array, "batch batch"]) -> Float[Array, ""]:
    """Mean over the anchors, one in each row, of the mean over its positives of -log softmax."""
    log_probabilities = jax.nn.log_softmax(anchors, axis=1)  # [batch, batch]
    of_positives = jnp.where(positives, log_probabilities, 0.0).sum(axis=1)  # [batch]
    return -(of_positives / positives.sum(axis=1)).mean()
