"""Teacher and student: a text encoder learns to give the vectors that another one gives to the same sentences.

Reimers and Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation", arXiv
2004.09813; the multilingual CLIP to which CLIP-Italian was compared was made so. The teacher is the text encoder of an
English CLIP, and sees the English sentence; the student sees the sentence and its translation. No picture is needed:
what lies where the teacher would have put it also lies beside the right pictures.

>>> import jax.numpy as jnp
>>> teacher = jnp.array([[1.0, 0.0], [0.0, 1.0]])
>>> print(f"{distillation(teacher, teacher):.2f} {distillation(-teacher, teacher):.2f}")
0.00 4.00
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from clipit.losses.contrastive import check_pairs


def distillation(
    student_embeddings: Float[Array, "batch dim"], teacher_embeddings: Float[Array, "batch dim"]
) -> Float[Array, ""]:
    """Mean squared distance between the student's vector and the teacher's.

    For vectors of length 1 it is 2 - 2 cos: 0 at best, 2 when they know nothing of each other, 4 at worst. (The paper
    divides by the number of dimensions as well, which only changes the learning rate.)

    Args:
        student_embeddings: one row for each sentence.
        teacher_embeddings: row i is the teacher's vector of the same sentence; no gradient is wanted through it.

    Returns:
        A float32 scalar. Works under ``jit`` and ``grad``.

    Raises:
        ValueError: there is no sentence, or the embeddings do not have the shapes above.
    """
    check_pairs(student_embeddings, teacher_embeddings)
    apart = student_embeddings.astype(jnp.float32) - teacher_embeddings.astype(jnp.float32)
    return jnp.square(apart).sum(axis=1).mean()
