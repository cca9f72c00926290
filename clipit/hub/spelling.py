"""The same tensor has been spelled in several ways, and some files hold tensors that no encoder needs.

>>> spell("vision_model.vision_model.pre_layrnorm.bias"), spell("bert.embeddings.LayerNorm.gamma")
('vision_model.pre_layrnorm.bias', 'bert.embeddings.LayerNorm.weight')
>>> from_flax("text_projection.kernel")
('text_projection.weight', 'transposed')
"""

import re
from fnmatch import fnmatch

import numpy as np

from clipit.hub.tensors import Tensor

# Replaced in every name. transformers 4 wrote the image tower's prefix twice, version 5 writes it once.
SPELLINGS = (
    (r"^(vision_model|text_model)\.\1\.", r"\1."),
    (r"^text_model\.bert\.", "text_model."),
    (r"LayerNorm\.gamma$", "LayerNorm.weight"),  # files that were once converted from TensorFlow
    (r"LayerNorm\.beta$", "LayerNorm.bias"),
)
# Before the names of a tower that is alone in its file.
ALONE = {"clip_vision_model": "vision_model.", "clip_text_model": "text_model.", "bert": "bert."}

# How Flax calls the last part of a name, what PyTorch calls it, and how PyTorch's numbers lie seen from there.
FLAX = {
    "kernel": ("weight", "transposed"),
    "scale": ("weight", "same"),
    "embedding": ("weight", "same"),
}

# Tensors that are known and not needed: (pattern, what they are).
EXTRAS = (
    ("*position_ids", "the numbers of the places"),
    ("cls.*", "the heads of BERT's pretraining"),
    ("*pooler.dense.*", "BERT's pooler, which is not used with this pooling"),
    ("visual_projection.weight", "a projection"),
    ("text_projection.weight", "a projection"),
)


def spell(name: str) -> str:
    """A tensor's name as the tables have it."""
    for pattern, replacement in SPELLINGS:
        name = re.sub(pattern, replacement, name)
    return name


def from_flax(name: str) -> tuple[str, str]:
    """The name in PyTorch of a tensor of Flax, and the layout that leads there."""
    *path, last = name.split(".")
    theirs, layout = FLAX.get(last, (last, "same"))
    return ".".join([*path, theirs]), layout


def flax_as_torch(tensor: np.ndarray, layout: str) -> np.ndarray:
    """A tensor of Flax as it lies in PyTorch; a convolution's [row, column, in, out] becomes [out, in, row, column]."""
    if layout == "same":
        return tensor
    return tensor.transpose(3, 2, 0, 1) if tensor.ndim == 4 else tensor.T


def part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """One tower's tensors, under their names inside it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def alone(tensors: dict[str, Tensor], model_type: str) -> dict[str, Tensor]:
    """The tensors of a file with one tower, without its prefix where it has one."""
    return {name.removeprefix(ALONE[model_type]): tensor for name, tensor in tensors.items()}


def known_extra(name: str) -> str | None:
    """What a tensor is that no encoder needs; None if it is a surprise."""
    return next((what for pattern, what in EXTRAS if fnmatch(name, pattern)), None)
