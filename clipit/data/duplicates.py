"""Near duplicates: the same photograph in another size, another compression, a little brighter.

They are found by a perceptual hash (dHash: is each of 8 x 8 places brighter than its right neighbour?) and confirmed
by comparing thumbnails in colour, because the hash alone cannot tell a red apple from a blue one, nor any two plain
surfaces. Not found are: cut-outs, mirrored or turned pictures, and photographs of the same thing.

To find all pairs of hashes that differ in at most d bits without comparing each with each, the 64 bits are cut into
d + 1 pieces: where at most d bits differ, one piece is equal (the pigeonhole principle).

>>> picture = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
>>> find_leaks(fingerprints([picture, picture[:, ::-1]]), fingerprints([np.repeat(picture, 2, 0)])).tolist()
[True, False]
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import datasets
import numpy as np
from jaxtyping import Bool, Float, UInt8, UInt64
from PIL import Image

from clipit.inputs.pictures import open_image

SIDE = 8
MOST_BITS = 4  # of 64 that may differ
MOST_DIFFERENCE = 12.0  # of 255 by which thumbnails may differ, on average


@dataclass(frozen=True)
class Fingerprints:
    """What is remembered of pictures: a hash, and a thumbnail; 200 bytes each."""

    hashes: UInt64[np.ndarray, " n"]
    thumbnails: UInt8[np.ndarray, "n 8 8 3"]


def difference_hash(picture: UInt8[np.ndarray, "height width 3"]) -> int:
    """64 bits: each of 8 x 8 places of the grey picture, is it brighter than its right neighbour?"""
    grey = Image.fromarray(picture).convert("L").resize((SIDE + 1, SIDE), Image.Resampling.LANCZOS)
    values = np.asarray(grey, np.int16)  # [8, 9]
    return int.from_bytes(np.packbits(values[:, 1:] > values[:, :-1]).tobytes())


def fingerprints(pictures: Iterable[UInt8[np.ndarray, "_ _ 3"]]) -> Fingerprints:
    """The fingerprints of pictures of any sizes, one after the other."""
    hashes, thumbnails = [], []
    for picture in pictures:
        hashes.append(difference_hash(picture))
        thumbnails.append(np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BOX)))
    stacked = np.array(thumbnails, np.uint8).reshape(-1, SIDE, SIDE, 3)
    return Fingerprints(np.array(hashes, np.uint64), stacked)


def join(several: Sequence[Fingerprints]) -> Fingerprints:
    """One after the other."""
    none = np.zeros(0, np.uint64), np.zeros((0, SIDE, SIDE, 3), np.uint8)
    hashes = np.concatenate([none[0], *(prints.hashes for prints in several)])
    return Fingerprints(hashes, np.concatenate([none[1], *(prints.thumbnails for prints in several)]))


def pieces(hashes: UInt64[np.ndarray, " n"]) -> list[list[int]]:
    """Each hash cut into ``MOST_BITS`` + 1 pieces."""
    width = -(-64 // (MOST_BITS + 1))
    shifts = range(0, 64, width)
    return [[int(number) >> shift & (1 << width) - 1 for number in hashes] for shift in shifts]


def candidates(left: Fingerprints, right: Fingerprints) -> Iterator[tuple[int, np.ndarray]]:
    """For each place in ``left`` the places in ``right`` whose hashes differ in at most ``MOST_BITS`` bits."""
    tables: list[dict[int, list[int]]] = []
    for column in pieces(right.hashes):
        table = defaultdict(list)
        for place, piece in enumerate(column):
            table[piece].append(place)
        tables.append(table)
    columns = pieces(left.hashes)
    for place, number in enumerate(left.hashes):
        found = {other for table, column in zip(tables, columns, strict=True) for other in table.get(column[place], ())}
        if found:
            others = np.array(sorted(found))
            near = np.bitwise_count(right.hashes[others] ^ number) <= MOST_BITS
            yield place, others[near]


def difference(thumbnail: UInt8[np.ndarray, "8 8 3"], others: UInt8[np.ndarray, "n 8 8 3"]) -> Float[np.ndarray, " n"]:
    """The mean difference of one thumbnail from each of the others, 0 to 255."""
    return np.abs(others.astype(np.float32) - thumbnail.astype(np.float32)).mean((1, 2, 3))


def near_pairs(left: Fingerprints, right: Fingerprints) -> list[tuple[int, int]]:
    """All pairs of places that show the same picture, exactly or nearly."""
    return [
        (place, int(other))
        for place, others in candidates(left, right)
        for other in others[difference(left.thumbnails[place], right.thumbnails[others]) <= MOST_DIFFERENCE]
    ]


def find_leaks(kept: Fingerprints, held_out: Fingerprints) -> Bool[np.ndarray, " n"]:
    """Which pictures are also, exactly or nearly, among those that are held out."""
    leaks = np.zeros(len(kept.hashes), bool)
    leaks[[place for place, _ in near_pairs(kept, held_out)]] = True
    return leaks


def remove_leaks(splits: dict[str, datasets.Dataset]) -> tuple[dict[str, datasets.Dataset], dict[str, float]]:
    """Takes out of "train" what is also in "validation" or "test", and out of "validation" what is in "test".

    The part that is measured with keeps its pictures: results stay comparable, and training has more to spare.

    Returns:
        The splits, and for each the share that was removed.

    Raises:
        PictureError: a picture cannot be opened.
    """
    order = [name for name in ("test", "validation", "train") if name in splits]
    prints = {name: fingerprints(map(open_image, splits[name]["image"])) for name in order}
    cleaned: dict[str, datasets.Dataset] = {}
    shares: dict[str, float] = {}
    for place, name in enumerate(order):
        leaks = np.zeros(len(splits[name]), bool)
        for before in order[:place]:
            leaks |= find_leaks(prints[name], prints[before])
        cleaned[name] = splits[name].select(np.flatnonzero(~leaks))
        shares[name] = float(leaks.mean()) if len(leaks) else 0.0
    return {name: cleaned[name] for name in reversed(order)}, shares
