"""The small world as a source among others: "world", or in one of its roles, "world:wit".

>>> next(small_world("mscoco", size=2).rows())["source"]
'world/mscoco'
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import datasets

from clipit.data.emoji.world import make_world
from clipit.data.sources.columns import Row, make_row
from clipit.data.sources.reading import Source


def small_world(role: str | None = None, language: str = "it", split: str = "train", size: int = 2_000) -> Source:
    """Drawn scenes with captions; see ``clipit.data.world``."""
    world = make_world(split, size, language=language, source=role)
    return Source("world", partial(read, world, language), choices=f"{role} {split} {size} {language}")


def read(world: datasets.Dataset, language: str, faults: Counter[str]) -> Iterator[Row]:
    """The rows of a world, in the shared columns."""
    for number, row in enumerate(world.select_columns(["image", "captions", "source"]).cast_column("image", RAW)):
        yield make_row(
            caption=row["captions"][0],
            captions=row["captions"],
            source=row["source"],
            key=f"world/{number}",
            content=row["image"]["bytes"],
            language=language,
        )


RAW = datasets.Image(decode=False)
