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

    how = PrepareSettings(part, Shares(validation, test), seed, limit)
    opened = open_source(source, SourceSettings(language, columns, image_column, split, pictures))
    record = prepare_source(opened, folder, how)
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


@data.command
def clean(
    source: Positional[str],
    folder: Positional[Path],
    language: str = "it",
    columns: tuple[str, ...] = (),
    pictures: str | None = None,
    rules: tuple[str, ...] = (),
    proper_nouns: float = 0.8,
    fewest_words: int = 2,
    most_words: int = 60,
    most_repeats: int = 10,
    json: bool = False,
) -> None:
    """Drop captions that say nothing, and write what is left as prepare does, with a funnel as table and picture.

    Args:
        source: as for inspect.
        folder: where to write; a run that was stopped goes on there.
        language: of the captions.
        columns: where the captions stand, the best first.
        pictures: the folder of COCO's pictures.
        rules: which to use; all of them if none is given. A wrong one lists the names.
        proper_nouns: captions with at least this share of proper nouns go.
        fewest_words: shorter captions go.
        most_words: longer ones go too.
        most_repeats: how often the same caption may come, at different pictures.
        json: print as JSON.
    """
    from clipit.apps.making_captions import clean as clean_into
    from clipit.data.cleaning import NAMES, CleaningSettings
    from clipit.data.sources import SourceSettings, open_source

    limits = (fewest_words, most_words, proper_nouns, most_repeats)
    settings = CleaningSettings(rules or NAMES, language, CleaningSettings().rivals, *limits)
    opened = open_source(source, SourceSettings(language, columns, pictures=pictures))
    found, lines = clean_into(opened, folder, settings)
    tell(dataclasses.asdict(found), json, lines)


@data.command
def translate(
    source: Positional[str],
    folder: Positional[Path],
    by: str = "apertium",
    language: str = "en",
    into: str = "it",
    columns: tuple[str, ...] = (),
    batch_size: int = 64,
    json: bool = False,
) -> None:
    """Translate a source's captions and write them as prepare does; what was translated is never lost.

    Args:
        source: as for inspect.
        folder: where to write; a run that was stopped goes on there.
        by: apertium, marian:FOLDER_OR_HUB_NAME, or file:PLACE with ready translations.
        language: of the captions.
        into: the language that they are translated into.
        columns: where the captions stand, the best first.
        batch_size: captions that go to the translator at once.
        json: print as JSON.
    """
    from clipit.apps.making_captions import translate_into
    from clipit.data.sources import SourceSettings, open_source
    from clipit.data.translation import TranslationSettings

    opened = open_source(source, SourceSettings(language, columns))
    done = translate_into(opened, folder, by, into, TranslationSettings(batch_size))
    rows = ", ".join(f"{name} {count:,}" for name, count in done["rows"].items())
    lines = [f"{done['translated']:,} captions translated now, {done['kept']:,} are in {done['translations']}", rows]
    tell(done, json, lines)


audit = SubcommandApp()
audit.__doc__ = "Have translations rated by people: write the sheets, and score them."
data.command(audit, name="audit")


@audit.command
def sample(
    source: Positional[str],
    folder: Positional[Path],
    size: int = 100,
    raters: int = 3,
    seed: int = 0,
    language: str = "it",
) -> None:
    """Draw translated captions and write a sheet for each rater, for any spreadsheet.

    Args:
        source: whose captions have originals: prepared:FOLDER of a translation, conceptual_captions:PLACE with its
            third column, or stamps.
        folder: where to write the sheets.
        size: how many captions.
        raters: how many sheets.
        seed: of the draw.
        language: of the captions.
    """
    from clipit.apps.auditing import sample_sheets
    from clipit.data.sources import SourceSettings, open_source

    paths = sample_sheets(open_source(source, SourceSettings(language)), folder, size, raters, seed)
    print(f"Written to {', '.join(map(str, paths))}. Each rater fills in the column grade, alone, from 1 to 4.")


@audit.command
def score(sheets: Positional[tuple[Path, ...]], json: bool = False) -> None:
    """Say what the raters of some sheets think, and how much they agree.

    Args:
        sheets: one for each rater, of the same captions.
        json: print as JSON.
    """
    from clipit.apps.auditing import score_sheets, without_nan

    found, lines = score_sheets(list(sheets))
    tell(without_nan(dataclasses.asdict(found)), json, lines)
