"""The same model in PyTorch, as plain functions over the same tensors: an oracle, and a rival for ``clipit bench``.

Needs the extra ``parity``; PyTorch is imported when a function is called, so that this file can be read without it.
The names of the tensors are those of ``clipit.hub.folder.parameters``.

>>> pad_same(64, kernel=12, stride=4), pad_same(16, kernel=3, stride=2)
((4, 4), (0, 1))
"""

from collections.abc import Callable
from typing import Any

from clipit.models.config import (
    BagOfWordsConfig,
    BertConfig,
    BlockConfig,
    CausalTextConfig,
    ConvNetConfig,
    DualConfig,
    TextConfig,
    ViTConfig,
)

Tensors = dict[str, Any]


def to_torch(tensors: dict[str, Any]) -> Tensors:
    """NumPy tensors as PyTorch parameters."""
    import torch

    return {name: torch.nn.Parameter(torch.tensor(value)) for name, value in tensors.items()}


def pad_same(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """What JAX's "SAME" adds before and after; PyTorch has no such padding for strides."""
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


def linear(tensors: Tensors, name: str, x: Any) -> Any:
    """Flax keeps kernels as [in, out]."""
    product = x @ tensors[f"{name}.kernel"]
    return product + tensors[f"{name}.bias"] if f"{name}.bias" in tensors else product


def layer_norm(own: Tensors, x: Any, epsilon: float = 1e-6) -> Any:
    """LayerNorm over the last axis."""
    from torch.nn import functional

    return functional.layer_norm(x, x.shape[-1:], own["scale"], own["bias"], epsilon)


def convolution(own: Tensors, maps: Any, stride: int) -> Any:
    """Padded as JAX's "SAME"; maps [batch, channels, height, width]."""
    from torch.nn import functional

    kernel = own["kernel"].permute(3, 2, 0, 1)
    before, after = pad_same(maps.shape[-1], kernel.shape[-1], stride)
    return functional.conv2d(functional.pad(maps, (before, after, before, after)), kernel, own["bias"], stride)


def norm_and_gelu(own: Tensors, groups: int, maps: Any) -> Any:
    """What follows a convolution."""
    from torch.nn import functional

    return functional.gelu(functional.group_norm(maps, groups, own["scale"], own["bias"], 1e-6), approximate="tanh")


def convnet(tensors: Tensors, config: ConvNetConfig, pixels: Any) -> Any:
    """``clipit.models.vision.ConvNet``; pixels [batch, height, width, 3]."""
    import torch

    maps = pixels.permute(0, 3, 1, 2)  # a view: in memory channels stay last, which is PyTorch's quick layout too
    for index, _ in enumerate(config.widths):
        stride = config.first_stride if index == 0 else 2
        maps = convolution(below(tensors, f"convolutions.{index}"), maps, stride)
        maps = norm_and_gelu(below(tensors, f"norms.{index}"), config.groups, maps)
    what = maps.amax((2, 3))
    where = linear(tensors, "places", maps.permute(0, 2, 3, 1)).reshape(len(maps), -1)
    return linear(tensors, "head", layer_norm(below(tensors, "head_norm"), torch.cat([where, what], 1)))


def attention(own: Tensors, config: BlockConfig, tokens: Any, mask: Any = None) -> Any:
    """``clipit.models.layers.Attention`` on [batch, tokens, width]."""
    from torch.nn import functional

    parts = [linear(own, name, tokens) for name in ("query", "key", "value")]
    query, key, value = (part.unflatten(-1, (config.heads, -1)).transpose(1, 2) for part in parts)
    mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return linear(own, "output", mixed.transpose(1, 2).flatten(2))


def mlp(own: Tensors, config: BlockConfig, tokens: Any) -> Any:
    """``clipit.models.layers.MLP``."""
    return linear(own, "output", activation(config.activation)(linear(own, "hidden", tokens)))


def block(tensors: Tensors, config: BlockConfig, tokens: Any, mask: Any = None) -> Any:
    """``clipit.models.layers.Block`` on [batch, tokens, width]."""

    def mix(x: Any) -> Any:
        return attention(below(tensors, "attention"), config, x, mask)

    def bend(x: Any) -> Any:
        return mlp(below(tensors, "mlp"), config, x)

    def norm(name: str, x: Any) -> Any:
        return layer_norm(below(tensors, name), x, config.norm_epsilon)

    if config.norm == "before":
        tokens = tokens + mix(norm("attention_norm", tokens))
        return tokens + bend(norm("mlp_norm", tokens))
    tokens = norm("attention_norm", tokens + mix(tokens))
    return norm("mlp_norm", tokens + bend(tokens))


def activation(name: str) -> Callable[[Any], Any]:
    """The functions of ``clipit.models.layers``."""
    import torch
    from torch.nn import functional

    return {
        "gelu": functional.gelu,
        "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
        "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
    }[name]


def below(tensors: Tensors, name: str) -> Tensors:
    """The tensors of one part, under their names inside it."""
    return {key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(f"{name}.")}


def vit(tensors: Tensors, config: ViTConfig, pixels: Any) -> Any:
    """``clipit.models.vision.ViT``; pixels [batch, height, width, 3]."""
    import torch

    batch, size = len(pixels), config.patch_size
    cut = pixels.unflatten(2, (-1, size)).unflatten(1, (-1, size)).transpose(2, 3)
    patches = linear(tensors, "patch_embedding", cut.reshape(batch, -1, 3 * size * size))
    first = tensors["class_embedding"].expand(batch, 1, -1)
    tokens = torch.cat([first, patches], 1) + tensors["position_embedding"]
    if config.norm_first:
        tokens = layer_norm(below(tensors, "first_norm"), tokens, config.norm_epsilon)
    for index in range(config.layers):
        tokens = block(below(tensors, f"blocks.{index}"), config.block, tokens)
    return layer_norm(below(tensors, "norm"), tokens[:, 0], config.norm_epsilon)


def text(tensors: Tensors, config: TextConfig, input_ids: Any, attention_mask: Any) -> Any:
    """``clipit.models.text.BagOfWords``, ``Bert`` and ``CausalText``."""
    tokens = tensors["word_embedding.embedding"][input_ids]
    mask, causal = attention_mask[:, None, None] > 0, isinstance(config, CausalTextConfig)
    if not isinstance(config, BagOfWordsConfig):
        tokens = tokens + tensors["position_embedding.embedding"][: input_ids.shape[1]]
        if "token_type_embedding.embedding" in tensors:
            tokens = tokens + tensors["token_type_embedding.embedding"][0]
        if not causal:
            tokens = layer_norm(below(tensors, "embedding_norm"), tokens, config.block.norm_epsilon)
        seen = mask & mask.new_ones(2 * input_ids.shape[1:]).tril() if causal else mask
        for index in range(config.layers):
            tokens = block(below(tensors, f"blocks.{index}"), config.block, tokens, seen)
    if isinstance(config, CausalTextConfig):
        end = config.end_of_text_id
        ends = (input_ids if end is None else (input_ids == end).int()).argmax(1)
        tokens = layer_norm(below(tensors, "norm"), tokens, config.block.norm_epsilon)
        return tokens[range(len(tokens)), ends]
    if isinstance(config, BertConfig) and config.pooling != "mean":
        first = tokens[:, 0]
        return linear(tensors, "pooler", first).tanh() if config.pooling == "pooler" else first
    weights = attention_mask[..., None].to(tokens.dtype)
    return (tokens * weights).sum(1) / weights.sum(1).clamp(min=1)


VISION: dict[type, Callable[..., Any]] = {ConvNetConfig: convnet, ViTConfig: vit}


def embed(tensors: Tensors, config: DualConfig, pixels: Any, input_ids: Any, attention_mask: Any) -> tuple[Any, Any]:
    """Both kinds of vectors, of length one.

    Raises:
        ValueError: the image encoder is of a kind that has no twin here.
    """
    if type(config.vision) not in VISION:
        kind = type(config.vision).__name__.removesuffix("Config")
        raise ValueError(f"There is no twin in PyTorch of an encoder like {kind}.")
    from torch.nn import functional

    vision = VISION[type(config.vision)]
    images = linear(tensors, "visual_projection", vision(below(tensors, "vision"), config.vision, pixels))
    texts = text(below(tensors, "text"), config.text, input_ids, attention_mask)
    return functional.normalize(images), functional.normalize(linear(tensors, "text_projection", texts))


def loss(tensors: Tensors, config: DualConfig, pixels: Any, input_ids: Any, attention_mask: Any, positives: Any) -> Any:
    """``clipit.losses.info_nce`` of a batch."""
    images, texts = embed(tensors, config, pixels, input_ids, attention_mask)
    learned = not config.constant_logit_scale
    scale = tensors["log_logit_scale"].exp().clamp(max=100) if learned else config.initial_logit_scale
    logits = scale * images @ texts.T

    def one_direction(anchors: Any, right: Any) -> Any:
        of_positives = (anchors.log_softmax(1) * right).sum(1)
        return -(of_positives / right.sum(1)).mean()

    return (one_direction(logits, positives) + one_direction(logits.T, positives.T)) / 2
