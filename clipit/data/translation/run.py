"""Translating many captions: each once, in batches, with the time left, and going on where an earlier run stopped.

>>> import pathlib, tempfile
>>> from clipit.data.translation.ready import Ready
>>> dictionary = Ready({"two cats": "due gatti", "a dog": "un cane"}, "mine")
>>> kept = Translations(pathlib.Path(tempfile.mkdtemp()) / "it.jsonl", "mine")
>>> translate(["two cats", "a dog", "two cats"], dictionary, kept, TranslationSettings(quiet=True))
2
>>> kept["two cats"]
'due gatti'
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from datasets import Features, Value
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clipit.data.sources.columns import Row
from clipit.data.sources.reading import Source
from clipit.data.translation.kept import Translations
from clipit.data.translation.translator import TranslationError, Translator

NOT_TRANSLATED = "caption without a translation"


@dataclass(frozen=True)
class TranslationSettings:
    """How a run translates.

    Attributes:
        batch_size: sentences that go to the translator at once; what is lost at most when the run is stopped.
        quiet: without a progress bar.
    """

    batch_size: int = 64
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {self.batch_size}.")


def translate(
    captions: Iterable[str], translator: Translator, kept: Translations, settings: TranslationSettings | None = None
) -> int:
    """Translates what has no translation yet, each caption once, and keeps it.

    Args:
        captions: what to translate; repetitions cost nothing.
        translator: who does it.
        kept: where the translations are kept, batch by batch.
        settings: how.

    Returns:
        How many captions were translated in this run.

    Raises:
        TranslationError: the translator cannot go on, or gives back another number of sentences. What it translated
            before is kept.
    """
    settings = settings or TranslationSettings()
    missing = [caption for caption in dict.fromkeys(captions) if caption not in kept]
    columns = (BarColumn(30), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("captions · {task.description}"))
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=settings.quiet, refresh_per_second=2) as progress:
        task = progress.add_task(translator.name, total=len(missing))
        for start in range(0, len(missing), settings.batch_size):
            batch = missing[start : start + settings.batch_size]
            translated = translator(batch)
            if len(translated) != len(batch):
                raise TranslationError(
                    f"{translator.name} gave back {len(translated)} sentences for {len(batch)}, so that nobody knows "
                    "which belongs to which: try a batch_size of 1."
                )
            kept.add(batch, translated)
            progress.advance(task, len(batch))
    return len(missing)


def translate_source(source: Source, kept: Translations, language: str = "it") -> Source:
    """A source with its captions translated, and what they were before in ``originals``.

    Captions that have no translation, or an empty one, are left out and counted.

    Args:
        source: what to translate; ``translate`` has seen its captions before.
        kept: the translations.
        language: of the translations.
    """
    features = Features({**source.features, "originals": source.features["captions"], "language": Value("string")})
    return replace(source, read=partial(_read, source, kept, language), features=features)


def _read(source: Source, kept: Translations, language: str, faults: Counter[str]) -> Iterator[Row]:
    """The rows with translated captions."""
    for row in source.rows(faults):
        pairs = [(caption, kept[caption]) for caption in row["captions"] if caption in kept and kept[caption].strip()]
        faults[NOT_TRANSLATED] += len(row["captions"]) - len(pairs)
        if pairs:
            originals, captions = map(list, zip(*pairs, strict=True))
            yield {**row, "caption": captions[0], "captions": captions, "originals": originals, "language": language}
