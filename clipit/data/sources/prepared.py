"""A folder that ``clipit data prepare`` has written: Parquet files of three splits, and what was left out.

>>> part_file(Path("wit"), "train", 12).name
'train-00012.parquet'
"""

import json
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq

from clipit.data.cache import cache_folder
from clipit.data.sources.columns import Row
from clipit.data.sources.reading import Source
from clipit.data.splits import SPLITS

RECORD = "prepared.json"


def part_file(folder: Path, split: str, part: int) -> Path:
    """Where the rows of a split in a part are."""
    return folder / f"{split}-{part:05d}.parquet"


def read_record(folder: str | Path) -> dict[str, Any]:
    """What ``prepare`` said about a folder.

    Raises:
        ValueError: it was not prepared, or not to the end.
    """
    file = Path(folder) / RECORD
    if not file.is_file():
        raise ValueError(f"{folder} holds no {RECORD}: prepare it with `clipit data prepare SOURCE {folder}`.")
    record = json.loads(file.read_text("utf-8"))
    if not record.get("finished"):
        raise ValueError(f"{folder} is not finished: run the same `clipit data prepare` once more, it will go on.")
    return record


def files_of(folder: str | Path, split: str) -> tuple[Path, ...]:
    """The files of a split that hold something; ``datasets`` cannot read empty ones.

    Raises:
        ValueError: the folder is not prepared to the end, or there is no such split, or nothing in it.
    """
    parts = range(read_record(folder)["parts"])
    if split not in SPLITS:
        raise ValueError(f"There is no split called {split!r}; choose one of {', '.join(SPLITS)}.")
    files = [part_file(Path(folder), split, part) for part in parts]
    files = [file for file in files if pq.read_metadata(file).num_rows]
    if not files:
        raise ValueError(f"{folder} holds no pictures for {split!r}: hold more out, or collect more.")
    return tuple(files)


def leaks_of(folder: str | Path, split: str) -> set[str]:
    """The keys of pictures that another split has too."""
    return set(read_record(folder)["leaked"].get(split, ()))


def load_prepared(
    folder: str | Path, split: str = "train", streaming: bool = False
) -> datasets.Dataset | datasets.IterableDataset:
    """A split of a prepared folder, without the pictures that other splits have too.

    Args:
        folder: what ``prepare`` wrote.
        split: "train", "validation" or "test".
        streaming: read while one goes through it, instead of copying it into the cache first.

    Raises:
        ValueError: the folder is not prepared to the end, or there is no such split, or nothing in it.
    """
    files, leaks = [str(file) for file in files_of(folder, split)], leaks_of(folder, split)
    cache = str(cache_folder("prepared"))
    dataset = datasets.load_dataset("parquet", data_files=files, split="train", streaming=streaming, cache_dir=cache)
    if not leaks:
        return dataset
    return dataset.filter(lambda keys: [key not in leaks for key in keys], input_columns="key", batched=True)


def prepared(place: str | Path, split: str = "train") -> Source:
    """A split of a prepared folder as a source, to look at it or to download its pictures.

    Raises:
        ValueError: the folder is not prepared to the end, or there is no such split, or nothing in it.
    """
    files, leaks = files_of(place, split), leaks_of(place, split)
    features = datasets.Features.from_arrow_schema(pq.read_schema(files[0]))
    return Source("prepared", partial(read, files, leaks), features, files, split)


def read(files: tuple[Path, ...], leaks: set[str], faults: Counter[str]) -> Iterator[Row]:
    """The rows of the files, without those that another split has too."""
    for file in files:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(100):
                yield from (row for row in batch.to_pylist() if row["key"] not in leaks)
