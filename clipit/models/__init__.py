"""Encoders: from pixels and words to vectors."""

from typing import TYPE_CHECKING, Any

from clipit.models.config import (
    BagOfWordsConfig,
    BertConfig,
    BlockConfig,
    CausalTextConfig,
    ConvNetConfig,
    DualConfig,
    EfficientNetConfig,
    ViTConfig,
)

if TYPE_CHECKING:
    from clipit.models.dual import DualEncoder

__all__ = [
    "BagOfWordsConfig",
    "BertConfig",
    "BlockConfig",
    "CausalTextConfig",
    "ConvNetConfig",
    "DualConfig",
    "DualEncoder",
    "EfficientNetConfig",
    "ViTConfig",
]


def __getattr__(name: str) -> Any:
    if name == "DualEncoder":  # the modules need JAX, the configs do not: recipes stay quick to import
        from clipit.models.dual import DualEncoder

        return DualEncoder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
