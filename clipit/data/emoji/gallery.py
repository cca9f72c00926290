"""A gallery to search in: for every query some pictures that fit and some that nearly do, among many others.

A thousand random scenes rarely hold two black cats; a search shows more when right and nearly right are there.

>>> SEARCHES[0]
Scene(groups=(Group(concept='cat', count=2, color='black'),), relation=None, background=None)
>>> search_text(SEARCHES[0], "it")
'due gatti neri'
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import datasets
import numpy as np
from jaxtyping import Bool

from clipit.data.emoji.captions import full_text
from clipit.data.emoji.claims import describes, encode
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.sampling import WorldSettings, concept_names, is_drawable, is_unseen_combination
from clipit.data.emoji.scene import BACKGROUNDS, COLORS, OWN_COLORS, Group, Scene
from clipit.data.emoji.world import WorldRequest, cached, draw_row, make_rows, to_dataset

SEARCHES = (
    Scene((Group("cat", 2, "black"),)),
    Scene((Group("person", 2), Group("mountain", 1)), "on"),
    Scene((Group("apple", 3, "green"),)),
)
OF_EACH = 6  # pictures that fit, with a wrong number, with a wrong colour, and of a wrong kind


def search_text(query: Scene, language_name: str) -> str:
    """A query in words."""
    return full_text(query, language(language_name))


def fits(query: Scene, gallery: datasets.Dataset) -> Bool[np.ndarray, " n"]:
    """Of which pictures of a gallery a query is true."""
    return describes(encode([query]), np.array(gallery["scene"][:], np.int16))[0]


def variants(query: Scene, rng: random.Random) -> Iterator[Scene]:
    """Scenes that fit the query, and scenes that differ in the first group's number, colour or kind."""
    group = query.groups[0]
    for _ in range(OF_EACH):
        yield complete(query, group, rng)
        yield complete(query, replace(group, count=rng.choice([n for n in range(1, 5) if n != group.count])), rng)
        yield complete(query, replace(group, color=rng.choice([c for c in COLORS if c != group.color])), rng)
        yield complete(query, replace(group, concept=rng.choice(concept_names(held_out=False))), rng)


def complete(query: Scene, group: Group, rng: random.Random) -> Scene:
    """Fills the holes of a query whose first group is given: colours of the art, a background that stands off.

    A variant that is held out of training, or that cannot be drawn, becomes the query itself.
    """
    others = query.groups[1:]
    for first in (group, query.groups[0]):
        filled = tuple(replace(g, color=g.color or OWN_COLORS, count=g.count or 1) for g in (first, *others))
        free = [color for color in BACKGROUNDS if color not in {g.color for g in filled}]
        scene = Scene(filled, query.relation, rng.choice(free))
        if is_drawable(scene) and not any(is_unseen_combination(g) for g in filled):
            return scene
    raise ValueError(f"{query} joins what is held out of training: search for something else.")


def make_gallery(
    size: int = 1_000, seed: int = 0, language: str = "it", queries: Sequence[Scene] = SEARCHES
) -> datasets.Dataset:
    """A dataset with the columns of ``make_world``: the queries' variants first, then scenes of the test split."""
    request = WorldRequest("test", size, seed, "openmoji", language, WorldSettings())

    def draw() -> datasets.Dataset:
        rows = []
        for query in queries:
            rng = random.Random(f"{seed}/gallery/{query}")
            rows += [draw_row(scene, "size", rng, request) for scene in variants(query, rng)]
        rows += make_rows(request, size - len(rows))
        return to_dataset(rows[:size])

    return cached(f"gallery-{request.key(tuple(map(str, queries)))}", draw)
