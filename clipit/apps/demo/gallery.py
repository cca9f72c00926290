"""The pictures of a demo: the small world's, whose captions are known, or those of a reader's folder.

>>> folder_gallery("data", 10)
Traceback (most recent call last):
    ...
ValueError: data holds no pictures (...).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image, ImageOps

from clipit.apps.searching import SUFFIXES, picture_files
from clipit.data.emoji.captions import full_text
from clipit.data.emoji.claims import describes
from clipit.data.emoji.gallery import make_gallery
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.scene import Group, Scene
from clipit.inputs.pictures import open_image

SIDE = 192  # pixels of a picture on the page; smaller ones stay as they are, without any loss
QUALITY = 85


@dataclass(frozen=True)
class DemoGallery:
    """Pictures, and what is known about them.

    Attributes:
        pictures: uint8 [height, width, 3] of any sizes.
        captions: one for each, or its file's name.
        english: what the captions mean.
        true: bool [n, n], of which pictures (columns) each caption (row) is true; None where nobody knows.
    """

    pictures: list[np.ndarray]
    captions: list[str]
    english: list[str]
    true: Bool[np.ndarray, "n n"] | None = None

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
    files = picture_files(folder)[:most]
    if not files:
        raise ValueError(f"{folder} holds no pictures ({', '.join(sorted(SUFFIXES))}).")
    names = [path.name for path in files]
    return DemoGallery([open_image(path) for path in files], names, names)


def save_pictures(gallery: DemoGallery, folder: Path) -> None:
    """Each picture as pictures/0000.webp and so on, with the middle that the model sees."""
    folder.mkdir()
    for row, picture in enumerate(gallery.pictures):
        small = square(picture)
        lossless = small.width == min(picture.shape[:2])  # not made smaller: the model sees exactly these pixels
        options: dict[str, Any] = {"lossless": True} if lossless else {"quality": QUALITY}
        small.save(folder / f"{row:04d}.webp", **options)


def square(picture: UInt8[np.ndarray, "height width 3"]) -> Image.Image:
    """The middle of a picture, at most ``SIDE`` pixels wide.

    >>> square(np.zeros((30, 50, 3), np.uint8)).size, square(np.zeros((300, 500, 3), np.uint8)).size
    ((30, 30), (192, 192))
    """
    side = min(*picture.shape[:2], SIDE)
    return ImageOps.fit(Image.fromarray(picture), (side, side), Image.Resampling.BICUBIC)
