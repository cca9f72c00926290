"""A data set of the hub, or one in its form on your disk: say in which columns pictures and captions stand.

>>> texts_of(["due gatti", "gatti neri"]), texts_of("due gatti"), texts_of([{"raw": "due gatti"}])
(['due gatti', 'gatti neri'], ['due gatti'], ['due gatti'])
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import datasets

from clipit.data.sources.columns import Row, make_row
from clipit.data.sources.folder import caption_columns
from clipit.data.sources.reading import MISSING, Source, several


def hub(
    name: str,
    split: str = "train",
    language: str | None = "it",
    columns: Sequence[str] = (),
    image_column: str = "image",
) -> Source:
    """Pictures and captions of a data set, read in streaming.

    Args:
        name: on the hub, such as "nlphuji/flickr30k", or a folder that ``load_dataset`` reads.
        split: which part.
        language: of the captions.
        columns: where the captions stand, the best first; without it those called caption, captions or text.
        image_column: where the pictures stand.

    Raises:
        ValueError: when reading: there is no such data set, or it has no such columns.
    """
    choices = f"{name} {split} {language}: {image_column}, {', '.join(columns)}"
    return Source("hub", partial(read, name, split, language, tuple(columns), image_column), choices=choices)


def read(
    name: str, split: str, language: str | None, columns: Sequence[str], image_column: str, faults: Counter[str]
) -> Iterator[Row]:
    """The rows of a split."""
    stream = open_stream(name, split, columns, image_column)
    chosen = caption_columns(list(stream.features), columns)
    for number, record in enumerate(stream):
        captions = several([text for column in chosen for text in texts_of(record[column])], faults)
        picture = record[image_column]
        if not picture:
            faults[MISSING] += 1
        elif captions:
            yield make_row(
                caption=captions[0],
                captions=captions,
                source=name,
                key=f"{name}/{split}/{number}",
                path=picture["path"],
                content=picture["bytes"],
                language=language,
            )


def open_stream(name: str, split: str, columns: Sequence[str], image_column: str) -> datasets.IterableDataset:
    """The data set as a stream, its pictures not yet opened.

    Raises:
        ValueError: there is no such data set, or it has no such columns.
    """
    try:
        stream = datasets.load_dataset(name, split=split, streaming=True)
    except Exception as error:  # the hub's client says in a dozen ways that something is not there
        raise ValueError(f"The data set {name!r} (split {split!r}) cannot be read: {error}") from None
    if stream.features is None:
        stream = stream._resolve_features()
    there = list(stream.features or {})
    missing = [column for column in (image_column, *columns) if column not in there]
    if missing or not caption_columns(there, columns):
        wanted = missing[0] if missing else "caption"
        raise ValueError(f"{name} has no column {wanted!r}; it has {', '.join(map(repr, there))}: say which to take.")
    return stream.cast_column(image_column, datasets.Image(decode=False))


def texts_of(value: Any) -> list[str]:
    """The captions in a value: text, a list of texts, or records with the text under "raw", "caption" or "text"."""
    if isinstance(value, list):
        return [text for one in value for text in texts_of(one)]
    if isinstance(value, dict):
        return [value[key] for key in ("raw", "caption", "text") if key in value][:1]
    return [] if value is None else [str(value)]
