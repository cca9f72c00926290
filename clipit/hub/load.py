"""Pretrained models of ``transformers``, from a folder or from the hub, as models of this library.

>>> load_vision("no/such/model")
Traceback (most recent call last):
clipit.hub.errors.ModelError: There is no folder no/such/model, ...
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from clipit.hub.configs import DUAL_TYPES, TEXT_TYPES, VISION_TYPES, read_text_config, read_vision_config, renamed
from clipit.hub.errors import ModelError
from clipit.hub.fill import fill
from clipit.hub.names import PREFIXES
from clipit.hub.positions import resize_positions
from clipit.hub.preparing import load_captions, load_preprocess
from clipit.hub.source import Source
from clipit.hub.spelling import alone, part
from clipit.hub.tensors import Tensor
from clipit.hub.weights import open_weights
from clipit.inputs.tokenizer import Tokenizer
from clipit.models.config import DualConfig, TextConfig, ViTConfig
from clipit.models.dual import ENCODERS, DualEncoder
from clipit.models.outline import outline

Values = dict[str, Any]
Tensors = dict[str, Tensor]

POSITIONS = "embeddings.position_embedding.weight"
TOWER_TYPES = {"vision": VISION_TYPES, "text": TEXT_TYPES}
JOINED_DEFAULTS: Values = {"projection_dim": 512, "logit_scale_init_value": 2.6592}
HYBRID_SCALE = 20.0  # CLIP-Italian's own code multiplied its parameter, which stayed 1, with this


def load_vision(
    name: str | Path, image_size: int | None = None, dtype: str = "float32", revision: str | None = None
) -> Any:
    """An image encoder: CLIP's ViT alone or out of a whole model, or "efficientnet-lite0" from its package.

    Args:
        name: a folder, OWNER/NAME on the hub, or "efficientnet-lite0".
        image_size: side of the pictures in pixels, if another one than it was trained with.
        dtype: "float32" or "bfloat16", of the parameters and of what is computed with them.
        revision: on the hub: a branch, tag or commit.

    Returns:
        A callable module, float32 [n, H, W, 3] to [n, features]; its ``preprocess`` makes the former out of pictures.

    Raises:
        ModelError: it is no such encoder, or it is incomplete, damaged or out of reach; one sentence says which.
    """
    if name == "efficientnet-lite0":
        from clipit.hub.efficientnet import load_efficientnet

        return load_efficientnet(image_size)
    source = Source(name, revision)
    values = source.config()
    config, tensors = vision_of(source, values, take_tower(source, values, "vision"), image_size)
    encoder = fill(empty(config), tensors, dtype, str(source))
    encoder.preprocess = load_preprocess(source, side_in(source, values), config.image_size)
    return encoder


def load_text(
    name: str | Path, pooling: str | None = None, dtype: str = "float32", revision: str | None = None
) -> tuple[Any, Tokenizer]:
    """A text encoder and its tokenizer: BERT or CLIP's, alone or out of a whole model, or "multilingual-e5-small".

    Args:
        name: a folder, OWNER/NAME on the hub, or "multilingual-e5-small".
        pooling: of BERT, "mean", "first" or "pooler". None is what the checkpoint says; where it says nothing, its
            pooler if it has one, else the mean.
        dtype: as in ``load_vision``.
        revision: as in ``load_vision``.

    Returns:
        A callable module, ``input_ids`` and ``attention_mask`` int32 [n, tokens] to [n, features], and the tokenizer.

    Raises:
        ModelError: as ``load_vision``.
    """
    if name == "multilingual-e5-small":
        from clipit.hub.e5 import load_e5

        return load_e5()
    source = Source(name, revision)
    values = source.config()
    tensors = take_tower(source, values, "text")
    pooling = pooling or pooling_of(source, tensors)
    config: Any = read(read_text_config, tower_values(source, values, "text"), str(source), pooling)
    encoder = fill(empty(config), tensors, dtype, str(source))
    return encoder, load_captions(source, config.max_tokens, config.vocabulary_size)


def load_clip(
    name: str | Path, image_size: int | None = None, dtype: str = "float32", revision: str | None = None
) -> tuple[DualEncoder, Tokenizer]:
    """A whole CLIP model and its tokenizer; arguments and errors as in ``load_vision``."""
    return load_whole(Source(name, revision), DUAL_TYPES[:1], image_size, dtype)


def load_dual(
    name: str | Path, image_size: int | None = None, dtype: str = "float32", revision: str | None = None
) -> tuple[DualEncoder, Tokenizer]:
    """CLIP's image tower joined to another text tower, as CLIP-Italian is, in either of its two layouts.

    Arguments and errors as in ``load_vision``.
    """
    return load_whole(Source(name, revision), DUAL_TYPES[1:], image_size, dtype)


def load_whole(
    source: Source, types: tuple[str, ...] = DUAL_TYPES, image_size: int | None = None, dtype: str = "float32"
) -> tuple[DualEncoder, Tokenizer]:
    """A model with two towers, of one of some types."""
    values = source.config()
    kind = values.get("model_type")
    if kind is None:
        raise ModelError(f"The config.json of {source} does not say model_type: get the whole file.")
    if kind not in types:
        raise ModelError(f"{source} is a {kind}; of those with two towers {', '.join(types)} can be read here.")
    tensors = open_weights(source)
    vision, towers = vision_of(source, values, part(tensors, PREFIXES["vision"]), image_size)
    tensors |= {PREFIXES["vision"] + name: tensor for name, tensor in towers.items()}
    text = read(read_text_config, tower_values(source, values, "text"), str(source), "pooler")
    config = joined(source, values, vision, text, tensors)
    model = fill(outline(DualEncoder, config), tensors, dtype, str(source))
    model.preprocess = load_preprocess(source, side_in(source, values), vision.image_size)
    return model, load_captions(source, text.max_tokens, text.vocabulary_size)


def joined(source: Source, values: Values, vision: ViTConfig, text: TextConfig, tensors: Tensors) -> DualConfig:
    """The config of a whole model. CLIP-Italian's original layout has a constant scale, which leaves the tensors."""
    values = JOINED_DEFAULTS | values
    width, log_scale = renamed(values, {name: name for name in JOINED_DEFAULTS}, str(source)).values()
    if values["model_type"] == "hybrid-clip" and "logit_scale" in tensors:
        scale = HYBRID_SCALE * float(tensors.pop("logit_scale").read())
        return DualConfig(vision, text, width, scale, constant_logit_scale=True)
    return DualConfig(vision, text, width, math.exp(log_scale))


def read(reader: Callable[..., Any], values: Values, where: str, *rest: Any) -> Any:
    """A config; whatever is wrong with its sizes becomes one sentence."""
    try:
        return reader(values, where, *rest)
    except ModelError:
        raise
    except (TypeError, ValueError) as error:
        raise ModelError(f"The config.json of {where} makes no sense: {error}") from None


def empty(config: ViTConfig | TextConfig) -> Any:
    """An encoder whose parameters have shapes and no numbers yet: to draw random ones would take seconds."""
    return outline(ENCODERS[type(config)], config)


def tower_values(source: Source, values: Values, tower: str) -> Values:
    """The part of config.json that is about one tower."""
    if values.get("model_type") not in DUAL_TYPES:
        return values
    found = values.get(f"{tower}_config")
    if not isinstance(found, dict):
        raise ModelError(f"The config.json of {source} has no {tower}_config: get the whole file.")
    return ({"model_type": f"clip_{tower}_model"} if values["model_type"] == "clip" else {}) | found


def side_in(source: Source, values: Values) -> int:
    """The side of the pictures that config.json names; CLIP's where it names none."""
    return tower_values(source, values, "vision").get("image_size", 224)


def take_tower(source: Source, values: Values, tower: str) -> Tensors:
    """One tower's tensors, from its own file or from that of a whole model."""
    kind = tower_values(source, values, tower).get("model_type")
    if kind not in TOWER_TYPES[tower]:
        known = ", ".join((*TOWER_TYPES[tower], *DUAL_TYPES))
        raise ModelError(f"{source} is a {kind}, from which no {tower} tower can be read (from {known} it can).")
    tensors = open_weights(source)
    return part(tensors, PREFIXES[tower]) if values["model_type"] in DUAL_TYPES else alone(tensors, kind)


def vision_of(source: Source, values: Values, tensors: Tensors, image_size: int | None) -> tuple[ViTConfig, Tensors]:
    """The image tower's config and tensors, for pictures of another size if one is asked for."""
    config = read(read_vision_config, tower_values(source, values, "vision"), str(source))
    positions = tensors.get(POSITIONS)
    if image_size in (None, config.image_size) or positions is None:
        return config, tensors
    try:
        config = replace(config, image_size=image_size)
    except ValueError as error:
        raise ModelError(f"{source} cannot read such pictures: {error}") from None
    side = config.image_size // config.patch_size
    resized = Tensor((side * side + 1, positions.shape[-1]), lambda: resize_positions(positions.read(), side))
    return config, tensors | {POSITIONS: resized}


def pooling_of(source: Source, tensors: Tensors) -> str:
    """How BERT's tokens become one vector: as sentence-transformers wrote beside it, else by a pooler if it has one."""
    values = source.json("1_Pooling/config.json") or {}
    if values.get("pooling_mode_mean_tokens"):
        return "mean"
    if values.get("pooling_mode_cls_token"):
        return "first"
    return "pooler" if "pooler.dense.weight" in tensors else "mean"
