"""The loss of SigLIP: every picture and every caption are asked on their own whether they belong together.

Zhai et al. 2023, "Sigmoid Loss for Language Image Pre-Training", arXiv 2303.15343. Where InfoNCE lets the captions of a
batch compete for a picture, here each of the B x B pairs is a yes-or-no question with the logit s cos + b.

The bias b has a reason. A batch has B pairs that belong together and B (B-1) that do not. Vectors that know nothing
have cosines near zero, so that with b = 0 each answer is a toss: the loss is B ln 2, almost all of it from pairs that
do not belong together, and the first steps push everything apart. With the b of SigLIP, -10, "no" is the answer from
the start, as it is right to guess; what remains, about 10, are the B pairs that do belong together, and the steps pull
them. Push and pull are equally strong where b = -ln(B-1); -10 is that for some 22,000 pairs, near SigLIP's batches.

>>> import jax.numpy as jnp
>>> knowing_nothing = jnp.zeros((128, 8)).at[:, 0].set(1), jnp.zeros((128, 8)).at[:, 1].set(1)
>>> for bias in (0.0, INITIAL_BIAS):
...     print(f"bias {bias:3.0f}: {sigmoid(*knowing_nothing, INITIAL_SCALE, bias):.2f}")
bias   0: 88.72
bias -10: 10.01
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from clipit.losses.contrastive import check_pairs, scaled_similarities

INITIAL_SCALE, INITIAL_BIAS = 10.0, -10.0  # SigLIP's; the logarithm of the scale is what is learned


def sigmoid(
    image_embeddings: Float[Array, "batch dim"],
    text_embeddings: Float[Array, "batch dim"],
    logit_scale: Float[Array, ""] | float | int,
    logit_bias: Float[Array, ""] | float | int,
    positives: Bool[Array, "batch batch"] | None = None,
) -> Float[Array, ""]:
    """Sum over all pairs of -log sigmoid(z (s cos + b)), divided by the batch, in nats.

    z is +1 where text j describes picture i, and -1 elsewhere. Unlike InfoNCE the value grows
    with the batch, because each picture has B-1 questions more to answer.

    Args:
        image_embeddings: one row for each picture, of length 1 (L2-normalised), any floating type.
        text_embeddings: row i is the caption of picture i, of length 1, any floating type.
        logit_scale: s, what cosines are multiplied by; positive.
        logit_bias: b, added to every logit; negative, because most pairs do not belong together.
        positives: text j describes picture i; the diagonal if nothing is given.

    Returns:
        A float32 scalar, above 0. Works under ``jit`` and ``grad``.

    Raises:
        ValueError: there is no pair, or the embeddings do not have the shapes above.
    """
    check_pairs(image_embeddings, text_embeddings)
    batch = image_embeddings.shape[0]
    logits = scaled_similarities(image_embeddings, text_embeddings, logit_scale)  # [batch, batch]
    logits = logits + jnp.asarray(logit_bias, jnp.float32)
    belong = jnp.eye(batch, dtype=bool) if positives is None else positives  # [batch, batch]
    return -jax.nn.log_sigmoid(jnp.where(belong, logits, -logits)).sum() / batch
