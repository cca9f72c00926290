"""``clipit data ...``: look at captioned pictures, and make them ready for training.

Heavy things are imported by the command that needs them, so that ``clipit --help`` is quick.
"""

import dataclasses
import json as json_module
from pathlib import Path
from typing import Any

from tyro.conf import Positional
from tyro.extras import SubcommandApp

data = SubcommandApp()
data.__doc__ = "Captioned pictures: look at them, clean, translate, audit, and make them ready for training."


def tell(result: Any, as_json: bool, lines: list[str]) -> None:
    """Prints a result: for people, or as JSON."""
    print(json_module.dumps(result, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


@data.command
def inspect(
    source: Positional[str],
    language: str = "it",
    columns: tuple[str, ...] = (),
    image_column: str = "image",
    split: str = "train",
    pictures: str | None = None,
    batch_size: int = 256,
    limit: int | None = 20_000,
    json: bool = False,
) -> None:
    """Say whether captioned pictures can be trained on.

    Args:
        source: a folder with pictures and metadata.csv or metadata.jsonl, or NAME:PLACE; a wrong one lists the names.
        language: of the captions.
        columns: where the captions stand, the best first.
        image_column: where the pictures of a hub data set stand.
        split: of a hub data set or a prepared folder.
        pictures: the folder of COCO's pictures.
        batch_size: pairs in a batch of the training that you plan.
        limit: look at so many rows; None for all.
        json: print as JSON.
    """
    from clipit.apps.inspecting import inspect as inspect_source
    from clipit.data.sources import SourceSettings

    settings = SourceSettings(language, columns, image_column, split, pictures)
    found, lines = inspect_source(source, settings, batch_size, limit)
    tell(dataclasses.asdict(found), json, lines)


@data.command
def prepare(
    source: Positional[str],
    folder: Positional[Path],
    language: str = "it",
    columns: tuple[str, ...] = (),
    image_column: str = "image",
    split: str = "train",
    pictures: str | None = None,
    validation: float = 0.05,
    test: float = 0.05,
    seed: int = 0,
    part: int = 10_000,
    limit: int | None = None,
    json: bool = False,
) -> None:
    """Turn a source into three splits that share no picture, as Parquet; goes on where it was interrupted.

    Args:
        source: as for inspect.
        folder: where to write.
        language: of the captions.
        columns: where the captions stand, the best first.
        image_column: where the pictures of a hub data set stand.
        split: of a hub data set.
        pictures: the folder of COCO's pictures.
        validation: share of the pictures that is held out to choose with.
        test: share of the pictures that is held out to measure with.
        seed: of the splits.
        part: rows in a file.
        limit: read so many rows; None for all.
        json: print as JSON.
    """
    from clipit.data.preparing import PrepareSettings
    from clipit.data.preparing import prepare as prepare_source
    from clipit.data.sources import SourceSettings, open_source
    from clipit.data.splits import Shares

    opened = open_source(source, SourceSettings(language, columns, image_column, split, pictures))
    record = prepare_source(opened, folder, PrepareSettings(part, Shares(validation, test), seed, limit))
    lines = [f"{name:<12}{count:,} pictures" for name, count in record["rows"].items()]
    lines += [f"{'left out':<12}{count:,} x {fault}" for fault, count in record["left_out"].items()]
    lines += [f"{'leaks':<12}{share:.2%} of {name} is in another split too, and is not used" for name, share in
              record["leaked_share"].items()]  # fmt: skip
    tell(record, json, lines)


@data.command
def download(
    source: Positional[str],
    folder: Positional[Path],
    language: str = "it",
    split: str = "train",
    at_once: int = 32,
    limit: int | None = None,
    json: bool = False,
) -> None:
    """Get pictures by their addresses into webdataset shards; goes on where it was interrupted.

    Args:
        source: with addresses, such as wit:PLACE, conceptual_captions:PLACE or a prepared folder.
        folder: where to write the shards.
        language: of the captions.
        split: of a prepared folder.
        at_once: pictures under way at the same time.
        limit: read so many rows; None for all.
        json: print as JSON.
    """
    from itertools import islice

    from clipit.data.downloading import DownloadSettings
    from clipit.data.downloading import download as download_rows
    from clipit.data.fetching import FetchSettings
    from clipit.data.sources import SourceSettings, open_source

    rows = open_source(source, SourceSettings(language, split=split)).rows()
    report = download_rows(islice(rows, limit), folder, DownloadSettings(fetch=FetchSettings(at_once=at_once)))
    lines = [f"{report.retrieved:,} of {report.addresses:,} pictures"]
    tell(dataclasses.asdict(report), json, [*lines, *(f"{count:>9,} x {why}" for why, count in report.failed.items())])
