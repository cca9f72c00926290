"""A text encoder as the student of another: it learns where the teacher puts the same sentences. No picture is needed.

Reimers and Gurevych 2020, arXiv 2004.09813; the multilingual CLIP to which CLIP-Italian was compared was made so. What
the student puts where an English CLIP's text encoder would have put it lies beside the right pictures, whose encoder
stays as it is.

>>> from clipit.training.recipe import RECIPES
>>> losses = fit_student(model, phase, tokens, vectors, batch_size=64, seed=0)       # doctest: +SKIP
"""

from collections.abc import Iterator

import jax
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int

from clipit.data.batches import ahead, epochs
from clipit.losses import distillation
from clipit.models import DualEncoder
from clipit.training.in_memory import devices_here
from clipit.training.mesh import make_mesh, spread
from clipit.training.recipe import Phase
from clipit.training.step import make_optimizer, place

TRAINS = ("text.", "text_projection.")


def fit_student(
    model: DualEncoder,
    phase: Phase,
    tokens: dict[str, Int[np.ndarray, "n tokens"]],
    teacher_embeddings: Float[np.ndarray, "n dim"],
    batch_size: int,
    seed: int,
) -> list[float]:
    """Trains a model's text encoder for a phase, which must train nothing else; returns the loss of each step.

    Args:
        model: its text side is the student.
        phase: optimizer, steps and rates.
        tokens: "input_ids" and "attention_mask" of each sentence, as the student reads it.
        teacher_embeddings: the teacher's vector of each sentence, or of what the sentence is a translation of.
        batch_size: sentences in a step.
        seed: of the sentences' order.
    """
    mesh, optimizer = make_mesh(devices_here()), make_optimizer(model, phase)
    place(model, optimizer, mesh)
    losses = []
    for _, batch in zip(range(phase.steps), sentences(tokens, teacher_embeddings, batch_size, seed), strict=False):
        losses.append(student_step(model, optimizer, jax.device_put(batch, spread(mesh))))
    return [float(loss) for loss in losses]


def sentences(
    tokens: dict[str, np.ndarray], teacher_embeddings: np.ndarray, batch_size: int, seed: int
) -> Iterator[dict[str, np.ndarray]]:
    """Endless batches: tokens, and as "wanted" the teacher's vectors float32 [batch, dim]."""

    def gather(rows: np.ndarray) -> dict[str, np.ndarray]:
        return {name: values[rows] for name, values in tokens.items()} | {"wanted": teacher_embeddings[rows]}

    return ahead(epochs(len(teacher_embeddings), batch_size, seed).map(gather))


@nnx.jit
def student_step(model: DualEncoder, optimizer: nnx.Optimizer, batch: dict[str, Array]) -> Float[Array, ""]:
    """Moves the student once; returns the loss before the move."""

    def loss_of(model: DualEncoder) -> Float[Array, ""]:
        read = model.encode_text({name: batch[name] for name in ("input_ids", "attention_mask")})
        return distillation(read, batch["wanted"])

    loss, gradients = nnx.value_and_grad(loss_of, argnums=nnx.DiffState(0, optimizer.wrt))(model)
    optimizer.update(model, gradients)
    return loss
