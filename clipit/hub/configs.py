"""Configs of ``transformers`` as configs of this library and back, by tables that are read in both directions.

>>> config = {"model_type": "bert", "vocab_size": 30, "max_position_embeddings": 16, "num_hidden_layers": 2}
>>> config |= {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 16, "hidden_act": "gelu"}
>>> read_text_config(config, "the test", "mean").block.mlp_ratio
2.0
"""

from typing import Any

from clipit.hub.errors import ModelError
from clipit.models.config import BertConfig, BlockConfig, CausalTextConfig, TextConfig, ViTConfig

Values = dict[str, Any]

# What transformers calls it: what it is called here.
BLOCK = {"hidden_size": "width", "num_attention_heads": "heads", "hidden_act": "activation"}
BLOCK |= {"layer_norm_eps": "norm_epsilon"}
VISION = {"image_size": "image_size", "patch_size": "patch_size", "num_hidden_layers": "layers"}
BERT = {"vocab_size": "vocabulary_size", "max_position_embeddings": "max_tokens", "num_hidden_layers": "layers"}
CAUSAL = {**BERT, "eos_token_id": "end_of_text_id"}
BERT = {**BERT, "type_vocab_size": "token_types"}
ACTIVATIONS = {"gelu": "gelu", "quick_gelu": "quick_gelu", "gelu_pytorch_tanh": "gelu_tanh", "gelu_new": "gelu_tanh"}

# What a config may leave out, because transformers knows it. Files of CLIP do leave sizes out; files of BERT do not.
BERT_DEFAULTS = {"hidden_act": "gelu", "layer_norm_eps": 1e-12, "type_vocab_size": 2}
CLIP_DEFAULTS = {"num_hidden_layers": 12, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}
VISION_DEFAULTS = CLIP_DEFAULTS | {"image_size": 224, "patch_size": 32, "hidden_size": 768}
VISION_DEFAULTS |= {"num_attention_heads": 12, "intermediate_size": 3072}
CAUSAL_DEFAULTS = CLIP_DEFAULTS | {"vocab_size": 49408, "max_position_embeddings": 77, "hidden_size": 512}
CAUSAL_DEFAULTS |= {"num_attention_heads": 8, "intermediate_size": 2048, "eos_token_id": 49407}

# What our models always do; a config that says something else is of a model that we do not have.
FIXED = {"num_channels": 3, "position_embedding_type": "absolute", "is_decoder": False}
OLD_END = 2  # CLIP's first configs had the wrong number of the end; transformers takes it as "the largest number"

# What a value may be. Most are whole numbers from 1; these begin at 0, or are numbers inside limits.
FROM_ZERO = ("eos_token_id", "type_vocab_size")
LIMITS = {"layer_norm_eps": (0.0, 1.0), "logit_scale_init_value": (-20.0, 20.0)}  # the last is a logarithm

# Kinds of checkpoints: transformers' model_type.
VISION_TYPES, TEXT_TYPES = ("clip_vision_model",), ("bert", "clip_text_model")
DUAL_TYPES = ("clip", "vision-text-dual-encoder", "hybrid-clip")


def renamed(values: Values, names: dict[str, str], where: str) -> Values:
    """The values of a table's fields under our names; raises ModelError where one is missing or makes no sense."""
    missing = [name for name in names if values.get(name) is None]
    if missing:
        raise ModelError(f"The config.json of {where} does not say {', '.join(missing)}: get the whole file.")
    for name in names:
        if not makes_sense(name, values[name]):
            raise ModelError(f"The config.json of {where} says {name} {values[name]!r}, which cannot be: get it again.")
    return {ours: values[theirs] for theirs, ours in names.items()}


def makes_sense(name: str, value: Any) -> bool:
    """Whether a field can have a value: the activation is a name, the others are numbers."""
    if name == "hidden_act":
        return isinstance(value, str)
    if name in LIMITS:
        low, high = LIMITS[name]
        return isinstance(value, int | float) and low < value < high
    return type(value) is int and value >= (0 if name in FROM_ZERO else 1)


def read_block(values: Values, norm: str, where: str) -> BlockConfig:
    """A block's sizes."""
    sizes = renamed(values, BLOCK, where)
    hidden = renamed(values, {"intermediate_size": "hidden"}, where)["hidden"]
    if sizes["activation"] not in ACTIVATIONS:
        raise ModelError(f"{where} uses the activation {sizes['activation']}; known are {', '.join(ACTIVATIONS)}.")
    sizes["activation"] = ACTIVATIONS[sizes["activation"]]
    return BlockConfig(**sizes, mlp_ratio=hidden / sizes["width"], norm=norm)


def check_fixed(values: Values, where: str) -> None:
    """Refuses what our models cannot do, before it becomes wrong numbers."""
    for name, value in FIXED.items():
        if values.get(name, value) != value:
            raise ModelError(f"{where} has {name} {values[name]}; only {value} can be read.")


def read_vision_config(values: Values, where: str) -> ViTConfig:
    """Sizes of CLIP's image tower; raises ModelError if it is another one, or if they make no sense."""
    check_type(values, VISION_TYPES, "image encoder", where)
    check_fixed(values, where)
    values = VISION_DEFAULTS | values
    sizes, block = renamed(values, VISION, where), read_block(values, "before", where)
    return ViTConfig(**sizes, block=block, norm_first=True, patch_bias=False, norm_epsilon=block.norm_epsilon)


def read_text_config(values: Values, where: str, pooling: str) -> TextConfig:
    """Sizes of BERT or of CLIP's text tower; ``pooling`` is for BERT; raises as ``read_vision_config``."""
    check_type(values, TEXT_TYPES, "text encoder", where)
    check_fixed(values, where)
    if values["model_type"] == "bert":
        values = BERT_DEFAULTS | values
        return BertConfig(**renamed(values, BERT, where), block=read_block(values, "after", where), pooling=pooling)
    values = CAUSAL_DEFAULTS | values
    sizes = renamed(values, CAUSAL, where)
    if sizes["end_of_text_id"] == OLD_END:
        sizes["end_of_text_id"] = None
    return CausalTextConfig(**sizes, block=read_block(values, "before", where))


def check_type(values: Values, known: tuple[str, ...], what: str, where: str) -> None:
    """Refuses a checkpoint of another kind, by the name that it gives itself."""
    kind = values.get("model_type")
    if kind is None:
        raise ModelError(f"The config.json of {where} does not say model_type: get the whole file.")
    if kind not in known:
        raise ModelError(f"{where} is a {kind}, no {what} that can be read ({', '.join(known)}).")


def write_config(config: ViTConfig | TextConfig) -> Values:
    """The config of ``transformers`` for an encoder; with it, and ``names.to_transformers``, PyTorch has the same.

    Raises:
        ModelError: transformers has no such encoder; the message says what it cannot do.
    """
    if isinstance(config, ViTConfig):
        if not config.norm_first or config.patch_bias or config.norm_epsilon != config.block.norm_epsilon:
            raise no_counterpart("a ViT with patch_bias, or without norm_first, or with two epsilons")
        return {"model_type": "clip_vision_model", "num_channels": 3} | write_sizes(config, VISION, "before")
    if isinstance(config, CausalTextConfig):
        values = {"model_type": "clip_text_model"} | write_sizes(config, CAUSAL, "before")
        return values | ({"eos_token_id": OLD_END} if config.end_of_text_id is None else {})
    if isinstance(config, BertConfig):
        if not config.token_types:
            raise no_counterpart("a BERT without token_types")
        return {"model_type": "bert"} | write_sizes(config, BERT, "after")
    raise no_counterpart(f"an encoder like {type(config).__name__.removesuffix('Config')}")


def write_sizes(config: Any, names: dict[str, str], norm: str) -> Values:
    """A table read from right to left."""
    block = config.block
    if block.norm != norm:
        raise no_counterpart(f"such an encoder with norms {block.norm!r} the halves of a block")
    sizes = {theirs: getattr(config, ours) for theirs, ours in names.items()}
    sizes |= {theirs: getattr(block, ours) for theirs, ours in BLOCK.items()}
    activation = next(theirs for theirs, ours in ACTIVATIONS.items() if ours == block.activation)
    return sizes | {"hidden_act": activation, "intermediate_size": round(block.width * block.mlp_ratio)}


def no_counterpart(what: str) -> ModelError:
    """The one sentence for what PyTorch's library lacks."""
    return ModelError(f"transformers has no counterpart of {what}.")
