"""Captioned pictures from anywhere as what training needs: decoded once, in three splits that share no picture.

Rows with the same key show one thing: they become its views, with all their captions. Things with nearly the same
picture stay apart and stand in one split, so that nothing is measured with what was trained on.

>>> from clipit.inputs.pictures import Preprocess
>>> collection = read_collection("emoji:twemoji", Preprocess(32))                        # doctest: +SKIP
>>> {split: len(things) for split, things in collection.splits(seed=0).items()}           # doctest: +SKIP
{'train': 897, 'validation': 151, 'test': 343}
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from clipit.data.atomic import replacing
from clipit.data.cache import cached_path
from clipit.data.duplicates import fingerprints, near_pairs
from clipit.data.sources import SourceSettings, open_picture, open_source
from clipit.data.sources.columns import Row
from clipit.data.sources.prepared import RECORD, files_of, prepared
from clipit.data.splits import SPLITS, Shares, split_of
from clipit.inputs.pictures import PictureError, Preprocess

SHARES = Shares(validation=0.1, test=0.25)  # where nobody has divided: with few pictures, enough to measure with
BETWEEN = " + "  # the names of several sources


@dataclass(frozen=True)
class Thing:
    """What one or several rows show.

    Attributes:
        key: of the first of them.
        home: what decides its split: the same for things with nearly the same picture.
        views: places of their pictures in the collection.
        captions: what is said about it, each caption once.
    """

    key: str
    home: str
    views: tuple[int, ...]
    captions: tuple[str, ...]


@dataclass(frozen=True)
class Collection:
    """Decoded pictures with their captions.

    Attributes:
        pixels: all pictures, mapped into memory.
        things: what they show.
        divided: whether the data are divided already; the home of a thing then is its split.
        digest: another one when a picture, a caption or a split changed.
    """

    pixels: UInt8[np.ndarray, "pictures height width 3"]
    things: tuple[Thing, ...]
    divided: bool = False
    digest: str = ""

    @property
    def captions(self) -> list[str]:
        """Every caption, each once."""
        return list(dict.fromkeys(caption for thing in self.things for caption in thing.captions))

    def splits(self, seed: int, shares: Shares = SHARES) -> dict[str, list[Thing]]:
        """The things of "train", "validation" and "test"; the seed decides where nobody has divided."""
        found: dict[str, list[Thing]] = {split: [] for split in SPLITS}
        for thing in self.things:
            found[thing.home if self.divided else split_of(thing.home, shares, seed)].append(thing)
        return found


def read_collection(
    data: str, preprocess: Preprocess, language: str = "it", splits: Sequence[str] = SPLITS
) -> Collection:
    """Reads and decodes captioned pictures, or finds them decoded in the cache.

    Args:
        data: as ``open_source`` reads it, several with " + " between them; a prepared folder keeps its splits.
        preprocess: what the image encoder wants.
        language: of the captions.
        splits: which of them to read, of a prepared folder.

    Raises:
        ValueError: there is no such source, or it has no picture that can be opened.
    """
    told = [tell(split, row) for split, row in rows_of(data, language, splits) if row["image"] is not None]
    if not told:
        raise ValueError(f"{data} holds no pictures, or only their addresses (clipit data download gets them).")
    pixels, broken = decoded(data, language, splits, [row["identity"] for row in told], preprocess)
    good = [place for place in range(len(told)) if place not in broken]
    if not good:
        raise ValueError(f"{data} holds no picture that can be opened.")
    groups = by_key(good, told)
    divided = told[0]["split"] is not None
    homes = [told[group[0]]["split"] for group in groups] if divided else homes_of(groups, told, pixels)
    things = tuple(to_thing(group, home, told) for group, home in zip(groups, homes, strict=True))
    digest = hashlib.blake2b(f"{preprocess} {told}".encode(), digest_size=16).hexdigest()
    return Collection(pixels, things, divided, digest)


def rows_of(data: str, language: str, splits: Sequence[str] = SPLITS) -> Iterator[tuple[str | None, Row]]:
    """The rows of all sources; of a prepared folder with their split."""
    place = Path(data).expanduser()
    if (place / RECORD).is_file():
        for split in splits:
            files_of(place, split)  # says so where a split is empty
            yield from ((split, row) for row in prepared(place, split).rows())
        return
    for name in data.split(BETWEEN):
        yield from ((None, row) for row in open_source(name.strip(), SourceSettings(language)).rows())


def tell(split: str | None, row: Row) -> dict[str, Any]:
    """What is remembered of a row; its picture only as what tells it from another."""
    if row["image"]["bytes"] is None:
        path = Path(row["image"]["path"])
        about = path.stat() if path.is_file() else None
        identity = f"{path} {about and (about.st_size, about.st_mtime_ns)}"
    else:
        identity = hashlib.blake2b(row["image"]["bytes"], digest_size=16).hexdigest()
    return {"split": split, "key": row["key"], "captions": row["captions"], "identity": identity}


def decoded(
    data: str, language: str, splits: Sequence[str], identities: Sequence[str], preprocess: Preprocess
) -> tuple[UInt8[np.ndarray, "pictures height width 3"], set[int]]:
    """All pictures as the encoder wants them, and the places of those that cannot be opened."""
    name = hashlib.blake2b(f"{preprocess} {identities}".encode(), digest_size=16).hexdigest()
    file = cached_path("pixels", f"{name}.npy")
    faults = file.with_suffix(".json")
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        pictures = (row["image"] for _, row in rows_of(data, language, splits) if row["image"] is not None)
        with replacing(file) as unfinished, replacing(faults) as list_of_faults:
            broken = write_pixels(unfinished, pictures, len(identities), preprocess)
            list_of_faults.write_text(json.dumps(broken))
    return np.load(file, mmap_mode="r"), set(json.loads(faults.read_text()))


def write_pixels(file: Path, pictures: Iterable[dict[str, Any]], total: int, preprocess: Preprocess) -> list[int]:
    """Decodes pictures into a file, one at a time; returns the places of those that cannot be opened."""
    side, broken = preprocess.image_size, []
    pixels = np.lib.format.open_memmap(file, "w+", np.uint8, (total, side, side, 3))
    for place, picture in enumerate(pictures):
        try:
            pixels[place] = preprocess.resize(open_picture(picture))
        except PictureError as error:
            print(f"Left out: {error}", file=sys.stderr)
            broken.append(place)
    pixels.flush()
    return broken


def by_key(places: Sequence[int], told: Sequence[dict[str, Any]]) -> list[list[int]]:
    """Places whose rows have the same key (and split) together."""
    groups: dict[tuple[str | None, str], list[int]] = {}
    for place in places:
        groups.setdefault((told[place]["split"], told[place]["key"]), []).append(place)
    return list(groups.values())


def homes_of(
    groups: Sequence[Sequence[int]],
    told: Sequence[dict[str, Any]],
    pixels: UInt8[np.ndarray, "pictures height width 3"],
) -> list[str]:
    """For each group its key, or that of the first group with which nearly equal pictures connect it."""
    places = [place for group in groups for place in group]
    group_of = [number for number, group in enumerate(groups) for _ in group]
    first = list(range(len(groups)))

    def leader(number: int) -> int:
        while first[number] != number:
            number = first[number]
        return number

    prints = fingerprints(pixels[place] for place in places)
    for left, right in near_pairs(prints, prints):
        low, high = sorted((leader(group_of[left]), leader(group_of[right])))
        first[high] = low
    return [told[groups[leader(number)][0]]["key"] for number in range(len(groups))]


def to_thing(group: Sequence[int], home: str, told: Sequence[dict[str, Any]]) -> Thing:
    """What the rows at these places show."""
    captions = dict.fromkeys(caption for place in group for caption in told[place]["captions"])
    return Thing(told[group[0]]["key"], home, tuple(group), tuple(captions))
