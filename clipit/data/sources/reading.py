"""What all sources share: a source is read row by row, repairs what can be repaired, and counts what it leaves out.

>>> from collections import Counter
>>> faults = Counter()
>>> usable("Un gatto&nbsp;nero\\n sul   tetto", faults), usable("citt\\ufffd", faults), usable("  ", faults)
('Un gatto nero sul tetto', '', '')
>>> faults
Counter({'caption with bytes that are not UTF-8': 1, 'empty caption': 1})
"""

import gzip
import html
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from io import TextIOWrapper
from pathlib import Path

import datasets

from clipit.data.sources.columns import COLUMNS, Row

EMPTY = "empty caption"
BAD_BYTES = "caption with bytes that are not UTF-8"
REPEATED = "repeated: the same picture with the same caption"
MISSING = "picture is missing"
WRONG_FIELDS = "line with a wrong number of fields"
REPLACEMENT = "\ufffd"  # what decoding puts where bytes are not UTF-8


@dataclass(frozen=True)
class Source:
    """Captioned pictures that can be read again and again, always in the same order.

    Attributes:
        name: what stands in the column ``source``.
        read: gives the rows; counts in its argument what it left out, and why.
        features: the columns.
        files: what is read, to notice when it changed.
        choices: what else decides which rows come, such as the language.
    """

    name: str
    read: Callable[[Counter[str]], Iterator[Row]]
    features: datasets.Features = field(default_factory=lambda: COLUMNS)
    files: tuple[Path, ...] = ()
    choices: str = ""

    def rows(self, faults: Counter[str] | None = None) -> Iterator[Row]:
        """The rows, one at a time; pictures are named, not opened."""
        return self.read(Counter() if faults is None else faults)

    def stream(self) -> datasets.IterableDataset:
        """As a dataset that is read while one goes through it, and never held in memory."""
        return datasets.IterableDataset.from_generator(self.rows, features=self.features)

    def load(self, limit: int | None = None) -> datasets.Dataset:
        """As a dataset in memory (without the pictures that lie in files of their own), or its first rows."""
        return datasets.Dataset.from_list(list(itertools.islice(self.rows(), limit)), features=self.features)


def usable(text: str | None, faults: Counter[str]) -> str:
    """A caption on one line, without HTML entities; empty, and counted, when nothing can be done with it."""
    caption = " ".join(html.unescape(text or "").split())
    if not caption:
        faults[EMPTY] += 1
    elif REPLACEMENT in caption:
        faults[BAD_BYTES] += 1
        return ""
    return caption


def several(texts: Iterator[str] | list[str], faults: Counter[str]) -> list[str]:
    """The usable captions of one picture in their order, each once."""
    return list(dict.fromkeys(caption for caption in (usable(text, faults) for text in texts) if caption))


def once(rows: Iterator[Row], faults: Counter[str]) -> Iterator[Row]:
    """Without rows that repeat picture and caption. A million rows take about 60 MB."""
    seen: set[int] = set()
    for row in rows:
        digest = blake2b(f"{row['key']}\t{row['caption']}".encode(), digest_size=8).digest()
        number = int.from_bytes(digest)
        if number in seen:
            faults[REPEATED] += 1
            continue
        seen.add(number)
        yield row


def open_text(path: Path) -> TextIOWrapper:
    """Opens UTF-8 text, gzip or not; bytes that are not UTF-8 become U+FFFD, line ends stay as they are."""
    opener = gzip.open if path.suffix == ".gz" else open
    return opener(path, "rt", encoding="utf-8", errors="replace", newline="")  # type: ignore[operator, return-value]


def find_files(place: str | Path, patterns: tuple[str, ...], what: str) -> tuple[Path, ...]:
    """A file itself, or the files of a folder that fit, in the order of their names.

    Raises:
        ValueError: there is nothing that fits.
    """
    place = Path(place).expanduser()
    if place.is_file():
        return (place,)
    if not place.is_dir():
        raise ValueError(f"There is no file or folder {place}: give the place of {what}.")
    found = sorted({path for pattern in patterns for path in place.glob(pattern) if path.is_file()})
    if not found:
        raise ValueError(f"{place} holds no {what} ({', '.join(patterns)}).")
    return tuple(found)
