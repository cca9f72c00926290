"""A gallery to search in, for the lessons: pictures, what is really on them, their captions with English glosses.

>>> scene = Scene((Group("cat", 2, "black"),), background="green")
>>> say(scene, "it"), say(scene, "en")
('due gatti neri su sfondo verde', 'two black cats on a green background')
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import datasets
import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from matplotlib.figure import Figure

from clipit.data.batches import decode
from clipit.data.emoji.captions import full_text
from clipit.data.emoji.claims import describes, encode
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.scene import Group, Scene
from clipit.evaluation import first_relevant_rank
from clipit.models import DualEncoder
from clipit.plots import plot_captioned
from clipit.training.features import embed_pixels


def say(scene: Scene, language_name: str) -> str:
    """What a scene shows, in words, always in the same pattern."""
    return full_text(scene, language(language_name))


def scenes_of(world: datasets.Dataset) -> list[Scene]:
    """What is really on each picture of a world."""
    columns = (world[name][:] for name in ("objects", "counts", "colors", "relation", "background"))
    return [
        Scene(tuple(map(Group, objects, counts, colors)), relation, background)
        for objects, counts, colors, relation, background in zip(*columns, strict=True)
    ]


@dataclass(frozen=True)
class Gallery:
    """Pictures that were embedded once, and can then be searched as often as one likes.

    Attributes:
        world: the data set with the columns of ``clipit.data.world``.
        pictures: as the model sees them.
        vectors: one for each picture, of length one.
    """

    world: datasets.Dataset
    pictures: UInt8[np.ndarray, "n height width 3"]
    vectors: Float[np.ndarray, "n dim"]

    def __len__(self) -> int:
        return len(self.pictures)

    @cached_property
    def captions(self) -> list[str]:
        """The fullest caption of each picture."""
        return list(self.world["caption"][:])

    @cached_property
    def scenes(self) -> list[Scene]:
        """What is really on each picture."""
        return scenes_of(self.world)

    @cached_property
    def glosses(self) -> list[str]:
        """What is on each picture, in English."""
        return [say(scene, "en") for scene in self.scenes]

    def right(self, queries: Sequence[Scene]) -> Bool[np.ndarray, "queries n"]:
        """Which pictures each query is true of."""
        return describes(encode(queries), encode(self.scenes))

    def right_for_captions(self) -> Bool[np.ndarray, "n n"]:
        """Which pictures (columns) each caption (row) is true of: its own, and any other that shows the same."""
        return describes(np.array([claims[0] for claims in self.world["claims"][:]], np.int16), encode(self.scenes))

    def of_one_kind(self) -> tuple[Int[np.ndarray, " m"], list[str], Int[np.ndarray, " m"]]:
        """The rows of the pictures that show one kind of thing, which it is, and how many there are."""
        rows = [row for row, scene in enumerate(self.scenes) if len(scene.groups) == 1]
        groups = [self.scenes[row].groups[0] for row in rows]
        return (
            np.array(rows, np.int64),
            [group.concept for group in groups],
            np.array([group.count for group in groups]),
        )

    def show(self, title: str, rows: Sequence[int] | Int[np.ndarray, " m"], query: Scene | None = None) -> Figure:
        """Some of the pictures with caption and gloss; with a query, right and wrong are marked and counted."""
        rows = [int(row) for row in rows]
        verdicts = None if query is None else [bool(good) for good in self.right([query])[0, rows]]
        if verdicts is None:
            print(f"{len(rows)} of {len(self):,} pictures.")
        else:
            print(f"Right among the first {len(rows)}: {sum(verdicts)}. {self._how_many(query)}")
        captions, glosses = [self.captions[row] for row in rows], [self.glosses[row] for row in rows]
        return plot_captioned(title, list(self.pictures[rows]), captions, glosses, verdicts)

    def _how_many(self, query: Scene | None) -> str:
        fitting = int(self.right([query])[0].sum()) if query else 0
        return f"In the whole gallery it is true of {fitting} of {len(self):,} pictures."


def open_gallery(model: DualEncoder, world: datasets.Dataset) -> Gallery:
    """Prepares the pictures of a world for a model, and embeds them."""
    pictures = decode(world, model.config.vision.image_size)
    return Gallery(world, pictures, embed_pixels(model, pictures))


def show_worst(gallery: Gallery, rows: Sequence[int], queries: Float[np.ndarray, "queries dim"], worst: int) -> Figure:
    """Of searches with the gallery's own captions, those whose right picture came lowest.

    For each, the picture that was meant, and beside it what the search put first.

    Args:
        gallery: which was searched.
        rows: the pictures whose captions were searched for.
        queries: the vectors of these captions.
        worst: how many searches to show.
    """
    ranks = first_relevant_rank(queries, gallery.vectors, gallery.right_for_captions()[list(rows)])
    first = (queries @ gallery.vectors.T).argmax(axis=1)  # [queries]
    lowest = np.argsort(-ranks, kind="stable")[:worst]
    print(f"Of {len(rows)} searches, {int((ranks > 1).sum())} have a wrong first answer.")
    print(f"The lowest places of a right picture: {', '.join(str(ranks[place]) for place in lowest)}.")
    shown = [int(row) for place in lowest for row in (rows[place], first[place])]
    headings = [f"{case} {said}" for case, place in zip("ABCDEFGH", lowest, strict=False)
                for said in (f"meant: no. {ranks[place]}", "found: no. 1")]  # fmt: skip
    return plot_captioned(
        "What was meant, and what was found instead",
        list(gallery.pictures[shown]),
        [gallery.captions[row] for row in shown],
        [gallery.glosses[row] for row in shown],
        [good for place in lowest for good in (True, bool(ranks[place] == 1))],
        headings,
    )
