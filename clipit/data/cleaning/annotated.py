"""The captions that were read word by word to measure the proper-noun filter; ``data/cleaning/README.md`` says how.

In the files a star stands before each proper noun: ``Veduta della *Dora *Riparia``.

>>> read_annotated("stamps")[0].caption
'500 yen giapponesi.'
>>> parse("Veduta della *Dora *Riparia").words
(('Veduta', False), ('della', False), ('Dora', True), ('Riparia', True))
"""

import csv
from dataclasses import dataclass

from clipit.data.cleaning.words import split
from clipit.data.locate import data_folder

PARTS = ("stamps", "gcompris", "world_wit")


@dataclass(frozen=True)
class Annotated:
    """A caption, and for each word whether it is a proper noun."""

    caption: str
    words: tuple[tuple[str, bool], ...]


def parse(marked: str) -> Annotated:
    """A caption in which a star stands before each proper noun."""
    words, place = [], 0
    for word in split(marked):
        place = marked.index(word.text, place)
        words.append((word.text, place > 0 and marked[place - 1] == "*"))
        place += len(word.text)
    return Annotated(marked.replace("*", ""), tuple(words))


def read_annotated(part: str) -> list[Annotated]:
    """The annotated captions of a part: one of ``PARTS``.

    Raises:
        ValueError: there is no such part.
    """
    if part not in PARTS:
        raise ValueError(f"There are no annotated captions {part!r}; choose one of {', '.join(PARTS)}.")
    with data_folder("cleaning", f"annotated_{part}.csv").open(encoding="utf-8", newline="") as file:
        return [parse(row["caption"]) for row in csv.DictReader(file)]
