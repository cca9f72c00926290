"""Turning a source into files that training reads quickly: filtered, split, in Parquet, in bounded memory.

What was written stays: a run that was killed goes on. A source gives the same rows in the same order every time, so the
rows of finished parts are read again and passed over, quickly, because pictures are only opened for rows that are
written. A part is finished when its file of training rows is there, which is written last, and each file appears at
one stroke.

    train-00000.parquet  validation-00000.parquet  test-00000.parquet  ...  prepared.json

>>> import tempfile
>>> from clipit.data.sources.columns import make_row
>>> rows = [make_row(caption=f"{n} gatti", source="x", key=str(n), language="it", url="http://a.org") for n in range(9)]
>>> with tempfile.TemporaryDirectory() as folder:
...     done = prepare(Source("x", lambda faults: iter(rows)), folder, PrepareSettings(part=4), quiet=True)
...     done["parts"], sum(done["rows"].values())
(3, 9)
"""

import json
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import UInt8
from rich.console import Console
from rich.progress import track

from clipit.data.atomic import replacing
from clipit.data.duplicates import Fingerprints, find_leaks, fingerprints, join
from clipit.data.sources.columns import Row, open_picture
from clipit.data.sources.prepared import RECORD, part_file
from clipit.data.sources.reading import Source
from clipit.data.splits import SPLITS, Shares, split_of
from clipit.inputs.pictures import PictureError

BROKEN = "picture that cannot be opened"
MOST_WAITING, ROW_BYTES = 32_000_000, 2_000  # bytes that wait to be written, and what a row without a picture counts


@dataclass(frozen=True)
class PrepareSettings:
    """How a source is prepared.

    Attributes:
        part: rows in a part; what is redone at most after an interruption.
        shares: how much is held out.
        seed: of the splits.
        limit: stop after so many rows; None for all.
    """

    part: int = 10_000
    shares: Shares = field(default_factory=Shares)
    seed: int = 0
    limit: int | None = None


def prepare(
    source: Source, folder: str | Path, settings: PrepareSettings | None = None, quiet: bool = False
) -> dict[str, Any]:
    """Writes a source as Parquet; goes on where it was interrupted.

    Args:
        source: what to read.
        folder: where to write; empty, or what an interrupted run left.
        settings: how.
        quiet: without a progress bar.

    Returns:
        What ``prepared.json`` holds: source, settings, parts, rows of each split, what was left out and why, and the
        keys of pictures that must not be used where they stand, because another split has them too.

    Raises:
        ValueError: the folder holds another source, or was begun with other settings.
    """
    settings, folder = settings or PrepareSettings(), Path(folder)
    begun: dict[str, Any] = {"source": source.name, "choices": source.choices, "settings": asdict(settings)}
    begun["files"] = [describe(file) for file in source.files]
    record = begin(folder, begun)
    if record.get("finished"):
        return record
    faults: Counter[str] = Counter()
    written: Counter[str] = Counter()
    parts = 0
    for chunk in watched(chunks(source.rows(faults), settings), quiet):
        if not part_file(folder, "train", parts).is_file():
            write_part(folder, parts, chunk, source.features, settings)
        deque(chunk, maxlen=0)  # of a part that is finished, the rows are passed over
        for split in SPLITS:
            written[split] += pq.read_metadata(part_file(folder, split, parts)).num_rows
        faults[BROKEN] += broken_in(folder, parts)
        parts += 1
    leaks = {split: sorted(keys) for split, keys in leaked(folder, parts).items()}
    shares = {split: len(keys) / max(1, written[split]) for split, keys in leaks.items()}
    told = {"rows": dict(written), "left_out": dict(+faults), "leaked_share": shares, "leaked": leaks}
    return save(folder, {**begun, "finished": True, "parts": parts, **told})


def chunks(rows: Iterator[Row], settings: PrepareSettings) -> Iterator[Iterator[Row]]:
    """The rows of each part, not held in memory: go through one before asking for the next."""
    rows = islice(rows, settings.limit)
    for first in rows:
        yield chain([first], islice(rows, settings.part - 1))


def watched(parts: Iterator[Iterator[Row]], quiet: bool) -> Iterator[Iterator[Row]]:
    """The parts, with a progress bar on stderr."""
    return iter(track(parts, "parts", console=Console(stderr=True), disable=quiet))


def begin(folder: Path, begun: dict[str, Any]) -> dict[str, Any]:
    """Reads what an earlier run said, or writes what this one is about to do."""
    folder.mkdir(parents=True, exist_ok=True)
    for rest in folder.glob(".*.parquet.*"):  # of a run that was killed while it wrote
        rest.unlink()
    file = folder / RECORD
    if not file.is_file():
        if any(folder.iterdir()):
            raise ValueError(f"{folder} is not empty and was not prepared by clipit: choose another folder.")
        return save(folder, begun)
    record = json.loads(file.read_text("utf-8"))
    other = [name for name in begun if record.get(name) != json.loads(json.dumps(begun[name]))]
    if other:
        raise ValueError(f"{folder} was begun with other {other[0]}: choose an empty folder, or go on as it was begun.")
    return record


def save(folder: Path, record: dict[str, Any]) -> dict[str, Any]:
    """Writes ``prepared.json`` at one stroke."""
    with replacing(folder / RECORD) as file:
        file.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return record


def describe(file: Path) -> list[Any]:
    """A file's name and size: enough to notice that it is another one."""
    return [file.name, file.stat().st_size]


def write_part(
    folder: Path, part: int, chunk: Iterator[Row], features: datasets.Features, settings: PrepareSettings
) -> None:
    """Writes one part; the training rows get their name last, because they mark it as finished."""
    broken = 0
    with ExitStack() as stack:
        # The first that is entered is the last that gets its name.
        files = {split: stack.enter_context(replacing(part_file(folder, split, part))) for split in SPLITS}
        writers = {split: stack.enter_context(Buffered(file, features)) for split, file in files.items()}
        for row in chunk:
            whole = embed(row)
            broken += whole is None
            if whole:
                writers[split_of(whole["key"], settings.shares, settings.seed)].add(whole)
        writers["train"].note(broken)


class Buffered:
    """Writes rows to a Parquet file, some megabytes at a time: pictures may be large."""

    def __init__(self, file: Path, features: datasets.Features):
        self.schema = features.arrow_schema
        self.writer = pq.ParquetWriter(file, self.schema, compression="zstd")
        self.rows: list[Row] = []
        self.waiting = 0

    def add(self, row: Row) -> None:
        """One more row."""
        self.rows.append(row)
        self.waiting += len(row["image"]["bytes"]) if row["image"] else ROW_BYTES
        if self.waiting > MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Writes what is waiting."""
        self.writer.write_table(pa.Table.from_pylist(self.rows, self.schema))
        self.rows, self.waiting = [], 0

    def note(self, broken: int) -> None:
        """Remembers in the file how many pictures of the part were broken."""
        self.writer.add_key_value_metadata({"broken": str(broken)})

    def __enter__(self) -> "Buffered":
        return self

    def __exit__(self, *failure: object) -> None:
        self.flush()
        self.writer.close()


def embed(row: Row) -> Row | None:
    """The row with its picture's bytes; None when the picture cannot be opened. A row with only an address stays."""
    picture = row["image"]
    if picture is None:
        return row
    try:
        if picture["bytes"] is None:
            picture = {"path": Path(picture["path"]).name, "bytes": Path(picture["path"]).read_bytes()}
        open_picture(picture)
    except (PictureError, OSError):
        return None
    return {**row, "image": picture}


def broken_in(folder: Path, part: int) -> int:
    """How many pictures of a part could not be opened."""
    metadata = pq.read_metadata(part_file(folder, "train", part)).metadata
    return int(metadata[b"broken"])


def leaked(folder: Path, parts: int) -> dict[str, set[str]]:
    """The keys in "validation" whose pictures are, nearly, in "test" too, and those in "train" that are in either."""
    leaks: dict[str, set[str]] = {"validation": set(), "train": set()}
    held_out = join([prints for part in range(parts) for _, prints in [read_prints(folder, "test", part)]])
    for split in ("validation", "train"):
        seen = []
        for part in range(parts):
            keys, prints = read_prints(folder, split, part)
            leaks[split] |= {key for key, leak in zip(keys, find_leaks(prints, held_out), strict=True) if leak}
            seen.append(prints)
        if split == "validation":
            held_out = join([held_out, *seen])
    return leaks


def read_prints(folder: Path, split: str, part: int) -> tuple[list[str], Fingerprints]:
    """Keys and fingerprints of the pictures in a file; rows with only an address have none."""
    keys: list[str] = []

    def pictures() -> Iterator[UInt8[np.ndarray, "_ _ 3"]]:
        with pq.ParquetFile(part_file(folder, split, part)) as file:
            for batch in file.iter_batches(100, columns=["key", "image"]):
                for row in batch.filter(batch["image"].is_valid()).to_pylist():
                    keys.append(row["key"])
                    yield open_picture(row["image"])

    prints = fingerprints(pictures())
    return keys, prints
