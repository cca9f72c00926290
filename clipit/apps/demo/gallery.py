"""The pictures of a demo: the small world's, whose captions are known, or those of a reader's folder or index.

>>> folder_gallery("data", 10)
Traceback (most recent call last):
    ...
ValueError: data holds no pictures (...).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import datasets
import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image, ImageOps

from clipit.apps.index import pictures_folder, read_parts
from clipit.apps.searching import SUFFIXES, picture_files
from clipit.data.emoji.captions import full_text
from clipit.data.emoji.claims import describes
from clipit.data.emoji.gallery import make_gallery
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.scene import Group, Scene
from clipit.inputs.pictures import open_image
from clipit.models import DualEncoder

SIDE = 192  # pixels of a picture on the page; smaller ones stay as they are, without any loss
QUALITY = 85


class Files(Sequence[np.ndarray]):
    """Pictures that are opened when somebody asks for them: a thousand photographs do not fit into memory."""

    def __init__(self, paths: Sequence[Path]):
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, row: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, row: slice) -> "Files": ...
    def __getitem__(self, row: int | slice) -> "np.ndarray | Files":
        return Files(self.paths[row]) if isinstance(row, slice) else open_image(self.paths[row])


@dataclass(frozen=True)
class DemoGallery:
    """Pictures, and what is known about them.

    Attributes:
        pictures: uint8 [height, width, 3] of any sizes.
        captions: one for each, or its file's name.
        english: what the captions mean.
        true: bool [n, n], of which pictures (columns) each caption (row) is true; None where nobody knows.
        vectors: of the pictures, where an index has them already.
        left_out: pictures that were too many.
    """

    pictures: Sequence[np.ndarray]
    captions: list[str]
    english: list[str]
    true: Bool[np.ndarray, "n n"] | None = None
    vectors: Float[np.ndarray, "n dim"] | None = None
    left_out: int = 0

    def told(self) -> dict[str, Any]:
        """What demo.json says about it."""
        pairs = zip(self.captions, self.english, strict=True)
        pictures = [{"caption": caption, "gloss": gloss if gloss != caption else ""} for caption, gloss in pairs]
        return {"pictures": pictures, "drawn": self.true is not None}


def world_gallery(language_name: str) -> DemoGallery:
    """The gallery of the small world that `clipit search` looks through."""
    world = make_gallery(language=language_name)
    claims = np.array([several[0] for several in world["claims"][:]], np.int16)  # [n, 8]
    return DemoGallery(
        [np.asarray(picture.convert("RGB")) for picture in world["image"]],
        list(world["caption"][:]),
        [full_text(scene, language("en")) for scene in scenes_of(world)],
        describes(claims, np.array(world["scene"][:], np.int16)),
    )


def scenes_of(world: datasets.Dataset) -> list[Scene]:
    """What is really on each picture."""
    columns = (world[name][:] for name in ("objects", "counts", "colors", "relation", "background"))
    return [
        Scene(tuple(map(Group, objects, counts, colors)), relation, background)
        for objects, counts, colors, relation, background in zip(*columns, strict=True)
    ]


def folder_gallery(folder: str | Path, most: int) -> DemoGallery:
    """The first pictures of a folder, in the order of their names.

    Raises:
        ValueError: there is no such folder, it holds no pictures, or one that cannot be opened.
    """
    files = picture_files(folder)
    if not files:
        raise ValueError(f"{folder} holds no pictures ({', '.join(sorted(SUFFIXES))}).")
    names = [path.name for path in files[:most]]
    return DemoGallery(Files(files[:most]), names, names, left_out=max(len(files) - most, 0))


def index_gallery(model: DualEncoder, index: str | Path, most: int) -> DemoGallery:
    """The first pictures of an index, with the vectors that it holds.

    Raises:
        ValueError: another model made the index, or it holds no pictures yet.
    """
    folder, rows = pictures_folder(model, Path(index)), read_parts(Path(index))
    if not len(rows):
        raise ValueError(f"{index} holds no pictures yet: clipit embed goes on with it.")
    kept = rows.select(range(min(most, len(rows)))).with_format("numpy")
    names = [str(name) for name in kept["file"][:]]
    vectors = np.asarray(kept["vector"][:], np.float32)  # [n, dim]
    paths = [folder / name for name in names]
    return DemoGallery(Files(paths), names, names, vectors=vectors, left_out=max(len(rows) - most, 0))


def save_pictures(gallery: DemoGallery, folder: Path, side: int = SIDE) -> None:
    """Each picture as 0000.webp and so on, with the middle that the model sees, at most ``side`` pixels wide."""
    folder.mkdir()
    for row, picture in enumerate(gallery.pictures):
        small = square(picture, side)
        lossless = small.width == min(picture.shape[:2])  # not made smaller: the model sees exactly these pixels
        options: dict[str, Any] = {"lossless": True} if lossless else {"quality": QUALITY}
        small.save(folder / file_name(row), **options)


def file_name(row: int) -> str:
    """The file of a picture, as elements.js calls it.

    >>> file_name(3)
    '0003.webp'
    """
    return f"{row:04d}.webp"


def square(picture: UInt8[np.ndarray, "height width 3"], most: int = SIDE) -> Image.Image:
    """The middle of a picture, at most so many pixels wide.

    >>> square(np.zeros((30, 50, 3), np.uint8)).size, square(np.zeros((300, 500, 3), np.uint8)).size
    ((30, 30), (192, 192))
    """
    side = min(*picture.shape[:2], most)
    return ImageOps.fit(Image.fromarray(picture), (side, side), Image.Resampling.BICUBIC)
