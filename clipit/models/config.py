"""The sizes of every model, as frozen dataclasses; importing them needs no JAX.

>>> ViTConfig(image_size=64, patch_size=8).features
128
>>> from_dict(to_dict(DualConfig())) == DualConfig()
True
"""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

ACTIVATIONS = ("gelu", "gelu_tanh", "quick_gelu")


@dataclass(frozen=True)
class BlockConfig:
    """Sizes of a transformer block.

    Attributes:
        width: length of a token's vector.
        heads: attention heads; each looks at width / heads numbers.
        mlp_ratio: hidden width of the MLP over ``width``.
        activation: one of ``ACTIVATIONS``.
        norm: "before" each half of the block (ViT, CLIP) or "after" it (BERT).
        norm_epsilon: added to the variance in LayerNorm.
    """

    width: int = 128
    heads: int = 4
    mlp_ratio: float = 4.0
    activation: str = "gelu_tanh"
    norm: str = "before"
    norm_epsilon: float = 1e-5

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"A width of {self.width} cannot be shared by {self.heads} heads; choose a multiple.")
        if self.norm not in ("before", "after"):
            raise ValueError(f"norm is 'before' or 'after', not {self.norm!r}.")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation is one of {', '.join(ACTIVATIONS)}, not {self.activation!r}.")


@dataclass(frozen=True)
class ConvNetConfig:
    """Sizes of the ConvNet.

    Attributes:
        image_size: side of the pictures in pixels.
        widths: channels after each convolution; those after the first are 3x3 and halve the side.
        groups: groups of channels that are normalised together (GroupNorm); must divide every width.
        place_channels: channels of the last map whose places are kept.
        features: length of the vector that comes out.
        first_kernel: side of the squares that the first convolution looks at, in pixels.
        first_stride: pixels from one square to the next; the first map has image_size / first_stride places a side.
    """

    image_size: int = 64
    widths: tuple[int, ...] = (64, 128, 256)
    groups: int = 8
    place_channels: int = 16
    features: int = 256
    first_kernel: int = 8
    first_stride: int = 4

    def __post_init__(self) -> None:
        if self.first_kernel < 1 or self.first_stride < 1:
            raise ValueError("first_kernel and first_stride must be at least 1.")
        if self.image_size % self.shrinking:
            raise ValueError(f"An image_size of {self.image_size} is not divided by the strides' {self.shrinking}.")
        if any(width % self.groups for width in self.widths):
            raise ValueError(f"The widths {self.widths} cannot be cut into {self.groups} groups each.")

    @property
    def shrinking(self) -> int:
        """How many pixels a side become one place of the last map."""
        return self.first_stride * 2 ** (len(self.widths) - 1)


@dataclass(frozen=True)
class ViTConfig:
    """Sizes of the vision transformer.

    Attributes:
        image_size: side of the pictures in pixels.
        patch_size: side of a patch; each becomes one token.
        layers: transformer blocks.
        block: sizes of a block.
        norm_first: a LayerNorm between the embeddings and the blocks too, as in CLIP.
        patch_bias: a patch's vector has a bias; in CLIP it has none.
        norm_epsilon: added to the variance in the norms that are not inside a block; 1e-5 in CLIP.
    """

    image_size: int = 64
    patch_size: int = 8
    layers: int = 4
    block: BlockConfig = field(default_factory=BlockConfig)
    norm_first: bool = False
    patch_bias: bool = True
    norm_epsilon: float = 1e-6

    def __post_init__(self) -> None:
        if self.image_size % self.patch_size:
            raise ValueError(f"Patches of {self.patch_size} pixels do not fill an image_size of {self.image_size}.")

    @property
    def features(self) -> int:
        """Length of the vector that comes out."""
        return self.block.width


@dataclass(frozen=True)
class EfficientNetConfig:
    """Sizes of an EfficientNet-Lite; the defaults are those of Lite0.

    Attributes:
        image_size: side of the pictures in pixels.
        first_width: channels after the first convolution, which halves the side.
        stages: for each its blocks, their kernel, the stride of the first of them, by how much they widen the
            channels inside, and the channels that come out.
        features: length of the vector that comes out.
    """

    image_size: int = 224
    first_width: int = 32
    stages: tuple[tuple[int, int, int, int, int], ...] = (
        (1, 3, 1, 1, 16),
        (2, 3, 2, 6, 24),
        (2, 5, 2, 6, 40),
        (3, 3, 2, 6, 80),
        (3, 5, 1, 6, 112),
        (4, 5, 2, 6, 192),
        (1, 3, 1, 6, 320),
    )
    features: int = 1280


@dataclass(frozen=True)
class BagOfWordsConfig:
    """Sizes of the bag of words: how many words it knows, and the length of a word's vector."""

    vocabulary_size: int = 1000
    width: int = 128

    @property
    def features(self) -> int:
        """Length of the vector that comes out."""
        return self.width


@dataclass(frozen=True)
class BertConfig:
    """Sizes of the text transformer.

    Attributes:
        vocabulary_size: tokens it knows.
        max_tokens: longest sentence, in tokens.
        layers: transformer blocks.
        block: sizes of a block; BERT norms after each half of it.
        pooling: "mean" of the tokens, the "first" token, or BERT's "pooler", one more layer on the first token.
        quiet_start: start with blocks that change nothing, so that at first the words alone speak.
        token_types: BERT was trained on pairs of sentences and knows 2 types of token, "of the first" and "of the
            second"; a caption's tokens are all of the first. 0 is none.
    """

    vocabulary_size: int = 1000
    max_tokens: int = 32
    layers: int = 2
    block: BlockConfig = field(default_factory=lambda: BlockConfig(norm="after"))
    pooling: str = "mean"
    quiet_start: bool = False
    token_types: int = 0

    def __post_init__(self) -> None:
        if self.pooling not in ("mean", "first", "pooler"):
            raise ValueError(f"pooling is 'mean', 'first' or 'pooler', not {self.pooling!r}.")

    @property
    def features(self) -> int:
        """Length of the vector that comes out."""
        return self.block.width


@dataclass(frozen=True)
class CausalTextConfig:
    """Sizes of CLIP's own text transformer, in which a token sees only itself and what stands before it.

    Attributes:
        vocabulary_size: tokens it knows.
        max_tokens: longest sentence, in tokens.
        layers: transformer blocks.
        block: sizes of a block; CLIP norms before each half of it.
        end_of_text_id: the token that ends every sentence; its vector is the sentence's. None is the token with the
            largest number, which in OpenAI's own vocabulary is the end.
    """

    vocabulary_size: int = 1000
    max_tokens: int = 32
    layers: int = 2
    block: BlockConfig = field(default_factory=lambda: BlockConfig(activation="quick_gelu"))
    end_of_text_id: int | None = 3

    def __post_init__(self) -> None:
        if self.end_of_text_id is not None and not 0 <= self.end_of_text_id < self.vocabulary_size:
            raise ValueError(f"end_of_text_id is one of the {self.vocabulary_size} tokens, not {self.end_of_text_id}.")

    @property
    def features(self) -> int:
        """Length of the vector that comes out."""
        return self.block.width


VisionConfig = ConvNetConfig | ViTConfig | EfficientNetConfig
TextConfig = BagOfWordsConfig | BertConfig | CausalTextConfig


@dataclass(frozen=True)
class DualConfig:
    """Sizes of both encoders and of the space that they share.

    Attributes:
        vision: config of the image encoder.
        text: config of the text encoder.
        projection_dim: length of the vectors that are compared.
        initial_logit_scale: what similarities are multiplied with at the start; CLIP's 1 / 0.07.
        constant_logit_scale: the logit scale stays what it is at the start, as CLIP-Italian's 20 did.
        initial_logit_bias: what the sigmoid loss adds to similarities at the start, SigLIP's -10; 0 for none, because a
            softmax does not notice it.
    """

    vision: VisionConfig = field(default_factory=ConvNetConfig)
    text: TextConfig = field(default_factory=BertConfig)
    projection_dim: int = 256
    initial_logit_scale: float = 1 / 0.07
    constant_logit_scale: bool = False
    initial_logit_bias: float = 0.0


KINDS: dict[str, type] = {
    kind.__name__.removesuffix("Config").lower(): kind
    for kind in (ConvNetConfig, ViTConfig, EfficientNetConfig, BagOfWordsConfig, BertConfig, CausalTextConfig)
}


def encoder_to_dict(config: VisionConfig | TextConfig) -> dict[str, Any]:
    """An encoder's config as plain values, with its kind."""
    kind = next(name for name, known in KINDS.items() if type(config) is known)
    return {"kind": kind, **asdict(config)}


def encoder_from_dict(values: dict[str, Any]) -> Any:
    """The config that ``encoder_to_dict`` wrote.

    Raises:
        ValueError: the kind is unknown, or a value has a name that this kind does not know.
    """
    kind = KINDS.get(values.get("kind", ""))
    if kind is None:
        raise ValueError(f"There is no encoder of the kind {values.get('kind')!r}; known are {', '.join(KINDS)}.")
    given = {name: value for name, value in values.items() if name != "kind"}
    unknown = set(given) - {f.name for f in fields(kind)}
    if unknown:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}.")
    if "block" in given:
        given["block"] = BlockConfig(**given["block"])
    if "widths" in given:
        given["widths"] = tuple(given["widths"])
    if "stages" in given:
        given["stages"] = tuple(map(tuple, given["stages"]))
    return kind(**given)


def to_dict(config: DualConfig) -> dict[str, Any]:
    """A model's config as plain values, ready for JSON."""
    towers = {name: encoder_to_dict(getattr(config, name)) for name in ("vision", "text")}
    return towers | {f.name: getattr(config, f.name) for f in fields(config) if f.name not in towers}


def from_dict(values: dict[str, Any]) -> DualConfig:
    """The config that ``to_dict`` wrote, also before it had all its fields; raises as ``encoder_from_dict`` does."""
    towers = {name: encoder_from_dict(values[name]) for name in ("vision", "text")}
    always = {name: values[name] for name in ("projection_dim", "initial_logit_scale")}
    newer = {name: values[name] for name in ("constant_logit_scale", "initial_logit_bias") if name in values}
    return DualConfig(**towers, **always, **newer)
