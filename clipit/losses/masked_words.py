"""The loss that BERT is pretrained with: which word was hidden here? (Devlin et al. 2018, arXiv 1810.04805.)

>>> import jax.numpy as jnp
>>> knowing_nothing = jnp.zeros((1, 3, 50))
>>> hidden = jnp.array([[False, True, False]])
>>> print(f"{masked_words(knowing_nothing, jnp.array([[2, 7, 3]]), hidden):.3f}, ln 50 is {jnp.log(50):.3f}")
3.912, ln 50 is 3.912
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int


def masked_words(
    logits: Float[Array, "batch tokens vocabulary"],
    input_ids: Int[Array, "batch tokens"],
    hidden: Bool[Array, "batch tokens"],
) -> Float[Array, ""]:
    """The mean over hidden tokens of -log softmax at the word that was there, in nats.

    Args:
        logits: a score for every word of the vocabulary at every place.
        input_ids: the words as they were before some were hidden.
        hidden: True where the word counts; with none the loss is 0.

    Returns:
        A scalar, ln of the vocabulary for a model that knows nothing.
    """
    log_shares = jax.nn.log_softmax(logits.astype(jnp.float32))  # [batch, tokens, vocabulary]
    right = jnp.take_along_axis(log_shares, input_ids[..., None], axis=-1)[..., 0]  # [batch, tokens]
    return -(right * hidden).sum() / jnp.maximum(hidden.sum(), 1)
