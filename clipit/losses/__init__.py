"""What "close" means: the losses that pull a picture and its caption together, and what they should measure.

- ``info_nce``: the contrastive loss of CLIP.
- ``expected_loss``: the value it has before training, and the values below which it cannot fall.
- ``circle_loss``: the lowest value that vectors of two numbers allow.
- ``sigmoid``: the loss of SigLIP, one yes-or-no question for each picture and caption.
- ``tiled_info_nce``, ``sharded_info_nce``, ``tiled_sigmoid``, ``sharded_sigmoid``, ``cached_gradients``: the same for
  batches that do not fit, exactly (see ``clipit.losses.large_batch``).
- ``counting``: the right number against another one.
- ``distillation``: what a student learns from a teacher.
- ``masked_words``: the loss that BERT is pretrained with.
- ``alignment``, ``uniformity``: how close pairs are, and how evenly everything is spread.
"""

from clipit.losses.alignment import alignment, uniformity
from clipit.losses.circle import circle_loss
from clipit.losses.contrastive import info_nce
from clipit.losses.counting import counting
from clipit.losses.distillation import distillation
from clipit.losses.expected import expected_loss
from clipit.losses.large_batch import (
    cached_gradients,
    gathered_info_nce,
    gathered_sigmoid,
    sharded_info_nce,
    sharded_sigmoid,
    tiled_info_nce,
    tiled_sigmoid,
)
from clipit.losses.masked_words import masked_words
from clipit.losses.sigmoid import sigmoid

__all__ = [
    "alignment",
    "cached_gradients",
    "circle_loss",
    "counting",
    "distillation",
    "expected_loss",
    "gathered_info_nce",
    "gathered_sigmoid",
    "info_nce",
    "masked_words",
    "sharded_info_nce",
    "sharded_sigmoid",
    "sigmoid",
    "tiled_info_nce",
    "tiled_sigmoid",
    "uniformity",
]
