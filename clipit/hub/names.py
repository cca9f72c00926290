"""What the tensors of ``transformers`` are called here: one table for each architecture, read in both directions.

A row is a layer: its name there, its name here, and its kind, which says what its tensors are called and how they lie
in memory; ``*`` counts the blocks. PyTorch keeps a linear layer's weight as [out, in] and Flax its kernel as
[in, out]; PyTorch cuts a picture into patches by a convolution, and here it is a linear layer on flattened patches.

>>> row = next(row for row in rows_of(ViTConfig()) if row.ours == "blocks.*.attention.query")
>>> [(tensor.theirs, tensor.ours, tensor.layout) for tensor in tensors_of_row(row, layers=1)]
[('encoder.layers.0.self_attn.q_proj.weight', 'blocks.0.attention.query.kernel', 'transposed'),
 ('encoder.layers.0.self_attn.q_proj.bias', 'blocks.0.attention.query.bias', 'same')]
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flax import nnx

from clipit.hub.errors import ModelError
from clipit.models.config import BertConfig, CausalTextConfig, DualConfig, ViTConfig


@dataclass(frozen=True)
class Row:
    """One layer of a table."""

    theirs: str
    ours: str
    kind: str


@dataclass(frozen=True)
class NamedTensor:
    """One tensor: its name there, its name here, and how the numbers there lie."""

    theirs: str
    ours: str
    layout: str


# The tensors of each kind of layer: (name there, name here, layout).
KINDS = {
    "linear": (("weight", "kernel", "transposed"), ("bias", "bias", "same")),
    "patches": (("weight", "kernel", "patches"),),
    "norm": (("weight", "scale", "same"), ("bias", "bias", "same")),
    "embedding": (("weight", "embedding", "same"),),
    "array": (("", "", "same"),),
}

CLIP_BLOCKS = (
    Row("encoder.layers.*.layer_norm1", "blocks.*.attention_norm", "norm"),
    Row("encoder.layers.*.self_attn.q_proj", "blocks.*.attention.query", "linear"),
    Row("encoder.layers.*.self_attn.k_proj", "blocks.*.attention.key", "linear"),
    Row("encoder.layers.*.self_attn.v_proj", "blocks.*.attention.value", "linear"),
    Row("encoder.layers.*.self_attn.out_proj", "blocks.*.attention.output", "linear"),
    Row("encoder.layers.*.layer_norm2", "blocks.*.mlp_norm", "norm"),
    Row("encoder.layers.*.mlp.fc1", "blocks.*.mlp.hidden", "linear"),
    Row("encoder.layers.*.mlp.fc2", "blocks.*.mlp.output", "linear"),
)
CLIP_VISION = (
    Row("embeddings.class_embedding", "class_embedding", "array"),
    Row("embeddings.patch_embedding", "patch_embedding", "patches"),
    Row("embeddings.position_embedding.weight", "position_embedding", "array"),
    Row("pre_layrnorm", "first_norm", "norm"),  # the slip of the pen is theirs, and in every file
    *CLIP_BLOCKS,
    Row("post_layernorm", "norm", "norm"),
)
CLIP_TEXT = (
    Row("embeddings.token_embedding", "word_embedding", "embedding"),
    Row("embeddings.position_embedding", "position_embedding", "embedding"),
    *CLIP_BLOCKS,
    Row("final_layer_norm", "norm", "norm"),
)
BERT = (
    Row("embeddings.word_embeddings", "word_embedding", "embedding"),
    Row("embeddings.position_embeddings", "position_embedding", "embedding"),
    Row("embeddings.token_type_embeddings", "token_type_embedding", "embedding"),
    Row("embeddings.LayerNorm", "embedding_norm", "norm"),
    Row("encoder.layer.*.attention.self.query", "blocks.*.attention.query", "linear"),
    Row("encoder.layer.*.attention.self.key", "blocks.*.attention.key", "linear"),
    Row("encoder.layer.*.attention.self.value", "blocks.*.attention.value", "linear"),
    Row("encoder.layer.*.attention.output.dense", "blocks.*.attention.output", "linear"),
    Row("encoder.layer.*.attention.output.LayerNorm", "blocks.*.attention_norm", "norm"),
    Row("encoder.layer.*.intermediate.dense", "blocks.*.mlp.hidden", "linear"),
    Row("encoder.layer.*.output.dense", "blocks.*.mlp.output", "linear"),
    Row("encoder.layer.*.output.LayerNorm", "blocks.*.mlp_norm", "norm"),
    Row("pooler.dense", "pooler", "linear"),
)
JOINED = (
    Row("visual_projection", "visual_projection", "linear"),
    Row("text_projection", "text_projection", "linear"),
    Row("logit_scale", "log_logit_scale", "array"),  # its logarithm in both
)
TABLES: dict[type, tuple[Row, ...]] = {ViTConfig: CLIP_VISION, BertConfig: BERT, CausalTextConfig: CLIP_TEXT}
PREFIXES = {"vision": "vision_model.", "text": "text_model."}  # the towers' names inside a whole model


def rows_of(config: Any) -> tuple[Row, ...]:
    """The table of an encoder, or of a whole model; raises ModelError if transformers has no such encoder."""
    if isinstance(config, DualConfig):
        towers = [
            replace(row, theirs=PREFIXES[tower] + row.theirs, ours=f"{tower}.{row.ours}")
            for tower in PREFIXES
            for row in rows_of(getattr(config, tower))
        ]
        return (*towers, *JOINED)
    if type(config) not in TABLES:
        raise ModelError(f"transformers has no counterpart of {type(config).__name__.removesuffix('Config')}.")
    return TABLES[type(config)]


def tensors_of_row(row: Row, layers: int) -> Iterator[NamedTensor]:
    """A row's tensors, in every block where it stands for a layer of the blocks."""
    for index in map(str, range(layers if "*" in row.ours else 1)):
        for theirs, ours, layout in KINDS[row.kind]:
            there, here = row.theirs.replace("*", index), row.ours.replace("*", index)
            yield NamedTensor(f"{there}.{theirs}".rstrip("."), f"{here}.{ours}".rstrip("."), layout)


def parameters_of(module: nnx.Module) -> dict[str, Any]:
    """A module's parameters, as variables of Flax, by their paths."""
    return {".".join(map(str, path)): value for path, value in nnx.to_flat_state(nnx.state(module, nnx.Param))}


def tensors_of(module: Any) -> list[NamedTensor]:
    """Every parameter of an encoder or of a whole model with its name in ``transformers``.

    Raises:
        ModelError: a parameter has no counterpart there; the message names it.
    """
    parameters = parameters_of(module)
    numbers = [int(path.split("blocks.")[1].split(".")[0]) for path in parameters if "blocks." in path]
    layers = max(numbers, default=-1) + 1
    listed = [tensor for row in rows_of(module.config) for tensor in tensors_of_row(row, layers)]
    found = [tensor for tensor in listed if tensor.ours in parameters]
    unknown = parameters.keys() - {tensor.ours for tensor in found}
    if unknown:
        raise ModelError(f"transformers has no counterpart of {', '.join(sorted(unknown))}.")
    return found


def from_theirs(tensor: np.ndarray, layout: str) -> np.ndarray:
    """A tensor of ``transformers`` as it lies here."""
    if layout == "patches":  # [width, colour, row, column] -> [row * column * colour, width]
        return tensor.transpose(2, 3, 1, 0).reshape(-1, len(tensor))
    return tensor.T if layout == "transposed" else tensor


def to_theirs(tensor: np.ndarray, layout: str) -> np.ndarray:
    """A tensor of ours as it lies in ``transformers``."""
    if layout == "patches":
        side = round((len(tensor) / 3) ** 0.5)
        tensor = tensor.reshape(side, side, 3, -1).transpose(3, 2, 0, 1)
    return np.asarray(tensor.T if layout == "transposed" else tensor, order="C")


def shape_there(shape: tuple[int, ...], layout: str) -> tuple[int, ...]:
    """The shape in ``transformers`` of a tensor that has this shape here."""
    if layout == "patches":
        side = round((shape[0] / 3) ** 0.5)
        return shape[1], 3, side, side
    return shape[::-1] if layout == "transposed" else shape


def to_transformers(module: Any) -> dict[str, np.ndarray]:
    """An encoder's, or a whole model's, parameters under the names of ``transformers``, in their own precision.

    Raises:
        ModelError: something has no counterpart there.
    """
    parameters = parameters_of(module)
    written = {
        tensor.theirs: to_theirs(np.asarray(parameters[tensor.ours][...]), tensor.layout)
        for tensor in tensors_of(module)
    }
    if isinstance(module.config, DualConfig) and module.config.constant_logit_scale:
        written["logit_scale"] = np.log(np.float32(module.config.initial_logit_scale))  # there it is always a parameter
    return written
