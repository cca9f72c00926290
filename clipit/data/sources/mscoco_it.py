"""MSCOCO-IT: photographs with five captions each, translated into Italian (Scaiella, Croce, Basili 2019).

The JSON of github.com/crux82/mscoco-it has COCO's own form, ``{"images": [...], "annotations": [...]}``; the captions
of the sets called "validated" were read and mended by people, the others are as Bing translated them. The photographs
are COCO's (cocodataset.org): in the folders of 2014 they are called ``val2014/COCO_val2014_000000169356.jpg``, in
those of 2017 ``train2017/000000169356.jpg``, and many changed sides between the years, so a picture is looked for by
its number in every folder that is there.

A whole file is parsed at once, as JSON must be: the largest, with 414,000 captions, takes about half a gigabyte
meanwhile.

>>> number_of("COCO_val2014_000000169356.jpg"), number_of("000000169356.jpg")
(169356, 169356)
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from datasets import Value

from clipit.data.sources.columns import Row, make_row, with_columns
from clipit.data.sources.reading import MISSING, Source, find_files, open_text, several

FEATURES = with_columns(image_id=Value("int64"), validated=Value("bool"))
FOLDERS = ("train2014", "val2014", "train2017", "val2017", "test2014", "test2017", "")
REPEATED_ID = "caption whose number came before"
NO_PICTURE = "caption of a picture that the file does not list"
NO_CAPTION = "picture without a caption"


def mscoco_it(annotations: str | Path, pictures: str | Path | None = None, language: str = "it") -> Source:
    """Pictures with all their captions, one row for each picture.

    Args:
        annotations: one of the JSON files (it may be compressed, .json.gz), or a folder with several of them.
        pictures: the folder that holds ``train2014``, ``val2014`` or those of 2017; without it rows have only an
            address.
        language: of the captions.

    Raises:
        ValueError: there is no such file or folder.
    """
    files = find_files(annotations, ("captions_*.json", "captions_*.json.gz"), "MSCOCO-IT")
    if pictures is not None and not Path(pictures).is_dir():
        raise ValueError(f"There is no folder {pictures} with COCO's pictures.")
    place = None if pictures is None else Path(pictures)
    return Source("mscoco_it", partial(read, files, place, language), FEATURES, files, language)


def read(files: Sequence[Path], pictures: Path | None, language: str, faults: Counter[str]) -> Iterator[Row]:
    """The rows of all files; the file says whether its captions were validated."""
    paths = None if pictures is None else find_pictures(pictures)
    for file in files:
        validated = re.search(r"(?<!un)validated", file.name) is not None
        images, captions = read_annotations(file, faults)
        for number, image in images.items():
            spoken = several(captions.get(number, []), faults)
            if not spoken:
                faults[NO_CAPTION] += 1
            elif paths is not None and number not in paths:
                faults[MISSING] += 1
            else:
                yield make_row(
                    caption=spoken[0],
                    captions=spoken,
                    source="mscoco_it",
                    key=f"coco/{number}",
                    path=paths[number] if paths else None,
                    url=image.get("coco_url") or image.get("flickr_url") or image.get("url"),
                    language=language,
                    image_id=number,
                    validated=validated,
                )


def read_annotations(file: Path, faults: Counter[str]) -> tuple[dict[int, dict[str, Any]], dict[int, list[str]]]:
    """The pictures of a file, and the captions of each, both by the picture's number.

    Raises:
        ValueError: the file is damaged, or is no file of COCO's captions.
    """
    try:
        with open_text(file) as text:
            content = json.load(text)
        images = {int(image["id"]): image for image in content["images"]}
        annotations = [(note["id"], int(note["image_id"]), note["caption"]) for note in content["annotations"]]
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, EOFError) as error:
        raise ValueError(f"{file} is not a file of COCO's captions, or is cut off ({error!r}).") from None
    captions: dict[int, list[str]] = {}
    seen = set()
    for identifier, number, caption in annotations:
        if identifier in seen:
            faults[REPEATED_ID] += 1
        elif number not in images:
            faults[NO_PICTURE] += 1
        else:
            captions.setdefault(number, []).append(caption)
        seen.add(identifier)
    return images, captions


def find_pictures(folder: Path) -> dict[int, str]:
    """From each picture's number to its file, whatever the year of its folder.

    Raises:
        ValueError: there is none.
    """
    found: dict[int, str] = {}
    for name in FOLDERS:
        if (folder / name).is_dir():
            for entry in os.scandir(folder / name):
                number = number_of(entry.name)
                if number is not None:
                    found.setdefault(number, entry.path)
    if not found:
        raise ValueError(f"{folder} holds no pictures of COCO: give the folder above train2014 and val2014.")
    return found


def number_of(name: str) -> int | None:
    """The picture's number in the name of its file."""
    match = re.search(r"(\d{12})\.jpg$", name)
    return int(match[1]) if match else None
