"""Pictures by address, into shards as img2dataset writes them (github.com/rom1504/img2dataset).

    00000.tar            000000000.jpg, .txt, .json, 000000001.jpg, ...
    00000.parquet        every address of the shard: what became of it, and why
    00000_stats.json     how many

A shard appears when it is whole, its tar file last: a run that was killed goes on with the first that is not there, and
nothing is lost or comes twice. The other two are written before, so that a shard that is there has its report.

>>> shard_files(Path("shards"), 3)[0].name
'00003.tar'
"""

import asyncio
import io
import json
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from clipit.data.atomic import replacing
from clipit.data.fetching import Fetched, FetchSettings, Hosts, fetch, make_client
from clipit.data.sources.columns import Row

GOT, FAILED = "success", "failed_to_download"  # img2dataset's words


@dataclass(frozen=True)
class DownloadSettings:
    """How a list of addresses becomes shards.

    Attributes:
        shard: pictures in a shard.
        fetch: how each is asked for.
    """

    shard: int = 1_000
    fetch: FetchSettings = field(default_factory=FetchSettings)


@dataclass(frozen=True)
class Report:
    """What became of a list: how many addresses, how many pictures, and why the others are not there."""

    addresses: int
    retrieved: int
    failed: dict[str, int]


def download(
    rows: Iterable[Row], folder: str | Path, settings: DownloadSettings | None = None, quiet: bool = False
) -> Report:
    """Gets the pictures of all rows with an address, and writes shards; goes on where it was interrupted.

    Args:
        rows: of a source; those without an address are passed over.
        folder: where the shards are written.
        settings: how.
        quiet: without a progress bar.

    Raises:
        ValueError: the folder's shards were made from other addresses.
    """
    settings, folder = settings or DownloadSettings(), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for rest in folder.glob(".[0-9]*"):  # of a run that was killed while it wrote
        rest.unlink()
    outcome: Counter[str] = Counter()
    columns = (TextColumn("pictures"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        bar = progress.add_task("pictures", total=None)
        for number, shard in enumerate(shards_of(rows, settings.shard)):
            if shard_files(folder, number)[0].is_file():
                check_same(folder, number, shard)
                progress.advance(bar, len(shard))
            else:
                fetched = asyncio.run(fetch_all(shard, settings.fetch, lambda: progress.advance(bar)))
                write_shard(folder, number, shard, fetched)
            outcome.update(reasons(folder, number))
    failed = {why: count for why, count in outcome.most_common() if why != GOT}
    return Report(sum(outcome.values()), outcome[GOT], failed)


def shards_of(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """The rows of each shard."""
    addressed = (row for row in rows if row["url"])
    while shard := list(islice(addressed, size)):
        yield shard


async def fetch_all(shard: list[Row], settings: FetchSettings, advance: Any) -> list[Fetched]:
    """All pictures of a shard, many at once, in the shard's order."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(settings.at_once))  # a dead name server must not hold up the rest
    hosts = Hosts(settings)

    async def one(client: httpx2.AsyncClient, url: str) -> Fetched:
        fetched = await fetch(client, url, hosts, settings)
        advance()
        return fetched

    async with make_client(settings) as client:
        return await asyncio.gather(*(one(client, row["url"]) for row in shard))


def shard_files(folder: Path, number: int) -> tuple[Path, Path, Path]:
    """The tar file of a shard, its report and its counts."""
    return tuple(folder / f"{number:05d}{end}" for end in (".tar", ".parquet", "_stats.json"))  # type: ignore[return-value]


def write_shard(folder: Path, number: int, shard: list[Row], fetched: list[Fetched]) -> None:
    """Writes the three files of a shard, the tar file last."""
    tar, parquet, stats = shard_files(folder, number)
    pairs = enumerate(zip(shard, fetched, strict=True))
    told = [describe(row, got, f"{number:05d}{place:04d}") for place, (row, got) in pairs]
    report = ("key", "url", "caption", "status", "error_message", "width", "height")
    with replacing(parquet) as file:
        pq.write_table(pa.table({name: [one[name] for one in told] for name in report}), file)
    counts = Counter(one["status"] for one in told)
    with replacing(stats) as file:
        file.write_text(json.dumps({"count": len(told), "successes": counts[GOT], "status_dict": counts}) + "\n")
    with replacing(tar) as file, tarfile.open(file, "w") as archive:
        for one, got in zip(told, fetched, strict=True):
            if got.content is not None:
                texts = {"txt": one["caption"], "json": json.dumps(one, ensure_ascii=False)}
                files = {"jpg": got.content, **{end: text.encode() for end, text in texts.items()}}
                for end, content in files.items():
                    member = tarfile.TarInfo(f"{one['key']}.{end}")
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))


def describe(row: Row, got: Fetched, key: str) -> dict[str, Any]:
    """The JSON of a pair, with img2dataset's names; ``picture`` is what the columns call ``key``."""
    more = {name: value for name, value in row.items() if name not in ("image", "key")}
    return {
        **more,
        "picture": row["key"],
        "key": key,
        "status": GOT if got.content is not None else FAILED,
        "error_message": got.why_not,
        "width": got.width,
        "height": got.height,
        "original_width": got.original_width,
        "original_height": got.original_height,
        "sha256": sha256(got.content).hexdigest() if got.content is not None else None,
    }


def reasons(folder: Path, number: int) -> Counter[str]:
    """How often each thing happened in a shard."""
    rows = pq.read_table(shard_files(folder, number)[1], columns=["status", "error_message"]).to_pylist()
    return Counter(row["error_message"] or row["status"] for row in rows)


def check_same(folder: Path, number: int, shard: list[Row]) -> None:
    """Raises ValueError when a shard that is there holds other addresses than those asked for now."""
    there = pq.read_table(shard_files(folder, number)[1], columns=["url"])["url"].to_pylist()
    if there != [row["url"] for row in shard]:
        raise ValueError(f"{shard_files(folder, number)[0]} was made from other addresses: choose an empty folder.")
