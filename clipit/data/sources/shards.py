"""Webdataset shards: tar files in which the files of one pair have the same name, 000000007.jpg beside .txt and .json.

That is what ``clipit data download`` and img2dataset write. They are read by ``datasets``, from front to back, after
their table of contents was looked through: a shard from elsewhere may hold anything, and is refused unless it only
holds pictures, text and JSON under harmless names.

>>> trick("00000/000000007.jpg"), trick("../../.bashrc.txt"), trick("000000007.pkl")
('', 'leads out of the shard', 'is no picture, text or JSON')
"""

import json
import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import datasets
from datasets import Image, Json, Value

from clipit.data.sources.columns import Row, make_row
from clipit.data.sources.reading import MISSING, Source, find_files, several

PICTURES = ("jpg", "jpeg", "png", "webp", "gif")
TEXTS = {"txt": Value("string"), "json": Json()}


class ShardError(ValueError):
    """A shard that is not read: damaged, or with a file in it that has no business there."""


def shards(place: str | Path, language: str | None = None) -> Source:
    """Pictures and captions of webdataset shards; captions stand in the JSON ("captions" or "caption") or the text.

    Args:
        place: a shard, or a folder with several.
        language: of the captions, where the JSON does not say.

    Raises:
        ValueError: there is no shard.
        ShardError: when reading: a shard is damaged, or holds what it should not.
    """
    files = find_files(place, ("*.tar",), "webdataset shards")
    return Source("shards", partial(read, files, language), files=files, choices=str(language))


def read(files: Sequence[Path], language: str | None, faults: Counter[str]) -> Iterator[Row]:
    """The rows of all shards."""
    extensions = sorted(set().union(*(check(file) for file in files)))
    features = {name: TEXTS.get(name) or Image(decode=False) for name in extensions}
    columns = datasets.Features({**features, "__key__": Value("string"), "__url__": Value("string")})
    named = list(map(str, files))
    stream = datasets.load_dataset("webdataset", data_files=named, split="train", streaming=True, features=columns)
    try:
        for number, pair in enumerate(stream):
            row = to_row(pair, number, language, faults)
            if row:
                yield row
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ShardError(f"A text in the shards of {files[0].parent} is damaged ({error}).") from None


def to_row(pair: dict[str, Any], number: int, language: str | None, faults: Counter[str]) -> Row | None:
    """One pair as a row; None without a picture or a caption."""
    told = pair.get("json") or {}
    captions = several(told.get("captions") or [told.get("caption") or pair.get("txt") or ""], faults)
    picture = next((pair[name] for name in PICTURES if pair.get(name)), None)
    if picture is None:
        faults[MISSING] += 1
    if picture is None or not captions:
        return None
    name = PurePosixPath(pair["__url__"]).stem
    return make_row(
        caption=captions[0],
        captions=captions,
        source=told.get("source") or "shards",
        key=told.get("picture") or told.get("url") or f"{name}/{pair['__key__']}",
        path=picture["path"],
        content=picture["bytes"],
        url=told.get("url"),
        language=told.get("language") or language,
    )


def check(shard: Path) -> set[str]:
    """The extensions of a shard's files.

    Raises:
        ShardError: it is damaged, or holds something else than pictures, text and JSON with harmless names.
    """
    extensions = set()
    try:
        with tarfile.open(shard) as archive:
            for member in archive:
                why = trick(member.name) if member.isfile() else "" if member.isdir() else "is a link or a device"
                if why:
                    raise ShardError(f"{shard} is refused: {member.name!r} in it {why}.")
                if member.isfile():
                    extensions.add(member.name.rsplit(".", 1)[-1])
    except (tarfile.TarError, EOFError) as error:
        raise ShardError(f"{shard} is not a tar file, or is cut off ({error}).") from None
    return extensions


def trick(name: str) -> str:
    """Why a file of this name should not be in a shard; empty when it may."""
    path, windows = PurePosixPath(name), PureWindowsPath(name)
    if path.is_absolute() or windows.drive or "\\" in name or ".." in path.parts:
        return "leads out of the shard"
    base, _, extension = path.name.partition(".")
    return "" if base and extension in (*PICTURES, *TEXTS) else "is no picture, text or JSON"
