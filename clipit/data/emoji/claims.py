"""Is a caption true of a picture? Descriptions and scenes as rows of integers, so that all pairs are asked at once.

A caption that also describes another picture of the batch is not a negative for it, and a search for "gatto" is right
whenever there is a cat.

>>> from clipit.data.emoji.scene import Group, Scene
>>> black_cats = Scene((Group("cat", 2, "black"),), background="green")
>>> describes(encode([Scene((Group("cat", MANY),)), Scene((Group("cat", 1),))]), encode([black_cats]))[:, 0].tolist()
[True, False]
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from jaxtyping import Bool, Int

from clipit.data.emoji.lexicon import concepts
from clipit.data.emoji.scene import BACKGROUNDS, COLORS, MANY, OWN_COLORS, RELATIONS, Group, Scene

COLUMNS = ("concept", "count", "color", "second_concept", "second_count", "second_color", "relation", "background")
NOT_SAID = 0
NO_GROUP = -1


@cache
def concept_numbers() -> dict[str, int]:
    """From a concept's name to a positive integer."""
    return {concept.name: number for number, concept in enumerate(concepts(), start=1)}


def number(value: str | None, names: Sequence[str]) -> int:
    """The place of a name, counted from 1; 0 when it is not said."""
    return NOT_SAID if value is None else names.index(value) + 1


def encode_group(group: Group | None) -> tuple[int, int, int]:
    """Concept, count and colour of a group as integers."""
    if group is None:
        return NO_GROUP, NO_GROUP, NO_GROUP
    return concept_numbers()[group.concept], group.count or NOT_SAID, number(group.color, (*COLORS, OWN_COLORS))


def encode(scenes: Sequence[Scene]) -> Int[np.ndarray, "n 8"]:
    """Scenes or descriptions as rows of integers, in the order of ``COLUMNS``."""
    rows = [
        (
            *encode_group(scene.groups[0]),
            *encode_group(scene.groups[1] if len(scene.groups) > 1 else None),
            number(scene.relation, RELATIONS),
            number(scene.background, BACKGROUNDS),
        )
        for scene in scenes
    ]
    return np.array(rows, np.int16).reshape(-1, len(COLUMNS))


def describes(descriptions: Int[np.ndarray, "m 8"], scenes: Int[np.ndarray, "n 8"]) -> Bool[np.ndarray, "m n"]:
    """Whether description i is true of scene j.

    Every group that is named must be there, with the count and the colour if they are said; so must the relation, in
    its order, and the background.
    """
    said, seen = descriptions[:, None, :], scenes[None, :, :]  # [m, 1, 8], [1, n, 8]
    straight = matches(said[..., :3], seen[..., :3]) & matches(said[..., 3:6], seen[..., 3:6])  # [m, n]
    swapped = matches(said[..., :3], seen[..., 3:6]) & matches(said[..., 3:6], seen[..., :3])
    silent = said[..., 6] == NOT_SAID
    relation = straight & (silent | (said[..., 6] == seen[..., 6])) | swapped & silent
    background = (said[..., 7] == NOT_SAID) | (said[..., 7] == seen[..., 7])
    return relation & background


def matches(said: Int[np.ndarray, "m 1 3"], seen: Int[np.ndarray, "1 n 3"]) -> Bool[np.ndarray, "m n"]:
    """Whether a group of the picture is what the caption says; a caption without such a group asks for nothing."""
    concept, count, color = (said[..., column] for column in range(3))
    right_count = (count == NOT_SAID) | (count == seen[..., 1]) | ((count == MANY) & (seen[..., 1] >= 2))
    right_color = (color == NOT_SAID) | (color == seen[..., 2])
    return (concept == NO_GROUP) | ((concept == seen[..., 0]) & right_count & right_color)
