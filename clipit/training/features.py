"""Embedding pictures or captions with a compiled model, a fixed number at a time.

>>> chunk_sizes(600, rows_at_once(600))
[256, 256, 88]
>>> rows_at_once(1), rows_at_once(20)
(1, 64)
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec
from jaxtyping import Float, Int, UInt8

from clipit.hub.folder import whole
from clipit.models import DualEncoder

CHUNK = 256
SIZES = (1, 16, 64, CHUNK)  # each a compiled program; so few, and yet one query is not computed as if there were 256


def rows_at_once(total: int, devices: int = 1) -> int:
    """The least size that holds all rows, or else the largest; of those sizes that the devices can share."""
    shared = [size for size in SIZES if size % devices == 0] or [CHUNK]
    return next((size for size in shared if size >= total), shared[-1])


def chunk_sizes(total: int, chunk: int) -> list[int]:
    """Sizes of the parts when ``total`` items are taken ``chunk`` at a time."""
    return [min(chunk, total - start) for start in range(0, total, chunk)]


@jax.jit
def encode_pixels(model: DualEncoder, pixels: Any) -> Any:
    """Compiled ``preprocess.normalise`` and ``encode_image``."""
    return model.encode_image(model.preprocess.normalise(pixels))


@jax.jit
def encode_tokens(model: DualEncoder, tokens: dict[str, Any]) -> Any:
    """Compiled ``encode_text``."""
    return model.encode_text(tokens)


@jax.jit
def see(model: DualEncoder, pixels: Any) -> Any:
    """Compiled ``preprocess.normalise`` and image encoder, without the projection."""
    return model.vision(model.preprocess.normalise(pixels))


@jax.jit
def read(model: DualEncoder, tokens: dict[str, Any]) -> Any:
    """Compiled text encoder, without the projection."""
    return model.text(tokens["input_ids"], tokens["attention_mask"])


def in_chunks(
    model: DualEncoder, encode: Callable[..., Any], arrays: Mapping[str, np.ndarray], dim: int
) -> Float[np.ndarray, "n dim"]:
    """Applies an encoder to equally long arrays, some rows at a time, on the devices where the model is.

    The last rows are filled up, so that one program does for all.
    """
    sharding = model.visual_projection.kernel[...].sharding
    spread, devices = None, 1
    if isinstance(sharding, NamedSharding):
        spread, devices = NamedSharding(sharding.mesh, PartitionSpec(sharding.mesh.axis_names)), sharding.mesh.size
    total = len(next(iter(arrays.values())))
    at_once = rows_at_once(total, devices)
    results = np.empty((total, dim), np.float32)
    for part, size in enumerate(chunk_sizes(total, at_once)):
        rows = np.minimum(np.arange(part * at_once, (part + 1) * at_once), total - 1)
        chunk = {name: jax.device_put(values[rows], spread) for name, values in arrays.items()}
        results[rows[:size]] = whole(encode(model, chunk))[:size]
    return results


def embed_pixels(model: DualEncoder, pixels: UInt8[np.ndarray, "n height width 3"]) -> Float[np.ndarray, "n dim"]:
    """Pictures of the right size, uint8, to vectors of length one."""
    dim = model.config.projection_dim
    return in_chunks(model, lambda model, chunk: encode_pixels(model, chunk["pixels"]), {"pixels": pixels}, dim)


def embed_tokens(
    model: DualEncoder, input_ids: Int[np.ndarray, "n tokens"], attention_mask: Int[np.ndarray, "n tokens"]
) -> Float[np.ndarray, "n dim"]:
    """Token numbers to vectors of length one."""
    tokens = {"input_ids": input_ids, "attention_mask": attention_mask}
    return in_chunks(model, encode_tokens, tokens, model.config.projection_dim)


def image_features(
    model: DualEncoder, pixels: UInt8[np.ndarray, "n height width 3"]
) -> Float[np.ndarray, "n features"]:
    """What the image encoder alone makes of pictures of the right size."""
    width = model.config.vision.features
    return in_chunks(model, lambda model, chunk: see(model, chunk["pixels"]), {"pixels": pixels}, width)


def text_features(
    model: DualEncoder, input_ids: Int[np.ndarray, "n tokens"], attention_mask: Int[np.ndarray, "n tokens"]
) -> Float[np.ndarray, "n features"]:
    """What the text encoder alone makes of token numbers."""
    tokens = {"input_ids": input_ids, "attention_mask": attention_mask}
    return in_chunks(model, read, tokens, model.config.text.features)


def embed_captions(
    model: DualEncoder, tokenizer: Callable[..., Any], captions: Sequence[str]
) -> Float[np.ndarray, "n dim"]:
    """Captions to vectors of length one."""
    return embed_tokens(model, **tokenizer(captions))
