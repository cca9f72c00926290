"""Your own pictures: a folder with ``metadata.csv`` or ``metadata.jsonl``, as ``imagefolder`` of ``datasets`` reads it.

One line for each picture, or for each caption: ``file_name`` says which file, relative to the metadata, the other
columns what to say about it. Metadata may also lie in subfolders (``train/metadata.csv``). Captions in any language.

    file_name,caption
    gatti/01.jpg,due gatti neri su un divano

>>> caption_columns(["file_name", "caption", "caption_2", "licence"], [])
['caption', 'caption_2']
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from clipit.data.sources.columns import Row, make_row
from clipit.data.sources.reading import MISSING, Source, open_text, several

METADATA = ("metadata.csv", "metadata.jsonl")
NAMES = re.compile(r"(caption|captions|text|didascalia|didascalie)(_?\d+)?", re.IGNORECASE)
OUTSIDE = "picture outside the folder"
BAD_LINE = "line that is no JSON"
NO_FILE = "line without file_name"


def folder(place: str | Path, language: str | None = "it", columns: Sequence[str] = ()) -> Source:
    """Pictures of a folder with the captions of its metadata, one row for each picture.

    Args:
        place: the folder.
        language: of the captions.
        columns: where the captions stand, the best first; without it the columns called caption, captions or text,
            also numbered.

    Raises:
        ValueError: there is no such folder, or it holds no metadata, or none of the columns.
    """
    place = Path(place).expanduser()
    if not place.is_dir():
        raise ValueError(f"There is no folder {place}.")
    files = tuple(sorted(path for path in place.rglob("metadata.*") if path.name in METADATA))
    if not files:
        raise ValueError(
            f"{place} holds no {' or '.join(METADATA)}: write one with the columns file_name and caption, one line "
            "for each picture."
        )
    return Source(
        "folder",
        partial(read, place, files, language, tuple(columns)),
        files=files,
        choices=f"{language}: {', '.join(columns)}",
    )


def read(
    place: Path, files: Sequence[Path], language: str | None, columns: Sequence[str], faults: Counter[str]
) -> Iterator[Row]:
    """The rows of all metadata files."""
    for file in files:
        told = group(read_lines(file, faults), file, columns, faults)
        for name, texts in told.items():
            path = (file.parent / name).resolve()
            captions = several(texts, faults)
            if not path.is_relative_to(place.resolve()):
                faults[OUTSIDE] += 1
            elif not path.is_file():
                faults[MISSING] += 1
            elif captions:
                key = path.relative_to(place.resolve()).as_posix()
                yield make_row(
                    caption=captions[0], captions=captions, source="folder", key=key, path=str(path), language=language
                )


def group(
    lines: Iterator[dict[str, Any]], file: Path, columns: Sequence[str], faults: Counter[str]
) -> dict[str, list[str]]:
    """From each picture's name to its captions: a picture may have several lines, columns, or a list in one column."""
    told: dict[str, list[str]] = {}
    chosen: list[str] = []
    for line in lines:
        chosen = chosen or wanted_columns(list(line), columns, file)
        if not line.get("file_name"):
            faults[NO_FILE] += 1
            continue
        values = [line.get(column) for column in chosen]
        texts = [text for value in values for text in (value if isinstance(value, list) else [value]) if text]
        told.setdefault(line["file_name"], []).extend(map(str, texts or [""]))
    return told


def wanted_columns(there: list[str], columns: Sequence[str], file: Path) -> list[str]:
    """The columns that hold captions.

    Raises:
        ValueError: one that was asked for is not there, or none looks like it.
    """
    missing = [column for column in ("file_name", *columns) if column not in there]
    if missing:
        raise ValueError(f"{file} has no column {missing[0]!r}; it has {', '.join(map(repr, there))}.")
    chosen = caption_columns(there, columns)
    if not chosen:
        raise ValueError(f"{file} has no column called caption; say which of {', '.join(map(repr, there))} it is.")
    return chosen


def caption_columns(there: list[str], columns: Sequence[str]) -> list[str]:
    """The columns that were asked for, or those whose name says that they hold captions."""
    return list(columns) or [column for column in there if NAMES.fullmatch(column)]


def read_lines(file: Path, faults: Counter[str]) -> Iterator[dict[str, Any]]:
    """The lines of a metadata file as dictionaries."""
    with open_text(file) as text:
        if file.suffix == ".csv":
            yield from csv.DictReader(line.removeprefix("\ufeff") for line in text)  # Excel begins with this mark
            return
        for line in text:
            try:
                record = json.loads(line) if line.strip() else None
            except json.JSONDecodeError:
                faults[BAD_LINE] += 1
                continue
            if isinstance(record, dict):
                yield record
