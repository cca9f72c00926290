"""Which source is meant by a name such as "wit:downloads/wit", or by a folder.

>>> open_source("wit")
Traceback (most recent call last):
ValueError: Say where it is: wit:PLACE.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clipit.data.sources.conceptual_captions import conceptual_captions
from clipit.data.sources.emoji import emoji
from clipit.data.sources.folder import METADATA, folder
from clipit.data.sources.hub import hub
from clipit.data.sources.mscoco_it import mscoco_it
from clipit.data.sources.prepared import RECORD, prepared
from clipit.data.sources.reading import Source
from clipit.data.sources.shards import shards
from clipit.data.sources.stamps import stamps
from clipit.data.sources.wit import wit
from clipit.data.sources.world import small_world


@dataclass(frozen=True)
class SourceSettings:
    """What a name alone does not say.

    Attributes:
        language: of the captions: which of them WIT and the stamps give, or what the others are in.
        columns: where the captions of a folder or a hub data set stand, the best first.
        image_column: where the pictures of a hub data set stand.
        split: which part of a hub data set, or of a prepared folder.
        pictures: the folder of COCO's pictures.
    """

    language: str = "it"
    columns: tuple[str, ...] = ()
    image_column: str = "image"
    split: str = "train"
    pictures: str | None = None


OPENERS: dict[str, Callable[[str, SourceSettings], Source]] = {
    "wit": lambda place, settings: wit(place, settings.language),
    "mscoco_it": lambda place, settings: mscoco_it(place, settings.pictures, settings.language),
    "conceptual_captions": lambda place, settings: conceptual_captions(place, settings.language),
    "stamps": lambda place, settings: stamps(place or None, settings.language),
    "emoji": lambda place, settings: emoji(place or None, settings.language),
    "folder": lambda place, settings: folder(place, settings.language, settings.columns),
    "shards": lambda place, settings: shards(place, settings.language),
    "hub": lambda place, settings: hub(
        place, settings.split, settings.language, settings.columns, settings.image_column
    ),
    "prepared": lambda place, settings: prepared(place, settings.split),
    "world": lambda place, settings: small_world(place or None, settings.language),
}


def open_source(name: str, settings: SourceSettings | None = None) -> Source:
    """The source of a name.

    Args:
        name: NAME:PLACE, as in "wit:downloads/wit" or "hub:nlphuji/flickr30k"; "stamps", "emoji" and "world" need no
            place; or only a folder: with metadata, with webdataset shards, or prepared.
        settings: what the name does not say.

    Raises:
        ValueError: there is no such source, or nothing at its place.
    """
    settings = settings or SourceSettings()
    kind, _, place = name.partition(":")
    if kind in OPENERS:
        if not place and kind not in ("stamps", "emoji", "world"):
            raise ValueError(f"Say where it is: {kind}:PLACE.")
        return OPENERS[kind](place, settings)
    path = Path(name).expanduser()
    if (path / RECORD).is_file():
        return prepared(path, settings.split)
    if path.suffix == ".tar" or (path.is_dir() and not has_metadata(path) and any(path.glob("*.tar"))):
        return shards(path, settings.language)
    if path.is_dir():
        return folder(path, settings.language, settings.columns)
    raise ValueError(f"There is no folder {name}, and no source of this name; the names are {', '.join(OPENERS)}.")


def has_metadata(path: Path) -> bool:
    """Whether a folder says what its pictures show."""
    return any((path / name).is_file() for name in METADATA)
